/*
 * session_load: simulated devices that attest to a TAM as fast as they can.
 *
 *   session_load make DIR DEVICES
 *       keys of the devices, DIR/devices.corim, DIR/maker.pub.pem
 *   session_load run DIR DEVICES PORT PATH TAM SESSIONS CONNECTIONS
 *       that many sessions in all over kept connections to 127.0.0.1; TAM
 *       is the folder with the TAM's public keys; prints seconds of wall
 *       time and the octets sent and received
 *
 * A session is an empty POST, which a QueryRequest answers, and a
 * QueryResponse with encrypted Evidence, which nothing answers: the device
 * is healthy and has what it should.  Anything else ends the program.
 */
#include "device.h"

#include <arpa/inet.h>
#include <cmdline.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <tamarind/eat.h>
#include <time.h>
#include <unistd.h>

#define DEVICES_MAX     100000
#define CONNECTIONS_MAX 1024
#define FOREVER         UINT64_C(4102444800) /* 2100 */

/* ---- make -----------------------------------------------------------------
 */

static void
make(const char *dir, size_t n)
{
	struct corim_entry *e = calloc(n + DEVICE_VALUES, sizeof(*e));
	struct device *d = calloc(n, sizeof(*d));
	size_t room_n = (n + 64) * 512;
	struct span one = {malloc(room_n), room_n},
		    two = {malloc(room_n), room_n};
	struct bench_pair maker;
	struct cbor_out w = cbor_into(one);
	uint8_t pem_room[OPENSSL_PEM_MAX];
	char path[PATH_MAX];
	struct bytes out;

	bench_need(
	    e != NULL && d != NULL && one.p != NULL && two.p != NULL, "memory");
	for (size_t i = 0; i < n; i++) {
		device_make(&d[i], dir, i);
		e[i] = device_endorsement(&d[i]);
	}
	device_values(e + n);
	bench_pair_make(&maker, CRV_P256);
	bench_ok(corim_author(&w, "bench", "bench-devices", 0, FOREVER, e,
		     n + DEVICE_VALUES),
	    "CoRIM");
	bench_ok(cbor_done(&w, &out), "CoRIM");
	w = cbor_into(two);
	bench_ok(corim_author_sign(&w, &maker.s, "maker", out), "CoRIM");
	bench_ok(cbor_done(&w, &out), "CoRIM");
	(void)snprintf(path, sizeof(path), "%s/devices.corim", dir);
	bench_ok(write_file_atomic(path, out, WRITE_PUBLIC), path);
	bench_ok(
	    openssl_public_write(&maker.pub, SPAN_OF(pem_room), &out), "maker");
	(void)snprintf(path, sizeof(path), "%s/maker.pub.pem", dir);
	bench_ok(write_file_atomic(path, out, WRITE_PUBLIC), path);
	for (size_t i = 0; i < n; i++)
		device_free(&d[i]);
	bench_pair_free(&maker);
	free(e);
	free(d);
	free(one.p);
	free(two.p);
}

/* ---- HTTP -----------------------------------------------------------------
 */

struct connection {
	int fd;
	const char *path;
	uint8_t in[DEVICE_MESSAGE_MAX + 1];
	uint64_t octets;
};

static void
send_all(struct connection *c, const void *p, size_t n)
{
	const uint8_t *at = p;

	c->octets += n;
	while (n > 0) {
		ssize_t put = send(c->fd, at, n, MSG_NOSIGNAL);

		bench_need(put > 0, "send");
		at += put;
		n -= (size_t)put;
	}
}

/* Read one answer: its status, and its body as a view of c->in. */
static long
receive(struct connection *c, struct bytes *body)
{
	size_t have = 0, head = 0, length = 0;
	const char *text = (const char *)c->in;
	const char *field;
	long status = 0;

	for (;;) {
		ssize_t got =
		    recv(c->fd, c->in + have, DEVICE_MESSAGE_MAX - have, 0);
		const char *end;

		bench_need(got > 0, "receive");
		have += (size_t)got;
		c->octets += (uint64_t)got;
		c->in[have] = 0;
		if (head == 0) {
			end = strstr(text, "\r\n\r\n");
			if (end == NULL)
				continue;
			head = (size_t)(end - text) + 4;
			bench_need(
			    sscanf(text, "HTTP/1.1 %ld", &status) == 1, "HTTP");
			field = strcasestr(text, "\r\nContent-Length:");
			if (field != NULL && field < end)
				length = strtoul(field + 17, NULL, 10);
		}
		bench_need(length <= DEVICE_MESSAGE_MAX - head, "length");
		if (have >= head + length)
			break;
	}
	bench_need(have == head + length, "one answer for one request");
	*body = (struct bytes){c->in + head, length};
	return status;
}

static long
post(struct connection *c, struct bytes message, struct bytes *answer)
{
	uint8_t out[DEVICE_MESSAGE_MAX + 512];
	int n = snprintf((char *)out, sizeof(out),
	    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Accept: application/teep+cbor\r\n%sContent-Length: %zu\r\n\r\n",
	    c->path,
	    message.n > 0 ? "Content-Type: application/teep+cbor\r\n" : "",
	    message.n);

	bench_need(n > 0 && message.n <= sizeof(out) - (size_t)n, "request");
	if (message.n > 0)
		memcpy(out + n, message.p, message.n);
	send_all(c, out, (size_t)n + message.n);
	return receive(c, answer);
}

static int
connect_to(uint16_t port)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	bench_need(fd >= 0 && connect(fd, (const struct sockaddr *)&to,
				  sizeof(to)) == 0,
	    "connect");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* ---- run ------------------------------------------------------------------
 */

struct work {
	struct device *devices;
	const struct device_tam *tam;
	const char *path;
	uint16_t port;
	size_t from, n; /* this connection's devices */
	size_t sessions;
	uint64_t octets;
};

static void
session(struct connection *c, const struct work *w, const struct device *d)
{
	uint8_t room[DEVICE_MESSAGE_MAX];
	struct bytes request, answer, nothing;
	long status = post(c, BYTES_NONE, &request);

	if (status != 200) {
		(void)fprintf(stderr,
		    "session_load: device %zu: the first "
		    "POST was answered with %ld\n",
		    d->number, status);
		exit(1);
	}
	device_answer(d, w->tam, request, SPAN_OF(room), &answer);
	status = post(c, answer, &nothing);
	if (status != 204 || nothing.n != 0) {
		(void)fprintf(stderr,
		    "session_load: device %zu: the "
		    "QueryResponse was answered with %ld, %zu octets\n",
		    d->number, status, nothing.n);
		exit(1);
	}
}

static void *
worker(void *arg)
{
	struct work *w = arg;
	struct connection c = {.fd = connect_to(w->port), .path = w->path};

	for (size_t i = 0; i < w->sessions; i++)
		session(&c, w, &w->devices[w->from + i % w->n]);
	w->octets = c.octets;
	(void)close(c.fd);
	return NULL;
}

static void
tam_load(struct device_tam *t, const char *dir)
{
	char path[PATH_MAX];
	struct cose_key k;
	uint8_t kid[KID_LEN];

	(void)snprintf(path, sizeof(path), "%s/teep-esp256.pem", dir);
	bench_ok(load_public_key(path, &k, kid), path);
	kid_text(kid, t->audience);
	(void)snprintf(path, sizeof(path), "%s/encryption-p256.pem", dir);
	bench_ok(load_public_key(path, &t->enc, t->enc_kid), path);
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
run(const char *dir, size_t n, uint16_t port, const char *path,
    const char *tam_dir, size_t sessions, size_t connections)
{
	struct device *d = calloc(n, sizeof(*d));
	struct work *w = calloc(connections, sizeof(*w));
	pthread_t *thread = calloc(connections, sizeof(*thread));
	struct device_tam tam;
	uint64_t octets = 0;
	double began;

	bench_need(d != NULL && w != NULL && thread != NULL, "memory");
	tam_load(&tam, tam_dir);
	for (size_t i = 0; i < n; i++)
		device_load(&d[i], dir, i);
	began = seconds();
	for (size_t i = 0; i < connections; i++) {
		/* no device has two sessions at once */
		w[i] = (struct work){d, &tam, path, port, n * i / connections,
		    n * (i + 1) / connections - n * i / connections,
		    sessions * (i + 1) / connections -
			sessions * i / connections,
		    0};
		bench_need(pthread_create(&thread[i], NULL, worker, &w[i]) == 0,
		    "thread");
	}
	for (size_t i = 0; i < connections; i++) {
		(void)pthread_join(thread[i], NULL);
		octets += w[i].octets;
	}
	(void)printf("seconds=%.3f octets=%llu\n", seconds() - began,
	    (unsigned long long)octets);
	for (size_t i = 0; i < n; i++)
		device_free(&d[i]);
	free(d);
	free(w);
	free(thread);
}

static size_t
number(const char *text, size_t max)
{
	uint64_t n = 0;

	bench_ok(number_read(text, max, &n), text);
	bench_need(n > 0, text);
	return (size_t)n;
}

int
main(int argc, char **argv)
{
	size_t n, connections;

	(void)bench_crypto();
	if (argc == 4 && strcmp(argv[1], "make") == 0) {
		make(argv[2], number(argv[3], DEVICES_MAX));
		return 0;
	}
	if (argc != 9 || strcmp(argv[1], "run") != 0) {
		(void)fputs("usage: session_load make DIR DEVICES\n"
			    "       session_load run DIR DEVICES PORT PATH TAM "
			    "SESSIONS CONNECTIONS\n",
		    stderr);
		return 2;
	}
	n = number(argv[3], DEVICES_MAX);
	connections = number(argv[8], CONNECTIONS_MAX);
	bench_need(connections <= n, "at least one device a connection");
	run(argv[2], n, (uint16_t)number(argv[4], UINT16_MAX), argv[5], argv[6],
	    number(argv[7], SIZE_MAX), connections);
	return 0;
}
