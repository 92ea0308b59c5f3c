/*
 * serve: libmicrohttpd hands each request to its own thread, which waits for
 * the answer: the caller's story stays a straight line.  [TEEP-HTTP 6]
 */
#include "serve.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include <arpa/inet.h>
#include <netinet/in.h>

/* One request on its way in. */
struct incoming {
	uint8_t *p;
	size_t n;
	bool answered;
};

/* An answer that is not out by then, nobody reads. */
#define LAST_ANSWER_MS 5000

static struct timespec
later(long ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static enum MHD_Result
respond(struct MHD_Connection *c, const struct serve_answer *a)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    a->body.n, (void *)(uintptr_t)a->body.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result ok;

	if (r == NULL)
		return MHD_NO;
	if (a->body.n > 0) {
		(void)MHD_add_response_header(r, "Content-Type", a->type);
		(void)MHD_add_response_header(
		    r, "X-Content-Type-Options", "nosniff");
		(void)MHD_add_response_header(
		    r, "Content-Security-Policy", "default-src 'none'");
		(void)MHD_add_response_header(
		    r, "Referrer-Policy", "no-referrer");
	}
	if (a->location != NULL)
		(void)MHD_add_response_header(r, "Location", a->location);
	if (a->allow != NULL)
		(void)MHD_add_response_header(r, "Allow", a->allow);
	ok = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return ok;
}

/* Give the request to whoever waits, and wait for the answer. */
static enum MHD_Result
hand_over(struct serve *s, struct MHD_Connection *c, const struct served *now)
{
	enum MHD_Result ok = MHD_NO;

	(void)pthread_mutex_lock(&s->lock);
	while (s->state != SERVE_IDLE && !s->closing)
		(void)pthread_cond_wait(&s->change, &s->lock);
	if (!s->closing) {
		s->now = *now;
		s->state = SERVE_ASKED;
		(void)pthread_cond_broadcast(&s->change);
		while (s->state != SERVE_TOLD && !s->closing)
			(void)pthread_cond_wait(&s->change, &s->lock);
		if (s->state == SERVE_TOLD)
			ok = respond(c, &s->answer);
		s->unsent += ok == MHD_YES;
		s->state = SERVE_IDLE;
		(void)pthread_cond_broadcast(&s->change);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return ok;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **own)
{
	struct incoming *in = *own;
	struct served now;
	enum MHD_Result ok;
	uint8_t *more;

	(void)version;
	if (in == NULL) {
		*own = calloc(1, sizeof(*in));
		return *own == NULL ? MHD_NO : MHD_YES;
	}
	if (*size > 0) {
		if (*size > INPUT_MAX - in->n)
			return MHD_NO;
		more = realloc(in->p, in->n + *size);
		if (more == NULL)
			return MHD_NO;
		memcpy(more + in->n, data, *size);
		in->p = more;
		in->n += *size;
		*size = 0;
		return MHD_YES;
	}
	now = (struct served){
	    .method = method,
	    .path = url,
	    .type =
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Content-Type"),
	    .query = MHD_lookup_connection_value(
		c, MHD_GET_ARGUMENT_KIND, "nonceSize"),
	    .body = {in->p, in->n},
	};
	ok = hand_over(ctx, c, &now);
	in->answered = ok == MHD_YES;
	return ok;
}

static void
on_end(void *ctx, struct MHD_Connection *c, void **own,
    enum MHD_RequestTerminationCode code)
{
	struct incoming *in = *own;
	struct serve *s = ctx;

	(void)c;
	(void)code;
	if (in != NULL && in->answered) {
		(void)pthread_mutex_lock(&s->lock);
		s->unsent--;
		(void)pthread_cond_broadcast(&s->change);
		(void)pthread_mutex_unlock(&s->lock);
	}
	if (in != NULL)
		free(in->p);
	free(in);
	*own = NULL;
}

void
serve_open(struct serve *s, uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const union MHD_DaemonInfo *info;

	memset(s, 0, sizeof(*s));
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->change, NULL);
	s->daemon = MHD_start_daemon(
	    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
	    NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, &at,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, s,
	    MHD_OPTION_CONNECTION_TIMEOUT, 60u, MHD_OPTION_END);
	if (s->daemon == NULL)
		die(PROG, EXIT_REFUSED,
		    "127.0.0.1:%u cannot be listened on: %s", (unsigned)port,
		    strerror(errno));
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	s->port = info == NULL ? port : info->port;
}

void
serve_close(struct serve *s)
{
	struct timespec until = later(LAST_ANSWER_MS);
	int e = 0;

	(void)pthread_mutex_lock(&s->lock);
	while (s->unsent > 0 && e != ETIMEDOUT)
		e = pthread_cond_timedwait(&s->change, &s->lock, &until);
	s->closing = true;
	(void)pthread_cond_broadcast(&s->change);
	(void)pthread_mutex_unlock(&s->lock);
	MHD_stop_daemon(s->daemon);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_cond_destroy(&s->change);
}

bool
serve_next(struct serve *s, long timeout_ms)
{
	struct timespec until = later(timeout_ms);
	bool there;
	int e = 0;

	(void)pthread_mutex_lock(&s->lock);
	while (s->state != SERVE_ASKED && e != ETIMEDOUT)
		e = pthread_cond_timedwait(&s->change, &s->lock, &until);
	there = s->state == SERVE_ASKED;
	(void)pthread_mutex_unlock(&s->lock);
	return there;
}

void
serve_tell(struct serve *s, const struct serve_answer *a)
{
	(void)pthread_mutex_lock(&s->lock);
	if (s->state == SERVE_ASKED) {
		s->answer = *a;
		s->state = SERVE_TOLD;
		(void)pthread_cond_broadcast(&s->change);
		/* the answer's memory is the caller's: wait until it is out */
		while (s->state == SERVE_TOLD)
			(void)pthread_cond_wait(&s->change, &s->lock);
	}
	(void)pthread_mutex_unlock(&s->lock);
}

uint16_t
serve_url(const char *url, char *path, size_t room)
{
	static const char host[] = "http://127.0.0.1:";
	const char *p = url;
	char number[8];
	uint64_t port = 0;
	size_t n;

	if (strncmp(p, host, sizeof(host) - 1) != 0)
		die_usage(PROG, "'%s' is not http://127.0.0.1:PORT/PATH", url);
	p += sizeof(host) - 1;
	n = strcspn(p, "/");
	if (n > 0 && n < sizeof(number)) {
		memcpy(number, p, n);
		number[n] = 0;
		if (number_read(number, UINT16_MAX, &port) != OK)
			port = 0;
	}
	if (port == 0 || !text_set(path, room, p[n] == 0 ? "/" : p + n))
		die_usage(PROG, "'%s' is not http://127.0.0.1:PORT/PATH", url);
	return (uint16_t)port;
}
