/*
 * tpm_make: what a TPM and a firmware would have written, for the tests.
 */
#ifndef TPM_MAKE_H
#define TPM_MAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tamarind/tpm.h>

/* Octets under construction. */
struct tpm_out {
	uint8_t p[8192];
	size_t n;
	bool little;
};

static inline struct bytes
made(const struct tpm_out *o)
{
	return (struct bytes){o->p, o->n};
}

static inline void
put(struct tpm_out *o, struct bytes b)
{
	assert_true(b.n <= sizeof(o->p) - o->n);
	if (b.n > 0)
		memcpy(o->p + o->n, b.p, b.n);
	o->n += b.n;
}

static inline void
put_n(struct tpm_out *o, size_t octets, uint64_t v)
{
	uint8_t b[8];

	for (size_t i = 0; i < octets; i++)
		b[o->little ? i : octets - 1 - i] = (uint8_t)(v >> 8 * i);
	put(o, (struct bytes){b, octets});
}

static inline void
put_2b(struct tpm_out *o, struct bytes b)
{
	put_n(o, 2, b.n);
	put(o, b);
}

/* ---- a quote ------------------------------------------------------------- */

struct quote_parts {
	uint32_t magic, pcrs;
	uint16_t type, bank;
	struct bytes extra, digest;
};

static inline void
quote_make(struct tpm_out *o, const struct quote_parts *q)
{
	static const uint8_t signer[TPM_NAME_LEN] = {0, TPM_SHA256};

	*o = (struct tpm_out){0};
	put_n(o, 4, q->magic);
	put_n(o, 2, q->type);
	put_2b(o, BYTES_OF(signer));
	put_2b(o, q->extra);
	put_n(o, 8, 123456);
	put_n(o, 4, 3);
	put_n(o, 4, 1);
	put_n(o, 1, 1);
	put_n(o, 8, 0x2020);
	put_n(o, 4, 1);
	put_n(o, 2, q->bank);
	put_n(o, 1, 3);
	for (size_t i = 0; i < 3; i++)
		put_n(o, 1, q->pcrs >> 8 * i & 0xff);
	put_2b(o, q->digest);
}

static inline void
signature_make(struct tpm_out *o, const uint8_t sig[SIG_LEN])
{
	*o = (struct tpm_out){0};
	put_n(o, 2, TPM_ECDSA);
	put_n(o, 2, TPM_SHA256);
	put_2b(o, (struct bytes){sig, 32});
	put_2b(o, (struct bytes){sig + 32, 32});
}

/* ---- a key --------------------------------------------------------------- */

#define AK_ATTRIBUTES                                              \
	((uint32_t)TPM_FIXED_TPM | TPM_FIXED_PARENT | TPM_ORIGIN | \
	    TPM_USER_AUTH | TPM_RESTRICTED | TPM_SIGN)

static inline void
public_make(struct tpm_out *o, uint32_t attributes, uint16_t hash,
    const struct cose_key *k)
{
	*o = (struct tpm_out){0};
	put_n(o, 2, TPM_ECC);
	put_n(o, 2, TPM_SHA256);
	put_n(o, 4, attributes);
	put_2b(o, BYTES_NONE);
	put_n(o, 2, TPM_NULL);
	put_n(o, 2, TPM_ECDSA);
	put_n(o, 2, hash);
	put_n(o, 2, 3);
	put_n(o, 2, TPM_NULL);
	put_2b(o, BYTES_OF(k->x));
	put_2b(o, BYTES_OF(k->y));
}

/* ---- an event log -------------------------------------------------------- */

static inline void
log_begin(struct tpm_out *o)
{
	static const uint8_t zero[20];

	*o = (struct tpm_out){.little = true};
	put_n(o, 4, 0);
	put_n(o, 4, 3);
	put(o, BYTES_OF(zero));
	put_n(o, 4, 16 + 4 + 4 + 4 + 2 * 4 + 1);
	put(o, (struct bytes){(const uint8_t *)"Spec ID Event03", 16});
	put_n(o, 4, 0);
	put_n(o, 4, 0x02000202);
	put_n(o, 4, 2);
	put_n(o, 2, 4); /* SHA-1 */
	put_n(o, 2, 20);
	put_n(o, 2, TPM_SHA256);
	put_n(o, 2, 32);
	put_n(o, 1, 0);
}

static inline void
log_put(struct tpm_out *o, uint32_t pcr, uint32_t type, struct bytes digest,
    struct bytes data)
{
	static const uint8_t zero[20];

	put_n(o, 4, pcr);
	put_n(o, 4, type);
	put_n(o, 4, 2);
	put_n(o, 2, 4);
	put(o, BYTES_OF(zero));
	put_n(o, 2, TPM_SHA256);
	put(o, digest);
	put_n(o, 4, data.n);
	put(o, data);
}

/* An event whose digest is that of its data. */
static inline void
log_add(struct tpm_out *o, const struct crypto *c, uint32_t pcr, uint32_t type,
    struct bytes data)
{
	uint8_t digest[DIGEST_LEN];

	assert_int_equal(c->sha256(&data, 1, digest), OK);
	log_put(o, pcr, type, BYTES_OF(digest), data);
}

#endif
