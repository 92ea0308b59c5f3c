/*
 * match: does what is there meet what is wanted?  A row for each value of a
 * measurement.                                             [CoRIM 8.3.7]
 *
 * Everything wanted must be there and satisfy; what is there besides is
 * ignored.  What cannot be compared does not match.
 */
#include "corim_int.h"

/* Both have the value that the row is about; they were read before. */
typedef bool meets(const struct corim_mval *want, const struct corim_mval *is);

static bool
version_meets(const struct corim_mval *want, const struct corim_mval *is)
{
	struct version w, i;

	return corim_version_read(want->value[MVAL_VERSION], &w) == OK &&
	       corim_version_read(is->value[MVAL_VERSION], &i) == OK &&
	       bytes_same(w.text, i.text) &&
	       (w.scheme.n == 0 || bytes_same(w.scheme, i.scheme));
}

static bool
svn_meets(const struct corim_mval *want, const struct corim_mval *is)
{
	bool w_min, i_min;
	uint64_t w, i;

	if (corim_svn_read(want->value[MVAL_SVN], &w, &w_min) != OK ||
	    corim_svn_read(is->value[MVAL_SVN], &i, &i_min) != OK)
		return false;
	/* A minimum that was endorsed is a state of its own. */
	if (i_min)
		return w_min && w == i;
	return w_min ? i >= w : i == w;
}

/* At least one algorithm in common, and all of them agree: or whoever can
 * forge the weakest of them has forged all. */
static bool
digest_lists_meet(struct bytes want, struct bytes is)
{
	struct eat_digest w, i;
	struct list wl, il;
	size_t common = 0;
	struct cbor_in wr;

	if (corim_digests_check(want) != OK || corim_digests_check(is) != OK ||
	    corim_list_read(want, 1, &wl) != OK ||
	    corim_list_read(is, 1, &il) != OK)
		return false;
	wr = cbor_items(wl);
	for (size_t k = 0; k < wl.n; k++) {
		struct cbor_in ir = cbor_items(il);

		if (eat_digest_read(&wr, &w) != OK)
			return false;
		for (size_t m = 0; m < il.n; m++) {
			if (eat_digest_read(&ir, &i) != OK)
				return false;
			if (!eat_digest_same_alg(&w, &i))
				continue;
			if (!bytes_same(w.value, i.value))
				return false;
			common++;
		}
	}
	return common > 0;
}

static bool
digests_meet(const struct corim_mval *want, const struct corim_mval *is)
{
	return digest_lists_meet(
	    want->value[MVAL_DIGESTS], is->value[MVAL_DIGESTS]);
}

static bool
flags_meet(const struct corim_mval *want, const struct corim_mval *is)
{
	uint32_t w, w_set, i, i_set;
	bool foreign, others;

	if (corim_flags_read(want->value[MVAL_FLAGS], &w, &w_set, &foreign) !=
		OK ||
	    corim_flags_read(is->value[MVAL_FLAGS], &i, &i_set, &others) != OK)
		return false;
	return !foreign && (w & ~i) == 0 && (i_set & w) == w_set;
}

/* Bits that the mask of what is wanted names. */
static bool
raw_meets(const struct corim_mval *want, const struct corim_mval *is)
{
	struct bytes w, mask, i, i_mask;

	if (corim_raw_read(want->value[MVAL_RAW], &w, &mask) != OK ||
	    corim_raw_read(is->value[MVAL_RAW], &i, &i_mask) != OK)
		return false;
	/* Of a state that is known in part there is nothing to compare. */
	if (i_mask.n > 0 || is->value[MVAL_MASK].n > 0 || w.n != i.n)
		return false;
	if (want->value[MVAL_MASK].n > 0 &&
	    corim_bits_read(want->value[MVAL_MASK], &mask) != OK)
		return false;
	if (mask.n == 0)
		return bytes_same(w, i);
	if (mask.n != w.n)
		return false;
	for (size_t k = 0; k < w.n; k++)
		if (((w.p[k] ^ i.p[k]) & mask.p[k]) != 0)
			return false;
	return true;
}

/* Compared where the value that it masks is. */
static bool
mask_meets(const struct corim_mval *want, const struct corim_mval *is)
{
	return want->value[MVAL_RAW].n > 0 && is->value[MVAL_RAW].n > 0;
}

/* In order, each the same; there may be more of them. */
static bool
keys_meet(const struct corim_mval *want, const struct corim_mval *is)
{
	struct cbor_in w, i;
	struct list wl, il;

	if (corim_list_read(want->value[MVAL_KEYS], 1, &wl) != OK ||
	    corim_list_read(is->value[MVAL_KEYS], 1, &il) != OK || wl.n > il.n)
		return false;
	w = cbor_items(wl);
	i = cbor_items(il);
	for (size_t k = 0; k < wl.n; k++)
		if (!bytes_same(cbor_raw(&w, CBOR_TAG), cbor_raw(&i, CBOR_TAG)))
			return false;
	return w.err == OK && i.err == OK;
}

/* Each register that is wanted. */
static bool
registers_meet(const struct corim_mval *want, const struct corim_mval *is)
{
	struct cbor_in r = cbor_open(want->value[MVAL_REGISTERS]);
	size_t n = cbor_map_any(&r, 1, CBOR_PAIRS_MAX);

	for (size_t k = 0; k < n; k++) {
		struct bytes id = cbor_raw(&r, CBOR_ANY), w, i;

		w = cbor_raw(&r, CBOR_ARRAY);
		if (r.err != OK ||
		    corim_register_find(is->value[MVAL_REGISTERS], id, &i) !=
			OK ||
		    !digest_lists_meet(w, i))
			return false;
	}
	return n > 0 && r.err == OK;
}

static bool
range_meets(const struct corim_mval *want, const struct corim_mval *is)
{
	bool w_single, i_single;
	struct range w, i;

	if (corim_range_read(want->value[MVAL_RANGE], &w_single, &w) != OK ||
	    corim_range_read(is->value[MVAL_RANGE], &i_single, &i) != OK)
		return false;
	return (!w.has_min || (i.has_min && i.min >= w.min)) &&
	       (!w.has_max || (i.has_max && i.max <= w.max));
}

/* NULL: the same octets. */
static const struct {
	const char *name;
	meets *meets;
} rows[MVAL_VALUES] = {
    [MVAL_VERSION] = {"version", version_meets},
    [MVAL_SVN] = {"svn", svn_meets},
    [MVAL_DIGESTS] = {"digests", digests_meet},
    [MVAL_FLAGS] = {"flags", flags_meet},
    [MVAL_RAW] = {"raw-value", raw_meets},
    [MVAL_MASK] = {"raw-value-mask", mask_meets},
    [MVAL_MAC] = {"mac-addr", NULL},
    [MVAL_IP] = {"ip-addr", NULL},
    [MVAL_SERIAL] = {"serial-number", NULL},
    [MVAL_UEID] = {"ueid", NULL},
    [MVAL_UUID] = {"uuid", NULL},
    [MVAL_NAME] = {"name", NULL},
    [MVAL_KEYS] = {"cryptokeys", keys_meet},
    [MVAL_REGISTERS] = {"integrity-registers", registers_meet},
    [MVAL_RANGE] = {"int-range", range_meets},
};

static enum err
differs(struct why *why, const char *what, struct bytes want, struct bytes is)
{
	(void)why_set(why, ERR_MEASUREMENT, what);
	if (why != NULL) {
		why->kind = WHY_CBOR;
		why->expected = want;
		why->found = is;
	}
	return ERR_MEASUREMENT;
}

static bool
value_meets(
    size_t row, const struct corim_mval *want, const struct corim_mval *is)
{
	if (row == MVAL_MASK)
		return mask_meets(want, is);
	if (is->value[row].n == 0)
		return false;
	if (rows[row].meets == NULL)
		return bytes_same(want->value[row], is->value[row]);
	return rows[row].meets(want, is);
}

enum err
corim_mval_meets(
    const struct corim_mval *want, const struct corim_mval *is, struct why *why)
{
	/* A condition that nothing here understands is not met; nor is none,
	 * which would be met by anything. */
	if (want->foreign || want->has == 0)
		return differs(
		    why, "measurement of a profile", BYTES_NONE, BYTES_NONE);
	for (size_t i = 0; i < MVAL_VALUES; i++)
		if (want->value[i].n > 0 && !value_meets(i, want, is))
			return differs(
			    why, rows[i].name, want->value[i], is->value[i]);
	return OK;
}

bool
corim_authority_meets(struct list want, struct list is)
{
	struct cbor_in w = cbor_items(want);

	for (size_t k = 0; k < want.n; k++) {
		struct bytes key = cbor_raw(&w, CBOR_ANY);
		struct cbor_in i = cbor_items(is);
		bool found = false;

		for (size_t m = 0; m < is.n && !found; m++)
			found = bytes_same(key, cbor_raw(&i, CBOR_ANY));
		if (!found || w.err != OK || i.err != OK)
			return false;
	}
	return true;
}

const char *
corim_value_name(enum corim_value v)
{
	return (size_t)v < MVAL_VALUES ? rows[v].name : "measurement";
}
