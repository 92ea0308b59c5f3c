/*
 * dir: the directives that touch a component.  The host was asked whether
 * they may, and the parameters they need are there, or they are not called.
 */
#include "suit_int.h"

#include <string.h>

/* ---- writing: begin, pieces, end --------------------------------------- */

static enum err
write_begin(struct suit_run *run, uint8_t i, uint64_t size)
{
	const struct suit_host *h = run->host;

	/* Each one is a whole image, and the commands may be thousands. */
	if (run->fills[i] == SUIT_FILLS_MAX)
		return ERR_LIMIT;
	run->fills[i]++;
	run->known &= ~(UINT32_C(1) << i);
	run->foreign &= ~(UINT32_C(1) << i);
	run->vouched &= ~(UINT32_C(1) << i);
	run->target = i;
	run->got = 0;
	run->limit = size;
	TRY(run->crypto->hash_begin(&run->hash));
	run->hashing = true;
	TRY(h->write_begin(h->ctx, suit_component(run->m, i), size));
	run->writing = true;
	return OK;
}

static enum err
write_end(struct suit_run *run)
{
	const struct suit_host *h = run->host;
	uint8_t i = run->target;

	if (run->got != run->limit)
		return ERR_IMAGE_SIZE;
	run->hashing = false;
	TRY(run->crypto->hash_end(&run->hash, run->digest[i]));
	TRY(h->write_end(h->ctx, run->digest[i], run->got));
	run->writing = false;
	run->size[i] = run->got;
	run->known |= UINT32_C(1) << i;
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
content_know(struct suit_run *run, uint8_t i)
{
	const struct suit_host *h = run->host;

	if ((run->known >> i & 1) != 0)
		return OK;
	TRY(h->digest(
	    h->ctx, suit_component(run->m, i), run->digest[i], &run->size[i]));
	run->known |= UINT32_C(1) << i;
	return OK;
}

static enum err
write_whole(struct suit_run *run, uint8_t i, struct bytes content)
{
	TRY(write_begin(run, i, content.n));
	return fetch_piece(run, content, true);
}

/* ---- handlers ---------------------------------------------------------- */

/* Store the octets that stand in the manifest.  [SUIT suit-directive-write] */
enum err
dir_write(struct suit_run *run, uint8_t i)
{
	TRY(write_whole(run, i, run->par[i].content));
	run->vouched |= UINT32_C(1) << i;
	return OK;
}

/*
 * Get the payload: from this envelope if a key there is the very URI, else
 * from the network, and then only so much as the manifest allows.
 *                            [SUIT suit-directive-fetch, security 17] */
enum err
dir_fetch(struct suit_run *run, uint8_t i)
{
	const struct suit_params *par = &run->par[i];
	struct bytes payload = suit_payload(run->m, par->uri);

	if (payload.p != NULL) {
		if ((par->has & PAR_SIZE) != 0 && payload.n != par->size)
			return ERR_IMAGE_SIZE;
		return write_whole(run, i, payload);
	}
	/* "#name" means this envelope and nothing else */
	if (par->uri.p[0] == '#')
		return ERR_FETCH;
	if ((par->has & PAR_SIZE) == 0)
		return ERR_NEEDS;
	TRY(run->host->may_fetch(run->host->ctx, par->uri));
	TRY(write_begin(run, i, par->size));
	run->foreign |= UINT32_C(1) << i;
	run->state = SUIT_WANT_FETCH;
	return OK;
}

/* Hand control to it.                         [SUIT suit-directive-invoke] */
enum err
dir_invoke(struct suit_run *run, uint8_t i)
{
	const struct suit_host *h = run->host;

	return h->invoke(h->ctx, suit_component(run->m, i), run->par[i].args);
}

/* Give it up.                              [SUIT TD suit-directive-unlink] */
enum err
dir_unlink(struct suit_run *run, uint8_t i)
{
	const struct suit_host *h = run->host;

	run->known &= ~(UINT32_C(1) << i);
	run->vouched &= ~(UINT32_C(1) << i);
	return h->unlink(h->ctx, suit_component(run->m, i));
}
