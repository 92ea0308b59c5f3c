/*
 * query: QueryRequest in, QueryResponse with fresh Evidence out.
 *                                    [TEEP 4.3, 7.2; docs/evidence.md]
 */
#include "agent_int.h"
#include <string.h>

/* Evidence and reports leave with this protection only: profile of
 * dialect_offer. */
static const struct teep_profile profile = {
    ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128GCM};

/* An eat_nonce holds no more.                                  [RFC 9711] */
#define NONCE_MAX 64

/* Choose the suite: our first key whose algorithm is offered. */
static enum err
choose_key(struct agent *a, const struct teep_message *q)
{
	const struct dialect *d = agent_dialect(a);

	for (size_t i = 0; i < a->ports->n_teep; i++)
		if (teep_suites_have(
			q->suites, dialect_alg(d, a->ports->teep[i]->alg))) {
			a->ex.key = (uint8_t)i;
			return OK;
		}
	return ERR_NO_COMMON_SUITE;
}

/* How q wants attestation: 0 if we cannot. */
enum how { BY_NONE, BY_CHALLENGE, BY_PASSPORT, BY_TIME };

static enum how
how(const struct agent *a, const struct teep_message *q)
{
	bool time = (q->has & TEEP_HAS_FRESHNESS) != 0 &&
		    teep_uints_have(q->freshness, TEEP_FRESH_TIMESTAMP);
	bool nonce = (q->has & TEEP_HAS_FRESHNESS) == 0 ||
		     teep_uints_have(q->freshness, TEEP_FRESH_NONCE);

	if ((q->has & TEEP_HAS_CHALLENGE) != 0)
		return nonce ? BY_CHALLENGE : BY_NONE;
	/* What is stored carries another nonce than the token. */
	if ((q->has & TEEP_HAS_TOKEN) != 0)
		return time && a->ports->passports != NULL &&
			       a->ports->passports->has(a)
			   ? BY_PASSPORT
			   : BY_NONE;
	return time && a->ports->launcher->timed ? BY_TIME : BY_NONE;
}

/* In the order of the draft.                                [TEEP 7; 10.2] */
static enum err
check_offers(struct agent *a, const struct policy_tam *tam,
    const struct teep_message *q, struct why *why)
{
	bool attest = (q->items & TEEP_ITEM_ATTESTATION) != 0;

	if (choose_key(a, q) != OK)
		return why_set(why, ERR_NO_COMMON_SUITE, "suites");
	if ((q->has & TEEP_HAS_VERSIONS) != 0 &&
	    !teep_uints_have(q->versions, 0))
		return why_set(why, ERR_NO_COMMON_VERSION, "versions");
	if (attest && how(a, q) == BY_NONE)
		return why_set(why, ERR_NO_FRESHNESS, "freshness");
	if (attest && q->challenge.n > NONCE_MAX)
		return why_set(why, ERR_RANGE, "challenge");
	if ((attest || (q->items & TEEP_ITEM_REPORTS) != 0) && tam->has_enc &&
	    !teep_profiles_have(&tam->dialect, q->profiles, &profile))
		return why_set(why, ERR_NO_PROFILE, "profiles");
	return OK;
}

/* Claim 272 after the agent's own: the policy, then all others.  The record
 * has them in that order.  What is there because others need it stands in
 * theirs by its digest, and is nobody's wish. */
static enum err
list_manifests(struct agent *a, struct list *out)
{
	struct cbor_in r = cbor_items(a->state.installed);
	struct cbor_out w = pool_begin(&a->pool);
	struct installed m;

	*out = (struct list){BYTES_NONE, 0};
	while (installed_next(&r, &m)) {
		struct eat_manifest e = {m.uri, ALG_SHA256, m.digest};

		if (m.dependency)
			continue;
		eat_manifest_put(&w, &e);
		out->n++;
	}
	return pool_end(&a->pool, &w, &out->raw);
}

static enum err
put_measured(struct cbor_out *w, const struct component *c)
{
	static const char prefix[] = "component:";
	char name[sizeof(prefix) + SUIT_ID_TEXT];
	struct eat_component e = {.digest = c->sha256};

	if (bytes_same(c->id, policy_id)) {
		e.name = BYTES_LIT("policy");
	} else {
		memcpy(name, prefix, sizeof(prefix));
		TRY(suit_id_text(c->id, name + sizeof(prefix) - 1));
		e.name = (struct bytes){(const uint8_t *)name, strlen(name)};
	}
	eat_component_put(w, &e);
	return w->err;
}

static enum err
list_measurements(struct agent *a, struct list *out)
{
	struct cbor_in r = cbor_items(a->state.installed), comps;
	struct cbor_out w = pool_begin(&a->pool);
	struct component c;
	struct installed m;

	*out = (struct list){BYTES_NONE, 0};
	while (installed_next(&r, &m)) {
		comps = cbor_items(m.components);
		while (component_next(&comps, &c)) {
			/* Who sees the digest of a short secret can guess
			 * it; the manifest's stands in claim 272. */
			if (c.secret)
				continue;
			TRY(put_measured(&w, &c));
			out->n++;
		}
	}
	return pool_end(&a->pool, &w, &out->raw);
}

/* Evidence by the launcher, encrypted to the key that policy names for this
 * very TAM.                                              [security 4, 8] */
static enum err
add_evidence(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *q,
    struct teep_message *m)
{
	const struct agent_ports *p = a->ports;
	struct attest_request r = {
	    .challenge = q->challenge,
	    .teep = p->teep_key[a->ex.key],
	    .report = p->report_key,
	};
	char aud[KID_TEXT];
	struct bytes plain;
	struct cbor_out w;

	kid_text(v->kid, aud);
	r.audience = (struct bytes){(const uint8_t *)aud, strlen(aud)};
	TRY(list_manifests(a, &r.manifests));
	TRY(list_measurements(a, &r.measurements));
	if (p->payloads != NULL)
		TRY(p->payloads->keys(a, &r.payload_keys));
	TRY(p->launcher->attest(
	    p->launcher->ctx, &r, pool_rest(&a->pool), &plain));
	if (plain.n > a->pool.n - a->pool.at)
		return ERR_ROOM;
	/* It stands in the pool's rest; now that much is taken. */
	memmove(a->pool.p + a->pool.at, plain.p, plain.n);
	plain.p = a->pool.p + a->pool.at;
	a->pool.at += plain.n;
	m->has |= TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT;
	m->format = p->launcher->format;
	if (m->format.n == 0)
		m->format = BYTES_LIT(EAT_EVIDENCE_FORMAT);
	m->attestation = plain;
	if (!tam->has_enc)
		return OK;
	w = pool_begin(&a->pool);
	TRY(cose_encrypt_write(&w, p->crypto, ALG_A128GCM, &tam->enc,
	    tam->enc_kid, COSE_CTX_EAT, plain));
	return pool_end(&a->pool, &w, &m->attestation);
}

static enum err
add_attestation(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *q,
    struct teep_message *m)
{
	if (how(a, q) == BY_PASSPORT)
		return a->ports->passports->present(a, tam, m);
	return add_evidence(a, v, tam, q, m);
}

static enum err
add_components(struct agent *a, struct teep_message *m)
{
	struct cbor_in r = cbor_items(a->state.installed), comps;
	struct cbor_out w = pool_begin(&a->pool);
	struct installed i;
	struct component c;

	m->has |= TEEP_HAS_TC_LIST;
	while (installed_next(&r, &i)) {
		comps = cbor_items(i.components);
		for (; component_next(&comps, &c); m->tc_list.n++)
			suit_claims_put(
			    &w, c.id, c.secret ? NULL : c.sha256.p, c.size);
	}
	return pool_end(&a->pool, &w, &m->tc_list.raw);
}

/* What was asked for and is served by this TAM. */
static enum err
add_requested(
    struct agent *a, const struct policy_tam *tam, struct teep_message *m)
{
	struct cbor_in r = cbor_items(a->state.requests);
	struct cbor_out w = pool_begin(&a->pool);
	struct request q;

	while (request_next(&r, &q)) {
		struct teep_requested t = {
		    .has = TEEP_REQUESTED_COMPONENT, .component = q.id};

		if (!bytes_same(q.tam, tam->name))
			continue;
		teep_requested_write(&w, &tam->dialect, &t);
		m->requested.n++;
	}
	if (m->requested.n > 0)
		m->has |= TEEP_HAS_REQUESTED;
	return pool_end(&a->pool, &w, &m->requested.raw);
}

/* What is no longer needed and this TAM's to remove. */
static enum err
add_unneeded(
    struct agent *a, const struct policy_tam *tam, struct teep_message *m)
{
	struct cbor_in r = cbor_items(a->state.unneeded);
	struct cbor_out w = pool_begin(&a->pool);
	struct installed i;
	struct bytes id;

	while (id_next(&r, &id)) {
		if (!state_manifest(&a->state, id, &i) ||
		    !bytes_same(i.owner, tam->name))
			continue;
		cbor_put_raw(&w, id);
		m->unneeded.n++;
	}
	if (m->unneeded.n > 0)
		m->has |= TEEP_HAS_UNNEEDED;
	return pool_end(&a->pool, &w, &m->unneeded.raw);
}

/* Under the token, or what else makes them fresh. */
static enum err
add_reports(struct agent *a, const struct policy_tam *tam,
    const struct teep_message *q, struct teep_message *m)
{
	struct bytes nonce =
	    (q->has & TEEP_HAS_TOKEN) != 0 ? q->token : q->challenge;

	if (a->ports->reports == NULL)
		return OK;
	m->has |= TEEP_HAS_REPORTS;
	return a->ports->reports->told(a, tam, nonce, &m->reports);
}

static enum err
compose(struct agent *a, const struct verified *v, const struct policy_tam *tam,
    const struct teep_message *q, struct teep_message *m)
{
	m->has |= q->has & TEEP_HAS_TOKEN;
	m->token = q->token;
	if ((q->items & TEEP_ITEM_ATTESTATION) != 0)
		TRY(add_attestation(a, v, tam, q, m));
	if ((q->items & TEEP_ITEM_COMPONENTS) != 0)
		TRY(add_components(a, m));
	if ((q->items & TEEP_ITEM_EXTENSIONS) != 0)
		m->has |= TEEP_HAS_EXT_LIST;
	if ((q->items & TEEP_ITEM_REPORTS) != 0)
		TRY(add_reports(a, tam, q, m));
	TRY(add_requested(a, tam, m));
	return add_unneeded(a, tam, m);
}

/* What an Update will have to be bound to. */
static void
remember(
    struct agent *a, const struct policy_tam *tam, const struct teep_message *q)
{
	/* A passport is asked for with a token. */
	bool challenged = (q->has & TEEP_HAS_CHALLENGE) != 0;
	struct bytes nonce = challenged ? q->challenge : q->token;

	a->ex.tam = tam;
	if (nonce.n > sizeof(a->ex.nonce.b))
		nonce = BYTES_NONE;
	a->ex.nonce.n = (uint8_t)nonce.n;
	/* None: what is fresh by its time binds nothing. */
	if (nonce.n > 0)
		memcpy(a->ex.nonce.b, nonce.p, nonce.n);
	a->ex.answered = true;
}

void
query_answer(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *q)
{
	struct teep_message m = {.type = TEEP_QUERY_RESPONSE};
	struct why why = {0};
	enum err e;

	/* From here on an Update for the old challenge comes too late. */
	a->ex.answered = false;
	a->ex.presented = 0;
	a->ex.key = 0;
	/* Each costs Evidence: whoever asks without end is not served. */
	if (a->ex.queries >= AGENT_QUERIES_MAX)
		e = why_set(&why, ERR_EXCHANGE_LIMIT, "QueryRequest");
	else
		e = check_offers(a, tam, q, &why);
	if (e == OK && a->ports->demanding != NULL)
		e = a->ports->demanding->heard(a, v, tam, q, &why);
	if (a->ex.queries < AGENT_QUERIES_MAX)
		a->ex.queries++;
	if (e == OK) {
		e = compose(a, v, tam, q, &m);
		if (e != OK)
			(void)why_set(&why, e, "QueryResponse");
	}
	if (e != OK) {
		agent_log(a, "query-refused", &why, tam->name);
		answer_error(
		    a, e, q, teep_err_code(e), (struct list){BYTES_NONE, 0});
		return;
	}
	remember(a, tam, q);
	agent_log(a, "query-answered", NULL, tam->name);
	answer_message(a, &m, a->ex.key);
}
