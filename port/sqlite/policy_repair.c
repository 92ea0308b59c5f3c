/* policy_repair: what a device gets that has failed, by the cause. */
#include "policy_int.h"

#include <string.h>

/* One manifest that is stored under the id. */
static enum err
envelope_check(struct bytes envelope)
{
	struct suit_manifest m;

	/* it was verified when it came */
	if (suit_parse(envelope, &m, NULL) != OK)
		return ERR_STORE;
	return suit_plain(&m) ? OK : ERR_UNEXPECTED;
}

/* All of them: which is the newest may change. */
static enum err
all_plain(struct db *d, const char *id)
{
	static const char q[] = "SELECT envelope FROM manifest WHERE id = ?1";
	sqlite3_stmt *s;
	enum err e = db_start(d, q, DB_VALUES(DB_TEXT(id)), &s);

	while (e == OK && (e = db_step(s)) == OK)
		e = envelope_check(db_view(s, 0));
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

static bool
cause_ok(const char *cause)
{
	size_t n = strlen(cause);

	for (const char *p = cause; *p != 0; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return n > 0 && n < POLICY_CAUSE_MAX;
}

enum err
policy_repair_add(struct policy *p, const struct policy_repair *row)
{
	static const char q[] =
	    "INSERT INTO repair(grp, cause, manifest, pin)"
	    " VALUES(?1, ?2, ?3, ?4) ON CONFLICT(grp, cause, manifest)"
	    " DO UPDATE SET pin = excluded.pin";
	const uint8_t *pin = row->pinned ? row->pin : NULL;
	enum err e;

	if (!policy_name_ok(row->group) || !cause_ok(row->cause))
		return ERR_TEXT;
	TRY(db_begin(&p->db));
	e = manifest_known(&p->db, row->manifest, pin);
	if (e == OK)
		e = all_plain(&p->db, row->manifest);
	if (e == OK)
		e = db_run(&p->db, q,
		    DB_VALUES(DB_TEXT(row->group), DB_TEXT(row->cause),
			DB_TEXT(row->manifest),
			pin != NULL ? DB_FIX(pin, DIGEST_LEN) : DB_NULL));
	return db_end(&p->db, e);
}

enum err
policy_repair_remove(struct policy *p, const char *group, const char *cause,
    const char *manifest)
{
	static const char q[] = "DELETE FROM repair WHERE grp = ?1"
				" AND cause = ?2 AND manifest = ?3";

	return db_change(&p->db, q,
	    DB_VALUES(DB_TEXT(group), DB_TEXT(cause), DB_TEXT(manifest)));
}

static enum err
repair_row(sqlite3_stmt *s, struct policy_repair *out)
{
	*out = (struct policy_repair){0};
	TRY(db_get_text(s, 0, out->group, sizeof(out->group)));
	TRY(db_get_text(s, 1, out->cause, sizeof(out->cause)));
	TRY(db_get_text(s, 2, out->manifest, sizeof(out->manifest)));
	out->pinned = sqlite3_column_type(s, 3) != SQLITE_NULL;
	return out->pinned ? db_get_fix(s, 3, out->pin, DIGEST_LEN) : OK;
}

enum err
policy_repair_list(struct policy *p,
    enum err (*each)(void *ctx, const struct policy_repair *row), void *ctx)
{
	static const char q[] = "SELECT grp, cause, manifest, pin FROM repair"
				" ORDER BY grp, cause, manifest";
	struct policy_repair row;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q, NULL, 0, &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = repair_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
policy_repairs(struct policy *p, uint64_t device, struct bytes id, bool *yes)
{
	static const char q[] =
	    "SELECT 1 FROM repair WHERE manifest = ?2 AND (grp = '" POLICY_ALL
	    "' OR grp IN (SELECT name FROM device_group WHERE device = ?1))"
	    " LIMIT 1";
	char text[SUIT_ID_TEXT];
	sqlite3_stmt *s;
	enum err e;

	*yes = false;
	if (suit_id_text(id, text) != OK)
		return OK;
	e = db_start(&p->db, q, DB_VALUES(DB_INT(device), DB_TEXT(text)), &s);
	if (e == OK)
		e = db_step(s);
	db_reset(s);
	*yes = e == OK;
	return e == ERR_NOT_FOUND ? OK : e;
}
