/*
 * lib/verifier acs.c, phases.c: Evidence becomes claims, reference values
 * corroborate them, endorsements add to them; and what a refusal says.
 */
#include "rats_vectors.h"

#define ROOM 24

/* {0: {0: 560('c'), 1: "v"}}, and the same of one device. */
#define CLASS                    \
	"a100a200d9023041630161" \
	"76"
#define DEVICE "a200a200d90230416301617601d902264701020304050607"
#define OTHER        \
	"a100a10161" \
	"77"
#define KEY_A "d9022a6161"
#define KEY_B "d9022a6162"

/* Elements: {0: mkey, 1: mval}. */
#define EL(mkey, mval) "a20061" mkey "01" mval
#define A_SVN5         EL("61", "a10105")
#define A_SVN6         EL("61", "a10106")
#define A_MIN4         EL("61", "a101d9022904")
#define A_MIN9         EL("61", "a101d9022909")
#define A_BOTH         EL("61", "a201050b6178")
#define A_NAME         EL("61", "a10b6178")
#define B_SVN1         EL("62", "a10101")
#define B_SVN2         EL("62", "a10102")
#define C_GOOD         EL("63", "a10b6167")
#define D_FINE         EL("64", "a10b6166")
#define E_POOR         EL("65", "a10b6170")

static struct acs_entry room[ROOM];
static uint8_t octet[32][1024];
static size_t octets_used;

static int
setup(void **state)
{
	(void)state;
	octets_used = 0;
	return 0;
}

/* Octets that last as long as the test. */
static struct bytes
hex(const char *digits)
{
	assert_true(octets_used < ARRAY_LEN(octet));
	return octets(digits, octet[octets_used++], sizeof(octet[0]));
}

static struct list
list_of(const char *digits, size_t n)
{
	return (struct list){hex(digits), n};
}

static void
evidence(struct acs *a, const char *environment, const char *elements, size_t n)
{
	struct acs_voice attester = {.authority = list_of(KEY_A, 1)};

	assert_int_equal(
	    acs_evidence(a, hex(environment), list_of(elements, n), &attester),
	    OK);
}

/* A CoRIM of one CoMID with these triples. */
static struct corim
rim(const char *tag, const char *triples)
{
	static uint8_t made[16][1024];
	static size_t used;
	struct cbor_out w = cbor_into(SPAN_OF(made[0]));
	struct corim m;
	struct bytes in;
	struct why why;
	size_t mark;

	w = cbor_into(SPAN_OF(made[used++ % 16]));
	cbor_put_tag(&w, TAG_CORIM);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, "rim");
	cbor_put_uint(&w, 1);
	cbor_put_array(&w, 1);
	cbor_put_tag(&w, TAG_COMID);
	mark = cbor_wrap_begin(&w);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, tag);
	cbor_put_uint(&w, 4);
	cbor_put_raw(&w, hex(triples));
	cbor_wrap_end(&w, mark);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(corim_parse(in, &m, &why), OK);
	return m;
}

static const struct corim_scope everything = {
    CORIM_REFERENCE | CORIM_ENDORSED | CORIM_ATTEST_KEY, {0}, {0}};

static struct acs_source
by(const struct corim *m)
{
	return (struct acs_source){m, list_of(KEY_B, 1), &everything, 1};
}

static bool
has(const struct acs *a, const struct acs_entry *e)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->entry[i].kind == e->kind && a->entry[i].by == e->by &&
		    a->entry[i].corroborated == e->corroborated &&
		    bytes_same(
			a->entry[i].measurement.mkey, e->measurement.mkey) &&
		    bytes_same(a->entry[i].environment.part[ENV_CLASS_ID],
			e->environment.part[ENV_CLASS_ID]))
			return true;
	return false;
}

/* An index finds the same statements. */
static void
with_index(const struct acs *before, struct acs_library *l,
    const struct acs *after, enum err expected)
{
	static struct acs_entry entries[ROOM];
	static struct acs_saying said[64];
	struct acs a = *before;
	struct why why;

	memcpy(entries, before->entry, before->n * sizeof(*entries));
	a.entry = entries;
	assert_int_equal(acs_library_index(l, said, ARRAY_LEN(said)), OK);
	assert_int_equal(acs_appraise(&a, l, &why), expected);
	if (expected != OK)
		return;
	assert_int_equal(a.n, after->n);
	for (size_t i = 0; i < a.n; i++)
		assert_true(
		    has(after, &a.entry[i]) && has(&a, &after->entry[i]));
}

/* Appraise against some CoRIMs, each by key B. */
static enum err
appraised(struct acs *a, const struct corim *m, size_t n, struct why *why)
{
	static struct acs_entry entries[ROOM];
	struct acs before = *a;
	struct acs_source s[8];
	struct acs_library l;
	enum err e;

	assert_true(n <= ARRAY_LEN(s) && a->n <= ROOM);
	memcpy(entries, a->entry, a->n * sizeof(*entries));
	before.entry = entries;
	for (size_t i = 0; i < n; i++)
		s[i] = by(&m[i]);
	TRY(acs_library_begin(&l, s, n, 5, false, why));
	e = acs_appraise(a, &l, why);
	with_index(&before, &l, a, e);
	return e;
}

static enum err
holds(const struct acs *a, char mkey, struct why *why)
{
	uint8_t raw[2] = {0x61, (uint8_t)mkey};

	memset(why, 0, sizeof(*why));
	return acs_holds(a, BYTES_OF(raw), why);
}

static size_t
count(const struct acs *a, enum acs_kind kind, char mkey)
{
	uint8_t raw[2] = {0x61, (uint8_t)mkey};
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += a->entry[i].kind == kind &&
		     bytes_same(a->entry[i].measurement.mkey, BYTES_OF(raw));
	return n;
}

/* ---- reference values ---------------------------------------------------- */

#define REF(env, n, elements) "8182" env "8" n elements

static void
values_corroborate(void **state)
{
	struct corim m;
	struct acs a;
	struct why why;

	(void)state;
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_BOTH B_SVN1, 2);
	m = rim("good", "a100" REF(CLASS, "1", A_MIN4));
	assert_int_equal(appraised(&a, &m, 1, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), OK);
	/* Said again is what the value speaks of, and no more; by whom. */
	assert_int_equal(a.n, 3);
	assert_int_equal(a.entry[2].kind, ACS_REFERENCE);
	assert_true(bytes_same(a.entry[2].source, BYTES_LIT("good")));
	assert_int_equal(a.entry[2].measurement.mval.has, 1u << MVAL_SVN);
	assert_true(bytes_same(
	    a.entry[2].measurement.mval.value[MVAL_SVN], BYTES_LIT("\x05")));
	assert_int_equal(a.entry[2].measurement.mval.value[MVAL_NAME].n, 0);
	/* Of the other element nobody has said anything. */
	assert_int_equal(holds(&a, 'b', &why), ERR_NO_REFERENCE);
	assert_int_equal(holds(&a, 'x', &why), ERR_MISSING);
}

static void
refusals_say_what_differs(void **state)
{
	struct corim m[2];
	struct acs a;
	struct why why;

	(void)state;
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5 B_SVN1, 2);
	m[0] = rim("other", "a100" REF(OTHER, "1", A_SVN5));
	m[1] = rim("strict", "a100" REF(CLASS, "1", A_MIN9));
	assert_int_equal(appraised(&a, m, 2, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), ERR_MEASUREMENT);
	assert_string_equal(why.what, "svn");
	assert_int_equal(why.kind, WHY_CBOR);
	assert_true(bytes_same(why.expected, BYTES_LIT("\xd9\x02\x29\x09")));
	assert_true(bytes_same(why.found, BYTES_LIT("\x05")));
	assert_true(bytes_same(why.source, BYTES_LIT("strict")));
	assert_int_equal(a.n, 2);
	/* Any of several records will do. */
	m[0] = rim("loose", "a100" REF(CLASS, "1", A_MIN4));
	assert_int_equal(appraised(&a, m, 2, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), OK);
}

/* All elements of one record hold together or not at all. */
static void
records_hold_together(void **state)
{
	struct corim m;
	struct acs a;
	struct why why;

	(void)state;
	m = rim("both", "a100" REF(CLASS, "2", A_SVN5 B_SVN2));
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5 B_SVN1, 2);
	assert_int_equal(appraised(&a, &m, 1, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), ERR_MEASUREMENT);
	assert_int_equal(holds(&a, 'b', &why), ERR_MEASUREMENT);
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5 B_SVN2, 2);
	assert_int_equal(appraised(&a, &m, 1, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), OK);
	assert_int_equal(holds(&a, 'b', &why), OK);
	/* Two devices, each with the half of it. */
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	evidence(&a, CLASS, B_SVN2, 1);
	assert_int_equal(appraised(&a, &m, 1, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), ERR_NO_REFERENCE);
	/* Two devices: a value for the class is about both of them. */
	m = rim("class", "a100" REF(CLASS, "1", A_SVN5));
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	evidence(&a, CLASS, A_SVN5, 1);
	assert_int_equal(appraised(&a, &m, 1, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), OK);
	assert_int_equal(count(&a, ACS_REFERENCE, 'a'), 2);
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	evidence(&a, CLASS, A_SVN6, 1);
	assert_int_equal(appraised(&a, &m, 1, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), ERR_MEASUREMENT);
}

static void
evidence_is_no_endorsement(void **state)
{
	struct acs_voice v = {.authority = list_of(KEY_A, 1)};
	struct corim m = rim("t", "a100" REF(CLASS, "1", C_GOOD));
	struct acs a;
	struct why why;

	(void)state;
	/* A reference value is met by Evidence alone. */
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	assert_int_equal(
	    acs_endorse(&a, hex(CLASS), list_of(C_GOOD, 1), &v), OK);
	assert_int_equal(appraised(&a, &m, 1, &why), OK);
	assert_int_equal(count(&a, ACS_REFERENCE, 'c'), 0);
	/* Whoever says two things of one element. */
	assert_int_equal(
	    acs_evidence(&a, hex(CLASS), list_of(A_SVN5 A_SVN6, 2), &v),
	    ERR_DUPLICATE);
	assert_int_equal(a.n, 2);
}

/* ---- endorsements -------------------------------------------------------- */

#define WHEN(env, el, add_env, add) \
	"82"                        \
	"8182" env "81" el "8182" add_env "81" add

static void
endorsements_until_stable(void **state)
{
	struct corim m[3];
	struct acs a;
	struct why why;

	(void)state;
	/* The last leads to the second, and that to the first. */
	m[0] = rim("third", "a10a81" WHEN(CLASS, D_FINE, CLASS, E_POOR));
	m[1] = rim("second", "a10a81" WHEN(CLASS, C_GOOD, CLASS, D_FINE));
	m[2] = rim("first", "a10a81" WHEN(CLASS, A_SVN5, CLASS, C_GOOD));
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	assert_int_equal(appraised(&a, m, 3, &why), OK);
	assert_int_equal(a.n, 4);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'c'), 1);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'd'), 1);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'e'), 1);
	/* Once more adds nothing. */
	assert_int_equal(appraised(&a, m, 3, &why), OK);
	assert_int_equal(a.n, 4);
	/* Without the first nothing follows. */
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN6, 1);
	assert_int_equal(appraised(&a, m, 3, &why), OK);
	assert_int_equal(a.n, 1);
	/* Endorsements are nothing that reference values could vouch for. */
	assert_int_equal(holds(&a, 'c', &why), ERR_MISSING);
	/* What does not fit is not left out. */
	acs_begin(&a, room, 3);
	evidence(&a, DEVICE, A_SVN5, 1);
	assert_int_equal(appraised(&a, m, 3, &why), ERR_ROOM);
	assert_int_equal(a.n, 3);
}

static void
endorsed_where_it_is(void **state)
{
	struct corim m[2];
	struct acs a;
	struct why why;

	(void)state;
	m[0] = rim("here", "a101" REF(CLASS, "1", C_GOOD));
	m[1] = rim("there", "a101" REF(OTHER, "1", D_FINE));
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	assert_int_equal(appraised(&a, m, 2, &why), OK);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'c'), 1);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'd'), 0);
}

/* All conditions, each of one tuple; the authority that a condition wants. */
static void
conditions_and_authority(void **state)
{
	static const struct {
		const char *triples;
		bool added;
	} cases[] = {
	    {"a10a8182"
	     "82"
	     "82" CLASS "81" A_SVN5 "82" CLASS "81" B_SVN1 "8182" CLASS
	     "81" C_GOOD,
		true},
	    {"a10a8182"
	     "82"
	     "82" CLASS "81" A_SVN5 "82" CLASS "81" B_SVN2 "8182" CLASS
	     "81" C_GOOD,
		false},
	    {"a10a8182"
	     "82"
	     "82" CLASS "81" A_SVN5 "82" OTHER "81" B_SVN1 "8182" CLASS
	     "81" C_GOOD,
		false},
	    /* said by the Attester; said by the provider of values */
	    {"a10a81" WHEN(CLASS,
		 "a30061"
		 "6101a101050281" KEY_A,
		 CLASS, C_GOOD),
		true},
	    {"a10a81" WHEN(CLASS,
		 "a30061"
		 "6201a101010281" KEY_B,
		 CLASS, C_GOOD),
		false},
	    {"a10a81" WHEN(CLASS,
		 "a30061"
		 "6101a101050281" KEY_B,
		 CLASS, C_GOOD),
		true},
	    /* by both of them at once nobody has said it */
	    {"a10a81" WHEN(CLASS,
		 "a30061"
		 "6101a101050282" KEY_A KEY_B,
		 CLASS, C_GOOD),
		false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct corim m[2];
		struct acs a;
		struct why why;

		octets_used = 0;
		m[0] = rim("ref", "a100" REF(CLASS, "1", A_SVN5));
		m[1] = rim("cond", cases[i].triples);
		acs_begin(&a, room, ROOM);
		evidence(&a, DEVICE, A_SVN5 B_SVN1, 2);
		assert_int_equal(appraised(&a, m, 2, &why), OK);
		if (count(&a, ACS_ENDORSEMENT, 'c') != cases[i].added)
			fail_msg("%zu", i);
	}
}

#define STEP(cond, add) "8281" cond "81" add

static void
series_first_match_wins(void **state)
{
	struct corim m[2];
	struct acs a;
	struct why why;

	(void)state;
	/* From svn 4 on good, from any on poor. */
	m[0] = rim("series", "a10881828"
			     "2" CLASS "8082" STEP(A_MIN4, C_GOOD)
				 STEP(EL("61", "a101d9022900"), E_POOR));
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	assert_int_equal(appraised(&a, m, 1, &why), OK);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'c'), 1);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'e'), 0);
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, EL("61", "a10103"), 1);
	assert_int_equal(appraised(&a, m, 1, &why), OK);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'c'), 0);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'e'), 1);
	/* What is common must hold too, and be said by whom it wants. */
	m[0] = rim(
	    "common", "a108818282" CLASS "81" B_SVN2 "81" STEP(A_MIN4, C_GOOD));
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5 B_SVN1, 2);
	assert_int_equal(appraised(&a, m, 1, &why), OK);
	assert_int_equal(a.n, 2);
	m[0] = rim("authority", "a108818283" CLASS "80"
				"81" KEY_B "81" STEP(A_MIN4, C_GOOD));
	assert_int_equal(appraised(&a, m, 1, &why), OK);
	assert_int_equal(a.n, 2);
	m[1] = rim("ref", "a100" REF(CLASS, "1", A_SVN5));
	assert_int_equal(appraised(&a, m, 2, &why), OK);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'c'), 1);
	/* It waits for what others have to add: c comes first, so that its
	 * first condition decides. */
	m[0] = rim("late", "a108818282" CLASS "8082" STEP(C_GOOD, D_FINE)
			       STEP(A_SVN5, E_POOR));
	m[1] = rim("adds", "a10a81" WHEN(CLASS, A_SVN5, CLASS, C_GOOD));
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	assert_int_equal(appraised(&a, m, 2, &why), OK);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'd'), 1);
	assert_int_equal(count(&a, ACS_ENDORSEMENT, 'e'), 0);
}

/* ---- phase 1 ------------------------------------------------------------- */

static void
libraries_are_taken_whole(void **state)
{
	static const struct corim_scope rows[] = {
	    {CORIM_REFERENCE, BYTES_LIT("v"), BYTES_LIT("c")},
	    {CORIM_ENDORSED, BYTES_LIT("v"), BYTES_LIT("c")},
	};
	static const struct {
		const char *triples;
		size_t rows;
		enum err e;
	} cases[] = {
	    {"a100" REF(CLASS, "1", A_SVN5), 1, OK},
	    {"a100" REF(CLASS, "1", A_SVN5), 0, ERR_SCOPE},
	    {"a100" REF(OTHER, "1", A_SVN5), 2, ERR_SCOPE},
	    {"a101" REF(CLASS, "1", C_GOOD), 1, ERR_SCOPE},
	    {"a101" REF(CLASS, "1", C_GOOD), 2, OK},
	    /* about everybody */
	    {"a101" REF("a101d902264701020304050607", "1", C_GOOD), 2,
		ERR_SCOPE},
	    {"a103"
	     "8182" DEVICE "81" KEY_B,
		2, ERR_SCOPE},
	    /* a condition may be about others, an addition may not */
	    {"a10a81" WHEN(OTHER, A_SVN5, CLASS, C_GOOD), 2, OK},
	    {"a10a81" WHEN(CLASS, A_SVN5, OTHER, C_GOOD), 2, ERR_SCOPE},
	    {"a108818282" OTHER "8081" STEP(A_MIN4, C_GOOD), 2, ERR_SCOPE},
	    {"a1078182" CLASS "81" C_GOOD, 2, ERR_UNEXPECTED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct acs_library l;
		struct acs_source s;
		struct corim m;
		struct why why = {0};
		enum err e;

		octets_used = 0;
		m = rim("t", cases[i].triples);
		s = by(&m);
		s.scope = rows;
		s.n_scope = cases[i].rows;
		e = acs_library_begin(&l, &s, 1, 5, false, &why);
		if (e != cases[i].e)
			fail_msg("%zu: %s", i, err_name(e));
		assert_int_equal(why.err, e);
	}
}

static void
libraries_are_valid_now(void **state)
{
	static struct acs_source many[ACS_SOURCES_MAX + 1];
	struct corim m = rim("t", "a100" REF(CLASS, "1", A_SVN5));
	struct acs_source s = by(&m);
	struct acs_library l;
	struct acs a;
	struct why why;

	(void)state;
	m.not_before = 4;
	m.not_after = 6;
	for (uint64_t now = 3; now < 8; now++)
		assert_int_equal(acs_library_begin(&l, &s, 1, now, false, &why),
		    now < 4 || now > 6 ? ERR_EXPIRED : OK);
	/* Where lists are wanted and there are none, nothing is said. */
	acs_begin(&a, room, ROOM);
	evidence(&a, DEVICE, A_SVN5, 1);
	assert_int_equal(acs_library_begin(&l, &s, 1, 5, true, &why), OK);
	assert_int_equal(acs_appraise(&a, &l, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), ERR_NO_REFERENCE);
	assert_int_equal(acs_library_begin(&l, &s, 1, 5, false, &why), OK);
	assert_int_equal(acs_appraise(&a, &l, &why), OK);
	assert_int_equal(holds(&a, 'a', &why), OK);
	assert_int_equal(
	    acs_library_begin(&l, many, ARRAY_LEN(many), 5, false, &why),
	    ERR_LIMIT);
}

/* The published series speaks of an svn, a version and flags. */
static void
published_series(void **state)
{
	static const struct {
		const char *elements, *says;
	} cases[] = {
	    {"a101a300a10065322e302e300103"
	     "03a100f5",
		"-NO_CVE-"},
	    {"a101a300a10065312e302e300102"
	     "03a100f5",
		"CVE_WARNING"},
	    {"a101a300a10065312e302e300101"
	     "03a100f5",
		"CVE_VULNERABLE"},
	    {"a101a300a10065312e302e300103"
	     "03a100f5",
		NULL},
	};
	uint8_t read[VECTOR_MAX], made[VECTOR_MAX];
	struct bytes comid = vector("corim/comid-series.cbor", read), in;
	struct cbor_out w = cbor_into(SPAN_OF(made));
	struct acs_voice attester = {0};
	struct corim m;
	struct why why;

	(void)state;
	cbor_put_raw(&w, BYTES_LIT("\xd9\x01\xf5\xa2\x00\x61i\x01\x81"));
	cbor_put_tag(&w, TAG_COMID);
	cbor_put_bstr(&w, comid);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(corim_parse(in, &m, &why), OK);
	/* Who has to have said it. */
	attester.authority.n = 1;
	attester.authority.raw =
	    hex("d9022a76"
		"6261736536345f6b65795f41434d455f7369676e6572");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct acs a;
		size_t said = 0;

		acs_begin(&a, room, ROOM);
		assert_int_equal(
		    acs_evidence(&a,
			hex("a100a300d86f445502c00001"
			    "6941434d4520496e632e02"
			    "7818"
			    "41434d4520526f616452756e6e6572204669726d77617265"),
			list_of(cases[i].elements, 1), &attester),
		    OK);
		assert_int_equal(appraised(&a, &m, 1, &why), OK);
		for (size_t k = 0; k < a.n; k++) {
			struct cbor_in r = cbor_open(
			    a.entry[k].measurement.mval.value[MVAL_NAME]);
			struct bytes name = cbor_tstr(&r, 0, LEN_ANY);

			if (a.entry[k].kind != ACS_ENDORSEMENT)
				continue;
			said++;
			assert_non_null(cases[i].says);
			assert_memory_equal(name.p, cases[i].says, name.n);
			assert_int_equal(name.n, strlen(cases[i].says));
		}
		/* Both of its records, with and without the flag. */
		assert_int_equal(said, cases[i].says == NULL ? 0 : 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(values_corroborate, setup),
	    cmocka_unit_test_setup(refusals_say_what_differs, setup),
	    cmocka_unit_test_setup(records_hold_together, setup),
	    cmocka_unit_test_setup(evidence_is_no_endorsement, setup),
	    cmocka_unit_test_setup(endorsements_until_stable, setup),
	    cmocka_unit_test_setup(endorsed_where_it_is, setup),
	    cmocka_unit_test_setup(conditions_and_authority, setup),
	    cmocka_unit_test_setup(series_first_match_wins, setup),
	    cmocka_unit_test_setup(libraries_are_taken_whole, setup),
	    cmocka_unit_test_setup(libraries_are_valid_now, setup),
	    cmocka_unit_test_setup(published_series, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
