/* policy_results: other Verifiers, whose Results the TAM takes. */
#include "policy_int.h"

#include <string.h>

static bool
covers(const struct policy_scope *s, const char *vendor, struct bytes class_id)
{
	return (s->kinds & POLICY_RESULTS) != 0 &&
	       (s->vendor[0] == 0 || strcmp(s->vendor, vendor) == 0) &&
	       (s->class_id_n == 0 ||
		   bytes_same(
		       class_id, (struct bytes){s->class_id, s->class_id_n}));
}

/* May this Verifier speak about such a device? */
static enum err
scope(void *ctx, const uint8_t verifier[KID_LEN], const char *vendor,
    struct bytes hwmodel)
{
	struct policy *p = ctx;
	struct policy_anchor a;

	TRY(policy_anchor_keyed(p, verifier, &a));
	for (size_t i = 0; i < a.n_scopes; i++)
		if (covers(&a.scope[i], vendor, hwmodel))
			return OK;
	return ERR_SCOPE;
}

/* A Result that nobody could have signed is one that nobody asked for. */
static bool
any(void *ctx)
{
	static const char q[] =
	    "SELECT 1 FROM anchor_scope WHERE kinds & ?1 LIMIT 1";
	struct policy *p = ctx;
	sqlite3_stmt *s;
	enum err e = db_start(&p->db, q, DB_VALUES(DB_INT(POLICY_RESULTS)), &s);

	if (e == OK)
		e = db_step(s);
	db_reset(s);
	return e != ERR_NOT_FOUND;
}

struct tam_results
policy_results(struct policy *p, struct policy_ring *room)
{
	return (struct tam_results){
	    .verifiers = policy_ring(p, POLICY_RESULTS, room),
	    .ctx = p,
	    .any = any,
	    .scope = scope,
	};
}
