/*
 * utf8: is this text UTF-8?                                   [RFC 3629 4]
 */
#include "cbor_int.h"
#include <string.h>

/* Octets from at on that are plain ASCII, four at a time: most text is
 * nothing else. */
static size_t
skip_ascii(const uint8_t *p, size_t n, size_t at)
{
	uint32_t four;

	for (; n - at >= sizeof(four); at += sizeof(four)) {
		memcpy(&four, p + at, sizeof(four));
		if ((four & 0x80808080) != 0)
			break;
	}
	return at;
}

bool
cbor_utf8(struct bytes text)
{
	const uint8_t *p = text.p;
	size_t n = text.n, at = skip_ascii(p, n, 0);

	while (at < n) {
		uint8_t c = p[at++];
		size_t more;
		uint8_t lo, hi; /* bounds of the second octet */

		if (c < 0x80)
			continue;
		if (c < 0xc2 || c > 0xf4)
			return false;
		more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
		if (more > n - at)
			return false;
		/* Else overlong, a surrogate, or above U+10FFFF. */
		lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
		hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
		if (p[at] < lo || p[at] > hi)
			return false;
		while (--more > 0)
			if ((p[++at] & 0xc0) != 0x80)
				return false;
		at++;
	}
	return true;
}
