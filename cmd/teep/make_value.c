/*
 * make_value: octets, digests, identifiers and keys of a recipe.
 */
#include "make.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file's name, counted from the recipe's folder. */
static const char *
path_of(struct make *m, struct spot at)
{
	const char *name = make_word(m, at);
	const char *slash = strrchr(m->file, '/');
	size_t folder =
	    slash == NULL || name[0] == '/' ? 0 : (size_t)(slash + 1 - m->file);
	struct span room = build_room(&m->b, folder + strlen(name) + 1);

	if (m->pretend != NULL)
		make_bad(m, at, "no file is opened here");
	if (room.p == NULL || !make_good(m))
		return "";
	memcpy(room.p, m->file, folder);
	memcpy(room.p + folder, name, strlen(name) + 1);
	return (const char *)room.p;
}

static struct bytes
file_octets(struct make *m, struct spot at, size_t max)
{
	const char *path = path_of(m, at);
	struct bytes file, copy;
	char safe[200];
	enum err e;

	if (!make_good(m))
		return BYTES_NONE;
	e = read_file(path, max, &file);
	if (e != OK) {
		make_bad(m, at, "%s: %s",
		    safe_text(safe, sizeof(safe), bytes_of_text(path)),
		    e == ERR_SYSTEM ? strerror(errno) : err_text(e));
		return BYTES_NONE;
	}
	copy = build_copy(&m->b, file);
	release_bytes(&file);
	return copy;
}

/* Base64 of either alphabet, with or without padding. */
static struct bytes
base64(struct make *m, struct spot at)
{
	const char *text = make_word(m, at);
	size_t n = strcspn(text, "=");
	struct span url = build_room(&m->b, n + 1);
	struct span room = build_room(&m->b, n + 1);
	struct bytes out = BYTES_NONE;

	if (room.p == NULL || url.p == NULL || !make_good(m))
		return BYTES_NONE;
	for (size_t i = 0; i < n; i++)
		url.p[i] = (uint8_t)(text[i] == '+'   ? '-'
				     : text[i] == '/' ? '_'
						      : text[i]);
	url.p[n] = 0;
	if (strspn(text + n, "=") != strlen(text + n) ||
	    base64url_read((const char *)url.p, room, &out) != OK)
		make_bad(m, at, "not base64");
	return out;
}

static struct bytes
hex(struct make *m, struct spot at)
{
	const char *text = make_word(m, at);
	struct span room = build_room(&m->b, strlen(text) / 2 + 1);
	struct bytes out = BYTES_NONE;

	if (room.p != NULL && make_good(m) && hex_read(text, room, &out) != OK)
		make_bad(m, at,
		    "hex text of octets is wanted; or {text: ...},"
		    " {base64: ...}, {file: ...}, {random: ...}");
	return out;
}

struct bytes
make_octets(struct make *m, struct spot at, size_t max)
{
	static const char *const names[] = {
	    "hex", "base64", "text", "file", "random", NULL};
	struct bytes out = BYTES_NONE;
	struct spot in = {NULL, NULL};
	size_t which = 0;

	if (make_is_map(at)) {
		make_fields(m, at, names);
		while (which < 5 && in.node == NULL)
			in = make_may(m, at, names[which++]);
		if (in.node == NULL ||
		    at.node->data.mapping.pairs.top -
			    at.node->data.mapping.pairs.start !=
			1) {
			make_bad(m, at,
			    "one of hex, base64, text, file, "
			    "random is wanted");
			return out;
		}
	} else {
		in = at;
		which = 1;
	}
	switch (which) {
	case 1:
		out = hex(m, in);
		break;
	case 2:
		out = base64(m, in);
		break;
	case 3:
		out = bytes_of_text(make_word(m, in));
		break;
	case 4:
		out = file_octets(m, in, max);
		break;
	default:
		out = build_random(
		    &m->b, (size_t)make_uint(m, in, max < 4096 ? max : 4096));
		break;
	}
	if (make_good(m) && out.n > max)
		make_bad(m, at, "%zu octets at most are wanted", max);
	return make_good(m) ? out : BYTES_NONE;
}

void
make_digest(struct make *m, struct spot at, uint8_t out[DIGEST_LEN])
{
	struct bytes b = make_octets(m, at, INPUT_MAX);
	bool given = make_is_scalar(at) ||
		     make_may(m, at, "hex").node != NULL ||
		     make_may(m, at, "random").node != NULL;

	memset(out, 0, DIGEST_LEN);
	if (!make_good(m))
		return;
	if (given && b.n != DIGEST_LEN)
		make_bad(m, at,
		    "the %d octets of a SHA-256 are wanted, or "
		    "{file: ...}, {text: ...} to take it of",
		    DIGEST_LEN);
	else if (given)
		memcpy(out, b.p, DIGEST_LEN);
	else
		build_fail(&m->b, m->b.crypto->sha256(&b, 1, out));
}

struct bytes
make_id(struct make *m, struct spot at)
{
	struct span room = build_room(&m->b, SUIT_ID_MAX);
	struct bytes id = BYTES_NONE;
	const char *text = make_word(m, at);

	if (make_good(m) && suit_id_from_text(text, room, &id) != OK)
		make_bad(
		    m, at, "a component identifier such as ta/hello is wanted");
	return id;
}

/* ---- keys
 * ------------------------------------------------------------------------ */

/* Make the key that {file, new, public} describes, unless it is there. */
static void
key_make(struct make *m, struct spot at, const char *path)
{
	const char *alg = make_word(m, make_need(m, at, "new"));
	struct spot public = make_may(m, at, "public");
	uint8_t room[OPENSSL_PEM_MAX];
	struct cose_key pub;
	struct bytes pem;
	struct stat st;
	enum err e = OK;
	int32_t crv = strcmp(alg, "ed25519") == 0 ? CRV_ED25519 : CRV_P256;

	if (!make_good(m))
		return;
	if (crv == CRV_P256 && strcmp(alg, "esp256") != 0 &&
	    strcmp(alg, "p256-ecdh") != 0) {
		make_bad(m, make_may(m, at, "new"),
		    "esp256, ed25519 or p256-ecdh is wanted");
		return;
	}
	if (stat(path, &st) == 0)
		return;
	e = openssl_key_generate(crv, SPAN_OF(room), &pem, &pub);
	if (e == OK)
		e = write_file_atomic(path, pem, WRITE_SECRET);
	wipe(room, sizeof(room));
	if (e == OK && public.node != NULL) {
		path = path_of(m, public);
		e = openssl_public_write(&pub, SPAN_OF(room), &pem);
		if (e == OK && make_good(m))
			e = write_file_atomic(path, pem, WRITE_PUBLIC);
	}
	if (e != OK)
		make_bad(m, at, "the key cannot be made: %s", err_text(e));
}

/* The file that a key stands in, with its place. */
static struct bytes
key_octets(struct make *m, struct spot at, struct spot *file)
{
	static const char *const names[] = {"file", "new", "public", NULL};

	*file = at;
	if (make_is_map(at)) {
		make_fields(m, at, names);
		*file = make_need(m, at, "file");
		if (make_good(m) && make_may(m, at, "new").node != NULL) {
			const char *path = path_of(m, *file);

			if (make_good(m))
				key_make(m, at, path);
		}
	}
	return file_octets(m, *file, KEY_FILE_MAX);
}

void
make_public(
    struct make *m, struct spot at, struct cose_key *key, uint8_t kid[KID_LEN])
{
	struct spot file = at;
	struct key_file k = {0};
	struct bytes b = BYTES_NONE;

	if (m->pretend == NULL)
		b = key_octets(m, at, &file);
	if (m->pretend == NULL && make_good(m) && key_file_read(b, &k) != OK)
		make_bad(m, file,
		    "no key in it; wanted is PEM, a certificate or a COSE_Key");
	if (key != NULL)
		*key = k.key;
	memcpy(kid, k.kid, KID_LEN);
}

const struct signer *
make_signer(struct make *m, struct spot at)
{
	struct signer *s = &m->signer[m->n_signers];
	struct spot file;
	struct bytes b;
	enum err e;

	if (m->pretend != NULL)
		return m->pretend;
	b = key_octets(m, at, &file);
	if (!make_good(m))
		return NULL;
	if (m->n_signers == MAKE_KEYS_MAX) {
		make_bad(m, at, "more keys than are taken");
		return NULL;
	}
	e = openssl_signer_load(b, s);
	wipe((void *)(uintptr_t)b.p, b.n);
	if (e != OK) {
		make_bad(m, file,
		    "no private key in it; wanted is PEM, P-256 or Ed25519");
		return NULL;
	}
	m->n_signers++;
	return s;
}

size_t
make_signers(
    struct make *m, struct spot at, const struct signer *by[COSE_SIGNERS_MAX])
{
	size_t n = 1;

	if (!make_is_list(at)) {
		by[0] = make_signer(m, at);
	} else {
		n = make_list(m, at, 1, COSE_SIGNERS_MAX);
		for (size_t i = 0; i < n; i++)
			by[i] = make_signer(m, make_item(m, at, i));
	}
	return make_good(m) ? n : 0;
}

struct build_seal
make_seal(
    struct make *m, struct spot at, const char *context, struct cose_key *to)
{
	static const char *const names[] = {"to", "alg", NULL};
	struct build_seal s = {.context = context, .alg = ALG_A128GCM};
	static const struct {
		const char *name;
		int32_t alg;
	} algs[] = {
	    {"A128GCM", ALG_A128GCM},
	    {"ChaCha20/Poly1305", ALG_CHACHA20_POLY1305},
	    {"A128CTR", ALG_A128CTR},
	};
	uint8_t kid[KID_LEN];
	struct spot alg;
	bool found = true;

	if (at.node == NULL)
		return s;
	make_fields(m, at, names);
	make_public(m, make_need(m, at, "to"), to, kid);
	alg = make_may(m, at, "alg");
	if (alg.node != NULL) {
		const char *name = make_word(m, alg);

		found = false;
		for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
			if (strcmp(algs[i].name, name) != 0)
				continue;
			s.alg = algs[i].alg;
			found = true;
		}
	}
	if (!found)
		make_bad(
		    m, alg, "A128GCM, ChaCha20/Poly1305 or A128CTR is wanted");
	s.to = to;
	return s;
}
