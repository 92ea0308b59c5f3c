/* policy_anchor: whose statements are taken, and about what. */
#include "policy_int.h"

#include <string.h>

#define ANCHOR_KINDS                                                        \
	((unsigned)CORIM_REFERENCE | (unsigned)CORIM_ENDORSED |             \
	    (unsigned)CORIM_ATTEST_KEY | POLICY_MANIFESTS | POLICY_AGENTS | \
	    POLICY_RESULTS)
/* Who is known by a key alone. */
#define KEY_KINDS (POLICY_MANIFESTS | POLICY_RESULTS)

static enum err
scopes_check(const struct policy_anchor *a)
{
	unsigned results = 0;

	if (a->n_scopes == 0 || a->n_scopes > POLICY_SCOPES_MAX)
		return ERR_RANGE;
	for (size_t i = 0; i < a->n_scopes; i++) {
		const struct policy_scope *s = &a->scope[i];

		/* Who signs manifests, devices know by their keys alone; and
		 * the statements of a Verifier are not to be mistaken for a
		 * maker's. */
		if (a->certified && (s->kinds & KEY_KINDS) != 0)
			return ERR_KEY_PURPOSE;
		results |= s->kinds;
		if ((results & POLICY_RESULTS) != 0 &&
		    results != POLICY_RESULTS)
			return ERR_KEY_PURPOSE;
		/* And a key alone certifies nothing. */
		if (!a->certified && (s->kinds & POLICY_AGENTS) != 0)
			return ERR_KEY_PURPOSE;
		if (s->kinds == 0 || (s->kinds & ~ANCHOR_KINDS) != 0 ||
		    s->class_id_n > sizeof(s->class_id) ||
		    memchr(s->vendor, 0, sizeof(s->vendor)) == NULL)
			return ERR_RANGE;
	}
	return OK;
}

static enum err
anchor_insert(struct db *d, const struct policy_anchor *a,
    const uint8_t kid[KID_LEN], struct bytes key, struct bytes certificate)
{
	static const char q[] =
	    "INSERT INTO anchor(kid, name, key, added, certificate)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)";
	static const char row[] = "INSERT INTO anchor_scope(anchor, n, kinds,"
				  " vendor, class_id)"
				  " VALUES(?1, ?2, ?3, ?4, ?5)";

	TRY(db_run(d, q,
	    DB_VALUES(DB_FIX(kid, KID_LEN), DB_TEXT(a->name),
		key.n > 0 ? DB_BLOB(key) : DB_NULL, DB_INT(a->added),
		certificate.n > 0 ? DB_BLOB(certificate) : DB_NULL)));
	for (size_t i = 0; i < a->n_scopes; i++) {
		const struct policy_scope *s = &a->scope[i];

		TRY(db_run(d, row,
		    DB_VALUES(DB_FIX(kid, KID_LEN), DB_INT(i), DB_INT(s->kinds),
			DB_TEXT(s->vendor),
			DB_FIX(s->class_id, s->class_id_n))));
	}
	return OK;
}

enum err
policy_anchor_put_key(
    struct policy *p, const struct crypto *c, const struct policy_anchor *a)
{
	uint8_t room[KEY_BLOB_MAX], kid[KID_LEN];
	struct bytes key;

	if (!policy_name_ok(a->name))
		return ERR_TEXT;
	TRY(scopes_check(a));
	TRY(c->key_check(&a->key));
	TRY(cose_key_thumbprint(c, &a->key, kid));
	TRY(key_blob(&a->key, room, &key));
	return anchor_insert(&p->db, a, kid, key, BYTES_NONE);
}

enum err
policy_anchor_add(
    struct policy *p, const struct crypto *c, const struct policy_anchor *a)
{
	TRY(db_begin(&p->db));
	return db_end(&p->db, policy_anchor_put_key(p, c, a));
}

/* How many things a PEM file has; none: it is DER. */
static size_t
pem_items(struct bytes file)
{
	static const char head[] = "-----BEGIN ";
	size_t n = 0;

	for (size_t i = 0; i + sizeof(head) - 1 <= file.n; i++)
		n += memcmp(file.p + i, head, sizeof(head) - 1) == 0;
	return n;
}

enum err
policy_anchor_put_certificate(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const struct policy_anchor *a,
    struct bytes certificate, struct why *why)
{
	struct policy_anchor as = *a;
	struct verifier_public key;
	struct verifier_path itself = {.cert = &certificate,
	    .n_cert = 1,
	    .anchor = &certificate,
	    .n_anchor = 1,
	    .now = a->added,
	    .strict = true};
	uint8_t kid[KID_LEN];
	enum err e;

	as.certified = true;
	if (!policy_name_ok(a->name))
		return why_set(why, ERR_TEXT, "name");
	/* who adds an issuer does not mean whoever stands behind it */
	if (pem_items(certificate) > 1)
		return why_set(why, ERR_DUPLICATE, "certificate");
	e = scopes_check(&as);
	if (e != OK)
		return why_set(why, e, "scopes");
	/* what has ended or is none, nobody is asked to trust */
	TRY(more->path(&itself, &key, NULL, 0, why));
	TRY(c->sha256(&certificate, 1, kid));
	e = anchor_insert(&p->db, &as, kid, BYTES_NONE, certificate);
	return e == OK ? OK : why_set(why, e, "anchor");
}

enum err
policy_anchor_add_certificate(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const struct policy_anchor *a,
    struct bytes certificate, struct why *why)
{
	TRY(db_begin(&p->db));
	return db_end(&p->db,
	    policy_anchor_put_certificate(p, c, more, a, certificate, why));
}

enum err
policy_anchor_remove(struct policy *p, const char *name)
{
	static const char q[] = "DELETE FROM anchor WHERE name = ?1";
	enum err e = db_change(&p->db, q, DB_VALUES(DB_TEXT(name)));

	/* the only constraint that can speak: manifest.signer */
	return e == ERR_EXISTS ? ERR_BUSY : e;
}

static enum err
scopes_read(struct db *d, struct policy_anchor *a)
{
	static const char q[] = "SELECT kinds, vendor, class_id"
				" FROM anchor_scope WHERE anchor = ?1"
				" ORDER BY n";
	struct policy_scope *sc;
	sqlite3_stmt *s;
	enum err e = db_start(d, q, DB_VALUES(DB_FIX(a->kid, KID_LEN)), &s);

	a->n_scopes = 0;
	while (e == OK && (e = db_step(s)) == OK) {
		if (a->n_scopes == POLICY_SCOPES_MAX) {
			e = ERR_STORE;
			break;
		}
		sc = &a->scope[a->n_scopes++];
		sc->kinds = (unsigned)db_get_uint(s, 0);
		e = db_get_text(s, 1, sc->vendor, sizeof(sc->vendor));
		if (e == OK)
			e = db_get_blob(s, 2, sc->class_id,
			    sizeof(sc->class_id), &sc->class_id_n);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
anchor_row(struct db *d, sqlite3_stmt *s, struct policy_anchor *out)
{
	*out = (struct policy_anchor){
	    .added = db_get_uint(s, 3), .certified = db_get_uint(s, 4) != 0};
	TRY(db_get_fix(s, 0, out->kid, KID_LEN));
	TRY(db_get_text(s, 1, out->name, sizeof(out->name)));
	if (!out->certified)
		TRY(key_column(s, 2, &out->key));
	return scopes_read(d, out);
}

enum err
policy_anchor_keyed(
    struct policy *p, const uint8_t kid[KID_LEN], struct policy_anchor *out)
{
	static const char q[] =
	    "SELECT kid, name, key, added, certificate IS NOT NULL"
	    " FROM anchor WHERE kid = ?1";
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q, DB_VALUES(DB_FIX(kid, KID_LEN)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = anchor_row(&p->db, s, out);
	if (e != OK)
		*out = (struct policy_anchor){0};
	db_reset(s);
	return e;
}

enum err
policy_anchor_list(struct policy *p, const char *after, size_t most,
    enum err (*each)(void *ctx, const struct policy_anchor *row), void *ctx)
{
	static const char q[] =
	    "SELECT kid, name, key, added, certificate IS NOT NULL FROM anchor"
	    " WHERE name > ?1 ORDER BY name LIMIT ?2";
	struct policy_anchor row;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q,
	    DB_VALUES(
		DB_TEXT(after != NULL ? after : ""), DB_INT(row_limit(most))),
	    &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = anchor_row(&p->db, s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

/* An empty kid asks for every key in turn; else there is at most one. */
static enum err
ring_find(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	static const char by_kid[] =
	    "SELECT key FROM anchor a WHERE kid = ?3 AND key IS NOT NULL"
	    " AND EXISTS"
	    " (SELECT 1 FROM anchor_scope WHERE anchor = a.kid AND kinds & ?1)"
	    " ORDER BY kid LIMIT 1 OFFSET ?2";
	static const char any[] =
	    "SELECT key FROM anchor a WHERE key IS NOT NULL AND EXISTS"
	    " (SELECT 1 FROM anchor_scope WHERE anchor = a.kid AND kinds & ?1)"
	    " ORDER BY kid LIMIT 1 OFFSET ?2";
	const struct policy_ring *r = ctx;
	size_t at = kid.n > 0 ? nth : 0, seen = 0;
	sqlite3_stmt *s;
	enum err e = OK;

	*out = (struct cose_key){0};
	for (; e == OK; at++) {
		e = db_start(&r->p->db, kid.n > 0 ? by_kid : any,
		    (const struct db_value[]){
			DB_INT(r->kinds), DB_INT(at), DB_BLOB(kid)},
		    kid.n > 0 ? 3 : 2, &s);
		if (e == OK)
			e = db_step(s);
		if (e == OK)
			e = key_column(s, 0, out);
		db_reset(s);
		if (e != OK || kid.n > 0)
			break;
		/* alg -7 and -8 are the polymorphic names of the same keys */
		if ((out->kty == KTY_EC2) ==
			(alg == ALG_ESP256 || alg == ALG_ES256) &&
		    seen++ == nth)
			break;
	}
	if (e != OK)
		*out = (struct cose_key){0};
	return e == ERR_NOT_FOUND ? ERR_UNKNOWN_KEY : e;
}

struct keyring
policy_ring(struct policy *p, unsigned kinds, struct policy_ring *room)
{
	*room = (struct policy_ring){p, kinds};
	return (struct keyring){room, ring_find};
}
