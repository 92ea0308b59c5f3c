/*
 * payloads: the keys that open what signers encrypt to this device.
 *                                          [security 11, SUIT FE 3, 17]
 *
 * Each authority has one pair.  Its scalar comes from the device's secret,
 * the authority's name and the number that policy gives to its key, and is
 * made anew for each use: nothing is stored that could be mixed up, and a key
 * in memory lives as long as one agreement.  Under another manifest, signed by
 * somebody else, a ciphertext meets another key.
 */
#include "agent_int.h"
#include <string.h>

/* A scalar is out of range once in 2^32 tries. */
#define TRIES 4

static enum err
scalar(const struct agent *a, const struct policy_signer *s, uint64_t nth,
    uint8_t d[32])
{
	uint8_t room[NAME_MAX + 64];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes info;

	cbor_put_array(&w, 4);
	cbor_put_tstr(&w, BYTES_LIT("tamarind payload key"));
	cbor_put_tstr(&w, s->name);
	cbor_put_uint(&w, s->payload_key);
	cbor_put_uint(&w, nth);
	TRY(cbor_done(&w, &info));
	return a->ports->crypto->hkdf(
	    BYTES_NONE, a->ports->payloads->secret, info, (struct span){d, 32});
}

/* To be dropped by the caller. */
static enum err
pair(const struct agent *a, const struct policy_signer *s, struct agreer *out,
    struct cose_key *pub)
{
	const struct agent_payloads *p = a->ports->payloads;
	enum err e = ERR_COSE_KEY;
	uint8_t d[32];

	for (uint64_t i = 0; i < TRIES && e == ERR_COSE_KEY; i++) {
		e = scalar(a, s, i, d);
		if (e == OK)
			e = p->pair(d, out, pub);
	}
	wipe(d, sizeof(d));
	return e;
}

static enum err
agree(void *ctx, const struct cose_key *peer, uint8_t z[32])
{
	const struct agent *a = ctx;
	struct cose_key pub;
	struct agreer own;
	enum err e;

	memset(z, 0, 32);
	TRY(pair(a, a->job.opens, &own, &pub));
	e = own.agree(own.ctx, peer, z);
	a->ports->payloads->drop(&own);
	return e;
}

/* The one key of whoever signed the manifest.             [security 11] */
static enum err
opener(void *ctx, const struct suit_manifest *by, size_t nth,
    struct cose_opener *out)
{
	struct agent *a = ctx;
	struct job *j = &a->job;
	const struct policy_signer *s = job_signer(a, by);
	struct cose_key pub;
	struct agreer own;

	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	if (s == NULL || s->payload_key == 0)
		return ERR_SIGNER_ACCESS;
	TRY(pair(a, s, &own, &pub));
	memcpy(j->opens_kid, own.kid, KID_LEN);
	a->ports->payloads->drop(&own);
	memcpy(j->agree.kid, j->opens_kid, KID_LEN);
	j->agree.ctx = a;
	j->agree.agree = agree;
	j->opens = s;
	j->opened = true;
	*out = (struct cose_opener){
	    .kid = BYTES_OF(j->opens_kid), .agree = &j->agree};
	return OK;
}

/* Claim -80002: for each authority that has a key, its public half. */
static enum err
keys(struct agent *a, struct list *out)
{
	const struct policy *p = agent_policy(a);
	struct cbor_out w = pool_begin(&a->pool);
	struct eat_payload_key k;
	struct agreer own;

	*out = (struct list){BYTES_NONE, 0};
	for (size_t i = 0; i < p->n_signers; i++) {
		const struct policy_signer *s = &p->signer[i];

		if (s->payload_key == 0)
			continue;
		TRY(pair(a, s, &own, &k.key));
		a->ports->payloads->drop(&own);
		k.authority = s->name;
		eat_payload_key_put(&w, &k);
		out->n++;
	}
	return pool_end(&a->pool, &w, &out->raw);
}

void
agent_payloads_init(struct agent_payloads *p)
{
	p->opener = opener;
	p->keys = keys;
	p->data = personal_data;
	p->changed = personal_changed;
}
