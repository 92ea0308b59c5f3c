/*
 * pair: the directives that act on two components: the one selected, and its
 * source-component.  They are two, and the host was asked about both.
 */
#include "suit_int.h"

#include <string.h>

/* Put into one what is in the other.  Where that came from, and who vouches
 * for it, stays true.                           [SUIT suit-directive-copy] */
enum err
pair_copy(struct suit_run *run, struct suit_slot *s, struct suit_slot *from)
{
	const struct suit_host *h = run->host;
	struct bytes source = from->id, piece;
	uint64_t at = 0, size;

	if (h->read == NULL)
		return ERR_CANNOT;
	TRY(fill_know(run, from));
	TRY(fill_incoming(run, s, &size));
	if (size != UINT64_MAX && size != from->size)
		return ERR_IMAGE_SIZE;
	TRY(fill_begin(run, s, from->size, BYTES_NONE));
	for (; at < from->size; at += piece.n) {
		TRY(h->read(h->ctx, source, at, &piece));
		if (piece.n == 0)
			return ERR_STORE;
		if (piece.n > from->size - at) /* storage, not content */
			piece.n = (size_t)(from->size - at);
		TRY(fill_piece(run, piece, false));
	}
	TRY(fill_piece(run, BYTES_NONE, true));
	if (fill_sealed(run, s))
		return OK; /* other octets, and they vouch for themselves */
	/* It changed under our hands, or the storage lies. */
	if (!bytes_same(BYTES_OF(s->digest), BYTES_OF(from->digest)))
		return ERR_STORE;
	s->foreign = from->foreign;
	s->vouched = from->vouched;
	return OK;
}

/* What is known of one content, as that of another component. */
static void
content_take(struct suit_slot *to, const struct suit_slot *from)
{
	to->known = from->known;
	to->bounded = from->bounded;
	to->foreign = from->foreign;
	to->vouched = from->vouched;
	to->size = from->size;
	memcpy(to->digest, from->digest, DIGEST_LEN);
}

/* Exchange their contents.                      [SUIT suit-directive-swap] */
enum err
pair_swap(struct suit_run *run, struct suit_slot *s, struct suit_slot *from)
{
	const struct suit_host *h = run->host;
	struct suit_slot known;

	if (h->swap == NULL)
		return ERR_CANNOT;
	/* It rewrites both, like writing them. */
	if (s->fills == SUIT_FILLS_MAX || from->fills == SUIT_FILLS_MAX)
		return ERR_LIMIT;
	s->fills++;
	from->fills++;
	TRY(h->swap(h->ctx, s->id, from->id));
	known = *s;
	content_take(s, from);
	content_take(from, &known);
	return OK;
}
