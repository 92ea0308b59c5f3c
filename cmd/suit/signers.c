/*
 * signers: authentication blocks by whoever signs.       [SUIT 2.1, RFC 9360]
 */
#include "signers.h"
#include "trust.h"

#include <errno.h>
#include <item.h>
#include <pkcs11_signer.h>
#include <stdlib.h>
#include <string.h>

#define HDR_X5CHAIN  33
#define HDR_RECEIPTS 394 /* RFC 9942 */

/* ---- who ---------------------------------------------------------------- */

static struct by *
one_more(struct signing *g, const char *name)
{
	struct by *by = &g->by[g->n];

	if (g->n == SUIT_SIGNERS_MAX)
		die(PROG, EXIT_USAGE, "%d signatures at most",
		    SUIT_SIGNERS_MAX);
	g->n++;
	*by = (struct by){.name = name};
	return by;
}

static void
public_of(struct by *by, const char *path)
{
	enum err e = load_public_key(path, &by->pub, by->signer.kid);

	if (e != OK) {
		print_key_err(PROG, path, false, e);
		exit(EXIT_REFUSED);
	}
	key_signs_or_die(&by->pub, path);
	by->signer.alg = cose_key_alg(&by->pub);
	by->signer.ctx = by;
}

void
by_key(struct signing *g, const char *path)
{
	struct by *by = one_more(g, path);
	struct bytes pem;
	enum err e = load_signer(path, &by->signer);

	if (e == OK)
		e = read_file(path, KEY_FILE_MAX, &pem);
	if (e == OK) {
		e = openssl_private_public(pem, &by->pub);
		release_bytes(&pem);
	}
	if (e != OK) {
		print_key_err(PROG, path, true, e);
		exit(EXIT_REFUSED);
	}
	by->owned = true;
}

void
by_token(struct signing *g, const char *uri)
{
	struct by *by = one_more(g, uri);
	const char *said;
	enum err e = pkcs11_open(
	    crypto_or_die(PROG), uri, &by->token, &by->signer, &by->pub, &said);

	if (e != OK)
		die(PROG, e == ERR_SYNTAX ? EXIT_USAGE : EXIT_REFUSED,
		    "%s: %s%s%s", uri, err_name(e), said != NULL ? ": " : "",
		    said != NULL ? said : "");
}

void
by_mac(struct signing *g, const char *path, const char *kid)
{
	struct by *by = one_more(g, path);

	mac_key_or_die(path, &by->pub);
	by->is_mac = true;
	by->kid = bytes_of_text(kid);
}

/* All of the Sig_structure. */
static enum err
joined(const struct bytes *part, size_t n, uint8_t room[TO_SIGN_MAX],
    struct bytes *out)
{
	*out = (struct bytes){room, 0};
	for (size_t i = 0; i < n; i++) {
		if (part[i].n > TO_SIGN_MAX - out->n)
			return ERR_TOO_LONG;
		if (part[i].n > 0)
			memcpy(room + out->n, part[i].p, part[i].n);
		out->n += part[i].n;
	}
	return OK;
}

static enum err
sign_by_command(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	uint8_t room[TO_SIGN_MAX], sum[DIGEST_LEN];
	struct by *by = ctx;
	struct bytes all;

	TRY(joined(part, n, room, &all));
	TRY(crypto_or_die(PROG)->sha256(part, n, sum));
	return command_sign(by->command, by->signer.alg, sum, all, sig);
}

void
by_command(struct signing *g, const char *command, const char *pub)
{
	struct by *by = one_more(g, command);

	public_of(by, pub);
	by->command = command;
	by->signer.sign = sign_by_command;
}

/* Keep what is to be signed; the signature is there, or comes later. */
static enum err
sign_by_somebody(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	struct by *by = ctx;
	struct bytes all;

	TRY(joined(part, n, by->to_sign, &all));
	by->n_to_sign = all.n;
	memset(sig, 0, SIG_LEN);
	return by->signature.p == NULL ? OK
				       : signature_read(by->signature, sig);
}

void
by_somebody(struct signing *g, const char *pub, const char *signature)
{
	struct by *by = one_more(g, pub);

	public_of(by, pub);
	by->signer.sign = sign_by_somebody;
	by->to_sign = malloc(TO_SIGN_MAX);
	if (by->to_sign == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	if (signature != NULL) {
		enum err e = read_file(signature, KEY_FILE_MAX, &by->signature);

		if (e != OK) {
			print_err(PROG, signature, e);
			exit(EXIT_REFUSED);
		}
	}
}

void
signing_free(struct signing *g)
{
	for (size_t i = 0; i < g->n; i++) {
		if (g->by[i].owned)
			openssl_signer_free(&g->by[i].signer);
		pkcs11_close(g->by[i].token);
		free(g->by[i].to_sign);
		release_bytes(&g->by[i].signature);
	}
	free((void *)(uintptr_t)g->chain.p);
	wipe(g, sizeof(*g)); /* keys for MACs stand in it */
}

/* ---- certificates ------------------------------------------------------- */

void
chain_add(struct signing *g, const char *path)
{
	/* beside it are key id and heads */
	const size_t most = COSE_HDR_MAX - KID_LEN - 16;
	uint8_t kid[KID_LEN], *out = malloc(most);
	enum err e = load_public_key(path, &g->leaf, kid);

	if (e != OK) {
		print_key_err(PROG, path, false, e);
		exit(EXIT_REFUSED);
	}
	if (out == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	load_chain_or_die(PROG, path, (struct span){out, most}, &g->chain);
}

void
receipt_add(struct signing *g, const char *path)
{
	struct cbor_out w =
	    cbor_into((struct span){g->receipts + g->receipts_at,
		sizeof(g->receipts) - g->receipts_at});
	struct bytes receipt, item;
	enum err e = read_file(path, COSE_HDR_MAX, &receipt);

	if (e == OK) {
		cbor_put_bstr(&w, receipt);
		e = cbor_done(&w, &item);
		release_bytes(&receipt);
	}
	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
	g->receipts_at += item.n;
	g->n_receipts++;
}

/* Put a header into the unprotected ones of the last block. */
static enum err
header_into(
    struct pool *p, int64_t label, struct bytes header, struct bytes *envelope)
{
	struct item *env, *map, *wrapper, *block, *sign1, *value;
	size_t at;

	TRY(item_read_all(p, *envelope, &env, &at));
	map = env->type == CBOR_TAG ? env->first : env;
	wrapper = item_get(map, 2);
	wrapper = wrapper != NULL ? item_open(p, wrapper) : NULL;
	if (wrapper == NULL)
		return ERR_TYPE;
	block = item_at(wrapper, item_count(wrapper) - 1);
	sign1 = block != NULL ? item_open(p, block) : NULL;
	if (sign1 == NULL || sign1->type != CBOR_TAG ||
	    item_count(sign1->first) != 4)
		return ERR_TYPE;
	TRY(item_read_all(p, header, &value, &at));
	item_set(p, item_at(sign1->first, 1), label, value);
	*envelope = item_bytes(p, env);
	return OK;
}

static enum err
receipts_into(struct signing *g, struct pool *p, struct bytes *envelope)
{
	uint8_t room[COSE_HDR_MAX + 8];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes list;

	cbor_put_array(&w, g->n_receipts);
	cbor_put_raw(&w, (struct bytes){g->receipts, g->receipts_at});
	TRY(cbor_done(&w, &list));
	return header_into(p, HDR_RECEIPTS, list, envelope);
}

/* ---- signing ------------------------------------------------------------ */

/* What comes from elsewhere is believed when it verifies. */
struct checked {
	struct by *by;
};

static enum err
sign_checked(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	struct checked *k = ctx;
	struct by *by = k->by;

	TRY(by->signer.sign(by->signer.ctx, part, n, sig));
	if (by->to_sign != NULL && by->signature.p == NULL)
		return OK; /* there is none yet */
	return crypto_or_die(PROG)->verify(cose_key_alg(&by->pub), &by->pub,
	    part, n, (struct bytes){sig, SIG_LEN});
}

static enum err
sign_one(struct signing *g, struct by *by, struct pool *p, struct bytes in,
    struct bytes *out)
{
	size_t n = in.n + COSE_OVERHEAD;
	struct checked k = {by};
	struct signer s = by->signer;
	struct cbor_out w = cbor_into((struct span){pool_get(p, n), n});

	if (by->is_mac) {
		TRY(suit_author_mac(
		    &w, crypto_or_die(PROG), in, by->pub.x, by->kid));
		return cbor_done(&w, out);
	}
	s.ctx = &k;
	s.sign = sign_checked;
	if (g->legacy)
		s.alg = s.alg == ALG_ESP256 ? ALG_ES256 : ALG_EDDSA;
	if (g->chain.p != NULL &&
	    (g->leaf.crv != by->pub.crv ||
		memcmp(g->leaf.x, by->pub.x, sizeof(by->pub.x)) != 0 ||
		memcmp(g->leaf.y, by->pub.y, sizeof(by->pub.y)) != 0))
		return ERR_KEY_PURPOSE;
	TRY(suit_author_sign(&w, crypto_or_die(PROG), in, &s));
	TRY(cbor_done(&w, out));
	return g->chain.p != NULL ? header_into(p, HDR_X5CHAIN, g->chain, out)
				  : OK;
}

static enum err sign_all(struct signing *g, size_t level, struct pool *p,
    struct bytes in, struct bytes *out, const struct by **who);

/* The envelope under a text key, signed, in its place. */
static enum err
sign_inside(struct signing *g, size_t level, struct pool *p, struct bytes in,
    struct bytes *out, const struct by **who)
{
	struct item *env, *map, *k;
	struct bytes inner;
	size_t at;

	TRY(item_read_all(p, in, &env, &at));
	map = env->type == CBOR_TAG ? env->first : env;
	for (k = map->first;
	     map->type == CBOR_MAP && k != NULL && k->next != NULL;
	     k = k->next->next) {
		if (k->type != CBOR_TSTR || k->next->type != CBOR_BSTR ||
		    !bytes_same(k->text, bytes_of_text(g->inside[level])))
			continue;
		TRY(sign_all(g, level + 1, p, k->next->text, &inner, who));
		k->next->text = inner;
		*out = item_bytes(p, env);
		return OK;
	}
	return ERR_NOT_FOUND;
}

static enum err
sign_all(struct signing *g, size_t level, struct pool *p, struct bytes in,
    struct bytes *out, const struct by **who)
{
	if (level < g->n_inside)
		return sign_inside(g, level, p, in, out, who);
	*out = in;
	for (size_t i = 0; i < g->n; i++) {
		*who = &g->by[i];
		TRY(sign_one(g, &g->by[i], p, *out, out));
	}
	return g->n_receipts > 0 ? receipts_into(g, p, out) : OK;
}

bool
signing_run(
    struct signing *g, struct bytes in, const char *in_name, struct bytes *out)
{
	struct pool p = {NULL, 0};
	const struct by *who = NULL;
	struct bytes b;
	enum err e = sign_all(g, 0, &p, in, &b, &who);
	const char *name = who != NULL ? who->name : in_name;

	*out = BYTES_NONE;
	if (e == OK) {
		uint8_t *copy = malloc(b.n + 1);

		if (copy == NULL)
			die(PROG, EXIT_REFUSED, "out of memory");
		memcpy(copy, b.p, b.n);
		*out = (struct bytes){copy, b.n};
	} else if (e == ERR_EXISTS) {
		(void)fprintf(stderr,
		    PROG ": %s: exists: signed by this key "
			 "already; signatures count by keys\n",
		    in_name);
	} else if (e == ERR_SIGNATURE) {
		(void)fprintf(stderr,
		    PROG ": %s: bad-signature: what came back is no signature "
			 "of this key over this manifest\n",
		    name);
	} else if (e == ERR_KEY_PURPOSE) {
		(void)fprintf(stderr,
		    PROG ": %s: the first certificate of --x5chain is another "
			 "key's\n",
		    name);
	} else if (e == ERR_NOT_FOUND && who == NULL) {
		(void)fprintf(stderr,
		    PROG ": %s: there is no envelope under %s\n", in_name,
		    g->inside[g->n_inside - 1]);
	} else {
		refuse_envelope(in_name, in, e);
	}
	pool_free(&p);
	return e == OK;
}
