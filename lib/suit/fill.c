/*
 * fill: giving a component new content: begin, pieces, end.  Everything is
 * hashed as it passes, so that nobody has to read it again.
 */
#include "suit_int.h"

enum err
fill_begin(struct suit_run *run, struct suit_slot *s, uint64_t size,
    struct bytes content)
{
	const struct suit_host *h = run->host;
	bool sealed = fill_sealed(run, s);

	/* Each one is a whole image, and the commands may be thousands. */
	if (s->fills == SUIT_FILLS_MAX)
		return ERR_LIMIT;
	s->fills++;
	s->known = false;
	s->foreign = false;
	s->vouched = false;
	run->target = (uint8_t)(s - run->slot);
	run->got = 0;
	run->plain = 0;
	run->limit = size;
	if (suit_profile.before_fill != NULL)
		TRY(suit_profile.before_fill(
		    run, s, sealed ? BYTES_NONE : content));
	run->sealed = sealed;
	if (sealed)
		TRY(suit_profile.sealed->begin(run, s, &size));
	TRY(run->crypto->hash_begin(&run->hash));
	run->hashing = true;
	TRY(h->write_begin(h->ctx, s->id, size));
	run->writing = true;
	return OK;
}

/* The declared size of a dependency is that of an envelope from which members
 * may have been severed since, and so a bound. */
bool
fill_size_fits(const struct suit_run *run, const struct suit_slot *s,
    uint64_t n, uint64_t declared)
{
	return n == declared ||
	       (n < declared && suit_profile.depending != NULL &&
		   suit_profile.depending->is(run, s));
}

static enum err
fill_end(struct suit_run *run)
{
	const struct suit_host *h = run->host;
	struct suit_slot *s = &run->slot[run->target];

	bool sealed = run->sealed, tagged = run->opening.tag > 0;

	if (!fill_size_fits(run, s, run->got, run->limit))
		return ERR_IMAGE_SIZE;
	if (sealed)
		TRY(suit_profile.sealed->end(run));
	run->hashing = false;
	TRY(run->crypto->hash_end(&run->hash, s->digest));
	if (sealed)
		TRY(suit_profile.sealed->check(run, s, tagged));
	run->sealed = false;
	TRY(h->write_end(h->ctx, s->digest, run->plain));
	run->writing = false;
	s->size = run->plain;
	s->known = true;
	s->bounded = false;
	return OK;
}

enum err
fill_put(struct suit_run *run, struct bytes plain)
{
	const struct suit_host *h = run->host;

	if (plain.n == 0)
		return OK;
	TRY(run->crypto->hash_more(&run->hash, plain));
	run->plain += plain.n;
	return h->write_more(h->ctx, plain);
}

bool
fill_sealed(const struct suit_run *run, const struct suit_slot *s)
{
	return suit_profile.sealed != NULL &&
	       param_get(run, s, SUIT_PAR_ENCRYPTION_INFO).p != NULL;
}

enum err
fill_incoming(
    const struct suit_run *run, const struct suit_slot *s, uint64_t *octets)
{
	size_t more = 0;

	*octets = param_size(run, s);
	if (*octets == UINT64_MAX || !fill_sealed(run, s))
		return OK;
	TRY(suit_profile.sealed->overhead(run, s, &more));
	if (*octets > UINT64_MAX - 1 - more)
		return ERR_RANGE;
	*octets += more;
	return OK;
}

enum err
fill_piece(struct suit_run *run, struct bytes piece, bool last)
{
	/* Refused at once: a sender without an end would fill the store. */
	if (piece.n > run->limit - run->got)
		return ERR_IMAGE_SIZE;
	run->got += piece.n;
	if (run->sealed)
		TRY(suit_profile.sealed->piece(run, piece));
	else
		TRY(fill_put(run, piece));
	return last ? fill_end(run) : OK;
}

void
fill_drop(struct suit_run *run)
{
	if (run->hashing)
		(void)run->crypto->hash_end(&run->hash, NULL);
	if (run->sealed)
		suit_profile.sealed->drop(run);
	if (run->writing)
		run->host->write_drop(run->host->ctx);
	run->sealed = false;
	run->hashing = false;
	run->writing = false;
}

enum err
fill_whole(struct suit_run *run, struct suit_slot *s, struct bytes content)
{
	TRY(fill_begin(run, s, content.n, content));
	return fill_piece(run, content, true);
}

/*
 * Storage that does not know how long its content is hashes as many octets as
 * the manifest says; then the digest is good for that size only.  Whoever
 * declares one size after the other makes the device read it all each time,
 * so it counts like writing.
 */
enum err
fill_know(struct suit_run *run, struct suit_slot *s)
{
	const struct suit_host *h = run->host;
	uint64_t declared = param_size(run, s), size = declared;

	if (suit_profile.depending != NULL &&
	    suit_profile.depending->is(run, s))
		return suit_profile.depending->know(run, s);
	if (s->known && (!s->bounded || s->size == declared))
		return OK;
	if (s->bounded) {
		if (s->fills == SUIT_FILLS_MAX)
			return ERR_LIMIT;
		s->fills++;
	}
	s->known = false;
	s->bounded = false;
	TRY(h->digest(h->ctx, s->id, s->digest, &size));
	s->size = size;
	s->known = true;
	if (size == declared)
		s->bounded = true;
	return OK;
}
