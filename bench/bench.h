/*
 * bench: what the programs of this folder share: keys, and giving up.
 */
#ifndef BENCH_H
#define BENCH_H

#include <crypto_openssl.h>
#include <tamarind/cose.h>

/* End the program with a line on stderr, unless it is so. */
void bench_need(bool so, const char *what);
void bench_ok(enum err e, const char *what);

const struct crypto *bench_crypto(void);

/* A fresh key pair that signs. */
struct bench_pair {
	struct signer s;
	struct cose_key pub;
	uint8_t kid[KID_LEN];
};
void bench_pair_make(struct bench_pair *p, int32_t crv);
void bench_pair_free(struct bench_pair *p);

/* Just this key; asked for another, there is none. */
struct keyring bench_ring(struct bench_pair *p);

#endif
