/*
 * state: what the TAM has seen and promised, as a SQLite database.
 *
 * WAL, synchronous FULL.  The TEEP front alone writes it, through store.h;
 * others read.  It knows devices by the number that the policy database gave
 * them, and never by anything that a device says.
 */
#ifndef SQLITE_STATE_H
#define SQLITE_STATE_H

#include <tamarind/tam.h>

/* One connection; one thread at a time. */
struct state;

/* Make an empty one.  ERR_EXISTS: there is a file. */
MUST_CHECK enum err state_create(const char *path);
/* For reading.  ERR_VERSION: not a state database of this version. */
MUST_CHECK enum err state_open(const char *path, struct state **out);
void state_close(struct state *st); /* NULL is fine */

/* A device's row; ERR_NOT_FOUND: it has not been heard of. */
struct state_device {
	uint64_t device;
	uint64_t reported_at; /* last outcome it reported; 0: none */
	uint64_t proven_at;   /* last Evidence accepted that proves; 0: none */
	uint64_t appraised_at;
	enum verdict verdict; /* of the last appraisal */
	enum err outcome;     /* its reason */
	enum assurance assurance;
	/* The last accepted one is over then; and the key of another Verifier
	 * if its Result was taken. */
	uint64_t until;
	bool passport;
	uint8_t verifier[KID_LEN];
	bool cloned;         /* two of it were seen: refused */
	uint64_t appraisals; /* ever */
	uint8_t ueid[33];
	size_t ueid_n;
};
MUST_CHECK enum err state_device_get(
    struct state *st, uint64_t device, struct state_device *out);
/* In the order of their numbers, above `after`. */
MUST_CHECK enum err state_device_list(struct state *st, uint64_t after,
    size_t most, enum err (*each)(void *ctx, const struct state_device *row),
    void *ctx);

/* Where and why a device says that it failed: see struct tam_failure. */
#define STATE_SAID_MAX 200
struct state_failure {
	uint8_t section;
	uint32_t offset;
	int64_t command;
	char component[SUIT_ID_TEXT]; /* as text; empty: not known */
	uint8_t measured[TAM_MEASURED_MAX];
	size_t measured_n;
	char said[STATE_SAID_MAX]; /* safe to show */
};

/* What a device last said that it can do: an encoded SUIT_Capability_Report,
 * and when.  ERR_NOT_FOUND: it has not said. */
struct state_capabilities {
	uint64_t time;
	uint8_t raw[TAM_CAPABILITIES_MAX];
	size_t n;
};
MUST_CHECK enum err state_capabilities_get(
    struct state *st, uint64_t device, struct state_capabilities *out);

/* What was sent to a device.  A proof is as old as the device's proven_at. */
struct state_deployed {
	uint64_t device;
	uint8_t digest[DIGEST_LEN];
	char manifest[SUIT_ID_TEXT]; /* manifest component id as text */
	uint64_t sequence;
	uint64_t sent_at;
	uint64_t reported_at; /* 0: nothing reported since it was sent */
	enum err outcome;     /* reported: OK or not */
	uint64_t reason;      /* reported SUIT reason */
	struct state_failure failure;
	bool removed;       /* what was reported is its removal */
	uint64_t proven_at; /* since when it is proven there; 0: not */
	uint64_t gone_at;   /* since when it is proven gone; 0: not */
	/* When the device told how it started it, since it was installed; 0:
	 * it did not.  SUIT reason, 0: it did start. */
	uint64_t started_at;
	uint64_t start_reason;
};
MUST_CHECK enum err state_deployed_list(struct state *st, uint64_t device,
    enum err (*each)(void *ctx, const struct state_deployed *row), void *ctx);
/* How far a manifest has come: devices that it was sent to and is not proven
 * gone from; of these reported installed, reported failed, proven. */
struct state_progress {
	uint64_t sent, reported, failed, proven;
};
MUST_CHECK enum err state_progress(struct state *st,
    const uint8_t digest[DIGEST_LEN], struct state_progress *out);

/* The last appraisals of a device, the newest first. */
#define STATE_APPRAISALS_MAX 16
struct state_appraisal {
	uint64_t time;
	enum err outcome;
	enum assurance assurance;
	bool proves;
	/* Which check failed and why, safe to show; empty when accepted. */
	char what[64], expected[200], found[200], source[96];
};
MUST_CHECK enum err state_appraisal_list(struct state *st, uint64_t device,
    enum err (*each)(void *ctx, const struct state_appraisal *row), void *ctx);

/* Manifest digests and measurements of the last accepted Evidence. */
MUST_CHECK enum err state_listed(struct state *st, uint64_t device,
    enum err (*manifest)(void *ctx, const uint8_t digest[DIGEST_LEN]),
    enum err (*measured)(void *ctx, const struct eat_component *row),
    void *ctx);

/* The last accepted Evidence as the device signed it, if that names keys for
 * encrypted payloads.  *out views room.  ERR_NOT_FOUND. */
#define STATE_EVIDENCE_MAX 65536
MUST_CHECK enum err state_evidence(
    struct state *st, uint64_t device, struct span room, struct bytes *out);

/* What the device asked for, the newest STATE_REQUESTS_MAX. */
#define STATE_REQUESTS_MAX 32
struct state_request {
	char manifest[SUIT_ID_TEXT];
	uint64_t time;
};
MUST_CHECK enum err state_request_list(struct state *st, uint64_t device,
    enum err (*each)(void *ctx, const struct state_request *row), void *ctx);

#endif
