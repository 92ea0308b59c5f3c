/*
 * parts: the manifests in progress, and the components that they name.
 *
 * run->part[] has the manifests, the root first; each numbers its components
 * for itself, and part->slot[] leads from its numbers to run->slot[], of which
 * there is one for each identifier, whichever manifests name it.
 */
#include "suit_int.h"

const struct suit_part *
part_now(const struct suit_run *run)
{
	return &run->part[run->depth > 0 ? run->frame[run->depth - 1].part : 0];
}

struct suit_slot *
slot_at(struct suit_run *run, uint8_t i)
{
	return &run->slot[part_now(run)->slot[i]];
}

struct bytes
part_sequence(const struct suit_part *p)
{
	return p->section == SUIT_COMMON ? p->m->shared
					 : p->m->section[p->section];
}

const struct suit_slot *
suit_slot_of(const struct suit_run *run, struct bytes id)
{
	for (size_t i = 0; i < run->n_slots; i++)
		if (bytes_same(run->slot[i].id, id))
			return &run->slot[i];
	return NULL;
}

enum err
part_put(struct suit_run *run, uint8_t n, const struct suit_manifest *m)
{
	struct suit_part *p = &run->part[n];

	for (size_t i = 0; i < m->n_indexes; i++) {
		struct bytes id = suit_component(m, i);
		const struct suit_slot *s = suit_slot_of(run, id);

		enum err e =
		    run->host->may(run->host->ctx, m, SUIT_CMD_SET_INDEX, id);

		if (s == NULL && run->n_slots == SUIT_COMPONENTS_MAX)
			e = ERR_LIMIT;
		if (e != OK) {
			(void)why_set(&run->why, e, "component");
			run->why.subject = id;
			return e;
		}
		if (s == NULL) {
			run->slot[run->n_slots] = (struct suit_slot){.id = id};
			s = &run->slot[run->n_slots++];
		}
		p->slot[i] = (uint8_t)(s - run->slot);
	}
	p->section = 0;
	p->m = m;
	return OK;
}
