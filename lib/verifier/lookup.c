/*
 * lookup: keys that somebody vouches for, and what there are values of.
 *                                                             [CoRIM 5.1]
 */
#include "library.h"

/* About no class, or this one. */
static enum err
about(const struct acs_library *l, enum corim_statement kind,
    const struct corim_environment *e, acs_visit *f, void *ctx)
{
	TRY(library_about(l, kind, BYTES_NONE, f, ctx));
	if (e->part[ENV_CLASS_ID].n == 0)
		return OK;
	return library_about(l, kind, e->part[ENV_CLASS_ID], f, ctx);
}

/* ---- keys that somebody vouches for ------------------------------------ */

struct keys_ask {
	struct corim_environment environment;
	acs_key_visit *f;
	void *ctx;
};

static enum err
key_of(void *ctx, const struct acs_saying *s)
{
	struct cbor_in r = cbor_items(s->triple.items);
	const struct keys_ask *ask = ctx;

	if (s->triple.kind != SAYS_ATTEST_KEY ||
	    corim_environment_meets(&s->about, &ask->environment, NULL) != OK)
		return OK;
	for (size_t i = 0; i < s->triple.items.n; i++) {
		struct bytes key = cbor_raw(&r, CBOR_TAG);

		TRY(r.err);
		TRY(ask->f(ask->ctx, key, s->voice.source));
	}
	return OK;
}

enum err
acs_library_keys(const struct acs_library *l, struct bytes environment,
    acs_key_visit *f, void *ctx)
{
	struct keys_ask ask = {.f = f, .ctx = ctx};

	TRY(corim_environment_read(environment, &ask.environment));
	return about(l, SAYS_ATTEST_KEY, &ask.environment, key_of, &ask);
}

/* Is the part tagged so, with this content? */
static bool
part_is(struct bytes part, uint64_t tag, struct bytes content)
{
	struct cbor_in r = cbor_open(part);
	struct bytes b;

	if (cbor_peek(&r) != CBOR_TAG || !cbor_tag_if(&r, tag))
		return false;
	b = cbor_bstr(&r, 1, LEN_ANY);
	return cbor_close(&r) == OK && bytes_same(b, content);
}

/* An implementation id, encoded: 32 octets, or what a foreign hardware may
 * have. */
#define CLASS_ROOM 128

struct device_ask {
	struct bytes class_id, ueid;
	acs_visit *f;
	void *ctx;
};

static enum err
device_of(void *ctx, const struct acs_saying *s)
{
	const struct bytes *part = s->about.part;
	const struct device_ask *ask = ctx;

	if (s->triple.kind != SAYS_ATTEST_KEY ||
	    !part_is(part[ENV_INSTANCE], CORIM_TAG_UEID, ask->ueid) ||
	    (!part_is(part[ENV_CLASS_ID], CORIM_TAG_OPAQUE, ask->class_id) &&
		!part_is(part[ENV_CLASS_ID], CORIM_TAG_PSA, ask->class_id)))
		return OK;
	return ask->f(ask->ctx, s);
}

enum err
acs_library_device(const struct acs_library *l, struct bytes class_id,
    struct bytes ueid, acs_visit *f, void *ctx)
{
	static const uint64_t tags[] = {CORIM_TAG_OPAQUE, CORIM_TAG_PSA};
	struct device_ask ask = {class_id, ueid, f, ctx};
	enum err e = OK;

	/* Without an index all of them are visited at once. */
	if (l->said == NULL)
		e = library_about(
		    l, SAYS_ATTEST_KEY, BYTES_NONE, device_of, &ask);
	for (size_t i = 0; e == OK && i < ARRAY_LEN(tags); i++) {
		uint8_t room[CLASS_ROOM];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct bytes is;

		cbor_put_tag(&w, tags[i]);
		cbor_put_bstr(&w, class_id);
		e = cbor_done(&w, &is);
		if (e == OK)
			e = library_about(
			    l, SAYS_ATTEST_KEY, is, device_of, &ask);
	}
	return e;
}

/* ---- what somebody has reference values for ---------------------------- */

struct refers_ask {
	struct corim_environment environment;
	struct bytes mkey;
};

/* Ends the walk with ERR_EXISTS. */
static enum err
refers(void *ctx, const struct acs_saying *s)
{
	struct cbor_in r = cbor_items(s->triple.items);
	struct refers_ask *ask = ctx;

	if (s->triple.kind != SAYS_REFERENCE ||
	    corim_environment_meets(&s->about, &ask->environment, NULL) != OK)
		return OK;
	for (size_t i = 0; i < s->triple.items.n; i++) {
		struct corim_measurement m;

		TRY(corim_measurement_read(cbor_raw(&r, CBOR_MAP), &m));
		if (bytes_same(m.mkey, ask->mkey))
			return ERR_EXISTS;
	}
	return r.err;
}

enum err
acs_library_refers(
    const struct acs_library *l, struct bytes environment, struct bytes mkey)
{
	struct refers_ask ask = {.mkey = mkey};
	enum err e;

	TRY(corim_environment_read(environment, &ask.environment));
	e = about(l, SAYS_REFERENCE, &ask.environment, refers, &ask);
	if (e == ERR_EXISTS)
		return OK;
	return e == OK ? ERR_NOT_FOUND : e;
}
