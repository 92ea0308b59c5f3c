/*
 * outside: the crypto port and a signer under names that callgrind can leave
 * out.
 */
#include "outside.h"

#define OUTSIDE static __attribute__((noinline))

OUTSIDE enum err
outside_sha256(const struct bytes *part, size_t n, uint8_t out[DIGEST_LEN])
{
	return crypto_openssl()->sha256(part, n, out);
}

OUTSIDE enum err
outside_hash_begin(struct hash *h)
{
	return crypto_openssl()->hash_begin(h);
}

OUTSIDE enum err
outside_hash_more(struct hash *h, struct bytes in)
{
	return crypto_openssl()->hash_more(h, in);
}

OUTSIDE enum err
outside_hash_end(struct hash *h, uint8_t out[DIGEST_LEN])
{
	return crypto_openssl()->hash_end(h, out);
}

OUTSIDE enum err
outside_key_check(const struct cose_key *k)
{
	return crypto_openssl()->key_check(k);
}

OUTSIDE enum err
outside_verify(int32_t alg, const struct cose_key *k, const struct bytes *part,
    size_t n, struct bytes sig)
{
	return crypto_openssl()->verify(alg, k, part, n, sig);
}

const struct crypto *
apart_crypto(void)
{
	static struct crypto c;

	c = *bench_crypto();
	c.sha256 = outside_sha256;
	c.hash_begin = outside_hash_begin;
	c.hash_more = outside_hash_more;
	c.hash_end = outside_hash_end;
	c.key_check = outside_key_check;
	c.verify = outside_verify;
	return &c;
}

/* The first argument of a signer's function is its own. */
OUTSIDE enum err
outside_sign(void *ctx, const struct bytes *part, size_t n, uint8_t sig[64])
{
	const struct signer *inner = ctx;

	return inner->sign(inner->ctx, part, n, sig);
}

struct signer
apart_signer(const struct signer *inner)
{
	struct signer s = *inner;

	s.ctx = (void *)(uintptr_t)inner;
	s.sign = outside_sign;
	return s;
}
