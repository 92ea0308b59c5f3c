/*
 * cmd/teep-broker/session.c: how a session ends.  The agent's side is a
 * script; HTTP and the stream fail when told to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include <broker.h>
#include <stdlib.h>
#include <string.h>

#define FD        7 /* only its sign is looked at */
#define STEPS_MAX 256
#define NEVER     UINT32_MAX
#define TAM       BYTES_LIT("https://tam.example/")
#define PAYLOAD   BYTES_LIT("https://tam.example/payload")
#define A_MESSAGE BYTES_LIT("m")
#define ASKED(...)                                       \
	play((struct link_frame[]){__VA_ARGS__},         \
	    sizeof((struct link_frame[]){__VA_ARGS__}) / \
		sizeof(struct link_frame))

static struct {
	struct link_frame says[STEPS_MAX]; /* the agent, one after another */
	size_t n_says, said;
	struct link_frame told[STEPS_MAX]; /* what reached it */
	size_t n_told;
	uint32_t sends, send_fails_at; /* counted from 0 */
	uint32_t posts, post_fails_at, fetches, fetch_fails_at;
	unsigned closed;
} world;

static struct stream agent;
static struct config config;

/* ---- what the session calls ---------------------------------------------- */

void
stream_close(struct stream *s)
{
	assert_int_equal(s->fd, FD);
	s->fd = -1;
	world.closed++;
}

enum err
stream_send(struct stream *s, const struct link_frame *f)
{
	assert_int_equal(s->fd, FD);
	/* No memory for the frame: the stream itself is whole. */
	if (world.sends++ == world.send_fails_at)
		return ERR_MEMORY;
	assert_true(world.n_told < STEPS_MAX);
	world.told[world.n_told++] = *f;
	return OK;
}

/* Every frame to the agent gets one back: none is read of an agent that was
 * sent nothing. */
enum err
stream_receive(struct stream *s, struct link_frame *f, unsigned seconds)
{
	assert_int_equal(s->fd, FD);
	assert_true(seconds > 0);
	if (world.said == world.n_says) {
		stream_close(s);
		return ERR_NET;
	}
	assert_true(world.said < world.n_told);
	*f = world.says[world.said++];
	f->session = world.told[world.n_told - 1].session;
	return OK;
}

enum err
http_post(const struct config *c, struct bytes uri, struct bytes body,
    bool has_body, struct bytes *answer, long *status)
{
	assert_ptr_equal(c, &config);
	assert_true(bytes_same(uri, TAM));
	(void)body;
	(void)has_body;
	*answer = BYTES_NONE;
	*status = 0;
	if (world.posts++ == world.post_fails_at) {
		trouble_set("no TAM here");
		return ERR_NET;
	}
	*status = 200;
	answer->p = calloc(1, 1);
	answer->n = 1;
	assert_non_null(answer->p);
	return OK;
}

enum err
fetch_piece(const struct config *c, struct fetch *f, struct bytes uri,
    uint64_t offset, uint8_t *room, size_t max, size_t *got, bool *last)
{
	assert_ptr_equal(c, &config);
	(void)f;
	(void)uri;
	(void)offset;
	assert_true(max > 0);
	*got = 0;
	*last = false;
	if (world.fetches++ == world.fetch_fails_at)
		return ERR_NET;
	room[0] = 0;
	*got = 1;
	*last = true;
	return OK;
}

void
fetch_close(struct fetch *f)
{
	(void)f;
}

/* ---- the agent's side ---------------------------------------------------- */

#define CONNECT                                                    \
	{                                                          \
		.op = LINK_CONNECT, .uri = TAM, .body = A_MESSAGE, \
		.has_uri = true, .has_body = true                  \
	}
#define REPLY                                                         \
	{                                                             \
		.op = LINK_REPLY, .body = A_MESSAGE, .has_body = true \
	}
#define FETCH                                                      \
	{                                                          \
		.op = LINK_FETCH, .uri = PAYLOAD, .has_uri = true, \
		.number = LINK_PIECE_MAX                           \
	}
#define RESULT(e)                                \
	{                                        \
		.op = LINK_RESULT, .number = (e) \
	}
#define ABORT(e)                                \
	{                                       \
		.op = LINK_ABORT, .number = (e) \
	}
#define NONE                    \
	{                       \
		.op = LINK_NONE \
	}

static void
play(const struct link_frame *f, size_t n)
{
	assert_true(n <= STEPS_MAX);
	memcpy(world.says, f, n * sizeof(*f));
	world.n_says = n;
}

static int
begin(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.send_fails_at = world.post_fails_at = world.fetch_fails_at =
	    NEVER;
	agent = (struct stream){.fd = FD};
	return 0;
}

static enum err
request(struct link_frame *result)
{
	struct link_frame f = {.op = LINK_REQUEST_TA};
	unsigned posts;
	enum err e = session_run(&config, &agent, &f, result, &posts);

	assert_int_equal(posts, world.posts);
	return e;
}

/* It still waits, was told nothing, and must see the stream end. */
static void
ends_before_agent(enum err want)
{
	struct link_frame r;

	assert_int_equal(request(&r), want);
	assert_int_equal(world.closed, 1);
	assert_int_equal(agent.fd, -1);
	/* its views were into the stream's memory */
	assert_int_equal(r.op, 0);
}

static enum link_op
last_told(void)
{
	return world.n_told == 0 ? 0 : world.told[world.n_told - 1].op;
}

/* ---- sessions ------------------------------------------------------------ */

static void
no_memory_for_the_request(void **state)
{
	(void)state;
	world.send_fails_at = 0;
	ends_before_agent(ERR_MEMORY);
}

static void
no_memory_for_a_message(void **state)
{
	(void)state;
	ASKED(CONNECT);
	world.send_fails_at = 1;
	ends_before_agent(ERR_MEMORY);
	assert_int_equal(world.posts, 1);
}

static void
no_memory_for_a_piece(void **state)
{
	(void)state;
	ASKED(CONNECT, FETCH);
	world.send_fails_at = 2;
	ends_before_agent(ERR_MEMORY);
	assert_int_equal(world.fetches, 1);
}

static void
no_memory_to_tell_of_a_fetch(void **state)
{
	(void)state;
	ASKED(CONNECT, FETCH);
	world.fetch_fails_at = 0;
	world.send_fails_at = 2;
	ends_before_agent(ERR_NET);
}

/* That it heard of one failure says nothing of the next. */
static void
no_memory_after_a_told_fetch(void **state)
{
	(void)state;
	ASKED(CONNECT, FETCH, FETCH);
	world.fetch_fails_at = 0;
	world.send_fails_at = 3;
	ends_before_agent(ERR_MEMORY);
	assert_int_equal(last_told(), LINK_ERROR);
	assert_int_equal(world.fetches, 2);
}

static void
no_memory_to_tell_of_a_post(void **state)
{
	(void)state;
	ASKED(CONNECT);
	world.post_fails_at = 0;
	world.send_fails_at = 1;
	ends_before_agent(ERR_NET);
}

/* A TAM without end: the agent is not told, and need not be. */
static void
too_many_messages(void **state)
{
	struct link_frame f[STEPS_MAX] = {CONNECT};

	(void)state;
	for (size_t i = 1; i < STEPS_MAX; i++)
		f[i] = (struct link_frame)REPLY;
	play(f, STEPS_MAX);
	ends_before_agent(ERR_EXCHANGE_LIMIT);
	assert_in_range(world.posts, 6, STEPS_MAX - 1);
}

static void
frame_out_of_turn(void **state)
{
	(void)state;
	ASKED(REPLY); /* to whom? */
	ends_before_agent(ERR_UNEXPECTED);
	assert_int_equal(begin(NULL), 0);
	ASKED({.op = LINK_STATUS});
	ends_before_agent(ERR_UNEXPECTED);
	assert_int_equal(begin(NULL), 0);
	ASKED({.op = LINK_CONNECT, .uri = BYTES_LIT("a\0b"), .has_uri = true});
	ends_before_agent(ERR_URI);
	assert_int_equal(world.posts, 0);
}

/* An agent that knows keeps its stream: the next session needs it. */
static void
told_of_a_post(void **state)
{
	struct link_frame r;

	(void)state;
	ASKED(CONNECT);
	world.post_fails_at = 0;
	assert_int_equal(request(&r), ERR_NET);
	assert_int_equal(world.closed, 0);
	assert_int_equal(last_told(), LINK_ERROR);
}

static void
told_of_a_fetch(void **state)
{
	struct link_frame r;

	(void)state;
	ASKED(CONNECT, FETCH, REPLY, NONE);
	world.fetch_fails_at = 0;
	assert_int_equal(request(&r), OK);
	assert_int_equal(world.closed, 0);
	assert_int_equal(world.told[2].op, LINK_ERROR);
	assert_int_equal(world.told[2].number, ERR_NET);
	assert_int_equal(world.posts, 2);
}

static void
agent_gives_up(void **state)
{
	struct link_frame r;

	(void)state;
	ASKED(CONNECT, ABORT(ERR_RATE));
	assert_int_equal(request(&r), ERR_RATE);
	assert_int_equal(world.closed, 0);
	assert_int_equal(r.op, LINK_ABORT);
}

static void
agent_hangs_up(void **state)
{
	struct link_frame r;

	(void)state;
	ASKED(CONNECT);
	assert_int_equal(request(&r), ERR_NET);
	assert_int_equal(world.closed, 1); /* once, by the stream itself */
}

/* ---- policy checks ------------------------------------------------------- */

static unsigned
checks_told(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < world.n_told; i++)
		if (world.told[i].op == LINK_POLICY_CHECK) {
			/* only the first begins a round */
			assert_int_equal(world.told[i].flag, n == 0);
			n++;
		}
	return n;
}

static void
check_of_all(void **state)
{
	(void)state;
	ASKED(CONNECT, NONE, CONNECT, NONE, NONE);
	assert_int_equal(session_policy_check(&config, &agent), OK);
	assert_int_equal(world.posts, 2);
	assert_int_equal(checks_told(), 3);
	assert_int_equal(world.closed, 0);
}

/* A result is how the agent refuses a session: no check has taken place. */
static void
check_of_a_busy_agent(void **state)
{
	(void)state;
	ASKED(RESULT(ERR_BUSY), NONE);
	assert_int_equal(session_policy_check(&config, &agent), ERR_BUSY);
	assert_int_equal(checks_told(), 1);
	assert_int_equal(world.posts, 0);
	assert_int_equal(begin(NULL), 0);
	ASKED(CONNECT, NONE, RESULT(ERR_BUSY), NONE);
	assert_int_equal(session_policy_check(&config, &agent), ERR_BUSY);
	assert_int_equal(checks_told(), 2);
}

static void
check_of_a_tam_that_is_away(void **state)
{
	(void)state;
	ASKED(CONNECT, CONNECT, NONE, NONE);
	world.post_fails_at = 0;
	assert_int_equal(session_policy_check(&config, &agent), ERR_NET);
	assert_int_equal(world.posts, 2); /* the other one was asked */
	assert_string_equal(trouble(), "no TAM here");
	assert_int_equal(world.closed, 0);
}

static void
check_without_memory(void **state)
{
	(void)state;
	ASKED(CONNECT, FETCH, CONNECT, NONE, NONE);
	world.send_fails_at = 2;
	assert_int_equal(session_policy_check(&config, &agent), ERR_MEMORY);
	assert_int_equal(world.closed, 1);
	assert_int_equal(checks_told(), 1);
	/* whatever failed, one that was closed is asked nothing */
	assert_int_equal(begin(NULL), 0);
	ASKED(CONNECT, FETCH, CONNECT, NONE, NONE);
	world.fetch_fails_at = 0;
	world.send_fails_at = 2;
	assert_int_equal(session_policy_check(&config, &agent), ERR_NET);
	assert_int_equal(world.closed, 1);
	assert_int_equal(checks_told(), 1);
}

static void
check_without_end(void **state)
{
	struct link_frame f[STEPS_MAX];

	(void)state;
	for (size_t i = 0; i < STEPS_MAX; i += 2) {
		f[i] = (struct link_frame)CONNECT;
		f[i + 1] = (struct link_frame)NONE;
	}
	play(f, STEPS_MAX);
	assert_int_equal(session_policy_check(&config, &agent), ERR_LIMIT);
	assert_in_range(checks_told(), 8, STEPS_MAX / 2 - 1);
}

/* ---- a TAM that the agent did not name ---------------------------------- */

static enum err
recover(struct bytes uri)
{
	struct link_frame f = {.op = LINK_CONNECT, .uri = uri, .has_uri = true};
	struct link_frame r;
	unsigned posts;

	return session_run(&config, &agent, &f, &r, &posts);
}

static void
recovery_speaks_first(void **state)
{
	(void)state;
	ASKED(REPLY, NONE);
	assert_int_equal(recover(TAM), OK);
	assert_int_equal(world.posts, 2);
	assert_int_equal(world.told[0].op, LINK_MESSAGE);
	assert_int_equal(checks_told(), 0);
}

static void
recovery_is_away(void **state)
{
	(void)state;
	world.post_fails_at = 0;
	assert_int_equal(recover(TAM), ERR_NET);
	assert_int_equal(recover(BYTES_LIT("a\0b")), ERR_URI);
	assert_int_equal(world.posts, 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup(f, begin)
	const struct CMUnitTest tests[] = {
	    T(no_memory_for_the_request),
	    T(no_memory_for_a_message),
	    T(no_memory_for_a_piece),
	    T(no_memory_to_tell_of_a_fetch),
	    T(no_memory_after_a_told_fetch),
	    T(no_memory_to_tell_of_a_post),
	    T(too_many_messages),
	    T(frame_out_of_turn),
	    T(told_of_a_post),
	    T(told_of_a_fetch),
	    T(agent_gives_up),
	    T(agent_hangs_up),
	    T(recovery_speaks_first),
	    T(recovery_is_away),
	    T(check_of_all),
	    T(check_of_a_busy_agent),
	    T(check_of_a_tam_that_is_away),
	    T(check_without_memory),
	    T(check_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
