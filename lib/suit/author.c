/*
 * author: write envelopes, add signatures.  Never in a device. [SUIT
 * SUIT_Envelope]
 */
#include "suit_int.h"

#include <string.h>

/* Reporting policies of the drafts' examples: conditions want all, directives
 * a record on failure. */
#define POLICY_COND 15
#define POLICY_DIR  2

/* Keys of a SUIT_Envelope and of SUIT_Common. */
enum {
	ENV_WRAPPER = 2,
	ENV_MANIFEST = 3,
	COMMON_COMPONENTS = 2,
	COMMON_SHARED = 4
};
/* suit-text-component-version */
#define TEXT_VERSION 6

static void
put_command(struct cbor_out *w, enum suit_command code, uint64_t policy)
{
	cbor_put_uint(w, code);
	cbor_put_uint(w, policy);
}

/* Vendor and class first: they decide whether anything else concerns this
 * device at all. */
static void
put_shared(struct cbor_out *w, const struct suit_recipe *r)
{
	size_t vendor = r->vendor.n > 0, class_id = r->class_id.n > 0;
	size_t mark;

	cbor_put_array(w, 2 + 2 * vendor + 2 * class_id);
	cbor_put_uint(w, SUIT_CMD_OVERRIDE);
	cbor_put_map(w, 2 + vendor + class_id);
	if (vendor > 0) {
		cbor_put_uint(w, SUIT_PAR_VENDOR);
		cbor_put_bstr(w, r->vendor);
	}
	if (class_id > 0) {
		cbor_put_uint(w, SUIT_PAR_CLASS);
		cbor_put_bstr(w, r->class_id);
	}
	cbor_put_uint(w, SUIT_PAR_IMAGE_DIGEST);
	mark = cbor_wrap_begin(w);
	suit_digest_put(w, r->digest.p);
	cbor_wrap_end(w, mark);
	cbor_put_uint(w, SUIT_PAR_IMAGE_SIZE);
	cbor_put_uint(w, r->size);
	if (vendor > 0)
		put_command(w, SUIT_CMD_VENDOR, POLICY_COND);
	if (class_id > 0)
		put_command(w, SUIT_CMD_CLASS, POLICY_COND);
}

static void
put_common(struct cbor_out *w, const struct suit_recipe *r)
{
	size_t mark;

	cbor_put_map(w, 2);
	cbor_put_uint(w, COMMON_COMPONENTS);
	cbor_put_array(w, 1);
	cbor_put_raw(w, r->component);
	cbor_put_uint(w, COMMON_SHARED);
	mark = cbor_wrap_begin(w);
	put_shared(w, r);
	cbor_wrap_end(w, mark);
}

static void
put_install(struct cbor_out *w, const struct suit_recipe *r)
{
	cbor_put_array(w, 6);
	cbor_put_uint(w, SUIT_CMD_OVERRIDE);
	cbor_put_map(w, 1);
	if (r->content.p != NULL) {
		cbor_put_uint(w, SUIT_PAR_CONTENT);
		cbor_put_bstr(w, r->content);
		put_command(w, SUIT_CMD_WRITE, POLICY_DIR);
	} else {
		cbor_put_uint(w, SUIT_PAR_URI);
		cbor_put_tstr(w, r->uri);
		put_command(w, SUIT_CMD_FETCH, POLICY_DIR);
	}
	put_command(w, SUIT_CMD_IMAGE_MATCH, POLICY_COND);
}

static void
put_invoke(struct cbor_out *w, const struct suit_recipe *r)
{
	cbor_put_array(w, r->args.p != NULL ? 4 : 2);
	if (r->args.p != NULL) {
		cbor_put_uint(w, SUIT_CMD_OVERRIDE);
		cbor_put_map(w, 1);
		cbor_put_uint(w, SUIT_PAR_INVOKE_ARGS);
		cbor_put_bstr(w, r->args);
	}
	put_command(w, SUIT_CMD_INVOKE, POLICY_DIR);
}

/* {"en": {component: {6: version}}} */
static void
put_text(struct cbor_out *w, const struct suit_recipe *r)
{
	cbor_put_map(w, 1);
	cbor_put_text(w, "en");
	cbor_put_map(w, 1);
	cbor_put_raw(w, r->component);
	cbor_put_map(w, 1);
	cbor_put_uint(w, TEXT_VERSION);
	cbor_put_tstr(w, r->text_version);
}

static void
put_validate(struct cbor_out *w, const struct suit_recipe *r)
{
	(void)r;
	cbor_put_array(w, 2);
	put_command(w, SUIT_CMD_IMAGE_MATCH, POLICY_COND);
}

static void
put_uninstall(struct cbor_out *w, const struct suit_recipe *r)
{
	(void)r;
	cbor_put_array(w, 2);
	put_command(w, SUIT_CMD_UNLINK, POLICY_DIR);
}

/* One member of the manifest whose value is wrapped. */
static void
put_member(struct cbor_out *w, enum suit_member key,
    const struct suit_recipe *r,
    void (*put)(struct cbor_out *, const struct suit_recipe *))
{
	size_t mark;

	cbor_put_uint(w, key);
	mark = cbor_wrap_begin(w);
	put(w, r);
	cbor_wrap_end(w, mark);
}

static void
put_manifest(struct cbor_out *w, const struct suit_recipe *r)
{
	size_t uri = r->reference_uri.n > 0, text = r->text_version.n > 0;
	size_t invoke = r->invoke;

	cbor_put_map(w, 7 + uri + invoke + text);
	cbor_put_uint(w, SUIT_VERSION);
	cbor_put_uint(w, 1);
	cbor_put_uint(w, SUIT_SEQUENCE_NUMBER);
	cbor_put_uint(w, r->sequence);
	put_member(w, SUIT_COMMON, r, put_common);
	if (uri > 0) {
		cbor_put_uint(w, SUIT_REFERENCE_URI);
		cbor_put_tstr(w, r->reference_uri);
	}
	cbor_put_uint(w, SUIT_COMPONENT_ID);
	cbor_put_raw(w, r->manifest_id.n > 0 ? r->manifest_id : r->component);
	put_member(w, SUIT_VALIDATE, r, put_validate);
	if (r->invoke)
		put_member(w, SUIT_INVOKE, r, put_invoke);
	put_member(w, SUIT_INSTALL, r, put_install);
	if (text > 0)
		put_member(w, SUIT_TEXT, r, put_text);
	put_member(w, SUIT_UNINSTALL, r, put_uninstall);
}

static enum err
recipe_check(const struct suit_recipe *r)
{
	TRY(suit_id_check(r->component));
	if (r->manifest_id.n > 0)
		TRY(suit_id_check(r->manifest_id));
	if (r->digest.n != DIGEST_LEN ||
	    (r->vendor.n != 0 && r->vendor.n != 16) ||
	    (r->class_id.n != 0 && r->class_id.n != 16) ||
	    r->uri.n > SUIT_URI_MAX || r->reference_uri.n > SUIT_URI_MAX)
		return ERR_RANGE;
	if (r->content.p == NULL && r->uri.n == 0)
		return ERR_MISSING;
	if ((r->payload.p != NULL && r->payload.n != r->size) ||
	    (r->content.p != NULL && r->content.n != r->size))
		return ERR_IMAGE_SIZE;
	/* a fragment names a payload of this envelope */
	if (r->content.p == NULL && r->uri.p[0] == '#' && r->payload.p == NULL)
		return ERR_URI;
	return OK;
}

enum err
suit_author(
    struct cbor_out *w, const struct crypto *c, const struct suit_recipe *r)
{
	bool payload = r->payload.p != NULL && r->content.p == NULL;
	uint8_t digest[DIGEST_LEN] = {0};
	size_t mark, inner, at, manifest;

	TRY(recipe_check(r));
	cbor_put_tag(w, TAG_SUIT_ENVELOPE);
	cbor_put_map(w, payload ? 3 : 2);
	cbor_put_uint(w, ENV_WRAPPER);
	mark = cbor_wrap_begin(w);
	cbor_put_array(w, 1);
	inner = cbor_wrap_begin(w);
	suit_digest_put(w, digest); /* filled in below */
	cbor_wrap_end(w, inner);
	cbor_wrap_end(w, mark);
	at = w->at - DIGEST_LEN;
	cbor_put_uint(w, ENV_MANIFEST);
	manifest = w->at;
	mark = cbor_wrap_begin(w);
	put_manifest(w, r);
	cbor_wrap_end(w, mark);
	if (w->err == OK && w->p != NULL) {
		struct bytes raw = {w->p + manifest, w->at - manifest};

		TRY(c->sha256(&raw, 1, digest));
		memcpy(w->p + at, digest, DIGEST_LEN);
	}
	if (payload) {
		cbor_put_tstr(w, r->uri);
		cbor_put_bstr(w, r->payload);
	}
	return w->err;
}

/* ---- signing ----------------------------------------------------------- */

/* Who authenticates: a signer, or a key that is shared. */
struct by {
	const struct crypto *c;
	const struct signer *s; /* NULL: */
	const uint8_t *key;
	struct bytes kid;
};

/* Just this key for MACs. */
static enum err
mac_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct by *by = ctx;

	(void)kid;
	(void)alg;
	*out = (struct cose_key){.kty = KTY_SYMMETRIC};
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	memcpy(out->x, by->key, sizeof(out->x));
	return OK;
}

/* A second signature by one key would count once: say so instead. */
static enum err
signed_by(struct bytes block, struct bytes digest, struct by *by)
{
	const struct keyring ring = {by, mac_key};
	struct cose_signed one;
	struct verified v;

	if (by->s != NULL &&
	    cose_signed_read(block, ACCEPT_SIGN1, &one, NULL) == OK &&
	    bytes_same(one.kid, BYTES_OF(by->s->kid)))
		return ERR_EXISTS;
	if (by->s == NULL && cose_is_mac0(block) &&
	    cose_mac0_verify_detached(by->c, &ring, block, digest, &v, NULL) ==
		OK)
		return ERR_EXISTS;
	return OK;
}

/* The wrapper's content with one more block. */
static enum err
put_wrapper(struct cbor_out *w, struct bytes wrapper, struct by *by)
{
	struct cbor_in r = cbor_open(wrapper);
	size_t n = cbor_array_any(&r, 1, 1 + SUIT_SIGNERS_MAX);
	struct bytes digest = cbor_bstr(&r, 1, LEN_ANY);
	size_t mark;

	if (n == 1 + SUIT_SIGNERS_MAX)
		return ERR_LIMIT;
	cbor_put_array(w, n + 1);
	cbor_put_bstr(w, digest);
	for (size_t i = 1; i < n && r.err == OK; i++) {
		struct bytes block = cbor_bstr(&r, 1, LEN_ANY);

		TRY(signed_by(block, digest, by));
		cbor_put_bstr(w, block);
	}
	TRY(cbor_close(&r));
	mark = cbor_wrap_begin(w);
	if (by->s != NULL)
		TRY(cose_sign1_write(
		    w, by->s, digest, NULL, WRITE_TAGGED | WRITE_DETACHED));
	else
		TRY(cose_mac0_write(w, by->c, by->key, by->kid, digest));
	cbor_wrap_end(w, mark);
	return w->err;
}

/* Sign nothing that does not match its digest. */
static enum err
digest_check(const struct crypto *c, const struct suit_manifest *m)
{
	uint8_t head_room[9], digest[DIGEST_LEN];
	struct cbor_out head = cbor_into(SPAN_OF(head_room));
	struct bytes part[2] = {BYTES_NONE, m->manifest};

	cbor_put_bstr_head(&head, m->manifest.n);
	TRY(cbor_done(&head, &part[0]));
	TRY(c->sha256(part, 2, digest));
	return bytes_same(BYTES_OF(digest), BYTES_OF(m->digest))
		   ? OK
		   : ERR_MANIFEST_DIGEST;
}

static enum err
authenticated(struct cbor_out *w, struct bytes envelope, struct by *by)
{
	struct suit_manifest m;
	struct cbor_in r;
	size_t n;

	TRY(suit_parse(envelope, &m, NULL));
	TRY(digest_check(by->c, &m));
	r = cbor_open(m.envelope);
	n = cbor_map_any(&r, 2, CBOR_PAIRS_MAX);
	if (m.envelope.n != envelope.n)
		cbor_put_tag(w, TAG_SUIT_ENVELOPE);
	cbor_put_map(w, n);
	for (size_t i = 0; i < n; i++) {
		struct bytes key = cbor_raw(&r, CBOR_ANY);
		struct bytes value = cbor_raw(&r, CBOR_ANY);

		cbor_put_raw(w, key);
		if (bytes_same(key, BYTES_LIT("\x02"))) {
			size_t mark = cbor_wrap_begin(w);

			TRY(put_wrapper(w, m.wrapper, by));
			cbor_wrap_end(w, mark);
		} else {
			cbor_put_raw(w, value);
		}
	}
	TRY(cbor_close(&r));
	return w->err;
}

enum err
suit_author_sign(struct cbor_out *w, const struct crypto *c,
    struct bytes envelope, const struct signer *s)
{
	struct by by = {.c = c, .s = s};

	return authenticated(w, envelope, &by);
}

enum err
suit_author_mac(struct cbor_out *w, const struct crypto *c,
    struct bytes envelope, const uint8_t key[32], struct bytes kid)
{
	struct by by = {.c = c, .key = key, .kid = kid};

	return authenticated(w, envelope, &by);
}
