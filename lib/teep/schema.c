/*
 * schema: the five messages as tables.                        [TEEP 4, 6]
 *
 * An option is one row, written once, and the same in every message that
 * has it.  An option of another message is unknown here, and so ignored.
 */
#include "teep_int.h"

// clang-format off
#define ROW(label, kind, member, min, max) \
	FIELD(label, kind, struct teep_message, member, min, max)

#define SUITES      ROW(1, F_LIST_ARRAY, suites, 1, TEEP_LIST_MAX)
#define CHALLENGE   ROW(2, F_BSTR, challenge, 8, 512)
#define VERSIONS    ROW(3, F_LIST_UINT, versions, 1, TEEP_LIST_MAX)
#define PROFILES    ROW(4, F_LIST_ARRAY, profiles, 1, TEEP_LIST_MAX)
#define SELECTED    ROW(5, F_UINT, selected_version, 0, UINT32_MAX)
#define ATTESTATION ROW(6, F_BSTR, attestation, 0, UINT32_MAX)
#define TC_LIST     ROW(7, F_LIST_MAP, tc_list, 0, TEEP_LIST_MAX)
#define EXT_LIST    ROW(8, F_LIST_UINT, ext_list, 0, TEEP_LIST_MAX)
#define MANIFESTS   ROW(9, F_LIST_BSTR, manifests, 1, TEEP_WORK_MAX)
#define MSG         ROW(10, F_TSTR, msg, 1, 128)
#define ERR_MSG     ROW(11, F_TSTR, err_msg, 1, 128)
#define FORMAT      ROW(12, F_TSTR, format, 1, TEEP_FORMAT_MAX)
#define REQUESTED   ROW(13, F_LIST_MAP, requested, 1, TEEP_LIST_MAX)
#define UNNEEDED    ROW(14, F_LIST_ARRAY, unneeded, 1, TEEP_LIST_MAX)
#define REPORTS     ROW(18, F_LIST_BSTR, reports, 1, TEEP_WORK_MAX)
#define TOKEN       ROW(19, F_BSTR, token, 8, 64)
#define FRESHNESS   ROW(20, F_LIST_UINT, freshness, 1, TEEP_LIST_MAX)
#define ERR_LANG    ROW(21, F_TSTR, err_lang, 1, 35)
#define ERR_CODE    ROW(22, F_UINT, err_code, 1, UINT32_MAX)

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

static const struct teep_schema schemas[] = {
	{TABLE(query_request), TEEP_QUERY_REQUEST, 5},
	{TABLE(query_response), TEEP_QUERY_RESPONSE, 2},
	{TABLE(update), TEEP_UPDATE, 2},
	{TABLE(success), TEEP_SUCCESS, 2},
	{TABLE(error), TEEP_ERROR, 3},
};

static const struct cbor_field requested[] = {
	FIELD_REQ(15, F_RAW_ARRAY, struct teep_requested, component, 0, 0),
	FIELD(16, F_UINT, struct teep_requested, sequence, 0, UINT32_MAX),
	FIELD(17, F_BOOL, struct teep_requested, have_binary, 0, 0),
};
// clang-format on

/* Extensions hook into the options of a message only.         [TEEP 4.2] */
const struct cbor_table teep_requested_table = {
    requested, ARRAY_LEN(requested), 1};

const struct teep_schema *
teep_schema_find(uint64_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
		if (schemas[i].type == type)
			return &schemas[i];
	return NULL;
}

/* The bit of a label in enum teep_has: 1..14 and 18..22 without the gap. */
static uint32_t
bit(int32_t label)
{
	return UINT32_C(1) << (label <= 14 ? label - 1 : label - 4);
}

uint32_t
teep_has_from_rows(const struct cbor_table *t, uint32_t rows)
{
	uint32_t has = 0;

	for (unsigned i = 0; i < t->n; i++)
		if ((rows >> i & 1) != 0)
			has |= bit(t->row[i].key);
	return has;
}

uint32_t
teep_has_to_rows(const struct cbor_table *t, uint32_t has)
{
	uint32_t rows = 0;

	for (unsigned i = 0; i < t->n; i++)
		if ((has & bit(t->row[i].key)) != 0)
			rows |= UINT32_C(1) << i;
	return rows;
}
