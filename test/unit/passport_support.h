/*
 * passport_support: Results that another Verifier has made, and what a device
 * does with them.
 */
#ifndef PASSPORT_SUPPORT_H
#define PASSPORT_SUPPORT_H

#include "tam_support.h"

static struct pair outside; /* the Verifier's key */

/* A Result in the making, and the QueryResponse around it. */
static struct paper {
	struct eat_claims c;
	uint8_t cnf[64], manifests[512], report[128];
	struct cbor_out w_manifests;
	const struct signer *by;
	bool ear;
	uint64_t status; /* of an EAR */
	struct teep_message m;
	const struct signer *from;
} paper;

static struct bytes the_vendor;

static enum err
paper_scope(void *ctx, const uint8_t verifier[KID_LEN], const char *vendor,
    struct bytes hwmodel)
{
	(void)ctx;
	(void)hwmodel;
	assert_memory_equal(verifier, outside.kid, KID_LEN);
	return the_vendor.n == 0 || bytes_same(the_vendor,
					(struct bytes){(const uint8_t *)vendor,
					    strlen(vendor)})
		   ? OK
		   : ERR_SCOPE;
}

static inline bool
paper_any(void *ctx)
{
	(void)ctx;
	return true;
}

static struct tam_results paper_results;

/* The TAM believes this Verifier, and asks for passports. */
static inline void
paper_world(void)
{
	the_vendor = BYTES_NONE;
	paper_results = (struct tam_results){.verifiers = ring_of_one(&outside),
	    .any = paper_any,
	    .scope = paper_scope};
	w.tam.results = &paper_results;
	w.tam.config.model = TAM_PASSPORT;
}

static inline void
paper_cnf(const uint8_t kid[KID_LEN])
{
	struct cbor_out o = cbor_into(SPAN_OF(paper.cnf));

	eat_cnf_put_kid(&o, kid);
	paper.c.cnf = (struct bytes){paper.cnf, o.at};
}

static inline void
paper_lists(const uint8_t digest[DIGEST_LEN])
{
	const struct eat_manifest m = {
	    BYTES_NONE, ALG_SHA256, {digest, DIGEST_LEN}};

	eat_manifest_put(&paper.w_manifests, &m);
	paper.c.manifests.n++;
	paper.c.manifests.raw =
	    (struct bytes){paper.manifests, paper.w_manifests.at};
}

/* What a healthy device presents: a Result that carries the token. */
static inline void
paper_make(size_t device, struct bytes token)
{
	static uint8_t ueid[17];
	uint8_t agent[DIGEST_LEN];
	struct cbor_out o;

	memset(&paper, 0, sizeof(paper));
	memset(ueid, w.dev[device].no, sizeof(ueid));
	ueid[0] = 1;
	memset(agent, 0xa0, sizeof(agent));
	paper.by = &outside.s;
	paper.from = &teep_of(device)->s;
	paper.w_manifests = cbor_into(SPAN_OF(paper.manifests));
	paper.status = EAR_AFFIRMING;
	paper.c = (struct eat_claims){
	    .has = EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF | EAT_HAS_NONCE |
		   EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		   EAT_HAS_HWVERSION | EAT_HAS_PROFILE | EAT_HAS_MANIFESTS |
		   EAT_HAS_REPORT_KEY | EAT_HAS_ASSURANCE,
	    .exp = w.now + 600,
	    .iat = w.now - 10,
	    .nonce = token,
	    .ueid = BYTES_OF(ueid),
	    .oemid = BYTES_LIT("\x43\x0a\x0b\x0c"),
	    .hwmodel = BYTES_LIT("model-1"),
	    .hwversion = BYTES_LIT("\x81\x65rev-b"),
	    .profile = BYTES_LIT(EAT_TEEP_PROFILE),
	    .assurance = BYTES_LIT("process-grade")};
	o = cbor_into(SPAN_OF(paper.report));
	cose_key_write(&o, &w.dev[device].report.pub);
	paper.c.report_key = (struct bytes){paper.report, o.at};
	paper_cnf(teep_of(device)->kid);
	paper_lists(agent);
	for (size_t i = 0; i < w.dev[device].n_has; i++)
		paper_lists(w.store.shelf[w.dev[device].has[i]].m.digest);
	paper.m = (struct teep_message){.type = TEEP_QUERY_RESPONSE,
	    .has = TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION | TEEP_HAS_TC_LIST,
	    .token = token};
}

/* The same as an EAR. */
static inline struct bytes
paper_ear(struct cbor_out *o)
{
	static uint8_t scratch[4096], teep[2048];
	struct cbor_out t = cbor_into(SPAN_OF(teep));
	struct eat_claims c = paper.c;
	struct ear e = {.has = EAR_RESULT_HAS_EXP,
	    .exp = c.exp,
	    .iat = c.iat,
	    .cnf = c.cnf,
	    .nonce = c.nonce,
	    .developer = BYTES_LIT("d"),
	    .build = BYTES_LIT("b")};
	struct ear_appraisal a = {.has = EAR_HAS_STATUS | EAR_HAS_TEEP,
	    .name = BYTES_LIT("eat"),
	    .status = paper.status};
	struct bytes out;

	if ((c.has & EAT_HAS_CNF) != 0)
		e.has |= EAR_RESULT_HAS_CNF;
	if ((c.has & EAT_HAS_NONCE) != 0)
		e.has |= EAR_RESULT_HAS_NONCE;
	c.has &= ~(uint32_t)(EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF |
			     EAT_HAS_NONCE | EAT_HAS_PROFILE);
	assert_int_equal(eat_write(&t, &c), OK);
	a.teep = (struct bytes){teep, t.at};
	assert_int_equal(ear_write(o, &e, &a, 1, SPAN_OF(scratch)), OK);
	assert_int_equal(cbor_done(o, &out), OK);
	return out;
}

/* The signed Result. */
static inline struct bytes
paper_result(void)
{
	static uint8_t plain[4096], room[8192];
	struct cbor_out o = cbor_into(SPAN_OF(plain));
	struct bytes claims, out;

	if (paper.ear) {
		claims = paper_ear(&o);
	} else {
		assert_int_equal(eat_write(&o, &paper.c), OK);
		assert_int_equal(cbor_done(&o, &claims), OK);
	}
	o = cbor_into(SPAN_OF(room));
	assert_int_equal(cose_sign1_write(&o, paper.by, claims, NULL, 0), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

/* The QueryResponse with this as its payload. */
static inline struct bytes
paper_with(struct bytes result)
{
	paper.m.attestation = result;
	if (paper.ear) {
		paper.m.has |= TEEP_HAS_FORMAT;
		paper.m.format = BYTES_LIT(EAR_MEDIA_TYPE);
	}
	return sign_message(paper.from, &paper.m);
}

static inline struct bytes
paper_octets(void)
{
	return paper_with(paper_result());
}

/* The token of a fresh session. */
static inline struct bytes
paper_token(uint8_t out[TAM_CHALLENGE_LEN])
{
	struct teep_message m;
	struct verified v;
	struct bytes in;

	assert_int_equal(tam_connect(&w.tam, w.now, &w.arena, &in), OK);
	read_from_tam(in, ACCEPT_SIGN, &v, &m);
	assert_int_equal(
	    m.has & (TEEP_HAS_TOKEN | TEEP_HAS_CHALLENGE), TEEP_HAS_TOKEN);
	assert_int_equal(m.token.n, TAM_CHALLENGE_LEN);
	memcpy(out, m.token.p, TAM_CHALLENGE_LEN);
	return (struct bytes){out, TAM_CHALLENGE_LEN};
}

static inline int
paper_begins(void **state)
{
	pair_make(&outside, CRV_P256, false);
	return suite_begin(state);
}

static inline int
paper_ends(void **state)
{
	pair_free(&outside);
	return world_end(state);
}

static inline int
paper_reset(void **state)
{
	int e = world_reset(state);

	paper_world();
	return e;
}

#endif
