/* lib/eat/attester.c: what an attester signs, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "crypto_port.h"
#include <stdlib.h>
#include <tamarind/eat.h>

static const uint8_t digest[DIGEST_LEN] = {1, 2, 3}, seed[32] = {7};
static const uint8_t ueid[17] = {1, 9};
static struct signer signer;
static struct eat_attester self;
static struct attest_request request;
static uint8_t scratch[6000], lists[2][512];

static void
make(struct signer *s, struct cose_key *pub)
{
	uint8_t room[TEST_PEM_MAX];
	struct bytes pem;

	assert_int_equal(
	    test_key_generate(CRV_P256, SPAN_OF(room), &pem, pub), OK);
	if (s != NULL)
		assert_int_equal(test_signer_load(pem, s), OK);
}

/* One component under this name. */
static struct list
measured(const char *name)
{
	struct cbor_out w = cbor_into(SPAN_OF(lists[0]));
	struct eat_component c = {{(const uint8_t *)name, strlen(name)},
	    BYTES_NONE, BYTES_OF(digest)};
	struct list l = {BYTES_NONE, 1};

	eat_component_put(&w, &c);
	assert_int_equal(cbor_done(&w, &l.raw), OK);
	return l;
}

static struct list
one_manifest(void)
{
	struct cbor_out w = cbor_into(SPAN_OF(lists[1]));
	struct eat_manifest m = {BYTES_NONE, ALG_SHA256, BYTES_OF(digest)};
	struct list l = {BYTES_NONE, 1};

	eat_manifest_put(&w, &m);
	assert_int_equal(cbor_done(&w, &l.raw), OK);
	return l;
}

static int
setup(void **state)
{
	(void)state;
	self = (struct eat_attester){
	    .crypto = test_crypto(),
	    .signer = &signer,
	    .ueid = BYTES_OF(ueid),
	    .oemid = BYTES_LIT("abc"),
	    .hwmodel = BYTES_LIT("model"),
	    .hwversion = BYTES_LIT("1.0"),
	    .bootseed = BYTES_OF(seed),
	    .launcher = BYTES_OF(digest),
	    .agent = BYTES_OF(digest),
	    .manifest = BYTES_OF(digest),
	    .counter = BYTES_LIT("none"),
	};
	request = (struct attest_request){
	    .challenge = BYTES_LIT("12345678"),
	    .audience = BYTES_LIT("AZaz09-_"),
	    .manifests = one_manifest(),
	    .measurements = measured("policy"),
	};
	make(&signer, &self.key);
	make(NULL, &request.teep);
	make(NULL, &request.report);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	test_signer_free(&signer);
	return 0;
}

static void
attests(enum err want)
{
	struct why why = {0};
	struct bytes out;

	assert_string_equal(
	    err_name(eat_attest(&self, &request, SPAN_OF(scratch), &out, &why)),
	    err_name(want));
	assert_int_equal(why.err, want);
	if (want != OK)
		assert_int_equal(out.n, 0);
}

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	(void)alg;
	if (nth > 0 || !bytes_same(kid, BYTES_OF(signer.kid)))
		return ERR_UNKNOWN_KEY;
	*out = self.key;
	return OK;
}

/* Everything that docs/evidence.md wants, its own entries first. */
static void
complete(void **state)
{
	const struct keyring ring = {.find = find};
	struct eat_component c;
	struct eat_claims claims;
	uint8_t kid[KID_LEN], want[KID_LEN];
	struct cbor_in items;
	struct verified v;
	struct bytes out;

	(void)state;
	assert_int_equal(
	    eat_attest(&self, &request, SPAN_OF(scratch), &out, NULL), OK);
	assert_int_equal(
	    cose_verify(test_crypto(), &ring, ACCEPT_SIGN1, out, &v, NULL), OK);
	assert_int_equal(eat_read(&v, &claims, NULL), OK);
	assert_int_equal(eat_evidence_complete(&claims, NULL), OK);
	assert_true(bytes_same(claims.nonce, request.challenge));
	assert_true(bytes_same(claims.aud, request.audience));
	assert_int_equal(eat_cnf_kid(test_crypto(), claims.cnf, kid), OK);
	assert_int_equal(
	    cose_key_thumbprint(test_crypto(), &request.teep, want), OK);
	assert_memory_equal(kid, want, KID_LEN);
	assert_int_equal(claims.manifests.n, 2);
	assert_int_equal(claims.measurements.n, 3);
	items = cbor_items(claims.measurements);
	assert_int_equal(eat_component_read(&items, &c), OK);
	assert_true(bytes_same(c.name, BYTES_LIT("launcher")));
	assert_int_equal(eat_component_read(&items, &c), OK);
	assert_true(bytes_same(c.name, BYTES_LIT("agent")));
	assert_int_equal(eat_component_read(&items, &c), OK);
	assert_true(bytes_same(c.name, BYTES_LIT("policy")));
}

/* The agent gives no name that is the attester's to give. */
static void
foreign_names(void **state)
{
	(void)state;
	request.measurements = measured("component:a/b");
	attests(OK);
	request.measurements = measured("agent");
	attests(ERR_PEER);
	request.measurements = measured("launcher");
	attests(ERR_PEER);
	request.measurements = measured("policy ");
	attests(ERR_PEER);
}

static void
keys(void **state)
{
	struct cose_key teep = request.teep, report = request.report;

	(void)state;
	request.report = teep;
	attests(ERR_KEY_PURPOSE);
	request.report = self.key;
	attests(ERR_KEY_PURPOSE);
	request.report = report;
	request.teep = self.key;
	attests(ERR_KEY_PURPOSE);
	request.teep = teep;
	request.teep.y[31] ^= 1;
	attests(ERR_COSE_KEY);
	request.teep = teep;
	request.report.x[0] ^= 1;
	attests(ERR_COSE_KEY);
	request.report = report;
	attests(OK);
}

/* Each authority has a key, which is of no other use. */
static void
payload_keys(void **state)
{
	static uint8_t list[512];
	struct cose_key one, two;
	const struct cose_key *const never[] = {
	    &request.teep, &request.report, &self.key, &one};

	(void)state;
	make(NULL, &one);
	make(NULL, &two);
	for (size_t i = 0; i <= ARRAY_LEN(never); i++) {
		struct eat_payload_key a = {BYTES_LIT("a"), one};
		struct eat_payload_key b = {
		    BYTES_LIT("b"), i < ARRAY_LEN(never) ? *never[i] : two};
		struct cbor_out w = cbor_into(SPAN_OF(list));

		eat_payload_key_put(&w, &a);
		eat_payload_key_put(&w, &b);
		request.payload_keys.n = 2;
		assert_int_equal(cbor_done(&w, &request.payload_keys.raw), OK);
		attests(i < ARRAY_LEN(never) ? ERR_KEY_PURPOSE : OK);
	}
	request.payload_keys.n = 1;
	attests(ERR_TRAILING);
	request.payload_keys = (struct list){BYTES_LIT("\xa0"), 1};
	attests(ERR_TYPE);
}

static void
shapes(void **state)
{
	struct list manifests = request.manifests;

	(void)state;
	request.audience = BYTES_LIT("a=b");
	attests(ERR_TEXT);
	request.audience = BYTES_LIT("AZaz09-_");
	request.manifests.n = 2;
	attests(ERR_TRUNCATED);
	request.manifests = manifests;
	request.manifests.n = 0;
	attests(ERR_TRAILING);
	request.manifests = (struct list){BYTES_LIT("\x01"), 1};
	attests(ERR_TYPE);
	request.manifests = manifests;
	request.measurements =
	    (struct list){BYTES_LIT("\x82\x18\x3c\x41\x00"), 1};
	attests(ERR_TYPE);
}

/* Too little memory at any place, and nothing half done. */
static void
room(void **state)
{
	struct bytes out;
	size_t n = 0;

	(void)state;
	while (eat_attest(&self, &request, (struct span){scratch, n}, &out,
		   NULL) != OK) {
		assert_int_equal(out.n, 0);
		n += 30;
		assert_true(n < sizeof(scratch));
	}
	assert_true(n > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(complete, setup, teardown),
	    cmocka_unit_test_setup_teardown(foreign_names, setup, teardown),
	    cmocka_unit_test_setup_teardown(keys, setup, teardown),
	    cmocka_unit_test_setup_teardown(payload_keys, setup, teardown),
	    cmocka_unit_test_setup_teardown(shapes, setup, teardown),
	    cmocka_unit_test_setup_teardown(room, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
