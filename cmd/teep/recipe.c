/*
 * recipe: read strictly what a person wrote as JSON.
 */
#include "recipe.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/suit.h>
#include <time.h>

/* Files whose digest is taken. */
#define FILE_MAX (1u << 30)

static json_t *root;
static const char *recipe_file;

void
recipe_bad(const struct place *at, const char *format, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s: %s: %s%s", PROG, recipe_file, at->path,
	    at->path[0] != 0 ? ": " : "");
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(EXIT_REFUSED);
}

struct place
recipe_load(const char *file)
{
	struct place at = {.path = ""};
	struct bytes in;
	json_error_t fault;
	char safe[256];
	enum err e = read_file(file, 1u << 20, &in);

	recipe_file = file;
	if (e != OK) {
		print_err(PROG, file, e);
		exit(EXIT_REFUSED);
	}
	root = json_loadb(
	    (const char *)in.p, in.n, JSON_REJECT_DUPLICATES, &fault);
	release_bytes(&in);
	if (root == NULL)
		recipe_bad(&at, "line %d: %s", fault.line,
		    safe_text(safe, sizeof(safe), bytes_of_text(fault.text)));
	at.value = root;
	return at;
}

void
recipe_free(void)
{
	json_decref(root);
	root = NULL;
}

static struct place below(const struct place *at, const json_t *value,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static struct place
below(const struct place *at, const json_t *value, const char *format, ...)
{
	struct place p = *at;
	size_t n = strlen(p.path);
	va_list ap;

	p.value = value;
	va_start(ap, format);
	(void)vsnprintf(p.path + n, sizeof(p.path) - n, format, ap);
	va_end(ap);
	return p;
}

void
recipe_object(const struct place *at, const char *const *names)
{
	void *i;

	if (!json_is_object(at->value))
		recipe_bad(at, "an object is wanted");
	for (i = json_object_iter((json_t *)(uintptr_t)at->value); i != NULL;
	     i = json_object_iter_next((json_t *)(uintptr_t)at->value, i)) {
		const char *key = json_object_iter_key(i);
		const char *const *n = names;
		char safe[64];

		while (*n != NULL && strcmp(*n, key) != 0)
			n++;
		if (*n == NULL)
			recipe_bad(at, "there is no member \"%s\" here",
			    safe_text(safe, sizeof(safe), bytes_of_text(key)));
	}
}

struct place
recipe_may(const struct place *at, const char *name)
{
	return below(at, json_object_get(at->value, name), "%s%s",
	    at->path[0] != 0 ? "." : "", name);
}

struct place
recipe_need(const struct place *at, const char *name)
{
	struct place p = recipe_may(at, name);

	if (p.value == NULL)
		recipe_bad(&p, "is missing");
	return p;
}

size_t
recipe_list(const struct place *at, size_t min, size_t max)
{
	size_t n = json_array_size(at->value);

	if (!json_is_array(at->value))
		recipe_bad(at, "a list is wanted");
	if (n < min || n > max)
		recipe_bad(at, "%zu to %zu items are wanted", min, max);
	return n;
}

struct place
recipe_item(const struct place *at, size_t i)
{
	return below(at, json_array_get(at->value, i), "[%zu]", i);
}

struct bytes
recipe_text(const struct place *at, size_t max)
{
	struct bytes b;

	if (!json_is_string(at->value))
		recipe_bad(at, "text is wanted");
	b.p = (const uint8_t *)json_string_value(at->value);
	b.n = json_string_length(at->value);
	if (b.n == 0 || b.n > max)
		recipe_bad(at, "1 to %zu octets of text are wanted", max);
	return b;
}

uint64_t
recipe_uint(const struct place *at, uint64_t min, uint64_t max)
{
	json_int_t v = json_integer_value(at->value);

	if (!json_is_integer(at->value) || v < 0 || (uint64_t)v < min ||
	    (uint64_t)v > max)
		recipe_bad(at, "a number from %llu to %llu is wanted",
		    (unsigned long long)min, (unsigned long long)max);
	return (uint64_t)v;
}

struct bytes
recipe_hex(const struct place *at, struct span room, size_t min)
{
	struct bytes text = recipe_text(at, 2 * room.n), b;

	if (hex_read((const char *)text.p, room, &b) != OK || b.n < min)
		recipe_bad(
		    at, "hex text of %zu to %zu octets is wanted", min, room.n);
	return b;
}

uint64_t
recipe_time(const struct place *at)
{
	const char *text;
	struct tm tm = {0};
	const char *end;
	time_t t;

	if (json_is_integer(at->value))
		return recipe_uint(at, 0, UINT32_MAX);
	text = (const char *)recipe_text(at, 32).p;
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != 0) {
		tm = (struct tm){0};
		end = strptime(text, "%Y-%m-%d", &tm);
	}
	t = timegm(&tm);
	if (end == NULL || *end != 0 || t < 0)
		recipe_bad(at, "a time such as 2026-01-31T12:00:00Z or "
			       "seconds since 1970 is wanted");
	return (uint64_t)t;
}

/* The file that at names, read whole. */
static struct bytes
named_file(const struct place *at, size_t max)
{
	const char *name = (const char *)recipe_text(at, 4096).p;
	const char *slash = strrchr(recipe_file, '/');
	char *full = NULL, safe[256];
	struct bytes b;
	enum err e;
	int n;

	if (name[0] == '/' || slash == NULL)
		n = asprintf(&full, "%s", name);
	else
		n = asprintf(&full, "%.*s/%s", (int)(slash - recipe_file),
		    recipe_file, name);
	if (n < 0)
		recipe_bad(at, "out of memory");
	e = read_file(full, max, &b);
	if (e != OK)
		recipe_bad(at, "%s: %s",
		    safe_text(safe, sizeof(safe), bytes_of_text(full)),
		    e == ERR_SYSTEM ? strerror(errno) : err_text(e));
	free(full);
	return b;
}

void
recipe_key(const struct place *at, struct key_file *out)
{
	struct bytes file = named_file(at, KEY_FILE_MAX);
	enum err e = key_file_read(file, out);
	char safe[256];

	release_bytes(&file);
	if (e != OK)
		recipe_bad(at,
		    "%s: no key in it (%s); wanted is PEM, a certificate or "
		    "a COSE_Key",
		    safe_text(safe, sizeof(safe),
			bytes_of_text(json_string_value(at->value))),
		    err_name(e));
}

struct signer
recipe_signer(const struct place *at, struct cose_key *pub)
{
	struct bytes file = named_file(at, KEY_FILE_MAX);
	struct signer s;
	enum err e = openssl_private_public(file, pub);

	if (e == OK)
		e = openssl_signer_load(file, &s);
	release_bytes(&file);
	if (e != OK)
		recipe_bad(
		    at, "a private key in PEM is wanted (%s)", err_name(e));
	return s;
}

void
recipe_digest(const struct place *at, uint8_t out[DIGEST_LEN])
{
	struct bytes file = named_file(at, FILE_MAX);
	enum err e = crypto_or_die(PROG)->sha256(&file, 1, out);

	release_bytes(&file);
	if (e != OK)
		recipe_bad(at, "%s", err_text(e));
}

struct bytes
recipe_id(const struct place *at, struct span room)
{
	struct bytes text = recipe_text(at, SUIT_ID_TEXT), id;

	if (strlen((const char *)text.p) != text.n ||
	    suit_id_from_text((const char *)text.p, room, &id) != OK)
		recipe_bad(at, "a component identifier such as ta/hello is "
			       "wanted");
	return id;
}
