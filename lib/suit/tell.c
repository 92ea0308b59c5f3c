/*
 * tell: what a manifest's reporting policies ask for beyond the records that
 * every report has.                    [SUIT SUIT_Rep_Policy, SUIT Report]
 *
 * Policies are hints: the host says which of their bits it heeds.  A failed
 * condition has its record whatever its policy says, for without it nobody
 * could follow the run; so bit 1 changes nothing.  Then
 *
 *	bit 0   a command that was done has a record, too
 *	bit 2   what is so after it, as system-property-claims
 *	bit 3   what was measured when a condition failed, as claims
 *
 * A record of a condition that held has the value that was asked for: without
 * one it would read as that of a failure.  A condition that compares nothing
 * of which that can be said has none.  What a network sent is not told of
 * before it has been matched, and a secret never.
 *
 * A quarter of the log is for this.  When it is full, nothing more is told,
 * so that who reads it knows from where on.
 */
#include "suit_int.h"

#define TOLD_MAX (SUIT_LOG_MAX / 4)

static const struct suit_row *
row_here(const struct suit_run *run, uint64_t *policy)
{
	const struct suit_frame *f = &run->frame[run->depth - 1];
	struct cbor_in r = cbor_open(f->left);
	const struct suit_row *row =
	    suit_row(cbor_int(&r, INT64_MIN, INT64_MAX));

	*policy = 0;
	if (row == NULL || row->arg != ARG_POLICY || row->kind == ROW_FLOW)
		return NULL;
	*policy = cbor_uint(&r, 0, 15) & run->host->heeds;
	return row;
}

/* May its content be told of?  What a network sent only when it is what the
 * author signed; a secret never. */
static bool
is_open(const struct suit_run *run, const struct suit_slot *s)
{
	const struct suit_host *h = run->host;

	return s->known && (s->vouched || !s->foreign) &&
	       (h->secret == NULL || !h->secret(h->ctx, s->id));
}

/* Conditions that hold for one value only, that of the parameter of their
 * own number. */
#define ONE_VALUE                                                         \
	(UINT32_C(1) << SUIT_CMD_VENDOR | UINT32_C(1) << SUIT_CMD_CLASS | \
	    UINT32_C(1) << SUIT_CMD_IMAGE_MATCH |                         \
	    UINT32_C(1) << SUIT_CMD_SLOT | UINT32_C(1) << SUIT_CMD_DEVICE)

/* The value that a condition found, which is the one it asked for. */
static void
value_held(const struct suit_run *run, uint8_t code, const struct suit_slot *s,
    struct suit_record *out)
{
	struct bytes v = param_get(run, s, code);
	uint8_t room[17];
	struct cbor_out w = cbor_into(SPAN_OF(room));

	if (code > SUIT_CMD_DEVICE || (ONE_VALUE >> code & 1) == 0)
		return;
	if (code == SUIT_CMD_IMAGE_MATCH) {
		if (is_open(run, s))
			record_digest_set(out, v.p);
		return;
	}
	if (v.n == 16) { /* a UUID is kept without its head */
		cbor_put_bstr(&w, v);
		v = BYTES_OF(room);
	}
	record_value_set(out, (enum suit_parameter)code, v);
}

static void
put_claim(struct cbor_out *w, struct bytes id, const struct suit_record *r)
{
	cbor_put_map(w, 2);
	cbor_put_uint(w, 0);
	cbor_put_raw(w, id);
	cbor_put_uint(w, r->measured);
	cbor_put_raw(w, (struct bytes){r->value, r->n_value});
}

void
suit_tell(struct suit_run *run, bool held)
{
	const struct suit_row *row;
	const struct suit_slot *s;
	struct suit_record r;
	struct cbor_out w;
	uint64_t policy;
	size_t n = 0;

	/* first what most hosts say: nothing is heeded */
	if (run->host->heeds == 0 || run->told_all || run->log_n > TOLD_MAX)
		return;
	row = row_here(run, &policy);
	if (policy == 0)
		return;
	s = slot_at(run, run->last.component);
	r = run->last;
	w = cbor_into(
	    (struct span){run->log + run->log_n, TOLD_MAX - run->log_n});
	if (held && row->kind <= ROW_SEEK)
		value_held(run, row->code, s, &r);
	if (held && (policy & SUIT_POLICY_RECORD_SUCCESS) != 0 &&
	    (row->kind > ROW_SEEK || r.measured != 0)) {
		record_put(&w, &r);
		n++;
	}
	if ((policy & (held ? SUIT_POLICY_SYSINFO_SUCCESS
			    : SUIT_POLICY_SYSINFO_FAILURE)) != 0) {
		/* it was about content, and nothing else is to be told of it */
		bool content = held && row->kind != ROW_COND && is_open(run, s);

		if (content)
			suit_claims_put(&w, s->id, s->digest, s->size);
		else if (r.measured != 0)
			put_claim(&w, s->id, &r);
		n += content || r.measured != 0;
	}
	if (w.err != OK) {
		run->told_all = true;
		return;
	}
	run->log_n = (uint16_t)(run->log_n + w.at);
	run->n_records = (uint16_t)(run->n_records + n);
}
