/*
 * tam_int: what the files of this room share.
 */
#ifndef TAMARIND_TAM_INT_H
#define TAMARIND_TAM_INT_H

#include <tamarind/tam.h>

/* A message from an agent.                             [design section 6] */
#define TAM_MESSAGE_MAX (1u << 20)
/* Manifests in one Update together; a single one is bounded by the store. */
#define TAM_UPDATE_MAX (32u << 20)
/* Entries of unneeded-manifest-list in one Update. */
#define TAM_UNNEEDED_MAX 24
/* Components one QueryResponse may ask for; more are asked for again. */
#define TAM_REQUESTED_MAX 32
/* Rows any list of the store is walked for one message. */
#define TAM_ROWS_MAX     4096
#define TAM_MAC_KEYS_MAX 8

_Static_assert(TAM_MANIFESTS_MAX + TAM_UNNEEDED_MAX + 2 <= TAM_EFFECTS_MAX,
    "an outcome fits: token, device and one for each manifest");
/* Reports of one QueryResponse that are taken; what a device can do comes
 * first. */
#define TAM_TOLD_MAX 24
/* Seconds after which a device is asked again what it can do. */
#define TAM_CAPABLE_LIFE (30 * UINT64_C(86400))

_Static_assert(TAM_REQUESTED_MAX + TAM_TOLD_MAX + 4 <= TAM_EFFECTS_MAX,
    "a decision fits: challenge, appraisal, device, token, requests and "
    "reports");

/* One message and what it has led to so far. */
struct turn {
	const struct tam *t;
	uint64_t now;
	const struct arena *mem;
	struct tam_reply *out;
	struct verified v;
	struct teep_message m;
	struct tam_device row; /* of the sender, as it shall be */
	bool row_changed;
	const struct signer *signer; /* of the sender's suite */
	/* It answers a question of ours, and is the first to do so: only then
	 * is a refusal worth a signature. */
	bool fresh;
	/* The device has done something in this exchange since it was asked
	 * for the first time. */
	bool again;
	/* What was appraised answers a challenge or token of ours.  What is
	 * fresh by its time alone lets nothing be sent.   [security 1, 3] */
	bool under;
	bool evidence;  /* and was appraised here */
	uint64_t until; /* when the appraisal is over */
	/* What a refusal says to the peer, where not why.err and 1. */
	enum err wire;
	uint32_t wire_code;
};

/* ---- failure.c --------------------------------------------------------- */

/* Where a report says that its manifest failed; envelope: the manifest, or
 * empty.  Views both. */
void tam_failure_read(struct bytes envelope, const struct suit_report *report,
    struct tam_failure *out);

/* ---- report.c ---------------------------------------------------------- */

/* Open what the dialect says that a report is protected by, and only that. */
MUST_CHECK enum err tam_report_open(
    struct turn *t, struct bytes in, struct suit_report *out);
/* Is it what a run of the manifest leaves?  [SUIT Report Attestation]  One that
 * nobody here can run is OK.  *failure: where it failed, if it did. */
MUST_CHECK enum err tam_report_replay(struct turn *t,
    const uint8_t digest[DIGEST_LEN], enum suit_procedure procedure,
    const struct suit_report *report, struct tam_failure *failure);
/* Take the reports of a QueryResponse whose Evidence was accepted.  nonce: the
 * challenge that it answers. */
MUST_CHECK enum err tam_reports_told(struct turn *t, struct bytes nonce);

/* ---- reply.c ----------------------------------------------------------- */

/* The next effect, with kind, device and time filled in; NULL when there
 * are too many, which is a bug. */
struct tam_effect *tam_effect(struct turn *t, enum tam_effect_kind kind);

/* An error of the view that is no answer to the question asked: the store
 * failed, whatever it says. */
enum err tam_store(enum err e);

/* An error in something that we write is a bug of ours, not the peer's. */
enum err tam_ours(enum err e);

/* Refuse what the message says. */
enum err tam_refuse(struct turn *t, enum err e, const char *what);

/* The signer for a suite, NULL if alg is none that this dialect writes. */
const struct signer *tam_signer(const struct tam *t, int32_t alg);

/* The same signer under the id that this dialect has for its algorithm. */
struct signer tam_signer_as(const struct tam *t, const struct signer *s);

/* Encode a message; the caller signs it. */
MUST_CHECK enum err tam_encode(const struct tam *t, const struct arena *mem,
    const struct teep_message *m, struct bytes *out);

/* Encode, sign by t->signer and make it the reply. */
MUST_CHECK enum err tam_say(struct turn *t, const struct teep_message *m);

/* Reply with an Update that carries only err-code and err-msg. */
MUST_CHECK enum err tam_say_refusal(struct turn *t, uint32_t code, enum err e);

/* A COSE_Sign1 without tag, by the Result key, over encoded claims. */
MUST_CHECK enum err tam_sign_result(
    struct turn *t, struct bytes claims, struct bytes *out);

/* ---- connect.c --------------------------------------------------------- */

/* A challenge under the newest MAC key. */
MUST_CHECK enum err tam_challenge_new(
    const struct tam *t, uint64_t now, uint8_t out[TAM_CHALLENGE_LEN]);

/* A QueryRequest with what this TAM offers and asks for. */
struct teep_message tam_query(
    const struct tam *t, const uint8_t challenge[TAM_CHALLENGE_LEN]);

/* Reply with a QueryRequest to the sender: *m as it is, but with a fresh
 * challenge, which is recorded.  ERR_EXCHANGE_LIMIT. */
MUST_CHECK enum err tam_ask(struct turn *t, struct teep_message *m);

/* Begin counting anew if the exchange is over by time. */
void tam_exchange_check(struct turn *t);

/* ---- pin.c ------------------------------------------------------------- */

/* Is this accepted appraisal of the device that was accepted before?  Fills
 * the appraisal's why, and takes its verdict back.  issued: when its challenge
 * was made. */
MUST_CHECK enum err tam_pin_check(struct turn *t, uint64_t issued);
/* The same of one that is bound but not accepted, so that it has no class of
 * assurance: is it that device at all? */
MUST_CHECK enum err tam_pin_same(struct turn *t, uint64_t issued);
/* Remember what this accepted appraisal says of the device. */
void tam_pin(struct turn *t);
/* A refusal after the appraisal: the verdict is not one to act upon. */
void tam_verdict_void(struct appraisal *a);

/* ---- query_response.c -------------------------------------------------- */

MUST_CHECK enum err tam_decrypt(
    struct turn *t, struct bytes in, const char *ctx, struct bytes *out);
/* Could nobody but who encrypted it have chosen what it decrypts to? */
bool tam_is_sealed(struct bytes in);
/* The nonce in an EAT that nobody has looked into yet. */
MUST_CHECK enum err tam_nonce_peek(
    struct turn *t, struct bytes eat, struct bytes *nonce);
/* Is it a challenge of ours, in time, and used by this key for the first time?
 * Then that is recorded, whatever it leads to. */
MUST_CHECK enum err tam_challenge_spend(
    struct turn *t, struct bytes nonce, uint64_t *issued);
/* From the verdict on the attestation (e) to what is done about it.  evidence:
 * signed, or none; issued: when what it answers was asked. */
MUST_CHECK enum err tam_conclude(struct turn *t, const struct verifier_ask *ask,
    struct bytes evidence, uint64_t issued, enum err e);

/* ---- passport.c -------------------------------------------------------- */

/* Does the message bring a Result, and may there be a Verifier to believe? */
bool tam_is_passport(const struct turn *t);
MUST_CHECK enum err tam_on_passport(struct turn *t);

/* ---- handlers, one for each message from an agent ----------------------- */

MUST_CHECK enum err tam_on_query_response(struct turn *t);
MUST_CHECK enum err tam_on_success(struct turn *t);
MUST_CHECK enum err tam_on_error(struct turn *t);

/* Success or Error to an Update. */
MUST_CHECK enum err tam_outcome(struct turn *t, bool success);

/* ---- vouched.c ----------------------------------------------------------- */

/* Another Verifier's Result about this TAM, for the peer's challenge, into a
 * QueryRequest.  ERR_NET while it is being asked. */
MUST_CHECK enum err tam_vouched(struct turn *t, struct teep_message *m);

/* ---- update.c ------------------------------------------------------------ */

/* What an Update will carry.  Lives in the arena. */
struct plan {
	struct {
		uint8_t digest[DIGEST_LEN];
		uint8_t id[SUIT_ID_MAX];
		size_t id_n;
	} send[TAM_MANIFESTS_MAX], drop[TAM_UNNEEDED_MAX];
	size_t n_send, n_drop;
	size_t octets; /* of the envelopes to send */
	uint8_t unneeded[TAM_UNNEEDED_MAX * SUIT_ID_MAX];
};

/* What the view answered for a row: ERR_NOT_FOUND is its end.  Its word is
 * not a stranger's; but never past its buffers. */
MUST_CHECK enum err tam_row_check(enum err e, const struct tam_manifest *m);
/* Send this one too, if it is not planned yet.  What does not fit is sent
 * after the next proof; the first always fits. */
void tam_plan_send(struct plan *p, const struct tam_manifest *m);
/* Say that there is nothing to do, and hand over the Result. */
MUST_CHECK enum err tam_say_passport(
    struct turn *t, const struct verifier_ask *ask);
/* Say it, bound by the Result of this exchange. */
MUST_CHECK enum err tam_say_update(
    struct turn *t, struct plan *p, const struct verifier_ask *ask);

/* ---- repair.c ------------------------------------------------------------ */

/* The device failed for a cause that has a repair set: say an Update of that.
 * ERR_NOT_FOUND: there is none, or the device was sent something in this
 * exchange already.                                          [security 16] */
MUST_CHECK enum err tam_repair(struct turn *t, const struct verifier_ask *ask);
/* A Result that binds an Update to a device that failed, and says so. */
MUST_CHECK enum err tam_put_warning(
    struct turn *t, const struct verifier_ask *ask, struct bytes *out);

/* ---- decide.c ------------------------------------------------------------ */

/* What an accepted device shall have and lacks.  ask is what the Evidence
 * was held against. */
MUST_CHECK enum err tam_decide(struct turn *t, const struct verifier_ask *ask);
/* What is there is fresh by its time alone: ask for Evidence with a challenge.
 * ERR_EXCHANGE_LIMIT, and says so in the why. */
MUST_CHECK enum err tam_ask_evidence(struct turn *t);

#endif
