/*
 * lib/cose receipt.c: published receipts, every proof of small trees, and
 * what is refused.
 */
#include "cose_util.h"

/* The published tree: root of three leaves, of five, and the fourth leaf. */
#define ROOT_3 \
	"688928db5e565af2fb9b29db5cce83de0e0352a0f0c671b450b9dc86bed2de3c"
#define ROOT_5 \
	"895731b5a570ea1967dd7804b5f43146175f9ac87d1565985de3ecf09c98589c"

static struct signer log_key;
static struct ring ring;

static int
setup(void **state)
{
	(void)state;
	log_key = signer_key("key-es256-author.priv.pem");
	ring.key[0] = public_of_signer("key-es256-author.priv.pem");
	ring.n = 1;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	test_signer_free(&log_key);
	return 0;
}

/* ---- trees, as the RFC defines them -------------------------------------- */

#define LEAVES 17

static void
leaf(size_t i, uint8_t out[DIGEST_LEN])
{
	uint8_t entry[] = {(uint8_t)i};

	assert_int_equal(
	    cose_receipt_leaf(test_crypto(), BYTES_OF(entry), out), OK);
}

static void
join(const uint8_t *l, const uint8_t *r, uint8_t out[DIGEST_LEN])
{
	struct bytes part[3] = {
	    BYTES_LIT("\x01"), {l, DIGEST_LEN}, {r, DIGEST_LEN}};

	assert_int_equal(test_crypto()->sha256(part, 3, out), OK);
}

static size_t
half(size_t n)
{
	size_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

/* Leaves from to from + n. */
static void
tree(size_t from, size_t n, uint8_t out[DIGEST_LEN])
{
	uint8_t l[DIGEST_LEN], r[DIGEST_LEN];

	if (n == 1) {
		leaf(from, out);
		return;
	}
	tree(from, half(n), l);
	tree(from + half(n), n - half(n), r);
	join(l, r, out);
}

struct path {
	uint8_t node[8][DIGEST_LEN];
	size_t n;
};

static void
include(size_t m, size_t from, size_t n, struct path *p)
{
	size_t k;

	if (n == 1)
		return;
	k = half(n);
	include(
	    m < k ? m : m - k, m < k ? from : from + k, m < k ? k : n - k, p);
	if (m < k)
		tree(from + k, n - k, p->node[p->n++]);
	else
		tree(from, k, p->node[p->n++]);
}

static void
grow(size_t m, size_t from, size_t n, bool whole, struct path *p)
{
	size_t k;

	if (m == n) {
		if (!whole)
			tree(from, n, p->node[p->n++]);
		return;
	}
	k = half(n);
	if (m <= k) {
		grow(m, from, k, whole, p);
		tree(from + k, n - k, p->node[p->n++]);
	} else {
		grow(m - k, from + k, n - k, false, p);
		tree(from, k, p->node[p->n++]);
	}
}

/* ---- receipts ------------------------------------------------------------ */

#define PROT "\xa2\x01\x28\x19\x01\x8b\x01" /* {1: -9, 395: 1} */

/* A receipt over root by our log, with this map of proofs. */
static struct bytes
receipt(struct bytes prot, struct bytes proofs, const uint8_t *root,
    uint8_t room[FILE_MAX])
{
	uint8_t signed_room[512];
	struct cbor_out w = cbor_into(SPAN_OF(signed_room));
	struct cose_signed s;
	struct bytes out;

	assert_int_equal(cose_sign1_write_prot(&w, &log_key, prot,
			     (struct bytes){root, DIGEST_LEN},
			     (unsigned)WRITE_TAGGED | WRITE_DETACHED),
	    OK);
	assert_int_equal(cose_signed_read((struct bytes){signed_room, w.at},
			     ACCEPT_SIGN1, &s, NULL),
	    OK);
	w = cbor_into((struct span){room, FILE_MAX});
	cbor_put_tag(&w, TAG_SIGN1);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, s.prot);
	cbor_put_map(&w, proofs.n > 0 ? 2 : 1);
	cbor_put_uint(&w, 4);
	cbor_put_bstr(&w, s.kid);
	if (proofs.n > 0) {
		cbor_put_uint(&w, 396);
		cbor_put_raw(&w, proofs);
	}
	cbor_put_null(&w);
	cbor_put_bstr(&w, s.sig);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

/* {kind: [<< [a, b, path] >>]}. */
static struct bytes
proofs_of(int kind, uint64_t a, uint64_t b, const struct path *p, uint8_t *room)
{
	struct cbor_out w = cbor_into((struct span){room, 1024});
	struct bytes out;
	size_t mark;

	cbor_put_map(&w, 1);
	cbor_put_int(&w, kind);
	cbor_put_array(&w, 1);
	mark = cbor_wrap_begin(&w);
	cbor_put_array(&w, 3);
	cbor_put_uint(&w, a);
	cbor_put_uint(&w, b);
	cbor_put_array(&w, p->n);
	for (size_t i = 0; i < p->n; i++)
		cbor_put_bstr(&w, BYTES_OF(p->node[i]));
	cbor_wrap_end(&w, mark);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static enum err
checked(int kind, struct bytes in, const uint8_t from[DIGEST_LEN],
    uint8_t root[DIGEST_LEN], struct why *why)
{
	struct keyring keys = ring_of(&ring);
	unsigned accept = (unsigned)ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC;
	struct verified v;

	memset(why, 0, sizeof(*why));
	return kind == -1 ? cose_receipt_includes(test_crypto(), &keys, accept,
				in, from, &v, root, why)
			  : cose_receipt_grows(test_crypto(), &keys, accept, in,
				from, &v, root, why);
}

static void
every_proof_of_small_trees(void **state)
{
	uint8_t from[DIGEST_LEN], root[DIGEST_LEN], got[DIGEST_LEN];
	uint8_t room[FILE_MAX], proofs[1024];
	struct bytes prot = BYTES_LIT(PROT);
	size_t held = 0, refused = 0;
	struct why why;

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		tree(0, n, root);
		for (size_t m = 0; m < n; m++) {
			struct path p = {.n = 0};

			include(m, 0, n, &p);
			leaf(m, from);
			assert_int_equal(
			    checked(-1,
				receipt(prot, proofs_of(-1, n, m, &p, proofs),
				    root, room),
				from, got, &why),
			    OK);
			assert_memory_equal(got, root, DIGEST_LEN);
			held++;
			/* Another leaf; a path that is too short. */
			from[0] ^= 1;
			assert_int_equal(
			    checked(-1,
				receipt(prot, proofs_of(-1, n, m, &p, proofs),
				    root, room),
				from, got, &why),
			    ERR_SIGNATURE);
			assert_int_equal(got[0] | got[31], 0);
			from[0] ^= 1;
			if (p.n == 0)
				continue;
			p.n--;
			assert_int_equal(
			    checked(-1,
				receipt(prot, proofs_of(-1, n, m, &p, proofs),
				    root, room),
				from, got, &why),
			    ERR_RANGE);
			refused += 2;
		}
		for (size_t m = 1; m < n; m++) {
			struct path p = {.n = 0};

			grow(m, 0, n, true, &p);
			tree(0, m, from);
			assert_int_equal(
			    checked(-2,
				receipt(prot, proofs_of(-2, m, n, &p, proofs),
				    root, room),
				from, got, &why),
			    OK);
			assert_memory_equal(got, root, DIGEST_LEN);
			held++;
			/* Another old root. */
			from[0] ^= 1;
			assert_int_equal(
			    checked(-2,
				receipt(prot, proofs_of(-2, m, n, &p, proofs),
				    root, room),
				from, got, &why),
			    ERR_SIGNATURE);
			refused++;
		}
	}
	print_message("%zu held, %zu refused\n", held, refused);
	assert_int_equal(
	    held, LEAVES * (LEAVES + 1) / 2 + LEAVES * (LEAVES - 1) / 2);
}

/* ---- published ----------------------------------------------------------- */

/* Their log's key was never published: what the proofs give is signed anew
 * with ours, and their own signature is refused for want of the key. */
static void
published_receipts(void **state)
{
	static const struct {
		const char *name;
		int kind;
		const char *from;
	} files[] = {
	    {"../rats/receipts/inclusion-receipt.cbor", -1, NULL},
	    {"../rats/receipts/consistency-receipt.cbor", -2, ROOT_3},
	};
	uint8_t read[FILE_MAX], room[FILE_MAX], root[DIGEST_LEN],
	    got[DIGEST_LEN], from[DIGEST_LEN];
	struct why why;

	(void)state;
	(void)hex(ROOT_5, root);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct bytes in = vector(files[i].name, read), proofs;
		struct cose_signed s;
		struct cbor_in r;

		assert_int_equal(
		    cose_signed_read(
			in, ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, &s, NULL),
		    OK);
		r = cbor_open(s.unprot);
		assert_int_equal(cbor_map_any(&r, 1, 1), 1);
		assert_int_equal(cbor_uint(&r, 0, 1000), 396);
		proofs = cbor_raw(&r, CBOR_MAP);
		assert_int_equal(cbor_close(&r), OK);
		if (files[i].from != NULL) {
			(void)hex(files[i].from, from);
		} else {
			/* The second node of the other receipt's path. */
			uint8_t other[FILE_MAX];
			struct bytes o = vector(files[1].name, other);
			size_t at = 0;

			while (memcmp(o.p + at, "\x83\x03\x05\x84\x58\x20",
				   6) != 0)
				at++;
			memcpy(from, o.p + at + 6 + DIGEST_LEN + 2, DIGEST_LEN);
		}
		assert_int_equal(
		    checked(files[i].kind,
			receipt(BYTES_LIT(PROT), proofs, root, room), from, got,
			&why),
		    OK);
		assert_memory_equal(got, root, DIGEST_LEN);
		assert_int_equal(checked(files[i].kind, in, from, got, &why),
		    ERR_UNKNOWN_KEY);
		from[31] ^= 1;
		assert_int_not_equal(
		    checked(files[i].kind,
			receipt(BYTES_LIT(PROT), proofs, root, room), from, got,
			&why),
		    OK);
	}
}

/* ---- shapes -------------------------------------------------------------- */

#define NODE \
	"58200000000000000000000000000000000000000000000000000000000000000000"

static void
shapes(void **state)
{
	static const struct {
		const char *proofs;
		enum err e;
		const char *what;
	} cases[] = {
	    {"a1208144830100"
	     "80",
		ERR_SIGNATURE, NULL}, /* one leaf: root */
	    {"", ERR_MISSING, "vdp"},
	    {"a0", ERR_MISSING, "proof"},
	    {"a12080", ERR_RANGE, "vdp"},
	    {"a12081"
	     "00",
		ERR_TYPE, "vdp"},
	    {"a12281448301"
	     "0080",
		ERR_UNEXPECTED, "vdp"},
	    {"a12181448301"
	     "0080",
		ERR_MISSING, "proof"},
	    {"a1208144830101"
	     "80",
		ERR_RANGE, "proof"},
	    {"a1208144830000"
	     "80",
		ERR_RANGE, "proof"},
	    {"a1208144830200"
	     "80",
		ERR_RANGE, "proof"},
	    {"a12081438201"
	     "00",
		ERR_RANGE, "proof"},
	    {"a120815826"
	     "830100"
	     "81" NODE,
		ERR_RANGE, "proof"},
	    {"a12081488302008143616263", ERR_RANGE, "proof"},
	    {"a120824483010080"
	     "448301"
	     "0180",
		ERR_RANGE, "proof"},
	    {"a12081458301008000", ERR_TRAILING, "proof"},
	};
	static const struct {
		const char *prot;
		size_t n;
		enum err e;
	} heads[] = {
	    {"\xa1\x01\x28", 3, ERR_COSE_ALG},
	    {"\xa2\x01\x28\x19\x01\x8b\x02", 7, ERR_COSE_ALG},
	    {"\xa2\x01\x28\x19\x01\x8b\x41\x01", 8, ERR_TYPE},
	};
	uint8_t from[DIGEST_LEN] = {0}, root[DIGEST_LEN] = {1}, got[DIGEST_LEN],
		room[FILE_MAX], octets[256];
	struct bytes proofs = hex("a1208144830100"
				  "80",
	    octets);
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct bytes prot = {
		    (const uint8_t *)heads[i].prot, heads[i].n};

		assert_int_equal(checked(-1, receipt(prot, proofs, root, room),
				     from, got, &why),
		    heads[i].e);
		assert_string_equal(why.what, "vds");
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum err e;

		proofs = hex(cases[i].proofs, octets);
		e = checked(-1, receipt(BYTES_LIT(PROT), proofs, root, room),
		    from, got, &why);
		if (e != cases[i].e)
			fail_msg("%s: %s", cases[i].proofs, err_name(e));
		if (cases[i].what != NULL)
			assert_string_equal(why.what, cases[i].what);
	}
	/* What is signed stands in the message: that is no receipt. */
	{
		struct cbor_out w = cbor_into(SPAN_OF(room));

		assert_int_equal(
		    cose_sign1_write_prot(&w, &log_key, BYTES_LIT(PROT),
			BYTES_OF(root), WRITE_TAGGED),
		    OK);
		assert_int_equal(
		    checked(-1, (struct bytes){room, w.at}, from, got, &why),
		    ERR_UNEXPECTED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_proof_of_small_trees),
	    cmocka_unit_test(published_receipts),
	    cmocka_unit_test(shapes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
