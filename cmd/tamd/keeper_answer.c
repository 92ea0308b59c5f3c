/* keeper_answer: one question to the keeper, from octets to octets. */
#include "keeper.h"

#include <string.h>

/* Operations saved up while nobody asked, in seconds of the rate. */
#define BURST 2

/* May one more be done now?  Whoever took the front cannot take more than
 * the rate away with him. */
static bool
rate_ok(struct keeper *k)
{
	bool ok;

	while (atomic_flag_test_and_set(&k->lock))
		;
	if (k->left.most == 0)
		k->left = bucket_full(k->rate * BURST, k->rate);
	ok = bucket_open(&k->left, now_ms());
	if (ok)
		bucket_take(&k->left, 1);
	atomic_flag_clear(&k->lock);
	return ok;
}

/* A question and where its answer goes. */
struct asked {
	struct keeper *k;
	int64_t purpose;
	struct bytes in;
	uint64_t now;
	struct why why;
	struct cbor_out out;
};

static enum err
on_public(struct asked *a)
{
	uint8_t room[128];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes key;

	if (a->purpose < 0 || (uint64_t)a->purpose >= a->k->n_keys)
		return ERR_KEY_PURPOSE;
	cose_key_write(&w, &a->k->pub[a->purpose]);
	TRY(cbor_done(&w, &key));
	cbor_put_bstr(&a->out, key);
	return OK;
}

static enum err
sign(struct asked *a, const struct signer *s)
{
	uint8_t sig[SIG_LEN];

	TRY(s->sign(s->ctx, &a->in, 1, sig));
	cbor_put_bstr(&a->out, BYTES_OF(sig));
	return OK;
}

static enum err
on_sign_teep(struct asked *a)
{
	const struct signer *s;

	if (a->purpose < 0 || (uint64_t)a->purpose >= a->k->n_keys ||
	    a->k->teep[a->purpose].sign == NULL)
		return why_set(&a->why, ERR_KEY_PURPOSE, "key");
	s = &a->k->teep[a->purpose];
	TRY(keeper_check_teep(
	    a->in, s->alg, a->k->dialect[a->purpose], &a->why));
	TRY(sign(a, s));
	atomic_fetch_add(&a->k->n.teep, 1);
	return OK;
}

static enum err
on_sign_result(struct asked *a)
{
	const struct signer *s = &a->k->result;

	if (a->purpose != s->alg)
		return why_set(&a->why, ERR_KEY_PURPOSE, "algorithm");
	TRY(keeper_check_result(a->k, a->in, s->alg, a->now, &a->why));
	TRY(sign(a, s));
	atomic_fetch_add(&a->k->n.result, 1);
	return OK;
}

static enum err
on_agree(struct asked *a)
{
	struct cose_key peer;
	uint8_t z[32];
	enum err e;

	if (a->purpose != 0)
		return why_set(&a->why, ERR_KEY_PURPOSE, "purpose");
	TRY(cose_key_read(a->in, &peer));
	e = a->k->agree.agree(a->k->agree.ctx, &peer, z);
	if (e == OK) {
		cbor_put_bstr(&a->out, BYTES_OF(z));
		atomic_fetch_add(&a->k->n.agree, 1);
	}
	wipe(z, sizeof(z));
	return e;
}

static enum err
on_attest(struct asked *a)
{
	uint8_t scratch[3 * KEEPER_ANSWER_MAX];
	struct bytes evidence;

	TRY(keeper_attest(
	    a->k, a->purpose, a->in, SPAN_OF(scratch), &evidence, &a->why));
	cbor_put_bstr(&a->out, evidence);
	return OK;
}

static const struct {
	enum keeper_op op;
	bool counts; /* against the rate */
	enum err (*handle)(struct asked *a);
} rows[] = {
    {KEEPER_PUBLIC, false, on_public},
    {KEEPER_SIGN_TEEP, true, on_sign_teep},
    {KEEPER_SIGN_RESULT, true, on_sign_result},
    {KEEPER_AGREE, true, on_agree},
    {KEEPER_ATTEST, true, on_attest},
};

static enum err
dispatch(struct asked *a, uint64_t op)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].op != op)
			continue;
		if (rows[i].counts && !rate_ok(a->k)) {
			atomic_fetch_add(&a->k->n.capped, 1);
			return ERR_RATE;
		}
		return rows[i].handle(a);
	}
	return why_set(&a->why, ERR_KEY_PURPOSE, "op");
}

/* A bad key of a device's making is its fault, not the front's. */
static void
note_refusal(struct asked *a, uint64_t op, enum err e)
{
	uint64_t unsaid;

	if (e == ERR_RATE || op == KEEPER_AGREE)
		return;
	atomic_fetch_add(&a->k->n.refused, 1);
	if (lines_take(&a->k->lines, &unsaid))
		log_event(LEVEL_ERROR, "keeper-refused", LOG_N("op", op),
		    LOG_ERR("reason", e),
		    LOG_S("what", a->why.what != NULL ? a->why.what : ""),
		    LOG_N("unlogged", unsaid));
}

struct bytes
keeper_answer(struct keeper *k, struct bytes question, uint64_t now,
    uint8_t room[KEEPER_ANSWER_MAX])
{
	struct span all = {room, KEEPER_ANSWER_MAX};
	struct asked a = {.k = k, .now = now, .out = cbor_into(all)};
	struct cbor_in r = cbor_open(question);
	struct bytes out;
	uint64_t op;
	enum err e;

	cbor_array(&r, 3);
	op = cbor_uint(&r, 0, UINT32_MAX);
	a.purpose = cbor_int(&r, INT32_MIN, INT32_MAX);
	a.in = cbor_bstr(&r, 0, LEN_ANY);
	cbor_put_array(&a.out, 2);
	cbor_put_uint(&a.out, OK);
	e = cbor_close(&r);
	if (e == OK)
		e = dispatch(&a, op);
	if (e == OK)
		e = cbor_done(&a.out, &out);
	if (e == OK)
		return out;
	note_refusal(&a, op, e);
	a.out = cbor_into(all);
	cbor_put_array(&a.out, 2);
	cbor_put_uint(&a.out, (uint64_t)e);
	cbor_put_bstr(&a.out, BYTES_NONE);
	if (cbor_done(&a.out, &out) != OK)
		return BYTES_NONE;
	return out;
}
