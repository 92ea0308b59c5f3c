/* suit_depend: manifests that others depend on: what runs, in which order,
 * and everything that must not. */
#include "suit_fake.h"

/* The one that depends: ['d'] holds the other, whose digest it signed. */
#define OUTER(shared, members)                                         \
	"{1:1,2:7,3:<<{1:{0:{}},2:[['d'],['a']],4:<<[12,0,20,{3:%1$s," \
	"21:\"#d\"}" shared "]>>}>>," members "}"
#define INNER(members) "{1:1,2:3,3:<<{2:[['b']]}>>," members "}"
#define SHARED_INNER(shared, members) \
	"{1:1,2:3,3:<<{2:[['b']],4:<<[" shared "]>>}>>," members "}"

#define ZEROS \
	"h'0000000000000000000000000000000000000000000000000000000000000000'"
#define DIGEST_0 "<<[-16," ZEROS "]>>"

#define ALL "12,0,7,15,11,15"
#define GET "12,0,21,2,7,15,11,15"

static const char *
digest_in(struct bytes env)
{
	struct suit_manifest m;
	char *text = pool_take(128);

	assert_int_equal(suit_parse(env, &m, NULL), OK);
	(void)snprintf(text, 128, "<<[-16,h'%s']>>", hexed(BYTES_OF(m.digest)));
	return text;
}

static struct bytes
integrated(const char *outer, struct bytes inner)
{
	char *more = pool_take(2 * inner.n + 32);

	(void)snprintf(more, 2 * inner.n + 32, "\"#d\":h'%s'", hexed(inner));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return envelope(cbor(outer, digest_in(inner)), more, 1);
#pragma GCC diagnostic pop
}

static struct bench *
bench_new(uint32_t compat)
{
	static struct bench b;

	pool.used = 0;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	fake_depend(&b.fake);
	b.fake.host.compat = compat;
	return &b;
}

/* ---- what runs ----------------------------------------------------------- */

static void
in_step(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner =
	    envelope(cbor(INNER("7:<<[3,15]>>,16:<<[20,{18:'first'},18,2]>>,"
				"20:<<[20,{18:'inner',3:%s},18,2]>>"),
			 digest_of("inner")),
		"", 0);
	struct bytes outer =
	    integrated(OUTER("", "7:<<[" ALL ",12,1,14,15]>>,15:<<[" GET "]>>,"
				 "16:<<[" ALL "]>>,"
				 "20:<<[" ALL ",12,1,20,{18:'outer'},18,2]>>"),
		inner);

	(void)state;
	/* the last command fails, so all before it were run */
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_CONDITION);
	assert_int_equal(b->run.last.section, SUIT_VALIDATE);
	assert_int_equal(b->run.last.n_path, 0);
	assert_int_equal(b->run.last.component, 1);
	assert_string_equal(fake_content_of(&b->fake, "b"), "inner");
	assert_string_equal(fake_content_of(&b->fake, "a"), "outer");
	assert_non_null(strstr(b->fake.log, "admit 3;"));
	assert_true(
	    strstr(b->fake.log, "begin d") < strstr(b->fake.log, "begin b 5;"));
	assert_true(
	    strstr(b->fake.log, "begin b 5;") < strstr(b->fake.log, "begin a"));
	/* checked once, for it stayed what it was */
	assert_null(strstr(strstr(b->fake.log, "admit") + 1, "admit"));
	assert_int_equal(b->run.n_parts, 2);
	assert_ptr_equal(b->run.part[1].m, &b->fake.room[0]);
}

static void
by_uri(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner =
	    envelope(cbor(INNER("20:<<[20,{18:'inner'},18,2]>>")), "", 0);
	struct bytes outer = envelope(
	    cbor("{1:1,2:7,3:<<{1:{0:{}},2:[['d'],['a']],4:<<[12,0,20,{3:%s,"
		 "14:%d,21:\"https://x/d\"}]>>}>>,15:<<[" GET "]>>,20:<<[" ALL
		 "]>>}",
		digest_in(inner), (int)inner.n + 100),
	    "", 0);

	(void)state;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_WANT_FETCH);
	assert_true(bytes_same(b->ask.uri, BYTES_LIT("https://x/d")));
	assert_int_equal(b->ask.limit, inner.n + 100);
	/* less than was declared: members may be severed since */
	suit_give(&b->run, inner, true);
	assert_int_equal(suit_next(&b->run, &b->ask), SUIT_DONE);
	assert_string_equal(fake_content_of(&b->fake, "b"), "inner");
}

static void
image_match_of_one(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner =
	    envelope(cbor(INNER("20:<<[20,{18:'inner'},18,2]>>")),
		"\"#more\":'payload'", 1);
	struct bytes outer = integrated(
	    OUTER("", "15:<<[12,0,21,2,3,15,7,15,11,15]>>,20:<<[" ALL "]>>"),
	    inner);

	(void)state;
	/* the digest is of its manifest alone */
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_DONE);
	/* and a component that is no dependency is hashed as it is */
	b = bench_new(0);
	inner = envelope(cbor(INNER("20:<<[20,{18:'inner'},18,2]>>")), "", 0);
	outer =
	    integrated(OUTER("", "20:<<[12,0,21,2,7,15,11,15,12,1,20,{3:%1$s,"
				 "21:\"#d\"},21,2,3,15]>>"),
		inner);
	assert_int_equal(bench_run(b, outer, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_IMAGE_DIGEST);
}

/* Parameters belong to identifiers: what the dependent set is there, gives
 * way to override, and does not to set. */
static void
parameters(void **state)
{
	static const struct {
		const char *inner, *content;
	} cases[] = {
	    {"20:<<[18,2]>>", "outer"},
	    {"20:<<[19,{18:'inner'},18,2]>>", "outer"},
	    {"20:<<[20,{18:'inner'},18,2]>>", "inner"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bench *b = bench_new(0);
		struct bytes inner = envelope(
		    cbor("{1:1,2:3,3:<<{2:[['a']]}>>,%s}", cases[i].inner), "",
		    0);
		struct bytes outer =
		    integrated(OUTER("", "20:<<[12,1,20,{18:'outer'}," GET
					 ",12,1,18,2]>>"),
			inner);

		assert_int_equal(
		    bench_run(b, outer, SUIT_DO_UPDATE), SUIT_DONE);
		/* and what the dependency set stays */
		assert_string_equal(
		    fake_content_of(&b->fake, "a"), cases[i].content);
		assert_non_null(
		    strstr(b->fake.log, "begin a 5;end;begin a 5;"));
	}
}

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

/* ---- depth --------------------------------------------------------------- */

static struct bytes chain_of[SUIT_DEPTH_MAX + 3];

/* ['d1'] holds the first, and so on. */
static enum err
view_chain(void *ctx, struct bytes id, struct bytes *out)
{
	(void)ctx;
	for (size_t i = 1; i < ARRAY_LEN(chain_of); i++)
		if (bytes_same(id, cbor("['d%zu']", i))) {
			*out = chain_of[i - 1];
			return OK;
		}
	return ERR_NOT_INSTALLED;
}

/* n manifests, each of which depends on the one before; the first writes. */
static struct bytes
chain(size_t n)
{
	chain_of[0] =
	    envelope(cbor(INNER("20:<<[20,{18:'deep'},18,2]>>")), "", 0);
	for (size_t i = 1; i < n; i++)
		chain_of[i] = envelope(
		    cbor("{1:1,2:%zu,3:<<{1:{0:{}},2:[['d%zu']],4:<<[12,0,20,"
			 "{3:%s}]>>}>>,20:<<[" ALL "]>>}",
			10 + i, i, digest_in(chain_of[i - 1])),
		    "", 0);
	return chain_of[n - 1];
}

static void
depth(void **state)
{
	(void)state;
	for (size_t n = 1; n <= SUIT_DEPTH_MAX + 2; n++) {
		struct bench *b = bench_new(0);
		enum suit_state s;

		b->fake.depending.view = view_chain;
		s = bench_run(b, chain(n), SUIT_DO_UPDATE);
		if (n <= SUIT_DEPTH_MAX + 1) {
			assert_int_equal(s, SUIT_DONE);
			assert_string_equal(
			    fake_content_of(&b->fake, "b"), "deep");
			assert_int_equal(b->run.n_parts, n);
		} else {
			assert_int_equal(b->run.why.err, ERR_DEPTH);
			assert_null(fake_content_of(&b->fake, "b"));
		}
	}
}

/* Whoever is told the digest from outside can mean himself. */
static void
itself(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner = envelope(
	    cbor("{1:1,2:3,3:<<{1:{0:{}},2:[['d']]}>>,20:<<[" ALL "]>>}"), "",
	    0);

	(void)state;
	assert_int_equal(
	    bench_run(b, integrated(OUTER("", "20:<<[" GET "]>>"), inner),
		SUIT_DO_UPDATE),
	    SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_DEPENDENCY);
	assert_string_equal(b->run.why.what, "dependency on itself");
}

/* A failed condition of the innermost one tells the whole way. */
static void
path(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes leaf = envelope(cbor(INNER("20:<<[14,15]>>")), "", 0);
	const char *d = digest_in(leaf), *hex = hexed(leaf);
	char *more = pool_take(2 * leaf.n + 32);
	struct bytes middle;

	(void)state;
	(void)snprintf(more, 2 * leaf.n + 32, "\"#d\":h'%s'", hex);
	middle = envelope(
	    cbor("{1:1,2:9,3:<<{1:{0:{},2:{}},2:[['x'],['y'],['z']],4:<<[12,"
		 "[0,2],20,{3:%s,21:\"#d\"}]>>}>>,20:<<[12,2,21,2,7,15,11,15"
		 "]>>}",
		d),
	    more, 1);
	assert_int_equal(
	    bench_run(b, integrated(OUTER("", "20:<<[" GET "]>>"), middle),
		SUIT_DO_UPDATE),
	    SUIT_FAILED);
	assert_int_equal(b->run.why.err, ERR_CONDITION);
	assert_int_equal(b->run.last.n_path, 2);
	assert_int_equal(b->run.last.path[0], 0);
	assert_int_equal(b->run.last.path[1], 1); /* the second, index 2 */
}

/* ---- uninstall ----------------------------------------------------------- */

static void
uninstall(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner = envelope(cbor(INNER("24:<<[33,2]>>")), "", 0);
	struct bytes outer =
	    integrated(OUTER("", "24:<<[" ALL ",33,2,12,1,33,2]>>"), inner);
	struct fake_slot *d = fake_slot(&b->fake, cbor("['d']"));

	(void)state;
	fake_install(&b->fake, "a", "x");
	fake_install(&b->fake, "b", "y");
	memcpy(d->content, inner.p, inner.n);
	d->n = inner.n;
	d->there = true;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UNINSTALL), SUIT_DONE);
	assert_string_equal(b->fake.log, "admit 3;unlink b;unlink d;unlink a;");
}

/* ---- the published examples ---------------------------------------------- */

#define EVERYTHING \
	(SUIT_COMPAT_INDEX | SUIT_COMPAT_INTEGRITY | SUIT_COMPAT_LOCKSTEP)

static enum suit_state
published(struct bench *b, const char *name)
{
	enum suit_state s = bench_run(b, suit_file(name), SUIT_DO_UPDATE);

	if (s != SUIT_WANT_FETCH)
		return s;
	assert_true(bytes_same(
	    b->ask.uri, BYTES_LIT("http://example.com/dependent.suit")));
	suit_give(&b->run, suit_file("td0-dependency.suit"), true);
	return suit_next(&b->run, &b->ask);
}

static struct agreer recipient;

static enum err
recipient_of(void *ctx, const struct suit_manifest *by, size_t nth,
    struct cose_opener *out)
{
	struct fake *f = ctx;

	/* of whom set the encryption-info, not of whom writes */
	fake_log(f, "key of %d;", (int)by->n_signers);
	assert_true(
	    bytes_same(by->component_id, cbor("['dependent-manifest.suit']")));
	*out = (struct cose_opener){
	    .kid = BYTES_LIT("kid-2"), .agree = &recipient};
	return nth == 0 ? OK : ERR_UNKNOWN_KEY;
}

/* What the distributor encrypted, the author's manifest writes and checks. */
static void
two_signers(void **state)
{
	static const struct {
		uint32_t compat;
		const char *what; /* NULL: it is processed */
	} rows[] = {
	    {0, "dependency beyond the components"},
	    {EVERYTHING & ~SUIT_COMPAT_INDEX,
		"dependency beyond the components"},
	    {EVERYTHING & ~SUIT_COMPAT_LOCKSTEP,
		"section that its dependent lacks"},
	    {SUIT_COMPAT_INDEX | SUIT_COMPAT_LOCKSTEP, NULL},
	    {EVERYTHING, NULL},
	};
	static uint8_t plain_room[64];
	struct suit_ring r = {0};
	struct keyring k = ring_view(&r);
	char pem[1024];
	FILE *f =
	    fopen(VECTORS "/cose/key-ecdh-recipient-kid-2.priv.pem", "rb");
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	assert_int_equal(
	    test_agreer_load((struct bytes){(uint8_t *)pem, n}, &recipient),
	    OK);
	trust(&r, "key-es256-distributor.pub.pem");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench *b = bench_new(rows[i].compat);

		b->fake.host.opener = recipient_of;
		b->fake.host.plain_room = SPAN_OF(plain_room);
		assert_int_equal(
		    suit_open(test_crypto(), &k,
			suit_file("fe-esdh-dependency.suit"), &b->m, NULL),
		    OK);
		if (suit_start(&b->run, test_crypto(), &b->fake.host, &b->m,
			SUIT_DO_UPDATE) == OK)
			(void)suit_next(&b->run, &b->ask);
		if (rows[i].what == NULL) {
			assert_int_equal(b->run.state, SUIT_DONE);
			assert_string_equal(
			    fake_content_of(&b->fake, "decrypted-firmware"),
			    "This is a real firmware image.");
			continue;
		}
		assert_int_equal(b->run.state, SUIT_FAILED);
		assert_int_equal(b->run.why.err, ERR_DEPENDENCY);
		assert_string_equal(b->run.why.what, rows[i].what);
		assert_null(fake_content_of(&b->fake, "decrypted-firmware"));
	}
	test_agreer_free(&recipient);
}

/* The TEEP draft's own: the secret's manifest depends on the application's. */
static void
personalization(void **state)
{
	static const uint32_t compat[] = {0, EVERYTHING & ~SUIT_COMPAT_INDEX,
	    EVERYTHING & ~SUIT_COMPAT_INTEGRITY};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(compat) + 1; i++) {
		struct bench *b =
		    bench_new(i < ARRAY_LEN(compat) ? compat[i] : EVERYTHING);
		struct suit_ring r = {0};
		struct keyring k = ring_view(&r);

		trust(&r, "key-teep-signer.pub.pem");
		b->fake.depending.ring = &k;
		assert_int_equal(
		    suit_open(test_crypto(), &k,
			suit_file("teep-personalization.suit"), &b->m, NULL),
		    OK);
		if (suit_start(&b->run, test_crypto(), &b->fake.host, &b->m,
			SUIT_DO_UPDATE) == OK &&
		    suit_next(&b->run, &b->ask) == SUIT_WANT_FETCH) {
			suit_give(&b->run, suit_file("teep-uri.suit"), true);
			(void)suit_next(&b->run, &b->ask);
		}
		if (i < ARRAY_LEN(compat)) {
			assert_int_equal(b->run.state, SUIT_FAILED);
			assert_int_equal(b->run.why.err, ERR_DEPENDENCY);
			continue;
		}
		/* the application's payload is asked for */
		if (b->run.state != SUIT_WANT_FETCH)
			fail_msg(
			    "%s %s", err_name(b->run.why.err), b->run.why.what);
	}
}

/* A strict processor refuses them, each reading by its own name. */
static void
strictly(void **state)
{
	static const struct {
		const char *name;
		uint32_t compat;
		const char *what; /* NULL: it is processed */
	} rows[] = {
	    {"td1-process.suit", 0, "dependency beyond the components"},
	    {"td1-process.suit", EVERYTHING & ~SUIT_COMPAT_INDEX,
		"dependency beyond the components"},
	    {"td1-process.suit", SUIT_COMPAT_INDEX, NULL},
	    {"td2-integrated.suit", 0, "dependency beyond the components"},
	    {"td2-integrated.suit", EVERYTHING & ~SUIT_COMPAT_INDEX,
		"dependency beyond the components"},
	    {"td2-integrated.suit", EVERYTHING & ~SUIT_COMPAT_INTEGRITY,
		"process-dependency"},
	    {"td2-integrated.suit", SUIT_COMPAT_INDEX | SUIT_COMPAT_INTEGRITY,
		NULL},
	    {"td1-process.suit", EVERYTHING, NULL},
	    {"td2-integrated.suit", EVERYTHING, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench *b = bench_new(rows[i].compat);
		enum suit_state s = published(b, rows[i].name);

		if ((s == SUIT_DONE) != (rows[i].what == NULL) ||
		    (s == SUIT_FAILED &&
			(b->run.why.err != ERR_DEPENDENCY ||
			    strcmp(b->run.why.what, rows[i].what) != 0)))
			fail_msg("%s, readings %u: %s (%s)", rows[i].name,
			    rows[i].compat, err_name(b->run.why.err),
			    b->run.why.what);
		if (s != SUIT_DONE)
			continue;
		assert_string_equal(
		    fake_content_of(&b->fake, "00"), "hello world");
		assert_string_equal(fake_content_of(&b->fake, "10"),
		    " in multiple trust domains");
	}
	/* the names that a host is configured by */
	assert_int_equal(suit_compat_n, 3);
	for (size_t i = 0; i < suit_compat_n; i++)
		assert_int_equal(suit_compat_rows[i].bit, 1u << i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_step),
	    cmocka_unit_test(by_uri),
	    cmocka_unit_test(image_match_of_one),
	    cmocka_unit_test(parameters),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(checked_by_another),
	    cmocka_unit_test(forgiven),
	    cmocka_unit_test(rights),
	    cmocka_unit_test(lent_source),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(itself),
	    cmocka_unit_test(path),
	    cmocka_unit_test(uninstall),
	    cmocka_unit_test(strictly),
	    cmocka_unit_test(two_signers),
	    cmocka_unit_test(personalization),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
