/*
 * cases_agent_manifest: manifests inside a right Update that must not be
 * installed.                                    [SUIT; docs/policy.md]
 */
#include "cases.h"
#include "conform_agent.h"

#include <string.h>

static struct play *
play_of(void *ctx)
{
	return ctx;
}

static void
judged(struct play *p, struct bytes envelope)
{
	if (agent_sent(p, envelope) && play_judge(p) &&
	    (p->c->expect & SEEN_SUCCESS) == 0)
		agent_not_installed(p);
}

static void
on_manifest(struct play *p)
{
	struct suit_recipe r = agent_recipe(p, WORLD_APP);
	struct bytes envelope;

	play_wrong(p);
	envelope = agent_envelope(p, &r, &p->w->author);
	build_right(&p->b);
	judged(p, envelope);
}

/* ---- who signed it ------------------------------------------------------ */

static void
by(struct play *p, const char *id, const struct pair *signer)
{
	const struct suit_recipe r = agent_recipe(p, id);

	judged(p, agent_envelope(p, &r, signer));
}

static void
by_stranger_(struct play *p)
{
	by(p, WORLD_APP, &p->w->stranger);
}

static void
by_tam(struct play *p)
{
	by(p, WORLD_APP, &p->w->tam[p->suite]);
}

static void
by_nobody(struct play *p)
{
	by(p, WORLD_APP, NULL);
}

static void
by_other_author(struct play *p)
{
	by(p, WORLD_APP, &p->w->other_author);
}

static void
outside_tam(struct play *p)
{
	by(p, "conform-other/app", &p->w->other_author);
}

static void
policy_by_author(struct play *p)
{
	by(p, "policy", &p->w->author);
}

static void
policy_by_admin(struct play *p)
{
	/* the payload is no policy */
	by(p, "policy", &p->w->admin);
}

static void
prefix_of_name(struct play *p)
{
	by(p, "conform2/app", &p->w->author);
}

static void
forged(struct build *b, void *ctx, struct build_sign *s)
{
	(void)b;
	s->by = &play_of(ctx)->w->stranger.s;
}

static void
es256(struct build *b, void *ctx, struct build_sign *s)
{
	(void)ctx;
	s->prot = edit(b, s->prot, EDIT_SET, "1", 0, BYTES_LIT("\x26"));
}

/* ---- what it says ------------------------------------------------------- */

static void
payload_other(struct play *p)
{
	struct suit_recipe r = agent_recipe(p, WORLD_APP);

	r.payload = BYTES_LIT("conform component, for no agent\n");
	judged(p, agent_envelope(p, &r, &p->w->author));
}

static void
payload_longer(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_GROW, "'#payload'", 0, BYTES_LIT("more"));
}

static void
wrong_class(struct play *p)
{
	struct suit_recipe r = agent_recipe(p, WORLD_APP);

	r.class_id = BYTES_LIT("another class of");
	judged(p, agent_envelope(p, &r, &p->w->author));
}

static void
wrong_vendor(struct play *p)
{
	struct suit_recipe r = agent_recipe(p, WORLD_APP);

	r.vendor = BYTES_LIT("another vendor's");
	judged(p, agent_envelope(p, &r, &p->w->author));
}

static void
fetched_nowhere(struct play *p)
{
	struct suit_recipe r = agent_recipe(p, WORLD_APP);

	r.uri = BYTES_LIT("http://127.0.0.1:1/nothing");
	r.payload = BYTES_NONE;
	judged(p, agent_envelope(p, &r, &p->w->author));
}

/* ---- sequence numbers --------------------------------------------------- */

static void
rollback(struct play *p)
{
	struct suit_recipe r;

	if (!agent_installed(p))
		return;
	r = agent_recipe(p, WORLD_APP);
	r.sequence -= 2;
	judged(p, agent_envelope(p, &r, &p->w->author));
}

/* The very envelope that was replaced. */
static void
old_envelope(struct play *p)
{
	struct bytes envelope = agent_app(p);

	if (!agent_sent(p, envelope) ||
	    !play_expect(p, SEEN_SUCCESS, "an honest Update") ||
	    !agent_installed(p))
		return;
	build_digest(&p->b, envelope, p->agent->digest);
	judged(p, envelope);
}

/* Removed meanwhile: the counter outlives it. */
static void
after_removal(struct play *p)
{
	struct bytes envelope = agent_app(p);

	if (!agent_sent(p, envelope) ||
	    !play_expect(p, SEEN_SUCCESS, "an honest Update") ||
	    !agent_installed(p) ||
	    !agent_say(p, agent_update(p, NULL, 0, WORLD_APP)) ||
	    !play_expect(p, SEEN_SUCCESS, "a removal"))
		return;
	build_digest(&p->b, envelope, p->agent->digest);
	judged(p, envelope);
}

static void
same_number(struct play *p)
{
	static const char other[] = "conform component, a third one\n";
	struct suit_recipe r;
	uint64_t sequence;

	if (!agent_installed(p))
		return;
	sequence = p->agent->line->sequence;
	r = world_recipe(
	    &p->b, WORLD_APP, sequence, BYTES_LIT(other), p->agent->image);
	judged(p, agent_envelope(p, &r, &p->w->author));
}

static void
same_again(struct play *p)
{
	struct bytes envelope = agent_app(p);

	if (agent_sent(p, envelope) &&
	    play_expect(p, SEEN_SUCCESS, "an honest Update") &&
	    agent_sent(p, envelope))
		(void)play_judge(p);
}

static void
jump(struct play *p)
{
	struct suit_recipe r = agent_recipe(p, WORLD_APP);

	r.sequence = UINT64_MAX;
	judged(p, agent_envelope(p, &r, &p->w->author));
}

/* ---- several ------------------------------------------------------------ */

/* One is good, the other is not: neither is there afterwards. */
static void
one_of_two(struct play *p)
{
	struct suit_recipe r = agent_recipe(p, WORLD_APP);
	uint8_t good[DIGEST_LEN];
	struct bytes e[2];

	if (!agent_attested(p))
		return;
	e[0] = agent_envelope(p, &r, &p->w->author);
	memcpy(good, p->agent->digest, DIGEST_LEN);
	r = agent_recipe(p, "conform/second");
	e[1] = agent_envelope(p, &r, &p->w->stranger);
	if (!agent_say(p, agent_update(p, e, 2, NULL)) || !play_judge(p))
		return;
	memcpy(p->agent->digest, good, DIGEST_LEN);
	agent_not_installed(p);
}

static void
upgrade(struct play *p)
{
	uint8_t old[DIGEST_LEN];
	bool does;

	if (!agent_installed(p))
		return;
	memcpy(old, p->agent->digest, DIGEST_LEN);
	if (agent_installed(p) && agent_lists(p, old, &does) && does)
		(void)play_fail(p, "the old version is listed as well");
}

/* The image of what was installed is measured. */
static void
measured(struct play *p)
{
	struct eat_component c;
	struct cbor_in r;
	bool found = false;

	if (!agent_installed(p))
		return;
	r = cbor_items(p->agent->claims.measurements);
	for (size_t i = 0; i < p->agent->claims.measurements.n; i++)
		if (eat_component_read(&r, &c) == OK &&
		    bytes_same(c.name, BYTES_LIT("component:" WORLD_APP)) &&
		    bytes_same(c.digest, BYTES_OF(p->agent->image)))
			found = true;
	if (!found)
		(void)play_fail(
		    p, "no component:" WORLD_APP " with the payload's digest");
}

static void
untagged(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_UNTAG, "", 0, BYTES_NONE);
}

/* The digest of another manifest, well signed. */
static void
manifest_bit(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_SET, "3/2", 0, BYTES_LIT("\x1a\x7f\xff\xff\xff"));
}

// clang-format off
#define N ""
#define R REFUSED_ANYHOW
#define MANIFEST(op, path, n, v) AT(PART_MANIFEST, STEP_BODY, op, path, n, v)
#define ENVELOPE(op, path, n, v) AT(PART_MANIFEST, STEP_SIGNED, op, path, n, v)
static const struct conform_case rows[] = {
/* who signed it */
{"agent.manifest.unsigned", "TEEP 4.4", "An Update needs the TAM and the signer of the manifest", MUST, by_nobody, R, 0, {{0}}},
{"agent.manifest.stranger", "TEEP 4.4", "The signer is one that the agent trusts", MUST, by_stranger_, R, 0, {{0}}},
{"agent.manifest.tam", "TEEP 4.4", "A TAM's key does not sign manifests", MUST, by_tam, R, 0, {{0}}},
{"agent.manifest.forged", "SUIT 6", "The key that the key id names has signed", MUST, on_manifest, R, 0, {SIGNING(PART_MANIFEST, forged)}},
{"agent.manifest.es256", "SUIT 6", "ES256 (-7), as in the examples of the drafts, is ESP256 under its old name", SHOULD, on_manifest, SEEN_SUCCESS, 0, {SIGNING(PART_MANIFEST, es256)}},
{"agent.manifest.signature-bit", "SUIT 6", "The signature of a manifest is verified", MUST, on_manifest, R, 0, {ENVELOPE(EDIT_FLIP, "2/1/3", -1, N)}},
{"agent.manifest.changed", "SUIT 6", "The manifest is the one whose digest was signed", MUST, on_manifest, R, 0, {OCTETS(PART_MANIFEST, STEP_SIGNED, manifest_bit)}},
{"agent.manifest.digest-bit", "SUIT 6", "The digest in the wrapper is the one that was signed", MUST, on_manifest, R, 0, {ENVELOPE(EDIT_FLIP, "2/0/1", -1, N)}},
{"agent.manifest.outside-signer", "RFC 9397 9.4", "A signer writes only components that policy gives it", MUST, by_other_author, R, 0, {{0}}},
{"agent.manifest.outside-tam", "RFC 9397 9.5", "A TAM manages only components that policy gives it", MUST, outside_tam, R, 0, {{0}}},
{"agent.manifest.prefix-of-name", "Policy", "A prefix covers whole segments, not the beginning of one", MUST, prefix_of_name, R, 0, {{0}}},
{"agent.manifest.policy-by-author", "Policy", "Only administrators write the policy", MUST, policy_by_author, R, 0, {{0}}},
{"agent.manifest.policy-nonsense", "Policy", "A policy that cannot be read is not taken, whoever signed it", MUST, policy_by_admin, R, 0, {{0}}},
/* what it says */
{"agent.manifest.payload", "SUIT 6.3", "The payload has its declared digest", MUST, payload_other, R, 0, {{0}}},
{"agent.manifest.payload-longer", "SUIT 6.3", "The payload has its declared size", MUST, on_manifest, R, 0, {OCTETS(PART_MANIFEST, STEP_SIGNED, payload_longer)}},
{"agent.manifest.payload-absent", "SUIT 6.3", "Without its payload nothing is installed", MUST, on_manifest, R, 0, {ENVELOPE(EDIT_DROP, "'#payload'", 0, N)}},
{"agent.manifest.fetched-nowhere", "SUIT 6.3", "A payload that cannot be fetched is not installed", MUST, fetched_nowhere, R, 0, {{0}}},
{"agent.manifest.vendor", "SUIT 6.3", "A manifest for another vendor's device is refused", MUST, wrong_vendor, R, 0, {{0}}},
{"agent.manifest.class", "SUIT 6.3", "A manifest for another class of device is refused", MUST, wrong_class, R, 0, {{0}}},
{"agent.manifest.version", "SUIT 8.4", "A manifest of another version is refused", MUST, on_manifest, R, 0, {MANIFEST(EDIT_SET, "1", 0, "\x02")}},
{"agent.manifest.no-sequence", "SUIT 8.4", "A manifest has a sequence number", MUST, on_manifest, R, 0, {MANIFEST(EDIT_DROP, "2", 0, N)}},
{"agent.manifest.no-common", "SUIT 8.4", "A manifest has its common part", MUST, on_manifest, R, 0, {MANIFEST(EDIT_DROP, "3", 0, N)}},
{"agent.manifest.key-twice", "RFC 8949 5.6", "A manifest's member stands once", MUST, on_manifest, R, 0, {MANIFEST(EDIT_TWICE, "2", 0, N)}},
{"agent.manifest.unknown-command", "SUIT 6.3", "A command that is not understood refuses the manifest", MUST, on_manifest, R, 0, {MANIFEST(EDIT_SET, "7", 0, "\x44\x82\x18\x63\x0f")}},
{"agent.manifest.unknown-parameter", "SUIT 6.3", "A parameter that is not understood refuses the manifest", MUST, on_manifest, R, 0, {MANIFEST(EDIT_SET, "20/1/99", 0, "\x01")}},
{"agent.manifest.abort", "SUIT 8.4", "A manifest that aborts is not installed", MUST, on_manifest, R, 0, {MANIFEST(EDIT_SET, "7", 0, "\x43\x82\x0e\x00")}},
{"agent.manifest.trailing", "TEEP 4.4", "Nothing follows an envelope in its byte string", MUST, on_manifest, R, 0, {ENVELOPE(EDIT_AFTER, "", 0, "\0")}},
{"agent.manifest.untagged", "TEEP 4.4", "An envelope may come without its tag", SHOULD, on_manifest, SEEN_SUCCESS, 0, {OCTETS(PART_MANIFEST, STEP_SIGNED, untagged)}},
/* sequence numbers */
{"agent.sequence.lower", "SUIT 6.3", "A sequence number does not go back", MUST, rollback, R, 0, {{0}}},
{"agent.sequence.old-envelope", "SUIT 6.3", "What was replaced does not come back", MUST, old_envelope, R, 0, {{0}}},
{"agent.sequence.after-removal", "SUIT 6.3", "The sequence number outlives the component", SHOULD, after_removal, R, 0, {{0}}},
{"agent.sequence.same-number", "SUIT 6.3", "One sequence number is one manifest", SHOULD, same_number, R, 0, {{0}}},
{"agent.sequence.same-again", "TEEP 7.2.2", "The same manifest again does no harm", SHOULD, same_again, SEEN_SUCCESS, 0, {{0}}},
/* several */
{"agent.several.one-bad", "TEEP 7.2.2", "An Update is carried out as a whole or not at all", SHOULD, one_of_two, R, 0, {{0}}},
{"agent.installed.upgrade", "SUIT 6.3", "A higher sequence number replaces the component", MUST, upgrade, 0, 0, {{0}}},
{"agent.installed.measured", "Evidence 4", "The image of what is installed is measured", MUST, measured, 0, 0, {{0}}},
/* the last of all: who takes it takes no other afterwards */
{"agent.sequence.jump", "SUIT 6.3", "A number after which no other can come is refused", SHOULD, jump, R, 0, {{0}}},
};
// clang-format on

const struct case_table agent_manifest_cases = {rows, ARRAY_LEN(rows)};
