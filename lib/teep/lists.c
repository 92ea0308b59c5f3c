/*
 * lists: what peers offer in lists.                              [TEEP 8]
 */
#include "teep_int.h"

/* The COSE structure a suite's operation names.                [TEEP 8.1] */
#define COSE_SIGN1 18

bool
teep_suites_have(struct list suites, int32_t alg)
{
	struct cbor_in r = cbor_items(suites);

	for (size_t i = 0; i < suites.n && r.err == OK; i++) {
		size_t n = cbor_array_any(&r, 0, LEN_ANY);
		bool same = n == 1;

		for (size_t k = 0; k < n && r.err == OK; k++) {
			cbor_array(&r, 2);
			same &= cbor_uint(&r, 0, UINT64_MAX) == COSE_SIGN1;
			same &= cbor_int(&r, INT64_MIN, INT64_MAX) == alg;
		}
		if (r.err == OK && same)
			return true;
	}
	return false;
}

bool
teep_profiles_have(
    const struct dialect *d, struct list profiles, const struct teep_profile *p)
{
	const int32_t four[] = {
	    p->digest, dialect_alg(d, p->auth), p->kex, p->enc};
	const int32_t two[] = {dialect_alg(d, p->auth), p->enc};
	bool is_two = d != NULL && d->profiles == DIALECT_TWO;
	const int32_t *want = is_two ? two : four;
	size_t n = is_two ? ARRAY_LEN(two) : ARRAY_LEN(four);
	struct cbor_in r = cbor_items(profiles);

	for (size_t i = 0; i < profiles.n && r.err == OK; i++) {
		bool same = true;

		cbor_array(&r, n);
		for (size_t k = 0; k < n; k++)
			same &= cbor_int(&r, INT64_MIN, INT64_MAX) == want[k];
		if (r.err == OK && same)
			return true;
	}
	return false;
}

bool
teep_uints_have(struct list l, uint64_t v)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++) {
		uint64_t item = cbor_uint(&r, 0, UINT64_MAX);

		if (r.err != OK)
			return false;
		if (item == v)
			return true;
	}
	return false;
}

static const uint8_t zero[] = {0x00};

const struct list teep_version_0 = {{zero, 1}, 1};
const struct list teep_fresh_nonce = {{zero, 1}, 1};

static const uint8_t zero_one[] = {0x00, 0x01};

const struct list teep_fresh_both = {{zero_one, 2}, 2};
const struct list teep_fresh_time = {{zero_one + 1, 1}, 1};
