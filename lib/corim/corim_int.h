/*
 * corim_int: what the files of this room share.
 */
#ifndef TAMARIND_CORIM_INT_H
#define TAMARIND_CORIM_INT_H

#include <tamarind/corim.h>

/* Names of people and organisations, shown and stored. */
#define NAME_MAX 255
#define URI_MAX  2048

/* Where a tagged value may stand. */
enum corim_use {
	USE_CLASS = 1 << 0,
	USE_INSTANCE = 1 << 1,
	USE_GROUP = 1 << 2,
	USE_MKEY = 1 << 3,
	USE_KEY = 1 << 4, /* $crypto-key-type-choice */
	USE_PROFILE = 1 << 5,
	USE_URI = 1 << 6,
};
/* Is it one of the types for that use?  ERR_UNEXPECTED: not one of them. */
MUST_CHECK enum err corim_choice_check(struct bytes in, enum corim_use use);

/* Old writers put a tag around all of it: what it holds. */
struct bytes corim_unwrap(struct bytes in);
/* One whole map by its table. */
MUST_CHECK enum err corim_map_read(
    struct bytes in, const struct cbor_table *t, void *out);
/* The items of the array that comes next, at least min. */
struct list corim_list_take(struct cbor_in *r, size_t min);
/* The items of an encoded array. */
MUST_CHECK enum err corim_list_read(
    struct bytes array, size_t min, struct list *out);
/* Every item passes the check. */
MUST_CHECK enum err corim_each(struct list l, enum err (*check)(struct bytes));
MUST_CHECK enum err corim_key_check(struct bytes in);
/* Text that is shown: not empty, and no longer than NAME_MAX. */
MUST_CHECK enum err corim_text_check(struct bytes in);

/* Text or the 16 octets of a UUID. */
MUST_CHECK enum err corim_id_read(
    struct bytes raw, struct bytes *id, bool *is_text);
MUST_CHECK enum err corim_identity_read(
    struct bytes raw, struct corim_identity *out);
/* Seconds since 1970; from is 0 if absent. */
MUST_CHECK enum err corim_validity_read(
    struct bytes raw, uint64_t *from, uint64_t *to);
/* Is [+ entity-map], with roles of these bits and no second of a role in
 * `once`. */
MUST_CHECK enum err corim_entities_check(
    struct bytes array, unsigned roles, unsigned once);
/* Is [+ corim-locator-map]. */
MUST_CHECK enum err corim_locators_check(struct bytes array);

/* A key of a measurement, of whichever type. */
MUST_CHECK enum err corim_mkey_check(struct bytes in);
/* Every store of a CoTS is whole. */
MUST_CHECK enum err corim_cots_check(struct bytes body);
/* The kind of triple under way. */
const char *corim_triples_name(const struct corim_triples *it);

/* One map of the outer parts; why->at counts from base. */
MUST_CHECK enum err corim_part_read(struct bytes in, const struct cbor_table *t,
    void *out, const char *what, const uint8_t *base, struct why *why);
/* Every validity that is stated holds: keep what they have in common. */
MUST_CHECK enum err corim_narrow(struct bytes validity, const uint8_t *base,
    struct corim *m, struct why *why);
/* The protected header of a signed CoRIM: name of the signer, validity;
 * envelope: what is signed is its digest. */
MUST_CHECK enum err corim_head_read(const struct cose_signed *s,
    const uint8_t *base, bool envelope, bool chain, struct corim *out,
    struct why *why);

/* Values of measurements, from their encoding. */
struct version {
	uint32_t has;
	struct bytes text, scheme;
};
MUST_CHECK enum err corim_version_read(struct bytes in, struct version *out);
MUST_CHECK enum err corim_svn_read(
    struct bytes in, uint64_t *out, bool *is_min);
/* mask is empty where every bit counts. */
MUST_CHECK enum err corim_raw_read(
    struct bytes in, struct bytes *value, struct bytes *mask);
MUST_CHECK enum err corim_bits_read(struct bytes in, struct bytes *out);
/* Bits that are stated, and those of them that are true; foreign: others
 * than those of the specification. */
MUST_CHECK enum err corim_flags_read(
    struct bytes in, uint32_t *stated, uint32_t *set, bool *foreign);
struct range {
	bool has_min, has_max;
	int64_t min, max;
};
MUST_CHECK enum err corim_range_read(
    struct bytes in, bool *single, struct range *out);
/* [+ digest], no algorithm twice. */
MUST_CHECK enum err corim_digests_check(struct bytes in);
/* A map of them by register. */
MUST_CHECK enum err corim_registers_check(struct bytes in);
/* The digests of one register in an encoded map of them; ERR_NOT_FOUND. */
MUST_CHECK enum err corim_register_find(
    struct bytes map, struct bytes id, struct bytes *digests);

#endif
