/*
 * channel: what launcher and agent say to each other.
 *
 * A socket pair made before the agent exists; u32 big-endian length, then one
 * CBOR array [op, ...] from one table; some carry a descriptor.  The agent
 * asks, the launcher answers; drain is the one thing the launcher says
 * unasked.  Each side reads the other as hostile.
 */
#ifndef AGENTD_CHANNEL_H
#define AGENTD_CHANNEL_H

#include <tamarind/agent.h>

#define CHANNEL_MAX   (512u << 10) /* one frame */
#define CHANNEL_SEAL  16           /* octets of the sealing key */
#define CHANNEL_KEYS  2            /* TEEP keys */
#define APP_IMAGE_MAX (32u << 20)
#define APP_ARGS_MAX  4096
#define APP_INSTANCES 16
/* The other side answers within this, or is broken. */
#define CHANNEL_WAIT_MS 30000

/* Descriptors of the agent, from its first instruction on. */
enum agent_fd {
	AGENT_FD_LOG = 2,
	AGENT_FD_CHANNEL = 3,
	AGENT_FD_LISTEN = 4, /* not at init */
	AGENT_FD_DIR = 5,
};

enum channel_op {
	/* launcher to agent */
	CHANNEL_CONFIG = 1,
	CHANNEL_ANSWER = 2,
	CHANNEL_DRAIN = 3,
	/* agent to launcher */
	CHANNEL_READY = 16,
	CHANNEL_ATTEST = 17,
	CHANNEL_START = 18,
	CHANNEL_STOP = 19,
};

enum channel_mode { CHANNEL_RUN = 0, CHANNEL_INIT = 1 };

/* One frame: the members of its row are set, the others empty. */
struct channel_frame {
	uint64_t op;
	/* config */
	uint64_t mode, broker; /* the one uid that may connect */
	struct bytes seal;     /* sealing key: secret */
	struct list vendors, classes, devices;
	struct list suites;  /* init: curves of the TEEP keys, 1..2 */
	struct bytes policy; /* init: envelope of the first policy */
	struct bytes format; /* media type of Evidence; empty: an EAT */
	uint64_t clock;      /* 1: the launcher has one that is to be trusted */
	/* answer: to ready, attest (evidence), start (slot, descriptor) */
	uint64_t err, slot;
	struct bytes evidence;
	/* ready */
	struct list keys;  /* TEEP public keys */
	struct bytes teep; /* attest: the one that will sign */
	struct bytes report;
	/* attest */
	struct bytes challenge, audience;
	struct list manifests, measurements;
	struct list payload_keys; /* ready, too */
	/* start, stop */
	struct bytes component; /* encoded identifier */
	struct bytes sha256, args;
	uint64_t size;
};

const char *channel_op_name(uint64_t op);

/* The array of one frame.  Borrows. */
MUST_CHECK enum err channel_read(struct bytes in, struct channel_frame *out);
/* Head and array into room. */
MUST_CHECK enum err channel_write(
    struct span room, const struct channel_frame *f, struct bytes *out);

/*
 * Send one frame, through room, with a descriptor (-1: none).
 * ERR_NET: the other side is gone.
 */
MUST_CHECK enum err channel_send(
    int sock, struct span room, const struct channel_frame *f, int fd);

/*
 * Receive one into room; *out views it.  *fd is the caller's to close, or -1.
 * A descriptor with an op that has none is a fault.  ERR_NET: the other side
 * is gone, or did not finish the frame in wait_ms.
 */
MUST_CHECK enum err channel_receive(int sock, struct span room, int wait_ms,
    struct channel_frame *out, int *fd);

/* ---- bounded waiting, used for every socket of both programs ---------- */

/* All of it until the deadline, in now_ms.  ERR_NET: closed, or late. */
MUST_CHECK enum err read_all_until(
    int fd, struct span room, int64_t deadline_ms);
MUST_CHECK enum err write_all_until(
    int fd, struct bytes b, int64_t deadline_ms);

#endif
