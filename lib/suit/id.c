/*
 * id: component identifiers: check, compare, text form.
 *                      [SUIT SUIT_Component_Identifier, evidence.md 6] */
#include "suit_int.h"

#include <string.h>

static const char upper_hex[] = "0123456789ABCDEF";

enum err
suit_id_check(struct bytes raw)
{
	struct cbor_in r = cbor_open(raw);
	size_t n = cbor_array_any(&r, 0, SUIT_SEGMENTS_MAX);

	for (size_t i = 0; i < n; i++)
		(void)cbor_bstr(&r, 1, SUIT_ID_MAX);
	if (raw.n > SUIT_ID_MAX)
		cbor_fail(&r, ERR_RANGE);
	return cbor_close(&r);
}

bool
suit_id_under(struct bytes id, struct bytes prefix)
{
	struct cbor_in a = cbor_open(id), b = cbor_open(prefix);
	size_t have = cbor_array_any(&a, 0, SUIT_SEGMENTS_MAX);
	size_t want = cbor_array_any(&b, 0, SUIT_SEGMENTS_MAX);

	if (a.err != OK || b.err != OK || want > have)
		return false;
	for (size_t i = 0; i < want; i++)
		if (!bytes_same(cbor_bstr(&a, 0, SUIT_ID_MAX),
			cbor_bstr(&b, 0, SUIT_ID_MAX)))
			return false;
	return a.err == OK && cbor_close(&b) == OK;
}

/* Octets that stand for themselves. */
static bool
plain(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

enum err
suit_id_text(struct bytes raw, char out[SUIT_ID_TEXT])
{
	struct cbor_in r = cbor_open(raw);
	size_t n, at = 0;

	out[0] = 0;
	TRY(suit_id_check(raw));
	n = cbor_array_any(&r, 0, SUIT_SEGMENTS_MAX);
	if (n == 0)
		out[at++] = '/';
	/* 255 octets at most, so three characters each fit with the NUL */
	for (size_t i = 0; i < n; i++) {
		struct bytes seg = cbor_bstr(&r, 1, SUIT_ID_MAX);

		if (i > 0)
			out[at++] = '/';
		for (size_t k = 0; k < seg.n; k++) {
			uint8_t c = seg.p[k];

			if (plain(c)) {
				out[at++] = (char)c;
				continue;
			}
			out[at++] = '%';
			out[at++] = upper_hex[c >> 4];
			out[at++] = upper_hex[c & 15];
		}
	}
	out[at] = 0;
	return cbor_close(&r);
}

static int
hex_value(char c)
{
	const char *d = c == 0 ? NULL : strchr(upper_hex, c);

	return d == NULL ? -1 : (int)(d - upper_hex);
}

/* One segment up to '/' or the end.  Each identifier has one text form: what
 * may stand for itself must, and hex is upper-case. */
static enum err
segment_read(const char **text, uint8_t seg[SUIT_ID_MAX], size_t *n)
{
	const char *s = *text;

	for (*n = 0; *s != 0 && *s != '/'; s++) {
		uint8_t c = (uint8_t)*s;

		if (c == '%') {
			int hi = hex_value(s[1]);
			int lo = hi < 0 ? -1 : hex_value(s[2]);

			if (lo < 0)
				return ERR_TEXT;
			c = (uint8_t)(hi << 4 | lo);
			if (plain(c))
				return ERR_TEXT;
			s += 2;
		} else if (!plain(c)) {
			return ERR_TEXT;
		}
		if (*n == SUIT_ID_MAX)
			return ERR_RANGE;
		seg[(*n)++] = c;
	}
	*text = s;
	return *n > 0 ? OK : ERR_TEXT;
}

enum err
suit_id_from_text(const char *text, struct span room, struct bytes *out)
{
	struct cbor_out w = cbor_into(room);
	uint8_t seg[SUIT_ID_MAX];
	size_t segments = 1, n;
	struct bytes id;

	*out = BYTES_NONE;
	for (const char *s = text; *s != 0; s++)
		segments += *s == '/';
	if (strcmp(text, "/") == 0)
		segments = 0;
	if (segments > SUIT_SEGMENTS_MAX)
		return ERR_RANGE;
	cbor_put_array(&w, segments);
	for (size_t i = 0; i < segments; i++) {
		TRY(segment_read(&text, seg, &n));
		cbor_put_bstr(&w, (struct bytes){seg, n});
		text += *text == '/';
	}
	TRY(cbor_done(&w, &id));
	TRY(suit_id_check(id));
	*out = id;
	return OK;
}
