/*
 * port/rats_json: what comes as JSON says the same as its CBOR, and what
 * cannot be said in it is refused by the name of the member.
 */
#include "rats_vectors.h"
#include <rats_json.h>

static struct bytes
text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static enum err
ear_of(struct bytes in, struct ear *e, struct why *why)
{
	static const struct bytes profiles[] = {BYTES_LIT(EAR_PROFILE)};
	static uint8_t room[VECTOR_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	memset(why, 0, sizeof(*why));
	TRY(rats_json_ear(&w, in, why));
	TRY(cbor_done(&w, &out));
	return ear_parse(out, profiles, 1, e, why);
}

/* ---- EAR ----------------------------------------------------------------- */

static void
published_ears(void **state)
{
	static const uint8_t ueid[] = {1, 2, 3};
	uint8_t room[VECTOR_MAX];
	struct ear_appraisal a;
	struct eat_claims teep;
	struct cbor_in r;
	struct why why;
	struct ear e;
	size_t n;

	(void)state;
	assert_int_equal(
	    ear_of(vector("ear/ear-json-1.json", room), &e, &why), OK);
	assert_int_equal(e.iat, 1666529184);
	assert_true(bytes_same(e.build, BYTES_LIT("vts 0.0.1")));
	assert_int_equal(e.evidence.n, 15);
	r = ear_appraisals(&e, &n);
	assert_int_equal(n, 1);
	assert_int_equal(ear_appraisal_read(&r, &a), OK);
	assert_true(bytes_same(a.name, BYTES_LIT("PSA")));
	assert_int_equal(a.status, EAR_CONTRAINDICATED);
	assert_int_equal(a.vector.has, 0x15);
	assert_int_equal(a.vector.value[EAR_EXECUTABLES], 96);
	assert_int_equal(a.policies.n, 1);

	assert_int_equal(
	    ear_of(vector("ear/ear-json-2.json", room), &e, &why), OK);
	r = ear_appraisals(&e, &n);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ear_appraisal_read(&r, &a), OK);
		assert_int_equal(a.status, EAR_AFFIRMING);
	}

	/* Its nonce has two bits more than octets have. */
	n = vector("ear/ext-teep-json-1.json", room).n;
	assert_int_equal(ear_of((struct bytes){room, n}, &e, &why), ERR_TEXT);
	assert_string_equal(why.what, "eat_nonce");
	for (size_t i = 0; i + 3 < n; i++)
		if (memcmp(room + i, "V6p", 3) == 0)
			room[i + 2] = 'o';
	assert_int_equal(ear_of((struct bytes){room, n}, &e, &why), OK);
	r = ear_appraisals(&e, &n);
	assert_int_equal(ear_appraisal_read(&r, &a), OK);
	assert_int_equal(eat_parse(a.teep, &teep, &why), OK);
	assert_int_equal(teep.has, EAT_HAS_NONCE | EAT_HAS_UEID |
				       EAT_HAS_OEMID | EAT_HAS_HWMODEL |
				       EAT_HAS_HWVERSION);
	assert_memory_equal(teep.ueid.p, ueid, sizeof(ueid));
}

#define HEAD(iat) \
	"{\"eat_profile\":\"" EAR_PROFILE "\",\"iat\":" iat ",\"exp\":200,"
#define WHO    "\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"}"
#define SUB(a) ",\"submods\":{\"tamarind\":" a "}"
#define GOOD   "{\"ear_status\":\"affirming\"}"
#define CNF    ",\"cnf\":{\"kid\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}"
#define NONCE  ",\"eat_nonce\":\"MDEyMzQ1Njc\""

static const struct {
	const char *json;
	enum err e;
	const char *what;
} ears[] = {
    {HEAD("100") WHO SUB(GOOD) "}", OK, NULL},
    {HEAD("100") WHO SUB(GOOD) CNF NONCE ",\"more\":[1.5]}", OK, NULL},
    {HEAD("100") WHO SUB("{\"ear_status\":2}") "}", OK, NULL},
    {HEAD("100") WHO SUB("{\"ear_status\":2,"
			 "\"ear_teep_claims\":{\"oemid\":4711}}") "}",
	OK, NULL},
    {HEAD("100") WHO SUB("{\"ear_status\":2,"
			 "\"ear_teep_claims\":{\"oemid\":[]}}") "}",
	ERR_TYPE, "oemid"},
    {HEAD("100")
	    WHO SUB("{\"ear_status\":\"warning\","
		    "\"ear_trustworthiness_vector\":{\"hardware\":2}}") "}",
	OK, NULL},
    /* a status that is better than its vector; nobody's status; none */
    {HEAD("100")
	    WHO SUB("{\"ear_status\":\"affirming\","
		    "\"ear_trustworthiness_vector\":{\"hardware\":97}}") "}",
	ERR_RESULT_CLAIMS, "submods"},
    {HEAD("100") WHO SUB("{\"ear_status\":\"fine\"}") "}", ERR_RANGE,
	"ear_status"},
    {HEAD("100") WHO SUB("{\"ear_status\":true}") "}", ERR_TYPE, "ear_status"},
    {HEAD("100") WHO SUB("{}") "}", ERR_MISSING, "submods"},
    {HEAD("100") WHO SUB("[]") "}", ERR_TYPE, "submods"},
    {HEAD("100") WHO SUB("{\"ear_status\":2,\"ear_trustworthiness_vector\":"
			 "{\"hardware\":\"2\"}}") "}",
	ERR_TYPE, "ear_trustworthiness_vector"},
    {HEAD("100") WHO SUB("{\"ear_status\":2,\"ear_trustworthiness_vector\":"
			 "[]}") "}",
	ERR_TYPE, "ear_trustworthiness_vector"},
    {HEAD("100") WHO SUB("{\"ear_status\":2,\"ear_appraisal_policy_ids\":"
			 "\"p\"}") "}",
	ERR_TYPE, "ear_appraisal_policy_ids"},
    {HEAD("100") WHO SUB("{\"ear_status\":2,\"ear_teep_claims\":"
			 "{\"hwversion\":[\"1\",\"semver\"]}}") "}",
	ERR_TYPE, "hwversion"},
    {HEAD("100") WHO SUB("{\"ear_status\":2,\"ear_teep_claims\":"
			 "{\"hwversion\":[\"1\",1,1]}}") "}",
	ERR_RANGE, "hwversion"},
    {HEAD("100") WHO SUB("{\"ear_status\":2,\"ear_teep_claims\":"
			 "{\"hwversion\":\"1\"}}") "}",
	ERR_TYPE, "hwversion"},
    {HEAD("100") WHO ",\"submods\":[]}", ERR_TYPE, "submods"},
    {HEAD("100") WHO "}", ERR_MISSING, "submods"},
    {HEAD("\"100\"") WHO SUB(GOOD) "}", ERR_TYPE, "iat"},
    {HEAD("100.5") WHO SUB(GOOD) "}", ERR_TYPE, "iat"},
    {HEAD("-1") WHO SUB(GOOD) "}", ERR_RANGE, "iat"},
    {HEAD("1e2") WHO SUB(GOOD) "}", ERR_TYPE, "iat"},
    {HEAD("100") WHO SUB(GOOD) ",\"eat_nonce\":\"MDEy?zQ1Njc\"}", ERR_TEXT,
	"eat_nonce"},
    {HEAD("100") WHO SUB(GOOD) ",\"eat_nonce\":5}", ERR_TYPE, "eat_nonce"},
    {HEAD("100") WHO SUB(GOOD) ",\"cnf\":\"AAEC\"}", ERR_TYPE, "cnf"},
    {HEAD("100") "\"ear_verifier_id\":{\"developer\":1,\"build\":\"b\"}" SUB(
	 GOOD) "}",
	ERR_TYPE, "developer"},
    {HEAD("100") WHO SUB(GOOD) ",\"iat\":100}", ERR_TEXT, "JSON"},
    {HEAD("100") WHO SUB(GOOD), ERR_TEXT, "JSON"},
    {"[]", ERR_TYPE, "claims"},
    {"", ERR_TEXT, "JSON"},
};

static void
ears_are_read_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ears); i++) {
		struct why why;
		struct ear e;
		enum err err = ear_of(text(ears[i].json), &e, &why);

		if (err != ears[i].e ||
		    (err != OK && strcmp(why.what, ears[i].what) != 0))
			fail_msg("%s: %s (%s)", ears[i].json, err_name(err),
			    why.what == NULL ? "" : why.what);
	}
}

/* What a Relying Party asks of it is there. */
static void
bound_and_fresh(void **state)
{
	uint8_t kid[KID_LEN];
	struct why why;
	struct ear e;

	(void)state;
	assert_int_equal(
	    ear_of(text(HEAD("100") WHO SUB(GOOD) CNF NONCE "}"), &e, &why),
	    OK);
	assert_int_equal(e.exp, 200);
	assert_true(bytes_same(e.nonce, BYTES_LIT("01234567")));
	assert_int_equal(eat_cnf_kid(crypto_openssl(), e.cnf, kid), OK);
	for (uint8_t i = 0; i < KID_LEN; i++)
		assert_int_equal(kid[i], i);
}

/* ---- CMW ----------------------------------------------------------------- */

static enum err
cmw_of(const char *json, size_t *n)
{
	uint8_t room[1024];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct cmw_walk walk;
	struct cmw one;
	struct bytes out;
	enum err e;

	*n = 0;
	TRY(rats_json_cmw(&w, text(json), NULL));
	TRY(cbor_done(&w, &out));
	cmw_begin(&walk, out);
	while ((e = cmw_next(&walk, &one)) == OK)
		++*n;
	return e == ERR_NOT_FOUND ? OK : e;
}

/* Two records of Evidence, one of them in JSON itself. */
static void
published_wrappers(void **state)
{
	static const char *const twins[] = {
	    "collection-example-1", "collection-example-2"};
	uint8_t read[VECTOR_MAX], room[VECTOR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(twins); i++) {
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct cmw_walk walk;
		struct cmw one;
		struct bytes out;
		char name[64];
		size_t n = 0;

		(void)snprintf(name, sizeof(name), "cmw/%s.json", twins[i]);
		assert_int_equal(
		    rats_json_cmw(&w, vector(name, read), NULL), OK);
		assert_int_equal(cbor_done(&w, &out), OK);
		cmw_begin(&walk, out);
		while (cmw_next(&walk, &one) == OK) {
			if (one.form != CMW_RECORD)
				continue;
			assert_int_equal(one.kinds, CMW_EVIDENCE);
			assert_true(one.value.n == 1 || one.value.n == 3);
			n++;
		}
		assert_int_equal(n, 2);
	}
}

static void
wrappers_have_their_bounds(void **state)
{
	static const struct {
		const char *json;
		enum err e;
		size_t n;
	} all[] = {
	    {"[\"a/b\",\"AA\"]", OK, 1},
	    {"[60,\"AA\",4]", OK, 1},
	    {"{\"x\":[\"a/b\",\"AA\"]}", OK, 2},
	    {"{\"__cmwc_t\":\"tag:x,2026:y\",\"x\":[\"a/b\",\"AA\"]}", OK, 2},
	    {"[\"a/b\"]", ERR_RANGE, 0},
	    {"[\"a/b\",\"AA\",4,4]", ERR_RANGE, 0},
	    {"[\"a/b\",5]", ERR_TYPE, 0},
	    {"[\"a/b\",\"A\"]", ERR_TEXT, 0},
	    {"[true,\"AA\"]", ERR_TYPE, 0},
	    {"[\"a/b\",\"AA\",-4]", ERR_RANGE, 0},
	    {"[\"a/b\",\"AA\",\"4\"]", ERR_TYPE, 0},
	    {"{\"__cmwc_t\":5,\"x\":[\"a/b\",\"AA\"]}", ERR_TYPE, 0},
	    {"{\"x\":\"a/b\"}", ERR_TYPE, 0},
	    {"5", ERR_TEXT, 0},
	    {"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":[\"a/b\",\"AA\"]}}}}}}",
		ERR_DEPTH, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		size_t n;
		enum err e = cmw_of(all[i].json, &n);

		if (e != all[i].e || n != all[i].n)
			fail_msg("%s: %s, %zu", all[i].json, err_name(e), n);
	}
}

static void
too_long(void **state)
{
	static char big[RATS_JSON_MAX + 1];
	uint8_t room[64];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct why why = {0};

	(void)state;
	memset(big, ' ', sizeof(big));
	assert_int_equal(rats_json_cmw(&w, BYTES_OF(big), &why), ERR_TOO_LONG);
	assert_string_equal(why.what, "JSON");
	/* Nor does what is written outgrow its room. */
	memcpy(big, "[\"a/b\",\"", 8);
	memset(big + 8, 'A', 200);
	memcpy(big + 208, "\"]", 2);
	assert_int_equal(
	    rats_json_cmw(&w, (struct bytes){(uint8_t *)big, 210}, NULL),
	    ERR_ROOM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_ears),
	    cmocka_unit_test(ears_are_read_whole),
	    cmocka_unit_test(bound_and_fresh),
	    cmocka_unit_test(published_wrappers),
	    cmocka_unit_test(wrappers_have_their_bounds),
	    cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
