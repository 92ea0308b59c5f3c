/*
 * teep-broker: the untrusted relay between TEEP Agents and TAMs.
 *                                          [RFC 9397 6.1, TEEP-HTTP 5]
 *
 * It never parses a TEEP message: it carries bytes, keeps to the HTTP rules,
 * and guards what leaves the machine.
 */
#ifndef TEEP_BROKER_H
#define TEEP_BROKER_H

#include <fetch.h>
#include <stdio.h>
#include <sys/types.h>
#include <tamarind/link.h>
#include <time.h>

#define BROKER_RULES_MAX   FETCH_RULES_MAX
#define BROKER_MESSAGE_MAX (32u << 20) /* TAM to agent */

struct fetch_map {
	struct origin from;
	char *to; /* replaces what `from` matched */
};

struct config {
	char *agent;   /* socket of the agent */
	char *control; /* socket for commands */
	unsigned control_mode;
	unsigned check_every; /* seconds between policy checks, +-20 % */
	uint64_t fetch_max;   /* octets of one payload */
	struct fetch_rules rules;
	struct fetch_map map[BROKER_RULES_MAX];
	size_t n_map;
};

/* Defaults, then the file (NULL: none), then TEEP_BROKER_* of the
 * environment.  Says what is wrong on stderr and exits with 2. */
void config_load(struct config *c, const char *file);
/* Replace a path, and release the one before. */
void config_path(char **to, const char *value);

/* ---- frames over a stream socket --------------------------------------- */

struct stream {
	int fd;
	uint8_t *in; /* the last frame read */
	size_t in_room;
	uint8_t *out;
	size_t out_room;
	size_t max; /* longest frame accepted */
};

MUST_CHECK enum err stream_connect(struct stream *s, const char *path);
/* Connect unless the connection still stands. */
MUST_CHECK enum err stream_ready(struct stream *s, const char *path);
void stream_close(struct stream *s);
/* Seconds on a clock that nobody sets: the wall's may be turned back by years,
 * and a check that is due with it. */
time_t seconds_now(void);
/* Send one frame / wait at most seconds for one.  ERR_NET: the peer is gone
 * or late; ERR_TYPE and others: it speaks nonsense.  On any error the stream
 * is closed, for nothing after it would make sense; its views are gone. */
MUST_CHECK enum err stream_send(struct stream *s, const struct link_frame *f);
MUST_CHECK enum err stream_receive(
    struct stream *s, struct link_frame *f, unsigned seconds);

/* ---- HTTP --------------------------------------------------------------- */

/* One POST to a TAM.  *answer is on the heap, empty for 2xx without body.
 * ERR_NET, ERR_HTTP (status in *status), ERR_URI, ERR_TOO_LONG, ERR_TYPE
 * (wrong media type).                                    [TEEP-HTTP 5] */
MUST_CHECK enum err http_post(const struct config *c, struct bytes uri,
    struct bytes body, bool has_body, struct bytes *answer, long *status);

/* A payload on its way: spooled to an unlinked file, read in pieces. */
struct fetch {
	char *uri; /* NULL: none */
	FILE *spool;
	uint64_t size;
};
/* Fill *piece (heap memory of at least max octets) from offset. */
MUST_CHECK enum err fetch_piece(const struct config *c, struct fetch *f,
    struct bytes uri, uint64_t offset, uint8_t *room, size_t max, size_t *got,
    bool *last);
void fetch_close(struct fetch *f);

/* ---- sessions ------------------------------------------------------------ */

/* Run one request (RequestTA, UnrequestTA, RequestPolicyCheck, call, status)
 * to its end; or, of a LINK_CONNECT, let the TAM at its URI speak first, as a
 * recovery TAM does. *result is the agent's last frame and views agent->in;
 * *posts counts the messages to the TAM.  When the agent itself fails, its
 * stream is closed. */
enum err session_run(const struct config *c, struct stream *agent,
    const struct link_frame *request, struct link_frame *result,
    unsigned *posts);
/* RequestPolicyCheck until none, one session for each TAM; the last TAM's
 * failure, if any. */
enum err session_policy_check(const struct config *c, struct stream *agent);

/* ---- the two faces --------------------------------------------------------
 */

int daemon_run(const struct config *c);
/* Was the daemon told to end?  What is under way may finish, but soon. */
bool daemon_stopping(void);
/* The listening control socket. */
int control_listen(const struct config *c);
/* Serve one waiting caller. */
void control_serve(const struct config *c, int listener, struct stream *agent);
/* A command by its name: send the frame to the daemon, print its answer. */
int control_command(
    const struct config *c, const char *name, struct link_frame *f, bool json);
/* Print a status map. */
void show_status(struct bytes cbor, bool json);

#endif
