/*
 * front: the TEEP front's parts: workers, requests, and what goes on between
 * an HTTP body and its reply.
 */
#ifndef TAMD_FRONT_H
#define TAMD_FRONT_H

#include "chunk.h"
#include "courier.h"
#include "keeper.h"
#include <lines.h>
#include <reaper.h>
#include <rules.h>

#include <store.h>

/* Endpoints: the default's, then one for each dialect of the settings. */
#define ENDPOINTS_MAX (1 + DIALECTS_MAX)

/* What one thread of the HTTP server has for itself. */
struct worker {
	struct keeper_client keeper;
	struct store_reader *reader;
	struct verifier verifier;
	struct tam_results results; /* of other Verifiers */
	struct remote_port remote;  /* if there is another Verifier */
	struct tam_attester attester;
	struct tam tam[ENDPOINTS_MAX];
};

/* The QueryRequest that a flood shares.                    [security 2] */
struct flood {
	pthread_mutex_t lock;
	uint64_t second; /* being counted */
	uint64_t count;  /* sessions begun in it */
	uint64_t made;   /* when `message` was, in seconds */
	uint8_t message[2048];
	size_t n;
};

struct front {
	const struct settings *s;
	struct store *store;
	struct chunk_pool pool;
	struct reaper reaper;
	struct flood flood[ENDPOINTS_MAX];
	struct route route[ENDPOINTS_MAX];
	size_t n_routes;
	struct self self;
	struct remote remote;
	struct MHD_Daemon *daemon;
	struct worker worker[64];
	size_t n_workers;
	_Atomic size_t taken;      /* workers that have a thread */
	_Atomic uint64_t requests; /* under way */
	_Atomic uint64_t buffered; /* octets of long bodies */
	/* log lines on senders nobody knows, and on messages of others that
	 * came to nothing */
	struct lines strangers, nothings;
};

enum stage { STAGE_BODY, STAGE_VERIFIER, STAGE_COMMIT, STAGE_ANSWERED };

struct request {
	struct store_job job; /* first: found again from it */
	struct errand errand; /* to another Verifier */
	struct front *f;
	struct MHD_Connection *conn;
	struct slot *slot;
	enum stage stage;
	size_t endpoint; /* whose path it was sent to */
	struct head head;
	uint64_t began; /* us */

	uint8_t *body;
	size_t n, room;
	bool too_large, no_room;
	uint64_t swallowed;

	struct chunk *chunk;     /* of the judgement; NULL before it */
	struct tam_reply *reply; /* in chunk */
	struct bytes message;    /* to answer with */
	char device[64];         /* its name, if it is known */
};

/* The calling thread's worker; NULL if there are more threads than workers. */
struct worker *front_worker(struct front *f);

/* ---- http.c ----------------------------------------------------------------
 */

bool http_start(struct front *f, int listen_fd);
/* Let what is under way end, at most ms; then close everything. */
void http_stop(struct front *f, unsigned ms);

/* ---- judge.c ---------------------------------------------------------------
 */

/* A new session's QueryRequest into r->message. */
MUST_CHECK enum err judge_connect(struct worker *w, struct request *r);
/* The engine's word on r's body: fills r->reply and r->message.  Where
 * r->errand is asked, another Verifier has to speak first, and then it is
 * judged again.  Anything but OK: no judgement was possible. */
MUST_CHECK enum err judge_message(struct worker *w, struct request *r);

/* ---- msglog.c --------------------------------------------------------------
 */

/* One line on a message; fate: what became of the reply. */
void message_log(struct request *r, unsigned status, enum err fate);

#endif
