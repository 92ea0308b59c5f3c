/*
 * needs: manifests that others depend on, in the record.
 *                                      [SUIT TD, security 6, 10, 13]
 *
 * A dependency is installed under its own id, with its own signer's name,
 * counter and components, the one that holds its envelope among them; the
 * manifest that needs it says so in its entry.  Who needs it is counted there:
 * what is there for others only, goes with the last of them.
 *
 * Whatever others need stays as it is: their signers named its digest.
 */
#include "agent_int.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

/* What the run of one manifest with dependencies stands on. */
struct dependencies {
	struct keyring ring;
	struct suit_depending_host host;
	struct suit_manifest room[SUIT_PARTS_MAX - 1];
	struct {
		uint8_t sha256[DIGEST_LEN];
		struct bytes envelope;
	} view[SUIT_PARTS_MAX - 1];
	size_t n_views;
};

/* ---- the run ------------------------------------------------------------- */

/* Envelopes stay in pool memory until the run is over: what is written over
 * one of them later does not change what is executed. */
static enum err
view(void *ctx, struct bytes id, struct bytes *out)
{
	struct agent *a = ctx;
	struct dependencies *d = a->job.deps;
	struct component c;
	struct span room;

	if (!job_content(&a->job, id, &c))
		return ERR_NOT_INSTALLED;
	for (size_t i = 0; i < d->n_views; i++) {
		*out = d->view[i].envelope;
		if (bytes_same(c.sha256, BYTES_OF(d->view[i].sha256)))
			return OK;
	}
	if (d->n_views == ARRAY_LEN(d->view) || c.size > AGENT_STATE_MAX)
		return ERR_LIMIT;
	TRY(pool_take(&a->pool, (size_t)c.size, &room));
	TRY(blob_load(a->ports, c.sha256.p, c.size, room, out));
	memcpy(d->view[d->n_views].sha256, c.sha256.p, DIGEST_LEN);
	d->view[d->n_views++].envelope = *out;
	return OK;
}

static bool
is_own(const struct suit_manifest *m, struct bytes id)
{
	for (size_t i = 0; i < m->n_indexes; i++)
		if ((m->depends >> i & 1) == 0 &&
		    bytes_same(suit_component(m, i), id))
			return true;
	return false;
}

/* The component that holds the envelope of m. */
static struct bytes
holder(const struct suit_run *run, const struct suit_manifest *m)
{
	for (uint8_t k = 1; k < run->n_parts; k++) {
		const struct suit_part *p = &run->part[k];

		if (p->m == m)
			return suit_component(run->part[p->parent].m, p->index);
	}
	return BYTES_NONE;
}

/* Is it the id of a manifest of this run? */
static bool
is_of_run(const struct job *j, struct bytes id)
{
	if (bytes_same(j->m.component_id, id))
		return true;
	for (uint8_t k = 1; k < j->run.n_parts; k++)
		if (j->run.part[k].checked &&
		    bytes_same(j->run.part[k].m->component_id, id))
			return true;
	return false;
}

/* ERR_DEPENDENCY: a manifest that is not of this run needs m as it is. */
static enum err
needed_as_it_is(
    const struct agent *a, const struct suit_manifest *m, struct why *why)
{
	const struct job *j = &a->job;
	struct cbor_in r = cbor_items(j->set->installed);
	struct installed other;

	while (installed_next(&r, &other))
		if (installed_needs(&other, m->component_id) &&
		    !is_of_run(j, other.id)) {
			(void)why_set(
			    why, ERR_DEPENDENCY, "needed as it is by");
			why->subject = other.id;
			return ERR_DEPENDENCY;
		}
	return OK;
}

static enum err
replace(const struct agent *a, const struct suit_manifest *m, struct why *why)
{
	struct installed old;

	if (!state_manifest(a->job.set, m->component_id, &old) ||
	    bytes_same(old.digest, BYTES_OF(m->digest)))
		return OK;
	return needed_as_it_is(a, m, why);
}

/* Its dependent may have written to its components. */
static enum err
altered(const struct agent *a, const struct suit_manifest *m, struct why *why)
{
	for (size_t i = 0; i < m->n_indexes; i++) {
		struct bytes id = suit_component(m, i);
		struct component was, is;
		struct installed of;

		if ((m->depends >> i & 1) == 0 &&
		    state_component(a->job.set, id, &was, &of) &&
		    job_content(&a->job, id, &is) &&
		    !bytes_same(was.sha256, is.sha256))
			return needed_as_it_is(a, m, why);
	}
	return OK;
}

/* One owner, one authority, one manifest for each component. [security 13] */
static enum err
check_owner(const struct job *j, const struct suit_manifest *m,
    const struct policy_signer *s, struct why *why)
{
	struct bytes envelope = holder(&j->run, m);
	struct installed of;
	struct component c;

	if (state_manifest(j->set, m->component_id, &of) &&
	    (!bytes_same(of.owner, j->tam->name) ||
		!bytes_same(of.authority, s->name)))
		return why_set(why, ERR_OWNER, "manifest-component-id");
	if (state_component(j->set, envelope, &c, &of) &&
	    !bytes_same(of.id, m->component_id))
		return why_set(why, ERR_OWNER, "component of a dependency");
	for (size_t i = 0; i < m->n_indexes; i++)
		if ((m->depends >> i & 1) == 0 &&
		    state_component(j->set, suit_component(m, i), &c, &of) &&
		    !bytes_same(of.id, m->component_id))
			return why_set(why, ERR_OWNER, "component");
	return OK;
}

/* What is installed runs as it was installed. */
static enum err
admit_installed(const struct job *j, const struct suit_manifest *m,
    const struct policy_signer *s)
{
	struct installed old;

	return state_manifest(j->set, m->component_id, &old) &&
		       bytes_same(old.digest, BYTES_OF(m->digest)) &&
		       bytes_same(old.authority, s->name)
		   ? OK
		   : ERR_STORE;
}

/* One manifest of each id, or what is noted would depend on the order. */
static enum err
check_ids(const struct job *j, const struct suit_manifest *m, struct why *why)
{
	for (uint8_t k = 0; k < j->run.n_parts; k++) {
		const struct suit_part *p = &j->run.part[k];

		if ((k == 0 || p->checked) && p->m != m &&
		    bytes_same(p->m->component_id, m->component_id) &&
		    !bytes_same(BYTES_OF(p->m->digest), BYTES_OF(m->digest)))
			return why_set(
			    why, ERR_DEPENDENCY, "manifest-component-id");
	}
	return OK;
}

static enum err
admit(void *ctx, const struct suit_manifest *m, const struct suit_manifest *of)
{
	struct agent *a = ctx;
	struct job *j = &a->job;
	const struct policy_signer *s = policy_authority(agent_policy(a), m);
	struct why *why = &j->run.why;

	(void)of;
	if (touches_policy(m) || s == NULL)
		return why_set(why, ERR_SIGNER_ACCESS, "signer");
	if (j->run.procedure != SUIT_DO_UPDATE)
		return admit_installed(j, m, s);
	if (!list_covers(j->tam->prefixes, m->component_id))
		return why_set(why, ERR_TAM_ACCESS, "manifest-component-id");
	TRY(check_names(m, why));
	TRY(check_ids(j, m, why));
	if (s->logged)
		TRY(a->ports->logs->have(a, m, why));
	TRY(check_owner(j, m, s, why));
	TRY(replace(a, m, why));
	return counter_check(a, s->name, m, why);
}

/* Its own components, and those of one that depends on it, m may use; what
 * another authority's is, of this run or in the record, it may look at only:
 * that could be a secret, encrypted to that one's key. [security 11, 13] */
static enum err
usable(const struct agent *a, const struct suit_manifest *m, struct bytes id)
{
	const struct job *j = &a->job;
	const struct policy_signer *s = job_signer(a, m), *of;
	struct installed entry;
	struct component c;
	bool later = false;

	if (s == NULL)
		return OK; /* the policy is nobody's */
	for (uint8_t k = 0; k < j->run.n_parts; k++) {
		const struct suit_part *p = &j->run.part[k];

		if (later && p->checked && is_own(p->m, id)) {
			of = job_signer(a, p->m);
			if (of == NULL || !bytes_same(of->name, s->name))
				return ERR_OWNER;
		}
		later = later || p->m == m;
	}
	if (!is_own(m, id)) /* the envelope of a dependency */
		return OK;
	return state_component(j->set, id, &c, &entry) &&
		       !bytes_same(entry.authority, s->name)
		   ? ERR_OWNER
		   : OK;
}

/* As policy lets the signers of m be read. */
static uint32_t
readings(void *ctx, const struct suit_manifest *m)
{
	const struct policy_signer *s = job_signer(ctx, m);

	return s != NULL ? s->readings : 0;
}

static enum err
begin(struct agent *a)
{
	const size_t size =
	    sizeof(struct dependencies) + alignof(max_align_t) - 1;
	struct job *j = &a->job;
	struct span room;
	uintptr_t at;

	TRY(pool_take(&a->pool, size, &room));
	at = (uintptr_t)room.p;
	at += -at % alignof(max_align_t);
	j->deps = (struct dependencies *)at;
	memset(j->deps, 0, sizeof(*j->deps));
	j->deps->ring = ring_manifests(agent_policy(a));
	j->deps->host = (struct suit_depending_host){
	    .ring = &j->deps->ring,
	    .room = j->deps->room,
	    .n = ARRAY_LEN(j->deps->room),
	    .view = view,
	    .admit = admit,
	    .compat = readings,
	};
	j->host.depending = &j->deps->host;
	return OK;
}

/* ---- the record ---------------------------------------------------------- */

/* The ids of what manifest number part depends on. */
static enum err
list_needs(struct agent *a, uint8_t part, struct list *out)
{
	const struct suit_run *run = &a->job.run;
	struct cbor_out w = pool_begin(&a->pool);

	*out = (struct list){BYTES_NONE, 0};
	for (uint8_t k = 1; k < run->n_parts; k++) {
		const struct suit_part *p = &run->part[k];

		if (!p->checked || p->parent != part)
			continue;
		cbor_put_raw(&w, p->m->component_id);
		out->n++;
	}
	return pool_end(&a->pool, &w, &out->raw);
}

/* Each who needs it may keep it in another place. */
static enum err
held(const struct agent *a, const struct suit_manifest *m, struct bytes of,
    struct cbor_out *w, size_t *n)
{
	struct installed old;
	struct component c;
	struct cbor_in r;

	/* those who need another one have put it anew */
	if (!state_manifest(a->job.set, m->component_id, &old) ||
	    !bytes_same(old.digest, BYTES_OF(m->digest)))
		return OK;
	r = cbor_items(old.components);
	while (component_next(&r, &c)) {
		if (is_own(m, c.id) || bytes_same(c.id, of))
			continue;
		component_put(w, &c);
		(*n)++;
	}
	return *n > SUIT_COMPONENTS_MAX ? ERR_LIMIT : OK;
}

static enum err
note_one(struct agent *a, uint8_t part, struct why *why)
{
	struct job *j = &a->job;
	const struct suit_manifest *m = j->run.part[part].m;
	const struct policy_signer *s = policy_authority(agent_policy(a), m);
	struct installed entry = {.owner = j->tam->name, .dependency = true};
	struct installed old;
	struct component c;
	struct cbor_out w;

	if (s == NULL)
		return why_set(why, ERR_SIGNER_ACCESS, "signer");
	entry.authority = s->name;
	/* those noted before it have taken places */
	TRY(counter_check(a, s->name, m, why));
	TRY(altered(a, m, why));
	if (state_manifest(j->set, m->component_id, &old))
		entry.dependency = old.dependency;
	TRY(list_needs(a, part, &entry.needs));
	w = pool_begin(&a->pool);
	if (!job_content(j, holder(&j->run, m), &c))
		return why_set(why, ERR_NOT_INSTALLED, "dependency");
	component_put(&w, &c);
	entry.components.n = 1;
	TRY(install_contents(a, part, &w, &entry.components.n, why));
	TRY(held(a, m, c.id, &w, &entry.components.n));
	TRY(pool_end(&a->pool, &w, &entry.components.raw));
	return install_note(a, m, &entry, why);
}

static enum err
note(struct agent *a, struct list *needs, struct why *why)
{
	const struct suit_run *run = &a->job.run;

	/* those that others need come first */
	for (uint8_t k = run->n_parts; k > 1; k--) {
		size_t mark = a->pool.at;

		if (run->part[k - 1].checked)
			TRY(note_one(a, (uint8_t)(k - 1), why));
		a->pool.at = mark;
	}
	return list_needs(a, 0, needs);
}

const struct agent_depending agent_depending = {
    .begin = begin,
    .replace = replace,
    .usable = usable,
    .note = note,
    .held = held,
    .settle = settle_all,
    .keep = settle_kept,
};
