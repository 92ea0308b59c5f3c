/* model: take an envelope apart, whatever state it is in. */
#include "model.h"

#include <stdio.h>

/* Members that a manifest may replace by their digest. */
static const uint8_t severable[] = {14, 15, 16, 18, 20, 23};

size_t
model_at(const struct model *m, const struct item *i)
{
	return i == NULL || i->at < m->file.p ? 0 : (size_t)(i->at - m->file.p);
}

bool
item_number(const struct item *i, int64_t *v)
{
	if (i == NULL || i->type > CBOR_NINT || i->arg > INT64_MAX)
		return false;
	*v = i->type == CBOR_UINT ? (int64_t)i->arg : -1 - (int64_t)i->arg;
	return true;
}

/* Where what follows i begins: of strings and of everything inside. */
static const uint8_t *
end_of(const struct item *i)
{
	const uint8_t *end = i->at + 1;
	const struct item *in;
	uint8_t info = i->at[0] & 31;

	if (info >= 24 && info <= 27)
		end += 1u << (info - 24);
	if (!i->indefinite && (i->type == CBOR_BSTR || i->type == CBOR_TSTR))
		return i->text.p + i->text.n;
	for (in = i->first; in != NULL; in = in->next)
		end = end_of(in);
	return i->indefinite ? end + 1 : end;
}

struct bytes
model_raw(const struct item *i)
{
	return (struct bytes){i->at, (size_t)(end_of(i) - i->at)};
}

const struct item *
model_inside(struct pool *pool, const struct item *bstr)
{
	struct item *in;
	size_t at;

	if (bstr == NULL || bstr->type != CBOR_BSTR || bstr->indefinite ||
	    bstr->text.n == 0 ||
	    item_read_all(pool, bstr->text, &in, &at) != OK)
		return NULL;
	return in;
}

/* A SUIT_Digest of the SHA-256 of raw; *known: it is of that algorithm. */
static bool
digest_is(const struct crypto *c, const struct item *digest,
    const struct item *bstr, bool *known)
{
	const struct item *octets = item_at(digest, 1);
	struct bytes raw;
	uint8_t got[DIGEST_LEN];

	*known = digest->type == CBOR_ARRAY && octets != NULL &&
		 item_is(digest->first, ALG_SHA256) &&
		 octets->type == CBOR_BSTR;
	if (!*known || bstr->type != CBOR_BSTR)
		return false;
	raw = model_raw(bstr);
	return c->sha256(&raw, 1, got) == OK &&
	       bytes_same(octets->text, BYTES_OF(got));
}

/* ---- the wrapper ------------------------------------------------------- */

static void
header_read(struct block *b, const struct item *map)
{
	const struct item *kid = item_get(map, 4);
	int64_t alg;

	if (map == NULL)
		return;
	if (item_number(item_get(map, 1), &alg))
		b->alg = alg;
	if (kid != NULL && kid->type == CBOR_BSTR)
		b->kid = kid->text;
	if (item_get(map, 33) != NULL)
		b->x5chain = true;
}

static void
block_read(struct model *m, const struct item *bstr)
{
	const struct item *cose = model_inside(m->pool, bstr);
	struct block *b;

	if (m->n_blocks == MODEL_BLOCKS_MAX)
		return;
	b = &m->block[m->n_blocks++];
	*b = (struct block){.item = bstr};
	if (cose == NULL || cose->type != CBOR_TAG)
		return;
	b->tag = cose->arg;
	header_read(b, model_inside(m->pool, item_at(cose->first, 0)));
	header_read(b, item_at(cose->first, 1));
	/* the first signer's algorithm stands for a COSE_Sign */
	if (b->tag == 98)
		header_read(
		    b, model_inside(m->pool,
			   item_at(item_at(item_at(cose->first, 3), 0), 0)));
}

static void
wrapper_read(struct model *m, const struct item *wrapper)
{
	const struct item *in;

	if (wrapper == NULL || wrapper->type != CBOR_ARRAY)
		return;
	in = wrapper->first;
	if (in == NULL)
		return;
	m->digest = model_inside(m->pool, in);
	for (in = in->next; in != NULL; in = in->next)
		block_read(m, in);
}

/* ---- common ------------------------------------------------------------ */

static void
place_add(struct model *m, const struct item *id, uint64_t index, bool dep)
{
	struct place *p;

	if (m->n_places == MODEL_PLACES_MAX)
		return;
	p = &m->place[m->n_places++];
	*p = (struct place){.index = index, .dependency = dep, .item = id};
	if (id != NULL && id->type == CBOR_ARRAY && id->at != NULL)
		p->id = model_raw(id);
	if (p->id.n == 0 || suit_id_text(p->id, p->name) != OK)
		(void)snprintf(p->name, sizeof(p->name), "%s %llu",
		    dep ? "dependency" : "component",
		    (unsigned long long)index);
}

/* Dependencies are components too; some manifests number them beyond the
 * list of these. */
static void
places_read(struct model *m, const struct item *common)
{
	const struct item *list = item_get(common, 2), *in;
	const struct item *deps = item_get(common, 1);

	if (list != NULL && list->type == CBOR_ARRAY)
		for (in = list->first; in != NULL; in = in->next)
			place_add(m, in, m->n_places, false);
	m->n_components = m->n_places;
	if (deps == NULL || deps->type != CBOR_MAP)
		return;
	for (in = deps->first; in != NULL; in = in->next->next) {
		int64_t index;

		if (!item_number(in, &index) || index < 0)
			continue;
		if ((uint64_t)index < m->n_components) {
			m->place[index].dependency = true;
			continue;
		}
		place_add(m, item_get(in->next, 1), (uint64_t)index, true);
	}
}

/* ---- members ----------------------------------------------------------- */

static void
member_read(struct model *m, const struct crypto *c, unsigned key)
{
	const struct item *inside = item_get(m->manifest, key);
	const struct item *outside = item_get(m->envelope, key);
	bool known;

	m->state[key] = inside != NULL ? MEMBER_INLINE : MEMBER_ABSENT;
	if (inside != NULL && inside->type == CBOR_ARRAY) {
		m->state[key] = MEMBER_GONE;
		if (outside != NULL)
			m->state[key] = digest_is(c, inside, outside, &known)
					    ? MEMBER_SEVERED
					: known ? MEMBER_WRONG
						: MEMBER_SEVERED;
		inside = outside;
	} else if (outside != NULL) {
		m->state[key] = MEMBER_STRAY;
	}
	if (m->state[key] != MEMBER_WRONG)
		m->section[key] = model_inside(m->pool, inside);
}

static void
members_read(struct model *m, const struct crypto *c)
{
	static const uint8_t fixed[] = {7, 8, 9, 24};

	for (size_t i = 0; i < ARRAY_LEN(severable); i++)
		member_read(m, c, severable[i]);
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		member_read(m, c, fixed[i]);
	m->text = m->section[23];
	if (m->text != NULL && m->text->type != CBOR_MAP)
		m->text = NULL;
}

static void
manifest_read(struct model *m, const struct crypto *c)
{
	const struct item *common, *in;
	int64_t n;

	m->has_sequence = item_number(item_get(m->manifest, 2), &n) && n >= 0;
	m->sequence = m->has_sequence ? (uint64_t)n : 0;
	in = item_get(m->manifest, 4);
	if (in != NULL && in->type == CBOR_TSTR)
		m->uri = in->text;
	common = model_inside(m->pool, item_get(m->manifest, 3));
	places_read(m, common);
	m->section[SUIT_COMMON] = model_inside(m->pool, item_get(common, 4));
	if (m->section[SUIT_COMMON] != NULL)
		m->state[SUIT_COMMON] = MEMBER_INLINE;
	in = item_get(m->manifest, 5);
	m->id_given = in != NULL && in->type == CBOR_ARRAY;
	if (m->id_given)
		m->id = model_raw(in);
	else if (m->n_places > 0)
		m->id = m->place[0].id;
	if (m->id.n == 0 || suit_id_text(m->id, m->id_name) != OK)
		(void)snprintf(m->id_name, sizeof(m->id_name), "?");
	members_read(m, c);
}

/* ---- the envelope ------------------------------------------------------ */

static enum err
no_envelope(struct why *why, enum err e, const char *what, size_t at)
{
	(void)why_set(why, e, what);
	if (why != NULL)
		why->at = at;
	return e;
}

/* Is a payload an envelope?  Its map has a wrapper and a manifest. */
static const struct item *
envelope_map(const struct item *i)
{
	if (i != NULL && i->type == CBOR_TAG && i->arg == TAG_SUIT_ENVELOPE)
		i = i->first;
	if (i == NULL || i->type != CBOR_MAP || item_get(i, 3) == NULL)
		return NULL;
	return i;
}

static enum err model_read(
    struct model *m, struct bytes in, const struct crypto *c, struct why *why);

static void
child_add(struct model *m, struct bytes file, struct bytes envelope,
    struct bytes name, const struct crypto *c)
{
	struct model *child;

	if (m->depth == MODEL_DEPTH_MAX || m->n_children == MODEL_CHILDREN_MAX)
		return;
	child = pool_get(m->pool, sizeof(*child));
	child->file = file;
	child->pool = m->pool;
	child->parent = m;
	child->name = name;
	child->lent = file.p != m->file.p;
	child->depth = m->depth + 1;
	if (model_read(child, envelope, c, NULL) == OK)
		m->child[m->n_children++] = child;
}

void
model_adopt(struct model *m, struct bytes envelope, struct bytes name,
    const struct crypto *c)
{
	child_add(m, envelope, envelope, name, c);
}

static void
children_read(struct model *m, const struct crypto *c)
{
	const struct item *key;

	for (key = m->envelope->first; key != NULL; key = key->next->next) {
		const struct item *value = key->next;

		if (key->type != CBOR_TSTR || value->type != CBOR_BSTR ||
		    value->text.n > SUIT_ENVELOPE_MAX ||
		    envelope_map(model_inside(m->pool, value)) == NULL)
			continue;
		child_add(m, m->file, value->text, key->text, c);
	}
}

static enum err
model_read(
    struct model *m, struct bytes in, const struct crypto *c, struct why *why)
{
	struct item *i;
	size_t at = 0, base = (size_t)(in.p - m->file.p);
	enum err e = item_read_all(m->pool, in, &i, &at);

	if (e != OK)
		return no_envelope(why, e, "envelope", base + at);
	m->envelope = envelope_map(i);
	if (m->envelope == NULL)
		return no_envelope(why, ERR_TYPE, "no SUIT envelope", base);
	m->wrapped = item_get(m->envelope, 3);
	m->manifest = model_inside(m->pool, m->wrapped);
	if (m->manifest != NULL && m->manifest->type == CBOR_TAG &&
	    m->manifest->arg == 1070)
		m->manifest = m->manifest->first;
	if (m->manifest == NULL || m->manifest->type != CBOR_MAP)
		return no_envelope(
		    why, ERR_TYPE, "no SUIT manifest", model_at(m, m->wrapped));
	wrapper_read(m, model_inside(m->pool, item_get(m->envelope, 2)));
	if (m->digest != NULL)
		m->digest_holds =
		    digest_is(c, m->digest, m->wrapped, &m->digest_known);
	manifest_read(m, c);
	children_read(m, c);
	return OK;
}

enum err
model_open(struct pool *pool, struct bytes file, const struct crypto *c,
    struct model **out, struct why *why)
{
	struct model *m = pool_get(pool, sizeof(*m));

	m->file = file;
	m->pool = pool;
	*out = m;
	return model_read(m, file, c, why);
}

/* ---- looking things up ------------------------------------------------- */

const struct place *
model_place(const struct model *m, uint64_t index)
{
	for (size_t i = 0; i < m->n_places; i++)
		if (m->place[i].index == index)
			return &m->place[i];
	return NULL;
}

const struct item *
model_payload(const struct model *m, struct bytes key)
{
	const struct item *k;

	for (k = m->envelope->first; k != NULL; k = k->next->next)
		if (k->type == CBOR_TSTR && bytes_same(k->text, key) &&
		    k->next->type == CBOR_BSTR)
			return k->next;
	return NULL;
}

const struct model *
model_child(const struct model *m, struct bytes key)
{
	for (size_t i = 0; i < m->n_children; i++)
		if (!m->child[i]->lent && bytes_same(m->child[i]->name, key))
			return m->child[i];
	return NULL;
}

bool
model_is(const struct model *m, const struct item *value)
{
	const struct item *digest =
	    value->type == CBOR_BSTR ? model_inside(m->pool, value) : value;

	return m->digest != NULL && digest != NULL &&
	       bytes_same(model_raw(m->digest), model_raw(digest));
}

struct bytes
model_text(const struct model *m, const struct bytes *id, int64_t key)
{
	const struct item *lang, *k, *v;

	if (m->text == NULL)
		return BYTES_NONE;
	for (lang = m->text->first; lang != NULL; lang = lang->next->next) {
		const struct item *map = lang->next;

		if (id != NULL && map->type == CBOR_MAP) {
			for (k = map->first; k != NULL; k = k->next->next)
				if (k->type == CBOR_ARRAY &&
				    bytes_same(model_raw(k), *id))
					break;
			map = k == NULL ? NULL : k->next;
		}
		v = map == NULL ? NULL : item_get(map, key);
		if (v != NULL && v->type == CBOR_TSTR)
			return v->text;
	}
	return BYTES_NONE;
}
