/* suit_recipe: recipes of manifests, and recipes made of envelopes. */
#include "ends.h"

#include <delivery.h>
#include <stdlib.h>

/* One CBOR item always has a recipe, and nothing else has. */
static void
recipe_there(struct pool *pool, struct bytes in)
{
	struct item *item;
	size_t at;
	json_t *v;

	if (in.n == 0)
		return;
	v = recipe_of(pool, in, &at);
	HOLDS((v != NULL) == (item_read_all(pool, in, &item, &at) == OK));
	json_decref(v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct doc d = {.crypto = fuzz_crypto(), .closed = true};
	struct doc exact = {.now = 0}, *use = &d;
	struct bytes in = {p, n}, out = BYTES_NONE;
	struct pool pool = {NULL, 0};
	static struct recipe r;
	json_t *tree = NULL;
	char *text = NULL;

	if (doc_load(&d, "recipe", in) &&
	    delivery_expand(&d, &exact, &text, &tree))
		use = &exact;
	r = (struct recipe){.doc = use};
	if (doc_good(&d) && recipe_read(&r, doc_root(use)) != NULL)
		out = pool_copy(&pool, recipe_octets(&r));
	/* either something was made or it is said why not */
	HOLDS((out.n > 0) == (doc_good(&d) && doc_good(use)));
	if (out.n > 0)
		(void)recipe_check(&r);
	recipe_there(&pool, in);
	recipe_there(&pool, out);
	json_decref(tree);
	free(text);
	doc_free(&exact);
	doc_free(&d);
	pool_free(&pool);
	return 0;
}
