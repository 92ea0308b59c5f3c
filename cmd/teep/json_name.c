/*
 * json_name: what both ways between CBOR and JSON must agree on: names,
 * shapes, floats.
 */
#include "json_int.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *
member_name(const struct shape *shape, const struct member *m)
{
	if (m->name != NULL || shape->name == NULL)
		return m->name;
	return shape->name(m->key);
}

bool
json_number(const struct shape *shape, const char *name, int64_t *out)
{
	/* where the numbers of the registries lie */
	static const struct {
		int64_t first, last;
	} ranges[] = {{0, 300}, {-300, -1}, {16384, 16384}, {-65540, -65520}};

	for (size_t i = 0; i < shape->n; i++) {
		const char *n = member_name(shape, &shape->member[i]);

		if (n != NULL && strcmp(n, name) == 0) {
			*out = shape->member[i].key;
			return true;
		}
	}
	for (size_t i = 0; shape->name != NULL && i < ARRAY_LEN(ranges); i++) {
		for (int64_t v = ranges[i].first; v <= ranges[i].last; v++) {
			const char *n = shape->name(v);

			if (n != NULL && strcmp(n, name) == 0) {
				*out = v;
				return true;
			}
		}
	}
	return false;
}

const char *
json_name(const struct shape *shape, int64_t v)
{
	const char *name = shape->name == NULL ? NULL : shape->name(v);
	int64_t back;

	for (size_t i = 0; i < shape->n; i++)
		if (shape->member[i].key == v && shape->member[i].name != NULL)
			name = shape->member[i].name;
	if (name == NULL || !json_number(shape, name, &back) || back != v)
		return NULL;
	return name;
}

bool
json_decimal(const char *text, int64_t *out)
{
	char back[24], *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	(void)snprintf(back, sizeof(back), "%lld", (long long)*out);
	return errno == 0 && strcmp(back, text) == 0;
}

const char *
json_word(const json_t *v)
{
	void *i;
	const char *key;

	if (!json_is_object(v))
		return NULL;
	i = json_object_iter((json_t *)(uintptr_t)v);
	key = i == NULL ? NULL : json_object_iter_key(i);
	return key != NULL && key[0] == '$' ? key : NULL;
}

/* ---- shapes ---------------------------------------------------------------
 */

const struct shape *
json_behind(const struct shape *shape)
{
	while (shape != NULL && shape->kind == S_CALL)
		shape = shape->of;
	return shape == NULL ? &shape_any : shape;
}

static const struct shape *
or_any(const struct shape *shape)
{
	return shape == NULL ? &shape_any : shape;
}

const struct shape *
json_value_shape(const struct shape *shape, const struct item *key)
{
	if (key->type != CBOR_UINT && key->type != CBOR_NINT)
		return or_any(shape->text);
	for (size_t i = 0; i < shape->n; i++)
		if (item_is(key, shape->member[i].key))
			return or_any(shape->member[i].shape);
	return or_any(shape->of);
}

const struct shape *
json_argument_shape(const struct shape *shape, int64_t code)
{
	for (size_t i = 0; i < shape->n; i++)
		if (shape->member[i].key == code)
			return or_any(shape->member[i].shape);
	return shape->name(code) != NULL ? or_any(shape->of) : &shape_any;
}

#define T(t) (1u << (t))
bool
json_fits(const struct shape *shape, const struct item *i)
{
	static const uint16_t types[] = {
	    [S_ANY] = UINT16_MAX,
	    [S_UINT] = T(CBOR_UINT),
	    [S_INT] = T(CBOR_UINT) | T(CBOR_NINT),
	    [S_BOOL] = T(CBOR_SIMPLE),
	    [S_TEXT] = T(CBOR_TSTR),
	    [S_BSTR] = T(CBOR_BSTR),
	    [S_KID] = T(CBOR_BSTR),
	    [S_TIME] =
		T(CBOR_UINT) | T(CBOR_NINT) | T(CBOR_SIMPLE) | T(CBOR_TAG),
	    [S_NAME] = T(CBOR_UINT) | T(CBOR_NINT) | T(CBOR_TSTR),
	    [S_BITS] = T(CBOR_UINT),
	    [S_INLINE] = T(CBOR_ARRAY) | T(CBOR_UINT) | T(CBOR_NINT),
	    [S_ID] = T(CBOR_ARRAY),
	    [S_MAP] = T(CBOR_MAP),
	    [S_ARRAY] = T(CBOR_ARRAY),
	    [S_LIST] = T(CBOR_ARRAY),
	    [S_WRAP] = T(CBOR_BSTR),
	    [S_OPEN] = T(CBOR_BSTR),
	    [S_TAGGED] = UINT16_MAX,
	    [S_PAIRS] = T(CBOR_ARRAY),
	    [S_ONE_OF] = T(CBOR_ARRAY) | T(CBOR_MAP),
	};

	return (types[shape->kind] >> i->type & 1) != 0;
}
#undef T

/* Does this shape read all names of an object? */
static bool
knows(const struct shape *shape, const json_t *v)
{
	json_t *o = (json_t *)(uintptr_t)v;
	int64_t n;

	if (shape->kind != S_MAP && shape->kind != S_ARRAY)
		return false;
	for (void *i = json_object_iter(o); i != NULL;
	     i = json_object_iter_next(o, i)) {
		const char *key = json_object_iter_key(i);
		bool known = shape->kind == S_MAP &&
			     (key[0] == '\'' || json_decimal(key, &n));

		for (size_t m = 0; !known && m < shape->n; m++) {
			const char *name =
			    member_name(shape, &shape->member[m]);

			known = name != NULL && strcmp(name, key) == 0;
		}
		if (!known)
			return false;
	}
	return true;
}

enum cbor_type
json_form_type(const char *word)
{
	static const struct {
		const char *word;
		enum cbor_type type;
	} words[] = {
	    {"$hex", CBOR_BSTR},
	    {"$cbor", CBOR_BSTR},
	    {"$text", CBOR_TSTR},
	    {"$badtext", CBOR_TSTR},
	    {"$map", CBOR_MAP},
	    {"$tag", CBOR_TAG},
	    {"$float", CBOR_SIMPLE},
	    {"$simple", CBOR_SIMPLE},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].type;
	return CBOR_ANY; /* none of an alternative */
}

/* May v be what stands there as CBOR type t in this shape? */
static bool
takes(const struct shape *shape, enum cbor_type t, const json_t *v)
{
	bool named = shape->kind == S_ARRAY;

	for (size_t i = 0; named && i < shape->n; i++)
		named = shape->member[i].name != NULL;
	switch (t) {
	case CBOR_UINT:
		return json_is_integer(v) && json_integer_value(v) >= 0;
	case CBOR_NINT:
		return json_is_integer(v) && json_integer_value(v) < 0;
	case CBOR_BSTR:
		return json_is_string(v) ||
		       (shape->kind == S_WRAP &&
			   (json_is_array(v) || json_is_object(v)));
	case CBOR_TSTR:
		return json_is_string(v);
	case CBOR_ARRAY:
		return (json_is_array(v) && !named) ||
		       (json_is_object(v) && named && knows(shape, v)) ||
		       (json_is_string(v) && shape->kind == S_ID);
	case CBOR_MAP:
		return json_is_object(v);
	case CBOR_SIMPLE:
		return json_is_boolean(v) || json_is_real(v);
	default:
		return false;
	}
}

const struct shape *
json_pick(const struct shape *shape, const json_t *v)
{
	/* of several types that v may stand for, the plainest */
	static const enum cbor_type order[] = {CBOR_TSTR, CBOR_MAP, CBOR_ARRAY,
	    CBOR_UINT, CBOR_NINT, CBOR_SIMPLE, CBOR_TAG, CBOR_BSTR};
	const char *word = json_word(v);

	for (size_t i = 0; shape->kind == S_ONE_OF && i < shape->n; i++)
		if (json_is_object(v) &&
		    knows(json_behind(shape->member[i].shape), v))
			return json_behind(shape->member[i].shape);
	for (size_t o = 0; shape->kind == S_EITHER && o < ARRAY_LEN(order);
	     o++) {
		for (size_t i = 0; i < shape->n; i++) {
			const struct shape *of =
			    json_behind(shape->member[i].shape);

			if (shape->member[i].key == (int64_t)order[o] &&
			    (word != NULL ? json_form_type(word) == order[o]
					  : takes(of, order[o], v)))
				return of;
		}
	}
	return NULL;
}

/* ---- floats ---------------------------------------------------------------
 */

static double
half(uint64_t bits)
{
	int e = (int)(bits >> 10 & 31);
	double m = (double)(bits & 0x3ff), v;

	if (e == 31)
		return m == 0 ? HUGE_VAL : NAN; /* the sign is not asked */
	v = e == 0 ? m : m + 1024;
	for (int i = e == 0 ? 1 : e; i < 25; i++)
		v /= 2;
	for (int i = 25; i < e; i++)
		v *= 2;
	return (bits >> 15 & 1) != 0 ? -v : v;
}

double
json_float(uint64_t bits, unsigned width)
{
	uint32_t narrow = (uint32_t)bits;
	double v;
	float f;

	if (width == 2)
		return half(bits);
	if (width == 4) {
		memcpy(&f, &narrow, sizeof(f));
		return (double)f;
	}
	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* The 16 bits of a value that a float holds, if they hold it too. */
static bool
half_bits(double v, uint64_t *bits)
{
	uint64_t wide;
	int e;

	memcpy(&wide, &v, sizeof(wide));
	e = (int)(wide >> 52 & 2047) - 1023;
	*bits = wide >> 48 & 0x8000;
	if (v == 0)
		return true;
	if (e >= -14 && e <= 15)
		*bits |= (uint64_t)(e + 15) << 10 | (wide >> 42 & 0x3ff);
	else if (e < -14 && e >= -24)
		*bits |= ((wide >> 42 & 0x3ff) | 0x400) >> (-14 - e);
	return half(*bits) == v;
}

bool
json_float_bits(double v, unsigned width, uint64_t *bits)
{
	uint32_t narrow;
	float f;

	if (width == 2)
		return half_bits(v, bits);
	if (width == 4) {
		if (v > 3.4028234663852886e38 || v < -3.4028234663852886e38)
			return false;
		f = (float)v;
		memcpy(&narrow, &f, sizeof(f));
		*bits = narrow;
		return (double)f == v;
	}
	memcpy(bits, &v, sizeof(v));
	return true;
}
