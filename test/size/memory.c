/*
 * memory: what image.h promises; of no size that counts.
 */
#include "image.h"

const struct crypto port;
const struct keyring ring;
const struct signer self;
const struct cose_key peer;
const uint8_t port_kid[KID_LEN];
const struct suit_host host;

struct bytes input, output;
struct why why;
struct memory room;
