/*
 * keeper_check: what the keeper signs, and nothing else.
 *
 * Whoever holds the front may ask for anything.  He gets signatures on
 * messages that the protocol knows, as many as the rate allows; what he lays
 * in store is of no use after its Results have ended.
 */
#include "keeper.h"

#include <crypto_openssl.h>
#include <string.h>

/* A Sig_structure taken apart.                            [RFC 9052 4.4] */
struct to_sign {
	bool multi; /* of a COSE_Sign */
	struct bytes payload;
};

/* The protected header is exactly {1: alg}: whatever else could stand there
 * might mean something to somebody. */
static enum err
prot_check(struct bytes prot, int32_t alg, struct why *why)
{
	uint8_t room[8];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes want;

	cbor_put_map(&w, 1);
	cbor_put_int(&w, 1);
	cbor_put_int(&w, alg);
	TRY(cbor_done(&w, &want));
	return bytes_same(prot, want)
		   ? OK
		   : why_set(why, ERR_COSE_HEADER, "protected header");
}

static enum err
structure_read(
    struct bytes in, int32_t alg, struct to_sign *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_array_any(&r, 4, 5);
	struct bytes context = cbor_tstr(&r, 0, 10);
	struct bytes prot = cbor_bstr(&r, 0, 8);

	out->multi = n == 5;
	if (out->multi) {
		if (prot.n != 0)
			cbor_fail(&r, ERR_UNEXPECTED);
		prot = cbor_bstr(&r, 0, 8);
	}
	(void)cbor_bstr(&r, 0, 0); /* external_aad */
	out->payload = cbor_bstr(&r, 1, in.n);
	if (cbor_close(&r) != OK)
		return why_set(why, r.err, "Sig_structure");
	if (!bytes_same(context,
		out->multi ? BYTES_LIT("Signature") : BYTES_LIT("Signature1")))
		return why_set(why, ERR_KEY_PURPOSE, "context");
	return prot_check(prot, alg, why);
}

static enum err
update_check(
    const struct teep_message *m, const struct dialect *d, struct why *why)
{
	const uint32_t acts = TEEP_HAS_MANIFESTS | TEEP_HAS_UNNEEDED;
	const uint32_t bound = d != NULL && d->update == DIALECT_UNBOUND
				   ? TEEP_HAS_TOKEN
				   : TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION;

	if ((m->has & acts) != 0 && (m->has & bound) != bound)
		return why_set(why, ERR_UNBOUND, "Update");
	return OK;
}

/* What has no format is a Result of the TEEP profile, for whoever reads it; so
 * nothing else may go without one.                      [TEEP 4.2] */
static enum err
payload_check(const struct teep_message *m, struct why *why)
{
	struct cose_signed s;
	struct eat_claims c;

	if ((m->has & (TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT)) !=
	    TEEP_HAS_ATTESTATION)
		return OK;
	TRY(cose_signed_read(m->attestation, ACCEPT_SIGN1, &s, why));
	TRY(eat_parse(s.payload, &c, why));
	return eat_result_complete(&c, why);
}

enum err
keeper_check_teep(struct bytes sig_structure, int32_t alg,
    const struct dialect *d, struct why *why)
{
	struct to_sign t;
	struct teep_message m;
	const char *other;
	enum err e;

	TRY(structure_read(sig_structure, dialect_alg(d, alg), &t, why));
	e = teep_parse(t.payload, d, &m, why);
	/* A message means one thing: what this key signs reads in no other
	 * dialect as something else. */
	other = dialect_other(d, &dialect_others, t.payload, e);
	if (other != NULL)
		return why_set(why, ERR_DIALECT, other);
	TRY(e);
	if (t.multi && d != NULL && d->first == DIALECT_SIGN1)
		return why_set(why, ERR_DIALECT, "first");
	if (m.type == TEEP_QUERY_REQUEST)
		return payload_check(&m, why);
	if (m.type != TEEP_UPDATE || t.multi)
		return why_set(why, ERR_KEY_PURPOSE, "message type");
	return update_check(&m, d, why);
}

static enum err
time_check(
    const struct eat_claims *c, uint64_t now, uint64_t life, struct why *why)
{
	uint64_t off = c->iat > now ? c->iat - now : now - c->iat;

	if (off > KEEPER_OFF_MAX)
		return why_set(why, ERR_LIMIT, "iat");
	if (c->exp <= c->iat || c->exp - c->iat > life)
		return why_set(why, ERR_LIMIT, "exp");
	return OK;
}

/*
 * Bound to a device by cnf, to an exchange by the nonce, and to now: else a
 * Result could be kept until it is of use.  Agents hold iat against the time
 * that they know.                                        [security 1, 7]
 */
static enum err
healthy_check(
    const struct eat_claims *c, uint64_t now, uint64_t life, struct why *why)
{
	TRY(eat_result_complete(c, why));
	if ((c->has & EAT_HAS_EXP) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "exp");
	if ((c->has & EAT_HAS_IAT) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "iat");
	if ((c->has & EAT_HAS_NONCE) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "eat_nonce");
	return time_check(c, now, life, why);
}

static bool
is_teep_key(const struct keeper *k, const uint8_t kid[KID_LEN])
{
	for (size_t i = 0; i < k->n_keys; i++)
		if (k->teep[i].sign != NULL &&
		    memcmp(k->teep[i].kid, kid, KID_LEN) == 0)
			return true;
	return false;
}

/* A Result about this TAM says what the keeper itself measured, whatever the
 * front would like it to say. */
static enum err
self_check(const struct keeper *k, const struct eat_claims *c, struct why *why)
{
	const uint32_t all = EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF |
			     EAT_HAS_NONCE | EAT_HAS_UEID | EAT_HAS_OEMID |
			     EAT_HAS_HWMODEL | EAT_HAS_HWVERSION |
			     EAT_HAS_PROFILE | EAT_HAS_MANIFESTS;
	struct eat_claims own = {0};
	uint8_t kid[KID_LEN];

	if (k->self.n > 0 && eat_parse((struct bytes){k->self.room, k->self.n},
				 &own, NULL) != OK)
		return ERR_BUG;
	if (eat_cnf_kid(crypto_openssl(), c->cnf, kid) != OK)
		return why_set(why, ERR_KEY_PURPOSE, "cnf");
	if (!is_teep_key(k, kid))
		return !bytes_same(c->ueid, own.ueid)
			   ? OK
			   : why_set(why, ERR_KEY_PURPOSE, "ueid");
	if (own.has == 0 || c->has != all || !bytes_same(c->ueid, own.ueid) ||
	    !bytes_same(c->oemid, own.oemid) ||
	    !bytes_same(c->hwmodel, own.hwmodel) ||
	    !bytes_same(c->hwversion, own.hwversion) ||
	    c->manifests.n != own.manifests.n ||
	    !bytes_same(c->manifests.raw, own.manifests.raw))
		return why_set(why, ERR_KEY_PURPOSE, "TAM attestation");
	return OK;
}

/*
 * What binds an Update to a device that failed: an EAR, whose every word is
 * that it failed.  It is bound and timed like any Result.
 */
static enum err
warning_check(
    const struct keeper *k, struct bytes in, uint64_t now, struct why *why)
{
	const struct bytes profile = BYTES_LIT(EAR_PROFILE);
	struct eat_claims c = {.has = EAT_HAS_IAT | EAT_HAS_EXP};
	struct ear_appraisal a;
	uint8_t kid[KID_LEN];
	struct cbor_in r;
	struct ear e;
	size_t n;

	TRY(ear_parse(in, &profile, 1, &e, why));
	if ((e.has & EAR_RESULT_HAS_EXP) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "exp");
	if ((e.has & EAR_RESULT_HAS_CNF) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "cnf");
	if ((e.has & EAR_RESULT_HAS_NONCE) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "eat_nonce");
	if ((e.has & EAR_RESULT_HAS_EVIDENCE) != 0)
		return why_set(why, ERR_KEY_PURPOSE, "ear_raw_evidence");
	r = ear_appraisals(&e, &n);
	for (size_t i = 0; i < n; i++) {
		TRY(ear_appraisal_read(&r, &a));
		if (a.status != EAR_CONTRAINDICATED)
			return why_set(why, ERR_KEY_PURPOSE, "ear_status");
	}
	c.iat = e.iat;
	c.exp = e.exp;
	TRY(time_check(&c, now, k->result_life, why));
	if (eat_cnf_kid(crypto_openssl(), e.cnf, kid) != OK ||
	    is_teep_key(k, kid))
		return why_set(why, ERR_KEY_PURPOSE, "cnf");
	return OK;
}

enum err
keeper_check_result(const struct keeper *k, struct bytes sig_structure,
    int32_t alg, uint64_t now, struct why *why)
{
	struct to_sign t;
	struct eat_claims c;

	TRY(structure_read(sig_structure, alg, &t, why));
	if (t.multi)
		return why_set(why, ERR_KEY_PURPOSE, "context");
	TRY(eat_parse(t.payload, &c, why));
	if (bytes_same(c.profile, BYTES_LIT(EAR_PROFILE)))
		return warning_check(k, t.payload, now, why);
	TRY(healthy_check(&c, now, k->result_life, why));
	return self_check(k, &c, why);
}
