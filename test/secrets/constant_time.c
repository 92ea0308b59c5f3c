/*
 * constant_time: does what is done with secrets take the same way whatever
 * they are?                                                  [security 22]
 *
 * Run under valgrind, which reports every jump and every address that depends
 * on memory marked undefined: here, on secrets.  Verdicts are declared defined
 * as soon as they stand.
 *
 *   constant_time          what the house does; nothing may be reported
 *   constant_time early    the same check with a compare that stops early
 *   constant_time address  a table that is looked into at a secret place
 */
#include <crypto_mbedtls.h>
#include <crypto_openssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/tam.h>
#include <valgrind/memcheck.h>

#include "cose_int.h"

#define SECRET(p, n) VALGRIND_MAKE_MEM_UNDEFINED(p, n)
#define PUBLIC(p, n) VALGRIND_MAKE_MEM_DEFINED(p, n)

bool real_bytes_same_ct(struct bytes a, struct bytes b);
enum err early_challenge_check(const struct crypto *c, const struct tam_view *v,
    const struct tam_config *config, uint64_t now, struct bytes challenge,
    uint64_t *issued);

static unsigned done;

static void
must(bool holds, const char *what)
{
	if (!holds) {
		(void)fprintf(stderr, "constant_time: %s\n", what);
		exit(2);
	}
	done++;
}

/* Everybody's compare: its verdict is no secret. */
bool
bytes_same_ct(struct bytes a, struct bytes b)
{
	bool same = real_bytes_same_ct(a, b);

	(void)PUBLIC(&same, sizeof(same));
	return same;
}

/* ---- compares ------------------------------------------------------------ */

static void
compares(void)
{
	for (size_t n = 1; n <= 64; n++) {
		uint8_t a[64], b[64];

		memset(a, 0x5a, sizeof(a));
		for (size_t at = 0; at <= n; at++) {
			memset(b, 0x5a, sizeof(b));
			if (at < n)
				b[at] ^= 0x80;
			(void)SECRET(a, n);
			(void)SECRET(b, n);
			must(bytes_same_ct((struct bytes){a, n},
				 (struct bytes){b, n}) == (at == n),
			    "compare");
			(void)PUBLIC(a, n);
		}
	}
}

static void
wipes(void)
{
	for (size_t n = 1; n <= 4096; n *= 4) {
		uint8_t *p = malloc(n);

		if (p == NULL)
			abort();
		(void)SECRET(p, n);
		wipe(p, n);
		/* written, so defined again: valgrind knows */
		must(VALGRIND_CHECK_MEM_IS_DEFINED(p, n) == 0 && p[0] == 0 &&
			 p[n - 1] == 0,
		    "wipe");
		free(p);
	}
}

/* ---- challenges ---------------------------------------------------------- */

#define NOW 1000000

static uint8_t mac_key[32];

static enum err
key_of(void *ctx, size_t nth, uint8_t key[32])
{
	(void)ctx;
	if (nth > 1)
		return ERR_NOT_FOUND;
	memcpy(key, mac_key, 32);
	key[0] ^= (uint8_t)nth; /* the second one made it */
	return OK;
}

typedef enum err challenge_check(const struct crypto *c,
    const struct tam_view *v, const struct tam_config *config, uint64_t now,
    struct bytes challenge, uint64_t *issued);

static void
challenges(challenge_check *check)
{
	const struct tam_view view = {.mac_key = key_of};
	const struct tam_config config = {
	    .challenge_life = 600, .clock_skew = 300};
	uint8_t made_by[32], challenge[TAM_CHALLENGE_LEN];
	uint64_t issued;

	memset(mac_key, 7, sizeof(mac_key));
	memcpy(made_by, mac_key, 32);
	made_by[0] ^= 1;
	must(
	    tam_challenge_make(crypto_openssl(), made_by, NOW, challenge) == OK,
	    "a challenge");
	(void)SECRET(mac_key, sizeof(mac_key));
	must(check(crypto_openssl(), &view, &config, NOW, BYTES_OF(challenge),
		 &issued) == OK,
	    "the right challenge");
	for (size_t at = 16; at < 32; at++) {
		challenge[at] ^= 1;
		must(check(crypto_openssl(), &view, &config, NOW,
			 BYTES_OF(challenge), &issued) == ERR_CHALLENGE,
		    "a wrong challenge");
		challenge[at] ^= 1;
	}
	(void)PUBLIC(mac_key, sizeof(mac_key));
}

/* ---- key wrap and tags --------------------------------------------------- */

static void
key_wrap(const struct crypto *c)
{
	uint8_t room[32], cek[32], wrapped[40], got[32];

	for (size_t k = 16; k <= 32; k += 8) {
		const struct bytes kek = {room, k};
		const size_t n = k == 24 ? 16 : k;
		const struct span to = {got, n};
		const struct bytes in = {wrapped, n + 8};

		memset(room, 3, sizeof(room));
		memset(cek, 4, sizeof(cek));
		must(c->kw_wrap(kek, (struct bytes){cek, n},
			 (struct span){wrapped, n + 8}) == OK,
		    "wrap");
		for (size_t at = 0; at <= n + 8; at += 4) {
			if (at < n + 8)
				wrapped[at] ^= 1;
			(void)SECRET(room, sizeof(room));
			must((c->kw_unwrap(kek, in, to) == OK) == (at == n + 8),
			    "unwrap");
			(void)PUBLIC(room, sizeof(room));
			if (at < n + 8)
				wrapped[at] ^= 1;
		}
	}
}

static void
tags(const struct crypto *c)
{
	static const int32_t algs[] = {ALG_A128GCM, ALG_CHACHA20_POLY1305};
	const struct bytes iv = BYTES_LIT("123456789012");
	const struct bytes aad = BYTES_LIT("aad"), plain = BYTES_LIT("plain");
	uint8_t key[32], box[21], got[5];

	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		const struct bytes k = {key, i == 0 ? 16 : 32};

		memset(key, 5, sizeof(key));
		must(c->seal(algs[i], k, iv, aad, plain, SPAN_OF(box)) == OK,
		    "seal");
		for (size_t at = 5; at <= sizeof(box); at += 4) {
			if (at < sizeof(box))
				box[at] ^= 1;
			(void)SECRET(key, sizeof(key));
			must((c->open(algs[i], k, iv, aad, BYTES_OF(box),
				  SPAN_OF(got)) == OK) == (at == sizeof(box)),
			    "open");
			(void)PUBLIC(key, sizeof(key));
			if (at < sizeof(box))
				box[at] ^= 1;
		}
	}
}

/* ---- a whole message ----------------------------------------------------- */

static uint8_t shared[32];

/* A payload in pieces: the key, and what comes out, are secret. */
static void
pieces(const struct crypto *c, int32_t alg)
{
	uint8_t kek[16], info_room[256], ct[100], tag_room[CIPHER_TAG];
	uint8_t room[64];
	const struct cose_recipient to = {
	    .alg = ALG_A128KW, .kek = BYTES_OF(kek)};
	const struct cose_opener key = {.kek = BYTES_OF(kek)};
	const struct bytes plain =
	    BYTES_LIT("forty-eight octets of a payload that is a secret");
	struct cbor_out w = cbor_into(SPAN_OF(info_room));
	struct cose_opening o;
	struct cose_sealing s;
	struct bytes info, tag, out;

	memset(kek, 6, sizeof(kek));
	must(cose_seal_begin(&s, crypto_openssl(), alg) == OK &&
		 cose_seal_info(&s, &to, 1, COSE_CTX_PAYLOAD, &w) == OK &&
		 cbor_done(&w, &info) == OK &&
		 cose_seal_more(&s, plain, (struct span){ct, plain.n}) == OK &&
		 cose_seal_end(&s, tag_room, &tag) == OK,
	    "a payload");
	memcpy(ct + plain.n, tag.p, tag.n);
	cose_seal_wipe(&s);
	for (size_t at = plain.n; at <= plain.n + tag.n; at += 4) {
		struct bytes in = {ct, plain.n + tag.n};
		bool right = at == plain.n + tag.n;

		ct[at] ^= 1; /* behind the end: changes nothing */
		(void)SECRET(kek, sizeof(kek));
		must(cose_open_begin(
			 &o, c, &key, COSE_CTX_PAYLOAD, info, NULL) == OK,
		    "the payload's key");
		while (in.n > 0)
			must(cose_open_more(&o, &in, SPAN_OF(room), &out) == OK,
			    "a piece");
		must((cose_open_end(&o, SPAN_OF(room), &out) == OK) == right,
		    "the tag");
		(void)PUBLIC(kek, sizeof(kek));
		ct[at] ^= 1;
	}
}

static enum err
agree(void *ctx, const struct cose_key *peer, uint8_t z[32])
{
	(void)ctx;
	(void)peer;
	memcpy(z, shared, 32);
	return OK;
}

static struct cose_key recipient;
static struct crypto spying;

/* The secret of this message, for whoever is to open it. */
static enum err
fresh(const struct cose_key *peer, struct cose_key *eph, uint8_t z[32])
{
	enum err e = crypto_openssl()->ecdh_ephemeral(peer, eph, z);

	memcpy(shared, z, 32);
	return e;
}

static void
message(const struct crypto *opener)
{
	const struct agreer a = {.agree = agree};
	const struct bytes plain = BYTES_LIT("a secret of the signer's");
	uint8_t pem[OPENSSL_PEM_MAX], box[512], room[512];
	struct cbor_out w = cbor_into(SPAN_OF(box));
	struct bytes out, in;
	struct why why;

	must(openssl_key_generate(CRV_P256, SPAN_OF(pem), &out, &recipient) ==
		 OK,
	    "a recipient");
	spying = *crypto_openssl();
	spying.ecdh_ephemeral = fresh;
	must(cose_encrypt_write(&w, &spying, ALG_A128GCM, &recipient, a.kid,
		 COSE_CTX_PAYLOAD, plain) == OK &&
		 cbor_done(&w, &in) == OK,
	    "a message");
	(void)SECRET(shared, sizeof(shared));
	must(cose_decrypt(opener, &a, COSE_CTX_PAYLOAD, in, SPAN_OF(room), &out,
		 &why) == OK &&
		 out.n == plain.n,
	    "the message opened");
	box[in.n - 1] ^= 1;
	must(cose_decrypt(opener, &a, COSE_CTX_PAYLOAD, in, SPAN_OF(room), &out,
		 &why) == ERR_UNDECRYPTABLE,
	    "a message that was changed");
	(void)PUBLIC(shared, sizeof(shared));
}

/* ---- what must be caught ------------------------------------------------- */

static void
look_up(void)
{
	static const uint8_t table[256] = {[7] = 1};
	uint8_t at = 7, got;

	(void)SECRET(&at, 1);
	got = ((const volatile uint8_t *)table)[at];
	(void)PUBLIC(&got, 1);
	must(got == 1, "look up");
}

int
main(int argc, char **argv)
{
	must(crypto_openssl() != NULL && crypto_mbedtls() != NULL, "a port");
	if (argc > 1 && strcmp(argv[1], "early") == 0) {
		challenges(early_challenge_check);
	} else if (argc > 1) {
		look_up();
	} else {
		compares();
		wipes();
		challenges(tam_challenge_check);
		key_wrap(crypto_openssl());
		key_wrap(crypto_mbedtls());
		tags(crypto_openssl());
		tags(crypto_mbedtls());
		for (size_t i = 0; i < 2; i++) {
			const struct crypto *c =
			    i == 0 ? crypto_openssl() : crypto_mbedtls();

			pieces(c, ALG_A128GCM);
			pieces(c, ALG_A256GCM);
			pieces(c, ALG_CHACHA20_POLY1305);
			pieces(c, ALG_A128CTR);
		}
		message(crypto_openssl());
		message(crypto_mbedtls());
	}
	(void)printf("%u checks\n", done);
	return 0;
}
