/*
 * fetch: how a program speaks HTTP to others, and to whom it may.
 *                                              [security 17; security 23]
 *
 * For shells only: libcurl, heap.  One call does one request; threads may do
 * them at once.
 */
#ifndef TAMARIND_FETCH_H
#define TAMARIND_FETCH_H

#include <tamarind/base.h>

#define FETCH_RULES_MAX 32

/* ---- what went wrong, in words, of each thread ----------------------------
 */

#define TROUBLE_TEXT 512

void trouble_set(const char *format, ...) __attribute__((format(printf, 1, 2)));
void trouble_clear(void);
/* Since it was cleared; "" for nothing. */
const char *trouble(void);

/* ---- URIs ---------------------------------------------------------------- */

/* scheme://host:port/path... */
struct origin {
	char *scheme, *host, *path;
	unsigned port;
};
/* Take one URI apart.  ERR_URI; ERR_MEMORY. */
MUST_CHECK enum err origin_read(const char *uri, struct origin *out);
void origin_free(struct origin *o);
/* Is uri at or under o: same scheme, host and port, path a prefix that ends
 * at a segment? */
bool origin_covers(const struct origin *o, const struct origin *uri);
/* What `to`, as found in an answer from `base`, means there, on the heap.
 * ERR_URI: it leads to another scheme, host or port. */
MUST_CHECK enum err origin_resolve(
    const char *base, const char *to, char **out);

/* ---- the fetch guard                                     [security 17] -- */

/* Settings: what may be fetched, and how. */
struct fetch_rules {
	/* besides https to public addresses */
	struct origin allow[FETCH_RULES_MAX];
	size_t n_allow;
	char *ca_file; /* NULL: the system's */
	long seconds;  /* most for one transfer */
};
struct guard {
	bool listed; /* the URI itself is allowed by name */
};
/* Set up a curl handle (CURL *) for uri under the guard's rules.  Keeps g.
 * ERR_URI; ERR_MEMORY. */
MUST_CHECK enum err guard_set(
    struct guard *g, const struct fetch_rules *r, void *curl, const char *uri);
/* The address rule: may this address be connected to when it is not listed?
 * addr is a struct sockaddr. */
bool guard_address_ok(const void *addr);

/* ---- one request --------------------------------------------------------- */

struct fetch_request {
	const char *method; /* GET, POST, DELETE */
	const char *uri;
	const char *type, *accept; /* of the body, of the answer; NULL: none */
	const char *authorization; /* the header's value; NULL: none */
	struct bytes body;
	uint64_t max; /* octets of an answer; more: ERR_TOO_LONG */
	/* Takes the answer's pieces, and says whether it could; NULL: they
	 * are collected. */
	bool (*sink)(void *ctx, struct bytes piece);
	void *ctx;
	/* slower than so many octets a second for so long: a failure */
	long slow_octets, slow_seconds;
};
struct fetch_answer {
	long status;
	char *type;        /* NULL: none */
	char *location;    /* as it stands there; NULL: none */
	struct bytes body; /* collected */
};
/*
 * Do it.  OK: there is an answer, of whatever status.  ERR_NET: there is
 * none, or it ended early; ERR_CERTIFICATE: the server is not whom it is to
 * be; ERR_TOO_LONG; ERR_URI: the guard; ERR_SYSTEM: the sink.  trouble() says
 * more.  *out is empty on error; release with fetch_release.
 */
MUST_CHECK enum err fetch_do(const struct fetch_rules *rules,
    const struct fetch_request *q, struct fetch_answer *out);
void fetch_release(struct fetch_answer *a);

#endif
