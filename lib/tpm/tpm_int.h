/*
 * tpm_int: the reader of a TPM's and of the firmware's structures.
 *
 * Sticky like cbor's: after the first fault every getter answers nothing.
 */
#ifndef TAMARIND_TPM_INT_H
#define TAMARIND_TPM_INT_H

#include <tamarind/tpm.h>

struct tpm_in {
	struct bytes in;
	size_t at;
	enum err err;
	bool little; /* the event log; a TPM speaks big-endian */
};

struct tpm_in tpm_open(struct bytes in, bool little);
void tpm_fail(struct tpm_in *r, enum err e);
uint8_t tpm_u8(struct tpm_in *r);
uint16_t tpm_u16(struct tpm_in *r);
uint32_t tpm_u32(struct tpm_in *r);
uint64_t tpm_u64(struct tpm_in *r);
/* n octets; none after a fault. */
struct bytes tpm_take(struct tpm_in *r, size_t n);
/* TPM2B: a length of 16 bits, at most max, and that many octets. */
struct bytes tpm_2b(struct tpm_in *r, size_t max);
/* A number that must be this one. */
void tpm_want16(struct tpm_in *r, uint16_t v, enum err otherwise);
/* The first fault, told as one of `what`; ERR_TRAILING if something is left.
 */
MUST_CHECK enum err tpm_close(
    struct tpm_in *r, const char *what, struct why *why);

#endif
