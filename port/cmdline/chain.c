/* chain: certificates of a file, to go with a signature.   [RFC 9360 2] */
#include "cmdline.h"

#include <stdlib.h>
#include <string.h>
#include <tamarind/cose.h>

/* Octets of all certificates of one file. */
#define CHAIN_MAX 16384

/* The DER of the next certificate in PEM from *p on; false: there is none. */
static bool
certificate(
    const char *prog, const char **p, struct span room, struct bytes *der)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const char *at = strstr(*p, begin), *end;
	char *text;
	size_t n = 0;
	bool good;

	if (at == NULL)
		return false;
	at += sizeof(begin) - 1;
	end = strstr(at, "-----END");
	if (end == NULL)
		return false;
	*p = end;
	text = malloc((size_t)(end - at) + 1);
	if (text == NULL)
		die(prog, EXIT_REFUSED, "out of memory");
	for (; at < end; at++)
		if (strchr(" \t\r\n=", *at) == NULL)
			text[n++] = (char)(*at == '+'   ? '-'
					   : *at == '/' ? '_'
							: *at);
	text[n] = 0;
	good = base64url_read(text, room, der) == OK && der->n > 0;
	free(text);
	return good;
}

void
load_chain_or_die(
    const char *prog, const char *path, struct span room, struct bytes *out)
{
	static uint8_t one[CHAIN_MAX], list[CHAIN_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(list));
	struct bytes pem, der, items;
	enum err e = read_file(path, KEY_FILE_MAX, &pem);
	const char *p;
	char *text;
	size_t n = 0;

	if (e != OK) {
		print_err(prog, path, e);
		exit(EXIT_REFUSED);
	}
	text = calloc(1, pem.n + 1);
	if (text == NULL)
		die(prog, EXIT_REFUSED, "out of memory");
	if (pem.n > 0)
		memcpy(text, pem.p, pem.n);
	for (p = text; certificate(prog, &p, SPAN_OF(one), &der); n++)
		cbor_put_bstr(&w, der);
	if (n == 0 || n > COSE_CHAIN_MAX || cbor_done(&w, &items) != OK)
		die(prog, EXIT_REFUSED,
		    "%s: one to eight certificates in PEM are wanted, the "
		    "signer's first",
		    path);
	/* one alone is no array */
	w = cbor_into(room);
	if (n > 1)
		cbor_put_array(&w, n);
	cbor_put_raw(&w, items);
	e = cbor_done(&w, out);
	if (e != OK)
		die(prog, EXIT_REFUSED,
		    "%s: %s: %zu octets of certificates; readers take %zu of "
		    "a header: leave out the anchor, or use smaller ones",
		    path, err_name(ERR_TOO_LONG), items.n, room.n);
	free(text);
	release_bytes(&pem);
}
