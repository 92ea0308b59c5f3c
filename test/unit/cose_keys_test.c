/*
 * cose_keys_test: COSE_Key in and out, thumbprints.
 */
#include "cose_util.h"

/* The receiver key of the TEEP draft, and its thumbprint. */
#define X   "5886cd61dd875862e5aaa820e7a15274c968a9bc96048ddcace32f50c3651ba3"
#define Y   "9eed8125e932cd60c0ead3650d0a485cf726d378d1b016ed4298b2961e258f1b"
#define KID "e96788b10b1610abe478f9ce8dcfe2304c0911dd8cfeadde25ec30ccb5a7b5af"

static void
thumbprint_of_the_draft(void **state)
{
	static const char in[] = "a4 01 02 20 01 21 5820" X "22 5820" Y;
	uint8_t room[FILE_MAX], want[FILE_MAX], kid[KID_LEN], again[80];
	struct cbor_out w = cbor_into(SPAN_OF(again));
	struct bytes b = hex(in, room), out;
	struct cose_key k;

	(void)state;
	assert_int_equal(cose_key_read(b, &k), OK);
	assert_int_equal(k.kty, KTY_EC2);
	assert_int_equal(k.crv, CRV_P256);
	assert_int_equal(cose_key_alg(&k), ALG_ESP256);
	assert_int_equal(cose_key_thumbprint(test_crypto(), &k, kid), OK);
	assert_bytes(BYTES_OF(kid), hex(KID, want));
	cose_key_write(&w, &k);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_bytes(out, b);
}

static void
thumbprint_of_okp(void **state)
{
	struct cose_key k = public_key("tam-ed25519.pub.pem");
	uint8_t kid[KID_LEN], want[FILE_MAX];

	(void)state;
	assert_int_equal(cose_key_alg(&k), ALG_ED25519);
	assert_int_equal(cose_key_thumbprint(test_crypto(), &k, kid), OK);
	assert_bytes(BYTES_OF(kid),
	    hex("0f6b9276d86f2aa40be83eebde1f9e6840377e4b70acde9008e6039d53d34b"
		"00",
		want));
}

static void
accepted(void **state)
{
	static const char *const good[] = {
	    /* any order, kid, alg and unknown members */
	    "a4 20 01 22 5820" Y "21 5820" X "01 02",
	    "a7 01 02 02 41 aa 03 28 04 81 02 20 01 21 5820" X "22 5820" Y,
	    "a5 01 02 03 26 20 01 21 5820" X "22 5820" Y,
	    "a5 01 02 03 381c 20 01 21 5820" X "22 5820" Y,
	    "a5 01 02 20 01 21 5820" X "22 5820" Y "61 7a 05",
	    ("a4 01 01 03 32 20 06 21 5820" X),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		uint8_t room[FILE_MAX];
		struct cose_key k;

		if (cose_key_read(hex(good[i], room), &k) != OK)
			fail_msg("refused: %s", good[i]);
	}
}

static void
refused(void **state)
{
	static const struct {
		enum err e;
		const char *in;
	} bad[] = {
	    /* private members */
	    {ERR_COSE_KEY, "a5 01 02 20 01 21 5820" X "22 5820" Y "23 5820" X},
	    {ERR_COSE_KEY, "a4 01 01 20 06 21 5820" X "23 5820" X},
	    {ERR_COSE_KEY, "a4 01 01 20 06 21 5820" X "23 f6"},
	    /* compressed, short, missing, superfluous coordinates */
	    {ERR_COSE_KEY, "a4 01 02 20 01 21 5820" X "22 f5"},
	    {ERR_COSE_KEY, "a4 01 02 20 01 21 41 01 22 5820" Y},
	    {ERR_COSE_KEY, "a3 01 02 20 01 21 5820" X},
	    {ERR_COSE_KEY, "a3 01 02 20 01 22 5820" Y},
	    {ERR_COSE_KEY, "a2 01 01 20 06"},
	    {ERR_COSE_KEY, "a4 01 01 20 06 21 5820" X "22 5820" Y},
	    {ERR_COSE_KEY, "a4 01 02 20 01 21 5821" X "00 22 5820" Y},
	    /* other types and curves: P-384, X448, symmetric, mixed */
	    {ERR_COSE_KEY, "a4 01 02 20 02 21 5820" X "22 5820" Y},
	    {ERR_COSE_KEY, "a3 01 01 20 05 21 5820" X},
	    {ERR_COSE_KEY, "a2 01 04 20 01"},
	    {ERR_COSE_KEY, "a4 01 02 20 06 21 5820" X "22 5820" Y},
	    {ERR_COSE_KEY, "a3 01 01 20 01 21 5820" X},
	    {ERR_TYPE, "a4 01 61 41 20 01 21 5820" X "22 5820" Y},
	    {ERR_MISSING, "a3 20 01 21 5820" X "22 5820" Y},
	    /* algorithms of another key or purpose */
	    {ERR_COSE_ALG, "a5 01 02 03 32 20 01 21 5820" X "22 5820" Y},
	    {ERR_COSE_ALG, "a5 01 02 03 3822 20 01 21 5820" X "22 5820" Y},
	    {ERR_COSE_ALG, "a5 01 02 03 61 41 20 01 21 5820" X "22 5820" Y},
	    {ERR_COSE_ALG, "a4 01 01 03 28 20 06 21 5820" X},
	    /* not strict CBOR */
	    {ERR_TRAILING, "a3 01 01 20 06 21 5820" X "00"},
	    {ERR_DUPLICATE, "a4 01 01 01 01 20 06 21 5820" X},
	    {ERR_NOT_SHORTEST, "a3 01 1801 20 06 21 5820" X},
	    {ERR_TYPE, "80"},
	    {ERR_TRUNCATED, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint8_t room[FILE_MAX];
		struct cose_key k;
		enum err e = cose_key_read(hex(bad[i].in, room), &k);

		if (e != bad[i].e)
			fail_msg("%s: %s, not %s", bad[i].in, err_name(e),
			    err_name(bad[i].e));
		assert_zeroed(k);
	}
}

static void
unknown_key_has_no_name(void **state)
{
	struct cose_key k = {.kty = KTY_EC2, .crv = 2};
	uint8_t kid[KID_LEN];

	(void)state;
	assert_int_equal(cose_key_alg(&k), 0);
	assert_int_equal(
	    cose_key_thumbprint(test_crypto(), &k, kid), ERR_COSE_KEY);
	assert_zeroed(kid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(thumbprint_of_the_draft),
	    cmocka_unit_test(thumbprint_of_okp),
	    cmocka_unit_test(accepted),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(unknown_key_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
