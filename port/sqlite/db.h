/*
 * db: a thin layer over SQLite, for the files of this port.
 *
 * A statement stands as text beside its use, is prepared once and kept by
 * the address of that text.  One thread at a time for each connection.
 */
#ifndef SQLITE_DB_H
#define SQLITE_DB_H

#include <sqlite3.h>
#include <tamarind/base.h>

#define DB_STATEMENTS_MAX 96
#define DB_BUSY_MS        5000

struct db {
	sqlite3 *sql;
	size_t n;
	struct db_statement {
		const char *text;
		sqlite3_stmt *stmt;
	} kept[DB_STATEMENTS_MAX];
};

/* flags: SQLITE_OPEN_READONLY or _READWRITE, perhaps _CREATE.  Foreign keys
 * are enforced, and a lock is waited for DB_BUSY_MS.  What the store says of
 * a fault goes to the log, once a second. */
MUST_CHECK enum err db_open(struct db *d, const char *path, int flags);
void db_close(struct db *d);

/* A new file, durable: journal is its mode, schema all its statements.
 * ERR_EXISTS. */
MUST_CHECK enum err db_create(
    const char *path, const char *journal, const char *schema);
/* One that exists, and has these marks of ours; closed after an error.
 * ERR_VERSION: it has others. */
MUST_CHECK enum err db_open_marked(
    struct db *d, const char *path, bool write, int64_t app, int64_t layout);

/* Statements without values and rows, several in one text; not kept. */
MUST_CHECK enum err db_exec(struct db *d, const char *text);

/* The value of a one-row, one-number statement, not kept. */
MUST_CHECK enum err db_number(struct db *d, const char *text, int64_t *out);

/* ---- values of a statement ------------------------------------------- */

struct db_value {
	enum { DB_K_NULL, DB_K_TEXT, DB_K_BLOB, DB_K_INT } kind;
	struct bytes b;
	int64_t n;
};

// clang-format off
#define DB_NULL    ((struct db_value){DB_K_NULL, {NULL, 0}, 0})
#define DB_TEXT(s) ((struct db_value){DB_K_TEXT, db_bytes(s), 0})
#define DB_BLOB(v) ((struct db_value){DB_K_BLOB, v, 0})
#define DB_K(v)    ((struct db_value){DB_K_TEXT, v, 0})
#define DB_FIX(p, len) \
	((struct db_value){DB_K_BLOB, {(const uint8_t *)(p), len}, 0})
#define DB_INT(v)  ((struct db_value){DB_K_INT, {NULL, 0}, (int64_t)(v)})
// clang-format on
struct bytes db_bytes(const char *s);

#define DB_VALUES(...)                                       \
	(const struct db_value[]){__VA_ARGS__},              \
	    sizeof((const struct db_value[]){__VA_ARGS__}) / \
		sizeof(struct db_value)

/* Bind values 1..n of a kept statement; then db_step until it is not OK, and
 * db_reset always.  The bound views must live until db_reset. */
MUST_CHECK enum err db_start(struct db *d, const char *text,
    const struct db_value *v, size_t n, sqlite3_stmt **out);

/* OK: a row; ERR_NOT_FOUND: no more; ERR_EXISTS: a constraint; ERR_BUSY: the
 * lock was not to be had; ERR_DISK_FULL; ERR_STORE: anything else. */
MUST_CHECK enum err db_step(sqlite3_stmt *s);
void db_reset(sqlite3_stmt *s);

/* Start, run to the end, reset: OK when done. */
MUST_CHECK enum err db_run(
    struct db *d, const char *text, const struct db_value *v, size_t n);
/* As db_run; ERR_NOT_FOUND when no row was changed. */
MUST_CHECK enum err db_change(
    struct db *d, const char *text, const struct db_value *v, size_t n);

/* ---- columns of a row; ERR_STORE when the store holds something else --- */

MUST_CHECK enum err db_get_text(
    sqlite3_stmt *s, int col, char *out, size_t room);
/* Exactly n octets. */
MUST_CHECK enum err db_get_fix(sqlite3_stmt *s, int col, void *out, size_t n);
/* At most room octets. */
MUST_CHECK enum err db_get_blob(
    sqlite3_stmt *s, int col, uint8_t *out, size_t room, size_t *n);
/* A view that lives until the next step or reset. */
struct bytes db_view(sqlite3_stmt *s, int col);
uint64_t db_get_uint(sqlite3_stmt *s, int col);

/* ---- transactions ------------------------------------------------------ */

MUST_CHECK enum err db_begin(struct db *d); /* for writing */
MUST_CHECK enum err db_begin_read(struct db *d);
/* Commit when e is OK, else roll back; answers e or the commit's fault. */
MUST_CHECK enum err db_end(struct db *d, enum err e);

#endif
