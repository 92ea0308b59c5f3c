/*
 * cases_tam_http: what HTTP carries, and what it must not.  [TEEP-HTTP 4, 6]
 */
#include "cases_tam.h"

#include <string.h>
#include <strings.h>

static bool
over_http(struct play *p)
{
	if (!p->t->http)
		play_skip(p, "the target does not speak HTTP");
	return p->t->http;
}

static void
request(struct play *p, const char *method, const char *type,
    const char *accept, struct bytes body)
{
	enum err e;

	if (!over_http(p))
		return;
	e = target_request(p->t, &p->b, method, type, accept, body, &p->reply);
	if (e != OK)
		(void)play_fail(p, "no answer: %s", err_name(e));
}

static void
status_is(struct play *p, long want)
{
	if (p->outcome == PASSED && p->reply.status != want)
		(void)play_fail(
		    p, "status %ld; wanted: %ld", p->reply.status, want);
}

static void
empty_post(struct play *p)
{
	request(p, "POST", NULL, TEEP_MEDIA_TYPE, BYTES_NONE);
	status_is(p, 200);
	if (p->outcome == PASSED)
		(void)play_judge(p);
}

static void
any_accept(struct play *p)
{
	request(p, "POST", NULL, "*/*", BYTES_NONE);
	status_is(p, 200);
}

static void
range_accept(struct play *p)
{
	request(p, "POST", NULL, "application/*", BYTES_NONE);
	status_is(p, 200);
}

/* A header of the answer to an empty POST must have this value. */
static void
header_is(struct play *p, const char *name, const char *want)
{
	char room[256];
	const char *got;

	request(p, "POST", NULL, TEEP_MEDIA_TYPE, BYTES_NONE);
	if (p->outcome != PASSED)
		return;
	got = reply_header(&p->reply, name, room, sizeof(room));
	if (want == NULL && got != NULL)
		(void)play_fail(p, "%s: %.100s", name, got);
	if (want != NULL && got == NULL)
		(void)play_fail(p, "no %s", name);
	if (want != NULL && got != NULL && strcasecmp(got, want) != 0)
		(void)play_fail(p, "%s: %.100s", name, got);
}

static void
type_header(struct play *p)
{
	header_is(p, "Content-Type", TEEP_MEDIA_TYPE);
}

static void
nosniff(struct play *p)
{
	header_is(p, "X-Content-Type-Options", "nosniff");
}

static void
csp(struct play *p)
{
	header_is(p, "Content-Security-Policy", "default-src 'none'");
}

static void
referrer(struct play *p)
{
	header_is(p, "Referrer-Policy", "no-referrer");
}

static void
no_cookie(struct play *p)
{
	header_is(p, "Set-Cookie", NULL);
}

static void
no_cache_control(struct play *p)
{
	header_is(p, "Cache-Control", NULL);
}

static void
get(struct play *p)
{
	char room[64];
	const char *allow;

	request(p, "GET", NULL, TEEP_MEDIA_TYPE, BYTES_NONE);
	status_is(p, 405);
	if (p->outcome != PASSED)
		return;
	allow = reply_header(&p->reply, "Allow", room, sizeof(room));
	if (allow == NULL || strstr(allow, "POST") == NULL)
		(void)play_fail(p, "no Allow: POST");
}

static void
put_method(struct play *p)
{
	request(p, "PUT", TEEP_MEDIA_TYPE, TEEP_MEDIA_TYPE, BYTES_LIT("\x80"));
	status_is(p, 405);
}

static void
media_type(struct play *p)
{
	request(
	    p, "POST", "application/cbor", TEEP_MEDIA_TYPE, BYTES_LIT("\x80"));
	status_is(p, 415);
}

static void
no_media_type(struct play *p)
{
	request(p, "POST", NULL, TEEP_MEDIA_TYPE, BYTES_LIT("\x80"));
	status_is(p, 415);
}

static void
html_accept(struct play *p)
{
	request(p, "POST", NULL, "text/html", BYTES_NONE);
	status_is(p, 406);
}

static void
too_large(struct play *p)
{
	struct span room = build_room(&p->b, INPUT_MAX);

	if (room.p == NULL)
		return;
	memset(room.p, 0, room.n);
	request(p, "POST", TEEP_MEDIA_TYPE, TEEP_MEDIA_TYPE,
	    (struct bytes){room.p, room.n});
	status_is(p, 413);
}

static void
nothing_to_say(struct play *p)
{
	request(p, "POST", TEEP_MEDIA_TYPE, TEEP_MEDIA_TYPE, BYTES_LIT("\x80"));
	if (p->outcome == PASSED && p->reply.body.n > 0)
		(void)play_judge(p);
	else
		status_is(p, 204);
}

/* Two readers could see different messages in such a request. */
static void
framed(struct play *p, const char *lines, const char *body)
{
	char room[2048];
	enum err e;
	int n;

	if (!over_http(p))
		return;
	n = snprintf(room, sizeof(room),
	    "POST %s HTTP/1.1\r\nHost: %s:%s\r\nAccept: " TEEP_MEDIA_TYPE
	    "\r\nContent-Type: " TEEP_MEDIA_TYPE
	    "\r\nConnection: close\r\n%s\r\n\r\n%s",
	    p->t->path, p->t->host, p->t->port, lines, body);
	if (n < 0 || (size_t)n >= sizeof(room)) {
		(void)play_fail(p, "the path is too long");
		return;
	}
	e = target_raw(p->t, &p->b,
	    (struct bytes){(const uint8_t *)room, (size_t)n}, &p->reply);
	if (e != OK) /* hung up on: refused as well */
		return;
	if (p->reply.status < 400)
		(void)play_fail(
		    p, "status %ld; wanted: 400 or above", p->reply.status);
}

static void
two_lengths(struct play *p)
{
	framed(p, "Content-Length: 1\r\nContent-Length: 2", "\x80\x80");
}

static void
length_and_chunks(struct play *p)
{
	framed(p, "Content-Length: 1\r\nTransfer-Encoding: chunked",
	    "1\r\n\x80\r\n0\r\n\r\n");
}

/* The session goes on over a connection of its own. */
static void
other_connection(struct play *p)
{
	struct target fresh;

	if (!over_http(p) || !tam_connect(p))
		return;
	target_open(&fresh, p->t->name, p->t->timeout_ms);
	p->t = &fresh;
	if (tam_answer(p))
		(void)play_judge(p);
	target_close(&fresh);
}

// clang-format off
#define H "TEEP-HTTP 4"
static const struct conform_case rows[] = {
{"tam.http.empty-post", "TEEP-HTTP 6.1", "An empty POST opens a session: 200 and a QueryRequest", MUST, empty_post, SEEN_REQUEST, 0, {{0}}},
{"tam.http.content-type", H, "A response with content has Content-Type: application/teep+cbor", MUST, type_header, 0, 0, {{0}}},
{"tam.http.nosniff", H, "A response with content has X-Content-Type-Options: nosniff", MUST, nosniff, 0, 0, {{0}}},
{"tam.http.csp", H, "A response with content has Content-Security-Policy: default-src 'none'", MUST, csp, 0, 0, {{0}}},
{"tam.http.referrer-policy", H, "A response with content has Referrer-Policy: no-referrer", MUST, referrer, 0, 0, {{0}}},
{"tam.http.no-cookies", H, "No cookies", MUST, no_cookie, 0, 0, {{0}}},
{"tam.http.no-cache-control", H, "Cache-Control is not used", MUST, no_cache_control, 0, 0, {{0}}},
{"tam.http.get", H, "Only POST on the TAM URI: 405 with Allow for GET", MUST, get, 0, 0, {{0}}},
{"tam.http.put", H, "Only POST on the TAM URI: 405 for PUT", MUST, put_method, 0, 0, {{0}}},
{"tam.http.media-type", "TEEP-HTTP 6.1", "A body of another media type: 415", SHOULD, media_type, 0, 0, {{0}}},
{"tam.http.no-media-type", "TEEP-HTTP 6.1", "A body without a media type: 415", SHOULD, no_media_type, 0, 0, {{0}}},
{"tam.http.accept-html", "TEEP-HTTP 6.1", "No suitable Accept: 406", SHOULD, html_accept, 0, 0, {{0}}},
{"tam.http.accept-any", "TEEP-HTTP 6.1", "Accept: */* is suitable", SHOULD, any_accept, 0, 0, {{0}}},
{"tam.http.accept-range", "TEEP-HTTP 6.1", "Accept: application/* is suitable", SHOULD, range_accept, 0, 0, {{0}}},
{"tam.http.too-large", "TEEP 11", "The size of a message is limited: 413", SHOULD, too_large, 0, 0, {{0}}},
{"tam.http.nothing-to-say", "TEEP-HTTP 6.2", "Nothing to say: 204", SHOULD, nothing_to_say, SEEN_EMPTY | SEEN_ERROR, 0, {{0}}},
{"tam.http.two-lengths", "RFC 9110 8.6", "Two different Content-Lengths are an invalid message", MUST, two_lengths, 0, 0, {{0}}},
{"tam.http.length-and-chunks", "RFC 9112 6.3", "Content-Length beside Transfer-Encoding is refused, or smuggling is possible", SHOULD, length_and_chunks, 0, 0, {{0}}},
{"tam.http.other-connection", "TEEP-HTTP 6", "Sessions are matched by token and challenge, never by connection", MUST, other_connection, SEEN_INSTALL, 0, {{0}}},
};
// clang-format on

const struct case_table tam_http_cases = {rows, ARRAY_LEN(rows)};
