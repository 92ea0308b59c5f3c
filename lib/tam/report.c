/*
 * report: SUIT Reports from agents: open them, hold them against their
 * manifests, and take those of a QueryResponse.
 *                       [docs/evidence.md 8, TEEP 4.3, SUIT Report, security
 * 16]
 */
#include "tam_int.h"

#include <string.h>

static enum err
find_report_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	struct turn *t = ctx;
	uint8_t own[KID_LEN];

	(void)alg; /* cose compares it with the key */
	if (nth > 0 || !t->row.has_report_key)
		return ERR_UNKNOWN_KEY;
	TRY(cose_key_thumbprint(t->t->crypto, &t->row.report_key, own));
	if (kid.n > 0 && !bytes_same(kid, BYTES_OF(own)))
		return ERR_UNKNOWN_KEY;
	*out = t->row.report_key;
	return OK;
}

static enum err
report_verify(struct turn *t, struct bytes *in)
{
	const struct keyring ring = {t, find_report_key};
	struct verified v;
	enum err e = cose_verify(
	    t->t->crypto, &ring, ACCEPT_SIGN1, *in, &v, &t->out->why);

	if (e == ERR_UNKNOWN_KEY || e == ERR_SIGNATURE)
		return tam_refuse(t, ERR_REPORT_KEY, "suit-reports");
	TRY(e);
	*in = v.payload;
	return OK;
}

/* What no encryption key was known for is not encrypted. */
static enum err
report_decrypt(struct turn *t, struct bytes *in)
{
	struct bytes sealed = *in;
	struct span room;

	if (!cose_is_encrypt(sealed))
		return OK;
	if (t->t->agree == NULL)
		return tam_refuse(t, ERR_UNDECRYPTABLE, "encryption key");
	room = arena_span(t->mem, sealed.n);
	if (room.p == NULL)
		return ERR_MEMORY;
	return cose_decrypt(t->t->crypto, t->t->agree, COSE_CTX_REPORT, sealed,
	    room, in, &t->out->why);
}

/* Open what the dialect says that a report is protected by, and only that.
 *                                                [docs/evidence.md 8] */
enum err
tam_report_open(struct turn *t, struct bytes in, struct suit_report *out)
{
	/* One reason for all that can go wrong inside.     [security 16] */
	t->wire = ERR_UNDECRYPTABLE;
	switch ((enum dialect_reports)t->t->dialect.reports) {
	case DIALECT_REPORT_SIGNED:
		TRY(report_verify(t, &in));
		TRY(report_decrypt(t, &in));
		break;
	case DIALECT_REPORT_SEALED:
		TRY(report_decrypt(t, &in));
		TRY(report_verify(t, &in));
		break;
	case DIALECT_REPORT_BARE:
		break;
	}
	t->wire = OK;
	return suit_report_read(in, out, &t->out->why);
}

static enum err
dependency(void *ctx, const uint8_t digest[DIGEST_LEN], struct bytes *out)
{
	struct turn *t = ctx;
	const struct tam_view *v = t->t->view;

	return v->envelope(v->ctx, digest, t->mem, out);
}

/* Is it what a run of the manifest leaves?  [SUIT Report Attestation] */
enum err
tam_report_replay(struct turn *t, const uint8_t digest[DIGEST_LEN],
    enum suit_procedure procedure, const struct suit_report *report,
    struct tam_failure *failure)
{
	const struct tam_view *v = t->t->view;
	const struct suit_shelf shelf = {t, dependency};
	struct suit_replay *replay;
	struct why why = {.err = OK};
	struct bytes envelope;
	enum err e = v->envelope(v->ctx, digest, t->mem, &envelope);

	tam_failure_read(e == OK ? envelope : BYTES_NONE, report, failure);
	if (e == ERR_NOT_FOUND) /* taken from the shelf since */
		return OK;
	if (e != OK)
		return e == ERR_MEMORY ? e : tam_store(e);
	replay = t->mem->get(t->mem->ctx, sizeof(*replay));
	if (replay == NULL)
		return ERR_MEMORY;
	e = suit_replay(
	    replay, t->t->crypto, envelope, &shelf, report, procedure, &why);
	if (e == ERR_REPORT_REPLAY)
		return tam_refuse(t, e, suit_rule_name(replay->broken));
	/* What only the device's own processor can run, nobody here judges;
	 * nor what depends on a manifest that is not here. */
	return err_class(e) > CLASS_REFUSED ? e : OK;
}

/* What the device can do, and nothing of a run. */
static enum err
capable(struct turn *t, const struct suit_report *r)
{
	struct suit_capabilities can;
	struct tam_effect *f;

	TRY(suit_capabilities_read(r->capabilities, &can, &t->out->why));
	t->row.capable_at = t->now;
	t->row_changed = true;
	if (r->capabilities.n > TAM_CAPABILITIES_MAX)
		return OK;
	f = tam_effect(t, TAM_CAPABLE);
	if (f == NULL)
		return ERR_BUG;
	f->capabilities = r->capabilities;
	return OK;
}

/* How a manifest was started, last. */
static enum err
started(struct turn *t, const struct suit_report *r)
{
	struct tam_failure failure;
	struct tam_effect *f;

	TRY(tam_report_replay(t, r->digest.p, SUIT_DO_INVOKE, r, &failure));
	f = tam_effect(t, TAM_STARTED);
	if (f == NULL)
		return ERR_BUG;
	memcpy(f->digest, r->digest.p, DIGEST_LEN);
	f->outcome = r->success ? OK : ERR_PEER_ERROR;
	f->reason = r->success ? 0 : r->reason;
	if (!r->success)
		f->failure = failure;
	return OK;
}

enum err
tam_reports_told(struct turn *t, struct bytes nonce)
{
	struct cbor_in r = cbor_items(t->m.reports);

	for (size_t i = 0; i < t->m.reports.n && i < TAM_TOLD_MAX; i++) {
		struct bytes one = cbor_bstr(&r, 0, LEN_ANY);
		struct suit_report report;

		TRY(r.err);
		TRY(tam_report_open(t, one, &report));
		/* there was no token that it must have; what it has instead,
		 * is of this exchange */
		if (report.nonce.n > 0 && !bytes_same_ct(report.nonce, nonce))
			return tam_refuse(
			    t, ERR_REPORT_NONCE, "suit-report-nonce");
		TRY(report.capabilities.n > 0 ? capable(t, &report)
					      : started(t, &report));
	}
	return OK;
}
