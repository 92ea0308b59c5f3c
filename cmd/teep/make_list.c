/*
 * make_list: lists of a message from recipes.                     [TEEP 4, 8]
 */
#include "make.h"

#include <string.h>

/* Room that a list is written into, before its items are known. */
static struct cbor_out
list_room(struct make *m, size_t n, size_t each)
{
	return cbor_into(build_room(&m->b, n * each + 16));
}

static struct list
list_done(struct make *m, struct cbor_out *w, size_t n)
{
	return (struct list){build_done(&m->b, w), n};
}

/* [[18, alg]]: "esp256", "ed25519", or the number of any algorithm. */
struct list
make_suites(struct make *m, struct spot at)
{
	size_t n = doc_list(&m->doc, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 32);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = doc_item(&m->doc, at, i);
		int64_t alg = 0;

		if (!doc_integer(one, &alg))
			alg = strcmp(doc_word(&m->doc, one), "esp256") == 0
				  ? dialect_alg(m->b.dialect, ALG_ESP256)
			      : strcmp(doc_word(&m->doc, one), "ed25519") == 0
				  ? dialect_alg(m->b.dialect, ALG_ED25519)
				  : 0;
		if (alg == 0)
			doc_bad(&m->doc, one,
			    "esp256, ed25519 or the number of a COSE "
			    "algorithm is wanted");
		cbor_put_array(&w, 1);
		cbor_put_array(&w, 2);
		cbor_put_uint(&w, TAG_SIGN1);
		cbor_put_int(&w, alg);
	}
	return list_done(m, &w, n);
}

/* The numbers of a profile by the name that TEEP gives it.         [TEEP 8.2]
 */
static bool
profile_named(const struct dialect *d, const char *name, int64_t alg[4])
{
	static const struct {
		const char *name;
		int32_t
		    alg[4]; /* digest, signature, key exchange, encryption */
	} named[] = {
	    {"esp256-a128ctr", {-16, ALG_ESP256, -29, -65534}},
	    {"ed25519-a128ctr", {-16, ALG_ED25519, -29, -65534}},
	    {"esp256-a128gcm", {-16, ALG_ESP256, -29, 1}},
	    {"ed25519-chacha-poly", {-16, ALG_ED25519, -29, 24}},
	};
	bool two = d != NULL && d->profiles == DIALECT_TWO;

	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		if (strcmp(named[i].name, name) != 0)
			continue;
		for (size_t k = 0; k < 4; k++)
			alg[k] = named[i].alg[k];
		alg[1] = dialect_alg(d, named[i].alg[1]);
		if (two) {
			alg[0] = alg[1];
			alg[1] = alg[3];
		}
		return true;
	}
	return false;
}

/* Algorithm numbers, four or, in dialects of two, two; or a name. */
struct list
make_profiles(struct make *m, struct spot at)
{
	const struct dialect *d = m->b.dialect;
	size_t each = d != NULL && d->profiles == DIALECT_TWO ? 2 : 4;
	size_t n = doc_list(&m->doc, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 64);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = doc_item(&m->doc, at, i);
		int64_t alg[4] = {0};

		if (doc_is_list(one)) {
			(void)doc_list(&m->doc, one, each, each);
			for (size_t k = 0; k < each && make_good(m); k++)
				if (!doc_integer(
					doc_item(&m->doc, one, k), &alg[k]))
					doc_bad(
					    &m->doc, one, "a number is wanted");
		} else if (!profile_named(d, doc_word(&m->doc, one), alg)) {
			doc_bad(&m->doc, one,
			    "one of esp256-a128ctr, ed25519-a128ctr, "
			    "esp256-a128gcm, ed25519-chacha-poly, or %s "
			    "numbers are wanted",
			    each == 2 ? "two" : "four");
		}
		cbor_put_array(&w, each);
		for (size_t a = 0; a < each; a++)
			cbor_put_int(&w, alg[a]);
	}
	return list_done(m, &w, n);
}

struct list
make_numbers(struct make *m, struct spot at)
{
	size_t n = doc_list(&m->doc, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 9);

	for (size_t i = 0; i < n; i++)
		cbor_put_uint(&w,
		    doc_uint(&m->doc, doc_item(&m->doc, at, i), UINT32_MAX));
	return list_done(m, &w, n);
}

struct list
make_mechanisms(struct make *m, struct spot at)
{
	size_t n = doc_list(&m->doc, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 9);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = doc_item(&m->doc, at, i);
		const char *name = doc_word(&m->doc, one);

		cbor_put_uint(&w, strcmp(name, "nonce") == 0 ? TEEP_FRESH_NONCE
				  : strcmp(name, "timestamp") == 0
				      ? TEEP_FRESH_TIMESTAMP
				      : doc_uint(&m->doc, one, UINT32_MAX));
	}
	return list_done(m, &w, n);
}

uint64_t
make_items(struct make *m, struct spot at)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} names[] = {
	    {"attestation", TEEP_ITEM_ATTESTATION},
	    {"trusted-components", TEEP_ITEM_COMPONENTS},
	    {"extensions", TEEP_ITEM_EXTENSIONS},
	    {"suit-reports", TEEP_ITEM_REPORTS},
	};
	uint64_t bits = 0;
	size_t n;

	if (!doc_is_list(at))
		return doc_uint(&m->doc, at, UINT32_MAX);
	n = doc_list(&m->doc, at, 0, MAKE_LIST_MAX);
	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = doc_item(&m->doc, at, i);
		const char *name = doc_word(&m->doc, one);
		size_t k = 0;

		while (k < ARRAY_LEN(names) && strcmp(names[k].name, name) != 0)
			k++;
		if (k == ARRAY_LEN(names))
			doc_bad(&m->doc, one,
			    "attestation, trusted-components, extensions or "
			    "suit-reports is wanted");
		else
			bits |= names[k].bit;
	}
	return bits;
}

struct list
make_ids(struct make *m, struct spot at)
{
	size_t n = doc_list(&m->doc, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX);

	for (size_t i = 0; i < n; i++)
		cbor_put_raw(&w, doc_id(&m->doc, doc_item(&m->doc, at, i)));
	return list_done(m, &w, n);
}

/* {component, image-digest, image-size}: system-property-claims. */
struct list
make_tc_list(struct make *m, struct spot at)
{
	static const char *const names[] = {
	    "component", "image-digest", "image-size", NULL};
	size_t n = doc_list(&m->doc, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX + 128);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = doc_item(&m->doc, at, i);
		uint8_t digest[DIGEST_LEN];

		doc_fields(&m->doc, one, names);
		doc_digest(
		    &m->doc, doc_need(&m->doc, one, "image-digest"), digest);
		suit_claims_put(&w,
		    doc_id(&m->doc, doc_need(&m->doc, one, "component")),
		    digest,
		    doc_uint(&m->doc, doc_need(&m->doc, one, "image-size"),
			UINT32_MAX));
	}
	return list_done(m, &w, n);
}

struct list
make_requested(struct make *m, struct spot at)
{
	static const char *const names[] = {
	    "component", "sequence", "have-binary", NULL};
	size_t n = doc_list(&m->doc, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX + 64);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = doc_item(&m->doc, at, i);
		struct spot sequence = doc_may(&m->doc, one, "sequence");
		struct spot binary = doc_may(&m->doc, one, "have-binary");
		struct teep_requested r = {0};

		doc_fields(&m->doc, one, names);
		r.component =
		    doc_id(&m->doc, doc_need(&m->doc, one, "component"));
		if (sequence.node != NULL) {
			r.has |= TEEP_REQUESTED_SEQUENCE;
			r.sequence = doc_uint(&m->doc, sequence, UINT32_MAX);
		}
		if (binary.node != NULL) {
			r.has |= TEEP_REQUESTED_HAVE_BINARY;
			r.have_binary = doc_flag(&m->doc, binary);
		}
		teep_requested_write(&w, m->b.dialect, &r);
	}
	return list_done(m, &w, n);
}
