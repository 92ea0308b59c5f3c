/*
 * diag: print an item in diagnostic notation.                [RFC 8949 8]
 *
 * For people who look at what strangers sent: nothing but printable ASCII
 * leaves here, so that no text can drive a terminal or pretend to be other
 * text.  Whatever is printed was checked before; the printer itself does not
 * recurse.
 */
#include "cbor_int.h"

/* Byte strings within byte strings that are opened; deeper ones are hex. */
#define EMBED_MAX  8
#define LEVELS_MAX ((CBOR_DEPTH_MAX + 1) * (EMBED_MAX + 1))

struct level {
	size_t left; /* items still to come */
	bool map;
	bool value; /* maps: the next item is a value */
	bool first; /* nothing was printed yet */
	const char *close;
};

struct printer {
	struct span room;
	size_t at;
	bool cut;
	bool embed;
	unsigned embedded; /* levels that are opened byte strings */
	size_t depth;
	struct level level[LEVELS_MAX];
};

/* A float of each width: bits of its fraction. */
static const uint8_t fraction_bits[] = {10, 23, 52};

static void
put(struct printer *o, char c)
{
	if (o->at + 1 < o->room.n)
		o->room.p[o->at++] = (uint8_t)c;
	else
		o->cut = true;
}

static void
put_str(struct printer *o, const char *s)
{
	while (*s != '\0')
		put(o, *s++);
}

/* The last digits of v, most significant first. */
static void
put_hex(struct printer *o, uint64_t v, unsigned digits)
{
	while (digits-- > 0)
		put(o, "0123456789abcdef"[v >> (4 * digits) & 15]);
}

static void
put_dec(struct printer *o, uint64_t v)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	while (n > 0)
		put(o, digits[--n]);
}

static void
put_nint(struct printer *o, uint64_t arg)
{
	put(o, '-');
	if (arg == UINT64_MAX)
		put_str(o, "18446744073709551616");
	else
		put_dec(o, arg + 1);
}

static void
put_unit(struct printer *o, uint32_t unit)
{
	put_str(o, "\\u");
	put_hex(o, unit, 4);
}

/* One character of checked UTF-8; answers its octets. */
static size_t
put_char(struct printer *o, const uint8_t *p)
{
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? *p : *p & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	if (c == '"' || c == '\\') {
		put(o, '\\');
		put(o, (char)c);
	} else if (c >= 0x20 && c < 0x7f) {
		put(o, (char)c);
	} else if (c <= 0xffff) {
		put_unit(o, c);
	} else { /* a surrogate pair, as in JSON */
		put_unit(o, 0xd800 | (c - 0x10000) >> 10);
		put_unit(o, 0xdc00 | (c & 0x3ff));
	}
	return n;
}

static void
put_text(struct printer *o, struct bytes b)
{
	put(o, '"');
	for (size_t i = 0; i < b.n && !o->cut;)
		i += put_char(o, b.p + i);
	put(o, '"');
}

static void
put_octets(struct printer *o, struct bytes b)
{
	put_str(o, "h'");
	for (size_t i = 0; i < b.n && !o->cut; i++)
		put_hex(o, b.p[i], 2);
	put(o, '\'');
}

/*
 * A float of 16 << width bits, width 0..2.  The hexadecimal form is exact
 * and takes no arithmetic on floats, which no format here needs.
 */
static void
put_float(struct printer *o, uint64_t bits, unsigned width)
{
	unsigned frac_n = fraction_bits[width];
	unsigned exp_n = (16u << width) - 1 - frac_n;
	int top = (1 << exp_n) - 1;
	int e = (int)(bits >> frac_n & (unsigned)top);
	uint64_t frac = bits & ((UINT64_C(1) << frac_n) - 1);
	int power = (e == 0 ? 1 : e) - top / 2;

	bool negative = (bits >> (frac_n + exp_n)) != 0;

	if (negative && !(e == top && frac != 0))
		put(o, '-');
	if (e == top) {
		put_str(o, frac != 0 ? "NaN" : "Infinity");
	} else {
		put_str(o, e == 0 ? "0x0." : "0x1.");
		/* Whole hexadecimal digits: 12, 24 or 52 bits. */
		put_hex(o, frac << (-frac_n & 3), (frac_n + 3) / 4);
		put_str(o, power < 0 ? "p-" : "p+");
		put_dec(o, (uint64_t)(power < 0 ? -power : power));
	}
	put(o, '_');
	put_dec(o, width + 1);
}

static void
put_simple(struct printer *o, const struct cbor_head *h)
{
	static const char *const name[] = {
	    "false", "true", "null", "undefined"};

	if (h->first >= 0xf9) {
		put_float(o, h->arg, h->first - 0xf9u);
	} else if (h->arg >= 20 && h->arg <= 23) {
		put_str(o, name[h->arg - 20]);
	} else {
		put_str(o, "simple(");
		put_dec(o, h->arg);
		put(o, ')');
	}
}

static void
open_level(struct printer *o, size_t items, const char *open, const char *close)
{
	put_str(o, open);
	o->level[o->depth++] = (struct level){
	    .left = items, .map = *open == '{', .first = true, .close = close};
}

/* Is there one item in b that can be shown? */
static bool
opens(const struct printer *o, struct bytes b)
{
	size_t at;

	return o->embed && o->embedded < EMBED_MAX && cbor_check(b, &at) == OK;
}

/* Print the item with the head h up to the first item inside it, if any;
 * answers the offset from which to go on. */
static size_t
put_item(struct printer *o, struct bytes in, const struct cbor_head *h)
{
	struct bytes b = {in.p + h->next, (size_t)h->arg};

	switch ((enum cbor_type)h->type) {
	case CBOR_UINT:
		put_dec(o, h->arg);
		break;
	case CBOR_NINT:
		put_nint(o, h->arg);
		break;
	case CBOR_BSTR:
		if (opens(o, b)) {
			o->embedded++;
			open_level(o, 1, "<<", ">>");
			break;
		}
		put_octets(o, b);
		return h->next + b.n;
	case CBOR_TSTR:
		put_text(o, b);
		return h->next + b.n;
	case CBOR_ARRAY:
		open_level(o, b.n, "[", "]");
		break;
	case CBOR_MAP:
		open_level(o, 2 * b.n, "{", "}");
		break;
	case CBOR_TAG:
		put_dec(o, h->arg);
		open_level(o, 1, "(", ")");
		break;
	default:
		put_simple(o, h);
		break;
	}
	return h->next;
}

/* Close what has nothing left in it; false when that was everything. */
static bool
end_item(struct printer *o)
{
	while (o->depth > 0) {
		struct level *l = &o->level[o->depth - 1];

		if (l->left > 0)
			return true;
		put_str(o, l->close);
		o->embedded -= *l->close == '>';
		o->depth--;
	}
	return false;
}

/* What stands before the next item. */
static void
begin_item(struct printer *o)
{
	struct level *l;

	if (o->depth == 0)
		return;
	l = &o->level[o->depth - 1];
	if (!l->first)
		put_str(o, l->value ? ": " : ", ");
	l->first = false;
	l->value = l->map && !l->value;
	l->left--;
}

enum err
cbor_diag(struct bytes in, bool embed, struct span room)
{
	struct printer o = {.room = room, .embed = embed};
	size_t at = 0, end;
	enum err e = cbor_check(in, &end);

	while (at < end && !o.cut) {
		struct cbor_head h;

		TRY(cbor_head(&in, at, &h)); /* cannot fail before end */
		begin_item(&o);
		at = put_item(&o, in, &h);
		if (!end_item(&o))
			break;
	}
	if (room.n == 0)
		return e;
	for (size_t i = 0; o.cut && i < 3 && i < o.at; i++)
		room.p[o.at - 1 - i] = '.';
	room.p[o.at] = '\0';
	return e;
}
