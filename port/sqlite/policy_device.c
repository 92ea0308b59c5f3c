/* policy_device: devices and the groups they are in. */
#include "policy_int.h"

#include <string.h>

#define DEVICE_COLUMNS                                    \
	"d.id, d.name, d.kid, d.key, d.added, d.dialect," \
	" c.until, c.revoked, a.kid IS NOT NULL"
#define DEVICE                                                       \
	"device d LEFT JOIN device_certificate c ON c.device = d.id" \
	" LEFT JOIN anchor a ON a.kid = c.anchor"

static enum err
device_row(sqlite3_stmt *s, struct policy_device *out)
{
	*out = (struct policy_device){
	    .id = db_get_uint(s, 0), .added = db_get_uint(s, 4)};
	TRY(db_get_text(s, 1, out->name, sizeof(out->name)));
	TRY(db_get_fix(s, 2, out->kid, KID_LEN));
	TRY(db_get_text(s, 5, out->dialect, sizeof(out->dialect)));
	out->certified = sqlite3_column_type(s, 6) != SQLITE_NULL;
	if (out->certified) {
		out->certified_until = db_get_uint(s, 6);
		out->revoked = db_get_uint(s, 7) != 0;
		out->orphan = db_get_uint(s, 8) == 0;
	}
	return key_column(s, 3, &out->key);
}

enum err
policy_device_add(struct policy *p, const struct crypto *c, const char *name,
    const struct cose_key *key, const char *dialect, uint64_t now,
    struct policy_device *out)
{
	static const char q[] =
	    "INSERT INTO device(name, kid, key, added, dialect)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)";
	uint8_t room[KEY_BLOB_MAX], kid[KID_LEN];
	struct bytes blob;

	if (!policy_name_ok(name) || strlen(dialect) >= TAM_DIALECT_MAX)
		return ERR_TEXT;
	TRY(c->key_check(key));
	TRY(cose_key_thumbprint(c, key, kid));
	TRY(key_blob(key, room, &blob));
	TRY(db_run(&p->db, q,
	    DB_VALUES(DB_TEXT(name), DB_FIX(kid, KID_LEN), DB_BLOB(blob),
		DB_INT(now), DB_TEXT(dialect))));
	return out == NULL ? OK : policy_device_named(p, name, out);
}

enum err
policy_device_remove(struct policy *p, const char *name)
{
	static const char q[] = "DELETE FROM device WHERE name = ?1";

	return db_change(&p->db, q, DB_VALUES(DB_TEXT(name)));
}

static enum err
device_one(struct policy *p, const char *q, struct db_value key,
    struct policy_device *out)
{
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q, &key, 1, &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = device_row(s, out);
	if (e != OK)
		*out = (struct policy_device){0};
	db_reset(s);
	return e;
}

enum err
policy_device_named(
    struct policy *p, const char *name, struct policy_device *out)
{
	static const char q[] =
	    "SELECT " DEVICE_COLUMNS " FROM " DEVICE " WHERE d.name = ?1";

	return device_one(p, q, DB_TEXT(name), out);
}

enum err
policy_device_keyed(
    struct policy *p, const uint8_t kid[KID_LEN], struct policy_device *out)
{
	static const char q[] =
	    "SELECT " DEVICE_COLUMNS " FROM " DEVICE " WHERE d.kid = ?1";

	return device_one(p, q, DB_FIX(kid, KID_LEN), out);
}

enum err
policy_device_list(struct policy *p, const char *group, const char *after,
    size_t most, enum err (*each)(void *ctx, const struct policy_device *row),
    void *ctx)
{
	static const char all[] =
	    "SELECT " DEVICE_COLUMNS " FROM " DEVICE " WHERE d.name > ?1"
	    " ORDER BY d.name LIMIT ?2";
	static const char in[] =
	    "SELECT " DEVICE_COLUMNS " FROM " DEVICE
	    " JOIN device_group g ON g.device = d.id"
	    " WHERE d.name > ?1 AND g.name = ?3 ORDER BY d.name LIMIT ?2";
	bool every = group == NULL || strcmp(group, POLICY_ALL) == 0;
	struct policy_device row;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, every ? all : in,
	    (const struct db_value[]){
		DB_TEXT(after != NULL ? after : ""),
		DB_INT(row_limit(most)),
		DB_TEXT(group != NULL ? group : ""),
	    },
	    every ? 2 : 3, &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = device_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
policy_group_join(struct policy *p, const char *group, const char *device)
{
	static const char q[] = "INSERT INTO device_group(name, device)"
				" SELECT ?1, id FROM device WHERE name = ?2";

	if (!policy_name_ok(group) || strcmp(group, POLICY_ALL) == 0)
		return ERR_TEXT;
	return db_change(&p->db, q, DB_VALUES(DB_TEXT(group), DB_TEXT(device)));
}

enum err
policy_group_leave(struct policy *p, const char *group, const char *device)
{
	static const char q[] =
	    "DELETE FROM device_group WHERE name = ?1"
	    " AND device = (SELECT id FROM device WHERE name = ?2)";

	return db_change(&p->db, q, DB_VALUES(DB_TEXT(group), DB_TEXT(device)));
}

enum err
policy_group_list(struct policy *p, const char *device, const char *after,
    size_t most, enum err (*each)(void *ctx, const struct policy_group *row),
    void *ctx)
{
	static const char all[] =
	    "SELECT name, count(*) FROM device_group WHERE name > ?1"
	    " GROUP BY name ORDER BY name LIMIT ?2";
	static const char of[] =
	    "SELECT name, (SELECT count(*) FROM device_group o"
	    "  WHERE o.name = g.name)"
	    " FROM device_group g WHERE name > ?1"
	    " AND device = (SELECT id FROM device WHERE name = ?3)"
	    " ORDER BY name LIMIT ?2";
	struct policy_group row;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, device == NULL ? all : of,
	    (const struct db_value[]){
		DB_TEXT(after != NULL ? after : ""),
		DB_INT(row_limit(most)),
		DB_TEXT(device != NULL ? device : ""),
	    },
	    device == NULL ? 2 : 3, &s);

	while (e == OK && (e = db_step(s)) == OK) {
		row.devices = db_get_uint(s, 1);
		e = db_get_text(s, 0, row.name, sizeof(row.name));
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}
