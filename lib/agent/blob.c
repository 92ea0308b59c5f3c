/*
 * blob: whole blobs in and out of the store, named by what they hold.
 *
 * The store is outside of what this room trusts to be right: whatever is
 * read from it is hashed again.
 */
#include "agent_int.h"

/* The store's own answers are its business; a missing blob that the record
 * names is a broken store. */
static enum err
read_piece(const struct agent_ports *ports, const uint8_t sha256[DIGEST_LEN],
    uint64_t at, struct span room, size_t *got)
{
	const struct agent_store *s = ports->store;
	enum err e = s->blob_read(s->ctx, sha256, at, room, got);

	if (e != OK || *got > room.n)
		return ERR_STORE;
	return OK;
}

enum err
blob_save(const struct agent_ports *ports, struct bytes content,
    uint8_t sha256[DIGEST_LEN])
{
	const struct agent_store *s = ports->store;
	enum err e;

	TRY(ports->crypto->sha256(&content, 1, sha256));
	TRY(s->blob_begin(s->ctx, content.n));
	e = s->blob_more(s->ctx, content);
	if (e == OK)
		e = s->blob_end(s->ctx, sha256);
	if (e != OK)
		s->blob_drop(s->ctx);
	return e;
}

enum err
blob_load(const struct agent_ports *ports, const uint8_t sha256[DIGEST_LEN],
    uint64_t n, struct span room, struct bytes *out)
{
	uint8_t found[DIGEST_LEN];
	struct bytes all;
	size_t at = 0, got;

	*out = BYTES_NONE;
	if (n > room.n)
		return ERR_ROOM;
	while (at < n) {
		TRY(read_piece(ports, sha256, at,
		    (struct span){room.p + at, (size_t)n - at}, &got));
		if (got == 0)
			return ERR_STORE;
		at += got;
	}
	all = (struct bytes){room.p, (size_t)n};
	TRY(ports->crypto->sha256(&all, 1, found));
	if (!bytes_same(BYTES_OF(found), (struct bytes){sha256, DIGEST_LEN}))
		return ERR_STORE;
	*out = all;
	return OK;
}

enum err
blob_hash(const struct agent_ports *ports, const uint8_t sha256[DIGEST_LEN],
    struct span room, uint8_t found[DIGEST_LEN], uint64_t *size)
{
	const struct crypto *c = ports->crypto;
	struct hash h;
	size_t got = 0;
	enum err e;

	*size = 0;
	if (room.n == 0)
		return ERR_ROOM;
	TRY(c->hash_begin(&h));
	do {
		e = read_piece(ports, sha256, *size, room, &got);
		if (e == OK)
			e = c->hash_more(&h, (struct bytes){room.p, got});
		if (e == OK)
			*size += got;
	} while (e == OK && got > 0);
	if (e != OK) {
		/* Only releases: the first fault is the one that counts. */
		(void)c->hash_end(&h, NULL);
		return e;
	}
	return c->hash_end(&h, found);
}

/* Do the pairs at r belong to a stripped envelope?  Passes one pair. */
static bool
next_kept(struct cbor_in *r, struct bytes *pair)
{
	size_t start = r->at;
	bool kept = cbor_peek(r) != CBOR_TSTR;

	if (kept)
		kept = cbor_uint(r, 0, UINT64_MAX) != SUIT_TEXT;
	else
		(void)cbor_tstr(r, 0, LEN_ANY);
	(void)cbor_raw(r, CBOR_ANY);
	if (r->err != OK)
		return false;
	*pair = (struct bytes){r->in.p + start, r->at - start};
	return kept;
}

enum err
envelope_strip(
    struct pool *pool, const struct suit_manifest *m, struct bytes *out)
{
	struct cbor_in r = cbor_open(m->envelope), count;
	struct cbor_out w = pool_begin(pool);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX), kept = 0;
	struct bytes pair;

	count = r;
	for (size_t i = 0; i < n; i++)
		kept += next_kept(&count, &pair);
	cbor_put_map(&w, kept);
	for (size_t i = 0; i < n; i++)
		if (next_kept(&r, &pair))
			cbor_put_raw(&w, pair);
	TRY(cbor_close(&r));
	return pool_end(pool, &w, out);
}
