/*
 * tpm_device_int: one command and its answer.
 */
#ifndef TPM_DEVICE_INT_H
#define TPM_DEVICE_INT_H

#include "tpm_device.h"

#define RH_OWNER       UINT32_C(0x40000001)
#define RH_NULL        UINT32_C(0x40000007)
#define RS_PASSWORD    UINT32_C(0x40000009)
#define RH_ENDORSEMENT UINT32_C(0x4000000b)

/* A command under construction, in the device's room. */
struct tpm_cmd {
	uint8_t *p;
	size_t n;
	bool full;
};

/* Big-endian, of 1 to 4 octets. */
void tpm_put_number(struct tpm_cmd *c, size_t octets, uint32_t v);
void tpm_put_octets(struct tpm_cmd *c, struct bytes b);
void tpm_put_2b(struct tpm_cmd *c, struct bytes b);
/* The SHA-256 bank. */
void tpm_put_pcrs(struct tpm_cmd *c, uint32_t pcrs);
/* An authorisation by an empty password, of n handles. */
void tpm_put_password(struct tpm_cmd *c, size_t n);

/* Begin with the code; sessions: authorisations follow the handles. */
struct tpm_cmd tpm_cmd_begin(
    struct tpm_device *t, uint32_t code, bool sessions);

/* What came back: after the head, and after the handle if the command makes
 * one; parameters alone. */
struct tpm_answer {
	struct bytes in;
	size_t at;
	enum err err;
};
/*
 * Send it and read the answer.  what names the command in a refusal; handle
 * may be NULL.
 */
MUST_CHECK enum err tpm_cmd_do(struct tpm_device *t, struct tpm_cmd *c,
    const char *what, uint32_t *handle, struct tpm_answer *out,
    struct why *why);
uint32_t tpm_get_number(struct tpm_answer *a, size_t octets);
struct bytes tpm_get_octets(struct tpm_answer *a, size_t n);
struct bytes tpm_get_2b(struct tpm_answer *a);
/* The first fault of reading it. */
MUST_CHECK enum err tpm_answer_end(
    const struct tpm_answer *a, const char *what, struct why *why);

/* A primary key of a hierarchy: the same at each call.  template puts its
 * TPMT_PUBLIC; *public views t->back. */
MUST_CHECK enum err tpm_primary(struct tpm_device *t, uint32_t hierarchy,
    void (*template)(struct tpm_cmd *), const char *what, uint32_t *handle,
    struct bytes *public, struct why *why);
/* A session that collects what a policy asks for. */
MUST_CHECK enum err tpm_policy_begin(
    struct tpm_device *t, uint32_t *session, struct why *why);

#endif
