/*
 * answers: what conditions ask about this one device, and about versions.
 *       [SUIT suit-condition-device-identifier, SUIT UM suit-condition-version]
 *
 * The device's own identifiers were sealed when it was made.  A component has
 * the version of the set that its manifest is of, suit-set-version, which
 * stands in the envelope that was kept with the record: so it is as old as
 * what is installed, and as well signed.  A component that this run has
 * written has the version of the manifest that it is of.
 */
#include "agent_int.h"

#include <string.h>

static bool
device_is(void *ctx, struct bytes id, struct bytes value)
{
	const struct agent *a = ctx;

	(void)id;
	return ids_have(a->ports->device_ids, value);
}

/* For reports: the first of each kind, as the question has it. */
static struct bytes
mine(void *ctx, enum suit_parameter which, struct bytes id)
{
	const struct agent_ports *ports = ((const struct agent *)ctx)->ports;
	struct list of = which == SUIT_PAR_VENDOR  ? ports->vendor_ids
			 : which == SUIT_PAR_CLASS ? ports->class_ids
						   : ports->device_ids;
	struct cbor_in r = cbor_items(of);

	(void)id;
	if (of.n == 0)
		return BYTES_NONE;
	return cbor_peek(&r) == CBOR_BSTR ? cbor_bstr(&r, 0, LEN_ANY)
					  : cbor_raw(&r, CBOR_ANY);
}

/* The manifest of this run that id is a component of. */
static const struct suit_manifest *
manifest_of(const struct job *j, struct bytes id)
{
	for (uint8_t k = j->run.n_parts; k > 0; k--) {
		const struct suit_manifest *m = j->run.part[k - 1].m;

		if (k > 1 && !j->run.part[k - 1].checked)
			continue;
		for (size_t i = 0; i < m->n_indexes; i++)
			if ((m->depends >> i & 1) == 0 &&
			    bytes_same(suit_component(m, i), id))
				return m;
	}
	return NULL;
}

/* Out of memory that is given back: keep it.  Some write it as it is, some
 * as a byte string.                                 [SUIT UM suit-set-version]
 */
static enum err
version_keep(struct job *j, struct bytes set_version, struct bytes *out)
{
	struct cbor_in r = cbor_open(set_version);

	if (set_version.n > 0 && cbor_peek(&r) == CBOR_BSTR)
		set_version = cbor_bstr(&r, 0, LEN_ANY);
	if (set_version.n == 0 || set_version.n > sizeof(j->version))
		return ERR_CONDITION; /* it has none that could be compared */
	memcpy(j->version, set_version.p, set_version.n);
	*out = (struct bytes){j->version, set_version.n};
	return OK;
}

static enum err
version_installed(
    struct agent *a, const struct installed *of, struct bytes *out)
{
	struct suit_manifest m;
	struct bytes envelope;
	struct span room;
	struct why why;

	if (of->envelope_size > AGENT_STATE_MAX)
		return ERR_STORE;
	TRY(pool_take(&a->pool, (size_t)of->envelope_size, &room));
	TRY(blob_load(
	    a->ports, of->envelope.p, of->envelope_size, room, &envelope));
	if (suit_parse(envelope, &m, &why) != OK ||
	    !bytes_same(BYTES_OF(m.digest), of->digest))
		return ERR_STORE;
	return version_keep(&a->job, m.set_version, out);
}

static enum err
version(void *ctx, struct bytes id, struct bytes *out)
{
	struct agent *a = ctx;
	const struct job *j = &a->job;
	const struct suit_slot *s = suit_slot_of(&j->run, id);
	const struct suit_manifest *m;
	size_t mark = a->pool.at;
	struct installed of;
	struct component c;
	enum err e;

	*out = BYTES_NONE;
	if (s != NULL && j->staged[s - j->run.slot].there) {
		m = manifest_of(j, id);
		return version_keep(
		    &a->job, m != NULL ? m->set_version : BYTES_NONE, out);
	}
	if (!state_component(j->set, id, &c, &of))
		return ERR_NOT_INSTALLED;
	e = version_installed(a, &of, out);
	a->pool.at = mark;
	return e;
}

static void
put(struct suit_host *h)
{
	h->device_is = device_is;
	h->mine = mine;
	h->version = version;
}

const struct agent_answers agent_answers = {put};
