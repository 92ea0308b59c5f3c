/*
 * power: the parts of a program that ends another one at a chosen moment.
 *
 * main.c reads options, trace.c follows the processes, calls.c knows system
 * calls, roles.c who they are, regs.c and tear.c reach into a stopped thread.
 */
#ifndef POWER_H
#define POWER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define ROLE_NAME   32
#define TARGET_NAME 128
#define CALLS_MAX   96

/* What a point is about; each role counts each kind from 1. */
enum kind { KIND_NONE, KIND_STORE, KIND_LOAD, KIND_SEND, KIND_RECEIVE, KINDS };

extern const char *const kind_name[KINDS];

enum act {
	ACT_COUNT,
	ACT_KILL_BEFORE,
	ACT_KILL_AFTER,
	ACT_TORN,  /* half of the octets, then death */
	ACT_SHORT, /* half of the octets, and the program is told so */
	ACT_ERROR,
};

/* Where the octets of a call and their number stand. */
enum octets {
	OCTETS_NONE,
	OCTETS_COUNT,  /* third argument */
	OCTETS_IOV,    /* second and third argument */
	OCTETS_MSGHDR, /* second argument */
};

/* How a call is looked at. */
enum look {
	LOOK_WRITE,  /* its descriptor decides: a file, a socket or a pipe */
	LOOK_READ,   /* the same */
	LOOK_FILE,   /* its descriptor is a file */
	LOOK_PATH,   /* a path as its first argument */
	LOOK_PATHAT, /* a folder and a path */
	LOOK_OPEN,   /* a path and flags */
	LOOK_OPENAT, /* a folder, a path and flags */
	LOOK_ACCEPT,
	LOOK_MMAP,
};

struct call {
	int nr;
	const char *name;
	enum look look;
	enum octets octets;
	bool needs_room; /* a full disk can refuse it */
};

/* A system call that a thread is about to make. */
struct point {
	const struct call *call;
	uint64_t arg[6];
	enum kind kind;
	char target[TARGET_NAME];
};

struct options {
	const char *role; /* NULL: only count */
	enum kind kind;
	uint64_t at;
	enum act act;
	int error; /* errno of ACT_ERROR */
	const char *error_name;
	bool stay, whole;
	const char *under; /* NULL: all files */
	FILE *report;
	char **argv;
};

/* Numbers of the calls in the table, at most CALLS_MAX; how many. */
size_t calls_numbers(int out[CALLS_MAX]);
/* What the call nr of a thread is about; false: nothing of interest. */
bool calls_point(pid_t tid, int nr, const uint64_t arg[6],
    const struct options *o, struct point *out);

struct role {
	char name[ROLE_NAME];
	uint64_t n[KINDS];
	uint64_t hits;
};

/* The role of a process; NULL: too many.  It may change its name. */
struct role *roles_of(pid_t tgid);
/* Every role in order of birth; NULL ends. */
struct role *roles_each(size_t i);

/* Run o->argv to its end; its exit status, or 125. */
int trace_run(const struct options *o);

/* The thread has stopped at a system call that it has not made yet. */
bool regs_set_count(pid_t tid, uint64_t n);
bool regs_refuse(pid_t tid, int error);
/* The same, after it was made. */
bool regs_fail(pid_t tid, int error);

/* Let only half of what the call would write through. */
bool tear(pid_t tid, const struct point *p);

#endif
