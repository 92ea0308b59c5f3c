/*
 * manifest: the tables of SUIT_Manifest and SUIT_Common.
 *                                   [SUIT SUIT_Manifest, SUIT_Common] */
#include "suit_int.h"

// clang-format off
#define M(key, kind, member, min, max) \
	FIELD(key, kind, struct suit_manifest, member, min, max)
#define M_REQ(key, kind, member, min, max) \
	FIELD_REQ(key, kind, struct suit_manifest, member, min, max)

/* What is wrapped is checked where it is read: common below, sequences by
 * scan.c.  Members that may be severed are F_RAW: a bstr stands for the
 * member, an array for its digest. */
static const struct cbor_field manifest_fields[] = {
	M_REQ(SUIT_VERSION, F_UINT, version, 1, UINT32_MAX),
	M_REQ(SUIT_SEQUENCE_NUMBER, F_UINT, sequence, 0, UINT32_MAX),
	M_REQ(SUIT_COMMON, F_BSTR, common, 1, SUIT_MANIFEST_MAX),
	M(SUIT_REFERENCE_URI, F_TSTR, uri, 1, SUIT_URI_MAX),
	M(SUIT_COMPONENT_ID, F_RAW_ARRAY, component_id, 1, SUIT_ID_MAX),
	M(SUIT_SET_VERSION, F_RAW, set_version, 1, UINT32_MAX),
	M(SUIT_VALIDATE, F_BSTR, section[SUIT_VALIDATE], 1, UINT32_MAX),
	M(SUIT_LOAD, F_BSTR, section[SUIT_LOAD], 1, UINT32_MAX),
	M(SUIT_INVOKE, F_BSTR, section[SUIT_INVOKE], 1, UINT32_MAX),
	M(SUIT_COSWID, F_RAW, section[SUIT_COSWID], 1, UINT32_MAX),
	M(SUIT_DEPENDENCY_RESOLUTION, F_RAW,
	    section[SUIT_DEPENDENCY_RESOLUTION], 1, UINT32_MAX),
	M(SUIT_PAYLOAD_FETCH, F_RAW, section[SUIT_PAYLOAD_FETCH], 1, UINT32_MAX),
	M(SUIT_CANDIDATE_VERIFICATION, F_RAW,
	    section[SUIT_CANDIDATE_VERIFICATION], 1, UINT32_MAX),
	M(SUIT_INSTALL, F_RAW, section[SUIT_INSTALL], 1, UINT32_MAX),
	M(SUIT_TEXT, F_RAW, section[SUIT_TEXT], 1, UINT32_MAX),
	M(SUIT_UNINSTALL, F_BSTR, section[SUIT_UNINSTALL], 1, UINT32_MAX),
};

struct common {
	uint32_t has;
	struct bytes dependencies, shared;
	struct list components;
};

static const struct cbor_field common_fields[] = {
	FIELD(1, F_RAW_MAP, struct common, dependencies, 0, UINT32_MAX),
	FIELD(2, F_LIST_ARRAY, struct common, components, 1, UINT8_MAX),
	FIELD(4, F_BSTR, struct common, shared, 1, UINT32_MAX),
};
// clang-format on

static const struct cbor_table manifest_table = {
    manifest_fields, ARRAY_LEN(manifest_fields), 1};
static const struct cbor_table common_table = {
    common_fields, ARRAY_LEN(common_fields), 1};

enum err
suit_refuse(
    const struct suit_fault *f, enum err e, const char *what, const uint8_t *at)
{
	e = why_set(f->why, e, what);
	if (f->why != NULL && at != NULL)
		f->why->at = (size_t)(at - f->base);
	return e;
}

enum err
suit_close(const struct suit_fault *f, struct cbor_in *r, const char *what)
{
	enum err e = cbor_close(r);
	const uint8_t *at = r->in.n > 0 ? r->in.p + r->err_at : NULL;

	return e == OK ? OK : suit_refuse(f, e, what, at);
}

enum err
suit_digest_read(struct bytes in, struct bytes *sha256)
{
	struct cbor_in r = cbor_open(in);

	*sha256 = BYTES_NONE;
	cbor_array(&r, 2);
	if (cbor_int(&r, INT32_MIN, INT32_MAX) != ALG_SHA256)
		cbor_fail(&r, ERR_COSE_ALG);
	*sha256 = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	return cbor_close(&r);
}

void
suit_digest_put(struct cbor_out *w, const uint8_t sha256[DIGEST_LEN])
{
	cbor_put_array(w, 2);
	cbor_put_int(w, ALG_SHA256);
	cbor_put_bstr(w, (struct bytes){sha256, DIGEST_LEN});
}

struct bytes
suit_component(const struct suit_manifest *m, size_t i)
{
	struct cbor_in r = cbor_items(m->components);

	if (i >= m->components.n)
		return i < m->n_indexes ? suit_profile.depending->prefix(m, i)
					: BYTES_NONE;
	if (m->components.n == 1) /* asked for at every command */
		return m->components.raw;
	for (; i > 0; i--)
		(void)cbor_raw(&r, CBOR_ARRAY);
	return cbor_raw(&r, CBOR_ARRAY);
}

/* What a command addresses by index belongs to the identifier: each must be
 * there once only. */
static enum err
components_check(const struct suit_manifest *m, const struct suit_fault *f)
{
	for (size_t i = 0; i < m->n_indexes; i++) {
		struct bytes id = suit_component(m, i);
		enum err e = suit_id_check(id);

		for (size_t k = 0; e == OK && k < i; k++)
			if (bytes_same(id, suit_component(m, k)))
				e = ERR_DUPLICATE;
		if (e != OK)
			return suit_refuse(f, e, "component", id.p);
	}
	return OK;
}

static enum err
common_read(struct suit_manifest *m, const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(m->common);
	struct common c = {0};

	cbor_map_read(&r, &common_table, &c);
	TRY(suit_close(f, &r, "common"));
	m->components = c.components;
	m->shared = c.shared;
	if (c.components.n > suit_profile.most_components)
		return suit_refuse(
		    f, ERR_LIMIT, "components", c.components.raw.p);
	m->n_indexes = (uint8_t)c.components.n;
	/* What this profile lacks is refused, never skipped. [security 22] */
	if (c.dependencies.n > 0 && suit_profile.depending == NULL)
		return suit_refuse(
		    f, ERR_DEPENDENCY, "dependencies", c.dependencies.p);
	if (c.dependencies.n > 0)
		TRY(suit_profile.depending->read(c.dependencies, m, f));
	if (m->n_indexes == 0)
		return suit_refuse(f, ERR_MISSING, "components", m->common.p);
	return components_check(m, f);
}

enum err
suit_manifest_read(
    struct bytes content, struct suit_manifest *out, const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(content);

	out->manifest = content;
	cbor_map_read(&r, &manifest_table, out);
	TRY(suit_close(f, &r, "manifest"));
	if (out->version != 1)
		return suit_refuse(
		    f, ERR_VERSION, "manifest version", content.p);
	TRY(common_read(out, f));
	if ((out->has & SUIT_HAS_COMPONENT_ID) == 0)
		out->component_id = suit_component(out, 0);
	else if (suit_id_check(out->component_id) != OK)
		return suit_refuse(
		    f, ERR_RANGE, "manifest component id", out->component_id.p);
	return OK;
}

void
suit_declared(const struct suit_manifest *m, size_t i, struct bytes *sha256,
    uint64_t *size)
{
	struct cbor_in r = cbor_open(m->shared);
	size_t n = m->shared.n == 0 ? 0 : cbor_array_any(&r, 0, LEN_ANY);
	struct suit_select select = {.first = 0, .n = 1};

	*sha256 = BYTES_NONE;
	*size = UINT64_MAX;
	for (size_t k = 0; k < n / 2 && r.err == OK; k++) {
		int64_t code = cbor_int(&r, INT32_MIN, INT32_MAX);
		struct bytes arg = cbor_raw(&r, CBOR_ANY), par;
		bool selected = false;

		if (code == SUIT_CMD_SET_INDEX &&
		    suit_select_read(arg, m->n_indexes, &select) != OK)
			return;
		if (code != SUIT_CMD_OVERRIDE)
			continue;
		for (uint8_t s = 0; s < select.n; s++)
			selected |= suit_selected(&select, s) == i;
		if (!selected)
			continue;
		par = suit_param_in(arg, SUIT_PAR_IMAGE_DIGEST);
		if (par.p != NULL)
			*sha256 = par;
		par = suit_param_in(arg, SUIT_PAR_IMAGE_SIZE);
		if (par.p != NULL)
			*size = suit_param_uint(par);
	}
}
