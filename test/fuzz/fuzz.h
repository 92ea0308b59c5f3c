/*
 * fuzz: what the targets share: a crypto port that believes every signature,
 * keys for it, and a signed envelope around any manifest.
 *
 * The believing port is what lets a fuzzer see the code behind signatures; it
 * draws no random numbers either.  It is a port like any other and lives in
 * this folder only: nothing in the rooms knows of it.  Hashes are real, since
 * a reader must get them right.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdlib.h>
#include <string.h>

#include <crypto_openssl.h>
#include <tamarind/suit.h>

/* The one function of a target. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* What must be so whatever the input; the fuzzer reports an abort. */
#define HOLDS(x)                 \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

/* Where a target writes. */
extern uint8_t fuzz_room[1 << 20];

/* The believing port; never NULL. */
const struct crypto *fuzz_crypto(void);

/* Has one key for every key id and algorithm. */
extern const struct keyring fuzz_ring;
/* Agrees with everybody. */
extern const struct agreer fuzz_agreer;

/* The nth key of a made-up world: not a point, but believed. */
struct cose_key fuzz_key(uint8_t n);
/* Its signer, which signs anything with the same octets. */
struct signer fuzz_signer(uint8_t n);

/* An envelope whose digest holds and whose signature is believed, around
 * manifest; payload is integrated under "#tc".  *out views room. */
MUST_CHECK enum err fuzz_envelope(struct bytes manifest, struct bytes payload,
    struct span room, struct bytes *out);

/* Run one procedure on a device that allows everything and believes that
 * each component holds the payload; its report must read back. */
void fuzz_procedure(const struct suit_manifest *m, struct bytes payload,
    enum suit_procedure what);

#endif
