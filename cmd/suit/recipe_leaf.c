/*
 * recipe_leaf: values that hold no commands, as items.
 */
#include "recipe.h"

#include <stdlib.h>
#include <string.h>

#define TAG_PEN 112 /* relative to 1.3.6.1.4.1 [RFC 9090] */

/* A byte string of octets. */
static struct item *
bstr(struct recipe *r, struct bytes b)
{
	return doc_good(r->doc) ? item_string(r->pool, CBOR_BSTR, b) : NULL;
}

static struct item *
uint_item(struct recipe *r, uint64_t v)
{
	return doc_good(r->doc) ? item_new(r->pool, CBOR_UINT, v) : NULL;
}

static struct item *
wrap(struct recipe *r, struct item *content)
{
	return content != NULL ? item_wrap(r->pool, content) : NULL;
}

static struct item *
digest_array(struct recipe *r, int64_t alg, struct bytes value)
{
	struct item *a = item_new(r->pool, CBOR_ARRAY, 0);

	item_add(a, item_int(r->pool, alg));
	item_add(a, item_string(r->pool, CBOR_BSTR, value));
	return a;
}

struct item *
digest_item(struct recipe *r, struct bytes over)
{
	uint8_t sum[DIGEST_LEN] = {0};

	if (r->doc->crypto->sha256(&over, 1, sum) != OK)
		doc_bad(r->doc, r->root, "no digest can be taken");
	return digest_array(r, ALG_SHA256, pool_copy(r->pool, BYTES_OF(sum)));
}

/* ---- identities --------------------------------------------------------- */

static struct item *
uuid_item(struct recipe *r, const uint8_t uuid[16])
{
	return bstr(r, pool_copy(r->pool, (struct bytes){uuid, 16}));
}

static struct item *
vendor(struct recipe *r, struct spot at)
{
	static const char *const names[] = {"pen", NULL};
	struct spot pen = doc_may(r->doc, at, "pen");
	uint8_t room[16], oid[10];
	size_t n = sizeof(oid);
	const char *text;
	uint64_t v;

	if (pen.node != NULL) {
		doc_fields(r->doc, at, names);
		v = doc_uint(r->doc, pen, UINT32_MAX);
		/* base 128, the last octet without the high bit */
		oid[--n] = (uint8_t)(v & 0x7f);
		while ((v >>= 7) > 0)
			oid[--n] = (uint8_t)(0x80 | (v & 0x7f));
		return item_tag(r->pool, TAG_PEN,
		    item_string(r->pool, CBOR_BSTR,
			pool_copy(r->pool,
			    (struct bytes){oid + n, sizeof(oid) - n})));
	}
	if (doc_is_map(at))
		return bstr(r, doc_octets(r->doc, at, SUIT_MANIFEST_MAX));
	text = doc_word(r->doc, at);
	/* a domain has a dot; anything else is more likely a UUID with a slip
	 */
	if (doc_good(r->doc) &&
	    ((!uuid_plain(text, room) && strchr(text, '.') == NULL) ||
		uuid_read(text, uuid_dns, room) != OK))
		doc_bad(r->doc, at,
		    "a UUID, a domain such as example.com, or {pen: NUMBER} "
		    "is wanted");
	if (!doc_good(r->doc))
		return NULL;
	memcpy(r->vendor, room, sizeof(room));
	r->has_vendor = true;
	return uuid_item(r, room);
}

static struct item *
class_of(struct recipe *r, struct spot at)
{
	uint8_t room[16];
	const char *text;

	if (doc_is_map(at))
		return bstr(r, doc_octets(r->doc, at, SUIT_MANIFEST_MAX));
	text = doc_word(r->doc, at);
	if (!doc_good(r->doc))
		return NULL;
	if (!r->has_vendor && !uuid_plain(text, room))
		doc_bad(r->doc, at,
		    "a name of a class needs a vendor-identifier before it");
	else if (uuid_read(text, r->vendor, room) != OK)
		doc_bad(r->doc, at,
		    "a UUID, or a name within the vendor, is wanted");
	return uuid_item(r, room);
}

static struct item *
uuid(struct recipe *r, struct spot at)
{
	uint8_t room[16];

	if (doc_is_map(at))
		return bstr(r, doc_octets(r->doc, at, SUIT_MANIFEST_MAX));
	if (!uuid_plain(doc_word(r->doc, at), room))
		doc_bad(r->doc, at, "a UUID is wanted");
	return uuid_item(r, room);
}

/* ---- digests and sizes -------------------------------------------------- */

/* SHA-256 and size of a file, however large. */
static bool
measured(
    struct recipe *r, struct spot at, uint8_t sum[DIGEST_LEN], uint64_t *size)
{
	struct spot file = doc_may(r->doc, at, "file");
	const char *path;
	enum err e;

	if (file.node == NULL)
		return false;
	path = doc_path(r->doc, file);
	if (!doc_good(r->doc))
		return false;
	e = measure_file(r->doc->crypto, path, sum, size);
	if (e != OK) {
		char safe[200];

		doc_bad(r->doc, file, "%s: %s",
		    safe_text(safe, sizeof(safe), bytes_of_text(path)),
		    err_text(e));
	}
	return doc_good(r->doc);
}

/* The digest of the manifest in an envelope's file. */
static struct item *
digest_of_manifest(struct recipe *r, struct spot file)
{
	struct bytes in = doc_file(r->doc, file, SUIT_ENVELOPE_MAX);
	struct suit_manifest m;

	if (!doc_good(r->doc))
		return NULL;
	if (suit_parse(in, &m, NULL) != OK) {
		doc_bad(r->doc, file, "it holds no envelope");
		return NULL;
	}
	return digest_array(
	    r, ALG_SHA256, pool_copy(r->pool, BYTES_OF(m.digest)));
}

static struct item *
digest(struct recipe *r, struct spot at)
{
	static const char *const names[] = {"algorithm", "digest", NULL};
	struct spot manifest = doc_may(r->doc, at, "manifest");
	struct spot alg = doc_may(r->doc, at, "algorithm");
	static const char *const only[] = {"manifest", NULL};
	uint8_t sum[DIGEST_LEN];
	const struct row *row;
	struct bytes value;
	uint64_t size;
	int64_t v;

	if (manifest.node != NULL) {
		doc_fields(r->doc, at, only);
		return wrap(r, digest_of_manifest(r, manifest));
	}
	if (alg.node != NULL) {
		doc_fields(r->doc, at, names);
		value = doc_octets(r->doc, doc_need(r->doc, at, "digest"), 64);
		if (!recipe_key(r, &rows_algorithm, alg, &row, &v))
			return NULL;
		return wrap(r, digest_array(r, v, value));
	}
	if (!measured(r, at, sum, &size) && doc_good(r->doc))
		doc_digest(r->doc, at, sum);
	if (!doc_good(r->doc))
		return NULL;
	return wrap(
	    r, digest_array(r, ALG_SHA256, pool_copy(r->pool, BYTES_OF(sum))));
}

static struct item *
size(struct recipe *r, struct spot at)
{
	uint8_t sum[DIGEST_LEN];
	uint64_t v = 0;

	if (!doc_is_map(at))
		return uint_item(r, doc_uint(r->doc, at, UINT64_MAX));
	if (!measured(r, at, sum, &v) && doc_good(r->doc))
		v = doc_octets(r->doc, at, SUIT_ENVELOPE_MAX).n;
	return uint_item(r, v);
}

/* ---- versions ----------------------------------------------------------- */

/* 1.2-rc.3: up to three numbers, then perhaps rc, beta or alpha and numbers.
 */
static struct item *
version(struct recipe *r, struct spot at, const char *text)
{
	static const struct {
		const char *word;
		int64_t v;
	} classes[] = {{"-rc", -1}, {"-beta", -2}, {"-alpha", -3}};
	struct item *a = item_new(r->pool, CBOR_ARRAY, 0);
	size_t n = 0, most = 3;
	bool dot = true, good = true;

	while (*text != 0 && good) {
		size_t k = 0, len;
		char digits[21] = {0};

		while (k < ARRAY_LEN(classes) && *text == '-' &&
		       strncmp(
			   text, classes[k].word, strlen(classes[k].word)) != 0)
			k++;
		if (*text == '-') {
			good = k < ARRAY_LEN(classes) && n > 0 && most == 3 &&
			       !dot;
			if (!good)
				break;
			item_add(a, item_int(r->pool, classes[k].v));
			text += strlen(classes[k].word);
			most = SIZE_MAX;
			dot = *text == '.';
			text += dot;
			good = (*text == 0) != dot;
			continue;
		}
		len = strspn(text, "0123456789");
		good = dot && len > 0 && len < sizeof(digits) && n < most;
		if (!good)
			break;
		memcpy(digits, text, len);
		item_add(a,
		    item_new(r->pool, CBOR_UINT, strtoull(digits, NULL, 10)));
		n++;
		text += len;
		dot = *text == '.';
		text += dot;
	}
	if (!good || dot || n == 0) {
		doc_bad(r->doc, at,
		    "a version such as 1.2.3 or 1.2-rc.3 is "
		    "wanted");
		return NULL;
	}
	return a;
}

/* ">= 1.2" */
static struct item *
version_match(struct recipe *r, struct spot at)
{
	const char *text = doc_word(r->doc, at);
	size_t n = strspn(text, "<>=");
	char word[3] = {0};
	const struct row *row = NULL;
	struct item *a, *v;

	if (n > 0 && n < sizeof(word)) {
		memcpy(word, text, n);
		row = row_named(&rows_comparison, word);
	}
	if (row == NULL) {
		doc_bad(
		    r->doc, at, "a comparison such as \">= 1.2\" is wanted");
		return NULL;
	}
	text += n;
	v = version(r, at, text + strspn(text, " "));
	if (v == NULL)
		return NULL;
	a = item_new(r->pool, CBOR_ARRAY, 0);
	item_add(a, item_int(r->pool, row->key));
	item_add(a, v);
	return wrap(r, a);
}

/* ---- maps and lists ----------------------------------------------------- */

/* A map whose keys are named by a list. */
static struct item *
map_by(struct recipe *r, struct spot at, const struct rows *rows)
{
	struct item *map = item_new(r->pool, CBOR_MAP, 0);
	size_t n = doc_pairs(r->doc, at, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct row *row;
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		struct item *v;
		int64_t k;

		if (!recipe_key(r, rows, key, &row, &k))
			return NULL;
		v = recipe_value(r, value, row != NULL ? row->form : AS_ANY);
		if (v == NULL)
			return NULL;
		item_add_pair(map, item_int(r->pool, k), v);
	}
	return recipe_map(r, map, at);
}

static struct item *
any(struct recipe *r, struct spot at)
{
	const char *text;
	struct item *a;
	int64_t v;
	size_t n;

	if (doc_is_map(at))
		return bstr(r, doc_octets(r->doc, at, SUIT_ENVELOPE_MAX));
	if (doc_is_list(at)) {
		a = item_new(r->pool, CBOR_ARRAY, 0);
		n = doc_list(r->doc, at, 0, SIZE_MAX);
		for (size_t i = 0; i < n; i++) {
			struct item *one =
			    recipe_value(r, doc_item(r->doc, at, i), AS_ANY);

			if (one == NULL)
				return NULL;
			item_add(a, one);
		}
		return a;
	}
	if (doc_integer(at, &v))
		return item_int(r->pool, v);
	if (doc_is_null(at))
		return item_new(r->pool, CBOR_SIMPLE, 22);
	text = doc_word(r->doc, at);
	if (doc_is_plain(at) && strcmp(text, "true") == 0)
		return item_new(r->pool, CBOR_SIMPLE, 21);
	if (doc_is_plain(at) && strcmp(text, "false") == 0)
		return item_new(r->pool, CBOR_SIMPLE, 20);
	return doc_good(r->doc) ? item_words(r->pool, text) : NULL;
}

/* a/b, or a list of segments. */
static struct item *
id(struct recipe *r, struct spot at)
{
	struct item *i = NULL;
	struct bytes raw;
	size_t n, where;

	if (!doc_is_list(at)) {
		raw = doc_id(r->doc, at);
		if (!doc_good(r->doc) ||
		    item_read_all(r->pool, raw, &i, &where) != OK)
			return NULL;
		return i;
	}
	n = doc_list(r->doc, at, 0, SUIT_ID_MAX);
	i = item_new(r->pool, CBOR_ARRAY, 0);
	for (size_t k = 0; k < n && doc_good(r->doc); k++)
		item_add(i, item_string(r->pool, CBOR_BSTR,
				doc_octets(r->doc, doc_item(r->doc, at, k),
				    SUIT_ID_MAX)));
	return doc_good(r->doc) ? i : NULL;
}

static struct item *
integer(struct recipe *r, struct spot at)
{
	int64_t v = 0;

	if (!doc_integer(at, &v))
		doc_bad(r->doc, at, "a number is wanted");
	return doc_good(r->doc) ? item_int(r->pool, v) : NULL;
}

static struct item *
wrapped(struct recipe *r, struct spot at)
{
	struct bytes b = doc_octets(r->doc, at, SUIT_ENVELOPE_MAX);
	struct item *i;
	size_t where;

	if (!doc_good(r->doc))
		return NULL;
	if (item_read_all(r->pool, b, &i, &where) != OK) {
		doc_bad(r->doc, at, "the octets are not one CBOR item");
		return NULL;
	}
	return bstr(r, b);
}

struct item *
recipe_leaf(struct recipe *r, struct spot at, enum form form)
{
	uint64_t v = 0;
	bool flag;

	switch (form) {
	case AS_ANY:
		return any(r, at);
	case AS_UINT:
		return uint_item(r, doc_uint(r->doc, at, UINT64_MAX));
	case AS_INT:
		return integer(r, at);
	case AS_BOOL:
		flag = doc_flag(r->doc, at);
		return item_new(r->pool, CBOR_SIMPLE, flag ? 21 : 20);
	case AS_TEXT:
		return item_words(r->pool, doc_word(r->doc, at));
	case AS_OCTETS:
		return bstr(r, doc_octets(r->doc, at, SUIT_ENVELOPE_MAX));
	case AS_TIME:
		return uint_item(r, doc_time(r->doc, at));
	case AS_SIZE:
		return size(r, at);
	case AS_VENDOR:
		return vendor(r, at);
	case AS_CLASS:
		return class_of(r, at);
	case AS_UUID:
		return uuid(r, at);
	case AS_DIGEST:
		return digest(r, at);
	case AS_INDEX:
		return recipe_index(r, at, &v) ? uint_item(r, v) : NULL;
	case AS_VERSION:
		return version_match(r, at);
	case AS_RELEASE:
		return wrap(r, version(r, at, doc_word(r->doc, at)));
	case AS_WAIT:
		return wrap(r, map_by(r, at, &rows_event));
	case AS_METADATA:
		return wrap(r, map_by(r, at, &rows_metadata));
	case AS_WRAPPED:
		return wrapped(r, at);
	case AS_ID:
		return id(r, at);
	case AS_POLICY:
	case AS_SELECT:
	case AS_TRIES:
	case AS_SEQUENCE:
	case AS_PARAMS:
	case AS_PARAMS_OF:
	case AS_LABELS_OF:
	case AS_TEXTS:
		break;
	}
	return NULL;
}
