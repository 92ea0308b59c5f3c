/*
 * show_suit: manifests, command sequences, parameters.
 *                                            [SUIT, SUIT TD, SUIT FE]
 */
#include "show.h"

#include <string.h>
#include <tamarind/suit.h>

/* The rooms' tables answer "unknown"; here that is no name. */
static const char *
known(const char *name)
{
	return strcmp(name, "unknown") == 0 ? NULL : name;
}

static const char *
parameter_name(int64_t v)
{
	return v < 0 ? NULL : known(suit_parameter_name((uint64_t)v));
}

static const char *
command_name(int64_t v)
{
	return v < 0 ? NULL : known(suit_command_name((uint64_t)v));
}

static const char *
member_name(int64_t v)
{
	return v < 0 ? NULL : known(suit_member_name((uint64_t)v));
}

/* ---- digests ------------------------------------------------------------ */

// clang-format off
static const struct shape alg = {.kind = S_NAME, .name = cose_alg_name};
static const struct member digest_rows[] = {
	{0, "algorithm", &alg},
	{0, "digest", &shape_bstr},
};
// clang-format on
static const struct shape digest_array = {SHAPE_ARRAY(digest_rows)};

/* [alg, octets] in one line. */
static void
show_digest(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = r->in.p + r->at;
	struct cbor_in in = *r;
	struct bytes sum;
	const char *name;
	int64_t v;

	cbor_array(&in, 2);
	v = cbor_int(&in, INT64_MIN, INT64_MAX);
	sum = cbor_bstr(&in, 0, LEN_ANY);
	if (in.err != OK) {
		show_item(s, r, l, &digest_array);
		return;
	}
	*r = in;
	name = cose_alg_name(v);
	line_begin(s, l, p);
	if (name != NULL)
		put(s, "%s ", name);
	else
		put(s, "algorithm %lld ", (long long)v);
	put_hex(s, sum);
	line_end(s);
}

const struct shape shape_digest = {
    .kind = S_CALL, .show = show_digest, .of = &digest_array};
static const struct shape wrapped_digest = {
    .kind = S_WRAP, .of = &shape_digest};

static const struct member reference_rows[] = {
    {0, "uri", &shape_text}, {0, "digest", &shape_digest}};
const struct shape shape_reference = {SHAPE_ARRAY(reference_rows)};

/* ---- parameters and sequences ------------------------------------------- */

static void show_sequence(
    struct show *s, struct cbor_in *r, const struct label *l);
static const struct shape sequence_pairs;
const struct shape shape_sequence = {
    .kind = S_CALL, .show = show_sequence, .of = &sequence_pairs};
static const struct shape wrapped_sequence = {
    .kind = S_WRAP, .of = &shape_sequence};

// clang-format off
static const struct shape wrapped_cose = {.kind = S_WRAP, .of = &shape_cose};
static const struct shape wrapped_any = {.kind = S_WRAP, .of = &shape_any};

static const struct member vendor_rows[] = {
	{CBOR_BSTR, NULL, &shape_bstr}, {CBOR_TAG, NULL, &shape_any}};
static const struct shape vendor = {.kind = S_EITHER,
	.member = vendor_rows, .n = ARRAY_LEN(vendor_rows)};

static const char *
comparison_name(int64_t v)
{
	static const char *const names[] = {"greater", "greater or equal",
	    "equal", "lesser or equal", "lesser"};

	return v < 1 || v > 5 ? NULL : names[v - 1];
}

static const char *
file_type_name(int64_t v)
{
	static const char *const names[] = {
	    "regular file", "directory", "symbolic link"};

	return v < 1 || v > 3 ? NULL : names[v - 1];
}

/*                                            [SUIT UM SUIT_Wait_Event] */
static const struct shape comparison = {
	.kind = S_NAME, .name = comparison_name};
static const struct member match_rows[] = {
	{0, "comparison", &comparison}, {0, "version", &shape_ints}};
static const struct shape match = {SHAPE_ARRAY(match_rows)};
static const struct shape wrapped_match = {.kind = S_WRAP, .of = &match};
static const struct shape matches = {.kind = S_LIST, .of = &match};
static const struct member other_device_rows[] = {
	{0, "device", &shape_bstr}, {0, "versions", &matches}};
static const struct shape other_device = {SHAPE_ARRAY(other_device_rows)};
static const struct member event_rows[] = {
	{1, "authorization", &shape_int},
	{2, "power", &shape_int},
	{3, "network", &shape_int},
	{4, "other-device-version", &other_device},
	{5, "time", &shape_time},
	{6, "time-of-day", &shape_uint},
	{7, "day-of-week", &shape_uint},
	{8, "time-of-day-utc", &shape_uint},
	{9, "day-of-week-utc", &shape_uint},
};
static const struct shape events = {SHAPE_MAP(event_rows)};
static const struct shape wrapped_events = {.kind = S_WRAP, .of = &events};

/*                                    [SUIT UM SUIT_Component_Metadata] */
static const struct shape actor = {.kind = S_ANY};
static const struct shape actors = {.kind = S_MAP, .of = &shape_uint,
	.text = &shape_uint};
static const struct shape file_type = {
	.kind = S_NAME, .name = file_type_name};
static const struct member metadata_rows[] = {
	{1, "default-permissions", &shape_uint},
	{2, "user-permissions", &actors},
	{3, "group-permissions", &actors},
	{4, "role-permissions", &actors},
	{5, "file-type", &file_type},
	{6, "modification-time", &shape_time},
	{7, "creation-time", &shape_time},
	{8, "creator", &actor},
};
static const struct shape metadata = {SHAPE_MAP(metadata_rows)};
static const struct shape wrapped_metadata = {
	.kind = S_WRAP, .of = &metadata};

/* bstr{version} by the schema, bare by the prose.          [SUIT UM] */
static const struct shape wrapped_ints = {.kind = S_WRAP, .of = &shape_ints};
static const struct member set_version_rows[] = {
	{CBOR_BSTR, NULL, &wrapped_ints}, {CBOR_ARRAY, NULL, &shape_ints}};
static const struct shape set_version = {.kind = S_EITHER,
	.member = set_version_rows, .n = ARRAY_LEN(set_version_rows)};

static const struct member parameter_rows[] = {
	{1, NULL, &vendor},
	{2, NULL, &shape_bstr},
	{3, NULL, &wrapped_digest},
	{4, NULL, &shape_time},
	{5, NULL, &shape_uint},
	{12, NULL, &shape_bool},
	{13, NULL, &shape_bool},
	{14, NULL, &shape_uint},
	{18, NULL, &shape_open},
	{19, NULL, &wrapped_cose},
	{21, NULL, &shape_text},
	{22, NULL, &shape_uint},
	{23, NULL, &shape_bstr},
	{24, NULL, &shape_bstr},
	{25, NULL, &shape_bstr},
	{26, NULL, &shape_uint},
	{27, NULL, &shape_int},
	{28, NULL, &wrapped_match},
	{29, NULL, &wrapped_events},
	{30, NULL, &wrapped_metadata},
};
const struct shape shape_parameters = {
	SHAPE_MAP(parameter_rows), .name = parameter_name};

static const struct member property_rows[] = {
	{0, "system-component-id", &shape_id},
	{1, NULL, &vendor},
	{2, NULL, &shape_bstr},
	{3, NULL, &wrapped_digest},
	{14, NULL, &shape_uint},
	{28, NULL, &wrapped_any},
};
const struct shape shape_property_claims = {
	SHAPE_MAP(property_rows), .name = parameter_name};

static const struct shape alternative = {
	.kind = S_WRAP, .of = &shape_sequence, .null = true};
static const struct shape try_each = {.kind = S_LIST, .of = &alternative};
static const struct shape of_components = {
	.kind = S_MAP, .of = &shape_parameters};

static const struct member policy_rows[] = {
	{1, "record-success", NULL}, {2, "record-failure", NULL},
	{4, "sysinfo-success", NULL}, {8, "sysinfo-failure", NULL}};
static const struct shape policy = {.kind = S_BITS,
	.member = policy_rows, .n = ARRAY_LEN(policy_rows)};

/* Arguments that are no reporting policy. */
static const struct member argument_rows[] = {
	{SUIT_CMD_SET_INDEX, NULL, &shape_any},
	{SUIT_CMD_TRY_EACH, NULL, &try_each},
	{SUIT_CMD_SET_PARAMETERS, NULL, &shape_parameters},
	{SUIT_CMD_OVERRIDE, NULL, &shape_parameters},
	{SUIT_CMD_RUN_SEQUENCE, NULL, &wrapped_sequence},
	{34, NULL, &of_components},
	{35, NULL, &shape_any},
};
// clang-format on
static const struct shape sequence_pairs = {.kind = S_PAIRS,
    .member = argument_rows,
    .n = ARRAY_LEN(argument_rows),
    .of = &policy,
    .name = command_name};

static const struct shape *
argument_shape(int64_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(argument_rows); i++)
		if (argument_rows[i].key == code)
			return argument_rows[i].shape;
	return command_name(code) != NULL ? &policy : &shape_any;
}

/* [code, argument, code, argument, ...] */
static void
show_sequence(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = r->in.p + r->at;
	size_t n = cbor_array_any(r, 0, LEN_ANY);

	line_begin(s, l, p);
	if (r->err == OK)
		put(s, "%zu commands", n / 2);
	line_end(s);
	if (show_failed(s, r))
		return;
	level_in(s);
	if (n % 2 != 0)
		show_fault(s, ERR_RANGE, NULL, p);
	for (size_t i = 0; i < n / 2 && r->err == OK; i++) {
		struct label item = {.kind = LABEL_KEY};

		item.number = cbor_int(r, INT64_MIN, INT64_MAX);
		item.name = command_name(item.number);
		if (show_failed(s, r))
			break;
		show_item(s, r, &item, argument_shape(item.number));
	}
	if (n % 2 != 0)
		show_item(s, r, &INDEXED(n - 1), &shape_any);
	level_out(s);
}

/* ---- manifest ----------------------------------------------------------- */

// clang-format off
static const struct shape ids = {.kind = S_LIST, .of = &shape_id};
static const struct member dependency_rows[] = {
	{1, "dependency-prefix", &shape_id}};
static const struct shape dependency = {SHAPE_MAP(dependency_rows)};
static const struct shape dependencies = {
	.kind = S_MAP, .of = &dependency};

static const struct member common_rows[] = {
	{1, "dependencies", &dependencies},
	{2, "components", &ids},
	{4, "shared-sequence", &wrapped_sequence},
};
static const struct shape common = {SHAPE_MAP(common_rows)};
static const struct shape wrapped_common = {.kind = S_WRAP, .of = &common};

static const struct member component_text_rows[] = {
	{1, "vendor-name", &shape_text},
	{2, "model-name", &shape_text},
	{3, "vendor-domain", &shape_text},
	{4, "model-info", &shape_text},
	{5, "component-description", &shape_text},
	{6, "component-version", &shape_text},
	{7, "version-required", &shape_text},
	{8, "current-version", &shape_text},
};
static const struct shape component_text = {SHAPE_MAP(component_text_rows)};
static const struct member text_rows[] = {
	{1, "manifest-description", &shape_text},
	{2, "update-description", &shape_text},
	{3, "manifest-json-source", &shape_text},
	{4, "manifest-yaml-source", &shape_text},
};
/* Keys that are identifiers lead to the text of components. */
static const struct shape language = {
	SHAPE_MAP(text_rows), .text = &component_text};
const struct shape shape_text_map = {.kind = S_MAP, .text = &language};
static const struct shape wrapped_text = {.kind = S_WRAP, .of = &shape_text_map};

/* A member, or the digest of a severed one. */
#define SEVERABLE(name, present) \
	static const struct member name##_rows[] = { \
		{CBOR_BSTR, NULL, &present}, \
		{CBOR_ARRAY, NULL, &shape_digest}}; \
	static const struct shape name = {.kind = S_EITHER, \
		.member = name##_rows, .n = ARRAY_LEN(name##_rows)}
SEVERABLE(severable_sequence, wrapped_sequence);
SEVERABLE(severable_text, wrapped_text);
SEVERABLE(severable_any, shape_open);

static const struct member manifest_rows[] = {
	{1, NULL, &shape_uint},
	{2, NULL, &shape_uint},
	{3, NULL, &wrapped_common},
	{4, NULL, &shape_text},
	{5, NULL, &shape_id},
	{6, NULL, &set_version},
	{7, NULL, &wrapped_sequence},
	{8, NULL, &wrapped_sequence},
	{9, NULL, &wrapped_sequence},
	{14, NULL, &severable_any},
	{15, NULL, &severable_sequence},
	{16, NULL, &severable_sequence},
	{18, NULL, &severable_sequence},
	{20, NULL, &severable_sequence},
	{23, NULL, &severable_text},
	{24, NULL, &wrapped_sequence},
};
static const struct shape manifest = {
	SHAPE_MAP(manifest_rows), .name = member_name};
static const struct member manifest_tags[] = {
	{1070, "SUIT_Manifest", &manifest}};
const struct shape shape_manifest = {.kind = S_TAGGED,
	.member = manifest_tags, .n = 1, .of = &manifest};
// clang-format on
