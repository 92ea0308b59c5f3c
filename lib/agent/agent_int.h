/*
 * agent_int: what the files of this room share.
 */
#ifndef TAMARIND_AGENT_INT_H
#define TAMARIND_AGENT_INT_H

#include <tamarind/agent.h>

/* A name of a policy row. */
#define NAME_MAX 64
/* A reference URI kept in the state; a longer one is left out. */
#define URI_KEPT_MAX 255
/* Components of all installed manifests: all of them, launcher and agent
 * must find room in claim 273. */
#define INSTALLED_COMPONENTS_MAX (EAT_COMPONENTS_MAX - 4)
/* Text of a component identifier: with "component:" before it, it is a name
 * in claim 273, which may have 256 octets. */
#define ID_NAME_MAX 246
/* SUIT Reports of one Update, protected. */
#define REPORTS_ROOM 32768
/* Octets of a TEEP token, and of a nonce. */
#define TOKEN_MAX 64
/* A version as manifests have it: eight numbers, each of nine octets. */
#define VERSION_OCTETS 73
/* Floors in the record: one for every key a TAM row can have. */
#define FLOORS_MAX ((AGENT_TAMS_MAX + 1) * AGENT_KEYS_MAX)

/* The component that only administrators write. */
extern const struct bytes policy_id;

/* ---- pool.c ---- */

/* Scratch memory, given out front to back and taken back all at once. */
struct pool {
	uint8_t *p;
	size_t n, at;
};

struct span pool_rest(const struct pool *p);
MUST_CHECK enum err pool_take(struct pool *p, size_t n, struct span *out);
/* A writer over the rest; what it wrote becomes taken at pool_end.  Nothing
 * else may be taken in between. */
struct cbor_out pool_begin(const struct pool *p);
MUST_CHECK enum err pool_end(
    struct pool *p, struct cbor_out *w, struct bytes *out);

/* ---- access.c: questions to a policy ---- */

bool list_covers(struct list prefixes, struct bytes id);
bool keys_have(const struct policy_keys *k, const uint8_t kid[KID_LEN]);
/* NULL: no such row.  The recovery TAM is a row like any other. */
const struct policy_tam *policy_tam_of(
    const struct policy *p, const uint8_t kid[KID_LEN]);
const struct policy_tam *policy_tam_named(
    const struct policy *p, struct bytes name);
const struct policy_signer *policy_signer_named(
    const struct policy *p, struct bytes name);
/* The row that serves a component: the one whose URI is the hint, else the
 * first.  NULL: none. */
const struct policy_tam *policy_tam_serving(
    const struct policy *p, struct bytes id, struct bytes hint);
/* The first row that signed m and may write all of its components and its
 * manifest id.  NULL: none. */
const struct policy_signer *policy_authority(
    const struct policy *p, const struct suit_manifest *m);
/* Did enough administrators of p sign m? */
bool policy_threshold_met(
    const struct policy *p, const struct suit_manifest *m);
bool policy_may_call(const struct policy *p, struct bytes id, uint64_t uid);
/* Is m about ['policy'] in any way, and about nothing else? */
bool touches_policy(const struct suit_manifest *m);
bool only_policy(const struct suit_manifest *m);

/* The next of a policy's verifiers, or an item that is none. */
struct policy_verifier {
	uint32_t has;
	struct bytes name;
	struct list keys;
};
MUST_CHECK enum err policy_verifier_read(
    struct cbor_in *items, struct policy_verifier *out);

/* ---- attested.c: how a TAM proves itself ---- */

/* What a TAM row says of it. */
struct attested {
	uint32_t has;
	struct list verifiers; /* names: one of these has to vouch */
	uint64_t seconds;      /* that a proof is remembered, at most */
	uint64_t status;       /* of an EAR, at least; 0: affirming */
};
MUST_CHECK enum err attested_read(struct bytes in, struct attested *out);
/* The keys of the verifiers it names. */
struct attested_ring {
	const struct crypto *crypto;
	const struct policy *policy;
	const struct attested *by;
};
struct keyring ring_verifiers(struct attested_ring *r);

/* ---- keyrings.c ---- */

struct keyring ring_tams(const struct policy *p);
/* Signers and administrators: who a key belongs to decides afterwards what
 * its signature is worth. */
struct keyring ring_manifests(const struct policy *p);
struct keyring ring_admins(const struct policy *p);
struct keyring ring_logs(const struct policy *p);

/* ---- state.c: the sealed record ---- */

/* The record; lists view it. */
struct state {
	uint32_t has;
	uint64_t version;
	struct list installed, counters, requests, unneeded, floors, passports;
};

struct installed {
	struct bytes id; /* manifest component id */
	uint64_t sequence;
	struct bytes digest;    /* of the manifest */
	struct bytes owner;     /* TAM row; empty: nobody (the policy) */
	struct bytes authority; /* signer row; empty: the administrators */
	struct bytes uri;       /* reference URI or empty */
	struct bytes envelope;  /* SHA-256 of the stripped envelope's blob */
	uint64_t envelope_size;
	struct list components;
	bool dependency;   /* there only because others need it */
	struct list needs; /* manifest ids of what it depends on */
};

struct component {
	struct bytes id;
	struct bytes sha256;
	uint64_t size;
	bool secret; /* it came encrypted: its digest is told to nobody */
};

struct counter {
	struct bytes authority;
	struct bytes id; /* empty: of all that have none */
	uint64_t sequence;
	struct bytes digest;
};

struct request {
	struct bytes id;
	struct bytes tam; /* name of the row that was chosen */
};

/* The youngest of the bound Updates that a TAM's key signed and that were
 * applied, and the tokens of all that are as young.         [security 1, 7] */
struct floor {
	struct bytes kid;
	uint64_t iat; /* of its Result */
	struct list tokens;
};

/* Read and check a whole record.  Borrows.  ERR_STORE. */
MUST_CHECK enum err state_read(struct bytes in, struct state *out);

/* Walk the lists of a record that state_read has checked; false at the end.
 */
bool installed_next(struct cbor_in *items, struct installed *out);
bool component_next(struct cbor_in *items, struct component *out);
bool counter_next(struct cbor_in *items, struct counter *out);
bool request_next(struct cbor_in *items, struct request *out);
bool id_next(struct cbor_in *items, struct bytes *out);
bool floor_next(struct cbor_in *items, struct floor *out);

bool state_manifest(
    const struct state *s, struct bytes id, struct installed *out);
/* The installed component and, if m is not NULL, its manifest. */
bool state_component(const struct state *s, struct bytes id,
    struct component *out, struct installed *m);
/* The counter of this manifest; else the one for all of its authority. */
bool state_counter(const struct state *s, struct bytes authority,
    struct bytes id, struct counter *out);
bool state_requested(const struct state *s, struct bytes id);
bool state_unneeded(const struct state *s, struct bytes id);
bool state_floor(const struct state *s, struct bytes kid, struct floor *out);
/* Octets of payloads that this TAM row owns, manifest except left out. */
uint64_t state_usage(
    const struct state *s, struct bytes owner, struct bytes except);
/* Does the record name this blob? */
bool state_names(const struct state *s, const uint8_t sha256[DIGEST_LEN]);

/* Does m depend on the manifest id? */
bool installed_needs(const struct installed *m, struct bytes id);

void component_put(struct cbor_out *w, const struct component *c);

/* ---- edit.c ---- */

/* A list under construction: items are copied as they are or replaced. */
struct builder {
	struct cbor_out *w;
	size_t n;
	bool counting;
};
void edit_take(struct builder *b, struct bytes raw);

/* One change of a record; empty members change nothing. */
struct state_edit {
	const struct installed *put; /* replace the same id or append; raises
				      * its counter, fulfils its requests */
	struct bytes drop;           /* manifest id to remove */
	struct bytes request, request_tam; /* append */
	struct bytes unrequest;            /* component id */
	struct bytes unneeded;             /* manifest id: append */
	struct bytes needed; /* manifest id: remove from unneeded */
	/* One counter for each name that is no signer of it. */
	const struct policy *retire;
	/* An Update that is not below its key's floor: raise that. */
	struct bytes floor_kid, floor_token;
	uint64_t floor_iat;
	/* Write the counters instead, one after the other.  floors.c */
	void (*counters)(struct builder *b, const struct state *s,
	    const struct state_edit *e);
	const struct policy_signer *signer; /* whose */
	const struct counter *count;        /* one of them; id empty: of all */
	bool replaces; /* what was counted for all; folds floors, too */
	/* Write the passports instead: with this one. */
	void (*passports)(struct builder *b, const struct state *s,
	    const struct state_edit *e);
	const struct passport *passport;
	size_t passport_at; /* or without this one, from 1 on */
	/* Whose TAM keys keep their floors when the table is full. */
	const struct policy *policy;
};

/* Write the changed record into room and read it.  ERR_LIMIT: a table is
 * full.  ERR_ROOM.  s may be all zero: nothing yet. */
MUST_CHECK enum err state_edit(const struct state *s,
    const struct state_edit *e, struct span room, struct bytes *raw,
    struct state *out);

/* ---- blob.c ---- */

/* Write one blob whole; its name is computed here. */
MUST_CHECK enum err blob_save(const struct agent_ports *ports,
    struct bytes content, uint8_t sha256[DIGEST_LEN]);
/* Read one whole blob of n octets into room, and check its name. */
MUST_CHECK enum err blob_load(const struct agent_ports *ports,
    const uint8_t sha256[DIGEST_LEN], uint64_t n, struct span room,
    struct bytes *out);
/* Hash a blob by reading it again, in pieces of at most room.n. */
MUST_CHECK enum err blob_hash(const struct agent_ports *ports,
    const uint8_t sha256[DIGEST_LEN], struct span room,
    uint8_t found[DIGEST_LEN], uint64_t *size);
/* Copy an envelope without its payloads and texts: all that is needed to run
 * what is installed. */
MUST_CHECK enum err envelope_strip(
    struct pool *pool, const struct suit_manifest *m, struct bytes *out);

/* ---- the engine ---- */

enum phase {
	PHASE_IDLE = 1,
	PHASE_WAITING = 2,  /* for the TAM's next message */
	PHASE_FETCHING = 4, /* for a piece of payload */
};

struct token {
	uint8_t n;
	uint8_t b[TOKEN_MAX];
};

/* What was said since connect.                              [security 1] */
struct exchange {
	bool answered;      /* a QueryResponse went out; the rest is valid */
	bool strange;       /* a stranger was answered once already */
	uint8_t queries;    /* QueryRequests answered or refused */
	uint8_t key;        /* TEEP key that signed it */
	struct token nonce; /* challenge it answered, or token */
	const struct policy_tam *tam;
	uint8_t presented;  /* place of the passport it had, from 1 on */
	struct token spent; /* nonce of the last Update that was applied */
	uint8_t n_tokens;   /* Updates begun */
	struct token token[AGENT_UPDATES_MAX];
	bool bound;           /* the last of them has a Result: */
	uint8_t kid[KID_LEN]; /* the TAM's key that signed it */
	uint64_t iat;
	struct token demand; /* challenge to the TAM, */
	bool demands;        /* which nothing has answered yet */
	uint64_t demanded;   /* when, by demanding->seconds */
};

/* TAM keys that have proven themselves at once; more push out others. */
#define PROOFS_MAX 8

struct proof {
	uint8_t kid[KID_LEN];
	uint64_t until; /* by demanding->seconds; 0: free */
};

/* What a manifest has written so far for one of its components. */
struct staged {
	bool there;
	uint8_t sha256[DIGEST_LEN];
	uint64_t size;
	bool secret;
};

/* One manifest under the processor. */
struct job {
	struct suit_manifest m;
	struct suit_run run;
	struct suit_host host;
	const struct policy_tam *tam;       /* NULL: an invocation */
	const struct policy_signer *signer; /* NULL: the administrators */
	const struct state *set; /* what is installed, for this job */
	/* By slot of the run. */
	struct staged staged[SUIT_COMPONENTS_MAX];
	uint32_t unlinked; /* bit i: the component of slot i was given up */
	size_t writing;    /* slot of the component that is being written */
	size_t mark;       /* pool memory that was taken before */
	struct dependencies *deps;       /* in pool memory; NULL: none */
	uint8_t version[VERSION_OCTETS]; /* that was asked for last */
	bool is_writing;
	bool opened;    /* what is written next is decrypted */
	bool is_secret; /* what is being written is, or a copy of such */
	/* Whose key it was decrypted with, and how.  payloads.c */
	const struct policy_signer *opens;
	struct agreer agree;
	uint8_t opens_kid[KID_LEN];
	uint64_t written, allowance;
};

/* One Update under way; views borrow from the broker's message frame. */
struct update {
	bool open;
	struct teep_message msg;
	struct cbor_in manifests; /* those not begun */
	size_t begun;
	struct bytes envelope; /* of the one under way */
	struct span room;      /* of next */
	struct bytes raw;      /* next, encoded */
	struct state next;     /* the set to be */
	struct cbor_out reports;
	size_t n_reports;
	bool policy_new;
};

struct agent {
	const struct agent_ports *ports;
	struct span outbox;
	uint8_t *state_room; /* AGENT_STATE_MAX octets: the record in force */
	struct state state;
	struct pool pool;
	unsigned current; /* index of the policy in force */
	struct policy policy[2];
	uint8_t policy_room[2][AGENT_POLICY_MAX];
	enum phase phase;
	uint64_t session;
	struct exchange ex;
	struct update up;
	struct job job;
	uint64_t asked, limit; /* offset and octets of the open fetch */
	uint32_t round;        /* TAM rows returned by RequestPolicyCheck */
	uint32_t tried;        /* requests that were denied a second connect */
	size_t kept;           /* octets of reports in ports->reports->room */
	/* A commit failed: the store may hold either set, so no blob may be
	 * swept before one succeeds. */
	bool uncertain;
	/* Row of the TAM whose message is being answered; NULL: a stranger's.
	 * Its dialect is that of the answer. */
	const struct policy_tam *peer;
	struct bytes heard; /* that message, as it came */
	struct proof proof[PROOFS_MAX];
	uint8_t proven_by[DIGEST_LEN]; /* policy they were proven under */
	bool has_reply;
	struct link_frame reply;
};

const struct policy *agent_policy(const struct agent *a);
/* How the one who is being answered speaks. */
const struct dialect *agent_dialect(const struct agent *a);
void agent_log(const struct agent *a, const char *event, const struct why *why,
    struct bytes subject);
/* Make a record durable and take it into force. */
MUST_CHECK enum err agent_commit(struct agent *a, struct bytes raw);
/* Edit the record in force, and commit. */
MUST_CHECK enum err agent_change(struct agent *a, const struct state_edit *e);
/* Edit the set to be of the open Update. */
MUST_CHECK enum err agent_prepare(struct agent *a, const struct state_edit *e);
void agent_sweep(struct agent *a);
/* End the exchange and drop what was staged. */
void agent_close(struct agent *a);

/* ---- answer.c ---- */

void answer(struct agent *a, const struct link_frame *f);
void answer_none(struct agent *a);
void answer_result(struct agent *a, enum err e, struct bytes body);
/* Give the exchange up. */
void answer_abort(struct agent *a, enum err e);
/* Sign a message with TEEP key number `key` and answer it. */
void answer_message(struct agent *a, const struct teep_message *m, size_t key);
/* Answer an Error: to is what it answers, NULL to a stranger. */
void answer_error(struct agent *a, enum err e, const struct teep_message *to,
    uint32_t code, struct list reports);

/* ---- handlers, one for each row of the dispatch table ---- */

void on_request(struct agent *a, const struct link_frame *in);
void on_unrequest(struct agent *a, const struct link_frame *in);
void on_policy_check(struct agent *a, const struct link_frame *in);
void on_message(struct agent *a, const struct link_frame *in);
void on_error(struct agent *a, const struct link_frame *in);
void on_data(struct agent *a, const struct link_frame *in);
void on_call(struct agent *a, const struct link_frame *in);
void on_status(struct agent *a, const struct link_frame *in);
void on_passport(struct agent *a, const struct link_frame *in);

/* query.c: QueryRequest to QueryResponse or Error. */
void query_answer(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *m);

/* update.c: Update to fetches, Success or Error. */
void update_begin(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *m);
void update_data(struct agent *a, const struct link_frame *in);
void update_fetch_failed(struct agent *a);
/* Drop it without an answer. */
void update_drop(struct agent *a);

/* proof.c: is this QueryRequest's payload the word of a verifier that the TAM
 * whose message it is, is in order?  *kid: its key, *life: seconds that the
 * word is good for, from its making on.  Does not touch the agent. */
struct tam_proof {
	uint8_t kid[KID_LEN];
	uint64_t life;
};
MUST_CHECK enum err proof_judge(const struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct attested *by, struct bytes nonce,
    const struct teep_message *q, struct tam_proof *out, struct why *why);
/* Did this key of the TAM's sign the message that is being answered? */
MUST_CHECK enum err proof_signed_by(const struct agent *a,
    const struct verified *v, const struct policy_tam *tam,
    const uint8_t kid[KID_LEN]);

/* bind.c */
/* Two values that should be the same. */
enum err why_differs(struct why *why, enum err e, const char *what,
    struct bytes expected, struct bytes found);
MUST_CHECK enum err update_bound(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *m,
    struct why *why);
/* Let the set to be remember the Update that was found bound. */
MUST_CHECK enum err update_mark(struct agent *a);

/* remove.c: the unneeded manifests of an Update. */
MUST_CHECK enum err remove_all(struct agent *a, struct why *why);
/* May tam touch m and all of its components? */
bool remove_reaches(const struct policy_tam *tam, const struct installed *m);
/* The Uninstall procedure of m, for the TAM that owns it, if it has one and
 * its signer has a say.  Takes pool memory. */
MUST_CHECK enum err remove_heard(struct agent *a, const struct policy_tam *tam,
    const struct installed *m, struct why *why);
/* Take what no signer in p has a name for out of the set to be. */
MUST_CHECK enum err remove_retired(struct agent *a, const struct policy *p);

/* counters.c: may this manifest follow what was seen, and will there be a
 * counter for it in the set to be?  ERR_ROLLBACK, ERR_LIMIT, ... */
MUST_CHECK enum err counter_check(struct agent *a, struct bytes authority,
    const struct suit_manifest *m, struct why *why);

/* install.c: one manifest of an Update. */
MUST_CHECK enum err install_begin(struct agent *a, struct why *why);
MUST_CHECK enum err install_end(struct agent *a, struct why *why);
/* A device whose Evidence no Verifier can read is lost to its TAM: what has
 * no name there is not installed. */
MUST_CHECK enum err check_names(const struct suit_manifest *m, struct why *why);
/* Components of manifest number part of the run, as they will be: each has
 * content, and the one that was declared.  *out has those that were put. */
MUST_CHECK enum err install_contents(struct agent *a, uint8_t part,
    struct cbor_out *w, size_t *n, struct why *why);
/* Store the envelope of m, and note it all in the set to be.  entry: what the
 * manifest does not say itself. */
MUST_CHECK enum err install_note(struct agent *a, const struct suit_manifest *m,
    struct installed *entry, struct why *why);

/* needs.c: manifests that others depend on, see agent_ports. */
struct agent_depending {
	/* Make the job's host ready for them, in pool memory. */
	enum err (*begin)(struct agent *a);
	/* May m take the place of what is installed under its id, with those
	 * in mind who depend on that?  ERR_DEPENDENCY. */
	enum err (*replace)(const struct agent *a,
	    const struct suit_manifest *m, struct why *why);
	/* May a directive of m act on id, with those in mind who m depends
	 * on?  ERR_OWNER. */
	enum err (*usable)(const struct agent *a, const struct suit_manifest *m,
	    struct bytes id);
	/* Note the dependencies of the run that has ended in the set to be,
	 * and say which the root has. */
	enum err (*note)(struct agent *a, struct list *needs, struct why *why);
	/* Components that hold the envelope of m for others, as the set to be
	 * has them; its own, and of, left out. */
	enum err (*held)(const struct agent *a, const struct suit_manifest *m,
	    struct bytes of, struct cbor_out *w, size_t *n);
	/* Take what nobody needs any more out of the set to be. */
	enum err (*settle)(struct agent *a, struct why *why);
	/* What is to be removed, and others need, stays for them. */
	enum err (*keep)(
	    struct agent *a, const struct installed *m, bool *kept);
};

/* settle.c */
MUST_CHECK enum err settle_all(struct agent *a, struct why *why);
MUST_CHECK enum err settle_kept(
    struct agent *a, const struct installed *m, bool *kept);

/* floors.c: the floors of a signer of next in the set to be; was: its row
 * before, or NULL. */
MUST_CHECK enum err floors_set(struct agent *a, const struct policy *next,
    const struct policy_signer *s, const struct policy_signer *was);
/* Those of the first policy, in a record that has counted nothing yet. */
MUST_CHECK enum err floors_first(struct pool *pool, const struct policy *p,
    struct bytes *raw, struct state *s);
bool policy_signer_loses_key(
    const struct policy_signer *was, const struct policy_signer *now);
/* Of this manifest, or (id empty) of all others; 0: it has none. */
uint64_t policy_floor_of(const struct policy_signer *s, struct bytes id);
extern const uint8_t digest_none[DIGEST_LEN]; /* no manifest's */
/* Is it what a manifest that is there was counted by? */
bool counter_installed(const struct state *s, const struct counter *c);
void counter_put(
    struct builder *b, struct bytes authority, const struct counter *c);

/* fold.c: as agent_prepare, for a signer of next; where the table is full,
 * other counters make room. */
MUST_CHECK enum err fold_prepare(
    struct agent *a, const struct policy *next, const struct state_edit *e);

/* revoke.c: signers that lose a key, and floors of a new policy. */
struct agent_revoking {
	/* policy_floors_check. */
	enum err (*check)(const struct policy *p);
	/* floors_first. */
	enum err (*first)(struct pool *pool, const struct policy *p,
	    struct bytes *raw, struct state *s);
	/* Floors of a new policy, and out of the set to be with what they, or
	 * keys that are gone, have revoked. */
	enum err (*apply)(struct agent *a, const struct policy *next);
};

/* logs.c: what has to be in a log before it is installed. */
struct agent_logs {
	/* Does one of the policy's logs say that it has m?  ERR_MISSING: there
	 * is no receipt; else what is wrong with the last one. */
	enum err (*have)(const struct agent *a, const struct suit_manifest *m,
	    struct why *why);
};

/* answers.c: what the processor may ask about this one device, and about
 * versions, see agent_ports. */
struct agent_answers {
	void (*put)(struct suit_host *h);
};

/* passport.c: Results about this device, for others. */
struct agent_passports {
	/* Keep what an Update hands over. */
	void (*keep)(struct agent *a, const struct verified *v,
	    const struct policy_tam *tam, const struct teep_message *m);
	/* The one that was presented last has been refused: drop it. */
	void (*dropped)(struct agent *a);
	/* Is there one about the key of this exchange? */
	bool (*has)(const struct agent *a);
	/* Put it into a QueryResponse. */
	enum err (*present)(struct agent *a, const struct policy_tam *tam,
	    struct teep_message *m);
	/* Present it to the Relying Party that a LINK_PASSPORT names. */
	enum err (*show)(
	    struct agent *a, const struct link_frame *in, struct bytes *out);
};

/* host.c */
/* Is value, as bstr content or encoded, in a list of encoded values? */
bool ids_have(struct list l, struct bytes value);
void job_init(
    struct agent *a, const struct policy_tam *tam, const struct state *set);
/* The blob of a component as this job leaves it; false: it has none. */
bool job_content(const struct job *j, struct bytes id, struct component *out);

/* Who may speak for m: the root of the job, or one that it depends on.  NULL:
 * the administrators, or nobody. */
const struct policy_signer *job_signer(
    const struct agent *a, const struct suit_manifest *m);

/* personal.c: data of an application, a component of its own. */
MUST_CHECK enum err personal_data(
    struct agent *a, struct bytes id, struct bytes *out);
/* Stop whoever has other data in the set to be. */
void personal_changed(struct agent *a);

/* stored.c: what is installed, as a job.  The envelope takes pool memory. */
/* Bring a manifest back after job_init, if its signer may still. */
MUST_CHECK enum err job_reopen(
    struct agent *a, const struct installed *m, struct why *why);
/* Run a procedure that fetches nothing, whole. */
MUST_CHECK enum err job_run(
    struct agent *a, enum suit_procedure procedure, struct why *why);

/* report.c: SUIT Reports for the TAM. */
MUST_CHECK enum err report_success(struct agent *a);
void report_failure(struct agent *a, enum err e);
struct list reports_of(struct agent *a);
/* Protect one as the TAM's dialect has it, and append it to the list. */
MUST_CHECK enum err report_protect(struct agent *a,
    const struct policy_tam *tam, struct bytes body, struct cbor_out *list);

#endif
