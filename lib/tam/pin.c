/*
 * pin: a device stays the one that was accepted.        [security 8, 23]
 *
 * What binds Evidence to a TEEP key says nothing of the day before: another
 * device's attester, a weaker one, or a copy of the whole device would do as
 * well.
 */
#include "tam_int.h"

#include <string.h>

void
tam_verdict_void(struct appraisal *a)
{
	a->verdict = REFUSED;
	a->bound = false;
}

static enum err
differs(struct turn *t, enum err e, const char *what)
{
	struct appraisal *a = &t->out->appraisal;

	tam_verdict_void(a);
	(void)why_set(&a->why, e, what);
	a->why.source = BYTES_LIT("Evidence accepted before");
	return e;
}

/* The same device by its endorsement. */
static enum err
ueid_check(struct turn *t)
{
	struct tam_device *d = &t->row;
	struct appraisal *a = &t->out->appraisal;
	struct bytes ueid = a->claims.ueid;
	struct bytes pinned = {d->evidence_ueid, d->evidence_ueid_n};

	if (pinned.n > sizeof(d->evidence_ueid) ||
	    ueid.n > sizeof(d->evidence_ueid))
		return ERR_BUG;
	if (pinned.n == 0 || bytes_same(pinned, ueid))
		return OK;
	(void)differs(t, ERR_EVIDENCE_CLAIM, "ueid");
	/* The row behind pinned ends with this call. */
	memcpy(a->expected, pinned.p, pinned.n);
	a->why.kind = WHY_HEX;
	a->why.expected = (struct bytes){(uint8_t *)a->expected, pinned.n};
	a->why.found = ueid;
	return ERR_EVIDENCE_CLAIM;
}

static struct bytes name_of(enum assurance class)
{
	const char *name = assurance_name(class);

	return (struct bytes){(const uint8_t *)name, strlen(name)};
}

/* Whoever can choose how to attest would choose what is easiest to forge. */
static enum err
assurance_check(struct turn *t)
{
	struct appraisal *a = &t->out->appraisal;

	if (a->assurance >= t->row.assured)
		return OK;
	(void)differs(t, ERR_ASSURANCE, "assurance");
	a->why.kind = WHY_TEXT;
	a->why.expected = name_of(t->row.assured);
	a->why.found = name_of(a->assurance);
	return ERR_ASSURANCE;
}

/* Where a boot seed stands among those seen; n_seeds if it does not. */
static size_t
seed_find(const struct tam_device *d, struct bytes seed)
{
	size_t at = 0;

	while (at < d->n_seeds && memcmp(d->seed[at], seed.p, TAM_SEED_LEN))
		at++;
	return at;
}

/*
 * A new seed is a new boot.  One that was before the newest, in answer to a
 * question that was asked when the newest was here already, comes from a
 * second device: no boot comes back.  An answer to an older question may only
 * have been held back on its way, and is too late.
 */
static enum err
seed_check(struct turn *t, uint64_t issued)
{
	struct tam_device *d = &t->row;
	struct bytes seed = t->out->appraisal.claims.bootseed;
	size_t at;

	if (d->cloned)
		return differs(t, ERR_CLONE, "bootseed");
	/* Another Verifier does not say which boot it has seen. */
	if (t->out->passport)
		return OK;
	if (seed.n < TAM_SEED_LEN || d->n_seeds > TAM_SEEDS_MAX)
		return ERR_BUG;
	at = seed_find(d, seed);
	if (at == 0 || at == d->n_seeds)
		return OK;
	if (issued <= d->seed_since + t->t->config.clock_skew)
		return differs(t, ERR_EXPIRED, "bootseed");
	d->cloned = true;
	t->out->clone = true;
	return differs(t, ERR_CLONE, "bootseed");
}

enum err
tam_pin_same(struct turn *t, uint64_t issued)
{
	TRY(ueid_check(t));
	return seed_check(t, issued);
}

enum err
tam_pin_check(struct turn *t, uint64_t issued)
{
	TRY(ueid_check(t));
	TRY(assurance_check(t));
	return seed_check(t, issued);
}

void
tam_pin(struct turn *t)
{
	const struct appraisal *a = &t->out->appraisal;
	struct bytes ueid = a->claims.ueid, seed = a->claims.bootseed;
	struct tam_device *d = &t->row;

	if (d->evidence_ueid_n == 0) {
		memcpy(d->evidence_ueid, ueid.p, ueid.n);
		d->evidence_ueid_n = (uint8_t)ueid.n;
	}
	if (a->assurance > d->assured)
		d->assured = a->assurance;
	if (t->out->passport || seed_find(d, seed) < d->n_seeds)
		return;
	memmove(d->seed[1], d->seed[0], (TAM_SEEDS_MAX - 1) * TAM_SEED_LEN);
	memcpy(d->seed[0], seed.p, TAM_SEED_LEN);
	if (d->n_seeds < TAM_SEEDS_MAX)
		d->n_seeds++;
	d->seed_since = t->now;
}
