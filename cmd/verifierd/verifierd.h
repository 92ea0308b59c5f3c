/*
 * verifierd: the Verifier as processes.                 [design section 2]
 *
 *   supervisor  makes the sockets, starts the others, watches them
 *   keeper      has the Result key, and nothing else
 *   appraiser   reads Evidence; may read what is believed, and nothing else
 *   writer      lets CoRIMs in, and nothing else
 *   front       has the network and the sessions; no key, no file
 *
 * If one of them dies, all end.
 */
#ifndef VERIFIERD_H
#define VERIFIERD_H

#include <cmdline.h>
#include <frame.h>
#include <limits.h>
#include <service.h>
#include <tamarind/verifier.h>

#define VERIFIERD         "verifierd"
#define VERIFIERD_VERSION "0.1.0"
#define DEVELOPER         "https://tamarind.example"

/* Paths, addresses and limits; never trust. */
struct settings {
	char dir[PATH_MAX - 64];  /* everything else is beneath it */
	char listen[128];         /* ADDR:PORT or [ADDR]:PORT */
	uint32_t sessions;        /* at once */
	uint32_t source_sessions; /* of one address */
	uint32_t session_life;    /* seconds */
	uint32_t result_life;     /* seconds */
	uint32_t connections;     /* open at once */
	enum log_level level;
	/* 0: as started */
	uid_t uid_keeper, uid_appraiser, uid_writer, uid_front;
};

/* Files beneath dir. */
#define FILE_CONFIG "verifierd.ini"
#define FILE_POLICY "policy/policy.db"
#define FILE_RULES  "policy/rules.db"
#define FILE_KEY    "keys/result-esp256.pem"
#define FILE_PUBLIC "public/result-esp256.pem"
#define FILE_PORT   "run/port"

#define EVIDENCE_MAX (1u << 20)

/* ---- settings.c ---------------------------------------------------------- */

void settings_default(struct settings *s);
/* dir/verifierd.ini or `file`, then the environment.  Ends the program with a
 * line that says what is wrong. */
void settings_load(struct settings *s, const char *file);
void settings_path(
    const struct settings *s, const char *name, char out[PATH_MAX]);

/* ---- commands ------------------------------------------------------------ */

/* Make everything beneath s->dir; what is there stays.  Exit status. */
int init_main(const struct settings *s);
/* The database of rules, where there was none yet. */
MUST_CHECK enum err rules_make(const struct settings *s);
int supervise(const struct settings *s);
/* anchor add|list|remove, corim add|list|withdraw. */
int trust_main(const struct settings *s, int argc, char **argv);
/* policy try|set|list|show. */
int rules_main(const struct settings *s, int argc, char **argv);

/* ---- rules.c: rules as JSON ------------------------------------------------
 */

/* ERR_TEXT: no JSON; ERR_SYNTAX, ERR_UNEXPECTED: *what is the member. */
MUST_CHECK enum err rules_parse(
    struct bytes text, struct verifier_rules *out, const char **what);

/* ---- processes ----------------------------------------------------------- */

extern const struct scheme *const verifierd_schemes[];

int keeper_run(const struct settings *s, int fd);
int appraiser_run(const struct settings *s, int fd);
int writer_run(const struct settings *s, int fd);
struct front_fds {
	int tcp, keeper, appraiser, writer, ready;
};
int front_run(const struct settings *s, const struct front_fds *fd);

MUST_CHECK enum err confine_keeper(const struct settings *s);
MUST_CHECK enum err confine_appraiser(const struct settings *s);
MUST_CHECK enum err confine_writer(const struct settings *s);
MUST_CHECK enum err confine_front(const struct settings *s);

/* ---- worker.c: who answers one question at a time ------------------------ */

/* The answer to a question; it stays until the next one. */
typedef struct bytes answerer(void *ctx, struct bytes question);
/* Answer until stop, which is of stop_fd, is readable or the socket is closed.
 * Exit status. */
int worker_serve(
    const char *name, int fd, int stop, answerer *answer, void *ctx);

/* ---- keeper.c: wire [op, bytes] -> [error, bytes] ------------------------ */

enum keeper_op {
	KEEPER_PUBLIC = 1, /* the COSE_Key */
	KEEPER_COSE = 2,   /* sign a Sig_structure of a Result */
	KEEPER_JWS = 3,    /* sign the signing input of a JWT of a Result */
};
/* How far the clock of who asks may be off, in seconds. */
#define KEEPER_OFF_MAX 60
MUST_CHECK enum err keeper_check_cose(
    struct bytes sig_structure, uint64_t now, uint64_t life, struct why *why);
MUST_CHECK enum err keeper_check_jws(struct bytes input,
    const uint8_t kid[KID_LEN], uint64_t now, uint64_t life, struct why *why);
/* The protected header of a JWT, base64url; NUL-terminated. */
#define JWS_HEADER_MAX 160
void jws_header(const uint8_t kid[KID_LEN], char out[JWS_HEADER_MAX]);

/* ---- appraiser.c ----------------------------------------------------------
 *   [media, nonce, [* audience], key id, Evidence]
 *   -> [error, accepted, TEEP Result, EAR, EAR as JSON, refusal as JSON,
 *       what is known of the device, for the writer]
 * Results are claims; empty where there are none. */

/* ---- writer.c: wire [op, bytes] -> [error, JSON] --------------------------
 */

enum writer_op {
	WRITER_CORIM = 1,  /* signed */
	WRITER_DEVICE = 2, /* [ueid, vendor, model, kind, assurance, error] */
};

#endif
