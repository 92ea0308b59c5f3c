/*
 * broker: what the broker's sessions stand on, as memory: TAMs that answer
 * always the same, payloads of a few octets, no daemon that could end.
 *
 * Sessions are counted as long as a broker lives, so that an input would not
 * do the same twice: here session 1 is always the one under way.
 */
#include <broker.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum err fuzz_link_read(struct bytes in, struct link_frame *out);
enum err fuzz_link_write(
    struct span room, const struct link_frame *f, struct bytes *out);

static uint64_t under_way;

enum err
fuzz_link_read(struct bytes in, struct link_frame *out)
{
	enum err e = link_read(in, out);

	if (e == OK && out->session == 1)
		out->session = under_way;
	return e;
}

enum err
fuzz_link_write(struct span room, const struct link_frame *f, struct bytes *out)
{
	under_way = f->session;
	return link_write(room, f, out);
}

enum err
http_post(const struct config *c, struct bytes uri, struct bytes body,
    bool has_body, struct bytes *answer, long *status)
{
	uint8_t *p = NULL;

	(void)c;
	HOLDS(uri.n <= LINK_URI_MAX && (has_body || body.n == 0));
	*answer = BYTES_NONE;
	*status = uri.n % 2 == 0 ? 200 : 503;
	if (*status != 200)
		return ERR_HTTP;
	if (body.n % 2 == 0) {
		p = malloc(4);
		HOLDS(p != NULL);
		memcpy(p, "teep", 4);
		*answer = (struct bytes){p, 4};
	}
	return OK;
}

enum err
fetch_piece(const struct config *c, struct fetch *f, struct bytes uri,
    uint64_t offset, uint8_t *room, size_t max, size_t *got, bool *last)
{
	(void)c;
	(void)f;
	HOLDS(uri.n <= LINK_URI_MAX);
	*got = max > 5 ? 5 : max;
	memset(room, 'i', *got);
	*last = offset > 100;
	return offset < 200 ? OK : ERR_NET;
}

void
fetch_close(struct fetch *f)
{
	(void)f;
}

bool
daemon_stopping(void)
{
	return false;
}
