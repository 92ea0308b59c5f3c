/*
 * cmd/tamd veraison_json.c: what the API of a Verifier answers.
 */
#include "rats_support.h"

#include <courier.h>

#define SESSION(nonce, rest) "{\"nonce\":\"" nonce "\"," rest "}"

static enum err
read_session(const char *text, struct veraison_session *s)
{
	return veraison_session_read(bytes_of_text(text), s);
}

static void
sessions(void **state)
{
	static const struct {
		const char *text;
		enum err e;
		enum veraison_state state;
		size_t nonce_n;
	} rows[] = {
	    {SESSION("AAECAwQFBgc=", "\"status\":\"waiting\""), OK,
		VERAISON_WAITING, 8},
	    {SESSION("AAECAwQFBgc", "\"status\":\"processing\""), OK,
		VERAISON_WAITING, 8},
	    {SESSION("-_-_-_-_-_8=", "\"status\":\"failed\""), OK,
		VERAISON_FAILED, 8},
	    {SESSION("+/+/+/+/+/8=", "\"status\":\"failed\""), OK,
		VERAISON_FAILED, 8},
	    {SESSION("AAEC", "\"status\":\"complete\",\"result\":\"x.y.z\""),
		OK, VERAISON_COMPLETE, 3},
	    {SESSION("AAEC", "\"status\":\"complete\""), ERR_TEXT, 0, 0},
	    {SESSION("AAEC", "\"status\":\"complete\",\"result\":1"), ERR_TEXT,
		0, 0},
	    {SESSION("AAEC", "\"status\":\"done\""), ERR_TEXT, 0, 0},
	    {SESSION("AAEC", "\"status\":7"), ERR_TEXT, 0, 0},
	    {SESSION("!", "\"status\":\"waiting\""), ERR_TEXT, 0, 0},
	    {SESSION("", "\"status\":\"waiting\""), ERR_TEXT, 0, 0},
	    {"{\"status\":\"waiting\"}", ERR_TEXT, 0, 0},
	    {"{\"nonce\":\"AAEC\",\"nonce\":\"AAEC\",\"status\":\"waiting\"}",
		ERR_TEXT, 0, 0},
	    {"[]", ERR_TEXT, 0, 0},
	    {"waiting", ERR_TEXT, 0, 0},
	    {"", ERR_TEXT, 0, 0},
	};
	char huge[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct veraison_session s;

		assert_int_equal(read_session(rows[i].text, &s), rows[i].e);
		if (rows[i].e == OK) {
			assert_int_equal(s.state, rows[i].state);
			assert_int_equal(s.nonce_n, rows[i].nonce_n);
		}
		assert_int_equal(
		    s.result != NULL, rows[i].state == VERAISON_COMPLETE);
		free(s.result);
	}
	/* longer than any challenge */
	for (size_t n = 60; n < 300; n += 20) {
		struct veraison_session s;

		(void)snprintf(huge, sizeof(huge),
		    "{\"nonce\":\"%.*s\",\"status\":\"waiting\"}", (int)n,
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		    "A");
		assert_int_equal(
		    read_session(huge, &s), n <= 80 ? OK : ERR_TEXT);
	}
}

static void
problems(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
	    {"{\"title\":\"Not Found\",\"detail\":\"no \\u001b session\"}",
		"no \\x1b session"},
	    {"{\"title\":\"Not Found\"}", "Not Found"},
	    {"{\"detail\":1,\"title\":\"a title that has more than\"}",
		"a title that ha..."},
	    {"{}", ""},
	    {"<html>", ""},
	};
	char out[19];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		veraison_problem_read(
		    bytes_of_text(rows[i].text), out, sizeof(out));
		assert_string_equal(out, rows[i].says);
	}
}

static void
keys(void **state)
{
#define A43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	static const struct {
		const char *text;
		enum err e;
	} rows[] = {
	    {"{\"ear-verification-key\":{\"crv\":\"P-256\",\"x\":\"" A43
	     "\",\"y\":\"" A43 "\"}}",
		OK},
	    {"{\"ear-verification-key\":{\"crv\":\"P-384\",\"x\":\"" A43
	     "\",\"y\":\"" A43 "\"}}",
		ERR_COSE_KEY},
	    {"{\"ear-verification-key\":{\"crv\":\"P-256\",\"x\":\"" A43 "\"}}",
		ERR_COSE_KEY},
	    {"{\"ear-verification-key\":{\"crv\":\"P-256\",\"x\":\"AA\","
	     "\"y\":\"" A43 "\"}}",
		ERR_COSE_KEY},
	    {"{\"ear-verification-key\":{\"crv\":\"P-256\",\"x\":\"" A43 A43
	     "\",\"y\":\"" A43 "\"}}",
		ERR_COSE_KEY},
	    {"{}", ERR_COSE_KEY},
	    {"", ERR_TEXT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cose_key k;

		assert_int_equal(
		    veraison_key_read(bytes_of_text(rows[i].text), &k),
		    rows[i].e);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sessions),
	    cmocka_unit_test(problems),
	    cmocka_unit_test(keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
