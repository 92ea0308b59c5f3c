/*
 * settle: what is there only because others need it, when nobody does.
 *                                         [SUIT TD suit-uninstall; security 13]
 *
 * Who needs it is counted in the record: at zero it goes, whether the last one
 * was removed or needs another one now.  Its uninstall section is heard then,
 * as that of a manifest which a TAM takes away, and may refuse the Update.  A
 * policy it cannot refuse: no signer keeps another one's key in force, and
 * neither does whoever took a blob from the store.
 */
#include "agent_int.h"

static bool
needed(const struct state *s, struct bytes id)
{
	struct cbor_in r = cbor_items(s->installed);
	struct installed m;

	while (installed_next(&r, &m))
		if (installed_needs(&m, id))
			return true;
	return false;
}

/* No manifest needs itself by way of others, so those that need come before
 * those that they need. */
static bool
first_left(const struct state *s, struct installed *m)
{
	struct cbor_in r = cbor_items(s->installed);

	while (installed_next(&r, m))
		if (m->dependency && !needed(s, m->id))
			return true;
	return false;
}

/* Does its last word stand in the way of a new policy?  A refusal does not,
 * nor what the store has lost: whoever can delete a blob could keep a revoked
 * manifest in force with it.  Of a store that fails altogether the commit
 * tells. */
static bool
overrules(const struct agent *a, enum err e)
{
	if (!a->up.policy_new || err_class(e) == CLASS_BUG)
		return false;
	return err_class(e) != CLASS_PORT || e == ERR_STORE;
}

/* Neither a TAM that may not reach it any more nor a revoked signer has a say,
 * and under a new policy a refusal is not one. */
static enum err
hear(struct agent *a, const struct installed *m, struct why *why)
{
	const struct policy_tam *tam =
	    policy_tam_named(agent_policy(a), m->owner);
	enum err e;

	if (tam == NULL || !remove_reaches(tam, m))
		return OK;
	e = remove_heard(a, tam, m, why);
	if (e == OK || !overrules(a, e))
		return e;
	agent_log(a,
	    e == ERR_STORE ? "uninstall-not-run" : "uninstall-overruled", why,
	    m->id);
	*why = (struct why){.err = OK};
	return OK;
}

/* A refusal is by none of the manifests that were sent: its report would tell
 * of one that the TAM may never have seen. */
enum err
settle_all(struct agent *a, struct why *why)
{
	struct installed m;

	a->up.begun++;
	while (first_left(&a->up.next, &m)) {
		struct state_edit edit = {.drop = m.id};
		size_t mark = a->pool.at;

		TRY(hear(a, &m, why));
		a->pool.at = mark;
		agent_log(a, "dependency-removed", NULL, m.id);
		TRY(agent_prepare(a, &edit));
	}
	a->up.begun--;
	return OK;
}

enum err
settle_kept(struct agent *a, const struct installed *m, bool *kept)
{
	struct installed entry = *m;
	struct state_edit edit = {.put = &entry};

	*kept = needed(&a->up.next, m->id);
	if (!*kept)
		return OK;
	entry.dependency = true;
	return agent_prepare(a, &edit);
}
