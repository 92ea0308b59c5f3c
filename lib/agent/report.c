/*
 * report: SUIT Reports of an Update, signed by the report key over what is
 * encrypted to the TAM.       [docs/evidence.md 8, SUIT Report, security 16]
 */
#include "agent_int.h"

/* Encrypt, sign, and append to the list. */
static enum err
protect(struct agent *a, struct bytes plain)
{
	const struct agent_ports *p = a->ports;
	const struct policy_tam *tam = a->ex.tam;
	struct bytes body = plain, done;
	struct cbor_out w;

	if (tam->has_enc) {
		w = pool_begin(&a->pool);
		TRY(cose_encrypt_write(&w, p->crypto, ALG_A128GCM, &tam->enc,
		    tam->enc_kid, COSE_CTX_REPORT, plain));
		TRY(pool_end(&a->pool, &w, &body));
	}
	w = pool_begin(&a->pool);
	TRY(cose_sign1_write(&w, p->report, body, NULL, WRITE_TAGGED));
	TRY(pool_end(&a->pool, &w, &done));
	cbor_put_bstr(&a->up.reports, done);
	TRY(a->up.reports.err);
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
report_unrun(struct agent *a, struct bytes envelope, enum err e)
{
	struct cbor_out w = pool_begin(&a->pool);
	struct suit_manifest m;
	struct bytes plain;

	TRY(suit_parse(envelope, &m, NULL));
	TRY(suit_report_refused(&w, e, m.uri, m.digest, nonce(a)));
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
	size_t mark = a->pool.at;

	up->reports.at = 0;
	up->reports.err = OK;
	up->n_reports = 0;
	for (size_t i = 1; i <= up->msg.manifests.n; i++) {
		struct bytes envelope = cbor_bstr(&r, 0, LEN_ANY);
		size_t before = up->reports.at;
		enum err made;

		if (i == up->begun && a->job.run.state == SUIT_FAILED)
			made = report_run(a);
		else
			made = report_unrun(
			    a, envelope, i == up->begun ? e : ERR_DEPENDENCY);
		a->pool.at = mark;
		if (made != OK) {
			up->reports.at = before;
			up->reports.err = OK;
		}
	}
}

struct list
reports_of(struct agent *a)
{
	return (struct list){
	    {a->up.reports.p, a->up.reports.at}, a->up.n_reports};
}
