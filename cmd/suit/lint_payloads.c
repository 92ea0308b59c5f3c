/* lint_payloads: mistakes where commands fill a component: whence, with what,
 * and whether anybody looks at it. */
#include "lint_int.h"
#include "words.h"

#include <string.h>

static bool
begins(struct bytes b, const char *prefix)
{
	return bytes_prefix(b, bytes_of_text(prefix));
}

/* Can octets of this size become what image-size says?  A dependency's is a
 * bound, and a ciphertext has a tag of 16 octets or none. */
static bool
size_fits(const struct place *p, uint64_t said, uint64_t n, bool sealed)
{
	if (sealed)
		return said == n || (n >= 16 && said == n - 16);
	return p->dependency ? n <= said : n == said;
}

/* Against what the manifest says, if it says one thing. */
static void
check_payload(struct checks *k, const struct walk_command *c,
    const struct place *p, const struct item *payload)
{
	const struct walk_fact *d = walk_find(c->state, p->id, 3);
	const struct walk_fact *size = walk_find(c->state, p->id, 14);
	bool sealed = walk_find(c->state, p->id, 19) != NULL;
	const struct item *digest;
	uint8_t got[DIGEST_LEN];

	if (size != NULL && size->n == 1 && !size->maybe &&
	    !size_fits(p, size->value[0]->arg, payload->text.n, sealed))
		lint_tell(k->l, RULE_PAYLOAD_WRONG, c->m, c->section, c->code,
		    "%s: the payload has %zu octets, image-size says %llu",
		    p->name, payload->text.n,
		    (unsigned long long)size->value[0]->arg);
	if (d == NULL || d->n != 1 || d->maybe || p->dependency || sealed)
		return;
	digest = digest_of_value(c->m->pool, d->value[0]);
	if (digest == NULL || !item_is(digest->first, ALG_SHA256) ||
	    k->l->crypto->sha256(&payload->text, 1, got) != OK)
		return;
	if (!bytes_same(item_at(digest, 1)->text, BYTES_OF(got)))
		lint_tell(k->l, RULE_PAYLOAD_WRONG, c->m, c->section, c->code,
		    "%s: the payload has another digest than image-digest",
		    p->name);
}

static void
check_uri(struct checks *k, const struct walk_command *c, const struct place *p,
    const struct item *uri)
{
	static const char *const plain[] = {
	    "http:", "coap:", "coap+tcp:", "ftp:", "tftp:", "ws:"};
	const struct item *payload = model_payload(c->m, uri->text);
	char safe[160];

	if (uri->type != CBOR_TSTR)
		return;
	if (payload != NULL) {
		check_payload(k, c, p, payload);
		return;
	}
	(void)safe_text(safe, sizeof(safe), uri->text);
	if (begins(uri->text, "#")) {
		lint_tell(k->l, RULE_PAYLOAD_MISSING, c->m, c->section, uri,
		    "%s: there is no %s in the envelope", p->name, safe);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (begins(uri->text, plain[i]))
			lint_tell(k->l, RULE_INSECURE, c->m, c->section, uri,
			    "%s is fetched from %s", p->name, safe);
	if (walk_find(c->state, p->id, 14) == NULL)
		lint_tell(k->l, RULE_NO_SIZE, c->m, c->section, c->code,
		    "%s is fetched, and has no image-size", p->name);
}

/* The content algorithm of an encryption-info. */
static int64_t
content_alg(const struct model *m, const struct item *value)
{
	const struct item *cose = model_inside(m->pool, value);
	int64_t alg = 0;

	if (cose != NULL && cose->type == CBOR_TAG)
		cose = cose->first;
	if (!item_number(
		item_get(model_inside(m->pool, item_at(cose, 0)), 1), &alg))
		(void)item_number(item_get(item_at(cose, 1), 1), &alg);
	return alg;
}

/* Is the digest of a component, or of what it is made from, known here? */
static bool
has_digest(const struct walk_command *c, const struct place *p)
{
	const struct walk_fact *from = walk_find(c->state, p->id, 22);

	if (walk_find(c->state, p->id, 3) != NULL)
		return true;
	for (uint8_t i = 0; from != NULL && i < from->n; i++) {
		const struct place *q = model_place(c->m, from->value[i]->arg);

		if (q != NULL && walk_find(c->state, q->id, 3) != NULL)
			return true;
	}
	return false;
}

static void
check_encryption(
    struct checks *k, const struct walk_command *c, const struct place *p)
{
	const struct walk_fact *f = walk_find(c->state, p->id, 19);

	for (uint8_t i = 0; f != NULL && i < f->n; i++) {
		const struct item *cose = model_inside(c->m->pool, f->value[i]);
		const struct item *to;
		int64_t alg = content_alg(c->m, f->value[i]);

		/* CTR and CBC                               [RFC 9459] */
		if (alg <= -65529 && alg >= -65534 && !has_digest(c, p) &&
		    c->number != SUIT_CMD_WRITE)
			lint_tell(k->l, RULE_NO_TAG, c->m, c->section, c->code,
			    "%s is encrypted with %s and has no image-digest",
			    p->name, alg_words(alg));
		if (cose != NULL && cose->type == CBOR_TAG)
			cose = cose->first;
		to = item_at(item_at(cose, 3), 0);
		for (; to != NULL; to = to->next)
			if (item_get(item_at(to, 1), 4) == NULL)
				lint_tell(k->l, RULE_NO_KID, c->m, c->section,
				    to, "a recipient of %s has no key id",
				    p->name);
	}
}

/* Does a tag protect what is decrypted into p? */
static bool
has_tag(const struct walk_command *c, const struct place *p)
{
	const struct walk_fact *f = walk_find(c->state, p->id, 19);

	for (uint8_t i = 0; f != NULL && i < f->n; i++) {
		int64_t alg = content_alg(c->m, f->value[i]);

		if (alg != 24 && (alg < 1 || alg > 3))
			return false;
	}
	return f != NULL;
}

void
lint_fill(struct checks *k, const struct walk_command *c, const struct place *p)
{
	const struct walk_fact *f;
	struct filled *s = lint_filled(k, p->id);

	*s = (struct filled){.id = p->id,
	    .name = p->name,
	    .command = c->name,
	    .code = c->code,
	    .section = c->section,
	    .open = c->number != SUIT_CMD_WRITE && !has_tag(c, p)};
	check_encryption(k, c, p);
	if (c->number == SUIT_CMD_FETCH) {
		f = walk_find(c->state, p->id, SUIT_PAR_URI);
		for (uint8_t i = 0; f != NULL && i < f->n; i++)
			check_uri(k, c, p, f->value[i]);
	}
	if (c->number == SUIT_CMD_WRITE) {
		f = walk_find(c->state, p->id, SUIT_PAR_CONTENT);
		if (f != NULL && f->value[0]->text.n > 1024)
			lint_tell(k->l, RULE_BIG_CONTENT, c->m, c->section,
			    f->value[0], "%zu octets of content for %s",
			    f->value[0]->text.n, p->name);
		return;
	}
	s->undigested = !has_digest(c, p) && !has_tag(c, p) && c->number != 31;
	f = walk_find(c->state, p->id, 22);
	for (uint8_t i = 0; f != NULL && i < f->n; i++) {
		const struct place *from = model_place(c->m, f->value[i]->arg);
		struct filled *source;

		if (c->number == SUIT_CMD_FETCH || from == NULL)
			continue;
		if (from == p)
			lint_tell(k->l, RULE_SELF_COPY, c->m, c->section,
			    c->code, "%s is copied to itself", p->name);
		source = lint_filled(k, from->id);
		/* the tag speaks for the ciphertext     [SUIT FE 6.2] */
		if (has_tag(c, p))
			source->open = source->late = source->undigested =
			    false;
	}
}
