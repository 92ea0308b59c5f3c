/*
 * CBOR as JSON and back is the same octets: every vector and its mutants,
 * random items in every encoding there is; and JSON that is wrong is told
 * where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <json.h>
#include <sys/stat.h>

static uint64_t seed = 0x7ee9;
static size_t files, mutants, same, refused;

static uint32_t
dice(uint32_t sides)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % sides;
}

/* The JSON of b leads back to b, also as text; or b is no CBOR, in which
 * case the strict reader refuses it too. */
static void
round_trip(struct bytes b, const struct kind *as)
{
	struct json j = {0};
	struct bytes out;
	char *text = NULL;
	size_t n, at;
	json_t *doc = json_from_cbor(&j, b, as, &at), *again;
	FILE *f;

	if (doc == NULL) {
		assert_int_not_equal(cbor_check(b, &at), OK);
		assert_true(j.message[0] != 0);
		refused++;
		json_free(&j);
		return;
	}
	f = open_memstream(&text, &n);
	assert_non_null(f);
	json_text_put(f, doc);
	(void)fclose(f);
	json_decref(doc);
	json_free(&j);
	for (size_t i = 0; i < n; i++)
		assert_true(
		    text[i] == '\n' || (text[i] >= 0x20 && text[i] < 0x7f));
	again = json_text_read(&j, (struct bytes){(const uint8_t *)text, n});
	if (again == NULL || !json_to_cbor(&j, again, &out) ||
	    !bytes_same(b, out))
		fail_msg("not the same: %s\n%.3000s", j.message, text);
	same++;
	json_decref(again);
	free(text);
	json_free(&j);
}

/* One octet otherwise, one less, one more. */
static void
mutate(struct bytes b, unsigned times)
{
	uint8_t *copy = malloc(b.n + 1);

	assert_non_null(copy);
	for (unsigned i = 0; i < times && b.n > 0; i++) {
		size_t at = dice((uint32_t)b.n), n = b.n;

		memcpy(copy, b.p, b.n);
		switch (dice(4)) {
		case 0:
			copy[at] = (uint8_t)dice(256);
			break;
		case 1:
			copy[at] ^= (uint8_t)(1u << dice(8));
			break;
		case 2:
			memmove(copy + at, copy + at + 1, b.n - at - 1);
			n--;
			break;
		default:
			memmove(copy + at + 1, copy + at, b.n - at);
			copy[at] = (uint8_t)dice(256);
			n++;
			break;
		}
		round_trip((struct bytes){copy, n}, NULL);
		mutants++;
	}
	free(copy);
}

static void
one_file(const char *path)
{
	struct bytes b;

	if (input_read(path, &b) != OK)
		return;
	/* keys and diagnostic text are not CBOR to their end */
	if (b.n > 0 && b.n < 65536) {
		round_trip(b, NULL);
		mutate(b, b.n <= 2048 ? 24 : 4);
		files++;
	}
	release_bytes(&b);
}

static void
folder(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;
		char *full = NULL;
		struct stat st;

		assert_true(asprintf(&full, "%s/%s", path, name) > 0);
		if (name[0] != '.' && stat(full, &st) == 0) {
			const char *dot = strrchr(name, '.');

			if (S_ISDIR(st.st_mode))
				folder(full);
			else if (dot != NULL && (strcmp(dot, ".cbor") == 0 ||
						    strcmp(dot, ".hex") == 0 ||
						    strcmp(dot, ".suit") == 0 ||
						    strcmp(dot, ".cose") == 0))
				one_file(full);
		}
		free(full);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

static void
test_vectors(void **state)
{
	(void)state;
	files = same = refused = mutants = 0;
	folder(VECTORS);
	folder(SHARED_VECTORS); /* where they are */
	print_message("%zu files, %zu mutants: %zu the same, %zu no CBOR\n",
	    files, mutants, same, refused);
	assert_true(files >= 300 && same >= 5000 && refused >= 1000);
}

/* ---- random items -----------------------------------------------------------
 */

struct draw {
	uint8_t p[4096];
	size_t n;
};

static void
octet(struct draw *d, unsigned v)
{
	if (d->n < sizeof(d->p))
		d->p[d->n++] = (uint8_t)v;
}

/* A head in any width that holds arg. */
static void
head(struct draw *d, unsigned type, uint64_t arg)
{
	static const uint8_t info[] = {24, 25, 26, 27};
	unsigned least = arg < 24 ? 0 : arg < 256 ? 1 : arg < 65536 ? 2 : 3;
	unsigned width = least + (dice(4) == 0 ? dice(5 - least) : 0);

	if (width == 0) {
		octet(d, type << 5 | (unsigned)arg);
		return;
	}
	octet(d, type << 5 | info[width - 1]);
	for (int i = (1 << (width - 1)) - 1; i >= 0; i--)
		octet(d, (unsigned)(i < 8 ? arg >> 8 * i & 255 : 0));
}

static void
string(struct draw *d, unsigned type)
{
	unsigned n = dice(6);

	head(d, type, n);
	for (unsigned i = 0; i < n; i++)
		octet(d,
		    type == 3 && dice(8) > 0 ? 0x20 + dice(0x60) : dice(256));
}

static void
item(struct draw *d, unsigned depth)
{
	/* keys and types that mean something, and any others */
	static const int16_t known[] = {1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 14,
	    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 61, 96, 98, 107, 256, 258,
	    265, 272, 273, 500, 501, 506, 1000, 1001};
	unsigned type = depth > 7 ? dice(4) : dice(8), n = dice(5);
	bool indefinite = dice(6) == 0;

	switch (type) {
	case 2:
	case 3:
		if (!indefinite) {
			string(d, type);
			break;
		}
		octet(d, type << 5 | 31);
		for (unsigned i = 0; i < n; i++)
			string(d, type);
		octet(d, 0xff);
		break;
	case 4:
	case 5:
		if (indefinite)
			octet(d, type << 5 | 31);
		else
			head(d, type, n);
		for (unsigned i = 0; i < n; i++) {
			if (type == 5 && dice(4) > 0)
				head(d, dice(8) == 0,
				    (uint64_t)known[dice(ARRAY_LEN(known))]);
			else if (type == 5)
				item(d, depth + 1);
			item(d, depth + 1);
		}
		if (indefinite)
			octet(d, 0xff);
		break;
	case 6:
		head(d, 6, (uint64_t)known[dice(ARRAY_LEN(known))]);
		item(d, depth + 1);
		break;
	case 7:
		if (dice(2) == 0) {
			octet(d, 0xe0 + dice(24));
		} else if (dice(4) == 0) {
			octet(d, 0xf8);
			octet(d, 32 + dice(224));
		} else {
			unsigned w = dice(3);

			octet(d, 0xf9 + w);
			for (unsigned i = 0; i < 2u << w; i++)
				octet(d,
				    dice(3) == 0 ? 0x7f * dice(3) : dice(256));
		}
		break;
	default:
		head(d, type, dice(2) == 0 ? dice(40) : seed >> dice(60));
		break;
	}
}

static void
test_random(void **state)
{
	static const char *const kinds[] = {"cbor", "teep", "cose", "eat",
	    "suit-envelope", "suit-manifest", "suit-report", "corim", "comid",
	    "policy", "cose-key", "component", "suit-reference"};

	(void)state;
	same = refused = 0;
	for (unsigned i = 0; i < 30000; i++) {
		static struct draw d;

		d.n = 0;
		item(&d, 0);
		round_trip((struct bytes){d.p, d.n},
		    kind_named(kinds[i % ARRAY_LEN(kinds)]));
	}
	print_message(
	    "seed 0x7ee9: %zu the same, %zu no CBOR\n", same, refused);
	assert_true(same >= 27000);
}

/* Every kind of float, and every number at the edges of heads. */
static void
test_edges(void **state)
{
	static const uint64_t edges[] = {0, 1, 23, 24, 255, 256, 65535, 65536,
	    UINT32_MAX, UINT64_C(4294967296), INT64_MAX,
	    UINT64_C(9223372036854775808), UINT64_MAX};
	struct draw d;

	(void)state;
	same = 0;
	for (unsigned bits = 0; bits < 65536; bits += 5) {
		d.n = 0;
		octet(&d, 0xf9);
		octet(&d, bits >> 8);
		octet(&d, bits & 255);
		round_trip((struct bytes){d.p, d.n}, NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		for (unsigned type = 0; type < 2; type++) {
			d.n = 0;
			octet(&d, type << 5 | 27);
			for (int b = 7; b >= 0; b--)
				octet(&d, (unsigned)(edges[i] >> 8 * b & 255));
			round_trip((struct bytes){d.p, d.n}, NULL);
			round_trip(
			    (struct bytes){d.p, d.n}, kind_named("cose-key"));
		}
	}
	assert_true(same > 13000);
}

/* Deep, wide and doubling things end soon. */
static void
test_bounds(void **state)
{
	static uint8_t deep[4096];
	struct json j = {0};
	struct bytes b = {deep, sizeof(deep)};
	size_t n = 0, at;

	(void)state;
	memset(deep, 0x81, sizeof(deep));
	assert_null(json_from_cbor(&j, b, NULL, &at));
	assert_non_null(strstr(j.message, "too-deep"));
	json_free(&j);
	/* a message in a byte string in a message ..., each of a form that is
	 * tried twice */
	deep[0] = 0xa0;
	for (n = 1; n + 16 < sizeof(deep);) {
		uint8_t head[8] = {0x82, 0x01, 0xa1, 0x06, 0x59,
		    (uint8_t)(n >> 8), (uint8_t)n};

		memmove(deep + 7, deep, n);
		memcpy(deep, head, 7);
		n += 7;
	}
	b.n = n;
	round_trip(b, NULL);
	json_decref(json_from_cbor(&j, b, NULL, &at));
	assert_true(j.work > 50 && j.work < 1000);
	json_free(&j);
}

/* ---- JSON that is wrong
 * ------------------------------------------------------- */

static void
wrong(const char *text, const char *want)
{
	struct json j = {0};
	struct bytes out;
	json_t *doc = json_text_read(&j, bytes_of_text(text));

	if (doc != NULL && json_to_cbor(&j, doc, &out))
		fail_msg("taken: %s", text);
	if (strstr(j.message, want) == NULL)
		fail_msg("%s, not %s, for %s", j.message, want, text);
	assert_null(strchr(j.message, '\x1b'));
	json_decref(doc);
	json_free(&j);
}

#define IN(kind, item) "{\"$as\":\"" kind "\",\"$item\":" item "}"

static void
test_wrong(void **state)
{
	(void)state;
	wrong("{\n  \"$as\": }", "line 2, column");
	wrong("{\"a\":1,\"a\":2}", "line 1");
	wrong("{\"$as\":\"nonsense\",\"$item\":1}", "$as: one of");
	wrong("{\"$as\":\"cbor\"}", "$item are wanted");
	wrong("{\"$as\":\"cbor\",\"$item\":1,\"x\":2}", "$item are wanted");
	wrong(IN("cbor", "[1,{\"$hex\":\"0\"}]"), "[1].$hex: \"0\" is not hex");
	wrong(IN("cbor", "{\"x\":1}"), "there is no member \"x\"");
	wrong(IN("cbor", "{\"\\u001b[2J\":1}"), "no member \"\\x1b[2J\"");
	wrong(IN("cbor", "{\"$nonsense\":1}"), "none of the forms");
	wrong(IN("cbor", "{\"$hex\":\"00\",\"x\":1}"), "stands alone");
	wrong(IN("cbor", "{\"$tag\":1}"), "stands with \"$item\"");
	wrong(IN("cbor", "{\"$tag\":-1,\"$item\":0}"), "a number is wanted");
	wrong(
	    IN("cbor", "{\"$int\":\"18446744073709551616\"}"), "out of range");
	wrong(IN("cbor", "{\"$int\":\"x\"}"), "a number as text");
	wrong(IN("cbor", "{\"$float\":\"7e\"}"), "hex digits of a float");
	wrong(IN("cbor", "{\"$simple\":24}"), "a simple value is");
	wrong(IN("cbor", "{\"$head\":1,\"$item\":256}"), "no such head");
	wrong(IN("cbor", "{\"$head\":3,\"$item\":1}"), "1, 2, 4 or 8");
	wrong(
	    IN("cbor", "{\"$head\":2,\"$item\":0.1}"), "no float of that size");
	wrong(IN("cbor", "{\"$indefinite\":1}"), "an array or a map");
	wrong(IN("cbor", "{\"$chunks\":[1],\"$of\":\"bytes\"}"), "no chunk");
	wrong(IN("cbor", "{\"$chunks\":[],\"$of\":\"x\"}"), "$of");
	wrong(IN("cbor", "{\"$map\":[[1]]}"), "[key, value]");
	wrong(IN("cbor", "{\"$cbor\":1,\"$as\":\"x\"}"), "$as: one of");
	wrong(IN("teep", "{\"type\":\"Upgrade\",\"options\":{}}"),
	    "type: \"Upgrade\" is no name");
	wrong(IN("teep", "{\"type\":\"Update\",\"options\":{\"tokn\":\"00\"}}"),
	    "options: there is no member \"tokn\"");
	wrong(
	    IN("teep", "{\"type\":\"Update\",\"options\":{\"token\":\"0x\"}}"),
	    "options.token: \"0x\" is not hex");
	wrong(IN("teep", "{\"type\":\"Update\",\"colour\":1}"),
	    "do not belong together");
	wrong(IN("teep", "{\"options\":{}}"), "type: is missing");
	wrong(IN("eat", "{\"iat\":\"soon\"}"), "iat: a time such as");
	wrong(IN("suit-manifest", "{\"install\":[{\"fetsch\":15}]}"),
	    "install[0]: there is no member \"fetsch\"");
	wrong(IN("suit-manifest", "{\"install\":[{\"fetch\":[\"x\"]}]}"),
	    "install[0].fetch[0]: no name of a bit");
	wrong(IN("suit-manifest", "{\"manifest-component-id\":\"a//b\"}"),
	    "a component identifier");
}

/* What people write: names, numbers for names, and nothing more. */
static void
test_written(void **state)
{
	static const struct {
		const char *text, *hex;
	} rows[] = {
	    {IN("teep", "{\"type\":\"Success\",\"options\":{\"token\":"
			"\"0001020304050607\",\"10\":\"ok\"}}"),
		"8204a2134800010203040506070a626f6b"},
	    {IN("teep", "{\"type\":4,\"options\":{}}"), "8204a0"},
	    {IN("teep", "{\"type\":\"Error\",\"options\":{},\"err-code\":1}"),
		"8305a001"},
	    {IN("cose", "{\"$tag\":18,\"$item\":[\"\",{},null,\"\"]}"),
		"d28440a0f640"},
	    {IN("cbor", "{\"'a'\":1,\"-1\":{\"$text\":\"x\"},\"3\":1.5}"),
		"a361610120617803f93e00"},
	    {"{\"$as\":\"cbor\",\"$item\":1,\"$after\":\"ff\"}", "01ff"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json j = {0};
		struct bytes out;
		char hex[128];
		json_t *doc = json_text_read(&j, bytes_of_text(rows[i].text));

		assert_non_null(doc);
		if (!json_to_cbor(&j, doc, &out))
			fail_msg("%s: %s", rows[i].text, j.message);
		hex_text(hex, sizeof(hex), out);
		assert_string_equal(hex, rows[i].hex);
		json_decref(doc);
		json_free(&j);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_edges),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_wrong),
	    cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
