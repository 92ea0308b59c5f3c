/*
 * tpm: what a TPM 2.0 says, and what the firmware wrote down while it booted.
 *                              [TPM 2.0 part 2, TCG PC Client PFP 10]
 *
 * Readers of foreign octets, each with bounds, and the arithmetic of PCRs.
 * One bank: SHA-256.  No I/O; hashing is the crypto port's.
 */
#ifndef TAMARIND_TPM_H
#define TAMARIND_TPM_H

#include <tamarind/cose.h>

#define TPM_PCRS 24
/* What a quote must cover: the firmware's and boot loader's PCRs, and the one
 * into which the launcher extends.                        [security 9] */
#define TPM_BOOT_PCRS    10 /* 0 .. 9 */
#define TPM_LAUNCHER_PCR 15
#define TPM_PCR_MASK     (UINT32_C(0x3ff) | UINT32_C(1) << TPM_LAUNCHER_PCR)

#define TPM_QUOTE_MAX  256
#define TPM_SIG_MAX    128
#define TPM_PUBLIC_MAX 512
#define TPM_LOG_MAX    (UINT32_C(192) << 10)
#define TPM_EVENTS_MAX 1024
#define TPM_NAME_LEN   34 /* SHA-256: its number, and the digest */

enum tpm_alg {
	TPM_RSA = 0x0001,
	TPM_AES = 0x0006,
	TPM_SHA256 = 0x000b,
	TPM_NULL = 0x0010,
	TPM_ECDSA = 0x0018,
	TPM_ECC = 0x0023,
	TPM_CFB = 0x0043,
};

enum tpm_attribute {
	TPM_FIXED_TPM = 1 << 1,
	TPM_FIXED_PARENT = 1 << 4,
	TPM_ORIGIN = 1 << 5, /* the secret half was made by the TPM itself */
	TPM_USER_AUTH = 1 << 6,
	TPM_ADMIN_POLICY = 1 << 7,
	TPM_NO_DA = 1 << 10, /* no guesses are counted */
	TPM_RESTRICTED = 1 << 16,
	TPM_DECRYPT = 1 << 17,
	TPM_SIGN = 1 << 18,
};

/* ---- what a TPM signs -----------------------------------------------------
 */

/* A TPMS_ATTEST that is a quote.  Views borrow.           [part 2 10.12] */
struct tpm_quote {
	struct bytes signer; /* qualified name of the key */
	struct bytes extra;  /* the challenge */
	uint64_t clock;      /* ms */
	uint32_t resets, restarts;
	uint64_t firmware;
	uint32_t pcrs;       /* bit n: PCR n of the SHA-256 bank */
	struct bytes digest; /* over the values of these, in order */
};
/* ERR_TYPE: not made by a TPM, or not a quote; ERR_UNEXPECTED: a PCR bank
 * besides SHA-256; ERR_RANGE, ERR_TRUNCATED, ERR_TRAILING. */
MUST_CHECK enum err tpm_quote_read(
    struct bytes in, struct tpm_quote *out, struct why *why);

/* A TPMT_SIGNATURE, ECDSA over P-256 with SHA-256, as r || s.
 * ERR_COSE_ALG: another algorithm.                        [part 2 11.3.4] */
MUST_CHECK enum err tpm_signature_read(
    struct bytes in, uint8_t sig[SIG_LEN], struct why *why);

/* A TPMT_PUBLIC with the name algorithm SHA-256.          [part 2 12.2.4] */
struct tpm_public {
	uint16_t type;       /* TPM_RSA or TPM_ECC */
	uint32_t attributes; /* enum tpm_attribute */
	uint16_t scheme, hash;
	struct bytes policy;
	uint16_t bits;     /* TPM_RSA */
	uint32_t exponent; /* TPM_RSA */
	struct bytes n;    /* TPM_RSA */
	uint16_t curve;    /* TPM_ECC: 3 is P-256 */
	struct bytes x, y; /* TPM_ECC */
};
MUST_CHECK enum err tpm_public_read(
    struct bytes in, struct tpm_public *out, struct why *why);
/* Is it a key that signs only what this TPM itself has made, and that never
 * was outside of it?  Then its point.  ERR_KEY_PURPOSE; ERR_COSE_ALG. */
MUST_CHECK enum err tpm_ak_check(
    const struct tpm_public *p, struct cose_key *key, struct why *why);
/* The name of a public area.                              [part 1 16] */
MUST_CHECK enum err tpm_name(
    const struct crypto *c, struct bytes public, uint8_t out[TPM_NAME_LEN]);

/* ---- the event log --------------------------------------------------------
 */

/* Only told, not extended. */
#define TPM_EV_NO_ACTION 3

struct tpm_event {
	size_t nth;          /* in the log, from 1 */
	uint32_t pcr;        /* 0 .. TPM_PCRS - 1 */
	uint32_t type;       /* EV_* */
	struct bytes digest; /* 32 octets */
	struct bytes data;   /* what the firmware says it was; see the type */
};

/* A crypto-agile log; opaque to the caller.               [PFP 10.2] */
struct tpm_log {
	struct bytes in;
	size_t at, nth;
	struct {
		uint16_t alg, size;
	} alg[8];
	size_t algs;
};
MUST_CHECK enum err tpm_log_begin(
    struct tpm_log *l, struct bytes in, struct why *why);
/* ERR_NOT_FOUND: no more.  Every event must have a SHA-256 digest. */
MUST_CHECK enum err tpm_log_next(
    struct tpm_log *l, struct tpm_event *out, struct why *why);
/* "EV_SEPARATOR" and so on; never NULL. */
const char *tpm_event_name(uint32_t type);
/* Of types that are extended as they are logged: is the digest that of the
 * data?  Of others: true. */
MUST_CHECK enum err tpm_event_honest(
    const struct crypto *c, const struct tpm_event *e, bool *honest);

/* ---- PCRs -----------------------------------------------------------------
 */

struct tpm_pcrs {
	uint8_t value[TPM_PCRS][DIGEST_LEN];
	uint32_t events[TPM_PCRS]; /* how many were extended */
};

/* value = SHA-256(value || digest). */
MUST_CHECK enum err tpm_extend(
    const struct crypto *c, uint8_t value[DIGEST_LEN], struct bytes digest);
/* What the PCRs hold after all events of a log.  ERR_MEASUREMENT: the data of
 * an event is not what was extended. */
MUST_CHECK enum err tpm_replay(const struct crypto *c, struct bytes log,
    struct tpm_pcrs *out, struct why *why);
/* What PCR 0 holds before the first event of a log. */
MUST_CHECK enum err tpm_pcr_start(
    struct bytes log, uint8_t out[DIGEST_LEN], struct why *why);
/* The digest that a quote over these PCRs would carry. */
MUST_CHECK enum err tpm_composite(const struct crypto *c,
    const struct tpm_pcrs *p, uint32_t pcrs, uint8_t out[DIGEST_LEN]);
/* The policy that these PCRs hold these values, as a TPM works it out for what
 * it seals.                                            [part 3 23.7] */
MUST_CHECK enum err tpm_policy_pcrs(const struct crypto *c,
    const struct tpm_pcrs *p, uint32_t pcrs, uint8_t out[DIGEST_LEN]);

/* ---- the launcher's events ----------------------------------------------- */

/* Keys of a device, bound to what it has booted.  As encoded:
 *   [1, evidence COSE_Key, [1*2 TEEP COSE_Key], report COSE_Key,
 *    [* [authority, COSE_Key]]]                        docs/evidence.md 9 */
#define TPM_TEEP_KEYS_MAX 2
#define TPM_KEYS_MAX      4096
struct tpm_keys {
	struct cose_key evidence, report;
	struct cose_key teep[TPM_TEEP_KEYS_MAX];
	size_t n_teep;
	struct list payload; /* eat_payload_key each */
};
MUST_CHECK enum err tpm_keys_read(struct bytes in, struct tpm_keys *out);
void tpm_keys_put(struct cbor_out *w, const struct tpm_keys *k);

/* What is extended into TPM_LAUNCHER_PCR, which nobody has touched before:
 * the agent's digest, that of the keys, and a cap: nothing follows. */
enum tpm_step { TPM_STEP_AGENT, TPM_STEP_KEYS, TPM_STEP_CAP, TPM_STEPS };
const char *tpm_step_name(enum tpm_step s);
MUST_CHECK enum err tpm_steps(const struct crypto *c, struct bytes agent,
    struct bytes keys, uint8_t out[TPM_STEPS][DIGEST_LEN]);

/* ---- TPM Evidence ---------------------------------------------------------
 */

#define TPM_EVIDENCE_FORMAT "application/vnd.tamarind.tpm-evidence+cbor"

/* [1, AK thumbprint, quote, signature, [11 PCR value], log, agent, keys, EAT].
 * Views borrow.                                        docs/evidence.md 9 */
struct tpm_evidence {
	struct bytes ak;
	struct bytes quote, signature;
	struct list pcrs; /* bstr of 32 each, those of TPM_PCR_MASK */
	struct bytes log;
	struct bytes agent; /* digest, as extended */
	struct bytes keys;
	struct bytes eat;
};
MUST_CHECK enum err tpm_evidence_read(
    struct bytes in, struct tpm_evidence *out, struct why *why);
void tpm_evidence_put(struct cbor_out *w, const struct tpm_evidence *e);

#endif
