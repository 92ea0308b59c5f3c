/*
 * names: names of claims, for people.  A device links none of them, see
 * device/names.c.
 */
#include "eat_int.h"

// clang-format off
static const struct {
	int32_t key;
	const char *name;
} names[] = {
	{3, "aud"},
	{4, "exp"},
	{5, "nbf"},
	{6, "iat"},
	{8, "cnf"},
	{10, "eat_nonce"},
	{256, "ueid"},
	{258, "oemid"},
	{259, "hwmodel"},
	{260, "hwversion"},
	{265, "eat_profile"},
	{266, "submods"},
	{268, "bootseed"},
	{272, "manifests"},
	{273, "measurements"},
	{1000, "ear_status"},
	{1001, "ear_trustworthiness_vector"},
	{1002, "ear_raw_evidence"},
	{1003, "ear_appraisal_policy_ids"},
	{1004, "ear_verifier_id"},
	{65000, "ear_teep_claims"},
	{-80001, "report-key"},
	{-80002, "payload-keys"},
	{-80003, "store-counter"},
	{-80004, "assurance"},
};
// clang-format on

const char *
eat_claim_name(int64_t key)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].key == key)
			return names[i].name;
	return "claims";
}

/* The last known key at or before the fault. */
const char *
eat_claim_at(struct bytes in, size_t fault)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);
	const char *name = "claims";

	for (size_t i = 0; i < n && r.at <= fault; i++) {
		struct cbor_in key = r;
		int64_t k = cbor_int(&key, INT64_MIN, INT64_MAX);

		(void)cbor_raw(&r, CBOR_ANY);
		if (r.err != OK)
			break;
		name = key.err == OK ? eat_claim_name(k) : "claims";
		(void)cbor_raw(&r, CBOR_ANY);
	}
	return name;
}
