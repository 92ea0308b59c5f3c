/*
 * cmdline: what every program of the house does around its engine: whole
 * files, keys from files, errors for people, foreign text, log lines.
 *
 * For shells only: uses the heap and stdio.  Errors go to stderr, one line
 * each; exit status is 0 done, 1 refused or failed, 2 wrong usage.
 */
#ifndef TAMARIND_CMDLINE_H
#define TAMARIND_CMDLINE_H

#include <stdio.h>
#include <tamarind/port.h>

enum exit_status {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_USAGE = 2,
};

/* ---- files ------------------------------------------------------------ */

/* Read all of path ("-": stdin), at most max octets, onto the heap; release
 * with release_bytes.  errno says more on error.
 * ERR_NOT_FOUND, ERR_TOO_LONG, ERR_SYSTEM, ERR_MEMORY. */
MUST_CHECK enum err read_file(const char *path, size_t max, struct bytes *out);

/* Wipe and free what read_file answered; *b becomes empty. */
void release_bytes(struct bytes *b);

enum write_mode {
	WRITE_PUBLIC = 0, /* 0666 less the umask */
	WRITE_SECRET = 1, /* 0600 */
};

/* Replace path ("-": stdout) by b: a reader sees the old or the new content,
 * whole, also after a crash.  ERR_SYSTEM, errno says more. */
MUST_CHECK enum err write_file_atomic(
    const char *path, struct bytes b, enum write_mode mode);

/*
 * Before a daemon binds its Unix socket at path: remove what one before it left
 * there.  Anything but a socket stays, and bind will tell.
 * ERR_EXISTS: a process serves it.  ERR_TOO_LONG, ERR_SYSTEM.
 */
MUST_CHECK enum err socket_make_way(const char *path);

/* ---- keys from files --------------------------------------------------- */

#define KEY_FILE_MAX 65536
#define KEY_RING_MAX 32

/* The port; ends the program when there is none. */
const struct crypto *crypto_or_die(const char *prog);

/* Public key of a file: PEM SPKI or certificate, COSE_Key.  kid may be NULL.
 * Errors of read_file and openssl_public_read. */
MUST_CHECK enum err load_public_key(
    const char *path, struct cose_key *out, uint8_t kid[KID_LEN]);
/* Private keys of a PEM file; release with openssl_*_free. */
MUST_CHECK enum err load_signer(const char *path, struct signer *out);
MUST_CHECK enum err load_agreer(const char *path, struct agreer *out);

/* The certificates of a PEM file, the signer's first, as the value of an
 * x5chain header, in room.  Ends the program with a line when there are none,
 * or more than eight.                                    [RFC 9360 2] */
void load_chain_or_die(
    const char *prog, const char *path, struct span room, struct bytes *out);

/* One line for an error of these three; tells the two halves apart. */
void print_key_err(
    const char *prog, const char *path, bool want_private, enum err e);

/* Keys with the names of the files they came from, as a struct keyring. */
struct key_ring {
	size_t n;
	struct key_ring_row {
		const char *name; /* of the file; kept, not copied */
		struct cose_key key;
		uint8_t kid[KID_LEN];
		struct bytes also; /* another key id that means it, or none */
	} row[KEY_RING_MAX];
};

/* Add the public key of a file; one that is there already is kept once.
 * ERR_ROOM: too many. */
MUST_CHECK enum err key_ring_add(struct key_ring *r, const char *path);
/* Add a key that is there already in memory; name is kept.  One for MACs (kty
 * 4) serves whatever key id a MAC has: those have no thumbprint. */
MUST_CHECK enum err key_ring_put(
    struct key_ring *r, const char *name, const struct cose_key *key);
/* Keeps r. */
struct keyring key_ring_view(struct key_ring *r);
/* The file's name of a key, NULL if the ring lacks it. */
const char *key_ring_name(const struct key_ring *r, const uint8_t kid[KID_LEN]);

/* ---- text ------------------------------------------------------------- */

/* Characters of a key id in base64url, with NUL, and of its short form. */
#define KID_TEXT  44
#define KID_SHORT 9
/* A UUID as text with NUL; the longest name of a name-based one. */
#define UUID_TEXT     37
#define UUID_NAME_MAX 255

/* Lower-case hex of b, cut at room, always NUL-terminated (room > 0). */
void hex_text(char *out, size_t room, struct bytes b);
/* Hex of either case; *out views room.  ERR_TEXT, ERR_ROOM. */
MUST_CHECK enum err hex_read(
    const char *text, struct span room, struct bytes *out);
/* Base64url without padding.  [RFC 4648 5] */
void base64url_text(char *out, size_t room, struct bytes b);
MUST_CHECK enum err base64url_read(
    const char *text, struct span room, struct bytes *out);
/* The first 8 hex digits of a key id. */
void kid_short(char out[KID_SHORT], const uint8_t kid[KID_LEN]);

/* A whole decimal number and nothing else.  ERR_TEXT, ERR_RANGE. */
MUST_CHECK enum err number_read(const char *text, uint64_t max, uint64_t *out);

/* A UUID as 8-4-4-4-12 hex digits; false if text is not one. */
bool uuid_plain(const char *text, uint8_t out[16]);
/* A UUID, or the name-based one (version 5) of text in space: a vendor's
 * domain in uuid_dns, a class in its vendor.  ERR_RANGE: empty, too long. */
MUST_CHECK enum err uuid_read(
    const char *text, const uint8_t space[16], uint8_t out[16]);
void uuid_text(char out[UUID_TEXT], const uint8_t uuid[16]);
extern const uint8_t uuid_dns[16];

/*
 * Make foreign octets safe for terminals and logs.         [security 19]
 * Printable ASCII stands for itself, \ becomes \\, newline and tab \n and
 * \t, every other octet \xNN.  Cut at room with "..." at its end; always
 * NUL-terminated (room > 3).  Answers out.
 */
const char *safe_text(char *out, size_t room, struct bytes foreign);
/* The same straight to a stream, uncut. */
void safe_put(FILE *f, struct bytes foreign);
/* As a quoted JSON string whose value is the safe form. */
void json_put(FILE *f, struct bytes foreign);

/* Copy s with its NUL into room octets, or leave out alone: false. */
MUST_CHECK bool text_set(char *out, size_t room, const char *s);

static inline struct bytes
bytes_of_text(const char *s)
{
	size_t n = 0;

	while (s != NULL && s[n] != 0)
		n++;
	return (struct bytes){(const uint8_t *)s, n};
}

/* ---- errors ----------------------------------------------------------- */

/*
 * One line on stderr:
 *   suit: FILE: bad-signature: the signature is wrong (offset 12, ...)
 * file may be NULL.  Renders expected and found by their kind; foreign text
 * is made safe.
 */
void print_why(const char *prog, const char *file, const struct why *why);
/* Its part from the reason's name on, without a newline. */
void why_put(FILE *f, const struct why *why);
/* The same as one JSON object (no newline), for --json. */
void json_why(FILE *f, const char *file, const struct why *why);
/* The two values of a refusal in their safe form, cut at room, empty if there
 * is none.  Answer out. */
const char *why_expected(char *out, size_t room, const struct why *w);
const char *why_found(char *out, size_t room, const struct why *w);
/* As print_why for an error without circumstances; after read_file and
 * write_file_atomic errno is told too. */
void print_err(const char *prog, const char *file, enum err e);

/* "prog: message" on stderr, then exit with status. */
_Noreturn void die(const char *prog, enum exit_status status,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "prog: message; try 'prog --help'", then exit with 2. */
_Noreturn void die_usage(const char *prog, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- log lines of daemons --------------------------------------------- */

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };

/* Lines above this level are left out; LEVEL_INFO at start. */
void log_set_level(enum log_level most);
/* No line at all: of a command that tells its user by itself. */
void log_quiet(void);
/* "error", "warn", "info", "debug".  ERR_TEXT. */
MUST_CHECK enum err log_level_read(const char *text, enum log_level *out);

enum log_kind { LOG_K_TEXT, LOG_K_UINT, LOG_K_HEX, LOG_K_KID };

struct log_field {
	const char *key;
	enum log_kind kind;
	struct bytes b;
	uint64_t n;
};

/* Values: C text, octets as text, number, octets as hex, key id (base64url),
 * and an enum err by its name. */
#define LOG_S(k, s) ((struct log_field){k, LOG_K_TEXT, bytes_of_text(s), 0})
#define LOG_B(k, v) ((struct log_field){k, LOG_K_TEXT, v, 0})
#define LOG_N(k, v) ((struct log_field){k, LOG_K_UINT, BYTES_NONE, v})
#define LOG_H(k, v) ((struct log_field){k, LOG_K_HEX, v, 0})
#define LOG_KID(k, v) \
	((struct log_field){k, LOG_K_KID, (struct bytes){v, KID_LEN}, 0})
#define LOG_ERR(k, e) LOG_S(k, err_name(e))

/* One JSON line on stderr: {"time":...,"level":...,"event":...,fields}. */
void log_write(enum log_level level, const char *event,
    const struct log_field *field, size_t n);
/* log_event(LEVEL_INFO, "listening", LOG_S("on", addr), LOG_N("port", 80)) */
#define log_event(level, event, ...)                                     \
	log_write(level, event, (const struct log_field[]){__VA_ARGS__}, \
	    sizeof((const struct log_field[]){__VA_ARGS__}) /            \
		sizeof(struct log_field))

/* ---- how often, how long ------------------------------------------------ */

/* Milliseconds of a clock that only goes forward. */
int64_t now_ms(void);

/* Tokens, in thousandths; below 0 it is owed some. */
struct bucket {
	int64_t most, a_second, level, at_ms;
};

/* A full one; a_second above 0. */
struct bucket bucket_full(uint32_t most, uint32_t a_second);
/* Is anything in it by now?  Call it before the next two. */
bool bucket_open(struct bucket *b, int64_t now_ms);
/* Take n out, whether it holds as many or not. */
void bucket_take(struct bucket *b, uint32_t n);
/* When there will be something in it. */
int64_t bucket_opens_at(const struct bucket *b);

/* ---- the service manager ----------------------------------------------- */

/* Say so, if NOTIFY_SOCKET names one.                    [sd_notify(3)] */
void notify(const char *state);

#endif
