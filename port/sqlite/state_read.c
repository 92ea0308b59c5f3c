/* state_read: what the engine asks of the state database. */
#include "policy_int.h"
#include "state_int.h"

#include <string.h>

static enum err
row_read(sqlite3_stmt *s, struct tam_device *out)
{
	size_t n = 0;

	out->version = db_get_uint(s, 0);
	out->requests = (uint32_t)db_get_uint(s, 1);
	out->exchange_at = db_get_uint(s, 2);
	out->reported_at = db_get_uint(s, 3);
	out->proven_at = db_get_uint(s, 4);
	out->verdict =
	    sqlite3_column_int64(s, 5) == ACCEPTED ? ACCEPTED : REFUSED;
	out->has_report_key = sqlite3_column_type(s, 6) != SQLITE_NULL;
	if (out->has_report_key)
		TRY(key_column(s, 6, &out->report_key));
	TRY(db_get_blob(
	    s, 7, out->evidence_ueid, sizeof(out->evidence_ueid), &n));
	out->evidence_ueid_n = (uint8_t)n;
	out->has_proof_challenge = sqlite3_column_type(s, 8) != SQLITE_NULL;
	if (out->has_proof_challenge)
		TRY(db_get_fix(s, 8, out->proof_challenge, TAM_CHALLENGE_LEN));
	out->assured = (enum assurance)db_get_uint(s, 9);
	out->cloned = db_get_uint(s, 10) != 0;
	out->seed_since = db_get_uint(s, 11);
	TRY(db_get_blob(s, 12, out->seed[0], sizeof(out->seed), &n));
	out->n_seeds = (uint8_t)(n / TAM_SEED_LEN);
	out->capable_at = db_get_uint(s, 13);
	out->evidence_iat = db_get_uint(s, 14);
	return n % TAM_SEED_LEN == 0 ? OK : ERR_STORE;
}

enum err
state_row(struct db *d, uint64_t device, struct tam_device *out)
{
	static const char q[] =
	    "SELECT version, requests, exchange_at, reported_at, proven_at,"
	    " verdict, report_key, ueid, proof_challenge, assured, cloned,"
	    " seed_since, seeds, capable_at, evidence_iat FROM device_state"
	    " WHERE device = ?1";
	sqlite3_stmt *s;
	enum err e = db_start(d, q, DB_VALUES(DB_INT(device)), &s);

	*out = (struct tam_device){0};
	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = row_read(s, out);
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
token_read(sqlite3_stmt *s, const struct arena *mem, struct tam_token *out)
{
	struct bytes list = db_view(s, 1), unneeded;
	struct span to;

	out->expires = db_get_uint(s, 0);
	if (list.n > sizeof(out->manifests) || list.n % DIGEST_LEN != 0)
		return ERR_STORE;
	if (list.n > 0)
		memcpy(out->manifests, list.p, list.n);
	out->n_manifests = list.n / DIGEST_LEN;
	unneeded = db_view(s, 2);
	if (unneeded.n == 0)
		return OK;
	to = arena_span(mem, unneeded.n);
	if (to.p == NULL)
		return ERR_MEMORY;
	memcpy(to.p, unneeded.p, unneeded.n);
	out->unneeded = (struct bytes){to.p, unneeded.n};
	return OK;
}

enum err
state_token(struct db *d, struct bytes token, const uint8_t kid[KID_LEN],
    const struct arena *mem, struct tam_token *out)
{
	static const char q[] = "SELECT expires, manifests, unneeded"
				" FROM token WHERE token = ?1 AND kid = ?2";
	sqlite3_stmt *s;
	enum err e;

	*out = (struct tam_token){0};
	if (token.n != TAM_TOKEN_LEN)
		return ERR_TOKEN;
	e = db_start(d, q, DB_VALUES(DB_BLOB(token), DB_FIX(kid, KID_LEN)), &s);
	if (e == OK)
		e = db_step(s);
	if (e == OK)
		e = token_read(s, mem, out);
	db_reset(s);
	if (e == OK) {
		memcpy(out->token, token.p, TAM_TOKEN_LEN);
		memcpy(out->kid, kid, KID_LEN);
	}
	return e == ERR_NOT_FOUND ? ERR_TOKEN : e;
}

enum err
state_challenge(struct db *d, const uint8_t challenge[TAM_CHALLENGE_LEN],
    const uint8_t kid[KID_LEN])
{
	static const char q[] = "SELECT 1 FROM challenge"
				" WHERE challenge = ?1 AND kid = ?2";
	sqlite3_stmt *s;
	enum err e = db_start(d, q,
	    DB_VALUES(
		DB_FIX(challenge, TAM_CHALLENGE_LEN), DB_FIX(kid, KID_LEN)),
	    &s);

	if (e == OK)
		e = db_step(s);
	db_reset(s);
	if (e == OK)
		return ERR_REPLAY;
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
held_read(sqlite3_stmt *s, struct tam_manifest *out)
{
	*out = (struct tam_manifest){.sequence = db_get_uint(s, 3)};
	TRY(db_get_fix(s, 0, out->digest, DIGEST_LEN));
	TRY(db_get_blob(s, 1, out->id, sizeof(out->id), &out->id_n));
	return db_get_blob(
	    s, 2, out->component, sizeof(out->component), &out->component_n);
}

enum err
state_held(struct db *d, uint64_t device,
    enum err (*each)(void *ctx, const struct tam_manifest *row), void *ctx)
{
	static const char q[] =
	    "SELECT digest, id_raw, component, sequence FROM deployed"
	    " WHERE device = ?1 AND gone_at = 0";
	struct tam_manifest row;
	sqlite3_stmt *s;
	enum err e = db_start(d, q, DB_VALUES(DB_INT(device)), &s);

	while (e == OK && (e = db_step(s)) == OK) {
		e = held_read(s, &row);
		if (e == OK)
			e = each(ctx, &row);
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
state_asked(struct db *d, uint64_t device,
    enum err (*each)(void *ctx, struct bytes id), void *ctx)
{
	static const char q[] =
	    "SELECT id_raw FROM request WHERE device = ?1 ORDER BY id_raw";
	sqlite3_stmt *s;
	enum err e = db_start(d, q, DB_VALUES(DB_INT(device)), &s);

	while (e == OK && (e = db_step(s)) == OK)
		e = each(ctx, db_view(s, 0));
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
state_mac_load(struct db *d, struct mac_keys *out)
{
	static const char q[] =
	    "SELECT key, made FROM mac_key ORDER BY n DESC LIMIT ?1";
	sqlite3_stmt *s;
	enum err e = db_start(d, q, DB_VALUES(DB_INT(MAC_KEYS_MAX)), &s);

	*out = (struct mac_keys){0};
	while (e == OK && out->n < MAC_KEYS_MAX && (e = db_step(s)) == OK) {
		out->made[out->n] = db_get_uint(s, 1);
		e = db_get_fix(s, 0, out->key[out->n], sizeof(out->key[0]));
		if (e == OK)
			out->n++;
	}
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
state_mac_add(struct db *d, const uint8_t key[32], uint64_t now)
{
	static const char q[] = "INSERT INTO mac_key(key, made) VALUES(?1, ?2)";
	static const char old[] =
	    "DELETE FROM mac_key WHERE n NOT IN"
	    " (SELECT n FROM mac_key ORDER BY n DESC LIMIT ?1)";

	TRY(db_run(d, q, DB_VALUES(DB_FIX(key, 32), DB_INT(now))));
	return db_run(d, old, DB_VALUES(DB_INT(MAC_KEYS_MAX)));
}
