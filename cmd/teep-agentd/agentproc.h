/*
 * agentproc: what the files of the agent process share.
 *
 * The agent was born in its sandbox: no network, no exec, no fork, no file
 * but beneath its own directory.  It talks to two others, the broker, which
 * is hostile, and the launcher, which it may ask for three things.
 */
#ifndef AGENTD_AGENTPROC_H
#define AGENTD_AGENTPROC_H

#include "channel.h"

#include <cmdline.h>
#include <file_store.h>

#define AGENT_PROG "teep-agent"

/* ---- agent_keys.c ------------------------------------------------------- */

/* The agent's private keys: TEEP, one or two, and report. */
struct keys {
	struct signer teep[CHANNEL_KEYS], report;
	struct cose_key teep_key[CHANNEL_KEYS], report_key;
	size_t n_teep;
};

/* Make new ones on these curves and write them, sealed; ERR_EXISTS. */
MUST_CHECK enum err keys_make(const struct crypto *c, int dir,
    const uint8_t seal[16], struct list suites, struct keys *out);
/* ERR_UNDECRYPTABLE: sealed by another launcher, or changed. */
MUST_CHECK enum err keys_open(
    const struct crypto *c, int dir, const uint8_t seal[16], struct keys *out);
void keys_free(struct keys *k);

/* ---- agent_apps.c ------------------------------------------------------- */

/* An application that answers calls. */
struct instance {
	bool used;
	int fd;        /* the call's socket */
	uint64_t slot; /* the launcher's name for it */
	uint8_t id[SUIT_ID_MAX];
	size_t id_n;
	uint8_t sha256[DIGEST_LEN];
	int64_t last_ms; /* of the last call */
};

struct apps {
	const struct agent_store *store;
	int channel;
	struct span room; /* frames of the channel, CHANNEL_MAX */
	bool drain;       /* the launcher wants us to end */
	bool broken;      /* the channel is of no use any more */
	struct instance instance[APP_INSTANCES];
};

void apps_port(struct apps *a, struct agent_launcher *out);
/* End what nobody has called for a minute; milliseconds until there may be
 * something to do again. */
int apps_idle(struct apps *a);
/* A frame has come unasked: drain is the only one there is. */
void apps_attend(struct apps *a);

/* ---- agent_serve.c ------------------------------------------------------ */

/* Serve the broker until the launcher says drain.  ERR_NET: the launcher is
 * gone.  ERR_MEMORY. */
MUST_CHECK enum err serve(
    struct agent *agent, struct apps *apps, int listen, uint32_t broker);

#endif
