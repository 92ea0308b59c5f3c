/*
 * maker: hardware that is believed whatever it signs, and its endorsements.
 */
#ifndef FUZZ_MAKER_H
#define FUZZ_MAKER_H

#include "fuzz.h"

#include <tamarind/verifier.h>

/* All makers of hardware, on a port that believes them. */
const struct verifier *maker_verifier(void);

#endif
