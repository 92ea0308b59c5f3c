/*
 * kind: what a file that should hold CBOR holds instead, for those who took
 * the wrong one.
 */
#include "suit.h"

#include <errno.h>
#include <stdlib.h>

/* Printable, with at least one line: no envelope is. */
static bool
is_text(struct bytes in)
{
	bool lines = false;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\n')
			lines = true;
		else if (in.p[i] != '\t' && in.p[i] != '\r' &&
			 (in.p[i] < 0x20 || in.p[i] > 0x7e))
			return false;
	}
	return lines;
}

const char *
not_cbor(struct bytes in)
{
	if (in.n == 0)
		return "it is empty";
	if (bytes_prefix(in, BYTES_LIT("-----BEGIN ")))
		return "it is a key or a certificate in PEM";
	if (bytes_prefix(in, BYTES_LIT("\x84\x6aSignature1")))
		return "these are octets to be signed: 'suit sign --detached "
		       "PUB --signature FILE' wants them signed";
	if (is_text(in))
		return "it is text; of a recipe 'suit create' makes an "
		       "envelope";
	return NULL;
}

struct bytes
read_envelope(const char *path)
{
	struct bytes in;
	enum err e = read_file(path, SUIT_ENVELOPE_MAX, &in);
	const char *other;

	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
	other = not_cbor(in);
	if (other != NULL)
		die(PROG, EXIT_REFUSED, "%s: %s: no CBOR: %s", path,
		    err_name(in.n == 0 ? ERR_TRUNCATED : ERR_TYPE), other);
	return in;
}

void
refuse_envelope(const char *path, struct bytes in, enum err otherwise)
{
	struct suit_manifest m;
	struct why why = {.err = OK};

	if (suit_parse(in, &m, &why) != OK)
		print_why(PROG, path, &why);
	else
		print_err(PROG, path, otherwise);
}

void
file_or_die(const char *path)
{
	FILE *f = fopen(path, "rb");

	/* a folder opens, and then cannot be read */
	if (f == NULL || (fgetc(f) == EOF && ferror(f) != 0)) {
		print_err(
		    PROG, path, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM);
		exit(EXIT_REFUSED);
	}
	(void)fclose(f);
}
