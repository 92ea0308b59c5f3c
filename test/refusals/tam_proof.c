/*
 * tam_proof: a QueryRequest that does not prove what the agent demanded to
 * know of the TAM.                              [docs/evidence.md 7]
 */
#include "agent_proof.h"
#include "refusals.h"

static struct bytes challenge;

/* Demand it; what the QueryRequest then is, r->make says. */
static void
agent_sees(const struct row *r, struct seen *out)
{
	struct policy_opts o = {.verifier2 = K_STRANGER};
	struct teep_message m = asking(BYTES_NONE);
	struct link_frame f;

	o.attested = attested("verifier", 3600, (uint64_t)r->key);
	device(&o);
	f = give_message(sign(K_TAM, &m));
	m = reply_message(&f);
	assert_int_equal(m.err_code, TEEP_ERR_ATTESTATION_REQUIRED);
	challenge = flipped(m.challenge, 0);
	challenge = flipped(challenge, 0);
	last_reason[0] = last_what[0] = '\0';
	f = give_message(r->make(r));
	m = reply_message(&f);
	if (m.type == TEEP_ERROR)
		(void)snprintf(out->wire, sizeof(out->wire), "%u %.*s",
		    (unsigned)m.err_code, (int)m.err_msg.n,
		    (const char *)m.err_msg.p);
	else
		(void)snprintf(out->wire, sizeof(out->wire), "QueryResponse");
	/* Evidence goes to nobody else */
	assert_int_equal(app.attests, m.type == TEEP_QUERY_RESPONSE);
	for (int i = 1; m.type == TEEP_ERROR; i++) {
		assert_true(i < 0x600);
		if (strcmp(err_name((enum err)i), last_reason) != 0)
			continue;
		out->e = (enum err)i;
		(void)snprintf(out->what, sizeof(out->what), "%s", last_what);
		break;
	}
	(void)device_free(NULL);
}

static int
agent_ends(void **state)
{
	return device_free(state) + keys_free(state);
}

static struct bytes
said(struct bytes payload, struct bytes format)
{
	struct teep_message m = asking(payload);

	if (format.n > 0) {
		m.has |= TEEP_HAS_FORMAT;
		m.format = format;
	}
	return sign(K_TAM, &m);
}

static struct bytes
with(struct result_opts o)
{
	if (o.nonce.n == 0)
		o.nonce = challenge;
	return said(
	    result(&o), o.status != 0 ? text(EAR_MEDIA_TYPE) : BYTES_NONE);
}

static struct bytes
good(const struct row *r)
{
	return with((struct result_opts){.status = (uint64_t)r->key});
}

static struct bytes
none(const struct row *r)
{
	return said(r->raw, BYTES_NONE);
}

static struct bytes
octets(const struct row *r)
{
	return said(r->raw, BYTES_NONE);
}

static struct bytes
format(const struct row *r)
{
	return said(result(&(struct result_opts){.nonce = challenge}), r->raw);
}

static struct bytes
changed(const struct row *r)
{
	struct bytes p = result(&(struct result_opts){.nonce = challenge});

	(void)r;
	return said(flipped(p, p.n - 1), BYTES_NONE);
}

static struct bytes
claims(const struct row *r)
{
	return said(signed_by(0, r->raw), BYTES_NONE);
}

/* What is wrong stands in a pointer's worth: one of these. */
static const struct result_opts spoilt[] = {
    {.signer = K_ACME},
    {.signer = K_STRANGER},
    {.about = K_OTHER},
    {.about = K_TAM_ED},
    {.about = K_TEEP},
    {.over = true},
    {.nbf = 1},
    {.profile = "urn:another"},
    {.without = EAT_HAS_CNF},
    {.without = EAT_HAS_NONCE},
    {.without = EAT_HAS_IAT},
    {.without = EAT_HAS_EXP},
    {.without = EAT_HAS_UEID},
    {.without = EAT_HAS_OEMID},
    {.without = EAT_HAS_HWMODEL},
    {.without = EAT_HAS_HWVERSION},
    {.without = EAT_HAS_MANIFESTS},
    {.status = EAR_WARNING},
    {.status = EAR_CONTRAINDICATED},
    {.status = EAR_AFFIRMING, .without = EAR_RESULT_HAS_CNF},
    {.status = EAR_AFFIRMING, .without = EAR_RESULT_HAS_EXP},
    {.status = EAR_AFFIRMING, .about = K_OTHER},
    {0},
    {.status = EAR_AFFIRMING, .nbf = 1},
};

static struct bytes
spoil(const struct row *r)
{
	return with(spoilt[r->raw.n]);
}

static struct bytes
other_nonce(const struct row *r)
{
	(void)r;
	return with((struct result_opts){.nonce = nonce32(9)});
}

static struct bytes
nonce_cut(const struct row *r)
{
	struct bytes cut = {challenge.p, challenge.n - 1};

	(void)r;
	return with((struct result_opts){.nonce = cut});
}

/* It has answered a wrong one already. */
static struct bytes
spent(const struct row *r)
{
	struct bytes late = with((struct result_opts){0});

	(void)r;
	(void)give_message(said(text("nothing"), BYTES_NONE));
	return late;
}

/* Of the session before. */
static struct bytes
other_session(const struct row *r)
{
	struct bytes late = with((struct result_opts){0});

	(void)r;
	agent_hangup(agent);
	return late;
}

static struct bytes
too_late(const struct row *r)
{
	struct bytes late = with((struct result_opts){0});

	(void)r;
	device_seconds += 600;
	return late;
}

static struct bytes
is_over(const struct row *r)
{
	struct bytes late = with((struct result_opts){.life = 60});

	(void)r;
	device_seconds += 60;
	return late;
}

/* The TAM itself has told the agent that it is later, by an Update. */
static struct bytes
clock_of(uint64_t iat, uint64_t life)
{
	struct bytes one = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	struct teep_message m;
	struct link_frame f;

	tam_clock = 100000;
	f = give_message(with((struct result_opts){0}));
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	m = update(1, 1, &one, 1);
	f = give_update(&m);
	assert_success(&f);
	app.attests = 0;
	device_seconds += 3600;
	agent_hangup(agent);
	m = asking(BYTES_NONE);
	f = give_message(sign(K_TAM, &m));
	m = reply_message(&f);
	challenge = flipped(m.challenge, 0);
	challenge = flipped(challenge, 0);
	return with((struct result_opts){.iat = tam_clock - iat, .life = life});
}

static struct bytes
made_long_ago(const struct row *r)
{
	(void)r;
	return clock_of(301, 3600);
}

static struct bytes
ended_long_ago(const struct row *r)
{
	(void)r;
	return clock_of(100, 100);
}

// clang-format off
#define AS(n) ((struct bytes){NULL, n}) /* of spoilt */
#define WRONG(wrong, make, e, what, word) \
	{wrong, make, e, what, "1 " word, false, 0, {0}}
#define AGAIN(wrong, make, what, raw) \
	{wrong, make, ERR_NOT_ATTESTED, what, "7 attestation-required", \
	    false, 0, raw}
#define GIVEN(wrong, make, e, what, word, raw) \
	{wrong, make, e, what, "1 " word, false, 0, raw}
#define CLAIM(wrong, n, what) \
	{wrong, spoil, ERR_RESULT_CLAIMS, what, "1 result-claims", false, 0, \
	    AS(n)}
// clang-format on

static const struct row results[] = {
    {"nothing", good, OK, NULL, "QueryResponse", false, 0, {0}},
    AGAIN("no proof", none, "attestation-payload", {0}),
    AGAIN("Evidence", format, "attestation-payload-format",
	BYTES_LIT(EAT_EVIDENCE_FORMAT)),
    AGAIN("a format that nobody knows", format, "attestation-payload-format",
	BYTES_LIT("text/plain")),
    GIVEN("no COSE", octets, ERR_UNSIGNED, "signed message", "unsigned",
	BYTES_LIT("\xa0")),
    GIVEN("cut off", octets, ERR_TRUNCATED, "signed message", "truncated",
	BYTES_LIT("\x84")),
    WRONG("last octet of the signature", changed, ERR_SIGNATURE, "signature",
	"bad-signature"),
    GIVEN("signed by a stranger", spoil, ERR_UNKNOWN_KEY, "Verifier",
	"unknown-key", AS(0)),
    GIVEN("signed by a Verifier that vouches for others", spoil,
	ERR_UNKNOWN_KEY, "Verifier", "unknown-key", AS(1)),
    GIVEN("no claims", claims, ERR_TYPE, "claims", "wrong-type",
	BYTES_LIT("\x80")),
    GIVEN("a claim twice", claims, ERR_DUPLICATE, "iat", "duplicate-key",
	BYTES_LIT("\xa2\x06\x01\x06\x02")),
    CLAIM("another profile", 7, "eat_profile"),
    CLAIM("no cnf", 8, "cnf"),
    GIVEN("no eat_nonce", spoil, ERR_RESULT_NONCE, "eat_nonce", "result-nonce",
	AS(9)),
    CLAIM("no iat", 10, "iat"),
    CLAIM("no exp", 11, "exp"),
    CLAIM("no ueid", 12, "ueid"),
    CLAIM("no oemid", 13, "oemid"),
    CLAIM("no hwmodel", 14, "hwmodel"),
    CLAIM("no hwversion", 15, "hwversion"),
    CLAIM("no manifests", 16, "manifests"),
    GIVEN("cnf is another TAM: stolen", spoil, ERR_RESULT_CNF, "cnf",
	"result-not-bound", AS(2)),
    GIVEN("cnf is a key of this TAM that has not signed this", spoil,
	ERR_RESULT_CNF, "cnf", "result-not-bound", AS(3)),
    GIVEN("cnf is the agent", spoil, ERR_RESULT_CNF, "cnf", "result-not-bound",
	AS(4)),
    WRONG("another eat_nonce", other_nonce, ERR_RESULT_NONCE, "eat_nonce",
	"result-nonce"),
    WRONG("eat_nonce an octet short", nonce_cut, ERR_RESULT_NONCE, "eat_nonce",
	"result-nonce"),
    AGAIN(
	"the challenge was answered before", spent, "attestation-payload", {0}),
    AGAIN("the challenge of another session", other_session,
	"attestation-payload", {0}),
    WRONG("ten minutes after the challenge", too_late, ERR_EXPIRED, "challenge",
	"expired"),
    GIVEN("exp is not after iat", spoil, ERR_EXPIRED, "exp", "expired", AS(5)),
    GIVEN("nbf is after iat", spoil, ERR_EXPIRED, "nbf", "expired", AS(6)),
    WRONG("it ended on its way", is_over, ERR_EXPIRED, "exp", "expired"),
    WRONG("it ended before this TAM's last Update", ended_long_ago, ERR_EXPIRED,
	"exp", "expired"),
    WRONG("it was made 301 seconds before that", made_long_ago, ERR_EXPIRED,
	"iat", "expired"),
};

static const struct row ears[] = {
    {"nothing", good, OK, NULL, "QueryResponse", false, EAR_AFFIRMING, {0}},
    {"it warns, and policy lets it", good, OK, NULL, "QueryResponse", false,
	EAR_WARNING, {0}},
    AGAIN("it warns", spoil, "ear_status", AS(17)),
    AGAIN("it is contraindicated", spoil, "ear_status", AS(18)),
    GIVEN("no cnf", spoil, ERR_RESULT_CNF, "cnf", "result-not-bound", AS(19)),
    CLAIM("no exp", 20, "exp"),
    GIVEN("cnf is another TAM: stolen", spoil, ERR_RESULT_CNF, "cnf",
	"result-not-bound", AS(21)),
    GIVEN("nbf is after iat", spoil, ERR_EXPIRED, "nbf", "expired", AS(23)),
    {"of the TEEP profile, where policy names a status", spoil,
	ERR_RESULT_CLAIMS, "ear_status", "1 result-claims", false,
	EAR_AFFIRMING, AS(22)},
};

#define SECTION(rows, title, about)                                       \
	{                                                                 \
		title, about, "on the wire", NULL, rows, ARRAY_LEN(rows), \
		    agent_sees                                            \
	}

static const struct section of_results = SECTION(results,
    "A TAM that has to prove itself: Results",
    "What it brings after Error 7.  Nothing is told to it before it is right, "
    "and a challenge is good for one answer.");
static const struct section of_ears = SECTION(ears,
    "A TAM that has to prove itself: EAR", "The same by an EAR of one part.");
static const struct section *const sections[] = {&of_results, &of_ears};
const struct file file_tam_proof = {
    sections, ARRAY_LEN(sections), keys_make, agent_ends};
