/*
 * veraison_json: what a Verifier's API answers.  Octets from outside.
 */
#include "courier.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Base64 of either alphabet, padded or not. */
static bool
nonce_read(const char *in, struct veraison_session *out)
{
	char text[128];
	struct bytes nonce;
	size_t n = in == NULL ? 0 : strcspn(in, "=");

	if (n == 0 || n >= sizeof(text))
		return false;
	for (size_t i = 0; i < n; i++)
		text[i] = in[i] == '+' ? '-' : in[i] == '/' ? '_' : in[i];
	text[n] = 0;
	if (base64url_read(text, SPAN_OF(out->nonce), &nonce) != OK)
		return false;
	out->nonce_n = nonce.n;
	return true;
}

static bool
state_read(const char *text, enum veraison_state *out)
{
	static const struct {
		const char *name;
		enum veraison_state state;
	} all[] = {
	    {"waiting", VERAISON_WAITING},
	    {"processing", VERAISON_WAITING},
	    {"complete", VERAISON_COMPLETE},
	    {"failed", VERAISON_FAILED},
	};

	for (size_t i = 0; text != NULL && i < ARRAY_LEN(all); i++) {
		if (strcmp(text, all[i].name) != 0)
			continue;
		*out = all[i].state;
		return true;
	}
	return false;
}

static json_t *
member(const json_t *o, const char *name)
{
	return json_object_get(o, name);
}

enum err
veraison_session_read(struct bytes json, struct veraison_session *out)
{
	json_t *o = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	const char *result = json_string_value(member(o, "result"));
	enum err e = OK;

	*out = (struct veraison_session){.state = VERAISON_FAILED};
	if (!nonce_read(json_string_value(member(o, "nonce")), out) ||
	    !state_read(json_string_value(member(o, "status")), &out->state))
		e = ERR_TEXT;
	if (e == OK && out->state == VERAISON_COMPLETE) {
		out->result = result == NULL ? NULL : strdup(result);
		if (out->result == NULL)
			e = result == NULL ? ERR_TEXT : ERR_MEMORY;
	}
	json_decref(o);
	return e;
}

void
veraison_problem_read(struct bytes json, char *out, size_t room)
{
	json_t *o = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *said = member(o, "detail");

	if (!json_is_string(said))
		said = member(o, "title");
	if (json_is_string(said))
		(void)safe_text(out, room,
		    (struct bytes){(const uint8_t *)json_string_value(said),
			json_string_length(said)});
	else
		out[0] = 0;
	json_decref(o);
}

/* ---- discovery ----------------------------------------------------------- */

static bool
coordinate(const json_t *jwk, const char *name, uint8_t out[32])
{
	const char *text = json_string_value(member(jwk, name));
	uint8_t room[40];
	struct bytes b;

	if (text == NULL || base64url_read(text, SPAN_OF(room), &b) != OK ||
	    b.n != 32)
		return false;
	memcpy(out, b.p, 32);
	return true;
}

/* Its key for EARs.                                          [RFC 7517 4] */
enum err
veraison_key_read(struct bytes json, struct cose_key *out)
{
	json_t *o = json_loadb(
	    (const char *)json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *jwk = member(o, "ear-verification-key");
	const char *crv = json_string_value(member(jwk, "crv"));
	enum err e = ERR_COSE_KEY;

	*out = (struct cose_key){.kty = KTY_EC2, .crv = CRV_P256};
	if (o == NULL)
		e = ERR_TEXT;
	else if (crv != NULL && strcmp(crv, "P-256") == 0 &&
		 coordinate(jwk, "x", out->x) && coordinate(jwk, "y", out->y))
		e = OK;
	json_decref(o);
	return e;
}
