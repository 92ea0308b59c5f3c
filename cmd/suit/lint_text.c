/*
 * lint_text: characters that do more than stand there: they end lines, turn
 * the direction of what follows, or are not seen at all.
 *                                                  [SUIT UM 3.3, 3.4, 4.6]
 *
 * What the draft allows are letters, marks, numbers, punctuation, symbols and
 * blanks (categories L, M, N, P, S, Zs).  Below is all the rest but what no
 * version of Unicode has assigned yet, which the next one may.
 */
#include "lint.h"

static const uint32_t range[][2] = {{0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad},
    {0x600, 0x605}, {0x61c, 0x61c}, {0x6dd, 0x6dd}, {0x70f, 0x70f},
    {0x890, 0x891}, {0x8e2, 0x8e2}, {0x180e, 0x180e}, {0x200b, 0x200f},
    {0x2028, 0x202e}, {0x2060, 0x2064}, {0x2066, 0x206f}, {0xd800, 0xf8ff},
    {0xfdd0, 0xfdef}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xfffe, 0xffff},
    {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe0001},
    {0xe0020, 0xe007f}, {0xf0000, 0x10ffff}};

/* The character that begins at p, in text that is UTF-8; *at passes it. */
static uint32_t
next_character(struct bytes text, size_t *at)
{
	uint8_t c = text.p[(*at)++];
	uint32_t v;

	if (c < 0x80)
		return c;
	for (v = c & (c < 0xe0      ? 0x1f
			 : c < 0xf0 ? 0x0f
				    : 0x07);
	     *at < text.n && (text.p[*at] & 0xc0) == 0x80; (*at)++)
		v = v << 6 | (text.p[*at] & 0x3f);
	return v;
}

static bool
stands_there(uint32_t c)
{
	if ((c & 0xfffe) == 0xfffe) /* the last two of each plane are none */
		return false;
	for (size_t i = 0; i < ARRAY_LEN(range); i++)
		if (c >= range[i][0] && c <= range[i][1])
			return false;
	return true;
}

const struct item *
lint_text(const struct item *i, uint32_t *c)
{
	const struct item *found = NULL;

	if (i == NULL)
		return NULL;
	for (size_t at = 0; i->type == CBOR_TSTR && at < i->text.n;) {
		*c = next_character(i->text, &at);
		if (!stands_there(*c))
			return i;
	}
	for (const struct item *k = i->first; k != NULL && found == NULL;
	     k = k->next)
		found = lint_text(k, c);
	return found;
}
