/*
 * fault: the table of faults.
 *
 * Sections are those of the specifications in docs/specs.txt.  Some rows are
 * no faults to a right receiver: it must take what others refuse.
 */
#include "fault.h"

#include <string.h>

// clang-format off
#define QREQ   MADE_QUERY_REQUEST
#define QRES   MADE_QUERY_RESPONSE
#define UPD    MADE_UPDATE
#define SUCC   MADE_SUCCESS
#define ERRO   MADE_ERROR
#define EVID   MADE_EVIDENCE
#define RESU   MADE_RESULT
#define REPO   MADE_REPORT
#define SUIT   MADE_MANIFEST
#define MSGS   MADE_MESSAGES
#define CLAIMS MADE_CLAIMS
#define ALL    MADE_ALL
#define COSE   (ALL & ~(unsigned)SUIT)

#define VALUE(s) {(const uint8_t *)(s), sizeof(s) - 1}
/* One change each: of octets by a function, by an edit, of what is signed. */
#define BODY(fn)   {{.step = STEP_BODY, .octets = fn}}
#define SIGNED(fn) {{.step = STEP_SIGNED, .octets = fn}}
#define SIGN(fn)   {{.step = STEP_SIGN, .sign = fn}}
#define EDIT(s, o, where, count, v) \
	{{.step = STEP_##s, .op = EDIT_##o, .path = where, .n = count, \
	    .value = VALUE(v)}}

#define REJECT "rejected: an agent answers Error 1, a TAM nothing or an " \
	"Update with err-code 1"
#define SILENT "rejected before it is parsed: nothing specific is answered"
#define ATTEST "attestation failed: a TAM answers an Update with err-code 7"
#define UNBOUND "an agent does not act on the Update that carries it: Error 1"
#define MANIFEST "not installed: Error 11 (ERR_MANIFEST_PROCESSING_FAILED)"
#define IGNORED "accepted: the receiver ignores it"

const struct fault faults[] = {
/* ---- the encoding of what is signed ---- */
{"duplicate-key", FAULT_ITEM, ALL,
    "the first key of the map stands twice",
    REJECT, "RFC 8949 5.3.1", BODY(fault_twice)},
{"unsorted-keys", FAULT_ITEM, ALL,
    "the keys of the map come in the opposite order",
    "accepted: order is the sender's matter", "RFC 8949 4.2", BODY(fault_reverse)},
{"indefinite-length", FAULT_ITEM, ALL,
    "the map has indefinite length",
    REJECT, "RFC 8949 4.2.1", BODY(fault_indefinite)},
{"non-shortest", FAULT_ITEM, ALL,
    "the map's head is longer than needed",
    REJECT, "RFC 8949 4.2.1", BODY(fault_long_head)},
{"count-lies", FAULT_ITEM, ALL,
    "the map's head promises one pair more than there is",
    REJECT, "RFC 8949 5.3.1", BODY(fault_lies)},
{"trailing-inside", FAULT_ITEM, ALL,
    "an octet follows the item that is signed",
    REJECT, "TEEP 4.1.2", EDIT(BODY, AFTER, "", 0, "\x00")},
{"truncated-inside", FAULT_ITEM, ALL,
    "the item that is signed lacks its last octet",
    REJECT, "TEEP 4.1.2", BODY(fault_truncated)},
{"tagged-inside", FAULT_ITEM, ALL,
    "the item that is signed is under tag 55799",
    REJECT, "TEEP 4.1.2", EDIT(BODY, TAG, "", 55799, "")},
{"deep-nesting", FAULT_ITEM, ALL,
    "an unknown key leads to 32 arrays within each other",
    REJECT, "RFC 8949 5.3.1", BODY(fault_deep)},
{"bad-utf8", FAULT_ITEM, ALL,
    "an unknown key leads to text that is not UTF-8",
    REJECT, "RFC 8949 5.3.1", BODY(fault_utf8)},
{"reserved-encoding", FAULT_ITEM, ALL,
    "an unknown key leads to an encoding that is reserved",
    REJECT, "RFC 8949 3", BODY(fault_reserved)},
{"oversize", FAULT_ITEM, QRES | SUCC | ERRO,
    "an unknown option of 1 MiB makes the message larger than a TAM takes",
    "refused by its size: HTTP 413, or nothing", "TEEP 11",
    BODY(fault_oversize)},
{"float-where-uint", FAULT_ITEM, MSGS | CLAIMS | SUIT,
    "a number (type, iat, sequence number) is a floating-point one",
    REJECT, "TEEP 4", BODY(fault_float)},
{"text-where-bytes", FAULT_ITEM, ALL & ~(unsigned)REPO,
    "octets (token, nonce, common) are text",
    REJECT, "TEEP 4", BODY(fault_text)},

/* ---- members and options ---- */
{"wrong-type", FAULT_MESSAGE, MSGS,
    "the message type is 9, which is not assigned",
    REJECT, "TEEP 4.1.2", EDIT(BODY, SET, "0", 0, "\x09")},
{"legacy-type", FAULT_MESSAGE, SUCC | ERRO,
    "the message type is that of drafts before -26",
    REJECT, "TEEP 14.3", BODY(fault_legacy_type)},
{"legacy-labels", FAULT_MESSAGE, MSGS,
    "options have the labels of drafts before -26, from 5 on one more",
    "rejected, or misunderstood where the types fit", "TEEP 6",
    BODY(fault_legacy_labels)},
{"unknown-option", FAULT_MESSAGE, MSGS,
    "an option with the unassigned label 900",
    IGNORED, "TEEP 4.2", BODY(fault_unknown)},
{"missing-option", FAULT_MESSAGE, QREQ | ERRO | CLAIMS | SUIT,
    "what must be there is not: the token, what the err-code is about, cnf, "
    "common",
    REJECT, "TEEP 4", BODY(fault_missing)},
{"missing-member", FAULT_MESSAGE, QREQ,
    "the array lacks data-item-requested",
    REJECT, "TEEP 4.2", EDIT(BODY, DROP, "4", 0, "")},
{"missing-err-code", FAULT_MESSAGE, ERRO,
    "the array lacks err-code",
    REJECT, "TEEP 4.6", EDIT(BODY, DROP, "2", 0, "")},
{"extra-member", FAULT_MESSAGE, MSGS,
    "the array has one member more",
    REJECT, "TEEP 4", EDIT(BODY, APPEND, "", 0, "\x00")},
{"options-array", FAULT_MESSAGE, MSGS,
    "the options are an array",
    REJECT, "TEEP 4", EDIT(BODY, SET, "1", 0, "\x80")},
{"token-short", FAULT_MESSAGE, MSGS,
    "the token has 7 octets",
    REJECT, "TEEP 4", EDIT(BODY, SET, "1/19", 0, "\x47tokens7")},
{"token-long", FAULT_MESSAGE, MSGS,
    "the token has 65 octets",
    REJECT, "TEEP 4", EDIT(BODY, SET, "1/19", 0, "\x58\x41"
    "a token of sixty-five octets, which is one more than it may have.")},
{"token-wrong", FAULT_MESSAGE, MSGS,
    "the token is another one, of 16 random octets",
    "rejected by who waits for another one", "TEEP 4.2",
    BODY(fault_random_token)},
{"challenge-short", FAULT_MESSAGE, QREQ | ERRO,
    "the challenge has 7 octets",
    REJECT, "TEEP 4.2", EDIT(BODY, SET, "1/2", 0, "\x47" "7octets")},
{"challenge-unasked", FAULT_MESSAGE, QREQ,
    "a challenge stands there and the attestation bit is clear",
    REJECT, "TEEP 4.2", {
	{.step = STEP_BODY, .op = EDIT_SET, .path = "1/2",
	    .value = VALUE("\x48" "8 octets")},
	{.step = STEP_BODY, .op = EDIT_SET, .path = "4",
	    .value = VALUE("\x02")}}},
{"suites-empty", FAULT_MESSAGE, QREQ,
    "no cipher suite is offered",
    REJECT, "TEEP 4.2", EDIT(BODY, SET, "2", 0, "\x80")},
{"suites-unknown", FAULT_MESSAGE, QREQ,
    "the one cipher suite offered is COSE_Sign1 with algorithm -260",
    "Error 5 with the suites that the agent has", "TEEP 8.1",
    EDIT(BODY, SET, "2", 0, "\x81\x81\x82\x12\x39\x01\x03")},
{"profiles-empty", FAULT_MESSAGE, QREQ,
    "no SUIT COSE profile is offered",
    REJECT, "TEEP 4.2", EDIT(BODY, SET, "3", 0, "\x80")},
{"profiles-unknown", FAULT_MESSAGE, QREQ,
    "the one profile offered has algorithms nobody has",
    "Error 8 with the profiles that the agent has", "TEEP 4.6",
    BODY(fault_profiles)},
{"version-unknown", FAULT_MESSAGE, QREQ,
    "the one version offered is 99",
    "Error 4 with the versions that the agent has", "TEEP 4.6",
    EDIT(BODY, SET, "1/3", 0, "\x81\x18\x63")},
{"freshness-unknown", FAULT_MESSAGE, QREQ,
    "the one freshness mechanism offered is 99; attestation is asked for",
    "Error 3 with the mechanisms that the agent has", "TEEP 4.6", {
	{.step = STEP_BODY, .op = EDIT_SET, .path = "1/20",
	    .value = VALUE("\x81\x18\x63")},
	{.step = STEP_BODY, .op = EDIT_SET, .path = "4",
	    .value = VALUE("\x01")}}},
{"items-unknown", FAULT_MESSAGE, QREQ,
    "data-item-requested has a bit besides that nobody has assigned",
    IGNORED, "TEEP 4.2", EDIT(BODY, SET, "4", 0, "\x18\x42")},
{"err-code-zero", FAULT_MESSAGE, UPD,
    "the err-code is 0",
    REJECT, "TEEP 4.4", EDIT(BODY, SET, "1/22", 0, "\x00")},
{"err-code-unknown", FAULT_MESSAGE, ERRO,
    "the err-code is 200, which is not assigned",
    "accepted as an unknown error", "TEEP 4.6",
    EDIT(BODY, SET, "2", 0, "\x18\xc8")},
{"text-long", FAULT_MESSAGE, UPD | SUCC | ERRO,
    "msg or err-msg has 129 octets",
    REJECT, "TEEP 4.4", BODY(fault_long_text)},
{"text-control", FAULT_MESSAGE, UPD | SUCC | ERRO,
    "msg or err-msg holds an escape sequence",
    REJECT, "TEEP 4.4", BODY(fault_control)},
{"manifest-list-empty", FAULT_MESSAGE, UPD,
    "the manifest list has no manifest",
    REJECT, "TEEP 4.4", EDIT(BODY, SET, "1/9", 0, "\x80")},
{"manifest-garbage", FAULT_MESSAGE, UPD,
    "the manifest list holds octets that are no envelope",
    MANIFEST, "TEEP 4.4", EDIT(BODY, SET, "1/9", 0, "\x81\x43" "abc")},
{"reports-empty", FAULT_MESSAGE, QRES | SUCC | ERRO,
    "the list of reports has no report",
    REJECT, "TEEP 4.3", EDIT(BODY, SET, "1/18", 0, "\x80")},
{"format-alone", FAULT_MESSAGE, QREQ | QRES | UPD,
    "attestation-payload-format stands there without a payload",
    REJECT, "TEEP 4.2", BODY(fault_format)},
{"attestation-garbage", FAULT_MESSAGE, QRES | UPD,
    "the attestation payload is no COSE",
    ATTEST, "TEEP 4.3", EDIT(BODY, SET, "1/6", 0, "\x43" "abc")},

/* ---- claims ---- */
{"nonce-wrong", FAULT_CLAIMS, CLAIMS,
    "the nonce is another one",
    ATTEST, "TEEP 5", EDIT(BODY, FLIP, "10", -1, "")},
{"nonce-short", FAULT_CLAIMS, CLAIMS,
    "the nonce has 7 octets",
    ATTEST, "RFC 9711 4.1", EDIT(BODY, SET, "10", 0, "\x47" "7octets")},
{"nonce-missing", FAULT_CLAIMS, CLAIMS,
    "there is no nonce",
    ATTEST, "TEEP 5", EDIT(BODY, DROP, "10", 0, "")},
{"nonce-list", FAULT_CLAIMS, CLAIMS,
    "there are two nonces in an array",
    ATTEST, "RFC 9711 4.1",
    EDIT(BODY, SET, "10", 0, "\x82\x48" "8 octets\x48" "8 others")},
{"cnf-other", FAULT_CLAIMS, CLAIMS,
    "cnf names another key",
    ATTEST, "TEEP 5", BODY(fault_cnf)},
{"aud-other", FAULT_CLAIMS, EVID,
    "aud names another TAM",
    ATTEST, "evidence.md 5", BODY(fault_aud)},
{"iat-future", FAULT_CLAIMS, CLAIMS,
    "iat lies in the year 2100",
    ATTEST, "RFC 8392 3.1.6", EDIT(BODY, SET, "6", 0, "\x1a\xf4\x86\x57\x00")},
{"exp-past", FAULT_CLAIMS, CLAIMS,
    "exp was in 1970",
    ATTEST, "RFC 8392 3.1.4", EDIT(BODY, SET, "4", 0, "\x18\x64")},
{"nbf-future", FAULT_CLAIMS, CLAIMS,
    "nbf lies in the year 2100",
    ATTEST, "RFC 8392 3.1.5", EDIT(BODY, SET, "5", 0, "\x1a\xf4\x86\x57\x00")},
{"profile-other", FAULT_CLAIMS, CLAIMS,
    "eat_profile is another one",
    ATTEST, "RFC 9711 4.3.2",
    EDIT(BODY, SET, "265", 0, "\x75" "tag:other.example,1:x")},
{"ueid-short", FAULT_CLAIMS, CLAIMS,
    "the ueid has 6 octets",
    ATTEST, "RFC 9711 4.2.1", EDIT(BODY, SET, "256", 0, "\x46\x01" "short")},
{"ueid-other", FAULT_CLAIMS, EVID,
    "the ueid differs in one bit",
    ATTEST, "evidence.md 5", EDIT(BODY, FLIP, "256", -1, "")},
{"oemid-size", FAULT_CLAIMS, CLAIMS,
    "the oemid has 4 octets",
    ATTEST, "RFC 9711 4.2.3", EDIT(BODY, SET, "258", 0, "\x44" "four")},
{"bootseed-short", FAULT_CLAIMS, EVID,
    "the bootseed has 31 octets",
    ATTEST, "evidence.md 2", EDIT(BODY, CUT, "268", 1, "")},
{"measurement-wrong", FAULT_CLAIMS, EVID,
    "the first measurement's digest differs in one bit",
    ATTEST, "evidence.md 5", EDIT(BODY, FLIP, "273/0/1", -1, "")},
{"measurements-missing", FAULT_CLAIMS, EVID,
    "there are no measurements",
    ATTEST, "evidence.md 2", EDIT(BODY, DROP, "273", 0, "")},
{"report-key-same", FAULT_CLAIMS, EVID,
    "the report key is the TEEP key",
    ATTEST, "evidence.md 2", BODY(fault_report_key)},

/* ---- manifests ---- */
{"manifest-version", FAULT_MANIFEST, SUIT,
    "the manifest's version is 2",
    MANIFEST, "SUIT_Manifest", EDIT(BODY, SET, "1", 0, "\x02")},
{"command-unknown", FAULT_MANIFEST, SUIT,
    "the install sequence has command 200",
    MANIFEST, "SUIT_Command_Sequence",
    EDIT(BODY, SET, "20", 0, "\x44\x82\x18\xc8\x00")},
{"command-odd", FAULT_MANIFEST, SUIT,
    "the install sequence has a command without its argument",
    MANIFEST, "SUIT_Command_Sequence", EDIT(BODY, SET, "20", 0, "\x42\x81\x03")},
{"index-outside", FAULT_MANIFEST, SUIT,
    "the install sequence selects component 7, which is not there",
    MANIFEST, "suit-directive-set-component-index",
    EDIT(BODY, SET, "20", 0, "\x43\x82\x0c\x07")},
{"severed", FAULT_MANIFEST, SUIT,
    "the install sequence is severed, and not in the envelope either",
    MANIFEST, "SUIT_Severable_Manifest_Members",
    EDIT(BODY, SET, "20", 0, "\x82\x2f\x58\x20" "12345678901234567890123456789012")},
{"components-none", FAULT_MANIFEST, SUIT,
    "the manifest has no component",
    MANIFEST, "SUIT_Common", EDIT(BODY, SET, "3/2", 0, "\x80")},
{"manifest-digest", FAULT_ENVELOPE, SUIT,
    "the manifest differs in one bit from the one that was signed",
    MANIFEST, "SUIT_Authentication", EDIT(SIGNED, FLIP, "3", -1, "")},

/* ---- headers ---- */
{"alg-missing", FAULT_HEADER, ALL,
    "no header says the algorithm",
    SILENT, "RFC 9052 3.1", SIGN(fault_alg_missing)},
{"alg-unprotected", FAULT_HEADER, ALL,
    "the algorithm is said where it is not signed",
    SILENT, "RFC 9052 3.1", SIGN(fault_alg_unprotected)},
{"alg-mismatch", FAULT_HEADER, ALL,
    "the algorithm is that of the other kind of key",
    SILENT, "RFC 9864", SIGN(fault_alg_mismatch)},
{"alg-polymorphic", FAULT_HEADER, ALL,
    "the algorithm is ES256 or EdDSA instead of a fully specified one",
    SILENT "; in a manifest it is accepted", "TEEP 8.1",
    SIGN(fault_alg_polymorphic)},
{"alg-unknown", FAULT_HEADER, ALL,
    "the algorithm has a number that nobody has assigned",
    SILENT, "RFC 9052 3.1", SIGN(fault_alg_unknown)},
{"alg-twice", FAULT_HEADER, ALL,
    "the protected header says the algorithm twice",
    SILENT, "RFC 9052 3", SIGN(fault_alg_twice)},
{"crit-unknown", FAULT_HEADER, ALL,
    "a header that nobody understands is said to be critical",
    SILENT, "RFC 9052 3.1", SIGN(fault_crit_unknown)},
{"crit-empty", FAULT_HEADER, ALL,
    "the list of critical headers is empty",
    SILENT, "RFC 9052 3.1", SIGN(fault_crit_empty)},
{"crit-unprotected", FAULT_HEADER, ALL,
    "the list of critical headers is not signed",
    SILENT, "RFC 9052 3.1", SIGN(fault_crit_unprotected)},
{"no-kid", FAULT_HEADER, ALL,
    "no header says the key id",
    "accepted: the keys that fit are tried", "RFC 9052 3.1",
    SIGN(fault_kid_none)},
{"unknown-kid", FAULT_HEADER, ALL,
    "the key id is 32 random octets",
    SILENT, "TEEP 4.1.2", SIGN(fault_kid_unknown)},
{"wrong-kid", FAULT_HEADER, ALL,
    "the key id is that of another key, which the recipe names",
    SILENT, "TEEP 4.1.2", SIGN(fault_kid_wrong)},
{"kid-twice", FAULT_HEADER, ALL,
    "the key id stands in both headers",
    SILENT, "RFC 9052 3", SIGN(fault_kid_both)},
{"header-unknown", FAULT_HEADER, ALL,
    "an unknown header, not critical, stands in both forms",
    IGNORED, "RFC 9052 3.1", SIGN(fault_header_unknown)},
{"header-large", FAULT_HEADER, ALL,
    "the protected header has more than 1024 octets",
    SILENT, "design limits", SIGN(fault_header_large)},

/* ---- signatures ---- */
{"bad-signature", FAULT_SIGNATURE, ALL,
    "the signature differs in one bit",
    SILENT, "TEEP 4.1.2", SIGNED(fault_signature)},
{"signature-short", FAULT_SIGNATURE, ALL,
    "the signature has 63 octets",
    SILENT, "RFC 9053 2.1", SIGNED(fault_signature_short)},
{"signature-long", FAULT_SIGNATURE, ALL,
    "the signature has 65 octets",
    SILENT, "RFC 9053 2.1", SIGNED(fault_signature_long)},
{"signature-zero", FAULT_SIGNATURE, ALL,
    "the signature is 64 zeros",
    SILENT, "RFC 9053 2.1", SIGNED(fault_signature_zero)},
{"payload-changed", FAULT_SIGNATURE, ALL,
    "what was signed differs in one bit",
    SILENT, "TEEP 4.1.2", SIGNED(fault_payload)},

/* ---- what stands around ---- */
{"untagged", FAULT_ENVELOPE, COSE & ~(unsigned)RESU,
    "the COSE structure is not under a tag",
    "accepted: the structure says what it is", "RFC 9052 2",
    EDIT(SIGNED, UNTAG, "", 0, "")},
{"wrong-tag", FAULT_ENVELOPE, COSE,
    "the COSE structure is under tag 17, COSE_Mac0",
    SILENT, "RFC 9052 2", SIGNED(fault_tag_wrong)},
{"unsigned", FAULT_ENVELOPE, COSE & ~(unsigned)REPO,
    "the payload alone, without a signature",
    SILENT, "TEEP 4.1.2", SIGNED(fault_unsigned)},
{"unsigned-envelope", FAULT_ENVELOPE, SUIT,
    "the envelope has the digest and nobody's signature on it",
    MANIFEST, "SUIT_Authentication", EDIT(SIGNED, DROP, "2/1", 0, "")},
{"payload-nil", FAULT_ENVELOPE, COSE,
    "the payload is nil though it stands nowhere else",
    SILENT, "RFC 9052 4.2", EDIT(SIGNED, SET, "2", 0, "\xf6")},
{"payload-text", FAULT_ENVELOPE, COSE,
    "the payload is text",
    SILENT, "RFC 9052 4.2", EDIT(SIGNED, SET, "2", 0, "\x64text")},
{"protected-map", FAULT_ENVELOPE, COSE & ~(unsigned)QREQ,
    "the protected header is a map and no byte string",
    SILENT, "RFC 9052 3", EDIT(SIGNED, SET, "0", 0, "\xa1\x01\x28")},
{"cose-extra", FAULT_ENVELOPE, COSE,
    "the COSE structure has a fifth element",
    SILENT, "RFC 9052 4.2", EDIT(SIGNED, APPEND, "", 0, "\x00")},
{"cose-indefinite", FAULT_ENVELOPE, RESU,
    "the COSE structure has indefinite length",
    SILENT, "RFC 8949 4.2.1", EDIT(SIGNED, INDEF, "", 0, "")},
{"cose-non-shortest", FAULT_ENVELOPE, ALL,
    "the first head of the structure is longer than needed",
    SILENT, "RFC 8949 4.2.1", EDIT(SIGNED, LOOSE, "", 0, "")},
{"trailing-bytes", FAULT_ENVELOPE, ALL,
    "an octet follows the whole",
    SILENT, "TEEP 4.1.2", EDIT(SIGNED, AFTER, "", 0, "\x00")},
{"truncated", FAULT_ENVELOPE, ALL,
    "the whole lacks its last octet",
    SILENT, "TEEP 4.1.2", SIGNED(fault_truncated)},

/* ---- encryption ---- */
{"ciphertext-changed", FAULT_SEAL, EVID | REPO,
    "the ciphertext differs in one bit",
    "nothing: all faults of decryption look alike", "TEEP 9",
    EDIT(SEALED, FLIP, "2", -1, "")},
{"unencrypted", FAULT_SEAL, EVID,
    "it is not encrypted, though the recipe says for whom",
    ATTEST, "TEEP 9", {{.step = STEP_SEAL, .seal = fault_clear}}},
};
// clang-format on

const size_t faults_n = ARRAY_LEN(faults);

const struct fault *
fault_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (strcmp(faults[i].name, name) == 0)
			return &faults[i];
	return NULL;
}

bool
fault_in(const struct fault *f, unsigned made, const struct dialect *d)
{
	const struct change *c = &f->change[0];

	if (c->octets == fault_legacy_labels || c->octets == fault_legacy_type)
		return d->numbering != DIALECT_LEGACY;
	if (c->sign == fault_alg_polymorphic && (made & MADE_MESSAGES) != 0)
		return d->algs != DIALECT_POLYMORPHIC;
	return true;
}

const char *
fault_stage_name(enum fault_stage s)
{
	static const char *const names[] = {"item", "message", "claims",
	    "manifest", "COSE header", "signature", "envelope", "encryption"};

	return names[s];
}

/* ---- kinds ----------------------------------------------------------------
 */

static const struct {
	const char *name;
	enum part part;
	const char *map; /* where the main map of the body stands */
} kinds[] = {
    {"query-request", PART_MESSAGE, "1"},
    {"query-response", PART_MESSAGE, "1"},
    {"update", PART_MESSAGE, "1"},
    {"success", PART_MESSAGE, "1"},
    {"error", PART_MESSAGE, "1"},
    {"evidence", PART_EVIDENCE, ""},
    {"result", PART_RESULT, ""},
    {"report", PART_REPORT, ""},
    {"manifest", PART_MANIFEST, ""},
};

unsigned
made_named(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return 1u << i;
	return 0;
}

const char *
made_name(unsigned made)
{
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		if (made == 1u << i)
			return kinds[i].name;
	return NULL;
}

unsigned
made_of(enum teep_type type)
{
	return 1u << (type - TEEP_QUERY_REQUEST);
}

void
fault_inject(
    struct build *b, const struct fault *f, unsigned made, const uint8_t *other)
{
	struct span room = build_room(b, sizeof(struct fault_place));
	struct fault_place *place = (void *)room.p;
	unsigned at = 0;

	while (at < ARRAY_LEN(kinds) && made != 1u << at)
		at++;
	if (at == ARRAY_LEN(kinds) || (f->kinds & made) == 0)
		build_fail(b, ERR_BUG);
	if (f->change[0].sign == fault_kid_wrong && other == NULL)
		build_fail(b, ERR_KEY_PURPOSE);
	if (b->err != OK)
		return;
	*place = (struct fault_place){made, kinds[at].map, other};
	for (size_t i = 0; i < ARRAY_LEN(f->change); i++) {
		struct change *c;

		if (i > 0 && f->change[i].op == EDIT_NONE)
			break;
		room = build_room(b, sizeof(*c));
		if (b->err != OK)
			return;
		c = (void *)room.p;
		*c = f->change[i];
		c->part = kinds[at].part;
		c->ctx = place;
		build_change(b, c);
	}
}
