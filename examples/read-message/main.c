/*
 * read-message: say what a TEEP message is, if one trusted key signed it.
 *
 *	cc main.c $(pkg-config --cflags --libs tamarind-openssl)
 *	./a.out tam.pub.pem <query.cbor
 */
#include <stdio.h>
#include <tamarind/crypto_openssl.h>
#include <tamarind/teep.h>

/* A keyring of one: whoever is not named is nobody. */
struct one {
	struct cose_key key;
	uint8_t kid[KID_LEN];
};

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct one *one = ctx;

	if (nth > 0 || cose_key_alg(&one->key) != alg ||
	    (kid.n > 0 && !bytes_same(kid, BYTES_OF(one->kid))))
		return ERR_UNKNOWN_KEY;
	*out = one->key;
	return OK;
}

static enum err
load(const char *file, const struct crypto *crypto, struct one *out)
{
	uint8_t pem[2048];
	FILE *f = fopen(file, "rb");
	size_t n;

	if (f == NULL)
		return ERR_NOT_FOUND;
	n = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	TRY(openssl_public_read((struct bytes){pem, n}, &out->key));
	return cose_key_thumbprint(crypto, &out->key, out->kid);
}

int
main(int argc, char **argv)
{
	static uint8_t in[1 << 20];
	const struct crypto *crypto = crypto_openssl();
	struct one one;
	struct keyring ring = {&one, find};
	struct verified v;
	struct teep_message m;
	struct why why = {.err = OK};
	enum err e;
	size_t n;

	if (argc != 2 || crypto == NULL) {
		(void)fprintf(stderr, "usage: read-message PUB.pem <FILE\n");
		return 2;
	}
	e = load(argv[1], crypto, &one);
	if (e != OK) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], err_text(e));
		return 1;
	}
	n = fread(in, 1, sizeof(in), stdin);
	e = cose_verify(crypto, &ring, ACCEPT_SIGN1 | ACCEPT_SIGN,
	    (struct bytes){in, n}, &v, &why);
	if (e == OK)
		e = teep_read(&v, NULL, &m, &why);
	if (e != OK) {
		(void)fprintf(stderr, "refused: %s at octet %zu (%s)\n",
		    err_name(e), why.at, err_text(e));
		return 1;
	}
	(void)printf("%s, token of %zu octets, challenge of %zu, "
		     "%zu manifests\n",
	    teep_type_name(m.type), m.token.n, m.challenge.n, m.manifests.n);
	return 0;
}
