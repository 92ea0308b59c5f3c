/* state_list: what the operator asks of the state database. */
#include "state_int.h"

#include <string.h>

#define SUMMARY_COLUMNS                                                  \
	"device, reported_at, proven_at, appraised_at, verdict,"         \
	" outcome, assurance, appraisals, cloned, ueid, believed_until," \
	" verifier"

static enum err
summary_row(sqlite3_stmt *s, struct state_device *out)
{
	*out = (struct state_device){
	    .device = db_get_uint(s, 0),
	    .reported_at = db_get_uint(s, 1),
	    .proven_at = db_get_uint(s, 2),
	    .appraised_at = db_get_uint(s, 3),
	    .verdict =
		sqlite3_column_int64(s, 4) == ACCEPTED ? ACCEPTED : REFUSED,
	    .outcome = (enum err)db_get_uint(s, 5),
	    .assurance = (enum assurance)db_get_uint(s, 6),
	    .appraisals = db_get_uint(s, 7),
	    .cloned = db_get_uint(s, 8) != 0,
	    .until = db_get_uint(s, 10),
	    .passport = sqlite3_column_type(s, 11) != SQLITE_NULL,
	};
	if (out->passport)
		TRY(db_get_fix(s, 11, out->verifier, KID_LEN));
	return db_get_blob(s, 9, out->ueid, sizeof(out->ueid), &out->ueid_n);
}

enum err
state_device_get(struct state *st, uint64_t device, struct state_device *out)
{
	static const char q[] =
	    "SELECT " SUMMARY_COLUMNS " FROM device_state WHERE device = ?1";
	sqlite3_stmt *s;
	enum err e = db_start(&st->db, q, DB_VALUES(DB_INT(device)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = summary_row(s, out);
	if (e != OK)
		*out = (struct state_device){0};
	db_reset(s);
	return e;
}

enum err
state_capabilities_get(
    struct state *st, uint64_t device, struct state_capabilities *out)
{
	static const char q[] =
	    "SELECT capable_at, capabilities FROM device_state"
	    " WHERE device = ?1 AND capable_at > 0";
	sqlite3_stmt *s;
	enum err e = db_start(&st->db, q, DB_VALUES(DB_INT(device)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK) {
		out->time = db_get_uint(s, 0);
		e = db_get_blob(s, 1, out->raw, sizeof(out->raw), &out->n);
	}
	db_reset(s);
	return e;
}

enum err
state_device_list(struct state *st, uint64_t after, size_t most,
    enum err (*each)(void *ctx, const struct state_device *row), void *ctx)
{
	static const char q[] = "SELECT " SUMMARY_COLUMNS " FROM device_state"
				" WHERE device > ?1 ORDER BY device LIMIT ?2";
	struct state_device row;
	sqlite3_stmt *s;
	enum err e = db_start(&st->db, q,
	    DB_VALUES(
		DB_INT(after), DB_INT(most > INT32_MAX ? INT32_MAX : most)),
	    &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = summary_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

/* Columns 11 to 16. */
static enum err
failure_row(sqlite3_stmt *s, struct state_failure *out)
{
	struct bytes id = db_view(s, 14);

	out->section = (uint8_t)db_get_uint(s, 11);
	out->offset = (uint32_t)db_get_uint(s, 12);
	out->command = sqlite3_column_int64(s, 13);
	if (id.n > 0 && suit_id_text(id, out->component) != OK)
		return ERR_STORE;
	TRY(db_get_blob(
	    s, 15, out->measured, sizeof(out->measured), &out->measured_n));
	return db_get_text(s, 16, out->said, sizeof(out->said));
}

static enum err
deployed_row(sqlite3_stmt *s, struct state_deployed *out)
{
	*out = (struct state_deployed){
	    .device = db_get_uint(s, 0),
	    .sequence = db_get_uint(s, 3),
	    .sent_at = db_get_uint(s, 4),
	    .reported_at = db_get_uint(s, 5),
	    .outcome = (enum err)db_get_uint(s, 6),
	    .reason = db_get_uint(s, 7),
	    .removed = db_get_uint(s, 8) != 0,
	    .proven_at = db_get_uint(s, 9),
	    .gone_at = db_get_uint(s, 10),
	    .started_at = db_get_uint(s, 17),
	    .start_reason = db_get_uint(s, 18),
	};
	TRY(db_get_fix(s, 1, out->digest, DIGEST_LEN));
	TRY(failure_row(s, &out->failure));
	return suit_id_text(db_view(s, 2), out->manifest) == OK ? OK
								: ERR_STORE;
}

enum err
state_deployed_list(struct state *st, uint64_t device,
    enum err (*each)(void *ctx, const struct state_deployed *row), void *ctx)
{
	static const char q[] =
	    "SELECT device, digest, id_raw, sequence, sent_at, reported_at,"
	    " outcome, reason, removed, proven_at, gone_at, failed_section,"
	    " failed_offset, failed_command, failed_component,"
	    " failed_measured, failed_said, started_at, start_reason"
	    " FROM deployed"
	    " WHERE device = ?1 ORDER BY id_raw, sequence";
	struct state_deployed row;
	sqlite3_stmt *s;
	enum err e = db_start(&st->db, q, DB_VALUES(DB_INT(device)), &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = deployed_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
state_progress(struct state *st, const uint8_t digest[DIGEST_LEN],
    struct state_progress *out)
{
	static const char q[] =
	    "SELECT count(*),"
	    " count(*) FILTER (WHERE reported_at > 0 AND outcome = 0),"
	    " count(*) FILTER (WHERE reported_at > 0 AND outcome <> 0),"
	    " count(*) FILTER (WHERE proven_at > 0)"
	    " FROM deployed WHERE digest = ?1 AND gone_at = 0";
	sqlite3_stmt *s;
	enum err e =
	    db_start(&st->db, q, DB_VALUES(DB_FIX(digest, DIGEST_LEN)), &s);

	*out = (struct state_progress){0};
	if (e == OK)
		e = db_step(s);
	if (e == OK)
		*out = (struct state_progress){
		    .sent = db_get_uint(s, 0),
		    .reported = db_get_uint(s, 1),
		    .failed = db_get_uint(s, 2),
		    .proven = db_get_uint(s, 3),
		};
	db_reset(s);
	return e;
}

static enum err
appraisal_row(sqlite3_stmt *s, struct state_appraisal *out)
{
	*out = (struct state_appraisal){
	    .time = db_get_uint(s, 0),
	    .outcome = (enum err)db_get_uint(s, 1),
	    .assurance = (enum assurance)db_get_uint(s, 2),
	    .proves = db_get_uint(s, 3) != 0,
	};
	TRY(db_get_text(s, 4, out->what, sizeof(out->what)));
	TRY(db_get_text(s, 5, out->expected, sizeof(out->expected)));
	TRY(db_get_text(s, 6, out->found, sizeof(out->found)));
	return db_get_text(s, 7, out->source, sizeof(out->source));
}

enum err
state_appraisal_list(struct state *st, uint64_t device,
    enum err (*each)(void *ctx, const struct state_appraisal *row), void *ctx)
{
	/* slots are filled round and round: the newest is the one before the
	 * next to be filled */
	static const char q[] =
	    "SELECT a.time, a.outcome, a.assurance, a.proves, a.what,"
	    " a.expected, a.found, a.source"
	    " FROM device_state d JOIN appraisal a ON a.device = d.device"
	    " WHERE d.device = ?1"
	    " ORDER BY (d.appraisals - a.slot + ?2) % ?2";
	struct state_appraisal row;
	sqlite3_stmt *s;
	enum err e = db_start(&st->db, q,
	    DB_VALUES(DB_INT(device), DB_INT(STATE_APPRAISALS_MAX)), &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = appraisal_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
listed_row(sqlite3_stmt *s,
    enum err (*manifest)(void *ctx, const uint8_t digest[DIGEST_LEN]),
    enum err (*measured)(void *ctx, const struct eat_component *row), void *ctx)
{
	struct bytes digests = db_view(s, 0), raw = db_view(s, 1);
	struct list images = {raw, (size_t)db_get_uint(s, 2)};
	struct cbor_in r = cbor_items(images);
	struct eat_component row;

	for (size_t at = 0; digests.n - at >= DIGEST_LEN; at += DIGEST_LEN)
		TRY(manifest(ctx, digests.p + at));
	for (size_t i = 0; i < images.n; i++) {
		if (eat_component_read(&r, &row) != OK)
			return ERR_STORE;
		TRY(measured(ctx, &row));
	}
	return OK;
}

enum err
state_listed(struct state *st, uint64_t device,
    enum err (*manifest)(void *ctx, const uint8_t digest[DIGEST_LEN]),
    enum err (*measured)(void *ctx, const struct eat_component *row), void *ctx)
{
	static const char q[] = "SELECT manifests, measurements,"
				" n_measurements FROM device_state"
				" WHERE device = ?1";
	sqlite3_stmt *s;
	enum err e = db_start(&st->db, q, DB_VALUES(DB_INT(device)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = listed_row(s, manifest, measured, ctx);
	db_reset(s);
	return e;
}

enum err
state_evidence(
    struct state *st, uint64_t device, struct span room, struct bytes *out)
{
	static const char q[] = "SELECT evidence FROM device_state"
				" WHERE device = ?1 AND evidence IS NOT NULL";
	sqlite3_stmt *s;
	enum err e = db_start(&st->db, q, DB_VALUES(DB_INT(device)), &s);
	struct bytes b;

	*out = BYTES_NONE;
	if (e == OK)
		e = db_step(s);
	if (e == OK) {
		b = db_view(s, 0);
		if (b.n > room.n)
			e = ERR_STORE;
		else
			memcpy(room.p, b.p, b.n);
		if (e == OK)
			*out = (struct bytes){room.p, b.n};
	}
	db_reset(s);
	return e;
}

enum err
state_request_list(struct state *st, uint64_t device,
    enum err (*each)(void *ctx, const struct state_request *row), void *ctx)
{
	static const char q[] = "SELECT id_raw, time FROM request"
				" WHERE device = ?1 ORDER BY time DESC";
	struct state_request row;
	sqlite3_stmt *s;
	enum err e = db_start(&st->db, q, DB_VALUES(DB_INT(device)), &s);

	while (e == OK && (e = db_step(s)) == OK) {
		row.time = db_get_uint(s, 1);
		if (suit_id_text(db_view(s, 0), row.manifest) != OK)
			e = ERR_STORE;
		else
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}
