/*
 * keeper: holds the Result key and does nothing else.
 *
 * Gives up, once the key is read: the file system, the network, new
 * processes, its user if one is configured.
 */
#include "verifierd.h"

#include <crypto_openssl.h>
#include <string.h>
#include <time.h>

struct keeper {
	struct signer signer;
	struct cose_key pub;
	uint64_t life;
	uint8_t room[512];
};

static enum err
load(const struct settings *s, struct keeper *k)
{
	char path[PATH_MAX];
	struct bytes pem;
	enum err e;

	settings_path(s, FILE_KEY, path);
	e = read_file(path, KEY_FILE_MAX, &pem);
	if (e == OK)
		e = openssl_private_public(pem, &k->pub);
	if (e == OK && k->pub.crv != CRV_P256)
		e = ERR_COSE_KEY;
	if (e == OK)
		e = openssl_signer_load(pem, &k->signer);
	release_bytes(&pem);
	if (e != OK)
		log_event(LEVEL_ERROR, "key", LOG_S("file", path),
		    LOG_ERR("reason", e));
	return e;
}

static enum err
sign(struct keeper *k, struct bytes in, struct cbor_out *out)
{
	uint8_t sig[SIG_LEN];

	TRY(k->signer.sign(k->signer.ctx, &in, 1, sig));
	cbor_put_bstr(out, BYTES_OF(sig));
	return OK;
}

static enum err
dispatch(struct keeper *k, uint64_t op, struct bytes in, struct cbor_out *out,
    struct why *why)
{
	uint64_t now = (uint64_t)time(NULL);
	uint8_t room[128];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes key;

	switch (op) {
	case KEEPER_PUBLIC:
		cose_key_write(&w, &k->pub);
		TRY(cbor_done(&w, &key));
		cbor_put_bstr(out, key);
		return OK;
	case KEEPER_COSE:
		TRY(keeper_check_cose(in, now, k->life, why));
		return sign(k, in, out);
	case KEEPER_JWS:
		TRY(keeper_check_jws(in, k->signer.kid, now, k->life, why));
		return sign(k, in, out);
	default:
		return why_set(why, ERR_KEY_PURPOSE, "op");
	}
}

static struct bytes
answer(void *ctx, struct bytes question)
{
	struct keeper *k = ctx;
	struct cbor_in r = cbor_open(question);
	struct cbor_out w = cbor_into(SPAN_OF(k->room));
	struct bytes in, out = BYTES_NONE;
	struct why why = {0};
	uint64_t op;
	enum err e;

	cbor_array(&r, 2);
	op = cbor_uint(&r, 0, UINT32_MAX);
	in = cbor_bstr(&r, 0, LEN_ANY);
	cbor_put_array(&w, 2);
	cbor_put_uint(&w, OK);
	e = cbor_close(&r);
	if (e == OK)
		e = dispatch(k, op, in, &w, &why);
	if (e == OK)
		e = cbor_done(&w, &out);
	if (e == OK)
		return out;
	log_event(LEVEL_ERROR, "keeper-refused", LOG_N("op", op),
	    LOG_ERR("reason", e),
	    LOG_S("what", why.what != NULL ? why.what : ""));
	w = cbor_into(SPAN_OF(k->room));
	cbor_put_array(&w, 2);
	cbor_put_uint(&w, (uint64_t)e);
	cbor_put_bstr(&w, BYTES_NONE);
	return cbor_done(&w, &out) == OK ? out : BYTES_NONE;
}

int
keeper_run(const struct settings *s, int fd)
{
	static struct keeper k;
	enum err e = crypto_openssl() == NULL ? ERR_RANDOM : OK;
	/* before the right to make one is gone */
	int status = EXIT_REFUSED, stop = stop_fd();

	k.life = s->result_life;
	if (e == OK)
		e = load(s, &k);
	if (e == OK)
		e = confine_keeper(s);
	if (e == OK)
		status = worker_serve("keeper", fd, stop, answer, &k);
	openssl_signer_free(&k.signer);
	return status;
}
