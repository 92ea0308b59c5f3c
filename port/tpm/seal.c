/*
 * seal: a secret that the TPM gives back only while its PCRs hold what they
 * should.                                         [TPM 2.0 part 3, 12 and 23]
 */
#include "tpm_device_int.h"

#include <string.h>

#define CC_CREATE     0x153
#define CC_LOAD       0x157
#define CC_UNSEAL     0x15e
#define CC_POLICY_PCR 0x17f

#define KEYED_HASH 0x0008
#define CURVE_P256 3

/* A parent for what is sealed: the storage key of the TCG, over P-256, which
 * a TPM makes anew from its seed each time. */
static void
storage_template(struct tpm_cmd *c)
{
	static const uint8_t zero[32];

	tpm_put_number(c, 2, TPM_ECC);
	tpm_put_number(c, 2, TPM_SHA256);
	tpm_put_number(c, 4,
	    (uint32_t)TPM_FIXED_TPM | TPM_FIXED_PARENT | TPM_ORIGIN |
		TPM_USER_AUTH | TPM_NO_DA | TPM_RESTRICTED | TPM_DECRYPT);
	tpm_put_2b(c, BYTES_NONE);
	tpm_put_number(c, 2, TPM_AES);
	tpm_put_number(c, 2, 128);
	tpm_put_number(c, 2, TPM_CFB);
	tpm_put_number(c, 2, TPM_NULL);
	tpm_put_number(c, 2, CURVE_P256);
	tpm_put_number(c, 2, TPM_NULL);
	tpm_put_2b(c, BYTES_OF(zero));
	tpm_put_2b(c, BYTES_OF(zero));
}

static enum err
storage_key(struct tpm_device *t, uint32_t *handle, struct why *why)
{
	struct bytes public;

	return tpm_primary(t, RH_OWNER, storage_template, "TPM storage key",
	    handle, &public, why);
}

/* Sealed data has no password: only its policy opens it. */
static void
put_public(struct tpm_cmd *c, struct bytes policy)
{
	tpm_put_number(c, 2, (uint32_t)(2 + 2 + 4 + 2 + policy.n + 2 + 2));
	tpm_put_number(c, 2, KEYED_HASH);
	tpm_put_number(c, 2, TPM_SHA256);
	tpm_put_number(
	    c, 4, (uint32_t)TPM_FIXED_TPM | TPM_FIXED_PARENT | TPM_NO_DA);
	tpm_put_2b(c, policy);
	tpm_put_number(c, 2, TPM_NULL);
	tpm_put_2b(c, BYTES_NONE);
}

static enum err
create(struct tpm_device *t, uint32_t parent, struct bytes policy,
    struct bytes secret, struct tpm_sealed *out, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_CREATE, true);
	struct tpm_answer a;

	tpm_put_number(&c, 4, parent);
	tpm_put_password(&c, 1);
	tpm_put_number(&c, 2, (uint32_t)(2 + 2 + secret.n));
	tpm_put_2b(&c, BYTES_NONE);
	tpm_put_2b(&c, secret);
	put_public(&c, policy);
	tpm_put_2b(&c, BYTES_NONE); /* outside info */
	tpm_put_number(&c, 4, 0);   /* PCRs of its making */
	TRY(tpm_cmd_do(t, &c, "TPM seal", NULL, &a, why));
	out->private = tpm_get_2b(&a);
	out->public = tpm_get_2b(&a);
	return tpm_answer_end(&a, "TPM seal", why);
}

enum err
tpm_device_seal(struct tpm_device *t, struct bytes policy, struct bytes secret,
    struct span room, struct tpm_sealed *out, struct why *why)
{
	struct tpm_sealed made = {BYTES_NONE, BYTES_NONE};
	uint32_t parent;
	enum err e, last;

	*out = made;
	TRY(storage_key(t, &parent, why));
	e = create(t, parent, policy, secret, &made, why);
	wipe(t->room, sizeof(t->room)); /* held the secret */
	if (e == OK && (made.private.n > room.n ||
			   made.public.n > room.n - made.private.n))
		e = why_set(why, ERR_ROOM, "TPM seal");
	if (e == OK) {
		memcpy(room.p, made.private.p, made.private.n);
		memcpy(room.p + made.private.n, made.public.p, made.public.n);
		out->private = (struct bytes){room.p, made.private.n};
		out->public =
		    (struct bytes){room.p + made.private.n, made.public.n};
	}
	last = tpm_device_flush(t, parent, e == OK ? why : NULL);
	return e == OK ? last : e;
}

static enum err
load(struct tpm_device *t, uint32_t parent, const struct tpm_sealed *s,
    uint32_t *handle, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_LOAD, true);
	struct tpm_answer a;

	tpm_put_number(&c, 4, parent);
	tpm_put_password(&c, 1);
	tpm_put_2b(&c, s->private);
	tpm_put_2b(&c, s->public);
	return tpm_cmd_do(t, &c, "TPM sealed secret", handle, &a, why);
}

static enum err
policy_pcrs(
    struct tpm_device *t, uint32_t session, uint32_t pcrs, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_POLICY_PCR, false);
	struct tpm_answer a;

	tpm_put_number(&c, 4, session);
	tpm_put_2b(&c, BYTES_NONE); /* whatever they hold now */
	tpm_put_pcrs(&c, pcrs);
	return tpm_cmd_do(t, &c, "TPM policy", NULL, &a, why);
}

static enum err
unseal(struct tpm_device *t, uint32_t item, uint32_t session,
    struct span secret, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_UNSEAL, true);
	struct tpm_answer a;
	struct bytes b;

	tpm_put_number(&c, 4, item);
	tpm_put_number(&c, 4, 9);
	tpm_put_number(&c, 4, session);
	tpm_put_2b(&c, BYTES_NONE);
	tpm_put_number(&c, 1, 1); /* the session goes on: we end it */
	tpm_put_2b(&c, BYTES_NONE);
	TRY(tpm_cmd_do(t, &c, "TPM unseal", NULL, &a, why));
	b = tpm_get_2b(&a);
	if (a.err == OK && b.n != secret.n)
		a.err = ERR_RANGE;
	if (a.err == OK)
		memcpy(secret.p, b.p, b.n);
	wipe(t->back, sizeof(t->back));
	return tpm_answer_end(&a, "TPM unseal", why);
}

static enum err
open_item(struct tpm_device *t, uint32_t item, uint32_t pcrs,
    struct span secret, struct why *why)
{
	uint32_t session;
	enum err e, last;

	TRY(tpm_policy_begin(t, &session, why));
	e = policy_pcrs(t, session, pcrs, why);
	if (e == OK)
		e = unseal(t, item, session, secret, why);
	last = tpm_device_flush(t, session, e == OK ? why : NULL);
	return e == OK ? last : e;
}

enum err
tpm_device_unseal(struct tpm_device *t, const struct tpm_sealed *s,
    uint32_t pcrs, struct span secret, struct why *why)
{
	uint32_t parent, item;
	enum err e, last;

	TRY(storage_key(t, &parent, why));
	e = load(t, parent, s, &item, why);
	/* A TPM without a manager has room for three keys. */
	last = tpm_device_flush(t, parent, e == OK ? why : NULL);
	if (e != OK)
		return e;
	if (last == OK)
		last = open_item(t, item, pcrs, secret, why);
	e = tpm_device_flush(t, item, last == OK ? why : NULL);
	if (last != OK || e != OK)
		wipe(secret.p, secret.n);
	return last != OK ? last : e;
}
