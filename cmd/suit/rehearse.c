/*
 * rehearse: run an update on a device that has everything right and keeps
 * nothing, to see whether the payloads of an envelope are what its manifest
 * says.  What a device would fetch cannot be known here.
 */
#include "suit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
any(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	(void)value;
	return true;
}

static enum err
may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	(void)ctx;
	(void)m;
	(void)cmd;
	(void)id;
	return OK;
}

static enum err
may_fetch(void *ctx, const struct suit_manifest *m, struct bytes uri)
{
	(void)ctx;
	(void)m;
	(void)uri;
	return OK;
}

static enum err
begin(void *ctx, struct bytes id, uint64_t size)
{
	(void)ctx;
	(void)id;
	(void)size;
	return OK;
}

static enum err
more(void *ctx, struct bytes piece)
{
	(void)ctx;
	(void)piece;
	return OK;
}

static enum err
end(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	(void)ctx;
	(void)sha256;
	(void)size;
	return OK;
}

static void
drop(void *ctx)
{
	(void)ctx;
}

/* There is nothing installed that could be looked at. */
static enum err
digest(void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	(void)ctx;
	(void)id;
	(void)sha256;
	(void)size;
	return ERR_NOT_INSTALLED;
}

static enum err
touch(void *ctx, struct bytes id)
{
	(void)ctx;
	(void)id;
	return OK;
}

static enum err
with(void *ctx, struct bytes id, struct bytes octets)
{
	(void)ctx;
	(void)id;
	(void)octets;
	return OK;
}

bool
payload_add(struct payload_files *p, char *arg)
{
	char *at = strrchr(arg, '=');

	if (p->n == PAYLOADS_MAX)
		return false;
	p->row[p->n].uri = BYTES_NONE;
	p->row[p->n].path = arg;
	if (at != NULL && at != arg) {
		*at = 0;
		p->row[p->n].uri = bytes_of_text(arg);
		p->row[p->n].path = at + 1;
	}
	p->n++;
	return true;
}

static const char *
payload_for(const struct payload_files *p, struct bytes uri)
{
	for (size_t i = 0; p != NULL && i < p->n; i++)
		if (p->row[i].uri.n == 0 || bytes_same(p->row[i].uri, uri))
			return p->row[i].path;
	return NULL;
}

/* Stream a file to the open fetch; false: it cannot be read. */
static bool
give(struct suit_run *run, const char *path)
{
	static uint8_t piece[SUIT_PIECE_MAX];
	FILE *f = fopen(path, "rb");
	size_t n;
	bool whole;

	if (f == NULL)
		return false;
	do {
		n = fread(piece, 1, sizeof(piece), f);
		whole = n > 0 || feof(f) != 0;
		if (whole)
			suit_give(run, (struct bytes){piece, n}, n == 0);
	} while (n > 0 && run->state == SUIT_WANT_FETCH);
	(void)fclose(f);
	return whole;
}

enum rehearsal
rehearse(const struct suit_manifest *m, const struct payload_files *files,
    struct bytes *uri, struct why *why)
{
	const struct suit_host host = {
	    .vendor_is = any,
	    .class_is = any,
	    .may = may,
	    .may_fetch = may_fetch,
	    .write_begin = begin,
	    .write_more = more,
	    .write_end = end,
	    .write_drop = drop,
	    .digest = digest,
	    .unlink = touch,
	    .invoke = with,
	};
	struct suit_run *run = calloc(1, sizeof(*run));
	enum rehearsal answer = REHEARSAL_OPEN;
	struct suit_ask ask;

	*uri = BYTES_NONE;
	if (run == NULL) {
		(void)why_set(why, ERR_MEMORY, NULL);
		return REHEARSAL_WRONG;
	}
	if (suit_start(run, crypto_or_die(PROG), &host, m, SUIT_DO_UPDATE) !=
	    OK)
		run->state = SUIT_FAILED;
	while (answer == REHEARSAL_OPEN && run->state != SUIT_FAILED) {
		enum suit_state state = suit_next(run, &ask);
		const char *path;

		if (state == SUIT_DONE) {
			answer = REHEARSAL_RIGHT;
		} else if (state == SUIT_WANT_FETCH) {
			path = payload_for(files, ask.uri);
			if (path == NULL)
				*uri = ask.uri;
			if (path == NULL || !give(run, path))
				suit_fail(run, ERR_FETCH);
		} else if (state == SUIT_WANT_EVENT) {
			suit_fail(run, ERR_WAIT);
		}
	}
	/* any other failure depends on the device */
	if (run->why.err == ERR_IMAGE_DIGEST ||
	    run->why.err == ERR_IMAGE_SIZE ||
	    (run->why.err == ERR_FETCH && uri->p == NULL)) {
		*why = run->why;
		why->kind = WHY_NONE; /* its values die with the run */
		why->subject = BYTES_NONE;
		answer = REHEARSAL_WRONG;
	}
	free(run);
	return answer;
}
