/*
 * attest: what the launcher knows of this device, and what the agent asks
 * for, to Evidence.                                     docs/evidence.md
 */
#include "agentd.h"

#include <string.h>
#include <time.h>

#define COUNTER "none" /* nothing here guards the store against rollback */

static enum err
key_read(
    struct bytes in, struct cose_key *out, const char *what, struct why *why)
{
	enum err e = cose_key_read(in, out);

	return e == OK ? OK : why_set(why, e, what);
}

/* Only its maker, and whoever starts this, can know that nobody else sets
 * the machine's. */
uint64_t
launcher_time(const struct launcher *l)
{
	return l->o->clock != NULL && strcmp(l->o->clock, "system") == 0
		   ? (uint64_t)time(NULL)
		   : 0;
}

enum err
attest(struct launcher *l, const struct channel_frame *f, struct bytes *out,
    struct why *why)
{
	const struct attester *kind = l->attester;
	const struct device *d = &l->state.device;
	const struct eat_attester self = {
	    .crypto = l->crypto,
	    .signer = &l->state.evidence,
	    .key = l->state.evidence_key,
	    .ueid = d->ueid,
	    .oemid = d->oemid,
	    .hwmodel = d->hwmodel,
	    .hwversion = d->hwversion,
	    .bootseed = BYTES_OF(l->bootseed),
	    .launcher = BYTES_OF(l->launcher_digest),
	    .agent = BYTES_OF(l->agent_digest),
	    .manifest_uri = l->state.manifest_uri,
	    .manifest = BYTES_OF(l->state.manifest_digest),
	    .counter = BYTES_LIT(COUNTER),
	    .now = launcher_time(l),
	};
	struct attest_request r = {
	    .challenge = f->challenge,
	    .audience = f->audience,
	    .manifests = f->manifests,
	    .measurements = f->measurements,
	    .payload_keys = f->payload_keys,
	};

	*out = BYTES_NONE;
	TRY(key_read(f->teep, &r.teep, "teep key", why));
	TRY(key_read(f->report, &r.report, "report key", why));
	if (kind != NULL && kind->admit != NULL)
		TRY(kind->admit(l, &r, why));
	TRY(eat_attest(&self, &r, l->scratch, out, why));
	if (kind == NULL || kind->wrap == NULL)
		return OK;
	return kind->wrap(l, r.challenge, *out, out, why);
}
