/*
 * report_read: what a device says became of a manifest.  For a TAM; a device
 * links nothing of it.                          [SUIT Report SUIT_Report]
 */
#include "report_int.h"

#include <string.h>

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

enum err
suit_record_read(
    struct bytes raw, struct suit_record *out, struct bytes *properties)
{
	struct cbor_in r = cbor_open(raw);

	memset(out, 0, sizeof(*out));
	cbor_array(&r, 5);
	out->n_path = (uint8_t)cbor_array_any(&r, 0, SUIT_PATH_MAX);
	for (size_t i = 0; i < out->n_path; i++)
		out->path[i] = (uint8_t)cbor_uint(&r, 0, UINT8_MAX);
	out->section = (uint8_t)cbor_uint(&r, 0, UINT8_MAX);
	out->offset = (uint32_t)cbor_uint(&r, 0, UINT32_MAX);
	out->component = (uint8_t)cbor_uint(&r, 0, UINT8_MAX);
	*properties = cbor_raw(&r, CBOR_MAP);
	return cbor_close(&r);
}

/* {0: component identifier, + parameters} */
static enum err
claims_check(struct bytes raw)
{
	struct cbor_in r = cbor_open(raw);
	size_t n = cbor_map_any(&r, 2, CBOR_PAIRS_MAX);
	bool named = false;
	enum err e = OK;

	for (size_t i = 0; i < n && r.err == OK; i++) {
		int64_t label = cbor_int(&r, INT32_MIN, INT32_MAX);
		struct bytes value = cbor_raw(&r, CBOR_ANY);

		if (label != 0 || r.err != OK)
			continue;
		named = true;
		e = suit_id_check(value);
	}
	TRY(cbor_close(&r));
	return named ? e : ERR_MISSING;
}

/* A SUIT_Record, or system-property-claims. */
static enum err
record_check(struct bytes raw)
{
	struct cbor_in r = cbor_open(raw);
	struct suit_record record;
	struct bytes properties;

	return cbor_peek(&r) == CBOR_MAP
		   ? claims_check(raw)
		   : suit_record_read(raw, &record, &properties);
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
	struct suit_capabilities can;

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
	if (m.capabilities.n > 0) {
		enum err e = suit_capabilities_read(m.capabilities, &can, NULL);

		if (e != OK)
			return suit_refuse(
			    &f, e, "capability report", m.capabilities.p);
	}
	out->capabilities = m.capabilities;
	out->has = m.has;
	out->nonce = m.nonce;
	out->records = m.records;
	return OK;
}
