/*
 * Recipes of manifests: every published envelope and its mutants lead to a
 * recipe and back to the same octets; so do random recipes that use every
 * row of the table.  Seeded: TEST_SEED repeats a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <recipe.h>
#include <sys/stat.h>

static uint64_t seed = 0x5017;
static size_t files, mutants, refused, raw, recipes, checked;
static bool used[64];

static uint32_t
dice(uint32_t sides)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % sides;
}

/* ---- both ways ---------------------------------------------------------- */

static char *
text_of(const json_t *v, bool json, size_t *n)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, n);

	assert_non_null(f);
	if (json)
		doc_put_json(f, v);
	else
		doc_put_yaml(f, v);
	assert_int_equal(fclose(f), 0);
	for (size_t i = 0; i < *n; i++)
		assert_true(
		    text[i] == '\n' || (text[i] >= 0x20 && text[i] < 0x7f));
	return text;
}

/* What `suit create` makes of a recipe; on the heap. */
static struct bytes
created(const char *text, size_t n, char *message)
{
	struct doc d = {.crypto = crypto_or_die("test"), .closed = true};
	static struct recipe r;
	struct bytes out = BYTES_NONE, b;

	r = (struct recipe){.doc = &d};
	if (doc_load(&d, "recipe", (struct bytes){(const uint8_t *)text, n}) &&
	    recipe_read(&r, doc_root(&d)) != NULL && recipe_check(&r)) {
		b = recipe_octets(&r);
		out.p = memcpy(malloc(b.n + 1), b.p, b.n);
		out.n = b.n;
	}
	(void)snprintf(message, 512, "%s", d.message);
	doc_free(&d);
	return out;
}

/* b as a recipe, and back: by YAML and by JSON. */
static bool
there_and_back(struct bytes b, const char *name)
{
	struct pool p = {NULL, 0};
	char message[512];
	size_t at, n;
	json_t *v = recipe_of(&p, b, &at);

	if (v == NULL) {
		pool_free(&p);
		return false;
	}
	for (int json = 0; json < 2; json++) {
		char *text = text_of(v, json == 1, &n);
		struct bytes out = created(text, n, message);

		if (!bytes_same(out, b))
			fail_msg(
			    "%s: not the same: %s\n%s", name, message, text);
		free((void *)(uintptr_t)out.p);
		free(text);
	}
	raw += json_object_get(v, "cbor") != NULL;
	json_decref(v);
	pool_free(&p);
	return true;
}

/* ---- what is published -------------------------------------------------- */

static void
each_file(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name), before = raw;
		char path[512];
		struct bytes b;
		uint8_t *m;

		if (n < 5 || strcmp(e->d_name + n - 5, ".suit") != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		assert_int_equal(read_file(path, SUIT_ENVELOPE_MAX, &b), OK);
		assert_true(there_and_back(b, path));
		/* in words, not as octets */
		assert_int_equal(raw, before);
		files++;
		m = malloc(b.n);
		for (size_t i = 0; i < 24; i++) {
			struct pool p = {NULL, 0};
			struct item *item;
			size_t at;

			memcpy(m, b.p, b.n);
			m[dice((uint32_t)b.n)] ^= (uint8_t)(1u << dice(8));
			if (there_and_back((struct bytes){m, b.n}, path)) {
				mutants++;
			} else {
				assert_int_not_equal(
				    item_read_all(
					&p, (struct bytes){m, b.n}, &item, &at),
				    OK);
				refused++;
			}
			pool_free(&p);
		}
		free(m);
		release_bytes(&b);
	}
	(void)closedir(d);
}

static void
published(void **state)
{
	(void)state;
	each_file(VECTORS "/suit");
	each_file(SHARED_VECTORS "/suit");
	printf("%zu envelopes, %zu mutants the same, %zu no CBOR\n", files,
	    mutants, refused);
	assert_true(files >= 17);
	assert_true(mutants > 100);
}

/* ---- random recipes ----------------------------------------------------- */

static const char *const component[] = {"app", "boot", "c_3", "data.x"};

static json_t *value(enum form form, unsigned depth);

static void
set(json_t *o, const char *name, json_t *v)
{
	assert_int_equal(json_object_set_new(o, name, v), 0);
}

static json_t *
one(const char *name, json_t *v)
{
	json_t *o = json_object();

	set(o, name, v);
	return o;
}

static json_t *
hex(size_t n)
{
	char text[200] = {0};

	for (size_t i = 0; i < n && i < 64; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", dice(256));
	return json_string(text);
}

static json_t *
octets(void)
{
	static const char *const words[] = {"", "a", "two words", "#'\"\\: -",
	    "\xc3\xa9\xf0\x9f\x98\x80", "null", "-1"};

	switch (dice(3)) {
	case 0:
		return one("text", json_string(words[dice(7)]));
	case 1:
		return one("base64", json_string("AAEC_-8"));
	default:
		return hex(dice(20));
	}
}

static json_t *
words(void)
{
	static const char *const list[] = {"", "https://example.com/a?b=c#d",
	    "true", "12", "a: b", "# no comment", "line\nbreak\ttab",
	    "\xe2\x82\xac \xf0\x9f\x98\x80", "\"quoted\"", "ends with space "};

	return json_string(list[dice(10)]);
}

static json_t *
uuid(void)
{
	char text[UUID_TEXT];
	uint8_t room[16];

	for (size_t i = 0; i < 16; i++)
		room[i] = (uint8_t)dice(256);
	uuid_text(text, room);
	return json_string(text);
}

static json_t *
list_of(json_t *(*make)(enum form, unsigned), enum form form, unsigned depth,
    size_t min)
{
	json_t *a = json_array();
	size_t n = min + dice(3);

	while (n-- > 0)
		(void)json_array_append_new(a, make(form, depth));
	return a;
}

/* Some rows of a list, each at most once. */
static json_t *
rows_of(const struct rows *rows, unsigned depth, size_t most)
{
	json_t *o = json_object();

	for (size_t n = 1 + dice((uint32_t)most); n > 0; n--) {
		const struct row *row = &rows->row[dice((uint32_t)rows->n)];

		used[row->form] = true;
		set(o, row_name(rows, row), value(row->form, depth + 1));
	}
	if (dice(12) == 0)
		set(o, "-300", value(AS_ANY, depth + 1));
	return o;
}

static json_t *
any_of(enum form form, unsigned depth)
{
	(void)form;
	switch (dice(depth > 4 ? 6 : 7)) {
	case 0:
		return json_integer((json_int_t)dice(1000) - 500);
	case 1:
		return json_boolean(dice(2) == 0);
	case 2:
		return json_null();
	case 3:
		return words();
	case 4:
		return one("hex", hex(dice(9)));
	case 5:
		return one("cbor", json_string("a16161820102"));
	default:
		return list_of(any_of, AS_ANY, depth + 1, 0);
	}
}

static json_t *
command(enum form form, unsigned depth)
{
	const struct row *row;

	(void)form;
	do
		row = &rows_command.row[dice((uint32_t)rows_command.n)];
	while (
	    depth > 3 && (row->form == AS_TRIES || row->form == AS_SEQUENCE));
	used[row->form] = true;
	if (row->form == AS_POLICY && dice(2) == 0)
		return json_string(row_name(&rows_command, row));
	if (dice(20) == 0)
		return one("-1000", value(AS_ANY, depth + 1));
	return one(row_name(&rows_command, row), value(row->form, depth + 1));
}

static json_t *
texts(unsigned depth)
{
	json_t *o = json_object();
	static const char *const language[] = {"en", "de-AT", "x"};

	for (size_t n = 1 + dice(2); n > 0; n--) {
		json_t *of = rows_of(&rows_text, depth, 3);

		(void)json_object_del(of, "-300");
		if (dice(2) == 0) {
			json_t *in = rows_of(&rows_component_text, depth, 4);

			(void)json_object_del(in, "-300");
			set(of, "components", one(component[dice(4)], in));
		}
		set(o, language[dice(3)], of);
	}
	return o;
}

static json_t *
by_component(bool labels, unsigned depth)
{
	json_t *o = json_object(), *a;

	for (size_t n = 1 + dice(3); n > 0; n--) {
		if (!labels) {
			set(o, component[dice(4)], value(AS_PARAMS, depth + 1));
			continue;
		}
		a = json_array();
		(void)json_array_append_new(
		    a, json_string(row_name(&rows_parameter,
			   &rows_parameter
				.row[dice((uint32_t)rows_parameter.n)])));
		set(o, component[dice(4)], a);
	}
	return o;
}

static json_t *
component_name(enum form form, unsigned depth)
{
	(void)form;
	(void)depth;
	return dice(5) == 0 ? json_integer(dice(9))
			    : json_string(component[dice(4)]);
}

static json_t *
sequence(enum form form, unsigned depth)
{
	(void)form;
	return list_of(command, AS_ANY, depth + 1, 1);
}

static json_t *
policy(void)
{
	json_t *a;

	if (dice(3) == 0)
		return json_integer(dice(40));
	a = json_array();
	for (size_t i = 0; i < rows_policy.n; i++)
		if (dice(2) == 0)
			(void)json_array_append_new(
			    a, json_string(rows_policy.row[i].name));
	return a;
}

static json_t *
digest(void)
{
	json_t *o;

	if (dice(2) == 0)
		return hex(32);
	o = one("algorithm", json_string("SHA-512"));
	set(o, "digest", hex(64));
	return o;
}

static json_t *
value(enum form form, unsigned depth)
{
	static const char *const versions[] = {
	    "1", "1.2", "10.20.30", "1.2-rc.3", "0-alpha", "3-beta.1.0.7"};
	static const char *const compare[] = {">", ">=", "=", "<=", "<"};
	char text[64];
	json_t *a;

	switch (form) {
	case AS_ANY:
		return any_of(form, depth);
	case AS_UINT:
	case AS_SIZE:
		return json_integer((json_int_t)dice(1u << 30) << dice(30));
	case AS_INT:
		return json_integer((json_int_t)dice(1u << 20) - (1 << 19));
	case AS_BOOL:
		return json_boolean(dice(2) == 0);
	case AS_TEXT:
		return words();
	case AS_OCTETS:
		return octets();
	case AS_TIME:
		return dice(2) == 0 ? json_integer(dice(1u << 31))
				    : json_string("2199-12-31T23:59:59Z");
	case AS_VENDOR:
		return dice(3) == 0   ? one("pen", json_integer(dice(60000)))
		       : dice(2) == 0 ? json_string("example.com")
				      : uuid();
	case AS_CLASS:
		return uuid();
	case AS_UUID:
		return dice(5) == 0 ? one("hex", hex(3)) : uuid();
	case AS_DIGEST:
		return digest();
	case AS_INDEX:
		return component_name(form, depth);
	case AS_VERSION:
		(void)snprintf(text, sizeof(text), "%s %s", compare[dice(5)],
		    versions[dice(6)]);
		return json_string(text);
	case AS_RELEASE:
		return json_string(versions[dice(6)]);
	case AS_WAIT:
		return rows_of(&rows_event, depth, 4);
	case AS_METADATA:
		return rows_of(&rows_metadata, depth, 4);
	case AS_WRAPPED:
		return json_string("8301820203a0");
	case AS_ID:
		if (dice(3) > 0)
			return json_string("ta/some.thing/%00x");
		a = json_array();
		(void)json_array_append_new(a, hex(dice(3)));
		return a;
	case AS_POLICY:
		return policy();
	case AS_SELECT:
		return dice(4) == 0 ? json_string("all")
		       : dice(3) == 0
			   ? list_of(component_name, AS_INDEX, depth, 1)
			   : component_name(form, depth);
	case AS_TRIES:
		a = list_of(sequence, AS_SEQUENCE, depth + 1, 1);
		if (dice(2) == 0)
			(void)json_array_append_new(a, json_null());
		return a;
	case AS_SEQUENCE:
		return sequence(form, depth);
	case AS_PARAMS:
		return rows_of(&rows_parameter, depth, 5);
	case AS_PARAMS_OF:
	case AS_LABELS_OF:
		return by_component(form == AS_LABELS_OF, depth);
	case AS_TEXTS:
		return texts(depth);
	}
	return json_null();
}

static json_t *
random_recipe(unsigned depth)
{
	json_t *o = json_object(), *m, *c = json_object(), *sever, *p;
	const struct row *row;
	const char *key;
	json_t *v;

	set(o, "checked", json_false());
	if (dice(3) == 0)
		set(o, "tagged", json_false());
	m = rows_of(&rows_member, 0, 8);
	set(m, "manifest-sequence-number", json_integer(dice(100)));
	(void)json_object_del(m, "manifest-version");
	for (size_t i = 0; i < 4; i++)
		set(c, component[i], value(AS_ID, 0));
	set(m, "components", c);
	if (dice(3) == 0)
		set(m, "dependencies",
		    one("lib", one("prefix", value(AS_ID, 0))));
	if (dice(2) == 0)
		set(m, "shared-sequence", sequence(AS_SEQUENCE, 0));
	sever = json_array();
	json_object_foreach(m, key, v)
	{
		row = row_named(&rows_member, key);
		if (row != NULL && member_severable(row->key) && dice(2) == 0)
			(void)json_array_append_new(sever, json_string(key));
	}
	set(o, "manifest", m);
	set(o, "sever", sever);
	if (dice(2) == 0) {
		p = one("uri", json_string("#p"));
		v = octets();
		if (json_is_string(v))
			v = one("hex", v);
		(void)json_object_update(p, v);
		json_decref(v);
		v = json_array();
		(void)json_array_append_new(v, p);
		if (depth < 2 && dice(2) == 0) {
			p = one("uri", json_string("#dependency"));
			set(p, "recipe", random_recipe(depth + 1));
			(void)json_array_append_new(v, p);
		}
		set(o, "payloads", v);
	}
	return o;
}

static void
random_ones(void **state)
{
	size_t before = raw;

	(void)state;
	for (size_t i = 0; i < RECIPES; i++) {
		json_t *v = random_recipe(0);
		size_t n;
		char *text = text_of(v, i % 2 == 0, &n), message[512];
		struct bytes b = created(text, n, message);

		if (b.p == NULL)
			fail_msg("%s\n%s", message, text);
		/* all of it is said in words again */
		assert_true(there_and_back(b, text));
		if (raw != before)
			fail_msg("not in words:\n%s", text);
		recipes++;
		free((void *)(uintptr_t)b.p);
		free(text);
		json_decref(v);
	}
	for (enum form f = AS_ANY; f < AS_PARAMS_OF; f++)
		if (f != AS_SELECT && !used[f])
			print_message("form %d was not met\n", (int)f);
	printf("%zu random recipes\n", recipes);
}

/* ---- faults have a place ------------------------------------------------ */

static void
faults(void **state)
{
	static const struct {
		const char *text, *message;
	} all[] = {
#include "suit_recipe_faults.h"
	};
	char message[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct bytes b =
		    created(all[i].text, strlen(all[i].text), message);

		assert_null(b.p);
		if (strstr(message, all[i].message) == NULL)
			fail_msg("%zu: \"%s\" lacks \"%s\":\n%s", i, message,
			    all[i].message, all[i].text);
		checked++;
	}
	printf("%zu faults\n", checked);
	assert_true(checked > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published),
	    cmocka_unit_test(random_ones),
	    cmocka_unit_test(faults),
	};
	const char *s = getenv("TEST_SEED");

	if (s != NULL)
		seed = strtoull(s, NULL, 10);
	printf("TEST_SEED=%llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
