/*
 * words: how explain, lint and diff speak of what stands in a manifest.
 * Everything foreign is made safe here.                    [security 19]
 */
#ifndef SUIT_WORDS_H
#define SUIT_WORDS_H

#include "walk.h"
#include <cmdline.h>

/* "SHA-256 0011223344556677..." of a SUIT_Digest; its octets whole. */
void say_digest(FILE *f, const struct item *digest, bool whole);
/* The SUIT_Digest that a parameter's value wraps; NULL: none. */
const struct item *digest_of_value(struct pool *p, const struct item *value);

/* "12 octets", "1 octet". */
void say_octets(FILE *f, uint64_t n);
/* A UUID, or whatever stands there. */
void say_id(FILE *f, const struct item *value);
/* Foreign text as it is, or what stands there instead. */
void say_text(FILE *f, const struct item *value);
/* Octets: as text in quotes if they spell something, else hex. */
void say_bytes(FILE *f, struct bytes b);
/* A key's name: of a thumbprint as suit verify prints it. */
void say_kid(FILE *f, struct bytes kid);
/* "A128GCM to kid-2 (ECDH-ES+A128KW)" of an encryption-info. */
void say_encryption(FILE *f, struct pool *p, const struct item *value);
/* "1.2-rc.3" of a list of numbers. */
void say_version(FILE *f, const struct item *list);
/* The value of a parameter, by its label. */
void say_value(FILE *f, struct pool *p, int64_t label, const struct item *v);

/* Text of the manifest that binds a bill of materials: "SPDX sha-256 HEX
 * NAME".                              [docs/decisions/32-bill-of-materials] */
#define TEXT_SBOM (-257)
/* bound.c: "1.2.0", "SPDX sha-256 HEX NAME"; nothing if there is none. */
void say_set_version(FILE *f, const struct model *m);
void say_bill(FILE *f, const struct model *m);

/* "install", "shared sequence"; of a section. */
const char *section_words(unsigned key);
const char *alg_words(int64_t alg);

/* ---- who signed ---------------------------------------------------------- */

enum block_verdict {
	BLOCK_UNKNOWN = 0, /* by no key that was given */
	BLOCK_GOOD,
	BLOCK_WRONG, /* by one of them by its name, and not right */
	BLOCK_ODD,   /* no signature that is known here */
};

/* Whether a block holds under a key of the ring; *kid of that key. */
enum block_verdict block_check(const struct crypto *c,
    const struct keyring *ring, const struct model *m, const struct block *b,
    uint8_t kid[KID_LEN]);

#endif
