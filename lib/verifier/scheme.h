/*
 * scheme: one kind of Evidence as a row, and what its file may use.
 *                                        [RFC 9334 8; docs/evidence.md 5]
 *
 * A scheme authenticates Evidence, checks that it answers the challenge and
 * is bound to the TEEP key [security 9], fills j->out->claims, and says what
 * was measured (job_about, job_say).  Then the engine holds all of that
 * against the CoRIMs (judge.c).  Where ask->teep_kid is NULL, Evidence that
 * names its TEEP key has job_key_named say so; other is bound to none.  A
 * scheme that returns OK has checked the binding: the engine marks the
 * appraisal as bound.
 */
#ifndef TAMARIND_SCHEME_H
#define TAMARIND_SCHEME_H

#include <tamarind/verifier.h>

struct job;

struct scheme {
	const char *name;
	const char *const *media; /* types that it takes; ended by NULL */
	/* It never yields more, whoever endorses what. */
	enum assurance most;
	/* What Evidence says it answers, before anything of it is believed.
	 * NULL: it does not say, and cannot be asked for by TEEP. */
	enum err (*nonce)(
	    struct bytes evidence, struct bytes *out, struct why *why);
	enum err (*appraise)(struct job *j, struct bytes evidence);
	/* Another Verifier has appraised it: read its claims, and are they
	 * about the challenge, for this TAM and of the TEEP key?  NULL: what
	 * stands in it says nothing of the device without the appraisal. */
	enum err (*claims)(struct job *j, struct bytes evidence);
	/* A measurement was refused: say more of it.  NULL: there is none. */
	void (*explain)(struct job *j, struct bytes evidence);
};

/* Measurements of one Evidence, and what is said of them by others. */
#define JOB_SAID_MAX   32
#define JOB_CLAIMS_MAX 96
#define JOB_ROOM       8192
#define JOB_MKEY_MAX   256 /* octets of a name */

/* One appraisal under way. */
struct job {
	const struct crypto *crypto;
	const struct verifier_crypto *more; /* or NULL */
	const struct verifier_store *store;
	const struct acs_library *library;
	const struct verifier_ask *ask;
	const struct scheme *scheme;
	struct appraisal *out;
	struct verifier_key key; /* job_key filled it */
	struct verified v;

	/* What was measured, in the order in which it is held against the
	 * CoRIMs; room holds the encodings. */
	struct {
		const char *what; /* in a refusal */
		struct bytes mkey;
	} said[JOB_SAID_MAX];
	size_t n_said;
	struct bytes environment; /* of the tuple under way */
	struct list measurements;
	struct acs set;
	size_t used; /* of room */

	/* not cleared */
	struct acs_entry entry[JOB_CLAIMS_MAX];
	uint8_t room[JOB_ROOM];
};

/* ---- who vouches for it ------------------------------------------------ */

/* Fill j->key with the endorsement of an evidence key.  ERR_UNKNOWN_KEY. */
MUST_CHECK enum err job_key(struct job *j, const uint8_t kid[KID_LEN]);
/* Every key (encoded, tagged: COSE_Key, certificates, thumbprint) that
 * somebody vouches for in attest-key triples about `environment`, and the
 * CoMID, as acs_library_keys. */
MUST_CHECK enum err job_anchors(
    struct job *j, struct bytes environment, acs_key_visit *f, void *ctx);
/* It is bound to this TEEP key, says the Evidence, as nobody else did. */
void job_key_named(struct job *j, const uint8_t kid[KID_LEN]);
/* Every statement about one device, as acs_library_device. */
MUST_CHECK enum err job_devices(struct job *j, struct bytes class_id,
    struct bytes ueid, acs_visit *f, void *ctx);
/* A key in a claim: usable, neither the TEEP key nor the one that signed the
 * Evidence. */
MUST_CHECK enum err job_purpose(struct job *j, const struct cose_key *key,
    const char *what, uint8_t kid[KID_LEN]);

/* ---- what it says ------------------------------------------------------ */

/* What follows is measured of this environment (encoded; copied). */
MUST_CHECK enum err job_about(struct job *j, struct bytes environment);
/* One measurement-map (encoded, copied), which a reference value has to
 * corroborate; `what` names it in a refusal, lives on; NULL: its mkey does. */
MUST_CHECK enum err job_say(
    struct job *j, const char *what, struct bytes measurement);
/* The two, in the form of docs/evidence.md 5, for the endorsed key. */
MUST_CHECK enum err job_about_device(struct job *j);
MUST_CHECK enum err job_say_digest(struct job *j, const char *what,
    struct bytes mkey, uint64_t alg, struct bytes digest);
MUST_CHECK enum err job_say_version(
    struct job *j, const char *what, struct bytes mkey, struct bytes version);
/* Has somebody a reference value for this element of what job_about said?
 * ERR_NOT_FOUND. */
MUST_CHECK enum err job_refers(struct job *j, struct bytes mkey);
/* Copy what out->claims is to borrow into memory of the appraisal. */
MUST_CHECK enum err job_keep(struct job *j, struct bytes in, struct bytes *out);

/* ---- an EAT inside of something else ------------------------------------- */

/* The steps of docs/evidence.md 5 for an EAT that is signed by a key of ring,
 * j->key being the endorsement of whoever vouches for that key: all but what
 * it says, and that after them. */
struct job_eat {
	struct bytes launcher, agent; /* digests */
	struct bytes hwversion;
};
/* Read j->v.payload: are all claims there, do they answer the challenge, for
 * this TAM, and are they about the TEEP key?  Fills the claims and the report
 * key.  Whoever vouches for the payload was checked before. */
MUST_CHECK enum err job_claims(struct job *j, struct job_eat *is);
MUST_CHECK enum err job_eat(struct job *j, const struct keyring *ring,
    struct bytes eat, struct job_eat *is);
MUST_CHECK enum err job_eat_say(struct job *j, struct job_eat *is);
/* For struct scheme: the claims of an EAT. */
MUST_CHECK enum err job_eat_claims(struct job *j, struct bytes eat);

/* ---- refusals ---------------------------------------------------------- */

/* A NUL-terminated text in a fixed array. */
struct bytes job_text(const char *s, size_t room);
#define TEXT_OF(array) job_text(array, sizeof(array))

enum err job_refuse(struct job *j, enum err e, const char *what);
/* For a value that is not the expected one; both are copied. */
enum err job_differs(struct job *j, enum err e, const char *what,
    enum why_kind kind, struct bytes expected, struct bytes found);
/* Name the CoRIM or CoMID that the expectation came from. */
void job_source(struct job *j, struct bytes corim);

/* ---- the engine -------------------------------------------------------- */

/* Hold what was proven against the rules. */
MUST_CHECK enum err job_rules(struct job *j, const struct verifier_rules *r);
/* Have it appraised elsewhere. */
MUST_CHECK enum err job_remote(
    struct job *j, const struct verifier_remote *r, struct bytes evidence);
/* Hold what was said against the library; sets the assurance. */
MUST_CHECK enum err job_judge(struct job *j);

#endif
