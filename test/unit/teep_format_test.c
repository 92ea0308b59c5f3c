/* lib/teep/format.c: Evidence or Result, by media type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "teep_support.h"
#include <tamarind/eat.h>
#include <tamarind/teep.h>

static bool
is_result(const char *format)
{
	struct bytes f = {(const uint8_t *)format, strlen(format)};

	return teep_payload_kind(true, f) == TEEP_PAYLOAD_RESULT;
}

static void
results(void **state)
{
	static const char *const good[] = {
	    "application/eat+cwt; eat_profile=\"urn:ietf:rfc:rfcXXXX\"",
	    "application/eat+cwt; eat_profile=urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt;eat_profile=urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt \t; \teat_profile=\"urn:ietf:rfc:rfcXXXX\" ",
	    " application/eat+cwt; eat_profile=urn:ietf:rfc:rfcXXXX",
	    "APPLICATION/EAT+CWT; EAT_PROFILE=\"URN:IETF:RFC:RFCxxxx\"",
	    "application/eat+cwt; a=b; eat_profile=urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt; eat_profile=urn:ietf:rfc:rfcXXXX; a=\"b;c\"",
	};

	(void)state;
	assert_int_equal(
	    teep_payload_kind(false, BYTES_NONE), TEEP_PAYLOAD_RESULT);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!is_result(good[i]))
			fail_msg("%s", good[i]);
}

static void
evidence(void **state)
{
	static const char *const bad[] = {
	    "",
	    " ",
	    "application/eat+cwt",
	    "application/eat+cwt;",
	    "application/eat+cwt; eat_profile",
	    "application/eat+cwt; eat_profile=",
	    "application/eat+cwt; eat_profile=\"\"",
	    "application/eat+cwt; =urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt eat_profile=urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt; eat_profile=\"urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt; eat_profile=urn:ietf:rfc:rfcXXXX\"",
	    "application/eat+cwt; eat_profile=\"urn:ietf:rfc:rfcXXXX\"x",
	    "application/eat+cwt; eat_profile=\"urn\\:ietf:rfc:rfcXXXX\"",
	    "application/eat+cwt; eat_profile = urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt; eat_profile=urn:ietf:rfc:rfcXXX",
	    "application/eat+cwt; eat_profile=urn:ietf:rfc:rfcXXXXX",
	    "application/eat+cwt; eat_profil=urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt; eat_profile=urn:ietf:rfc:rfcXXXX;",
	    "application/eat+cwt; eat_profile=urn:ietf:rfc:rfcXXXX; "
	    "eat_profile=urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwt; eat_profile=other; "
	    "eat_profile=urn:ietf:rfc:rfcXXXX",
	    "application/eat+jwt; eat_profile=urn:ietf:rfc:rfcXXXX",
	    "application/eat+cwtx; eat_profile=urn:ietf:rfc:rfcXXXX",
	    "application/eat+cw; eat_profile=urn:ietf:rfc:rfcXXXX",
	    EAT_EVIDENCE_FORMAT,
	    "text/plain",
	};

	(void)state;
	assert_int_equal(
	    teep_payload_kind(true, BYTES_NONE), TEEP_PAYLOAD_EVIDENCE);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (is_result(bad[i]))
			fail_msg("%s", bad[i]);
}

static void
named_profile(void **state)
{
	(void)state;
	assert_true(teep_format_is(
	    BYTES_LIT(EAT_EVIDENCE_FORMAT), EAT_EVIDENCE_PROFILE));
	assert_false(
	    teep_format_is(BYTES_LIT(EAT_EVIDENCE_FORMAT), EAT_TEEP_PROFILE));
	/* A NUL is no end of the text. */
	assert_false(teep_format_is(
	    BYTES_LIT("application/eat+cwt; eat_profile=a\0"), "a"));
	assert_true(teep_format_is(
	    BYTES_LIT("application/eat+cwt; eat_profile=a"), "a"));
	/* One constant, written in two rooms that do not know each other. */
	assert_string_equal(TEEP_EAT_PROFILE, EAT_TEEP_PROFILE);
}

/* No octet beyond the text is looked at, wherever it is cut. */
static void
cuts(void **state)
{
	static const char text[] =
	    "application/eat+cwt; a=\"b\"; eat_profile=\"urn:x\" ; c=d";
	struct fence f = fence_make(4096);
	size_t whole = sizeof(text) - 1;

	(void)state;
	chance_begin();
	for (size_t n = 0; n <= whole; n++) {
		struct bytes in =
		    fence_put(&f, (struct bytes){(const uint8_t *)text, n});
		/* whole, or with what follows the profile cut at its seams */
		bool want = n == whole || n == whole - 5 || n == whole - 6;

		assert_int_equal(teep_format_is(in, "urn:x"), want);
	}
	for (unsigned k = 0; k < 100000; k++) {
		uint8_t b[sizeof(text) + 8];
		size_t n = whole;

		memcpy(b, text, whole);
		chance_mutate(b, &n, sizeof(b));
		(void)teep_format_is(
		    fence_put(&f, (struct bytes){b, n}), "urn:x");
	}
	fence_drop(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(results),
	    cmocka_unit_test(evidence),
	    cmocka_unit_test(named_profile),
	    cmocka_unit_test(cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
