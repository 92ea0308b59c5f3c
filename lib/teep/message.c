/*
 * message: read and write a TEEP message by its table.            [TEEP 4]
 */
#include "teep_int.h"
#include <string.h>

enum err
teep_fault(struct why *why, enum err e, const char *what, size_t at)
{
	(void)why_set(why, e, what);
	why->at = at;
	return e;
}

/* A positional list: at least one item in it, each checked as it is read. */
static struct list
read_items(struct cbor_in *r, const struct dialect *d,
    void (*item)(struct cbor_in *r, const struct dialect *d))
{
	struct list l;
	size_t start;

	l.n = cbor_array_any(r, 1, TEEP_LIST_MAX);
	start = r->at;
	for (size_t i = 0; i < l.n && r->err == OK; i++)
		item(r, d);
	if (r->err != OK)
		return (struct list){BYTES_NONE, 0};
	l.raw = (struct bytes){r->in.p + start, r->at - start};
	return l;
}

static enum err
read_message(struct cbor_in *r, const struct dialect *d, struct teep_message *m,
    struct why *why)
{
	const struct teep_numbering *numbers = teep_numbering_of(d);
	const struct teep_schema *s;
	size_t n, at;
	uint64_t type;

	if (numbers == NULL)
		return teep_fault(why, ERR_BUG, "dialect", 0);
	n = cbor_array_any(r, 1, LEN_ANY);
	at = r->at;
	type = cbor_uint(r, 0, UINT64_MAX);
	if (r->err != OK)
		return teep_fault(why, r->err, "type", r->err_at);
	s = teep_schema_find(numbers, type);
	if (s == NULL)
		return teep_fault(why, ERR_TEEP_TYPE, "type", at);
	m->type = (enum teep_type)(s - numbers->schema + 1);
	if (n != s->members)
		return teep_fault(why, ERR_RANGE, teep_type_name(m->type), 0);
	at = r->at;
	cbor_map_read(r, &s->options, m);
	if (r->err != OK)
		return teep_fault(why, r->err,
		    teep_option_at(d, r->in, at, r->err_at), r->err_at);
	m->has = teep_has_from_rows(numbers, &s->options, m->has);
	switch (m->type) {
	case TEEP_QUERY_REQUEST:
		m->suites = read_items(r, d, teep_item_suite);
		m->profiles = read_items(r, d, teep_item_profile);
		m->items = cbor_uint(r, 0, UINT64_MAX);
		break;
	case TEEP_ERROR:
		m->err_code = cbor_uint(r, 1, UINT32_MAX);
		break;
	case TEEP_QUERY_RESPONSE:
	case TEEP_UPDATE:
	case TEEP_SUCCESS:
		break;
	}
	m->err_code = teep_code_turn(numbers, m->err_code);
	if (cbor_close(r) != OK)
		return teep_fault(
		    why, r->err, teep_type_name(m->type), r->err_at);
	return OK;
}

/* The option that breaks a rule between fields, or NULL.     [TEEP 4.2] */
static const char *
broken_rule(const struct teep_message *m, unsigned rules)
{
	bool attest = (m->items & TEEP_ITEM_ATTESTATION) != 0;
	bool token = (m->has & TEEP_HAS_TOKEN) != 0;

	if ((m->has & (TEEP_HAS_FORMAT | TEEP_HAS_ATTESTATION)) ==
	    TEEP_HAS_FORMAT)
		return "attestation-payload-format";
	if (m->type != TEEP_QUERY_REQUEST)
		return NULL;
	/* Without Evidence in the answer only the token makes it fresh. */
	if (!attest && !token)
		return "token";
	if (attest && token && (rules & TEEP_STRICT_TOKEN) != 0)
		return "token";
	if (!attest && (m->has & TEEP_HAS_CHALLENGE) != 0)
		return "challenge";
	if (!attest && (m->has & TEEP_HAS_FRESHNESS) != 0)
		return "supported-freshness-mechanisms";
	return NULL;
}

static enum err
rules_check(
    const struct teep_message *m, const struct dialect *d, struct why *why)
{
	const char *what =
	    broken_rule(m, d == NULL ? TEEP_RULES_DEFAULT : d->rules);

	return what == NULL ? OK : teep_fault(why, ERR_TEEP_RULE, what, 0);
}

enum err
teep_parse(struct bytes in, const struct dialect *d, struct teep_message *out,
    struct why *why)
{
	struct cbor_in r = cbor_open(in);
	struct why unwanted;
	enum err e;

	if (why == NULL)
		why = &unwanted;
	memset(out, 0, sizeof(*out));
	e = read_message(&r, d, out, why);
	if (e == OK)
		e = teep_items_check(out, d, in, why);
	if (e == OK)
		e = rules_check(out, d, why);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}

enum err
teep_read(const struct verified *v, const struct dialect *d,
    struct teep_message *out, struct why *why)
{
	return teep_parse(v->payload, d, out, why);
}

static void
write_arrays(struct cbor_out *w, struct list l)
{
	cbor_put_array(w, l.n);
	cbor_put_raw(w, l.raw);
}

/* Are the members that stand outside the options in their bounds? */
static bool
members_fit(const struct teep_message *m)
{
	if (m->type == TEEP_QUERY_REQUEST)
		return m->suites.n >= 1 && m->suites.n <= TEEP_LIST_MAX &&
		       m->profiles.n >= 1 && m->profiles.n <= TEEP_LIST_MAX;
	if (m->type == TEEP_ERROR)
		return m->err_code >= 1 && m->err_code <= UINT32_MAX;
	return true;
}

static enum err
write_check(const struct teep_message *m, const struct dialect *d,
    const struct teep_numbering *n)
{
	const struct cbor_table *t;
	uint32_t rows;
	struct why why;

	if (n == NULL || m->type < 1 || m->type > TEEP_TYPES)
		return ERR_BUG;
	t = &n->schema[m->type - 1].options;
	rows = teep_has_to_rows(n, t, m->has);
	if (teep_has_from_rows(n, t, rows) != m->has)
		return ERR_BUG;
	if (!members_fit(m) || teep_items_check(m, d, BYTES_NONE, &why) != OK)
		return ERR_RANGE;
	return OK;
}

enum err
teep_write(
    struct cbor_out *w, const struct dialect *d, const struct teep_message *m)
{
	const struct teep_numbering *n = teep_numbering_of(d);
	struct teep_message options = *m;
	const struct teep_schema *s;
	enum err e = write_check(m, d, n);

	if (e != OK) {
		/* Whoever closes the writer must not find half a message. */
		if (w->err == OK)
			w->err = e;
		return e;
	}
	s = &n->schema[m->type - 1];
	options.has = teep_has_to_rows(n, &s->options, m->has);
	options.err_code = teep_code_turn(n, m->err_code);
	cbor_put_array(w, s->members);
	cbor_put_uint(w, s->type);
	cbor_map_write(w, &s->options, &options);
	if (m->type == TEEP_QUERY_REQUEST) {
		write_arrays(w, m->suites);
		write_arrays(w, m->profiles);
		cbor_put_uint(w, m->items);
	}
	if (m->type == TEEP_ERROR)
		cbor_put_uint(w, options.err_code);
	return w->err;
}
