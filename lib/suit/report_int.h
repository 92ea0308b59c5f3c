/*
 * report_int: the numbers of reports.                       [SUIT Report]
 */
#ifndef TAMARIND_SUIT_REPORT_INT_H
#define TAMARIND_SUIT_REPORT_INT_H

#include "suit_int.h"

/* Keys of a SUIT_Report and of its failure map. */
enum {
	REP_NONCE = 2,
	REP_RECORDS = 3,
	REP_RESULT = 4,
	REP_CODE = 5,
	REP_RECORD = 6,
	REP_REASON = 7,
	REP_CAPABILITIES = 8,
	REP_REFERENCE = 99,
};

/* Keys of a SUIT_Capability_Report; up to 10 each is a list. */
enum {
	CAP_COMPONENTS = 1,
	CAP_COMMANDS = 2,
	CAP_PARAMETERS = 3,
	CAP_ALGORITHMS = 4,
};

/* Reasons with their names.                          [SUIT Report] */
enum reason {
	R_OK,
	R_CBOR,
	R_COSE,
	R_ALG,
	R_UNAUTHORISED,
	R_COMMAND,
	R_COMPONENT,
	R_COMPONENT_UNAUTHORISED,
	R_PARAMETER,
	R_SEVERING,
	R_CONDITION,
	R_OPERATION,
	R_INVOKE_PENDING,
};

#endif
