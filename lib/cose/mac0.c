/*
 * mac0: COSE_Mac0 with HMAC 256/256: how the symmetric profile authenticates a
 * manifest, whose digest stands elsewhere, and a report.
 *                                              [RFC 9052 6, SUIT MTI]
 *
 * Whoever can verify a MAC can make one.  What the key is trusted for is the
 * finder's business, as with signatures.
 */
#include "cose_int.h"

#include <string.h>

#define TAG_MAC0 17
#define MAC_LEN  32

/* MAC_structure: ["MAC0", protected, external_aad, payload].
 *                                                       [RFC 9052 6.3] */
static enum err
compute(const struct crypto *c, struct bytes key, struct bytes prot,
    struct bytes payload, struct span room, uint8_t mac[MAC_LEN])
{
	struct cbor_out w = cbor_into(room);
	struct bytes in;

	cbor_put_array(&w, 4);
	cbor_put_text(&w, "MAC0");
	cbor_put_bstr(&w, prot);
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_bstr(&w, payload);
	TRY(cbor_done(&w, &in));
	return c->hmac_sha256(key, in, mac);
}

enum err
cose_mac_thumbprint(
    const struct crypto *c, const struct cose_key *k, uint8_t kid[KID_LEN])
{
	const struct bytes part[] = {
	    BYTES_LIT("\xa2\x01\x04\x20\x58\x20"), BYTES_OF(k->x)};

	return c->sha256(part, 2, kid);
}

struct mac0 {
	struct bytes prot, unprot, payload, mac; /* payload.p NULL: nil */
	struct headers h;
};

static enum err
mac0_read(struct bytes in, struct mac0 *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_tag(&r, TAG_MAC0);
	cbor_array(&r, 4);
	buckets_read(&r, &out->prot, &out->unprot);
	out->payload = nil_or_bstr(&r);
	out->mac = cbor_bstr(&r, 0, LEN_ANY);
	TRY(cbor_close(&r));
	TRY(headers_read(&out->prot, out->unprot, ALG_IN_PROT, &out->h));
	if (out->h.alg != ALG_HMAC256)
		return ERR_COSE_ALG;
	return out->prot.n <= PROT_MAX ? OK : ERR_COSE_HEADER;
}

bool
cose_is_mac0(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	return cbor_tag_if(&r, TAG_MAC0);
}

static enum err
verify(const struct crypto *c, const struct keyring *ring, const struct mac0 *m,
    struct bytes payload, struct span room, struct verified *out,
    struct why *why)
{
	uint8_t mac[MAC_LEN];
	struct cose_key key;
	enum err e, worst = ERR_UNKNOWN_KEY;

	for (size_t nth = 0;; nth++) {
		e = ring->find(ring->ctx, m->h.kid, ALG_HMAC256, nth, &key);
		if (e == ERR_UNKNOWN_KEY)
			break;
		if (e == OK && key.kty != KTY_SYMMETRIC)
			e = ERR_COSE_ALG;
		if (e == OK)
			e = compute(
			    c, BYTES_OF(key.x), m->prot, payload, room, mac);
		if (e == OK && bytes_same_ct(m->mac, BYTES_OF(mac)))
			e = cose_mac_thumbprint(c, &key, out->kid);
		else if (e == OK)
			e = ERR_SIGNATURE;
		wipe(&key, sizeof(key));
		if (e == OK) {
			out->payload = payload;
			out->alg = ALG_HMAC256;
			return OK;
		}
		if (err_class(e) == CLASS_PORT)
			return why_set(why, e, "MAC");
		worst = e; /* another key may be the one */
	}
	(void)why_set(why, worst, "MAC");
	if (why != NULL)
		why->subject = m->h.kid;
	return worst;
}

enum err
cose_mac0_verify_detached(const struct crypto *c, const struct keyring *ring,
    struct bytes in, struct bytes payload, struct verified *out,
    struct why *why)
{
	uint8_t room[COSE_MAC0_PAYLOAD + COSE_MAC0_ROOM];
	struct mac0 m;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = mac0_read(in, &m);
	if (e == OK && m.payload.p != NULL)
		e = ERR_TYPE;
	if (e != OK)
		return why_set(why, e, "MAC");
	if (payload.n > COSE_MAC0_PAYLOAD)
		return why_set(why, ERR_TOO_LONG, "payload");
	return verify(c, ring, &m, payload, SPAN_OF(room), out, why);
}

enum err
cose_mac0_verify(const struct crypto *c, const struct keyring *ring,
    struct bytes in, struct span room, struct verified *out, struct why *why)
{
	struct mac0 m;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = mac0_read(in, &m);
	if (e == OK && m.payload.p == NULL)
		e = ERR_MISSING;
	if (e != OK)
		return why_set(why, e, "MAC");
	if (room.n < COSE_MAC0_ROOM || m.payload.n > room.n - COSE_MAC0_ROOM)
		return why_set(why, ERR_ROOM, "payload");
	return verify(c, ring, &m, m.payload, room, out, why);
}

enum err
cose_mac0_write(struct cbor_out *w, const struct crypto *c,
    const uint8_t key[32], struct bytes kid, struct bytes payload)
{
	static const uint8_t prot[] = {0xa1, HDR_ALG, ALG_HMAC256};
	uint8_t room[COSE_MAC0_PAYLOAD + COSE_MAC0_ROOM], mac[MAC_LEN] = {0};

	if (w->err == OK && payload.n > COSE_MAC0_PAYLOAD)
		w->err = ERR_TOO_LONG;
	if (w->err == OK)
		w->err = compute(c, (struct bytes){key, 32}, BYTES_OF(prot),
		    payload, SPAN_OF(room), mac);
	cbor_put_tag(w, TAG_MAC0);
	cbor_put_array(w, 4);
	cbor_put_bstr(w, BYTES_OF(prot));
	cbor_put_map(w, kid.n > 0 ? 1 : 0);
	if (kid.n > 0) {
		cbor_put_int(w, HDR_KID);
		cbor_put_bstr(w, kid);
	}
	cbor_put_null(w);
	cbor_put_bstr(w, BYTES_OF(mac));
	return w->err;
}
