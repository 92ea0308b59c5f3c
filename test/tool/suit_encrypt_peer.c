/*
 * suit_encrypt_peer: the other ends of 'suit encrypt', for its test.
 *
 *   suit_encrypt_peer make DIR   a maker, its CoRIM, a device's Evidence: right
 *                                and wrong in several ways
 *   suit_encrypt_peer open PEM INFO CIPHERTEXT   decrypt, to stdout
 */
#include "rats_support.h"

#include <cmdline.h>
#include <time.h>

static const char *dir;

static void
save(const char *name, struct bytes b)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(write_file_atomic(path, b, WRITE_PUBLIC), OK);
}

static void
save_public(const char *name, const struct cose_key *k)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;

	assert_int_equal(openssl_public_write(k, SPAN_OF(room), &pem), OK);
	save(name, pem);
}

/* A CoRIM by `by` that endorses k for a device. */
static void
save_corim(
    const char *name, struct pair *by, const struct pair *k, struct bytes ueid)
{
	const uint64_t now = (uint64_t)time(NULL);
	struct corim_entry e = {.kind = CORIM_ATTEST_KEY,
	    .class_id = BYTES_LIT("model-1"),
	    .vendor = BYTES_LIT("0a0b0c"),
	    .ueid = ueid,
	    .key = k->pub};
	uint8_t plain[2048], room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(plain));
	struct bytes in, out;

	assert_int_equal(
	    corim_author(&w, "fleet", "tag", now - 10, now + 3600, &e, 1), OK);
	assert_int_equal(cbor_done(&w, &in), OK);
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(corim_author_sign(&w, &by->s, "maker", in), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	save(name, out);
}

static int
make(void)
{
	static const uint8_t aud[KID_LEN] = {1};
	struct pair maker, tam, evidence, teep, report;
	uint8_t room[OPENSSL_PEM_MAX], ueid[17];
	struct cose_key enc;
	struct bytes pem;
	static struct draft d;

	pair_make(&maker, CRV_P256, false);
	pair_make(&tam, CRV_P256, false);
	pair_make(&evidence, CRV_ED25519, false);
	pair_make(&teep, CRV_P256, false);
	pair_make(&report, CRV_P256, false);
	assert_int_equal(
	    openssl_key_generate(CRV_P256, SPAN_OF(room), &pem, &enc), OK);
	save("device.pem", pem);
	save_public("device.pub.pem", &enc);
	save_public("maker.pub.pem", &maker.pub);
	save_public("tam.pub.pem", &tam.pub);
	memset(ueid, 7, sizeof(ueid));
	ueid[0] = 1;
	save_corim("maker.corim", &maker, &evidence, BYTES_OF(ueid));
	save_corim("tam.corim", &tam, &tam, BYTES_OF(ueid));
	ueid[3] = 8;
	save_corim("other.corim", &maker, &evidence, BYTES_OF(ueid));
	draft_make(&d, &evidence, &teep, &report, aud,
	    BYTES_LIT("a challenge of the TAM's"), 7);
	save("none.evidence", evidence_sign(&d));
	draft_enc_key(&d, &enc);
	save("right.evidence", evidence_sign(&d));
	draft_enc_keys(&d,
	    (const struct eat_payload_key[]){
		{BYTES_LIT("author"), enc}, {BYTES_LIT("other"), maker.pub}},
	    2);
	save("two.evidence", evidence_sign(&d));
	draft_enc_key(&d, &enc);
	pem = evidence_sign(&d);
	d.room[200] ^= 1;
	save("flipped.evidence", pem);
	/* The TAM's own key in the device's name; and one key twice. */
	d.by = &tam.s;
	draft_enc_key(&d, &tam.pub);
	save("tam.evidence", evidence_sign(&d));
	d.by = &evidence.s;
	draft_enc_key(&d, &report.pub);
	save("purpose.evidence", evidence_sign(&d));
	pair_free(&maker);
	pair_free(&tam);
	pair_free(&evidence);
	pair_free(&teep);
	pair_free(&report);
	return 0;
}

static int
open_it(char **argv)
{
	static uint8_t room[1 << 17];
	struct bytes info, ct, in, out;
	struct cose_opener key = {.kid = BYTES_NONE};
	struct cose_opening o;
	struct agreer a = {.ctx = NULL};
	enum err e;

	assert_int_equal(read_file(argv[1], 1 << 16, &info), OK);
	assert_int_equal(read_file(argv[2], 1 << 20, &ct), OK);
	e = load_agreer(argv[0], &a);
	if (e == OK)
		key.agree = &a;
	else
		assert_int_equal(read_file(argv[0], 32, &key.kek), OK);
	e = cose_open_begin(
	    &o, crypto_openssl(), &key, COSE_CTX_PAYLOAD, info, NULL);
	for (in = ct; e == OK && in.n > 0;) {
		e = cose_open_more(&o, &in, SPAN_OF(room), &out);
		(void)fwrite(out.p, 1, out.n, stdout);
	}
	if (e == OK)
		e = cose_open_end(&o, SPAN_OF(room), &out);
	if (e == OK)
		(void)fwrite(out.p, 1, out.n, stdout);
	else
		(void)fprintf(stderr, "%s\n", err_name(e));
	openssl_agreer_free(&a);
	release_bytes(&info);
	release_bytes(&ct);
	release_bytes(&key.kek);
	return e == OK ? 0 : 1;
}

int
main(int argc, char **argv)
{
	if (crypto_openssl() == NULL)
		return 2;
	if (argc == 3 && strcmp(argv[1], "make") == 0) {
		dir = argv[2];
		return make();
	}
	return argc == 5 ? open_it(argv + 2) : 2;
}
