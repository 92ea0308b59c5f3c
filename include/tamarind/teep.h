/*
 * teep: the five TEEP messages, and the dialects they are met in.
 *                                     [TEEP 4; numbering of draft -26]
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

/* err-code values; in every dialect those of draft -26.         [TEEP 4.6] */
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

/* ---- dialects ----------------------------------------------------------- *
 * How one configured peer differs from draft -26: one value on each axis,
 * pinned beside its key and never negotiated.  0 is the default everywhere,
 * so a dialect of zeros, or NULL for one, is the default dialect.
 *                                                  [docs/interop.md] */

/* Labels, message types and err-codes: of -26, or of the drafts before. */
enum dialect_numbering { DIALECT_CURRENT = 0, DIALECT_LEGACY = 1 };
/* Algorithm ids in the header of messages, in suites and in profiles: -9 and
 * -19, or -7 and -8.  Never both. */
enum dialect_algs { DIALECT_FULLY_SPECIFIED = 0, DIALECT_POLYMORPHIC = 1 };
/* A profile: [digest, auth, kex, enc], or [auth, enc]. */
enum dialect_profiles { DIALECT_FOUR = 0, DIALECT_TWO = 1 };
/* The first QueryRequest: for both suites, or for one.  A Sign1 is understood
 * in either; a COSE_Sign by none who knows Sign1 only. */
enum dialect_first { DIALECT_SIGN = 0, DIALECT_SIGN1 = 1 };
/* A SUIT Report: signed over what is encrypted; encrypted over what is
 * signed; or as it is, under the message's own signature. */
enum dialect_reports {
	DIALECT_REPORT_SIGNED = 0,
	DIALECT_REPORT_SEALED = 1,
	DIALECT_REPORT_BARE = 2,
};
/* Evidence: always encrypted, or where the agent has a key of the TAM. */
enum dialect_evidence { DIALECT_ENCRYPTED = 0, DIALECT_IF_KEY = 1 };
/* An Update that changes anything: with this exchange's Result, or without.
 *                                                          [security 1] */
enum dialect_update { DIALECT_BOUND = 0, DIALECT_UNBOUND = 1 };

struct dialect {
	/* each a value of its enum above */
	uint8_t numbering, algs, profiles, first, reports, evidence, update;
	uint8_t rules; /* enum teep_rules, on reading */
	/* What it is read and written by: filled by dialect_link. */
	const struct dialect_tables *tables;
};

/* What all dialects but the default are made of.  A device that speaks only
 * the default never names it, and so does not link it. */
struct dialect_tables;
extern const struct dialect_tables dialect_others;

/*
 * Give d the tables it needs; t may be NULL: there are none but the default's.
 * Keeps t.  ERR_DIALECT: this program does not speak it.
 */
MUST_CHECK enum err dialect_link(
    struct dialect *d, const struct dialect_tables *t);

/* Are they the same on every axis? */
bool dialect_same(const struct dialect *a, const struct dialect *b);

/* A fully specified algorithm as d writes it: -9 is -7 where it is
 * polymorphic.  0: none of a TEEP signature. */
int32_t dialect_alg(const struct dialect *d, int32_t alg);
/* And back: 0 if d never writes it. */
int32_t dialect_alg_read(const struct dialect *d, int32_t alg);

/* The lists of d for a QueryRequest or Error, encoded. */
struct dialect_offer {
	struct list both, esp256, ed25519; /* suites */
	struct list profiles;              /* the four of TEEP */
	struct list profile;               /* ESP256 with A128GCM */
};
const struct dialect_offer *dialect_offer(const struct dialect *d);

/*
 * Is a message of another dialect than d, of which e is what reading it came
 * to?  The axis that tells, "numbering" or "profiles", or NULL.  Said only
 * where d cannot read it or does not know all of its options, and another can
 * and does: dialects cannot be told apart in general.  t NULL: NULL.  For the
 * name of a refusal, and never to read it by the other one.
 */
const char *dialect_other(const struct dialect *d,
    const struct dialect_tables *t, struct bytes payload, enum err e);

/* ---- axes by name: tools, servers; never in a device --------------------- */

/* One axis: its word in policies and settings, and those of its values. */
struct dialect_axis {
	const char *name;
	const char *value[3]; /* by number; NULL: no such value */
	uint16_t off;         /* of its enum in struct dialect */
};
#define DIALECT_AXES 7
extern const struct dialect_axis dialect_axes[DIALECT_AXES];

/* "default" or "legacy": linked; the update axis is bound in both, for that
 * one is never taken by a word that says something else.  ERR_NOT_FOUND. */
MUST_CHECK enum err dialect_named(const char *name, struct dialect *out);
/* One axis of a dialect, which is linked again.  ERR_NOT_FOUND: no such axis
 * or value. */
MUST_CHECK enum err dialect_set(
    struct dialect *d, const char *axis, const char *value);
/* The value of an axis by number. */
unsigned dialect_get(const struct dialect *d, size_t axis);

/* ---- messages ----------------------------------------------------------- */

/*
 * Read a message whose signature held.                            [TEEP 4]
 *   d  the dialect of the peer whose key it was
 * Checks the grammar, every size and range, and the presence rules that
 * concern one message alone: token and challenge against the attestation
 * bit, format without payload, err-code 0, have-binary without a sequence
 * number, empty lists (only tc-list and ext-list may be empty), Net-Unicode
 * text.  Lists are type-checked; their items are walked by the caller.
 * Unknown option labels are ignored.  Borrows.  why->at: offset in payload.
 */
MUST_CHECK enum err teep_read(const struct verified *v, const struct dialect *d,
    struct teep_message *out, struct why *why);

/* The same for bytes nobody has verified: for printing, never to act on. */
MUST_CHECK enum err teep_parse(struct bytes in, const struct dialect *d,
    struct teep_message *out, struct why *why);

/* Write it; the same bounds are enforced (ERR_RANGE: a bug of ours).
 * Options not allowed in that type: ERR_BUG. */
MUST_CHECK enum err teep_write(
    struct cbor_out *w, const struct dialect *d, const struct teep_message *m);

MUST_CHECK enum err teep_requested_read(
    struct cbor_in *items, const struct dialect *d, struct teep_requested *out);
void teep_requested_write(struct cbor_out *w, const struct dialect *d,
    const struct teep_requested *r);

/* Does the list of suites offer [[18, alg]]?  alg as the peer writes it:
 * dialect_alg.                                                    [TEEP 8] */
bool teep_suites_have(struct list suites, int32_t alg);
/* Does the list of profiles offer this one?  p in draft -26's terms.
 *                                                                 [TEEP 8] */
struct teep_profile {
	int32_t digest, auth, kex, enc;
};
bool teep_profiles_have(const struct dialect *d, struct list profiles,
    const struct teep_profile *p);
/* Is v in a list of uint? */
bool teep_uints_have(struct list l, uint64_t v);

extern const struct list teep_version_0;   /* [0] */
extern const struct list teep_fresh_nonce; /* [0] */
extern const struct list teep_fresh_both;  /* [0, 1] */
extern const struct list teep_fresh_time;  /* [1] */

/* TEEP err-code for an error of ours; the mapping table.      [TEEP 4.6] */
uint32_t teep_err_code(enum err e);
/* Name of an err-code such as "ERR_PERMANENT_ERROR", or "unknown error". */
const char *teep_err_code_name(uint64_t code);
/* "QueryRequest", ...; "unknown" outside the table. */
const char *teep_type_name(uint64_t type);
/* Name of an option label (current numbering), NULL if unknown. */
const char *teep_label_name(int64_t label);
/* A label, type or err-code on d's wire, in the current numbering; labels and
 * types that d does not have are 0. */
int64_t teep_label_of(const struct dialect *d, int64_t wire);
uint64_t teep_type_of(const struct dialect *d, uint64_t wire);
uint64_t teep_code_of(const struct dialect *d, uint64_t wire);

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
