/* policy: the object that says whom a device trusts. */
#include "fuzz.h"
#include <tamarind/agent.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, object;
	static struct policy pol, next;
	struct suit_manifest m, again;
	struct why why;

	if (policy_read(fuzz_crypto(), in, &pol, &why) == OK) {
		HOLDS(pol.threshold >= 1 && pol.threshold <= pol.n_admins);
		HOLDS(pol.has_floors || policy_floors_check(&pol) == OK);
		HOLDS(err_class(policy_floors_check(&pol)) <= CLASS_REFUSED);
		for (size_t i = 0; i < pol.n_signers; i++)
			HOLDS(!policy_floor_replaces(
			    &pol.signer[i], &pol.signer[i], in));
	}
	if (policy_open_first(fuzz_crypto(), in, &pol, &m, &object, &why) != OK)
		return 0;
	HOLDS(m.n_signers >= pol.threshold);
	/* one that is in force follows itself */
	HOLDS(policy_open_next(fuzz_crypto(), &pol, &m, in, &next, &again,
		  &object, &why) == OK);
	return 0;
}
