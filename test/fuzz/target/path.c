/* path: an anchor in PEM, and after it certificates, as a Verifier has them. */
#include "fuzz.h"

#include <tamarind/verifier.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char end[] = "-----END CERTIFICATE-----\n";
	const uint8_t *at = n > 0 ? memmem(p, n, end, sizeof(end) - 1) : NULL;
	size_t k = at != NULL ? (size_t)(at - p) + sizeof(end) - 1 : 0;
	struct bytes anchor = {p, k}, cert = {p + k, n - k};
	struct verifier_path path = {.cert = &cert,
	    .n_cert = 1,
	    .anchor = &anchor,
	    .n_anchor = 1,
	    .now = 1700000000,
	    .strict = n % 2 != 0};
	uint8_t room[16];
	struct verifier_extension chip = {
	    "1.3.6.1.4.1.3704.1.3.1", SPAN_OF(room), 0, false};
	const struct verifier_crypto *v = verifier_openssl();
	struct verifier_public key;
	struct why why = {0};
	enum err e = v->path(&path, &key, &chip, 1, &why);

	HOLDS(e == why.err && (e == OK) == (key.n != 0));
	HOLDS(v->key(cert, &key) == OK || key.n == 0);
	return 0;
}
