/*
 * agent_proof: a TAM that has to prove itself, for the tests of the agent:
 * what policy says of it, and what Verifiers say.  [docs/evidence.md 7]
 */
#ifndef AGENT_PROOF_H
#define AGENT_PROOF_H

#include "agent_fake.h"

/* { 1: ["verifier"], 2: seconds, ? 3: status } */
static inline struct bytes
attested(const char *name, uint64_t seconds, uint64_t status)
{
	/* device() begins with the memory of the test's */
	static uint8_t room[4][64];
	static size_t turn;
	struct cbor_out w = cbor_into(SPAN_OF(room[turn++ % 4]));
	struct bytes out;

	cbor_put_map(&w, status != 0 ? 3 : 2);
	cbor_put_uint(&w, 1);
	cbor_put_array(&w, 1);
	cbor_put_text(&w, name);
	cbor_put_uint(&w, 2);
	cbor_put_uint(&w, seconds);
	if (status != 0) {
		cbor_put_uint(&w, 3);
		cbor_put_uint(&w, status);
	}
	assert_ok(cbor_done(&w, &out));
	return out;
}

/* ---- Results about the TAM ----------------------------------------------- */

/* What is wrong with it; zero: nothing. */
struct result_opts {
	int signer; /* 0: K_VERIFIER */
	int about;  /* 0: K_TAM */
	struct bytes nonce;
	uint64_t iat, life; /* 0: the TAM's clock; an hour */
	bool over;          /* exp is not after iat */
	uint64_t nbf;       /* after iat */
	uint32_t without;
	const char *profile;
	uint64_t status; /* of an EAR; 0: of the TEEP profile */
};

static inline struct bytes
signed_by(int signer, struct bytes claims)
{
	struct cbor_out w = begin();

	assert_ok(cose_sign1_write(
	    &w, &keys[signer != 0 ? signer : K_VERIFIER].s, claims, NULL, 0));
	return end(&w);
}

static inline struct bytes
cnf_of(const struct result_opts *o)
{
	struct cbor_out w = begin();

	eat_cnf_put_kid(&w, keys[o->about != 0 ? o->about : K_TAM].s.kid);
	return end(&w);
}

/* The same claims and this nbf, which no EAR of ours has. */
static inline struct bytes
not_before(struct bytes claims, uint64_t nbf)
{
	struct cbor_out w = begin();

	cbor_put_map(&w, (claims.p[0] & 31u) + 1u);
	cbor_put_uint(&w, 5);
	cbor_put_uint(&w, nbf);
	cbor_put_raw(&w, (struct bytes){claims.p + 1, claims.n - 1});
	return end(&w);
}

static inline struct bytes
ear(const struct result_opts *o)
{
	struct ear e = {
	    .has = EAR_RESULT_HAS_EXP | EAR_RESULT_HAS_CNF |
		   EAR_RESULT_HAS_NONCE | EAR_RESULT_HAS_STATUS,
	    .iat = o->iat != 0 ? o->iat : ++tam_clock,
	    .cnf = cnf_of(o),
	    .nonce = o->nonce,
	    .developer = text("test"),
	    .build = text("1"),
	};
	const struct ear_appraisal part = {
	    .has = EAR_HAS_STATUS | EAR_HAS_NONCE,
	    .name = text("tam"),
	    .status = o->status,
	    .nonce = o->nonce,
	};
	uint8_t room[512];
	struct cbor_out w = begin();

	e.status = o->status;
	e.exp = e.iat + 3600;
	e.has &= ~o->without;
	assert_ok(ear_write(&w, &e, &part, 1, SPAN_OF(room)));
	return signed_by(o->signer,
	    o->nbf != 0 ? not_before(end(&w), e.iat + o->nbf) : end(&w));
}

static inline struct bytes
result(const struct result_opts *o)
{
	const uint8_t digest[DIGEST_LEN] = {1};
	struct eat_manifest m = {BYTES_NONE, ALG_SHA256, BYTES_OF(digest)};
	struct eat_claims c = {
	    .has = EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_PROFILE | EAT_HAS_IAT |
		   EAT_HAS_EXP | EAT_HAS_UEID | EAT_HAS_OEMID |
		   EAT_HAS_HWMODEL | EAT_HAS_HWVERSION | EAT_HAS_MANIFESTS,
	    .iat = o->iat != 0 ? o->iat : ++tam_clock,
	    .nonce = o->nonce,
	    .profile = text(o->profile != NULL ? o->profile : EAT_TEEP_PROFILE),
	    .ueid = text("\x01"
			 "0123456789abcdef"),
	    .oemid = text("\x43\x01\x02\x03"),
	    .hwmodel = text("tamd"),
	    .hwversion = text("\x81\x64none"),
	    .manifests = {.n = 1},
	};
	struct cbor_out w;

	if (o->status != 0)
		return ear(o);
	c.exp = o->over ? c.iat : c.iat + (o->life != 0 ? o->life : 3600);
	if (o->nbf != 0) {
		c.nbf = c.iat + o->nbf;
		c.has |= EAT_HAS_NBF;
	}
	c.cnf = cnf_of(o);
	w = begin();
	eat_manifest_put(&w, &m);
	c.manifests.raw = end(&w);
	c.has &= ~o->without;
	w = begin();
	assert_ok(eat_write(&w, &c));
	return signed_by(o->signer, end(&w));
}

/* A QueryRequest with this attestation-payload. */
static inline struct teep_message
asking(struct bytes payload)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(1), BYTES_NONE);

	q.attestation = payload;
	if (payload.n > 0)
		q.has |= TEEP_HAS_ATTESTATION;
	return q;
}

#endif
