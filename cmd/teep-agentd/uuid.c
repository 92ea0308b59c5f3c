/*
 * uuid: vendor and class identifiers from text.   [SUIT manifest, UUIDs]
 *
 * A vendor is a UUID or the name-based one of its domain, a class is a UUID
 * or the name-based one of a word of that vendor.  SHA-1 serves as the
 * standard's name function here and protects nothing.
 */
#include "agentd.h"

#include <openssl/evp.h>
#include <string.h>

const uint8_t uuid_dns[16] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

/* 8-4-4-4-12 hex digits. */
static bool
plain(const char *text, uint8_t out[16])
{
	char digits[33];
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
	digits[n] = 0;
	return hex_read(digits, (struct span){out, 16}, &got) == OK;
}

enum err
uuid_read(const char *text, const uint8_t space[16], uint8_t out[16])
{
	uint8_t sha1[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx;
	bool ok;

	if (plain(text, out))
		return OK;
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1 &&
	     EVP_DigestUpdate(ctx, space, 16) == 1 &&
	     EVP_DigestUpdate(ctx, text, strlen(text)) == 1 &&
	     EVP_DigestFinal_ex(ctx, sha1, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return ERR_CRYPTO;
	memcpy(out, sha1, 16);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x50); /* version 5 */
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
	return OK;
}
