/*
 * tam_store: a TAM's memory for one request, and its store.
 *
 * The store answers the view and applies effects as a shell must: all or
 * nothing, challenges and tokens once, device rows by version.
 */
#ifndef TAM_STORE_H
#define TAM_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tamarind/tam.h>

#define DEVICES   2
#define MANIFESTS 48
#define TOKENS    64
#define USED      64

struct shelf {
	struct tam_manifest m;
	struct bytes envelope;
};

struct list_of {
	size_t i[MANIFESTS];
	size_t n;
};

struct store {
	struct tam_device row[DEVICES * 2];
	struct {
		struct tam_token t;
		uint8_t unneeded[1024];
		bool open;
	} token[TOKENS];
	size_t n_tokens;
	struct {
		uint8_t challenge[TAM_CHALLENGE_LEN], kid[KID_LEN];
	} used[USED];
	size_t n_used;
	struct shelf shelf[MANIFESTS];
	struct list_of wanted, unwanted, granted, repair;
	struct bytes repairs; /* the cause that repair is for */
	uint8_t mac[2][32];
	size_t n_mac;
	unsigned fail_at; /* the nth question fails; 0: none does */
	unsigned asked;
	bool lost; /* it has rows, but no envelopes */
};

/* ---- arena -------------------------------------------------------------- */

struct lender {
	void *lent[512];
	size_t n, may;
};

static inline void *
lend(void *ctx, size_t n)
{
	struct lender *l = ctx;
	void *p;

	if (l->n >= l->may)
		return NULL;
	assert_true(l->n < ARRAY_LEN(l->lent));
	p = calloc(1, n == 0 ? 1 : n);
	assert_non_null(p);
	l->lent[l->n++] = p;
	return p;
}

static inline void
lender_free(struct lender *l)
{
	while (l->n > 0)
		free(l->lent[--l->n]);
}

/* ---- the store as a view ------------------------------------------------- */

static inline bool
fails(struct store *s)
{
	return ++s->asked == s->fail_at;
}

static inline enum err
see_device(void *ctx, struct bytes kid, struct tam_device *out)
{
	struct store *s = ctx;

	if (fails(s))
		return ERR_STORE;
	for (size_t i = 0; i < ARRAY_LEN(s->row); i++)
		if (bytes_same(kid, BYTES_OF(s->row[i].kid))) {
			*out = s->row[i];
			return OK;
		}
	return ERR_UNKNOWN_KEY;
}

static inline enum err
see_token(void *ctx, struct bytes token, const uint8_t kid[KID_LEN],
    const struct arena *mem, struct tam_token *out)
{
	struct store *s = ctx;

	(void)mem;
	if (fails(s))
		return ERR_STORE;
	for (size_t i = 0; i < s->n_tokens; i++)
		if (s->token[i].open &&
		    bytes_same(token, BYTES_OF(s->token[i].t.token)) &&
		    memcmp(kid, s->token[i].t.kid, KID_LEN) == 0) {
			*out = s->token[i].t;
			return OK;
		}
	return ERR_TOKEN;
}

static inline enum err
see_challenge(void *ctx, const uint8_t challenge[TAM_CHALLENGE_LEN],
    const uint8_t kid[KID_LEN])
{
	struct store *s = ctx;

	if (fails(s))
		return ERR_STORE;
	for (size_t i = 0; i < s->n_used; i++)
		if (memcmp(s->used[i].challenge, challenge,
			TAM_CHALLENGE_LEN) == 0 &&
		    memcmp(s->used[i].kid, kid, KID_LEN) == 0)
			return ERR_REPLAY;
	return OK;
}

static inline enum err
nth_of(struct store *s, const struct list_of *l, size_t nth,
    struct tam_manifest *out)
{
	if (fails(s))
		return ERR_STORE;
	if (nth >= l->n)
		return ERR_NOT_FOUND;
	*out = s->shelf[l->i[nth]].m;
	return OK;
}

static inline enum err
see_wanted(void *ctx, uint64_t device, size_t nth, struct tam_manifest *out)
{
	struct store *s = ctx;

	(void)device;
	return nth_of(s, &s->wanted, nth, out);
}

static inline enum err
see_unwanted(void *ctx, uint64_t device, size_t nth, struct tam_manifest *out)
{
	struct store *s = ctx;

	(void)device;
	return nth_of(s, &s->unwanted, nth, out);
}

static inline enum err
see_repair(void *ctx, uint64_t device, struct bytes cause, size_t nth,
    struct tam_manifest *out)
{
	static const struct list_of none;
	struct store *s = ctx;

	(void)device;
	return nth_of(
	    s, bytes_same(cause, s->repairs) ? &s->repair : &none, nth, out);
}

static inline struct shelf *
by_digest(struct store *s, const uint8_t digest[DIGEST_LEN])
{
	for (size_t i = 0; i < MANIFESTS; i++)
		if (memcmp(s->shelf[i].m.digest, digest, DIGEST_LEN) == 0)
			return &s->shelf[i];
	return NULL;
}

static inline enum err
see_manifest(
    void *ctx, const uint8_t digest[DIGEST_LEN], struct tam_manifest *out)
{
	struct store *s = ctx;
	struct shelf *f = by_digest(s, digest);

	if (fails(s))
		return ERR_STORE;
	if (f == NULL)
		return ERR_NOT_FOUND;
	*out = f->m;
	return OK;
}

static inline enum err
see_granted(void *ctx, uint64_t device, struct bytes component,
    struct tam_manifest *out)
{
	struct store *s = ctx;

	(void)device;
	if (fails(s))
		return ERR_STORE;
	for (size_t i = 0; i < s->granted.n; i++) {
		struct tam_manifest *m = &s->shelf[s->granted.i[i]].m;

		if (bytes_same(component, (struct bytes){m->id, m->id_n})) {
			*out = *m;
			return OK;
		}
	}
	return ERR_NOT_FOUND;
}

static inline enum err
see_envelope(void *ctx, const uint8_t digest[DIGEST_LEN],
    const struct arena *mem, struct bytes *out)
{
	struct store *s = ctx;
	struct shelf *f = s->lost ? NULL : by_digest(s, digest);
	struct span room;

	if (fails(s))
		return ERR_STORE;
	if (f == NULL)
		return ERR_NOT_FOUND;
	room = arena_span(mem, f->envelope.n);
	if (room.p == NULL)
		return ERR_MEMORY;
	memcpy(room.p, f->envelope.p, room.n);
	*out = (struct bytes){room.p, room.n};
	return OK;
}

static inline enum err
see_mac_key(void *ctx, size_t nth, uint8_t key[32])
{
	struct store *s = ctx;

	if (fails(s))
		return ERR_STORE;
	if (nth >= s->n_mac)
		return ERR_NOT_FOUND;
	memcpy(key, s->mac[nth], 32);
	return OK;
}

/* ---- effects, applied ---------------------------------------------------- */

static inline enum err
apply_one(struct store *s, const struct tam_effect *e)
{
	switch (e->kind) {
	case TAM_USE_CHALLENGE:
		if (see_challenge(s, e->challenge, e->kid) != OK)
			return ERR_REPLAY;
		assert_true(s->n_used < USED);
		memcpy(s->used[s->n_used].challenge, e->challenge,
		    TAM_CHALLENGE_LEN);
		memcpy(s->used[s->n_used++].kid, e->kid, KID_LEN);
		return OK;
	case TAM_USE_TOKEN:
		for (size_t i = 0; i < s->n_tokens; i++)
			if (s->token[i].open &&
			    memcmp(s->token[i].t.token, e->token.token,
				TAM_TOKEN_LEN) == 0) {
				s->token[i].open = false;
				return OK;
			}
		return ERR_TOKEN;
	case TAM_NEW_TOKEN:
		assert_true(s->n_tokens < TOKENS);
		s->token[s->n_tokens].t = e->token;
		s->token[s->n_tokens].open = true;
		assert_true(e->token.unneeded.n <= 1024);
		if (e->token.unneeded.n > 0)
			memcpy(s->token[s->n_tokens].unneeded,
			    e->token.unneeded.p, e->token.unneeded.n);
		s->token[s->n_tokens].t.unneeded.p =
		    s->token[s->n_tokens].unneeded;
		s->n_tokens++;
		return OK;
	case TAM_DEVICE:
		for (size_t i = 0; i < ARRAY_LEN(s->row); i++) {
			if (s->row[i].id != e->row.id)
				continue;
			if (s->row[i].version != e->row.version)
				return ERR_BUSY;
			s->row[i] = e->row;
			s->row[i].version++;
			return OK;
		}
		fail();
		return ERR_NOT_FOUND;
	case TAM_APPRAISED:
	case TAM_REPORTED:
	case TAM_REQUESTED:
	case TAM_CAPABLE:
	case TAM_STARTED:
		return OK;
	}
	fail();
	return ERR_BUG;
}

/* All effects of a reply, or none of them. */
static inline enum err
store_apply(struct store *s, const struct tam_reply *r)
{
	static struct store next;

	next = *s;
	for (size_t i = 0; i < r->n_effects; i++) {
		enum err e = apply_one(&next, &r->effect[i]);

		if (e != OK)
			return e;
	}
	/* Views into the copy's own buffers move with it. */
	for (size_t i = 0; i < next.n_tokens; i++)
		next.token[i].t.unneeded.p = s->token[i].unneeded;
	*s = next;
	return OK;
}

static inline struct tam_view
store_view(struct store *s)
{
	return (struct tam_view){s, see_device, see_token, see_challenge,
	    see_wanted, see_unwanted, see_repair, see_manifest, see_granted,
	    see_envelope, see_mac_key};
}

static inline void
wants(struct list_of *l, size_t manifest)
{
	l->i[l->n++] = manifest;
}

#endif
