/*
 * publish: what the world may know of a new device: public keys and digests.
 *
 * The launcher's side encodes it, root's side reads it back and writes the
 * files: it believes nothing but what it can read as keys and digests.
 */
#include "agentd.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What the child has made. */
struct result {
	struct cose_key teep[CHANNEL_KEYS], report, evidence;
	size_t n_teep;
	struct bytes launcher, agent, manifest; /* digests */
};

enum err
publish_encode(struct launcher *l, const struct channel_frame *ready,
    struct span room, struct bytes *out)
{
	struct cbor_out w = cbor_into(room);

	cbor_put_array(&w, 6);
	cbor_put_array(&w, ready->keys.n);
	cbor_put_raw(&w, ready->keys.raw);
	cbor_put_raw(&w, ready->report);
	cose_key_write(&w, &l->state.evidence_key);
	cbor_put_bstr(&w, BYTES_OF(l->launcher_digest));
	cbor_put_bstr(&w, BYTES_OF(l->agent_digest));
	cbor_put_bstr(&w, BYTES_OF(l->state.manifest_digest));
	return cbor_done(&w, out);
}

static enum err
decode_result(struct bytes in, struct result *out)
{
	struct cbor_in r = cbor_open(in);
	struct bytes raw[CHANNEL_KEYS + 2] = {BYTES_NONE};
	size_t n;

	cbor_array(&r, 6);
	n = cbor_array_any(&r, 1, CHANNEL_KEYS);
	for (size_t i = 0; i < n; i++)
		raw[i] = cbor_raw(&r, CBOR_MAP);
	raw[CHANNEL_KEYS] = cbor_raw(&r, CBOR_MAP);
	raw[CHANNEL_KEYS + 1] = cbor_raw(&r, CBOR_MAP);
	out->launcher = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	out->agent = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	out->manifest = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	TRY(cbor_close(&r));
	for (size_t i = 0; i < n; i++)
		TRY(cose_key_read(raw[i], &out->teep[i]));
	out->n_teep = n;
	TRY(cose_key_read(raw[CHANNEL_KEYS], &out->report));
	return cose_key_read(raw[CHANNEL_KEYS + 1], &out->evidence);
}

static enum err
write_key(const char *dir, const char *name, const struct cose_key *k)
{
	char path[PATH_MAX];
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;
	int n = snprintf(path, sizeof(path), "%s/%s", dir, name);

	if (n < 0 || n >= (int)sizeof(path))
		return ERR_TOO_LONG;
	TRY(openssl_public_write(k, SPAN_OF(room), &pem));
	return write_file_atomic(path, pem, WRITE_PUBLIC);
}

static void
put_hex(FILE *f, const char *name, struct bytes b, const char *end)
{
	char text[2 * 64 + 1];

	hex_text(text, sizeof(text), b);
	(void)fprintf(f, "  \"%s\": \"%s\"%s\n", name, text, end);
}

static void
put_ids(FILE *f, const char *name, struct list l)
{
	struct cbor_in items = cbor_items(l);

	(void)fprintf(f, "  \"%s\": [", name);
	for (size_t i = 0; i < l.n; i++) {
		char text[33];

		hex_text(text, sizeof(text), cbor_bstr(&items, 16, 16));
		(void)fprintf(f, "%s\"%s\"", i > 0 ? ", " : "", text);
	}
	(void)fprintf(f, "],\n");
}

static void
put_kid(FILE *f, const struct crypto *c, const struct cose_key *k)
{
	uint8_t kid[KID_LEN] = {0};
	char text[KID_TEXT] = "";

	if (cose_key_thumbprint(c, k, kid) == OK)
		base64url_text(text, sizeof(text), BYTES_OF(kid));
	(void)fprintf(f, "\"%s\"", text);
}

static void
put_device(FILE *f, const struct device *d, const struct result *r)
{
	const struct crypto *c = crypto_openssl();

	(void)fprintf(f, "{\n");
	put_hex(f, "ueid", d->ueid, ",");
	put_hex(f, "oemid", d->oemid, ",");
	put_hex(f, "hwmodel", d->hwmodel, ",");
	(void)fprintf(f, "  \"hwversion\": ");
	json_put(f, d->hwversion);
	(void)fprintf(f, ",\n");
	put_ids(f, "vendor_ids", d->vendors);
	put_ids(f, "class_ids", d->classes);
	put_ids(f, "device_ids", d->devices);
	(void)fprintf(f, "  \"teep_keys\": [");
	for (size_t i = 0; i < r->n_teep; i++) {
		(void)fprintf(f, "%s", i > 0 ? ", " : "");
		put_kid(f, c, &r->teep[i]);
	}
	(void)fprintf(f, "],\n  \"report_key\": ");
	put_kid(f, c, &r->report);
	(void)fprintf(f, ",\n  \"evidence_key\": ");
	put_kid(f, c, &r->evidence);
	(void)fprintf(f, ",\n");
	put_hex(f, "launcher_sha256", r->launcher, ",");
	put_hex(f, "agent_sha256", r->agent, ",");
	put_hex(f, "agent_manifest", r->manifest, "");
	(void)fprintf(f, "}\n");
}

static enum err
write_device(const char *dir, const struct device *d, const struct result *r)
{
	char path[PATH_MAX];
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int len = snprintf(path, sizeof(path), "%s/device.json", dir);
	enum err e = ERR_MEMORY;

	if (f == NULL)
		return ERR_MEMORY;
	put_device(f, d, r);
	if (fclose(f) == 0 && len > 0 && len < (int)sizeof(path))
		e = write_file_atomic(
		    path, (struct bytes){(uint8_t *)text, n}, WRITE_PUBLIC);
	free(text);
	return e;
}

enum err
publish(const char *dir, const struct device *d, struct bytes in)
{
	struct result r;

	TRY(decode_result(in, &r));
	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return ERR_SYSTEM;
	TRY(write_key(dir, "teep.pub.pem", &r.teep[0]));
	if (r.n_teep > 1)
		TRY(write_key(dir, "teep-2.pub.pem", &r.teep[1]));
	TRY(write_key(dir, "report.pub.pem", &r.report));
	TRY(write_key(dir, "evidence.pub.pem", &r.evidence));
	return write_device(dir, d, &r);
}
