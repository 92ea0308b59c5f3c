/* policy_key: endorsements of evidence keys, found by key id. */
#include "policy_int.h"

#include <stdlib.h>
#include <string.h>

static enum err
key_row(sqlite3_stmt *s, struct verifier_key *out)
{
	TRY(key_column(s, 0, &out->key));
	TRY(db_get_blob(
	    s, 1, out->class_id, sizeof(out->class_id), &out->class_id_n));
	TRY(db_get_text(s, 2, out->vendor, sizeof(out->vendor)));
	TRY(db_get_blob(s, 3, out->ueid, sizeof(out->ueid), &out->ueid_n));
	return db_get_text(s, 4, out->corim, sizeof(out->corim));
}

/* ---- was it taken back? ------------------------------------------------ */

/* Is there a tag of this signer that could replace another?  Mostly not. */
static bool
replaces(const struct acs_library *l, const uint8_t signer[KID_LEN])
{
	for (size_t i = 0; i < l->n; i++)
		if ((l->linked >> i & 1) != 0 &&
		    memcmp(l->corim[i]->signer, signer, KID_LEN) == 0)
			return true;
	return false;
}

/* Does the tag endorse the key? */
static bool
endorses(const struct corim_tag *t, struct bytes key)
{
	struct corim_triples it;
	struct corim_triple one;

	corim_triples_begin(&it, t->triples);
	while (corim_triple_next(&it, &one) == OK) {
		struct cbor_in r = cbor_items(one.items);

		for (size_t i = 0;
		     one.kind == SAYS_ATTEST_KEY && i < one.items.n; i++) {
			struct bytes item = cbor_raw(&r, CBOR_ANY);
			uint8_t room[KEY_BLOB_MAX];
			struct cose_key k;
			struct bytes is;

			if (corim_cose_key_bare(item, &k) == OK &&
			    key_blob(&k, room, &is) == OK &&
			    bytes_same(is, key))
				return true;
		}
	}
	return false;
}

/* Is a tag of the CoRIM that endorses the key to be believed?  ERR_NOT_FOUND:
 * each of them was replaced. */
static enum err
standing(const struct acs_library *l, const struct corim *m, struct bytes key,
    uint64_t now)
{
	const struct corim *set[ACS_SOURCES_MAX + 1];
	struct cbor_in r = cbor_items(m->tags);
	struct corim_tag t;
	enum err e;

	memcpy(set, l->corim, l->n * sizeof(*set));
	set[l->n] = m;
	for (size_t i = 0; i < m->tags.n; i++) {
		TRY(corim_tag_read(&r, &t));
		if (t.kind != CORIM_COMID || !endorses(&t, key))
			continue;
		e = corim_active(set, l->n + 1, l->n, &t, now, false, NULL);
		if (e != ERR_NOT_FOUND)
			return e;
	}
	return ERR_NOT_FOUND;
}

static enum err
row_stands(struct policy *p, uint64_t now, sqlite3_stmt *s)
{
	struct bytes key = db_view(s, 0);
	const struct acs_library *l;
	struct corim m;

	TRY(policy_library(p, now, &l));
	if (db_view(s, 5).n != KID_LEN)
		return ERR_STORE;
	if (!replaces(l, db_view(s, 5).p))
		return OK;
	/* All of it is read now, and only now. */
	if (corim_parse(db_view(s, 6), &m, NULL) != OK)
		return ERR_STORE;
	memcpy(m.signer, db_view(s, 5).p, KID_LEN);
	return standing(l, &m, key, now);
}

enum err
policy_verifier_key(struct policy *p, uint64_t now, const uint8_t kid[KID_LEN],
    struct verifier_key *out)
{
	static const char q[] =
	    "SELECT k.key, k.class_id, k.vendor, k.ueid, k.corim, c.signer,"
	    " c.bytes FROM attest_key k JOIN corim c ON c.id = k.corim"
	    " WHERE k.kid = ?1 AND c.not_before <= ?2 AND c.not_after >= ?2"
	    " ORDER BY k.corim";
	sqlite3_stmt *s;
	enum err e = db_start(
	    &p->db, q, DB_VALUES(DB_FIX(kid, KID_LEN), DB_INT(now)), &s);

	*out = (struct verifier_key){0};
	while (e == OK && (e = db_step(s)) == OK) {
		e = row_stands(p, now, s);
		if (e == OK) {
			e = key_row(s, out);
			break;
		}
		if (e == ERR_NOT_FOUND)
			e = OK; /* another may say so, too */
	}
	if (e != OK)
		*out = (struct verifier_key){0};
	db_reset(s);
	return e == ERR_NOT_FOUND ? ERR_UNKNOWN_KEY : e;
}
