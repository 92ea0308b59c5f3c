/*
 * content: what is installed is what the author signed, digest by digest, be
 * the manifest as careless as it may.
 */
#include "agent_fake.h"
#include "agent_sections.h"

/* Another component of the manifest, or NULL. */
static const char *second;
/* The shared sequence, or nothing. */
static struct section shared;

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	second = NULL;
	(void)section(&shared);
	return 0;
}

/* ---- install sections, two items a command --------------------------------
 */

static void
put_fetch(struct cbor_out *w, const char *uri)
{
	cbor_put_uint(w, SUIT_CMD_OVERRIDE);
	cbor_put_map(w, 2);
	cbor_put_uint(w, SUIT_PAR_IMAGE_SIZE);
	cbor_put_uint(w, 5);
	cbor_put_uint(w, SUIT_PAR_URI);
	cbor_put_text(w, uri);
	cbor_put_uint(w, SUIT_CMD_FETCH);
	cbor_put_uint(w, 2);
}

static void
put_write(struct cbor_out *w, const char *content)
{
	cbor_put_uint(w, SUIT_CMD_OVERRIDE);
	cbor_put_map(w, 1);
	cbor_put_uint(w, SUIT_PAR_CONTENT);
	cbor_put_bstr(w, text(content));
	cbor_put_uint(w, SUIT_CMD_WRITE);
	cbor_put_uint(w, 2);
}

static void
put_digest(struct cbor_out *w, struct bytes content)
{
	uint8_t digest[DIGEST_LEN];
	size_t mark = cbor_wrap_begin(w);

	assert_ok(crypto->sha256(&content, 1, digest));
	cbor_put_array(w, 2);
	cbor_put_int(w, ALG_SHA256);
	cbor_put_bstr(w, BYTES_OF(digest));
	cbor_wrap_end(w, mark);
}

static void
put_match(struct cbor_out *w, const char *content)
{
	cbor_put_uint(w, SUIT_CMD_OVERRIDE);
	cbor_put_map(w, 1);
	cbor_put_uint(w, SUIT_PAR_IMAGE_DIGEST);
	put_digest(w, text(content));
	cbor_put_uint(w, SUIT_CMD_IMAGE_MATCH);
	cbor_put_uint(w, 15);
}

/* Look, but do not mind. */
static void
put_match_or_not(struct cbor_out *w, const char *content)
{
	size_t mark;

	cbor_put_uint(w, SUIT_CMD_TRY_EACH);
	cbor_put_array(w, 2);
	mark = cbor_wrap_begin(w);
	cbor_put_array(w, 4);
	put_match(w, content);
	cbor_wrap_end(w, mark);
	cbor_put_null(w);
}

static struct link_frame
try(const struct section *s, size_t items)
{
	struct bytes envelope =
	    with_install(&(struct sectioned){.second = second,
			     .shared = {shared.w.p, shared.w.at}},
		s, items);
	struct teep_message m = update(1, 1, &envelope, 1);

	exchange(1);
	return give_update(&m);
}

static void
taken(const struct section *s, size_t items)
{
	struct link_frame f = try(s, items);

	assert_success(&f);
	assert_int_equal(installed("app/hello"), 1);
}

static void
refused(const struct section *s, size_t items)
{
	struct link_frame f = try(s, items);

	assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_DIGEST);
	assert_int_equal(installed("app/hello"), 0);
}

/* ---- tests ----------------------------------------------------------------
 */

/* A payload in the envelope is not under the author's signature. */
static void
integrated_without_digest(void **state)
{
	struct section s;

	(void)state;
	put_fetch(section(&s), "#1");
	refused(&s, 4);
}

static void
fetched_without_digest(void **state)
{
	struct section s;
	struct link_frame f;

	(void)state;
	put_fetch(section(&s), "https://cdn.example/x");
	f = try(&s, 4);
	assert_op(&f, LINK_FETCH);
	f = give_data(0, text("first"), true);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_DIGEST);
	assert_int_equal(installed("app/hello"), 0);
}

/* [override-parameters, {image-digest, image-size}] */
static void
declare(const char *content, size_t size)
{
	struct cbor_out *w = section(&shared);

	cbor_put_array(w, 2);
	cbor_put_uint(w, SUIT_CMD_OVERRIDE);
	cbor_put_map(w, 2);
	cbor_put_uint(w, SUIT_PAR_IMAGE_DIGEST);
	put_digest(w, text(content));
	cbor_put_uint(w, SUIT_PAR_IMAGE_SIZE);
	cbor_put_uint(w, size);
}

/* What is declared must be there, though no command looks. */
static void
declared_and_not_looked_at(void **state)
{
	struct section s;
	struct link_frame f;

	(void)state;
	declare("first", 5);
	put_fetch(section(&s), "#2");
	refused(&s, 4);
	(void)setup(NULL);
	declare("other", 5);
	put_fetch(section(&s), "#2");
	taken(&s, 4);
	/* nor is another size what was declared, though overridden since */
	(void)setup(NULL);
	declare("other", 9);
	put_fetch(section(&s), "#2");
	f = try(&s, 4);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_SIZE);
	assert_int_equal(installed("app/hello"), 0);
}

static void
looked_at(void **state)
{
	struct section s;

	(void)state;
	put_fetch(section(&s), "#1");
	put_match(&s.w, "first");
	taken(&s, 8);
}

/* The condition does not hold, and is forgiven. */
static void
look_forgiven(void **state)
{
	struct section s;

	(void)state;
	put_fetch(section(&s), "#1");
	put_match_or_not(&s.w, "other");
	refused(&s, 6);
}

static void
looked_at_before(void **state)
{
	struct section s;

	(void)state;
	put_fetch(section(&s), "#1");
	put_match(&s.w, "first");
	put_fetch(&s.w, "#2");
	refused(&s, 12);
}

static void
looked_at_after(void **state)
{
	struct section s;

	(void)state;
	put_fetch(section(&s), "#1");
	put_match_or_not(&s.w, "other");
	put_fetch(&s.w, "#2");
	put_match(&s.w, "other");
	taken(&s, 14);
}

/* What stands in the manifest is signed with it. */
static void
written(void **state)
{
	struct section s;

	(void)state;
	put_write(section(&s), "any");
	taken(&s, 4);
}

static void
written_then_fetched(void **state)
{
	struct section s;

	(void)state;
	put_write(section(&s), "first");
	put_fetch(&s.w, "#1");
	refused(&s, 8);
}

static void
put_index(struct cbor_out *w, unsigned i)
{
	cbor_put_uint(w, SUIT_CMD_SET_INDEX);
	cbor_put_uint(w, i);
}

static void
put_pair(struct cbor_out *w, enum suit_command cmd, unsigned source)
{
	cbor_put_uint(w, SUIT_CMD_OVERRIDE);
	cbor_put_map(w, 1);
	cbor_put_uint(w, SUIT_PAR_SOURCE);
	cbor_put_uint(w, source);
	cbor_put_uint(w, cmd);
	cbor_put_uint(w, 2);
}

/* The record that was committed has this component with this content:
 * [ id, SHA-256, octets ]. */
static void
holds(const char *name, const char *content)
{
	struct bytes want = text(content), who = id(name), entry;
	uint8_t sha256[DIGEST_LEN];
	struct cbor_out w = begin();

	assert_ok(crypto->sha256(&want, 1, sha256));
	cbor_put_array(&w, 3);
	cbor_put_raw(&w, who);
	cbor_put_bstr(&w, BYTES_OF(sha256));
	cbor_put_uint(&w, want.n);
	entry = end(&w);
	assert_non_null(memmem(disk.state.p, disk.state.n, entry.p, entry.n));
	assert_true(fs_find(&disk, sha256) < disk.n_blobs);
}

static void
copied(void **state)
{
	struct section s;

	(void)state;
	second = "app/copy";
	put_index(section(&s), 0);
	put_write(&s.w, "first");
	put_index(&s.w, 1);
	put_pair(&s.w, SUIT_CMD_COPY, 0);
	taken(&s, 12);
	holds("app/hello", "first");
	holds("app/copy", "first");
}

/* A copy is vouched for as its source was: not at all. */
static void
copied_without_digest(void **state)
{
	struct section s;

	(void)state;
	second = "app/copy";
	put_index(section(&s), 0);
	put_fetch(&s.w, "#1");
	put_index(&s.w, 1);
	put_pair(&s.w, SUIT_CMD_COPY, 0);
	refused(&s, 12);
}

static void
swapped(void **state)
{
	struct section s;

	(void)state;
	second = "app/copy";
	put_index(section(&s), 0);
	put_write(&s.w, "first");
	put_index(&s.w, 1);
	put_write(&s.w, "second");
	put_pair(&s.w, SUIT_CMD_SWAP, 0);
	taken(&s, 16);
	holds("app/hello", "second");
	holds("app/copy", "first");
}

static void
swapped_with_nothing(void **state)
{
	struct section s;
	struct link_frame f;

	(void)state;
	second = "app/copy";
	put_index(section(&s), 0);
	put_write(&s.w, "first");
	put_pair(&s.w, SUIT_CMD_SWAP, 1);
	f = try(&s, 10);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_NOT_INSTALLED);
	assert_int_equal(installed("app/hello"), 0);
}

/* What this device cannot know, it does not claim. */
static void
cannot(void **state)
{
	static const struct {
		enum suit_parameter label;
		const char *value;
		size_t n;
		enum suit_command cmd;
	} all[] = {
#define ASKED(label, value, cmd) {label, value, sizeof(value) - 1, cmd}
	    ASKED(SUIT_PAR_USE_BEFORE, "\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
		SUIT_CMD_USE_BEFORE),
	    ASKED(SUIT_PAR_SLOT, "\x00", SUIT_CMD_SLOT),
	    ASKED(SUIT_PAR_DEVICE,
		"\x50"
		"0123456789abcdef",
		SUIT_CMD_DEVICE),
	    ASKED(SUIT_PAR_BATTERY, "\x00", SUIT_CMD_BATTERY),
	    ASKED(SUIT_PAR_PRIORITY, "\x20", SUIT_CMD_AUTHORIZED),
	    ASKED(SUIT_PAR_VERSION, "\x44\x82\x02\x81\x00", SUIT_CMD_VERSION),
	    ASKED(SUIT_PAR_WAIT_INFO, "\x43\xa1\x03\x01", SUIT_CMD_WAIT),
	    ASKED(SUIT_PAR_METADATA, "\x43\xa1\x01\x05", SUIT_CMD_WRITE),
#undef ASKED
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct section s;
		struct link_frame f;

		(void)setup(NULL);
		put_write(section(&s), "first");
		cbor_put_uint(&s.w, SUIT_CMD_OVERRIDE);
		cbor_put_map(&s.w, 1);
		cbor_put_uint(&s.w, all[i].label);
		cbor_put_raw(&s.w,
		    (struct bytes){(const uint8_t *)all[i].value, all[i].n});
		cbor_put_uint(&s.w, all[i].cmd);
		cbor_put_uint(&s.w, 15);
		f = try(&s, 8);
		assert_error(&f, TEEP_ERR_MANIFEST, ERR_CANNOT);
		assert_int_equal(installed("app/hello"), 0);
	}
}

/* Nor does it leave out what a fetch was to be made with. */
static void
fetch_arguments(void **state)
{
	struct section s;
	struct link_frame f;

	(void)state;
	cbor_put_uint(section(&s), SUIT_CMD_OVERRIDE);
	cbor_put_map(&s.w, 1);
	cbor_put_uint(&s.w, SUIT_PAR_FETCH_ARGS);
	cbor_put_bstr(&s.w, text("x"));
	put_fetch(&s.w, "https://cdn.example/x");
	f = try(&s, 6);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_CANNOT);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(integrated_without_digest),
	    T(fetched_without_digest),
	    T(declared_and_not_looked_at),
	    T(looked_at),
	    T(look_forgiven),
	    T(looked_at_before),
	    T(looked_at_after),
	    T(written),
	    T(written_then_fetched),
	    T(copied),
	    T(copied_without_digest),
	    T(swapped),
	    T(swapped_with_nothing),
	    T(cannot),
	    T(fetch_arguments),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
