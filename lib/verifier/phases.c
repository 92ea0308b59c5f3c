/*
 * phases: hold a set of CoRIMs against what is said of a device.
 *                                                     [CoRIM 8.2, 8.3]
 *
 * Phase 1 is acs_library_begin; 2 was done by who adds the Evidence; 3 and 4
 * are acs_appraise.
 */
#include "library.h"

#define ANY ((unsigned)ACS_EVIDENCE | ACS_REFERENCE | ACS_ENDORSEMENT)

/* ---- phase 3: reference values ----------------------------------------- */

/* The first entry of a tuple, which is about one environment. */
static bool
is_head(const struct acs *a, size_t i)
{
	return i == 0 || a->entry[i].tuple != a->entry[i - 1].tuple;
}

static struct bytes
class_of(const struct acs *a, size_t i)
{
	return a->entry[i].environment.part[ENV_CLASS_ID];
}

static bool
was_visited(const struct acs *a, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_head(a, i) &&
		    bytes_same(class_of(a, i), class_of(a, at)))
			return true;
	return false;
}

/* Every statement of a kind that may be about what is there: most of what is
 * said in a fleet is about other classes. */
static enum err
walk_present(struct acs *a, const struct acs_library *l,
    enum corim_statement kind, acs_visit *f)
{
	const size_t n = a->n; /* what is added has the next round */

	TRY(library_about(l, kind, BYTES_NONE, f, a));
	for (size_t i = 0; i < n; i++)
		if (is_head(a, i) && class_of(a, i).n > 0 && !was_visited(a, i))
			TRY(library_about(l, kind, class_of(a, i), f, a));
	return OK;
}

/* Or about others of its class. */
static bool
is_about(const struct acs *a, const struct corim_environment *about)
{
	for (size_t i = 0; i < a->n; i++)
		if (is_head(a, i) && corim_environment_meets(about,
					 &a->entry[i].environment, NULL) == OK)
			return true;
	return false;
}

static enum err
corroborate(void *ctx, const struct acs_saying *s)
{
	const struct acs *a = ctx;
	enum err e;

	if (s->triple.kind != SAYS_REFERENCE || !is_about(a, &s->about))
		return OK;
	e = acs_corroborate(
	    ctx, s->triple.environment, s->triple.items, &s->voice, NULL);
	return e == ERR_NO_REFERENCE || e == ERR_MEASUREMENT ? OK : e;
}

/* ---- phase 4: endorsements --------------------------------------------- */

/* What an endorsed value is about is there. */
static enum err
endorsed(struct acs *a, const struct acs_saying *s)
{
	struct list none = {BYTES_NONE, 0};

	if (!is_about(a, &s->about) ||
	    !acs_meets(a, ANY, s->triple.environment, NULL, 0, none, NULL))
		return OK;
	return acs_endorse(
	    a, s->triple.environment, s->triple.items, &s->voice);
}

/* All conditions hold: then all of it. */
static enum err
conditional(struct acs *a, const struct acs_saying *s)
{
	struct cbor_in r = cbor_items(s->triple.conditions);
	struct list none = {BYTES_NONE, 0};
	struct corim_state state;

	for (size_t i = 0; i < s->triple.conditions.n; i++) {
		TRY(corim_state_read(&r, &state));
		if (!acs_meets(a, ANY, state.environment, &state.measurements,
			1, none, NULL))
			return OK;
	}
	r = cbor_items(s->triple.items);
	for (size_t i = 0; i < s->triple.items.n; i++) {
		TRY(corim_state_read(&r, &state));
		TRY(acs_endorse(
		    a, state.environment, state.measurements, &s->voice));
	}
	return OK;
}

static enum err
monotone(void *ctx, const struct acs_saying *s)
{
	if (s->triple.kind == SAYS_ENDORSED)
		return endorsed(ctx, s);
	if (s->triple.kind == SAYS_CONDITIONAL)
		return conditional(ctx, s);
	return OK;
}

/* Has this statement added something? */
static bool
has_said(const struct acs *a, const uint8_t *by)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->entry[i].by == by)
			return true;
	return false;
}

/* The first condition of a series that is met decides, once. */
static enum err
series(void *ctx, const struct acs_saying *s)
{
	const struct corim_triple *t = &s->triple;
	struct cbor_in r = cbor_items(t->items);
	struct acs *a = ctx;

	if (t->kind != SAYS_SERIES || !is_about(a, &s->about) ||
	    has_said(a, s->voice.by))
		return OK;
	for (size_t i = 0; i < t->items.n; i++) {
		struct list wanted[2] = {t->conditions};
		struct corim_series one;

		TRY(corim_series_read(&r, &one));
		wanted[1] = one.condition;
		if (acs_meets(
			a, ANY, t->environment, wanted, 2, t->authority, NULL))
			return acs_endorse(
			    a, t->environment, one.addition, &s->voice);
	}
	return OK;
}

enum err
acs_appraise(struct acs *a, const struct acs_library *l, struct why *why)
{
	size_t before;
	enum err e = walk_present(a, l, SAYS_REFERENCE, corroborate);

	/* Every round adds an entry, or is the last: the room bounds them. */
	do {
		before = a->n;
		if (e == OK)
			e = walk_present(a, l, SAYS_ENDORSED, monotone);
		if (e == OK && l->said != NULL)
			e = walk_present(a, l, SAYS_CONDITIONAL, monotone);
		if (e == OK && a->n == before)
			e = walk_present(a, l, SAYS_SERIES, series);
	} while (e == OK && a->n > before);
	return e == OK ? OK : why_set(why, e, "claims");
}
