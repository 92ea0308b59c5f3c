/* rules_book: versions of rules and known devices, in a database of their own.
 */
#include "rules_book.h"

#include "db.h"

#include <stdlib.h>
#include <string.h>

#define RULES_APP_ID 0x54616d52 /* "TamR" */
#define RULES_LAYOUT 1
#define SAME_FOR     3600 /* seconds */

#define TEXT_OF(x)  TEXT_OF_(x)
#define TEXT_OF_(x) #x

struct rules_book {
	struct db db;
};

static const char schema[] =
    "BEGIN;"
    "CREATE TABLE rules("
    " version INTEGER PRIMARY KEY,"
    " time INTEGER NOT NULL,"
    " text BLOB NOT NULL) STRICT;"
    "CREATE TABLE device("
    " ueid BLOB NOT NULL PRIMARY KEY,"
    " vendor TEXT NOT NULL,"
    " model BLOB NOT NULL,"
    " kind INTEGER NOT NULL,"
    " assurance INTEGER NOT NULL,"
    " proven INTEGER NOT NULL,"
    " time INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = " TEXT_OF(
	RULES_APP_ID) ";"
		      "PRAGMA user_version = " TEXT_OF(RULES_LAYOUT) ";"
								     "COMMIT;";

enum err
rules_create(const char *path)
{
	return db_create(path, "PRAGMA journal_mode = DELETE", schema);
}

enum err
rules_open(const char *path, bool write, struct rules_book **out)
{
	struct rules_book *b = calloc(1, sizeof(*b));
	enum err e;

	*out = NULL;
	if (b == NULL)
		return ERR_MEMORY;
	e = db_open_marked(&b->db, path, write, RULES_APP_ID, RULES_LAYOUT);
	if (e == OK)
		*out = b;
	else
		free(b);
	return e;
}

void
rules_close(struct rules_book *b)
{
	if (b == NULL)
		return;
	db_close(&b->db);
	free(b);
}

enum err
rules_newest(struct rules_book *b, uint64_t *version)
{
	static const char q[] = "SELECT coalesce(max(version), 0) FROM rules";
	sqlite3_stmt *s;
	enum err e;

	*version = 0;
	TRY(db_start(&b->db, q, NULL, 0, &s));
	e = db_step(s);
	if (e == OK)
		*version = db_get_uint(s, 0);
	db_reset(s);
	return e;
}

enum err
rules_get(struct rules_book *b, uint64_t version, struct span room,
    struct bytes *text, uint64_t *time)
{
	static const char q[] =
	    "SELECT text, time FROM rules WHERE version = ?1";
	sqlite3_stmt *s;
	size_t n = 0;
	enum err e;

	*text = BYTES_NONE;
	TRY(db_start(&b->db, q, DB_VALUES(DB_INT(version)), &s));
	e = db_step(s);
	if (e == OK)
		e = db_get_blob(s, 0, room.p, room.n, &n);
	if (e == OK) {
		*text = (struct bytes){room.p, n};
		*time = db_get_uint(s, 1);
	}
	db_reset(s);
	return e;
}

enum err
rules_add(
    struct rules_book *b, struct bytes text, uint64_t time, uint64_t *version)
{
	static const char q[] = "INSERT INTO rules(time, text) VALUES(?1, ?2)";

	TRY(db_run(&b->db, q, DB_VALUES(DB_INT(time), DB_BLOB(text))));
	return rules_newest(b, version);
}

/* Is that on record already, and not old? */
static enum err
is_known(struct rules_book *b, const struct rules_device *d, bool *is)
{
	static const char q[] =
	    "SELECT 1 FROM device WHERE ueid = ?1 AND vendor = ?2"
	    " AND model = ?3 AND kind = ?4 AND assurance = ?5 AND proven = ?6"
	    " AND time > ?7";
	uint64_t since = d->time < SAME_FOR ? 0 : d->time - SAME_FOR;
	sqlite3_stmt *s;
	enum err e;

	TRY(db_start(&b->db, q,
	    DB_VALUES(DB_FIX(d->ueid, d->ueid_n), DB_TEXT(d->vendor),
		DB_FIX(d->model, d->model_n), DB_INT(d->kind),
		DB_INT(d->assurance), DB_INT(d->proven), DB_INT(since)),
	    &s));
	e = db_step(s);
	db_reset(s);
	*is = e == OK;
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
rules_device_put(struct rules_book *b, const struct rules_device *d)
{
	static const char q[] =
	    "REPLACE INTO device(ueid, vendor, model, kind, assurance, proven,"
	    " time) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
	bool is;

	TRY(is_known(b, d, &is));
	if (is)
		return OK;
	return db_run(&b->db, q,
	    DB_VALUES(DB_FIX(d->ueid, d->ueid_n), DB_TEXT(d->vendor),
		DB_FIX(d->model, d->model_n), DB_INT(d->kind),
		DB_INT(d->assurance), DB_INT(d->proven), DB_INT(d->time)));
}

static enum err
device_read(sqlite3_stmt *s, struct rules_device *d)
{
	memset(d, 0, sizeof(*d));
	TRY(db_get_blob(s, 0, d->ueid, sizeof(d->ueid), &d->ueid_n));
	TRY(db_get_text(s, 1, d->vendor, sizeof(d->vendor)));
	TRY(db_get_blob(s, 2, d->model, sizeof(d->model), &d->model_n));
	d->kind = (unsigned)db_get_uint(s, 3);
	d->assurance = (enum assurance)db_get_uint(s, 4);
	d->proven = (enum err)db_get_uint(s, 5);
	d->time = db_get_uint(s, 6);
	return OK;
}

enum err
rules_device_list(struct rules_book *b,
    enum err (*each)(void *ctx, const struct rules_device *d), void *ctx)
{
	static const char q[] =
	    "SELECT ueid, vendor, model, kind, assurance, proven, time"
	    " FROM device ORDER BY ueid";
	struct rules_device d;
	sqlite3_stmt *s;
	enum err e;

	TRY(db_start(&b->db, q, NULL, 0, &s));
	while ((e = db_step(s)) == OK) {
		e = device_read(s, &d);
		if (e == OK)
			e = each(ctx, &d);
		if (e != OK)
			break;
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}
