/*
 * relying-party: may this device in?  It shows what a Verifier said of it, and
 * that it holds the key which that is about, for a challenge of ours.
 *
 *	cc main.c $(pkg-config --cflags --libs tamarind-openssl)
 *	teep-broker passport https://door.example/ CHALLENGE >passport
 *	./a.out verifier.pub.pem https://door.example/ CHALLENGE <passport
 *
 * CHALLENGE is hex of 16 octets that nobody could guess, made for this one
 * answer: ./a.out --challenge prints one.  A fourth word, "warning", lets in
 * whom a Verifier warns of (EAR), as it does of every process TEE.
 */
#include <stdio.h>
#include <string.h>
#include <tamarind/crypto_openssl.h>
#include <tamarind/eat.h>
#include <tamarind/teep.h>
#include <time.h>

#define CHALLENGE 16
#define SKEW      300 /* seconds that clocks may be apart */

/* What a device presents.                              [docs/link.md] */
struct presentation {
	struct bytes party, challenge, format, result;
	struct cose_key key;
};

static enum err
presentation_read(struct bytes in, struct presentation *out)
{
	struct cbor_in r = cbor_open(in);
	struct bytes key;

	cbor_array(&r, 6);
	if (!bytes_same(cbor_tstr(&r, 0, 16), BYTES_LIT("passport")))
		return ERR_TYPE;
	out->party = cbor_tstr(&r, 1, 2048);
	out->challenge = cbor_bstr(&r, 8, 64);
	out->format = cbor_tstr(&r, 0, 128);
	out->result = cbor_bstr(&r, 1, 4096);
	key = cbor_raw(&r, CBOR_MAP);
	TRY(cbor_close(&r));
	return cose_key_read(key, &out->key);
}

/* A keyring of one: whoever is not named is nobody. */
static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct cose_key *key = ctx;
	uint8_t own[KID_LEN];

	TRY(cose_key_thumbprint(crypto_openssl(), key, own));
	if (nth > 0 || cose_key_alg(key) != alg ||
	    (kid.n > 0 && !bytes_same(kid, BYTES_OF(own))))
		return ERR_UNKNOWN_KEY;
	*out = *key;
	return OK;
}

/* Was it made for us, now, by whoever holds the key it brings? */
static enum err
present(struct bytes in, struct bytes party, struct bytes challenge,
    struct presentation *p, struct why *why)
{
	struct keyring ring = {&p->key, find};
	struct cose_signed shape;
	struct verified v;
	enum err e;

	TRY(cose_signed_read(in, ACCEPT_SIGN1, &shape, why));
	e = presentation_read(shape.payload, p);
	if (e != OK)
		return why_set(why, e, "presentation");
	TRY(cose_verify(crypto_openssl(), &ring, ACCEPT_SIGN1, in, &v, why));
	if (!bytes_same(p->party, party))
		return why_set(why, ERR_PEER, "Relying Party");
	if (!bytes_same_ct(p->challenge, challenge))
		return why_set(why, ERR_CHALLENGE, "challenge");
	return OK;
}

static enum err
judge(struct bytes in, struct cose_key *verifier, struct bytes party,
    struct bytes challenge, bool warning, struct believed *out, struct why *why)
{
	const struct keyring verifiers = {verifier, find};
	struct presentation p = {0};
	uint8_t kid[KID_LEN];
	struct result_ask ask = {.form = &result_teep,
	    .verifiers = &verifiers,
	    .kid = kid,
	    .key = &p.key,
	    .age = UINT32_MAX, /* until it ends */
	    .skew = SKEW,
	    .now = (uint64_t)time(NULL),
	    .least = warning ? EAR_WARNING : EAR_AFFIRMING};

	TRY(present(in, party, challenge, &p, why));
	TRY(cose_key_thumbprint(crypto_openssl(), &p.key, kid));
	if (teep_format_is(p.format, EAR_PROFILE))
		ask.form = &result_ear;
	else if (teep_payload_kind(p.format.n > 0, p.format) !=
		 TEEP_PAYLOAD_RESULT)
		return why_set(why, ERR_UNEXPECTED, "format");
	TRY(result_check(crypto_openssl(), &ask, p.result, out, why));
	/* Ours is no door for ever. */
	return out->exp != UINT64_MAX ? OK
				      : why_set(why, ERR_RESULT_CLAIMS, "exp");
}

static size_t
octets(FILE *f, uint8_t *room, size_t n)
{
	size_t got = f == NULL ? 0 : fread(room, 1, n, f);

	if (f != NULL)
		(void)fclose(f);
	return got;
}

static int
challenge_print(void)
{
	uint8_t c[CHALLENGE];

	if (crypto_openssl()->random(SPAN_OF(c)) != OK)
		return 1;
	for (size_t i = 0; i < sizeof(c); i++)
		(void)printf("%02x", c[i]);
	return puts("") < 0;
}

int
main(int argc, char **argv)
{
	static uint8_t in[65536], pem[4096];
	uint8_t challenge[CHALLENGE];
	struct cose_key verifier;
	struct believed b;
	struct why why = {.what = ""};
	unsigned octet;
	enum err e;

	if (argc == 2 && strcmp(argv[1], "--challenge") == 0)
		return challenge_print();
	if (argc < 4 || crypto_openssl() == NULL ||
	    strlen(argv[3]) != 2 * CHALLENGE) {
		(void)fprintf(stderr, "usage: relying-party VERIFIER.pem PARTY "
				      "CHALLENGE [warning] <PRESENTATION\n");
		return 2;
	}
	for (size_t i = 0; i < CHALLENGE; i++) {
		if (sscanf(argv[3] + 2 * i, "%2x", &octet) != 1)
			return 2;
		challenge[i] = (uint8_t)octet;
	}
	e = openssl_public_read(
	    (struct bytes){pem, octets(fopen(argv[1], "rb"), pem, sizeof(pem))},
	    &verifier);
	if (e == OK)
		e = judge((struct bytes){in, octets(stdin, in, sizeof(in))},
		    &verifier,
		    (struct bytes){(const uint8_t *)argv[2], strlen(argv[2])},
		    BYTES_OF(challenge),
		    argc > 4 && strcmp(argv[4], "warning") == 0, &b, &why);
	if (e != OK) {
		(void)fprintf(stderr, "refused: %s (%s): %s\n", err_name(e),
		    why.what == NULL ? "" : why.what, err_text(e));
		return 1;
	}
	(void)printf("accepted: device ");
	for (size_t i = 0; i < b.claims.ueid.n; i++)
		(void)printf("%02x", b.claims.ueid.p[i]);
	(void)printf(", %.*s, for %ld seconds\n", (int)b.claims.assurance.n,
	    (const char *)b.claims.assurance.p,
	    (long)(b.exp - (uint64_t)time(NULL)));
	return 0;
}
