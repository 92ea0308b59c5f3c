/*
 * policy_certified: devices whose TEEP key somebody has certified: from their
 * certificates to an anchor, once when they are added, and again when what
 * its issuer has revoked is known anew.       [TEEP 7.1, RFC 5280 6]
 */
#include "policy_int.h"

#include <string.h>

/* Where certificates lead. */
struct way {
	struct policy_signer_path path; /* if it holds */
	bool holds, revoked;
	bool here;      /* by the list of the one that was asked for */
	struct why why; /* if it does not */
};

static bool
is(const struct why *why, enum err e, const char *what)
{
	return why->err == e && strcmp(why->what, what) == 0;
}

static void
way_add(struct way *w, enum err found, const struct policy_signer_path *path,
    const struct why *why)
{
	if (found == OK && !w->holds) {
		w->holds = true;
		w->path = *path;
	} else if (found != OK && !w->revoked &&
		   !policy_path_elsewhere(found, why)) {
		w->why = *why;
	}
}

/* The first anchor of agents that they lead to, or whether they lead to this
 * one.  All are tried: an issuer may have several, of one key, and what it has
 * revoked by the list of one of them does not count by another. */
static enum err
way_of(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, struct bytes chain, uint64_t now,
    const uint8_t *only, struct way *out)
{
	static const char q[] =
	    "SELECT a.kid, a.certificate, a.crl FROM anchor a"
	    " WHERE a.certificate IS NOT NULL AND EXISTS(SELECT 1"
	    " FROM anchor_scope s WHERE s.anchor = a.kid AND s.kinds & ?1 <> 0)"
	    " ORDER BY a.kid";
	enum err e, found;
	sqlite3_stmt *s;

	*out = (struct way){.path = {.until = UINT64_MAX},
	    .why = {.err = ERR_CERTIFICATE, .what = "certificate issuer"}};
	e = db_start(&p->db, q, DB_VALUES(DB_INT(POLICY_AGENTS)), &s);
	while (e == OK && (e = db_step(s)) == OK) {
		struct policy_signer_path path = {.until = UINT64_MAX};
		struct why one = {.what = ""};
		bool here;

		e = db_get_fix(s, 0, path.anchor, KID_LEN);
		if (e != OK)
			break;
		here = only == NULL || memcmp(only, path.anchor, KID_LEN) == 0;
		found = policy_path_along(c, more, &chain, 1, db_view(s, 1),
		    db_view(s, 2), now, &path, &one);
		if (err_class(found) == CLASS_PORT) {
			e = found;
		} else if (policy_path_revoked(found, &one)) {
			out->revoked = true;
			out->here = out->here || here;
			out->why = one;
		} else if (here) {
			way_add(out, found, &path, &one);
		}
	}
	db_reset(s);
	out->holds = out->holds && !out->revoked;
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
find(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, struct bytes chain, uint64_t now,
    struct policy_signer_path *out, struct why *why)
{
	struct way w;
	enum err e = way_of(p, c, more, chain, now, NULL, &w);

	*out = w.path;
	if (e != OK)
		return why_set(why, e, "certificate");
	return w.holds ? OK : why_set(why, w.why.err, w.why.what);
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

/* ---- what was revoked --------------------------------------------------- */

static const char not_of_it[] = "revocation list of the issuer";

/* Is it the list that nobody can rely upon, whatever it is about? */
static bool
list_is_wrong(const struct why *why)
{
	return is(why, ERR_EXPIRED, "revocation list expired") ||
	       is(why, ERR_EXPIRED, "revocation list not yet valid") ||
	       is(why, ERR_SIGNATURE, "revocation list signature") ||
	       is(why, ERR_CERTIFICATE, "certificate");
}

/* What a list makes of the devices, one after the other. */
struct judged {
	const uint8_t *kid; /* its anchor */
	uint64_t device;
	bool revoked, was;
	bool read, missed; /* of any so far: the list was about its issuer */
};

/* A fault of its own certificates refuses a device alone: nobody could revoke
 * another's for it. */
static enum err
judge(struct judged *d, const struct way *w, bool own, struct why *why)
{
	d->revoked = true;
	d->read = d->read || (own && (w->here || w->holds));
	if (w->revoked)
		return OK;
	if (w->holds || !own ||
	    is(&w->why, ERR_EXPIRED, "certificate expired")) {
		/* else it counts no more anyway, or as it did */
		d->revoked = d->was && !w->holds;
		return OK;
	}
	if (list_is_wrong(&w->why))
		return why_set(why, w->why.err, w->why.what);
	if (is(&w->why, ERR_CERTIFICATE, not_of_it))
		d->missed = true;
	return OK;
}

/* The next certified device, by id.  ERR_NOT_FOUND. */
static enum err
next_device(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, uint64_t now, struct judged *d,
    struct why *why)
{
	static const char q[] = "SELECT device, chain, anchor, revoked"
				" FROM device_certificate WHERE device > ?1"
				" ORDER BY device LIMIT 1";
	uint8_t anchor[KID_LEN];
	struct way w;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q, DB_VALUES(DB_INT(d->device)), &s);

	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = db_get_fix(s, 2, anchor, KID_LEN);
	if (e == OK) {
		d->device = db_get_uint(s, 0);
		d->was = db_get_uint(s, 3) != 0;
		e = way_of(p, c, more, db_view(s, 1), now, anchor, &w);
	}
	if (e == OK)
		e = judge(d, &w, memcmp(anchor, d->kid, KID_LEN) == 0, why);
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
	struct judged d = {.kid = kid};
	enum err e;

	*refused = 0;
	while ((e = next_device(p, c, more, now, &d, why)) == OK) {
		if (d.revoked != d.was)
			TRY(db_run(&p->db, set,
			    DB_VALUES(DB_INT(d.device), DB_INT(d.revoked))));
		*refused += d.revoked;
	}
	if (e != ERR_NOT_FOUND)
		return e;
	/* of all that it should be about it is about none */
	return d.missed && !d.read ? why_set(why, ERR_CERTIFICATE, not_of_it)
				   : OK;
}
