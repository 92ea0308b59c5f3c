/*
 * show_policy: the policy object of an agent.         [agent.h, docs/policy.md]
 */
#include "show.h"

#include <tamarind/agent.h>

// clang-format off
static const struct shape ids = {.kind = S_LIST, .of = &shape_id};
static const struct shape texts = {.kind = S_LIST, .of = &shape_text};

static const struct member admin_rows[] = {
	{1, "threshold", &shape_uint},
	{2, "keys", &shape_cose_keys},
};
static const struct shape admins = {SHAPE_MAP(admin_rows)};

/* The word for a value of axis number i. */
#define AXIS_NAME(i) \
	static const char *axis_##i(int64_t v) \
	{ \
		return v < 0 || v > 2 ? NULL : dialect_axes[i].value[v]; \
	} \
	static const struct shape shape_axis_##i = { \
	    .kind = S_NAME, .name = axis_##i}
AXIS_NAME(0);
AXIS_NAME(1);
AXIS_NAME(2);
AXIS_NAME(3);
AXIS_NAME(4);
AXIS_NAME(5);

static const struct member dialect_rows[] = {
	{1, "numbering", &shape_axis_0},
	{2, "algorithms", &shape_axis_1},
	{3, "profiles", &shape_axis_2},
	{4, "first", &shape_axis_3},
	{5, "reports", &shape_axis_4},
	{6, "evidence", &shape_axis_5},
};
static const struct shape dialect = {SHAPE_MAP(dialect_rows)};

static const char *
status_name(int64_t v)
{
	return v == EAR_AFFIRMING ? "affirming"
	     : v == EAR_WARNING   ? "warning"
				  : NULL;
}
static const struct shape status = {.kind = S_NAME, .name = status_name};
static const struct member attested_rows[] = {
	{1, "verifiers", &texts},
	{2, "seconds", &shape_uint},
	{3, "status", &status},
};
static const struct shape attested = {SHAPE_MAP(attested_rows)};

static const struct member tam_rows[] = {
	{1, "name", &shape_text},
	{2, "keys", &shape_cose_keys},
	{3, "encryption", &shape_cose_key},
	{4, "uri", &shape_text},
	{5, "prefixes", &ids},
	{6, "quota", &shape_uint},
	{7, "unbound", &shape_bool},
	{8, "dialect", &dialect},
	{9, "attested", &attested},
};
static const struct shape tam = {SHAPE_MAP(tam_rows)};
static const struct shape tams = {.kind = S_LIST, .of = &tam};

static const struct shape id_or_all = {.kind = S_ID, .null = true};
static const struct member floor_rows[] = {
	{0, "manifest", &id_or_all},
	{1, "sequence", &shape_uint},
};
static const struct shape shape_floor = {SHAPE_ARRAY(floor_rows)};
static const struct shape floors = {.kind = S_LIST, .of = &shape_floor};

/* Names of suit_compat_rows. */
static const struct member reading_rows[] = {
	{SUIT_COMPAT_INDEX, "dependency-beyond-components", NULL},
	{SUIT_COMPAT_INTEGRITY, "dependency-integrity-implied", NULL},
	{SUIT_COMPAT_LOCKSTEP, "dependency-sections-left-out", NULL},
	{SUIT_DEMAND_IDENTITY, "shared-checks-demanded", NULL},
};
static const struct shape readings = {
	.kind = S_BITS, .member = reading_rows, .n = ARRAY_LEN(reading_rows)};

static const struct member signer_rows[] = {
	{1, "name", &shape_text},
	{2, "keys", &shape_cose_keys},
	{3, "prefixes", &ids},
	{4, "hosts", &texts},
	{5, "payload-key", &shape_uint},
	{6, "floors", &floors},
	{7, "logged", &shape_bool},
	{8, "readings", &readings},
};
static const struct shape signer = {SHAPE_MAP(signer_rows)};
static const struct shape signers = {.kind = S_LIST, .of = &signer};

static const struct member verifier_rows[] = {
	{1, "name", &shape_text},
	{2, "keys", &shape_cose_keys},
};
static const struct shape verifier = {SHAPE_MAP(verifier_rows)};
static const struct shape verifiers = {.kind = S_LIST, .of = &verifier};

static const struct member caller_rows[] = {
	{1, "prefix", &shape_id},
	{2, "uids", &shape_ints},
};
static const struct shape caller = {SHAPE_MAP(caller_rows)};
static const struct shape callers = {.kind = S_LIST, .of = &caller};

static const struct member policy_rows[] = {
	{1, "version", &shape_uint},
	{2, "admins", &admins},
	{3, "tams", &tams},
	{4, "signers", &signers},
	{5, "verifiers", &verifiers},
	{6, "recovery", &tam},
	{7, "callers", &callers},
	{8, "logs", &shape_cose_keys},
};
static const struct shape policy = {SHAPE_MAP(policy_rows)};
// clang-format on

static void
show_policy(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct cbor_in probe = *r;
	struct bytes raw = cbor_raw(&probe, CBOR_MAP);
	static struct policy read; /* too large for a stack */
	struct why why = {0};

	line_begin(s, l, r->in.p + r->at);
	put(s, "object of an agent");
	line_end(s);
	show_inside(s, r, &policy);
	if (raw.p == NULL)
		return;
	level_in(s);
	if (policy_read(s->crypto, raw, &read, &why) != OK)
		show_why(s, &why, raw.p);
	level_out(s);
}

const struct shape shape_policy = {
    .kind = S_CALL, .show = show_policy, .of = &policy};
