/*
 * rules: is what was proven enough for whoever runs this Verifier?
 *                                             [RFC 9334 8.5, Verifier Owner]
 *
 * Endorsements say what a device is; rules can only ask for more.
 */
#include "scheme.h"

#include <string.h>

static const char *const kinds[] = {"eat", "tpm", "psa", "cca", "snp", "tdx"};

unsigned
verifier_kind(const char *scheme)
{
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(scheme, kinds[i]) == 0)
			return i;
	return 32;
}

const char *
verifier_kind_name(unsigned kind)
{
	return kind < ARRAY_LEN(kinds) ? kinds[kind] : NULL;
}

static struct bytes
text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, s == NULL ? 0 : strlen(s)};
}

static bool
fits(const struct verifier_rule *r, const struct verifier_fact *f)
{
	return (r->vendor[0] == 0 ||
		   bytes_same(TEXT_OF(r->vendor), text(f->vendor))) &&
	       (r->model_n == 0 ||
		   bytes_same((struct bytes){r->model, r->model_n}, f->model));
}

static enum err
asks(const struct verifier_rule *r, const struct verifier_fact *f,
    struct why *why)
{
	if (r->kinds != 0 &&
	    (f->kind >= 32 || (r->kinds >> f->kind & 1) == 0)) {
		(void)why_set(why, ERR_NOT_ATTESTED, "policy kind");
		if (why != NULL) {
			why->kind = WHY_TEXT;
			why->found = text(verifier_kind_name(f->kind));
		}
		return ERR_NOT_ATTESTED;
	}
	if (f->assurance >= r->least)
		return OK;
	(void)why_set(why, ERR_ASSURANCE, "policy assurance");
	if (why != NULL) {
		why->kind = WHY_TEXT;
		why->expected = text(assurance_name(r->least));
		why->found = text(assurance_name(f->assurance));
	}
	return ERR_ASSURANCE;
}

enum err
verifier_rules_check(const struct verifier_rules *r,
    const struct verifier_fact *f, size_t *which, struct why *why)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!fits(&r->rule[i], f))
			continue;
		*which = i + 1;
		return asks(&r->rule[i], f, why);
	}
	*which = 0;
	return why_set(why, ERR_NOT_ATTESTED, "policy");
}

enum err
job_rules(struct job *j, const struct verifier_rules *r)
{
	const struct eat_claims *c = &j->out->claims;
	struct verifier_fact f = {
	    .model = c->hwmodel,
	    .kind = verifier_kind(j->scheme->name),
	    .assurance = j->out->assurance,
	};
	char vendor[64];
	size_t which;
	enum err e;

	if (verifier_vendor(c->oemid, vendor) == OK)
		f.vendor = vendor;
	e = verifier_rules_check(r, &f, &which, &j->out->why);
	j->out->ruled_out = e != OK;
	return e;
}

void
verifier_rules_id(const struct verifier_rules *r, char out[VERIFIER_RULES_ID])
{
	static const char head[] = "tag:tamarind.example,2026:rules#";
	char digits[20];
	uint64_t left = r->version;
	size_t n = 0, at = sizeof(head) - 1;

	memcpy(out, head, at);
	do {
		digits[n++] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	while (n > 0)
		out[at++] = digits[--n];
	out[at] = 0;
}
