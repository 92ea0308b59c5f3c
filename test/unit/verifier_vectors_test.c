/*
 * Published claims and tokens: each is read, and its signature holds where
 * there is a key for it.
 */
#include "rats_vectors.h"

/* The key of two of the published tokens, as their signatures give it. */
static enum err
tokens_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	static const char x[] =
	    "40416c8cdaa0f7a175695553c3279c109ce9277e53c5862aa715edc636f171ca";
	static const char y[] =
	    "32f17643549615e5c8340d4332dd13778aec871576a33c26086c320c9ff33fc7";

	(void)ctx;
	(void)kid;
	(void)alg;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	memset(out, 0, sizeof(*out));
	out->kty = KTY_EC2;
	out->crv = CRV_P256;
	(void)octets(x, out->x, sizeof(out->x));
	(void)octets(y, out->y, sizeof(out->y));
	return OK;
}

static const struct {
	const char *name;
	uint32_t has;
} claims[] = {
    {"minimal", EAT_HAS_NONCE},
    {"simple", EAT_HAS_NONCE | EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		   EAT_HAS_IAT},
    {"submods", EAT_HAS_NONCE | EAT_HAS_UEID | EAT_HAS_IAT},
    {"valid_hw_block",
	EAT_HAS_NONCE | EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWVERSION},
    {"valid_hw_block2",
	EAT_HAS_NONCE | EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWVERSION},
    {"valid_iot", EAT_HAS_NONCE | EAT_HAS_UEID | EAT_HAS_OEMID},
    /* A private claim of theirs has the number of one of ours: only the
     * profile says whose it is. */
    {"valid_key_store", EAT_HAS_NONCE | EAT_HAS_EXP | EAT_HAS_IAT |
			    EAT_HAS_MANIFESTS | EAT_HAS_REPORT_KEY},
    {"valid_submods", EAT_HAS_NONCE | EAT_HAS_UEID | EAT_HAS_OEMID |
			  EAT_HAS_HWMODEL | EAT_HAS_HWVERSION | EAT_HAS_IAT},
    {"valid_tee", EAT_HAS_NONCE | EAT_HAS_MANIFESTS},
};

static void
claims_are_read(void **state)
{
	uint8_t room[VECTOR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
		struct eat_claims c;
		struct why why = {0};
		char name[64];

		(void)snprintf(
		    name, sizeof(name), "eat/%s.cbor", claims[i].name);
		if (eat_parse(vector(name, room), &c, &why) != OK)
			fail_msg(
			    "%s: %s in %s", name, err_name(why.err), why.what);
		if (c.has != claims[i].has)
			fail_msg("%s: %x", name, (unsigned)c.has);
		/* None of them is Evidence or a Result of ours. */
		assert_int_not_equal(eat_evidence_complete(&c, &why), OK);
		assert_int_not_equal(eat_result_complete(&c, &why), OK);
	}
}

/* The first token in a file: 61(18(...)), wherever it stands. */
static struct bytes
token(struct bytes in)
{
	struct cbor_in r;
	size_t at = 0;

	while (memcmp(in.p + at, "\xd8\x3d\xd2\x84", 4) != 0) {
		at++;
		assert_true(at + 4 < in.n);
	}
	r = cbor_open((struct bytes){in.p + at, in.n - at});
	in = cbor_raw(&r, CBOR_TAG);
	assert_int_equal(r.err, OK);
	return in;
}

static enum err
verified(const char *name, struct keyring *ring, bool nested)
{
	uint8_t room[VECTOR_MAX];
	struct bytes in = vector(name, room);
	struct eat_claims c;
	struct verified v;
	struct why why;

	if (nested)
		in = token(in);
	TRY(cose_verify(crypto_openssl(), ring,
	    (unsigned)ACCEPT_SIGN1 | ACCEPT_CWT_TAG | ACCEPT_POLYMORPHIC, in,
	    &v, &why));
	return eat_read(&v, &c, &why);
}

static void
tokens_are_verified(void **state)
{
	struct keyring tokens = {NULL, tokens_key}, psa = PUBLISHED_RING;

	(void)state;
	assert_int_equal(verified("eat/valid_deb.cbor", &tokens, true), OK);
	assert_int_equal(verified("eat/submods.cbor", &tokens, true), OK);
	/* Of this one the key was never published. */
	assert_int_equal(
	    verified("eat/valid_cwt.cbor", &tokens, true), ERR_SIGNATURE);
	assert_int_equal(verified("psa/psa-evidence.cbor", &psa, false), OK);
	assert_int_equal(
	    verified("psa/psa-evidence.cbor", &tokens, false), ERR_SIGNATURE);
	/* Without a word that a polymorphic algorithm will do: refused. */
	{
		uint8_t room[VECTOR_MAX];
		struct verified v;

		assert_int_equal(
		    cose_verify(crypto_openssl(), &psa, ACCEPT_SIGN1,
			vector("psa/psa-evidence.cbor", room), &v, NULL),
		    ERR_COSE_ALG);
	}
}

/* ---- measured components ------------------------------------------------- */

static void
components_are_read(void **state)
{
	uint8_t room[VECTOR_MAX];
	struct eat_measured m;

	(void)state;
	assert_int_equal(
	    eat_measured_read(vector("measured-component/ex1.cbor", room), &m),
	    OK);
	assert_true(bytes_same(m.name, BYTES_LIT("boot loader X")));
	assert_true(bytes_same(m.version, BYTES_LIT("1.2.3rc2")));
	assert_int_equal(m.digest.alg, 1);
	assert_int_equal(m.authorities.n, 2);
	assert_true(bytes_same(m.flags, BYTES_LIT("\0\0\0\0\0\0\1\1")));
	assert_int_equal(
	    eat_measured_read(vector("measured-component/ex2.cbor", room), &m),
	    OK);
	assert_true(bytes_same(m.name, BYTES_LIT("/boot/loader.bin")));
	assert_int_equal(m.version.n, 0);
	assert_int_equal(m.digest.alg, 7);
	assert_int_equal(m.digest.value.n, 48);
	assert_int_equal(
	    eat_measured_read(vector("measured-component/ex3.cbor", room), &m),
	    OK);
	assert_true(bytes_same(m.raw, BYTES_LIT("Omaha")));
	assert_null(m.digest.value.p);
}

static const struct {
	const char *hex;
	enum err e;
} components[] = {
    {"a201816161054101", OK},
    {"a20182616181617605"
     "4101",
	OK},
    {"a2018261618261761940"
     "00054101",
	OK},
    {"a201816161028206"
     "4401020304",
	OK},
    {"a301816161028206"
     "4401020304054101",
	ERR_UNEXPECTED},
    {"a101816161", ERR_MISSING},
    {"a1054101", ERR_MISSING},
    {"a20180054101", ERR_RANGE},
    {"a2018160054101", ERR_RANGE},
    {"a20182616180054101", ERR_RANGE},
    {"a2018161610282064101", ERR_RANGE},
    {"a3018161610380054101", ERR_RANGE},
    {"a301816161038105054101", ERR_TYPE},
    {"a30181616104470102030405060705"
     "4101",
	ERR_RANGE},
    {"a3018161610448010203040506070805"
     "4101",
	OK},
    {"a301816161054101"
     "0600",
	ERR_UNEXPECTED},
};

static void
components_have_their_bounds(void **state)
{
	uint8_t room[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(components); i++) {
		struct eat_measured m;
		enum err e = eat_measured_read(
		    octets(components[i].hex, room, sizeof(room)), &m);

		if (e != components[i].e)
			fail_msg("%s: %s", components[i].hex, err_name(e));
		assert_int_equal(m.name.n != 0, e == OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(claims_are_read),
	    cmocka_unit_test(tokens_are_verified),
	    cmocka_unit_test(components_are_read),
	    cmocka_unit_test(components_have_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
