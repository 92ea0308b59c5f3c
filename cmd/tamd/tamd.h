/*
 * tamd: the TAM as processes.                          [design section 2]
 *
 *   supervisor  makes the sockets, starts the others, watches them
 *   keeper      has the keys, and nothing else
 *   courier     speaks with another Verifier, if there is one
 *   admin front has the policy database, and the operator's socket
 *   TEEP front  has the network, the engine and the state database
 *
 * If one of them dies, all end.
 */
#ifndef TAMD_H
#define TAMD_H

#include <cmdline.h>
#include <limits.h>
#include <service.h>
#include <sys/types.h>
#include <tamarind/tam.h>

#define TAMD         "tamd"
#define TAMD_VERSION "0.1.0"
/* Octets of Evidence, as of the message around it. */
#define EVIDENCE_MAX (1u << 20)

/* A dialect besides the default: an endpoint and TEEP keys of its own.
 *                                                  [docs/interop.md] */
#define DIALECTS_MAX 10
struct dialect_setting {
	char name[TAM_DIALECT_MAX]; /* a-z, 0-9 and - */
	char path[256];             /* of its TAM URI */
	struct dialect dialect;     /* linked */
	bool ed25519;               /* signs a first Sign1 with that key */
};

/* Another Verifier, that appraises instead of this TAM.  Whose Results are
 * believed stands in DIR_VERIFIER. */
#define COURIERS_MAX 16
struct verifier_setting {
	char uri[512];           /* empty: there is none */
	char ca_file[512];       /* empty: the system's */
	char authorization[512]; /* file with that header's value, or empty */
	char result[8];          /* form: jwt, ear, teep */
	char accepts[16];        /* least status: affirming, warning */
	char assurance[24];      /* where a Result names none */
	unsigned seconds;        /* for one appraisal */
	unsigned sessions;       /* at once */
};

/* Paths, addresses and limits; never trust. */
struct settings {
	char dir[PATH_MAX - 64]; /* everything else is beneath it */
	char listen[128];        /* ADDR:PORT or [ADDR]:PORT */
	char path[256];          /* of the TAM URI */
	char public_uri[512];    /* as devices know it; may be empty */
	char admin_socket[104];
	unsigned threads;            /* of the TEEP front */
	unsigned connections;        /* open at once */
	unsigned source_connections; /* of one address; 0: half of them */
	unsigned connects;  /* a second, each with a challenge of its own */
	unsigned sign_rate; /* operations of the keeper a second */
	uint64_t memory;    /* octets for all requests together */
	struct tam_config tam;
	struct dialect_setting dialect[DIALECTS_MAX];
	size_t n_dialects;
	/* [attestation], as words; settings_load makes of them what stands in
	 * tam and least_status. */
	char ask[16], freshness[16], least[24], status[24], passports[8];
	char submodule[64]; /* of an EAR; empty: its only one */
	enum ear_tier least_status;
	enum log_level level;
	struct verifier_setting verifier;
	/* 0: as started; the courier's: with another Verifier only */
	uid_t uid_keeper, uid_admin, uid_front, uid_courier;
	/* what this TAM says of itself; ueid empty: nothing */
	char ueid[67], oemid[33]; /* hex */
	char hwmodel[33], hwversion[33];
	char attested_by[12]; /* who vouches for that: self, verifier */
	uid_t operator_uid;   /* who started: may speak to the admin socket */
};

/* Files beneath dir. */
#define FILE_CONFIG "tamd.ini"
#define FILE_POLICY "policy/policy.db"
#define FILE_STATE  "state/state.db"
#define DIR_RUN     "run"
#define NAME_PORT   "port"
#define FILE_PORT   DIR_RUN "/" NAME_PORT
#define FILE_ADMIN  "run/admin.sock"
#define DIR_KEYS    "keys"
#define DIR_PUBLIC  "public"
/* Public keys of the Verifier that is asked: NAME.pem. */
#define DIR_VERIFIER "verifier"

/* ---- settings.c ---------------------------------------------------------- */

void settings_default(struct settings *s);
/* An INI file, then the environment.  Ends the program with a line that says
 * what is wrong.  file NULL: dir/tamd.ini, which need not be there. */
void settings_load(struct settings *s, const char *file);
/* Does the other Verifier vouch for this TAM to agents that demand it? */
bool settings_vouched(const struct settings *s);
/* The dialect of this name; NULL: there is no such section. */
const struct dialect_setting *settings_dialect(
    const struct settings *s, const char *name);
/* May a dialect be called so?  Its name stands in names of files. */
bool dialect_name_ok(const char *name);
/* dir and a name beneath it. */
void settings_path(
    const struct settings *s, const char *name, char out[PATH_MAX]);

/* ---- self.c --------------------------------------------------------------
 */

/* Claims 256, 258, 259, 260 and 272 about this TAM: the subject of the Result
 * that an agent may demand.  Self-reported.          [docs/evidence.md 7] */
struct self {
	uint8_t room[256];
	size_t n; /* 0: this TAM has no identity and cannot attest */
};
/* From the settings and the digest of the program that runs.  ERR_TEXT,
 * ERR_RANGE: bad settings. */
MUST_CHECK enum err self_write(const struct settings *s,
    const uint8_t binary[DIGEST_LEN], struct self *out);
/* The same; measures the program. */
MUST_CHECK enum err self_make(
    const struct settings *s, const struct crypto *c, struct self *out);

/* ---- admin.c ------------------------------------------------------------- */

/*
 * The admin front: serve the operator's API on a listening Unix socket (mode
 * 0600) until stop_fd() is readable.  Answers the exit status.
 * SIGTERM and SIGHUP are blocked when it is called.
 */
int admin_run(const struct settings *s, int listen_fd);

/* ---- for every process -----------------------------------------------------
 */

/* Is the peer of a connected Unix socket the operator or root?  ERR_PEER. */
MUST_CHECK enum err peer_check(const struct settings *s, int fd);

#endif
