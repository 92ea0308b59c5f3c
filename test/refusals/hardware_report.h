/*
 * hardware_report: what is spoilt alike in reports of SNP and quotes of TDX,
 * whose headers both call theirs sample.
 */
#ifndef REFUSALS_HARDWARE_REPORT_H
#define REFUSALS_HARDWARE_REPORT_H

#include "hardware_rows.h"

static inline struct bytes
length(const struct row *r)
{
	sample.n = (size_t)((int64_t)sample.n + r->key);
	return state_and_sign();
}

static inline struct bytes
at(const struct row *r)
{
	q.now = (uint64_t)((int64_t)NOW + r->key);
	return state_and_sign();
}

#endif
