/*
 * bound: what a manifest binds besides its components, in words: the version
 * of the set, and a bill of materials.
 *                    [SUIT UM suit-set-version, docs/decisions/32]
 */
#include "words.h"

void
say_set_version(FILE *f, const struct model *m)
{
	const struct item *v = item_get(m->manifest, SUIT_SET_VERSION);

	if (v != NULL && v->type == CBOR_BSTR)
		v = model_inside(m->pool, v);
	if (v != NULL)
		say_version(f, v);
}

void
say_bill(FILE *f, const struct model *m)
{
	struct bytes line = model_text(m, NULL, TEXT_SBOM);
	const struct item *id;

	if (m->state[SUIT_COSWID] != MEMBER_ABSENT) {
		id = m->section[SUIT_COSWID];
		if (id != NULL && id->type == CBOR_TAG)
			id = id->first;
		id = id != NULL ? item_get(id, 0) : NULL;
		(void)fputs("CoSWID", f);
		if (id != NULL && id->type == CBOR_TSTR) {
			(void)fputc(' ', f);
			say_text(f, id);
		}
		(void)fputs(m->state[SUIT_COSWID] == MEMBER_GONE
				? ", severed and not here"
				: "",
		    f);
	}
	if (line.n > 0 && m->state[SUIT_COSWID] != MEMBER_ABSENT)
		(void)fputs(" and ", f);
	safe_put(f, line);
}
