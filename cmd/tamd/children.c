/*
 * children: the processes that the supervisor starts, ends and watches.
 *
 * Each gets the descriptors it needs and no other.
 */
#include "children.h"

#include "confine.h"
#include "courier.h"
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

/* Descriptors for a process, and the n-th of them. */
struct kept {
	int fd[THREADS_MAX + COURIERS_MAX + 2];
	size_t n;
};

static void
keep(struct kept *k, const int *fd, size_t n)
{
	for (size_t i = 0; i < n; i++)
		k->fd[k->n++] = fd[i];
}

static int
run(void *ctx, size_t which)
{
	struct super *u = ctx;
	const struct front_fds front = {u->tcp, u->ready[1], u->front_end,
	    u->asking_end, u->threads, u->couriers};
	struct kept k = {.n = 0};

	switch ((enum process)which) {
	case KEEPER:
		keep(&k, u->keeper_end, u->threads);
		keep_only(k.fd, k.n);
		return keeper_run(&u->s, u->keeper_end, u->threads);
	case COURIER:
		keep(&k, u->courier_end, u->couriers);
		keep_only(k.fd, k.n);
		return courier_run(&u->s, u->courier_end, u->couriers);
	case FRONT:
		keep(&k, u->front_end, u->threads);
		keep(&k, u->asking_end, u->couriers);
		keep(&k, &u->tcp, 1);
		keep(&k, &u->ready[1], 1);
		keep_only(k.fd, k.n);
		return front_run(&u->s, &front);
	case ADMIN:
		keep(&k, &u->unix_fd, 1);
		keep_only(k.fd, k.n);
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
	const bool courier = s->verifier.uri[0] != 0;
	const uid_t uid[] = {k, a, f, s->uid_courier};
	char key[KEY_NAME_MAX], file[KEY_NAME_MAX + 16];
	bool none, ok = uids_differ(uid, courier ? 4 : 3, &none);

	if (getuid() != 0 || none)
		return true;
	if (!ok) {
		fprintf(stderr, "tamd: [uids] must name %s different users\n",
		    courier ? "four" : "three");
		return false;
	}
	for (size_t i = 0; i < keeper_keys(s); i++) {
		(void)snprintf(file, sizeof(file), DIR_KEYS "/%s.pem",
		    keeper_key_name(s, i, key));
		if (!give(u, DIR_KEYS, file, k, k))
			return false;
	}
	if (settings_vouched(s) &&
	    !give(u, DIR_KEYS, DIR_KEYS "/" KEY_EVIDENCE_NAME ".pem", k, k))
		return false;
	return give(u, "policy", FILE_POLICY, a, f) &&
	       give(u, "state", FILE_STATE, f, a);
}

static bool
pairs_make(int *one, int *other, size_t n, size_t *made)
{
	int pair[2];

	for (*made = 0; *made < n; (*made)++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) !=
		    0) {
			print_err(TAMD, NULL, ERR_SYSTEM);
			return false;
		}
		one[*made] = pair[0];
		other[*made] = pair[1];
	}
	return true;
}

static bool
all_pairs_make(struct super *u)
{
	const struct verifier_setting *v = &u->s.verifier;
	size_t threads =
	    u->s.threads > THREADS_MAX ? THREADS_MAX : u->s.threads;

	u->couriers = 0;
	return pairs_make(u->keeper_end, u->front_end, threads, &u->threads) &&
	       pairs_make(u->courier_end, u->asking_end,
		   v->uri[0] == 0 ? 0 : v->sessions, &u->couriers);
}

static void
pairs_close(const int *one, const int *other, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		(void)close(one[i]);
		(void)close(other[i]);
	}
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
	static const char *const name[] = {
	    "keeper", "courier", "admin", "front"};

	u->child[c].name = name[c];
	return child_start(&u->child[c], run, u, c);
}

bool
start_all(struct super *u)
{
	bool ok = recover(u) && owners_set(u) && all_pairs_make(u) &&
		  pipe2(u->ready, O_CLOEXEC) == 0;

	ok = ok && start(u, KEEPER) &&
	     (u->couriers == 0 || start(u, COURIER)) && start(u, FRONT);
	pairs_close(u->keeper_end, u->front_end, u->threads);
	pairs_close(u->courier_end, u->asking_end, u->couriers);
	u->threads = u->couriers = 0;
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
	clean &= child_stop(&u->child[COURIER], DRAIN_END_MS);
	clean &= child_stop(&u->child[KEEPER], DRAIN_END_MS);
	if (u->ready[0] >= 0)
		(void)close(u->ready[0]);
	u->ready[0] = -1;
	return clean;
}
