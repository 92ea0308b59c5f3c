/*
 * file_store: a struct agent_store in one directory.
 *
 *   state        the sealed record
 *   state.new    one that is being written
 *   blobs/HEX    a blob, named by its SHA-256
 *   blobs/new    one that is being written
 *
 * Crash-safe: what is new is written aside and flushed, then renamed, then
 * the directory is flushed.  The record is sealed by AES-128-GCM with a
 * generation number inside: whoever writes the disk can delete it or bring an
 * old one back (only a counter in hardware sees that), but not make one.
 * Blobs are not sealed: the record names them by digest, and the reader
 * hashes what it reads.
 */
#ifndef FILE_STORE_H
#define FILE_STORE_H

#include <sys/types.h>
#include <tamarind/agent.h>

#define FILE_STORE_KEY 16

/*
 * The file operations, each as in POSIX (-1 and errno): a test counts them,
 * fails one, writes short, or dies in the middle.
 */
struct file_ops {
	void *ctx;
	int (*openat)(
	    void *ctx, int dir, const char *name, int flags, mode_t mode);
	ssize_t (*pread)(void *ctx, int fd, void *p, size_t n, off_t at);
	ssize_t (*write)(void *ctx, int fd, const void *p, size_t n);
	int (*fsync)(void *ctx, int fd);
	int (*close)(void *ctx, int fd);
	int (*mkdirat)(void *ctx, int dir, const char *name, mode_t mode);
	int (*renameat)(void *ctx, int dir, const char *from, const char *to);
	int (*unlinkat)(void *ctx, int dir, const char *name);
	/* Hand every name but "." and ".." to each, which may unlink it. */
	int (*list)(void *ctx, int dir,
	    void (*each)(void *arg, const char *name), void *arg);
};

/* The operating system's. */
extern const struct file_ops file_ops_posix;

/* Octets of the sealed record: magic, IV, generation, record, tag. */
#define FILE_STORE_MAGIC 16
#define FILE_STORE_IV    12
#define FILE_STORE_BOX \
	(FILE_STORE_MAGIC + FILE_STORE_IV + 8 + AGENT_STATE_MAX + 16)

struct file_store {
	const struct crypto *crypto;
	const struct file_ops *ops;
	int dir, blobs;       /* descriptors */
	int writing, reading; /* descriptors, -1: none */
	uint8_t reading_name[DIGEST_LEN];
	uint64_t generation; /* of the record on disk */
	bool known;          /* load has looked */
	uint8_t key[FILE_STORE_KEY];
	uint8_t box[FILE_STORE_BOX + 1];
};

/*
 * Open the store in a directory, whose descriptor stays the caller's; makes
 * blobs/ if it is not there.  Keeps c, ops and dir.  Nobody else may write in
 * the directory meanwhile.  ERR_STORE.
 */
MUST_CHECK enum err file_store_open(struct file_store *s,
    const struct crypto *c, const struct file_ops *ops, int dir,
    const uint8_t key[FILE_STORE_KEY]);
/* Close what is open, and wipe the key. */
void file_store_close(struct file_store *s);

/*
 * The store as the agent sees it.  Keeps s.
 *   load    ERR_NOT_FOUND: there is no record.  ERR_STORE: there is one that
 *           cannot be read, or is damaged, forged, or sealed by another key
 *   commit  ERR_BUG before the first load: it would not know the generation
 */
void file_store_port(struct file_store *s, struct agent_store *out);

#endif
