/*
 * suit_int: what the files of this room share.
 */
#ifndef TAMARIND_SUIT_INT_H
#define TAMARIND_SUIT_INT_H

#include <tamarind/suit.h>

/* ---- refusing with a place --------------------------------------------- */

/* Where refusals of one envelope are told; offsets count from base. */
struct suit_fault {
	struct why *why; /* or NULL */
	const uint8_t *base;
};

/* Fill f->why with e and what, at a place inside the envelope. */
enum err suit_refuse(const struct suit_fault *f, enum err e, const char *what,
    const uint8_t *at);
/* cbor_close, with its fault told. */
MUST_CHECK enum err suit_close(
    const struct suit_fault *f, struct cbor_in *r, const char *what);

/* ---- manifest.c -------------------------------------------------------- */

/* The 32 octets of an encoded SUIT_Digest.  ERR_COSE_ALG: not SHA-256. */
MUST_CHECK enum err suit_digest_read(struct bytes in, struct bytes *sha256);
void suit_digest_put(struct cbor_out *w, const uint8_t sha256[DIGEST_LEN]);

/* Read manifest and common.  Severable members stay as they stand there,
 * with their heads, for envelope.c to resolve. */
MUST_CHECK enum err suit_manifest_read(struct bytes content,
    struct suit_manifest *out, const struct suit_fault *f);

/* ---- scan.c ------------------------------------------------------------ */

/* Check every sequence of m before any is run. */
MUST_CHECK enum err suit_scan(
    const struct suit_manifest *m, const struct suit_fault *f);

/* Read the argument of set-component-index.  ERR_RANGE: there are not so many
 * components.  ERR_DUPLICATE: one is listed twice. */
MUST_CHECK enum err suit_select_read(
    struct bytes arg, size_t components, struct suit_select *out);
/* The row of a command; NULL: the profile has none. */
const struct suit_row *suit_row(int64_t code);
/* The nth component of a selection. */
uint8_t suit_selected(const struct suit_select *s, uint8_t nth);

/* ---- record.c ---------------------------------------------------------- */

/* What a condition measured: the value of a parameter, encoded as the
 * parameter is.  One that is too long is left out. */
void record_value_set(
    struct suit_record *r, enum suit_parameter label, struct bytes encoded);
void record_uint_set(
    struct suit_record *r, enum suit_parameter label, uint64_t v);
void record_digest_set(struct suit_record *r, const uint8_t sha256[DIGEST_LEN]);
/* The digest that was measured; empty if none was. */
struct bytes record_digest(const struct suit_record *r);

void record_put(struct cbor_out *w, const struct suit_record *r);
/* Append to the records of a run.  ERR_ROOM. */
MUST_CHECK enum err record_log(
    struct suit_run *run, const struct suit_record *r);

/* ---- rows.h, commands.c ------------------------------------------------ */

enum suit_arg {
	ARG_POLICY,     /* reporting policy, a hint */
	ARG_INDEX,      /* index, true, or a list of indexes */
	ARG_TRIES,      /* array of sequences, nil may be the last */
	ARG_SEQUENCE,   /* one sequence */
	ARG_PARAMETERS, /* map of parameters */
};

enum suit_row_kind {
	ROW_COND, /* a condition looks at a component and changes nothing */
	ROW_LOOK, /* and at its content, so digest and size must be known */
	ROW_DIR,  /* a directive acts on a component */
	ROW_FLOW, /* control flow and parameters act on the run itself */
};

/* One row for each command, see rows.h. */
struct suit_row {
	uint8_t code, arg, kind;
	uint16_t needs; /* parameters that must be set: bits PAR_* */
	uint32_t where; /* members it may stand in: bits by key */
	union {
		/* What a condition measured goes to *seen. */
		enum err (*cond)(const struct suit_run *run,
		    const struct suit_slot *s, struct suit_record *seen);
		enum err (*dir)(struct suit_run *run, struct suit_slot *s);
		enum err (*flow)(struct suit_run *run, struct bytes arg);
	} run;
};

/* What stands above a sequence that another one tries or runs. */
struct suit_nesting {
	/* A TRY or RUN is on top: enter its sequence for the component whose
	 * turn it is, or, when all had theirs, go on after it. */
	void (*next)(struct suit_run *run);
	/* The sequence on top has ended, and it was not alone.  held: no
	 * condition failed in it.  soft: a failed one may be forgiven.
	 * Answers whether the run goes on. */
	bool (*ended)(struct suit_run *run, bool held, bool soft);
};

/* The commands that are linked.  nesting NULL: none of them nests. */
struct suit_profile {
	const struct suit_row *row;
	size_t n;
	const struct suit_nesting *nesting;
};

extern const struct suit_profile suit_profile;

/* ---- params.c ---------------------------------------------------------- */

/* Bits of struct suit_params's has: the rows of its table. */
enum suit_par {
	PAR_VENDOR = 1 << 0,
	PAR_CLASS = 1 << 1,
	PAR_DIGEST = 1 << 2,
	PAR_SOFT = 1 << 3,
	PAR_SIZE = 1 << 4,
	PAR_CONTENT = 1 << 5,
	PAR_ENCRYPTION = 1 << 6,
	PAR_URI = 1 << 7,
	PAR_ARGS = 1 << 8,
};

/* Read one map of parameters.  ERR_PARAMETER: one has no row.
 * ERR_ENCRYPTION: one is encryption-info. */
MUST_CHECK enum err suit_params_read(
    struct bytes map, struct suit_params *out, const struct suit_fault *f);

enum err flow_set_parameters(struct suit_run *run, struct bytes arg);
enum err flow_override(struct suit_run *run, struct bytes arg);

/* ---- run.c: what nest.c stands on -------------------------------------- */

enum frame_kind { FRAME_SEQUENCE, FRAME_TRY, FRAME_RUN };

struct suit_frame *frame_top(struct suit_run *run);
/* The manifest that runs, and its component i. */
struct suit_part *part_top(struct suit_run *run);
struct suit_slot *slot_at(struct suit_run *run, uint8_t i);
struct suit_frame *frame_push(struct suit_run *run, enum frame_kind kind);
/* The items of an encoded array, without its head. */
struct bytes frame_items(struct bytes array);
/* Enter a sequence with one component selected. */
void frame_enter(
    struct suit_run *run, struct bytes array, uint8_t component, bool soft);
/* One step of suit_next: a section, a command for one component, an
 * alternative, or an end is entered.  run->state is SUIT_RUNNING. */
void run_step(struct suit_run *run);
/* The procedure ends here. */
void run_failed(struct suit_run *run, enum err e);

enum err flow_set_index(struct suit_run *run, struct bytes arg);

/* ---- nest.c: sequences in sequences ------------------------------------ */

extern const struct suit_nesting suit_nesting;

enum err flow_try_each(struct suit_run *run, struct bytes arg);
enum err flow_run_sequence(struct suit_run *run, struct bytes arg);

/* ---- cond.c ------------------------------------------------------------ */

enum err cond_vendor(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen);
enum err cond_class(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen);
enum err cond_image_match(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen);
enum err cond_check_content(const struct suit_run *run,
    const struct suit_slot *s, struct suit_record *seen);
enum err cond_abort(const struct suit_run *run, const struct suit_slot *s,
    struct suit_record *seen);

/* ---- dir.c ------------------------------------------------------------- */

enum err dir_write(struct suit_run *run, struct suit_slot *s);
enum err dir_fetch(struct suit_run *run, struct suit_slot *s);
enum err dir_invoke(struct suit_run *run, struct suit_slot *s);
enum err dir_unlink(struct suit_run *run, struct suit_slot *s);

/* Have digest and size of its content: what this run wrote was hashed as it
 * came in; anything else is read, once.  ERR_NOT_INSTALLED. */
MUST_CHECK enum err content_know(struct suit_run *run, struct suit_slot *s);
/* A piece of the open fetch. */
MUST_CHECK enum err fetch_piece(
    struct suit_run *run, struct bytes piece, bool last);
/* Give up what is being written, if anything is. */
void fetch_drop(struct suit_run *run);

#endif
