/*
 * verifier_tdx: the published quote of Intel TDX is authentic, and refused
 * since its domain may be debugged, and where a TEEP key is to be bound; one
 * signed by a maker of the test's own binds one, and everything that can be
 * wrong has a name.
 */
#include "hardware.h"
#include "verifier/tdx.h"

#define TYPE    "tag:tamarind.example,2026:tdx"
#define BARE    "application/vnd.intel.tdx.quote"
#define INTEL   "343"
#define TDX_NOW 1750000000u
#define BODY    48
#define SIG     (48 + 584 + 4)
#define QE      (SIG + 128 + 6)
#define QE_SIG  (QE + 384)
#define CERTS   (QE_SIG + 64 + 2 + 32 + 6)

static struct cast cast;
static struct shelf shelf;
static struct wrapped box;
static struct asking q;
static struct made root, pck;
static EVP_PKEY *key;
static uint8_t quote[16384];
static struct bytes sample;
static uint8_t says_room[1024];
static struct says says = {"1.2.840.113741.1.13.1", {says_room, 0}};
static size_t refusals;

/* ---- what is expected ---------------------------------------------------- */

/* Everything as it is in the quote that is there. */
static void
shelf_fill(struct bytes anchor)
{
	static const char *const rtmr[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
	struct tdx_platform p;
	struct bytes env, item[1];
	char name[16];

	memset(&shelf, 0, sizeof(shelf));
	assert_int_equal(tdx_platform_read(says.value, &p), OK);
	item[0] = key_is(&shelf, anchor.p[0] == 0x30 ? 562 : 555, anchor);
	env = about(&shelf, 0, BYTES_NONE, INTEL, BYTES_NONE);
	shelf_say(&shelf, SAYS_ATTEST_KEY, env, item, 1);
	env = about(&shelf, 560, p.fmspc, INTEL, BYTES_NONE);
	item[0] = digest_is(
	    &shelf, "mrtd", 7, (struct bytes){quote + BODY + 136, 48});
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	for (size_t i = 0; i < 4; i++) {
		item[0] = digest_is(&shelf, rtmr[i], 7,
		    (struct bytes){quote + BODY + 328 + 48 * i, 48});
		shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	}
	item[0] = digest_is(
	    &shelf, "mrseam", 7, (struct bytes){quote + BODY + 16, 48});
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	item[0] = digest_is(
	    &shelf, "qe.signer", 1, (struct bytes){quote + QE + 128, 32});
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	item[0] = at_least(&shelf, "qe.svn", 4);
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "tcb.tdx.%zu", i);
		item[0] = at_least(&shelf, name, quote[BODY + i]);
		shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	}
	for (size_t i = 0; i < 16; i++) {
		(void)snprintf(name, sizeof(name), "tcb.sgx.%02zu", i + 1);
		item[0] = at_least(&shelf, name, p.svn[i]);
		shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	}
	item[0] = at_least(&shelf, "tcb.pce", p.pce);
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	item[0] = worth(&shelf, "hardware-rooted");
	shelf_say(&shelf, SAYS_ENDORSED, env, item, 1);
}

/* Intel's root: the last certificate of the quote. */
static struct bytes
last_of(struct bytes pem)
{
	static const char begin[] = "-----BEGIN";
	const uint8_t *at = pem.p, *next;
	size_t left = pem.n;

	while ((next = memmem(at + 1, left - 1, begin, 10)) != NULL) {
		left -= (size_t)(next - at);
		at = next;
	}
	return (struct bytes){at, left};
}

static void
no(struct bytes in, enum err e, const char *what)
{
	refuses(&q, in, e, what);
	refusals++;
}

/* ---- published ----------------------------------------------------------- */

static void
of_intel(void **state)
{
	struct tdx_quote parts;
	struct bytes anchor;
	struct verifier_extension x = {says.oid, SPAN_OF(says_room), 0, false};
	struct verifier_public k;
	struct verifier_path p = {.n_cert = 1, .n_anchor = 1, .now = TDX_NOW};

	(void)state;
	sample = published("cc/tdx-quote-v4.bin", quote, sizeof(quote));
	assert_int_equal(tdx_quote_read(sample, &parts, NULL), OK);
	anchor = last_of(parts.certificates);
	p.cert = &parts.certificates;
	p.anchor = &anchor;
	assert_int_equal(verifier_openssl()->path(&p, &k, &x, 1, NULL), OK);
	assert_true(x.there);
	says.value.n = x.n;
	shelf_fill((struct bytes){anchor.p, anchor.n - 1}); /* and its NUL */
	q = (struct asking){.scheme = &scheme_tdx,
	    .media = BARE,
	    .shelf = &shelf,
	    .cast = &cast,
	    .challenge = parts.user,
	    .now = TDX_NOW};
	/* All of it holds, but the domain was one that may be debugged. */
	no(sample, ERR_EVIDENCE_STATE, "TD attributes debug");
	assert_int_equal(q.a.claims.hwmodel.n, 6);
	q.bind = true;
	no(sample, ERR_EVIDENCE_CNF, "report data");
	q.bind = false;
	q.challenge.n = 63;
	no(sample, ERR_EVIDENCE_NONCE, "report data");
	q.challenge = parts.user;
	q.now = 4102444800u;
	no(sample, ERR_EXPIRED, "certificate expired");
	q.now = TDX_NOW;
	for (size_t i = 0; i < CERTS; i += 67) {
		quote[i] ^= 4;
		assert_int_not_equal(asked(&q, sample), OK);
		quote[i] ^= 4;
	}
	quote[BODY + 136] ^= 1;
	no(sample, ERR_SIGNATURE, "quote signature");
	quote[BODY + 136] ^= 1;
	quote[QE + 100] ^= 1;
	no(sample, ERR_SIGNATURE, "QE report signature");
	quote[QE + 100] ^= 1;
	/* Somebody else's key under the quote. */
	quote[QE_SIG + 64 + 2] ^= 1;
	no(sample, ERR_KEY_PURPOSE, "attestation key");
	quote[QE_SIG + 64 + 2] ^= 1;
	shelf_fill(made_der(&root));
	no(sample, ERR_CERTIFICATE, "certificate issuer");
}

/* ---- of the test's own ----------------------------------------------------
 */

static int
setup(void **state)
{
	struct wanted w = {
	    .name = "root", .from = NOW - 100, .to = NOW + 100, .issues = true};

	(void)state;
	cast_make(&cast);
	made_cert(&root, "P-256", &w);
	key = made_key("P-256");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cast_free(&cast);
	made_free(&root);
	made_free(&pck);
	EVP_PKEY_free(key);
	print_message("%zu refusals\n", refusals);
	return 0;
}

static void
put(size_t at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		quote[at + i] = (uint8_t)(v >> 8 * i);
}

/* The platform's certificate stands in the quote, in DER. */
static void
pck_make(void)
{
	struct wanted w = {.name = "PCK",
	    .by = &root,
	    .from = NOW - 100,
	    .to = NOW + 100,
	    .says = &says,
	    .n_says = says.value.n > 0};

	made_cert(&pck, "P-256", &w);
	memcpy(quote + CERTS, pck.der, pck.n);
	put(CERTS - 4, pck.n, 4);
	put(QE - 4, CERTS + pck.n - QE, 4);
	put(SIG - 4, CERTS + pck.n - SIG, 4);
	sample = (struct bytes){quote, CERTS + pck.n};
}

static void
qe_sign(void)
{
	made_sign(pck.key, (struct bytes){quote + QE, 384}, 32, quote + QE_SIG);
}

static void
quote_sign(void)
{
	made_sign(key, (struct bytes){quote, BODY + 584}, 32, quote + SIG);
}

static struct bytes
state_and_sign(void)
{
	struct bytes s = cast_states(&cast);

	digest_of(s, 64, quote + BODY + 520);
	quote_sign();
	return wrap(&box, TYPE, sample, s, BYTES_NONE);
}

static int
healthy(void **state)
{
	static uint8_t launcher[32], agent[32];
	struct tdx_platform p;
	struct bytes item[2];
	uint8_t bound[64 + 32];

	(void)state;
	memset(launcher, 0x11, 32);
	memset(agent, 0x22, 32);
	sample = published("cc/tdx-quote-v4.bin", quote, sizeof(quote));
	quote[BODY + 120] = 0; /* it may not be debugged */
	pck_make();
	made_point(key, quote + SIG + 64, 32);
	memcpy(bound, quote + SIG + 64, 64);
	memcpy(bound + 64, quote + QE_SIG + 64 + 2, 32);
	digest_of(BYTES_OF(bound), 32, quote + QE + 320);
	qe_sign();
	cast_draft(&cast);
	shelf_fill(made_der(&root));
	assert_int_equal(tdx_platform_read(says.value, &p), OK);
	item[0] = digest_is(&shelf, "launcher", 1, BYTES_OF(launcher));
	item[1] = digest_is(&shelf, "agent", 1, BYTES_OF(agent));
	shelf_say(&shelf, SAYS_REFERENCE,
	    about(&shelf, 560, p.fmspc, INTEL, BYTES_NONE), item, 2);
	q = asking_bound(&scheme_tdx, CMW_OF(TYPE), NOW, &shelf, &cast);
	return 0;
}

static void
bound(void **state)
{
	(void)state;
	accepts_bound(&q, state_and_sign());
	assert_int_equal(q.a.claims.ueid.n, 33);
	assert_true(bytes_same(q.a.claims.oemid, BYTES_LIT("\x19\x01\x57")));
}

static void
wrongly_bound(void **state)
{
	(void)state;
	(void)state_and_sign();
	quote[BODY + 520] ^= 1;
	quote_sign();
	no(wrap(&box, TYPE, sample, cast_states(&cast), BYTES_NONE),
	    ERR_EVIDENCE_CNF, "report data");
	no(wrap(&box, TYPE, sample, BYTES_NONE, BYTES_NONE), ERR_EVIDENCE_CNF,
	    "report data");
	draft_cnf(&cast.d, &cast.tam.pub);
	no(state_and_sign(), ERR_EVIDENCE_CNF, "cnf");
	draft_cnf(&cast.d, &cast.teep.pub);
	cast.d.c.nonce = BYTES_LIT("another nonce");
	no(state_and_sign(), ERR_EVIDENCE_NONCE, "eat_nonce");
	cast.d.c.nonce = BYTES_OF(hardware_challenge);
	cast.d.c.has &= ~(uint32_t)EAT_HAS_MANIFESTS;
	no(state_and_sign(), ERR_MISSING, "manifests");
}

static void
states(void **state)
{
	(void)state;
	quote[BODY + 120] = 1;
	no(state_and_sign(), ERR_EVIDENCE_STATE, "TD attributes debug");
	quote[BODY + 120] = 0;
	quote[BODY + 112] = 1;
	no(state_and_sign(), ERR_EVIDENCE_STATE, "TDX module");
	quote[BODY + 112] = 0;
	quote[BODY + 64] = 1;
	no(state_and_sign(), ERR_EVIDENCE_STATE, "TDX module");
	quote[BODY + 64] = 0;
	quote[QE + 48] |= 2;
	qe_sign();
	no(state_and_sign(), ERR_EVIDENCE_STATE, "QE debug");
	quote[QE + 48] = 4;
	qe_sign();
	no(state_and_sign(), ERR_RANGE, "QE attributes");
	quote[QE + 48] = 0x15;
	quote[QE + 256] = 1;
	qe_sign();
	no(state_and_sign(), ERR_KEY_PURPOSE, "QE product");
	quote[QE + 256] = 2;
	quote[QE + 258] = 3;
	qe_sign();
	no(state_and_sign(), ERR_MEASUREMENT, "qe svn");
	quote[QE + 258] = 4;
	quote[QE + 128] ^= 1;
	qe_sign();
	no(state_and_sign(), ERR_MEASUREMENT, "qe signer");
}

static void
measured(void **state)
{
	static const struct {
		size_t at;
		const char *what;
	} parts[] = {
	    {16, "mrseam"},
	    {136, "mrtd"},
	    {328, "rtmr0"},
	    {328 + 48, "rtmr1"},
	    {328 + 96, "rtmr2"},
	    {328 + 144, "rtmr3"},
	};
	/* The OID of the first of the versions, and how it is written. */
	static const uint8_t first[] = {
	    0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 1, 0xd, 1, 2, 1, 2, 1};
	uint8_t *svn;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		quote[BODY + parts[i].at] ^= 1;
		no(state_and_sign(), ERR_MEASUREMENT, parts[i].what);
		quote[BODY + parts[i].at] ^= 1;
	}
	quote[BODY]--;
	no(state_and_sign(), ERR_MEASUREMENT, "tcb.tdx.0");
	quote[BODY]++;
	/* An older processor: its certificate says so. */
	svn = memmem(says_room, says.value.n, first, sizeof(first));
	assert_non_null(svn);
	svn += sizeof(first);
	(*svn)--;
	pck_make();
	qe_sign();
	no(state_and_sign(), ERR_MEASUREMENT, "tcb.sgx.01");
	(*svn)++;
	draft_measure_none(&cast.d);
	draft_measure(&cast.d, "launcher", 0x66);
	draft_measure(&cast.d, "agent", 0x22);
	pck_make();
	qe_sign();
	no(state_and_sign(), ERR_MEASUREMENT, "measurement launcher");
}

static void
certificates(void **state)
{
	struct bytes kept = says.value;

	(void)state;
	(void)state_and_sign();
	q.now = NOW + 1000;
	no(box.all, ERR_EXPIRED, "certificate expired");
	q.now = NOW - 1000;
	no(box.all, ERR_EXPIRED, "certificate not yet valid");
	q.now = NOW;
	says.value.n = 0;
	pck_make();
	qe_sign();
	no(state_and_sign(), ERR_MISSING, "certificate extension");
	says.value.n = kept.n - 1;
	pck_make();
	qe_sign();
	no(state_and_sign(), ERR_TRUNCATED, "certificate extension");
	says.value = kept;
}

static void
quotes(void **state)
{
	(void)state;
	(void)state_and_sign();
	put(0, 5, 2);
	no(sample, ERR_VERSION, "quote version");
	put(0, 4, 2);
	put(2, 3, 2);
	no(sample, ERR_COSE_ALG, "attestation key type");
	put(2, 2, 2);
	put(4, 0, 4);
	no(sample, ERR_UNEXPECTED, "TEE type");
	put(4, 0x81, 4);
	put(SIG + 128, 5, 2);
	no(sample, ERR_UNEXPECTED, "certification data type");
	put(SIG + 128, 6, 2);
	put(CERTS - 6, 1, 2);
	no(sample, ERR_UNEXPECTED, "certification data type");
	put(CERTS - 6, 5, 2);
	sample.n++;
	no(sample, ERR_TRAILING, "signature data");
	sample.n -= 2;
	no(sample, ERR_TRAILING, "signature data");
	sample.n++;
	for (size_t i = 0; i < CERTS; i++) {
		struct tdx_quote parts;
		struct why why = {0};

		assert_int_not_equal(
		    tdx_quote_read((struct bytes){quote, i}, &parts, &why), OK);
		assert_non_null(why.what);
	}
}

/* Every octet of the platform's extension, changed and cut. */
static void
platforms(void **state)
{
	uint8_t room[1024];
	struct tdx_platform p;
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < says.value.n; i++) {
		memcpy(room, says_room, says.value.n);
		assert_int_not_equal(
		    tdx_platform_read((struct bytes){room, i}, &p), OK);
		room[i] ^= 0x80;
		if (tdx_platform_read((struct bytes){room, says.value.n}, &p) !=
		    OK) {
			assert_int_equal(p.ppid.n, 0);
			refused++;
		}
	}
	assert_true(refused > says.value.n / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_intel),
	    cmocka_unit_test_setup(bound, healthy),
	    cmocka_unit_test_setup(wrongly_bound, healthy),
	    cmocka_unit_test_setup(states, healthy),
	    cmocka_unit_test_setup(measured, healthy),
	    cmocka_unit_test_setup(certificates, healthy),
	    cmocka_unit_test_setup(quotes, healthy),
	    cmocka_unit_test_setup(platforms, healthy),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
