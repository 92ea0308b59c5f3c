/* suit_uri: relative references.  The table is that of RFC 3986 5.4. */
#include "suit_fake.h"

#define BASE "http://a/b/c/d;p?q"

static struct bytes
text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static enum err
resolve(const char *base, const char *ref, char out[64])
{
	uint8_t room[64];
	struct bytes got;
	enum err e = uri_resolve(text(base), text(ref), SPAN_OF(room), &got);

	(void)snprintf(
	    out, 64, "%.*s", (int)got.n, got.n > 0 ? (const char *)got.p : "");
	return e;
}

static void
examples(void **state)
{
	static const char *const t[][2] = {{"g", "http://a/b/c/g"},
	    {"./g", "http://a/b/c/g"}, {"g/", "http://a/b/c/g/"},
	    {"/g", "http://a/g"}, {"//g", "http://g"},
	    {"?y", "http://a/b/c/d;p?y"}, {"g?y", "http://a/b/c/g?y"},
	    {"#s", "http://a/b/c/d;p?q#s"}, {"g#s", "http://a/b/c/g#s"},
	    {"g?y#s", "http://a/b/c/g?y#s"}, {";x", "http://a/b/c/;x"},
	    {"g;x", "http://a/b/c/g;x"}, {"g;x?y#s", "http://a/b/c/g;x?y#s"},
	    {"", "http://a/b/c/d;p?q"}, {".", "http://a/b/c/"},
	    {"./", "http://a/b/c/"}, {"..", "http://a/b/"},
	    {"../", "http://a/b/"}, {"../g", "http://a/b/g"},
	    {"../..", "http://a/"}, {"../../", "http://a/"},
	    {"../../g", "http://a/g"},
	    /* abnormal ones */
	    {"../../../g", "http://a/g"}, {"../../../../g", "http://a/g"},
	    {"/./g", "http://a/g"}, {"/../g", "http://a/g"},
	    {"g.", "http://a/b/c/g."}, {".g", "http://a/b/c/.g"},
	    {"g..", "http://a/b/c/g.."}, {"..g", "http://a/b/c/..g"},
	    {"./../g", "http://a/b/g"}, {"./g/.", "http://a/b/c/g/"},
	    {"g/./h", "http://a/b/c/g/h"}, {"g/../h", "http://a/b/c/h"},
	    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
	    {"g;x=1/../y", "http://a/b/c/y"},
	    {"g?y/./x", "http://a/b/c/g?y/./x"},
	    {"g?y/../x", "http://a/b/c/g?y/../x"},
	    {"g#s/./x", "http://a/b/c/g#s/./x"}};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_true(uri_relative(text(t[i][0])));
		assert_int_equal(resolve(BASE, t[i][0], out), OK);
		assert_string_equal(out, t[i][1]);
	}
	/* others */
	assert_int_equal(resolve("https://h", "x", out), OK);
	assert_string_equal(out, "https://h/x");
	assert_int_equal(resolve("file:///a/b", "../c", out), OK);
	assert_string_equal(out, "file:///c");
	assert_int_equal(resolve("https://h/a//b", "c", out), OK);
	assert_string_equal(out, "https://h/a//c");
	/* dots never reach the host's name */
	assert_int_equal(resolve("https://h/a", "..//../../x", out), OK);
	assert_string_equal(out, "https://h/x");
}

static void
which_is_relative(void **state)
{
	static const char *const absolute[] = {
	    "http:x", "a+b-1.c://h", "coap://h/x", "g:h"};
	static const char *const relative[] = {
	    "", "x", "//h/x", "/x:y", "1a:b", ":x", "a b:c", "?a:b", "#a:b"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(absolute); i++)
		assert_false(uri_relative(text(absolute[i])));
	for (size_t i = 0; i < ARRAY_LEN(relative); i++)
		assert_true(uri_relative(text(relative[i])));
}

static void
refused(void **state)
{
	char out[64];

	(void)state;
	assert_int_equal(resolve("", "x", out), ERR_URI);
	assert_int_equal(resolve("/a/b", "x", out), ERR_URI);
	assert_int_equal(resolve("urn:x", "y", out), ERR_URI);
	assert_int_equal(resolve("urn:", "y", out), ERR_URI);
	assert_int_equal(
	    resolve("http://a/0123456789012345678901234567890123456789/b",
		"x012345678901234567890", out),
	    ERR_TOO_LONG);
	assert_string_equal(out, "");
}

/* Any octets: an answer within the room, or a refusal. */
static void
any_octets(void **state)
{
	static const char set[] = {'/', '.', '.', '?', '#', ':', 'a', 0};
	uint32_t seed = 1;
	size_t good = 0;

	(void)state;
	for (size_t n = 0; n < 20000; n++) {
		uint8_t base[24] = "x://", ref[24], room[40];
		struct bytes got;

		for (size_t i = 0; i < 48; i++) {
			seed = seed * 1103515245 + 12345;
			if (i >= 4 && i < 24)
				base[i] = (uint8_t)set[seed >> 16 & 7];
			else if (i >= 24)
				ref[i - 24] = (uint8_t)set[seed >> 16 & 7];
		}
		if (uri_resolve((struct bytes){base, n % 25},
			(struct bytes){ref, seed >> 20 & 15}, SPAN_OF(room),
			&got) != OK)
			continue;
		good++;
		assert_true(got.p == room && got.n <= sizeof(room));
		assert_memory_equal(got.p, "x:", 2);
	}
	assert_true(good > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(examples),
	    cmocka_unit_test(which_is_relative),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(any_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
