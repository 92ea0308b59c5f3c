/*
 * agent_store: what an agent stands on in its tests: a store in memory, which
 * fails when told to, its ports, and the memory of the frames it is given.
 */
#ifndef AGENT_STORE_H
#define AGENT_STORE_H

#include "agent_authors.h"

#define FAKE_BLOBS 64

struct fake_store {
	struct bytes state; /* malloc'd; p NULL: none */
	struct {
		uint8_t name[DIGEST_LEN];
		uint8_t *p;
		size_t n;
	} blob[FAKE_BLOBS];
	size_t n_blobs;
	uint8_t *open;
	size_t open_n;
	bool is_open;
	unsigned commits, writes;
	/* Fail the commit, or the nth write of a blob from now on. */
	bool fail_commit;
	unsigned fail_write;
};

static inline enum err
fs_load(void *ctx, struct span room, struct bytes *out)
{
	struct fake_store *d = ctx;

	if (d->state.p == NULL)
		return ERR_NOT_FOUND;
	assert_true(d->state.n <= room.n);
	memcpy(room.p, d->state.p, d->state.n);
	*out = (struct bytes){room.p, d->state.n};
	return OK;
}

static inline enum err
fs_commit(void *ctx, struct bytes state)
{
	struct fake_store *d = ctx;
	uint8_t *p;

	if (d->fail_commit)
		return ERR_STORE;
	p = malloc(state.n);
	assert_non_null(p);
	memcpy(p, state.p, state.n);
	free((void *)(uintptr_t)d->state.p);
	d->state = (struct bytes){p, state.n};
	d->commits++;
	return OK;
}

static inline void
fs_drop(void *ctx)
{
	struct fake_store *d = ctx;

	free(d->open);
	d->open = NULL;
	d->open_n = 0;
	d->is_open = false;
}

static inline enum err
fs_begin(void *ctx, uint64_t hint)
{
	struct fake_store *d = ctx;

	(void)hint;
	fs_drop(ctx);
	d->is_open = true;
	return OK;
}

static inline enum err
fs_more(void *ctx, struct bytes piece)
{
	struct fake_store *d = ctx;

	assert_true(d->is_open);
	d->writes++;
	if (d->fail_write != 0 && --d->fail_write == 0)
		return ERR_STORE;
	d->open = realloc(d->open, d->open_n + piece.n + 1);
	assert_non_null(d->open);
	if (piece.n > 0)
		memcpy(d->open + d->open_n, piece.p, piece.n);
	d->open_n += piece.n;
	return OK;
}

static inline size_t
fs_find(const struct fake_store *d, const uint8_t *name)
{
	size_t i = 0;

	while (i < d->n_blobs && memcmp(d->blob[i].name, name, DIGEST_LEN) != 0)
		i++;
	return i;
}

static inline enum err
fs_end(void *ctx, const uint8_t *name)
{
	struct fake_store *d = ctx;
	size_t i = fs_find(d, name);

	assert_true(d->is_open && i < FAKE_BLOBS);
	if (i == d->n_blobs)
		d->n_blobs++;
	else
		free(d->blob[i].p);
	memcpy(d->blob[i].name, name, DIGEST_LEN);
	d->blob[i].p = d->open;
	d->blob[i].n = d->open_n;
	d->open = NULL;
	d->open_n = 0;
	d->is_open = false;
	return OK;
}

static inline enum err
fs_read(
    void *ctx, const uint8_t *name, uint64_t at, struct span room, size_t *got)
{
	struct fake_store *d = ctx;
	size_t i = fs_find(d, name), left;

	*got = 0;
	if (i == d->n_blobs)
		return ERR_NOT_FOUND;
	if (at >= d->blob[i].n)
		return OK;
	left = d->blob[i].n - (size_t)at;
	*got = left < room.n ? left : room.n;
	memcpy(room.p, d->blob[i].p + at, *got);
	return OK;
}

static inline enum err
fs_sweep(void *ctx, bool (*keep)(void *, const uint8_t *), void *arg)
{
	struct fake_store *d = ctx;

	for (size_t i = 0; i < d->n_blobs;) {
		if (keep(arg, d->blob[i].name)) {
			i++;
			continue;
		}
		free(d->blob[i].p);
		d->blob[i] = d->blob[--d->n_blobs];
	}
	return OK;
}

static inline struct agent_store
fs_port(struct fake_store *d)
{
	return (struct agent_store){
	    .ctx = d,
	    .load = fs_load,
	    .commit = fs_commit,
	    .blob_begin = fs_begin,
	    .blob_more = fs_more,
	    .blob_end = fs_end,
	    .blob_drop = fs_drop,
	    .blob_read = fs_read,
	    .sweep = fs_sweep,
	};
}

static inline void
fs_free(struct fake_store *d)
{
	fs_drop(d);
	for (size_t i = 0; i < d->n_blobs; i++)
		free(d->blob[i].p);
	free((void *)(uintptr_t)d->state.p);
	memset(d, 0, sizeof(*d));
}

/* ---- ports --------------------------------------------------------------- */

/* How long the device has been running. */
static uint64_t device_seconds = 1000;
static bool device_clock_fails;

static inline enum err
fake_seconds(void *ctx, uint64_t *out)
{
	(void)ctx;
	*out = device_seconds;
	return device_clock_fails ? ERR_SYSTEM : OK;
}

/* A device with these keys; log is the caller's to add. */
static inline struct agent_ports
ports_of(const struct agent_store *store, const struct agent_launcher *launcher,
    enum key_name teep, enum key_name report)
{
	static struct agent_demanding demanding = {.seconds = fake_seconds};
	static uint8_t ids[2][32];
	struct agent_ports p = {
	    .crypto = crypto,
	    .store = store,
	    .launcher = launcher,
	    .teep = {&keys[teep].s},
	    .teep_key = {keys[teep].pub},
	    .n_teep = 1,
	    .report = &keys[report].s,
	    .report_key = keys[report].pub,
	    .dialects = &dialect_others,
	    .depending = &agent_depending,
	    .revoking = &agent_revoking,
	    .logs = &agent_logs,
	    .demanding = &demanding,
	};
	struct cbor_out w = cbor_into(SPAN_OF(ids[0]));

	agent_demanding_init(&demanding);
	cbor_put_bstr(&w, BYTES_OF(vendor));
	p.vendor_ids.n = 1;
	assert_ok(cbor_done(&w, &p.vendor_ids.raw));
	w = cbor_into(SPAN_OF(ids[1]));
	cbor_put_bstr(&w, BYTES_OF(class_id));
	p.class_ids.n = 1;
	assert_ok(cbor_done(&w, &p.class_ids.raw));
	return p;
}

/* ---- frames -------------------------------------------------------------- */

/* Hand in a frame; its body lives exactly as long as it has to, in *held if
 * the agent may still look at it.  Every frame gets exactly one answer. */
static inline struct link_frame
frame_give(struct agent *a, uint8_t **held, struct link_frame in)
{
	struct link_frame out, more;
	uint8_t *body = malloc(in.body.n == 0 ? 1 : in.body.n);

	assert_non_null(body);
	if (in.body.n > 0)
		memcpy(body, in.body.p, in.body.n);
	in.body.p = body;
	agent_give(a, &in);
	assert_true(agent_next(a, &out));
	assert_false(agent_next(a, &more));
	assert_int_equal(out.session, in.session);
	if (agent_holds_message(a)) {
		if (in.op == LINK_MESSAGE && *held == NULL)
			*held = body;
		else
			free(body);
		return out;
	}
	free(*held);
	*held = NULL;
	free(body);
	return out;
}

#endif
