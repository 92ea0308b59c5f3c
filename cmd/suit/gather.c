/* gather: which values of parameters commands make use of. */
#include "gather.h"

static void
row_add(struct gather *g, const struct walk_command *c, int64_t label,
    struct bytes id, const struct item *value)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->row[i].label == label &&
		    g->row[i].command == c->number &&
		    bytes_same(g->row[i].id, id) &&
		    bytes_same(model_raw(g->row[i].value), model_raw(value)))
			return;
	if (g->n < GATHER_MAX)
		g->row[g->n++] =
		    (struct gathered){label, c->number, c->m, id, value};
}

static void
command(void *ctx, const struct walk_command *c)
{
	const struct walk_use *u = walk_uses(c->number);
	struct gather *g = ctx;

	if (!c->numbered || u == NULL)
		return;
	for (size_t t = 0; t < c->n_targets; t++)
		for (size_t k = 0; k < sizeof(u->needs) + sizeof(u->heeds);
		     k++) {
			int64_t label = k < sizeof(u->needs)
					    ? u->needs[k]
					    : u->heeds[k - sizeof(u->needs)];
			const struct walk_fact *f =
			    walk_find(c->state, c->target[t]->id, label);

			for (uint8_t i = 0; f != NULL && i < f->n; i++)
				row_add(
				    g, c, label, c->target[t]->id, f->value[i]);
		}
}

bool
gather_done(const struct gather *g, const struct model *m, unsigned section)
{
	for (size_t i = 0; i < g->n_done; i++)
		if (g->done[i].m == m && g->done[i].section == section)
			return true;
	return false;
}

static void
enter(void *ctx, const struct walk_command *c, const struct model *m,
    unsigned nth, unsigned of, bool nil, bool dead)
{
	struct gather *g = ctx;

	(void)nth;
	(void)of;
	(void)nil;
	(void)dead;
	if (m == NULL || gather_done(g, m, c->before) ||
	    g->n_done == GATHER_MAX)
		return;
	g->done[g->n_done].m = m;
	g->done[g->n_done++].section = c->before;
}

void
gather(const struct model *m, struct gather *out)
{
	const struct walk_visitor v = {
	    .ctx = out, .command = command, .enter = enter};

	out->n = out->n_done = 0;
	walk(m, WALK_UPDATE, &v);
	walk(m, WALK_INVOKE, &v);
	walk(m, WALK_UNINSTALL, &v);
	walk_section(m, SUIT_COMMON, true, &v);
}

const struct item *
gather_find(const struct gather *g, int64_t command_code, int64_t label,
    struct bytes id, size_t nth)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct gathered *r = &g->row[i];

		if (r->label != label ||
		    (command_code != 0 && r->command != command_code) ||
		    (id.p != NULL && !bytes_same(r->id, id)))
			continue;
		if (nth-- == 0)
			return r->value;
	}
	return NULL;
}
