/* policy_manifest: manifests, as received and verified. */
#include "policy_int.h"

#include <string.h>

#define MANIFEST_COLUMNS                                            \
	"m.digest, m.id, m.sequence, m.component, m.image, m.size," \
	" m.envelope_n, m.signer, m.added, m.id_raw"

static enum err
manifest_row(sqlite3_stmt *s, struct policy_manifest *out)
{
	*out = (struct policy_manifest){
	    .sequence = db_get_uint(s, 2),
	    .size = UINT64_MAX,
	    .envelope_n = db_get_uint(s, 6),
	    .added = db_get_uint(s, 8),
	};
	TRY(db_get_fix(s, 0, out->digest, DIGEST_LEN));
	TRY(db_get_text(s, 1, out->id, sizeof(out->id)));
	if (suit_id_text(db_view(s, 3), out->component) != OK)
		return ERR_STORE;
	out->has_image = sqlite3_column_type(s, 4) != SQLITE_NULL;
	if (out->has_image)
		TRY(db_get_fix(s, 4, out->image, DIGEST_LEN));
	if (sqlite3_column_type(s, 5) != SQLITE_NULL)
		out->size = db_get_uint(s, 5);
	return db_get_fix(s, 7, out->signer, KID_LEN);
}

/* The same row as the engine wants it. */
static enum err
engine_row(sqlite3_stmt *s, struct tam_manifest *out)
{
	*out = (struct tam_manifest){
	    .sequence = db_get_uint(s, 2),
	    .envelope_n = (size_t)db_get_uint(s, 6),
	};
	TRY(db_get_fix(s, 0, out->digest, DIGEST_LEN));
	TRY(db_get_blob(s, 9, out->id, sizeof(out->id), &out->id_n));
	TRY(db_get_blob(
	    s, 3, out->component, sizeof(out->component), &out->component_n));
	out->has_image = sqlite3_column_type(s, 4) != SQLITE_NULL;
	return out->has_image ? db_get_fix(s, 4, out->image, DIGEST_LEN) : OK;
}

/* A name has one owner: the signer of its first manifest.  [security 13] */
static enum err
owner_check(struct db *d, const char *id, const uint8_t signer[KID_LEN],
    struct why *why)
{
	static const char q[] = "SELECT signer FROM manifest"
				" WHERE id = ?1 AND signer <> ?2 LIMIT 1";
	sqlite3_stmt *s;
	enum err e =
	    db_start(d, q, DB_VALUES(DB_TEXT(id), DB_FIX(signer, KID_LEN)), &s);

	if (e == OK)
		e = db_step(s);
	db_reset(s);
	if (e == OK)
		return why_set(
		    why, ERR_OWNER, "signer of the manifests with this id");
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
clash_check(struct db *d, const struct policy_manifest *m, struct why *why)
{
	static const char q[] = "SELECT digest FROM manifest"
				" WHERE id = ?1 AND sequence = ?2";
	sqlite3_stmt *s;
	bool same = false;
	enum err e =
	    db_start(d, q, DB_VALUES(DB_TEXT(m->id), DB_INT(m->sequence)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK)
		same = bytes_same(db_view(s, 0), BYTES_OF(m->digest));
	db_reset(s);
	if (e == OK)
		return why_set(why, same ? ERR_EXISTS : ERR_SEQUENCE_CLASH,
		    "sequence number");
	return e == ERR_NOT_FOUND ? OK : e;
}

/* What a repair set names stays fit for it. */
static enum err
repair_check(struct db *d, const char *id, const struct suit_manifest *m,
    struct why *why)
{
	static const char q[] =
	    "SELECT 1 FROM repair WHERE manifest = ?1 LIMIT 1";
	sqlite3_stmt *s;
	enum err e;

	if (suit_plain(m))
		return OK;
	e = db_start(d, q, DB_VALUES(DB_TEXT(id)), &s);
	if (e == OK)
		e = db_step(s);
	db_reset(s);
	if (e == OK)
		return why_set(why, ERR_UNEXPECTED,
		    "secrets, dependencies or severed members for a "
		    "repair set");
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
manifest_insert(struct db *d, const struct suit_manifest *m,
    const struct policy_manifest *row, struct bytes envelope, struct why *why)
{
	static const char q[] =
	    "INSERT INTO manifest(digest, id, id_raw, sequence, component,"
	    " image, size, signer, added, envelope_n, envelope)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

	TRY(owner_check(d, row->id, row->signer, why));
	TRY(clash_check(d, row, why));
	TRY(repair_check(d, row->id, m, why));
	return db_run(d, q,
	    DB_VALUES(DB_FIX(row->digest, DIGEST_LEN), DB_TEXT(row->id),
		DB_BLOB(m->component_id), DB_INT(row->sequence),
		DB_BLOB(suit_component(m, 0)),
		row->has_image ? DB_FIX(row->image, DIGEST_LEN) : DB_NULL,
		row->size <= INT64_MAX ? DB_INT(row->size) : DB_NULL,
		DB_FIX(row->signer, KID_LEN), DB_INT(row->added),
		DB_INT(envelope.n), DB_BLOB(envelope)));
}

enum err
policy_manifest_add(struct policy *p, const struct crypto *c,
    struct bytes envelope, uint64_t now, struct policy_manifest *out,
    struct why *why)
{
	struct policy_ring room;
	struct keyring ring = policy_ring(p, POLICY_MANIFESTS, &room);
	struct suit_manifest m;
	struct policy_manifest row = {.added = now, .envelope_n = envelope.n};
	struct bytes image;

	*out = (struct policy_manifest){0};
	if (envelope.n > SUIT_ENVELOPE_MAX)
		return why_set(why, ERR_TOO_LONG, "envelope");
	TRY(suit_open(c, &ring, envelope, &m, why));
	if (m.sequence > INT64_MAX)
		return why_set(why, ERR_RANGE, "sequence number");
	memcpy(row.digest, m.digest, DIGEST_LEN);
	memcpy(row.signer, m.signer[0], KID_LEN);
	row.sequence = m.sequence;
	TRY(suit_id_text(m.component_id, row.id));
	TRY(suit_id_text(suit_component(&m, 0), row.component));
	suit_declared(&m, 0, &image, &row.size);
	row.has_image = image.n == DIGEST_LEN;
	if (row.has_image)
		memcpy(row.image, image.p, DIGEST_LEN);
	TRY(db_begin(&p->db));
	TRY(db_end(&p->db, manifest_insert(&p->db, &m, &row, envelope, why)));
	*out = row;
	return OK;
}

/* Is it the last one that somebody was promised? */
static enum err
promise_check(struct db *d, const uint8_t digest[DIGEST_LEN], struct why *why)
{
	static const char q[] =
	    "SELECT EXISTS(SELECT 1 FROM assignment WHERE pin = ?1) OR"
	    " EXISTS(SELECT 1 FROM repair WHERE pin = ?1), id,"
	    " EXISTS(SELECT 1 FROM manifest o"
	    "  WHERE o.id = m.id AND o.digest <> ?1) OR NOT ("
	    "  EXISTS(SELECT 1 FROM assignment WHERE manifest = m.id) OR"
	    "  EXISTS(SELECT 1 FROM repair WHERE manifest = m.id) OR"
	    "  EXISTS(SELECT 1 FROM device_grant WHERE manifest = m.id))"
	    " FROM manifest m WHERE digest = ?1";
	sqlite3_stmt *s;
	uint64_t pinned = 0, free_to_go = 0;
	enum err e = db_start(d, q, DB_VALUES(DB_FIX(digest, DIGEST_LEN)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK) {
		pinned = db_get_uint(s, 0);
		free_to_go = db_get_uint(s, 2);
	}
	db_reset(s);
	if (e == OK && pinned != 0)
		return why_set(
		    why, ERR_BUSY, "an assignment or repair set pins it");
	if (e == OK && free_to_go == 0)
		return why_set(why, ERR_BUSY,
		    "an assignment, repair set or grant has no other manifest");
	return e;
}

enum err
policy_manifest_remove(
    struct policy *p, const uint8_t digest[DIGEST_LEN], struct why *why)
{
	static const char q[] = "DELETE FROM manifest WHERE digest = ?1";
	enum err e;

	TRY(db_begin(&p->db));
	e = promise_check(&p->db, digest, why);
	if (e == OK)
		e = db_change(&p->db, q, DB_VALUES(DB_FIX(digest, DIGEST_LEN)));
	return db_end(&p->db, e);
}

enum err
policy_manifest_get(struct policy *p, const uint8_t digest[DIGEST_LEN],
    struct policy_manifest *out)
{
	static const char q[] =
	    "SELECT " MANIFEST_COLUMNS " FROM manifest m WHERE digest = ?1";
	sqlite3_stmt *s;
	enum err e =
	    db_start(&p->db, q, DB_VALUES(DB_FIX(digest, DIGEST_LEN)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = manifest_row(s, out);
	if (e != OK)
		*out = (struct policy_manifest){0};
	db_reset(s);
	return e;
}

enum err
policy_manifest_list(struct policy *p, const char *after, size_t most,
    enum err (*each)(void *ctx, const struct policy_manifest *row), void *ctx)
{
	static const char q[] =
	    "SELECT " MANIFEST_COLUMNS " FROM manifest m WHERE id > ?1"
	    " ORDER BY id, sequence LIMIT ?2";
	struct policy_manifest row;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q,
	    DB_VALUES(
		DB_TEXT(after != NULL ? after : ""), DB_INT(row_limit(most))),
	    &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = manifest_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
policy_envelope(struct policy *p, const uint8_t digest[DIGEST_LEN],
    const struct arena *mem, struct bytes *out)
{
	static const char q[] =
	    "SELECT envelope FROM manifest WHERE digest = ?1";
	struct bytes b = BYTES_NONE;
	struct span to;
	sqlite3_stmt *s;
	enum err e =
	    db_start(&p->db, q, DB_VALUES(DB_FIX(digest, DIGEST_LEN)), &s);

	*out = BYTES_NONE;
	if (e == OK)
		e = db_step(s);
	if (e == OK) {
		b = db_view(s, 0);
		to = arena_span(mem, b.n);
		if (b.n == 0) {
			e = ERR_STORE; /* none was ever stored so */
		} else if (to.p == NULL) {
			e = ERR_MEMORY;
		} else {
			memcpy(to.p, b.p, b.n);
			*out = (struct bytes){to.p, b.n};
		}
	}
	db_reset(s);
	return e;
}

/* The newest manifest of each id that the rows of a table name for the groups
 * of a device.  Several groups may pin differently: the highest one goes,
 * since no device could go back from it. */
#define NEWEST_OF(table, where)                                        \
	"WITH mine(grp) AS (SELECT '" POLICY_ALL "' UNION ALL"         \
	"  SELECT name FROM device_group WHERE device = ?1),"          \
	" wanted(id, top) AS (SELECT a.manifest, max(coalesce("        \
	"   (SELECT sequence FROM manifest x WHERE x.digest = a.pin)," \
	"   9223372036854775807))"                                     \
	"  FROM mine JOIN " table " a ON a.grp = mine.grp" where       \
	"  GROUP BY a.manifest)"                                       \
	" SELECT " MANIFEST_COLUMNS " FROM wanted w"                   \
	" JOIN manifest m ON m.id = w.id AND m.sequence ="             \
	"  (SELECT max(x.sequence) FROM manifest x"                    \
	"   WHERE x.id = w.id AND x.sequence <= w.top)"                \
	" ORDER BY m.id"

static enum err
newest(struct policy *p, const char *q, const struct db_value *v, size_t n,
    enum err (*each)(void *ctx, const struct tam_manifest *row), void *ctx)
{
	struct tam_manifest row;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q, v, n, &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = engine_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
policy_assigned(struct policy *p, uint64_t device,
    enum err (*each)(void *ctx, const struct tam_manifest *row), void *ctx)
{
	static const char q[] = NEWEST_OF("assignment", "");

	return newest(p, q, DB_VALUES(DB_INT(device)), each, ctx);
}

enum err
policy_repairing(struct policy *p, uint64_t device, struct bytes cause,
    enum err (*each)(void *ctx, const struct tam_manifest *row), void *ctx)
{
	static const char q[] = NEWEST_OF("repair", " WHERE a.cause = ?2");
	char text[POLICY_CAUSE_MAX];

	if (cause.n >= sizeof(text) || memchr(cause.p, 0, cause.n) != NULL)
		return OK; /* nothing can be set aside for it */
	memcpy(text, cause.p, cause.n);
	text[cause.n] = 0;
	return newest(
	    p, q, DB_VALUES(DB_INT(device), DB_TEXT(text)), each, ctx);
}

static enum err
engine_one(struct policy *p, const char *q, const struct db_value *v, size_t n,
    struct tam_manifest *out)
{
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q, v, n, &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = engine_row(s, out);
	if (e != OK)
		*out = (struct tam_manifest){0};
	db_reset(s);
	return e;
}

enum err
policy_granted(struct policy *p, uint64_t device, struct bytes id,
    struct tam_manifest *out)
{
	static const char q[] =
	    "SELECT " MANIFEST_COLUMNS " FROM device_grant g"
	    " JOIN manifest m ON m.id = g.manifest"
	    " WHERE g.device = ?1 AND g.manifest = ?2"
	    " ORDER BY m.sequence DESC LIMIT 1";
	char text[SUIT_ID_TEXT];

	*out = (struct tam_manifest){0};
	if (suit_id_text(id, text) != OK)
		return ERR_NOT_FOUND;
	return engine_one(p, q, DB_VALUES(DB_INT(device), DB_TEXT(text)), out);
}

enum err
policy_manifest(struct policy *p, const uint8_t digest[DIGEST_LEN],
    struct tam_manifest *out)
{
	static const char q[] =
	    "SELECT " MANIFEST_COLUMNS " FROM manifest m WHERE digest = ?1";

	return engine_one(p, q, DB_VALUES(DB_FIX(digest, DIGEST_LEN)), out);
}
