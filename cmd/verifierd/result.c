/*
 * result: what an appraisal becomes before it is signed: claims of the TEEP
 * profile and of an EAR, and the same EAR as JSON.           [EAR; AR4SI]
 */
#include "result.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define CLAIMS_MAX 65536
/* What the TEEP profile cannot do without. */
#define TEEP_CLAIMS                                                           \
	(EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL | EAT_HAS_HWVERSION | \
	    EAT_HAS_MANIFESTS)

static json_t *
text_of(struct bytes b)
{
	char *safe = malloc(4 * b.n + 4);
	json_t *o = NULL;

	if (safe != NULL)
		o = json_string(safe_text(safe, 4 * b.n + 4, b));
	free(safe);
	return o;
}

static json_t *
base64_of(struct bytes b)
{
	size_t room = (b.n + 2) / 3 * 4 + 1;
	char *text = malloc(room);
	json_t *o = NULL;

	if (text != NULL) {
		base64url_text(text, room, b);
		o = json_string(text);
	}
	free(text);
	return o;
}

/* Which check, what was expected and found, and which CoMID said so. */
static json_t *
refusal(const struct appraisal *a)
{
	char expected[512], found[512];
	json_t *o =
	    json_pack("{s:s,s:s,s:s,s:s,s:o}", "reason", err_name(a->why.err),
		"claim", a->why.what != NULL ? a->why.what : "", "expected",
		why_expected(expected, sizeof(expected), &a->why), "found",
		why_found(found, sizeof(found), &a->why), "source",
		text_of(a->why.source));

	/* what somebody could set a repair aside for */
	if (o != NULL && a->failed.n > 0)
		(void)json_object_set_new(o, "measurement", text_of(a->failed));
	return o;
}

/* [+ [content format, body]], the body of an entry as it stands. */
static json_t *
manifests(struct list l)
{
	struct cbor_in r = cbor_items(l);
	json_t *all = json_array();

	for (size_t i = 0; i < l.n; i++) {
		uint64_t format;
		struct bytes body;

		cbor_array(&r, 2);
		format = cbor_uint(&r, 0, UINT16_MAX);
		body = cbor_bstr(&r, 0, LEN_ANY);
		(void)json_array_append_new(all,
		    json_pack("[I,o]", (json_int_t)format, base64_of(body)));
	}
	if (r.err == OK)
		return all;
	json_decref(all);
	return NULL;
}

/* What a TAM would need of it: as verifier_ear_write has it.       [TEEP 5] */
static json_t *
teep_claims(const struct appraisal *a, const struct verifier_ask *ask)
{
	const struct eat_claims *c = &a->claims;
	struct cbor_in oemid = cbor_open(c->oemid);
	struct cbor_in version = cbor_open(c->hwversion);
	json_t *o =
	    json_pack("{s:o,s:s}", "eat_nonce", base64_of(ask->challenge),
		"tamarind_assurance", assurance_name(a->assurance));
	json_t *list =
	    (c->has & EAT_HAS_MANIFESTS) == 0 ? NULL : manifests(c->manifests);

	if ((c->has & EAT_HAS_UEID) != 0)
		(void)json_object_set_new(o, "ueid", base64_of(c->ueid));
	if ((c->has & EAT_HAS_OEMID) != 0 && cbor_peek(&oemid) == CBOR_BSTR)
		(void)json_object_set_new(
		    o, "oemid", base64_of(cbor_bstr(&oemid, 0, LEN_ANY)));
	else if ((c->has & EAT_HAS_OEMID) != 0)
		(void)json_object_set_new(o, "oemid",
		    json_integer(
			(json_int_t)cbor_int(&oemid, INT64_MIN, INT64_MAX)));
	if ((c->has & EAT_HAS_HWMODEL) != 0)
		(void)json_object_set_new(o, "hwmodel", base64_of(c->hwmodel));
	if ((c->has & EAT_HAS_HWVERSION) != 0 &&
	    cbor_array_any(&version, 1, 2) == 1)
		(void)json_object_set_new(o, "hwversion",
		    json_pack("[o]", text_of(cbor_tstr(&version, 0, LEN_ANY))));
	if (list != NULL)
		(void)json_object_set_new(o, "manifests", list);
	return o;
}

static const char *
tier_name(enum ear_tier t)
{
	switch (t) {
	case EAR_AFFIRMING:
		return "affirming";
	case EAR_WARNING:
		return "warning";
	case EAR_CONTRAINDICATED:
		return "contraindicated";
	case EAR_NONE:
		break;
	}
	return "none";
}

static json_t *
vector(const struct ear_vector *v)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < EAR_CLAIMS; i++)
		if ((v->has >> i & 1) != 0)
			(void)json_object_set_new(o,
			    ear_claim_name((enum ear_claim)i),
			    json_integer(v->value[i]));
	return o;
}

static json_t *
ear_json(const struct verifier *v, const struct verifier_ask *ask,
    const struct appraisal *a, uint64_t life)
{
	struct ear_vector vec;
	json_t *sub, *o;

	verifier_vector(a, &vec);
	sub = json_pack("{s:s,s:o,s:[s]}", "ear_status",
	    tier_name(ear_worst(&vec)), "ear_trustworthiness_vector",
	    vector(&vec), "ear_appraisal_policy_ids", VERIFIER_POLICY);
	if (a->verdict == ACCEPTED) {
		(void)json_object_set_new(sub, "tamarind_assurance",
		    json_string(assurance_name(a->assurance)));
		(void)json_object_set_new(
		    sub, "ear_teep_claims", teep_claims(a, ask));
	} else
		(void)json_object_set_new(sub, "tamarind_refusal", refusal(a));
	o = json_pack("{s:s,s:I,s:I,s:o,s:{s:s,s:s},s:{s:o}}", "eat_profile",
	    EAR_PROFILE, "iat", (json_int_t)ask->now, "exp",
	    (json_int_t)(ask->now + life), "eat_nonce",
	    base64_of(ask->challenge), "ear_verifier_id", "developer",
	    DEVELOPER, "build", VERIFIERD " " VERIFIERD_VERSION, "submods",
	    verifier_scheme_name(v, ask->media), sub);
	if (v->rules != NULL) {
		char id[VERIFIER_RULES_ID];

		verifier_rules_id(v->rules, id);
		(void)json_array_append_new(
		    json_object_get(sub, "ear_appraisal_policy_ids"),
		    json_string(id));
	}
	if (o != NULL && a->has_kid)
		(void)json_object_set_new(o, "cnf",
		    json_pack("{s:o}", "kid", base64_of(BYTES_OF(a->kid))));
	return o;
}

static enum err
put_json(struct cbor_out *w, json_t *o)
{
	char *text =
	    o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);

	if (text != NULL)
		cbor_put_bstr(w, bytes_of_text(text));
	json_decref(o);
	free(text);
	return text == NULL ? ERR_MEMORY : OK;
}

/* Who it is and what was proven, for who remembers it: nothing of one that is
 * not known to be who it says. */
static enum err
device_put(struct cbor_out *w, const struct verifier *v,
    const struct verifier_ask *ask, const struct appraisal *a)
{
	uint8_t room[256];
	struct cbor_out d = cbor_into(SPAN_OF(room));
	char vendor[64];
	struct bytes out = BYTES_NONE;

	if (a->bound && (a->claims.has & EAT_HAS_UEID) != 0 &&
	    (a->claims.has & EAT_HAS_HWMODEL) != 0 &&
	    verifier_vendor(a->claims.oemid, vendor) == OK) {
		cbor_put_array(&d, 6);
		cbor_put_bstr(&d, a->claims.ueid);
		cbor_put_text(&d, vendor);
		cbor_put_bstr(&d, a->claims.hwmodel);
		cbor_put_uint(
		    &d, verifier_kind(verifier_scheme_name(v, ask->media)));
		cbor_put_uint(&d, (uint64_t)a->assurance);
		cbor_put_uint(&d, (uint64_t)(a->ruled_out ? OK : a->why.err));
		TRY(cbor_done(&d, &out));
	}
	cbor_put_bstr(w, out);
	return OK;
}

static enum err
claims_put(struct cbor_out *w, struct span room, struct cbor_out *c)
{
	struct bytes out;

	TRY(cbor_done(c, &out));
	cbor_put_bstr(w, out);
	wipe(room.p, room.n);
	return OK;
}

enum err
result_put(struct cbor_out *w, const struct verifier *v,
    const struct verifier_ask *ask, const struct appraisal *a, uint64_t life)
{
	static uint8_t room[CLAIMS_MAX], scratch[CLAIMS_MAX];
	const struct verifier_name name = {
	    BYTES_LIT(DEVELOPER), BYTES_LIT(VERIFIERD " " VERIFIERD_VERSION)};
	struct cbor_out c = cbor_into(SPAN_OF(room));

	cbor_put_array(w, 7);
	cbor_put_uint(w, (uint64_t)a->why.err);
	cbor_put_bool(w, a->verdict == ACCEPTED);
	/* Of Evidence that names no TEEP key there is none. */
	if (a->verdict == ACCEPTED && a->has_kid &&
	    (a->claims.has & TEEP_CLAIMS) == TEEP_CLAIMS)
		TRY(verifier_result_write(&c, a, ask, life));
	TRY(claims_put(w, SPAN_OF(room), &c));
	c = cbor_into(SPAN_OF(room));
	TRY(verifier_ear_write(&c, v, a, ask, life, &name, SPAN_OF(scratch)));
	TRY(claims_put(w, SPAN_OF(room), &c));
	TRY(put_json(w, ear_json(v, ask, a, life)));
	if (a->verdict != ACCEPTED)
		TRY(put_json(w, refusal(a)));
	else
		cbor_put_bstr(w, BYTES_NONE);
	return device_put(w, v, ask, a);
}
