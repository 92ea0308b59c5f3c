/*
 * conform_target: how messages reach a TAM under test and come back.
 *                                      [TEEP-HTTP 4, 5; docs/conform.md]
 *
 * A TAM that is a command gets a socket as its standard input and output:
 * u32 big-endian length, then that many octets; the empty message opens a
 * session, and an empty answer says that there is nothing to say.
 */
#include "conform.h"
#include "stream.h"

#include <curl/curl.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BODY_MAX (33u << 20)
/* From here on the peer is asked first whether it wants a body. */
#define LONG_BODY (1u << 20)

/* ---- a command ---------------------------------------------------------- */

pid_t
command_start(const char *command, int *fd)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		die(PROG, EXIT_REFUSED, "no socket for %s", command);
	pid = fork();
	if (pid < 0)
		die(PROG, EXIT_REFUSED, "%s cannot be started", command);
	if (pid == 0) {
		if (dup2(pair[1], 0) < 0 || dup2(pair[1], 1) < 0)
			_exit(127);
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	(void)close(pair[1]);
	*fd = pair[0];
	return pid;
}

static enum err
command_post(
    struct target *t, struct build *b, struct bytes message, struct reply *out)
{
	uint8_t head[4] = {(uint8_t)(message.n >> 24),
	    (uint8_t)(message.n >> 16), (uint8_t)(message.n >> 8),
	    (uint8_t)message.n};
	struct span room;
	uint32_t n;

	TRY(stream_write(t->fd, t->timeout_ms, BYTES_OF(head)));
	TRY(stream_write(t->fd, t->timeout_ms, message));
	TRY(stream_read(t->fd, t->timeout_ms, SPAN_OF(head)));
	n = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
	    (uint32_t)head[2] << 8 | head[3];
	if (n > BODY_MAX)
		return ERR_TOO_LONG;
	room = build_room(b, n);
	TRY(b->err);
	TRY(stream_read(t->fd, t->timeout_ms, room));
	*out = (struct reply){
	    .status = n > 0 ? 200 : 204, .body = {room.p, room.n}};
	return OK;
}

/* ---- HTTP --------------------------------------------------------------- */

struct collect {
	uint8_t *p;
	size_t n;
	char *headers;
	size_t headers_n, headers_room;
};

static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct collect *c = arg;
	uint8_t *more;

	n *= one;
	if (n > BODY_MAX - c->n)
		return 0;
	more = realloc(c->p, c->n + n + 1);
	if (more == NULL)
		return 0;
	c->p = more;
	memcpy(c->p + c->n, p, n);
	c->n += n;
	return n;
}

static size_t
on_header(char *p, size_t one, size_t n, void *arg)
{
	struct collect *c = arg;

	n *= one;
	if (n < c->headers_room - c->headers_n) {
		memcpy(c->headers + c->headers_n, p, n);
		c->headers_n += n;
		c->headers[c->headers_n] = 0;
	}
	return n;
}

static struct curl_slist *
header(struct curl_slist *list, const char *name, const char *value)
{
	char line[256];

	if (value == NULL)
		(void)snprintf(line, sizeof(line), "%s:", name);
	else
		(void)snprintf(line, sizeof(line), "%s: %s", name, value);
	return curl_slist_append(list, line);
}

enum err
target_request(struct target *t, struct build *b, const char *method,
    const char *content_type, const char *accept, struct bytes body,
    struct reply *out)
{
	struct collect c = {
	    .headers = out->headers, .headers_room = sizeof(out->headers)};
	struct curl_slist *list = NULL;
	CURL *curl = t->curl;
	CURLcode code;

	memset(out, 0, sizeof(*out));
	list = header(list, "Accept", accept);
	list = header(list, "Content-Type", content_type);
	/* a long body goes only where it is wanted: who is refused while he
	 * still sends may lose the answer with the connection */
	list =
	    header(list, "Expect", body.n > LONG_BODY ? "100-continue" : NULL);
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, t->name);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	if (strcmp(method, "GET") == 0) {
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	} else {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
		    body.n > 0 ? (const char *)body.p : "");
		curl_easy_setopt(
		    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	}
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, t->timeout_ms);
	curl_easy_setopt(
	    curl, CURLOPT_EXPECT_100_TIMEOUT_MS, t->timeout_ms / 2);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &c);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &c);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
	out->body = build_copy(b, (struct bytes){c.p, c.n});
	free(c.p);
	curl_slist_free_all(list);
	/* refused before the whole body was sent: the status counts */
	if (code != CURLE_OK && out->status < 400)
		return ERR_NET;
	return b->err;
}

enum err
target_post(
    struct target *t, struct build *b, struct bytes message, struct reply *out)
{
	if (b->err != OK)
		return b->err;
	if (!t->http)
		return command_post(t, b, message, out);
	return target_request(t, b, "POST",
	    message.n > 0 ? TEEP_MEDIA_TYPE : NULL, TEEP_MEDIA_TYPE, message,
	    out);
}

static int
connected(const struct target *t)
{
	const struct addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list, *a;
	int fd = -1;

	if (getaddrinfo(t->host, t->port, &hints, &list) != 0)
		return -1;
	for (a = list; a != NULL && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			(void)close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

/* The status line and no more: these requests are to be refused. */
enum err
target_raw(
    struct target *t, struct build *b, struct bytes request, struct reply *out)
{
	int fd = connected(t);
	char line[16] = "";
	enum err e;

	(void)b;
	memset(out, 0, sizeof(*out));
	if (fd < 0)
		return ERR_NET;
	e = stream_write(fd, t->timeout_ms, request);
	if (e == OK)
		e = stream_read(
		    fd, t->timeout_ms, (struct span){(uint8_t *)line, 12});
	(void)close(fd);
	if (e == OK && strncmp(line, "HTTP/1.", 7) == 0)
		out->status = strtol(line + 9, NULL, 10);
	return e;
}

const char *
reply_header(const struct reply *r, const char *name, char *room, size_t n)
{
	size_t len = strlen(name), at;
	const char *p = r->headers;

	for (; *p != 0; p += at + (p[at] == '\n')) {
		at = strcspn(p, "\n");
		if (strncasecmp(p, name, len) != 0 || p[len] != ':')
			continue;
		p += len + 1;
		p += strspn(p, " \t");
		at = strcspn(p, "\r\n");
		if (at >= n)
			at = n - 1;
		memcpy(room, p, at);
		room[at] = 0;
		return room;
	}
	return NULL;
}

/* ---- opening ------------------------------------------------------------ */

static bool
url_part(CURLU *u, CURLUPart part, unsigned flags, char *out, size_t n)
{
	char *s = NULL;
	bool ok = curl_url_get(u, part, &s, flags) == CURLUE_OK &&
		  text_set(out, n, s);

	curl_free(s);
	return ok;
}

void
target_open(struct target *t, const char *name, long timeout_ms)
{
	CURLU *u;

	*t = (struct target){.name = name, .fd = -1, .timeout_ms = timeout_ms};
	if (strncmp(name, "exec:", 5) == 0) {
		t->pid = command_start(name + 5, &t->fd);
		return;
	}
	if (strncmp(name, "http://", 7) != 0 &&
	    strncmp(name, "https://", 8) != 0)
		die_usage(PROG,
		    "'%s' is neither http://..., https://... nor exec:COMMAND",
		    name);
	t->http = true;
	u = curl_url();
	if (u == NULL || curl_url_set(u, CURLUPART_URL, name, 0) != CURLUE_OK ||
	    !url_part(u, CURLUPART_HOST, 0, t->host, sizeof(t->host)) ||
	    !url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, t->port,
		sizeof(t->port)) ||
	    !url_part(u, CURLUPART_PATH, 0, t->path, sizeof(t->path)))
		die_usage(PROG, "'%s' is not a URL", name);
	curl_url_cleanup(u);
	t->curl = curl_easy_init();
	if (t->curl == NULL)
		die(PROG, EXIT_REFUSED, "libcurl failed");
}

void
target_close(struct target *t)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	if (t->pid > 0) {
		(void)kill(t->pid, SIGTERM);
		(void)waitpid(t->pid, NULL, 0);
	}
	if (t->curl != NULL)
		curl_easy_cleanup(t->curl);
}
