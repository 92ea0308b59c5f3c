/*
 * result_ear: Results in the form of EAR.                     [EAR; AR4SI]
 */
#include "eat_int.h"

#include <string.h>

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

/* The appraisal of that name; of no name, the only one there is. */
static enum err
find(const struct ear *e, struct bytes name, struct ear_appraisal *out)
{
	size_t n;
	struct cbor_in r = ear_appraisals(e, &n);

	if (name.n == 0 && n != 1)
		return ERR_UNEXPECTED;
	for (size_t i = 0; i < n; i++) {
		TRY(ear_appraisal_read(&r, out));
		if (name.n == 0 || bytes_same(out->name, name))
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

static enum err
take(const struct verified *v, const struct result_ask *ask,
    struct result_said *s, struct why *why)
{
	const struct bytes profile = BYTES_LIT(EAR_PROFILE);
	struct ear_appraisal a;
	struct ear e;
	enum err err;

	TRY(ear_read(v, &profile, 1, &e, why));
	err = find(&e, ask->submod, &a);
	if (err != OK)
		return why_set(why, err, "submods");
	s->status = (enum ear_tier)a.status;
	s->fault = claim_at_fault(&a);
	s->inner = a.nonce;
	s->has_key = (a.has & EAR_HAS_KEY) != 0;
	s->attested =
	    s->has_key && ask->key != NULL && is_spki(a.key, ask->key);
	/* read once already, as a part of the appraisal */
	if ((a.has & EAR_HAS_TEEP) != 0)
		TRY(eat_parse(a.teep, &s->claims, why));
	return OK;
}

const struct result_form result_ear = {take};
