/*
 * agent: the TEEP Agent as a pure engine.        [RFC 9397 6, TEEP 5, 6, 7]
 *
 * No heap, no I/O of its own.  Frames from the broker go in (agent_give),
 * frames to the broker come out (agent_next).  The store, the launcher and
 * the applications are ports, called synchronously.
 *
 * The broker is hostile: it may drop, delay, replay, reorder and invent
 * frames.  Nothing it says is believed; it decides only when things happen.
 */
#ifndef TAMARIND_AGENT_H
#define TAMARIND_AGENT_H

#include <tamarind/eat.h>
#include <tamarind/link.h>
#include <tamarind/suit.h>
#include <tamarind/teep.h>

#define AGENT_TAMS_MAX      8
#define AGENT_SIGNERS_MAX   16
#define AGENT_KEYS_MAX      4 /* keys of one row */
#define AGENT_PREFIXES_MAX  16
#define AGENT_ADMINS_MAX    8
#define AGENT_CALLERS_MAX   16
#define AGENT_INSTALLED_MAX 32 /* manifests */
#define AGENT_COUNTERS_MAX  64
#define AGENT_REQUESTS_MAX  16
#define AGENT_POLICY_MAX    32768
#define AGENT_STATE_MAX     65536
/* Updates in one exchange; and those that are applied in one second, as a
 * TAM's Results tell the time. */
#define AGENT_UPDATES_MAX 8
/* Attestation Results that are kept, one for each TAM, and octets of one and
 * of its media type. */
#define AGENT_PASSPORTS_MAX 2
#define AGENT_PASSPORT_MAX  4096
#define AGENT_FORMAT_MAX    128
/* QueryRequests in one exchange.                            [security 2] */
#define AGENT_QUERIES_MAX 4

/* ---- policy ------------------------------------------------------------ *
 * One signed object, component ['policy'], a SUIT manifest with this map as
 * payload, written only by its administrator authority.  docs/policy.md
 *
 *   policy = { 1: 1, 2: admins, 3: [* tam], 4: [* signer], ? 5: [* verifier],
 *              6: tam (recovery), ? 7: [* caller],
 *              ? 8: [+ COSE_Key] (logs) }
 *   admins = { 1: threshold uint, 2: [+ COSE_Key] }
 *   tam    = { 1: name tstr, 2: [+ COSE_Key], ? 3: COSE_Key (encryption),
 *              4: uri tstr, 5: [+ prefix], ? 6: quota octets uint,
 *              ? 7: unbound bool, ? 8: dialect, ? 9: attested }
 *   attested = { 1: [+ name tstr of a verifier], 2: seconds uint,
 *                ? 3: status uint }       2 affirming, 32 warning
 *   dialect = { ? 1: numbering uint, ? 2: algorithms uint,
 *               ? 3: profiles uint, ? 4: first uint, ? 5: reports uint,
 *               ? 6: evidence uint }       values: enum dialect_* of teep.h
 *   signer = { 1: name tstr, 2: [+ COSE_Key], 3: [+ prefix],
 *              ? 4: [* uri prefix tstr], ? 5: payload key uint,
 *              ? 6: [+ floor], ? 7: logged bool, ? 8: readings uint }
 *   floor  = [ manifest id / null, sequence uint ]
 *   verifier = { 1: name tstr, 2: [+ COSE_Key] }
 *   caller = { 1: prefix, ? 2: [* uid uint] }     absent 2: anybody
 *   prefix = SUIT_Component_Identifier
 */
struct policy_keys {
	struct cose_key key[AGENT_KEYS_MAX];
	uint8_t kid[AGENT_KEYS_MAX][KID_LEN];
	uint8_t n;
};

struct policy_tam {
	struct bytes name, uri;
	struct policy_keys sign;
	struct cose_key enc;
	uint8_t enc_kid[KID_LEN];
	bool has_enc;
	/* How this TAM speaks; 7 is its update axis.  Not linked as read: see
	 * policy_link. */
	struct dialect dialect;
	struct list prefixes;
	uint64_t quota; /* octets of payloads; UINT64_MAX: none */
	/* It is heard only after it has proven itself: how.  Encoded, not
	 * checked yet: see policy_link.  p NULL: it need not. */
	struct bytes attested;
};

struct policy_signer {
	struct bytes name;
	struct policy_keys keys;
	struct list prefixes;
	struct list hosts; /* URI prefixes it may fetch from; empty: any */
	/* Number of the key that opens what it encrypts; 0: none. */
	uint32_t payload_key;
	/* Readings of the drafts that its manifests are let have: bits of enum
	 * suit_compat; 0: strict. */
	uint32_t readings;
	/* The least sequence numbers from here on, not checked yet: see
	 * policy_link. */
	struct list floors;
	bool logged; /* one of the logs has to have its manifests */
};

struct policy_caller {
	struct bytes prefix;
	bool anybody;
	struct list uids;
};

/* Read and index; views borrow from the bytes read. */
struct policy {
	uint8_t threshold;
	struct cose_key admin[AGENT_ADMINS_MAX];
	uint8_t admin_kid[AGENT_ADMINS_MAX][KID_LEN];
	uint8_t n_admins;
	struct policy_tam tam[AGENT_TAMS_MAX];
	uint8_t n_tams;
	struct policy_tam recovery;
	struct policy_signer signer[AGENT_SIGNERS_MAX];
	uint8_t n_signers;
	bool has_floors;         /* one of them at least */
	bool has_attested;       /* a TAM at least has to prove itself */
	struct list verifiers;   /* whose keys are not taken from it yet */
	struct policy_keys logs; /* of transparency */
	struct policy_caller caller[AGENT_CALLERS_MAX];
	uint8_t n_callers;
	uint8_t digest[DIGEST_LEN]; /* of the object */
};

/* Read a policy object.  Threshold 1..n_admins; keys valid points; no key
 * twice (one key, one owner, one purpose); names of TAMs, and of signers,
 * distinct; URI prefixes end in '/'; the recovery TAM reaches ['policy'] and
 * nothing else; a TAM to whom Evidence is always encrypted has a key for it.
 * ERR_KEY_PURPOSE, ERR_DUPLICATE, ERR_URI, ... */
MUST_CHECK enum err policy_read(const struct crypto *c, struct bytes in,
    struct policy *out, struct why *why);

struct agent_ports;
/* Can a device with these ports do what the policy asks for?  Gives every TAM
 * row the tables of its dialect.  Keeps them.
 * ERR_DIALECT: a row wants one that is not there.  ERR_CANNOT: floors, and no
 * revoking; logs, and none who could ask them; TAMs that have to prove
 * themselves, and no demanding.  What agent_revoking has against floors, and
 * policy_attested_check against the last. */
MUST_CHECK enum err policy_link(
    struct policy *p, const struct agent_ports *ports, struct why *why);
/* What TAM rows say of Verifiers: each that is named is there, once, and with
 * a key that c can use; no key is that of two Verifiers; the recovery TAM need
 * not prove itself, for who could reach its Verifier then?
 * ERR_MISSING, ERR_DUPLICATE, ERR_COSE_ALG, ERR_KEY_PURPOSE, ERR_RANGE,
 * ERR_UNEXPECTED, ... */
MUST_CHECK enum err policy_attested_check(
    const struct crypto *c, const struct policy *p);
/* The floors of all signer rows: a null, for all that have none of their own,
 * stands first; no id twice; numbers from 1 on; fewer than AGENT_COUNTERS_MAX.
 * ERR_ORDER, ERR_DUPLICATE, ERR_LIMIT, ERR_RANGE, ... */
MUST_CHECK enum err policy_floors_check(const struct policy *p);
/* The next of floors that were checked; id empty: of all others.  false: the
 * end. */
bool policy_floor_next(
    struct cbor_in *items, struct bytes *id, uint64_t *sequence);
/* Does this floor of `now` stand in the place of what a device has counted
 * under `was`, NULL: a policy without that signer?  Else it only raises that.
 *   id   of a floor of now, empty: of all others */
bool policy_floor_replaces(const struct policy_signer *was,
    const struct policy_signer *now, struct bytes id);

/* The object in the manifest of a policy: its one integrated payload.  Views
 * the envelope; authenticates nothing.  ERR_MISSING: none, or several. */
MUST_CHECK enum err policy_inside(
    const struct suit_manifest *m, struct bytes *out);

/* Have enough administrators of `by` signed the envelope, and is it about
 * ['policy'] alone?  m has who signed, also when it is ERR_THRESHOLD.
 * ERR_UNSIGNED, ERR_UNKNOWN_KEY, ERR_COMPONENT, those of suit_open. */
MUST_CHECK enum err policy_signed(const struct crypto *c,
    const struct policy *by, struct bytes envelope, struct suit_manifest *m,
    struct why *why);

/* Authenticate a policy envelope by itself, for the very first one: the
 * administrators whom the object names must have signed it, threshold of
 * them, and it must be about component ['policy'].  The object is the
 * integrated payload; *object views envelope.  All is empty on error. */
MUST_CHECK enum err policy_open_first(const struct crypto *c,
    struct bytes envelope, struct policy *out, struct suit_manifest *m,
    struct bytes *object, struct why *why);

/* The same of a policy that shall follow `now`, whose manifest is `at`: the
 * threshold of both must have signed, and its number is greater, or it is the
 * same once more.  What an agent decides itself at an Update, for those who
 * author one.                                              [security 12] */
MUST_CHECK enum err policy_open_next(const struct crypto *c,
    const struct policy *now, const struct suit_manifest *at,
    struct bytes envelope, struct policy *out, struct suit_manifest *m,
    struct bytes *object, struct why *why);

/* ---- ports ------------------------------------------------------------- */

struct agent; /* complete in agent_int.h; its size is agent_size() */

/* A crash-safe store: named blobs by SHA-256 and one state record.  After a
 * crash, load answers the state of the last commit that returned OK, or of
 * the one under way; blobs that state does not name may be gone. */
struct agent_store {
	void *ctx;
	/* ERR_NOT_FOUND: nothing was ever committed. */
	enum err (*load)(void *ctx, struct span room, struct bytes *out);
	/* Replace the state record; durable when it returns. */
	enum err (*commit)(void *ctx, struct bytes state);
	/* Write one blob; durable when end returns.  One at a time. */
	enum err (*blob_begin)(void *ctx, uint64_t size_hint);
	enum err (*blob_more)(void *ctx, struct bytes piece);
	enum err (*blob_end)(void *ctx, const uint8_t sha256[DIGEST_LEN]);
	void (*blob_drop)(void *ctx);
	/* At most room.n octets from offset; *got 0 at the end. */
	enum err (*blob_read)(void *ctx, const uint8_t sha256[DIGEST_LEN],
	    uint64_t offset, struct span room, size_t *got);
	/* Remove every blob that keep denies. */
	enum err (*sweep)(void *ctx,
	    bool (*keep)(void *arg, const uint8_t sha256[DIGEST_LEN]),
	    void *arg);
};

/* The launcher: attester and parent of applications. */
struct agent_launcher {
	void *ctx;
	/* A signed (not encrypted) Evidence into room. */
	enum err (*attest)(void *ctx, const struct attest_request *r,
	    struct span room, struct bytes *evidence);
	/* Start an instance of component id from the blob (read through
	 * store->blob_read), replacing any that runs; its digest is checked
	 * again against sha256 by the launcher.  data, LINK_CALL_MAX octets
	 * at most, is for the instance alone and not kept; p NULL: none.
	 * ERR_INVOKE. */
	enum err (*start)(void *ctx, struct bytes id,
	    const uint8_t sha256[DIGEST_LEN], uint64_t size, struct bytes args,
	    struct bytes data);
	/* Does an instance of id with this digest live? */
	bool (*alive)(
	    void *ctx, struct bytes id, const uint8_t sha256[DIGEST_LEN]);
	/* One call: at most LINK_CALL_MAX octets each way, deadline 10 s.
	 * ERR_INVOKE: it died, was late or answered nonsense; it is gone. */
	enum err (*call)(void *ctx, struct bytes id, struct bytes in,
	    struct span room, struct bytes *out);
	/* Stop the instance of id if there is one. */
	void (*stop)(void *ctx, struct bytes id);
	/* Media type of its Evidence; empty: EAT_EVIDENCE_FORMAT. */
	struct bytes format;
	/* It has a clock that is to be trusted, and makes Evidence without a
	 * challenge that says when it was made. */
	bool timed;
};

/*
 * Encrypted payloads: one key pair for each signer authority, made from a
 * secret of the device, the authority's name and the number that policy gives
 * to its key, whenever it is needed; none is kept.         [security 11]
 */
struct agent_payloads {
	struct bytes secret; /* 32 octets, for this alone; the owner wipes */
	/* The pair of a P-256 scalar.  ERR_COSE_KEY: not in 1 .. n-1. */
	enum err (*pair)(
	    const uint8_t d[32], struct agreer *out, struct cose_key *pub);
	void (*drop)(struct agreer *a);
	/* Where plaintext passes; wiped after use.  16 octets or more. */
	struct span room;

	/* Private: what agent_payloads_init puts here. */
	enum err (*opener)(void *agent, const struct suit_manifest *by,
	    size_t nth, struct cose_opener *out);
	enum err (*keys)(struct agent *a, struct list *out);
	enum err (*data)(struct agent *a, struct bytes id, struct bytes *out);
	void (*changed)(struct agent *a);
};
/* A device without encrypted payloads does not link it. */
void agent_payloads_init(struct agent_payloads *p);

/*
 * SUIT Reports beyond those that an Update is answered with: what this device
 * can do, for a TAM that asks or asked for more, and how what runs in it was
 * started.                                        [TEEP 4.3, SUIT Report 4.2]
 */
struct agent_reports {
	/* For reports of invocations since agent_init, the oldest of which
	 * give way; may be empty: none is kept.  Lent while the agent lives. */
	struct span room;

	/* Private: what agent_reports_init puts here. */
	enum err (*can)(
	    struct agent *a, const struct policy_tam *tam, struct bytes *out);
	void (*started)(struct agent *a);
	enum err (*told)(struct agent *a, const struct policy_tam *tam,
	    struct bytes nonce, struct list *out);
};
/* A device that tells nothing of it does not link it. */
void agent_reports_init(struct agent_reports *r);

/*
 * TAMs that have to prove themselves: their QueryRequest is answered by an
 * Error that demands it, until a Verifier whom policy names has said that the
 * key they sign with is that of a TAM in order.     [TEEP 7.2.1, 12.4]
 */
struct agent_demanding {
	void *ctx;
	/* Seconds since some moment in the past.  They never go back, go on
	 * while the device sleeps, and nobody outside of it can set them: by
	 * them a proof is remembered, and no longer than this agent runs. */
	enum err (*seconds)(void *ctx, uint64_t *out);

	/* Private: what agent_demanding_init puts here. */
	enum err (*check)(const struct crypto *c, const struct policy *p);
	enum err (*heard)(struct agent *a, const struct verified *v,
	    const struct policy_tam *tam, const struct teep_message *q,
	    struct why *why);
	enum err (*proven)(struct agent *a, const struct verified *v,
	    const struct policy_tam *tam, struct why *why);
};
/* A device that hears every TAM of its policy does not link it. */
void agent_demanding_init(struct agent_demanding *d);

/* Everything the engine stands on.  Constant while the agent lives. */
struct agent_ports {
	const struct crypto *crypto;
	const struct agent_store *store;
	const struct agent_launcher *launcher;
	/* TEEP keys: one or two, of different algorithms. */
	const struct signer *teep[2];
	struct cose_key teep_key[2];
	size_t n_teep;
	const struct signer *report;
	struct cose_key report_key;
	/* NULL: encrypted payloads are refused. */
	const struct agent_payloads *payloads;
	/* NULL: a request for SUIT Reports is answered with none. */
	const struct agent_reports *reports;
	/* Dialects besides the default: &dialect_others, or NULL for none. */
	const struct dialect_tables *dialects;
	/* Manifests that depend on others: &agent_depending, or NULL: they are
	 * refused. */
	const struct agent_depending *depending;
	/* Signers that lose a key, and floors: &agent_revoking, or NULL: a
	 * policy with floors is refused, and what a lost key has signed stays,
	 * though nobody starts it. */
	const struct agent_revoking *revoking;
	/* Receipts of transparency logs: &agent_logs, or NULL: a policy with
	 * logs is refused. */
	const struct agent_logs *logs;
	/* NULL: a policy whose TAMs have to prove themselves is refused. */
	const struct agent_demanding *demanding;
	/* Conditions about this one device, and about versions: &agent_answers,
	 * or NULL: they are refused, and so is what has them. */
	const struct agent_answers *answers;
	/* Results that are kept, and shown to others: &agent_passports, or
	 * NULL: none is. */
	const struct agent_passports *passports;
	/* Trusted time, in seconds since 1970.  NULL: there is none; then the
	 * nonce alone makes fresh, and nobody here knows when a Result is
	 * over. */
	uint64_t (*now)(void);
	/* What the device is, sealed at init; the last: for answers. */
	struct list vendor_ids, class_ids, device_ids; /* encoded values */
	/* Log one event: shells print it.  event is a static word such as
	 * "update-refused"; why may be NULL; never gets secrets. */
	void (*log)(void *ctx, const char *event, const struct why *why,
	    struct bytes subject);
	void *log_ctx;
};

extern const struct agent_depending agent_depending; /* agent_int.h */
extern const struct agent_revoking agent_revoking;
extern const struct agent_logs agent_logs;
extern const struct agent_answers agent_answers;
extern const struct agent_passports agent_passports;

/* ---- engine ------------------------------------------------------------ */

/* Octets and alignment (max_align_t) that a struct agent needs. */
size_t agent_size(void);

/*
 * Start on memory lent by the caller and load the state.
 *   work    scratch for Evidence, messages and state: at least
 *           4 * AGENT_STATE_MAX
 *   outbox  one reply: at least AGENT_STATE_MAX
 * Keeps ports, work, outbox.  ERR_NOT_FOUND: no policy was ever sealed
 * (agent_seal_policy first).  ERR_ROOM: a buffer is too small.
 */
MUST_CHECK enum err agent_init(struct agent *a, const struct agent_ports *ports,
    struct span work, struct span outbox);

/* Seal the first policy (teep-agentd init): checks it as policy_open_first,
 * stores it as the installed manifest of ['policy'].  ERR_EXISTS when a
 * policy is sealed already. */
MUST_CHECK enum err agent_seal_policy(const struct agent_ports *ports,
    struct span work, struct bytes envelope, struct why *why);

/*
 * Hand in one frame from the broker.  in's views must stay valid until
 * agent_next has answered false, and those of a LINK_MESSAGE as long as
 * agent_holds_message says so after that: an Update waits, where it was read,
 * for the pieces it fetches (LINK_FETCH, LINK_DATA), which need memory of
 * their own.  A frame that makes no sense in the present state is answered,
 * not fatal.  Every frame gets one answer.
 */
void agent_give(struct agent *a, const struct link_frame *in);

/* Is the memory of the last LINK_MESSAGE still in use?  Then no frame may be
 * read into it. */
bool agent_holds_message(const struct agent *a);

/* The next frame to send; false: nothing (more) until agent_give.  Views
 * stay valid until the next agent_give or agent_next. */
bool agent_next(struct agent *a, struct link_frame *out);

/* The broker's connection is gone: drop the exchange and staged data. */
void agent_hangup(struct agent *a);

/* Encoded status for `teep-broker status`: one CBOR map, documented in
 * docs/link.md; written by LINK_STATUS, exposed for init and tests. */
MUST_CHECK enum err agent_status(struct agent *a, struct cbor_out *w);

#endif
