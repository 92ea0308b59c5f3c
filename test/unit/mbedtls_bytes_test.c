/*
 * mbedtls_bytes_test: the octets that a device writes are the same on every
 * processor.
 *
 * Keys, nonces and chance are fixed, so that also what is signed and
 * encrypted has one form; test/vectors/bytes has the SHA-256 of each.  With
 * BYTES_WRITE=FILE in the environment it writes that list instead: for a
 * change of a format that was meant.
 */
#include "suit_fake.h"

#include <mbedtls_pem.h>
#include <tamarind/eat.h>
#include <tamarind/link.h>
#include <tamarind/teep.h>

#define LINES_MAX 8192

/* What was written so far: "name octets sha256" in lines. */
static char lines[LINES_MAX];
static size_t n_lines;

static void
note(const char *name, struct bytes b)
{
	uint8_t sha[DIGEST_LEN];
	size_t at = strlen(lines);

	assert_true(b.n > 0);
	assert_int_equal(test_crypto()->sha256(&b, 1, sha), OK);
	at +=
	    (size_t)snprintf(lines + at, LINES_MAX - at, "%s %zu ", name, b.n);
	for (size_t i = 0; i < sizeof(sha); i++)
		at += (size_t)snprintf(
		    lines + at, LINES_MAX - at, "%02x", sha[i]);
	at += (size_t)snprintf(lines + at, LINES_MAX - at, "\n");
	assert_true(at < LINES_MAX);
	n_lines++;
}

/* ---- a port without chance ---------------------------------------------- */

static uint8_t counter;

static enum err
no_chance(struct span out)
{
	for (size_t i = 0; i < out.n; i++)
		out.p[i] = counter++;
	return OK;
}

static enum err
same_ephemeral(const struct cose_key *peer, struct cose_key *eph, uint8_t z[32])
{
	static const uint8_t d[MBED_SCALAR_LEN] = {[0] = 0x42, [31] = 1};
	struct agreer a;
	enum err e;

	TRY(mbed_scalar_public(d, eph));
	TRY(mbed_agreer_from(d, &a));
	e = a.agree(a.ctx, peer, z);
	mbed_agreer_free(&a);
	return e;
}

static struct crypto fixed;
static struct signer signer;
static struct agreer tam;
static struct cose_key tam_pub;

static int
fix(void **state)
{
	static const uint8_t d[MBED_SCALAR_LEN] = {[0] = 0x17, [31] = 2};

	(void)state;
	fixed = *test_crypto();
	fixed.random = no_chance;
	fixed.ecdh_ephemeral = same_ephemeral;
	signer = author();
	assert_int_equal(mbed_agreer_from(d, &tam), OK);
	assert_int_equal(mbed_scalar_public(d, &tam_pub), OK);
	return 0;
}

static int
unfix(void **state)
{
	(void)state;
	mbed_signer_free(&signer);
	mbed_agreer_free(&tam);
	return 0;
}

/* ---- helpers --------------------------------------------------------------
 */

static struct cbor_out
begin(void)
{
	return cbor_into((struct span){pool_take(8192), 8192});
}

static struct bytes
end(struct cbor_out *w)
{
	struct bytes out;

	assert_int_equal(cbor_done(w, &out), OK);
	return out;
}

/* n items in diagnostic notation. */
static struct list
list_of(size_t n, const char *items)
{
	struct cbor_out w = begin();

	for (size_t i = 0; i < n; i++)
		diag_put(&w, &items);
	return (struct list){end(&w), n};
}

/* Noted as it is, signed, and encrypted for the TAM with each cipher; what
 * was encrypted also opens. */
static void
note_all_forms(const char *name, struct bytes payload)
{
	static const struct {
		int32_t alg;
		uint32_t can;
		const char *name;
	} ciphers[] = {
	    {ALG_A128GCM, CAN_A128GCM, "gcm"},
	    {ALG_A128CTR, CAN_A128CTR, "ctr"},
	    {ALG_CHACHA20_POLY1305, CAN_CHACHA, "chacha"},
	};
	struct cbor_out w = begin();
	char label[64];
	struct bytes out, back;

	note(name, payload);
	assert_int_equal(
	    cose_sign1_write(&w, &signer, payload, NULL, WRITE_TAGGED), OK);
	(void)snprintf(label, sizeof(label), "%s.signed", name);
	note(label, end(&w));
	for (size_t i = 0; i < ARRAY_LEN(ciphers); i++) {
		uint8_t *room = pool_take(8192);

		assert_true((fixed.can & ciphers[i].can) != 0);
		counter = 0;
		w = begin();
		assert_int_equal(cose_encrypt_write(&w, &fixed, ciphers[i].alg,
				     &tam_pub, tam.kid, COSE_CTX_EAT, payload),
		    OK);
		out = end(&w);
		(void)snprintf(
		    label, sizeof(label), "%s.%s", name, ciphers[i].name);
		note(label, out);
		assert_int_equal(cose_decrypt(&fixed, &tam, COSE_CTX_EAT, out,
				     (struct span){room, 8192}, &back, NULL),
		    OK);
		assert_true(bytes_same(back, payload));
	}
}

/* ---- what a device and its peers write -------------------------------- */

static void
teep(void **state)
{
	static const char *const name[] = {
	    [TEEP_QUERY_REQUEST] = "teep.query-request",
	    [TEEP_QUERY_RESPONSE] = "teep.query-response",
	    [TEEP_UPDATE] = "teep.update",
	    [TEEP_SUCCESS] = "teep.success",
	    [TEEP_ERROR] = "teep.error"};
	static const enum teep_type type[] = {TEEP_QUERY_REQUEST,
	    TEEP_QUERY_RESPONSE, TEEP_UPDATE, TEEP_SUCCESS, TEEP_ERROR};
	static const uint32_t has[] = {
	    TEEP_HAS_CHALLENGE | TEEP_HAS_VERSIONS | TEEP_HAS_FRESHNESS |
		TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT | TEEP_HAS_REPORTS,
	    TEEP_HAS_SELECTED_VERSION | TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT |
		TEEP_HAS_TC_LIST | TEEP_HAS_REQUESTED | TEEP_HAS_UNNEEDED |
		TEEP_HAS_EXT_LIST | TEEP_HAS_REPORTS,
	    TEEP_HAS_TOKEN | TEEP_HAS_MANIFESTS | TEEP_HAS_UNNEEDED |
		TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT | TEEP_HAS_ERR_CODE |
		TEEP_HAS_ERR_MSG | TEEP_HAS_ERR_LANG,
	    TEEP_HAS_TOKEN | TEEP_HAS_MSG | TEEP_HAS_REPORTS,
	    TEEP_HAS_TOKEN | TEEP_HAS_ERR_MSG | TEEP_HAS_SUITES |
		TEEP_HAS_PROFILES | TEEP_HAS_VERSIONS | TEEP_HAS_REPORTS,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(type); i++) {
		struct teep_message m = {.type = type[i], .has = has[i]};
		struct cbor_out w;
		enum err e;

		pool.used = 0;
		m.token = BYTES_LIT("0123456789abcdef");
		m.challenge = BYTES_LIT("fedcba9876543210fedcba9876543210");
		m.versions = list_of(3, "0 255 4294967295");
		m.suites = dialect_offer(NULL)->both;
		m.profiles = dialect_offer(NULL)->profiles;
		m.freshness = list_of(2, "0 1");
		m.items = 15;
		m.attestation = BYTES_LIT("evidence");
		m.format = BYTES_LIT(EAT_EVIDENCE_FORMAT);
		m.tc_list = list_of(1, "{0: ['app','x'], 14: 4294967296}");
		m.ext_list = list_of(2, "1 65536");
		m.manifests = list_of(2, "<<[1,2]>> <<{3:h'00ff'}>>");
		w = begin();
		teep_requested_write(&w, NULL,
		    &(struct teep_requested){.has = TEEP_REQUESTED_SEQUENCE |
						    TEEP_REQUESTED_HAVE_BINARY,
			.component = cbor("['app','y']"),
			.sequence = UINT64_MAX,
			.have_binary = true});
		m.requested = (struct list){end(&w), 1};
		m.unneeded = list_of(2, "['app','z'] ['w']");
		m.reports = list_of(1, "<<{2: 'r'}>>");
		m.msg = BYTES_LIT("done");
		m.err_msg = BYTES_LIT("rollback");
		m.err_lang = BYTES_LIT("en");
		m.err_code = 11;
		w = begin();
		e = teep_write(&w, NULL, &m);
		if (e != OK)
			fail_msg("%s: %s", name[type[i]], err_name(e));
		note_all_forms(name[type[i]], end(&w));
	}
}

static void
evidence(void **state)
{
	struct eat_claims c = {.has = (1u << 17) - 1};
	struct cbor_out w;
	uint8_t digest[DIGEST_LEN] = {1, 2, 3}, kid[KID_LEN];
	char text[KID_TEXT];

	(void)state;
	pool.used = 0;
	assert_int_equal(cose_key_thumbprint(&fixed, &tam_pub, kid), OK);
	kid_text(kid, text);
	note("key.name", (struct bytes){(uint8_t *)text, KID_TEXT - 1});
	w = begin();
	cose_key_write(&w, &tam_pub);
	c.report_key = end(&w);
	note("key", c.report_key);
	w = begin();
	eat_payload_key_put(
	    &w, &(struct eat_payload_key){BYTES_LIT("author"), tam_pub});
	c.payload_keys = (struct list){end(&w), 1};
	c.aud = (struct bytes){(uint8_t *)text, KID_TEXT - 1};
	c.exp = UINT64_MAX;
	c.nbf = 1;
	c.iat = (uint64_t)UINT32_MAX + 1;
	w = begin();
	eat_cnf_put_key(&w, &tam_pub);
	c.cnf = end(&w);
	c.nonce = BYTES_LIT("12345678901234567890123456789012");
	c.ueid = BYTES_LIT("\001234567890123456789012345678901");
	c.oemid = cbor("h'010203'");
	c.hwmodel = BYTES_LIT("model");
	c.hwversion = cbor("[\"1.2\", 1]");
	c.profile = BYTES_LIT(EAT_EVIDENCE_PROFILE);
	c.bootseed = BYTES_LIT("abcdefghijklmnopqrstuvwxyz012345");
	w = begin();
	eat_manifest_put(
	    &w, &(struct eat_manifest){.uri = BYTES_LIT("https://m.example/1"),
		    .alg = ALG_SHA256,
		    .digest = BYTES_OF(digest)});
	c.manifests = (struct list){end(&w), 1};
	w = begin();
	eat_component_put(&w, &(struct eat_component){.name = BYTES_LIT("app"),
				  .version = BYTES_LIT("1.0.0"),
				  .digest = BYTES_OF(digest)});
	c.measurements = (struct list){end(&w), 1};
	c.counter = BYTES_LIT("hardware");
	w = begin();
	assert_int_equal(eat_write(&w, &c), OK);
	note_all_forms("evidence", end(&w));
}

/* An envelope, twice signed; its run; the reports on it. */
static void
manifest(void **state)
{
	static struct bench b;
	struct bytes payload = BYTES_LIT("payload"), out;
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r = {.sequence = UINT32_MAX,
	    .size = payload.n,
	    .payload = payload,
	    .uri = BYTES_LIT("#p"),
	    .invoke = true,
	    .args = BYTES_LIT("-v"),
	    .text_version = BYTES_LIT("1.2"),
	    .reference_uri = BYTES_LIT("https://m.example")};
	struct signer more;
	struct cbor_out w;

	(void)state;
	pool.used = 0;
	fake_make(&b.fake);
	r.component = cbor("['ta','x']");
	r.manifest_id = cbor("['manifest']");
	r.vendor = (struct bytes){cbor(VENDOR).p + 1, 16};
	r.class_id = (struct bytes){cbor(CLASS).p + 1, 16};
	assert_int_equal(fixed.sha256(&payload, 1, digest), OK);
	r.digest = BYTES_OF(digest);
	w = begin();
	assert_int_equal(suit_author(&w, &fixed, &r), OK);
	out = end(&w);
	note("suit.unsigned", out);
	w = begin();
	assert_int_equal(suit_author_sign(&w, &fixed, out, &signer), OK);
	out = end(&w);
	note("suit.signed", out);
	assert_int_equal(
	    mbed_signer_load(
		suit_file("key-es256-distributor.priv.pem"), &more),
	    OK);
	w = begin();
	assert_int_equal(suit_author_sign(&w, &fixed, out, &more), OK);
	out = end(&w);
	mbed_signer_free(&more);
	note("suit.twice-signed", out);
	assert_int_equal(bench_run(&b, out, SUIT_DO_UPDATE), SUIT_DONE);
	w = begin();
	assert_int_equal(
	    suit_report_write(&w, &b.run, BYTES_LIT("12345678")), OK);
	note_all_forms("report.success", end(&w));
	/* The same, on a device that refuses to write it. */
	b.fake.write_begin = ERR_QUOTA;
	assert_int_equal(bench_run(&b, out, SUIT_DO_UPDATE), SUIT_FAILED);
	w = begin();
	assert_int_equal(suit_report_write(&w, &b.run, BYTES_NONE), OK);
	note_all_forms("report.failure", end(&w));
	w = begin();
	assert_int_equal(suit_report_brief(&w, ERR_ROLLBACK, r.reference_uri,
			     digest, BYTES_LIT("12345678"), BYTES_NONE),
	    OK);
	note("report.refused", end(&w));
	w = begin();
	suit_claims_put(&w, r.component, digest, UINT64_MAX);
	note("claims", end(&w));
}

static void
frames(void **state)
{
	static const enum link_op op[] = {LINK_REQUEST_TA, LINK_UNREQUEST_TA,
	    LINK_POLICY_CHECK, LINK_MESSAGE, LINK_ERROR, LINK_DATA, LINK_CALL,
	    LINK_STATUS, LINK_NONE, LINK_CONNECT, LINK_REPLY, LINK_FETCH,
	    LINK_ABORT, LINK_RESULT};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(op); i++) {
		struct link_frame f = {.op = op[i],
		    .session = (uint64_t)UINT32_MAX + i,
		    .uri = BYTES_LIT("https://tam.example/tep"),
		    .body = BYTES_LIT("a body"),
		    .offset = 65536,
		    .number = ERR_FETCH,
		    .flag = true,
		    .has_uri = true,
		    .has_body = true};
		struct bytes out;
		char label[64];

		pool.used = 0;
		f.component = cbor("['app','x']");
		assert_int_equal(
		    link_write((struct span){pool_take(512), 512}, &f, &out),
		    OK);
		(void)snprintf(label, sizeof(label), "link.%s",
		    link_op_name((unsigned)op[i]));
		note(label, out);
	}
}

/* ---- the verdict ------------------------------------------------------ */

static void
as_everywhere(void **state)
{
	const char *to = getenv("BYTES_WRITE");
	char want[LINES_MAX];
	size_t n = 0, at = 0;
	FILE *f;

	(void)state;
	assert_int_equal(n_lines, 5 * 5 + 2 + 5 + 3 + 2 * 5 + 2 + 14);
	f = fopen(to != NULL ? to : VECTORS "/bytes", to != NULL ? "w" : "r");
	assert_non_null(f);
	if (to != NULL) {
		assert_true(fputs(lines, f) >= 0);
		assert_int_equal(fclose(f), 0);
		return;
	}
	n = fread(want, 1, sizeof(want) - 1, f);
	want[n] = '\0';
	(void)fclose(f);
	while (want[at] != '\0' && want[at] == lines[at])
		at++;
	if (want[at] == lines[at])
		return;
	while (at > 0 && lines[at - 1] != '\n')
		at--;
	fail_msg("differs from test/vectors/bytes: %.*s",
	    (int)strcspn(lines + at, "\n"), lines + at);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(teep),
	    cmocka_unit_test(evidence),
	    cmocka_unit_test(manifest),
	    cmocka_unit_test(frames),
	    cmocka_unit_test(as_everywhere),
	};

	return cmocka_run_group_tests(tests, fix, unfix);
}
