/*
 * tam: the TAM as a pure engine.                     [RFC 9397 6, TEEP 6]
 *
 * A message and a read-only view of the store go in; a reply and a list of
 * effects come out.  The shell makes the effects durable in one transaction
 * and only then lets the reply leave; if the transaction finds a challenge
 * used or a token consumed, nothing leaves.  So any number of TAMs may stand
 * on one store, and none keeps anything in memory.
 *
 * Time is handed in.  Keys are signers and an agreer (the keeper).
 */
#ifndef TAMARIND_TAM_H
#define TAMARIND_TAM_H

#include <tamarind/arena.h>
#include <tamarind/suit.h>
#include <tamarind/teep.h>
#include <tamarind/verifier.h>

#define TAM_CHALLENGE_LEN 32
#define TAM_TOKEN_LEN     16
#define TAM_MANIFESTS_MAX 32 /* in one Update */
#define TAM_EFFECTS_MAX   64
#define TAM_SEEDS_MAX     32 /* remembered of one device */
#define TAM_DIALECT_MAX   32 /* name of a dialect, with NUL */
#define TAM_SEED_LEN      8  /* octets of each: none comes twice by chance */

enum tam_model { TAM_BACKGROUND_CHECK, TAM_PASSPORT };
enum tam_fresh { TAM_FRESH_NONCE = 1, TAM_FRESH_TIME = 2 };

/* Settings; tam_config_default fills it.               [design section 6] */
struct tam_config {
	uint32_t challenge_life;    /* seconds: 600 */
	uint32_t token_life;        /* seconds: 86400 */
	uint32_t result_life;       /* seconds: 86400 */
	uint32_t exchange_requests; /* QueryRequests in one exchange: 4 */
	uint32_t clock_skew;        /* seconds: 300 */
	/* What the first question of a session asks for, and what may make
	 * the answer fresh: bits of enum tam_fresh, 0 is nonces. */
	enum tam_model model;
	unsigned fresh;
	uint32_t evidence_age; /* seconds, of what its time makes fresh: 300 */
	uint32_t result_age;   /* the same of Results: 3600 */
	/* The least that a Result of another Verifier has to vouch for. */
	enum assurance least;
	/* After a proof under a challenge with nothing more to do, hand the
	 * device the Result of it, for other Relying Parties. */
	bool passports;
};
struct tam_config tam_config_default(void);

/* A device as the store knows it. */
struct tam_device {
	uint64_t id;
	uint64_t version; /* optimistic lock */
	char name[64];
	/* It is heard where this one is spoken and nowhere else; "" is the
	 * default. */
	char dialect[TAM_DIALECT_MAX];
	uint8_t kid[KID_LEN]; /* of its TEEP key */
	struct cose_key key;
	/* Its key was certified, until then; and what is wrong with that, a
	 * word that lives on, or NULL. */
	bool certified;
	uint64_t certified_until;
	const char *uncertified;
	bool has_report_key; /* from the last accepted Evidence */
	struct cose_key report_key;
	/* The evidence key it was first accepted with: another device's
	 * Evidence, though endorsed, is refused.  Empty until then. */
	uint8_t evidence_ueid[33];
	uint8_t evidence_ueid_n;
	/* The strongest class that it was accepted under: under a weaker one
	 * it is refused.                                       [security 8] */
	enum assurance assured;
	/* Boot seeds of accepted Evidence, shortened, the newest first, and
	 * when that one was first seen.                       [security 23] */
	uint8_t seed[TAM_SEEDS_MAX][TAM_SEED_LEN];
	uint8_t n_seeds;
	uint64_t seed_since;
	/* Two that run at once were seen with this key: whichever it is, it
	 * is refused until the operator removes the device. */
	bool cloned;
	/* QueryRequests sent in this exchange, and when it began. */
	uint32_t requests;
	uint64_t exchange_at;
	/* The challenge that proves what was last reported, and since when. */
	uint8_t proof_challenge[TAM_CHALLENGE_LEN];
	bool has_proof_challenge;
	uint64_t reported_at;
	uint64_t proven_at;
	/* What is fresh by its time alone has to be made after this: the
	 * newest iat of such Evidence, and when Evidence was last refused. */
	uint64_t evidence_iat;
	/* When it last said what it can do; 0: never. */
	uint64_t capable_at;
	enum verdict verdict; /* of the last appraisal */
};

/* A manifest in the TAM's hands. */
struct tam_manifest {
	uint8_t digest[DIGEST_LEN];
	uint64_t sequence;
	uint8_t id[SUIT_ID_MAX]; /* manifest component id, encoded */
	size_t id_n;
	/* the first component and its image, as the manifest declares them */
	uint8_t component[SUIT_ID_MAX];
	size_t component_n;
	uint8_t image[DIGEST_LEN];
	bool has_image;
	size_t envelope_n;
};

/* An Update that waits for its Success or Error. */
struct tam_token {
	uint8_t token[TAM_TOKEN_LEN];
	uint8_t kid[KID_LEN];
	uint64_t expires;
	uint8_t manifests[TAM_MANIFESTS_MAX][DIGEST_LEN]; /* sent in it */
	size_t n_manifests;
	struct bytes unneeded; /* encoded list sent in it, may be empty */
};

/* Reading side of the store.  Any answer may be stale: the transaction
 * decides.  Buffers of views come from the arena. */
struct tam_view {
	void *ctx;
	/* ERR_UNKNOWN_KEY */
	enum err (*device)(void *ctx, struct bytes kid, struct tam_device *out);
	/* ERR_TOKEN: no such open token of this key. */
	enum err (*token)(void *ctx, struct bytes token,
	    const uint8_t kid[KID_LEN], const struct arena *mem,
	    struct tam_token *out);
	/* OK: unused; ERR_REPLAY: used by this key. */
	enum err (*challenge)(void *ctx,
	    const uint8_t challenge[TAM_CHALLENGE_LEN],
	    const uint8_t kid[KID_LEN]);
	/* The nth manifest this device should have; ERR_NOT_FOUND at end. */
	enum err (*wanted)(
	    void *ctx, uint64_t device, size_t nth, struct tam_manifest *out);
	/* The nth manifest this device was ever sent by us, is no longer
	 * wanted, of no repair set of the device, and not yet proven gone;
	 * ERR_NOT_FOUND at the end. */
	enum err (*unwanted)(
	    void *ctx, uint64_t device, size_t nth, struct tam_manifest *out);
	/* The nth manifest of this device's repair set for a cause, the name
	 * of a measurement; ERR_NOT_FOUND at the end. */
	enum err (*repair)(void *ctx, uint64_t device, struct bytes cause,
	    size_t nth, struct tam_manifest *out);
	/* A stored manifest by digest; ERR_NOT_FOUND. */
	enum err (*manifest)(void *ctx, const uint8_t digest[DIGEST_LEN],
	    struct tam_manifest *out);
	/* The newest stored manifest with this manifest component id that the
	 * device may have on request (granted); ERR_NOT_FOUND. */
	enum err (*granted)(void *ctx, uint64_t device, struct bytes component,
	    struct tam_manifest *out);
	/* Its envelope as received, into arena memory. */
	enum err (*envelope)(void *ctx, const uint8_t digest[DIGEST_LEN],
	    const struct arena *mem, struct bytes *out);
	/* MAC keys for challenges: nth 0 is the one to use, others are still
	 * honoured; ERR_NOT_FOUND at the end. */
	enum err (*mac_key)(void *ctx, size_t nth, uint8_t key[32]);
};

/* What the shell must make durable, all or nothing. */
enum tam_effect_kind {
	/* Insert (challenge, kid) until expires; exists: ERR_REPLAY. */
	TAM_USE_CHALLENGE = 1,
	/* Consume the open token of kid; gone: ERR_TOKEN. */
	TAM_USE_TOKEN,
	/* Insert an open token (effect.token). */
	TAM_NEW_TOKEN,
	/* Replace the device row where version matches (else ERR_BUSY), and
	 * raise its version. */
	TAM_DEVICE,
	/* Record an appraisal: verdict, assurance, reason, and, when accepted,
	 * the manifests and images that Evidence listed. */
	TAM_APPRAISED,
	/* Record that the device reported an outcome for a manifest. */
	TAM_REPORTED,
	/* The device asked for a component (requested-tc-list). */
	TAM_REQUESTED,
	/* Record what the device can do. */
	TAM_CAPABLE,
	/* Record how the device started a manifest, last. */
	TAM_STARTED,
};

/* What a device says of the failure of a manifest, and the manifest of the
 * place.  Only for people: nothing is decided by it. */
#define TAM_MEASURED_MAX     256
#define TAM_CAPABILITIES_MAX 4096 /* octets; more is left out */
struct tam_failure {
	uint8_t section;        /* enum suit_member; 0: before any command */
	uint32_t offset;        /* of the command in its section */
	int64_t command;        /* its code; 0: not known */
	struct bytes component; /* encoded identifier; empty: not known */
	struct bytes measured;  /* encoded map of parameters; more than
				 * TAM_MEASURED_MAX is left out */
	struct bytes said;      /* err-msg of the Error: foreign text */
};

struct tam_effect {
	enum tam_effect_kind kind;
	uint64_t device;
	uint64_t time;
	uint8_t challenge[TAM_CHALLENGE_LEN];
	uint8_t kid[KID_LEN];
	uint64_t expires;
	struct tam_token token;   /* NEW_TOKEN; USE_TOKEN: token, kid */
	struct tam_device row;    /* DEVICE */
	enum err outcome;         /* APPRAISED, REPORTED, STARTED: OK or why
				   * not */
	enum assurance assurance; /* APPRAISED */
	uint64_t until;           /* APPRAISED and accepted: it is over then */
	/* APPRAISED: the key of another Verifier, which said so. */
	bool passport;
	uint8_t verifier[KID_LEN];
	struct list manifests;    /* APPRAISED: claim 272 */
	struct list measurements; /* APPRAISED: claim 273 */
	/* APPRAISED and accepted: the signed Evidence, if it names keys for
	 * encrypted payloads; for the authors of those. */
	struct bytes evidence;
	bool proves;                /* APPRAISED: answers a challenge issued
				     * after the last report */
	bool proves_all;            /* and after everything was sent, too;
				     * else only what was sent in a second
				     * before the challenge's */
	uint8_t digest[DIGEST_LEN]; /* REPORTED, STARTED: manifest */
	bool removed;               /* REPORTED: it was to be removed */
	uint64_t reason;            /* REPORTED, STARTED: SUIT report reason */
	struct tam_failure failure; /* REPORTED, STARTED: where and why, if it
				     * failed */
	struct bytes capabilities;  /* REPORTED, if it told them, and CAPABLE:
				     * encoded */
	struct bytes component;     /* REQUESTED */
};

struct tam_reply {
	struct bytes message; /* empty: nothing to say (204) */
	enum teep_type sent;  /* type of message; 0 if none */
	struct tam_effect effect[TAM_EFFECTS_MAX];
	size_t n_effects;
	/* For the log: what came, from whom, and why it was refused. */
	enum teep_type type; /* 0: not known */
	uint8_t kid[KID_LEN];
	bool known; /* kid is an authenticated device's */
	uint64_t device;
	bool passport; /* what was appraised is verifier's word, a key */
	uint8_t verifier[KID_LEN];
	bool clone;     /* this message showed that there are two of it */
	bool repair;    /* it failed, and message repairs it */
	struct why why; /* err OK: accepted.  ERR_EXCHANGE_LIMIT
			 * beside effects: accepted, but the
			 * session ends here */
	struct appraisal appraisal;
	uint64_t peer_code;     /* err-code of an Error message */
	struct bytes peer_text; /* its err-msg: foreign text */
};

/* Whose Results are believed, and about whom. */
struct tam_results {
	struct keyring verifiers;
	void *ctx;
	/* Is there any?  Else Results are refused like what nobody knows. */
	bool (*any)(void *ctx);
	/* ERR_SCOPE: that Verifier may not speak about such a device. */
	enum err (*scope)(void *ctx, const uint8_t verifier[KID_LEN],
	    const char *vendor, struct bytes hwmodel);
	/* Of an EAR: which submodule, none: the only one; and whether
	 * EAR_WARNING is enough. */
	struct bytes submod;
	enum ear_tier least;
};

/* Who measures this TAM, for the Verifier that vouches for it to agents. */
struct tam_attester {
	void *ctx;
	/* Evidence of EAT_EVIDENCE_FORMAT about the TEEP key with this id, in
	 * arena memory.  CLASS_PORT errors. */
	enum err (*evidence)(void *ctx, struct bytes challenge,
	    const uint8_t kid[KID_LEN], const struct arena *mem,
	    struct bytes *out);
};

struct tam {
	const struct crypto *crypto;
	const struct tam_view *view;
	const struct verifier *verifier;
	const struct tam_results *results; /* NULL: nobody's */
	struct tam_config config;
	/* Of the endpoint that this one serves, linked, and its name; NULL is
	 * the default's, "".  Each has TEEP keys of its own, below. */
	struct dialect dialect;
	const char *dialect_name;
	/* Who signs a first message that has one signature; NULL: ESP256. */
	const struct signer *first;
	const struct signer *esp256, *ed25519; /* TEEP keys; both */
	const struct signer *result;           /* Result key */
	const struct agreer *agree;            /* encryption key */
	char audience[2][KID_TEXT];            /* key ids of the TEEP keys */
	/* The TAM's own Attestation Result subject, for agents that demand
	 * one (ERR_ATTESTATION_REQUIRED): claims 256, 258..260 and 272 of this
	 * TAM, encoded map without nonce and cnf; empty: cannot attest. */
	struct bytes self;
	/* Instead of that: verifier->remote appraises its Evidence, and what
	 * an agent gets is that Verifier's Result, in CBOR.  NULL: self. */
	const struct tam_attester *attester;
};

/*
 * A new session: one QueryRequest in a COSE_Sign under both TEEP keys, or in
 * a COSE_Sign1 where the dialect has that, asking
 * for attestation and components, with a stateless challenge; of a passport
 * that is the token, and where only times make it fresh, Evidence is asked for
 * without any.  Stores
 * nothing.  The same bytes may be handed to many agents for a second.
 */
MUST_CHECK enum err tam_connect(const struct tam *t, uint64_t now,
    const struct arena *mem, struct bytes *message);

/*
 * One message from an agent.  Always fills *out, which must stay where it
 * is: why has views into it.  OK: a judgement was made, be it a refusal,
 * which why says; the effects are to be made durable in any case.
 * Unauthenticated, or not to be recognised as a message from an agent: no
 * message, no effects.  An authentic QueryResponse or outcome that is
 * malformed or whose contents are refused is answered with an Update that
 * names the reason, except replays and the like.
 * CLASS_ROOM, CLASS_PORT and CLASS_BUG errors mean that no judgement was
 * possible (503).  Views borrow from in and mem.
 */
MUST_CHECK enum err tam_message(const struct tam *t, uint64_t now,
    struct bytes in, const struct arena *mem, struct tam_reply *out);

/* ---- challenges -------------------------------------------------------- */

/* time 4 | random 12 | HMAC-SHA-256 of both, 16.           [security 2] */
MUST_CHECK enum err tam_challenge_make(const struct crypto *c,
    const uint8_t key[32], uint64_t now, uint8_t out[TAM_CHALLENGE_LEN]);
/* ERR_CHALLENGE: not of ours; ERR_EXPIRED.  *issued in seconds. */
MUST_CHECK enum err tam_challenge_check(const struct crypto *c,
    const struct tam_view *v, const struct tam_config *config, uint64_t now,
    struct bytes challenge, uint64_t *issued);

#endif
