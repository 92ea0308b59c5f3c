/*
 * agent_fake: for the tests of the agent: a device with a launcher that signs
 * Evidence, and a TAM made of the library's own writers.
 */
#ifndef AGENT_FAKE_H
#define AGENT_FAKE_H

#include "agent_store.h"

static struct fake_store disk;
static struct agent_store fake_store;

static inline void
disk_free(void)
{
	fs_free(&disk);
}

/* ---- launcher ------------------------------------------------------------ */

static struct fake_launcher {
	bool running;
	uint8_t id[SUIT_ID_MAX];
	size_t id_n, data_n;
	uint8_t data[64];
	uint8_t sha256[DIGEST_LEN];
	unsigned starts, stops, calls, attests;
	struct bytes asked; /* challenge of the last attestation */
	bool fail_attest, fail_start, fail_call, dead_start;
} app;

static inline enum err
fl_attest(void *ctx, const struct attest_request *r, struct span room,
    struct bytes *out)
{
	struct eat_claims c = {
	    .has = EAT_HAS_AUD | EAT_HAS_CNF | EAT_HAS_NONCE |
		   EAT_HAS_MANIFESTS | EAT_HAS_MEASUREMENTS |
		   EAT_HAS_REPORT_KEY,
	    .aud = r->audience,
	    .nonce = r->challenge,
	    .manifests = r->manifests,
	    .measurements = r->measurements,
	    .payload_keys = r->payload_keys,
	};
	uint8_t cnf_room[128], key_room[128];
	struct cbor_out w;
	struct bytes claims;

	(void)ctx;
	app.attests++;
	app.asked = r->challenge;
	if (r->challenge.n == 0)
		c.has &= ~(uint32_t)EAT_HAS_NONCE;
	if (r->payload_keys.n > 0)
		c.has |= EAT_HAS_PAYLOAD_KEYS;
	if (app.fail_attest)
		return ERR_SYSTEM;
	w = cbor_into(SPAN_OF(cnf_room));
	eat_cnf_put_key(&w, &r->teep);
	assert_ok(cbor_done(&w, &c.cnf));
	w = cbor_into(SPAN_OF(key_room));
	cose_key_write(&w, &r->report);
	assert_ok(cbor_done(&w, &c.report_key));
	w = begin();
	assert_ok(eat_write(&w, &c));
	claims = end(&w);
	w = cbor_into(room);
	TRY(cose_sign1_write(
	    &w, &keys[K_EVIDENCE].s, claims, NULL, WRITE_TAGGED));
	return cbor_done(&w, out);
}

static inline enum err
fl_start(void *ctx, struct bytes name, const uint8_t *sha256, uint64_t size,
    struct bytes args, struct bytes data)
{
	(void)ctx;
	(void)size;
	(void)args;
	app.starts++;
	app.data_n = data.n < sizeof(app.data) ? data.n : sizeof(app.data);
	if (data.n > 0)
		memcpy(app.data, data.p, app.data_n);
	if (app.fail_start)
		return ERR_INVOKE;
	app.running = !app.dead_start;
	memcpy(app.id, name.p, name.n);
	app.id_n = name.n;
	memcpy(app.sha256, sha256, DIGEST_LEN);
	return OK;
}

static inline bool
fl_alive(void *ctx, struct bytes name, const uint8_t *sha256)
{
	(void)ctx;
	return app.running &&
	       bytes_same(name, (struct bytes){app.id, app.id_n}) &&
	       memcmp(app.sha256, sha256, DIGEST_LEN) == 0;
}

/* Answers what it is told, backwards. */
static inline enum err
fl_call(void *ctx, struct bytes name, struct bytes in, struct span room,
    struct bytes *out)
{
	(void)ctx;
	(void)name;
	app.calls++;
	if (app.fail_call) {
		app.running = false;
		return ERR_INVOKE;
	}
	for (size_t i = 0; i < in.n; i++)
		room.p[i] = in.p[in.n - 1 - i];
	*out = (struct bytes){room.p, in.n};
	return OK;
}

static inline void
fl_stop(void *ctx, struct bytes name)
{
	(void)ctx;
	app.stops++;
	if (bytes_same(name, (struct bytes){app.id, app.id_n}))
		app.running = false;
}

static const struct agent_launcher fake_launcher = {
    .attest = fl_attest,
    .start = fl_start,
    .alive = fl_alive,
    .call = fl_call,
    .stop = fl_stop,
};

/* ---- a device ------------------------------------------------------------ */

static char last_event[64], last_reason[64], last_what[64];

static inline void
fake_log(
    void *ctx, const char *event, const struct why *why, struct bytes subject)
{
	(void)ctx;
	(void)subject;
	snprintf(last_event, sizeof(last_event), "%s", event);
	snprintf(last_reason, sizeof(last_reason), "%s",
	    why != NULL ? err_name(why->err) : "");
	snprintf(last_what, sizeof(last_what), "%s",
	    why != NULL && why->what != NULL ? why->what : "");
}

static struct agent_ports ports;
static struct agent *agent;
static uint8_t work[4 * AGENT_STATE_MAX], outbox[AGENT_STATE_MAX];
/* The message the agent may still look at. */
static uint8_t *held;

static inline void
device_ports(void)
{
	fake_store = fs_port(&disk);
	ports = ports_of(&fake_store, &fake_launcher, K_TEEP, K_REPORT);
	ports.log = fake_log;
}

static inline void
device_restart(void)
{
	free(agent);
	agent = malloc(agent_size());
	assert_non_null(agent);
	assert_ok(agent_init(agent, &ports, SPAN_OF(work), SPAN_OF(outbox)));
}

/* A new device with this policy. */
static inline void
device(const struct policy_opts *o)
{
	struct why why;

	disk_free();
	memset(&app, 0, sizeof(app));
	scratch_used = 0;
	device_ports();
	assert_ok(agent_seal_policy(&ports, SPAN_OF(work),
	    policy_envelope(policy_object(o), 1, 3), &why));
	device_restart();
}

static inline int
device_free(void **state)
{
	(void)state;
	free(held);
	held = NULL;
	free(agent);
	agent = NULL;
	disk_free();
	return 0;
}

/* ---- the broker ---------------------------------------------------------- */

static inline struct link_frame
give(struct link_frame in)
{
	if (in.session == 0)
		in.session = 1;
	return frame_give(agent, &held, in);
}

static inline struct link_frame
give_message(struct bytes body)
{
	return give((struct link_frame){.op = LINK_MESSAGE, .body = body});
}

static inline struct link_frame
give_data(uint64_t at, struct bytes piece, bool last)
{
	return give((struct link_frame){
	    .op = LINK_DATA, .offset = at, .body = piece, .flag = last});
}

static inline void
assert_op(const struct link_frame *f, enum link_op op)
{
	assert_string_equal(link_op_name(f->op), link_op_name(op));
}

static inline void
assert_result(const struct link_frame *f, enum err e)
{
	assert_op(f, LINK_RESULT);
	assert_err((enum err)f->number, e);
}

/* ---- the TAM ------------------------------------------------------------- */

static inline enum err
only_key(
    void *ctx, struct bytes k, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)k;
	(void)alg;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	*out = *(const struct cose_key *)ctx;
	return OK;
}

/* Verify Sign1 under one key; the payload. */
static inline struct verified
verified_by(enum key_name k, struct bytes in)
{
	struct keyring ring = {&keys[k].pub, only_key};
	struct verified v;
	struct why why;

	assert_ok(cose_verify(crypto, &ring, ACCEPT_SIGN1, in, &v, &why));
	return v;
}

/* The TEEP message in a reply, which this device must have signed. */
static inline struct teep_message
reply_message(const struct link_frame *f)
{
	struct teep_message m;
	struct verified v;
	struct why why;

	assert_op(f, LINK_REPLY);
	v = verified_by(K_TEEP, f->body);
	assert_ok(teep_read(&v, NULL, &m, &why));
	return m;
}

static inline struct bytes
sign(enum key_name k, const struct teep_message *m)
{
	struct cbor_out w = begin();
	struct bytes payload;

	assert_ok(teep_write(&w, NULL, m));
	payload = end(&w);
	w = begin();
	assert_ok(
	    cose_sign1_write(&w, &keys[k].s, payload, NULL, WRITE_TAGGED));
	return end(&w);
}

static inline struct bytes
nonce32(uint8_t fill)
{
	uint8_t *p = scratch + scratch_used;

	memset(p, fill, 32);
	scratch_used += 32;
	return (struct bytes){p, 32};
}

#define ITEMS_USUAL (TEEP_ITEM_ATTESTATION | TEEP_ITEM_COMPONENTS)

static inline struct teep_message
query(uint64_t items, struct bytes challenge, struct bytes token)
{
	struct teep_message m = {
	    .type = TEEP_QUERY_REQUEST,
	    .items = items,
	    .suites = dialect_offer(NULL)->both,
	    .profiles = dialect_offer(NULL)->profiles,
	    .challenge = challenge,
	    .token = token,
	};

	if (challenge.n > 0)
		m.has |= TEEP_HAS_CHALLENGE;
	if (token.n > 0)
		m.has |= TEEP_HAS_TOKEN;
	return m;
}

/* The usual first message: COSE_Sign with both suites. */
static inline struct bytes
query_signed(const struct teep_message *m)
{
	const struct signer *both[] = {&keys[K_TAM_ED].s, &keys[K_TAM].s};
	struct cbor_out w = begin();
	struct bytes payload;

	assert_ok(teep_write(&w, NULL, m));
	payload = end(&w);
	w = begin();
	assert_ok(cose_sign_write(&w, both, 2, payload));
	return end(&w);
}

/* The broker begins anew: whatever was open is over. */
static inline void
connect_anew(void)
{
	struct link_frame f =
	    give((struct link_frame){.op = LINK_POLICY_CHECK, .flag = true});

	assert_op(&f, LINK_CONNECT);
}

/* Ask, and be answered: the exchange is open under this challenge. */
static inline void
exchange(uint8_t challenge)
{
	struct teep_message q =
	    query(ITEMS_USUAL, nonce32(challenge), BYTES_NONE);
	struct link_frame f = give_message(query_signed(&q));

	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
}

/* What time it is for the TAM: every Result is younger than the one before,
 * unless a test sets the clock back. */
static uint64_t tam_clock = 1000;

/* A Result about a TEEP key. */
static inline struct bytes
result_about(enum key_name k, struct bytes nonce)
{
	struct eat_claims c = {
	    .has = EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_PROFILE | EAT_HAS_IAT |
		   EAT_HAS_EXP,
	    .iat = tam_clock + 1,
	    .exp = tam_clock + 3601,
	    .nonce = nonce,
	    .profile = text(EAT_TEEP_PROFILE),
	};
	struct cbor_out w = begin();

	tam_clock++;
	eat_cnf_put_kid(&w, keys[k].s.kid);
	c.cnf = end(&w);
	if (nonce.n == 0)
		c.has &= ~(uint32_t)EAT_HAS_NONCE;
	w = begin();
	assert_ok(eat_write(&w, &c));
	c.cnf = end(&w);
	w = begin();
	assert_ok(cose_sign1_write(&w, &keys[K_VERIFIER].s, c.cnf, NULL, 0));
	return end(&w);
}

/* An Update bound to this device and challenge; n envelopes. */
static inline struct teep_message
update(uint8_t challenge, uint8_t token, const struct bytes *envelope, size_t n)
{
	struct teep_message m = {
	    .type = TEEP_UPDATE,
	    .has = TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION,
	    .token = nonce32(token),
	    .attestation = result_about(K_TEEP, nonce32(challenge)),
	};
	struct cbor_out w = begin();

	for (size_t i = 0; i < n; i++)
		cbor_put_bstr(&w, envelope[i]);
	m.manifests = (struct list){end(&w), n};
	if (n > 0)
		m.has |= TEEP_HAS_MANIFESTS;
	return m;
}

/* Have an Update unlink one manifest, too. */
static inline void
add_unneeded(struct teep_message *m, const char *name)
{
	m->unneeded = (struct list){id(name), 1};
	m->has |= TEEP_HAS_UNNEEDED;
}

static inline struct link_frame
give_update(const struct teep_message *m)
{
	return give_message(sign(K_TAM, m));
}

static inline void
assert_success(const struct link_frame *f)
{
	struct teep_message m = reply_message(f);

	if (m.type == TEEP_ERROR)
		fail_msg("Error %u %.*s (%s %s)", (unsigned)m.err_code,
		    (int)m.err_msg.n, (const char *)m.err_msg.p, last_reason,
		    last_what);
	assert_int_equal(m.type, TEEP_SUCCESS);
}

/* An Error of this code whose message names this refusal. */
static inline void
assert_error(const struct link_frame *f, uint64_t code, enum err e)
{
	struct teep_message m = reply_message(f);

	assert_int_equal(m.type, TEEP_ERROR);
	assert_int_equal(m.err_code, code);
	assert_int_equal(m.err_msg.n, strlen(err_name(e)));
	assert_memory_equal(m.err_msg.p, err_name(e), m.err_msg.n);
}

/* The nth report of a message, opened. */
static inline struct suit_report
report_at(const struct teep_message *m, size_t nth, bool encrypted)
{
	struct cbor_in r = cbor_items(m->reports);
	struct bytes plain = BYTES_NONE;
	struct suit_report out;
	struct why why;

	assert_true(nth < m->reports.n);
	for (size_t i = 0; i <= nth; i++)
		plain = cbor_bstr(&r, 0, LEN_ANY);
	plain = verified_by(K_REPORT, plain).payload;
	assert_true(cose_is_encrypt(plain) == encrypted);
	if (encrypted) {
		struct span room = {scratch + scratch_used, plain.n};

		assert_ok(cose_decrypt(crypto, &keys[K_ENC].agree,
		    COSE_CTX_REPORT, plain, room, &plain, &why));
		scratch_used += room.n;
	}
	assert_ok(suit_report_read(plain, &out, &why));
	return out;
}

/* Install one integrated payload in an exchange of its own. */
static inline void
install(const struct manifest_opts *o)
{
	static uint8_t n;
	struct bytes envelope = manifest(o);
	struct teep_message m;
	struct link_frame f;

	n++;
	connect_anew();
	exchange((uint8_t)~n);
	m = update((uint8_t)~n, n, &envelope, 1);
	f = give_update(&m);
	assert_success(&f);
}

/* ---- what the device says of itself -------------------------------------- */

/* The status map's list under key, its items. */
static inline struct list
status_list(uint64_t key)
{
	struct link_frame f = give((struct link_frame){.op = LINK_STATUS});
	struct cbor_in r;
	struct list l = {BYTES_NONE, 0};
	uint8_t *copy = scratch + scratch_used;
	size_t n;

	assert_result(&f, OK);
	memcpy(copy, f.body.p, f.body.n);
	scratch_used += f.body.n;
	r = cbor_open((struct bytes){copy, f.body.n});
	n = cbor_map_any(&r, 9, 9);
	for (size_t i = 0; i < n; i++) {
		uint64_t k = cbor_uint(&r, 1, 9);

		if (k != key) {
			(void)cbor_raw(&r, CBOR_ANY);
			continue;
		}
		l.n = cbor_array_any(&r, 0, LEN_ANY);
		l.raw.p = r.in.p + r.at;
		for (size_t j = 0; j < l.n; j++)
			(void)cbor_raw(&r, CBOR_ANY);
		l.raw.n = (size_t)(r.in.p + r.at - l.raw.p);
	}
	assert_ok(cbor_close(&r));
	return l;
}

/* Sequence number of an installed manifest; 0: not installed. */
static inline uint64_t
installed(const char *name)
{
	struct list l = status_list(3);
	struct cbor_in r = cbor_items(l);
	struct bytes want = id(name);

	for (size_t i = 0; i < l.n; i++) {
		struct cbor_in one = r;

		(void)cbor_raw(&r, CBOR_ARRAY);
		cbor_array(&one, 7);
		if (bytes_same(cbor_raw(&one, CBOR_ARRAY), want))
			return cbor_uint(&one, 0, UINT64_MAX);
	}
	return 0;
}

#endif
