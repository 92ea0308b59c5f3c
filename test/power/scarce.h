/*
 * scarce: breakpoints at the entrances of the allocating functions.
 */
#ifndef POWER_SCARCE_H
#define POWER_SCARCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#define STOP_BYTE    0xcc
#define STOP_NO_PUSH UINT32_MAX

enum stop_kind {
	STOP_START,     /* main: from here on they are counted */
	STOP_FIRST,     /* size is the first argument */
	STOP_BOTH,      /* a product of two */
	STOP_SECOND,    /* size is the second argument */
	STOP_NUMBER,    /* the result is an error number */
	STOP_DUPLICATE, /* no size among the arguments */
};

struct stop {
	uint64_t at, base; /* where, and where its file begins */
	uint64_t refuser;  /* reallocarray of a C library, 0: grant sizes */
	uint8_t byte;      /* what stood there */
	uint8_t kind;
	bool endbr;            /* first instruction: does nothing */
	uint32_t push, push_n; /* pushes this register; its length */
};

/* A program was executed: stop it where its main begins, when its libraries
 * are there and what a C library does for itself is done. */
void stops_exec(pid_t pid);
/* It has come there: put the breakpoints. */
void stops_begin(pid_t pid, uint64_t base);
/* NULL: none of ours. */
const struct stop *stop_find(uint64_t at);
bool stop_put(pid_t pid, uint64_t at, uint8_t byte);
/* Change arguments, or where it goes on, so that it answers "no memory". */
void stop_refuse(
    const struct stop *s, struct user_regs_struct *r, uint64_t caller);

#endif
