/*
 * kw: AES key wrap.                                     [RFC 3394 2.2]
 *
 * The one algorithm that is the project's own: PSA has none, and the
 * library's nist_kw is left out of most builds and takes other arguments in
 * each major version.  The block cipher under it is the library's.
 */
#include "mbedtls_int.h"

#include <string.h>

#define HALF     8
#define KW_ROUND 6

static const uint8_t check_value[HALF] = {
    0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};

/* RFC 3394 wants whole halves, two at least; the bound is the port's. */
static bool
kw_fits(size_t plain, size_t wrapped)
{
	return plain >= 16 && plain % HALF == 0 && plain <= 1024 &&
	       wrapped == plain + HALF;
}

static bool
kek_fits(size_t n)
{
	return n == 16 || n == 24 || n == 32;
}

/* block = AES(block).  ECB gives a block for each it is given. */
static psa_status_t
aes(psa_cipher_operation_t *op, uint8_t block[16])
{
	uint8_t out[16];
	size_t n = 0;
	psa_status_t s = psa_cipher_update(op, block, 16, out, 16, &n);

	if (s == PSA_SUCCESS && n != 16)
		s = PSA_ERROR_GENERIC_ERROR;
	memcpy(block, out, 16);
	wipe(out, sizeof(out));
	return s;
}

/* a ^= t, as a big-endian number; t is at most 6 * 128. */
static void
count_in(uint8_t a[HALF], size_t t)
{
	a[6] ^= (uint8_t)(t >> 8);
	a[7] ^= (uint8_t)t;
}

/* block is A || the half being worked on; r are the n halves. */
static psa_status_t
wrap(psa_cipher_operation_t *op, uint8_t block[16], uint8_t *r, size_t n)
{
	psa_status_t s = PSA_SUCCESS;

	for (size_t t = 1; t <= KW_ROUND * n && s == PSA_SUCCESS; t++) {
		uint8_t *half = r + (t - 1) % n * HALF;

		memcpy(block + HALF, half, HALF);
		s = aes(op, block);
		count_in(block, t);
		memcpy(half, block + HALF, HALF);
	}
	return s;
}

static psa_status_t
unwrap(psa_cipher_operation_t *op, uint8_t block[16], uint8_t *r, size_t n)
{
	psa_status_t s = PSA_SUCCESS;

	for (size_t t = KW_ROUND * n; t >= 1 && s == PSA_SUCCESS; t--) {
		uint8_t *half = r + (t - 1) % n * HALF;

		count_in(block, t);
		memcpy(block + HALF, half, HALF);
		s = aes(op, block);
		memcpy(half, block + HALF, HALF);
	}
	return s;
}

enum err
mbed_kw_wrap(struct bytes kek, struct bytes in, struct span out)
{
	psa_cipher_operation_t op = PSA_CIPHER_OPERATION_INIT;
	const psa_algorithm_t alg = PSA_ALG_ECB_NO_PADDING;
	uint8_t block[16];
	psa_key_id_t id = 0;
	psa_status_t s;

	if (!kek_fits(kek.n) || !kw_fits(in.n, out.n))
		return ERR_BUG;
	memmove(out.p + HALF, in.p, in.n);
	memcpy(block, check_value, HALF);
	s = mbed_import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, alg, kek, &id);
	if (s == PSA_SUCCESS)
		s = psa_cipher_encrypt_setup(&op, id, alg);
	if (s == PSA_SUCCESS)
		s = wrap(&op, block, out.p + HALF, in.n / HALF);
	(void)psa_cipher_abort(&op);
	(void)psa_destroy_key(id);
	memcpy(out.p, block, HALF);
	wipe(block, sizeof(block));
	if (s == PSA_SUCCESS)
		return OK;
	wipe(out.p, out.n);
	return mbed_err(s);
}

enum err
mbed_kw_unwrap(struct bytes kek, struct bytes in, struct span out)
{
	psa_cipher_operation_t op = PSA_CIPHER_OPERATION_INIT;
	const psa_algorithm_t alg = PSA_ALG_ECB_NO_PADDING;
	uint8_t block[16];
	psa_key_id_t id = 0;
	psa_status_t s;
	bool right;

	if (!kek_fits(kek.n))
		return ERR_BUG;
	if (!kw_fits(out.n, in.n))
		return ERR_UNDECRYPTABLE;
	memcpy(block, in.p, HALF);
	memmove(out.p, in.p + HALF, out.n);
	s = mbed_import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, alg, kek, &id);
	if (s == PSA_SUCCESS)
		s = psa_cipher_decrypt_setup(&op, id, alg);
	if (s == PSA_SUCCESS)
		s = unwrap(&op, block, out.p, out.n / HALF);
	(void)psa_cipher_abort(&op);
	(void)psa_destroy_key(id);
	right =
	    bytes_same_ct((struct bytes){block, HALF}, BYTES_OF(check_value));
	wipe(block, sizeof(block));
	if (s == PSA_SUCCESS && right)
		return OK;
	wipe(out.p, out.n);
	return s == PSA_SUCCESS ? ERR_UNDECRYPTABLE : mbed_err(s);
}
