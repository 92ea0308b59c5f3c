/*
 * tdx: what the two files for Intel TDX share.
 */
#ifndef TAMARIND_TDX_H
#define TAMARIND_TDX_H

#include "hardware.h"

#define TDX_RTMRS 4
#define TDX_SVNS  16

/* One quote, version 4; views borrow. */
struct tdx_quote {
	struct bytes covered;  /* by the attestation key's signature */
	struct bytes sig, key; /* 64 octets each */
	/* Of the trust domain. */
	struct bytes tcb;           /* 16: TEE_TCB_SVN */
	struct bytes seam, seam_by; /* 48: MRSEAM, MRSIGNERSEAM */
	uint64_t seam_attributes, attributes;
	struct bytes mrtd;            /* 48 */
	struct bytes rtmr[TDX_RTMRS]; /* 48 each */
	struct bytes user;            /* 64: REPORTDATA */
	/* Of the quoting enclave, which made that key. */
	struct bytes qe, qe_sig, qe_auth;
	uint64_t qe_attributes, qe_product, qe_svn;
	struct bytes qe_signer;    /* 32: MRSIGNER */
	struct bytes qe_user;      /* 64 */
	struct bytes certificates; /* PEM: the platform's, and its issuers' */
};
/* ERR_TRUNCATED, ERR_TRAILING; ERR_VERSION, ERR_COSE_ALG, ERR_UNEXPECTED: of
 * another kind; why names the field. */
MUST_CHECK enum err tdx_quote_read(
    struct bytes in, struct tdx_quote *out, struct why *why);

/* What a platform's certificate says besides its key.  Views borrow. */
struct tdx_platform {
	struct bytes ppid;           /* 16: number of the platform */
	struct bytes fmspc;          /* 6: its kind */
	uint64_t svn[TDX_SVNS], pce; /* versions it was certified with */
};
/* The value of Intel's extension.  ERR_MISSING, ERR_DUPLICATE, or a fault of
 * its DER. */
MUST_CHECK enum err tdx_platform_read(
    struct bytes in, struct tdx_platform *out);

#endif
