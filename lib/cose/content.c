/*
 * content: the content algorithms, and the keys around a content key: what
 * writing and opening COSE_Encrypt have in common.  [RFC 9052 5, 9053 6, 9459]
 */
#include "cose_int.h"

#include <string.h>

static const struct content contents[] = {
    {ALG_A128GCM, 16, 12, CIPHER_TAG, CAN_A128GCM},
    {ALG_A192GCM, 24, 12, CIPHER_TAG, CAN_A128GCM | CAN_AES_LONG},
    {ALG_A256GCM, 32, 12, CIPHER_TAG, CAN_A128GCM | CAN_AES_LONG},
    {ALG_CHACHA20_POLY1305, 32, 12, CIPHER_TAG, CAN_CHACHA},
    {ALG_A128CTR, 16, 16, 0, CAN_A128CTR},
    {ALG_A192CTR, 24, 16, 0, CAN_A128CTR | CAN_AES_LONG},
    {ALG_A256CTR, 32, 16, 0, CAN_A128CTR | CAN_AES_LONG},
};

const struct content *
content_of(const struct crypto *c, int32_t alg)
{
	for (size_t i = 0; i < ARRAY_LEN(contents); i++)
		if (contents[i].alg == alg &&
		    (c->can & contents[i].can) == contents[i].can)
			return &contents[i];
	return NULL;
}

size_t
kek_length(const struct crypto *c, int32_t alg, bool *agreed)
{
	/* -3, -4, -5 are key wrap with 128, 192, 256 bits; -29, -30, -31 the
	 * same by agreement. */
	int32_t nth = ALG_A128KW - alg;

	*agreed = alg <= ALG_ECDH_ES_A128KW;
	if (*agreed)
		nth = ALG_ECDH_ES_A128KW - alg;
	if (nth < 0 || nth > 2 || (nth > 0 && (c->can & CAN_AES_LONG) == 0))
		return 0;
	return 16 + 8 * (size_t)nth;
}

/*
 * COSE_KDF_Context: the key wrap that the key is for, both parties unnamed,
 * its bits, the recipient's protected header as it stands in the message, and
 * the purpose as a byte string, so that no key serves two purposes.
 *                                  [RFC 9053 5.2, TEEP 9, SUIT FE 6.2.4]
 */
static enum err
context_make(struct bytes recipient_prot, const char *ctx, size_t kek,
    struct span room, struct bytes *out)
{
	/* [null, null, null], [null, null, null], [ */
	static const uint8_t parties[] = {
	    0x83, 0xf6, 0xf6, 0xf6, 0x83, 0xf6, 0xf6, 0xf6, 0x83};
	struct cbor_out w = cbor_into(room);

	cbor_put_array(&w, 4);
	cbor_put_int(&w, ALG_A128KW - (int)(kek - 16) / 8);
	cbor_put_raw(&w, BYTES_OF(parties));
	cbor_put_uint(&w, 8 * kek);
	cbor_put_bstr(&w, recipient_prot);
	cbor_put_bstr(&w, (struct bytes){(const uint8_t *)ctx, strlen(ctx)});
	return cbor_done(&w, out);
}

enum err
kek_derive(const struct crypto *c, const uint8_t z[32], struct bytes salt,
    struct bytes recipient_prot, const char *ctx, struct span kek)
{
	uint8_t room[PROT_MAX + 64];
	struct bytes info;

	TRY(context_make(recipient_prot, ctx, kek.n, SPAN_OF(room), &info));
	return c->hkdf(salt, (struct bytes){z, 32}, info, kek);
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
