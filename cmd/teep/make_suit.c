/*
 * make_suit: manifests from recipes: one component, one payload.
 */
#include "make.h"

/* Where the payload comes from: integrated, in the manifest, or a URI. */
static void
payload(struct make *m, struct spot at, struct suit_recipe *r,
    uint8_t digest[DIGEST_LEN])
{
	struct spot in = doc_may(&m->doc, at, "payload");
	struct spot uri = doc_may(&m->doc, at, "uri");
	struct spot text = doc_may(&m->doc, at, "content");
	struct bytes b;

	if (uri.node != NULL)
		r->uri = bytes_of_text(doc_word(&m->doc, uri));
	if (in.node == NULL && text.node == NULL) {
		(void)doc_need(&m->doc, at, "uri");
		doc_digest(
		    &m->doc, doc_need(&m->doc, at, "image-digest"), digest);
		r->size = doc_uint(
		    &m->doc, doc_need(&m->doc, at, "image-size"), UINT32_MAX);
		return;
	}
	b = doc_octets(
	    &m->doc, in.node != NULL ? in : text, SUIT_ENVELOPE_MAX / 2);
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

	doc_fields(&m->doc, at, names);
	r.component = doc_id(&m->doc, doc_need(&m->doc, at, "component"));
	in = doc_may(&m->doc, at, "manifest-component");
	if (in.node != NULL)
		r.manifest_id = doc_id(&m->doc, in);
	r.sequence =
	    doc_uint(&m->doc, doc_need(&m->doc, at, "sequence"), UINT64_MAX);
	payload(m, at, &r, digest);
	in = doc_may(&m->doc, at, "vendor");
	if (in.node != NULL &&
	    uuid_read(doc_word(&m->doc, in), uuid_dns, vendor) != OK)
		doc_bad(&m->doc, in, "a UUID or a domain is wanted");
	if (in.node != NULL)
		r.vendor = BYTES_OF(vendor);
	in = doc_may(&m->doc, at, "class");
	if (in.node != NULL &&
	    (r.vendor.n == 0 ||
		uuid_read(doc_word(&m->doc, in), vendor, class_id) != OK))
		doc_bad(
		    &m->doc, in, "a UUID, or a name in the vendor, is wanted");
	if (in.node != NULL)
		r.class_id = BYTES_OF(class_id);
	in = doc_may(&m->doc, at, "reference-uri");
	if (in.node != NULL)
		r.reference_uri = bytes_of_text(doc_word(&m->doc, in));
	in = doc_may(&m->doc, at, "version");
	if (in.node != NULL)
		r.text_version = bytes_of_text(doc_word(&m->doc, in));
	in = doc_may(&m->doc, at, "invoke");
	r.invoke = in.node != NULL && doc_flag(&m->doc, in);
	in = doc_may(&m->doc, at, "arguments");
	if (in.node != NULL)
		r.args = doc_octets(&m->doc, in, 4096);
	n = make_signers(m, doc_need(&m->doc, at, "sign"), by);
	if (!make_good(m))
		return BYTES_NONE;
	e = suit_author(&measured, m->b.crypto, &r);
	if (e != OK) {
		doc_bad(&m->doc, at, "%s: %s", err_name(e), err_text(e));
		return BYTES_NONE;
	}
	return build_manifest(&m->b, &r, by, n);
}
