/* suit_report: the very octets, the mapping of reasons, and reading back. */
#include "suit_fake.h"

static struct bench b;

static struct bytes
report(struct bytes nonce)
{
	static uint8_t room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(suit_report_write(&w, &b.run, nonce), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static bool
any(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	(void)value;
	return true;
}

/* The two worked examples: m0 succeeds, and m0 finds another image. */
static enum err
zero_digest(
    void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	(void)ctx;
	(void)id;
	memset(sha256, 0, DIGEST_LEN);
	*size = 34768;
	return OK;
}

static enum err
right_digest(
    void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	struct bytes sha;

	(void)ctx;
	(void)id;
	suit_declared(&b.m, 0, &sha, size);
	memcpy(sha256, sha.p, DIGEST_LEN);
	return OK;
}

static void
worked_examples(void **state)
{
	struct bytes m0 = suit_file("m0-secure-boot.signed.suit");

	(void)state;
	fake_make(&b.fake);
	b.fake.host.vendor_is = any;
	b.fake.host.class_is = any;
	b.fake.host.digest = right_digest;
	assert_int_equal(bench_run(&b, m0, SUIT_DO_INVOKE), SUIT_DONE);
	assert_true(
	    bytes_same(report(BYTES_LIT("\x94\x8f\x88\x60\xd1\x3a\x46\x3e")),
		suit_file("own-report-success.cbor")));
	b.fake.host.digest = zero_digest;
	assert_int_equal(bench_run(&b, m0, SUIT_DO_INVOKE), SUIT_FAILED);
	assert_true(bytes_same(
	    report(BYTES_NONE), suit_file("own-report-failure.cbor")));
}

/* A report must be the CBOR of this text, with D for the manifest's digest. */
static void
expect(const char *format)
{
	char text[2048];
	struct bytes want, got = report(BYTES_NONE);

	(void)snprintf(text, sizeof(text), format, hexed(BYTES_OF(b.m.digest)));
	want = cbor("%s", text);
	if (!bytes_same(want, got))
		fail_msg("%s\n%s", hexed(want), hexed(got));
}

static enum suit_state
run(const char *manifest)
{
	fake_make(&b.fake);
	return bench_run(
	    &b, envelope(cbor("%s", manifest), "", 0), SUIT_DO_UPDATE);
}

static void
failures(void **state)
{
	(void)state;
	/* a directive: not among the records, but the result */
	(void)run(MANIFEST("['a'],['b']", "[]", "20:<<[12,1,21,2]>>"));
	expect("{3:[],4:{5:591,6:[[],20,3,1,{}],7:11},99:[\"\",[-16,h'%s']]}");
	/* in the shared sequence */
	(void)run(MANIFEST("['a']", "[1,15]", "4:\"https://m\""));
	expect("{3:[[[],3,1,0,{}]],4:{5:-1,6:[[],3,1,0,{}],7:10},"
	       "99:[\"https://m\",[-16,h'%s']]}");
	/* a nested command counts from the section's first octet, and a
	 * condition that was forgiven is told all the same */
	(void)run(MANIFEST(
	    "['a']", "[]", "20:<<[15,[<<[14,15]>>,<<[20,{18:'x'},18,2]>>]]>>"));
	assert_int_equal(b.run.state, SUIT_DONE);
	expect("{3:[[[],20,5,0,{}]],4:true,99:[\"\",[-16,h'%s']]}");
	/* a right that is lacking */
	(void)run(MANIFEST("['a']", "[]", "20:<<[20,{18:'x'},18,2]>>"));
	fake_make(&b.fake);
	b.fake.may[SUIT_CMD_WRITE] = ERR_OWNER;
	assert_int_equal(suit_start(&b.run, test_crypto(), &b.fake.host, &b.m,
			     SUIT_DO_UPDATE),
	    OK);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	expect("{3:[],4:{5:581,6:[[],20,6,0,{}],7:7},99:[\"\",[-16,h'%s']]}");
	/* before any command */
	b.fake.may[SUIT_CMD_SET_INDEX] = ERR_COMPONENT;
	assert_int_equal(suit_start(&b.run, test_crypto(), &b.fake.host, &b.m,
			     SUIT_DO_UPDATE),
	    ERR_COMPONENT);
	expect("{3:[],4:{5:590,6:[[],0,0,0,{}],7:6},99:[\"\",[-16,h'%s']]}");
}

/* Nobody learns from a report what a network handed the device. */
static void
fetched_digest_stays(void **state)
{
	struct bytes env, out;
	struct bytes part = BYTES_LIT("secret"), sha;
	uint8_t digest[DIGEST_LEN];
	struct cbor_out w;
	uint8_t room[1024];

	(void)state;
	assert_int_equal(test_crypto()->sha256(&part, 1, digest), OK);
	sha = BYTES_OF(digest);
	fake_make(&b.fake);
	env = envelope(cbor(MANIFEST("['a']", "[20,{3:%s,14:6}]",
				"20:<<[20,{21:\"https://x\"},21,2,3,15]>>"),
			   digest_of("public")),
	    "", 0);
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_WANT_FETCH);
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(suit_report_write(&w, &b.run, BYTES_NONE), ERR_BUG);
	suit_give(&b.run, BYTES_LIT("secret"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	out = report(BYTES_NONE);
	for (size_t i = 0; i + sha.n <= out.n; i++)
		assert_memory_not_equal(out.p + i, sha.p, sha.n);
	assert_int_equal(b.run.last.measured, 0);
	/* but what came in the envelope may be told */
	env = envelope(cbor(MANIFEST("['a']", "[20,{3:%s,14:6}]",
				"20:<<[20,{21:\"#x\"},21,2,3,15]>>"),
			   digest_of("public")),
	    "\"#x\":'secret'", 1);
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_true(bytes_same(record_digest(&b.run.last), sha));
}

static enum err
invoke_reported(void *ctx, struct bytes id, struct bytes args)
{
	(void)ctx;
	(void)id;
	(void)args;
	expect("{3:[],4:{5:0,6:[[],9,1,0,{}],7:12},99:[\"\",[-16,h'%s']]}");
	return OK;
}

/* What is signed before control is handed over claims no success. */
static void
invoke_pending(void **state)
{
	uint8_t room[256];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes env = envelope(
	    cbor("%s", MANIFEST("['a']", "[]", "9:<<[23,2]>>")), "", 0);

	(void)state;
	fake_make(&b.fake);
	b.fake.host.invoke = invoke_reported;
	assert_int_equal(bench_run(&b, env, SUIT_DO_INVOKE), SUIT_DONE);
	expect("{3:[],4:true,99:[\"\",[-16,h'%s']]}");
	/* and nothing else that runs has a report */
	b.run.state = SUIT_RUNNING;
	b.run.last.command = SUIT_CMD_WRITE;
	assert_int_equal(suit_report_write(&w, &b.run, BYTES_NONE), ERR_BUG);
}

/* A manifest of n forgiven conditions and a last one that is not. */
static enum suit_state
failing(size_t n)
{
	static char text[8192];

	text[0] = 0;
	for (size_t i = 0; i < n; i++)
		(void)append(text, sizeof(text), "15,[<<[14,15]>>,null],");
	fake_make(&b.fake);
	return bench_run(&b,
	    envelope(
		cbor(MANIFEST("['a']", "[]", "20:<<[%s14,15]>>"), text), "", 0),
	    SUIT_DO_UPDATE);
}

/* Every failed condition is told.  A run that cannot be told of ends: a
 * report that lacks one of its records would tell of another run. */
static void
many_records(void **state)
{
	struct suit_report r;
	struct bytes out;
	size_t n = 100, full;

	(void)state;
	assert_int_equal(failing(n), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_CONDITION);
	out = report(BYTES_NONE);
	assert_int_equal(suit_report_read(out, &r, NULL), OK);
	assert_int_equal(r.records.n, n + 1);
	assert_int_equal(r.reason, 10);
	/* seven octets each, after a head of two, and later of three */
	assert_true(
	    bytes_same(r.result_record, cbor("[[],20,%zu,0,{}]", 2 + 7 * n)));

	for (size_t mark = pool.used;
	     failing(n) == SUIT_FAILED && b.run.why.err == ERR_CONDITION; n++)
		pool.used = mark;
	assert_int_equal(b.run.why.err, ERR_LIMIT);
	full = b.run.n_records;
	assert_true(full > 150);
	assert_true(sizeof(b.run.log) - b.run.log_n < 10);
	out = report(BYTES_NONE);
	assert_int_equal(suit_report_read(out, &r, NULL), OK);
	assert_int_equal(r.records.n, full);
	assert_int_equal(r.reason, 11); /* and not that it did not hold */
	assert_true(bytes_same(
	    r.result_record, cbor("[[],20,%zu,0,{}]", 3 + 7 * full)));
}

/* One record for each component, in the order of the list, and of the
 * components where all are meant. */
static void
each_component(void **state)
{
	(void)state;
	(void)run(MANIFEST("['a'],['b'],['c']", "[]",
	    "20:<<[12,[2,0,1],15,[<<[14,15]>>,null],"
	    "12,true,15,[<<[14,15]>>,null]]>>"));
	expect("{3:[[[],20,10,2,{}],[[],20,10,0,{}],[[],20,10,1,{}],"
	       "[[],20,19,0,{}],[[],20,19,1,{}],[[],20,19,2,{}]],4:true,"
	       "99:[\"\",[-16,h'%s']]}");
}

/* What a condition measured, of any kind. */
static void
values(void **state)
{
	struct suit_record r = {.section = 7, .offset = 1, .component = 2};
	static const uint8_t octets[73];
	struct bytes longest = {octets, SUIT_MEASURED_MAX};
	uint8_t room[256];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	(void)state;
	r.n_path = 2;
	r.path[0] = 1;
	record_uint_set(&r, (enum suit_parameter)5, 3);
	record_put(&w, &r);
	record_value_set(&r, SUIT_PAR_CLASS, cbor("h'%032d'", 7));
	record_put(&w, &r);
	/* one too long, or none at all, leaves what was */
	record_value_set(&r, SUIT_PAR_VENDOR, (struct bytes){longest.p, 73});
	record_value_set(&r, SUIT_PAR_VENDOR, BYTES_NONE);
	record_put(&w, &r);
	assert_int_equal(record_digest(&r).n, 0);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_true(out.n > 3);
	assert_memory_equal(out.p, cbor("[[1,0],7,1,2,{5:3}]").p,
	    cbor("[[1,0],7,1,2,{5:3}]").n);
	out.p += cbor("[[1,0],7,1,2,{5:3}]").n;
	out.n -= cbor("[[1,0],7,1,2,{5:3}]").n;
	for (int i = 0; i < 2; i++) {
		struct bytes want = cbor("[[1,0],7,1,2,{2:h'%032d'}]", 7);

		assert_true(out.n >= want.n);
		assert_memory_equal(out.p, want.p, want.n);
		out.p += want.n;
		out.n -= want.n;
	}
	assert_int_equal(out.n, 0);
	record_value_set(&r, SUIT_PAR_VENDOR, longest);
	assert_int_equal(r.measured, SUIT_PAR_VENDOR);
	assert_int_equal(r.n_value, 72);
}

static void
refused(void **state)
{
	uint8_t room[256], digest[DIGEST_LEN] = {7};
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct suit_report r;
	struct bytes out;

	(void)state;
	assert_int_equal(
	    suit_report_brief(&w, ERR_ROLLBACK, BYTES_LIT("https://m"), digest,
		BYTES_LIT("nonce678"), BYTES_NONE),
	    OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_true(bytes_same(
	    out, cbor("{2:'nonce678',3:[],4:{5:576,6:[[],0,0,0,{}],7:4},"
		      "99:[\"https://m\",[-16,h'%s']]}",
		     hexed(BYTES_OF(digest)))));
	assert_int_equal(suit_report_read(out, &r, NULL), OK);
	assert_false(r.success);
	assert_int_equal(r.result_code, ERR_ROLLBACK);
	assert_int_equal(r.reason, 4);
	assert_true(bytes_same(r.nonce, BYTES_LIT("nonce678")));
	assert_true(bytes_same(r.uri, BYTES_LIT("https://m")));
	assert_true(bytes_same(r.digest, BYTES_OF(digest)));
}

static void
reasons(void **state)
{
	static const struct {
		enum err e;
		uint64_t reason;
	} map[] = {
	    {OK, 0},
	    {ERR_TRUNCATED, 1},
	    {ERR_ORDER, 1},
	    {ERR_COSE_TYPE, 2},
	    {ERR_COSE_ALG, 3},
	    {ERR_UNSIGNED, 4},
	    {ERR_SIGNATURE, 4},
	    {ERR_MANIFEST_DIGEST, 4},
	    {ERR_COMMAND, 5},
	    {ERR_COMPONENT, 6},
	    {ERR_SIGNER_ACCESS, 7},
	    {ERR_PARAMETER, 8},
	    {ERR_ENCRYPTION, 8},
	    {ERR_SEVERED, 9},
	    {ERR_VENDOR, 10},
	    {ERR_FETCH, 11},
	    {ERR_STORE, 11},
	    {ERR_BUG, 11},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		assert_int_equal(suit_reason(map[i].e), map[i].reason);
}

#define REF                                                \
	"99:[\"\",[-16,h'00000000000000000000000000000000" \
	"00000000000000000000000000000000']]"
#define REC "[[],20,1,0,{}]"

static void
reading(void **state)
{
	static const struct {
		const char *diag;
		enum err e;
	} cases[] = {
	    {"{3:[],4:true," REF "}", OK},
	    {"<<{3:[],4:true," REF "}>>", OK},
	    {"{3:[" REC "],4:true," REF "}", OK},
	    {"{3:[{0:['a'],3:<<[-16,h'00']>>}],4:true," REF "}", OK},
	    {"{3:[],4:true,8:{1:[[true]],2:[1],3:[1],4:[-16]}," REF "}", OK},
	    {"{3:[],4:true,8:{1:[]}," REF "}", ERR_RANGE},
	    {"{3:[],4:true,8:[]," REF "}", ERR_TYPE},
	    {"{3:[],4:true,77:1," REF "}", OK}, /* the draft extends it */
	    {"{4:true," REF "}", ERR_MISSING},
	    {"{3:[]," REF "}", ERR_MISSING},
	    {"{3:[],4:true}", ERR_MISSING},
	    {"{3:[],4:false," REF "}", ERR_TYPE},
	    {"{3:[],4:null," REF "}", ERR_TYPE},
	    {"{3:[],4:1," REF "}", ERR_TYPE},
	    {"{3:[],4:{5:-1,6:" REC ",7:10}," REF "}", OK},
	    {"{3:[],4:{5:-1,6:" REC "}," REF "}", ERR_MISSING},
	    {"{3:[],4:{5:-1,7:10}," REF "}", ERR_MISSING},
	    {"{3:[],4:{6:" REC ",7:10}," REF "}", ERR_MISSING},
	    {"{3:[],4:{5:-1,6:" REC ",7:0}," REF "}", ERR_RANGE},
	    {"{3:[],4:{5:-1,6:[],7:10}," REF "}", ERR_RANGE},
	    {"{3:[],4:{5:-1,6:[[],1,1,1],7:10}," REF "}", ERR_RANGE},
	    {"{3:[],4:{5:-1,6:[[-1],1,1,1,{}],7:10}," REF "}", ERR_TYPE},
	    {"{3:[1],4:true," REF "}", ERR_TYPE},
	    {"{3:[[[],20,-1,0,{}]],4:true," REF "}", ERR_TYPE},
	    {"{2:\"x\",3:[],4:true," REF "}", ERR_TYPE},
	    {"{3:[],4:{5:\"x\",6:" REC ",7:10}," REF "}", ERR_TYPE},
	    {"{3:[{0:['a']}],4:true," REF "}", ERR_RANGE},
	    {"{3:[{3:h'00',14:1}],4:true," REF "}", ERR_MISSING},
	    {"{3:[{0:'a',14:1}],4:true," REF "}", ERR_TYPE},
	    {"{3:[],4:true,99:[\"\",[-16,h'00']]}", ERR_RANGE},
	    {"{3:[],4:true,99:['',[-16,h'00']]}", ERR_TYPE},
	    {"[]", ERR_TYPE},
	    {"<<<<{}>>>>", ERR_TYPE},
	};
	struct suit_report r;
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes in = cbor("%s", cases[i].diag);
		enum err e = suit_report_read(in, &r, &why);

		if (e != cases[i].e)
			fail_msg("%s: %s", cases[i].diag, err_name(e));
		for (size_t n = 0; n < in.n && e == OK; n++)
			assert_int_not_equal(
			    suit_report_read((struct bytes){in.p, n}, &r, NULL),
			    OK);
	}
}

static void
claims(void **state)
{
	uint8_t room[128], digest[DIGEST_LEN] = {9};
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	(void)state;
	suit_claims_put(&w, cbor("['a']"), digest, 300);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_true(bytes_same(out, cbor("{0:['a'],3:<<[-16,h'%s']>>,14:300}",
					hexed(BYTES_OF(digest)))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(worked_examples),
	    cmocka_unit_test(failures),
	    cmocka_unit_test(fetched_digest_stays),
	    cmocka_unit_test(invoke_pending),
	    cmocka_unit_test(many_records),
	    cmocka_unit_test(each_component),
	    cmocka_unit_test(values),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(reasons),
	    cmocka_unit_test(reading),
	    cmocka_unit_test(claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
