/* acs: an unsigned CoRIM's statements, held against its own first values. */
#include "fuzz.h"
#include <tamarind/verifier.h>

/* Of some of them. */
static enum err
key_seen(void *ctx, struct bytes key, struct bytes source)
{
	size_t *left = ctx;

	return key.n + source.n > 0 && (*left)-- > 0 ? OK : ERR_EXISTS;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct corim_scope all = {7, {NULL, 0}, {NULL, 0}};
	struct acs_source s = {.scope = &all, .n_scope = 1};
	static struct acs_entry room[32];
	static const struct acs_voice v;
	static struct acs_saying said[64];
	struct acs_library l;
	struct corim_triples it;
	struct corim_triple t = {0};
	struct corim_tag tag;
	struct corim m;
	struct cbor_in r;
	size_t seen = n % 3;
	struct acs a;

	acs_begin(&a, room, 32);
	s.corim = &m;
	if (corim_parse((struct bytes){p, n}, &m, NULL) != OK ||
	    acs_library_begin(&l, &s, 1, 2000, n % 2, NULL) != OK)
		return 0;
	r = cbor_items(m.tags);
	if (corim_tag_read(&r, &tag) != OK || tag.kind != CORIM_COMID)
		return 0;
	corim_triples_begin(&it, tag.triples);
	if (corim_triple_next(&it, &t) == OK && t.kind < SAYS_IDENTITY)
		(void)!acs_evidence(&a, t.environment, t.items, &v);
	(void)!acs_library_index(&l, said, 64);
	(void)!acs_library_keys(&l, t.environment, key_seen, &seen);
	if (acs_appraise(&a, &l, NULL) == OK && a.n > 0)
		(void)!acs_holds(&a, a.entry->measurement.mkey, NULL);
	return 0;
}
