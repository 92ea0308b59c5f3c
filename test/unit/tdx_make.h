/*
 * tdx_make: a TDX quote in the making, by a maker of the test's own.
 */
#ifndef TDX_MAKE_H
#define TDX_MAKE_H

#include "hardware.h"
#include "verifier/tdx.h"

#define TYPE    "tag:tamarind.example,2026:tdx"
#define BARE    "application/vnd.intel.tdx.quote"
#define INTEL   "343"
#define TDX_NOW 1750000000u
#define BODY    48
#define SIG     (48 + 584 + 4)
#define QE      (SIG + 128 + 6)
#define QE_SIG  (QE + 384)
#define CERTS   (QE_SIG + 64 + 2 + 32 + 6)

static struct cast cast;
static struct shelf shelf;
static struct wrapped box;
static struct asking q;
static struct made root, pck;
static EVP_PKEY *key;
static uint8_t quote[16384];
static struct bytes sample;
static uint8_t says_room[1024];
static struct says says = {"1.2.840.113741.1.13.1", {says_room, 0}};
static size_t refusals;

/* ---- what is expected ---------------------------------------------------- */

/* Everything as it is in the quote that is there. */
static inline void
shelf_fill(struct bytes anchor)
{
	static const char *const rtmr[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
	struct tdx_platform p;
	struct bytes env, item[1];
	char name[16];

	memset(&shelf, 0, sizeof(shelf));
	assert_int_equal(tdx_platform_read(says.value, &p), OK);
	item[0] = key_is(&shelf, anchor.p[0] == 0x30 ? 562 : 555, anchor);
	env = about(&shelf, 0, BYTES_NONE, INTEL, BYTES_NONE);
	shelf_say(&shelf, SAYS_ATTEST_KEY, env, item, 1);
	env = about(&shelf, 560, p.fmspc, INTEL, BYTES_NONE);
	item[0] = digest_is(
	    &shelf, "mrtd", 7, (struct bytes){quote + BODY + 136, 48});
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	for (size_t i = 0; i < 4; i++) {
		item[0] = digest_is(&shelf, rtmr[i], 7,
		    (struct bytes){quote + BODY + 328 + 48 * i, 48});
		shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	}
	item[0] = digest_is(
	    &shelf, "mrseam", 7, (struct bytes){quote + BODY + 16, 48});
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	item[0] = digest_is(
	    &shelf, "qe.signer", 1, (struct bytes){quote + QE + 128, 32});
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	item[0] = at_least(&shelf, "qe.svn", 4);
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "tcb.tdx.%zu", i);
		item[0] = at_least(&shelf, name, quote[BODY + i]);
		shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	}
	for (size_t i = 0; i < 16; i++) {
		(void)snprintf(name, sizeof(name), "tcb.sgx.%02zu", i + 1);
		item[0] = at_least(&shelf, name, p.svn[i]);
		shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	}
	item[0] = at_least(&shelf, "tcb.pce", p.pce);
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	item[0] = worth(&shelf, "hardware-rooted");
	shelf_say(&shelf, SAYS_ENDORSED, env, item, 1);
}

/* Intel's root: the last certificate of the quote. */
static inline struct bytes
last_of(struct bytes pem)
{
	static const char begin[] = "-----BEGIN";
	const uint8_t *at = pem.p, *next;
	size_t left = pem.n;

	while ((next = memmem(at + 1, left - 1, begin, 10)) != NULL) {
		left -= (size_t)(next - at);
		at = next;
	}
	return (struct bytes){at, left};
}

static inline void
no(struct bytes in, enum err e, const char *what)
{
	refuses(&q, in, e, what);
	refusals++;
}

/* ---- of the test's own ----------------------------------------------------
 */

static inline int
setup(void **state)
{
	struct wanted w = {
	    .name = "root", .from = NOW - 100, .to = NOW + 100, .issues = true};

	(void)state;
	cast_make(&cast);
	made_cert(&root, "P-256", &w);
	key = made_key("P-256");
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	cast_free(&cast);
	made_free(&root);
	made_free(&pck);
	EVP_PKEY_free(key);
	return 0;
}

static inline void
put(size_t at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		quote[at + i] = (uint8_t)(v >> 8 * i);
}

/* The platform's certificate stands in the quote, in DER. */
static inline void
pck_make(void)
{
	struct wanted w = {.name = "PCK",
	    .by = &root,
	    .from = NOW - 100,
	    .to = NOW + 100,
	    .says = &says,
	    .n_says = says.value.n > 0};

	made_cert(&pck, "P-256", &w);
	memcpy(quote + CERTS, pck.der, pck.n);
	put(CERTS - 4, pck.n, 4);
	put(QE - 4, CERTS + pck.n - QE, 4);
	put(SIG - 4, CERTS + pck.n - SIG, 4);
	sample = (struct bytes){quote, CERTS + pck.n};
}

static inline void
qe_sign(void)
{
	made_sign(pck.key, (struct bytes){quote + QE, 384}, 32, quote + QE_SIG);
}

static inline void
quote_sign(void)
{
	made_sign(key, (struct bytes){quote, BODY + 584}, 32, quote + SIG);
}

static inline struct bytes
state_and_sign(void)
{
	struct bytes s = cast_states(&cast);

	digest_of(s, 64, quote + BODY + 520);
	quote_sign();
	return wrap(&box, TYPE, sample, s, BYTES_NONE);
}

static inline int
healthy(void **state)
{
	static uint8_t launcher[32], agent[32];
	struct tdx_platform p;
	struct bytes item[2];
	uint8_t bound[64 + 32];

	(void)state;
	memset(launcher, 0x11, 32);
	memset(agent, 0x22, 32);
	sample = published("cc/tdx-quote-v4.bin", quote, sizeof(quote));
	quote[BODY + 120] = 0; /* it may not be debugged */
	pck_make();
	made_point(key, quote + SIG + 64, 32);
	memcpy(bound, quote + SIG + 64, 64);
	memcpy(bound + 64, quote + QE_SIG + 64 + 2, 32);
	digest_of(BYTES_OF(bound), 32, quote + QE + 320);
	qe_sign();
	cast_draft(&cast);
	shelf_fill(made_der(&root));
	assert_int_equal(tdx_platform_read(says.value, &p), OK);
	item[0] = digest_is(&shelf, "launcher", 1, BYTES_OF(launcher));
	item[1] = digest_is(&shelf, "agent", 1, BYTES_OF(agent));
	shelf_say(&shelf, SAYS_REFERENCE,
	    about(&shelf, 560, p.fmspc, INTEL, BYTES_NONE), item, 2);
	q = asking_bound(&scheme_tdx, CMW_OF(TYPE), NOW, &shelf, &cast);
	return 0;
}

#endif
