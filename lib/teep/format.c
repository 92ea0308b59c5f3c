/*
 * format: what an attestation-payload is, from its media type.
 *                                             [TEEP 7.1.1, RFC 9110 8.3.1]
 *
 * Whatever this does not understand is Evidence, which nobody here believes
 * without a Verifier; so every doubt ends on the safe side.
 */
#include "teep_int.h"
#include <string.h>

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool
same_word(struct bytes a, const char *b)
{
	size_t n = strlen(b);

	if (a.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(a.p[i]) != lower((uint8_t)b[i]))
			return false;
	return true;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void
skip_space(struct bytes *in)
{
	while (in->n > 0 && is_space(in->p[0])) {
		in->p++;
		in->n--;
	}
}

/* Take octets up to one of ends, a space, a NUL, or the end. */
static struct bytes
take_word(struct bytes *in, const char *ends)
{
	struct bytes w = {in->p, 0};

	while (w.n < in->n && !is_space(w.p[w.n]) &&
	       strchr(ends, w.p[w.n]) == NULL)
		w.n++;
	in->p += w.n;
	in->n -= w.n;
	return w;
}

/* Take one octet if it is c. */
static bool
take(struct bytes *in, uint8_t c)
{
	if (in->n == 0 || in->p[0] != c)
		return false;
	in->p++;
	in->n--;
	return true;
}

/* Take the rest of a quoted string and its closing quote.  No profile that
 * is compared here needs an escape, so a backslash is refused. */
static bool
take_quoted(struct bytes *in, struct bytes *value)
{
	*value = (struct bytes){in->p, 0};
	while (value->n < in->n && value->p[value->n] != '"') {
		if (value->p[value->n] == '\\')
			return false;
		value->n++;
	}
	in->p += value->n;
	in->n -= value->n;
	return take(in, '"');
}

/* Take `; name=value`. */
static bool
take_parameter(struct bytes *in, struct bytes *name, struct bytes *value)
{
	skip_space(in);
	if (!take(in, ';'))
		return false;
	skip_space(in);
	*name = take_word(in, ";=\"");
	if (name->n == 0 || !take(in, '='))
		return false;
	if (take(in, '"'))
		return take_quoted(in, value);
	/* A URN holds ':' and wants quotes; the draft itself forgets them. */
	*value = take_word(in, ";\"");
	return value->n > 0;
}

bool
teep_format_is(struct bytes format, const char *profile)
{
	struct bytes in = format, name, value;
	bool found = false;

	if (format.n == 0)
		return false;
	skip_space(&in);
	if (!same_word(take_word(&in, ";"), "application/eat+cwt"))
		return false;
	skip_space(&in);
	while (in.n > 0) {
		if (!take_parameter(&in, &name, &value))
			return false;
		skip_space(&in);
		if (!same_word(name, "eat_profile"))
			continue;
		/* Two profiles: whoever reads the other one disagrees. */
		if (found || !same_word(value, profile))
			return false;
		found = true;
	}
	return found;
}

enum teep_payload
teep_payload_kind(bool has_format, struct bytes format)
{
	if (!has_format || teep_format_is(format, TEEP_EAT_PROFILE))
		return TEEP_PAYLOAD_RESULT;
	return TEEP_PAYLOAD_EVIDENCE;
}
