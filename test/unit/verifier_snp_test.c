/*
 * verifier_snp: the published report of AMD SEV-SNP is accepted for what it
 * is, and refused where a TEEP key is to be bound; one signed by a maker of
 * the test's own binds one, and everything that can be wrong has a name.
 */
#include "snp_make.h"

static void
of_amd(void **state)
{
	uint8_t amd[8192], room[4096], chip[16384];
	struct bytes pem =
	    published("cc/snp-milan-ask-ark-asvk.pem", amd, sizeof(amd));
	struct made m = {0};
	const struct made *one = &m;
	const uint8_t *root, *p;
	struct bytes der, in;

	(void)state;
	for (root = pem.p + 1; memcmp(root, "-----BEGIN", 10) != 0; root++)
		;
	der = published("cc/snp-vcek.der", room, sizeof(room));
	p = der.p;
	m.cert = d2i_X509(NULL, &p, (long)der.n);
	chain = pem_of(&one, 1, SPAN_OF(chip));
	memcpy(chip + chain.n, pem.p, (size_t)(root - pem.p));
	chain.n += (size_t)(root - pem.p);
	X509_free(m.cert);
	for (p = root + 1; memcmp(p, "-----BEGIN", 10) != 0; p++)
		;
	shelf_published((struct bytes){root, (size_t)(p - root)});
	in = wrap(&box, TYPE, sample, BYTES_NONE, chain);
	q = (struct asking){.scheme = &scheme_snp,
	    .media = CMW_OF(TYPE),
	    .shelf = &shelf,
	    .cast = &cast,
	    .challenge = {report + 0x50, 32},
	    .now = AMD_NOW};
	accepts(&q, in, ASSURE_HARDWARE);
	assert_true(bytes_same(q.a.claims.hwmodel, BYTES_LIT("Milan")));
	/* It is about nobody's TEEP key. */
	q.bind = true;
	refuses(&q, in, ERR_EVIDENCE_CNF, "report data");
	q.bind = false;
	q.challenge = (struct bytes){report + 0x50, 31};
	refuses(&q, in, ERR_EVIDENCE_NONCE, "report data");
	q.challenge.n = 32;
	q.now = AMD_NOW + 3650u * 86400;
	refuses(&q, in, ERR_EXPIRED, "certificate expired");
	q.now = AMD_NOW;
	/* Every bit that is signed. */
	for (size_t i = 0; i < 0x2a0 + 144; i += 37) {
		report[i] ^= 4;
		in = wrap(&box, TYPE, sample, BYTES_NONE, chain);
		assert_int_not_equal(asked(&q, in), OK);
		report[i] ^= 4;
	}
	report[0x90] ^= 1;
	in = wrap(&box, TYPE, sample, BYTES_NONE, chain);
	refuses(&q, in, ERR_SIGNATURE, "report signature");
	report[0x90] ^= 1;
	/* A chip that somebody altered. */
	der = published("cc/snp-vcek-bad-1.der", room, sizeof(room));
	p = der.p;
	m.cert = d2i_X509(NULL, &p, (long)der.n);
	chain = pem_of(&one, 1, SPAN_OF(chip));
	memcpy(chip + chain.n, pem.p, (size_t)(root - pem.p));
	chain.n += (size_t)(root - pem.p);
	X509_free(m.cert);
	in = wrap(&box, TYPE, sample, BYTES_NONE, chain);
	refuses(&q, in, ERR_SIGNATURE, "certificate signature");
	in = wrap(&box, TYPE, sample, BYTES_NONE, BYTES_NONE);
	refuses(&q, in, ERR_MISSING, "certificates");
}

static void
bound(void **state)
{
	uint8_t want[33] = {1};
	struct bytes chip = {chip_id, 64};

	(void)state;
	accepts_bound(&q, state_and_sign());
	/* Who it is, the report says and not the statement. */
	assert_int_equal(crypto_openssl()->sha256(&chip, 1, want + 1), OK);
	assert_true(bytes_same(q.a.claims.ueid, BYTES_OF(want)));
	assert_true(bytes_same(q.a.claims.hwmodel, BYTES_LIT("Milan")));
	assert_true(bytes_same(q.a.claims.oemid, BYTES_LIT("\x19\x0e\x78")));
	assert_int_equal(q.a.claims.manifests.n, 2);
	/* Newer than the least is good, too; version 3 of the report. */
	put(0, 3, 4);
	report[0x188] = 0x19;
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
}

static void
wrongly_bound(void **state)
{
	struct bytes in;

	(void)state;
	in = state_and_sign();
	report[0x50] ^= 1;
	no(sign(cast_states(&cast)), ERR_EVIDENCE_CNF, "report data");
	/* Another statement beside it. */
	(void)state_and_sign();
	cast.d.ueid[3] ^= 1;
	in = wrap(&box, TYPE, sample, cast_states(&cast), chain);
	no(in, ERR_EVIDENCE_CNF, "report data");
	cast.d.ueid[3] ^= 1;
	in = wrap(&box, TYPE, sample, BYTES_NONE, chain);
	no(in, ERR_EVIDENCE_CNF, "report data");
	draft_cnf(&cast.d, &cast.tam.pub);
	no(state_and_sign(), ERR_EVIDENCE_CNF, "cnf");
	draft_cnf(&cast.d, &cast.teep.pub);
	cast.d.c.nonce = BYTES_LIT("another nonce");
	no(state_and_sign(), ERR_EVIDENCE_NONCE, "eat_nonce");
	cast.d.c.nonce = BYTES_OF(hardware_challenge);
	draft_aud(&cast.d, cast.teep.kid);
	no(state_and_sign(), ERR_EVIDENCE_AUDIENCE, "aud");
	draft_aud(&cast.d, cast.tam.kid);
	draft_report_key(&cast.d, &cast.teep.pub);
	no(state_and_sign(), ERR_KEY_PURPOSE, "report-key");
}

static void
states(void **state)
{
	(void)state;
	put(0x08, UINT64_C(0xb0000), 8);
	no(state_and_sign(), ERR_EVIDENCE_STATE, "policy debug");
	put(0x08, UINT64_C(0x70000), 8);
	no(state_and_sign(), ERR_EVIDENCE_STATE, "policy migration");
	put(0x08, UINT64_C(0x10000), 8);
	no(state_and_sign(), ERR_RANGE, "policy");
	put(0x08, UINT64_C(0x3001f), 8);
	put(0x30, 1, 4);
	no(state_and_sign(), ERR_EVIDENCE_STATE, "vmpl");
	put(0x30, 0, 4);
	put(0x48, 4, 4);
	no(state_and_sign(), ERR_KEY_PURPOSE, "signing key");
	put(0x48, 2, 4);
	no(state_and_sign(), ERR_EVIDENCE_STATE, "chip id");
	put(0x48, 0, 4);
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
}

static void
chips(void **state)
{
	struct bytes kept;

	(void)state;
	report[0x1a0] ^= 1;
	no(state_and_sign(), ERR_EVIDENCE_CLAIM, "chip id");
	report[0x1a0] ^= 1;
	report[0x180] = 4;
	no(state_and_sign(), ERR_EVIDENCE_CLAIM, "tcb bootloader");
	report[0x180] = 3;
	report[0x187] = 0xd2;
	no(state_and_sign(), ERR_EVIDENCE_CLAIM, "tcb microcode");
	assert_int_equal(q.a.why.expected_n, 0xd1);
	report[0x187] = 0xd1;
	/* Certified for another version than it runs, and that is too old. */
	kept = says[3].value;
	says[3].value = BYTES_LIT("\x02\x01\x07");
	chip_make();
	report[0x186] = 7;
	no(state_and_sign(), ERR_MEASUREMENT, "tcb snp");
	says[3].value = BYTES_LIT("\x02\x02\x00\x07");
	chip_make();
	no(state_and_sign(), ERR_RANGE, "certificate extension");
	says[3].oid = "1.3.6.1.4.1.3704.1.3.4";
	chip_make();
	no(state_and_sign(), ERR_MISSING, "certificate extension");
	says[3].oid = "1.3.6.1.4.1.3704.1.3.3";
	says[3].value = kept;
	kept = says[0].value;
	says[0].value = BYTES_LIT("\x16\x05Genoa");
	chip_make();
	report[0x186] = 8;
	no(state_and_sign(), ERR_NO_REFERENCE, "measurement launcher");
	says[0].value = BYTES_LIT("\x04\x05Genoa");
	chip_make();
	no(state_and_sign(), ERR_RANGE, "certificate extension");
	says[0].value = kept;
}

static void
certificates(void **state)
{
	const struct made *c[] = {&vcek};
	uint8_t room[4096];

	(void)state;
	(void)state_and_sign();
	q.now = NOW + 1000;
	no(box.all, ERR_EXPIRED, "certificate expired");
	q.now = NOW - 1000;
	no(box.all, ERR_EXPIRED, "certificate not yet valid");
	q.now = NOW;
	chain = pem_of(c, 1, SPAN_OF(room));
	no(state_and_sign(), ERR_CERTIFICATE, "certificate issuer");
	chain = BYTES_LIT("-----BEGIN CERTIFICATE-----\nAAAA\n");
	no(state_and_sign(), ERR_CERTIFICATE, "certificate form");
	chip_make();
	(void)state_and_sign();
	memset(&shelf, 0, sizeof(shelf));
	shelf_published(made_der(&vcek));
	/* An anchor of whoever is not asked for. */
	memset(&shelf.corim, 0, sizeof(shelf.corim));
	shelf.n_tags = shelf.tags_used = 0;
	{
		struct bytes key = key_is(&shelf, 562, made_der(&ark));

		shelf_say(&shelf, SAYS_ATTEST_KEY,
		    about(&shelf, 0, BYTES_NONE, "343", BYTES_NONE), &key, 1);
	}
	no(box.all, ERR_EVIDENCE_KEY, "anchor of the maker");
}

static void
reports(void **state)
{
	(void)state;
	put(0, 4, 4);
	no(state_and_sign(), ERR_VERSION, "report version");
	put(0, 3, 4);
	report[0x188] = 0x1a;
	no(state_and_sign(), ERR_VERSION, "processor family");
	put(0, 2, 4);
	put(0x34, 2, 4);
	no(state_and_sign(), ERR_COSE_ALG, "signature algorithm");
	put(0x34, 1, 4);
	(void)state_and_sign();
	report[0x2a0 + 50] = 1;
	no(wrap(&box, TYPE, sample, cast_states(&cast), chain), ERR_RANGE,
	    "signature");
	report[0x2a0 + 50] = 0;
	report[0x2a0] ^= 1;
	no(wrap(&box, TYPE, sample, cast_states(&cast), chain), ERR_SIGNATURE,
	    "report signature");
	sample.n--;
	no(state_and_sign(), ERR_TRUNCATED, "report");
	sample.n += 2;
	no(state_and_sign(), ERR_TRAILING, "report");
	sample.n--;
	no(wrap(&box, "tag:other", sample, BYTES_NONE, chain), ERR_UNEXPECTED,
	    "collection");
	no(wrap(&box, TYPE, BYTES_NONE, BYTES_NONE, chain), ERR_MISSING,
	    "collection");
	no(BYTES_LIT("\xa1\x01"), ERR_TRUNCATED, "collection");
	report[0x90] ^= 1;
	no(state_and_sign(), ERR_MEASUREMENT, "measurement");
	report[0x90] ^= 1;
	draft_measure_none(&cast.d);
	draft_measure(&cast.d, "launcher", 0x11);
	draft_measure(&cast.d, "agent", 0x66);
	no(state_and_sign(), ERR_MEASUREMENT, "measurement agent");
}

/* It never yields more than its endorsement allows. */
static void
endorsed(void **state)
{
	struct bytes env =
	    about(&shelf, 560, BYTES_LIT("Milan"), AMD, BYTES_NONE);
	struct bytes item = worth(&shelf, "process-grade");

	(void)state;
	shelf_say(&shelf, SAYS_ENDORSED, env, &item, 1);
	accepts(&q, state_and_sign(), ASSURE_PROCESS);
}

static void
nonces(void **state)
{
	const struct scheme *const schemes[] = {&scheme_snp, NULL};
	const struct verifier v = {.schemes = schemes};
	struct bytes media = {(const uint8_t *)q.media, strlen(q.media)};
	struct bytes in = state_and_sign(), n;
	struct why why;

	(void)state;
	assert_int_equal(verifier_nonce(&v, media, in, &n, &why), OK);
	assert_true(bytes_same(n, BYTES_OF(hardware_challenge)));
	in = wrap(&box, TYPE, sample, BYTES_NONE, chain);
	assert_int_equal(verifier_nonce(&v, media, in, &n, &why), ERR_MISSING);
	cast.d.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	in = wrap(&box, TYPE, sample, cast_states(&cast), chain);
	assert_int_equal(verifier_nonce(&v, media, in, &n, &why), ERR_MISSING);
	assert_int_equal(n.n, 0);
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
	    cmocka_unit_test(of_amd),
	    cmocka_unit_test_setup(bound, healthy),
	    cmocka_unit_test_setup(wrongly_bound, healthy),
	    cmocka_unit_test_setup(states, healthy),
	    cmocka_unit_test_setup(chips, healthy),
	    cmocka_unit_test_setup(certificates, healthy),
	    cmocka_unit_test_setup(reports, healthy),
	    cmocka_unit_test_setup(endorsed, healthy),
	    cmocka_unit_test_setup(nonces, healthy),
	};

	return cmocka_run_group_tests(tests, setup, ends);
}
