/*
 * teep-device: the agent on a microcontroller, without an operating system.
 *
 * One image: board, agent engine, attester, store.  Frames of the broker come
 * and go over a serial line; everything else about the broker is the engine's
 * to judge.  No heap: all that lives as long as the program is one struct,
 * placed by the linker; the crypto library has an arena of its own in it.
 *
 * What its Evidence is worth: the image measures itself and holds its own
 * evidence key.  Nothing below it has measured it, and nothing separates the
 * attester from the agent: self-reported, until a boot stage and a Secure
 * world say more.                                            [security 8]
 */
#ifndef TEEP_DEVICE_H
#define TEEP_DEVICE_H

#include "board.h"

#include <crypto_mbedtls.h>
#include <region_store.h>
#include <stddef.h>
#include <tamarind/agent.h>

/* ---- provision.c --------------------------------------------------------- */

#define IDS_MAX 8

/* What a maker puts into a device.                       docs/porting.md */
struct provision {
	uint32_t has;
	uint64_t version;
	struct bytes teep, report, evidence; /* P-256 scalars, 32 octets */
	struct bytes seal;                   /* of the store, REGION_KEY */
	struct bytes ueid, oemid, hwmodel;
	struct bytes hwversion; /* text */
	struct list vendors, classes;
	struct bytes policy;       /* envelope of the first one */
	struct bytes manifest_uri; /* of this image's own manifest, text */
	struct bytes manifest;     /* its digest */
};

/* Views in. */
MUST_CHECK enum err provision_read(
    struct bytes in, struct provision *out, struct why *why);

/* ---- memory -------------------------------------------------------------- */

/* The largest Update.                                        [design 6] */
#define MESSAGE_MAX 65536
#define AGENT_ROOM  (160 * 1024)

struct device {
	struct provision is;
	uint8_t bootseed[32], image[DIGEST_LEN];
	struct signer teep, report, evidence;
	struct eat_attester attester;
	struct region_store region;
	struct agent_store store;
	struct agent_launcher launcher;
	struct agent_ports ports;
	struct agent_reports reports;
	struct agent *agent;
	size_t stack; /* the most that was used so far */
	_Alignas(max_align_t) uint8_t agent_room[AGENT_ROOM];
	uint8_t work[4 * AGENT_STATE_MAX], outbox[AGENT_STATE_MAX];
	uint8_t message[MESSAGE_MAX + 4096];
	uint8_t piece[LINK_PIECE_MAX + 4096];
	uint8_t out[AGENT_STATE_MAX + 4096];
};

/* ---- entropy.c ----------------------------------------------------------- */

/* Lend the crypto library its memory and seed it.  ERR_RANDOM: no seed. */
MUST_CHECK enum err crypto_begin(void);
/* Octets of that memory up to the last that was ever given out. */
size_t crypto_memory_used(void);

/* ---- launcher.c ---------------------------------------------------------- */

/* Evidence; and no applications: there is no place to run one. */
void launcher_port(struct device *d);

/* ---- log.c --------------------------------------------------------------- */

/* One line on the log: the event, the reason's name, what and where. */
void log_event(
    void *ctx, const char *event, const struct why *why, struct bytes subject);
void log_number(const char *event, uint32_t n);

/* ---- serve.c ------------------------------------------------------------- */

_Noreturn void serve(struct device *d);

#endif
