/*
 * cbor, properties: the walk against a second, naive reader; round trips,
 * truncations and flipped bits, on input that ends at an unreadable page.
 * Seeded: TEST_SEED repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <tamarind/cbor.h>
#include <time.h>
#include <unistd.h>

static uint64_t seed;

/* splitmix64 */
static uint64_t
draw(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned
below(unsigned n)
{
	return (unsigned)(draw() % n);
}

/* ---- input at the end of what can be read ---------------------------- */

static uint8_t *cliff; /* the first unreadable octet */

/* b again, ending at the cliff. */
static struct bytes
at_cliff(struct bytes b)
{
	uint8_t *p = cliff - b.n;

	if (b.n > 0)
		memcpy(p, b.p, b.n);
	return (struct bytes){p, b.n};
}

static int
raise_cliff(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *p = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *given = getenv("TEST_SEED");

	(void)state;
	if (p == MAP_FAILED || mprotect(p + 3 * page, page, PROT_NONE) != 0)
		return -1;
	cliff = p + 3 * page;
	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	(void)printf("TEST_SEED=%llu\n", (unsigned long long)seed);
	return 0;
}

/* ---- a second reader, written from the RFC alone --------------------- */

/* Is this UTF-8?  Decode each character and see whether encoding it gives
 * the same octets again. */
static bool
plain_text(const uint8_t *p, size_t n)
{
	while (n > 0) {
		uint8_t again[4];
		uint32_t c = *p;
		size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

		if (len > n)
			return false;
		if (len > 1)
			c &= 0xffu >> (len + 1);
		for (size_t i = 1; i < len; i++)
			c = c << 6 | (p[i] & 0x3f);
		if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ||
		    len != (c < 0x80         ? 1u
			       : c < 0x800   ? 2u
			       : c < 0x10000 ? 3u
					     : 4u))
			return false;
		for (size_t i = len - 1; i > 0; i--, c >>= 6)
			again[i] = (uint8_t)(0x80 | (c & 0x3f));
		again[0] = (uint8_t)(len == 1 ? c : (0xf00u >> len & 0xff) | c);
		if (memcmp(p, again, len) != 0)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

/* The end of the item at p[at], or 0 if it is refused.  Recursive and
 * quadratic: right because it is plain. */
static size_t
plain(const uint8_t *p, size_t n, size_t at, unsigned level)
{
	static const uint64_t least[] = {24, 256, 65536, 4294967296};
	static struct bytes keys[CBOR_DEPTH_MAX + 1][CBOR_PAIRS_MAX];
	uint64_t arg, items;
	unsigned type, info;

	if (at >= n)
		return 0;
	type = p[at] >> 5;
	info = p[at++] & 31;
	arg = info;
	if (info > 27)
		return 0;
	if (info > 23) {
		arg = 0;
		for (unsigned i = 0; i < 1u << (info - 24); i++, at++) {
			if (at >= n)
				return 0;
			arg = arg * 256 + p[at];
		}
		if (type == 7 ? info == 24 && arg < 32 : arg < least[info - 24])
			return 0;
	}
	if (type < 2 || type == 7)
		return at;
	if (type < 4) {
		if (arg > n - at ||
		    (type == 3 && !plain_text(p + at, (size_t)arg)))
			return 0;
		return at + (size_t)arg;
	}
	if (level == CBOR_DEPTH_MAX || (type == 5 && arg > CBOR_PAIRS_MAX))
		return 0;
	items = type == 6 ? 1 : type == 5 ? 2 * arg : arg;
	for (uint64_t i = 0; i < items; i++) {
		size_t end = plain(p, n, at, level + 1);
		struct bytes *key = keys[level];

		if (end == 0)
			return 0;
		if (type == 5 && i % 2 == 0) {
			key[i / 2] = (struct bytes){p + at, end - at};
			for (uint64_t j = 0; j < i / 2; j++)
				if (bytes_same(key[j], key[i / 2]))
					return 0;
		}
		at = end;
	}
	return at;
}

/* ---- making items, and reading them by the getters ------------------- */

static void
make_text(struct cbor_out *w)
{
	static const char *const some[] = {
	    "", "a", "teep", "\xc3\xbc", "\xe6\xb0\xb4", "\xf0\x90\x85\x91"};

	cbor_put_text(w, some[below(ARRAY_LEN(some))]);
}

static void
make_item(struct cbor_out *w, unsigned level)
{
	static const uint8_t octets[300];
	unsigned n = below(5), kind = below(level < 5 ? 10 : 6);

	switch (kind) {
	case 0:
		cbor_put_uint(w, draw() >> below(64));
		break;
	case 1:
		cbor_put_int(w, (int64_t)(draw() >> below(64)));
		break;
	case 2:
		cbor_put_bstr(
		    w, (struct bytes){octets,
			   below(8) == 0 ? below(sizeof(octets)) : below(9)});
		break;
	case 3:
		make_text(w);
		break;
	case 4:
		cbor_put_bool(w, below(2) == 0);
		break;
	case 5:
		cbor_put_null(w);
		break;
	case 6:
		cbor_put_array(w, n);
		while (n-- > 0)
			make_item(w, level + 1);
		break;
	case 7: /* keys up */
	case 8: /* keys down */
		cbor_put_map(w, n);
		for (unsigned i = 0; i < n; i++) {
			cbor_put_int(
			    w, kind == 7 ? 20 + (int)i : 25 - 9 * (int)i);
			make_item(w, level + 1);
		}
		break;
	default:
		cbor_put_tag(w, draw() >> below(64));
		make_item(w, level + 1);
		break;
	}
}

static struct bytes
make(struct span room)
{
	struct bytes b;

	for (;;) {
		struct cbor_out w = cbor_into(room);

		make_item(&w, 0);
		if (cbor_done(&w, &b) == OK)
			return b;
	}
}

static void
copy(struct cbor_in *r, struct cbor_out *w)
{
	size_t n;

	switch (cbor_peek(r)) {
	case CBOR_UINT:
		cbor_put_uint(w, cbor_uint(r, 0, UINT64_MAX));
		break;
	case CBOR_NINT:
		if (r->in.p[r->at] == 0x3b && r->in.p[r->at + 1] > 0x7f)
			cbor_put_raw(w, cbor_raw(r, CBOR_NINT));
		else
			cbor_put_int(w, cbor_int(r, INT64_MIN, -1));
		break;
	case CBOR_BSTR:
		cbor_put_bstr(w, cbor_bstr(r, 0, LEN_ANY));
		break;
	case CBOR_TSTR:
		cbor_put_tstr(w, cbor_tstr(r, 0, LEN_ANY));
		break;
	case CBOR_ARRAY:
		n = cbor_array_any(r, 0, LEN_ANY);
		cbor_put_array(w, n);
		while (n-- > 0)
			copy(r, w);
		break;
	case CBOR_MAP:
		n = 2 * cbor_map_any(r, 0, LEN_ANY);
		cbor_put_map(w, n / 2);
		while (n-- > 0)
			copy(r, w);
		break;
	case CBOR_TAG:
		cbor_put_tag(w, cbor_tag_any(r));
		copy(r, w);
		break;
	case CBOR_SIMPLE:
		if (cbor_peek_null(r)) {
			cbor_null(r);
			cbor_put_null(w);
		} else if (r->in.p[r->at] >> 1 == 0xf4 >> 1) {
			cbor_put_bool(w, cbor_bool(r));
		} else {
			cbor_put_raw(w, cbor_raw(r, CBOR_SIMPLE));
		}
		break;
	default:
		break;
	}
}

/* Both readers agree on b; what is accepted is read and written again as the
 * same octets, so that no two inputs mean the same.  Answers the verdict. */
static enum err
judge(struct bytes b)
{
	static uint8_t room[8192];
	struct bytes in = at_cliff(b), out;
	size_t at = 0, end = plain(in.p, in.n, 0, 0);
	enum err e = cbor_check(in, &at);
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct cbor_in r = cbor_open(in);

	assert_true(at <= in.n);
	assert_int_equal(e == OK, end > 0 && end == in.n);
	assert_int_equal(e == ERR_TRAILING, end > 0 && end != in.n);
	if (e != OK)
		return e;
	copy(&r, &w);
	assert_int_equal(cbor_close(&r), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_true(bytes_same(in, out));
	return OK;
}

/* ---- properties ------------------------------------------------------ */

static void
items_come_back_and_their_damage_does_not(void **state)
{
	uint8_t room[1024];

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct bytes b = make(SPAN_OF(room));

		assert_int_equal(judge(b), OK);
		for (size_t n = 0; n < b.n; n++)
			assert_int_not_equal(judge((struct bytes){b.p, n}), OK);
		for (size_t bit = 0; bit < 8 * b.n; bit++) {
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			(void)judge(b);
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void
short_inputs_meet_two_readers(void **state)
{
	uint8_t b[3];

	(void)state;
	for (unsigned i = 0; i < 1u << 16; i++) {
		b[0] = (uint8_t)(i >> 8);
		b[1] = (uint8_t)i;
		b[2] = (uint8_t)draw();
		for (size_t n = 1; n <= sizeof(b); n++)
			(void)judge((struct bytes){b, n});
	}
}

/* Octets that open containers, repeat keys and begin characters. */
static void
dense_inputs_meet_two_readers(void **state)
{
	static const uint8_t octet[] = {0x00, 0x00, 0x01, 0x17, 0x18, 0x18,
	    0x20, 0x40, 0x41, 0x60, 0x61, 0x62, 0x63, 0x80, 0x81, 0x82, 0x83,
	    0xa0, 0xa1, 0xa2, 0xa2, 0xa3, 0xc1, 0xc3, 0xbc, 0xed, 0xf4, 0xf6,
	    0xf8, 0xf9, 0xff};
	uint8_t b[24];
	unsigned good = 0;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		size_t n = 1 + below(sizeof(b));

		for (size_t j = 0; j < n; j++)
			b[j] = octet[below(ARRAY_LEN(octet))];
		b[0] = below(4) == 0 ? b[0] : (uint8_t)(0xa0 + below(4));
		good += judge((struct bytes){b, n}) == OK;
	}
	assert_true(good > 100);
}

/* Are the keys of this checked map of a kind that tables have? */
static bool
keys_fit(struct bytes map)
{
	struct cbor_in r = cbor_open(map);
	size_t n = cbor_map_any(&r, 0, LEN_ANY);

	while (n-- > 0) {
		if (cbor_peek(&r) == CBOR_TSTR)
			(void)cbor_tstr(&r, 0, LEN_ANY);
		else
			(void)cbor_int(&r, INT64_MIN, INT64_MAX);
		(void)cbor_raw(&r, CBOR_ANY);
	}
	return cbor_close(&r) == OK;
}

/* A table that takes anything accepts what the walk accepts, whichever keys
 * it knows. */
static void
tables_agree_with_the_walk(void **state)
{
	struct some {
		uint32_t has;
		struct bytes v[3];
	} got;
	static const struct cbor_field rows[] = {
	    FIELD(0, F_RAW, struct some, v[0], 0, 0),
	    FIELD(1, F_RAW, struct some, v[1], 0, 0),
	    FIELD(-1, F_RAW, struct some, v[2], 0, 0),
	};
	static const uint8_t octet[] = {0x00, 0x00, 0x01, 0x01, 0x02, 0x03,
	    0x20, 0x20, 0x21, 0x40, 0x60, 0x61, 0x80, 0xa1, 0xf6};
	uint8_t b[16];
	unsigned good = 0, twice = 0;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		size_t n = 1 + below(sizeof(b)), at;
		struct cbor_table t = {rows, (uint8_t)below(4), 0};
		struct bytes in;
		struct cbor_in r;
		enum err e;

		for (size_t j = 0; j < n; j++)
			b[j] = octet[below(ARRAY_LEN(octet))];
		b[0] = (uint8_t)(0xa0 + below(6));
		in = at_cliff((struct bytes){b, n});
		r = cbor_open(in);
		memset(&got, 0, sizeof(got));
		cbor_map_read(&r, &t, &got);
		e = cbor_check(in, &at);
		if (e == OK && !keys_fit(in))
			e = ERR_TYPE;
		assert_int_equal(cbor_close(&r) == OK, e == OK);
		good += e == OK;
		twice += e == ERR_DUPLICATE;
	}
	assert_true(good > 100 && twice > 100);
}

/* Octets put in, taken out, replaced. */
static void
edited_items_meet_two_readers(void **state)
{
	uint8_t room[1025];

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		struct bytes b = make((struct span){room, 1024});
		size_t at = below((unsigned)b.n);

		switch (below(3)) {
		case 0:
			memmove(room + at + 1, room + at, b.n - at);
			b.n++;
			room[at] = (uint8_t)draw();
			break;
		case 1:
			memmove(room + at, room + at + 1, b.n - at - 1);
			b.n--;
			break;
		default:
			room[at] = (uint8_t)draw();
			break;
		}
		(void)judge(b);
	}
}

/* Whatever comes, the printer stays in its room and answers the verdict. */
static void
printing_agrees_with_checking(void **state)
{
	uint8_t room[1024], text[600];

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		struct bytes b = make(SPAN_OF(room));
		size_t at, n = 1 + below(sizeof(text) - 1);

		room[below((unsigned)b.n)] = (uint8_t)draw();
		b = at_cliff(b);
		text[n] = 0xee;
		assert_int_equal(
		    cbor_diag(b, below(2) == 0, (struct span){text, n}),
		    cbor_check(b, &at));
		assert_int_equal(text[n], 0xee);
		assert_non_null(memchr(text, 0, n));
		for (size_t j = 0; text[j] != 0; j++)
			assert_in_range(text[j], 0x20, 0x7e);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(items_come_back_and_their_damage_does_not),
	    cmocka_unit_test(short_inputs_meet_two_readers),
	    cmocka_unit_test(dense_inputs_meet_two_readers),
	    cmocka_unit_test(tables_agree_with_the_walk),
	    cmocka_unit_test(edited_items_meet_two_readers),
	    cmocka_unit_test(printing_agrees_with_checking),
	};

	return cmocka_run_group_tests(tests, raise_cliff, NULL);
}
