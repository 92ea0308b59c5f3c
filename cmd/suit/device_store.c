/* device_store: what a described device holds, a file for each component, and
 * what is done to it. */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum err
file_err(void)
{
	return errno == ENOSPC ? ERR_DISK_FULL : ERR_STORE;
}

/* The name of the next file in the folder. */
static const char *
file_name(struct device *d, struct bytes id)
{
	char text[SUIT_ID_TEXT], *name;
	size_t n = strlen(d->folder) + SUIT_ID_TEXT + 16;

	if (suit_id_text(id, text) != OK)
		text[0] = 0;
	for (char *at = text; *at != 0; at++)
		if (*at == '/' || *at == '%')
			*at = '_';
	text[100] = 0; /* the number keeps it apart from others */
	name = pool_get(&d->doc.pool, n);
	(void)snprintf(name, n, "%s/%u-%s", d->folder, d->files++, text);
	return name;
}

static enum err
write_begin(void *ctx, struct bytes id, uint64_t size)
{
	struct device *d = ctx;

	(void)size;
	if (d->folder[0] == 0)
		device_folder(d, NULL);
	d->target = device_part(d, id);
	d->target_path = file_name(d, id);
	d->out = open(
	    d->target_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return d->out < 0 ? file_err() : OK;
}

static enum err
write_more(void *ctx, struct bytes piece)
{
	struct device *d = ctx;

	while (piece.n > 0) {
		ssize_t n = write(d->out, piece.p, piece.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return file_err();
		piece.p += n;
		piece.n -= (size_t)n;
	}
	return OK;
}

static void
write_drop(void *ctx)
{
	struct device *d = ctx;

	if (d->out >= 0)
		(void)close(d->out);
	d->out = -1;
	(void)unlink(d->target_path);
}

static enum err
write_end(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	struct device *d = ctx;
	struct device_part *p = d->target;

	if (close(d->out) != 0) {
		d->out = -1;
		(void)unlink(d->target_path);
		return file_err();
	}
	d->out = -1;
	if (p->written)
		(void)unlink(p->path); /* what it held was written here too */
	p->path = d->target_path;
	p->written = p->known = true;
	p->removed = false;
	p->size = size;
	memcpy(p->digest, sha256, DIGEST_LEN);
	return OK;
}

/* The next piece of a component; *in is its descriptor, opened at 0. */
static enum err
piece_of(struct device *d, struct bytes id, uint64_t at, struct bytes *piece)
{
	const struct device_part *p = device_part(d, id);
	ssize_t n;

	if (p == NULL || p->path == NULL)
		return ERR_NOT_INSTALLED;
	if (at == 0 || d->in < 0 || !bytes_same(d->in_id, id)) {
		if (d->in >= 0)
			(void)close(d->in);
		d->in = open(p->path, O_RDONLY | O_CLOEXEC);
		d->in_id = id;
		if (d->in < 0)
			return ERR_STORE;
	}
	n = pread(d->in, d->piece, sizeof(d->piece), (off_t)at);
	if (n < 0)
		return ERR_STORE;
	*piece = (struct bytes){d->piece, (size_t)n};
	if (n == 0) {
		(void)close(d->in);
		d->in = -1;
	}
	return OK;
}

static enum err
digest(void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	struct device *d = ctx;
	struct device_part *p = device_part(d, id);
	struct bytes piece = BYTES_NONE;
	struct hash h;
	uint64_t at = 0;
	enum err e;

	if (p == NULL || p->path == NULL)
		return ERR_NOT_INSTALLED;
	if (!p->known) {
		TRY(d->crypto->hash_begin(&h));
		do {
			e = piece_of(d, id, at, &piece);
			if (e == OK && piece.n > 0)
				e = d->crypto->hash_more(&h, piece);
			at += piece.n;
		} while (e == OK && piece.n > 0);
		if (e != OK) {
			(void)d->crypto->hash_end(&h, NULL);
			return e;
		}
		TRY(d->crypto->hash_end(&h, p->digest));
		p->size = at;
		p->known = true;
	}
	memcpy(sha256, p->digest, DIGEST_LEN);
	*size = p->size;
	return OK;
}

static enum err
content_read(void *ctx, struct bytes id, uint64_t at, struct bytes *piece)
{
	return piece_of(ctx, id, at, piece);
}

static enum err
give_up(void *ctx, struct bytes id)
{
	struct device *d = ctx;
	struct device_part *p = device_part(d, id);

	if (p == NULL || (p->path == NULL && device_shelved(d, p) < 0))
		return ERR_NOT_INSTALLED;
	if (p->written)
		(void)unlink(p->path);
	p->path = NULL;
	p->removed = true;
	p->written = p->known = false;
	return OK;
}

static enum err
swap(void *ctx, struct bytes a, struct bytes b)
{
	struct device *d = ctx;
	struct device_part *p = device_part(d, a), *q = device_part(d, b), t;

	if (p == NULL || q == NULL || p->path == NULL || q->path == NULL)
		return ERR_NOT_INSTALLED;
	t = *p;
	p->path = q->path;
	p->known = q->known;
	p->size = q->size;
	memcpy(p->digest, q->digest, DIGEST_LEN);
	q->path = t.path;
	q->known = t.known;
	q->size = t.size;
	memcpy(q->digest, t.digest, DIGEST_LEN);
	/* both are files of the folder, or neither is this run's to remove */
	if (p->written != q->written)
		p->written = q->written = false;
	return OK;
}

static enum err
invoke(void *ctx, struct bytes id, struct bytes args)
{
	struct device *d = ctx;
	struct device_part *p = device_part(d, id);

	(void)args;
	if (p == NULL || p->path == NULL)
		return ERR_NOT_INSTALLED;
	p->started = true;
	return OK;
}

static enum err
metadata(void *ctx, struct bytes id, const struct suit_metadata *m)
{
	static const char *const kinds[] = {
	    "", "regular file", "directory", "symbolic link"};
	struct device_part *p = device_part(ctx, id);

	if (p == NULL)
		return ERR_COMPONENT;
	if (m->file_type < ARRAY_LEN(kinds) && m->file_type > 0)
		p->kind = kinds[m->file_type];
	return OK;
}

void
device_store(struct device *d)
{
	struct suit_host *h = &d->host;

	h->write_begin = write_begin;
	h->write_more = write_more;
	h->write_end = write_end;
	h->write_drop = write_drop;
	h->digest = digest;
	h->unlink = give_up;
	h->invoke = invoke;
	h->read = content_read;
	h->swap = swap;
	h->metadata = metadata;
}
