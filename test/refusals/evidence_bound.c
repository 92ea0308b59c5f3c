/*
 * evidence_bound: when and for whom the Evidence was made, and what it says
 * against what others say.                           [docs/evidence.md 5]
 */
#include "evidence.h"

/* ---- freshness -----------------------------------------------------------
 */

static struct bytes
nonce(const struct row *r)
{
	q.ev.c.nonce = r->raw;
	return qr_octets(&q);
}

static struct bytes
nonce_cut(const struct row *r)
{
	q.ev.c.nonce.n = (size_t)r->key;
	return qr_octets(&q);
}

static struct bytes
nonce_longer(const struct row *r)
{
	static uint8_t room[TAM_CHALLENGE_LEN + 1];

	(void)r;
	memcpy(room, challenge, sizeof(challenge));
	q.ev.c.nonce = BYTES_OF(room);
	return qr_octets(&q);
}

static struct bytes
nonce_flipped(const struct row *r)
{
	challenge[r->key] ^= 1;
	return qr_octets(&q);
}

/* So many seconds after the challenge was made. */
static struct bytes
later(const struct row *r)
{
	w.now = (uint64_t)((int64_t)w.now + r->key);
	return qr_octets(&q);
}

static struct bytes
again(const struct row *r)
{
	struct bytes in = aside(qr_octets(&q));

	(void)r;
	assert_int_equal(hand_in(in), OK);
	assert_int_equal(apply(), OK);
	return in;
}

static struct bytes
used(const struct row *r)
{
	(void)again(r);
	memset(q.ev.seed, 1, sizeof(q.ev.seed));
	return qr_octets(&q);
}

static struct bytes
forgotten(const struct row *r)
{
	struct bytes in = again(r);

	w.now += 2000;
	w.store.n_used = 0;
	return in;
}

static struct bytes
two_nonces(const struct row *r)
{
	uint8_t raw[2 * TAM_CHALLENGE_LEN + 5];
	struct cbor_out o = cbor_into(SPAN_OF(raw));
	struct row both = *r;

	cbor_put_array(&o, 2);
	cbor_put_bstr(&o, BYTES_OF(challenge));
	cbor_put_bstr(&o, BYTES_OF(challenge));
	both.key = 10;
	assert_int_equal(cbor_done(&o, &both.raw), OK);
	return claim(&both);
}

static struct bytes
over(const struct row *r)
{
	q.ev.c.has |= EAT_HAS_EXP;
	q.ev.c.exp = (uint64_t)((int64_t)NOW + r->key);
	return qr_octets(&q);
}

static struct bytes
not_before(const struct row *r)
{
	q.ev.c.has |= EAT_HAS_NBF;
	q.ev.c.nbf = (uint64_t)((int64_t)NOW + r->key);
	return qr_octets(&q);
}

#define LENGTH_32 "0123456789abcdef0123456789abcdef"
static const struct row freshness[] = {
    HEALTHY,
    {"answered in the last second", later, OK, NULL, "Update", true, 600, {0}},
    {"a second later than that", later, ERR_EXPIRED, "challenge", NULL, false,
	601, {0}},
    {"made in the future", later, ERR_CHALLENGE, "challenge", NULL, false, -301,
	{0}},
    {"a nonce of the device's own", nonce, ERR_CHALLENGE, "challenge", NULL,
	false, 0, BYTES_LIT(LENGTH_32)},
    {"one bit of its time", nonce_flipped, ERR_CHALLENGE, "challenge", NULL,
	false, 3, {0}},
    {"one bit of what is random", nonce_flipped, ERR_CHALLENGE, "challenge",
	NULL, false, 9, {0}},
    {"one bit of its authenticity", nonce_flipped, ERR_CHALLENGE, "challenge",
	NULL, false, 31, {0}},
    {"an octet short", nonce_cut, ERR_CHALLENGE, "challenge", NULL, false, 31,
	{0}},
    {"8 octets of it, as few as there may be", nonce_cut, ERR_CHALLENGE,
	"challenge", NULL, false, 8, {0}},
    {"a nonce of 7 octets", claim, ERR_RANGE, "eat_nonce", NULL, false, 10,
	BYTES_LIT("\x47"
		  "0123456")},
    {"a nonce of 65 octets", claim, ERR_RANGE, "eat_nonce", NULL, false, 10,
	BYTES_LIT("\x58\x41" LENGTH_32 LENGTH_32 "!")},
    SILENT("a longer one that begins with it", nonce_longer, ERR_CHALLENGE,
	"challenge"),
    SILENT("two nonces", two_nonces, ERR_TYPE, "eat_nonce"),
    SILENT("the same message again", again, ERR_REPLAY, "challenge"),
    SILENT("new Evidence for a used challenge", used, ERR_REPLAY, "challenge"),
    SILENT("again when the challenge is forgotten", forgotten, ERR_EXPIRED,
	"challenge"),
    {"exp in a second", over, OK, NULL, "Update", true, 1, {0}},
    {"exp now", over, ERR_EXPIRED, "exp", "7 expired", true, 0, {0}},
    {"nbf now", not_before, OK, NULL, "Update", true, 0, {0}},
    {"nbf in a second", not_before, ERR_EXPIRED, "nbf", "7 expired", true, 1,
	{0}},
};

/* ---- binding -------------------------------------------------------------
 */

static struct bytes
for_audience(const struct row *r)
{
	(void)r;
	draft_aud(&q.ev, w.stranger.kid);
	return qr_octets(&q);
}

static struct bytes
audience_cut(const struct row *r)
{
	(void)r;
	q.ev.c.aud.n--;
	return qr_octets(&q);
}

static struct bytes
other_cnf(const struct row *r)
{
	(void)r;
	draft_cnf(&q.ev, &teep_of(1)->pub);
	return qr_octets(&q);
}

static struct bytes
other_sender(const struct row *r)
{
	(void)r;
	q.by = &teep_of(1)->s;
	return qr_octets(&q);
}

static struct bytes
unknown_sender(const struct row *r)
{
	(void)r;
	q.by = &w.stranger.s;
	return qr_octets(&q);
}

static struct bytes
report_key(const struct row *r)
{
	const struct cose_key *keys[] = {
	    &teep_of(0)->pub, &w.dev[0].evidence.pub};

	draft_report_key(&q.ev, keys[r->key]);
	return qr_octets(&q);
}

static struct bytes
report_key_off(const struct row *r)
{
	struct cose_key k = w.dev[0].report.pub;

	(void)r;
	k.y[0] ^= 1;
	draft_report_key(&q.ev, &k);
	return qr_octets(&q);
}

static struct bytes
payload_key(const struct row *r)
{
	const struct cose_key *keys[] = {&w.dev[0].report.pub,
	    &w.dev[0].teep[0].pub, &w.dev[0].evidence.pub};

	draft_enc_key(&q.ev, keys[r->key]);
	return qr_octets(&q);
}

static struct bytes
payload_key_twice(const struct row *r)
{
	(void)r;
	draft_enc_keys(&q.ev,
	    (const struct eat_payload_key[]){
		{BYTES_LIT("a"), w.enc.pub}, {BYTES_LIT("b"), w.enc.pub}},
	    2);
	return qr_octets(&q);
}

static struct bytes
other_ueid(const struct row *r)
{
	(void)r;
	q.ev.ueid[16] ^= 1;
	return qr_octets(&q);
}

static const struct row binding[] = {
    HEALTHY,
    TOLD("aud is another TAM", for_audience, ERR_EVIDENCE_AUDIENCE, "aud",
	"evidence-audience"),
    TOLD("aud is a prefix of this TAM's", audience_cut, ERR_EVIDENCE_AUDIENCE,
	"aud", "evidence-audience"),
    TOLD("cnf is the TEEP key of another agent", other_cnf, ERR_EVIDENCE_CNF,
	"cnf", "evidence-not-bound"),
    TOLD("another agent sends it", other_sender, ERR_EVIDENCE_CNF, "cnf",
	"evidence-not-bound"),
    SILENT("somebody unknown sends it", unknown_sender, ERR_UNKNOWN_KEY,
	"signature"),
    {"cnf names no key", claim, ERR_MISSING, "cnf", "7 missing-field", true, 8,
	BYTES_LIT("\xa0")},
    {"the TEEP key signs reports, too", report_key, ERR_KEY_PURPOSE,
	"report-key", "7 wrong-key-purpose", true, 0, {0}},
    {"the evidence key signs reports, too", report_key, ERR_KEY_PURPOSE,
	"report-key", "7 wrong-key-purpose", true, 1, {0}},
    TOLD("the report key is no point of the curve", report_key_off,
	ERR_COSE_KEY, "report-key", "bad-key"),
    {"the report key decrypts payloads, too", payload_key, ERR_KEY_PURPOSE,
	"payload-keys", "7 wrong-key-purpose", true, 0, {0}},
    {"the evidence key decrypts payloads, too", payload_key, ERR_KEY_PURPOSE,
	"payload-keys", "7 wrong-key-purpose", true, 2, {0}},
    TOLD("one payload key for two authorities", payload_key_twice,
	ERR_KEY_PURPOSE, "payload-keys", "wrong-key-purpose"),
    TOLD("ueid is not the endorsed one", other_ueid, ERR_EVIDENCE_CLAIM, "ueid",
	"claim-mismatch"),
    {"oemid is not the endorsed one", claim, ERR_EVIDENCE_CLAIM, "oemid",
	"7 claim-mismatch", true, 258, BYTES_LIT("\x43\x0a\x0b\x0d")},
    {"hwmodel is not the endorsed one", claim, ERR_EVIDENCE_CLAIM, "hwmodel",
	"7 claim-mismatch", true, 259,
	BYTES_LIT("\x47"
		  "model-2")},
};

/* ---- values, and the device of before ------------------------------------
 */

static struct bytes
measured(const struct row *r)
{
	draft_measure_none(&q.ev);
	draft_measure(&q.ev, "launcher", r->key == 0 ? 0x66 : 0x11);
	draft_measure(&q.ev, "agent", r->key == 1 ? 0x66 : 0x22);
	/* A component that is called like it is not it. */
	if (r->key == 1)
		draft_measure(&q.ev, "component:agent", 0x22);
	return qr_octets(&q);
}

static struct bytes
no_values(const struct row *r)
{
	(void)r;
	w.lib.n_values = 0;
	return qr_octets(&q);
}

/* Forget all that is said of r->raw. */
static struct bytes
value_withdrawn(const struct row *r)
{
	for (size_t i = 0; i < w.lib.n_values; i++)
		if (bytes_same(w.lib.value[i].e.mkey, r->raw))
			w.lib.value[i].e.mkey = BYTES_LIT("withdrawn");
	return qr_octets(&q);
}

static struct bytes
value_without_digest(const struct row *r)
{
	(void)r;
	for (size_t i = 0; i < w.lib.n_values; i++)
		if (w.lib.value[i].e.digest.n > 0) {
			w.lib.value[i].e.digest = BYTES_NONE;
			w.lib.value[i].e.version = BYTES_LIT("1");
		}
	return qr_octets(&q);
}

/* A session of the healthy device, and a new challenge for the next. */
static void
session_before(void)
{
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
	w.now += 1000;
	w.store.n_used = 0;
	(void)connected(challenge);
}

static struct bytes
another_device(const struct row *r)
{
	(void)r;
	session_before();
	draft_make(&q.ev, &w.dev[1].evidence, teep_of(0), &w.dev[1].report,
	    w.esp256.kid, BYTES_OF(challenge), w.dev[1].no);
	return qr_octets(&q);
}

static void
endorsed_as(const char *class)
{
	for (size_t i = 0; i < w.lib.n_values; i++)
		if (w.lib.value[i].e.kind == CORIM_ENDORSED)
			w.lib.value[i].e.name = (struct bytes){
			    (const uint8_t *)class, strlen(class)};
}

static struct bytes
weaker(const struct row *r)
{
	(void)r;
	endorsed_as("TPM-measured");
	session_before();
	endorsed_as("process-grade");
	return qr_octets(&q);
}

static struct bytes
two_boots(const struct row *r)
{
	session_before();
	memset(q.ev.seed, 1, sizeof(q.ev.seed));
	session_before();
	/* the boot that came before */
	memset(q.ev.seed, 0, sizeof(q.ev.seed));
	if (r->key == 0)
		return qr_octets(&q);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, ERR_CLONE);
	assert_int_equal(apply(), OK);
	(void)connected(challenge);
	memset(q.ev.seed, 2, sizeof(q.ev.seed));
	return qr_octets(&q);
}

static struct bytes
held_back(const struct row *r)
{
	uint8_t newer[TAM_CHALLENGE_LEN];
	struct bytes late;

	(void)r;
	session_before();
	late = aside(qr_octets(&q));
	w.now += 1;
	q.ev.c.nonce = connected(newer);
	memset(q.ev.seed, 1, sizeof(q.ev.seed));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
	w.now += 500;
	return late;
}

static const struct row values[] = {
    HEALTHY,
    {"another hwversion", claim, ERR_MEASUREMENT, "hwversion",
	"7 measurement-mismatch", true, 260, BYTES_LIT("\x81\x65rev-c")},
    {"another launcher", measured, ERR_MEASUREMENT, "measurement launcher",
	"7 measurement-mismatch", true, 0, {0}},
    {"another agent, beside a component of that name", measured,
	ERR_MEASUREMENT, "measurement agent", "7 measurement-mismatch", true, 1,
	{0}},
    TOLD("nobody says what to expect", no_values, ERR_NO_REFERENCE, "hwversion",
	"no-reference-value"),
    {"the value for the launcher was withdrawn", value_withdrawn,
	ERR_NO_REFERENCE, "measurement launcher", "7 no-reference-value", true,
	0, BYTES_LIT("launcher")},
    {"the values for the agent were withdrawn", value_withdrawn,
	ERR_NO_REFERENCE, "measurement agent", "7 no-reference-value", true, 0,
	BYTES_LIT("agent")},
    TOLD("values without a digest", value_without_digest, ERR_MEASUREMENT,
	"measurement launcher", "measurement-mismatch"),
    TOLD("another device than the TEEP key was accepted with", another_device,
	ERR_EVIDENCE_CLAIM, "ueid", "claim-mismatch"),
    TOLD("a weaker class of assurance than before", weaker, ERR_ASSURANCE,
	"assurance", "weaker-assurance"),
    {"a boot that was over comes back", two_boots, ERR_CLONE, "bootseed",
	"7 clone", true, 0, {0}},
    {"any boot after that", two_boots, ERR_CLONE, "bootseed", "7 clone", true,
	1, {0}},
    TOLD("Evidence held back over a boot", held_back, ERR_EXPIRED, "bootseed",
	"expired"),
};

static const struct section on_freshness = {"Evidence: freshness",
    "eat_nonce is the challenge, used by this key for the first time, and not "
    "too old.",
    AT_THE_TAM(freshness)};
static const struct section on_binding = {"Evidence: binding",
    "Made for this TAM, by the device that the key was endorsed for, about the "
    "key that signs the message; and each key for one purpose.",
    AT_THE_TAM(binding)};
static const struct section on_values = {"Evidence: values",
    "What was measured against what somebody vouches for, and the device "
    "against what it was before.",
    AT_THE_TAM(values)};

static const struct section *const sections[] = {
    &on_freshness, &on_binding, &on_values};
const struct file file_bound = {
    sections, ARRAY_LEN(sections), world_make, world_end};
