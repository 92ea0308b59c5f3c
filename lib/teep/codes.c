/*
 * codes: the err-code of each refusal of ours.                  [TEEP 4.6]
 */
#include "teep_int.h"

/*
 * A fault inside a manifest is TEEP_ERR_MANIFEST whatever its number here:
 * only the caller knows where it read.  No default: a new refusal does not
 * compile before someone decides what the peer hears of it.
 */
uint32_t
teep_err_code(enum err e)
{
	switch (e) {
	case OK:
		return 0;

	/* The message, its signature or its binding: sending it again as it
	 * is will not help. */
	case ERR_TRUNCATED:
	case ERR_TRAILING:
	case ERR_TYPE:
	case ERR_NOT_SHORTEST:
	case ERR_INDEFINITE:
	case ERR_DUPLICATE:
	case ERR_DEPTH:
	case ERR_RANGE:
	case ERR_UTF8:
	case ERR_MISSING:
	case ERR_UNEXPECTED:
	case ERR_RESERVED:
	case ERR_TOO_LONG:
	case ERR_ORDER:
	case ERR_TEXT:
	case ERR_COSE_TYPE:
	case ERR_COSE_HEADER:
	case ERR_COSE_CRIT:
	case ERR_COSE_ALG:
	case ERR_COSE_KEY:
	case ERR_TEEP_TYPE:
	case ERR_TEEP_RULE:
	case ERR_UNSIGNED:
	case ERR_UNKNOWN_KEY:
	case ERR_SIGNATURE:
	case ERR_UNDECRYPTABLE:
	case ERR_KEY_PURPOSE:
	case ERR_PEER:
	case ERR_REPLAY:
	case ERR_TOKEN:
	case ERR_EXPIRED:
	case ERR_CHALLENGE:
	case ERR_UNSOLICITED:
	case ERR_UNBOUND:
	case ERR_NO_EXCHANGE:
	case ERR_EXCHANGE_LIMIT:
	case ERR_DIALECT:
	/* From an agent, 7 would ask the TAM to attest itself; a Result that
	 * does not fit is a fault of the message that carries it. */
	case ERR_RESULT_CNF:
	case ERR_RESULT_NONCE:
	case ERR_RESULT_CLAIMS:
	case ERR_REPORT_NONCE:
	case ERR_REPORT_MANIFEST:
	case ERR_REPORT_KEY:
	case ERR_REPORT_RESULT:
	case ERR_REPORT_REPLAY:
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_PEER_ERROR:
	/* Trying again would only meet the same bug. */
	case ERR_BUG:
		return TEEP_ERR_PERMANENT;

	case ERR_NO_FRESHNESS:
		return TEEP_ERR_FRESHNESS;
	case ERR_VERSION:
	case ERR_NO_COMMON_VERSION:
		return TEEP_ERR_VERSION;
	case ERR_NO_COMMON_SUITE:
		return TEEP_ERR_CIPHER_SUITES;
	case ERR_NO_PROFILE:
		return TEEP_ERR_SUIT_REPORT;

	case ERR_EVIDENCE_NONCE:
	case ERR_EVIDENCE_AUDIENCE:
	case ERR_EVIDENCE_KEY:
	case ERR_EVIDENCE_CNF:
	case ERR_EVIDENCE_CLAIM:
	case ERR_MEASUREMENT:
	case ERR_NO_REFERENCE:
	case ERR_NOT_ATTESTED:
	case ERR_SCOPE:
	case ERR_ASSURANCE:
	case ERR_CLONE:
	case ERR_EVIDENCE_STATE:
		return TEEP_ERR_ATTESTATION_REQUIRED;

	case ERR_CERTIFICATE:
		return TEEP_ERR_BAD_CERTIFICATE;

	case ERR_ROLLBACK:
	case ERR_SEQUENCE_CLASH:
	case ERR_SEQUENCE_JUMP:
	case ERR_TAM_ACCESS:
	case ERR_SIGNER_ACCESS:
	case ERR_OWNER:
	case ERR_MANIFEST_DIGEST:
	case ERR_VENDOR:
	case ERR_CLASS:
	case ERR_IMAGE_DIGEST:
	case ERR_IMAGE_SIZE:
	case ERR_CONDITION:
	case ERR_COMMAND:
	case ERR_PARAMETER:
	case ERR_COMPONENT:
	case ERR_NEEDS:
	case ERR_PLACE:
	case ERR_SEVERED:
	case ERR_DEPENDENCY:
	case ERR_FETCH:
	case ERR_URI:
	case ERR_LIMIT:
	case ERR_QUOTA:
	case ERR_THRESHOLD:
	case ERR_NOT_INSTALLED:
	case ERR_INVOKE:
	case ERR_ENCRYPTION:
	case ERR_CANNOT:
	case ERR_CONFLICT:
	case ERR_WAIT:
		return TEEP_ERR_MANIFEST;

	/* Not the peer's fault, and it may pass. */
	case ERR_BUSY:
	case ERR_RATE:
	case ERR_HTTP:
	case ERR_ROOM:
	case ERR_STORE:
	case ERR_DISK_FULL:
	case ERR_CRYPTO:
	case ERR_RANDOM:
	case ERR_NET:
	case ERR_SYSTEM:
	case ERR_MEMORY:
	case ERR_SYNTAX:
		return TEEP_ERR_TEMPORARY;
	}
	return TEEP_ERR_PERMANENT;
}
