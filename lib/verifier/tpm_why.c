/*
 * tpm_why: which PCR and which event it was, for people.
 *                                                docs/evidence.md 9
 */
#include "tpm_why.h"

#include <string.h>

/* Refusals name a PCR. */
const char *const tpm_pcr_name[TPM_PCRS] = {"PCR 0", "PCR 1", "PCR 2", "PCR 3",
    "PCR 4", "PCR 5", "PCR 6", "PCR 7", "PCR 8", "PCR 9", "PCR 10", "PCR 11",
    "PCR 12", "PCR 13", "PCR 14", "PCR 15", "PCR 16", "PCR 17", "PCR 18",
    "PCR 19", "PCR 20", "PCR 21", "PCR 22", "PCR 23"};
/* And reference values are about one. */
const char *const tpm_pcr_mkey[TPM_BOOT_PCRS] = {"pcr-0", "pcr-1", "pcr-2",
    "pcr-3", "pcr-4", "pcr-5", "pcr-6", "pcr-7", "pcr-8", "pcr-9"};

/* ---- words for a refusal ------------------------------------------------- */

void
text_add(struct text *t, struct bytes b)
{
	size_t n = b.n > sizeof(t->p) - t->n ? sizeof(t->p) - t->n : b.n;

	if (n > 0)
		memcpy(t->p + t->n, b.p, n);
	t->n += n;
}

void
text_say(struct text *t, const char *s)
{
	text_add(t, (struct bytes){(const uint8_t *)s, strlen(s)});
}

void
text_number(struct text *t, size_t v)
{
	uint8_t digits[20];
	size_t n = 0;

	do {
		digits[sizeof(digits) - ++n] = (uint8_t)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	text_add(t, (struct bytes){digits + sizeof(digits) - n, n});
}

void
text_hex(struct text *t, struct bytes b)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < b.n; i++) {
		const uint8_t two[2] = {
		    (uint8_t)digit[b.p[i] >> 4], (uint8_t)digit[b.p[i] & 15]};

		text_add(t, BYTES_OF(two));
	}
}

/* The longest printable part of what the firmware says an event was. */
static struct bytes
words_of(struct bytes data)
{
	struct bytes best = BYTES_NONE;
	size_t from = 0;

	for (size_t i = 0; i <= data.n; i++) {
		if (i < data.n && data.p[i] >= 0x20 && data.p[i] < 0x7f)
			continue;
		if (i - from > best.n)
			best = (struct bytes){data.p + from, i - from};
		from = i + 1;
	}
	if (best.n > 40)
		best.n = 40;
	return best.n < 5 ? BYTES_NONE : best;
}

/* "event 2 EV_EVENT_TAG (Linux initrd): 0011.." */
static void
text_event(struct text *t, size_t nth, const struct tpm_event *e)
{
	struct bytes words = words_of(e->data);

	text_say(t, "event ");
	text_number(t, nth);
	text_say(t, " ");
	text_say(t, tpm_event_name(e->type));
	if (words.n > 0) {
		text_say(t, " (");
		text_add(t, words);
		text_say(t, ")");
	}
	text_say(t, ": ");
	text_hex(t, e->digest);
}

enum err
tpm_pcr_differs(struct job *j, enum err e, size_t pcr,
    const struct text *expected, const struct text *found)
{
	return job_differs(j, e, tpm_pcr_name[pcr], WHY_TEXT,
	    (struct bytes){(const uint8_t *)expected->p, expected->n},
	    (struct bytes){(const uint8_t *)found->p, found->n});
}

/* The last event of a PCR in the log. */
void
tpm_last_event(struct bytes log, size_t pcr, struct text *out)
{
	struct tpm_event e, last = {0};
	struct tpm_log l;
	size_t n = 0;

	if (tpm_log_begin(&l, log, NULL) != OK)
		return;
	while (tpm_log_next(&l, &e, NULL) == OK)
		if (e.pcr == pcr && e.type != TPM_EV_NO_ACTION) {
			last = e;
			n++;
		}
	text_say(out, "after ");
	if (n == 0)
		text_say(out, "no event");
	else
		text_event(out, n, &last);
}

/* ---- which event it was ---------------------------------------------------
 */

/* Does anybody expect this event there?  *expected: what they do. */
static enum err
event_holds(struct job *j, size_t pcr, size_t nth, struct bytes digest,
    struct bytes *expected)
{
	static const struct acs_voice attester;
	struct text mkey = {.n = 0};
	uint8_t room[128], name[48];
	struct cbor_out w = cbor_into(SPAN_OF(name));
	struct list one = {BYTES_NONE, 1};
	struct why why = {0};
	struct bytes key;

	*expected = BYTES_NONE;
	text_say(&mkey, tpm_pcr_mkey[pcr]);
	text_say(&mkey, "-event-");
	text_number(&mkey, nth);
	cbor_put_tstr(&w, (struct bytes){(uint8_t *)mkey.p, mkey.n});
	TRY(cbor_done(&w, &key));
	w = cbor_into(SPAN_OF(room));
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_raw(&w, key);
	cbor_put_uint(&w, 1);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 2);
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 2);
	cbor_put_uint(&w, NI_SHA256);
	cbor_put_bstr(&w, digest);
	TRY(cbor_done(&w, &one.raw));
	/* What was judged is judged: its room is free. */
	acs_begin(&j->set, j->entry, JOB_CLAIMS_MAX);
	TRY(acs_evidence(&j->set, j->environment, one, &attester));
	TRY(acs_appraise(&j->set, j->library, &why));
	TRY(acs_holds(&j->set, key, &why));
	return OK;
}

/* A PCR is another than expected: find the first event that nobody expects
 * there. */
void
tpm_explain(struct job *j, struct bytes evidence)
{
	struct text want = {.n = 0}, got = {.n = 0};
	struct bytes expected;
	struct tpm_evidence t;
	struct tpm_event e;
	struct tpm_log l;
	size_t pcr = 0, nth = 0;
	enum err err = j->out->why.err;
	struct bytes source = j->out->why.source;

	while (pcr < TPM_BOOT_PCRS && j->out->why.what != tpm_pcr_name[pcr])
		pcr++;
	if (pcr == TPM_BOOT_PCRS ||
	    tpm_evidence_read(evidence, &t, NULL) != OK ||
	    tpm_log_begin(&l, t.log, NULL) != OK)
		return;
	while (tpm_log_next(&l, &e, NULL) == OK) {
		enum err fits;

		if (e.pcr != pcr || e.type == TPM_EV_NO_ACTION)
			continue;
		nth++;
		fits = event_holds(j, pcr, nth, e.digest, &expected);
		if (fits == OK)
			continue;
		if (fits == ERR_MEASUREMENT)
			text_say(&want, "another digest");
		else if (fits == ERR_NO_REFERENCE)
			text_say(&want, "no such event");
		else
			return;
		text_event(&got, nth, &e);
		(void)tpm_pcr_differs(j, err, pcr, &want, &got);
		j->out->why.source = source;
		return;
	}
	text_say(&want, "more than these ");
	text_number(&want, nth);
	text_say(&want, " events");
	text_say(&got, "the last is as expected");
	(void)tpm_pcr_differs(j, err, pcr, &want, &got);
	j->out->why.source = source;
}
