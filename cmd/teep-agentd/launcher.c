/*
 * launcher: from root to a process that can do four things: sign Evidence,
 * start children under other users, end them, and write log lines.
 *
 * Gives up: root; every capability but CAP_SETUID and CAP_SETGID (to give
 * children their users; CAP_SYS_ADMIN only where the system allows new user
 * namespaces to nobody else); being traced or dumped; the system calls of
 * sandbox_launcher_filter.
 */
#include "agentd.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef TAMARIND_LIBEXEC
#error "the build says where the agent is installed"
#endif

#define SCRATCH (3 * AGENT_STATE_MAX)
#define BACKLOG 8

static enum err
fault(struct why *why, const char *what)
{
	*why = (struct why){.err = ERR_SYSTEM,
	    .what = what,
	    .kind = WHY_UINT,
	    .found_n = (uint64_t)errno};
	return ERR_SYSTEM;
}

enum err
digest_file(const struct crypto *c, int fd, uint8_t out[DIGEST_LEN])
{
	uint8_t piece[16384];
	struct hash h;
	uint64_t at = 0;
	enum err e;

	TRY(c->hash_begin(&h));
	for (;;) {
		ssize_t n = pread(fd, piece, sizeof(piece), (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		e = n < 0 ? ERR_SYSTEM : OK;
		if (n <= 0)
			break;
		e = c->hash_more(&h, (struct bytes){piece, (size_t)n});
		if (e != OK)
			break;
		at += (uint64_t)n;
	}
	if (e != OK) {
		(void)c->hash_end(&h, NULL);
		return e;
	}
	return c->hash_end(&h, out);
}

/* ---- as root ------------------------------------------------------------ */

static enum err
look_at_kernel(uint64_t *caps, struct why *why)
{
	struct sandbox_host host;
	enum err e;

	e = sandbox_probe(&host, why);
	if (e != OK)
		return e;
	*caps = UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID;
	if (host.admin_needed)
		*caps |= UINT64_C(1) << CAP_SYS_ADMIN;
	log_event(LEVEL_INFO, "kernel",
	    LOG_N("landlock_abi", (uint64_t)host.landlock),
	    LOG_N("memfd_secret", host.memfd_secret),
	    LOG_N("memfd_exec", host.memfd_exec), LOG_N("mdwe", host.mdwe),
	    LOG_N("keeps_sys_admin", host.admin_needed));
	return OK;
}

static enum err
measure_self(struct launcher *l, struct why *why)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return fault(why, "/proc/self/exe");
	e = digest_file(l->crypto, fd, l->launcher_digest);
	(void)close(fd);
	return e == OK ? OK : why_set(why, e, "launcher's digest");
}

/* FILE beside this program, or where packages put it. */
static const char *
default_agent(char room[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		int len;

		self[n] = 0;
		len = snprintf(room, PATH_MAX, "%s/teep-agent", dirname(self));
		if (len > 0 && len < PATH_MAX && access(room, R_OK) == 0)
			return room;
	}
	return TAMARIND_LIBEXEC "/teep-agent";
}

/* What is hashed is what will run: a sealed copy. */
static enum err
take_agent(struct launcher *l, struct why *why)
{
	char room[PATH_MAX];
	const char *path = l->o->agent;
	enum err e;
	int fd;

	if (path == NULL)
		path = default_agent(room);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fault(why, l->o->agent != NULL
				      ? l->o->agent
				      : "agent's executable (--agent)");
	e = sandbox_seal_file(
	    "teep-agent", fd, AGENT_BINARY_MAX, &l->image, why);
	(void)close(fd);
	if (e != OK)
		return e;
	e = digest_file(l->crypto, l->image, l->agent_digest);
	return e == OK ? OK : why_set(why, e, "agent's digest");
}

/* The socket belongs to the broker's user; who is at the other end is checked
 * again by the agent, at every connection. */
static enum err
make_socket(struct launcher *l, struct why *why)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	const char *path = l->o->socket;
	enum err e;

	if (path == NULL)
		return OK;
	e = socket_make_way(path);
	if (e == ERR_EXISTS)
		errno = EADDRINUSE;
	if (e == ERR_EXISTS || e == ERR_SYSTEM)
		return fault(why, path);
	if (e != OK)
		return why_set(why, e, "--socket");
	memcpy(a.sun_path, path, strlen(path) + 1);
	l->listen =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->listen < 0)
		return fault(why, "socket");
	(void)umask(0177);
	if (bind(l->listen, (struct sockaddr *)&a, sizeof(a)) != 0)
		return fault(why, path);
	(void)umask(077);
	if (lchown(path, l->o->uid.broker, l->o->uid.broker) != 0 ||
	    listen(l->listen, BACKLOG) != 0)
		return fault(why, path);
	return OK;
}

static enum err
other_manifest(struct launcher *l, struct why *why)
{
	struct bytes envelope;
	enum err e;

	if (l->o->agent_manifest == NULL)
		return OK;
	e = read_file(l->o->agent_manifest, AGENT_MANIFEST_MAX, &envelope);
	if (e != OK)
		return why_set(why, e, "--agent-manifest");
	e = state_manifest(&l->state, envelope, why);
	if (e != OK)
		release_bytes(&envelope);
	return e;
}

static enum err
make_room(struct launcher *l, struct why *why)
{
	l->room = (struct span){malloc(CHANNEL_MAX), CHANNEL_MAX};
	l->scratch = (struct span){malloc(SCRATCH), SCRATCH};
	if (l->room.p == NULL || l->scratch.p == NULL)
		return why_set(why, ERR_MEMORY, "memory");
	return OK;
}

enum err
launcher_enter(struct launcher *l, const struct options *o, struct why *why)
{
	uint64_t caps;

	*l = (struct launcher){.o = o,
	    .crypto = crypto_openssl(),
	    .attester = attester_find(o->seal != NULL ? o->seal : o->attester),
	    .tpm.device.fd = -1,
	    .throttle = throttle_full(),
	    .image = -1,
	    .agent_dir = -1,
	    .listen = -1,
	    .channel = -1,
	    .log = -1};
	if (l->attester == NULL)
		return why_set(why, ERR_SYNTAX, "--attester");
	if (l->crypto == NULL)
		return why_set(why, ERR_RANDOM, "OpenSSL");
	TRY(look_at_kernel(&caps, why));
	TRY(make_room(l, why));
	TRY(measure_self(l, why));
	TRY(take_agent(l, why));
	TRY(other_manifest(l, why));
	if (l->attester->open != NULL)
		TRY(l->attester->open(l, why));
	TRY(state_enter(o->state, &o->uid, &l->agent_dir, why));
	TRY(make_socket(l, why));
	TRY(sandbox_become(o->uid.launcher, caps, why));
	TRY(sandbox_filter_load(&sandbox_launcher_filter, why));
	/* New at each start: two of them at once show a clone. */
	TRY(l->crypto->random(SPAN_OF(l->bootseed)));
	return OK;
}

/* ---- as the launcher ---------------------------------------------------- */

static enum err
send_config(struct launcher *l, struct bytes policy, struct why *why)
{
	uint8_t suites[CHANNEL_KEYS * 9];
	struct cbor_out w = cbor_into(SPAN_OF(suites));
	struct channel_frame f = {
	    .op = CHANNEL_CONFIG,
	    .mode = policy.n > 0 ? CHANNEL_INIT : CHANNEL_RUN,
	    .broker = l->o->uid.broker,
	    .seal = {l->state.seal.p, l->state.seal.n},
	    .vendors = l->state.device.vendors,
	    .classes = l->state.device.classes,
	    .devices = l->state.device.devices,
	    .policy = policy,
	    .clock = launcher_time(l) != 0,
	};
	const char *format = l->attester == NULL ? NULL : l->attester->format;
	enum err e;

	if (format != NULL)
		f.format = bytes_of_text(format);
	for (size_t i = 0; i < l->o->suite.n; i++)
		cbor_put_uint(&w, strcmp(l->o->suite.at[i], "ed25519") == 0
				      ? CRV_ED25519
				      : CRV_P256);
	TRY(cbor_done(&w, &f.suites.raw));
	f.suites.n = l->o->suite.n;
	e = channel_send(l->channel, l->room, &f, -1);
	wipe(l->room.p, l->room.n); /* held the sealing key */
	sandbox_secret_free(&l->state.seal);
	return e == OK ? OK : why_set(why, e, "agent's channel");
}

enum err
launcher_start_agent(struct launcher *l, struct bytes policy, struct why *why)
{
	char name[] = "teep-agent";
	char *argv[] = {name, NULL};
	int pair[2], log[2];
	int files[] = {-1, -1, -1, -1, l->listen, l->agent_dir};
	struct sandbox_child c = {.image = l->image,
	    .uid = l->o->uid.agent,
	    .peer = l->o->uid.broker,
	    .argv = argv,
	    .fd = files,
	    .n_fds = ARRAY_LEN(files),
	    .dir = AGENT_FD_DIR,
	    .memory = AGENT_MEMORY,
	    .filter = &sandbox_agent_filter};
	enum err e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return fault(why, "socketpair");
	if (pipe2(log, O_CLOEXEC) != 0) {
		e = fault(why, "pipe");
		(void)close(pair[0]);
		(void)close(pair[1]);
		return e;
	}
	files[AGENT_FD_LOG] = log[1];
	files[AGENT_FD_CHANNEL] = pair[1];
	e = sandbox_spawn(&c, &l->agent, why);
	(void)close(pair[1]);
	(void)close(log[1]);
	l->channel = pair[0];
	l->log = log[0];
	if (e == OK)
		e = send_config(l, policy, why);
	return e;
}

enum err
launcher_await_ready(
    struct launcher *l, int wait_ms, struct channel_frame *out, struct why *why)
{
	int fd;
	enum err e = channel_receive(l->channel, l->room, wait_ms, out, &fd);

	if (e == OK && out->op == CHANNEL_ANSWER)
		e = (enum err)out->err; /* it says why it cannot */
	else if (e == OK && out->op != CHANNEL_READY)
		e = ERR_UNEXPECTED;
	if (fd >= 0)
		(void)close(fd);
	return e == OK ? OK : why_set(why, e, "agent's start");
}

void
launcher_end_agent(struct launcher *l)
{
	int status = 0;

	if (l->agent <= 0)
		return;
	(void)kill(l->agent, SIGKILL);
	while (waitpid(l->agent, &status, 0) < 0 && errno == EINTR)
		;
	l->agent = 0;
	/* What ended it before we did, say a forbidden system call. */
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		log_event(LEVEL_ERROR, "agent-killed",
		    LOG_N("signal", (uint64_t)WTERMSIG(status)));
}

static void
close_if(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void
launcher_leave(struct launcher *l)
{
	app_stop_all(l);
	launcher_end_agent(l);
	if (l->attester != NULL && l->attester->close != NULL)
		l->attester->close(l);
	close_if(&l->image);
	close_if(&l->agent_dir);
	close_if(&l->listen);
	close_if(&l->channel);
	close_if(&l->log);
	if (l->room.p != NULL)
		wipe(l->room.p, l->room.n);
	free(l->room.p);
	free(l->scratch.p);
	state_free(&l->state);
}
