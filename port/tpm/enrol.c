/*
 * enrol: what a TPM's maker left in it, and the proof that an attestation key
 * lives in the same TPM as the endorsement key.     [TPM 2.0 part 3, 12.5]
 */
#include "tpm_device_int.h"

#include <string.h>

#define CC_ACTIVATE       0x147
#define CC_NV_READ        0x14e
#define CC_POLICY_SECRET  0x151
#define CC_NV_READ_PUBLIC 0x169
#define CC_START_SESSION  0x176

#define NV_EK_RSA    UINT32_C(0x01c00002) /* certificate of template L-1 */
#define NV_EK_ECC    UINT32_C(0x01c0000a) /* of L-2 */
#define NV_PIECE     512
#define RC_NV_HANDLE 0x18b /* TPM_RC_HANDLE, first handle */
#define SE_POLICY    1

static enum err
nv_size(struct tpm_device *t, uint32_t index, size_t *n, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_NV_READ_PUBLIC, false);
	struct why why_here = {0};
	struct tpm_answer a, in;
	enum err e;

	tpm_put_number(&c, 4, index);
	e = tpm_cmd_do(t, &c, "EK certificate", NULL, &a, &why_here);
	if (e == ERR_CRYPTO && why_here.found_n == RC_NV_HANDLE)
		return why_set(why, ERR_NOT_FOUND, "EK certificate");
	if (e != OK) {
		if (why != NULL)
			*why = why_here;
		return e;
	}
	in = (struct tpm_answer){.in = tpm_get_2b(&a), .err = a.err};
	(void)tpm_get_number(&in, 4);
	(void)tpm_get_number(&in, 2);
	(void)tpm_get_number(&in, 4);
	(void)tpm_get_2b(&in);
	*n = tpm_get_number(&in, 2);
	return tpm_answer_end(&in, "EK certificate", why);
}

static enum err
nv_piece(struct tpm_device *t, uint32_t index, size_t at, struct span room,
    struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_NV_READ, true);
	struct tpm_answer a;
	struct bytes b;

	tpm_put_number(&c, 4, index); /* its own authorisation is empty */
	tpm_put_number(&c, 4, index);
	tpm_put_password(&c, 1);
	tpm_put_number(&c, 2, (uint32_t)room.n);
	tpm_put_number(&c, 2, (uint32_t)at);
	TRY(tpm_cmd_do(t, &c, "EK certificate", NULL, &a, why));
	b = tpm_get_2b(&a);
	if (a.err == OK && b.n != room.n)
		a.err = ERR_TRUNCATED;
	if (a.err == OK)
		memcpy(room.p, b.p, b.n);
	return tpm_answer_end(&a, "EK certificate", why);
}

/* DER says its own length; what follows it in the TPM's memory is padding. */
static size_t
der_length(struct bytes b)
{
	size_t n;

	if (b.n < 4 || b.p[0] != 0x30 || b.p[1] != 0x82)
		return b.n;
	n = 4 + ((size_t)b.p[2] << 8 | b.p[3]);
	return n < b.n ? n : b.n;
}

enum err
tpm_device_ek_certificate(struct tpm_device *t, enum tpm_ek kind,
    struct span room, struct bytes *out, struct why *why)
{
	const uint32_t index = kind == TPM_EK_RSA ? NV_EK_RSA : NV_EK_ECC;
	size_t n = 0;

	*out = BYTES_NONE;
	TRY(nv_size(t, index, &n, why));
	if (n > room.n)
		return why_set(why, ERR_ROOM, "EK certificate");
	for (size_t at = 0; at < n; at += NV_PIECE) {
		size_t left = n - at;

		TRY(nv_piece(t, index, at,
		    (struct span){
			room.p + at, left < NV_PIECE ? left : NV_PIECE},
		    why));
	}
	*out = (struct bytes){room.p, n};
	out->n = der_length(*out);
	return OK;
}

/* ---- activation -------------------------------------------------------- */

enum err
tpm_policy_begin(struct tpm_device *t, uint32_t *session, struct why *why)
{
	/* Only what a session that encrypts or has a secret would need to be
	 * unforeseeable. */
	static const uint8_t nonce[16];
	struct tpm_cmd c = tpm_cmd_begin(t, CC_START_SESSION, false);
	struct tpm_answer a;

	tpm_put_number(&c, 4, RH_NULL);
	tpm_put_number(&c, 4, RH_NULL);
	tpm_put_2b(&c, BYTES_OF(nonce));
	tpm_put_2b(&c, BYTES_NONE);
	tpm_put_number(&c, 1, SE_POLICY);
	tpm_put_number(&c, 2, TPM_NULL);
	tpm_put_number(&c, 2, TPM_SHA256);
	return tpm_cmd_do(t, &c, "TPM session", session, &a, why);
}

static enum err
policy_secret(struct tpm_device *t, uint32_t session, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_POLICY_SECRET, true);
	struct tpm_answer a;

	tpm_put_number(&c, 4, RH_ENDORSEMENT);
	tpm_put_number(&c, 4, session);
	tpm_put_password(&c, 1);
	tpm_put_2b(&c, BYTES_NONE);
	tpm_put_2b(&c, BYTES_NONE);
	tpm_put_2b(&c, BYTES_NONE);
	tpm_put_number(&c, 4, 0);
	return tpm_cmd_do(t, &c, "TPM policy", NULL, &a, why);
}

static enum err
activate(struct tpm_device *t, const uint32_t handle[3], struct bytes blob,
    struct bytes secret, struct tpm_answer *a, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_ACTIVATE, true);

	tpm_put_number(&c, 4, handle[0]);
	tpm_put_number(&c, 4, handle[1]);
	tpm_put_number(&c, 4, 2 * 9);
	for (size_t i = 0; i < 2; i++) {
		tpm_put_number(&c, 4, i == 0 ? RS_PASSWORD : handle[2]);
		tpm_put_2b(&c, BYTES_NONE);
		tpm_put_number(&c, 1, 0);
		tpm_put_2b(&c, BYTES_NONE);
	}
	tpm_put_2b(&c, blob);
	tpm_put_2b(&c, secret);
	return tpm_cmd_do(t, &c, "TPM activation", NULL, a, why);
}

enum err
tpm_device_activate(struct tpm_device *t, uint32_t ak, uint32_t ek,
    struct bytes blob, struct bytes secret, uint8_t out[TPM_SECRET_MAX],
    size_t *n, struct why *why)
{
	uint32_t handle[3] = {ak, ek, 0};
	struct tpm_answer a = {0};
	struct bytes b;
	enum err e;

	*n = 0;
	TRY(tpm_policy_begin(t, &handle[2], why));
	e = policy_secret(t, handle[2], why);
	if (e == OK)
		e = activate(t, handle, blob, secret, &a, why);
	if (e != OK) /* the session goes with the descriptor */
		goto out;
	b = tpm_get_2b(&a);
	if (a.err == OK && b.n > TPM_SECRET_MAX)
		a.err = ERR_RANGE;
	if (a.err == OK) {
		memcpy(out, b.p, b.n);
		*n = b.n;
	}
	e = tpm_answer_end(&a, "TPM activation", why);
out:
	wipe(t->back, sizeof(t->back));
	return e;
}
