/*
 * make-query: write a QueryRequest as a TAM signs it, with one key.
 *
 *	cc main.c $(pkg-config --cflags --libs tamarind-openssl)
 *	./a.out tam.key.pem >query.cbor
 */
#include <stdio.h>
#include <tamarind/crypto_openssl.h>
#include <tamarind/teep.h>

int
main(int argc, char **argv)
{
	const struct crypto *crypto = crypto_openssl();
	uint8_t pem[OPENSSL_PEM_MAX], token[16], room[512], whole[1024];
	struct teep_message m = {
	    .has = TEEP_HAS_TOKEN,
	    .type = TEEP_QUERY_REQUEST,
	    .token = BYTES_OF(token),
	    .suites = dialect_offer(NULL)->both,
	    .profiles = dialect_offer(NULL)->profiles,
	    .items = TEEP_ITEM_COMPONENTS,
	};
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct signer key = {0};
	struct bytes payload, out;
	FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
	enum err e;
	size_t n;

	if (f == NULL || crypto == NULL) {
		(void)fprintf(stderr, "usage: make-query KEY.pem\n");
		return 2;
	}
	n = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	e = openssl_signer_load((struct bytes){pem, n}, &key);
	wipe(pem, sizeof(pem));
	if (e == OK)
		e = crypto->random(SPAN_OF(token));
	if (e == OK)
		e = teep_write(&w, NULL, &m);
	if (e == OK)
		e = cbor_done(&w, &payload);
	if (e == OK) {
		w = cbor_into(SPAN_OF(whole));
		e = cose_sign1_write(&w, &key, payload, NULL, WRITE_TAGGED);
	}
	if (e == OK)
		e = cbor_done(&w, &out);
	openssl_signer_free(&key);
	if (e == OK && fwrite(out.p, 1, out.n, stdout) != out.n)
		e = ERR_SYSTEM;
	if (e != OK)
		(void)fprintf(stderr, "make-query: %s\n", err_text(e));
	return e == OK ? 0 : 1;
}
