/*
 * edpoint: is an Ed25519 public key one?
 *
 * OpenSSL 3.0 takes any 32 octets for a key and finds out when it verifies;
 * points of small order it never refuses.  All values here are public.
 */
#include "openssl_int.h"

#include <openssl/bn.h>
#include <string.h>

/* y of the eight points of small order, little-endian: order 4, 1, 2, 8, 8. */
static const uint8_t small_order[5][32] = {
    {0},
    {1},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76,
	0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6,
	0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89,
	0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
	0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
};

/* p = 2^255 - 19 and the curve's d, big-endian. */
static const char p_hex[] =
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
static const char d_hex[] =
    "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";

bool
edpoint_usable(const uint8_t x[32])
{
	uint8_t y[32];
	bool reduced = false;

	memcpy(y, x, 32);
	y[31] &= 0x7f; /* the top bit is the sign of x */
	/* Below p unless it is 2^255-19 .. 2^255-1. */
	if (y[31] != 0x7f || y[0] < 0xed)
		reduced = true;
	for (size_t i = 1; i < 31; i++)
		if (y[i] != 0xff)
			reduced = true;
	if (!reduced)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(small_order); i++)
		if (memcmp(y, small_order[i], 32) == 0)
			return false;
	return true;
}

/* x^2 = (y^2 - 1) / (d y^2 + 1) has a root if u v is a square.
 *                                                     [RFC 8032 5.1.3] */
bool
edpoint_exists(const uint8_t x[32])
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = NULL, *d = NULL, *u = BN_new(), *v = BN_new();
	uint8_t y[32];
	bool ok = false;

	memcpy(y, x, 32);
	y[31] &= 0x7f;
	if (ctx == NULL || u == NULL || v == NULL ||
	    BN_hex2bn(&p, p_hex) == 0 || BN_hex2bn(&d, d_hex) == 0 ||
	    BN_lebin2bn(y, 32, u) == NULL)
		goto out;
	if (BN_mod_sqr(u, u, p, ctx) != 1 || BN_mod_mul(v, u, d, p, ctx) != 1 ||
	    BN_add_word(v, 1) != 1 || BN_sub_word(u, 1) != 1 ||
	    BN_mod_mul(u, u, v, p, ctx) != 1)
		goto out;
	ok = BN_kronecker(u, p, ctx) == 1;
out:
	BN_free(v);
	BN_free(u);
	BN_free(d);
	BN_free(p);
	BN_CTX_free(ctx);
	return ok;
}
