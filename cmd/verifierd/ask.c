/*
 * ask: what the front asks of the other processes, one question at a time.
 *
 * None of them has an answer that takes long; one that takes half a minute is
 * broken, and with it the service.
 */
#include "front.h"

#include <question.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#define ANSWER_MAX (4u << 20)
#define WAIT       30 /* seconds */

static enum err
ask(int fd, struct bytes head, const struct bytes *part, size_t n,
    struct span *room, struct bytes *out)
{
	const struct timeval wait = {.tv_sec = WAIT};
	enum err e = OK;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0)
		e = ERR_SYSTEM;
	if (e == OK)
		e = frame_send(fd, head, part, n);
	if (e == OK)
		e = frame_receive(fd, ANSWER_MAX, room, out);
	/* What came next would be the answer to this question. */
	if (e != OK)
		stop_broken();
	return e == OK ? OK : ERR_SYSTEM;
}

/* [error, octets] */
static enum err
answer_read(struct bytes in, enum err *fate, struct bytes *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_array(&r, 2);
	*fate = (enum err)cbor_uint(&r, 0, UINT16_MAX);
	*out = cbor_bstr(&r, 0, LEN_ANY);
	return cbor_close(&r) == OK ? OK : ERR_SYSTEM;
}

/* ---- keeper -------------------------------------------------------------- */

static enum err
keeper(struct front *f, enum keeper_op op, const struct bytes *part, size_t n,
    struct bytes *out)
{
	uint8_t room[16];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes head, in;
	size_t total = 0;
	enum err fate;

	for (size_t i = 0; i < n; i++)
		total += part[i].n;
	cbor_put_array(&w, 2);
	cbor_put_uint(&w, (uint64_t)op);
	cbor_put_bstr_head(&w, total);
	TRY(cbor_done(&w, &head));
	TRY(ask(f->fd.keeper, head, part, n, &f->keeper_room, &in));
	TRY(answer_read(in, &fate, out));
	return fate == OK ? OK : ERR_SYSTEM;
}

static enum err
sign_as(struct front *f, enum keeper_op op, const struct bytes *part, size_t n,
    uint8_t sig[SIG_LEN])
{
	struct bytes out;

	TRY(keeper(f, op, part, n, &out));
	if (out.n != SIG_LEN)
		return ERR_SYSTEM;
	memcpy(sig, out.p, SIG_LEN);
	return OK;
}

static enum err
sign_cose(void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	return sign_as(ctx, KEEPER_COSE, part, n, sig);
}

enum err
ask_keeper(struct front *f)
{
	struct bytes key;

	TRY(keeper(f, KEEPER_PUBLIC, NULL, 0, &key));
	TRY(cose_key_read(key, &f->pub));
	f->signer =
	    (struct signer){.alg = ALG_ESP256, .ctx = f, .sign = sign_cose};
	return cose_key_thumbprint(f->verifier.crypto, &f->pub, f->signer.kid);
}

/* ---- Results ------------------------------------------------------------- */

static enum err
keep(struct bytes in, struct bytes *out)
{
	uint8_t *p = malloc(in.n + 1);

	if (p == NULL)
		return ERR_MEMORY;
	if (in.n > 0)
		memcpy(p, in.p, in.n);
	p[in.n] = 0;
	*out = (struct bytes){p, in.n};
	return OK;
}

static enum err
sign_cwt(struct front *f, struct bytes claims, struct bytes *out)
{
	struct span room = {malloc(claims.n + 256), claims.n + 256};
	struct cbor_out w = cbor_into(room);
	struct bytes got;
	enum err e = room.p == NULL ? ERR_MEMORY : OK;

	*out = BYTES_NONE;
	if (e == OK && claims.n > 0)
		e = cose_sign1_write(&w, &f->signer, claims, NULL, 0);
	if (e == OK && claims.n > 0)
		e = cbor_done(&w, &got);
	if (e == OK && claims.n > 0)
		*out = got; /* begins where room does */
	else
		free(room.p);
	return e;
}

static enum err
sign_jwt(struct front *f, struct bytes claims, char **out)
{
	char header[JWS_HEADER_MAX], signature[96];
	uint8_t sig[SIG_LEN];
	size_t room = JWS_HEADER_MAX + (claims.n + 2) / 3 * 4 + 128, n;
	char *text = malloc(room);
	struct bytes input;
	enum err e;

	if (text == NULL)
		return ERR_MEMORY;
	jws_header(f->signer.kid, header);
	n = strlen(header);
	memcpy(text, header, n);
	text[n++] = '.';
	base64url_text(text + n, room - n, claims);
	n += strlen(text + n);
	input = (struct bytes){(uint8_t *)text, n};
	e = sign_as(f, KEEPER_JWS, &input, 1, sig);
	if (e != OK) {
		free(text);
		return e;
	}
	base64url_text(signature, sizeof(signature), BYTES_OF(sig));
	text[n++] = '.';
	memcpy(text + n, signature, strlen(signature) + 1);
	*out = text;
	return OK;
}

static enum err
writer(struct front *f, enum writer_op op, struct bytes in, enum err *fate,
    struct bytes *json)
{
	uint8_t room[16];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes head, answer;

	cbor_put_array(&w, 2);
	cbor_put_uint(&w, (uint64_t)op);
	cbor_put_bstr_head(&w, in.n);
	TRY(cbor_done(&w, &head));
	TRY(ask(f->fd.writer, head, &in, 1, &f->worker_room, &answer));
	return answer_read(answer, fate, json);
}

/* A Result does not depend on whether somebody remembers the device: the log
 * of the writer says so if not. */
static enum err
device_remember(struct front *f, struct bytes device)
{
	uint8_t copy[256];
	struct bytes json;
	enum err fate;

	if (device.n == 0 || device.n > sizeof(copy))
		return OK;
	/* it stands where the answer will */
	memcpy(copy, device.p, device.n);
	return writer(
	    f, WRITER_DEVICE, (struct bytes){copy, device.n}, &fate, &json);
}

/* [error, accepted, TEEP Result, EAR, EAR as JSON, refusal as JSON, device] */
static enum err
results_take(struct front *f, struct session *x, struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	struct bytes teep, ear, json, refusal, device, kept;
	bool accepted;

	cbor_array(&r, 7);
	x->verdict = (enum err)cbor_uint(&r, 0, UINT16_MAX);
	accepted = cbor_bool(&r);
	teep = cbor_bstr(&r, 0, LEN_ANY);
	ear = cbor_bstr(&r, 0, LEN_ANY);
	json = cbor_bstr(&r, 0, LEN_ANY);
	refusal = cbor_bstr(&r, 0, LEN_ANY);
	device = cbor_bstr(&r, 0, LEN_ANY);
	if (cbor_close(&r) != OK || accepted != (x->verdict == OK) ||
	    (teep.n > 0 && !accepted))
		return ERR_SYSTEM;
	if (ear.n == 0 || json.n == 0)
		return ERR_SYSTEM; /* no verdict; its log says why */
	TRY(keep(refusal, &kept));
	x->refusal = (char *)(uintptr_t)kept.p;
	TRY(sign_cwt(f, teep, &x->teep));
	TRY(sign_cwt(f, ear, &x->ear));
	TRY(sign_jwt(f, json, &x->jwt));
	return device_remember(f, device);
}

enum err
ask_appraiser(struct front *f, struct session *x, struct bytes evidence)
{
	const struct verifier_ask q = {
	    .media = bytes_of_text(x->media),
	    .challenge = {x->nonce, x->nonce_n},
	    .audience = (const char(*)[KID_TEXT])x->audience,
	    .n_audience = x->n_audience,
	    .teep_kid = x->has_kid ? x->kid : NULL,
	};
	uint8_t room[QUESTION_HEAD_MAX];
	struct bytes head, answer;

	TRY(question_head(&q, evidence.n, SPAN_OF(room), &head));
	TRY(ask(f->fd.appraiser, head, &evidence, 1, &f->worker_room, &answer));
	return results_take(f, x, answer);
}

enum err
ask_writer(
    struct front *f, struct bytes corim, enum err *fate, struct bytes *json)
{
	return writer(f, WRITER_CORIM, corim, fate, json);
}
