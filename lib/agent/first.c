/*
 * first: who has signed a policy; and the very first one, which only vouches
 * for itself: whoever runs the initialisation of a device vouches for the
 * rest.                                                     [security 12]
 */
#include "agent_int.h"
#include <stddef.h>
#include <string.h>

enum err
policy_signed(const struct crypto *c, const struct policy *by,
    struct bytes envelope, struct suit_manifest *m, struct why *why)
{
	struct keyring admins = ring_admins(by);

	TRY(suit_open(c, &admins, envelope, m, why));
	if (!only_policy(m))
		return why_set(why, ERR_COMPONENT, "component");
	if (!policy_threshold_met(by, m))
		return why_set(why, ERR_THRESHOLD, "admins");
	return OK;
}

enum err
policy_inside(const struct suit_manifest *m, struct bytes *out)
{
	struct cbor_in r = cbor_open(m->envelope);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX), found = 0;

	*out = BYTES_NONE;
	for (size_t i = 0; i < n; i++) {
		if (cbor_peek(&r) == CBOR_TSTR) {
			(void)cbor_tstr(&r, 0, LEN_ANY);
			*out = cbor_bstr(&r, 0, LEN_ANY);
			found++;
		} else {
			(void)cbor_raw(&r, CBOR_ANY);
			(void)cbor_raw(&r, CBOR_ANY);
		}
	}
	TRY(cbor_close(&r));
	return found == 1 ? OK : ERR_MISSING;
}

/* The object in an envelope that its own administrators have signed. */
static enum err
open_signed(const struct crypto *c, struct bytes envelope, struct policy *out,
    struct suit_manifest *m, struct bytes *object, struct why *why)
{
	struct bytes declared;
	uint64_t size;

	/* The keys stand in the object: it is read before they are believed,
	 * once in the life of a device, under the eyes of its owner. */
	TRY(suit_parse(envelope, m, why));
	if (policy_inside(m, object) != OK)
		return why_set(why, ERR_MISSING, "integrated payload");
	TRY(policy_read(c, *object, out, why));
	TRY(policy_signed(c, out, envelope, m, why));
	suit_declared(m, 0, &declared, &size);
	if (!bytes_same(declared, BYTES_OF(out->digest)))
		return why_set(why, ERR_IMAGE_DIGEST, "policy");
	return OK;
}

/* Leave nothing behind that was not accepted. */
static enum err
emptied(
    enum err e, struct policy *out, struct suit_manifest *m, struct bytes *o)
{
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	memset(m, 0, sizeof(*m));
	*o = BYTES_NONE;
	return e;
}

enum err
policy_open_first(const struct crypto *c, struct bytes envelope,
    struct policy *out, struct suit_manifest *m, struct bytes *object,
    struct why *why)
{
	enum err e = open_signed(c, envelope, out, m, object, why);

	if (e == OK &&
	    suit_sequence_ok(true, 0, NULL, m->sequence, m->digest) != OK)
		e = why_set(why, ERR_SEQUENCE_JUMP, "sequence-number");
	return emptied(e, out, m, object);
}

enum err
policy_open_next(const struct crypto *c, const struct policy *now,
    const struct suit_manifest *at, struct bytes envelope, struct policy *out,
    struct suit_manifest *m, struct bytes *object, struct why *why)
{
	enum err e = policy_signed(c, now, envelope, m, why);

	if (e == OK)
		e = open_signed(c, envelope, out, m, object, why);
	else if (e == ERR_THRESHOLD || e == ERR_UNKNOWN_KEY)
		why->what = "admins in force";
	if (e == OK) {
		e = suit_sequence_ok(
		    false, at->sequence, at->digest, m->sequence, m->digest);
		if (e != OK)
			(void)why_set(why, e, "sequence-number");
	}
	return emptied(e, out, m, object);
}

/* Write both blobs and the first record. */
static enum err
seal(const struct agent_ports *ports, struct pool *pool, const struct policy *p,
    const struct suit_manifest *m, struct bytes object)
{
	static const struct state nothing;
	uint8_t object_name[DIGEST_LEN], envelope_name[DIGEST_LEN];
	struct installed entry = {
	    .id = policy_id,
	    .sequence = m->sequence,
	    .digest = BYTES_OF(m->digest),
	    .uri = m->uri.n <= URI_KEPT_MAX ? m->uri : BYTES_NONE,
	};
	struct state_edit edit = {.put = &entry};
	struct component component;
	struct bytes stripped, raw;
	struct cbor_out w;
	struct state state;

	TRY(blob_save(ports, object, object_name));
	TRY(envelope_strip(pool, m, &stripped));
	TRY(blob_save(ports, stripped, envelope_name));
	entry.envelope = BYTES_OF(envelope_name);
	entry.envelope_size = stripped.n;
	component = (struct component){
	    policy_id, BYTES_OF(object_name), object.n, false};
	w = pool_begin(pool);
	component_put(&w, &component);
	TRY(pool_end(pool, &w, &entry.components.raw));
	entry.components.n = 1;
	TRY(state_edit(&nothing, &edit, pool_rest(pool), &raw, &state));
	if (ports->revoking != NULL)
		TRY(ports->revoking->first(pool, p, &raw, &state));
	return ports->store->commit(ports->store->ctx, raw);
}

enum err
agent_seal_policy(const struct agent_ports *ports, struct span work,
    struct bytes envelope, struct why *why)
{
	struct pool pool = {work.p, work.n, 0};
	struct scratch {
		struct policy policy;
		struct suit_manifest m;
	} * s;
	struct bytes object, old;
	struct span room;
	enum err e;

	if (work.n < 4 * AGENT_STATE_MAX)
		return why_set(why, ERR_ROOM, "work");
	e = ports->store->load(ports->store->ctx, work, &old);
	if (e == OK)
		return why_set(why, ERR_EXISTS, "policy");
	if (e != ERR_NOT_FOUND)
		return why_set(why, e, "store");
	/* Too large for a stack; the memory that was lent has any alignment. */
	TRY(pool_take(&pool, sizeof(*s) + _Alignof(max_align_t), &room));
	s = (struct scratch *)(void *)(room.p +
				       (-(uintptr_t)room.p &
					   (_Alignof(max_align_t) - 1)));
	TRY(policy_open_first(
	    ports->crypto, envelope, &s->policy, &s->m, &object, why));
	TRY(policy_link(&s->policy, ports, why));
	e = seal(ports, &pool, &s->policy, &s->m, object);
	return e == OK ? OK : why_set(why, e, "store");
}
