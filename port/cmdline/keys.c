/* keys: keys from files, and a ring of public ones. */
#include "cmdline.h"

#include <string.h>
#include <tamarind/cose.h>

#include "crypto_openssl.h"

const struct crypto *
crypto_or_die(const char *prog)
{
	const struct crypto *c = crypto_openssl();

	if (c == NULL)
		die(prog, EXIT_REFUSED,
		    "OpenSSL has no seeded generator or lacks an algorithm");
	return c;
}

enum err
load_public_key(const char *path, struct cose_key *out, uint8_t kid[KID_LEN])
{
	struct bytes file;
	enum err e = read_file(path, KEY_FILE_MAX, &file);

	memset(out, 0, sizeof(*out));
	if (e != OK)
		return e;
	e = openssl_public_read(file, out);
	release_bytes(&file);
	if (e == OK && kid != NULL)
		e = crypto_openssl() == NULL
			? ERR_RANDOM
			: cose_key_thumbprint(crypto_openssl(), out, kid);
	return e;
}

enum err
load_signer(const char *path, struct signer *out)
{
	struct bytes file;
	enum err e = read_file(path, KEY_FILE_MAX, &file);

	memset(out, 0, sizeof(*out));
	if (e != OK)
		return e;
	e = openssl_signer_load(file, out);
	release_bytes(&file);
	return e;
}

enum err
load_agreer(const char *path, struct agreer *out)
{
	struct bytes file;
	enum err e = read_file(path, KEY_FILE_MAX, &file);

	memset(out, 0, sizeof(*out));
	if (e != OK)
		return e;
	e = openssl_agreer_load(file, out);
	release_bytes(&file);
	return e;
}

/* Does a file hold text? */
static bool
file_says(struct bytes file, const char *text)
{
	return file.n > 0 && memmem(file.p, file.n, text, strlen(text)) != NULL;
}

/* id-alg-hss-lms-hashsig in base64, where PEM files of either half have it, or
 * the type of a COSE_Key.                              [RFC 9708, RFC 8778] */
static bool
is_hss_lms(struct bytes file)
{
	return file_says(file, "KoZIhvcNAQkQAxE") ||
	       (file.n > 2 && file.p[0] >> 5 == 5 && file.p[1] == 1 &&
		   file.p[2] == 5);
}

void
print_key_err(const char *prog, const char *path, bool want_private, enum err e)
{
	struct bytes file;

	if ((e != ERR_SYNTAX && e != ERR_COSE_KEY &&
		err_class(e) != CLASS_INPUT) ||
	    read_file(path, KEY_FILE_MAX, &file) != OK) {
		print_err(prog, path, e);
		return;
	}
	(void)fprintf(stderr, "%s: ", prog);
	safe_put(stderr, bytes_of_text(path));
	(void)fprintf(stderr, ": %s: ", err_name(e));
	if (is_hss_lms(file))
		(void)fputs("HSS-LMS: not in this build's libraries; P-256 and "
			    "Ed25519 sign\n",
		    stderr);
	else if (e == ERR_COSE_KEY)
		(void)fputs("not a usable key: neither P-256 nor Ed25519 "
			    "(which sign), nor X25519 (which decrypts), or "
			    "its halves do not belong together\n",
		    stderr);
	else if (file_says(file, "ENCRYPTED"))
		(void)fputs("it is locked with a passphrase, and nobody asks "
			    "for one here; unlock a copy with 'openssl pkey "
			    "-in FILE -out COPY', or keep the key in a "
			    "token\n",
		    stderr);
	else if (file.n == 0)
		(void)fputs("it is empty\n", stderr);
	else if (!want_private && file_says(file, "PRIVATE KEY-----"))
		(void)fputs("a private key; give the public one\n", stderr);
	else if (want_private && (file_says(file, "PUBLIC KEY-----") ||
				     file_says(file, "CERTIFICATE-----")))
		(void)fputs("a public key; give the private one\n", stderr);
	else
		(void)fprintf(stderr, "no key; wanted is %s\n",
		    want_private ? "a private key in PEM"
				 : "a public key in PEM, a certificate in "
				   "PEM, or a COSE_Key");
	release_bytes(&file);
}

static const struct key_ring_row *
row_of(const struct key_ring *r, struct bytes kid)
{
	for (size_t i = 0; i < r->n; i++)
		if (bytes_same(BYTES_OF(r->row[i].kid), kid) ||
		    (kid.n > 0 && bytes_same(r->row[i].also, kid)))
			return &r->row[i];
	return NULL;
}

static enum err
row_add(struct key_ring *r, const struct key_ring_row *row)
{
	if (row_of(r, BYTES_OF(row->kid)) != NULL)
		return OK;
	if (r->n == ARRAY_LEN(r->row))
		return ERR_ROOM;
	r->row[r->n++] = *row;
	return OK;
}

enum err
key_ring_add(struct key_ring *r, const char *path)
{
	struct key_ring_row row = {.name = path};

	TRY(load_public_key(path, &row.key, row.kid));
	return row_add(r, &row);
}

enum err
key_ring_put(struct key_ring *r, const char *name, const struct cose_key *key)
{
	struct key_ring_row row = {.name = name, .key = *key};
	const struct crypto *c = crypto_openssl();
	enum err e = ERR_RANDOM;

	if (c != NULL)
		e = key->kty == KTY_SYMMETRIC
			? cose_mac_thumbprint(c, key, row.kid)
			: cose_key_thumbprint(c, key, row.kid);
	if (e == OK)
		e = row_add(r, &row);
	wipe(&row, sizeof(row));
	return e;
}

static bool
key_fits(const struct cose_key *k, int32_t alg)
{
	if (alg == ALG_HMAC256)
		return k->kty == KTY_SYMMETRIC;
	if (alg == ALG_ESP256 || alg == ALG_ES256)
		return k->kty == KTY_EC2 && k->crv == CRV_P256;
	if (alg == ALG_ED25519 || alg == ALG_EDDSA)
		return k->kty == KTY_OKP && k->crv == CRV_ED25519;
	return false;
}

static enum err
ring_find(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct key_ring *r = ctx;

	if (kid.n > 0 && alg != ALG_HMAC256) {
		const struct key_ring_row *row = row_of(r, kid);

		if (row == NULL || nth > 0)
			return ERR_UNKNOWN_KEY;
		*out = row->key; /* a wrong alg is the verifier's to name */
		return OK;
	}
	for (size_t i = 0; i < r->n; i++) {
		if (!key_fits(&r->row[i].key, alg))
			continue;
		if (nth-- == 0) {
			*out = r->row[i].key;
			return OK;
		}
	}
	return ERR_UNKNOWN_KEY;
}

struct keyring
key_ring_view(struct key_ring *r)
{
	return (struct keyring){r, ring_find};
}

const char *
key_ring_name(const struct key_ring *r, const uint8_t kid[KID_LEN])
{
	const struct key_ring_row *row =
	    row_of(r, (struct bytes){kid, KID_LEN});

	return row == NULL ? NULL : row->name;
}
