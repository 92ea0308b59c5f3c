/*
 * device: keys in files, and a QueryResponse with encrypted Evidence.
 *                                               [TEEP 4.3, docs/evidence.md]
 */
#include "device.h"

#include <cmdline.h>
#include <limits.h>
#include <string.h>
#include <tamarind/eat.h>
#include <tamarind/teep.h>

#define MODEL  "bench-1"
#define VENDOR "0a0b0c"

static const uint8_t launcher[DIGEST_LEN] = {0x11};
static const uint8_t agent[DIGEST_LEN] = {0x22};
static const uint8_t policy[DIGEST_LEN] = {0x33};

/* ---- keys -----------------------------------------------------------------
 */

static void
path_of(char out[PATH_MAX], const char *dir, size_t number, const char *what)
{
	(void)snprintf(out, PATH_MAX, "%s/%zu.%s.pem", dir, number, what);
}

static void
identify(struct device *d, size_t number)
{
	d->number = number;
	d->ueid[0] = 1; /* RAND */
	memset(d->ueid + 1, 0xbe, sizeof(d->ueid) - 1);
	for (size_t i = 0; i < sizeof(number); i++)
		d->ueid[1 + i] = (uint8_t)(number >> 8 * i);
}

static void
pair_make(
    struct bench_pair *p, const char *dir, size_t number, const char *what)
{
	uint8_t room[OPENSSL_PEM_MAX];
	char path[PATH_MAX];
	struct bytes pem;

	memset(p, 0, sizeof(*p));
	bench_ok(openssl_key_generate(CRV_P256, SPAN_OF(room), &pem, &p->pub),
	    "key");
	bench_ok(openssl_signer_load(pem, &p->s), "key");
	path_of(path, dir, number, what);
	bench_ok(write_file_atomic(path, pem, WRITE_SECRET), path);
	wipe(room, sizeof(room));
	memcpy(p->kid, p->s.kid, KID_LEN);
}

static void
pair_load(
    struct bench_pair *p, const char *dir, size_t number, const char *what)
{
	char path[PATH_MAX];
	struct bytes pem;

	memset(p, 0, sizeof(*p));
	path_of(path, dir, number, what);
	bench_ok(read_file(path, KEY_FILE_MAX, &pem), path);
	bench_ok(openssl_private_public(pem, &p->pub), path);
	bench_ok(openssl_signer_load(pem, &p->s), path);
	release_bytes(&pem);
	memcpy(p->kid, p->s.kid, KID_LEN);
}

void
device_make(struct device *d, const char *dir, size_t number)
{
	uint8_t room[OPENSSL_PEM_MAX];
	char path[PATH_MAX];
	struct bytes pem;

	identify(d, number);
	pair_make(&d->teep, dir, number, "teep");
	pair_make(&d->evidence, dir, number, "evidence");
	path_of(path, dir, number, "pub");
	bench_ok(openssl_public_write(&d->teep.pub, SPAN_OF(room), &pem), path);
	bench_ok(write_file_atomic(path, pem, WRITE_PUBLIC), path);
}

void
device_new(struct device *d, size_t number)
{
	struct bench_pair report;

	identify(d, number);
	bench_pair_make(&d->teep, CRV_P256);
	bench_pair_make(&d->evidence, CRV_P256);
	/* reports nothing here, so the private half may go */
	bench_pair_make(&report, CRV_P256);
	d->report_pub = report.pub;
	bench_pair_free(&report);
}

void
device_load(struct device *d, const char *dir, size_t number)
{
	struct bench_pair report;

	identify(d, number);
	pair_load(&d->teep, dir, number, "teep");
	pair_load(&d->evidence, dir, number, "evidence");
	/* reports nothing here, so the private half may go */
	bench_pair_make(&report, CRV_P256);
	d->report_pub = report.pub;
	bench_pair_free(&report);
}

void
device_free(struct device *d)
{
	bench_pair_free(&d->teep);
	bench_pair_free(&d->evidence);
}

/* ---- what its maker says --------------------------------------------------
 */

static struct corim_entry
about_model(enum corim_kind kind, struct bytes mkey)
{
	return (struct corim_entry){
	    .kind = kind,
	    .class_id = BYTES_LIT(MODEL),
	    .vendor = BYTES_LIT(VENDOR),
	    .mkey = mkey,
	};
}

void
device_values(struct corim_entry e[DEVICE_VALUES])
{
	e[0] = about_model(CORIM_REFERENCE, BYTES_LIT("launcher"));
	e[0].digest = BYTES_OF(launcher);
	e[1] = about_model(CORIM_REFERENCE, BYTES_LIT("agent"));
	e[1].digest = BYTES_OF(agent);
	e[2] = about_model(CORIM_REFERENCE, BYTES_LIT("hwversion"));
	e[2].version = BYTES_LIT("rev-b");
	e[3] = about_model(CORIM_ENDORSED, BYTES_LIT("assurance"));
	e[3].name = BYTES_LIT("process-grade");
}

struct corim_entry
device_endorsement(const struct device *d)
{
	struct corim_entry e = about_model(CORIM_ATTEST_KEY, BYTES_NONE);

	e.ueid = BYTES_OF(d->ueid);
	e.key = d->evidence.pub;
	return e;
}

/* ---- Evidence -------------------------------------------------------------
 */

static void
put_component(
    struct cbor_out *w, struct bytes name, const uint8_t digest[DIGEST_LEN])
{
	const struct eat_component c = {
	    .name = name, .digest = {digest, DIGEST_LEN}};

	eat_component_put(w, &c);
}

static void
put_manifest(struct cbor_out *w, const uint8_t digest[DIGEST_LEN])
{
	const struct eat_manifest m = {
	    BYTES_NONE, ALG_SHA256, {digest, DIGEST_LEN}};

	eat_manifest_put(w, &m);
}

void
device_evidence(const struct device *d, const char *audience,
    struct bytes challenge, struct span room, struct bytes *out)
{
	static const uint8_t seed[32] = {1};
	uint8_t cnf[128], report[128], manifests[256], measured[512];
	uint8_t claims_room[2048];
	struct cbor_out w = cbor_into(SPAN_OF(cnf));
	struct bytes claims;
	struct eat_claims c = {
	    .has = EAT_HAS_AUD | EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_UEID |
		   EAT_HAS_OEMID | EAT_HAS_HWMODEL | EAT_HAS_HWVERSION |
		   EAT_HAS_PROFILE | EAT_HAS_BOOTSEED | EAT_HAS_MANIFESTS |
		   EAT_HAS_MEASUREMENTS | EAT_HAS_REPORT_KEY | EAT_HAS_COUNTER,
	    .aud = bytes_of_text(audience),
	    .nonce = challenge,
	    .ueid = BYTES_OF(d->ueid),
	    .oemid = BYTES_LIT("\x43\x0a\x0b\x0c"),
	    .hwmodel = BYTES_LIT(MODEL),
	    .hwversion = BYTES_LIT("\x81\x65rev-b"),
	    .profile = BYTES_LIT(EAT_EVIDENCE_PROFILE),
	    .bootseed = BYTES_OF(seed),
	    .counter = BYTES_LIT("none"),
	};

	eat_cnf_put_key(&w, &d->teep.pub);
	bench_ok(cbor_done(&w, &c.cnf), "cnf");
	w = cbor_into(SPAN_OF(report));
	cose_key_write(&w, &d->report_pub);
	bench_ok(cbor_done(&w, &c.report_key), "report key");
	w = cbor_into(SPAN_OF(manifests));
	put_manifest(&w, agent);
	put_manifest(&w, policy);
	c.manifests.n = 2;
	bench_ok(cbor_done(&w, &c.manifests.raw), "manifests");
	w = cbor_into(SPAN_OF(measured));
	put_component(&w, BYTES_LIT("launcher"), launcher);
	put_component(&w, BYTES_LIT("agent"), agent);
	put_component(&w, BYTES_LIT("policy"), policy);
	c.measurements.n = 3;
	bench_ok(cbor_done(&w, &c.measurements.raw), "measurements");

	w = cbor_into(SPAN_OF(claims_room));
	bench_ok(eat_write(&w, &c), "claims");
	bench_ok(cbor_done(&w, &claims), "claims");
	w = cbor_into(room);
	bench_ok(
	    cose_sign1_write(&w, &d->evidence.s, claims, NULL, WRITE_TAGGED),
	    "Evidence");
	bench_ok(cbor_done(&w, out), "Evidence");
}

/* The same, encrypted to the TAM; *out views room. */
static void
evidence(const struct device *d, const struct device_tam *tam,
    struct bytes challenge, struct span room, struct bytes *out)
{
	uint8_t signed_room[3072];
	struct cbor_out w = cbor_into(room);
	struct bytes message;

	device_evidence(
	    d, tam->audience, challenge, SPAN_OF(signed_room), &message);
	bench_ok(cose_encrypt_write(&w, bench_crypto(), ALG_A128GCM, &tam->enc,
		     tam->enc_kid, COSE_CTX_EAT, message),
	    "Evidence");
	bench_ok(cbor_done(&w, out), "Evidence");
}

void
device_answer(const struct device *d, const struct device_tam *tam,
    struct bytes request, struct span room, struct bytes *out)
{
	uint8_t evidence_room[4096], payload_room[6144];
	struct teep_message q, m = {
				   .type = TEEP_QUERY_RESPONSE,
				   .has = TEEP_HAS_ATTESTATION |
					  TEEP_HAS_FORMAT | TEEP_HAS_TC_LIST,
				   .format = BYTES_LIT(EAT_EVIDENCE_FORMAT),
			       };
	struct cbor_out w = cbor_into(SPAN_OF(payload_room));
	struct cose_signed s;
	struct bytes payload;
	struct why why;

	/* A real device verifies the TAM; a load generator has no time to. */
	bench_ok(
	    cose_signed_read(request, ACCEPT_SIGN | ACCEPT_SIGN1, &s, &why),
	    "request");
	bench_ok(teep_parse(s.payload, NULL, &q, &why), "request");
	bench_need(
	    q.type == TEEP_QUERY_REQUEST && (q.has & TEEP_HAS_CHALLENGE) != 0,
	    "a QueryRequest with a challenge");
	evidence(d, tam, q.challenge, SPAN_OF(evidence_room), &m.attestation);
	bench_ok(teep_write(&w, NULL, &m), "QueryResponse");
	bench_ok(cbor_done(&w, &payload), "QueryResponse");
	w = cbor_into(room);
	bench_ok(cose_sign1_write(&w, &d->teep.s, payload, NULL, WRITE_TAGGED),
	    "QueryResponse");
	bench_ok(cbor_done(&w, out), "QueryResponse");
}
