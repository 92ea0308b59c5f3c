/*
 * personal: data that belongs to one application.         [security 11, 18]
 *
 * The data of component ['ta', 'hello'] is component ['ta', 'hello', 'data'],
 * if the same authority has installed both: nobody lays data before another's
 * application, or gets at another's data with an application of his own.  It
 * is handed to the instance when that starts, and to nobody else.
 */
#include "agent_int.h"
#include <string.h>

static const uint8_t segment[] = {0x44, 'd', 'a', 't', 'a'};

/* An identifier of more segments than SUIT_SEGMENTS_MAX has one octet for
 * their number all the same, and no data. */
static bool
data_id(struct bytes id, uint8_t room[SUIT_ID_MAX], struct bytes *out)
{
	size_t n = id.n + sizeof(segment);

	if (id.n == 0 || n > SUIT_ID_MAX || (id.p[0] & 0x1f) >= 8)
		return false;
	memcpy(room, id.p, id.n);
	room[0]++;
	memcpy(room + id.n, segment, sizeof(segment));
	*out = (struct bytes){room, n};
	return true;
}

/* The other way: whose data is this? */
static bool
owner_id(struct bytes id, uint8_t room[SUIT_ID_MAX], struct bytes *out)
{
	size_t n = id.n - sizeof(segment);

	if (id.n <= sizeof(segment) + 1 || id.n > SUIT_ID_MAX ||
	    memcmp(id.p + n, segment, sizeof(segment)) != 0)
		return false;
	memcpy(room, id.p, n);
	room[0]--;
	*out = (struct bytes){room, n};
	return suit_id_check(*out) == OK;
}

enum err
personal_data(struct agent *a, struct bytes id, struct bytes *out)
{
	const struct job *j = &a->job;
	uint8_t room[SUIT_ID_MAX];
	struct bytes name;
	struct component c;
	struct installed m, of;

	*out = BYTES_NONE;
	if (!data_id(id, room, &name) ||
	    !state_component(j->set, id, &c, &of) ||
	    !state_component(j->set, name, &c, &m) ||
	    !bytes_same(m.authority, of.authority))
		return OK;
	/* It is handed over in one piece. */
	if (c.size > LINK_CALL_MAX)
		return ERR_TOO_LONG;
	return blob_load(
	    a->ports, c.sha256.p, c.size, pool_rest(&a->pool), out);
}

/* Stop the owners of data in `from` that `in` does not have so. */
static void
stop_owners(struct agent *a, const struct state *from, const struct state *in)
{
	const struct agent_launcher *l = a->ports->launcher;
	struct cbor_in r = cbor_items(from->installed), comps;
	uint8_t room[SUIT_ID_MAX];
	struct component one, other;
	struct installed m;
	struct bytes owner;

	while (installed_next(&r, &m)) {
		comps = cbor_items(m.components);
		while (component_next(&comps, &one))
			if (owner_id(one.id, room, &owner) &&
			    (!state_component(in, one.id, &other, NULL) ||
				!bytes_same(one.sha256, other.sha256)))
				l->stop(l->ctx, owner);
	}
}

void
personal_changed(struct agent *a)
{
	stop_owners(a, &a->state, &a->up.next);
	stop_owners(a, &a->up.next, &a->state);
}
