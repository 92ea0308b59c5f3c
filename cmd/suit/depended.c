/* depended: verify manifests that others depend on. */
#include "depended.h"

#include <stdlib.h>

struct check {
	struct depended *d;
	const struct crypto *c;
	const struct keyring *ring;
	struct why *why;
};

static enum err check_all(struct check *k, const struct model *m);

static struct bytes
octets_of(const struct model *m, const struct model *child)
{
	return child->lent ? child->file : model_payload(m, child->name)->text;
}

/* Where it is said to be, and whether another one is there. */
static bool
elsewhere(const struct gather *g, const struct model *m, const struct place *p,
    struct bytes *uri)
{
	const struct item *v;
	bool other = false;

	*uri = BYTES_NONE;
	for (size_t i = 0;
	     (v = gather_find(g, 0, SUIT_PAR_URI, p->id, i)) != NULL; i++) {
		if (uri->n == 0)
			*uri = v->text;
		other |= model_child(m, v->text) != NULL;
	}
	return other;
}

static enum err
check_one(struct check *k, const struct gather *g, const struct model *m,
    const struct place *p, const struct model *child)
{
	struct depended *d = k->d;
	struct bytes in;
	enum err e;

	d->bad = p;
	if (d->n == DEPENDED_MAX)
		return why_set(k->why, ERR_LIMIT, "dependencies");
	d->row[d->n].place = p;
	d->row[d->n].model = child;
	if (child == NULL) {
		if (elsewhere(g, m, p, &d->row[d->n].uri))
			return why_set(k->why, ERR_MANIFEST_DIGEST,
			    "what stands under its URI");
		d->n++;
		return OK;
	}
	in = octets_of(m, child);
	e = suit_open(k->c, k->ring, in, &d->row[d->n].m, k->why);
	if (e != OK) {
		for (m = child; m->parent != NULL && !m->lent; m = m->parent)
			;
		d->file = m->lent ? m->name : BYTES_NONE;
		if (k->why->at != 0)
			k->why->at += (size_t)(in.p - child->file.p);
		return e;
	}
	d->n++;
	return check_all(k, child);
}

static enum err
check_all(struct check *k, const struct model *m)
{
	struct gather *g = calloc(1, sizeof(*g));
	enum err e = OK;

	if (g == NULL)
		return why_set(k->why, ERR_MEMORY, NULL);
	gather(m, g);
	for (size_t i = 0; i < m->n_places && e == OK; i++) {
		const struct place *p = &m->place[i];
		const struct model *child = NULL;
		struct bytes want;
		size_t n = 0;

		if (!p->dependency)
			continue;
		while (e == OK && dependency_meant(g, m, p, n, &want, &child)) {
			e = check_one(k, g, m, p, child);
			n++;
		}
		if (n == 0)
			e = check_one(k, g, m, p, NULL);
	}
	free(g);
	return e;
}

enum err
depended_check(struct depended *d, const struct crypto *c,
    const struct keyring *ring, const struct model *m, struct why *why)
{
	struct check k = {d, c, ring, why};
	enum err e;

	d->n = 0;
	d->file = BYTES_NONE;
	e = check_all(&k, m);
	if (e == OK)
		d->bad = NULL;
	return e;
}
