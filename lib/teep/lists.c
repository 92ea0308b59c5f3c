/*
 * lists: what peers offer in lists, and what we do.               [TEEP 8]
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
teep_profiles_have(struct list profiles, const struct teep_profile *p)
{
	struct cbor_in r = cbor_items(profiles);

	for (size_t i = 0; i < profiles.n && r.err == OK; i++) {
		bool same = true;

		cbor_array(&r, 4);
		same &= cbor_int(&r, INT64_MIN, INT64_MAX) == p->digest;
		same &= cbor_int(&r, INT64_MIN, INT64_MAX) == p->auth;
		same &= cbor_int(&r, INT64_MIN, INT64_MAX) == p->kex;
		same &= cbor_int(&r, INT64_MIN, INT64_MAX) == p->enc;
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

// clang-format off
static const uint8_t suites[] = {
	0x81, 0x82, 0x12, 0x28, /* [[18, -9]]  ESP256 */
	0x81, 0x82, 0x12, 0x32, /* [[18, -19]] Ed25519 */
};
static const uint8_t profiles[] = {
	0x84, 0x2f, 0x28, 0x38, 0x1c, 0x39, 0xff, 0xfd, /* esp256 a128ctr */
	0x84, 0x2f, 0x32, 0x38, 0x1c, 0x39, 0xff, 0xfd, /* ed25519 a128ctr */
	0x84, 0x2f, 0x28, 0x38, 0x1c, 0x01,             /* esp256 a128gcm */
	0x84, 0x2f, 0x32, 0x38, 0x1c, 0x18, 0x18,       /* ed25519 chacha */
};
static const uint8_t zero[] = {0x00};
// clang-format on

const struct list teep_suites_both = {{suites, sizeof(suites)}, 2};
const struct list teep_suite_esp256 = {{suites, 4}, 1};
const struct list teep_suite_ed25519 = {{suites + 4, 4}, 1};
const struct list teep_profiles_all = {{profiles, sizeof(profiles)}, 4};
const struct list teep_version_0 = {{zero, 1}, 1};
const struct list teep_fresh_nonce = {{zero, 1}, 1};
