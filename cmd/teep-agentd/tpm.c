/*
 * tpm: at the factory: what a TPM is, and the proof that its attestation key
 * is its own.  As root, before there is a device.  docs/evidence.md 9
 */
#include "agentd.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#define CREDENTIAL_MAX 2048
#define RSA_OCTETS     256

static enum err
open_device(struct tpm_device *t, const struct options *o, struct why *why)
{
	return tpm_device_open(
	    t, o->tpm == NULL ? TPM_DEVICE_DEFAULT : o->tpm, why);
}

static enum err
put_file(const char *dir, const char *name, struct bytes b)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	if (n < 0 || n >= (int)sizeof(path))
		return ERR_TOO_LONG;
	return write_file_atomic(path, b, WRITE_PUBLIC);
}

/* ak.tpm and ak.pub.pem: the attestation key as the TPM and as others say it.
 */
static enum err
put_ak(struct tpm_device *t, const char *dir, struct why *why)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct tpm_public p;
	struct cose_key k;
	struct bytes public, pem;
	uint32_t handle;

	TRY(tpm_device_ak(t, &handle, &public, why));
	TRY(tpm_public_read(public, &p, why));
	TRY(tpm_ak_check(&p, &k, why));
	TRY(put_file(dir, "ak.tpm", public));
	TRY(openssl_public_write(&k, SPAN_OF(room), &pem));
	TRY(put_file(dir, "ak.pub.pem", pem));
	return tpm_device_flush(t, handle, why);
}

/* The endorsement key that its maker certified. */
static enum err
put_ek(struct tpm_device *t, const char *dir, struct why *why)
{
	uint8_t room[TPM_CERT_MAX];
	enum tpm_ek kind = TPM_EK_RSA;
	struct bytes public, der;
	uint32_t handle;
	enum err e =
	    tpm_device_ek_certificate(t, kind, SPAN_OF(room), &der, why);

	if (e == ERR_NOT_FOUND) {
		kind = TPM_EK_ECC;
		e = tpm_device_ek_certificate(
		    t, kind, SPAN_OF(room), &der, why);
	}
	if (e != OK)
		return e;
	TRY(put_file(dir, "ek.crt", der));
	TRY(tpm_device_ek(t, kind, &handle, &public, why));
	TRY(put_file(dir, "ek.tpm", public));
	return tpm_device_flush(t, handle, why);
}

enum exit_status
command_identify(const struct options *o)
{
	struct tpm_device t = {.fd = -1};
	struct why why = {0};
	enum err e = open_device(&t, o, &why);

	if (e == OK && mkdir(o->public_dir, 0755) != 0 && errno != EEXIST)
		e = ERR_SYSTEM;
	if (e == OK)
		e = put_ak(&t, o->public_dir, &why);
	if (e == OK)
		e = put_ek(&t, o->public_dir, &why);
	if (e != OK)
		print_fault(&why, e);
	tpm_device_close(&t);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

/* [1, blob, secret], as `teep tpm challenge` writes it. */
static enum err
activate(struct tpm_device *t, struct bytes in, uint8_t out[TPM_SECRET_MAX],
    size_t *n, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	struct bytes blob, secret, public;
	enum tpm_ek kind;
	uint32_t ak, ek;
	enum err e, last;

	cbor_array(&r, 3);
	(void)cbor_uint(&r, 1, 1);
	blob = cbor_bstr(&r, 1, 256);
	secret = cbor_bstr(&r, 1, 512);
	e = cbor_close(&r);
	if (e != OK)
		return why_set(why, e, "--credential");
	/* To an RSA key it is as long as its modulus, else it is a point. */
	kind = secret.n == RSA_OCTETS ? TPM_EK_RSA : TPM_EK_ECC;
	TRY(tpm_device_ak(t, &ak, &public, why));
	e = tpm_device_ek(t, kind, &ek, &public, why);
	if (e == OK) {
		e = tpm_device_activate(t, ak, ek, blob, secret, out, n, why);
		last = tpm_device_flush(t, ek, e == OK ? why : NULL);
		e = e == OK ? last : e;
	}
	/* A TPM without a manager has room for three keys. */
	last = tpm_device_flush(t, ak, e == OK ? why : NULL);
	return e == OK ? last : e;
}

enum exit_status
command_activate(const struct options *o)
{
	struct tpm_device t = {.fd = -1};
	uint8_t out[TPM_SECRET_MAX];
	struct bytes in = BYTES_NONE;
	struct why why = {0};
	size_t n = 0;
	enum err e = read_file(o->credential, CREDENTIAL_MAX, &in);

	if (e != OK)
		(void)why_set(&why, e, "--credential");
	else
		e = open_device(&t, o, &why);
	if (e == OK)
		e = activate(&t, in, out, &n, &why);
	if (e == OK)
		e = write_file_atomic(
		    o->answer, (struct bytes){out, n}, WRITE_SECRET);
	if (e != OK)
		print_fault(&why, e);
	wipe(out, sizeof(out));
	release_bytes(&in);
	tpm_device_close(&t);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
