/*
 * active: which tags are to be believed: listed ones where a list is
 * demanded, and none that another one replaces.      [CoRIM 6; 5.1.3; 8.2.2]
 */
#include "corim_int.h"

#include <string.h>

static bool
same(const struct corim_identity *a, const struct corim_identity *b)
{
	return a->id.n > 0 && a->is_text == b->is_text &&
	       bytes_same(a->id, b->id);
}

/* Is there such a tag?  A list does not list lists. */
static bool
available(
    const struct corim *const *set, size_t n, const struct corim_identity *id)
{
	for (size_t i = 0; i < n; i++) {
		struct cbor_in r = cbor_items(set[i]->tags);
		struct corim_tag t;

		for (size_t k = 0; k < set[i]->tags.n; k++)
			if (corim_tag_read(&r, &t) == OK &&
			    t.kind != CORIM_COTL && same(&t.identity, id) &&
			    t.identity.version == id->version)
				return true;
	}
	return false;
}

/* Does the list name id, and is all that it names there? */
static bool
activates(const struct corim *const *set, size_t n,
    const struct corim_tag *list, const struct corim_identity *id, uint64_t now)
{
	struct cbor_in r = cbor_items(list->listed);
	bool named = false;

	if (now < list->not_before || now > list->not_after)
		return false;
	for (size_t i = 0; i < list->listed.n; i++) {
		struct corim_identity one;

		if (corim_identity_read(cbor_raw(&r, CBOR_MAP), &one) != OK ||
		    !available(set, n, &one))
			return false;
		if (same(&one, id) && one.version == id->version)
			named = true;
	}
	return named;
}

static bool
listed(const struct corim *const *set, size_t n, const struct corim_tag *t,
    uint64_t now)
{
	for (size_t i = 0; i < n; i++) {
		struct cbor_in r = cbor_items(set[i]->tags);
		struct corim_tag list;

		for (size_t k = 0; k < set[i]->tags.n; k++)
			if (corim_tag_read(&r, &list) == OK &&
			    list.kind == CORIM_COTL &&
			    activates(set, n, &list, &t->identity, now))
				return true;
	}
	return false;
}

/* Does `by` say that it replaces t? */
static bool
replaces(const struct corim_tag *by, const struct corim_tag *t)
{
	struct cbor_in r = cbor_items(by->linked);

	/* Nothing replaces itself. */
	if (same(&by->identity, &t->identity))
		return false;
	for (size_t i = 0; i < by->linked.n; i++) {
		struct corim_identity target;
		bool replace;

		if (corim_link_read(&r, &target, &replace) != OK)
			return false;
		if (replace && same(&target, &t->identity))
			return true;
	}
	return false;
}

/* Nobody takes back what another one has said. */
static bool
same_signer(const struct corim *a, const struct corim *b)
{
	return memcmp(a->signer, b->signer, KID_LEN) == 0;
}

static enum err
inactive(struct why *why, const char *what, const struct corim_tag *t)
{
	(void)why_set(why, ERR_NOT_FOUND, what);
	if (why != NULL) {
		why->kind = t->identity.is_text ? WHY_TEXT : WHY_HEX;
		why->found = t->identity.id;
	}
	return ERR_NOT_FOUND;
}

enum err
corim_active(const struct corim *const *set, size_t n, size_t of,
    const struct corim_tag *t, uint64_t now, bool lists, struct why *why)
{
	size_t tags = 0;

	for (size_t i = 0; i < n; i++) {
		if (set[i]->tags.n > CORIM_TAGS_MAX - tags)
			return why_set(why, ERR_LIMIT, "tags");
		tags += set[i]->tags.n;
	}
	if (of >= n)
		return why_set(why, ERR_BUG, "tags");
	if (lists && !listed(set, n, t, now))
		return inactive(why, "not activated", t);
	for (size_t i = 0; i < n; i++) {
		struct cbor_in r = cbor_items(set[i]->tags);
		struct corim_tag by;

		for (size_t k = 0; k < set[i]->tags.n; k++)
			if (same_signer(set[i], set[of]) &&
			    corim_tag_read(&r, &by) == OK &&
			    by.kind == CORIM_COMID && replaces(&by, t) &&
			    (!lists || listed(set, n, &by, now)))
				return inactive(why, "replaced", t);
	}
	return OK;
}
