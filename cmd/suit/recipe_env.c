/*
 * recipe_env: envelopes and manifests, as recipes.
 */
#include "recipe.h"

#include <stdlib.h>
#include <string.h>

/* Payloads of more octets are written in base64. */
#define HEX_MOST 64

enum {
	ENV_WRAPPER = 2,
	ENV_MANIFEST = 3,
	COMMON_DEPENDENCIES = 1,
	COMMON_COMPONENTS = 2,
	COMMON_SHARED = 4,
};

/* The map or array in a byte string, if all of it can be said plainly. */
static struct item *
opened(struct pool *p, struct item *bstr, enum cbor_type type)
{
	struct item *in = bstr != NULL ? item_inside(p, bstr) : NULL;

	return in != NULL && in->type == type && item_plain(bstr) ? in : NULL;
}

/* ---- names -------------------------------------------------------------- */

/* A name from the last segment, if that is a word and not taken. */
static void
name_add(struct out *o, struct item *id, uint64_t index, const char *kind)
{
	const struct item *last = id != NULL ? id->first : NULL;
	char *room = pool_get(o->pool, 64);
	uint64_t number;

	while (last != NULL && last->next != NULL)
		last = last->next;
	(void)snprintf(room, 64, "%s-%llu", kind, (unsigned long long)index);
	if (last != NULL && last->type == CBOR_BSTR && last->text.n < 40 &&
	    last->text.n > 0) {
		char word[41] = {0};
		bool taken = false;

		memcpy(word, last->text.p, last->text.n);
		for (size_t i = 0; i < o->n_named; i++)
			taken = taken || strcmp(o->named[i].name, word) == 0;
		if (!taken && strcmp(word, "all") != 0 &&
		    number_read(word, UINT64_MAX, &number) != OK &&
		    strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_.-"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == last->text.n)
			memcpy(room, word, sizeof(word));
	}
	o->named[o->n_named++] = (struct named){room, id, index, false};
}

/* ---- manifest ----------------------------------------------------------- */

static json_t *
components(struct out *o, struct item *list)
{
	json_t *out = json_object();
	uint64_t n = 0;
	struct item *i;

	if (list->type != CBOR_ARRAY || item_count(list) > RECIPE_NAMES_MAX) {
		json_decref(out);
		return NULL;
	}
	for (i = list->first; i != NULL; i = i->next) {
		name_add(o, i->type == CBOR_ARRAY ? i : NULL, n, "component");
		doc_put_member(out, o->named[n].name, out_value(o, i, AS_ID));
		n++;
	}
	return out;
}

static json_t *
dependencies(struct out *o, struct item *map)
{
	size_t n_components = o->n_named;
	json_t *out = json_object(), *one;
	struct item *k;

	if (map->type != CBOR_MAP)
		goto no;
	for (k = map->first; k != NULL; k = k->next->next) {
		struct item *meta = k->next, *id = item_get(meta, 1);

		if (k->type != CBOR_UINT || k->arg > UINT32_MAX ||
		    meta->type != CBOR_MAP || o->n_named == RECIPE_NAMES_MAX)
			goto no;
		one = json_object();
		if (k->arg >= n_components) {
			name_add(o, id, k->arg, "dependency");
			doc_put_member(
			    one, "index", json_integer((json_int_t)k->arg));
		}
		if (item_count(meta) == 2 && id != NULL)
			doc_put_member(one, "prefix", out_value(o, id, AS_ID));
		else if (item_count(meta) > 0)
			doc_put_member(one, "metadata", out_raw(o, meta));
		doc_put_member(out,
		    k->arg >= n_components ? o->named[o->n_named - 1].name
					   : o->named[k->arg].name,
		    one);
	}
	return out;
no:
	json_decref(out);
	return NULL;
}

/* The members of SUIT_Common; false: it has others. */
static bool
common(struct out *o, struct item *bstr, json_t *out)
{
	struct item *map = opened(o->pool, bstr, CBOR_MAP), *k;
	struct item *comps, *deps, *shared;
	json_t *v;

	if (map == NULL)
		return false;
	comps = item_get(map, COMMON_COMPONENTS);
	deps = item_get(map, COMMON_DEPENDENCIES);
	shared = item_get(map, COMMON_SHARED);
	for (k = map->first; k != NULL; k = k->next->next)
		if (k->next != comps && k->next != deps && k->next != shared)
			return false;
	if (comps != NULL) {
		v = components(o, comps);
		if (v == NULL)
			return false;
		doc_put_member(out, "components", v);
	}
	if (deps != NULL) {
		v = dependencies(o, deps);
		if (v == NULL)
			return false;
		doc_put_member(out, "dependencies", v);
	}
	if (shared != NULL)
		doc_put_member(
		    out, "shared-sequence", out_value(o, shared, AS_SEQUENCE));
	return true;
}

/* Does this digest in the manifest stand for this member of the envelope? */
static bool
severed(struct out *o, struct item *sum, const struct item *member)
{
	struct bytes raw = item_bytes(o->pool, member), got;
	uint8_t want[DIGEST_LEN];
	struct item *v;

	if (sum->type != CBOR_ARRAY || item_count(sum) != 2 ||
	    !item_is(sum->first, ALG_SHA256))
		return false;
	v = sum->first->next;
	got = v->type == CBOR_BSTR ? item_bytes(o->pool, v) : BYTES_NONE;
	return crypto_or_die(PROG)->sha256(&raw, 1, want) == OK &&
	       got.n == DIGEST_LEN + 2 &&
	       memcmp(got.p + 2, want, DIGEST_LEN) == 0;
}

static json_t *
digest_of(struct out *o, struct item *sum)
{
	json_t *v =
	    out_leaf(o, item_wrap(o->pool, item_copy(o->pool, sum)), AS_DIGEST);
	json_t *out = json_object();

	if (v == NULL) {
		json_decref(out);
		return out_raw(o, sum);
	}
	doc_put_member(out, "digest", v);
	return out;
}

/* What the manifest's map says; severed members are named in sever and taken
 * out of rest, a map of what else the envelope has. */
static json_t *
manifest(struct out *o, struct item *map, struct item *rest, json_t *sever)
{
	json_t *out = json_object(), *v;
	const struct row *row;
	struct item *k, *in;
	char room[24];

	if (item_get(map, SUIT_COMMON) == NULL ||
	    item_get(map, SUIT_SEQUENCE_NUMBER) == NULL)
		goto no;
	in = item_get(map, SUIT_VERSION);
	if (in == NULL)
		goto no;
	if (!item_is(in, 1))
		doc_put_member(
		    out, "manifest-version", out_value(o, in, AS_UINT));
	doc_put_member(out, "manifest-sequence-number",
	    out_value(o, item_get(map, SUIT_SEQUENCE_NUMBER), AS_UINT));
	if (!common(o, item_get(map, SUIT_COMMON), out)) {
		(void)json_object_del(out, "components");
		(void)json_object_del(out, "dependencies");
		o->n_named = 0;
		doc_put_member(
		    out, "common", out_raw(o, item_get(map, SUIT_COMMON)));
	}
	for (k = map->first; k != NULL; k = k->next->next) {
		int64_t key;

		if (item_is(k, SUIT_VERSION) ||
		    item_is(k, SUIT_SEQUENCE_NUMBER) || item_is(k, SUIT_COMMON))
			continue;
		if ((k->type != CBOR_UINT && k->type != CBOR_NINT) ||
		    k->arg >= INT64_MAX)
			goto no;
		key = k->type == CBOR_UINT ? (int64_t)k->arg
					   : -1 - (int64_t)k->arg;
		row = row_of(&rows_member, key);
		(void)snprintf(room, sizeof(room), "%lld", (long long)key);
		in = rest != NULL ? item_get(rest, key) : NULL;
		if (row != NULL && member_severable(key) &&
		    k->next->type == CBOR_ARRAY && in != NULL &&
		    severed(o, k->next, in)) {
			v = out_value(o, in, row->form);
			(void)json_array_append_new(
			    sever, json_string(row_name(&rows_member, row)));
			(void)item_drop(rest, key);
		} else if (row != NULL && member_severable(key) &&
			   k->next->type == CBOR_ARRAY) {
			v = digest_of(o, k->next);
		} else {
			v = out_value(
			    o, k->next, row != NULL ? row->form : AS_ANY);
		}
		doc_put_member(
		    out, row != NULL ? row_name(&rows_member, row) : room, v);
	}
	return out;
no:
	json_decref(out);
	return NULL;
}

/* ---- envelope ----------------------------------------------------------- */

/* What a block of the wrapper is, for people. */
static const char *
block_note(struct out *o, struct item *bstr)
{
	struct bytes b = bstr->content != NULL
			     ? item_bytes(o->pool, bstr->content)
			     : bstr->text;
	static const struct {
		int64_t alg;
		const char *name;
	} algs[] = {
	    {-7, "ES256"}, {-8, "EdDSA"}, {-9, "ESP256"}, {-19, "Ed25519"}};
	struct cose_signed s;
	char *room = pool_get(o->pool, 128), kid[KID_TEXT];
	const char *name = "another algorithm";

	if (cose_signed_read(b, ACCEPT_SIGN1, &s, NULL) != OK)
		return "no COSE_Sign1";
	for (size_t i = 0; i < ARRAY_LEN(algs); i++)
		if (algs[i].alg == s.alg)
			name = algs[i].name;
	if (s.kid.n == KID_LEN)
		base64url_text(kid, sizeof(kid), s.kid);
	(void)snprintf(room, 128, "COSE_Sign1, %s%s%s", name,
	    s.kid.n == KID_LEN ? ", key " : "", s.kid.n == KID_LEN ? kid : "");
	return room;
}

static json_t *
authentication(struct out *o, struct item *bstr, struct item *body)
{
	struct item *a = opened(o->pool, bstr, CBOR_ARRAY), *i;
	json_t *out = json_object(), *blocks = json_array(), *v;

	if (a == NULL || a->first == NULL)
		goto raw;
	/* what the blocks are of is said in any case: `suit create` compares */
	if (a->first->next != NULL || item_open(o->pool, a->first) == NULL ||
	    !severed(o, a->first->content, body)) {
		v = out_value(o, a->first, AS_DIGEST);
		doc_put_member(out, "digest", v);
	}
	for (i = a->first->next; i != NULL; i = i->next) {
		if (i->type != CBOR_BSTR)
			goto raw;
		v = out_leaf(o, i, AS_OCTETS);
		if (json_is_string(v)) {
			json_t *note = json_object();

			doc_put_member(
			    note, "#", json_string(block_note(o, i)));
			doc_put_member(note, "hex", v);
			v = note;
		}
		(void)json_array_append_new(blocks, v);
	}
	if (json_array_size(blocks) > 0)
		doc_put_member(out, "blocks", blocks);
	else
		json_decref(blocks);
	return out;
raw:
	json_decref(blocks);
	json_decref(out);
	return out_raw(o, bstr);
}

static json_t *
payload(struct out *o, const struct item *key, struct item *value)
{
	json_t *out = json_object(), *v, *inner;
	const char *word;
	struct bytes b;
	size_t at;

	v = out_leaf(o, (struct item *)(uintptr_t)key, AS_TEXT);
	if (v == NULL) {
		json_decref(out);
		return NULL;
	}
	doc_put_member(out, "uri", v);
	if (value->type != CBOR_BSTR || !item_plain(value)) {
		v = out_raw(o, value);
		(void)json_object_update(out, v);
		json_decref(v);
		return out;
	}
	b = value->content != NULL ? item_bytes(o->pool, value->content)
				   : value->text;
	/* an envelope in it */
	if (b.n > 2 && b.p[0] == 0xd8 && b.p[1] == TAG_SUIT_ENVELOPE &&
	    o->deep + 1 < RECIPE_DEEP_MAX) {
		inner = recipe_within(o->pool, b, &at, o->deep + 1);
		if (inner != NULL) {
			doc_put_member(out, "recipe", inner);
			return out;
		}
	}
	v = out_leaf(o, value, AS_OCTETS);
	word = "hex";
	if (json_is_object(v)) {
		(void)json_object_update(out, v);
		json_decref(v);
		return out;
	}
	if (b.n > HEX_MOST) {
		json_decref(v);
		v = doc_put_base64(b);
		word = "base64";
	}
	doc_put_member(out, word, v);
	return out;
}

json_t *
out_envelope(struct out *o, struct item *envelope)
{
	bool tagged = envelope->type == CBOR_TAG;
	struct item *map = tagged ? envelope->first : envelope, *k;
	struct item *wrapper, *body, *in, *rest;
	json_t *out, *sever, *of, *payloads, *v;
	const struct row *row;

	if ((tagged && envelope->arg != TAG_SUIT_ENVELOPE) ||
	    map->type != CBOR_MAP || !item_plain(envelope))
		return NULL;
	wrapper = item_get(map, ENV_WRAPPER);
	body = item_get(map, ENV_MANIFEST);
	if (wrapper == NULL || body == NULL)
		return NULL;
	rest = item_copy(o->pool, map);
	(void)item_drop(rest, ENV_WRAPPER);
	(void)item_drop(rest, ENV_MANIFEST);
	out = json_object();
	sever = json_array();
	of = json_object();
	payloads = json_array();
	if (!tagged)
		doc_put_member(out, "tagged", json_false());
	in = opened(o->pool, body, CBOR_MAP);
	v = in != NULL ? manifest(o, in, rest, sever) : NULL;
	doc_put_member(out, "manifest", v != NULL ? v : out_raw(o, body));
	for (k = rest->first; k != NULL; k = k->next->next) {
		char room[24];

		if (k->type == CBOR_TSTR) {
			v = payload(o, k, k->next);
			if (v != NULL)
				(void)json_array_append_new(payloads, v);
			continue;
		}
		row = k->type == CBOR_UINT && k->arg < INT64_MAX
			  ? row_of(&rows_member, (int64_t)k->arg)
			  : NULL;
		if (row != NULL && !member_severable(row->key))
			row = NULL;
		(void)snprintf(room, sizeof(room), "%s%llu",
		    k->type == CBOR_NINT ? "-" : "",
		    (unsigned long long)(k->arg + (k->type == CBOR_NINT)));
		doc_put_member(of,
		    row != NULL ? row_name(&rows_member, row) : room,
		    out_value(o, k->next, row != NULL ? row->form : AS_ANY));
	}
	if (json_array_size(sever) > 0)
		doc_put_member(out, "sever", json_incref(sever));
	if (json_object_size(of) > 0)
		doc_put_member(out, "envelope", json_incref(of));
	if (json_array_size(payloads) > 0)
		doc_put_member(out, "payloads", json_incref(payloads));
	v = authentication(o, wrapper, body);
	if (json_object_size(v) > 0)
		doc_put_member(out, "authentication", v);
	else
		json_decref(v);
	json_decref(sever);
	json_decref(of);
	json_decref(payloads);
	return out;
}
