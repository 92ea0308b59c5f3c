/*
 * store_view: both databases as struct tam_view and struct verifier_store.
 *
 * The engine walks lists by number; a list is read once for each message and
 * kept until its end.
 */
#include "policy_int.h"
#include "store_int.h"

#include <stdlib.h>
#include <string.h>

/* Manifests of one device. */
struct shelf {
	struct tam_manifest *row;
	size_t n, room;
	uint64_t device;
	bool loaded;
};
/* More for one device is a mistake of the operator's. */
#define SHELF_MAX 4096

struct store_reader {
	struct store *store;
	struct policy *policy;
	struct db state;
	uint64_t now;
	char device[POLICY_NAME_MAX];
	struct shelf wanted, unwanted, repair;
	struct tam_view view;
	struct verifier_store verifier;
	struct policy_ring verifiers;
};

static enum err
shelf_put(void *ctx, const struct tam_manifest *row)
{
	struct shelf *s = ctx;
	struct tam_manifest *more;
	size_t room = s->room == 0 ? 8 : 2 * s->room;

	if (s->n == SHELF_MAX)
		return ERR_ROOM;
	if (s->n == s->room) {
		more = realloc(s->row, room * sizeof(*more));
		if (more == NULL)
			return ERR_MEMORY;
		s->row = more;
		s->room = room;
	}
	s->row[s->n++] = *row;
	return OK;
}

static enum err
shelf_get(const struct shelf *s, size_t nth, struct tam_manifest *out)
{
	if (nth >= s->n)
		return ERR_NOT_FOUND;
	*out = s->row[nth];
	return OK;
}

/* What it asked for and may have is wanted like what it was assigned; else
 * it would be taken away again with the next Update. */
static enum err
wanted_asked(void *ctx, struct bytes id)
{
	struct store_reader *r = ctx;
	struct shelf *s = &r->wanted;
	struct tam_manifest m;
	enum err e;

	for (size_t i = 0; i < s->n; i++)
		if (bytes_same(
			id, (struct bytes){s->row[i].id, s->row[i].id_n}))
			return OK;
	e = policy_granted(r->policy, s->device, id, &m);
	if (e == OK)
		return shelf_put(s, &m);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
wanted_load(struct store_reader *r, uint64_t device)
{
	struct shelf *s = &r->wanted;

	if (s->loaded && s->device == device)
		return OK;
	s->n = 0;
	s->device = device;
	s->loaded = false;
	TRY(policy_assigned(r->policy, device, shelf_put, s));
	TRY(state_asked(&r->state, device, wanted_asked, r));
	s->loaded = true;
	return OK;
}

static enum err
view_wanted(void *ctx, uint64_t device, size_t nth, struct tam_manifest *out)
{
	struct store_reader *r = ctx;

	TRY(wanted_load(r, device));
	return shelf_get(&r->wanted, nth, out);
}

/* What has repaired it stays, wanted or not: without it the device would fail
 * once more. */
static enum err
unwanted_put(void *ctx, const struct tam_manifest *row)
{
	struct store_reader *r = ctx;
	struct bytes id = {row->id, row->id_n};
	bool repairs;

	for (size_t i = 0; i < r->wanted.n; i++)
		if (memcmp(r->wanted.row[i].digest, row->digest, DIGEST_LEN) ==
		    0)
			return OK;
	TRY(policy_repairs(r->policy, r->wanted.device, id, &repairs));
	return repairs ? OK : shelf_put(&r->unwanted, row);
}

static enum err
view_unwanted(void *ctx, uint64_t device, size_t nth, struct tam_manifest *out)
{
	struct store_reader *r = ctx;
	struct shelf *s = &r->unwanted;

	TRY(wanted_load(r, device));
	if (!s->loaded || s->device != device) {
		s->n = 0;
		s->device = device;
		s->loaded = false;
		TRY(state_held(&r->state, device, unwanted_put, r));
		s->loaded = true;
	}
	return shelf_get(s, nth, out);
}

/* One cause in one message. */
static enum err
view_repair(void *ctx, uint64_t device, struct bytes cause, size_t nth,
    struct tam_manifest *out)
{
	struct store_reader *r = ctx;
	struct shelf *s = &r->repair;

	if (nth == 0) {
		s->n = 0;
		TRY(policy_repairing(r->policy, device, cause, shelf_put, s));
	}
	return shelf_get(s, nth, out);
}

static enum err
view_device(void *ctx, struct bytes kid, struct tam_device *out)
{
	struct store_reader *r = ctx;
	struct policy_device d;
	enum err e;

	*out = (struct tam_device){0};
	if (kid.n != KID_LEN)
		return ERR_UNKNOWN_KEY;
	e = policy_device_keyed(r->policy, kid.p, &d);
	if (e != OK)
		return e == ERR_NOT_FOUND ? ERR_UNKNOWN_KEY : e;
	TRY(state_row(&r->state, d.id, out));
	out->id = d.id;
	memcpy(out->name, d.name, sizeof(d.name));
	memcpy(out->dialect, d.dialect, sizeof(d.dialect));
	memcpy(out->kid, d.kid, KID_LEN);
	out->key = d.key;
	out->certified = d.certified;
	out->certified_until = d.certified_until;
	out->uncertified = d.revoked  ? "certificate revoked"
			   : d.orphan ? "certificate issuer"
				      : NULL;
	memcpy(r->device, d.name, sizeof(d.name));
	return OK;
}

static enum err
view_token(void *ctx, struct bytes token, const uint8_t kid[KID_LEN],
    const struct arena *mem, struct tam_token *out)
{
	struct store_reader *r = ctx;

	return state_token(&r->state, token, kid, mem, out);
}

static enum err
view_challenge(void *ctx, const uint8_t challenge[TAM_CHALLENGE_LEN],
    const uint8_t kid[KID_LEN])
{
	struct store_reader *r = ctx;

	return state_challenge(&r->state, challenge, kid);
}

static enum err
view_manifest(
    void *ctx, const uint8_t digest[DIGEST_LEN], struct tam_manifest *out)
{
	struct store_reader *r = ctx;

	return policy_manifest(r->policy, digest, out);
}

static enum err
view_granted(void *ctx, uint64_t device, struct bytes component,
    struct tam_manifest *out)
{
	struct store_reader *r = ctx;

	return policy_granted(r->policy, device, component, out);
}

static enum err
view_envelope(void *ctx, const uint8_t digest[DIGEST_LEN],
    const struct arena *mem, struct bytes *out)
{
	struct store_reader *r = ctx;

	return policy_envelope(r->policy, digest, mem, out);
}

static enum err
view_mac_key(void *ctx, size_t nth, uint8_t key[32])
{
	struct store_reader *r = ctx;
	struct store *s = r->store;
	enum err e = ERR_NOT_FOUND;

	(void)pthread_rwlock_rdlock(&s->mac_lock);
	if (nth < s->mac.n) {
		memcpy(key, s->mac.key[nth], sizeof(s->mac.key[nth]));
		e = OK;
	}
	(void)pthread_rwlock_unlock(&s->mac_lock);
	return e;
}

static enum err
verifier_key(void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out)
{
	struct store_reader *r = ctx;

	return policy_verifier_key(r->policy, r->now, kid, out);
}

static enum err
verifier_library(void *ctx, const struct acs_library **out)
{
	struct store_reader *r = ctx;

	return policy_library(r->policy, r->now, out);
}

enum err
store_reader_open(struct store *s, struct store_reader **out)
{
	struct store_reader *r = calloc(1, sizeof(*r));
	enum err e;

	*out = NULL;
	if (r == NULL)
		return ERR_MEMORY;
	r->store = s;
	r->view = (struct tam_view){
	    .ctx = r,
	    .device = view_device,
	    .token = view_token,
	    .challenge = view_challenge,
	    .wanted = view_wanted,
	    .unwanted = view_unwanted,
	    .repair = view_repair,
	    .manifest = view_manifest,
	    .granted = view_granted,
	    .envelope = view_envelope,
	    .mac_key = view_mac_key,
	};
	r->verifier =
	    (struct verifier_store){r, verifier_key, verifier_library};
	e = policy_open(s->policy_path, false, &r->policy);
	if (e == OK)
		e = state_connect(&r->state, s->state_path, false);
	if (e != OK) {
		policy_close(r->policy);
		free(r);
		return e;
	}
	*out = r;
	return OK;
}

void
store_reader_close(struct store_reader *r)
{
	if (r == NULL)
		return;
	policy_close(r->policy);
	db_close(&r->state);
	free(r->wanted.row);
	free(r->unwanted.row);
	free(r->repair.row);
	free(r);
}

const struct tam_view *
store_view(struct store_reader *r)
{
	return &r->view;
}

const struct verifier_store *
store_verifier(struct store_reader *r)
{
	return &r->verifier;
}

struct tam_results
store_results(struct store_reader *r)
{
	return policy_results(r->policy, &r->verifiers);
}

enum err
store_begin(struct store_reader *r, uint64_t now)
{
	r->now = now;
	r->device[0] = 0;
	r->wanted.loaded = false;
	r->unwanted.loaded = false;
	return policy_hold(r->policy);
}

void
store_device_name(const struct store_reader *r, char out[64])
{
	memcpy(out, r->device, sizeof(r->device));
}

void
store_end(struct store_reader *r)
{
	policy_release(r->policy);
}
