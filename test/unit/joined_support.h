/*
 * joined_support: the agent engine and the TAM engine in one process, over
 * real keys, and the wire between them, which fails when told to.
 *
 * Nothing here takes a side: the broker relays octets, both stores do what
 * their contracts say, the launcher makes Evidence as docs/evidence.md has it.
 */
#ifndef JOINED_SUPPORT_H
#define JOINED_SUPPORT_H

#include "rats_support.h"
#include "tam_store.h"

#include "agent_store.h"

#include "agent/agent_int.h"

/* One device. */
struct side {
	struct agent *agent;
	struct agent_ports ports;
	struct agent_launcher launcher;
	struct agent_store store;
	struct fake_store disk;
	uint8_t work[4 * AGENT_STATE_MAX], outbox[AGENT_STATE_MAX];
	uint8_t *held;
	struct draft ev;
	struct pair teep, report, evidence;
	uint8_t no;
	uint8_t image; /* what the launcher measures of the agent */
	uint64_t session;
	char event[64], reason[64];
};

/* What the wire does to one message. */
enum fault {
	FAULT_NONE,
	FAULT_DROP,       /* the connection breaks */
	FAULT_TWICE,      /* twice; the first answer counts */
	FAULT_TWICE_LAST, /* twice; the second answer counts */
	FAULT_REORDER,    /* an older one of that direction comes first */
	FAULT_TRUNCATE,
	FAULT_CORRUPT,
	FAULT_CORRUPT_HEAD,
	FAULT_CORRUPT_TAIL,
	FAULT_RESTART, /* the device starts anew and hears it then */
	FAULT_DELAY,   /* all challenges expire meanwhile */
	FAULT_LATE,    /* it comes in the next session */
	FAULT_MAX,
};

enum way { TO_AGENT, TO_TAM };

/* What became of one manifest at the TAM. */
struct fate {
	char name[16]; /* "a1": its component and version */
	bool reported;
	enum err outcome;
	uint64_t reason;
	bool removed;
};

static struct joined {
	struct side dev[2];
	struct tam tam;
	struct store store;
	struct tam_view view;
	struct library lib;
	struct verifier_store vstore;
	struct verifier verifier;
	struct arena arena;
	struct lender memory;
	struct tam_reply reply;
	uint64_t now;
	struct dialect spoken; /* by the agent, where not by the TAM */
	int suite;             /* of the devices: 0 ESP256, 1 Ed25519 */
	struct fate fate[MANIFESTS];
	size_t n_shelf;
	struct bytes payload; /* behind any URI */
	char believed[64];    /* last accepted Evidence, as set_of */
	bool proven;          /* and whether it proved */
	unsigned asked;       /* components requested */
	enum err shell;       /* of the last transaction */
	size_t mark;          /* scratch that outlives a world */
	/* the wire */
	enum fault fault;
	size_t k;                          /* the message it happens to */
	size_t n;                          /* messages so far */
	void (*meanwhile)(struct side *d); /* while it is on its way */
	char story[64];
	struct bytes last[2], late, first[8]; /* first of each letter */
	enum way late_way;
	size_t late_k;
} j;

/* ---- the launcher -------------------------------------------------------- */

static inline void
list_more(struct cbor_out *w, struct list *to, struct list more)
{
	cbor_put_raw(w, more.raw);
	to->raw = (struct bytes){w->p, w->at};
	to->n += more.n;
}

static inline enum err
joined_attest(void *ctx, const struct attest_request *r, struct span room,
    struct bytes *out)
{
	struct side *d = ctx;
	struct draft *v = &d->ev;
	uint8_t own[DIGEST_LEN], unused[KID_LEN] = {0};
	struct bytes done;

	draft_make(
	    v, &d->evidence, &d->teep, &d->report, unused, r->challenge, d->no);
	v->c.aud = r->audience;
	/* asked with no challenge: what it says is new by its time */
	if (r->challenge.n == 0) {
		v->c.has &= ~(uint32_t)EAT_HAS_NONCE;
		v->c.has |= EAT_HAS_IAT;
		v->c.iat = j.now;
	}
	draft_cnf(v, &r->teep);
	draft_report_key(v, &r->report);
	memset(own, 0xa0, sizeof(own));
	v->w_manifests = cbor_into(SPAN_OF(v->manifests));
	v->c.manifests = (struct list){BYTES_NONE, 0};
	draft_manifest(v, own);
	list_more(&v->w_manifests, &v->c.manifests, r->manifests);
	draft_measure_none(v);
	draft_measure(v, "launcher", 0x11);
	draft_measure(v, "agent", d->image);
	list_more(&v->w_measurements, &v->c.measurements, r->measurements);
	done = evidence_sign(v);
	assert_true(done.n <= room.n);
	memcpy(room.p, done.p, done.n);
	*out = (struct bytes){room.p, done.n};
	return OK;
}

static inline bool
joined_alive(void *ctx, struct bytes name, const uint8_t *sha256)
{
	(void)ctx;
	(void)name;
	(void)sha256;
	return false;
}

static inline void
joined_stop(void *ctx, struct bytes name)
{
	(void)ctx;
	(void)name;
}

static inline void
joined_log(
    void *ctx, const char *event, const struct why *why, struct bytes subject)
{
	struct side *d = ctx;

	(void)subject;
	(void)snprintf(d->event, sizeof(d->event), "%s", event);
	(void)snprintf(d->reason, sizeof(d->reason), "%s",
	    why != NULL ? err_name(why->err) : "");
}

/* ---- the world ----------------------------------------------------------- */

static inline struct pair
pair_of(enum key_name k)
{
	struct pair p = {.s = keys[k].s, .pub = keys[k].pub};

	memcpy(p.kid, keys[k].s.kid, KID_LEN);
	return p;
}

/* Put a manifest on the TAM's shelf; answers its place. */
static inline size_t
shelve(const char *name, const struct manifest_opts *o)
{
	size_t i = j.n_shelf++;
	struct shelf *f = &j.store.shelf[i];
	struct suit_manifest m;

	assert_true(i < MANIFESTS);
	(void)snprintf(j.fate[i].name, sizeof(j.fate[i].name), "%s", name);
	f->envelope = manifest(o);
	assert_ok(suit_parse(f->envelope, &m, NULL));
	memcpy(f->m.digest, m.digest, DIGEST_LEN);
	f->m.sequence = m.sequence;
	memcpy(f->m.id, m.component_id.p, m.component_id.n);
	f->m.id_n = m.component_id.n;
	f->m.envelope_n = f->envelope.n;
	return i;
}

/* Start, or start again: all that is left is what the store has. */
static inline void
side_start(struct side *d)
{
	free(d->agent);
	d->agent = malloc(agent_size());
	assert_non_null(d->agent);
	assert_ok(agent_init(
	    d->agent, &d->ports, SPAN_OF(d->work), SPAN_OF(d->outbox)));
}

static inline enum err
no_sweep(void *ctx, bool (*keep)(void *, const uint8_t *), void *arg)
{
	(void)ctx;
	(void)keep;
	(void)arg;
	return OK;
}

/* The process dies: nothing of what it held is tidied up, but what the
 * library of keys and digests has lent it. */
static inline void
side_crash(struct side *d)
{
	d->store.sweep = no_sweep;
	agent_hangup(d->agent);
	d->store = fs_port(&d->disk);
	side_start(d);
}

static inline void
side_begin(struct side *d, enum key_name teep, enum key_name report,
    enum key_name evidence, const struct policy_opts *o)
{
	struct why why;

	d->teep = pair_of(teep);
	d->report = pair_of(report);
	d->evidence = pair_of(evidence);
	d->image = 0x22;
	d->store = fs_port(&d->disk);
	d->launcher = (struct agent_launcher){.ctx = d,
	    .attest = joined_attest,
	    .alive = joined_alive,
	    .stop = joined_stop};
	d->ports = ports_of(&d->store, &d->launcher, teep, report);
	d->ports.log = joined_log;
	d->ports.log_ctx = d;
	assert_ok(agent_seal_policy(&d->ports, SPAN_OF(d->work),
	    policy_envelope(policy_object(o), 1, 3), &why));
	side_start(d);
	library_endorse(&j.lib, &d->evidence, d->no);
}

static inline void
side_end(struct side *d)
{
	free(d->held);
	free(d->agent);
	fs_free(&d->disk);
	memset(d, 0, sizeof(*d));
}

static inline int
world_end(void **state)
{
	(void)state;
	lender_free(&j.memory);
	side_end(&j.dev[0]);
	side_end(&j.dev[1]);
	return 0;
}

/* Two devices with this policy, endorsed and known, never seen. */
static inline void
world(const struct policy_opts *o)
{
	static const enum key_name teep[2][2] = {
	    {K_TEEP, K_TEEP_ED}, {K_DEVICE2, K_DEVICE2_ED}};
	static const uint8_t big[70000] = "fetched in two pieces";
	int suite = j.suite;

	(void)world_end(NULL);
	memset(&j, 0, sizeof(j));
	scratch_used = 0;
	j.suite = suite;
	j.now = NOW;
	j.payload = BYTES_OF(big);
	j.k = SIZE_MAX;
	library_fill(&j.lib);
	for (size_t i = 0; i < 2; i++) {
		struct tam_device *r = &j.store.row[i];
		enum key_name k = teep[i][suite];

		j.dev[i].no = (uint8_t)(7 + i);
		side_begin(&j.dev[i], k, i == 0 ? K_REPORT : K_REPORT2,
		    i == 0 ? K_EVIDENCE : K_EVIDENCE2, o);
		r->id = 100 + i;
		r->key = keys[k].pub;
		memcpy(r->kid, keys[k].s.kid, KID_LEN);
	}
	memset(j.store.mac[0], 0x5a, 32);
	j.store.n_mac = 1;
	j.view = store_view(&j.store);
	j.vstore = library_store(&j.lib);
	j.verifier = rats_verifier(&j.vstore);
	j.memory.may = ARRAY_LEN(j.memory.lent);
	j.arena = (struct arena){&j.memory, lend};
	j.tam = (struct tam){
	    .crypto = crypto,
	    .view = &j.view,
	    .verifier = &j.verifier,
	    .config = tam_config_default(),
	    .esp256 = &keys[K_TAM].s,
	    .ed25519 = &keys[K_TAM_ED].s,
	    .result = &keys[K_VERIFIER].s,
	    .agree = &keys[K_ENC].agree,
	};
	kid_text(keys[K_TAM].s.kid, j.tam.audience[0]);
	kid_text(keys[K_TAM_ED].s.kid, j.tam.audience[1]);
}

/* ---- what is installed --------------------------------------------------- */

/* Whatever the record names is there, whole. */
static inline void
assert_blob(const struct side *d, struct bytes name, uint64_t size)
{
	size_t i = fs_find(&d->disk, name.p);
	uint8_t digest[DIGEST_LEN];
	struct bytes all;

	assert_true(i < d->disk.n_blobs);
	all = (struct bytes){d->disk.blob[i].p, d->disk.blob[i].n};
	assert_int_equal(all.n, size);
	assert_ok(crypto->sha256(&all, 1, digest));
	assert_memory_equal(digest, name.p, DIGEST_LEN);
}

/* The device's set as its store has it, such as "a1 b2 "; the policy aside. */
static inline const char *
set_of(const struct side *d)
{
	static const char *const names[] = {"app/a", "app/b", "app/c"};
	static char out[64];
	struct installed m;
	struct component c;
	struct state s;
	size_t found = 1;

	out[0] = '\0';
	assert_ok(state_read(d->disk.state, &s));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		uint8_t room[SUIT_ID_MAX];
		struct cbor_in r;
		struct bytes name;
		size_t n = strlen(out);

		assert_ok(suit_id_from_text(names[i], SPAN_OF(room), &name));
		if (!state_manifest(&s, name, &m))
			continue;
		found++;
		(void)snprintf(out + n, sizeof(out) - n, "%c%u ", names[i][4],
		    (unsigned)m.sequence);
		assert_blob(d, m.envelope, m.envelope_size);
		r = cbor_items(m.components);
		while (component_next(&r, &c))
			assert_blob(d, c.sha256, c.size);
	}
	assert_int_equal(s.installed.n, found);
	return out;
}

static inline void
assert_set(const struct side *d, const char *want)
{
	assert_string_equal(set_of(d), want);
}

/* Octets that live as long as the world. */
static inline struct bytes
keep(struct bytes in)
{
	uint8_t *p = scratch + scratch_used;

	assert_true(in.n <= sizeof(scratch) - scratch_used);
	if (in.n > 0)
		memcpy(p, in.p, in.n);
	scratch_used += in.n;
	return (struct bytes){p, in.n};
}

#endif
