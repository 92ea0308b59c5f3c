/*
 * file_store: the agent's store in a directory; see file_store.h.
 */
#include "file_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define STATE     "state"
#define STATE_NEW "state.new"
#define BLOBS     "blobs"
#define BLOB_NEW  "new"

/* Before the octets that are sealed, and authenticated with them. */
static const uint8_t magic[FILE_STORE_MAGIC] = "tamarind-store-1";

#define HEX_LEN (2 * DIGEST_LEN)

static void
blob_name(const uint8_t sha256[DIGEST_LEN], char out[HEX_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_LEN; i++) {
		out[2 * i] = hex[sha256[i] >> 4];
		out[2 * i + 1] = hex[sha256[i] & 15];
	}
	out[HEX_LEN] = 0;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The other way; false: not the name of a blob. */
static bool
name_digest(const char *name, uint8_t sha256[DIGEST_LEN])
{
	if (strlen(name) != HEX_LEN)
		return false;
	for (size_t i = 0; i < DIGEST_LEN; i++) {
		int high = digit(name[2 * i]), low = digit(name[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		sha256[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* ---- files ------------------------------------------------------------- */

static int
open_file(struct file_store *s, int dir, const char *name, int flags)
{
	int fd;

	do
		fd = s->ops->openat(s->ops->ctx, dir, name,
		    flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* Close *fd if it is open.  Nothing can be done about an error: what had to
 * be durable was flushed before. */
static void
close_file(struct file_store *s, int *fd)
{
	if (*fd >= 0)
		(void)s->ops->close(s->ops->ctx, *fd);
	*fd = -1;
}

static enum err
write_all(struct file_store *s, int fd, struct bytes b)
{
	while (b.n > 0) {
		ssize_t n = s->ops->write(s->ops->ctx, fd, b.p, b.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_STORE;
		b.p += n;
		b.n -= (size_t)n;
	}
	return OK;
}

/* Up to room.n octets from at; fewer only at the end. */
static enum err
read_at(
    struct file_store *s, int fd, uint64_t at, struct span room, size_t *got)
{
	*got = 0;
	while (*got < room.n) {
		ssize_t n;

		if (at > INT64_MAX - *got)
			return ERR_STORE;
		n = s->ops->pread(s->ops->ctx, fd, room.p + *got, room.n - *got,
		    (off_t)(at + *got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_STORE;
		if (n == 0)
			return OK;
		*got += (size_t)n;
	}
	return OK;
}

/* Flush *fd and put its file in the place of another, for good.  Closes *fd
 * in any case, and removes the file if it does not get there. */
static enum err
settle(struct file_store *s, int *fd, int dir, const char *from, const char *to)
{
	const struct file_ops *o = s->ops;
	enum err e = OK;

	if (o->fsync(o->ctx, *fd) != 0)
		e = ERR_STORE;
	close_file(s, fd);
	if (e == OK && o->renameat(o->ctx, dir, from, to) != 0)
		e = ERR_STORE;
	if (e != OK) {
		(void)o->unlinkat(o->ctx, dir, from);
		return e;
	}
	return o->fsync(o->ctx, dir) == 0 ? OK : ERR_STORE;
}

/* ---- the record -------------------------------------------------------- */

static void
put_u64(uint8_t *p, uint64_t v)
{
	for (size_t i = 8; i > 0; v >>= 8)
		p[--i] = (uint8_t)v;
}

static uint64_t
get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

#define INSIDE (FILE_STORE_MAGIC + FILE_STORE_IV)
#define AROUND (INSIDE + 8 + 16)

/* Seal generation and record into s->box. */
static enum err
seal(struct file_store *s, struct bytes record, struct bytes *out)
{
	const struct crypto *c = s->crypto;
	struct bytes iv = {s->box + FILE_STORE_MAGIC, FILE_STORE_IV};
	struct bytes plain = {s->box + INSIDE, 8 + record.n};

	memcpy(s->box, magic, sizeof(magic));
	TRY(c->random((struct span){s->box + FILE_STORE_MAGIC, iv.n}));
	put_u64(s->box + INSIDE, s->generation + 1);
	memcpy(s->box + INSIDE + 8, record.p, record.n);
	TRY(c->seal(ALG_A128GCM, BYTES_OF(s->key), iv, BYTES_OF(magic), plain,
	    (struct span){s->box + INSIDE, plain.n + 16}));
	*out = (struct bytes){s->box, AROUND + record.n};
	return OK;
}

/* Open the n octets in s->box. */
static enum err
unseal(struct file_store *s, size_t n, struct bytes *record)
{
	struct bytes iv = {s->box + FILE_STORE_MAGIC, FILE_STORE_IV};
	struct bytes sealed = {s->box + INSIDE, n - INSIDE};

	if (n < AROUND || n > FILE_STORE_BOX ||
	    memcmp(s->box, magic, sizeof(magic)) != 0)
		return ERR_STORE;
	if (s->crypto->open(ALG_A128GCM, BYTES_OF(s->key), iv, BYTES_OF(magic),
		sealed, (struct span){s->box + INSIDE, sealed.n - 16}) != OK)
		return ERR_STORE;
	s->generation = get_u64(s->box + INSIDE);
	*record = (struct bytes){s->box + INSIDE + 8, n - AROUND};
	return OK;
}

static enum err
load(void *ctx, struct span room, struct bytes *out)
{
	struct file_store *s = ctx;
	struct bytes record;
	size_t got;
	enum err e;
	int fd;

	*out = BYTES_NONE;
	fd = open_file(s, s->dir, STATE, O_RDONLY);
	if (fd < 0 && errno != ENOENT)
		return ERR_STORE;
	if (fd < 0) {
		s->generation = 0;
		s->known = true;
		return ERR_NOT_FOUND;
	}
	e = read_at(s, fd, 0, SPAN_OF(s->box), &got);
	close_file(s, &fd);
	if (e == OK)
		e = unseal(s, got, &record);
	if (e == OK && record.n > room.n)
		e = ERR_ROOM;
	if (e == OK) {
		memcpy(room.p, record.p, record.n);
		*out = (struct bytes){room.p, record.n};
		s->known = true;
	}
	wipe(s->box, sizeof(s->box));
	return e;
}

static enum err
commit(void *ctx, struct bytes record)
{
	struct file_store *s = ctx;
	struct bytes sealed;
	enum err e;
	int fd;

	if (!s->known)
		return ERR_BUG;
	if (record.n > AGENT_STATE_MAX)
		return ERR_ROOM;
	TRY(seal(s, record, &sealed));
	fd = open_file(s, s->dir, STATE_NEW, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return ERR_STORE;
	e = write_all(s, fd, sealed);
	if (e != OK) {
		close_file(s, &fd);
		(void)s->ops->unlinkat(s->ops->ctx, s->dir, STATE_NEW);
		return e;
	}
	TRY(settle(s, &fd, s->dir, STATE_NEW, STATE));
	s->generation++;
	return OK;
}

/* ---- blobs ------------------------------------------------------------- */

static void
blob_drop(void *ctx)
{
	struct file_store *s = ctx;

	if (s->writing < 0)
		return;
	close_file(s, &s->writing);
	(void)s->ops->unlinkat(s->ops->ctx, s->blobs, BLOB_NEW);
}

static enum err
blob_begin(void *ctx, uint64_t size_hint)
{
	struct file_store *s = ctx;

	(void)size_hint;
	blob_drop(s);
	s->writing =
	    open_file(s, s->blobs, BLOB_NEW, O_WRONLY | O_CREAT | O_TRUNC);
	return s->writing >= 0 ? OK : ERR_STORE;
}

static enum err
blob_more(void *ctx, struct bytes piece)
{
	struct file_store *s = ctx;

	return s->writing >= 0 ? write_all(s, s->writing, piece) : ERR_BUG;
}

static enum err
blob_end(void *ctx, const uint8_t sha256[DIGEST_LEN])
{
	struct file_store *s = ctx;
	char name[HEX_LEN + 1];

	if (s->writing < 0)
		return ERR_BUG;
	blob_name(sha256, name);
	return settle(s, &s->writing, s->blobs, BLOB_NEW, name);
}

static enum err
blob_read(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t offset,
    struct span room, size_t *got)
{
	struct file_store *s = ctx;
	char name[HEX_LEN + 1];

	*got = 0;
	/* Pieces of one blob come in a row: keep it open. */
	if (s->reading < 0 ||
	    memcmp(s->reading_name, sha256, DIGEST_LEN) != 0) {
		close_file(s, &s->reading);
		blob_name(sha256, name);
		s->reading = open_file(s, s->blobs, name, O_RDONLY);
		if (s->reading < 0)
			return errno == ENOENT ? ERR_NOT_FOUND : ERR_STORE;
		memcpy(s->reading_name, sha256, DIGEST_LEN);
	}
	return read_at(s, s->reading, offset, room, got);
}

struct sweeping {
	struct file_store *s;
	bool (*keep)(void *arg, const uint8_t sha256[DIGEST_LEN]);
	void *arg;
	enum err err;
};

static void
sweep_one(void *arg, const char *name)
{
	struct sweeping *w = arg;
	const struct file_ops *o = w->s->ops;
	uint8_t sha256[DIGEST_LEN];

	if (name_digest(name, sha256)) {
		if (w->keep(w->arg, sha256))
			return;
	} else if (strcmp(name, BLOB_NEW) != 0 || w->s->writing >= 0) {
		return;
	}
	if (o->unlinkat(o->ctx, w->s->blobs, name) != 0 && errno != ENOENT)
		w->err = ERR_STORE;
}

static enum err
sweep(void *ctx, bool (*keep)(void *arg, const uint8_t sha256[DIGEST_LEN]),
    void *arg)
{
	struct file_store *s = ctx;
	struct sweeping w = {s, keep, arg, OK};

	close_file(s, &s->reading);
	if (s->ops->list(s->ops->ctx, s->blobs, sweep_one, &w) != 0)
		return ERR_STORE;
	return w.err;
}

/* ---- outside ----------------------------------------------------------- */

enum err
file_store_open(struct file_store *s, const struct crypto *c,
    const struct file_ops *ops, int dir, const uint8_t key[FILE_STORE_KEY])
{
	memset(s, 0, sizeof(*s));
	s->crypto = c;
	s->ops = ops;
	s->dir = dir;
	s->blobs = s->writing = s->reading = -1;
	if (ops->mkdirat(ops->ctx, dir, BLOBS, 0700) == 0) {
		if (ops->fsync(ops->ctx, dir) != 0)
			return ERR_STORE;
	} else if (errno != EEXIST) {
		return ERR_STORE;
	}
	s->blobs = open_file(s, dir, BLOBS, O_RDONLY | O_DIRECTORY);
	if (s->blobs < 0)
		return ERR_STORE;
	memcpy(s->key, key, FILE_STORE_KEY);
	return OK;
}

void
file_store_close(struct file_store *s)
{
	blob_drop(s);
	close_file(s, &s->reading);
	close_file(s, &s->blobs);
	wipe(s, sizeof(*s));
	s->blobs = s->writing = s->reading = -1;
}

void
file_store_port(struct file_store *s, struct agent_store *out)
{
	*out = (struct agent_store){
	    .ctx = s,
	    .load = load,
	    .commit = commit,
	    .blob_begin = blob_begin,
	    .blob_more = blob_more,
	    .blob_end = blob_end,
	    .blob_drop = blob_drop,
	    .blob_read = blob_read,
	    .sweep = sweep,
	};
}
