/*
 * other: CBOR by an implementation that is not ours (libcbor).  Its header
 * and ours have names in common, so no file includes both.
 */
#ifndef FUZZ_OTHER_H
#define FUZZ_OTHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does it read all of p as one item, and write that item as the same octets? */
bool other_keeps(const uint8_t *p, size_t n);

#endif
