/*
 * cases_tam_accept: unusual messages that the specifications allow.  They
 * must be taken, or the refusals elsewhere prove little.
 */
#include "cases_tam.h"

static void
kid_protected(struct build *b, void *ctx, struct build_sign *s)
{
	(void)ctx;
	s->prot = edit(
	    b, s->prot, EDIT_SET, "4", 0, build_bstr(b, BYTES_OF(s->by->kid)));
	s->unprot = BYTES_LIT("\xa0");
}

static void
content_type(struct build *b, void *ctx, struct build_sign *s)
{
	(void)ctx;
	s->unprot = edit(
	    b, s->unprot, EDIT_SET, "3", 0, build_text(b, TEEP_MEDIA_TYPE));
}

static void
untagged(struct build *b, void *ctx, struct build_sign *s)
{
	(void)b;
	(void)ctx;
	s->tag = 0;
}

static void
format_spelling(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_SET, "1/12", 0,
	    build_text(b,
		"Application/EAT+CWT ; EAT_Profile=\"" EAT_EVIDENCE_PROFILE
		"\""));
}

static void
payload_keys(struct build *b, void *ctx, struct bytes *x)
{
	const struct play *p = ctx;

	const struct eat_payload_key k = {
	    BYTES_LIT("author"), p->w->stranger.pub};
	struct cbor_out w = cbor_into(build_room(b, 192));

	cbor_put_array(&w, 1);
	eat_payload_key_put(&w, &k);
	*x = edit(b, *x, EDIT_SET, "-80002", 0, build_done(b, &w));
}

static void
plain(struct play *p)
{
	on_response(p);
}

// clang-format off
#define N ""
#define TAKEN (SEEN_REQUEST | SEEN_EMPTY)
static const struct conform_case rows[] = {
{"tam.accepts.untagged", "RFC 9052 2", "A COSE_Sign1 may come without its tag", SHOULD, on_response, SEEN_INSTALL, 0, {SIGNING(PART_MESSAGE, untagged)}},
{"tam.accepts.kid-protected", "RFC 9052 3.1", "The key id may stand in the protected bucket", MUST, on_response, SEEN_INSTALL, 0, {SIGNING(PART_MESSAGE, kid_protected)}},
{"tam.accepts.content-type", "TEEP 4.1.2", "Header parameters that are understood or ignorable do no harm", MUST, on_response, SEEN_INSTALL, 0, {SIGNING(PART_MESSAGE, content_type)}},
{"tam.accepts.unknown-option", "TEEP 4.2", "Unknown option labels are ignored", MUST, on_response, SEEN_INSTALL, 0, {BODY(EDIT_SET, "1/999", 0, "\xa1\x61" "n" "\x83\x01\x02\x03")}},
{"tam.accepts.unknown-float", "TEEP 4.2", "Unknown options may hold any CBOR", MUST, on_response, SEEN_INSTALL, 0, {BODY(EDIT_SET, "1/999", 0, "\xf9\x3c\x00")}},
{"tam.accepts.option-order", "RFC 8949 5.6", "Map keys may come in any order", SHOULD, on_response, SEEN_INSTALL, 0, {BODY(EDIT_REVERSE, "1", 0, N)}},
{"tam.accepts.claim-order", "RFC 8949 5.6", "Claims may come in any order", SHOULD, on_response, SEEN_INSTALL, 0, {CLAIM(EDIT_REVERSE, "", 0, N)}},
{"tam.accepts.unknown-claim", "Evidence 2", "Unknown claims are ignored", MUST, on_response, SEEN_INSTALL, 0, {CLAIM(EDIT_SET, "-99999", 0, "\x63" "new")}},
{"tam.accepts.payload-keys", "Evidence 2", "Keys for encrypted payloads may stand in Evidence", MUST, on_response, SEEN_INSTALL, 0, {OCTETS(PART_EVIDENCE, STEP_BODY, payload_keys)}},
{"tam.accepts.format-spelling", "TEEP 7.1.1", "Media types compare without case, whatever spaces", MUST, on_response, SEEN_INSTALL, 0, {OCTETS(PART_MESSAGE, STEP_BODY, format_spelling)}},
{"tam.accepts.a128gcm", "TEEP 8.2", "Evidence in A128GCM is opened", MUST, plain, SEEN_INSTALL, 0, {{0}}},
{"tam.accepts.a128ctr", "TEEP 8.2", "Evidence in A128CTR is opened", MUST, on_ctr_response, SEEN_INSTALL, 0, {{0}}},
{"tam.accepts.chacha20", "TEEP 8.2", "Evidence in ChaCha20/Poly1305 is opened", MUST, on_chacha_response, SEEN_INSTALL, 0, {{0}}},
{"tam.accepts.success-msg", "TEEP 4.5", "Success may carry msg", MUST, on_success, TAKEN, 0, {BODY(EDIT_SET, "1/10", 0, "\x64" "done")}},
{"tam.accepts.no-report", "TEEP 4.5", "SUIT Reports are optional", MUST, on_success, TAKEN, 0, {BODY(EDIT_DROP, "1/18", 0, N)}},
{"tam.accepts.report-member", "SUIT Report 4", "Unknown members of a report do no harm", MUST, on_success, TAKEN, 0, {REPORT(EDIT_SET, "1000", 0, "\x01")}},
};
// clang-format on

const struct case_table tam_accept_cases = {rows, ARRAY_LEN(rows)};
