/*
 * der: as much of it as extensions of certificates need.     [X.690 8.1]
 */
#include "hardware.h"

#define DER_INTEGER 2

/* The length octets; shortest form only. */
static enum err
length_take(struct bytes *in, size_t *out)
{
	size_t n = 0, octets;

	if (in->n == 0)
		return ERR_TRUNCATED;
	octets = in->p[0];
	in->p++;
	in->n--;
	if (octets < 128) {
		*out = octets;
		return OK;
	}
	octets -= 128;
	if (octets == 0)
		return ERR_INDEFINITE;
	if (octets > 2)
		return ERR_TOO_LONG;
	if (octets > in->n)
		return ERR_TRUNCATED;
	for (size_t i = 0; i < octets; i++)
		n = n << 8 | in->p[i];
	in->p += octets;
	in->n -= octets;
	if (n < 128 || (octets == 2 && n < 256))
		return ERR_NOT_SHORTEST;
	*out = n;
	return OK;
}

enum err
der_take(struct bytes *in, uint8_t tag, struct bytes *content)
{
	size_t n;

	*content = BYTES_NONE;
	if (in->n == 0)
		return ERR_TRUNCATED;
	if (in->p[0] != tag)
		return ERR_TYPE;
	in->p++;
	in->n--;
	TRY(length_take(in, &n));
	if (n > in->n)
		return ERR_TRUNCATED;
	*content = (struct bytes){in->p, n};
	in->p += n;
	in->n -= n;
	return OK;
}

enum err
der_uint(struct bytes *in, uint64_t max, uint64_t *out)
{
	struct bytes v;

	*out = 0;
	TRY(der_take(in, DER_INTEGER, &v));
	/* A sign bit makes it negative, and a zero in front of none is one
	 * too many. */
	if (v.n == 0 || v.n > 8 || (v.p[0] & 0x80) != 0)
		return ERR_RANGE;
	if (v.n > 1 && v.p[0] == 0 && (v.p[1] & 0x80) == 0)
		return ERR_NOT_SHORTEST;
	for (size_t i = 0; i < v.n; i++)
		*out = *out << 8 | v.p[i];
	if (*out <= max)
		return OK;
	*out = 0;
	return ERR_RANGE;
}
