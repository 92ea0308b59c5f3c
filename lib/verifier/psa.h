/*
 * psa: claims of a PSA attestation token.                  [RFC 9783 4]
 */
#ifndef TAMARIND_PSA_H
#define TAMARIND_PSA_H

#include "hardware.h"

/* Of either form of tokens; views borrow. */
struct psa_claims {
	uint32_t has;
	struct bytes nonce; /* 32, 48 or 64 octets */
	struct bytes ueid;  /* 33 */
	struct bytes seed;
	struct bytes profile;
	int64_t client;
	uint64_t lifecycle;
	struct bytes id; /* 32: of the implementation */
	struct bytes certified;
	struct list software;
	struct bytes service;
	uint64_t unmeasured;
};
/* RFC 9783, or PSA_IOT_PROFILE_1 which came before it.  ERR_MISSING,
 * ERR_UNEXPECTED (another profile), ERR_RANGE: why names the claim. */
MUST_CHECK enum err psa_claims_read(
    struct bytes in, struct psa_claims *out, struct why *why);

#endif
