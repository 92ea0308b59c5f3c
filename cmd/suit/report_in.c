/*
 * report_in: a SUIT Report in whatever protects it.
 */
#include "report_in.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>

void
report_key_or_die(struct report_keys *k, const char *path)
{
	struct bytes in;
	enum err e = read_file(path, KEY_FILE_MAX, &in);

	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
	if (in.n == 16 || in.n == 24 || in.n == 32) {
		memcpy(k->key, in.p, in.n);
		k->n_key = in.n;
		release_bytes(&in);
		return;
	}
	release_bytes(&in);
	openssl_agreer_free(&k->agree);
	e = load_agreer(path, &k->agree);
	if (e != OK) {
		print_key_err(PROG, path, true, e);
		exit(EXIT_REFUSED);
	}
}

static enum err
verified(
    struct report_keys *k, struct bytes *in, struct span room, struct why *why)
{
	struct keyring ring = key_ring_view(&k->trust.ring);
	struct verified v;

	TRY(cose_is_mac0(*in) ? cose_mac0_verify(crypto_or_die(PROG), &ring,
				    *in, room, &v, why)
			      : cose_verify(crypto_or_die(PROG), &ring,
				    ACCEPT_SIGN1, *in, &v, why));
	*in = v.payload;
	return OK;
}

static enum err
decrypted(
    struct report_keys *k, struct bytes *in, struct span room, struct why *why)
{
	const struct crypto *c = crypto_or_die(PROG);
	bool shared = cose_is_encrypt0(*in);

	if (!shared && !cose_is_encrypt(*in))
		return OK;
	if (shared ? k->n_key == 0 : k->agree.agree == NULL)
		return why_set(why, ERR_UNDECRYPTABLE,
		    "encrypted report, and no --decrypt key for it");
	return shared ? cose_encrypt0_open(c, (struct bytes){k->key, k->n_key},
			    *in, room, in, why)
		      : cose_decrypt(
			    c, &k->agree, COSE_CTX_REPORT, *in, room, in, why);
}

enum err
report_open(struct report_keys *k, struct bytes in, struct bytes *out_room,
    struct suit_report *out, struct why *why)
{
	struct span room = {NULL, in.n + COSE_MAC0_ROOM};

	*out_room = BYTES_NONE;
	room.p = malloc(room.n);
	if (room.p == NULL)
		return why_set(why, ERR_MEMORY, "report");
	*out_room = (struct bytes){room.p, room.n};
	if (k->trust.ring.n > 0)
		TRY(verified(k, &in, room, why));
	TRY(decrypted(k, &in, room, why));
	return suit_report_read(in, out, why);
}

void
report_keys_free(struct report_keys *k)
{
	openssl_agreer_free(&k->agree);
	trust_free(&k->trust);
	wipe(k, sizeof(*k));
}
