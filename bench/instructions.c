/*
 * instructions: one piece of an agent's work, for callgrind to count.
 *
 *   instructions parse FILE     teep_parse of a TEEP message (hex digits)
 *   instructions message FILE   the same signed: COSE, then TEEP
 *   instructions install        open and run an update manifest
 *   instructions example FILE PUB
 *                               the same with one of the TEEP draft's, for
 *                               the device and the payload it is about
 *
 * bench/run counts what happens inside measured_work and outside of the
 * functions called outside_*, which are all of the crypto port and the
 * storage of a payload.  Prints the octets of the input.
 */
#include "outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/suit.h>
#include <tamarind/teep.h>

#define OUTSIDE static __attribute__((noinline))

/* ---- a device whose storage costs nothing ------------------------------- */

static uint8_t image[1024], image_digest[DIGEST_LEN];
static uint64_t image_size = sizeof(image);
static uint8_t vendor[16] = "0123456789abcdef",
	       class_id[16] = "fedcba9876543210";

static bool
vendor_is(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	return bytes_same(value, BYTES_OF(vendor));
}

static bool
class_is(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	return bytes_same(value, BYTES_OF(class_id));
}

static enum err
may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	(void)ctx;
	(void)m;
	(void)cmd;
	(void)id;
	return OK;
}

static enum err
may_fetch(void *ctx, const struct suit_manifest *m, struct bytes uri)
{
	(void)ctx;
	(void)m;
	(void)uri;
	return OK;
}

OUTSIDE enum err
outside_begin(void *ctx, struct bytes id, uint64_t size)
{
	(void)ctx;
	(void)id;
	(void)size;
	return OK;
}

OUTSIDE enum err
outside_more(void *ctx, struct bytes piece)
{
	(void)ctx;
	(void)piece;
	return OK;
}

OUTSIDE enum err
outside_end(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	(void)ctx;
	(void)sha256;
	(void)size;
	return OK;
}

static void
drop(void *ctx)
{
	(void)ctx;
}

OUTSIDE enum err
outside_digest(
    void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	(void)ctx;
	(void)id;
	memcpy(sha256, image_digest, DIGEST_LEN);
	*size = image_size;
	return OK;
}

static const struct suit_host host = {
    .vendor_is = vendor_is,
    .class_is = class_is,
    .may = may,
    .may_fetch = may_fetch,
    .write_begin = outside_begin,
    .write_more = outside_more,
    .write_end = outside_end,
    .write_drop = drop,
    .digest = outside_digest,
};

/* ---- the three kinds of work --------------------------------------------- */

struct work {
	const struct crypto *crypto;
	struct keyring ring;
	struct bytes in;
	enum err (*kind)(const struct work *w);
};

static enum err
parse(const struct work *w)
{
	struct teep_message m;
	struct why why;

	return teep_parse(w->in, NULL, &m, &why);
}

static enum err
message(const struct work *w)
{
	struct teep_message m;
	struct verified v;
	struct why why;

	TRY(cose_verify(
	    w->crypto, &w->ring, ACCEPT_SIGN1 | ACCEPT_SIGN, w->in, &v, &why));
	return teep_read(&v, NULL, &m, &why);
}

static enum err
install(const struct work *w)
{
	static struct suit_run run;
	struct suit_manifest m;
	struct suit_ask ask;
	struct why why;

	TRY(suit_open(w->crypto, &w->ring, w->in, &m, &why));
	TRY(suit_start(&run, w->crypto, &host, &m, SUIT_DO_UPDATE));
	while (suit_next(&run, &ask) == SUIT_WANT_FETCH)
		suit_give(&run, BYTES_OF(image), true);
	return run.state == SUIT_DONE ? OK : run.why.err;
}

/* By name for callgrind; nothing else is counted. */
static __attribute__((noinline)) enum err
measured_work(const struct work *w)
{
	return w->kind(w);
}

/* ---- inputs -------------------------------------------------------------- */

static uint8_t room[8192], signed_room[8192];

static struct bytes
hex_file(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;
	unsigned v;

	bench_need(f != NULL, path);
	while (n < sizeof(room) && fscanf(f, "%2x", &v) == 1)
		room[n++] = (uint8_t)v;
	(void)fclose(f);
	bench_need(n > 0, path);
	return (struct bytes){room, n};
}

/* The TAM's first message is signed under both suites, all others by one. */
static struct bytes
sign(struct bytes payload, struct bench_pair *p, struct bench_pair *other)
{
	const struct signer *both[] = {&other->s, &p->s};
	struct cbor_out w = cbor_into(SPAN_OF(signed_room));
	struct bytes out;

	if (payload.p[1] == TEEP_QUERY_REQUEST)
		bench_ok(cose_sign_write(&w, both, 2, payload), "sign");
	else
		bench_ok(
		    cose_sign1_write(&w, &p->s, payload, NULL, WRITE_TAGGED),
		    "sign");
	bench_ok(cbor_done(&w, &out), "sign");
	return out;
}

#define URI                                                  \
	"https://tam.example/components/meter/reader/1.0.0/" \
	"cortex-m33/release/signed/image.bin"

/* One component, fetched, with vendor, class, digest, size, a reference URI
 * and an invocation. */
static struct bytes
manifest(struct bench_pair *p)
{
	struct bytes part = BYTES_OF(image), unsigned_out, out;
	struct suit_recipe r = {
	    .sequence = 7,
	    .component = BYTES_LIT("\x83\x45meter\x46reader\x41"
				   "1"),
	    .reference_uri = BYTES_LIT(URI ".suit"),
	    .vendor = BYTES_OF(vendor),
	    .class_id = BYTES_OF(class_id),
	    .digest = BYTES_OF(image_digest),
	    .size = sizeof(image),
	    .uri = BYTES_LIT(URI),
	    .args = BYTES_LIT("--every 15min --meter 0x2a"),
	    .invoke = true,
	    .text_version = BYTES_LIT("1.0.0"),
	};
	struct cbor_out w = cbor_into(SPAN_OF(room));

	bench_ok(bench_crypto()->sha256(&part, 1, image_digest), "image");
	bench_ok(suit_author(&w, bench_crypto(), &r), "author");
	bench_ok(cbor_done(&w, &unsigned_out), "author");
	w = cbor_into(SPAN_OF(signed_room));
	bench_ok(
	    suit_author_sign(&w, bench_crypto(), unsigned_out, &p->s), "sign");
	bench_ok(cbor_done(&w, &out), "sign");
	return out;
}

/* Whole files of octets, into room and then signed_room. */
static struct bytes
octets_file(const char *path, struct span into)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	bench_need(f != NULL, path);
	n = fread(into.p, 1, into.n, f);
	(void)fclose(f);
	bench_need(n > 0 && n < into.n, path);
	return (struct bytes){into.p, n};
}

static struct cose_key example_key;

static enum err
example_find(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	(void)alg;
	*out = example_key;
	return kid.n == 0 && nth == 0 ? OK : ERR_UNKNOWN_KEY;
}

/* The draft's manifest, and what its device is and gets. [TEEP app. E] */
static struct bytes
example(const char *path, const char *key)
{
	static const uint8_t its_vendor[16] = {0xc0, 0xdd, 0xd5, 0xf1, 0x52,
	    0x43, 0x56, 0x60, 0x87, 0xdb, 0x4f, 0x5b, 0x0a, 0xa2, 0x6c, 0x2f};
	static const uint8_t its_class[16] = {0xdb, 0x42, 0xf7, 0x09, 0x3d,
	    0x8c, 0x55, 0xba, 0xa8, 0xc5, 0x26, 0x5f, 0xc5, 0x82, 0x0f, 0x4e};
	struct bytes payload = BYTES_LIT("Hello, Secure World!");

	bench_ok(openssl_public_read(
		     octets_file(key, SPAN_OF(signed_room)), &example_key),
	    key);
	memcpy(vendor, its_vendor, sizeof(vendor));
	memcpy(class_id, its_class, sizeof(class_id));
	image_size = payload.n;
	bench_ok(bench_crypto()->sha256(&payload, 1, image_digest), "payload");
	return octets_file(path, SPAN_OF(room));
}

int
main(int argc, char **argv)
{
	struct bench_pair p, other;
	struct work w = {.crypto = apart_crypto(), .ring = bench_ring(&p)};
	const char *what = argc > 1 ? argv[1] : "";
	struct suit_manifest m;
	struct why why;

	bench_pair_make(&p, CRV_P256);
	bench_pair_make(&other, CRV_ED25519);
	if (strcmp(what, "install") == 0 && argc == 2) {
		w.kind = install;
		w.in = manifest(&p);
		bench_ok(suit_parse(w.in, &m, &why), "manifest");
		(void)printf("%zu\n", m.manifest.n);
	} else if (strcmp(what, "example") == 0 && argc == 4) {
		w.kind = install;
		w.ring = (struct keyring){NULL, example_find};
		w.in = example(argv[2], argv[3]);
		(void)printf("%zu\n", w.in.n);
	} else if (strcmp(what, "parse") == 0 && argc == 3) {
		w.kind = parse;
		w.in = hex_file(argv[2]);
		(void)printf("%zu\n", w.in.n);
	} else if (strcmp(what, "message") == 0 && argc == 3) {
		w.kind = message;
		w.in = sign(hex_file(argv[2]), &p, &other);
		(void)printf("%zu\n", w.in.n);
	} else {
		(void)fputs("usage: instructions parse|message FILE | "
			    "install | example FILE PUB\n",
		    stderr);
		return 2;
	}
	bench_ok(measured_work(&w), what);
	bench_pair_free(&p);
	bench_pair_free(&other);
	return 0;
}
