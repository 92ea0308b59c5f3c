/*
 * library: a set of CoRIMs: is it whole and in scope, and what does it say of
 * a class of devices?                                  [CoRIM 8.2; phase 1]
 */
#include "library.h"

#include <string.h>

/* ---- walk: every statement of every tag, in order ---------------------- */

static bool
is_active(const struct acs_library *l, size_t tag)
{
	return (l->active[tag / 32] >> tag % 32 & 1) != 0;
}

static enum err
tag_walk(
    struct acs_saying *s, const struct corim_tag *t, acs_visit *f, void *ctx)
{
	struct corim_triples it;
	enum err e;

	s->voice.source = t->identity.id;
	corim_triples_begin(&it, t->triples);
	while ((e = corim_triple_next(&it, &s->triple)) == OK) {
		s->voice.by = it.at;
		s->about = (struct corim_environment){0};
		if (s->triple.kind != SAYS_CONDITIONAL &&
		    s->triple.kind != SAYS_DEPENDENCY &&
		    s->triple.kind != SAYS_MEMBERSHIP)
			TRY(corim_environment_read(
			    s->triple.environment, &s->about));
		TRY(f(ctx, s));
	}
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
walk(const struct acs_library *l, bool all, acs_visit *f, void *ctx)
{
	size_t tag = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct acs_saying s = {.source = &l->source[i],
		    .voice = {.authority = l->source[i].authority}};
		struct cbor_in r = cbor_items(l->corim[i]->tags);

		for (size_t k = 0; k < l->corim[i]->tags.n; k++, tag++) {
			struct corim_tag t;

			TRY(corim_tag_read(&r, &t));
			if (t.kind == CORIM_COMID && (all || is_active(l, tag)))
				TRY(tag_walk(&s, &t, f, ctx));
		}
	}
	return OK;
}

/* ---- an index ---------------------------------------------------------- */

static enum err
count_one(void *ctx, const struct acs_saying *s)
{
	size_t *n = ctx;

	n[s->triple.kind]++;
	return OK;
}

static enum err
count(const struct acs_library *l, size_t n[SAYS_CONDITIONAL + 1])
{
	memset(n, 0, (SAYS_CONDITIONAL + 1) * sizeof(*n));
	return walk(l, false, count_one, n);
}

size_t
acs_library_count(const struct acs_library *l)
{
	size_t n[SAYS_CONDITIONAL + 1], sum = 0;

	if (count(l, n) != OK)
		return 0;
	for (size_t i = 0; i <= SAYS_CONDITIONAL; i++)
		sum += n[i];
	return sum;
}

struct filling {
	struct acs_saying *room;
	size_t at[SAYS_CONDITIONAL + 1];
};

static enum err
fill(void *ctx, const struct acs_saying *s)
{
	struct filling *f = ctx;

	f->room[f->at[s->triple.kind]++] = *s;
	return OK;
}

/* Those about no class come first, then class by class; those of one class as
 * their CoRIMs have them. */
static bool
comes_before(const struct acs_saying *a, const struct acs_saying *b)
{
	int order = bytes_order(
	    a->about.part[ENV_CLASS_ID], b->about.part[ENV_CLASS_ID]);

	if (order != 0)
		return order < 0;
	if (a->source != b->source)
		return a->source < b->source;
	return (uintptr_t)a->voice.by < (uintptr_t)b->voice.by;
}

static void
sink(struct acs_saying *heap, size_t at, size_t n)
{
	for (;;) {
		size_t below = 2 * at + 1;
		struct acs_saying swap = heap[at];

		if (below >= n)
			return;
		if (below + 1 < n &&
		    comes_before(&heap[below], &heap[below + 1]))
			below++;
		if (!comes_before(&heap[at], &heap[below]))
			return;
		heap[at] = heap[below];
		heap[below] = swap;
		at = below;
	}
}

/* By a heap: whoever writes CoRIMs does not choose how long it takes. */
static void
sort(struct acs_saying *s, size_t n)
{
	for (size_t i = n / 2; i > 0; i--)
		sink(s, i - 1, n);
	for (; n > 1; n--) {
		struct acs_saying swap = s[0];

		s[0] = s[n - 1];
		s[n - 1] = swap;
		sink(s, 0, n - 1);
	}
}

enum err
acs_library_index(struct acs_library *l, struct acs_saying *room, size_t max)
{
	size_t n[SAYS_CONDITIONAL + 1], sum = 0;
	struct filling f = {.room = room};

	l->said = NULL;
	TRY(count(l, n));
	for (size_t i = 0; i <= SAYS_CONDITIONAL; i++) {
		l->first[i] = f.at[i] = sum;
		sum += n[i];
	}
	l->first[SAYS_CONDITIONAL + 1] = sum;
	if (sum > max)
		return ERR_ROOM;
	TRY(walk(l, false, fill, &f));
	for (size_t i = 0; i <= SAYS_CONDITIONAL; i++)
		sort(room + l->first[i], l->first[i + 1] - l->first[i]);
	l->said = room;
	return OK;
}

/* The first that is not before a class. */
static size_t
first_of(const struct acs_library *l, size_t from, size_t to, struct bytes is)
{
	while (from < to) {
		size_t half = from + (to - from) / 2;

		if (bytes_order(l->said[half].about.part[ENV_CLASS_ID], is) < 0)
			from = half + 1;
		else
			to = half;
	}
	return from;
}

enum err
library_about(const struct acs_library *l, enum corim_statement kind,
    struct bytes class_id, acs_visit *f, void *ctx)
{
	size_t end;

	if (l->said == NULL)
		return class_id.n > 0 ? OK : walk(l, false, f, ctx);
	end = l->first[kind + 1];
	for (size_t i = first_of(l, l->first[kind], end, class_id);
	     i < end &&
	     bytes_same(l->said[i].about.part[ENV_CLASS_ID], class_id);
	     i++)
		TRY(f(ctx, &l->said[i]));
	return OK;
}

/* ---- phase 1: whole, in scope, active ---------------------------------- */

/* What a signer has to be allowed for each kind of statement; 0: it adds
 * nothing to a set of claims. */
static unsigned
kind_of(enum corim_statement s)
{
	switch (s) {
	case SAYS_REFERENCE:
		return CORIM_REFERENCE;
	case SAYS_ENDORSED:
	case SAYS_SERIES:
	case SAYS_CONDITIONAL:
		return CORIM_ENDORSED;
	case SAYS_IDENTITY:
	case SAYS_ATTEST_KEY:
		return CORIM_ATTEST_KEY;
	case SAYS_DEPENDENCY:
	case SAYS_MEMBERSHIP:
	case SAYS_COSWID:
		break;
	}
	return 0;
}

static enum err
environment_in_scope(const struct acs_source *s, unsigned kind,
    struct bytes environment, struct why *why)
{
	struct corim_environment e;

	TRY(corim_environment_read(environment, &e));
	return corim_scope_covers(
	    s->scope, s->n_scope, (enum corim_kind)kind, &e, why);
}

static enum err
in_scope(void *ctx, const struct acs_saying *s)
{
	unsigned kind = kind_of(s->triple.kind);
	struct cbor_in r = cbor_items(s->triple.items);
	struct why *why = ctx;
	enum err e = OK;

	if (kind == 0)
		return OK;
	if (s->triple.kind != SAYS_CONDITIONAL)
		e = environment_in_scope(
		    s->source, kind, s->triple.environment, why);
	/* Of a conditional one: all that it adds to. */
	else
		for (size_t i = 0; i < s->triple.items.n && e == OK; i++) {
			struct corim_state state;

			e = corim_state_read(&r, &state);
			if (e == OK)
				e = environment_in_scope(
				    s->source, kind, state.environment, why);
		}
	if (e != OK && why != NULL)
		why->source = s->voice.source;
	return e;
}

enum err
acs_library_begin(struct acs_library *l, const struct acs_source *s, size_t n,
    uint64_t now, bool lists, struct why *why)
{
	size_t tag = 0;
	enum err e;

	memset(l, 0, sizeof(*l));
	if (n > ACS_SOURCES_MAX)
		return why_set(why, ERR_LIMIT, "CoRIMs");
	for (size_t i = 0; i < n; i++) {
		TRY(corim_check(s[i].corim, why));
		if (now < s[i].corim->not_before || now > s[i].corim->not_after)
			return why_set(why, ERR_EXPIRED, "validity");
		l->corim[i] = s[i].corim;
	}
	l->source = s;
	l->n = n;
	for (size_t i = 0; i < n; i++) {
		struct cbor_in r = cbor_items(s[i].corim->tags);
		struct corim_tag t;

		for (size_t k = 0; k < s[i].corim->tags.n; k++, tag++) {
			TRY(corim_tag_read(&r, &t));
			if (t.linked.n > 0)
				l->linked |= UINT64_C(1) << i;
			e = corim_active(l->corim, n, i, &t, now, lists, why);
			if (e == OK)
				l->active[tag / 32] |= UINT32_C(1) << tag % 32;
			else if (e != ERR_NOT_FOUND)
				return e;
		}
	}
	e = walk(l, true, in_scope, why);
	if (e == OK && why != NULL)
		memset(why, 0, sizeof(*why));
	return e;
}
