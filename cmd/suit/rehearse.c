/*
 * rehearse: run an update on a device that has everything right and keeps
 * nothing but manifests that others depend on, to see whether the payloads of
 * an envelope, and these, are what its manifest says.  What a device would
 * fetch cannot be known here.
 */
#include "rehearse.h"
#include "suit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

enum err
may_fetch_any(void *ctx, const struct suit_manifest *m, struct bytes uri)
{
	(void)ctx;
	(void)m;
	(void)uri;
	return OK;
}

/* ---- what is kept: envelopes ---------------------------------------------
 */

#define KEPT_MAX 32

struct stage {
	const struct rehearsing *with;
	struct suit_depending_host depending;
	struct suit_manifest room[SUIT_PARTS_MAX - 1];
	/* What is being written, as long as it may be an envelope. */
	struct bytes target;
	uint8_t *part;
	size_t n, room_n;
	bool keep;
	/* The last one of a component counts; a run may look at all. */
	struct {
		struct bytes id, envelope;
		uint8_t *part;
	} kept[KEPT_MAX];
	size_t n_kept;
};

static void
drop(void *ctx)
{
	struct stage *s = ctx;

	free(s->part);
	s->part = NULL;
	s->n = s->room_n = 0;
	s->keep = false;
}

static enum err
begin(void *ctx, struct bytes id, uint64_t size)
{
	struct stage *s = ctx;

	(void)size;
	drop(s);
	s->target = id;
	s->keep = s->with->ring != NULL;
	return OK;
}

static enum err
more(void *ctx, struct bytes piece)
{
	struct stage *s = ctx;

	if (s->n == 0 && piece.n > 0) /* a map, or tag 107 */
		s->keep &= piece.p[0] >> 5 == CBOR_MAP || piece.p[0] == 0xd8;
	if (!s->keep)
		return OK;
	if (piece.n > SUIT_ENVELOPE_MAX - s->n) {
		drop(s);
		return OK;
	}
	if (piece.n > s->room_n - s->n) {
		size_t n = 2 * (s->n + piece.n);
		uint8_t *p = realloc(s->part, n);

		if (p == NULL)
			return ERR_MEMORY;
		s->part = p;
		s->room_n = n;
	}
	memcpy(s->part + s->n, piece.p, piece.n);
	s->n += piece.n;
	return OK;
}

static enum err
end(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	struct stage *s = ctx;

	(void)sha256;
	(void)size;
	if (!s->keep || s->n == 0 || s->n_kept == KEPT_MAX) {
		drop(s);
		return OK;
	}
	s->kept[s->n_kept].id = s->target;
	s->kept[s->n_kept].part = s->part;
	s->kept[s->n_kept++].envelope = (struct bytes){s->part, s->n};
	s->part = NULL;
	drop(s);
	return OK;
}

/* What was written, or what a device that has it would have. */
static enum err
view(void *ctx, struct bytes id, struct bytes *out)
{
	const struct stage *s = ctx;
	int at;

	for (size_t i = s->n_kept; i-- > 0;)
		if (bytes_same(s->kept[i].id, id)) {
			*out = s->kept[i].envelope;
			return OK;
		}
	at = s->with->shelf != NULL ? shelf_named(s->with->shelf, id) : -1;
	if (at < 0)
		return ERR_NOT_INSTALLED;
	*out = s->with->shelf->row[at].envelope;
	return OK;
}

/* The device has seen none of them. */
static enum err
admit(void *ctx, const struct suit_manifest *m, const struct suit_manifest *of)
{
	(void)ctx;
	(void)of;
	return suit_sequence_ok(true, 0, NULL, m->sequence, m->digest);
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

/* The file for this very URI, or else for any. */
static const char *
payload_for(const struct payload_files *p, struct bytes uri, bool any_uri)
{
	for (size_t i = 0; p != NULL && i < p->n; i++)
		if (any_uri ? p->row[i].uri.n == 0
			    : bytes_same(p->row[i].uri, uri))
			return p->row[i].path;
	return NULL;
}

bool
give_file(struct suit_run *run, const char *path, uint64_t *got)
{
	static uint8_t piece[SUIT_PIECE_MAX];
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO
					: open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;
	int said;

	*got = 0;
	if (fd < 0)
		return false;
	do {
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		suit_give(run, (struct bytes){piece, (size_t)n}, n == 0);
		*got += (uint64_t)n;
	} while (n != 0 && run->state == SUIT_WANT_FETCH);
	said = errno;
	if (fd != STDIN_FILENO)
		(void)close(fd);
	errno = said;
	return n >= 0;
}

static void
fetch(struct rehearsing *r, struct suit_run *run, const struct suit_ask *ask)
{
	const char *path = payload_for(r->files, ask->uri, false);
	uint64_t got;

	if (path == NULL && r->shelf != NULL) {
		int at = shelf_wanted(r->shelf, run, ask->component);

		if (at >= 0)
			path = r->shelf->row[at].path;
	}
	if (path == NULL)
		path = payload_for(r->files, ask->uri, true);
	if (path == NULL)
		r->uri = ask->uri;
	if (path == NULL || !give_file(run, path, &got))
		suit_fail(run, ERR_FETCH);
}

/* Is it the manifest's, or its dependency's fault?  Any other failure depends
 * on the device. */
static bool
is_wrong(const struct rehearsing *r, const struct why *why)
{
	/* what is missing is what a reading demands of a shared sequence */
	static const enum err payloads[] = {ERR_IMAGE_DIGEST, ERR_IMAGE_SIZE,
	    ERR_MISSING},
			      others[] = {ERR_DEPENDENCY, ERR_MANIFEST_DIGEST,
				  ERR_UNSIGNED, ERR_UNKNOWN_KEY, ERR_SIGNATURE,
				  ERR_SEVERED, ERR_SEQUENCE_JUMP};

	for (size_t i = 0; i < ARRAY_LEN(payloads); i++)
		if (why->err == payloads[i])
			return true;
	for (size_t i = 0; r->ring != NULL && i < ARRAY_LEN(others); i++)
		if (why->err == others[i])
			return true;
	return why->err == ERR_FETCH && r->uri.p == NULL;
}

/* What a run says of itself borrows from it. */
static void
keep_why(struct rehearsing *r, const struct suit_run *run, struct why *why)
{
	*why = run->why;
	why->kind = WHY_NONE;
	why->subject = BYTES_NONE;
	if (run->why.subject.n > 0 &&
	    suit_id_text(run->why.subject, r->subject) == OK)
		why->subject = bytes_of_text(r->subject);
}

static void
stage_free(struct stage *s)
{
	drop(s);
	for (size_t i = 0; i < s->n_kept; i++)
		free(s->kept[i].part);
	free(s);
}

enum rehearsal
rehearse(struct rehearsing *r, const struct suit_manifest *m, struct why *why)
{
	struct suit_run *run = calloc(1, sizeof(*run));
	struct stage *s = calloc(1, sizeof(*s));
	const struct suit_host host = {
	    .ctx = s,
	    .vendor_is = any,
	    .class_is = any,
	    .may = may,
	    .may_fetch = may_fetch_any,
	    .write_begin = begin,
	    .write_more = more,
	    .write_end = end,
	    .write_drop = drop,
	    .digest = digest,
	    .unlink = touch,
	    .invoke = with,
	    .depending = r->ring != NULL ? &s->depending : NULL,
	    .compat = r->compat,
	};
	enum rehearsal answer = REHEARSAL_OPEN;
	struct suit_ask ask;

	r->uri = BYTES_NONE;
	if (run == NULL || s == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	s->with = r;
	s->depending = (struct suit_depending_host){
	    .ring = r->ring,
	    .room = s->room,
	    .n = ARRAY_LEN(s->room),
	    .view = view,
	    .admit = admit,
	};
	if (suit_start(run, crypto_or_die(PROG), &host, m, SUIT_DO_UPDATE) !=
	    OK)
		run->state = SUIT_FAILED;
	while (answer == REHEARSAL_OPEN && run->state != SUIT_FAILED) {
		switch (suit_next(run, &ask)) {
		case SUIT_DONE:
			answer = REHEARSAL_RIGHT;
			break;
		case SUIT_WANT_FETCH:
			fetch(r, run, &ask);
			break;
		case SUIT_WANT_EVENT:
			suit_fail(run, ERR_WAIT);
			break;
		case SUIT_RUNNING:
		case SUIT_FAILED:
			break;
		}
	}
	if (answer == REHEARSAL_OPEN && is_wrong(r, &run->why)) {
		keep_why(r, run, why);
		answer = REHEARSAL_WRONG;
	}
	stage_free(s);
	free(run);
	return answer;
}
