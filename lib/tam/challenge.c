/*
 * challenge: challenges that carry their own proof.         [security 2]
 *
 * Connecting stores nothing: whether a challenge is ours, and how old it is,
 * stands in it under a MAC that every TAM of the cluster can check.
 */
#include "tam_int.h"

#include <string.h>

#define STAMP  4
#define RANDOM 12
#define MAC    16
#define BODY   (STAMP + RANDOM)

_Static_assert(BODY + MAC == TAM_CHALLENGE_LEN, "parts make a challenge");

enum err
tam_challenge_make(const struct crypto *c, const uint8_t key[32], uint64_t now,
    uint8_t out[TAM_CHALLENGE_LEN])
{
	uint8_t mac[32];
	enum err e;

	memset(out, 0, TAM_CHALLENGE_LEN);
	if (now > UINT32_MAX)
		return ERR_BUG;
	for (size_t i = 0; i < STAMP; i++)
		out[i] = (uint8_t)(now >> (8 * (STAMP - 1 - i)));
	e = c->random((struct span){out + STAMP, RANDOM});
	if (e == OK)
		e = c->hmac_sha256(
		    (struct bytes){key, 32}, (struct bytes){out, BODY}, mac);
	if (e != OK) {
		memset(out, 0, TAM_CHALLENGE_LEN);
		return e;
	}
	memcpy(out + BODY, mac, MAC);
	wipe(mac, sizeof(mac));
	return OK;
}

/* Was the challenge made under this key?  ERR_CHALLENGE if not. */
static enum err
mac_check(const struct crypto *c, const uint8_t key[32], struct bytes challenge)
{
	uint8_t mac[32];
	enum err e;

	e = c->hmac_sha256(
	    (struct bytes){key, 32}, (struct bytes){challenge.p, BODY}, mac);
	if (e == OK && !bytes_same_ct((struct bytes){mac, MAC},
			   (struct bytes){challenge.p + BODY, MAC}))
		e = ERR_CHALLENGE;
	wipe(mac, sizeof(mac));
	return e;
}

enum err
tam_challenge_check(const struct crypto *c, const struct tam_view *v,
    const struct tam_config *config, uint64_t now, struct bytes challenge,
    uint64_t *issued)
{
	enum err e = ERR_CHALLENGE;
	uint8_t key[32];

	*issued = 0;
	if (challenge.n != TAM_CHALLENGE_LEN)
		return ERR_CHALLENGE;
	for (size_t n = 0; e == ERR_CHALLENGE && n < TAM_MAC_KEYS_MAX; n++) {
		e = v->mac_key(v->ctx, n, key);
		if (e == OK)
			e = mac_check(c, key, challenge);
		wipe(key, sizeof(key));
	}
	if (e == ERR_NOT_FOUND)
		e = ERR_CHALLENGE;
	if (e != OK)
		return e == ERR_CHALLENGE ? e : tam_store(e);
	for (size_t i = 0; i < STAMP; i++)
		*issued = *issued << 8 | challenge.p[i];
	/* From further ahead than any clock of ours can be: a clock was
	 * turned back, and nothing is known of what was used since. */
	if (*issued > now && *issued - now > config->clock_skew)
		return ERR_CHALLENGE;
	if (now > *issued && now - *issued > config->challenge_life)
		return ERR_EXPIRED;
	return OK;
}
