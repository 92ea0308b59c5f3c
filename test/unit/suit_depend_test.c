/* suit_depend: manifests that others depend on: what runs, in which order, how
 * deep, and how it goes away. */
#include "suit_depend.h"

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

/* By unlinks alone: the device hears a dependency when nobody needs it. */
static void
uninstall_unlinks(void **state)
{
	struct bench *b = bench_new(0);
	struct bytes inner = envelope(cbor(INNER("24:<<[33,2]>>")), "", 0);
	struct bytes outer =
	    integrated(OUTER("", "24:<<[12,0,33,2,12,1,33,2]>>"), inner);
	struct fake_slot *d = fake_slot(&b->fake, cbor("['d']"));

	(void)state;
	fake_install(&b->fake, "a", "x");
	memcpy(d->content, inner.p, inner.n);
	d->n = inner.n;
	d->there = true;
	assert_int_equal(bench_run(b, outer, SUIT_DO_UNINSTALL), SUIT_DONE);
	assert_string_equal(b->fake.log, "unlink d;unlink a;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_step),
	    cmocka_unit_test(by_uri),
	    cmocka_unit_test(image_match_of_one),
	    cmocka_unit_test(parameters),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(itself),
	    cmocka_unit_test(path),
	    cmocka_unit_test(uninstall),
	    cmocka_unit_test(uninstall_unlinks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
