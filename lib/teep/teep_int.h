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
	uint8_t type;
	uint8_t members;
};

/* The grammar of this type, or NULL. */
const struct teep_schema *teep_schema_find(uint64_t type);

/* The options of a requested-tc-info, a struct teep_requested. */
extern const struct cbor_table teep_requested_table;

/* Bits of teep_message.has from the row bits of one table, and back. */
uint32_t teep_has_from_rows(const struct cbor_table *t, uint32_t rows);
uint32_t teep_has_to_rows(const struct cbor_table *t, uint32_t has);

/*
 * What the tables cannot say: items of every list, text without control
 * characters, numbers of at most 32 bits.  in is the message that m borrows
 * from, for why->at; why is not NULL.
 */
MUST_CHECK enum err teep_items_check(
    const struct teep_message *m, struct bytes in, struct why *why);

/* The name of the option that the fault at in.p[fault] belongs to, in the map
 * at in.p[map]. */
const char *teep_option_at(struct bytes in, size_t map, size_t fault);

/* Fill *why, which is not NULL, and answer e. */
enum err teep_fault(struct why *why, enum err e, const char *what, size_t at);

#endif
