/*
 * mhd: requests made of text, and what handlers ask of the HTTP library.
 */
#include "mhd.h"

#define TEXT_MAX 32768

/* The text up to end, which becomes a NUL; *p goes on behind it. */
static char *
until(char **p, char *last, char end)
{
	char *start = *p, *at = memchr(start, end, (size_t)(last - start));

	if (at == NULL)
		at = last;
	*p = at < last ? at + 1 : last;
	*at = 0;
	return start;
}

static struct fuzz_pair
pair(char *text, char between)
{
	char *at = strchr(text, between);

	if (at != NULL)
		*at++ = 0;
	return (struct fuzz_pair){text, at};
}

void
fuzz_request(char *text, size_t n, struct MHD_Connection *out)
{
	char *last = text + n, *line = text, *args;

	*out = (struct MHD_Connection){0};
	text = line;
	line = until(&text, last, '\n');
	out->method = until(&line, line + strlen(line), ' ');
	out->path = until(&line, line + strlen(line), ' ');
	out->version = line;
	args = strchr(out->path, '?');
	if (args != NULL)
		*args++ = 0;
	while (args != NULL && *args != 0 && out->n_args < FUZZ_PAIRS)
		out->arg[out->n_args++] =
		    pair(until(&args, args + strlen(args), '&'), '=');
	while (text < last && *text != '\n' && out->n_headers < FUZZ_PAIRS)
		out->header[out->n_headers++] =
		    pair(until(&text, last, '\n'), ':');
	if (text < last)
		text++;
	out->body =
	    (struct bytes){(const uint8_t *)text, (size_t)(last - text)};
}

void
fuzz_request_of(struct bytes in, struct MHD_Connection *out)
{
	static char text[TEXT_MAX + 1];
	size_t n = in.n > TEXT_MAX ? TEXT_MAX : in.n;

	if (n > 0)
		memcpy(text, in.p, n);
	text[n] = 0;
	fuzz_request(text, n, out);
}

/* ---- what a handler may ask ---------------------------------------------- */

int
MHD_get_connection_values_n(struct MHD_Connection *c, enum MHD_ValueKind kind,
    MHD_KeyValueIteratorN each, void *arg)
{
	HOLDS(kind == MHD_HEADER_KIND);
	for (size_t i = 0; i < c->n_headers; i++) {
		const struct fuzz_pair *p = &c->header[i];

		if (each(arg, kind, p->name, strlen(p->name), p->value,
			p->value == NULL ? 0 : strlen(p->value)) != MHD_YES)
			break;
	}
	return (int)c->n_headers;
}

int
MHD_get_connection_values(struct MHD_Connection *c, enum MHD_ValueKind kind,
    MHD_KeyValueIterator each, void *arg)
{
	HOLDS(kind == MHD_GET_ARGUMENT_KIND);
	for (size_t i = 0; i < c->n_args; i++)
		if (each(arg, kind, c->arg[i].name, c->arg[i].value) != MHD_YES)
			break;
	return (int)c->n_args;
}

const char *
MHD_lookup_connection_value(
    struct MHD_Connection *c, enum MHD_ValueKind kind, const char *key)
{
	HOLDS(kind == MHD_GET_ARGUMENT_KIND);
	for (size_t i = 0; i < c->n_args; i++)
		if (strcmp(c->arg[i].name, key) == 0)
			return c->arg[i].value;
	return NULL;
}
