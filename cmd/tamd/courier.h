/*
 * courier: the process that speaks with another Verifier, and how the TEEP
 * front asks it.                        [docs/decisions/52-remote.md]
 *
 * Wire, over a socket pair, one question at a time on each:
 *   question  struct question
 *   answer    [error, form, Result, what has become: text]
 */
#ifndef TAMD_COURIER_H
#define TAMD_COURIER_H

#include "tamd.h"

#include <fetch.h>
#include <frame.h>
#include <pthread.h>
#include <question.h>

#define COURIER_RESULT_MAX   65536
#define COURIER_TEXT_MAX     256
#define COURIER_QUESTION_MAX (EVIDENCE_MAX + QUESTION_HEAD_MAX)
#define COURIER_ANSWER_MAX   (COURIER_RESULT_MAX + 1024)
#define COURIER_KEYS_MAX     8

enum courier_form { FORM_JWT, FORM_EAR, FORM_TEEP, COURIER_FORMS };

/* ---- courier.c: the process ------------------------------------------------
 */

/* Serve n sockets until SIGTERM.  Answers the exit status. */
int courier_run(const struct settings *s, const int *fd, size_t n);

/* ---- veraison.c: one session with a Verifier -------------------------------
 */

/* Where, and what it costs. */
struct veraison {
	struct fetch_rules rules;
	const char *uri;           /* without a slash at its end */
	const char *authorization; /* or NULL */
	enum courier_form form;
	unsigned seconds;
};
/* What a session came to; text says what has become. */
struct veraison_result {
	enum courier_form form;
	struct bytes result; /* on the heap */
	char *session;       /* to be deleted; or NULL */
	char text[COURIER_TEXT_MAX];
};
/* New session, Evidence, Result.  ERR_NET, ERR_CERTIFICATE, ERR_TOO_LONG,
 * ERR_HTTP, ERR_TEXT (no JSON, or not of this API), ERR_TYPE (of a media type
 * that was not asked for), ERR_RESULT_NONCE (the session has another
 * challenge), ERR_URI. */
MUST_CHECK enum err veraison_ask(const struct veraison *v,
    const struct question *q, struct veraison_result *out);
/* Delete the session, and release what out has. */
void veraison_end(const struct veraison *v, struct veraison_result *out);

/* ---- veraison_json.c: what it answers --------------------------------------
 */

enum veraison_state { VERAISON_WAITING, VERAISON_COMPLETE, VERAISON_FAILED };
/* A session in JSON; texts on the heap. */
struct veraison_session {
	enum veraison_state state;
	uint8_t nonce[64];
	size_t nonce_n;
	char *result; /* or NULL */
};
/* ERR_TEXT: not a session. */
MUST_CHECK enum err veraison_session_read(
    struct bytes json, struct veraison_session *out);
/* The detail or title of a problem, safe to show; or what there is. */
void veraison_problem_read(struct bytes json, char *out, size_t room);
/* The P-256 key for EARs of a discovery document, not checked yet.
 * ERR_TEXT: no JSON; ERR_COSE_KEY: there is none. */
MUST_CHECK enum err veraison_key_read(struct bytes json, struct cose_key *out);

/* ---- remote.c: the front's side --------------------------------------------
 */

/* Turned away: nobody was asked. */
enum errand_state { ERRAND_NONE, ERRAND_ASKED, ERRAND_DONE, ERRAND_AWAY };
/* What one request wants to know of the Verifier. */
struct errand {
	enum errand_state state;
	uint8_t kid[KID_LEN]; /* whose message made it necessary */
	struct errand *next;
	void (*done)(struct errand *e); /* called on another thread */
	struct bytes question;          /* on the heap */
	enum err err;
	enum courier_form form;
	struct bytes result; /* on the heap */
	struct span claims;  /* on the heap: of a JWT */
	char text[COURIER_TEXT_MAX];
};
struct remote {
	const struct settings *s;
	/* whose Results are believed */
	struct cose_key key[COURIER_KEYS_MAX];
	uint8_t kid[COURIER_KEYS_MAX][KID_LEN];
	size_t n_keys;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct errand *first, **last;
	size_t waiting;
	_Atomic bool stop; /* looked at without the lock, too */
	struct carrier {
		struct remote *r;
		struct errand *errand; /* under way; under the lock */
		pthread_t thread;
		int fd;
	} carrier[COURIERS_MAX];
	size_t n;
};
/* Read the keys, while files can be read.  ERR_NOT_FOUND: there are none;
 * the log says which is wrong. */
MUST_CHECK enum err remote_open(struct remote *r, const struct settings *s);
/* Start a thread for each socket. */
MUST_CHECK enum err remote_start(
    struct remote *r, const int *fd, size_t n, const struct crypto *c);
/* What is under way ends, and fails. */
void remote_stop(struct remote *r);

/* Hand an errand in that is ERRAND_ASKED: done will be called.  It is turned
 * away where too many wait, or one for the same key waits or is under way. */
void remote_send(struct remote *r, struct errand *e);
/* Wiped, and nothing of it is left. */
void errand_free(struct errand *e);

/* For the engine: what errand points at is the request's at hand. */
struct remote_port {
	struct remote *r;
	struct errand *errand;
	struct verifier_remote verifier;
};
void remote_port_fill(struct remote_port *p, struct remote *r);

/* ---- pin.c ------------------------------------------------------------------
 */

/* `tamd verifier`: ask the Verifier for its key, and believe that one if it
 * has this key id (NULL: print it, and believe nothing). */
int verifier_main(const struct settings *s, const char *kid);

#endif
