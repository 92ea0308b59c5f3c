/*
 * teep: the five TEEP messages.         [TEEP 4; numbering of draft -26]
 *
 * Freestanding.  One table for each message drives reading and writing;
 * presence rules between fields are checked after the table (teep_read).
 * Nothing here knows keys, state or policy.
 */
#ifndef TAMARIND_TEEP_H
#define TAMARIND_TEEP_H

#include <tamarind/cose.h>

#define TEEP_MEDIA_TYPE "application/teep+cbor"
/* eat_profile of an Attestation Result, EAT_TEEP_PROFILE of eat.h; it stands
 * here too because this room does not know that one.            [TEEP 5] */
#define TEEP_EAT_PROFILE "urn:ietf:rfc:rfcXXXX"

enum teep_type {
	TEEP_QUERY_REQUEST = 1,
	TEEP_QUERY_RESPONSE = 2,
	TEEP_UPDATE = 3,
	TEEP_SUCCESS = 4,
	TEEP_ERROR = 5,
};

/* Bits of `has`: one for each option, the same in every message. */
enum teep_has {
	TEEP_HAS_SUITES = 1 << 0,           /* 1: Error only */
	TEEP_HAS_CHALLENGE = 1 << 1,        /* 2 */
	TEEP_HAS_VERSIONS = 1 << 2,         /* 3 */
	TEEP_HAS_PROFILES = 1 << 3,         /* 4: Error only */
	TEEP_HAS_SELECTED_VERSION = 1 << 4, /* 5 */
	TEEP_HAS_ATTESTATION = 1 << 5,      /* 6 */
	TEEP_HAS_TC_LIST = 1 << 6,          /* 7 */
	TEEP_HAS_EXT_LIST = 1 << 7,         /* 8 */
	TEEP_HAS_MANIFESTS = 1 << 8,        /* 9 */
	TEEP_HAS_MSG = 1 << 9,              /* 10 */
	TEEP_HAS_ERR_MSG = 1 << 10,         /* 11 */
	TEEP_HAS_FORMAT = 1 << 11,          /* 12 */
	TEEP_HAS_REQUESTED = 1 << 12,       /* 13 */
	TEEP_HAS_UNNEEDED = 1 << 13,        /* 14 */
	TEEP_HAS_REPORTS = 1 << 14,         /* 18 */
	TEEP_HAS_TOKEN = 1 << 15,           /* 19 */
	TEEP_HAS_FRESHNESS = 1 << 16,       /* 20 */
	TEEP_HAS_ERR_LANG = 1 << 17,        /* 21 */
	TEEP_HAS_ERR_CODE = 1 << 18,        /* 22: Update only */
};

/* data-item-requested.                                        [TEEP 4.2] */
enum teep_item {
	TEEP_ITEM_ATTESTATION = 1,
	TEEP_ITEM_COMPONENTS = 2,
	TEEP_ITEM_EXTENSIONS = 4,
	TEEP_ITEM_REPORTS = 8,
};

enum teep_freshness { TEEP_FRESH_NONCE = 0, TEEP_FRESH_TIMESTAMP = 1 };

/* err-code values.                                              [TEEP 4.6] */
enum teep_err_code {
	TEEP_ERR_PERMANENT = 1,
	TEEP_ERR_UNSUPPORTED_EXTENSION = 2,
	TEEP_ERR_FRESHNESS = 3,
	TEEP_ERR_VERSION = 4,
	TEEP_ERR_CIPHER_SUITES = 5,
	TEEP_ERR_BAD_CERTIFICATE = 6,
	TEEP_ERR_ATTESTATION_REQUIRED = 7,
	TEEP_ERR_SUIT_REPORT = 8,
	TEEP_ERR_CERTIFICATE_EXPIRED = 9,
	TEEP_ERR_TEMPORARY = 10,
	TEEP_ERR_MANIFEST = 11,
};

/*
 * One message of any type.  `has` says which options are there; the
 * positional members of QueryRequest (suites, profiles, items) and Error
 * (err_code) are always there for their type and have no bit of their own
 * (an Error's suites and profiles are options and do).
 */
struct teep_message {
	uint32_t has; /* first: the table engine writes here */
	enum teep_type type;
	struct bytes token;     /* 8..64 */
	struct bytes challenge; /* 8..512 */
	struct list versions;   /* uint32 each; absent means [0] */
	struct list suites;     /* each [+ [type, alg]], see teep_suites_* */
	struct list profiles;   /* each [digest, auth, kex, enc] */
	struct list freshness;  /* uint each; absent means nonce only */
	uint64_t items;         /* QueryRequest */
	uint64_t selected_version;
	struct bytes attestation; /* payload */
	struct bytes format;      /* its media type */
	struct list tc_list;      /* system-property-claims maps */
	struct list ext_list;     /* uint each */
	struct list manifests;    /* bstr each holding a SUIT_Envelope */
	struct list requested;    /* requested-tc-info maps */
	struct list unneeded;     /* SUIT_Component_Identifier each */
	struct list reports;      /* bstr each holding a SUIT Report */
	struct bytes msg;         /* 1..128 octets of text */
	struct bytes err_msg;     /* 1..128 octets of text */
	struct bytes err_lang;    /* 1..35 octets */
	uint64_t err_code;        /* Update: option; Error: positional */
};

/* Bits of teep_requested.has.  Writing needs no TEEP_REQUESTED_COMPONENT. */
enum teep_requested_has {
	TEEP_REQUESTED_COMPONENT = 1 << 0,
	TEEP_REQUESTED_SEQUENCE = 1 << 1,
	TEEP_REQUESTED_HAVE_BINARY = 1 << 2,
};

/* One requested-tc-info.                                        [TEEP 4.3] */
struct teep_requested {
	uint32_t has;
	struct bytes component; /* encoded SUIT_Component_Identifier */
	uint64_t sequence;      /* bit 1 of has */
	bool have_binary;       /* bit 2 of has */
};

/* How exact a receiver is where the draft contradicts itself. */
enum teep_rules {
	TEEP_RULES_DEFAULT = 0,
	/* refuse a token beside the attestation bit (pitfall P2) */
	TEEP_STRICT_TOKEN = 1,
};

/*
 * Read a message whose signature held.                            [TEEP 4]
 * Checks the grammar, every size and range, and the presence rules that
 * concern one message alone: token and challenge against the attestation
 * bit, format without payload, err-code 0, have-binary without a sequence
 * number, empty lists (only tc-list and ext-list may be empty), Net-Unicode
 * text.  Lists are type-checked; their items are walked by the caller.
 * Unknown option labels are ignored.  Borrows.  why->at: offset in payload.
 */
MUST_CHECK enum err teep_read(const struct verified *v, unsigned rules,
    struct teep_message *out, struct why *why);

/* The same for bytes nobody has verified: for printing, never to act on. */
MUST_CHECK enum err teep_parse(
    struct bytes in, unsigned rules, struct teep_message *out, struct why *why);

/* Write it; the same bounds are enforced (ERR_RANGE: a bug of ours).
 * Options not allowed in that type: ERR_BUG. */
MUST_CHECK enum err teep_write(
    struct cbor_out *w, const struct teep_message *m);

MUST_CHECK enum err teep_requested_read(
    struct cbor_in *items, struct teep_requested *out);
void teep_requested_write(struct cbor_out *w, const struct teep_requested *r);

/* Does the list of suites offer [[18, alg]]?                      [TEEP 8] */
bool teep_suites_have(struct list suites, int32_t alg);
/* Does the list of profiles offer this one?                       [TEEP 8] */
struct teep_profile {
	int32_t digest, auth, kex, enc;
};
bool teep_profiles_have(struct list profiles, const struct teep_profile *p);
/* Is v in a list of uint? */
bool teep_uints_have(struct list l, uint64_t v);

/* What this project supports, encoded: lists for a QueryRequest or Error. */
extern const struct list teep_suites_both; /* ESP256, Ed25519 */
extern const struct list teep_suite_esp256;
extern const struct list teep_suite_ed25519;
extern const struct list teep_profiles_all; /* the four of TEEP */
extern const struct list teep_version_0;    /* [0] */
extern const struct list teep_fresh_nonce;  /* [0] */

/* TEEP err-code for an error of ours; the mapping table.      [TEEP 4.6] */
uint32_t teep_err_code(enum err e);
/* Name of an err-code such as "ERR_PERMANENT_ERROR", or "unknown error". */
const char *teep_err_code_name(uint64_t code);
/* "QueryRequest", ...; "unknown" outside the table. */
const char *teep_type_name(uint64_t type);
/* Name of an option label (current numbering), NULL if unknown. */
const char *teep_label_name(int64_t label);

/*
 * What an attestation-payload is, from its format.           [TEEP 6; 14.2]
 * Absent, or application/eat+cwt with the TEEP profile: a Result; anything
 * else: Evidence.  Media types compare case-insensitively, the parameter may
 * be quoted, spaces around ';' are allowed.
 */
enum teep_payload { TEEP_PAYLOAD_EVIDENCE, TEEP_PAYLOAD_RESULT };
enum teep_payload teep_payload_kind(bool has_format, struct bytes format);
/* Does format name application/eat+cwt with this eat_profile? */
bool teep_format_is(struct bytes format, const char *profile);

#endif
