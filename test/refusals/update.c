/*
 * update: an Attestation Result that does not bind the Update it came in to
 * this device and exchange.            [security 1; docs/evidence.md 7]
 */
#include "agent_fake.h"
#include "refusals.h"

static struct bytes envelope;

/* ---- the agent ----------------------------------------------------------- */

static void
agent_sees(const struct row *r, struct seen *out)
{
	unsigned commits;
	struct teep_message m;
	struct link_frame f;
	struct bytes in;

	device(&(struct policy_opts){0});
	envelope = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	in = r->make(r);
	commits = disk.commits;
	last_reason[0] = last_what[0] = '\0';
	f = give_message(in);
	m = reply_message(&f);
	if (m.type == TEEP_ERROR)
		(void)snprintf(out->wire, sizeof(out->wire), "%u %.*s",
		    (unsigned)m.err_code, (int)m.err_msg.n,
		    (const char *)m.err_msg.p);
	else
		(void)snprintf(out->wire, sizeof(out->wire), "Success");
	/* Done, or nothing was. */
	assert_int_equal(disk.commits > commits, m.type == TEEP_SUCCESS);
	for (int i = 1; m.type == TEEP_ERROR; i++) {
		const char *name;

		assert_true(i < 0x600);
		name = err_name((enum err)i);
		if (strcmp(name, last_reason) == 0) {
			out->e = (enum err)i;
			(void)snprintf(
			    out->what, sizeof(out->what), "%s", last_what);
			break;
		}
	}
	(void)device_free(NULL);
}

static int
agent_ends(void **state)
{
	return device_free(state) + keys_free(state);
}

/* ---- Results ------------------------------------------------------------- */

/* A Result of these claims by whoever. */
static struct bytes
result(const struct eat_claims *c, const struct signer *by, unsigned flags)
{
	struct cbor_out w = begin();
	struct bytes claims;

	assert_ok(eat_write(&w, c));
	claims = end(&w);
	w = begin();
	assert_ok(cose_sign1_write(&w, by, claims, NULL, flags));
	return end(&w);
}

/* What a TAM says of this device, under challenge 1. */
static struct eat_claims
claims(void)
{
	struct eat_claims c = {
	    .has = EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_PROFILE | EAT_HAS_IAT,
	    .iat = ++tam_clock,
	    .nonce = nonce32(1),
	    .profile = text(EAT_TEEP_PROFILE),
	};
	struct cbor_out w = begin();

	eat_cnf_put_kid(&w, keys[K_TEEP].s.kid);
	c.cnf = end(&w);
	return c;
}

static struct bytes
sent(const struct eat_claims *c)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	m.attestation = result(c, &keys[K_VERIFIER].s, 0);
	exchange(1);
	return sign(K_TAM, &m);
}

/* An Update whose attestation-payload is these octets. */
static struct bytes
payload(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	m.attestation = r->raw;
	exchange(1);
	return sign(K_TAM, &m);
}

static struct bytes
good(const struct row *r)
{
	struct eat_claims c = claims();

	(void)r;
	return sent(&c);
}

static struct bytes
no_result(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)r;
	m.has &= ~(uint32_t)TEEP_HAS_ATTESTATION;
	exchange(1);
	return sign(K_TAM, &m);
}

static struct bytes
format(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	m.has |= TEEP_HAS_FORMAT;
	m.format = r->raw;
	exchange(1);
	return sign(K_TAM, &m);
}

static struct bytes
detached(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct eat_claims c = claims();

	(void)r;
	m.attestation = result(&c, &keys[K_VERIFIER].s, WRITE_DETACHED);
	exchange(1);
	return sign(K_TAM, &m);
}

/* The signed claims are these octets. */
static struct bytes
octets(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct cbor_out w = begin();

	assert_ok(cose_sign1_write(&w, &keys[K_VERIFIER].s, r->raw, NULL, 0));
	m.attestation = end(&w);
	exchange(1);
	return sign(K_TAM, &m);
}

static struct bytes
without(const struct row *r)
{
	struct eat_claims c = claims();

	c.has &= ~(uint32_t)r->key;
	return sent(&c);
}

static struct bytes
about_another(const struct row *r)
{
	struct eat_claims c = claims();
	struct cbor_out w = begin();

	(void)r;
	eat_cnf_put_kid(&w, keys[K_DEVICE2].s.kid);
	c.cnf = end(&w);
	return sent(&c);
}

static struct bytes
cnf(const struct row *r)
{
	struct eat_claims c = claims();

	c.cnf = r->raw;
	return sent(&c);
}

static struct bytes
other_nonce(const struct row *r)
{
	struct eat_claims c = claims();

	(void)r;
	c.nonce = nonce32(2);
	return sent(&c);
}

static struct bytes
nonce_cut(const struct row *r)
{
	struct eat_claims c = claims();

	(void)r;
	c.nonce.n--;
	return sent(&c);
}

/* ---- exchanges ----------------------------------------------------------- */

static struct bytes
no_exchange(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)r;
	return sign(K_TAM, &m);
}

static struct bytes
of_yesterday(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)r;
	exchange(1);
	agent_hangup(agent);
	exchange(2);
	return sign(K_TAM, &m);
}

static struct bytes
of_the_challenge_before(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)r;
	exchange(1);
	exchange(2);
	return sign(K_TAM, &m);
}

/* Installed, and what comes is about the component that is there. */
static struct teep_message
after_one(void)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct link_frame f;

	exchange(1);
	f = give_update(&m);
	assert_success(&f);
	return m;
}

static struct bytes
again(const struct row *r)
{
	struct teep_message m = after_one();

	(void)r;
	return sign(K_TAM, &m);
}

static struct bytes
token_again(const struct row *r)
{
	struct teep_message m;

	(void)r;
	(void)after_one();
	m = update(1, 1, NULL, 0);
	add_unneeded(&m, "app/hello");
	return sign(K_TAM, &m);
}

static struct bytes
challenge_again(const struct row *r)
{
	struct teep_message m;

	(void)r;
	(void)after_one();
	m = update(1, 2, NULL, 0);
	add_unneeded(&m, "app/hello");
	return sign(K_TAM, &m);
}

/* Held back while another one was applied. */
static struct bytes
older(const struct row *r)
{
	struct teep_message late = update(2, 2, NULL, 0);

	(void)r;
	add_unneeded(&late, "app/hello");
	(void)after_one();
	agent_hangup(agent);
	exchange(2);
	return sign(K_TAM, &late);
}

/* The whole exchange, challenge and all. */
static struct bytes
all_again(const struct row *r)
{
	struct teep_message m = after_one();

	(void)r;
	agent_hangup(agent);
	exchange(1);
	return sign(K_TAM, &m);
}

static struct bytes
no_token(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)r;
	m.has &= ~(uint32_t)TEEP_HAS_TOKEN;
	exchange(1);
	return sign(K_TAM, &m);
}

static struct bytes
by(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	exchange(1);
	return sign((enum key_name)r->key, &m);
}

static struct bytes
changed(const struct row *r)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct bytes in;
	uint8_t *last;

	(void)r;
	exchange(1);
	in = sign(K_TAM, &m);
	last = scratch + (in.p - scratch) + in.n - 1;
	*last ^= 1;
	return in;
}

/* ---- rows ---------------------------------------------------------------- */

// clang-format off
#define WRONG(wrong, make, e, what, word) \
	{wrong, make, e, what, "1 " word, false, 0, {0}}
#define GIVEN(wrong, make, e, what, word, raw) \
	{wrong, make, e, what, "1 " word, false, 0, BYTES_LIT(raw)}
#define HEALTHY \
	{"nothing", good, OK, NULL, "Success", false, 0, {0}}
// clang-format on

static const struct row results[] = {
    HEALTHY,
    WRONG("no Result", no_result, ERR_UNBOUND, "attestation-payload",
	"unbound-update"),
    GIVEN("it is called Evidence", format, ERR_UNBOUND,
	"attestation-payload-format", "unbound-update", EAT_EVIDENCE_FORMAT),
    GIVEN("another format", format, ERR_UNBOUND, "attestation-payload-format",
	"unbound-update", "text/plain"),
    WRONG(
	"no payload in it", detached, ERR_UNBOUND, "payload", "unbound-update"),
    GIVEN(
	"no COSE", payload, ERR_UNSIGNED, "signed message", "unsigned", "\xa0"),
    GIVEN("cut off", payload, ERR_TRUNCATED, "signed message", "truncated",
	"\x84"),
    GIVEN("no claims", octets, ERR_TYPE, "claims", "wrong-type", "\x80"),
    GIVEN("a claim twice", octets, ERR_DUPLICATE, "iat", "duplicate-key",
	"\xa2\x06\x01\x06\x02"),
    GIVEN("nested too deep", octets, ERR_DEPTH, "claims", "too-deep",
	"\xa1\x19\x03\xe7\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
	"\x81\x81\x81\x80"),
    {"no cnf", without, ERR_RESULT_CNF, "cnf", "1 result-not-bound", false,
	EAT_HAS_CNF, {0}},
    GIVEN("cnf names no key", cnf, ERR_MISSING, "cnf", "missing-field", "\xa0"),
    WRONG("cnf is another agent", about_another, ERR_RESULT_CNF, "cnf",
	"result-not-bound"),
    {"no eat_nonce", without, ERR_RESULT_NONCE, "eat_nonce", "1 result-nonce",
	false, EAT_HAS_NONCE, {0}},
    WRONG("another eat_nonce", other_nonce, ERR_RESULT_NONCE, "eat_nonce",
	"result-nonce"),
    WRONG("eat_nonce an octet short", nonce_cut, ERR_RESULT_NONCE, "eat_nonce",
	"result-nonce"),
    {"no iat", without, ERR_RESULT_CLAIMS, "iat", "1 result-claims", false,
	EAT_HAS_IAT, {0}},
};

static const struct row exchanges[] = {
    HEALTHY,
    WRONG("no exchange is open", no_exchange, ERR_NO_EXCHANGE, "exchange",
	"no-open-exchange"),
    WRONG("of a session that is over", of_yesterday, ERR_RESULT_NONCE,
	"eat_nonce", "result-nonce"),
    WRONG("of the challenge before the last", of_the_challenge_before,
	ERR_RESULT_NONCE, "eat_nonce", "result-nonce"),
    WRONG("the same Update again", again, ERR_REPLAY, "token", "replay"),
    WRONG("another Update with its token", token_again, ERR_REPLAY, "token",
	"replay"),
    WRONG("another Update for its challenge", challenge_again, ERR_REPLAY,
	"challenge", "replay"),
    WRONG("the whole exchange again", all_again, ERR_REPLAY, "token", "replay"),
    WRONG("a Result older than one that was acted on", older, ERR_REPLAY, "iat",
	"replay"),
    WRONG("no token", no_token, ERR_UNBOUND, "token", "unbound-update"),
    {"signed in the other suite", by, ERR_COSE_ALG, "suite",
	"1 algorithm-not-allowed", false, K_TAM_ED, {0}},
    {"signed by another TAM", by, ERR_NO_EXCHANGE, "exchange",
	"1 no-open-exchange", false, K_OTHER, {0}},
    {"signed by somebody unknown", by, ERR_UNKNOWN_KEY, "signature",
	"1 message refused", false, K_STRANGER, {0}},
    {"its signature", changed, ERR_SIGNATURE, "signature", "1 message refused",
	false, 0, {0}},
};

#define AGENT "on the wire", NULL
static const struct section on_results = {"Results: in an Update",
    "The Attestation Result that binds an Update, at the agent.  The Update's "
    "signature covers it.",
    AGENT, results, ARRAY_LEN(results), agent_sees};
static const struct section on_exchanges = {"Results: of another exchange",
    "A good Result at a bad time, or in a bad Update.", AGENT, exchanges,
    ARRAY_LEN(exchanges), agent_sees};

static const struct section *const sections[] = {&on_results, &on_exchanges};
const struct file file_update = {
    sections, ARRAY_LEN(sections), keys_make, agent_ends};
