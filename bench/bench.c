/*
 * bench: keys, and giving up.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
bench_need(bool so, const char *what)
{
	if (so)
		return;
	(void)fprintf(stderr, "bench: %s: failed\n", what);
	exit(1);
}

void
bench_ok(enum err e, const char *what)
{
	if (e == OK)
		return;
	(void)fprintf(stderr, "bench: %s: %s\n", what, err_name(e));
	exit(1);
}

const struct crypto *
bench_crypto(void)
{
	bench_need(crypto_openssl() != NULL, "crypto");
	return crypto_openssl();
}

void
bench_pair_make(struct bench_pair *p, int32_t crv)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;

	memset(p, 0, sizeof(*p));
	bench_ok(
	    openssl_key_generate(crv, SPAN_OF(room), &pem, &p->pub), "key");
	bench_ok(openssl_signer_load(pem, &p->s), "key");
	wipe(room, sizeof(room));
	memcpy(p->kid, p->s.kid, KID_LEN);
}

void
bench_pair_free(struct bench_pair *p)
{
	openssl_signer_free(&p->s);
}

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct bench_pair *p = ctx;

	if (nth > 0 || cose_key_alg(&p->pub) != alg ||
	    (kid.n > 0 && !bytes_same(kid, BYTES_OF(p->kid))))
		return ERR_UNKNOWN_KEY;
	*out = p->pub;
	return OK;
}

struct keyring
bench_ring(struct bench_pair *p)
{
	return (struct keyring){p, find};
}
