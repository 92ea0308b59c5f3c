/*
 * cca: what the two files for Arm CCA share.
 */
#ifndef TAMARIND_CCA_H
#define TAMARIND_CCA_H

#include "hardware.h"

#define CCA_REMS 4

/* The two tokens of one. */
struct cca_token {
	struct hardware_sign1 platform, realm;
};
/* ERR_TYPE, ERR_MISSING...: not 399({44234: bstr, 44241: bstr}). */
MUST_CHECK enum err cca_token_read(
    struct bytes in, struct cca_token *out, struct why *why);

/* Claims of the platform; views borrow. */
struct cca_platform {
	uint32_t has;
	struct bytes nonce; /* digest of the realm's key */
	struct bytes ueid;  /* 33 */
	struct bytes profile;
	uint64_t lifecycle;
	struct bytes id; /* 32: of the implementation */
	struct list software;
	struct bytes service;
	struct bytes config;
	struct bytes alg; /* of digests of software */
};
MUST_CHECK enum err cca_platform_read(
    struct bytes in, struct cca_platform *out, struct why *why);

/* Claims of the realm; views borrow. */
struct cca_realm {
	uint32_t has;
	struct bytes challenge; /* 64 */
	struct bytes profile;
	struct bytes personal;  /* 64 */
	struct bytes alg;       /* of measurements */
	struct bytes key;       /* as it is in the claim */
	struct bytes initial;   /* measurement */
	struct list extensible; /* bstr each */
	struct bytes key_alg;   /* of the platform's nonce */
	uint8_t point[96];      /* the key, x || y on P-384 */
};
MUST_CHECK enum err cca_realm_read(
    struct bytes in, struct cca_realm *out, struct why *why);

#endif
