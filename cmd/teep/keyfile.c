/*
 * keyfile: keys of files in any form, and keys of folders.
 */
#include "teep.h"

#include <crypto_openssl.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A COSE_Key with its private part, which cose_key_read refuses.
 *                                                       [RFC 9052 7] */
struct private_map {
	uint32_t has;
	int64_t kty, crv;
	struct bytes x, y, d;
};

// clang-format off
static const struct cbor_field private_rows[] = {
	FIELD_REQ(1, F_INT, struct private_map, kty, 1, 2),
	FIELD_REQ(-1, F_INT, struct private_map, crv, 1, 6),
	FIELD_REQ(-2, F_BSTR, struct private_map, x, 32, 32),
	FIELD(-3, F_BSTR, struct private_map, y, 32, 32),
	FIELD_REQ(-4, F_BSTR, struct private_map, d, 32, 32),
};
// clang-format on

static const struct cbor_table private_table = {
    private_rows, ARRAY_LEN(private_rows), 0};

static enum err
private_read(struct bytes in, struct private_map *m, struct cose_key *k)
{
	struct cbor_in r = cbor_open(in);

	memset(m, 0, sizeof(*m));
	memset(k, 0, sizeof(*k));
	cbor_map_read(&r, &private_table, m);
	TRY(cbor_close(&r));
	k->kty = (int32_t)m->kty;
	k->crv = (int32_t)m->crv;
	memcpy(k->x, m->x.p, sizeof(k->x));
	if (m->y.n == sizeof(k->y))
		memcpy(k->y, m->y.p, sizeof(k->y));
	return cose_key_alg(k) == 0 ? ERR_COSE_KEY
				    : crypto_or_die(PROG)->key_check(k);
}

enum err
key_file_read(struct bytes file, struct key_file *out)
{
	struct private_map m;
	enum err e = openssl_public_read(file, &out->key);

	out->is_private = e != OK;
	if (e != OK && file.n > 0 && file.p[0] >> 5 == CBOR_MAP)
		e = private_read(file, &m, &out->key);
	else if (e != OK)
		e = openssl_private_public(file, &out->key);
	if (e == OK)
		e = cose_key_thumbprint(
		    crypto_or_die(PROG), &out->key, out->kid);
	return e;
}

const char *
key_kind_name(const struct cose_key *k)
{
	return k->crv == CRV_ED25519  ? "Ed25519"
	       : k->crv == CRV_X25519 ? "X25519"
				      : "P-256";
}

/* ECPrivateKey { 1, d, [0] prime256v1, [1] point }, in PEM: the form that
 * the port loads.                                          [RFC 5915 3] */
static enum err
sec1_agreer(
    const struct private_map *m, const struct cose_key *k, struct agreer *out)
{
	static const uint8_t head[] = {0x30, 0x77, 2, 1, 1, 4, 32};
	static const uint8_t middle[] = {0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce,
	    0x3d, 3, 1, 7, 0xa1, 0x44, 3, 0x42, 0, 4};
	static const char begin[] = "-----BEGIN EC PRIVATE KEY-----\n";
	static const char end[] = "\n-----END EC PRIVATE KEY-----\n";
	uint8_t der[sizeof(head) + 32 + sizeof(middle) + 64];
	uint8_t line[4 * ((sizeof(der) + 2) / 3) + 1];
	char pem[sizeof(begin) + sizeof(line) + 4 + sizeof(end)];
	uint8_t *p = der;
	int n, at;
	enum err e;

	memcpy(p, head, sizeof(head));
	p += sizeof(head);
	memcpy(p, m->d.p, 32);
	p += 32;
	memcpy(p, middle, sizeof(middle));
	p += sizeof(middle);
	memcpy(p, k->x, 32);
	memcpy(p + 32, k->y, 32);
	n = EVP_EncodeBlock(line, der, (int)sizeof(der));
	at = snprintf(pem, sizeof(pem), "%s", begin);
	for (int i = 0; i < n; i += 64)
		at += snprintf(pem + at, sizeof(pem) - (size_t)at, "%s%.64s",
		    i > 0 ? "\n" : "", (char *)line + i);
	at += snprintf(pem + at, sizeof(pem) - (size_t)at, "%s", end);
	e = openssl_agreer_load(
	    (struct bytes){(uint8_t *)pem, (size_t)at}, out);
	wipe(der, sizeof(der));
	wipe(line, sizeof(line));
	wipe(pem, sizeof(pem));
	return e;
}

enum err
key_file_agreer(struct bytes file, struct agreer *out)
{
	struct private_map m;
	struct cose_key k;

	memset(out, 0, sizeof(*out));
	if (file.n == 0 || file.p[0] >> 5 != CBOR_MAP)
		return openssl_agreer_load(file, out);
	TRY(private_read(file, &m, &k));
	if (k.kty != KTY_EC2)
		return ERR_COSE_KEY;
	return sec1_agreer(&m, &k, out);
}

/* ---- folders ------------------------------------------------------------ */

/* Take the key of one file, if it holds one. */
static void
take_file(struct keydir *d, const char *path, const char *name)
{
	struct key_ring_row *row = &d->ring.row[d->ring.n];
	struct bytes file;
	struct key_file k;
	char safe[128];
	enum err e = read_file(path, KEY_FILE_MAX, &file);

	if (e != OK)
		return;
	e = key_file_read(file, &k);
	if (e == OK && k.is_private) {
		if (d->n_agreers < ARRAY_LEN(d->agreer) &&
		    key_file_agreer(file, &d->agreer[d->n_agreers]) == OK)
			d->n_agreers++;
	} else if (e == OK && key_ring_name(&d->ring, k.kid) == NULL) {
		if (d->ring.n == ARRAY_LEN(d->ring.row))
			die(PROG, EXIT_REFUSED,
			    "more than %d keys; take some out of the folder",
			    KEY_RING_MAX);
		row->name =
		    strdup(safe_text(safe, sizeof(safe), bytes_of_text(name)));
		row->key = k.key;
		memcpy(row->kid, k.kid, KID_LEN);
		d->ring.n++;
	}
	release_bytes(&file);
}

void
keydir_load(struct keydir *d, const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);

	memset(d, 0, sizeof(*d));
	(void)crypto_or_die(PROG);
	if (n < 0)
		die(PROG, EXIT_REFUSED, "%s: %s; --keys wants a folder", path,
		    strerror(errno));
	for (int i = 0; i < n; i++) {
		char *full = NULL;
		struct stat st;

		if (asprintf(&full, "%s/%s", path, entry[i]->d_name) < 0)
			die(PROG, EXIT_REFUSED, "out of memory");
		if (stat(full, &st) == 0 && S_ISREG(st.st_mode))
			take_file(d, full, entry[i]->d_name);
		free(full);
		free(entry[i]);
	}
	free(entry);
	if (d->ring.n == 0 && d->n_agreers == 0)
		die(PROG, EXIT_REFUSED,
		    "%s: no key in it; put PEM or COSE_Key files there", path);
	d->view = key_ring_view(&d->ring);
}

void
keydir_free(struct keydir *d)
{
	for (size_t i = 0; i < d->ring.n; i++)
		free((void *)(uintptr_t)d->ring.row[i].name);
	for (size_t i = 0; i < d->n_agreers; i++)
		openssl_agreer_free(&d->agreer[i]);
	memset(d, 0, sizeof(*d));
}

const char *
keydir_name(const struct keydir *d, const uint8_t kid[KID_LEN])
{
	const char *name = key_ring_name(&d->ring, kid);

	return name == NULL ? "?" : name;
}

enum err
keydir_open(const struct keydir *d, const char *ctx, struct bytes in,
    struct bytes *plain, struct why *why)
{
	struct span room = {malloc(in.n + 1), in.n};
	enum err e = ERR_UNKNOWN_KEY;

	*plain = BYTES_NONE;
	if (room.p == NULL)
		return ERR_MEMORY;
	(void)why_set(why, e, "private key");
	for (size_t i = 0; i < d->n_agreers; i++) {
		e = cose_decrypt(crypto_or_die(PROG), &d->agreer[i], ctx, in,
		    room, plain, why);
		if (e == OK)
			return OK; /* *plain begins where room does */
	}
	free(room.p);
	return e;
}
