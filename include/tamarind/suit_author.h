/*
 * suit_author: write and sign the envelope of one component.  Never in a
 * device; for all that a manifest may hold there is the tool suit(1).
 */
#ifndef TAMARIND_SUIT_AUTHOR_H
#define TAMARIND_SUIT_AUTHOR_H

#include <tamarind/suit_manifest.h>

/* The common case: one component, one payload. */
struct suit_recipe {
	uint64_t sequence;
	struct bytes component;   /* encoded identifier */
	struct bytes manifest_id; /* encoded identifier, or empty: component */
	struct bytes reference_uri; /* text, may be empty */
	struct bytes vendor;        /* 16 octets, or empty */
	struct bytes class_id;      /* 16 octets, or empty */
	struct bytes digest;        /* 32 octets, of the payload */
	uint64_t size;
	struct bytes uri;          /* fetch URI; "#..." with payload given */
	struct bytes payload;      /* integrated under uri; p NULL: none */
	struct bytes content;      /* write instead of fetch; p NULL: none */
	struct bytes args;         /* invoke arguments; p NULL: none */
	bool invoke;               /* has an invoke section */
	struct bytes text_version; /* component version as text, may be empty */
};

/* Write an unsigned envelope: wrapper with digest only.  [SUIT SUIT_Envelope]
 */
MUST_CHECK enum err suit_author(
    struct cbor_out *w, const struct crypto *c, const struct suit_recipe *r);
/* Copy an envelope with one more authentication block by s.  The manifest
 * digest is verified first. */
MUST_CHECK enum err suit_author_sign(struct cbor_out *w, const struct crypto *c,
    struct bytes envelope, const struct signer *s);
/* The same with a MAC by a key that author and devices share, 32 octets; kid
 * may be empty.  ERR_EXISTS: a MAC by this key is there. [SUIT MTI 3.1] */
MUST_CHECK enum err suit_author_mac(struct cbor_out *w, const struct crypto *c,
    struct bytes envelope, const uint8_t key[32], struct bytes kid);

#endif
