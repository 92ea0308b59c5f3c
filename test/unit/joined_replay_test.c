/*
 * joined_replay: what was said once is worth nothing again: at no time, and on
 * no other device.                                         [security 1, 2]
 */
#include "joined_stock.h"

/* ---- captured messages -----------------------------------------------------
 */

/* The first of each kind that this device or its TAM ever said, and the
 * Update that removed c1. */
static struct {
	struct bytes query, response, update, success, error, removal;
} old;

/* Ends with a2 and c1 installed. */
static void
capture(void)
{
	wants(WANTED, A1);
	wants(WANTED, C1);
	assert_string_equal(check(device()), "QRUSQR-");
	old.query = first_of('Q');
	old.response = first_of('R');
	old.update = first_of('U');
	old.success = first_of('S');
	WANTED->n = 1;
	wants(UNWANTED, C1);
	memset(j.first, 0, sizeof(j.first));
	assert_string_equal(check(device()), "QRUSQR-");
	old.removal = first_of('U');
	WANTED->n = 0;
	wants(WANTED, A2);
	assert_string_equal(check(device()), "QRUSQR-");
	WANTED->n = 0;
	wants(WANTED, A1); /* a rollback */
	assert_string_equal(check(device()), "QRUEQR-");
	old.error = first_of('E');
	WANTED->n = 0;
	wants(WANTED, A2);
	wants(WANTED, C1);
	/* c1 comes back under the same sequence number, as it was. */
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a2 c1 ");
}

/* ---- what both sides make of it --------------------------------------------
 */

/* The TAM changes nothing, and nobody hears why. */
static void
assert_tam_ignores(struct bytes m, enum err e)
{
	static struct store before;

	memcpy(&before, &j.store, sizeof(before));
	assert_int_equal(post(m).n, 0);
	assert_err(j.reply.why.err, e);
	assert_int_equal(j.reply.n_effects, 0);
	before.asked = j.store.asked;
	assert_memory_equal(&before, &j.store, sizeof(before));
}

/* The agent changes nothing.  If it says anything it is an Error, and that
 * is no news to the TAM either. */
static void
assert_agent_ignores(struct side *d, struct bytes m)
{
	unsigned commits = d->disk.commits;
	struct link_frame f = give_message(d, m);

	assert_int_equal(d->disk.commits, commits);
	if (f.op == LINK_REPLY) {
		assert_int_equal(letter(f.body), 'E');
		assert_int_equal(post(f.body).n, 0);
		assert_int_equal(j.reply.n_effects, 0);
		return;
	}
	assert_true(f.op == LINK_RESULT || f.op == LINK_ABORT);
}

static void
replay_to_tam(struct side *d)
{
	(void)d;
	assert_tam_ignores(old.query, ERR_COSE_TYPE); /* its own words */
	assert_tam_ignores(old.response, ERR_REPLAY);
	assert_tam_ignores(old.update, ERR_UNKNOWN_KEY);
	assert_tam_ignores(old.success, ERR_TOKEN);
	assert_tam_ignores(old.error, ERR_TOKEN);
}

/* An old QueryRequest is answered, since no time stands in it that the agent
 * could read.  The answer is a replay to the TAM. */
static void
replay_query(struct side *d)
{
	struct link_frame f = give_message(d, old.query);

	if (f.op == LINK_RESULT) {
		assert_err((enum err)f.number, ERR_BUSY);
		return;
	}
	assert_int_equal(letter(f.body), 'R');
	assert_tam_ignores(f.body, ERR_REPLAY);
}

static void
replay_update(struct side *d)
{
	assert_agent_ignores(d, old.update);
	assert_agent_ignores(d, old.removal);
}

static void
replay_own_words(struct side *d)
{
	assert_agent_ignores(d, old.response);
	assert_agent_ignores(d, old.success);
	assert_agent_ignores(d, old.error);
}

static void
replay_all(struct side *d)
{
	replay_to_tam(d);
	replay_update(d);
	replay_own_words(d);
	replay_query(d);
	replay_update(d);
	replay_to_tam(d);
}

/* ---- every message in every state ------------------------------------------
 */

static const char whole[] = "QRUPPSQR-";

/* While each message of a session is on its way, this is said to both sides.
 * undisturbed: the session must not even notice. */
static void
while_every_message(void (*say)(struct side *d), bool undisturbed)
{
	for (size_t k = 0; k < strlen(whole); k++) {
		begin_with(&(struct policy_opts){0});
		capture();
		wants(WANTED, B1);
		set_old = "a2 c1 ";
		set_new = "a2 b1 c1 ";
		j.k = k;
		j.meanwhile = say;
		(void)check(device());
		if (undisturbed)
			assert_string_equal(j.story, whole);
		j.meanwhile = NULL;
		if (!undisturbed)
			(void)check(device());
		assert_settled(device(), "a2 b1 c1 ");
	}
}

static void
to_the_tam(void **state)
{
	(void)state;
	while_every_message(replay_to_tam, true);
}

static void
updates_to_the_agent(void **state)
{
	(void)state;
	while_every_message(replay_update, true);
}

/* It loses its place, and nothing else. */
static void
query_to_the_agent(void **state)
{
	(void)state;
	while_every_message(replay_query, false);
}

/* Two strangers in one exchange are one too many: it is given up. */
static void
own_words_to_the_agent(void **state)
{
	(void)state;
	while_every_message(replay_own_words, false);
}

static void
everything(void **state)
{
	(void)state;
	while_every_message(replay_all, false);
}

/* Nothing is open at all. */
static void
in_peace(void **state)
{
	(void)state;
	capture();
	device()->session++;
	replay_all(device());
	agent_hangup(device()->agent);
	assert_settled(device(), "a2 c1 ");
}

/* Long after, when challenges and tokens are forgotten. */
static void
long_after(void **state)
{
	(void)state;
	capture();
	j.now += 2 * (uint64_t)j.tam.config.token_life;
	j.store.n_used = 0;
	j.store.n_tokens = 0;
	assert_tam_ignores(old.response, ERR_EXPIRED);
	assert_tam_ignores(old.success, ERR_TOKEN);
	assert_tam_ignores(old.error, ERR_TOKEN);
	assert_settled(device(), "a2 c1 ");
}

/* ---- another device
 * ---------------------------------------------------------- */

static struct side *
other(void)
{
	return &j.dev[1];
}

/* It says why, and what it says is no answer of the device it was for. */
static void
steal(struct side *d)
{
	const char *why =
	    d->agent->ex.answered ? "result-not-bound" : "no-open-exchange";

	if (d->agent->phase == PHASE_FETCHING) {
		assert_agent_ignores(d, old.update); /* it does not listen */
		return;
	}
	assert_agent_ignores(d, old.update);
	assert_string_equal(d->reason, why);
	assert_agent_ignores(d, old.removal);
	assert_string_equal(d->reason, why);
}

/*
 * The first device's Updates are captured before it sees them, and played to
 * the second one at every point of its own session.        [security 1]
 */
static void
stolen(void **state)
{
	struct bytes late;

	(void)state;
	for (size_t k = 0; k < strlen(whole); k++) {
		begin_with(&(struct policy_opts){0});
		wants(WANTED, A1);
		(void)check(device());
		(void)check(other());
		WANTED->n = 0;
		wants(UNWANTED, A1);
		j.k = 2;
		j.fault = FAULT_LATE;
		assert_string_equal(check(device()), "QRU");
		old.removal = j.late;
		UNWANTED->n = 0;
		wants(WANTED, A2);
		assert_string_equal(check(device()), "QRU");
		old.update = j.late;
		j.fault = FAULT_NONE;
		j.late = BYTES_NONE;
		WANTED->n = 0;
		wants(WANTED, A1);
		wants(WANTED, B1);
		set_old = "a1 ";
		set_new = "a1 b1 ";
		j.k = k;
		j.meanwhile = steal;
		assert_string_equal(check(other()), whole);
		j.meanwhile = NULL;
		assert_settled(other(), "a1 b1 ");
		set_old = NULL;
	}
	/* Nor does it use up the token of the first device. */
	begin_with(&(struct policy_opts){0});
	wants(WANTED, A1);
	device()->session++;
	(void)give(device(),
	    (struct link_frame){.op = LINK_POLICY_CHECK, .flag = true});
	late = post(give_message(device(), post(BYTES_NONE)).body);
	assert_int_equal(letter(late), 'U');
	assert_agent_ignores(other(), late);
	late = post(give_message(device(), late).body);
	assert_int_equal(letter(late), 'Q');
	assert_set(device(), "a1 ");
	assert_int_equal(j.fate[A1].outcome, OK);
	assert_set(other(), "");
}

/* Whoever answers a question makes it his: no two devices share one. */
static void
shared_question(void **state)
{
	struct bytes q, a, b;

	(void)state;
	wants(WANTED, A1);
	q = post(BYTES_NONE);
	a = give_message(device(), q).body;
	b = give_message(other(), q).body;
	a = post(a);
	b = post(b);
	assert_int_equal(letter(a), 'U');
	assert_int_equal(letter(b), 'U');
	assert_agent_ignores(other(), a);
	assert_agent_ignores(device(), b);
	assert_set(device(), "");
	assert_int_equal(letter(give_message(other(), b).body), 'S');
	assert_set(other(), "a1 ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(to_the_tam),
	    TEST(updates_to_the_agent),
	    TEST(query_to_the_agent),
	    TEST(own_words_to_the_agent),
	    TEST(everything),
	    TEST(in_peace),
	    TEST(long_after),
	    TEST(stolen),
	    TEST(shared_question),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
