/*
 * link: frames between broker and agent.             [design section 9]
 *
 * Freestanding.  A byte stream (Unix socket, serial line) carries frames:
 * u32 big-endian length, then one CBOR array [op, session, ...].  The same
 * frames serve every kind of TEE.  Everything from the broker is hostile;
 * so is everything from the agent, seen from the broker.
 *
 * `session` is a number the broker chooses for one run of requests and the
 * agent repeats.  Every frame to the agent gets one frame back.  The agent
 * serves one session at a time: another one ends the exchange that waits for
 * the TAM, and is refused with result(ERR_BUSY) while a fetch is open.
 *                                                        [docs/link.md]
 */
#ifndef TAMARIND_LINK_H
#define TAMARIND_LINK_H

#include <tamarind/cbor.h>

#define LINK_HEAD          4
#define LINK_PIECE_MAX     65536 /* data: octets of payload a frame */
#define LINK_URI_MAX       2048
#define LINK_COMPONENT_MAX 1024 /* octets of an encoded identifier */
#define LINK_CALL_MAX      65536
#define LINK_CHALLENGE_MIN 8 /* octets that a Relying Party gives */
#define LINK_CHALLENGE_MAX 64
#define LINK_FRAME_MAX     (33u << 20) /* server default: a 32 MiB Update */

enum link_op {
	/* broker to agent */
	LINK_REQUEST_TA = 1,   /* component, ? TAM URI hint (uri) */
	LINK_UNREQUEST_TA = 2, /* component */
	LINK_POLICY_CHECK = 3, /* first of a round: flag true; then false */
	LINK_MESSAGE = 4,      /* body: from the TAM; empty: it is done */
	LINK_ERROR = 5,        /* number: enum err; the exchange is dead, or the
				* fetch that is open failed */
	LINK_DATA = 6,         /* offset, body, flag: last */
	LINK_CALL = 7,         /* component, body, number: caller's uid */
	LINK_STATUS = 8,
	/* body: challenge of a Relying Party, uri: its name, any text */
	LINK_PASSPORT = 9,
	/* agent to broker */
	LINK_NONE = 16,    /* nothing (more) to do */
	LINK_CONNECT = 17, /* uri, ? body: message */
	LINK_REPLY = 18,   /* body: to the same TAM */
	LINK_FETCH = 19,   /* uri, offset, number: most octets wanted */
	LINK_ABORT = 20,   /* number: enum err; give the exchange up */
	LINK_RESULT = 21,  /* number: enum err (0 done), body */
};

struct link_frame {
	enum link_op op;
	uint64_t session;
	struct bytes component; /* encoded SUIT_Component_Identifier */
	struct bytes uri;       /* text */
	struct bytes body;
	uint64_t offset;
	uint64_t number;
	bool flag;
	bool has_uri, has_body;
};

/* The length in a head, or ERR_TOO_LONG if above max. */
MUST_CHECK enum err link_head(
    const uint8_t head[LINK_HEAD], size_t max, size_t *len);
/* The head of len octets; the channels to launcher and applications have the
 * same. */
void link_put_head(uint8_t head[LINK_HEAD], uint32_t len);

/* Read the array of one frame (without its head).  Every op has one row: which
 * members, which bounds.  Borrows.  Unknown op: ERR_TYPE. */
MUST_CHECK enum err link_read(struct bytes in, struct link_frame *out);

/* Write head and array. */
MUST_CHECK enum err link_write(
    struct span room, const struct link_frame *f, struct bytes *out);

/* "request-ta", ...; "unknown". */
const char *link_op_name(unsigned op);

#endif
