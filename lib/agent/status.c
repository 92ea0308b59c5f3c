/*
 * status: what this agent would say of itself to the broker's operator.
 *                                                       [docs/link.md]
 */
#include "agent_int.h"

static void
put_list(struct cbor_out *w, uint64_t key, struct list l)
{
	cbor_put_uint(w, key);
	cbor_put_array(w, l.n);
	cbor_put_raw(w, l.raw);
}

static void
put_policy(const struct agent *a, struct cbor_out *w)
{
	struct installed m = {0};

	cbor_put_uint(w, 2);
	cbor_put_array(w, 2);
	(void)state_manifest(&a->state, policy_id, &m);
	cbor_put_uint(w, m.sequence);
	cbor_put_bstr(w, BYTES_OF(agent_policy(a)->digest));
}

static void
put_component(
    const struct agent *a, struct cbor_out *w, const struct component *c)
{
	const struct agent_launcher *l = a->ports->launcher;

	cbor_put_array(w, 4);
	cbor_put_raw(w, c->id);
	if (c->secret)
		cbor_put_null(w);
	else
		cbor_put_bstr(w, c->sha256);
	cbor_put_uint(w, c->size);
	cbor_put_bool(w, l->alive(l->ctx, c->id, c->sha256.p));
}

static void
put_installed(const struct agent *a, struct cbor_out *w)
{
	struct cbor_in r = cbor_items(a->state.installed), comps;
	struct component c;
	struct installed m;

	cbor_put_uint(w, 3);
	cbor_put_array(w, a->state.installed.n);
	while (installed_next(&r, &m)) {
		cbor_put_array(w, 7);
		cbor_put_raw(w, m.id);
		cbor_put_uint(w, m.sequence);
		cbor_put_bstr(w, m.digest);
		cbor_put_tstr(w, m.owner);
		cbor_put_tstr(w, m.authority);
		cbor_put_tstr(w, m.uri);
		comps = cbor_items(m.components);
		cbor_put_array(w, m.components.n);
		while (component_next(&comps, &c))
			put_component(a, w, &c);
	}
}

static void
put_tams(const struct agent *a, struct cbor_out *w)
{
	const struct policy *p = agent_policy(a);

	cbor_put_uint(w, 6);
	cbor_put_array(w, p->n_tams);
	for (size_t i = 0; i < p->n_tams; i++) {
		cbor_put_array(w, 2);
		cbor_put_tstr(w, p->tam[i].name);
		cbor_put_tstr(w, p->tam[i].uri);
	}
}

enum err
agent_status(struct agent *a, struct cbor_out *w)
{
	cbor_put_map(w, 9);
	cbor_put_uint(w, 1);
	cbor_put_uint(w, 1);
	put_policy(a, w);
	put_installed(a, w);
	put_list(w, 4, a->state.requests);
	put_list(w, 5, a->state.unneeded);
	put_tams(a, w);
	cbor_put_uint(w, 7);
	cbor_put_uint(w, (uint64_t)a->phase);
	cbor_put_uint(w, 8);
	cbor_put_array(w, a->ports->n_teep);
	for (size_t i = 0; i < a->ports->n_teep; i++)
		cbor_put_bstr(w, BYTES_OF(a->ports->teep[i]->kid));
	cbor_put_uint(w, 9);
	cbor_put_bstr(w, BYTES_OF(a->ports->report->kid));
	return w->err;
}

void
on_passport(struct agent *a, const struct link_frame *in)
{
	const struct agent_passports *p = a->ports->passports;
	struct bytes body = BYTES_NONE;
	enum err e = p == NULL ? ERR_NOT_FOUND : p->show(a, in, &body);

	answer_result(a, e, body);
}

void
on_status(struct agent *a, const struct link_frame *in)
{
	struct cbor_out w = cbor_into(a->outbox);
	struct bytes body = BYTES_NONE;
	enum err e;

	(void)in;
	if (w.n > LINK_CALL_MAX)
		w.n = LINK_CALL_MAX;
	e = agent_status(a, &w);
	if (e == OK)
		e = cbor_done(&w, &body);
	answer_result(a, e, body);
}
