/* policy_corim: signed CoRIMs in, flat records that can be asked for.
 *                                                          [security 20] */
#include "policy_int.h"

#include <stdio.h>
#include <string.h>

/* The views of an anchor's scope that corim_scope_check takes. */
static size_t
scopes_of(
    const struct policy_anchor *a, struct corim_scope out[POLICY_SCOPES_MAX])
{
	for (size_t i = 0; i < a->n_scopes; i++) {
		const struct policy_scope *s = &a->scope[i];

		out[i] = (struct corim_scope){
		    .kinds = s->kinds,
		    .vendor = db_bytes(s->vendor),
		    .class_id = {s->class_id, s->class_id_n},
		};
	}
	return a->n_scopes;
}

/* A CoRIM's id as text: itself, or a UUID in hex. */
static enum err
id_text(const struct corim *m, char out[CORIM_ID_MAX + 1])
{
	if (m->id.n == 0 || m->id.n > CORIM_ID_MAX)
		return ERR_RANGE;
	if (m->id_is_text) {
		memcpy(out, m->id.p, m->id.n);
		out[m->id.n] = 0;
		return strlen(out) == m->id.n ? OK : ERR_RANGE;
	}
	if (m->id.n > CORIM_ID_MAX / 2)
		return ERR_RANGE;
	for (size_t i = 0; i < m->id.n; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", m->id.p[i]);
	return OK;
}

static enum err
owner_check(struct db *d, const struct policy_corim *c, struct why *why)
{
	static const char q[] =
	    "SELECT 1 FROM corim WHERE id = ?1 AND signer <> ?2";
	sqlite3_stmt *s;
	enum err e = db_start(
	    d, q, DB_VALUES(DB_TEXT(c->id), DB_FIX(c->signer, KID_LEN)), &s);

	if (e == OK)
		e = db_step(s);
	db_reset(s);
	if (e == OK)
		return why_set(why, ERR_OWNER, "corim-id");
	return e == ERR_NOT_FOUND ? OK : e;
}

/* A key speaks for one environment, whoever says so. */
static enum err
key_insert(struct db *d, const char *corim, const struct corim_record *r,
    struct why *why)
{
	static const char other[] =
	    "SELECT 1 FROM attest_key WHERE kid = ?1 AND NOT"
	    " (class_id = ?2 AND vendor = ?3 AND ueid = ?4)";
	static const char q[] =
	    "INSERT INTO attest_key(kid, corim, key, class_id, vendor, ueid)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
	uint8_t room[KEY_BLOB_MAX];
	struct bytes key;
	sqlite3_stmt *s;
	enum err e = db_start(d, other,
	    DB_VALUES(DB_FIX(r->kid, KID_LEN), DB_BLOB(r->class_id),
		DB_K(r->vendor), DB_BLOB(r->ueid)),
	    &s);

	if (e == OK)
		e = db_step(s);
	db_reset(s);
	if (e == OK)
		return why_set(
		    why, ERR_EXISTS, "attest-key of another environment");
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(key_blob(&r->key, room, &key));
	return db_run(d, q,
	    DB_VALUES(DB_FIX(r->kid, KID_LEN), DB_TEXT(corim), DB_BLOB(key),
		DB_BLOB(r->class_id), DB_K(r->vendor), DB_BLOB(r->ueid)));
}

static enum err
value_insert(struct db *d, const char *corim, const struct corim_record *r)
{
	static const char q[] =
	    "INSERT INTO value(class_id, vendor, mkey, kind, corim, digest,"
	    " text) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
	struct cbor_in items = cbor_items(r->digests);
	struct bytes digest = BYTES_NONE;

	if (r->digests.n > 0)
		TRY(corim_digest_read(&items, &digest));
	return db_run(d, q,
	    DB_VALUES(DB_BLOB(r->class_id), DB_K(r->vendor), DB_K(r->mkey),
		DB_INT(r->kind), DB_TEXT(corim),
		digest.n > 0 ? DB_BLOB(digest) : DB_NULL,
		DB_K(r->version.n > 0 ? r->version : r->name)));
}

/* Longer ones could not be handed to an appraisal whole. */
static enum err
fits(const struct corim_record *r, struct why *why)
{
	const struct verifier_key *k = NULL;
	const struct verifier_value *v = NULL;
	const struct policy_record *p = NULL;

	if (r->class_id.n > sizeof(k->class_id) ||
	    r->vendor.n >= sizeof(k->vendor) || r->ueid.n > sizeof(k->ueid) ||
	    r->mkey.n >= sizeof(p->mkey) || r->version.n >= sizeof(v->text) ||
	    r->name.n >= sizeof(v->text))
		return why_set(why, ERR_RANGE, "environment or measurement");
	return OK;
}

static enum err
records_insert(struct db *d, const struct crypto *c, const struct corim *m,
    const struct policy_anchor *signer, struct policy_corim *row,
    struct why *why)
{
	struct corim_scope scope[POLICY_SCOPES_MAX];
	size_t n = scopes_of(signer, scope);
	struct corim_iter it;
	struct corim_record r;
	enum err e;

	corim_begin(&it, c, m);
	while ((e = corim_next(&it, &r)) == OK) {
		TRY(corim_scope_check(scope, n, &r, why));
		TRY(fits(&r, why));
		if (r.kind == CORIM_ATTEST_KEY) {
			TRY(key_insert(d, row->id, &r, why));
			row->keys++;
		} else {
			TRY(value_insert(d, row->id, &r));
			row->values++;
		}
	}
	if (e == ERR_NOT_FOUND)
		return OK;
	if (why != NULL)
		why->at = it.at;
	return why_set(why, e, "record");
}

static enum err
corim_insert(struct db *d, const struct crypto *c, const struct corim *m,
    const struct policy_anchor *signer, struct bytes bytes,
    struct policy_corim *row, struct why *why)
{
	static const char old[] = "DELETE FROM corim WHERE id = ?1";
	static const char q[] = "INSERT INTO corim(id, signer, not_before,"
				" not_after, added, bytes)"
				" VALUES(?1, ?2, ?3, ?4, ?5, ?6)";

	TRY(owner_check(d, row, why));
	TRY(db_run(d, old, DB_VALUES(DB_TEXT(row->id))));
	TRY(db_run(d, q,
	    DB_VALUES(DB_TEXT(row->id), DB_FIX(row->signer, KID_LEN),
		DB_INT(row->not_before), DB_INT(row->not_after),
		DB_INT(row->added), DB_BLOB(bytes))));
	return records_insert(d, c, m, signer, row, why);
}

static uint64_t
clamp(uint64_t t)
{
	return t > INT64_MAX ? INT64_MAX : t;
}

enum err
policy_corim_add(struct policy *p, const struct crypto *c,
    struct bytes signed_corim, uint64_t now, struct policy_corim *out,
    struct why *why)
{
	struct policy_ring room;
	struct keyring ring = policy_ring(p,
	    (unsigned)CORIM_REFERENCE | (unsigned)CORIM_ENDORSED |
		(unsigned)CORIM_ATTEST_KEY,
	    &room);
	struct policy_anchor signer;
	struct policy_corim row = {.added = now};
	struct verified v;
	struct corim m;
	enum err e;

	*out = (struct policy_corim){0};
	if (signed_corim.n > CORIM_MAX)
		return why_set(why, ERR_TOO_LONG, "CoRIM");
	TRY(corim_open(c, &ring, now, signed_corim, &v, &m, why));
	TRY(policy_anchor_keyed(p, v.kid, &signer));
	memcpy(row.signer, v.kid, KID_LEN);
	row.not_before = clamp(m.not_before);
	row.not_after = clamp(m.not_after);
	if (id_text(&m, row.id) != OK)
		return why_set(why, ERR_RANGE, "corim-id");
	TRY(db_begin(&p->db));
	e = corim_insert(&p->db, c, &m, &signer, signed_corim, &row, why);
	TRY(db_end(&p->db, e));
	*out = row;
	return OK;
}

enum err
policy_corim_remove(struct policy *p, const char *id)
{
	static const char q[] = "DELETE FROM corim WHERE id = ?1";

	return db_change(&p->db, q, DB_VALUES(DB_TEXT(id)));
}

enum err
policy_corim_list(struct policy *p, const char *after, size_t most,
    enum err (*each)(void *ctx, const struct policy_corim *row), void *ctx)
{
	static const char q[] =
	    "SELECT id, signer, not_before, not_after, added,"
	    " (SELECT count(*) FROM attest_key WHERE corim = c.id),"
	    " (SELECT count(*) FROM value WHERE corim = c.id)"
	    " FROM corim c WHERE id > ?1 ORDER BY id LIMIT ?2";
	struct policy_corim row;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q,
	    DB_VALUES(
		DB_TEXT(after != NULL ? after : ""), DB_INT(row_limit(most))),
	    &s);

	while (e == OK && (e = db_step(s)) == OK) {
		row = (struct policy_corim){
		    .not_before = db_get_uint(s, 2),
		    .not_after = db_get_uint(s, 3),
		    .added = db_get_uint(s, 4),
		    .keys = db_get_uint(s, 5),
		    .values = db_get_uint(s, 6),
		};
		e = db_get_text(s, 0, row.id, sizeof(row.id));
		if (e == OK)
			e = db_get_fix(s, 1, row.signer, KID_LEN);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}
