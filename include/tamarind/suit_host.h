/*
 * suit_host: the device, as the processor of manifests sees it: what a porter
 * fills in.                                             [docs/porting.md]
 */
#ifndef TAMARIND_SUIT_HOST_H
#define TAMARIND_SUIT_HOST_H

#include <tamarind/suit_manifest.h>

enum suit_procedure {
	/* dependency-resolution, payload-fetch, candidate-verification,
	 * install, validate */
	SUIT_DO_UPDATE,
	SUIT_DO_INVOKE,    /* validate, load, invoke */
	SUIT_DO_UNINSTALL, /* uninstall */
};

/* What a component is as a file.          [SUIT UM SUIT_Component_Metadata] */
struct suit_metadata {
	uint32_t has; /* bit i: the i-th of these */
	uint64_t permissions;
	struct bytes user, group, role; /* encoded maps actor => bits */
	uint64_t file_type;             /* enum suit_file_type */
	struct bytes modified, created; /* encoded, tag 1 */
	struct bytes creator;           /* encoded actor */
	struct bytes target; /* of a symbolic link: text; else empty */
};

/* A command of the device's own.               [SUIT suit-command-custom] */
struct suit_custom {
	int16_t code;      /* below SUIT_CUSTOM */
	bool is_condition; /* an error of class refused: does not hold */
	uint8_t arg;       /* enum cbor_type; CBOR_NINT: any integer,
			    * CBOR_SIMPLE: nil */
	/* The parameter it needs, below SUIT_CUSTOM, and its type as for arg
	 * (CBOR_SIMPLE: bool); 0: none. */
	int16_t parameter;
	uint8_t type;
	/* Asked may first, if it is a directive.  arg: encoded.  parameter:
	 * content of a string, else encoded. */
	enum err (*act)(void *ctx, struct bytes id, struct bytes arg,
	    struct bytes parameter);
};

/* Reporting policy of a command.                  [SUIT SUIT_Rep_Policy] */
enum suit_policy {
	SUIT_POLICY_RECORD_SUCCESS = 1,
	SUIT_POLICY_RECORD_FAILURE = 2,
	SUIT_POLICY_SYSINFO_SUCCESS = 4,
	SUIT_POLICY_SYSINFO_FAILURE = 8,
};

/*
 * The device, as the processor sees it.  id is an encoded identifier.  What
 * is written is staged: the owner of the store makes a procedure's changes
 * visible in one commit after SUIT_DONE, or drops them.
 *
 * Any function from device_is on may be NULL: the device has nothing of the
 * kind.  A command that asks for it ends the procedure, ERR_CANNOT, and no
 * try-each around it helps: what is not implemented refuses the manifest.
 * That is also what a function may answer that can never tell; one that
 * cannot tell now answers another error of class refused.  [SUIT UM 1, 5]
 */
struct suit_host {
	void *ctx;
	/* Is the value (bstr content, or tag 112 encoded) one of ours? */
	bool (*vendor_is)(void *ctx, struct bytes id, struct bytes value);
	bool (*class_is)(void *ctx, struct bytes id, struct bytes value);
	/* May the signers of m do cmd to id?  m is the root or one that it
	 * depends on.  ERR_SIGNER_ACCESS, ERR_TAM_ACCESS, ERR_COMPONENT, ... ;
	 * asked before every directive that touches a component, for the
	 * component it reads as well; and with SUIT_CMD_SET_INDEX for every
	 * component of a manifest before any of it is run: one that is refused
	 * refuses all. */
	enum err (*may)(void *ctx, const struct suit_manifest *m,
	    enum suit_command cmd, struct bytes id);
	/* May m fetch from this URI?  ERR_URI. */
	enum err (*may_fetch)(
	    void *ctx, const struct suit_manifest *m, struct bytes uri);
	/* Replace id's staged content: begin, pieces in order, end.  size is
	 * the declared size, UINT64_MAX if none.  end gets what the processor
	 * computed over the pieces.  drop gives it up. */
	enum err (*write_begin)(void *ctx, struct bytes id, uint64_t size);
	enum err (*write_more)(void *ctx, struct bytes piece);
	enum err (*write_end)(
	    void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t size);
	void (*write_drop)(void *ctx);
	/* Hash id's content, staged if staged, else installed, by reading it
	 * again.  *size comes in as the size that the manifest declares, or
	 * UINT64_MAX: storage that does not know how long its content is
	 * hashes so much; all other answers its length.  ERR_NOT_INSTALLED.
	 * Asked once for a content, and again for other declared sizes. */
	enum err (*digest)(void *ctx, struct bytes id,
	    uint8_t sha256[DIGEST_LEN], uint64_t *size);
	enum err (*unlink)(void *ctx, struct bytes id);
	/* What manifests that others depend on stand on; NULL: none may. */
	const struct suit_depending_host *depending;
	/* Readings of contradictory words of the drafts, see suit_compat. */
	uint32_t compat;
	/* Bits of enum suit_policy that are heeded; a failed condition has its
	 * record with none of them. */
	uint8_t heeds;
	enum err (*invoke)(void *ctx, struct bytes id, struct bytes args);

	/* Is this UUID the device's? */
	bool (*device_is)(void *ctx, struct bytes id, struct bytes value);
	/* For reports: the first identifier that vendor_is, class_is or
	 * device_is knows, as they take it; or empty. */
	struct bytes (*mine)(
	    void *ctx, enum suit_parameter which, struct bytes id);
	/* Which of its slots is id in? */
	enum err (*slot)(void *ctx, struct bytes id, uint64_t *slot);
	/* Seconds since the epoch, if somebody trustworthy told. [security 7]
	 */
	enum err (*now)(void *ctx, uint64_t *seconds);
	/* Milliwatt hours that are left. */
	enum err (*battery)(void *ctx, uint64_t *mwh);
	/* OK: whoever decides here wants the update now. */
	enum err (*authorized)(void *ctx, struct bytes id, int64_t priority);
	/* The version of what is installed: an encoded array of integers,
	 * which lives until the next call.  ERR_NOT_INSTALLED. */
	enum err (*version)(void *ctx, struct bytes id, struct bytes *ints);
	/* Does the event (enum suit_event, its value encoded and of its type)
	 * hold now?  An error: it can never be told here. */
	enum err (*event)(
	    void *ctx, enum suit_event event, struct bytes value, bool *holds);
	/* Is the digest of id's content nothing to report, for all or some of
	 * it came encrypted?  NULL: what this run decrypted, and no other. */
	bool (*secret)(void *ctx, struct bytes id);
	/* The next piece of id's content, staged if staged, else installed;
	 * empty at its end; lives until the next call. */
	enum err (*read)(
	    void *ctx, struct bytes id, uint64_t at, struct bytes *piece);
	/* Exchange the contents of two components; a loss of power leaves
	 * both as they were, or both exchanged. */
	enum err (*swap)(void *ctx, struct bytes a, struct bytes b);
	/* What is written next to id is this kind of file.  Never followed by
	 * content that contradicts it.  ERR_CANNOT for what is not kept. */
	enum err (*metadata)(
	    void *ctx, struct bytes id, const struct suit_metadata *m);
	/* The nth key that opens what the signers of this manifest encrypt to
	 * the device: it set the encryption-info.  ERR_UNKNOWN_KEY: no more;
	 * ERR_SIGNER_ACCESS: those encrypt nothing here.  NULL: nobody does,
	 * ERR_ENCRYPTION.                                   [security 11] */
	enum err (*opener)(void *ctx, const struct suit_manifest *by,
	    size_t nth, struct cose_opener *out);
	/* For what is decrypted, 16 octets or more; wiped after use. */
	struct span plain_room;
	/* Where the envelope came from, for relative references, and room for
	 * what they become, SUIT_URI_MAX at most; empty: refused. */
	struct bytes base;
	struct span uri_room;
	/* Commands of the device's own. */
	const struct suit_custom *custom;
	size_t n_custom;
};

/* Where the drafts contradict themselves the strict reading is in force; a
 * host that has to meet what others made of them enables the other one by its
 * bit.                                       docs/decisions/36 */
enum suit_compat {
	/* A dependency may be numbered beyond the components; its prefix is
	 * its identifier. */
	SUIT_COMPAT_INDEX = 1 << 0,
	/* process-dependency checks the integrity if nothing did before. */
	SUIT_COMPAT_INTEGRITY = 1 << 1,
	/* Sections of a dependency may be left out. */
	SUIT_COMPAT_LOCKSTEP = 1 << 2,
	SUIT_COMPAT_ALL = (1 << 3) - 1,
	/* No reading but a demand, that a processor should make and the drafts'
	 * own examples do not meet: the shared sequence has a vendor and a
	 * class check.  Where nothing is linked that looks, ERR_CANNOT.
	 *                                      [SUIT 6.2] docs/decisions/47 */
	SUIT_DEMAND_IDENTITY = 1 << 3,
	SUIT_READINGS_ALL = (1 << 4) - 1,
};

struct suit_compat_row {
	enum suit_compat bit;
	const char *name;
};

extern const struct suit_compat_row suit_compat_rows[];
extern const size_t suit_compat_n;

/* What dependencies stand on.                       [SUIT TD dependencies] */
struct suit_depending_host {
	const struct keyring *ring; /* who may sign them */
	/* Memory for them; at most SUIT_PARTS_MAX - 1 are used. */
	struct suit_manifest *room;
	size_t n;
	/* id's content, staged or installed, whole: valid and unchanged until
	 * the run has ended.  ERR_NOT_INSTALLED, ERR_ROOM. */
	enum err (*view)(void *ctx, struct bytes id, struct bytes *out);
	/* The signature of m holds, and each of its components was found to be
	 * its signers' to write.  Is it fresh enough, and may of depend on it?
	 * ERR_ROLLBACK, ... */
	enum err (*admit)(void *ctx, const struct suit_manifest *m,
	    const struct suit_manifest *of);
	/* How this one of the manifests in progress is read: bits as in
	 * suit_host's compat, which counts if this is NULL. */
	uint32_t (*compat)(void *ctx, const struct suit_manifest *m);
};

#endif
