/*
 * appraisal: Evidence in, signed Attestation Result out, in one process.
 *
 *   appraisal once [M]  one, for callgrind to count; prints its octets
 *   appraisal rate N    N of them, and N times the bare operations (verify
 *                       the Evidence, sign the Result) in turns; prints
 *                       microseconds of processor time for each, and both
 *
 * The Verifier knows what is to be expected of M models, or 16: as many as
 * SHELF in one CoRIM. bench/run counts what happens inside measured_work and
 * outside of the functions called outside_*, which are all of the crypto port.
 */
#include "device.h"
#include "outside.h"

#include <cmdline.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/verifier.h>
#include <time.h>

#define MODELS     16
#define MODELS_MAX 1000
#define SHELF      20
#define CORIMS_MAX (MODELS_MAX / SHELF)
#define NOW        1800000000u
#define LIFE       3600u
/* So many in turn, that neither has the quieter processor. */
#define TURN 100

/* ---- what the Verifier knows --------------------------------------------- */

static struct device device;
static size_t models = MODELS;
static uint8_t corim_room[CORIMS_MAX][16384];
static struct corim corims[CORIMS_MAX];
static struct acs_source sources[CORIMS_MAX];
static struct acs_library library;
static struct acs_saying sayings[MODELS_MAX * DEVICE_VALUES];

/* What is to be expected of one; model 0 is the device's. */
static void
model_make(size_t model, struct corim_entry e[DEVICE_VALUES])
{
	static char names[MODELS_MAX][32];

	device_values(e);
	(void)snprintf(names[model], sizeof(names[model]), "other-%zu", model);
	for (size_t i = 0; model > 0 && i < DEVICE_VALUES; i++)
		e[i].class_id = bytes_of_text(names[model]);
}

/* All models from `at` on that find room in one. */
static void
corim_make(size_t at)
{
	static const struct corim_scope all = {
	    .kinds = (unsigned)CORIM_REFERENCE | CORIM_ENDORSED};
	static struct corim_entry e[SHELF * DEVICE_VALUES];
	size_t nth = at / SHELF, n = 0;
	struct cbor_out w = cbor_into(SPAN_OF(corim_room[nth]));
	char name[32];
	struct bytes out;
	struct why why;

	for (size_t i = at; i < models && i < at + SHELF; i++, n++)
		model_make(i, &e[n * DEVICE_VALUES]);
	(void)snprintf(name, sizeof(name), "models-%zu", nth);
	bench_ok(corim_author(
		     &w, name, name, NOW - 1, NOW + LIFE, e, n * DEVICE_VALUES),
	    "CoRIM");
	bench_ok(cbor_done(&w, &out), "CoRIM");
	bench_ok(corim_parse(out, &corims[nth], &why), "CoRIM");
	sources[nth] = (struct acs_source){
	    .corim = &corims[nth], .scope = &all, .n_scope = 1};
}

static enum err
find_key(void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out)
{
	struct corim_entry e = device_endorsement(&device);

	(void)ctx;
	if (memcmp(kid, device.evidence.kid, KID_LEN) != 0)
		return ERR_UNKNOWN_KEY;
	*out = (struct verifier_key){.key = e.key};
	memcpy(out->class_id, e.class_id.p, e.class_id.n);
	out->class_id_n = e.class_id.n;
	memcpy(out->vendor, e.vendor.p, e.vendor.n);
	memcpy(out->ueid, e.ueid.p, e.ueid.n);
	out->ueid_n = e.ueid.n;
	return OK;
}

static enum err
the_library(void *ctx, const struct acs_library **out)
{
	(void)ctx;
	*out = &library;
	return OK;
}

static const struct verifier_store store = {
    .key = find_key, .library = the_library};
static const struct scheme *const schemes[] = {&scheme_eat, NULL};

static void
library_make(void)
{
	struct why why;

	for (size_t i = 0; i < models; i += SHELF)
		corim_make(i);
	bench_ok(acs_library_begin(&library, sources,
		     (models + SHELF - 1) / SHELF, NOW, false, &why),
	    "CoRIMs");
	bench_ok(
	    acs_library_index(&library, sayings, ARRAY_LEN(sayings)), "CoRIMs");
}

/* ---- the work ------------------------------------------------------------ */

struct work {
	struct verifier verifier;
	struct verifier_ask ask;
	struct bytes evidence;
	const struct signer *result;
};

/* Once, with a signed Result at its end. */
static enum err
appraise(const struct work *w)
{
	static struct appraisal a;
	static uint8_t claims_room[2048], room[2560];
	struct cbor_out o = cbor_into(SPAN_OF(claims_room));
	struct bytes claims;

	TRY(verifier_appraise(&w->verifier, &w->ask, w->evidence, &a));
	TRY(verifier_result_write(&o, &a, &w->ask, LIFE));
	TRY(cbor_done(&o, &claims));
	o = cbor_into(SPAN_OF(room));
	return cose_sign1_write(&o, w->result, claims, NULL, 0);
}

/* By name for callgrind; nothing else is counted. */
static __attribute__((noinline)) enum err
measured_work(const struct work *w)
{
	return appraise(w);
}

/* What cannot be left out: no octet is looked at between. */
static void
bare(const struct work *w)
{
	struct bytes message = {w->evidence.p, w->evidence.n};
	const struct crypto *c = w->verifier.crypto;
	static uint8_t sig[SIG_LEN];
	static bool once;

	if (!once)
		bench_ok(device.evidence.s.sign(
			     device.evidence.s.ctx, &message, 1, sig),
		    "sign");
	once = true;
	bench_ok(c->verify(ALG_ESP256, &device.evidence.pub, &message, 1,
		     BYTES_OF(sig)),
	    "verify");
	bench_ok(
	    w->result->sign(w->result->ctx, &message, 1, (uint8_t[SIG_LEN]){0}),
	    "sign");
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
rate(const struct work *w, unsigned long n)
{
	double whole = 0, least = 0;
	unsigned long turns = n / TURN;

	bench_need(turns > 0, "N of 100 and more");
	for (unsigned long t = 0; t < turns; t++) {
		double at = seconds(), then;

		for (int i = 0; i < TURN; i++)
			bench_ok(appraise(w), "appraise");
		then = seconds();
		for (int i = 0; i < TURN; i++)
			bare(w);
		whole += then - at;
		least += seconds() - then;
	}
	n = turns * TURN;
	(void)printf(
	    "%.2f %.2f\n", whole * 1e6 / (double)n, least * 1e6 / (double)n);
}

int
main(int argc, char **argv)
{
	static uint8_t room[3072];
	static const uint8_t challenge[32] = {0xcc};
	char audience[1][KID_TEXT];
	struct bench_pair result;
	struct signer apart;
	struct work w = {
	    .verifier = {.crypto = bench_crypto(),
		.store = &store,
		.schemes = schemes},
	    .result = &result.s,
	    .ask = {.media = BYTES_LIT(EAT_EVIDENCE_FORMAT),
		.challenge = BYTES_OF(challenge),
		.audience = (const char(*)[KID_TEXT])audience,
		.n_audience = 1,
		.teep_kid = device.teep.kid,
		.now = NOW},
	};

	if (argc == 3 && strcmp(argv[1], "once") == 0)
		models = strtoul(argv[2], NULL, 10);
	bench_need(models > 0 && models <= MODELS_MAX, "M of 1 to 1000");
	device_new(&device, 0);
	bench_pair_make(&result, CRV_P256);
	kid_text(result.kid, audience[0]);
	library_make();
	device_evidence(
	    &device, audience[0], w.ask.challenge, SPAN_OF(room), &w.evidence);
	if ((argc == 2 || argc == 3) && strcmp(argv[1], "once") == 0) {
		w.verifier.crypto = apart_crypto();
		apart = apart_signer(&result.s);
		w.result = &apart;
		bench_ok(measured_work(&w), "appraise");
		(void)printf("%zu\n", w.evidence.n);
	} else if (argc == 3 && strcmp(argv[1], "rate") == 0) {
		rate(&w, strtoul(argv[2], NULL, 10));
	} else {
		(void)fputs("usage: appraisal once [M] | rate N\n", stderr);
		return 2;
	}
	device_free(&device);
	bench_pair_free(&result);
	return 0;
}
