/*
 * choice: the tagged types, and where each of them may stand.
 *                                               [CoRIM 7; 5.1.4; 4.1.4]
 */
#include "corim_int.h"

#define TEXT_MAX 65535 /* a chain of certificates in PEM */
#define OID_MAX  255

static const struct {
	uint16_t tag;
	uint8_t type; /* of the content: enum cbor_type; array: a digest */
	uint8_t use;  /* bits of enum corim_use */
	uint16_t min, max;
} choices[] = {
    {32, CBOR_TSTR, USE_PROFILE | USE_URI, 1, URI_MAX},
    {37, CBOR_BSTR, USE_CLASS | USE_INSTANCE | USE_GROUP | USE_MKEY, 16, 16},
    {111, CBOR_BSTR, USE_CLASS | USE_MKEY | USE_PROFILE, 1, OID_MAX},
    {550, CBOR_BSTR, USE_INSTANCE, 7, 33},
    {554, CBOR_TSTR, USE_INSTANCE | USE_KEY, 1, TEXT_MAX},
    {555, CBOR_TSTR, USE_INSTANCE | USE_KEY, 1, TEXT_MAX},
    {556, CBOR_TSTR, USE_KEY, 1, TEXT_MAX},
    {557, CBOR_ARRAY, USE_INSTANCE | USE_KEY, 0, 0},
    {558, CBOR_MAP, USE_INSTANCE | USE_KEY, 0, 0},
    /* Some writers wrap the key.              [docs/evidence.md 5] */
    {558, CBOR_BSTR, USE_INSTANCE | USE_KEY, 1, TEXT_MAX},
    {559, CBOR_ARRAY, USE_INSTANCE | USE_KEY, 0, 0},
    {560, CBOR_BSTR, USE_CLASS | USE_INSTANCE | USE_GROUP | USE_KEY, 1,
	TEXT_MAX},
    {561, CBOR_ARRAY, USE_KEY, 0, 0},
    {562, CBOR_BSTR, USE_INSTANCE | USE_KEY, 1, TEXT_MAX},
    /* Of PSA endorsements before they had a profile of their own. */
    {CORIM_TAG_PSA, CBOR_BSTR, USE_CLASS, 32, 32},
    {601, CBOR_MAP, USE_MKEY, 0, 0},
};

static enum err
content_check(struct cbor_in *r, enum cbor_type type, size_t min, size_t max)
{
	struct eat_digest d;

	if (type == CBOR_BSTR)
		(void)cbor_bstr(r, min, max);
	else if (type == CBOR_TSTR)
		(void)cbor_tstr(r, min, max);
	else if (type == CBOR_MAP)
		(void)cbor_raw(r, CBOR_MAP);
	else
		TRY(eat_digest_read(r, &d));
	return cbor_close(r);
}

enum err
corim_choice_check(struct bytes in, enum corim_use use)
{
	struct cbor_in r = cbor_open(in);
	enum cbor_type type;
	uint64_t tag;

	if (cbor_peek(&r) != CBOR_TAG)
		return ERR_UNEXPECTED;
	tag = cbor_tag_any(&r);
	type = cbor_peek(&r);
	for (size_t i = 0; i < ARRAY_LEN(choices); i++)
		if (choices[i].tag == tag && choices[i].type == type &&
		    (choices[i].use & (unsigned)use) != 0)
			return content_check(
			    &r, type, choices[i].min, choices[i].max);
	return ERR_UNEXPECTED;
}

enum err
corim_text_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	(void)cbor_tstr(&r, 1, NAME_MAX);
	return cbor_close(&r);
}

enum err
corim_key_check(struct bytes in)
{
	return corim_choice_check(in, USE_KEY);
}
