/*
 * recipients: read COSE_Encrypt, and find the content key that one of its
 * recipients has.                        [RFC 9052 5, 9053 6.2, 6.4, SUIT FE]
 */
#include "cose_int.h"

#include <string.h>

#define RECIPIENTS_MAX 8

/* AES in counter and chaining modes, which have no tag.  [RFC 9459] */
#define CIPHERS_FIRST (-65534)
#define CIPHERS_LAST  (-65529)

bool
cose_is_encrypt(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	bool tagged = cbor_tag_if(&r, TAG_ENCRYPT);

	cbor_array(&r, 4);
	if (tagged)
		return r.err == OK;
	(void)cbor_bstr(&r, 0, LEN_ANY);
	(void)cbor_raw(&r, CBOR_MAP);
	(void)nil_or_bstr(&r);
	return cbor_peek(&r) == CBOR_ARRAY;
}

/*
 * A cipher without a tag has an empty protected bucket, anything else has
 * alg in it: what a tag does not cover must not choose the algorithm.
 * Payloads: others put alg of such a cipher there all the same, and the
 * manifest's signature covers both places.               [SUIT MTI, FE 6.1]
 */
static enum err
content_header(struct cose_encrypted *out, enum bare_rule rule)
{
	struct headers h;
	bool bare, placed;

	TRY(headers_read(&out->prot, out->unprot, ALG_IN_EITHER, &h));
	bare = h.alg >= CIPHERS_FIRST && h.alg <= CIPHERS_LAST;
	placed = h.alg_protected;
	if (bare)
		placed = placed ? rule == BARE_EITHER : out->prot.n == 0;
	if (h.alg == 0 || !placed || out->prot.n > PROT_MAX)
		return ERR_COSE_HEADER;
	out->alg = h.alg;
	out->iv = h.iv;
	return OK;
}

/* One COSE_recipient; those with recipients of their own are not used. */
struct recipient {
	struct bytes prot, wrapped;
	struct headers h;
};

/* Agreement protects its algorithm, key wrap alone protects nothing.
 *                                               [RFC 9053 6.2.1, 6.4.1] */
static bool
recipient_placed(const struct recipient *to)
{
	int32_t alg = to->h.alg;

	if (alg <= ALG_ECDH_ES_A128KW && alg >= ALG_ECDH_ES_A256KW)
		return to->h.alg_protected;
	if (alg <= ALG_A128KW && alg >= ALG_A256KW)
		return to->prot.n == 0;
	return alg != 0;
}

static enum err
recipient_read(struct cbor_in *items, struct recipient *out)
{
	struct bytes unprot;
	enum err e;

	cbor_array(items, 3);
	buckets_read(items, &out->prot, &unprot);
	out->wrapped = cbor_bstr(items, 0, LEN_ANY);
	e = items->err;
	if (e == OK)
		e = headers_read(&out->prot, unprot, ALG_IN_EITHER, &out->h);
	if (e == OK && (out->prot.n > PROT_MAX || !recipient_placed(out)))
		e = ERR_COSE_HEADER;
	if (e != OK)
		cbor_fail(items, e);
	return e;
}

static enum err
recipients_check(struct list l, const uint8_t **at)
{
	struct cbor_in items = cbor_items(l);
	struct recipient one;

	for (size_t i = 0; i < l.n; i++) {
		*at = l.raw.p + items.at;
		TRY(recipient_read(&items, &one));
	}
	return cbor_close(&items);
}

static enum err
read_all(struct bytes in, enum bare_rule rule, struct cose_encrypted *out,
    const uint8_t **at)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	*at = in.p;
	if (in.n > 0 && !cose_is_encrypt(in))
		return ERR_COSE_TYPE;
	out->tagged = cbor_tag_if(&r, TAG_ENCRYPT);
	cbor_array(&r, 4);
	buckets_read(&r, &out->prot, &out->unprot);
	out->ciphertext = nil_or_bstr(&r);
	out->recipients = layers_read(&r, RECIPIENTS_MAX);
	e = cbor_close(&r);
	if (e != OK) {
		if (r.err_at > 0) /* or in may be nothing at all */
			*at = in.p + r.err_at;
		return e;
	}
	*at = out->prot.p;
	TRY(content_header(out, rule));
	return recipients_check(out->recipients, at);
}

enum err
encrypted_read(struct bytes in, enum bare_rule rule, struct cose_encrypted *out,
    struct why *why)
{
	const uint8_t *at;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = read_all(in, rule, out, &at);
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	return refuse(why, e, "encrypted message", in, at);
}

enum err
cose_encrypted_read(
    struct bytes in, struct cose_encrypted *out, struct why *why)
{
	return encrypted_read(in, BARE_UNPROT, out, why);
}

/* Octets of the key that wraps the content key for to, if this key can have
 * it; 0 if not. */
static size_t
kek_for(const struct crypto *c, const struct cose_opener *key,
    const struct recipient *to)
{
	bool agreed = false;
	size_t n = kek_length(c, to->h.alg, &agreed);

	if (agreed != (key->agree != NULL))
		return 0;
	return agreed || n == key->kek.n ? n : 0;
}

/* The content key as one recipient has it, of cek.n octets. */
static enum err
cek_unwrap(const struct crypto *c, const struct cose_opener *key,
    const char *ctx, const struct recipient *to, struct span cek)
{
	uint8_t z[32] = {0}, room[CEK_MAX] = {0};
	struct span kek = {room, kek_for(c, key, to)};
	struct cose_key eph;
	enum err e;

	if (to->wrapped.n != cek.n + 8)
		return ERR_UNDECRYPTABLE;
	if (key->agree == NULL)
		return c->kw_unwrap(key->kek, to->wrapped, cek);
	TRY(cose_key_read(to->h.ephemeral, &eph));
	e = key->agree->agree(key->agree->ctx, &eph, z);
	if (e == OK)
		e = kek_derive(c, z, to->h.salt, to->prot, ctx, kek);
	if (e == OK)
		e = c->kw_unwrap(
		    (struct bytes){kek.p, kek.n}, to->wrapped, cek);
	wipe(z, sizeof(z));
	wipe(room, sizeof(room));
	return e;
}

/*
 * Try the recipients that name this key or, if none does, all of them: kids
 * are optional, and not everybody's are thumbprints.  Key wrap tells a wrong
 * key from the right one.
 */
enum err
cek_find(const struct crypto *c, const struct cose_opener *key, const char *ctx,
    struct list recipients, struct span cek)
{
	bool named = false;

	for (int pass = 0; pass < 2 && !named; pass++) {
		struct cbor_in items = cbor_items(recipients);
		struct recipient to;
		enum err e;

		for (size_t i = 0; i < recipients.n; i++) {
			TRY(recipient_read(&items, &to));
			if (kek_for(c, key, &to) == 0)
				continue;
			if (pass == 0 && (key->kid.n == 0 ||
					     !bytes_same(to.h.kid, key->kid)))
				continue;
			named = pass == 0;
			e = cek_unwrap(c, key, ctx, &to, cek);
			if (e == OK || err_class(e) == CLASS_PORT)
				return e;
		}
	}
	return ERR_UNDECRYPTABLE;
}
