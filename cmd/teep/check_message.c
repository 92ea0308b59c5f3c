/*
 * check_message: the rules for a TEEP message by itself, and for what an
 * exchange expects where that is told.                         [TEEP 4, 5]
 */
#include "check.h"

#include <stdarg.h>
#include <string.h>

void
check_note(struct check *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vfprintf(c->notes, format, ap);
	va_end(ap);
	(void)fputc('\n', c->notes);
}

enum err
check_refuse(struct check *c, enum err e, const char *what, const uint8_t *at)
{
	(void)why_set(&c->why, e, what);
	if (at >= c->in.p && at <= c->in.p + c->in.n)
		c->why.at = (size_t)(at - c->in.p);
	return e;
}

enum err
check_moved(struct check *c, enum err e, struct bytes part)
{
	if (e == OK)
		return OK;
	c->why.err = e;
	/* within a plaintext the offset stays one of the plaintext */
	if (part.p >= c->in.p && part.p <= c->in.p + c->in.n)
		c->why.at += (size_t)(part.p - c->in.p);
	return e;
}

const char *
check_who(const struct check *c, const uint8_t kid[KID_LEN], char out[160])
{
	char brief[KID_SHORT];

	kid_short(brief, kid);
	(void)snprintf(
	    out, 160, "%.120s (%s)", keydir_name(c->keys, kid), brief);
	return out;
}

/* An Error must carry what its code is about.               [TEEP 4.6] */
static enum err
check_error(struct check *c)
{
	static const struct {
		uint32_t code, has;
		const char *what;
	} rows[] = {
	    {TEEP_ERR_FRESHNESS, TEEP_HAS_FRESHNESS,
		"supported-freshness-mechanisms"},
	    {TEEP_ERR_VERSION, TEEP_HAS_VERSIONS, "versions"},
	    {TEEP_ERR_CIPHER_SUITES, TEEP_HAS_SUITES,
		"supported-teep-cipher-suites"},
	    {TEEP_ERR_ATTESTATION_REQUIRED, TEEP_HAS_FRESHNESS,
		"supported-freshness-mechanisms"},
	    {TEEP_ERR_SUIT_REPORT, TEEP_HAS_PROFILES,
		"supported-suit-cose-profiles"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (c->m.type == TEEP_ERROR && c->m.err_code == rows[i].code &&
		    (c->m.has & rows[i].has) == 0)
			return check_refuse(
			    c, ERR_TEEP_RULE, rows[i].what, c->v.payload.p);
	return OK;
}

/* May this receiver get this type, in this structure?     [TEEP 3, 5.1] */
static enum err
check_direction(struct check *c)
{
	bool to_agent =
	    c->m.type == TEEP_QUERY_REQUEST || c->m.type == TEEP_UPDATE;

	if (to_agent != c->agent)
		return check_refuse(c, ERR_TEEP_TYPE, "type", c->v.payload.p);
	if (c->multi && c->m.type != TEEP_QUERY_REQUEST)
		return check_refuse(c, ERR_COSE_TYPE, "COSE_Sign", c->in.p);
	return OK;
}

/* Is anything offered that we have?                          [TEEP 4.6, 8] */
static enum err
check_offer(struct check *c)
{
	static const struct teep_profile profiles[] = {
	    {ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128CTR},
	    {ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW, ALG_A128CTR},
	    {ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128GCM},
	    {ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW,
		ALG_CHACHA20_POLY1305},
	};
	const uint8_t *at = c->v.payload.p;
	bool profile = false;

	if (c->m.type != TEEP_QUERY_REQUEST)
		return OK;
	if ((c->m.has & TEEP_HAS_VERSIONS) != 0 &&
	    !teep_uints_have(c->m.versions, 0))
		return check_refuse(c, ERR_NO_COMMON_VERSION, "versions", at);
	if (!teep_suites_have(
		c->m.suites, dialect_alg(&c->dialect, ALG_ESP256)) &&
	    !teep_suites_have(
		c->m.suites, dialect_alg(&c->dialect, ALG_ED25519)))
		return check_refuse(
		    c, ERR_NO_COMMON_SUITE, "supported-teep-cipher-suites", at);
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++)
		profile = profile || teep_profiles_have(&c->dialect,
					 c->m.profiles, &profiles[i]);
	if (!profile)
		return check_refuse(
		    c, ERR_NO_PROFILE, "supported-suit-cose-profiles", at);
	if ((c->m.has & TEEP_HAS_FRESHNESS) != 0 &&
	    !teep_uints_have(c->m.freshness, TEEP_FRESH_NONCE))
		return check_refuse(
		    c, ERR_NO_FRESHNESS, "supported-freshness-mechanisms", at);
	return OK;
}

/* The token of the exchange, where it is known.            [TEEP 4.3 - 4.6] */
static enum err
check_token(struct check *c)
{
	if (c->token.p == NULL || bytes_same(c->m.token, c->token))
		return OK;
	(void)why_set(&c->why, ERR_TOKEN, "token");
	c->why.kind = WHY_HEX;
	c->why.expected = c->token;
	c->why.found = c->m.token;
	return ERR_TOKEN;
}

/* Is it of the dialect that was named?  e: what reading it came to. */
static enum err
check_dialect(struct check *c, const struct cose_signed *s, enum err e)
{
	const char *other = dialect_wrong(&c->dialect, s, c->v.alg, e);

	return other == NULL
		   ? OK
		   : check_refuse(c, ERR_DIALECT, other, c->v.payload.p);
}

enum err
check_message(struct check *c)
{
	unsigned accept = ACCEPT_SIGN1;
	struct cose_signed s;
	enum err e;

	if (!c->agent && c->in.n > CHECK_TAM_MAX)
		return check_refuse(c, ERR_TOO_LONG, "message", c->in.p);
	if (c->agent)
		accept |= ACCEPT_SIGN;
	if (c->pinned)
		accept |= ACCEPT_POLYMORPHIC;
	e = cose_verify(
	    c->crypto, &c->keys->view, accept, c->in, &c->v, &c->why);
	if (e != OK)
		return check_moved(c, e, c->in);
	TRY(cose_signed_read(c->in, accept, &s, &c->why));
	c->multi = s.multi;
	e = teep_read(&c->v, &c->dialect, &c->m, &c->why);
	if (c->pinned)
		TRY(check_dialect(c, &s, e));
	if (e != OK)
		return check_moved(c, e, c->v.payload);
	TRY(check_direction(c));
	TRY(check_error(c));
	TRY(check_offer(c));
	TRY(check_token(c));
	TRY(check_attestation(c));
	TRY(check_reports(c));
	return check_manifests(c);
}
