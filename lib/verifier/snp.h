/*
 * snp: what the two files for AMD SEV-SNP share.
 */
#ifndef TAMARIND_SNP_H
#define TAMARIND_SNP_H

#include "hardware.h"

#define SNP_REPORT 1184

/* Whose versions a report and a certificate have. */
enum snp_tcb {
	SNP_TCB_BOOTLOADER,
	SNP_TCB_TEE,
	SNP_TCB_SNP,
	SNP_TCB_MICROCODE,
	SNP_TCB
};

/* One report; views borrow. */
struct snp_report {
	uint32_t version;
	uint64_t policy; /* of the guest */
	uint32_t vmpl;   /* privilege level of who asked */
	uint32_t flags;
	struct bytes user;        /* 64: REPORT_DATA */
	struct bytes measurement; /* 48, SHA-384 */
	struct bytes reported;    /* 8: REPORTED_TCB */
	uint8_t tcb[SNP_TCB];     /* its parts */
	struct bytes chip;        /* 64: CHIP_ID */
	struct bytes covered;     /* by the signature */
	uint8_t sig[96];          /* r || s */
};
/* ERR_TRUNCATED, ERR_TRAILING, ERR_VERSION, ERR_COSE_ALG, ERR_RANGE: why
 * names the field. */
MUST_CHECK enum err snp_report_read(
    struct bytes in, struct snp_report *out, struct why *why);

#endif
