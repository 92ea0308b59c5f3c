/*
 * keeper: the process that has the private keys, and how to ask it.
 *                                          [docs/decisions/10-keeper.md]
 *
 * Wire, over a socket pair: u32 big-endian length, then one CBOR item.
 *   question  [op, purpose, bytes]
 *   answer    [error number, bytes]
 * One question at a time on each socket.
 */
#ifndef TAMD_KEEPER_H
#define TAMD_KEEPER_H

#include "tamd.h"

#include <frame.h>
#include <lines.h>

#include <stdatomic.h>

#define KEEPER_QUESTION_MAX FRAME_MAX
#define KEEPER_ANSWER_MAX   2048

enum keeper_op {
	KEEPER_PUBLIC = 1,      /* purpose: which key; the COSE_Key */
	KEEPER_SIGN_TEEP = 2,   /* purpose: which key; bytes: Sig_structure */
	KEEPER_SIGN_RESULT = 3, /* purpose: algorithm; bytes: Sig_structure */
	KEEPER_AGREE = 4,       /* purpose: 0; bytes: peer's COSE_Key */
	KEEPER_ATTEST = 5, /* purpose: about which TEEP key; bytes: challenge;
			    * Evidence */
};

/* A key, and after the named ones a pair of TEEP keys for each dialect of the
 * settings, in their order: ESP256, Ed25519. */
enum keeper_key {
	KEY_TEEP_ESP256,
	KEY_TEEP_ED25519,
	KEY_RESULT,
	KEY_ENCRYPTION,
	KEEPER_KEYS,
};
#define KEEPER_KEYS_MAX (KEEPER_KEYS + 2 * DIALECTS_MAX)
/* Apart from those: what signs Evidence about this TAM, where another Verifier
 * vouches for it. */
#define KEY_EVIDENCE_NAME "evidence-esp256"
/* How many these settings have. */
size_t keeper_keys(const struct settings *s);
/* Name of a key's files, without suffix, such as "teep-esp256" or
 * "teep-esp256-legacy". */
#define KEY_NAME_MAX 64
const char *keeper_key_name(
    const struct settings *s, size_t k, char out[KEY_NAME_MAX]);
int32_t keeper_key_curve(size_t k);
/* The key of dialect number d of the settings. */
static inline size_t
keeper_key_of(size_t d, bool ed25519)
{
	return KEEPER_KEYS + 2 * d + ed25519;
}

/* ---- keeper_check.c: what may be signed ------------------------------------
 */

/*
 * A Sig_structure of a QueryRequest or Update, well-formed in the dialect of
 * this key, under exactly this algorithm as that writes it; several
 * signatures for a QueryRequest only, and not where a first message has one;
 * an Update that installs or removes anything has its token and, where the
 * dialect is bound, its Result.                            [security 1]
 * ERR_KEY_PURPOSE, ERR_DIALECT, or what is wrong with it.
 */
MUST_CHECK enum err keeper_check_teep(struct bytes sig_structure, int32_t alg,
    const struct dialect *d, struct why *why);
/* How far the front's clock may be off when it asks: both read the same
 * one, but what is asked may have waited.  Seconds. */
#define KEEPER_OFF_MAX 60
struct keeper;
/* A Sig_structure of complete Result claims about a key, with a nonce, made
 * now, that live no longer than k->result_life.  About a TEEP key of this TAM
 * they say what k->self says and no more; about another they do not name this
 * TAM.  *k is only read. */
MUST_CHECK enum err keeper_check_result(const struct keeper *k,
    struct bytes sig_structure, int32_t alg, uint64_t now, struct why *why);

/* ---- keeper.c: the process --------------------------------------------------
 */

/* Load the keys of s->dir, give everything up, serve n sockets until
 * SIGTERM.  Answers the exit status. */
int keeper_run(const struct settings *s, const int *fd, size_t n);

/* ---- keeper_answer.c: one question, one answer
 * ------------------------------- */

struct keeper {
	/* by key number; those of other purposes are empty */
	struct signer teep[KEEPER_KEYS_MAX];
	const struct dialect *dialect[KEEPER_KEYS_MAX]; /* NULL: the default */
	struct signer result;
	struct agreer agree;
	struct signer evidence; /* sign NULL: it attests nothing */
	struct cose_key evidence_pub;
	uint8_t bootseed[32];
	struct cose_key pub[KEEPER_KEYS_MAX];
	size_t n_keys;
	struct self self;     /* of this TAM, measured by the keeper */
	uint64_t result_life; /* seconds */
	unsigned rate;        /* operations a second */
	struct {
		atomic_uint_fast64_t teep, result, agree, refused, capped;
	} n;
	atomic_flag lock;
	struct bucket left; /* operations */
	struct lines lines; /* of the log, on what is refused */
};
/* As many of them a second. */
#define KEEPER_LINES 10

/* Answers an encoded answer in room. */
struct bytes keeper_answer(struct keeper *k, struct bytes question,
    uint64_t now, uint8_t room[KEEPER_ANSWER_MAX]);

/* ---- keeper_attest.c -------------------------------------------------------
 */

/* Evidence about this TAM and TEEP key n, in scratch.  ERR_KEY_PURPOSE: there
 * is no such key, or no evidence key; ERR_RANGE: the challenge. */
MUST_CHECK enum err keeper_attest(const struct keeper *k, int64_t n,
    struct bytes challenge, struct span scratch, struct bytes *out,
    struct why *why);

/* ---- keeper_client.c: the other end
 * ------------------------------------------ */

/* For one thread.  Everything that goes wrong with the keeper itself is a
 * CLASS_PORT error. */
struct keeper_client {
	int fd;
	/* by key number; those of other purposes are empty */
	struct signer teep[KEEPER_KEYS_MAX];
	struct keeper_teep {
		struct keeper_client *c;
		size_t key;
	} slot[KEEPER_KEYS_MAX];
	struct signer result;
	struct agreer agree;
	struct cose_key pub[KEEPER_KEYS_MAX];
	struct span room; /* for answers */
	bool is_lost;
	void (*lost)(void); /* called once when it is; NULL is fine */
};
/* Ask for n public keys.  Keeps c's address.  A frame that went wrong loses the
 * keeper for good: what came next would be the answer to an earlier
 * question. */
MUST_CHECK enum err keeper_client_open(
    struct keeper_client *c, int fd, size_t n, const struct crypto *crypto);
void keeper_client_close(struct keeper_client *c);
/* The keeper's word about this TAM, as struct tam_attester has it. */
MUST_CHECK enum err keeper_client_evidence(void *client, struct bytes challenge,
    const uint8_t kid[KID_LEN], const struct arena *mem, struct bytes *out);

#endif
