/*
 * uuid: vendor and class identifiers from what people write.
 *                                                     [SUIT, RFC 9562 5.5]
 * SHA-1 is the standard's name function here and protects nothing.
 */
#include "cmdline.h"

#include <openssl/evp.h>
#include <string.h>

const uint8_t uuid_dns[16] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

bool
uuid_plain(const char *text, uint8_t out[16])
{
	char digits[33] = "";
	struct bytes got;
	size_t n = 0;

	if (strlen(text) != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (text[i] == '-'))
			return false;
		if (!dash)
			digits[n++] = text[i];
	}
	return hex_read(digits, (struct span){out, 16}, &got) == OK;
}

enum err
uuid_read(const char *text, const uint8_t space[16], uint8_t out[16])
{
	uint8_t named[16 + UUID_NAME_MAX], sha1[20];
	size_t n = strlen(text);

	if (uuid_plain(text, out))
		return OK;
	if (n == 0 || n > UUID_NAME_MAX)
		return ERR_RANGE;
	memcpy(named, space, 16);
	memcpy(named + 16, text, n);
	if (EVP_Digest(named, 16 + n, sha1, NULL, EVP_sha1(), NULL) != 1)
		return ERR_CRYPTO;
	memcpy(out, sha1, 16);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x50); /* version 5 */
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
	return OK;
}

void
uuid_text(char out[UUID_TEXT], const uint8_t uuid[16])
{
	char digits[33];
	size_t at = 0;

	hex_text(digits, sizeof(digits), (struct bytes){uuid, 16});
	for (size_t i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			out[at++] = '-';
		out[at++] = digits[i];
	}
	out[at] = 0;
}
