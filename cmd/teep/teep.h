/*
 * teep: what the files of this program share: commands, input, keys.
 */
#ifndef TEEP_TOOL_H
#define TEEP_TOOL_H

#include <cmdline.h>
#include <getopt.h>
#include <tamarind/cose.h>
#include <tamarind/teep.h>

#define PROG "teep"

/* Whole files: an envelope with its payload is the largest thing there is. */
#define INPUT_MAX (33u << 20)

/* One command; argv[0] is its name, arguments follow.  Answers the exit
 * status. */
int cmd_show(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_json(int argc, char **argv);
int cmd_make(int argc, char **argv);
int cmd_key_new(int argc, char **argv);
int cmd_key_show(int argc, char **argv);
int cmd_key_thumbprint(int argc, char **argv);
int cmd_corim_create(int argc, char **argv);
int cmd_corim_sign(int argc, char **argv);
int cmd_policy_create(int argc, char **argv);
int cmd_policy_sign(int argc, char **argv);
int cmd_policy_check(int argc, char **argv);
int cmd_tpm_challenge(int argc, char **argv);
int cmd_tpm_enrol(int argc, char **argv);
int cmd_tpm_expect(int argc, char **argv);
int cmd_agent(int argc, char **argv);
int cmd_tam(int argc, char **argv);
int cmd_verifier(int argc, char **argv);
int cmd_conform_agent(int argc, char **argv);
int cmd_conform_setup(int argc, char **argv);
int cmd_conform_tam(int argc, char **argv);

/* getopt_long's answer was none of the command's: help, or wrong usage. */
_Noreturn void option_other(int opt, const char *command);
/* Options that every command has. */
#define OPTION_HELP                            \
	{                                      \
		"help", no_argument, NULL, 'h' \
	}
#define OPTIONS_END              \
	{                        \
		NULL, 0, NULL, 0 \
	}
/* The one argument that is left after the options. */
const char *only_argument(int argc, char **argv, const char *what);

/*
 * Read CBOR from path ("-": stdin): the octets themselves, or as hex text
 * with any white space.  No message here begins like hex digits.
 * Errors of read_file; ERR_TEXT: hex text of an odd length.
 */
MUST_CHECK enum err input_read(const char *path, struct bytes *out);
/* The same for what was read; takes file over, also on error. */
MUST_CHECK enum err input_octets(struct bytes file, struct bytes *out);

/* ---- keys of a folder --------------------------------------------------- */

#define KEYDIR_AGREERS_MAX 8

/* Every key found in one folder, trusted alike, with the file's name. */
struct keydir {
	struct key_ring ring; /* owns the names of its rows */
	struct keyring view;  /* of ring */
	struct agreer agreer[KEYDIR_AGREERS_MAX];
	size_t n_agreers;
};

/*
 * Load the keys of folder path: public keys (PEM, certificate, COSE_Key),
 * which are trusted, and private P-256 keys (PEM, COSE_Key), which only open
 * what is encrypted to them.  Other files are skipped.
 * Ends the program when the folder cannot be read or holds no key.
 */
void keydir_load(struct keydir *d, const char *path);
void keydir_free(struct keydir *d);
/* The file's name of a key, "?" if it has none. */
const char *keydir_name(const struct keydir *d, const uint8_t kid[KID_LEN]);
/* Open a COSE_Encrypt with any private key; plain is the caller's to
 * release.  ERR_UNKNOWN_KEY: there is no private key. */
MUST_CHECK enum err keydir_open(const struct keydir *d, const char *ctx,
    struct bytes in, struct bytes *plain, struct why *why);

/* ---- keys of a file ----------------------------------------------------- */

struct key_file {
	struct cose_key key;
	uint8_t kid[KID_LEN];
	bool is_private;
};

/* The key of a file in any form: public or private PEM, certificate,
 * COSE_Key with or without its private part, which is not kept. */
MUST_CHECK enum err key_file_read(struct bytes file, struct key_file *out);
/* "P-256", "Ed25519". */
const char *key_kind_name(const struct cose_key *k);
/* A private P-256 key, PEM or COSE_Key, as an agreer; release it with
 * openssl_agreer_free. */
MUST_CHECK enum err key_file_agreer(struct bytes file, struct agreer *out);

/* ---- dialects ----------------------------------------------------------- */

/* The dialect that an option names: "legacy", "default", axes such as
 * "numbering=legacy,profiles=two", or a name and then axes.  Ends the program
 * if it is none. */
void dialect_option(const char *text, struct dialect *out);
/* The same text again: axes that are not the default's, or "default". */
#define DIALECT_TEXT 256
void dialect_text(const struct dialect *d, char out[DIALECT_TEXT]);
/* The label that d has for an option of draft -26. */
unsigned dialect_label(const struct dialect *d, unsigned label);

/*
 * Is the message in s, under algorithm alg, of another dialect than d, of which
 * e is what reading it came to?  The axis that tells, or NULL; dialect_other
 * says what cannot be told.
 */
const char *dialect_wrong(const struct dialect *d, const struct cose_signed *s,
    int32_t alg, enum err e);
/* The dialect nearest to d that reads it, and knows all of it.  For words
 * only, never to read it by that one.  false: there is none. */
bool dialect_looks(const struct dialect *d, const struct cose_signed *s,
    int32_t alg, struct dialect *out);

#endif
