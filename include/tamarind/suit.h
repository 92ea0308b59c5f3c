/*
 * suit: manifests: authenticate, read, run, report, author.
 *                              [SUIT manifest, trust domains, SUIT Report]
 *
 * No heap, no I/O.  The processor suspends at every fetch, in memory only:
 * suit_next says what it wants, suit_give hands it pieces.  Every check is
 * made by the dispatcher, from one table of commands, before a handler runs;
 * a command or parameter without a row is refused by name.
 */
#ifndef TAMARIND_SUIT_H
#define TAMARIND_SUIT_H

#include <tamarind/cose.h>

#define TAG_SUIT_ENVELOPE 107

#define SUIT_ENVELOPE_MAX   (32u << 20)
#define SUIT_MANIFEST_MAX   65536 /* without payloads */
#define SUIT_COMPONENTS_MAX 32
#define SUIT_SEGMENTS_MAX   8
#define SUIT_ID_MAX         255   /* encoded identifier */
#define SUIT_ID_TEXT        768   /* its text form with NUL */
#define SUIT_NESTING_MAX    4     /* try-each in try-each */
#define SUIT_COMMANDS_MAX   10000 /* executed in one procedure */
#define SUIT_FILLS_MAX      16    /* of one component in one procedure */
#define SUIT_SIGNERS_MAX    8     /* authentication blocks */
#define SUIT_LOG_MAX        2048  /* octets of the records of a run */
#define SUIT_PATH_MAX       8     /* from the root to a dependency */
#define SUIT_MEASURED_MAX   72    /* octets of one measured value */
#define SUIT_PARTS_MAX      9     /* manifests in progress: root and more */
#define SUIT_DEPTH_MAX      8     /* from the root to a dependency */
#define SUIT_FRAMES_MAX     36    /* sequences and what tries or runs them */
#define SUIT_VALUES_MAX     192   /* parameters set, of all components */
#define SUIT_URI_MAX        2048
#define SUIT_PIECE_MAX      65536

/* Manifest members, by key; also the sections of a report. */
enum suit_member {
	SUIT_VERSION = 1,
	SUIT_SEQUENCE_NUMBER = 2,
	SUIT_COMMON = 3,
	SUIT_REFERENCE_URI = 4,
	SUIT_COMPONENT_ID = 5,
	SUIT_SET_VERSION = 6,
	SUIT_VALIDATE = 7,
	SUIT_LOAD = 8,
	SUIT_INVOKE = 9,
	SUIT_COSWID = 14,
	SUIT_DEPENDENCY_RESOLUTION = 15,
	SUIT_PAYLOAD_FETCH = 16,
	SUIT_CANDIDATE_VERIFICATION = 18,
	SUIT_INSTALL = 20,
	SUIT_TEXT = 23,
	SUIT_UNINSTALL = 24,
};

enum suit_command {
	SUIT_CMD_VENDOR = 1,
	SUIT_CMD_CLASS = 2,
	SUIT_CMD_IMAGE_MATCH = 3,
	SUIT_CMD_USE_BEFORE = 4,
	SUIT_CMD_SLOT = 5,
	SUIT_CMD_CHECK_CONTENT = 6,
	SUIT_CMD_DEPENDENCY_INTEGRITY = 7,
	SUIT_CMD_IS_DEPENDENCY = 8,
	SUIT_CMD_PROCESS_DEPENDENCY = 11,
	SUIT_CMD_SET_INDEX = 12,
	SUIT_CMD_ABORT = 14,
	SUIT_CMD_TRY_EACH = 15,
	SUIT_CMD_WRITE = 18,
	SUIT_CMD_SET_PARAMETERS = 19,
	SUIT_CMD_OVERRIDE = 20,
	SUIT_CMD_FETCH = 21,
	SUIT_CMD_COPY = 22,
	SUIT_CMD_INVOKE = 23,
	SUIT_CMD_DEVICE = 24,
	SUIT_CMD_IMAGE_NOT_MATCH = 25,
	SUIT_CMD_BATTERY = 26,
	SUIT_CMD_AUTHORIZED = 27,
	SUIT_CMD_VERSION = 28,
	SUIT_CMD_WAIT = 29,
	SUIT_CMD_SWAP = 31,
	SUIT_CMD_RUN_SEQUENCE = 32,
	SUIT_CMD_UNLINK = 33,
	SUIT_CMD_OVERRIDE_MULTIPLE = 34,
	SUIT_CMD_COPY_PARAMS = 35,
	SUIT_CMD_CUSTOM = 0, /* the row of all below SUIT_CUSTOM */
};

/* Commands and parameters below this number are the device's own. */
#define SUIT_CUSTOM (-256)

enum suit_parameter {
	SUIT_PAR_VENDOR = 1,
	SUIT_PAR_CLASS = 2,
	SUIT_PAR_IMAGE_DIGEST = 3,
	SUIT_PAR_USE_BEFORE = 4,
	SUIT_PAR_SLOT = 5,
	SUIT_PAR_STRICT_ORDER = 12,
	SUIT_PAR_SOFT_FAILURE = 13,
	SUIT_PAR_IMAGE_SIZE = 14,
	SUIT_PAR_CONTENT = 18,
	SUIT_PAR_ENCRYPTION_INFO = 19,
	SUIT_PAR_URI = 21,
	SUIT_PAR_SOURCE = 22,
	SUIT_PAR_INVOKE_ARGS = 23,
	SUIT_PAR_DEVICE = 24,
	SUIT_PAR_FETCH_ARGS = 25,
	SUIT_PAR_BATTERY = 26,
	SUIT_PAR_PRIORITY = 27,
	SUIT_PAR_VERSION = 28,
	SUIT_PAR_WAIT_INFO = 29,
	SUIT_PAR_METADATA = 30,
};

/* What wait may wait for.                       [SUIT UM SUIT_Wait_Event] */
enum suit_event {
	SUIT_EVENT_AUTHORIZATION = 1, /* int, priority */
	SUIT_EVENT_POWER = 2,         /* int */
	SUIT_EVENT_NETWORK = 3,       /* int */
	SUIT_EVENT_OTHER_DEVICE =
	    4,               /* [bstr device, [+ [comparison, version]]] */
	SUIT_EVENT_TIME = 5, /* uint, seconds since the epoch */
	SUIT_EVENT_TIME_OF_DAY = 6, /* uint, seconds, local */
	SUIT_EVENT_DAY_OF_WEEK = 7, /* uint, 0 is Sunday, local */
	SUIT_EVENT_TIME_OF_DAY_UTC = 8,
	SUIT_EVENT_DAY_OF_WEEK_UTC = 9,
};

enum suit_file_type {
	SUIT_FILE_REGULAR = 1,
	SUIT_FILE_DIRECTORY = 2,
	SUIT_FILE_SYMLINK = 3,
};

/* Bits of struct suit_manifest's has. */
enum suit_has {
	SUIT_HAS_VERSION = 1 << 0,
	SUIT_HAS_SEQUENCE = 1 << 1,
	SUIT_HAS_COMMON = 1 << 2,
	SUIT_HAS_URI = 1 << 3,
	SUIT_HAS_COMPONENT_ID = 1 << 4,
};

/* ---- component identifiers ------------------------------------------- */

/* Is raw one well-formed identifier: an array of at most SUIT_SEGMENTS_MAX
 * bstr, none of them empty (it would have no text form of its own), at most
 * SUIT_ID_MAX octets encoded? */
MUST_CHECK enum err suit_id_check(struct bytes raw);
/* Do the segments of id begin with all segments of prefix? */
bool suit_id_under(struct bytes id, struct bytes prefix);
/* Text form of docs/evidence.md section 6, NUL-terminated. */
MUST_CHECK enum err suit_id_text(struct bytes raw, char out[SUIT_ID_TEXT]);
/* The other way; *out views room. */
MUST_CHECK enum err suit_id_from_text(
    const char *text, struct span room, struct bytes *out);

/* ---- envelope and manifest ------------------------------------------- */

/*
 * An envelope taken apart.  Every view borrows from it.  suit_open makes one
 * whose signature and digests hold; suit_parse makes one for printing.
 */
struct suit_manifest {
	uint32_t has; /* bits of the manifest table, see SUIT_HAS_* */
	uint64_t version;
	uint64_t sequence;
	struct bytes common;       /* content of the bstr */
	struct bytes uri;          /* reference URI, text; empty if absent */
	struct bytes component_id; /* encoded; of key 5, or of component 0 */
	struct bytes section[32];  /* by member key: encoded array, or empty */
	bool own;                  /* uses commands or parameters of the
				    * device's own */
	uint32_t severed;          /* bit key: only a digest is in the manifest
				    * and the envelope lacks the member */
	struct list components;    /* identifiers */
	struct bytes shared;       /* shared sequence: encoded array or empty */
	struct list dependencies;  /* of the map: index, metadata, ... */
	uint32_t depends;          /* bit i: index i is of a dependency */
	/* Indexes: of components, and of dependencies that stand beyond them,
	 * whose identifier is their prefix. */
	uint8_t n_indexes;
	/* As it stands there, an array or one in a bstr: information only. */
	struct bytes set_version;

	struct bytes envelope;      /* all of it, untagged map */
	struct bytes manifest;      /* content of the bstr */
	uint8_t digest[DIGEST_LEN]; /* of the manifest bstr with its head */
	struct bytes wrapper;       /* authentication wrapper, content */
	struct bytes text;          /* SUIT_Text_Map, not checked; or empty */
	size_t n_signers; /* keys whose block verified; 0: suit_parse */
	uint8_t signer[SUIT_SIGNERS_MAX][KID_LEN];
};

/*
 * Authenticate and read an envelope (tag 107 or bare).  [SUIT SUIT_Envelope]
 * At least one block must verify under a key of the ring; blocks of unknown
 * keys are skipped; a block of a known key that does not verify refuses the
 * whole.  The manifest is parsed only after its digest held.  Then every
 * sequence is scanned: pairs, argument types, indexes, nesting, places,
 * unknown commands and parameters.
 * ERR_UNSIGNED, ERR_UNKNOWN_KEY, ERR_SIGNATURE, ERR_MANIFEST_DIGEST,
 * ERR_SEVERED, ERR_COMMAND, ERR_PARAMETER, ERR_DEPENDENCY, ERR_ENCRYPTION...
 */
MUST_CHECK enum err suit_open(const struct crypto *c,
    const struct keyring *ring, struct bytes envelope,
    struct suit_manifest *out, struct why *why);

/* As suit_open, whoever signed: digests hold and the scan was made, but *out
 * has no signers, and suit_start refuses it.  For tools and for replays. */
MUST_CHECK enum err suit_check(const struct crypto *c, struct bytes envelope,
    struct suit_manifest *out, struct why *why);

/* Read without authenticating and without the scan: for printing.  *out has
 * no signers, and suit_start refuses it. */
MUST_CHECK enum err suit_parse(
    struct bytes envelope, struct suit_manifest *out, struct why *why);

/* The identifier of index i, empty if out of range. */
struct bytes suit_component(const struct suit_manifest *m, size_t i);

/* The integrated payload under this key, p NULL if there is none. */
struct bytes suit_payload(const struct suit_manifest *m, struct bytes key);

/* What a manifest declares for component i in its shared sequence's
 * unconditional override-parameters: digest (empty if none) and size
 * (UINT64_MAX if none).  For a TAM that must know what to expect. */
void suit_declared(const struct suit_manifest *m, size_t i,
    struct bytes *sha256, uint64_t *size);

/* ---- the processor --------------------------------------------------- */

enum suit_procedure {
	/* dependency-resolution, payload-fetch, candidate-verification,
	 * install, validate */
	SUIT_DO_UPDATE,
	SUIT_DO_INVOKE,    /* validate, load, invoke */
	SUIT_DO_UNINSTALL, /* uninstall */
};

/* What a component is as a file.          [SUIT UM SUIT_Component_Metadata] */
struct suit_metadata {
	uint32_t has; /* bit i: the i-th of these */
	uint64_t permissions;
	struct bytes user, group, role; /* encoded maps actor => bits */
	uint64_t file_type;             /* enum suit_file_type */
	struct bytes modified, created; /* encoded, tag 1 */
	struct bytes creator;           /* encoded actor */
	struct bytes target; /* of a symbolic link: text; else empty */
};

/* A command of the device's own.               [SUIT suit-command-custom] */
struct suit_custom {
	int16_t code;      /* below SUIT_CUSTOM */
	bool is_condition; /* an error of class refused: does not hold */
	uint8_t arg;       /* enum cbor_type; CBOR_NINT: any integer,
			    * CBOR_SIMPLE: nil */
	/* The parameter it needs, below SUIT_CUSTOM, and its type as for arg
	 * (CBOR_SIMPLE: bool); 0: none. */
	int16_t parameter;
	uint8_t type;
	/* Asked may first, if it is a directive.  arg: encoded.  parameter:
	 * content of a string, else encoded. */
	enum err (*act)(void *ctx, struct bytes id, struct bytes arg,
	    struct bytes parameter);
};

/* Reporting policy of a command.                  [SUIT SUIT_Rep_Policy] */
enum suit_policy {
	SUIT_POLICY_RECORD_SUCCESS = 1,
	SUIT_POLICY_RECORD_FAILURE = 2,
	SUIT_POLICY_SYSINFO_SUCCESS = 4,
	SUIT_POLICY_SYSINFO_FAILURE = 8,
};

/*
 * The device, as the processor sees it.  id is an encoded identifier.  What
 * is written is staged: the owner of the store makes a procedure's changes
 * visible in one commit after SUIT_DONE, or drops them.
 *
 * Any function from device_is on may be NULL: the device has nothing of the
 * kind.  A condition that asks for it fails, a directive that wants it ends
 * the procedure: ERR_CANNOT.
 */
struct suit_host {
	void *ctx;
	/* Is the value (bstr content, or tag 112 encoded) one of ours? */
	bool (*vendor_is)(void *ctx, struct bytes id, struct bytes value);
	bool (*class_is)(void *ctx, struct bytes id, struct bytes value);
	/* May the signers of m do cmd to id?  m is the root or one that it
	 * depends on.  ERR_SIGNER_ACCESS, ERR_TAM_ACCESS, ERR_COMPONENT, ... ;
	 * asked before every directive that touches a component, for the
	 * component it reads as well; and with SUIT_CMD_SET_INDEX for every
	 * component of a manifest before any of it is run: one that is refused
	 * refuses all. */
	enum err (*may)(void *ctx, const struct suit_manifest *m,
	    enum suit_command cmd, struct bytes id);
	/* May m fetch from this URI?  ERR_URI. */
	enum err (*may_fetch)(
	    void *ctx, const struct suit_manifest *m, struct bytes uri);
	/* Replace id's staged content: begin, pieces in order, end.  size is
	 * the declared size, UINT64_MAX if none.  end gets what the processor
	 * computed over the pieces.  drop gives it up. */
	enum err (*write_begin)(void *ctx, struct bytes id, uint64_t size);
	enum err (*write_more)(void *ctx, struct bytes piece);
	enum err (*write_end)(
	    void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size);
	void (*write_drop)(void *ctx);
	/* Hash id's content, staged if staged, else installed, by reading it
	 * again.  *size comes in as the size that the manifest declares, or
	 * UINT64_MAX: storage that does not know how long its content is
	 * hashes so much; all other answers its length.  ERR_NOT_INSTALLED.
	 * Asked once for a content, and again for other declared sizes. */
	enum err (*digest)(void *ctx, struct bytes id,
	    uint8_t sha256[DIGEST_LEN], uint64_t *size);
	enum err (*unlink)(void *ctx, struct bytes id);
	/* What manifests that others depend on stand on; NULL: none may. */
	const struct suit_depending_host *depending;
	/* Readings of contradictory words of the drafts, see suit_compat. */
	uint32_t compat;
	/* Bits of enum suit_policy that are heeded; a failed condition has its
	 * record with none of them. */
	uint8_t heeds;
	enum err (*invoke)(void *ctx, struct bytes id, struct bytes args);

	/* Is this UUID the device's? */
	bool (*device_is)(void *ctx, struct bytes id, struct bytes value);
	/* For reports: the first identifier that vendor_is, class_is or
	 * device_is knows, as they take it; or empty. */
	struct bytes (*mine)(
	    void *ctx, enum suit_parameter which, struct bytes id);
	/* Which of its slots is id in? */
	enum err (*slot)(void *ctx, struct bytes id, uint64_t *slot);
	/* Seconds since the epoch, if somebody trustworthy told. [security 7]
	 */
	enum err (*now)(void *ctx, uint64_t *seconds);
	/* Milliwatt hours that are left. */
	enum err (*battery)(void *ctx, uint64_t *mwh);
	/* OK: whoever decides here wants the update now. */
	enum err (*authorized)(void *ctx, struct bytes id, int64_t priority);
	/* The version of what is installed: an encoded array of integers,
	 * which lives until the next call.  ERR_NOT_INSTALLED. */
	enum err (*version)(void *ctx, struct bytes id, struct bytes *ints);
	/* Does the event (enum suit_event, its value encoded and of its type)
	 * hold now?  An error: it can never be told here. */
	enum err (*event)(
	    void *ctx, enum suit_event event, struct bytes value, bool *holds);
	/* Is the digest of id's content nothing to report, for all or some of
	 * it came encrypted?  NULL: what this run decrypted, and no other. */
	bool (*secret)(void *ctx, struct bytes id);
	/* The next piece of id's content, staged if staged, else installed;
	 * empty at its end; lives until the next call. */
	enum err (*read)(
	    void *ctx, struct bytes id, uint64_t at, struct bytes *piece);
	/* Exchange the contents of two components; a loss of power leaves
	 * both as they were, or both exchanged. */
	enum err (*swap)(void *ctx, struct bytes a, struct bytes b);
	/* What is written next to id is this kind of file.  Never followed by
	 * content that contradicts it.  ERR_CANNOT for what is not kept. */
	enum err (*metadata)(
	    void *ctx, struct bytes id, const struct suit_metadata *m);
	/* The nth key that opens what the signers of this manifest encrypt to
	 * the device: it set the encryption-info.  ERR_UNKNOWN_KEY: no more;
	 * ERR_SIGNER_ACCESS: those encrypt nothing here.  NULL: nobody does,
	 * ERR_ENCRYPTION.                                   [security 11] */
	enum err (*opener)(void *ctx, const struct suit_manifest *by,
	    size_t nth, struct cose_opener *out);
	/* For what is decrypted, 16 octets or more; wiped after use. */
	struct span plain_room;
	/* Where the envelope came from, for relative references, and room for
	 * what they become, SUIT_URI_MAX at most; empty: refused. */
	struct bytes base;
	struct span uri_room;
	/* Commands of the device's own. */
	const struct suit_custom *custom;
	size_t n_custom;
};

/* What one command met: a SUIT_Record, with the command it is about. */
struct suit_record {
	uint8_t path[SUIT_PATH_MAX]; /* from the root to a dependency: each is
				      * one's place in suit-dependencies */
	uint8_t n_path;              /* 0: the root */
	uint8_t section;             /* enum suit_member */
	uint8_t component;
	uint8_t command;  /* enum suit_command; not written */
	uint32_t offset;  /* of the command in its section's array */
	uint8_t measured; /* parameter label of value, 0: none */
	uint8_t n_value;
	uint8_t value[SUIT_MEASURED_MAX]; /* encoded, as the parameter is */
};

/* One parameter of one component.  A microcontroller has memory for few of
 * them, and most components have few set. */
struct suit_value {
	/* Views the manifest: the content of a string, narrowed to what the
	 * commands compare; for a component its identifier; all else as it is
	 * encoded. */
	struct bytes is;
	int16_t label;
	uint8_t slot;
};

/* Where the drafts contradict themselves the strict reading is in force; a
 * host that has to meet what others made of them enables the other one by its
 * bit.                                       docs/decisions/36 */
enum suit_compat {
	/* A dependency may be numbered beyond the components; its prefix is
	 * its identifier. */
	SUIT_COMPAT_INDEX = 1 << 0,
	/* process-dependency checks the integrity if nothing did before. */
	SUIT_COMPAT_INTEGRITY = 1 << 1,
	/* Sections of a dependency may be left out. */
	SUIT_COMPAT_LOCKSTEP = 1 << 2,
};

struct suit_compat_row {
	enum suit_compat bit;
	const char *name;
};

extern const struct suit_compat_row suit_compat_rows[];
extern const size_t suit_compat_n;

/* What dependencies stand on.                       [SUIT TD dependencies] */
struct suit_depending_host {
	const struct keyring *ring; /* who may sign them */
	/* Memory for them; at most SUIT_PARTS_MAX - 1 are used. */
	struct suit_manifest *room;
	size_t n;
	/* id's content, staged or installed, whole: valid and unchanged until
	 * the run has ended.  ERR_NOT_INSTALLED, ERR_ROOM. */
	enum err (*view)(void *ctx, struct bytes id, struct bytes *out);
	/* The signature of m holds, and each of its components was found to be
	 * its signers' to write.  Is it fresh enough, and may of depend on it?
	 * ERR_ROLLBACK, ... */
	enum err (*admit)(void *ctx, const struct suit_manifest *m,
	    const struct suit_manifest *of);
};

/* One component, whichever manifests in progress name it. */
struct suit_slot {
	struct bytes id; /* encoded */
	bool known;      /* digest and size are of its content */
	bool foreign;    /* which came from a network */
	bool vouched;    /* and is what the author signed, for it stood in the
			  * manifest or was matched */
	bool bounded;    /* size may be the declared one only */
	/* while no order is promised: a directive wrote to it, read it */
	bool target, source;
	uint8_t fills; /* begun */
	uint8_t digest[DIGEST_LEN];
	uint64_t size;
};

/* A manifest in progress. */
struct suit_part {
	const struct suit_manifest *m;
	uint8_t section; /* what is run of it: enum suit_member */
	uint8_t slot[SUIT_COMPONENTS_MAX]; /* of its index i */
	/* Of a dependency: the part that depends on it, and as which index;
	 * 0 is the root's. */
	uint8_t parent, index, depth;
	uint8_t fills; /* of its component, when it was checked */
	bool checked;  /* its integrity, and nothing was written since */
	bool ran;      /* in the section that its parent is at */
};

/* Which components commands act on: those of a list, or n from first on. */
struct suit_select {
	struct list list; /* indexes as encoded; raw.p NULL: none */
	uint8_t first, n;
};

/* One level of execution; see run.c. */
struct suit_frame {
	uint8_t kind;
	uint8_t part;             /* the manifest that it is of */
	bool soft;                /* a failed condition may be forgiven */
	bool loose;               /* strict-order is false around it */
	uint8_t visited;          /* components of outer that are done */
	uint8_t step;             /* of a dependency: what is run next; of a
				   * loose one: 1: the index is set */
	struct suit_select outer; /* selection around this level */
	struct bytes left;        /* commands or alternatives to come */
	struct bytes after;       /* commands after the one under way */
	struct bytes all;         /* alternatives, or the sequence to run */
};

enum suit_state {
	SUIT_RUNNING = 0, /* never answered */
	SUIT_DONE = 1,    /* success */
	SUIT_FAILED,      /* run->why says it */
	SUIT_WANT_FETCH,
	SUIT_WANT_EVENT, /* wait: suit_next asks the host again */
};

/* What is wanted. */
struct suit_ask {
	struct bytes uri;
	struct bytes component;
	uint64_t offset;     /* octets received so far */
	uint64_t limit;      /* most octets wanted in all from offset on */
	struct bytes args;   /* fetch-arguments, p NULL: none */
	struct bytes events; /* SUIT_WANT_EVENT: encoded map of those awaited */
};

/* One procedure under way: placed by the caller, no pointers out. */
struct suit_run {
	const struct crypto *crypto;
	const struct suit_host *host;
	const struct suit_manifest *m; /* the root: part[0] */
	enum suit_procedure procedure;
	enum suit_state state;
	struct why why;
	uint8_t n_slots, n_parts;
	uint16_t n_values;
	uint8_t depth, step;
	struct suit_select select;
	uint8_t visit;     /* of the selection: the command's turn */
	uint32_t commands; /* executed */
	bool loose;        /* strict-order is false */
	bool hashing, writing;
	uint8_t target;      /* slot being written */
	uint64_t got, limit; /* octets that come: so far, in all */
	uint64_t plain;      /* octets that were stored */
	struct cose_opening opening;
	bool sealed;      /* what comes is decrypted with that */
	struct bytes uri; /* of the open fetch, resolved */
	uint16_t log_n, n_records;
	bool told_all; /* that policies ask for and there was room for */
	struct suit_record last; /* the command under way; when failed, the
				  * result-record */
	bool by_condition;       /* what failed was a condition */

	/* From here on nothing is cleared at the start: counts and flags say
	 * what holds something. */
	struct suit_slot slot[SUIT_COMPONENTS_MAX];
	struct suit_part part[SUIT_PARTS_MAX];
	struct suit_value value[SUIT_VALUES_MAX];
	struct suit_frame frame[SUIT_FRAMES_MAX];
	struct hash hash;          /* of the content under way */
	uint8_t log[SUIT_LOG_MAX]; /* records, encoded, back to back */
};

/*
 * Begin a procedure.  Clears all parameters, asks
 * host->may(SUIT_CMD_SET_INDEX) for every component, and refuses a severed
 * section that the procedure needs.  m must come from suit_open
 * (ERR_UNSIGNED).  Keeps all pointers until the run has ended.  On error the
 * run has failed and run->why says more.
 */
MUST_CHECK enum err suit_start(struct suit_run *run, const struct crypto *c,
    const struct suit_host *host, const struct suit_manifest *m,
    enum suit_procedure procedure);

/* Run until done, failed, a fetch or a wait; may be called again, with the
 * same answer, while a fetch is open.  While a wait is, it asks for the events
 * again: the caller decides when, and for how long (suit_fail ends it). */
enum suit_state suit_next(struct suit_run *run, struct suit_ask *ask);

/* The next piece of the open fetch; last: it was the end.  More than the
 * declared size: ERR_IMAGE_SIZE at once. */
void suit_give(struct suit_run *run, struct bytes piece, bool last);

/* The open fetch failed, or the exchange did; or nobody waits any longer
 * (ERR_WAIT): end with this error. */
void suit_fail(struct suit_run *run, enum err e);

/* What a run knows of a component; NULL: no manifest of it names this one. */
const struct suit_slot *suit_slot_of(
    const struct suit_run *run, struct bytes id);

/* ---- watching a procedure (tools) ------------------------------------- */

enum suit_seen_kind {
	/* a section, or the shared sequence before it, of the root or of a
	 * dependency */
	SUIT_SEEN_SECTION,
	SUIT_SEEN_COMMAND, /* a command was run for one component */
	SUIT_SEEN_TRY,     /* an alternative of a try-each begins */
	SUIT_SEEN_NIL,     /* the alternative that does nothing was taken */
	SUIT_SEEN_RUN,     /* the sequence of a run-sequence begins */
};

/* What one step of a procedure did. */
struct suit_seen {
	enum suit_seen_kind kind;
	uint8_t section;   /* enum suit_member */
	uint8_t depth;     /* sequences around it; 1: the section itself */
	uint8_t part;      /* the manifest: place in run->part; 0: the root */
	uint8_t component; /* of which it was the turn */
	struct bytes id;   /* and its identifier */
	uint32_t offset;   /* COMMAND: in its section's array */
	int64_t code;      /* COMMAND */
	struct bytes arg;  /* COMMAND: its argument, encoded */
	/* COMMAND: a condition held, a directive did it; or why not, and what
	 * failed is in the run's last and why.  A fetch that is open is OK. */
	enum err err;
};

struct suit_watcher {
	void *ctx;
	void (*seen)(
	    void *ctx, const struct suit_run *run, const struct suit_seen *s);
};

/* As suit_next, and tells w of every step.  A device has no use for it and
 * does not link it. */
enum suit_state suit_watch(
    struct suit_run *run, struct suit_ask *ask, const struct suit_watcher *w);

/* Does version (encoded array of integers) fulfil want, the encoded
 * [comparison, [+ int]]?  What version lacks counts as 0; what it has beyond
 * the manifest's does not count.                  [SUIT UM, condition 28] */
bool suit_version_holds(struct bytes want, struct bytes version);

/* ---- rollback protection --------------------------------------------- */

/* May a manifest with this sequence number and digest follow what a counter
 * says?  none: nothing was seen yet, which is as if 0 had been, under any
 * digest.  [security 6]  ERR_ROLLBACK, ERR_SEQUENCE_CLASH, ERR_SEQUENCE_JUMP
 * (more than 2^32 above). */
MUST_CHECK enum err suit_sequence_ok(bool none, uint64_t seen,
    const uint8_t seen_digest[DIGEST_LEN], uint64_t next,
    const uint8_t next_digest[DIGEST_LEN]);

/* ---- report ----------------------------------------------------------- */

/* What a report says about one manifest.                  [SUIT Report] */
struct suit_report {
	uint32_t has;
	struct bytes nonce;
	struct list records; /* SUIT_Records, system-property-claims */
	bool success;
	int64_t result_code; /* -1: a condition failed; else enum err */
	uint64_t reason;     /* failure only: enum suit_reason */
	struct bytes result_record;
	struct bytes capabilities; /* encoded map, or empty */
	struct bytes uri;          /* of suit-reference */
	struct bytes digest;       /* of suit-reference, 32 octets */
};

/* Write the report of a finished run, or, from within the host's invoke, of
 * one that is about to hand control over: that claims no success, but
 * invoke-pending.  nonce may be empty (left out). */
MUST_CHECK enum err suit_report_write(
    struct cbor_out *w, const struct suit_run *run, struct bytes nonce);
/* Write one of no run: the manifest failed with e before any, or OK: it stands
 * as it was installed, and what else is told is what counts.
 * capabilities: encoded SUIT_Capability_Report, or empty (left out). */
MUST_CHECK enum err suit_report_brief(struct cbor_out *w, enum err e,
    struct bytes uri, const uint8_t digest[DIGEST_LEN], struct bytes nonce,
    struct bytes capabilities);
/* The same report, which suit_report_write wrote without nonce, under this one;
 * empty: as it is. */
MUST_CHECK enum err suit_report_renew(
    struct cbor_out *w, struct bytes report, struct bytes nonce);
/* Read one; accepts a bstr-wrapped map too (pitfall P9). */
MUST_CHECK enum err suit_report_read(
    struct bytes in, struct suit_report *out, struct why *why);
/* Read a SUIT_Record; *properties is its map of measured parameters. */
MUST_CHECK enum err suit_record_read(
    struct bytes raw, struct suit_record *out, struct bytes *properties);
/* The command that a record stands at; false: none of m begins there, or it is
 * of a dependency.  For a TAM and tools. */
bool suit_command_at(
    const struct suit_manifest *m, const struct suit_record *at, int64_t *code);

/* Does e say that a manifest asks for what this processor cannot do?  Then
 * its report has the capabilities.                 [SUIT Report 4.2, 6] */
bool suit_unsupported(enum err e);
/* What processor and host can do: commands and parameters of the profile, but
 * for those that this host answers nothing to, and the host's own; algorithms
 * of profile and port; members that extensions add.
 * prefixes: identifiers, one at least; it takes components under each. */
void suit_capabilities_put(struct cbor_out *w, const struct crypto *c,
    const struct suit_host *host, struct list prefixes);

#define SUIT_CAP_LISTS        11
#define SUIT_CAPABILITIES_MAX 128 /* of one list */

/* A capability report.  Borrows. */
struct suit_capabilities {
	/* By key, [SUIT Report SUIT_Capability_Report]: 1 components, each
	 * [* bstr, ? true]; 2 commands, 3 parameters, 4 algorithms, 5 .. 10
	 * labels of maps: integers.  1 .. 4 are never empty. */
	struct list list[SUIT_CAP_LISTS];
	size_t paths; /* lists of maps that have no key of their own */
};
/* For a TAM and tools.  ERR_MISSING: one of 1 .. 4 is not there. */
MUST_CHECK enum err suit_capabilities_read(
    struct bytes in, struct suit_capabilities *out, struct why *why);

/* SUIT report reason for an error of ours; the mapping table. */
uint64_t suit_reason(enum err e);
const char *suit_reason_name(uint64_t reason);

/* system-property-claims of one component: {0: id, ? 3: digest, 14: size};
 * sha256 NULL: it is not told. */
void suit_claims_put(struct cbor_out *w, struct bytes id,
    const uint8_t sha256[DIGEST_LEN], uint64_t size);

/* ---- replay (never in a device) --------------------------------------- */

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

/* ---- authoring (never in a device) ------------------------------------ */

/* The common case: one component, one payload. */
struct suit_recipe {
	uint64_t sequence;
	struct bytes component;   /* encoded identifier */
	struct bytes manifest_id; /* encoded identifier, or empty: component */
	struct bytes reference_uri; /* text, may be empty */
	struct bytes vendor;        /* 16 octets, or empty */
	struct bytes class_id;      /* 16 octets, or empty */
	struct bytes digest;        /* 32 octets, of the payload */
	uint64_t size;
	struct bytes uri;          /* fetch URI; "#..." with payload given */
	struct bytes payload;      /* integrated under uri; p NULL: none */
	struct bytes content;      /* write instead of fetch; p NULL: none */
	struct bytes args;         /* invoke arguments; p NULL: none */
	bool invoke;               /* has an invoke section */
	struct bytes text_version; /* component version as text, may be empty */
};

/* ---- certificates ------------------------------------------------------ */

/*
 * The certificates that go with the nth authentication block of an envelope;
 * out->n is 0 if that has none.  Borrows from envelope, verifies nothing.  For
 * hosts that trust certificates: before suit_open, hold them against the
 * anchors, and have the keyring find the signer's key.
 * ERR_NOT_FOUND: there is no such block.                     [RFC 9360]
 */
MUST_CHECK enum err suit_chain_read(
    struct bytes envelope, size_t nth, struct cose_chain *out);

/* ---- authoring ---------------------------------------------------------- */

/* Write an unsigned envelope: wrapper with digest only.  [SUIT SUIT_Envelope]
 */
MUST_CHECK enum err suit_author(
    struct cbor_out *w, const struct crypto *c, const struct suit_recipe *r);
/* Copy an envelope with one more authentication block by s.  The manifest
 * digest is verified first. */
MUST_CHECK enum err suit_author_sign(struct cbor_out *w, const struct crypto *c,
    struct bytes envelope, const struct signer *s);
/* The same with a MAC by a key that author and devices share, 32 octets; kid
 * may be empty.  ERR_EXISTS: a MAC by this key is there. [SUIT MTI 3.1] */
MUST_CHECK enum err suit_author_mac(struct cbor_out *w, const struct crypto *c,
    struct bytes envelope, const uint8_t key[32], struct bytes kid);

const char *suit_command_name(uint64_t code);
const char *suit_parameter_name(uint64_t label);
const char *suit_member_name(uint64_t key);

#endif
