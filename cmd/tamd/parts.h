/*
 * parts: what the files of tamd call of each other.
 */
#ifndef TAMD_PARTS_H
#define TAMD_PARTS_H

#include "tamd.h"

/* ---- init.c -------------------------------------------------------------- */

/* Make everything beneath s->dir; answers the exit status. */
int init_main(const struct settings *s, bool json);
/* `tamd dialect NAME`: keys and a section for one more dialect.  path NULL:
 * that of the default with -NAME after it. */
int dialect_main(struct settings *s, const char *name, const char *like,
    const char *path, bool json);

/* ---- unfinished.c --------------------------------------------------------
 */

/* Is there what an init has left that did not end? */
bool unfinished_is(const struct settings *s);
/* Set the mark; what an init that did not end has left in these folders goes.
 * Where there was none, they must not exist.  Answers a descriptor that keeps
 * others out while it is open; -1: said on stderr. */
int unfinished_begin(
    const struct settings *s, const char *const *folder, size_t n);
/* Halves of a file of this name that a killed process was writing. */
bool leftovers_remove(const char *folder, const char *name);
/* All is made, and stays: take the mark away. */
bool unfinished_end(const struct settings *s);

/* ---- supervisor.c ----------------------------------------------------------
 */

/* Where settings come from, to read them again. */
struct source {
	const char *dir, *config, *listen; /* NULL: not given */
};
void source_read(const struct source *from, struct settings *out);
int supervise(const struct source *from);

/* ---- counts.c --------------------------------------------------------------
 */

/* Log what this process asked of the crypto port so far. */
void crypto_counts_log(const char *process);

/* ---- listen.c --------------------------------------------------------------
 */

/* A listening Unix socket of mode 0600; an old one in its place goes. */
int listen_unix(const char *path);

/* ---- front.c ---------------------------------------------------------------
 */

struct front_fds {
	int tcp, ready;
	const int *keeper, *courier; /* one for each thread */
	size_t n_keeper, n_courier;
};
/* The TEEP front: serve HTTP on fd->tcp until SIGTERM.  Writes one octet to
 * fd->ready when it listens. */
int front_run(const struct settings *s, const struct front_fds *fd);

#endif
