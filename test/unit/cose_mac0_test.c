/*
 * cose_mac0_test: MACs over a digest that stands elsewhere.
 */
#include "cose_util.h"

static const struct crypto *c;

static const uint8_t right[32] = {0x61, 0x62, 0x63};
static size_t asked;

/* A ring with another key first, and one for signatures last. */
static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const size_t *n = ctx;

	asked++;
	assert_int_equal(alg, ALG_HMAC256);
	if (nth >= *n || (kid.n > 0 && !bytes_same(kid, BYTES_LIT("k"))))
		return ERR_UNKNOWN_KEY;
	*out = (struct cose_key){.kty = nth == 2 ? KTY_EC2 : KTY_SYMMETRIC};
	if (nth == 1)
		memcpy(out->x, right, 32);
	return OK;
}

static struct bytes
written(const char *kid, struct bytes payload, uint8_t room[FILE_MAX])
{
	struct cbor_out w = cbor_into((struct span){room, FILE_MAX});
	struct bytes out;

	assert_int_equal(
	    cose_mac0_write(&w, c, right,
		(struct bytes){(const uint8_t *)kid, strlen(kid)}, payload),
	    OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static void
there_and_back(void **state)
{
	const struct bytes payload = BYTES_LIT("what is authenticated");
	size_t n = 3;
	const struct keyring ring = {&n, find};
	uint8_t room[FILE_MAX];
	struct verified v, again;
	struct why why;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct bytes in = written(i == 0 ? "" : "k", payload, room);

		assert_true(cose_is_mac0(in));
		assert_int_equal(
		    cose_mac0_verify_detached(c, &ring, in, payload, &v, &why),
		    OK);
		assert_int_equal(v.alg, ALG_HMAC256);
		assert_bytes(v.payload, payload);
		if (i == 1)
			assert_memory_equal(v.kid, again.kid, KID_LEN);
		again = v;
		/* a kid that is not there any more lets all keys be tried */
		for (size_t bit = 0; i == 0 && bit < 8 * in.n; bit++) {
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_not_equal(cose_mac0_verify_detached(c, &ring,
						 in, payload, &v, &why),
			    OK);
			assert_null(v.payload.p);
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		assert_int_equal(
		    cose_mac0_verify_detached(c, &ring, in,
			BYTES_LIT("what is authenticateD"), &v, &why),
		    ERR_COSE_ALG); /* what the last key is good for */
		n = 1;
		assert_int_equal(
		    cose_mac0_verify_detached(c, &ring, in, payload, &v, &why),
		    ERR_SIGNATURE);
		n = 0;
		assert_int_equal(
		    cose_mac0_verify_detached(c, &ring, in, payload, &v, &why),
		    ERR_UNKNOWN_KEY);
		n = 3;
	}
	assert_int_equal(
	    cose_mac0_verify_detached(
		c, &ring, written("other", payload, room), payload, &v, &why),
	    ERR_UNKNOWN_KEY);
	assert_true(asked > 1000);
}

/* The payload inside, as a report has it. */
static void
attached(void **state)
{
	/* RFC 9052 6.3: HMAC of ["MAC0", prot, h'', payload] */
	static const char structure[] = "84 64 4d414330 43 a10105 40";
	uint8_t tbm[FILE_MAX], made[FILE_MAX], room[FILE_MAX], mac[32];
	const struct bytes payload =
	    BYTES_LIT("a report that is longer than "
		      "the digest of a manifest, which "
		      "is all that a MAC of one has");
	struct bytes head = hex(structure, tbm), in, all;
	size_t n = 3;
	const struct keyring ring = {&n, find};
	struct cbor_out w = cbor_into(SPAN_OF(made));
	struct span rest = {tbm + head.n, sizeof(tbm) - head.n};
	struct cbor_out t = cbor_into(rest);
	struct verified v;
	struct why why;

	(void)state;
	cbor_put_bstr(&t, payload);
	assert_int_equal(cbor_done(&t, &all), OK);
	assert_int_equal(c->hmac_sha256(BYTES_OF(right),
			     (struct bytes){tbm, head.n + all.n}, mac),
	    OK);
	cbor_put_tag(&w, 17);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, BYTES_LIT("\xa1\x01\x05"));
	cbor_put_map(&w, 0);
	cbor_put_bstr(&w, payload);
	cbor_put_bstr(&w, BYTES_OF(mac));
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(
	    cose_mac0_verify(c, &ring, in, SPAN_OF(room), &v, &why), OK);
	assert_bytes(v.payload, payload);
	assert_int_equal(cose_mac0_verify(c, &ring, in,
			     (struct span){room, payload.n}, &v, &why),
	    ERR_ROOM);
	assert_int_equal(
	    cose_mac0_verify(c, &ring, written("", BYTES_LIT("x"), room),
		SPAN_OF(tbm), &v, &why),
	    ERR_MISSING);
	for (size_t bit = 0; bit < 8 * in.n; bit++) {
		made[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(
		    cose_mac0_verify(c, &ring, in, SPAN_OF(room), &v, &why),
		    OK);
		assert_null(v.payload.p);
		made[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

/* Another algorithm, the payload inside, no tag; too long. */
static void
refused(void **state)
{
	static const struct {
		const char *in;
		enum err e;
	} bad[] = {
	    {"d1 84 43a10104 a0 f6 4100", ERR_COSE_ALG},
	    {"d1 84 40 a10105 f6 4100", ERR_COSE_HEADER},
	    {"d1 84 43a10105 a0 4101 4100", ERR_TYPE},
	    {"84 43a10105 a0 f6 4100", ERR_TYPE},
	    {"d2 84 43a10105 a0 f6 4100", ERR_TYPE},
	    {"d1 83 43a10105 a0 f6", ERR_TYPE},
	    {"d1 84 43a10105 a0 f6 4100 00", ERR_TRAILING},
	};
	static const uint8_t zero[COSE_MAC0_PAYLOAD + 1];
	size_t n = 3;
	const struct keyring ring = {&n, find};
	uint8_t room[FILE_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct verified v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		enum err e = cose_mac0_verify_detached(
		    c, &ring, hex(bad[i].in, room), BYTES_NONE, &v, NULL);

		if (e == OK || (bad[i].e == ERR_COSE_ALG && e != bad[i].e))
			fail_msg("%s: %s", bad[i].in, err_name(e));
	}
	assert_int_equal(
	    cose_mac0_write(&w, c, right, BYTES_NONE, BYTES_OF(zero)),
	    ERR_TOO_LONG);
	assert_int_equal(
	    cose_mac0_verify_detached(c, &ring, written("", BYTES_NONE, room),
		BYTES_OF(zero), &v, NULL),
	    ERR_TOO_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_and_back),
	    cmocka_unit_test(attached),
	    cmocka_unit_test(refused),
	};

	c = test_crypto();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
