/*
 * state_apply: the effects of one message, all or nothing.
 *
 * What the engine read may have changed since: here it is decided.  A
 * challenge used, a token consumed or a row newer than the one the decision
 * was made on undo everything, and no reply leaves.
 */
#include "policy_int.h"
#include "state_int.h"

#include <cmdline.h>
#include <stdio.h>
#include <string.h>

static enum err
use_challenge(struct db *d, const struct tam_effect *f)
{
	static const char q[] = "INSERT INTO challenge(challenge, kid, expires)"
				" VALUES(?1, ?2, ?3)";
	enum err e = db_run(d, q,
	    DB_VALUES(DB_FIX(f->challenge, TAM_CHALLENGE_LEN),
		DB_FIX(f->kid, KID_LEN), DB_INT(f->expires)));

	return e == ERR_EXISTS ? ERR_REPLAY : e;
}

static enum err
use_token(struct db *d, const struct tam_effect *f)
{
	static const char q[] =
	    "DELETE FROM token WHERE token = ?1 AND kid = ?2";
	enum err e = db_change(d, q,
	    DB_VALUES(DB_FIX(f->token.token, TAM_TOKEN_LEN),
		DB_FIX(f->token.kid, KID_LEN)));

	return e == ERR_NOT_FOUND ? ERR_TOKEN : e;
}

/* From now on the device may have it, whatever it will say. */
static enum err
deploy(struct db *d, struct policy *p, const struct tam_effect *f,
    const uint8_t digest[DIGEST_LEN])
{
	static const char q[] =
	    "INSERT INTO deployed(device, digest, id_raw, component, sequence,"
	    " sent_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
	    " ON CONFLICT(device, digest) DO UPDATE SET sent_at = ?6,"
	    " reported_at = 0, outcome = 0, reason = 0, removed = 0,"
	    " proven_at = 0, gone_at = 0";
	struct tam_manifest m;
	enum err e = policy_manifest(p, digest, &m);

	/* withdrawn while the Update was made */
	if (e == ERR_NOT_FOUND)
		return ERR_BUSY;
	if (e != OK)
		return ERR_STORE; /* locked, perhaps: that is not the same */
	return db_run(d, q,
	    DB_VALUES(DB_INT(f->device), DB_FIX(digest, DIGEST_LEN),
		DB_FIX(m.id, m.id_n), DB_FIX(m.component, m.component_n),
		DB_INT(m.sequence), DB_INT(f->time)));
}

static enum err
new_token(struct db *d, struct policy *p, const struct tam_effect *f)
{
	static const char trim[] =
	    "DELETE FROM token WHERE token IN"
	    " (SELECT token FROM token WHERE kid = ?1"
	    "  ORDER BY expires DESC LIMIT -1 OFFSET ?2)";
	static const char q[] =
	    "INSERT INTO token(token, kid, expires, manifests, unneeded)"
	    " VALUES(?1, ?2, ?3, ?4, ?5)";
	const struct tam_token *t = &f->token;

	if (t->n_manifests > TAM_MANIFESTS_MAX)
		return ERR_BUG;
	TRY(db_run(d, trim,
	    DB_VALUES(DB_FIX(t->kid, KID_LEN), DB_INT(TOKENS_MAX - 1))));
	TRY(db_run(d, q,
	    DB_VALUES(DB_FIX(t->token, TAM_TOKEN_LEN), DB_FIX(t->kid, KID_LEN),
		DB_INT(t->expires),
		DB_FIX(t->manifests, t->n_manifests * DIGEST_LEN),
		DB_BLOB(t->unneeded))));
	for (size_t i = 0; i < t->n_manifests; i++)
		TRY(deploy(d, p, f, t->manifests[i]));
	return OK;
}

static enum err
device(struct db *d, const struct tam_effect *f)
{
	static const char q[] =
	    "INSERT INTO device_state(device, version, requests, exchange_at,"
	    " reported_at, proven_at, verdict, report_key, ueid,"
	    " proof_challenge, assured, cloned, seed_since, seeds,"
	    " evidence_iat)"
	    " SELECT ?1, ?2 + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
	    " ?13, ?14, ?15"
	    " WHERE ?2 = 0 OR EXISTS"
	    "  (SELECT 1 FROM device_state WHERE device = ?1)"
	    " ON CONFLICT(device) DO UPDATE SET version = excluded.version,"
	    " requests = excluded.requests,"
	    " exchange_at = excluded.exchange_at,"
	    " reported_at = excluded.reported_at,"
	    " proven_at = excluded.proven_at, verdict = excluded.verdict,"
	    " report_key = excluded.report_key, ueid = excluded.ueid,"
	    " proof_challenge = excluded.proof_challenge,"
	    " assured = excluded.assured, cloned = excluded.cloned,"
	    " seed_since = excluded.seed_since, seeds = excluded.seeds,"
	    " evidence_iat = excluded.evidence_iat"
	    " WHERE version = ?2";
	const struct tam_device *r = &f->row;
	uint8_t room[KEY_BLOB_MAX];
	struct bytes key = BYTES_NONE;
	enum err e;

	if (r->has_report_key)
		TRY(key_blob(&r->report_key, room, &key));
	if (r->evidence_ueid_n > sizeof(r->evidence_ueid) ||
	    r->n_seeds > TAM_SEEDS_MAX)
		return ERR_BUG;
	e = db_change(d, q,
	    DB_VALUES(DB_INT(r->id), DB_INT(r->version), DB_INT(r->requests),
		DB_INT(r->exchange_at), DB_INT(r->reported_at),
		DB_INT(r->proven_at),
		DB_INT(r->verdict == ACCEPTED ? ACCEPTED : REFUSED),
		r->has_report_key ? DB_BLOB(key) : DB_NULL,
		DB_FIX(r->evidence_ueid, r->evidence_ueid_n),
		r->has_proof_challenge
		    ? DB_FIX(r->proof_challenge, TAM_CHALLENGE_LEN)
		    : DB_NULL,
		DB_INT(r->assured), DB_INT(r->cloned), DB_INT(r->seed_since),
		DB_FIX(r->seed, r->n_seeds * (size_t)TAM_SEED_LEN),
		DB_INT(r->evidence_iat)));
	return e == ERR_NOT_FOUND ? ERR_BUSY : e;
}

/* The digests of claim 272, back to back; how many. */
static size_t
listed_digests(
    const struct tam_effect *f, uint8_t out[EAT_MANIFESTS_MAX][DIGEST_LEN])
{
	struct cbor_in r = cbor_items(f->manifests);
	struct eat_manifest m;
	size_t n = 0;

	for (size_t i = 0; i < f->manifests.n && n < EAT_MANIFESTS_MAX; i++) {
		if (eat_manifest_read(&r, &m) != OK)
			break;
		if (m.digest.n == DIGEST_LEN)
			memcpy(out[n++], m.digest.p, DIGEST_LEN);
	}
	return n;
}

/* The whole entries of claim 273 that fit. */
static struct list
kept_measurements(struct list l)
{
	struct cbor_in r = cbor_items(l);
	struct list out = {{l.raw.p, 0}, 0};

	for (size_t i = 0; i < l.n; i++) {
		(void)cbor_raw(&r, CBOR_ANY);
		if (r.err != OK || r.at > MEASUREMENTS_MAX)
			break;
		out.raw.n = r.at;
		out.n = i + 1;
	}
	return out;
}

static uint64_t
issued_at(const struct tam_effect *f)
{
	uint64_t t = 0;

	for (size_t i = 0; i < 4; i++)
		t = t << 8 | f->challenge[i];
	return t;
}

#define HELD_MAX 128

/* One proof: what of ours is there, and what is gone.  What was sent after
 * the question was asked could not be in the answer. */
static enum err
prove(struct db *d, const struct tam_effect *f,
    uint8_t list[EAT_MANIFESTS_MAX][DIGEST_LEN], size_t n)
{
	static const char held[] =
	    "SELECT digest, proven_at, sent_at FROM deployed"
	    " WHERE device = ?1 AND gone_at = 0 LIMIT ?2";
	static const char there[] = "UPDATE deployed SET proven_at = ?3"
				    " WHERE device = ?1 AND digest = ?2";
	static const char gone[] =
	    "UPDATE deployed SET gone_at = ?3, proven_at = 0"
	    " WHERE device = ?1 AND digest = ?2";
	uint8_t digest[HELD_MAX][DIGEST_LEN];
	const char *change[HELD_MAX];
	size_t changes = 0;
	sqlite3_stmt *s;
	enum err e = db_start(
	    d, held, DB_VALUES(DB_INT(f->device), DB_INT(HELD_MAX)), &s);

	while (e == OK && changes < HELD_MAX && (e = db_step(s)) == OK) {
		bool is_there = false;

		e = db_get_fix(s, 0, digest[changes], DIGEST_LEN);
		for (size_t i = 0; e == OK && i < n && !is_there; i++)
			is_there =
			    memcmp(list[i], digest[changes], DIGEST_LEN) == 0;
		if (is_there && db_get_uint(s, 1) == 0)
			change[changes++] = there;
		else if (!is_there &&
			 (f->proves_all || db_get_uint(s, 2) < issued_at(f)))
			change[changes++] = gone;
	}
	db_reset(s);
	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	for (size_t i = 0; i < changes; i++)
		TRY(db_run(d, change[i],
		    DB_VALUES(DB_INT(f->device), DB_FIX(digest[i], DIGEST_LEN),
			DB_INT(f->time))));
	return OK;
}

/* Why, as text that is safe to show. */
static void
why_texts(const struct why *w, struct state_appraisal *out)
{
	(void)snprintf(
	    out->what, sizeof(out->what), "%s", w->what != NULL ? w->what : "");
	(void)why_expected(out->expected, sizeof(out->expected), w);
	(void)why_found(out->found, sizeof(out->found), w);
	(void)safe_text(out->source, sizeof(out->source), w->source);
}

static enum err
history(struct db *d, const struct tam_effect *f, const struct why *why)
{
	static const char q[] =
	    "REPLACE INTO appraisal(device, slot, time, outcome, assurance,"
	    " proves, what, expected, found, source)"
	    " SELECT ?1, appraisals % ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10"
	    " FROM device_state WHERE device = ?1";
	struct state_appraisal t = {0};

	if (f->outcome != OK)
		why_texts(why, &t);
	return db_run(d, q,
	    DB_VALUES(DB_INT(f->device), DB_INT(STATE_APPRAISALS_MAX),
		DB_INT(f->time), DB_INT(f->outcome), DB_INT(f->assurance),
		DB_INT(f->proves), DB_TEXT(t.what), DB_TEXT(t.expected),
		DB_TEXT(t.found), DB_TEXT(t.source)));
}

/* The last one, where it names keys that an author may want to see. */
static enum err
evidence_keep(struct db *d, const struct tam_effect *f)
{
	static const char q[] = "UPDATE device_state SET evidence = ?2"
				" WHERE device = ?1 AND evidence IS NOT ?2";
	bool keep = f->evidence.n > 0 && f->evidence.n <= STATE_EVIDENCE_MAX;

	return db_run(d, q,
	    DB_VALUES(
		DB_INT(f->device), keep ? DB_BLOB(f->evidence) : DB_NULL));
}

static enum err
appraised(struct db *d, const struct tam_effect *f, const struct why *why)
{
	static const char any[] =
	    "INSERT INTO device_state(device, appraisals, appraised_at,"
	    " outcome, assurance) VALUES(?1, 1, ?2, ?3, ?4)"
	    " ON CONFLICT(device) DO UPDATE SET appraisals = appraisals + 1,"
	    " appraised_at = ?2, outcome = ?3, assurance = ?4";
	static const char accepted[] =
	    "UPDATE device_state SET manifests = ?2, measurements = ?3,"
	    " n_measurements = ?4 WHERE device = ?1"
	    " AND (manifests IS NOT ?2 OR measurements IS NOT ?3)";
	static const char until[] =
	    "UPDATE device_state SET believed_until = ?2, verifier = ?3"
	    " WHERE device = ?1";
	uint8_t list[EAT_MANIFESTS_MAX][DIGEST_LEN];
	struct list images;
	size_t n;

	TRY(db_run(d, any,
	    DB_VALUES(DB_INT(f->device), DB_INT(f->time), DB_INT(f->outcome),
		DB_INT(f->assurance))));
	TRY(history(d, f, why));
	if (f->outcome != OK)
		return OK;
	n = listed_digests(f, list);
	images = kept_measurements(f->measurements);
	TRY(db_run(d, accepted,
	    DB_VALUES(DB_INT(f->device), DB_FIX(list, n * DIGEST_LEN),
		DB_BLOB(images.raw), DB_INT(images.n))));
	TRY(db_run(d, until,
	    DB_VALUES(DB_INT(f->device),
		DB_INT(f->until > INT64_MAX ? INT64_MAX : f->until),
		f->passport ? DB_FIX(f->verifier, KID_LEN) : DB_NULL)));
	TRY(evidence_keep(d, f));
	return f->proves ? prove(d, f, list, n) : OK;
}

/* What the device says that it can do. */
static enum err
capable(struct db *d, const struct tam_effect *f)
{
	static const char q[] =
	    "UPDATE device_state SET capabilities = ?2, capable_at = ?3"
	    " WHERE device = ?1";

	return db_run(d, q,
	    DB_VALUES(
		DB_INT(f->device), DB_BLOB(f->capabilities), DB_INT(f->time)));
}

static enum err
started(struct db *d, const struct tam_effect *f)
{
	static const char q[] =
	    "UPDATE deployed SET started_at = ?3, start_reason = ?4"
	    " WHERE device = ?1 AND digest = ?2";

	return db_run(d, q,
	    DB_VALUES(DB_INT(f->device), DB_FIX(f->digest, DIGEST_LEN),
		DB_INT(f->time),
		DB_INT(f->reason > INT64_MAX ? INT64_MAX : f->reason)));
}

static enum err
reported(struct db *d, const struct tam_effect *f)
{
	static const char q[] =
	    "UPDATE deployed SET reported_at = ?3, outcome = ?4, reason = ?5,"
	    " removed = ?6, gone_at = CASE WHEN ?6 THEN gone_at ELSE 0 END,"
	    " failed_section = ?7, failed_offset = ?8, failed_command = ?9,"
	    " failed_component = ?10, failed_measured = ?11, failed_said = ?12,"
	    " started_at = 0"
	    " WHERE device = ?1 AND digest = ?2";
	const struct tam_failure *w = &f->failure;
	char said[STATE_SAID_MAX];

	(void)safe_text(said, sizeof(said), w->said);
	if (f->capabilities.n > 0)
		TRY(capable(d, f));
	/* a row swept away since is no reason to lose the rest */
	return db_run(d, q,
	    DB_VALUES(DB_INT(f->device), DB_FIX(f->digest, DIGEST_LEN),
		DB_INT(f->time), DB_INT(f->outcome),
		DB_INT(f->reason > INT64_MAX ? INT64_MAX : f->reason),
		DB_INT(f->removed), DB_INT(w->section), DB_INT(w->offset),
		DB_INT(w->command), DB_BLOB(w->component), DB_BLOB(w->measured),
		DB_TEXT(said)));
}

static enum err
requested(struct db *d, const struct tam_effect *f)
{
	static const char q[] =
	    "INSERT INTO request(device, id_raw, time) VALUES(?1, ?2, ?3)"
	    " ON CONFLICT(device, id_raw) DO UPDATE SET time = ?3";
	/* by name within a second, so that it holds there, too */
	static const char trim[] =
	    "DELETE FROM request WHERE device = ?1 AND id_raw IN"
	    " (SELECT id_raw FROM request WHERE device = ?1"
	    "  ORDER BY time DESC, id_raw LIMIT -1 OFFSET ?2)";

	if (f->component.n > SUIT_ID_MAX)
		return ERR_BUG;
	TRY(db_run(d, q,
	    DB_VALUES(
		DB_INT(f->device), DB_BLOB(f->component), DB_INT(f->time))));
	return db_run(
	    d, trim, DB_VALUES(DB_INT(f->device), DB_INT(STATE_REQUESTS_MAX)));
}

static enum err
apply(struct db *d, struct policy *p, const struct tam_reply *r,
    const struct tam_effect *f)
{
	switch (f->kind) {
	case TAM_USE_CHALLENGE:
		return use_challenge(d, f);
	case TAM_USE_TOKEN:
		return use_token(d, f);
	case TAM_NEW_TOKEN:
		return new_token(d, p, f);
	case TAM_DEVICE:
		return device(d, f);
	case TAM_APPRAISED:
		return appraised(d, f, &r->why);
	case TAM_REPORTED:
		return reported(d, f);
	case TAM_REQUESTED:
		return requested(d, f);
	case TAM_CAPABLE:
		return capable(d, f);
	case TAM_STARTED:
		return started(d, f);
	}
	return ERR_BUG;
}

/* What the peer may be met with for: anything else, such as a constraint that
 * fails, is a fault of ours. */
static enum err
of_the_message(enum err e)
{
	if (e == OK || e == ERR_REPLAY || e == ERR_TOKEN || e == ERR_BUSY)
		return e;
	return err_class(e) >= CLASS_ROOM ? e : ERR_STORE;
}

enum err
state_apply(struct db *d, struct policy *p, const struct tam_reply *r)
{
	if (r->n_effects > TAM_EFFECTS_MAX)
		return ERR_BUG;
	for (size_t i = 0; i < r->n_effects; i++)
		TRY(of_the_message(apply(d, p, r, &r->effect[i])));
	return OK;
}

enum err
state_sweep(struct db *d, uint64_t now, size_t most, size_t *gone)
{
	static const char challenges[] =
	    "DELETE FROM challenge WHERE (challenge, kid) IN"
	    " (SELECT challenge, kid FROM challenge WHERE expires < ?1"
	    "  LIMIT ?2)";
	static const char tokens[] =
	    "DELETE FROM token WHERE token IN"
	    " (SELECT token FROM token WHERE expires < ?1 LIMIT ?2)";
	/* what is gone stays on show for a month */
	static const char deployed[] =
	    "DELETE FROM deployed WHERE (device, digest) IN"
	    " (SELECT device, digest FROM deployed"
	    "  WHERE gone_at > 0 AND gone_at < ?1 - 2592000 LIMIT ?2)";
	static const char *const each[] = {challenges, tokens, deployed};
	int before = sqlite3_total_changes(d->sql);

	*gone = 0;
	for (size_t i = 0; i < ARRAY_LEN(each); i++)
		TRY(db_run(d, each[i],
		    DB_VALUES(DB_INT(now), DB_INT(row_limit(most)))));
	*gone = (size_t)(unsigned)(sqlite3_total_changes(d->sql) - before);
	return OK;
}
