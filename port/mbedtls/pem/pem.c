/*
 * pem: the text around a key.                           [RFC 7468]
 */
#include "pem_int.h"

#include <mbedtls/base64.h>
#include <string.h>

#define LINE 48 /* octets in a line of 64 characters */

/* Move *at behind the next text in in.  False: it does not occur. */
static bool
skip_to(struct bytes in, const char *text, size_t *at)
{
	size_t n = strlen(text);

	for (size_t i = *at; i <= in.n && n <= in.n - i; i++)
		if (memcmp(in.p + i, text, n) == 0) {
			*at = i + n;
			return true;
		}
	return false;
}

enum err
pem_read(struct bytes in, uint8_t room[DER_MAX], struct bytes *name,
    struct bytes *der)
{
	size_t at = 0, from, to, n = 0;

	*name = BYTES_NONE;
	*der = BYTES_NONE;
	if (!skip_to(in, "-----BEGIN ", &at))
		return ERR_SYNTAX;
	from = at;
	if (!skip_to(in, "-----", &at))
		return ERR_SYNTAX;
	*name = (struct bytes){in.p + from, at - 5 - from};
	from = at;
	if (!skip_to(in, "-----END ", &at))
		return ERR_SYNTAX;
	to = at - 9;
	/* The end names what began. */
	if (!bytes_prefix((struct bytes){in.p + at, in.n - at}, *name))
		return ERR_SYNTAX;
	at += name->n;
	if (!bytes_prefix(
		(struct bytes){in.p + at, in.n - at}, BYTES_LIT("-----")))
		return ERR_SYNTAX;
	/* A header line has a colon, which is no base64. */
	if (mbedtls_base64_decode(room, DER_MAX, &n, in.p + from, to - from) !=
		0 ||
	    n == 0)
		return ERR_SYNTAX;
	*der = (struct bytes){room, n};
	return OK;
}

/* Append text; the room keeps one octet for a NUL. */
static enum err
put(struct span room, size_t *at, const char *text)
{
	size_t n = strlen(text);

	if (*at >= room.n || n > room.n - 1 - *at)
		return ERR_ROOM;
	memcpy(room.p + *at, text, n + 1);
	*at += n;
	return OK;
}

static enum err
put_body(struct span room, size_t *at, struct bytes der)
{
	for (size_t i = 0; i < der.n;) {
		size_t piece = der.n - i < LINE ? der.n - i : LINE, n = 0;

		/* It ends with a NUL, which must have its place too. */
		if (mbedtls_base64_encode(
			room.p + *at, room.n - *at, &n, der.p + i, piece) != 0)
			return ERR_ROOM;
		*at += n;
		i += piece;
		TRY(put(room, at, "\n"));
	}
	return OK;
}

enum err
pem_write(
    const char *name, struct bytes der, struct span room, struct bytes *pem)
{
	const char *const head[] = {"-----BEGIN ", name, "-----\n"};
	const char *const tail[] = {"-----END ", name, "-----\n"};
	enum err e = OK;
	size_t at = 0;

	*pem = BYTES_NONE;
	for (size_t i = 0; i < ARRAY_LEN(head) && e == OK; i++)
		e = put(room, &at, head[i]);
	if (e == OK)
		e = put_body(room, &at, der);
	for (size_t i = 0; i < ARRAY_LEN(tail) && e == OK; i++)
		e = put(room, &at, tail[i]);
	if (e == OK)
		*pem = (struct bytes){room.p, at};
	else if (room.n > 0)
		wipe(room.p, room.n);
	return e;
}
