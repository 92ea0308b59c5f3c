/*
 * scope: whom a CoRIM signer may speak about.               [security 20]
 */
#include "corim_int.h"

static bool
covers(struct bytes limit, struct bytes value)
{
	return limit.n == 0 || bytes_same(limit, value);
}

static enum err
check(const struct corim_scope *s, size_t n, enum corim_kind kind,
    struct bytes vendor, struct bytes class_id, struct why *why)
{
	for (size_t i = 0; i < n; i++)
		if ((s[i].kinds & (unsigned)kind) != 0 &&
		    covers(s[i].vendor, vendor) &&
		    covers(s[i].class_id, class_id))
			return OK;
	(void)why_set(why, ERR_SCOPE, "environment");
	if (why != NULL) {
		why->kind = WHY_TEXT;
		why->found = vendor;
		why->subject = class_id;
	}
	return ERR_SCOPE;
}

enum err
corim_scope_check(const struct corim_scope *s, size_t n,
    const struct corim_record *r, struct why *why)
{
	return check(s, n, r->kind, r->vendor, r->class_id, why);
}

enum err
corim_scope_covers(const struct corim_scope *s, size_t n, enum corim_kind kind,
    const struct corim_environment *e, struct why *why)
{
	struct cbor_in r = cbor_open(e->part[ENV_VENDOR]);
	struct bytes vendor = BYTES_NONE, class_id = BYTES_NONE;

	if (cbor_peek(&r) == CBOR_TSTR)
		vendor = cbor_tstr(&r, 1, NAME_MAX);
	r = cbor_open(e->part[ENV_CLASS_ID]);
	if (cbor_tag_if(&r, CORIM_TAG_OPAQUE) || cbor_tag_if(&r, CORIM_TAG_PSA))
		class_id = cbor_bstr(&r, 1, LEN_ANY);
	return check(s, n, kind, vendor, class_id, why);
}
