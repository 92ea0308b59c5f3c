/*
 * sealed: content that comes encrypted is decrypted as it passes.
 *                             [SUIT FE, suit-parameter-encryption-info]
 *
 * Digest and size of a component are those of what it will hold, the
 * plaintext.  That is staged as it comes out, and nothing of it is anybody's
 * before the tag was right or, where the cipher has none, the digest.
 *
 * Where there is no tag, a digest of the ciphertext does as well, if that was
 * matched before in the component that it is copied from: then it is hashed
 * once more as it is read, for it could have changed since.   [SUIT FE 7.1.2]
 *
 * Whose keys may open it depends on who says so: the signers of the manifest
 * that set the encryption-info, which need not be the one that fills the
 * component.                                       [SUIT FE 3.6, security 11]
 */
#include "suit_int.h"

/* Keys of one authority; bounds what an envelope can make us try. */
#define OPENERS_MAX 8

/* The manifest in progress that a view is from: the innermost, for an
 * integrated dependency lies inside its dependent's envelope. */
static const struct suit_manifest *
manifest_of(const struct suit_run *run, struct bytes view)
{
	const struct suit_manifest *found = NULL;

	for (size_t i = 0; i < run->n_parts; i++) {
		const struct suit_manifest *m = run->part[i].m;
		struct bytes e = m->envelope;

		if (view.p >= e.p && view.p < e.p + e.n &&
		    (found == NULL || e.n < found->envelope.n))
			found = m;
	}
	return found;
}

static enum err
open_with_any(struct suit_run *run, struct bytes info)
{
	const struct suit_host *h = run->host;
	const struct suit_manifest *by = manifest_of(run, info);
	struct cose_opener key;
	enum err e = ERR_UNDECRYPTABLE;

	if (by == NULL)
		return ERR_BUG;
	for (size_t nth = 0; nth < OPENERS_MAX; nth++) {
		enum err found = h->opener(h->ctx, by, nth, &key);

		if (found == ERR_UNKNOWN_KEY && nth > 0)
			return e;
		TRY(found);
		e = cose_open_begin(&run->opening, run->crypto, &key,
		    COSE_CTX_PAYLOAD, info, NULL);
		if (e != ERR_UNDECRYPTABLE)
			return e;
	}
	return e;
}

/* The component that it is copied from, if what that holds was matched. */
static const struct suit_slot *
matched(const struct suit_run *run, const struct suit_slot *s)
{
	const struct suit_slot *from;

	if (run->last.command != SUIT_CMD_COPY)
		return NULL;
	from = suit_slot_of(run, param_get(run, s, SUIT_PAR_SOURCE));
	return from->vouched ? from : NULL;
}

/* What no tag covers a digest must: of the plaintext, or of the ciphertext
 * that was matched; unless that stands in the manifest, under its signature. */
static enum err
covered(struct suit_run *run, struct suit_slot *s)
{
	if (run->opening.tag > 0 || run->last.command == SUIT_CMD_WRITE ||
	    param_get(run, s, SUIT_PAR_IMAGE_DIGEST).p != NULL)
		return OK;
	if (matched(run, s) == NULL)
		return ERR_NEEDS;
	TRY(run->crypto->hash_begin(&run->match));
	run->matching = true;
	return OK;
}

static enum err
begin(struct suit_run *run, struct suit_slot *s, uint64_t *size)
{
	const struct suit_host *h = run->host;
	struct bytes info = param_get(run, s, SUIT_PAR_ENCRYPTION_INFO);

	if (h->opener == NULL || h->plain_room.n < CIPHER_STEP)
		return ERR_ENCRYPTION;
	TRY(open_with_any(run, info));
	TRY(covered(run, s));
	if (*size < run->opening.tag)
		return ERR_UNDECRYPTABLE;
	*size -= run->opening.tag;
	return OK;
}

static enum err
piece(struct suit_run *run, struct bytes in)
{
	struct bytes out;

	if (run->matching)
		TRY(run->crypto->hash_more(&run->match, in));
	while (in.n > 0) {
		TRY(cose_open_more(
		    &run->opening, &in, run->host->plain_room, &out));
		TRY(fill_put(run, out));
	}
	return OK;
}

static enum err
end(struct suit_run *run)
{
	struct bytes out;

	TRY(cose_open_end(&run->opening, run->host->plain_room, &out));
	TRY(fill_put(run, out));
	wipe(run->host->plain_room.p, run->host->plain_room.n);
	return OK;
}

/* Was what was decrypted what was matched?  The storage lies, if not. */
static enum err
same_as_matched(struct suit_run *run, const struct suit_slot *s)
{
	uint8_t found[DIGEST_LEN];

	run->matching = false;
	TRY(run->crypto->hash_end(&run->match, found));
	return bytes_same(BYTES_OF(found), BYTES_OF(matched(run, s)->digest))
		   ? OK
		   : ERR_STORE;
}

/* Is what came out what the manifest says, if nothing else vouches for it? */
static enum err
check(struct suit_run *run, struct suit_slot *s, bool tagged)
{
	struct bytes want = param_get(run, s, SUIT_PAR_IMAGE_DIGEST);

	/* The digest of a secret is nothing to report. */
	s->foreign = true;
	s->vouched = true;
	if (run->matching)
		return same_as_matched(run, s);
	if (tagged || run->last.command == SUIT_CMD_WRITE ||
	    bytes_same(want, BYTES_OF(s->digest)))
		return OK;
	return ERR_IMAGE_DIGEST;
}

static void
drop(struct suit_run *run)
{
	cose_open_drop(&run->opening);
	if (run->matching)
		(void)run->crypto->hash_end(&run->match, NULL);
	run->matching = false;
	wipe(run->host->plain_room.p, run->host->plain_room.n);
}

static enum err
overhead(const struct suit_run *run, const struct suit_slot *s, size_t *tag)
{
	return cose_info_tag(run->crypto,
	    param_get(run, s, SUIT_PAR_ENCRYPTION_INFO), tag, NULL);
}

const struct suit_sealed suit_sealed = {
    begin, piece, end, check, drop, overhead};
