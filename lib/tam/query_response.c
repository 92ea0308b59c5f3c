/*
 * query_response: is this the answer to a question of ours, and is the
 * sender healthy?                        [TEEP 9.2; security 1 to 4, 16]
 *
 * Everything cheap comes first, then decryption, then the appraisal, and
 * only then the challenge: what CTR decrypted may have been changed on its
 * way, and before its signature holds all of it is met with silence.  Until
 * the challenge is known to be ours and unused the message leaves no trace
 * but a line in the log; from then on it has spent it, and is answered.
 */
#include "tam_int.h"

#include <string.h>

/* Is it an answer to any question of ours?  Those that ask for Evidence carry
 * no token, so no answer to them does. */
static enum err
asked_for(struct turn *t)
{
	if ((t->m.has & TEEP_HAS_TOKEN) != 0)
		return tam_refuse(t, ERR_TOKEN, "token");
	if ((t->m.has & TEEP_HAS_ATTESTATION) == 0)
		return tam_refuse(t, ERR_UNSOLICITED, "attestation-payload");
	return OK;
}

/* Evidence of a kind that can be appraised here.  A Result has been taken
 * already (passport.c), or there is no Verifier that could be believed. */
static enum err
payload_check(struct turn *t)
{
	const struct teep_message *m = &t->m;
	const struct verifier *v = t->t->verifier;
	bool has = (m->has & TEEP_HAS_FORMAT) != 0;
	const char *taken = verifier_media(v, 0);

	if (teep_payload_kind(has, m->format) != TEEP_PAYLOAD_EVIDENCE ||
	    verifier_scheme(v, m->format) == NULL) {
		(void)tam_refuse(
		    t, ERR_NOT_ATTESTED, "attestation-payload-format");
		t->out->why.kind = WHY_TEXT;
		if (taken != NULL)
			t->out->why.expected = (struct bytes){
			    (const uint8_t *)taken, strlen(taken)};
		t->out->why.found = m->format;
		return ERR_NOT_ATTESTED;
	}
	if (!cose_is_encrypt(m->attestation) &&
	    t->t->dialect.evidence == DIALECT_ENCRYPTED)
		return tam_refuse(t, ERR_COSE_TYPE, "Evidence encryption");
	return OK;
}

enum err
tam_decrypt(struct turn *t, struct bytes in, const char *ctx, struct bytes *out)
{
	struct span room;

	if (t->t->agree == NULL)
		return tam_refuse(t, ERR_UNDECRYPTABLE, "encryption key");
	room = arena_span(t->mem, in.n);
	if (room.p == NULL)
		return ERR_MEMORY;
	return cose_decrypt(
	    t->t->crypto, t->t->agree, ctx, in, room, out, &t->out->why);
}

enum err
tam_nonce_peek(struct turn *t, struct bytes eat, struct bytes *nonce)
{
	struct why *why = &t->out->why;
	struct cose_signed s;
	struct eat_claims c;

	TRY(cose_signed_read(
	    eat, (unsigned)ACCEPT_SIGN1 | ACCEPT_CWT_TAG, &s, why));
	TRY(eat_parse(s.payload, &c, why));
	if ((c.has & EAT_HAS_NONCE) == 0)
		return tam_refuse(t, ERR_MISSING, "eat_nonce");
	*nonce = c.nonce;
	return OK;
}

/* What was decrypted without a tag, in CTR, need not be what anybody ever
 * encrypted: a sender could change another's Evidence and, from what we say
 * of it, learn what stands in it.  Anything else is the sender's choice as a
 * whole. */
bool
tam_is_sealed(struct bytes in)
{
	struct cose_encrypted s;

	return !cose_is_encrypt(in) ||
	       (cose_encrypted_read(in, &s, NULL) == OK && s.prot.n > 0);
}

static enum err
evidence_open(struct turn *t, struct bytes *evidence, struct bytes *nonce)
{
	struct bytes in = t->m.attestation;

	*evidence = in;
	if (cose_is_encrypt(in))
		TRY(tam_decrypt(t, in, COSE_CTX_EAT, evidence));
	/* The appraisal, which needs it, checks the signature over it; nothing
	 * is made of it before that. */
	return verifier_nonce(
	    t->t->verifier, t->m.format, *evidence, nonce, &t->out->why);
}

/* Do all things asked for stand there?  If not, nothing else in the message
 * counts.  ext-list was not asked for and is not read. */
static enum err
members_check(struct turn *t)
{
	const struct teep_message *m = &t->m;
	enum err e = OK;

	if (m->selected_version != 0)
		e = tam_refuse(t, ERR_VERSION, "selected-version");
	else if ((m->has & TEEP_HAS_TC_LIST) == 0)
		e = tam_refuse(t, ERR_MISSING, "tc-list");
	if (e != OK)
		tam_verdict_void(&t->out->appraisal);
	return e;
}

/* Is the challenge ours, in time, and unused by this key? */
static enum err
challenge_check(struct turn *t, struct bytes nonce, uint64_t *issued)
{
	const struct tam *tam = t->t;
	enum err e;

	e = tam_challenge_check(
	    tam->crypto, tam->view, &tam->config, t->now, nonce, issued);
	if (e == OK) {
		e = tam->view->challenge(tam->view->ctx, nonce.p, t->v.kid);
		if (e != OK && e != ERR_REPLAY)
			e = tam_store(e);
	}
	if (e == OK)
		return OK;
	tam_verdict_void(&t->out->appraisal);
	return tam_refuse(t, e, "challenge");
}

/* A first use, whatever it leads to. */
static enum err
challenge_use(struct turn *t, struct bytes nonce, uint64_t issued)
{
	const struct tam_config *c = &t->t->config;
	struct tam_effect *f = tam_effect(t, TAM_USE_CHALLENGE);

	if (f == NULL)
		return ERR_BUG;
	memcpy(f->challenge, nonce.p, TAM_CHALLENGE_LEN);
	/* Remembered while any clock of the cluster would still take it. */
	f->expires = issued + c->challenge_life + 2 * (uint64_t)c->clock_skew;
	t->fresh = true;
	return OK;
}

enum err
tam_challenge_spend(struct turn *t, struct bytes nonce, uint64_t *issued)
{
	TRY(challenge_check(t, nonce, issued));
	return challenge_use(t, nonce, *issued);
}

/*
 * A payload that is none for us.  Where it is an EAT that nobody encrypted,
 * and it has our challenge, its sender hears what we would take.
 */
static enum err
payload_refused(struct turn *t, enum err e)
{
	struct why why = t->out->why;
	struct bytes in = t->m.attestation, nonce;
	enum err open = ERR_COSE_TYPE;
	uint64_t issued;

	if (!cose_is_encrypt(in))
		open = tam_nonce_peek(t, in, &nonce);
	if (open == OK)
		open = tam_challenge_spend(t, nonce, &issued);
	if (err_class(open) > CLASS_REFUSED)
		return open;
	t->out->why = why;
	if (e == ERR_NOT_ATTESTED)
		t->wire_code = TEEP_ERR_ATTESTATION_REQUIRED;
	else
		t->wire = ERR_UNDECRYPTABLE;
	return e;
}

/* Does it answer the question that followed the last report?  Any answer ends
 * that question, and an Update goes out only after one, so nothing was sent
 * since it was asked: the answer tells of all, to the second and within it. */
static bool
answers_last(const struct turn *t, struct bytes nonce)
{
	const struct tam_device *d = &t->row;

	return d->has_proof_challenge &&
	       bytes_same_ct(BYTES_OF(d->proof_challenge), nonce);
}

/* Does what certified its key still hold?                       [TEEP 7.1] */
static enum err
certificate_check(struct turn *t)
{
	const struct tam_device *d = &t->row;
	struct why *why = &t->out->why;

	if (!d->certified ||
	    (d->uncertified == NULL && t->now <= d->certified_until))
		return OK;
	tam_verdict_void(&t->out->appraisal);
	if (d->uncertified != NULL) {
		t->wire_code = TEEP_ERR_BAD_CERTIFICATE;
		return tam_refuse(t, ERR_CERTIFICATE, d->uncertified);
	}
	t->wire_code = TEEP_ERR_CERTIFICATE_EXPIRED;
	(void)tam_refuse(t, ERR_EXPIRED, "certificate expired");
	why->kind = WHY_UINT;
	why->expected_n = d->certified_until;
	why->found_n = t->now;
	return ERR_EXPIRED;
}

/* What an accepted appraisal changes in what is known of the device. */
static void
row_accepted(struct turn *t, bool proof)
{
	const struct appraisal *a = &t->out->appraisal;
	struct tam_device *d = &t->row;

	d->verdict = ACCEPTED;
	/* A Result need not name it; what Evidence named is still there. */
	if ((a->claims.has & EAT_HAS_REPORT_KEY) != 0) {
		d->has_report_key = true;
		d->report_key = a->report_key;
	}
	tam_pin(t);
	if (proof)
		d->proven_at = t->now;
}

/* What came of an appraisal, as an effect; NULL: there are too many. */
static struct tam_effect *
outcome(struct turn *t, struct bytes nonce, enum err verdict)
{
	struct tam_effect *f = tam_effect(t, TAM_APPRAISED);

	if (f == NULL)
		return NULL;
	f->outcome = verdict;
	f->assurance = t->out->appraisal.assurance;
	f->passport = t->out->passport;
	memcpy(f->verifier, t->out->verifier, KID_LEN);
	f->until = t->until;
	if (nonce.n == TAM_CHALLENGE_LEN)
		memcpy(f->challenge, nonce.p, TAM_CHALLENGE_LEN);
	return f;
}

/* The verdict becomes known: as an effect and in the row. */
static enum err
record(struct turn *t, struct bytes evidence, struct bytes nonce,
    uint64_t issued, enum err verdict)
{
	const struct appraisal *a = &t->out->appraisal;
	struct tam_device *d = &t->row;
	struct tam_effect *f = outcome(t, nonce, verdict);
	bool last = answers_last(t, nonce);
	/* is it about a time after everything the device reported? */
	bool proof =
	    verdict == OK && t->under && (last || issued > d->reported_at);

	if (f == NULL)
		return ERR_BUG;
	f->proves = proof;
	f->proves_all = proof && last;
	if (verdict == OK) {
		f->manifests = a->claims.manifests;
		f->measurements = a->claims.measurements;
		if ((a->claims.has & EAT_HAS_PAYLOAD_KEYS) != 0)
			f->evidence = evidence;
		row_accepted(t, proof);
	} else {
		d->verdict = REFUSED;
	}
	t->again = last && d->reported_at >= d->exchange_at;
	/* An answer to the question that began the session opens a new
	 * exchange; one to a later question goes on with the old one. */
	if (!last)
		d->requests = 0;
	tam_exchange_check(t);
	d->has_proof_challenge = false;
	t->row_changed = true;
	return OK;
}

/* A device that is not healthy: repaired, or told to attest.  [TEEP 9.2 1] */
static enum err
failed(struct turn *t, const struct verifier_ask *ask, enum err why)
{
	enum err e = tam_repair(t, ask);

	if (e != ERR_NOT_FOUND)
		return e;
	t->row.requests = 0;
	t->wire_code = TEEP_ERR_ATTESTATION_REQUIRED;
	return why;
}

/* Nobody has said anything of the device: the other Verifier did not answer,
 * or not with a Result that may be acted on.  Nothing that was known of the
 * device changes; it comes again. */
static enum err
unappraised(struct turn *t, struct bytes nonce, uint64_t issued, enum err e)
{
	TRY(challenge_use(t, nonce, issued));
	if (outcome(t, nonce, e) == NULL)
		return ERR_BUG;
	t->row.requests = 0;
	t->row_changed = true;
	return tam_say_refusal(t, TEEP_ERR_TEMPORARY, e);
}

enum err
tam_conclude(struct turn *t, const struct verifier_ask *ask,
    struct bytes evidence, uint64_t issued, enum err e)
{
	struct appraisal *a = &t->out->appraisal;
	/* it is this device, whatever is found of it */
	const bool known = t->evidence && a->bound;
	bool last;

	TRY(certificate_check(t));
	if (e == OK) {
		TRY(members_check(t));
		e = tam_pin_check(t, issued);
		t->out->why = a->why;
	} else if (a->bound) {
		enum err same = tam_pin_same(t, issued);

		e = same == OK ? e : same;
		t->out->why = a->why;
	}
	if (err_class(e) > CLASS_REFUSED)
		return e;
	last = answers_last(t, ask->challenge);
	TRY(record(t, evidence, ask->challenge, issued, e));
	/* What was made before says nothing against a refusal. */
	if (e != OK && known && t->row.evidence_iat < t->now)
		t->row.evidence_iat = t->now;
	/* the question that began the session asks for no reports */
	if (e == OK && last) {
		e = tam_reports_told(t, ask->challenge);
		if (e != OK)
			t->row.requests = 0;
		TRY(e);
	}
	if (e == OK)
		return tam_decide(t, ask);
	return failed(t, ask, e);
}

/*
 * Nobody asked with a challenge: only the time in it makes it new, and only if
 * it is later than that of all before it.  The row is written by who has read
 * it, so that of two with one time one is heard.            [security 3]
 */
static enum err
on_time(struct turn *t, struct verifier_ask *ask, struct bytes evidence)
{
	const struct tam_config *c = &t->t->config;
	struct appraisal *a = &t->out->appraisal;
	enum err e;

	/* another Verifier answers to a nonce */
	if ((c->fresh & TAM_FRESH_TIME) == 0 || t->t->verifier->remote != NULL)
		return tam_refuse(t, ERR_MISSING, "eat_nonce");
	ask->age = c->evidence_age;
	ask->skew = c->clock_skew;
	e = verifier_appraise(t->t->verifier, ask, evidence, a);
	if (err_class(e) > CLASS_REFUSED)
		return e;
	t->out->why = a->why;
	/* What was not shown to be of this device, and now, leaves no trace */
	if (e != OK && !a->bound)
		return e;
	if (a->claims.iat <= t->row.evidence_iat) {
		tam_verdict_void(a);
		return tam_refuse(t, ERR_REPLAY, "iat");
	}
	t->row.evidence_iat = a->claims.iat;
	t->row_changed = t->fresh = t->evidence = true;
	t->until = t->now + c->result_life;
	return tam_conclude(t, ask, evidence, a->claims.iat, e);
}

enum err
tam_on_query_response(struct turn *t)
{
	const struct tam *tam = t->t;
	struct appraisal *a = &t->out->appraisal;
	struct verifier_ask ask = {
	    .media = t->m.format,
	    .audience = tam->audience,
	    .n_audience = ARRAY_LEN(tam->audience),
	    .teep_kid = t->v.kid,
	    .teep_key = &t->row.key,
	    .now = t->now,
	};
	struct bytes evidence;
	uint64_t issued;
	enum err e;

	if (tam_is_passport(t))
		return tam_on_passport(t);
	TRY(asked_for(t));
	e = payload_check(t);
	if (e != OK)
		return payload_refused(t, e);
	TRY(evidence_open(t, &evidence, &ask.challenge));
	if (ask.challenge.n == 0)
		return on_time(t, &ask, evidence);
	/* Nobody else is asked about what answers no question of ours. */
	if (tam->verifier->remote != NULL)
		TRY(challenge_check(t, ask.challenge, &issued));
	e = verifier_appraise(tam->verifier, &ask, evidence, a);
	t->out->why = a->why;
	if (a->unknown)
		return unappraised(t, ask.challenge, issued, e);
	/* the other Verifier is being asked */
	if (e == ERR_BUSY)
		return ERR_NET;
	if (err_class(e) > CLASS_REFUSED)
		return e;
	/* What nobody authenticated has said nothing of the device. */
	if (e != OK && a->claims.has == 0 &&
	    !(e == ERR_EVIDENCE_KEY && tam_is_sealed(t->m.attestation)))
		return e;
	TRY(tam_challenge_spend(t, ask.challenge, &issued));
	t->under = t->evidence = true;
	t->until = t->now + tam->config.result_life;
	if (a->until != 0 && a->until < t->until)
		t->until = a->until;
	memcpy(t->out->verifier, a->verifier, KID_LEN);
	return tam_conclude(t, &ask, evidence, issued, e);
}
