/*
 * dir: the directives that touch a component.  The host was asked whether
 * they may, and the parameters they need are there, or they are not called.
 */
#include "suit_int.h"

#include <string.h>

/* ---- writing: begin, pieces, end --------------------------------------- */

static enum err
write_begin(struct suit_run *run, struct suit_slot *s, uint64_t size)
{
	const struct suit_host *h = run->host;

	/* Each one is a whole image, and the commands may be thousands. */
	if (s->fills == SUIT_FILLS_MAX)
		return ERR_LIMIT;
	s->fills++;
	s->known = false;
	s->foreign = false;
	s->vouched = false;
	run->target = (uint8_t)(s - run->slot);
	run->got = 0;
	run->limit = size;
	TRY(run->crypto->hash_begin(&run->hash));
	run->hashing = true;
	TRY(h->write_begin(h->ctx, s->id, size));
	run->writing = true;
	return OK;
}

static enum err
write_end(struct suit_run *run)
{
	const struct suit_host *h = run->host;
	struct suit_slot *s = &run->slot[run->target];

	if (run->got != run->limit)
		return ERR_IMAGE_SIZE;
	run->hashing = false;
	TRY(run->crypto->hash_end(&run->hash, s->digest));
	TRY(h->write_end(h->ctx, s->digest, run->got));
	run->writing = false;
	s->size = run->got;
	s->known = true;
	return OK;
}

enum err
fetch_piece(struct suit_run *run, struct bytes piece, bool last)
{
	const struct suit_host *h = run->host;

	/* Refused at once: a sender without an end would fill the store. */
	if (piece.n > run->limit - run->got)
		return ERR_IMAGE_SIZE;
	TRY(run->crypto->hash_more(&run->hash, piece));
	TRY(h->write_more(h->ctx, piece));
	run->got += piece.n;
	return last ? write_end(run) : OK;
}

void
fetch_drop(struct suit_run *run)
{
	if (run->hashing)
		(void)run->crypto->hash_end(&run->hash, NULL);
	if (run->writing)
		run->host->write_drop(run->host->ctx);
	run->hashing = false;
	run->writing = false;
}

enum err
content_know(struct suit_run *run, struct suit_slot *s)
{
	const struct suit_host *h = run->host;

	if (s->known)
		return OK;
	TRY(h->digest(h->ctx, s->id, s->digest, &s->size));
	s->known = true;
	return OK;
}

static enum err
write_whole(struct suit_run *run, struct suit_slot *s, struct bytes content)
{
	TRY(write_begin(run, s, content.n));
	return fetch_piece(run, content, true);
}

/* ---- handlers ---------------------------------------------------------- */

/* Store the octets that stand in the manifest.  [SUIT suit-directive-write] */
enum err
dir_write(struct suit_run *run, struct suit_slot *s)
{
	TRY(write_whole(run, s, s->par.content));
	s->vouched = true;
	return OK;
}

/*
 * Get the payload: from this envelope if a key there is the very URI, else
 * from the network, and then only so much as the manifest allows.
 *                            [SUIT suit-directive-fetch, security 17] */
enum err
dir_fetch(struct suit_run *run, struct suit_slot *s)
{
	const struct suit_params *par = &s->par;
	struct bytes payload = suit_payload(part_top(run)->m, par->uri);

	if (payload.p != NULL) {
		if ((par->has & PAR_SIZE) != 0 && payload.n != par->size)
			return ERR_IMAGE_SIZE;
		return write_whole(run, s, payload);
	}
	/* "#name" means this envelope and nothing else */
	if (par->uri.p[0] == '#')
		return ERR_FETCH;
	if ((par->has & PAR_SIZE) == 0)
		return ERR_NEEDS;
	TRY(run->host->may_fetch(run->host->ctx, par->uri));
	TRY(write_begin(run, s, par->size));
	s->foreign = true;
	run->state = SUIT_WANT_FETCH;
	return OK;
}

/* Hand control to it.                         [SUIT suit-directive-invoke] */
enum err
dir_invoke(struct suit_run *run, struct suit_slot *s)
{
	const struct suit_host *h = run->host;

	return h->invoke(h->ctx, s->id, s->par.args);
}

/* Give it up.                              [SUIT TD suit-directive-unlink] */
enum err
dir_unlink(struct suit_run *run, struct suit_slot *s)
{
	const struct suit_host *h = run->host;

	s->known = false;
	s->vouched = false;
	return h->unlink(h->ctx, s->id);
}
