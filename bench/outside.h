/*
 * outside: what a program does that callgrind counts leaves out what happens
 * below functions called outside_*: here the crypto port and a signer.
 */
#ifndef BENCH_OUTSIDE_H
#define BENCH_OUTSIDE_H

#include "bench.h"

/* Not called outside_: these are not left out. */
const struct crypto *apart_crypto(void);
/* Borrows inner. */
struct signer apart_signer(const struct signer *inner);

#endif
