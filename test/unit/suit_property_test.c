/*
 * suit_property: whatever a signer writes, and whatever happens to it on the
 * way.                                               [security 10, 13, 15]
 *
 *	commands   any stream of commands, of a manifest and of those that it
 *	           depends on: none is run outside of its section, none touches
 *	           what its own manifest's signers may not, and all ends
 *	bits       every bit of an envelope: what is authenticated is refused,
 *	           all else is refused or changes nothing
 *	pieces     a payload comes in any pieces: the same is there afterwards
 */
#include "suit_fake.h"

#include <time.h>

static struct bench b;
static uint64_t seed;

static unsigned
any(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % n;
}

/* ---- streams of commands --------------------------------------------------
 */

static char text[16384];

static void __attribute__((format(printf, 1, 2))) add(const char *format, ...)
{
	size_t at = strlen(text);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text + at, sizeof(text) - at, format, ap);
	va_end(ap);
	assert_true(strlen(text) < sizeof(text) - 1);
}

static void sequence(unsigned section, unsigned depth);

/* What may stand in a section, now and then what may not. */
static unsigned
plain(unsigned section)
{
	static const unsigned everywhere[] = {
	    1, 2, 3, 6, 7, 7, 8, 11, 11, 14, 25};
	static const unsigned fill[] = {18, 18, 21, 22, 22, 22, 31, 33};
	bool fills = section == 15 || section == 16 || section == 20;

	if (any(200) == 0)
		return any(40);
	if (fills && any(2) > 0)
		return fill[any(section == 20 ? 8 : 7)];
	if (section == 24 && any(2) > 0)
		return 33;
	if (section == 9 && any(2) > 0)
		return 23;
	return everywhere[any(ARRAY_LEN(everywhere))];
}

static void
command(unsigned section, unsigned depth)
{
	switch (any(depth < 2 ? 12 : 10)) {
	case 0:
		add("12,%u,", any(60) > 0 ? any(3) : 3);
		break;
	case 1:
		add("12,%s,", any(2) > 0 ? "true" : "[1,0]");
		break;
	case 2:
		add("20,{18:'%c'},", 'x' + (char)any(3));
		break;
	case 3:
		add("12,[0,1],%u,{21:\"%s\",22:%u},", 19 + any(2),
		    any(2) > 0 ? "#d" : "https://x", 1 + any(2));
		break;
	case 10:
		add("15,[<<");
		sequence(section, depth + 1);
		add(">>,");
		if (any(2) > 0) {
			add("null],");
			break;
		}
		add("<<");
		sequence(section, depth + 1);
		add(">>],");
		break;
	case 11:
		add("32,<<");
		sequence(section, depth + 1);
		add(">>,");
		break;
	default:
		add("%u,%u,", plain(section), any(16));
		break;
	}
}

static void
sequence(unsigned section, unsigned depth)
{
	add("[12,%u,", any(3));
	for (unsigned n = any(7); n > 0; n--)
		command(section, depth);
	add("]");
}

/* A manifest of this number over components of its own and of others, that
 * depends on inner, if there is one. */
static struct bytes
stream(unsigned number, struct bytes inner)
{
	static const unsigned sections[] = {7, 9, 15, 16, 18, 20, 24};
	char *more = pool_take(2 * inner.n + 32);
	struct suit_manifest m;

	text[0] = 0;
	add("{1:1,2:%u,3:<<{", number);
	if (inner.n > 0)
		add("1:{0:{}},");
	add("2:[['d%u'],['a'],['%c']],4:<<[12,0,20,{", number,
	    'b' + (char)any(3));
	if (inner.n > 0) {
		assert_int_equal(suit_parse(inner, &m, NULL), OK);
		add("3:<<[-16,h'%s']>>,", hexed(BYTES_OF(m.digest)));
	}
	add("14:1900,21:\"#d\"}]>>}>>,");
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		if (any(inner.n > 0 ? 12 : 2) == 0)
			continue;
		add("%u:<<", sections[i]);
		/* what the next one inwards is run by, mostly */
		if (inner.n == 0 || any(4) == 0) {
			sequence(sections[i], 0);
		} else {
			add("[12,0,%s7,15,11,15,12,1,",
			    sections[i] == 15 ? "21,2," : "");
			for (unsigned n = any(3); n > 0; n--)
				command(sections[i], 0);
			add("]");
		}
		add(">>,");
	}
	add("}");
	(void)snprintf(more, 2 * inner.n + 32, "\"#d\":h'%s'", hexed(inner));
	return envelope(cbor("%s", text), more, inner.n > 0);
}

/* ---- what must hold of them ------------------------------------------------
 */

static struct {
	size_t commands, touched, refused, parts, told;
} seen;

/* Bit i: the manifest of number n may touch the component of letter i. */
static unsigned rights[4];

static bool
is_right(const struct suit_manifest *m, struct bytes id)
{
	const char *name = fake_slot(&b.fake, id)->id;
	unsigned letter = name[0] == 'd' && name[1] != 0
			      ? 7u /* of an envelope */
			      : (unsigned)(name[0] - 'a');

	return (rights[m->sequence] >> letter & 1) != 0;
}

static enum err
may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	(void)ctx;
	(void)cmd;
	seen.refused += !is_right(m, id);
	return is_right(m, id) ? OK : ERR_SIGNER_ACCESS;
}

/* Whoever said from where: it is a right of the manifest that runs. */
static void
looked_at(struct bytes id)
{
	assert_true(is_right(part_now(&b.run)->m, id));
	seen.touched++;
}

/* What changes is one of its own components, too. */
static void
touched(struct bytes id)
{
	const struct suit_manifest *m = part_now(&b.run)->m;
	bool own = false;

	for (size_t i = 0; i < m->n_indexes; i++)
		own |= bytes_same(suit_component(m, i), id);
	assert_true(own);
	looked_at(id);
}

static enum err
begin(void *ctx, struct bytes id, uint64_t size)
{
	touched(id);
	return fake_begin(ctx, id, size);
}

static enum err
unlink_it(void *ctx, struct bytes id)
{
	touched(id);
	return fake_unlink(ctx, id);
}

static enum err
invoke(void *ctx, struct bytes id, struct bytes args)
{
	touched(id);
	return fake_invoke(ctx, id, args);
}

static enum err
read_piece(void *ctx, struct bytes id, uint64_t at, struct bytes *piece)
{
	struct fake_slot *s = fake_slot(ctx, id);

	looked_at(id);
	*piece = (struct bytes){
	    (const uint8_t *)s->content + at, s->there ? s->n - (size_t)at : 0};
	return s->there ? OK : ERR_NOT_INSTALLED;
}

static enum err
swap(void *ctx, struct bytes one, struct bytes two)
{
	struct fake_slot *x = fake_slot(ctx, one), *y = fake_slot(ctx, two);
	static struct fake_slot was;

	touched(one);
	looked_at(two);
	if (!x->there || !y->there)
		return ERR_NOT_INSTALLED;
	was = *x;
	memcpy(x->content, y->content, sizeof(x->content));
	x->n = y->n;
	memcpy(y->content, was.content, sizeof(y->content));
	y->n = was.n;
	return OK;
}

/* Each command stands where the manifest that runs has its section. */
static void
told(void *ctx, const struct suit_run *run, const struct suit_seen *s)
{
	const struct suit_manifest *m = run->part[s->part].m;
	struct bytes all =
	    s->section == SUIT_COMMON ? m->shared : m->section[s->section];
	bool listed = s->section == SUIT_COMMON;

	(void)ctx;
	b.fake.log[0] = 0;
	assert_true(++seen.told < 4u * SUIT_COMMANDS_MAX);
	for (const uint8_t *k = run_sections(run); *k != 0; k++)
		listed |= *k == s->section;
	assert_true(listed);
	if (s->kind != SUIT_SEEN_COMMAND)
		return;
	seen.commands++;
	if (run->state == SUIT_RUNNING || run->state == SUIT_WANT_FETCH) {
		assert_true(s->offset > 0 && s->offset < all.n);
		assert_true(s->arg.p > all.p + s->offset);
		assert_true(s->arg.n <= (size_t)(all.p + all.n - s->arg.p));
	}
}

static void
run_watched(enum suit_procedure procedure)
{
	static const struct suit_watcher w = {NULL, told};
	struct bytes got = BYTES_LIT("got");

	seen.told = 0;
	if (suit_start(&b.run, test_crypto(), &b.fake.host, &b.m, procedure) !=
	    OK)
		return;
	while (suit_watch(&b.run, &b.ask, &w) == SUIT_WANT_FETCH)
		suit_give(&b.run, got, true);
	assert_true(b.run.state == SUIT_DONE || b.run.state == SUIT_FAILED);
	assert_true(b.run.commands <= SUIT_COMMANDS_MAX + 1);
	assert_null(b.fake.open);
	seen.parts += b.run.n_parts > 1;
}

static void
any_commands(void **state)
{
	size_t runs = test_bit_step == 1 ? 600 : 60, opened = 0, done = 0;

	(void)state;
	for (size_t i = 0; i < runs; i++) {
		struct bytes env = BYTES_NONE;
		struct why why = {.err = OK};

		pool.used = 0;
		fake_make(&b.fake);
		fake_depend(&b.fake);
		b.fake.host.may = may;
		b.fake.host.write_begin = begin;
		b.fake.host.unlink = unlink_it;
		b.fake.host.invoke = invoke;
		b.fake.host.read = read_piece;
		b.fake.host.swap = swap;
		b.fake.host.compat = any(2) > 0 ? 0 : any(8);
		for (unsigned n = 0; n < ARRAY_LEN(rights); n++)
			rights[n] = any(16) > 0 ? 0x81 | any(16) : any(256);
		for (unsigned n = any(3) + 1; n > 0; n--) {
			struct bytes next = stream(n, env);

			/* what scan.c refuses is of no use further in */
			if (open_it(next, &b.m, &why) == OK && next.n < 1900)
				env = next;
		}
		if (env.n == 0 || open_it(env, &b.m, &why) != OK)
			continue;
		opened++;
		fake_install(&b.fake, "a", "old");
		for (unsigned p = 0; p < 3; p++) {
			run_watched((enum suit_procedure)p);
			done += b.run.state == SUIT_DONE;
		}
	}
	print_message("%zu opened, %zu runs done, %zu commands, %zu times "
		      "something touched, %zu refused, %zu with dependencies\n",
	    opened, done, seen.commands, seen.touched, seen.refused,
	    seen.parts);
	/* far below what is usual: few runs of another seed may be odd */
	assert_true(opened > runs / 4 && done > opened / 24);
	assert_true(seen.commands > opened && seen.touched > opened / 24);
	assert_true(seen.refused > opened / 24 && seen.parts > opened / 48);
}

/* Manifests that run one another many times run into the limit. */
static void
multiplied(void **state)
{
	struct bytes env = envelope(cbor("{1:1,2:1,3:<<{2:[['b']]}>>,20:<<[20,"
					 "{18:'x'},20,{18:'y'}]>>}"),
	    "", 0);

	(void)state;
	for (int i = 2; i < 7; i++) {
		char *more = pool_take(2 * env.n + 32);
		struct suit_manifest m;

		assert_int_equal(suit_parse(env, &m, NULL), OK);
		text[0] = 0;
		add("{1:1,2:%d,3:<<{1:{0:{}},2:[['e%d']],4:<<[20,{3:<<[-16,"
		    "h'%s']>>,21:\"#d\"}]>>}>>,15:<<[21,2,7,15,11,15]>>,"
		    "20:<<[7,15,",
		    i, i, hexed(BYTES_OF(m.digest)));
		for (int k = 0; k < 10; k++)
			add("11,15,");
		add("]>>}");
		(void)snprintf(
		    more, 2 * env.n + 32, "\"#d\":h'%s'", hexed(env));
		env = envelope(cbor("%s", text), more, 1);
	}
	fake_make(&b.fake);
	fake_depend(&b.fake);
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_LIMIT);
	assert_int_equal(b.run.commands, SUIT_COMMANDS_MAX + 1);
}

/* ---- bits ------------------------------------------------------------------
 */

/* What the device is told and has afterwards. */
struct outcome {
	enum suit_state state;
	char log[sizeof(b.fake.log)];
};

static void
outcome_of(struct bytes env, struct outcome *out)
{
	fake_make(&b.fake);
	fake_depend(&b.fake);
	b.fake.host.compat = SUIT_COMPAT_ALL;
	if (suit_start(&b.run, test_crypto(), &b.fake.host, &b.m,
		SUIT_DO_UPDATE) == OK)
		(void)suit_next(&b.run, &b.ask);
	else
		b.run.state = SUIT_FAILED;
	(void)env;
	out->state = b.run.state;
	(void)snprintf(out->log, sizeof(out->log), "%s", b.fake.log);
}

static bool
holds(struct bytes part, const uint8_t *p)
{
	return part.n > 0 && p >= part.p && p < part.p + part.n;
}

static void
every_bit(void **state)
{
	static const char *const names[] = {
	    "td2-integrated.suit", "m2-severable.signed.suit"};
	size_t refused = 0, failed = 0, same = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		static struct outcome want, got;
		static struct suit_manifest whole;
		struct bytes env;
		uint8_t *octets;

		pool.used = 0;
		env = suit_file(names[i]);
		octets = (uint8_t *)(uintptr_t)env.p;
		assert_int_equal(open_it(env, &b.m, NULL), OK);
		whole = b.m;
		outcome_of(env, &want);
		for (size_t bit = 0; bit < 8 * env.n; bit += test_bit_step) {
			size_t used = pool.used;
			const uint8_t *at = octets + bit / 8;
			bool open;

			octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
			open = open_it(env, &b.m, NULL) == OK;
			if (open &&
			    (holds(whole.manifest, at) ||
				holds(whole.section[SUIT_INSTALL], at) ||
				holds(whole.section[SUIT_TEXT], at)))
				fail_msg(
				    "%s: bit %zu is not missed", names[i], bit);
			refused += !open;
			if (open)
				outcome_of(env, &got);
			octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
			pool.used = used;
			if (!open)
				continue;
			if (got.state == SUIT_FAILED &&
			    want.state == SUIT_DONE) {
				failed++;
				continue;
			}
			assert_int_equal(got.state, want.state);
			assert_string_equal(got.log, want.log);
			same++;
		}
	}
	print_message("%zu flips refused, %zu fail the run, %zu change "
		      "nothing\n",
	    refused, failed, same);
	assert_true(refused > 1000 / test_bit_step);
	assert_true(failed > 1000 / test_bit_step && same < refused / 4);
}

/* ---- pieces ----------------------------------------------------------------
 */

static void
run_in_pieces(struct bytes env, struct bytes payload, size_t a, size_t z)
{
	const size_t cuts[] = {0, a, a, z, payload.n};

	fake_make(&b.fake);
	fake_depend(&b.fake);
	b.fake.host.compat = SUIT_COMPAT_ALL;
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_WANT_FETCH);
	for (size_t i = 1; i < ARRAY_LEN(cuts); i++) {
		suit_give(&b.run,
		    (struct bytes){
			payload.p + cuts[i - 1], cuts[i] - cuts[i - 1]},
		    i + 1 == ARRAY_LEN(cuts));
		assert_int_equal(suit_next(&b.run, &b.ask),
		    i + 1 == ARRAY_LEN(cuts) ? SUIT_DONE : SUIT_WANT_FETCH);
	}
}

/* A payload, and the envelope of a dependency. */
static void
any_pieces(void **state)
{
	struct bytes payload = BYTES_LIT("a payload in pieces of any size");
	struct bytes env, td1 = suit_file("td1-process.suit");
	struct bytes td0 = suit_file("td0-dependency.suit");
	size_t splits = 0, step = test_bit_step == 1 ? 1 : 7;

	(void)state;
	env = envelope(cbor("{1:1,2:7,3:<<{2:[['a']]}>>,20:<<[20,{3:%s,14:%d,"
			    "21:\"https://x\"},21,2,3,15]>>}",
			   digest_of((const char *)payload.p), (int)payload.n),
	    "", 0);
	for (size_t a = 0; a <= payload.n; a += step)
		for (size_t z = a; z <= payload.n; z += step) {
			size_t used = pool.used;

			run_in_pieces(env, payload, a, z);
			assert_string_equal(fake_content_of(&b.fake, "a"),
			    (const char *)payload.p);
			pool.used = used;
			splits++;
		}
	for (size_t a = 0; a <= td0.n; a += step) {
		size_t used = pool.used;

		run_in_pieces(td1, td0, a, a + any((unsigned)(td0.n - a + 1)));
		assert_string_equal(
		    fake_content_of(&b.fake, "00"), "hello world");
		pool.used = used;
		splits++;
	}
	print_message("%zu splits\n", splits);
	assert_true(splits > 600 / step / step);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_commands),
	    cmocka_unit_test(multiplied),
	    cmocka_unit_test(every_bit),
	    cmocka_unit_test(any_pieces),
	};
	const char *given = getenv("SEED");

	seed = given != NULL ? strtoull(given, NULL, 10)
			     : (uint64_t)time(NULL) * 2654435761u | 1;
	print_message("SEED=%llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
