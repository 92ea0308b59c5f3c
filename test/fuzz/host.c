/*
 * host: runs fuzzed manifests on a device that allows everything.
 */
#include "fuzz.h"

/* What components hold is what was written last; at first, the payload. */
#define WRITTEN_MAX 64
struct device {
	struct bytes payload;
	struct bytes writing;
	struct written {
		struct bytes id;
		uint8_t sha256[DIGEST_LEN];
		uint64_t size;
	} written[WRITTEN_MAX];
	size_t n;
};

static struct written *
written_find(struct device *d, struct bytes id)
{
	for (size_t i = 0; i < d->n; i++)
		if (bytes_same(d->written[i].id, id))
			return &d->written[i];
	return NULL;
}

static bool
yes(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	(void)value;
	return true;
}

static enum err
may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	(void)ctx;
	(void)m;
	(void)cmd;
	return suit_id_check(id);
}

static enum err
may_fetch(void *ctx, const struct suit_manifest *m, struct bytes uri)
{
	(void)ctx;
	(void)m;
	return uri.n > SUIT_URI_MAX ? ERR_URI : OK;
}

static enum err
begin(void *ctx, struct bytes id, uint64_t size)
{
	struct device *d = ctx;

	(void)size;
	d->writing = id;
	return suit_id_check(id);
}

static enum err
more(void *ctx, struct bytes piece)
{
	(void)ctx;
	(void)piece;
	return OK;
}

static enum err
end(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	struct device *d = ctx;
	struct written *w = written_find(d, d->writing);

	if (w == NULL) {
		if (d->n == WRITTEN_MAX)
			return ERR_ROOM;
		w = &d->written[d->n++];
		w->id = d->writing;
	}
	memcpy(w->sha256, sha256, DIGEST_LEN);
	w->size = size;
	return OK;
}

static void
drop(void *ctx)
{
	(void)ctx;
}

static enum err
digest(void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	struct device *d = ctx;
	const struct written *w = written_find(d, id);

	if (w != NULL) {
		memcpy(sha256, w->sha256, DIGEST_LEN);
		*size = w->size;
		return OK;
	}
	*size = d->payload.n;
	return fuzz_crypto()->sha256(&d->payload, 1, sha256);
}

static enum err
unlink_it(void *ctx, struct bytes id)
{
	(void)ctx;
	return suit_id_check(id);
}

static enum err
invoke(void *ctx, struct bytes id, struct bytes args)
{
	(void)ctx;
	(void)args;
	return suit_id_check(id);
}

/* The payload is the envelope that a component holds. */
static enum err
view(void *ctx, struct bytes id, struct bytes *out)
{
	struct device *d = ctx;
	const struct written *w = written_find(d, id);
	uint8_t own[DIGEST_LEN];

	*out = d->payload;
	TRY(suit_id_check(id));
	TRY(fuzz_crypto()->sha256(&d->payload, 1, own));
	return w == NULL || memcmp(w->sha256, own, DIGEST_LEN) == 0
		   ? OK
		   : ERR_NOT_FOUND;
}

static enum err
admit(void *ctx, const struct suit_manifest *m, const struct suit_manifest *of)
{
	(void)ctx;
	HOLDS(m->n_signers > 0 && of->n_signers > 0);
	return OK;
}

static enum err
shelf(void *ctx, const uint8_t digest[DIGEST_LEN], struct bytes *out)
{
	struct suit_manifest m;

	*out = *(const struct bytes *)ctx;
	if (suit_check(fuzz_crypto(), *out, &m, NULL) != OK ||
	    memcmp(m.digest, digest, DIGEST_LEN) != 0)
		return ERR_NOT_FOUND;
	return OK;
}

void
fuzz_procedure(const struct suit_manifest *m, struct bytes payload,
    enum suit_procedure what)
{
	static struct suit_manifest parts[SUIT_PARTS_MAX - 1];
	static struct device device;
	const struct suit_depending_host depending = {
	    &fuzz_ring, parts, ARRAY_LEN(parts), view, admit, NULL};
	const struct suit_shelf has = {&payload, shelf};
	const struct suit_host host = {
	    .ctx = &device,
	    .depending = &depending,
	    .compat = (uint32_t)(m->sequence & 7),
	    .vendor_is = yes,
	    .class_is = yes,
	    .may = may,
	    .may_fetch = may_fetch,
	    .write_begin = begin,
	    .write_more = more,
	    .write_end = end,
	    .write_drop = drop,
	    .digest = digest,
	    .unlink = unlink_it,
	    .invoke = invoke,
	};
	static uint8_t room[8192];
	static struct suit_replay replay;
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct suit_report report;
	struct suit_run run;
	struct suit_ask ask;
	struct bytes out;
	struct why why;

	device = (struct device){.payload = payload};
	(void)!suit_start(&run, fuzz_crypto(), &host, m, what);
	while (suit_next(&run, &ask) == SUIT_WANT_FETCH) {
		suit_give(&run, BYTES_NONE, false);
		suit_give(&run, payload, true);
	}
	HOLDS(suit_report_write(&w, &run, BYTES_NONE) == OK);
	HOLDS(cbor_done(&w, &out) == OK);
	HOLDS(suit_report_read(out, &report, &why) == OK);
	HOLDS(report.success == (run.state == SUIT_DONE));
	/* whatever was run, this is how it may be told */
	HOLDS(suit_replay(&replay, fuzz_crypto(), m->envelope, &has, &report,
		  what, &why) == OK);
}
