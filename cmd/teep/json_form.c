/*
 * json_form: objects whose first member begins with $.       [docs/json.md]
 */
#include "json_int.h"

#include <string.h>

/* {"$word": v}, perhaps with one member more, or two where `last` is. */
struct form {
	const json_t *v, *more;
	const struct shape *shape;
	const struct trail *at;
};

static struct item *
form_map(struct json *j, const struct form *f)
{
	struct item *map = item_new(&j->pool, CBOR_MAP, 0), *key;
	struct item **end = &map->first;
	const struct shape *shape =
	    f->shape->kind == S_MAP ? f->shape : &shape_any;

	if (!json_is_array(f->v))
		return json_bad(j, f->at, "a list of pairs is wanted");
	for (size_t i = 0; i < json_array_size(f->v); i++) {
		const struct trail at = {.up = f->at, .index = i};
		json_t *pair = json_array_get(f->v, i);

		if (json_array_size(pair) != 2)
			return json_bad(j, &at, "[key, value] is wanted");
		key = json_in(j, json_array_get(pair, 0), &shape_any, &at);
		if (!json_chain(&end, key) ||
		    !json_chain(&end, json_in(j, json_array_get(pair, 1),
					  json_value_shape(shape, key), &at)))
			return NULL;
	}
	return map;
}

static struct item *
form_head(struct json *j, const struct form *f)
{
	json_int_t n = json_integer_value(f->v);
	struct item *i;

	if (!json_is_integer(f->v) || (n != 1 && n != 2 && n != 4 && n != 8))
		return json_bad(j, f->at, "$head: 1, 2, 4 or 8 octets");
	if (json_is_real(f->more) && n >= 2) {
		i = json_real_in(j, json_real_value(f->more), (unsigned)n);
		if (i->width == n)
			return i;
		return json_bad(j, f->at,
		    "$head: the number is no float of "
		    "that size");
	}
	i = json_in(j, f->more, f->shape, f->at);
	if (i == NULL)
		return NULL;
	if (i->indefinite || i->width != 0 || i->type == CBOR_SIMPLE ||
	    item_size_head(i) > (size_t)n)
		return json_bad(j, f->at, "$head: this item has no such head");
	i->width = item_size_head(i) == (size_t)n ? 0 : (uint8_t)n;
	return i;
}

static struct item *
form_indefinite(struct json *j, const struct form *f)
{
	struct item *i = json_in(j, f->v, f->shape, f->at);

	if (i == NULL)
		return NULL;
	if ((i->type != CBOR_ARRAY && i->type != CBOR_MAP) || i->indefinite ||
	    i->width != 0)
		return json_bad(
		    j, f->at, "$indefinite: an array or a map is wanted");
	i->indefinite = true;
	return i;
}

static struct item *
form_chunks(struct json *j, const struct form *f)
{
	const char *of = json_string_value(f->more);
	bool text = of != NULL && strcmp(of, "text") == 0;
	struct item *i = item_new(&j->pool, text ? CBOR_TSTR : CBOR_BSTR, 0);
	struct item **end = &i->first;

	if (!json_is_array(f->v) || of == NULL ||
	    (!text && strcmp(of, "bytes") != 0))
		return json_bad(j, f->at,
		    "$chunks: a list is wanted, and $of "
		    "\"bytes\" or \"text\"");
	i->indefinite = true;
	for (size_t k = 0; k < json_array_size(f->v); k++) {
		const struct trail at = {.up = f->at, .index = k};
		struct item *c = json_in(j, json_array_get(f->v, k),
		    text ? &shape_text : &shape_bstr, &at);

		if (!json_chain(&end, c))
			return NULL;
		if (c->type != i->type || c->indefinite)
			return json_bad(j, &at, "no chunk of this string");
	}
	return i;
}

static struct item *
form_tag(struct json *j, const struct form *f)
{
	const char *name = json_string_value(f->v);
	const struct shape *of = NULL;
	struct item *tag, *in;
	char safe[80];
	int64_t n;

	if (name != NULL) {
		if (f->shape->kind != S_TAGGED ||
		    !json_number(f->shape, name, &n))
			return json_bad(j, f->at, "$tag: \"%s\" is no tag here",
			    safe_text(safe, sizeof(safe), bytes_of_text(name)));
		tag = item_int(&j->pool, n);
	} else {
		tag = json_in(j, f->v, &shape_uint, f->at);
	}
	if (tag == NULL)
		return NULL;
	if (tag->type != CBOR_UINT || tag->width != 0)
		return json_bad(j, f->at, "$tag: a number is wanted");
	/* what an unknown tag is around has no shape */
	for (size_t i = 0; f->shape->kind == S_TAGGED && i < f->shape->n; i++)
		if (item_is(tag, f->shape->member[i].key))
			of = f->shape->member[i].shape;
	if (f->shape->kind == S_TIME && tag->arg == 1)
		of = f->shape;
	in = json_in(j, f->more, of, f->at);
	if (in == NULL)
		return NULL;
	return item_tag(&j->pool, tag->arg, in);
}

static struct item *
form_cbor(struct json *j, const struct form *f)
{
	const char *as = json_string_value(f->more);
	const struct shape *of =
	    f->shape->kind == S_WRAP ? f->shape->of : &shape_any;
	struct item *in;

	if (f->more != NULL) {
		const struct kind *k = as == NULL ? NULL : kind_named(as);

		if (k == NULL)
			return json_bad(
			    j, f->at, "$as: one of %s is wanted", kind_names());
		of = k->shape;
	}
	in = json_in(j, f->v, of, f->at);
	return in == NULL ? NULL : item_wrap(&j->pool, in);
}

static struct item *
form_any(struct json *j, const struct form *f)
{
	return json_in(j, f->v, &shape_any, f->at);
}

static struct item *
form_leaf(struct json *j, const struct form *f, const char *word)
{
	switch (word[1]) {
	case 'h':
		return json_hex_in(j, f->v, CBOR_BSTR, f->at);
	case 'b':
		return json_hex_in(j, f->v, CBOR_TSTR, f->at);
	case 't':
		return json_text_in(j, f->v, f->at);
	case 'i':
		return json_int_in(j, f->v, f->at);
	case 'f':
		return json_float_in(j, f->v, f->at);
	default:
		return json_simple_in(j, f->v, f->at);
	}
}

struct item *
json_form_in(struct json *j, const json_t *v, const char *word,
    const struct shape *shape, const struct trail *at)
{
	static const struct {
		const char *word, *more;
		bool needed; /* the other member */
		struct item *(*read)(struct json *j, const struct form *f);
	} forms[] = {
	    {"$hex", NULL, false, NULL},
	    {"$text", NULL, false, NULL},
	    {"$badtext", NULL, false, NULL},
	    {"$int", NULL, false, NULL},
	    {"$float", NULL, false, NULL},
	    {"$simple", NULL, false, NULL},
	    {"$map", NULL, false, form_map},
	    {"$any", NULL, false, form_any},
	    {"$indefinite", NULL, false, form_indefinite},
	    {"$head", "$item", true, form_head},
	    {"$tag", "$item", true, form_tag},
	    {"$chunks", "$of", true, form_chunks},
	    {"$cbor", "$as", false, form_cbor},
	};
	struct form f = {.v = json_object_get(v, word), .shape = shape};
	const struct trail in = {.up = at, .name = word};
	char safe[40];

	f.at = &in;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (strcmp(forms[i].word, word) != 0)
			continue;
		if (forms[i].more != NULL)
			f.more = json_object_get(v, forms[i].more);
		if (json_object_size(v) != 1u + (f.more != NULL) ||
		    (forms[i].needed && f.more == NULL))
			return json_bad(j, at, "\"%s\" stands %s%s%s", word,
			    forms[i].more == NULL ? "alone" : "with \"",
			    forms[i].more == NULL ? "" : forms[i].more,
			    forms[i].more == NULL ? "" : "\"");
		return forms[i].read != NULL ? forms[i].read(j, &f)
					     : form_leaf(j, &f, word);
	}
	return json_bad(j, at, "\"%s\" is none of the forms of docs/json.md",
	    safe_text(safe, sizeof(safe), bytes_of_text(word)));
}
