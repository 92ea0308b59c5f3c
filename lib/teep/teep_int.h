/*
 * teep_int: what the files of this room share.
 */
#ifndef TAMARIND_TEEP_INT_H
#define TAMARIND_TEEP_INT_H

#include <tamarind/teep.h>

/* Items of any list in a message; what a stranger can make us walk. */
#define TEEP_LIST_MAX 256
/* Manifests in an Update and reports in an answer: each is real work. */
#define TEEP_WORK_MAX 64
/* A media type with its parameter. */
#define TEEP_FORMAT_MAX 512

/* The grammar of one message type: its options, and how many members the
 * array has, type and options among them. */
struct teep_schema {
	struct cbor_table options;
	uint8_t type; /* on the wire */
	uint8_t members;
};

#define TEEP_TYPES 5

/* A numbering: every table that has numbers in it. */
struct teep_numbering {
	const struct teep_schema *schema; /* TEEP_TYPES, by enum teep_type */
	struct cbor_table requested;      /* of struct teep_requested */
	/* Labels from 5 on stand this much higher than in -26. */
	uint8_t moved;
	uint8_t manifest_code; /* of TEEP_ERR_MANIFEST */
};

extern const struct teep_numbering teep_current;

struct dialect_tables {
	const struct teep_numbering *legacy;
	/* by enum dialect_algs and enum dialect_profiles */
	const struct dialect_offer *offer[2][2];
	/* dialect_other, which is for those who know more than one. */
	const char *(*other)(const struct dialect *d,
	    const struct dialect_tables *t, struct bytes payload, enum err e);
};

/* The numbering of d, which may be NULL; NULL: d was not linked. */
const struct teep_numbering *teep_numbering_of(const struct dialect *d);

/* The grammar of the type that stands on the wire as this one, or NULL. */
const struct teep_schema *teep_schema_find(
    const struct teep_numbering *n, uint64_t wire);

/* Bits of teep_message.has from the row bits of one table, and back. */
uint32_t teep_has_from_rows(
    const struct teep_numbering *n, const struct cbor_table *t, uint32_t rows);
uint32_t teep_has_to_rows(
    const struct teep_numbering *n, const struct cbor_table *t, uint32_t has);

/* An err-code of -26 on the wire, and back. */
uint64_t teep_code_turn(const struct teep_numbering *n, uint64_t code);

/*
 * What the tables cannot say: items of every list, text without control
 * characters, numbers of at most 32 bits.  in is the message that m borrows
 * from, for why->at; why is not NULL.
 */
MUST_CHECK enum err teep_items_check(const struct teep_message *m,
    const struct dialect *d, struct bytes in, struct why *why);

/* The name of the option that the fault at in.p[fault] belongs to, in the map
 * at in.p[map]. */
const char *teep_option_at(
    const struct dialect *d, struct bytes in, size_t map, size_t fault);

/* One cipher suite, and one profile. */
void teep_item_suite(struct cbor_in *r, const struct dialect *d);
void teep_item_profile(struct cbor_in *r, const struct dialect *d);

/* Fill *why, which is not NULL, and answer e. */
enum err teep_fault(struct why *why, enum err e, const char *what, size_t at);

#endif
