/* private_key: private keys in PEM and as COSE_Key: what signs has a half
 * that verifies. */
#include "ends.h"
#include <teep.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, part = BYTES_LIT("part");
	struct cose_key pub;
	struct key_file file;
	uint8_t sig[SIG_LEN];
	struct signer s;
	struct agreer a;

	HOLDS(crypto_openssl() != NULL);
	if (openssl_signer_load(in, &s) == OK) {
		HOLDS(openssl_private_public(in, &pub) == OK);
		HOLDS(s.sign(s.ctx, &part, 1, sig) == OK);
		HOLDS(crypto_openssl()->verify(
			  s.alg, &pub, &part, 1, BYTES_OF(sig)) == OK);
	}
	openssl_signer_free(&s);
	if (openssl_agreer_load(in, &a) == OK)
		HOLDS(openssl_private_public(in, &pub) == OK);
	openssl_agreer_free(&a);
	if (key_file_read(in, &file) == OK)
		HOLDS(
		    cose_key_alg(&file.key) != 0 || file.key.crv == CRV_X25519);
	if (key_file_agreer(in, &a) == OK)
		openssl_agreer_free(&a);
	return 0;
}
