/*
 * asked: SUIT Reports for a TAM that asks for them: one that says what this
 * device can do, and one for each of that TAM's manifests that was started
 * since the agent was.                        [TEEP 4.3, SUIT Report 4.2, 6]
 *
 * Reports of invocations are kept as they were written, without nonce: who
 * asks, and how it is answered, is known later.  Each is a bstr; the youngest
 * comes last.
 */
#include "agent_int.h"
#include <string.h>

/* Which manifest is a kept report about? */
static bool
is_of(struct bytes report, struct bytes digest)
{
	struct suit_report r;

	return suit_report_read(report, &r, NULL) == OK &&
	       bytes_same(r.digest, digest);
}

/* Forget the report that begins at `at` and is n octets with its head. */
static void
forget(struct agent *a, size_t at, size_t n)
{
	uint8_t *p = a->ports->reports->room.p;

	memmove(p + at, p + at + n, a->kept - at - n);
	a->kept -= n;
}

/* The report of the manifest with this digest; empty: the oldest. */
static void
forget_one(struct agent *a, struct bytes digest)
{
	struct cbor_in r =
	    cbor_open((struct bytes){a->ports->reports->room.p, a->kept});

	while (r.at < a->kept) {
		size_t at = r.at;
		struct bytes report = cbor_bstr(&r, 1, LEN_ANY);

		if (r.err != OK)
			return;
		if (digest.n == 0 || is_of(report, digest)) {
			forget(a, at, r.at - at);
			return;
		}
	}
}

/* Append what was written; those that have to, give way, the oldest first. */
static enum err
keep(struct agent *a, struct bytes report)
{
	const struct span room = a->ports->reports->room;
	struct cbor_out w;

	/* a head has 5 octets at most here */
	if (room.n < 5 || report.n > room.n - 5)
		return ERR_ROOM;
	while (room.n - 5 - report.n < a->kept)
		forget_one(a, BYTES_NONE);
	w = cbor_into((struct span){room.p + a->kept, room.n - a->kept});
	cbor_put_bstr(&w, report);
	TRY(w.err);
	a->kept += w.at;
	return OK;
}

/* The invocation that has just ended, well or not.  How it was started before
 * is no longer true; what there is no room for, is told to the log alone. */
static void
started(struct agent *a)
{
	struct cbor_out w = pool_begin(&a->pool);
	size_t mark = a->pool.at;
	struct bytes report;
	struct why why;
	enum err e;

	if (a->ports->reports->room.n == 0)
		return;
	forget_one(a, BYTES_OF(a->job.m.digest));
	e = suit_report_write(&w, &a->job.run, BYTES_NONE);
	if (e == OK)
		e = pool_end(&a->pool, &w, &report);
	if (e == OK)
		e = keep(a, report);
	a->pool.at = mark;
	if (e == OK)
		return;
	(void)why_set(&why, e, "SUIT Report");
	agent_log(a, "report-not-kept", &why, a->job.m.component_id);
}

/* What the job's host can do, in pool memory; and only what this TAM may fill
 * of our components. */
static enum err
can(struct agent *a, const struct policy_tam *tam, struct bytes *out)
{
	/* what a job gets that has dependencies */
	static const struct suit_depending_host depending = {0};
	struct cbor_out w = pool_begin(&a->pool);
	struct suit_host host = a->job.host;

	if (a->ports->depending != NULL)
		host.depending = &depending;
	suit_capabilities_put(&w, a->ports->crypto, &host, tam->prefixes);
	return pool_end(&a->pool, &w, out);
}

/* What we can do stands in the report of the policy: it is always there, and
 * as it was installed. */
static enum err
put_capabilities(struct agent *a, const struct policy_tam *tam,
    struct bytes nonce, struct cbor_out *list)
{
	struct bytes what, plain;
	struct installed m;
	struct cbor_out w;

	if (!state_manifest(&a->state, policy_id, &m))
		return ERR_STORE;
	job_init(a, tam, &a->state);
	TRY(can(a, tam, &what));
	w = pool_begin(&a->pool);
	TRY(suit_report_brief(&w, OK, m.uri, m.digest.p, nonce, what));
	TRY(pool_end(&a->pool, &w, &plain));
	return report_protect(a, tam, plain, list);
}

/* Is it installed, and this TAM's? */
static bool
is_owned(
    const struct agent *a, const struct policy_tam *tam, struct bytes report)
{
	struct cbor_in r = cbor_items(a->state.installed);
	struct installed m;

	while (installed_next(&r, &m))
		if (is_of(report, m.digest))
			return bytes_same(m.owner, tam->name);
	return false;
}

static enum err
put_kept(struct agent *a, const struct policy_tam *tam, struct bytes nonce,
    struct cbor_out *list, size_t *n)
{
	struct cbor_in r =
	    cbor_open((struct bytes){a->ports->reports->room.p, a->kept});

	while (r.at < a->kept) {
		struct bytes report = cbor_bstr(&r, 1, LEN_ANY), plain;
		size_t mark = a->pool.at;
		struct cbor_out w;

		TRY(r.err);
		if (!is_owned(a, tam, report))
			continue;
		w = pool_begin(&a->pool);
		TRY(suit_report_renew(&w, report, nonce));
		TRY(pool_end(&a->pool, &w, &plain));
		TRY(report_protect(a, tam, plain, list));
		a->pool.at = mark;
		(*n)++;
	}
	return OK;
}

static enum err
told(struct agent *a, const struct policy_tam *tam, struct bytes nonce,
    struct list *out)
{
	struct cbor_out list;
	struct span room;
	size_t mark;

	TRY(pool_take(&a->pool, REPORTS_ROOM, &room));
	list = cbor_into(room);
	mark = a->pool.at;
	TRY(put_capabilities(a, tam, nonce, &list));
	a->pool.at = mark;
	out->n = 1;
	TRY(put_kept(a, tam, nonce, &list, &out->n));
	a->pool.at = mark;
	return cbor_done(&list, &out->raw);
}

void
agent_reports_init(struct agent_reports *r)
{
	r->can = can;
	r->started = started;
	r->told = told;
}
