/*
 * The admin front: the operator's API, HTTP and JSON over a Unix socket.
 *
 * It may write policy and read state; it holds no key and no network socket.
 */
#ifndef TAMD_ADMIN_H
#define TAMD_ADMIN_H

#include <jansson.h>
#include <policy.h>
#include <state.h>

#include "tamd.h"

#define ADMIN_BODY_MAX (33u << 20) /* a manifest with its payload */
#define ADMIN_ARGS     3
#define ADMIN_ARG_MAX  1024

/* What every handler stands on. */
struct admin {
	const struct settings *settings;
	const struct crypto *crypto;
	const struct verifier_crypto *more; /* paths of certificates */
	struct policy *policy;
	struct state *state; /* read-only */
};

/* One request on its way through a handler. */
struct admin_request {
	struct admin *admin;
	/* what stood for each ':' of the route, percent-decoded */
	char arg[ADMIN_ARGS][ADMIN_ARG_MAX];
	const char *after; /* of the query: where a list goes on */
	char after_room[ADMIN_ARG_MAX];
	size_t most; /* rows of a list */
	struct bytes body;
	json_t *in;  /* the body, where the route says JSON */
	json_t *out; /* the answer; NULL: nothing to say (204) */
	struct why why;
	uint64_t now;
};

typedef enum err admin_handler(struct admin_request *q);

/* devices and groups */
admin_handler admin_device_add, admin_device_certify, admin_device_list,
    admin_device_show, admin_device_evidence, admin_device_remove,
    admin_group_list, admin_group_join, admin_group_leave;
/* anchors, CoRIMs, components */
admin_handler admin_anchor_add, admin_anchor_list, admin_anchor_remove,
    admin_anchor_crl, admin_anchor_cots, admin_corim_add, admin_corim_list,
    admin_corim_remove, admin_component_add, admin_component_list,
    admin_component_show, admin_component_remove;
/* assignments, repair sets and grants */
admin_handler admin_assign, admin_unassign, admin_assignment_list,
    admin_repair_add, admin_repair_remove, admin_repair_list, admin_grant,
    admin_ungrant, admin_grant_list;

/* Where and why a device says that a manifest failed; all members optional:
 * {section, offset, command, component, measured {parameter: value}, error} */
json_t *admin_failure(const struct state_failure *f);

/* Add what the device said last that it can do, if it did: capabilities
 * {told, components [], commands [], parameters [], algorithms []} */
MUST_CHECK enum err admin_capabilities(
    struct admin_request *q, uint64_t device);

/* ---- JSON ---------------------------------------------------------------- */

/* A text member of the body: ERR_MISSING, ERR_TYPE. */
MUST_CHECK enum err admin_text(
    struct admin_request *q, const char *name, const char **out);
/* One of o, NULL when it is absent.  What is there but is no text, or empty,
 * is refused: taken for absent, it would widen what it should narrow. */
MUST_CHECK enum err admin_text_opt(
    struct admin_request *q, json_t *o, const char *name, const char **out);
/* Has o these members only?  A misspelt one would count as absent. */
MUST_CHECK enum err admin_only(
    struct admin_request *q, json_t *o, const char *const *names, size_t n);
/* A public key in member `name`: PEM text. */
MUST_CHECK enum err admin_key(
    struct admin_request *q, const char *name, struct cose_key *out);

json_t *admin_hex(const uint8_t *p, size_t n);
json_t *admin_kid(const uint8_t kid[KID_LEN]);
/* Seconds since 1970, or null for 0. */
json_t *admin_time(uint64_t t);
/* e itself; if it is `when`, and nothing was said yet, what is meant by it. */
MUST_CHECK enum err admin_why(
    struct admin_request *q, enum err e, enum err when, const char *what);
/* A begun list: {"items": [...]}. */
MUST_CHECK enum err admin_list(struct admin_request *q, json_t **items);

#endif
