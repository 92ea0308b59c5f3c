/* suit_depend_published: the published examples of dependencies, strictly and
 * by the readings that they need. */
#include "suit_depend.h"

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
	assert_int_equal(suit_compat_n, 4);
	for (size_t i = 0; i < suit_compat_n; i++)
		assert_int_equal(suit_compat_rows[i].bit, 1u << i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(strictly),
	    cmocka_unit_test(two_signers),
	    cmocka_unit_test(personalization),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
