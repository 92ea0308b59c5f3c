/*
 * recipe_in: envelopes and manifests of a recipe, as items.
 *                                             [SUIT SUIT_Envelope, 2.14] */
#include "delivery.h"

#include <string.h>

/* Keys of a SUIT_Envelope, of SUIT_Common, of a dependency. */
enum {
	ENV_WRAPPER = 2,
	ENV_MANIFEST = 3,
	COMMON_DEPENDENCIES = 1,
	COMMON_COMPONENTS = 2,
	COMMON_SHARED = 4,
	DEPENDENCY_PREFIX = 1,
};

/* ---- components and dependencies ---------------------------------------- */

static void
name_add(struct recipe *r, struct spot key, struct item *id, uint64_t index,
    bool dependency)
{
	const char *name = doc_word(r->doc, key);
	uint64_t number;

	if (!doc_good(r->doc))
		return;
	if (number_read(name, UINT64_MAX, &number) == OK ||
	    strcmp(name, "all") == 0)
		doc_bad(r->doc, key,
		    "this cannot be a name: numbers are indexes, and \"all\" "
		    "means all");
	else if (r->n_named == RECIPE_NAMES_MAX)
		doc_bad(r->doc, key, "%d components at most", RECIPE_NAMES_MAX);
	else
		r->named[r->n_named++] =
		    (struct named){name, id, index, dependency};
}

/* {name: identifier}, in the order of their indexes. */
static struct item *
components(struct recipe *r, struct spot at)
{
	struct item *list = item_new(r->pool, CBOR_ARRAY, 0);
	size_t n = doc_pairs(r->doc, at, RECIPE_NAMES_MAX);

	for (size_t i = 0; i < n; i++) {
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		struct item *id = recipe_value(r, value, AS_ID);

		if (id == NULL)
			return NULL;
		item_add(list, id);
		name_add(r, key, id, i, false);
	}
	r->n_components = n;
	return doc_good(r->doc) ? list : NULL;
}

static bool
index_taken(const struct recipe *r, uint64_t index)
{
	for (size_t i = 0; i < r->n_named; i++)
		if (r->named[i].index == index)
			return true;
	return false;
}

/* {name: {index, prefix}}: of a component's name, or of an index beyond the
 * components. */
static struct item *
dependencies(struct recipe *r, struct spot at)
{
	static const char *const names[] = {
	    "index", "prefix", "metadata", NULL};
	struct item *map = item_new(r->pool, CBOR_MAP, 0);
	size_t n = doc_pairs(r->doc, at, RECIPE_NAMES_MAX);

	for (size_t i = 0; i < n && doc_good(r->doc); i++) {
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		struct spot index, prefix, more;
		struct item *meta = item_new(r->pool, CBOR_MAP, 0), *id = NULL;
		uint64_t v = 0;
		bool known = false;

		for (size_t k = 0; k < r->n_components; k++)
			if (strcmp(r->named[k].name, doc_word(r->doc, key)) ==
			    0) {
				known = true;
				v = r->named[k].index;
			}
		if (!doc_is_null(value))
			doc_fields(r->doc, value, names);
		index = doc_may(r->doc, value, "index");
		prefix = doc_may(r->doc, value, "prefix");
		more = doc_may(r->doc, value, "metadata");
		if (index.node != NULL)
			v = doc_uint(r->doc, index, UINT32_MAX);
		else
			while (!known && index_taken(r, v))
				v++;
		if (prefix.node != NULL) {
			id = recipe_value(r, prefix, AS_ID);
			if (id == NULL)
				return NULL;
			item_set(r->pool, meta, DEPENDENCY_PREFIX, id);
		}
		if (more.node != NULL)
			meta = recipe_value(r, more, AS_ANY);
		if (meta == NULL)
			return NULL;
		if (!known)
			name_add(r, key, id, v, true);
		item_add_pair(map, item_new(r->pool, CBOR_UINT, v), meta);
	}
	return recipe_map(r, map, at);
}

/* SUIT_Common, from members that stand beside the others. */
static struct item *
common(struct recipe *r, struct spot at)
{
	struct spot comps = doc_may(r->doc, at, "components");
	struct spot deps = doc_may(r->doc, at, "dependencies");
	struct spot shared = doc_may(r->doc, at, "shared-sequence");
	struct item *map = item_new(r->pool, CBOR_MAP, 0), *v;

	if (comps.node != NULL) {
		v = components(r, comps);
		if (v == NULL)
			return NULL;
		item_set(r->pool, map, COMMON_COMPONENTS, v);
	}
	if (deps.node != NULL) {
		v = dependencies(r, deps);
		if (v == NULL)
			return NULL;
		item_set(r->pool, map, COMMON_DEPENDENCIES, v);
	}
	if (shared.node != NULL) {
		v = recipe_value(r, shared, AS_SEQUENCE);
		if (v == NULL)
			return NULL;
		item_set(r->pool, map, COMMON_SHARED, v);
	}
	return doc_good(r->doc) ? item_wrap(r->pool, map) : NULL;
}

/* ---- manifest ----------------------------------------------------------- */

/* Members of SUIT_Common that stand in the manifest's mapping. */
static bool
in_common(const char *name)
{
	return strcmp(name, "components") == 0 ||
	       strcmp(name, "dependencies") == 0 ||
	       strcmp(name, "shared-sequence") == 0;
}

/* {digest: ...} in the place of a severable member. */
static struct item *
member(struct recipe *r, struct spot at, const struct row *row, int64_t key)
{
	struct spot sum = doc_may(r->doc, at, "digest");
	struct item *i;

	if (sum.node == NULL || !member_severable(key) ||
	    doc_pairs(r->doc, at, 1) != 1)
		return recipe_value(r, at, row != NULL ? row->form : AS_ANY);
	i = recipe_leaf(r, sum, AS_DIGEST);
	return i != NULL ? recipe_from(r, i->content, at) : NULL;
}

static struct item *
manifest(struct recipe *r, struct spot at)
{
	struct item *map = item_new(r->pool, CBOR_MAP, 0), *v;
	struct spot raw = doc_may(r->doc, at, "common");
	size_t n = doc_pairs(r->doc, at, CBOR_PAIRS_MAX);

	v = raw.node != NULL ? recipe_value(r, raw, AS_WRAPPED) : common(r, at);
	if (v == NULL)
		return NULL;
	item_set(r->pool, map, SUIT_COMMON, v);
	if (doc_may(r->doc, at, "manifest-version").node == NULL)
		item_set(r->pool, map, SUIT_VERSION, item_int(r->pool, 1));
	(void)doc_need(r->doc, at, "manifest-sequence-number");
	for (size_t i = 0; i < n && doc_good(r->doc); i++) {
		const struct row *row;
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		struct item *k;
		int64_t number;

		if (in_common(doc_word(r->doc, key)) ||
		    strcmp(doc_word(r->doc, key), "common") == 0)
			continue;
		if (!recipe_key(r, &rows_member, key, &row, &number))
			return NULL;
		v = member(r, value, row, number);
		if (v == NULL)
			return NULL;
		k = item_int(r->pool, number);
		key.name = value.name;
		item_add_pair(map, recipe_from(r, k, key), v);
	}
	return recipe_map(r, map, at);
}

/* ---- envelope ----------------------------------------------------------- */

/* Put members into the envelope, and their digests in their places. */
static void
sever(struct recipe *r, struct spot at, struct item *envelope)
{
	size_t n = at.node == NULL ? 0 : doc_list(r->doc, at, 0, 8);

	for (size_t i = 0; i < n && doc_good(r->doc); i++) {
		struct spot one = doc_item(r->doc, at, i);
		const struct row *row;
		struct item *v, *sum;
		int64_t key;

		if (!recipe_key(r, &rows_member, one, &row, &key))
			return;
		v = item_get(r->manifest, key);
		if (!member_severable(key) || v == NULL ||
		    v->type != CBOR_BSTR) {
			doc_bad(r->doc, one, "%s",
			    !member_severable(key)
				? "only coswid, dependency-resolution, "
				  "payload-fetch, candidate-verification, "
				  "install and text can be severed"
				: "the manifest has no such member");
			return;
		}
		sum = digest_item(r, item_bytes(r->pool, v));
		item_set(r->pool, r->manifest, key, sum);
		v->next = NULL;
		item_add_pair(envelope, item_int(r->pool, key), v);
	}
}

static void
members(struct recipe *r, struct spot at, struct item *envelope)
{
	size_t n = at.node == NULL ? 0 : doc_pairs(r->doc, at, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct row *row;
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		struct item *v;
		int64_t number;

		if (!recipe_key(r, &rows_member, key, &row, &number))
			return;
		v = recipe_value(r, value,
		    row != NULL && member_severable(number) ? row->form
							    : AS_ANY);
		if (v == NULL)
			return;
		item_add_pair(envelope, item_int(r->pool, number), v);
	}
}

/* An envelope within this one. */
static struct item *
inner(struct recipe *r, struct spot at)
{
	struct recipe *in;

	if (r->deep + 1 == RECIPE_DEEP_MAX) {
		doc_bad(r->doc, at, "envelopes are nested too deep");
		return NULL;
	}
	in = pool_get(r->pool, sizeof(*in));
	in->doc = r->doc;
	in->deep = r->deep + 1;
	if (recipe_read(in, at) == NULL || !recipe_check(in))
		return NULL;
	return item_wrap(r->pool, in->envelope);
}

/* {uri, and octets or a recipe} */
static void
payloads(struct recipe *r, struct spot at, struct item *envelope)
{
	static const char *const names[] = {"uri", "hex", "base64", "text",
	    "file", "random", "recipe", "cbor", NULL};
	size_t n =
	    at.node == NULL ? 0 : doc_list(r->doc, at, 0, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n && doc_good(r->doc); i++) {
		struct spot one = doc_item(r->doc, at, i), uri, in, what;
		struct item *v = NULL;

		doc_fields(r->doc, one, names);
		uri = doc_need(r->doc, one, "uri");
		if (doc_pairs(r->doc, one, 2) != 2) {
			doc_bad(r->doc, one,
			    "uri and one of file, text, hex, base64, recipe "
			    "are wanted");
			return;
		}
		what = doc_pair(r->doc, one, 0, &in);
		if (strcmp(what.name, "uri") == 0)
			what = doc_pair(r->doc, one, 1, &in);
		if (strcmp(what.name, "recipe") == 0)
			v = inner(r, what);
		else if (strcmp(what.name, "cbor") == 0)
			v = recipe_value(r, one, AS_ANY);
		else {
			struct bytes b = doc_octets_of(
			    r->doc, what, what.name, SUIT_ENVELOPE_MAX);

			if (doc_good(r->doc))
				v = item_string(r->pool, CBOR_BSTR, b);
		}
		if (v == NULL)
			return;
		(void)recipe_from(r, v, one);
		item_add_pair(
		    envelope, item_words(r->pool, doc_word(r->doc, uri)), v);
	}
}

/* [digest, blocks...] */
static struct item *
wrapper(struct recipe *r, struct spot at, struct bytes manifest_bstr)
{
	static const char *const names[] = {"digest", "blocks", NULL};
	struct item *a = item_new(r->pool, CBOR_ARRAY, 0), *sum;
	struct spot given, blocks;
	size_t n;

	if (at.node != NULL) {
		struct spot raw = doc_may(r->doc, at, "cbor");

		if (raw.node != NULL)
			return recipe_value(r, at, AS_WRAPPED);
		doc_fields(r->doc, at, names);
	}
	given = doc_may(r->doc, at, "digest");
	blocks = doc_may(r->doc, at, "blocks");
	sum = given.node != NULL
		  ? recipe_value(r, given, AS_DIGEST)
		  : item_wrap(r->pool, digest_item(r, manifest_bstr));
	if (sum == NULL)
		return NULL;
	item_add(a, sum);
	n = blocks.node != NULL ? doc_list(r->doc, blocks, 0, 64) : 0;
	for (size_t i = 0; i < n; i++) {
		struct item *one =
		    recipe_value(r, doc_item(r->doc, blocks, i), AS_OCTETS);

		if (one == NULL)
			return NULL;
		item_add(a, one);
	}
	return item_wrap(r->pool, a);
}

const char *const fields_envelope[] = {"tagged", "manifest", "sever",
    "envelope", "payloads", "authentication", "sign", "checked",
    "outer-parameters", "sbom", "cbor", NULL};

/* "sbom: FILE", or the command line's. */
static void
bill(struct recipe *r, struct spot at)
{
	if (r->manifest == NULL || (at.node == NULL && r->sbom == NULL))
		return;
	(void)recipe_sbom(
	    r, at.node != NULL ? doc_path(r->doc, at) : r->sbom, at);
}

struct item *
recipe_read(struct recipe *r, struct spot at)
{
	struct item *map, *body, *auth;
	struct spot in;

	r->pool = &r->doc->pool;
	r->root = at;
	map = item_new(r->pool, CBOR_MAP, 0);
	doc_fields(r->doc, at, fields_envelope);
	in = doc_may(r->doc, at, "checked");
	r->unchecked = in.node != NULL && !doc_flag(r->doc, in);
	in = doc_may(r->doc, at, "outer-parameters");
	r->inner = in.node != NULL && doc_flag(r->doc, in);
	if (doc_may(r->doc, at, "cbor").node != NULL) {
		struct bytes b = doc_octets(
		    r->doc, doc_may(r->doc, at, "cbor"), SUIT_ENVELOPE_MAX);
		size_t where;

		if (doc_good(r->doc) &&
		    item_read_all(r->pool, b, &r->envelope, &where) != OK)
			doc_bad(r->doc, doc_may(r->doc, at, "cbor"),
			    "the octets are not one CBOR item");
		return doc_good(r->doc) ? r->envelope : NULL;
	}
	in = doc_need(r->doc, at, "manifest");
	if (doc_may(r->doc, in, "cbor").node != NULL) {
		body = recipe_value(r, in, AS_ANY);
	} else {
		r->manifest = manifest(r, in);
		bill(r, doc_may(r->doc, at, "sbom"));
		if (r->manifest != NULL && doc_good(r->doc))
			sever(r, doc_may(r->doc, at, "sever"), map);
		body = r->manifest != NULL ? item_wrap(r->pool, r->manifest)
					   : NULL;
	}
	members(r, doc_may(r->doc, at, "envelope"), map);
	payloads(r, doc_may(r->doc, at, "payloads"), map);
	if (body == NULL || !doc_good(r->doc))
		return NULL;
	auth = wrapper(r, doc_may(r->doc, at, "authentication"),
	    item_bytes(r->pool, body));
	if (auth == NULL)
		return NULL;
	item_add_pair(map, item_int(r->pool, ENV_WRAPPER), auth);
	item_add_pair(map, item_int(r->pool, ENV_MANIFEST), body);
	if (recipe_map(r, map, at) == NULL)
		return NULL;
	in = doc_may(r->doc, at, "tagged");
	r->envelope = in.node == NULL || doc_flag(r->doc, in)
			  ? item_tag(r->pool, TAG_SUIT_ENVELOPE, map)
			  : map;
	return doc_good(r->doc) ? r->envelope : NULL;
}

struct bytes
recipe_octets(struct recipe *r)
{
	return item_bytes(r->pool, r->envelope);
}
