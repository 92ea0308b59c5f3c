/*
 * keeper_check: what the keeper signs, and nothing else.
 *
 * Whoever holds the front may ask for anything.  He gets signatures on
 * Results made now that live no longer than the settings say.
 */
#include "verifierd.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLAIMS_MAX (1u << 20)

static enum err
made_now(
    uint64_t iat, uint64_t exp, uint64_t now, uint64_t life, struct why *why)
{
	uint64_t off = iat > now ? iat - now : now - iat;

	if (off > KEEPER_OFF_MAX)
		return why_set(why, ERR_LIMIT, "iat");
	if (exp <= iat || exp - iat > life)
		return why_set(why, ERR_LIMIT, "exp");
	return OK;
}

static enum err
claims_check(struct bytes in, uint64_t now, uint64_t life, struct why *why)
{
	static const struct bytes profile[] = {BYTES_LIT(EAR_PROFILE)};
	const uint32_t needed =
	    EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF | EAT_HAS_NONCE;
	struct eat_claims c;
	struct ear ear;

	if (ear_parse(in, profile, 1, &ear, why) == OK) {
		if ((ear.has & EAR_RESULT_HAS_EXP) == 0 ||
		    (ear.has & EAR_RESULT_HAS_NONCE) == 0)
			return why_set(why, ERR_RESULT_CLAIMS, "exp");
		return made_now(ear.iat, ear.exp, now, life, why);
	}
	TRY(eat_parse(in, &c, why));
	TRY(eat_result_complete(&c, why));
	if ((c.has & needed) != needed)
		return why_set(why, ERR_RESULT_CLAIMS, "Result");
	return made_now(c.iat, c.exp, now, life, why);
}

enum err
keeper_check_cose(
    struct bytes sig_structure, uint64_t now, uint64_t life, struct why *why)
{
	struct cbor_in r = cbor_open(sig_structure);
	struct bytes context, prot, payload;

	cbor_array(&r, 4);
	context = cbor_tstr(&r, 0, 10);
	prot = cbor_bstr(&r, 0, 8);
	(void)cbor_bstr(&r, 0, 0); /* external_aad */
	payload = cbor_bstr(&r, 1, CLAIMS_MAX);
	if (cbor_close(&r) != OK)
		return why_set(why, r.err, "Sig_structure");
	if (!bytes_same(context, BYTES_LIT("Signature1")))
		return why_set(why, ERR_KEY_PURPOSE, "context");
	/* {1: -9} */
	if (!bytes_same(prot, BYTES_LIT("\xa1\x01\x28")))
		return why_set(why, ERR_COSE_HEADER, "protected header");
	return claims_check(payload, now, life, why);
}

void
jws_header(const uint8_t kid[KID_LEN], char out[JWS_HEADER_MAX])
{
	char text[KID_TEXT], json[JWS_HEADER_MAX];

	kid_text(kid, text);
	(void)snprintf(json, sizeof(json),
	    "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", text);
	base64url_text(out, JWS_HEADER_MAX, bytes_of_text(json));
}

static enum err
json_check(struct bytes text, uint64_t now, uint64_t life, struct why *why)
{
	json_t *o = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	json_t *iat = json_object_get(o, "iat");
	json_t *exp = json_object_get(o, "exp");
	const char *profile =
	    json_string_value(json_object_get(o, "eat_profile"));
	enum err e = OK;

	if (profile == NULL || strcmp(profile, EAR_PROFILE) != 0)
		e = why_set(why, ERR_RESULT_CLAIMS, "eat_profile");
	else if (!json_is_integer(iat) || !json_is_integer(exp) ||
		 json_integer_value(iat) < 0 || json_integer_value(exp) < 0)
		e = why_set(why, ERR_RESULT_CLAIMS, "iat");
	else if (!json_is_string(json_object_get(o, "eat_nonce")))
		e = why_set(why, ERR_RESULT_CLAIMS, "eat_nonce");
	else
		e = made_now((uint64_t)json_integer_value(iat),
		    (uint64_t)json_integer_value(exp), now, life, why);
	json_decref(o);
	return e;
}

enum err
keeper_check_jws(struct bytes input, const uint8_t kid[KID_LEN], uint64_t now,
    uint64_t life, struct why *why)
{
	char header[JWS_HEADER_MAX], *text;
	struct span room;
	struct bytes body = input, claims;
	size_t n;
	enum err e;

	jws_header(kid, header);
	n = strlen(header);
	if (input.n <= n + 1 || input.n > 2 * CLAIMS_MAX ||
	    !bytes_prefix(input, bytes_of_text(header)) || input.p[n] != '.')
		return why_set(why, ERR_COSE_HEADER, "JWS header");
	body = (struct bytes){input.p + n + 1, input.n - n - 1};
	text = malloc(2 * body.n + 2);
	if (text == NULL)
		return ERR_MEMORY;
	memcpy(text, body.p, body.n);
	text[body.n] = 0;
	room = (struct span){(uint8_t *)text + body.n + 1, body.n + 1};
	e = base64url_read(text, room, &claims);
	if (e == OK)
		e = json_check(claims, now, life, why);
	else
		(void)why_set(why, e, "JWS payload");
	free(text);
	return e;
}
