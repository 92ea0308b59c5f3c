/*
 * hardware_rows: rows of Evidence that a maker's hardware has signed.  Each
 * file has its maker's header first: healthy() makes what is then spoilt.
 */
#ifndef REFUSALS_HARDWARE_ROWS_H
#define REFUSALS_HARDWARE_ROWS_H

#include "refusals.h"

static inline void
hardware_sees(const struct row *r, struct seen *out)
{
	struct bytes in;

	(void)healthy(NULL);
	in = r->make(r);
	out->e = asked(&q, in);
	if (q.a.why.what != NULL)
		(void)snprintf(
		    out->what, sizeof(out->what), "%s", q.a.why.what);
}

// clang-format off
#define ROW(wrong, make, e, what, key) \
	{wrong, make, e, what, NULL, false, key, {0}}
// clang-format on
#define HEALTHY ROW("nothing", good, OK, NULL, 0)
/* A statement that is wrong, under a report that is bound to it. */
#define STATED(wrong, make, e, what) ROW(wrong, make, e, what, 0)

static inline struct bytes
good(const struct row *r)
{
	(void)r;
	return state_and_sign();
}

static inline struct bytes
other_cnf(const struct row *r)
{
	(void)r;
	draft_cnf(&cast.d, &cast.tam.pub);
	return state_and_sign();
}

static inline struct bytes
other_nonce(const struct row *r)
{
	(void)r;
	cast.d.c.nonce = BYTES_LIT("another nonce");
	return state_and_sign();
}

static inline struct bytes
other_aud(const struct row *r)
{
	(void)r;
	draft_aud(&cast.d, cast.teep.kid);
	return state_and_sign();
}

static inline struct bytes
one_key_twice(const struct row *r)
{
	(void)r;
	draft_report_key(&cast.d, &cast.teep.pub);
	return state_and_sign();
}

static inline struct bytes
no_manifests(const struct row *r)
{
	(void)r;
	cast.d.c.has &= ~(uint32_t)EAT_HAS_MANIFESTS;
	return state_and_sign();
}

static inline struct bytes
other_agent(const struct row *r)
{
	(void)r;
	draft_measure_none(&cast.d);
	draft_measure(&cast.d, "launcher", 0x11);
	draft_measure(&cast.d, "agent", 0x66);
	return state_and_sign();
}

#define STATEMENT_ROWS                                                         \
	STATED("cnf of the statement is another agent", other_cnf,             \
	    ERR_EVIDENCE_CNF, "cnf"),                                          \
	    STATED("another eat_nonce in the statement", other_nonce,          \
		ERR_EVIDENCE_NONCE, "eat_nonce"),                              \
	    STATED("the statement is for another TAM", other_aud,              \
		ERR_EVIDENCE_AUDIENCE, "aud"),                                 \
	    STATED("the TEEP key signs reports, too", one_key_twice,           \
		ERR_KEY_PURPOSE, "report-key"),                                \
	    STATED("no manifests in the statement", no_manifests, ERR_MISSING, \
		"manifests"),                                                  \
	    STATED("another agent is measured", other_agent, ERR_MEASUREMENT,  \
		"measurement agent")

#endif
