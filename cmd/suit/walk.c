/*
 * walk: an abstract interpreter of command sequences.
 *
 * State is merged where ways meet: after a try-each, and before each of its
 * alternatives but the first, since what a failed one has set stays set.
 *                                                   [SUIT 6.4, 8.4.10.4]
 */
#include "walk_int.h"

#include <stdlib.h>
#include <string.h>

/* One sequence under way. */
struct level {
	const struct model *m;
	unsigned section, before, depth;
	const struct place *target[MODEL_PLACES_MAX];
	size_t n_targets;
	bool soft;
	struct walk_state failed; /* where a condition may have ended it */
	bool fails;               /* one may */
	bool hard;                /* and nothing forgives it */
	bool dead;
};

/* ---- commands ------------------------------------------------------------ */

static void
fault(struct walker *w, const struct level *l, const struct item *at,
    const char *what)
{
	if (w->v->fault != NULL)
		w->v->fault(w->v->ctx, l->m, l->section, at, what);
}

static bool sequence(struct walker *w, struct level *l, const struct item *i);

/* A condition may fail here. */
static void
may_fail(struct walker *w, struct level *l)
{
	l->failed =
	    l->fails ? walk_merge(w, &l->failed, &w->now) : walk_keep(w);
	l->fails = true;
	if (!l->soft)
		l->hard = true;
}

/* Go on from a state that somebody kept. */
static void
go(struct walker *w, struct walk_state s)
{
	w->now = s;
	w->shared = true;
}

static void
set_index(struct walker *w, struct level *l, const struct item *arg)
{
	const struct place *p;
	const struct item *in;
	int64_t n;

	if (arg->type == CBOR_SIMPLE && arg->arg == 21) {
		l->n_targets = l->m->n_places;
		for (size_t i = 0; i < l->m->n_places; i++)
			l->target[i] = &l->m->place[i];
		return;
	}
	l->n_targets = 0;
	for (in = arg->type == CBOR_ARRAY ? arg->first : arg; in != NULL;
	     in = arg->type == CBOR_ARRAY ? in->next : NULL) {
		p = item_number(in, &n) && n >= 0
			? model_place(l->m, (uint64_t)n)
			: NULL;
		if (p == NULL)
			fault(w, l, in, "there is no component of this index");
		else if (l->n_targets < MODEL_PLACES_MAX)
			l->target[l->n_targets++] = p;
	}
}

static void
parameters(
    struct walker *w, struct level *l, const struct item *map, bool override)
{
	const struct item *k;
	int64_t label;

	if (map->type != CBOR_MAP) {
		fault(w, l, map, "parameters are no map");
		return;
	}
	for (k = map->first; k != NULL; k = k->next->next) {
		if (!item_number(k, &label)) {
			fault(w, l, k, "a parameter's label is no number");
			continue;
		}
		if (label == SUIT_PAR_SOFT_FAILURE) {
			l->soft = k->next->arg == 21;
			continue;
		}
		for (size_t i = 0; i < l->n_targets; i++)
			walk_set(w, l->target[i]->id, label, k->next, override);
	}
}

/* {index: {parameters}}; afterwards the last index is selected.  [SUIT UM] */
static void
override_multiple(struct walker *w, struct level *l, const struct item *map)
{
	const struct item *k;

	if (map->type != CBOR_MAP) {
		fault(w, l, map, "the argument is no map");
		return;
	}
	for (k = map->first; k != NULL; k = k->next->next) {
		set_index(w, l, k);
		parameters(w, l, k->next, true);
	}
}

/* {source index: [labels]}.                                     [SUIT UM] */
static void
copy_params(struct walker *w, struct level *l, const struct item *map)
{
	const struct item *k, *label;
	const struct place *from;
	int64_t n;

	if (map->type != CBOR_MAP) {
		fault(w, l, map, "the argument is no map");
		return;
	}
	for (k = map->first; k != NULL; k = k->next->next) {
		from = item_number(k, &n) && n >= 0
			   ? model_place(l->m, (uint64_t)n)
			   : NULL;
		if (from == NULL) {
			fault(w, l, k, "there is no component of this index");
			continue;
		}
		for (label = k->next->first; label != NULL;
		     label = label->next) {
			const struct walk_fact *f;

			if (!item_number(label, &n))
				continue;
			f = walk_find(&w->now, from->id, n);
			for (size_t i = 0; f != NULL && i < l->n_targets; i++)
				for (uint8_t v = 0; v < f->n; v++)
					walk_set(w, l->target[i]->id, n,
					    f->value[v], v == 0);
		}
	}
}

/* Begin a sequence in this one. */
static struct level
inner(const struct level *l, const struct place *p, bool soft)
{
	struct level in = {.m = l->m,
	    .section = l->section,
	    .before = l->before,
	    .depth = l->depth + 1,
	    .soft = soft,
	    .dead = l->dead};

	in.target[0] = p;
	in.n_targets = p != NULL;
	return in;
}

static void
enter(struct walker *w, const struct walk_command *c, const struct model *m,
    unsigned nth, unsigned of, bool nil, bool dead)
{
	if (w->v->enter != NULL)
		w->v->enter(w->v->ctx, c, m, nth, of, nil, dead);
}

static void
leave(struct walker *w, const struct walk_command *c)
{
	if (w->v->leave != NULL)
		w->v->leave(w->v->ctx, c);
}

/* For one component: the first alternative that holds.  Answers whether any
 * may. */
static bool
try_each(struct walker *w, struct level *l, const struct walk_command *c,
    const struct place *p)
{
	unsigned of = (unsigned)item_count(c->arg), nth = 0;
	struct walk_state held = walk_keep(w);
	bool any = false, sure = false;
	const struct item *in;

	for (in = c->arg->first; in != NULL; in = in->next, nth++) {
		bool nil = in->type == CBOR_SIMPLE && in->arg == 22;
		const struct item *seq = model_inside(w->pool, in);
		struct level a = inner(l, p, true);
		bool ends = true;

		a.dead |= sure;
		enter(w, c, NULL, nth, of, nil, sure);
		if (nil && in->next != NULL)
			fault(w, l, in, "nil is not the last alternative");
		if (!nil && seq == NULL)
			fault(w, l, in, "an alternative is no sequence");
		else if (!nil)
			ends = sequence(w, &a, seq);
		leave(w, c);
		if (ends && !sure) {
			held =
			    any ? walk_merge(w, &held, &w->now) : walk_keep(w);
			any = true;
		}
		if (a.hard && !a.soft && !sure)
			may_fail(w, l);
		if (!a.fails)
			sure = true;
		else
			go(w, a.failed);
	}
	if (!sure)
		may_fail(w, l);
	go(w, held);
	return any;
}

/* Is it one of those that p may stand for: integrated under its URI, or handed
 * in with its digest? */
static bool
stands_for(struct walker *w, const struct model *child, const struct place *p)
{
	const struct walk_fact *f = walk_find(
	    &w->now, p->id, child->lent ? SUIT_PAR_IMAGE_DIGEST : SUIT_PAR_URI);

	for (uint8_t i = 0; f != NULL && i < f->n; i++)
		if (child->lent ? model_is(child, f->value[i])
				: bytes_same(f->value[i]->text, child->name))
			return true;
	return false;
}

/* The shared sequence and the section that l is at, of a dependency. */
static void
section_of(struct walker *w, const struct level *l, const struct model *child)
{
	struct level d = {
	    .m = child, .before = l->before, .depth = l->depth + 1};
	const unsigned keys[] = {SUIT_COMMON, l->before};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		d.section = keys[i];
		d.target[0] = &child->place[0];
		d.n_targets = child->n_places > 0;
		if (keys[i] < MODEL_KEYS && child->section[keys[i]] != NULL)
			(void)sequence(w, &d, child->section[keys[i]]);
	}
}

static void
process_dependency(struct walker *w, struct level *l,
    const struct walk_command *c, const struct place *p)
{
	const struct model *meant[MODEL_CHILDREN_MAX];
	unsigned n = 0;

	for (size_t i = 0; i < l->m->n_children; i++)
		if (stands_for(w, l->m->child[i], p))
			meant[n++] = l->m->child[i];
	for (unsigned i = 0; i < n && l->depth < WALK_DEPTH_MAX; i++) {
		enter(w, c, meant[i], i, n, false, false);
		section_of(w, l, meant[i]);
		leave(w, c);
	}
	may_fail(w, l);
}

/* What a command does to the walk itself; answers whether it may go on. */
static bool
flow(struct walker *w, struct level *l, const struct walk_command *c)
{
	bool on = true;

	switch (c->number) {
	case SUIT_CMD_SET_INDEX:
		set_index(w, l, c->arg);
		break;
	case SUIT_CMD_SET_PARAMETERS:
	case SUIT_CMD_OVERRIDE:
		parameters(w, l, c->arg, c->number == SUIT_CMD_OVERRIDE);
		break;
	case 34:
		override_multiple(w, l, c->arg);
		break;
	case 35:
		copy_params(w, l, c->arg);
		break;
	case SUIT_CMD_TRY_EACH:
		if (c->arg->type != CBOR_ARRAY)
			fault(w, l, c->arg, "alternatives are no array");
		else
			for (size_t i = 0; i < c->n_targets; i++)
				on = try_each(w, l, c, c->target[i]) && on;
		break;
	case SUIT_CMD_RUN_SEQUENCE:
		for (size_t i = 0; i < c->n_targets; i++) {
			const struct item *seq = model_inside(w->pool, c->arg);
			struct level in = inner(l, c->target[i], false);
			bool ends;

			if (seq == NULL) {
				fault(w, l, c->arg, "there is no sequence");
				break;
			}
			enter(w, c, NULL, 0, 0, false, false);
			ends = sequence(w, &in, seq);
			leave(w, c);
			if (in.hard)
				may_fail(w, l);
			else if (in.fails)
				go(w, walk_merge(w, &w->now, &in.failed));
			on = on && (ends || (in.fails && !in.hard));
		}
		break;
	case 11:
		for (size_t i = 0; i < c->n_targets; i++)
			process_dependency(w, l, c, c->target[i]);
		break;
	default:
		break;
	}
	return on;
}

/* Answers whether what follows can be reached. */
static bool
command(struct walker *w, struct level *l, const struct item *code)
{
	struct walk_command c = {.m = l->m,
	    .section = l->section,
	    .before = l->before,
	    .code = code,
	    .arg = code->next,
	    .depth = l->depth,
	    .soft = l->soft,
	    .dead = l->dead,
	    .n_targets = l->n_targets};

	c.numbered = item_number(code, &c.number);
	if (c.numbered && c.number >= 0) {
		c.name = suit_command_name((uint64_t)c.number);
		if (strcmp(c.name, "unknown") == 0)
			c.name = NULL;
	}
	memcpy(c.target, l->target, sizeof(c.target));
	c.state = &w->now;
	if (w->v->command != NULL)
		w->v->command(w->v->ctx, &c);
	if (c.arg == NULL) {
		fault(w, l, code, "a command has no argument");
		return true;
	}
	if (!c.numbered)
		return true;
	if (c.number == SUIT_CMD_ABORT) {
		may_fail(w, l);
		return false;
	}
	if (walk_is_condition(c.number))
		may_fail(w, l);
	return flow(w, l, &c);
}

/* Answers whether it may end well. */
static bool
sequence(struct walker *w, struct level *l, const struct item *i)
{
	const struct item *code;
	bool dead = l->dead, ends = true;

	if (i->type != CBOR_ARRAY) {
		fault(w, l, i, "a sequence is no array");
		return true;
	}
	if (l->depth > WALK_DEPTH_MAX) {
		fault(w, l, i, "sequences are nested too deep");
		return true;
	}
	for (code = i->first; code != NULL;
	     code = code->next == NULL ? NULL : code->next->next) {
		if (++w->commands > WALK_COMMANDS_MAX) {
			if (!w->told)
				fault(w, l, code,
				    "more commands than a device executes");
			w->told = true;
			return true;
		}
		if (!command(w, l, code)) {
			l->dead = true;
			ends = false;
		}
	}
	/* what was forgiven is a good end too */
	l->dead = dead;
	return ends;
}

static void
section(struct walker *w, const struct model *m, unsigned key, unsigned before)
{
	struct level l = {.m = m, .section = key, .before = before};

	if (w->v->section != NULL)
		w->v->section(w->v->ctx, m, key, before, m->section[key]);
	if (m->section[key] == NULL)
		return;
	l.target[0] = &m->place[0];
	l.n_targets = m->n_places > 0;
	(void)sequence(w, &l, m->section[key]);
}

/* ---- procedures ---------------------------------------------------------- */

const uint8_t *
walk_sections(enum walk_procedure p)
{
	static const uint8_t update[] = {
	    15, SUIT_PAYLOAD_FETCH, 18, SUIT_INSTALL, SUIT_VALIDATE, 0};
	static const uint8_t invoke[] = {
	    SUIT_VALIDATE, SUIT_LOAD, SUIT_INVOKE, 0};
	static const uint8_t uninstall[] = {SUIT_UNINSTALL, 0};

	return p == WALK_UPDATE   ? update
	       : p == WALK_INVOKE ? invoke
				  : uninstall;
}

void
walk_section(const struct model *m, unsigned key, bool shared,
    const struct walk_visitor *v)
{
	struct walker w = {.v = v, .pool = m->pool};

	if (shared)
		section(&w, m, SUIT_COMMON, key);
	if (key != SUIT_COMMON)
		section(&w, m, key, key);
}

void
walk(const struct model *m, enum walk_procedure p, const struct walk_visitor *v)
{
	const uint8_t *list = walk_sections(p);
	struct walker w = {.v = v, .pool = m->pool};

	for (; *list != 0; list++) {
		if (m->state[*list] == MEMBER_ABSENT ||
		    m->state[*list] == MEMBER_STRAY)
			continue;
		section(&w, m, SUIT_COMMON, *list);
		section(&w, m, *list, *list);
	}
}
