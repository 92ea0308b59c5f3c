/*
 * hardware_tpm: Evidence behind which a TPM should stand, and does not.
 *                                                    [docs/evidence.md 9]
 */
#include "tpm_machine.h"

#include "refusals.h"

static void
tpm_sees(const struct row *r, struct seen *out)
{
	struct bytes in;

	(void)healthy(NULL);
	in = r->make(r);
	out->e = appraise(in);
	if (a.why.what != NULL)
		(void)snprintf(out->what, sizeof(out->what), "%s", a.why.what);
}

static struct bytes
good(const struct row *r)
{
	(void)r;
	return evidence_make();
}

/* ---- the quote ----------------------------------------------------------- */

static struct bytes
other_key(const struct row *r)
{
	m.by = &other_ak;
	return good(r);
}

static struct bytes
signature(const struct row *r)
{
	m.flip_signature = true;
	return good(r);
}

static struct bytes
old_nonce(const struct row *r)
{
	m.quote.extra = BYTES_OF(old);
	return good(r);
}

static struct bytes
no_nonce(const struct row *r)
{
	m.quote.extra = BYTES_NONE;
	return good(r);
}

static struct bytes
no_quote(const struct row *r)
{
	m.quote.magic++;
	return good(r);
}

static struct bytes
without_pcr(const struct row *r)
{
	m.quote.pcrs &= ~(UINT32_C(1) << r->key);
	return good(r);
}

static struct bytes
unsigned_values(const struct row *r)
{
	m.composite[0] = 0x55;
	return good(r);
}

static struct bytes
cut(const struct row *r)
{
	struct bytes in = good(r);

	in.n = (size_t)r->key;
	return in;
}

static struct bytes
eat_alone(const struct row *r)
{
	(void)r;
	return evidence_sign(&d);
}

/* ---- what was booted ----------------------------------------------------- */

static struct bytes
extended(const struct row *r)
{
	assert_int_equal(
	    tpm_extend(crypto_openssl(), m.pcrs.value[r->key], BYTES_OF(old)),
	    OK);
	return good(r);
}

static struct bytes
forged_log(const struct row *r)
{
	m.log.p[m.log.n - 40] ^= 1;
	return good(r);
}

static struct bytes
no_log(const struct row *r)
{
	m.log.n = 0;
	return good(r);
}

static struct bytes
forged_data(const struct row *r)
{
	m.log.p[69 + 8 + 4 + 22 + 34 + 4] = 1;
	return good(r);
}

static struct bytes
command_line(const struct row *r)
{
	firmware("quiet init=/bin/sh");
	boots(TPM_STEPS);
	return good(r);
}

static struct bytes
more_events(const struct row *r)
{
	log_add(&m.log, crypto_openssl(), 9, EV_TAG, BYTES_LIT("a third"));
	boots(TPM_STEPS);
	return good(r);
}

static struct bytes
nobody_expects(const struct row *r)
{
	lib.n_values = 4;
	return good(r);
}

/* ---- what was started ---------------------------------------------------- */

static struct bytes
few_steps(const struct row *r)
{
	boots((size_t)r->key);
	return good(r);
}

static struct bytes
claims_agent(const struct row *r)
{
	m.agent[0] ^= 1;
	return good(r);
}

static struct bytes
starts_agent(const struct row *r)
{
	m.agent[0] ^= 1;
	boots(TPM_STEPS);
	return good(r);
}

static struct bytes
no_keys(const struct row *r)
{
	m.keys_said = BYTES_LIT("\x80");
	return good(r);
}

static struct bytes
extends_teep(const struct row *r)
{
	m.keys.teep[0] = teep2.pub;
	keys_encode(&m.keys_said);
	boots(TPM_STEPS);
	return good(r);
}

static struct bytes
says_teep(const struct row *r)
{
	m.keys.teep[0] = teep2.pub;
	keys_encode(&m.keys_said);
	return good(r);
}

static struct bytes
other_evidence(const struct row *r)
{
	d.by = &other_ak.s;
	return good(r);
}

static struct bytes
other_report(const struct row *r)
{
	draft_report_key(&d, &teep2.pub);
	return good(r);
}

static struct bytes
other_payload(const struct row *r)
{
	draft_enc_key(&d, &teep2.pub);
	return good(r);
}

static struct bytes
eat_nonce(const struct row *r)
{
	d.c.nonce = BYTES_OF(old);
	return good(r);
}

static struct bytes
eat_aud(const struct row *r)
{
	draft_aud(&d, teep.kid);
	return good(r);
}

static struct bytes
eat_ueid(const struct row *r)
{
	d.ueid[3] ^= 1;
	return good(r);
}

static struct bytes
eat_hwversion(const struct row *r)
{
	d.c.hwversion = BYTES_LIT("\x81\x65rev-c");
	return good(r);
}

// clang-format off
#define ROW(wrong, make, e, what, key) \
	{wrong, make, e, what, NULL, false, key, {0}}
// clang-format on

static const struct row quotes[] = {
    ROW("nothing", good, OK, NULL, 0),
    ROW("another attestation key quotes", other_key, ERR_EVIDENCE_KEY,
	"attestation key", 0),
    ROW("one bit of the signature", signature, ERR_SIGNATURE, "quote", 0),
    ROW("the nonce of another challenge", old_nonce, ERR_EVIDENCE_NONCE,
	"quote", 0),
    ROW("the nonce of nobody, whatever time the EAT has", no_nonce,
	ERR_EVIDENCE_NONCE, "quote", 0),
    ROW("no quote but something else of the TPM", no_quote, ERR_TYPE, "quote",
	0),
    ROW("without PCR 4", without_pcr, ERR_MISSING, "PCRs of the quote", 4),
    ROW("without PCR 15, which is the launcher's", without_pcr, ERR_MISSING,
	"PCRs of the quote", TPM_LAUNCHER_PCR),
    ROW("values that are not those of the quote", unsigned_values,
	ERR_MEASUREMENT, "PCR values", 0),
    ROW("cut off", cut, ERR_TRUNCATED, "TPM evidence", 100),
    ROW("the launcher's EAT alone", eat_alone, ERR_TYPE, "TPM evidence", 0),
};

static const struct row boot[] = {
    ROW("nothing", good, OK, NULL, 0),
    ROW("a PCR that was extended after the boot", extended, ERR_MEASUREMENT,
	"PCR 4", 4),
    ROW("a PCR in which nothing was logged", extended, ERR_MEASUREMENT, "PCR 8",
	8),
    ROW("the log tells of another kernel than the TPM", forged_log,
	ERR_MEASUREMENT, "PCR 9", 0),
    ROW("no log", no_log, ERR_TRUNCATED, "event log", 0),
    ROW("the log has other data than were extended", forged_data,
	ERR_MEASUREMENT, "EV_SEPARATOR", 0),
    ROW("another command line", command_line, ERR_MEASUREMENT, "PCR 9", 0),
    ROW("an event more", more_events, ERR_MEASUREMENT, "PCR 9", 0),
    ROW("nobody says what to expect", nobody_expects, ERR_NO_REFERENCE, "PCR 0",
	0),
};

static const struct row start[] = {
    ROW("nothing", good, OK, NULL, 0),
    ROW("the launcher extended no agent", few_steps, ERR_MEASUREMENT, "PCR 15",
	0),
    ROW("the launcher extended no keys", few_steps, ERR_MEASUREMENT, "PCR 15",
	1),
    ROW("the launcher did not close it", few_steps, ERR_MEASUREMENT, "PCR 15",
	2),
    ROW("somebody extended it after that", extended, ERR_MEASUREMENT, "PCR 15",
	TPM_LAUNCHER_PCR),
    ROW("another agent than was extended", claims_agent, ERR_MEASUREMENT,
	"PCR 15", 0),
    ROW("another agent was extended than the EAT has", starts_agent,
	ERR_MEASUREMENT, "measurement agent", 0),
    ROW("a list of keys that is none", no_keys, ERR_RANGE, "keys", 0),
    ROW("another TEEP key was extended", extends_teep, ERR_EVIDENCE_CNF, "cnf",
	0),
    ROW("other keys than were extended", says_teep, ERR_MEASUREMENT, "PCR 15",
	0),
    ROW("another evidence key", other_evidence, ERR_EVIDENCE_KEY,
	"evidence key", 0),
    ROW("another report key", other_report, ERR_EVIDENCE_CNF, "report-key", 0),
    ROW("another payload key", other_payload, ERR_EVIDENCE_CNF, "payload-keys",
	0),
    ROW("eat_nonce is another challenge", eat_nonce, ERR_EVIDENCE_NONCE,
	"eat_nonce", 0),
    ROW("aud is another TAM", eat_aud, ERR_EVIDENCE_AUDIENCE, "aud", 0),
    ROW("ueid is not that of the attestation key", eat_ueid, ERR_EVIDENCE_CLAIM,
	"ueid", 0),
    ROW("another hwversion", eat_hwversion, ERR_MEASUREMENT, "hwversion", 0),
};

static const struct section on_quotes = {"TPM: the quote",
    "A quote over PCRs 0 to 9 and 15 by an endorsed attestation key, with the "
    "challenge in it.",
    NULL, NULL, quotes, ARRAY_LEN(quotes), tpm_sees};
static const struct section on_boot = {"TPM: what was booted",
    "The event log leads to the PCRs, and these are the expected ones. The "
    "reason names the event, too.",
    NULL, NULL, boot, ARRAY_LEN(boot), tpm_sees};
static const struct section on_start = {"TPM: what was started",
    "The launcher's three steps lead to PCR 15: the agent, all keys, and no "
    "more.",
    NULL, NULL, start, ARRAY_LEN(start), tpm_sees};
static const struct section *const sections[] = {
    &on_quotes, &on_boot, &on_start};
const struct file file_tpm = {sections, ARRAY_LEN(sections), setup, teardown};
