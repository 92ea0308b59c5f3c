/*
 * show_leaf: the walk: items that are one line.
 */
#include "show_int.h"

#include <string.h>
#include <tamarind/suit.h>
#include <time.h>

bool
show_failed(struct show *s, const struct cbor_in *r)
{
	if (r->err == OK)
		return false;
	show_fault(s, r->err, NULL, r->in.p + r->err_at);
	return true;
}

/* Numbers, simple values, and whatever has no line form of its own. */
void
leaf_scalar(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = here(r);
	struct bytes raw = cbor_raw(r, CBOR_ANY);

	if (show_failed(s, r))
		return;
	line_begin(s, l, p);
	put_diag(s, raw);
	line_end(s);
}

void
leaf_text(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = here(r);
	struct bytes b = cbor_tstr(r, 0, LEN_ANY);

	if (show_failed(s, r))
		return;
	line_begin(s, l, p);
	put_foreign(s, b);
	line_end(s);
}

/* Octets; those that make a name of their own are shown as text as well. */
void
leaf_octets(struct show *s, struct cbor_in *r, const struct label *l, bool kid)
{
	const uint8_t *p = here(r);
	struct bytes b = cbor_bstr(r, 0, LEN_ANY);
	bool text = b.n > 0 && b.n != KID_LEN && kid;

	if (show_failed(s, r))
		return;
	for (size_t i = 0; i < b.n; i++)
		text = text && b.p[i] >= 0x20 && b.p[i] < 0x7f;
	line_begin(s, l, p);
	if (kid)
		put_kid(s, b);
	else
		put_hex(s, b);
	if (text) {
		put(s, " ");
		put_foreign(s, b);
	}
	line_end(s);
}

void
leaf_time(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = here(r);
	struct bytes raw = cbor_raw(r, CBOR_ANY);
	struct cbor_in in = cbor_open(raw);
	char text[40];
	struct tm tm;
	int64_t v;
	time_t t;

	if (show_failed(s, r))
		return;
	(void)cbor_tag_if(&in, 1);
	v = cbor_int(&in, INT64_MIN, INT64_MAX);
	t = (time_t)v;
	line_begin(s, l, p);
	/* fractions and years of more than four digits stay numbers */
	if (cbor_close(&in) == OK && v <= INT64_C(253402300799) &&
	    v >= INT64_C(-62135596800) && gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		put(s, "%s (%lld)", text, (long long)v);
	else
		put_diag(s, raw);
	line_end(s);
}

static void
put_named(struct show *s, int64_t v, const char *(*name)(int64_t))
{
	const char *n = name == NULL ? NULL : name(v);

	if (n != NULL)
		put(s, "%s (%lld)", n, (long long)v);
	else
		put(s, "%lld", (long long)v);
}

void
leaf_name(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	int64_t v;

	if (cbor_peek(r) == CBOR_TSTR) {
		leaf_text(s, r, l);
		return;
	}
	v = cbor_int(r, INT64_MIN, INT64_MAX);
	if (show_failed(s, r))
		return;
	line_begin(s, l, p);
	put_named(s, v, shape->name);
	line_end(s);
}

void
leaf_bits(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	uint64_t v = cbor_uint(r, 0, UINT64_MAX), left = v;

	if (show_failed(s, r))
		return;
	line_begin(s, l, p);
	put(s, "%llu", (unsigned long long)v);
	for (size_t i = 0; i < shape->n; i++) {
		uint64_t bit = (uint64_t)shape->member[i].key;

		if ((v & bit) == 0)
			continue;
		put(s, "%s%s", left == v ? " = " : " | ",
		    shape->member[i].name);
		left &= ~bit;
	}
	if (left != 0 && left != v)
		put(s, " | %llu", (unsigned long long)left);
	line_end(s);
}

/* Arrays of arrays of numbers in one line; r holds what was checked. */
static void
put_inline(struct show *s, struct cbor_in *r, const struct shape *shape)
{
	const uint8_t *p = here(r);
	size_t n;

	switch (cbor_peek(r)) {
	case CBOR_UINT:
	case CBOR_NINT:
		put_named(s, cbor_int(r, INT64_MIN, INT64_MAX), shape->name);
		break;
	case CBOR_ARRAY:
		n = cbor_array_any(r, 0, LEN_ANY);
		put(s, "[");
		for (size_t i = 0; i < n && r->err == OK; i++) {
			if (i > 0)
				put(s, ", ");
			put_inline(s, r, shape);
		}
		put(s, "]");
		break;
	default:
		(void)cbor_raw(r, CBOR_ANY);
		if (r->err == OK)
			put_diag(s, (struct bytes){p, (size_t)(here(r) - p)});
		break;
	}
}

void
leaf_inline(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	struct bytes raw = cbor_raw(r, CBOR_ANY);
	struct cbor_in in = cbor_open(raw);

	if (show_failed(s, r))
		return;
	line_begin(s, l, p);
	put_inline(s, &in, shape);
	line_end(s);
	(void)show_failed(s, &in); /* a number beyond 64 bits with sign */
}

void
leaf_id(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = here(r);
	struct bytes raw = cbor_raw(r, CBOR_ARRAY);
	char text[SUIT_ID_TEXT];

	if (show_failed(s, r))
		return;
	line_begin(s, l, p);
	if (suit_id_text(raw, text) == OK)
		put(s, "%.500s%s", text, strlen(text) > 500 ? "..." : "");
	else
		put_diag(s, raw);
	line_end(s);
}
