/*
 * cases: how rows of the tables of cases are written.
 */
#ifndef TEEP_CASES_H
#define TEEP_CASES_H

#include "conform.h"
#include "fault.h"

// clang-format off
#define AT(part_, step_, op_, path_, n_, v_)                                   \
	{ .part = part_, .step = step_, .op = op_, .path = path_, .n = n_,     \
	  .value = {(const uint8_t *)(v_), sizeof(v_) - 1} }
#define WIRE(op, path, n, v)     AT(PART_MESSAGE, STEP_SIGNED, op, path, n, v)
#define BODY(op, path, n, v)     AT(PART_MESSAGE, STEP_BODY, op, path, n, v)
#define CLAIM(op, path, n, v)    AT(PART_EVIDENCE, STEP_BODY, op, path, n, v)
#define EVIDENCE(op, path, n, v) AT(PART_EVIDENCE, STEP_SIGNED, op, path, n, v)
#define SEALED(op, path, n, v)   AT(PART_EVIDENCE, STEP_SEALED, op, path, n, v)
#define REPORT(op, path, n, v)   AT(PART_REPORT, STEP_BODY, op, path, n, v)
#define REPORTED(op, path, n, v) AT(PART_REPORT, STEP_SIGNED, op, path, n, v)
#define SIGNING(part_, fn)       { .part = part_, .step = STEP_SIGN, .sign = fn }
#define SEALING(part_, fn)       { .part = part_, .step = STEP_SEAL, .seal = fn }
#define OCTETS(part_, step_, fn) { .part = part_, .step = step_, .octets = fn }
// clang-format on

#endif
