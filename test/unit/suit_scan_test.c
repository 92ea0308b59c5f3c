/* suit_scan: what structure is refused before anything runs, and by which
 * name; and that it does so wherever the fault stands. */
#include "suit_fake.h"

static enum err
scan(const char *manifest, struct why *why)
{
	struct suit_manifest m;
	enum err e;

	pool.used = 0;
	memset(why, 0, sizeof(*why));
	e = open_it(envelope(cbor("%s", manifest), "", 0), &m, why);
	assert_int_equal(e, why->err);
	return e;
}

struct scan_case {
	const char *seq; /* of install */
	enum err e;
};

#define MD          \
	"<<[-16,h'" \
	"0000000000000000000000000000000000000000000000000000000000000000']>>"

static const struct scan_case cases[] = {
    {"[]", OK},
    {"[14,15]", OK},
    {"[20,{18:'x'},18,0]", OK},
    /* pairs */
    {"[14]", ERR_MISSING},
    {"[14,15,14]", ERR_MISSING},
    {"{14:15}", ERR_TYPE},
    {"14", ERR_TYPE},
    /* commands of the drafts that this profile lacks, reserved numbers and
     * custom ones */
    {"[0,15]", ERR_COMMAND},
    {"[4,15]", OK},
    {"[5,15]", OK},
    {"[7,15]", OK},
    {"[8,15]", OK},
    {"[9,15]", ERR_COMMAND},
    {"[11,15]", OK},
    {"[17,15]", ERR_COMMAND},
    {"[22,15]", OK},
    {"[24,15]", OK},
    {"[25,15]", OK},
    {"[26,15]", OK},
    {"[27,15]", OK},
    {"[28,15]", OK},
    {"[29,15]", OK},
    {"[31,15]", OK},
    /* parameters of several components */
    {"[34,{0:{14:1}}]", OK},
    {"[34,{1:{14:1}}]", ERR_RANGE},
    {"[34,{0:{14:1},0:{14:1}}]", ERR_DUPLICATE},
    {"[34,{0:{}}]", ERR_MISSING},
    {"[34,{0:{6:1}}]", ERR_PARAMETER},
    {"[34,{0:{13:true}}]", ERR_PLACE},
    {"[34,{0:14}]", ERR_TYPE},
    {"[34,{}]", ERR_RANGE},
    {"[34,15]", ERR_TYPE},
    {"[35,{0:[14]}]", OK},
    {"[35,{0:[14,21]}]", OK},
    {"[35,{1:[14]}]", ERR_RANGE},
    {"[35,{0:[]}]", ERR_RANGE},
    {"[35,{0:[6]}]", ERR_PARAMETER},
    {"[35,{0:[12]}]", ERR_PLACE},
    {"[35,{0:14}]", ERR_TYPE},
    {"[35,{}]", ERR_RANGE},
    {"[35,15]", ERR_TYPE},
    {"[258,15]", ERR_COMMAND}, /* 2, if it were cut to an octet */
    {"[0,15]", ERR_COMMAND},
    /* the device's own: whose they are is told later */
    {"[-300,'x']", OK},
    {"[-257,null]", OK},
    {"[-257,-5]", OK},
    {"[-257,\"x\"]", OK},
    {"[-257,[]]", ERR_TYPE},
    {"[-257,true]", ERR_TYPE},
    {"[-256,'x']", ERR_COMMAND},
    {"[-1,15]", ERR_COMMAND},
    {"[\"fetch\",15]", ERR_TYPE},
    /* policies */
    {"[14,16]", ERR_RANGE},
    {"[14,-1]", ERR_TYPE},
    {"[14,null]", ERR_TYPE},
    {"[14,[15]]", ERR_TYPE},
    /* indexes; there is one component */
    {"[12,0]", OK},
    {"[12,true]", OK},
    {"[12,[0]]", OK},
    {"[12,1]", ERR_RANGE},
    {"[12,[0,1]]", ERR_RANGE},
    {"[12,[1]]", ERR_RANGE},
    {"[12,[]]", ERR_RANGE},
    {"[12,false]", ERR_TYPE},
    {"[12,null]", ERR_TYPE},
    {"[12,-1]", ERR_TYPE},
    {"[12,'0']", ERR_TYPE},
    {"[12,4294967296]", ERR_RANGE},
    /* alternatives */
    {"[15,[<<[]>>,<<[]>>]]", OK},
    {"[15,[<<[]>>,null]]", OK},
    {"[15,[<<[]>>]]", ERR_RANGE},
    {"[15,[]]", ERR_RANGE},
    {"[15,[null,<<[]>>]]", ERR_TYPE},
    {"[15,[<<[]>>,null,null]]", ERR_TYPE},
    {"[15,[<<[]>>,[]]]", ERR_TYPE},
    {"[15,[<<[]>>,<<[14]>>]]", ERR_MISSING},
    {"[15,[<<[]>>,<<[9,2]>>]]", ERR_COMMAND},
    {"[15,[<<[]>>,h'8080']]", ERR_TRAILING},
    {"[15,[<<[]>>,h'']]", ERR_RANGE},
    {"[15,[<<[]>>,h'9fff']]", ERR_INDEFINITE},
    {"[32,<<[]>>]", OK},
    {"[32,[]]", ERR_TYPE},
    {"[32,h'']", ERR_RANGE},
    {"[32,<<[9,15]>>]", ERR_COMMAND},
    /* nesting: four levels, no five */
    {"[32,<<[32,<<[32,<<[32,<<[14,15]>>]>>]>>]>>]", OK},
    {"[32,<<[32,<<[32,<<[32,<<[32,<<[]>>]>>]>>]>>]>>]", ERR_DEPTH},
    {"[32,<<[15,[<<[]>>,<<[32,<<[15,[<<[]>>,null]]>>]>>]]>>]", OK},
    {"[32,<<[15,[<<[]>>,<<[32,<<[15,[<<[]>>,<<[32,<<[]>>]>>]]>>]>>]]>>]",
	ERR_DEPTH},
    /* parameters */
    {"[20,{}]", ERR_MISSING},
    {"[20,[]]", ERR_TYPE},
    {"[20,15]", ERR_TYPE},
    {"[20,{1:" VENDOR "}]", OK},
    {"[20,{1:112(h'01')}]", OK},
    {"[20,{1:111(h'01')}]", ERR_TYPE},
    {"[20,{1:h'01'}]", ERR_RANGE},
    {"[20,{1:112(h'')}]", ERR_RANGE},
    {"[20,{2:" CLASS "}]", OK},
    {"[20,{2:h'01'}]", ERR_RANGE},
    {"[20,{3:" MD "}]", OK},
    {"[20,{3:<<[-16,h'00']>>}]", ERR_RANGE},
    {"[20,{3:<<[-43,h'0000000000000000000000000000000000000000000000000000000"
     "0000000000000000000000000000000000000000000000000']>>}]",
	ERR_COSE_ALG},
    {"[20,{3:<<[-16]>>}]", ERR_RANGE},
    {"[20,{3:[-16,h'00']}]", ERR_TYPE},
    {"[20,{14:-1}]", ERR_TYPE},
    {"[20,{18:\"x\"}]", ERR_TYPE},
    {"[20,{21:\"\"}]", ERR_RANGE},
    {"[20,{21:'x'}]", ERR_TYPE},
    {"[20,{23:''}]", OK},
    {"[19,{14:1,21:\"x\"}]", OK},
    {"[20,{14:1,14:1}]", ERR_DUPLICATE},
    {"[20,{21:\"x\",14:1}]", OK}, /* in any order */
    {"[20,{4:1}]", OK},
    {"[20,{5:1}]", OK},
    {"[20,{12:true}]", OK},
    {"[20,{22:0}]", OK},
    {"[20,{24:" CLASS "}]", OK},
    {"[20,{25:''}]", OK},
    {"[20,{22:1}]", ERR_RANGE},
    {"[20,{17:''}]", ERR_PARAMETER},
    {"[20,{-1:''}]", ERR_PARAMETER},
    {"[20,{-256:''}]", ERR_PARAMETER},
    {"[20,{-257:''}]", OK},
    {"[20,{\"uri\":''}]", ERR_PARAMETER},
    {"[20,{19:''}]", ERR_RANGE},
    {"[19,{19:'x'}]", OK},
    {"[15,[<<[20,{19:1}]>>,null]]", ERR_TYPE},
    /* soft-failure belongs to nested sequences */
    {"[20,{13:true}]", ERR_PLACE},
    {"[19,{13:false}]", ERR_PLACE},
    {"[32,<<[20,{13:true}]>>]", OK},
    {"[15,[<<[20,{13:false}]>>,null]]", OK},
    {"[32,<<[20,{13:1}]>>]", ERR_TYPE},
};

static void
sequences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[1024];
		struct why why;
		enum err e;

		(void)snprintf(text, sizeof(text),
		    MANIFEST("['a']", "[]", "20:<<%s>>"), cases[i].seq);
		e = scan(text, &why);
		if (e != cases[i].e)
			fail_msg("%s: %s, not %s", cases[i].seq, err_name(e),
			    err_name(cases[i].e));
	}
}

/* A fault in any member is found, whatever is going to be run. */
static void
every_member(void **state)
{
	static const int keys[] = {7, 8, 9, 16, 20, 24};
	char text[256];
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		(void)snprintf(text, sizeof(text),
		    MANIFEST("['a']", "[]", "%d:<<[14,15,9,2]>>"), keys[i]);
		assert_int_equal(scan(text, &why), ERR_COMMAND);
	}
	assert_int_equal(
	    scan(MANIFEST("['a']", "[9,2]", ""), &why), ERR_COMMAND);
	assert_int_equal(scan(MANIFEST("['a']", "{}", ""), &why), ERR_TYPE);
	assert_int_equal(
	    scan(MANIFEST("['a']", "[14]", ""), &why), ERR_MISSING);
}

/* Where a command may stand. */
static void
places(void **state)
{
	static const struct {
		int code;
		const char *where; /* members: c 7 8 9 p i u */
	} rows[] = {
	    {18, "pi"},
	    {21, "pi"},
	    {22, "8pi"},
	    {23, "9"},
	    {29, "789piu"},
	    {31, "pi"},
	    {33, "iu"},
	    {11, "789piu"},
	    {7, "c789piu"},
	    {4, "c789piu"},
	    {28, "c789piu"},
	    {-300, "789piu"},
	    {1, "c789piu"},
	    {3, "c789piu"},
	    {14, "c789piu"},
	};
	static const char letters[] = "c789piu";
	static const int keys[] = {3, 7, 8, 9, 16, 20, 24};
	char text[256];
	struct why why;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
			bool may = strchr(rows[i].where, letters[k]) != NULL;

			if (keys[k] == 3)
				(void)snprintf(text, sizeof(text),
				    MANIFEST("['a']", "[%d,2]", ""),
				    rows[i].code);
			else
				(void)snprintf(text, sizeof(text),
				    MANIFEST("['a']", "[]", "%d:<<[%d,2]>>"),
				    keys[k], rows[i].code);
			assert_int_equal(
			    scan(text, &why), may ? OK : ERR_PLACE);
			/* hiding it does not help */
			if (keys[k] == 3)
				(void)snprintf(text, sizeof(text),
				    MANIFEST("['a']", "[32,<<[%d,2]>>]", ""),
				    rows[i].code);
			assert_int_equal(
			    scan(text, &why), may ? OK : ERR_PLACE);
		}
	}
}

static void
index_comes_first(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(
	    scan(MANIFEST("['a'],['b']", "[]", "20:<<[14,15]>>"), &why),
	    ERR_ORDER);
	assert_int_equal(
	    scan(MANIFEST("['a'],['b']", "[14,15]", ""), &why), ERR_ORDER);
	/* a dependency counts, be it behind the only component */
	assert_int_equal(scan("{1:1,2:7,3:<<{1:{1:{1:['b']}},2:[['a']]}>>,"
			      "20:<<[14,15]>>}",
			     &why),
	    ERR_ORDER);
	assert_int_equal(scan("{1:1,2:7,3:<<{1:{1:{1:['b']}},2:[['a']]}>>,"
			      "20:<<[12,0,14,15]>>}",
			     &why),
	    OK);
	assert_int_equal(
	    scan(MANIFEST("['a'],['b']", "[12,1,32,<<[14,15]>>]", ""), &why),
	    OK);
	assert_int_equal(
	    scan(MANIFEST("['a'],['b']", "[12,[1,0]]", ""), &why), OK);
	assert_int_equal(scan(MANIFEST("['a'],['b']", "[12,[1,1]]", ""), &why),
	    ERR_DUPLICATE);
	assert_int_equal(
	    scan(MANIFEST("['a'],['b']", "[12,2]", ""), &why), ERR_RANGE);
}

static void
told(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(
	    scan(MANIFEST("['a']", "[]", "20:<<[14,15,9,2]>>"), &why),
	    ERR_COMMAND);
	assert_int_equal(why.kind, WHY_CBOR);
	assert_int_equal(why.found.n, 1);
	assert_int_equal(why.found.p[0], 9);
	/* the place counts from the envelope's first octet */
	assert_true(why.at > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sequences),
	    cmocka_unit_test(every_member),
	    cmocka_unit_test(places),
	    cmocka_unit_test(index_comes_first),
	    cmocka_unit_test(told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
