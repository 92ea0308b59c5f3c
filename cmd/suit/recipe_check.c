/*
 * recipe_check: what was written, as a device would read it.
 *
 * The room that runs manifests is asked, not a copy of its rules: the
 * envelope is signed with a key made for the occasion and opened with it,
 * and its payloads are compared.  A refusal's place in the octets leads back
 * to the place in the recipe.
 */
#include "recipe.h"
#include "rehearse.h"

#include <stdlib.h>
#include <string.h>

/* ---- from octets back to the recipe ------------------------------------- */

struct search {
	const struct recipe *r;
	size_t offset;
	struct spot found;
};

/* The innermost item of the recipe that covers the offset; i begins at. */
static void
search(struct search *s, const struct item *i, size_t at)
{
	size_t n = item_size(i), head;
	const struct item *in;
	struct spot spot = recipe_origin(s->r, i);

	if (s->offset < at || s->offset >= at + n)
		return;
	if (spot.node != s->r->root.node)
		s->found = spot;
	head = at + 1 + item_size_head(i);
	if (i->content != NULL)
		search(s, i->content, at + n - item_size(i->content));
	for (in = i->first; in != NULL; in = in->next) {
		search(s, in, head);
		head += item_size(in);
	}
}

static bool
refused(struct recipe *r, const struct why *why, size_t shift)
{
	struct search s = {r, why->at, r->root};
	char expected[80], found[80];

	s.offset -= s.offset >= shift ? shift : s.offset;
	search(&s, r->envelope, 0);
	(void)why_expected(expected, sizeof(expected), why);
	(void)why_found(found, sizeof(found), why);
	doc_bad(r->doc, s.found, "%s: %s%s%s%s%s%s%s%s", err_name(why->err),
	    err_text(why->err), why->what != NULL ? " (" : "",
	    why->what != NULL ? why->what : "",
	    expected[0] != 0 ? ", expected " : "", expected,
	    found[0] != 0 ? ", found " : "", found,
	    why->what != NULL ? ")" : "");
	return false;
}

/* ---- a device of our own ------------------------------------------------ */

/* The envelope with one signature by s, and no other. */
static enum err
signed_by(struct recipe *r, const struct signer *s, struct span room,
    struct bytes *out)
{
	struct item *copy = item_copy(r->pool, r->envelope), *map, *a, *sum;
	struct cbor_out w = cbor_into(room);

	map = copy->type == CBOR_TAG ? copy->first : copy;
	a = item_open(r->pool, item_get(map, 2));
	if (a == NULL || a->first == NULL)
		return ERR_TYPE;
	sum = a->first;
	sum->next = NULL;
	TRY(suit_author_sign(&w, r->doc->crypto, item_bytes(r->pool, copy), s));
	return cbor_done(&w, out);
}

/* Who signs for the occasion. */
static enum err
occasion(struct signer *s, struct key_ring *ring)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;
	enum err e;

	*ring = (struct key_ring){.n = 1};
	ring->row[0].name = "occasion";
	e = openssl_key_generate(
	    CRV_P256, SPAN_OF(room), &pem, &ring->row[0].key);
	if (e == OK)
		e = openssl_signer_load(pem, s);
	wipe(room, sizeof(room));
	if (e == OK)
		memcpy(ring->row[0].kid, s->kid, KID_LEN);
	return e;
}

static enum err
device(struct recipe *r, struct why *why, size_t *shift)
{
	struct bytes octets = recipe_octets(r), whole;
	struct rehearsing dry = {.ring = NULL};
	size_t n = octets.n + COSE_OVERHEAD;
	uint8_t *room = malloc(n);
	struct signer s = {.ctx = NULL};
	struct suit_manifest m;
	struct key_ring ring;
	struct keyring view;
	enum err e;

	*shift = 0;
	if (room == NULL)
		return ERR_MEMORY;
	/* structure first: its offsets are those of the octets themselves */
	e = suit_parse(octets, &m, why);
	if (e == OK)
		e = occasion(&s, &ring);
	if (e == OK)
		e = signed_by(r, &s, (struct span){room, n}, &whole);
	if (e == OK) {
		*shift = whole.n - octets.n;
		view = key_ring_view(&ring);
		e = suit_open(r->doc->crypto, &view, whole, &m, why);
	}
	if (e == OK && rehearse(&dry, &m, why) == REHEARSAL_WRONG)
		e = why->err;
	if (s.ctx != NULL)
		openssl_signer_free(&s);
	if (e != OK && why->err == OK)
		why->err = e;
	/* values die with the room */
	why->kind = WHY_NONE;
	why->subject = BYTES_NONE;
	free(room);
	return e;
}

/* ---- signatures that the recipe brings along ---------------------------- */

/*
 * Blocks do not say what they sign: their payload is detached.  The digest
 * beside them does, so they do not go without it; and a device compares it
 * with the manifest that is made now.
 */
static bool
brings_blocks(struct recipe *r, struct spot at)
{
	struct spot blocks;

	/* octets of an envelope stand for all of it */
	if (at.node == NULL || doc_may(r->doc, r->root, "cbor").node != NULL)
		return false;
	blocks = doc_may(r->doc, at, "blocks");
	if (blocks.node == NULL || doc_list(r->doc, blocks, 0, 64) == 0)
		return false;
	if (doc_may(r->doc, at, "digest").node == NULL)
		doc_bad(r->doc, at,
		    "blocks are of the digest beside them, and there is none: "
		    "delete authentication, and sign anew");
	return true;
}

bool
recipe_check(struct recipe *r)
{
	struct why why = {.err = OK};
	struct spot at;
	size_t shift;
	bool blocks;

	if (r->unchecked || !doc_good(r->doc))
		return doc_good(r->doc);
	at = doc_may(r->doc, r->root, "authentication");
	blocks = brings_blocks(r, at);
	if (!doc_good(r->doc))
		return false;
	recipe_ways(r);
	if (!doc_good(r->doc))
		return false;
	if (device(r, &why, &shift) == OK)
		return true;
	if (!blocks || why.err != ERR_MANIFEST_DIGEST)
		return refused(r, &why, shift);
	doc_bad(r->doc, at,
	    "%s: blocks sign another manifest than this one: delete "
	    "authentication from the recipe first, and sign anew: those "
	    "signatures are of the old digest",
	    err_name(why.err));
	return false;
}
