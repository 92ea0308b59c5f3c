/*
 * rules: which HTTP requests a service looks at.
 *
 * The library lets pass what two readers could understand in two ways: a
 * doubled or contradicted length.  Whoever stands in front of us may have
 * understood it in the other; so such a request ends the connection.
 *
 * Not checked, since the library does not show it: what follows an octet 0
 * in a header's value.
 */
#include "rules.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* n octets of a list member without the space around them. */
static void
trim(const char **p, size_t *n)
{
	while (*n > 0 && is_space(**p)) {
		(*p)++;
		(*n)--;
	}
	while (*n > 0 && is_space((*p)[*n - 1]))
		(*n)--;
}

static bool
same(const char *p, size_t n, const char *text)
{
	return n == strlen(text) && strncasecmp(p, text, n) == 0;
}

bool
media_type_is(const char *value, const char *type)
{
	size_t n = strcspn(value, ";");

	trim(&value, &n);
	return same(value, n, type);
}

/* "type/" of a "type/subtype". */
static bool
whole_family(const char *p, size_t n, const char *type)
{
	size_t family = strcspn(type, "/") + 1;

	return n == family + 1 && strncasecmp(p, type, family) == 0 &&
	       p[n - 1] == '*';
}

/* A weight of nothing, "q=0", means: anything but this.  [RFC 9110 12.4.2] */
static bool
weight_is_zero(const char *p, size_t n)
{
	for (size_t at = 0; at < n; at++) {
		const char *one = p + at;
		size_t len = 0;

		while (at + len < n && one[len] != ';')
			len++;
		at += len;
		trim(&one, &len);
		if (len < 3 || strncasecmp(one, "q=", 2) != 0)
			continue;
		for (size_t i = 2; i < len; i++)
			if (one[i] != '0' && one[i] != '.')
				return false;
		return true;
	}
	return false;
}

bool
accept_takes(const char *value, const char *type)
{
	while (*value != 0) {
		size_t all = strcspn(value, ",");
		const char *one = value;
		size_t n = 0;

		while (n < all && one[n] != ';')
			n++;
		if (!weight_is_zero(one + n, all - n)) {
			trim(&one, &n);
			if (same(one, n, type) || same(one, n, "*/*") ||
			    whole_family(one, n, type))
				return true;
		}
		value += all;
		if (*value == ',')
			value++;
	}
	return false;
}

/* Every header of a request, looked at once. */
struct seen {
	const struct route *route;
	unsigned lengths, encodings, hosts, types;
	const char *length, *encoding, *type;
	bool accepts, bad;
};

/* A header's name is a token: a space before the colon has been read as part
 * of the name by some, and ignored by others. */
static bool
is_token(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)p[i]) &&
		    strchr("!#$%&'*+-.^_`|~", p[i]) == NULL)
			return false;
	return n > 0;
}

static enum MHD_Result
see(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_n,
    const char *value, size_t value_n)
{
	struct seen *s = cls;

	(void)kind;
	if (value == NULL)
		value = "";
	if (!is_token(key, key_n) || memchr(value, 0, value_n) != NULL)
		s->bad = true;
	if (same(key, key_n, "content-length")) {
		s->lengths++;
		s->length = value;
	} else if (same(key, key_n, "transfer-encoding")) {
		s->encodings++;
		s->encoding = value;
	} else if (same(key, key_n, "host")) {
		s->hosts++;
	} else if (same(key, key_n, "content-type")) {
		s->types++;
		s->type = value;
	} else if (same(key, key_n, "accept")) {
		if (s->route != NULL &&
		    accept_takes(value, s->route->media_type))
			s->accepts = true;
	}
	return MHD_YES;
}

static bool
length_read(const char *text, uint64_t *out)
{
	uint64_t n = 0;

	if (*text == 0)
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (n > (UINT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
	}
	*out = n;
	return *text == 0;
}

static bool
framing_ok(const struct seen *s, const char *version, struct head *out)
{
	if (s->bad || s->hosts > 1 || s->lengths > 1 || s->encodings > 1 ||
	    (s->lengths > 0 && s->encodings > 0))
		return false;
	if (s->encodings > 0 && (strcasecmp(s->encoding, "chunked") != 0 ||
				    strcmp(version, "HTTP/1.1") != 0))
		return false;
	out->has_length = s->lengths > 0;
	return !out->has_length || length_read(s->length, &out->length);
}

bool
rules_framing(
    struct MHD_Connection *conn, const char *version, struct head *out)
{
	struct seen s = {0};

	*out = (struct head){0};
	(void)MHD_get_connection_values_n(conn, MHD_HEADER_KIND, see, &s);
	return framing_ok(&s, version, out) && s.types <= 1;
}

static enum MHD_Result
any(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	(void)cls;
	(void)kind;
	(void)key;
	(void)value;
	return MHD_NO;
}

unsigned
rules_check(const struct route *r, struct MHD_Connection *conn,
    const char *path, const char *method, const char *version, struct head *out)
{
	struct seen s = {.route = r};

	*out = (struct head){0};
	(void)MHD_get_connection_values_n(conn, MHD_HEADER_KIND, see, &s);
	if (!framing_ok(&s, version, out))
		return MHD_HTTP_BAD_REQUEST;
	if (strcmp(path, r->path) != 0 ||
	    MHD_get_connection_values(conn, MHD_GET_ARGUMENT_KIND, any, NULL) !=
		0)
		return MHD_HTTP_NOT_FOUND;
	if (strcmp(method, r->method) != 0)
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	if (out->length > r->size_max)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	out->type_ok = s.types == 1 && media_type_is(s.type, r->media_type);
	if (out->length > 0 && !out->type_ok)
		return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
	if (!s.accepts)
		return MHD_HTTP_NOT_ACCEPTABLE;
	return 0;
}
