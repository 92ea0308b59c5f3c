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
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 32);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		int64_t alg = 0;

		if (!make_integer(one, &alg))
			alg = strcmp(make_word(m, one), "esp256") == 0
				  ? ALG_ESP256
			      : strcmp(make_word(m, one), "ed25519") == 0
				  ? ALG_ED25519
				  : 0;
		if (alg == 0)
			make_bad(m, one,
			    "esp256, ed25519 or the number of a COSE "
			    "algorithm is wanted");
		cbor_put_array(&w, 1);
		cbor_put_array(&w, 2);
		cbor_put_uint(&w, TAG_SIGN1);
		cbor_put_int(&w, alg);
	}
	return list_done(m, &w, n);
}

/* Four algorithm numbers, or the name that TEEP gives them.      [TEEP 8.2] */
struct list
make_profiles(struct make *m, struct spot at)
{
	static const struct {
		const char *name;
		int32_t alg[4];
	} named[] = {
	    {"esp256-a128ctr", {-16, -9, -29, -65534}},
	    {"ed25519-a128ctr", {-16, -19, -29, -65534}},
	    {"esp256-a128gcm", {-16, -9, -29, 1}},
	    {"ed25519-chacha-poly", {-16, -19, -29, 24}},
	};
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 64);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		int64_t alg[4] = {0};
		size_t k = 0;

		if (make_is_list(one)) {
			(void)make_list(m, one, 4, 4);
			for (k = 0; k < 4 && make_good(m); k++)
				if (!make_integer(
					make_item(m, one, k), &alg[k]))
					make_bad(m, one, "a number is wanted");
		} else {
			const char *name = make_word(m, one);

			while (k < ARRAY_LEN(named) &&
			       strcmp(named[k].name, name) != 0)
				k++;
			if (k == ARRAY_LEN(named))
				make_bad(m, one,
				    "one of esp256-a128ctr, ed25519-a128ctr, "
				    "esp256-a128gcm, ed25519-chacha-poly, or "
				    "four numbers are wanted");
			for (size_t a = 0; a < 4 && make_good(m); a++)
				alg[a] = named[k].alg[a];
		}
		cbor_put_array(&w, 4);
		for (size_t a = 0; a < 4; a++)
			cbor_put_int(&w, alg[a]);
	}
	return list_done(m, &w, n);
}

struct list
make_numbers(struct make *m, struct spot at)
{
	size_t n = make_list(m, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 9);

	for (size_t i = 0; i < n; i++)
		cbor_put_uint(
		    &w, make_uint(m, make_item(m, at, i), UINT32_MAX));
	return list_done(m, &w, n);
}

struct list
make_mechanisms(struct make *m, struct spot at)
{
	size_t n = make_list(m, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, 9);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		const char *name = make_word(m, one);

		cbor_put_uint(&w, strcmp(name, "nonce") == 0 ? TEEP_FRESH_NONCE
				  : strcmp(name, "timestamp") == 0
				      ? TEEP_FRESH_TIMESTAMP
				      : make_uint(m, one, UINT32_MAX));
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

	if (!make_is_list(at))
		return make_uint(m, at, UINT32_MAX);
	n = make_list(m, at, 0, MAKE_LIST_MAX);
	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		const char *name = make_word(m, one);
		size_t k = 0;

		while (k < ARRAY_LEN(names) && strcmp(names[k].name, name) != 0)
			k++;
		if (k == ARRAY_LEN(names))
			make_bad(m, one,
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
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX);

	for (size_t i = 0; i < n; i++)
		cbor_put_raw(&w, make_id(m, make_item(m, at, i)));
	return list_done(m, &w, n);
}

/* {component, image-digest, image-size}: system-property-claims. */
struct list
make_tc_list(struct make *m, struct spot at)
{
	static const char *const names[] = {
	    "component", "image-digest", "image-size", NULL};
	size_t n = make_list(m, at, 0, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX + 128);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		uint8_t digest[DIGEST_LEN];

		make_fields(m, one, names);
		make_digest(m, make_need(m, one, "image-digest"), digest);
		suit_claims_put(&w, make_id(m, make_need(m, one, "component")),
		    digest,
		    make_uint(m, make_need(m, one, "image-size"), UINT32_MAX));
	}
	return list_done(m, &w, n);
}

struct list
make_requested(struct make *m, struct spot at)
{
	static const char *const names[] = {
	    "component", "sequence", "have-binary", NULL};
	size_t n = make_list(m, at, 1, MAKE_LIST_MAX);
	struct cbor_out w = list_room(m, n, SUIT_ID_MAX + 64);

	for (size_t i = 0; i < n && make_good(m); i++) {
		struct spot one = make_item(m, at, i);
		struct spot sequence = make_may(m, one, "sequence");
		struct spot binary = make_may(m, one, "have-binary");
		struct teep_requested r = {0};

		make_fields(m, one, names);
		r.component = make_id(m, make_need(m, one, "component"));
		if (sequence.node != NULL) {
			r.has |= TEEP_REQUESTED_SEQUENCE;
			r.sequence = make_uint(m, sequence, UINT32_MAX);
		}
		if (binary.node != NULL) {
			r.has |= TEEP_REQUESTED_HAVE_BINARY;
			r.have_binary = make_flag(m, binary);
		}
		teep_requested_write(&w, NULL, &r);
	}
	return list_done(m, &w, n);
}
