/*
 * cases_agent_answer: what an agent itself sends: QueryResponse, Evidence,
 * Success, reports.
 */
#include "cases.h"
#include "conform_agent.h"

#include <string.h>

/* ---- QueryResponse ------------------------------------------------------ */

static void
is_sign1(struct play *p)
{
	struct cose_signed s;

	if (agent_attested(p) &&
	    cose_signed_read(p->reply.body, ACCEPT_SIGN1, &s, NULL) != OK)
		(void)play_fail(p, "it is no COSE_Sign1");
}

static void
suite_offered(struct play *p)
{
	if (agent_attested(p) && p->v.alg != ALG_ESP256 &&
	    p->v.alg != ALG_ED25519)
		(void)play_fail(p, "algorithm %d", (int)p->v.alg);
}

static void
no_token(struct play *p)
{
	if (agent_attested(p) && (p->m.has & TEEP_HAS_TOKEN) != 0)
		(void)play_fail(p, "a token that nobody sent");
}

static void
has_tc_list(struct play *p)
{
	if (agent_attested(p) && (p->m.has & TEEP_HAS_TC_LIST) == 0)
		(void)play_fail(p, "no tc-list");
}

static void
version(struct play *p)
{
	if (agent_attested(p) && p->m.selected_version != 0)
		(void)play_fail(p, "a version that was not offered");
}

static void
format(struct play *p)
{
	if (agent_attested(p) &&
	    (teep_payload_kind((p->m.has & TEEP_HAS_FORMAT) != 0,
		 p->m.format) != TEEP_PAYLOAD_EVIDENCE ||
		!teep_format_is(p->m.format, EAT_EVIDENCE_PROFILE)))
		(void)play_fail(p, "the format is not that of Evidence");
}

static void
encrypted(struct play *p)
{
	struct cose_encrypted e;
	struct why why;

	if (!agent_attested(p))
		return;
	if (!cose_is_encrypt(p->m.attestation))
		(void)play_fail(p, "Evidence in the clear");
	else if (cose_encrypted_read(p->m.attestation, &e, &why) == OK &&
		 e.ciphertext.p == NULL)
		(void)play_fail(p, "the content is detached");
}

/* Two answers to one question do not repeat the content key's use. */
static void
encrypted_anew(struct play *p)
{
	struct bytes first;

	if (!agent_attested(p))
		return;
	first = edit_find(p->m.attestation, "1/5");
	first = build_copy(&p->b, first);
	if (agent_attested(p) &&
	    bytes_same(first, edit_find(p->m.attestation, "1/5")))
		(void)play_fail(p, "two messages have the same IV");
}

/* ---- Evidence ----------------------------------------------------------- */

static void
complete(struct play *p)
{
	struct why why = {0};

	if (agent_attested(p) &&
	    eat_evidence_complete(&p->agent->claims, &why) != OK)
		(void)play_fail(p, "%s is not there", why.what);
}

static void
nonce(struct play *p)
{
	if (agent_attested(p) &&
	    !bytes_same(p->agent->claims.nonce, p->agent->challenge))
		(void)play_fail(p, "eat_nonce is not the challenge");
}

static void
audience(struct play *p)
{
	char one[KID_TEXT], two[KID_TEXT];
	struct bytes aud;

	if (!agent_attested(p))
		return;
	kid_text(p->w->tam[0].kid, one);
	kid_text(p->w->tam[1].kid, two);
	aud = p->agent->claims.aud;
	if (!bytes_same(aud, bytes_of_text(one)) &&
	    !bytes_same(aud, bytes_of_text(two)))
		(void)play_fail(p, "aud is not the TAM that asked");
}

static void
cnf(struct play *p)
{
	uint8_t kid[KID_LEN];

	if (agent_attested(p) &&
	    (eat_cnf_kid(p->w->crypto, p->agent->claims.cnf, kid) != OK ||
		memcmp(kid, p->v.kid, KID_LEN) != 0))
		(void)play_fail(p, "cnf is not the key of the message");
}

static void
report_key(struct play *p)
{
	uint8_t kid[KID_LEN];
	struct cose_key k;

	if (!agent_attested(p))
		return;
	if (cose_key_read(p->agent->claims.report_key, &k) != OK ||
	    cose_key_thumbprint(p->w->crypto, &k, kid) != OK ||
	    memcmp(kid, p->w->agent_report.kid, KID_LEN) != 0 ||
	    memcmp(kid, p->v.kid, KID_LEN) == 0)
		(void)play_fail(p, "not the report key, or the TEEP key");
}

static void
evidence_key(struct play *p)
{
	if (agent_attested(p) &&
	    memcmp(p->w->agent_evidence.kid, p->v.kid, KID_LEN) == 0)
		(void)play_fail(p, "the TEEP key signs Evidence");
}

static void
measured(struct play *p)
{
	struct eat_component c;
	unsigned found = 0;
	struct cbor_in r;

	if (!agent_attested(p))
		return;
	r = cbor_items(p->agent->claims.measurements);
	for (size_t i = 0; i < p->agent->claims.measurements.n; i++) {
		if (eat_component_read(&r, &c) != OK)
			break;
		found += bytes_same(c.name, BYTES_LIT("launcher"));
		found += bytes_same(c.name, BYTES_LIT("agent"));
		found += bytes_same(c.name, BYTES_LIT("policy"));
	}
	if (found != 3)
		(void)play_fail(p, "launcher, agent and policy are wanted, "
				   "once each");
}

static void
bootseed_stays(struct play *p)
{
	struct bytes first;

	if (!agent_attested(p))
		return;
	first = build_copy(&p->b, p->agent->claims.bootseed);
	if (agent_attested(p) && !bytes_same(first, p->agent->claims.bootseed))
		(void)play_fail(p, "a new bootseed without a boot");
}

/* ---- Success ------------------------------------------------------------ */

static bool
updated(struct play *p)
{
	return agent_sent(p, agent_app(p)) &&
	       play_expect(p, SEEN_SUCCESS, "an honest Update");
}

static void
installs(struct play *p)
{
	(void)agent_installed(p);
}

static void
success_token(struct play *p)
{
	if (updated(p) && !bytes_same(p->m.token, p->agent->token))
		(void)play_fail(p, "the token is not the Update's");
}

static void
success_suite(struct play *p)
{
	int32_t alg;

	if (!agent_attested(p))
		return;
	alg = p->v.alg;
	if (updated(p) && p->v.alg != alg)
		(void)play_fail(p, "another suite than the QueryResponse's");
}

static enum err
find_report(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct play *p = ctx;

	(void)alg;
	if (nth > 0 || !bytes_same(kid, BYTES_OF(p->w->agent_report.kid)))
		return ERR_UNKNOWN_KEY;
	*out = p->w->agent_report.pub;
	return OK;
}

/* The first SUIT Report of a Success or Error. */
static bool
report_of(struct play *p, struct suit_report *out)
{
	const struct keyring ring = {p, find_report};
	struct cbor_in r = cbor_items(p->m.reports);
	struct span room = build_room(&p->b, 65536);
	struct verified v;
	struct why why = {0};
	struct bytes in;
	enum err e;

	if ((p->m.has & TEEP_HAS_REPORTS) == 0)
		return play_fail(p, "no SUIT Report");
	in = cbor_bstr(&r, 0, LEN_ANY);
	e = cose_verify(p->w->crypto, &ring, ACCEPT_SIGN1, in, &v, &why);
	if (e == OK && cose_is_encrypt(v.payload))
		e = cose_decrypt(p->w->crypto, &p->w->tam_agree,
		    COSE_CTX_REPORT, v.payload, room, &in, &why);
	else
		in = v.payload;
	if (e == OK)
		e = suit_report_read(in, out, &why);
	return e == OK || play_fail(p, "the SUIT Report: %s", err_name(e));
}

static void
report_signed(struct play *p)
{
	struct suit_report r;

	if (updated(p))
		(void)report_of(p, &r);
}

static void
report_nonce(struct play *p)
{
	struct suit_report r;

	if (updated(p) && report_of(p, &r) &&
	    !bytes_same(r.nonce, p->agent->token))
		(void)play_fail(p, "suit-report-nonce is not the token");
}

static void
report_manifest(struct play *p)
{
	struct suit_report r;

	if (updated(p) && report_of(p, &r) &&
	    (!r.success || !bytes_same(r.digest, BYTES_OF(p->agent->digest))))
		(void)play_fail(p, "it is not about the manifest, or no "
				   "success");
}

/* ---- Error to an Update ------------------------------------------------- */

/* A manifest whose payload is another one. */
static bool
failed(struct play *p)
{
	struct suit_recipe r = agent_recipe(p, WORLD_APP);

	r.payload = BYTES_LIT("conform component, for no agent\n");
	return agent_sent(p, agent_envelope(p, &r, &p->w->author)) &&
	       play_expect(p, SEEN_ERROR, "a payload with another digest");
}

static void
error_code(struct play *p)
{
	if (failed(p) && p->m.err_code != TEEP_ERR_MANIFEST)
		(void)play_fail(p, "err-code %llu; wanted: 11",
		    (unsigned long long)p->m.err_code);
}

static void
error_token(struct play *p)
{
	if (failed(p) && !bytes_same(p->m.token, p->agent->token))
		(void)play_fail(p, "the token is not the Update's");
}

static void
error_report(struct play *p)
{
	struct suit_report r;

	if (failed(p) && report_of(p, &r) &&
	    (r.success || !bytes_same(r.nonce, p->agent->token)))
		(void)play_fail(p, "it is no failure, or of another token");
}

static void
error_msg(struct play *p)
{
	if (failed(p) && (p->m.has & TEEP_HAS_ERR_MSG) == 0)
		(void)play_fail(p, "no err-msg");
}

// clang-format off
static const struct conform_case rows[] = {
{"agent.response.sign1", "TEEP 8.1", "A QueryResponse is a COSE_Sign1", MUST, is_sign1, 0, 0, {{0}}},
{"agent.response.suite", "TEEP 8.1", "It is signed in a suite that was offered", MUST, suite_offered, 0, 0, {{0}}},
{"agent.response.no-token", "TEEP 4.3", "No token if there was none in the QueryRequest", MUST, no_token, 0, 0, {{0}}},
{"agent.response.tc-list", "TEEP 4.3", "A tc-list if the trusted-components bit was set", MUST, has_tc_list, 0, 0, {{0}}},
{"agent.response.version", "TEEP 4.3", "The selected version is one that was offered", MUST, version, 0, 0, {{0}}},
{"agent.response.format", "TEEP 4.3", "Evidence is sent with its format", MUST, format, 0, 0, {{0}}},
{"agent.response.encrypted", "TEEP 13", "Evidence is encrypted to the TAM, its content not detached", SHOULD, encrypted, 0, 0, {{0}}},
{"agent.response.encrypted-anew", "RFC 9053 4.1", "No content key and IV are used twice", MUST, encrypted_anew, 0, 0, {{0}}},
{"agent.evidence.complete", "Evidence 2", "All claims of the profile are there", MUST, complete, 0, 0, {{0}}},
{"agent.evidence.nonce", "TEEP 4.2", "The challenge becomes the eat_nonce, exactly", MUST, nonce, 0, 0, {{0}}},
{"agent.evidence.audience", "Evidence 2", "aud is the key id of the asking TAM", MUST, audience, 0, 0, {{0}}},
{"agent.evidence.cnf", "Evidence 2", "cnf is the key that signs the QueryResponse", MUST, cnf, 0, 0, {{0}}},
{"agent.evidence.report-key", "Evidence 2", "The report key differs from the TEEP key", MUST, report_key, 0, 0, {{0}}},
{"agent.evidence.own-key", "RFC 9397 9.3", "Evidence is signed by a key of its own", MUST, evidence_key, 0, 0, {{0}}},
{"agent.evidence.measured", "Evidence 4", "launcher, agent and policy are measured, once each", MUST, measured, 0, 0, {{0}}},
{"agent.evidence.bootseed", "Evidence 2", "bootseed stays while the launcher runs", MUST, bootseed_stays, 0, 0, {{0}}},
{"agent.update.installs", "TEEP 7.2.2", "Success if all is installed, and new Evidence lists it", MUST, installs, 0, 0, {{0}}},
{"agent.success.token", "TEEP 4.5", "Success has the token of the Update, exactly", MUST, success_token, 0, 0, {{0}}},
{"agent.success.suite", "TEEP 8.1", "One suite in both directions", MUST, success_suite, 0, 0, {{0}}},
{"agent.success.report-key", "TEEP 4.5", "SUIT Reports are signed by the report key", MUST, report_signed, 0, 0, {{0}}},
{"agent.success.report-nonce", "TEEP 4.5", "SUIT Reports carry the Update token as nonce", MUST, report_nonce, 0, 0, {{0}}},
{"agent.success.report-manifest", "TEEP 4.5", "A SUIT Report names its manifest and says success", SHOULD, report_manifest, 0, 0, {{0}}},
{"agent.failure.code", "TEEP 7.2.2", "A manifest that fails is told by err-code 11", MUST, error_code, 0, 0, {{0}}},
{"agent.failure.token", "TEEP 4.6", "The Error has the token of the Update", MUST, error_token, 0, 0, {{0}}},
{"agent.failure.report", "TEEP 4.6", "SUIT Reports in an Error carry the token, and say failure", SHOULD, error_report, 0, 0, {{0}}},
{"agent.failure.msg", "TEEP 4.6", "Errors say their reason in err-msg", SHOULD, error_msg, 0, 0, {{0}}},
};
// clang-format on

const struct case_table agent_answer_cases = {rows, ARRAY_LEN(rows)};
