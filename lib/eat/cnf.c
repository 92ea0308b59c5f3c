/*
 * cnf: which key a claims set is about.    [RFC 8747 3, RFC 9679 5, TEEP 5]
 */
#include <string.h>
#include <tamarind/eat.h>

struct cnf {
	uint32_t has;
	struct bytes key;   /* encoded COSE_Key */
	struct bytes kid;   /* thumbprint, by the TEEP profile */
	struct bytes thumb; /* thumbprint, by RFC 9679 */
};

enum { CNF_KEY = 1, CNF_KID = 2, CNF_THUMB = 4 };

// clang-format off
static const struct cbor_field rows[] = {
	FIELD(1, F_RAW_MAP, struct cnf, key, 0, 0),
	FIELD(3, F_BSTR, struct cnf, kid, KID_LEN, KID_LEN),
	FIELD(5, F_BSTR, struct cnf, thumb, KID_LEN, KID_LEN),
};
// clang-format on

static const struct cbor_table table = {rows, ARRAY_LEN(rows), 0};

/* The thumbprint in cnf, or of the key in cnf. */
static enum err
thumbprint(const struct crypto *c, struct bytes in, uint8_t kid[KID_LEN])
{
	struct cbor_in r = cbor_open(in);
	struct cnf cnf = {0};
	struct cose_key key;

	cbor_map_read(&r, &table, &cnf);
	TRY(cbor_close(&r));
	switch (cnf.has) {
	case CNF_KEY:
		TRY(cose_key_read(cnf.key, &key));
		return cose_key_thumbprint(c, &key, kid);
	case CNF_KID:
		memcpy(kid, cnf.kid.p, KID_LEN);
		return OK;
	case CNF_THUMB:
		memcpy(kid, cnf.thumb.p, KID_LEN);
		return OK;
	case 0:
		return ERR_MISSING;
	}
	/* Two ways to name a key may name two keys. */
	return ERR_UNEXPECTED;
}

enum err
eat_cnf_kid(const struct crypto *c, struct bytes cnf, uint8_t kid[KID_LEN])
{
	enum err e = thumbprint(c, cnf, kid);

	if (e != OK)
		memset(kid, 0, KID_LEN);
	return e;
}

void
eat_cnf_put_kid(struct cbor_out *w, const uint8_t kid[KID_LEN])
{
	cbor_put_map(w, 1);
	cbor_put_uint(w, 3);
	cbor_put_bstr(w, (struct bytes){kid, KID_LEN});
}

void
eat_cnf_put_key(struct cbor_out *w, const struct cose_key *k)
{
	cbor_put_map(w, 1);
	cbor_put_uint(w, 1);
	cose_key_write(w, k);
}
