/*
 * ear_believe: what a Relying Party must see before it acts on a Result.
 *                                                  [EAR; AR4SI; TEEP 5]
 */
#include <string.h>
#include <tamarind/eat.h>

/* SubjectPublicKeyInfo up to the key itself.    [RFC 5480, RFC 8410] */
static const uint8_t p256_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
static const uint8_t ed25519_head[] = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

/* The attested key as DER is this one. */
static bool
is_spki(struct bytes der, const struct cose_key *k)
{
	bool ec = k->kty == KTY_EC2;
	struct bytes head = ec ? BYTES_OF(p256_head) : BYTES_OF(ed25519_head);
	size_t n = ec ? 64 : 32;

	if ((ec ? k->crv != CRV_P256 : k->crv != CRV_ED25519) ||
	    der.n != head.n + n || !bytes_prefix(der, head))
		return false;
	der.p += head.n;
	return memcmp(der.p, k->x, 32) == 0 &&
	       (!ec || memcmp(der.p + 32, k->y, 32) == 0);
}

/* cnf decides where it is there; else the key that was attested. */
static enum err
bound(const struct crypto *c, const struct ear *e,
    const struct ear_appraisal *a, const struct cose_key *key, struct why *why)
{
	uint8_t is[KID_LEN], want[KID_LEN];

	if ((e->has & EAR_RESULT_HAS_CNF) == 0) {
		if ((a->has & EAR_HAS_KEY) != 0 && is_spki(a->key, key))
			return OK;
		return why_set(why, ERR_RESULT_CNF,
		    (a->has & EAR_HAS_KEY) != 0 ? "akpub" : "cnf");
	}
	TRY(cose_key_thumbprint(c, key, want));
	if (eat_cnf_kid(c, e->cnf, is) != OK || memcmp(is, want, KID_LEN) != 0)
		return why_set(why, ERR_RESULT_CNF, "cnf");
	return OK;
}

/* Of the Result, or of the Evidence it is about: whichever are there. */
static enum err
fresh(const struct ear *e, const struct ear_appraisal *a, struct bytes nonce,
    struct why *why)
{
	bool outer = (e->has & EAR_RESULT_HAS_NONCE) != 0;
	bool inner = (a->has & EAR_HAS_NONCE) != 0;

	if ((outer || inner) && (!outer || bytes_same_ct(e->nonce, nonce)) &&
	    (!inner || bytes_same_ct(a->nonce, nonce)))
		return OK;
	(void)why_set(why, ERR_RESULT_NONCE, "eat_nonce");
	if (why != NULL) {
		why->kind = WHY_HEX;
		why->expected = nonce;
		why->found = outer ? e->nonce : a->nonce;
	}
	return ERR_RESULT_NONCE;
}

static enum err
find(const struct ear *e, struct bytes name, struct ear_appraisal *out)
{
	size_t n;
	struct cbor_in r = ear_appraisals(e, &n);

	for (size_t i = 0; i < n; i++) {
		TRY(ear_appraisal_read(&r, out));
		if (bytes_same(out->name, name))
			return OK;
	}
	return ERR_NOT_FOUND;
}

/* Which claim of the vector stands in the way. */
static const char *
claim_at_fault(const struct ear_appraisal *a)
{
	for (size_t i = 0; i < EAR_CLAIMS; i++)
		if ((a->vector.has >> i & 1) != 0 && a->vector.value[i] != 0 &&
		    ear_tier(a->vector.value[i]) != EAR_AFFIRMING)
			return ear_claim_name((enum ear_claim)i);
	return "ear_status";
}

enum err
ear_believe(const struct crypto *c, const struct ear *e,
    const struct ear_ask *ask, struct why *why)
{
	struct ear_appraisal a;
	enum err err = find(e, ask->submod, &a);

	if (err != OK)
		return why_set(why, err, "submods");
	if ((e->has & EAR_RESULT_HAS_EXP) != 0 && e->exp <= ask->now) {
		(void)why_set(why, ERR_EXPIRED, "exp");
		if (why != NULL) {
			why->kind = WHY_UINT;
			why->expected_n = ask->now;
			why->found_n = e->exp;
		}
		return ERR_EXPIRED;
	}
	TRY(fresh(e, &a, ask->nonce, why));
	TRY(bound(c, e, &a, ask->key, why));
	if (a.status == EAR_AFFIRMING)
		return OK;
	(void)why_set(why, ERR_NOT_ATTESTED, claim_at_fault(&a));
	if (why != NULL) {
		why->kind = WHY_UINT;
		why->expected_n = EAR_AFFIRMING;
		why->found_n = a.status;
	}
	return ERR_NOT_ATTESTED;
}
