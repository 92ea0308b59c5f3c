/*
 * records: rows in, and every question that the store answers.
 */
#include "records.h"

#include <state_int.h>
#include <stdio.h>
#include <unistd.h>

static const struct {
	const char *name;
	size_t db;
} tables[] = {{"device", 0}, {"device_group", 0}, {"anchor", 0},
    {"anchor_scope", 0}, {"manifest", 0}, {"assignment", 0},
    {"device_grant", 0}, {"corim", 0}, {"attest_key", 0}, {"device_state", 1},
    {"challenge", 1}, {"token", 1}, {"deployed", 1}, {"appraisal", 1},
    {"request", 1}, {"mac_key", 1}, {"repair", 0}};

static sqlite3 *raw[2];
static char dir[64], path[2][96];
static struct policy *policy;
static struct state *state;
static struct db *db; /* the state's, as the writer has it */
static bool touched[ARRAY_LEN(tables)];

static void
clean_up(void)
{
	static const char *const more[] = {"", "-wal", "-shm", "-journal"};
	char name[128];

	for (size_t i = 0; i < 2 * ARRAY_LEN(more); i++) {
		(void)snprintf(
		    name, sizeof(name), "%s%s", path[i % 2], more[i / 2]);
		(void)unlink(name);
	}
	(void)rmdir(dir);
}

static void
make(size_t i, const char *name, enum err (*create)(const char *path))
{
	(void)snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	HOLDS(create(path[i]) == OK);
	HOLDS(sqlite3_open(path[i], &raw[i]) == SQLITE_OK);
	HOLDS(sqlite3_exec(raw[i],
		  "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;", NULL,
		  NULL, NULL) == SQLITE_OK);
}

static void
open_all(void)
{
	static struct db state_db;

	(void)snprintf(dir, sizeof(dir), "%s",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm/fuzz-rows-XXXXXX"
					  : "/tmp/fuzz-rows-XXXXXX");
	HOLDS(mkdtemp(dir) != NULL && atexit(clean_up) == 0);
	make(0, "policy.db", policy_create);
	make(1, "state.db", state_create);
	HOLDS(policy_open(path[0], true, &policy) == OK);
	HOLDS(state_open(path[1], &state) == OK);
	HOLDS(state_connect(&state_db, path[1], true) == OK);
	db = &state_db;
}

static void
run(size_t i, const char *sql)
{
	HOLDS(sqlite3_exec(raw[i], sql, NULL, NULL, NULL) == SQLITE_OK);
}

void
records_begin(void)
{
	if (db == NULL)
		open_all();
	run(0, "BEGIN");
	run(1, "BEGIN");
}

/* ---- rows in ------------------------------------------------------------- */

static void
bind(sqlite3_stmt *s, int at, struct cbor_in *r)
{
	struct bytes b;

	switch (cbor_peek(r)) {
	case CBOR_UINT:
	case CBOR_NINT:
		(void)sqlite3_bind_int64(
		    s, at, cbor_int(r, INT64_MIN, INT64_MAX));
		return;
	case CBOR_BSTR:
		b = cbor_bstr(r, 0, LEN_ANY);
		(void)sqlite3_bind_blob64(s, at, b.n > 0 ? b.p : (uint8_t *)"",
		    b.n, SQLITE_TRANSIENT);
		return;
	case CBOR_TSTR:
		b = cbor_tstr(r, 0, LEN_ANY);
		(void)sqlite3_bind_text64(s, at,
		    b.n > 0 ? (const char *)b.p : "", b.n, SQLITE_TRANSIENT,
		    SQLITE_UTF8);
		return;
	default:
		(void)cbor_raw(r, CBOR_ANY);
	}
}

/* A statement that takes every column of a table, as many as it has now. */
static sqlite3_stmt *
insertion(size_t t)
{
	sqlite3 *in = raw[tables[t].db];
	sqlite3_stmt *s;
	char sql[256];
	int n, columns;

	(void)snprintf(sql, sizeof(sql), "SELECT * FROM %s", tables[t].name);
	HOLDS(sqlite3_prepare_v2(in, sql, -1, &s, NULL) == SQLITE_OK);
	columns = sqlite3_column_count(s);
	(void)sqlite3_finalize(s);
	n = snprintf(sql, sizeof(sql), "INSERT OR REPLACE INTO %s VALUES(?",
	    tables[t].name);
	for (int i = 1; i < columns; i++)
		n += snprintf(sql + n, sizeof(sql) - (size_t)n, ",?");
	(void)snprintf(sql + n, sizeof(sql) - (size_t)n, ")");
	HOLDS(sqlite3_prepare_v2(in, sql, -1, &s, NULL) == SQLITE_OK);
	return s;
}

bool
records_put(struct cbor_in *r)
{
	static sqlite3_stmt *insert[ARRAY_LEN(tables)];
	size_t n = cbor_array_any(r, 1, 32);
	size_t t = cbor_uint(r, 0, ARRAY_LEN(tables) - 1);

	if (r->err != OK)
		return false;
	if (insert[t] == NULL)
		insert[t] = insertion(t);
	(void)sqlite3_clear_bindings(insert[t]);
	for (int i = 1; i < (int)n; i++)
		bind(insert[t], i, r);
	(void)sqlite3_step(insert[t]); /* refused: not in its table's order */
	(void)sqlite3_reset(insert[t]);
	touched[t] = true;
	return r->err == OK;
}

/* ---- questions ----------------------------------------------------------- */

/* A row of any kind. */
#define EACH(name, type)                                 \
	static enum err name(void *ctx, const type *row) \
	{                                                \
		++*(size_t *)ctx;                        \
		return row != NULL ? OK : ERR_BUG;       \
	}
EACH(on_device, struct policy_device)
EACH(on_group, struct policy_group)
EACH(on_anchor, struct policy_anchor)
EACH(on_manifest, struct policy_manifest)
EACH(on_assignment, struct policy_assignment)
EACH(on_repair, struct policy_repair)
EACH(on_grant, struct policy_grant)
EACH(on_wanted, struct tam_manifest)
EACH(on_corim, struct policy_corim)
EACH(on_deployed, struct state_deployed)
EACH(on_request, struct state_request)
EACH(on_digest, uint8_t)
EACH(on_measured, struct eat_component)

static enum err
on_state(void *ctx, const struct state_device *row)
{
	++*(size_t *)ctx;
	HOLDS(err_name(row->outcome) != NULL);
	HOLDS(assurance_name(row->assurance) != NULL);
	return OK;
}

static enum err
on_appraisal(void *ctx, const struct state_appraisal *row)
{
	++*(size_t *)ctx;
	HOLDS(strlen(row->what) < sizeof(row->what));
	HOLDS(strlen(row->found) < sizeof(row->found));
	HOLDS(err_text(row->outcome) != NULL);
	return OK;
}

static enum err
on_id(void *ctx, struct bytes id)
{
	++*(size_t *)ctx;
	return id.n > 0 ? OK : ERR_STORE;
}

static void *
get(void *ctx, size_t n)
{
	static _Alignas(max_align_t) uint8_t room[65536];

	(void)ctx;
	return n <= sizeof(room) ? room : NULL;
}

static const uint8_t zero[KID_LEN];
static const struct arena mem = {NULL, get};
static size_t rows;

/* Whatever it is, it is no fault of ours. */
static void
answered(enum err e)
{
	HOLDS(err_class(e) != CLASS_BUG);
}

static void
read_policy(void)
{
	static struct policy_device device;
	static struct policy_anchor anchor;
	static struct policy_manifest manifest;
	static struct tam_manifest wanted;
	static struct verifier_key key;
	const struct acs_library *library;
	struct policy_ring room;
	struct keyring ring = policy_ring(policy, POLICY_MANIFESTS, &room);
	struct cose_key k;
	struct bytes out;
	const size_t most = 10;
	bool yes;

	answered(policy_device_named(policy, "d", &device));
	answered(policy_device_keyed(policy, zero, &device));
	answered(policy_device_list(policy, "g", "", most, on_device, &rows));
	answered(policy_device_list(policy, NULL, "", most, on_device, &rows));
	answered(policy_group_list(policy, NULL, "", most, on_group, &rows));
	answered(policy_anchor_keyed(policy, zero, &anchor));
	answered(policy_anchor_list(policy, "", most, on_anchor, &rows));
	answered(ring.find(ring.ctx, BYTES_OF(zero), ALG_ESP256, 0, &k));
	answered(policy_manifest_get(policy, zero, &manifest));
	answered(policy_manifest_list(policy, "", most, on_manifest, &rows));
	answered(policy_envelope(policy, zero, &mem, &out));
	answered(policy_assignment_list(policy, NULL, on_assignment, &rows));
	answered(policy_repair_list(policy, on_repair, &rows));
	answered(
	    policy_repairing(policy, 1, BYTES_LIT("agent"), on_wanted, &rows));
	answered(policy_repairs(policy, 1,
	    BYTES_LIT("\x81\x41"
		      "a"),
	    &yes));
	answered(policy_grant_list(policy, NULL, on_grant, &rows));
	answered(policy_assigned(policy, 1, on_wanted, &rows));
	answered(policy_granted(policy, 1,
	    BYTES_LIT("\x81\x41"
		      "a"),
	    &wanted));
	answered(policy_manifest(policy, zero, &wanted));
	answered(policy_corim_list(policy, "", most, on_corim, &rows));
	answered(policy_verifier_key(policy, 1, zero, &key));
	answered(policy_library(policy, 1, &library));
}

static void
read_state(void)
{
	static struct state_device device;
	static struct tam_device row;
	static struct tam_token token;
	static struct mac_keys mac;
	struct state_progress progress;

	answered(state_device_get(state, 1, &device));
	answered(state_device_list(state, 0, 10, on_state, &rows));
	answered(state_deployed_list(state, 1, on_deployed, &rows));
	answered(state_progress(state, zero, &progress));
	answered(state_appraisal_list(state, 1, on_appraisal, &rows));
	answered(state_listed(state, 1, on_digest, on_measured, &rows));
	answered(state_request_list(state, 1, on_request, &rows));
	answered(state_row(db, 1, &row));
	answered(state_token(
	    db, (struct bytes){zero, TAM_TOKEN_LEN}, zero, &mem, &token));
	answered(state_challenge(db, zero, zero));
	answered(state_held(db, 1, on_wanted, &rows));
	answered(state_asked(db, 1, on_id, &rows));
	answered(state_mac_load(db, &mac));
}

void
records_read(void)
{
	run(0, "COMMIT");
	run(1, "COMMIT");
	read_policy();
	read_state();
}

void
records_end(void)
{
	char sql[64];

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		if (!touched[i])
			continue;
		touched[i] = false;
		(void)snprintf(
		    sql, sizeof(sql), "DELETE FROM %s", tables[i].name);
		run(tables[i].db, sql);
	}
}
