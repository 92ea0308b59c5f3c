/*
 * psa: a PSA attestation token as Evidence. [RFC 9783; docs/evidence.md 10.3]
 */
#include "psa.h"

#include <string.h>

#define ARM  4128 /* private enterprise number */
#define TYPE "tag:tamarind.example,2026:psa"

/* Whose form of naming software do the endorsements of this device have? */
static const char *
software_key(struct bytes environment)
{
	struct corim_environment e;
	struct cbor_in r;

	if (corim_environment_read(environment, &e) != OK)
		return NULL;
	r = cbor_open(e.part[ENV_CLASS_ID]);
	return cbor_tag_if(&r, CORIM_TAG_PSA) ? NULL : "psa.software-component";
}

/* The normal world may have a token signed, too, over what it likes: a key
 * of a trusted application is bound only if that asked. */
static enum err
client_check(struct job *j, const struct psa_claims *c)
{
	if (!j->out->has_kid || c->client > 0)
		return OK;
	return job_refuse(j, ERR_EVIDENCE_STATE, "client-id");
}

static enum err
appraise(struct job *j, struct bytes evidence)
{
	struct why *why = &j->out->why;
	struct hardware_sign1 s;
	struct psa_claims c;
	struct bytes environment;
	struct hardware h;

	TRY(hardware_read(evidence, TYPE, &h, why));
	TRY(hardware_sign1_read(h.report, &s, why));
	TRY(psa_claims_read(s.payload, &c, why));
	TRY(hardware_device_signed(
	    j, c.id, c.ueid, &s, "token signature", &environment));
	TRY(job_about(j, environment));
	{
		const struct hardware_device d = {.oemid = ARM,
		    .environment = environment,
		    .hwmodel = c.id,
		    .ueid = c.ueid,
		    .hwversion =
			c.certified.n > 0 ? c.certified : BYTES_LIT("psa")};

		TRY(hardware_bound(j, &h, &d, c.nonce));
	}
	TRY(hardware_lifecycle(j, c.lifecycle));
	TRY(client_check(j, &c));
	/* Several of them may have one name. */
	j->set.several = true;
	return hardware_say_software(
	    j, c.software, software_key(environment), BYTES_NONE);
}

static enum err
nonce(struct bytes evidence, struct bytes *out, struct why *why)
{
	return hardware_nonce(evidence, TYPE, out, why);
}

static const char *const media[] = {"application/cmw+cbor; cmwc_t=\"" TYPE "\"",
    "application/eat+cwt; eat_profile=\"tag:psacertified.org,2023:psa#tfm\"",
    "application/psa-attestation-token", NULL};

const struct scheme scheme_psa = {
    .name = "psa",
    .media = media,
    .most = ASSURE_HARDWARE,
    .nonce = nonce,
    .appraise = appraise,
};
