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
	enum err e;

	if (policy_read(fuzz_crypto(), in, &pol, &why) == OK) {
		HOLDS(pol.threshold >= 1 && pol.threshold <= pol.n_admins);
		e = policy_floors_check(&pol);
		HOLDS(pol.has_floors ? err_class(e) <= CLASS_REFUSED : !e);
		for (size_t i = 0; i < pol.n_signers; i++)
			HOLDS(!policy_floor_replaces(
			    &pol.signer[i], &pol.signer[i], in));
		e = policy_attested_check(fuzz_crypto(), &pol);
		HOLDS(pol.has_attested ? err_class(e) <= CLASS_REFUSED : !e);
	}
	if (policy_open_first(fuzz_crypto(), in, &pol, &m, &object, &why) != OK)
		return 0;
	HOLDS(m.n_signers >= pol.threshold);
	HOLDS(policy_open_next(fuzz_crypto(), &pol, &m, in, &next, &again,
		  &object, &why) == OK);
	return 0;
}
