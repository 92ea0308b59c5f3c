/*
 * maker: hardware that is believed whatever it signs.  What a certificate
 * says besides its key stands at its beginning, so that it is read, too.
 */
#include "maker.h"

static enum err
believe_key(struct bytes in, struct verifier_public *out)
{
	memset(out, 0, sizeof(*out));
	out->n = in.n > 0;
	return in.n > 0 ? OK : ERR_COSE_KEY;
}

static enum err
believe_point(int32_t crv, struct bytes xy, struct verifier_public *out)
{
	(void)crv;
	return believe_key(xy, out);
}

static enum err
believe_verify(enum verifier_alg alg, const struct verifier_public *k,
    const struct bytes *part, size_t n, struct bytes sig)
{
	(void)alg;
	(void)part;
	(void)n;
	return k->n > 0 && sig.n > 0 ? OK : ERR_SIGNATURE;
}

static const struct {
	const char *oid, *value;
	size_t n;
} says[] = {
    {"1.3.6.1.4.1.3704.1.2", "\x16\x05Milan", 7},
    {"1.3.6.1.4.1.3704.1.3.1", "\x02\x01\x03", 3},
    {"1.3.6.1.4.1.3704.1.3.2", "\x02\x01\x00", 3},
    {"1.3.6.1.4.1.3704.1.3.3", "\x02\x01\x08", 3},
    {"1.3.6.1.4.1.3704.1.3.8", "\x02\x01\x73", 3},
};

static struct bytes
said(const char *oid, struct bytes cert)
{
	for (size_t i = 0; i < ARRAY_LEN(says); i++)
		if (strcmp(says[i].oid, oid) == 0)
			return (struct bytes){
			    (const uint8_t *)says[i].value, says[i].n};
	/* A chip's number, or what a platform is. */
	if (strcmp(oid, "1.3.6.1.4.1.3704.1.4") == 0 && cert.n > 64)
		cert.n = 64;
	return cert;
}

static enum err
believe_path(const struct verifier_path *p, struct verifier_public *out,
    struct verifier_extension *ext, size_t n, struct why *why)
{
	HOLDS(p->n_anchor > 0 && p->anchor[0].n > 0);
	for (size_t i = 0; i < n; i++) {
		struct bytes v = said(ext[i].oid, p->cert[0]);

		ext[i].n = v.n < ext[i].room.n ? v.n : ext[i].room.n;
		memcpy(ext[i].room.p, v.p, ext[i].n);
		ext[i].there = true;
	}
	return why_set(why, believe_key(p->cert[0], out), "certificate");
}

/* ---- endorsements -------------------------------------------------------- */

static enum err
no_key(void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out)
{
	(void)ctx;
	(void)kid;
	(void)out;
	return ERR_UNKNOWN_KEY;
}

/* One CoMID: [environment, [key]] in attest-key triples. */
static void
tag_put(struct cbor_out *w, char name, struct bytes environment)
{
	size_t mark;

	cbor_put_tag(w, TAG_COMID);
	mark = cbor_wrap_begin(w);
	cbor_put_raw(w, BYTES_LIT("\xa2\x01\xa1\x00"));
	cbor_put_tstr(w, (struct bytes){(const uint8_t *)&name, 1});
	cbor_put_raw(w, BYTES_LIT("\x04\xa1\x03\x81\x82"));
	cbor_put_raw(w, environment);
	cbor_put_raw(w, BYTES_LIT("\x81\xd9\x02\x32\x41\x30"));
	cbor_wrap_end(w, mark);
}

/* {0: {0: 560(id)}, 1: 550(ueid)}: of the published tokens. */
static struct bytes
device_put(struct cbor_out *w, struct bytes id, struct bytes ueid)
{
	size_t at = w->at;

	cbor_put_raw(w, BYTES_LIT("\xa2\x00\xa1\x00"));
	cbor_put_tag(w, CORIM_TAG_OPAQUE);
	cbor_put_bstr(w, id);
	cbor_put_uint(w, 1);
	cbor_put_tag(w, CORIM_TAG_UEID);
	cbor_put_bstr(w, ueid);
	return (struct bytes){w->p + at, w->at - at};
}

#define PSA_ID BYTES_LIT("acme-implementation-id-000000001")
#define PSA_UEID                                                         \
	BYTES_LIT("\x01\xce\xeb\xae\x7b\x89\x27\xa3\x22\x7e\x53\x03\xcf" \
		  "\x5e\x0f\x1f\x7b\x34\xbb\x54\x2a\xd7\x25\x0a\xc0\x3f" \
		  "\xbc\xde\x36\xec\x2f\x15\x08")
#define CCA_ID                                                           \
	BYTES_LIT("\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00" \
		  "\x00\x00\x00\x03\x00\x3e\x00\x01\x00\x00\x00\x50\x58" \
		  "\x00\x00\x00\x00\x00\x00")
#define CCA_UEID                                                         \
	BYTES_LIT("\x01\x07\x06\x05\x04\x03\x02\x01\x00\x0f\x0e\x0d\x0c" \
		  "\x0b\x0a\x09\x08\x17\x16\x15\x14\x13\x12\x11\x10\x1f" \
		  "\x1e\x1d\x1c\x1b\x1a\x19\x18")

static enum err
all(void *ctx, const struct acs_library **out)
{
	static uint8_t room[1024], made[256];
	static struct acs_saying index[8];
	static struct corim corim = {.not_after = UINT64_MAX};
	static const struct corim_scope scope = {.kinds = CORIM_ATTEST_KEY};
	static struct acs_source source = {
	    .corim = &corim, .scope = &scope, .n_scope = 1};
	static struct acs_library l;
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct cbor_out e = cbor_into(SPAN_OF(made));

	(void)ctx;
	*out = &l;
	if (l.said != NULL)
		return OK;
	tag_put(&w, 'a', BYTES_LIT("\xa1\x00\xa1\x01\x64\x33\x37\x30\x34"));
	tag_put(&w, 'b', BYTES_LIT("\xa1\x00\xa1\x01\x63\x33\x34\x33"));
	tag_put(&w, 'c', device_put(&e, PSA_ID, PSA_UEID));
	tag_put(&w, 'd', device_put(&e, CCA_ID, CCA_UEID));
	HOLDS(w.err == OK && e.err == OK);
	corim.tags = (struct list){{room, w.at}, 4};
	HOLDS(acs_library_begin(&l, &source, 1, 1000, false, NULL) == OK);
	HOLDS(acs_library_index(&l, index, ARRAY_LEN(index)) == OK);
	return OK;
}

const struct verifier *
maker_verifier(void)
{
	static const struct scheme *const schemes[] = {
	    &scheme_psa, &scheme_cca, &scheme_snp, &scheme_tdx, NULL};
	static const struct verifier_store store = {NULL, no_key, all};
	static struct verifier_crypto more;
	static struct verifier v = {
	    .more = &more, .store = &store, .schemes = schemes};

	if (v.crypto == NULL) {
		v.crypto = fuzz_crypto();
		HOLDS(verifier_openssl() != NULL);
		more = *verifier_openssl();
		more.key = believe_key;
		more.point = believe_point;
		more.verify = believe_verify;
		more.path = believe_path;
	}
	return &v;
}
