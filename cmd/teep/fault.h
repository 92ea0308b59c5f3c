/*
 * fault: what can be made wrong on purpose, by name: one row each.
 *
 * Everything else about the thing that is made stays right, so that what a
 * receiver says of it, it says about this.  A row is a change of build.h with
 * the kinds it applies to and the answer of a receiver that follows its
 * specification.
 */
#ifndef TEEP_FAULT_H
#define TEEP_FAULT_H

#include "build.h"

/* What is made; bits of struct fault's kinds. */
enum made {
	MADE_QUERY_REQUEST = 1 << 0,
	MADE_QUERY_RESPONSE = 1 << 1,
	MADE_UPDATE = 1 << 2,
	MADE_SUCCESS = 1 << 3,
	MADE_ERROR = 1 << 4,
	MADE_EVIDENCE = 1 << 5,
	MADE_RESULT = 1 << 6,
	MADE_REPORT = 1 << 7,
	MADE_MANIFEST = 1 << 8,
};
#define MADE_MESSAGES 31u
#define MADE_CLAIMS   ((unsigned)MADE_EVIDENCE | MADE_RESULT)
#define MADE_ALL      511u
/* "query-request", ...; 0 and NULL: there is none. */
unsigned made_named(const char *name);
const char *made_name(unsigned made);
/* The kind of a TEEP message. */
unsigned made_of(enum teep_type type);

/* What a fault is in. */
enum fault_stage {
	FAULT_ITEM,      /* the encoding of what is signed */
	FAULT_MESSAGE,   /* members and options of a TEEP message */
	FAULT_CLAIMS,    /* claims of Evidence and Results */
	FAULT_MANIFEST,  /* members and commands of a manifest */
	FAULT_HEADER,    /* COSE headers */
	FAULT_SIGNATURE, /* the signature */
	FAULT_ENVELOPE,  /* the COSE structure, or the envelope, around it */
	FAULT_SEAL,      /* encryption */
};
/* "item", "message", ... */
const char *fault_stage_name(enum fault_stage s);

struct fault {
	const char *name;
	enum fault_stage stage;
	unsigned kinds;          /* of enum made */
	const char *what;        /* one sentence */
	const char *answer;      /* of a right peer... */
	const char *section;     /* ...and where that is written */
	struct change change[2]; /* their part is that of the kind; ctx is
				  * for fault_inject */
};

extern const struct fault faults[];
extern const size_t faults_n;

/* NULL: there is none of that name. */
const struct fault *fault_named(const char *name);

/* Is f a fault of this kind in d?  Not what d itself has so. */
bool fault_in(const struct fault *f, unsigned made, const struct dialect *d);

/* Let f happen to what b makes of this kind from now on.  other: key id of
 * another key, which wrong-kid and report-of-teep-key need, or NULL.
 * ERR_KEY_PURPOSE in b->err: it needs one; ERR_BUG: not of this kind. */
void fault_inject(struct build *b, const struct fault *f, unsigned made,
    const uint8_t *other);

/* ---- between fault.c and fault_apply.c ------------------------------------
 */

/* What a function of a row is told: ctx points to one. */
struct fault_place {
	unsigned made;
	const char *map;      /* path of the main map in the body */
	const uint8_t *other; /* key id, or NULL */
};

#define FAULT_OCTETS(name) \
	void name(struct build *b, void *ctx, struct bytes *x)
#define FAULT_SIGN(name) \
	void name(struct build *b, void *ctx, struct build_sign *s)
#define FAULT_SEALS(name) \
	void name(struct build *b, void *ctx, struct build_seal *s)

FAULT_OCTETS(fault_twice);
FAULT_OCTETS(fault_reverse);
FAULT_OCTETS(fault_indefinite);
FAULT_OCTETS(fault_long_head);
FAULT_OCTETS(fault_lies);
FAULT_OCTETS(fault_truncated);
FAULT_OCTETS(fault_deep);
FAULT_OCTETS(fault_utf8);
FAULT_OCTETS(fault_reserved);
FAULT_OCTETS(fault_oversize);
FAULT_OCTETS(fault_unknown);
FAULT_OCTETS(fault_float);
FAULT_OCTETS(fault_text);
FAULT_OCTETS(fault_missing);
FAULT_OCTETS(fault_legacy_labels);
FAULT_OCTETS(fault_legacy_type);
FAULT_OCTETS(fault_profiles);
FAULT_OCTETS(fault_random_token);
FAULT_OCTETS(fault_long_text);
FAULT_OCTETS(fault_control);
FAULT_OCTETS(fault_format);
FAULT_OCTETS(fault_cnf);
FAULT_OCTETS(fault_aud);
FAULT_OCTETS(fault_report_key);
FAULT_OCTETS(fault_signature);
FAULT_OCTETS(fault_signature_short);
FAULT_OCTETS(fault_signature_long);
FAULT_OCTETS(fault_signature_zero);
FAULT_OCTETS(fault_unsigned);
FAULT_OCTETS(fault_payload);
FAULT_OCTETS(fault_tag_wrong);

FAULT_SIGN(fault_alg_mismatch);
FAULT_SIGN(fault_alg_polymorphic);
FAULT_SIGN(fault_alg_unknown);
FAULT_SIGN(fault_alg_unprotected);
FAULT_SIGN(fault_alg_missing);
FAULT_SIGN(fault_alg_twice);
FAULT_SIGN(fault_crit_unknown);
FAULT_SIGN(fault_crit_empty);
FAULT_SIGN(fault_crit_unprotected);
FAULT_SIGN(fault_kid_none);
FAULT_SIGN(fault_kid_unknown);
FAULT_SIGN(fault_kid_wrong);
FAULT_SIGN(fault_kid_both);
FAULT_SIGN(fault_header_unknown);
FAULT_SIGN(fault_header_large);

FAULT_SEALS(fault_clear);

#endif
