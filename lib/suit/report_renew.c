/*
 * report_renew: a report that was kept, for one who asks for it afresh.
 *                                          [SUIT Report, TEEP 4.3]
 */
#include "report_int.h"

enum err
suit_report_renew(struct cbor_out *w, struct bytes report, struct bytes nonce)
{
	struct cbor_in r = cbor_open(report);
	size_t n = cbor_map_any(&r, 1, CBOR_PAIRS_MAX - 1);

	TRY(r.err);
	if (nonce.n == 0) {
		cbor_put_raw(w, report);
		return w->err;
	}
	/* the smallest key of all */
	cbor_put_map(w, n + 1);
	cbor_put_uint(w, REP_NONCE);
	cbor_put_bstr(w, nonce);
	cbor_put_raw(w, (struct bytes){report.p + r.at, report.n - r.at});
	return w->err;
}
