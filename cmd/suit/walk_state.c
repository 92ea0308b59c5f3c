/*
 * walk_state: what is known of parameters while commands are walked, and which
 * of them a command takes.  A state that somebody kept is never changed.
 */
#include "walk_int.h"

#include <string.h>

static struct walk_fact *
find(struct walk_state *s, struct bytes id, int64_t label)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->fact[i].label == label && bytes_same(s->fact[i].id, id))
			return &s->fact[i];
	return NULL;
}

const struct walk_fact *
walk_find(const struct walk_state *s, struct bytes id, int64_t label)
{
	struct walk_state copy = *s;

	return find(&copy, id, label);
}

/* A state of its own, with room for more facts. */
static struct walk_state
copy(struct walker *w, const struct walk_state *s, size_t more)
{
	struct walk_state out = {NULL, s->n};

	out.fact = pool_get(w->pool, (s->n + more + 1) * sizeof(*out.fact));
	if (s->n > 0)
		memcpy(out.fact, s->fact, s->n * sizeof(*out.fact));
	return out;
}

/* Room in the present state, which nobody else may have kept. */
static void
own(struct walker *w)
{
	if (!w->shared && w->now.n < w->room)
		return;
	w->room = 2 * w->now.n + 16;
	w->now = copy(w, &w->now, w->room - w->now.n);
	w->shared = false;
}

/* Somebody keeps it. */
struct walk_state
walk_keep(struct walker *w)
{
	w->shared = true;
	return w->now;
}

static void
value_add(struct walk_fact *f, const struct item *v)
{
	for (uint8_t i = 0; i < f->n; i++)
		if (f->value[i] == v ||
		    bytes_same(model_raw(f->value[i]), model_raw(v)))
			return;
	if (f->n == WALK_VALUES_MAX)
		f->more = true;
	else
		f->value[f->n++] = v;
}

void
walk_set(struct walker *w, struct bytes id, int64_t label, const struct item *v,
    bool override)
{
	struct walk_fact *f;

	own(w);
	f = find(&w->now, id, label);
	if (f == NULL) {
		f = &w->now.fact[w->now.n++];
		*f = (struct walk_fact){.id = id, .label = label};
		override = true;
	}
	if (override) {
		f->n = 0;
		f->maybe = f->more = false;
	} else if (!f->maybe) {
		return;
	}
	f->maybe = false;
	value_add(f, v);
}

/* What holds if a or b does. */
struct walk_state
walk_merge(
    struct walker *w, const struct walk_state *a, const struct walk_state *b)
{
	struct walk_state out = copy(w, a, b->n);

	for (size_t i = 0; i < out.n; i++) {
		struct walk_fact *f = &out.fact[i];
		const struct walk_fact *g = walk_find(b, f->id, f->label);

		if (g == NULL) {
			f->maybe = true;
			continue;
		}
		f->maybe |= g->maybe;
		f->more |= g->more;
		for (uint8_t k = 0; k < g->n; k++)
			value_add(f, g->value[k]);
	}
	for (size_t i = 0; i < b->n; i++)
		if (walk_find(a, b->fact[i].id, b->fact[i].label) == NULL) {
			out.fact[out.n] = b->fact[i];
			out.fact[out.n++].maybe = true;
		}
	return out;
}

bool
walk_is_condition(int64_t n)
{
	return (n >= 1 && n <= 8) || n == 14 || (n >= 24 && n <= 28);
}

bool
walk_fills(int64_t n)
{
	return n == SUIT_CMD_WRITE || n == SUIT_CMD_FETCH || n == 22 || n == 31;
}

const struct walk_use *
walk_uses(int64_t n)
{
	/*                                   [SUIT 8.4.10, SUIT TD, SUIT UM] */
	static const struct walk_use uses[] = {
	    {1, {1}, {0}},
	    {2, {2}, {0}},
	    {3, {3}, {14}},
	    {4, {4}, {0}},
	    {5, {5}, {0}},
	    {6, {18}, {0}},
	    {7, {3}, {0}},
	    {18, {18}, {19, 30}},
	    {21, {21}, {3, 14, 19, 25}},
	    {22, {22}, {3, 14, 19, 30}},
	    {23, {0}, {23}},
	    {24, {24}, {0}},
	    {25, {3}, {14}},
	    {26, {26}, {0}},
	    {27, {27}, {0}},
	    {28, {28}, {0}},
	    {29, {29}, {0}},
	    {31, {22}, {0}},
	};

	for (size_t i = 0; i < ARRAY_LEN(uses); i++)
		if (uses[i].command == n)
			return &uses[i];
	return NULL;
}
