/*
 * sealing: encrypt a payload in pieces, for one or many.    [SUIT FE 6]
 *
 * Not for a device: what it encrypts it has in memory.
 */
#include "cose_int.h"

enum err
cose_seal_begin(struct cose_sealing *s, const struct crypto *c, int32_t alg)
{
	uint8_t room[AAD_MAX];
	struct bytes aad;
	enum err e = sealing_keys(s, c, alg, true);

	if (e == OK)
		e = sealing_aad(s, SPAN_OF(room), &aad);
	if (e == OK)
		e = c->cipher_begin(&s->cipher, true, alg,
		    (struct bytes){s->cek, s->key},
		    (struct bytes){s->iv, s->iv_n}, aad);
	s->running = e == OK;
	if (e != OK)
		wipe(s, sizeof(*s));
	return e;
}

enum err
cose_seal_more(struct cose_sealing *s, struct bytes in, struct span out)
{
	return s->running ? s->crypto->cipher_more(&s->cipher, in, out)
			  : ERR_BUG;
}

enum err
cose_seal_end(
    struct cose_sealing *s, uint8_t room[CIPHER_TAG], struct bytes *tag)
{
	enum err e;

	*tag = BYTES_NONE;
	if (!s->running)
		return ERR_BUG;
	s->running = false;
	e = s->crypto->cipher_end(&s->cipher, (struct span){room, s->tag});
	if (e == OK)
		*tag = (struct bytes){room, s->tag};
	return e;
}

void
cose_seal_wipe(struct cose_sealing *s)
{
	if (s->running)
		(void)s->crypto->cipher_end(&s->cipher, (struct span){NULL, 0});
	wipe(s, sizeof(*s));
}
