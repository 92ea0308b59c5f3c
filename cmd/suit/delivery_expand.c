/*
 * delivery_expand: from a document with a delivery to one without.
 */
#include "delivery.h"

#include <stdlib.h>
#include <string.h>

json_t *
node_json(struct doc *d, struct spot at)
{
	json_t *out;
	int64_t v;
	size_t n;

	if (doc_is_map(at)) {
		out = json_object();
		n = doc_pairs(d, at, CBOR_PAIRS_MAX);
		for (size_t i = 0; i < n; i++) {
			struct spot key, in = doc_pair(d, at, i, &key);

			doc_put_member(out, doc_word(d, key), node_json(d, in));
		}
		return out;
	}
	if (doc_is_list(at)) {
		out = json_array();
		n = doc_list(d, at, 0, SIZE_MAX);
		for (size_t i = 0; i < n; i++)
			doc_put_item(out, node_json(d, doc_item(d, at, i)));
		return out;
	}
	if (doc_integer(at, &v))
		return json_integer(v);
	if (doc_is_null(at))
		return json_null();
	if (doc_is_plain(at) && strcmp(doc_word(d, at), "true") == 0)
		return json_true();
	if (doc_is_plain(at) && strcmp(doc_word(d, at), "false") == 0)
		return json_false();
	return json_string(doc_word(d, at));
}

json_t *
delivery_recipe(struct doc *d)
{
	struct spot root = doc_root(d), at = doc_may(d, root, "delivery");
	json_t *out;
	size_t n;

	if (at.node == NULL || doc_may(d, root, "manifest").node != NULL) {
		if (at.node != NULL)
			doc_bad(d, at,
			    "a delivery and a manifest exclude "
			    "each other");
		return NULL;
	}
	out = delivery_manifest(d, at);
	n = out != NULL ? doc_pairs(d, root, CBOR_PAIRS_MAX) : 0;
	for (size_t i = 0; i < n; i++) {
		struct spot key, in = doc_pair(d, root, i, &key);
		const char *name = doc_word(d, key);

		if (strcmp(name, "delivery") != 0 &&
		    json_object_get(out, name) == NULL)
			doc_put_member(out, name, node_json(d, in));
	}
	return out;
}

/* {delivery: {sequence, ...}}: what all have; *in is the inner one. */
static json_t *
begun(uint64_t sequence, const char *manifest_id, const char *vendor,
    const char *class_id, json_t **in)
{
	json_t *o = json_object(), *out = json_object();
	char number[24];

	(void)snprintf(
	    number, sizeof(number), "%llu", (unsigned long long)sequence);
	doc_put_member(o, "sequence", json_string(number));
	if (manifest_id != NULL)
		doc_put_member(o, "manifest-id", json_string(manifest_id));
	if (vendor != NULL)
		doc_put_member(o, "vendor", json_string(vendor));
	if (class_id != NULL)
		doc_put_member(o, "class", json_string(class_id));
	doc_put_member(out, "delivery", o);
	*in = o;
	return out;
}

json_t *
delivery_removal(const char *const *ids, size_t n, uint64_t sequence,
    const char *manifest_id, const char *vendor, const char *class_id)
{
	json_t *o, *gone = json_array();
	json_t *out = begun(sequence,
	    manifest_id != NULL ? manifest_id : ids[0], vendor, class_id, &o);

	for (size_t i = 0; i < n; i++)
		doc_put_item(gone, json_string(ids[i]));
	doc_put_member(o, "remove", gone);
	return out;
}

/* Octets of any kind: text has no NUL, and is no name of a file. */
static json_t *
named(const char *form, const char *text)
{
	json_t *o = json_object();

	doc_put_member(o, form, json_string(text));
	return o;
}

json_t *
delivery_single(const struct delivery_single *s)
{
	json_t *o, *image = json_object(), *images = json_array();
	json_t *out = begun(s->sequence,
	    s->manifest_id != NULL ? s->manifest_id : s->component, s->vendor,
	    s->class_id, &o);
	char hex[2 * DIGEST_LEN + 1], number[24];

	hex_text(hex, sizeof(hex), BYTES_OF(s->digest));
	(void)snprintf(
	    number, sizeof(number), "%llu", (unsigned long long)s->size);
	if (s->reference_uri != NULL)
		doc_put_member(
		    o, "reference-uri", json_string(s->reference_uri));
	doc_put_member(image, "name", json_string("payload"));
	doc_put_member(image, "component", json_string(s->component));
	doc_put_member(image, "digest", json_string(hex));
	doc_put_member(image, "size", json_string(number));
	if (s->uri == NULL || s->integrated)
		doc_put_member(image, "payload", named("file", s->payload));
	if (s->uri != NULL)
		doc_put_member(image, "uri", json_string(s->uri));
	if (s->uri != NULL && s->integrated)
		doc_put_member(image, "integrated", json_true());
	if (s->inlined)
		doc_put_member(image, "inline", json_true());
	if (s->invoke)
		doc_put_member(image, "invoke", json_true());
	if (s->args != NULL)
		doc_put_member(image, "arguments", named("text", s->args));
	if (s->version != NULL)
		doc_put_member(image, "version", json_string(s->version));
	doc_put_item(images, image);
	doc_put_member(o, "images", images);
	return out;
}

bool
delivery_expand(struct doc *d, struct doc *exact, char **text, json_t **v)
{
	size_t n = 0;
	FILE *f;

	*v = delivery_recipe(d);
	if (*v == NULL)
		return false;
	f = open_memstream(text, &n);
	if (f == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	doc_put_yaml(f, *v);
	if (fclose(f) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	exact->crypto = d->crypto;
	exact->now = d->now;
	exact->closed = d->closed;
	/* YAML, though the recipe's name may end in .json. */
	if (!doc_load(exact, "", (struct bytes){(const uint8_t *)*text, n}))
		return false;
	exact->file = d->file;
	return true;
}
