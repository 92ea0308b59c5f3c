/*
 * check_nested: what a TEEP message carries: Results, Evidence, reports and
 * manifests.  A signature whose key is not at hand is noted, not refused: the
 * folder of keys may be the peer's alone.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <tamarind/eat.h>
#include <tamarind/suit.h>

/* Octets that were received, or that a private key opened. */
struct opened {
	struct bytes content;
	struct bytes plain; /* to release, or empty */
};

/*
 * Open what may be encrypted.  *skip: it is, and no private key is there.
 */
static enum err
open_layer(struct check *c, const char *ctx, const char *what, struct bytes in,
    struct opened *o, bool *skip)
{
	enum err e;

	*skip = false;
	*o = (struct opened){.content = in};
	if (!cose_is_encrypt(in))
		return OK;
	e = keydir_open(c->keys, ctx, in, &o->plain, &c->why);
	o->content = o->plain;
	if (e == ERR_UNKNOWN_KEY && !c->strict_keys) {
		check_note(
		    c, "%s: encrypted; no private key here opens it", what);
		*skip = true;
		return OK;
	}
	if (e == OK)
		check_note(c, "%s: decrypted", what);
	return check_moved(c, e, in);
}

/* Is no key for it at hand?  Without a key id, one that verifies nothing is
 * somebody else's. */
static bool
no_key(const struct check *c, enum err e)
{
	return !c->strict_keys &&
	       (e == ERR_UNKNOWN_KEY ||
		   (e == ERR_SIGNATURE && c->why.subject.n == 0));
}

/* Verify by the keys at hand; without the key the claims are read anyway. */
static enum err
verify_layer(struct check *c, unsigned accept, const char *what,
    struct bytes in, struct verified *v, bool *verified)
{
	struct cose_signed s;
	char who[160];
	enum err e;

	e = cose_verify(c->crypto, &c->keys->view, accept, in, v, &c->why);
	*verified = e == OK;
	if (e == OK) {
		check_note(c, "%s: signature verified by %s", what,
		    check_who(c, v->kid, who));
		return OK;
	}
	if (!no_key(c, e))
		return check_moved(c, e, in);
	check_note(c, "%s: signature not verified: no key for it", what);
	c->why = (struct why){.err = OK};
	e = cose_signed_read(in, accept, &s, &c->why);
	if (e == OK && s.payload.p == NULL)
		e = why_set(&c->why, ERR_MISSING, "payload");
	*v = (struct verified){.payload = s.payload};
	return check_moved(c, e, in);
}

/* ---- Results and Evidence ------------------------------------------------ */

static enum err
check_times(struct check *c, const struct eat_claims *a)
{
	const uint64_t skew = 300; /* [design 6] */
	const struct {
		uint32_t has;
		const char *name;
		uint64_t limit;
		bool good;
		enum err e;
	} rows[] = {
	    {EAT_HAS_EXP, "exp", a->exp, c->now < a->exp, ERR_EXPIRED},
	    {EAT_HAS_NBF, "nbf", a->nbf, a->nbf <= c->now + skew, ERR_RANGE},
	    {EAT_HAS_IAT, "iat", a->iat, a->iat <= c->now + skew, ERR_RANGE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if ((a->has & rows[i].has) == 0 || rows[i].good)
			continue;
		(void)why_set(&c->why, rows[i].e, rows[i].name);
		c->why.kind = WHY_UINT;
		c->why.expected_n = c->now;
		c->why.found_n = rows[i].limit;
		return rows[i].e;
	}
	return OK;
}

/* The key that claims are about; subject: the key it must be, or NULL. */
static enum err
check_cnf(struct check *c, const struct eat_claims *a, const uint8_t *subject,
    enum err otherwise)
{
	uint8_t kid[KID_LEN];
	char brief[KID_SHORT];
	enum err e = eat_cnf_kid(c->crypto, a->cnf, kid);

	if (e != OK)
		return why_set(&c->why, e, "cnf");
	kid_short(brief, kid);
	check_note(c, "claims: about key %s", brief);
	if (subject == NULL || memcmp(kid, subject, KID_LEN) == 0)
		return OK;
	(void)why_set(&c->why, otherwise, "cnf");
	c->why.kind = WHY_HEX;
	c->why.expected = (struct bytes){subject, KID_LEN};
	return otherwise;
}

/* One key, one purpose.                                [docs/evidence.md 2] */
static enum err
check_report_key(struct check *c, const struct eat_claims *a)
{
	uint8_t kid[KID_LEN], report[KID_LEN];
	struct cose_key k;
	enum err e = cose_key_read(a->report_key, &k);

	if (e == OK)
		e = cose_key_thumbprint(c->crypto, &k, report);
	if (e == OK)
		e = eat_cnf_kid(c->crypto, a->cnf, kid);
	if (e == OK && memcmp(kid, report, KID_LEN) == 0)
		e = ERR_KEY_PURPOSE;
	return e == OK ? OK : why_set(&c->why, e, "report-key");
}

/* What the exchange demands of claims, where it is told. */
static enum err
check_exchange(struct check *c, const struct eat_claims *a, bool result)
{
	const struct {
		struct bytes want, found;
		enum err e;
		const char *what;
		enum why_kind kind;
	} rows[] = {
	    {c->challenge, a->nonce,
		result ? ERR_RESULT_NONCE : ERR_EVIDENCE_NONCE, "eat_nonce",
		WHY_HEX},
	    {result ? BYTES_NONE : c->audience, a->aud, ERR_EVIDENCE_AUDIENCE,
		"aud", WHY_TEXT},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].want.p == NULL ||
		    bytes_same(rows[i].want, rows[i].found))
			continue;
		(void)why_set(&c->why, rows[i].e, rows[i].what);
		c->why.kind = rows[i].kind;
		c->why.expected = rows[i].want;
		c->why.found = rows[i].found;
		return rows[i].e;
	}
	return OK;
}

/* Complete for what it is: an EAR has claims of its own. */
static enum err
check_complete(struct check *c, const struct verified *v,
    const struct eat_claims *a, bool result)
{
	const struct bytes profile = BYTES_LIT(EAR_PROFILE);
	struct ear e;

	if (!result)
		return eat_evidence_complete(a, &c->why);
	if (bytes_same(a->profile, profile))
		return ear_read(v, &profile, 1, &e, &c->why);
	return eat_result_complete(a, &c->why);
}

static enum err
check_claims(struct check *c, const struct verified *v, bool result,
    const uint8_t *subject)
{
	struct eat_claims a;
	enum err e;

	e = eat_read(v, &a, &c->why);
	if (e != OK)
		return check_moved(c, e, v->payload);
	TRY(check_complete(c, v, &a, result));
	TRY(check_exchange(c, &a, result));
	TRY(check_cnf(
	    c, &a, subject, result ? ERR_RESULT_CNF : ERR_EVIDENCE_CNF));
	if (!result)
		TRY(check_report_key(c, &a));
	return check_times(c, &a);
}

static enum err
check_eat(struct check *c, struct bytes in, bool result, const uint8_t *subject,
    const char *what)
{
	struct opened o;
	struct verified v;
	bool skip, verified;
	enum err e = open_layer(c, COSE_CTX_EAT, what, in, &o, &skip);

	if (e == OK && !skip)
		e = verify_layer(c, (unsigned)ACCEPT_SIGN1 | ACCEPT_CWT_TAG,
		    what, o.content, &v, &verified);
	if (e == OK && !skip)
		e = check_claims(c, &v, result, subject);
	/* the reason must not point into what is released */
	if (o.plain.p != NULL)
		c->why.expected = c->why.found = c->why.subject = BYTES_NONE;
	release_bytes(&o.plain);
	return e;
}

enum err
check_attestation(struct check *c)
{
	bool has_format = (c->m.has & TEEP_HAS_FORMAT) != 0;
	bool result =
	    teep_payload_kind(has_format, c->m.format) == TEEP_PAYLOAD_RESULT ||
	    teep_format_is(c->m.format, EAR_PROFILE);
	/* in an Update it is about the agent, else about who sends it */
	const uint8_t *subject =
	    c->m.type == TEEP_UPDATE ? c->about.p : c->v.kid;
	const char *what = result ? "Attestation Result" : "Evidence";

	if ((c->m.has & TEEP_HAS_ATTESTATION) == 0) {
		/* [security 1] */
		if ((c->m.has & (TEEP_HAS_MANIFESTS | TEEP_HAS_UNNEEDED)) !=
			0 &&
		    c->m.type == TEEP_UPDATE)
			check_note(c, "no Attestation Result: only an agent "
				      "that lets this TAM be unbound acts");
		return OK;
	}
	if (!result && !teep_format_is(c->m.format, EAT_EVIDENCE_PROFILE)) {
		check_note(c, "Evidence: of another format, not looked into");
		return OK;
	}
	/* [docs/evidence.md 1] */
	if (!result && c->strict_keys && c->keys->n_agreers > 0 &&
	    !cose_is_encrypt(c->m.attestation))
		return check_refuse(
		    c, ERR_UNDECRYPTABLE, what, c->m.attestation.p);
	return check_eat(c, c->m.attestation, result, subject, what);
}

/* ---- reports --------------------------------------------------------------
 */

static enum err
check_report_map(struct check *c, struct bytes in)
{
	struct suit_report r;
	bool answers = c->m.type == TEEP_QUERY_RESPONSE ||
		       c->m.type == TEEP_SUCCESS || c->m.type == TEEP_ERROR;
	enum err e = suit_report_read(in, &r, &c->why);

	if (e != OK)
		return check_moved(c, e, in);
	/* A report answers the request whose token it repeats. [TEEP 4.3] */
	if (answers && (c->m.has & TEEP_HAS_TOKEN) != 0 &&
	    !bytes_same(r.nonce, c->m.token)) {
		(void)why_set(&c->why, ERR_REPORT_NONCE, "suit-report-nonce");
		c->why.kind = WHY_HEX;
		c->why.expected = c->m.token;
		return ERR_REPORT_NONCE;
	}
	check_note(c, "SUIT_Report: %s", r.success ? "success" : "failure");
	return OK;
}

static enum err check_report(struct check *c, struct bytes in, bool inside);

/* What somebody signed. */
static enum err
check_report_signed(struct check *c, struct bytes in, bool inside)
{
	const char *what = "SUIT_Report";
	struct verified v;
	bool verified;

	TRY(verify_layer(c, ACCEPT_SIGN1, what, in, &v, &verified));
	/* one key, one purpose                                [TEEP 4.2] */
	if (verified && memcmp(v.kid, c->v.kid, KID_LEN) == 0)
		return check_refuse(c, ERR_REPORT_KEY, what, in.p);
	return !inside && cose_is_encrypt(v.payload)
		   ? check_report(c, v.payload, true)
		   : check_report_map(c, v.payload);
}

/* What is in the clear: a map, bare or in a byte string, or, where dialects
 * seal what was signed, that.                            [docs/interop.md] */
static enum err
check_report_clear(struct check *c, struct bytes in, bool inside)
{
	struct cbor_in r = cbor_open(in);

	/* COSE is an array, whatever tag is on it */
	if (cbor_peek(&r) == CBOR_TAG)
		(void)cbor_tag_any(&r);
	if (cbor_peek(&r) == CBOR_ARRAY)
		return check_report_signed(c, in, inside);
	if (!inside)
		check_note(c, "SUIT_Report: unsigned");
	return check_report_map(c, in);
}

/* inside: somebody signed what is around it. */
static enum err
check_report(struct check *c, struct bytes in, bool inside)
{
	struct opened o;
	bool skip;
	enum err e;

	e = open_layer(c, COSE_CTX_REPORT, "SUIT_Report", in, &o, &skip);
	if (e == OK && !skip)
		e = check_report_clear(c, o.content, inside);
	if (o.plain.p != NULL)
		c->why.found = c->why.subject = BYTES_NONE;
	release_bytes(&o.plain);
	return e;
}

enum err
check_reports(struct check *c)
{
	struct cbor_in r = cbor_items(c->m.reports);

	if ((c->m.has & TEEP_HAS_REPORTS) == 0)
		return OK;
	for (size_t i = 0; i < c->m.reports.n; i++)
		TRY(check_report(c, cbor_bstr(&r, 0, LEN_ANY), false));
	return cbor_close(&r);
}

/* ---- manifests ------------------------------------------------------------
 */

static enum err
check_manifest(struct check *c, struct bytes in)
{
	static struct suit_manifest m;
	char id[SUIT_ID_TEXT] = "?", who[160] = "";
	enum err e;

	e = suit_open(c->crypto, &c->keys->view, in, &m, &c->why);
	if (e == OK) {
		(void)check_who(c, m.signer[0], who);
	} else if (no_key(c, e)) {
		c->why = (struct why){.err = OK};
		e = suit_parse(in, &m, &c->why);
	}
	if (e != OK)
		return check_moved(c, e, in);
	/* what an Update runs must be there */
	if ((m.severed & (1u << SUIT_PAYLOAD_FETCH | 1u << SUIT_INSTALL)) != 0)
		return check_refuse(c, ERR_SEVERED, "manifest", in.p);
	if (suit_id_text(m.component_id, id) != OK)
		(void)snprintf(id, sizeof(id), "?");
	check_note(c, "manifest %.200s, sequence %llu: %s%s", id,
	    (unsigned long long)m.sequence,
	    who[0] != 0 ? "signature verified by "
			: "signature not verified: no key for it",
	    who);
	return OK;
}

enum err
check_manifests(struct check *c)
{
	struct cbor_in r = cbor_items(c->m.manifests);

	if ((c->m.has & TEEP_HAS_MANIFESTS) == 0)
		return OK;
	for (size_t i = 0; i < c->m.manifests.n; i++)
		TRY(check_manifest(c, cbor_bstr(&r, 0, LEN_ANY)));
	return cbor_close(&r);
}

/* ---- what stands alone ----------------------------------------------------
 */

enum err
check_encrypted(struct check *c, const char **title)
{
	struct bytes plain;
	enum err e;

	*title = "Attestation Result";
	e = keydir_open(c->keys, COSE_CTX_EAT, c->in, &plain, &c->why);
	release_bytes(&plain);
	if (e == OK)
		return check_eat(c, c->in, true, NULL, *title);
	if (e != ERR_UNDECRYPTABLE)
		return e;
	*title = "SUIT Report";
	return check_report(c, c->in, false);
}
