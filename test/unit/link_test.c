/* lib/link/frame.c: every frame, its members and their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "teep_support.h"
#include <tamarind/link.h>

static const uint8_t id[] = {0x81, 0x41, 0x61};

/* One good frame of every kind, with and without what is optional. */
static const struct link_frame frames[] = {
    {.op = LINK_REQUEST_TA, .component = BYTES_OF(id)},
    {.op = LINK_REQUEST_TA,
	.session = 7,
	.component = BYTES_OF(id),
	.uri = BYTES_LIT("https://tam.example/"),
	.has_uri = true},
    {.op = LINK_UNREQUEST_TA, .session = 1, .component = BYTES_OF(id)},
    {.op = LINK_POLICY_CHECK, .session = 2, .flag = true},
    {.op = LINK_POLICY_CHECK, .session = 2},
    {.op = LINK_MESSAGE,
	.session = 3,
	.body = BYTES_LIT("message"),
	.has_body = true},
    {.op = LINK_MESSAGE, .session = 3, .has_body = true},
    {.op = LINK_ERROR, .session = 4, .number = ERR_NET},
    {.op = LINK_DATA,
	.session = 5,
	.offset = INT64_MAX,
	.body = BYTES_LIT("piece"),
	.has_body = true},
    {.op = LINK_DATA, .session = 5, .has_body = true, .flag = true},
    {.op = LINK_CALL,
	.session = 6,
	.component = BYTES_OF(id),
	.body = BYTES_LIT("in"),
	.has_body = true,
	.number = UINT32_MAX},
    {.op = LINK_STATUS, .session = UINT64_MAX},
    {.op = LINK_PASSPORT,
	.session = 3,
	.body = BYTES_LIT("challenge"),
	.has_body = true,
	.uri = BYTES_LIT("party"),
	.has_uri = true},
    {.op = LINK_NONE, .session = 8},
    {.op = LINK_CONNECT, .session = 9, .uri = BYTES_LIT("u"), .has_uri = true},
    {.op = LINK_CONNECT,
	.session = 9,
	.uri = BYTES_LIT("u"),
	.has_uri = true,
	.body = BYTES_LIT("m"),
	.has_body = true},
    {.op = LINK_REPLY, .body = BYTES_LIT("m"), .has_body = true},
    {.op = LINK_FETCH,
	.uri = BYTES_LIT("https://x/y"),
	.has_uri = true,
	.offset = 4096,
	.number = LINK_PIECE_MAX},
    {.op = LINK_ABORT, .number = UINT16_MAX},
    {.op = LINK_RESULT,
	.number = 0,
	.body = BYTES_LIT("out"),
	.has_body = true},
    {.op = LINK_RESULT, .number = ERR_BUSY, .has_body = true},
};

static bool
frame_same(const struct link_frame *a, const struct link_frame *b)
{
	return a->op == b->op && a->session == b->session &&
	       bytes_same(a->component, b->component) &&
	       bytes_same(a->uri, b->uri) && bytes_same(a->body, b->body) &&
	       a->offset == b->offset && a->number == b->number &&
	       a->flag == b->flag && a->has_uri == b->has_uri &&
	       a->has_body == b->has_body;
}

/* A frame that is refused is empty. */
static enum err
parse(struct bytes in, struct link_frame *f)
{
	static const struct link_frame nothing;
	enum err e;

	memset(f, 0xa5, sizeof(*f));
	e = link_read(in, f);
	if (e != OK)
		assert_true(frame_same(f, &nothing));
	return e;
}

static void
round_trip(void **state)
{
	uint8_t room[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		struct fence fence = fence_make(sizeof(room));
		struct link_frame back;
		struct bytes out;
		size_t len;

		assert_int_equal(
		    link_write(SPAN_OF(room), &frames[i], &out), OK);
		assert_int_equal(link_head(out.p, 4096, &len), OK);
		assert_int_equal(len, out.n - LINK_HEAD);
		out = fence_put(&fence, (struct bytes){out.p + LINK_HEAD, len});
		assert_int_equal(parse(out, &back), OK);
		assert_true(frame_same(&frames[i], &back));
		/* every shorter one is refused */
		for (size_t n = 0; n < len; n++)
			assert_int_not_equal(
			    parse((struct bytes){out.p, n}, &back), OK);
		fence_drop(&fence);
	}
}

static void
heads(void **state)
{
	static const uint8_t big[LINK_HEAD] = {0x01, 0x02, 0x03, 0x04};
	static const uint8_t most[LINK_HEAD] = {0xff, 0xff, 0xff, 0xff};
	uint8_t written[LINK_HEAD];
	size_t len = 1;

	(void)state;
	assert_int_equal(link_head(big, 0x01020304, &len), OK);
	assert_int_equal(len, 0x01020304);
	assert_int_equal(link_head(big, 0x01020303, &len), ERR_TOO_LONG);
	assert_int_equal(len, 0);
	assert_int_equal(link_head(most, LINK_FRAME_MAX, &len), ERR_TOO_LONG);
	assert_int_equal(link_head(most, UINT32_MAX, &len), OK);
	link_put_head(written, 0x01020304);
	assert_memory_equal(written, big, LINK_HEAD);
	link_put_head(written, UINT32_MAX);
	assert_memory_equal(written, most, LINK_HEAD);
	assert_int_equal(len, UINT32_MAX);
}

static void
refused(void **state)
{
	static const struct {
		const char *hex;
		enum err err;
	} cases[] = {
	    {"820800", OK},
	    {"", ERR_TRUNCATED},
	    {"80", ERR_RANGE},
	    {"8108", ERR_RANGE},
	    {"a10800", ERR_TYPE},
	    {"820000", ERR_TYPE},
	    {"820a00", ERR_TYPE},
	    {"821600", ERR_TYPE},
	    {"821bffffffffffffffff00", ERR_TYPE},
	    {"822000", ERR_TYPE},
	    {"820820", ERR_TYPE},
	    {"82180800", ERR_NOT_SHORTEST},
	    {"9f0800ff", ERR_INDEFINITE},
	    {"82080000", ERR_TRAILING},
	    {"83080000", ERR_RANGE},
	    {"86080000000000", ERR_RANGE},
	    /* request-ta: component, ? uri */
	    {"830100 814161", OK},
	    {"840100 814161 6175", OK},
	    {"830100 80", OK},
	    {"820100", ERR_RANGE},
	    {"830100 4161", ERR_TYPE},
	    {"830100 816161", ERR_TYPE},
	    {"830100 818141 00", ERR_TYPE},
	    {"840100 814161 60", ERR_RANGE},
	    {"840100 814161 4175", ERR_TYPE},
	    {"840100 814161 61ff", ERR_UTF8},
	    {"850100 814161 6175 00", ERR_RANGE},
	    /* unrequest-ta has no uri */
	    {"830200 814161", OK},
	    {"840200 814161 6175", ERR_RANGE},
	    /* policy-check */
	    {"830300 f4", OK},
	    {"830300 f6", ERR_TYPE},
	    {"830300 01", ERR_TYPE},
	    /* message, reply: the first may be empty */
	    {"830400 40", OK},
	    {"831200 40", ERR_RANGE},
	    {"831200 4100", OK},
	    {"830400 60", ERR_TYPE},
	    /* error, abort, result: 16 bits */
	    {"830500 19ffff", OK},
	    {"830500 1a00010000", ERR_RANGE},
	    {"831400 1a00010000", ERR_RANGE},
	    {"831400 20", ERR_TYPE},
	    {"841500 00 40", OK},
	    {"841500 1a00010000 40", ERR_RANGE},
	    {"831500 00", ERR_RANGE},
	    /* data: offset, body, last */
	    {"850600 00 40 f5", OK},
	    {"850600 1b7fffffffffffffff 40 f5", OK},
	    {"850600 1b8000000000000000 40 f5", ERR_RANGE},
	    {"840600 00 40", ERR_RANGE},
	    /* call: uid of 32 bits */
	    {"850700 80 40 1affffffff", OK},
	    {"850700 80 40 1b0000000100000000", ERR_RANGE},
	    /* connect */
	    {"831100 6175", OK},
	    {"841100 6175 4100", OK},
	    {"841100 6175 40", ERR_RANGE},
	    {"831100 60", ERR_RANGE},
	    /* fetch: at least one octet, at most a piece */
	    {"851300 6175 00 01", OK},
	    {"851300 6175 00 1a00010000", OK},
	    {"851300 6175 00 00", ERR_RANGE},
	    {"851300 6175 00 1a00010001", ERR_RANGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t octets[64];
		size_t n = hex_octets(cases[i].hex, octets, sizeof(octets));
		struct link_frame f;
		enum err e = parse((struct bytes){octets, n}, &f);

		if (e != cases[i].err)
			fail_msg("%s: %s", cases[i].hex, err_name(e));
	}
}

/* Members of exactly the largest size, and one more octet. */
static void
bounds(void **state)
{
	static uint8_t filler[LINK_PIECE_MAX + 1], room[LINK_PIECE_MAX + 4096];
	static const struct {
		enum link_op op;
		size_t uri, component, body;
		enum err err;
	} cases[] = {
	    {LINK_DATA, 0, 0, LINK_PIECE_MAX, OK},
	    {LINK_DATA, 0, 0, LINK_PIECE_MAX + 1, ERR_RANGE},
	    {LINK_CALL, 0, 9, LINK_CALL_MAX, OK},
	    {LINK_CALL, 0, 9, LINK_CALL_MAX + 1, ERR_RANGE},
	    {LINK_RESULT, 0, 0, LINK_CALL_MAX, OK},
	    {LINK_RESULT, 0, 0, LINK_CALL_MAX + 1, ERR_RANGE},
	    {LINK_MESSAGE, 0, 0, LINK_PIECE_MAX + 1, OK},
	    {LINK_CONNECT, LINK_URI_MAX, 0, 0, OK},
	    {LINK_CONNECT, LINK_URI_MAX + 1, 0, 0, ERR_RANGE},
	    {LINK_UNREQUEST_TA, 0, LINK_COMPONENT_MAX, 0, OK},
	    {LINK_UNREQUEST_TA, 0, LINK_COMPONENT_MAX + 1, 0, ERR_RANGE},
	};

	(void)state;
	memset(filler, 'u', sizeof(filler));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t component[LINK_COMPONENT_MAX + 8];
		struct cbor_out w = cbor_into(SPAN_OF(component));
		struct link_frame f = {.op = cases[i].op};
		struct bytes out;

		/* an array of one string, its head of 1 or 3 octets */
		cbor_put_array(&w, 1);
		if (cases[i].component > 0)
			cbor_put_bstr(
			    &w, (struct bytes){filler,
				    cases[i].component -
					(cases[i].component > 99 ? 4 : 2)});
		assert_int_equal(cbor_done(&w, &f.component), OK);
		f.uri = (struct bytes){filler, cases[i].uri};
		f.has_uri = cases[i].uri > 0;
		f.body = (struct bytes){filler, cases[i].body};
		f.has_body = cases[i].body > 0;
		if (link_write(SPAN_OF(room), &f, &out) != cases[i].err)
			fail_msg("%zu", i);
	}
}

static void
writing(void **state)
{
	struct fence fence = fence_make(256);
	struct link_frame f;
	struct bytes out;
	uint8_t room[256];

	(void)state;
	/* no room, down to none at all */
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		assert_int_equal(
		    link_write(SPAN_OF(room), &frames[i], &out), OK);
		for (size_t n = out.n; n > 0; n--) {
			struct bytes none = {room, 1};
			struct span s = {fence.p + fence.n - (n - 1), n - 1};

			assert_int_equal(
			    link_write(s, &frames[i], &none), ERR_ROOM);
			assert_null(none.p);
		}
	}
	fence_drop(&fence);
	f = (struct link_frame){.op = (enum link_op)10};
	assert_int_equal(link_write(SPAN_OF(room), &f, &out), ERR_BUG);
	/* a component that is none */
	f = (struct link_frame){.op = LINK_UNREQUEST_TA};
	assert_int_equal(link_write(SPAN_OF(room), &f, &out), ERR_RANGE);
	f.component = BYTES_LIT("\x01");
	assert_int_equal(link_write(SPAN_OF(room), &f, &out), ERR_RANGE);
	f.component = BYTES_LIT("\x80\x80");
	assert_int_equal(link_write(SPAN_OF(room), &f, &out), ERR_RANGE);
	assert_null(out.p);
}

static void
names(void **state)
{
	static const char *const all[] = {[LINK_REQUEST_TA] = "request-ta",
	    [LINK_UNREQUEST_TA] = "unrequest-ta",
	    [LINK_POLICY_CHECK] = "policy-check",
	    [LINK_MESSAGE] = "message",
	    [LINK_ERROR] = "error",
	    [LINK_DATA] = "data",
	    [LINK_CALL] = "call",
	    [LINK_STATUS] = "status",
	    [LINK_PASSPORT] = "passport",
	    [LINK_NONE] = "none",
	    [LINK_CONNECT] = "connect",
	    [LINK_REPLY] = "reply",
	    [LINK_FETCH] = "fetch",
	    [LINK_ABORT] = "abort",
	    [LINK_RESULT] = "result"};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(all); i++)
		assert_string_equal(
		    link_op_name(i), all[i] == NULL ? "unknown" : all[i]);
	assert_string_equal(link_op_name(99), "unknown");
	assert_string_equal(link_op_name(257), "unknown");
}

static void
mutants(void **state)
{
	struct fence fence = fence_make(256);
	size_t accepted = 0;

	(void)state;
	chance_begin();
	for (unsigned k = 0; k < 200000; k++) {
		uint8_t room[256], again[256];
		struct link_frame f, g;
		struct bytes out, in;
		enum err e;

		assert_int_equal(link_write(SPAN_OF(room),
				     &frames[chance(ARRAY_LEN(frames))], &out),
		    OK);
		in = (struct bytes){room + LINK_HEAD, out.n - LINK_HEAD};
		chance_mutate(
		    room + LINK_HEAD, &in.n, sizeof(room) - LINK_HEAD);
		in = fence_put(&fence, in);
		e = parse(in, &f);
		assert_int_equal(parse(in, &g), e);
		if (e != OK)
			continue;
		/* Strict reading leaves one encoding of a frame. */
		assert_int_equal(link_write(SPAN_OF(again), &f, &out), OK);
		assert_true(bytes_same(
		    in, (struct bytes){out.p + LINK_HEAD, out.n - LINK_HEAD}));
		accepted++;
	}
	assert_true(accepted > 1000);
	fence_drop(&fence);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(heads),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(bounds),
	    cmocka_unit_test(writing),
	    cmocka_unit_test(names),
	    cmocka_unit_test(mutants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
