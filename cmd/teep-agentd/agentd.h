/*
 * agentd: what the files of the launcher share.
 *
 * The launcher is the attester [security 8]: it measures, holds the evidence
 * key, and is the parent of the agent and of every application.  It never
 * reads what the broker sends.
 */
#ifndef AGENTD_AGENTD_H
#define AGENTD_AGENTD_H

#include "channel.h"

#include <cmdline.h>
#include <sandbox.h>
#include <tpm_device.h>

#define PROG "teep-agentd"

#define IDS_MAX            8 /* vendor, class or device identifiers */
#define AGENT_BINARY_MAX   (64u << 20)
#define AGENT_MEMORY       (UINT64_C(384) << 20)
#define APP_MEMORY         (UINT64_C(256) << 20)
#define AGENT_MANIFEST_MAX (1u << 20)

/* ---- options.c --------------------------------------------------------- */

enum command {
	COMMAND_INIT = 1,
	COMMAND_RUN = 2,
	COMMAND_IDENTIFY = 4,
	COMMAND_ACTIVATE = 8,
};

struct words {
	const char *at[IDS_MAX];
	size_t n;
};

/* Every process has a user of its own; instance i of an application runs as
 * apps + i. */
struct uids {
	uint32_t launcher, agent, broker, apps;
};

struct options {
	enum command command;
	const char *state, *agent, *agent_manifest, *log_level;
	const char *socket, *attester, *event_log; /* run */
	const char *policy, *public_dir, *seal;    /* init */
	const char *tpm;                           /* all */
	const char *clock;                         /* run */
	const char *credential, *answer;           /* activate */
	const char *ueid, *oemid, *hwmodel, *hwversion;
	struct words vendor, class_id, device_id, suite;
	struct uids uid;
};

/* Command line, then TEEP_AGENTD_*, then the INI file, then defaults.  Ends
 * the program on wrong usage, --help and --version. */
void options_read(int argc, char **argv, struct options *out);

/* ---- state.c ------------------------------------------------------------ */

/* Who the device is, as told at init. */
struct device {
	uint32_t has;
	struct bytes ueid, oemid, hwmodel, hwversion;
	struct list vendors, classes, devices; /* encoded values */
};

/* What the launcher keeps in its own directory. */
struct state {
	struct bytes file; /* on the heap; device views it */
	struct device device;
	struct signer evidence;
	struct cose_key evidence_key;
	struct span seal; /* secret memory */
	struct bytes manifest_uri;
	struct bytes manifest; /* envelope, on the heap */
	uint8_t manifest_digest[DIGEST_LEN];
};

/* As root: make the directories, which must not be there. */
MUST_CHECK enum err state_create(
    const char *path, const struct uids *u, struct why *why);
/* As root: check whose they are, open the agent's, enter the launcher's. */
MUST_CHECK enum err state_enter(
    const char *path, const struct uids *u, int *agent_dir, struct why *why);

/* As the launcher, inside: make the secrets of a new device. */
MUST_CHECK enum err state_make_keys(
    const struct crypto *c, struct state *s, struct why *why);
/* Write who the device is, last: a state without it was never finished. */
MUST_CHECK enum err state_save(
    const struct device *d, struct bytes agent_manifest, struct why *why);
/* Who the device is, and the agent's manifest: all but the secrets. */
MUST_CHECK enum err state_load(struct state *s, struct why *why);
/* Keys that are there already, because they were sealed, are left alone. */
MUST_CHECK enum err state_load_keys(struct state *s, struct why *why);
/* Take the digest and name from the agent's manifest; believes nothing else
 * in it.  Keeps envelope. */
MUST_CHECK enum err state_manifest(
    struct state *s, struct bytes envelope, struct why *why);
void state_free(struct state *s);

/* ---- sealed.c ------------------------------------------------------------ */

/* What a TPM keeps, with what it is sealed to: for the name of a refusal. */
struct sealed {
	struct tpm_pcrs boot;
	struct bytes agent, private, public;
};
MUST_CHECK enum err sealed_write(
    const struct sealed *s, struct span room, struct bytes *out);
MUST_CHECK enum err sealed_read(
    struct bytes in, struct sealed *out, struct why *why);

/* As the launcher, inside, instead of state_make_keys and before
 * state_load_keys: the secrets of a device whose attester seals them.
 * sealed_load does nothing where they are not. */
struct launcher;
MUST_CHECK enum err sealed_make_keys(struct launcher *l, struct why *why);
MUST_CHECK enum err sealed_load(struct launcher *l, struct why *why);

/* ---- launcher.c ---------------------------------------------------------- */

/* What an agent may still ask for, and cause to be written. */
struct throttle {
	struct bucket attest, start, other, log;
	int64_t deaf_until; /* no request is read before */
};

/* What stands behind the Evidence: a row for each kind.  What is NULL is not
 * needed for it. */
struct attester {
	const char *name;
	const char *format; /* media type; NULL: an EAT */
	/* As root, before any of it is given up. */
	enum err (*open)(struct launcher *l, struct why *why);
	/* Keep a secret for this machine, booted as it is now, and give it
	 * back, which is a step of the boot: once, and before bind. */
	enum err (*seal)(struct launcher *l, struct bytes secret,
	    struct span room, struct bytes *out, struct why *why);
	enum err (*unseal)(struct launcher *l, struct bytes sealed,
	    struct span secret, struct why *why);
	/* The agent has said its keys, and has heard nobody yet. */
	enum err (*bind)(struct launcher *l, const struct channel_frame *ready,
	    struct why *why);
	/* May that be attested?  Leaves out what cannot. */
	enum err (*admit)(
	    struct launcher *l, struct attest_request *r, struct why *why);
	/* Put around the EAT what vouches for it. */
	enum err (*wrap)(struct launcher *l, struct bytes challenge,
	    struct bytes eat, struct bytes *out, struct why *why);
	void (*close)(struct launcher *l);
};
/* NULL: there is no such kind. */
const struct attester *attester_find(const char *name);
extern const struct attester attester_tpm;

/* What the TPM attester keeps. */
struct tpm_state {
	struct tpm_device device;
	uint32_t ak;
	uint8_t kid[KID_LEN]; /* of ak */
	struct bytes log;     /* on the heap */
	uint8_t keys_room[TPM_KEYS_MAX], payload_room[TPM_KEYS_MAX];
	struct bytes keys; /* as extended */
	struct tpm_keys bound;
	size_t steps; /* of the launcher's, done */
};

/* One running application. */
struct app {
	pid_t pid; /* 0: free */
	char name[SUIT_ID_TEXT];
};

struct launcher {
	const struct crypto *crypto;
	const struct options *o;
	const struct attester *attester;
	struct tpm_state tpm;
	struct state state;
	uint8_t bootseed[32];
	uint8_t launcher_digest[DIGEST_LEN], agent_digest[DIGEST_LEN];
	int image;     /* the agent, sealed */
	int agent_dir; /* its store */
	int listen;    /* the broker's socket, -1 at init */
	int channel, log;
	pid_t agent;
	struct app app[APP_INSTANCES];
	struct throttle throttle;
	struct span room;    /* one frame in or out */
	struct span scratch; /* Evidence under construction */
};

/* SHA-256 of what a file holds. */
MUST_CHECK enum err digest_file(
    const struct crypto *c, int fd, uint8_t out[DIGEST_LEN]);

/* As root: look at the kernel, measure this program and the agent, open what
 * needs root, become the launcher's user and shut the door. */
MUST_CHECK enum err launcher_enter(
    struct launcher *l, const struct options *o, struct why *why);
/* Start the agent and tell it what it is. */
MUST_CHECK enum err launcher_start_agent(
    struct launcher *l, struct bytes policy, struct why *why);
/* The agent's first word: its public keys are there. */
MUST_CHECK enum err launcher_await_ready(struct launcher *l, int wait_ms,
    struct channel_frame *out, struct why *why);
/* Kill it; what it has written to its log can be read to the end then. */
void launcher_end_agent(struct launcher *l);
void launcher_leave(struct launcher *l);

/* ---- attest.c ------------------------------------------------------------ */

/* Seconds since 1970 by a clock that is to be trusted; 0: there is none. */
uint64_t launcher_time(const struct launcher *l);

/* Evidence for one request of the agent.  *out views l->scratch. */
MUST_CHECK enum err attest(struct launcher *l, const struct channel_frame *f,
    struct bytes *out, struct why *why);

/* ---- apps.c -------------------------------------------------------------- */

/* Start what is in image.  *slot names it, *fd is the agent's end. */
MUST_CHECK enum err app_start(struct launcher *l, const struct channel_frame *f,
    int image, uint64_t *slot, int *fd, struct why *why);
void app_stop(struct launcher *l, uint64_t slot);
void app_stop_all(struct launcher *l);
/* A child has ended; false: it was no application. */
bool app_ended(struct launcher *l, pid_t pid, int status);

/* ---- request.c ----------------------------------------------------------- */

/* All that the table of limits allows. */
struct throttle throttle_full(void);
/* One request and its answer.  An error is the channel's, and ends the agent;
 * what is wrong with a request is in the answer. */
MUST_CHECK enum err request_take(struct launcher *l, int64_t now_ms);

/* ---- publish.c ----------------------------------------------------------- */

#define RESULT_MAX 2048

/* What init has made, as the launcher tells it to root. */
MUST_CHECK enum err publish_encode(struct launcher *l,
    const struct channel_frame *ready, struct span room, struct bytes *out);
/* Write it as PEM files and device.json. */
MUST_CHECK enum err publish(
    const char *dir, const struct device *d, struct bytes in);

/* ---- tpm.c --------------------------------------------------------------- */

enum exit_status command_identify(const struct options *o);
enum exit_status command_activate(const struct options *o);

/* ---- init.c, run.c ------------------------------------------------------- */

enum exit_status command_init(const struct options *o);
enum exit_status command_run(const struct options *o);

/* ---- main.c -------------------------------------------------------------- */

/* One line on stderr: what failed, and why the system says it did. */
void print_fault(const struct why *why, enum err e);

#endif
