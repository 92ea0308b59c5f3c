/*
 * show_teep: the five TEEP messages.                             [TEEP 4]
 */
#include "item.h"
#include "show.h"

#include <string.h>
#include <tamarind/teep.h>

/* Shapes have no context, and a run shows one file. */
static struct dialect spoken;

static const char *
freshness_name(int64_t v)
{
	return v == TEEP_FRESH_NONCE       ? "nonce"
	       : v == TEEP_FRESH_TIMESTAMP ? "timestamp"
					   : NULL;
}

static const char *
err_code_name(int64_t v)
{
	uint64_t code = v < 1 ? 0 : teep_code_of(&spoken, (uint64_t)v);

	return code < 1 || code > TEEP_ERR_MANIFEST ? NULL
						    : teep_err_code_name(code);
}

static const char *
type_name(int64_t v)
{
	uint64_t t = v < 0 ? 0 : teep_type_of(&spoken, (uint64_t)v);

	return t == 0 ? NULL : teep_type_name(t);
}

static const char *
label_name(int64_t v)
{
	return teep_label_name(teep_label_of(&spoken, v));
}

static const struct shape type = {.kind = S_NAME, .name = type_name};
static const struct shape err_code = {.kind = S_NAME, .name = err_code_name};
static const struct shape suite = {.kind = S_INLINE, .name = cose_suite_name};
static const struct shape suites = {.kind = S_LIST, .of = &suite};
static const struct shape profile = {.kind = S_INLINE, .name = cose_alg_name};
static const struct shape profiles = {.kind = S_LIST, .of = &profile};
static const struct shape freshness = {
    .kind = S_INLINE, .name = freshness_name};
static const struct shape strings = {.kind = S_LIST, .of = &shape_open};
static const struct shape ids = {.kind = S_LIST, .of = &shape_id};
static const struct shape tc_list = {
    .kind = S_LIST, .of = &shape_property_claims};

// clang-format off
static struct member requested_rows[] = {
	{15, "component-id", &shape_id},
	{16, "tc-manifest-sequence-number", &shape_uint},
	{17, "have-binary", &shape_bool},
};
static const struct shape requested = {SHAPE_MAP(requested_rows)};
static const struct shape requested_list = {.kind = S_LIST, .of = &requested};

static struct member option_rows[] = {
	{1, NULL, &suites},
	{2, NULL, &shape_bstr},
	{3, NULL, &shape_ints},
	{4, NULL, &profiles},
	{5, NULL, &shape_uint},
	{6, NULL, &shape_open},
	{7, NULL, &tc_list},
	{8, NULL, &shape_ints},
	{9, NULL, &strings},
	{10, NULL, &shape_text},
	{11, NULL, &shape_text},
	{12, NULL, &shape_text},
	{13, NULL, &requested_list},
	{14, NULL, &ids},
	{18, NULL, &strings},
	{19, NULL, &shape_bstr},
	{20, NULL, &freshness},
	{21, NULL, &shape_text},
	{22, NULL, &err_code},
};
static const struct shape options = {
	SHAPE_MAP(option_rows), .name = label_name};

static const struct member item_rows[] = {
	{TEEP_ITEM_ATTESTATION, "attestation", NULL},
	{TEEP_ITEM_COMPONENTS, "trusted-components", NULL},
	{TEEP_ITEM_EXTENSIONS, "extensions", NULL},
	{TEEP_ITEM_REPORTS, "suit-reports", NULL},
};
static const struct shape items = {
	.kind = S_BITS, .member = item_rows, .n = ARRAY_LEN(item_rows)};
// clang-format on

// clang-format off
#define MEMBERS(name, ...) \
	static const struct member name##_rows[] = { \
		{0, "type", &type}, {0, "options", &options}, __VA_ARGS__}; \
	static const struct shape name = {SHAPE_ARRAY(name##_rows)}
static const struct member plain_rows[] = {
	{0, "type", &type}, {0, "options", &options}};
static const struct shape plain = {SHAPE_ARRAY(plain_rows)};
MEMBERS(request,
	{0, "supported-teep-cipher-suites", &suites},
	{0, "supported-suit-cose-profiles", &profiles},
	{0, "data-item-requested", &items});
MEMBERS(error, {0, "err-code", &err_code});
// clang-format on

static const struct shape *
shape_of_type(int64_t t)
{
	return t == TEEP_QUERY_REQUEST ? &request
	       : t == TEEP_ERROR       ? &error
				       : &plain;
}

/* Members after type and options. */
static void
show_members(struct show *s, struct cbor_in *r, int64_t t, size_t n)
{
	const struct shape *of = shape_of_type(t);

	for (size_t i = 2; i < n + 2 && r->err == OK; i++) {
		bool known = i < of->n;
		const struct label l =
		    known ? NAMED(of->member[i].name) : INDEXED(i);

		show_item(s, r, &l, known ? of->member[i].shape : &shape_any);
	}
}

/* The message's own rules, where all of it is there. */
static void
check_message(struct show *s, struct bytes raw)
{
	struct teep_message m;
	struct why why = {0};

	if (teep_parse(raw, &spoken, &m, &why) != OK)
		show_why(s, &why, raw.p);
}

static void
show_teep(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct cbor_in probe = *r, peek;
	struct bytes raw = cbor_raw(&probe, CBOR_ARRAY);
	const uint8_t *p = r->in.p + r->at;
	size_t n = cbor_array_any(r, 1, LEN_ANY);
	int64_t t;

	if (show_failed(s, r))
		return;
	peek = *r;
	t = cbor_int(&peek, 0, INT64_MAX);
	line_begin(s, l, p);
	put(s, "%s, ", type_name(t) != NULL ? type_name(t) : "TEEP message");
	put_trust(s);
	line_end(s);
	level_in(s);
	show_item(s, r, &NAMED("type"), &type);
	if (n > 1)
		show_item(s, r, &NAMED("options"), &options);
	if (n > 2)
		show_members(s, r,
		    t < 0 ? 0 : (int64_t)teep_type_of(&spoken, (uint64_t)t),
		    n - 2);
	if (raw.p != NULL)
		check_message(s, raw);
	level_out(s);
}

/* For those who do not print. */
static const struct member message_rows[] = {
    {0, NULL, &plain}, {0, NULL, &request}, {0, NULL, &error}};

static const struct shape *
pick_message(const struct item *i)
{
	const struct item *t = item_at(i, 0);

	if (i->type != CBOR_ARRAY || t == NULL || t->type != CBOR_UINT)
		return NULL;
	/* with type and options only, all are alike */
	if (item_count(i) <= 2)
		return &plain;
	return shape_of_type((int64_t)teep_type_of(&spoken, t->arg));
}

static const struct shape message = {.kind = S_ONE_OF,
    .member = message_rows,
    .n = ARRAY_LEN(message_rows),
    .pick = pick_message};
const struct shape shape_teep = {
    .kind = S_CALL, .show = show_teep, .of = &message};

static void
renumber(struct member *m, size_t n, const struct dialect *d)
{
	for (size_t i = 0; i < n; i++)
		m[i].key = dialect_label(d, (unsigned)m[i].key);
}

void
show_teep_dialect(const struct dialect *d)
{
	spoken = *d;
	renumber(option_rows, ARRAY_LEN(option_rows), d);
	renumber(requested_rows, ARRAY_LEN(requested_rows), d);
}
