/*
 * hostile_agent: an agent that has been taken over, and asks and writes as
 * much as it is let.
 *
 * Asks for Evidence and for applications until it is refused by the name of
 * the throttle, says how often it was not, stops what it never started, and
 * then fills the log with the shortest lines there are.
 */
#include <channel.h>
#include <cmdline.h>
#include <unistd.h>

#define REFUSALS 3

static uint8_t room[65536];

static enum err
ask(const struct channel_frame *f)
{
	struct channel_frame answer;
	int fd;

	TRY(channel_send(AGENT_FD_CHANNEL, SPAN_OF(room), f, -1));
	TRY(channel_receive(
	    AGENT_FD_CHANNEL, SPAN_OF(room), CHANNEL_WAIT_MS, &answer, &fd));
	return (enum err)answer.err;
}

/* How often before the throttle has said no some times. */
static uint64_t
flood(const struct channel_frame *f)
{
	uint64_t before = 0;
	int refused = 0;

	while (refused < REFUSALS) {
		enum err e = ask(f);

		if (e == ERR_RATE)
			refused++;
		else if (refused == 0)
			before++;
		if (e == ERR_NET)
			_exit(EXIT_REFUSED);
	}
	return before;
}

int
main(void)
{
	static const uint8_t digest[DIGEST_LEN];
	const struct channel_frame ready = {.op = CHANNEL_READY,
	    .keys = {BYTES_LIT("\xa0"), 1},
	    .report = BYTES_LIT("\xa0")};
	const struct channel_frame evidence = {.op = CHANNEL_ATTEST,
	    .challenge = BYTES_LIT("0123456789abcdef"),
	    .audience = BYTES_LIT("abc"),
	    .teep = BYTES_LIT("\xa0"),
	    .report = BYTES_LIT("\xa0")};
	const struct channel_frame app = {.op = CHANNEL_START,
	    .component = BYTES_LIT("\x81\x41x"),
	    .sha256 = BYTES_OF(digest)};
	const struct channel_frame stop = {.op = CHANNEL_STOP, .slot = 15};
	struct channel_frame f;
	uint64_t attests, starts;
	int fd;

	if (channel_receive(AGENT_FD_CHANNEL, SPAN_OF(room), CHANNEL_WAIT_MS,
		&f, &fd) != OK ||
	    channel_send(AGENT_FD_CHANNEL, SPAN_OF(room), &ready, -1) != OK)
		return EXIT_REFUSED;
	attests = flood(&evidence);
	starts = flood(&app);
	for (int i = 0; i < 150; i++) {
		if (ask(&stop) != OK)
			return EXIT_REFUSED;
	}
	log_event(LEVEL_INFO, "flooded", LOG_N("attest", attests),
	    LOG_N("start", starts));
	for (;;) {
		static const char lines[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";

		if (write(AGENT_FD_LOG, lines, sizeof(lines) - 1) < 0)
			return EXIT_REFUSED;
	}
}
