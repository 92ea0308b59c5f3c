/*
 * verifier_tdx: the published quote of Intel TDX is authentic, and refused
 * since its domain may be debugged, and where a TEEP key is to be bound; one
 * signed by a maker of the test's own binds one, and everything that can be
 * wrong has a name.
 */
#include "tdx_make.h"

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

static int
ends(void **state)
{
	print_message("%zu refusals\n", refusals);
	return teardown(state);
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

	return cmocka_run_group_tests(tests, setup, ends);
}
