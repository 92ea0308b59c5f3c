/*
 * policy: what the operator decided, as a SQLite database.     [design 5, 9]
 *
 * Devices, groups, manifests, assignments, grants, anchors, CoRIMs.  One
 * process writes it (the admin front); others open it read-only and are told
 * of changes by policy_version.  A rollback journal, not a WAL, so that a
 * reader needs no write access to anything.
 *
 * Every changing function is one transaction: done wholly or not at all.
 * They answer, besides what they say: ERR_EXISTS (a name or key is taken),
 * ERR_NOT_FOUND, ERR_TEXT (not a name), ERR_BUSY (locked, or still needed by
 * another row: why->what says by which), ERR_STORE.
 * Nothing here authenticates a caller.
 */
#ifndef SQLITE_POLICY_H
#define SQLITE_POLICY_H

#include <tamarind/corim.h>
#include <tamarind/suit.h>
#include <tamarind/tam.h>

#define POLICY_NAME_MAX   64 /* with NUL */
#define POLICY_SCOPES_MAX 16 /* of one anchor */
/* The group that every device is in. */
#define POLICY_ALL "all"

/* One connection; one thread at a time. */
struct policy;

/* Make an empty one.  ERR_EXISTS: there is a file. */
MUST_CHECK enum err policy_create(const char *path);
/* ERR_VERSION: not a policy database of this version. */
MUST_CHECK enum err policy_open(
    const char *path, bool write, struct policy **out);
/* Clean up after a writer that died, which only one who may write can. */
MUST_CHECK enum err policy_recover(const char *path);
void policy_close(struct policy *p); /* NULL is fine */

/* Changes whenever another connection has changed anything. */
uint64_t policy_version(struct policy *p);
/* What SQLite last complained about, for the log. */
const char *policy_fault(const struct policy *p);

/* Make the reads up to policy_release one view of one moment.  Keep it
 * short: the writer waits. */
MUST_CHECK enum err policy_hold(struct policy *p);
void policy_release(struct policy *p);

/* Names: 1..63 of A-Z a-z 0-9 . _ - : @ and not beginning with a dash. */
bool policy_name_ok(const char *name);

/* Lists call each() for every row in the order of its key, beginning after
 * the key `after` (NULL: from the start), at most `most` rows; each() answers
 * other than OK to stop, which the list then answers too.  Rows are valid
 * during the call only. */

/* ---- devices ------------------------------------------------------------- */

struct policy_device {
	uint64_t id; /* never used again after removal */
	char name[POLICY_NAME_MAX];
	uint8_t kid[KID_LEN]; /* of its TEEP key */
	struct cose_key key;
	char dialect[TAM_DIALECT_MAX]; /* it is pinned to; "": the default */
	uint64_t added;
	/* Its key was certified: until then, unless it was revoked, or what
	 * its certificates lead to is no anchor any more. */
	bool certified, revoked, orphan;
	uint64_t certified_until;
};

/* dialect: "" or a name of the settings, which the caller has looked up.
 * ERR_COSE_KEY: not a point.  out may be NULL. */
MUST_CHECK enum err policy_device_add(struct policy *p, const struct crypto *c,
    const char *name, const struct cose_key *key, const char *dialect,
    uint64_t now, struct policy_device *out);
/* The same of a device whose key its certificates (PEM, its own first) say:
 * they lead to an anchor that is a certificate, for agents.  *out is filled.
 * ERR_CERTIFICATE, ERR_EXPIRED, and what else verifier_crypto's path answers;
 * ERR_COSE_KEY: not P-256. */
MUST_CHECK enum err policy_device_add_certified(struct policy *p,
    const struct crypto *c, const struct verifier_crypto *more,
    const char *name, struct bytes chain, const char *dialect, uint64_t now,
    struct policy_device *out, struct why *why);
/* Other certificates of the same key, in place of those of before or none.
 * ERR_KEY_PURPOSE: of another key.  ERR_NOT_FOUND: no such device. */
MUST_CHECK enum err policy_device_certify(struct policy *p,
    const struct crypto *c, const struct verifier_crypto *more,
    const char *name, struct bytes chain, uint64_t now,
    struct policy_device *out, struct why *why);
MUST_CHECK enum err policy_device_remove(struct policy *p, const char *name);
MUST_CHECK enum err policy_device_named(
    struct policy *p, const char *name, struct policy_device *out);
MUST_CHECK enum err policy_device_keyed(
    struct policy *p, const uint8_t kid[KID_LEN], struct policy_device *out);
/* group NULL or "all": every device. */
MUST_CHECK enum err policy_device_list(struct policy *p, const char *group,
    const char *after, size_t most,
    enum err (*each)(void *ctx, const struct policy_device *row), void *ctx);

/* ---- groups ----------------------------------------------------------------
 */

/* A group is there while a device is in it.  "all" cannot be joined. */
MUST_CHECK enum err policy_group_join(
    struct policy *p, const char *group, const char *device);
MUST_CHECK enum err policy_group_leave(
    struct policy *p, const char *group, const char *device);

struct policy_group {
	char name[POLICY_NAME_MAX];
	uint64_t devices;
};
/* device NULL: all groups there are, without "all"; else those it is in. */
MUST_CHECK enum err policy_group_list(struct policy *p, const char *device,
    const char *after, size_t most,
    enum err (*each)(void *ctx, const struct policy_group *row), void *ctx);

/* ---- anchors ----------------------------------------------------------------
 * Keys whose statements the TAM takes: CoRIM signers, each within its scope
 * only, manifest signers, and other Verifiers.           [security 15, 20] */

/* Beside enum corim_kind, in an anchor's kinds: may sign manifests. */
#define POLICY_MANIFESTS 8u
/* And, of an anchor that is a certificate: may certify agents' keys. */
#define POLICY_AGENTS 16u
/* May sign Attestation Results, and nothing else. */
#define POLICY_RESULTS 32u

struct policy_scope {
	unsigned kinds;       /* bits: enum corim_kind and those above */
	char vendor[64];      /* empty: any */
	uint8_t class_id[32]; /* class_id_n 0: any */
	size_t class_id_n;
};

struct policy_anchor {
	char name[POLICY_NAME_MAX];
	uint8_t kid[KID_LEN];
	struct cose_key key;
	/* Not a key but a certificate: it vouches for those of signers, and
	 * kid is its SHA-256. */
	bool certified;
	struct policy_scope scope[POLICY_SCOPES_MAX];
	size_t n_scopes;
	uint64_t added;
};

/* kid is computed.  ERR_RANGE: no scope, too many, or unknown kinds.
 * ERR_KEY_PURPOSE: Results and anything else. */
MUST_CHECK enum err policy_anchor_add(
    struct policy *p, const struct crypto *c, const struct policy_anchor *a);
/* The same of a certificate, PEM or DER, an issuer or a signer's own: it is
 * good now, and for CoRIMs only.  ERR_KEY_PURPOSE: for anything else.
 * ERR_EXPIRED, ERR_CERTIFICATE and what else verifier_crypto's path answers. */
MUST_CHECK enum err policy_anchor_add_certificate(struct policy *p,
    const struct crypto *c, const struct verifier_crypto *more,
    const struct policy_anchor *a, struct bytes certificate, struct why *why);
/*
 * Trust anchors for signers of CoRIMs out of a CoRIM with concise TA stores
 * (CoTS), signed by whomever: the operator vouches.  Each key or certificate
 * becomes an anchor, NAME-1, NAME-2 and so on, for the environments of its
 * store; stores for other purposes than CoRIMs are left alone, and counted.
 * Anything that could not be kept to refuses all of it.  ERR_UNEXPECTED: claims
 * that a store permits or excludes, places that are no classes, a kind of
 * anchor; ERR_NOT_FOUND: no store.  Errors of corim_parse and of the others
 * above.
 */
struct policy_imported {
	size_t anchors, elsewhere;
};
MUST_CHECK enum err policy_cots_import(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const char *name, struct bytes corim,
    uint64_t now, struct policy_imported *out, struct why *why);
/*
 * What the issuer of signers' certificates has revoked, DER; replaces the list
 * of before.  CoRIMs whose signer it revokes are dropped, and devices whose
 * certificate it revokes, whichever anchor they lead to, or under which they
 * lead to none any more, are refused from now on; both are counted.  A list
 * under which another CoRIM's signer cannot be led to its anchor, or of no use
 * for any device of it, is refused.
 * ERR_NOT_FOUND: no such anchor.  ERR_TYPE: it is a key.
 */
MUST_CHECK enum err policy_anchor_crl(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const char *name, struct bytes crl,
    uint64_t now, size_t *dropped, struct why *why);
/* Its CoRIMs go with it.  ERR_BUSY: manifests it signed are stored. */
MUST_CHECK enum err policy_anchor_remove(struct policy *p, const char *name);
MUST_CHECK enum err policy_anchor_keyed(
    struct policy *p, const uint8_t kid[KID_LEN], struct policy_anchor *out);
MUST_CHECK enum err policy_anchor_list(struct policy *p, const char *after,
    size_t most, enum err (*each)(void *ctx, const struct policy_anchor *row),
    void *ctx);
/* The anchors with any of these kinds as a ring.  Keeps *room. */
struct policy_ring {
	struct policy *p;
	unsigned kinds;
};
struct keyring policy_ring(
    struct policy *p, unsigned kinds, struct policy_ring *room);

/* The anchors for Results, as the engine takes them.  Keeps p and *room. */
struct tam_results policy_results(struct policy *p, struct policy_ring *room);

/* ---- manifests ------------------------------------------------------------
 */

struct policy_manifest {
	uint8_t digest[DIGEST_LEN];
	char id[SUIT_ID_TEXT]; /* manifest component id as text */
	uint64_t sequence;
	char component[SUIT_ID_TEXT]; /* first component as text */
	uint8_t image[DIGEST_LEN];    /* of its content, if declared */
	bool has_image;
	uint64_t size;       /* of its content; UINT64_MAX if not declared */
	uint64_t envelope_n; /* octets */
	uint8_t signer[KID_LEN];
	uint64_t added;
};

/*
 * Verify an envelope under the anchors that may sign manifests, and store it
 * as received.  Errors of suit_open.  ERR_OWNER: manifests with this id by
 * another signer are stored.  ERR_SEQUENCE_CLASH: this sequence number, other
 * digest.  ERR_EXISTS: stored already.
 */
MUST_CHECK enum err policy_manifest_add(struct policy *p,
    const struct crypto *c, struct bytes envelope, uint64_t now,
    struct policy_manifest *out, struct why *why);
/* ERR_BUSY: an assignment pins it, or it is the last one that an assignment
 * or grant can mean. */
MUST_CHECK enum err policy_manifest_remove(
    struct policy *p, const uint8_t digest[DIGEST_LEN], struct why *why);
MUST_CHECK enum err policy_manifest_get(struct policy *p,
    const uint8_t digest[DIGEST_LEN], struct policy_manifest *out);
/* Ordered by id, then sequence; `after` is an id. */
MUST_CHECK enum err policy_manifest_list(struct policy *p, const char *after,
    size_t most, enum err (*each)(void *ctx, const struct policy_manifest *row),
    void *ctx);
/* Its envelope as received, in memory of mem.  ERR_MEMORY. */
MUST_CHECK enum err policy_envelope(struct policy *p,
    const uint8_t digest[DIGEST_LEN], const struct arena *mem,
    struct bytes *out);

/* ---- assignments and grants ------------------------------------------------
 */

/* A group's devices shall have the newest manifest with this id, or the
 * newest not above the pinned one. */
struct policy_assignment {
	char group[POLICY_NAME_MAX];
	char manifest[SUIT_ID_TEXT]; /* manifest component id as text */
	uint8_t pin[DIGEST_LEN];
	bool pinned;
};
/* Replaces the group's assignment of that id.  pin may be NULL.
 * ERR_NOT_FOUND: no such manifest stored. */
MUST_CHECK enum err policy_assign(struct policy *p, const char *group,
    const char *manifest, const uint8_t *pin);
MUST_CHECK enum err policy_unassign(
    struct policy *p, const char *group, const char *manifest);
/* group NULL: of all groups. */
MUST_CHECK enum err policy_assignment_list(struct policy *p, const char *group,
    enum err (*each)(void *ctx, const struct policy_assignment *row),
    void *ctx);

/* What a group's devices get that fail attestation for one cause: the newest
 * manifest with this id, or the newest not above the pinned one.
 *                                                           [security 16] */
#define POLICY_CAUSE_MAX 64 /* with NUL: as names of reference values */
struct policy_repair {
	char group[POLICY_NAME_MAX];
	char cause[POLICY_CAUSE_MAX]; /* name of a measurement */
	char manifest[SUIT_ID_TEXT];
	uint8_t pin[DIGEST_LEN];
	bool pinned;
};
/* Replaces the row with the same group, cause and manifest; its added pin may
 * be none.  ERR_NOT_FOUND: no such manifest stored.  ERR_UNEXPECTED: one that
 * is stored brings secrets or draws in others, or the like (suit_plain);
 * policy_manifest_add refuses such a one for as long as the row stands. */
MUST_CHECK enum err policy_repair_add(
    struct policy *p, const struct policy_repair *row);
MUST_CHECK enum err policy_repair_remove(struct policy *p, const char *group,
    const char *cause, const char *manifest);
MUST_CHECK enum err policy_repair_list(struct policy *p,
    enum err (*each)(void *ctx, const struct policy_repair *row), void *ctx);
/* Every manifest that repairs a device for that cause, by its groups. */
MUST_CHECK enum err policy_repairing(struct policy *p, uint64_t device,
    struct bytes cause,
    enum err (*each)(void *ctx, const struct tam_manifest *row), void *ctx);
/* *yes: some repair set of the device's groups names this id, encoded. */
MUST_CHECK enum err policy_repairs(
    struct policy *p, uint64_t device, struct bytes id, bool *yes);

/* A single device may have it when it asks. */
struct policy_grant {
	char device[POLICY_NAME_MAX];
	char manifest[SUIT_ID_TEXT];
};
MUST_CHECK enum err policy_grant(
    struct policy *p, const char *device, const char *manifest);
MUST_CHECK enum err policy_ungrant(
    struct policy *p, const char *device, const char *manifest);
/* device NULL: of all devices. */
MUST_CHECK enum err policy_grant_list(struct policy *p, const char *device,
    enum err (*each)(void *ctx, const struct policy_grant *row), void *ctx);

/* Every manifest a device should have by its groups. */
MUST_CHECK enum err policy_assigned(struct policy *p, uint64_t device,
    enum err (*each)(void *ctx, const struct tam_manifest *row), void *ctx);
/* The newest manifest with this encoded id, if granted to the device. */
MUST_CHECK enum err policy_granted(struct policy *p, uint64_t device,
    struct bytes id, struct tam_manifest *out);
/* A stored manifest as the engine wants it. */
MUST_CHECK enum err policy_manifest(struct policy *p,
    const uint8_t digest[DIGEST_LEN], struct tam_manifest *out);

/* ---- CoRIMs
 * ------------------------------------------------------------------ */

struct policy_corim {
	char id[CORIM_ID_MAX + 1];
	uint8_t signer[KID_LEN];
	uint64_t not_before, not_after; /* not_after INT64_MAX: without end */
	uint64_t keys, statements;      /* of devices; of other kinds */
	uint64_t added;
};

/*
 * Verify a signed CoRIM under the anchors and store it as it was received.
 * One statement outside its signer's scope refuses the whole. [security 20]
 * A CoRIM of the same id and signer is replaced; of another signer:
 * ERR_OWNER.  One that brings certificates is held against anchors that are
 * certificates (more NULL: none is), and counts no longer than these do.
 * Errors of corim_open, corim_check and acs_library_begin;
 * ERR_SCOPE; ERR_EXISTS: a key is endorsed for another environment;
 * ERR_RANGE: an id, text or class is longer than the store keeps.
 */
MUST_CHECK enum err policy_corim_add(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, struct bytes signed_corim, uint64_t now,
    struct policy_corim *out, struct why *why);
/* Was this said once, and then withdrawn or replaced?  ERR_REPLAY: only who
 * answers for the store may add it again. */
MUST_CHECK enum err policy_corim_gone(
    struct policy *p, const struct crypto *c, struct bytes signed_corim);
MUST_CHECK enum err policy_corim_remove(struct policy *p, const char *id);
MUST_CHECK enum err policy_corim_list(struct policy *p, const char *after,
    size_t most, enum err (*each)(void *ctx, const struct policy_corim *row),
    void *ctx);

/* For struct verifier_store: what is valid at now. */
MUST_CHECK enum err policy_verifier_key(struct policy *p, uint64_t now,
    const uint8_t kid[KID_LEN], struct verifier_key *out);
/* All CoRIMs that are valid at now and say more than which key a device has.
 * Read again when the policy has changed; stays until the next call. */
MUST_CHECK enum err policy_library(
    struct policy *p, uint64_t now, const struct acs_library **out);

#endif
