/*
 * show_eat: claims of Evidence and Attestation Results, measured components.
 *              [RFC 9711, RFC 8392, EAR, EAT MC 4, docs/evidence.md]
 */
#include "show.h"

#include <string.h>
#include <tamarind/eat.h>

static const char *
debug_name(int64_t v)
{
	static const char *const names[] = {"enabled", "disabled",
	    "disabled-since-boot", "disabled-permanently",
	    "disabled-fully-and-permanently"};

	return v < 0 || v > 4 ? NULL : names[v];
}

static const char *
use_name(int64_t v)
{
	static const char *const names[] = {"generic", "registration",
	    "provisioning", "certificate issuance", "proof of possession"};

	return v < 1 || v > 5 ? NULL : names[v - 1];
}

/* The tier of a trustworthiness value.                     [AR4SI 2.3.2] */
static const char *
tier_name(int64_t v)
{
	if (v >= -1 && v <= 1)
		return "none";
	if (v >= -32 && v <= 31)
		return "affirming";
	if (v >= -96 && v <= 95)
		return "warning";
	return v >= -128 && v <= 127 ? "contraindicated" : NULL;
}

static const char *
vector_name(int64_t v)
{
	static const char *const names[] = {"instance-identity",
	    "configuration", "executables", "file-system", "hardware",
	    "runtime-opaque", "storage-opaque", "sourced-data"};

	return v < 0 || v > 7 ? NULL : names[v];
}

// clang-format off
#define EITHER(rows) {.kind = S_EITHER, .member = rows, .n = ARRAY_LEN(rows)}

/* ---- parts -------------------------------------------------------------- */

static const struct shape bstrs = {.kind = S_LIST, .of = &shape_bstr};
static const struct member nonce_rows[] = {
	{CBOR_BSTR, NULL, &shape_bstr}, {CBOR_ARRAY, NULL, &bstrs}};
static const struct shape nonce = EITHER(nonce_rows);

static const struct member bytes_or_int_rows[] = {
	{CBOR_BSTR, NULL, &shape_bstr},
	{CBOR_UINT, NULL, &shape_int},
	{CBOR_NINT, NULL, &shape_int},
};
static const struct shape oemid = EITHER(bytes_or_int_rows);

static const struct member text_or_bytes_rows[] = {
	{CBOR_TSTR, NULL, &shape_text}, {CBOR_BSTR, NULL, &shape_bstr}};
static const struct shape text_or_bytes = EITHER(text_or_bytes_rows);

static const struct shape scheme = {.kind = S_NAME, .name = version_scheme_name};
static const struct member version_rows[] = {
	{0, "version", &shape_text}, {0, "scheme", &scheme}};
static const struct shape version = {SHAPE_ARRAY(version_rows), .min = 1};

static const struct member cnf_rows[] = {
	{1, "COSE_Key", &shape_cose_key},
	{2, "Encrypted_COSE_Key", &shape_any},
	{3, "kid", &shape_kid},
	{5, "ckt", &shape_kid},
};
static const struct shape cnf = {SHAPE_MAP(cnf_rows)};

static const struct member body_rows[] = {
	{CBOR_BSTR, NULL, &shape_open},
	{CBOR_TSTR, NULL, &shape_text},
	{CBOR_MAP, NULL, &shape_any},
	{CBOR_ARRAY, NULL, &shape_any},
	{CBOR_TAG, NULL, &shape_any},
};
static const struct shape body = EITHER(body_rows);
static const struct member entry_rows[] = {
	{0, "content-format", &shape_uint}, {0, "body", &body}};
static const struct shape entry = {SHAPE_ARRAY(entry_rows)};
static const struct shape entries = {.kind = S_LIST, .of = &entry};

static const struct member payload_key_rows[] = {
	{0, "authority", &shape_text},
	{0, "key", &shape_cose_key},
};
static const struct shape payload_key = {SHAPE_ARRAY(payload_key_rows)};
static const struct shape payload_keys = {.kind = S_LIST, .of = &payload_key};

static const struct shape debug = {.kind = S_NAME, .name = debug_name};
static const struct shape use = {.kind = S_NAME, .name = use_name};
static const struct shape tier = {.kind = S_NAME, .name = tier_name};
static const struct shape vector = {
	.kind = S_MAP, .of = &tier, .name = vector_name};
static const struct shape sueids = {.kind = S_MAP, .text = &shape_bstr};

static const struct member location_rows[] = {
	{1, "latitude", &shape_any},
	{2, "longitude", &shape_any},
	{3, "altitude", &shape_any},
	{4, "accuracy", &shape_any},
	{5, "altitude-accuracy", &shape_any},
	{6, "heading", &shape_any},
	{7, "speed", &shape_any},
	{8, "timestamp", &shape_time},
	{9, "age", &shape_uint},
};
static const struct shape location = {SHAPE_MAP(location_rows)};

static const struct member verifier_rows[] = {
	{0, "developer", &shape_text}, {1, "build", &shape_text}};
static const struct shape verifier_id = {SHAPE_MAP(verifier_rows)};
static const struct shape texts = {.kind = S_LIST, .of = &shape_text};

/* ---- claims ------------------------------------------------------------- */

/* A submodule: what it is, its CBOR type says.            [RFC 9711 4.2.18] */
static const struct shape claims;
static const struct member submodule_rows[] = {
	{CBOR_MAP, NULL, &claims},
	{CBOR_ARRAY, NULL, &shape_any},
	{CBOR_BSTR, NULL, &shape_open},
	{CBOR_TSTR, NULL, &shape_text},
};
static const struct shape submodule = EITHER(submodule_rows);
static const struct shape submodules = {.kind = S_MAP, .text = &submodule};

static const struct member claim_rows[] = {
	{1, "iss", &shape_text},
	{2, "sub", &shape_text},
	{3, "aud", &shape_text},
	{4, "exp", &shape_time},
	{5, "nbf", &shape_time},
	{6, "iat", &shape_time},
	{7, "cti", &shape_bstr},
	{8, "cnf", &cnf},
	{10, "eat_nonce", &nonce},
	{256, "ueid", &shape_bstr},
	{257, "sueids", &sueids},
	{258, "oemid", &oemid},
	{259, "hwmodel", &shape_bstr},
	{260, "hwversion", &version},
	{261, "uptime", &shape_uint},
	{262, "oemboot", &shape_bool},
	{263, "dbgstat", &debug},
	{264, "location", &location},
	{265, "eat_profile", &text_or_bytes},
	{266, "submods", &submodules},
	{267, "bootcount", &shape_uint},
	{268, "bootseed", &shape_bstr},
	{269, "dloas", &shape_any},
	{270, "swname", &shape_text},
	{271, "swversion", &version},
	{272, "manifests", &entries},
	{273, "measurements", &entries},
	{274, "measres", &shape_any},
	{275, "intuse", &use},
	{1000, "ear_status", &tier},
	{1001, "ear_trustworthiness_vector", &vector},
	{1002, "ear_raw_evidence", &shape_bstr},
	{1003, "ear_appraisal_policy_ids", &texts},
	{1004, "ear_verifier_id", &verifier_id},
	{65000, "ear_teep_claims", &claims},
	{-80001, "report-key", &shape_cose_key},
	{-80002, "payload-keys", &payload_keys},
	{-80003, "store-counter", &shape_text},
	{-80004, "assurance", &shape_text},
};
static const struct shape claims = {SHAPE_MAP(claim_rows)};
const struct shape shape_cwt_claims = {SHAPE_MAP(claim_rows)};
// clang-format on

/* Claims of a profile of ours have our reader's rules. */
static void
check_claims(struct show *s, struct bytes raw)
{
	struct cbor_in r = cbor_open(raw);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);
	struct bytes profile = BYTES_NONE;
	struct eat_claims c;
	struct why why = {0};

	for (size_t i = 0; i < n && r.err == OK; i++) {
		struct bytes key = cbor_raw(&r, CBOR_ANY);
		bool is = bytes_same(key, BYTES_LIT("\x19\x01\x09"));

		if (is && cbor_peek(&r) == CBOR_TSTR)
			profile = cbor_tstr(&r, 0, LEN_ANY);
		else
			(void)cbor_raw(&r, CBOR_ANY);
	}
	if (!bytes_same(profile, BYTES_LIT(EAT_EVIDENCE_PROFILE)) &&
	    !bytes_same(profile, BYTES_LIT(EAT_TEEP_PROFILE)))
		return;
	if (eat_parse(raw, &c, &why) != OK)
		show_why(s, &why, raw.p);
}

static void
show_claims(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct cbor_in probe = *r;
	struct bytes raw = cbor_raw(&probe, CBOR_MAP);
	static const struct member bundle_rows[] = {
	    {0, "token", &shape_open}, {0, "detached", &shape_any}};
	static const struct shape bundle = {SHAPE_ARRAY(bundle_rows)};
	bool is_bundle = cbor_tag_if(r, 602);

	if (!is_bundle)
		(void)cbor_tag_if(r, 601);
	line_begin(s, l, r->in.p + r->at);
	put(s, "%s, ", is_bundle ? "detached EAT bundle" : "claims");
	put_trust(s);
	line_end(s);
	show_inside(s, r, is_bundle ? &bundle : &claims);
	if (raw.p == NULL)
		return;
	level_in(s);
	check_claims(s, raw);
	level_out(s);
}

static const struct member claims_tags[] = {
    {601, "UCCS", &claims}, {602, "detached EAT bundle", &shape_any}};
static const struct shape tagged_claims = {.kind = S_TAGGED,
    .member = claims_tags,
    .n = ARRAY_LEN(claims_tags),
    .of = &claims};
const struct shape shape_claims = {
    .kind = S_CALL, .show = show_claims, .of = &tagged_claims};

/* ---- measured component -------------------------------------------------- */

static const struct shape hash = {.kind = S_NAME, .name = named_information};

// clang-format off
static const struct member id_rows[] = {
	{0, "name", &shape_text}, {0, "version", &version}};
static const struct shape id = {SHAPE_ARRAY(id_rows), .min = 1};
static const struct member digested_rows[] = {
	{0, "algorithm", &hash}, {0, "digest", &shape_bstr}};
static const struct shape digested = {SHAPE_ARRAY(digested_rows)};
static const struct member component_rows[] = {
	{1, "id", &id},
	{2, "digested", &digested},
	{3, "authorities", &bstrs},
	{4, "flags", &shape_bstr},
	{5, "raw", &shape_bstr},
};
const struct shape shape_component = {SHAPE_MAP(component_rows)};
// clang-format on
