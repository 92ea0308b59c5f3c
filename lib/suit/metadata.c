/*
 * metadata: what kind of file a component is.
 *                                       [SUIT UM SUIT_Component_Metadata]
 *
 * A directory has no content; the content of a symbolic link is its target,
 * which must be known, so both come from the manifest itself.  Where they may
 * point is for the host to say: it alone knows paths.
 */
#include "suit_int.h"

#include <string.h>

// clang-format off
#define M(key, kind, member, min, max) \
	FIELD(key, kind, struct suit_metadata, member, min, max)

static const struct cbor_field fields[] = {
	M(1, F_UINT, permissions, 0, 0x3fff),
	M(2, F_RAW_MAP, user, 0, UINT32_MAX),
	M(3, F_RAW_MAP, group, 0, UINT32_MAX),
	M(4, F_RAW_MAP, role, 0, UINT32_MAX),
	M(5, F_UINT, file_type, SUIT_FILE_REGULAR, SUIT_FILE_SYMLINK),
	M(6, F_RAW, modified, 0, UINT32_MAX),
	M(7, F_RAW, created, 0, UINT32_MAX),
	M(8, F_RAW, creator, 0, UINT32_MAX),
};
// clang-format on

static const struct cbor_table table = {fields, ARRAY_LEN(fields), 1};

#define HAS_FILE_TYPE (1 << 4)
#define TAG_EPOCH     1
#define TAG_UUID      37
#define BITS_MAX      0x3fff

/* tag 37 UUID, bstr, tstr or int */
static void
actor_check(struct cbor_in *r)
{
	switch (cbor_peek(r)) {
	case CBOR_BSTR:
		(void)cbor_bstr(r, 1, UINT8_MAX);
		return;
	case CBOR_TSTR:
		(void)cbor_tstr(r, 1, UINT8_MAX);
		return;
	case CBOR_TAG:
		cbor_tag(r, TAG_UUID);
		(void)cbor_bstr(r, 16, 16);
		return;
	default:
		(void)cbor_int(r, INT64_MIN, INT64_MAX);
		return;
	}
}

/* actor => bits */
static enum err
rights_check(struct bytes map)
{
	struct cbor_in r = cbor_open(map);
	size_t n;

	if (map.n == 0)
		return OK;
	n = cbor_map_any(&r, 1, CBOR_PAIRS_MAX);
	for (size_t i = 0; i < n && r.err == OK; i++) {
		actor_check(&r);
		(void)cbor_uint(&r, 0, BITS_MAX);
	}
	return cbor_close(&r);
}

static enum err
time_check(struct bytes raw)
{
	struct cbor_in r = cbor_open(raw);

	if (raw.n == 0)
		return OK;
	cbor_tag(&r, TAG_EPOCH);
	(void)cbor_uint(&r, 0, UINT64_MAX);
	return cbor_close(&r);
}

static enum err
metadata_read(struct bytes map, struct suit_metadata *out)
{
	struct cbor_in r = cbor_open(map);

	memset(out, 0, sizeof(*out));
	cbor_map_read(&r, &table, out);
	TRY(cbor_close(&r));
	if (out->has == 0)
		return ERR_MISSING;
	TRY(rights_check(out->user));
	TRY(rights_check(out->group));
	TRY(rights_check(out->role));
	TRY(time_check(out->modified));
	TRY(time_check(out->created));
	if (out->creator.n > 0) {
		r = cbor_open(out->creator);
		actor_check(&r);
		TRY(cbor_close(&r));
	}
	if ((out->has & HAS_FILE_TYPE) == 0)
		out->file_type = SUIT_FILE_REGULAR;
	return OK;
}

enum err
param_metadata(struct bytes *value)
{
	struct suit_metadata m;

	return metadata_read(*value, &m);
}

/* Text without NUL, or a path would end where nobody sees it. */
static enum err
target_check(struct bytes target)
{
	if (target.p == NULL || target.n == 0 || target.n > SUIT_URI_MAX)
		return ERR_TEXT;
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] == 0)
			return ERR_TEXT;
	return OK;
}

enum err
metadata_tell(struct suit_run *run, struct suit_slot *s, struct bytes content)
{
	const struct suit_host *h = run->host;
	struct bytes map = param_get(run, s, SUIT_PAR_METADATA);
	struct suit_metadata m;

	if (map.p == NULL)
		return OK;
	if (h->metadata == NULL)
		return ERR_CANNOT;
	TRY(metadata_read(map, &m));
	if (m.file_type == SUIT_FILE_DIRECTORY &&
	    (content.p == NULL || content.n > 0))
		return ERR_IMAGE_SIZE;
	if (m.file_type == SUIT_FILE_SYMLINK) {
		TRY(target_check(content));
		m.target = content;
	}
	return h->metadata(h->ctx, s->id, &m);
}
