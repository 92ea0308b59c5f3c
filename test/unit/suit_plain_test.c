/*
 * suit_plain: encryption-info is found wherever it stands, and what cannot be
 * looked into counts as a secret.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tamarind/suit.h>

#define SECRET "\xa1\x13\x40" /* {19: h''} */
#define OPEN   "\xa1\x12\x40" /* {18: h''} */

static struct suit_manifest m;

static bool
plain(const char *sequence, size_t n)
{
	bool shared;

	memset(&m, 0, sizeof(m));
	m.shared = (struct bytes){(const uint8_t *)sequence, n};
	shared = suit_plain(&m);
	m.section[SUIT_INSTALL] = m.shared;
	m.shared = BYTES_NONE;
	assert_int_equal(suit_plain(&m), shared);
	return shared;
}
#define PLAIN(s) plain(s, sizeof(s) - 1)

static void
everywhere(void **state)
{
	static const char set[] = "\x82\x13" SECRET;
	static const uint8_t keys[] = {SUIT_VALIDATE, SUIT_LOAD, SUIT_INVOKE,
	    SUIT_DEPENDENCY_RESOLUTION, SUIT_PAYLOAD_FETCH,
	    SUIT_CANDIDATE_VERIFICATION, SUIT_INSTALL, SUIT_UNINSTALL};

	(void)state;
	memset(&m, 0, sizeof(m));
	assert_true(suit_plain(&m));
	for (size_t i = 0; i < sizeof(keys); i++) {
		memset(&m, 0, sizeof(m));
		m.section[keys[i]] = BYTES_LIT(set);
		assert_false(suit_plain(&m));
	}
}

static void
commands(void **state)
{
	(void)state;
	assert_true(PLAIN("\x80"));
	assert_true(PLAIN("\x84\x0c\x00\x14" OPEN));
	assert_false(PLAIN("\x84\x0c\x00\x14" SECRET));
	assert_false(PLAIN("\x82\x14\xa2\x12\x40\x13\x40"));
	/* override-multiple: {0: {..}, 1: {..}} */
	assert_true(PLAIN("\x82\x18\x22\xa2\x00" OPEN "\x01" OPEN));
	assert_false(PLAIN("\x82\x18\x22\xa2\x00" OPEN "\x01" SECRET));
	/* its number as an index, or in another map, is something else */
	assert_true(PLAIN("\x82\x0c\x13"));
}

static void
nested(void **state)
{
	(void)state;
	/* run-sequence << [19, {..}] >> */
	assert_true(PLAIN("\x82\x18\x20\x45\x82\x13" OPEN));
	assert_false(PLAIN("\x82\x18\x20\x45\x82\x13" SECRET));
	/* try-each [<< >>, << >>], [<< >>, nil] */
	assert_true(PLAIN("\x82\x0f\x82\x45\x82\x13" OPEN "\x45\x82\x13" OPEN));
	assert_false(
	    PLAIN("\x82\x0f\x82\x45\x82\x13" OPEN "\x45\x82\x13" SECRET));
	assert_true(PLAIN("\x82\x0f\x82\x45\x82\x13" OPEN "\xf6"));
	assert_false(PLAIN("\x82\x0f\x82\x45\x82\x13" SECRET "\xf6"));
	/* after it */
	assert_false(PLAIN("\x84\x18\x20\x41\x80\x13" SECRET));
}

/* run-sequence in run-sequence, up to more than any manifest may have. */
static void
too_deep(void **state)
{
	uint8_t room[200];
	size_t at = sizeof(room) - 1, deepest = 0;

	(void)state;
	room[at] = 0x80;
	for (size_t depth = 1; depth < 20; depth++) {
		size_t n = sizeof(room) - at;

		assert_true(n < 256);
		if (n > 23)
			room[--at] = (uint8_t)n;
		room[--at] = n > 23 ? 0x58 : (uint8_t)(0x40 + n);
		at -= 3;
		memcpy(room + at, "\x82\x18\x20", 3);
		if (plain((const char *)room + at, sizeof(room) - at))
			deepest = depth;
	}
	assert_in_range(deepest, SUIT_NESTING_MAX, 2 * SUIT_NESTING_MAX + 1);
}

/* Nobody can say what is in it. */
static void
unreadable(void **state)
{
	(void)state;
	assert_false(PLAIN("\x82\x13"));
	assert_false(PLAIN("\x82\x13\x05"));
	assert_false(PLAIN("\x82\x13\xa1\x61x\x40"));
	assert_false(PLAIN("\x82\x18\x22\xa1\x00\x05"));
	assert_false(PLAIN("\x82\x18\x20\x05"));
	assert_false(PLAIN("\x82\x0f\x82\x41\x80\x05"));
	assert_false(PLAIN("\xa0"));
	memset(&m, 0, sizeof(m));
	m.dependencies.n = 1;
	assert_false(suit_plain(&m));
	memset(&m, 0, sizeof(m));
	m.severed = 1u << SUIT_INSTALL;
	assert_false(suit_plain(&m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everywhere),
	    cmocka_unit_test(commands),
	    cmocka_unit_test(nested),
	    cmocka_unit_test(too_deep),
	    cmocka_unit_test(unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
