/*
 * document_value: numbers, times, octets, digests, identifiers.
 */
#include "document.h"

#include <cmdline.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/suit.h>
#include <time.h>

static struct span
room_of(struct doc *d, size_t n)
{
	return (struct span){pool_get(&d->pool, n + 1), n};
}

bool
doc_integer(struct spot at, int64_t *out)
{
	const char *text =
	    doc_is_scalar(at) ? (const char *)at.node->data.scalar.value : NULL;
	char *end;

	if (text == NULL || *text == 0 ||
	    at.node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && *end == 0 && (*text == '-' || *text != '+');
}

uint64_t
doc_uint(struct doc *d, struct spot at, uint64_t max)
{
	uint64_t v = 0;

	if (doc_good(d) && number_read(doc_word(d, at), max, &v) != OK)
		doc_bad(d, at, "a number from 0 to %llu is wanted",
		    (unsigned long long)max);
	return v;
}

bool
doc_flag(struct doc *d, struct spot at)
{
	const char *text = doc_word(d, at);

	if (doc_good(d) && strcmp(text, "true") != 0 &&
	    strcmp(text, "false") != 0)
		doc_bad(d, at, "true or false is wanted");
	return strcmp(text, "true") == 0;
}

uint64_t
doc_time(struct doc *d, struct spot at)
{
	const char *text = doc_word(d, at), *end;
	struct tm tm = {0};
	uint64_t v = 0;
	time_t t;

	if (!doc_good(d))
		return 0;
	if (strcmp(text, "now") == 0)
		return d->now;
	if (strncmp(text, "now+", 4) == 0 &&
	    number_read(text + 4, UINT32_MAX, &v) == OK)
		return d->now + v;
	if (strncmp(text, "now-", 4) == 0 &&
	    number_read(text + 4, d->now, &v) == OK)
		return d->now - v;
	if (number_read(text, UINT32_MAX, &v) == OK)
		return v;
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != 0) {
		tm = (struct tm){0};
		end = strptime(text, "%Y-%m-%d", &tm);
	}
	t = timegm(&tm);
	if (end == NULL || *end != 0 || t < 0)
		doc_bad(d, at,
		    "a time such as 2026-01-31T12:00:00Z, now, "
		    "now+3600 or seconds since 1970 is wanted");
	return (uint64_t)t;
}

const char *
doc_path(struct doc *d, struct spot at)
{
	const char *name = doc_word(d, at);
	const char *slash = strrchr(d->file, '/');
	size_t folder =
	    slash == NULL || name[0] == '/' ? 0 : (size_t)(slash + 1 - d->file);
	char *path;

	if (d->closed)
		doc_bad(d, at, "no file is opened here");
	if (!doc_good(d))
		return "";
	path = pool_get(&d->pool, folder + strlen(name) + 1);
	memcpy(path, d->file, folder);
	memcpy(path + folder, name, strlen(name) + 1);
	return path;
}

struct bytes
doc_file(struct doc *d, struct spot at, size_t max)
{
	const char *path = doc_path(d, at);
	struct bytes file, copy;
	char safe[200];
	enum err e;

	if (!doc_good(d))
		return BYTES_NONE;
	e = read_file(path, max, &file);
	if (e != OK) {
		doc_bad(d, at, "%s: %s",
		    safe_text(safe, sizeof(safe), bytes_of_text(path)),
		    e == ERR_SYSTEM ? strerror(errno) : err_text(e));
		return BYTES_NONE;
	}
	copy = pool_copy(&d->pool, file);
	release_bytes(&file);
	return copy;
}

/* Base64 of either alphabet, with or without padding. */
static struct bytes
base64(struct doc *d, struct spot at)
{
	const char *text = doc_word(d, at);
	size_t n = strcspn(text, "=");
	struct span url = room_of(d, n + 1), room = room_of(d, n + 1);
	struct bytes out = BYTES_NONE;

	if (!doc_good(d))
		return out;
	for (size_t i = 0; i < n; i++)
		url.p[i] = (uint8_t)(text[i] == '+'   ? '-'
				     : text[i] == '/' ? '_'
						      : text[i]);
	url.p[n] = 0;
	if (strspn(text + n, "=") != strlen(text + n) ||
	    base64url_read((const char *)url.p, room, &out) != OK)
		doc_bad(d, at, "not base64");
	return out;
}

static struct bytes
hex(struct doc *d, struct spot at)
{
	const char *text = doc_word(d, at);
	struct span room = room_of(d, strlen(text) / 2 + 1);
	struct bytes out = BYTES_NONE;

	if (doc_good(d) && hex_read(text, room, &out) != OK)
		doc_bad(d, at,
		    "hex text of octets is wanted; or {text: ...},"
		    " {base64: ...}, {file: ...}, {random: ...}");
	return out;
}

static struct bytes
random_octets(struct doc *d, struct spot at, size_t n)
{
	struct span room = room_of(d, n);

	if (doc_good(d) && d->crypto->random(room) != OK)
		doc_bad(d, at, "there is no random generator");
	return (struct bytes){room.p, n};
}

struct bytes
doc_octets_of(struct doc *d, struct spot in, const char *word, size_t max)
{
	struct bytes out;

	if (strcmp(word, "hex") == 0)
		out = hex(d, in);
	else if (strcmp(word, "base64") == 0)
		out = base64(d, in);
	else if (strcmp(word, "text") == 0)
		out = bytes_of_text(doc_word(d, in));
	else if (strcmp(word, "file") == 0)
		out = doc_file(d, in, max);
	else
		out = random_octets(
		    d, in, (size_t)doc_uint(d, in, max < 4096 ? max : 4096));
	if (doc_good(d) && out.n > max)
		doc_bad(d, in, "%zu octets at most are wanted", max);
	return doc_good(d) ? out : BYTES_NONE;
}

struct bytes
doc_octets(struct doc *d, struct spot at, size_t max)
{
	static const char *const names[] = {
	    "hex", "base64", "text", "file", "random", NULL};
	struct spot in, key;

	if (!doc_is_map(at))
		return doc_octets_of(d, at, "hex", max);
	doc_fields(d, at, names);
	if (doc_pairs(d, at, SIZE_MAX) != 1) {
		doc_bad(
		    d, at, "one of hex, base64, text, file, random is wanted");
		return BYTES_NONE;
	}
	in = doc_pair(d, at, 0, &key);
	return doc_octets_of(d, in, in.name, max);
}

void
doc_digest(struct doc *d, struct spot at, uint8_t out[DIGEST_LEN])
{
	struct bytes b = doc_octets(d, at, SUIT_ENVELOPE_MAX);
	bool given = doc_is_scalar(at) || doc_may(d, at, "hex").node != NULL ||
		     doc_may(d, at, "random").node != NULL;

	memset(out, 0, DIGEST_LEN);
	if (!doc_good(d))
		return;
	if (given && b.n != DIGEST_LEN)
		doc_bad(d, at,
		    "the %d octets of a SHA-256 are wanted, or "
		    "{file: ...}, {text: ...} to take it of",
		    DIGEST_LEN);
	else if (given)
		memcpy(out, b.p, DIGEST_LEN);
	else if (d->crypto->sha256(&b, 1, out) != OK)
		doc_bad(d, at, "no digest can be taken");
}

struct bytes
doc_id(struct doc *d, struct spot at)
{
	struct span room = room_of(d, SUIT_ID_MAX);
	struct bytes id = BYTES_NONE;
	const char *text = doc_word(d, at);

	if (doc_good(d) && suit_id_from_text(text, room, &id) != OK)
		doc_bad(
		    d, at, "a component identifier such as ta/hello is wanted");
	return id;
}
