/*
 * suit_report: what a device says of a run, and of what it can do.
 *                                                        [SUIT Report]
 */
#ifndef TAMARIND_SUIT_REPORT_H
#define TAMARIND_SUIT_REPORT_H

#include <tamarind/suit_run.h>

/* What a report says about one manifest.                  [SUIT Report] */
struct suit_report {
	uint32_t has;
	struct bytes nonce;
	struct list records; /* SUIT_Records, system-property-claims */
	bool success;
	int64_t result_code; /* -1: a condition failed; else enum err */
	uint64_t reason;     /* failure only: enum suit_reason */
	struct bytes result_record;
	struct bytes capabilities; /* encoded map, or empty */
	struct bytes uri;          /* of suit-reference */
	struct bytes digest;       /* of suit-reference, 32 octets */
};

/* Write the report of a finished run, or, from within the host's invoke, of
 * one that is about to hand control over: that claims no success, but
 * invoke-pending.  nonce may be empty (left out). */
MUST_CHECK enum err suit_report_write(
    struct cbor_out *w, const struct suit_run *run, struct bytes nonce);
/* Write one of no run: the manifest failed with e before any, or OK: it stands
 * as it was installed, and what else is told is what counts.
 * capabilities: encoded SUIT_Capability_Report, or empty (left out). */
MUST_CHECK enum err suit_report_brief(struct cbor_out *w, enum err e,
    struct bytes uri, const uint8_t digest[DIGEST_LEN], struct bytes nonce,
    struct bytes capabilities);
/* The same report, which suit_report_write wrote without nonce, under this one;
 * empty: as it is. */
MUST_CHECK enum err suit_report_renew(
    struct cbor_out *w, struct bytes report, struct bytes nonce);
/* Read one; accepts a bstr-wrapped map too (pitfall P9). */
MUST_CHECK enum err suit_report_read(
    struct bytes in, struct suit_report *out, struct why *why);
/* Read a SUIT_Record; *properties is its map of measured parameters. */
MUST_CHECK enum err suit_record_read(
    struct bytes raw, struct suit_record *out, struct bytes *properties);
/* The command that a record stands at; false: none of m begins there, or it is
 * of a dependency.  For a TAM and tools. */
bool suit_command_at(
    const struct suit_manifest *m, const struct suit_record *at, int64_t *code);

/* Does e say that a manifest asks for what this processor cannot do?  Then
 * its report has the capabilities.                 [SUIT Report 4.2, 6] */
bool suit_unsupported(enum err e);
/* What processor and host can do: commands and parameters of the profile, but
 * for those that this host answers nothing to, and the host's own; algorithms
 * of profile and port; members that extensions add.
 * prefixes: identifiers, one at least; it takes components under each. */
void suit_capabilities_put(struct cbor_out *w, const struct crypto *c,
    const struct suit_host *host, struct list prefixes);

#define SUIT_CAP_LISTS        11
#define SUIT_CAPABILITIES_MAX 128 /* of one list */

/* A capability report.  Borrows. */
struct suit_capabilities {
	/* By key, [SUIT Report SUIT_Capability_Report]: 1 components, each
	 * [* bstr, ? true]; 2 commands, 3 parameters, 4 algorithms, 5 .. 10
	 * labels of maps: integers.  1 .. 4 are never empty. */
	struct list list[SUIT_CAP_LISTS];
	size_t paths; /* lists of maps that have no key of their own */
};
/* For a TAM and tools.  ERR_MISSING: one of 1 .. 4 is not there. */
MUST_CHECK enum err suit_capabilities_read(
    struct bytes in, struct suit_capabilities *out, struct why *why);

/* SUIT report reason for an error of ours; the mapping table. */
uint64_t suit_reason(enum err e);
const char *suit_reason_name(uint64_t reason);

/* system-property-claims of one component: {0: id, ? 3: digest, 14: size};
 * sha256 NULL: it is not told. */
void suit_claims_put(struct cbor_out *w, struct bytes id,
    const uint8_t sha256[DIGEST_LEN], uint64_t size);

#endif
