/*
 * input: a file of CBOR, as octets or as hex text.
 */
#include "teep.h"

#include <ctype.h>
#include <stdlib.h>

/* Hex digits and white space, and at least one digit. */
static bool
is_hex(struct bytes b, size_t *digits)
{
	*digits = 0;
	for (size_t i = 0; i < b.n; i++) {
		if (isxdigit(b.p[i]))
			++*digits;
		else if (!isspace(b.p[i]))
			return false;
	}
	return *digits > 0;
}

static uint8_t
digit(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

enum err
input_read(const char *path, struct bytes *out)
{
	struct bytes file;

	TRY(read_file(path, INPUT_MAX, &file));
	return input_octets(file, out);
}

enum err
input_octets(struct bytes file, struct bytes *out)
{
	size_t digits, at = 0;
	uint8_t *p;

	*out = file;
	if (!is_hex(file, &digits))
		return OK;
	*out = BYTES_NONE;
	p = digits % 2 == 0 ? malloc(digits / 2) : NULL;
	if (p == NULL) {
		release_bytes(&file);
		return digits % 2 == 0 ? ERR_MEMORY : ERR_TEXT;
	}
	for (size_t i = 0; i < file.n; i++) {
		uint8_t v;

		if (!isxdigit(file.p[i]))
			continue;
		v = digit(file.p[i]);
		if (at % 2 == 0)
			p[at / 2] = (uint8_t)(v << 4);
		else
			p[at / 2] |= v;
		at++;
	}
	release_bytes(&file);
	*out = (struct bytes){p, digits / 2};
	return OK;
}
