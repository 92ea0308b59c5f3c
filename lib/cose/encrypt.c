/*
 * encrypt: write COSE_Encrypt for one recipient, ECDH-ES + A128KW, and what
 * that has in common with opening it.             [RFC 9052 5, 9053 6.4]
 */
#include "cose_int.h"

#include <string.h>

/*
 * Heads: 96([<<{1: alg}>>, {5: ... , and for CTR, which protects nothing,
 * 96(['', {1: alg, 5: ...                                   [RFC 9459 5]
 */
static const struct content contents[] = {
    {ALG_A128GCM, 16, 12, 16, CAN_A128GCM, 9,
	{0xd8, 0x60, 0x84, 0x43, 0xa1, 0x01, 0x01, 0xa1, 0x05}},
    {ALG_CHACHA20_POLY1305, 32, 12, 16, CAN_CHACHA, 10,
	{0xd8, 0x60, 0x84, 0x44, 0xa1, 0x01, 0x18, 0x18, 0xa1, 0x05}},
    {ALG_A128CTR, 16, 16, 0, CAN_A128CTR, 10,
	{0xd8, 0x60, 0x84, 0x40, 0xa2, 0x01, 0x39, 0xff, 0xfd, 0x05}},
};

const struct content *
content_of(int32_t alg)
{
	for (size_t i = 0; i < ARRAY_LEN(contents); i++)
		if (contents[i].alg == alg)
			return &contents[i];
	return NULL;
}

/* The content of the protected bstr in a head. */
static struct bytes
content_prot(const struct content *k)
{
	return (struct bytes){k->head + 4, k->head[3] & 0x1fu};
}

/*
 * COSE_KDF_Context: both parties unnamed, 128 bits wanted, the recipient's
 * protected header as it stands in the message, and the purpose as a byte
 * string, so that no key serves two purposes.  [RFC 9053 5.2, TEEP 9]
 */
static enum err
context_make(struct bytes recipient_prot, const char *ctx, struct span room,
    struct bytes *out)
{
	/* [-3, [null, null, null], [null, null, null], [128, */
	static const uint8_t head[] = {0x84, 0x22, 0x83, 0xf6, 0xf6, 0xf6, 0x83,
	    0xf6, 0xf6, 0xf6, 0x83, 0x18, 0x80};
	struct cbor_out w = cbor_into(room);

	cbor_put_raw(&w, BYTES_OF(head));
	cbor_put_bstr(&w, recipient_prot);
	cbor_put_bstr(&w, (struct bytes){(const uint8_t *)ctx, strlen(ctx)});
	return cbor_done(&w, out);
}

enum err
kek_derive(const struct crypto *c, const uint8_t z[32], struct bytes salt,
    struct bytes recipient_prot, const char *ctx, uint8_t kek[16])
{
	uint8_t room[PROT_MAX + 64];
	struct bytes info;

	TRY(context_make(recipient_prot, ctx, SPAN_OF(room), &info));
	return c->hkdf(
	    salt, (struct bytes){z, 32}, info, (struct span){kek, 16});
}

enum err
aad_make(struct bytes prot, struct span room, struct bytes *out)
{
	struct cbor_out w = cbor_into(room);

	cbor_put_array(&w, 3);
	cbor_put_text(&w, "Encrypt");
	cbor_put_bstr(&w, prot);
	cbor_put_bstr(&w, BYTES_NONE);
	return cbor_done(&w, out);
}

/* [[<<{1: -29}>>, {4: bstr of 32 ... */
static const uint8_t recipient_head[] = {
    0x81, 0x83, 0x44, 0xa1, 0x01, 0x38, 0x1c, 0xa2, 0x04, 0x58, KID_LEN};

static struct bytes
recipient_prot(void)
{
	return (struct bytes){recipient_head + 3, 4};
}

/* One message's secrets, and what of them is sent. */
struct sealing {
	uint8_t cek[CEK_MAX], z[32], kek[16];
	uint8_t wrapped[CEK_MAX + 8];
	uint8_t iv[16];
	struct cose_key eph;
};

/* A fresh content key, wrapped for to, and a fresh iv. */
static enum err
keys_make(struct sealing *s, const struct crypto *c, const struct content *k,
    const struct cose_key *to, const char *ctx)
{
	TRY(c->random((struct span){s->cek, k->key}));
	TRY(c->random((struct span){s->iv, k->iv}));
	TRY(c->ecdh_ephemeral(to, &s->eph, s->z));
	TRY(kek_derive(c, s->z, BYTES_NONE, recipient_prot(), ctx, s->kek));
	return c->kw_wrap(s->kek, (struct bytes){s->cek, k->key},
	    (struct span){s->wrapped, k->key + 8u});
}

/* The ciphertext, made where it will stand. */
static enum err
put_ciphertext(struct cbor_out *w, const struct crypto *c,
    const struct content *k, const struct sealing *s, struct bytes plain)
{
	size_t n = plain.n + k->tag;
	uint8_t room[AAD_MAX];
	struct bytes aad = BYTES_NONE;

	cbor_put_bstr_head(w, n);
	if (w->err != OK)
		return w->err;
	if (w->p != NULL) {
		if (n > w->n - w->at)
			return ERR_ROOM;
		if (k->tag > 0)
			TRY(aad_make(content_prot(k), SPAN_OF(room), &aad));
		TRY(c->seal(k->alg, (struct bytes){s->cek, k->key},
		    (struct bytes){s->iv, k->iv}, aad, plain,
		    (struct span){w->p + w->at, n}));
	}
	w->at += n;
	return OK;
}

enum err
cose_encrypt_write(struct cbor_out *w, const struct crypto *c, int32_t alg,
    const struct cose_key *to, const uint8_t to_kid[KID_LEN], const char *ctx,
    struct bytes plain)
{
	struct sealing s = {.eph = {.kty = KTY_EC2, .crv = CRV_P256}};
	const struct content *k = content_of(alg);
	enum err e = w->err;

	if (e == OK && (k == NULL || (c->can & k->can) == 0 ||
			   (c->can & CAN_P256_ECDH) == 0))
		e = ERR_COSE_ALG;
	if (e == OK && plain.n > SIZE_MAX - k->tag)
		e = ERR_ROOM;
	/* A writer that only measures needs no secrets. */
	if (e == OK && w->p != NULL)
		e = keys_make(&s, c, k, to, ctx);
	if (e == OK) {
		cbor_put_raw(w, (struct bytes){k->head, k->head_n});
		cbor_put_bstr(w, (struct bytes){s.iv, k->iv});
		e = put_ciphertext(w, c, k, &s, plain);
	}
	if (e == OK) {
		cbor_put_raw(w, BYTES_OF(recipient_head));
		cbor_put_raw(w, (struct bytes){to_kid, KID_LEN});
		cbor_put_int(w, HDR_EPHEMERAL);
		cose_key_write(w, &s.eph);
		cbor_put_bstr(w, (struct bytes){s.wrapped, k->key + 8u});
		e = w->err;
	}
	wipe(&s, sizeof(s));
	w->err = e;
	return e;
}
