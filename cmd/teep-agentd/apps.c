/*
 * apps: start, stop and reap trusted applications.         [security 18]
 *
 * The agent asks; what runs is only what has the digest it asked for, in a
 * copy that nobody can change and nobody but the launcher ever held.
 */
#include "agentd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct bytes
name_of(const struct app *a)
{
	return bytes_of_text(a->name);
}

/* A slot whose former application is reaped: its uid runs nothing. */
static enum err
find_slot(const struct launcher *l, uint64_t *slot, struct why *why)
{
	for (size_t i = 0; i < APP_INSTANCES; i++) {
		if (l->app[i].pid == 0) {
			*slot = i;
			return OK;
		}
	}
	return why_set(why, ERR_LIMIT, "applications");
}

/* Take the image over: sealed, of the size and digest asked for. */
static enum err
take_image(const struct launcher *l, const struct channel_frame *f, int from,
    int *image, struct why *why)
{
	uint8_t is[DIGEST_LEN];
	uint64_t size;
	enum err e;

	*image = -1;
	if (from < 0 || !sandbox_sealed(from, &size))
		return why_set(why, ERR_INVOKE, "sealed image");
	if (size != f->size)
		return why_set(why, ERR_IMAGE_SIZE, "image");
	TRY(sandbox_seal_file("app", from, APP_IMAGE_MAX, image, why));
	e = digest_file(l->crypto, *image, is);
	if (e == OK && !bytes_same(BYTES_OF(is), f->sha256))
		e = why_set(why, ERR_IMAGE_DIGEST, "image");
	if (e != OK) {
		(void)close(*image);
		*image = -1;
	}
	return e;
}

/* Arguments as C text: a NUL inside would cut what the manifest says. */
static enum err
copy_args(struct bytes args, char out[APP_ARGS_MAX + 1], struct why *why)
{
	if (args.n > APP_ARGS_MAX ||
	    (args.n > 0 && memchr(args.p, 0, args.n) != NULL))
		return why_set(why, ERR_INVOKE, "arguments");
	if (args.n > 0)
		memcpy(out, args.p, args.n);
	out[args.n] = 0;
	return OK;
}

static enum err
spawn(struct launcher *l, const struct channel_frame *f, int image,
    uint64_t slot, int *fd, struct why *why)
{
	struct app *a = &l->app[slot];
	char args[APP_ARGS_MAX + 1];
	char *argv[3] = {a->name, f->args.n > 0 ? args : NULL, NULL};
	int pair[2];
	int files[4] = {-1, -1, -1, -1};
	struct sandbox_child c = {.image = image,
	    .uid = l->o->uid.apps + (uid_t)slot,
	    .argv = argv,
	    .fd = files,
	    .n_fds = ARRAY_LEN(files),
	    .dir = -1,
	    .memory = APP_MEMORY,
	    .filter = &sandbox_app_filter};
	enum err e;

	TRY(suit_id_text(f->component, a->name));
	TRY(copy_args(f->args, args, why));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return why_set(why, ERR_SYSTEM, "socketpair");
	files[3] = pair[1];
	e = sandbox_spawn(&c, &a->pid, why);
	(void)close(pair[1]);
	if (e != OK) {
		(void)close(pair[0]);
		a->pid = 0;
		return e;
	}
	*fd = pair[0];
	return OK;
}

enum err
app_start(struct launcher *l, const struct channel_frame *f, int image,
    uint64_t *slot, int *fd, struct why *why)
{
	int own;
	enum err e;

	*fd = -1;
	*slot = 0;
	TRY(find_slot(l, slot, why));
	TRY(take_image(l, f, image, &own, why));
	e = spawn(l, f, own, *slot, fd, why);
	(void)close(own);
	if (e == OK)
		log_event(LEVEL_INFO, "application-started",
		    LOG_B("component", name_of(&l->app[*slot])),
		    LOG_H("sha256", f->sha256),
		    LOG_N("uid", l->o->uid.apps + *slot),
		    LOG_N("pid", (uint64_t)l->app[*slot].pid));
	return e;
}

static void
log_end(const struct app *a, int status)
{
	/* SIGSYS: it made a system call that no application makes. */
	bool bad = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;

	log_event(bad ? LEVEL_WARN : LEVEL_INFO,
	    bad ? "application-killed" : "application-ended",
	    LOG_B("component", name_of(a)), LOG_N("pid", (uint64_t)a->pid),
	    WIFSIGNALED(status)
		? LOG_N("signal", (uint64_t)WTERMSIG(status))
		: LOG_N("status", (uint64_t)WEXITSTATUS(status)));
}

bool
app_ended(struct launcher *l, pid_t pid, int status)
{
	for (size_t i = 0; i < APP_INSTANCES; i++) {
		struct app *a = &l->app[i];

		if (a->pid != pid)
			continue;
		log_end(a, status);
		*a = (struct app){0};
		return true;
	}
	return false;
}

/* Waits for its end: the slot's uid must be idle before it serves again. */
void
app_stop(struct launcher *l, uint64_t slot)
{
	struct app *a = &l->app[slot];
	int status = 0;
	pid_t r;

	if (a->pid == 0)
		return;
	(void)kill(a->pid, SIGKILL);
	do
		r = waitpid(a->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	(void)app_ended(l, a->pid, status);
}

void
app_stop_all(struct launcher *l)
{
	for (size_t i = 0; i < APP_INSTANCES; i++)
		app_stop(l, i);
}
