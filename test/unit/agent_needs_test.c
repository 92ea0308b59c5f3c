/*
 * agent_needs: manifests that depend on others: installed as one, with each
 * signer's rights; and gone when nobody needs them.
 *                                           [SUIT TD; security 6, 10, 13]
 */
#include "agent_fake.h"

/* ---- manifests that depend on one other -----------------------------------
 */

struct product {
	const char *id; /* of its component and, with ".m", its manifest */
	const char *component; /* NULL: id */
	const char *holder;    /* component that holds the library's envelope */
	struct bytes library;
	const char *uri; /* to fetch that from; NULL: integrated */
	uint64_t sequence;
	bool unchecked;
	bool unvalidated;    /* the library's validation is left out */
	bool unlinks;        /* and processes nothing, when it goes */
	struct bytes second; /* one more, which is run first; or none */
};

static struct manifest_opts library; /* "app/bolt/lib", signed by bolt */

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	library = (struct manifest_opts){
	    .id = "app/bolt/lib",
	    .manifest_id = "app/bolt/lib.m",
	    .sequence = 5,
	    .payload = {(const uint8_t *)"library", 7},
	    .signers = 1u << K_BOLT,
	    .invoke = true,
	};
	return 0;
}

#define RAW(...) BYTES_OF(((const uint8_t[]){__VA_ARGS__}))

/* A section: an array of n items, these octets, after those before. */
static void
put_after(struct cbor_out *w, uint64_t key, size_t n_before,
    struct bytes before, size_t n, struct bytes items)
{
	size_t mark;

	cbor_put_uint(w, key);
	mark = cbor_wrap_begin(w);
	cbor_put_array(w, n_before + n);
	cbor_put_raw(w, before);
	cbor_put_raw(w, items);
	cbor_wrap_end(w, mark);
}

static void
put_section(struct cbor_out *w, uint64_t key, size_t n, struct bytes items)
{
	put_after(w, key, 0, BYTES_NONE, n, items);
}

static void
put_library(
    struct cbor_out *w, uint8_t index, struct bytes envelope, const char *uri)
{
	struct suit_manifest m;
	size_t digest;

	assert_ok(suit_parse(envelope, &m, NULL));
	cbor_put_raw(w, RAW(12, index, 20));
	cbor_put_map(w, 3);
	cbor_put_uint(w, SUIT_PAR_IMAGE_DIGEST);
	digest = cbor_wrap_begin(w);
	cbor_put_array(w, 2);
	cbor_put_int(w, ALG_SHA256);
	cbor_put_bstr(w, BYTES_OF(m.digest));
	cbor_wrap_end(w, digest);
	cbor_put_uint(w, SUIT_PAR_IMAGE_SIZE);
	cbor_put_uint(w, envelope.n);
	cbor_put_uint(w, SUIT_PAR_URI);
	cbor_put_text(w, uri);
}

static void
put_common(struct cbor_out *w, const struct product *p)
{
	size_t common, shared;

	cbor_put_uint(w, SUIT_COMMON);
	common = cbor_wrap_begin(w);
	cbor_put_map(w, 3);
	cbor_put_uint(w, 1);
	if (p->second.n > 0) /* {0: {}, 2: {}} */
		cbor_put_raw(w, RAW(0xa2, 0x00, 0xa0, 0x02, 0xa0));
	else
		cbor_put_raw(w, RAW(0xa1, 0x00, 0xa0));
	cbor_put_uint(w, 2);
	cbor_put_array(w, p->second.n > 0 ? 3 : 2);
	put_id(w, p->holder);
	put_id(w, p->component != NULL ? p->component : p->id);
	if (p->second.n > 0)
		put_id(w, "app/hold/second");
	cbor_put_uint(w, 4);
	shared = cbor_wrap_begin(w);
	cbor_put_array(w, p->second.n > 0 ? 8 : 4);
	put_library(w, 0, p->library, p->uri != NULL ? p->uri : "#lib");
	if (p->second.n > 0)
		put_library(w, 2, p->second, "#two");
	cbor_wrap_end(w, shared);
	cbor_wrap_end(w, common);
}

#define PROCESS 12, 0, 7, 15, 11, 15

/* A section in which the second dependency, if there is one, has its turn. */
static void
put_steps(struct cbor_out *w, const struct product *p, uint64_t key, size_t n,
    struct bytes items)
{
	struct bytes turn = RAW(12, 2, 7, 15, 11, 15);
	struct bytes fetch = RAW(12, 2, 21, 2, 7, 15, 11, 15);
	bool first = key == SUIT_DEPENDENCY_RESOLUTION;

	if (p->second.n == 0)
		put_section(w, key, n, items);
	else
		put_after(
		    w, key, first ? 8 : 6, first ? fetch : turn, n, items);
}

/* The envelope of a manifest, with a library in it or none. */
static struct bytes
sealed(struct bytes map, enum key_name by, struct bytes lib, struct bytes two)
{
	uint8_t digest[DIGEST_LEN];
	struct cbor_out w = begin();
	struct bytes envelope;
	size_t mark, inner;

	cbor_put_bstr(&w, map);
	map = end(&w);
	assert_ok(crypto->sha256(&map, 1, digest));
	w = begin();
	cbor_put_map(&w, 2u + (lib.n > 0) + (two.n > 0));
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
	cbor_put_raw(&w, map);
	if (lib.n > 0) {
		cbor_put_text(&w, "#lib");
		cbor_put_bstr(&w, lib);
	}
	if (two.n > 0) {
		cbor_put_text(&w, "#two");
		cbor_put_bstr(&w, two);
	}
	envelope = end(&w);
	w = begin();
	assert_ok(suit_author_sign(&w, crypto, envelope, &keys[by].s));
	return end(&w);
}

/* Signed by acme. */
static struct bytes
product(const struct product *p)
{
	char name[64];
	struct cbor_out w = begin();

	(void)snprintf(name, sizeof(name), "%s.m", p->id);
	cbor_put_map(&w, 9);
	cbor_put_uint(&w, SUIT_VERSION);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, SUIT_SEQUENCE_NUMBER);
	cbor_put_uint(&w, p->sequence);
	put_common(&w, p);
	cbor_put_uint(&w, SUIT_COMPONENT_ID);
	put_id(&w, name);
	if (p->unvalidated)
		put_section(&w, SUIT_VALIDATE, 4, RAW(12, 0, 7, 15));
	else
		put_steps(&w, p, SUIT_VALIDATE, 6, RAW(PROCESS));
	put_steps(&w, p, SUIT_INVOKE, 10, RAW(PROCESS, 12, 1, 23, 2));
	if (p->unchecked)
		put_section(
		    &w, SUIT_DEPENDENCY_RESOLUTION, 4, RAW(12, 0, 21, 2));
	else
		put_steps(&w, p, SUIT_DEPENDENCY_RESOLUTION, 8,
		    RAW(12, 0, 21, 2, 7, 15, 11, 15));
	/* write 'p' */
	put_steps(&w, p, SUIT_INSTALL, p->unchecked ? 8 : 12,
	    p->unchecked ? RAW(12, 0, 11, 15, 12, 1, 14, 2)
			 : RAW(PROCESS, 12, 1, 20, 0xa1, 18, 0x41, 'p', 18, 2));
	if (p->unlinks)
		put_section(&w, SUIT_UNINSTALL, 8,
		    RAW(12, 0, 0x18, 33, 2, 12, 1, 0x18, 33, 2));
	else
		put_steps(&w, p, SUIT_UNINSTALL, 12,
		    RAW(PROCESS, 0x18, 33, 2, 12, 1, 0x18, 33, 2));
	return sealed(end(&w), K_ACME, p->uri == NULL ? p->library : BYTES_NONE,
	    p->second);
}

/* A library that says nowhere what it has to be; an application that is given
 * up as soon as it is started; one that does not want to go. */
enum plain_kind { PLAIN, INVOKED, STAYS };

static struct bytes
plain(const char *name, enum key_name by, enum plain_kind kind)
{
	struct cbor_out w = begin();
	char own[64];
	size_t mark;

	(void)snprintf(own, sizeof(own), "%s.m", name);
	cbor_put_map(&w, kind == PLAIN ? 5 : 6);
	cbor_put_uint(&w, SUIT_VERSION);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, SUIT_SEQUENCE_NUMBER);
	cbor_put_uint(&w, 5);
	cbor_put_uint(&w, SUIT_COMMON);
	mark = cbor_wrap_begin(&w);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 2);
	cbor_put_array(&w, 1);
	put_id(&w, name);
	cbor_wrap_end(&w, mark);
	cbor_put_uint(&w, SUIT_COMPONENT_ID);
	put_id(&w, own);
	if (kind == STAYS) /* unlink, abort */
		put_section(&w, SUIT_UNINSTALL, 4, RAW(0x18, 33, 2, 14, 15));
	if (kind == INVOKED) /* invoke, abort */
		put_section(&w, SUIT_INVOKE, 4, RAW(23, 2, 14, 15));
	put_section(&w, SUIT_INSTALL, 4, RAW(20, 0xa1, 18, 0x41, 'L', 18, 2));
	return sealed(end(&w), by, BYTES_NONE, BYTES_NONE);
}

static struct product
usual(const char *name)
{
	return (struct product){
	    .id = name,
	    .holder = "app/hold/lib",
	    .library = manifest(&library),
	    .sequence = 1,
	};
}

/* ---- Updates --------------------------------------------------------------
 */

static uint8_t turn;

static struct link_frame
try_envelopes(const struct bytes *envelope, size_t n, const char *unneeded)
{
	struct teep_message m;

	connect_anew();
	exchange(++turn);
	m = update(turn, turn, envelope, n);
	if (unneeded != NULL)
		add_unneeded(&m, unneeded);
	return give_update(&m);
}

/* One commit, or none. */
static void
put(const struct product *p)
{
	unsigned commits = disk.commits;
	struct bytes envelope = product(p);
	struct link_frame f = try_envelopes(&envelope, 1, NULL);

	assert_success(&f);
	assert_int_equal(disk.commits, commits + 1);
}

static void
refused(const struct product *p, enum err e)
{
	unsigned commits = disk.commits;
	size_t blobs = disk.n_blobs;
	struct bytes envelope = product(p);
	struct link_frame f = try_envelopes(&envelope, 1, NULL);

	assert_error(&f, TEEP_ERR_MANIFEST, e);
	assert_int_equal(disk.commits, commits);
	assert_int_equal(disk.n_blobs, blobs);
}

static void
unlink_it(const char *name)
{
	struct link_frame f = try_envelopes(NULL, 0, name);

	assert_success(&f);
}

/* ---- tests ----------------------------------------------------------------
 */

static void
installed_as_one(void **state)
{
	struct product p = usual("app/one");

	(void)state;
	put(&p);
	assert_int_equal(installed("app/one.m"), 1);
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	/* again, after a restart, as nothing new */
	device_restart();
	put(&p);
	unlink_it("app/one.m");
	assert_int_equal(installed("app/one.m"), 0);
	assert_int_equal(installed("app/bolt/lib.m"), 0);
	assert_int_equal(disk.n_blobs, 2); /* the policy's */
	/* its counter stays: an older library does not come with another */
	library.sequence = 4;
	p = usual("app/two");
	refused(&p, ERR_ROLLBACK);
	library.sequence = 5;
	p = usual("app/two");
	put(&p);
}

static void
fetched(void **state)
{
	struct product p = usual("app/one");
	struct bytes envelope, lib = p.library;
	struct link_frame f;

	(void)state;
	p.uri = "https://cdn.example/lib";
	envelope = product(&p);
	f = try_envelopes(&envelope, 1, NULL);
	assert_op(&f, LINK_FETCH);
	assert_true(bytes_same(f.uri, text(p.uri)));
	assert_int_equal(f.number, lib.n);
	f = give_data(0, (struct bytes){lib.p, 100}, false);
	assert_op(&f, LINK_FETCH);
	f = give_data(100, (struct bytes){lib.p + 100, lib.n - 100}, true);
	assert_success(&f);
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	/* a host that its signer may not fetch from */
	p = usual("app/two");
	p.uri = "https://elsewhere.example/lib";
	refused(&p, ERR_URI);
}

/* The one who needs it last takes it along. */
static void
counted(void **state)
{
	struct product one = usual("app/one"), two = usual("app/two");
	struct bytes both[] = {product(&one), product(&two)};
	unsigned commits = disk.commits;
	struct link_frame f;

	(void)state;
	f = try_envelopes(both, 2, NULL);
	assert_success(&f);
	assert_int_equal(disk.commits, commits + 1);
	unlink_it("app/one.m");
	assert_int_equal(installed("app/one.m"), 0);
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	device_restart();
	unlink_it("app/two.m");
	assert_int_equal(installed("app/bolt/lib.m"), 0);
	assert_int_equal(disk.n_blobs, 2);
}

/* ---- the last one of those who need it ------------------------------------
 */

/* Its section is heard when nobody needs it any more, and not before. */
static void
heard_at_last(void **state)
{
	struct product one = usual("app/one"), two = usual("app/two");
	struct list mine = ports.class_ids;
	unsigned commits;
	struct link_frame f;

	(void)state;
	one.unlinks = two.unlinks = true;
	put(&one);
	put(&two);
	/* its shared sequence would refuse */
	ports.class_ids = (struct list){BYTES_NONE, 0};
	unlink_it("app/one.m");
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	commits = disk.commits;
	f = try_envelopes(NULL, 0, "app/two.m");
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_CLASS);
	assert_int_equal(disk.commits, commits);
	assert_int_equal(installed("app/two.m"), 1);
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	ports.class_ids = mine;
	unlink_it("app/two.m");
	assert_int_equal(installed("app/bolt/lib.m"), 0);
	assert_int_equal(disk.n_blobs, 2);
}

/* Whoever needs another one now has to ask it, too.  What was sent was not to
 * blame. */
static void
heard_when_replaced(void **state)
{
	struct product p = usual("app/one");
	unsigned commits;
	struct bytes envelope;
	struct link_frame f;
	struct teep_message m;

	(void)state;
	p.unlinks = true;
	p.library = plain("app/bolt/stays", K_BOLT, STAYS);
	put(&p);
	p = usual("app/one");
	p.sequence = 2;
	p.unlinks = true;
	p.holder = "app/hold/else";
	envelope = product(&p);
	commits = disk.commits;
	f = try_envelopes(&envelope, 1, NULL);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_CONDITION);
	assert_string_equal(last_what, "abort");
	m = reply_message(&f);
	assert_int_equal(m.reports.n, 1);
	assert_int_equal(report_at(&m, 0, true).result_code, ERR_DEPENDENCY);
	assert_int_equal(disk.commits, commits);
	assert_int_equal(installed("app/one.m"), 1);
	assert_int_equal(installed("app/bolt/stays.m"), 5);
	assert_int_equal(installed("app/bolt/lib.m"), 0);
}

static void
policy_taken(struct policy_opts opts)
{
	struct bytes policy = policy_envelope(policy_object(&opts), 2, 3);
	struct link_frame f = try_envelopes(&policy, 1, NULL);

	assert_success(&f);
}

/* No section keeps a policy out, */
static void
overruled(void **state)
{
	struct product p = usual("app/one");

	(void)state;
	p.library = plain("app/bolt/stays", K_BOLT, STAYS);
	p.unlinks = true;
	put(&p);
	policy_taken((struct policy_opts){.no_acme = true});
	assert_int_equal(installed("app/one.m"), 0);
	assert_int_equal(installed("app/bolt/stays.m"), 0);
	assert_int_equal(disk.n_blobs, 2);
}

/* and whoever may not write there any more has no say about it. */
static void
not_heard(void **state)
{
	struct product p = usual("app/one");

	(void)state;
	p.library = plain("app/bolt/stays", K_ACME, STAYS);
	p.unlinks = true;
	put(&p);
	policy_taken((struct policy_opts){.acme_narrow = true});
	assert_int_equal(installed("app/bolt/stays.m"), 5);
	unlink_it("app/one.m");
	assert_int_equal(installed("app/bolt/stays.m"), 0);
	assert_int_equal(disk.n_blobs, 2);
}

/* What the TAM has assigned by itself stays for it, and after it for others.
 */
static void
assigned_as_well(void **state)
{
	struct product p = usual("app/one");
	struct bytes lib = p.library;
	struct link_frame f;

	(void)state;
	put(&p);
	/* nobody has assigned it: nobody can take it away */
	f = try_envelopes(NULL, 0, "app/bolt/lib.m");
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_NOT_INSTALLED);
	f = give((struct link_frame){
	    .op = LINK_UNREQUEST_TA, .component = id("app/bolt/lib")});
	assert_result(&f, ERR_OWNER);
	f = try_envelopes(&lib, 1, NULL);
	assert_success(&f);
	unlink_it("app/one.m");
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	put(&p);
	unlink_it("app/bolt/lib.m"); /* stays, for the other one */
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	unlink_it("app/one.m");
	assert_int_equal(installed("app/bolt/lib.m"), 0);
	assert_int_equal(disk.n_blobs, 2);
}

/* Others named the digest of what they need. */
static void
not_replaced(void **state)
{
	struct product one = usual("app/one"), two;
	struct bytes lib;
	struct link_frame f;

	(void)state;
	put(&one);
	library.sequence = 6;
	library.payload = text("other library");
	two = usual("app/two");
	refused(&two, ERR_DEPENDENCY);
	assert_string_equal(last_what, "needed as it is by");
	lib = two.library;
	f = try_envelopes(&lib, 1, NULL);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_DEPENDENCY);
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	/* the one who needs it may: both change at once */
	one = usual("app/one");
	one.sequence = 2;
	put(&one);
	assert_int_equal(installed("app/one.m"), 2);
	assert_int_equal(installed("app/bolt/lib.m"), 6);
	/* and when it needs another one, the first is gone */
	library.id = "app/bolt/else";
	library.manifest_id = "app/bolt/else.m";
	one = usual("app/one");
	one.holder = "app/hold/else";
	one.sequence = 3;
	put(&one);
	assert_int_equal(installed("app/bolt/lib.m"), 0);
	assert_int_equal(installed("app/bolt/else.m"), 6);
}

static void
rights(void **state)
{
	struct product p;

	(void)state;
	/* acme may write there, but it is bolt who does */
	library.id = "app/free/lib";
	p = usual("app/one");
	refused(&p, ERR_SIGNER_ACCESS);
	assert_string_equal(last_what, "component");
	library.id = "app/bolt/lib";
	library.manifest_id = "app/free/lib.m";
	p = usual("app/one");
	refused(&p, ERR_SIGNER_ACCESS);
	/* bolt may, and this TAM may not */
	library.id = "other/lib";
	library.manifest_id = "app/bolt/lib.m";
	p = usual("app/one");
	refused(&p, ERR_TAM_ACCESS);
	library.id = "app/bolt/lib";
	library.manifest_id = "other/lib.m";
	p = usual("app/one");
	refused(&p, ERR_TAM_ACCESS);
	library.manifest_id = "app/bolt/lib.m";
	/* an administrator is no signer of applications */
	library.signers = 1u << K_ADMIN0;
	p = usual("app/one");
	refused(&p, ERR_SIGNER_ACCESS);
	library.signers = 1u << K_STRANGER;
	p = usual("app/one");
	refused(&p, ERR_UNKNOWN_KEY);
	library.signers = 1u << K_BOLT;
	library.bad_class = true;
	p = usual("app/one");
	refused(&p, ERR_CLASS);
	library.bad_class = false;
	p = usual("app/one");
	p.unchecked = true;
	refused(&p, ERR_DEPENDENCY);
	/* a component that belongs to another manifest */
	install(&(struct manifest_opts){.id = "app/bolt/lib",
	    .manifest_id = "app/mine",
	    .sequence = 1,
	    .payload = text("mine")});
	p = usual("app/one");
	refused(&p, ERR_OWNER);
}

/* Its signer's manifests are read as the policy says, and nobody else's. */
static void
readings(void **state)
{
	/* where it is not checked, that is done where it is processed; and
	 * then comes its own abort */
	static const struct {
		unsigned bits;
		enum err e;
	} cases[] = {
	    {0, ERR_DEPENDENCY},
	    {SUIT_COMPAT_LOCKSTEP, ERR_DEPENDENCY},
	    {SUIT_COMPAT_INTEGRITY, ERR_CONDITION},
	    {SUIT_COMPAT_ALL, ERR_CONDITION},
	    {SUIT_READINGS_ALL, ERR_MISSING},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct product p;

		device(&(struct policy_opts){.readings = cases[i].bits});
		p = usual("app/one");
		p.unchecked = true;
		refused(&p, cases[i].e);
	}
}

/* What a lax signer leaves out of a strict one's library is missing; of its
 * own, it may. */
static void
readings_of_another(void **state)
{
	struct product p;

	(void)state;
	device(&(struct policy_opts){.readings = SUIT_COMPAT_ALL});
	p = usual("app/one");
	p.unvalidated = true;
	refused(&p, ERR_DEPENDENCY);
	library.id = "app/own";
	library.manifest_id = "app/own.m";
	library.signers = 1u << K_ACME;
	p = usual("app/one");
	p.unvalidated = true;
	put(&p);
	device(&(struct policy_opts){0});
	p = usual("app/one");
	p.unvalidated = true;
	refused(&p, ERR_DEPENDENCY);
}

/* Whoever else has its envelope there. */
static void
holders(void **state)
{
	struct product p = usual("app/one");

	(void)state;
	put(&p);
	p = usual("app/two");
	p.holder = "app/one";
	refused(&p, ERR_OWNER);
	library.manifest_id = "app/bolt/second.m";
	library.id = "app/bolt/second";
	p = usual("app/two");
	refused(&p, ERR_OWNER); /* holds another one's */
	p.holder = "app/hold/second";
	put(&p);
	/* the same one in two places: each finds it in its own */
	library.manifest_id = "app/bolt/lib.m";
	library.id = "app/bolt/lib";
	p = usual("app/three");
	p.holder = "app/hold/too";
	put(&p);
	unlink_it("app/one.m");
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	unlink_it("app/three.m");
	assert_int_equal(installed("app/bolt/lib.m"), 0);
}

/* Who needed it once does not own what is in it, while others need it. */
static void
not_taken_over(void **state)
{
	struct product one = usual("app/one"), two = usual("app/two");
	struct manifest_opts o = {.id = "app/bolt/lib",
	    .manifest_id = "app/one.m",
	    .sequence = 2,
	    .payload = text("mine now")};
	struct bytes envelope;
	struct link_frame f;

	(void)state;
	put(&one);
	put(&two);
	envelope = manifest(&o);
	f = try_envelopes(&envelope, 1, NULL);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_OWNER);
	assert_int_equal(installed("app/one.m"), 1);
}

/* Nor does it write there while others need what is there: they need it as it
 * is, even if its author did not say how. */
static void
not_written_over(void **state)
{
	struct product one = usual("app/one"), two = usual("app/two");

	(void)state;
	one.library = two.library = plain("app/bolt/lib", K_ACME, PLAIN);
	put(&one);
	put(&two);
	one.sequence = 2;
	one.component = "app/bolt/lib";
	refused(&one, ERR_DEPENDENCY);
	assert_string_equal(last_what, "needed as it is by");
	unlink_it("app/two.m");
	one.sequence = 3;
	put(&one);
}

/* What another authority's is, a dependent may not even read: it could be a
 * secret that only that one's key opens. */
static void
not_anothers(void **state)
{
	struct product p = usual("app/one");

	(void)state;
	p.library = plain("app/bolt/lib", K_BOLT, PLAIN);
	p.component = "app/bolt/lib";
	refused(&p, ERR_OWNER);
	p.component = NULL;
	put(&p);
	p.sequence = 2;
	p.component = "app/bolt/lib";
	refused(&p, ERR_OWNER);
}

/* The root needs the library, and so does another one that it needs. */
static void
needed_twice(void **state)
{
	struct product two = usual("app/free"), one = usual("app/one");
	struct link_frame f;

	(void)state;
	one.holder = "app/hold/other";
	two.second = product(&one);
	put(&two);
	assert_int_equal(installed("app/free.m"), 1);
	assert_int_equal(installed("app/one.m"), 1);
	assert_int_equal(installed("app/bolt/lib.m"), 5);
	device_restart();
	f = give((struct link_frame){.op = LINK_CALL,
	    .component = id("app/free"),
	    .number = 1000,
	    .body = text("abc")});
	assert_result(&f, OK);
	unlink_it("app/free.m");
	assert_int_equal(installed("app/bolt/lib.m"), 0);
	assert_int_equal(disk.n_blobs, 2); /* the policy's */
}

/* Two manifests of one id are one too many for a run. */
static void
one_of_each(void **state)
{
	struct product inner = usual("app/one"), p = usual("app/two");
	struct product outer = usual("app/one");

	(void)state;
	p.holder = "app/hold/one";
	p.library = product(&inner);
	outer.holder = "app/hold/two";
	outer.sequence = 2;
	outer.library = product(&p);
	refused(&outer, ERR_DEPENDENCY);
	assert_string_equal(last_what, "manifest-component-id");
}

/* Its application starts with it, if all is as it was installed. */
static void
invoked(void **state)
{
	struct product p = usual("app/free");
	uint8_t digest[DIGEST_LEN];
	struct link_frame f;
	size_t i;

	(void)state;
	put(&p);
	f = give((struct link_frame){.op = LINK_CALL,
	    .component = id("app/free"),
	    .number = 1000,
	    .body = text("abc")});
	assert_result(&f, OK);
	assert_int_equal(app.starts, 2);
	device_restart();
	app.starts = 0;
	memset(&app, 0, sizeof(app));
	assert_ok(crypto->sha256(&p.library, 1, digest));
	i = fs_find(&disk, digest);
	assert_true(i < disk.n_blobs);
	disk.blob[i].p[disk.blob[i].n - 1] ^= 1;
	f = give((struct link_frame){.op = LINK_CALL,
	    .component = id("app/free"),
	    .number = 1000,
	    .body = text("abc")});
	assert_result(&f, ERR_STORE);
	assert_int_equal(app.starts, 0);
}

/* Started, and then the procedure fails: it does not stay. */
static void
started_in_vain(void **state)
{
	struct bytes envelope = plain("app/free", K_ACME, INVOKED);
	struct link_frame f = try_envelopes(&envelope, 1, NULL);

	(void)state;
	assert_success(&f);
	for (unsigned i = 1; i < 3; i++) {
		app.stops = 0;
		f = give((struct link_frame){.op = LINK_CALL,
		    .component = id("app/free"),
		    .number = 1000,
		    .body = text("abc")});
		assert_result(&f, ERR_CONDITION);
		assert_int_equal(app.starts, i);
		assert_int_equal(app.stops, 1);
	}
}

/* A signer that policy drops takes what is its own along. */
static void
retired(void **state)
{
	struct product p = usual("app/one");

	(void)state;
	put(&p);
	policy_taken((struct policy_opts){.no_acme = true});
	assert_int_equal(installed("app/one.m"), 0);
	/* and what only that needed */
	assert_int_equal(installed("app/bolt/lib.m"), 0);
}

/* A policy that drops a signer takes effect whatever the store has lost: what
 * was needed by that signer's manifest only goes unheard. */
static void
store_lost(void **state)
{
	size_t blobs = 1, lost = 0;

	for (size_t n = 0; n < 4 * blobs; n++) {
		struct product p;
		struct bytes policy;
		struct link_frame f;
		size_t i = n / 4;

		device_free(state);
		(void)setup(state);
		p = usual("app/one");
		if (n % 2 == 1)
			p.library = plain("app/bolt/lib", K_BOLT, STAYS);
		p.unlinks = true;
		put(&p);
		blobs = disk.n_blobs;
		if (n % 4 < 2)
			disk.blob[i].p[disk.blob[i].n / 2] ^= 1;
		else
			disk.blob[i].name[0] ^= 1;
		policy = policy_envelope(
		    policy_object(&(struct policy_opts){.no_acme = true}), 2,
		    3);
		f = try_envelopes(&policy, 1, NULL);
		assert_success(&f);
		assert_int_equal(installed("app/one.m"), 0);
		assert_int_equal(installed("app/bolt/lib.m"), 0);
		lost++;
	}
	assert_true(lost >= 16);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, device_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(installed_as_one),
	    TEST(fetched),
	    TEST(counted),
	    TEST(heard_at_last),
	    TEST(heard_when_replaced),
	    TEST(overruled),
	    TEST(not_heard),
	    TEST(assigned_as_well),
	    TEST(not_replaced),
	    TEST(rights),
	    TEST(readings),
	    TEST(readings_of_another),
	    TEST(holders),
	    TEST(not_taken_over),
	    TEST(not_written_over),
	    TEST(not_anothers),
	    TEST(needed_twice),
	    TEST(one_of_each),
	    TEST(invoked),
	    TEST(started_in_vain),
	    TEST(retired),
	    TEST(store_lost),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
