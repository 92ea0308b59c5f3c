/*
 * delivery: the usual cases in a few lines, as the exact recipe that they
 * stand for.                                        [docs/suit-recipe.md]
 */
#ifndef SUIT_DELIVERY_H
#define SUIT_DELIVERY_H

#include "recipe.h"

/* The exact recipe of a document that has a `delivery`, with what else
 * stands in it; NULL: it has none, or d->message. */
json_t *delivery_recipe(struct doc *d);
/* Its manifest and payloads; NULL: d->message. */
json_t *delivery_manifest(struct doc *d, struct spot at);
/* The same as a document of its own, to be freed, with its text and tree;
 * false: there is no delivery, or a fault in d. */
bool delivery_expand(struct doc *d, struct doc *exact, char **text, json_t **v);
/* One component and its payload.  NULL and zero: left out. */
struct delivery_single {
	const char *component, *payload; /* needed; payload is a file */
	const char *manifest_id, *vendor, *class_id, *uri, *reference_uri;
	const char *version, *args;
	uint64_t sequence, size; /* size and digest are of payload */
	uint8_t digest[DIGEST_LEN];
	bool integrated, inlined, invoke;
};
/* The delivery of it. */
json_t *delivery_single(const struct delivery_single *s);
/* The delivery that removes these: identifiers as text. */
json_t *delivery_removal(const char *const *ids, size_t n, uint64_t sequence,
    const char *manifest_id, const char *vendor, const char *class_id);
/* What may stand where in it; NULL ends each. */
extern const char *const fields_delivery[],
    *const fields_image[], *const fields_slot[], *const fields_dependency[];
/* A node as JSON: scalars without quotes that are numbers, booleans or null
 * become these. */
json_t *node_json(struct doc *d, struct spot at);
/* Bind a bill of materials before members are severed. */
bool recipe_sbom(struct recipe *r, const char *path, struct spot at);

#endif
