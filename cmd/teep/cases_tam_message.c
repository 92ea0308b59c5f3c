/*
 * cases_tam_message: QueryResponses that are wrong around the Evidence: the
 * signature, the encoding, the message.
 */
#include "cases_tam.h"

#include <string.h>

static struct play *
play_of(void *ctx)
{
	return ctx;
}

void
by_stranger(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);
	const struct pair *k =
	    p->suite == 0 ? &p->w->stranger : &p->w->bystander;
	struct build_sign usual = build_sign_usual(b, &k->s, s->payload);

	s->by = usual.by;
	s->prot = usual.prot;
	s->unprot = usual.unprot;
}

/* Signed by a stranger, said to be of the device. */
static void
forged(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);

	(void)b;
	s->by = p->suite == 0 ? &p->w->stranger.s : &p->w->bystander.s;
}

static void
kid_of_other(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);

	s->unprot = edit(b, s->unprot, EDIT_SET, "4", 0,
	    build_bstr(b, BYTES_OF(p->other->teep.kid)));
}

static void
kid_short_(struct build *b, void *ctx, struct build_sign *s)
{
	(void)ctx;
	s->unprot = edit(b, s->unprot, EDIT_CUT, "4", KID_LEN - 8, BYTES_NONE);
}

static void
detached(struct build *b, void *ctx, struct build_sign *s)
{
	(void)b;
	(void)ctx;
	s->detached = true;
}

static void
mac0_tag(struct build *b, void *ctx, struct build_sign *s)
{
	(void)b;
	(void)ctx;
	s->tag = 17;
}

static void
halved(struct build *b, void *ctx, struct bytes *x)
{
	(void)b;
	(void)ctx;
	x->n /= 2;
}

static void
middle_bit(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_FLIP, "", (int32_t)(x->n / 2), BYTES_NONE);
}

/* '81' a hundred thousand times, and an empty array. */
static void
bomb(struct build *b, void *ctx, struct bytes *x)
{
	struct span room = build_room(b, 100001);

	(void)ctx;
	if (room.p == NULL)
		return;
	memset(room.p, 0x81, room.n - 1);
	room.p[room.n - 1] = 0x80;
	*x = (struct bytes){room.p, room.n};
}

/* An option 999 that holds one. */
static void
bomb_inside(struct build *b, void *ctx, struct bytes *x)
{
	struct bytes inside = *x;

	bomb(b, ctx, &inside);
	*x = edit(b, *x, EDIT_SET, "1/999", 0, inside);
}

/* The Sign1 with the array head of 2^40 items. */
static void
huge_array(struct build *b, void *ctx, struct bytes *x)
{
	struct cbor_out w = cbor_into(build_room(b, x->n + 16));

	(void)ctx;
	cbor_put_raw(&w, BYTES_LIT("\xd2\x9b\0\0\1\0\0\0\0\0"));
	cbor_put_raw(&w, (struct bytes){x->p + 2, x->n - 2});
	*x = build_done(b, &w);
}

/* A payload that says it has 2^63 octets. */
static void
huge_payload(struct build *b, void *ctx, struct bytes *x)
{
	struct bytes prot = edit_find(*x, "0"), unprot = edit_find(*x, "1");
	struct cbor_out w = cbor_into(build_room(b, x->n + 16));

	(void)ctx;
	cbor_put_raw(&w, BYTES_LIT("\xd2\x84"));
	cbor_put_raw(&w, prot);
	cbor_put_raw(&w, unprot);
	cbor_put_raw(&w, BYTES_LIT("\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"));
	*x = build_done(b, &w);
}

/* COSE_Sign where a COSE_Sign1 belongs. */
static void
as_sign(struct build *b, void *ctx, struct bytes *x)
{
	struct play *p = play_of(ctx);
	struct bytes payload =
	    edit(b, edit_find(*x, "2"), EDIT_OPEN, "", 0, BYTES_NONE);
	struct build_sign s = build_sign_usual(b, &p->me->teep.s, payload);
	struct cbor_out all = cbor_into(build_room(b, payload.n + 256));
	struct cbor_out w = cbor_into(build_room(b, payload.n + 512));
	uint8_t sig[SIG_LEN];
	struct bytes tbs;

	cbor_put_array(&all, 5);
	cbor_put_text(&all, "Signature");
	cbor_put_bstr(&all, BYTES_NONE);
	cbor_put_bstr(&all, s.prot);
	cbor_put_bstr(&all, BYTES_NONE);
	cbor_put_bstr(&all, payload);
	tbs = build_done(b, &all);
	if (b->err == OK)
		build_fail(b, s.by->sign(s.by->ctx, &tbs, 1, sig));
	cbor_put_tag(&w, TAG_SIGN);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_map(&w, 0);
	cbor_put_bstr(&w, payload);
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 3);
	cbor_put_bstr(&w, s.prot);
	cbor_put_raw(&w, s.unprot);
	cbor_put_bstr(&w, BYTES_OF(sig));
	*x = build_done(b, &w);
}

/* ---- legacy numbers ----------------------------------------------------- */

/* attestation-payload, tc-list, format one higher, as before draft 26. */
static void
legacy_labels(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_RENAME, "1/12", 0, BYTES_LIT("\x0d"));
	*x = edit(b, *x, EDIT_RENAME, "1/7", 0, BYTES_LIT("\x08"));
	*x = edit(b, *x, EDIT_RENAME, "1/6", 0, BYTES_LIT("\x07"));
}

/* {0: type, 1: options} */
static void
as_map(struct build *b, void *ctx, struct bytes *x)
{
	struct bytes options = edit_find(*x, "1");
	struct cbor_out w = cbor_into(build_room(b, x->n + 8));

	(void)ctx;
	cbor_put_raw(&w, BYTES_LIT("\xa2\x00\x02\x01"));
	cbor_put_raw(&w, options);
	*x = build_done(b, &w);
}

// clang-format off
#define SPEC_VERIFY "TEEP 4.1.2"
#define N ""
#define R REFUSED_ANYHOW
static const struct conform_case rows[] = {
/* who signed it */
{"tam.cose.signature-bit", SPEC_VERIFY, "The signature is verified as RFC 9052 says", MUST, on_response, R, 0, {WIRE(EDIT_FLIP, "", -1, N)}},
{"tam.cose.payload-bit", SPEC_VERIFY, "The signature covers the whole message", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, middle_bit)}},
{"tam.cose.unknown-key", "RFC 9397 9.1", "A TEE is accepted only under a key that the TAM trusts", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, by_stranger)}},
{"tam.cose.forged", SPEC_VERIFY, "A key id is a hint: the key it names must have signed", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, forged)}},
{"tam.cose.kid-of-another", SPEC_VERIFY, "Another device's key id does not make its signature", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, kid_of_other)}},
{"tam.cose.kid-truncated", "TEEP 5", "A key id is the whole thumbprint", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, kid_short_)}},
{"tam.cose.no-kid", SPEC_VERIFY, "Without a key id nobody is known", SHOULD, on_response, R, 0, {SIGNING(PART_MESSAGE, fault_kid_none)}},
{"tam.cose.kid-in-both-buckets", "RFC 9052 3", "A label may not occur in both buckets", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, fault_kid_both)}},
{"tam.cose.legacy-algorithm", "TEEP 8.1", "Algorithms are fully specified: -7 and -8 are none of the suites", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, fault_alg_polymorphic)}},
{"tam.cose.other-algorithm", "RFC 9053 2", "The algorithm fits the key", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, fault_alg_mismatch)}},
{"tam.cose.no-algorithm", "RFC 9052 3.1", "The algorithm is named", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, fault_alg_missing)}},
{"tam.cose.algorithm-unprotected", "RFC 9052 3.1", "The algorithm is protected where that is possible", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, fault_alg_unprotected)}},
{"tam.cose.unknown-crit", "RFC 9052 3.1", "A critical header that is not understood refuses the message", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, fault_crit_unknown)}},
{"tam.cose.crit-unprotected", "RFC 9052 3.1", "crit stands in the protected bucket only", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, fault_crit_unprotected)}},
{"tam.cose.unsigned", SPEC_VERIFY, "A message without COSE is refused", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, fault_unsigned)}},
{"tam.cose.empty-signature", SPEC_VERIFY, "An empty signature is none", MUST, on_response, R, 0, {WIRE(EDIT_SET, "3", 0, "\x40")}},
{"tam.cose.detached", SPEC_VERIFY, "The payload stands in the message", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, detached)}},
{"tam.cose.mac0-tag", SPEC_VERIFY, "COSE_Sign1 or COSE_Sign; anything else is refused", MUST, on_response, R, 0, {SIGNING(PART_MESSAGE, mac0_tag)}},
{"tam.cose.sign", "TEEP 8.1", "A QueryResponse is a COSE_Sign1", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, as_sign)}},
/* octets */
{"tam.cbor.trailing", SPEC_VERIFY, "Nothing follows the message", MUST, on_response, R, 0, {WIRE(EDIT_AFTER, "", 0, "\0")}},
{"tam.cbor.truncated", SPEC_VERIFY, "A message that ends too early is refused", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, fault_truncated)}},
{"tam.cbor.halved", SPEC_VERIFY, "Half a message is refused", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, halved)}},
{"tam.cbor.indefinite", "TEEP 4", "Indefinite lengths are refused", MUST, on_response, R, 0, {WIRE(EDIT_INDEF, "1", 0, N)}},
{"tam.cbor.not-shortest", "TEEP 4", "Longer than shortest forms are refused", SHOULD, on_response, R, 0, {WIRE(EDIT_LOOSE, "", 0, N)}},
{"tam.cbor.header-twice", "RFC 8949 5.6", "A map key may stand once", MUST, on_response, R, 0, {WIRE(EDIT_TWICE, "1/4", 0, N)}},
{"tam.cbor.nesting-bomb", "RFC 8949 10", "Nesting is bounded", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, bomb)}},
{"tam.cbor.huge-array", "RFC 8949 10", "A count is not believed before the items are there", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, huge_array)}},
{"tam.cbor.huge-payload", "RFC 8949 10", "A length is not believed before the octets are there", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, huge_payload)}},
{"tam.cbor.signed-trailing", SPEC_VERIFY, "Nothing follows the signed message", MUST, on_response, R, 0, {BODY(EDIT_AFTER, "", 0, "\0")}},
{"tam.cbor.signed-truncated", SPEC_VERIFY, "The signed message is whole", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_BODY, fault_truncated)}},
{"tam.cbor.signed-indefinite", "TEEP 4", "Options have a definite length", MUST, on_response, R, 0, {BODY(EDIT_INDEF, "1", 0, N)}},
{"tam.cbor.signed-not-shortest", "TEEP 4", "The type is in shortest form", SHOULD, on_response, R, 0, {BODY(EDIT_LOOSE, "0", 0, N)}},
{"tam.cbor.option-twice", "TEEP 4", "An option label may stand once only", MUST, on_response, R, 0, {BODY(EDIT_TWICE, "1/12", 0, N)}},
{"tam.cbor.option-bomb", "RFC 8949 10", "Nesting is bounded in unknown options too", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_BODY, bomb_inside)}},
{"tam.cbor.count-lies", "TEEP 4", "A map has as many pairs as it says", MUST, on_response, R, 0, {BODY(EDIT_LIES, "1", 1, N)}},
{"tam.cbor.bad-utf8", "TEEP 4", "Text is UTF-8", MUST, on_response, R, 0, {BODY(EDIT_SET, "1/12", 0, "\x64" "a\xff\xfe" "b")}},
/* the message */
{"tam.message.map", "TEEP 4", "A message is an array", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_BODY, as_map)}},
{"tam.message.type-query-request", "TEEP 4", "A TAM gets no QueryRequest", MUST, on_response, R, 0, {BODY(EDIT_SET, "0", 0, "\x01")}},
{"tam.message.type-update", "TEEP 4", "A TAM gets no Update", MUST, on_response, R, 0, {BODY(EDIT_SET, "0", 0, "\x03")}},
{"tam.message.type-unassigned", "TEEP 4", "Types from 6 on are refused", MUST, on_response, R, 0, {BODY(EDIT_SET, "0", 0, "\x06")}},
{"tam.message.type-zero", "TEEP 4", "Type 0 is refused", MUST, on_response, R, 0, {BODY(EDIT_SET, "0", 0, "\x00")}},
{"tam.message.three-members", "TEEP 4", "A QueryResponse has exactly two members", MUST, on_response, R, 0, {BODY(EDIT_APPEND, "", 0, "\x00")}},
{"tam.message.legacy-labels", "TEEP 6", "Option labels have the registered numbers, not those of older drafts", MUST, on_response, R, 0, {OCTETS(PART_MESSAGE, STEP_BODY, legacy_labels)}},
{"tam.message.token-not-asked", "TEEP 4.3", "No token in the response if there was none in the request", MUST, on_response, R, 0, {BODY(EDIT_SET, "1/19", 0, "\x48" "12345678")}},
{"tam.message.no-payload", "TEEP 4.3", "An attestation-payload is there if the attestation bit was set", MUST, on_response, R, 0, {BODY(EDIT_DROP, "1/6", 0, N), BODY(EDIT_DROP, "1/12", 0, N)}},
{"tam.message.empty-payload", "TEEP 7.1", "An empty attestation-payload proves nothing", MUST, on_response, R, 0, {BODY(EDIT_SET, "1/6", 0, "\x40")}},
{"tam.message.payload-is-text", "TEEP 4", "Every option has its type", MUST, on_response, R, 0, {BODY(EDIT_SET, "1/6", 0, "\x61" "x")}},
{"tam.message.no-format", "TEEP 7.1.1", "An absent format means a Result: Evidence without one is no proof", MUST, on_response, R, 0, {BODY(EDIT_DROP, "1/12", 0, N)}},
{"tam.message.format-without-payload", "TEEP 4.3", "No attestation-payload-format without a payload", MUST, on_response, R, 0, {BODY(EDIT_DROP, "1/6", 0, N)}},
{"tam.message.unknown-format", "TEEP 7.1", "Evidence of an unknown kind proves nothing", MUST, on_response, R, 0, {BODY(EDIT_SET, "1/12", 0, "\x78\x18" "application/octet-stream")}},
{"tam.message.no-tc-list", "TEEP 7.1", "A QueryResponse holds what was asked for, else it is dropped", MUST, on_response, R, 0, {BODY(EDIT_DROP, "1/7", 0, N)}},
{"tam.message.version-1", "TEEP 4.3", "A version that was not offered is refused", MUST, on_response, R, 0, {BODY(EDIT_SET, "1/5", 0, "\x01")}},
{"tam.message.requested-without-id", "TEEP 4.3", "requested-tc-info has a component id", MUST, on_response, R, 0, {BODY(EDIT_SET, "1/13", 0, "\x81\xa1\x10\x01")}},
{"tam.message.have-binary-alone", "TEEP 4.3", "have-binary true demands a sequence number", MUST, on_response, R, 0, {BODY(EDIT_SET, "1/13", 0, "\x81\xa2\x0f\x81\x41" "x" "\x11\xf5")}},
};
// clang-format on

const struct case_table tam_message_cases = {rows, ARRAY_LEN(rows)};
