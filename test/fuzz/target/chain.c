/* chain: anchors in PEM, and after them a block or an envelope with x5chain. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char end[] = "-----END CERTIFICATE-----\n";
	const uint8_t *at = n > 0 ? memmem(p, n, end, sizeof(end) - 1) : NULL;
	size_t k = at != NULL ? (size_t)(at - p) + sizeof(end) - 1 : 0;
	struct bytes rest = {p + k, n - k};
	struct openssl_anchors *a = NULL;
	struct cose_chain chain;
	struct cose_key key;
	const char *said;

	HOLDS(crypto_openssl() != NULL);
	if (cose_chain_read(rest, &chain) != OK) {
		HOLDS(chain.n == 0);
		(void)!suit_chain_read(rest, 0, &chain);
	}
	if (openssl_anchors_add(&a, (struct bytes){p, k}) == OK &&
	    chain.n > 0) {
		if (openssl_chain_key(a, &chain, 1800000000, &key, &said) == OK)
			HOLDS(crypto_openssl()->key_check(&key) == OK);
		else
			HOLDS(said != NULL);
	}
	openssl_anchors_free(a);
	return 0;
}
