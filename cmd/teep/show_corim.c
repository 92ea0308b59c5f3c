/*
 * show_corim: CoRIMs and CoMIDs.                          [CoRIM 4 and 5]
 */
#include "show.h"

#include <tamarind/corim.h>

static const char *
corim_role_name(int64_t v)
{
	return v == 1 ? "manifest-creator" : v == 2 ? "manifest-signer" : NULL;
}

static const char *
comid_role_name(int64_t v)
{
	static const char *const names[] = {
	    "tag-creator", "creator", "maintainer"};

	return v < 0 || v > 2 ? NULL : names[v];
}

static const char *
relation_name(int64_t v)
{
	return v == 0 ? "supplements" : v == 1 ? "replaces" : NULL;
}

static const char *
flag_name(int64_t v)
{
	static const char *const names[] = {"configured", "secure", "recovery",
	    "debug", "replay-protected", "integrity-protected",
	    "runtime-measured", "immutable", "tcb", "confidentiality-protected",
	    "runtime-updatable"};

	return v < 0 || v > 10 ? NULL : names[v];
}

// clang-format off
#define EITHER(rows) .kind = S_EITHER, .member = rows, .n = ARRAY_LEN(rows)
#define TAGGED(rows) .kind = S_TAGGED, .member = rows, .n = ARRAY_LEN(rows)

/* ---- parts -------------------------------------------------------------- */

static const struct shape hash = {.kind = S_NAME, .name = named_information};
static const struct member digest_rows[] = {
	{0, "algorithm", &hash}, {0, "digest", &shape_bstr}};
static const struct shape digest = {SHAPE_ARRAY(digest_rows)};
static const struct shape digests = {.kind = S_LIST, .of = &digest};

static const struct member text_or_bytes_rows[] = {
	{CBOR_TSTR, NULL, &shape_text}, {CBOR_BSTR, NULL, &shape_bstr}};
static const struct shape text_or_bytes = {EITHER(text_or_bytes_rows)};

/* A key as bare map, set or wrapped in a byte string. */
static const struct member key_rows[] = {
	{CBOR_MAP, NULL, &shape_cose_key},
	{CBOR_BSTR, NULL, &shape_open},
	{CBOR_ARRAY, NULL, &shape_cose_keys},
};
static const struct shape key = {EITHER(key_rows)};
static const struct member range_rows[] = {
	{0, "min", &shape_any}, {0, "max", &shape_any}};
static const struct shape range = {SHAPE_ARRAY(range_rows)};
static const struct member masked_rows[] = {
	{0, "value", &shape_bstr}, {0, "mask", &shape_bstr}};
static const struct shape masked = {SHAPE_ARRAY(masked_rows)};

static const struct member type_rows[] = {
	{1, "time", &shape_time},
	{32, "uri", &shape_text},
	{37, "uuid", &shape_bstr},
	{111, "oid", &shape_bstr},
	{550, "ueid", &shape_bstr},
	{552, "svn", &shape_uint},
	{553, "min-svn", &shape_uint},
	{554, "pkix-base64-key", &shape_text},
	{555, "pkix-base64-cert", &shape_text},
	{556, "pkix-base64-cert-path", &shape_text},
	{557, "key-thumbprint", &digest},
	{558, "COSE_Key", &key},
	{559, "cert-thumbprint", &digest},
	{560, "bytes", &shape_bstr},
	{561, "cert-path-thumbprint", &digest},
	{562, "pkix-asn1der-cert", &shape_bstr},
	{563, "masked-raw-value", &masked},
	{564, "int-range", &range},
};
static const struct shape typed = {TAGGED(type_rows), .of = &shape_any};
static const struct shape typed_list = {.kind = S_LIST, .of = &typed};

static const struct member validity_rows[] = {
	{0, "not-before", &shape_time}, {1, "not-after", &shape_time}};
static const struct shape validity = {SHAPE_MAP(validity_rows)};

static const struct shape comid_roles = {
	.kind = S_INLINE, .name = comid_role_name};
static const struct shape corim_roles = {
	.kind = S_INLINE, .name = corim_role_name};
#define ENTITIES(who) \
	static const struct member who##_entity_rows[] = { \
		{0, "entity-name", &shape_text}, \
		{1, "reg-id", &typed}, \
		{2, "role", &who##_roles}}; \
	static const struct shape who##_entity = { \
		SHAPE_MAP(who##_entity_rows)}; \
	static const struct shape who##_entities = { \
		.kind = S_LIST, .of = &who##_entity}
ENTITIES(comid);
ENTITIES(corim);

/* ---- environments and measurements -------------------------------------- */

static const struct member class_rows[] = {
	{0, "class-id", &typed},
	{1, "vendor", &shape_text},
	{2, "model", &shape_text},
	{3, "layer", &shape_uint},
	{4, "index", &shape_uint},
};
static const struct shape class = {SHAPE_MAP(class_rows)};
static const struct member environment_rows[] = {
	{0, "class", &class},
	{1, "instance", &typed},
	{2, "group", &typed},
};
static const struct shape environment = {SHAPE_MAP(environment_rows)};
static const struct shape environments = {
	.kind = S_LIST, .of = &environment};

static const struct shape scheme = {.kind = S_NAME, .name = version_scheme_name};
static const struct member version_rows[] = {
	{0, "version", &shape_text}, {1, "version-scheme", &scheme}};
static const struct shape version = {SHAPE_MAP(version_rows)};
static const struct shape flags = {
	.kind = S_MAP, .of = &shape_bool, .name = flag_name};
static const struct shape registers = {
	.kind = S_MAP, .of = &digests, .text = &digests};

static const struct member mval_rows[] = {
	{0, "version", &version},
	{1, "svn", &typed},
	{2, "digests", &digests},
	{3, "flags", &flags},
	{4, "raw-value", &typed},
	{5, "raw-value-mask", &shape_bstr},
	{6, "mac-addr", &shape_bstr},
	{7, "ip-addr", &shape_any},
	{8, "serial-number", &shape_text},
	{9, "ueid", &typed},
	{10, "uuid", &typed},
	{11, "name", &shape_text},
	{13, "cryptokeys", &typed_list},
	{14, "integrity-registers", &registers},
	{15, "int-range", &typed},
};
static const struct shape mval = {SHAPE_MAP(mval_rows)};
static const struct member measurement_rows[] = {
	{0, "mkey", &typed},
	{1, "mval", &mval},
	{2, "authorized-by", &typed_list},
};
static const struct shape measurement = {SHAPE_MAP(measurement_rows)};
static const struct shape measurements = {.kind = S_LIST, .of = &measurement};

/* ---- triples ------------------------------------------------------------ */

#define RECORDS(name, rows_min, ...) \
	static const struct member name##_rows[] = {__VA_ARGS__}; \
	static const struct shape name = { \
		SHAPE_ARRAY(name##_rows), .min = rows_min}; \
	static const struct shape name##s = {.kind = S_LIST, .of = &name}

static const struct member key_condition_rows[] = {
	{0, "mkey", &typed}, {1, "authorized-by", &typed_list}};
static const struct shape key_condition = {SHAPE_MAP(key_condition_rows)};

RECORDS(measured, 2, {0, "environment", &environment},
    {0, "measurements", &measurements});
RECORDS(keyed, 2, {0, "environment", &environment}, {0, "keys", &typed_list},
    {0, "conditions", &key_condition});
RECORDS(dependency, 2, {0, "domain", &environment},
    {0, "trustees", &environments});
RECORDS(membership, 2, {0, "domain", &environment},
    {0, "members", &environments});
RECORDS(coswid, 2, {0, "environment", &environment},
    {0, "tag-ids", &shape_any});
RECORDS(addition, 2, {0, "condition", &measurements},
    {0, "addition", &measurements});
RECORDS(stateful, 2, {0, "environment", &environment},
    {0, "claims", &measurements}, {0, "authorized-by", &typed_list});
RECORDS(serie, 2, {0, "condition", &stateful}, {0, "series", &additions});
RECORDS(conditional, 2, {0, "conditions", &statefuls},
    {0, "endorsements", &measureds});

static const struct member triple_rows[] = {
	{0, "reference-triples", &measureds},
	{1, "endorsed-triples", &measureds},
	{2, "identity-triples", &keyeds},
	{3, "attest-key-triples", &keyeds},
	{4, "dependency-triples", &dependencys},
	{5, "membership-triples", &memberships},
	{6, "coswid-triples", &coswids},
	{8, "conditional-endorsement-series-triples", &series},
	{10, "conditional-endorsement-triples", &conditionals},
};
static const struct shape triples = {SHAPE_MAP(triple_rows)};

/* ---- CoMID --------------------------------------------------------------- */

static const struct member identity_rows[] = {
	{0, "tag-id", &text_or_bytes}, {1, "tag-version", &shape_uint}};
static const struct shape identity = {SHAPE_MAP(identity_rows)};
static const struct shape relation = {.kind = S_NAME, .name = relation_name};
static const struct member link_rows[] = {
	{0, "linked-tag-id", &text_or_bytes}, {1, "tag-rel", &relation}};
static const struct shape link = {SHAPE_MAP(link_rows)};
static const struct shape links = {.kind = S_LIST, .of = &link};
static const struct member comid_rows[] = {
	{0, "language", &shape_text},
	{1, "tag-identity", &identity},
	{2, "entities", &comid_entities},
	{3, "linked-tags", &links},
	{4, "triples", &triples},
};
static const struct shape comid = {SHAPE_MAP(comid_rows)};
static const struct shape wrapped_comid = {.kind = S_WRAP, .of = &comid};
static const struct member comid_tags[] = {{506, "CoMID", &wrapped_comid}};
const struct shape shape_comid = {TAGGED(comid_tags), .of = &comid};

/* ---- CoRIM --------------------------------------------------------------- */

static const struct shape identities = {.kind = S_LIST, .of = &identity};
static const struct member cotl_rows[] = {
	{0, "tag-identity", &identity},
	{1, "tags-list", &identities},
	{2, "tl-validity", &validity},
};
static const struct shape cotl = {SHAPE_MAP(cotl_rows)};
static const struct shape wrapped_cotl = {.kind = S_WRAP, .of = &cotl};
static const struct shape wrapped_any = {.kind = S_WRAP, .of = &shape_any};
static const struct member tag_rows[] = {
	{505, "CoSWID", &wrapped_any},
	{506, "CoMID", &wrapped_comid},
	{507, "CoTS", &wrapped_any},
	{508, "CoTL", &wrapped_cotl},
};
static const struct shape one_tag = {TAGGED(tag_rows), .of = &shape_any};
static const struct shape tags = {.kind = S_LIST, .of = &one_tag};
static const struct member locator_rows[] = {
	{0, "href", &shape_any}, {1, "thumbprint", &shape_any}};
static const struct shape locator = {SHAPE_MAP(locator_rows)};
static const struct shape locators = {.kind = S_LIST, .of = &locator};

static const struct member corim_rows[] = {
	{0, "id", &text_or_bytes},
	{1, "tags", &tags},
	{2, "dependent-rims", &locators},
	{3, "profile", &typed},
	{4, "rim-validity", &validity},
	{5, "entities", &corim_entities},
};
static const struct shape corim_map = {SHAPE_MAP(corim_rows)};

/* corim-meta, in the protected header of a signed CoRIM. */
static const struct member signer_rows[] = {
	{0, "signer-name", &shape_text}, {1, "signer-uri", &typed}};
static const struct shape signer = {SHAPE_MAP(signer_rows)};
static const struct member meta_rows[] = {
	{0, "signer", &signer}, {1, "signature-validity", &validity}};
static const struct shape meta = {SHAPE_MAP(meta_rows)};
const struct shape shape_corim_meta = {.kind = S_WRAP, .of = &meta};
// clang-format on

static void
show_corim(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = r->in.p + r->at;

	(void)cbor_tag_if(r, 500);
	/* The old wrapper goes around the signed form too. */
	if (cbor_peek(r) == CBOR_TAG && !cbor_tag_if(r, TAG_CORIM)) {
		show_item(s, r, l, &shape_cose);
		return;
	}
	line_begin(s, l, p);
	put(s, "CoRIM, ");
	put_trust(s);
	line_end(s);
	show_inside(s, r, &corim_map);
}

/* For those who do not print. */
static const struct member corim_tags[] = {
    {500, NULL, &shape_corim},
    {501, "CoRIM", &corim_map},
    {18, NULL, &shape_cose},
    {98, NULL, &shape_cose},
};
static const struct shape tagged_corim = {.kind = S_TAGGED,
    .member = corim_tags,
    .n = ARRAY_LEN(corim_tags),
    .of = &corim_map};
const struct shape shape_corim = {
    .kind = S_CALL, .show = show_corim, .of = &tagged_corim};
