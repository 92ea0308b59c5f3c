/* keeper: what a front that was taken over hands in to be signed.  No octets
 * are signed for two purposes, and an Update that acts is bound. */
#include "fuzz.h"
#include <keeper.h>

static const struct keeper fuzz_keeper = {.result_life = 100};

/* The payload of a Sig_structure that was taken. */
static struct bytes
payload_of(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_array_any(&r, 4, 5);
	struct bytes b = BYTES_NONE;

	(void)cbor_tstr(&r, 0, LEN_ANY);
	for (size_t i = 1; i < n; i++)
		b = cbor_bstr(&r, 0, LEN_ANY);
	HOLDS(cbor_close(&r) == OK);
	return b;
}

static void
teep(struct bytes in, int32_t alg, const struct dialect *d)
{
	const uint32_t acts = TEEP_HAS_MANIFESTS | TEEP_HAS_UNNEEDED;
	const uint32_t bound = TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION;
	struct teep_message m;
	struct why why = {0};

	if (keeper_check_teep(in, alg, d, &why) != OK)
		return;
	HOLDS(teep_parse(payload_of(in), d, &m, NULL) == OK);
	HOLDS(m.type == TEEP_QUERY_REQUEST || m.type == TEEP_UPDATE);
	HOLDS((m.has & acts) == 0 || (m.has & bound) == bound);
	HOLDS(keeper_check_result(&fuzz_keeper, in, alg, 1000, &why) != OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n};
	struct dialect legacy;
	struct eat_claims c;
	struct why why = {0};

	teep(in, ALG_ESP256, NULL);
	teep(in, ALG_ED25519, NULL);
	HOLDS(dialect_named("legacy", &legacy) == OK);
	teep(in, ALG_ESP256, &legacy);
	if (keeper_check_result(&fuzz_keeper, in, ALG_ESP256, 1000, &why) != OK)
		return 0;
	HOLDS(eat_parse(payload_of(in), &c, NULL) == OK);
	HOLDS((c.has & EAT_HAS_CNF) != 0 && (c.has & EAT_HAS_NONCE) != 0);
	HOLDS(c.exp <= 1000 + KEEPER_OFF_MAX + fuzz_keeper.result_life);
	return 0;
}
