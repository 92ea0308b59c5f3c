/*
 * install: one manifest of an Update: who may, is it newer, and what the
 * record says afterwards.                           [security 6, 12, 13]
 */
#include "agent_int.h"
#include <string.h>

/* A device whose Evidence no Verifier can read is lost to its TAM: what has
 * no name there is not installed. */
static enum err
check_names(const struct suit_manifest *m, struct why *why)
{
	char name[SUIT_ID_TEXT];

	for (size_t i = 0; i < m->components.n; i++) {
		TRY(suit_id_text(suit_component(m, i), name));
		if (strlen(name) > ID_NAME_MAX)
			return why_set(why, ERR_LIMIT, "component");
	}
	return OK;
}

/* Two keys have to agree: the TAM's access list and the signer's.
 *                                                     [TEEP 4.4; 10.3] */
static enum err
check_access(struct agent *a, struct why *why)
{
	const struct policy *p = agent_policy(a);
	struct job *j = &a->job;

	if (!list_covers(j->tam->prefixes, j->m.component_id))
		return why_set(why, ERR_TAM_ACCESS, "manifest-component-id");
	for (size_t i = 0; i < j->m.components.n; i++)
		if (!list_covers(j->tam->prefixes, suit_component(&j->m, i)))
			return why_set(why, ERR_TAM_ACCESS, "component");
	if (!touches_policy(&j->m)) {
		j->signer = policy_authority(p, &j->m);
		return j->signer != NULL
			   ? OK
			   : why_set(why, ERR_SIGNER_ACCESS, "signer");
	}
	if (!only_policy(&j->m))
		return why_set(why, ERR_SIGNER_ACCESS, "policy");
	if (a->up.policy_new)
		return why_set(why, ERR_DUPLICATE, "policy");
	if (!policy_threshold_met(p, &j->m))
		return why_set(why, ERR_THRESHOLD, "admins");
	return OK;
}

static struct bytes
authority(const struct job *j)
{
	return j->signer != NULL ? j->signer->name : BYTES_NONE;
}

/* Every component belongs to one manifest of one TAM and one authority; the
 * policy belongs to the administrators whoever carries it. */
static enum err
check_owner(const struct job *j, struct why *why)
{
	struct component c;
	struct installed m;

	if (j->signer == NULL)
		return OK;
	if (state_manifest(j->set, j->m.component_id, &m) &&
	    (!bytes_same(m.owner, j->tam->name) ||
		!bytes_same(m.authority, authority(j))))
		return why_set(why, ERR_OWNER, "manifest-component-id");
	for (size_t i = 0; i < j->m.components.n; i++)
		if (state_component(j->set, suit_component(&j->m, i), &c, &m) &&
		    !bytes_same(m.id, j->m.component_id))
			return why_set(why, ERR_OWNER, "component");
	return OK;
}

enum err
install_begin(struct agent *a, struct why *why)
{
	struct keyring ring = ring_manifests(agent_policy(a));
	struct job *j = &a->job;
	enum err e;

	job_init(a, a->ex.tam, &a->up.next);
	TRY(suit_open(a->ports->crypto, &ring, a->up.envelope, &j->m, why));
	TRY(check_names(&j->m, why));
	TRY(check_access(a, why));
	TRY(check_owner(j, why));
	TRY(counter_check(a, authority(j), &j->m, why));
	e = suit_start(
	    &j->run, a->ports->crypto, &j->host, &j->m, SUIT_DO_UPDATE);
	if (e != OK)
		*why = j->run.why;
	return e;
}

/* Is component i what its author signed?  If no digest was declared, what was
 * written must be covered by the manifest otherwise: neither an integrated
 * payload nor a network is. */
static bool
vouched(const struct job *j, size_t i, struct bytes declared,
    const struct component *c)
{
	const struct suit_slot *s = suit_slot_of(&j->run, c->id);

	if (declared.n > 0)
		return bytes_same(declared, c->sha256);
	return !j->staged[i].there || (s != NULL && s->vouched);
}

/* Every component has content, and the one that was declared, even if the
 * author forgot to look. */
static enum err
list_contents(struct agent *a, struct list *out, struct why *why)
{
	struct job *j = &a->job;
	struct cbor_out w = pool_begin(&a->pool);

	*out = (struct list){BYTES_NONE, 0};
	for (; out->n < j->m.components.n; out->n++) {
		struct component c;
		struct bytes declared;
		uint64_t size;

		if (!job_content(j, out->n, &c))
			return why_set(why, ERR_NOT_INSTALLED, "component");
		suit_declared(&j->m, out->n, &declared, &size);
		if (!vouched(j, out->n, declared, &c))
			return why_set(why, ERR_IMAGE_DIGEST, "component");
		if (size != UINT64_MAX && size != c.size)
			return why_set(why, ERR_IMAGE_SIZE, "component");
		component_put(&w, &c);
	}
	return pool_end(&a->pool, &w, &out->raw);
}

/* A new policy needs the thresholds of the old and of the new
 * administrators: root N+1 is signed by N and N+1.         [security 12] */
static enum err
take_policy(struct agent *a, struct why *why)
{
	unsigned other = 1 - a->current;
	struct policy *p = &a->policy[other];
	struct suit_manifest m;
	struct component c;
	struct keyring ring;
	struct bytes object;

	if (!job_content(&a->job, 0, &c))
		return why_set(why, ERR_NOT_INSTALLED, "policy");
	if (c.size > AGENT_POLICY_MAX)
		return why_set(why, ERR_TOO_LONG, "policy");
	TRY(blob_load(a->ports, c.sha256.p, c.size,
	    SPAN_OF(a->policy_room[other]), &object));
	TRY(policy_read(a->ports->crypto, object, p, why));
	TRY(policy_link(p, a->ports->dialects, why));
	ring = ring_admins(p);
	if (suit_open(a->ports->crypto, &ring, a->up.envelope, &m, why) != OK ||
	    !policy_threshold_met(p, &m))
		return why_set(why, ERR_THRESHOLD, "new admins");
	a->up.policy_new = true;
	return OK;
}

/* Store the envelope, and note it all in the set to be. */
static enum err
note(struct agent *a, struct list components, struct why *why)
{
	struct job *j = &a->job;
	uint8_t name[DIGEST_LEN];
	struct installed entry = {
	    .id = j->m.component_id,
	    .sequence = j->m.sequence,
	    .digest = BYTES_OF(j->m.digest),
	    .owner = j->signer != NULL ? j->tam->name : BYTES_NONE,
	    .authority = authority(j),
	    .uri = j->m.uri.n <= URI_KEPT_MAX ? j->m.uri : BYTES_NONE,
	    .envelope = BYTES_OF(name),
	    .components = components,
	};
	struct state_edit edit = {.put = &entry};
	struct bytes stripped;
	enum err e;

	TRY(envelope_strip(&a->pool, &j->m, &stripped));
	/* A call has to find room for it. */
	if (stripped.n > AGENT_STATE_MAX)
		return why_set(why, ERR_LIMIT, "envelope");
	e = blob_save(a->ports, stripped, name);
	if (e != OK)
		return why_set(why, e, "store");
	entry.envelope_size = stripped.n;
	e = agent_prepare(a, &edit);
	return e == OK ? OK : why_set(why, e, "state");
}

enum err
install_end(struct agent *a, struct why *why)
{
	size_t mark = a->pool.at;
	struct list components;
	enum err e;

	e = list_contents(a, &components, why);
	if (e == OK && a->job.signer == NULL)
		e = take_policy(a, why);
	if (e == OK)
		e = note(a, components, why);
	a->pool.at = mark;
	if (e == OK)
		e = report_success(a);
	if (e != OK && why->err == OK)
		(void)why_set(why, e, "install");
	return e;
}
