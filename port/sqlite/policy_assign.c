/* policy_assign: which group shall have what, which device may. */
#include "policy_int.h"

#include <string.h>

enum err
manifest_known(struct db *d, const char *id, const uint8_t *pin)
{
	static const char any[] =
	    "SELECT 1 FROM manifest WHERE id = ?1 LIMIT 1";
	static const char one[] =
	    "SELECT 1 FROM manifest WHERE id = ?1 AND digest = ?2";
	sqlite3_stmt *s;
	enum err e = db_start(d, pin == NULL ? any : one,
	    (const struct db_value[]){DB_TEXT(id), DB_FIX(pin, DIGEST_LEN)},
	    pin == NULL ? 1 : 2, &s);

	if (e == OK)
		e = db_step(s);
	db_reset(s);
	return e;
}

enum err
policy_assign(struct policy *p, const char *group, const char *manifest,
    const uint8_t *pin)
{
	static const char q[] =
	    "INSERT INTO assignment(grp, manifest, pin) VALUES(?1, ?2, ?3)"
	    " ON CONFLICT(grp, manifest) DO UPDATE SET pin = excluded.pin";
	enum err e;

	if (!policy_name_ok(group))
		return ERR_TEXT;
	TRY(db_begin(&p->db));
	e = manifest_known(&p->db, manifest, pin);
	if (e == OK)
		e = db_run(&p->db, q,
		    DB_VALUES(DB_TEXT(group), DB_TEXT(manifest),
			pin != NULL ? DB_FIX(pin, DIGEST_LEN) : DB_NULL));
	return db_end(&p->db, e);
}

enum err
policy_unassign(struct policy *p, const char *group, const char *manifest)
{
	static const char q[] =
	    "DELETE FROM assignment WHERE grp = ?1 AND manifest = ?2";

	return db_change(
	    &p->db, q, DB_VALUES(DB_TEXT(group), DB_TEXT(manifest)));
}

static enum err
assignment_row(sqlite3_stmt *s, struct policy_assignment *out)
{
	*out = (struct policy_assignment){0};
	TRY(db_get_text(s, 0, out->group, sizeof(out->group)));
	TRY(db_get_text(s, 1, out->manifest, sizeof(out->manifest)));
	out->pinned = sqlite3_column_type(s, 2) != SQLITE_NULL;
	return out->pinned ? db_get_fix(s, 2, out->pin, DIGEST_LEN) : OK;
}

enum err
policy_assignment_list(struct policy *p, const char *group,
    enum err (*each)(void *ctx, const struct policy_assignment *row), void *ctx)
{
	static const char q[] = "SELECT grp, manifest, pin FROM assignment"
				" WHERE ?1 IS NULL OR grp = ?1"
				" ORDER BY grp, manifest";
	struct policy_assignment row;
	sqlite3_stmt *s;
	enum err e = db_start(
	    &p->db, q, DB_VALUES(group != NULL ? DB_TEXT(group) : DB_NULL), &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = assignment_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
policy_grant(struct policy *p, const char *device, const char *manifest)
{
	static const char q[] = "INSERT INTO device_grant(device, manifest)"
				" SELECT id, ?2 FROM device WHERE name = ?1";
	enum err e;

	TRY(db_begin(&p->db));
	e = manifest_known(&p->db, manifest, NULL);
	if (e == OK)
		e = db_change(
		    &p->db, q, DB_VALUES(DB_TEXT(device), DB_TEXT(manifest)));
	return db_end(&p->db, e);
}

enum err
policy_ungrant(struct policy *p, const char *device, const char *manifest)
{
	static const char q[] =
	    "DELETE FROM device_grant WHERE manifest = ?2"
	    " AND device = (SELECT id FROM device WHERE name = ?1)";

	return db_change(
	    &p->db, q, DB_VALUES(DB_TEXT(device), DB_TEXT(manifest)));
}

enum err
policy_grant_list(struct policy *p, const char *device,
    enum err (*each)(void *ctx, const struct policy_grant *row), void *ctx)
{
	static const char q[] =
	    "SELECT d.name, g.manifest FROM device d"
	    " JOIN device_grant g ON g.device = d.id"
	    " WHERE ?1 IS NULL OR d.name = ?1 ORDER BY d.name, g.manifest";
	struct policy_grant row;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q,
	    DB_VALUES(device != NULL ? DB_TEXT(device) : DB_NULL), &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = db_get_text(s, 0, row.device, sizeof(row.device));
		if (e == OK)
			e = db_get_text(
			    s, 1, row.manifest, sizeof(row.manifest));
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}
