/*
 * snp: Evidence of a guest of AMD SEV-SNP.          [docs/evidence.md 10.1]
 *
 * The chip's own key (VCEK) signs the report; AMD certifies that key for one
 * chip and one version of each part of the trusted code.
 */
#include "snp.h"

#include <string.h>

#define AMD 3704 /* private enterprise number */

#define POLICY_ALWAYS_ONE (UINT64_C(1) << 17)
#define POLICY_MIGRATION  (UINT64_C(1) << 18)
#define POLICY_DEBUG      (UINT64_C(1) << 19)

#define FLAG_MASKED_CHIP 2u
#define FLAG_SIGNER(f)   ((f) >> 2 & 7)
#define SIGNER_VCEK      0

#define TYPE "tag:tamarind.example,2026:snp"

/* ---- the chip's certificate -------------------------------------------- */

/* In the order of enum snp_tcb, and then: */
enum { X_CHIP = SNP_TCB, X_PRODUCT, X_ALL };

struct vcek {
	struct verifier_public key;
	uint8_t room[X_ALL][80];
	struct verifier_extension ext[X_ALL];
	uint64_t tcb[SNP_TCB];
	struct bytes chip, product;
};

static const char *const oids[X_ALL] = {
    [SNP_TCB_BOOTLOADER] = "1.3.6.1.4.1.3704.1.3.1",
    [SNP_TCB_TEE] = "1.3.6.1.4.1.3704.1.3.2",
    [SNP_TCB_SNP] = "1.3.6.1.4.1.3704.1.3.3",
    [SNP_TCB_MICROCODE] = "1.3.6.1.4.1.3704.1.3.8",
    [X_CHIP] = "1.3.6.1.4.1.3704.1.4",
    [X_PRODUCT] = "1.3.6.1.4.1.3704.1.2",
};

static const struct {
	const char *what, *mkey;
} parts[SNP_TCB] = {
    [SNP_TCB_BOOTLOADER] = {"tcb bootloader", "tcb.bootloader"},
    [SNP_TCB_TEE] = {"tcb tee", "tcb.tee"},
    [SNP_TCB_SNP] = {"tcb snp", "tcb.snp"},
    [SNP_TCB_MICROCODE] = {"tcb microcode", "tcb.microcode"},
};

#define DER_IA5STRING    0x16
#define DER_OCTET_STRING 4

/* The model of the processor: what stands before the stepping. */
static struct bytes
model(struct bytes product)
{
	for (size_t i = 0; i < product.n; i++)
		if (product.p[i] == '-')
			product.n = i;
	return product;
}

static enum err
vcek_extensions(struct job *j, struct vcek *c)
{
	struct bytes v[X_ALL], all;

	for (size_t i = 0; i < X_ALL; i++) {
		if (!c->ext[i].there)
			return job_refuse(
			    j, ERR_MISSING, "certificate extension");
		v[i] = (struct bytes){c->room[i], c->ext[i].n};
	}
	for (size_t i = 0; i < SNP_TCB; i++)
		if (der_uint(&v[i], 255, &c->tcb[i]) != OK || v[i].n > 0)
			return job_refuse(
			    j, ERR_RANGE, "certificate extension");
	/* AMD writes the chip's number bare. */
	c->chip = v[X_CHIP];
	all = v[X_CHIP];
	if (all.n > 64 &&
	    (der_take(&all, DER_OCTET_STRING, &c->chip) != OK || all.n > 0))
		return job_refuse(j, ERR_RANGE, "certificate extension");
	all = v[X_PRODUCT];
	if (der_take(&all, DER_IA5STRING, &c->product) != OK || all.n > 0)
		return job_refuse(j, ERR_RANGE, "certificate extension");
	c->product = model(c->product);
	if (c->product.n == 0 || c->product.n > 32)
		return job_refuse(j, ERR_RANGE, "certificate extension");
	return OK;
}

static enum err
vcek_read(struct job *j, struct bytes certificates, struct vcek *c)
{
	for (size_t i = 0; i < X_ALL; i++)
		c->ext[i] = (struct verifier_extension){
		    oids[i], SPAN_OF(c->room[i]), 0, false};
	TRY(hardware_path(j, AMD, certificates, &c->key, c->ext, X_ALL));
	return vcek_extensions(j, c);
}

/* It speaks for this chip, with the trusted code that the report names. */
static enum err
vcek_fits(struct job *j, const struct snp_report *r, const struct vcek *c)
{
	if (!bytes_same(c->chip, r->chip))
		return job_differs(j, ERR_EVIDENCE_CLAIM, "chip id", WHY_HEX,
		    c->chip, r->chip);
	for (size_t i = 0; i < SNP_TCB; i++) {
		if (c->tcb[i] == r->tcb[i])
			continue;
		(void)job_refuse(j, ERR_EVIDENCE_CLAIM, parts[i].what);
		j->out->why.kind = WHY_UINT;
		j->out->why.expected_n = c->tcb[i];
		j->out->why.found_n = r->tcb[i];
		return ERR_EVIDENCE_CLAIM;
	}
	return OK;
}

/* ---- the state of the guest -------------------------------------------- */

static enum err
state_check(struct job *j, const struct snp_report *r)
{
	if (FLAG_SIGNER(r->flags) != SIGNER_VCEK)
		return job_refuse(j, ERR_KEY_PURPOSE, "signing key");
	if ((r->flags & FLAG_MASKED_CHIP) != 0 || hardware_zero(r->chip))
		return job_refuse(j, ERR_EVIDENCE_STATE, "chip id");
	if ((r->policy & POLICY_ALWAYS_ONE) == 0)
		return job_refuse(j, ERR_RANGE, "policy");
	if ((r->policy & POLICY_DEBUG) != 0)
		return job_refuse(j, ERR_EVIDENCE_STATE, "policy debug");
	/* It could take all of the guest elsewhere. */
	if ((r->policy & POLICY_MIGRATION) != 0)
		return job_refuse(j, ERR_EVIDENCE_STATE, "policy migration");
	/* Less privileged software asked, which nobody has measured. */
	if (r->vmpl != 0)
		return job_refuse(j, ERR_EVIDENCE_STATE, "vmpl");
	return OK;
}

static enum err
say(struct job *j, const struct snp_report *r)
{
	TRY(hardware_say_digest(
	    j, "measurement", "measurement", HASH_SHA384, r->measurement));
	for (size_t i = 0; i < SNP_TCB; i++)
		TRY(hardware_say_svn(
		    j, parts[i].what, parts[i].mkey, r->tcb[i]));
	return OK;
}

static enum err
appraise(struct job *j, struct bytes evidence)
{
	struct hardware h;
	struct snp_report r;
	struct vcek c;
	uint8_t ueid[33];
	char tcb[16];
	enum err e;

	TRY(hardware_read(evidence, TYPE, &h, &j->out->why));
	TRY(snp_report_read(h.report, &r, &j->out->why));
	TRY(vcek_read(j, h.certificates, &c));
	e = j->more->verify(
	    VERIFY_ES384, &c.key, &r.covered, 1, BYTES_OF(r.sig));
	if (e != OK)
		return job_refuse(j, e, "report signature");
	TRY(vcek_fits(j, &r, &c));
	TRY(hardware_ueid(j, r.chip, ueid));
	{
		const struct hardware_device d = {.oemid = AMD,
		    .hwmodel = c.product,
		    .ueid = BYTES_OF(ueid),
		    .hwversion = hardware_digits(r.reported, SPAN_OF(tcb))};

		TRY(hardware_about(j, &d));
		TRY(hardware_bound(j, &h, &d, r.user));
	}
	TRY(state_check(j, &r));
	return say(j, &r);
}

static enum err
nonce(struct bytes evidence, struct bytes *out, struct why *why)
{
	return hardware_nonce(evidence, TYPE, out, why);
}

static const char *const media[] = {
    "application/cmw+cbor; cmwc_t=\"" TYPE "\"", NULL};

const struct scheme scheme_snp = {
    .name = "sev-snp",
    .media = media,
    .most = ASSURE_HARDWARE,
    .nonce = nonce,
    .appraise = appraise,
};
