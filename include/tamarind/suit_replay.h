/*
 * suit_replay: a report held against its manifest.  Never in a device.
 *                                            [SUIT Report Attestation]
 */
#ifndef TAMARIND_SUIT_REPLAY_H
#define TAMARIND_SUIT_REPLAY_H

#include <tamarind/suit_report.h>

/* Rules that the report of a run keeps.          [SUIT Report Attestation] */
#define SUIT_RULES(X)                                                     \
	X(NONE, "none")                                                   \
	/* suit-reference names this manifest by digest and URI */        \
	X(REFERENCE, "reference")                                         \
	/* a record is of a manifest that is there */                     \
	X(MANIFEST, "record-manifest")                                    \
	/* and of a section that the procedure runs */                    \
	X(SECTION, "record-section")                                      \
	/* and stands at a condition, or a command that asks for one */   \
	X(PLACE, "record-place")                                          \
	/* and the run comes there, in this order, for this component */  \
	X(ORDER, "record-order")                                          \
	/* what was measured is not what was asked for */                 \
	X(VALUE, "measured-value")                                        \
	/* what holds does not fail: it was written or measured before */ \
	X(HOLDS, "condition-holds")                                       \
	/* what cannot hold fails */                                      \
	X(FAILS, "condition-fails")                                       \
	/* the result is that of the run */                               \
	X(RESULT, "result")                                               \
	/* it came where it says */                                       \
	X(RESULT_PLACE, "result-place")                                   \
	/* for such a reason as there may be there */                     \
	X(REASON, "result-reason")

enum suit_rule {
#define SUIT_RULE_MEMBER(name, text) SUIT_RULE_##name,
	SUIT_RULES(SUIT_RULE_MEMBER)
#undef SUIT_RULE_MEMBER
};
const char *suit_rule_name(enum suit_rule rule);

#define SUIT_CLAIMS_MAX  96  /* of one report; more are left out */
#define SUIT_CHOICES_MAX 32  /* places that can be read in two ways */
#define SUIT_READINGS    256 /* of one report that are tried */

/* A property of a component: a parameter and its value. */
struct suit_claim {
	struct bytes component; /* encoded identifier */
	uint8_t label;          /* enum suit_parameter */
	bool is;                /* private: false: it is not */
	uint8_t n_value;
	uint8_t value[SUIT_MEASURED_MAX]; /* encoded, as the parameter is */
};

struct suit_claims {
	struct suit_claim of[SUIT_CLAIMS_MAX];
	size_t n;
};

/* What a reading knows of a component's content. */
struct suit_known {
	bool digest_is, size_is;
	bool changed;   /* in this run */
	bool written;   /* whole, so there is no more of it */
	uint64_t asked; /* image-size when it was asked for */
	uint8_t digest[DIGEST_LEN];
	uint64_t size;
};

/* Where envelopes of dependencies are found that do not travel within that of
 * their dependent. */
struct suit_shelf {
	void *ctx;
	/* The one whose manifest has this digest; must stay where it is while
	 * the replay is used.  Asked once for each.  ERR_NOT_FOUND. */
	enum err (*envelope)(
	    void *ctx, const uint8_t digest[DIGEST_LEN], struct bytes *out);
};

/*
 * A report held against its manifest: placed by the caller.  Some 50 KB.
 */
struct suit_replay {
	/* The answer. */
	enum suit_rule broken; /* NONE: such a run may have been */
	struct suit_record at; /* where it is not */
	struct bytes record;   /* the record at odds, in the report; empty:
				* the result */
	size_t readings;       /* runs that leave this very report */
	bool complete;         /* every one of them was found */
	/* What was true of the device when the run ended, in all of them;
	 * nothing unless complete. */
	struct suit_claims claims;
	struct suit_manifest m;

	/* Private: one reading. */
	const struct suit_report *report;
	struct suit_run run;
	struct suit_known known[SUIT_COMPONENTS_MAX]; /* by slot */
	struct suit_claims facts;
	struct cbor_in items; /* records to come */
	size_t left, taken;
	struct bytes next, next_properties; /* the next; empty: none is left */
	struct bytes last;                  /* the one that was taken last */
	struct suit_record next_at, result_at;
	struct bytes result_properties;
	bool ended;          /* the result says: here */
	enum err lost;       /* why nobody here can follow the run */
	enum suit_rule rule; /* that it breaks */
	enum suit_rule hint; /* why the next record was not taken */
	/* Private: what it depends on. */
	struct suit_host host;
	struct suit_depending_host depending;
	struct suit_manifest room[SUIT_PARTS_MAX - 1];
	const struct suit_shelf *shelf;
	struct suit_found {
		struct bytes digest, envelope;
	} found[SUIT_PARTS_MAX - 1];
	size_t n_found;
	/* Private: all readings. */
	uint8_t choice[SUIT_CHOICES_MAX], options[SUIT_CHOICES_MAX];
	size_t n_choices, furthest, commands;
};

/*
 * Could a device that runs this manifest send this report, and what is then
 * true of it?  Nothing is done and nobody who signed is believed: the caller
 * has authenticated the report, and the manifest's digest is compared with
 * what the report refers to.                              [SUIT Report]
 * Keeps envelope, shelf and report, which must stay where they are while *r is
 * used.  shelf NULL: there are no dependencies but integrated ones.
 * ERR_NOT_FOUND: nobody has the envelope of a dependency that was run.
 * ERR_REPORT_REPLAY: no; r->broken is the first rule that is broken in the
 * reading that comes furthest, why->what its name, and r->at the place.
 * Errors of suit_open: the envelope, or that of a dependency, cannot be run
 * here.
 */
MUST_CHECK enum err suit_replay(struct suit_replay *r, const struct crypto *c,
    struct bytes envelope, const struct suit_shelf *shelf,
    const struct suit_report *report, enum suit_procedure procedure,
    struct why *why);

/* Claims as an array of system-property-claims, one map for each. */
void suit_replay_put(struct cbor_out *w, const struct suit_claims *claims);

#endif
