/*
 * evidence_timed: Evidence that its time makes fresh, where the TAM takes
 * that.                                       [TEEP 9; docs/evidence.md 5]
 */
#include "evidence.h"

/* A healthy device with a clock, which was asked with no challenge. */
static void
tam_sees_time(const struct row *r, struct seen *out)
{
	struct bytes in;

	assert_int_equal(world_reset(NULL), 0);
	library_text(&w.lib, CORIM_ENDORSED, "clock", "trusted");
	w.tam.config.fresh = TAM_FRESH_NONCE | TAM_FRESH_TIME;
	qr_make(&q, 0, BYTES_NONE);
	q.ev.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	q.ev.c.has |= EAT_HAS_IAT;
	q.ev.c.iat = w.now;
	in = r->make(r);
	assert_int_equal(hand_in(in), OK);
	tam_told(out);
	/* There is no challenge that could be spent, and nothing proves. */
	assert_null(effect(TAM_USE_CHALLENGE, 0));
	if (out->kept)
		assert_false(effect(TAM_APPRAISED, 0)->proves);
	else
		assert_int_equal(w.reply.n_effects, 0);
	if (r->e != OK)
		assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	take_back();
}

static struct bytes
by(const struct row *r)
{
	q.ev.c.iat = (uint64_t)((int64_t)w.now + r->key);
	return qr_octets(&q);
}

static struct bytes
with_something_to_do(const struct row *r)
{
	wants(&w.store.wanted, 0);
	return nothing_wrong(r);
}

/* So many seconds after one that was accepted. */
static struct bytes
after_another(const struct row *r)
{
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(apply(), OK);
	assert_int_equal(row_of(0)->evidence_iat, w.now);
	return by(r);
}

static struct bytes
nonces_only(const struct row *r)
{
	w.tam.config.fresh = (unsigned)r->key;
	return qr_octets(&q);
}

static struct bytes
no_time(const struct row *r)
{
	q.ev.c.has &= ~(uint32_t)EAT_HAS_IAT;
	return nothing_wrong(r);
}

/* What its maker says of the clock. */
static struct bytes
clock_is(const struct row *r)
{
	struct said *s = &w.lib.value[w.lib.n_values - 1];

	if (r->raw.n == 0)
		w.lib.n_values--;
	else
		s->e.name = r->raw;
	return nothing_wrong(r);
}

static struct bytes
of_another(const struct row *r)
{
	q.by = &teep_of(1)->s;
	return nothing_wrong(r);
}

static struct bytes
stale_agent(const struct row *r)
{
	draft_measure_none(&q.ev);
	draft_measure(&q.ev, "launcher", 0x11);
	draft_measure(&q.ev, "agent", 0x66);
	return nothing_wrong(r);
}

// clang-format off
#define ROW(wrong, make, e, what, wire, kept, key) \
	{wrong, make, e, what, wire, kept, key, {0}}
// clang-format on

static const struct row rows[] = {
    {"nothing", nothing_wrong, OK, NULL, NULL, true, 0, {0}},
    ROW("nothing, and there is something to do", with_something_to_do, OK, NULL,
	"QueryRequest", true, 0),
    ROW("as old as it may be", by, OK, NULL, NULL, true, -300),
    ROW("a second older", by, ERR_EXPIRED, "iat", NULL, false, -301),
    ROW("as far ahead as clocks may be apart", by, OK, NULL, NULL, true, 300),
    ROW("a second further", by, ERR_RANGE, "iat", NULL, false, 301),
    ROW("a second after the last one", after_another, OK, NULL, NULL, true, 1),
    ROW("the time of the last one again", after_another, ERR_REPLAY, "iat",
	NULL, false, 0),
    ROW("before the last one", after_another, ERR_REPLAY, "iat", NULL, false,
	-1),
    ROW("the TAM takes nonces only", nonces_only, ERR_MISSING, "eat_nonce",
	NULL, false, TAM_FRESH_NONCE),
    ROW("neither nonce nor time", no_time, ERR_MISSING, "eat_nonce", NULL,
	false, 0),
    ROW("nobody endorses the clock", clock_is, ERR_NO_REFERENCE, "clock",
	"7 no-reference-value", true, 0),
    {"its maker calls the clock something else", clock_is, ERR_NO_REFERENCE,
	"clock", "7 no-reference-value", true, 0, BYTES_LIT("set by anybody")},
    ROW("another agent sends it", of_another, ERR_EVIDENCE_CNF, "cnf", NULL,
	false, 0),
    ROW("another agent is measured", stale_agent, ERR_MEASUREMENT,
	"measurement agent", "7 measurement-mismatch", true, 0),
};

static const struct section timed = {"Evidence: by its time",
    "A TAM that offers timestamps asked with no challenge: iat takes the place "
    "of the nonce.  What it says proves nothing, and lets nothing be sent.",
    "on the wire", "recorded", rows, ARRAY_LEN(rows), tam_sees_time};

static const struct section *const sections[] = {&timed};
const struct file file_timed = {
    sections, ARRAY_LEN(sections), suite_begin, world_end};
