/*
 * host: the device, as the SUIT processor sees it.               [suit.h]
 *
 * Contents go to the blob store under their digests; what names them is the
 * record, so nothing written here is visible before the commit.
 */
#include "agent_int.h"
#include <string.h>

bool
ids_have(struct list l, struct bytes value)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++) {
		struct cbor_in one = r;
		struct bytes raw = cbor_raw(&r, CBOR_ANY);

		if (r.err != OK)
			return false;
		if (bytes_same(raw, value))
			return true;
		if (cbor_peek(&one) == CBOR_BSTR &&
		    bytes_same(cbor_bstr(&one, 0, LEN_ANY), value))
			return true;
	}
	return false;
}

static bool
vendor_is(void *ctx, struct bytes id, struct bytes value)
{
	const struct agent *a = ctx;

	(void)id;
	return ids_have(a->ports->vendor_ids, value);
}

static bool
class_is(void *ctx, struct bytes id, struct bytes value)
{
	const struct agent *a = ctx;

	(void)id;
	return ids_have(a->ports->class_ids, value);
}

const struct policy_signer *
job_signer(const struct agent *a, const struct suit_manifest *m)
{
	return m == &a->job.m ? a->job.signer
			      : policy_authority(agent_policy(a), m);
}

/* Asked again before each directive, whatever install_begin found out. */
static enum err
may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	const struct agent *a = ctx;
	const struct job *j = &a->job;
	const struct policy_signer *s = job_signer(a, m);

	if (j->tam != NULL && !list_covers(j->tam->prefixes, id))
		return ERR_TAM_ACCESS;
	if (s == NULL)
		return m == &j->m && bytes_same(id, policy_id)
			   ? OK
			   : ERR_SIGNER_ACCESS;
	if (bytes_same(id, policy_id) || !list_covers(s->prefixes, id))
		return ERR_SIGNER_ACCESS;
	return j->deps == NULL || cmd == SUIT_CMD_SET_INDEX
		   ? OK
		   : a->ports->depending->usable(a, m, id);
}

static enum err
may_fetch(void *ctx, const struct suit_manifest *m, struct bytes uri)
{
	const struct agent *a = ctx;
	const struct policy_signer *s = job_signer(a, m);
	struct cbor_in r;

	if (uri.n == 0 || uri.n > LINK_URI_MAX)
		return ERR_URI;
	if (s == NULL)
		return m == &a->job.m ? OK : ERR_URI;
	if (s->hosts.n == 0)
		return OK;
	r = cbor_items(s->hosts);
	for (size_t i = 0; i < s->hosts.n; i++) {
		struct bytes prefix = cbor_tstr(&r, 1, LINK_URI_MAX);

		if (r.err == OK && bytes_prefix(uri, prefix))
			return OK;
	}
	return ERR_URI;
}

/* Slot of a component in the run; SUIT_COMPONENTS_MAX: none. */
static size_t
place(const struct job *j, struct bytes id)
{
	const struct suit_slot *s = suit_slot_of(&j->run, id);

	return s != NULL ? (size_t)(s - j->run.slot) : SUIT_COMPONENTS_MAX;
}

static void
write_drop(void *ctx)
{
	struct agent *a = ctx;
	struct job *j = &a->job;

	if (!j->is_writing)
		return;
	j->is_writing = false;
	a->ports->store->blob_drop(a->ports->store->ctx);
}

/* Octets this TAM may still write: quota less what it owns and what this
 * manifest has staged. */
static uint64_t
allowance(const struct job *j)
{
	uint64_t used = 0;

	if (j->tam == NULL || j->tam->quota == UINT64_MAX)
		return UINT64_MAX;
	used = state_usage(j->set, j->tam->name, j->m.component_id);
	for (size_t i = 0; i < j->run.n_slots; i++)
		if (j->staged[i].there && i != j->writing)
			used = j->staged[i].size > UINT64_MAX - used
				   ? UINT64_MAX
				   : used + j->staged[i].size;
	return used > j->tam->quota ? 0 : j->tam->quota - used;
}

static enum err
write_begin(void *ctx, struct bytes id, uint64_t size)
{
	struct agent *a = ctx;
	struct job *j = &a->job;
	size_t i = place(j, id);

	/* An invocation runs what is there; it writes nothing. */
	if (i == SUIT_COMPONENTS_MAX || j->tam == NULL)
		return ERR_COMPONENT;
	write_drop(a);
	j->writing = i;
	j->written = 0;
	j->is_secret = j->opened;
	j->opened = false;
	j->allowance = allowance(j);
	if (size != UINT64_MAX && size > j->allowance)
		return ERR_QUOTA;
	TRY(a->ports->store->blob_begin(
	    a->ports->store->ctx, size == UINT64_MAX ? 0 : size));
	j->is_writing = true;
	return OK;
}

static enum err
write_more(void *ctx, struct bytes piece)
{
	struct agent *a = ctx;
	struct job *j = &a->job;

	if (!j->is_writing)
		return ERR_BUG;
	if (piece.n > j->allowance - j->written)
		return ERR_QUOTA;
	j->written += piece.n;
	return a->ports->store->blob_more(a->ports->store->ctx, piece);
}

static enum err
write_end(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size)
{
	struct agent *a = ctx;
	struct job *j = &a->job;
	struct staged *s = &j->staged[j->writing];
	enum err e;

	if (!j->is_writing || size != j->written)
		return ERR_BUG;
	e = a->ports->store->blob_end(a->ports->store->ctx, sha256);
	if (e != OK) {
		write_drop(a);
		return e;
	}
	j->is_writing = false;
	s->there = true;
	s->size = size;
	s->secret = j->is_secret;
	memcpy(s->sha256, sha256, DIGEST_LEN);
	return OK;
}

bool
job_content(const struct job *j, struct bytes id, struct component *out)
{
	size_t i = place(j, id);

	if (i < SUIT_COMPONENTS_MAX && (j->unlinked >> i & 1) != 0)
		return false;
	if (i < SUIT_COMPONENTS_MAX && j->staged[i].there) {
		*out = (struct component){id, BYTES_OF(j->staged[i].sha256),
		    j->staged[i].size, j->staged[i].secret};
		return true;
	}
	return state_component(j->set, id, out, NULL);
}

static enum err
digest(void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	struct agent *a = ctx;
	struct component c;

	if (!job_content(&a->job, id, &c))
		return ERR_NOT_INSTALLED;
	return blob_hash(
	    a->ports, c.sha256.p, pool_rest(&a->pool), sha256, size);
}

static bool
is_secret(void *ctx, struct bytes id)
{
	const struct job *j = &((const struct agent *)ctx)->job;
	struct component c;

	return job_content(j, id, &c) && c.secret;
}

/* What is copied is read through scratch memory, one piece at a time; the
 * processor hashes what arrives. */
static enum err
read_content(void *ctx, struct bytes id, uint64_t at, struct bytes *piece)
{
	struct agent *a = ctx;
	const struct agent_store *s = a->ports->store;
	struct span room = pool_rest(&a->pool);
	struct component c;
	size_t got;

	*piece = BYTES_NONE;
	if (!job_content(&a->job, id, &c))
		return ERR_NOT_INSTALLED;
	a->job.is_secret |= c.secret;
	if (room.n > SUIT_PIECE_MAX)
		room.n = SUIT_PIECE_MAX;
	TRY(s->blob_read(s->ctx, c.sha256.p, at, room, &got));
	if (got > room.n)
		return ERR_STORE;
	*piece = (struct bytes){room.p, got};
	return OK;
}

/* Contents are named by digest, so exchanging two is a matter of names: the
 * commit of the record makes both true, or none. */
static enum err
swap(void *ctx, struct bytes one, struct bytes two)
{
	struct agent *a = ctx;
	struct job *j = &a->job;
	size_t x = place(j, one), y = place(j, two);
	struct component cx, cy;
	struct staged sx = {.there = true}, sy = {.there = true};

	if (x == SUIT_COMPONENTS_MAX || y == SUIT_COMPONENTS_MAX ||
	    j->tam == NULL)
		return ERR_COMPONENT;
	if (!job_content(j, one, &cx) || !job_content(j, two, &cy))
		return ERR_NOT_INSTALLED;
	memcpy(sx.sha256, cy.sha256.p, DIGEST_LEN);
	sx.size = cy.size;
	sx.secret = cy.secret;
	memcpy(sy.sha256, cx.sha256.p, DIGEST_LEN);
	sy.size = cx.size;
	sy.secret = cx.secret;
	j->staged[x] = sx;
	j->staged[y] = sy;
	return OK;
}

/* Only what is being uninstalled, which is for the TAM to say: no Update
 * takes away a component in passing.  The record follows when all is done. */
static enum err
unlink_component(void *ctx, struct bytes id)
{
	struct agent *a = ctx;
	struct job *j = &a->job;
	size_t i = place(j, id);
	struct component c;

	if (j->run.procedure != SUIT_DO_UNINSTALL)
		return ERR_COMMAND;
	/* a dependency that two need is run for each of them */
	if (j->deps != NULL && i < SUIT_COMPONENTS_MAX &&
	    (j->unlinked >> i & 1) != 0)
		return OK;
	if (i == SUIT_COMPONENTS_MAX || !job_content(j, id, &c))
		return ERR_NOT_INSTALLED;
	j->unlinked |= UINT32_C(1) << i;
	return OK;
}

static enum err
invoke(void *ctx, struct bytes id, struct bytes args)
{
	struct agent *a = ctx;
	const struct agent_launcher *l = a->ports->launcher;
	struct bytes data = BYTES_NONE;
	struct component c;
	enum err e;

	/* During an Update nothing runs. */
	if (a->job.tam != NULL)
		return ERR_PLACE;
	if (!state_component(a->job.set, id, &c, NULL))
		return ERR_NOT_INSTALLED;
	if (a->ports->payloads != NULL)
		TRY(a->ports->payloads->data(a, id, &data));
	e = l->start(l->ctx, id, c.sha256.p, c.size, args, data);
	/* The memory is the pool's; what stood there may be a secret. */
	wipe((void *)(uintptr_t)data.p, data.n);
	return e;
}

void
job_init(struct agent *a, const struct policy_tam *tam, const struct state *set)
{
	struct job *j = &a->job;

	memset(j, 0, sizeof(*j));
	j->tam = tam;
	j->set = set;
	j->mark = a->pool.at;
	j->host = (struct suit_host){
	    .ctx = a,
	    .vendor_is = vendor_is,
	    .class_is = class_is,
	    .heeds = SUIT_POLICY_RECORD_SUCCESS | SUIT_POLICY_SYSINFO_SUCCESS |
		     SUIT_POLICY_SYSINFO_FAILURE,
	    .may = may,
	    .may_fetch = may_fetch,
	    .write_begin = write_begin,
	    .write_more = write_more,
	    .write_end = write_end,
	    .write_drop = write_drop,
	    .digest = digest,
	    .unlink = unlink_component,
	    .invoke = invoke,
	    .read = read_content,
	    .swap = swap,
	    .secret = is_secret,
	};
	if (a->ports->answers != NULL)
		a->ports->answers->put(&j->host);
	if (a->ports->payloads != NULL) {
		j->host.opener = a->ports->payloads->opener;
		j->host.plain_room = a->ports->payloads->room;
	}
}
