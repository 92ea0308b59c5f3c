/*
 * admin: the admin front on databases in memory, one request after another.
 */
#include "mhd.h"

#include <admin.h>
#include <ftw.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static MHD_AccessHandlerCallback handler;
static MHD_RequestCompletedCallback completed;
static void *front;
static pthread_barrier_t up;
static struct settings settings;
static sqlite3 *db[2], *empty[2];

/* ---- the library --------------------------------------------------------- */

struct MHD_Response {
	size_t n;
};

struct MHD_Daemon *
MHD_start_daemon(unsigned int flags, uint16_t port,
    MHD_AcceptPolicyCallback accept, void *accept_arg,
    MHD_AccessHandlerCallback on_request, void *arg, ...)
{
	static char any;
	va_list ap;
	int option;

	(void)flags;
	(void)port;
	(void)accept;
	(void)accept_arg;
	handler = on_request;
	front = arg;
	va_start(ap, arg);
	option = va_arg(ap, int);
	HOLDS(option == MHD_OPTION_LISTEN_SOCKET && va_arg(ap, int) == -1);
	option = va_arg(ap, int);
	HOLDS(option == MHD_OPTION_NOTIFY_COMPLETED);
	completed = va_arg(ap, MHD_RequestCompletedCallback);
	va_end(ap);
	pthread_barrier_wait(&up);
	return (struct MHD_Daemon *)(void *)&any;
}

void
MHD_stop_daemon(struct MHD_Daemon *d)
{
	(void)d;
}

struct MHD_Response *
MHD_create_response_from_buffer(
    size_t n, void *p, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *r = malloc(sizeof(*r));

	HOLDS(r != NULL && mode == MHD_RESPMEM_MUST_FREE);
	HOLDS(n == 0 || strlen(p) == n);
	r->n = n;
	free(p);
	return r;
}

enum MHD_Result
MHD_add_response_header(
    struct MHD_Response *r, const char *name, const char *value)
{
	(void)r;
	HOLDS(name[0] != 0 && value[0] != 0);
	return MHD_YES;
}

enum MHD_Result
MHD_queue_response(
    struct MHD_Connection *c, unsigned int status, struct MHD_Response *r)
{
	HOLDS(c->status == 0 && (status == 204) == (r->n == 0));
	c->status = status;
	return MHD_YES;
}

void
MHD_destroy_response(struct MHD_Response *r)
{
	free(r);
}

const union MHD_ConnectionInfo *
MHD_get_connection_info(
    struct MHD_Connection *c, enum MHD_ConnectionInfoType what, ...)
{
	static union MHD_ConnectionInfo info;

	(void)c;
	HOLDS(what == MHD_CONNECTION_INFO_CONNECTION_FD);
	return &info;
}

/* ---- the front ----------------------------------------------------------- */

int
stop_fd(void)
{
	int fd[2];

	HOLDS(pipe(fd) == 0);
	return fd[0]; /* never readable */
}

enum err
peer_check(const struct settings *s, int fd)
{
	(void)fd;
	return s == &settings ? OK : ERR_PEER;
}

static void *
run(void *arg)
{
	(void)arg;
	HOLDS(admin_run(&settings, -1) == EXIT_DONE);
	return NULL;
}

static int delete (
    const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
clean_up(void)
{
	(void)nftw(settings.dir, delete, 8, FTW_DEPTH | FTW_PHYS);
}

static void
copy(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");

	HOLDS(b != NULL && sqlite3_backup_step(b, -1) == SQLITE_DONE);
	HOLDS(sqlite3_backup_finish(b) == SQLITE_OK);
}

static void
make(size_t i, const char *folder, const char *file,
    enum err (*create)(const char *path))
{
	char path[PATH_MAX];

	settings_path(&settings, folder, path);
	HOLDS(mkdir(path, 0700) == 0);
	settings_path(&settings, file, path);
	HOLDS(create(path) == OK);
	HOLDS(sqlite3_open(path, &db[i]) == SQLITE_OK);
	HOLDS(sqlite3_open(":memory:", &empty[i]) == SQLITE_OK);
	copy(db[i], empty[i]);
}

static void
start(void)
{
	pthread_t thread;

	HOLDS(fuzz_crypto() != NULL);
	/* where a flush costs nothing, if there is such a place */
	(void)snprintf(settings.dir, sizeof(settings.dir), "%s",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm/fuzz-admin-XXXXXX"
					  : "/tmp/fuzz-admin-XXXXXX");
	HOLDS(mkdtemp(settings.dir) != NULL);
	HOLDS(atexit(clean_up) == 0);
	make(0, "policy", FILE_POLICY, policy_create);
	make(1, "state", FILE_STATE, state_create);
	HOLDS(pthread_barrier_init(&up, NULL, 2) == 0);
	HOLDS(pthread_create(&thread, NULL, run, NULL) == 0);
	pthread_barrier_wait(&up);
}

void
fuzz_admin(struct MHD_Connection *c)
{
	void *mine = NULL;
	size_t n = 0, left = c->body.n;
	const char *p = (const char *)c->body.p;

	if (handler == NULL)
		start();
	HOLDS(handler(front, c, c->path, c->method, c->version, NULL, &n,
		  &mine) == MHD_YES);
	while (left > 0 && c->status == 0) {
		n = left > 1000 ? 1000 : left;
		left -= n;
		HOLDS(handler(front, c, c->path, c->method, c->version, p, &n,
			  &mine) == MHD_YES);
		HOLDS(n == 0);
		p += 1000;
	}
	n = 0;
	if (c->status == 0)
		HOLDS(handler(front, c, c->path, c->method, c->version, NULL,
			  &n, &mine) == MHD_YES);
	completed(front, c, &mine, MHD_REQUEST_TERMINATED_COMPLETED_OK);
	HOLDS(c->status >= 200 && c->status < 600 && c->status != 500);
}

void
fuzz_admin_clear(void)
{
	if (handler != NULL)
		copy(empty[0], db[0]);
}
