/* cmdline: text in and out, files, refusals in one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <cmdline.h>

static void
foreign_text(void **state)
{
	static const struct {
		struct bytes in;
		const char *out;
	} cases[] = {
	    {BYTES_LIT(""), ""},
	    {BYTES_LIT("plain text."), "plain text."},
	    {BYTES_LIT("a\nb\tc\\"), "a\\nb\\tc\\\\"},
	    /* escape sequences, a NUL, and what is no ASCII */
	    {BYTES_LIT("\x1b[31mred"), "\\x1b[31mred"},
	    {BYTES_LIT("a\0b"), "a\\x00b"},
	    {BYTES_LIT("\x7f\x80\xc3\xa9\r"), "\\x7f\\x80\\xc3\\xa9\\x0d"},
	};
	char room[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(
		    safe_text(room, sizeof(room), cases[i].in), cases[i].out);
}

/* However small the room: terminated, and never half an escape. */
static void
foreign_text_cut(void **state)
{
	char whole[64], room[64];
	struct bytes in = BYTES_LIT("ab\ncd\x1b"
				    "ef");

	(void)state;
	(void)safe_text(whole, sizeof(whole), in);
	for (size_t n = 4; n < sizeof(room); n++) {
		memset(room, 'X', sizeof(room));
		(void)safe_text(room, n, in);
		assert_true(strlen(room) < n);
		if (n > strlen(whole)) {
			assert_string_equal(room, whole);
			continue;
		}
		assert_string_equal(room + strlen(room) - 3, "...");
		assert_memory_equal(room, whole, strlen(room) - 3);
		if (strlen(room) > 3)
			assert_true(room[strlen(room) - 4] != '\\');
		for (size_t i = n; i < sizeof(room); i++)
			assert_int_equal(room[i], 'X');
	}
}

static void
hex(void **state)
{
	uint8_t room[4];
	struct bytes b;
	char text[8];

	(void)state;
	hex_text(text, sizeof(text), BYTES_LIT("\x00\xab\xff"));
	assert_string_equal(text, "00abff");
	hex_text(text, 6, BYTES_LIT("\x00\xab\xff"));
	assert_string_equal(text, "00ab");
	hex_text(text, 1, BYTES_LIT("\x00"));
	assert_string_equal(text, "");
	assert_int_equal(hex_read("00aBFf", SPAN_OF(room), &b), OK);
	assert_true(bytes_same(b, BYTES_LIT("\x00\xab\xff")));
	assert_int_equal(hex_read("", SPAN_OF(room), &b), OK);
	assert_int_equal(b.n, 0);
	assert_int_equal(hex_read("0", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(hex_read("000", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(hex_read("0g", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(hex_read("0 ", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(hex_read("0001020304", SPAN_OF(room), &b), ERR_ROOM);
}

/* RFC 4648 section 10, without padding. */
static void
base64url(void **state)
{
	static const struct {
		const char *plain, *text;
	} cases[] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"},
	    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
	    {"\xfb\xff", "-_8"}};
	uint8_t room[8];
	struct bytes b;
	char text[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes plain = bytes_of_text(cases[i].plain);

		base64url_text(text, sizeof(text), plain);
		assert_string_equal(text, cases[i].text);
		base64url_text(text, strlen(cases[i].text) + 1, plain);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(
		    base64url_read(cases[i].text, SPAN_OF(room), &b), OK);
		assert_true(bytes_same(b, plain));
	}
	/* padding, another alphabet, a lone digit, bits that mean nothing */
	assert_int_equal(base64url_read("Zg==", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(base64url_read("+/8", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(base64url_read("Z", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(base64url_read("Zm9vY", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(base64url_read("Zh", SPAN_OF(room), &b), ERR_TEXT);
	assert_int_equal(
	    base64url_read("Zm9vYmFyZm9v", SPAN_OF(room), &b), ERR_ROOM);
}

static void
numbers(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(number_read("0", 0, &v), OK);
	assert_int_equal(
	    number_read("18446744073709551615", UINT64_MAX, &v), OK);
	assert_true(v == UINT64_MAX);
	assert_int_equal(
	    number_read("18446744073709551616", UINT64_MAX, &v), ERR_RANGE);
	assert_int_equal(
	    number_read("99999999999999999999999", UINT64_MAX, &v), ERR_RANGE);
	assert_int_equal(number_read("8", 8, &v), OK);
	assert_int_equal(number_read("9", 8, &v), ERR_RANGE);
	assert_int_equal(number_read("10", 8, &v), ERR_RANGE);
	assert_int_equal(number_read("007", 8, &v), OK);
	assert_int_equal(number_read("", 8, &v), ERR_TEXT);
	assert_int_equal(number_read("+1", 8, &v), ERR_TEXT);
	assert_int_equal(number_read("-1", 8, &v), ERR_TEXT);
	assert_int_equal(number_read(" 1", 8, &v), ERR_TEXT);
	assert_int_equal(number_read("1x", 8, &v), ERR_TEXT);
	assert_int_equal(number_read("0x1", 8, &v), ERR_TEXT);
}

/* The examples of the SUIT drafts. */
static void
uuids(void **state)
{
	uint8_t vendor[16], class_id[16], other[16];
	char text[UUID_TEXT];

	(void)state;
	assert_int_equal(uuid_read("arm.com", uuid_dns, vendor), OK);
	uuid_text(text, vendor);
	assert_string_equal(text, "fa6b4a53-d5ad-5fdf-be9d-e663e4d41ffe");
	assert_int_equal(uuid_read("suit", vendor, class_id), OK);
	uuid_text(text, class_id);
	assert_string_equal(text, "1492af14-2569-5e48-bf42-9b2d51f2ab45");
	assert_int_equal(
	    uuid_read("FA6B4A53-d5ad-5fdf-be9d-e663e4d41ffe", vendor, class_id),
	    OK);
	assert_memory_equal(class_id, vendor, 16);
	assert_false(
	    uuid_plain("fa6b4a53d5ad-5fdf-be9d-e663e4d41ffe-", class_id));
	assert_false(uuid_plain("fa6b4a53", class_id));
	/* almost one is a name */
	assert_int_equal(
	    uuid_read("fa6b4a53-d5ad-5fdf-be9d-e663e4d41ffg", vendor, other),
	    OK);
	assert_memory_not_equal(other, vendor, 16);
	assert_int_equal(uuid_read("", uuid_dns, vendor), ERR_RANGE);
}

static void
buckets(void **state)
{
	struct bucket b = bucket_full(3, 2);

	(void)state;
	assert_true(bucket_open(&b, 1000));
	for (int i = 0; i < 3; i++) {
		assert_true(bucket_open(&b, 1000));
		bucket_take(&b, 1);
	}
	assert_false(bucket_open(&b, 1000));
	assert_false(bucket_open(&b, 5)); /* no clock does that */
	assert_int_equal(bucket_opens_at(&b), 1001);
	/* two a second, exactly */
	for (int64_t now = 1001; now < 61001; now += 500) {
		assert_true(bucket_open(&b, now));
		bucket_take(&b, 1);
		assert_false(bucket_open(&b, now));
		assert_false(bucket_open(&b, bucket_opens_at(&b) - 1));
	}
	/* never more than it holds, however long nobody asked */
	assert_true(bucket_open(&b, INT64_MAX / 2));
	bucket_take(&b, 2);
	assert_true(bucket_open(&b, INT64_MAX / 2));
	bucket_take(&b, 1);
	assert_false(bucket_open(&b, INT64_MAX / 2));
	/* a debt is paid first */
	b = bucket_full(10, 5);
	assert_true(bucket_open(&b, 1));
	bucket_take(&b, 20);
	assert_int_equal(bucket_opens_at(&b), 2002);
	assert_false(bucket_open(&b, 2001));
	assert_true(bucket_open(&b, 2002));
}

static void
files(void **state)
{
	char dir[] = "/tmp/cmdline.XXXXXX", path[64];
	struct bytes b, big = {calloc(1, 100000), 100000};
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/f", dir);
	assert_int_equal(read_file(path, 10, &b), ERR_NOT_FOUND);
	assert_int_equal(read_file(dir, 10, &b), ERR_SYSTEM);
	assert_int_equal(
	    write_file_atomic(path, BYTES_LIT("secret"), WRITE_SECRET), OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(read_file(path, 6, &b), OK);
	assert_true(bytes_same(b, BYTES_LIT("secret")));
	release_bytes(&b);
	assert_null(b.p);
	assert_int_equal(read_file(path, 5, &b), ERR_TOO_LONG);
	assert_null(b.p);
	(void)umask(022);
	assert_int_equal(write_file_atomic(path, big, WRITE_PUBLIC), OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(read_file(path, 100000, &b), OK);
	assert_int_equal(b.n, 100000);
	release_bytes(&b);
	assert_int_equal(write_file_atomic(path, BYTES_NONE, WRITE_PUBLIC), OK);
	assert_int_equal(read_file(path, 0, &b), OK);
	assert_int_equal(b.n, 0);
	release_bytes(&b);
	/* sizeless files are read to their end */
	assert_int_equal(read_file("/proc/self/status", 100000, &b), OK);
	assert_true(b.n > 100);
	release_bytes(&b);
	assert_int_equal(read_file("/dev/zero", 100000, &b), ERR_TOO_LONG);
	assert_int_equal(
	    write_file_atomic("/tmp/no/such", BYTES_NONE, WRITE_PUBLIC),
	    ERR_SYSTEM);
	/* nothing else is left in the folder */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	free((void *)(uintptr_t)big.p);
}

/* What goes to a stream, as text. */
static const char *
stream_text(FILE *f)
{
	static char text[2048];
	size_t n;

	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	(void)fclose(f);
	return text;
}

static void
refusals_as_json(void **state)
{
	struct why w = {.err = ERR_SIGNATURE,
	    .at = 12,
	    .what = "block",
	    .kind = WHY_TEXT,
	    .found = BYTES_LIT("\"\x1b\\"),
	    .subject = BYTES_LIT("\x80\x01")};
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	json_why(f, "a\"b", &w);
	assert_string_equal(stream_text(f),
	    "{\"ok\":false,\"file\":\"a\\\"b\",\"error\":\"bad-signature\","
	    "\"sentence\":\"the signature is wrong\",\"offset\":12,"
	    "\"what\":\"block\",\"expected\":\"\","
	    "\"found\":\"\\\"\\\\x1b\\\\\\\\\",\"subject\":\"8001\"}");
}

static void
levels(void **state)
{
	enum log_level level;

	(void)state;
	assert_int_equal(log_level_read("debug", &level), OK);
	assert_int_equal(level, LEVEL_DEBUG);
	assert_int_equal(log_level_read("loud", &level), ERR_TEXT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(foreign_text),
	    cmocka_unit_test(foreign_text_cut),
	    cmocka_unit_test(hex),
	    cmocka_unit_test(base64url),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(uuids),
	    cmocka_unit_test(buckets),
	    cmocka_unit_test(files),
	    cmocka_unit_test(refusals_as_json),
	    cmocka_unit_test(levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
