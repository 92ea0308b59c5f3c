/* lint_commands: mistakes in command sequences. */
#include "lint.h"
#include "words.h"

#include <string.h>

/* A component as it is at one point of a procedure. */
struct filled {
	struct bytes id;
	const char *name;        /* of the component */
	const char *command;     /* that filled it */
	const struct item *code; /* and where it stands */
	unsigned section;
	bool open;       /* it was not looked at since, in this section */
	bool late;       /* nor before its section ended */
	bool undigested; /* nothing says what it must be */
	bool checked;    /* dependency-integrity was done */
};

struct checks {
	struct lint *l;
	const struct model *m;
	struct filled filled[MODEL_PLACES_MAX];
	size_t n;
	bool first; /* command of its section */
	bool vendor, class_id;
	/* sections of dependencies that are processed, by child */
	uint32_t processed[MODEL_CHILDREN_MAX];
};

static struct filled *
filled(struct checks *k, struct bytes id)
{
	for (size_t i = 0; i < k->n; i++)
		if (bytes_same(k->filled[i].id, id))
			return &k->filled[i];
	if (k->n == MODEL_PLACES_MAX)
		return &k->filled[0];
	k->filled[k->n] = (struct filled){.id = id};
	return &k->filled[k->n++];
}

static bool
begins(struct bytes b, const char *prefix)
{
	return bytes_prefix(b, bytes_of_text(prefix));
}

/* ---- parameters ------------------------------------------------------------
 */

/* What the command needs is set, on every way. */
static void
check_needs(struct checks *k, const struct walk_command *c,
    const struct place *p, const struct walk_use *u)
{
	for (size_t i = 0; i < sizeof(u->needs) && u->needs[i] != 0; i++) {
		const struct walk_fact *f =
		    walk_find(c->state, p->id, u->needs[i]);
		const char *name = suit_parameter_name(u->needs[i]);

		if (c->m->depth > 0 && f == NULL)
			continue; /* the manifest around may set it */
		if (f == NULL && u->needs[i] == 3)
			continue; /* told as a missing digest */
		if (f == NULL)
			lint_tell(k->l, RULE_NOT_SET, c->m, c->section, c->code,
			    "%s of %s: %s is not set", c->name, p->name, name);
		else if (f->maybe)
			lint_tell(k->l, RULE_MAYBE, c->m, c->section, c->code,
			    "%s of %s: %s is set on some ways only", c->name,
			    p->name, name);
	}
}

static void
check_settings(struct checks *k, const struct walk_command *c,
    const struct item *map, bool override)
{
	const struct item *key;
	int64_t label;
	uint32_t odd;

	if (map->type != CBOR_MAP)
		return;
	for (key = map->first; key != NULL; key = key->next->next) {
		const struct item *v = key->next;

		if (!item_number(key, &label))
			continue;
		if (label < 0)
			lint_tell(k->l, RULE_CUSTOM_PARAMETER, c->m, c->section,
			    key, "custom parameter %lld", (long long)label);
		if (label == SUIT_PAR_SOFT_FAILURE && c->depth == 0)
			lint_tell(k->l, RULE_SOFT, c->m, c->section, key,
			    "soft-failure outside of try-each and "
			    "run-sequence");
		if (label == 12 && v->arg == 20)
			lint_tell(k->l, RULE_LOOSE, c->m, c->section, key,
			    "strict-order is false");
		if (!override && c->n_targets > 0 &&
		    !c->target[0]->dependency &&
		    (label == 1 || label == 2 || label == 3 || label == 14))
			lint_tell(k->l, RULE_SET, c->m, c->section, key,
			    "%s is set with set-parameters",
			    suit_parameter_name((uint64_t)label));
		if (label == SUIT_PAR_METADATA &&
		    lint_text(model_inside(c->m->pool, v), &odd) != NULL)
			lint_tell(k->l, RULE_ODD_TEXT, c->m, c->section, v,
			    "component-metadata has the character U+%04X",
			    (unsigned)odd);
		if ((label == 1 || label == 2 || label == 24) &&
		    v->type == CBOR_BSTR &&
		    (v->text.n != 16 || v->text.p[6] >> 4 < 3 ||
			v->text.p[6] >> 4 > 5))
			lint_tell(k->l, RULE_BAD_UUID, c->m, c->section, v,
			    "%s is no UUID of version 3, 4 or 5",
			    suit_parameter_name((uint64_t)label));
	}
}

/* ---- payloads --------------------------------------------------------------
 */

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

static void
check_fill(
    struct checks *k, const struct walk_command *c, const struct place *p)
{
	const struct walk_fact *f;
	struct filled *s = filled(k, p->id);

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
		source = filled(k, from->id);
		/* the tag speaks for the ciphertext     [SUIT FE 6.2] */
		if (has_tag(c, p))
			source->open = source->late = source->undigested =
			    false;
	}
}

/* ---- places ----------------------------------------------------------------
 */

#define IN(key) (UINT32_C(1) << (key))
#define FILLS   (IN(15) | IN(16) | IN(20))

/* Sections where a command may stand; the rest is refused by strict devices
 * or surprises them. */
static uint32_t
places(int64_t number)
{
	switch (number) {
	case 11:
		return ~IN(3);
	case 18:
	case 21:
		return FILLS;
	case 22:
	case 31:
		return FILLS | IN(8);
	case 23:
		return IN(9);
	case 29:
		return ~IN(3);
	case 33:
		return IN(20) | IN(24);
	default:
		return ~UINT32_C(0);
	}
}

static void
check_place(struct checks *k, const struct walk_command *c)
{
	if (c->numbered && c->number > 0 &&
	    (places(c->number) & IN(c->section)) == 0)
		lint_tell(k->l, RULE_PLACE, c->m, c->section, c->code,
		    "%s in %s", c->name, section_words(c->section));
	if (k->first && c->m->n_places > 1 && c->number != SUIT_CMD_SET_INDEX)
		lint_tell(k->l, RULE_NO_INDEX, c->m, c->section, c->code,
		    "%s begins with %s", section_words(c->section),
		    c->name != NULL ? c->name : "another command");
	k->first = false;
}

static bool
check_known(struct checks *k, const struct walk_command *c)
{
	if (c->numbered && c->number < 0) {
		lint_tell(k->l,
		    c->section == SUIT_COMMON ? RULE_PLACE : RULE_CUSTOM, c->m,
		    c->section, c->code, "custom command %lld",
		    (long long)c->number);
		return false;
	}
	if (c->name == NULL)
		lint_tell(k->l, RULE_UNKNOWN, c->m, c->section, c->code,
		    "command %lld", (long long)c->number);
	return c->name != NULL;
}

/* ---- the visitor
 * ------------------------------------------------------------- */

static void
on_target(struct checks *k, const struct walk_command *c, const struct place *p)
{
	const struct walk_use *u = walk_uses(c->number);
	struct filled *s = filled(k, p->id);

	if (u != NULL)
		check_needs(k, c, p, u);
	if (walk_fills(c->number))
		check_fill(k, c, p);
	switch (c->number) {
	case 1:
		k->vendor = true;
		break;
	case 2:
		k->class_id = true;
		break;
	case 3:
		if (walk_find(c->state, p->id, 3) == NULL)
			lint_tell(k->l, RULE_NO_DIGEST, c->m, c->section,
			    c->code,
			    "image-match of %s, and no image-digest is set",
			    p->name);
		s->open = false;
		break;
	case 6:
		s->open = false;
		break;
	case 7:
		s->open = false;
		s->checked = true;
		break;
	case 11:
		if (p->index >= c->m->n_components)
			lint_tell(k->l, RULE_DEP_INDEX, c->m, c->section,
			    c->code, "%s has index %llu of %zu components",
			    p->name, (unsigned long long)p->index,
			    c->m->n_components);
		if (!s->checked)
			lint_tell(k->l, RULE_DEP_UNCHECKED, c->m, c->section,
			    c->code,
			    "%s is processed without dependency-integrity "
			    "before it",
			    p->name);
		break;
	default:
		break;
	}
}

static void
command(void *ctx, const struct walk_command *c)
{
	struct checks *k = ctx;
	bool own = c->m == k->m;

	if (!own || c->arg == NULL)
		return;
	if (c->dead) {
		lint_tell(k->l, RULE_UNREACHABLE, c->m, c->section, c->code,
		    "%s is never reached",
		    c->name != NULL ? c->name : "a command");
		return;
	}
	check_place(k, c);
	if (!check_known(k, c))
		return;
	if (c->number == SUIT_CMD_OVERRIDE ||
	    c->number == SUIT_CMD_SET_PARAMETERS)
		check_settings(k, c, c->arg, c->number == SUIT_CMD_OVERRIDE);
	if (c->number == SUIT_CMD_SET_INDEX && c->arg->type == CBOR_SIMPLE)
		lint_tell(k->l, RULE_WILDCARD, c->m, c->section, c->code,
		    "set-component-index true");
	if (c->number == SUIT_CMD_TRY_EACH && c->arg->type == CBOR_ARRAY &&
	    item_count(c->arg) < 2)
		lint_tell(k->l, RULE_ONE_WAY, c->m, c->section, c->code,
		    "try-each of %zu ways", item_count(c->arg));
	for (size_t i = 0; i < c->n_targets; i++)
		on_target(k, c, c->target[i]);
}

static void
enter(void *ctx, const struct walk_command *c, const struct model *m,
    unsigned nth, unsigned of, bool nil, bool dead)
{
	struct checks *k = ctx;

	(void)of;
	(void)nil;
	if (c->m != k->m)
		return;
	if (dead && nil)
		lint_tell(k->l, RULE_UNREACHABLE, c->m, c->section, c->code,
		    "way %u of try-each is never taken", nth + 1);
	for (size_t i = 0; m != NULL && i < k->m->n_children; i++)
		if (k->m->child[i] == m && c->before < 32)
			k->processed[i] |= IN(c->before);
}

/* A section is over: what was not looked at in it is late. */
static void
section_end(struct checks *k)
{
	for (size_t i = 0; i < k->n; i++) {
		k->filled[i].late |= k->filled[i].open;
		k->filled[i].open = false;
	}
}

static void
procedure_end(struct checks *k)
{
	section_end(k);
	for (size_t i = 0; i < k->n; i++) {
		const struct filled *s = &k->filled[i];

		if (s->undigested)
			lint_tell(k->l, RULE_NO_DIGEST, k->m, s->section,
			    s->code,
			    "%s is filled by %s, and no image-digest "
			    "is set",
			    s->name, s->command);
		else if (s->late)
			lint_tell(k->l, RULE_NO_MATCH, k->m, s->section,
			    s->code,
			    "%s is filled by %s, and not checked "
			    "after it",
			    s->name, s->command);
	}
	/* nothing of what was checked outlives a procedure */
	k->n = 0;
}

static void
section(void *ctx, const struct model *m, unsigned key, unsigned before,
    const struct item *i)
{
	struct checks *k = ctx;

	(void)key;
	(void)before;
	(void)i;
	if (m != k->m)
		return;
	section_end(k);
	k->first = true;
}

static void
fault(void *ctx, const struct model *m, unsigned key, const struct item *at,
    const char *what)
{
	struct checks *k = ctx;

	if (m == k->m)
		lint_tell(k->l, RULE_MALFORMED, m, key, at, "%s", what);
}

/* Sections that a dependency has and nobody processes; of a procedure in
 * which it is processed at all, or could be. */
static void
check_processed(struct checks *k)
{
	static const uint8_t sections[] = {15, 16, 18, 20, 7, 8, 9};

	for (size_t i = 0; i < k->m->n_children; i++)
		for (size_t s = 0; s < ARRAY_LEN(sections); s++) {
			const struct model *child = k->m->child[i];
			char safe[100];

			if (child->state[sections[s]] == MEMBER_ABSENT ||
			    (k->processed[i] & IN(sections[s])) != 0)
				continue;
			lint_tell(k->l, RULE_DEP_SECTION, k->m, sections[s],
			    child->wrapped, "%s of the dependency %s",
			    section_words(sections[s]),
			    safe_text(safe, sizeof(safe), child->name));
		}
}

void
lint_commands(struct lint *l, const struct model *m)
{
	static const enum walk_procedure all[] = {
	    WALK_UPDATE, WALK_INVOKE, WALK_UNINSTALL};
	static struct checks k;
	struct walk_visitor v = {&k, section, command, enter, NULL, fault};

	memset(&k, 0, sizeof(k));
	k.l = l;
	k.m = m;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		walk(m, all[i], &v);
		procedure_end(&k);
	}
	/* one that does nothing still has to be applicable */
	walk_section(m, SUIT_COMMON, true, &v);
	if (m->depth == 0 && !k.vendor)
		lint_tell(l, RULE_NO_VENDOR, m, 0, m->wrapped,
		    "vendor-identifier is never checked");
	if (m->depth == 0 && !k.class_id)
		lint_tell(l, RULE_NO_CLASS, m, 0, m->wrapped,
		    "class-identifier is never checked");
	check_processed(&k);
}
