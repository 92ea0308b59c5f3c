/* suit_replay: a manifest, a procedure and a report that says it is of it. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct suit_replay replay;
	struct cbor_in r = cbor_open((struct bytes){p, n});
	struct bytes manifest = cbor_raw(&r, CBOR_MAP), envelope;
	enum suit_procedure what = (enum suit_procedure)cbor_uint(&r, 0, 2);
	struct bytes rest = {p + r.at, n - r.at};
	struct suit_report report;
	struct suit_manifest m;
	struct cbor_out w = cbor_measure();
	struct why why = {.err = OK};
	enum err e;

	if (r.err != OK || suit_report_read(rest, &report, &why) != OK ||
	    fuzz_envelope(
		manifest, BYTES_NONE, SPAN_OF(fuzz_room), &envelope) != OK ||
	    suit_check(fuzz_crypto(), envelope, &m, &why) != OK)
		return 0;
	report.digest = BYTES_OF(m.digest);
	report.uri = m.uri;
	e = suit_replay(
	    &replay, fuzz_crypto(), envelope, NULL, &report, what, &why);
	HOLDS((e == OK) == (replay.readings > 0));
	HOLDS((e == ERR_REPORT_REPLAY) == (replay.broken != SUIT_RULE_NONE));
	HOLDS(e == OK || why.err == e);
	suit_replay_put(&w, &replay.claims);
	HOLDS(w.err == OK);
	return 0;
}
