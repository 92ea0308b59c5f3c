/*
 * serve: frames over a serial line, in and out.             docs/link.md
 *
 * Nobody hangs up a serial line.  Two silences stand for it: one in the middle
 * of a frame, after which the next octet begins a new one; and one after a
 * fetch was asked for, which would keep every other session waiting.
 */
#include "device.h"

/* Between two octets of one frame. */
#define OCTET_MS 5000
/* For a piece: the broker may have to load the whole payload first. */
#define FETCH_MS (10 * 60 * 1000)
/* The head that asks for more than there is room for is no head: all that
 * follows it until it is quiet is lost. */
#define QUIET_MS 200

/* Wait for an octet; false: none came in time. */
static bool
octet(uint8_t *out, uint32_t most_ms)
{
	uint32_t began = clock_ms();

	while (!uart_get(UART_LINK, out))
		if (clock_ms() - began >= most_ms)
			return false;
	return true;
}

static bool
octets(uint8_t *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!octet(&to[i], OCTET_MS))
			return false;
	return true;
}

static void
quiet(void)
{
	uint8_t lost;

	while (octet(&lost, QUIET_MS))
		continue;
}

/* The rest of a frame whose first octet is there. */
static enum err
read_frame(uint8_t first, struct span room, struct link_frame *f)
{
	uint8_t head[LINK_HEAD] = {first};
	size_t n;

	if (!octets(head + 1, sizeof(head) - 1))
		return ERR_NET;
	TRY(link_head(head, room.n, &n));
	if (!octets(room.p, n))
		return ERR_NET;
	return link_read((struct bytes){room.p, n}, f);
}

static enum err
send_all(struct device *d)
{
	struct link_frame f;

	while (agent_next(d->agent, &f)) {
		struct bytes b;

		TRY(link_write(SPAN_OF(d->out), &f, &b));
		for (size_t i = 0; i < b.n; i++)
			uart_put(UART_LINK, b.p[i]);
	}
	return OK;
}

/* While the engine works on a message, its memory is not to be touched. */
static enum err
take_frame(struct device *d, uint8_t first)
{
	struct span room = agent_holds_message(d->agent) ? SPAN_OF(d->piece)
							 : SPAN_OF(d->message);
	struct link_frame f;

	TRY(read_frame(first, room, &f));
	agent_give(d->agent, &f);
	return send_all(d);
}

static void
watch_stack(struct device *d)
{
	size_t used = board_stack_used();

	if (used <= d->stack)
		return;
	d->stack = used;
	log_number("stack-used", (uint32_t)used);
	log_number("crypto-memory-used", (uint32_t)crypto_memory_used());
}

void
serve(struct device *d)
{
	for (;;) {
		struct why why;
		uint8_t first;
		enum err e;

		if (!octet(&first, FETCH_MS)) {
			if (agent_holds_message(d->agent)) {
				(void)why_set(&why, ERR_NET, "fetch");
				log_event(
				    NULL, "broker-silent", &why, BYTES_NONE);
				agent_hangup(d->agent);
			}
			continue;
		}
		e = take_frame(d, first);
		if (e != OK) {
			/* After a silence there is nothing to be lost. */
			if (e != ERR_NET)
				quiet();
			(void)why_set(&why, e, "frame");
			log_event(NULL, "broker-refused", &why, BYTES_NONE);
			agent_hangup(d->agent);
		}
		watch_stack(d);
	}
}
