/*
 * tpm: Evidence of an agent on a machine that a TPM has measured.
 *                                       [security 9; docs/evidence.md 9]
 *
 * The attestation key, which an endorsement vouches for, signs what the PCRs
 * hold; the event log explains those of the firmware, the launcher's three
 * steps the last one; the keys among these steps vouch for the EAT.  Each
 * stage is believed because of the one before it, and for nothing else.
 */
#include "tpm_why.h"

#include <string.h>

/* What is known so far. */
struct proof {
	struct tpm_evidence t;
	struct tpm_quote quote;
	struct tpm_pcrs pcrs; /* as signed */
	struct tpm_keys keys; /* as extended */
};

/* ---- the quote is of this TPM, and answers ------------------------------- */

static enum err
authenticate(struct job *j, struct proof *p)
{
	uint8_t sig[SIG_LEN];
	enum err e = job_key(j, p->t.ak.p);

	if (e == ERR_UNKNOWN_KEY)
		return job_differs(j, ERR_EVIDENCE_KEY, "attestation key",
		    WHY_HEX, BYTES_NONE, p->t.ak);
	if (e != OK)
		return job_refuse(j, e, "attestation key");
	TRY(tpm_signature_read(p->t.signature, sig, &j->out->why));
	e = j->crypto->verify(
	    ALG_ESP256, &j->key.key, &p->t.quote, 1, BYTES_OF(sig));
	if (e != OK)
		return job_refuse(j, e, "quote");
	return tpm_quote_read(p->t.quote, &p->quote, &j->out->why);
}

/* A quote has no time of its own: what makes the EAT fresh says nothing of the
 * PCRs.  So one that answers no challenge is old, whatever else is asked. */
static enum err
fresh(struct job *j, const struct proof *p)
{
	if (p->quote.extra.n == 0)
		return job_refuse(j, ERR_EVIDENCE_NONCE, "quote");
	if (bytes_same_ct(p->quote.extra, j->ask->challenge))
		return OK;
	return job_differs(j, ERR_EVIDENCE_NONCE, "quote", WHY_HEX,
	    j->ask->challenge, p->quote.extra);
}

/* ---- what the PCRs hold -------------------------------------------------- */

static enum err
values(struct job *j, struct proof *p)
{
	struct cbor_in r = cbor_items(p->t.pcrs);
	uint8_t digest[DIGEST_LEN];
	enum err e;

	if (p->quote.pcrs != TPM_PCR_MASK)
		return job_refuse(j, ERR_MISSING, "PCRs of the quote");
	for (size_t i = 0; i < TPM_PCRS; i++) {
		struct bytes v;

		if ((TPM_PCR_MASK >> i & 1) == 0)
			continue;
		v = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
		if (r.err != OK)
			return job_refuse(j, r.err, "PCR values");
		memcpy(p->pcrs.value[i], v.p, DIGEST_LEN);
	}
	e = tpm_composite(j->crypto, &p->pcrs, TPM_PCR_MASK, digest);
	if (e != OK)
		return job_refuse(j, e, "PCR values");
	if (!bytes_same(BYTES_OF(digest), p->quote.digest))
		return job_differs(j, ERR_MEASUREMENT, "PCR values", WHY_HEX,
		    p->quote.digest, BYTES_OF(digest));
	return OK;
}

/* Does the log lead to what the TPM holds? */
static enum err
replay(struct job *j, const struct proof *p)
{
	struct tpm_pcrs is;
	struct text want = {.n = 0}, got = {.n = 0};

	TRY(tpm_replay(j->crypto, p->t.log, &is, &j->out->why));
	for (size_t i = 0; i < TPM_BOOT_PCRS; i++) {
		if (memcmp(is.value[i], p->pcrs.value[i], DIGEST_LEN) == 0)
			continue;
		tpm_last_event(p->t.log, i, &want);
		text_say(&got, "the TPM holds ");
		text_hex(&got, BYTES_OF(p->pcrs.value[i]));
		return tpm_pcr_differs(j, ERR_MEASUREMENT, i, &want, &got);
	}
	return OK;
}

/* After how many of the launcher's steps does its PCR hold that? */
static size_t
steps_done(struct job *j, uint8_t step[TPM_STEPS][DIGEST_LEN],
    const uint8_t value[DIGEST_LEN], bool *found)
{
	uint8_t v[DIGEST_LEN] = {0};
	size_t n;

	for (n = 0;; n++) {
		*found = memcmp(v, value, DIGEST_LEN) == 0;
		if (*found || n == TPM_STEPS)
			return n;
		if (tpm_extend(j->crypto, v, BYTES_OF(step[n])) != OK)
			return n;
	}
}

/* The launcher has spoken, all of it, and nobody else. */
static enum err
launcher(struct job *j, struct proof *p)
{
	uint8_t step[TPM_STEPS][DIGEST_LEN];
	const uint8_t *value = p->pcrs.value[TPM_LAUNCHER_PCR];
	struct text want = {.n = 0}, got = {.n = 0};
	bool found;
	size_t n;
	enum err e = tpm_keys_read(p->t.keys, &p->keys);

	if (e != OK)
		return job_refuse(j, e, "keys");
	e = tpm_steps(j->crypto, p->t.agent, p->t.keys, step);
	if (e != OK)
		return job_refuse(j, e, "keys");
	n = steps_done(j, step, value, &found);
	if (found && n == TPM_STEPS)
		return OK;
	text_say(&want, "events agent, keys, cap: agent ");
	text_hex(&want, (struct bytes){p->t.agent.p, 8});
	text_say(&want, ".., keys ");
	text_hex(&want, (struct bytes){step[TPM_STEP_KEYS], 8});
	text_say(&want, "..");
	if (found) {
		text_say(&got, "event ");
		text_say(&got, tpm_step_name((enum tpm_step)n));
		text_say(&got, " is missing");
	} else {
		text_say(&got, "another agent, other keys or more events: ");
		text_hex(&got, (struct bytes){value, DIGEST_LEN});
	}
	return tpm_pcr_differs(
	    j, ERR_MEASUREMENT, TPM_LAUNCHER_PCR, &want, &got);
}

/* ---- the EAT is of what was started -------------------------------------- */

static enum err
evidence_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	struct proof *p = ((void **)ctx)[0];
	struct job *j = ((void **)ctx)[1];
	uint8_t own[KID_LEN];

	(void)alg; /* cose compares it with the key */
	TRY(cose_key_thumbprint(j->crypto, &p->keys.evidence, own));
	if (nth > 0 || !bytes_same(kid, BYTES_OF(own)))
		return ERR_UNKNOWN_KEY;
	*out = p->keys.evidence;
	return OK;
}

static enum err
not_extended(struct job *j, const char *what)
{
	struct text want = {.n = 0}, got = {.n = 0};

	text_say(&want, "a key that was extended into PCR 15 (event keys)");
	text_say(&got, "another");
	return job_differs(j, ERR_EVIDENCE_CNF, what, WHY_TEXT,
	    (struct bytes){(uint8_t *)want.p, want.n},
	    (struct bytes){(uint8_t *)got.p, got.n});
}

static bool
is_in(struct list l, struct bytes item)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++)
		if (bytes_same(cbor_raw(&r, CBOR_ANY), item))
			return true;
	return false;
}

/* Root may quote good PCRs as often as he likes: what he says besides has to
 * be about the keys in them. */
static enum err
bound(struct job *j, const struct proof *p)
{
	const struct eat_claims *c = &j->out->claims;
	struct cbor_in r = cbor_items(c->payload_keys);
	uint8_t kid[KID_LEN], cnf[KID_LEN];
	bool teep = false;

	TRY(eat_cnf_kid(j->crypto, c->cnf, cnf));
	for (size_t i = 0; i < p->keys.n_teep; i++) {
		enum err e =
		    cose_key_thumbprint(j->crypto, &p->keys.teep[i], kid);

		if (e != OK)
			return job_refuse(j, e, "keys");
		teep = teep || memcmp(kid, cnf, KID_LEN) == 0;
	}
	if (!teep)
		return not_extended(j, "cnf");
	if (memcmp(&p->keys.report, &j->out->report_key,
		sizeof(p->keys.report)) != 0)
		return not_extended(j, "report-key");
	for (size_t i = 0; i < c->payload_keys.n; i++)
		if (!is_in(p->keys.payload, cbor_raw(&r, CBOR_ANY)))
			return not_extended(j, "payload-keys");
	return OK;
}

static enum err
agent_same(struct job *j, const struct proof *p, struct bytes agent)
{
	if (bytes_same(agent, p->t.agent))
		return OK;
	return job_differs(j, ERR_MEASUREMENT, "measurement agent", WHY_HEX,
	    p->t.agent, agent);
}

static enum err
appraise(struct job *j, struct bytes evidence)
{
	struct proof p = {.quote.pcrs = 0};
	void *ctx[] = {&p, j};
	const struct keyring ring = {ctx, evidence_key};
	struct job_eat is;

	TRY(tpm_evidence_read(evidence, &p.t, &j->out->why));
	TRY(authenticate(j, &p));
	TRY(fresh(j, &p));
	TRY(values(j, &p));
	TRY(replay(j, &p));
	TRY(launcher(j, &p));
	TRY(job_eat(j, &ring, p.t.eat, &is));
	TRY(bound(j, &p));
	TRY(agent_same(j, &p, is.agent));
	TRY(job_eat_say(j, &is));
	for (size_t i = 0; i < TPM_BOOT_PCRS; i++)
		TRY(job_say_digest(j, tpm_pcr_name[i],
		    (struct bytes){(const uint8_t *)tpm_pcr_mkey[i],
			strlen(tpm_pcr_mkey[i])},
		    NI_SHA256, BYTES_OF(p.pcrs.value[i])));
	return OK;
}

static enum err
claims(struct job *j, struct bytes evidence)
{
	struct tpm_evidence t;

	TRY(tpm_evidence_read(evidence, &t, &j->out->why));
	return job_eat_claims(j, t.eat);
}

static enum err
nonce(struct bytes evidence, struct bytes *out, struct why *why)
{
	struct tpm_evidence t;
	struct tpm_quote q;

	TRY(tpm_evidence_read(evidence, &t, why));
	TRY(tpm_quote_read(t.quote, &q, why));
	*out = q.extra;
	return OK;
}

static const char *const media[] = {TPM_EVIDENCE_FORMAT, NULL};

const struct scheme scheme_tpm = {
    .name = "tpm",
    .media = media,
    .most = ASSURE_TPM,
    .nonce = nonce,
    .appraise = appraise,
    .claims = claims,
    .explain = tpm_explain,
};
