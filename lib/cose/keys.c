/*
 * keys: public keys as COSE_Key, and their names.  [RFC 9052 7, RFC 9679]
 */
#include "cose_int.h"

#include <string.h>

struct key_map {
	uint32_t has;
	int64_t kty, crv;
	struct bytes alg, x, y, d;
};

static const struct cbor_field key_fields[] = {
    FIELD_REQ(1, F_INT, struct key_map, kty, FIELD_NO_MIN, UINT32_MAX),
    FIELD(3, F_RAW, struct key_map, alg, 0, UINT32_MAX),
    FIELD(-1, F_INT, struct key_map, crv, FIELD_NO_MIN, UINT32_MAX),
    FIELD(-2, F_RAW, struct key_map, x, 0, UINT32_MAX),
    FIELD(-3, F_RAW, struct key_map, y, 0, UINT32_MAX),
    FIELD(-4, F_RAW, struct key_map, d, 0, UINT32_MAX),
};
enum { K_KTY, K_ALG, K_CRV, K_X, K_Y, K_D };

static const struct cbor_table key_table = {
    key_fields, ARRAY_LEN(key_fields), 0};

static enum err
coordinate(struct bytes raw, uint8_t out[32])
{
	/* A compressed point has a bool here, and is not taken. */
	if (raw.n != 34 || raw.p[0] != 0x58)
		return ERR_COSE_KEY;
	memcpy(out, raw.p + 2, 32);
	return OK;
}

/* A key that names an algorithm is for that one. */
static enum err
alg_fits(struct bytes raw, int64_t crv)
{
	struct cbor_in r = cbor_open(raw);
	bool fits = false;

	switch (cbor_int(&r, INT32_MIN, INT32_MAX)) {
	case ALG_ED25519:
	case ALG_EDDSA:
		fits = crv == CRV_ED25519;
		break;
	case ALG_ESP256:
	case ALG_ES256:
		fits = crv == CRV_P256;
		break;
	case ALG_ECDH_ES_A128KW:
	case ALG_ECDH_ES_A192KW:
	case ALG_ECDH_ES_A256KW:
		fits = crv == CRV_P256 || crv == CRV_X25519;
		break;
	default:
		break;
	}
	return fits ? OK : ERR_COSE_ALG;
}

static enum err
key_take(const struct key_map *m, struct cose_key *k)
{
	bool y = (m->has >> K_Y & 1) != 0;

	if ((m->has >> K_D & 1) != 0)
		return ERR_COSE_KEY; /* somebody's secret: not to be used */
	if (m->kty == KTY_EC2 && m->crv == CRV_P256) {
		TRY(coordinate(m->x, k->x));
		TRY(coordinate(m->y, k->y));
	} else if (m->kty == KTY_OKP && !y &&
		   (m->crv == CRV_ED25519 || m->crv == CRV_X25519)) {
		TRY(coordinate(m->x, k->x));
	} else {
		return ERR_COSE_KEY;
	}
	k->kty = (int32_t)m->kty;
	k->crv = (int32_t)m->crv;
	if ((m->has >> K_ALG & 1) != 0)
		return alg_fits(m->alg, m->crv);
	return OK;
}

enum err
cose_key_read(struct bytes in, struct cose_key *out)
{
	struct cbor_in r = cbor_open(in);
	struct key_map m;
	struct cose_key k;

	memset(out, 0, sizeof(*out));
	memset(&m, 0, sizeof(m));
	memset(&k, 0, sizeof(k));
	cbor_map_read(&r, &key_table, &m);
	TRY(cbor_close(&r));
	TRY(key_take(&m, &k));
	*out = k;
	return OK;
}

void
cose_key_write(struct cbor_out *w, const struct cose_key *k)
{
	/* {1: kty, -1: crv, -2: x and, of EC2, -3: y} */
	if (k->kty == KTY_EC2 && k->crv == CRV_P256) {
		cbor_put_raw(w, BYTES_LIT("\xa4\x01\x02\x20\x01\x21\x58\x20"));
		cbor_put_raw(w, BYTES_OF(k->x));
		cbor_put_raw(w, BYTES_LIT("\x22\x58\x20"));
		cbor_put_raw(w, BYTES_OF(k->y));
	} else if (k->kty == KTY_OKP &&
		   (k->crv == CRV_ED25519 || k->crv == CRV_X25519)) {
		cbor_put_raw(w, BYTES_LIT("\xa3\x01\x01\x20"));
		cbor_put_uint(w, (uint64_t)k->crv);
		cbor_put_raw(w, BYTES_LIT("\x21\x58\x20"));
		cbor_put_raw(w, BYTES_OF(k->x));
	} else if (w->err == OK) {
		/* A key that can do nothing has no form and no name. */
		w->err = ERR_COSE_KEY;
	}
}

enum err
cose_key_thumbprint(
    const struct crypto *c, const struct cose_key *k, uint8_t kid[KID_LEN])
{
	uint8_t room[80];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes in;

	memset(kid, 0, KID_LEN);
	cose_key_write(&w, k);
	TRY(cbor_done(&w, &in));
	return c->sha256(&in, 1, kid);
}

int32_t
cose_key_alg(const struct cose_key *k)
{
	if (k->kty == KTY_EC2 && k->crv == CRV_P256)
		return ALG_ESP256;
	if (k->kty == KTY_OKP && k->crv == CRV_ED25519)
		return ALG_ED25519;
	return 0;
}
