/*
 * image: what the weighed images stand on: a port, keys and memory that are
 * elsewhere.
 */
#ifndef SIZE_IMAGE_H
#define SIZE_IMAGE_H

#include <tamarind/eat.h>
#include <tamarind/suit.h>
#include <tamarind/teep.h>

extern const struct crypto port;
extern const struct keyring ring;
extern const struct signer self;
extern const struct cose_key peer;
extern const uint8_t port_kid[KID_LEN];
extern const struct suit_host host;

extern struct bytes input, output;
extern struct why why;
extern struct memory {
	uint8_t plain[4096], out[4096];
	struct suit_manifest manifest;
	struct suit_run run;
} room;

enum err image_teep(void);
enum err image_manifest(void);
enum err image_complete(void);
enum err image_device(void);

#endif
