/*
 * cose_encrypt0_test: opened with a key that both sides have.  The messages
 * were made by Python's cryptography.
 */
#include "cose_util.h"

static const struct crypto *c;

static const uint8_t key[32] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
#define GCM                                                             \
	"d0 83 43a10101 a1054c010101010101010101010101 58240fd9bfdeaa9" \
	"d1738753910d84a46f517af983ace353cc52d7d0a36bb0af150eb2d0455e0"
#define CHACHA                                                         \
	"d0 83 44a1011818 a1054c010101010101010101010101 5824f95bfce6" \
	"7ef7f5bc33f9e5393a1e249abf2198e95a03b5e6ffe121dc118197174c997d70"
#define CTR                                                        \
	"d0 83 40 a20139fffd055002020202020202020202020202020202 " \
	"54dbe95ddbe0c540d5d8d0f085235b5eae3ca89cb2"

static const struct {
	const char *in;
	size_t key;
	uint8_t can;
	bool tag;
} rows[] = {
    {GCM, 16, CAN_A128GCM, true},
    {CHACHA, 32, CAN_CHACHA, true},
    {CTR, 16, CAN_A128CTR, false},
};

static enum err
open_it(struct bytes in, size_t n, uint8_t plain[FILE_MAX], struct bytes *out)
{
	return cose_encrypt0_open(c, (struct bytes){key, n}, in,
	    (struct span){plain, FILE_MAX}, out, NULL);
}

static void
opened(void **state)
{
	uint8_t room[FILE_MAX], plain[FILE_MAX];
	struct bytes out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bytes in = hex(rows[i].in, room);
		bool can = (c->can & rows[i].can) != 0;

		assert_true(cose_is_encrypt0(in));
		assert_int_equal(open_it(in, rows[i].key, plain, &out),
		    can ? OK : ERR_UNDECRYPTABLE);
		if (can)
			assert_bytes(out, BYTES_LIT("for whom has the key"));
		assert_int_equal(open_it(in, 48 - rows[i].key, plain, &out),
		    ERR_UNDECRYPTABLE);
		assert_int_equal(
		    cose_encrypt0_open(c, (struct bytes){key, rows[i].key}, in,
			(struct span){plain, 19}, &out, NULL),
		    ERR_ROOM);
	}
}

/* With a tag no bit can be changed; what is left after an error is wiped. */
static void
every_bit(void **state)
{
	uint8_t room[FILE_MAX], plain[FILE_MAX];
	struct bytes out;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bytes in = hex(rows[i].in, room);

		for (size_t bit = 0; rows[i].tag && bit < 8 * in.n; bit++) {
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_not_equal(
			    open_it(in, rows[i].key, plain, &out), OK);
			assert_null(out.p);
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			n++;
		}
	}
	assert_true(n > 800);
}

static void
refused(void **state)
{
	static const struct {
		const char *in;
		enum err e;
	} bad[] = {
	    {"83 43a10101 a1054c010101010101010101010101 50"
	     "00000000000000000000000000000000",
		ERR_TYPE},
	    {"d0 84 43a10101 a0 40 80", ERR_RANGE},
	    {"d0 83 43a10101 a0 f6", ERR_TYPE},
	    {"d0 83 43a10101 a0 40 00", ERR_TRAILING},
	    {"d0 83 43a10101 a0 40", ERR_UNDECRYPTABLE},
	    /* no iv; a tag's algorithm in the clear; a cipher's protected */
	    {"d0 83 43a10101 a0 50 00000000000000000000000000000000",
		ERR_UNDECRYPTABLE},
	    {"d0 83 40 a20101054c010101010101010101010101 50"
	     "00000000000000000000000000000000",
		ERR_UNDECRYPTABLE},
	    {"d0 83 46a10139fffd40 a0 40", ERR_TRAILING},
	    {"d0 83 45a10139fffd a1055002020202020202020202020202020202 4100",
		ERR_UNDECRYPTABLE},
	    {"d0 83 41a0 a1055002020202020202020202020202020202 4100",
		ERR_UNDECRYPTABLE},
	};
	uint8_t room[FILE_MAX], plain[FILE_MAX];
	struct bytes out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		enum err e = open_it(hex(bad[i].in, room), 16, plain, &out);

		if (e != bad[i].e)
			fail_msg("%s: %s", bad[i].in, err_name(e));
	}
	assert_false(cose_is_encrypt0(BYTES_NONE));
	assert_false(cose_is_encrypt0(BYTES_LIT("\xd2")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opened),
	    cmocka_unit_test(every_bit),
	    cmocka_unit_test(refused),
	};

	c = test_crypto();
	return c == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
