/* state_schema: make, open and close the state database. */
#include "state_int.h"

#include <stdlib.h>

#define STATE_APP_ID 0x54616d53 /* "TamS" */
#define STATE_LAYOUT 7

#define TEXT_OF(x)  TEXT_OF_(x)
#define TEXT_OF_(x) #x

static const char schema[] =
    "BEGIN;"
    "CREATE TABLE device_state("
    " device INTEGER PRIMARY KEY,"
    " version INTEGER NOT NULL DEFAULT 0,"
    " requests INTEGER NOT NULL DEFAULT 0,"
    " exchange_at INTEGER NOT NULL DEFAULT 0,"
    " reported_at INTEGER NOT NULL DEFAULT 0,"
    " proven_at INTEGER NOT NULL DEFAULT 0,"
    " verdict INTEGER NOT NULL DEFAULT 0,"
    " report_key BLOB,"
    " ueid BLOB,"
    " proof_challenge BLOB,"
    " appraisals INTEGER NOT NULL DEFAULT 0,"
    " appraised_at INTEGER NOT NULL DEFAULT 0,"
    " outcome INTEGER NOT NULL DEFAULT 0,"
    " assurance INTEGER NOT NULL DEFAULT 0,"
    " assured INTEGER NOT NULL DEFAULT 0,"
    " cloned INTEGER NOT NULL DEFAULT 0,"
    " seed_since INTEGER NOT NULL DEFAULT 0,"
    " seeds BLOB,"
    " evidence_iat INTEGER NOT NULL DEFAULT 0,"
    /* when the last accepted appraisal is over, and the key of the other
     * Verifier who said so, if one did */
    " believed_until INTEGER NOT NULL DEFAULT 0,"
    " verifier BLOB,"
    " manifests BLOB,"
    " capabilities BLOB,"
    " capable_at INTEGER NOT NULL DEFAULT 0,"
    " n_measurements INTEGER NOT NULL DEFAULT 0,"
    " measurements BLOB,"
    " evidence BLOB) STRICT;"

    "CREATE TABLE challenge("
    " challenge BLOB NOT NULL,"
    " kid BLOB NOT NULL,"
    " expires INTEGER NOT NULL,"
    " PRIMARY KEY(challenge, kid)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX challenge_expires ON challenge(expires);"

    "CREATE TABLE token("
    " token BLOB NOT NULL PRIMARY KEY,"
    " kid BLOB NOT NULL,"
    " expires INTEGER NOT NULL,"
    " manifests BLOB NOT NULL,"
    " unneeded BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX token_expires ON token(expires);"
    "CREATE INDEX token_kid ON token(kid, expires);"

    "CREATE TABLE deployed("
    " device INTEGER NOT NULL,"
    " digest BLOB NOT NULL,"
    " id_raw BLOB NOT NULL,"
    " component BLOB NOT NULL,"
    " sequence INTEGER NOT NULL,"
    " sent_at INTEGER NOT NULL,"
    " reported_at INTEGER NOT NULL DEFAULT 0,"
    " outcome INTEGER NOT NULL DEFAULT 0,"
    " reason INTEGER NOT NULL DEFAULT 0,"
    " removed INTEGER NOT NULL DEFAULT 0,"
    " failed_section INTEGER NOT NULL DEFAULT 0,"
    " failed_offset INTEGER NOT NULL DEFAULT 0,"
    " failed_command INTEGER NOT NULL DEFAULT 0,"
    " failed_component BLOB,"
    " failed_measured BLOB,"
    " failed_said TEXT NOT NULL DEFAULT '',"
    " proven_at INTEGER NOT NULL DEFAULT 0,"
    " gone_at INTEGER NOT NULL DEFAULT 0,"
    " started_at INTEGER NOT NULL DEFAULT 0,"
    " start_reason INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(device, digest)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX deployed_digest ON deployed(digest);"
    "CREATE INDEX deployed_gone ON deployed(gone_at) WHERE gone_at > 0;"

    "CREATE TABLE appraisal("
    " device INTEGER NOT NULL,"
    " slot INTEGER NOT NULL,"
    " time INTEGER NOT NULL,"
    " outcome INTEGER NOT NULL,"
    " assurance INTEGER NOT NULL,"
    " proves INTEGER NOT NULL,"
    " what TEXT NOT NULL,"
    " expected TEXT NOT NULL,"
    " found TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " PRIMARY KEY(device, slot)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE request("
    " device INTEGER NOT NULL,"
    " id_raw BLOB NOT NULL,"
    " time INTEGER NOT NULL,"
    " PRIMARY KEY(device, id_raw)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE mac_key("
    " n INTEGER PRIMARY KEY AUTOINCREMENT,"
    " key BLOB NOT NULL,"
    " made INTEGER NOT NULL) STRICT;"
    "PRAGMA application_id = " TEXT_OF(
	STATE_APP_ID) ";"
		      "PRAGMA user_version = " TEXT_OF(STATE_LAYOUT) ";"
								     "COMMIT;";

enum err
state_create(const char *path)
{
	return db_create(path, "PRAGMA journal_mode = WAL", schema);
}

/* The checkpoint belongs to another thread: inside the writer it would hold
 * up every reply of a second. */
static enum err
connect_writer(struct db *d)
{
	TRY(db_exec(d, "PRAGMA synchronous = FULL;"
		       "PRAGMA wal_autocheckpoint = 0;"));
	return db_exec(d, "PRAGMA temp_store = MEMORY;"
			  "PRAGMA cache_size = -16384;");
}

enum err
state_connect(struct db *d, const char *path, bool write)
{
	enum err e;

	TRY(db_open_marked(d, path, write, STATE_APP_ID, STATE_LAYOUT));
	e = write ? connect_writer(d) : OK;
	if (e != OK)
		db_close(d);
	return e;
}

enum err
state_open(const char *path, struct state **out)
{
	struct state *st = calloc(1, sizeof(*st));
	enum err e;

	*out = NULL;
	if (st == NULL)
		return ERR_MEMORY;
	e = state_connect(&st->db, path, false);
	if (e != OK) {
		free(st);
		return e;
	}
	*out = st;
	return OK;
}

void
state_close(struct state *st)
{
	if (st == NULL)
		return;
	db_close(&st->db);
	free(st);
}
