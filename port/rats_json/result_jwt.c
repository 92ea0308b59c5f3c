/*
 * result_jwt: an EAR as a JWT, from its signature to what a Relying Party may
 * act on.                          [RFC 7515 5.2; RFC 8725 3; security 15, 20]
 */
#include "rats_json.h"

#include <cmdline.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOT '.'

/* A JWS in its compact form, taken apart. */
struct jws {
	struct bytes header, payload, input;
	uint8_t sig[SIG_LEN];
};

/* Base64url as long as b, into room, which has b.n + 1 octets and more. */
static enum err
decoded(struct bytes b, struct span room, struct bytes *out)
{
	char *text = strndup((const char *)b.p, b.n);
	enum err e =
	    text == NULL ? ERR_MEMORY : base64url_read(text, room, out);

	if (e == OK && strlen(text) != b.n)
		e = ERR_TEXT;
	free(text);
	return e;
}

static bool
until_dot(struct bytes *left, struct bytes *out)
{
	const uint8_t *dot =
	    left->n == 0 ? NULL : memchr(left->p, DOT, left->n);
	size_t n;

	if (dot == NULL)
		return false;
	n = (size_t)(dot - left->p);
	*out = (struct bytes){left->p, n};
	*left = (struct bytes){dot + 1, left->n - n - 1};
	return true;
}

static enum err
jws_read(struct bytes in, struct jws *out, struct why *why)
{
	uint8_t room[SIG_LEN + 8];
	struct bytes left = in, sig;

	if (in.n > RATS_JSON_MAX)
		return why_set(why, ERR_TOO_LONG, "JWT");
	if (!until_dot(&left, &out->header) || !until_dot(&left, &out->payload))
		return why_set(why, ERR_TEXT, "JWT");
	out->input = (struct bytes){in.p, in.n - left.n - 1};
	if (decoded(left, SPAN_OF(room), &sig) != OK || sig.n != SIG_LEN)
		return why_set(why, ERR_TEXT, "JWT signature");
	memcpy(out->sig, sig.p, SIG_LEN);
	return OK;
}

/* Which of the keys has signed it?  A key has one algorithm, whatever stands
 * in the header. */
static enum err
signed_by(const struct crypto *c, const struct cose_key *key, size_t n,
    const struct jws *j, const struct cose_key **by, struct why *why)
{
	for (size_t i = 0; i < n; i++) {
		bool ec = key[i].kty == KTY_EC2;
		enum err e = c->verify(ec ? ALG_ESP256 : ALG_ED25519, &key[i],
		    &j->input, 1, BYTES_OF(j->sig));

		*by = &key[i];
		if (e == OK)
			return OK;
		if (e != ERR_SIGNATURE)
			return why_set(why, e, "Verifier");
	}
	return why_set(why, ERR_SIGNATURE, "Verifier");
}

/* It is authentic by now. */
static enum err
header_check(const struct jws *j, const struct cose_key *by, struct why *why)
{
	const char *alg = by->kty == KTY_EC2 ? "ES256" : "EdDSA", *is;
	uint8_t room[1024];
	struct bytes text;
	json_t *o = NULL;
	bool ok;

	if (j->header.n < sizeof(room) &&
	    decoded(j->header, SPAN_OF(room), &text) == OK)
		o = json_loadb(
		    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	is = json_string_value(json_object_get(o, "alg"));
	ok = is != NULL && strcmp(is, alg) == 0 &&
	     json_object_get(o, "crit") == NULL;
	json_decref(o);
	return ok ? OK : why_set(why, ERR_COSE_HEADER, "JWT header");
}

/* ---- why it says no ------------------------------------------------------ */

static enum err
reason_of(const char *name)
{
	static const struct {
		enum err err;
		const char *name;
	} all[] = {
#define X(code, number, word, sentence) {code, word},
	    ERR_TABLE(X)
#undef X
	};

	for (size_t i = 0; name != NULL && i < ARRAY_LEN(all); i++)
		if (strcmp(name, all[i].name) == 0 && all[i].err != OK &&
		    err_class(all[i].err) <= CLASS_REFUSED &&
		    all[i].err != ERR_BUSY)
			return all[i].err;
	return ERR_NOT_ATTESTED;
}

static void
text_take(const json_t *o, const char *name, char *out, size_t room)
{
	const char *v = json_string_value(json_object_get(o, name));

	(void)snprintf(out, room, "%s", v == NULL ? "" : v);
}

/* Of the first submodule that has one. */
static bool
refusal_take(const json_t *claims, struct rats_json_refusal *no)
{
	json_t *subs = json_object_get(claims, "submods"), *one, *o = NULL;
	char claim[sizeof(no->claim)];
	const char *name;

	json_object_foreach(subs, name, one)
	{
		o = json_object_get(one, "tamarind_refusal");
		if (o != NULL)
			break;
	}
	if (!json_is_object(o))
		return false;
	no->reason = reason_of(json_string_value(json_object_get(o, "reason")));
	/* it becomes the name of a check, which nobody makes safe any more */
	text_take(o, "claim", claim, sizeof(claim));
	(void)safe_text(no->claim, sizeof(no->claim), bytes_of_text(claim));
	text_take(o, "expected", no->expected, sizeof(no->expected));
	text_take(o, "found", no->found, sizeof(no->found));
	text_take(o, "source", no->source, sizeof(no->source));
	text_take(o, "measurement", no->measurement, sizeof(no->measurement));
	return true;
}

/* A Result that says no need not be about a key: of Evidence that nobody has
 * authenticated it cannot be. */
static enum err
refusal(struct bytes text, enum err e, struct rats_json_refusal *no)
{
	json_t *o;

	if (e != ERR_NOT_ATTESTED && e != ERR_RESULT_CNF)
		return e;
	no->refuses = true;
	no->bound = e == ERR_NOT_ATTESTED;
	no->reason = e;
	o = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (no->bound || json_object_get(o, "cnf") == NULL)
		(void)refusal_take(o, no);
	json_decref(o);
	return no->reason;
}

static enum err
claims_read(const struct crypto *c, const struct result_ask *ask,
    struct verified *v, struct bytes text, struct span room,
    struct believed *out, struct rats_json_refusal *no, struct why *why)
{
	struct cbor_out w = cbor_into(room);
	enum err e = rats_json_ear(&w, text, why);

	if (e == OK)
		e = cbor_done(&w, &v->payload);
	if (e == OK)
		e = refusal(text, result_read(c, ask, v, out, why), no);
	return e;
}

enum err
rats_json_result(const struct crypto *c, const struct cose_key *key, size_t n,
    struct result_ask *ask, struct bytes jwt, struct span room,
    struct believed *out, struct rats_json_refusal *no, struct why *why)
{
	const struct cose_key *by = NULL;
	struct verified v = {.alg = 0};
	struct jws j;
	struct bytes text;
	uint8_t *json;
	enum err e;

	*out = (struct believed){.fresh = false};
	*no = (struct rats_json_refusal){.refuses = false};
	TRY(jws_read(jwt, &j, why));
	TRY(signed_by(c, key, n, &j, &by, why));
	TRY(header_check(&j, by, why));
	TRY(cose_key_thumbprint(c, by, v.kid));
	ask->form = &result_ear;
	json = malloc(j.payload.n + 1);
	if (json == NULL)
		return ERR_MEMORY;
	e = decoded(j.payload, (struct span){json, j.payload.n + 1}, &text);
	e = e != OK ? why_set(why, ERR_TEXT, "JWT payload")
		    : claims_read(c, ask, &v, text, room, out, no, why);
	free(json);
	return e;
}
