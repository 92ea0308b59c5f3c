/*
 * joined_wire: the broker between the two engines, the shell around the TAM,
 * and what may happen to a message on its way.
 */
#ifndef JOINED_WIRE_H
#define JOINED_WIRE_H

#include "append.h"
#include "joined_support.h"

/* ---- the shell around the TAM -------------------------------------------- */

static inline bool
lists(struct list l, const uint8_t digest[DIGEST_LEN])
{
	struct cbor_in r = cbor_items(l);
	struct eat_manifest m;

	for (size_t i = 0; i < l.n; i++) {
		assert_ok(eat_manifest_read(&r, &m));
		if (bytes_same(m.digest, (struct bytes){digest, DIGEST_LEN}))
			return true;
	}
	return false;
}

/* What the TAM believes since this Evidence; proven gone is not unwanted any
 * more. */
static inline void
note_appraised(const struct tam_effect *e)
{
	struct list_of *u = &j.store.unwanted;
	size_t n = 0;

	if (e->outcome != OK)
		return;
	j.proven = e->proves;
	j.believed[0] = '\0';
	for (size_t i = 0; i < j.n_shelf; i++)
		if (lists(e->manifests, j.store.shelf[i].m.digest))
			(void)append(j.believed, sizeof(j.believed), "%s ",
			    j.fate[i].name);
	for (size_t i = 0; i < u->n; i++)
		if (!e->proves ||
		    lists(e->manifests, j.store.shelf[u->i[i]].m.digest))
			u->i[n++] = u->i[i];
	u->n = n;
}

static inline void
note(const struct tam_effect *e)
{
	if (e->kind == TAM_APPRAISED)
		note_appraised(e);
	if (e->kind == TAM_REQUESTED)
		j.asked++;
	if (e->kind != TAM_REPORTED)
		return;
	for (size_t i = 0; i < j.n_shelf; i++) {
		struct fate *f = &j.fate[i];

		if (memcmp(j.store.shelf[i].m.digest, e->digest, DIGEST_LEN) !=
		    0)
			continue;
		f->reported = true;
		f->outcome = e->outcome;
		f->reason = e->reason;
		f->removed = e->removed;
	}
}

/* One POST: effects first, and only then the reply. */
static inline struct bytes
post(struct bytes in)
{
	struct bytes out;
	uint8_t *exact;

	lender_free(&j.memory);
	if (in.n == 0) {
		assert_ok(tam_connect(&j.tam, j.now, &j.arena, &out));
		return keep(out);
	}
	exact = lend(&j.memory, in.n);
	memcpy(exact, in.p, in.n);
	assert_ok(tam_message(
	    &j.tam, j.now, (struct bytes){exact, in.n}, &j.arena, &j.reply));
	j.shell = store_apply(&j.store, &j.reply);
	if (j.shell != OK)
		return BYTES_NONE;
	for (size_t i = 0; i < j.reply.n_effects; i++)
		note(&j.reply.effect[i]);
	return keep(j.reply.message);
}

/* ---- the wire ------------------------------------------------------------ */

/* A letter for the story: Q R U S E by type, P a piece of payload, - nothing
 * more to say. */
static inline char
letter(struct bytes in)
{
	static const char letters[] = "?QRUSE";
	struct cose_signed s;
	struct teep_message m;

	if (in.n == 0)
		return '-';
	if (cose_signed_read(in, ACCEPT_SIGN1 | ACCEPT_SIGN, &s, NULL) != OK ||
	    (teep_parse(s.payload, &j.tam.dialect, &m, NULL) != OK &&
		teep_parse(s.payload, &j.spoken, &m, NULL) != OK))
		return '?';
	return letters[m.type];
}

/* The first message of this letter that was ever sent. */
static inline struct bytes
first_of(char c)
{
	static const char letters[] = "QRUSE";

	assert_non_null(strchr(letters, c));
	return j.first[strchr(letters, c) - letters];
}

static inline void
remember(char c, struct bytes m)
{
	static const char letters[] = "QRUSE";
	const char *at = strchr(letters, c);

	assert_true(j.n + 1 < sizeof(j.story));
	j.story[j.n++] = c;
	j.story[j.n] = '\0';
	if (at != NULL && j.first[at - letters].n == 0)
		j.first[at - letters] = m;
}

/* What arrives of one message, in order; none: the connection broke. */
struct arrival {
	struct bytes m[2];
	size_t n;
	size_t counts; /* whose answer is heard */
};

static inline struct arrival
hop(struct side *d, enum way way, char c, struct bytes m)
{
	enum fault fault = j.n == j.k ? j.fault : FAULT_NONE;
	struct arrival a = {.m = {m, m}, .n = 1};
	struct bytes older = j.last[way];

	if (j.n == j.k && j.meanwhile != NULL)
		j.meanwhile(d);
	remember(c, m);
	if (c != 'P')
		j.last[way] = m;
	switch (fault) {
	case FAULT_NONE:
		break;
	case FAULT_DROP:
		a.n = 0;
		break;
	case FAULT_TWICE:
		a.n = 2;
		break;
	case FAULT_TWICE_LAST:
		a.n = 2;
		a.counts = 1;
		break;
	case FAULT_REORDER:
		a = (struct arrival){{older, m}, 2, 1};
		break;
	case FAULT_TRUNCATE:
		a.m[0].n /= 2;
		break;
	case FAULT_CORRUPT:
	case FAULT_CORRUPT_HEAD:
	case FAULT_CORRUPT_TAIL:
		if (m.n > 0)
			a.m[0] =
			    flipped(m, fault == FAULT_CORRUPT        ? m.n / 2
				       : fault == FAULT_CORRUPT_HEAD ? 0
								     : m.n - 1);
		break;
	case FAULT_RESTART:
		side_crash(d);
		break;
	case FAULT_DELAY:
		j.now += j.tam.config.challenge_life + 1;
		break;
	case FAULT_LATE:
		a.n = 0;
		j.late = m;
		j.late_way = way;
		j.late_k = j.n - 1;
		break;
	case FAULT_MAX:
		fail();
	}
	/* At its old place in the story of the next session. */
	if (fault == FAULT_NONE && j.late.n > 0 && j.late_way == way &&
	    j.n - 1 == j.late_k) {
		a = (struct arrival){{j.late, m}, 2, 1};
		j.late = BYTES_NONE;
	}
	return a;
}

/* ---- the broker ---------------------------------------------------------- */

/* What the agent answers is kept: its memory is reused. */
static inline struct link_frame
give(struct side *d, struct link_frame in)
{
	struct link_frame out;

	in.session = d->session;
	out = frame_give(d->agent, &d->held, in);
	out.body = keep(out.body);
	out.uri = keep(out.uri);
	return out;
}

static inline struct link_frame
give_broken(struct side *d)
{
	return give(
	    d, (struct link_frame){.op = LINK_ERROR, .number = ERR_NET});
}

static inline struct link_frame
give_message(struct side *d, struct bytes body)
{
	return give(d, (struct link_frame){.op = LINK_MESSAGE, .body = body});
}

static inline struct link_frame
to_agent(struct side *d, struct bytes m)
{
	struct arrival a = hop(d, TO_AGENT, letter(m), m);
	struct link_frame f = {0}, heard = {0};

	if (a.n == 0)
		return give_broken(d);
	for (size_t i = 0; i < a.n; i++) {
		f = give_message(d, a.m[i]);
		if (i == a.counts)
			heard = f;
	}
	return heard;
}

static inline struct link_frame
to_tam(struct side *d, struct bytes m)
{
	struct arrival a = hop(d, TO_TAM, letter(m), m);
	struct bytes heard = BYTES_NONE, out;

	if (a.n == 0)
		return give_broken(d);
	for (size_t i = 0; i < a.n; i++) {
		/* An empty one would be another request. */
		out = a.m[i].n == 0 ? BYTES_NONE : post(a.m[i]);
		if (i == a.counts)
			heard = out;
	}
	return to_agent(d, heard);
}

static inline struct link_frame
fetched(struct side *d, const struct link_frame *ask)
{
	size_t at = (size_t)ask->offset, n = (size_t)ask->number;
	bool last = j.payload.n - at <= n;
	struct arrival a;
	struct link_frame f = {0}, heard = {0};

	if (last)
		n = j.payload.n - at;
	a = hop(d, TO_AGENT, 'P', (struct bytes){j.payload.p + at, n});
	if (a.n == 0)
		return give_broken(d);
	for (size_t i = 0; i < a.n; i++) {
		f = give(d, (struct link_frame){.op = LINK_DATA,
				.offset = at,
				.body = a.m[i],
				.flag = last});
		if (i == a.counts)
			heard = f;
	}
	return heard;
}

/* After every frame: whatever happens, it is one set or the other. */
static const char *set_old, *set_new;

static inline void
assert_no_mixture(const struct side *d)
{
	const char *is = set_of(d);

	if (set_old == NULL || set_new == NULL)
		return;
	if (strcmp(is, set_old) != 0 && strcmp(is, set_new) != 0)
		fail_msg("\"%s\" is a mixture", is);
}

/* Say one thing to the agent and do what it says until the run ends.  Every
 * run has a connection of its own. */
static inline struct link_frame
run(struct side *d, struct link_frame first)
{
	struct link_frame f;

	d->session++;
	j.now++;
	f = give(d, first);
	for (size_t i = 0; i < 40; i++) {
		assert_no_mixture(d);
		if (f.op == LINK_CONNECT)
			f = to_agent(d, post(BYTES_NONE));
		else if (f.op == LINK_REPLY)
			f = to_tam(d, f.body);
		else if (f.op == LINK_FETCH)
			f = fetched(d, &f);
		else
			break;
	}
	assert_true(
	    f.op == LINK_NONE || f.op == LINK_RESULT || f.op == LINK_ABORT);
	agent_hangup(d->agent);
	free(d->held);
	d->held = NULL;
	return f;
}

/* RequestPolicyCheck; answers the letters of what was said. */
static inline const char *
check(struct side *d)
{
	j.n = 0;
	j.story[0] = '\0';
	(void)run(
	    d, (struct link_frame){.op = LINK_POLICY_CHECK, .flag = true});
	return j.story;
}

#endif
