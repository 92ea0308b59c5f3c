/*
 * tpm_why: what the TPM scheme says of PCRs and events that are not as they
 * should be.
 */
#ifndef TAMARIND_TPM_WHY_H
#define TAMARIND_TPM_WHY_H

#include "scheme.h"
#include <tamarind/tpm.h>

/* Of the registry of Named Information, as CoRIM has it. */
#define NI_SHA256 1

/* "PCR 4" in refusals, "pcr-4" in reference values. */
extern const char *const tpm_pcr_name[TPM_PCRS];
extern const char *const tpm_pcr_mkey[TPM_BOOT_PCRS];

/* Words under construction; what does not fit is cut. */
struct text {
	char p[156];
	size_t n;
};
void text_add(struct text *t, struct bytes b);
void text_say(struct text *t, const char *s);
void text_number(struct text *t, size_t v);
void text_hex(struct text *t, struct bytes b);

enum err tpm_pcr_differs(struct job *j, enum err e, size_t pcr,
    const struct text *expected, const struct text *found);
/* "after event 7 EV_SEPARATOR: 0011.." */
void tpm_last_event(struct bytes log, size_t pcr, struct text *out);
/* A PCR is another than expected: name the first event that nobody expects
 * there. */
void tpm_explain(struct job *j, struct bytes evidence);

#endif
