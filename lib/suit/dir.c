/*
 * dir: the directives that touch one component.  The host was asked whether
 * they may, and the parameters they need are there, or they are not called.
 */
#include "suit_int.h"

/* Store the octets that stand in the manifest.  [SUIT suit-directive-write] */
enum err
dir_write(struct suit_run *run, struct suit_slot *s)
{
	TRY(fill_whole(run, s, param_get(run, s, SUIT_PAR_CONTENT)));
	s->vouched = true;
	return OK;
}

/* From the network, and only so much as the manifest allows. */
static enum err
fetch_outside(struct suit_run *run, struct suit_slot *s, struct bytes uri)
{
	uint64_t size;

	TRY(fill_incoming(run, s, &size));
	if (size == UINT64_MAX)
		return ERR_NEEDS;
	TRY(run->host->may_fetch(run->host->ctx, part_now(run)->m, uri));
	TRY(fill_begin(run, s, size, BYTES_NONE));
	run->uri = uri;
	s->foreign = true;
	run->state = SUIT_WANT_FETCH;
	return OK;
}

/* From this envelope, if a key there is the very URI.  *found: it was. */
static enum err
fetch_inside(
    struct suit_run *run, struct suit_slot *s, struct bytes uri, bool *found)
{
	struct bytes payload = suit_payload(part_now(run)->m, uri);
	uint64_t size;

	*found = payload.p != NULL;
	TRY(fill_incoming(run, s, &size));
	if (!*found) /* "#name" means this envelope and nothing else */
		return uri.p[0] == '#' ? ERR_FETCH : OK;
	if (size != UINT64_MAX && !fill_size_fits(run, s, payload.n, size))
		return ERR_IMAGE_SIZE;
	return fill_whole(run, s, payload);
}

/* Get the payload.              [SUIT suit-directive-fetch, security 17] */
enum err
dir_fetch(struct suit_run *run, struct suit_slot *s)
{
	struct bytes uri = param_get(run, s, SUIT_PAR_URI);
	bool found;

	TRY(fetch_inside(run, s, uri, &found));
	return found ? OK : fetch_outside(run, s, uri);
}

/* The same where a URI may be relative to the envelope's.  The host judges
 * what it means, never what it says. */
enum err
dir_fetch_relative(struct suit_run *run, struct suit_slot *s)
{
	const struct suit_host *h = run->host;
	struct bytes uri = param_get(run, s, SUIT_PAR_URI);
	bool found;

	TRY(fetch_inside(run, s, uri, &found));
	if (found)
		return OK;
	if (uri_relative(uri))
		TRY(uri_resolve(h->base, uri, h->uri_room, &uri));
	return fetch_outside(run, s, uri);
}

/* Hand control to it.                         [SUIT suit-directive-invoke] */
enum err
dir_invoke(struct suit_run *run, struct suit_slot *s)
{
	const struct suit_host *h = run->host;

	return h->invoke(
	    h->ctx, s->id, param_get(run, s, SUIT_PAR_INVOKE_ARGS));
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
