/*
 * region_store: see region_store.h.
 */
#include "region_store.h"

#include <string.h>

/* Heads.  The mark comes last, and goes first. */
struct head {
	uint32_t mark;
	uint32_t n;       /* octets that follow the head */
	uint8_t name[32]; /* of a blob: SHA-256; of a record: IV */
	uint8_t spare[24];
};
_Static_assert(sizeof(struct head) == REGION_HEAD, "as in the header");

#define MARK_RECORD 0x54520001u
#define MARK_BLOB   0x54420001u
#define RECORDS     2
#define IV          12
#define TAG         16
#define GENERATION  8
#define AAD         BYTES_LIT("tamarind record 1")

static uint8_t *
part(const struct region_store *s, size_t i)
{
	return s->region.p + i * REGION_PART;
}

static size_t
parts(const struct region_store *s)
{
	return s->region.n / REGION_PART;
}

static struct head
head(const struct region_store *s, size_t i)
{
	struct head h;

	memcpy(&h, part(s, i), sizeof(h));
	return h;
}

static void
set_mark(const struct region_store *s, size_t i, uint32_t mark)
{
	s->put(part(s, i), (const uint8_t *)&mark, sizeof(mark));
}

/* Everything of a head but its mark, then that. */
static void
set_head(const struct region_store *s, size_t i, const struct head *h)
{
	s->put(part(s, i) + sizeof(h->mark),
	    (const uint8_t *)h + sizeof(h->mark), sizeof(*h) - sizeof(h->mark));
	set_mark(s, i, h->mark);
}

/* ---- the record --------------------------------------------------------- */

static uint64_t
generation_in(const uint8_t *p)
{
	uint64_t g = 0;

	for (size_t i = 0; i < GENERATION; i++)
		g = g << 8 | p[i];
	return g;
}

/* Open record i into s->box.  *generation is 0 if there is none. */
static enum err
unseal(struct region_store *s, size_t i, uint64_t *generation, size_t *n)
{
	struct head h = head(s, i);
	struct bytes box = {part(s, i) + REGION_HEAD, h.n};

	*generation = 0;
	*n = 0;
	if (h.mark != MARK_RECORD)
		return OK;
	if (h.n < GENERATION + TAG || h.n > sizeof(s->box))
		return ERR_STORE;
	if (s->crypto->open(ALG_A128GCM, BYTES_OF(s->key),
		(struct bytes){h.name, IV}, AAD, box,
		(struct span){s->box, h.n - TAG}) != OK)
		return ERR_STORE;
	*generation = generation_in(s->box);
	*n = h.n - TAG - GENERATION;
	return *generation == 0 ? ERR_STORE : OK;
}

static enum err
load(void *ctx, struct span room, struct bytes *out)
{
	struct region_store *s = ctx;
	uint64_t g[RECORDS];
	size_t n;

	*out = BYTES_NONE;
	s->known = false;
	for (size_t i = 0; i < RECORDS; i++)
		TRY(unseal(s, i, &g[i], &n));
	s->current = g[1] > g[0];
	s->generation = g[s->current];
	s->known = true;
	if (s->generation == 0)
		return ERR_NOT_FOUND;
	TRY(unseal(s, s->current, &g[0], &n));
	if (n > room.n)
		return ERR_ROOM;
	memcpy(room.p, s->box + GENERATION, n);
	*out = (struct bytes){room.p, n};
	return OK;
}

static enum err
seal(struct region_store *s, struct bytes state, struct head *h)
{
	uint64_t g = s->generation + 1;

	for (size_t i = GENERATION; i > 0; i--, g >>= 8)
		s->box[i - 1] = (uint8_t)g;
	memcpy(s->box + GENERATION, state.p, state.n);
	h->mark = MARK_RECORD;
	h->n = (uint32_t)(GENERATION + state.n + TAG);
	TRY(s->crypto->random((struct span){h->name, IV}));
	return s->crypto->seal(ALG_A128GCM, BYTES_OF(s->key),
	    (struct bytes){h->name, IV}, AAD,
	    (struct bytes){s->box, GENERATION + state.n},
	    (struct span){s->box, h->n});
}

static enum err
commit(void *ctx, struct bytes state)
{
	struct region_store *s = ctx;
	size_t other = s->generation == 0 ? 0 : 1 - s->current;
	struct head h = {0};

	if (!s->known)
		return ERR_BUG;
	if (state.n > AGENT_STATE_MAX)
		return ERR_ROOM;
	TRY(seal(s, state, &h));
	set_mark(s, other, 0);
	s->put(part(s, other) + REGION_HEAD, s->box, h.n);
	set_head(s, other, &h);
	s->current = other;
	s->generation++;
	return OK;
}

/* ---- blobs -------------------------------------------------------------- */

static bool
is_blob(const struct head *h)
{
	return h->mark == MARK_BLOB && h->n <= REGION_BLOB;
}

/* The part that holds a blob; 0: none does. */
static size_t
find(const struct region_store *s, const uint8_t sha256[DIGEST_LEN])
{
	for (size_t i = RECORDS; i < parts(s); i++) {
		struct head h = head(s, i);

		if (is_blob(&h) && memcmp(h.name, sha256, DIGEST_LEN) == 0)
			return i;
	}
	return 0;
}

static enum err
blob_begin(void *ctx, uint64_t size_hint)
{
	struct region_store *s = ctx;

	s->writing = 0;
	s->written = 0;
	if (size_hint > REGION_BLOB)
		return ERR_ROOM;
	for (size_t i = RECORDS; i < parts(s); i++) {
		struct head h = head(s, i);

		if (is_blob(&h))
			continue;
		set_mark(s, i, 0);
		s->writing = i;
		return OK;
	}
	return ERR_ROOM;
}

static enum err
blob_more(void *ctx, struct bytes piece)
{
	struct region_store *s = ctx;

	if (s->writing == 0)
		return ERR_BUG;
	if (piece.n > REGION_BLOB - s->written)
		return ERR_ROOM;
	s->put(
	    part(s, s->writing) + REGION_HEAD + s->written, piece.p, piece.n);
	s->written += piece.n;
	return OK;
}

static void
blob_drop(void *ctx)
{
	struct region_store *s = ctx;

	s->writing = 0;
}

static enum err
blob_end(void *ctx, const uint8_t sha256[DIGEST_LEN])
{
	struct region_store *s = ctx;
	struct head h = {.mark = MARK_BLOB, .n = (uint32_t)s->written};

	if (s->writing == 0)
		return ERR_BUG;
	memcpy(h.name, sha256, DIGEST_LEN);
	/* What is there already is not needed twice. */
	if (find(s, sha256) == 0)
		set_head(s, s->writing, &h);
	s->writing = 0;
	return OK;
}

static enum err
blob_read(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t offset,
    struct span room, size_t *got)
{
	const struct region_store *s = ctx;
	size_t i = find(s, sha256);
	struct head h;

	*got = 0;
	if (i == 0)
		return ERR_NOT_FOUND;
	h = head(s, i);
	if (offset >= h.n)
		return OK;
	*got = h.n - (size_t)offset;
	if (*got > room.n)
		*got = room.n;
	memcpy(room.p, part(s, i) + REGION_HEAD + (size_t)offset, *got);
	return OK;
}

static enum err
sweep(void *ctx, bool (*keep)(void *arg, const uint8_t sha256[DIGEST_LEN]),
    void *arg)
{
	const struct region_store *s = ctx;

	for (size_t i = RECORDS; i < parts(s); i++) {
		struct head h = head(s, i);

		if (h.mark != 0 && (!is_blob(&h) || !keep(arg, h.name)))
			set_mark(s, i, 0);
	}
	return OK;
}

/* ---- outside ------------------------------------------------------------ */

static void
put(uint8_t *to, const uint8_t *from, size_t n)
{
	if (n > 0)
		memcpy(to, from, n);
}

enum err
region_store_open(struct region_store *s, const struct crypto *c,
    struct span region, const uint8_t key[REGION_KEY])
{
	memset(s, 0, sizeof(*s));
	if (region.n < REGION_MIN)
		return ERR_ROOM;
	s->crypto = c;
	s->region = region;
	s->put = put;
	memcpy(s->key, key, REGION_KEY);
	return OK;
}

void
region_store_port(struct region_store *s, struct agent_store *out)
{
	*out = (struct agent_store){.ctx = s,
	    .load = load,
	    .commit = commit,
	    .blob_begin = blob_begin,
	    .blob_more = blob_more,
	    .blob_end = blob_end,
	    .blob_drop = blob_drop,
	    .blob_read = blob_read,
	    .sweep = sweep};
}
