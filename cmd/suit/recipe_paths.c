/*
 * recipe_paths: what an author can know before any device does: whether each
 * command finds its parameters on every way that leads to it.
 *                                        [SUIT 2.3, 2.14 of the reference] */
#include "recipe.h"

#include <string.h>

/* Labels that are set, by component; bits of labels and of components. */
#define LABELS_MAX 64

struct ways {
	uint64_t set[RECIPE_NAMES_MAX];
	uint64_t selected;
};

struct walk {
	struct recipe *r;
	struct ways now;
	bool shared;
	uint64_t existing; /* components and dependencies */
	unsigned depth;
};

/* The parameter without which a command can only fail. */
static int
needs(uint64_t command)
{
	static const uint8_t label[][2] = {{1, 1}, {2, 2}, {3, 3}, {4, 4},
	    {5, 5}, {6, 18}, {7, 3}, {18, 18}, {21, 21}, {22, 22}, {24, 24},
	    {25, 3}, {26, 26}, {27, 27}, {28, 28}, {29, 29}, {31, 22}};

	for (size_t i = 0; i < ARRAY_LEN(label); i++)
		if (label[i][0] == command)
			return label[i][1];
	return -1;
}

struct spot
recipe_origin(const struct recipe *r, const struct item *i)
{
	for (const struct origin *o = r->origins; o != NULL; o = o->next)
		if (o->item == i)
			return o->at;
	return r->root;
}

static const char *
name_of_index(const struct recipe *r, uint64_t index)
{
	for (size_t i = 0; i < r->n_named; i++)
		if (r->named[i].index == index)
			return r->named[i].name;
	return "without a name";
}

static uint64_t
bit(const struct item *i)
{
	return i->type == CBOR_UINT && i->arg < RECIPE_NAMES_MAX
		   ? UINT64_C(1) << i->arg
		   : 0;
}

static uint64_t
selection(const struct walk *w, const struct item *arg)
{
	const struct item *i;
	uint64_t s = 0;

	if (arg->type == CBOR_SIMPLE)
		return w->existing;
	if (arg->type != CBOR_ARRAY)
		return bit(arg);
	for (i = arg->first; i != NULL; i = i->next)
		s |= bit(i);
	return s;
}

/* Set these labels of the components. */
static void
labels(struct walk *w, const struct item *map, uint64_t of, bool set_only)
{
	uint64_t bits = 0;
	const struct item *k;

	if (map->type != CBOR_MAP)
		return;
	for (k = map->first; k != NULL && k->next != NULL; k = k->next->next) {
		if (k->type == CBOR_NINT && w->shared)
			doc_bad(w->r->doc, recipe_origin(w->r, k),
			    "no custom parameter may stand in the shared "
			    "sequence");
		if (k->type == CBOR_UINT && k->arg < LABELS_MAX)
			bits |= UINT64_C(1) << k->arg;
		if (set_only && !w->r->inner && k->type == CBOR_UINT &&
		    (k->arg == 1 || k->arg == 2 || k->arg == 3 || k->arg == 14))
			doc_bad(w->r->doc, recipe_origin(w->r, k),
			    "what keeps a device safe is set with "
			    "override-parameters; set-parameters lets another "
			    "manifest choose it (outer-parameters: true says "
			    "that this is meant)");
	}
	for (size_t i = 0; i < RECIPE_NAMES_MAX; i++)
		if ((of >> i & 1) != 0)
			w->now.set[i] |= bits;
}

static void walk(struct walk *w, const struct item *sequence);

/* What one of the alternatives has done, and no one knows which. */
static void
walk_tries(struct walk *w, const struct item *list)
{
	const struct ways before = w->now;
	struct ways after = before;
	bool first = true;

	if (list->type != CBOR_ARRAY)
		return;
	for (const struct item *i = list->first; i != NULL; i = i->next) {
		w->now = before;
		walk(w, i);
		for (size_t k = 0; k < RECIPE_NAMES_MAX; k++)
			after.set[k] = first ? w->now.set[k]
					     : after.set[k] & w->now.set[k];
		first = false;
	}
	w->now = after;
	w->now.selected = before.selected;
}

/* copy-params: from other components to the selected ones. */
static void
copied(struct walk *w, const struct item *map)
{
	if (map->type != CBOR_MAP)
		return;
	for (const struct item *k = map->first; k != NULL && k->next != NULL;
	     k = k->next->next)
		for (const struct item *l = k->next->first; l != NULL;
		     l = l->next)
			for (size_t i = 0; i < RECIPE_NAMES_MAX; i++)
				if ((w->now.selected >> i & 1) != 0 &&
				    l->type == CBOR_UINT && l->arg < LABELS_MAX)
					w->now.set[i] |= UINT64_C(1) << l->arg;
}

static void
command(struct walk *w, const struct item *code)
{
	struct recipe *r = w->r;
	int label = code->type == CBOR_UINT ? needs(code->arg) : -1;

	if (code->type == CBOR_NINT && w->shared)
		doc_bad(r->doc, recipe_origin(r, code),
		    "no custom command may stand in the shared sequence");
	for (size_t i = 0; label >= 0 && !r->inner && i < RECIPE_NAMES_MAX; i++)
		if ((w->now.selected >> i & 1) != 0 &&
		    (w->now.set[i] >> label & 1) == 0)
			doc_bad(r->doc, recipe_origin(r, code),
			    "wants %s of component %s, which is not set on "
			    "every way that leads here",
			    suit_parameter_name((uint64_t)label),
			    name_of_index(r, i));
}

static void
walk(struct walk *w, const struct item *bstr)
{
	uint64_t before = w->now.selected;
	const struct item *a =
	    bstr->type == CBOR_BSTR
		? item_open(w->r->pool, (struct item *)(uintptr_t)bstr)
		: NULL;

	if (a == NULL || a->type != CBOR_ARRAY || w->depth > DOC_DEPTH_MAX)
		return;
	w->depth++;
	for (const struct item *k = a->first; k != NULL && k->next != NULL;
	     k = k->next->next) {
		const struct item *arg = k->next;
		uint64_t code = k->type == CBOR_UINT ? k->arg : 0;

		if (code == SUIT_CMD_SET_INDEX)
			w->now.selected = selection(w, arg);
		else if (code == SUIT_CMD_OVERRIDE ||
			 code == SUIT_CMD_SET_PARAMETERS)
			labels(w, arg, w->now.selected,
			    code == SUIT_CMD_SET_PARAMETERS);
		else if (code == SUIT_CMD_TRY_EACH)
			walk_tries(w, arg);
		else if (code == SUIT_CMD_RUN_SEQUENCE)
			walk(w, arg);
		else if (code == 34 && arg->type == CBOR_MAP)
			for (const struct item *m = arg->first;
			     m != NULL && m->next != NULL; m = m->next->next)
				labels(w, m->next, bit(m), false);
		else if (code == 35)
			copied(w, arg);
		else
			command(w, k);
	}
	w->depth--;
	w->now.selected = before;
}

/* Several components: no sequence leaves open which one it begins with. */
static void
begins(struct recipe *r, const struct item *bstr)
{
	const struct item *a =
	    item_open(r->pool, (struct item *)(uintptr_t)bstr);

	if (a != NULL && a->type == CBOR_ARRAY && a->first != NULL &&
	    !item_is(a->first, SUIT_CMD_SET_INDEX))
		doc_bad(r->doc, recipe_origin(r, a->first),
		    "with several components or dependencies a sequence "
		    "begins with set-component-index");
}

void
recipe_ways(struct recipe *r)
{
	static const int64_t sections[] = {15, 16, 18, 20, 7, 8, 9, 24};
	const struct item *map =
	    r->envelope->type == CBOR_TAG ? r->envelope->first : r->envelope;
	struct walk w = {.r = r, .now = {.selected = 1}};
	struct item *common, *shared = NULL;
	struct ways start;

	if (r->manifest == NULL)
		return;
	common = item_get(r->manifest, SUIT_COMMON);
	if (common != NULL && item_open(r->pool, common) != NULL)
		shared = item_get(common->content, 4);
	for (size_t i = 0; i < r->n_named; i++)
		if (r->named[i].index < RECIPE_NAMES_MAX)
			w.existing |= UINT64_C(1) << r->named[i].index;
	w.shared = true;
	if (shared != NULL) {
		walk(&w, shared);
		if (r->n_named > 1)
			begins(r, shared);
	}
	w.shared = false;
	start = w.now;
	for (size_t i = 0; i < ARRAY_LEN(sections) && doc_good(r->doc); i++) {
		const struct item *s = item_get(r->manifest, sections[i]);

		if (s != NULL && s->type != CBOR_BSTR)
			s = item_get(map, sections[i]);
		if (s == NULL || s->type != CBOR_BSTR)
			continue;
		w.now = start;
		w.now.selected = 1;
		walk(&w, s);
		if (r->n_named > 1)
			begins(r, s);
	}
}
