/*
 * cose_sign_test: signed messages, written, verified and refused.
 */
#include "cose_util.h"

#include <dirent.h>

#define ANY_SIGNED (ACCEPT_SIGN1 | ACCEPT_SIGN)

static const struct crypto *c;

/* A message of our own making, to be wrong in one thing at a time. */
struct make {
	const char *prot, *unprot; /* hex: content of the bstr; the map */
	const char *signed_prot;   /* what enters Sig_structure, if other */
	const struct signer *s;
	size_t sig_len; /* 0: 64 */
};

static const uint8_t text[] = "signed octets";

static struct bytes
made(const struct make *m, uint8_t room[FILE_MAX])
{
	uint8_t prot[FILE_MAX], unprot[FILE_MAX], tbs[FILE_MAX], sp[FILE_MAX];
	uint8_t sig[SIG_LEN + 1] = {0};
	struct cbor_out w = cbor_into((struct span){tbs, FILE_MAX});
	struct bytes in, out, p = hex(m->prot, prot);

	cbor_put_array(&w, 4);
	cbor_put_text(&w, "Signature1");
	cbor_put_bstr(&w, m->signed_prot != NULL ? hex(m->signed_prot, sp) : p);
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_bstr(&w, BYTES_OF(text));
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(m->s->sign(m->s->ctx, &in, 1, sig), OK);
	w = cbor_into((struct span){room, FILE_MAX});
	cbor_put_tag(&w, TAG_SIGN1);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, p);
	cbor_put_raw(&w, hex(m->unprot, unprot));
	cbor_put_bstr(&w, BYTES_OF(text));
	cbor_put_bstr(
	    &w, (struct bytes){sig, m->sig_len != 0 ? m->sig_len : SIG_LEN});
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static enum err
check(struct bytes in, struct ring *r, unsigned accept, struct verified *v)
{
	struct keyring ring = ring_of(r);
	struct why why = {.err = OK};
	enum err e = cose_verify(c, &ring, accept, in, v, &why);

	if (e != OK) {
		assert_int_equal(why.err, e);
		assert_non_null(why.what);
		assert_true(why.at <= in.n);
		assert_zeroed(*v);
	}
	return e;
}

/* What a message signed with Ed25519 meets: the expected, or, where the port
 * lacks it, the refusal of the algorithm before any key is looked for. */
static enum err
with_ed25519(enum err e)
{
	return has_ed25519() ? e : ERR_COSE_ALG;
}

static void
vectors_accepted(void **state)
{
	static const struct {
		const char *file, *key;
		unsigned accept;
		int32_t alg;
	} good[] = {
	    {"query_request_attest.sign.cbor", "tam-esp256.pub.pem",
		ACCEPT_SIGN, ALG_ESP256},
	    {"query_request_attest.sign.cbor", "tam-ed25519.pub.pem",
		ANY_SIGNED, ALG_ED25519},
	    {"query_request_token.sign1-ed25519.cbor", "tam-ed25519.pub.pem",
		ACCEPT_SIGN1, ALG_ED25519},
	    {"success_plain.sign1-ed25519.cbor", "agent-ed25519.pub.pem",
		ACCEPT_SIGN1, ALG_ED25519},
	    {"error_permanent.sign1-esp256.cbor", "agent-esp256.pub.pem",
		ACCEPT_SIGN1, ALG_ESP256},
	    {"attestation_result_untagged.cbor", "verifier-esp256.pub.pem",
		ACCEPT_SIGN1 | ACCEPT_CWT_TAG, ALG_ESP256},
	    {"libteep_query_request.cbor", "libteep-tam.pub.pem",
		ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, ALG_ES256},
	    {"neg_query_request_alg_es256.sign1.cbor", "tam-esp256.pub.pem",
		ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, ALG_ES256},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct ring r = {.key = {public_key(good[i].key)}, .n = 1};
		uint8_t room[FILE_MAX], kid[KID_LEN];
		struct bytes in = vector(good[i].file, room);
		struct verified v;
		enum err e = check(in, &r, good[i].accept, &v);

		if (good[i].alg == ALG_ED25519 && !has_ed25519()) {
			/* Of two signatures the other one is looked at, by a
			 * key that this ring has not. */
			assert_int_equal(e, good[i].accept == ACCEPT_SIGN1
						? ERR_COSE_ALG
						: ERR_UNKNOWN_KEY);
			continue;
		}
		if (e != OK)
			fail_msg("refused: %s", good[i].file);
		assert_int_equal(v.alg, good[i].alg);
		assert_true(v.payload.p > in.p && v.payload.n > 0);
		assert_int_equal(cose_key_thumbprint(c, &r.key[0], kid), OK);
		assert_memory_equal(v.kid, kid, KID_LEN);
	}
}

static void
vectors_refused(void **state)
{
	const struct {
		const char *file, *key;
		unsigned accept;
		enum err e;
	} bad[] = {
	    {"neg_query_request_bad_signature.cbor", "tam-ed25519.pub.pem",
		ANY_SIGNED, with_ed25519(ERR_SIGNATURE)},
	    {"neg_query_request_alg_es256.sign1.cbor", "tam-esp256.pub.pem",
		ANY_SIGNED, ERR_COSE_ALG},
	    {"libteep_query_request.cbor", "libteep-tam.pub.pem", ANY_SIGNED,
		ERR_COSE_ALG},
	    {"query_request_attest.sign.cbor", "agent-esp256.pub.pem",
		ANY_SIGNED, ERR_UNKNOWN_KEY},
	    {"query_request_attest.sign.cbor", "tam-esp256.pub.pem",
		ACCEPT_SIGN1, ERR_COSE_TYPE},
	    {"query_request_token.sign1-ed25519.cbor", "tam-ed25519.pub.pem",
		ACCEPT_SIGN, ERR_COSE_TYPE},
	    {"query_request_token.sign1-ed25519.cbor", "tam-esp256.pub.pem",
		ANY_SIGNED, with_ed25519(ERR_UNKNOWN_KEY)},
	    {"unsigned_query_request_attest.cbor", "tam-esp256.pub.pem",
		ANY_SIGNED, ERR_UNSIGNED},
	    {"eat_encrypted_a128gcm.cbor", "tam-esp256.pub.pem", ANY_SIGNED,
		ERR_COSE_TYPE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ring r = {.key = {public_key(bad[i].key)}, .n = 1};
		uint8_t room[FILE_MAX];
		struct verified v;
		enum err e =
		    check(vector(bad[i].file, room), &r, bad[i].accept, &v);

		if (e != bad[i].e)
			fail_msg("%s: %s", bad[i].file, err_name(e));
	}
}

static void
not_cose(void **state)
{
	static const struct {
		const char *in;
		enum err e;
	} bad[] = {
	    {"", ERR_TRUNCATED},
	    {"a0", ERR_UNSIGNED},
	    {"80", ERR_UNSIGNED},
	    {"00", ERR_UNSIGNED},
	    {"f6", ERR_UNSIGNED},
	    {"d8 6b a0", ERR_UNSIGNED},
	    {"84 01 a0 80 80", ERR_UNSIGNED},
	    {"d2 a0", ERR_UNSIGNED},
	    {"d2 83 40 a0 40", ERR_COSE_TYPE},
	    {"d2 d2 84 43 a10128 a0 40 40", ERR_UNSIGNED},
	    {"d2 84 a0 a0 40 40", ERR_COSE_TYPE},
	    {"d0 83 40 a0 40", ERR_COSE_TYPE},
	    {"c0 84 43 a10128 a0 40 40", ERR_COSE_TYPE},
	    {"c0 80", ERR_COSE_TYPE},
	    {"d8 61 85 40 a0 40 40 80", ERR_COSE_TYPE},
	    {"d8 3d d2 84 43 a10128 a0 40 40", ERR_COSE_TYPE},
	    {"d8 62 84 43 a10128 a0 40 40", ERR_COSE_TYPE},
	    {"d2 84 40 a0 40 81 83 43 a10128 a0 40", ERR_COSE_TYPE},
	    {"d8 62 84 40 a0 40 80", ERR_RANGE},
	    {"d2 84 43 a10128 a0 40 40 00", ERR_TRAILING},
	    {"d2 84 43 a10128 a0 40", ERR_TRUNCATED},
	    {"d2 84 43 a10128 80 40 40", ERR_TYPE},
	    {"d2 84 43 a10128 a0 60 40", ERR_TYPE},
	    {"d2 84 43 a10128 a0 40 60", ERR_TYPE},
	    {"d2 9f 43 a10128 a0 40 40 ff", ERR_INDEFINITE},
	    {"d8 12 84 43 a10128 a0 40 40", ERR_NOT_SHORTEST},
	};
	struct ring r = {.n = 0};
	struct verified v;

	(void)state;
	assert_int_equal(check(BYTES_NONE, &r, ANY_SIGNED, &v), ERR_TRUNCATED);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		uint8_t room[FILE_MAX];
		enum err e = check(hex(bad[i].in, room), &r, ANY_SIGNED, &v);

		if (e != bad[i].e)
			fail_msg("%s: %s", bad[i].in, err_name(e));
	}
}

#define KID32            \
	"5820 35302626 " \
	"00000000000000000000000000000000000000000000000000000000"

/* The rules for headers, each broken in a message that is otherwise right. */
static void
header_rules(void **state)
{
	const struct {
		const char *prot, *unprot;
		enum err e;
	} rule[] = {
	    {"a10128", "a0", OK},
	    {"a2 01 28 04 4131", "a0", OK},
	    {"a10128", "a1 04 4131", OK},
	    {"a2 01 28 03 6161", "a0", OK},
	    {"a2 01 28 03 1860", "a0", OK},
	    {"a2 01 28 03 f5", "a0", ERR_TYPE},
	    /* alg is there, in the protected bucket only */
	    {"", "a1 01 28", ERR_COSE_HEADER},
	    {"a0", "a1 01 28", ERR_COSE_HEADER},
	    {"a10128", "a1 01 28", ERR_COSE_HEADER},
	    {"", "a0", ERR_COSE_HEADER},
	    {"a0", "a0", ERR_COSE_HEADER},
	    {"a1 04 4131", "a0", ERR_COSE_HEADER},
	    /* no label in both */
	    {"a2 01 28 04 4131", "a1 04 4131", ERR_COSE_HEADER},
	    {"a2 01 28 18 63 00", "a1 18 63 00", ERR_COSE_HEADER},
	    {"a2 01 28 61 78 00", "a1 61 78 01", ERR_COSE_HEADER},
	    {"a2 01 28 18 63 00", "a1 18 64 00", OK},
	    {"a2 01 28 61 78 00", "a1 61 79 00", OK},
	    {"a2 01 28 03 6161", "a1 03 6161", ERR_COSE_HEADER},
	    /* crit */
	    {"a2 01 28 02 81 01", "a0", OK},
	    {"a3 01 28 02 81 04 04 4131", "a0", OK},
	    {"a3 01 28 02 82 01 04 04 4131", "a0", OK},
	    {"a2 01 28 02 80", "a0", ERR_COSE_CRIT},
	    {"a2 01 28 02 81 04", "a1 04 4131", ERR_COSE_CRIT},
	    {"a3 01 28 02 81 18 63 18 63 00", "a0", ERR_COSE_CRIT},
	    {"a3 01 28 02 82 01 18 63 18 63 00", "a0", ERR_COSE_CRIT},
	    {"a2 01 28 02 81 61 78", "a0", ERR_COSE_CRIT},
	    {"a3 01 28 02 81 03 03 6161", "a0", ERR_COSE_CRIT},
	    {"a2 01 28 02 01", "a0", ERR_TYPE},
	    {"a10128", "a1 02 81 01", ERR_COSE_HEADER},
	    {"a2 01 28 02 81 01", "a1 02 81 01", ERR_COSE_HEADER},
	    /* algorithms */
	    {"a1 01 26", "a0", ERR_COSE_ALG},
	    {"a1 01 27", "a0", ERR_COSE_ALG},
	    {"a1 01 3822", "a0", ERR_COSE_ALG},
	    {"a1 01 05", "a0", ERR_COSE_ALG},
	    {"a1 01 00", "a0", ERR_COSE_ALG},
	    {"a1 01 65 4553323536", "a0", ERR_COSE_ALG},
	    {"a1 01 1b 0000000100000028", "a0", ERR_COSE_ALG},
	    /* the algorithm of another type of key under this kid */
	    {"a1 01 32", "a1 04 4131", ERR_COSE_ALG},
	    {"a1 01 32", "a0", with_ed25519(ERR_UNKNOWN_KEY)},
	    /* kid */
	    /* one of no octets is none: peers send it */
	    {"a10128", "a1 04 40", OK},
	    {"a10128", "a1 04 6131", ERR_TYPE},
	    {"a10128", "a1 04 4132", ERR_UNKNOWN_KEY},
	    {"a10128", "a1 04 " KID32, ERR_UNKNOWN_KEY},
	    /* not strict CBOR */
	    {"80", "a0", ERR_TYPE},
	    {"a10128 00", "a0", ERR_TRAILING},
	    {"a2 01 28 01 28", "a0", ERR_DUPLICATE},
	    {"a1 1801 28", "a0", ERR_NOT_SHORTEST},
	    {"a10128", "a2 18 63 00 18 63 00", ERR_DUPLICATE},
	    {"bf 01 28 ff", "a0", ERR_INDEFINITE},
	    {"a2 01 28 80 00", "a0", ERR_TYPE},
	};
	struct signer s = signer_key("key-es256-author.priv.pem");
	struct ring r = {.key = {public_key("key-es256-author.pub.pem")},
	    .alias = {BYTES_LIT("1")},
	    .n = 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rule); i++) {
		struct make m = {
		    .prot = rule[i].prot, .unprot = rule[i].unprot, .s = &s};
		uint8_t room[FILE_MAX];
		struct verified v;
		enum err e = check(made(&m, room), &r, ANY_SIGNED, &v);

		if (e != rule[i].e)
			fail_msg("%s | %s: %s", rule[i].prot, rule[i].unprot,
			    err_name(e));
		if (e == OK)
			assert_bytes(v.payload, BYTES_OF(text));
	}
	test_signer_free(&s);
}

/* Buckets beyond their bounds, before anybody searches them. */
static void
header_bounds(void **state)
{
	struct ring r = {.n = 0};
	uint8_t room[FILE_MAX];
	struct verified v;

	(void)state;
	for (int unprot = 0; unprot < 2; unprot++) {
		for (int many = 0; many < 2; many++) {
			uint8_t big[FILE_MAX];
			struct cbor_out w =
			    cbor_into((struct span){big, FILE_MAX});
			struct bytes map, in;

			if (many) {
				cbor_put_map(&w, 33);
				for (uint64_t k = 0; k < 33; k++) {
					cbor_put_uint(&w, 100 + k);
					cbor_put_uint(&w, 0);
				}
			} else {
				cbor_put_map(&w, 1);
				cbor_put_uint(&w, 99);
				cbor_put_bstr(&w, (struct bytes){room, 1024});
			}
			assert_int_equal(cbor_done(&w, &map), OK);
			w = cbor_into((struct span){room, FILE_MAX});
			cbor_put_array(&w, 4);
			if (unprot) {
				cbor_put_bstr(&w, BYTES_LIT("\xa1\x01\x28"));
				cbor_put_raw(&w, map);
			} else {
				cbor_put_bstr(&w, map);
				cbor_put_map(&w, 0);
			}
			cbor_put_bstr(&w, BYTES_NONE);
			cbor_put_bstr(&w, BYTES_NONE);
			assert_int_equal(cbor_done(&w, &in), OK);
			assert_int_equal(
			    check(in, &r, ANY_SIGNED, &v), ERR_RANGE);
		}
	}
}

static void
signature_lengths(void **state)
{
	struct signer s = signer_key("key-es256-author.priv.pem");
	struct ring r = {
	    .key = {public_key("key-es256-author.pub.pem")}, .n = 1};

	(void)state;
	for (size_t n = 1; n <= SIG_LEN + 1; n++) {
		struct make m = {
		    .prot = "a10128", .unprot = "a0", .s = &s, .sig_len = n};
		uint8_t room[FILE_MAX];
		struct verified v;

		assert_int_equal(check(made(&m, room), &r, ANY_SIGNED, &v),
		    n == SIG_LEN ? OK : ERR_SIGNATURE);
	}
	test_signer_free(&s);
}

/*
 * Every flipped bit of a Sign1 is refused by a ring that wants a kid.  One
 * that also tries its keys may still accept a flip in the unprotected
 * bucket, which nothing signs, but never another payload or key.
 */
static void
every_bit(void **state)
{
	static const struct {
		const char *file, *key;
	} in[] = {
	    {"query_request_token.sign1-ed25519.cbor", "tam-ed25519.pub.pem"},
	    {"error_permanent.sign1-esp256.cbor", "agent-esp256.pub.pem"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(in); i++) {
		uint8_t room[FILE_MAX], clean[FILE_MAX];
		struct ring r = {.key = {public_key(in[i].key)}, .n = 1};
		struct bytes b = vector(in[i].file, room);
		struct bytes orig = vector(in[i].file, clean);
		struct cose_signed s;
		struct verified v, good;

		if (r.key[0].kty == KTY_OKP && !has_ed25519()) {
			assert_int_equal(
			    check(orig, &r, ANY_SIGNED, &good), ERR_COSE_ALG);
			continue;
		}
		assert_int_equal(check(orig, &r, ANY_SIGNED, &good), OK);
		assert_int_equal(
		    cose_signed_read(orig, ANY_SIGNED, &s, NULL), OK);
		for (size_t bit = 0; bit < b.n * 8; bit += test_bit_step) {
			uint8_t *p = &room[bit / 8];
			size_t unprot = (size_t)(s.unprot.p - clean);

			*p ^= (uint8_t)(1u << bit % 8);
			r.need_kid = true;
			if (check(b, &r, ANY_SIGNED, &v) == OK)
				fail_msg("%s: bit %zu", in[i].file, bit);
			r.need_kid = false;
			if (check(b, &r, ANY_SIGNED, &v) == OK) {
				assert_true(bit / 8 >= unprot &&
					    bit / 8 < unprot + s.unprot.n);
				assert_bytes(v.payload, good.payload);
			}
			*p ^= (uint8_t)(1u << bit % 8);
		}
	}
}

/* Every prefix of a message is refused. */
static void
every_length(void **state)
{
	struct ring r = {.key = {public_key("tam-esp256.pub.pem")}, .n = 1};
	uint8_t room[FILE_MAX];
	struct bytes b = vector("query_request_attest.sign.cbor", room);
	struct verified v;

	(void)state;
	for (size_t n = 0; n < b.n; n++) {
		enum err e = check((struct bytes){b.p, n}, &r, ANY_SIGNED, &v);

		assert_int_equal(err_class(e), CLASS_INPUT);
	}
}

/* Without a kid every key that fits is tried, and only those. */
static void
no_kid(void **state)
{
	struct signer s = signer_key("key-es256-author.priv.pem");
	struct make m = {.prot = "a10128", .unprot = "a0", .s = &s};
	struct ring r = {.key = {public_key("tam-ed25519.pub.pem"),
			     public_key("tam-esp256.pub.pem"),
			     public_key("agent-esp256.pub.pem"),
			     public_key("key-es256-author.pub.pem")},
	    .n = 4};
	uint8_t room[FILE_MAX];
	struct bytes b = made(&m, room);
	struct verified v;

	(void)state;
	assert_int_equal(check(b, &r, ANY_SIGNED, &v), OK);
	assert_memory_equal(v.kid, s.kid, KID_LEN);
	r.n = 3;
	assert_int_equal(check(b, &r, ANY_SIGNED, &v), ERR_SIGNATURE);
	r.n = 1;
	assert_int_equal(check(b, &r, ANY_SIGNED, &v), ERR_UNKNOWN_KEY);
	test_signer_free(&s);
}

/* Two keys under one short kid: both are tried. */
static void
shared_kid(void **state)
{
	struct signer s = signer_key("key-es256-author.priv.pem");
	struct make m = {.prot = "a10128", .unprot = "a1 04 4131", .s = &s};
	struct ring r = {.key = {public_key("tam-ed25519.pub.pem"),
			     public_key("tam-esp256.pub.pem"),
			     public_key("key-es256-author.pub.pem")},
	    .alias = {BYTES_LIT("1"), BYTES_LIT("1"), BYTES_LIT("1")},
	    .n = 3};
	uint8_t room[FILE_MAX];
	struct verified v;

	(void)state;
	assert_int_equal(check(made(&m, room), &r, ANY_SIGNED, &v), OK);
	r.n = 2;
	assert_int_equal(
	    check(made(&m, room), &r, ANY_SIGNED, &v), ERR_SIGNATURE);
	test_signer_free(&s);
}

static void
why_names_the_key(void **state)
{
	struct ring r = {.key = {public_key("agent-esp256.pub.pem")}, .n = 1};
	struct keyring ring = ring_of(&r);
	uint8_t room[FILE_MAX], kid[KID_LEN];
	struct cose_key k = public_key("tam-ed25519.pub.pem");
	struct verified v;
	struct why why;

	(void)state;
	assert_int_equal(
	    cose_verify(c, &ring, ANY_SIGNED,
		vector("query_request_token.sign1-ed25519.cbor", room), &v,
		&why),
	    with_ed25519(ERR_UNKNOWN_KEY));
	assert_int_equal(cose_key_thumbprint(c, &k, kid), OK);
	assert_bytes(why.subject, BYTES_OF(kid));
}

/* ---- COSE_Sign ---- */

static struct bytes
two_signatures(
    const struct signer *a, const struct signer *b, uint8_t room[FILE_MAX])
{
	const struct signer *both[] = {a, b};
	struct cbor_out w = cbor_into((struct span){room, FILE_MAX});
	struct bytes out;

	assert_int_equal(cose_sign_write(&w, both, 2, BYTES_OF(text)), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static void
multi(void **state)
{
	struct signer ed = signer_key("tam-ed25519.priv.pem");
	struct signer es = signer_key("key-es256-author.priv.pem");
	struct cose_key ed_pub = public_key("tam-ed25519.pub.pem");
	struct cose_key es_pub = public_key("key-es256-author.pub.pem");
	uint8_t room[FILE_MAX];
	struct bytes b = two_signatures(&ed, &es, room);
	struct crypto small = *c;
	struct ring r = {.key = {ed_pub, es_pub}, .n = 2};
	struct keyring ring = ring_of(&r);
	struct cose_signed s;
	struct verified v;

	(void)state;
	/* As the TEEP draft draws it.                        [TEEP 5.2] */
	assert_memory_equal(b.p, "\xd8\x62\x84\x40\xa0\x4e", 6);
	assert_int_equal(cose_signed_read(b, ANY_SIGNED, &s, NULL), OK);
	assert_true(s.multi && s.tagged && s.alg == 0);
	assert_int_equal(s.signatures.n, 2);

	assert_int_equal(check(b, &r, ANY_SIGNED, &v), OK);
	assert_int_equal(v.alg, has_ed25519() ? ALG_ED25519 : ALG_ESP256);
	/* A port that lacks the first takes the second. */
	small.can &= ~(uint32_t)CAN_ED25519;
	assert_int_equal(
	    cose_verify(&small, &ring, ANY_SIGNED, b, &v, NULL), OK);
	assert_int_equal(v.alg, ALG_ESP256);
	small.can = 0;
	assert_int_equal(
	    cose_verify(&small, &ring, ANY_SIGNED, b, &v, NULL), ERR_COSE_ALG);
	/* One that lacks the first's key, too. */
	r = (struct ring){.key = {es_pub}, .n = 1};
	assert_int_equal(check(b, &r, ANY_SIGNED, &v), OK);
	assert_int_equal(v.alg, ALG_ESP256);
	/* The first that can be checked has to be right: here that is the
	 * Ed25519 one, or the other. */
	r = (struct ring){.key = {ed_pub, es_pub}, .n = 2};
	room[(size_t)(s.signatures.raw.p - room) + 60] ^= 1;
	assert_int_equal(
	    check(b, &r, ANY_SIGNED, &v), has_ed25519() ? ERR_SIGNATURE : OK);
	room[b.n - 1] ^= 1;
	assert_int_equal(check(b, &r, ANY_SIGNED, &v), ERR_SIGNATURE);
	test_signer_free(&ed);
	test_signer_free(&es);
}

/* A ring with one key: no bit of what it signed can change. */
static void
multi_every_bit(void **state)
{
	struct ring r = {.key = {public_key("tam-esp256.pub.pem")},
	    .n = 1,
	    .need_kid = true};
	uint8_t room[FILE_MAX], clean[FILE_MAX];
	struct bytes b = vector("query_request_attest.sign.cbor", room);
	struct bytes orig = vector("query_request_attest.sign.cbor", clean);
	struct verified v, good;

	(void)state;
	assert_int_equal(check(orig, &r, ANY_SIGNED, &good), OK);
	for (size_t bit = 0; bit < b.n * 8; bit += test_bit_step) {
		room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (check(b, &r, ANY_SIGNED, &v) == OK) {
			/* It was in the other signature. */
			assert_bytes(v.payload, good.payload);
			assert_true(bit / 8 > 81);
			assert_true(bit / 8 < b.n - 107);
		}
		room[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

/* 41 A0 for an empty protected bucket enters Sig_structure as empty. */
static void
empty_map_protected(void **state)
{
	struct signer es = signer_key("key-es256-author.priv.pem");
	struct ring r = {
	    .key = {public_key("key-es256-author.pub.pem")}, .n = 1};
	const struct signer *one[] = {&es};
	uint8_t room[FILE_MAX], other[FILE_MAX];
	struct cbor_out w = cbor_into((struct span){room, FILE_MAX});
	struct bytes b;
	struct verified v;

	(void)state;
	assert_int_equal(cose_sign_write(&w, one, 1, BYTES_OF(text)), OK);
	assert_int_equal(cbor_done(&w, &b), OK);
	memcpy(other, "\xd8\x62\x84\x41\xa0", 5);
	memcpy(other + 5, b.p + 4, b.n - 4);
	assert_int_equal(
	    check((struct bytes){other, b.n + 1}, &r, ANY_SIGNED, &v), OK);
	/* alg has no place in the body's unprotected bucket. */
	memcpy(other, "\xd8\x62\x84\x40\xa1\x01\x28", 7);
	memcpy(other + 7, b.p + 5, b.n - 5);
	assert_int_equal(
	    check((struct bytes){other, b.n + 2}, &r, ANY_SIGNED, &v),
	    ERR_COSE_HEADER);
	test_signer_free(&es);
}

/* A rule broken in a signature that nobody would look at counts as well. */
static void
multi_header_rules(void **state)
{
	struct signer es = signer_key("key-es256-author.priv.pem");
	struct ring r = {
	    .key = {public_key("key-es256-author.pub.pem")}, .n = 1};
	uint8_t room[FILE_MAX];
	struct bytes b = two_signatures(&es, &es, room);
	struct cose_signed s;
	struct verified v;
	uint8_t *second;

	(void)state;
	assert_int_equal(cose_signed_read(b, ANY_SIGNED, &s, NULL), OK);
	second = room + (s.signatures.raw.p - room) + s.signatures.raw.n / 2;
	assert_memory_equal(second, "\x83\x43\xa1\x01\x28", 5);
	second[3] = 4; /* {4: -9}: no alg, and a kid that is no bstr */
	assert_int_equal(check(b, &r, ANY_SIGNED, &v), ERR_TYPE);
	second[3] = 7; /* {7: -9} */
	assert_int_equal(check(b, &r, ANY_SIGNED, &v), ERR_COSE_HEADER);
	test_signer_free(&es);
}

/* ---- detached ---- */

static void
suit_detached(void **state)
{
	struct ring r = {
	    .key = {public_key("key-es256-author.pub.pem")}, .n = 1};
	struct keyring ring = ring_of(&r);
	uint8_t auth[FILE_MAX], digest[FILE_MAX];
	struct bytes a = vector("suit_td0_auth.cbor", auth);
	struct bytes d = vector("suit_td0_digest.cbor", digest);
	struct verified v;
	struct why why;

	(void)state;
	assert_int_equal(
	    cose_verify_detached(c, &ring, ANY_SIGNED, a, d, &v, &why), OK);
	assert_ptr_equal(v.payload.p, digest);
	for (size_t bit = 0; bit < d.n * 8; bit += test_bit_step) {
		digest[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(
		    cose_verify_detached(c, &ring, ANY_SIGNED, a, d, &v, &why),
		    ERR_SIGNATURE);
		assert_zeroed(v);
		digest[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* Each kind is refused by the reader of the other. */
	assert_int_equal(
	    cose_verify(c, &ring, ANY_SIGNED, a, &v, &why), ERR_MISSING);
	a = vector("error_permanent.sign1-esp256.cbor", auth);
	assert_int_equal(
	    cose_verify_detached(c, &ring, ANY_SIGNED, a, d, &v, &why),
	    ERR_UNEXPECTED);
	a = vector("query_request_attest.sign.cbor", auth);
	assert_int_equal(
	    cose_verify_detached(c, &ring, ANY_SIGNED, a, d, &v, &why),
	    ERR_COSE_TYPE);
}

/* ---- writing ---- */

static void
write_and_verify(void **state)
{
	static const char *const key[][2] = {
	    {"key-es256-author.priv.pem", "key-es256-author.pub.pem"},
	    {"tam-ed25519.priv.pem", "tam-ed25519.pub.pem"},
	};

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		struct signer s = signer_key(key[i & 1][0]);
		struct ring r = {.key = {public_key(key[i & 1][1])}, .n = 1};
		struct keyring ring = ring_of(&r);
		unsigned flags = (unsigned)i >> 1;
		const char *type = i < 8 ? NULL : "application/x";
		uint8_t room[FILE_MAX];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct cbor_out m = cbor_measure();
		bool detached = (flags & WRITE_DETACHED) != 0;
		struct bytes b, n;
		struct cose_signed got;
		struct verified v;
		enum err e;

		assert_int_equal(
		    cose_sign1_write(&w, &s, BYTES_OF(text), type, flags), OK);
		assert_int_equal(cbor_done(&w, &b), OK);
		assert_int_equal(
		    cose_sign1_write(&m, &s, BYTES_OF(text), type, flags), OK);
		assert_int_equal(cbor_done(&m, &n), OK);
		assert_int_equal(n.n, b.n);
		assert_true(b.n <= sizeof(text) + COSE_OVERHEAD);
		assert_int_equal(
		    cose_signed_read(b, ACCEPT_SIGN1, &got, NULL), OK);
		assert_int_equal(got.tagged, (flags & WRITE_TAGGED) != 0);
		assert_int_equal(
		    got.kid.n, (flags & WRITE_NO_KID) != 0 ? 0 : KID_LEN);
		assert_int_equal(
		    got.content_type.n, type == NULL ? 0 : strlen(type));
		assert_int_equal(got.payload.p == NULL, detached);
		e = detached ? cose_verify_detached(c, &ring, ACCEPT_SIGN1, b,
				   BYTES_OF(text), &v, NULL)
			     : cose_verify(c, &ring, ACCEPT_SIGN1, b, &v, NULL);
		if (s.alg == ALG_ED25519 && !has_ed25519()) {
			assert_int_equal(e, ERR_COSE_ALG);
			assert_zeroed(v);
			continue;
		}
		assert_int_equal(e, OK);
		assert_int_equal(v.alg, s.alg);
		test_signer_free(&s);
	}
}

static size_t asked;

static enum err
failing_sign(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	(void)ctx;
	(void)part;
	(void)n;
	(void)sig;
	asked++;
	return ERR_CRYPTO;
}

/* Nobody is asked to sign what will not be written. */
static void
write_refused(void **state)
{
	struct signer s = {.alg = ALG_ESP256, .sign = failing_sign};
	const struct signer *one[] = {&s};
	uint8_t room[FILE_MAX];
	struct cbor_out w;
	struct bytes b;

	(void)state;
	asked = 0;
	for (size_t n = 0; n < 40; n++) {
		w = cbor_into((struct span){room, n});
		assert_int_equal(
		    cose_sign1_write(&w, &s, BYTES_OF(text), NULL, 0),
		    ERR_ROOM);
		assert_int_equal(cbor_done(&w, &b), ERR_ROOM);
		assert_int_equal(b.n, 0);
	}
	assert_int_equal(asked, 0);
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(
	    cose_sign1_write(&w, &s, BYTES_OF(text), NULL, 0), ERR_CRYPTO);
	assert_int_equal(cbor_done(&w, &b), ERR_CRYPTO);
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(
	    cose_sign_write(&w, one, 1, BYTES_OF(text)), ERR_CRYPTO);
	assert_int_equal(asked, 2);
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(cose_sign_write(&w, one, 0, BYTES_OF(text)), ERR_BUG);
	/* A protected header that names another algorithm, or none. */
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(cose_sign1_write_prot(&w, &s,
			     BYTES_LIT("\xa1\x01\x32"), BYTES_OF(text), 0),
	    ERR_COSE_ALG);
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(
	    cose_sign1_write_prot(&w, &s, BYTES_LIT("\xa0"), BYTES_OF(text), 0),
	    ERR_COSE_HEADER);
	assert_int_equal(asked, 2);
}

/* More protected than alg, in the words of peers of old. */
static void
write_prot(void **state)
{
	struct signer s = signer_key("key-es256-author.priv.pem");
	struct ring r = {
	    .key = {public_key("key-es256-author.pub.pem")}, .n = 1};
	struct bytes prot = BYTES_LIT("\xa2\x01\x26\x03\x61\x78"), b;
	uint8_t room[FILE_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct verified v;

	(void)state;
	assert_int_equal(
	    cose_sign1_write_prot(&w, &s, prot, BYTES_OF(text), WRITE_TAGGED),
	    OK);
	assert_int_equal(cbor_done(&w, &b), OK);
	assert_int_equal(
	    check(b, &r, ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, &v), OK);
	assert_int_equal(v.alg, ALG_ES256);
	assert_int_equal(check(b, &r, ACCEPT_SIGN1, &v), ERR_COSE_ALG);
	test_signer_free(&s);
}

static void
cwt_tag(void **state)
{
	struct ring r = {.key = {public_key("agent-esp256.pub.pem")}, .n = 1};
	uint8_t room[FILE_MAX], in[FILE_MAX] = {0xd8, 61};
	struct bytes b = vector("error_permanent.sign1-esp256.cbor", room);
	struct verified v;

	(void)state;
	memcpy(in + 2, b.p, b.n);
	b = (struct bytes){in, b.n + 2};
	assert_int_equal(check(b, &r, ACCEPT_SIGN1 | ACCEPT_CWT_TAG, &v), OK);
	assert_int_equal(check(b, &r, ACCEPT_SIGN1, &v), ERR_COSE_TYPE);
	/* Around a COSE tag, or it is no CWT's.             [RFC 8392 6] */
	memmove(in + 2, in + 3, b.n - 3);
	b.n--;
	assert_int_equal(
	    check(b, &r, ACCEPT_SIGN1 | ACCEPT_CWT_TAG, &v), ERR_COSE_TYPE);
}

/* Failures of the port are not taken for bad signatures. */
static enum err
broken_verify(int32_t alg, const struct cose_key *k, const struct bytes *part,
    size_t n, struct bytes sig)
{
	(void)alg;
	(void)k;
	(void)part;
	(void)n;
	(void)sig;
	return ERR_MEMORY;
}

static void
port_failure(void **state)
{
	struct ring r = {.key = {public_key("agent-esp256.pub.pem")}, .n = 1};
	struct keyring ring = ring_of(&r);
	struct crypto broken = *c;
	uint8_t room[FILE_MAX];
	struct verified v;

	(void)state;
	broken.verify = broken_verify;
	assert_int_equal(
	    cose_verify(&broken, &ring, ANY_SIGNED,
		vector("error_permanent.sign1-esp256.cbor", room), &v, NULL),
	    ERR_MEMORY);
	assert_zeroed(v);
}

/* Where the whole collection is at hand, all of it: every signed message
 * verifies but those whose names say why not. */
static void
whole_collection(void **state)
{
	static const char dir[] = SHARED_VECTORS "/teep/generated";
	struct ring r = {.key = {public_key("tam-esp256.pub.pem"),
			     public_key("tam-ed25519.pub.pem"),
			     public_key("agent-esp256.pub.pem"),
			     public_key("agent-ed25519.pub.pem")},
	    .n = 4};
	DIR *d = opendir(dir);
	const struct dirent *f;

	(void)state;
	if (d == NULL)
		skip();
	while ((f = readdir(d)) != NULL) {
		uint8_t room[FILE_MAX];
		struct bytes b = {room, 0};
		struct verified v;
		char path[512];
		FILE *in;
		struct cose_signed s;
		enum err e, want;

		if (strstr(f->d_name, ".sign") == NULL &&
		    strstr(f->d_name, "bad_signature") == NULL)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, f->d_name);
		in = fopen(path, "rb");
		assert_non_null(in);
		b.n = fread(room, 1, FILE_MAX, in);
		(void)fclose(in);
		want = strstr(f->d_name, "bad_signature") ? ERR_SIGNATURE
		       : strstr(f->d_name, "alg_es256")   ? ERR_COSE_ALG
							  : OK;
		assert_int_equal(cose_signed_read(b, ANY_SIGNED, &s, NULL), OK);
		if (s.alg == ALG_ED25519)
			want = with_ed25519(want);
		e = check(b, &r, ANY_SIGNED, &v);
		if (e != want)
			fail_msg("%s: %s", f->d_name, err_name(e));
	}
	(void)closedir(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors_accepted),
	    cmocka_unit_test(vectors_refused),
	    cmocka_unit_test(not_cose),
	    cmocka_unit_test(header_rules),
	    cmocka_unit_test(header_bounds),
	    cmocka_unit_test(signature_lengths),
	    cmocka_unit_test(every_bit),
	    cmocka_unit_test(every_length),
	    cmocka_unit_test(no_kid),
	    cmocka_unit_test(shared_kid),
	    cmocka_unit_test(why_names_the_key),
	    cmocka_unit_test(multi),
	    cmocka_unit_test(multi_every_bit),
	    cmocka_unit_test(empty_map_protected),
	    cmocka_unit_test(multi_header_rules),
	    cmocka_unit_test(suit_detached),
	    cmocka_unit_test(write_and_verify),
	    cmocka_unit_test(write_refused),
	    cmocka_unit_test(write_prot),
	    cmocka_unit_test(cwt_tag),
	    cmocka_unit_test(port_failure),
	    cmocka_unit_test(whole_collection),
	};

	c = test_crypto();
	return c == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
