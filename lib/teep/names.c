/*
 * names: names of types, labels and err-codes, for people.  A device links
 * none of them, see device/names.c.                        [TEEP 4.6, 6]
 */
#include "teep_int.h"

// clang-format off
/* By number; a name of NULL is not assigned.               [TEEP 4.6, 6] */
static const char *const err_codes[] = {
	NULL,
	"ERR_PERMANENT_ERROR",
	"ERR_UNSUPPORTED_EXTENSION",
	"ERR_UNSUPPORTED_FRESHNESS_MECHANISMS",
	"ERR_UNSUPPORTED_MSG_VERSION",
	"ERR_UNSUPPORTED_CIPHER_SUITES",
	"ERR_BAD_CERTIFICATE",
	"ERR_ATTESTATION_REQUIRED",
	"ERR_UNSUPPORTED_SUIT_REPORT",
	"ERR_CERTIFICATE_EXPIRED",
	"ERR_TEMPORARY_ERROR",
	"ERR_MANIFEST_PROCESSING_FAILED",
};

static const char *const types[] = {
	NULL,
	[TEEP_QUERY_REQUEST] = "QueryRequest",
	[TEEP_QUERY_RESPONSE] = "QueryResponse",
	[TEEP_UPDATE] = "Update",
	[TEEP_SUCCESS] = "Success",
	[TEEP_ERROR] = "Error",
};

static const char *const labels[] = {
	NULL,
	"supported-teep-cipher-suites",
	"challenge",
	"versions",
	"supported-suit-cose-profiles",
	"selected-version",
	"attestation-payload",
	"tc-list",
	"ext-list",
	"manifest-list",
	"msg",
	"err-msg",
	"attestation-payload-format",
	"requested-tc-list",
	"unneeded-manifest-list",
	"component-id",
	"tc-manifest-sequence-number",
	"have-binary",
	"suit-reports",
	"token",
	"supported-freshness-mechanisms",
	"err-lang",
	"err-code",
};
// clang-format on

const char *
teep_err_code_name(uint64_t code)
{
	if (code == 0 || code >= ARRAY_LEN(err_codes))
		return "unknown error";
	return err_codes[code];
}

const char *
teep_type_name(uint64_t type)
{
	return type < ARRAY_LEN(types) && types[type] != NULL ? types[type]
							      : "unknown";
}

const char *
teep_label_name(int64_t label)
{
	if (label < 0 || label >= (int64_t)ARRAY_LEN(labels))
		return NULL;
	return labels[label];
}

/* The last known label at or before the fault. */
const char *
teep_option_at(
    const struct dialect *d, struct bytes in, size_t map, size_t fault)
{
	struct cbor_in r = cbor_open(in);
	const char *name = "options";
	size_t n;

	r.at = map;
	n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);
	for (size_t i = 0; i < n && r.at <= fault; i++) {
		const char *label = NULL;

		if (cbor_peek(&r) == CBOR_UINT)
			label = teep_label_name(teep_label_of(
			    d, cbor_int(&r, INT64_MIN, INT64_MAX)));
		else
			(void)cbor_raw(&r, CBOR_ANY);
		if (r.err != OK)
			break;
		name = label != NULL ? label : "options";
		(void)cbor_raw(&r, CBOR_ANY);
	}
	return name;
}
