/*
 * http: requests and replies of the TEEP front.             [teep.md 15]
 *
 * A request is read, judged on the server's thread, and suspended while its
 * effects are committed; the reply leaves only after that.
 */
#include "front.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Memory of one connection for its head; an idle one costs no more. */
#define CONNECTION_MEMORY 12288
/* What is read and thrown away of a body that is too large, so that its
 * sender gets to hear why. */
#define SWALLOW_MAX (4u << 20)
/* What every connection may have of a body; devices seldom have more to say.
 * Of what is longer all have this much together, so that nobody's long body
 * keeps out another's short one. */
#define BODY_SHORT 16384
#define BODIES_MAX (64u << 20)

#define RETRY_AFTER "5"
/* Octets of a body. */
#define BODY_MAX (1u << 20)

/* ---- replies ---------------------------------------------------------------
 */

static const struct named_header {
	const char *name, *value;
} content_headers[] = {
    {"Content-Type", TEEP_MEDIA_TYPE},
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'"},
    {"Referrer-Policy", "no-referrer"},
};

/* What a status carries besides. */
static const struct {
	unsigned status;
	struct named_header header;
	bool close; /* what follows on this connection is not trusted */
} statuses[] = {
    {MHD_HTTP_BAD_REQUEST, {NULL, NULL}, true},
    {MHD_HTTP_METHOD_NOT_ALLOWED, {"Allow", "POST"}, false},
    {MHD_HTTP_CONTENT_TOO_LARGE, {NULL, NULL}, true},
    {MHD_HTTP_SERVICE_UNAVAILABLE, {"Retry-After", RETRY_AFTER}, false},
};

static bool
header_add(struct MHD_Response *m, const struct named_header *h)
{
	return h->name == NULL ||
	       MHD_add_response_header(m, h->name, h->value) == MHD_YES;
}

static bool
headers_add(struct MHD_Response *m, unsigned status, bool content)
{
	bool ok = true;

	for (size_t i = 0; content && i < ARRAY_LEN(content_headers); i++)
		ok = ok && header_add(m, &content_headers[i]);
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		if (statuses[i].status != status)
			continue;
		ok = ok && header_add(m, &statuses[i].header);
		if (statuses[i].close)
			ok = ok && MHD_add_response_header(
				       m, "Connection", "close") == MHD_YES;
	}
	return ok;
}

/* Answer with a status, and r->message as content if it is 200. */
static enum MHD_Result
answer(struct request *r, unsigned status)
{
	struct bytes b = status == MHD_HTTP_OK ? r->message : BYTES_NONE;
	/* persistent: the chunk lives until the request is completed */
	struct MHD_Response *m = MHD_create_response_from_buffer(b.n,
	    b.n > 0 ? (void *)(uintptr_t)b.p : (void *)(uintptr_t) "",
	    MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ok = MHD_NO;

	r->stage = STAGE_ANSWERED;
	if (m == NULL)
		return MHD_NO;
	if (headers_add(m, status, b.n > 0)) {
		reaper_phase(r->slot, PHASE_REPLY);
		ok = MHD_queue_response(r->conn, status, m);
	}
	MHD_destroy_response(m);
	return ok;
}

/* What counts of a body's room. */
static size_t
counted(size_t room)
{
	return room > BODY_SHORT ? room - BODY_SHORT : 0;
}

static void
body_free(struct request *r)
{
	atomic_fetch_sub(&r->f->buffered, counted(r->room));
	wipe(r->body, r->n);
	free(r->body);
	r->body = NULL;
	r->n = r->room = 0;
}

/* ---- judgement -------------------------------------------------------------
 */

/* The writer has spoken, on its own thread: back to the server's. */
static void
committed(struct store_job *job)
{
	struct request *r = (struct request *)(void *)job;

	MHD_resume_connection(r->conn);
}

/* What leaves after the effects are safe, or not.           [security 2] */
static enum MHD_Result
conclude(struct request *r, enum err fate)
{
	unsigned status = MHD_HTTP_OK;

	if (fate != OK)
		r->message = BYTES_NONE;
	if (err_class(fate) > CLASS_REFUSED || fate == ERR_RATE)
		status = MHD_HTTP_SERVICE_UNAVAILABLE;
	else if (r->message.n == 0)
		status = MHD_HTTP_NO_CONTENT;
	message_log(r, status, fate);
	/* whoever reads slowly holds no more than what he is to get */
	body_free(r);
	if (r->chunk != NULL)
		chunk_keep(r->chunk, r->message);
	return answer(r, status);
}

/* The other Verifier has spoken, or has not. */
static void
appraised(struct errand *e)
{
	struct request *r =
	    (struct request *)(void *)((char *)e -
				       offsetof(struct request, errand));

	MHD_resume_connection(r->conn);
}

/* What was made of it so far will be made again, with the Result. */
static enum MHD_Result
wait_verifier(struct request *r)
{
	memcpy(r->errand.kid, r->reply->kid, KID_LEN);
	chunk_give(&r->f->pool, r->chunk);
	r->chunk = NULL;
	r->reply = NULL;
	r->stage = STAGE_VERIFIER;
	r->errand.done = appraised;
	MHD_suspend_connection(r->conn);
	remote_send(&r->f->remote, &r->errand);
	return MHD_YES;
}

static enum MHD_Result
judge(struct request *r)
{
	struct worker *w = front_worker(r->f);
	enum err e = ERR_BUG;

	reaper_phase(r->slot, PHASE_JUDGE);
	if (w == NULL)
		return conclude(r, ERR_BUG);
	if (r->n == 0) {
		e = judge_connect(w, r);
		if (e == OK)
			return answer(r, MHD_HTTP_OK);
		log_event(LEVEL_ERROR, "connect", LOG_ERR("reason", e));
		return answer(r, MHD_HTTP_SERVICE_UNAVAILABLE);
	}
	e = judge_message(w, r);
	if (r->errand.state == ERRAND_ASKED)
		return wait_verifier(r);
	if (e != OK || r->reply->n_effects == 0)
		return conclude(r, e);
	r->stage = STAGE_COMMIT;
	r->job = (struct store_job){.reply = r->reply, .done = committed};
	MHD_suspend_connection(r->conn);
	store_commit(r->f->store, &r->job);
	return MHD_YES;
}

/* ---- bodies ----------------------------------------------------------------
 */

static bool
body_grow(struct request *r, size_t want)
{
	size_t room = r->room == 0 ? 1024 : r->room, add;
	uint8_t *more = NULL;

	/* a stated length is believed only as far as octets come */
	while (room < want)
		room *= 2;
	if (room > BODY_MAX)
		room = BODY_MAX;
	add = counted(room) - counted(r->room);
	if (atomic_fetch_add(&r->f->buffered, add) + add <= BODIES_MAX ||
	    add == 0)
		more = realloc(r->body, room);
	if (more == NULL) {
		atomic_fetch_sub(&r->f->buffered, add);
		return false;
	}
	r->body = more;
	r->room = room;
	return true;
}

/* One piece of the body; false ends the connection. */
static bool
body_take(struct request *r, const char *piece, size_t n)
{
	if (r->too_large || n > BODY_MAX - r->n)
		r->too_large = true;
	else if (!r->no_room && n > r->room - r->n && !body_grow(r, r->n + n))
		r->no_room = true;
	if (r->too_large || r->no_room) {
		r->swallowed += n;
		return r->swallowed <= SWALLOW_MAX;
	}
	memcpy(r->body + r->n, piece, n);
	r->n += n;
	return true;
}

static enum MHD_Result
body_end(struct request *r)
{
	if (r->too_large)
		return answer(r, MHD_HTTP_CONTENT_TOO_LARGE);
	if (r->no_room)
		return answer(r, MHD_HTTP_SERVICE_UNAVAILABLE);
	if (r->n > 0 && !r->head.type_ok)
		return answer(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE);
	return judge(r);
}

/* ---- requests ---------------------------------------------------------------
 */

static struct request *
request_open(struct front *f, struct MHD_Connection *conn)
{
	struct request *r = calloc(1, sizeof(*r));
	struct timespec t;

	if (r == NULL)
		return NULL;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	r->began = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
	r->f = f;
	r->conn = conn;
	r->slot = reaper_slot(conn);
	atomic_fetch_add(&f->requests, 1);
	return r;
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **ctx,
    enum MHD_RequestTerminationCode code)
{
	struct front *f = cls;
	struct request *r = *ctx;

	(void)conn;
	(void)code;
	if (r == NULL)
		return;
	*ctx = NULL;
	reaper_phase(r->slot, PHASE_HEADER);
	chunk_give(&f->pool, r->chunk);
	errand_free(&r->errand);
	body_free(r);
	free(r);
	atomic_fetch_sub(&f->requests, 1);
}

/* Whose path it is; of nobody's, the rules say so to the first. */
static size_t
endpoint_of(const struct front *f, const char *path)
{
	for (size_t i = 0; i < f->n_routes; i++)
		if (strcmp(path, f->route[i].path) == 0)
			return i;
	return 0;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *path,
    const char *method, const char *version, const char *piece, size_t *n,
    void **ctx)
{
	struct front *f = cls;
	struct request *r = *ctx;
	unsigned status;

	if (r == NULL) {
		r = *ctx = request_open(f, conn);
		if (r == NULL)
			return MHD_NO;
		reaper_phase(r->slot, PHASE_BODY);
		r->endpoint = endpoint_of(f, path);
		status = rules_check(&f->route[r->endpoint], conn, path, method,
		    version, &r->head);
		return status == 0 ? MHD_YES : answer(r, status);
	}
	if (*n > 0) {
		bool ok = body_take(r, piece, *n);

		*n = 0;
		return ok ? MHD_YES : MHD_NO;
	}
	switch (r->stage) {
	case STAGE_BODY:
		return body_end(r);
	case STAGE_VERIFIER:
		/* nothing has happened: it comes again */
		return r->errand.state == ERRAND_AWAY ? conclude(r, ERR_RATE)
						      : judge(r);
	case STAGE_COMMIT:
		return conclude(r, r->job.result);
	case STAGE_ANSWERED:
		break;
	}
	return MHD_NO;
}

/* One source leaves at least half of them to others. */
static unsigned
source_limit(const struct settings *s)
{
	return s->source_connections != 0 ? s->source_connections
					  : (s->connections + 1) / 2;
}

bool
http_start(struct front *f, int listen_fd)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
			 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
	/* the pool's size is ignored where it is 1 */
	unsigned pool = f->n_workers > 1 ? (unsigned)f->n_workers : 0;
	struct MHD_OptionItem more[] = {
	    {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)pool, NULL},
	    {MHD_OPTION_END, 0, NULL},
	};

	for (size_t i = 0; i <= f->s->n_dialects; i++)
		f->route[f->n_routes++] = (struct route){
		    .path = i == 0 ? f->s->path : f->s->dialect[i - 1].path,
		    .method = MHD_HTTP_METHOD_POST,
		    .media_type = TEEP_MEDIA_TYPE,
		    .size_max = BODY_MAX,
		};
	if (!reaper_start(&f->reaper))
		return false;
	f->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, f,
	    MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_NOTIFY_COMPLETED,
	    on_completed, f, MHD_OPTION_NOTIFY_CONNECTION, reaper_notify,
	    &f->reaper, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
	    f->s->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    source_limit(f->s), MHD_OPTION_CONNECTION_TIMEOUT, 0u,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
	    pool > 0 ? more : more + 1, MHD_OPTION_END);
	return f->daemon != NULL;
}

void
http_stop(struct front *f, unsigned ms)
{
	const struct timespec nap = {0, 10000000};

	if (f->daemon != NULL) {
		/* the supervisor still holds the socket: who connects now
		 * waits for what comes after this process */
		(void)MHD_quiesce_daemon(f->daemon);
		for (unsigned i = 0; i < ms / 10 && f->requests > 0; i++)
			(void)nanosleep(&nap, NULL);
	}
}

struct worker *
front_worker(struct front *f)
{
	static _Thread_local struct worker *mine;
	size_t i;

	if (mine == NULL) {
		i = atomic_fetch_add(&f->taken, 1);
		if (i < f->n_workers)
			mine = &f->worker[i];
	}
	return mine;
}
