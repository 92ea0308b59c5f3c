/*
 * crypto_port_mbedtls: tests over the Mbed TLS port.
 */
#include "crypto_port.h"

#include <mbedtls/base64.h>
#include <mbedtls_pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(
    TEST_PEM_MAX >= MBED_PEM_MAX, "tests lend enough room for a key");

const size_t test_bit_step = 11;
const bool test_reads_compressed = false;

const struct crypto *
test_crypto(void)
{
	const struct crypto *c = crypto_mbedtls();

	if (c == NULL) {
		(void)fprintf(stderr, "no Mbed TLS port\n");
		exit(1);
	}
	return c;
}

/* ---- what was computed before ----------------------------------------- *
 * An emulated processor takes a tenth of a second for a signature, and the
 * tests of the agent make and check the same ones again and again: each is
 * worked out once.  Whether a signature is right depends on nothing but key,
 * message and octets, and with nonces of RFC 6979 the signature itself does,
 * too.
 */
#define MEMO_MAX 4096

static struct memo {
	bool used;
	uint8_t of[DIGEST_LEN];
	enum err e;
	uint8_t sig[SIG_LEN];
} memos[MEMO_MAX];

/* The place of head and n parts; a new one has used unset. */
static struct memo *
memo_of(struct bytes head, struct bytes sig, const struct bytes *part, size_t n)
{
	const struct crypto *c = test_crypto();
	uint8_t of[DIGEST_LEN];
	struct hash h;
	size_t at;

	if (c->hash_begin(&h) != OK || c->hash_more(&h, head) != OK ||
	    c->hash_more(&h, sig) != OK)
		abort();
	for (size_t i = 0; i < n; i++)
		if (c->hash_more(&h, part[i]) != OK)
			abort();
	if (c->hash_end(&h, of) != OK)
		abort();
	at = (of[0] | (size_t)of[1] << 8) % MEMO_MAX;
	if (memos[at].used && memcmp(memos[at].of, of, DIGEST_LEN) != 0)
		memos[at].used = false; /* the older one makes place */
	memcpy(memos[at].of, of, DIGEST_LEN);
	return &memos[at];
}

static enum err
verify_once(int32_t alg, const struct cose_key *k, const struct bytes *part,
    size_t n, struct bytes sig)
{
	uint8_t head[sizeof(alg) + sizeof(*k)];
	struct memo *m;

	if (sig.n != SIG_LEN)
		return test_crypto()->verify(alg, k, part, n, sig);
	memcpy(head, &alg, sizeof(alg));
	memcpy(head + sizeof(alg), k, sizeof(*k));
	m = memo_of(BYTES_OF(head), sig, part, n);
	if (!m->used)
		m->e = test_crypto()->verify(alg, k, part, n, sig);
	m->used = true;
	return m->e;
}

const struct crypto *
test_crypto_once(void)
{
	static struct crypto c;

	c = *test_crypto();
	c.verify = verify_once;
	return &c;
}

static enum err
sign_once(void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	struct signer *s = ctx;
	struct memo *m = memo_of(BYTES_OF(s->kid), BYTES_NONE, part, n);

	if (!m->used)
		m->e = s->sign(s->ctx, part, n, m->sig);
	m->used = true;
	memcpy(sig, m->sig, SIG_LEN);
	return m->e;
}

enum err
test_signer_once(struct signer *s)
{
	struct signer *inner = malloc(sizeof(*inner));

	if (inner == NULL)
		return ERR_MEMORY;
	*inner = *s;
	s->ctx = inner;
	s->sign = sign_once;
	return OK;
}

enum err
test_signer_load(struct bytes pem, struct signer *out)
{
	return mbed_signer_load(pem, out);
}

enum err
test_agreer_load(struct bytes pem, struct agreer *out)
{
	return mbed_agreer_load(pem, out);
}

enum err
test_agreer_from(const uint8_t d[32], struct agreer *out, struct cose_key *pub)
{
	memset(out, 0, sizeof(*out));
	TRY(mbed_scalar_public(d, pub));
	return mbed_agreer_from(d, out);
}

void
test_signer_free(struct signer *s)
{
	struct signer *inner = s->sign == sign_once ? s->ctx : NULL;

	mbed_signer_free(inner != NULL ? inner : s);
	free(inner);
	memset(s, 0, sizeof(*s));
}

void
test_agreer_free(struct agreer *a)
{
	mbed_agreer_free(a);
}

enum err
test_public_read(struct bytes in, struct cose_key *out)
{
	return mbed_public_read(in, out);
}

/* The SPKI of an Ed25519 key is 12 octets and the key, in one line. */
enum err
test_public_raw(struct bytes in, struct cose_key *out)
{
	static const char begin[] = "-----BEGIN PUBLIC KEY-----\n";
	uint8_t der[64];
	size_t n = 0;
	enum err e = mbed_public_read(in, out);

	if (e != ERR_COSE_ALG)
		return e;
	if (!bytes_prefix(in, BYTES_LIT(begin)) ||
	    mbedtls_base64_decode(
		der, sizeof(der), &n, in.p + sizeof(begin) - 1, 60) != 0 ||
	    n != 44)
		return ERR_SYNTAX;
	out->kty = KTY_OKP;
	out->crv = CRV_ED25519;
	memcpy(out->x, der + 12, 32);
	return OK;
}

enum err
test_private_public(struct bytes pem, struct cose_key *out)
{
	return mbed_private_public(pem, out);
}

enum err
test_key_generate(
    int32_t crv, struct span room, struct bytes *pem, struct cose_key *pub)
{
	return mbed_key_generate(crv, room, pem, pub);
}

enum err
test_public_write(const struct cose_key *k, struct span room, struct bytes *pem)
{
	return mbed_public_write(k, room, pem);
}
