/*
 * utf8: is this text UTF-8?                                   [RFC 3629 4]
 */
#include "cbor_int.h"

bool
cbor_utf8(struct bytes text)
{
	const uint8_t *p = text.p;
	size_t n = text.n, at = 0;

	while (at < n) {
		uint8_t c = p[at++];
		size_t more;
		uint8_t lo = 0x80, hi = 0xbf; /* of the second octet */

		if (c < 0x80)
			continue;
		if (c < 0xc2 || c > 0xf4)
			return false;
		more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
		if (more > n - at)
			return false;
		switch (c) {
		case 0xe0: /* else overlong */
			lo = 0xa0;
			break;
		case 0xed: /* else a surrogate */
			hi = 0x9f;
			break;
		case 0xf0: /* else overlong */
			lo = 0x90;
			break;
		case 0xf4: /* else above U+10FFFF */
			hi = 0x8f;
			break;
		}
		if (p[at] < lo || p[at] > hi)
			return false;
		while (--more > 0)
			if ((p[++at] & 0xc0) != 0x80)
				return false;
		at++;
	}
	return true;
}
