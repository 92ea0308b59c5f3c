/*
 * install: one manifest of an Update: who may, is it newer, and what the
 * record says afterwards.                           [security 6, 12, 13]
 */
#include "agent_int.h"
#include <string.h>

enum err
check_names(const struct suit_manifest *m, struct why *why)
{
	char name[SUIT_ID_TEXT];

	for (size_t i = 0; i < m->n_indexes; i++) {
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
	for (size_t i = 0; i < j->m.n_indexes; i++)
		if (!list_covers(j->tam->prefixes, suit_component(&j->m, i)))
			return why_set(why, ERR_TAM_ACCESS, "component");
	if (!touches_policy(&j->m)) {
		j->signer = policy_authority(p, &j->m);
		if (j->signer == NULL)
			return why_set(why, ERR_SIGNER_ACCESS, "signer");
		return j->signer->logged ? a->ports->logs->have(a, &j->m, why)
					 : OK;
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
 * policy belongs to the administrators whoever carries it.  What belongs to
 * dependencies, which have a say in that of their own, is theirs to check. */
static enum err
check_owner(const struct job *j, struct why *why)
{
	struct component c;
	struct installed m, old = {0};

	if (j->signer == NULL)
		return OK;
	if (state_manifest(j->set, j->m.component_id, &old) &&
	    (!bytes_same(old.owner, j->tam->name) ||
		!bytes_same(old.authority, authority(j))))
		return why_set(why, ERR_OWNER, "manifest-component-id");
	for (size_t i = 0; i < j->m.n_indexes; i++)
		if ((j->m.depends >> i & 1) == 0 &&
		    state_component(j->set, suit_component(&j->m, i), &c, &m) &&
		    !bytes_same(m.id, j->m.component_id) &&
		    !installed_needs(&old, m.id))
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
	if (j->signer != NULL)
		j->host.compat = j->signer->readings;
	TRY(counter_check(a, authority(j), &j->m, why));
	if (a->ports->depending != NULL)
		TRY(a->ports->depending->replace(a, &j->m, why));
	if (a->ports->depending != NULL && j->m.depends != 0)
		TRY(a->ports->depending->begin(a));
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
vouched(const struct job *j, struct bytes declared, const struct component *c)
{
	const struct suit_slot *s = suit_slot_of(&j->run, c->id);

	if (declared.n > 0)
		return bytes_same(declared, c->sha256);
	return s == NULL || !j->staged[s - j->run.slot].there || s->vouched;
}

/* Is it a component of a dependency that comes later in the run?  Another
 * place of the same manifest has the same entry. */
static bool
is_of_later(const struct suit_run *run, uint8_t part, struct bytes id)
{
	for (uint8_t k = (uint8_t)(part + 1); k < run->n_parts; k++) {
		const struct suit_manifest *m = run->part[k].m;

		if (!run->part[k].checked ||
		    bytes_same(
			m->component_id, run->part[part].m->component_id))
			continue;
		for (size_t i = 0; i < m->n_indexes; i++)
			if ((m->depends >> i & 1) == 0 &&
			    bytes_same(suit_component(m, i), id))
				return true;
	}
	return false;
}

/* Even if the author forgot to look. */
enum err
install_contents(struct agent *a, uint8_t part, struct cbor_out *w, size_t *n,
    struct why *why)
{
	struct job *j = &a->job;
	const struct suit_manifest *m = j->run.part[part].m;

	for (size_t i = 0; i < m->n_indexes; i++) {
		struct bytes id = suit_component(m, i), declared;
		struct installed of;
		struct component c;
		uint64_t size;

		/* the envelope of a dependency is noted with that */
		if ((m->depends >> i & 1) != 0 ||
		    is_of_later(&j->run, part, id))
			continue;
		/* what was a dependency's stays its own: others may need it,
		 * and another authority may have signed it */
		if (j->signer != NULL && state_component(j->set, id, &c, &of) &&
		    !bytes_same(of.id, m->component_id))
			return why_set(why, ERR_OWNER, "component");
		if (!job_content(j, id, &c))
			return why_set(why, ERR_NOT_INSTALLED, "component");
		suit_declared(m, i, &declared, &size);
		if (!vouched(j, declared, &c))
			return why_set(why, ERR_IMAGE_DIGEST, "component");
		if (size != UINT64_MAX && size != c.size)
			return why_set(why, ERR_IMAGE_SIZE, "component");
		component_put(w, &c);
		(*n)++;
	}
	return OK;
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
	struct bytes object;

	if (!job_content(&a->job, policy_id, &c))
		return why_set(why, ERR_NOT_INSTALLED, "policy");
	if (c.size > AGENT_POLICY_MAX)
		return why_set(why, ERR_TOO_LONG, "policy");
	TRY(blob_load(a->ports, c.sha256.p, c.size,
	    SPAN_OF(a->policy_room[other]), &object));
	TRY(policy_read(a->ports->crypto, object, p, why));
	TRY(policy_link(p, a->ports, why));
	if (policy_signed(a->ports->crypto, p, a->up.envelope, &m, why) != OK)
		return why_set(why, ERR_THRESHOLD, "new admins");
	a->up.policy_new = true;
	return OK;
}

enum err
install_note(struct agent *a, const struct suit_manifest *m,
    struct installed *entry, struct why *why)
{
	struct state_edit edit = {.put = entry};
	uint8_t name[DIGEST_LEN];
	struct bytes stripped;
	enum err e;

	entry->id = m->component_id;
	entry->sequence = m->sequence;
	entry->digest = BYTES_OF(m->digest);
	entry->uri = m->uri.n <= URI_KEPT_MAX ? m->uri : BYTES_NONE;
	TRY(envelope_strip(&a->pool, m, &stripped));
	/* A call has to find room for it. */
	if (stripped.n > AGENT_STATE_MAX)
		return why_set(why, ERR_LIMIT, "envelope");
	e = blob_save(a->ports, stripped, name);
	if (e != OK)
		return why_set(why, e, "store");
	entry->envelope = BYTES_OF(name);
	entry->envelope_size = stripped.n;
	e = agent_prepare(a, &edit);
	return e == OK ? OK : why_set(why, e, "state");
}

/* The root, after what it depends on. */
static enum err
note(struct agent *a, struct why *why)
{
	struct job *j = &a->job;
	struct installed entry = {
	    .owner = j->signer != NULL ? j->tam->name : BYTES_NONE,
	    .authority = authority(j),
	};
	struct cbor_out w;

	if (j->deps != NULL) {
		TRY(a->ports->depending->note(a, &entry.needs, why));
		TRY(counter_check(a, authority(j), &j->m, why));
	}
	w = pool_begin(&a->pool);
	TRY(install_contents(a, 0, &w, &entry.components.n, why));
	if (a->ports->depending != NULL)
		TRY(a->ports->depending->held(
		    a, &j->m, BYTES_NONE, &w, &entry.components.n));
	TRY(pool_end(&a->pool, &w, &entry.components.raw));
	return install_note(a, &j->m, &entry, why);
}

enum err
install_end(struct agent *a, struct why *why)
{
	size_t mark = a->pool.at;
	enum err e = OK;

	if (a->job.signer == NULL)
		e = take_policy(a, why);
	if (e == OK)
		e = note(a, why);
	a->pool.at = mark;
	if (e == OK)
		e = report_success(a);
	if (e == OK) /* what the run stood on */
		a->pool.at = a->job.mark;
	if (e != OK && why->err == OK)
		(void)why_set(why, e, "install");
	return e;
}
