/*
 * reference: hold measurements against reference values, and find out what
 * such a proof is worth.                           [docs/evidence.md 5]
 *
 * What the Evidence says becomes claims; what the store says is held against
 * them, one value at a time.                               [CoRIM 8.3]
 */
#include "verifier_int.h"

#include <string.h>

/* Values of one measurement; a store that answers more is not believed. */
#define VALUES_MAX 4096

/* ---- claims ------------------------------------------------------------ */

/* Who says it does not matter here: a store keeps what it believes. */
static const struct acs_voice somebody;

static struct corim_entry
about(const struct job *j, const char *mkey)
{
	return (struct corim_entry){
	    .class_id = {j->key.class_id, j->key.class_id_n},
	    .vendor = TEXT_OF(j->key.vendor),
	    .mkey = {(const uint8_t *)mkey, strlen(mkey)}};
}

/* A value by its kind: text is a version, octets are a digest. */
static void
value_set(struct corim_entry *e, enum why_kind kind, struct bytes value)
{
	e->kind = CORIM_REFERENCE;
	if (kind == WHY_TEXT)
		e->version = value;
	else
		e->digest = value;
}

/* Encode into the room of the claims; keep it if asked to. */
static enum err
encode(struct claims *c,
    void (*put)(struct cbor_out *, const struct corim_entry *),
    const struct corim_entry *e, bool keep, struct bytes *out)
{
	struct cbor_out w = cbor_into(
	    (struct span){c->room + c->used, sizeof(c->room) - c->used});

	put(&w, e);
	TRY(cbor_done(&w, out));
	if (keep)
		c->used += out->n;
	return OK;
}

/* The Evidence: one environment with its measurements. */
static enum err
claim(struct job *j, struct bytes hwversion)
{
	struct corim_entry e[3] = {
	    about(j, "hwversion"), about(j, "launcher"), about(j, "agent")};
	struct claims *c = &j->claims;
	struct list all = {BYTES_NONE, ARRAY_LEN(e)};
	struct bytes one;

	acs_begin(&c->set, c->entry, CLAIMS_MAX);
	TRY(encode(c, corim_environment_put, &e[0], true, &c->environment));
	value_set(&e[0], WHY_TEXT, hwversion);
	value_set(&e[1], WHY_HEX, j->launcher);
	value_set(&e[2], WHY_HEX, j->agent);
	all.raw.p = c->room + c->used;
	for (size_t i = 0; i < ARRAY_LEN(e); i++) {
		TRY(encode(c, corim_measurement_put, &e[i], true, &one));
		all.raw.n += one.n;
	}
	return acs_evidence(&c->set, c->environment, all, &somebody);
}

/* Does this reference value corroborate what was measured? */
static enum err
corroborates(
    struct job *j, const char *mkey, enum why_kind kind, struct bytes value)
{
	struct corim_entry e = about(j, mkey);
	struct claims *c = &j->claims;
	struct list one = {BYTES_NONE, 1};

	if (value.n == 0)
		return ERR_MEASUREMENT;
	value_set(&e, kind, value);
	TRY(encode(c, corim_measurement_put, &e, false, &one.raw));
	return acs_corroborate(&c->set, c->environment, one, &somebody, NULL);
}

/* ---- what the store says ----------------------------------------------- */

static enum err
value(struct job *j, enum corim_kind kind, const char *mkey, size_t nth,
    struct verifier_value *out)
{
	struct bytes class_id = {j->key.class_id, j->key.class_id_n};

	if (nth >= VALUES_MAX)
		return ERR_NOT_FOUND;
	memset(out, 0, sizeof(*out));
	return j->store->value(
	    j->store->ctx, kind, class_id, j->key.vendor, mkey, nth, out);
}

/* What a reference value says, in the form in which it is compared. */
static struct bytes
expected(const struct verifier_value *v, enum why_kind kind)
{
	if (kind == WHY_TEXT)
		return TEXT_OF(v->text);
	return v->has_digest ? BYTES_OF(v->digest) : BYTES_NONE;
}

/* Does one of the reference values of mkey corroborate what was found?  A
 * refusal shows the first of them. */
static enum err
reference(struct job *j, const char *mkey, const char *what, enum why_kind kind,
    struct bytes found)
{
	struct verifier_value v;
	enum err e;
	size_t nth;

	for (nth = 0;; nth++) {
		e = value(j, CORIM_REFERENCE, mkey, nth, &v);
		if (e != OK)
			break;
		e = corroborates(j, mkey, kind, expected(&v, kind));
		if (e == OK)
			return OK;
		if (e != ERR_MEASUREMENT)
			return job_refuse(j, e, what);
		if (nth > 0)
			continue;
		(void)job_differs(
		    j, ERR_MEASUREMENT, what, kind, expected(&v, kind), found);
		job_source(j, TEXT_OF(v.corim));
	}
	if (e != ERR_NOT_FOUND)
		return job_refuse(j, e, what);
	if (nth > 0)
		return ERR_MEASUREMENT; /* said above */
	return job_differs(j, ERR_NO_REFERENCE, what, kind, BYTES_NONE, found);
}

static enum err
hwversion_read(struct job *j, struct bytes *found)
{
	struct cbor_in r = cbor_open(j->out->claims.hwversion);

	(void)cbor_array_any(&r, 1, 2);
	*found = cbor_tstr(&r, 1, LEN_ANY);
	return r.err == OK ? OK : job_refuse(j, r.err, "hwversion");
}

/* ---- what it is worth -------------------------------------------------- */

/* Add a class of assurance to what is said; twice is once. */
static enum err
endorse(struct job *j, enum assurance class)
{
	const char *name = assurance_name(class);
	struct corim_entry e = about(j, "assurance");
	struct claims *c = &j->claims;
	struct list one = {BYTES_NONE, 1};
	size_t before = c->set.n;

	e.kind = CORIM_ENDORSED;
	e.name = (struct bytes){(const uint8_t *)name, strlen(name)};
	TRY(encode(c, corim_measurement_put, &e, false, &one.raw));
	TRY(acs_endorse(&c->set, c->environment, one, &somebody));
	if (c->set.n > before)
		c->used += one.raw.n;
	return OK;
}

/* The weakest of the classes that are said: nobody gains assurance by a
 * second opinion. */
static enum assurance
least(const struct acs *a)
{
	enum assurance worst = ASSURE_NONE;

	for (size_t i = 0; i < a->n; i++) {
		struct cbor_in r =
		    cbor_open(a->entry[i].measurement.mval.value[MVAL_NAME]);
		enum assurance one;

		if (a->entry[i].kind != ACS_ENDORSEMENT)
			continue;
		one = assurance_from_name(cbor_tstr(&r, 1, LEN_ANY));
		if (worst == ASSURE_NONE || one < worst)
			worst = one;
	}
	return worst == ASSURE_NONE ? ASSURE_SELF_REPORTED : worst;
}

static enum err
assurance(struct job *j)
{
	struct verifier_value v;
	enum assurance one;
	enum err e;

	for (size_t nth = 0;; nth++) {
		e = value(j, CORIM_ENDORSED, "assurance", nth, &v);
		if (e != OK)
			break;
		one = assurance_from_name(TEXT_OF(v.text));
		e = endorse(j, one == ASSURE_NONE ? ASSURE_SELF_REPORTED : one);
		if (e != OK)
			break;
	}
	if (e != ERR_NOT_FOUND)
		return job_refuse(j, e, "assurance");
	j->out->assurance = least(&j->claims.set);
	return OK;
}

enum err
job_reference(struct job *j)
{
	struct bytes hwversion;
	enum err e;

	TRY(hwversion_read(j, &hwversion));
	e = claim(j, hwversion);
	if (e != OK)
		return job_refuse(j, e, "claims");
	TRY(reference(j, "hwversion", "hwversion", WHY_TEXT, hwversion));
	TRY(reference(
	    j, "launcher", "measurement launcher", WHY_HEX, j->launcher));
	TRY(reference(j, "agent", "measurement agent", WHY_HEX, j->agent));
	return assurance(j);
}
