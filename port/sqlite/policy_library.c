/*
 * policy_library: the active CoRIMs of a policy as one library, read once
 * for each version of the policy.                 [CoRIM 8.2; security 20]
 *
 * They were authenticated when they were added, and stand as they were
 * received: what is read of them again is what was signed.
 */
#include "policy_int.h"

#include <stdlib.h>
#include <string.h>

/* Lists of tags and what they name may come to be valid in between. */
#define LOOK_AGAIN 60 /* seconds */

struct one {
	uint8_t *octets;
	uint8_t authority[KEY_BLOB_MAX];
	struct policy_anchor signer;
	struct corim_scope scope[POLICY_SCOPES_MAX];
	struct corim corim;
};

struct policy_library {
	struct policy_version version;
	uint64_t from, until;
	struct one one[ACS_SOURCES_MAX];
	struct acs_source source[ACS_SOURCES_MAX];
	size_t n;
	struct acs_library library;
	struct acs_saying *said;
};

size_t
policy_scopes_of(
    const struct policy_anchor *a, struct corim_scope out[POLICY_SCOPES_MAX])
{
	for (size_t i = 0; i < a->n_scopes; i++) {
		const struct policy_scope *s = &a->scope[i];

		out[i] = (struct corim_scope){
		    .kinds = s->kinds,
		    .vendor = db_bytes(s->vendor),
		    .class_id = {s->class_id, s->class_id_n},
		};
	}
	return a->n_scopes;
}

void
policy_library_free(struct policy_library *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < ACS_SOURCES_MAX; i++)
		free(l->one[i].octets);
	free(l->said);
	free(l);
}

/* The key that a CoRIM is said with, as CoRIM writes it. */
static enum err
authority(struct one *o, struct list *out)
{
	struct cbor_out w = cbor_into(SPAN_OF(o->authority));

	cbor_put_tag(&w, CORIM_TAG_COSE_KEY);
	cose_key_write(&w, &o->signer.key);
	out->n = 1;
	return cbor_done(&w, &out->raw);
}

static enum err
one_read(struct policy *p, struct policy_library *l, sqlite3_stmt *s,
    struct why *why)
{
	struct bytes in = db_view(s, 1);
	struct acs_source *source = &l->source[l->n];
	struct one *o = &l->one[l->n];
	uint8_t signer[KID_LEN];

	if (l->n == ACS_SOURCES_MAX)
		return why_set(why, ERR_LIMIT, "CoRIMs");
	TRY(db_get_fix(s, 0, signer, KID_LEN));
	TRY(policy_anchor_keyed(p, signer, &o->signer));
	if (o->signer.certified)
		TRY(key_column(s, 2, &o->signer.key));
	o->octets = malloc(in.n + 1);
	if (o->octets == NULL)
		return ERR_MEMORY;
	if (in.n > 0)
		memcpy(o->octets, in.p, in.n);
	l->n++;
	TRY(corim_parse((struct bytes){o->octets, in.n}, &o->corim, why));
	memcpy(o->corim.signer, signer, KID_LEN);
	source->corim = &o->corim;
	source->scope = o->scope;
	source->n_scope = policy_scopes_of(&o->signer, o->scope);
	return authority(o, &source->authority);
}

/* Until when is this the set?  A day without end is as good as any. */
static enum err
period(struct policy *p, uint64_t now, struct policy_library *l)
{
	static const char q[] =
	    "SELECT ifnull(min(t), ?2) FROM ("
	    " SELECT not_after + 1 AS t FROM corim WHERE library"
	    "  AND not_after >= ?1 AND not_after < ?2"
	    " UNION ALL SELECT not_before FROM corim WHERE library"
	    "  AND not_before > ?1)";
	sqlite3_stmt *s;
	enum err e = db_start(
	    &p->db, q, DB_VALUES(DB_INT(now), DB_INT(now + LOOK_AGAIN)), &s);

	if (e == OK)
		e = db_step(s);
	l->from = now;
	l->until = now + LOOK_AGAIN;
	if (e == OK && db_get_uint(s, 0) < l->until)
		l->until = db_get_uint(s, 0);
	db_reset(s);
	return e;
}

static enum err
all_read(
    struct policy *p, uint64_t now, struct policy_library *l, struct why *why)
{
	static const char q[] = "SELECT signer, bytes, signer_key FROM corim"
				" WHERE library"
				" AND not_before <= ?1 AND not_after >= ?1"
				" ORDER BY id";
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q, DB_VALUES(DB_INT(now)), &s);

	while (e == OK && (e = db_step(s)) == OK)
		e = one_read(p, l, s, why);
	db_reset(s);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
load(struct policy *p, uint64_t now, struct policy_library *l, struct why *why)
{
	size_t n;

	TRY(all_read(p, now, l, why));
	TRY(period(p, now, l));
	TRY(acs_library_begin(&l->library, l->source, l->n, now, false, why));
	n = acs_library_count(&l->library);
	l->said = calloc(n + 1, sizeof(*l->said));
	if (l->said == NULL)
		return ERR_MEMORY;
	return acs_library_index(&l->library, l->said, n);
}

enum err
policy_library_check(struct policy *p, uint64_t now, struct why *why)
{
	struct policy_library *l = calloc(1, sizeof(*l));
	enum err e;

	if (l == NULL)
		return ERR_MEMORY;
	e = load(p, now, l, why);
	policy_library_free(l);
	return e;
}

enum err
policy_library(struct policy *p, uint64_t now, const struct acs_library **out)
{
	struct policy_version version = policy_versions(p);
	struct policy_library *l = p->library;
	enum err e;

	*out = NULL;
	if (l == NULL || memcmp(&l->version, &version, sizeof(version)) != 0 ||
	    now < l->from || now >= l->until) {
		policy_library_free(l);
		p->library = NULL;
		l = calloc(1, sizeof(*l));
		if (l == NULL)
			return ERR_MEMORY;
		e = load(p, now, l, NULL);
		if (e != OK) {
			policy_library_free(l);
			/* It was taken as a whole when it was added. */
			return err_class(e) > CLASS_REFUSED ? e : ERR_STORE;
		}
		l->version = version;
		p->library = l;
	}
	*out = &l->library;
	return OK;
}
