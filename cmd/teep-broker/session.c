/*
 * One session: an API call to the agent, then bytes to and fro until the
 * agent has nothing more for the TAM.                      [TEEP-HTTP 5]
 */
#include "broker.h"

#include <cmdline.h>
#include <stdlib.h>

/* How long the agent may think: it verifies, unpacks and installs. */
#define AGENT_SECONDS 120
/* Messages in one session; an honest one needs six. */
#define MESSAGES_MAX 64

struct session {
	const struct config *config;
	struct stream *agent;
	uint64_t id;
	char uri[LINK_URI_MAX + 1]; /* of the TAM: from the agent, or of a
				     * recovery */
	struct fetch fetch;
	unsigned messages;
	bool told; /* the agent knows that this session has failed */
};

static void
tell_error(struct session *s, enum err e)
{
	struct link_frame f = {
	    .op = LINK_ERROR, .session = s->id, .number = (uint64_t)e};

	/* The agent may be gone; the session ends either way. */
	s->told = stream_send(s->agent, &f) == OK;
	if (!s->told)
		log_event(
		    LEVEL_WARN, "agent-unreachable", LOG_N("session", s->id));
}

/* POST to the TAM and hand its answer to the agent.  *over: the TAM had
 * nothing more to say. */
static enum err
exchange(struct session *s, struct bytes body, bool has_body, bool *over)
{
	struct link_frame f = {.op = LINK_MESSAGE, .session = s->id};
	struct bytes answer;
	long status;
	enum err e;

	*over = false;
	if (s->messages == MESSAGES_MAX)
		return ERR_EXCHANGE_LIMIT;
	s->messages++;
	e = http_post(
	    s->config, bytes_of_text(s->uri), body, has_body, &answer, &status);
	log_event(e == OK ? LEVEL_INFO : LEVEL_WARN, "post",
	    LOG_N("session", s->id), LOG_S("uri", s->uri),
	    LOG_N("sent", body.n), LOG_N("status", (uint64_t)status),
	    LOG_N("received", answer.n), LOG_ERR("reason", e),
	    LOG_S("why", e == OK ? "" : trouble()));
	if (e != OK) {
		tell_error(s, e);
		return e;
	}
	if (answer.n == 0) {
		*over = true;
		return OK;
	}
	f.body = answer;
	e = stream_send(s->agent, &f);
	free((void *)(uintptr_t)answer.p);
	return e;
}

static enum err
piece(struct session *s, const struct link_frame *in)
{
	struct link_frame f = {.op = LINK_DATA, .session = s->id};
	size_t max = LINK_PIECE_MAX, got = 0;
	uint8_t *room;
	enum err e;

	if (in->number < max)
		max = (size_t)in->number;
	room = malloc(max > 0 ? max : 1);
	if (room == NULL)
		return ERR_MEMORY;
	e = fetch_piece(s->config, &s->fetch, in->uri, in->offset, room, max,
	    &got, &f.flag);
	if (in->offset == 0 || e != OK)
		log_event(e == OK ? LEVEL_INFO : LEVEL_WARN, "fetch",
		    LOG_N("session", s->id), LOG_B("uri", in->uri),
		    LOG_N("size", s->fetch.size), LOG_ERR("reason", e),
		    LOG_S("why", e == OK ? "" : trouble()));
	if (e != OK) {
		tell_error(s, e);
		/* the agent decides what that means, if it knows */
		e = s->told ? OK : e;
		s->told = false;
	} else {
		f.offset = in->offset;
		f.body = (struct bytes){room, got};
		f.has_body = true;
		e = stream_send(s->agent, &f);
	}
	free(room);
	return e;
}

/* Remember where the agent wants to go; it alone decides.  [RFC 9397 1.3] */
static enum err
set_uri(struct session *s, struct bytes uri)
{
	if (uri.n > LINK_URI_MAX)
		return ERR_TOO_LONG;
	for (size_t i = 0; i < uri.n; i++) {
		if (uri.p[i] == 0)
			return ERR_URI;
		s->uri[i] = (char)uri.p[i];
	}
	s->uri[uri.n] = 0;
	return OK;
}

static enum err
answer(struct session *s, const struct link_frame *in, bool *over)
{
	switch (in->op) {
	case LINK_CONNECT:
		TRY(set_uri(s, in->uri));
		return exchange(s, in->body, in->has_body, over);
	case LINK_REPLY:
		if (s->uri[0] == 0)
			return ERR_UNEXPECTED;
		return exchange(s, in->body, true, over);
	case LINK_FETCH:
		return piece(s, in);
	case LINK_NONE:
	case LINK_RESULT:
		*over = true;
		return OK;
	case LINK_ABORT:
		*over = true;
		return in->number != OK ? (enum err)in->number : ERR_PEER_ERROR;
	case LINK_REQUEST_TA:
	case LINK_UNREQUEST_TA:
	case LINK_POLICY_CHECK:
	case LINK_MESSAGE:
	case LINK_ERROR:
	case LINK_DATA:
	case LINK_CALL:
	case LINK_STATUS:
	case LINK_PASSPORT:
		break;
	}
	return ERR_UNEXPECTED;
}

enum err
session_run(const struct config *c, struct stream *agent,
    const struct link_frame *request, struct link_frame *result,
    unsigned *posts)
{
	static uint64_t next_id;
	struct session s = {.config = c, .agent = agent};
	struct link_frame f = *request;
	bool over = false;
	enum err e;

	*result = (struct link_frame){0};
	s.id = ++next_id;
	f.session = s.id;
	if (request->op == LINK_CONNECT) {
		/* A TAM that the agent does not name speaks first; whether it
		 * is heard is for the agent to say. */
		e = set_uri(&s, request->uri);
		if (e == OK)
			e = exchange(&s, BYTES_NONE, false, &over);
	} else {
		e = stream_send(agent, &f);
	}
	while (e == OK && !over) {
		e = stream_receive(agent, result, AGENT_SECONDS);
		if (e == OK && result->session == s.id)
			e = answer(&s, result, &over);
	}
	fetch_close(&s.fetch);
	*posts = s.messages;
	if (e != OK && agent->fd < 0)
		trouble_set("agent %s: it hung up, speaks no frames, or gave "
			    "no answer in %d s; it serves one broker at a time",
		    c->agent, AGENT_SECONDS);
	log_event(e == OK ? LEVEL_INFO : LEVEL_WARN, "session-end",
	    LOG_S("request", link_op_name(request->op)), LOG_N("session", s.id),
	    LOG_N("messages", s.messages), LOG_ERR("reason", e));
	/* An agent that still waits for us would refuse the next session: it
	 * must see this one end. */
	if (e != OK && !over && !s.told && agent->fd >= 0) {
		stream_close(agent);
		*result = (struct link_frame){0};
	}
	return e;
}

enum err
session_policy_check(const struct config *c, struct stream *agent)
{
	struct link_frame f = {.op = LINK_POLICY_CHECK, .flag = true}, r;
	char why[TROUBLE_TEXT] = "";
	enum err worst = OK;

	/* One TAM a session; the agent remembers whom it named already.
	 * More than any policy can hold is a broken agent. */
	for (unsigned i = 0; i < 32; i++) {
		unsigned posts;
		enum err e = session_run(c, agent, &f, &r, &posts);

		if (e == OK && r.op == LINK_RESULT)
			e = (enum err)r.number; /* it will not, now */
		if (agent->fd < 0 || e == ERR_MEMORY || r.op == LINK_RESULT)
			return e; /* no other TAM would fare better */
		if (e == OK && posts == 0) {
			trouble_set("%s", why);
			return worst;
		}
		if (e != OK) { /* that TAM; the next may be well */
			worst = e;
			(void)snprintf(why, sizeof(why), "%s", trouble());
		}
		f.flag = false;
	}
	return ERR_LIMIT;
}
