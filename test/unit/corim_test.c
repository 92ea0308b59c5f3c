/*
 * corim: what is believed of a CoRIM, and what refuses it as a whole.
 */
#include "rats_support.h"

static struct pair signer, other, evidence;

static int
setup(void **state)
{
	(void)state;
	assert_non_null(crypto_openssl());
	pair_make(&signer, CRV_P256, false);
	pair_make(&other, CRV_ED25519, false);
	pair_make(&evidence, CRV_ED25519, false);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pair_free(&signer);
	pair_free(&other);
	pair_free(&evidence);
	return 0;
}

static const uint8_t ueid[17] = {1, 2, 3};
static const uint8_t digest[32] = {0xd1};

static size_t
entries(struct corim_entry e[4])
{
	memset(e, 0, 4 * sizeof(*e));
	for (size_t i = 0; i < 4; i++) {
		e[i].class_id = BYTES_LIT("model-1");
		e[i].vendor = BYTES_LIT("0a0b0c");
	}
	e[0].kind = CORIM_ATTEST_KEY;
	e[0].ueid = BYTES_OF(ueid);
	e[0].key = evidence.pub;
	e[1].kind = CORIM_REFERENCE;
	e[1].mkey = BYTES_LIT("agent");
	e[1].digest = BYTES_OF(digest);
	e[2].kind = CORIM_REFERENCE;
	e[2].mkey = BYTES_LIT("hwversion");
	e[2].version = BYTES_LIT("rev-b");
	e[3].kind = CORIM_ENDORSED;
	e[3].mkey = BYTES_LIT("assurance");
	e[3].name = BYTES_LIT("process-grade");
	return 4;
}

/* An unsigned CoRIM with one of everything. */
static struct bytes
authored(uint8_t room[2048], uint64_t from, uint64_t to)
{
	struct cbor_out w = cbor_into((struct span){room, 2048});
	struct corim_entry e[4];
	struct bytes out;

	assert_int_equal(
	    corim_author(&w, "fleet-7", "tag-1", from, to, e, entries(e)), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static struct bytes
signed_by(struct pair *p, struct bytes corim, uint8_t room[4096])
{
	struct cbor_out w = cbor_into((struct span){room, 4096});
	struct bytes out;

	assert_int_equal(corim_author_sign(&w, &p->s, "ACME", corim), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static enum err
opened(struct bytes in, uint64_t now, struct corim *m, struct why *why)
{
	struct keyring ring = ring_of_one(&signer);
	struct verified v;
	enum err e;

	memset(why, 0, sizeof(*why));
	e = corim_open(crypto_openssl(), &ring, now, in, &v, m, why);
	assert_int_equal(why->err, e);
	if (e == OK)
		assert_memory_equal(v.kid, signer.kid, KID_LEN);
	else
		assert_int_equal(m->tags.n, 0);
	return e;
}

/* Walk all records; answers what ended the walk. */
static enum err
walked(const struct corim *m, size_t *n)
{
	struct corim_record r;
	struct corim_iter it;
	enum err e;

	corim_begin(&it, crypto_openssl(), m);
	for (*n = 0; (e = corim_next(&it, &r)) == OK; (*n)++)
		;
	/* The end stays the end. */
	assert_int_equal(corim_next(&it, &r), e);
	return e;
}

static void
round_trip(void **state)
{
	uint8_t plain[2048], room[4096];
	struct bytes in = signed_by(&signer, authored(plain, 100, 200), room);
	struct corim_record r;
	struct corim_iter it;
	struct cbor_in items;
	struct corim m;
	struct bytes d;
	struct why why;

	(void)state;
	assert_int_equal(opened(in, 150, &m, &why), OK);
	assert_true(m.id_is_text);
	assert_true(bytes_same(m.id, BYTES_LIT("fleet-7")));
	assert_true(bytes_same(m.signer_name, BYTES_LIT("ACME")));
	assert_int_equal(m.not_before, 100);
	assert_int_equal(m.not_after, 200);
	corim_begin(&it, crypto_openssl(), &m);

	assert_int_equal(corim_next(&it, &r), OK);
	assert_int_equal(r.kind, CORIM_REFERENCE);
	assert_true(bytes_same(r.class_id, BYTES_LIT("model-1")));
	assert_true(bytes_same(r.vendor, BYTES_LIT("0a0b0c")));
	assert_true(bytes_same(r.mkey, BYTES_LIT("agent")));
	assert_true(bytes_same(r.tag_id, BYTES_LIT("tag-1")));
	assert_int_equal(r.digests.n, 1);
	items = cbor_items(r.digests);
	assert_int_equal(corim_digest_read(&items, &d), OK);
	assert_true(bytes_same(d, BYTES_OF(digest)));

	assert_int_equal(corim_next(&it, &r), OK);
	assert_true(bytes_same(r.mkey, BYTES_LIT("hwversion")));
	assert_true(bytes_same(r.version, BYTES_LIT("rev-b")));
	assert_int_equal(r.digests.n, 0);

	assert_int_equal(corim_next(&it, &r), OK);
	assert_int_equal(r.kind, CORIM_ENDORSED);
	assert_true(bytes_same(r.name, BYTES_LIT("process-grade")));
	assert_int_equal(r.version.n, 0);

	assert_int_equal(corim_next(&it, &r), OK);
	assert_int_equal(r.kind, CORIM_ATTEST_KEY);
	assert_true(bytes_same(r.ueid, BYTES_OF(ueid)));
	assert_memory_equal(r.kid, evidence.kid, KID_LEN);
	assert_memory_equal(&r.key, &evidence.pub, sizeof(r.key));

	assert_int_equal(corim_next(&it, &r), ERR_NOT_FOUND);
	assert_int_equal(corim_next(&it, &r), ERR_NOT_FOUND);
}

static void
validity(void **state)
{
	uint8_t plain[2048], room[4096];
	struct bytes in = signed_by(&signer, authored(plain, 100, 200), room);
	struct corim m;
	struct why why;

	(void)state;
	assert_int_equal(opened(in, 100, &m, &why), OK);
	assert_int_equal(opened(in, 200, &m, &why), OK);
	assert_int_equal(opened(in, 99, &m, &why), ERR_EXPIRED);
	assert_string_equal(why.what, "not-before");
	assert_int_equal(opened(in, 201, &m, &why), ERR_EXPIRED);
	assert_string_equal(why.what, "not-after");
	assert_int_equal(why.expected_n, 200);
	assert_int_equal(why.found_n, 201);
	in = signed_by(&signer, authored(plain, 0, UINT64_MAX), room);
	assert_int_equal(opened(in, 0, &m, &why), OK);
	assert_int_equal(opened(in, UINT64_MAX, &m, &why), OK);
}

static void
wrappers_and_limits(void **state)
{
	static uint8_t big[CORIM_MAX + 1];
	uint8_t plain[2048], room[4096], wrapped[4096];
	struct bytes in = signed_by(&signer, authored(plain, 0, 200), room);
	struct cbor_out o = cbor_into(SPAN_OF(wrapped));
	struct corim m;
	struct why why;

	(void)state;
	/* An old tag around all of it is taken off. */
	cbor_put_tag(&o, 500);
	cbor_put_raw(&o, in);
	in = (struct bytes){wrapped, o.at};
	assert_int_equal(opened(in, 150, &m, &why), OK);
	assert_int_equal(corim_parse(in, &m, &why), OK);
	/* What had it before it is signed has it no more. */
	o = cbor_into(SPAN_OF(wrapped));
	cbor_put_tag(&o, 500);
	cbor_put_raw(&o, authored(plain, 0, 200));
	in = signed_by(&signer, (struct bytes){wrapped, o.at}, room);
	assert_int_equal(opened(in, 150, &m, &why), OK);
	assert_int_equal(opened(BYTES_OF(big), 150, &m, &why), ERR_TOO_LONG);
	assert_int_equal(corim_parse(BYTES_OF(big), &m, &why), ERR_TOO_LONG);
	/* Signed, but what was signed is not there. */
	o = cbor_into(SPAN_OF(room));
	assert_int_equal(cose_sign1_write_prot(&o, &signer.s,
			     BYTES_LIT("\xa3\x01\x28\x03\x74"
				       "application/rim+cbor"
				       "\x0f\xa1\x01\x62Hi"),
			     BYTES_LIT("x"), WRITE_TAGGED | WRITE_DETACHED),
	    OK);
	in = (struct bytes){room, o.at};
	assert_int_equal(opened(in, 150, &m, &why), ERR_MISSING);
	assert_int_equal(corim_parse(in, &m, &why), ERR_MISSING);
	/* Where in the octets the fault is. */
	assert_int_equal(
	    corim_parse(BYTES_LIT("\xd9\x01\xf5\xa1\x00\xff"), &m, &why),
	    ERR_RESERVED);
	assert_int_equal(why.at, 5);
}

static void
every_flipped_bit_refuses(void **state)
{
	uint8_t plain[2048], room[4096];
	struct bytes in = signed_by(&signer, authored(plain, 0, 200), room);
	struct corim m;
	struct why why;

	(void)state;
	for (size_t i = 0; i < 8 * in.n; i++) {
		room[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(opened(in, 150, &m, &why), OK);
		room[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < in.n; n++)
		assert_int_not_equal(
		    opened((struct bytes){in.p, n}, 150, &m, &why), OK);
	assert_int_equal(opened(in, 150, &m, &why), OK);
}

static void
foreign_signers_are_refused(void **state)
{
	uint8_t plain[2048], room[4096];
	struct bytes corim = authored(plain, 0, 200);
	struct corim m;
	struct why why;

	(void)state;
	assert_int_equal(opened(signed_by(&other, corim, room), 150, &m, &why),
	    ERR_UNKNOWN_KEY);
	assert_int_equal(opened(corim, 150, &m, &why), ERR_UNSIGNED);
	/* For looking at, both will do. */
	assert_int_equal(corim_parse(corim, &m, &why), OK);
	assert_int_equal(m.signer_name.n, 0);
	assert_int_equal(
	    corim_parse(signed_by(&other, corim, room), &m, &why), OK);
	assert_true(bytes_same(m.signer_name, BYTES_LIT("ACME")));
}

// clang-format off
/* ---- protected header ---------------------------------------------------- */

#define META "\x08\x47\xa1\x00\xa1\x00\x62" "Hi"
#define TYPE "\x03\x74" "application/rim+cbor"

static enum err
with_header(struct bytes prot, struct why *why)
{
	uint8_t plain[2048], room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct corim m;
	struct bytes in;

	assert_int_equal(cose_sign1_write_prot(&w, &signer.s, prot,
			     authored(plain, 100, 200), WRITE_TAGGED),
	    OK);
	assert_int_equal(cbor_done(&w, &in), OK);
	return opened(in, 150, &m, why);
}

static void
headers(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(
	    with_header(BYTES_LIT("\xa3\x01\x28" TYPE META), &why), OK);
	/* CWT claims alone, and both in agreement. */
	assert_int_equal(with_header(
	    BYTES_LIT("\xa3\x01\x28" TYPE "\x0f\xa1\x01\x62Hi"), &why), OK);
	assert_int_equal(with_header(
	    BYTES_LIT("\xa4\x01\x28" TYPE META "\x0f\xa1\x01\x62Hi"),
	    &why), OK);
	/* They name two people. */
	assert_int_equal(with_header(
	    BYTES_LIT("\xa4\x01\x28" TYPE META "\x0f\xa1\x01\x62Ho"),
	    &why), ERR_COSE_HEADER);
	assert_string_equal(why.what, "iss");
	/* They name two ends. */
	assert_int_equal(with_header(BYTES_LIT(
	    "\xa4\x01\x28" TYPE
	    "\x08\x4d\xa2\x00\xa1\x00\x62Hi\x01\xa1\x01\xc1\x18\xb4"
	    "\x0f\xa2\x01\x62Hi\x04\x18\xb5"), &why), ERR_COSE_HEADER);
	assert_string_equal(why.what, "CWT claims");
	/* Expired by the header, though not by the map. */
	assert_int_equal(with_header(BYTES_LIT(
	    "\xa3\x01\x28" TYPE "\x0f\xa2\x01\x62Hi\x04\x18\x78"), &why),
	    ERR_EXPIRED);
	assert_int_equal(with_header(BYTES_LIT(
	    "\xa3\x01\x28" TYPE
	    "\x08\x4d\xa2\x00\xa1\x00\x62Hi\x01\xa1\x01\xc1\x18\x78"), &why),
	    ERR_EXPIRED);
	/* Nobody is named; no content type; another one; a hash envelope. */
	assert_int_equal(
	    with_header(BYTES_LIT("\xa2\x01\x28" TYPE), &why),
	    ERR_COSE_HEADER);
	assert_string_equal(why.what, "corim-meta");
	assert_int_equal(with_header(BYTES_LIT("\xa2\x01\x28" META), &why),
	    ERR_COSE_HEADER);
	assert_string_equal(why.what, "content type");
	assert_int_equal(with_header(
	    BYTES_LIT("\xa3\x01\x28\x03\x60" META), &why), ERR_RANGE);
	assert_int_equal(with_header(
	    BYTES_LIT("\xa3\x01\x28\x03\x68text/foo" META), &why),
	    ERR_COSE_HEADER);
	assert_int_equal(with_header(
	    BYTES_LIT("\xa4\x01\x28" TYPE META "\x19\x01\x02\x2f"), &why),
	    ERR_UNEXPECTED);
	assert_string_equal(why.what, "hash envelope");
	/* A chain that nothing here can follow to an anchor. */
	assert_int_equal(with_header(
	    BYTES_LIT("\xa4\x01\x28" TYPE META "\x18\x21\x41\x30"), &why),
	    ERR_UNEXPECTED);
	assert_string_equal(why.what, "x5chain");
}

/* The same in the bucket that nobody signs. */
static void
chain_outside(void **state)
{
	uint8_t plain[2048], made[4096], room[4096];
	struct bytes kid = BYTES_OF(signer.s.kid), in;
	struct cbor_out w = cbor_into(SPAN_OF(made));
	struct cose_signed s;
	struct corim m;
	struct why why;

	(void)state;
	assert_int_equal(cose_sign1_write_prot(&w, &signer.s,
			     BYTES_LIT("\xa3\x01\x28" TYPE META),
			     authored(plain, 100, 200), WRITE_TAGGED),
	    OK);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(cose_signed_read(in, ACCEPT_SIGN1, &s, NULL), OK);
	w = cbor_into(SPAN_OF(room));
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, s.prot);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 4);
	cbor_put_bstr(&w, kid);
	cbor_put_uint(&w, 33);
	cbor_put_bstr(&w, BYTES_LIT("0"));
	cbor_put_bstr(&w, s.payload);
	cbor_put_bstr(&w, s.sig);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(opened(in, 150, &m, &why), ERR_UNEXPECTED);
	assert_string_equal(why.what, "x5chain");
}

/* ---- bodies -------------------------------------------------------------- */

/* Open a body given as literal, signed. */
static enum err
with_body(struct bytes body, struct corim *m, struct why *why)
{
	static uint8_t room[4096];

	return opened(signed_by(&signer, body, room), 150, m, why);
}

#define HEAD "\xd9\x01\xf5"
#define TAGS "\x01\x81\xd9\x01\xfa\x41\xa0"

static void
outer_map(void **state)
{
	struct corim m;
	struct why why;

	(void)state;
	assert_int_equal(with_body(BYTES_LIT(HEAD "\xa2\x00\x61i" TAGS),
			     &m, &why), OK);
	assert_int_equal(with_body(
	    BYTES_LIT(HEAD "\xa2\x00\x50" "0123456789abcdef" TAGS), &m,
	    &why), OK);
	assert_false(m.id_is_text);
	assert_int_equal(m.id.n, 16);
	/* Any profile is an unknown one. */
	assert_int_equal(with_body(
	    BYTES_LIT(HEAD "\xa3\x00\x61i" TAGS "\x03\xd8\x20\x61p"), &m,
	    &why), ERR_UNEXPECTED);
	assert_string_equal(why.what, "profile");
	/* No id, no tags, an empty list of them, a wrong id, an unknown key,
	 * another tag, none, a fraction of a second, no end. */
	assert_int_equal(with_body(BYTES_LIT(HEAD "\xa1" TAGS), &m, &why),
	    ERR_MISSING);
	assert_int_equal(with_body(BYTES_LIT(HEAD "\xa1\x00\x61i"), &m, &why),
	    ERR_MISSING);
	assert_int_equal(with_body(
	    BYTES_LIT(HEAD "\xa2\x00\x61i\x01\x80"), &m, &why), ERR_RANGE);
	assert_int_equal(with_body(
	    BYTES_LIT(HEAD "\xa2\x00\x43" "abc" TAGS), &m, &why), ERR_RANGE);
	assert_int_equal(with_body(
	    BYTES_LIT(HEAD "\xa3\x00\x61i" TAGS "\x07\x00"), &m, &why),
	    ERR_UNEXPECTED);
	assert_int_equal(with_body(
	    BYTES_LIT("\xd9\x01\xf6\xa2\x00\x61i" TAGS), &m, &why), ERR_TYPE);
	/* Inside a signature the tag may be left out, bare it may not. */
	assert_int_equal(with_body(BYTES_LIT("\xa2\x00\x61i" TAGS), &m, &why),
	    OK);
	assert_int_not_equal(corim_parse(BYTES_LIT("\xa2\x00\x61i" TAGS), &m,
	    &why), OK);
	assert_int_equal(with_body(BYTES_LIT(HEAD "\xa3\x00\x61i" TAGS
	    "\x04\xa1\x01\xc1\xf9\x3c\x00"), &m, &why), ERR_TYPE);
	assert_int_equal(with_body(BYTES_LIT(HEAD "\xa3\x00\x61i" TAGS
	    "\x04\xa1\x00\xc1\x05"), &m, &why), ERR_MISSING);
	assert_int_equal(with_body(
	    BYTES_LIT(HEAD "\xa2\x00\x61i" TAGS "\x00"), &m, &why),
	    ERR_TRAILING);
}

/* Walk a CoRIM whose only CoMID has these octets. */
static enum err
with_comid(struct bytes comid)
{
	uint8_t room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct corim m;
	struct bytes in;
	struct why why;
	size_t n;

	cbor_put_tag(&w, TAG_CORIM);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, "i");
	cbor_put_uint(&w, 1);
	cbor_put_array(&w, 1);
	cbor_put_tag(&w, TAG_COMID);
	cbor_put_bstr(&w, comid);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(with_body(in, &m, &why), OK);
	return walked(&m, &n);
}

#define ID      "\x01\xa1\x00\x61t"
#define CLASS   "\x00\xa2\x00\xd9\x02\x30\x41m\x01\x61v"
#define ENV     "\xa1" CLASS
#define MM_NAME "\xa2\x00\x61k\x01\xa1\x0b\x61n"
#define MM_VER  "\xa2\x00\x61k\x01\xa1\x00\xa1\x00\x61v"
#define SHA     "\x58\x20" "0123456789abcdef0123456789abcdef"
#define MM_DIG  "\xa2\x00\x61k\x01\xa1\x02\x81\x82\x01" SHA
#define REF(env, mm) "\xa2" ID "\x04\xa1\x00\x81\x82" env "\x81" mm
#define END(env, mm) "\xa2" ID "\x04\xa1\x01\x81\x82" env "\x81" mm
#define KEY(env, k)  "\xa2" ID "\x04\xa1\x03\x81\x82" env "\x81" k

static const struct {
	const char *name;
	struct bytes comid;
	enum err e;
} comids[] = {
    {"version", BYTES_LIT(REF(ENV, MM_VER)), ERR_NOT_FOUND},
    {"digest", BYTES_LIT(REF(ENV, MM_DIG)), ERR_NOT_FOUND},
    {"name", BYTES_LIT(END(ENV, MM_NAME)), ERR_NOT_FOUND},
    {"digest by name", BYTES_LIT(REF(ENV,
	"\xa2\x00\x61k\x01\xa1\x02\x81\x82\x67sha-256" SHA)), ERR_NOT_FOUND},
    {"no identity", BYTES_LIT("\xa1\x04\xa1\x00\x81\x82" ENV "\x81" MM_VER),
	ERR_MISSING},
    {"no triples", BYTES_LIT("\xa1" ID), ERR_MISSING},
    {"empty triples", BYTES_LIT("\xa2" ID "\x04\xa0"), ERR_RANGE},
    {"linked tags", BYTES_LIT("\xa3" ID "\x03\x81\xa2\x00\x61o\x01\x01"
	"\x04\xa1\x00\x81\x82" ENV "\x81" MM_VER), ERR_UNEXPECTED},
    {"identity triple", BYTES_LIT("\xa2" ID "\x04\xa1\x02\x81\x82" ENV
	"\x81" MM_VER), ERR_UNEXPECTED},
    {"private triple", BYTES_LIT("\xa2" ID "\x04\xa1\x20\x81\x82" ENV
	"\x81" MM_VER), ERR_UNEXPECTED},
    {"no records", BYTES_LIT("\xa2" ID "\x04\xa1\x00\x80"), ERR_RANGE},
    {"no measurements", BYTES_LIT("\xa2" ID "\x04\xa1\x00\x81\x82" ENV
	"\x80"), ERR_RANGE},
    {"condition", BYTES_LIT("\xa2" ID "\x04\xa1\x03\x81\x83" ENV "\x81"
	MM_VER "\xa0"), ERR_UNEXPECTED},
    {"group", BYTES_LIT(REF("\xa2" CLASS "\x02\xd9\x02\x30\x41g", MM_VER)),
	ERR_UNEXPECTED},
    {"no class", BYTES_LIT(REF("\xa0", MM_VER)), ERR_MISSING},
    {"no vendor", BYTES_LIT(REF("\xa1\x00\xa1\x00\xd9\x02\x30\x41m",
	MM_VER)), ERR_MISSING},
    {"uuid class", BYTES_LIT(REF(
	"\xa1\x00\xa2\x00\xd8\x25\x50" "0123456789abcdef\x01\x61v", MM_VER)),
	ERR_UNEXPECTED},
    {"short uuid class", BYTES_LIT(REF(
	"\xa1\x00\xa2\x00\xd8\x25\x41m\x01\x61v", MM_VER)), ERR_RANGE},
    {"model", BYTES_LIT(REF("\xa1\x00\xa3\x00\xd9\x02\x30\x41m\x01\x61v"
	"\x02\x61m", MM_VER)), ERR_UNEXPECTED},
    {"layer", BYTES_LIT(REF("\xa1\x00\xa3\x00\xd9\x02\x30\x41m\x01\x61v"
	"\x03\x01", MM_VER)), ERR_UNEXPECTED},
    {"reference for one device", BYTES_LIT(REF("\xa2" CLASS
	"\x01\xd9\x02\x26\x47" "1234567", MM_VER)), ERR_UNEXPECTED},
    {"no mkey", BYTES_LIT(REF(ENV, "\xa1\x01\xa1\x00\xa1\x00\x61v")),
	ERR_UNEXPECTED},
    {"number as mkey", BYTES_LIT(REF(ENV,
	"\xa2\x00\x05\x01\xa1\x00\xa1\x00\x61v")), ERR_UNEXPECTED},
    {"authorized-by", BYTES_LIT(REF(ENV, "\xa3\x00\x61k\x01\xa1\x00\xa1\x00"
	"\x61v\x02\x81\x00")), ERR_UNEXPECTED},
    {"svn", BYTES_LIT(REF(ENV, "\xa2\x00\x61k\x01\xa1\x01\x05")),
	ERR_UNEXPECTED},
    {"empty mval", BYTES_LIT(REF(ENV, "\xa2\x00\x61k\x01\xa0")),
	ERR_RANGE},
    {"version and name", BYTES_LIT(REF(ENV,
	"\xa2\x00\x61k\x01\xa2\x00\xa1\x00\x61v\x0b\x61n")), ERR_UNEXPECTED},
    {"version scheme", BYTES_LIT(REF(ENV,
	"\xa2\x00\x61k\x01\xa1\x00\xa2\x00\x61v\x01\x01")), ERR_UNEXPECTED},
    {"name as reference", BYTES_LIT(REF(ENV, MM_NAME)), ERR_UNEXPECTED},
    {"version as endorsement", BYTES_LIT(END(ENV, MM_VER)), ERR_UNEXPECTED},
    {"digest as endorsement", BYTES_LIT(END(ENV, MM_DIG)), ERR_UNEXPECTED},
    {"sha-384", BYTES_LIT(REF(ENV, "\xa2\x00\x61k\x01\xa1\x02\x81\x82\x07"
	"\x58\x30" "0123456789abcdef0123456789abcdef0123456789abcdef")),
	ERR_UNEXPECTED},
    {"sha-384 of 32 octets", BYTES_LIT(REF(ENV,
	"\xa2\x00\x61k\x01\xa1\x02\x81\x82\x07" SHA)), ERR_RANGE},
    {"short digest", BYTES_LIT(REF(ENV,
	"\xa2\x00\x61k\x01\xa1\x02\x81\x82\x01\x43" "abc")), ERR_RANGE},
    {"two digests", BYTES_LIT(REF(ENV,
	"\xa2\x00\x61k\x01\xa1\x02\x82\x82\x01" SHA "\x82\x01" SHA)),
	ERR_DUPLICATE},
    {"two algorithms", BYTES_LIT(REF(ENV,
	"\xa2\x00\x61k\x01\xa1\x02\x82\x82\x01" SHA "\x82\x06\x44" "abcd")),
	ERR_UNEXPECTED},
    {"no digests", BYTES_LIT(REF(ENV, "\xa2\x00\x61k\x01\xa1\x02\x80")),
	ERR_RANGE},
    {"key for a class", BYTES_LIT(KEY(ENV, "\xd9\x02\x2e\xa0")),
	ERR_MISSING},
    {"spki key", BYTES_LIT(KEY("\xa2" CLASS "\x01\xd9\x02\x26\x47" "1234567",
	"\xd9\x02\x2a\x61k")), ERR_UNEXPECTED},
    {"key set", BYTES_LIT(KEY("\xa2" CLASS "\x01\xd9\x02\x26\x47" "1234567",
	"\xd9\x02\x2e\x80")), ERR_UNEXPECTED},
    {"no key", BYTES_LIT(KEY("\xa2" CLASS "\x01\xd9\x02\x26\x47" "1234567",
	"\xd9\x02\x2e\xa0")), ERR_MISSING},
    {"point off the curve", BYTES_LIT(KEY(
	"\xa2" CLASS "\x01\xd9\x02\x26\x47" "1234567",
	"\xd9\x02\x2e\xa4\x01\x02\x20\x01\x21" SHA "\x22" SHA)),
	ERR_COSE_KEY},
    {"trailing octet", BYTES_LIT(REF(ENV, MM_VER) "\x00"), ERR_TRAILING},
    {"truncated", BYTES_LIT("\xa2" ID "\x04\xa1\x00\x81\x82" ENV "\x81"),
	ERR_TRUNCATED},
};

// clang-format on
static void
tags_are_taken_whole_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(comids); i++) {
		enum err e = with_comid(comids[i].comid);

		if (e != comids[i].e)
			fail_msg("%s: %s instead of %s", comids[i].name,
			    err_name(e), err_name(comids[i].e));
	}
}

static void
other_tags_are_refused(void **state)
{
	static const struct bytes bodies[] = {
	    BYTES_LIT(HEAD "\xa2\x00\x61i\x01\x81\xd9\x01\xf9\x44"
			   "\xa1\x00\x61t"),
	    BYTES_LIT(HEAD "\xa2\x00\x61i\x01\x81\xd9\x01\xfb\x4c"
			   "\x81\xa2\x02\x80\x06\xa1\x00\x81\x82\x02\x41\x00"),
	    BYTES_LIT(HEAD
		"\xa2\x00\x61i\x01\x81\xd9\x01\xfc\x51"
		"\xa3\x00\xa1\x00\x61l\x01\x81\xa1\x00\x61t\x02\xa1\x01\xc1"
		"\x05"),
	    BYTES_LIT(HEAD "\xa2\x00\x61i\x01\x81\xd9\x01\xfd\x41\xa0"),
	    BYTES_LIT(HEAD "\xa2\x00\x61i\x01\x81\x41\xa0"),
	};
	struct corim m;
	struct why why;
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		assert_int_equal(with_body(bodies[i], &m, &why), OK);
		assert_int_equal(walked(&m, &n), ERR_UNEXPECTED);
		assert_int_equal(n, 0);
	}
}

/* A COSE_Key in a byte string is the same key; endorsed for a class, it is
 * nobody's. */
static void
wrapped_key(void **state)
{
	uint8_t room[1024];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes comid;
	size_t mark;

	(void)state;
	cbor_put_raw(&o, BYTES_LIT("\xa2" ID "\x04\xa1\x03\x81\x82\xa2" CLASS
				   "\x01\xd9\x02\x26\x47"
				   "1234567\x81\xd9\x02\x2e"));
	mark = cbor_wrap_begin(&o);
	cose_key_write(&o, &evidence.pub);
	cbor_wrap_end(&o, mark);
	assert_int_equal(cbor_done(&o, &comid), OK);
	assert_int_equal(with_comid(comid), ERR_NOT_FOUND);
	o = cbor_into(SPAN_OF(room));
	cbor_put_raw(&o,
	    BYTES_LIT("\xa2" ID "\x04\xa1\x03\x81\x82" ENV "\x81\xd9\x02\x2e"));
	cose_key_write(&o, &evidence.pub);
	assert_int_equal(cbor_done(&o, &comid), OK);
	assert_int_equal(with_comid(comid), ERR_MISSING);
}

static void
scopes(void **state)
{
	static const struct corim_scope rows[] = {
	    {CORIM_ATTEST_KEY, BYTES_LIT("0a0b0c"), {NULL, 0}},
	    {CORIM_REFERENCE | CORIM_ENDORSED, BYTES_LIT("0a0b0c"),
		BYTES_LIT("model-1")},
	};
	struct corim_record r = {
	    .kind = CORIM_ATTEST_KEY,
	    .class_id = BYTES_LIT("model-2"),
	    .vendor = BYTES_LIT("0a0b0c"),
	};
	struct why why;

	(void)state;
	assert_int_equal(corim_scope_check(rows, 2, &r, &why), OK);
	r.kind = CORIM_REFERENCE;
	assert_int_equal(corim_scope_check(rows, 2, &r, &why), ERR_SCOPE);
	assert_int_equal(why.err, ERR_SCOPE);
	r.class_id = BYTES_LIT("model-1");
	assert_int_equal(corim_scope_check(rows, 2, &r, &why), OK);
	r.vendor = BYTES_LIT("0a0b0d");
	assert_int_equal(corim_scope_check(rows, 2, &r, &why), ERR_SCOPE);
	r.kind = CORIM_ATTEST_KEY;
	assert_int_equal(corim_scope_check(rows, 2, &r, &why), ERR_SCOPE);
	/* No rows: nothing may be said. */
	assert_int_equal(corim_scope_check(rows, 0, &r, NULL), ERR_SCOPE);
}

static void
authors_write_only_what_is_read(void **state)
{
	uint8_t room[2048];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct corim_entry e[4];

	(void)state;
	(void)entries(e);
	assert_int_equal(corim_author(&w, "", "t", 0, 1, e, 4), ERR_RANGE);
	assert_int_equal(corim_author(&w, "i", "", 0, 1, e, 4), ERR_RANGE);
	assert_int_equal(corim_author(&w, "i", "t", 2, 1, e, 4), ERR_RANGE);
	assert_int_equal(corim_author(&w, "i", "t", 0, 1, e, 0), ERR_RANGE);
	e[0].ueid.n = 0;
	assert_int_equal(corim_author(&w, "i", "t", 0, 1, e, 4), ERR_RANGE);
	(void)entries(e);
	e[1].version = BYTES_LIT("both");
	assert_int_equal(corim_author(&w, "i", "t", 0, 1, e, 4), ERR_RANGE);
	(void)entries(e);
	e[1].digest.n = 31;
	assert_int_equal(corim_author(&w, "i", "t", 0, 1, e, 4), ERR_RANGE);
	(void)entries(e);
	e[3].name.n = 0;
	assert_int_equal(corim_author(&w, "i", "t", 0, 1, e, 4), ERR_RANGE);
	(void)entries(e);
	e[2].vendor.n = 0;
	assert_int_equal(corim_author(&w, "i", "t", 0, 1, e, 4), ERR_RANGE);
	assert_int_equal(
	    corim_author_sign(&w, &signer.s, "", BYTES_LIT("x")), ERR_RANGE);
	assert_int_equal(w.at, 0);
	/* Measuring counts what writing writes. */
	(void)entries(e);
	assert_int_equal(corim_author(&w, "i", "t", 5, 9, e, 4), OK);
	{
		struct cbor_out m = cbor_measure();

		assert_int_equal(corim_author(&m, "i", "t", 5, 9, e, 4), OK);
		assert_int_equal(m.at, w.at);
	}
}

/* No octets make the walk run away or read outside. */
static void
mutants_end(void **state)
{
	uint64_t seed = 20260701;
	uint8_t plain[2048], room[2048];
	struct bytes in = authored(plain, 0, 200);
	size_t n, whole = 0;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 20000; i++) {
		struct bytes b = {room, in.n};
		struct corim m;
		enum err e;

		memcpy(room, in.p, in.n);
		for (uint32_t k = 1 + chance(&seed) % 3; k > 0; k--)
			room[chance(&seed) % in.n] = (uint8_t)chance(&seed);
		if (chance(&seed) % 8 == 0)
			b.n = chance(&seed) % in.n;
		if (corim_parse(b, &m, NULL) != OK)
			continue;
		e = walked(&m, &n);
		assert_int_not_equal(e, OK);
		assert_true(n <= 4);
		whole += e == ERR_NOT_FOUND;
	}
	assert_true(whole > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(validity),
	    cmocka_unit_test(wrappers_and_limits),
	    cmocka_unit_test(every_flipped_bit_refuses),
	    cmocka_unit_test(foreign_signers_are_refused),
	    cmocka_unit_test(headers),
	    cmocka_unit_test(chain_outside),
	    cmocka_unit_test(outer_map),
	    cmocka_unit_test(tags_are_taken_whole_or_not),
	    cmocka_unit_test(other_tags_are_refused),
	    cmocka_unit_test(wrapped_key),
	    cmocka_unit_test(scopes),
	    cmocka_unit_test(authors_write_only_what_is_read),
	    cmocka_unit_test(mutants_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
