/*
 * admin: the admin front's process: one socket, one thread, one route table.
 *
 * Gives up: the network (its socket is Unix and was made before), keys (it
 * never had any), every file but policy (read and write) and state (read).
 */
#include "admin.h"

#include "tamd.h"

#include <cmdline.h>
#include <crypto_openssl.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIST_DEFAULT 100
#define LIST_MOST    1000
#define JSON_MAX     65536

enum body { NO_BODY, JSON_BODY, RAW_BODY };

/* ':' stands for one path segment. */
// clang-format off
static const struct route {
	const char *method, *path;
	enum body body;
	admin_handler *handler;
} routes[] = {
	{"GET", "/v1/devices", NO_BODY, admin_device_list},
	{"POST", "/v1/devices", JSON_BODY, admin_device_add},
	{"GET", "/v1/devices/:", NO_BODY, admin_device_show},
	{"GET", "/v1/devices/:/evidence", NO_BODY, admin_device_evidence},
	{"PUT", "/v1/devices/:/certificate", JSON_BODY, admin_device_certify},
	{"DELETE", "/v1/devices/:", NO_BODY, admin_device_remove},
	{"GET", "/v1/groups", NO_BODY, admin_group_list},
	{"PUT", "/v1/groups/:/devices/:", NO_BODY, admin_group_join},
	{"DELETE", "/v1/groups/:/devices/:", NO_BODY, admin_group_leave},
	{"GET", "/v1/anchors", NO_BODY, admin_anchor_list},
	{"POST", "/v1/anchors", JSON_BODY, admin_anchor_add},
	{"DELETE", "/v1/anchors/:", NO_BODY, admin_anchor_remove},
	{"POST", "/v1/anchors/:/crl", RAW_BODY, admin_anchor_crl},
	{"POST", "/v1/anchors/:/cots", RAW_BODY, admin_anchor_cots},
	{"GET", "/v1/corims", NO_BODY, admin_corim_list},
	{"POST", "/v1/corims", RAW_BODY, admin_corim_add},
	{"DELETE", "/v1/corims/:", NO_BODY, admin_corim_remove},
	{"GET", "/v1/components", NO_BODY, admin_component_list},
	{"POST", "/v1/components", RAW_BODY, admin_component_add},
	{"GET", "/v1/components/:", NO_BODY, admin_component_show},
	{"DELETE", "/v1/components/:", NO_BODY, admin_component_remove},
	{"GET", "/v1/assignments", NO_BODY, admin_assignment_list},
	{"PUT", "/v1/assignments", JSON_BODY, admin_assign},
	{"DELETE", "/v1/assignments", JSON_BODY, admin_unassign},
	{"GET", "/v1/repairs", NO_BODY, admin_repair_list},
	{"PUT", "/v1/repairs", JSON_BODY, admin_repair_add},
	{"DELETE", "/v1/repairs", JSON_BODY, admin_repair_remove},
	{"GET", "/v1/grants", NO_BODY, admin_grant_list},
	{"PUT", "/v1/grants", JSON_BODY, admin_grant},
	{"DELETE", "/v1/grants", JSON_BODY, admin_ungrant},
};
// clang-format on

/* One connection's request while its body arrives. */
struct upload {
	const struct route *route;
	bool path_known;
	uint8_t *p;
	size_t n, room;
	enum err body; /* why it was not taken whole */
	struct admin_request q;
};

/* HTTP status of a refusal: the mapping table. */
static unsigned
status_of(enum err e)
{
	switch (e) {
	case OK:
		return 200;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_EXISTS:
	case ERR_BUSY:
		return 409;
	case ERR_TOO_LONG:
		return 413;
	case ERR_PEER:
		return 403;
	default:
		break;
	}
	if (err_class(e) == CLASS_INPUT || e == ERR_SYNTAX)
		return 400;
	return err_class(e) == CLASS_REFUSED ? 422 : 503;
}

/* The library is not to decode: what it decodes can no longer be cut into
 * segments, and what is decoded twice is another name. */
static size_t
as_it_is(void *ctx, struct MHD_Connection *c, char *s)
{
	(void)ctx;
	(void)c;
	return strlen(s);
}

/* Decode n octets of the target; false if that is no text. */
static bool
decoded(const char *p, size_t n, char out[ADMIN_ARG_MAX])
{
	if (n >= ADMIN_ARG_MAX)
		return false;
	memcpy(out, p, n);
	out[n] = 0;
	return MHD_http_unescape(out) == strlen(out);
}

/* Match one path against a route; decoded segments go to q. */
static bool
path_matches(const char *pattern, const char *path, struct admin_request *q)
{
	size_t args = 0;

	while (*pattern != 0 && *path != 0) {
		size_t n = 0;

		if (*pattern != ':') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		while (path[n] != 0 && path[n] != '/')
			n++;
		if (n == 0 || args == ADMIN_ARGS ||
		    !decoded(path, n, q->arg[args]))
			return false;
		args++;
		pattern++;
		path += n;
	}
	return *pattern == 0 && *path == 0;
}

/* Without memory for the answer the connection ends instead: the caller then
 * knows that it does not know. */
static enum MHD_Result
send_json(struct MHD_Connection *c, unsigned status, json_t *o)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	struct MHD_Response *r;
	enum MHD_Result done;

	if (o != NULL && text == NULL)
		return MHD_NO;
	r = MHD_create_response_from_buffer(
	    text == NULL ? 0 : strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (r == NULL) {
		free(text);
		return MHD_NO;
	}
	if (text != NULL)
		MHD_add_response_header(r, "Content-Type", "application/json");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

/* A view of foreign octets as it may stand in JSON. */
static json_t *
shown(const struct why *w, struct bytes b, uint64_t n)
{
	char text[1024];

	if (w->kind == WHY_UINT)
		return json_integer((json_int_t)n);
	if (w->kind == WHY_TEXT)
		safe_text(text, sizeof(text), b);
	else
		hex_text(text, sizeof(text), b);
	return json_string(text);
}

static json_t *
refusal(enum err e, const struct why *w)
{
	json_t *o =
	    json_pack("{s:s,s:s}", "reason", err_name(e), "text", err_text(e));
	char text[256];

	if (w->err == e) {
		if (w->what != NULL)
			json_object_set_new(o, "what", json_string(w->what));
		if (w->at > 0)
			json_object_set_new(
			    o, "offset", json_integer((json_int_t)w->at));
		if (w->kind != WHY_NONE) {
			json_object_set_new(o, "expected",
			    shown(w, w->expected, w->expected_n));
			json_object_set_new(
			    o, "found", shown(w, w->found, w->found_n));
		}
		if (w->source.n > 0)
			json_object_set_new(o, "source",
			    json_string(
				safe_text(text, sizeof(text), w->source)));
		if (w->subject.n > 0) {
			if (w->subject.n == KID_LEN)
				base64url_text(text, sizeof(text), w->subject);
			else
				hex_text(text, sizeof(text), w->subject);
			json_object_set_new(o, "subject", json_string(text));
		}
	}
	return json_pack("{s:o}", "error", o);
}

static enum err
run(struct upload *u)
{
	struct admin_request *q = &u->q;
	json_error_t fault;

	TRY(u->body);
	q->body = (struct bytes){u->p, u->n};
	if (u->route->body == NO_BODY && u->n > 0)
		return why_set(&q->why, ERR_UNEXPECTED, "body");
	if (u->route->body == JSON_BODY) {
		errno = 0;
		q->in = json_loadb(
		    (const char *)u->p, u->n, JSON_REJECT_DUPLICATES, &fault);
		if (q->in == NULL && errno == ENOMEM)
			return ERR_MEMORY;
		if (!json_is_object(q->in))
			return why_set(&q->why, ERR_SYNTAX, "JSON body");
	}
	return u->route->handler(q);
}

/* What a request was about, for the log: names of the path, else of the
 * body, else of the answer. */
static const char *
about(const struct admin_request *q, char out[2 * ADMIN_ARG_MAX])
{
	static const char *const first[] = {"name", "group", "device"};
	const char *one = q->arg[0], *two = q->arg[1];

	for (size_t i = 0; *one == 0 && i < ARRAY_LEN(first); i++) {
		one = json_string_value(json_object_get(q->in, first[i]));
		one = one == NULL ? "" : one;
	}
	if (*two == 0)
		two = json_string_value(json_object_get(q->in, "component"));
	if (*one == 0)
		one = json_string_value(json_object_get(q->out, "id"));
	(void)snprintf(out, 2 * ADMIN_ARG_MAX, "%s%s%s", one == NULL ? "" : one,
	    two == NULL || *two == 0 ? "" : " ", two == NULL ? "" : two);
	return out;
}

static enum MHD_Result
finish(struct MHD_Connection *c, struct upload *u)
{
	enum err e = run(u);
	char name[2 * ADMIN_ARG_MAX];
	enum MHD_Result done;
	json_t *o;

	log_event(e == OK ? LEVEL_INFO : LEVEL_WARN, "admin",
	    LOG_S("method", u->route->method), LOG_S("path", u->route->path),
	    LOG_S("name", about(&u->q, name)), LOG_ERR("reason", e),
	    LOG_S("what", u->q.why.err == e && u->q.why.what != NULL
			      ? u->q.why.what
			      : ""));
	if (e == OK)
		return send_json(c, u->q.out == NULL ? 204 : 200, u->q.out);
	o = refusal(e, &u->q.why);
	done = send_json(c, status_of(e), o);
	json_decref(o);
	return done;
}

/* Who speaks is asked of the socket on every request. */
static bool
peer_ok(const struct settings *settings, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

	return i != NULL && peer_check(settings, i->connect_fd) == OK;
}

static struct upload *
begin(struct admin *a, struct MHD_Connection *c, const char *url,
    const char *method)
{
	struct upload *u = calloc(1, sizeof(*u));
	const char *most =
	    MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "most");
	const char *after =
	    MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "after");
	uint64_t n = LIST_DEFAULT;

	if (u == NULL)
		return NULL;
	u->q.admin = a;
	u->q.now = (uint64_t)time(NULL);
	if (after != NULL) {
		if (!decoded(after, strlen(after), u->q.after_room))
			return u; /* not found */
		u->q.after = u->q.after_room;
	}
	if (most != NULL && number_read(most, LIST_MOST, &n) != OK)
		n = LIST_DEFAULT;
	u->q.most = (size_t)n;
	for (size_t i = 0; i < ARRAY_LEN(routes) && u->route == NULL; i++) {
		if (!path_matches(routes[i].path, url, &u->q))
			continue;
		u->path_known = true;
		if (strcmp(routes[i].method, method) == 0)
			u->route = &routes[i];
	}
	return u;
}

static void
take(struct upload *u, const char *p, size_t n)
{
	size_t max = u->route->body == RAW_BODY ? ADMIN_BODY_MAX : JSON_MAX;
	uint8_t *more;

	if (u->body == OK && n > max - u->n)
		u->body = ERR_TOO_LONG;
	if (u->body != OK)
		return;
	if (n > u->room - u->n) {
		size_t room = u->room == 0 ? 4096 : u->room;

		while (n > room - u->n)
			room *= 2;
		more = realloc(u->p, room);
		if (more == NULL) {
			u->body = ERR_MEMORY;
			return;
		}
		u->p = more;
		u->room = room;
	}
	memcpy(u->p + u->n, p, n);
	u->n += n;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *n,
    void **mine)
{
	struct upload *u = *mine;
	struct why none = {0};
	enum MHD_Result done;
	json_t *o;

	(void)version;
	if (u == NULL) {
		*mine = begin(ctx, c, url, method);
		return *mine != NULL ? MHD_YES : MHD_NO;
	}
	if (!peer_ok(((struct admin *)ctx)->settings, c)) {
		*n = 0;
		o = refusal(ERR_PEER, &none);
		done = send_json(c, 403, o);
		json_decref(o);
		return done;
	}
	if (u->route == NULL) {
		*n = 0;
		o = refusal(ERR_NOT_FOUND, &none);
		done = send_json(c, u->path_known ? 405 : 404, o);
		json_decref(o);
		return done;
	}
	if (*n > 0) {
		take(u, data, *n);
		*n = 0;
		return MHD_YES;
	}
	return finish(c, u);
}

static void
on_completed(void *ctx, struct MHD_Connection *c, void **mine,
    enum MHD_RequestTerminationCode why)
{
	struct upload *u = *mine;

	(void)ctx;
	(void)c;
	(void)why;
	if (u == NULL)
		return;
	json_decref(u->q.in);
	json_decref(u->q.out);
	free(u->p);
	free(u);
}

int
admin_run(const struct settings *s, int listen_fd)
{
	struct admin a = {.settings = s,
	    .crypto = crypto_openssl(),
	    .more = verifier_openssl()};
	struct pollfd stop = {.fd = stop_fd(), .events = POLLIN};
	struct MHD_Daemon *d = NULL;
	char path[PATH_MAX];
	enum err e = a.crypto == NULL || stop.fd < 0 ? ERR_SYSTEM : OK;

	settings_path(s, FILE_POLICY, path);
	if (e == OK)
		e = policy_open(path, true, &a.policy);
	settings_path(s, FILE_STATE, path);
	if (e == OK)
		e = state_open(path, &a.state);
	if (e == OK)
		d = MHD_start_daemon(
		    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL,
		    on_request, &a, MHD_OPTION_LISTEN_SOCKET, listen_fd,
		    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		    MHD_OPTION_UNESCAPE_CALLBACK, as_it_is, NULL,
		    MHD_OPTION_CONNECTION_TIMEOUT, 30u,
		    MHD_OPTION_CONNECTION_LIMIT, 32u, MHD_OPTION_END);
	if (d == NULL) {
		log_event(LEVEL_ERROR, "admin-failed",
		    LOG_ERR("reason", e == OK ? ERR_SYSTEM : e));
		state_close(a.state);
		policy_close(a.policy);
		return EXIT_REFUSED;
	}
	while (poll(&stop, 1, -1) < 0)
		continue;
	/* the socket is the supervisor's: stopping would shut it down for the
	 * next admin front, too */
	(void)MHD_quiesce_daemon(d);
	MHD_stop_daemon(d);
	state_close(a.state);
	policy_close(a.policy);
	return EXIT_DONE;
}
