/*
 * suit_replay_property: whatever manifest runs on whatever device, its report
 * is one that the manifest can leave, and what follows from it is so.  And
 * whatever bit of a report is flipped: it is refused, or claims the same, or
 * tells of another run, which is what a record, the place of the result or
 * its reason are for.
 */
#include "suit_fake.h"

#include <time.h>

#define RUNS    500
#define FLIPPED 30 /* reports of which every bit is flipped */

static struct bench b;
static struct suit_replay r;
static uint64_t seed;

static unsigned
any(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 11) % n;
}

/* ---- a device ---------------------------------------------------------- */

static const char *const contents[] = {"x", "yy", "zzz"};
static const char *const ids[] = {"h'000102030405060708090a0b0c0d0e0f'",
    "h'101112131415161718191a1b1c1d1e1f'"};
static bool vendors[2], classes[2]; /* which ids are the device's */

static bool
is_one(const bool *has, struct bytes value)
{
	for (size_t i = 0; i < 2; i++)
		if (has[i] && bytes_same(value,
				  (struct bytes){cbor("%s", ids[i]).p + 1, 16}))
			return true;
	return false;
}

static bool
vendor_is(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	return is_one(vendors, value);
}

static bool
class_is(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	return is_one(classes, value);
}

static void
device(size_t components)
{
	static const char *const names[] = {"a", "b", "c"};

	fake_make(&b.fake);
	b.fake.host.vendor_is = vendor_is;
	b.fake.host.heeds = (uint8_t)any(16);
	b.fake.host.class_is = class_is;
	for (size_t i = 0; i < 2; i++) {
		vendors[i] = any(3) > 0;
		classes[i] = any(3) > 0;
	}
	for (size_t i = 0; i < components; i++)
		if (any(3) > 0)
			fake_install(&b.fake, names[i], contents[any(3)]);
	if (any(10) == 0)
		b.fake.digest = ERR_STORE;
	if (any(10) == 0)
		b.fake.write_begin = ERR_QUOTA;
	if (any(10) == 0)
		b.fake.may[SUIT_CMD_UNLINK] = ERR_OWNER;
	if (any(10) == 0)
		b.fake.may[any(2) > 0 ? SUIT_CMD_WRITE : SUIT_CMD_FETCH] =
		    ERR_SIGNER_ACCESS;
	if (any(10) == 0)
		b.fake.invoke = ERR_INVOKE;
}

/* ---- a manifest -------------------------------------------------------- */

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

static void
parameters(unsigned depth)
{
	static const char *const uris[] = {
	    "https://x", "https://x", "#p", "#p", "#q"};
	unsigned which = any(256);

	add("%d,{", any(3) > 0 ? 20 : 19);
	if ((which & 3) == 1)
		add("1:%s,", ids[any(2)]);
	if ((which & 3) == 2)
		add("2:%s,", ids[any(2)]);
	if ((which & 12) == 4)
		add("3:%s,", digest_of(contents[any(3)]));
	if ((which & 12) == 8)
		add("21:\"%s\",", uris[any(5)]);
	if ((which & 48) == 16)
		add("14:%u,", any(3) + 1);
	if (depth > 0 && (which & 192) == 64)
		add("13:%s,", any(2) > 0 ? "true" : "false");
	if ((which & 15) == 0 || (which & 48) == 32)
		add("18:'%s'", contents[any(3)]);
	else if ((which & 3) == 3 && (which & 12) == 12)
		add("18:'%s'", contents[any(3)]);
	else if ((which & 3) == 3 || (which & 3) == 0)
		add("23:'z'");
	add("},");
}

static void
index_set(size_t components)
{
	switch (any(4)) {
	case 0:
		add("12,true,");
		return;
	case 1:
		if (components == 3) {
			add("12,[2,0],");
			return;
		}
		break;
	default:
		break;
	}
	add("12,%u,", any((unsigned)components));
}

/* What may stand in a section. */
static void
directive(unsigned section)
{
	unsigned policy = any(16);

	if ((section == 16 || section == 20) && any(2) > 0)
		add("18,%u,", policy);
	else if (section == 16 || section == 20)
		add("21,%u,", policy);
	if (section == 9)
		add("23,%u,", policy);
	if (section == 24 || (section == 20 && any(4) == 0))
		add("33,%u,", policy);
}

/* Sequences in sequences stand on a stack of what is to be closed: no deeper
 * than the processor allows. */
static void
sequence(unsigned section, size_t components, unsigned depth)
{
	static const unsigned conditions[] = {1, 1, 2, 2, 3, 3, 25, 6, 6, 14};

	add("[");
	if (section == 3 && depth == 0 && any(4) > 0)
		add("%s20,{1:%s,2:%s,3:%s,18:'%s',21:\"#p\"},",
		    components > 1 ? "12,true," : "", ids[any(2)], ids[any(2)],
		    digest_of(contents[any(3)]), contents[any(3)]);
	else if (components > 1)
		index_set(components);
	for (unsigned n = any(5); n > 0; n--) {
		switch (any(8)) {
		case 0:
			index_set(components);
			break;
		case 1:
		case 2:
			parameters(depth);
			break;
		case 3:
		case 4:
			if (depth == 0 && any(3) > 0)
				break;
			add("%u,%u,", conditions[any(10)], any(16));
			break;
		case 5:
			if (depth == 2)
				break;
			add("15,[");
			for (unsigned k = 1 + any(2); k > 0; k--) {
				add("<<");
				sequence(section, components, depth + 1);
				add(">>,");
			}
			if (any(2) > 0) {
				add("null],");
			} else {
				add("<<");
				sequence(section, components, depth + 1);
				add(">>],");
			}
			break;
		case 6:
			if (depth == 2)
				break;
			add("32,<<");
			sequence(section, components, depth + 1);
			add(">>,");
			break;
		default:
			directive(section);
			break;
		}
	}
	add("]");
}

static struct bytes
manifest(size_t components)
{
	static const unsigned sections[] = {7, 8, 9, 16, 20, 24};

	text[0] = 0;
	add("{1:1,2:7,3:<<{2:[['a']%s%s],4:<<", components > 1 ? ",['b']" : "",
	    components > 2 ? ",['c']" : "");
	sequence(3, components, 0);
	add(">>}>>,");
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		if (any(4) == 0)
			continue;
		add("%u:<<", sections[i]);
		sequence(sections[i], components, 0);
		add(">>,");
	}
	add("}");
	return envelope(cbor("%s", text), "\"#p\":'yy'", 1);
}

/* ---- a run and its report ---------------------------------------------- */

static void
run(struct bytes env, enum suit_procedure procedure)
{
	(void)bench_run(&b, env, procedure);
	while (b.run.state == SUIT_WANT_FETCH) {
		const char *got = contents[any(3)];

		b.fake.log[0] = 0;
		if (any(5) == 0)
			suit_fail(&b.run, ERR_FETCH);
		else
			suit_give(&b.run,
			    (struct bytes){(const uint8_t *)got, strlen(got)},
			    true);
		(void)suit_next(&b.run, &b.ask);
	}
}

static bool
is_true(const struct suit_claim *c)
{
	struct bytes value = {c->value, c->n_value};
	struct fake_slot *s = fake_slot(&b.fake, c->component);
	struct bytes part = {(const uint8_t *)s->content, s->n};
	struct suit_record want = {0};
	uint8_t sha[DIGEST_LEN];

	switch (c->label) {
	case SUIT_PAR_VENDOR:
		return is_one(vendors, (struct bytes){c->value + 1, 16});
	case SUIT_PAR_CLASS:
		return is_one(classes, (struct bytes){c->value + 1, 16});
	case SUIT_PAR_IMAGE_DIGEST:
		assert_int_equal(test_crypto()->sha256(&part, 1, sha), OK);
		record_digest_set(&want, sha);
		break;
	case SUIT_PAR_IMAGE_SIZE:
		record_uint_set(&want, SUIT_PAR_IMAGE_SIZE, s->n);
		break;
	default:
		return false;
	}
	return s->there &&
	       bytes_same(value, (struct bytes){want.value, want.n_value});
}

static enum err
replay(struct bytes env, struct bytes in, enum suit_procedure procedure)
{
	static struct suit_report report;
	struct why why = {.err = OK};

	TRY(suit_report_read(in, &report, &why));
	return suit_replay(
	    &r, test_crypto(), env, NULL, &report, procedure, &why);
}

/* ---- every bit --------------------------------------------------------- */

static bool
within(struct bytes whole, size_t at, struct bytes part)
{
	return part.n > 0 && whole.p + at >= part.p &&
	       whole.p + at < part.p + part.n;
}

static bool
same_claims(const struct suit_claims *x, const struct suit_claims *y)
{
	bool same = x->n == y->n;

	for (size_t i = 0; same && i < x->n; i++)
		same =
		    bytes_same(x->of[i].component, y->of[i].component) &&
		    x->of[i].label == y->of[i].label &&
		    bytes_same((struct bytes){x->of[i].value, x->of[i].n_value},
			(struct bytes){y->of[i].value, y->of[i].n_value});
	return same;
}

static struct {
	size_t refused, same, other;
} flips;

static void
flip_all(struct bytes env, struct bytes in, enum suit_procedure procedure)
{
	static struct suit_claims before;
	static uint8_t copy[8192];
	struct suit_report report;
	struct bytes reference;

	assert_true(in.n <= sizeof(copy));
	assert_int_equal(replay(env, in, procedure), OK);
	before = r.claims;
	assert_int_equal(suit_report_read(in, &report, NULL), OK);
	/* the last member */
	reference = (struct bytes){in.p + in.n - 34, 34};
	for (size_t bit = 0; bit < 8 * in.n; bit++) {
		size_t at = bit / 8;

		memcpy(copy, in.p, in.n);
		copy[at] ^= (uint8_t)(1u << bit % 8);
		if (replay(env, (struct bytes){copy, in.n}, procedure) != OK) {
			flips.refused++;
			continue;
		}
		assert_false(within(in, at, reference));
		if (same_claims(&before, &r.claims)) {
			flips.same++;
			continue;
		}
		flips.other++;
		if (!within(in, at, report.records.raw) &&
		    !within(in, at, report.result_record) &&
		    (report.success || in.p[at] != report.reason))
			fail_msg("bit %zu of %s", bit, hexed(in));
	}
}

/* ---- the test ---------------------------------------------------------- */

static void
honest_reports(void **state)
{
	size_t claims = 0, records = 0, failed = 0, several = 0, flipped = 0;
	size_t opened = 0;

	(void)state;
	for (size_t i = 0; i < RUNS; i++) {
		static uint8_t room[8192];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		enum suit_procedure procedure = (enum suit_procedure)any(3);
		size_t components = 1 + any(3);
		uint64_t began = seed;
		struct bytes env, out;
		struct why why;
		enum err e;

		pool.used = 0;
		env = manifest(components);
		device(components);
		if (open_it(env, &b.m, &why) != OK)
			continue; /* soft-failure out of place, say */
		opened++;
		run(env, procedure);
		assert_int_equal(suit_report_write(&w, &b.run, BYTES_NONE), OK);
		assert_int_equal(cbor_done(&w, &out), OK);
		e = replay(env, out, procedure);
		if (e != OK)
			fail_msg("seed %llu: %s (%s) at %u+%u:\n%s\n%s",
			    (unsigned long long)began, err_name(e),
			    suit_rule_name(r.broken), r.at.section, r.at.offset,
			    text, hexed(out));
		for (size_t k = 0; k < r.claims.n; k++)
			if (!is_true(&r.claims.of[k]))
				fail_msg("seed %llu: claim %u is not so:\n%s"
					 "\n%s",
				    (unsigned long long)began,
				    r.claims.of[k].label, text, hexed(out));
		claims += r.claims.n;
		records += b.run.n_records;
		failed += b.run.state == SUIT_FAILED;
		several += r.readings > 1;
		if (flipped < FLIPPED && b.run.n_records > 0 &&
		    (b.run.state == SUIT_DONE || any(4) == 0)) {
			flipped++;
			flip_all(env, out, procedure);
		}
	}
	print_message("%zu runs, %zu failed, %zu records, %zu claims, "
		      "%zu of several readings\n"
		      "%zu flips refused, %zu claim the same, %zu are of "
		      "another run\n",
	    opened, failed, records, claims, several, flips.refused, flips.same,
	    flips.other);
	assert_true(opened > RUNS / 2);
	assert_true(failed > opened / 10 && failed < opened);
	assert_true(records > opened / 4 && claims > opened / 4);
	assert_true(several > 0 && flipped == FLIPPED);
	/* whether a flip makes the report of another run is chance: six of
	 * sixteen seeds have none */
	assert_true(flips.refused > flips.same && flips.same > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(honest_reports),
	};
	const char *given = getenv("SEED");

	seed = given != NULL ? strtoull(given, NULL, 10)
			     : (uint64_t)time(NULL) * 2654435761u + 1;
	(void)printf("SEED=%llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
