/*
 * phases: hold a set of CoRIMs against what is said of a device.
 *                                                     [CoRIM 8.2, 8.3]
 *
 * Phase 1 is acs_library_begin; 2 was done by who adds the Evidence; 3 and 4
 * are acs_appraise.
 */
#include <string.h>
#include <tamarind/verifier.h>

#define ANY ((unsigned)ACS_EVIDENCE | ACS_REFERENCE | ACS_ENDORSEMENT)

/* ---- walk: every statement of every tag, in order ---------------------- */

typedef enum err visit(void *ctx, const struct acs_saying *s);

static bool
is_active(const struct acs_library *l, size_t tag)
{
	return (l->active[tag / 32] >> tag % 32 & 1) != 0;
}

static enum err
tag_walk(struct acs_saying *s, const struct corim_tag *t, visit *f, void *ctx)
{
	struct corim_triples it;
	enum err e;

	s->voice.source = t->identity.id;
	corim_triples_begin(&it, t->triples);
	while ((e = corim_triple_next(&it, &s->triple)) == OK) {
		s->voice.by = it.at;
		s->about = (struct corim_environment){0};
		if (s->triple.kind != SAYS_CONDITIONAL &&
		    s->triple.kind != SAYS_DEPENDENCY &&
		    s->triple.kind != SAYS_MEMBERSHIP)
			TRY(corim_environment_read(
			    s->triple.environment, &s->about));
		TRY(f(ctx, s));
	}
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
walk(const struct acs_library *l, bool all, visit *f, void *ctx)
{
	size_t tag = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct acs_saying s = {.source = &l->source[i],
		    .voice = {.authority = l->source[i].authority}};
		struct cbor_in r = cbor_items(l->corim[i]->tags);

		for (size_t k = 0; k < l->corim[i]->tags.n; k++, tag++) {
			struct corim_tag t;

			TRY(corim_tag_read(&r, &t));
			if (t.kind == CORIM_COMID && (all || is_active(l, tag)))
				TRY(tag_walk(&s, &t, f, ctx));
		}
	}
	return OK;
}

/* Every active statement of one kind. */
static enum err
walk_kind(
    const struct acs_library *l, enum corim_statement kind, visit *f, void *ctx)
{
	if (l->said == NULL)
		return walk(l, false, f, ctx);
	for (size_t i = l->first[kind]; i < l->first[kind + 1]; i++)
		TRY(f(ctx, &l->said[i]));
	return OK;
}

/* ---- an index ---------------------------------------------------------- */

static enum err
count_one(void *ctx, const struct acs_saying *s)
{
	size_t *n = ctx;

	n[s->triple.kind]++;
	return OK;
}

static enum err
count(const struct acs_library *l, size_t n[SAYS_CONDITIONAL + 1])
{
	memset(n, 0, (SAYS_CONDITIONAL + 1) * sizeof(*n));
	return walk(l, false, count_one, n);
}

size_t
acs_library_count(const struct acs_library *l)
{
	size_t n[SAYS_CONDITIONAL + 1], sum = 0;

	if (count(l, n) != OK)
		return 0;
	for (size_t i = 0; i <= SAYS_CONDITIONAL; i++)
		sum += n[i];
	return sum;
}

struct filling {
	struct acs_saying *room;
	size_t at[SAYS_CONDITIONAL + 1];
};

static enum err
fill(void *ctx, const struct acs_saying *s)
{
	struct filling *f = ctx;

	f->room[f->at[s->triple.kind]++] = *s;
	return OK;
}

enum err
acs_library_index(struct acs_library *l, struct acs_saying *room, size_t max)
{
	size_t n[SAYS_CONDITIONAL + 1], sum = 0;
	struct filling f = {.room = room};

	l->said = NULL;
	TRY(count(l, n));
	for (size_t i = 0; i <= SAYS_CONDITIONAL; i++) {
		l->first[i] = f.at[i] = sum;
		sum += n[i];
	}
	l->first[SAYS_CONDITIONAL + 1] = sum;
	if (sum > max)
		return ERR_ROOM;
	TRY(walk(l, false, fill, &f));
	l->said = room;
	return OK;
}

/* ---- phase 1: whole, in scope, active ---------------------------------- */

/* What a signer has to be allowed for each kind of statement; 0: it adds
 * nothing to a set of claims. */
static unsigned
kind_of(enum corim_statement s)
{
	switch (s) {
	case SAYS_REFERENCE:
		return CORIM_REFERENCE;
	case SAYS_ENDORSED:
	case SAYS_SERIES:
	case SAYS_CONDITIONAL:
		return CORIM_ENDORSED;
	case SAYS_IDENTITY:
	case SAYS_ATTEST_KEY:
		return CORIM_ATTEST_KEY;
	case SAYS_DEPENDENCY:
	case SAYS_MEMBERSHIP:
	case SAYS_COSWID:
		break;
	}
	return 0;
}

static enum err
environment_in_scope(const struct acs_source *s, unsigned kind,
    struct bytes environment, struct why *why)
{
	struct corim_environment e;

	TRY(corim_environment_read(environment, &e));
	return corim_scope_covers(
	    s->scope, s->n_scope, (enum corim_kind)kind, &e, why);
}

static enum err
in_scope(void *ctx, const struct acs_saying *s)
{
	unsigned kind = kind_of(s->triple.kind);
	struct cbor_in r = cbor_items(s->triple.items);
	struct why *why = ctx;
	enum err e = OK;

	if (kind == 0)
		return OK;
	if (s->triple.kind != SAYS_CONDITIONAL)
		e = environment_in_scope(
		    s->source, kind, s->triple.environment, why);
	/* Of a conditional one: all that it adds to. */
	else
		for (size_t i = 0; i < s->triple.items.n && e == OK; i++) {
			struct corim_state state;

			e = corim_state_read(&r, &state);
			if (e == OK)
				e = environment_in_scope(
				    s->source, kind, state.environment, why);
		}
	if (e != OK && why != NULL)
		why->source = s->voice.source;
	return e;
}

enum err
acs_library_begin(struct acs_library *l, const struct acs_source *s, size_t n,
    uint64_t now, bool lists, struct why *why)
{
	size_t tag = 0;
	enum err e;

	memset(l, 0, sizeof(*l));
	if (n > ACS_SOURCES_MAX)
		return why_set(why, ERR_LIMIT, "CoRIMs");
	for (size_t i = 0; i < n; i++) {
		TRY(corim_check(s[i].corim, why));
		if (now < s[i].corim->not_before || now > s[i].corim->not_after)
			return why_set(why, ERR_EXPIRED, "validity");
		l->corim[i] = s[i].corim;
	}
	l->source = s;
	l->n = n;
	for (size_t i = 0; i < n; i++) {
		struct cbor_in r = cbor_items(s[i].corim->tags);
		struct corim_tag t;

		for (size_t k = 0; k < s[i].corim->tags.n; k++, tag++) {
			TRY(corim_tag_read(&r, &t));
			e = corim_active(l->corim, n, i, &t, now, lists, why);
			if (e == OK)
				l->active[tag / 32] |= UINT32_C(1) << tag % 32;
			else if (e != ERR_NOT_FOUND)
				return e;
		}
	}
	e = walk(l, true, in_scope, why);
	if (e == OK && why != NULL)
		memset(why, 0, sizeof(*why));
	return e;
}

/* ---- phase 3: reference values ----------------------------------------- */

/* Most of what is said in a fleet is about others. */
static bool
is_about(const struct acs *a, const struct corim_environment *about)
{
	for (size_t i = 0; i < a->n; i++) {
		/* A tuple is about one environment. */
		if (i > 0 && a->entry[i].tuple == a->entry[i - 1].tuple)
			continue;
		if (corim_environment_meets(
			about, &a->entry[i].environment, NULL) == OK)
			return true;
	}
	return false;
}

static enum err
corroborate(void *ctx, const struct acs_saying *s)
{
	const struct acs *a = ctx;
	enum err e;

	if (s->triple.kind != SAYS_REFERENCE || !is_about(a, &s->about))
		return OK;
	e = acs_corroborate(
	    ctx, s->triple.environment, s->triple.items, &s->voice, NULL);
	return e == ERR_NO_REFERENCE || e == ERR_MEASUREMENT ? OK : e;
}

/* ---- phase 4: endorsements --------------------------------------------- */

/* What an endorsed value is about is there. */
static enum err
endorsed(struct acs *a, const struct acs_saying *s)
{
	struct list none = {BYTES_NONE, 0};

	if (!is_about(a, &s->about) ||
	    !acs_meets(a, ANY, s->triple.environment, NULL, 0, none, NULL))
		return OK;
	return acs_endorse(
	    a, s->triple.environment, s->triple.items, &s->voice);
}

/* All conditions hold: then all of it. */
static enum err
conditional(struct acs *a, const struct acs_saying *s)
{
	struct cbor_in r = cbor_items(s->triple.conditions);
	struct list none = {BYTES_NONE, 0};
	struct corim_state state;

	for (size_t i = 0; i < s->triple.conditions.n; i++) {
		TRY(corim_state_read(&r, &state));
		if (!acs_meets(a, ANY, state.environment, &state.measurements,
			1, none, NULL))
			return OK;
	}
	r = cbor_items(s->triple.items);
	for (size_t i = 0; i < s->triple.items.n; i++) {
		TRY(corim_state_read(&r, &state));
		TRY(acs_endorse(
		    a, state.environment, state.measurements, &s->voice));
	}
	return OK;
}

static enum err
monotone(void *ctx, const struct acs_saying *s)
{
	if (s->triple.kind == SAYS_ENDORSED)
		return endorsed(ctx, s);
	if (s->triple.kind == SAYS_CONDITIONAL)
		return conditional(ctx, s);
	return OK;
}

/* Has this statement added something? */
static bool
has_said(const struct acs *a, const uint8_t *by)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->entry[i].by == by)
			return true;
	return false;
}

/* The first condition of a series that is met decides, once. */
static enum err
series(void *ctx, const struct acs_saying *s)
{
	const struct corim_triple *t = &s->triple;
	struct cbor_in r = cbor_items(t->items);
	struct acs *a = ctx;

	if (t->kind != SAYS_SERIES || !is_about(a, &s->about) ||
	    has_said(a, s->voice.by))
		return OK;
	for (size_t i = 0; i < t->items.n; i++) {
		struct list wanted[2] = {t->conditions};
		struct corim_series one;

		TRY(corim_series_read(&r, &one));
		wanted[1] = one.condition;
		if (acs_meets(
			a, ANY, t->environment, wanted, 2, t->authority, NULL))
			return acs_endorse(
			    a, t->environment, one.addition, &s->voice);
	}
	return OK;
}

enum err
acs_appraise(struct acs *a, const struct acs_library *l, struct why *why)
{
	size_t before;
	enum err e = walk_kind(l, SAYS_REFERENCE, corroborate, a);

	/* Every round adds an entry, or is the last: the room bounds them. */
	do {
		before = a->n;
		if (e == OK)
			e = walk_kind(l, SAYS_ENDORSED, monotone, a);
		if (e == OK && l->said != NULL)
			e = walk_kind(l, SAYS_CONDITIONAL, monotone, a);
		if (e == OK && a->n == before)
			e = walk_kind(l, SAYS_SERIES, series, a);
	} while (e == OK && a->n > before);
	return e == OK ? OK : why_set(why, e, "claims");
}

/* ---- keys that somebody vouches for ------------------------------------ */

struct keys_ask {
	struct corim_environment environment;
	size_t nth;
	struct bytes key, source;
};

/* Ends the walk with ERR_EXISTS. */
static enum err
key_of(void *ctx, const struct acs_saying *s)
{
	struct cbor_in r = cbor_items(s->triple.items);
	struct keys_ask *ask = ctx;

	if (s->triple.kind != SAYS_ATTEST_KEY ||
	    corim_environment_meets(&s->about, &ask->environment, NULL) != OK)
		return OK;
	for (size_t i = 0; i < s->triple.items.n; i++) {
		struct bytes key = cbor_raw(&r, CBOR_TAG);

		if (ask->nth-- > 0)
			continue;
		ask->key = key;
		ask->source = s->voice.source;
		return r.err == OK ? ERR_EXISTS : r.err;
	}
	return r.err;
}

enum err
acs_library_key(const struct acs_library *l, struct bytes environment,
    size_t nth, struct bytes *key, struct bytes *source)
{
	struct keys_ask ask = {.nth = nth};
	enum err e;

	*key = *source = BYTES_NONE;
	TRY(corim_environment_read(environment, &ask.environment));
	e = walk_kind(l, SAYS_ATTEST_KEY, key_of, &ask);
	if (e != ERR_EXISTS)
		return e == OK ? ERR_NOT_FOUND : e;
	*key = ask.key;
	*source = ask.source;
	return OK;
}

/* Is the part tagged so, with this content? */
static bool
part_is(struct bytes part, uint64_t tag, struct bytes content)
{
	struct cbor_in r = cbor_open(part);
	struct bytes b;

	if (cbor_peek(&r) != CBOR_TAG || !cbor_tag_if(&r, tag))
		return false;
	b = cbor_bstr(&r, 1, LEN_ANY);
	return cbor_close(&r) == OK && bytes_same(b, content);
}

struct device_ask {
	struct bytes class_id, ueid;
	size_t nth;
	struct acs_saying *out;
};

/* Ends the walk with ERR_EXISTS. */
static enum err
device_of(void *ctx, const struct acs_saying *s)
{
	const struct bytes *part = s->about.part;
	struct device_ask *ask = ctx;

	if (s->triple.kind != SAYS_ATTEST_KEY ||
	    !part_is(part[ENV_INSTANCE], CORIM_TAG_UEID, ask->ueid) ||
	    (!part_is(part[ENV_CLASS_ID], CORIM_TAG_OPAQUE, ask->class_id) &&
		!part_is(part[ENV_CLASS_ID], CORIM_TAG_PSA, ask->class_id)) ||
	    ask->nth-- > 0)
		return OK;
	*ask->out = *s;
	return ERR_EXISTS;
}

enum err
acs_library_device(const struct acs_library *l, struct bytes class_id,
    struct bytes ueid, size_t nth, struct acs_saying *out)
{
	struct device_ask ask = {class_id, ueid, nth, out};
	enum err e = walk_kind(l, SAYS_ATTEST_KEY, device_of, &ask);

	return e == OK ? ERR_NOT_FOUND : e == ERR_EXISTS ? OK : e;
}

/* ---- what somebody has reference values for ---------------------------- */

struct refers_ask {
	struct corim_environment environment;
	struct bytes mkey;
};

/* Ends the walk with ERR_EXISTS. */
static enum err
refers(void *ctx, const struct acs_saying *s)
{
	struct cbor_in r = cbor_items(s->triple.items);
	struct refers_ask *ask = ctx;

	if (s->triple.kind != SAYS_REFERENCE ||
	    corim_environment_meets(&s->about, &ask->environment, NULL) != OK)
		return OK;
	for (size_t i = 0; i < s->triple.items.n; i++) {
		struct corim_measurement m;

		TRY(corim_measurement_read(cbor_raw(&r, CBOR_MAP), &m));
		if (bytes_same(m.mkey, ask->mkey))
			return ERR_EXISTS;
	}
	return r.err;
}

enum err
acs_library_refers(
    const struct acs_library *l, struct bytes environment, struct bytes mkey)
{
	struct refers_ask ask = {.mkey = mkey};
	enum err e;

	TRY(corim_environment_read(environment, &ask.environment));
	e = walk_kind(l, SAYS_REFERENCE, refers, &ask);
	if (e == ERR_EXISTS)
		return OK;
	return e == OK ? ERR_NOT_FOUND : e;
}
