/*
 * http: requests in, answers out; one thread, one request at a time.
 */
#include "front.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTION_MEMORY 16384
/* Of a body that is too large this much is thrown away, so that its sender
 * gets to hear why. */
#define SWALLOW_MAX (4u << 20)

struct request {
	struct front *f;
	struct slot *slot;
	const struct api_route *route;
	struct call call;
	uint8_t *body;
	size_t n, room, swallowed;
	unsigned refused; /* status, once known */
	bool answered;
};

/* ---- answers ------------------------------------------------------------- */

static const struct {
	const char *name, *value;
} always[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
};

static struct MHD_Response *
response(struct call *c)
{
	struct bytes b = c->bytes;
	struct MHD_Response *m;

	/* The session may be gone before the answer is. */
	if (c->text != NULL)
		m = MHD_create_response_from_buffer(
		    strlen(c->text), c->text, MHD_RESPMEM_MUST_FREE);
	else
		m = MHD_create_response_from_buffer(b.n,
		    b.n > 0 ? (void *)(uintptr_t)b.p : (void *)(uintptr_t) "",
		    MHD_RESPMEM_MUST_COPY);
	if (m != NULL)
		c->text = NULL;
	return m;
}

static enum MHD_Result
answer(struct request *r)
{
	struct call *c = &r->call;
	struct MHD_Response *m = response(c);
	enum MHD_Result ok = MHD_YES;

	r->answered = true;
	if (m == NULL)
		return MHD_NO;
	for (size_t i = 0; i < ARRAY_LEN(always) && ok == MHD_YES; i++)
		ok =
		    MHD_add_response_header(m, always[i].name, always[i].value);
	if (ok == MHD_YES && c->media != NULL)
		ok = MHD_add_response_header(m, "Content-Type", c->media);
	if (ok == MHD_YES && c->location[0] != 0)
		ok = MHD_add_response_header(m, "Location", c->location);
	if (ok == MHD_YES && (c->status == 400 || c->status == 413))
		ok = MHD_add_response_header(m, "Connection", "close");
	reaper_phase(r->slot, PHASE_REPLY);
	if (ok == MHD_YES)
		ok = MHD_queue_response(c->conn, c->status, m);
	MHD_destroy_response(m);
	return ok;
}

static enum MHD_Result
refuse(struct request *r, unsigned status)
{
	static const struct {
		unsigned status;
		const char *title, *detail;
	} words[] = {
	    {400, "Bad Request", "this request could be read in two ways"},
	    {404, "Not Found", "see /openapi.json"},
	    {405, "Method Not Allowed", "see /openapi.json"},
	    {413, "Content Too Large", "the body is over the limit"},
	    {503, "Service Unavailable", "no memory for the body; try again"},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i].status == status)
			api_problem(
			    &r->call, status, words[i].title, words[i].detail);
	return answer(r);
}

/* ---- routes -------------------------------------------------------------- */

/* Does the path fit?  *arg is what stands for the ':'. */
static bool
fits(const char *pattern, const char *path, const char **arg)
{
	size_t n = strlen(pattern);

	if (n == 0 || pattern[n - 1] != ':')
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, n - 1) != 0 || path[n - 1] == 0 ||
	    strchr(path + n - 1, '/') != NULL)
		return false;
	*arg = path + n - 1;
	return true;
}

static unsigned
route(struct request *r, const char *path, const char *method)
{
	unsigned status = 404;

	/* the same without the body, which libmicrohttpd leaves out */
	if (strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		method = MHD_HTTP_METHOD_GET;
	for (size_t i = 0; i < api_n_routes; i++) {
		if (!fits(api_routes[i].path, path, &r->call.arg))
			continue;
		status = 405;
		if (strcmp(api_routes[i].method, method) != 0)
			continue;
		r->route = &api_routes[i];
		return 0;
	}
	return status;
}

/* ---- whose request ------------------------------------------------------- */

static void
source_of(struct MHD_Connection *conn, char out[48])
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = i == NULL ? NULL : i->client_addr;

	memcpy(out, "unknown", sizeof("unknown"));
	if (a != NULL && a->sa_family == AF_INET)
		(void)inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr,
		    out, 48);
	else if (a != NULL && a->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		    out, 48);
}

static const char *
header(struct MHD_Connection *conn, const char *name)
{
	return MHD_lookup_connection_value(conn, MHD_HEADER_KIND, name);
}

/* Who authorises himself is known by that, others by where they are. */
static bool
owner_of(struct call *c)
{
	const char *auth = header(c->conn, "Authorization");

	source_of(c->conn, c->source);
	/* nobody's authorisation is another's address */
	return snprintf(c->owner, sizeof(c->owner), "%s:%s",
		   auth != NULL ? "auth" : "from",
		   auth != NULL ? auth : c->source) < (int)sizeof(c->owner);
}

/* ---- bodies -------------------------------------------------------------- */

static bool
body_take(struct request *r, const char *piece, size_t n)
{
	size_t room = r->room == 0 ? 4096 : r->room;
	uint8_t *more;

	if (r->refused == 0 && n > r->route->body_max - r->n)
		r->refused = 413;
	if (r->refused != 0) {
		r->swallowed += n;
		return r->swallowed <= SWALLOW_MAX;
	}
	while (room - r->n < n)
		room *= 2;
	if (room != r->room) {
		more = realloc(r->body, room);
		if (more == NULL) {
			r->refused = 503;
			return true;
		}
		r->body = more;
		r->room = room;
	}
	memcpy(r->body + r->n, piece, n);
	r->n += n;
	return true;
}

static enum MHD_Result
handle(struct request *r)
{
	struct call *c = &r->call;

	if (r->refused != 0)
		return refuse(r, r->refused);
	c->body = (struct bytes){r->body, r->n};
	c->type = header(c->conn, "Content-Type");
	c->accept = header(c->conn, "Accept");
	reaper_phase(r->slot, PHASE_JUDGE);
	r->f->n.requests++;
	r->route->handle(c);
	return answer(r);
}

/* ---- requests ------------------------------------------------------------ */

static struct request *
request_open(struct front *f, struct MHD_Connection *conn)
{
	struct request *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->f = f;
	r->slot = reaper_slot(conn);
	r->call.f = f;
	r->call.conn = conn;
	return r;
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **ctx,
    enum MHD_RequestTerminationCode code)
{
	struct request *r = *ctx;

	(void)cls;
	(void)conn;
	(void)code;
	if (r == NULL)
		return;
	*ctx = NULL;
	reaper_phase(r->slot, PHASE_HEADER);
	free(r->call.text);
	free(r->body);
	free(r);
}

static enum MHD_Result
begin(struct request *r, const char *path, const char *method,
    const char *version)
{
	struct head head;
	unsigned status;

	reaper_phase(r->slot, PHASE_BODY);
	if (!rules_framing(r->call.conn, version, &head) || !owner_of(&r->call))
		return refuse(r, 400);
	status = route(r, path, method);
	if (status != 0)
		return refuse(r, status);
	if (head.length > r->route->body_max)
		return refuse(r, 413);
	return MHD_YES;
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *path,
    const char *method, const char *version, const char *piece, size_t *n,
    void **ctx)
{
	struct request *r = *ctx;

	if (r == NULL) {
		r = *ctx = request_open(cls, conn);
		return r == NULL ? MHD_NO : begin(r, path, method, version);
	}
	if (*n > 0 && !r->answered) {
		bool ok = body_take(r, piece, *n);

		*n = 0;
		return ok ? MHD_YES : MHD_NO;
	}
	*n = 0;
	return r->answered ? MHD_YES : handle(r);
}

bool
http_start(struct front *f)
{
	if (!reaper_start(&f->reaper))
		return false;
	f->daemon =
	    MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0,
		NULL, NULL, on_request, f, MHD_OPTION_LISTEN_SOCKET, f->fd.tcp,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, f,
		MHD_OPTION_NOTIFY_CONNECTION, reaper_notify, &f->reaper,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_LIMIT, f->s->connections,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (f->s->connections + 1) / 2,
		MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_STRICT_FOR_CLIENT,
		1, MHD_OPTION_END);
	return f->daemon != NULL;
}

void
http_stop(struct front *f)
{
	if (f->daemon != NULL)
		MHD_stop_daemon(f->daemon);
	reaper_stop(&f->reaper);
}
