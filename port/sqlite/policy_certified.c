/*
 * policy_certified: devices whose TEEP key somebody has certified: from their
 * certificates to an anchor, once when they are added, and again when what
 * its issuer has revoked is known anew.       [TEEP 7.1, RFC 5280 6]
 */
#include "policy_int.h"

#include <string.h>

/* The anchor of agents that it leads to. */
static enum err
find(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, struct bytes chain, uint64_t now,
    struct policy_signer_path *out, struct why *why)
{
	static const char q[] =
	    "SELECT a.kid, a.certificate, a.crl FROM anchor a"
	    " WHERE a.certificate IS NOT NULL AND EXISTS(SELECT 1"
	    " FROM anchor_scope s WHERE s.anchor = a.kid AND s.kinds & ?1 <> 0)"
	    " ORDER BY a.kid";
	struct why best = {
	    .err = ERR_CERTIFICATE, .what = "certificate issuer"};
	enum err e, found = ERR_CERTIFICATE;
	sqlite3_stmt *s;

	*out = (struct policy_signer_path){.until = UINT64_MAX};
	e = db_start(&p->db, q, DB_VALUES(DB_INT(POLICY_AGENTS)), &s);
	while (found != OK && e == OK && (e = db_step(s)) == OK) {
		struct why one = {.what = ""};

		out->until = UINT64_MAX;
		found = policy_path_along(c, more, &chain, 1, db_view(s, 1),
		    db_view(s, 2), now, out, &one);
		if (found == OK)
			e = db_get_fix(s, 0, out->anchor, KID_LEN);
		else if (err_class(found) == CLASS_PORT)
			e = found;
		else if (!policy_path_elsewhere(found, &one))
			best = one;
	}
	db_reset(s);
	if (e != OK && e != ERR_NOT_FOUND)
		return why_set(why, e, "certificate");
	if (found == OK)
		return OK;
	*out = (struct policy_signer_path){.until = UINT64_MAX};
	return why_set(why, best.err, best.what);
}

static enum err
put(struct policy *p, uint64_t device, const struct policy_signer_path *path,
    struct bytes chain)
{
	static const char q[] =
	    "INSERT INTO device_certificate(device, anchor, until, revoked,"
	    " chain) VALUES(?1, ?2, ?3, 0, ?4) ON CONFLICT(device) DO UPDATE"
	    " SET anchor = ?2, until = ?3, revoked = 0, chain = ?4";
	uint64_t until = path->until < INT64_MAX ? path->until : INT64_MAX;

	return db_run(&p->db, q,
	    DB_VALUES(DB_INT(device), DB_FIX(path->anchor, KID_LEN),
		DB_INT(until), DB_BLOB(chain)));
}

static enum err
add(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const char *name, struct bytes chain,
    const char *dialect, uint64_t now, struct policy_device *out,
    struct why *why)
{
	struct policy_signer_path path;
	enum err e;

	TRY(find(p, c, more, chain, now, &path, why));
	e = policy_device_add(p, c, name, &path.key, dialect, now, out);
	if (e == OK)
		e = put(p, out->id, &path, chain);
	if (e == OK)
		e = policy_device_named(p, name, out);
	return e == OK ? OK : why_set(why, e, "device");
}

enum err
policy_device_add_certified(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const char *name, struct bytes chain,
    const char *dialect, uint64_t now, struct policy_device *out,
    struct why *why)
{
	TRY(db_begin(&p->db));
	return db_end(
	    &p->db, add(p, c, more, name, chain, dialect, now, out, why));
}

enum err
policy_device_certify(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const char *name, struct bytes chain,
    uint64_t now, struct policy_device *out, struct why *why)
{
	struct policy_signer_path path;
	uint8_t kid[KID_LEN];
	enum err e = policy_device_named(p, name, out);

	if (e != OK)
		return why_set(why, e, "device");
	TRY(find(p, c, more, chain, now, &path, why));
	TRY(cose_key_thumbprint(c, &path.key, kid));
	/* another key is another device, or the thief of one */
	if (memcmp(kid, out->kid, KID_LEN) != 0)
		return why_set(why, ERR_KEY_PURPOSE, "certificate key");
	e = put(p, out->id, &path, chain);
	if (e == OK)
		e = policy_device_named(p, name, out);
	return e == OK ? OK : why_set(why, e, "device");
}

/* The next device of this anchor, by id: OK, revoked or not; ERR_NOT_FOUND. */
static enum err
next_device(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const uint8_t kid[KID_LEN],
    uint64_t now, uint64_t *device, bool *revoked, struct why *why)
{
	static const char q[] = "SELECT device, chain FROM device_certificate"
				" WHERE anchor = ?1 AND device > ?2"
				" ORDER BY device LIMIT 1";
	struct policy_signer_path path;
	sqlite3_stmt *s;
	enum err e = db_start(
	    &p->db, q, DB_VALUES(DB_FIX(kid, KID_LEN), DB_INT(*device)), &s);

	*revoked = false;
	if (e == OK)
		e = db_step(s);
	if (e == OK) {
		*device = db_get_uint(s, 0);
		e = find(p, c, more, db_view(s, 1), now, &path, why);
		*revoked = e == ERR_CERTIFICATE &&
			   strcmp(why->what, "certificate revoked") == 0;
		/* it counts no more anyway */
		if (*revoked ||
		    (e == ERR_EXPIRED &&
			strcmp(why->what, "certificate expired") == 0))
			e = OK;
	}
	db_reset(s);
	return e;
}

enum err
policy_devices_revoked(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const uint8_t kid[KID_LEN],
    uint64_t now, size_t *refused, struct why *why)
{
	static const char set[] = "UPDATE device_certificate SET revoked = ?2"
				  " WHERE device = ?1";
	uint64_t device = 0;
	bool revoked;
	enum err e;

	*refused = 0;
	while ((e = next_device(
		    p, c, more, kid, now, &device, &revoked, why)) == OK) {
		TRY(db_run(
		    &p->db, set, DB_VALUES(DB_INT(device), DB_INT(revoked))));
		*refused += revoked;
	}
	return e == ERR_NOT_FOUND ? OK : e;
}
