/*
 * agent_remove: unneeded manifests: their uninstall section, and what goes
 * without it.                                        [TEEP 7.2.2; security 13]
 */
#include "agent_fake.h"

/* ---- manifests with a section of our own -----------------------------------
 */

/* The map in with member key replaced or, if value.p is NULL, left out. */
static struct bytes
with_member(struct bytes map, uint64_t key, struct bytes value)
{
	struct cbor_in r = cbor_open(map);
	size_t n = cbor_map_any(&r, 1, CBOR_PAIRS_MAX);
	struct cbor_out w = begin();

	cbor_put_map(&w, n - (value.p == NULL));
	for (size_t i = 0; i < n; i++) {
		uint64_t k = cbor_uint(&r, 0, UINT64_MAX);
		struct bytes old = cbor_raw(&r, CBOR_ANY);

		if (k == key && value.p == NULL)
			continue;
		cbor_put_uint(&w, k);
		if (k == key)
			cbor_put_bstr(&w, value);
		else
			cbor_put_raw(&w, old);
	}
	assert_ok(cbor_close(&r));
	return end(&w);
}

/* "app/hello" with this section under key, signed by acme. */
static struct bytes
hello_with(uint64_t key, struct bytes value)
{
	static const struct manifest_opts usual = {
	    .id = "app/hello",
	    .sequence = 1,
	    .payload = {(const uint8_t *)"hello", 5},
	};
	uint8_t digest[DIGEST_LEN];
	struct suit_manifest m;
	struct bytes member;
	struct cbor_out w;
	size_t mark, inner;

	assert_ok(suit_parse(manifest(&usual), &m, NULL));
	member = with_member(m.manifest, key, value);
	w = begin();
	cbor_put_bstr(&w, member);
	member = end(&w);
	assert_ok(crypto->sha256(&member, 1, digest));
	w = begin();
	cbor_put_map(&w, 3);
	cbor_put_uint(&w, 2);
	mark = cbor_wrap_begin(&w);
	cbor_put_array(&w, 1);
	inner = cbor_wrap_begin(&w);
	cbor_put_array(&w, 2);
	cbor_put_int(&w, ALG_SHA256);
	cbor_put_bstr(&w, BYTES_OF(digest));
	cbor_wrap_end(&w, inner);
	cbor_wrap_end(&w, mark);
	cbor_put_uint(&w, 3);
	cbor_put_raw(&w, member);
	cbor_put_text(&w, "#payload");
	cbor_put_bstr(&w, usual.payload);
	member = end(&w);
	w = begin();
	assert_ok(suit_author_sign(&w, crypto, member, &keys[K_ACME].s));
	return end(&w);
}

static struct link_frame
try_envelope(uint8_t n, struct bytes envelope)
{
	struct teep_message m;

	exchange(n);
	m = update(n, n, &envelope, 1);
	return give_update(&m);
}

/* Install "app/hello" with this uninstall section. */
static void
install_with(struct bytes section)
{
	struct link_frame f =
	    try_envelope(100, hello_with(SUIT_UNINSTALL, section));

	assert_success(&f);
	assert_int_equal(installed("app/hello"), 1);
}

/* Have the TAM remove it. */
static struct link_frame
try_remove(void)
{
	static uint8_t n = 150;
	struct teep_message m;

	exchange(++n);
	m = update(n, n, NULL, 0);
	add_unneeded(&m, "app/hello");
	return give_update(&m);
}

static void
assert_gone(void)
{
	struct link_frame f = try_remove();

	assert_success(&f);
	assert_int_equal(installed("app/hello"), 0);
	assert_int_equal(disk.n_blobs, 2); /* the policy's */
}

/* The procedure fails: Error 11, its report, and all is as it was. */
static void
assert_stays(enum err e, int64_t code)
{
	unsigned commits = disk.commits;
	struct link_frame f = try_remove();
	struct teep_message m = reply_message(&f);
	struct suit_report r;

	assert_error(&f, TEEP_ERR_MANIFEST, e);
	assert_int_equal(m.reports.n, 1);
	r = report_at(&m, 0, true);
	assert_false(r.success);
	assert_int_equal(r.result_code, code);
	assert_int_equal(disk.commits, commits);
	assert_int_equal(installed("app/hello"), 1);
	assert_int_equal(disk.n_blobs, 4);
}

#define SECTION(...) BYTES_OF(((const uint8_t[]){__VA_ARGS__}))
#define UNLINK       0x18, 0x21, 0x02
#define MATCH        0x03, 0x0f
#define ABORT        0x0e, 0x0f

/* ---- the procedure
 * ----------------------------------------------------------- */

static void
by_its_own_section(void **state)
{
	(void)state;
	install(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	assert_gone();
}

/* What it holds may be asked before it goes. */
static void
looks_first(void **state)
{
	(void)state;
	install_with(SECTION(0x84, MATCH, UNLINK));
	assert_gone();
}

/* Unlinked is gone from then on, for the section itself too. */
static void
unlinked_is_gone(void **state)
{
	(void)state;
	install_with(SECTION(0x84, UNLINK, MATCH));
	assert_stays(ERR_NOT_INSTALLED, -1);
}

static void
unlinked_twice(void **state)
{
	(void)state;
	install_with(SECTION(0x84, UNLINK, UNLINK));
	assert_stays(ERR_NOT_INSTALLED, ERR_NOT_INSTALLED);
}

/* A section that forgets its component. */
static void
section_that_does_nothing(void **state)
{
	(void)state;
	install_with(SECTION(0x82, MATCH));
	assert_gone();
}

static void
section_that_fails(void **state)
{
	(void)state;
	install_with(SECTION(0x84, UNLINK, ABORT));
	assert_stays(ERR_CONDITION, -1);
	/* An upgrade may mend it. */
	install(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 2, .payload = text("two")});
	assert_gone();
}

/* The shared sequence decides whether any of it concerns this device. */
static void
shared_sequence_first(void **state)
{
	struct list mine;

	(void)state;
	install_with(SECTION(0x82, UNLINK));
	mine = ports.class_ids;
	ports.class_ids = (struct list){BYTES_NONE, 0};
	assert_stays(ERR_CLASS, -1);
	ports.class_ids = mine;
	assert_gone();
}

/* ---- without it
 * -------------------------------------------------------------- */

static void
no_section(void **state)
{
	(void)state;
	install_with(BYTES_NONE);
	/* Nor is the shared sequence asked. */
	ports.class_ids = (struct list){BYTES_NONE, 0};
	assert_gone();
}

static void
replace_policy(const struct policy_opts *o)
{
	struct link_frame f =
	    try_envelope(99, policy_envelope(policy_object(o), 2, 7));

	assert_success(&f);
}

/* A revoked signer has no say any more, not even about what was his: it goes
 * with him. */
static void
signer_revoked(void **state)
{
	(void)state;
	install_with(SECTION(0x84, UNLINK, ABORT));
	replace_policy(&(struct policy_opts){.no_acme = true});
	assert_int_equal(installed("app/hello"), 0);
	assert_int_equal(disk.n_blobs, 2);
}

static void
signer_narrowed(void **state)
{
	(void)state;
	install_with(SECTION(0x84, UNLINK, ABORT));
	replace_policy(&(struct policy_opts){.acme_narrow = true});
	assert_gone();
}

/* ---- refusals
 * ---------------------------------------------------------------- */

/* Whether there is a section to run or not. */
static void
tam_narrowed(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct link_frame f;

		device(&(struct policy_opts){0});
		install_with(SECTION(0x82, UNLINK));
		replace_policy(&(struct policy_opts){
		    .tam_prefix = "app/free", .acme_narrow = i == 1});
		f = try_remove();
		assert_error(&f, TEEP_ERR_MANIFEST, ERR_TAM_ACCESS);
		assert_int_equal(installed("app/hello"), 1);
	}
}

/* An Update does not remove in passing. */
static void
unlink_while_installing(void **state)
{
	static const uint8_t section[] = {0x86, 0x14, 0xa1, 0x15, 0x68, '#',
	    'p', 'a', 'y', 'l', 'o', 'a', 'd', 0x15, 0x02, UNLINK};
	struct teep_message m;
	struct link_frame f;

	(void)state;
	f = try_envelope(100, hello_with(SUIT_INSTALL, BYTES_OF(section)));
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_COMMAND);
	m = reply_message(&f);
	assert_int_equal(report_at(&m, 0, true).result_code, ERR_COMMAND);
	assert_int_equal(installed("app/hello"), 0);
}

/* Nothing of an Update happens if one removal fails. */
static void
all_or_nothing(void **state)
{
	struct bytes envelope;
	struct teep_message m, s;
	struct link_frame f;

	(void)state;
	install_with(SECTION(0x82, ABORT));
	install(&(struct manifest_opts){
	    .id = "app/first", .sequence = 1, .payload = text("first")});
	envelope = manifest(&(struct manifest_opts){
	    .id = "app/third", .sequence = 1, .payload = text("third")});
	exchange(101);
	m = update(101, 101, &envelope, 1);
	add_unneeded(&m, "app/first");
	/* "app/hello" is made next, right behind it. */
	m.unneeded.raw.n += id("app/hello").n;
	m.unneeded.n = 2;
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_CONDITION);
	s = reply_message(&f);
	assert_int_equal(s.reports.n, 2);
	assert_int_equal(report_at(&s, 0, true).result_code, -1);
	assert_int_equal(report_at(&s, 1, true).result_code, ERR_DEPENDENCY);
	assert_int_equal(installed("app/first"), 1);
	assert_int_equal(installed("app/hello"), 1);
	assert_int_equal(installed("app/third"), 0);
}

/* A broken store is no reason to skip what the author wants done. */
static void
envelope_changed_on_disk(void **state)
{
	struct link_frame f;

	(void)state;
	install_with(SECTION(0x82, UNLINK));
	for (size_t i = 0; i < disk.n_blobs; i++)
		if (disk.blob[i].n > 50 && disk.blob[i].p[0] == 0xa2)
			disk.blob[i].p[disk.blob[i].n - 1] ^= 1;
	f = try_remove();
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_STORE);
	assert_int_equal(installed("app/hello"), 1);
}

static int
usual(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	return 0;
}

#define T(f) cmocka_unit_test_setup_teardown(f, usual, device_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(by_its_own_section),
	    T(looks_first),
	    T(unlinked_is_gone),
	    T(unlinked_twice),
	    T(section_that_does_nothing),
	    T(section_that_fails),
	    T(shared_sequence_first),
	    T(no_section),
	    T(signer_revoked),
	    T(signer_narrowed),
	    T(tam_narrowed),
	    T(unlink_while_installing),
	    T(all_or_nothing),
	    T(envelope_changed_on_disk),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
