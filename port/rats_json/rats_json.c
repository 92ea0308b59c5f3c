/*
 * rats_json: JSON by tables of members, each written as its CBOR.
 */
#include "rats_json.h"

#include <cmdline.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/eat.h>

/* A conversion under way: sticky, as cbor_out is. */
struct turn {
	struct cbor_out *w;
	enum err err;
	const char *what; /* the member at fault, or the one under way */
};

struct member {
	const char *name;
	int64_t label;
	void (*put)(struct turn *t, const json_t *v);
};

static void
fail(struct turn *t, enum err e)
{
	if (t->err == OK)
		t->err = e;
}

/* ---- values -------------------------------------------------------------- */

static struct bytes
text_of(const json_t *v)
{
	return (struct bytes){
	    (const uint8_t *)json_string_value(v), json_string_length(v)};
}

static void
put_text(struct turn *t, const json_t *v)
{
	if (!json_is_string(v))
		fail(t, ERR_TYPE);
	else
		cbor_put_tstr(t->w, text_of(v));
}

static void
put_uint(struct turn *t, const json_t *v)
{
	if (!json_is_integer(v))
		fail(t, ERR_TYPE);
	else if (json_integer_value(v) < 0)
		fail(t, ERR_RANGE);
	else
		cbor_put_uint(t->w, (uint64_t)json_integer_value(v));
}

static void
put_base64(struct turn *t, const json_t *v)
{
	struct bytes out;
	uint8_t *room;

	if (!json_is_string(v)) {
		fail(t, ERR_TYPE);
		return;
	}
	room = malloc(json_string_length(v) + 1);
	if (room == NULL)
		fail(t, ERR_MEMORY);
	else if (base64url_read(json_string_value(v),
		     (struct span){room, json_string_length(v) + 1},
		     &out) != OK)
		fail(t, ERR_TEXT);
	else
		cbor_put_bstr(t->w, out);
	free(room);
}

static void
put_texts(struct turn *t, const json_t *v)
{
	if (!json_is_array(v)) {
		fail(t, ERR_TYPE);
		return;
	}
	cbor_put_array(t->w, json_array_size(v));
	for (size_t i = 0; i < json_array_size(v); i++)
		put_text(t, json_array_get(v, i));
}

/* [text, ? scheme]; which scheme may be a word of another registry. */
static void
put_version(struct turn *t, const json_t *v)
{
	const json_t *scheme = json_array_get(v, 1);

	if (!json_is_array(v)) {
		fail(t, ERR_TYPE);
		return;
	}
	cbor_put_array(t->w, scheme == NULL ? 1 : 2);
	put_text(t, json_array_get(v, 0));
	if (json_is_integer(scheme))
		cbor_put_int(t->w, json_integer_value(scheme));
	else if (scheme != NULL)
		fail(t, ERR_TYPE);
	if (json_array_size(v) > 2)
		fail(t, ERR_RANGE);
}

/* Members of the table, in its order; others are left out. */
static void
put_members(struct turn *t, const json_t *v, const struct member *m, size_t n)
{
	size_t known = 0;

	if (!json_is_object(v)) {
		fail(t, ERR_TYPE);
		return;
	}
	for (size_t i = 0; i < n; i++)
		known += json_object_get(v, m[i].name) != NULL;
	cbor_put_map(t->w, known);
	for (size_t i = 0; i < n && t->err == OK; i++) {
		const json_t *one = json_object_get(v, m[i].name);

		if (one == NULL)
			continue;
		t->what = m[i].name;
		cbor_put_int(t->w, m[i].label);
		m[i].put(t, one);
	}
}

/* ---- EAR ----------------------------------------------------------------- */

static const struct {
	const char *name;
	enum ear_tier tier;
} tiers[] = {
    {"none", EAR_NONE},
    {"affirming", EAR_AFFIRMING},
    {"warning", EAR_WARNING},
    {"contraindicated", EAR_CONTRAINDICATED},
};

/* By name, or by number. */
static void
put_status(struct turn *t, const json_t *v)
{
	for (size_t i = 0; json_is_string(v) && i < ARRAY_LEN(tiers); i++)
		if (strcmp(json_string_value(v), tiers[i].name) == 0) {
			cbor_put_uint(t->w, (uint64_t)tiers[i].tier);
			return;
		}
	if (json_is_string(v))
		fail(t, ERR_RANGE);
	else
		put_uint(t, v);
}

static void
put_vector(struct turn *t, const json_t *v)
{
	size_t n = 0;

	for (unsigned i = 0; i < EAR_CLAIMS; i++)
		n += json_object_get(v, ear_claim_name((enum ear_claim)i)) !=
		     NULL;
	cbor_put_map(t->w, n);
	for (unsigned i = 0; i < EAR_CLAIMS; i++) {
		const json_t *one =
		    json_object_get(v, ear_claim_name((enum ear_claim)i));

		if (one == NULL)
			continue;
		cbor_put_uint(t->w, i);
		if (json_is_integer(one))
			cbor_put_int(t->w, json_integer_value(one));
		else
			fail(t, ERR_TYPE);
	}
	if (!json_is_object(v))
		fail(t, ERR_TYPE);
}

#define MEMBERS(name, table)                                \
	static void name(struct turn *t, const json_t *v)   \
	{                                                   \
		put_members(t, v, table, ARRAY_LEN(table)); \
	}

/* [+ [content format, body]] */
static void
put_manifests(struct turn *t, const json_t *v)
{
	if (!json_is_array(v)) {
		fail(t, ERR_TYPE);
		return;
	}
	cbor_put_array(t->w, json_array_size(v));
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *one = json_array_get(v, i);

		if (json_array_size(one) != 2)
			fail(t, ERR_TYPE);
		cbor_put_array(t->w, 2);
		put_uint(t, json_array_get(one, 0));
		put_base64(t, json_array_get(one, 1));
	}
}

/* Of an IEEE registry, or a private enterprise number.    [RFC 9711 4.2.3] */
static void
put_oemid(struct turn *t, const json_t *v)
{
	if (json_is_integer(v))
		cbor_put_int(t->w, json_integer_value(v));
	else
		put_base64(t, v);
}

// clang-format off
static const struct member teep_members[] = {
	{"eat_nonce", 10, put_base64},
	{"ueid", 256, put_base64},
	{"oemid", 258, put_oemid},
	{"hwmodel", 259, put_base64},
	{"hwversion", 260, put_version},
	{"eat_profile", 265, put_text},
	{"manifests", 272, put_manifests},
	{"tamarind_assurance", -80004, put_text},
};
MEMBERS(put_teep, teep_members)

static const struct member appraisal_members[] = {
	{"eat_nonce", 10, put_base64},
	{"eat_profile", 265, put_text},
	{"ear_status", 1000, put_status},
	{"ear_trustworthiness_vector", 1001, put_vector},
	{"ear_appraisal_policy_ids", 1003, put_texts},
	{"ear_teep_claims", 65000, put_teep},
};
MEMBERS(put_appraisal, appraisal_members)

static const struct member verifier_members[] = {
	{"developer", 0, put_text},
	{"build", 1, put_text},
};
MEMBERS(put_verifier, verifier_members)

static const struct member cnf_members[] = {
	{"kid", 3, put_base64},
};
MEMBERS(put_cnf, cnf_members)
// clang-format on

static void
put_submods(struct turn *t, const json_t *v)
{
	const char *name;
	json_t *one;

	if (!json_is_object(v)) {
		fail(t, ERR_TYPE);
		return;
	}
	cbor_put_map(t->w, json_object_size(v));
	json_object_foreach((json_t *)(uintptr_t)v, name, one)
	{
		cbor_put_text(t->w, name);
		put_appraisal(t, one);
	}
}

static const struct member result_members[] = {
    {"exp", 4, put_uint},
    {"iat", 6, put_uint},
    {"cnf", 8, put_cnf},
    {"eat_nonce", 10, put_base64},
    {"eat_profile", 265, put_text},
    {"submods", 266, put_submods},
    {"ear_status", 1000, put_status},
    {"ear_raw_evidence", 1002, put_base64},
    {"ear_verifier_id", 1004, put_verifier},
};

/* ---- CMW ----------------------------------------------------------------- */

static void
put_record(struct turn *t, const json_t *v)
{
	const json_t *type = json_array_get(v, 0);
	size_t n = json_array_size(v);

	if (n < 2 || n > 3) {
		fail(t, ERR_RANGE);
		return;
	}
	cbor_put_array(t->w, n);
	if (json_is_integer(type))
		put_uint(t, type);
	else
		put_text(t, type);
	put_base64(t, json_array_get(v, 1));
	if (n == 3)
		put_uint(t, json_array_get(v, 2));
}

#define COLLECTION_TYPE "__cmwc_t"

/* So deep, and no deeper: the recursion ends. */
static void
put_wrapper(struct turn *t, const json_t *v, unsigned depth)
{
	const char *name;
	json_t *one;

	if (json_is_array(v)) {
		put_record(t, v);
		return;
	}
	if (!json_is_object(v) || depth > CMW_DEPTH_MAX) {
		fail(t, json_is_object(v) ? ERR_DEPTH : ERR_TYPE);
		return;
	}
	cbor_put_map(t->w, json_object_size(v));
	json_object_foreach((json_t *)(uintptr_t)v, name, one)
	{
		cbor_put_text(t->w, name);
		if (strcmp(name, COLLECTION_TYPE) == 0)
			put_text(t, one);
		else
			put_wrapper(t, one, depth + 1);
	}
}

/* ---- texts --------------------------------------------------------------- */

static enum err
load(struct bytes text, json_t **out, struct why *why)
{
	/* a float would lose what it was written as */
	const size_t flags = JSON_REJECT_DUPLICATES;

	*out = NULL;
	if (text.n > RATS_JSON_MAX)
		return why_set(why, ERR_TOO_LONG, "JSON");
	*out = json_loadb((const char *)text.p, text.n, flags, NULL);
	return *out != NULL ? OK : why_set(why, ERR_TEXT, "JSON");
}

static enum err
done(struct turn *t, json_t *v, struct why *why)
{
	json_decref(v);
	if (t->err == OK)
		t->err = t->w->err;
	return t->err == OK ? OK : why_set(why, t->err, t->what);
}

enum err
rats_json_ear(struct cbor_out *w, struct bytes text, struct why *why)
{
	struct turn t = {.w = w, .what = "claims"};
	json_t *v;

	TRY(load(text, &v, why));
	put_members(&t, v, result_members, ARRAY_LEN(result_members));
	return done(&t, v, why);
}

enum err
rats_json_cmw(struct cbor_out *w, struct bytes text, struct why *why)
{
	struct turn t = {.w = w, .what = "wrapper"};
	json_t *v;

	TRY(load(text, &v, why));
	put_wrapper(&t, v, 0);
	return done(&t, v, why);
}
