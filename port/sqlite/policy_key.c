/* policy_key: endorsements of evidence keys, found by key id. */
#include "policy_int.h"

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
