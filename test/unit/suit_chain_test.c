/* suit_chain: the certificates of an envelope's blocks, believed by nobody. */
#include "suit_fake.h"

#define SIG                                                          \
	"h'00000000000000000000000000000000000000000000000000000000" \
	"0000000000000000000000000000000000000000000000000000000000" \
	"0000000000000000000000'"

/* An envelope with these blocks behind the digest of its wrapper. */
static struct bytes
with(const char *const *block, size_t n)
{
	uint8_t *room = pool_take(2048);
	struct cbor_out w = cbor_into((struct span){room, 2048});
	struct bytes out;
	size_t mark;

	cbor_put_tag(&w, TAG_SUIT_ENVELOPE);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 2);
	mark = cbor_wrap_begin(&w);
	cbor_put_array(&w, 1 + n);
	cbor_put_bstr(&w, BYTES_LIT("digest"));
	for (size_t i = 0; i < n; i++)
		cbor_put_bstr(&w, cbor("%s", block[i]));
	cbor_wrap_end(&w, mark);
	cbor_put_uint(&w, 3);
	cbor_put_bstr(&w, BYTES_LIT("manifest"));
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

#define PROT "<<{1: -9}>>"

static void
read_there(void **state)
{
	static const char *const blocks[] = {
	    "18([" PROT ", {4: 'kid'}, null, " SIG "])",
	    "18([" PROT ", {4: 'kid', 33: 'one'}, null, " SIG "])",
	    "18([" PROT ", {33: ['one', 'two']}, null, " SIG "])",
	    "18([<<{1: -9, 33: 'one'}>>, {}, null, " SIG "])",
	    "17([<<{1: 5}>>, {33: 'one'}, null, 'tag'])",
	};
	static const size_t n[] = {0, 1, 2, 1, 0};
	struct cose_chain c;
	struct bytes in;

	(void)state;
	pool.used = 0;
	in = with(blocks, ARRAY_LEN(blocks));
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
		assert_int_equal(suit_chain_read(in, i, &c), OK);
		assert_int_equal(c.n, n[i]);
		if (c.n > 0)
			assert_true(bytes_same(c.cert[0], BYTES_LIT("one")));
		if (c.n > 1)
			assert_true(bytes_same(c.cert[1], BYTES_LIT("two")));
	}
	assert_int_equal(suit_chain_read(in, 1, &c), OK);
	assert_true(bytes_same(c.kid, BYTES_LIT("kid")));
	assert_int_equal(suit_chain_read(in, 5, &c), ERR_NOT_FOUND);
	assert_int_equal(c.n, 0);
	for (size_t k = 0; k < in.n; k++) { /* however short */
		struct bytes cut = {in.p, k};

		assert_int_equal(suit_chain_read(cut, 5, &c), ERR_NOT_FOUND);
		(void)!suit_chain_read(cut, 1, &c);
		assert_true(c.n <= 1);
	}
	assert_int_equal(
	    suit_chain_read(cbor("{1: 0, 3: 'm'}"), 0, &c), ERR_NOT_FOUND);
}

/* What is no chain is none. */
static void
refused(void **state)
{
	static const struct {
		const char *block;
		enum err err;
	} rows[] = {
	    {"18([" PROT ", {33: []}, null, " SIG "])", ERR_RANGE},
	    {"18([" PROT ", {33: ['one']}, null, " SIG "])", ERR_RANGE},
	    {"18([" PROT ", {33: ['1', '2', '3', '4', '5', '6', '7', '8', "
	     "'9']}, null, " SIG "])",
		ERR_RANGE},
	    {"18([" PROT ", {33: ['one', 2]}, null, " SIG "])", ERR_TYPE},
	    {"18([" PROT ", {33: ''}, null, " SIG "])", ERR_RANGE},
	    {"18([" PROT ", {'x': 33}, null, " SIG "])", ERR_TYPE},
	    {"18([" PROT ", {\"x\": 33}, null, " SIG "])", ERR_NOT_FOUND},
	    {"18([<<{1: -9, 33: 'one'}>>, {33: 'one'}, null, " SIG "])",
		ERR_COSE_HEADER},
	    {"'x'", ERR_UNSIGNED},
	};
	struct cose_chain c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		pool.used = 0;
		assert_int_equal(cose_chain_read(cbor("%s", rows[i].block), &c),
		    rows[i].err);
		assert_int_equal(c.n, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(read_there),
	    cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
