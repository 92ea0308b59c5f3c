/*
 * frame: the table of frames, and the one reader and writer for all.
 *                                                     [design section 9]
 */
#include <string.h>
#include <tamarind/link.h>

/* Members that follow [op, session, ...].  OPTIONAL stands last only. */
enum member { NOTHING, COMPONENT, URI, BODY, OFFSET, NUMBER, FLAG };
#define OPTIONAL    0x80
#define MEMBERS_MAX 3

struct row {
	uint8_t op;
	uint8_t member[MEMBERS_MAX];
	uint32_t body_min, body_max;
	uint32_t number_min, number_max;
};

/* An enum err fits in 16 bits; LINK_DATA may be empty when it is the last;
 * an empty LINK_MESSAGE is a TAM that has no more to say. */
#define ERRS 0, UINT16_MAX

// clang-format off
static const struct row table[] = {
	{LINK_REQUEST_TA, {COMPONENT, URI | OPTIONAL}, 0, 0, 0, 0},
	{LINK_UNREQUEST_TA, {COMPONENT}, 0, 0, 0, 0},
	{LINK_POLICY_CHECK, {FLAG}, 0, 0, 0, 0},
	{LINK_MESSAGE, {BODY}, 0, LINK_FRAME_MAX, 0, 0},
	{LINK_ERROR, {NUMBER}, 0, 0, ERRS},
	{LINK_DATA, {OFFSET, BODY, FLAG}, 0, LINK_PIECE_MAX, 0, 0},
	{LINK_CALL, {COMPONENT, BODY, NUMBER},
	    0, LINK_CALL_MAX, 0, UINT32_MAX},
	{LINK_STATUS, {NOTHING}, 0, 0, 0, 0},
	{LINK_PASSPORT, {BODY, URI}, LINK_CHALLENGE_MIN, LINK_CHALLENGE_MAX,
	    0, 0},
	{LINK_NONE, {NOTHING}, 0, 0, 0, 0},
	{LINK_CONNECT, {URI, BODY | OPTIONAL},
	    1, LINK_FRAME_MAX, 0, 0},
	{LINK_REPLY, {BODY}, 1, LINK_FRAME_MAX, 0, 0},
	{LINK_FETCH, {URI, OFFSET, NUMBER}, 0, 0, 1, LINK_PIECE_MAX},
	{LINK_ABORT, {NUMBER}, 0, 0, ERRS},
	{LINK_RESULT, {NUMBER, BODY}, 0, LINK_CALL_MAX, ERRS},
};
// clang-format on

static const struct row *
find(uint64_t op)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].op == op)
			return &table[i];
	return NULL;
}

/* Members of t that are always there. */
static size_t
members_min(const struct row *t)
{
	size_t n = 0;

	while (n < MEMBERS_MAX && t->member[n] != NOTHING &&
	       (t->member[n] & OPTIONAL) == 0)
		n++;
	return n;
}

static size_t
members_max(const struct row *t)
{
	size_t n = members_min(t);

	return n < MEMBERS_MAX && t->member[n] != NOTHING ? n + 1 : n;
}

enum err
link_head(const uint8_t head[LINK_HEAD], size_t max, size_t *len)
{
	uint32_t n = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
		     (uint32_t)head[2] << 8 | head[3];

	*len = 0;
	if (n > max)
		return ERR_TOO_LONG;
	*len = n;
	return OK;
}

/* A SUIT_Component_Identifier: [* bstr]. */
static struct bytes
read_component(struct cbor_in *r)
{
	struct cbor_in items = *r;
	size_t start = r->at;
	size_t n = cbor_array_any(&items, 0, LINK_COMPONENT_MAX);

	for (size_t i = 0; i < n && items.err == OK; i++)
		(void)cbor_bstr(&items, 0, LINK_COMPONENT_MAX);
	if (items.err == OK && items.at - start > LINK_COMPONENT_MAX)
		cbor_fail(&items, ERR_RANGE);
	*r = items;
	if (r->err != OK)
		return BYTES_NONE;
	return (struct bytes){r->in.p + start, r->at - start};
}

static void
read_member(
    struct cbor_in *r, const struct row *t, enum member m, struct link_frame *f)
{
	switch (m) {
	case COMPONENT:
		f->component = read_component(r);
		return;
	case URI:
		f->uri = cbor_tstr(r, 1, LINK_URI_MAX);
		f->has_uri = true;
		return;
	case BODY:
		f->body = cbor_bstr(r, t->body_min, t->body_max);
		f->has_body = true;
		return;
	case OFFSET:
		/* Files and sums of offsets stay within a signed number. */
		f->offset = cbor_uint(r, 0, INT64_MAX);
		return;
	case NUMBER:
		f->number = cbor_uint(r, t->number_min, t->number_max);
		return;
	case FLAG:
		f->flag = cbor_bool(r);
		return;
	case NOTHING:
		return;
	}
}

enum err
link_read(struct bytes in, struct link_frame *out)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_array_any(&r, 2, 2 + MEMBERS_MAX);
	uint64_t op = cbor_uint(&r, 0, UINT64_MAX);
	const struct row *t = find(op);

	memset(out, 0, sizeof(*out));
	if (r.err == OK && t == NULL)
		cbor_fail(&r, ERR_TYPE);
	if (r.err != OK)
		return r.err;
	n -= 2;
	if (n < members_min(t) || n > members_max(t))
		return ERR_RANGE;
	out->op = (enum link_op)op;
	out->session = cbor_uint(&r, 0, UINT64_MAX);
	for (size_t i = 0; i < n; i++)
		read_member(
		    &r, t, (enum member)(t->member[i] & ~OPTIONAL), out);
	if (cbor_close(&r) != OK)
		memset(out, 0, sizeof(*out));
	return r.err;
}

static void
write_member(struct cbor_out *w, enum member m, const struct link_frame *f)
{
	switch (m) {
	case COMPONENT:
		cbor_put_raw(w, f->component);
		return;
	case URI:
		cbor_put_tstr(w, f->uri);
		return;
	case BODY:
		cbor_put_bstr(w, f->body);
		return;
	case OFFSET:
		cbor_put_uint(w, f->offset);
		return;
	case NUMBER:
		cbor_put_uint(w, f->number);
		return;
	case FLAG:
		cbor_put_bool(w, f->flag);
		return;
	case NOTHING:
		return;
	}
}

/* Is the optional member of f there? */
static bool
option_there(const struct link_frame *f, uint8_t member)
{
	return (member & ~OPTIONAL) == URI ? f->has_uri : f->has_body;
}

void
link_put_head(uint8_t head[LINK_HEAD], uint32_t len)
{
	head[0] = (uint8_t)(len >> 24);
	head[1] = (uint8_t)(len >> 16);
	head[2] = (uint8_t)(len >> 8);
	head[3] = (uint8_t)len;
}

enum err
link_write(struct span room, const struct link_frame *f, struct bytes *out)
{
	const struct row *t = find(f->op);
	struct link_frame back;
	struct cbor_out w;
	struct bytes array;
	size_t n;

	*out = BYTES_NONE;
	if (t == NULL)
		return ERR_BUG;
	if (room.n < LINK_HEAD)
		return ERR_ROOM;
	n = members_min(t);
	if (n < members_max(t) && option_there(f, t->member[n]))
		n++;
	w = cbor_into((struct span){room.p + LINK_HEAD, room.n - LINK_HEAD});
	cbor_put_array(&w, 2 + n);
	cbor_put_uint(&w, t->op);
	cbor_put_uint(&w, f->session);
	for (size_t i = 0; i < n; i++)
		write_member(&w, (enum member)(t->member[i] & ~OPTIONAL), f);
	TRY(cbor_done(&w, &array));
	/* The reader's bounds are the writer's: ERR_RANGE is a bug of ours. */
	if (array.n > UINT32_MAX || link_read(array, &back) != OK)
		return ERR_RANGE;
	link_put_head(room.p, (uint32_t)array.n);
	*out = (struct bytes){room.p, LINK_HEAD + array.n};
	return OK;
}
