/*
 * agent_fake: for the tests of the agent: keys, a store in memory, a launcher
 * that signs Evidence, and a TAM made of the library's own writers.
 */
#ifndef AGENT_FAKE_H
#define AGENT_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crypto_openssl.h>
#include <tamarind/agent.h>

#define assert_ok(e)        assert_string_equal(err_name(e), "ok")
#define assert_err(e, want) assert_string_equal(err_name(e), err_name(want))

/* ---- memory that lives as long as the test ------------------------------ */

static uint8_t scratch[8u << 20];
static size_t scratch_used;

static inline struct cbor_out
begin(void)
{
	return cbor_into((struct span){
	    scratch + scratch_used, sizeof(scratch) - scratch_used});
}

static inline struct bytes
end(struct cbor_out *w)
{
	struct bytes out;

	assert_ok(cbor_done(w, &out));
	scratch_used += out.n;
	return out;
}

static inline struct bytes
text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

/* An identifier from its text form. */
static inline struct bytes
id(const char *s)
{
	struct bytes out;

	assert_ok(suit_id_from_text(s,
	    (struct span){
		scratch + scratch_used, sizeof(scratch) - scratch_used},
	    &out));
	scratch_used += out.n;
	return out;
}

/* A copy with one bit flipped. */
static inline struct bytes
flipped(struct bytes in, size_t at)
{
	uint8_t *p = scratch + scratch_used;

	assert_true(in.n <= sizeof(scratch) - scratch_used && at < in.n);
	memcpy(p, in.p, in.n);
	p[at] ^= 1;
	scratch_used += in.n;
	return (struct bytes){p, in.n};
}

/* Offset of needle in hay, which has it. */
static inline size_t
offset_of(struct bytes hay, struct bytes needle)
{
	for (size_t i = 0; i + needle.n <= hay.n; i++)
		if (memcmp(hay.p + i, needle.p, needle.n) == 0)
			return i;
	fail_msg("not in there");
	return 0;
}

/* ---- keys ---------------------------------------------------------------- */

enum key_name {
	K_TAM,    /* main TAM, ESP256 */
	K_TAM_ED, /* main TAM, Ed25519 */
	K_OTHER,  /* another TAM */
	K_RECOVERY,
	K_STRANGER,
	K_ACME, /* signer of app/... */
	K_BOLT, /* signer of app/bolt and other/... */
	K_ADMIN0,
	K_ADMIN1,
	K_ADMIN2,
	K_ADMIN3, /* not in the first policy */
	K_TEEP,   /* this device */
	K_REPORT,
	K_DEVICE2, /* TEEP key of another device */
	K_EVIDENCE,
	K_VERIFIER,
	K_ENC, /* encryption key of the main TAM */
	K_MAX,
};

static struct key {
	struct signer s;
	struct cose_key pub;
	struct agreer agree;
} keys[K_MAX];

static const struct crypto *crypto;

static inline int
keys_make(void **state)
{
	uint8_t pem_room[OPENSSL_PEM_MAX];

	(void)state;
	crypto = crypto_openssl();
	assert_non_null(crypto);
	for (int i = 0; i < K_MAX; i++) {
		struct bytes pem;

		assert_ok(
		    openssl_key_generate(i == K_TAM_ED ? CRV_ED25519 : CRV_P256,
			SPAN_OF(pem_room), &pem, &keys[i].pub));
		assert_ok(openssl_signer_load(pem, &keys[i].s));
		if (i == K_ENC)
			assert_ok(openssl_agreer_load(pem, &keys[i].agree));
	}
	return 0;
}

static inline int
keys_free(void **state)
{
	(void)state;
	for (int i = 0; i < K_MAX; i++)
		openssl_signer_free(&keys[i].s);
	openssl_agreer_free(&keys[K_ENC].agree);
	return 0;
}

static inline struct bytes
kid(enum key_name k)
{
	return BYTES_OF(keys[k].s.kid);
}

/* ---- policy -------------------------------------------------------------- */

/* What differs from the usual policy. */
struct policy_opts {
	unsigned threshold; /* 0: 2 */
	unsigned admins;    /* mask of K_ADMIN0.., 0: the first three */
	bool unbound;       /* the main TAM may send unbound Updates */
	bool no_enc;        /* the main TAM has no encryption key */
	bool no_acme;       /* without the signer acme */
	bool acme_narrow;   /* acme may write app/free only */
	uint64_t quota;     /* of the main TAM */
	uint64_t version;   /* 0: 1 */
	int twice;          /* a key to put in a second place, 0: none */
	const char *host;   /* acme's URI prefix, NULL: https://cdn.example/ */
	const char *recovery_prefix;
};

static inline void
put_key_list(struct cbor_out *w, const int *k, size_t n)
{
	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++)
		cose_key_write(w, &keys[k[i]].pub);
}

static inline void
put_id(struct cbor_out *w, const char *name)
{
	uint8_t room[SUIT_ID_MAX];
	struct bytes b;

	assert_ok(suit_id_from_text(name, SPAN_OF(room), &b));
	cbor_put_raw(w, b);
}

static inline void
put_ids(struct cbor_out *w, const char *const *ids, size_t n)
{
	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++)
		put_id(w, ids[i]);
}

static inline void
put_tam(struct cbor_out *w, const char *name, const int *k, size_t n,
    const char *uri, const char *const *prefixes, size_t n_prefixes, bool enc,
    uint64_t quota, bool unbound)
{
	cbor_put_map(w, 4 + (size_t)enc + (quota > 0) + (size_t)unbound);
	cbor_put_uint(w, 1);
	cbor_put_text(w, name);
	cbor_put_uint(w, 2);
	put_key_list(w, k, n);
	if (enc) {
		cbor_put_uint(w, 3);
		cose_key_write(w, &keys[K_ENC].pub);
	}
	cbor_put_uint(w, 4);
	cbor_put_text(w, uri);
	cbor_put_uint(w, 5);
	put_ids(w, prefixes, n_prefixes);
	if (quota > 0) {
		cbor_put_uint(w, 6);
		cbor_put_uint(w, quota);
	}
	if (unbound) {
		cbor_put_uint(w, 7);
		cbor_put_bool(w, true);
	}
}

static inline void
put_signer(struct cbor_out *w, const char *name, const int *k, size_t n,
    const char *const *prefixes, size_t n_prefixes, const char *host)
{
	cbor_put_map(w, host != NULL ? 4 : 3);
	cbor_put_uint(w, 1);
	cbor_put_text(w, name);
	cbor_put_uint(w, 2);
	put_key_list(w, k, n);
	cbor_put_uint(w, 3);
	put_ids(w, prefixes, n_prefixes);
	if (host != NULL) {
		cbor_put_uint(w, 4);
		cbor_put_array(w, 1);
		cbor_put_text(w, host);
	}
}

#define LIST(...)                           \
	(const char *const[]){__VA_ARGS__}, \
	    ARRAY_LEN(((const char *const[]){__VA_ARGS__}))
#define KEYS(...) \
	(const int[]){__VA_ARGS__}, ARRAY_LEN(((const int[]){__VA_ARGS__}))

static inline struct bytes
policy_object(const struct policy_opts *o)
{
	unsigned admins = o->admins != 0 ? o->admins : 7;
	struct cbor_out w;
	int list[4];
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		if ((admins >> i & 1) != 0)
			list[n++] = K_ADMIN0 + i;
	w = begin();
	cbor_put_map(&w, 7);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, o->version != 0 ? o->version : 1);
	cbor_put_uint(&w, 2);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, o->threshold != 0 ? o->threshold : 2);
	cbor_put_uint(&w, 2);
	put_key_list(&w, list, n);
	cbor_put_uint(&w, 3);
	cbor_put_array(&w, 2);
	put_tam(&w, "main", KEYS(K_TAM, K_TAM_ED), "https://tam.example/tep",
	    LIST("app", "policy"), !o->no_enc, o->quota, o->unbound);
	put_tam(&w, "other", KEYS(K_OTHER), "https://other.example/tep",
	    LIST("other", "app/shared"), false, 0, false);
	cbor_put_uint(&w, 4);
	cbor_put_array(&w, o->no_acme ? 1 : 2);
	if (!o->no_acme)
		put_signer(&w, "acme", KEYS(K_ACME),
		    LIST(o->acme_narrow ? "app/free" : "app"),
		    o->host != NULL ? o->host : "https://cdn.example/");
	put_signer(&w, "bolt", KEYS(K_BOLT),
	    LIST("app/bolt", "app/hello", "other"), NULL);
	cbor_put_uint(&w, 5);
	cbor_put_array(&w, 1);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	cbor_put_text(&w, "verifier");
	cbor_put_uint(&w, 2);
	put_key_list(&w, KEYS(o->twice != 0 ? o->twice : K_VERIFIER));
	cbor_put_uint(&w, 6);
	put_tam(&w, "recovery", KEYS(K_RECOVERY), "https://recovery.example/",
	    LIST(o->recovery_prefix != NULL ? o->recovery_prefix : "policy"),
	    false, 0, false);
	cbor_put_uint(&w, 7);
	cbor_put_array(&w, 2);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	put_id(&w, "app/hello");
	cbor_put_uint(&w, 2);
	cbor_put_array(&w, 1);
	cbor_put_uint(&w, 1000);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 1);
	put_id(&w, "app/free");
	return end(&w);
}

/* ---- manifests ----------------------------------------------------------- */

static const uint8_t vendor[16] = "vendor-vendor-ve";
static const uint8_t class_id[16] = "class-class-clas";

/* What differs from the usual manifest: integrated payload, signed by acme. */
struct manifest_opts {
	const char *id;          /* component, and manifest id */
	const char *manifest_id; /* NULL: the same */
	uint64_t sequence;
	struct bytes payload;
	const char *uri;  /* to fetch it from; NULL: integrated */
	unsigned signers; /* mask of enum key_name, 0: acme */
	bool invoke;
	bool bad_class;
	struct bytes digest; /* declared, if not the payload's */
	uint64_t size;       /* declared, if not the payload's; 0: that */
	const char *reference;
};

static inline struct bytes
manifest(const struct manifest_opts *o)
{
	static const uint8_t other_class[16] = "other-class-othe";
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r = {
	    .sequence = o->sequence,
	    .component = id(o->id),
	    .vendor = BYTES_OF(vendor),
	    .class_id =
		o->bad_class ? BYTES_OF(other_class) : BYTES_OF(class_id),
	    .digest = BYTES_OF(digest),
	    .size = o->size != 0 ? o->size : o->payload.n,
	    .uri = text(o->uri != NULL ? o->uri : "#payload"),
	    .invoke = o->invoke,
	};
	unsigned signers = o->signers != 0 ? o->signers : 1u << K_ACME;
	struct bytes envelope;
	struct cbor_out w;

	assert_ok(crypto->sha256(&o->payload, 1, digest));
	if (o->digest.n > 0)
		r.digest = o->digest;
	if (o->manifest_id != NULL)
		r.manifest_id = id(o->manifest_id);
	if (o->uri == NULL)
		r.payload = o->payload;
	if (o->reference != NULL)
		r.reference_uri = text(o->reference);
	w = begin();
	assert_ok(suit_author(&w, crypto, &r));
	envelope = end(&w);
	for (unsigned k = 0; k < K_MAX; k++) {
		if ((signers >> k & 1) == 0)
			continue;
		w = begin();
		assert_ok(suit_author_sign(&w, crypto, envelope, &keys[k].s));
		envelope = end(&w);
	}
	return envelope;
}

/* A policy as a manifest, signed by the administrators of a mask over
 * K_ADMIN0.. */
static inline struct bytes
policy_envelope(struct bytes object, uint64_t sequence, unsigned admins)
{
	return manifest(&(struct manifest_opts){
	    .id = "policy",
	    .sequence = sequence,
	    .payload = object,
	    .signers = admins << K_ADMIN0,
	});
}

/* ---- store --------------------------------------------------------------- */

#define FAKE_BLOBS 64

static struct fake_store {
	struct bytes state; /* malloc'd; p NULL: none */
	struct {
		uint8_t name[DIGEST_LEN];
		uint8_t *p;
		size_t n;
	} blob[FAKE_BLOBS];
	size_t n_blobs;
	uint8_t *open;
	size_t open_n;
	bool is_open;
	unsigned commits, writes;
	/* Fail the commit, or the nth write of a blob from now on. */
	bool fail_commit;
	unsigned fail_write;
} disk;

static inline enum err
fs_load(void *ctx, struct span room, struct bytes *out)
{
	(void)ctx;
	if (disk.state.p == NULL)
		return ERR_NOT_FOUND;
	assert_true(disk.state.n <= room.n);
	memcpy(room.p, disk.state.p, disk.state.n);
	*out = (struct bytes){room.p, disk.state.n};
	return OK;
}

static inline enum err
fs_commit(void *ctx, struct bytes state)
{
	uint8_t *p;

	(void)ctx;
	if (disk.fail_commit)
		return ERR_STORE;
	p = malloc(state.n);
	assert_non_null(p);
	memcpy(p, state.p, state.n);
	free((void *)(uintptr_t)disk.state.p);
	disk.state = (struct bytes){p, state.n};
	disk.commits++;
	return OK;
}

static inline void
fs_drop(void *ctx)
{
	(void)ctx;
	free(disk.open);
	disk.open = NULL;
	disk.open_n = 0;
	disk.is_open = false;
}

static inline enum err
fs_begin(void *ctx, uint64_t hint)
{
	(void)hint;
	fs_drop(ctx);
	disk.is_open = true;
	return OK;
}

static inline enum err
fs_more(void *ctx, struct bytes piece)
{
	(void)ctx;
	assert_true(disk.is_open);
	disk.writes++;
	if (disk.fail_write != 0 && --disk.fail_write == 0)
		return ERR_STORE;
	disk.open = realloc(disk.open, disk.open_n + piece.n + 1);
	assert_non_null(disk.open);
	if (piece.n > 0)
		memcpy(disk.open + disk.open_n, piece.p, piece.n);
	disk.open_n += piece.n;
	return OK;
}

static inline size_t
fs_find(const uint8_t *name)
{
	size_t i = 0;

	while (i < disk.n_blobs &&
	       memcmp(disk.blob[i].name, name, DIGEST_LEN) != 0)
		i++;
	return i;
}

static inline enum err
fs_end(void *ctx, const uint8_t *name)
{
	size_t i = fs_find(name);

	(void)ctx;
	assert_true(disk.is_open && i < FAKE_BLOBS);
	if (i == disk.n_blobs)
		disk.n_blobs++;
	else
		free(disk.blob[i].p);
	memcpy(disk.blob[i].name, name, DIGEST_LEN);
	disk.blob[i].p = disk.open;
	disk.blob[i].n = disk.open_n;
	disk.open = NULL;
	disk.open_n = 0;
	disk.is_open = false;
	return OK;
}

static inline enum err
fs_read(
    void *ctx, const uint8_t *name, uint64_t at, struct span room, size_t *got)
{
	size_t i = fs_find(name), left;

	(void)ctx;
	*got = 0;
	if (i == disk.n_blobs)
		return ERR_NOT_FOUND;
	if (at >= disk.blob[i].n)
		return OK;
	left = disk.blob[i].n - (size_t)at;
	*got = left < room.n ? left : room.n;
	memcpy(room.p, disk.blob[i].p + at, *got);
	return OK;
}

static inline enum err
fs_sweep(void *ctx, bool (*keep)(void *, const uint8_t *), void *arg)
{
	(void)ctx;
	for (size_t i = 0; i < disk.n_blobs;) {
		if (keep(arg, disk.blob[i].name)) {
			i++;
			continue;
		}
		free(disk.blob[i].p);
		disk.blob[i] = disk.blob[--disk.n_blobs];
	}
	return OK;
}

static const struct agent_store fake_store = {
    .load = fs_load,
    .commit = fs_commit,
    .blob_begin = fs_begin,
    .blob_more = fs_more,
    .blob_end = fs_end,
    .blob_drop = fs_drop,
    .blob_read = fs_read,
    .sweep = fs_sweep,
};

static inline void
disk_free(void)
{
	fs_drop(NULL);
	for (size_t i = 0; i < disk.n_blobs; i++)
		free(disk.blob[i].p);
	free((void *)(uintptr_t)disk.state.p);
	memset(&disk, 0, sizeof(disk));
}

/* ---- launcher ------------------------------------------------------------ */

static struct fake_launcher {
	bool running;
	uint8_t id[SUIT_ID_MAX];
	size_t id_n;
	uint8_t sha256[DIGEST_LEN];
	unsigned starts, stops, calls, attests;
	bool fail_attest, fail_start, fail_call, dead_start;
} app;

static inline enum err
fl_attest(void *ctx, const struct attest_request *r, struct span room,
    struct bytes *out)
{
	struct eat_claims c = {
	    .has = EAT_HAS_AUD | EAT_HAS_CNF | EAT_HAS_NONCE |
		   EAT_HAS_MANIFESTS | EAT_HAS_MEASUREMENTS |
		   EAT_HAS_REPORT_KEY,
	    .aud = r->audience,
	    .nonce = r->challenge,
	    .manifests = r->manifests,
	    .measurements = r->measurements,
	};
	uint8_t cnf_room[128], key_room[128];
	struct cbor_out w;
	struct bytes claims;

	(void)ctx;
	app.attests++;
	if (app.fail_attest)
		return ERR_SYSTEM;
	w = cbor_into(SPAN_OF(cnf_room));
	eat_cnf_put_key(&w, &r->teep);
	assert_ok(cbor_done(&w, &c.cnf));
	w = cbor_into(SPAN_OF(key_room));
	cose_key_write(&w, &r->report);
	assert_ok(cbor_done(&w, &c.report_key));
	w = begin();
	assert_ok(eat_write(&w, &c));
	claims = end(&w);
	w = cbor_into(room);
	TRY(cose_sign1_write(
	    &w, &keys[K_EVIDENCE].s, claims, NULL, WRITE_TAGGED));
	return cbor_done(&w, out);
}

static inline enum err
fl_start(void *ctx, struct bytes name, const uint8_t *sha256, uint64_t size,
    struct bytes args)
{
	(void)ctx;
	(void)size;
	(void)args;
	app.starts++;
	if (app.fail_start)
		return ERR_INVOKE;
	app.running = !app.dead_start;
	memcpy(app.id, name.p, name.n);
	app.id_n = name.n;
	memcpy(app.sha256, sha256, DIGEST_LEN);
	return OK;
}

static inline bool
fl_alive(void *ctx, struct bytes name, const uint8_t *sha256)
{
	(void)ctx;
	return app.running &&
	       bytes_same(name, (struct bytes){app.id, app.id_n}) &&
	       memcmp(app.sha256, sha256, DIGEST_LEN) == 0;
}

/* Answers what it is told, backwards. */
static inline enum err
fl_call(void *ctx, struct bytes name, struct bytes in, struct span room,
    struct bytes *out)
{
	(void)ctx;
	(void)name;
	app.calls++;
	if (app.fail_call) {
		app.running = false;
		return ERR_INVOKE;
	}
	for (size_t i = 0; i < in.n; i++)
		room.p[i] = in.p[in.n - 1 - i];
	*out = (struct bytes){room.p, in.n};
	return OK;
}

static inline void
fl_stop(void *ctx, struct bytes name)
{
	(void)ctx;
	app.stops++;
	if (bytes_same(name, (struct bytes){app.id, app.id_n}))
		app.running = false;
}

static const struct agent_launcher fake_launcher = {
    .attest = fl_attest,
    .start = fl_start,
    .alive = fl_alive,
    .call = fl_call,
    .stop = fl_stop,
};

/* ---- a device ------------------------------------------------------------ */

static char last_event[64], last_reason[64], last_what[64];

static inline void
fake_log(
    void *ctx, const char *event, const struct why *why, struct bytes subject)
{
	(void)ctx;
	(void)subject;
	snprintf(last_event, sizeof(last_event), "%s", event);
	snprintf(last_reason, sizeof(last_reason), "%s",
	    why != NULL ? err_name(why->err) : "");
	snprintf(last_what, sizeof(last_what), "%s",
	    why != NULL && why->what != NULL ? why->what : "");
}

static struct agent_ports ports;
static struct agent *agent;
static uint8_t work[4 * AGENT_STATE_MAX], outbox[AGENT_STATE_MAX];
/* The message the agent may still look at. */
static uint8_t *held;

static inline void
device_ports(void)
{
	static uint8_t ids[2][32];
	struct cbor_out w;

	ports = (struct agent_ports){
	    .crypto = crypto,
	    .store = &fake_store,
	    .launcher = &fake_launcher,
	    .teep = {&keys[K_TEEP].s},
	    .teep_key = {keys[K_TEEP].pub},
	    .n_teep = 1,
	    .report = &keys[K_REPORT].s,
	    .report_key = keys[K_REPORT].pub,
	    .log = fake_log,
	};
	w = cbor_into(SPAN_OF(ids[0]));
	cbor_put_bstr(&w, BYTES_OF(vendor));
	ports.vendor_ids.n = 1;
	assert_ok(cbor_done(&w, &ports.vendor_ids.raw));
	w = cbor_into(SPAN_OF(ids[1]));
	cbor_put_bstr(&w, BYTES_OF(class_id));
	ports.class_ids.n = 1;
	assert_ok(cbor_done(&w, &ports.class_ids.raw));
}

static inline void
device_restart(void)
{
	free(agent);
	agent = malloc(agent_size());
	assert_non_null(agent);
	assert_ok(agent_init(agent, &ports, SPAN_OF(work), SPAN_OF(outbox)));
}

/* A new device with this policy. */
static inline void
device(const struct policy_opts *o)
{
	struct why why;

	disk_free();
	memset(&app, 0, sizeof(app));
	scratch_used = 0;
	device_ports();
	assert_ok(agent_seal_policy(&ports, SPAN_OF(work),
	    policy_envelope(policy_object(o), 1, 3), &why));
	device_restart();
}

static inline int
device_free(void **state)
{
	(void)state;
	free(held);
	held = NULL;
	free(agent);
	agent = NULL;
	disk_free();
	return 0;
}

/* ---- the broker ---------------------------------------------------------- */

/* Hand in a frame; its body lives exactly as long as it has to.  Every frame
 * gets exactly one answer. */
static inline struct link_frame
give(struct link_frame in)
{
	struct link_frame out, more;
	uint8_t *body = malloc(in.body.n + 1);

	assert_non_null(body);
	if (in.body.n > 0)
		memcpy(body, in.body.p, in.body.n);
	in.body.p = body;
	if (in.session == 0)
		in.session = 1;
	agent_give(agent, &in);
	assert_true(agent_next(agent, &out));
	assert_false(agent_next(agent, &more));
	assert_int_equal(out.session, in.session);
	if (agent_holds_message(agent)) {
		if (in.op == LINK_MESSAGE && held == NULL)
			held = body;
		else
			free(body);
		return out;
	}
	free(held);
	held = NULL;
	free(body);
	return out;
}

static inline struct link_frame
give_message(struct bytes body)
{
	return give((struct link_frame){.op = LINK_MESSAGE, .body = body});
}

static inline struct link_frame
give_data(uint64_t at, struct bytes piece, bool last)
{
	return give((struct link_frame){
	    .op = LINK_DATA, .offset = at, .body = piece, .flag = last});
}

static inline void
assert_op(const struct link_frame *f, enum link_op op)
{
	assert_string_equal(link_op_name(f->op), link_op_name(op));
}

static inline void
assert_result(const struct link_frame *f, enum err e)
{
	assert_op(f, LINK_RESULT);
	assert_err((enum err)f->number, e);
}

/* ---- the TAM ------------------------------------------------------------- */

static inline enum err
one_key(
    void *ctx, struct bytes k, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)k;
	(void)alg;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	*out = *(const struct cose_key *)ctx;
	return OK;
}

/* Verify Sign1 under one key; the payload. */
static inline struct verified
verified_by(enum key_name k, struct bytes in)
{
	struct keyring ring = {&keys[k].pub, one_key};
	struct verified v;
	struct why why;

	assert_ok(cose_verify(crypto, &ring, ACCEPT_SIGN1, in, &v, &why));
	return v;
}

/* The TEEP message in a reply, which this device must have signed. */
static inline struct teep_message
reply_message(const struct link_frame *f)
{
	struct teep_message m;
	struct verified v;
	struct why why;

	assert_op(f, LINK_REPLY);
	v = verified_by(K_TEEP, f->body);
	assert_ok(teep_read(&v, 0, &m, &why));
	return m;
}

static inline struct bytes
sign(enum key_name k, const struct teep_message *m)
{
	struct cbor_out w = begin();
	struct bytes payload;

	assert_ok(teep_write(&w, m));
	payload = end(&w);
	w = begin();
	assert_ok(
	    cose_sign1_write(&w, &keys[k].s, payload, NULL, WRITE_TAGGED));
	return end(&w);
}

static inline struct bytes
nonce32(uint8_t fill)
{
	uint8_t *p = scratch + scratch_used;

	memset(p, fill, 32);
	scratch_used += 32;
	return (struct bytes){p, 32};
}

#define ITEMS_USUAL (TEEP_ITEM_ATTESTATION | TEEP_ITEM_COMPONENTS)

static inline struct teep_message
query(uint64_t items, struct bytes challenge, struct bytes token)
{
	struct teep_message m = {
	    .type = TEEP_QUERY_REQUEST,
	    .items = items,
	    .suites = teep_suites_both,
	    .profiles = teep_profiles_all,
	    .challenge = challenge,
	    .token = token,
	};

	if (challenge.n > 0)
		m.has |= TEEP_HAS_CHALLENGE;
	if (token.n > 0)
		m.has |= TEEP_HAS_TOKEN;
	return m;
}

/* The usual first message: COSE_Sign with both suites. */
static inline struct bytes
query_signed(const struct teep_message *m)
{
	const struct signer *both[] = {&keys[K_TAM_ED].s, &keys[K_TAM].s};
	struct cbor_out w = begin();
	struct bytes payload;

	assert_ok(teep_write(&w, m));
	payload = end(&w);
	w = begin();
	assert_ok(cose_sign_write(&w, both, 2, payload));
	return end(&w);
}

/* Ask, and be answered: the exchange is open under this challenge. */
static inline void
exchange(uint8_t challenge)
{
	struct teep_message q =
	    query(ITEMS_USUAL, nonce32(challenge), BYTES_NONE);
	struct link_frame f = give_message(query_signed(&q));

	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
}

/* A Result about a TEEP key. */
static inline struct bytes
result_about(enum key_name k, struct bytes nonce)
{
	struct eat_claims c = {
	    .has = EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_PROFILE,
	    .nonce = nonce,
	    .profile = text(EAT_TEEP_PROFILE),
	};
	struct cbor_out w = begin();

	eat_cnf_put_kid(&w, keys[k].s.kid);
	c.cnf = end(&w);
	if (nonce.n == 0)
		c.has &= ~(uint32_t)EAT_HAS_NONCE;
	w = begin();
	assert_ok(eat_write(&w, &c));
	c.cnf = end(&w);
	w = begin();
	assert_ok(cose_sign1_write(&w, &keys[K_VERIFIER].s, c.cnf, NULL, 0));
	return end(&w);
}

/* An Update bound to this device and challenge; n envelopes. */
static inline struct teep_message
update(uint8_t challenge, uint8_t token, const struct bytes *envelope, size_t n)
{
	struct teep_message m = {
	    .type = TEEP_UPDATE,
	    .has = TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION,
	    .token = nonce32(token),
	    .attestation = result_about(K_TEEP, nonce32(challenge)),
	};
	struct cbor_out w = begin();

	for (size_t i = 0; i < n; i++)
		cbor_put_bstr(&w, envelope[i]);
	m.manifests = (struct list){end(&w), n};
	if (n > 0)
		m.has |= TEEP_HAS_MANIFESTS;
	return m;
}

/* Have an Update unlink one manifest, too. */
static inline void
add_unneeded(struct teep_message *m, const char *name)
{
	m->unneeded = (struct list){id(name), 1};
	m->has |= TEEP_HAS_UNNEEDED;
}

static inline struct link_frame
give_update(const struct teep_message *m)
{
	return give_message(sign(K_TAM, m));
}

static inline void
assert_success(const struct link_frame *f)
{
	struct teep_message m = reply_message(f);

	if (m.type == TEEP_ERROR)
		fail_msg("Error %u %.*s (%s %s)", (unsigned)m.err_code,
		    (int)m.err_msg.n, (const char *)m.err_msg.p, last_reason,
		    last_what);
	assert_int_equal(m.type, TEEP_SUCCESS);
}

/* An Error of this code whose message names this refusal. */
static inline void
assert_error(const struct link_frame *f, uint64_t code, enum err e)
{
	struct teep_message m = reply_message(f);

	assert_int_equal(m.type, TEEP_ERROR);
	assert_int_equal(m.err_code, code);
	assert_int_equal(m.err_msg.n, strlen(err_name(e)));
	assert_memory_equal(m.err_msg.p, err_name(e), m.err_msg.n);
}

/* The nth report of a message, opened. */
static inline struct suit_report
report_at(const struct teep_message *m, size_t nth, bool encrypted)
{
	struct cbor_in r = cbor_items(m->reports);
	struct bytes plain = BYTES_NONE;
	struct suit_report out;
	struct why why;

	assert_true(nth < m->reports.n);
	for (size_t i = 0; i <= nth; i++)
		plain = cbor_bstr(&r, 0, LEN_ANY);
	plain = verified_by(K_REPORT, plain).payload;
	assert_true(cose_is_encrypt(plain) == encrypted);
	if (encrypted) {
		struct span room = {scratch + scratch_used, plain.n};

		assert_ok(cose_decrypt(crypto, &keys[K_ENC].agree,
		    COSE_CTX_REPORT, plain, room, &plain, &why));
		scratch_used += room.n;
	}
	assert_ok(suit_report_read(plain, &out, &why));
	return out;
}

/* Install one integrated payload in an exchange of its own. */
static inline void
install(const struct manifest_opts *o)
{
	static uint8_t n;
	struct bytes envelope = manifest(o);
	struct teep_message m;
	struct link_frame f;

	n++;
	exchange(n);
	m = update(n, n, &envelope, 1);
	f = give_update(&m);
	assert_success(&f);
}

/* ---- what the device says of itself -------------------------------------- */

/* The status map's list under key, its items. */
static inline struct list
status_list(uint64_t key)
{
	struct link_frame f = give((struct link_frame){.op = LINK_STATUS});
	struct cbor_in r;
	struct list l = {BYTES_NONE, 0};
	uint8_t *copy = scratch + scratch_used;
	size_t n;

	assert_result(&f, OK);
	memcpy(copy, f.body.p, f.body.n);
	scratch_used += f.body.n;
	r = cbor_open((struct bytes){copy, f.body.n});
	n = cbor_map_any(&r, 9, 9);
	for (size_t i = 0; i < n; i++) {
		uint64_t k = cbor_uint(&r, 1, 9);

		if (k != key) {
			(void)cbor_raw(&r, CBOR_ANY);
			continue;
		}
		l.n = cbor_array_any(&r, 0, LEN_ANY);
		l.raw.p = r.in.p + r.at;
		for (size_t j = 0; j < l.n; j++)
			(void)cbor_raw(&r, CBOR_ANY);
		l.raw.n = (size_t)(r.in.p + r.at - l.raw.p);
	}
	assert_ok(cbor_close(&r));
	return l;
}

/* Sequence number of an installed manifest; 0: not installed. */
static inline uint64_t
installed(const char *name)
{
	struct list l = status_list(3);
	struct cbor_in r = cbor_items(l);
	struct bytes want = id(name);

	for (size_t i = 0; i < l.n; i++) {
		struct cbor_in one = r;

		(void)cbor_raw(&r, CBOR_ARRAY);
		cbor_array(&one, 7);
		if (bytes_same(cbor_raw(&one, CBOR_ARRAY), want))
			return cbor_uint(&one, 0, UINT64_MAX);
	}
	return 0;
}

#endif
