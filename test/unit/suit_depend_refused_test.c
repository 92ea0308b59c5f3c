/* suit_depend_refused: what must not run of manifests that others depend on,
 * and who may not. */
#include "suit_depend.h"

/* ---- what fails ---------------------------------------------------------- */

struct depend_case {
	const char *name, *inner, *outer;
	enum err e; /* OK: SUIT_DONE */
};

#define WRITES "20:<<[20,{18:'inner'},18,2]>>"

static const struct depend_case cases[] = {
    {"all is well", INNER(WRITES), OUTER("", "20:<<[" GET "]>>"), OK},
    {"nothing to do in it", INNER("7:<<[]>>"),
	OUTER("", "20:<<[" GET "]>>,7:<<[" ALL "]>>"), OK},
    {"all of them, by true", INNER(WRITES),
	OUTER("", "20:<<[12,0,21,2,12,true,7,15,11,15]>>"), OK},
    {"each that is one", INNER(WRITES),
	OUTER("", "20:<<[12,true,15,[<<[8,15,21,2,7,15,11,15]>>,null]]>>"), OK},
    /* integrity */
    {"not checked", INNER(WRITES), OUTER("", "20:<<[12,0,21,2,11,15]>>"),
	ERR_DEPENDENCY},
    {"written to since", INNER(WRITES),
	OUTER("", "20:<<[12,0,21,2,7,15,21,2,11,15]>>"), ERR_DEPENDENCY},
    {"checked again", INNER(WRITES),
	OUTER("", "20:<<[12,0,21,2,7,15,21,2,7,15,11,15]>>"), OK},
    {"another digest", INNER(WRITES),
	OUTER(",20,{3:" DIGEST_0 "}", "20:<<[" GET "]>>"), ERR_MANIFEST_DIGEST},
    {"another digest, softly", INNER(WRITES),
	OUTER(
	    ",20,{3:" DIGEST_0 "}", "20:<<[12,0,21,2,15,[<<[7,15]>>,null]]>>"),
	ERR_MANIFEST_DIGEST},
    {"nothing there", INNER(WRITES), OUTER("", "20:<<[" ALL "]>>"),
	ERR_NOT_INSTALLED},
    {"not an envelope", INNER(WRITES),
	OUTER("", "20:<<[12,0,20,{18:h'01'},18,2,7,15,11,15]>>"), ERR_TYPE},
    {"no dependency", INNER(WRITES), OUTER("", "20:<<[" GET ",12,1,7,15]>>"),
	ERR_DEPENDENCY},
    {"to process no dependency", INNER(WRITES),
	OUTER("", "20:<<[" GET ",12,1,11,15]>>"), ERR_DEPENDENCY},
    {"one of a list is none", INNER(WRITES),
	OUTER("", "20:<<[" GET ",12,[0,1],11,15]>>"), ERR_DEPENDENCY},
    /* in step */
    {"never looked at", INNER(WRITES), OUTER("", "20:<<[12,0,21,2]>>"),
	ERR_DEPENDENCY},
    {"checked and not run", INNER(WRITES), OUTER("", "20:<<[12,0,21,2,7,15]>>"),
	ERR_DEPENDENCY},
    {"a section of it left out", INNER(WRITES ",7:<<[]>>"),
	OUTER("", "20:<<[" GET "]>>,7:<<[12,1]>>"), ERR_DEPENDENCY},
    {"a section that is not there to run it from", INNER(WRITES ",7:<<[]>>"),
	OUTER("", "20:<<[" GET "]>>"), ERR_DEPENDENCY},
    {"a section that is over", INNER(WRITES ",15:<<[]>>"),
	OUTER("", "15:<<[12,1]>>,20:<<[" GET "]>>"), ERR_DEPENDENCY},
    {"one not of this procedure", INNER(WRITES ",9:<<[]>>"),
	OUTER("", "20:<<[" GET "]>>"), OK},
    /* what fails inside */
    {"a condition in it", INNER("20:<<[14,15]>>"),
	OUTER("", "20:<<[" GET "]>>"), ERR_CONDITION},
    {"one that is forgiven outside", INNER("20:<<[14,15]>>"),
	OUTER("", "20:<<[15,[<<[" GET "]>>,null]]>>"), ERR_ORDER},
    {"a condition in its shared sequence", SHARED_INNER("14,15", "20:<<[]>>"),
	OUTER("", "20:<<[" GET "]>>"), ERR_CONDITION},
    {"a directive in it", INNER("20:<<[20,{21:\"#no\"},21,2]>>"),
	OUTER("", "20:<<[" GET "]>>"), ERR_FETCH},
    {"the payload of the other envelope", INNER("20:<<[20,{21:\"#d\"},21,2]>>"),
	OUTER("", "20:<<[" GET "]>>"), ERR_FETCH},
    {"a severed section", INNER("20:[-16," ZEROS "]"),
	OUTER("", "20:<<[" GET "]>>"), ERR_SEVERED},
    {"an index beyond", "{1:1,2:3,3:<<{1:{1:{1:['c']}},2:[['b']]}>>}",
	OUTER("", "20:<<[" GET "]>>"), ERR_DEPENDENCY},
};

static void
refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bench *b = bench_new(0);
		struct bytes inner =
		    envelope(cbor("%s", cases[i].inner), "", 0);
		struct bytes outer = integrated(cases[i].outer, inner);
		struct why why = {.err = OK};
		enum err e = open_it(outer, &b->m, &why);

		if (e == OK)
			e = suit_start(&b->run, test_crypto(), &b->fake.host,
			    &b->m, SUIT_DO_UPDATE);
		if (e == OK && suit_next(&b->run, &b->ask) != SUIT_DONE)
			e = b->run.why.err;
		if (e != cases[i].e)
			fail_msg("%s: %s, not %s", cases[i].name, err_name(e),
			    err_name(cases[i].e));
		assert_null(b->fake.open);
	}
}

static uint32_t lax; /* bit i: the manifest of number i is read laxly */

static uint32_t
left_out(void *ctx, const struct suit_manifest *m)
{
	(void)ctx;
	return (lax >> m->sequence & 1) != 0 ? SUIT_COMPAT_LOCKSTEP : 0;
}

/* Sections are left out only where the readings of both signers let it be: a
 * lax one does not leave out what a strict one wants looked at. */
static void
by_both(void **state)
{
	static const struct {
		const char *inner, *outer;
		uint32_t least; /* who has to be lax */
	} rows[] = {
	    {INNER(WRITES), OUTER("", "20:<<[12,0,21,2,7,15]>>"),
		1 << 7 | 1 << 3},
	    {INNER(WRITES ",7:<<[14,15]>>"),
		OUTER("", "20:<<[" GET "]>>,7:<<[12,1]>>"), 1 << 7 | 1 << 3},
	    {INNER(WRITES ",7:<<[14,15]>>"), OUTER("", "20:<<[" GET "]>>"),
		1 << 7 | 1 << 3},
	    {INNER(WRITES ",15:<<[]>>"),
		OUTER("", "15:<<[12,1]>>,20:<<[" GET "]>>"), 1 << 7 | 1 << 3},
	    /* nobody knows whose that is */
	    {INNER(WRITES), OUTER("", "20:<<[12,0,21,2]>>"), 1 << 7},
	};
	static const uint32_t who[] = {0, 1 << 3, 1 << 7, 1 << 7 | 1 << 3};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(who); i++) {
		struct bench *b = bench_new(0);
		size_t k = i / ARRAY_LEN(who);
		bool good;

		b->fake.depending.compat = left_out;
		lax = who[i % ARRAY_LEN(who)];
		good = bench_run(b,
			   integrated(rows[k].outer,
			       envelope(cbor("%s", rows[k].inner), "", 0)),
			   SUIT_DO_UPDATE) == SUIT_DONE;
		if (good != ((lax & rows[k].least) == rows[k].least))
			fail_msg("row %zu, lax %x: %s", k, (unsigned)lax,
			    err_name(b->run.why.err));
	}
}

/* Where the host demands it, everybody's shared sequence asks who the device
 * is, somewhere in it. */
#define VENDOR_CHECK "20,{1:" VENDOR "},1,15"
#define CLASS_CHECK  "20,{2:" CLASS "},2,15"

static void
identity_demanded(void **state)
{
	static const struct {
		const char *outer, *inner;
		enum err e;
		const char *what;
	} rows[] = {
	    {"", VENDOR_CHECK "," CLASS_CHECK, ERR_MISSING,
		"vendor-identifier in the shared sequence"},
	    {"," VENDOR_CHECK, VENDOR_CHECK "," CLASS_CHECK, ERR_MISSING,
		"class-identifier in the shared sequence"},
	    {"," VENDOR_CHECK ",15,[<<[" CLASS_CHECK "]>>,null]",
		VENDOR_CHECK "," CLASS_CHECK, ERR_MISSING,
		"class-identifier in the shared sequence"},
	    {"," CLASS_CHECK ",32,<<[" VENDOR_CHECK "]>>",
		VENDOR_CHECK "," CLASS_CHECK, ERR_MISSING,
		"vendor-identifier in the shared sequence"},
	    {"," VENDOR_CHECK "," CLASS_CHECK ",15,[<<[" CLASS_CHECK
	     "]>>,null]",
		VENDOR_CHECK "," CLASS_CHECK, OK, NULL},
	    {"," VENDOR_CHECK "," CLASS_CHECK, CLASS_CHECK, ERR_MISSING,
		"vendor-identifier in the shared sequence"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench *b = bench_new(SUIT_DEMAND_IDENTITY);
		char *in = pool_take(512), *out = pool_take(1024);
		struct bytes inner, outer;

		(void)snprintf(
		    in, 512, SHARED_INNER("%s", "20:<<[]>>"), rows[i].inner);
		inner = envelope(cbor("%s", in), "", 0);
		(void)snprintf(out, 1024,
		    "{1:1,2:7,3:<<{1:{0:{}},2:[['d'],['a']],4:<<[12,0,20,{3:%s,"
		    "21:\"#d\"}%s]>>}>>,20:<<[" GET "]>>}",
		    digest_in(inner), rows[i].outer);
		(void)snprintf(in, 512, "\"#d\":h'%s'", hexed(inner));
		outer = envelope(cbor("%s", out), in, 1);
		(void)bench_run(b, outer, SUIT_DO_UPDATE);
		assert_string_equal(
		    err_name(b->run.why.err), err_name(rows[i].e));
		if (rows[i].e == OK)
			assert_int_equal(b->run.state, SUIT_DONE);
		else
			assert_string_equal(b->run.why.what, rows[i].what);
	}
}

/* What one dependent checked, another one has to check for itself: it may have
 * signed another digest. */
static void
checked_by_another(void **state)
{
	static const struct {
		const char *middle;
		enum err e;
	} rows[] = {{"12,0,11,15", ERR_DEPENDENCY}, {ALL, OK}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench *b = bench_new(0);
		struct bytes leaf = envelope(cbor(INNER(WRITES)), "", 0);
		const char *d = digest_in(leaf);
		struct bytes middle = envelope(
		    cbor("{1:1,2:9,3:<<{1:{0:{}},2:[['d']],4:<<[12,0,20,{3:%s"
			 "}]>>}>>,20:<<[%s]>>}",
			d, rows[i].middle),
		    "", 0);
		size_t n = 2 * (leaf.n + middle.n) + 64;
		char *more = pool_take(n);
		struct bytes outer;

		(void)snprintf(more, n, "\"#d\":h'%s',", hexed(leaf));
		(void)snprintf(more + strlen(more), n - strlen(more),
		    "\"#e\":h'%s'", hexed(middle));
		outer = envelope(
		    cbor("{1:1,2:7,3:<<{1:{0:{},1:{}},2:[['d'],['e']],4:<<[12,"
			 "0,20,{3:%s,21:\"#d\"},12,1,20,{3:%s,21:\"#e\"}]>>"
			 "}>>,20:<<[12,true,21,2,7,15,11,15]>>}",
			d, digest_in(middle)),
		    more, 2);
		(void)bench_run(b, outer, SUIT_DO_UPDATE);
		if (b->run.why.err != rows[i].e)
			fail_msg("%zu: %s (%s)", i, err_name(b->run.why.err),
			    b->run.why.what);
		assert_int_equal(
		    b->run.state, rows[i].e == OK ? SUIT_DONE : SUIT_FAILED);
	}
}

/* A failure inside is forgiven outside, and its record says where it was. */
static void
forgiven(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner = envelope(cbor(INNER("20:<<[14,15]>>")), "", 0);
	struct bytes outer = integrated(
	    OUTER("", "20:<<[12,0,21,2,7,15,15,[<<[11,15]>>,null],11,15]>>"),
	    inner);

	(void)state;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_CONDITION);
	assert_int_equal(b->run.n_records, 2);
	assert_int_equal(b->run.last.n_path, 1);
	assert_int_equal(b->run.last.path[0], 0);
	assert_int_equal(b->run.last.section, SUIT_INSTALL);
	assert_int_equal(b->run.last.offset, 1);
	/* [[0], 20, 1, 0, {}] */
	assert_memory_equal(b->run.log, "\x85\x81\x00\x14\x01\x00\xa0", 7);
}

/* Who may what is asked of the signers of each. */
static enum err
may_not_b(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	(void)ctx;
	(void)cmd;
	return m->sequence == 3 && bytes_same(id, cbor("['b']"))
		   ? ERR_SIGNER_ACCESS
		   : OK;
}

static void
rights(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner = envelope(cbor(INNER("20:<<[]>>")), "", 0);
	struct bytes outer = integrated(OUTER("", "20:<<[" GET "]>>"), inner);

	(void)state;
	/* a component of the root's that is not its signers' is named */
	b->fake.may[SUIT_CMD_SET_INDEX] = ERR_COMPONENT;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_COMPONENT);
	assert_string_equal(b->run.why.what, "component");
	assert_true(bytes_same(b->run.why.subject, cbor("['d']")));
	b->fake.may[SUIT_CMD_SET_INDEX] = OK;

	/* one component that is not its signers', and nothing of it runs */
	b->fake.host.may = may_not_b;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_SIGNER_ACCESS);
	assert_string_equal(b->run.why.what, "component");
	assert_true(bytes_same(b->run.why.subject, cbor("['b']")));
	assert_null(strstr(b->fake.log, "admit"));

	b = bench_new(0);
	b->fake.admit = ERR_ROLLBACK;
	inner = envelope(cbor(INNER(WRITES)), "", 0);
	outer = integrated(OUTER("", "20:<<[" GET "]>>"), inner);
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_ROLLBACK);
	assert_null(fake_content_of(&b->fake, "b"));

	/* a host that has no place for them, and one that has no more */
	b = bench_new(0);
	inner = envelope(cbor(INNER(WRITES)), "", 0);
	outer = integrated(OUTER("", "20:<<[" GET "]>>"), inner);
	b->fake.host.depending = NULL;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_DEPENDENCY);
	assert_string_equal(b->fake.log, "");
	b->fake.host.depending = &b->fake.depending;
	b->fake.depending.n = 0;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_LIMIT);

	/* signed by a stranger */
	b = bench_new(0);
	inner = suit_file("fe-esdh-dependency.suit");
	outer = integrated(OUTER("", "20:<<[" GET "]>>"), inner);
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_SIGNATURE);
}

/* What the dependent names as source, the dependency's signers may not read.
 */
static enum err
may_not_x(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	(void)ctx;
	(void)cmd;
	return m->sequence == 3 && bytes_same(id, cbor("['x']"))
		   ? ERR_SIGNER_ACCESS
		   : OK;
}

static enum err
read_x(void *ctx, struct bytes id, uint64_t at, struct bytes *piece)
{
	fake_log(ctx, "read;");
	assert_true(bytes_same(id, cbor("['x']")));
	*piece = at == 0 ? BYTES_LIT("secret") : BYTES_NONE;
	return OK;
}

static void
lent_source(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner =
	    envelope(cbor("{1:1,2:3,3:<<{2:[['a']]}>>,20:<<[22,2]>>}"), "", 0);
	struct bytes outer = integrated(
	    "{1:1,2:7,3:<<{1:{0:{}},2:[['d'],['a'],['x']],4:<<[12,0,20,{3:%1$s,"
	    "21:\"#d\"},12,1,20,{22:2}]>>}>>,20:<<[" GET "]>>}",
	    inner);

	(void)state;
	fake_install(&b->fake, "x", "secret");
	b->fake.host.read = read_x;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_DONE);
	assert_string_equal(fake_content_of(&b->fake, "a"), "secret");
	b->fake.log[0] = 0;
	b->fake.host.may = may_not_x;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_SIGNER_ACCESS);
	assert_null(strstr(b->fake.log, "read"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(by_both),
	    cmocka_unit_test(identity_demanded),
	    cmocka_unit_test(checked_by_another),
	    cmocka_unit_test(forgiven),
	    cmocka_unit_test(rights),
	    cmocka_unit_test(lent_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
