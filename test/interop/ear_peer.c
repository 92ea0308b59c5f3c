/*
 * ear_peer: the library's EAR for ear.py to hold against its own.
 *
 *   ear_peer say VERIFIER.pem TEEP.pub NONCE TIME STATUS     Result to stdout
 *   ear_peer believe VERIFIER.pub TEEP.pub NONCE TIME        Result in stdin;
 *                                            prints ok, or why not
 *
 * NONCE in hex, TIME in seconds since 1970, STATUS 2, 32 or 96.
 */
#include <cmdline.h>
#include <crypto_openssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/eat.h>

#define ROOM 4096

static void
need(enum err e, const char *what)
{
	if (e == OK)
		return;
	(void)fprintf(stderr, "ear_peer: %s: %s\n", what, err_name(e));
	exit(2);
}

static struct cose_key
public_of(const char *path)
{
	struct cose_key k;
	struct bytes pem;

	need(read_file(path, KEY_FILE_MAX, &pem), path);
	need(openssl_public_read(pem, &k), path);
	release_bytes(&pem);
	return k;
}

static struct bytes
octets(const char *hex, uint8_t room[64])
{
	size_t n = 0;
	unsigned v;

	for (; n < 64 && sscanf(hex, "%2x", &v) == 1; hex += 2)
		room[n++] = (uint8_t)v;
	return (struct bytes){room, n};
}

static int
say(const char *key, const struct result_ask *ask, uint64_t status)
{
	uint8_t cnf[64], kid[KID_LEN], scratch[ROOM], plain[ROOM], out[ROOM];
	struct cbor_out w = cbor_into(SPAN_OF(cnf));
	struct ear e = {.has = EAR_RESULT_HAS_EXP | EAR_RESULT_HAS_CNF |
			       EAR_RESULT_HAS_NONCE,
	    .exp = ask->now + 60,
	    .iat = ask->now,
	    .nonce = ask->nonce,
	    .developer = BYTES_LIT("https://tamarind.example"),
	    .build = BYTES_LIT("ear_peer")};
	struct ear_appraisal a = {.has = EAR_HAS_STATUS | EAR_HAS_VECTOR,
	    .name = ask->submod,
	    .status = status,
	    .vector = {.has = 1u << EAR_EXECUTABLES}};
	struct signer s;
	struct bytes pem, claims;

	a.vector.value[EAR_EXECUTABLES] = (int64_t)status;
	need(cose_key_thumbprint(crypto_openssl(), ask->key, kid), "key");
	eat_cnf_put_kid(&w, kid);
	need(cbor_done(&w, &e.cnf), "cnf");
	need(read_file(key, KEY_FILE_MAX, &pem), key);
	need(openssl_signer_load(pem, &s), key);
	release_bytes(&pem);
	w = cbor_into(SPAN_OF(plain));
	need(ear_write(&w, &e, &a, 1, SPAN_OF(scratch)), "claims");
	need(cbor_done(&w, &claims), "claims");
	w = cbor_into(SPAN_OF(out));
	need(cose_sign1_write(&w, &s, claims, NULL, WRITE_TAGGED), "sign");
	openssl_signer_free(&s);
	return fwrite(out, 1, w.at, stdout) == w.at ? 0 : 2;
}

static enum err
the_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct cose_key *k = ctx;
	uint8_t is[KID_LEN];

	(void)alg;
	if (nth > 0 || cose_key_thumbprint(crypto_openssl(), k, is) != OK ||
	    !bytes_same(kid, BYTES_OF(is)))
		return ERR_UNKNOWN_KEY;
	*out = *k;
	return OK;
}

static enum err
believe(struct cose_key *verifier, struct result_ask *ask, struct bytes in)
{
	const struct keyring ring = {verifier, the_key};
	struct believed r;

	ask->verifiers = &ring;
	return result_check(crypto_openssl(), ask, in, &r, NULL);
}

int
main(int argc, char **argv)
{
	static uint8_t in[ROOM];
	uint8_t nonce[64], kid[KID_LEN];
	struct cose_key teep, verifier;
	struct result_ask ask = {.form = &result_ear,
	    .kid = kid,
	    .key = &teep,
	    .submod = BYTES_LIT("tamarind")};

	if (argc < 6 || crypto_openssl() == NULL) {
		(void)fputs("usage: ear_peer say|believe VERIFIER TEEP NONCE "
			    "TIME [STATUS]\n",
		    stderr);
		return 2;
	}
	teep = public_of(argv[3]);
	need(cose_key_thumbprint(crypto_openssl(), &teep, kid), "key");
	ask.nonce = octets(argv[4], nonce);
	ask.now = strtoull(argv[5], NULL, 10);
	if (strcmp(argv[1], "say") == 0 && argc == 7)
		return say(argv[2], &ask, strtoull(argv[6], NULL, 10));
	verifier = public_of(argv[2]);
	(void)puts(err_name(believe(&verifier, &ask,
	    (struct bytes){in, fread(in, 1, sizeof(in), stdin)})));
	return 0;
}
