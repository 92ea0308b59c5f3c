/*
 * fuzz: the believing crypto port, and envelopes it believes.
 */
#include "fuzz.h"

uint8_t fuzz_room[1 << 20];

static enum err
believe_key(const struct cose_key *k)
{
	return cose_key_alg(k) == 0 ? ERR_COSE_KEY : OK;
}

static enum err
believe_verify(int32_t alg, const struct cose_key *k, const struct bytes *part,
    size_t n, struct bytes sig)
{
	(void)part;
	(void)n;
	return cose_key_alg(k) != alg || sig.n != SIG_LEN ? ERR_SIGNATURE : OK;
}

static enum err
believe_hmac(struct bytes key, struct bytes msg, uint8_t out[32])
{
	(void)key;
	(void)msg;
	memset(out, 0, 32);
	return OK;
}

static enum err
no_random(struct span out)
{
	memset(out.p, 7, out.n);
	return OK;
}

static enum err
believe_unwrap(struct bytes kek, struct bytes in, struct span out)
{
	if (in.n != out.n + 8)
		return ERR_BUG;
	memset(out.p, kek.p[0], out.n);
	return OK;
}

static enum err
believe_open(int32_t alg, struct bytes key, struct bytes iv, struct bytes aad,
    struct bytes in, struct span out)
{
	(void)alg;
	(void)key;
	(void)iv;
	(void)aad;
	if (out.n > in.n)
		return ERR_BUG;
	if (out.n > 0)
		memmove(out.p, in.p, out.n);
	return OK;
}

const struct crypto *
fuzz_crypto(void)
{
	static struct crypto c;

	if (c.can == 0) {
		HOLDS(crypto_openssl() != NULL);
		c = *crypto_openssl();
		c.key_check = believe_key;
		c.verify = believe_verify;
		c.hmac_sha256 = believe_hmac;
		c.random = no_random;
		c.kw_unwrap = believe_unwrap;
		c.open = believe_open;
	}
	return &c;
}

static enum err
any_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	(void)kid;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	memset(out, 0, sizeof(*out));
	out->kty = alg == ALG_ED25519   ? KTY_OKP
		   : alg == ALG_HMAC256 ? KTY_SYMMETRIC
					: KTY_EC2;
	out->crv = alg == ALG_ED25519 ? CRV_ED25519 : CRV_P256;
	return OK;
}

const struct keyring fuzz_ring = {NULL, any_key};

static enum err
agree(void *ctx, const struct cose_key *peer, uint8_t z[32])
{
	(void)ctx;
	memcpy(z, peer->x, 32);
	return OK;
}

const struct agreer fuzz_agreer = {.agree = agree};

static enum err
sign(void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	(void)ctx;
	(void)part;
	(void)n;
	memset(sig, 1, SIG_LEN);
	return OK;
}

struct cose_key
fuzz_key(uint8_t n)
{
	struct cose_key k = {.kty = KTY_EC2, .crv = CRV_P256};

	memset(k.x, n, sizeof(k.x));
	memset(k.y, n, sizeof(k.y));
	return k;
}

struct signer
fuzz_signer(uint8_t n)
{
	struct signer s = {.alg = ALG_ESP256, .sign = sign};
	struct cose_key k = fuzz_key(n);

	HOLDS(cose_key_thumbprint(fuzz_crypto(), &k, s.kid) == OK);
	return s;
}

enum err
fuzz_envelope(struct bytes manifest, struct bytes payload, struct span room,
    struct bytes *out)
{
	const struct signer s = {.alg = ALG_ESP256, .sign = sign};
	struct cbor_out w = cbor_into(room), d;
	uint8_t head[9], sha[DIGEST_LEN], item[64];
	struct bytes part[2] = {BYTES_NONE, manifest}, digest;
	size_t wrapper, block;

	d = cbor_into(SPAN_OF(head));
	cbor_put_bstr_head(&d, manifest.n);
	TRY(cbor_done(&d, &part[0]));
	TRY(fuzz_crypto()->sha256(part, 2, sha));
	d = cbor_into(SPAN_OF(item));
	cbor_put_array(&d, 2);
	cbor_put_int(&d, ALG_SHA256);
	cbor_put_bstr(&d, BYTES_OF(sha));
	TRY(cbor_done(&d, &digest));

	cbor_put_map(&w, 3);
	cbor_put_uint(&w, 2);
	wrapper = cbor_wrap_begin(&w);
	cbor_put_array(&w, 2);
	cbor_put_bstr(&w, digest);
	block = cbor_wrap_begin(&w);
	TRY(cose_sign1_write(
	    &w, &s, digest, NULL, WRITE_TAGGED | WRITE_DETACHED));
	cbor_wrap_end(&w, block);
	cbor_wrap_end(&w, wrapper);
	cbor_put_uint(&w, 3);
	cbor_put_bstr(&w, manifest);
	cbor_put_text(&w, "#tc");
	cbor_put_bstr(&w, payload);
	return cbor_done(&w, out);
}
