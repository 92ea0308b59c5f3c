/*
 * front: the network, sessions and the API.
 */
#ifndef VERIFIERD_FRONT_H
#define VERIFIERD_FRONT_H

#include "verifierd.h"

#include <jansson.h>
#include <question.h>
#include <reaper.h>
#include <rules.h>

#define SESSION_ID   44 /* base64url of 32 octets, with NUL */
#define OWNER_MAX    1024
#define NONCE_MAX    64
#define NONCE_MIN    8
#define NONCE_USUAL  32
#define AUDIENCE_MAX QUESTION_AUDIENCES_MAX
/* What all sessions together keep of Evidence. */
#define EVIDENCE_ALL_MAX (64u << 20)

enum session_state { SESSION_FREE, SESSION_WAITING, SESSION_COMPLETE };

/* One challenge, and what became of it. */
struct session {
	enum session_state state;
	char id[SESSION_ID];
	char owner[OWNER_MAX]; /* who made it, and may use it */
	char source[48];       /* whose share of sessions it counts in */
	uint8_t nonce[NONCE_MAX];
	size_t nonce_n;
	uint64_t expires;
	char audience[AUDIENCE_MAX][KID_TEXT];
	size_t n_audience;
	uint8_t kid[KID_LEN]; /* of the TEEP key, if whoever asks knows it */
	bool has_kid;
	/* once complete */
	char media[256];
	struct bytes evidence;
	enum err verdict;
	char *jwt, *refusal;    /* refusal: JSON, "" if none */
	struct bytes teep, ear; /* signed; teep is empty if refused */
};

struct counts {
	uint64_t sessions, expired, full, requests, corims, corims_refused;
	uint64_t verdict[128]; /* by reason, see verdict_err */
	enum err verdict_err[128];
	size_t n_verdicts;
};

struct front {
	const struct settings *s;
	struct front_fds fd;
	struct verifier verifier; /* for its media types only */
	struct signer signer;     /* the keeper */
	struct cose_key pub;
	struct reaper reaper;
	struct MHD_Daemon *daemon;
	struct session *session;
	size_t evidence; /* octets kept */
	struct counts n;
	struct span keeper_room, worker_room;
};

/* ---- ask.c: the other processes ------------------------------------------ */

/* Ask the keeper for its key, and be its signer. */
MUST_CHECK enum err ask_keeper(struct front *f);
/* Have Evidence appraised, and the Results signed: fills x. */
MUST_CHECK enum err ask_appraiser(
    struct front *f, struct session *x, struct bytes evidence);
/* Hand a CoRIM in.  *json: what became of it, until the next question. */
MUST_CHECK enum err ask_writer(
    struct front *f, struct bytes corim, enum err *fate, struct bytes *json);

/* ---- session.c ----------------------------------------------------------- */

/* ERR_BUSY: there are too many, or too many of this source. */
MUST_CHECK enum err session_new(struct front *f, const char *owner,
    const char *source, struct session **out);
/* Of this owner, not over; NULL: there is no such. */
struct session *session_find(
    struct front *f, const char *id, const char *owner);
void session_end(struct front *f, struct session *x);
/* End what is over. */
void session_sweep(struct front *f);
json_t *session_json(const struct front *f, const struct session *x);

/* ---- api.c --------------------------------------------------------------- */

/* One request, read whole, and its answer. */
struct call {
	struct front *f;
	struct MHD_Connection *conn;
	const char *arg; /* what stood for the route's ':' */
	const char *type, *accept;
	char owner[OWNER_MAX], source[48];
	struct bytes body;
	/* the answer */
	unsigned status;
	const char *media;
	char location[96];
	char *text;         /* malloc'ed; or */
	struct bytes bytes; /* stays until the answer has left */
};
struct api_route {
	const char *method, *path; /* ':' at the end: one segment more */
	size_t body_max;           /* 0: none */
	void (*handle)(struct call *c);
};
extern const struct api_route api_routes[];
extern const size_t api_n_routes;
/* An answer that says what is wrong.                       [RFC 9457] */
void api_problem(
    struct call *c, unsigned status, const char *title, const char *detail);

/* ---- http.c -------------------------------------------------------------- */

bool http_start(struct front *f);
void http_stop(struct front *f);

/* ---- openapi.c ----------------------------------------------------------- */

extern const char openapi_begin[], openapi_end[];

/* Base64 with padding, malloc'ed.                          [RFC 4648 4] */
char *base64_text(struct bytes b);

#endif
