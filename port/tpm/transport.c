/*
 * transport: a command to a TPM and its answer, over a device or a socket.
 */
#include "tpm_device_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEAD        10
#define NO_SESSIONS 0x8001
#define SESSIONS    0x8002
/* Making an RSA key takes some TPMs that long. */
#define WAIT_MS 120000
#define TRIES   50

static enum err
fault(struct why *why, enum err e, const char *what)
{
	(void)why_set(why, e, what);
	if (why != NULL) {
		why->kind = WHY_UINT;
		why->found_n = (uint64_t)errno;
	}
	return e;
}

static int
open_socket(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = -1;

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		int kept = errno;

		(void)close(fd);
		errno = kept;
		return -1;
	}
	return fd;
}

enum err
tpm_device_open(struct tpm_device *t, const char *path, struct why *why)
{
	struct stat st;

	t->fd = -1;
	if (stat(path, &st) != 0)
		return fault(why, ERR_SYSTEM, path);
	t->fd = S_ISSOCK(st.st_mode) ? open_socket(path)
				     : open(path, O_RDWR | O_CLOEXEC);
	return t->fd < 0 ? fault(why, ERR_SYSTEM, path) : OK;
}

void
tpm_device_close(struct tpm_device *t)
{
	if (t->fd >= 0)
		(void)close(t->fd);
	t->fd = -1;
}

/* ---- octets out -------------------------------------------------------- */

void
tpm_put_octets(struct tpm_cmd *c, struct bytes b)
{
	if (b.n > TPM_ROOM - c->n) {
		c->full = true;
		return;
	}
	if (b.n > 0)
		memcpy(c->p + c->n, b.p, b.n);
	c->n += b.n;
}

void
tpm_put_number(struct tpm_cmd *c, size_t octets, uint32_t v)
{
	uint8_t b[4];

	for (size_t i = 0; i < octets; i++)
		b[i] = (uint8_t)(v >> 8 * (octets - 1 - i));
	tpm_put_octets(c, (struct bytes){b, octets});
}

void
tpm_put_2b(struct tpm_cmd *c, struct bytes b)
{
	tpm_put_number(c, 2, (uint32_t)b.n);
	tpm_put_octets(c, b);
}

void
tpm_put_pcrs(struct tpm_cmd *c, uint32_t pcrs)
{
	tpm_put_number(c, 4, 1);
	tpm_put_number(c, 2, TPM_SHA256);
	tpm_put_number(c, 1, 3);
	for (size_t i = 0; i < 3; i++)
		tpm_put_number(c, 1, pcrs >> 8 * i & 0xff);
}

void
tpm_put_password(struct tpm_cmd *c, size_t n)
{
	tpm_put_number(c, 4, (uint32_t)(9 * n));
	for (size_t i = 0; i < n; i++) {
		tpm_put_number(c, 4, RS_PASSWORD);
		tpm_put_2b(c, BYTES_NONE);
		tpm_put_number(c, 1, 0);
		tpm_put_2b(c, BYTES_NONE);
	}
}

struct tpm_cmd
tpm_cmd_begin(struct tpm_device *t, uint32_t code, bool sessions)
{
	struct tpm_cmd c = {.p = t->room};

	tpm_put_number(&c, 2, sessions ? SESSIONS : NO_SESSIONS);
	tpm_put_number(&c, 4, 0); /* its length, once that is known */
	tpm_put_number(&c, 4, code);
	return c;
}

/* ---- octets in --------------------------------------------------------- */

struct bytes
tpm_get_octets(struct tpm_answer *a, size_t n)
{
	struct bytes out = {a->in.p + a->at, n};

	if (a->err == OK && n > a->in.n - a->at)
		a->err = ERR_TRUNCATED;
	if (a->err != OK)
		return BYTES_NONE;
	a->at += n;
	return out;
}

uint32_t
tpm_get_number(struct tpm_answer *a, size_t octets)
{
	struct bytes b = tpm_get_octets(a, octets);
	uint32_t v = 0;

	for (size_t i = 0; i < b.n; i++)
		v = v << 8 | b.p[i];
	return v;
}

struct bytes
tpm_get_2b(struct tpm_answer *a)
{
	return tpm_get_octets(a, tpm_get_number(a, 2));
}

enum err
tpm_answer_end(const struct tpm_answer *a, const char *what, struct why *why)
{
	return a->err == OK ? OK : why_set(why, a->err, what);
}

/* ---- both -------------------------------------------------------------- */

static int64_t
now_milliseconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum err
ready(int fd, short events, int64_t until)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = until - now_milliseconds();
		int n;

		if (left <= 0)
			return ERR_NET;
		n = poll(&p, 1, (int)left);
		if (n > 0)
			return OK;
		if (n < 0 && errno != EINTR)
			return ERR_NET;
	}
}

/* A device takes a command in one write, and answers in one read. */
static enum err
send_all(int fd, struct bytes b, int64_t until)
{
	while (b.n > 0) {
		ssize_t n;

		TRY(ready(fd, POLLOUT, until));
		n = write(fd, b.p, b.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_NET;
		b.p += n;
		b.n -= (size_t)n;
	}
	return OK;
}

static size_t
number_at(const uint8_t *p)
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	       p[3];
}

static enum err
receive_all(struct tpm_device *t, int64_t until, struct bytes *out)
{
	size_t n = 0, want = HEAD;

	while (n < want) {
		ssize_t got;

		TRY(ready(t->fd, POLLIN, until));
		got = read(t->fd, t->back + n, TPM_ROOM - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_NET;
		n += (size_t)got;
		if (n < HEAD)
			continue;
		want = number_at(t->back + 2);
		if (want < HEAD || want > TPM_ROOM)
			return ERR_RANGE;
	}
	*out = (struct bytes){t->back, n};
	return n == want ? OK : ERR_TRAILING;
}

/* It is testing itself, or saving something: the same again, please. */
static bool
later(uint32_t rc)
{
	return rc == 0x908 || rc == 0x90a || rc == 0x922;
}

/* The head of an answer; *sessions: the parameters have a length. */
static enum err
head(struct tpm_answer *a, bool *sessions, uint32_t *rc)
{
	uint32_t tag = tpm_get_number(a, 2);

	(void)tpm_get_number(a, 4);
	*rc = tpm_get_number(a, 4);
	*sessions = tag == SESSIONS;
	if (a->err != OK)
		return a->err;
	return tag == SESSIONS || tag == NO_SESSIONS ? OK : ERR_TYPE;
}

static enum err
exchange(struct tpm_device *t, const struct tpm_cmd *c, struct tpm_answer *out,
    bool *sessions, uint32_t *rc)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	const int64_t until = now_milliseconds() + WAIT_MS;

	for (size_t i = 0;; i++) {
		*out = (struct tpm_answer){0};
		TRY(send_all(t->fd, (struct bytes){c->p, c->n}, until));
		TRY(receive_all(t, until, &out->in));
		TRY(head(out, sessions, rc));
		if (!later(*rc) || i == TRIES)
			return OK;
		(void)nanosleep(&pause, NULL);
	}
}

enum err
tpm_cmd_do(struct tpm_device *t, struct tpm_cmd *c, const char *what,
    uint32_t *handle, struct tpm_answer *out, struct why *why)
{
	bool sessions;
	uint32_t rc;
	enum err e;

	*out = (struct tpm_answer){0};
	if (c->full)
		return why_set(why, ERR_ROOM, what);
	c->p[4] = (uint8_t)(c->n >> 8);
	c->p[5] = (uint8_t)c->n;
	e = exchange(t, c, out, &sessions, &rc);
	if (e != OK)
		return why_set(why, e, what);
	if (rc != 0) {
		(void)why_set(why, ERR_CRYPTO, what);
		if (why != NULL) {
			why->kind = WHY_UINT;
			why->found_n = rc;
		}
		return ERR_CRYPTO;
	}
	if (handle != NULL)
		*handle = tpm_get_number(out, 4);
	if (sessions) {
		struct bytes all = tpm_get_octets(out, tpm_get_number(out, 4));

		out->in = all;
		out->at = 0;
	}
	return tpm_answer_end(out, what, why);
}
