/*
 * conform: what the files of `teep conform` share: cases, their verdicts, the
 * world they are played in.                               [docs/conform.md]
 *
 * A case plays one side towards a target, does one thing wrong (or something
 * unusual right), and judges what the target says.  It sees the wire only: a
 * requirement that cannot be seen from outside has no case.
 */
#ifndef TEEP_CONFORM_H
#define TEEP_CONFORM_H

#include "build.h"

#include <sys/types.h>

enum level { MUST, SHOULD };

/* What a target did with the message that is judged: bits of expectations. */
enum seen {
	SEEN_EMPTY = 1,    /* nothing to say */
	SEEN_ERROR = 2,    /* Error, or an Update with an err-code only */
	SEEN_INSTALL = 4,  /* an Update that installs or removes */
	SEEN_BARE = 8,     /* an Update with neither */
	SEEN_REQUEST = 16, /* QueryRequest */
	SEEN_ANSWER = 32,  /* QueryResponse */
	SEEN_SUCCESS = 64,
	SEEN_HTTP = 128,    /* an HTTP status from 400 on */
	SEEN_INVALID = 256, /* no valid TEEP message */
};
/* A message was refused: no matter how politely. */
#define REFUSED_ANYHOW (SEEN_EMPTY | SEEN_ERROR | SEEN_HTTP)

enum outcome { PASSED, FAILED, SKIPPED };

#define CASE_CHANGES 2

struct play;

struct conform_case {
	const char *id;   /* stable: "tam.token.used-twice" */
	const char *spec; /* document and section */
	const char *text; /* what it demands, a short sentence */
	enum level level;
	void (*play)(struct play *p);
	unsigned expect; /* of the judged message, bits of enum seen */
	uint32_t code;   /* err-code that must stand there; 0: any */
	struct change change[CASE_CHANGES];
};

/* The cases of a role; NULL ends the list of tables. */
struct case_table {
	const struct conform_case *row;
	size_t n;
};

extern const struct case_table *const tam_cases[], *const agent_cases[];

/* ---- the world ---------------------------------------------------------- */

#define WORLD_DEVICES 6 /* by suite: two, and one that is given up */
#define WORLD_APP     "conform/app"
#define WORLD_VENDOR  "894823"

struct pair {
	struct signer s;
	struct cose_key pub;
	uint8_t kid[KID_LEN];
	bool there;
};

struct world_device {
	const char *name; /* "esp-a" */
	struct pair teep, evidence, report;
	uint8_t ueid[17], bootseed[32];
};

/* Everything that `teep conform setup` wrote, loaded again. */
struct world {
	const struct crypto *crypto;
	const char *dir;
	struct world_device device[WORLD_DEVICES];
	struct pair maker, author, stranger, bystander;
	struct bytes app; /* the envelope that the TAM has to install */
	uint8_t app_digest[DIGEST_LEN];
	/* the TAM under test; where an agent is: the one that is played */
	struct pair tam[2], tam_result, tam_enc;
	struct agreer tam_agree; /* played TAM only */
	/* towards an agent */
	struct pair other_tam, admin, other_author, verifier;
	struct pair agent_teep, agent_evidence, agent_report;
};

/* Write a world into dir, which is made.  Ends the program on failure. */
void world_make(const char *dir, bool agent, const char *uri);
/* Load it; keys: folder of the target's public keys. */
void world_load_tam(struct world *w, const char *dir, const char *keys);
void world_load_agent(struct world *w, const char *dir, const char *keys);
void world_free(struct world *w);
/* Say what goes where, on standard output. */
void setup_tell(const char *dir, bool agent);

/* The 16 octets of vendor and class in manifests. */
extern const uint8_t world_vendor[16], world_class[16];
/* A manifest of the author for component id, integrated payload. */
struct suit_recipe world_recipe(struct build *b, const char *id,
    uint64_t sequence, struct bytes payload, uint8_t digest[DIGEST_LEN]);
/* The Evidence of a device, as build wants it. */
struct build_device world_build_device(const struct world_device *d);

/* ---- targets ------------------------------------------------------------ */

struct reply {
	long status; /* HTTP; 200 or 204 where there is none */
	struct bytes body;
	char headers[4096]; /* lower-case names, as lines */
};

struct target {
	const char *name; /* as it was given */
	bool http;        /* else framed messages on a socket */
	void *curl;
	int fd; /* of the socket */
	int pid;
	char host[256], port[8], path[1024]; /* http */
	long timeout_ms;
};

/* Start a shell command whose standard input and output are one socket; *fd is
 * our end of it.  Answers its process; dies with a word if it cannot. */
pid_t command_start(const char *command, int *fd);

void target_open(struct target *t, const char *name, long timeout_ms);
void target_close(struct target *t);
/* One message to a TAM (empty: connect) and its answer, which is b's. */
MUST_CHECK enum err target_post(
    struct target *t, struct build *b, struct bytes message, struct reply *out);
/* The same with other words around it; content_type, accept may be NULL:
 * none. */
MUST_CHECK enum err target_request(struct target *t, struct build *b,
    const char *method, const char *content_type, const char *accept,
    struct bytes body, struct reply *out);
/* Octets as they are, on a connection of their own. */
MUST_CHECK enum err target_raw(
    struct target *t, struct build *b, struct bytes request, struct reply *out);
/* The value of a header, NULL if it lacks it; into room. */
const char *reply_header(
    const struct reply *r, const char *name, char *room, size_t n);

/* ---- playing ------------------------------------------------------------ */

struct play {
	const struct conform_case *c;
	struct world *w;
	struct target *t;
	struct build b;
	struct change change[CASE_CHANGES]; /* of the case, ctx: this play */
	size_t suite;                       /* 0 ESP256, 1 Ed25519 */

	enum outcome outcome;
	char why[512];

	/* towards a TAM */
	struct world_device *me, *other;
	struct reply reply;
	struct verified v; /* of the last message from the target */
	struct teep_message m;
	struct bytes request; /* the last QueryRequest, as it came */
	struct bytes challenge, token, update;
	uint8_t audience[KID_LEN];
	struct build_has has; /* installed */
	size_t n_has;
	bool clear;  /* Evidence stays unencrypted */
	int32_t alg; /* of its encryption */
	bool seal_reports;

	/* towards an agent: see conform_agent.h */
	struct agent_play *agent;
};

/* The case has failed, and why; false, so that plays can `return` it. */
bool play_fail(struct play *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void play_skip(struct play *p, const char *why);
/* Let the case's changes happen from now on. */
void play_wrong(struct play *p);
/* What is seen in the last reply; p->m is its message. */
unsigned play_see(struct play *p);
/* Was what is seen expected by the case?  Fails it if not. */
bool play_judge(struct play *p);
/* The same for an expectation of its own. */
bool play_expect(struct play *p, unsigned expect, const char *of_what);

/* ---- a run -------------------------------------------------------------- */

struct result {
	const struct conform_case *c;
	enum outcome outcome;
	const char *known; /* reason in the known-failure file, or NULL */
	char why[600];     /* of a failure or a skip */
};

struct run {
	const char *role, *target;
	struct result *result;
	size_t n, passed, failed, skipped, known, unexpected_passes;
};

/* Reports; the exit status of the run. */
int run_status(const struct run *r);
void report_text(const struct run *r, FILE *f, bool colour);
void report_junit(const struct run *r, FILE *f);
void report_html(const struct run *r, FILE *f);
void report_json(const struct run *r, FILE *f);
void report_markdown(const struct run *r, FILE *f);
/* One line of a result as it comes. */
void report_line(const struct result *r, FILE *f, bool colour);

/* Play one case in one suite and say how it ended. */
void play_tam(struct play *p);
void play_agent(struct play *p);

#endif
