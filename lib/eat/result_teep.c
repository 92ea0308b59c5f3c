/*
 * result_teep: Results of the TEEP profile.                      [TEEP 5]
 */
#include "eat_int.h"

/* Whoever signs one means that all is well: it has no word for anything
 * else. */
static enum err
take(const struct verified *v, const struct result_ask *ask,
    struct result_said *s, struct why *why)
{
	struct cbor_in r = cbor_items(s->outer.manifests);
	struct eat_manifest m;

	(void)v;
	(void)ask;
	TRY(eat_result_complete(&s->outer, why));
	for (size_t i = 0; i < s->outer.manifests.n; i++) {
		enum err e = eat_manifest_read(&r, &m);

		if (e != OK)
			return why_set(why, e, eat_claim_name(272));
	}
	s->claims = s->outer;
	s->status = EAR_AFFIRMING;
	return OK;
}

const struct result_form result_teep = {take};
