/*
 * kid: a key id as people and file names see it.              [RFC 4648 5]
 */
#include <tamarind/eat.h>

void
kid_text(const uint8_t kid[KID_LEN], char out[KID_TEXT])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	uint32_t bits = 0;
	unsigned have = 0;
	size_t at = 0;

	for (size_t i = 0; i < KID_LEN; i++) {
		bits = bits << 8 | kid[i];
		for (have += 8; have >= 6; have -= 6)
			out[at++] = digits[bits >> (have - 6) & 63];
	}
	out[at++] = digits[bits << (6 - have) & 63];
	out[at] = '\0';
}
