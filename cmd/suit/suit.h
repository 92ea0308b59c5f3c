/*
 * suit: what the files of the tool for manifests share.
 */
#ifndef SUIT_TOOL_H
#define SUIT_TOOL_H

#include <cmdline.h>
#include <crypto_openssl.h>
#include <tamarind/suit.h>

#define PROG "suit"

/* Subcommands: argv[0] is the subcommand's name.  Answer an exit status. */
int cmd_create(int argc, char **argv);
int cmd_recipe(int argc, char **argv);
int cmd_remove(int argc, char **argv);
int cmd_sever(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_extract(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_encrypt(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_lint(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_replay(int argc, char **argv);

/* Read an envelope, or other CBOR, or end the program with 1. */
struct bytes read_envelope(const char *path);
/* What it holds that can be no CBOR, NULL: it may be some. */
const char *not_cbor(struct bytes in);
/* Say why this is no envelope, as a device would; else by this name. */
void refuse_envelope(const char *path, struct bytes in, enum err otherwise);
/* A file that can be read, or the end of the program with 1. */
void file_or_die(const char *path);
/* A key that makes signatures, or the end of the program with 1. */
void key_signs_or_die(const struct cose_key *k, const char *path);

/* Add a public key of a file or end the program with 1. */
void ring_add_or_die(struct key_ring *ring, const char *path);

/* SHA-256 and size of a file of any size.  ERR_NOT_FOUND, ERR_SYSTEM. */
MUST_CHECK enum err measure_file(const struct crypto *c, const char *path,
    uint8_t sum[DIGEST_LEN], uint64_t *size);

#endif
