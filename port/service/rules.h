/*
 * rules: which HTTP requests a service looks at.  [TEEP/HTTP; teep.md 15]
 */
#ifndef SERVICE_RULES_H
#define SERVICE_RULES_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the rules found in a request's head. */
struct head {
	bool type_ok;    /* Content-Type is the route's */
	bool has_length; /* Content-Length; else chunked, or no body */
	uint64_t length;
};

struct route {
	const char *path, *method, *media_type;
	uint64_t size_max; /* of a body */
};

/* 0, or the status that ends the request at once. */
unsigned rules_check(const struct route *r, struct MHD_Connection *conn,
    const char *path, const char *method, const char *version,
    struct head *out);

/* Its length alone: false if two readers could understand it in two ways. */
bool rules_framing(
    struct MHD_Connection *conn, const char *version, struct head *out);

/* Does a media type name this one, parameters aside? */
bool media_type_is(const char *value, const char *type);
/* Does an Accept header take this type? */
bool accept_takes(const char *value, const char *type);

#endif
