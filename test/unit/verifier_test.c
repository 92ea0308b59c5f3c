/*
 * verifier: every step of docs/evidence.md 5 accepts what it should, and
 * refuses with its own reason, which says what was expected and who said so.
 */
#include "rats_support.h"
#include <tamarind/tpm.h>

static struct pair evidence, evidence2, teep, report, tam, tam2, foreign, enc;
static struct library lib;
static struct draft d;
static struct appraisal a;
static char audience[2][KID_TEXT];
static const uint8_t challenge[32] = {0xcc, 1};
static uint64_t ask_now;

static int
setup(void **state)
{
	(void)state;
	assert_non_null(crypto_openssl());
	pair_make(&evidence, CRV_ED25519, false);
	pair_make(&evidence2, CRV_P256, false);
	pair_make(&teep, CRV_P256, false);
	pair_make(&report, CRV_P256, false);
	pair_make(&tam, CRV_P256, false);
	pair_make(&tam2, CRV_ED25519, false);
	pair_make(&foreign, CRV_P256, false);
	pair_make(&enc, CRV_P256, true);
	kid_text(tam.kid, audience[0]);
	kid_text(tam2.kid, audience[1]);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pair_free(&evidence);
	pair_free(&evidence2);
	pair_free(&teep);
	pair_free(&report);
	pair_free(&tam);
	pair_free(&tam2);
	pair_free(&foreign);
	pair_free(&enc);
	return 0;
}

/* Everything as it should be; a test then breaks one thing. */
static int
healthy(void **state)
{
	(void)state;
	memset(&lib, 0, sizeof(lib));
	library_endorse(&lib, &evidence, 7);
	library_endorse(&lib, &evidence2, 8);
	library_fill(&lib);
	draft_make(
	    &d, &evidence, &teep, &report, tam.kid, BYTES_OF(challenge), 7);
	ask_now = NOW;
	return 0;
}

static struct verifier_ask
ask(void)
{
	return (struct verifier_ask){
	    .media = BYTES_LIT(EAT_EVIDENCE_FORMAT),
	    .challenge = BYTES_OF(challenge),
	    .audience = (const char(*)[KID_TEXT])audience,
	    .n_audience = 2,
	    .teep_kid = teep.kid,
	    .now = ask_now,
	};
}

static enum err
appraise(struct bytes in)
{
	struct verifier_store s = library_store(&lib);
	struct verifier v = rats_verifier(&s);
	struct verifier_ask q = ask();
	enum err e;

	memset(&a, 0xff, sizeof(a)); /* what was there counts for nothing */
	e = verifier_appraise(&v, &q, in, &a);
	assert_int_equal(a.why.err, e);
	if (e != OK)
		assert_int_equal(a.verdict, REFUSED);
	return e;
}

/* Refused with this reason, and bound or not. */
static void
refuses(enum err e, const char *what, bool bound)
{
	enum err got = appraise(evidence_sign(&d));

	if (got != e)
		fail_msg("%s (%s) instead of %s", err_name(got),
		    a.why.what == NULL ? "" : a.why.what, err_name(e));
	assert_non_null(a.why.what);
	assert_string_equal(a.why.what, what);
	assert_int_equal(a.bound, bound);
	if (!bound)
		assert_int_equal(a.report_key.kty, 0);
}

static void
accepts(void **state)
{
	(void)state;
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	assert_int_equal(a.verdict, ACCEPTED);
	assert_true(a.bound);
	assert_int_equal(a.assurance, ASSURE_PROCESS);
	assert_memory_equal(a.report_kid, report.kid, KID_LEN);
	assert_memory_equal(&a.report_key, &report.pub, sizeof(a.report_key));
	assert_int_equal(a.claims.manifests.n, 2);
	assert_null(a.why.what);
	/* For the other key of the TAM, and from another device. */
	draft_aud(&d, tam2.kid);
	draft_enc_key(&d, &enc.pub);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	draft_make(
	    &d, &evidence2, &teep, &report, tam.kid, BYTES_OF(challenge), 8);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
}

/* ---- signature and endorsement ------------------------------------------- */

static void
unendorsed_key(void **state)
{
	(void)state;
	d.by = &foreign.s;
	refuses(ERR_EVIDENCE_KEY, "evidence key", false);
	assert_int_equal(a.why.kind, WHY_HEX);
	assert_true(bytes_same(a.why.found, BYTES_OF(foreign.kid)));
	assert_int_equal(a.claims.has, 0);
}

static void
no_key_id(void **state)
{
	uint8_t room[64];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes in;

	(void)state;
	assert_int_equal(cose_sign1_write(&w, &evidence.s, BYTES_LIT("\xa0"),
			     NULL, WRITE_TAGGED | WRITE_NO_KID),
	    ERR_ROOM);
	w = cbor_into(SPAN_OF(d.room));
	assert_int_equal(cose_sign1_write(&w, &evidence.s, BYTES_LIT("\xa0"),
			     NULL, WRITE_TAGGED | WRITE_NO_KID),
	    OK);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(appraise(in), ERR_EVIDENCE_KEY);
}

/* A flipped bit is never accepted; that includes one in the key id. */
static void
every_flipped_bit(void **state)
{
	struct bytes in = evidence_sign(&d);

	(void)state;
	for (size_t i = 0; i < 8 * in.n; i++) {
		d.room[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(appraise(in), OK);
		assert_false(a.bound);
		d.room[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	d.room[in.n - 1] ^= 1;
	assert_int_equal(appraise(in), ERR_SIGNATURE);
}

static void
not_signed_at_all(void **state)
{
	struct cbor_out w = cbor_into(SPAN_OF(d.room));
	struct bytes in;

	(void)state;
	assert_int_equal(appraise(BYTES_NONE), ERR_TRUNCATED);
	assert_int_equal(eat_write(&w, &d.c), OK);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(appraise(in), ERR_UNSIGNED);
}

static void
several_signatures(void **state)
{
	const struct signer *s[] = {&evidence.s};
	struct cbor_out w = cbor_into(SPAN_OF(d.room));
	struct bytes in;

	(void)state;
	assert_int_equal(cose_sign_write(&w, s, 1, BYTES_LIT("\xa0")), OK);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(appraise(in), ERR_COSE_TYPE);
}

/* ---- claims ---------------------------------------------------------------
 */

static void
missing_claims(void **state)
{
	static const struct {
		uint32_t bit;
		const char *what;
	} needed[] = {
	    {EAT_HAS_AUD, "aud"},
	    {EAT_HAS_CNF, "cnf"},
	    {EAT_HAS_NONCE, "eat_nonce"},
	    {EAT_HAS_UEID, "ueid"},
	    {EAT_HAS_OEMID, "oemid"},
	    {EAT_HAS_HWMODEL, "hwmodel"},
	    {EAT_HAS_HWVERSION, "hwversion"},
	    {EAT_HAS_PROFILE, "eat_profile"},
	    {EAT_HAS_BOOTSEED, "bootseed"},
	    {EAT_HAS_MANIFESTS, "manifests"},
	    {EAT_HAS_MEASUREMENTS, "measurements"},
	    {EAT_HAS_REPORT_KEY, "report-key"},
	    {EAT_HAS_COUNTER, "store-counter"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		d.c.has &= ~needed[i].bit;
		refuses(ERR_MISSING, needed[i].what, false);
		d.c.has |= needed[i].bit;
	}
}

static void
another_profile(void **state)
{
	(void)state;
	d.c.profile = BYTES_LIT(EAT_TEEP_PROFILE);
	refuses(ERR_UNEXPECTED, "eat_profile", false);
}

static void
measurements_are_there_once(void **state)
{
	(void)state;
	draft_measure_none(&d);
	draft_measure(&d, "agent", 0x22);
	refuses(ERR_MISSING, "measurement launcher", false);
	draft_measure_none(&d);
	draft_measure(&d, "launcher", 0x11);
	refuses(ERR_MISSING, "measurement agent", false);
	/* Which of the two was measured? */
	draft_measure(&d, "agent", 0x66);
	draft_measure(&d, "agent", 0x22);
	refuses(ERR_DUPLICATE, "measurement agent", false);
}

static void
entries_are_what_they_should_be(void **state)
{
	(void)state;
	d.c.manifests = (struct list){BYTES_LIT("\x82\x18\x3c\x41\xa0"), 1};
	refuses(ERR_TYPE, "manifests", false);
	(void)healthy(NULL);
	d.c.measurements = (struct list){BYTES_LIT("\x82\x18\x3c\x41\xa0"), 1};
	refuses(ERR_MISSING, "measurements", false);
	d.c.measurements = (struct list){BYTES_LIT("\x82\x18\x3d\x41\xa0"), 1};
	refuses(ERR_RANGE, "measurements", false);
}

/* ---- freshness and binding ------------------------------------------------
 */

static void
another_nonce(void **state)
{
	static const uint8_t nonce[32] = {0xcc, 2};

	(void)state;
	d.c.nonce = BYTES_OF(nonce);
	refuses(ERR_EVIDENCE_NONCE, "eat_nonce", false);
	assert_int_equal(a.why.kind, WHY_HEX);
	assert_true(bytes_same(a.why.expected, BYTES_OF(challenge)));
	assert_true(bytes_same(a.why.found, BYTES_OF(nonce)));
	d.c.nonce = (struct bytes){challenge, 31};
	refuses(ERR_EVIDENCE_NONCE, "eat_nonce", false);
}

static void
expired(void **state)
{
	(void)state;
	d.c.has |= EAT_HAS_EXP;
	d.c.exp = NOW + 1;
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	d.c.exp = NOW;
	refuses(ERR_EXPIRED, "exp", false);
	assert_int_equal(a.why.found_n, NOW);
	d.c.has &= ~(uint32_t)EAT_HAS_EXP;
	d.c.has |= EAT_HAS_NBF;
	d.c.nbf = NOW;
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	d.c.nbf = NOW + 1;
	refuses(ERR_EXPIRED, "nbf", false);
	assert_int_equal(a.why.found_n, NOW + 1);
}

static void
another_audience(void **state)
{
	(void)state;
	draft_aud(&d, foreign.kid);
	refuses(ERR_EVIDENCE_AUDIENCE, "aud", false);
	assert_int_equal(a.why.kind, WHY_TEXT);
	assert_true(bytes_same(a.why.expected,
	    (struct bytes){(const uint8_t *)audience[0], KID_TEXT - 1}));
	d.c.aud.n--;
	refuses(ERR_EVIDENCE_AUDIENCE, "aud", false);
}

static void
another_sender(void **state)
{
	(void)state;
	draft_cnf(&d, &foreign.pub);
	refuses(ERR_EVIDENCE_CNF, "cnf", false);
	assert_true(bytes_same(a.why.expected, BYTES_OF(teep.kid)));
	assert_true(bytes_same(a.why.found, BYTES_OF(foreign.kid)));
	d.c.cnf = BYTES_LIT("\xa0");
	refuses(ERR_MISSING, "cnf", false);
}

static void
one_key_one_purpose(void **state)
{
	(void)state;
	draft_report_key(&d, &teep.pub);
	refuses(ERR_KEY_PURPOSE, "report-key", false);
	draft_report_key(&d, &evidence.pub);
	refuses(ERR_KEY_PURPOSE, "report-key", false);
	draft_report_key(&d, &report.pub);
	draft_enc_key(&d, &report.pub);
	refuses(ERR_KEY_PURPOSE, "payload-keys", false);
	draft_enc_key(&d, &teep.pub);
	refuses(ERR_KEY_PURPOSE, "payload-keys", false);
	/* One key for two authorities; and two for one. */
	draft_enc_keys(&d,
	    (const struct eat_payload_key[]){
		{BYTES_LIT("a"), enc.pub}, {BYTES_LIT("b"), enc.pub}},
	    2);
	refuses(ERR_KEY_PURPOSE, "payload-keys", false);
	draft_enc_keys(&d,
	    (const struct eat_payload_key[]){
		{BYTES_LIT("a"), enc.pub}, {BYTES_LIT("b"), foreign.pub}},
	    2);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
}

/* The evidence key signs the message too. */
static void
evidence_key_as_teep_key(void **state)
{
	struct verifier_store s = library_store(&lib);
	struct verifier v = rats_verifier(&s);
	struct verifier_ask q = ask();

	(void)state;
	q.teep_kid = evidence.kid;
	draft_cnf(&d, &evidence.pub);
	assert_int_equal(
	    verifier_appraise(&v, &q, evidence_sign(&d), &a), ERR_KEY_PURPOSE);
	assert_int_equal(a.verdict, REFUSED);
}

static void
unusable_report_key(void **state)
{
	struct cose_key k = report.pub;

	(void)state;
	k.y[0] ^= 1;
	draft_report_key(&d, &k);
	refuses(ERR_COSE_KEY, "report-key", false);
	d.c.report_key = BYTES_LIT("\xa0");
	refuses(ERR_MISSING, "report-key", false);
}

/* ---- endorsement -----------------------------------------------------------
 */

static void
claims_differ_from_endorsement(void **state)
{
	(void)state;
	d.ueid[16] ^= 1;
	refuses(ERR_EVIDENCE_CLAIM, "ueid", false);
	assert_int_equal(a.why.kind, WHY_HEX);
	assert_true(bytes_same(a.why.source, BYTES_LIT("endorsements")));
	assert_true(bytes_same(a.why.found, BYTES_OF(d.ueid)));
	assert_int_equal(a.why.expected.n, 17);
	d.ueid[16] ^= 1;
	d.c.oemid = BYTES_LIT("\x43\x0a\x0b\x0d");
	refuses(ERR_EVIDENCE_CLAIM, "oemid", false);
	assert_int_equal(a.why.kind, WHY_TEXT);
	assert_true(bytes_same(a.why.expected, BYTES_LIT("0a0b0c")));
	assert_true(bytes_same(a.why.found, BYTES_LIT("0a0b0d")));
	d.c.oemid = BYTES_LIT("\x43\x0a\x0b\x0c");
	d.c.hwmodel = BYTES_LIT("model-2");
	refuses(ERR_EVIDENCE_CLAIM, "hwmodel", false);
	d.c.hwmodel = BYTES_LIT("model-");
	refuses(ERR_EVIDENCE_CLAIM, "hwmodel", false);
}

/* Endorsed, but as another device. */
static void
another_devices_key(void **state)
{
	(void)state;
	d.by = &evidence2.s;
	refuses(ERR_EVIDENCE_CLAIM, "ueid", false);
}

/* ---- reference values ------------------------------------------------------
 */

static void
another_hwversion(void **state)
{
	(void)state;
	d.c.hwversion = BYTES_LIT("\x82\x65rev-a\x01");
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	d.c.hwversion = BYTES_LIT("\x81\x65rev-c");
	refuses(ERR_MEASUREMENT, "hwversion", true);
	assert_int_equal(a.why.kind, WHY_TEXT);
	assert_true(bytes_same(a.why.expected, BYTES_LIT("rev-a")));
	assert_true(bytes_same(a.why.found, BYTES_LIT("rev-c")));
	assert_true(bytes_same(a.why.source, BYTES_LIT("values-0")));
}

static void
another_binary(void **state)
{
	uint8_t want[DIGEST_LEN], got[DIGEST_LEN];

	(void)state;
	memset(got, 0x66, sizeof(got));
	draft_measure_none(&d);
	draft_measure(&d, "launcher", 0x11);
	draft_measure(&d, "agent", 0x66);
	refuses(ERR_MEASUREMENT, "measurement agent", true);
	memset(want, 0x21, sizeof(want));
	assert_int_equal(a.why.kind, WHY_HEX);
	assert_true(bytes_same(a.why.expected, BYTES_OF(want)));
	assert_true(bytes_same(a.why.found, BYTES_OF(got)));
	assert_true(bytes_same(a.why.source, BYTES_LIT("values-3")));
	/* It may be repaired: who it is was proven. */
	assert_memory_equal(a.report_kid, report.kid, KID_LEN);
	draft_measure_none(&d);
	draft_measure(&d, "launcher", 0x66);
	draft_measure(&d, "agent", 0x22);
	refuses(ERR_MEASUREMENT, "measurement launcher", true);
	/* A component that is called like it is not it. */
	draft_measure_none(&d);
	draft_measure(&d, "launcher", 0x11);
	draft_measure(&d, "agent", 0x66);
	draft_measure(&d, "component:agent", 0x22);
	refuses(ERR_MEASUREMENT, "measurement agent", true);
}

static void
no_reference_values(void **state)
{
	(void)state;
	lib.n_values = 0;
	refuses(ERR_NO_REFERENCE, "hwversion", true);
	assert_int_equal(a.why.expected.n, 0);
	library_text(&lib, CORIM_REFERENCE, "hwversion", "rev-b");
	refuses(ERR_NO_REFERENCE, "measurement launcher", true);
	library_digest(&lib, "launcher", 0x11);
	refuses(ERR_NO_REFERENCE, "measurement agent", true);
	assert_int_equal(a.why.found.n, DIGEST_LEN);
	library_digest(&lib, "agent", 0x22);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
}

/* A value without digest matches no digest; both are shown as they are. */
static void
values_of_another_form(void **state)
{
	(void)state;
	lib.n_values = 0;
	library_text(&lib, CORIM_REFERENCE, "hwversion", "rev-b");
	library_text(&lib, CORIM_REFERENCE, "launcher", "1.0");
	refuses(ERR_MEASUREMENT, "measurement launcher", true);
	assert_int_equal(a.why.kind, WHY_CBOR);
	assert_true(
	    bytes_same(a.why.expected, BYTES_LIT("\xa1\x00\x63\x31.0")));
	assert_int_equal(a.why.found.n, 0);
}

/* Another class, and another vendor: they speak of somebody else. */
static void
values_of_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < lib.n_values; i++)
		lib.value[i].e.class_id = BYTES_LIT("model-2");
	refuses(ERR_NO_REFERENCE, "hwversion", true);
	assert_int_equal(a.why.kind, WHY_TEXT);
	assert_true(bytes_same(a.why.found, BYTES_LIT("rev-b")));
	for (size_t i = 0; i < lib.n_values; i++) {
		lib.value[i].e.class_id = BYTES_LIT("model-1");
		lib.value[i].e.vendor = BYTES_LIT("0a0b0d");
	}
	refuses(ERR_NO_REFERENCE, "hwversion", true);
}

/* Nobody takes such Evidence here. */
static void
another_media_type(void **state)
{
	static const char *const same[] = {
	    "application/eat+cwt; eat_profile=\"" EAT_EVIDENCE_PROFILE "\"",
	    "Application/EAT+cwt;eat_profile=" EAT_EVIDENCE_PROFILE,
	    "application/eat+cwt ;\teat_profile=\"" EAT_EVIDENCE_PROFILE "\" ",
	};
	static const char *const other[] = {
	    "",
	    "application/eat+cwt",
	    "application/eat+cwt; eat_profile=\"" EAT_TEEP_PROFILE "\"",
	    "application/eat+cwt; eat_profile=\"" EAT_EVIDENCE_PROFILE "2\"",
	    "application/eat+cwt; eat_profile=\"" EAT_EVIDENCE_PROFILE
	    "\"; eat_profile=\"x\"",
	};
	struct verifier_store s = library_store(&lib);
	struct verifier v = rats_verifier(&s);
	struct bytes in = evidence_sign(&d), nonce;
	struct verifier_ask q = ask();
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		q.media =
		    (struct bytes){(const uint8_t *)same[i], strlen(same[i])};
		assert_int_equal(verifier_appraise(&v, &q, in, &a), OK);
		assert_int_equal(
		    verifier_nonce(&v, q.media, in, &nonce, &why), OK);
		assert_true(bytes_same(nonce, BYTES_OF(challenge)));
	}
	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		q.media =
		    (struct bytes){(const uint8_t *)other[i], strlen(other[i])};
		assert_int_equal(
		    verifier_appraise(&v, &q, in, &a), ERR_NOT_ATTESTED);
		assert_int_equal(a.verdict, REFUSED);
		assert_string_equal(a.why.what, "media type");
		assert_true(
		    bytes_same(a.why.expected, BYTES_LIT(EAT_EVIDENCE_FORMAT)));
		assert_int_equal(verifier_nonce(&v, q.media, in, &nonce, &why),
		    ERR_NOT_ATTESTED);
	}
	assert_string_equal(verifier_media(&v, 0), EAT_EVIDENCE_FORMAT);
	assert_string_equal(verifier_media(&v, 1), TPM_EVIDENCE_FORMAT);
	assert_null(verifier_media(&v, 2));
}

static void
weakest_assurance_counts(void **state)
{
	(void)state;
	library_text(&lib, CORIM_ENDORSED, "assurance", "hardware-rooted");
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	assert_int_equal(a.assurance, ASSURE_PROCESS);
	library_text(&lib, CORIM_ENDORSED, "assurance", "as good as gold");
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	assert_int_equal(a.assurance, ASSURE_SELF_REPORTED);
	lib.n_values = 0;
	library_text(&lib, CORIM_REFERENCE, "hwversion", "rev-b");
	library_digest(&lib, "launcher", 0x11);
	library_digest(&lib, "agent", 0x22);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	assert_int_equal(a.assurance, ASSURE_SELF_REPORTED);
	library_text(&lib, CORIM_ENDORSED, "assurance", "TPM-measured");
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	assert_int_equal(a.assurance, ASSURE_TPM);
}

/* Where a machine's PCRs are expected, an EAT alone is nothing: root has the
 * attestation key sign what it likes. */
static void
quote_is_expected(void **state)
{
	(void)state;
	library_digest(&lib, "pcr-0", 0x51);
	assert_int_equal(appraise(evidence_sign(&d)), ERR_KEY_PURPOSE);
	assert_string_equal(a.why.what, "evidence key");
	assert_false(a.bound);
}

/* Components need no reference value; but where there is one, it counts, and
 * the refusal says which component it is about. */
static void
components(void **state)
{
	(void)state;
	draft_measure(&d, "component:ta", 0x41);
	draft_measure(&d, "component:tb", 0x42);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	assert_int_equal(a.failed.n, 0);
	library_digest(&lib, "component:ta", 0x40);
	library_digest(&lib, "component:ta", 0x41);
	library_digest(&lib, "component:tc", 0x43);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	assert_int_equal(a.assurance, ASSURE_PROCESS);
	library_digest(&lib, "component:tb", 0x44);
	refuses(ERR_MEASUREMENT, "measurement component:tb", true);
	assert_true(bytes_same(a.failed, BYTES_LIT("component:tb")));
	assert_int_equal(a.why.expected.p[0], 0x44);
	assert_int_equal(a.why.found.p[0], 0x42);
	assert_true(a.why.source.n > 0);
	/* in any order; each once */
	library_digest(&lib, "component:tb", 0x42);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	draft_measure(&d, "component:ta", 0x42);
	refuses(ERR_DUPLICATE, "claims", true);
	assert_int_equal(a.failed.n, 0);
}

/* Names as they may be: too long for any store, cut by a NUL, not to be
 * shown; a value of another form. */
static void
odd_components(void **state)
{
	char name[250];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	draft_measure(&d, name, 0x41);
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	draft_measure(&d, "a\x1b[m", 0x41);
	library_digest(&lib, "a\x1b[m", 0x40);
	refuses(ERR_MEASUREMENT, "measurement", true);
	assert_true(bytes_same(a.failed, BYTES_LIT("a\x1b[m")));
	(void)healthy(NULL);
	library_text(&lib, CORIM_REFERENCE, "policy", "version 1");
	refuses(ERR_MEASUREMENT, "measurement policy", true);
	/* which of the others failed */
	(void)healthy(NULL);
	draft_measure_none(&d);
	draft_measure(&d, "launcher", 0x11);
	draft_measure(&d, "agent", 0x23);
	refuses(ERR_MEASUREMENT, "measurement agent", true);
	assert_true(bytes_same(a.failed, BYTES_LIT("agent")));
	(void)healthy(NULL);
	draft_cnf(&d, &foreign.pub);
	refuses(ERR_EVIDENCE_CNF, "cnf", false);
	assert_int_equal(a.failed.n, 0);
}

static void
a_broken_store_is_no_verdict(void **state)
{
	size_t questions;

	(void)state;
	lib.fail = ERR_STORE;
	for (questions = 0;; questions++) {
		lib.fail_after = questions;
		lib.asked = 0;
		if (appraise(evidence_sign(&d)) == OK)
			break;
		assert_int_equal(a.why.err, ERR_STORE);
	}
	/* The key, and the library. */
	assert_int_equal(questions, 2);
}

/* ---- results ---------------------------------------------------------------
 */

static void
result(void **state)
{
	uint8_t room[4096], kid[KID_LEN];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct verifier_ask q = ask();
	struct eat_claims r;
	struct bytes out;
	struct why why;

	(void)state;
	assert_int_equal(appraise(evidence_sign(&d)), OK);
	assert_int_equal(verifier_result_write(&w, &a, &q, 3600), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(eat_parse(out, &r, &why), OK);
	assert_int_equal(eat_result_complete(&r, &why), OK);
	assert_int_equal(r.exp, NOW + 3600);
	assert_int_equal(r.iat, NOW);
	assert_true(bytes_same(r.nonce, BYTES_OF(challenge)));
	assert_true(bytes_same(r.profile, BYTES_LIT(EAT_TEEP_PROFILE)));
	assert_true(bytes_same(r.ueid, d.c.ueid));
	assert_true(bytes_same(r.oemid, d.c.oemid));
	assert_true(bytes_same(r.hwmodel, d.c.hwmodel));
	assert_true(bytes_same(r.hwversion, d.c.hwversion));
	assert_true(bytes_same(r.manifests.raw, d.c.manifests.raw));
	assert_int_equal(eat_cnf_kid(crypto_openssl(), r.cnf, kid), OK);
	assert_memory_equal(kid, teep.kid, KID_LEN);
	assert_true(bytes_prefix(r.cnf, BYTES_LIT("\xa1\x03\x58\x20")));
	/* What it is worth, and who signs reports, nobody else could say. */
	assert_true(bytes_same(r.assurance, BYTES_LIT("process-grade")));
	assert_true(bytes_same(r.report_key, d.c.report_key));
	/* Neither audience nor measurements nor other keys leave with it. */
	assert_int_equal(r.has & (EAT_HAS_AUD | EAT_HAS_MEASUREMENTS |
				     EAT_HAS_PAYLOAD_KEYS | EAT_HAS_BOOTSEED),
	    0);
}

/* Whoever asks does not know the sender, nor for whom: the Result says which
 * key it is about. */
static void
asked_by_a_stranger(void **state)
{
	uint8_t room[4096], kid[KID_LEN];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct verifier_store s = library_store(&lib);
	struct verifier v = rats_verifier(&s);
	struct verifier_ask q = ask();
	struct eat_claims r;
	struct bytes out;

	(void)state;
	q.teep_kid = NULL;
	q.n_audience = 0;
	draft_aud(&d, foreign.kid);
	assert_int_equal(verifier_appraise(&v, &q, evidence_sign(&d), &a), OK);
	assert_true(a.has_kid);
	assert_memory_equal(a.kid, teep.kid, KID_LEN);
	assert_int_equal(verifier_result_write(&w, &a, &q, 3600), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(eat_parse(out, &r, NULL), OK);
	assert_int_equal(eat_cnf_kid(crypto_openssl(), r.cnf, kid), OK);
	assert_memory_equal(kid, teep.kid, KID_LEN);
	/* One key, one purpose, even so. */
	draft_report_key(&d, &teep.pub);
	assert_int_equal(
	    verifier_appraise(&v, &q, evidence_sign(&d), &a), ERR_KEY_PURPOSE);
	draft_cnf(&d, &evidence.pub);
	assert_int_equal(
	    verifier_appraise(&v, &q, evidence_sign(&d), &a), ERR_KEY_PURPOSE);
	assert_false(a.has_kid);
}

/* The EAR of the last appraisal, as a Relying Party reads it. */
static struct ear_appraisal
ear_of(uint8_t *room, size_t n, struct ear *e)
{
	static const struct bytes profile[] = {BYTES_LIT(EAR_PROFILE)};
	const struct verifier_name name = {BYTES_LIT("us"), BYTES_LIT("1")};
	uint8_t scratch[8192];
	struct cbor_out w = cbor_into((struct span){room, n});
	struct verifier_store s = library_store(&lib);
	struct verifier v = rats_verifier(&s);
	struct verifier_ask q = ask();
	struct ear_appraisal one;
	struct cbor_in items;
	struct bytes out;
	size_t count;

	assert_int_equal(
	    verifier_ear_write(&w, &v, &a, &q, 3600, &name, SPAN_OF(scratch)),
	    OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(ear_parse(out, profile, 1, e, NULL), OK);
	items = ear_appraisals(e, &count);
	assert_int_equal(count, 1);
	assert_int_equal(ear_appraisal_read(&items, &one), OK);
	assert_true(bytes_same(one.name, BYTES_LIT("eat")));
	assert_int_equal(one.status, ear_worst(&one.vector));
	return one;
}

static void
ears(void **state)
{
	static const struct {
		const char *class;
		enum ear_tier status;
	} worth[] = {
	    {"self-reported", EAR_WARNING},
	    {"process-grade", EAR_WARNING},
	    {"TPM-measured", EAR_AFFIRMING},
	    {"hardware-rooted", EAR_AFFIRMING},
	};
	uint8_t room[16384];
	struct ear_appraisal one;
	struct ear e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(worth); i++) {
		lib.n_values--;
		library_text(&lib, CORIM_ENDORSED, "assurance", worth[i].class);
		assert_int_equal(appraise(evidence_sign(&d)), OK);
		one = ear_of(room, sizeof(room), &e);
		assert_int_equal(one.status, worth[i].status);
		assert_true((one.has & EAR_HAS_TEEP) != 0);
		assert_int_equal(e.iat, NOW);
		assert_int_equal(e.exp, NOW + 3600);
		assert_true(bytes_same(e.nonce, BYTES_OF(challenge)));
		assert_true(bytes_prefix(e.cnf, BYTES_LIT("\xa1\x03")));
	}
	/* Refused: for what it runs, for what it is, for who says so. */
	draft_measure_none(&d);
	draft_measure(&d, "launcher", 0x11);
	draft_measure(&d, "agent", 0x66);
	assert_int_equal(appraise(evidence_sign(&d)), ERR_MEASUREMENT);
	one = ear_of(room, sizeof(room), &e);
	assert_int_equal(one.status, EAR_CONTRAINDICATED);
	assert_int_equal(one.vector.value[EAR_EXECUTABLES], 96);
	assert_false((one.has & EAR_HAS_TEEP) != 0);
	d.c.hwversion = BYTES_LIT("\x81\x65rev-c");
	assert_int_equal(appraise(evidence_sign(&d)), ERR_MEASUREMENT);
	one = ear_of(room, sizeof(room), &e);
	assert_int_equal(one.status, EAR_CONTRAINDICATED);
	d.ueid[3] ^= 1;
	assert_int_equal(appraise(evidence_sign(&d)), ERR_EVIDENCE_CLAIM);
	one = ear_of(room, sizeof(room), &e);
	assert_int_equal(one.status, EAR_CONTRAINDICATED);
	assert_int_equal(one.vector.value[EAR_INSTANCE_IDENTITY], 97);
	assert_int_equal(e.cnf.n, 0);
	d.by = &foreign.s;
	assert_int_equal(appraise(evidence_sign(&d)), ERR_EVIDENCE_KEY);
	one = ear_of(room, sizeof(room), &e);
	assert_int_equal(one.status, EAR_CONTRAINDICATED);
	assert_int_equal(one.vector.value[EAR_EXECUTABLES], EAR_CRYPTO_FAILED);
}

static void
no_result_without_acceptance(void **state)
{
	uint8_t room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct verifier_ask q = ask();
	struct appraisal none;

	(void)state;
	memset(&none, 0, sizeof(none));
	assert_int_equal(verifier_result_write(&w, &none, &q, 3600), ERR_BUG);
	d.ueid[3] ^= 1;
	assert_int_equal(appraise(evidence_sign(&d)), ERR_EVIDENCE_CLAIM);
	assert_int_equal(verifier_result_write(&w, &a, &q, 3600), ERR_BUG);
	assert_int_equal(w.at, 0);
}

static void
vendors(void **state)
{
	static const struct {
		struct bytes oemid;
		const char *text;
	} good[] = {
	    {BYTES_LIT("\x43\x00\xab\xff"), "00abff"},
	    {BYTES_LIT("\x50"
		       "0123456789abcdef"),
		"30313233343536373839616263646566"},
	    {BYTES_LIT("\x19\x1f\x3c"), "7996"},
	    {BYTES_LIT("\x00"), "0"},
	    {BYTES_LIT("\x20"), "-1"},
	    {BYTES_LIT("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"-9223372036854775808"},
	};
	static const struct bytes bad[] = {
	    BYTES_LIT("\x60"),
	    BYTES_LIT("\x42\x00\x01"),
	    BYTES_LIT("\x00\x00"),
	    BYTES_LIT("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"),
	    {NULL, 0},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(verifier_vendor(good[i].oemid, out), OK);
		assert_string_equal(out, good[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_not_equal(verifier_vendor(bad[i], out), OK);
}

static void
assurance_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= ASSURE_HARDWARE; i++) {
		const char *n = assurance_name((enum assurance)i);

		assert_int_equal(assurance_from_name((struct bytes){
				     (const uint8_t *)n, strlen(n)}),
		    i);
	}
	assert_string_equal(assurance_name((enum assurance)99), "none");
	assert_int_equal(
	    assurance_from_name(BYTES_LIT("Process-Grade")), ASSURE_NONE);
}

#define TEST(f) cmocka_unit_test_setup(f, healthy)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(accepts),
	    TEST(unendorsed_key),
	    TEST(no_key_id),
	    TEST(every_flipped_bit),
	    TEST(not_signed_at_all),
	    TEST(several_signatures),
	    TEST(missing_claims),
	    TEST(another_profile),
	    TEST(measurements_are_there_once),
	    TEST(entries_are_what_they_should_be),
	    TEST(another_nonce),
	    TEST(expired),
	    TEST(another_audience),
	    TEST(another_sender),
	    TEST(one_key_one_purpose),
	    TEST(evidence_key_as_teep_key),
	    TEST(unusable_report_key),
	    TEST(claims_differ_from_endorsement),
	    TEST(another_devices_key),
	    TEST(another_hwversion),
	    TEST(another_binary),
	    TEST(no_reference_values),
	    TEST(values_of_another_form),
	    TEST(values_of_others),
	    TEST(another_media_type),
	    TEST(weakest_assurance_counts),
	    TEST(quote_is_expected),
	    TEST(components),
	    TEST(odd_components),
	    TEST(a_broken_store_is_no_verdict),
	    TEST(result),
	    TEST(asked_by_a_stranger),
	    TEST(ears),
	    TEST(no_result_without_acceptance),
	    TEST(vendors),
	    TEST(assurance_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
