/*
 * What `build` makes is what a receiver takes, and an edit changes one thing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <build.h>
#include <crypto_openssl.h>

static struct build b;
static struct signer esp, ed, report;
static struct cose_key esp_pub, ed_pub, report_pub, enc_pub;
static struct agreer enc;

static void
pair(int32_t crv, struct signer *s, struct agreer *a, struct cose_key *pub)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;

	assert_int_equal(
	    openssl_key_generate(crv, SPAN_OF(room), &pem, pub), OK);
	if (s != NULL)
		assert_int_equal(openssl_signer_load(pem, s), OK);
	if (a != NULL)
		assert_int_equal(openssl_agreer_load(pem, a), OK);
}

static int
keys_make(void **state)
{
	(void)state;
	assert_non_null(crypto_openssl());
	pair(CRV_P256, &esp, NULL, &esp_pub);
	pair(CRV_ED25519, &ed, NULL, &ed_pub);
	pair(CRV_P256, &report, NULL, &report_pub);
	pair(CRV_P256, NULL, &enc, &enc_pub);
	return 0;
}

static int
keys_free(void **state)
{
	(void)state;
	openssl_signer_free(&esp);
	openssl_signer_free(&ed);
	openssl_signer_free(&report);
	openssl_agreer_free(&enc);
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	b = build_new(crypto_openssl());
	return 0;
}

static int
end(void **state)
{
	(void)state;
	build_free(&b);
	return 0;
}

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	(void)kid;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	*out = alg == ALG_ED25519 ? ed_pub : esp_pub;
	return OK;
}

static enum err
verify(struct bytes in, struct verified *v)
{
	const struct keyring ring = {NULL, find};
	struct why why;

	assert_int_equal(b.err, OK);
	return cose_verify(
	    crypto_openssl(), &ring, ACCEPT_SIGN | ACCEPT_SIGN1, in, v, &why);
}

static struct bytes
hex(const char *text)
{
	struct span room = build_room(&b, 256);
	struct bytes out;

	assert_int_equal(hex_read(text, room, &out), OK);
	return out;
}

static void
edits(const char *in, enum edit_op op, const char *path, int32_t n,
    const char *value, const char *want)
{
	char got[512];
	struct bytes out = edit(&b, hex(in), op, path, n, hex(value));

	assert_int_equal(b.err, OK);
	hex_text(got, sizeof(got), out);
	assert_string_equal(got, want);
}

static void
test_edits(void **state)
{
	(void)state;
	/* [2, {6: h'01', 12: "a"}] */
	edits("8202a20641010c6161", EDIT_SET, "1/6", 0, "4102",
	    "8202a20641020c6161");
	edits("8202a20641010c6161", EDIT_SET, "1/19", 0, "4102",
	    "8202a30641010c6161134102");
	edits("8202a20641010c6161", EDIT_DROP, "1/12", 0, "", "8202a1064101");
	edits("8202a20641010c6161", EDIT_RENAME, "1/6", 0, "07",
	    "8202a20741010c6161");
	edits("8202a20641010c6161", EDIT_TWICE, "1/6", 0, "",
	    "8202a30641010641010c6161");
	edits("8202a20641010c6161", EDIT_FLIP, "1/6", -1, "",
	    "8202a20641000c6161");
	edits("8202a20641010c6161", EDIT_CUT, "1/6", 1, "", "8202a206400c6161");
	edits("8202a20641010c6161", EDIT_GROW, "1/6", 0, "ff",
	    "8202a2064201ff0c6161");
	edits("8202a20641010c6161", EDIT_APPEND, "1", 0, "0900",
	    "8202a30641010c61610900");
	edits("8202a20641010c6161", EDIT_LOOSE, "0", 0, "",
	    "821802a20641010c6161");
	edits("8202a20641010c6161", EDIT_LOOSE, "1/6", 0, "",
	    "8202a2065801010c6161");
	edits("8202a0", EDIT_INDEF, "", 0, "", "9f02a0ff");
	edits("8202a0", EDIT_LIES, "", 1, "", "8302a0");
	edits("8202a0", EDIT_TAG, "1", 18, "", "8202d2a0");
	edits("d28202a0", EDIT_UNTAG, "", 0, "", "8202a0");
	edits("8202a0", EDIT_AFTER, "", 0, "00", "8202a000");
	edits("4302a000", EDIT_OPEN, "", 0, "", "02a000");
	edits("a20102030405", EDIT_INDEF, "", 0, "", "bf0102030405ff");
	edits("a201020304", EDIT_REVERSE, "", 0, "", "a203040102");
}

static void
test_edits_inside(void **state)
{
	(void)state;
	/* through a tag, a byte string and a text key */
	edits("d28144a1016161", EDIT_SET, "0/1", 0, "f5", "d28143a101f5");
	edits("a1616bf5", EDIT_SET, "'k'", 0, "f4", "a1616bf4");
	assert_int_equal(edit_find(hex("d28144a1016161"), "0/1").n, 2);
	assert_int_equal(edit_find(hex("d28144a1016161"), "0/2").n, 0);
	(void)edit(&b, hex("8101"), EDIT_DROP, "4", 0, BYTES_NONE);
	assert_int_equal(b.err, ERR_NOT_FOUND);
}

static void
test_messages(void **state)
{
	const struct signer *const both[] = {&ed, &esp};
	const struct teep_message m = {
	    .type = TEEP_QUERY_REQUEST,
	    .has = TEEP_HAS_CHALLENGE,
	    .challenge = BYTES_LIT("12345678"),
	    .suites = dialect_offer(NULL)->both,
	    .profiles = dialect_offer(NULL)->profiles,
	    .items = TEEP_ITEM_ATTESTATION,
	};
	struct teep_message got;
	struct verified v;
	struct why why;

	(void)state;
	for (size_t n = 1; n <= 2; n++) {
		struct bytes wire = build_message(&b, &m, both, n);

		assert_int_equal(verify(wire, &v), OK);
		assert_int_equal(teep_read(&v, NULL, &got, &why), OK);
		assert_int_equal(got.type, TEEP_QUERY_REQUEST);
		assert_int_equal(got.challenge.n, 8);
	}
}

/* One change is made, at its step, and the signature covers it or not. */
static void
test_changes(void **state)
{
	const struct signer *const by[] = {&esp};
	const struct teep_message m = {.type = TEEP_SUCCESS,
	    .has = TEEP_HAS_TOKEN,
	    .token = BYTES_LIT("12345678")};
	const struct change body = {.part = PART_MESSAGE,
	    .step = STEP_BODY,
	    .op = EDIT_DROP,
	    .path = "1/19"};
	const struct change wire = {.part = PART_MESSAGE,
	    .step = STEP_SIGNED,
	    .op = EDIT_FLIP,
	    .n = -1};
	struct verified v;

	(void)state;
	build_change(&b, &body);
	assert_int_equal(verify(build_message(&b, &m, by, 1), &v), OK);
	assert_true(bytes_same(v.payload, BYTES_LIT("\x82\x04\xa0")));
	assert_int_equal(b.n_applied, 1);
	build_right(&b);
	build_change(&b, &wire);
	assert_int_equal(
	    verify(build_message(&b, &m, by, 1), &v), ERR_SIGNATURE);
	assert_int_equal(b.n_applied, 2);
}

static void
test_evidence_and_report(void **state)
{
	uint8_t digest[DIGEST_LEN] = {7}, plain[4096];
	const struct build_device d = {
	    .teep = &esp,
	    .evidence = &ed,
	    .report = &report,
	    .teep_pub = esp_pub,
	    .report_pub = report_pub,
	    .ueid = BYTES_LIT("\x01"
			      "0123456789abcdef"),
	    .oemid = BYTES_LIT("\x43\x0a\x0b\x0c"),
	    .hwmodel = BYTES_LIT("model"),
	    .hwversion = BYTES_LIT("\x81\x61"
				   "1"),
	};
	const struct build_has has = {
	    BYTES_OF(digest), "ta/x", BYTES_OF(digest)};
	const struct build_seal seal = {&enc_pub, COSE_CTX_EAT, ALG_A128GCM};
	struct bytes sealed, open;
	struct suit_report r;
	struct eat_claims c;
	struct verified v;
	struct why why;

	(void)state;
	sealed = build_evidence(
	    &b, &d, BYTES_LIT("challenge"), esp.kid, &has, 1, seal);
	assert_int_equal(b.err, OK);
	assert_int_equal(cose_decrypt(b.crypto, &enc, COSE_CTX_EAT, sealed,
			     SPAN_OF(plain), &open, &why),
	    OK);
	assert_int_equal(verify(open, &v), OK);
	assert_int_equal(eat_read(&v, &c, &why), OK);
	assert_int_equal(eat_evidence_complete(&c, &why), OK);
	assert_int_equal(c.manifests.n, 3);
	assert_int_equal(c.measurements.n, 4);

	open = build_report(&b, &esp, digest, BYTES_LIT("12345678"), OK,
	    (struct build_seal){0});
	assert_int_equal(verify(open, &v), OK);
	assert_int_equal(suit_report_read(v.payload, &r, &why), OK);
	assert_true(r.success);
	assert_true(bytes_same(r.digest, BYTES_OF(digest)));
}

static void
test_manifest(void **state)
{
	const struct signer *const by[] = {&esp};
	const struct keyring ring = {NULL, find};
	const struct change body = {.part = PART_MANIFEST,
	    .step = STEP_BODY,
	    .op = EDIT_SET,
	    .path = "2"};
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r = {
	    .sequence = 3,
	    .component = build_id(&b, "ta/x"),
	    .uri = BYTES_LIT("#payload"),
	    .payload = BYTES_LIT("hello"),
	    .size = 5,
	    .digest = BYTES_OF(digest),
	};
	struct change sequence = body;
	struct suit_manifest m;
	struct why why;

	(void)state;
	assert_int_equal(b.crypto->sha256(&r.payload, 1, digest), OK);
	assert_int_equal(
	    suit_open(b.crypto, &ring, build_manifest(&b, &r, by, 1), &m, &why),
	    OK);
	assert_int_equal(m.sequence, 3);
	/* changed before it was signed: the signature holds */
	sequence.value = build_uint(&b, 9);
	build_change(&b, &sequence);
	assert_int_equal(
	    suit_open(b.crypto, &ring, build_manifest(&b, &r, by, 1), &m, &why),
	    OK);
	assert_int_equal(m.sequence, 9);
	build_digest(&b, m.envelope, digest);
	assert_memory_equal(digest, m.digest, DIGEST_LEN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_edits),
	    TEST(test_edits_inside),
	    TEST(test_messages),
	    TEST(test_changes),
	    TEST(test_evidence_and_report),
	    TEST(test_manifest),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
