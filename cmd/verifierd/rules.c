/*
 * rules: what is enough, as the operator writes it:
 *
 *   {"rules": [{"vendor": "894823", "model": "67617465", "kinds": ["tpm"],
 *               "assurance": "TPM-measured"}, {}]}
 *
 * Each member may be left out: then any will do.
 */
#include "verifierd.h"

#include <jansson.h>
#include <string.h>

static bool
vendor_read(const json_t *v, struct verifier_rule *r)
{
	const char *text = json_string_value(v);

	return text != NULL && text[0] != 0 &&
	       text_set(r->vendor, sizeof(r->vendor), text);
}

static bool
model_read(const json_t *v, struct verifier_rule *r)
{
	const char *text = json_string_value(v);
	struct bytes b;

	if (text == NULL || hex_read(text, SPAN_OF(r->model), &b) != OK)
		return false;
	r->model_n = b.n;
	return b.n > 0;
}

static bool
kinds_read(const json_t *v, struct verifier_rule *r)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		const char *name = json_string_value(json_array_get(v, i));
		unsigned kind = name == NULL ? 32 : verifier_kind(name);

		if (kind >= 32)
			return false;
		r->kinds |= UINT32_C(1) << kind;
	}
	return r->kinds != 0;
}

static bool
assurance_read(const json_t *v, struct verifier_rule *r)
{
	r->least = assurance_from_name(bytes_of_text(json_string_value(v)));
	return r->least != ASSURE_NONE;
}

static const struct {
	const char *name;
	bool (*read)(const json_t *v, struct verifier_rule *r);
} members[] = {
    {"vendor", vendor_read},
    {"model", model_read},
    {"kinds", kinds_read},
    {"assurance", assurance_read},
};

static enum err
rule_read(const json_t *v, struct verifier_rule *r, const char **what)
{
	size_t known = 0;

	*what = "rules";
	if (!json_is_object(v))
		return ERR_SYNTAX;
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const json_t *one = json_object_get(v, members[i].name);

		if (one == NULL)
			continue;
		known++;
		*what = members[i].name;
		if (!members[i].read(one, r))
			return ERR_SYNTAX;
	}
	*what = "rules: a member that is none";
	return known == json_object_size(v) ? OK : ERR_UNEXPECTED;
}

enum err
rules_parse(struct bytes text, struct verifier_rules *out, const char **what)
{
	json_t *o = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(o, "rules");
	enum err e = OK;

	memset(out, 0, sizeof(*out));
	*what = "rules";
	if (o == NULL)
		e = ERR_TEXT;
	else if (!json_is_array(list) || json_object_size(o) != 1 ||
		 json_array_size(list) > VERIFIER_RULES_MAX)
		e = ERR_SYNTAX;
	for (size_t i = 0; e == OK && i < json_array_size(list); i++) {
		e = rule_read(json_array_get(list, i), &out->rule[i], what);
		out->n = i + 1;
	}
	json_decref(o);
	return e;
}
