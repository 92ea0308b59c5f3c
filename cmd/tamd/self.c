/*
 * self: what this TAM says of itself to agents that demand it.
 *                                          [TEEP 7.1, docs/evidence.md 7]
 *
 * Self-reported: the program measures itself, and nobody vouches for it.
 */
#include "tamd.h"

#include <stdio.h>
#include <string.h>
#include <tamarind/eat.h>

/* Through this name the kernel opens what runs, even if the file that it was
 * started from has been replaced. */
#define BINARY "/proc/self/exe"

static enum err
binary_digest(const struct crypto *c, uint8_t out[DIGEST_LEN])
{
	static const size_t chunk = 65536;
	uint8_t room[65536];
	FILE *f = fopen(BINARY, "rb");
	struct hash h;
	size_t n = chunk;
	enum err e, end;

	if (f == NULL)
		return ERR_SYSTEM;
	e = c->hash_begin(&h);
	if (e != OK) {
		(void)fclose(f);
		return e;
	}
	while (e == OK && n == chunk) {
		n = fread(room, 1, chunk, f);
		e = c->hash_more(&h, (struct bytes){room, n});
	}
	if (e == OK && ferror(f) != 0)
		e = ERR_SYSTEM;
	end = c->hash_end(&h, out);
	(void)fclose(f);
	return e != OK ? e : end;
}

/* What stands in an INI file, a claim and a log line without change. */
static bool
plain(const char *text)
{
	static const char other[] = "._+-";

	for (const char *p = text; *p != 0; p++)
		if (!(*p >= '0' && *p <= '9') && !(*p >= 'a' && *p <= 'z') &&
		    !(*p >= 'A' && *p <= 'Z') && strchr(other, *p) == NULL)
			return false;
	return text[0] != 0;
}

/* A random UEID: type 1 and 16, 24 or 32 octets.      [RFC 9711 4.2.1] */
static bool
ueid_ok(struct bytes b)
{
	return (b.n == 17 || b.n == 25 || b.n == 33) && b.p[0] == 1;
}

enum err
self_write(const struct settings *s, const uint8_t binary[DIGEST_LEN],
    struct self *out)
{
	uint8_t ueid[33], oemid[16], oemid_item[20], version[40], list[96];
	struct cbor_out o = cbor_into(SPAN_OF(oemid_item));
	struct cbor_out v = cbor_into(SPAN_OF(version));
	struct cbor_out l = cbor_into(SPAN_OF(list));
	struct cbor_out w = cbor_into(SPAN_OF(out->room));
	const struct eat_manifest m = {
	    BYTES_NONE, ALG_SHA256, {binary, DIGEST_LEN}};
	struct eat_claims c = {
	    .has = EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		   EAT_HAS_HWVERSION | EAT_HAS_MANIFESTS,
	    .hwmodel = bytes_of_text(s->hwmodel),
	    .manifests = {.n = 1},
	};
	struct bytes oem, all;

	out->n = 0;
	if (!plain(s->hwmodel) || !plain(s->hwversion))
		return ERR_TEXT;
	TRY(hex_read(s->oemid, SPAN_OF(oemid), &oem));
	TRY(hex_read(s->ueid, SPAN_OF(ueid), &c.ueid));
	if (oem.n != 3 && oem.n != 16)
		return ERR_RANGE;
	if (c.ueid.n == 0)
		return OK;
	if (!ueid_ok(c.ueid))
		return ERR_RANGE;
	cbor_put_bstr(&o, oem);
	TRY(cbor_done(&o, &c.oemid));
	cbor_put_array(&v, 1);
	cbor_put_text(&v, s->hwversion);
	TRY(cbor_done(&v, &c.hwversion));
	eat_manifest_put(&l, &m);
	TRY(cbor_done(&l, &c.manifests.raw));
	TRY(eat_write(&w, &c));
	TRY(cbor_done(&w, &all));
	out->n = all.n;
	return OK;
}

enum err
self_make(const struct settings *s, const struct crypto *c, struct self *out)
{
	uint8_t binary[DIGEST_LEN];

	out->n = 0;
	if (s->ueid[0] == 0)
		return OK;
	TRY(binary_digest(c, binary));
	return self_write(s, binary, out);
}
