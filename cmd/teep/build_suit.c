/*
 * build_suit: manifests in their envelopes, and SUIT Reports.
 */
#include "build.h"

#include <string.h>

/* The digest of a manifest's bstr, head included. */
static void
digest_of(struct build *b, struct bytes bstr, uint8_t out[DIGEST_LEN])
{
	if (b->err == OK)
		build_fail(b, b->crypto->sha256(&bstr, 1, out));
}

void
build_digest(struct build *b, struct bytes envelope, uint8_t out[DIGEST_LEN])
{
	struct bytes bstr = edit_find(envelope, "3");

	memset(out, 0, DIGEST_LEN);
	if (bstr.n == 0)
		build_fail(b, ERR_NOT_FOUND);
	digest_of(b, bstr, out);
}

/* <<[-16, digest]>>: what a block signs. */
static struct bytes
digest_item(struct build *b, const uint8_t digest[DIGEST_LEN])
{
	struct cbor_out w = cbor_into(build_room(b, 64));

	cbor_put_array(&w, 2);
	cbor_put_int(&w, ALG_SHA256);
	cbor_put_bstr(&w, (struct bytes){digest, DIGEST_LEN});
	return build_done(b, &w);
}

/* The wrapper: the digest, and a block of each signer. */
static struct bytes
wrapper(struct build *b, struct bytes digest, const struct signer *const *by,
    size_t n)
{
	struct cbor_out w =
	    cbor_into(build_room(b, digest.n + 64 + n * BUILD_SIGNER_ROOM));

	cbor_put_array(&w, 1 + n);
	cbor_put_bstr(&w, digest);
	for (size_t i = 0; i < n && b->err == OK; i++) {
		struct build_sign s = build_sign_usual(b, by[i], digest);

		s.detached = true;
		cbor_put_bstr(&w, build_sign1(b, PART_MANIFEST, s));
	}
	return build_bstr(b, build_done(b, &w));
}

struct bytes
build_manifest(struct build *b, const struct suit_recipe *r,
    const struct signer *const *by, size_t n)
{
	struct cbor_out measured = cbor_measure(), w;
	uint8_t digest[DIGEST_LEN];
	struct bytes envelope, manifest, block;

	build_fail(b, suit_author(&measured, b->crypto, r));
	w = cbor_into(build_room(b, measured.at));
	if (b->err == OK)
		build_fail(b, suit_author(&w, b->crypto, r));
	envelope = build_done(b, &w);
	if (b->err != OK)
		return BYTES_NONE;
	/* the body without the head of its bstr */
	manifest =
	    edit(b, edit_find(envelope, "3"), EDIT_OPEN, "", 0, BYTES_NONE);
	manifest = build_step(b, PART_MANIFEST, STEP_BODY, manifest);
	manifest = build_bstr(b, manifest);
	digest_of(b, manifest, digest);
	block = wrapper(b, digest_item(b, digest), by, n);
	envelope = edit(b, envelope, EDIT_SET, "3", 0, manifest);
	envelope = edit(b, envelope, EDIT_SET, "2", 0, block);
	return build_step(b, PART_MANIFEST, STEP_SIGNED, envelope);
}

static struct bytes
sign_report(struct build *b, const struct signer *by, struct bytes body)
{
	if (b->err != OK)
		return BYTES_NONE;
	body = build_sign1(b, PART_REPORT, build_sign_usual(b, by, body));
	return build_step(b, PART_REPORT, STEP_SIGNED, body);
}

struct bytes
build_report(struct build *b, const struct signer *by,
    const uint8_t digest[DIGEST_LEN], struct bytes nonce, enum err outcome,
    struct build_seal seal)
{
	struct cbor_out w = cbor_into(build_room(b, 1024));
	struct suit_manifest m = {0};
	struct suit_run run = {.m = &m, .state = SUIT_DONE};
	enum dialect_reports reports =
	    b->dialect == NULL ? DIALECT_REPORT_SIGNED : b->dialect->reports;
	struct bytes body;

	memcpy(m.digest, digest, DIGEST_LEN);
	if (outcome == OK)
		build_fail(b, suit_report_write(&w, &run, nonce));
	else
		build_fail(b, suit_report_brief(&w, outcome, BYTES_NONE, digest,
				  nonce, BYTES_NONE));
	body = build_step(b, PART_REPORT, STEP_BODY, build_done(b, &w));
	switch (reports) {
	case DIALECT_REPORT_SIGNED:
		body = build_seal(b, PART_REPORT, seal, body);
		body = sign_report(b, by, body);
		break;
	case DIALECT_REPORT_SEALED:
		body = sign_report(b, by, body);
		body = build_seal(b, PART_REPORT, seal, body);
		break;
	case DIALECT_REPORT_BARE:
		break;
	}
	return b->err == OK ? body : BYTES_NONE;
}
