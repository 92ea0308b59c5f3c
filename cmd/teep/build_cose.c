/*
 * build_cose: signatures and encryption as somebody would make them who does
 * not have to follow the rules.                             [RFC 9052]
 *
 * The headers are given encoded, so that they may be wrong in every way; what
 * is signed follows from them as the RFC says.
 */
#include "build.h"

#include <string.h>

static struct bytes
map_of_one(struct build *b, int64_t key, struct bytes value)
{
	struct cbor_out w = cbor_into(build_room(b, value.n + 16));

	cbor_put_map(&w, 1);
	cbor_put_int(&w, key);
	cbor_put_raw(&w, value);
	return build_done(b, &w);
}

struct build_sign
build_sign_usual(struct build *b, const struct signer *by, struct bytes payload)
{
	return (struct build_sign){
	    .by = by,
	    .prot = map_of_one(b, 1, build_int(b, by->alg)),
	    .unprot = map_of_one(b, 4, build_bstr(b, BYTES_OF(by->kid))),
	    .payload = payload,
	    .tag = TAG_SIGN1,
	};
}

/* Changes of the step SIGN. */
static void
sign_changes(struct build *b, enum part part, struct build_sign *s)
{
	for (size_t i = 0; i < b->n_changes; i++) {
		const struct change *c = b->change[i];

		if (c->part != part || c->step != STEP_SIGN || c->sign == NULL)
			continue;
		c->sign(b, c->ctx, s);
		b->n_applied++;
	}
}

/* The signature over ["Signature1", prot, h'', payload], or, where body is
 * set, ["Signature", h'', prot, h'', payload].        [RFC 9052 4.4] */
static struct bytes
signature(struct build *b, const struct build_sign *s, bool body)
{
	struct span sig = build_room(b, SIG_LEN);
	struct cbor_out w =
	    cbor_into(build_room(b, s->prot.n + s->payload.n + 64));
	struct bytes all;

	cbor_put_array(&w, body ? 5 : 4);
	cbor_put_text(&w, body ? "Signature" : "Signature1");
	if (body)
		cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_bstr(&w, s->prot);
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_bstr(&w, s->payload);
	all = build_done(b, &w);
	if (b->err != OK)
		return BYTES_NONE;
	build_fail(b, s->by->sign(s->by->ctx, &all, 1, sig.p));
	return (struct bytes){sig.p, SIG_LEN};
}

struct bytes
build_sign1(struct build *b, enum part part, struct build_sign s)
{
	struct cbor_out w;
	struct bytes sig;

	sign_changes(b, part, &s);
	if (b->err != OK)
		return BYTES_NONE;
	sig = signature(b, &s, false);
	w = cbor_into(
	    build_room(b, s.prot.n + s.unprot.n + s.payload.n + SIG_LEN + 64));
	if (s.tag != 0)
		cbor_put_tag(&w, s.tag);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, s.prot);
	cbor_put_raw(&w, s.unprot);
	if (s.detached)
		cbor_put_null(&w);
	else
		cbor_put_bstr(&w, s.payload);
	cbor_put_bstr(&w, sig);
	return build_done(b, &w);
}

/* The same for a message, under the algorithm id of the dialect. */
static struct build_sign
sign_message(struct build *b, const struct signer *by, struct bytes payload)
{
	struct build_sign s = build_sign_usual(b, by, payload);
	int32_t alg = dialect_alg(b->dialect, by->alg);

	if (alg != 0 && alg != by->alg)
		s.prot = map_of_one(b, 1, build_int(b, alg));
	return s;
}

/* COSE_Sign with one signature for each.                  [TEEP 8.1] */
static struct bytes
sign_many(struct build *b, struct bytes payload, const struct signer *const *by,
    size_t n)
{
	struct cbor_out w =
	    cbor_into(build_room(b, payload.n + 64 + n * BUILD_SIGNER_ROOM));

	cbor_put_tag(&w, TAG_SIGN);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_map(&w, 0);
	cbor_put_bstr(&w, payload);
	cbor_put_array(&w, n);
	for (size_t i = 0; i < n && b->err == OK; i++) {
		struct build_sign s = sign_message(b, by[i], payload);

		sign_changes(b, PART_MESSAGE, &s);
		cbor_put_array(&w, 3);
		cbor_put_bstr(&w, s.prot);
		cbor_put_raw(&w, s.unprot);
		cbor_put_bstr(&w, signature(b, &s, true));
	}
	return build_done(b, &w);
}

struct bytes
build_message(struct build *b, const struct teep_message *m,
    const struct signer *const *by, size_t n)
{
	struct cbor_out measure = cbor_measure(), w;
	struct bytes body;

	build_fail(b, teep_write(&measure, b->dialect, m));
	w = cbor_into(build_room(b, measure.at));
	if (b->err == OK)
		build_fail(b, teep_write(&w, b->dialect, m));
	body = build_step(b, PART_MESSAGE, STEP_BODY, build_done(b, &w));
	if (b->err != OK)
		return BYTES_NONE;
	if (n == 1)
		body =
		    build_sign1(b, PART_MESSAGE, sign_message(b, by[0], body));
	else
		body = sign_many(b, body, by, n);
	return build_step(b, PART_MESSAGE, STEP_SIGNED, body);
}

struct bytes
build_seal(
    struct build *b, enum part part, struct build_seal s, struct bytes plain)
{
	uint8_t kid[KID_LEN];
	struct cbor_out w;

	for (size_t i = 0; i < b->n_changes; i++) {
		const struct change *c = b->change[i];

		if (c->part != part || c->step != STEP_SEAL || c->seal == NULL)
			continue;
		c->seal(b, c->ctx, &s);
		b->n_applied++;
	}
	if (s.to == NULL || b->err != OK)
		return plain;
	build_fail(b, cose_key_thumbprint(b->crypto, s.to, kid));
	w = cbor_into(build_room(b, plain.n + COSE_OVERHEAD));
	if (b->err == OK)
		build_fail(b, cose_encrypt_write(&w, b->crypto, s.alg, s.to,
				  kid, s.context, plain));
	return build_step(b, part, STEP_SEALED, build_done(b, &w));
}
