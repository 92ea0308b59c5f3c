/*
 * make_value: keys of a recipe, and recipes as a whole.
 */
#include "make.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- keys
 * ------------------------------------------------------------------------ */

/* Make the key that {file, new, public} describes, unless it is there. */
static void
key_make(struct make *m, struct spot at, const char *path)
{
	const char *alg = doc_word(&m->doc, doc_need(&m->doc, at, "new"));
	struct spot public = doc_may(&m->doc, at, "public");
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
		doc_bad(&m->doc, doc_may(&m->doc, at, "new"),
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
		path = doc_path(&m->doc, public);
		e = openssl_public_write(&pub, SPAN_OF(room), &pem);
		if (e == OK && make_good(m))
			e = write_file_atomic(path, pem, WRITE_PUBLIC);
	}
	if (e != OK)
		doc_bad(&m->doc, at, "the key cannot be made: %s", err_text(e));
}

/* The file that a key stands in, with its place. */
static struct bytes
key_octets(struct make *m, struct spot at, struct spot *file)
{
	static const char *const names[] = {"file", "new", "public", NULL};

	*file = at;
	if (doc_is_map(at)) {
		doc_fields(&m->doc, at, names);
		*file = doc_need(&m->doc, at, "file");
		if (make_good(m) && doc_may(&m->doc, at, "new").node != NULL) {
			const char *path = doc_path(&m->doc, *file);

			if (make_good(m))
				key_make(m, at, path);
		}
	}
	return doc_file(&m->doc, *file, KEY_FILE_MAX);
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
		doc_bad(&m->doc, file,
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
		doc_bad(&m->doc, at, "more keys than are taken");
		return NULL;
	}
	e = openssl_signer_load(b, s);
	wipe((void *)(uintptr_t)b.p, b.n);
	if (e != OK) {
		doc_bad(&m->doc, file,
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

	if (!doc_is_list(at)) {
		by[0] = make_signer(m, at);
	} else {
		n = doc_list(&m->doc, at, 1, COSE_SIGNERS_MAX);
		for (size_t i = 0; i < n; i++)
			by[i] = make_signer(m, doc_item(&m->doc, at, i));
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
	doc_fields(&m->doc, at, names);
	make_public(m, doc_need(&m->doc, at, "to"), to, kid);
	alg = doc_may(&m->doc, at, "alg");
	if (alg.node != NULL) {
		const char *name = doc_word(&m->doc, alg);

		found = false;
		for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
			if (strcmp(algs[i].name, name) != 0)
				continue;
			s.alg = algs[i].alg;
			found = true;
		}
	}
	if (!found)
		doc_bad(&m->doc, alg,
		    "A128GCM, ChaCha20/Poly1305 or A128CTR is wanted");
	s.to = to;
	return s;
}

/* ---- the whole
 * ------------------------------------------------------------------------- */

bool
make_load(struct make *m, const char *file, struct bytes text)
{
	m->doc.crypto = m->b.crypto;
	m->doc.closed = m->pretend != NULL;
	return doc_load(&m->doc, file, text);
}

void
make_free(struct make *m)
{
	for (size_t i = 0; i < m->n_signers; i++)
		openssl_signer_free(&m->signer[i]);
	doc_free(&m->doc);
	build_free(&m->b);
	m->n_signers = 0;
}
