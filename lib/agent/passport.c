/*
 * passport: Attestation Results about this device, kept for whoever relies on
 * them: another TAM, or anybody on the device who asks.  [TEEP 4.4, 9]
 *
 * A Result is a Verifier's word that is good until it ends.  It speaks of what
 * was installed then, so it goes when that changes (edit.c); it is of no use
 * to anybody who does not hold the key it names.
 */
#include "agent_int.h"
#include <string.h>

/* One of them.  In the record: [key id, TAM tstr, iat, exp, format tstr,
 * Result bstr]. */
struct passport {
	struct bytes kid;    /* of our TEEP key that it is about */
	struct bytes tam;    /* row of the TAM that handed it over */
	uint64_t iat, exp;   /* as its Verifier is said to have signed */
	struct bytes format; /* media type, none: the TEEP profile's */
	struct bytes result;
};

static bool
passport_next(struct cbor_in *r, struct passport *out)
{
	if (cbor_peek(r) == CBOR_END)
		return false;
	cbor_array(r, 6);
	out->kid = cbor_bstr(r, KID_LEN, KID_LEN);
	out->tam = cbor_tstr(r, 1, NAME_MAX);
	out->iat = cbor_uint(r, 0, UINT64_MAX);
	out->exp = cbor_uint(r, 0, UINT64_MAX);
	out->format = cbor_tstr(r, 0, AGENT_FORMAT_MAX);
	out->result = cbor_bstr(r, 1, AGENT_PASSPORT_MAX);
	return r->err == OK;
}

static bool
is_over(const struct agent *a, const struct passport *p)
{
	return a->ports->now != NULL && p->exp <= a->ports->now();
}

/* The youngest about this key that is not over; its place, from 1 on, 0: there
 * is none.  Each carries the nonce of the exchange in which it came, so the
 * last that was put there is the youngest; its own iat, which anybody may have
 * written, is not asked. */
static uint8_t
youngest(
    const struct agent *a, const uint8_t kid[KID_LEN], struct passport *out)
{
	struct cbor_in r = cbor_items(a->state.passports);
	struct passport p;
	uint8_t at = 0, found = 0;

	while (passport_next(&r, &p)) {
		at++;
		if (!bytes_same(p.kid, (struct bytes){kid, KID_LEN}) ||
		    is_over(a, &p))
			continue;
		*out = p;
		found = at;
	}
	return found;
}

/* ---- keeping ------------------------------------------------------------- */

/* Is it about the key and the question of the exchange that is open?  The
 * TAM's signature covers it; whether its Verifier's holds, those have to say
 * whom it is for. */
static enum err
read_handed(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *m,
    struct passport *out, struct why *why)
{
	const struct signer *own = a->ports->teep[a->ex.key];
	struct bytes nonce = {a->ex.nonce.b, a->ex.nonce.n};
	struct verified inner = *v;
	struct cose_signed s;
	struct eat_claims c;
	uint8_t kid[KID_LEN];

	if (!a->ex.answered || a->ex.tam != tam)
		return why_set(why, ERR_NO_EXCHANGE, "exchange");
	if (m->attestation.n > AGENT_PASSPORT_MAX ||
	    m->format.n > AGENT_FORMAT_MAX)
		return why_set(why, ERR_LIMIT, "attestation-payload");
	if (teep_payload_kind((m->has & TEEP_HAS_FORMAT) != 0, m->format) !=
		TEEP_PAYLOAD_RESULT &&
	    !teep_format_is(m->format, EAR_PROFILE))
		return why_set(
		    why, ERR_UNEXPECTED, "attestation-payload-format");
	TRY(cose_signed_read(
	    m->attestation, (unsigned)ACCEPT_SIGN1 | ACCEPT_CWT_TAG, &s, why));
	inner.payload = s.payload;
	TRY(eat_read(&inner, &c, why));
	if ((c.has & EAT_HAS_CNF) == 0 ||
	    eat_cnf_kid(a->ports->crypto, c.cnf, kid) != OK ||
	    !bytes_same(BYTES_OF(kid), BYTES_OF(own->kid)))
		return why_set(why, ERR_RESULT_CNF, "cnf");
	if (nonce.n == 0 || !bytes_same_ct(c.nonce, nonce))
		return why_set(why, ERR_RESULT_NONCE, "eat_nonce");
	if ((c.has & EAT_HAS_IAT) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "iat");
	if ((c.has & EAT_HAS_EXP) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "exp");
	*out = (struct passport){BYTES_OF(own->kid), tam->name, c.iat, c.exp,
	    m->format, m->attestation};
	return c.exp <= c.iat || is_over(a, out)
		   ? why_set(why, ERR_EXPIRED, "exp")
		   : OK;
}

static void
put_passport(struct builder *b, const struct passport *p)
{
	struct cbor_out *w = b->w;

	b->n++;
	if (b->counting)
		return;
	cbor_put_array(w, 6);
	cbor_put_bstr(w, p->kid);
	cbor_put_tstr(w, p->tam);
	cbor_put_uint(w, p->iat);
	cbor_put_uint(w, p->exp);
	cbor_put_tstr(w, p->format);
	cbor_put_bstr(w, p->result);
}

/* One for each TAM; of those before it the last ones stay. */
static void
edit_kept(struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct cbor_in r = cbor_items(s->passports), old;
	struct passport p, other;
	size_t start = 0;

	for (; passport_next(&r, &p); start = r.at) {
		size_t younger = 1; /* the new one */

		old = r;
		while (passport_next(&old, &other))
			younger += !bytes_same(other.tam, e->passport->tam);
		if (!bytes_same(p.tam, e->passport->tam) &&
		    younger < AGENT_PASSPORTS_MAX)
			edit_take(
			    b, (struct bytes){r.in.p + start, r.at - start});
	}
	put_passport(b, e->passport);
}

/* What would be in the way of anything else is not worth its place. */
static enum err
commit_small(struct agent *a, const struct state_edit *e)
{
	struct bytes raw;
	struct state next;

	TRY(state_edit(&a->state, e, pool_rest(&a->pool), &raw, &next));
	return raw.n > AGENT_STATE_MAX / 2 ? ERR_LIMIT : agent_commit(a, raw);
}

static void
keep(struct agent *a, const struct verified *v, const struct policy_tam *tam,
    const struct teep_message *m)
{
	struct state_edit edit = {.passports = edit_kept};
	struct passport p;
	struct why why = {0};
	enum err e = read_handed(a, v, tam, m, &p, &why);

	edit.passport = &p;
	if (e == OK) {
		e = commit_small(a, &edit);
		if (e != OK)
			(void)why_set(&why, e, "state");
	}
	/* Without it the device is as well as before. */
	agent_log(a, e == OK ? "passport-kept" : "passport-refused",
	    e == OK ? NULL : &why, tam->name);
}

/* All but the one that was shown. */
static void
edit_dropped(
    struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct cbor_in r = cbor_items(s->passports);
	struct passport p;
	size_t start = 0, at = 0;

	for (; passport_next(&r, &p); start = r.at)
		if (++at != e->passport_at)
			edit_take(
			    b, (struct bytes){r.in.p + start, r.at - start});
}

static void
dropped(struct agent *a)
{
	struct state_edit edit = {
	    .passports = edit_dropped, .passport_at = a->ex.presented};
	struct why why;
	enum err e = agent_change(a, &edit);

	a->ex.presented = 0;
	(void)why_set(&why, e, "state");
	agent_log(a, "passport-dropped", e == OK ? NULL : &why, BYTES_NONE);
}

/* ---- presenting ---------------------------------------------------------- */

static bool
has(const struct agent *a)
{
	struct passport p;

	return youngest(a, a->ports->teep[a->ex.key]->kid, &p) != 0;
}

static enum err
present(struct agent *a, const struct policy_tam *tam, struct teep_message *m)
{
	struct passport p;
	struct cbor_out w;

	a->ex.presented = youngest(a, a->ports->teep[a->ex.key]->kid, &p);
	if (a->ex.presented == 0)
		return ERR_NOT_FOUND;
	m->has |= TEEP_HAS_ATTESTATION;
	m->attestation = p.result;
	if (p.format.n > 0) {
		m->has |= TEEP_HAS_FORMAT;
		m->format = p.format;
	}
	if (!tam->has_enc)
		return OK;
	w = pool_begin(&a->pool);
	TRY(cose_encrypt_write(&w, a->ports->crypto, ALG_A128GCM, &tam->enc,
	    tam->enc_kid, COSE_CTX_EAT, p.result));
	return pool_end(&a->pool, &w, &m->attestation);
}

/* The youngest about any of our keys. */
static uint8_t
youngest_of_all(const struct agent *a, struct passport *out)
{
	struct passport p;
	uint8_t found = 0, last = 0;

	for (uint8_t i = 0; i < a->ports->n_teep; i++) {
		uint8_t at = youngest(a, a->ports->teep[i]->kid, &p);

		if (at > last) {
			*out = p;
			last = at;
			found = i + 1;
		}
	}
	return found;
}

/*
 * For a Relying Party that named itself and gave a challenge: the Result, and
 * that we hold the key it is about.
 *   COSE_Sign1 by that key over
 *   [ "passport", Relying Party tstr, challenge, format tstr, Result,
 *     COSE_Key ]
 * No message, report or Evidence begins with a text.
 */
static enum err
show(struct agent *a, const struct link_frame *in, struct bytes *out)
{
	struct cbor_out w = pool_begin(&a->pool), o;
	struct passport p;
	struct bytes payload;
	uint8_t key = youngest_of_all(a, &p);

	if (key == 0)
		return ERR_NOT_FOUND;
	cbor_put_array(&w, 6);
	cbor_put_text(&w, "passport");
	cbor_put_tstr(&w, in->uri);
	cbor_put_bstr(&w, in->body);
	cbor_put_tstr(&w, p.format);
	cbor_put_bstr(&w, p.result);
	cose_key_write(&w, &a->ports->teep_key[key - 1]);
	TRY(pool_end(&a->pool, &w, &payload));
	o = cbor_into(a->outbox);
	TRY(cose_sign1_write(
	    &o, a->ports->teep[key - 1], payload, NULL, WRITE_TAGGED));
	return cbor_done(&o, out);
}

const struct agent_passports agent_passports = {
    keep, dropped, has, present, show};
