/*
 * recipe_sbom: a bill of materials, bound to the manifest.
 *                                     [docs/decisions/32-bill-of-materials]
 *
 * A CoSWID is a member of the manifest (14).  SPDX and CycloneDX have none:
 * their digest stands in the text, under a number of our own.
 */
#include "delivery.h"
#include "words.h"

#include <string.h>

#define SBOM_MAX (16u << 20)

/* What a document in JSON, or in SPDX's own lines, calls itself. */
static const char *
kind_of_sbom(struct bytes in)
{
	json_t *v = json_loadb((const char *)in.p, in.n, 0, NULL);
	const char *kind = NULL;

	if (json_object_get(v, "spdxVersion") != NULL)
		kind = "SPDX";
	else if (json_is_string(json_object_get(v, "bomFormat")) &&
		 strcmp(json_string_value(json_object_get(v, "bomFormat")),
		     "CycloneDX") == 0)
		kind = "CycloneDX";
	else if (v == NULL && in.n > 12 &&
		 memcmp(in.p, "SPDXVersion:", 12) == 0)
		kind = "SPDX";
	json_decref(v);
	return kind;
}

/* A concise-swid-tag: a map with a tag-id (0), perhaps under tag 1398229316.
 */
static bool
is_coswid(struct pool *p, struct bytes in)
{
	struct item *i;
	size_t at;

	if (in.n == 0 || item_read_all(p, in, &i, &at) != OK)
		return false;
	if (i->type == CBOR_TAG && i->arg == 1398229316)
		i = i->first;
	return item_get(i, 0) != NULL && item_get(i, 1) != NULL;
}

/* The text map of the manifest, made if there is none, in English. */
static struct item *
english(struct recipe *r)
{
	struct item *text = item_get(r->manifest, SUIT_TEXT), *map, *k, *one;

	if (text == NULL) {
		map = item_new(r->pool, CBOR_MAP, 0);
		item_set(
		    r->pool, r->manifest, SUIT_TEXT, item_wrap(r->pool, map));
	} else if (text->type != CBOR_BSTR) {
		return NULL; /* severed, and not here */
	} else {
		map = item_open(r->pool, text);
	}
	if (map == NULL || map->type != CBOR_MAP)
		return NULL;
	for (k = map->first; k != NULL; k = k->next->next)
		if (k->type == CBOR_TSTR &&
		    bytes_same(k->text, BYTES_LIT("en")))
			return k->next;
	one = item_new(r->pool, CBOR_MAP, 0);
	item_add_pair(map, item_words(r->pool, "en"), one);
	return map_sort(r->pool, map) ? one : NULL;
}

bool
recipe_sbom(struct recipe *r, const char *path, struct spot at)
{
	const char *kind, *name = strrchr(path, '/');
	char hex[2 * DIGEST_LEN + 1], room[400], safe[120];
	uint8_t sum[DIGEST_LEN];
	struct bytes file, in;
	struct item *text;

	if (r->manifest == NULL || r->doc->closed ||
	    read_file(path, SBOM_MAX, &file) != OK) {
		doc_bad(r->doc, at, "%s: no bill of materials can be read",
		    safe_text(safe, sizeof(safe), bytes_of_text(path)));
		return false;
	}
	in = pool_copy(r->pool, file);
	release_bytes(&file);
	if (is_coswid(r->pool, in)) {
		if (item_get(r->manifest, 14) != NULL)
			doc_bad(r->doc, at, "the manifest has a coswid");
		item_set(r->pool, r->manifest, 14,
		    item_string(r->pool, CBOR_BSTR, in));
		return doc_good(r->doc);
	}
	kind = kind_of_sbom(in);
	text = kind != NULL ? english(r) : NULL;
	if (text == NULL || r->doc->crypto->sha256(&in, 1, sum) != OK) {
		doc_bad(r->doc, at, "%s",
		    kind == NULL ? "it is neither SPDX, CycloneDX nor CoSWID"
				 : "the manifest's text is not here");
		return false;
	}
	hex_text(hex, sizeof(hex), BYTES_OF(sum));
	(void)snprintf(room, sizeof(room), "%s sha-256 %s %s", kind, hex,
	    safe_text(safe, sizeof(safe),
		bytes_of_text(name != NULL ? name + 1 : path)));
	item_set(r->pool, text, TEXT_SBOM,
	    item_string(
		r->pool, CBOR_TSTR, pool_copy(r->pool, bytes_of_text(room))));
	/* identifiers come after numbers, and stay where they are */
	if (!map_sort(r->pool, text))
		doc_bad(r->doc, at, "the text cannot take it");
	return doc_good(r->doc);
}
