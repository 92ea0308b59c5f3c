/*
 * show_report: SUIT Reports.                             [SUIT Report 4]
 */
#include "show.h"

#include <string.h>
#include <tamarind/suit.h>

static const char *
member_name(int64_t v)
{
	const char *name = v < 0 ? "unknown" : suit_member_name((uint64_t)v);

	return strcmp(name, "unknown") == 0 ? NULL : name;
}

static const char *
reason_name(int64_t v)
{
	const char *name = v < 0 ? "unknown" : suit_reason_name((uint64_t)v);

	return strcmp(name, "unknown") == 0 ? NULL : name;
}

// clang-format off
static const struct shape section = {.kind = S_NAME, .name = member_name};
static const struct shape reason = {.kind = S_NAME, .name = reason_name};

static const struct member record_rows[] = {
	{0, "manifest-id", &shape_ints},
	{0, "manifest-section", &section},
	{0, "section-offset", &shape_uint},
	{0, "component-index", &shape_uint},
	{0, "properties", &shape_parameters},
};
static const struct shape record = {SHAPE_ARRAY(record_rows)};

static const struct member record_or_claims_rows[] = {
	{CBOR_ARRAY, NULL, &record},
	{CBOR_MAP, NULL, &shape_property_claims},
};
static const struct shape record_or_claims = {.kind = S_EITHER,
	.member = record_or_claims_rows,
	.n = ARRAY_LEN(record_or_claims_rows)};
static const struct shape records = {.kind = S_LIST, .of = &record_or_claims};

static const struct member failure_rows[] = {
	{5, "result-code", &shape_int},
	{6, "result-record", &record},
	{7, "result-reason", &reason},
};
static const struct shape failure = {SHAPE_MAP(failure_rows)};
static const struct member result_rows[] = {
	{CBOR_SIMPLE, NULL, &shape_bool},
	{CBOR_MAP, NULL, &failure},
};
static const struct shape result = {.kind = S_EITHER,
	.member = result_rows, .n = ARRAY_LEN(result_rows)};

static const struct member capability_rows[] = {
	{1, "components", &shape_any},
	{2, "commands", &shape_ints},
	{3, "parameters", &shape_ints},
	{4, "crypto algorithms", &shape_ints},
	{5, "envelope keys", &shape_ints},
	{6, "manifest keys", &shape_ints},
	{7, "common keys", &shape_ints},
	{8, "text keys", &shape_ints},
	{9, "component-text keys", &shape_ints},
	{10, "dependency-metadata keys", &shape_ints},
};
static const struct shape capabilities = {SHAPE_MAP(capability_rows)};

static const struct member report_rows[] = {
	{2, "suit-report-nonce", &shape_bstr},
	{3, "suit-report-records", &records},
	{4, "suit-report-result", &result},
	{8, "suit-report-capability-report", &capabilities},
	{99, "suit-reference", &shape_reference},
};
static const struct shape report = {SHAPE_MAP(report_rows)};
// clang-format on

static void
show_report(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct cbor_in probe = *r;
	struct bytes raw = cbor_raw(&probe, CBOR_MAP);
	struct suit_report out;
	struct why why = {0};

	line_begin(s, l, r->in.p + r->at);
	put(s, "SUIT_Report, ");
	put_trust(s);
	line_end(s);
	show_inside(s, r, &report);
	if (raw.p == NULL)
		return;
	level_in(s);
	if (suit_report_read(raw, &out, &why) != OK)
		show_why(s, &why, raw.p);
	level_out(s);
}

const struct shape shape_report = {
    .kind = S_CALL, .show = show_report, .of = &report};
