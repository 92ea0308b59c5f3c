/*
 * scope: whom a CoRIM signer may speak about.               [security 20]
 */
#include <tamarind/corim.h>

static bool
covers(struct bytes limit, struct bytes value)
{
	return limit.n == 0 || bytes_same(limit, value);
}

enum err
corim_scope_check(const struct corim_scope *s, size_t n,
    const struct corim_record *r, struct why *why)
{
	for (size_t i = 0; i < n; i++)
		if ((s[i].kinds & (unsigned)r->kind) != 0 &&
		    covers(s[i].vendor, r->vendor) &&
		    covers(s[i].class_id, r->class_id))
			return OK;
	(void)why_set(why, ERR_SCOPE, "environment");
	if (why != NULL) {
		why->kind = WHY_TEXT;
		why->found = r->vendor;
		why->subject = r->class_id;
	}
	return ERR_SCOPE;
}
