/*
 * entries: what stands in claims 272, 273 and -80002.
 *                                            [docs/evidence.md 2 to 4]
 */
#include <string.h>
#include <tamarind/eat.h>

/* SHA-256 in the Named Information registry, not a COSE number. */
#define NI_SHA256 1

/* Open the body of [60, bstr]. */
static struct cbor_in
open_entry(struct cbor_in *items)
{
	cbor_array(items, 2);
	(void)cbor_uint(items, EAT_CONTENT_FORMAT, EAT_CONTENT_FORMAT);
	return cbor_open(cbor_bstr(items, 1, LEN_ANY));
}

static size_t
begin_entry(struct cbor_out *w)
{
	cbor_put_array(w, 2);
	cbor_put_uint(w, EAT_CONTENT_FORMAT);
	return cbor_wrap_begin(w);
}

enum err
eat_manifest_read(struct cbor_in *items, struct eat_manifest *out)
{
	struct cbor_in r = open_entry(items);

	memset(out, 0, sizeof(*out));
	cbor_array(&r, 2);
	out->uri = cbor_tstr(&r, 0, 2048);
	cbor_array(&r, 2);
	out->alg = (int32_t)cbor_int(&r, ALG_SHA256, ALG_SHA256);
	out->digest = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	if (cbor_close(&r) != OK)
		cbor_fail(items, r.err);
	if (items->err != OK)
		memset(out, 0, sizeof(*out));
	return items->err;
}

void
eat_manifest_put(struct cbor_out *w, const struct eat_manifest *m)
{
	size_t mark = begin_entry(w);

	cbor_put_array(w, 2);
	cbor_put_tstr(w, m->uri);
	cbor_put_array(w, 2);
	cbor_put_int(w, m->alg);
	cbor_put_bstr(w, m->digest);
	cbor_wrap_end(w, mark);
}

enum err
eat_payload_key_read(struct cbor_in *items, struct eat_payload_key *out)
{
	struct bytes raw;
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_array(items, 2);
	out->authority = cbor_tstr(items, 1, EAT_AUTHORITY_MAX);
	raw = cbor_raw(items, CBOR_MAP);
	if (items->err == OK) {
		e = cose_key_read(raw, &out->key);
		if (e == OK && out->key.crv != CRV_P256 &&
		    out->key.crv != CRV_X25519)
			e = ERR_COSE_KEY;
		if (e != OK)
			cbor_fail(items, e);
	}
	if (items->err != OK)
		memset(out, 0, sizeof(*out));
	return items->err;
}

void
eat_payload_key_put(struct cbor_out *w, const struct eat_payload_key *k)
{
	cbor_put_array(w, 2);
	cbor_put_tstr(w, k->authority);
	cose_key_write(w, &k->key);
}

struct measured {
	uint32_t has;
	struct bytes id;
	struct bytes digested;
};

// clang-format off
static const struct cbor_field rows[] = {
	FIELD_REQ(1, F_RAW_ARRAY, struct measured, id, 0, 0),
	FIELD_REQ(2, F_RAW_ARRAY, struct measured, digested, 0, 0),
};
// clang-format on

/* Strict: authorities and flags mean what a profile says, and ours has none;
 * a reader that skipped them would skip a condition. */
static const struct cbor_table table = {rows, ARRAY_LEN(rows), 1};

/* [name, ? [version]]. */
static enum err
read_id(struct bytes in, struct eat_component *out)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_array_any(&r, 1, 2);

	out->name = cbor_tstr(&r, 1, 256);
	if (n == 2) {
		cbor_array(&r, 1);
		out->version = cbor_tstr(&r, 1, 256);
	}
	return cbor_close(&r);
}

static enum err
read_digested(struct bytes in, struct eat_component *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_array(&r, 2);
	(void)cbor_uint(&r, NI_SHA256, NI_SHA256);
	out->digest = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	return cbor_close(&r);
}

enum err
eat_component_read(struct cbor_in *items, struct eat_component *out)
{
	struct cbor_in r = open_entry(items);
	struct measured m = {0};
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_map_read(&r, &table, &m);
	e = cbor_close(&r);
	if (e == OK)
		e = read_id(m.id, out);
	if (e == OK)
		e = read_digested(m.digested, out);
	if (e != OK)
		cbor_fail(items, e);
	if (items->err != OK)
		memset(out, 0, sizeof(*out));
	return items->err;
}

void
eat_component_put(struct cbor_out *w, const struct eat_component *m)
{
	size_t mark = begin_entry(w);

	cbor_put_map(w, 2);
	cbor_put_uint(w, 1);
	cbor_put_array(w, m->version.n > 0 ? 2 : 1);
	cbor_put_tstr(w, m->name);
	if (m->version.n > 0) {
		cbor_put_array(w, 1);
		cbor_put_tstr(w, m->version);
	}
	cbor_put_uint(w, 2);
	cbor_put_array(w, 2);
	cbor_put_uint(w, NI_SHA256);
	cbor_put_bstr(w, m->digest);
	cbor_wrap_end(w, mark);
}
