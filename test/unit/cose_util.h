/*
 * cose_util: files, keys and a ring for the tests of COSE and its ports.
 */
#ifndef COSE_UTIL_H
#define COSE_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto_port.h"
#include <tamarind/cose.h>

#define FILE_MAX 4096

/* The content of a file of test/vectors/cose; fails the test if absent. */
static inline struct bytes
vector(const char *name, uint8_t room[FILE_MAX])
{
	char path[512];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/cose/%s", VECTORS, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("cannot open %s", path);
	n = fread(room, 1, FILE_MAX, f);
	assert_true(n > 0 && n < FILE_MAX);
	(void)fclose(f);
	return (struct bytes){room, n};
}

/* Whether the port can use it or not. */
static inline struct cose_key
public_key(const char *name)
{
	uint8_t room[FILE_MAX];
	struct cose_key k;

	assert_int_equal(test_public_raw(vector(name, room), &k), OK);
	return k;
}

/* The signer of NAME.priv.pem.  Where the port lacks Ed25519 it must have
 * refused the file, and the signer is one beyond it. */
static inline struct signer
signer_key(const char *name)
{
	uint8_t room[FILE_MAX];
	struct cose_key k;
	struct signer s;
	char pub[64];
	enum err e = test_signer_load(vector(name, room), &s);

	if (e == OK)
		return s;
	assert_int_equal(e, ERR_COSE_ALG);
	assert_false(has_ed25519());
	(void)snprintf(pub, sizeof(pub), "%.*s.pub.pem",
	    (int)(strlen(name) - strlen(".priv.pem")), name);
	k = public_key(pub);
	assert_int_equal(test_signer_beyond(&k, &s), OK);
	return s;
}

static inline struct agreer
agreer_key(const char *name)
{
	uint8_t room[FILE_MAX];
	struct agreer a;

	assert_int_equal(test_agreer_load(vector(name, room), &a), OK);
	return a;
}

static inline struct cose_key
public_of_signer(const char *name)
{
	uint8_t room[FILE_MAX];
	struct cose_key k;

	assert_int_equal(test_private_public(vector(name, room), &k), OK);
	return k;
}

/* A ring of a few keys, named by thumbprint and, if set, by alias. */
struct ring {
	struct cose_key key[4];
	struct bytes alias[4];
	size_t n;
	bool need_kid; /* an empty kid finds nothing */
};

static inline enum err
ring_find(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct ring *r = ctx;

	for (size_t i = 0; i < r->n; i++) {
		uint8_t tp[KID_LEN];
		bool hit;

		assert_int_equal(
		    cose_key_thumbprint(test_crypto(), &r->key[i], tp), OK);
		hit = kid.n == 0
			  ? !r->need_kid && cose_key_alg(&r->key[i]) == alg
			  : bytes_same(kid, BYTES_OF(tp)) ||
				bytes_same(kid, r->alias[i]);
		if (hit && nth-- == 0) {
			*out = r->key[i];
			return OK;
		}
	}
	return ERR_UNKNOWN_KEY;
}

static inline struct keyring
ring_of(struct ring *r)
{
	return (struct keyring){r, ring_find};
}

/* Octets from hex digits; blanks are passed over. */
static inline struct bytes
hex(const char *s, uint8_t *room)
{
	size_t n = 0;
	unsigned v;

	while (*s != '\0') {
		if (*s == ' ') {
			s++;
			continue;
		}
		assert_int_equal(sscanf(s, "%2x", &v), 1);
		room[n++] = (uint8_t)v;
		s += 2;
	}
	return (struct bytes){room, n};
}

#define assert_bytes(a, b)                                     \
	do {                                                   \
		struct bytes a_ = (a), b_ = (b);               \
		assert_int_equal(a_.n, b_.n);                  \
		if (a_.n > 0)                                  \
			assert_memory_equal(a_.p, b_.p, a_.n); \
	} while (0)

/* Every octet of an object is zero: results are empty on error. */
#define assert_zeroed(o)                                                  \
	do {                                                              \
		for (size_t i_ = 0; i_ < sizeof(o); i_++)                 \
			assert_int_equal(((const uint8_t *)&(o))[i_], 0); \
	} while (0)

#endif
