/*
 * keyrings: the keys of a policy, for the one who verifies.
 *
 * A ring answers keys only; whose key it was, and what that is worth, is
 * asked afterwards by key id.
 */
#include "agent_int.h"

/* One search: the nth key that fits. */
struct pick {
	struct bytes kid;
	int32_t alg;
	size_t skip;
	struct cose_key *out;
};

/* ES256 and EdDSA name a family; the key says which one it is. */
static bool
alg_fits(const struct cose_key *k, int32_t alg)
{
	if (alg == ALG_ES256)
		alg = ALG_ESP256;
	if (alg == ALG_EDDSA)
		alg = ALG_ED25519;
	return cose_key_alg(k) == alg;
}

/* Is this the one?  Then it is copied. */
static bool
offer(struct pick *p, const struct cose_key *k, const uint8_t kid[KID_LEN])
{
	if (p->kid.n > 0 && !bytes_same(p->kid, (struct bytes){kid, KID_LEN}))
		return false;
	if (!alg_fits(k, p->alg) || p->skip-- > 0)
		return false;
	*p->out = *k;
	return true;
}

static bool
offer_all(struct pick *p, const struct policy_keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (offer(p, &k->key[i], k->kid[i]))
			return true;
	return false;
}

static enum err
find_tam(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct policy *p = ctx;
	struct pick pick = {kid, alg, nth, out};

	for (size_t i = 0; i < p->n_tams; i++)
		if (offer_all(&pick, &p->tam[i].sign))
			return OK;
	if (offer_all(&pick, &p->recovery.sign))
		return OK;
	return ERR_UNKNOWN_KEY;
}

static bool
offer_admins(struct pick *pick, const struct policy *p)
{
	for (size_t i = 0; i < p->n_admins; i++)
		if (offer(pick, &p->admin[i], p->admin_kid[i]))
			return true;
	return false;
}

static enum err
find_admin(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	struct pick pick = {kid, alg, nth, out};

	return offer_admins(&pick, ctx) ? OK : ERR_UNKNOWN_KEY;
}

static enum err
find_manifest(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct policy *p = ctx;
	struct pick pick = {kid, alg, nth, out};

	for (size_t i = 0; i < p->n_signers; i++)
		if (offer_all(&pick, &p->signer[i].keys))
			return OK;
	return offer_admins(&pick, p) ? OK : ERR_UNKNOWN_KEY;
}

static enum err
find_log(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct policy *p = ctx;
	struct pick pick = {kid, alg, nth, out};

	return offer_all(&pick, &p->logs) ? OK : ERR_UNKNOWN_KEY;
}

/* The finders only read; struct keyring has one context for all kinds. */
static struct keyring
ring(const struct policy *p,
    enum err (*find)(void *, struct bytes, int32_t, size_t, struct cose_key *))
{
	union {
		const struct policy *in;
		void *out;
	} u = {p};

	return (struct keyring){u.out, find};
}

struct keyring
ring_tams(const struct policy *p)
{
	return ring(p, find_tam);
}

struct keyring
ring_manifests(const struct policy *p)
{
	return ring(p, find_manifest);
}

struct keyring
ring_admins(const struct policy *p)
{
	return ring(p, find_admin);
}

struct keyring
ring_logs(const struct policy *p)
{
	return ring(p, find_log);
}
