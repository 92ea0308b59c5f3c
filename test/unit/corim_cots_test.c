/*
 * lib/corim cots.c: stores of trust anchors, and which of them is asked.
 */
#include "rats_vectors.h"

static void
published_store(void **state)
{
	struct keyring ring = PUBLISHED_RING;
	uint8_t room[VECTOR_MAX], env[256];
	struct cots_ask ask = {.purpose = BYTES_LIT("eat")};
	struct corim_environment e;
	struct cots_store s;
	enum cots_format format;
	struct corim_tag t;
	struct verified v;
	struct corim m;
	struct cbor_in r;
	struct bytes anchor;
	struct why why;

	(void)state;
	assert_int_equal(
	    corim_open(crypto_openssl(), &ring, PUBLISHED_NOW,
		vector("cots/signed-cots-corim.cbor", room), &v, &m, &why),
	    OK);
	assert_int_equal(corim_check(&m, &why), OK);
	r = cbor_items(m.tags);
	assert_int_equal(corim_tag_read(&r, &t), OK);
	assert_int_equal(t.kind, CORIM_COTS);
	/* Of that vendor: a public key. */
	assert_int_equal(
	    corim_environment_read(
		octets("a100a10173576f7274686c657373205365612c20496e632e", env,
		    sizeof(env)),
		&e),
	    OK);
	ask.environment = &e;
	assert_int_equal(cots_find(t.body, &ask, &s), OK);
	assert_int_equal(s.identity.version, 5);
	assert_int_equal(s.anchors.n, 1);
	r = cbor_items(s.anchors);
	assert_int_equal(cots_anchor_read(&r, &format, &anchor), OK);
	assert_int_equal(format, COTS_SPKI);
	assert_int_equal(anchor.n, 91);
	/* By name: a certificate and two of the other kind. */
	ask.environment = NULL;
	ask.name = BYTES_LIT("Miscellaneous TA Store");
	assert_int_equal(cots_find(t.body, &ask, &s), OK);
	assert_int_equal(s.anchors.n, 3);
	r = cbor_items(s.anchors);
	assert_int_equal(cots_anchor_read(&r, &format, &anchor), OK);
	assert_int_equal(format, COTS_CERTIFICATE);
	assert_int_equal(cots_anchor_read(&r, &format, &anchor), OK);
	assert_int_equal(format, COTS_TA_INFO);
	/* The third is for software, which nothing compares. */
	ask.name = BYTES_LIT("another");
	assert_int_equal(cots_find(t.body, &ask, &s), ERR_NOT_FOUND);
	assert_int_equal(s.anchors.n, 0);
}

#define TAS              \
	"06a10081820241" \
	"00"
#define ANY  "0280"
#define HERE "0281a100a100a1016176"

static const struct {
	const char *hex;
	enum err e; /* of asking vendor v, store n, for "eat" */
} stores[] = {
    {"81a2" ANY TAS, OK},
    {"81a2" HERE TAS, OK},
    {"81a20281a101a100a1016176" TAS, OK},
    {"81a20281a100a100a1016177" TAS, ERR_NOT_FOUND},
    {"81a20281a102616e" TAS, OK},
    {"81a20281a103616e" TAS, OK},
    {"81a20281a102616d" TAS, ERR_NOT_FOUND},
    {"81a20281a101a1026174" TAS, ERR_NOT_FOUND},
    {"81a20282a102616da102616e" TAS, OK},
    {"81a20281a200a100a101617602616e" TAS, OK},
    {"81a20281a200a100a101617602616d" TAS, ERR_NOT_FOUND},
    {"81a3" ANY "038163656174" TAS, OK},
    {"81a3" ANY "03816465617473" TAS, ERR_NOT_FOUND},
    {"81a3" ANY "038264636f74736365"
     "6174" TAS,
	OK},
    /* in order, the first that fits */
    {"82a2" ANY TAS "a2" ANY TAS, OK},
    /* all of it is whole, or nothing is */
    {"82a2" ANY TAS "a1" ANY, ERR_MISSING},
    {"81a1" ANY, ERR_MISSING},
    {"81a1" TAS, ERR_MISSING},
    {"80", ERR_RANGE},
    {"81a20281a0" TAS, ERR_MISSING},
    {"81a20281a10400" TAS, ERR_UNEXPECTED},
    {"81a20281a10005" TAS, ERR_TYPE},
    {"81a20281a201616e02616e" TAS, ERR_DUPLICATE},
    {"81a3" ANY "0380" TAS, ERR_RANGE},
    {"81a3" ANY "038105" TAS, ERR_TYPE},
    {"81a3" ANY "0480" TAS, ERR_RANGE},
    {"81a3" ANY TAS "0700", ERR_UNEXPECTED},
    {"81a2" ANY "06a10080", ERR_RANGE},
    {"81a2" ANY "06a0", ERR_MISSING},
    {"81a2" ANY "06a1008182034100", ERR_RANGE},
    {"81a2" ANY "06a10081820240", ERR_RANGE},
    {"81a2" ANY "06a200818202410001"
     "8140",
	ERR_RANGE},
    {"81a2" ANY "06a200818202410001"
     "814100",
	OK},
};

static void
first_that_fits(void **state)
{
	uint8_t room[256], env[64];
	struct corim_environment e;
	struct cots_ask ask = {&e, BYTES_LIT("n"), BYTES_LIT("eat")};

	(void)state;
	assert_int_equal(corim_environment_read(
			     octets("a100a1016176", env, sizeof(env)), &e),
	    OK);
	for (size_t i = 0; i < ARRAY_LEN(stores); i++) {
		struct cots_store s;
		enum err err = cots_find(
		    octets(stores[i].hex, room, sizeof(room)), &ask, &s);

		if (err != stores[i].e)
			fail_msg("%s: %s", stores[i].hex, err_name(err));
		assert_int_equal(s.anchors.n != 0, err == OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_store),
	    cmocka_unit_test(first_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
