/*
 * policy_path: CoRIMs whose signers have certificates: from these to an anchor,
 * and what their issuer has revoked.    [RFC 9360, RFC 5280; security 20]
 */
#include "policy_int.h"

#include <string.h>

/* SubjectPublicKeyInfo of a point on P-256, up to the 04 that says that both
 * halves follow.                                            [RFC 5480] */
static const uint8_t p256_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

enum err
policy_public_key(const struct crypto *c, const struct verifier_public *in,
    struct cose_key *out)
{
	if (in->n != sizeof(p256_head) + 64 ||
	    memcmp(in->spki, p256_head, sizeof(p256_head)) != 0)
		return ERR_COSE_KEY;
	*out = (struct cose_key){.kty = KTY_EC2, .crv = CRV_P256};
	memcpy(out->x, in->spki + sizeof(p256_head), 32);
	memcpy(out->y, in->spki + sizeof(p256_head) + 32, 32);
	return c->key_check(out);
}

enum err
policy_path_along(const struct crypto *c, const struct verifier_crypto *more,
    const struct bytes *cert, size_t n, struct bytes anchor, struct bytes crl,
    uint64_t now, struct policy_signer_path *out, struct why *why)
{
	struct verifier_public key;
	struct verifier_path path = {.cert = cert,
	    .n_cert = n,
	    .anchor = &anchor,
	    .n_anchor = 1,
	    .crl = &crl,
	    .n_crl = crl.n > 0,
	    .now = now,
	    .strict = true,
	    .signs = true,
	    .until = &out->until};
	enum err e;

	TRY(more->path(&path, &key, NULL, 0, why));
	e = policy_public_key(c, &key, &out->key);
	return e == OK ? OK : why_set(why, e, "certificate key");
}

bool
policy_path_elsewhere(enum err e, const struct why *why)
{
	return e == ERR_CERTIFICATE &&
	       strcmp(why->what, "certificate issuer") == 0;
}

bool
policy_path_revoked(enum err e, const struct why *why)
{
	return e == ERR_CERTIFICATE &&
	       strcmp(why->what, "certificate revoked") == 0;
}

enum err
policy_path_find(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, struct bytes signed_corim, uint64_t now,
    struct policy_signer_path *out, struct why *why)
{
	static const char q[] = "SELECT kid, certificate, crl FROM anchor"
				" WHERE certificate IS NOT NULL ORDER BY kid";
	struct why best = {
	    .err = ERR_CERTIFICATE, .what = "certificate issuer"};
	bool holds = false, revoked = false;
	struct cose_chain chain;
	sqlite3_stmt *s;
	enum err e;

	*out = (struct policy_signer_path){.until = UINT64_MAX};
	if (corim_chain_read(signed_corim, &chain) != OK)
		return ERR_NOT_FOUND;
	e = db_start(&p->db, q, NULL, 0, &s);
	/* All are asked: an issuer may have several, of one key, and what the
	 * list of one has revoked does not count by another. */
	while (e == OK && !revoked && (e = db_step(s)) == OK) {
		struct policy_signer_path path = {.until = UINT64_MAX};
		struct why one = {.what = ""};
		enum err found = policy_path_along(c, more, chain.cert, chain.n,
		    db_view(s, 1), db_view(s, 2), now, &path, &one);

		revoked = policy_path_revoked(found, &one);
		if (found == OK && !holds) {
			holds = true;
			e = db_get_fix(s, 0, path.anchor, KID_LEN);
			*out = path;
		} else if (err_class(found) == CLASS_PORT) {
			e = found;
		} else if (found != OK && !policy_path_elsewhere(found, &one)) {
			best = one;
		}
	}
	db_reset(s);
	if (e != OK && e != ERR_NOT_FOUND)
		return why_set(why, e, "certificate");
	if (holds && !revoked)
		return OK;
	*out = (struct policy_signer_path){.until = UINT64_MAX};
	return why_set(why, best.err, best.what);
}

/* ---- what was revoked --------------------------------------------------- */

/* The next CoRIM with certificates, by id: OK, revoked or not; ERR_NOT_FOUND.
 * A fault of another kind counts if it is of this anchor: the list may be at
 * fault. */
static enum err
next_corim(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const uint8_t kid[KID_LEN],
    uint64_t now, char id[CORIM_ID_MAX + 1], bool *revoked, struct why *why)
{
	static const char q[] =
	    "SELECT c.id, c.bytes, c.signer = ?1 FROM corim c JOIN anchor a"
	    " ON a.kid = c.signer WHERE a.certificate IS NOT NULL AND c.id > ?2"
	    " ORDER BY c.id LIMIT 1";
	struct policy_signer_path path;
	sqlite3_stmt *s;
	enum err e = db_start(
	    &p->db, q, DB_VALUES(DB_FIX(kid, KID_LEN), DB_TEXT(id)), &s);

	*revoked = false;
	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = db_get_text(s, 0, id, CORIM_ID_MAX + 1);
	if (e == OK) {
		e = policy_path_find(
		    p, c, more, db_view(s, 1), now, &path, why);
		if (e != OK && policy_path_revoked(e, why)) {
			*revoked = true;
			e = OK;
		} else if (e != OK && err_class(e) != CLASS_PORT &&
			   db_get_uint(s, 2) == 0) {
			e = OK;
		} else if (e == ERR_EXPIRED &&
			   strcmp(why->what, "certificate expired") == 0) {
			e = OK; /* it counts no more anyway */
		} else if (e == ERR_NOT_FOUND) {
			e = ERR_STORE;
		}
	}
	db_reset(s);
	return e;
}

static enum err
drop_revoked(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const uint8_t kid[KID_LEN],
    uint64_t now, size_t *dropped, struct why *why)
{
	static const char gone[] = "DELETE FROM corim WHERE id = ?1";
	char id[CORIM_ID_MAX + 1] = "";
	bool revoked;
	enum err e;

	*dropped = 0;
	while (
	    (e = next_corim(p, c, more, kid, now, id, &revoked, why)) == OK) {
		if (!revoked)
			continue;
		TRY(db_run(&p->db, gone, DB_VALUES(DB_TEXT(id))));
		(*dropped)++;
	}
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
anchor_kid(struct db *d, const char *name, uint8_t kid[KID_LEN])
{
	static const char q[] =
	    "SELECT kid, certificate IS NULL FROM anchor WHERE name = ?1";
	sqlite3_stmt *s;
	enum err e = db_start(d, q, DB_VALUES(DB_TEXT(name)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK && db_get_uint(s, 1) != 0)
		e = ERR_TYPE;
	if (e == OK)
		e = db_get_fix(s, 0, kid, KID_LEN);
	db_reset(s);
	return e;
}

static enum err
crl_set(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const char *name, struct bytes crl,
    uint64_t now, size_t *dropped, struct why *why)
{
	static const char set[] = "UPDATE anchor SET crl = ?2 WHERE kid = ?1";
	uint8_t kid[KID_LEN];
	size_t refused;
	enum err e = anchor_kid(&p->db, name, kid);

	if (e != OK)
		return why_set(why, e, "anchor");
	TRY(db_run(&p->db, set, DB_VALUES(DB_FIX(kid, KID_LEN), DB_BLOB(crl))));
	TRY(drop_revoked(p, c, more, kid, now, dropped, why));
	TRY(policy_devices_revoked(p, c, more, kid, now, &refused, why));
	*dropped += refused;
	return OK;
}

enum err
policy_anchor_crl(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const char *name, struct bytes crl,
    uint64_t now, size_t *dropped, struct why *why)
{
	*dropped = 0;
	if (crl.n == 0)
		return why_set(why, ERR_MISSING, "revocation list");
	TRY(db_begin(&p->db));
	return db_end(
	    &p->db, crl_set(p, c, more, name, crl, now, dropped, why));
}
