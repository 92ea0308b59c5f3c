/* corim_whole: every tag and statement, compared with itself. */
#include "fuzz.h"
#include <tamarind/corim.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct corim_measurement a;
	struct corim_environment e;
	struct corim_triples it;
	struct corim_triple t;
	struct corim_tag tag;
	struct corim m;
	const struct corim *set = &m;

	if (corim_parse((struct bytes){p, n}, &m, NULL) != OK ||
	    corim_check(&m, NULL) != OK)
		return 0;
	for (struct cbor_in i, r = cbor_items(m.tags); r.at < r.in.n;) {
		HOLDS(corim_tag_read(&r, &tag) == OK);
		(void)!corim_active(&set, 1, 0, &tag, 9, n % 2, NULL);
		corim_triples_begin(&it, tag.triples);
		while (corim_triple_next(&it, &t) == OK) {
			i = cbor_items(t.items);
			if (!corim_environment_read(t.environment, &e))
				HOLDS(!corim_environment_meets(&e, &e, NULL));
			if (!corim_measurement_read(cbor_raw(&i, CBOR_MAP), &a))
				(void)!corim_mval_meets(&a.mval, &a.mval, NULL);
		}
	}
	return 0;
}
