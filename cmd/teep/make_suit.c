/*
 * make_suit: manifests from recipes: one component, one payload.
 */
#include "make.h"

/* Where the payload comes from: integrated, in the manifest, or a URI. */
static void
payload(struct make *m, struct spot at, struct suit_recipe *r,
    uint8_t digest[DIGEST_LEN])
{
	struct spot in = make_may(m, at, "payload");
	struct spot uri = make_may(m, at, "uri");
	struct spot text = make_may(m, at, "content");
	struct bytes b;

	if (uri.node != NULL)
		r->uri = bytes_of_text(make_word(m, uri));
	if (in.node == NULL && text.node == NULL) {
		(void)make_need(m, at, "uri");
		make_digest(m, make_need(m, at, "image-digest"), digest);
		r->size =
		    make_uint(m, make_need(m, at, "image-size"), UINT32_MAX);
		return;
	}
	b = make_octets(m, in.node != NULL ? in : text, SUIT_ENVELOPE_MAX / 2);
	r->size = b.n;
	if (b.p == NULL) /* empty is not absent */
		b.p = digest;
	if (in.node != NULL) {
		r->payload = b;
		if (uri.node == NULL)
			r->uri = BYTES_LIT("#payload");
	} else {
		r->content = b;
	}
	if (make_good(m))
		build_fail(&m->b, m->b.crypto->sha256(&b, 1, digest));
}

struct bytes
make_manifest(struct make *m, struct spot at)
{
	static const char *const names[] = {"sign", "faults", "other-key",
	    "component", "manifest-component", "sequence", "uri", "payload",
	    "content", "image-digest", "image-size", "vendor", "class",
	    "reference-uri", "version", "invoke", "arguments", NULL};
	const struct signer *by[COSE_SIGNERS_MAX] = {NULL};
	uint8_t digest[DIGEST_LEN], vendor[16], class_id[16];
	struct suit_recipe r = {.digest = BYTES_OF(digest)};
	struct cbor_out measured = cbor_measure();
	struct spot in;
	size_t n;
	enum err e;

	make_fields(m, at, names);
	r.component = make_id(m, make_need(m, at, "component"));
	in = make_may(m, at, "manifest-component");
	if (in.node != NULL)
		r.manifest_id = make_id(m, in);
	r.sequence = make_uint(m, make_need(m, at, "sequence"), UINT64_MAX);
	payload(m, at, &r, digest);
	in = make_may(m, at, "vendor");
	if (in.node != NULL &&
	    uuid_read(make_word(m, in), uuid_dns, vendor) != OK)
		make_bad(m, in, "a UUID or a domain is wanted");
	if (in.node != NULL)
		r.vendor = BYTES_OF(vendor);
	in = make_may(m, at, "class");
	if (in.node != NULL && (r.vendor.n == 0 || uuid_read(make_word(m, in),
						       vendor, class_id) != OK))
		make_bad(m, in, "a UUID, or a name in the vendor, is wanted");
	if (in.node != NULL)
		r.class_id = BYTES_OF(class_id);
	in = make_may(m, at, "reference-uri");
	if (in.node != NULL)
		r.reference_uri = bytes_of_text(make_word(m, in));
	in = make_may(m, at, "version");
	if (in.node != NULL)
		r.text_version = bytes_of_text(make_word(m, in));
	in = make_may(m, at, "invoke");
	r.invoke = in.node != NULL && make_flag(m, in);
	in = make_may(m, at, "arguments");
	if (in.node != NULL)
		r.args = make_octets(m, in, 4096);
	n = make_signers(m, make_need(m, at, "sign"), by);
	if (!make_good(m))
		return BYTES_NONE;
	e = suit_author(&measured, m->b.crypto, &r);
	if (e != OK) {
		make_bad(m, at, "%s: %s", err_name(e), err_text(e));
		return BYTES_NONE;
	}
	return build_manifest(&m->b, &r, by, n);
}
