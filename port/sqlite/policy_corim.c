/* policy_corim: signed CoRIMs in; which key a device has can be asked for.
 *                                                          [security 20] */
#include "policy_int.h"

#include <stdio.h>
#include <string.h>

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

/* ---- keys of devices --------------------------------------------------- */

/* Which device has which key, in the form of docs/evidence.md 5. */
struct device_key {
	struct cose_key key;
	uint8_t kid[KID_LEN];
	struct bytes class_id, vendor, ueid;
};

struct bytes
policy_tagged(struct bytes in, uint64_t tag, size_t max)
{
	struct cbor_in r = cbor_open(in);
	struct bytes b = BYTES_NONE;

	if (cbor_tag_if(&r, tag))
		b = cbor_bstr(&r, 1, max);
	return cbor_close(&r) == OK ? b : BYTES_NONE;
}

struct bytes
policy_text(struct bytes in, size_t max)
{
	struct cbor_in r = cbor_open(in);
	struct bytes b = cbor_tstr(&r, 1, max);

	return cbor_close(&r) == OK ? b : BYTES_NONE;
}

/* Keys of one device of a class of a vendor: they are found by their ids.
 * Anything else is an anchor, which schemes look for. */
static bool
device_of(const struct corim_triple *t, struct device_key *out)
{
	const struct verifier_key *fits = NULL;
	struct corim_environment e;

	if (t->kind != SAYS_ATTEST_KEY || t->mkey.n > 0 || t->authority.n > 0 ||
	    corim_environment_read(t->environment, &e) != OK ||
	    e.part[ENV_MODEL].n > 0 || e.part[ENV_LAYER].n > 0 ||
	    e.part[ENV_INDEX].n > 0 || e.part[ENV_GROUP].n > 0)
		return false;
	out->class_id = policy_tagged(
	    e.part[ENV_CLASS_ID], CORIM_TAG_OPAQUE, sizeof(fits->class_id));
	out->vendor = policy_text(e.part[ENV_VENDOR], sizeof(fits->vendor) - 1);
	out->ueid = policy_tagged(
	    e.part[ENV_INSTANCE], CORIM_TAG_UEID, sizeof(fits->ueid));
	return out->class_id.n > 0 && out->vendor.n > 0 && out->ueid.n > 0;
}

/* A key speaks for one environment, whoever says so. */
static enum err
key_insert(struct db *d, const char *corim, const struct device_key *k,
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
	    DB_VALUES(DB_FIX(k->kid, KID_LEN), DB_BLOB(k->class_id),
		DB_K(k->vendor), DB_BLOB(k->ueid)),
	    &s);

	if (e == OK)
		e = db_step(s);
	db_reset(s);
	if (e == OK)
		return why_set(
		    why, ERR_EXISTS, "attest-key of another environment");
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(key_blob(&k->key, room, &key));
	return db_run(d, q,
	    DB_VALUES(DB_FIX(k->kid, KID_LEN), DB_TEXT(corim), DB_BLOB(key),
		DB_BLOB(k->class_id), DB_K(k->vendor), DB_BLOB(k->ueid)));
}

/* ---- all that it says --------------------------------------------------- */

/* ERR_UNEXPECTED: one of them is no COSE_Key. */
static enum err
keys_insert(struct db *d, const struct crypto *c, const struct corim_triple *t,
    struct device_key *k, struct policy_corim *row, struct why *why)
{
	struct cbor_in r = cbor_items(t->items);

	for (size_t i = 0; i < t->items.n; i++) {
		enum err e =
		    corim_cose_key_read(c, cbor_raw(&r, CBOR_ANY), &k->key);

		if (e == OK)
			e = cose_key_thumbprint(c, &k->key, k->kid);
		if (e == ERR_UNEXPECTED)
			return e;
		if (e != OK)
			return why_set(why, e, "attest-key");
		TRY(key_insert(d, row->id, k, why));
		row->keys++;
	}
	return OK;
}

static enum err
triples_insert(struct db *d, const struct crypto *c, const struct corim_tag *t,
    struct policy_corim *row, struct why *why)
{
	struct corim_triples it;
	struct corim_triple one;
	struct device_key key;
	enum err e;

	corim_triples_begin(&it, t->triples);
	while ((e = corim_triple_next(&it, &one)) == OK) {
		enum err k = ERR_UNEXPECTED;

		if (device_of(&one, &key))
			k = keys_insert(d, c, &one, &key, row, why);
		if (k == ERR_UNEXPECTED)
			row->statements++;
		else if (k != OK)
			return k;
	}
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
tags_insert(struct db *d, const struct crypto *c, const struct corim *m,
    struct policy_corim *row, bool *library, struct why *why)
{
	struct cbor_in r = cbor_items(m->tags);
	struct corim_tag t;

	*library = false;
	for (size_t i = 0; i < m->tags.n; i++) {
		TRY(corim_tag_read(&r, &t));
		if (t.kind == CORIM_COMID)
			TRY(triples_insert(d, c, &t, row, why));
		if (t.kind != CORIM_COMID || t.linked.n > 0)
			*library = true;
	}
	if (row->statements > 0)
		*library = true;
	return OK;
}

/* Whole, and within what its signer may say, before anything is stored. */
static enum err
whole(const struct corim *m, const struct policy_anchor *signer, uint64_t now,
    struct why *why)
{
	struct corim_scope scope[POLICY_SCOPES_MAX];
	struct acs_source s = {.corim = m, .scope = scope};
	struct acs_library l;

	s.n_scope = policy_scopes_of(signer, scope);
	return acs_library_begin(&l, &s, 1, now, false, why);
}

/* The digest of what was signed. */
static enum err
said_of(
    const struct crypto *c, struct bytes signed_corim, uint8_t said[DIGEST_LEN])
{
	struct cose_signed s;
	struct why why;

	TRY(cose_signed_read(signed_corim,
	    (unsigned)ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, &s, &why));
	return c->sha256(&s.payload, 1, said);
}

static enum err
corim_insert(struct policy *p, const struct crypto *c, const struct corim *m,
    struct bytes bytes, struct bytes key, struct policy_corim *row,
    struct why *why)
{
	static const char gone[] =
	    "INSERT OR IGNORE INTO corim_gone(said)"
	    " SELECT said FROM corim WHERE id = ?1 AND said <> ?2";
	static const char back[] = "DELETE FROM corim_gone WHERE said = ?1";
	static const char old[] = "DELETE FROM corim WHERE id = ?1";
	static const char q[] =
	    "INSERT INTO corim(id, signer, not_before, not_after, added, keys,"
	    " statements, library, bytes, signer_key, said)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, 0, 0, 0, ?6, ?7, ?8)";
	static const char counted[] =
	    "UPDATE corim SET keys = ?2, statements = ?3, library = ?4"
	    " WHERE id = ?1";
	struct db *d = &p->db;
	uint8_t said[DIGEST_LEN];
	bool library;

	TRY(owner_check(d, row, why));
	TRY(said_of(c, bytes, said));
	TRY(db_run(
	    d, gone, DB_VALUES(DB_TEXT(row->id), DB_FIX(said, DIGEST_LEN))));
	TRY(db_run(d, back, DB_VALUES(DB_FIX(said, DIGEST_LEN))));
	TRY(db_run(d, old, DB_VALUES(DB_TEXT(row->id))));
	TRY(db_run(d, q,
	    DB_VALUES(DB_TEXT(row->id), DB_FIX(row->signer, KID_LEN),
		DB_INT(row->not_before), DB_INT(row->not_after),
		DB_INT(row->added), DB_BLOB(bytes),
		key.n > 0 ? DB_BLOB(key) : DB_NULL, DB_FIX(said, DIGEST_LEN))));
	TRY(tags_insert(d, c, m, row, &library, why));
	TRY(db_run(d, counted,
	    DB_VALUES(DB_TEXT(row->id), DB_INT(row->keys),
		DB_INT(row->statements), DB_INT(library))));
	return library ? policy_library_check(p, row->added, why) : OK;
}

static uint64_t
clamp(uint64_t t)
{
	return t > INT64_MAX ? INT64_MAX : t;
}

/* The one key that certificates have made the signer's. */
static enum err
find_one(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct policy_signer_path *path = ctx;

	(void)kid;
	*out = path->key;
	return nth == 0 && (alg == ALG_ESP256 || alg == ALG_ES256)
		   ? OK
		   : ERR_UNKNOWN_KEY;
}

/* By a key that is an anchor, or by one that certificates lead to one. */
static enum err
authenticate(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, struct bytes in, uint64_t now,
    struct corim *m, struct policy_signer_path *path, struct why *why)
{
	struct keyring one = {path, find_one};
	struct policy_ring room;
	struct keyring ring = policy_ring(p,
	    (unsigned)CORIM_REFERENCE | (unsigned)CORIM_ENDORSED |
		(unsigned)CORIM_ATTEST_KEY,
	    &room);
	struct verified v;
	enum err e = ERR_NOT_FOUND;

	*path = (struct policy_signer_path){.until = UINT64_MAX};
	if (more != NULL)
		e = policy_path_find(p, c, more, in, now, path, why);
	if (e == OK)
		return corim_open_certified(c, &one, now, in, &v, m, why);
	if (e != ERR_NOT_FOUND)
		return e;
	TRY(corim_open(c, &ring, now, in, &v, m, why));
	memcpy(path->anchor, v.kid, KID_LEN);
	return OK;
}

enum err
policy_corim_add(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, struct bytes signed_corim, uint64_t now,
    struct policy_corim *out, struct why *why)
{
	struct policy_corim row = {.added = now};
	struct policy_signer_path path;
	struct policy_anchor signer;
	uint8_t room[KEY_BLOB_MAX];
	struct bytes key = BYTES_NONE;
	struct corim m;
	enum err e;

	*out = (struct policy_corim){0};
	if (signed_corim.n > CORIM_MAX)
		return why_set(why, ERR_TOO_LONG, "CoRIM");
	TRY(authenticate(p, c, more, signed_corim, now, &m, &path, why));
	TRY(policy_anchor_keyed(p, path.anchor, &signer));
	if (signer.certified)
		TRY(key_blob(&path.key, room, &key));
	memcpy(row.signer, path.anchor, KID_LEN);
	row.not_before = clamp(m.not_before);
	row.not_after =
	    clamp(m.not_after < path.until ? m.not_after : path.until);
	if (id_text(&m, row.id) != OK)
		return why_set(why, ERR_RANGE, "corim-id");
	TRY(whole(&m, &signer, now, why));
	TRY(db_begin(&p->db));
	e = corim_insert(p, c, &m, signed_corim, key, &row, why);
	TRY(db_end(&p->db, e));
	*out = row;
	return OK;
}

enum err
policy_corim_gone(
    struct policy *p, const struct crypto *c, struct bytes signed_corim)
{
	static const char q[] = "SELECT 1 FROM corim_gone WHERE said = ?1";
	uint8_t said[DIGEST_LEN];
	sqlite3_stmt *s;
	enum err e;

	TRY(said_of(c, signed_corim, said));
	e = db_start(&p->db, q, DB_VALUES(DB_FIX(said, DIGEST_LEN)), &s);
	if (e == OK)
		e = db_step(s);
	db_reset(s);
	return e == OK ? ERR_REPLAY : e == ERR_NOT_FOUND ? OK : e;
}

enum err
policy_corim_remove(struct policy *p, const char *id)
{
	static const char gone[] = "INSERT OR IGNORE INTO corim_gone(said)"
				   " SELECT said FROM corim WHERE id = ?1";
	static const char q[] = "DELETE FROM corim WHERE id = ?1";
	enum err e;

	TRY(db_begin(&p->db));
	e = db_run(&p->db, gone, DB_VALUES(DB_TEXT(id)));
	if (e == OK)
		e = db_change(&p->db, q, DB_VALUES(DB_TEXT(id)));
	return db_end(&p->db, e);
}

enum err
policy_corim_list(struct policy *p, const char *after, size_t most,
    enum err (*each)(void *ctx, const struct policy_corim *row), void *ctx)
{
	static const char q[] =
	    "SELECT id, signer, not_before, not_after, added,"
	    " keys, statements"
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
		    .statements = db_get_uint(s, 6),
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
