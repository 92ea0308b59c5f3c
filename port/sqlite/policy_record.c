/* policy_record: what CoRIMs say, for the appraisal and for people. */
#include "policy_int.h"

/* Columns: kid, class_id, vendor, ueid, mkey, kind, digest, text, corim. */
static enum err
record_row(sqlite3_stmt *s, struct policy_record *out)
{
	*out = (struct policy_record){0};
	out->kind = (enum corim_kind)db_get_uint(s, 5);
	if (out->kind == CORIM_ATTEST_KEY)
		TRY(db_get_fix(s, 0, out->kid, KID_LEN));
	TRY(db_get_blob(
	    s, 1, out->class_id, sizeof(out->class_id), &out->class_id_n));
	TRY(db_get_text(s, 2, out->vendor, sizeof(out->vendor)));
	TRY(db_get_blob(s, 3, out->ueid, sizeof(out->ueid), &out->ueid_n));
	TRY(db_get_text(s, 4, out->mkey, sizeof(out->mkey)));
	out->value.has_digest = sqlite3_column_type(s, 6) != SQLITE_NULL;
	if (out->value.has_digest)
		TRY(db_get_fix(s, 6, out->value.digest, DIGEST_LEN));
	TRY(db_get_text(s, 7, out->value.text, sizeof(out->value.text)));
	return db_get_text(s, 8, out->value.corim, sizeof(out->value.corim));
}

enum err
policy_record_list(struct policy *p, const char *corim,
    enum err (*each)(void *ctx, const struct policy_record *row), void *ctx)
{
	static const char q[] =
	    "SELECT kid, class_id, vendor, ueid, '', 4, NULL, '', corim"
	    " FROM attest_key WHERE ?1 IS NULL OR corim = ?1"
	    " UNION ALL"
	    " SELECT NULL, class_id, vendor, x'', mkey, kind, digest, text,"
	    " corim FROM value WHERE ?1 IS NULL OR corim = ?1";
	struct policy_record row;
	sqlite3_stmt *s;
	enum err e = db_start(
	    &p->db, q, DB_VALUES(corim != NULL ? DB_TEXT(corim) : DB_NULL), &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = record_row(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
key_row(sqlite3_stmt *s, struct verifier_key *out)
{
	TRY(key_column(s, 0, &out->key));
	TRY(db_get_blob(
	    s, 1, out->class_id, sizeof(out->class_id), &out->class_id_n));
	TRY(db_get_text(s, 2, out->vendor, sizeof(out->vendor)));
	TRY(db_get_blob(s, 3, out->ueid, sizeof(out->ueid), &out->ueid_n));
	return db_get_text(s, 4, out->corim, sizeof(out->corim));
}

enum err
policy_verifier_key(struct policy *p, uint64_t now, const uint8_t kid[KID_LEN],
    struct verifier_key *out)
{
	static const char q[] =
	    "SELECT k.key, k.class_id, k.vendor, k.ueid, k.corim"
	    " FROM attest_key k JOIN corim c ON c.id = k.corim"
	    " WHERE k.kid = ?1 AND c.not_before <= ?2 AND c.not_after >= ?2"
	    " ORDER BY k.corim LIMIT 1";
	sqlite3_stmt *s;
	enum err e = db_start(
	    &p->db, q, DB_VALUES(DB_FIX(kid, KID_LEN), DB_INT(now)), &s);

	*out = (struct verifier_key){0};
	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = key_row(s, out);
	if (e != OK)
		*out = (struct verifier_key){0};
	db_reset(s);
	return e == ERR_NOT_FOUND ? ERR_UNKNOWN_KEY : e;
}

static enum err
value_row(sqlite3_stmt *s, struct verifier_value *out)
{
	out->has_digest = sqlite3_column_type(s, 0) != SQLITE_NULL;
	if (out->has_digest)
		TRY(db_get_fix(s, 0, out->digest, DIGEST_LEN));
	TRY(db_get_text(s, 1, out->text, sizeof(out->text)));
	return db_get_text(s, 2, out->corim, sizeof(out->corim));
}

enum err
policy_verifier_value(struct policy *p, uint64_t now, enum corim_kind kind,
    struct bytes class_id, const char *vendor, const char *mkey, size_t nth,
    struct verifier_value *out)
{
	static const char q[] =
	    "SELECT v.digest, v.text, v.corim"
	    " FROM value v JOIN corim c ON c.id = v.corim"
	    " WHERE v.class_id = ?1 AND v.vendor = ?2 AND v.mkey = ?3"
	    " AND v.kind = ?4 AND c.not_before <= ?5 AND c.not_after >= ?5"
	    " ORDER BY v.rowid LIMIT 1 OFFSET ?6";
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q,
	    DB_VALUES(DB_BLOB(class_id), DB_TEXT(vendor), DB_TEXT(mkey),
		DB_INT(kind), DB_INT(now), DB_INT(nth)),
	    &s);

	*out = (struct verifier_value){0};
	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = value_row(s, out);
	if (e != OK)
		*out = (struct verifier_value){0};
	db_reset(s);
	return e;
}
