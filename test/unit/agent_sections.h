/*
 * agent_sections: manifests for the tests of the agent that no recipe makes:
 * an install section, command by command, and payloads.
 */
#ifndef AGENT_SECTIONS_H
#define AGENT_SECTIONS_H

#include "agent_authors.h"

/* A section under construction. */
struct section {
	uint8_t room[4096];
	struct cbor_out w;
};

static inline struct cbor_out *
section(struct section *s)
{
	s->w = cbor_into(SPAN_OF(s->room));
	return &s->w;
}

/* A manifest that is an install section, and whose; empty: the usual. */
struct sectioned {
	const char *id;            /* app/hello */
	const char *second;        /* another component of it */
	enum key_name by;          /* acme */
	struct bytes first, other; /* what "#1" and "#2" are: words */
	uint64_t sequence;         /* 1 */
	struct bytes shared;       /* the shared sequence: none */
	struct bytes version;      /* suit-set-version, encoded: none */
};

/* Signed, with this install section. */
static inline struct bytes
with_install(const struct sectioned *o, const struct section *s, size_t items)
{
	struct bytes name = id(o->id != NULL ? o->id : "app/hello"), m, b,
		     digest;
	struct bytes other = o->second != NULL ? id(o->second) : BYTES_NONE;
	uint8_t sha256[DIGEST_LEN];
	struct cbor_out w = begin();
	size_t whole = cbor_wrap_begin(&w), mark;

	assert_ok(s->w.err);
	cbor_put_map(&w, o->version.n > 0 ? 6 : 5);
	cbor_put_uint(&w, SUIT_VERSION);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, SUIT_SEQUENCE_NUMBER);
	cbor_put_uint(&w, o->sequence != 0 ? o->sequence : 1);
	cbor_put_uint(&w, SUIT_COMMON);
	mark = cbor_wrap_begin(&w);
	cbor_put_map(&w, o->shared.n > 0 ? 2 : 1);
	cbor_put_uint(&w, 2);
	cbor_put_array(&w, o->second != NULL ? 2 : 1);
	cbor_put_raw(&w, name);
	if (o->second != NULL)
		cbor_put_raw(&w, other);
	if (o->shared.n > 0) {
		cbor_put_uint(&w, 4);
		cbor_put_bstr(&w, o->shared);
	}
	cbor_wrap_end(&w, mark);
	cbor_put_uint(&w, SUIT_COMPONENT_ID);
	cbor_put_raw(&w, name);
	if (o->version.n > 0) {
		cbor_put_uint(&w, SUIT_SET_VERSION);
		cbor_put_raw(&w, o->version);
	}
	cbor_put_uint(&w, SUIT_INSTALL);
	mark = cbor_wrap_begin(&w);
	cbor_put_array(&w, items);
	cbor_put_raw(&w, (struct bytes){s->w.p, s->w.at});
	cbor_wrap_end(&w, mark);
	cbor_wrap_end(&w, whole);
	m = end(&w);
	assert_ok(crypto->sha256(&m, 1, sha256));
	w = begin();
	cbor_put_array(&w, 2);
	cbor_put_int(&w, ALG_SHA256);
	cbor_put_bstr(&w, BYTES_OF(sha256));
	digest = end(&w);
	w = begin();
	cbor_put_tag(&w, TAG_SUIT_ENVELOPE);
	cbor_put_map(&w, 4);
	cbor_put_uint(&w, 2);
	mark = cbor_wrap_begin(&w);
	cbor_put_array(&w, 1);
	cbor_put_bstr(&w, digest);
	cbor_wrap_end(&w, mark);
	cbor_put_uint(&w, 3);
	cbor_put_raw(&w, m);
	cbor_put_text(&w, "#1");
	cbor_put_bstr(&w, o->first.n > 0 ? o->first : text("first"));
	cbor_put_text(&w, "#2");
	cbor_put_bstr(&w, o->other.n > 0 ? o->other : text("other"));
	b = end(&w);
	w = begin();
	assert_ok(suit_author_sign(
	    &w, crypto, b, &keys[o->by != 0 ? o->by : K_ACME].s));
	return end(&w);
}

#endif
