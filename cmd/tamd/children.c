/*
 * children: the processes that the supervisor starts, ends and watches.
 *
 * Each gets the descriptors it needs and no other.
 */
#include "children.h"

#include "confine.h"
#include "keeper.h"
#include "parts.h"

#include <fcntl.h>
#include <policy.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAIN_MS     20000 /* for the fronts to end */
#define DRAIN_END_MS 5000  /* for the keeper, afterwards */

/* ---- starting --------------------------------------------------------------
 */

static int
run(void *ctx, size_t which)
{
	enum process c = (enum process)which;
	struct super *u = ctx;
	int ready_fd = u->ready[1];
	int keep[THREADS_MAX + 2];
	size_t n = 0;

	if (c == KEEPER) {
		for (; n < u->threads; n++)
			keep[n] = u->keeper_end[n];
	} else if (c == ADMIN) {
		keep[n++] = u->unix_fd;
	} else {
		for (; n < u->threads; n++)
			keep[n] = u->front_end[n];
		keep[n++] = u->tcp;
		keep[n++] = ready_fd;
	}
	keep_only(keep, n);
	switch (c) {
	case KEEPER:
		return keeper_run(&u->s, u->keeper_end, u->threads);
	case FRONT:
		return front_run(
		    &u->s, u->tcp, u->front_end, u->threads, ready_fd);
	case ADMIN:
		if (confine_admin(&u->s) != OK)
			return EXIT_REFUSED;
		return admin_run(&u->s, u->unix_fd);
	case PROCESSES:
		break;
	}
	return EXIT_REFUSED;
}

/* Hand a folder and its file to a process's user; what is made in it goes to
 * the same group, whose members may read. */
static bool
give(const struct super *u, const char *folder, const char *file, uid_t uid,
    gid_t gid)
{
	const char *const name[] = {folder, file};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(name) && name[i] != NULL; i++) {
		mode_t mode = uid == gid ? (i == 0 ? 0700 : 0600)
					 : (i == 0 ? 02750 : 0640);

		settings_path(&u->s, name[i], path);
		if (!hand_over(TAMD, path, uid, gid, mode))
			return false;
	}
	return true;
}

/* With users of their own each process owns what it writes. */
static bool
owners_set(const struct super *u)
{
	const struct settings *s = &u->s;
	const uid_t k = s->uid_keeper, a = s->uid_admin, f = s->uid_front;
	const uid_t uid[] = {k, a, f};
	char key[KEY_NAME_MAX], file[KEY_NAME_MAX + 16];
	bool none, ok = uids_differ(uid, ARRAY_LEN(uid), &none);

	if (getuid() != 0 || none)
		return true;
	if (!ok) {
		fputs("tamd: [uids] must name three different users\n", stderr);
		return false;
	}
	for (size_t i = 0; i < keeper_keys(s); i++) {
		(void)snprintf(file, sizeof(file), DIR_KEYS "/%s.pem",
		    keeper_key_name(s, i, key));
		if (!give(u, DIR_KEYS, file, k, k))
			return false;
	}
	return give(u, "policy", FILE_POLICY, a, f) &&
	       give(u, "state", FILE_STATE, f, a);
}

static bool
pairs_make(struct super *u)
{
	int pair[2];

	u->threads = u->s.threads > THREADS_MAX ? THREADS_MAX : u->s.threads;
	for (size_t i = 0; i < u->threads; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) !=
		    0) {
			print_err(TAMD, NULL, ERR_SYSTEM);
			u->threads = i;
			return false;
		}
		u->keeper_end[i] = pair[0];
		u->front_end[i] = pair[1];
	}
	return true;
}

static void
pairs_close(struct super *u)
{
	for (size_t i = 0; i < u->threads; i++) {
		(void)close(u->keeper_end[i]);
		(void)close(u->front_end[i]);
	}
	u->threads = 0;
}

static bool
recover(const struct super *u)
{
	char path[PATH_MAX];
	enum err e;

	settings_path(&u->s, FILE_POLICY, path);
	e = policy_recover(path);
	if (e != OK)
		print_err(TAMD, path, e);
	return e == OK;
}

static bool
start(struct super *u, enum process c)
{
	static const char *const name[] = {"keeper", "admin", "front"};

	u->child[c].name = name[c];
	return child_start(&u->child[c], run, u, c);
}

bool
start_all(struct super *u)
{
	bool ok = recover(u) && owners_set(u) && pairs_make(u) &&
		  pipe2(u->ready, O_CLOEXEC) == 0;

	ok = ok && start(u, KEEPER) && start(u, FRONT);
	pairs_close(u);
	if (u->ready[1] >= 0)
		(void)close(u->ready[1]);
	u->ready[1] = -1;
	return ok;
}

bool
start_admin(struct super *u)
{
	return start(u, ADMIN);
}

bool
stop_all(struct super *u)
{
	/* each before what it stands on */
	bool clean = child_stop(&u->child[ADMIN], DRAIN_MS);

	clean &= child_stop(&u->child[FRONT], DRAIN_MS);
	clean &= child_stop(&u->child[KEEPER], DRAIN_END_MS);
	if (u->ready[0] >= 0)
		(void)close(u->ready[0]);
	u->ready[0] = -1;
	return clean;
}
