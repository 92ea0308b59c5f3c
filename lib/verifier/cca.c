/*
 * cca: Evidence of a realm of Arm CCA.              [docs/evidence.md 10.4]
 *
 * The platform's key signs what runs below realms and the digest of a key
 * with which the realm's token is signed.
 */
#include "cca.h"

#include <string.h>

#define ARM  4128 /* private enterprise number */
#define TYPE "tag:tamarind.example,2026:cca"

/* The platform vouches for this key and no other. */
static enum err
key_bound(
    struct job *j, const struct cca_platform *p, const struct cca_realm *r)
{
	uint8_t want[HASH_MAX];
	size_t n;
	enum err e =
	    j->more->hash(hardware_hash(r->key_alg), &r->key, 1, want, &n);

	if (e != OK)
		return job_refuse(j, e, "realm key");
	if (!bytes_same_ct((struct bytes){want, n}, p->nonce))
		return job_differs(j, ERR_KEY_PURPOSE, "realm key", WHY_HEX,
		    p->nonce, (struct bytes){want, n});
	return OK;
}

static enum err
authenticate(struct job *j, const struct cca_token *t,
    const struct cca_platform *p, const struct cca_realm *r,
    struct bytes *environment)
{
	struct verifier_public key;
	enum err e;

	TRY(hardware_device_signed(j, p->id, p->ueid, &t->platform,
	    "platform signature", environment));
	TRY(key_bound(j, p, r));
	e = j->more->point(CRV_P384, BYTES_OF(r->point), &key);
	if (e != OK)
		return job_refuse(j, e, "realm key");
	return hardware_sign1_verify(j, &t->realm, &key, "realm signature");
}

/* ---- measurements ------------------------------------------------------ */

static enum err
say_platform(struct job *j, const struct cca_platform *p)
{
	TRY(hardware_say_raw(
	    j, "platform config", "cca.platform-config", p->config));
	j->set.several = true;
	return hardware_say_software(
	    j, p->software, "cca.software-component", p->alg);
}

/* A realm is known by its initial measurement. */
static enum err
about_realm(struct job *j, const struct cca_realm *r)
{
	uint8_t room[96];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	enum err e;

	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 0);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 0);
	cbor_put_tag(&w, CORIM_TAG_OPAQUE);
	cbor_put_bstr(&w, r->initial);
	e = cbor_done(&w, &out);
	return e == OK ? job_about(j, out) : job_refuse(j, e, "environment");
}

/* What was never extended, or never given, measures nothing. */
static enum err
say_realm(struct job *j, const struct cca_realm *r)
{
	static const char *const names[CCA_REMS] = {
	    "cca.rem0", "cca.rem1", "cca.rem2", "cca.rem3"};
	uint64_t alg = (uint64_t)hardware_hash(r->alg);
	struct cbor_in items = cbor_items(r->extensible);

	TRY(about_realm(j, r));
	TRY(hardware_say_digest(j, "cca.rim", "cca.rim", alg, r->initial));
	for (size_t i = 0; i < CCA_REMS; i++) {
		struct bytes rem = cbor_bstr(&items, 1, HASH_MAX);

		if (!hardware_zero(rem))
			TRY(hardware_say_digest(
			    j, names[i], names[i], alg, rem));
	}
	if (hardware_zero(r->personal))
		return OK;
	return hardware_say_raw(j, "cca.rpv", "cca.rpv", r->personal);
}

static enum err
appraise(struct job *j, struct bytes evidence)
{
	struct why *why = &j->out->why;
	struct bytes environment;
	struct cca_platform p;
	struct cca_token t;
	struct cca_realm r;
	struct hardware h;
	char config[64];

	TRY(hardware_read(evidence, TYPE, &h, why));
	TRY(cca_token_read(h.report, &t, why));
	TRY(cca_platform_read(t.platform.payload, &p, why));
	TRY(cca_realm_read(t.realm.payload, &r, why));
	TRY(authenticate(j, &t, &p, &r, &environment));
	TRY(job_about(j, environment));
	{
		const struct hardware_device d = {.oemid = ARM,
		    .environment = environment,
		    .hwmodel = p.id,
		    .ueid = p.ueid,
		    .hwversion = hardware_digits(p.config, SPAN_OF(config))};

		TRY(hardware_bound(j, &h, &d, r.challenge));
	}
	TRY(hardware_lifecycle(j, p.lifecycle));
	TRY(say_platform(j, &p));
	return say_realm(j, &r);
}

static enum err
nonce(struct bytes evidence, struct bytes *out, struct why *why)
{
	return hardware_nonce(evidence, TYPE, out, why);
}

static const char *const media[] = {"application/cmw+cbor; cmwc_t=\"" TYPE "\"",
    "application/eat-collection; profile=\"http://arm.com/CCA-SSD/1.0.0\"",
    NULL};

const struct scheme scheme_cca = {
    .name = "cca",
    .media = media,
    .most = ASSURE_HARDWARE,
    .nonce = nonce,
    .appraise = appraise,
};
