/*
 * acs: the Appraisal Claims Set: what is said of a device, by whom, and
 * whether a statement finds what it wants in it.           [CoRIM 8.3]
 */
#include <string.h>
#include <tamarind/verifier.h>

void
acs_begin(struct acs *a, struct acs_entry *room, size_t max)
{
	*a = (struct acs){.entry = room, .max = max};
}

/* ---- adding ------------------------------------------------------------ */

static bool
same_environment(
    const struct corim_environment *a, const struct corim_environment *b)
{
	for (size_t i = 0; i < ENV_PARTS; i++)
		if (!bytes_same(a->part[i], b->part[i]))
			return false;
	return true;
}

static bool
same_claims(const struct acs_entry *a, const struct acs_entry *b)
{
	for (size_t i = 0; i < MVAL_VALUES; i++)
		if (!bytes_same(a->measurement.mval.value[i],
			b->measurement.mval.value[i]))
			return false;
	return bytes_same(a->measurement.mkey, b->measurement.mkey) &&
	       bytes_same(a->authority.raw, b->authority.raw) &&
	       bytes_same(a->source, b->source) && a->by == b->by &&
	       a->kind == b->kind &&
	       same_environment(&a->environment, &b->environment);
}

static enum err
add(struct acs *a, const struct acs_entry *e)
{
	for (size_t i = 0; i < a->n; i++)
		if (same_claims(&a->entry[i], e))
			return OK;
	if (a->n == a->max)
		return ERR_ROOM;
	a->entry[a->n++] = *e;
	return OK;
}

/* The entries of a tuple that an element is about: both have no key, or the
 * same.  The next from *at on; NULL: there are no more. */
static struct acs_entry *
element(const struct acs *a, size_t *at, size_t tuple, unsigned kinds,
    struct bytes mkey)
{
	for (size_t i = *at; i < a->n; i++)
		if (a->entry[i].tuple == tuple &&
		    (a->entry[i].kind & kinds) != 0 &&
		    bytes_same(a->entry[i].measurement.mkey, mkey)) {
			*at = i + 1;
			return &a->entry[i];
		}
	return NULL;
}

static bool
is_said(const struct acs *a, size_t tuple, unsigned kinds, struct bytes mkey)
{
	size_t at = 0;

	return element(a, &at, tuple, kinds, mkey) != NULL;
}

/* All of them or none.  Whoever says two things of one element says nothing
 * that could be compared. */
static enum err
add_tuple(struct acs *a, enum acs_kind kind, struct bytes environment,
    struct list measurements, const struct acs_voice *v)
{
	struct cbor_in r = cbor_items(measurements);
	size_t before = a->n;
	enum err e = OK;

	for (size_t i = 0; i < measurements.n && e == OK; i++) {
		struct acs_entry new = {.kind = kind,
		    .tuple = a->tuples,
		    .authority = v->authority,
		    .source = v->source,
		    .by = v->by};

		e = corim_environment_read(environment, &new.environment);
		if (e == OK)
			e = corim_measurement_read(
			    cbor_raw(&r, CBOR_MAP), &new.measurement);
		if (e == OK && kind == ACS_EVIDENCE && !a->several &&
		    is_said(a, new.tuple, kind, new.measurement.mkey))
			e = ERR_DUPLICATE;
		if (e == OK)
			e = add(a, &new);
	}
	if (e != OK)
		a->n = before;
	a->tuples++;
	return e;
}

enum err
acs_evidence(struct acs *a, struct bytes environment, struct list measurements,
    const struct acs_voice *v)
{
	return add_tuple(a, ACS_EVIDENCE, environment, measurements, v);
}

enum err
acs_endorse(struct acs *a, struct bytes environment, struct list measurements,
    const struct acs_voice *v)
{
	return add_tuple(a, ACS_ENDORSEMENT, environment, measurements, v);
}

/* ---- matching ---------------------------------------------------------- */

/* The first of them that meets what is wanted.  ERR_NO_REFERENCE: there is no
 * such element. */
static enum err
element_find(const struct acs *a, size_t tuple, unsigned kinds,
    const struct corim_measurement *want, struct acs_entry **out,
    struct why *why)
{
	enum err e = why_set(why, ERR_NO_REFERENCE, "element");
	size_t at = 0;

	while (e != OK &&
	       (*out = element(a, &at, tuple, kinds, want->mkey)) != NULL) {
		e = corim_mval_meets(
		    &want->mval, &(*out)->measurement.mval, why);
		if (e == OK &&
		    !corim_authority_meets(want->authority, (*out)->authority))
			e = why_set(why, ERR_MEASUREMENT, "authority");
	}
	return e;
}

static enum err
element_meets(const struct acs *a, size_t tuple, unsigned kinds,
    const struct corim_measurement *want, struct list authority,
    struct why *why)
{
	struct acs_entry *is;

	TRY(element_find(a, tuple, kinds, want, &is, why));
	if (!corim_authority_meets(authority, is->authority))
		return why_set(why, ERR_MEASUREMENT, "authority");
	return OK;
}

/* One condition against one tuple. */
struct condition {
	const struct acs *acs;
	unsigned kinds;
	struct corim_environment environment;
	const struct list *measurements;
	size_t n_lists;
	struct list authority;
};

static enum err
list_meets(
    const struct condition *c, size_t tuple, struct list l, struct why *why)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++) {
		struct corim_measurement want;

		TRY(corim_measurement_read(cbor_raw(&r, CBOR_MAP), &want));
		TRY(element_meets(
		    c->acs, tuple, c->kinds, &want, c->authority, why));
	}
	return OK;
}

static enum err
tuple_meets(
    const struct condition *c, const struct acs_entry *head, struct why *why)
{
	size_t wanted = 0;

	TRY(corim_environment_meets(&c->environment, &head->environment, why));
	for (size_t i = 0; i < c->n_lists; i++) {
		TRY(list_meets(c, head->tuple, c->measurements[i], why));
		wanted += c->measurements[i].n;
	}
	/* A condition on the environment alone: whoever speaks of it. */
	if (wanted == 0 &&
	    !corim_authority_meets(c->authority, head->authority))
		return why_set(why, ERR_MEASUREMENT, "authority");
	return OK;
}

/* The first entry of a tuple stands for it. */
static bool
is_head(const struct acs *a, size_t i)
{
	return i == 0 || a->entry[i].tuple != a->entry[i - 1].tuple;
}

bool
acs_meets(const struct acs *a, unsigned kinds, struct bytes environment,
    const struct list *measurements, size_t n, struct list authority,
    struct why *why)
{
	struct condition c = {.acs = a,
	    .kinds = kinds,
	    .measurements = measurements,
	    .n_lists = n,
	    .authority = authority};

	if (corim_environment_read(environment, &c.environment) != OK)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (is_head(a, i) && (a->entry[i].kind & kinds) != 0 &&
		    tuple_meets(&c, &a->entry[i], why) == OK)
			return true;
	return false;
}

/* ---- reference values -------------------------------------------------- */

/* What the statement speaks of, with the values that are there: what it does
 * not speak of it does not vouch for. */
static enum err
say_again(struct acs *a, size_t tuple, struct list measurements,
    const struct acs_voice *v)
{
	struct cbor_in r = cbor_items(measurements);
	size_t before = a->n;
	enum err e = OK;

	for (size_t i = 0; i < measurements.n && e == OK; i++) {
		struct corim_measurement want;
		struct acs_entry *is, new;

		e = corim_measurement_read(cbor_raw(&r, CBOR_MAP), &want);
		if (e != OK)
			break;
		if (element_find(a, tuple, ACS_EVIDENCE, &want, &is, NULL) !=
		    OK)
			return ERR_BUG;
		is->corroborated = true;
		new = (struct acs_entry){.kind = ACS_REFERENCE,
		    .tuple = a->tuples,
		    .environment = is->environment,
		    .measurement = is->measurement,
		    .authority = v->authority,
		    .source = v->source,
		    .by = v->by};
		new.measurement.mval.foreign = false;
		for (size_t k = 0; k < MVAL_VALUES; k++)
			if (want.mval.value[k].n == 0) {
				new.measurement.mval.value[k] = BYTES_NONE;
				new.measurement.mval.has &= ~(UINT32_C(1) << k);
			}
		e = add(a, &new);
	}
	if (e != OK)
		a->n = before;
	a->tuples++;
	return e;
}

/* The next Evidence of that element that nothing corroborates yet. */
static struct acs_entry *
uncorroborated(const struct acs *a, size_t tuple, struct bytes mkey)
{
	size_t at = 0;
	struct acs_entry *is = element(a, &at, tuple, ACS_EVIDENCE, mkey);

	while (is != NULL && is->corroborated)
		is = element(a, &at, tuple, ACS_EVIDENCE, mkey);
	return is;
}

/* Remember for the refusal what the first statement about it wanted: of each
 * element that it misses itself, and of all others that it names. */
static void
missed(struct acs *a, size_t tuple, struct list measurements,
    const struct why *all, struct bytes source)
{
	struct cbor_in r = cbor_items(measurements);

	for (size_t i = 0; i < measurements.n; i++) {
		struct corim_measurement want;
		struct acs_entry *is;
		struct why own = {0};
		const struct why *why = &own;

		if (corim_measurement_read(cbor_raw(&r, CBOR_MAP), &want) != OK)
			return;
		if (element_find(a, tuple, ACS_EVIDENCE, &want, &is, &own) ==
		    OK)
			why = all;
		is = uncorroborated(a, tuple, want.mkey);
		if (is == NULL || is->missed != NULL)
			continue;
		is->misses = why == &own;
		is->missed = why->what;
		is->expected = why->expected;
		is->found = why->found;
		is->missed_source = source;
	}
}

enum err
acs_corroborate(struct acs *a, struct bytes environment,
    struct list measurements, const struct acs_voice *v, struct why *why)
{
	struct condition c = {.acs = a,
	    .kinds = ACS_EVIDENCE,
	    .measurements = &measurements,
	    .n_lists = 1};
	enum err e, worst = ERR_NO_REFERENCE;
	size_t n = a->n; /* only what was there before */
	bool met = false;

	(void)why_set(why, ERR_NO_REFERENCE, "environment");
	TRY(corim_environment_read(environment, &c.environment));
	if (measurements.n == 0)
		return ERR_NO_REFERENCE;
	for (size_t i = 0; i < n; i++) {
		struct why here = {0};

		if (!is_head(a, i) || a->entry[i].kind != ACS_EVIDENCE)
			continue;
		e = tuple_meets(&c, &a->entry[i], &here);
		if (e == OK) {
			TRY(say_again(a, a->entry[i].tuple, measurements, v));
			met = true;
		}
		if (e != ERR_MEASUREMENT)
			continue;
		worst = e;
		here.source = v->source;
		if (v->by != NULL)
			missed(a, a->entry[i].tuple, measurements, &here,
			    v->source);
		if (why != NULL)
			*why = here;
	}
	return met ? OK : worst;
}

enum err
acs_holds(const struct acs *a, struct bytes mkey, struct why *why)
{
	const struct acs_entry *is = NULL;

	for (size_t i = 0; i < a->n; i++) {
		if (a->entry[i].kind != ACS_EVIDENCE ||
		    !bytes_same(a->entry[i].measurement.mkey, mkey))
			continue;
		is = &a->entry[i];
		/* Each environment that has it. */
		if (!is->corroborated)
			break;
	}
	if (is == NULL)
		return why_set(why, ERR_MISSING, "measurement");
	if (is->corroborated)
		return OK;
	(void)why_set(why,
	    is->missed == NULL ? ERR_NO_REFERENCE : ERR_MEASUREMENT,
	    is->missed == NULL ? "measurement" : is->missed);
	if (why != NULL) {
		why->kind = WHY_CBOR;
		why->expected = is->expected;
		why->found = is->found;
		why->source = is->missed_source;
		why->subject = mkey;
	}
	return is->missed == NULL ? ERR_NO_REFERENCE : ERR_MEASUREMENT;
}
