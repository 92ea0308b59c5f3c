/* shelf: envelopes that others depend on, by digest. */
#include "shelf.h"
#include "suit.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static bool
put(struct shelf *s, const char *path, struct bytes in, struct why *why)
{
	struct suit_manifest m;

	if (suit_parse(in, &m, why) != OK)
		return false;
	if (s->n == SHELF_MAX)
		die(PROG, EXIT_REFUSED, "%s: more than %d envelopes", path,
		    SHELF_MAX);
	s->row[s->n].path = path;
	s->row[s->n].envelope = in;
	s->row[s->n].id = m.component_id;
	memcpy(s->row[s->n++].digest, m.digest, DIGEST_LEN);
	return true;
}

void
shelf_add(struct shelf *s, const char *path)
{
	struct bytes in = read_envelope(path);
	struct why why = {.err = OK};

	if (put(s, path, in, &why))
		return;
	print_why(PROG, path, &why);
	exit(EXIT_REFUSED);
}

void
shelf_try(struct shelf *s, const char *path)
{
	FILE *f = fopen(path, "rb");
	int first = f != NULL ? fgetc(f) : EOF;
	struct bytes in;

	if (f != NULL)
		(void)fclose(f);
	/* a map, or tag 107; payloads may be larger than memory */
	if ((first >> 5 != CBOR_MAP && first != 0xd8) ||
	    read_file(path, SUIT_ENVELOPE_MAX, &in) != OK)
		return;
	if (!put(s, path, in, NULL))
		release_bytes(&in);
}

int
shelf_find(const struct shelf *s, struct bytes digest)
{
	for (size_t i = 0; i < s->n; i++)
		if (bytes_same(BYTES_OF(s->row[i].digest), digest))
			return (int)i;
	return -1;
}

int
shelf_named(const struct shelf *s, struct bytes id)
{
	for (size_t i = 0; i < s->n; i++)
		if (bytes_same(s->row[i].id, id))
			return (int)i;
	return -1;
}

int
shelf_wanted(const struct shelf *s, const struct suit_run *run, struct bytes id)
{
	const struct suit_slot *slot = suit_slot_of(run, id);

	for (size_t i = 0; slot != NULL && i < run->n_values; i++)
		if (run->value[i].label == SUIT_PAR_IMAGE_DIGEST &&
		    &run->slot[run->value[i].slot] == slot)
			return shelf_find(s, run->value[i].is);
	return -1;
}

/* The nth value of image-digest that commands of m itself make use of at a
 * place, each once. */
static const struct item *
digest_set(const struct gather *g, const struct model *m, const struct place *p,
    size_t nth)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct gathered *r = &g->row[i];
		bool again = r->label != SUIT_PAR_IMAGE_DIGEST || r->m != m ||
			     !bytes_same(r->id, p->id);

		for (size_t k = 0; k < i && !again; k++)
			again = g->row[k].label == r->label &&
				g->row[k].m == m &&
				bytes_same(g->row[k].id, r->id) &&
				bytes_same(model_raw(g->row[k].value),
				    model_raw(r->value));
		if (!again && nth-- == 0)
			return r->value;
	}
	return NULL;
}

bool
dependency_meant(const struct gather *g, const struct model *m,
    const struct place *p, size_t nth, struct bytes *want,
    const struct model **out)
{
	const struct item *value = digest_set(g, m, p, nth);
	const struct item *digest;

	*want = BYTES_NONE;
	*out = NULL;
	if (value == NULL)
		return false;
	digest = digest_of_value(m->pool, value);
	if (item_at(digest, 1) != NULL && item_is(digest->first, ALG_SHA256))
		*want = item_at(digest, 1)->text;
	for (size_t i = 0; i < m->n_children; i++)
		if (model_is(m->child[i], value))
			*out = m->child[i];
	return true;
}

void
shelf_lend(const struct shelf *s, struct model *m, const struct crypto *c)
{
	struct gather *g = calloc(1, sizeof(*g));
	const struct model *child;
	struct bytes want;

	if (g == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	gather(m, g);
	for (size_t i = 0; i < m->n_places; i++)
		for (size_t k = 0;
		     m->place[i].dependency &&
		     dependency_meant(g, m, &m->place[i], k, &want, &child);
		     k++) {
			int at = child == NULL ? shelf_find(s, want) : -1;

			if (at >= 0)
				model_adopt(m, s->row[at].envelope,
				    bytes_of_text(s->row[at].path), c);
		}
	free(g);
	for (size_t i = 0; i < m->n_children; i++)
		shelf_lend(s, m->child[i], c);
}

void
dependencies_absent(const struct model *m,
    void (*tell)(void *ctx, const struct model *m, const struct place *p),
    void *ctx)
{
	struct gather *g = calloc(1, sizeof(*g));
	const struct model *child;
	struct bytes want;

	if (g == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	gather(m, g);
	for (size_t i = 0; i < m->n_places; i++) {
		const struct place *p = &m->place[i];
		bool here = false;

		for (size_t k = 0; p->dependency &&
				   dependency_meant(g, m, p, k, &want, &child);
		     k++) {
			here = child != NULL;
			if (!here)
				break;
		}
		if (p->dependency && !here)
			tell(ctx, m, p);
	}
	free(g);
	for (size_t i = 0; i < m->n_children; i++)
		dependencies_absent(m->child[i], tell, ctx);
}

void
shelf_free(struct shelf *s)
{
	for (size_t i = 0; i < s->n; i++)
		release_bytes(&s->row[i].envelope);
	s->n = 0;
}
