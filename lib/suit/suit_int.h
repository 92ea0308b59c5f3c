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

/* Hash the manifest of an envelope, with its head. */
MUST_CHECK enum err suit_manifest_hash(
    const struct crypto *c, struct bytes envelope, uint8_t sha256[DIGEST_LEN]);

/* ---- scan.c ------------------------------------------------------------ */

struct scan;

/* Check every sequence of m before any is run.  host NULL: not known yet, so
 * what is the device's own is not looked at; *own tells whether there is
 * any. */
MUST_CHECK enum err suit_scan(const struct suit_manifest *m,
    const struct suit_host *host, const struct suit_fault *f, bool *own);
/* Parameters that the outermost commands of the shared sequence stand on: bits
 * by label. */
MUST_CHECK enum err suit_scan_shared(const struct suit_manifest *m,
    const struct suit_host *host, uint32_t *needs);
/* Check one map of parameters. */
MUST_CHECK enum err scan_params(struct scan *s, struct bytes map);
/* How many components the manifest has. */
size_t scan_components(const struct scan *s);
/* cbor_close of an argument, with its fault told. */
MUST_CHECK enum err scan_close(
    const struct scan *s, struct cbor_in *r, const char *what);

/* Read the argument of set-component-index.  ERR_RANGE: there are not so many
 * components.  ERR_DUPLICATE: one is listed twice. */
MUST_CHECK enum err suit_select_read(
    struct bytes arg, size_t components, struct suit_select *out);
/* The row of a command; NULL: the profile has none. */
const struct suit_row *suit_row(int64_t code);
/* The argument of a command, encoded. */
struct bytes suit_argument(struct cbor_in *r);
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

/* ---- tell.c ------------------------------------------------------------ */

/* A command was done, or a condition failed and is in the log: tell what its
 * policy asks for, if there is room.  A profile that heeds no policies has
 * its own, which does nothing. */
void suit_tell(struct suit_run *run, bool held);

/* ---- rows.h, commands.c ------------------------------------------------ */

enum suit_arg {
	ARG_POLICY,     /* reporting policy, a hint */
	ARG_INDEX,      /* index, true, or a list of indexes */
	ARG_TRIES,      /* array of sequences, nil may be the last */
	ARG_SEQUENCE,   /* one sequence */
	ARG_PARAMETERS, /* map of parameters */
	ARG_OTHER,      /* the row's handler is a suit_wide, which checks it */
};

enum suit_row_kind {
	ROW_COND, /* a condition looks at a component and changes nothing */
	ROW_LOOK, /* and at its content, so digest and size must be known */
	ROW_SEEK, /* the same, but there may be no content */
	ROW_DIR,  /* a directive acts on a component */
	ROW_PAIR, /* and reads another one, its source-component */
	ROW_FLOW, /* control flow and parameters act on the run itself */
	ROW_OWN,  /* the device's own: custom.c */
};

/* Control flow with an argument of its own type. */
struct suit_wide {
	enum err (*look)(struct scan *s, struct bytes arg);
	enum err (*flow)(struct suit_run *run, struct bytes arg);
};

/* One row for each command, see rows.h. */
struct suit_row {
	uint8_t code, arg, kind;
	uint32_t needs; /* parameters that must be set: bits by label */
	uint32_t where; /* members it may stand in: bits by key */
	union {
		/* What a condition measured goes to *seen. */
		enum err (*cond)(const struct suit_run *run,
		    const struct suit_slot *s, struct suit_record *seen);
		enum err (*dir)(struct suit_run *run, struct suit_slot *s);
		enum err (*pair)(struct suit_run *run, struct suit_slot *s,
		    struct suit_slot *from);
		enum err (*flow)(struct suit_run *run, struct bytes arg);
		const struct suit_wide *wide;
	} run;
};

#define PARAM_ANY UINT16_MAX /* no bound */

/* One row for each parameter. */
struct suit_param {
	int16_t label;
	/* enum cbor_type; CBOR_NINT: any integer; CBOR_SIMPLE: a bool, of the
	 * sequence or the processor; CBOR_ANY: check tells */
	uint8_t type;
	uint8_t min;  /* of the length, or of a uint; */
	uint16_t max; /* PARAM_ANY: no bound */
	/* Check the rest, and narrow *value to what is kept; or NULL. */
	enum err (*narrow)(struct bytes *value);
};

/* What a frame makes of the end of a sequence that it entered. */
enum suit_ended {
	ENDED_GOES_ON,
	ENDED_FAILS, /* the sequence that it stands in does not hold either */
	ENDED_ABORTS,
};

/* Frames around sequences: of nest.c, and of depend.c. */
struct suit_nesting {
	/* The frame on top enters its sequence for the component whose turn
	 * it is, or, when all had theirs, goes. */
	void (*next)(struct suit_run *run);
	/* Its sequence has ended.  held: no condition failed in it.  soft: a
	 * failed one may be forgiven. */
	enum suit_ended (*ended)(struct suit_run *run, bool held, bool soft);
};

/* What the others ask of depend.c.                            [SUIT TD] */
struct suit_depending {
	struct suit_nesting nesting;
	/* dependencies.c */
	enum err (*read)(struct bytes map, struct suit_manifest *m,
	    const struct suit_fault *f);
	struct bytes (*prefix)(const struct suit_manifest *m, size_t i);
	/* Is it the envelope of a dependency of the manifest that runs? */
	bool (*is)(const struct suit_run *run, const struct suit_slot *s);
	/* Hash its manifest: that is what a dependency is known by. */
	enum err (*know)(struct suit_run *run, struct suit_slot *s);
	/* Before the first command of the root. */
	enum err (*start)(struct suit_run *run);
	/* A section of the root, or its shared sequence, is over: did the
	 * dependencies do their part?  False: the run has failed. */
	bool (*over)(struct suit_run *run);
	/* Say of which manifest a record is. */
	void (*path)(const struct suit_run *run, const struct suit_part *p,
	    struct suit_record *r);
};

/* Commands and parameters of the device's own, see custom.c. */
struct suit_own {
	/* The row of a parameter, in *room.  host NULL: it is not known yet,
	 * any is. */
	const struct suit_param *(*param_row)(const struct suit_host *host,
	    int64_t label, struct suit_param *room);
	/* Check the argument of a command; the same. */
	enum err (*allow)(
	    const struct suit_host *host, int64_t code, struct bytes arg);
	enum err (*perform)(struct suit_run *run, struct suit_slot *s,
	    int64_t code, struct bytes arg);
	bool (*is_condition)(const struct suit_host *host, int64_t code);
};

/* Content that comes encrypted: sealed.c. */
struct suit_sealed {
	/* Find the key.  *size: of the ciphertext in, of the plaintext out. */
	enum err (*begin)(
	    struct suit_run *run, struct suit_slot *s, uint64_t *size);
	enum err (*piece)(struct suit_run *run, struct bytes in);
	enum err (*end)(struct suit_run *run);
	/* Is it what it should be?  tagged: its tag has said so. */
	enum err (*check)(
	    struct suit_run *run, struct suit_slot *s, bool tagged);
	void (*drop)(struct suit_run *run);
	/* By how much the ciphertext is longer. */
	enum err (*overhead)(
	    const struct suit_run *run, const struct suit_slot *s, size_t *tag);
};

/* What is linked.  nesting NULL: no command nests.  depending NULL: nothing
 * depends on anything.  own NULL: there is
 * nothing of the device's own.  before_fill NULL: component-metadata is not
 * listed.  sealed NULL: encryption-info is not. */
struct suit_profile {
	/* At most SUIT_COMPONENTS_MAX, SUIT_NESTING_MAX, SUIT_COMMANDS_MAX,
	 * as large as the devices are.                [design section 6] */
	uint8_t most_components, most_nested;
	uint8_t most_depth; /* SUIT_DEPTH_MAX, if anything depends */
	uint16_t most_commands;
	const struct suit_row *row;
	size_t n;
	const struct suit_param *param;
	size_t n_params;
	const struct suit_nesting *nesting;
	const struct suit_depending *depending;
	const struct suit_own *own;
	const struct suit_sealed *sealed;
	/* Check a block that is a MAC; NULL: skipped as a stranger's. */
	enum err (*mac)(const struct crypto *c, const struct keyring *ring,
	    struct bytes block, struct bytes payload, struct verified *out,
	    struct why *why);
	/* Before it is written; content p NULL: it is not known yet. */
	enum err (*before_fill)(
	    struct suit_run *run, struct suit_slot *s, struct bytes content);
};

extern const struct suit_profile suit_profile;

/* ---- params.c ---------------------------------------------------------- */

#define TAG_PEN 112 /* CBOR PEN as a vendor identifier [RFC 9090] */
#define PEN_MAX 64

/* The row of a parameter; NULL: the profile has none. */
const struct suit_param *suit_param(int64_t label);

/* One map of parameters, pair by pair. */
struct params_in {
	struct cbor_in r;
	size_t left;
	int64_t label;
	struct bytes code; /* label as encoded */
	const struct suit_param *row;
	struct bytes value; /* as struct suit_value keeps it */
	struct suit_param own;
};

struct params_in params_open(struct bytes map);
/* The next pair.  ERR_PARAMETER: no row.  host as in struct suit_own. */
MUST_CHECK enum err params_next(
    struct params_in *p, const struct suit_host *host);

/* A parameter of a map that was checked; p NULL: not in it. */
struct bytes suit_param_in(struct bytes map, int64_t label);
/* A uint as struct suit_value keeps it. */
uint64_t suit_param_uint(struct bytes value);

enum err param_vendor(struct bytes *value);
enum err param_digest(struct bytes *value);

/* What is set for a component; p NULL: nothing. */
struct bytes param_get(
    const struct suit_run *run, const struct suit_slot *s, int64_t label);
/* image-size; UINT64_MAX: not set. */
uint64_t param_size(const struct suit_run *run, const struct suit_slot *s);
/* Are all of these set? */
bool params_have(
    const struct suit_run *run, const struct suit_slot *s, uint32_t labels);
/* Set one; override false: only if it is not set.  ERR_LIMIT. */
MUST_CHECK enum err param_put(struct suit_run *run, const struct suit_slot *s,
    int64_t label, struct bytes is, bool override);
/* Set those of a map for the selection. */
MUST_CHECK enum err params_set(
    struct suit_run *run, struct bytes map, bool override);

enum err flow_set_parameters(struct suit_run *run, struct bytes arg);
enum err flow_override(struct suit_run *run, struct bytes arg);

/* ---- run.c ------------------------------------------------------------- */

/* The sections of the procedure, in order; 0 ends them. */
const uint8_t *run_sections(const struct suit_run *run);
/* Does a procedure run this member? */
bool run_has_section(enum suit_procedure procedure, uint8_t section);
/* Begin a procedure of a manifest that need not be signed by anybody; only
 * replay.c may, which does nothing. */
MUST_CHECK enum err run_begin(struct suit_run *run, const struct crypto *c,
    const struct suit_host *host, const struct suit_manifest *m,
    enum suit_procedure procedure);
/* One step of suit_next: a section, a command for one component, an
 * alternative, or an end is entered.  run->state is SUIT_RUNNING. */
void run_step(struct suit_run *run);
/* Go on with a wait. */
void run_resume(struct suit_run *run);
/* The procedure ends here. */
void run_failed(struct suit_run *run, enum err e);

/* ---- parts.c ----------------------------------------------------------- */

/* Take m in as run->part[n]: each of its indexes has one slot, which may be
 * there.  Asks the host whether its signers may.  ERR_LIMIT. */
MUST_CHECK enum err part_put(
    struct suit_run *run, uint8_t n, const struct suit_manifest *m);
/* The manifest that runs, and its component i. */
const struct suit_part *part_now(const struct suit_run *run);
struct suit_slot *slot_at(struct suit_run *run, uint8_t i);
/* The encoded sequence that is run of a manifest. */
struct bytes part_sequence(const struct suit_part *p);

/* ---- frames.c ---------------------------------------------------------- */

enum frame_kind { FRAME_SEQUENCE, FRAME_TRY, FRAME_RUN, FRAME_PART };

struct suit_frame *frame_top(struct suit_run *run);
struct suit_frame *frame_push(struct suit_run *run, enum frame_kind kind);
/* What the frame on top, no sequence, is ruled by. */
const struct suit_nesting *frame_nesting(struct suit_run *run);
/* The items of an encoded array, without its head. */
struct bytes frame_items(struct bytes array);
/* Enter a sequence with one component selected. */
void frame_enter(
    struct suit_run *run, struct bytes array, uint8_t component, bool soft);
/* Begin the shared sequence, or the section it stands before. */
void section_next(struct suit_run *run);
/* The sequence on top has ended.  held: no condition failed in it. */
void sequence_ended(struct suit_run *run, bool held);

/* ---- execute.c --------------------------------------------------------- */

/* The next command of the sequence on top, for one component. */
void command_execute(struct suit_run *run);
/* Take it, for the component whose turn it is: run->last says where.  NULL:
 * the run has failed. */
const struct suit_row *command_begin(
    struct suit_run *run, int64_t *code, struct bytes *arg);
/* Do what acts on the run itself. */
MUST_CHECK enum err command_flow(
    struct suit_run *run, const struct suit_row *row, struct bytes arg);
/* The command has done its work for one component. */
void command_done(struct suit_run *run);
/* Tell where and why it failed, for people; the report has run->last. */
void command_explain(struct suit_run *run, const struct suit_row *row,
    const struct suit_slot *s, enum err e);
enum err flow_set_index(struct suit_run *run, struct bytes arg);
/* What was target or source while no order was promised is forgotten. */
void conflict_forget(struct suit_run *run);

/* ---- dependencies.c ----------------------------------------------------- */

/* Read the map of dependencies.  ERR_DEPENDENCY: a prefix that names another
 * place than the component does. */
MUST_CHECK enum err dependencies_read(
    struct bytes map, struct suit_manifest *m, const struct suit_fault *f);
/* The prefix of dependency i: empty if it has none. */
struct bytes dependency_prefix(const struct suit_manifest *m, size_t i);

/* ---- depend.c: manifests that others depend on -------------------------- */

extern const struct suit_depending suit_depending;

enum err flow_dependency_integrity(struct suit_run *run, struct bytes arg);
enum err cond_is_dependency(const struct suit_run *run,
    const struct suit_slot *s, struct suit_record *seen);
enum err flow_process_dependency(struct suit_run *run, struct bytes arg);

/* ---- readings.c ---------------------------------------------------------- */

/* Is m read so? */
bool reads_as(const struct suit_run *run, const struct suit_manifest *m,
    enum suit_compat bit);
/* Need the dependencies of m not go in step with it?  Nor need they when it is
 * uninstalled: that unlinks them, and each has its own turn when the last one
 * who needs it is gone. */
bool reads_loosely(const struct suit_run *run, const struct suit_manifest *m);
/* Does its shared sequence ask who the device is, if that is demanded?
 * ERR_MISSING. */
MUST_CHECK enum err reads_identified(
    struct suit_run *run, const struct suit_manifest *m);

/* ---- nest.c: sequences in sequences ------------------------------------ */

extern const struct suit_nesting suit_nesting;

/* May a command select components here?  ERR_PLACE. */
MUST_CHECK enum err select_allowed(struct suit_run *run);
enum err flow_select(struct suit_run *run, struct bytes arg);
enum err flow_try_each(struct suit_run *run, struct bytes arg);
enum err flow_run_sequence(struct suit_run *run, struct bytes arg);

/* ---- cond.c, cond_um.c ------------------------------------------------- */

#define COND(name)                                       \
	enum err cond_##name(const struct suit_run *run, \
	    const struct suit_slot *s, struct suit_record *seen)

COND(vendor);
COND(class);
COND(device);
COND(image_match);
COND(image_not_match);
COND(check_content);
COND(slot);
COND(abort);
COND(use_before);
COND(battery);
COND(authorized);
COND(version);

/* ---- version.c --------------------------------------------------------- */

#define VERSION_PARTS 8

enum version_comparison {
	VERSION_GREATER = 1,
	VERSION_GREATER_EQUAL = 2,
	VERSION_EQUAL = 3,
	VERSION_LESSER_EQUAL = 4,
	VERSION_LESSER = 5,
};

/* Is it one?  ERR_RANGE, ERR_TYPE, ... */
MUST_CHECK enum err version_check(struct bytes version);
/* Read [comparison, version]. */
void version_match_check(struct cbor_in *r);
enum err param_version(struct bytes *value);

/* ---- fill.c ------------------------------------------------------------ */

/* Replace its content: begin, pieces, the last of them with last set.  size:
 * so much it will be.  content p NULL: it is not known yet. */
MUST_CHECK enum err fill_begin(struct suit_run *run, struct suit_slot *s,
    uint64_t size, struct bytes content);
MUST_CHECK enum err fill_piece(
    struct suit_run *run, struct bytes piece, bool last);
MUST_CHECK enum err fill_whole(
    struct suit_run *run, struct suit_slot *s, struct bytes content);
/* Plaintext: hash it and store it. */
MUST_CHECK enum err fill_put(struct suit_run *run, struct bytes plain);
/* Does the component's content come encrypted? */
bool fill_sealed(const struct suit_run *run, const struct suit_slot *s);
/* How many octets are to come for the declared size; UINT64_MAX: none is. */
MUST_CHECK enum err fill_incoming(
    const struct suit_run *run, const struct suit_slot *s, uint64_t *octets);
/* May a content of n octets be what was declared? */
bool fill_size_fits(const struct suit_run *run, const struct suit_slot *s,
    uint64_t n, uint64_t declared);
/* Give up what is being written, if anything is. */
void fill_drop(struct suit_run *run);
/* Have digest and size of its content: what this run wrote was hashed as it
 * came in; anything else is read, once.  ERR_NOT_INSTALLED. */
MUST_CHECK enum err fill_know(struct suit_run *run, struct suit_slot *s);

/* ---- sealed.c ---------------------------------------------------------- */

extern const struct suit_sealed suit_sealed;

/* ---- dir.c, pair.c, wait.c, metadata.c --------------------------------- */

enum err dir_write(struct suit_run *run, struct suit_slot *s);
enum err dir_fetch(struct suit_run *run, struct suit_slot *s);
enum err dir_fetch_relative(struct suit_run *run, struct suit_slot *s);
enum err dir_invoke(struct suit_run *run, struct suit_slot *s);
enum err dir_unlink(struct suit_run *run, struct suit_slot *s);
enum err dir_wait(struct suit_run *run, struct suit_slot *s);
enum err pair_copy(
    struct suit_run *run, struct suit_slot *s, struct suit_slot *from);
enum err pair_swap(
    struct suit_run *run, struct suit_slot *s, struct suit_slot *from);

enum err param_wait(struct bytes *value);
enum err param_metadata(struct bytes *value);
enum err metadata_tell(
    struct suit_run *run, struct suit_slot *s, struct bytes content);

/* ---- several.c: parameters of several components ----------------------- */

extern const struct suit_wide several_override, several_copy;

/* ---- uri.c ------------------------------------------------------------- */

/* Is it a reference that needs a base? */
bool uri_relative(struct bytes uri);
/* What a reference means, seen from base.      [RFC 3986 5.2]
 * *out views room.  ERR_URI: base has no scheme.  ERR_ROOM. */
MUST_CHECK enum err uri_resolve(
    struct bytes base, struct bytes uri, struct span room, struct bytes *out);

/* ---- custom.c ---------------------------------------------------------- */

extern const struct suit_own suit_own;

#endif
