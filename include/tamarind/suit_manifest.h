/*
 * suit_manifest: envelopes and manifests as they are read, their identifiers,
 * numbers and limits.                [SUIT manifest, trust domains]
 */
#ifndef TAMARIND_SUIT_MANIFEST_H
#define TAMARIND_SUIT_MANIFEST_H

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

/* Does it bring no secret: neither encryption-info, wherever it stands, nor
 * dependencies nor severed members, of which nobody here knows?  For a TAM. */
bool suit_plain(const struct suit_manifest *m);

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

/* ---- rollback protection --------------------------------------------- */

/* May a manifest with this sequence number and digest follow what a counter
 * says?  none: nothing was seen yet, which is as if 0 had been, under any
 * digest.  [security 6]  ERR_ROLLBACK, ERR_SEQUENCE_CLASH, ERR_SEQUENCE_JUMP
 * (more than 2^32 above). */
MUST_CHECK enum err suit_sequence_ok(bool none, uint64_t seen,
    const uint8_t seen_digest[DIGEST_LEN], uint64_t next,
    const uint8_t next_digest[DIGEST_LEN]);

/* ---- names -------------------------------------------------------------- */

const char *suit_command_name(uint64_t code);
const char *suit_parameter_name(uint64_t label);
const char *suit_member_name(uint64_t key);

#endif
