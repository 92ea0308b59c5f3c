/*
 * policy_int: what the files of the policy database share.
 */
#ifndef SQLITE_POLICY_INT_H
#define SQLITE_POLICY_INT_H

#include "db.h"
#include "policy.h"

struct policy {
	struct db db;
};

/* Enough for one encoded COSE_Key. */
#define KEY_BLOB_MAX 128

/* A public key as the store keeps it. */
MUST_CHECK enum err key_blob(
    const struct cose_key *k, uint8_t room[KEY_BLOB_MAX], struct bytes *out);
MUST_CHECK enum err key_column(sqlite3_stmt *s, int col, struct cose_key *out);

/* A row limit as SQLite takes it. */
int64_t row_limit(size_t most);

#endif
