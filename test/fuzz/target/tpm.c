/* tpm: one reader of a TPM's octets, as the first octet says. */
#include "fuzz.h"
#include <tamarind/tpm.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct bytes in = {n > 0 ? p + 1 : p, n > 0 ? n - 1 : 0};
	uint8_t out[TPM_STEPS][DIGEST_LEN] = {{0}}, sig[SIG_LEN];
	struct tpm_evidence e;
	struct tpm_public key;
	struct tpm_quote q;
	struct tpm_keys k;
	struct tpm_pcrs pcrs;
	if (n > 0 && p[0] == 0 && tpm_quote_read(in, &q, NULL) == OK)
		HOLDS(q.extra.n <= 64 && q.digest.n == DIGEST_LEN);
	if (n > 0 && p[0] == 1 && tpm_signature_read(in, sig, NULL) == OK)
		HOLDS(in.n <= TPM_SIG_MAX);
	if (n > 0 && p[0] == 2 && tpm_public_read(in, &key, NULL) == OK)
		HOLDS(key.type == TPM_RSA || key.n.n == 0);
	if (n > 0 && p[0] == 3 &&
	    tpm_replay(fuzz_crypto(), in, &pcrs, NULL) == OK)
		HOLDS(tpm_extend(fuzz_crypto(), out[0], BYTES_OF(sig)) != OK);
	if (n > 0 && p[0] == 4 && tpm_keys_read(in, &k) == OK)
		HOLDS(
		    tpm_steps(fuzz_crypto(), BYTES_OF(out[0]), in, out) == OK);
	if (n > 0 && p[0] == 5 && tpm_evidence_read(in, &e, NULL) == OK)
		HOLDS(e.ak.n == KID_LEN);
	return 0;
}
