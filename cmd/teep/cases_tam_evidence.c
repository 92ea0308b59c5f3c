/*
 * cases_tam_evidence: Evidence that proves nothing, and its encryption.
 *                                                [docs/evidence.md]
 */
#include "cases_tam.h"

#include <string.h>

static const struct play *
play_of(void *ctx)
{
	return ctx;
}

/* ---- who made it, and for whom ------------------------------------------ */

/* cnf: {1: the key}. */
static void
cnf_set(struct build *b, struct bytes *x, const struct cose_key *k)
{
	*x = edit(b, *x, EDIT_SET, "8/1", 0, build_key(b, k));
}

static void
cnf_of_stranger(struct build *b, void *ctx, struct bytes *x)
{
	cnf_set(b, x, &play_of(ctx)->w->stranger.pub);
}

static void
cnf_of_other(struct build *b, void *ctx, struct bytes *x)
{
	cnf_set(b, x, &play_of(ctx)->other->teep.pub);
}

static void
cnf_of_report(struct build *b, void *ctx, struct bytes *x)
{
	cnf_set(b, x, &play_of(ctx)->me->report.pub);
}

static void
report_is_teep(struct build *b, void *ctx, struct bytes *x)
{
	*x = edit(b, *x, EDIT_SET, "-80001", 0,
	    build_key(b, &play_of(ctx)->me->teep.pub));
}

static void
key_of(struct build *b, struct build_sign *s, const struct pair *k)
{
	struct build_sign usual = build_sign_usual(b, &k->s, s->payload);

	s->by = usual.by;
	s->prot = usual.prot;
	s->unprot = usual.unprot;
}

static void
by_teep_key(struct build *b, void *ctx, struct build_sign *s)
{
	key_of(b, s, &play_of(ctx)->me->teep);
}

static void
by_other_evidence(struct build *b, void *ctx, struct build_sign *s)
{
	key_of(b, s, &play_of(ctx)->other->evidence);
}

/* The device's own kid over a signature of somebody else. */
static void
forged_evidence(struct build *b, void *ctx, struct build_sign *s)
{
	const struct play *p = play_of(ctx);

	(void)b;
	s->by = p->suite == 0 ? &p->w->stranger.s : &p->w->bystander.s;
}

/* Another device's whole Evidence for my challenge. */
static void
whole_of_other(struct play *p)
{
	const struct build_seal seal = {
	    p->w->tam_enc.there ? &p->w->tam_enc.pub : NULL, COSE_CTX_EAT,
	    p->alg};
	const struct build_device d = world_build_device(p->other);
	struct teep_message m = {
	    .type = TEEP_QUERY_RESPONSE,
	    .has = TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT | TEEP_HAS_TC_LIST,
	    .format = BYTES_LIT(EAT_EVIDENCE_FORMAT),
	};

	if (!tam_connect(p))
		return;
	m.attestation =
	    build_evidence(&p->b, &d, p->challenge, p->audience, NULL, 0, seal);
	if (p->b.err == OK && tam_post(p, tam_message_by_me(p, &m)))
		(void)play_judge(p);
}

/* Another device's attester vouches for my key. */
static void
other_vouches(struct play *p)
{
	const struct build_seal seal = {
	    p->w->tam_enc.there ? &p->w->tam_enc.pub : NULL, COSE_CTX_EAT,
	    p->alg};
	struct build_device d = world_build_device(p->other);
	struct teep_message m = {
	    .type = TEEP_QUERY_RESPONSE,
	    .has = TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT | TEEP_HAS_TC_LIST,
	    .format = BYTES_LIT(EAT_EVIDENCE_FORMAT),
	};

	/* who I am is known from an honest session */
	if (!tam_session(p) || !tam_connect(p))
		return;
	d.teep_pub = p->me->teep.pub;
	m.attestation =
	    build_evidence(&p->b, &d, p->challenge, p->audience, NULL, 0, seal);
	if (p->b.err == OK && tam_post(p, tam_message_by_me(p, &m)))
		(void)play_judge(p);
}

static void
for_another_tam(struct build *b, void *ctx, struct bytes *x)
{
	char aud[KID_TEXT];

	kid_text(play_of(ctx)->w->stranger.kid, aud);
	*x = edit(b, *x, EDIT_SET, "3", 0, build_text(b, aud));
}

/* ---- encryption --------------------------------------------------------- */

static void
to_stranger(struct build *b, void *ctx, struct build_seal *s)
{
	(void)b;
	s->to = &play_of(ctx)->w->stranger.pub;
}

static void
report_context(struct build *b, void *ctx, struct build_seal *s)
{
	(void)b;
	(void)ctx;
	s->context = COSE_CTX_REPORT;
}

static void
middle_of_text(struct build *b, void *ctx, struct bytes *x)
{
	struct bytes text = edit_find(*x, "2");

	(void)ctx;
	*x = edit(b, *x, EDIT_FLIP, "2", (int32_t)(text.n / 2), BYTES_NONE);
}

/* GCM is CTR with a tag: the same key opens it without, and then nobody
 * sees what was changed. */
static void
gcm_as_ctr(struct build *b, void *ctx, struct bytes *x)
{
	struct bytes iv = edit(
	    b, edit_find(*x, "1/5"), EDIT_GROW, "", 0, BYTES_LIT("\0\0\0\2"));
	struct bytes text;

	(void)ctx;
	*x = edit(b, *x, EDIT_SET, "0", 0, BYTES_LIT("\x40"));
	*x = edit(b, *x, EDIT_SET, "1/1", 0, build_int(b, ALG_A128CTR));
	*x = edit(b, *x, EDIT_SET, "1/5", 0, iv);
	*x = edit(b, *x, EDIT_CUT, "2", 16, BYTES_NONE);
	text = edit_find(*x, "2");
	*x = edit(b, *x, EDIT_FLIP, "2", (int32_t)(text.n / 2), BYTES_NONE);
}

static void
sealed(struct play *p)
{
	if (!p->w->tam_enc.there)
		play_skip(p, "the TAM has no encryption key");
	else
		on_response(p);
}

// clang-format off
#define E2 "Evidence 2"
#define E5 "Evidence 5"
#define N ""
#define R REFUSED_ANYHOW
#define ABSENT(label, name) {"tam.evidence.no-" name, E2, "Evidence has " name, MUST, on_response, R, 0, {CLAIM(EDIT_DROP, label, 0, N)}}
static const struct conform_case rows[] = {
/* who made it, for whom */
{"tam.evidence.audience", "Evidence 2", "Evidence that was made for another TAM is refused", MUST, on_response, R, 0, {OCTETS(PART_EVIDENCE, STEP_BODY, for_another_tam)}},
{"tam.evidence.audience-cut", "Evidence 2", "The audience is the whole key id", MUST, on_response, R, 0, {CLAIM(EDIT_CUT, "3", 1, N)}},
{"tam.evidence.unendorsed-key", E5, "The evidence key is endorsed", MUST, on_response, R, 0, {SIGNING(PART_EVIDENCE, by_stranger)}},
{"tam.evidence.teep-key", E5, "The TEEP key is not an evidence key", MUST, on_response, R, 0, {SIGNING(PART_EVIDENCE, by_teep_key)}},
{"tam.evidence.signature-bit", E5, "The signature of Evidence holds", MUST, on_response, R, 0, {EVIDENCE(EDIT_FLIP, "", -1, N)}},
{"tam.evidence.forged", E5, "The key that the key id names has signed", MUST, on_response, R, 0, {SIGNING(PART_EVIDENCE, forged_evidence)}},
{"tam.evidence.legacy-algorithm", "TEEP 8.1", "Evidence is signed with a fully specified algorithm", MUST, on_response, R, 0, {SIGNING(PART_EVIDENCE, fault_alg_polymorphic)}},
{"tam.evidence.unsigned", E5, "Claims that nobody signed prove nothing", MUST, on_response, R, 0, {OCTETS(PART_EVIDENCE, STEP_SIGNED, fault_unsigned)}},
{"tam.evidence.cnf-stranger", E5, "cnf is the key that signed the TEEP message", MUST, on_response, R, 0, {OCTETS(PART_EVIDENCE, STEP_BODY, cnf_of_stranger)}},
{"tam.evidence.cnf-other-device", E5, "Evidence about another device's key proves nothing", MUST, on_response, R, 0, {OCTETS(PART_EVIDENCE, STEP_BODY, cnf_of_other)}},
{"tam.evidence.cnf-report-key", E5, "cnf is the TEEP key, not another key of the device", MUST, on_response, R, 0, {OCTETS(PART_EVIDENCE, STEP_BODY, cnf_of_report)}},
{"tam.evidence.of-another-device", "TEEP 5", "A healthy device's Evidence does not make another one healthy", MUST, whole_of_other, R, 0, {{0}}},
{"tam.evidence.signed-by-another", E5, "ueid equals the endorsement of the key that signed", MUST, on_response, R, 0, {SIGNING(PART_EVIDENCE, by_other_evidence)}},
{"tam.evidence.another-vouches", E5, "A device stays the one that was accepted before", MUST, other_vouches, R, 0, {{0}}},
{"tam.evidence.failed-says-7", "TEEP 7.1", "Failed attestation that cannot be repaired is told by err-code 7", SHOULD, on_response, SEEN_ERROR, 7, {OCTETS(PART_EVIDENCE, STEP_BODY, cnf_of_other)}},
{"tam.evidence.report-key-is-teep-key", "TEEP 4.5", "The report key differs from the TEEP key", MUST, on_response, R, 0, {OCTETS(PART_EVIDENCE, STEP_BODY, report_is_teep)}},
/* what it says */
ABSENT("3", "aud"), ABSENT("8", "cnf"), ABSENT("10", "eat_nonce"), ABSENT("256", "ueid"),
ABSENT("258", "oemid"), ABSENT("259", "hwmodel"), ABSENT("260", "hwversion"), ABSENT("265", "eat_profile"),
ABSENT("268", "bootseed"), ABSENT("272", "manifests"), ABSENT("273", "measurements"),
ABSENT("-80001", "report-key"), ABSENT("-80003", "store-counter"),
{"tam.evidence.ueid-bit", E5, "ueid equals the endorsement's", MUST, on_response, R, 0, {CLAIM(EDIT_FLIP, "256", 6, N)}},
{"tam.evidence.ueid-longer", E5, "ueid is compared as a whole", MUST, on_response, R, 0, {CLAIM(EDIT_GROW, "256", 0, "0123456789abcdef")}},
{"tam.evidence.ueid-text", E2, "ueid is a byte string", MUST, on_response, R, 0, {CLAIM(EDIT_SET, "256", 0, "\x67" "1234567")}},
{"tam.evidence.oemid-bit", E5, "oemid equals the endorsement's", MUST, on_response, R, 0, {CLAIM(EDIT_FLIP, "258", -1, N)}},
{"tam.evidence.oemid-number", E5, "oemid as a number is another oemid", MUST, on_response, R, 0, {CLAIM(EDIT_SET, "258", 0, "\x1a\x00\x89\x48\x23")}},
{"tam.evidence.hwmodel", E5, "hwmodel equals the endorsement's", MUST, on_response, R, 0, {CLAIM(EDIT_GROW, "259", 0, "x")}},
{"tam.evidence.hwversion", E5, "hwversion matches a reference value", MUST, on_response, R, 0, {CLAIM(EDIT_SET, "260", 0, "\x81\x65" "9.9.9")}},
{"tam.evidence.profile", E5, "The profile is that of Evidence", MUST, on_response, R, 0, {CLAIM(EDIT_GROW, "265", 0, "0")}},
{"tam.evidence.nonce-list", "TEEP 5", "eat_nonce is one byte string", MUST, on_response, R, 0, {CLAIM(EDIT_SET, "10", 0, "\x82\x48" "12345678" "\x48" "12345678")}},
{"tam.evidence.bootseed-short", E2, "bootseed has 32 octets", MUST, on_response, R, 0, {CLAIM(EDIT_CUT, "268", 1, N)}},
{"tam.evidence.launcher-digest", E5, "The launcher matches a reference value", MUST, on_response, R, 0, {CLAIM(EDIT_FLIP, "273/0/1/2/1", -1, N)}},
{"tam.evidence.agent-digest", E5, "The agent matches a reference value", MUST, on_response, R, 0, {CLAIM(EDIT_FLIP, "273/1/1/2/1", -1, N)}},
{"tam.evidence.digest-cut", E5, "A digest is compared as a whole", MUST, on_response, R, 0, {CLAIM(EDIT_CUT, "273/1/1/2/1", 16, N)}},
{"tam.evidence.digest-algorithm", "Evidence 4", "Digests are SHA-256", MUST, on_response, R, 0, {CLAIM(EDIT_SET, "273/1/1/2/0", 0, "\x07")}},
{"tam.evidence.launcher-absent", E5, "The launcher is measured", MUST, on_response, R, 0, {CLAIM(EDIT_DROP, "273/0", 0, N)}},
{"tam.evidence.agent-absent", E5, "The agent is measured", MUST, on_response, R, 0, {CLAIM(EDIT_DROP, "273/1", 0, N)}},
{"tam.evidence.agent-twice", E5, "A part is measured once: a second digest is refused, whichever is looked at", MUST, on_response, R, 0, {CLAIM(EDIT_TWICE, "273/1", 0, N), CLAIM(EDIT_FLIP, "273/2/1/2/1", -1, N)}},
{"tam.evidence.measurements-empty", E2, "There is at least one measurement", MUST, on_response, R, 0, {CLAIM(EDIT_SET, "273", 0, "\x80")}},
{"tam.evidence.claim-twice", "RFC 8949 5.6", "A claim stands once", MUST, on_response, R, 0, {CLAIM(EDIT_TWICE, "256", 0, N)}},
{"tam.evidence.trailing", "TEEP 5", "Nothing follows the claims", MUST, on_response, R, 0, {CLAIM(EDIT_AFTER, "", 0, "\0")}},
{"tam.evidence.indefinite", "TEEP 5", "EATs have definite lengths", MUST, on_response, R, 0, {CLAIM(EDIT_INDEF, "", 0, N)}},
/* encryption */
{"tam.sealed.in-the-clear", "Evidence 1", "A TAM that has published an encryption key refuses Evidence in the clear", MUST, on_clear_response, R, 0, {{0}}},
{"tam.sealed.another-key", "Evidence 1", "What is encrypted to another key is refused, in silence", MUST, sealed, SEEN_EMPTY, 0, {SEALING(PART_EVIDENCE, to_stranger)}},
{"tam.sealed.report-context", "TEEP 8.2", "The KDF context names EAT Encryption; another one is refused, in silence", MUST, sealed, SEEN_EMPTY, 0, {SEALING(PART_EVIDENCE, report_context)}},
{"tam.sealed.wrapped-key-bit", "Evidence 1", "A content key that does not unwrap is refused, in silence", MUST, sealed, SEEN_EMPTY, 0, {SEALED(EDIT_FLIP, "3/0/2", -1, N)}},
{"tam.sealed.text-bit", "Evidence 1", "A changed ciphertext is refused, in silence", MUST, sealed, SEEN_EMPTY, 0, {OCTETS(PART_EVIDENCE, STEP_SEALED, middle_of_text)}},
{"tam.sealed.text-bit-chacha", "Evidence 1", "The same under ChaCha20/Poly1305", MUST, on_chacha_response, SEEN_EMPTY, 0, {OCTETS(PART_EVIDENCE, STEP_SEALED, middle_of_text)}},
{"tam.sealed.text-bit-ctr", "Evidence 1", "What CTR decrypts is not believed before its signature holds: silence", MUST, on_ctr_response, SEEN_EMPTY, 0, {OCTETS(PART_EVIDENCE, STEP_SEALED, middle_of_text)}},
{"tam.sealed.kid-bit-ctr", "Evidence 1", "What CTR makes of a changed key id is met with silence too", MUST, on_ctr_response, SEEN_EMPTY, 0, {SEALED(EDIT_FLIP, "2", 24, N)}},
{"tam.sealed.text-cut", "Evidence 1", "A cut ciphertext is refused, in silence", MUST, sealed, SEEN_EMPTY, 0, {SEALED(EDIT_CUT, "2", 1, N)}},
{"tam.sealed.gcm-as-ctr", "Evidence 1", "A GCM text read as CTR is refused, in silence", MUST, sealed, SEEN_EMPTY, 0, {OCTETS(PART_EVIDENCE, STEP_SEALED, gcm_as_ctr)}},
{"tam.sealed.point-off-curve", "RFC 9053 6.3.1", "An ephemeral key that is no point of its curve is refused", MUST, sealed, R, 0, {SEALED(EDIT_FLIP, "3/0/1/-1/-3", -1, N)}},
{"tam.sealed.no-recipient", "RFC 9052 5", "There is at least one recipient", MUST, sealed, R, 0, {SEALED(EDIT_SET, "3", 0, "\x80")}},
{"tam.sealed.encrypt0", "TEEP 8.2", "Evidence is a COSE_Encrypt", MUST, sealed, R, 0, {SEALED(EDIT_UNTAG, "", 0, N), SEALED(EDIT_TAG, "", 16, N)}},
{"tam.sealed.detached", "TEEP 8.2", "Content of encrypted EATs is not detached", MUST, sealed, R, 0, {SEALED(EDIT_SET, "2", 0, "\xf6")}},
};
// clang-format on

const struct case_table tam_evidence_cases = {rows, ARRAY_LEN(rows)};
