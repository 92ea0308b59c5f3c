/* lint_envelope: mistakes outside of command sequences. */
#include "gather.h"
#include "lint.h"
#include "words.h"

#include <string.h>

static void
check_wrapper(struct lint *l, const struct model *m)
{
	if (m->digest == NULL)
		lint_tell(l, RULE_DIGEST, m, 0, m->wrapped,
		    "there is no manifest digest");
	else if (m->digest_known && !m->digest_holds)
		lint_tell(l, RULE_DIGEST, m, 0, m->digest,
		    "the digest is not that of the manifest");
	if (m->n_blocks == 0)
		lint_tell(l, RULE_UNSIGNED, m, 0, m->envelope,
		    "there is no signature");
	for (size_t i = 0; i < m->n_blocks; i++)
		if (m->block[i].alg == -7 || m->block[i].alg == -8)
			lint_tell(l, RULE_OLD_ALGORITHM, m, 0, m->block[i].item,
			    "signed with %s", alg_words(m->block[i].alg));
}

/* ---- members ---------------------------------------------------------------
 */

static const struct item *
key_of(const struct item *map, int64_t key)
{
	const struct item *k;

	for (k = map->first; k != NULL; k = k->next->next)
		if (item_is(k, key))
			return k;
	return map;
}

static void
check_member(struct lint *l, const struct model *m, unsigned key)
{
	const char *name = suit_member_name(key);
	const struct item *inside = item_get(m->manifest, key);

	switch (m->state[key]) {
	case MEMBER_STRAY:
		lint_tell(l, RULE_STRAY, m, 0, key_of(m->envelope, key),
		    "%s of the envelope", name);
		break;
	case MEMBER_WRONG:
		lint_tell(l, RULE_WRONG_MEMBER, m, 0, key_of(m->envelope, key),
		    "%s of the envelope", name);
		break;
	case MEMBER_GONE:
		if (key != SUIT_TEXT && key != 14)
			lint_tell(l, RULE_GONE, m, 0, key_of(m->manifest, key),
			    "%s was severed", name);
		break;
	case MEMBER_SEVERED:
		/* an array of two, an algorithm and a digest of 32 octets */
		if (item_get(m->envelope, key)->text.n < DIGEST_LEN + 4)
			lint_tell(l, RULE_SEVERED_SMALL, m, 0,
			    key_of(m->envelope, key), "%s has %zu octets", name,
			    item_get(m->envelope, key)->text.n);
		break;
	case MEMBER_INLINE:
		if (key == SUIT_TEXT && inside->type == CBOR_BSTR &&
		    inside->text.n > 2 * (DIGEST_LEN + 4))
			lint_tell(l, RULE_SEVERABLE, m, 0,
			    key_of(m->manifest, key),
			    "text of %zu octets is in the manifest",
			    inside->text.n);
		break;
	case MEMBER_ABSENT:
		break;
	}
}

static void
check_members(struct lint *l, const struct model *m)
{
	static const uint8_t severable[] = {14, 15, 16, 18, 20, 23};
	static const uint8_t others[] = {1, 2, 3};
	const struct item *k;

	for (size_t i = 0; i < ARRAY_LEN(severable); i++)
		check_member(l, m, severable[i]);
	for (k = m->envelope->first; k != NULL; k = k->next->next) {
		bool known = k->type == CBOR_TSTR;
		int64_t n;

		for (size_t i = 0; i < ARRAY_LEN(severable); i++)
			known |= item_is(k, severable[i]);
		for (size_t i = 0; i < ARRAY_LEN(others); i++)
			known |= item_is(k, others[i]);
		if (known)
			continue;
		if (item_number(k, &n))
			lint_tell(l, RULE_STRAY, m, 0, k,
			    "member %lld of the envelope", (long long)n);
		else
			lint_tell(l, RULE_STRAY, m, 0, k,
			    "a member of the envelope that is neither number "
			    "nor text");
	}
}

/* Text of versions is for people, and often for their logs. */
static void
check_versions(struct lint *l, const struct model *m, const struct item *texts)
{
	uint32_t c;

	for (int64_t key = 7; key <= 8; key++) {
		const struct item *odd = lint_text(item_get(texts, key), &c);

		if (odd != NULL)
			lint_tell(l, RULE_ODD_TEXT, m, 0, odd,
			    "text of a version has the character U+%04X",
			    (unsigned)c);
	}
}

static void
check_text(struct lint *l, const struct model *m)
{
	const struct item *lang, *k;

	if (m->text == NULL)
		return;
	for (lang = m->text->first; lang != NULL; lang = lang->next->next)
		for (k = lang->next->type == CBOR_MAP ? lang->next->first
						      : NULL;
		     k != NULL; k = k->next->next) {
			char name[SUIT_ID_TEXT];
			bool known = false;

			if (k->type != CBOR_ARRAY)
				continue;
			check_versions(l, m, k->next);
			for (size_t i = 0; i < m->n_places; i++)
				known |=
				    bytes_same(m->place[i].id, model_raw(k));
			if (known)
				continue;
			if (suit_id_text(model_raw(k), name) != OK)
				(void)snprintf(name, sizeof(name), "?");
			lint_tell(l, RULE_STRANGE_TEXT, m, 0, k,
			    "text for %.100s", name);
		}
}

/* ---- the manifest
 * ------------------------------------------------------------ */

static void
check_sequence(struct lint *l, const struct model *m)
{
	const struct item *k = key_of(m->manifest, 2);

	if (!l->has_after || m->depth > 0 || !m->has_sequence)
		return;
	if (m->sequence <= l->after)
		lint_tell(l, RULE_SEQUENCE, m, 0, k,
		    "%llu, and the last was %llu",
		    (unsigned long long)m->sequence,
		    (unsigned long long)l->after);
	else if (m->sequence - l->after > UINT64_C(1) << 32)
		lint_tell(l, RULE_JUMP, m, 0, k, "%llu, and the last was %llu",
		    (unsigned long long)m->sequence,
		    (unsigned long long)l->after);
}

struct used {
	bool place[MODEL_PLACES_MAX];
	bool fills; /* any of them */
	const struct model *m;
};

/* Anything but choosing it, and saying what it should be. */
static void
use(void *ctx, const struct walk_command *c)
{
	struct used *u = ctx;

	if (c->m != u->m)
		return;
	u->fills |= walk_fills(c->number);
	for (size_t i = 0; i < c->n_targets; i++) {
		const struct walk_fact *from =
		    walk_find(c->state, c->target[i]->id, 22);

		if (c->number != SUIT_CMD_SET_INDEX && c->number != 1 &&
		    c->number != 2 && c->number != SUIT_CMD_OVERRIDE &&
		    c->number != SUIT_CMD_SET_PARAMETERS)
			u->place[c->target[i] - c->m->place] = true;
		for (uint8_t k = 0; from != NULL && k < from->n; k++) {
			const struct place *p =
			    model_place(c->m, from->value[k]->arg);

			if (p != NULL)
				u->place[p - c->m->place] = true;
		}
	}
}

static void
check_components(struct lint *l, const struct model *m)
{
	struct used u = {.m = m};
	const struct walk_visitor v = {.ctx = &u, .command = use};

	if (m->n_components == 0)
		lint_tell(l, RULE_NO_COMPONENTS, m, 0, m->wrapped,
		    "the list of components is empty");
	walk(m, WALK_UPDATE, &v);
	walk(m, WALK_INVOKE, &v);
	walk(m, WALK_UNINSTALL, &v);
	for (size_t i = 0; i < m->n_places; i++)
		if (!u.place[i])
			lint_tell(l, RULE_UNUSED_COMPONENT, m, 0,
			    m->place[i].item, "%.150s", m->place[i].name);
	if (u.fills && m->state[SUIT_VALIDATE] == MEMBER_ABSENT)
		lint_tell(l, RULE_NO_VALIDATE, m, 0, m->wrapped,
		    "there is no validate section");
}

static void
check_manifest(struct lint *l, const struct model *m)
{
	const struct item *version = item_get(m->manifest, 1);

	if (version == NULL || !item_is(version, 1))
		lint_tell(l, RULE_VERSION, m, 0,
		    version != NULL ? version : m->manifest,
		    version != NULL ? "another version" : "there is none");
	check_sequence(l, m);
	check_components(l, m);
	if (m->n_components > 0 && m->state[SUIT_UNINSTALL] == MEMBER_ABSENT)
		lint_tell(l, RULE_NO_UNINSTALL, m, 0, m->wrapped,
		    "there is no uninstall section");
}

/* ---- payloads
 * ------------------------------------------------------------------ */

static void
check_payloads(struct lint *l, const struct model *m)
{
	static struct gather g;
	const struct item *k, *uri;

	gather(m, &g);
	for (k = m->envelope->first; k != NULL; k = k->next->next) {
		bool used = false;
		char safe[160];

		if (k->type != CBOR_TSTR)
			continue;
		for (size_t i = 0; (uri = gather_find(&g, SUIT_CMD_FETCH,
					SUIT_PAR_URI, BYTES_NONE, i)) != NULL;
		     i++)
			used |= bytes_same(uri->text, k->text);
		if (!used)
			lint_tell(l, RULE_PAYLOAD_UNUSED, m, 0, k,
			    "%s, %zu octets",
			    safe_text(safe, sizeof(safe), k->text),
			    k->next->text.n);
	}
}

void
lint_model(struct lint *l, const struct model *m)
{
	check_wrapper(l, m);
	check_members(l, m);
	check_manifest(l, m);
	check_text(l, m);
	check_payloads(l, m);
	lint_commands(l, m);
	for (size_t i = 0; i < m->n_children; i++)
		lint_model(l, m->child[i]);
}
