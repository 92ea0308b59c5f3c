/*
 * channel: the table of frames between launcher and agent, and its one reader
 * and writer.
 */
#include "channel.h"

#define MEMBERS_MAX 10

enum kind { END, UINT, BSTR, TSTR, LIST_ANY };

struct member {
	uint8_t kind;
	uint16_t off;
	uint32_t min, max; /* of the number, octets, or items */
};

struct row {
	uint8_t op;
	const char *name;
	struct member member[MEMBERS_MAX];
};

#define M(kind, name, min, max)                                      \
	{                                                            \
		kind, offsetof(struct channel_frame, name), min, max \
	}

#define ID_MAX     255
#define KEY_MAX    128
#define IDS_MAX    8 /* vendor, class or device identifiers */
#define FORMAT_MAX 128
#define UID_MOST   0x7fffffff
#define POLICY_MAX (AGENT_POLICY_MAX + 65536)

// clang-format off
static const struct row table[] = {
	{CHANNEL_CONFIG, "config", {
		M(UINT, mode, CHANNEL_RUN, CHANNEL_INIT),
		M(UINT, broker, 1, UID_MOST),
		M(BSTR, seal, CHANNEL_SEAL, CHANNEL_SEAL),
		M(LIST_ANY, vendors, 0, IDS_MAX),
		M(LIST_ANY, classes, 0, IDS_MAX),
		M(LIST_ANY, devices, 0, IDS_MAX),
		M(LIST_ANY, suites, 0, CHANNEL_KEYS),
		M(BSTR, policy, 0, POLICY_MAX),
		M(TSTR, format, 0, FORMAT_MAX),
		M(UINT, clock, 0, 1)}},
	{CHANNEL_ANSWER, "answer", {
		M(UINT, err, 0, UINT16_MAX),
		M(UINT, slot, 0, APP_INSTANCES - 1),
		M(BSTR, evidence, 0, AGENT_STATE_MAX)}},
	{CHANNEL_DRAIN, "drain", {{0}}},
	{CHANNEL_READY, "ready", {
		M(LIST_ANY, keys, 1, CHANNEL_KEYS),
		M(BSTR, report, 1, KEY_MAX),
		M(LIST_ANY, payload_keys, 0, EAT_PAYLOAD_KEYS_MAX)}},
	{CHANNEL_ATTEST, "attest", {
		M(BSTR, challenge, 0, 64),
		M(TSTR, audience, 1, 64),
		M(BSTR, teep, 1, KEY_MAX),
		M(BSTR, report, 1, KEY_MAX),
		M(LIST_ANY, manifests, 0, EAT_MANIFESTS_MAX - 1),
		M(LIST_ANY, measurements, 0, EAT_COMPONENTS_MAX - 2),
		M(LIST_ANY, payload_keys, 0, EAT_PAYLOAD_KEYS_MAX)}},
	{CHANNEL_START, "start", {
		M(BSTR, component, 1, ID_MAX),
		M(BSTR, sha256, DIGEST_LEN, DIGEST_LEN),
		M(UINT, size, 0, APP_IMAGE_MAX),
		M(BSTR, args, 0, APP_ARGS_MAX)}},
	{CHANNEL_STOP, "stop", {
		M(UINT, slot, 0, APP_INSTANCES - 1)}},
};
// clang-format on

static const struct row *
find(uint64_t op)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (table[i].op == op)
			return &table[i];
	}
	return NULL;
}

const char *
channel_op_name(uint64_t op)
{
	const struct row *t = find(op);

	return t == NULL ? "unknown" : t->name;
}

static size_t
count(const struct row *t)
{
	size_t n = 0;

	while (n < MEMBERS_MAX && t->member[n].kind != END)
		n++;
	return n;
}

/* Items of any type, each checked all the way down. */
static struct list
read_list(struct cbor_in *r, const struct member *m)
{
	struct list l = {.n = cbor_array_any(r, m->min, m->max)};
	size_t start = r->at;

	for (size_t i = 0; i < l.n; i++)
		(void)cbor_raw(r, CBOR_ANY);
	if (r->err != OK)
		return (struct list){BYTES_NONE, 0};
	l.raw = (struct bytes){r->in.p + start, r->at - start};
	return l;
}

static void
read_member(struct cbor_in *r, const struct member *m, void *at)
{
	switch ((enum kind)m->kind) {
	case UINT:
		*(uint64_t *)at = cbor_uint(r, m->min, m->max);
		return;
	case BSTR:
		*(struct bytes *)at = cbor_bstr(r, m->min, m->max);
		return;
	case TSTR:
		*(struct bytes *)at = cbor_tstr(r, m->min, m->max);
		return;
	case LIST_ANY:
		*(struct list *)at = read_list(r, m);
		return;
	case END:
		return;
	}
}

enum err
channel_read(struct bytes in, struct channel_frame *out)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_array_any(&r, 1, MEMBERS_MAX + 1);
	const struct row *t;
	enum err e;

	*out = (struct channel_frame){0};
	out->op = cbor_uint(&r, 0, UINT8_MAX);
	t = find(out->op);
	if (r.err == OK && (t == NULL || n != 1 + count(t)))
		cbor_fail(&r, ERR_TYPE);
	for (size_t i = 0; r.err == OK && i < count(t); i++)
		read_member(&r, &t->member[i], (char *)out + t->member[i].off);
	e = cbor_close(&r);
	if (e != OK)
		*out = (struct channel_frame){0};
	return e;
}

static void
write_member(struct cbor_out *w, const struct member *m, const void *at)
{
	const struct list *l;

	switch ((enum kind)m->kind) {
	case UINT:
		cbor_put_uint(w, *(const uint64_t *)at);
		return;
	case BSTR:
		cbor_put_bstr(w, *(const struct bytes *)at);
		return;
	case TSTR:
		cbor_put_tstr(w, *(const struct bytes *)at);
		return;
	case LIST_ANY:
		l = at;
		cbor_put_array(w, l->n);
		cbor_put_raw(w, l->raw);
		return;
	case END:
		return;
	}
}

enum err
channel_write(
    struct span room, const struct channel_frame *f, struct bytes *out)
{
	const struct row *t = find(f->op);
	struct cbor_out w;
	struct bytes body;

	*out = BYTES_NONE;
	if (t == NULL)
		return ERR_BUG;
	if (room.n < LINK_HEAD)
		return ERR_ROOM;
	w = cbor_into((struct span){room.p + LINK_HEAD, room.n - LINK_HEAD});
	cbor_put_array(&w, 1 + count(t));
	cbor_put_uint(&w, f->op);
	for (size_t i = 0; i < count(t); i++)
		write_member(
		    &w, &t->member[i], (const char *)f + t->member[i].off);
	TRY(cbor_done(&w, &body));
	if (body.n > UINT32_MAX)
		return ERR_TOO_LONG;
	link_put_head(room.p, (uint32_t)body.n);
	*out = (struct bytes){room.p, LINK_HEAD + body.n};
	return OK;
}
