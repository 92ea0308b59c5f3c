/*
 * dialect: what a peer's row says of its messages, and the lists that stand
 * in them.                                    [TEEP 8, docs/interop.md]
 */
#include "teep_int.h"

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
// clang-format on

static const struct dialect_offer offer = {
    .both = {{suites, sizeof(suites)}, 2},
    .esp256 = {{suites, 4}, 1},
    .ed25519 = {{suites + 4, 4}, 1},
    .profiles = {{profiles, sizeof(profiles)}, 4},
    .profile = {{profiles + 16, 6}, 1},
};

/* Does d need a table besides the default's? */
static bool
needs_tables(const struct dialect *d)
{
	return d->numbering != DIALECT_CURRENT ||
	       d->algs != DIALECT_FULLY_SPECIFIED ||
	       d->profiles != DIALECT_FOUR;
}

enum err
dialect_link(struct dialect *d, const struct dialect_tables *t)
{
	d->tables = needs_tables(d) ? t : NULL;
	return needs_tables(d) && t == NULL ? ERR_DIALECT : OK;
}

bool
dialect_same(const struct dialect *a, const struct dialect *b)
{
	return a->numbering == b->numbering && a->algs == b->algs &&
	       a->profiles == b->profiles && a->first == b->first &&
	       a->reports == b->reports && a->evidence == b->evidence &&
	       a->update == b->update;
}

static bool
is_polymorphic(const struct dialect *d)
{
	return d != NULL && d->algs == DIALECT_POLYMORPHIC;
}

int32_t
dialect_alg(const struct dialect *d, int32_t alg)
{
	if (alg == ALG_ESP256)
		return is_polymorphic(d) ? ALG_ES256 : ALG_ESP256;
	if (alg == ALG_ED25519)
		return is_polymorphic(d) ? ALG_EDDSA : ALG_ED25519;
	return 0;
}

int32_t
dialect_alg_read(const struct dialect *d, int32_t alg)
{
	if (alg == dialect_alg(d, ALG_ESP256))
		return ALG_ESP256;
	if (alg == dialect_alg(d, ALG_ED25519))
		return ALG_ED25519;
	return 0;
}

const struct dialect_offer *
dialect_offer(const struct dialect *d)
{
	if (d == NULL || d->tables == NULL)
		return &offer;
	return d->tables->offer[d->algs][d->profiles] != NULL
		   ? d->tables->offer[d->algs][d->profiles]
		   : &offer;
}

const char *
dialect_other(const struct dialect *d, const struct dialect_tables *t,
    struct bytes payload, enum err e)
{
	return t == NULL ? NULL : t->other(d, t, payload, e);
}
