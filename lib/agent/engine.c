/*
 * engine: which frame may come when; everything else meets one refusing row.
 */
#include "agent_int.h"
#include <string.h>

#define ANY_PHASE (PHASE_IDLE | PHASE_WAITING | PHASE_FETCHING)

struct row {
	enum link_op op;
	unsigned phases;
	bool any_session; /* also of a session that is not being served */
	void (*run)(struct agent *a, const struct link_frame *in);
};

// clang-format off
static const struct row rows[] = {
	{LINK_REQUEST_TA,   PHASE_IDLE | PHASE_WAITING, false, on_request},
	{LINK_UNREQUEST_TA, PHASE_IDLE | PHASE_WAITING, false, on_unrequest},
	{LINK_POLICY_CHECK, PHASE_IDLE | PHASE_WAITING, false, on_policy_check},
	{LINK_MESSAGE,      PHASE_IDLE | PHASE_WAITING, false, on_message},
	{LINK_ERROR,        ANY_PHASE,                  false, on_error},
	{LINK_DATA,         PHASE_FETCHING,             false, on_data},
	/* A call needs the memory that an open fetch holds. */
	{LINK_CALL,         PHASE_IDLE | PHASE_WAITING, true,  on_call},
	{LINK_STATUS,       ANY_PHASE,                  true,  on_status},
	{LINK_PASSPORT,     PHASE_IDLE | PHASE_WAITING, true,  on_passport},
};
// clang-format on

/* The row of every (phase, frame) that has none. */
static void
refuse(struct agent *a)
{
	answer_result(a,
	    a->phase == PHASE_FETCHING ? ERR_BUSY : ERR_NO_EXCHANGE,
	    BYTES_NONE);
}

/* Whoever opens another session has given up the one that waits: over HTTP
 * nobody tells the agent that a TAM is done.            [TEEP-HTTP 15.2] */
static bool
take_session(struct agent *a, uint64_t session)
{
	if (a->phase != PHASE_IDLE && a->session != session) {
		if (a->phase == PHASE_FETCHING)
			return false;
		agent_close(a);
	}
	a->session = session;
	return true;
}

void
agent_give(struct agent *a, const struct link_frame *in)
{
	memset(&a->reply, 0, sizeof(a->reply));
	a->reply.session = in->session;
	a->has_reply = false;
	/* Only an open Update keeps scratch memory between frames. */
	if (!a->up.open)
		a->pool.at = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		if (r->op != in->op || ((unsigned)a->phase & r->phases) == 0)
			continue;
		if (!r->any_session && !take_session(a, in->session))
			break;
		r->run(a, in);
		return;
	}
	refuse(a);
}

bool
agent_next(struct agent *a, struct link_frame *out)
{
	if (!a->has_reply)
		return false;
	a->has_reply = false;
	*out = a->reply;
	return true;
}

bool
agent_holds_message(const struct agent *a)
{
	return a->up.open;
}

void
on_error(struct agent *a, const struct link_frame *in)
{
	struct why why;

	(void)why_set(&why, ERR_NET, "broker");
	why.kind = WHY_UINT;
	why.found_n = in->number;
	agent_log(a, "transport-failed", &why, BYTES_NONE);
	/* What was asked for in vain may be asked for again. */
	a->tried = 0;
	if (a->phase == PHASE_FETCHING) {
		update_fetch_failed(a);
		return;
	}
	agent_close(a);
	answer_none(a);
}

void
on_data(struct agent *a, const struct link_frame *in)
{
	update_data(a, in);
}

/* A message nobody we know has signed.  One answer in an exchange, and
 * nothing in it.                                           [security 16] */
static void
answer_stranger(struct agent *a, const struct why *why)
{
	agent_log(a, "message-refused", why, why->subject);
	if (a->ex.strange) {
		answer_abort(a, ERR_RATE);
		return;
	}
	a->ex.strange = true;
	answer_error(a, why->err, NULL, TEEP_ERR_PERMANENT,
	    (struct list){BYTES_NONE, 0});
}

/* Read a message in the dialect that its key is pinned to.  What is of
 * another is refused by the name of the axis, and never read by it. */
static enum err
read_pinned(struct agent *a, const struct verified *v, bool multi,
    struct teep_message *m, struct why *why)
{
	const struct dialect *d = agent_dialect(a);
	const char *other = NULL;
	enum err e = teep_read(v, d, m, why);

	if (dialect_alg_read(d, v->alg) == 0)
		other = "algorithms";
	else if (multi && d->first == DIALECT_SIGN1)
		other = "first";
	else
		other = dialect_other(d, a->ports->dialects, v->payload, e);
	return other == NULL ? e : why_set(why, ERR_DIALECT, other);
}

static void
dispatch(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, bool multi)
{
	struct list none = {BYTES_NONE, 0};
	struct teep_message m;
	struct why why = {0};
	enum err e;

	a->peer = tam;
	e = read_pinned(a, v, multi, &m, &why);
	if (e == OK && m.type == TEEP_QUERY_REQUEST) {
		query_answer(a, v, tam, &m);
		return;
	}
	/* Several signatures are for those who do not know the peer yet.
	 *                                                   [TEEP 8; 5.1] */
	if (e == OK && multi)
		e = why_set(&why, ERR_COSE_TYPE, "COSE_Sign");
	if (e == OK && m.type == TEEP_UPDATE) {
		update_begin(a, v, tam, &m);
		return;
	}
	if (e == OK)
		e = why_set(&why, ERR_TEEP_TYPE, "type");
	agent_log(a, "message-refused", &why, tam->name);
	answer_error(a, e, &m, teep_err_code(e), none);
}

void
on_message(struct agent *a, const struct link_frame *in)
{
	const struct policy *p = agent_policy(a);
	/* Which ids are right, the key that verifies decides. */
	unsigned accept = ACCEPT_SIGN1 | ACCEPT_SIGN | ACCEPT_POLYMORPHIC;
	struct keyring ring = ring_tams(p);
	const struct policy_tam *tam = NULL;
	struct cose_signed shape;
	struct why why = {0};
	struct verified v;
	enum err e;

	a->peer = NULL;
	a->heard = in->body;
	/* The TAM has nothing more to say. */
	if (in->body.n == 0) {
		agent_close(a);
		answer_none(a);
		return;
	}
	e = cose_signed_read(in->body, accept, &shape, &why);
	if (e == OK)
		e = cose_verify(
		    a->ports->crypto, &ring, accept, in->body, &v, &why);
	if (e == OK)
		tam = policy_tam_of(p, v.kid);
	if (e == OK && tam == NULL)
		e = why_set(&why, ERR_UNKNOWN_KEY, "tam");
	if (err_class(e) == CLASS_PORT) {
		/* Whose it is could not be found out: no word to anybody that
		 * there is something wrong with it. */
		why.err = e;
		agent_log(a, "message-not-checked", &why, BYTES_NONE);
		answer_abort(a, e);
		return;
	}
	if (e != OK) {
		why.err = e;
		answer_stranger(a, &why);
		return;
	}
	dispatch(a, &v, tam, shape.multi);
}
