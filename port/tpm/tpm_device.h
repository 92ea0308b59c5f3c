/*
 * tpm_device: the few commands of a TPM 2.0 that an attester needs.
 *                                                   [TPM 2.0 part 3]
 *
 * Over a character device (/dev/tpmrm0) or the Unix socket of an emulator
 * that speaks the same octets.  No library: the launcher is one static file,
 * and what it says to a TPM is a dozen commands.  Authorisation values are
 * empty; no session is encrypted: who sits on the bus is not kept out, see
 * docs/threats.md.
 *
 * All functions: ERR_NET: the TPM is gone or late.  ERR_CRYPTO: it refused;
 * why->found_n is its code.  ERR_TRUNCATED and the like: its answer cannot be
 * read.
 */
#ifndef TPM_DEVICE_H
#define TPM_DEVICE_H

#include <tamarind/tpm.h>

#define TPM_DEVICE_DEFAULT "/dev/tpmrm0"
#define TPM_ROOM           4096
#define TPM_CERT_MAX       2048
#define TPM_SECRET_MAX     32

struct tpm_device {
	int fd;                 /* -1: closed */
	uint8_t room[TPM_ROOM]; /* the command */
	uint8_t back[TPM_ROOM]; /* its answer */
};

/* As whoever may; afterwards only the descriptor is needed. */
MUST_CHECK enum err tpm_device_open(
    struct tpm_device *t, const char *path, struct why *why);
void tpm_device_close(struct tpm_device *t);

/* The TCG's templates L-1 and L-2: RSA 2048, P-256.  A TPM has one or both;
 * its maker certified one. */
enum tpm_ek { TPM_EK_RSA, TPM_EK_ECC };

/* Make the attestation key, always the same of one TPM, or one of its
 * endorsement keys.  *public views t->back until the next
 * command: TPMT_PUBLIC. */
MUST_CHECK enum err tpm_device_ak(struct tpm_device *t, uint32_t *handle,
    struct bytes *public, struct why *why);
MUST_CHECK enum err tpm_device_ek(struct tpm_device *t, enum tpm_ek kind,
    uint32_t *handle, struct bytes *public, struct why *why);
MUST_CHECK enum err tpm_device_flush(
    struct tpm_device *t, uint32_t handle, struct why *why);

/* The certificate of that endorsement key, from the TPM's own memory.
 * ERR_NOT_FOUND: its maker left none. */
MUST_CHECK enum err tpm_device_ek_certificate(struct tpm_device *t,
    enum tpm_ek kind, struct span room, struct bytes *out, struct why *why);
/* What was encrypted to the endorsement key for this attestation key. */
MUST_CHECK enum err tpm_device_activate(struct tpm_device *t, uint32_t ak,
    uint32_t ek, struct bytes blob, struct bytes secret,
    uint8_t out[TPM_SECRET_MAX], size_t *n, struct why *why);

/* A secret of at most 64 octets, as the TPM hands it out: worth nothing
 * without that TPM, and without what its policy asks for. */
struct tpm_sealed {
	struct bytes private, public;
};
#define TPM_SEALED_ROOM 512
/* policy: 32 octets, tpm_policy_pcrs.  *out views room, which has
 * TPM_SEALED_ROOM octets. */
MUST_CHECK enum err tpm_device_seal(struct tpm_device *t, struct bytes policy,
    struct bytes secret, struct span room, struct tpm_sealed *out,
    struct why *why);
/* Wipes secret, which has to be of its length, where it fails.  ERR_CRYPTO: of
 * another TPM, or the PCRs hold something else. */
MUST_CHECK enum err tpm_device_unseal(struct tpm_device *t,
    const struct tpm_sealed *s, uint32_t pcrs, struct span secret,
    struct why *why);

/* SHA-256 bank. */
MUST_CHECK enum err tpm_device_extend(struct tpm_device *t, uint32_t pcr,
    const uint8_t digest[DIGEST_LEN], struct why *why);
MUST_CHECK enum err tpm_device_pcrs(
    struct tpm_device *t, uint32_t pcrs, struct tpm_pcrs *out, struct why *why);
/* Both view t->back until the next command: TPMS_ATTEST, TPMT_SIGNATURE. */
MUST_CHECK enum err tpm_device_quote(struct tpm_device *t, uint32_t ak,
    struct bytes extra, uint32_t pcrs, struct bytes *quote,
    struct bytes *signature, struct why *why);

#endif
