/*
 * rows: the five messages as tables.                           [TEEP 4, 6]
 *
 * An option is one row, written once, and the same in every message that
 * has it.  An option of another message is unknown here, and so ignored.
 *
 * Included once for each numbering, with LABEL(n) and TYPE(t): what stands on
 * the wire for a label and a type of draft -26.  So all numberings have one
 * grammar and one set of bounds.
 */
#ifndef TAMARIND_TEEP_ROWS_H
#define TAMARIND_TEEP_ROWS_H

// clang-format off
#define ROW(label, kind, member, min, max) \
	FIELD(label, kind, struct teep_message, member, min, max)

#define SUITES      ROW(LABEL(1), F_LIST_ARRAY, suites, 1, TEEP_LIST_MAX)
#define CHALLENGE   ROW(LABEL(2), F_BSTR, challenge, 8, 512)
#define VERSIONS    ROW(LABEL(3), F_LIST_UINT, versions, 1, TEEP_LIST_MAX)
#define PROFILES    ROW(LABEL(4), F_LIST_ARRAY, profiles, 1, TEEP_LIST_MAX)
#define SELECTED    ROW(LABEL(5), F_UINT, selected_version, 0, UINT32_MAX)
#define ATTESTATION ROW(LABEL(6), F_BSTR, attestation, 0, UINT32_MAX)
#define TC_LIST     ROW(LABEL(7), F_LIST_MAP, tc_list, 0, TEEP_LIST_MAX)
#define EXT_LIST    ROW(LABEL(8), F_LIST_UINT, ext_list, 0, TEEP_LIST_MAX)
#define MANIFESTS   ROW(LABEL(9), F_LIST_BSTR, manifests, 1, TEEP_WORK_MAX)
#define MSG         ROW(LABEL(10), F_TSTR, msg, 1, 128)
#define ERR_MSG     ROW(LABEL(11), F_TSTR, err_msg, 1, 128)
#define FORMAT      ROW(LABEL(12), F_TSTR, format, 1, TEEP_FORMAT_MAX)
#define REQUESTED   ROW(LABEL(13), F_LIST_MAP, requested, 1, TEEP_LIST_MAX)
#define UNNEEDED    ROW(LABEL(14), F_LIST_ARRAY, unneeded, 1, TEEP_LIST_MAX)
#define REPORTS     ROW(LABEL(18), F_LIST_BSTR, reports, 1, TEEP_WORK_MAX)
#define TOKEN       ROW(LABEL(19), F_BSTR, token, 8, 64)
#define FRESHNESS   ROW(LABEL(20), F_LIST_UINT, freshness, 1, TEEP_LIST_MAX)
#define ERR_LANG    ROW(LABEL(21), F_TSTR, err_lang, 1, 35)
#define ERR_CODE    ROW(LABEL(22), F_UINT, err_code, 1, UINT32_MAX)

static const struct cbor_field query_request[] = {
	CHALLENGE, VERSIONS, ATTESTATION, FORMAT, REPORTS, TOKEN, FRESHNESS,
};

static const struct cbor_field query_response[] = {
	SELECTED, ATTESTATION, TC_LIST, EXT_LIST, FORMAT, REQUESTED, UNNEEDED,
	REPORTS, TOKEN,
};

static const struct cbor_field update[] = {
	ATTESTATION, MANIFESTS, ERR_MSG, FORMAT, UNNEEDED, TOKEN, ERR_LANG,
	ERR_CODE,
};

static const struct cbor_field success[] = {
	MSG, REPORTS, TOKEN,
};

static const struct cbor_field error[] = {
	SUITES, CHALLENGE, VERSIONS, PROFILES, ERR_MSG, REPORTS, TOKEN,
	FRESHNESS, ERR_LANG,
};

#define TABLE(rows) {rows, ARRAY_LEN(rows), 0}

/* By enum teep_type, from 1. */
static const struct teep_schema schemas[TEEP_TYPES] = {
	{TABLE(query_request), TYPE(TEEP_QUERY_REQUEST), 5},
	{TABLE(query_response), TYPE(TEEP_QUERY_RESPONSE), 2},
	{TABLE(update), TYPE(TEEP_UPDATE), 2},
	{TABLE(success), TYPE(TEEP_SUCCESS), 2},
	{TABLE(error), TYPE(TEEP_ERROR), 3},
};

static const struct cbor_field requested[] = {
	FIELD_REQ(LABEL(15), F_RAW_ARRAY, struct teep_requested, component, 0, 0),
	FIELD(LABEL(16), F_UINT, struct teep_requested, sequence, 0, UINT32_MAX),
	FIELD(LABEL(17), F_BOOL, struct teep_requested, have_binary, 0, 0),
};
// clang-format on

#endif
