/* lint_commands: mistakes in command sequences. */
#include "lint_int.h"
#include "words.h"

#include <string.h>

struct filled *
lint_filled(struct checks *k, struct bytes id)
{
	for (size_t i = 0; i < k->n; i++)
		if (bytes_same(k->filled[i].id, id))
			return &k->filled[i];
	if (k->n == MODEL_PLACES_MAX)
		return &k->filled[0];
	k->filled[k->n] = (struct filled){.id = id};
	return &k->filled[k->n++];
}

/* ---- parameters ------------------------------------------------------------
 */

/* What the command needs is set, on every way. */
static void
check_needs(struct checks *k, const struct walk_command *c,
    const struct place *p, const struct walk_use *u)
{
	for (size_t i = 0; i < sizeof(u->needs) && u->needs[i] != 0; i++) {
		const struct walk_fact *f =
		    walk_find(c->state, p->id, u->needs[i]);
		const char *name = suit_parameter_name(u->needs[i]);

		if (c->m->depth > 0 && f == NULL)
			continue; /* the manifest around may set it */
		if (f == NULL && u->needs[i] == 3)
			continue; /* told as a missing digest */
		if (f == NULL)
			lint_tell(k->l, RULE_NOT_SET, c->m, c->section, c->code,
			    "%s of %s: %s is not set", c->name, p->name, name);
		else if (f->maybe)
			lint_tell(k->l, RULE_MAYBE, c->m, c->section, c->code,
			    "%s of %s: %s is set on some ways only", c->name,
			    p->name, name);
	}
}

static void
check_settings(struct checks *k, const struct walk_command *c,
    const struct item *map, bool override)
{
	const struct item *key;
	int64_t label;
	uint32_t odd;

	if (map->type != CBOR_MAP)
		return;
	for (key = map->first; key != NULL; key = key->next->next) {
		const struct item *v = key->next;

		if (!item_number(key, &label))
			continue;
		if (label < 0)
			lint_tell(k->l, RULE_CUSTOM_PARAMETER, c->m, c->section,
			    key, "custom parameter %lld", (long long)label);
		if (label == SUIT_PAR_SOFT_FAILURE && c->depth == 0)
			lint_tell(k->l, RULE_SOFT, c->m, c->section, key,
			    "soft-failure outside of try-each and "
			    "run-sequence");
		if (label == 12 && v->arg == 20)
			lint_tell(k->l, RULE_LOOSE, c->m, c->section, key,
			    "strict-order is false");
		if (!override && c->n_targets > 0 &&
		    !c->target[0]->dependency &&
		    (label == 1 || label == 2 || label == 3 || label == 14))
			lint_tell(k->l, RULE_SET, c->m, c->section, key,
			    "%s is set with set-parameters",
			    suit_parameter_name((uint64_t)label));
		if (label == SUIT_PAR_METADATA &&
		    lint_text(model_inside(c->m->pool, v), &odd) != NULL)
			lint_tell(k->l, RULE_ODD_TEXT, c->m, c->section, v,
			    "component-metadata has the character U+%04X",
			    (unsigned)odd);
		if ((label == 1 || label == 2 || label == 24) &&
		    v->type == CBOR_BSTR &&
		    (v->text.n != 16 || v->text.p[6] >> 4 < 3 ||
			v->text.p[6] >> 4 > 5))
			lint_tell(k->l, RULE_BAD_UUID, c->m, c->section, v,
			    "%s is no UUID of version 3, 4 or 5",
			    suit_parameter_name((uint64_t)label));
	}
}

/* ---- places ----------------------------------------------------------------
 */

#define IN(key) (UINT32_C(1) << (key))
#define FILLS   (IN(15) | IN(16) | IN(20))

/* Sections where a command may stand; the rest is refused by strict devices
 * or surprises them. */
static uint32_t
places(int64_t number)
{
	switch (number) {
	case 11:
		return ~IN(3);
	case 18:
	case 21:
		return FILLS;
	case 22:
	case 31:
		return FILLS | IN(8);
	case 23:
		return IN(9);
	case 29:
		return ~IN(3);
	case 33:
		return IN(20) | IN(24);
	default:
		return ~UINT32_C(0);
	}
}

static void
check_place(struct checks *k, const struct walk_command *c)
{
	if (c->numbered && c->number > 0 &&
	    (places(c->number) & IN(c->section)) == 0)
		lint_tell(k->l, RULE_PLACE, c->m, c->section, c->code,
		    "%s in %s", c->name, section_words(c->section));
	if (k->first && c->m->n_places > 1 && c->number != SUIT_CMD_SET_INDEX)
		lint_tell(k->l, RULE_NO_INDEX, c->m, c->section, c->code,
		    "%s begins with %s", section_words(c->section),
		    c->name != NULL ? c->name : "another command");
	k->first = false;
}

static bool
check_known(struct checks *k, const struct walk_command *c)
{
	if (c->numbered && c->number < 0) {
		lint_tell(k->l,
		    c->section == SUIT_COMMON ? RULE_PLACE : RULE_CUSTOM, c->m,
		    c->section, c->code, "custom command %lld",
		    (long long)c->number);
		return false;
	}
	if (c->name == NULL)
		lint_tell(k->l, RULE_UNKNOWN, c->m, c->section, c->code,
		    "command %lld", (long long)c->number);
	return c->name != NULL;
}

/* ---- the visitor
 * ------------------------------------------------------------- */

static void
on_target(struct checks *k, const struct walk_command *c, const struct place *p)
{
	const struct walk_use *u = walk_uses(c->number);
	struct filled *s = lint_filled(k, p->id);

	if (u != NULL)
		check_needs(k, c, p, u);
	if (walk_fills(c->number))
		lint_fill(k, c, p);
	switch (c->number) {
	case 1:
		k->vendor = true;
		break;
	case 2:
		k->class_id = true;
		break;
	case 3:
		if (walk_find(c->state, p->id, 3) == NULL)
			lint_tell(k->l, RULE_NO_DIGEST, c->m, c->section,
			    c->code,
			    "image-match of %s, and no image-digest is set",
			    p->name);
		s->open = false;
		break;
	case 6:
		s->open = false;
		break;
	case 7:
		s->open = false;
		s->checked = true;
		break;
	case 11:
		if (p->index >= c->m->n_components)
			lint_tell(k->l, RULE_DEP_INDEX, c->m, c->section,
			    c->code, "%s has index %llu of %zu components",
			    p->name, (unsigned long long)p->index,
			    c->m->n_components);
		if (!s->checked)
			lint_tell(k->l, RULE_DEP_UNCHECKED, c->m, c->section,
			    c->code,
			    "%s is processed without dependency-integrity "
			    "before it",
			    p->name);
		break;
	default:
		break;
	}
}

static void
command(void *ctx, const struct walk_command *c)
{
	struct checks *k = ctx;
	bool own = c->m == k->m;

	if (!own || c->arg == NULL)
		return;
	if (c->dead) {
		lint_tell(k->l, RULE_UNREACHABLE, c->m, c->section, c->code,
		    "%s is never reached",
		    c->name != NULL ? c->name : "a command");
		return;
	}
	check_place(k, c);
	if (!check_known(k, c))
		return;
	if (c->number == SUIT_CMD_OVERRIDE ||
	    c->number == SUIT_CMD_SET_PARAMETERS)
		check_settings(k, c, c->arg, c->number == SUIT_CMD_OVERRIDE);
	if (c->number == SUIT_CMD_SET_INDEX && c->arg->type == CBOR_SIMPLE)
		lint_tell(k->l, RULE_WILDCARD, c->m, c->section, c->code,
		    "set-component-index true");
	if (c->number == SUIT_CMD_TRY_EACH && c->arg->type == CBOR_ARRAY &&
	    item_count(c->arg) < 2)
		lint_tell(k->l, RULE_ONE_WAY, c->m, c->section, c->code,
		    "try-each of %zu ways", item_count(c->arg));
	for (size_t i = 0; i < c->n_targets; i++)
		on_target(k, c, c->target[i]);
}

static void
enter(void *ctx, const struct walk_command *c, const struct model *m,
    unsigned nth, unsigned of, bool nil, bool dead)
{
	struct checks *k = ctx;

	(void)of;
	(void)nil;
	if (c->m != k->m)
		return;
	if (dead && nil)
		lint_tell(k->l, RULE_UNREACHABLE, c->m, c->section, c->code,
		    "way %u of try-each is never taken", nth + 1);
	for (size_t i = 0; m != NULL && i < k->m->n_children; i++)
		if (k->m->child[i] == m && c->before < 32)
			k->processed[i] |= IN(c->before);
}

/* A section is over: what was not looked at in it is late. */
static void
section_end(struct checks *k)
{
	for (size_t i = 0; i < k->n; i++) {
		k->filled[i].late |= k->filled[i].open;
		k->filled[i].open = false;
	}
}

static void
procedure_end(struct checks *k)
{
	section_end(k);
	for (size_t i = 0; i < k->n; i++) {
		const struct filled *s = &k->filled[i];

		if (s->undigested)
			lint_tell(k->l, RULE_NO_DIGEST, k->m, s->section,
			    s->code,
			    "%s is filled by %s, and no image-digest "
			    "is set",
			    s->name, s->command);
		else if (s->late)
			lint_tell(k->l, RULE_NO_MATCH, k->m, s->section,
			    s->code,
			    "%s is filled by %s, and not checked "
			    "after it",
			    s->name, s->command);
	}
	/* nothing of what was checked outlives a procedure */
	k->n = 0;
}

static void
section(void *ctx, const struct model *m, unsigned key, unsigned before,
    const struct item *i)
{
	struct checks *k = ctx;

	(void)key;
	(void)before;
	(void)i;
	if (m != k->m)
		return;
	section_end(k);
	k->first = true;
}

static void
fault(void *ctx, const struct model *m, unsigned key, const struct item *at,
    const char *what)
{
	struct checks *k = ctx;

	if (m == k->m)
		lint_tell(k->l, RULE_MALFORMED, m, key, at, "%s", what);
}

/* Sections that a dependency has and nobody processes; of a procedure in
 * which it is processed at all, or could be. */
static void
check_processed(struct checks *k)
{
	static const uint8_t sections[] = {15, 16, 18, 20, 7, 8, 9};

	for (size_t i = 0; i < k->m->n_children; i++)
		for (size_t s = 0; s < ARRAY_LEN(sections); s++) {
			const struct model *child = k->m->child[i];
			char safe[100];

			if (child->state[sections[s]] == MEMBER_ABSENT ||
			    (k->processed[i] & IN(sections[s])) != 0)
				continue;
			lint_tell(k->l, RULE_DEP_SECTION, k->m, sections[s],
			    child->wrapped, "%s of the dependency %s",
			    section_words(sections[s]),
			    safe_text(safe, sizeof(safe), child->name));
		}
}

void
lint_commands(struct lint *l, const struct model *m)
{
	static const enum walk_procedure all[] = {
	    WALK_UPDATE, WALK_INVOKE, WALK_UNINSTALL};
	static struct checks k;
	struct walk_visitor v = {&k, section, command, enter, NULL, fault};

	memset(&k, 0, sizeof(k));
	k.l = l;
	k.m = m;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		walk(m, all[i], &v);
		procedure_end(&k);
	}
	/* one that does nothing still has to be applicable */
	walk_section(m, SUIT_COMMON, true, &v);
	if (m->depth == 0 && !k.vendor)
		lint_tell(l, RULE_NO_VENDOR, m, 0, m->wrapped,
		    "vendor-identifier is never checked");
	if (m->depth == 0 && !k.class_id)
		lint_tell(l, RULE_NO_CLASS, m, 0, m->wrapped,
		    "class-identifier is never checked");
	check_processed(&k);
}
