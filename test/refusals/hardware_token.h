/*
 * hardware_token: what is spoilt alike in the tokens of PSA and CCA, whose
 * headers both call theirs t.
 */
#ifndef REFUSALS_HARDWARE_TOKEN_H
#define REFUSALS_HARDWARE_TOKEN_H

#include "hardware_rows.h"

static inline struct bytes
alg(const struct row *r)
{
	t.alg = r->key;
	return state_and_sign();
}

static inline struct bytes
other_device(const struct row *r)
{
	t.ueid[r->key] ^= 1;
	return state_and_sign();
}

static inline struct bytes
other_model(const struct row *r)
{
	t.id[r->key] ^= 1;
	return state_and_sign();
}

static inline struct bytes
tagged(const struct row *r)
{
	t.tag = (uint64_t)r->key;
	return state_and_sign();
}

static inline struct bytes
without(const struct row *r)
{
	t.left_out = (size_t)r->key;
	return state_and_sign();
}

static inline struct bytes
ueid_type(const struct row *r)
{
	t.ueid[0] = (uint8_t)r->key;
	return state_and_sign();
}

static inline struct bytes
lifecycle(const struct row *r)
{
	t.lifecycle = (uint64_t)r->key;
	return state_and_sign();
}

#endif
