/*
 * show_kind: tell what something is by its structure alone.
 *
 * Heads are looked at, not contents, so that a message that is broken further
 * in is still known for what it was meant to be.
 */
#include "show.h"

#include <string.h>

/* The keys of a map: for 0..31 the type of the value, else whether any. */
struct keys {
	bool map;
	uint8_t type[32]; /* CBOR type of the value; CBOR_END: no such key */
	bool reference;   /* 99 */
	bool claims;      /* 256..1004, EAT and EAR */
	bool private;     /* below -65536 */
	bool curve;       /* -1 */
	bool text, others;
};

static struct keys
keys_of(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	struct keys k = {.map = cbor_peek(&r) == CBOR_MAP};
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);

	memset(k.type, CBOR_END, sizeof(k.type));
	for (size_t i = 0; i < n && r.err == OK; i++) {
		struct cbor_in key = r;
		int64_t v = cbor_int(&key, INT64_MIN, INT64_MAX);

		(void)cbor_raw(&r, CBOR_ANY);
		if (r.err != OK)
			break;
		if (key.err != OK)
			k.text = true;
		else if (v >= 0 && v < 32)
			k.type[v] = (uint8_t)cbor_peek(&r);
		else if (v == 99)
			k.reference = true;
		else if (v >= 256 && v <= 1004)
			k.claims = true;
		else if (v < -65536)
			k.private = true;
		else if (v == -1)
			k.curve = true;
		else
			k.others = true;
		(void)cbor_raw(&r, CBOR_ANY);
	}
	return k;
}

/* The head of an array of min..max, and the types of its first items. */
static bool
array_of(struct bytes in, size_t min, size_t max, const uint8_t *type, size_t n)
{
	struct cbor_in r = cbor_open(in);
	size_t have = cbor_array_any(&r, min, max);

	if (r.err != OK)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i == have || cbor_peek(&r) != (enum cbor_type)type[i])
			return false;
		/* the last one need not be whole */
		if (i + 1 < n)
			(void)cbor_raw(&r, CBOR_ANY);
	}
	return r.err == OK;
}

static bool
has_tag(struct bytes in, uint64_t first, uint64_t last)
{
	struct cbor_in r = cbor_open(in);
	uint64_t tag = cbor_tag_any(&r);

	return r.err == OK && tag >= first && tag <= last;
}

static bool
is_teep(struct bytes in)
{
	static const uint8_t types[] = {CBOR_UINT, CBOR_MAP};

	return array_of(in, 2, 8, types, ARRAY_LEN(types));
}

static bool
is_cose(struct bytes in)
{
	static const uint8_t types[] = {CBOR_BSTR, CBOR_MAP};

	return has_tag(in, 16, 18) || has_tag(in, 96, 98) ||
	       has_tag(in, 61, 61) ||
	       array_of(in, 4, 4, types, ARRAY_LEN(types));
}

static bool
is_envelope(struct bytes in)
{
	struct keys k = keys_of(in);

	return has_tag(in, 107, 107) ||
	       (k.map && k.type[2] == CBOR_BSTR && k.type[3] == CBOR_BSTR &&
		   !k.claims);
}

static bool
is_manifest(struct bytes in)
{
	struct keys k = keys_of(in);

	return has_tag(in, 1070, 1070) ||
	       (k.map && k.type[1] == CBOR_UINT && k.type[2] == CBOR_UINT &&
		   k.type[3] == CBOR_BSTR);
}

static bool
is_report(struct bytes in)
{
	struct keys k = keys_of(in);

	return k.map && k.type[3] == CBOR_ARRAY &&
	       (k.reference || k.type[4] == CBOR_SIMPLE);
}

static bool
is_key(struct bytes in)
{
	struct keys k = keys_of(in);

	return k.map && k.type[1] == CBOR_UINT && k.curve;
}

static bool
is_policy(struct bytes in)
{
	struct keys k = keys_of(in);

	return k.map && k.type[1] == CBOR_UINT && k.type[2] == CBOR_MAP &&
	       k.type[3] == CBOR_ARRAY && k.type[4] == CBOR_ARRAY;
}

static bool
is_comid(struct bytes in)
{
	struct keys k = keys_of(in);

	return has_tag(in, 506, 506) ||
	       (k.map && k.type[1] == CBOR_MAP && k.type[4] == CBOR_MAP);
}

static bool
is_corim(struct bytes in)
{
	struct keys k = keys_of(in);

	return has_tag(in, 500, 501) ||
	       (k.map && k.type[1] == CBOR_ARRAY && !k.claims &&
		   (k.type[0] == CBOR_TSTR || k.type[0] == CBOR_BSTR));
}

static bool
is_component(struct bytes in)
{
	struct keys k = keys_of(in);

	return k.map && k.type[1] == CBOR_ARRAY && !k.claims &&
	       (k.type[2] == CBOR_ARRAY || k.type[5] == CBOR_BSTR);
}

static bool
is_reference(struct bytes in)
{
	static const uint8_t types[] = {CBOR_TSTR, CBOR_ARRAY};

	return array_of(in, 2, 2, types, ARRAY_LEN(types));
}

/* Last of the maps: CWT and EAT have claims of almost any shape. */
static bool
is_claims(struct bytes in)
{
	struct keys k = keys_of(in);

	return has_tag(in, 601, 602) ||
	       (k.map && (k.claims || k.private || k.type[10] == CBOR_BSTR ||
			     k.type[8] == CBOR_MAP ||
			     (k.type[6] == CBOR_UINT &&
				 k.type[1] >= CBOR_TSTR && !k.text)));
}

static bool
is_never(struct bytes in)
{
	(void)in;
	return false;
}

/* In this order: tags first, then arrays, then maps from the particular to
 * the general. */
static const struct kind kinds[] = {
    {"suit-envelope", "SUIT", is_envelope, &shape_envelope},
    {"corim", "CoRIM", is_corim, &shape_corim},
    {"cose", "COSE", is_cose, &shape_cose},
    {"teep", "TEEP message", is_teep, &shape_teep},
    {"suit-reference", "SUIT_Reference", is_reference, &shape_reference},
    {"suit-report", "SUIT", is_report, &shape_report},
    {"policy", "policy", is_policy, &shape_policy},
    {"cose-key", "COSE_Key", is_key, &shape_cose_key},
    {"suit-manifest", "SUIT_Manifest", is_manifest, &shape_manifest},
    {"comid", "CoMID", is_comid, &shape_comid},
    {"component", "measured component", is_component, &shape_component},
    {"eat", "EAT", is_claims, &shape_claims},
    {"cbor", "CBOR", is_never, &shape_any},
};

const struct kind *
kind_of(struct bytes in)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].is(in))
			return &kinds[i];
	return NULL;
}

const struct kind *
kind_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const char *
kind_names(void)
{
	return "suit-envelope, corim, cose, teep, suit-reference, suit-report, "
	       "policy, cose-key, suit-manifest, comid, component, eat, cbor";
}
