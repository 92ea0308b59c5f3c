/*
 * base: views of bytes, the one table of refusals, wipe and compare.
 *
 * Freestanding.  Every other room stands on this one.
 */
#ifndef TAMARIND_BASE_H
#define TAMARIND_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MUST_CHECK __attribute__((warn_unused_result))
#else
#define MUST_CHECK
#endif

// clang-format off
/* Return early with the error of x.  Only in functions that own nothing. */
#define TRY(x)                                                                 \
	do {                                                                   \
		enum err try_err_ = (x);                                       \
		if (try_err_ != OK)                                            \
			return try_err_;                                       \
	} while (0)
// clang-format on

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Bytes that are there: a read-only view.  Never owns. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/* Room to fill.  Never says how much of it holds something. */
struct span {
	uint8_t *p;
	size_t n;
};

/* A list inside a message: its items back to back, and how many. */
struct list {
	struct bytes raw;
	size_t n;
};

#define BYTES_NONE ((struct bytes){NULL, 0})
/* A view of a string literal, without its NUL. */
#define BYTES_LIT(s) ((struct bytes){(const uint8_t *)(s), sizeof(s) - 1})
/* A view of a whole array object. */
#define BYTES_OF(a) ((struct bytes){(const uint8_t *)(a), sizeof(a)})
#define SPAN_OF(a)  ((struct span){(uint8_t *)(a), sizeof(a)})

/*
 * Who must act on an error: the high byte of its number.
 *   input    the sender's fault; answer with a refusal
 *   refused  authentic or well-formed, but not allowed
 *   room     a buffer or table of ours is too small
 *   port     store, network, crypto library or system failed; may be retried
 *   bug      the caller broke a contract
 */
enum err_class {
	CLASS_OK = 0,
	CLASS_INPUT = 1,
	CLASS_REFUSED = 2,
	CLASS_ROOM = 3,
	CLASS_PORT = 4,
	CLASS_BUG = 5,
};

/*
 * Every refusal there is: number, name on wire and in logs, sentence for
 * people.  Names are stable: logs, tests and peers' operators rely on them.
 */
// clang-format off
#define ERR_TABLE(X)                                                           \
	X(OK, 0, "ok", "done")                                                 \
	/* input: bytes */                                                     \
	X(ERR_TRUNCATED, 0x101, "truncated", "the item ends too early")        \
	X(ERR_TRAILING, 0x102, "trailing-bytes", "bytes follow the item")      \
	X(ERR_TYPE, 0x103, "wrong-type", "another CBOR type was expected")     \
	X(ERR_NOT_SHORTEST, 0x104, "not-shortest-form",                        \
	    "a number or length is not in shortest form")                      \
	X(ERR_INDEFINITE, 0x105, "indefinite-length",                          \
	    "indefinite lengths are not accepted")                             \
	X(ERR_DUPLICATE, 0x106, "duplicate-key", "a map key occurs twice")     \
	X(ERR_DEPTH, 0x107, "too-deep", "nesting exceeds the limit")           \
	X(ERR_RANGE, 0x108, "out-of-range",                                    \
	    "a value or length is outside its range")                          \
	X(ERR_UTF8, 0x109, "bad-utf8", "text is not UTF-8")                    \
	X(ERR_MISSING, 0x10a, "missing-field", "a required field is absent")   \
	X(ERR_UNEXPECTED, 0x10b, "unexpected-field",                           \
	    "a field stands where it must not")                                \
	X(ERR_RESERVED, 0x10c, "reserved-encoding",                            \
	    "a CBOR encoding that is reserved or not used here")               \
	X(ERR_TOO_LONG, 0x10d, "too-long", "the input exceeds its limit")      \
	X(ERR_VERSION, 0x10e, "unsupported-version",                           \
	    "no common protocol or manifest version")                          \
	X(ERR_ORDER, 0x10f, "wrong-order",                                     \
	    "map keys or members are not in the required order")               \
	X(ERR_TEXT, 0x110, "bad-text", "the text cannot be read as such")      \
	/* input: COSE */                                                      \
	X(ERR_COSE_TYPE, 0x120, "not-cose", "not a COSE structure used here")  \
	X(ERR_COSE_HEADER, 0x121, "bad-cose-header",                           \
	    "a COSE header parameter is missing, doubled or misplaced")        \
	X(ERR_COSE_CRIT, 0x122, "unknown-crit",                                \
	    "a critical header parameter is not understood")                   \
	X(ERR_COSE_ALG, 0x123, "algorithm-not-allowed",                        \
	    "the algorithm is unknown, or not allowed for this key or use")    \
	X(ERR_COSE_KEY, 0x124, "bad-key", "not a usable public key")           \
	/* input: TEEP */                                                      \
	X(ERR_TEEP_TYPE, 0x130, "unknown-message-type",                        \
	    "not a TEEP message type, or not one for this receiver")           \
	X(ERR_TEEP_RULE, 0x131, "message-rule",                                \
	    "a presence rule of the TEEP message is broken")                   \
	X(ERR_NO_COMMON_SUITE, 0x132, "no-common-cipher-suite",                \
	    "none of the offered cipher suites is supported")                  \
	X(ERR_NO_COMMON_VERSION, 0x133, "no-common-version",                   \
	    "none of the offered versions is supported")                       \
	X(ERR_NO_FRESHNESS, 0x134, "no-common-freshness-mechanism",            \
	    "none of the offered freshness mechanisms is supported")           \
	X(ERR_NO_PROFILE, 0x135, "no-common-suit-profile",                     \
	    "none of the offered SUIT COSE profiles is supported")             \
	/* refused: authentication */                                          \
	X(ERR_UNSIGNED, 0x201, "unsigned", "the message carries no signature") \
	X(ERR_UNKNOWN_KEY, 0x202, "unknown-key",                               \
	    "no trusted key with this key id")                                 \
	X(ERR_SIGNATURE, 0x203, "bad-signature", "the signature is wrong")     \
	X(ERR_UNDECRYPTABLE, 0x204, "undecryptable",                           \
	    "the content cannot be decrypted or is not authentic inside")      \
	X(ERR_KEY_PURPOSE, 0x205, "wrong-key-purpose",                         \
	    "the key is not for this purpose")                                 \
	X(ERR_PEER, 0x206, "peer-not-allowed",                                 \
	    "this caller may not do that")                                     \
	X(ERR_CERTIFICATE, 0x207, "bad-certificate",                           \
	    "a certificate is malformed, revoked, or leads to no anchor")      \
	/* refused: freshness and binding */                                   \
	X(ERR_REPLAY, 0x210, "replay", "challenge or token was used before")   \
	X(ERR_TOKEN, 0x211, "unknown-token",                                   \
	    "the token belongs to no open request of this key")                \
	X(ERR_EXPIRED, 0x212, "expired",                                       \
	    "challenge, token, Result or CoRIM is too old")                    \
	X(ERR_CHALLENGE, 0x213, "foreign-challenge",                           \
	    "the nonce is not a challenge of ours")                            \
	X(ERR_UNSOLICITED, 0x214, "unsolicited",                               \
	    "no request is open that this answers")                            \
	X(ERR_UNBOUND, 0x215, "unbound-update",                                \
	    "the Update is not bound to this device and exchange")             \
	X(ERR_NO_EXCHANGE, 0x216, "no-open-exchange",                          \
	    "no exchange is open")                                             \
	X(ERR_EXCHANGE_LIMIT, 0x217, "exchange-limit",                         \
	    "too many requests in one exchange")                               \
	X(ERR_DIALECT, 0x218, "wrong-dialect",                                 \
	    "the peer is pinned to another dialect, or it is not spoken here") \
	/* refused: attestation */                                             \
	X(ERR_EVIDENCE_NONCE, 0x220, "evidence-nonce",                         \
	    "the Evidence answers another challenge")                          \
	X(ERR_EVIDENCE_AUDIENCE, 0x221, "evidence-audience",                   \
	    "the Evidence was made for another TAM")                           \
	X(ERR_EVIDENCE_KEY, 0x222, "evidence-key-not-endorsed",                \
	    "no endorsement for the key that signed the Evidence")             \
	X(ERR_EVIDENCE_CNF, 0x223, "evidence-not-bound",                       \
	    "the Evidence binds another TEEP key")                             \
	X(ERR_EVIDENCE_CLAIM, 0x224, "claim-mismatch",                         \
	    "a claim differs from its endorsement")                            \
	X(ERR_MEASUREMENT, 0x225, "measurement-mismatch",                      \
	    "a measurement matches no reference value")                        \
	X(ERR_NO_REFERENCE, 0x226, "no-reference-value",                       \
	    "no reference value for this environment")                         \
	X(ERR_RESULT_CNF, 0x227, "result-not-bound",                           \
	    "the Attestation Result is about another key")                     \
	X(ERR_RESULT_NONCE, 0x228, "result-nonce",                             \
	    "the Attestation Result answers another challenge")                \
	X(ERR_RESULT_CLAIMS, 0x229, "result-claims",                           \
	    "the Attestation Result lacks a required claim")                   \
	X(ERR_NOT_ATTESTED, 0x22a, "attestation-required",                     \
	    "a fresh proof of health is required first")                       \
	X(ERR_REPORT_NONCE, 0x22b, "report-nonce",                             \
	    "the SUIT Report carries another nonce")                           \
	X(ERR_REPORT_MANIFEST, 0x22c, "report-manifest",                       \
	    "the SUIT Report is about a manifest that was not sent")           \
	X(ERR_REPORT_KEY, 0x22d, "report-key",                                 \
	    "the SUIT Report is not signed by the device's report key")        \
	X(ERR_REPORT_RESULT, 0x22e, "report-result",                           \
	    "the SUIT Report contradicts the message that carries it")         \
	X(ERR_SCOPE, 0x22f, "outside-signer-scope",                            \
	    "the signer may not speak about this environment")                 \
	X(ERR_ASSURANCE, 0x230, "weaker-assurance",                            \
	    "the device was accepted under a stronger class of assurance")     \
	X(ERR_CLONE, 0x231, "clone",                                           \
	    "two devices that run at once have the same keys")                 \
	X(ERR_REPORT_REPLAY, 0x232, "report-replay",                           \
	    "no run of the manifest leaves the SUIT Report that came")         \
	X(ERR_EVIDENCE_STATE, 0x233, "state-proves-nothing",                   \
	    "the attester is being debugged, or not in the state of a product")\
	/* refused: manifests */                                               \
	X(ERR_ROLLBACK, 0x240, "rollback",                                     \
	    "the manifest sequence number is below the one seen before")       \
	X(ERR_SEQUENCE_CLASH, 0x241, "sequence-clash",                         \
	    "the same sequence number with another digest")                    \
	X(ERR_SEQUENCE_JUMP, 0x242, "sequence-jump",                           \
	    "the sequence number jumps further than allowed")                  \
	X(ERR_TAM_ACCESS, 0x243, "component-not-allowed-for-tam",              \
	    "policy does not let this TAM manage the component")               \
	X(ERR_SIGNER_ACCESS, 0x244, "component-not-allowed-for-signer",        \
	    "policy does not let this signer write the component")             \
	X(ERR_OWNER, 0x245, "component-has-another-owner",                     \
	    "another TAM or authority owns the component")                     \
	X(ERR_MANIFEST_DIGEST, 0x246, "manifest-digest",                       \
	    "the manifest does not match its signed digest")                   \
	X(ERR_VENDOR, 0x247, "vendor-mismatch",                                \
	    "the manifest is for another vendor's device")                     \
	X(ERR_CLASS, 0x248, "class-mismatch",                                  \
	    "the manifest is for another class of device")                     \
	X(ERR_IMAGE_DIGEST, 0x249, "image-digest",                             \
	    "the payload does not match its digest")                           \
	X(ERR_IMAGE_SIZE, 0x24a, "image-size",                                 \
	    "the payload does not have its declared size")                     \
	X(ERR_CONDITION, 0x24b, "condition-failed",                            \
	    "a condition of the manifest does not hold")                       \
	X(ERR_COMMAND, 0x24c, "unsupported-command",                           \
	    "the manifest uses a command this profile lacks")                  \
	X(ERR_PARAMETER, 0x24d, "unsupported-parameter",                       \
	    "the manifest uses a parameter this profile lacks")                \
	X(ERR_COMPONENT, 0x24e, "unsupported-component",                       \
	    "the device has no place for this component")                      \
	X(ERR_NEEDS, 0x24f, "parameter-not-set",                               \
	    "a command lacks a parameter it needs")                            \
	X(ERR_PLACE, 0x250, "command-misplaced",                               \
	    "a command stands where it must not")                              \
	X(ERR_SEVERED, 0x251, "severed-member",                                \
	    "a severed member is needed or not covered by the manifest")       \
	X(ERR_DEPENDENCY, 0x252, "dependency",                                 \
	    "dependencies are not supported, or one is not satisfied")         \
	X(ERR_FETCH, 0x253, "fetch-failed", "the payload could not be fetched")\
	X(ERR_URI, 0x254, "uri-not-allowed", "the URI may not be fetched")     \
	X(ERR_LIMIT, 0x255, "limit", "a configured limit is exceeded")         \
	X(ERR_QUOTA, 0x256, "quota", "the TAM's or signer's quota is used up") \
	X(ERR_THRESHOLD, 0x257, "too-few-signatures",                          \
	    "fewer valid signatures than the policy demands")                  \
	X(ERR_NOT_INSTALLED, 0x258, "not-installed",                           \
	    "no such component is installed")                                  \
	X(ERR_INVOKE, 0x259, "invoke-failed",                                  \
	    "the application did not start or did not answer")                 \
	X(ERR_ENCRYPTION, 0x25a, "unsupported-encryption",                     \
	    "encrypted payloads are not supported by this profile")            \
	X(ERR_CANNOT, 0x25b, "cannot-here",                                    \
	    "this device cannot know or do what the command asks for")         \
	X(ERR_CONFLICT, 0x25c, "component-conflict",                           \
	    "a component is source and target while no order is promised")     \
	X(ERR_WAIT, 0x25d, "wait-ended",                                       \
	    "what the manifest waits for did not happen in time")              \
	/* refused: operations */                                              \
	X(ERR_NOT_FOUND, 0x260, "not-found", "there is no such thing")         \
	X(ERR_EXISTS, 0x261, "exists", "it exists already")                    \
	X(ERR_BUSY, 0x262, "busy", "another exchange is under way")            \
	X(ERR_RATE, 0x263, "rate-limited", "too many requests; try later")     \
	X(ERR_HTTP, 0x264, "http-status", "the server answered with an error") \
	X(ERR_PEER_ERROR, 0x265, "peer-error", "the peer reported an error")   \
	/* ours */                                                             \
	X(ERR_ROOM, 0x301, "no-room", "a buffer or table is too small")        \
	X(ERR_STORE, 0x401, "store", "the store failed")                       \
	X(ERR_CRYPTO, 0x402, "crypto", "the cryptographic library failed")     \
	X(ERR_RANDOM, 0x403, "no-randomness", "no seeded generator")           \
	X(ERR_NET, 0x404, "network", "the network failed")                     \
	X(ERR_SYSTEM, 0x405, "system", "the operating system refused")         \
	X(ERR_MEMORY, 0x406, "no-memory", "out of memory")                     \
	X(ERR_SYNTAX, 0x407, "bad-configuration",                              \
	    "a file or argument cannot be understood")                         \
	X(ERR_DISK_FULL, 0x408, "disk-full", "no room is left on the disk")    \
	X(ERR_BUG, 0x501, "bug", "an internal contract was broken")
// clang-format on

enum err {
#define X(name, number, word, sentence) name = number,
	ERR_TABLE(X)
#undef X
};

/* The class of e: who must act. */
static inline enum err_class
err_class(enum err e)
{
	return (enum err_class)((unsigned)e >> 8);
}

/* The stable name of e, such as "bad-signature".  Never NULL. */
const char *err_name(enum err e);

/* One sentence on e for people.  Never NULL. */
const char *err_text(enum err e);

/* How the two values of a struct why are to be shown. */
enum why_kind {
	WHY_NONE = 0,
	WHY_HEX,  /* octets */
	WHY_TEXT, /* foreign text: the shell must make it safe to show */
	WHY_UINT, /* expected_n and found_n */
	WHY_CBOR, /* encoded CBOR, to be printed in diagnostic notation */
};

/*
 * The whole reason of a refusal: which check, where, what was expected,
 * what was found, and where the expectation came from.  Engines fill it;
 * shells print it.  The views borrow from the engine's inputs.
 */
struct why {
	enum err err;
	size_t at;             /* byte offset in the input, 0 if none */
	const char *what;      /* field, claim or step; static, or NULL */
	enum why_kind kind;    /* of expected and found */
	struct bytes expected; /* or none */
	struct bytes found;
	uint64_t expected_n, found_n; /* WHY_UINT */
	struct bytes source;  /* name of the origin of the expectation (text) */
	struct bytes subject; /* what it is about: key id, name (octets) */
};

/* Fill *w (which may be NULL) with e and what, and return e. */
enum err why_set(struct why *w, enum err e, const char *what);

/*
 * A security verdict as stored: zeroed memory refuses, and one flipped bit
 * does not accept.
 */
enum verdict {
	REFUSED = 0,
	ACCEPTED = 0x5ac3963c,
};

/* Same length and same octets.  Not constant time: for public values. */
bool bytes_same(struct bytes a, struct bytes b);

/* As bytes_same, in time that depends on the lengths only. */
bool bytes_same_ct(struct bytes a, struct bytes b);

/* Bytewise order as in deterministic CBOR: <0, 0, >0.  [RFC 8949 4.2.1] */
int bytes_order(struct bytes a, struct bytes b);

/* Does a begin with prefix? */
bool bytes_prefix(struct bytes a, struct bytes prefix);

/* Overwrite n octets at p; the compiler may not leave it out. */
void wipe(void *p, size_t n);

#endif
