/*
 * attest_tpm: Evidence that a TPM stands behind: a quote over what was booted,
 * which agent was started, and which keys it has.
 *                                        [security 9; docs/evidence.md 9]
 *
 * Once at each boot: the agent's digest, the digest of all keys and a cap are
 * extended into a PCR that only a reset of the machine sets back.  Whoever is
 * root afterwards can have the TPM sign what it holds, but not about another
 * agent or other keys.
 */
#include "agentd.h"

#include <string.h>
#include <unistd.h>

/* What the agent sends has to fit into one message of AGENT_STATE_MAX. */
#define LOG_MOST    (UINT32_C(24) << 10)
#define LOG_DEFAULT "/sys/kernel/security/tpm0/binary_bios_measurements"

/* ---- as root ------------------------------------------------------------ */

static enum err
read_log(struct launcher *l, struct why *why)
{
	const char *path =
	    l->o->event_log == NULL ? LOG_DEFAULT : l->o->event_log;
	struct tpm_pcrs pcrs;
	enum err e = read_file(path, LOG_MOST, &l->tpm.log);

	if (e != OK)
		return why_set(why, e, path);
	return tpm_replay(l->crypto, l->tpm.log, &pcrs, why);
}

static enum err
make_key(struct launcher *l, struct why *why)
{
	struct tpm_public p;
	struct cose_key k;
	struct bytes public;

	TRY(tpm_device_ak(&l->tpm.device, &l->tpm.ak, &public, why));
	TRY(tpm_public_read(public, &p, why));
	TRY(tpm_ak_check(&p, &k, why));
	return cose_key_thumbprint(l->crypto, &k, l->tpm.kid);
}

static enum err
open_tpm(struct launcher *l, struct why *why)
{
	const char *path = l->o->tpm == NULL ? TPM_DEVICE_DEFAULT : l->o->tpm;

	TRY(tpm_device_open(&l->tpm.device, path, why));
	TRY(read_log(l, why));
	return make_key(l, why);
}

/* ---- secrets that only this boot gives back ------------------------------ */

/* What the secrets are sealed to: the boot as it is now, and the launcher's
 * PCR after its first step, the agent: not before, and not after the cap. */
static enum err
sealed_to(struct launcher *l, struct tpm_pcrs *p, struct why *why)
{
	static const uint8_t zero[DIGEST_LEN];

	TRY(tpm_device_pcrs(&l->tpm.device, TPM_PCR_MASK, p, why));
	memcpy(p->value[TPM_LAUNCHER_PCR], zero, DIGEST_LEN);
	return tpm_extend(
	    l->crypto, p->value[TPM_LAUNCHER_PCR], BYTES_OF(l->agent_digest));
}

static enum err
seal(struct launcher *l, struct bytes secret, struct span room,
    struct bytes *out, struct why *why)
{
	uint8_t policy[DIGEST_LEN], parts[TPM_SEALED_ROOM];
	struct sealed s = {.agent = BYTES_OF(l->agent_digest)};
	struct tpm_sealed made;

	TRY(sealed_to(l, &s.boot, why));
	TRY(tpm_policy_pcrs(l->crypto, &s.boot, TPM_PCR_MASK, policy));
	TRY(tpm_device_seal(&l->tpm.device, BYTES_OF(policy), secret,
	    SPAN_OF(parts), &made, why));
	s.private = made.private;
	s.public = made.public;
	return sealed_write(&s, room, out);
}

/* Say it by name, and before the boot is used up.  The TPM does not depend on
 * it. */
static enum err
same_boot(struct launcher *l, const struct sealed *s, struct why *why)
{
	static const char *const name[TPM_BOOT_PCRS] = {"PCR 0", "PCR 1",
	    "PCR 2", "PCR 3", "PCR 4", "PCR 5", "PCR 6", "PCR 7", "PCR 8",
	    "PCR 9"};
	struct tpm_pcrs is;

	if (!bytes_same(s->agent, BYTES_OF(l->agent_digest)))
		return why_set(why, ERR_MEASUREMENT,
		    "agent's executable (secrets are sealed for another)");
	TRY(tpm_device_pcrs(&l->tpm.device, TPM_PCR_MASK, &is, why));
	for (size_t i = 0; i < TPM_BOOT_PCRS; i++)
		if (memcmp(is.value[i], s->boot.value[i], DIGEST_LEN) != 0)
			return why_set(why, ERR_MEASUREMENT, name[i]);
	return OK;
}

/* Nobody may have spoken before us, not even we. */
static enum err
untouched(struct launcher *l, struct why *why)
{
	static const uint8_t zero[DIGEST_LEN];
	struct tpm_pcrs p;

	TRY(tpm_device_pcrs(
	    &l->tpm.device, UINT32_C(1) << TPM_LAUNCHER_PCR, &p, why));
	if (memcmp(p.value[TPM_LAUNCHER_PCR], zero, DIGEST_LEN) == 0)
		return OK;
	return why_set(why, ERR_EXISTS,
	    "PCR 15 is in use: the TPM attester starts once after each boot");
}

static enum err
unseal(struct launcher *l, struct bytes in, struct span secret, struct why *why)
{
	struct tpm_sealed parts;
	struct sealed s;

	TRY(sealed_read(in, &s, why));
	TRY(untouched(l, why));
	TRY(same_boot(l, &s, why));
	/* Said before it is done: the TPM may have done what it reports as
	 * failed, and the cap is wanted then. */
	l->tpm.steps = TPM_STEP_AGENT + 1;
	TRY(tpm_device_extend(
	    &l->tpm.device, TPM_LAUNCHER_PCR, l->agent_digest, why));
	parts = (struct tpm_sealed){s.private, s.public};
	return tpm_device_unseal(
	    &l->tpm.device, &parts, TPM_PCR_MASK, secret, why);
}

/* ---- once at each boot --------------------------------------------------- */

static enum err
keys_of(struct launcher *l, const struct channel_frame *ready, struct why *why)
{
	struct tpm_keys k = {.evidence = l->state.evidence_key,
	    .n_teep = ready->keys.n,
	    .payload = ready->payload_keys};
	struct cbor_in r = cbor_items(ready->keys);
	struct cbor_out w = cbor_into(SPAN_OF(l->tpm.keys_room));
	enum err e = ready->keys.n > TPM_TEEP_KEYS_MAX ? ERR_LIMIT : OK;

	for (size_t i = 0; i < ready->keys.n && e == OK; i++)
		e = cose_key_read(cbor_raw(&r, CBOR_MAP), &k.teep[i]);
	if (e == OK)
		e = cose_key_read(ready->report, &k.report);
	if (e == OK) {
		tpm_keys_put(&w, &k);
		e = cbor_done(&w, &l->tpm.keys);
	}
	if (e == OK) /* as the Verifier will */
		e = tpm_keys_read(l->tpm.keys, &l->tpm.bound);
	return e == OK ? OK : why_set(why, e, "agent's keys");
}

static enum err
bind_keys(
    struct launcher *l, const struct channel_frame *ready, struct why *why)
{
	uint8_t step[TPM_STEPS][DIGEST_LEN];
	enum err e;

	TRY(keys_of(l, ready, why));
	if (l->tpm.steps == 0)
		TRY(untouched(l, why));
	e = tpm_steps(l->crypto, BYTES_OF(l->agent_digest), l->tpm.keys, step);
	if (e != OK)
		return why_set(why, e, "digests");
	for (; l->tpm.steps < TPM_STEPS; l->tpm.steps++)
		TRY(tpm_device_extend(
		    &l->tpm.device, TPM_LAUNCHER_PCR, step[l->tpm.steps], why));
	return OK;
}

/* ---- for each challenge -------------------------------------------------- */

static bool
is_bound(const struct launcher *l, const struct cose_key *k)
{
	const struct tpm_keys *b = &l->tpm.bound;

	for (size_t i = 0; i < b->n_teep; i++)
		if (memcmp(&b->teep[i], k, sizeof(*k)) == 0)
			return true;
	return false;
}

static bool
item_is_in(struct list l, struct bytes item)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++)
		if (bytes_same(cbor_raw(&r, CBOR_ANY), item))
			return true;
	return false;
}

/* Keys that came with a policy after this boot are left out until the next:
 * the cap is on. */
static enum err
admit(struct launcher *l, struct attest_request *r, struct why *why)
{
	struct cbor_out w = cbor_into(SPAN_OF(l->tpm.payload_room));
	struct cbor_in items = cbor_items(r->payload_keys);
	size_t n = 0;

	if (!is_bound(l, &r->teep))
		return why_set(why, ERR_KEY_PURPOSE, "teep key");
	for (size_t i = 0; i < r->payload_keys.n; i++) {
		struct bytes one = cbor_raw(&items, CBOR_ARRAY);

		if (items.err != OK)
			return why_set(why, items.err, "payload keys");
		if (!item_is_in(l->tpm.bound.payload, one))
			continue;
		cbor_put_raw(&w, one);
		n++;
	}
	r->payload_keys.n = n;
	return cbor_done(&w, &r->payload_keys.raw);
}

static enum err
put_pcrs(const struct tpm_pcrs *p, struct span room, struct list *out)
{
	struct cbor_out w = cbor_into(room);

	out->n = 0;
	for (size_t i = 0; i < TPM_PCRS; i++) {
		if ((TPM_PCR_MASK >> i & 1) == 0)
			continue;
		cbor_put_bstr(&w, BYTES_OF(p->value[i]));
		out->n++;
	}
	return cbor_done(&w, &out->raw);
}

/* The EAT stands in the last third of the scratch memory. */
static enum err
wrap(struct launcher *l, struct bytes challenge, struct bytes eat,
    struct bytes *out, struct why *why)
{
	struct cbor_out w =
	    cbor_into((struct span){l->scratch.p, l->scratch.n / 3});
	uint8_t values[TPM_PCRS * (DIGEST_LEN + 2)];
	struct tpm_evidence t = {.ak = BYTES_OF(l->tpm.kid),
	    .log = l->tpm.log,
	    .agent = BYTES_OF(l->agent_digest),
	    .keys = l->tpm.keys,
	    .eat = eat};
	struct tpm_pcrs p;
	enum err e;

	if (challenge.n == 0)
		return why_set(why, ERR_NO_FRESHNESS, "challenge");
	TRY(tpm_device_pcrs(&l->tpm.device, TPM_PCR_MASK, &p, why));
	TRY(put_pcrs(&p, SPAN_OF(values), &t.pcrs));
	TRY(tpm_device_quote(&l->tpm.device, l->tpm.ak, challenge, TPM_PCR_MASK,
	    &t.quote, &t.signature, why));
	tpm_evidence_put(&w, &t);
	e = cbor_done(&w, out);
	return e == OK ? OK : why_set(why, e, "Evidence");
}

/* ---- the end ------------------------------------------------------------- */

/* A start that failed uses the boot up.  After the first step the TPM would
 * give the secrets to whoever asks; before it, root would take all three steps
 * himself, with keys of his own.  What others have extended is left alone: it
 * may be the launcher that runs. */
static void
put_cap_on(struct launcher *l)
{
	uint8_t step[TPM_STEPS][DIGEST_LEN];
	struct why why = {0};
	enum err e;

	if (l->tpm.steps == 0 && untouched(l, &why) == ERR_EXISTS)
		return;
	/* The cap depends on nothing; an agent that was not hashed is zeros. */
	e = tpm_steps(l->crypto, BYTES_OF(l->agent_digest), BYTES_NONE, step);
	if (e == OK)
		e = tpm_device_extend(
		    &l->tpm.device, TPM_LAUNCHER_PCR, step[TPM_STEP_CAP], &why);
	if (e == OK)
		log_event(
		    LEVEL_WARN, "pcr-capped", LOG_N("steps", l->tpm.steps));
	else
		log_event(LEVEL_ERROR, "pcr-left-open", LOG_ERR("reason", e),
		    LOG_N("steps", l->tpm.steps));
}

static void
close_tpm(struct launcher *l)
{
	if (l->o->command == COMMAND_RUN && l->tpm.device.fd >= 0 &&
	    l->tpm.steps < TPM_STEPS)
		put_cap_on(l);
	tpm_device_close(&l->tpm.device);
	release_bytes(&l->tpm.log);
}

const struct attester attester_tpm = {
    .name = "tpm",
    .format = TPM_EVIDENCE_FORMAT,
    .open = open_tpm,
    .seal = seal,
    .unseal = unseal,
    .bind = bind_keys,
    .admit = admit,
    .wrap = wrap,
    .close = close_tpm,
};
