/*
 * evidence: Evidence that is not what it should be, in a QueryResponse to a
 * TAM that has a manifest for this device.        [docs/evidence.md 1 to 5]
 */
#ifndef REFUSALS_EVIDENCE_H
#define REFUSALS_EVIDENCE_H

#include "tam_told.h"

/* A healthy device's answer that waits to be spoiled. */
static struct qr q;
static uint8_t challenge[TAM_CHALLENGE_LEN];

/* ---- the TAM --------------------------------------------------------------
 */

static inline void
tam_sees(const struct row *r, struct seen *out)
{
	struct bytes in;

	assert_int_equal(world_reset(NULL), 0);
	wants(&w.store.wanted, 0);
	qr_make(&q, 0, connected(challenge));
	in = r->make(r);
	assert_int_equal(hand_in(in), OK);
	tam_told(out);
	/* manifests for the healthy, and for nobody else */
	if (w.reply.message.n > 0)
		assert_int_equal(strcmp(out->wire, "Update") == 0, r->e == OK);
	/* What is told has spent the challenge; what is not leaves no trace. */
	assert_int_equal(
	    effect(TAM_USE_CHALLENGE, 0) != NULL, out->wire[0] != '\0');
	if (out->wire[0] == '\0')
		assert_int_equal(w.reply.n_effects, 0);
	if (r->e != OK)
		assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	take_back();
}

static inline struct bytes
nothing_wrong(const struct row *r)
{
	(void)r;
	return qr_octets(&q);
}

static inline struct bytes
claims_of(void)
{
	static uint8_t room[16384];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(eat_write(&o, &q.ev.c), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

/* ---- claims --------------------------------------------------------------
 */

/* The claims with one pair put in place of what was there, or left out. */
static inline struct bytes
pair_put(struct bytes claims, int64_t key, struct bytes raw, struct cbor_out *o)
{
	uint8_t label[9];
	struct cbor_out l = cbor_into(SPAN_OF(label));
	struct cbor_in r = cbor_open(claims);
	size_t n = cbor_map_any(&r, 0, 64), kept;
	struct bytes out, k;
	bool has = false;

	cbor_put_int(&l, key);
	assert_int_equal(cbor_done(&l, &k), OK);
	for (size_t i = 0; i < n; i++) {
		bool same = bytes_same(cbor_raw(&r, CBOR_ANY), k);

		has = has || same;
		(void)cbor_raw(&r, CBOR_ANY);
	}
	kept = n - (has ? 1 : 0) + (raw.n > 0 ? 1 : 0);
	cbor_put_map(o, kept);
	r = cbor_open(claims);
	(void)cbor_map_any(&r, 0, 64);
	for (size_t i = 0; i < n; i++) {
		struct bytes name = cbor_raw(&r, CBOR_ANY);
		struct bytes value = cbor_raw(&r, CBOR_ANY);

		if (bytes_same(name, k))
			continue;
		cbor_put_raw(o, name);
		cbor_put_raw(o, value);
	}
	if (raw.n > 0) {
		cbor_put_raw(o, k);
		cbor_put_raw(o, raw);
	}
	assert_int_equal(cbor_done(o, &out), OK);
	return out;
}

static inline struct bytes
claim(const struct row *r)
{
	static uint8_t room[16384];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes claims = pair_put(claims_of(), r->key, r->raw, &o), in;

	o = cbor_into(SPAN_OF(q.ev.room));
	assert_int_equal(
	    cose_sign1_write(&o, q.ev.by, claims, NULL, WRITE_TAGGED), OK);
	assert_int_equal(cbor_done(&o, &in), OK);
	return qr_with(&q, in);
}

/* ---- rows ----------------------------------------------------------------
 */

// clang-format off
#define HEALTHY {"nothing", nothing_wrong, OK, NULL, "Update", true, 0, {0}}
/* Nobody hears of it. */
#define SILENT(wrong, make, e, what) \
	{wrong, make, e, what, NULL, false, 0, {0}}
/* The peer hears it by name under err-code 7, and it is recorded. */
#define TOLD(wrong, make, e, what, word) \
	{wrong, make, e, what, "7 " word, true, 0, {0}}
#define AT_THE_TAM(rows) \
	"on the wire", "recorded", rows, ARRAY_LEN(rows), tam_sees
// clang-format on

#endif
