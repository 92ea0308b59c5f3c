/*
 * bare_loop: exactly the operations that a crypto port counted, and nothing
 * else, on one processor.
 *
 *   bare_loop NAME=COUNT ...
 *
 * NAME is a member of struct crypto_counts; those not given are 0.  Every
 * operation has the mean length of those counted.  Prints seconds of
 * processor time.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// clang-format off
#define NAMES(X) \
	X(sign_esp256) X(sign_ed25519) X(sign_octets) \
	X(verify_esp256) X(verify_ed25519) X(verify_octets) \
	X(key_check) X(agree) X(ephemeral) X(hkdf) X(kw) \
	X(seal) X(seal_octets) X(open) X(open_octets) \
	X(sha256) X(sha256_octets) X(hmac) X(hmac_octets) \
	X(random) X(random_octets)
// clang-format on

static const struct {
	const char *name;
	size_t off;
} names[] = {
#define X(n) {#n, offsetof(struct crypto_counts, n)},
    NAMES(X)
#undef X
};

_Static_assert(
    sizeof(struct crypto_counts) == ARRAY_LEN(names) * sizeof(uint64_t),
    "one name for each counter");

static void
read_counts(int argc, char **argv, struct crypto_counts *c)
{
	for (int i = 1; i < argc; i++) {
		char *eq = strchr(argv[i], '=');
		size_t k = 0;

		bench_need(eq != NULL, argv[i]);
		*eq = 0;
		while (
		    k < ARRAY_LEN(names) && strcmp(names[k].name, argv[i]) != 0)
			k++;
		bench_need(k < ARRAY_LEN(names), argv[i]);
		*(uint64_t *)(void *)((char *)c + names[k].off) =
		    strtoull(eq + 1, NULL, 10);
	}
}

static uint8_t in[1 << 20], out[(1 << 20) + 16];

static struct bytes
mean(uint64_t octets, uint64_t n)
{
	uint64_t each = n == 0 ? 0 : octets / n;

	bench_need(each <= sizeof(in), "length");
	return (struct bytes){in, (size_t)each};
}

static void
signatures(const struct crypto *c, const struct crypto_counts *n, int32_t crv)
{
	bool p256 = crv == CRV_P256;
	uint64_t signs = p256 ? n->sign_esp256 : n->sign_ed25519;
	uint64_t verifies = p256 ? n->verify_esp256 : n->verify_ed25519;
	struct bytes m = mean(n->sign_octets, n->sign_esp256 + n->sign_ed25519);
	struct bench_pair p;
	uint8_t sig[SIG_LEN];

	bench_pair_make(&p, crv);
	for (uint64_t i = 0; i < signs; i++)
		bench_ok(p.s.sign(p.s.ctx, &m, 1, sig), "sign");
	m = mean(n->verify_octets, n->verify_esp256 + n->verify_ed25519);
	bench_ok(p.s.sign(p.s.ctx, &m, 1, sig), "sign");
	for (uint64_t i = 0; i < verifies; i++)
		bench_ok(c->verify(cose_key_alg(&p.pub), &p.pub, &m, 1,
			     BYTES_OF(sig)),
		    "verify");
	bench_pair_free(&p);
}

static void
agreements(const struct crypto *c, const struct crypto_counts *n)
{
	uint8_t room[OPENSSL_PEM_MAX], z[32], kek[16] = {0}, wrapped[24];
	struct cose_key pub, eph;
	struct agreer a;
	struct bytes pem;

	bench_ok(
	    openssl_key_generate(CRV_P256, SPAN_OF(room), &pem, &pub), "key");
	bench_ok(openssl_agreer_load(pem, &a), "key");
	for (uint64_t i = 0; i < n->key_check; i++)
		bench_ok(c->key_check(&pub), "key_check");
	for (uint64_t i = 0; i < n->ephemeral; i++)
		bench_ok(c->ecdh_ephemeral(&pub, &eph, z), "ephemeral");
	bench_ok(c->ecdh_ephemeral(&pub, &eph, z), "ephemeral");
	for (uint64_t i = 0; i < n->agree; i++)
		bench_ok(a.agree(a.ctx, &eph, z), "agree");
	for (uint64_t i = 0; i < n->hkdf; i++)
		bench_ok(c->hkdf(BYTES_NONE, BYTES_OF(z), BYTES_LIT("info"),
			     SPAN_OF(kek)),
		    "hkdf");
	bench_ok(
	    c->kw_wrap(BYTES_OF(kek), (struct bytes){z, 16}, SPAN_OF(wrapped)),
	    "kw");
	for (uint64_t i = 0; i < n->kw; i++)
		bench_ok(c->kw_unwrap(BYTES_OF(kek), BYTES_OF(wrapped),
			     (struct span){z, 16}),
		    "kw");
	openssl_agreer_free(&a);
}

static void
ciphers(const struct crypto *c, const struct crypto_counts *n)
{
	static const uint8_t key[16] = {1}, iv[12] = {2};
	struct bytes m = mean(n->seal_octets, n->seal);
	size_t sealed;

	for (uint64_t i = 0; i < n->seal; i++)
		bench_ok(c->seal(ALG_A128GCM, BYTES_OF(key), BYTES_OF(iv),
			     BYTES_NONE, m, (struct span){out, m.n + 16}),
		    "seal");
	m = mean(n->open_octets, n->open);
	sealed = m.n + 16;
	bench_ok(c->seal(ALG_A128GCM, BYTES_OF(key), BYTES_OF(iv), BYTES_NONE,
		     m, (struct span){out, sealed}),
	    "seal");
	for (uint64_t i = 0; i < n->open; i++)
		bench_ok(c->open(ALG_A128GCM, BYTES_OF(key), BYTES_OF(iv),
			     BYTES_NONE, (struct bytes){out, sealed},
			     (struct span){in, m.n}),
		    "open");
}

static void
hashes(const struct crypto *c, const struct crypto_counts *n)
{
	static const uint8_t key[32] = {3};
	struct bytes m = mean(n->sha256_octets, n->sha256);
	uint8_t digest[DIGEST_LEN];

	for (uint64_t i = 0; i < n->sha256; i++)
		bench_ok(c->sha256(&m, 1, digest), "sha256");
	m = mean(n->hmac_octets, n->hmac);
	for (uint64_t i = 0; i < n->hmac; i++)
		bench_ok(c->hmac_sha256(BYTES_OF(key), m, digest), "hmac");
	m = mean(n->random_octets, n->random);
	for (uint64_t i = 0; i < n->random; i++)
		bench_ok(c->random((struct span){out, m.n}), "random");
}

int
main(int argc, char **argv)
{
	const struct crypto *c = bench_crypto();
	struct crypto_counts n = {0};
	struct timespec a, b;

	read_counts(argc, argv, &n);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	signatures(c, &n, CRV_P256);
	signatures(c, &n, CRV_ED25519);
	agreements(c, &n);
	ciphers(c, &n);
	hashes(c, &n);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	(void)printf("%.4f\n", (double)(b.tv_sec - a.tv_sec) +
				   (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}
