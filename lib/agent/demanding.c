/*
 * demanding: a TAM of whom policy wants it proves itself before it is heard.
 *                                                     [TEEP 7.2.1, 12.4]
 *
 * What was proven is kept in memory alone.  Seconds count from a start of the
 * device or of this program: a record of them that outlives it could be as old
 * as somebody wants who holds the device's power.   [docs/decisions/51]
 */
#include "agent_int.h"
#include <string.h>

#define CHALLENGE_LEN 32
/* Seconds in which a demand has to be met. */
#define DEMAND_LIFE 600

/* ---- what is remembered ---- */

/* Under another policy everybody proves himself again. */
static bool
same_policy(const struct agent *a)
{
	return bytes_same(
	    BYTES_OF(a->proven_by), BYTES_OF(agent_policy(a)->digest));
}

static bool
remembered(const struct agent *a, const uint8_t kid[KID_LEN], uint64_t now)
{
	for (size_t i = 0; i < PROOFS_MAX; i++)
		if (now < a->proof[i].until &&
		    bytes_same(BYTES_OF(a->proof[i].kid),
			(struct bytes){kid, KID_LEN}))
			return true;
	return false;
}

/* Does a key of the TAM's that has proven itself sign this message? */
static bool
is_proven(const struct agent *a, const struct verified *v,
    const struct policy_tam *tam, uint64_t now)
{
	if (!same_policy(a))
		return false;
	for (size_t i = 0; i < tam->sign.n; i++)
		if (remembered(a, tam->sign.kid[i], now) &&
		    proof_signed_by(a, v, tam, tam->sign.kid[i]) == OK)
			return true;
	return false;
}

/* In the place of its own last one, or of the one that ends first. */
static void
remember(struct agent *a, const uint8_t kid[KID_LEN], uint64_t until)
{
	size_t at = 0;

	if (!same_policy(a)) {
		memset(a->proof, 0, sizeof(a->proof));
		memcpy(a->proven_by, agent_policy(a)->digest, DIGEST_LEN);
	}
	for (size_t i = 0; i < PROOFS_MAX; i++) {
		if (bytes_same(BYTES_OF(a->proof[i].kid),
			(struct bytes){kid, KID_LEN})) {
			at = i;
			break;
		}
		if (a->proof[i].until < a->proof[at].until)
			at = i;
	}
	memcpy(a->proof[at].kid, kid, KID_LEN);
	a->proof[at].until = until;
}

/* ---- what is demanded ---- */

static enum err
demand(struct agent *a, uint64_t now, struct why *why)
{
	const struct span room = {a->ex.demand.b, CHALLENGE_LEN};
	enum err e = a->ports->crypto->random(room);

	if (e != OK)
		return why_set(why, e, "challenge");
	a->ex.demand.n = CHALLENGE_LEN;
	a->ex.demands = true;
	a->ex.demanded = now;
	return ERR_NOT_ATTESTED;
}

/* The payload answers the demand that was open, if it is in time. */
static enum err
judge(struct agent *a, const struct verified *v, const struct policy_tam *tam,
    const struct teep_message *q, uint64_t now, struct why *why)
{
	const struct bytes nonce = {a->ex.demand.b, a->ex.demand.n};
	struct tam_proof proof;
	struct attested by;
	uint64_t life;

	if (now - a->ex.demanded >= DEMAND_LIFE)
		return why_set(why, ERR_EXPIRED, "challenge");
	if (attested_read(tam->attested, &by) != OK)
		return why_set(why, ERR_BUG, "attested");
	TRY(proof_judge(a, v, tam, &by, nonce, q, &proof, why));
	/* It cannot be older than the challenge that it answers. */
	life = proof.life < by.seconds ? proof.life : by.seconds;
	if (now - a->ex.demanded >= life)
		return why_set(why, ERR_EXPIRED, "exp");
	remember(a, proof.kid,
	    life > UINT64_MAX - a->ex.demanded ? UINT64_MAX
					       : a->ex.demanded + life);
	agent_log(a, "tam-attested", NULL, tam->name);
	return OK;
}

/* Reports about the TAM are signed in a way that we can check, or it hears
 * which ways those are.  Nothing is decided by what they say. */
static bool
can_verify(const struct crypto *c, int32_t alg)
{
	return (alg == ALG_ESP256 && (c->can & CAN_ESP256) != 0) ||
	       (alg == ALG_ED25519 && (c->can & CAN_ED25519) != 0);
}

static enum err
check_reports(const struct agent *a, const struct policy_tam *tam,
    const struct teep_message *q, struct why *why)
{
	struct cbor_in r = cbor_items(q->reports);
	struct cose_signed s;

	for (size_t i = 0; i < q->reports.n; i++)
		if (cose_signed_read(cbor_bstr(&r, 0, LEN_ANY), ACCEPT_SIGN1,
			&s, NULL) != OK ||
		    !can_verify(a->ports->crypto,
			dialect_alg_read(&tam->dialect, s.alg)))
			return why_set(why, ERR_NO_PROFILE, "suit-reports");
	return OK;
}

static enum err
heard(struct agent *a, const struct verified *v, const struct policy_tam *tam,
    const struct teep_message *q, struct why *why)
{
	bool demanded = a->ex.demands;
	uint64_t now;
	enum err e;

	/* A challenge is good for one answer, be it a wrong one. */
	a->ex.demands = false;
	if (tam->attested.p == NULL)
		return OK;
	e = a->ports->demanding->seconds(a->ports->demanding->ctx, &now);
	if (e != OK)
		return why_set(why, e, "seconds");
	if (is_proven(a, v, tam, now))
		return check_reports(a, tam, q, why);
	if ((q->has & TEEP_HAS_ATTESTATION) == 0 || !demanded)
		e = why_set(why, ERR_NOT_ATTESTED, "attestation-payload");
	else
		e = judge(a, v, tam, q, now, why);
	if (e == ERR_NOT_ATTESTED)
		return demand(a, now, why);
	return e == OK ? check_reports(a, tam, q, why) : e;
}

/* An Update may come long after the QueryRequest that was proven. */
static enum err
proven(struct agent *a, const struct verified *v, const struct policy_tam *tam,
    struct why *why)
{
	uint64_t now;
	enum err e;

	if (tam->attested.p == NULL)
		return OK;
	e = a->ports->demanding->seconds(a->ports->demanding->ctx, &now);
	if (e != OK)
		return why_set(why, e, "seconds");
	if (is_proven(a, v, tam, now))
		return OK;
	(void)why_set(why, ERR_NOT_ATTESTED, "proof");
	return demand(a, now, why);
}

void
agent_demanding_init(struct agent_demanding *d)
{
	d->check = policy_attested_check;
	d->heard = heard;
	d->proven = proven;
}
