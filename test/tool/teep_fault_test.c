/*
 * Every fault, in every kind of thing it applies to: a receiver refuses it
 * for the reason of its row here, or takes it where it must.
 *
 * The receiver is `teep check` with everything an exchange knows told to it;
 * Evidence, Results, reports and manifests stand in a message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <check.h>
#include <crypto_openssl.h>
#include <fault.h>

#define NOW   UINT64_C(1800000000)
#define TOKEN BYTES_LIT("0123456789abcdef")

static struct build b;
static struct dialect dialect; /* of messages, both ways */
static struct signer esp, ed, report, signer, other_ed;
static struct cose_key esp_pub, ed_pub, report_pub, signer_pub, enc_pub,
    other_pub;
static struct keydir keys;
static FILE *notes;

/* ---- what is right ----------------------------------------------------------
 */

static void
add_key(const char *name, int32_t crv, struct signer *s, struct cose_key *pub)
{
	struct key_ring_row *row = &keys.ring.row[keys.ring.n];
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;

	assert_int_equal(
	    openssl_key_generate(crv, SPAN_OF(room), &pem, pub), OK);
	if (s == NULL) {
		assert_int_equal(
		    openssl_agreer_load(pem, &keys.agreer[keys.n_agreers++]),
		    OK);
		return;
	}
	assert_int_equal(openssl_signer_load(pem, s), OK);
	row->name = name;
	row->key = *pub;
	memcpy(row->kid, s->kid, KID_LEN);
	keys.ring.n++;
}

static int
keys_make(void **state)
{
	(void)state;
	assert_non_null(crypto_openssl());
	add_key("esp", CRV_P256, &esp, &esp_pub);
	add_key("ed", CRV_ED25519, &ed, &ed_pub);
	add_key("report", CRV_P256, &report, &report_pub);
	add_key("signer", CRV_P256, &signer, &signer_pub);
	add_key("other", CRV_ED25519, &other_ed, &other_pub);
	add_key("encryption", CRV_P256, NULL, &enc_pub);
	keys.view = key_ring_view(&keys.ring);
	notes = fopen("/dev/null", "w");
	assert_non_null(notes);
	return 0;
}

static int
keys_free(void **state)
{
	(void)state;
	openssl_signer_free(&esp);
	openssl_signer_free(&ed);
	openssl_signer_free(&report);
	openssl_signer_free(&signer);
	openssl_signer_free(&other_ed);
	openssl_agreer_free(&keys.agreer[0]);
	(void)fclose(notes);
	return 0;
}

static struct bytes
evidence(void)
{
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
	const struct build_seal seal = {&enc_pub, COSE_CTX_EAT, ALG_A128GCM};

	return build_evidence(&b, &d, TOKEN, ed.kid, NULL, 0, seal);
}

static struct bytes
result(void)
{
	const struct eat_manifest one = {
	    BYTES_NONE, ALG_SHA256, BYTES_OF(esp.kid)};
	struct cbor_out w = cbor_into(build_room(&b, 128));
	struct build_result r = {
	    .by = &ed,
	    .nonce = TOKEN,
	    .ueid = BYTES_LIT("\x01"
			      "0123456789abcdef"),
	    .oemid = BYTES_LIT("\x43\x0a\x0b\x0c"),
	    .hwmodel = BYTES_LIT("model"),
	    .hwversion = BYTES_LIT("\x81\x61"
				   "1"),
	    .iat = NOW,
	    .exp = NOW + 3600,
	};

	eat_manifest_put(&w, &one);
	r.manifests = (struct list){build_done(&b, &w), 1};
	memcpy(r.cnf, esp.kid, KID_LEN);
	return build_result(&b, &r);
}

static struct bytes
manifest(void)
{
	const struct signer *const by[] = {&signer};
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r = {
	    .sequence = 3,
	    .component = build_id(&b, "ta/x"),
	    .uri = BYTES_LIT("#payload"),
	    .payload = BYTES_LIT("hello"),
	    .size = 5,
	    .digest = BYTES_OF(digest),
	};

	assert_int_equal(b.crypto->sha256(&r.payload, 1, digest), OK);
	return build_manifest(&b, &r, by, 1);
}

static struct bytes
a_report(void)
{
	const struct build_seal seal = {&enc_pub, COSE_CTX_REPORT, ALG_A128GCM};

	return build_report(&b, &report, esp.kid, TOKEN, OK, seal);
}

/* The message that is, or carries, what is made.  A QueryRequest is in a
 * COSE_Sign; attested: and asks for Evidence. */
static struct bytes
message(unsigned made, bool attested)
{
	const struct signer *const by[] = {&esp, &ed};
	struct teep_message m = {.has = TEEP_HAS_TOKEN, .token = TOKEN};
	struct bytes one;
	size_t n = 1;

	switch (made) {
	case MADE_QUERY_REQUEST:
		m.type = TEEP_QUERY_REQUEST;
		m.suites = dialect_offer(b.dialect)->both;
		m.profiles = dialect_offer(b.dialect)->profiles;
		m.items =
		    attested ? TEEP_ITEM_ATTESTATION : TEEP_ITEM_COMPONENTS;
		n = 2;
		break;
	case MADE_QUERY_RESPONSE:
	case MADE_EVIDENCE:
		m.type = TEEP_QUERY_RESPONSE;
		m.has |= TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT;
		m.attestation = evidence();
		m.format = BYTES_LIT(EAT_EVIDENCE_FORMAT);
		break;
	case MADE_UPDATE:
	case MADE_RESULT:
	case MADE_MANIFEST:
		m.type = TEEP_UPDATE;
		m.has |= TEEP_HAS_ATTESTATION | TEEP_HAS_MANIFESTS;
		m.attestation = result();
		one = manifest();
		m.manifests = build_list(&b, &one, 1);
		break;
	case MADE_SUCCESS:
	case MADE_REPORT:
		m.type = TEEP_SUCCESS;
		m.has |= TEEP_HAS_REPORTS;
		one = a_report();
		m.reports = build_list(&b, &one, 1);
		break;
	default:
		m.type = TEEP_ERROR;
		m.has |= TEEP_HAS_FRESHNESS;
		m.freshness = teep_fresh_nonce;
		m.err_code = TEEP_ERR_FRESHNESS;
		break;
	}
	return build_message(&b, &m, by, n);
}

static enum err
receive(struct bytes in, bool agent)
{
	struct check c = {
	    .crypto = b.crypto,
	    .keys = &keys,
	    .agent = agent,
	    .now = NOW,
	    .in = in,
	    .notes = notes,
	    .strict_keys = true,
	    .dialect = dialect,
	    .pinned = b.dialect != NULL,
	    .token = TOKEN,
	    .challenge = TOKEN,
	    .about = BYTES_OF(esp.kid),
	};
	char aud[KID_TEXT];

	kid_text(ed.kid, aud);
	c.audience = bytes_of_text(aud);
	return check_message(&c);
}

static bool
to_agent(unsigned made)
{
	return (made & ((unsigned)MADE_QUERY_REQUEST | MADE_UPDATE |
			   MADE_RESULT | MADE_MANIFEST)) != 0;
}

/* A trusted key of the same kind as the one that signs. */
static const uint8_t *
other_kid(unsigned made)
{
	if ((made & MADE_CLAIMS) != 0)
		return other_ed.kid;
	return made == MADE_MANIFEST ? report.kid : signer.kid;
}

/* ---- what is wrong ----------------------------------------------------------
 */

// clang-format off
#define QREQ   MADE_QUERY_REQUEST
#define QRES   MADE_QUERY_RESPONSE
#define UPD    MADE_UPDATE
#define SUCC   MADE_SUCCESS
#define ERRO   MADE_ERROR
#define EVID   MADE_EVIDENCE
#define RESU   MADE_RESULT
#define REPO   MADE_REPORT
#define SUIT   MADE_MANIFEST
#define REST   MADE_ALL

/* The reason of a fault in these kinds; rows are tried in order. */
static const struct row {
	const char *fault;
	unsigned kinds;
	enum err reason;
} rows[] = {
	{"duplicate-key", REST, ERR_DUPLICATE},
	{"unsorted-keys", REST, OK},
	{"indefinite-length", REST, ERR_INDEFINITE},
	{"non-shortest", REST, ERR_NOT_SHORTEST},
	{"count-lies", QREQ, ERR_TYPE},
	{"count-lies", REST, ERR_TRUNCATED},
	{"trailing-inside", REST, ERR_TRAILING},
	{"truncated-inside", REST, ERR_TRUNCATED},
	{"tagged-inside", REST, ERR_TYPE},
	{"deep-nesting", SUIT, ERR_TYPE},
	{"deep-nesting", REST, ERR_DEPTH},
	{"bad-utf8", REST, ERR_UTF8},
	{"reserved-encoding", REST, ERR_RESERVED},
	{"oversize", REST, ERR_TOO_LONG},
	{"float-where-uint", REST, ERR_TYPE},
	{"text-where-bytes", REST, ERR_TYPE},
	{"wrong-type", REST, ERR_TEEP_TYPE},
	{"legacy-type", SUCC, ERR_RANGE},
	{"legacy-type", REST, ERR_TEEP_TYPE},
	{"legacy-labels", UPD, ERR_TOKEN},
	{"legacy-labels", REST, ERR_TYPE},
	{"unknown-option", REST, OK},
	{"missing-option", RESU, ERR_RESULT_CLAIMS},
	{"missing-option", QREQ | ERRO, ERR_TEEP_RULE},
	{"missing-option", REST, ERR_MISSING},
	{"missing-member", REST, ERR_RANGE},
	{"missing-err-code", REST, ERR_RANGE},
	{"extra-member", REST, ERR_RANGE},
	{"options-array", REST, ERR_TYPE},
	{"token-short", REST, ERR_RANGE},
	{"token-long", REST, ERR_RANGE},
	{"token-wrong", REST, ERR_TOKEN},
	{"challenge-short", REST, ERR_RANGE},
	{"challenge-unasked", REST, ERR_TEEP_RULE},
	{"suites-empty", REST, ERR_RANGE},
	{"suites-unknown", REST, ERR_NO_COMMON_SUITE},
	{"profiles-empty", REST, ERR_RANGE},
	{"profiles-unknown", REST, ERR_NO_PROFILE},
	{"version-unknown", REST, ERR_NO_COMMON_VERSION},
	{"freshness-unknown", REST, ERR_NO_FRESHNESS},
	{"items-unknown", REST, OK},
	{"err-code-zero", REST, ERR_RANGE},
	{"err-code-unknown", REST, OK},
	{"text-long", REST, ERR_RANGE},
	{"text-control", REST, ERR_TEXT},
	{"manifest-list-empty", REST, ERR_RANGE},
	{"manifest-garbage", REST, ERR_TYPE},
	{"reports-empty", REST, ERR_RANGE},
	{"format-alone", REST, ERR_TEEP_RULE},
	{"attestation-garbage", QRES, ERR_UNDECRYPTABLE},
	{"attestation-garbage", REST, ERR_UNSIGNED},
	{"nonce-wrong", EVID, ERR_EVIDENCE_NONCE},
	{"nonce-wrong", REST, ERR_RESULT_NONCE},
	{"nonce-short", REST, ERR_RANGE},
	{"nonce-missing", EVID, ERR_MISSING},
	{"nonce-missing", REST, ERR_RESULT_NONCE},
	{"nonce-list", REST, ERR_TYPE},
	{"cnf-other", EVID, ERR_EVIDENCE_CNF},
	{"cnf-other", REST, ERR_RESULT_CNF},
	{"aud-other", REST, ERR_EVIDENCE_AUDIENCE},
	{"iat-future", REST, ERR_RANGE},
	{"exp-past", REST, ERR_EXPIRED},
	{"nbf-future", REST, ERR_RANGE},
	{"profile-other", EVID, ERR_UNEXPECTED},
	{"profile-other", REST, ERR_RESULT_CLAIMS},
	{"ueid-short", REST, ERR_RANGE},
	{"ueid-other", REST, OK},
	{"oemid-size", REST, ERR_RANGE},
	{"bootseed-short", REST, ERR_RANGE},
	{"measurement-wrong", REST, OK},
	{"measurements-missing", REST, ERR_MISSING},
	{"report-key-same", REST, ERR_KEY_PURPOSE},
	{"manifest-version", REST, ERR_VERSION},
	{"command-unknown", REST, ERR_COMMAND},
	{"command-odd", REST, ERR_MISSING},
	{"index-outside", REST, ERR_RANGE},
	{"severed", REST, ERR_SEVERED},
	{"components-none", REST, ERR_RANGE},
	{"manifest-digest", REST, ERR_MANIFEST_DIGEST},
	{"alg-missing", REST, ERR_COSE_HEADER},
	{"alg-unprotected", REST, ERR_COSE_HEADER},
	{"alg-mismatch", REST, ERR_COSE_ALG},
	{"alg-polymorphic", SUIT, OK},
	{"alg-polymorphic", REST, ERR_COSE_ALG},
	{"alg-unknown", REST, ERR_COSE_ALG},
	{"alg-twice", REST, ERR_DUPLICATE},
	{"crit-unknown", REST, ERR_COSE_CRIT},
	{"crit-empty", REST, ERR_COSE_CRIT},
	{"crit-unprotected", REST, ERR_COSE_HEADER},
	{"no-kid", REST, OK},
	{"unknown-kid", REST, ERR_UNKNOWN_KEY},
	{"wrong-kid", REST, ERR_SIGNATURE},
	{"kid-twice", REST, ERR_COSE_HEADER},
	{"header-unknown", REST, OK},
	{"header-large", REST, ERR_RANGE},
	{"bad-signature", REST, ERR_SIGNATURE},
	{"signature-short", REST, ERR_SIGNATURE},
	{"signature-long", REST, ERR_SIGNATURE},
	{"signature-zero", REST, ERR_SIGNATURE},
	{"payload-changed", REST, ERR_SIGNATURE},
	{"untagged", REST, OK},
	{"wrong-tag", REST, ERR_COSE_TYPE},
	{"unsigned", REST, ERR_UNSIGNED},
	{"unsigned-envelope", REST, ERR_UNSIGNED},
	{"payload-nil", REST, ERR_MISSING},
	{"payload-text", REST, ERR_TYPE},
	{"protected-map", RESU, ERR_UNSIGNED},
	{"protected-map", REST, ERR_COSE_TYPE},
	{"cose-extra", RESU, ERR_UNSIGNED},
	{"cose-extra", REST, ERR_COSE_TYPE},
	{"cose-indefinite", REST, ERR_INDEFINITE},
	{"cose-non-shortest", REST, ERR_NOT_SHORTEST},
	{"trailing-bytes", REST, ERR_TRAILING},
	{"truncated", REST, ERR_TRUNCATED},
	{"ciphertext-changed", REST, ERR_UNDECRYPTABLE},
	{"unencrypted", REST, ERR_UNDECRYPTABLE},
};
// clang-format on

static enum err
expected(const char *fault, unsigned made)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].fault, fault) == 0 &&
		    (rows[i].kinds & made) != 0)
			return rows[i].reason;
	return ERR_BUG;
}

static void
test_right(void **state)
{
	(void)state;
	for (unsigned made = 1; made < MADE_ALL; made <<= 1) {
		b = build_new(crypto_openssl());
		assert_int_equal(
		    receive(message(made, false), to_agent(made)), OK);
		assert_int_equal(b.err, OK);
		build_free(&b);
	}
}

static void
test_every_fault(void **state)
{
	size_t made_n = 0, wrong = 0;

	(void)state;
	for (size_t i = 0; i < faults_n; i++) {
		for (unsigned made = 1; made < MADE_ALL; made <<= 1) {
			struct bytes wire;
			enum err e, want = expected(faults[i].name, made);

			if ((faults[i].kinds & made) == 0)
				continue;
			b = build_new(crypto_openssl());
			fault_inject(&b, &faults[i], made, other_kid(made));
			wire = message(made, false);
			e = b.err != OK ? b.err : receive(wire, to_agent(made));
			if (b.err != OK || b.n_applied == 0)
				e = ERR_BUG;
			if (e != want || want == ERR_BUG) {
				print_message("%-22s %-15s %s, not %s%s\n",
				    faults[i].name, made_name(made),
				    err_name(e), err_name(want),
				    b.err != OK ? " (not made)" : "");
				wrong++;
			}
			made_n++;
			build_free(&b);
		}
	}
	print_message("%zu faults, made %zu times\n", faults_n, made_n);
	assert_true(faults_n >= 40 && made_n >= 300);
	assert_int_equal(wrong, 0);
}

/* The faults of messages in the other numbering, algorithm ids and profiles:
 * whatever its labels, a fault is the one that its row describes. */
static void
test_every_fault_legacy(void **state)
{
	size_t made_n = 0, none = 0, wrong = 0;

	(void)state;
	assert_int_equal(dialect_named("legacy", &dialect), OK);
	dialect.first = DIALECT_SIGN;
	for (size_t i = 0; i < faults_n; i++) {
		for (unsigned made = 1; made <= MADE_MESSAGES; made <<= 1) {
			enum err e, want = expected(faults[i].name, made);

			if ((faults[i].kinds & made) == 0)
				continue;
			if (!fault_in(&faults[i], made, &dialect)) {
				none++;
				continue;
			}
			b = build_new(crypto_openssl());
			b.dialect = &dialect;
			fault_inject(&b, &faults[i], made, other_kid(made));
			e = receive(message(made, false), to_agent(made));
			if (b.err != OK || b.n_applied == 0)
				e = ERR_BUG;
			if (e != want || want == ERR_BUG) {
				print_message("%-22s %-15s %s, not %s\n",
				    faults[i].name, made_name(made),
				    err_name(e), err_name(want));
				wrong++;
			}
			made_n++;
			build_free(&b);
		}
	}
	dialect = (struct dialect){0};
	print_message("made %zu times in legacy\n", made_n);
	assert_true(made_n >= 200);
	assert_int_equal(none, 12);
	assert_int_equal(wrong, 0);
}

/* A row here without a fault would prove nothing. */
static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_non_null(fault_named(rows[i].fault));
	for (size_t i = 0; i < faults_n; i++) {
		assert_ptr_equal(fault_named(faults[i].name), &faults[i]);
		assert_true(strlen(faults[i].answer) > 0);
		assert_true(strlen(faults[i].section) > 0);
		assert_true(faults[i].kinds != 0);
	}
	assert_null(fault_named("nonsense"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_right),
	    cmocka_unit_test(test_every_fault),
	    cmocka_unit_test(test_every_fault_legacy),
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
