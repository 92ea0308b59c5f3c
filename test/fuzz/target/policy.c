/* policy: the object that says whom a device trusts. */
#include "fuzz.h"
#include <tamarind/agent.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, object;
	static struct policy pol;
	struct suit_manifest m;
	struct why why;

	if (policy_read(fuzz_crypto(), in, &pol, &why) == OK) {
		HOLDS(pol.threshold >= 1 && pol.threshold <= pol.n_admins);
		HOLDS(pol.n_tams <= AGENT_TAMS_MAX);
	}
	if (policy_open_first(fuzz_crypto(), in, &pol, &m, &object, &why) == OK)
		HOLDS(m.n_signers >= pol.threshold);
	return 0;
}
