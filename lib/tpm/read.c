/*
 * read: octets of a TPM or of an event log, never past their end.
 */
#include "tpm_int.h"

struct tpm_in
tpm_open(struct bytes in, bool little)
{
	return (struct tpm_in){.in = in, .little = little};
}

void
tpm_fail(struct tpm_in *r, enum err e)
{
	if (r->err == OK)
		r->err = e;
}

struct bytes
tpm_take(struct tpm_in *r, size_t n)
{
	struct bytes out = {r->in.p + r->at, n};

	if (r->err == OK && n > r->in.n - r->at)
		r->err = ERR_TRUNCATED;
	if (r->err != OK)
		return BYTES_NONE;
	r->at += n;
	return out;
}

static uint64_t
number(struct tpm_in *r, size_t n)
{
	struct bytes b = tpm_take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; i < b.n; i++)
		v = v << 8 | b.p[r->little ? b.n - 1 - i : i];
	return v;
}

uint8_t
tpm_u8(struct tpm_in *r)
{
	return (uint8_t)number(r, 1);
}

uint16_t
tpm_u16(struct tpm_in *r)
{
	return (uint16_t)number(r, 2);
}

uint32_t
tpm_u32(struct tpm_in *r)
{
	return (uint32_t)number(r, 4);
}

uint64_t
tpm_u64(struct tpm_in *r)
{
	return number(r, 8);
}

struct bytes
tpm_2b(struct tpm_in *r, size_t max)
{
	size_t n = tpm_u16(r);

	if (n > max)
		tpm_fail(r, ERR_RANGE);
	return tpm_take(r, n);
}

void
tpm_want16(struct tpm_in *r, uint16_t v, enum err otherwise)
{
	if (tpm_u16(r) != v)
		tpm_fail(r, otherwise);
}

enum err
tpm_close(struct tpm_in *r, const char *what, struct why *why)
{
	if (r->err == OK && r->at < r->in.n)
		r->err = ERR_TRAILING;
	if (r->err == OK)
		return OK;
	(void)why_set(why, r->err, what);
	if (why != NULL)
		why->at = r->at;
	return r->err;
}
