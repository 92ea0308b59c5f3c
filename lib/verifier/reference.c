/*
 * reference: hold measurements against reference values, and find out what
 * such a proof is worth.                           [docs/evidence.md 5]
 */
#include "verifier_int.h"

#include <string.h>

/* Values of one measurement; a store that answers more is not believed. */
#define VALUES_MAX 4096

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

/* Does found match one of the reference values of mkey?  A refusal shows
 * the first of them. */
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
		if (bytes_same(expected(&v, kind), found) && found.n > 0)
			return OK;
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
hwversion(struct job *j)
{
	struct cbor_in r = cbor_open(j->out->claims.hwversion);
	struct bytes found;

	(void)cbor_array_any(&r, 1, 2);
	found = cbor_tstr(&r, 1, LEN_ANY);
	if (r.err != OK)
		return job_refuse(j, r.err, "hwversion");
	return reference(j, "hwversion", "hwversion", WHY_TEXT, found);
}

/* The weakest of the classes it was endorsed with: nobody gains assurance
 * by a second opinion. */
static enum err
assurance(struct job *j)
{
	enum assurance least = ASSURE_HARDWARE, one;
	struct verifier_value v;
	enum err e;
	size_t nth;

	for (nth = 0;; nth++) {
		e = value(j, CORIM_ENDORSED, "assurance", nth, &v);
		if (e != OK)
			break;
		one = assurance_from_name(TEXT_OF(v.text));
		if (one == ASSURE_NONE)
			one = ASSURE_SELF_REPORTED;
		if (one < least)
			least = one;
	}
	if (e != ERR_NOT_FOUND)
		return job_refuse(j, e, "assurance");
	j->out->assurance = nth == 0 ? ASSURE_SELF_REPORTED : least;
	return OK;
}

enum err
job_reference(struct job *j)
{
	TRY(hwversion(j));
	TRY(reference(
	    j, "launcher", "measurement launcher", WHY_HEX, j->launcher));
	TRY(reference(j, "agent", "measurement agent", WHY_HEX, j->agent));
	return assurance(j);
}
