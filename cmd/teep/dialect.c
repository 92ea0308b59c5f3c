/*
 * dialect: the --dialect option, and which dialect a message looks like.
 *                                                     [docs/interop.md]
 */
#include "teep.h"

#include <stdlib.h>
#include <string.h>

static bool
option_word(char *one, bool first, struct dialect *out)
{
	char *value = strchr(one, '=');

	if (value == NULL)
		return first && dialect_named(one, out) == OK;
	*value++ = 0;
	return dialect_set(out, one, value) == OK;
}

void
dialect_option(const char *text, struct dialect *out)
{
	char *copy = strdup(text), *rest = NULL, *one;
	bool good = true, first = true;

	if (copy == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	*out = (struct dialect){0};
	for (one = strtok_r(copy, ",", &rest); one != NULL;
	     one = strtok_r(NULL, ",", &rest)) {
		good = good && option_word(one, first, out);
		first = false;
	}
	free(copy);
	if (!good || first)
		die_usage(PROG,
		    "--dialect: 'legacy', 'default', AXIS=VALUE or several of "
		    "these between commas, a name first, are wanted, not "
		    "'%s'; see teep(1)",
		    text);
}

void
dialect_text(const struct dialect *d, char out[DIALECT_TEXT])
{
	size_t at = 0;

	(void)snprintf(out, DIALECT_TEXT, "default");
	for (size_t i = 0; i < DIALECT_AXES; i++) {
		const struct dialect_axis *a = &dialect_axes[i];

		if (dialect_get(d, i) == 0 || at >= DIALECT_TEXT)
			continue;
		at += (size_t)snprintf(out + at, DIALECT_TEXT - at, "%s%s=%s",
		    at > 0 ? "," : "", a->name, a->value[dialect_get(d, i)]);
	}
}

unsigned
dialect_label(const struct dialect *d, unsigned label)
{
	/* it moved by one, or not at all */
	return teep_label_of(d, (int64_t)label + 1) == (int64_t)label
		   ? label + 1
		   : label;
}

const char *
dialect_wrong(const struct dialect *d, const struct cose_signed *s, int32_t alg,
    enum err e)
{
	if (dialect_alg_read(d, alg) == 0)
		return "algorithms";
	if (s->multi && d->first == DIALECT_SIGN1)
		return "first";
	return dialect_other(d, &dialect_others, s->payload, e);
}

/* Does d read it, and know all of it? */
static bool
reads(struct dialect *d, struct bytes payload)
{
	struct teep_message m;

	return dialect_link(d, &dialect_others) == OK &&
	       teep_parse(payload, d, &m, NULL) == OK &&
	       dialect_other(d, &dialect_others, payload, OK) == NULL;
}

bool
dialect_looks(const struct dialect *d, const struct cose_signed *s, int32_t alg,
    struct dialect *out)
{
	*out = *d;
	if (dialect_alg_read(out, alg) == 0)
		out->algs ^= DIALECT_POLYMORPHIC;
	if (s->multi)
		out->first = DIALECT_SIGN;
	for (unsigned i = 0; i < 4; i++) {
		out->profiles = (uint8_t)(d->profiles ^ (i & 1));
		out->numbering = (uint8_t)(d->numbering ^ (i >> 1));
		if (reads(out, s->payload))
			return dialect_alg_read(out, alg) != 0;
	}
	return false;
}
