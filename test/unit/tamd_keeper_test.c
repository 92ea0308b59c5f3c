/* tamd_keeper: the keeper signs what its purposes name, and nothing else. */
#include "rats_support.h"

#include <keeper.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct keeper k;
static struct pair peer;

static int
open_keeper(void **state)
{
	struct pair p;

	(void)state;
	memset(&k, 0, sizeof(k));
	k.rate = 1000;
	lines_init(&k.lines, KEEPER_LINES);
	k.result_life = 3600;
	pair_make(&p, CRV_P256, false);
	k.teep[KEY_TEEP_ESP256] = p.s;
	k.pub[KEY_TEEP_ESP256] = p.pub;
	pair_make(&p, CRV_ED25519, false);
	k.teep[KEY_TEEP_ED25519] = p.s;
	k.pub[KEY_TEEP_ED25519] = p.pub;
	pair_make(&p, CRV_P256, false);
	k.result = p.s;
	k.pub[KEY_RESULT] = p.pub;
	pair_make(&p, CRV_P256, true);
	k.agree = p.a;
	k.pub[KEY_ENCRYPTION] = p.pub;
	k.n_keys = KEEPER_KEYS;
	pair_make(&peer, CRV_P256, true);
	return 0;
}

static int
close_keeper(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEEPER_KEYS_MAX; i++)
		openssl_signer_free(&k.teep[i]);
	openssl_signer_free(&k.result);
	openssl_agreer_free(&k.agree);
	pair_free(&peer);
	return 0;
}

/* ---- questions in the making
 * --------------------------------------------------- */

static uint8_t structure_room[4096];

/* A Sig_structure; multi: of a COSE_Sign. */
static struct bytes
structure(bool multi, struct bytes prot, struct bytes aad, struct bytes payload)
{
	struct cbor_out w = cbor_into(SPAN_OF(structure_room));
	struct bytes out;

	cbor_put_array(&w, multi ? 5 : 4);
	cbor_put_text(&w, multi ? "Signature" : "Signature1");
	if (multi)
		cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_bstr(&w, prot);
	cbor_put_bstr(&w, aad);
	cbor_put_bstr(&w, payload);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

#define PROT_ESP BYTES_LIT("\xa1\x01\x28")
#define PROT_ED  BYTES_LIT("\xa1\x01\x32")

/* What the keeper says to a question. */
static enum err
ask(uint64_t op, int64_t purpose, struct bytes in)
{
	static uint8_t room[8192];
	uint8_t answer[KEEPER_ANSWER_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct cbor_in r;
	struct bytes q, b;
	enum err e;

	cbor_put_array(&w, 3);
	cbor_put_uint(&w, op);
	cbor_put_int(&w, purpose);
	cbor_put_bstr(&w, in);
	assert_int_equal(cbor_done(&w, &q), OK);
	r = cbor_open(keeper_answer(&k, q, NOW, answer));
	cbor_array(&r, 2);
	e = (enum err)cbor_uint(&r, 0, UINT16_MAX);
	b = cbor_bstr(&r, 0, LEN_ANY);
	assert_int_equal(cbor_close(&r), OK);
	assert_int_equal(b.n > 0, e == OK);
	return e;
}

static uint8_t message_room[2048];

static struct bytes
message(const struct teep_message *m)
{
	struct cbor_out w = cbor_into(SPAN_OF(message_room));
	struct bytes out;

	assert_int_equal(teep_write(&w, NULL, m), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static struct teep_message
query(void)
{
	return (struct teep_message){
	    .type = TEEP_QUERY_REQUEST,
	    .has = TEEP_HAS_CHALLENGE,
	    .challenge = BYTES_LIT("0123456789abcdef"),
	    .suites = dialect_offer(NULL)->both,
	    .profiles = dialect_offer(NULL)->profiles,
	    .items = TEEP_ITEM_ATTESTATION | TEEP_ITEM_COMPONENTS,
	};
}

static struct teep_message
update(uint32_t has)
{
	return (struct teep_message){
	    .type = TEEP_UPDATE,
	    .has = has,
	    .token = BYTES_LIT("0123456789abcdef"),
	    .attestation = BYTES_LIT("\x80"),
	    .manifests = {BYTES_LIT("\x41\xa0"), 1},
	    .unneeded = {BYTES_LIT("\x81\x41x"), 1},
	    .err_code = 1,
	};
}

static enum err
ask_teep(const struct teep_message *m)
{
	return ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
	    structure(false, PROT_ESP, BYTES_NONE, message(m)));
}

/* ---- TEEP keys
 * ------------------------------------------------------------------- */

static void
messages(void **state)
{
	const uint32_t bound = TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION;
	struct teep_message m = query();

	(void)state;
	assert_int_equal(ask_teep(&m), OK);
	assert_int_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_TEEP_ED25519,
		structure(false, PROT_ED, BYTES_NONE, message(&m))),
	    OK);
	assert_int_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
		structure(true, PROT_ESP, BYTES_NONE, message(&m))),
	    OK);
	m = update(bound | TEEP_HAS_MANIFESTS);
	assert_int_equal(ask_teep(&m), OK);
	m = update(bound | TEEP_HAS_UNNEEDED);
	assert_int_equal(ask_teep(&m), OK);
	m = update(TEEP_HAS_ERR_CODE);
	assert_int_equal(ask_teep(&m), OK);
	assert_int_equal(atomic_load(&k.n.teep), 6);
	assert_int_equal(atomic_load(&k.n.refused), 0);
}

static void
not_messages(void **state)
{
	struct teep_message m = update(TEEP_HAS_TOKEN | TEEP_HAS_MANIFESTS);
	struct bytes q;

	(void)state;
	/* an Update that is not bound to a device */
	assert_int_equal(ask_teep(&m), ERR_UNBOUND);
	m = update(TEEP_HAS_ATTESTATION | TEEP_HAS_UNNEEDED);
	assert_int_equal(ask_teep(&m), ERR_UNBOUND);
	/* an Update for several at once */
	m = update(TEEP_HAS_ERR_CODE);
	assert_int_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
		structure(true, PROT_ESP, BYTES_NONE, message(&m))),
	    ERR_KEY_PURPOSE);
	/* what a device would say */
	m = (struct teep_message){.type = TEEP_SUCCESS,
	    .has = TEEP_HAS_TOKEN,
	    .token = BYTES_LIT("0123456789abcdef")};
	assert_int_equal(ask_teep(&m), ERR_KEY_PURPOSE);
	/* anything else */
	m = query();
	q = message(&m);
	assert_int_equal(ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256, q), ERR_TYPE);
	assert_int_not_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
		structure(false, PROT_ESP, BYTES_NONE, BYTES_LIT("\xa0"))),
	    OK);
	assert_int_not_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256, BYTES_LIT("")), OK);
	/* the header of another algorithm, or with more in it */
	assert_int_equal(ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
			     structure(false, PROT_ED, BYTES_NONE, q)),
	    ERR_COSE_HEADER);
	assert_int_equal(ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
			     structure(false, BYTES_LIT("\xa2\x01\x28\x03\x00"),
				 BYTES_NONE, q)),
	    ERR_COSE_HEADER);
	assert_int_equal(ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
			     structure(false, BYTES_NONE, BYTES_NONE, q)),
	    ERR_COSE_HEADER);
	/* external data would make it mean something elsewhere */
	assert_int_equal(ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
			     structure(false, PROT_ESP, BYTES_LIT("x"), q)),
	    ERR_RANGE);
	/* another key, or none */
	assert_int_equal(ask(KEEPER_SIGN_TEEP, KEY_RESULT,
			     structure(false, PROT_ESP, BYTES_NONE, q)),
	    ERR_KEY_PURPOSE);
	assert_int_equal(ask(KEEPER_SIGN_RESULT, ALG_ESP256,
			     structure(false, PROT_ESP, BYTES_NONE, q)),
	    ERR_TYPE);
	assert_int_equal(ask(9, 0, q), ERR_KEY_PURPOSE);
	assert_int_equal(atomic_load(&k.n.teep), 0);
	assert_true(atomic_load(&k.n.refused) > 10);
}

/* The context string of a structure that means something else. */
static void
other_context(void **state)
{
	struct teep_message m = query();
	struct bytes s = structure(false, PROT_ESP, BYTES_NONE, message(&m));

	(void)state;
	assert_memory_equal(structure_room + 2, "Signature1", 10);
	structure_room[11] = '0';
	assert_int_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256, s), ERR_KEY_PURPOSE);
}

/* ---- keys of other dialects
 * ------------------------------------------------------ */

#define KEY_LEGACY KEEPER_KEYS
static struct dialect legacy;

/* One more pair of keys, for a dialect that differs in everything. */
static void
add_dialect(void)
{
	struct pair p;

	assert_int_equal(dialect_named("legacy", &legacy), OK);
	for (size_t i = 0; i < 2; i++) {
		pair_make(&p, i == 0 ? CRV_P256 : CRV_ED25519, false);
		k.teep[KEY_LEGACY + i] = p.s;
		k.pub[KEY_LEGACY + i] = p.pub;
		k.dialect[KEY_LEGACY + i] = &legacy;
	}
	k.n_keys = KEEPER_KEYS + 2;
}

static struct bytes
message_in(const struct dialect *d, const struct teep_message *m)
{
	struct cbor_out w = cbor_into(SPAN_OF(message_room));
	struct bytes out;

	assert_int_equal(teep_write(&w, d, m), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static enum err
ask_legacy(bool multi, struct bytes prot, struct bytes payload)
{
	return ask(KEEPER_SIGN_TEEP, KEY_LEGACY,
	    structure(multi, prot, BYTES_NONE, payload));
}

static void
dialects(void **state)
{
	const uint32_t bound = TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION;
	const struct bytes es256 = BYTES_LIT("\xa1\x01\x26");
	struct teep_message q = query(), m;

	(void)state;
	/* no such key before there is such a dialect */
	m = update(bound | TEEP_HAS_MANIFESTS);
	assert_int_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_LEGACY,
		structure(false, PROT_ESP, BYTES_NONE, message(&m))),
	    ERR_KEY_PURPOSE);
	add_dialect();
	q.suites = dialect_offer(&legacy)->both;
	q.profiles = dialect_offer(&legacy)->profiles;
	q.has |= TEEP_HAS_VERSIONS;
	q.versions = teep_version_0;
	assert_int_equal(ask_legacy(false, es256, message_in(&legacy, &q)), OK);
	assert_int_equal(ask(KEEPER_SIGN_TEEP, KEY_LEGACY + 1,
			     structure(false, BYTES_LIT("\xa1\x01\x27"),
				 BYTES_NONE, message_in(&legacy, &q))),
	    OK);
	assert_int_equal(ask_legacy(false, es256, message_in(&legacy, &m)), OK);
	/* one signature, and the ids of the dialect, never others */
	assert_int_equal(
	    ask_legacy(true, es256, message_in(&legacy, &q)), ERR_DIALECT);
	assert_int_equal(ask_legacy(false, PROT_ESP, message_in(&legacy, &q)),
	    ERR_COSE_HEADER);
	/* what the default would understand is not signed with this key, and
	 * what this one would is not signed with the default's */
	assert_int_equal(
	    ask_legacy(false, es256, message_in(NULL, &m)), ERR_DIALECT);
	assert_int_equal(ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
			     structure(false, PROT_ESP, BYTES_NONE,
				 message_in(&legacy, &m))),
	    ERR_DIALECT);
	/* legacy is bound; unbound needs its token all the same */
	m = update(TEEP_HAS_TOKEN | TEEP_HAS_MANIFESTS);
	assert_int_equal(
	    ask_legacy(false, es256, message_in(&legacy, &m)), ERR_UNBOUND);
	legacy.update = DIALECT_UNBOUND;
	assert_int_equal(ask_legacy(false, es256, message_in(&legacy, &m)), OK);
	m = update(TEEP_HAS_MANIFESTS);
	assert_int_equal(
	    ask_legacy(false, es256, message_in(&legacy, &m)), ERR_UNBOUND);
	/* the keys of other purposes sign no message */
	assert_int_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_ENCRYPTION,
		structure(false, PROT_ESP, BYTES_NONE, message_in(NULL, &m))),
	    ERR_KEY_PURPOSE);
	assert_int_equal(atomic_load(&k.n.teep), 4);
}

/* ---- Result key
 * ------------------------------------------------------------------- */

static struct eat_claims
claims(void)
{
	static uint8_t cnf[64], list[128], digest[DIGEST_LEN];
	struct cbor_out w = cbor_into(SPAN_OF(cnf));
	struct cbor_out l = cbor_into(SPAN_OF(list));
	struct eat_manifest m = {BYTES_LIT("x"), ALG_SHA256, BYTES_OF(digest)};
	uint8_t kid[KID_LEN] = {1};

	eat_cnf_put_kid(&w, kid);
	eat_manifest_put(&l, &m);
	return (struct eat_claims){
	    .has = EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF | EAT_HAS_NONCE |
		   EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		   EAT_HAS_HWVERSION | EAT_HAS_PROFILE | EAT_HAS_MANIFESTS,
	    .exp = NOW + 3600,
	    .iat = NOW,
	    .cnf = {cnf, w.at},
	    .nonce = BYTES_LIT("0123456789abcdef"),
	    .ueid = BYTES_LIT("\x01"
			      "0123456789abcdef"),
	    .oemid = BYTES_LIT("\x43\x0a\x0b\x0c"),
	    .hwmodel = BYTES_LIT("model-1"),
	    .hwversion = BYTES_LIT("\x81\x65rev-b"),
	    .profile = BYTES_LIT(EAT_TEEP_PROFILE),
	    .manifests = {{list, l.at}, 1},
	};
}

/* A QueryRequest with this in a COSE_Sign1 as its payload. */
static enum err
ask_query(const struct eat_claims *c, struct bytes format)
{
	static uint8_t room[1024];
	uint8_t claims[512];
	struct cbor_out w = cbor_into(SPAN_OF(claims)), o;
	struct teep_message m = query();

	assert_int_equal(eat_write(&w, c), OK);
	o = cbor_into(SPAN_OF(room));
	cbor_put_array(&o, 4);
	cbor_put_bstr(&o, PROT_ESP);
	cbor_put_map(&o, 0);
	cbor_put_bstr(&o, (struct bytes){claims, w.at});
	cbor_put_bstr(&o, (struct bytes){claims, SIG_LEN});
	assert_int_equal(cbor_done(&o, &m.attestation), OK);
	m.has |= TEEP_HAS_ATTESTATION;
	if (format.n > 0)
		m.has |= TEEP_HAS_FORMAT;
	m.format = format;
	return ask_teep(&m);
}

/* Without a format it is a Result of the TEEP profile, or nothing. */
static void
payloads_without_format(void **state)
{
	struct eat_claims c = claims();
	struct teep_message m = query();

	(void)state;
	assert_int_equal(ask_query(&c, BYTES_NONE), OK);
	c.has &= ~(uint32_t)EAT_HAS_UEID;
	assert_int_equal(ask_query(&c, BYTES_NONE), ERR_RESULT_CLAIMS);
	assert_int_equal(ask_query(&c, BYTES_LIT(EAT_EVIDENCE_FORMAT)), OK);
	c = claims();
	c.profile = BYTES_LIT(EAT_EVIDENCE_PROFILE);
	assert_int_equal(ask_query(&c, BYTES_NONE), ERR_RESULT_CLAIMS);
	m.has |= TEEP_HAS_ATTESTATION;
	m.attestation = BYTES_LIT("octets");
	assert_int_not_equal(ask_teep(&m), OK);
}

static enum err
ask_result(bool multi, const struct eat_claims *c)
{
	struct cbor_out w = cbor_into(SPAN_OF(message_room));
	struct bytes out;

	assert_int_equal(eat_write(&w, c), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return ask(KEEPER_SIGN_RESULT, ALG_ESP256,
	    structure(multi, PROT_ESP, BYTES_NONE, out));
}

static void
results(void **state)
{
	struct eat_claims c = claims();

	(void)state;
	assert_int_equal(ask_result(false, &c), OK);
	assert_int_equal(ask_result(true, &c), ERR_KEY_PURPOSE);
	c.has &= ~(uint32_t)EAT_HAS_CNF;
	assert_int_equal(ask_result(false, &c), ERR_RESULT_CLAIMS);
	c = claims();
	c.profile = BYTES_LIT(EAT_EVIDENCE_PROFILE);
	assert_int_not_equal(ask_result(false, &c), OK);
	/* the TEEP keys do not sign Results */
	c = claims();
	assert_int_equal(ask_result(false, &c), OK);
	assert_int_not_equal(
	    ask(KEEPER_SIGN_TEEP, KEY_TEEP_ESP256,
		(struct bytes){structure_room, sizeof(structure_room)}),
	    OK);
	assert_int_equal(atomic_load(&k.n.result), 2);
}

/*
 * What a taken-over front could keep for later: a Result that never expires,
 * is of no exchange, or is of another time.
 */
static void
results_in_time(void **state)
{
	static const uint32_t needed[] = {
	    EAT_HAS_EXP, EAT_HAS_IAT, EAT_HAS_NONCE};
	struct eat_claims c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		c = claims();
		c.has &= ~needed[i];
		assert_int_equal(ask_result(false, &c), ERR_RESULT_CLAIMS);
	}
	/* longer than any of ours lives */
	c = claims();
	c.exp++;
	assert_int_equal(ask_result(false, &c), ERR_LIMIT);
	c.exp = c.iat;
	assert_int_equal(ask_result(false, &c), ERR_LIMIT);
	c.exp = 0;
	assert_int_equal(ask_result(false, &c), ERR_LIMIT);
	/* a time that agents would take for now, later or once more */
	c = claims();
	c.iat += 61;
	c.exp += 61;
	assert_int_equal(ask_result(false, &c), ERR_LIMIT);
	c.iat -= 122;
	c.exp -= 122;
	assert_int_equal(ask_result(false, &c), ERR_LIMIT);
	c.iat += 1;
	c.exp += 1;
	assert_int_equal(ask_result(false, &c), OK);
	assert_int_equal(atomic_load(&k.n.result), 1);
	assert_int_equal(atomic_load(&k.n.refused), 8);
}

/* ---- what binds a repair
 * ------------------------------------------------------------- */

static struct ear
warning(void)
{
	static uint8_t cnf[64];
	struct cbor_out w = cbor_into(SPAN_OF(cnf));
	const uint8_t kid[KID_LEN] = {1};

	eat_cnf_put_kid(&w, kid);
	return (struct ear){
	    .has = EAR_RESULT_HAS_EXP | EAR_RESULT_HAS_CNF |
		   EAR_RESULT_HAS_NONCE | EAR_RESULT_HAS_STATUS,
	    .exp = NOW + 600,
	    .iat = NOW,
	    .cnf = {cnf, w.at},
	    .nonce = BYTES_LIT("0123456789abcdef"),
	    .status = EAR_CONTRAINDICATED,
	    .developer = BYTES_LIT("tamarind"),
	    .build = BYTES_LIT("test"),
	};
}

static enum err
ask_warning(const struct ear *e, enum ear_tier second)
{
	const struct ear_appraisal a[2] = {
	    {.has = EAR_HAS_STATUS,
		.name = BYTES_LIT("a"),
		.status = EAR_CONTRAINDICATED},
	    {.has = EAR_HAS_STATUS, .name = BYTES_LIT("b"), .status = second},
	};
	struct cbor_out w = cbor_into(SPAN_OF(message_room));
	uint8_t scratch[512];
	struct bytes out;

	assert_int_equal(ear_write(&w, e, a, 2, SPAN_OF(scratch)), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return ask(KEEPER_SIGN_RESULT, ALG_ESP256,
	    structure(false, PROT_ESP, BYTES_NONE, out));
}

/* An EAR of this key says that a device failed, and nothing else. */
static void
warnings(void **state)
{
	static const uint32_t needed[] = {
	    EAR_RESULT_HAS_EXP, EAR_RESULT_HAS_CNF, EAR_RESULT_HAS_NONCE};
	static const enum ear_tier better[] = {
	    EAR_AFFIRMING, EAR_WARNING, EAR_NONE};
	struct ear e = warning();
	uint8_t own[64];
	struct cbor_out w = cbor_into(SPAN_OF(own));

	(void)state;
	assert_int_equal(ask_warning(&e, EAR_CONTRAINDICATED), OK);
	for (size_t i = 0; i < ARRAY_LEN(better); i++)
		assert_int_equal(ask_warning(&e, better[i]), ERR_KEY_PURPOSE);
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		e = warning();
		e.has &= ~needed[i];
		assert_int_equal(
		    ask_warning(&e, EAR_CONTRAINDICATED), ERR_RESULT_CLAIMS);
	}
	e = warning();
	e.has |= EAR_RESULT_HAS_EVIDENCE;
	e.evidence = BYTES_LIT("x");
	assert_int_equal(ask_warning(&e, EAR_CONTRAINDICATED), ERR_KEY_PURPOSE);
	e = warning();
	e.iat -= 61;
	assert_int_equal(ask_warning(&e, EAR_CONTRAINDICATED), ERR_LIMIT);
	e = warning();
	e.exp = NOW + 3601;
	assert_int_equal(ask_warning(&e, EAR_CONTRAINDICATED), ERR_LIMIT);
	e = warning();
	eat_cnf_put_kid(&w, k.teep[0].kid);
	e.cnf = (struct bytes){own, w.at};
	assert_int_equal(ask_warning(&e, EAR_CONTRAINDICATED), ERR_KEY_PURPOSE);
	assert_int_equal(atomic_load(&k.n.result), 1);
}

/* ---- a Result about this TAM
 * ---------------------------------------------------------- */

/* The settings of a TAM with an identity. */
static struct settings
identity(void)
{
	return (struct settings){
	    .ueid = "0100112233445566778899aabbccddeeff",
	    .oemid = "894823",
	    .hwmodel = "tamd",
	    .hwversion = "0.1.0",
	};
}

/* The Result that the engine makes of it for one of the TEEP keys. */
static struct eat_claims
own_claims(size_t key)
{
	static uint8_t cnf[64];
	struct cbor_out w = cbor_into(SPAN_OF(cnf));
	struct eat_claims c;

	assert_int_equal(
	    eat_parse((struct bytes){k.self.room, k.self.n}, &c, NULL), OK);
	eat_cnf_put_kid(&w, k.teep[key].kid);
	c.has |= EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF | EAT_HAS_NONCE |
		 EAT_HAS_PROFILE;
	c.exp = NOW + 3600;
	c.iat = NOW;
	c.cnf = (struct bytes){cnf, w.at};
	c.nonce = BYTES_LIT("0123456789abcdef");
	c.profile = BYTES_LIT(EAT_TEEP_PROFILE);
	return c;
}

static void
own_result(void **state)
{
	const struct settings s = identity();
	uint8_t binary[DIGEST_LEN] = {7}, key[128];
	struct cbor_out w = cbor_into(SPAN_OF(key));
	struct eat_claims c;
	struct self other;

	(void)state;
	assert_int_equal(self_write(&s, binary, &k.self), OK);
	for (size_t i = 0; i < 2; i++) {
		c = own_claims(i);
		assert_int_equal(ask_result(false, &c), OK);
	}
	/* each thing that it says is the keeper's own word */
	c.ueid = BYTES_LIT("\x01"
			   "0123456789abcdef");
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
	c = own_claims(0);
	c.oemid = BYTES_LIT("\x43\x89\x48\x24");
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
	c = own_claims(0);
	c.hwmodel = BYTES_LIT("hsm");
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
	c = own_claims(0);
	c.hwversion = BYTES_LIT("\x81\x61z");
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
	c = own_claims(0);
	c.has |= EAT_HAS_COUNTER;
	c.counter = BYTES_LIT("tpm");
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
	/* another program */
	binary[0] = 8;
	assert_int_equal(self_write(&s, binary, &other), OK);
	c = own_claims(0);
	assert_int_equal(k.self.n, other.n);
	c.manifests.raw.p = other.room + (c.manifests.raw.p - k.self.room);
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
	/* nor is there a way round by another form of cnf */
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 1);
	cose_key_write(&w, &k.pub[KEY_TEEP_ESP256]);
	c = claims();
	c.cnf = (struct bytes){key, w.at};
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
	/* a device that would be this TAM */
	c = own_claims(0);
	c.cnf = claims().cnf;
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
	c = claims();
	assert_int_equal(ask_result(false, &c), OK);
}

/* Evidence for another Verifier: what the keeper has measured itself, about
 * keys that are its own. */
static void
attests(void **state)
{
	const struct settings s = identity();
	const uint8_t binary[DIGEST_LEN] = {7};
	const struct bytes challenge = BYTES_LIT("0123456789abcdef");
	uint8_t scratch[3 * KEEPER_ANSWER_MAX], kid[KID_LEN];
	struct eat_component part;
	struct keyring ring;
	struct pair evidence;
	struct eat_claims c;
	struct verified v;
	struct bytes out;
	struct cbor_in r;
	struct why why;

	(void)state;
	assert_int_equal(self_write(&s, binary, &k.self), OK);
	/* without a key for it there is none */
	assert_int_equal(
	    ask(KEEPER_ATTEST, KEY_TEEP_ESP256, challenge), ERR_KEY_PURPOSE);
	pair_make(&evidence, CRV_P256, false);
	k.evidence = evidence.s;
	k.evidence_pub = evidence.pub;
	memset(k.bootseed, 3, sizeof(k.bootseed));
	ring = ring_of_one(&evidence);
	for (int64_t n = KEY_TEEP_ESP256; n <= KEY_TEEP_ED25519; n++) {
		assert_int_equal(ask(KEEPER_ATTEST, n, challenge), OK);
		assert_int_equal(keeper_attest(&k, n, challenge,
				     SPAN_OF(scratch), &out, &why),
		    OK);
		assert_int_equal(cose_verify(crypto_openssl(), &ring,
				     ACCEPT_SIGN1, out, &v, &why),
		    OK);
		assert_int_equal(eat_read(&v, &c, &why), OK);
		assert_int_equal(eat_evidence_complete(&c, &why), OK);
		assert_true(bytes_same(c.nonce, challenge));
		assert_true(bytes_same(c.hwmodel, BYTES_LIT("tamd")));
		assert_true(bytes_same(c.oemid, BYTES_LIT("\x43\x89\x48\x23")));
		assert_int_equal(eat_cnf_kid(crypto_openssl(), c.cnf, kid), OK);
		assert_memory_equal(kid, k.teep[n].kid, KID_LEN);
		assert_int_equal(c.measurements.n, 2);
		r = cbor_items(c.measurements);
		for (size_t i = 0; i < c.measurements.n; i++) {
			assert_int_equal(eat_component_read(&r, &part), OK);
			assert_true(bytes_same(part.digest, BYTES_OF(binary)));
		}
	}
	/* of no other key, and for no challenge that Evidence cannot have */
	assert_int_equal(
	    ask(KEEPER_ATTEST, KEY_RESULT, challenge), ERR_KEY_PURPOSE);
	assert_int_equal(
	    ask(KEEPER_ATTEST, KEY_ENCRYPTION, challenge), ERR_KEY_PURPOSE);
	assert_int_equal(ask(KEEPER_ATTEST, -1, challenge), ERR_KEY_PURPOSE);
	assert_int_equal(
	    ask(KEEPER_ATTEST, KEEPER_KEYS, challenge), ERR_KEY_PURPOSE);
	assert_int_equal(
	    ask(KEEPER_ATTEST, KEY_TEEP_ESP256, BYTES_LIT("short")), ERR_RANGE);
	assert_int_equal(
	    ask(KEEPER_ATTEST, KEY_TEEP_ESP256, (struct bytes){scratch, 65}),
	    ERR_RANGE);
	k.self.n = 0;
	assert_int_equal(
	    ask(KEEPER_ATTEST, KEY_TEEP_ESP256, challenge), ERR_KEY_PURPOSE);
	pair_free(&evidence);
	k.evidence = (struct signer){0};
}

/* A TAM without an identity has nothing to say of itself. */
static void
no_identity(void **state)
{
	struct settings s = identity();
	const uint8_t binary[DIGEST_LEN] = {7};
	struct eat_claims c;

	(void)state;
	assert_int_equal(self_write(&s, binary, &k.self), OK);
	c = own_claims(0);
	assert_int_equal(ask_result(false, &c), OK);
	s.ueid[0] = 0;
	assert_int_equal(self_write(&s, binary, &k.self), OK);
	assert_int_equal(k.self.n, 0);
	assert_int_equal(ask_result(false, &c), ERR_KEY_PURPOSE);
}

static enum err
with(size_t off, const char *text)
{
	struct settings s = identity();
	const uint8_t binary[DIGEST_LEN] = {7};
	struct self self = {.n = 1};
	enum err e;

	memcpy((char *)&s + off, text, strlen(text) + 1);
	e = self_write(&s, binary, &self);
	assert_int_equal(self.n > 0, e == OK);
	return e;
}

#define WITH(member, text) with(offsetof(struct settings, member), text)

static void
bad_identity(void **state)
{
	(void)state;
	assert_int_equal(WITH(oemid, "00112233445566778899aabbccddeeff"), OK);
	assert_int_equal(WITH(oemid, ""), ERR_RANGE);
	assert_int_equal(WITH(oemid, "8948"), ERR_RANGE);
	assert_int_equal(WITH(oemid, "maker!"), ERR_TEXT);
	assert_int_equal(WITH(ueid, "0200112233445566778899aabbccddeeff"),
	    ERR_RANGE); /* not random */
	assert_int_equal(WITH(ueid, "01001122334455667788"), ERR_RANGE);
	assert_int_equal(WITH(ueid, "device-1"), ERR_TEXT);
	assert_int_equal(WITH(hwmodel, "abcdefghijklmnopqrstuvwxyz012345"), OK);
	assert_int_equal(WITH(hwmodel, ""), ERR_TEXT);
	assert_int_equal(WITH(hwmodel, "a model"), ERR_TEXT);
	assert_int_equal(WITH(hwversion, "1\n[tamd]"), ERR_TEXT);
}

/* What is measured is the program that runs: this one. */
static void
measured(void **state)
{
	const struct settings s = identity();
	struct self once, anew;
	struct eat_manifest m;
	struct eat_claims c;
	struct bytes file;
	struct cbor_in r;
	uint8_t digest[DIGEST_LEN];

	(void)state;
	assert_int_equal(self_make(&s, crypto_openssl(), &once), OK);
	assert_int_equal(
	    read_file("/proc/self/exe", (size_t)1 << 30, &file), OK);
	assert_int_equal(crypto_openssl()->sha256(&file, 1, digest), OK);
	release_bytes(&file);
	assert_int_equal(self_write(&s, digest, &anew), OK);
	assert_int_equal(once.n, anew.n);
	assert_memory_equal(once.room, anew.room, once.n);
	assert_int_equal(
	    eat_parse((struct bytes){once.room, once.n}, &c, NULL), OK);
	assert_int_equal(c.manifests.n, 1);
	r = cbor_open(c.manifests.raw);
	assert_int_equal(eat_manifest_read(&r, &m), OK);
	assert_int_equal(m.uri.n, 0);
	assert_int_equal(m.digest.n, DIGEST_LEN);
	assert_memory_equal(m.digest.p, digest, DIGEST_LEN);
}

/* ---- agreement, rate
 * ---------------------------------------------------------------- */

static void
agreement(void **state)
{
	uint8_t room[128];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct cose_key bad = peer.pub;

	(void)state;
	cose_key_write(&w, &peer.pub);
	assert_int_equal(ask(KEEPER_AGREE, 0, (struct bytes){room, w.at}), OK);
	assert_int_equal(
	    ask(KEEPER_AGREE, 1, (struct bytes){room, w.at}), ERR_KEY_PURPOSE);
	bad.y[4] ^= 1;
	w = cbor_into(SPAN_OF(room));
	cose_key_write(&w, &bad);
	assert_int_equal(
	    ask(KEEPER_AGREE, 0, (struct bytes){room, w.at}), ERR_COSE_KEY);
	assert_int_equal(
	    ask(KEEPER_PUBLIC, KEEPER_KEYS, BYTES_NONE), ERR_KEY_PURPOSE);
	assert_int_equal(ask(KEEPER_PUBLIC, -1, BYTES_NONE), ERR_KEY_PURPOSE);
}

static void
rate(void **state)
{
	struct teep_message m = query();
	size_t good = 0, capped = 0;

	(void)state;
	k.rate = 10;
	for (size_t i = 0; i < 60; i++) {
		enum err e = ask_teep(&m);

		good += e == OK;
		capped += e == ERR_RATE;
	}
	assert_true(good >= 20 && good < 40);
	assert_int_equal(good + capped, 60);
	assert_int_equal(atomic_load(&k.n.capped), capped);
	assert_int_equal(ask(KEEPER_PUBLIC, 0, BYTES_NONE), OK);
}

/* Whoever took the front fills no disk with what he is refused. */
static void
refusals_in_the_log(void **state)
{
	FILE *f = tmpfile();
	int old = dup(STDERR_FILENO);
	char text[4096];
	size_t lines = 0;

	(void)state;
	assert_non_null(f);
	(void)fflush(stderr);
	assert_int_equal(dup2(fileno(f), STDERR_FILENO), STDERR_FILENO);
	for (size_t i = 0; i < 5000; i++)
		(void)ask(9, 0, BYTES_NONE);
	(void)fflush(stderr);
	assert_int_equal(dup2(old, STDERR_FILENO), STDERR_FILENO);
	(void)close(old);
	rewind(f);
	while (fgets(text, sizeof(text), f) != NULL)
		lines += strstr(text, "keeper-refused") != NULL;
	(void)fclose(f);
	assert_int_equal(atomic_load(&k.n.refused), 5000);
	assert_true(lines > 0 && lines < 500);
}

/* ---- across a socket
 * ------------------------------------------------------------------ */

static void *
answer_all(void *arg)
{
	int fd = *(int *)arg;
	uint8_t answer[KEEPER_ANSWER_MAX];
	struct span room = {0};
	struct bytes in;

	while (frame_receive(fd, KEEPER_QUESTION_MAX, &room, &in) == OK)
		if (frame_send(
			fd, keeper_answer(&k, in, NOW, answer), NULL, 0) != OK)
			break;
	free(room.p);
	(void)close(fd);
	return NULL;
}

static void
across(void **state)
{
	static uint8_t out[8192];
	struct keeper_client c;
	struct teep_message m = query();
	struct cbor_out w = cbor_into(SPAN_OF(out));
	const struct signer *const both[] = {
	    &c.teep[KEY_TEEP_ED25519], &c.teep[KEY_TEEP_ESP256]};
	uint8_t ours[32], theirs[32], sig[SIG_LEN];
	struct bytes payload = message(&m), text = BYTES_LIT("anything");
	struct cose_key bad = peer.pub;
	pthread_t thread;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(pthread_create(&thread, NULL, answer_all, &fd[0]), 0);
	assert_int_equal(
	    keeper_client_open(&c, fd[1], KEEPER_KEYS, crypto_openssl()), OK);
	assert_memory_equal(
	    c.teep[KEY_TEEP_ESP256].kid, k.teep[KEY_TEEP_ESP256].kid, KID_LEN);
	assert_memory_equal(c.agree.kid, k.agree.kid, KID_LEN);
	assert_int_equal(cose_sign_write(&w, both, 2, payload), OK);
	w = cbor_into(SPAN_OF(out));
	assert_int_equal(cose_sign1_write(&w, &c.teep[KEY_TEEP_ESP256], payload,
			     NULL, WRITE_TAGGED),
	    OK);
	/* refused by the keeper is a fault of ours, never of the device's */
	assert_int_equal(c.teep[KEY_TEEP_ESP256].sign(
			     c.teep[KEY_TEEP_ESP256].ctx, &text, 1, sig),
	    ERR_CRYPTO);
	assert_int_equal(c.agree.agree(c.agree.ctx, &peer.pub, ours), OK);
	assert_int_equal(
	    peer.a.agree(peer.a.ctx, &k.pub[KEY_ENCRYPTION], theirs), OK);
	assert_memory_equal(ours, theirs, 32);
	bad.x[0] ^= 1;
	assert_int_equal(c.agree.agree(c.agree.ctx, &bad, ours), ERR_COSE_KEY);
	(void)shutdown(fd[1], SHUT_RDWR);
	assert_int_equal(c.teep[KEY_TEEP_ESP256].sign(
			     c.teep[KEY_TEEP_ESP256].ctx, &payload, 1, sig),
	    ERR_SYSTEM);
	keeper_client_close(&c);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_keeper, close_keeper)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(messages),
	    TEST(not_messages),
	    TEST(other_context),
	    TEST(dialects),
	    TEST(payloads_without_format),
	    TEST(results),
	    TEST(results_in_time),
	    TEST(warnings),
	    TEST(own_result),
	    TEST(attests),
	    TEST(no_identity),
	    TEST(bad_identity),
	    TEST(measured),
	    TEST(agreement),
	    TEST(rate),
	    TEST(refusals_in_the_log),
	    TEST(across),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
