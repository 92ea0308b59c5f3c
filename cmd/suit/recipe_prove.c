/*
 * recipe_prove: that a recipe leads back to the same octets, before it is
 * printed.
 */
#include "recipe.h"

#include <stdlib.h>
#include <string.h>

enum proof { PROOF_DIFFERS, PROOF_REFUSED, PROOF_HOLDS };

/* Read the recipe as `suit create` will.  message: why it is refused. */
static enum proof
prove(const json_t *v, struct bytes want, unsigned deep, char *message,
    size_t room)
{
	struct recipe *r = calloc(1, sizeof(*r));
	struct doc *d = calloc(1, sizeof(*d));
	enum proof answer = PROOF_DIFFERS;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (r == NULL || d == NULL || f == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	doc_put_yaml(f, v);
	if (fclose(f) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	d->crypto = crypto_or_die(PROG);
	d->closed = true;
	r->doc = d;
	r->deep = deep;
	if (doc_load(d, "recipe", (struct bytes){(uint8_t *)text, n}) &&
	    recipe_read(r, doc_root(d)) != NULL &&
	    bytes_same(recipe_octets(r), want)) {
		answer = PROOF_HOLDS;
		if (!r->unchecked && !recipe_check(r))
			answer = PROOF_REFUSED;
	}
	(void)snprintf(message, room, "%s", d->message);
	doc_free(d);
	free(text);
	free(r);
	free(d);
	return answer;
}

/* Begin the mapping with a comment and "checked: false". */
static json_t *
unchecked(json_t *v, const char *message)
{
	const char *what = strstr(message, ": ");
	json_t *out = json_object();
	char note[600];

	(void)snprintf(note, sizeof(note), "a device refuses it: %s",
	    what != NULL ? what + 2 : message);
	doc_put_member(out, "#", json_string(note));
	doc_put_member(out, "checked", json_false());
	(void)json_object_update(out, v);
	json_decref(v);
	return out;
}

json_t *
recipe_within(struct pool *p, struct bytes envelope, size_t *at, unsigned deep)
{
	struct out *o = pool_get(p, sizeof(*o));
	char message[512];
	enum proof answer = PROOF_DIFFERS;
	struct item *i;
	json_t *v;

	o->pool = p;
	o->deep = deep;
	if (item_read_all(p, envelope, &i, at) != OK)
		return NULL;
	v = out_envelope(o, i);
	if (v != NULL)
		answer = prove(v, envelope, deep, message, sizeof(message));
	if (answer == PROOF_DIFFERS) {
		json_decref(v);
		v = out_raw(o, i);
		answer = prove(v, envelope, deep, message, sizeof(message));
	}
	if (answer == PROOF_DIFFERS) {
		json_decref(v);
		return NULL;
	}
	if (answer == PROOF_REFUSED) {
		char again[512];

		doc_put_member(v, "outer-parameters", json_true());
		if (prove(v, envelope, deep, again, sizeof(again)) ==
		    PROOF_HOLDS)
			return v;
		(void)json_object_del(v, "outer-parameters");
		return unchecked(v, message);
	}
	return v;
}

json_t *
recipe_of(struct pool *p, struct bytes envelope, size_t *at)
{
	return recipe_within(p, envelope, at, 0);
}
