/*
 * rats_vectors: published octets, and the key that some of them are signed
 * with.
 */
#ifndef RATS_VECTORS_H
#define RATS_VECTORS_H

#include "rats_support.h"

#define VECTOR_MAX 8192

/* test/vectors/rats/NAME; it has to be there. */
static inline struct bytes
vector(const char *name, uint8_t room[VECTOR_MAX])
{
	char path[512];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/rats/%s", VECTORS, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s is not there", path);
	n = fread(room, 1, VECTOR_MAX, f);
	(void)fclose(f);
	assert_true(n > 0 && n < VECTOR_MAX);
	return (struct bytes){room, n};
}

/* Octets of hexadecimal digits. */
static inline struct bytes
octets(const char *hex, uint8_t *room, size_t n)
{
	size_t k = 0;

	for (; hex[0] != '\0'; hex += 2) {
		char digits[3] = {hex[0], hex[1], '\0'};

		assert_true(k < n && hex[1] != '\0');
		room[k++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return (struct bytes){room, k};
}

/* The key of the published examples, under any name. */
static inline enum err
published_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	static const struct cose_key key = {KTY_EC2, CRV_P256,
	    {0x30, 0xa0, 0x42, 0x4c, 0xd2, 0x1c, 0x29, 0x44, 0x83, 0x8a, 0x2d,
		0x75, 0xc9, 0x2b, 0x37, 0xe7, 0x6e, 0xa2, 0x0d, 0x9f, 0x00,
		0x89, 0x3a, 0x3b, 0x4e, 0xee, 0x8a, 0x3c, 0x0a, 0xaf, 0xec,
		0x3e},
	    {0xe0, 0x4b, 0x65, 0xe9, 0x24, 0x56, 0xd9, 0x88, 0x8b, 0x52, 0xb3,
		0x79, 0xbd, 0xfb, 0xd5, 0x1e, 0xe8, 0x69, 0xef, 0x1f, 0x0f,
		0xc6, 0x5b, 0x66, 0x59, 0x69, 0x5b, 0x6c, 0xce, 0x08, 0x17,
		0x23}};

	(void)ctx;
	(void)kid;
	(void)alg;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	*out = key;
	return OK;
}

#define PUBLISHED_RING ((struct keyring){NULL, published_key})
/* Most of the published validities hold then: the autumn of 2025. */
#define PUBLISHED_NOW 1760000000u

#endif
