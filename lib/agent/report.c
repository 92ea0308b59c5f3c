/*
 * report: SUIT Reports of an Update: signed by the report key over what is
 * encrypted to the TAM, where its dialect does not say otherwise.
 *                             [docs/evidence.md 8, SUIT Report, security 16]
 */
#include "agent_int.h"

/* Encrypt to the TAM, if it has a key. */
static enum err
encrypt(struct agent *a, const struct policy_tam *tam, struct bytes *body)
{
	struct cbor_out w = pool_begin(&a->pool);

	if (!tam->has_enc)
		return OK;
	TRY(cose_encrypt_write(&w, a->ports->crypto, ALG_A128GCM, &tam->enc,
	    tam->enc_kid, COSE_CTX_REPORT, *body));
	return pool_end(&a->pool, &w, body);
}

static enum err
sign(struct agent *a, struct bytes *body)
{
	struct cbor_out w = pool_begin(&a->pool);

	TRY(cose_sign1_write(&w, a->ports->report, *body, NULL, WRITE_TAGGED));
	return pool_end(&a->pool, &w, body);
}

enum err
report_protect(struct agent *a, const struct policy_tam *tam, struct bytes body,
    struct cbor_out *list)
{
	switch ((enum dialect_reports)tam->dialect.reports) {
	case DIALECT_REPORT_SIGNED:
		TRY(encrypt(a, tam, &body));
		TRY(sign(a, &body));
		break;
	case DIALECT_REPORT_SEALED:
		TRY(sign(a, &body));
		TRY(encrypt(a, tam, &body));
		break;
	case DIALECT_REPORT_BARE:
		break;
	}
	cbor_put_bstr(list, body);
	return list->err;
}

static enum err
protect(struct agent *a, struct bytes body)
{
	TRY(report_protect(a, a->ex.tam, body, &a->up.reports));
	a->up.n_reports++;
	return OK;
}

static struct bytes
nonce(const struct agent *a)
{
	return (a->up.msg.has & TEEP_HAS_TOKEN) != 0 ? a->up.msg.token
						     : BYTES_NONE;
}

/* Report the run that has just ended. */
static enum err
report_run(struct agent *a)
{
	struct cbor_out w = pool_begin(&a->pool);
	struct bytes plain;

	TRY(suit_report_write(&w, &a->job.run, nonce(a)));
	TRY(pool_end(&a->pool, &w, &plain));
	return protect(a, plain);
}

/* Report an envelope that never ran, or whose result does not count.  Its
 * digest is only a name here: nothing else of it is believed. */
static enum err
report_unrun(struct agent *a, struct bytes envelope, enum err e, bool own)
{
	struct bytes plain, can = BYTES_NONE;
	struct suit_manifest m;
	struct cbor_out w;

	TRY(suit_parse(envelope, &m, NULL));
	/* for those who asked for more */
	if (own && suit_unsupported(e) && a->ports->reports != NULL)
		TRY(a->ports->reports->can(a, a->ex.tam, &can));
	w = pool_begin(&a->pool);
	TRY(suit_report_brief(&w, e, m.uri, m.digest, nonce(a), can));
	TRY(pool_end(&a->pool, &w, &plain));
	return protect(a, plain);
}

enum err
report_success(struct agent *a)
{
	size_t mark = a->pool.at;
	enum err e = report_run(a);

	a->pool.at = mark;
	return e;
}

/* Manifest number i, counted from 1; number 0 was to be removed before all
 * others.  up->begun is the one that failed with e. */
static enum err
report_one(struct agent *a, size_t i, struct bytes envelope, enum err e)
{
	size_t begun = a->up.begun;

	if (i == begun && a->job.run.state == SUIT_FAILED)
		return report_run(a);
	if (i == 0)
		return OK;
	return report_unrun(
	    a, envelope, i == begun ? e : ERR_DEPENDENCY, i == begun);
}

/*
 * All or nothing: the manifest that failed tells its own story, all others
 * were not applied because of it.  A report that cannot be made is left out;
 * the Error stands without it.
 */
void
report_failure(struct agent *a, enum err e)
{
	struct update *up = &a->up;
	struct cbor_in r = cbor_items(up->msg.manifests);
	struct bytes envelope = BYTES_NONE;
	size_t mark = a->pool.at;

	up->reports.at = 0;
	up->reports.err = OK;
	up->n_reports = 0;
	for (size_t i = 0; i <= up->msg.manifests.n; i++) {
		size_t before = up->reports.at;

		if (i > 0)
			envelope = cbor_bstr(&r, 0, LEN_ANY);
		if (report_one(a, i, envelope, e) != OK) {
			up->reports.at = before;
			up->reports.err = OK;
		}
		a->pool.at = mark;
	}
}

struct list
reports_of(struct agent *a)
{
	return (struct list){
	    {a->up.reports.p, a->up.reports.at}, a->up.n_reports};
}
