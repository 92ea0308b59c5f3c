/*
 * report: what became of one manifest.                 [SUIT Report
 * SUIT_Report]
 *
 * Success is silent: the holder of the manifest knows every command, so only
 * conditions that failed and the result are told.
 */
#include "suit_int.h"

#include <string.h>

/* Keys of a SUIT_Report and of its failure map. */
enum {
	REP_NONCE = 2,
	REP_RECORDS = 3,
	REP_RESULT = 4,
	REP_CODE = 5,
	REP_RECORD = 6,
	REP_REASON = 7,
	REP_CAPABILITIES = 8,
	REP_REFERENCE = 99,
};

/* Reasons with their names.                          [SUIT Report] */
enum reason {
	R_OK,
	R_CBOR,
	R_COSE,
	R_ALG,
	R_UNAUTHORISED,
	R_COMMAND,
	R_COMPONENT,
	R_COMPONENT_UNAUTHORISED,
	R_PARAMETER,
	R_SEVERING,
	R_CONDITION,
	R_OPERATION,
	R_INVOKE_PENDING,
};

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
put_begin(struct cbor_out *w, struct bytes nonce, size_t records)
{
	cbor_put_map(w, nonce.n > 0 ? 4 : 3);
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

	if (run->state != SUIT_DONE && run->state != SUIT_FAILED)
		return ERR_BUG;
	put_begin(w, nonce, run->n_records);
	cbor_put_raw(w, (struct bytes){run->log, run->log_n});
	cbor_put_uint(w, REP_RESULT);
	if (run->state == SUIT_DONE)
		cbor_put_bool(w, true);
	else if (run->by_condition && err_class(e) == CLASS_REFUSED)
		put_failure(w, -1, &run->last, R_CONDITION);
	else
		put_failure(w, (int64_t)e, &run->last, suit_reason(e));
	put_reference(w, run->m->uri, run->m->digest);
	return w->err;
}

enum err
suit_report_refused(struct cbor_out *w, enum err e, struct bytes uri,
    const uint8_t digest[DIGEST_LEN], struct bytes nonce)
{
	const struct suit_record none = {0};

	put_begin(w, nonce, 0);
	cbor_put_uint(w, REP_RESULT);
	put_failure(w, (int64_t)e, &none, suit_reason(e));
	put_reference(w, uri, digest);
	return w->err;
}

void
suit_claims_put(struct cbor_out *w, struct bytes id,
    const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	size_t mark;

	cbor_put_map(w, 3);
	cbor_put_uint(w, 0);
	cbor_put_raw(w, id);
	cbor_put_uint(w, SUIT_PAR_IMAGE_DIGEST);
	mark = cbor_wrap_begin(w);
	suit_digest_put(w, sha256);
	cbor_wrap_end(w, mark);
	cbor_put_uint(w, SUIT_PAR_IMAGE_SIZE);
	cbor_put_uint(w, size);
}

/* ---- reading ----------------------------------------------------------- */

struct report_map {
	uint32_t has;
	struct bytes nonce, result, capabilities, reference;
	struct list records;
};

struct failure_map {
	uint32_t has;
	int64_t code;
	uint64_t reason;
	struct bytes record;
};

// clang-format off
static const struct cbor_field report_fields[] = {
	FIELD(REP_NONCE, F_BSTR, struct report_map, nonce, 0, 64),
	FIELD_REQ(REP_RECORDS, F_LIST, struct report_map, records, 0, 512),
	FIELD_REQ(REP_RESULT, F_RAW, struct report_map, result, 0, UINT32_MAX),
	FIELD(REP_CAPABILITIES, F_RAW_MAP, struct report_map, capabilities, 0,
	    UINT32_MAX),
	FIELD_REQ(REP_REFERENCE, F_RAW_ARRAY, struct report_map, reference, 0,
	    UINT32_MAX),
};

static const struct cbor_field failure_fields[] = {
	FIELD_REQ(REP_CODE, F_INT, struct failure_map, code,
	    FIELD_NO_MIN, UINT32_MAX),
	FIELD_REQ(REP_RECORD, F_RAW_ARRAY, struct failure_map, record, 0,
	    UINT32_MAX),
	FIELD_REQ(REP_REASON, F_UINT, struct failure_map, reason, 1,
	    UINT32_MAX),
};
// clang-format on

static const struct cbor_table report_table = {
    report_fields, ARRAY_LEN(report_fields), 0};
static const struct cbor_table failure_table = {
    failure_fields, ARRAY_LEN(failure_fields), 0};

/* A SUIT_Record, or system-property-claims. */
static enum err
record_check(struct bytes raw)
{
	struct cbor_in r = cbor_open(raw);
	size_t n;

	if (cbor_peek(&r) == CBOR_MAP)
		return OK; /* cbor_raw has checked it */
	cbor_array(&r, 5);
	n = cbor_array_any(&r, 0, CBOR_DEPTH_MAX);
	for (size_t i = 0; i < n; i++)
		(void)cbor_uint(&r, 0, UINT32_MAX);
	(void)cbor_int(&r, INT32_MIN, INT32_MAX);
	(void)cbor_uint(&r, 0, UINT32_MAX);
	(void)cbor_uint(&r, 0, UINT32_MAX);
	(void)cbor_raw(&r, CBOR_MAP);
	return cbor_close(&r);
}

static enum err
result_read(
    struct bytes raw, struct suit_report *out, const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(raw);
	struct failure_map m = {0};
	enum err e;

	if (cbor_peek(&r) == CBOR_SIMPLE) {
		out->success = cbor_bool(&r);
		if (!out->success) /* there is only true, or the map */
			cbor_fail(&r, ERR_TYPE);
		return suit_close(f, &r, "report result");
	}
	cbor_map_read(&r, &failure_table, &m);
	TRY(suit_close(f, &r, "report result"));
	e = record_check(m.record);
	if (e != OK)
		return suit_refuse(f, e, "result record", m.record.p);
	out->result_code = m.code;
	out->reason = m.reason;
	out->result_record = m.record;
	return OK;
}

static enum err
reference_read(
    struct bytes raw, struct suit_report *out, const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(raw);
	struct bytes digest;
	enum err e;

	cbor_array(&r, 2);
	out->uri = cbor_tstr(&r, 0, SUIT_URI_MAX);
	digest = cbor_raw(&r, CBOR_ARRAY);
	TRY(suit_close(f, &r, "suit-reference"));
	e = suit_digest_read(digest, &out->digest);
	return e == OK ? OK : suit_refuse(f, e, "suit-reference", digest.p);
}

enum err
suit_report_read(struct bytes in, struct suit_report *out, struct why *why)
{
	const struct suit_fault f = {why, in.p};
	struct cbor_in r = cbor_open(in), items;
	struct report_map m = {0};

	memset(out, 0, sizeof(*out));
	if (cbor_peek(&r) == CBOR_BSTR) {
		struct bytes inside = cbor_bstr(&r, 1, LEN_ANY);

		TRY(suit_close(&f, &r, "report"));
		r = cbor_open(inside);
	}
	cbor_map_read(&r, &report_table, &m);
	TRY(suit_close(&f, &r, "report"));
	items = cbor_items(m.records);
	for (size_t i = 0; i < m.records.n; i++) {
		struct bytes raw = cbor_raw(&items, CBOR_ANY);
		enum err e = record_check(raw);

		if (e != OK)
			return suit_refuse(&f, e, "report record", raw.p);
	}
	TRY(result_read(m.result, out, &f));
	TRY(reference_read(m.reference, out, &f));
	out->has = m.has;
	out->nonce = m.nonce;
	out->records = m.records;
	return OK;
}
