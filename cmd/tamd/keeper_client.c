/* keeper_client: the keeper's keys as signers and an agreer. */
#include "keeper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err
lose(struct keeper_client *c)
{
	c->is_lost = true;
	if (c->lost != NULL)
		c->lost();
	return ERR_SYSTEM;
}

/* What the keeper says of the question; what goes wrong on the way is
 * ERR_SYSTEM in *way. */
static enum err
ask(struct keeper_client *c, enum keeper_op op, int32_t purpose,
    const struct bytes *part, size_t n_parts, struct bytes *out, enum err *way)
{
	uint8_t head_room[24];
	struct cbor_out w = cbor_into(SPAN_OF(head_room));
	struct cbor_in r;
	struct bytes head, in;
	size_t total = 0;
	enum err told;

	*out = BYTES_NONE;
	for (size_t i = 0; i < n_parts; i++)
		total += part[i].n;
	cbor_put_array(&w, 3);
	cbor_put_uint(&w, op);
	cbor_put_int(&w, purpose);
	cbor_put_bstr_head(&w, total);
	*way = c->is_lost ? ERR_SYSTEM : cbor_done(&w, &head);
	if (*way != OK)
		return *way = ERR_SYSTEM;
	*way = frame_send(c->fd, head, part, n_parts);
	if (*way == OK)
		*way = frame_receive(c->fd, KEEPER_ANSWER_MAX, &c->room, &in);
	if (*way != OK)
		return *way = lose(c);
	r = cbor_open(in);
	cbor_array(&r, 2);
	told = (enum err)cbor_uint(&r, 0, UINT16_MAX);
	*out = cbor_bstr(&r, 0, in.n);
	if (cbor_close(&r) != OK)
		*way = told = lose(c);
	return told;
}

/* To the engine a keeper that will not sign is one that cannot. */
static enum err
sign(struct keeper_client *c, enum keeper_op op, int32_t purpose,
    const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	struct bytes out;
	enum err way, e = ask(c, op, purpose, part, n, &out, &way);

	if (e != OK || out.n != SIG_LEN) {
		memset(sig, 0, SIG_LEN);
		return way != OK ? way : e == ERR_MEMORY ? e : ERR_CRYPTO;
	}
	memcpy(sig, out.p, SIG_LEN);
	return OK;
}

static enum err
sign_teep(void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	const struct keeper_teep *t = ctx;

	return sign(t->c, KEEPER_SIGN_TEEP, (int32_t)t->key, part, n, sig);
}

static enum err
sign_result(void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	return sign(ctx, KEEPER_SIGN_RESULT, ALG_ESP256, part, n, sig);
}

/* Only what is the peer's fault is told as that. */
static enum err
agree(void *ctx, const struct cose_key *peer, uint8_t z[32])
{
	struct keeper_client *c = ctx;
	uint8_t room[128];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes key, out;
	enum err way, e;

	memset(z, 0, 32);
	cose_key_write(&w, peer);
	TRY(cbor_done(&w, &key));
	e = ask(c, KEEPER_AGREE, 0, &key, 1, &out, &way);
	if (e == OK && out.n == 32) {
		memcpy(z, out.p, 32);
	} else if (way != OK) {
		e = way;
	} else if (err_class(e) != CLASS_PORT &&
		   (err_class(e) > CLASS_REFUSED || e == ERR_RATE || e == OK)) {
		e = ERR_CRYPTO;
	}
	wipe(c->room.p,
	    c->room.n < KEEPER_ANSWER_MAX ? c->room.n : KEEPER_ANSWER_MAX);
	return e;
}

enum err
keeper_client_evidence(void *client, struct bytes challenge,
    const uint8_t kid[KID_LEN], const struct arena *mem, struct bytes *out)
{
	struct keeper_client *c = client;
	struct bytes evidence;
	struct span room;
	size_t n = 0;
	enum err way, e;

	*out = BYTES_NONE;
	while (n < KEEPER_KEYS_MAX &&
	       (c->teep[n].sign == NULL ||
		   memcmp(c->teep[n].kid, kid, KID_LEN) != 0))
		n++;
	if (n == KEEPER_KEYS_MAX)
		return ERR_BUG;
	e = ask(c, KEEPER_ATTEST, (int32_t)n, &challenge, 1, &evidence, &way);
	if (e != OK)
		return way != OK ? way : e == ERR_MEMORY ? e : ERR_CRYPTO;
	room = arena_span(mem, evidence.n);
	if (room.p == NULL)
		return ERR_MEMORY;
	memcpy(room.p, evidence.p, evidence.n);
	*out = (struct bytes){room.p, evidence.n};
	return OK;
}

static enum err
public_get(struct keeper_client *c, size_t k, const struct crypto *crypto,
    uint8_t kid[KID_LEN])
{
	struct bytes out;
	enum err way;

	TRY(ask(c, KEEPER_PUBLIC, (int32_t)k, NULL, 0, &out, &way));
	TRY(cose_key_read(out, &c->pub[k]));
	return cose_key_thumbprint(crypto, &c->pub[k], kid);
}

enum err
keeper_client_open(
    struct keeper_client *c, int fd, size_t n, const struct crypto *crypto)
{
	*c = (struct keeper_client){
	    .fd = fd,
	    .result = {ALG_ESP256, {0}, c, sign_result},
	    .agree = {{0}, c, agree},
	};
	if (n < KEEPER_KEYS || n > KEEPER_KEYS_MAX)
		return ERR_BUG;
	for (size_t k = 0; k < n; k++) {
		if (k == KEY_RESULT || k == KEY_ENCRYPTION)
			continue;
		c->slot[k] = (struct keeper_teep){c, k};
		c->teep[k] = (struct signer){0, {0}, &c->slot[k], sign_teep};
		TRY(public_get(c, k, crypto, c->teep[k].kid));
		c->teep[k].alg = cose_key_alg(&c->pub[k]);
	}
	TRY(public_get(c, KEY_RESULT, crypto, c->result.kid));
	return public_get(c, KEY_ENCRYPTION, crypto, c->agree.kid);
}

void
keeper_client_close(struct keeper_client *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c->room.p);
	*c = (struct keeper_client){.fd = -1};
}
