/*
 * snp_make: an SNP report in the making, by a maker of the test's own.
 */
#ifndef SNP_MAKE_H
#define SNP_MAKE_H

#include "hardware.h"

#define TYPE    "tag:tamarind.example,2026:snp"
#define AMD     "3704"
#define AMD_NOW 1700000000u

static struct cast cast;
static struct shelf shelf;
static struct wrapped box;
static struct asking q;
static struct made ark, ask_cert, vcek;
static uint8_t report[2048], certs[8192];
static struct bytes sample, chain;
static size_t refusals;

/* ---- published ---------------------------------------------------------- */

static inline struct bytes
pem_of(const struct made *const *m, size_t n, struct span room)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct bytes out = {room.p, 0};
	char *p;

	for (size_t i = 0; i < n; i++)
		assert_int_equal(PEM_write_bio_X509(bio, m[i]->cert), 1);
	out.n = (size_t)BIO_get_mem_data(bio, &p);
	assert_true(out.n <= room.n);
	memcpy(room.p, p, out.n);
	BIO_free(bio);
	return out;
}

/* Its measurement and versions, and AMD's root. */
static inline void
shelf_published(struct bytes root)
{
	static const uint64_t least[] = {3, 0, 8, 0x73};
	static const char *const parts[] = {
	    "tcb.bootloader", "tcb.tee", "tcb.snp", "tcb.microcode"};
	struct bytes env, item[1];

	memset(&shelf, 0, sizeof(shelf));
	item[0] = key_is(&shelf, root.p[0] == 0x30 ? 562 : 555, root);
	env = about(&shelf, 0, BYTES_NONE, AMD, BYTES_NONE);
	shelf_say(&shelf, SAYS_ATTEST_KEY, env, item, 1);
	env = about(&shelf, 560, BYTES_LIT("Milan"), AMD, BYTES_NONE);
	item[0] = digest_is(
	    &shelf, "measurement", 7, (struct bytes){report + 0x90, 48});
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	for (size_t i = 0; i < 4; i++) {
		item[0] = at_least(&shelf, parts[i], least[i]);
		shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	}
	item[0] = worth(&shelf, "hardware-rooted");
	shelf_say(&shelf, SAYS_ENDORSED, env, item, 1);
}

/* ---- of the test's own --------------------------------------------------- */

static const uint8_t chip_id[64] = {1, 2, 3};

/* What the chip's certificate says. */
static struct says says[] = {
    {"1.3.6.1.4.1.3704.1.2", {(const uint8_t *)"\x16\x08Milan-B0", 10}},
    {"1.3.6.1.4.1.3704.1.3.1", {(const uint8_t *)"\x02\x01\x03", 3}},
    {"1.3.6.1.4.1.3704.1.3.2", {(const uint8_t *)"\x02\x01\x00", 3}},
    {"1.3.6.1.4.1.3704.1.3.3", {(const uint8_t *)"\x02\x01\x08", 3}},
    {"1.3.6.1.4.1.3704.1.3.8", {(const uint8_t *)"\x02\x02\x00\xd1", 4}},
    {"1.3.6.1.4.1.3704.1.4", {chip_id, 64}},
};

static inline void
chip_make(void)
{
	struct wanted w = {.name = "VCEK",
	    .by = &ask_cert,
	    .from = NOW - 100,
	    .to = NOW + 100,
	    .says = says,
	    .n_says = ARRAY_LEN(says)};
	const struct made *c[] = {&vcek, &ask_cert};

	made_cert(&vcek, "P-384", &w);
	chain = pem_of(c, 2, SPAN_OF(certs));
}

static inline int
setup(void **state)
{
	struct wanted w = {
	    .name = "ARK", .from = NOW - 100, .to = NOW + 100, .issues = true};

	(void)state;
	cast_make(&cast);
	made_cert(&ark, "P-384", &w);
	w.name = "ASK";
	w.by = &ark;
	made_cert(&ask_cert, "P-384", &w);
	sample = published("cc/snp-report.bin", report, sizeof(report));
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	cast_free(&cast);
	made_free(&ark);
	made_free(&ask_cert);
	made_free(&vcek);
	return 0;
}

static inline void
put(size_t at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		report[at + i] = (uint8_t)(v >> 8 * i);
}

/* Sign the report as it stands. */
static inline struct bytes
sign(struct bytes statement)
{
	uint8_t raw[96];

	made_sign(vcek.key, (struct bytes){report, 0x2a0}, 48, raw);
	for (size_t i = 0; i < 48; i++) {
		report[0x2a0 + i] = raw[47 - i];
		report[0x2a0 + 72 + i] = raw[95 - i];
	}
	return wrap(&box, TYPE, sample, statement, chain);
}

/* The statement as it stands, bound. */
static inline struct bytes
state_and_sign(void)
{
	struct bytes s = cast_states(&cast);

	digest_of(s, 64, report + 0x50);
	return sign(s);
}

/* A healthy guest; a test then breaks one thing. */
static inline int
healthy(void **state)
{
	static uint8_t launcher[32], agent[32];
	struct bytes item[2], env;

	(void)state;
	memset(launcher, 0x11, 32);
	memset(agent, 0x22, 32);
	sample = published("cc/snp-report.bin", report, sizeof(report));
	memcpy(report + 0x1a0, chip_id, 64);
	put(0x180, UINT64_C(0xd108000000000003), 8);
	chip_make();
	cast_draft(&cast);
	shelf_published(made_der(&ark));
	env = about(&shelf, 560, BYTES_LIT("Milan"), AMD, BYTES_NONE);
	item[0] = digest_is(&shelf, "launcher", 1, BYTES_OF(launcher));
	item[1] = digest_is(&shelf, "agent", 1, BYTES_OF(agent));
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 2);
	q = asking_bound(&scheme_snp, CMW_OF(TYPE), NOW, &shelf, &cast);
	return 0;
}

static inline void
no(struct bytes in, enum err e, const char *what)
{
	refuses(&q, in, e, what);
	refusals++;
}

#endif
