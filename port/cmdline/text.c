/* text: hex, base64url, numbers, and foreign text made safe. */
#include "cmdline.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char b64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
hex_text(char *out, size_t room, struct bytes b)
{
	size_t at = 0;

	for (size_t i = 0; i < b.n && room - at > 2; i++) {
		out[at++] = hex_digits[b.p[i] >> 4];
		out[at++] = hex_digits[b.p[i] & 15];
	}
	out[at] = 0;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
hex_read(const char *text, struct span room, struct bytes *out)
{
	size_t n = 0;

	*out = BYTES_NONE;
	for (; *text != 0; text += 2) {
		int hi = hex_value(text[0]);
		int lo = hi < 0 ? -1 : hex_value(text[1]);

		if (lo < 0)
			return ERR_TEXT;
		if (n == room.n)
			return ERR_ROOM;
		room.p[n++] = (uint8_t)(hi << 4 | lo);
	}
	*out = (struct bytes){room.p, n};
	return OK;
}

void
base64url_text(char *out, size_t room, struct bytes b)
{
	size_t at = 0;

	for (size_t i = 0; i < b.n; i += 3) {
		size_t left = b.n - i;
		size_t chars = left > 2 ? 4 : left + 1;
		uint32_t v = (uint32_t)b.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)b.p[i + 1] << 8;
		if (left > 2)
			v |= b.p[i + 2];
		if (room - at <= chars)
			break;
		for (size_t k = 0; k < chars; k++)
			out[at++] = b64_digits[v >> (18 - 6 * k) & 63];
	}
	out[at] = 0;
}

enum err
base64url_read(const char *text, struct span room, struct bytes *out)
{
	uint32_t v = 0;
	unsigned bits = 0;
	size_t n = 0;

	*out = BYTES_NONE;
	for (; *text != 0; text++) {
		const char *d = strchr(b64_digits, *text);

		if (d == NULL)
			return ERR_TEXT;
		v = v << 6 | (uint32_t)(d - b64_digits);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == room.n)
			return ERR_ROOM;
		room.p[n++] = (uint8_t)(v >> bits);
		v &= (1u << bits) - 1;
	}
	/* a lone digit, or bits that encode nothing */
	if (bits >= 6 || v != 0)
		return ERR_TEXT;
	*out = (struct bytes){room.p, n};
	return OK;
}

void
kid_short(char out[KID_SHORT], const uint8_t kid[KID_LEN])
{
	hex_text(out, KID_SHORT, (struct bytes){kid, 4});
}

enum err
number_read(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	*out = 0;
	if (*text == 0)
		return ERR_TEXT;
	for (; *text != 0; text++) {
		uint64_t d;

		if (*text < '0' || *text > '9')
			return ERR_TEXT;
		d = (uint64_t)(*text - '0');
		if (d > max || v > (max - d) / 10)
			return ERR_RANGE;
		v = v * 10 + d;
	}
	*out = v;
	return OK;
}

/* The safe form of one octet in out; answers its length. */
static size_t
safe_octet(char out[4], uint8_t c)
{
	if (c == '\\' || c == '\n' || c == '\t') {
		out[0] = '\\';
		out[1] = c == '\n' ? 'n' : c == '\t' ? 't' : '\\';
		return 2;
	}
	if (c >= 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex_digits[c >> 4];
	out[3] = hex_digits[c & 15];
	return 4;
}

const char *
safe_text(char *out, size_t room, struct bytes foreign)
{
	size_t at = 0, cut = 0;

	for (size_t i = 0; i < foreign.n; i++) {
		char one[4];
		size_t n = safe_octet(one, foreign.p[i]);

		if (n >= room - at) {
			memcpy(out + cut, "...", 3);
			at = cut + 3;
			break;
		}
		memcpy(out + at, one, n);
		at += n;
		if (room - at > 3)
			cut = at; /* the last place with room for dots */
	}
	out[at] = 0;
	return out;
}

void
safe_put(FILE *f, struct bytes foreign)
{
	for (size_t i = 0; i < foreign.n; i++) {
		char one[4];

		(void)fwrite(one, 1, safe_octet(one, foreign.p[i]), f);
	}
}

void
json_put(FILE *f, struct bytes foreign)
{
	(void)fputc('"', f);
	for (size_t i = 0; i < foreign.n; i++) {
		char one[4];
		size_t n = safe_octet(one, foreign.p[i]);

		for (size_t k = 0; k < n; k++) {
			if (one[k] == '\\' || one[k] == '"')
				(void)fputc('\\', f);
			(void)fputc(one[k], f);
		}
	}
	(void)fputc('"', f);
}

bool
text_set(char *out, size_t room, const char *s)
{
	size_t n = strlen(s) + 1;

	if (n > room)
		return false;
	memcpy(out, s, n);
	return true;
}
