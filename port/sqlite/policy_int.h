/*
 * policy_int: what the files of the policy database share.
 */
#ifndef SQLITE_POLICY_INT_H
#define SQLITE_POLICY_INT_H

#include "db.h"
#include "policy.h"

struct policy_library;
struct policy {
	struct db db;
	struct policy_library *library; /* or NULL: not read yet */
};

/* Differs once this or another connection has changed anything. */
struct policy_version {
	uint64_t others, own;
};
struct policy_version policy_versions(struct policy *p);

/* Could what is stored be appraised against?  Within a transaction. */
MUST_CHECK enum err policy_library_check(
    struct policy *p, uint64_t now, struct why *why);
void policy_library_free(struct policy_library *l); /* NULL is fine */

/* The views of an anchor's scope that corim_scope_covers takes. */
size_t policy_scopes_of(
    const struct policy_anchor *a, struct corim_scope out[POLICY_SCOPES_MAX]);

/* policy_anchor_add and policy_anchor_add_certificate within a transaction. */
MUST_CHECK enum err policy_anchor_put_key(
    struct policy *p, const struct crypto *c, const struct policy_anchor *a);
MUST_CHECK enum err policy_anchor_put_certificate(struct policy *p,
    const struct crypto *c, const struct verifier_crypto *more,
    const struct policy_anchor *a, struct bytes certificate, struct why *why);

/* The content of what is tagged so, or nothing; a text, or nothing. */
struct bytes policy_tagged(struct bytes in, uint64_t tag, size_t max);
struct bytes policy_text(struct bytes in, size_t max);
/* ERR_COSE_KEY: not a point on P-256. */
MUST_CHECK enum err policy_public_key(const struct crypto *c,
    const struct verifier_public *in, struct cose_key *out);

/* Whom the certificates that came with a CoRIM make its signer: the key of the
 * first, the anchor that they lead to, and how long that holds.
 * ERR_NOT_FOUND: it has none. */
struct policy_signer_path {
	struct cose_key key;
	uint8_t anchor[KID_LEN];
	uint64_t until;
};
/* Do certificates lead to this one, and to what key? */
MUST_CHECK enum err policy_path_along(const struct crypto *c,
    const struct verifier_crypto *more, const struct bytes *cert, size_t n,
    struct bytes anchor, struct bytes crl, uint64_t now,
    struct policy_signer_path *out, struct why *why);
/* Anchors that have nothing to do with it say so, and the one that has says
 * what is wrong. */
bool policy_path_elsewhere(enum err e, const struct why *why);
/* Or to it, but its list names one of the certificates? */
bool policy_path_revoked(enum err e, const struct why *why);
/* What an anchor's list of revoked certificates makes of devices: how many of
 * them are refused. */
MUST_CHECK enum err policy_devices_revoked(struct policy *p,
    const struct crypto *c, const struct verifier_crypto *more,
    const uint8_t kid[KID_LEN], uint64_t now, size_t *refused, struct why *why);
MUST_CHECK enum err policy_path_find(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, struct bytes signed_corim, uint64_t now,
    struct policy_signer_path *out, struct why *why);

/* Enough for one encoded COSE_Key. */
#define KEY_BLOB_MAX 128

/* A public key as the store keeps it. */
MUST_CHECK enum err key_blob(
    const struct cose_key *k, uint8_t room[KEY_BLOB_MAX], struct bytes *out);
MUST_CHECK enum err key_column(sqlite3_stmt *s, int col, struct cose_key *out);

/* A row limit as SQLite takes it. */
int64_t row_limit(size_t most);

/* Is there a manifest with this id, and this digest if one is given? */
MUST_CHECK enum err manifest_known(
    struct db *d, const char *id, const uint8_t *pin);

#endif
