/*
 * store_writer: one thread commits for all.
 *
 * Everything that waits is one transaction, each message a savepoint in it.
 * A disk that takes a millisecond to be sure then costs every message a
 * fraction of it.  The checkpoint has a thread of its own.
 */
#include "store_int.h"

#include <cmdline.h>
#include <time.h>

#define GROUP_MAX       256
#define SWEEP_ROWS      500
#define CHECKPOINT_AT   1000 /* pages in the WAL */
#define RESTART_AT      8192 /* 32 MiB */
#define RESTART_MS      500  /* for readers to leave it */
#define HOUSEKEEPING_MS 1000

static const char savepoint[] = "SAVEPOINT message";
static const char release[] = "RELEASE message";
static const char undo[] = "ROLLBACK TO message";

/* One message: applied, or as if it had never been there.  An answer other
 * than OK says that the whole transaction is no good any more. */
static enum err
job_apply(struct store *s, struct store_job *j)
{
	TRY(db_run(&s->db, savepoint, NULL, 0));
	j->result = state_apply(&s->db, s->policy, j->reply);
	if (j->result != OK)
		TRY(db_run(&s->db, undo, NULL, 0));
	return db_run(&s->db, release, NULL, 0);
}

static void
group_commit(struct store *s, struct store_job *list)
{
	enum err e = db_begin(&s->db);

	if (e == OK) {
		for (struct store_job *j = list; j != NULL && e == OK;
		     j = j->next)
			e = job_apply(s, j);
		e = db_end(&s->db, e);
	}
	if (e == OK)
		return;
	/* whatever the store said: nobody was judged */
	for (struct store_job *j = list; j != NULL; j = j->next)
		j->result = e == ERR_DISK_FULL ? e : ERR_STORE;
}

static void
group_done(struct store *s, struct store_job *list)
{
	struct store_counts n = {.commits = 1};

	for (struct store_job *j = list; j != NULL; j = j->next) {
		n.jobs++;
		if (err_class(j->result) == CLASS_REFUSED)
			n.refused++;
		else if (j->result != OK)
			n.failed++;
	}
	(void)pthread_mutex_lock(&s->lock);
	s->counts.jobs += n.jobs;
	s->counts.commits += n.commits;
	s->counts.refused += n.refused;
	s->counts.failed += n.failed;
	s->counts.waiting -= n.jobs;
	(void)pthread_mutex_unlock(&s->lock);
	while (list != NULL) {
		struct store_job *j = list;

		list = j->next; /* done may free it */
		j->done(j);
	}
}

static void
wait_until(struct store *s, pthread_cond_t *cond)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += HOUSEKEEPING_MS / 1000;
	(void)pthread_cond_timedwait(cond, &s->lock, &t);
}

/* Up to GROUP_MAX jobs; NULL when there are none. */
static struct store_job *
group_take(struct store *s, bool *stop)
{
	struct store_job *list, **at;
	size_t n = 0;

	(void)pthread_mutex_lock(&s->lock);
	if (s->first == NULL && !s->stop)
		wait_until(s, &s->wake);
	list = s->first;
	for (at = &s->first; *at != NULL && n < GROUP_MAX; at = &(*at)->next)
		n++;
	s->first = *at;
	if (n > 0)
		*at = NULL;
	if (s->first == NULL)
		s->last = &s->first;
	*stop = s->stop && list == NULL;
	(void)pthread_mutex_unlock(&s->lock);
	return list;
}

/* Failures here are tried again a little later; they cost no message.  As
 * long as there is more to sweep, a little is swept after every group. */
static void
housekeeping(struct store *s)
{
	uint64_t now = (uint64_t)time(NULL);
	size_t gone = 0;
	enum err e;

	if (now < s->sweep_at && s->sweep_at - now <= s->config.sweep_every)
		return;
	e = store_mac_refresh(s, now);
	if (e == OK)
		e = db_begin(&s->db);
	if (e == OK)
		e = db_end(&s->db, state_sweep(&s->db, now, SWEEP_ROWS, &gone));
	if (e != OK)
		s->sweep_at = now + 1;
	else if (gone < SWEEP_ROWS)
		s->sweep_at = now + s->config.sweep_every;
}

/*
 * What the checkpointer copies while this thread goes on writing is never all
 * of it, and a WAL begins anew only when all of it has been copied and nobody
 * reads in it.  Under load that moment does not come by itself.  Who reads
 * for long must not make every reply wait: then a little later again.
 */
static void
wal_restart(struct store *s)
{
	int rc;

	if (atomic_load(&s->wal_pages) <= RESTART_AT ||
	    now_ms() < s->restart_at)
		return;
	/* The checkpointer may be at it: it ends by itself, and the time given
	 * is for readers alone. */
	(void)pthread_mutex_lock(&s->checkpoint);
	(void)sqlite3_busy_timeout(s->db.sql, RESTART_MS);
	rc = sqlite3_wal_checkpoint_v2(
	    s->db.sql, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	(void)sqlite3_busy_timeout(s->db.sql, DB_BUSY_MS);
	(void)pthread_mutex_unlock(&s->checkpoint);
	if (rc != SQLITE_OK)
		s->restart_at = now_ms() + HOUSEKEEPING_MS;
}

static int
on_wal(void *arg, sqlite3 *sql, const char *name, int pages)
{
	struct store *s = arg;

	(void)sql;
	(void)name;
	atomic_store(&s->wal_pages, pages);
	return SQLITE_OK;
}

void *
store_writer(void *arg)
{
	struct store *s = arg;
	bool stop = false;

	(void)sqlite3_wal_hook(s->db.sql, on_wal, s);
	while (!stop) {
		struct store_job *list = group_take(s, &stop);

		if (list != NULL) {
			group_commit(s, list);
			group_done(s, list);
			wal_restart(s);
		}
		if (!stop)
			housekeeping(s);
	}
	return NULL;
}

void *
store_checkpointer(void *arg)
{
	struct store *s = arg;
	struct db d;
	bool open = state_connect(&d, s->state_path, true) == OK;
	bool stop = false;

	while (!stop) {
		(void)pthread_mutex_lock(&s->lock);
		if (!s->stop)
			wait_until(s, &s->tick);
		stop = s->stop;
		(void)pthread_mutex_unlock(&s->lock);
		if (!open)
			open = state_connect(&d, s->state_path, true) == OK;
		if (!open || atomic_load(&s->wal_pages) <= CHECKPOINT_AT)
			continue;
		(void)pthread_mutex_lock(&s->checkpoint);
		(void)sqlite3_wal_checkpoint_v2(
		    d.sql, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
		(void)pthread_mutex_unlock(&s->checkpoint);
	}
	if (open)
		db_close(&d);
	return NULL;
}

void
store_commit(struct store *s, struct store_job *job)
{
	bool late;

	job->next = NULL;
	job->result = ERR_STORE;
	(void)pthread_mutex_lock(&s->lock);
	late = s->stop;
	if (!late) {
		*s->last = job;
		s->last = &job->next;
		s->counts.waiting++;
		(void)pthread_cond_signal(&s->wake);
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (late)
		job->done(job);
}

struct waiter {
	struct store_job job; /* first: found again from it */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
};

static void
wake(struct store_job *job)
{
	struct waiter *w = (struct waiter *)(void *)job;

	(void)pthread_mutex_lock(&w->lock);
	w->done = true;
	(void)pthread_cond_signal(&w->cond);
	(void)pthread_mutex_unlock(&w->lock);
}

enum err
store_commit_wait(struct store *s, const struct tam_reply *reply)
{
	struct waiter w = {.job = {.reply = reply, .done = wake}};

	(void)pthread_mutex_init(&w.lock, NULL);
	(void)pthread_cond_init(&w.cond, NULL);
	store_commit(s, &w.job);
	(void)pthread_mutex_lock(&w.lock);
	while (!w.done)
		(void)pthread_cond_wait(&w.cond, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
	(void)pthread_cond_destroy(&w.cond);
	(void)pthread_mutex_destroy(&w.lock);
	return w.job.result;
}
