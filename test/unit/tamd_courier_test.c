/*
 * cmd/tamd veraison.c: a Verifier at the other end of a connection that does
 * what no Verifier should.
 */
#include "rats_support.h"

#include <arpa/inet.h>
#include <courier.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Octets of the answer to a DELETE, one every tenth of a second. */
#define DRIPS 200

static struct {
	int fd;
	pthread_t thread;
	char uri[64];
	size_t requests, drips;
} server;

static bool
send_all(int fd, const char *text)
{
	size_t n = strlen(text);

	return send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void
drip(int fd)
{
	const struct timespec nap = {0, 100000000};

	if (!send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
		return;
	while (server.drips < DRIPS && send_all(fd, " ")) {
		server.drips++;
		(void)nanosleep(&nap, NULL);
	}
}

/* The head of a request: all that those of this test have. */
static bool
request_read(int fd, char *room, size_t size)
{
	size_t n = 0;

	while (n < size - 1) {
		ssize_t got = read(fd, room + n, size - 1 - n);

		if (got <= 0)
			return false;
		n += (size_t)got;
		room[n] = 0;
		if (strstr(room, "\r\n\r\n") != NULL)
			return true;
	}
	return false;
}

static void *
server_run(void *arg)
{
	static char room[65536];
	int fd;

	(void)arg;
	while ((fd = accept(server.fd, NULL, NULL)) >= 0) {
		if (request_read(fd, room, sizeof(room))) {
			server.requests++;
			if (strncmp(room, "DELETE ", 7) == 0)
				drip(fd);
		}
		(void)close(fd);
	}
	return NULL;
}

static int
server_start(void **state)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(a);

	(void)state;
	memset(&server, 0, sizeof(server));
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server.fd >= 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(listen(server.fd, 4), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&a, &n), 0);
	(void)snprintf(server.uri, sizeof(server.uri), "http://127.0.0.1:%u",
	    ntohs(a.sin_port));
	assert_int_equal(
	    pthread_create(&server.thread, NULL, server_run, NULL), 0);
	return 0;
}

static void
server_stop(void)
{
	(void)shutdown(server.fd, SHUT_RDWR);
	assert_int_equal(pthread_join(server.thread, NULL), 0);
	(void)close(server.fd);
}

static struct veraison
veraison_here(void)
{
	struct veraison v = {.uri = server.uri, .seconds = 60};

	assert_int_equal(origin_read(server.uri, &v.rules.allow[0]), OK);
	v.rules.n_allow = 1;
	return v;
}

/* The front waits for the answer to its next question: what a session's end
 * takes may not come on top of what that one does. */
static void
ends_slowly(void **state)
{
	struct veraison v = veraison_here();
	struct veraison_result r = {.session = strdup(server.uri)};

	(void)state;
	veraison_end(&v, &r);
	assert_null(r.session);
	origin_free(&v.rules.allow[0]);
	server_stop();
	assert_int_equal(server.requests, 1);
	assert_true(server.drips > 0);
	assert_true(server.drips < DRIPS);
}

/* What has gone wrong is told in words that others had a part in: a name in a
 * certificate, or a path in Latin-1.  They go to the front as text, which has
 * to be one. */
static void
says_no_text(void **state)
{
	static const uint8_t evidence[] = {0xd2};
	char uri[800];
	struct veraison v = veraison_here();
	struct veraison_result r;
	struct question q = {
	    .ask = {.media = BYTES_LIT(EAT_EVIDENCE_FORMAT),
		.challenge = BYTES_LIT("\x00\x01\x02\x03\x04\x05\x06\x07")},
	    .evidence = {evidence, sizeof(evidence)},
	};
	size_t n = strlen(server.uri);

	(void)state;
	/* longer than there is room for, so that it is not left out */
	memset(uri, 0xff, sizeof(uri));
	memcpy(uri, server.uri, n);
	uri[n] = '/';
	uri[sizeof(uri) - 1] = 0;
	v.uri = uri;
	assert_int_not_equal(veraison_ask(&v, &q, &r), OK);
	n = strlen(r.text);
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++)
		assert_in_range(r.text[i], ' ', '~');
	assert_non_null(strstr(r.text, "\\xff"));
	veraison_end(&v, &r);
	origin_free(&v.rules.allow[0]);
	server_stop();
}

#define TEST(f) cmocka_unit_test_setup(f, server_start)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(ends_slowly),
	    TEST(says_no_text),
	};

	int failed;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	return failed;
}
