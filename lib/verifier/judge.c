/*
 * judge: hold what a scheme says was measured against the CoRIMs, and find
 * out what such a proof is worth.          [CoRIM 8.3; docs/evidence.md 5]
 */
#include "scheme.h"

#include <string.h>

/* ---- refusals that people can read ------------------------------------- */

/* One digest as octets, a version as text; anything else stays CBOR. */
static struct bytes
digest_alone(struct bytes value)
{
	struct cbor_in r = cbor_open(value);
	struct bytes d = BYTES_NONE;

	if (cbor_peek(&r) != CBOR_ARRAY)
		return BYTES_NONE;
	cbor_array(&r, 1);
	cbor_array(&r, 2);
	(void)cbor_uint(&r, 0, UINT64_MAX);
	d = cbor_bstr(&r, 1, LEN_ANY);
	return cbor_close(&r) == OK ? d : BYTES_NONE;
}

static struct bytes
version_alone(struct bytes value)
{
	struct cbor_in r = cbor_open(value);
	struct bytes v = BYTES_NONE;

	if (cbor_peek(&r) != CBOR_MAP)
		return BYTES_NONE;
	(void)cbor_map_any(&r, 1, 1);
	if (cbor_uint(&r, 0, UINT64_MAX) == 0)
		v = cbor_tstr(&r, 1, LEN_ANY);
	return cbor_close(&r) == OK ? v : BYTES_NONE;
}

static struct bytes
plain(const char *value, struct bytes in, enum why_kind *kind)
{
	struct bytes out = BYTES_NONE;

	if (strcmp(value, corim_value_name(MVAL_DIGESTS)) == 0) {
		*kind = WHY_HEX;
		out = digest_alone(in);
	} else if (strcmp(value, corim_value_name(MVAL_VERSION)) == 0) {
		*kind = WHY_TEXT;
		out = version_alone(in);
	}
	return out;
}

static enum err
differs(struct job *j, enum err e, const char *what, const struct why *why)
{
	enum why_kind kind = WHY_CBOR;
	struct bytes expected = BYTES_NONE, found = BYTES_NONE;

	if (why->what != NULL) {
		expected = plain(why->what, why->expected, &kind);
		found = plain(why->what, why->found, &kind);
	}
	if (expected.n == 0 || found.n == 0) {
		kind = WHY_CBOR;
		expected = why->expected;
		found = why->found;
	}
	(void)job_differs(j, e, what, kind, expected, found);
	job_source(j, why->source);
	return e;
}

/* Nobody speaks of it: show what was found all the same. */
static enum err
unknown(struct job *j, const char *what, struct bytes mkey)
{
	struct why why = {.what = ""};

	for (size_t i = 0; i < j->set.n; i++) {
		const struct acs_entry *e = &j->set.entry[i];

		if (e->kind != ACS_EVIDENCE || e->corroborated ||
		    !bytes_same(e->measurement.mkey, mkey))
			continue;
		for (unsigned v = 0; v < MVAL_VALUES; v++)
			if (e->measurement.mval.value[v].n > 0) {
				enum why_kind kind = WHY_CBOR;
				struct bytes raw = e->measurement.mval.value[v];
				struct bytes is =
				    plain(corim_value_name((enum corim_value)v),
					raw, &kind);

				if (is.n == 0)
					kind = WHY_CBOR;
				return job_differs(j, ERR_NO_REFERENCE, what,
				    kind, BYTES_NONE, is.n == 0 ? raw : is);
			}
	}
	return differs(j, ERR_NO_REFERENCE, what, &why);
}

/* "measurement NAME", if that may be shown to anybody as it is. */
static const char *
measurement_what(struct job *j, struct bytes name)
{
	static const char prefix[] = "measurement ";
	const size_t n = sizeof(prefix) - 1;
	uint8_t all[JOB_MKEY_MAX + sizeof(prefix)];
	struct bytes kept;

	if (name.n == 0 || name.n > JOB_MKEY_MAX)
		return "measurement";
	memcpy(all, prefix, n);
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return "measurement";
		all[n + i] = name.p[i];
	}
	all[n + name.n] = 0;
	if (job_keep(j, (struct bytes){all, n + name.n + 1}, &kept) != OK)
		return "measurement";
	return (const char *)kept.p;
}

/* What has failed, if it has a name that somebody could set something aside
 * for.  The job ends with the appraisal, and the name does not. */
static void
failed(struct job *j, struct bytes mkey)
{
	struct cbor_in r = cbor_open(mkey);
	struct bytes name;

	if (mkey.n == 0 || cbor_peek(&r) != CBOR_TSTR)
		return;
	name = cbor_tstr(&r, 1, JOB_MKEY_MAX);
	if (r.err != OK || job_keep(j, name, &j->out->failed) != OK)
		j->out->failed = BYTES_NONE;
}

static enum err
holds(struct job *j, const char *what, struct bytes mkey)
{
	struct why why = {0};
	enum err e = acs_holds(&j->set, mkey, &why);

	if (e == OK)
		return OK;
	failed(j, mkey);
	if (what == NULL)
		what = measurement_what(j, j->out->failed);
	if (e == ERR_NO_REFERENCE)
		return unknown(j, what, mkey);
	return differs(j, e, what, &why);
}

/* ---- what it is worth -------------------------------------------------- */

static bool
is_endorsed(const struct acs_entry *e, struct bytes mkey)
{
	struct cbor_in r = cbor_open(e->measurement.mkey);

	return e->kind == ACS_ENDORSEMENT && cbor_peek(&r) == CBOR_TSTR &&
	       bytes_same(cbor_tstr(&r, 0, LEN_ANY), mkey);
}

static bool
is_assurance(const struct acs_entry *e)
{
	return is_endorsed(e, BYTES_LIT("assurance"));
}

/* The weakest of the classes that are endorsed for one of the environments
 * that something was measured of: nobody gains assurance by a second opinion.
 * An endorser may add to what is in its scope only. */
static enum assurance
least_of(const struct job *j, const struct corim_environment *measured)
{
	enum assurance worst = ASSURE_NONE;

	for (size_t i = 0; i < j->set.n; i++) {
		const struct acs_entry *e = &j->set.entry[i];
		struct cbor_in r =
		    cbor_open(e->measurement.mval.value[MVAL_NAME]);
		enum assurance one;

		if (!is_assurance(e) || corim_environment_meets(&e->environment,
					    measured, NULL) != OK)
			continue;
		one = assurance_from_name(cbor_tstr(&r, 1, LEN_ANY));
		if (one == ASSURE_NONE)
			one = ASSURE_SELF_REPORTED;
		if (worst == ASSURE_NONE || one < worst)
			worst = one;
	}
	return worst == ASSURE_NONE ? ASSURE_SELF_REPORTED : worst;
}

/* Each of them counts: who vouches for a realm does not vouch for what it runs
 * on.  Never more than the scheme is worth. */
static enum assurance
least(const struct job *j)
{
	enum assurance worst = j->scheme->most;

	for (size_t i = 0; i < j->set.n; i++) {
		const struct acs_entry *e = &j->set.entry[i];
		enum assurance one;

		if (e->kind != ACS_EVIDENCE ||
		    (i > 0 && e->tuple == e[-1].tuple))
			continue;
		one = least_of(j, &e->environment);
		if (one < worst)
			worst = one;
	}
	return worst;
}

/* Does somebody endorse the clock of that environment? */
static bool
has_clock(const struct job *j, const struct corim_environment *measured)
{
	for (size_t i = 0; i < j->set.n; i++) {
		const struct acs_entry *e = &j->set.entry[i];
		struct cbor_in r =
		    cbor_open(e->measurement.mval.value[MVAL_NAME]);

		if (is_endorsed(e, BYTES_LIT("clock")) &&
		    corim_environment_meets(&e->environment, measured, NULL) ==
			OK &&
		    bytes_same(cbor_tstr(&r, 1, LEN_ANY), BYTES_LIT("trusted")))
			return true;
	}
	return false;
}

/* Its time made it fresh: then its maker has to say that this is worth
 * something. */
static enum err
clock_check(struct job *j)
{
	for (size_t i = 0; i < j->set.n; i++)
		if (j->set.entry[i].kind == ACS_EVIDENCE &&
		    !has_clock(j, &j->set.entry[i].environment))
			return job_refuse(j, ERR_NO_REFERENCE, "clock");
	return OK;
}

static bool
misses(const struct job *j, struct bytes mkey)
{
	for (size_t i = 0; i < j->set.n; i++)
		if (j->set.entry[i].misses && !j->set.entry[i].corroborated &&
		    bytes_same(j->set.entry[i].measurement.mkey, mkey))
			return true;
	return false;
}

enum err
job_judge(struct job *j)
{
	enum err e = acs_appraise(&j->set, j->library, &j->out->why);

	if (e != OK)
		return job_refuse(j, e, "claims");
	/* What says nothing proves nothing. */
	if (j->n_said == 0)
		return job_refuse(j, ERR_MISSING, "measurements");
	/* First what differs itself, and then what was said together with it.
	 */
	for (size_t i = 0; i < j->n_said; i++)
		if (misses(j, j->said[i].mkey))
			return holds(j, j->said[i].what, j->said[i].mkey);
	for (size_t i = 0; i < j->n_said; i++)
		TRY(holds(j, j->said[i].what, j->said[i].mkey));
	if (j->ask->challenge.n == 0)
		TRY(clock_check(j));
	j->out->assurance = least(j);
	return OK;
}
