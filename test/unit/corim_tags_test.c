/*
 * lib/corim tags.c, triples.c, active.c, head.c: published CoRIMs are read
 * whole, and which tags are believed.
 */
#include "rats_vectors.h"

static struct pair signer;

static int
setup(void **state)
{
	(void)state;
	assert_non_null(crypto_openssl());
	pair_make(&signer, CRV_P256, false);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pair_free(&signer);
	return 0;
}

/* An unsigned CoRIM of tags that are encoded already. */
static struct bytes
corim_of(struct bytes tags, size_t n, uint8_t room[VECTOR_MAX])
{
	struct cbor_out w = cbor_into((struct span){room, VECTOR_MAX});
	struct bytes out;

	cbor_put_tag(&w, TAG_CORIM);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, "set");
	cbor_put_uint(&w, 1);
	cbor_put_array(&w, n);
	cbor_put_raw(&w, tags);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static void
put_tag(struct cbor_out *w, enum corim_tag_kind kind, struct bytes body)
{
	cbor_put_tag(w, kind);
	cbor_put_bstr(w, body);
}

static struct bytes
wrapped(enum corim_tag_kind kind, struct bytes body, uint8_t room[VECTOR_MAX])
{
	uint8_t tag[VECTOR_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(tag));

	put_tag(&w, kind, body);
	assert_int_equal(w.err, OK);
	return corim_of((struct bytes){tag, w.at}, 1, room);
}

/* How many statements of each kind. */
#define KINDS 11
static void
count(const struct corim *m, unsigned says[KINDS])
{
	struct cbor_in r = cbor_items(m->tags);
	struct corim_triples it;
	struct corim_triple t;
	struct corim_tag tag;

	memset(says, 0, KINDS * sizeof(*says));
	for (size_t i = 0; i < m->tags.n; i++) {
		assert_int_equal(corim_tag_read(&r, &tag), OK);
		if (tag.kind != CORIM_COMID)
			continue;
		corim_triples_begin(&it, tag.triples);
		while (corim_triple_next(&it, &t) == OK) {
			assert_true(t.items.n > 0);
			assert_true((unsigned)t.kind < KINDS);
			says[t.kind]++;
		}
	}
	assert_int_equal(cbor_close(&r), OK);
}

/* ---- published ----------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned says[KINDS]; /* by enum corim_statement */
} comids[] = {
    {"comid-1", {[SAYS_REFERENCE] = 1}},
    {"comid-1a", {[SAYS_REFERENCE] = 1}},
    {"comid-2", {[SAYS_ENDORSED] = 1}},
    {"comid-2b", {[SAYS_REFERENCE] = 3, [SAYS_ENDORSED] = 1}},
    {"comid-3", {[SAYS_REFERENCE] = 1}},
    {"comid-4", {[SAYS_REFERENCE] = 1}},
    {"comid-5",
	{[SAYS_REFERENCE] = 1, [SAYS_IDENTITY] = 4, [SAYS_ATTEST_KEY] = 4}},
    {"comid-6", {[SAYS_REFERENCE] = 1}},
    {"comid-7", {[SAYS_REFERENCE] = 1}},
    {"comid-cend", {[SAYS_CONDITIONAL] = 1}},
    {"comid-design-cd", {[SAYS_REFERENCE] = 4, [SAYS_ENDORSED] = 1}},
    {"comid-domain-mem", {[SAYS_MEMBERSHIP] = 3}},
    {"comid-firmware-cd", {[SAYS_REFERENCE] = 2, [SAYS_ENDORSED] = 1}},
    {"comid-flags", {[SAYS_ENDORSED] = 1}},
    {"comid-integrity-registers", {[SAYS_REFERENCE] = 1}},
    {"comid-opaque-instance-id", {[SAYS_REFERENCE] = 1}},
    {"comid-psa-endval", {[SAYS_CONDITIONAL] = 1}},
    {"comid-psa-refval", {[SAYS_REFERENCE] = 2}},
    {"comid-raw-value", {[SAYS_REFERENCE] = 3}},
    {"comid-series", {[SAYS_SERIES] = 2}},
    {"comid-trust-dep", {[SAYS_DEPENDENCY] = 5}},
};

static void
published_comids(void **state)
{
	uint8_t room[VECTOR_MAX], made[VECTOR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(comids); i++) {
		unsigned says[KINDS];
		struct corim m;
		struct why why = {0};
		char name[64];
		struct bytes in;

		(void)snprintf(
		    name, sizeof(name), "corim/%s.cbor", comids[i].name);
		in = wrapped(CORIM_COMID, vector(name, room), made);
		assert_int_equal(corim_parse(in, &m, &why), OK);
		if (corim_check(&m, &why) != OK)
			fail_msg("%s: %s in %s at %zu", name, err_name(why.err),
			    why.what, why.at);
		count(&m, says);
		assert_memory_equal(says, comids[i].says, sizeof(says));
	}
}

/* Whole CoRIMs without a signature.  A profile that is not known here leaves
 * them to be looked at, and refuses them where they are signed. */
static const struct {
	const char *name;
	bool profile, known;
	enum err check;
} corims[] = {
    {"corim/corim-1", false, false, OK},
    {"corim/corim-2", false, false, OK},
    {"corim/corim-roles", false, false, OK},
    {"corim/payload-corim-4", false, false, OK},
    {"corim/corim-design-cd", true, false, OK},
    {"corim/corim-firmware-cd", true, false, OK},
    {"corim/veraison/unsigned-good-corim", false, false, OK},
    /* Of a profile that is known: tags 600 and 601 are its own. */
    {"psa/psa-endorsements", true, true, OK},
};

static void
published_corims(void **state)
{
	uint8_t room[VECTOR_MAX], made[VECTOR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(corims); i++) {
		struct keyring ring = ring_of_one(&signer);
		struct cbor_out w = cbor_into(SPAN_OF(made));
		struct why why = {0};
		struct verified v;
		struct corim m;
		char name[64];
		struct bytes in;

		(void)snprintf(name, sizeof(name), "%s.cbor", corims[i].name);
		in = vector(name, room);
		if (corim_parse(in, &m, &why) != OK)
			fail_msg("%s: %s", name, err_name(why.err));
		assert_int_equal(m.profile.p != NULL, corims[i].profile);
		assert_int_equal(corim_check(&m, &why), corims[i].check);
		assert_int_equal(
		    corim_author_sign(&w, &signer.s, "me", in), OK);
		assert_int_equal(corim_open(crypto_openssl(), &ring, 5,
				     (struct bytes){made, w.at}, &v, &m, &why),
		    corims[i].profile && !corims[i].known ? ERR_UNEXPECTED
							  : OK);
		if (corims[i].profile && !corims[i].known)
			assert_string_equal(why.what, "profile");
	}
	/* A key of the outermost map that belongs to a profile. */
	{
		struct corim m;
		struct why why;

		assert_int_equal(
		    corim_parse(
			vector(
			    "corim/veraison/unsigned-example-corim.cbor", room),
			&m, &why),
		    ERR_UNEXPECTED);
		assert_string_equal(why.what, "corim-map");
	}
}

static void
published_signed(void **state)
{
	struct keyring ring = PUBLISHED_RING;
	const struct crypto *c = crypto_openssl();
	uint8_t room[VECTOR_MAX];
	struct bytes in = vector("corim/veraison/signed-good-corim.cbor", room);
	unsigned says[KINDS];
	struct verified v;
	struct corim m;
	struct why why;

	(void)state;
	assert_int_equal(
	    corim_open(c, &ring, PUBLISHED_NOW, in, &v, &m, &why), OK);
	assert_true(
	    bytes_same(m.signer_name, BYTES_LIT("ACME Ltd signing key")));
	assert_memory_equal(m.signer, v.kid, KID_LEN);
	assert_int_equal(corim_check(&m, &why), OK);
	count(&m, says);
	assert_int_equal(says[SAYS_REFERENCE], 1);
	assert_int_equal(
	    corim_open(c, &ring, PUBLISHED_NOW + 20000000, in, &v, &m, &why),
	    ERR_EXPIRED);
	room[in.n - 1] ^= 1;
	assert_int_equal(corim_open(c, &ring, PUBLISHED_NOW, in, &v, &m, &why),
	    ERR_SIGNATURE);
	/* The other one is signed as well, but follows a profile. */
	in = vector("corim/veraison/signed-example-corim.cbor", room);
	assert_int_equal(corim_open(c, &ring, PUBLISHED_NOW, in, &v, &m, &why),
	    ERR_UNEXPECTED);
	/* Trust anchors, in the shape of that draft's own sample. */
	in = vector("cots/signed-cots-corim.cbor", room);
	assert_int_equal(
	    corim_open(c, &ring, PUBLISHED_NOW, in, &v, &m, &why), OK);
	assert_int_equal(corim_check(&m, &why), OK);
	{
		struct cbor_in r = cbor_items(m.tags);
		struct corim_tag t;

		assert_int_equal(corim_tag_read(&r, &t), OK);
		assert_int_equal(t.kind, CORIM_COTS);
	}
}

/* Published headers want ES384, which nothing here can check: refused; with
 * our algorithm in its place, read. */
static enum err
headed(const char *name, bool ours, struct bytes payload, uint8_t *room,
    struct bytes *in)
{
	uint8_t read[VECTOR_MAX], prot[512];
	struct bytes published = vector(name, read);
	struct cbor_out w = cbor_into(SPAN_OF(prot));

	assert_memory_equal(published.p + 1, "\x01\x38\x22", 3);
	cbor_put_raw(&w, (struct bytes){published.p, 2});
	cbor_put_int(&w, ours ? ALG_ESP256 : -35);
	cbor_put_raw(&w, (struct bytes){published.p + 4, published.n - 4});
	assert_int_equal(w.err, OK);
	{
		struct bytes p = {prot, w.at};

		w = cbor_into((struct span){room, VECTOR_MAX});
		TRY(cose_sign1_write_prot(&w, &signer.s, p, payload,
		    (unsigned)WRITE_TAGGED | WRITE_NO_KID));
	}
	*in = (struct bytes){room, w.at};
	return OK;
}

static enum err
any_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)kid;
	(void)alg;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	*out = ((const struct pair *)ctx)->pub;
	return OK;
}

static void
published_headers(void **state)
{
	static const char *const names[] = {
	    "corim/protected-header-map-corim-meta.cbor",
	    "corim/protected-header-map-cwt-claims.cbor"};
	struct keyring ring = {&signer, any_key};
	const struct crypto *c = crypto_openssl();
	uint8_t body[VECTOR_MAX], room[VECTOR_MAX];
	struct bytes corim = vector("corim/corim-1.cbor", body), in;
	uint8_t digest[DIGEST_LEN];
	struct verified v;
	struct corim m;
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(headed(names[i], true, corim, room, &in), OK);
		assert_int_equal(
		    corim_open(c, &ring, 1757521287, in, &v, &m, &why), OK);
		assert_true(bytes_same(m.signer_name, BYTES_LIT("ACME Ltd.")));
		if (headed(names[i], false, corim, room, &in) == OK)
			assert_int_not_equal(
			    corim_open(c, &ring, 1757521287, in, &v, &m, &why),
			    OK);
	}
	/* exp of the CWT claims holds though the CoRIM has no validity. */
	assert_int_equal(headed(names[1], true, corim, room, &in), OK);
	assert_int_equal(
	    corim_open(c, &ring, 1757521288, in, &v, &m, &why), ERR_EXPIRED);

	/* Only a digest is signed: the CoRIM comes beside it. */
	assert_int_equal(c->sha256(&corim, 1, digest), OK);
	assert_int_equal(headed("corim/protected-header-map-hash-envelope.cbor",
			     true, BYTES_OF(digest), room, &in),
	    OK);
	assert_int_equal(
	    corim_open_hashed(c, &ring, 1757521287, in, corim, &v, &m, &why),
	    OK);
	assert_true(bytes_same(m.signer_name, BYTES_LIT("ACME Ltd.")));
	assert_int_equal(corim_check(&m, &why), OK);
	assert_int_equal(
	    corim_open_hashed(c, &ring, 1757521288, in, corim, &v, &m, &why),
	    ERR_EXPIRED);
	assert_int_equal(
	    corim_open(c, &ring, 1757521287, in, &v, &m, &why), ERR_UNEXPECTED);
	assert_string_equal(why.what, "hash envelope");
	for (size_t i = 0; i < corim.n; i++) {
		body[i] ^= 1;
		assert_int_equal(corim_open_hashed(c, &ring, 1757521287, in,
				     corim, &v, &m, &why),
		    ERR_MANIFEST_DIGEST);
		assert_int_equal(m.tags.n, 0);
		body[i] ^= 1;
	}
	/* One that is signed whole is no envelope. */
	assert_int_equal(
	    headed(names[0], true, BYTES_OF(digest), room, &in), OK);
	assert_int_equal(
	    corim_open_hashed(c, &ring, 1757521287, in, corim, &v, &m, &why),
	    ERR_COSE_HEADER);
}

/* ---- outer members ------------------------------------------------------- */

#define BODY                \
	"d901f5a3006169018" \
	"1d901fa41a0"

static const struct {
	const char *name, *hex;
	enum err e;
} outers[] = {
    {"dependent rim",
	BODY "0281a100d82061"
	     "75",
	OK},
    {"two places", BODY "0281a10082d8206175d8206176", OK},
    {"a thumbprint",
	BODY "0281a200d8206175018206"
	     "4401020304",
	OK},
    {"two thumbprints", BODY "0281a200d82061750182820644010203048263666f6f4101",
	OK},
    {"no place", BODY "0281a0", ERR_MISSING},
    {"no rims", BODY "0280", ERR_RANGE},
    {"a place that is no URI", BODY "0281a1006175", ERR_UNEXPECTED},
    {"a short thumbprint", BODY "0281a200d820617501820643010203", ERR_RANGE},
    {"oid as profile", BODY "03d86f4101", OK},
    {"text as profile", BODY "036170", OK},
    {"number as profile", BODY "0305", ERR_UNEXPECTED},
    {"creator and signer", BODY "0582a200616e028101a200616e028102", OK},
    {"both in one", BODY "0581a200616e02820102", OK},
    {"a web site",
	BODY "0581a300616e01d820617502"
	     "8101",
	OK},
    {"two signers", BODY "0582a200616e028102a200616e028102", ERR_DUPLICATE},
    {"another role", BODY "0581a200616e028103", ERR_UNEXPECTED},
    {"role 32", BODY "0581a200616e02811820", ERR_RANGE},
    {"no role", BODY "0581a200616e0280", ERR_RANGE},
    {"no name", BODY "0581a1028101", ERR_MISSING},
    {"no entities", BODY "0580", ERR_RANGE},
};

static void
outer_members(void **state)
{
	uint8_t room[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(outers); i++) {
		struct corim m;
		struct why why = {0};
		enum err e = corim_parse(
		    octets(outers[i].hex, room, sizeof(room)), &m, &why);

		if (e != outers[i].e)
			fail_msg("%s: %s", outers[i].name, err_name(e));
	}
}

/* ---- records that are not as they should be ------------------------------ */

/* {1: {0: "t"}, 4: {...}} */
#define COMID           \
	"a201a10061740" \
	"4"
#define ENV          \
	"a100a10161" \
	"76"
#define MM  "a101a10b616e"
#define KEY "d9022a616b"

static const struct {
	const char *name, *hex;
	enum err e;
} records[] = {
    {"all of one record",
	COMID "a10081"
	      "82" ENV "81" MM,
	OK},
    {"empty environment", COMID "a1008182a081" MM, ERR_MISSING},
    {"empty class", COMID "a1008182a100a081" MM, ERR_MISSING},
    {"model without vendor", COMID "a1008182a100a102616d81" MM, ERR_MISSING},
    {"unknown part", COMID "a1008182a1030081" MM, ERR_UNEXPECTED},
    {"instance without tag",
	COMID "a1008182a1014730313233343536"
	      "81" MM,
	ERR_UNEXPECTED},
    {"group of a key", COMID "a1008182a102" KEY "81" MM, ERR_UNEXPECTED},
    {"three members", COMID "a1008183" ENV "81" MM "00", ERR_RANGE},
    {"kind twice", COMID "a2008182" ENV "81" MM "008182" ENV "81" MM,
	ERR_DUPLICATE},
    {"kind of nobody", COMID "a1078182" ENV "81" MM, ERR_UNEXPECTED},
    {"identity", COMID "a1028182" ENV "81" KEY, OK},
    {"identity of an element", COMID "a1028183" ENV "81" KEY "a1006165", OK},
    {"empty condition", COMID "a1028183" ENV "81" KEY "a0", ERR_MISSING},
    {"no keys", COMID "a1038182" ENV "80", ERR_RANGE},
    {"a measurement for a key", COMID "a1038182" ENV "81" MM, ERR_UNEXPECTED},
    {"authority of nobody", COMID "a1038183" ENV "81" KEY "a10180", ERR_RANGE},
    {"authority of no key", COMID "a1038183" ENV "81" KEY "a1018100",
	ERR_UNEXPECTED},
    {"domain", COMID "a1058182" ENV "81" ENV, OK},
    {"empty domain", COMID "a1058182" ENV "80", ERR_RANGE},
    {"coswid", COMID "a1068182" ENV "816174", OK},
    {"coswid of a number", COMID "a1068182" ENV "8100", ERR_TYPE},
    {"series",
	COMID "a108818282" ENV "8081"
	      "8281" MM "81" MM,
	OK},
    {"series with authority",
	COMID "a108818283" ENV "81" MM "81" KEY "818281" MM "81" MM, OK},
    {"empty series", COMID "a108818282" ENV "8080", ERR_RANGE},
    {"series without condition",
	COMID "a108818282" ENV "80818280"
	      "81" MM,
	ERR_RANGE},
    {"series without addition", COMID "a108818282" ENV "80818281" MM "80",
	ERR_RANGE},
    {"conditional",
	COMID "a10a8182"
	      "8182" ENV "81" MM "8182" ENV "81" MM,
	OK},
    {"conditional without condition",
	COMID "a10a81828081"
	      "82" ENV "81" MM,
	ERR_RANGE},
    {"conditional without addition", COMID "a10a81828182" ENV "81" MM "80",
	ERR_RANGE},
    {"link",
	"a301a1006174"
	"0381a200616f0100"
	"04a1008182" ENV "81" MM,
	OK},
    {"link of a third kind",
	"a301a10061740381a200616f010204a1008182" ENV "81" MM, ERR_RANGE},
    {"entity of a CoRIM",
	"a301a10061740281a200616e02810304a1008182" ENV "81" MM, ERR_UNEXPECTED},
};

static void
records_are_read_whole(void **state)
{
	uint8_t room[512], made[VECTOR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		struct bytes in = wrapped(CORIM_COMID,
		    octets(records[i].hex, room, sizeof(room)), made);
		struct why why = {0};
		struct corim m;
		enum err e;

		assert_int_equal(corim_parse(in, &m, &why), OK);
		e = corim_check(&m, &why);
		if (e != records[i].e)
			fail_msg("%s: %s", records[i].name, err_name(e));
		if (e != OK)
			assert_true(why.what != NULL && why.at < m.tags.raw.n);
	}
}

/* ---- lists of tags ------------------------------------------------------- */

/* A CoMID named by one octet, repeated; links may follow the identity. */
static void
put_comid(
    struct cbor_out *w, uint8_t last, uint64_t version, struct bytes replaces)
{
	uint8_t id[16], room[256];
	struct cbor_out o = cbor_into(SPAN_OF(room));

	(void)octets("3f06af63a93c11e49797005056907700", id, sizeof(id));
	id[15] = last;
	cbor_put_map(&o, replaces.n > 0 ? 3 : 2);
	cbor_put_uint(&o, 1);
	cbor_put_map(&o, 2);
	cbor_put_uint(&o, 0);
	cbor_put_bstr(&o, BYTES_OF(id));
	cbor_put_uint(&o, 1);
	cbor_put_uint(&o, version);
	if (replaces.n > 0) {
		cbor_put_uint(&o, 3);
		cbor_put_array(&o, 1);
		cbor_put_map(&o, 2);
		cbor_put_uint(&o, 0);
		cbor_put_bstr(&o, replaces);
		cbor_put_uint(&o, 1);
		cbor_put_uint(&o, 1);
	}
	cbor_put_uint(&o, 4);
	cbor_put_raw(&o, BYTES_LIT("\xa1\x00\x81\x82\xa1\x00\xa1\x01\x61v\x81"
				   "\xa1\x01\xa1\x0b\x61n"));
	assert_int_equal(o.err, OK);
	put_tag(w, CORIM_COMID, (struct bytes){room, o.at});
}

static enum err
active(const struct corim *const *set, size_t n, size_t of, size_t nth,
    uint64_t now, bool lists, const char **what)
{
	struct cbor_in r = cbor_items(set[of]->tags);
	struct why why = {0};
	struct corim_tag t;
	enum err e;

	for (size_t i = 0; i <= nth; i++)
		assert_int_equal(corim_tag_read(&r, &t), OK);
	e = corim_active(set, n, of, &t, now, lists, &why);
	*what = why.what;
	return e;
}

static void
lists_activate_all_or_none(void **state)
{
	uint8_t read[VECTOR_MAX], tags[VECTOR_MAX], a[VECTOR_MAX],
	    b[VECTOR_MAX];
	struct bytes list = vector("corim/cotl-1.cbor", read);
	struct cbor_out w = cbor_into(SPAN_OF(tags));
	struct corim values, lists;
	const struct corim *set[] = {&values, &lists};
	const char *what;
	struct why why;

	(void)state;
	/* All three tags that the published list names, and one more. */
	put_comid(&w, 0x3e, 0, BYTES_NONE);
	put_comid(&w, 0x3f, 5, BYTES_NONE);
	put_tag(&w, CORIM_COSWID,
	    BYTES_LIT("\xa2\x00\x50\x3f\x06\xaf\x63\xa9\x3c\x11\xe4\x97\x97\x00"
		      "\x50\x56\x90\x77\x4f\x0c\x02"));
	put_comid(&w, 0x40, 0, BYTES_NONE);
	assert_int_equal(corim_parse(corim_of((struct bytes){tags, w.at}, 4, a),
			     &values, &why),
	    OK);
	assert_int_equal(corim_check(&values, &why), OK);
	assert_int_equal(
	    corim_parse(wrapped(CORIM_COTL, list, b), &lists, &why), OK);
	assert_int_equal(corim_check(&lists, &why), OK);
	/* Where no list is wanted, all are. */
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(active(set, 1, 0, i, 2000, false, &what), OK);
	/* Where one is: those that are named, while it holds. */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(active(set, 2, 0, i, 1234, true, &what), OK);
		assert_int_equal(active(set, 2, 0, i, 4567, true, &what), OK);
		assert_int_equal(
		    active(set, 2, 0, i, 1233, true, &what), ERR_NOT_FOUND);
		assert_int_equal(
		    active(set, 2, 0, i, 4568, true, &what), ERR_NOT_FOUND);
		assert_string_equal(what, "not activated");
		assert_int_equal(
		    active(set, 1, 0, i, 2000, true, &what), ERR_NOT_FOUND);
	}
	assert_int_equal(
	    active(set, 2, 0, 3, 2000, true, &what), ERR_NOT_FOUND);
	/* One of them has another version: then none of them. */
	w = cbor_into(SPAN_OF(tags));
	put_comid(&w, 0x3e, 0, BYTES_NONE);
	put_comid(&w, 0x3f, 4, BYTES_NONE);
	assert_int_equal(corim_parse(corim_of((struct bytes){tags, w.at}, 2, a),
			     &values, &why),
	    OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    active(set, 2, 0, i, 2000, true, &what), ERR_NOT_FOUND);
}

static void
replaced_tags(void **state)
{
	uint8_t tags[VECTOR_MAX], a[VECTOR_MAX], b[VECTOR_MAX], id[16];
	struct cbor_out w = cbor_into(SPAN_OF(tags));
	struct corim first, second;
	const struct corim *set[] = {&first, &second};
	const char *what;
	struct why why;

	(void)state;
	put_comid(&w, 1, 0, BYTES_NONE);
	assert_int_equal(corim_parse(corim_of((struct bytes){tags, w.at}, 1, a),
			     &first, &why),
	    OK);
	w = cbor_into(SPAN_OF(tags));
	put_comid(&w, 2, 0,
	    octets("3f06af63a93c11e49797005056907701", id, sizeof(id)));
	assert_int_equal(corim_parse(corim_of((struct bytes){tags, w.at}, 1, b),
			     &second, &why),
	    OK);
	assert_int_equal(active(set, 1, 0, 0, 5, false, &what), OK);
	assert_int_equal(active(set, 2, 0, 0, 5, false, &what), ERR_NOT_FOUND);
	assert_string_equal(what, "replaced");
	assert_int_equal(active(set, 2, 1, 0, 5, false, &what), OK);
	/* Not by somebody else. */
	second.signer[0] ^= 1;
	assert_int_equal(active(set, 2, 0, 0, 5, false, &what), OK);
	/* Too many to look at. */
	first.tags.n = CORIM_TAGS_MAX;
	assert_int_equal(active(set, 2, 1, 0, 5, false, &what), ERR_LIMIT);
	assert_int_equal(active(set, 2, 1, 0, 5, true, &what), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_comids),
	    cmocka_unit_test(published_corims),
	    cmocka_unit_test(published_signed),
	    cmocka_unit_test(published_headers),
	    cmocka_unit_test(outer_members),
	    cmocka_unit_test(records_are_read_whole),
	    cmocka_unit_test(lists_activate_all_or_none),
	    cmocka_unit_test(replaced_tags),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
