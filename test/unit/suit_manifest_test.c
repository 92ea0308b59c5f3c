/* suit_manifest: the tables, and what a manifest declares. */
#include "suit_fake.h"

static enum err
open_text(const char *manifest, struct suit_manifest *m)
{
	pool.used = 0;
	return open_it(envelope(cbor("%s", manifest), "", 0), m, NULL);
}

#define D32 \
	"h'0000000000000000000000000000000000000000000000000000000000000000'"

static void
tables(void **state)
{
	static const struct {
		const char *manifest;
		enum err e;
	} cases[] = {
	    {"{1:1,2:0,3:<<{2:[['a']]}>>}", OK},
	    {"{2:0,1:1,3:<<{2:[['a']]}>>}", OK}, /* any order */
	    {"{1:1,2:0}", ERR_MISSING},
	    {"{1:1,3:<<{2:[['a']]}>>}", ERR_MISSING},
	    {"{2:0,3:<<{2:[['a']]}>>}", ERR_MISSING},
	    {"{1:1,2:0,3:<<{}>>}", ERR_MISSING},
	    {"{1:1,2:0,3:<<{2:[]}>>}", ERR_RANGE},
	    {"{1:1,2:0,3:{2:[['a']]}}", ERR_TYPE},
	    {"{1:2,2:0,3:<<{2:[['a']]}>>}", ERR_VERSION},
	    {"{1:0,2:0,3:<<{2:[['a']]}>>}", ERR_RANGE},
	    {"{1:1,2:-1,3:<<{2:[['a']]}>>}", ERR_TYPE},
	    {"{1:1,1:1,2:0,3:<<{2:[['a']]}>>}", ERR_DUPLICATE},
	    /* keys that are not known, or of the drafts of old */
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,13:<<[1]>>}", ERR_UNEXPECTED},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,17:<<[]>>}", ERR_UNEXPECTED},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,99:1}", ERR_UNEXPECTED},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,\"x\":1}", ERR_UNEXPECTED},
	    {"{1:1,2:0,3:<<{2:[['a']],3:<<[]>>}>>}", ERR_UNEXPECTED},
	    /* dependencies: of the components, or numbered after them */
	    {"{1:1,2:0,3:<<{1:{0:{}},2:[['a']]}>>}", OK},
	    {"{1:1,2:0,3:<<{1:{0:{1:['a']}},2:[['a']]}>>}", OK},
	    {"{1:1,2:0,3:<<{1:{0:{1:['b']}},2:[['a']]}>>}", ERR_DEPENDENCY},
	    {"{1:1,2:0,3:<<{1:{1:{1:['b']}},2:[['a']]}>>}", OK},
	    {"{1:1,2:0,3:<<{1:{0:{1:['b']}}}>>}", OK},
	    {"{1:1,2:0,3:<<{1:{1:{1:['a']}},2:[['a']]}>>}", ERR_DUPLICATE},
	    {"{1:1,2:0,3:<<{1:{1:{}},2:[['a']]}>>}", ERR_TRUNCATED},
	    {"{1:1,2:0,3:<<{1:{2:{1:['b']}},2:[['a']]}>>}", ERR_RANGE},
	    {"{1:1,2:0,3:<<{1:{32:{1:['b']}},2:[['a']]}>>}", ERR_RANGE},
	    {"{1:1,2:0,3:<<{1:{0:{},0:{}},2:[['a']]}>>}", ERR_DUPLICATE},
	    {"{1:1,2:0,3:<<{1:{0:{2:['a']}},2:[['a']]}>>}", ERR_RANGE},
	    {"{1:1,2:0,3:<<{1:{0:{1:'a'}},2:[['a']]}>>}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{1:{0:[]},2:[['a']]}>>}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{1:{'a':{}},2:[['a']]}>>}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{1:{},2:[['a']]}>>}", ERR_RANGE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,15:<<[]>>}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,18:<<[]>>}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,15:[-16," D32 "]}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,18:[-16," D32 "]}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,18:<<[18,2]>>}", ERR_PLACE},
	    /* set-version, wrapped or bare */
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,6:<<[1,0,-1]>>}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,6:[1]}", OK},
	    /* a CoSWID says nothing to the processor */
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,14:<<{}>>}", OK},
	    /* identifiers */
	    {"{1:1,2:0,3:<<{2:['a']}>>}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{2:[['a'],['']]}>>}", ERR_RANGE},
	    {"{1:1,2:0,3:<<{2:[['a'],['b'],['a']]}>>}", ERR_DUPLICATE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,5:['m']}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,5:<<['m']>>}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,5:[1]}", ERR_RANGE},
	    /* members */
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,4:'x'}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,4:\"https://x\"}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,7:[]}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,7:h'8080'}", ERR_TRAILING},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,24:[-16," D32 "]}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,20:[-16," D32 "]}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,20:[-16,h'00']}", ERR_RANGE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,20:[-44," D32 "]}", ERR_COSE_ALG},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,20:[]}", ERR_RANGE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,20:h'8080'}", ERR_TRAILING},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,20:1}", ERR_TYPE},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,23:<<{\"en\":{['a']:{1:\"v\"}}}>>}",
		OK},
	    /* nor does text, whatever it is */
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,23:<<1>>}", OK},
	    {"{1:1,2:0,3:<<{2:[['a']]}>>,23:h'ff00'}", OK},
	    {"[1]", ERR_TYPE},
	};
	struct suit_manifest m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum err e = open_text(cases[i].manifest, &m);

		if (e != cases[i].e)
			fail_msg("%s: %s, not %s", cases[i].manifest,
			    err_name(e), err_name(cases[i].e));
	}
}

static void
components(void **state)
{
	char text[1024] = "{1:1,2:0,3:<<{2:[";
	size_t at = strlen(text);
	struct suit_manifest m;

	(void)state;
	for (size_t n = 1; n <= SUIT_COMPONENTS_MAX + 1; n++) {
		text[at] = 0;
		(void)append(text, sizeof(text), "['%zu']", n);
		at = strlen(text);
		(void)append(text, sizeof(text), "]}>>}");
		assert_int_equal(open_text(text, &m),
		    n <= SUIT_COMPONENTS_MAX ? OK : ERR_LIMIT);
		if (n > SUIT_COMPONENTS_MAX)
			break;
		assert_int_equal(m.components.n, n);
		assert_true(
		    bytes_same(suit_component(&m, n - 1), cbor("['%zu']", n)));
		assert_null(suit_component(&m, n).p);
		assert_true(bytes_same(m.component_id, cbor("['1']")));
	}
}

static void
long_manifest(void **state)
{
	struct bytes content = {calloc(1, SUIT_MANIFEST_MAX + 1), 0};
	uint8_t *room = malloc(2 * SUIT_MANIFEST_MAX);
	struct cbor_out w =
	    cbor_into((struct span){room, 2 * SUIT_MANIFEST_MAX});
	struct suit_manifest m;
	struct bytes out;

	(void)state;
	content.n = SUIT_MANIFEST_MAX + 1;
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 2);
	cbor_put_bstr(&w, cbor("[<<[-16," D32 "]>>]"));
	cbor_put_uint(&w, 3);
	cbor_put_bstr(&w, content);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(open_it(out, &m, NULL), ERR_RANGE);
	free(room);
	free((void *)(uintptr_t)content.p);
}

static void
declared(void **state)
{
	struct suit_manifest m;
	struct bytes sha;
	uint64_t size;

	(void)state;
	assert_int_equal(
	    open_it(suit_file("m0-secure-boot.signed.suit"), &m, NULL), OK);
	suit_declared(&m, 0, &sha, &size);
	assert_int_equal(size, 34768);
	assert_int_equal(sha.n, 32);
	assert_int_equal(sha.p[1], 0x11);
	suit_declared(&m, 1, &sha, &size);
	assert_null(sha.p);
	assert_true(size == UINT64_MAX);
	/* by index; what stands in an alternative is not certain */
	assert_int_equal(
	    open_text(MANIFEST("['a'],['b'],['c']",
			  "[12,1,20,{14:5},12,[0,2],20,{14:6,3:<<[-16," D32
			  "]>>},12,1,15,[<<[20,{14:7}]>>,null],19,{14:8}]",
			  ""),
		&m),
	    OK);
	suit_declared(&m, 0, &sha, &size);
	assert_int_equal(size, 6);
	assert_int_equal(sha.n, 32);
	suit_declared(&m, 1, &sha, &size);
	assert_int_equal(size, 5);
	assert_null(sha.p);
	suit_declared(&m, 2, &sha, &size);
	assert_int_equal(size, 6);
	assert_int_equal(open_text(MANIFEST("['a']", "[]", ""), &m), OK);
	suit_declared(&m, 0, &sha, &size);
	assert_true(size == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables),
	    cmocka_unit_test(components),
	    cmocka_unit_test(long_manifest),
	    cmocka_unit_test(declared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
