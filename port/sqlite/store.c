/* store: open and close both databases, and the threads beside them. */
#include "store_int.h"
#include <cmdline.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Two writers would not harm the database, but each would hand out challenges
 * under keys that the other learns of too late. */
static enum err
lock_take(struct store *s)
{
	char path[PATH_MAX + 8];

	(void)snprintf(path, sizeof(path), "%s.lock", s->state_path);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return ERR_SYSTEM;
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? ERR_BUSY : ERR_SYSTEM;
	return OK;
}

static enum err
start(struct store *s)
{
	TRY(lock_take(s));
	TRY(policy_open(s->policy_path, false, &s->policy));
	TRY(state_connect(&s->db, s->state_path, true));
	TRY(store_mac_refresh(s, (uint64_t)time(NULL)));
	if (pthread_create(&s->writer, NULL, store_writer, s) != 0)
		return ERR_SYSTEM;
	s->writing = true;
	if (pthread_create(&s->checkpointer, NULL, store_checkpointer, s) != 0)
		return ERR_SYSTEM;
	s->checkpointing = true;
	return OK;
}

enum err
store_open(const char *policy_path, const char *state_path,
    const struct crypto *c, const struct store_config *config,
    struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;
	enum err e;

	*out = NULL;
	if (s == NULL)
		return ERR_MEMORY;
	s->crypto = c;
	s->config = *config;
	s->last = &s->first;
	s->lock_fd = -1;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->wake, &attr);
	(void)pthread_cond_init(&s->tick, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_mutex_init(&s->checkpoint, NULL);
	(void)pthread_rwlock_init(&s->mac_lock, NULL);
	if (!text_set(s->policy_path, sizeof(s->policy_path), policy_path) ||
	    !text_set(s->state_path, sizeof(s->state_path), state_path)) {
		store_close(s);
		return ERR_ROOM;
	}
	e = start(s);
	if (e != OK) {
		store_close(s);
		return e;
	}
	*out = s;
	return OK;
}

void
store_stop(struct store *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->stop = true;
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_cond_signal(&s->tick);
	(void)pthread_mutex_unlock(&s->lock);
	if (s->writing)
		(void)pthread_join(s->writer, NULL);
	if (s->checkpointing)
		(void)pthread_join(s->checkpointer, NULL);
	s->writing = s->checkpointing = false;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_stop(s);
	policy_close(s->policy);
	if (s->db.sql != NULL)
		db_close(&s->db);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	(void)pthread_mutex_destroy(&s->checkpoint);
	(void)pthread_rwlock_destroy(&s->mac_lock);
	(void)pthread_cond_destroy(&s->tick);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	wipe(&s->mac, sizeof(s->mac));
	free(s);
}

enum err
store_mac_refresh(struct store *s, uint64_t now)
{
	struct mac_keys keys;
	uint8_t key[32];
	enum err e = state_mac_load(&s->db, &keys);

	/* a clock that was set back makes a new one, too */
	if (e == OK && (keys.n == 0 || now < keys.made[0] ||
			   now - keys.made[0] >= s->config.mac_key_life)) {
		e = s->crypto->random(SPAN_OF(key));
		if (e == OK)
			e = db_begin(&s->db);
		if (e == OK)
			e = db_end(&s->db, state_mac_add(&s->db, key, now));
		wipe(key, sizeof(key));
		if (e == OK)
			e = state_mac_load(&s->db, &keys);
	}
	if (e == OK) {
		(void)pthread_rwlock_wrlock(&s->mac_lock);
		s->mac = keys;
		(void)pthread_rwlock_unlock(&s->mac_lock);
	}
	wipe(&keys, sizeof(keys));
	return e;
}

void
store_counts(struct store *s, struct store_counts *out)
{
	(void)pthread_mutex_lock(&s->lock);
	*out = s->counts;
	(void)pthread_mutex_unlock(&s->lock);
}
