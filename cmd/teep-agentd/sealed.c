/*
 * sealed: the secrets of a device whose TPM keeps them.    [security 9]
 *
 * sealed.tpm       [1, [10 PCR values], agent's digest, private, public]: 32
 *                  octets that the TPM gives back in this boot, after the
 *                  launcher's first step and before its cap
 * evidence.sealed  IV, then AES-128-GCM over the PEM of the evidence key
 *
 * The first 16 octets are the agent's sealing key, the others that of the
 * second file.  Whoever copies the disk, boots something else, or comes after
 * the cap, root included, has neither.
 */
#include "agentd.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FILE_SEALED   "sealed.tpm"
#define FILE_EVIDENCE "evidence.sealed"
#define VERSION       1
#define SEALED_MAX    1024
#define PARTS_MAX     512
#define KEY           16
#define IV            12
#define TAG           16
#define BOX_MAX       (IV + OPENSSL_PEM_MAX + TAG)
#define AAD           BYTES_LIT("tamarind evidence key 1")

_Static_assert(CHANNEL_SEAL == KEY, "both halves are keys of AES-128");

enum err
sealed_write(const struct sealed *s, struct span room, struct bytes *out)
{
	struct cbor_out w = cbor_into(room);

	cbor_put_array(&w, 5);
	cbor_put_uint(&w, VERSION);
	cbor_put_array(&w, TPM_BOOT_PCRS);
	for (size_t i = 0; i < TPM_BOOT_PCRS; i++)
		cbor_put_bstr(&w, BYTES_OF(s->boot.value[i]));
	cbor_put_bstr(&w, s->agent);
	cbor_put_bstr(&w, s->private);
	cbor_put_bstr(&w, s->public);
	return cbor_done(&w, out);
}

enum err
sealed_read(struct bytes in, struct sealed *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_array(&r, 5);
	(void)cbor_uint(&r, VERSION, VERSION);
	cbor_array(&r, TPM_BOOT_PCRS);
	for (size_t i = 0; i < TPM_BOOT_PCRS; i++) {
		struct bytes v = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);

		if (r.err == OK)
			memcpy(out->boot.value[i], v.p, DIGEST_LEN);
	}
	out->agent = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	out->private = cbor_bstr(&r, 1, PARTS_MAX);
	out->public = cbor_bstr(&r, 1, PARTS_MAX);
	e = cbor_close(&r);
	return e == OK ? OK : why_set(why, e, FILE_SEALED);
}

/* ---- making -------------------------------------------------------------- */

/* A new evidence key, of which only the sealed form is written. */
static enum err
make_evidence(struct launcher *l, const uint8_t key[KEY], struct why *why)
{
	uint8_t room[OPENSSL_PEM_MAX], box[BOX_MAX];
	struct state *s = &l->state;
	struct bytes pem = BYTES_NONE;
	enum err e = openssl_key_generate(CRV_P256, SPAN_OF(room), &pem, NULL);

	if (e == OK)
		e = l->crypto->random((struct span){box, IV});
	if (e == OK)
		e = l->crypto->seal(ALG_A128GCM, (struct bytes){key, KEY},
		    (struct bytes){box, IV}, AAD, pem,
		    (struct span){box + IV, pem.n + TAG});
	if (e == OK)
		e = write_file_atomic(FILE_EVIDENCE,
		    (struct bytes){box, IV + pem.n + TAG}, WRITE_SECRET);
	if (e == OK)
		e = openssl_private_public(pem, &s->evidence_key);
	if (e == OK)
		e = openssl_signer_load(pem, &s->evidence);
	wipe(room, sizeof(room));
	return e == OK ? OK : why_set(why, e, FILE_EVIDENCE);
}

/* The first half goes to the agent. */
static enum err
keep_seal(struct launcher *l, const uint8_t secret[2 * KEY], struct why *why)
{
	bool hidden;

	TRY(sandbox_secret(CHANNEL_SEAL, &l->state.seal, &hidden, why));
	memcpy(l->state.seal.p, secret, CHANNEL_SEAL);
	return OK;
}

enum err
sealed_make_keys(struct launcher *l, struct why *why)
{
	uint8_t secret[2 * KEY], room[SEALED_MAX];
	struct bytes out;
	enum err e = l->crypto->random(SPAN_OF(secret));

	if (e == OK)
		e = l->attester->seal(
		    l, BYTES_OF(secret), SPAN_OF(room), &out, why);
	if (e == OK)
		e = write_file_atomic(FILE_SEALED, out, WRITE_SECRET);
	if (e == OK)
		e = make_evidence(l, secret + KEY, why);
	if (e == OK)
		e = keep_seal(l, secret, why);
	wipe(secret, sizeof(secret));
	return e == OK || why->what != NULL ? e : why_set(why, e, FILE_SEALED);
}

/* ---- loading ------------------------------------------------------------- */

static enum err
load_evidence(struct launcher *l, const uint8_t key[KEY], struct why *why)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct state *s = &l->state;
	struct bytes box = BYTES_NONE, pem;
	enum err e = read_file(FILE_EVIDENCE, BOX_MAX, &box);

	if (e == OK && (box.n <= IV + TAG || box.n - IV - TAG > sizeof(room)))
		e = ERR_TRUNCATED;
	if (e == OK) {
		pem = (struct bytes){room, box.n - IV - TAG};
		e = l->crypto->open(ALG_A128GCM, (struct bytes){key, KEY},
		    (struct bytes){box.p, IV}, AAD,
		    (struct bytes){box.p + IV, box.n - IV},
		    (struct span){room, pem.n});
	}
	if (e == OK)
		e = openssl_private_public(pem, &s->evidence_key);
	if (e == OK)
		e = openssl_signer_load(pem, &s->evidence);
	wipe(room, sizeof(room));
	release_bytes(&box);
	return e == OK ? OK : why_set(why, e, FILE_EVIDENCE);
}

enum err
sealed_load(struct launcher *l, struct why *why)
{
	uint8_t secret[2 * KEY];
	struct bytes in = BYTES_NONE;
	enum err e;

	if (access(FILE_SEALED, F_OK) != 0)
		return OK;
	if (l->attester->unseal == NULL)
		return why_set(why, ERR_KEY_PURPOSE,
		    "secrets are sealed in a TPM: --attester tpm is wanted");
	e = read_file(FILE_SEALED, SEALED_MAX, &in);
	if (e != OK)
		return why_set(why, e, FILE_SEALED);
	e = l->attester->unseal(l, in, SPAN_OF(secret), why);
	if (e == OK)
		e = load_evidence(l, secret + KEY, why);
	if (e == OK)
		e = keep_seal(l, secret, why);
	wipe(secret, sizeof(secret));
	release_bytes(&in);
	return e;
}
