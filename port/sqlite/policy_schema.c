/* policy_schema: make, open and close the policy database. */
#include "policy_int.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_APP_ID 0x54616d50 /* "TamP" */
#define POLICY_LAYOUT 7

#define TEXT_OF(x)  TEXT_OF_(x)
#define TEXT_OF_(x) #x

/* Wide columns stand last, so that reading a row's other columns does not
 * walk its overflow pages. */
static const char schema[] =
    "BEGIN;"
    "CREATE TABLE device("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE,"
    " kid BLOB NOT NULL UNIQUE,"
    " key BLOB NOT NULL,"
    " dialect TEXT NOT NULL,"
    " added INTEGER NOT NULL) STRICT;"

    /* of those whose key somebody has certified */
    "CREATE TABLE device_certificate("
    " device INTEGER PRIMARY KEY REFERENCES device ON DELETE CASCADE,"
    " anchor BLOB NOT NULL,"
    " until INTEGER NOT NULL,"
    " revoked INTEGER NOT NULL,"
    " chain BLOB NOT NULL) STRICT;"
    "CREATE INDEX device_certificate_anchor"
    " ON device_certificate(anchor, device);"

    "CREATE TABLE device_group("
    " name TEXT NOT NULL,"
    " device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,"
    " PRIMARY KEY(device, name)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX device_group_name ON device_group(name, device);"

    "CREATE TABLE anchor("
    " kid BLOB PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    /* a key, or a certificate and the list of what its issuer revoked */
    " key BLOB,"
    " added INTEGER NOT NULL,"
    " certificate BLOB,"
    " crl BLOB,"
    " CHECK((key IS NULL) <> (certificate IS NULL)))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE anchor_scope("
    " anchor BLOB NOT NULL REFERENCES anchor ON DELETE CASCADE,"
    " n INTEGER NOT NULL,"
    " kinds INTEGER NOT NULL,"
    " vendor TEXT NOT NULL,"
    " class_id BLOB NOT NULL,"
    " PRIMARY KEY(anchor, n)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE manifest("
    " digest BLOB NOT NULL UNIQUE,"
    " id TEXT NOT NULL,"
    " id_raw BLOB NOT NULL,"
    " sequence INTEGER NOT NULL,"
    " component BLOB NOT NULL,"
    " image BLOB,"
    " size INTEGER,"
    " signer BLOB NOT NULL REFERENCES anchor ON DELETE RESTRICT,"
    " added INTEGER NOT NULL,"
    " envelope_n INTEGER NOT NULL,"
    " envelope BLOB NOT NULL,"
    " UNIQUE(id, sequence)) STRICT;"
    "CREATE INDEX manifest_signer ON manifest(signer);"

    "CREATE TABLE assignment("
    " grp TEXT NOT NULL,"
    " manifest TEXT NOT NULL,"
    " pin BLOB REFERENCES manifest(digest) ON DELETE RESTRICT,"
    " PRIMARY KEY(grp, manifest)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX assignment_manifest ON assignment(manifest);"
    "CREATE INDEX assignment_pin ON assignment(pin);"

    "CREATE TABLE repair("
    " grp TEXT NOT NULL,"
    " cause TEXT NOT NULL,"
    " manifest TEXT NOT NULL,"
    " pin BLOB REFERENCES manifest(digest) ON DELETE RESTRICT,"
    " PRIMARY KEY(grp, cause, manifest)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX repair_manifest ON repair(manifest);"
    "CREATE INDEX repair_pin ON repair(pin);"

    "CREATE TABLE device_grant("
    " device INTEGER NOT NULL REFERENCES device ON DELETE CASCADE,"
    " manifest TEXT NOT NULL,"
    " PRIMARY KEY(device, manifest)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX device_grant_manifest ON device_grant(manifest);"

    "CREATE TABLE corim("
    " id TEXT NOT NULL PRIMARY KEY,"
    " signer BLOB NOT NULL REFERENCES anchor ON DELETE CASCADE,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " added INTEGER NOT NULL,"
    " keys INTEGER NOT NULL,"
    " statements INTEGER NOT NULL,"
    /* does it say more than which key a device has? */
    " library INTEGER NOT NULL,"
    /* the key that signed, where a certificate vouches for it */
    " signer_key BLOB,"
    " bytes BLOB NOT NULL,"
    /* digest of what was signed: signatures can be made anew */
    " said BLOB NOT NULL) STRICT;"
    /* what was said once and is not any more: nobody but the operator may
     * bring it back */
    "CREATE TABLE corim_gone("
    " said BLOB NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;"
    "CREATE INDEX corim_library ON corim(id) WHERE library;"
    "CREATE INDEX corim_signer ON corim(signer);"

    "CREATE TABLE attest_key("
    " kid BLOB NOT NULL,"
    " corim TEXT NOT NULL REFERENCES corim ON DELETE CASCADE,"
    " key BLOB NOT NULL,"
    " class_id BLOB NOT NULL,"
    " vendor TEXT NOT NULL,"
    " ueid BLOB NOT NULL,"
    " PRIMARY KEY(kid, corim)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX attest_key_corim ON attest_key(corim);"
    "PRAGMA application_id = " TEXT_OF(
	POLICY_APP_ID) ";"
		       "PRAGMA user_version = " TEXT_OF(
			   POLICY_LAYOUT) ";"
					  "COMMIT;";

enum err
policy_create(const char *path)
{
	return db_create(path, "PRAGMA journal_mode = DELETE", schema);
}

enum err
policy_open(const char *path, bool write, struct policy **out)
{
	struct policy *p = calloc(1, sizeof(*p));
	enum err e;

	*out = NULL;
	if (p == NULL)
		return ERR_MEMORY;
	e = db_open_marked(&p->db, path, write, POLICY_APP_ID, POLICY_LAYOUT);
	/* With FULL the journal's end, which is the commit, would be safe only
	 * when the system next writes the folder. */
	if (e == OK && write)
		e = db_exec(&p->db, "PRAGMA synchronous = EXTRA");
	if (e != OK) {
		policy_close(p);
		return e;
	}
	*out = p;
	return OK;
}

void
policy_close(struct policy *p)
{
	if (p == NULL)
		return;
	policy_library_free(p->library);
	db_close(&p->db);
	free(p);
}

uint64_t
policy_version(struct policy *p)
{
	static const char q[] = "PRAGMA data_version";
	sqlite3_stmt *s;
	uint64_t n = 0;

	if (db_start(&p->db, q, NULL, 0, &s) == OK && db_step(s) == OK)
		n = db_get_uint(s, 0);
	db_reset(s);
	return n;
}

struct policy_version
policy_versions(struct policy *p)
{
	return (struct policy_version){
	    policy_version(p), (uint64_t)sqlite3_total_changes64(p->db.sql)};
}

const char *
policy_fault(const struct policy *p)
{
	return sqlite3_errmsg(p->db.sql);
}

enum err
policy_hold(struct policy *p)
{
	return db_begin_read(&p->db);
}

void
policy_release(struct policy *p)
{
	if (db_end(&p->db, OK) != OK)
		return; /* nothing was written: nothing is lost */
}

bool
policy_name_ok(const char *name)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._-:@";
	size_t n = strlen(name);

	return n > 0 && n < POLICY_NAME_MAX && name[0] != '-' &&
	       strspn(name, set) == n;
}

enum err
key_blob(
    const struct cose_key *k, uint8_t room[KEY_BLOB_MAX], struct bytes *out)
{
	struct cbor_out w = cbor_into((struct span){room, KEY_BLOB_MAX});

	cose_key_write(&w, k);
	return cbor_done(&w, out);
}

enum err
key_column(sqlite3_stmt *s, int col, struct cose_key *out)
{
	return cose_key_read(db_view(s, col), out) == OK ? OK : ERR_STORE;
}

int64_t
row_limit(size_t most)
{
	return most > INT32_MAX ? INT32_MAX : (int64_t)most;
}

enum err
policy_recover(const char *path)
{
	struct policy *p = NULL;
	enum err e = policy_open(path, true, &p);

	policy_close(p);
	return e;
}
