/*
 * attested: which TAMs have to prove themselves, and to whose mind.
 *                                              [agent.h, docs/policy.md]
 */
#include "agent_int.h"
#include <string.h>

#define VERIFIERS_MAX 16

// clang-format off
static const struct cbor_field rows[] = {
	FIELD_REQ(1, F_LIST, struct attested, verifiers, 1, VERIFIERS_MAX),
	FIELD_REQ(2, F_UINT, struct attested, seconds, 1, UINT32_MAX),
	FIELD(3, F_UINT, struct attested, status, EAR_AFFIRMING, EAR_WARNING),
};
// clang-format on
static const struct cbor_table table = {rows, ARRAY_LEN(rows), 1};

enum { HAS_STATUS = 1 << 2 };

enum err
attested_read(struct bytes in, struct attested *out)
{
	struct cbor_in r = cbor_open(in), names;

	*out = (struct attested){0};
	cbor_map_read(&r, &table, out);
	TRY(cbor_close(&r));
	if ((out->has & HAS_STATUS) != 0 && out->status != EAR_AFFIRMING &&
	    out->status != EAR_WARNING)
		return ERR_RANGE;
	names = cbor_items(out->verifiers);
	for (size_t i = 0; i < out->verifiers.n; i++)
		(void)cbor_tstr(&names, 1, NAME_MAX);
	return cbor_close(&names);
}

static size_t
times_named(const struct attested *t, struct bytes name)
{
	struct cbor_in r = cbor_items(t->verifiers);
	size_t n = 0;

	for (size_t i = 0; i < t->verifiers.n; i++)
		n += bytes_same(cbor_tstr(&r, 1, NAME_MAX), name);
	return n;
}

/* ---- keys of verifiers, one after the other ---- */

struct walk {
	struct cbor_in rows, keys;
	size_t left; /* keys of this verifier */
	size_t rows_left;
	struct policy_verifier v;
};

static struct walk
walk_begin(const struct policy *p)
{
	return (struct walk){
	    .rows = cbor_items(p->verifiers), .rows_left = p->verifiers.n};
}

/* policy_read has read them all before. */
static bool
walk_next(struct walk *w, struct cose_key *out)
{
	while (w->left == 0) {
		if (w->rows_left == 0 ||
		    policy_verifier_read(&w->rows, &w->v) != OK)
			return false;
		w->rows_left--;
		w->left = w->v.keys.n;
		w->keys = cbor_items(w->v.keys);
	}
	w->left--;
	return cose_key_read(cbor_raw(&w->keys, CBOR_MAP), out) == OK;
}

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct attested_ring *r = ctx;
	struct walk w = walk_begin(r->policy);
	uint8_t is[KID_LEN];

	while (walk_next(&w, out)) {
		if (times_named(r->by, w.v.name) == 0 ||
		    cose_key_alg(out) != alg)
			continue;
		TRY(cose_key_thumbprint(r->crypto, out, is));
		if (kid.n > 0 && !bytes_same(kid, BYTES_OF(is)))
			continue;
		if (nth-- == 0)
			return OK;
	}
	return ERR_UNKNOWN_KEY;
}

struct keyring
ring_verifiers(struct attested_ring *r)
{
	return (struct keyring){r, find};
}

/* ---- what must hold in a policy ---- */

static bool
key_same(const struct cose_key *a, const struct cose_key *b)
{
	return a->crv == b->crv && memcmp(a->x, b->x, sizeof(a->x)) == 0 &&
	       memcmp(a->y, b->y, sizeof(a->y)) == 0;
}

/* policy_read keeps them apart from the keys of everybody else. */
static enum err
check_keys(const struct policy *p)
{
	struct walk w = walk_begin(p), more;
	struct cose_key key, other;

	while (walk_next(&w, &key)) {
		more = w;
		while (walk_next(&more, &other))
			if (key_same(&key, &other))
				return ERR_KEY_PURPOSE;
	}
	return OK;
}

/* The verifier of this name has a key that can verify something here. */
static enum err
check_named(const struct crypto *c, const struct policy *p, struct bytes name)
{
	struct walk w = walk_begin(p);
	enum err e = ERR_MISSING;
	struct cose_key key;

	while (walk_next(&w, &key)) {
		if (!bytes_same(w.v.name, name))
			continue;
		e = c->key_check(&key);
		if (e != ERR_COSE_ALG)
			return e;
	}
	return e;
}

static enum err
check_tam(
    const struct crypto *c, const struct policy *p, const struct policy_tam *t)
{
	struct attested by;
	struct cbor_in r;

	if (t->attested.p == NULL)
		return OK;
	TRY(attested_read(t->attested, &by));
	r = cbor_items(by.verifiers);
	for (size_t i = 0; i < by.verifiers.n; i++) {
		struct bytes name = cbor_tstr(&r, 1, NAME_MAX);

		if (times_named(&by, name) != 1)
			return ERR_DUPLICATE;
		TRY(check_named(c, p, name));
	}
	return cbor_close(&r);
}

enum err
policy_attested_check(const struct crypto *c, const struct policy *p)
{
	if (!p->has_attested)
		return OK;
	if (p->recovery.attested.p != NULL)
		return ERR_UNEXPECTED;
	TRY(check_keys(p));
	for (size_t i = 0; i < p->n_tams; i++)
		TRY(check_tam(c, p, &p->tam[i]));
	return OK;
}
