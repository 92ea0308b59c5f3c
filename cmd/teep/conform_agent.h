/*
 * conform_agent: a TAM in steps, for cases towards an agent.
 */
#ifndef TEEP_CONFORM_AGENT_H
#define TEEP_CONFORM_AGENT_H

#include "conform.h"
#include "serve.h"

/* How messages reach the agent: frames on a socket, or its broker's POSTs. */
struct agent_line {
	bool http;
	int fd, pid; /* frames; pid 0: nobody of ours */
	uint64_t session;
	uint8_t *frame; /* the last one */
	struct serve serve;
	const char *trigger;
	int trigger_pid; /* 0: not running */
	char path[1024];
	long timeout_ms;
	const char *clock; /* file: the last iat that was used */
	uint64_t iat;
	unsigned of_second;
	uint64_t sequence; /* of the last manifest */
};

void agent_line_open(struct agent_line *l, const char *target,
    const char *trigger, long timeout_ms);
void agent_line_close(struct agent_line *l);
/* The agent comes and wants to be asked. */
MUST_CHECK enum err agent_line_begin(struct agent_line *l);
/* One message and its answer, which is b's; empty: none. */
MUST_CHECK enum err agent_line_say(struct agent_line *l, struct build *b,
    struct bytes message, struct bytes *answer);
/* The TAM has nothing more to say. */
void agent_line_end(struct agent_line *l);

struct agent_play {
	struct agent_line *line;
	bool open;
	struct bytes challenge, claims_raw, evidence; /* as they came */
	struct eat_claims claims;
	struct bytes report_raw;
	uint64_t iat;
	uint32_t ask_has; /* of the QueryRequest */
	uint64_t ask_items;
	uint8_t digest[DIGEST_LEN]; /* of the manifest that was sent last */
	uint8_t image[DIGEST_LEN];
	struct bytes token; /* of the Update */
};

/* ---- steps; false: the case has ended ----------------------------------- */

/* A new session; the last one is over. */
bool agent_begin(struct play *p);
bool agent_say(struct play *p, struct bytes message);
/* The QueryRequest of a TAM that wants Evidence, with changes that are on. */
struct bytes agent_query(struct play *p);
/* begin, query, and the QueryResponse is opened; p->agent->claims. */
bool agent_attested(struct play *p);
/* Take the last reply as a QueryResponse with Evidence. */
bool agent_answered(struct play *p);
/* An Update with these envelopes and identifiers, with changes that are on. */
struct bytes agent_update(struct play *p, const struct bytes *envelope,
    size_t n, const char *unneeded);
/* A manifest of the author for conform/app, the next sequence number. */
struct bytes agent_app(struct play *p);
struct suit_recipe agent_recipe(struct play *p, const char *id);
struct bytes agent_envelope(
    struct play *p, const struct suit_recipe *r, const struct pair *by);
/* Does new Evidence list the manifest?  Opens a session for it. */
bool agent_lists(struct play *p, const uint8_t digest[DIGEST_LEN], bool *does);
/* An honest Update with one envelope; the answer is not judged. */
bool agent_sent(struct play *p, struct bytes envelope);
/* The same, and it was installed. */
bool agent_installed(struct play *p);
/* The judged message must leave the manifest out. */
void agent_not_installed(struct play *p);

/* ---- whole cases -------------------------------------------------------- */

/* The change is in the QueryRequest; in the Update; in the manifest.  The
 * reply is judged; where an Update is refused nothing may be installed. */
void on_query(struct play *p);
void on_update(struct play *p);

extern const struct case_table agent_query_cases, agent_answer_cases,
    agent_update_cases, agent_manifest_cases;

#endif
