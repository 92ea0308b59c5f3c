/*
 * ear: a verdict as an EAR, for Relying Parties of any kind.
 *                                                [EAR; AR4SI; security 8]
 */
#include <string.h>
#include <tamarind/verifier.h>

/* Values of AR4SI. */
enum {
	RECOGNISED = 2,
	UNRECOGNISED = 97,  /* instance, hardware */
	APPROVED = 2,       /* executables: during boot and after it */
	APPROVED_BOOT = 3,  /* executables: at boot */
	UNAPPROVED = 96,    /* executables: others than those; a Verifier that
			     * refuses does not merely warn */
	GENUINE = 2,        /* hardware */
	ENCRYPTED = 2,      /* opaque: from whoever holds the machine */
	ISOLATED_ONLY = 32, /* opaque: from its other users */
};

static void
set(struct ear_vector *v, enum ear_claim c, int64_t value)
{
	v->has |= UINT32_C(1) << c;
	v->value[c] = value;
}

static void
accepted(enum assurance a, struct ear_vector *v)
{
	set(v, EAR_INSTANCE_IDENTITY, RECOGNISED);
	switch (a) {
	case ASSURE_HARDWARE:
		set(v, EAR_EXECUTABLES, APPROVED);
		set(v, EAR_HARDWARE, GENUINE);
		set(v, EAR_RUNTIME_OPAQUE, ENCRYPTED);
		set(v, EAR_STORAGE_OPAQUE, ENCRYPTED);
		return;
	case ASSURE_TPM:
		set(v, EAR_EXECUTABLES, APPROVED_BOOT);
		set(v, EAR_HARDWARE, GENUINE);
		return;
	case ASSURE_PROCESS:
		set(v, EAR_EXECUTABLES, APPROVED_BOOT);
		break;
	case ASSURE_SELF_REPORTED:
	case ASSURE_NONE:
		break;
	}
	set(v, EAR_RUNTIME_OPAQUE, ISOLATED_ONLY);
	set(v, EAR_STORAGE_OPAQUE, ISOLATED_ONLY);
}

void
verifier_vector(const struct appraisal *a, struct ear_vector *out)
{
	static const char hardware[] = "hwversion";

	*out = (struct ear_vector){0};
	if (a->verdict == ACCEPTED) {
		accepted(a->assurance, out);
	} else if (a->bound) {
		/* Who it is was proven, not what it runs. */
		set(out, EAR_INSTANCE_IDENTITY, RECOGNISED);
		if (a->why.what != NULL && strcmp(a->why.what, hardware) == 0)
			set(out, EAR_HARDWARE, UNRECOGNISED);
		else
			set(out, EAR_EXECUTABLES, UNAPPROVED);
	} else if (a->claims.has != 0) {
		set(out, EAR_INSTANCE_IDENTITY, UNRECOGNISED);
	} else {
		for (unsigned i = 0; i < EAR_CLAIMS; i++)
			set(out, (enum ear_claim)i, EAR_CRYPTO_FAILED);
	}
}

/* What an Update would need of it.                       [TEEP 5; EAR] */
static enum err
teep_claims(const struct appraisal *a, const struct verifier_ask *ask,
    struct cbor_out *w, struct bytes *out)
{
	struct eat_claims c = a->claims;

	c.has = EAT_HAS_NONCE |
		(a->claims.has & (EAT_HAS_UEID | EAT_HAS_OEMID |
				     EAT_HAS_HWMODEL | EAT_HAS_HWVERSION |
				     EAT_HAS_MANIFESTS | EAT_HAS_REPORT_KEY));
	c.nonce = ask->challenge;
	if (a->assurance != ASSURE_NONE) {
		const char *name = assurance_name(a->assurance);

		c.has |= EAT_HAS_ASSURANCE;
		c.assurance =
		    (struct bytes){(const uint8_t *)name, strlen(name)};
	}
	TRY(eat_write(w, &c));
	return cbor_done(w, out);
}

enum err
verifier_ear_write(struct cbor_out *w, const struct verifier *v,
    const struct appraisal *a, const struct verifier_ask *ask,
    uint64_t life_seconds, const struct verifier_name *name,
    struct span scratch)
{
	const char *scheme = verifier_scheme_name(v, ask->media);
	char id[VERIFIER_RULES_ID];
	uint8_t room[48],
	    policy[sizeof(VERIFIER_POLICY) + VERIFIER_RULES_ID + 8];
	uint8_t teep[4096];
	struct cbor_out cnf = cbor_into(SPAN_OF(room));
	struct cbor_out p = cbor_into(SPAN_OF(policy));
	struct cbor_out t = cbor_into(SPAN_OF(teep));
	struct ear_appraisal one = {.has = EAR_HAS_STATUS | EAR_HAS_VECTOR |
					   EAR_HAS_POLICIES | EAR_HAS_NONCE,
	    .name = {(const uint8_t *)scheme, strlen(scheme)},
	    .policies = {.n = 1},
	    .nonce = ask->challenge};
	struct ear e = {.has = EAR_RESULT_HAS_EXP | EAR_RESULT_HAS_NONCE,
	    .iat = ask->now,
	    .nonce = ask->challenge,
	    .developer = name->developer,
	    .build = name->build};

	if (life_seconds > UINT64_MAX - ask->now)
		return ERR_BUG;
	e.exp = ask->now + life_seconds;
	cbor_put_text(&p, VERIFIER_POLICY);
	if (v->rules != NULL) {
		verifier_rules_id(v->rules, id);
		cbor_put_text(&p, id);
		one.policies.n++;
	}
	TRY(cbor_done(&p, &one.policies.raw));
	verifier_vector(a, &one.vector);
	one.status = ear_worst(&one.vector);
	if (a->has_kid) {
		eat_cnf_put_kid(&cnf, a->kid);
		TRY(cbor_done(&cnf, &e.cnf));
		e.has |= EAR_RESULT_HAS_CNF;
	}
	/* Where there is no room the claims of the device are left out:
	 * nothing rests on them that the appraisal has not seen. */
	if (a->verdict == ACCEPTED && teep_claims(a, ask, &t, &one.teep) == OK)
		one.has |= EAR_HAS_TEEP;
	return ear_write(w, &e, &one, 1, scratch);
}
