/*
 * other: one item through libcbor and back.
 */
#include "other.h"

#include <cbor.h>
#include <stdlib.h>
#include <string.h>

/* It writes every NaN in one way.  Depth is bounded by what we accept. */
static bool
has_float(cbor_item_t *item)
{
	switch (cbor_typeof(item)) {
	case CBOR_TYPE_FLOAT_CTRL:
		return !cbor_float_ctrl_is_ctrl(item);
	case CBOR_TYPE_TAG:
		return has_float(cbor_move(cbor_tag_item(item)));
	case CBOR_TYPE_ARRAY:
		for (size_t i = 0; i < cbor_array_size(item); i++)
			if (has_float(cbor_array_handle(item)[i]))
				return true;
		return false;
	case CBOR_TYPE_MAP:
		for (size_t i = 0; i < cbor_map_size(item); i++)
			if (has_float(cbor_map_handle(item)[i].key) ||
			    has_float(cbor_map_handle(item)[i].value))
				return true;
		return false;
	case CBOR_TYPE_UINT:
	case CBOR_TYPE_NEGINT:
	case CBOR_TYPE_BYTESTRING:
	case CBOR_TYPE_STRING:
		break;
	}
	return false;
}

/* It refuses small tags that had no meaning in 2013, COSE's among them, and
 * simple values without a name; is there an octet that may begin one? */
static bool
may_lack(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] >= 0xc6 && p[i] <= 0xd4) ||
		    (p[i] >= 0xe0 && p[i] <= 0xf3) || p[i] == 0xf8)
			return true;
	return false;
}

bool
other_keeps(const uint8_t *p, size_t n)
{
	struct cbor_load_result r;
	unsigned char *out = NULL;
	size_t room = 0, len;
	cbor_item_t *item = cbor_load(p, n, &r);
	bool same = item != NULL && r.read == n;

	if (item == NULL)
		return may_lack(p, n);
	if (same && !has_float(item)) {
		len = cbor_serialize_alloc(item, &out, &room);
		same = len == n && memcmp(out, p, n) == 0;
	}
	free(out);
	cbor_decref(&item);
	return same;
}
