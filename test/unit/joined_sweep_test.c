/*
 * joined_sweep: every message of a session, in turn, is lost, doubled,
 * overtaken, cut, changed, late or very late.  Never is a mixture installed,
 * and the next policy check brings both ends to the same set.
 */
#include "joined_stock.h"

/* From one set to another in one session. */
struct move {
	const char *story, *from, *to;
	size_t before[3], after[3], gone[3]; /* and 1: places on the shelf */
};

static const struct move moves[] = {
    {"QRUPPSQR-", "", "a1 b1 ", {0}, {1 + A1, 1 + B1}, {0}},
    {"QRUPPSQR-", "a1 b1 c1 ", "a2 b2 ", {1 + A1, 1 + B1, 1 + C1},
	{1 + A2, 1 + B2}, {1 + A1, 1 + B1, 1 + C1}},
    {"QRUSQR-", "a1 c1 ", "", {1 + A1, 1 + C1}, {0}, {1 + A1, 1 + C1}},
};

static void
want(struct list_of *l, const size_t place[3])
{
	l->n = 0;
	for (size_t i = 0; i < 3 && place[i] != 0; i++)
		wants(l, place[i] - 1);
}

static void
begin_move(const struct move *m)
{
	begin_with(&(struct policy_opts){0});
	want(WANTED, m->before);
	(void)check(device());
	assert_set(device(), m->from);
	want(WANTED, m->after);
	want(UNWANTED, m->gone);
	set_old = m->from;
	set_new = m->to;
}

static void
one(const struct move *m, size_t k, enum fault fault)
{
	begin_move(m);
	j.k = k;
	j.fault = fault;
	(void)check(device());
	assert_true(j.n > k);
	j.k = SIZE_MAX;
	(void)check(device());
	/* A piece that comes twice spoils the session that it comes in. */
	if (fault == FAULT_LATE && m->story[k] == 'P')
		(void)check(device());
	if (strcmp(set_of(device()), m->to) != 0 ||
	    strcmp(j.believed, m->to) != 0 || !j.proven)
		fail_msg("message %zu of %s, fault %d: \"%s\", believed "
			 "\"%s\" after %s (%s %s)",
		    k, m->story, fault, set_of(device()), j.believed, j.story,
		    device()->event, device()->reason);
	assert_settled(device(), m->to);
}

static void
sweep(const struct move *m)
{
	begin_move(m);
	assert_string_equal(check(device()), m->story);
	assert_settled(device(), m->to);
	for (size_t k = 0; k < strlen(m->story); k++)
		for (int f = FAULT_NONE + 1; f < FAULT_MAX; f++)
			one(m, k, (enum fault)f);
}

static void
install(void **state)
{
	(void)state;
	sweep(&moves[0]);
}

static void
change(void **state)
{
	(void)state;
	sweep(&moves[1]);
}

static void
removal(void **state)
{
	(void)state;
	sweep(&moves[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(install),
	    TEST(change),
	    TEST(removal),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
