/* suit_recipe: recipes of manifests, and recipes made of envelopes. */
#include "ends.h"

#include <recipe.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct doc d = {.crypto = fuzz_crypto(), .closed = true};
	static struct recipe r;
	struct pool pool = {NULL, 0};
	struct bytes in = {p, n}, out = BYTES_NONE;
	size_t at;

	r = (struct recipe){.doc = &d};
	if (doc_load(&d, "recipe", in) && recipe_read(&r, doc_root(&d)) != NULL)
		out = pool_copy(&pool, recipe_octets(&r));
	/* either something was made or it is said why not */
	HOLDS((out.n > 0) == doc_good(&d));
	if (out.n > 0)
		(void)recipe_check(&r);
	doc_free(&d);
	/* one CBOR item always has a recipe, and it leads back to it */
	for (int i = 0; i < 2; in = out, i++) {
		json_t *v = in.n > 0 ? recipe_of(&pool, in, &at) : NULL;
		struct item *item;

		HOLDS((v != NULL) ==
		      (in.n > 0 && item_read_all(&pool, in, &item, &at) == OK));
		json_decref(v);
	}
	pool_free(&pool);
	return 0;
}
