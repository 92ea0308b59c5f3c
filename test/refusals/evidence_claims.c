/*
 * evidence_claims: the claims of Evidence, one by one and as CBOR.
 *                                                    [docs/evidence.md 2]
 */
#include "evidence.h"

// clang-format off
#define ABSENT(key, name) \
	{"no " name " (" #key ")", claim, ERR_MISSING, name, \
	    "7 missing-field", true, key, {0}}
// clang-format on

static const struct row absent[] = {
    HEALTHY,
    ABSENT(3, "aud"),
    ABSENT(8, "cnf"),
    {"no eat_nonce (10)", claim, ERR_MISSING, "eat_nonce", NULL, false, 10,
	{0}},
    ABSENT(256, "ueid"),
    ABSENT(258, "oemid"),
    ABSENT(259, "hwmodel"),
    ABSENT(260, "hwversion"),
    ABSENT(265, "eat_profile"),
    ABSENT(268, "bootseed"),
    ABSENT(272, "manifests"),
    ABSENT(273, "measurements"),
    ABSENT(-80001, "report-key"),
    ABSENT(-80003, "store-counter"),
};

/* Claims that cannot be read: without their nonce nobody knows whose
 * exchange it is. */
// clang-format off
#define UNREAD(key, name, wrong, e, raw) \
	{name " (" #key "): " wrong, claim, e, name, NULL, false, key, \
	    BYTES_LIT(raw)}
// clang-format on

static const struct row mistyped[] = {
    HEALTHY,
    UNREAD(3, "aud", "octets", ERR_TYPE, "\x41x"),
    UNREAD(4, "exp", "a text", ERR_TYPE,
	"\x61"
	"1"),
    UNREAD(4, "exp", "a float", ERR_TYPE, "\xf9\x3c\x00"),
    UNREAD(5, "nbf", "negative", ERR_TYPE, "\x20"),
    UNREAD(6, "iat", "a tagged time", ERR_TYPE, "\xc1\x01"),
    UNREAD(8, "cnf", "octets", ERR_TYPE, "\x41x"),
    UNREAD(10, "eat_nonce", "a text", ERR_TYPE,
	"\x68"
	"12345678"),
    UNREAD(256, "ueid", "a text", ERR_TYPE,
	"\x68"
	"12345678"),
    UNREAD(258, "oemid", "a text", ERR_TYPE,
	"\x63"
	"abc"),
    UNREAD(259, "hwmodel", "a text", ERR_TYPE,
	"\x67"
	"model-1"),
    UNREAD(260, "hwversion", "a text", ERR_TYPE, "\x65rev-b"),
    UNREAD(265, "eat_profile", "octets", ERR_TYPE, "\x41x"),
    UNREAD(268, "bootseed", "a number", ERR_TYPE, "\x01"),
    UNREAD(272, "manifests", "a map", ERR_TYPE, "\xa0"),
    UNREAD(273, "measurements", "octets", ERR_TYPE, "\x41x"),
    UNREAD(-80001, "report-key", "octets", ERR_TYPE, "\x41x"),
    UNREAD(-80002, "payload-keys", "a COSE_Key alone", ERR_TYPE, "\xa0"),
    UNREAD(-80003, "store-counter", "a number", ERR_TYPE, "\x00"),
};

// clang-format off
#define TOLD_AS(key, name, wrong, e, word, raw) \
	{name " (" #key "): " wrong, claim, e, name, "7 " word, true, key, \
	    BYTES_LIT(raw)}
// clang-format on
#define D32 "0123456789abcdef0123456789abcdef"
#define NAME           \
	"\x01\x81\x65" \
	"agent"

static const struct row bounds[] = {
    HEALTHY,
    UNREAD(3, "aud", "empty", ERR_RANGE, "\x60"),
    UNREAD(256, "ueid", "6 octets", ERR_RANGE,
	"\x46"
	"123456"),
    UNREAD(256, "ueid", "34 octets", ERR_RANGE, "\x58\x22\x01" D32 "!"),
    TOLD_AS(256, "ueid", "type 02", ERR_RANGE, "out-of-range",
	"\x51\x02"
	"0123456789abcdef"),
    TOLD_AS(256, "ueid", "7 octets", ERR_RANGE, "out-of-range",
	"\x47\x01"
	"123456"),
    UNREAD(258, "oemid", "4 octets", ERR_RANGE,
	"\x44"
	"1234"),
    UNREAD(259, "hwmodel", "empty", ERR_RANGE, "\x40"),
    UNREAD(259, "hwmodel", "33 octets", ERR_RANGE, "\x58\x21" D32 "!"),
    UNREAD(260, "hwversion", "three members", ERR_RANGE,
	"\x83\x61"
	"1\x01\x01"),
    UNREAD(265, "eat_profile", "empty", ERR_RANGE, "\x60"),
    TOLD_AS(265, "eat_profile", "another one", ERR_UNEXPECTED,
	"unexpected-field", "\x6ftag:else,2026:x"),
    UNREAD(268, "bootseed", "31 octets", ERR_RANGE,
	"\x58\x1f"
	"0123456789abcdef0123456789abcde"),
    UNREAD(-80003, "store-counter", "an unknown word", ERR_RANGE,
	"\x64"
	"some"),
    UNREAD(272, "manifests", "empty", ERR_RANGE, "\x80"),
    TOLD_AS(272, "manifests", "content format 61", ERR_RANGE, "out-of-range",
	"\x81\x82\x18\x3d\x41\xa0"),
    TOLD_AS(272, "manifests", "no SUIT_Reference", ERR_TYPE, "wrong-type",
	"\x81\x82\x18\x3c\x41\xa0"),
    TOLD_AS(272, "manifests", "digest by SHA-384", ERR_RANGE, "out-of-range",
	"\x81\x82\x18\x3c\x58\x27\x82\x60\x82\x38\x2a\x58\x20" D32),
    UNREAD(273, "measurements", "empty", ERR_RANGE, "\x80"),
    TOLD_AS(273, "measurements", "content format 61", ERR_RANGE, "out-of-range",
	"\x81\x82\x18\x3d\x41\xa0"),
    TOLD_AS(273, "measurements", "no digest", ERR_MISSING, "missing-field",
	"\x81\x82\x18\x3c\x49\xa1" NAME),
    TOLD_AS(273, "measurements", "digest by SHA-384", ERR_RANGE, "out-of-range",
	"\x81\x82\x18\x3c\x58\x2e\xa2" NAME "\x02\x82\x07\x58\x20" D32),
    TOLD_AS(273, "measurements", "digest of 31 octets", ERR_RANGE,
	"out-of-range",
	"\x81\x82\x18\x3c\x58\x2d\xa2" NAME "\x02\x82\x01\x58\x1f"
	"0123456789abcdef0123456789abcde"),
    TOLD_AS(273, "measurements", "flags of no profile", ERR_UNEXPECTED,
	"unexpected-field",
	"\x81\x82\x18\x3c\x58\x38\xa3" NAME "\x02\x82\x01\x58\x20" D32
	"\x04\x48"
	"12345678"),
    {"measurements (273): the agent alone", claim, ERR_MISSING,
	"measurement launcher", "7 missing-field", true, 273,
	BYTES_LIT(
	    "\x81\x82\x18\x3c\x58\x2e\xa2" NAME "\x02\x82\x01\x58\x20" D32)},
    {"measurements (273): the agent twice", claim, ERR_DUPLICATE,
	"measurement agent", "7 duplicate-key", true, 273,
	BYTES_LIT("\x82\x82\x18\x3c\x58\x2e\xa2" NAME "\x02\x82\x01\x58\x20" D32
		  "\x82\x18\x3c\x58\x2e\xa2" NAME "\x02\x82\x01\x58\x20" D32)},
    UNREAD(-80002, "payload-keys", "empty", ERR_RANGE, "\x80"),
};

#define NESTED_16 \
	"\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
// clang-format off
#define SHAPE(wrong, e, raw) \
	{wrong, claim, e, "claims", NULL, false, 9999, BYTES_LIT(raw)}
// clang-format on

static const struct row shape[] = {
    HEALTHY,
    {"an unknown claim", claim, OK, NULL, "Update", true, 9999,
	BYTES_LIT("\xa1\x00\x80")},
    SHAPE("nested too deep", ERR_DEPTH, NESTED_16 "\x80"),
    SHAPE("of indefinite length", ERR_INDEFINITE, "\x9f\xff"),
    SHAPE("a number not in its shortest form", ERR_NOT_SHORTEST, "\x18\x01"),
    SHAPE("a map with a key twice", ERR_DUPLICATE, "\xa2\x01\x00\x01\x00"),
    SHAPE("a text that is no UTF-8", ERR_UTF8, "\x61\xff"),
    SHAPE("a list of more members than octets", ERR_TRUNCATED,
	"\x9a\xff\xff\xff\xff"),
    SHAPE("a reserved encoding", ERR_RESERVED, "\xfc"),
    SHAPE("an octet after the claims", ERR_TRAILING, "\x00\x00"),
};

static const struct section on_absent = {"Evidence: claims that are not there",
    "All of these are required.", AT_THE_TAM(absent)};
static const struct section on_mistyped = {"Evidence: claims of another type",
    "What cannot be read says nothing, not even whose exchange it is.",
    AT_THE_TAM(mistyped)};
static const struct section on_bounds = {"Evidence: claims out of bounds",
    "Of the right type, and yet nothing that could be meant.",
    AT_THE_TAM(bounds)};
static const struct section on_shape = {
    "Evidence: CBOR", "Below a claim that nobody knows.", AT_THE_TAM(shape)};

static const struct section *const sections[] = {
    &on_absent, &on_mistyped, &on_bounds, &on_shape};
const struct file file_claims = {
    sections, ARRAY_LEN(sections), world_make, world_end};
