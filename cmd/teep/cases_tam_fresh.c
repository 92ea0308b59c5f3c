/*
 * cases_tam_fresh: challenges: whose, how often, how old.      [TEEP 9]
 */
#include "cases_tam.h"

#include <string.h>

static struct play *
play_of(void *ctx)
{
	return ctx;
}

static void
response_twice(struct play *p)
{
	struct bytes wire;

	if (!tam_connect(p))
		return;
	wire = tam_response(p);
	if (tam_post(p, wire) && tam_updated(p) && tam_post(p, wire))
		(void)play_judge(p);
}

/* New Evidence for the same challenge. */
static void
challenge_twice(struct play *p)
{
	if (tam_connect(p) && tam_answer(p) && tam_updated(p) && tam_answer(p))
		(void)play_judge(p);
}

/* The payload of an earlier exchange in a new message. */
static void
old_evidence(struct play *p)
{
	struct bytes wire, payload;
	struct change put = {.part = PART_MESSAGE,
	    .step = STEP_BODY,
	    .op = EDIT_SET,
	    .path = "1/6"};

	if (!tam_connect(p))
		return;
	wire = tam_response(p);
	if (!tam_post(p, wire) || !tam_updated(p) || !tam_connect(p))
		return;
	payload = edit_find(wire, "2/1/6");
	put.value = payload;
	build_change(&p->b, &put);
	if (tam_answer(p))
		(void)play_judge(p);
	build_right(&p->b);
}

static void
invented(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_SET, "10", 0, build_bstr(b, build_random(b, 32)));
}

/* As long as ours, but of a TAM that nobody asked. */
static void
doubled(struct build *b, void *ctx, struct bytes *x)
{
	struct bytes c = play_of(ctx)->challenge;

	*x = edit(b, *x, EDIT_GROW, "10", 0, c);
}

/* Nobody asked for it. */
static void
unsolicited(struct play *p)
{
	p->challenge = build_random(&p->b, 32);
	memcpy(p->audience, p->w->tam[p->suite].kid, KID_LEN);
	if (tam_answer(p))
		(void)play_judge(p);
}

static void
without_evidence(struct play *p)
{
	const struct teep_message m = {.type = TEEP_QUERY_RESPONSE,
	    .has = TEEP_HAS_TC_LIST | TEEP_HAS_TOKEN,
	    .token = BYTES_LIT("0123456789abcdef")};

	if (tam_post(p, tam_message_by_me(p, &m)))
		(void)play_judge(p);
}

/* A response that is refused because of its signature leaves the challenge
 * alone: else whoever sees it could spend it. */
static void
not_burnt(struct play *p)
{
	struct bytes wire;

	if (!tam_connect(p))
		return;
	wire = tam_response(p);
	if (tam_post(p, edit(&p->b, wire, EDIT_FLIP, "", -1, BYTES_NONE)) &&
	    play_expect(p, REFUSED_ANYHOW, "a wrong signature") &&
	    tam_post(p, wire))
		(void)play_judge(p);
}

/* One challenge, two devices: each may use it, none is kept from it. */
static void
two_devices(struct play *p)
{
	struct world_device *me = p->me;

	if (!tam_connect(p))
		return;
	p->me = p->other;
	if (!tam_answer(p) || !tam_updated(p))
		return;
	p->me = me;
	if (tam_answer(p))
		(void)play_judge(p);
}

/* Reordered: the answer to an older question, while a newer one is open. */
static void
older_question(struct play *p)
{
	struct bytes first;

	if (!tam_connect(p))
		return;
	first = p->challenge;
	if (!tam_connect(p))
		return;
	p->challenge = first;
	if (tam_answer(p))
		(void)play_judge(p);
}

/* Two at once with one key: a second boot while the first one runs. */
static void
clone(struct play *p)
{
	uint8_t one[32];

	p->me = &p->w->device[p->suite * (WORLD_DEVICES / 2) + 2];
	memcpy(one, p->me->bootseed, sizeof(one));
	if (!tam_session(p))
		return;
	/* it boots, and the old one goes on */
	p->me->bootseed[0] ^= 1;
	if (!tam_session(p))
		return;
	memcpy(p->me->bootseed, one, sizeof(one));
	if (tam_connect(p) && tam_answer(p))
		(void)play_judge(p);
	p->me->bootseed[0] ^= 1;
}

// clang-format off
#define R REFUSED_ANYHOW
#define N ""
static const struct conform_case rows[] = {
{"tam.fresh.response-twice", "TEEP 7.1", "A response that was taken is not taken again", MUST, response_twice, R, 0, {{0}}},
{"tam.fresh.challenge-twice", "TEEP 9", "A challenge is used once", MUST, challenge_twice, R, 0, {{0}}},
{"tam.fresh.old-evidence", "TEEP 9", "Evidence of an earlier exchange proves nothing now", MUST, old_evidence, R, 0, {{0}}},
{"tam.fresh.invented", "TEEP 9", "A nonce that the TAM never sent proves nothing", MUST, on_response, R, 0, {OCTETS(PART_EVIDENCE, STEP_BODY, invented)}},
{"tam.fresh.last-bit", "TEEP 9", "The nonce is the challenge, exactly: its last bit", MUST, on_response, R, 0, {CLAIM(EDIT_FLIP, "10", -1, N)}},
{"tam.fresh.first-octets", "TEEP 9", "The nonce is the challenge, exactly: its first octets", MUST, on_response, R, 0, {CLAIM(EDIT_FLIP, "10", 3, N)}},
{"tam.fresh.middle", "TEEP 9", "The nonce is the challenge, exactly: its middle", MUST, on_response, R, 0, {CLAIM(EDIT_FLIP, "10", 12, N)}},
{"tam.fresh.shortened", "TEEP 9", "The beginning of a challenge is not the challenge", MUST, on_response, R, 0, {CLAIM(EDIT_CUT, "10", 24, N)}},
{"tam.fresh.doubled", "TEEP 9", "A challenge and more is not the challenge", MUST, on_response, R, 0, {OCTETS(PART_EVIDENCE, STEP_BODY, doubled)}},
{"tam.fresh.unsolicited", "TEEP 7.1", "Evidence that nobody asked for authorises nothing", MUST, unsolicited, R, 0, {{0}}},
{"tam.fresh.without-evidence", "TEEP 7.1", "A response without Evidence and with an invented token authorises nothing", MUST, without_evidence, R, 0, {{0}}},
{"tam.fresh.not-burnt", "TEEP 4.2", "A response with a wrong signature does not spend what the right one needs", MUST, not_burnt, SEEN_INSTALL, 0, {{0}}},
{"tam.fresh.two-devices", "TEEP 4.2", "Challenges identify requests, never devices: another device may have seen the same one", SHOULD, two_devices, SEEN_INSTALL, 0, {{0}}},
{"tam.fresh.older-question", "TEEP-HTTP 6", "Sessions do not depend on the order of connections", SHOULD, older_question, SEEN_INSTALL, 0, {{0}}},
{"tam.fresh.clone", "Evidence 5", "An older boot after a newer one shows two devices with the same keys: refused", MUST, clone, R, 0, {{0}}},
};
// clang-format on

const struct case_table tam_fresh_cases = {rows, ARRAY_LEN(rows)};
