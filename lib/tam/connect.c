/*
 * connect: QueryRequests, the first of a session and those within one.
 *                                                     [TEEP 4.2, 5.1]
 */
#include "tam_int.h"

#include <string.h>

struct tam_config
tam_config_default(void)
{
	return (struct tam_config){
	    .challenge_life = 600,
	    .token_life = 86400,
	    .result_life = 86400,
	    .exchange_requests = 4,
	    .clock_skew = 300,
	    .evidence_age = 300,
	    .result_age = 3600,
	};
}

enum err
tam_challenge_new(
    const struct tam *t, uint64_t now, uint8_t out[TAM_CHALLENGE_LEN])
{
	uint8_t key[32];
	enum err e;

	e = t->view->mac_key(t->view->ctx, 0, key);
	if (e != OK) {
		memset(out, 0, TAM_CHALLENGE_LEN);
		e = tam_store(e);
	} else {
		e = tam_challenge_make(t->crypto, key, now, out);
	}
	wipe(key, sizeof(key));
	return e;
}

struct teep_message
tam_query(const struct tam *t, const uint8_t challenge[TAM_CHALLENGE_LEN])
{
	const struct dialect_offer *o = dialect_offer(&t->dialect);

	return (struct teep_message){
	    .type = TEEP_QUERY_REQUEST,
	    .has = TEEP_HAS_CHALLENGE,
	    .challenge = {challenge, TAM_CHALLENGE_LEN},
	    .suites = o->both,
	    .profiles = o->profiles,
	    .items = TEEP_ITEM_ATTESTATION | TEEP_ITEM_COMPONENTS,
	};
}

/* The question that begins a session.  A passport has no challenge: of which
 * exchange it is, the token says.                       [TEEP 4.2, 9] */
static struct teep_message
first(const struct tam *t, const uint8_t challenge[TAM_CHALLENGE_LEN])
{
	struct teep_message m = tam_query(t, challenge);
	bool time = (t->config.fresh & TAM_FRESH_TIME) != 0;
	bool nonce = !time || (t->config.fresh & TAM_FRESH_NONCE) != 0;

	if (t->config.model == TAM_PASSPORT) {
		m.has = TEEP_HAS_TOKEN;
		m.token = m.challenge;
		m.challenge = BYTES_NONE;
	} else if (!nonce) {
		m.has = 0;
		m.challenge = BYTES_NONE;
	}
	if (time) {
		m.has |= TEEP_HAS_FRESHNESS;
		m.freshness = nonce ? teep_fresh_both : teep_fresh_time;
	}
	return m;
}

enum err
tam_connect(const struct tam *t, uint64_t now, const struct arena *mem,
    struct bytes *message)
{
	const struct signer ed25519 = tam_signer_as(t, t->ed25519);
	const struct signer esp256 = tam_signer_as(t, t->esp256);
	const struct signer one =
	    tam_signer_as(t, t->first != NULL ? t->first : t->esp256);
	const struct signer *const both[] = {&ed25519, &esp256};
	uint8_t challenge[TAM_CHALLENGE_LEN];
	struct teep_message m;
	struct cbor_out w;
	struct bytes payload;
	struct span room;

	*message = BYTES_NONE;
	TRY(tam_challenge_new(t, now, challenge));
	m = first(t, challenge);
	TRY(tam_encode(t, mem, &m, &payload));
	room = arena_span(mem, payload.n + COSE_OVERHEAD);
	if (room.p == NULL)
		return ERR_MEMORY;
	w = cbor_into(room);
	if (t->dialect.first == DIALECT_SIGN1)
		TRY(tam_ours(
		    cose_sign1_write(&w, &one, payload, NULL, WRITE_TAGGED)));
	else
		TRY(tam_ours(
		    cose_sign_write(&w, both, ARRAY_LEN(both), payload)));
	return tam_ours(cbor_done(&w, message));
}

void
tam_exchange_check(struct turn *t)
{
	struct tam_device *d = &t->row;

	/* The one that made the device speak is counted too, though nobody
	 * knew then to whom it went. */
	if (d->requests == 0 || t->now < d->exchange_at ||
	    t->now - d->exchange_at > t->t->config.challenge_life) {
		d->requests = 1;
		d->exchange_at = t->now;
	}
}

enum err
tam_ask(struct turn *t, struct teep_message *m)
{
	struct tam_device *d = &t->row;

	tam_exchange_check(t);
	if (d->requests >= t->t->config.exchange_requests)
		return ERR_EXCHANGE_LIMIT;
	TRY(tam_challenge_new(t->t, t->now, d->proof_challenge));
	d->has_proof_challenge = true;
	d->requests++;
	t->row_changed = true;
	m->challenge = BYTES_OF(d->proof_challenge);
	return tam_say(t, m);
}
