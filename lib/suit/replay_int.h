/*
 * replay_int: what the files of a replay share.
 */
#ifndef TAMARIND_SUIT_REPLAY_INT_H
#define TAMARIND_SUIT_REPLAY_INT_H

#include "report_int.h"

/* ---- replay_known.c: what a reading knows of the device ---------------- */

enum outcome {
	OPEN,  /* nothing is known that decides it */
	HOLDS, /* a condition that fails here contradicts what was before */
	FAILS, /* one that holds does */
};

/* The same claim among others; NULL: it is not. */
const struct suit_claim *fact_find(
    const struct suit_claims *all, const struct suit_claim *c);
/* What must become of a condition, its parameters included? */
enum outcome known_outcome(const struct suit_replay *r,
    const struct suit_row *row, const struct suit_slot *s);
/* Of a directive. */
enum outcome known_directive(const struct suit_replay *r,
    const struct suit_row *row, const struct suit_slot *s);
/* Can a condition that failed have measured this?  properties: a map. */
bool known_measured(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes properties);
/* Do the properties say that it held, with the value it asked for? */
bool known_told(const struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes properties);
/* The condition held, or failed with what was measured. */
void known_held(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s);
void known_failed(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes properties);
/* The directive was done. */
void known_done(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s);
/* All that is claimed at the end of a reading. */
void known_claims(const struct suit_replay *r, struct suit_claims *out);

/* ---- place.c ----------------------------------------------------------- */

/* The sequence of a member; empty: there is none. */
struct bytes place_section(const struct suit_manifest *m, uint8_t section);
/* The command that begins at an offset of it, its code and argument; NULL:
 * none does. */
const struct suit_row *place_command(
    struct bytes section, uint32_t offset, int64_t *code, struct bytes *arg);

/* ---- replay_host.c ----------------------------------------------------- */

/* The device that the manifest is run on: r->host. */
void replay_host(struct suit_replay *r);

/* ---- replay_place.c ---------------------------------------------------- */

/* Which rule does a record break that no run comes to? */
enum suit_rule place_rule(
    const struct suit_replay *r, const struct suit_record *at);

#endif
