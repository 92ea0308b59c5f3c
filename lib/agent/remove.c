/*
 * remove: take the unneeded manifests of an Update out of the set to be.
 *                                                  [TEEP 7.2.2; 10.3]
 *
 * Its uninstall section is heard first, as long as its signer is.  What that
 * leaves, and what nobody may speak for any more, goes by the record, which
 * knows what is there: in the end all components are gone.     [security 13]
 */
#include "agent_int.h"

bool
remove_reaches(const struct policy_tam *tam, const struct installed *m)
{
	struct cbor_in r = cbor_items(m->components);
	bool covered = list_covers(tam->prefixes, m->id);
	struct component c;

	while (covered && component_next(&r, &c))
		covered = list_covers(tam->prefixes, c.id);
	return covered;
}

enum err
remove_heard(struct agent *a, const struct policy_tam *tam,
    const struct installed *m, struct why *why)
{
	enum err e;

	job_init(a, tam, &a->up.next);
	e = job_reopen(a, m, why);
	if (err_class(e) == CLASS_INPUT || err_class(e) == CLASS_REFUSED) {
		agent_log(a, "uninstall-not-run", why, m->id);
		*why = (struct why){.err = OK};
		return OK;
	}
	if (e != OK || a->job.m.section[SUIT_UNINSTALL].n == 0)
		return e;
	return job_run(a, SUIT_DO_UNINSTALL, why);
}

/* The memory of a procedure that failed is kept: its report needs it. */
static enum err
remove_one(struct agent *a, struct bytes id, struct why *why)
{
	struct state_edit edit = {.drop = id};
	size_t mark = a->pool.at;
	struct installed m;
	bool kept = false;

	/* what is there for others only, no TAM has assigned */
	if (!state_manifest(&a->up.next, id, &m) || m.dependency)
		return ERR_NOT_INSTALLED;
	if (!bytes_same(m.owner, a->ex.tam->name))
		return why_set(why, ERR_OWNER, "unneeded-manifest-list");
	if (!remove_reaches(a->ex.tam, &m))
		return why_set(why, ERR_TAM_ACCESS, "unneeded-manifest-list");
	if (a->ports->depending != NULL)
		TRY(a->ports->depending->keep(a, &m, &kept));
	if (kept)
		return OK;
	TRY(remove_heard(a, a->ex.tam, &m, why));
	a->pool.at = mark;
	return agent_prepare(a, &edit);
}

static bool
first_retired(
    const struct state *s, const struct policy *p, struct installed *m)
{
	struct cbor_in r = cbor_items(s->installed);

	while (installed_next(&r, m))
		if (m->authority.n > 0 &&
		    policy_signer_named(p, m->authority) == NULL)
			return true;
	return false;
}

enum err
remove_retired(struct agent *a, const struct policy *p)
{
	struct installed m;

	while (first_retired(&a->up.next, p, &m)) {
		struct state_edit edit = {.drop = m.id};

		agent_log(a, "signer-retired", NULL, m.id);
		TRY(agent_prepare(a, &edit));
	}
	return OK;
}

enum err
remove_all(struct agent *a, struct why *why)
{
	struct cbor_in r = cbor_items(a->up.msg.unneeded);

	for (size_t i = 0; i < a->up.msg.unneeded.n; i++) {
		struct bytes id = cbor_raw(&r, CBOR_ARRAY);
		enum err e = remove_one(a, id, why);

		if (e == OK)
			continue;
		if (why->err == OK) {
			(void)why_set(why, e, "unneeded-manifest-list");
			why->subject = id;
		}
		return e;
	}
	return OK;
}
