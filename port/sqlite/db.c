/* db: connections, kept statements, values and columns over SQLite. */
#include "db.h"

#include <cmdline.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define SAY_EVERY_MS 1000

struct bytes
db_bytes(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

/* The operator has to hear which file it is and what the system said: the
 * reason alone goes to those who asked. */
static void
say(sqlite3 *sql, enum err e)
{
	static atomic_int_fast64_t said_at;
	int64_t now = now_ms(), before = atomic_load(&said_at);
	int number = sqlite3_system_errno(sql);
	const char *file = sqlite3_db_filename(sql, "main");

	if ((before != 0 && now - before < SAY_EVERY_MS) ||
	    !atomic_compare_exchange_strong(&said_at, &before, now))
		return;
	log_event(LEVEL_ERROR, "database",
	    LOG_S("file", file == NULL ? "" : file), LOG_ERR("reason", e),
	    LOG_N("code", (uint64_t)sqlite3_extended_errcode(sql)),
	    LOG_S("text", sqlite3_errstr(sqlite3_errcode(sql))),
	    LOG_S("error", number == 0 ? "" : strerror(number)));
}

/* No room for the file, or for its journal. */
static bool
is_full(sqlite3 *sql, int rc)
{
	int number = sqlite3_system_errno(sql);

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return true;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		return number == ENOSPC || number == EDQUOT;
	default:
		return false;
	}
}

static enum err
db_error(sqlite3 *sql, int rc)
{
	enum err e;

	switch (rc & 0xff) {
	case SQLITE_ROW:
	case SQLITE_OK:
		return OK;
	case SQLITE_DONE:
		return ERR_NOT_FOUND;
	case SQLITE_CONSTRAINT:
		return ERR_EXISTS;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	default:
		e = is_full(sql, rc) ? ERR_DISK_FULL : ERR_STORE;
		say(sql, e);
		return e;
	}
}

/* The library opens for reading what it cannot open for writing, and every
 * change would be refused for as long as the connection lives. */
static bool
is_as_asked(struct db *d, int flags)
{
	return (flags & SQLITE_OPEN_READWRITE) == 0 ||
	       sqlite3_db_readonly(d->sql, "main") == 0;
}

enum err
db_open(struct db *d, const char *path, int flags)
{
	enum err e;
	int rc;

	*d = (struct db){0};
	rc = sqlite3_open_v2(path, &d->sql, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (d->sql == NULL)
		return ERR_MEMORY;
	if (rc != SQLITE_OK) {
		e = sqlite3_system_errno(d->sql) == ENOENT
			? ERR_NOT_FOUND
			: db_error(d->sql, rc);
		db_close(d);
		return e;
	}
	if (!is_as_asked(d, flags)) {
		log_event(LEVEL_ERROR, "database", LOG_S("file", path),
		    LOG_ERR("reason", ERR_STORE),
		    LOG_S("text", "cannot be opened for writing"));
		db_close(d);
		return ERR_STORE;
	}
	(void)sqlite3_busy_timeout(d->sql, DB_BUSY_MS);
	/* the file is ours, but whoever changed it must not run code in us */
	(void)sqlite3_db_config(d->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(
	    d->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	e = db_exec(d, "PRAGMA foreign_keys = ON");
	if (e != OK)
		db_close(d);
	return e;
}

void
db_close(struct db *d)
{
	for (size_t i = 0; i < d->n; i++)
		(void)sqlite3_finalize(d->kept[i].stmt);
	(void)sqlite3_close(d->sql);
	*d = (struct db){0};
}

enum err
db_exec(struct db *d, const char *text)
{
	return db_error(d->sql, sqlite3_exec(d->sql, text, NULL, NULL, NULL));
}

enum err
db_number(struct db *d, const char *text, int64_t *out)
{
	sqlite3_stmt *s = NULL;
	enum err e =
	    db_error(d->sql, sqlite3_prepare_v2(d->sql, text, -1, &s, NULL));

	*out = 0;
	if (e == OK)
		e = db_step(s);
	if (e == OK)
		*out = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	return e;
}

enum err
db_create(const char *path, const char *journal, const char *schema)
{
	struct db d;
	enum err e;

	if (access(path, F_OK) == 0)
		return ERR_EXISTS;
	TRY(db_open(&d, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
	e = db_exec(&d, journal);
	if (e == OK)
		e = db_exec(&d, "PRAGMA synchronous = FULL");
	if (e == OK)
		e = db_exec(&d, schema);
	db_close(&d);
	return e;
}

enum err
db_open_marked(
    struct db *d, const char *path, bool write, int64_t app, int64_t layout)
{
	int64_t is_app = 0, is_layout = 0;
	enum err e;

	TRY(db_open(
	    d, path, write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY));
	e = db_number(d, "PRAGMA application_id", &is_app);
	if (e == OK)
		e = db_number(d, "PRAGMA user_version", &is_layout);
	if (e == OK && (is_app != app || is_layout != layout))
		e = ERR_VERSION;
	if (e != OK)
		db_close(d);
	return e;
}

static enum err
kept(struct db *d, const char *text, sqlite3_stmt **out)
{
	struct db_statement *k;

	for (size_t i = 0; i < d->n; i++) {
		if (d->kept[i].text == text) {
			*out = d->kept[i].stmt;
			return OK;
		}
	}
	if (d->n == DB_STATEMENTS_MAX)
		return ERR_ROOM;
	k = &d->kept[d->n];
	TRY(db_error(d->sql, sqlite3_prepare_v3(d->sql, text, -1,
				 SQLITE_PREPARE_PERSISTENT, &k->stmt, NULL)));
	k->text = text;
	d->n++;
	*out = k->stmt;
	return OK;
}

static int
bind(sqlite3_stmt *s, int at, const struct db_value *v)
{
	switch (v->kind) {
	case DB_K_TEXT:
		/* a NULL pointer would bind NULL, not an empty string */
		return sqlite3_bind_text64(s, at,
		    v->b.p != NULL ? (const char *)v->b.p : "", v->b.n,
		    SQLITE_STATIC, SQLITE_UTF8);
	case DB_K_BLOB:
		return sqlite3_bind_blob64(s, at,
		    v->b.p != NULL ? v->b.p : (const void *)"", v->b.n,
		    SQLITE_STATIC);
	case DB_K_INT:
		return sqlite3_bind_int64(s, at, v->n);
	case DB_K_NULL:
		break;
	}
	return sqlite3_bind_null(s, at);
}

enum err
db_start(struct db *d, const char *text, const struct db_value *v, size_t n,
    sqlite3_stmt **out)
{
	sqlite3_stmt *s = NULL;

	*out = NULL;
	TRY(kept(d, text, &s));
	for (size_t i = 0; i < n; i++)
		TRY(db_error(d->sql, bind(s, (int)i + 1, &v[i])));
	*out = s;
	return OK;
}

enum err
db_step(sqlite3_stmt *s)
{
	return db_error(sqlite3_db_handle(s), sqlite3_step(s));
}

void
db_reset(sqlite3_stmt *s)
{
	if (s == NULL)
		return;
	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
}

enum err
db_run(struct db *d, const char *text, const struct db_value *v, size_t n)
{
	sqlite3_stmt *s;
	enum err e = db_start(d, text, v, n, &s);

	if (e == OK) {
		do
			e = db_step(s);
		while (e == OK);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
db_change(struct db *d, const char *text, const struct db_value *v, size_t n)
{
	TRY(db_run(d, text, v, n));
	return sqlite3_changes(d->sql) > 0 ? OK : ERR_NOT_FOUND;
}

struct bytes
db_view(sqlite3_stmt *s, int col)
{
	/* this order: the length belongs to the blob form */
	const void *p = sqlite3_column_blob(s, col);

	return (struct bytes){p, (size_t)sqlite3_column_bytes(s, col)};
}

enum err
db_get_text(sqlite3_stmt *s, int col, char *out, size_t room)
{
	struct bytes b = db_view(s, col);

	if (b.n >= room || (b.n > 0 && memchr(b.p, 0, b.n) != NULL))
		return ERR_STORE;
	if (b.n > 0)
		memcpy(out, b.p, b.n);
	out[b.n] = 0;
	return OK;
}

enum err
db_get_fix(sqlite3_stmt *s, int col, void *out, size_t n)
{
	struct bytes b = db_view(s, col);

	if (b.n != n)
		return ERR_STORE;
	memcpy(out, b.p, n);
	return OK;
}

enum err
db_get_blob(sqlite3_stmt *s, int col, uint8_t *out, size_t room, size_t *n)
{
	struct bytes b = db_view(s, col);

	if (b.n > room)
		return ERR_STORE;
	if (b.n > 0)
		memcpy(out, b.p, b.n);
	*n = b.n;
	return OK;
}

uint64_t
db_get_uint(sqlite3_stmt *s, int col)
{
	int64_t v = sqlite3_column_int64(s, col);

	return v < 0 ? 0 : (uint64_t)v;
}

static const char begin_write[] = "BEGIN IMMEDIATE";
static const char begin_read[] = "BEGIN";
static const char commit[] = "COMMIT";
static const char rollback[] = "ROLLBACK";

enum err
db_begin(struct db *d)
{
	return db_run(d, begin_write, NULL, 0);
}

enum err
db_begin_read(struct db *d)
{
	return db_run(d, begin_read, NULL, 0);
}

enum err
db_end(struct db *d, enum err e)
{
	if (e == OK)
		e = db_run(d, commit, NULL, 0);
	/* a failed COMMIT may leave the transaction open */
	if (e != OK && sqlite3_get_autocommit(d->sql) == 0 &&
	    db_run(d, rollback, NULL, 0) != OK)
		e = ERR_STORE;
	return e;
}
