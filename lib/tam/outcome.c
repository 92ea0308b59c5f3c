/*
 * outcome: Success and Error to an Update.      [TEEP 4.4, 4.5, security 5]
 *
 * What a device reports is recorded as reported, if it is what a run of the
 * manifest can leave.  Whether it is so, the next Evidence shows, which is
 * asked for at once.
 */
#include "tam_int.h"

#include <string.h>

/* What the Update did to one manifest, as reported. */
struct fate {
	uint8_t digest[DIGEST_LEN];
	bool removed;
	bool reported;
	bool success;
	uint64_t reason;
	struct tam_failure failure;
	struct bytes capabilities;
};

struct account {
	struct tam_token token;
	struct fate fate[TAM_MANIFESTS_MAX + TAM_UNNEEDED_MAX];
	size_t n;
};

static bool
was_unneeded(const struct account *a, struct bytes id)
{
	struct cbor_in r = cbor_open(a->token.unneeded);

	while (cbor_peek(&r) != CBOR_END)
		if (bytes_same(id, cbor_raw(&r, CBOR_ARRAY)))
			return true;
	return false;
}

/* The manifests that stood behind the ids of unneeded-manifest-list. */
static enum err
removed_find(struct turn *t, struct account *a)
{
	const struct tam_view *v = t->t->view;
	struct tam_manifest m;

	if (a->token.unneeded.n == 0)
		return OK;
	for (size_t nth = 0; nth < TAM_ROWS_MAX; nth++) {
		enum err e = v->unwanted(v->ctx, t->row.id, nth, &m);

		if (e == ERR_NOT_FOUND || a->n == ARRAY_LEN(a->fate))
			break;
		if (e != OK)
			return tam_store(e);
		if (m.id_n > sizeof(m.id))
			return ERR_STORE;
		if (!was_unneeded(a, (struct bytes){m.id, m.id_n}))
			continue;
		memcpy(a->fate[a->n].digest, m.digest, DIGEST_LEN);
		a->fate[a->n++].removed = true;
	}
	return OK;
}

/* The open request this answers, and all that was asked in it. */
static enum err
account_open(struct turn *t, struct account *a)
{
	const struct tam_view *v = t->t->view;
	enum err e;

	e = v->token(v->ctx, t->m.token, t->v.kid, t->mem, &a->token);
	if (e != OK && e != ERR_TOKEN)
		return tam_store(e);
	if (e == OK &&
	    (memcmp(a->token.kid, t->v.kid, KID_LEN) != 0 ||
		!bytes_same_ct(BYTES_OF(a->token.token), t->m.token)))
		e = ERR_TOKEN;
	if (e == OK && a->token.expires <= t->now)
		e = ERR_EXPIRED;
	if (e != OK)
		return tam_refuse(t, e, "token");
	if (a->token.n_manifests > TAM_MANIFESTS_MAX)
		return ERR_STORE;
	for (; a->n < a->token.n_manifests; a->n++)
		memcpy(
		    a->fate[a->n].digest, a->token.manifests[a->n], DIGEST_LEN);
	return removed_find(t, a);
}

static enum err
report_take(struct turn *t, struct account *a, struct bytes in, bool success)
{
	struct suit_report r;

	TRY(tam_report_open(t, in, &r));
	if (!bytes_same_ct(r.nonce, t->m.token))
		return tam_refuse(t, ERR_REPORT_NONCE, "suit-report-nonce");
	for (size_t i = 0; i < a->n; i++) {
		struct fate *f = &a->fate[i];

		if (!bytes_same(r.digest, BYTES_OF(f->digest)))
			continue;
		if (f->reported)
			return tam_refuse(t, ERR_DUPLICATE, "suit-reports");
		if (success && !r.success)
			return tam_refuse(
			    t, ERR_REPORT_RESULT, "suit-report-result");
		TRY(tam_report_replay(t, f->digest,
		    f->removed ? SUIT_DO_UNINSTALL : SUIT_DO_UPDATE, &r,
		    &f->failure));
		f->reported = true;
		f->success = r.success;
		f->reason = r.success ? 0 : r.reason;
		if (r.capabilities.n <= TAM_CAPABILITIES_MAX)
			f->capabilities = r.capabilities;
		return OK;
	}
	(void)tam_refuse(t, ERR_REPORT_MANIFEST, "suit-reference");
	t->out->why.kind = WHY_HEX;
	t->out->why.found = r.digest;
	return ERR_REPORT_MANIFEST;
}

static enum err
reports_take(struct turn *t, struct account *a, bool success)
{
	struct cbor_in r = cbor_items(t->m.reports);

	for (size_t i = 0; i < t->m.reports.n; i++) {
		struct bytes one = cbor_bstr(&r, 0, LEN_ANY);

		TRY(r.err);
		TRY(report_take(t, a, one, success));
	}
	return OK;
}

/* An Error without a report on a manifest says that the Update as a whole
 * failed; of a removal it then says nothing. */
static enum err
fates_record(struct turn *t, const struct account *a, bool success)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct fate *f = &a->fate[i];
		bool good = f->reported ? f->success : success;
		struct tam_effect *e;

		if (f->removed && !f->reported && !success)
			continue;
		e = tam_effect(t, TAM_REPORTED);
		if (e == NULL)
			return ERR_BUG;
		memcpy(e->digest, f->digest, DIGEST_LEN);
		e->removed = f->removed;
		e->outcome = good ? OK : ERR_PEER_ERROR;
		e->reason = f->reason;
		e->capabilities = f->capabilities;
		if (good)
			continue;
		e->failure = f->failure;
		if ((t->m.has & TEEP_HAS_ERR_MSG) != 0)
			e->failure.said = t->m.err_msg;
	}
	return OK;
}

/* Ask at once for the proof, in the same session.           [security 5] */
static enum err
ask_proof(struct turn *t, bool success)
{
	uint32_t limit = t->t->config.exchange_requests;
	uint8_t unused[TAM_CHALLENGE_LEN] = {0};
	struct teep_message m = tam_query(t->t, unused);
	enum err e;

	/* and, once in a while, for what the device can do */
	if (t->now - t->row.capable_at >= TAM_CAPABLE_LIFE ||
	    t->now < t->row.capable_at)
		m.items |= TEEP_ITEM_REPORTS;
	e = tam_ask(t, &m);

	if (e == ERR_EXCHANGE_LIMIT) {
		t->row.requests = 0;
		return tam_refuse(t, e, "exchange");
	}
	/* What failed is not tried twice in one exchange. */
	if (!success && t->row.requests < limit)
		t->row.requests = limit;
	return e;
}

enum err
tam_outcome(struct turn *t, bool success)
{
	struct account *a = t->mem->get(t->mem->ctx, sizeof(*a));
	struct tam_effect *f;

	if (a == NULL)
		return ERR_MEMORY;
	TRY(account_open(t, a));
	/* The first answer under a right signature ends the request, even if
	 * it says nonsense.                                 [TEEP 9.1] */
	f = tam_effect(t, TAM_USE_TOKEN);
	if (f == NULL)
		return ERR_BUG;
	memcpy(f->token.token, a->token.token, TAM_TOKEN_LEN);
	memcpy(f->token.kid, t->v.kid, KID_LEN);
	t->fresh = true;
	TRY(reports_take(t, a, success));
	TRY(fates_record(t, a, success));
	t->row.reported_at = t->now;
	t->row_changed = true;
	return ask_proof(t, success);
}

enum err
tam_on_success(struct turn *t)
{
	if ((t->m.has & TEEP_HAS_TOKEN) != 0)
		return tam_outcome(t, true);
	/* Reports belong to an Update, and an Update with anything to report
	 * on had a token. */
	if ((t->m.has & TEEP_HAS_REPORTS) != 0)
		return tam_refuse(t, ERR_TOKEN, "token");
	/* It has read why we refused something.  That ends the session. */
	return OK;
}
