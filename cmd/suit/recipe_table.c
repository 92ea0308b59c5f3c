/*
 * recipe_table: what a recipe may hold.   [SUIT, SUIT TD, SUIT FE, SUIT UM]
 */
#include "recipe.h"

#include <string.h>

// clang-format off
static const struct row member[] = {
	{1, AS_UINT, NULL},
	{2, AS_UINT, NULL},
	{4, AS_TEXT, NULL},
	{5, AS_ID, NULL},
	{6, AS_RELEASE, NULL},
	{7, AS_SEQUENCE, NULL},
	{8, AS_SEQUENCE, NULL},
	{9, AS_SEQUENCE, NULL},
	{14, AS_WRAPPED, NULL},
	{15, AS_SEQUENCE, NULL},
	{16, AS_SEQUENCE, NULL},
	{18, AS_SEQUENCE, NULL},
	{20, AS_SEQUENCE, NULL},
	{23, AS_TEXTS, NULL},
	{24, AS_SEQUENCE, NULL},
};
const struct rows rows_member = {member, ARRAY_LEN(member), suit_member_name};

static const struct row command[] = {
	{1, AS_POLICY, NULL},
	{2, AS_POLICY, NULL},
	{3, AS_POLICY, NULL},
	{4, AS_POLICY, NULL},
	{5, AS_POLICY, NULL},
	{6, AS_POLICY, NULL},
	{7, AS_POLICY, NULL},
	{8, AS_POLICY, NULL},
	{11, AS_POLICY, NULL},
	{12, AS_SELECT, NULL},
	{14, AS_POLICY, NULL},
	{15, AS_TRIES, NULL},
	{18, AS_POLICY, NULL},
	{19, AS_PARAMS, NULL},
	{20, AS_PARAMS, NULL},
	{21, AS_POLICY, NULL},
	{22, AS_POLICY, NULL},
	{23, AS_POLICY, NULL},
	{24, AS_POLICY, NULL},
	{25, AS_POLICY, NULL},
	{26, AS_POLICY, NULL},
	{27, AS_POLICY, NULL},
	{28, AS_POLICY, NULL},
	{29, AS_POLICY, NULL},
	{31, AS_POLICY, NULL},
	{32, AS_SEQUENCE, NULL},
	{33, AS_POLICY, NULL},
	{34, AS_PARAMS_OF, NULL},
	{35, AS_LABELS_OF, NULL},
};
const struct rows rows_command = {
	command, ARRAY_LEN(command), suit_command_name};

static const struct row parameter[] = {
	{1, AS_VENDOR, NULL},
	{2, AS_CLASS, NULL},
	{3, AS_DIGEST, NULL},
	{4, AS_TIME, NULL},
	{5, AS_UINT, NULL},
	{12, AS_BOOL, NULL},
	{13, AS_BOOL, NULL},
	{14, AS_SIZE, NULL},
	{18, AS_OCTETS, NULL},
	{19, AS_WRAPPED, NULL},
	{21, AS_TEXT, NULL},
	{22, AS_INDEX, NULL},
	{23, AS_OCTETS, NULL},
	{24, AS_UUID, NULL},
	{25, AS_OCTETS, NULL},
	{26, AS_UINT, NULL},
	{27, AS_INT, NULL},
	{28, AS_VERSION, NULL},
	{29, AS_WAIT, NULL},
	{30, AS_METADATA, NULL},
};
const struct rows rows_parameter = {
	parameter, ARRAY_LEN(parameter), suit_parameter_name};

static const struct row text[] = {
	{1, AS_TEXT, "manifest-description"},
	{2, AS_TEXT, "update-description"},
	{3, AS_TEXT, "manifest-json-source"},
	{4, AS_TEXT, "manifest-yaml-source"},
};
const struct rows rows_text = {text, ARRAY_LEN(text), NULL};

static const struct row component_text[] = {
	{1, AS_TEXT, "vendor-name"},
	{2, AS_TEXT, "model-name"},
	{3, AS_TEXT, "vendor-domain"},
	{4, AS_TEXT, "model-info"},
	{5, AS_TEXT, "component-description"},
	{6, AS_TEXT, "component-version"},
	{7, AS_TEXT, "version-required"},
	{8, AS_TEXT, "current-version"},
};
const struct rows rows_component_text = {
	component_text, ARRAY_LEN(component_text), NULL};

static const struct row policy[] = {
	{1, AS_UINT, "record-success"},
	{2, AS_UINT, "record-failure"},
	{4, AS_UINT, "sysinfo-success"},
	{8, AS_UINT, "sysinfo-failure"},
};
const struct rows rows_policy = {policy, ARRAY_LEN(policy), NULL};

static const struct row event[] = {
	{1, AS_INT, "authorization"},
	{2, AS_INT, "power"},
	{3, AS_INT, "network"},
	{4, AS_ANY, "other-device-version"},
	{5, AS_TIME, "time"},
	{6, AS_UINT, "time-of-day"},
	{7, AS_UINT, "day-of-week"},
	{8, AS_UINT, "time-of-day-utc"},
	{9, AS_UINT, "day-of-week-utc"},
};
const struct rows rows_event = {event, ARRAY_LEN(event), NULL};

static const struct row metadata[] = {
	{1, AS_UINT, "default-permissions"},
	{2, AS_ANY, "user-permissions"},
	{3, AS_ANY, "group-permissions"},
	{4, AS_ANY, "role-permissions"},
	{5, AS_UINT, "file-type"},
	{6, AS_ANY, "modification-time"},
	{7, AS_ANY, "creation-time"},
	{8, AS_ANY, "creator"},
};
const struct rows rows_metadata = {metadata, ARRAY_LEN(metadata), NULL};

static const struct row comparison[] = {
	{1, AS_UINT, ">"},
	{2, AS_UINT, ">="},
	{3, AS_UINT, "="},
	{4, AS_UINT, "<="},
	{5, AS_UINT, "<"},
};
const struct rows rows_comparison = {comparison, ARRAY_LEN(comparison), NULL};

static const struct row algorithm[] = {
	{-16, AS_INT, "SHA-256"},
	{-18, AS_INT, "SHAKE128"},
	{-43, AS_INT, "SHA-384"},
	{-44, AS_INT, "SHA-512"},
	{-45, AS_INT, "SHAKE256"},
};
const struct rows rows_algorithm = {algorithm, ARRAY_LEN(algorithm), NULL};
// clang-format on

const char *
row_name(const struct rows *rows, const struct row *row)
{
	return row->name != NULL ? row->name : rows->name((uint64_t)row->key);
}

const struct row *
row_of(const struct rows *rows, int64_t key)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->row[i].key == key)
			return &rows->row[i];
	return NULL;
}

const struct row *
row_named(const struct rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->n; i++)
		if (strcmp(row_name(rows, &rows->row[i]), name) == 0)
			return &rows->row[i];
	return NULL;
}

bool
member_severable(int64_t key)
{
	return key == 14 || key == 15 || key == 16 || key == 18 || key == 20 ||
	       key == 23;
}

/* Conditions want all, directives a record of their failure, as the drafts'
 * examples have it. */
uint64_t
policy_usual(int64_t command_code)
{
	return (command_code >= 1 && command_code <= 8) || command_code == 14 ||
		       (command_code >= 24 && command_code <= 28)
		   ? 15
		   : 2;
}

static const char *
form_name(enum form f)
{
	static const char *const names[] = {"any", "uint", "int", "bool",
	    "text", "octets", "time", "size", "vendor", "class", "uuid",
	    "digest", "component", "version-match", "version", "wait",
	    "metadata", "wrapped", "identifier", "policy", "components",
	    "tries", "sequence", "parameters", "parameters-by-component",
	    "labels-by-component", "texts"};

	return names[f];
}

void
rows_print(FILE *f)
{
	static const struct {
		const char *where;
		const struct rows *rows;
	} all[] = {{"manifest", &rows_member}, {"command", &rows_command},
	    {"parameter", &rows_parameter}, {"text", &rows_text},
	    {"component-text", &rows_component_text}, {"policy", &rows_policy},
	    {"wait-info", &rows_event}, {"component-metadata", &rows_metadata},
	    {"comparison", &rows_comparison}, {"algorithm", &rows_algorithm}};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t k = 0; k < all[i].rows->n; k++) {
			const struct row *r = &all[i].rows->row[k];

			(void)fprintf(f, "%s\t%s\t%s\t%lld\n", all[i].where,
			    row_name(all[i].rows, r), form_name(r->form),
			    (long long)r->key);
		}
}
