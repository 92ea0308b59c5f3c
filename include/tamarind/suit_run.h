/*
 * suit_run: the processor: one procedure of a manifest, from its start to its
 * end.
 *
 * No heap, no I/O.  It suspends at every fetch, in memory only: suit_next says
 * what it wants, suit_give hands it pieces.  Every check is made by the
 * dispatcher, from one table of commands, before a handler runs; a command or
 * parameter without a row is refused by name.
 */
#ifndef TAMARIND_SUIT_RUN_H
#define TAMARIND_SUIT_RUN_H

#include <tamarind/suit_host.h>

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
	bool matching;    /* and is what was matched before, or refused */
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
	struct hash match;         /* of its ciphertext, if matching */
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

#endif
