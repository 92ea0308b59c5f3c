/*
 * hardware_say: measurements in the forms of CoRIM.    [CoRIM 5.1.4.5]
 */
#include "hardware.h"

#include <string.h>

#define TAG_PSA_COMPONENT 601

uint64_t
hardware_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

struct bytes
hardware_digits(struct bytes in, struct span room)
{
	static const char hex[] = "0123456789abcdef";

	if (in.n > room.n / 2)
		in.n = room.n / 2;
	for (size_t i = 0; i < in.n; i++) {
		room.p[2 * i] = (uint8_t)hex[in.p[i] >> 4];
		room.p[2 * i + 1] = (uint8_t)hex[in.p[i] & 15];
	}
	return (struct bytes){room.p, 2 * in.n};
}

bool
hardware_zero(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] != 0)
			return false;
	return true;
}

enum verifier_hash
hardware_hash(struct bytes name)
{
	if (bytes_same(name, BYTES_LIT("sha-256")))
		return HASH_SHA256;
	if (bytes_same(name, BYTES_LIT("sha-384")))
		return HASH_SHA384;
	if (bytes_same(name, BYTES_LIT("sha-512")))
		return HASH_SHA512;
	return (enum verifier_hash)0;
}

/* ---- one value of one element ------------------------------------------ */

#define MVAL_KEY_SVN     1
#define MVAL_KEY_DIGESTS 2
#define MVAL_KEY_RAW     4

/* {0: mkey, 1: {key: ...}}; the value comes next. */
static void
begin(struct cbor_out *w, const char *mkey, uint64_t key)
{
	cbor_put_map(w, 2);
	cbor_put_uint(w, 0);
	cbor_put_text(w, mkey);
	cbor_put_uint(w, 1);
	cbor_put_map(w, 1);
	cbor_put_uint(w, key);
}

static enum err
end(struct job *j, const char *what, struct cbor_out *w)
{
	struct bytes out;
	enum err e = cbor_done(w, &out);

	return e == OK ? job_say(j, what, out) : job_refuse(j, e, what);
}

enum err
hardware_say_svn(
    struct job *j, const char *what, const char *mkey, uint64_t svn)
{
	uint8_t room[64];
	struct cbor_out w = cbor_into(SPAN_OF(room));

	begin(&w, mkey, MVAL_KEY_SVN);
	cbor_put_uint(&w, svn);
	return end(j, what, &w);
}

enum err
hardware_say_digest(struct job *j, const char *what, const char *mkey,
    uint64_t alg, struct bytes digest)
{
	uint8_t room[160];
	struct cbor_out w = cbor_into(SPAN_OF(room));

	begin(&w, mkey, MVAL_KEY_DIGESTS);
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 2);
	cbor_put_uint(&w, alg);
	cbor_put_bstr(&w, digest);
	return end(j, what, &w);
}

enum err
hardware_say_raw(
    struct job *j, const char *what, const char *mkey, struct bytes value)
{
	uint8_t room[1100];
	struct cbor_out w = cbor_into(SPAN_OF(room));

	begin(&w, mkey, MVAL_KEY_RAW);
	cbor_put_tag(&w, CORIM_TAG_OPAQUE);
	cbor_put_bstr(&w, value);
	return end(j, what, &w);
}

/* ---- software components of PSA and CCA -------------------------------- */

#define SOFTWARE(key, kind, member, min, max) \
	FIELD(key, kind, struct hardware_software, member, min, max)
#define SOFTWARE_REQ(key, kind, member, min, max) \
	FIELD_REQ(key, kind, struct hardware_software, member, min, max)
// clang-format off
static const struct cbor_field software_rows[] = {
	SOFTWARE(1, F_TSTR, type, 1, 64),
	SOFTWARE_REQ(2, F_BSTR, value, 32, 64),
	SOFTWARE(4, F_TSTR, version, 1, 64),
	SOFTWARE_REQ(5, F_BSTR, signer, 32, 64),
	SOFTWARE(6, F_TSTR, alg, 1, 32),
};
// clang-format on
static const struct cbor_table software_table = {
    software_rows, ARRAY_LEN(software_rows), 0};

static bool
is_hash(size_t n)
{
	return n == 32 || n == 48 || n == 64;
}

enum err
hardware_software_read(struct cbor_in *items, struct hardware_software *out)
{
	memset(out, 0, sizeof(*out));
	cbor_map_read(items, &software_table, out);
	TRY(items->err);
	return is_hash(out->value.n) && is_hash(out->signer.n) ? OK : ERR_RANGE;
}

/* What its digest is of, as a number. */
static uint64_t
alg_of(const struct hardware_software *s, struct bytes alg)
{
	if (s->alg.n > 0)
		alg = s->alg;
	if (alg.n > 0)
		return (uint64_t)hardware_hash(alg);
	return s->value.n == 32   ? HASH_SHA256
	       : s->value.n == 48 ? HASH_SHA384
				  : HASH_SHA512;
}

/* Members that need not be there. */
static size_t
optional(const struct hardware_software *s)
{
	size_t n = 0;

	if (s->type.n > 0)
		n++;
	if (s->version.n > 0)
		n++;
	return n;
}

/* 601({1: type, ? 4: version, 5: signer}) as the key, the digest as value. */
static void
old_put(struct cbor_out *w, const struct hardware_software *s, uint64_t alg)
{
	cbor_put_map(w, 2);
	cbor_put_uint(w, 0);
	cbor_put_tag(w, TAG_PSA_COMPONENT);
	cbor_put_map(w, 1 + optional(s));
	if (s->type.n > 0) {
		cbor_put_uint(w, 1);
		cbor_put_tstr(w, s->type);
	}
	if (s->version.n > 0) {
		cbor_put_uint(w, 4);
		cbor_put_tstr(w, s->version);
	}
	cbor_put_uint(w, 5);
	cbor_put_bstr(w, s->signer);
	cbor_put_uint(w, 1);
	cbor_put_map(w, 1);
	cbor_put_uint(w, MVAL_KEY_DIGESTS);
	cbor_put_array(w, 1);
	cbor_put_array(w, 2);
	cbor_put_uint(w, alg);
	cbor_put_bstr(w, s->value);
}

/* One key for all of them; what they are is said by their values. */
static void
new_put(struct cbor_out *w, const struct hardware_software *s, const char *mkey,
    uint64_t alg)
{
	cbor_put_map(w, 2);
	cbor_put_uint(w, 0);
	cbor_put_text(w, mkey);
	cbor_put_uint(w, 1);
	cbor_put_map(w, 2 + optional(s));
	if (s->version.n > 0) {
		cbor_put_uint(w, 0);
		cbor_put_map(w, 1);
		cbor_put_uint(w, 0);
		cbor_put_tstr(w, s->version);
	}
	cbor_put_uint(w, MVAL_KEY_DIGESTS);
	cbor_put_array(w, 1);
	cbor_put_array(w, 2);
	cbor_put_uint(w, alg);
	cbor_put_bstr(w, s->value);
	if (s->type.n > 0) {
		cbor_put_uint(w, 11);
		cbor_put_tstr(w, s->type);
	}
	cbor_put_uint(w, 13);
	cbor_put_array(w, 1);
	cbor_put_tag(w, CORIM_TAG_OPAQUE);
	cbor_put_bstr(w, s->signer);
}

enum err
hardware_say_software(
    struct job *j, struct list software, const char *mkey, struct bytes alg)
{
	struct cbor_in r = cbor_items(software);
	struct hardware_software s;

	if (software.n > HARDWARE_SOFTWARE_MAX)
		return job_refuse(j, ERR_LIMIT, "software components");
	for (size_t i = 0; i < software.n; i++) {
		uint8_t room[400];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		enum err e = hardware_software_read(&r, &s);
		uint64_t hash = e == OK ? alg_of(&s, alg) : 0;

		if (e == OK && hash == 0)
			e = ERR_COSE_ALG;
		if (e != OK)
			return job_refuse(j, e, "software component");
		if (mkey == NULL)
			old_put(&w, &s, hash);
		else
			new_put(&w, &s, mkey, hash);
		TRY(end(j, "software component", &w));
	}
	return OK;
}

#define LIFECYCLE_SECURED 0x30

enum err
hardware_lifecycle(struct job *j, uint64_t state)
{
	if (state <= UINT16_MAX && state >> 8 == LIFECYCLE_SECURED)
		return OK;
	(void)job_refuse(j, ERR_EVIDENCE_STATE, "lifecycle");
	j->out->why.kind = WHY_UINT;
	j->out->why.expected_n = LIFECYCLE_SECURED << 8;
	j->out->why.found_n = state;
	return ERR_EVIDENCE_STATE;
}
