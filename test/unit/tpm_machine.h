/*
 * tpm_machine: a machine with a TPM, its firmware and launcher, in the making.
 */
#ifndef TPM_MACHINE_H
#define TPM_MACHINE_H

#include "rats_support.h"
#include "tpm_make.h"

#define EV_TAG 6
#define EV_APP UINT32_C(0x80000003)

static struct pair ak, other_ak, evidence, teep, teep2, report, payload, tam;
static struct library lib;
static struct draft d;
static struct appraisal a;
static char audience[1][KID_TEXT];
static const uint8_t challenge[32] = {0xcc, 2}, old[32] = {0xcc, 1};
static const uint8_t zeros[4];

/* Everything about one machine, to be spoilt by a test before it is put
 * together. */
static struct {
	struct tpm_out log;
	struct tpm_pcrs pcrs;
	struct tpm_keys keys;
	uint8_t keys_room[TPM_KEYS_MAX], enc[256];
	struct bytes keys_said; /* in the Evidence */
	uint8_t agent[DIGEST_LEN];
	struct quote_parts quote;
	uint8_t composite[DIGEST_LEN];
	struct pair *by;
	bool flip_signature;
	uint8_t room[32768];
} m;

static inline int
setup(void **state)
{
	struct pair *all[] = {
	    &ak, &other_ak, &evidence, &teep, &teep2, &report, &payload, &tam};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		pair_make(all[i], CRV_P256, false);
	kid_text(tam.kid, audience[0]);
	return 0;
}

static inline int
teardown(void **state)
{
	struct pair *all[] = {
	    &ak, &other_ak, &evidence, &teep, &teep2, &report, &payload, &tam};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		pair_free(all[i]);
	return 0;
}

/* ---- a machine boots ----------------------------------------------------- */

static inline void
keys_encode(struct bytes *out)
{
	struct cbor_out w = cbor_into(SPAN_OF(m.keys_room));

	tpm_keys_put(&w, &m.keys);
	assert_int_equal(cbor_done(&w, out), OK);
}

static inline void
launcher_speaks(size_t steps)
{
	uint8_t step[TPM_STEPS][DIGEST_LEN];

	assert_int_equal(
	    tpm_steps(crypto_openssl(), BYTES_OF(m.agent), m.keys_said, step),
	    OK);
	for (size_t i = 0; i < steps; i++)
		assert_int_equal(
		    tpm_extend(crypto_openssl(), m.pcrs.value[TPM_LAUNCHER_PCR],
			BYTES_OF(step[i])),
		    OK);
}

/* What this log leads to, and after that what the launcher said. */
static inline void
boots(size_t steps)
{
	assert_int_equal(
	    tpm_replay(crypto_openssl(), made(&m.log), &m.pcrs, NULL), OK);
	launcher_speaks(steps);
}

static inline void
firmware(const char *command_line)
{
	const struct crypto *c = crypto_openssl();
	uint8_t line[DIGEST_LEN];
	struct bytes text = {
	    (const uint8_t *)command_line, strlen(command_line)};

	assert_int_equal(c->sha256(&text, 1, line), OK);
	log_begin(&m.log);
	for (uint32_t i = 0; i < 8; i++)
		log_add(&m.log, c, i, 4, BYTES_OF(zeros));
	log_add(&m.log, c, 4, EV_APP, BYTES_LIT("a kernel"));
	log_put(&m.log, 9, EV_TAG, BYTES_OF(line),
	    BYTES_LIT("\1\0LOADED_IMAGE::LoadOptions\0"));
	log_add(&m.log, c, 9, EV_TAG, BYTES_LIT("Linux initrd"));
}

static inline void
expect(const char *mkey, struct bytes digest)
{
	struct said *s = library_add(&lib, CORIM_REFERENCE, "");

	(void)snprintf(s->text, sizeof(s->text), "%s", mkey);
	memcpy(s->digest, digest.p, DIGEST_LEN);
	s->e.mkey = (struct bytes){(const uint8_t *)s->text, strlen(mkey)};
	s->e.digest = BYTES_OF(s->digest);
}

/* The maker expects what has just booted, and which events of PCR 9. */
static inline void
expect_all(void)
{
	struct tpm_event e;
	struct tpm_log l;
	unsigned nth = 0;
	char mkey[32];

	for (unsigned i = 0; i < TPM_BOOT_PCRS; i++) {
		(void)snprintf(mkey, sizeof(mkey), "pcr-%u", i);
		expect(mkey, BYTES_OF(m.pcrs.value[i]));
	}
	assert_int_equal(tpm_log_begin(&l, made(&m.log), NULL), OK);
	while (tpm_log_next(&l, &e, NULL) == OK) {
		if (e.pcr != 9)
			continue;
		(void)snprintf(mkey, sizeof(mkey), "pcr-9-event-%u", ++nth);
		expect(mkey, e.digest);
	}
}

static inline int
healthy(void **state)
{
	struct cbor_out w;
	struct eat_payload_key one = {.authority = BYTES_LIT("author")};

	(void)state;
	memset(&lib, 0, sizeof(lib));
	memset(&m, 0, sizeof(m));
	library_endorse(&lib, &ak, 7);
	library_text(&lib, CORIM_REFERENCE, "hwversion", "rev-b");
	library_digest(&lib, "launcher", 0x11);
	library_digest(&lib, "agent", 0x22);
	library_text(&lib, CORIM_ENDORSED, "assurance", "hardware-rooted");
	draft_make(
	    &d, &evidence, &teep, &report, tam.kid, BYTES_OF(challenge), 7);
	one.key = payload.pub;
	draft_enc_key(&d, &payload.pub);
	w = cbor_into(SPAN_OF(m.enc));
	eat_payload_key_put(&w, &one);
	m.keys = (struct tpm_keys){.evidence = evidence.pub,
	    .report = report.pub,
	    .teep = {teep.pub},
	    .n_teep = 1};
	m.keys.payload.n = 1;
	assert_int_equal(cbor_done(&w, &m.keys.payload.raw), OK);
	keys_encode(&m.keys_said);
	memset(m.agent, 0x22, sizeof(m.agent));
	m.by = &ak;
	m.quote = (struct quote_parts){.magic = 0xff544347,
	    .type = 0x8018,
	    .bank = TPM_SHA256,
	    .pcrs = TPM_PCR_MASK,
	    .extra = BYTES_OF(challenge),
	    .digest = BYTES_OF(m.composite)};
	firmware("quiet");
	boots(TPM_STEPS);
	expect_all();
	return 0;
}

/* ---- and attests --------------------------------------------------------- */

static inline struct bytes
evidence_make(void)
{
	const struct crypto *c = crypto_openssl();
	uint8_t sig[SIG_LEN], values[TPM_PCRS * 34];
	struct cbor_out w = cbor_into(SPAN_OF(values));
	struct tpm_evidence t = {.ak = BYTES_OF(m.by->kid),
	    .log = made(&m.log),
	    .agent = BYTES_OF(m.agent),
	    .keys = m.keys_said};
	struct tpm_out quote, signature;
	struct bytes part, out;

	for (size_t i = 0; i < TPM_PCRS; i++) {
		if ((TPM_PCR_MASK >> i & 1) == 0)
			continue;
		cbor_put_bstr(&w, BYTES_OF(m.pcrs.value[i]));
		t.pcrs.n++;
	}
	assert_int_equal(cbor_done(&w, &t.pcrs.raw), OK);
	if (m.composite[0] == 0)
		assert_int_equal(
		    tpm_composite(c, &m.pcrs, TPM_PCR_MASK, m.composite), OK);
	quote_make(&quote, &m.quote);
	part = made(&quote);
	assert_int_equal(m.by->s.sign(m.by->s.ctx, &part, 1, sig), OK);
	if (m.flip_signature)
		sig[5] ^= 1;
	signature_make(&signature, sig);
	t.quote = part;
	t.signature = made(&signature);
	t.eat = evidence_sign(&d);
	w = cbor_into(SPAN_OF(m.room));
	tpm_evidence_put(&w, &t);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static inline enum err
appraise(struct bytes in)
{
	const struct verifier_store store = library_store(&lib);
	const struct verifier v = rats_verifier(&store);
	const struct verifier_ask ask = {
	    .media = BYTES_LIT(TPM_EVIDENCE_FORMAT),
	    .challenge = BYTES_OF(challenge),
	    .audience = (const char(*)[KID_TEXT])audience,
	    .n_audience = 1,
	    .teep_kid = teep.kid,
	    .now = NOW};

	return verifier_appraise(&v, &ask, in, &a);
}

#endif
