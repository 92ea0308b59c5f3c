/*
 * report: what became of one manifest.                 [SUIT Report
 * SUIT_Report]
 *
 * Success is silent: the holder of the manifest knows every command, so only
 * conditions that failed and the result are told.
 */
#include "report_int.h"

static const char *const reason_names[] = {
    [R_OK] = "ok",
    [R_CBOR] = "cbor-parse",
    [R_COSE] = "cose-unsupported",
    [R_ALG] = "alg-unsupported",
    [R_UNAUTHORISED] = "unauthorised",
    [R_COMMAND] = "command-unsupported",
    [R_COMPONENT] = "component-unsupported",
    [R_COMPONENT_UNAUTHORISED] = "component-unauthorised",
    [R_PARAMETER] = "parameter-unsupported",
    [R_SEVERING] = "severing-unsupported",
    [R_CONDITION] = "condition-failed",
    [R_OPERATION] = "operation-failed",
    [R_INVOKE_PENDING] = "invoke-pending",
};

/* Errors whose reason does not follow from their range below. */
static const struct {
	uint16_t err;
	uint8_t reason;
} reasons[] = {
    {OK, R_OK},
    {ERR_COSE_ALG, R_ALG},
    {ERR_COMMAND, R_COMMAND},
    {ERR_PLACE, R_COMMAND},
    {ERR_DEPENDENCY, R_COMMAND},
    {ERR_CANNOT, R_COMMAND},
    {ERR_COMPONENT, R_COMPONENT},
    {ERR_TAM_ACCESS, R_COMPONENT_UNAUTHORISED},
    {ERR_SIGNER_ACCESS, R_COMPONENT_UNAUTHORISED},
    {ERR_OWNER, R_COMPONENT_UNAUTHORISED},
    {ERR_PARAMETER, R_PARAMETER},
    {ERR_ENCRYPTION, R_PARAMETER},
    {ERR_SEVERED, R_SEVERING},
    {ERR_VENDOR, R_CONDITION},
    {ERR_CLASS, R_CONDITION},
    {ERR_IMAGE_DIGEST, R_CONDITION},
    {ERR_CONDITION, R_CONDITION},
    {ERR_MANIFEST_DIGEST, R_UNAUTHORISED},
    {ERR_THRESHOLD, R_UNAUTHORISED},
    {ERR_ROLLBACK, R_UNAUTHORISED},
    {ERR_SEQUENCE_CLASH, R_UNAUTHORISED},
    {ERR_SEQUENCE_JUMP, R_UNAUTHORISED},
};

uint64_t
suit_reason(enum err e)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].err == (unsigned)e)
			return reasons[i].reason;
	if (e >= ERR_TRUNCATED && e <= ERR_TEXT)
		return R_CBOR;
	if (e >= ERR_COSE_TYPE && e <= ERR_COSE_KEY)
		return R_COSE;
	if (e >= ERR_UNSIGNED && e <= ERR_PEER)
		return R_UNAUTHORISED;
	return R_OPERATION;
}

const char *
suit_reason_name(uint64_t reason)
{
	return reason < ARRAY_LEN(reason_names) ? reason_names[reason]
						: "unknown";
}

/* ---- writing ----------------------------------------------------------- */

static void
put_begin(struct cbor_out *w, struct bytes nonce, size_t records, size_t more)
{
	cbor_put_map(w, (nonce.n > 0 ? 4 : 3) + more);
	if (nonce.n > 0) {
		cbor_put_uint(w, REP_NONCE);
		cbor_put_bstr(w, nonce);
	}
	cbor_put_uint(w, REP_RECORDS);
	cbor_put_array(w, records);
}

static void
put_failure(struct cbor_out *w, int64_t code, const struct suit_record *r,
    uint64_t reason)
{
	cbor_put_map(w, 3);
	cbor_put_uint(w, REP_CODE);
	cbor_put_int(w, code);
	cbor_put_uint(w, REP_RECORD);
	record_put(w, r);
	cbor_put_uint(w, REP_REASON);
	cbor_put_uint(w, reason);
}

static void
put_reference(
    struct cbor_out *w, struct bytes uri, const uint8_t digest[DIGEST_LEN])
{
	cbor_put_uint(w, REP_REFERENCE);
	cbor_put_array(w, 2);
	cbor_put_tstr(w, uri);
	suit_digest_put(w, digest);
}

enum err
suit_report_write(
    struct cbor_out *w, const struct suit_run *run, struct bytes nonce)
{
	enum err e = run->why.err;

	/* Asked for by what is invoked, or for it: the outcome is open. */
	bool pending =
	    run->state == SUIT_RUNNING && run->last.command == SUIT_CMD_INVOKE;

	if (!pending && run->state != SUIT_DONE && run->state != SUIT_FAILED)
		return ERR_BUG;
	put_begin(w, nonce, run->n_records, 0);
	cbor_put_raw(w, (struct bytes){run->log, run->log_n});
	cbor_put_uint(w, REP_RESULT);
	if (pending)
		put_failure(w, 0, &run->last, R_INVOKE_PENDING);
	else if (run->state == SUIT_DONE)
		cbor_put_bool(w, true);
	else if (run->by_condition && err_class(e) == CLASS_REFUSED)
		put_failure(w, -1, &run->last, R_CONDITION);
	else
		put_failure(w, (int64_t)e, &run->last, suit_reason(e));
	put_reference(w, run->m->uri, run->m->digest);
	return w->err;
}

enum err
suit_report_brief(struct cbor_out *w, enum err e, struct bytes uri,
    const uint8_t digest[DIGEST_LEN], struct bytes nonce,
    struct bytes capabilities)
{
	const struct suit_record none = {0};

	put_begin(w, nonce, 0, capabilities.n > 0);
	cbor_put_uint(w, REP_RESULT);
	if (e == OK)
		cbor_put_bool(w, true);
	else
		put_failure(w, (int64_t)e, &none, suit_reason(e));
	if (capabilities.n > 0) {
		cbor_put_uint(w, REP_CAPABILITIES);
		cbor_put_raw(w, capabilities);
	}
	put_reference(w, uri, digest);
	return w->err;
}

void
suit_claims_put(struct cbor_out *w, struct bytes id,
    const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	size_t mark;

	cbor_put_map(w, sha256 != NULL ? 3 : 2);
	cbor_put_uint(w, 0);
	cbor_put_raw(w, id);
	if (sha256 != NULL) {
		cbor_put_uint(w, SUIT_PAR_IMAGE_DIGEST);
		mark = cbor_wrap_begin(w);
		suit_digest_put(w, sha256);
		cbor_wrap_end(w, mark);
	}
	cbor_put_uint(w, SUIT_PAR_IMAGE_SIZE);
	cbor_put_uint(w, size);
}
