/*
 * tdx: Evidence of a trust domain of Intel TDX.     [docs/evidence.md 10.2]
 *
 * A quoting enclave signs for the domain with a key of its own, which its
 * report binds; the platform's key signs that report, and Intel certifies it.
 */
#include "tdx.h"

#include <string.h>

#define INTEL 343 /* private enterprise number */

/* Of a domain: anything under them is for debugging.  [TDX module 3.4.1] */
#define ATTRIBUTES_UNDER_DEBUG UINT64_C(0xff)
/* Of an enclave.                                        [SDM 38.7.1] */
#define QE_INIT  1u
#define QE_DEBUG 2u

#define TYPE     "tag:tamarind.example,2026:tdx"
#define QE_OWNER 2 /* ISVPRODID of Intel's quoting enclave for TDX */

/* ---- who signed -------------------------------------------------------- */

static enum err
signature(struct job *j, struct bytes key, struct bytes covered,
    struct bytes sig, const char *what)
{
	struct verifier_public k;
	enum err e = j->more->point(CRV_P256, key, &k);

	if (e == OK)
		e = j->more->verify(VERIFY_ES256, &k, &covered, 1, sig);
	return e == OK ? OK : job_refuse(j, e, what);
}

/* The enclave's report names the key that it made. */
static enum err
key_bound(struct job *j, const struct tdx_quote *q)
{
	const struct bytes part[] = {q->key, q->qe_auth};
	uint8_t want[HASH_MAX] = {0};
	size_t n;
	enum err e =
	    j->more->hash(HASH_SHA256, part, ARRAY_LEN(part), want, &n);

	if (e != OK)
		return job_refuse(j, e, "attestation key");
	if (!bytes_same(BYTES_OF(want), q->qe_user))
		return job_differs(j, ERR_KEY_PURPOSE, "attestation key",
		    WHY_HEX, BYTES_OF(want), q->qe_user);
	return OK;
}

static enum err
authenticate(struct job *j, const struct tdx_quote *q, uint8_t room[1024],
    struct tdx_platform *out)
{
	struct verifier_extension x = {
	    "1.2.840.113741.1.13.1", {room, 1024}, 0, false};
	struct verifier_public pck;
	enum err e;

	TRY(hardware_path(j, INTEL, q->certificates, &pck, &x, 1));
	if (!x.there)
		return job_refuse(j, ERR_MISSING, "certificate extension");
	e = tdx_platform_read((struct bytes){room, x.n}, out);
	if (e != OK)
		return job_refuse(j, e, "certificate extension");
	e = j->more->verify(VERIFY_ES256, &pck, &q->qe, 1, q->qe_sig);
	if (e != OK)
		return job_refuse(j, e, "QE report signature");
	TRY(key_bound(j, q));
	return signature(j, q->key, q->covered, q->sig, "quote signature");
}

/* ---- states ------------------------------------------------------------ */

static enum err
state_check(struct job *j, const struct tdx_quote *q)
{
	if ((q->qe_attributes & QE_DEBUG) != 0)
		return job_refuse(j, ERR_EVIDENCE_STATE, "QE debug");
	if ((q->qe_attributes & QE_INIT) == 0)
		return job_refuse(j, ERR_RANGE, "QE attributes");
	if (q->qe_product != QE_OWNER)
		return job_refuse(j, ERR_KEY_PURPOSE, "QE product");
	if ((q->attributes & ATTRIBUTES_UNDER_DEBUG) != 0)
		return job_refuse(j, ERR_EVIDENCE_STATE, "TD attributes debug");
	/* A module of Intel's own: no signer, no attributes. */
	if (q->seam_attributes != 0 || !hardware_zero(q->seam_by))
		return job_refuse(j, ERR_EVIDENCE_STATE, "TDX module");
	return OK;
}

/* ---- measurements ------------------------------------------------------ */

static const char *const rtmrs[TDX_RTMRS] = {
    "rtmr0", "rtmr1", "rtmr2", "rtmr3"};
/* The other octets of TEE_TCB_SVN are reserved.      [TDX module 3.9.4] */
static const char *const modules[] = {"tcb.tdx.0", "tcb.tdx.1", "tcb.tdx.2"};
static const char *const svns[TDX_SVNS] = {"tcb.sgx.01", "tcb.sgx.02",
    "tcb.sgx.03", "tcb.sgx.04", "tcb.sgx.05", "tcb.sgx.06", "tcb.sgx.07",
    "tcb.sgx.08", "tcb.sgx.09", "tcb.sgx.10", "tcb.sgx.11", "tcb.sgx.12",
    "tcb.sgx.13", "tcb.sgx.14", "tcb.sgx.15", "tcb.sgx.16"};

static enum err
say(struct job *j, const struct tdx_quote *q, const struct tdx_platform *p)
{
	TRY(hardware_say_digest(j, "mrtd", "mrtd", HASH_SHA384, q->mrtd));
	for (size_t i = 0; i < TDX_RTMRS; i++)
		TRY(hardware_say_digest(
		    j, rtmrs[i], rtmrs[i], HASH_SHA384, q->rtmr[i]));
	TRY(hardware_say_digest(j, "mrseam", "mrseam", HASH_SHA384, q->seam));
	TRY(hardware_say_digest(
	    j, "qe signer", "qe.signer", HASH_SHA256, q->qe_signer));
	TRY(hardware_say_svn(j, "qe svn", "qe.svn", q->qe_svn));
	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		TRY(hardware_say_svn(j, modules[i], modules[i], q->tcb.p[i]));
	for (size_t i = 0; i < TDX_SVNS; i++)
		TRY(hardware_say_svn(j, svns[i], svns[i], p->svn[i]));
	return hardware_say_svn(j, "tcb.pce", "tcb.pce", p->pce);
}

static enum err
appraise(struct job *j, struct bytes evidence)
{
	struct tdx_platform p;
	struct tdx_quote q;
	struct hardware h;
	uint8_t ueid[33], room[1024];
	char tcb[32];

	if (j->more == NULL)
		return job_refuse(j, ERR_BUG, "quote");
	TRY(hardware_read(evidence, TYPE, &h, &j->out->why));
	TRY(tdx_quote_read(h.report, &q, &j->out->why));
	TRY(authenticate(j, &q, room, &p));
	TRY(hardware_ueid(j, p.ppid, ueid));
	{
		const struct hardware_device d = {.oemid = INTEL,
		    .hwmodel = p.fmspc,
		    .ueid = BYTES_OF(ueid),
		    .hwversion = hardware_digits(q.tcb, SPAN_OF(tcb))};

		TRY(hardware_about(j, &d));
		TRY(hardware_bound(j, &h, &d, q.user));
	}
	TRY(state_check(j, &q));
	return say(j, &q, &p);
}

static enum err
nonce(struct bytes evidence, struct bytes *out, struct why *why)
{
	return hardware_nonce(evidence, TYPE, out, why);
}

static const char *const media[] = {"application/cmw+cbor; cmwc_t=\"" TYPE "\"",
    "application/vnd.intel.tdx.quote", NULL};

const struct scheme scheme_tdx = {
    .name = "tdx",
    .media = media,
    .most = ASSURE_HARDWARE,
    .nonce = nonce,
    .appraise = appraise,
};
