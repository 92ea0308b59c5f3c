/* suit_run: procedures, frames, fetches, from the outside. */
#include "suit_fake.h"

static struct bench b;

static int
set_up(void **state)
{
	(void)state;
	pool.used = 0;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	return 0;
}

/* Run a procedure over a manifest; fails the test unless it ends as said. */
static void
expect_of(struct bytes env, enum suit_procedure procedure, enum err e,
    const char *log)
{
	enum suit_state s = bench_run(&b, env, procedure);

	if (b.run.why.err != e)
		fail_msg("%s, not %s (%s)", err_name(b.run.why.err),
		    err_name(e), b.fake.log);
	assert_int_equal(s, e == OK ? SUIT_DONE : SUIT_FAILED);
	assert_string_equal(b.fake.log, log);
	assert_null(b.fake.open);
	b.fake.log[0] = 0;
}

static void
expect(const char *manifest, enum suit_procedure procedure, enum err e,
    const char *log)
{
	expect_of(envelope(cbor("%s", manifest), "", 0), procedure, e, log);
}

#define UPDATE SUIT_DO_UPDATE

static void
empty(void **state)
{
	(void)state;
	expect(MANIFEST("['a']", "[]", ""), UPDATE, OK, "");
	expect(MANIFEST("['a']", "[]", ""), SUIT_DO_INVOKE, OK, "");
	expect(MANIFEST("['a']", "[]", ""), SUIT_DO_UNINSTALL, OK, "");
	/* a manifest without the section still has to be for this device */
	expect(MANIFEST("['a']", "[14,15]", ""), UPDATE, ERR_CONDITION, "");
}

static void
order_of_sections(void **state)
{
	/* each looks at what the one before has left */
	const char *all = MANIFEST("['a']", "[]",
	    "7:<<[20,{18:'l'},6,15]>>, 9:<<[23,2]>>,"
	    "15:<<[20,{18:'re'},18,2]>>,"
	    "16:<<[20,{18:'re'},6,15,20,{18:'p'},18,2]>>,"
	    "18:<<[20,{18:'p'},6,15]>>, 20:<<[20,{18:'long'},18,2,"
	    "20,{18:'l'},18,2]>>, 24:<<[33,2]>>");

	(void)state;
	expect(all, UPDATE, OK,
	    "begin a 2;end;begin a 1;end;begin a 4;end;begin a 1;end;");
	expect(all, SUIT_DO_INVOKE, OK, "digest a;invoke a '';");
	expect(all, SUIT_DO_UNINSTALL, OK, "unlink a;");
	/* now there is nothing left that could be valid */
	expect(all, SUIT_DO_INVOKE, ERR_NOT_INSTALLED, "digest a;");
}

static void
shared_before_each(void **state)
{
	(void)state;
	/* set once, the second run of the shared sequence sets it back */
	expect(MANIFEST("['a']", "[20,{18:'x'}]",
		   "16:<<[18,2,20,{18:'yy'}]>>,20:<<[18,2]>>"),
	    UPDATE, OK, "begin a 1;end;begin a 1;end;");
	/* parameters last until the procedure ends */
	expect(MANIFEST("['a']", "[]", "16:<<[20,{18:'yy'}]>>,20:<<[18,2]>>"),
	    UPDATE, OK, "begin a 2;end;");
	/* but no longer */
	expect(MANIFEST("['a']", "[]", "9:<<[20,{23:'x'}]>>,20:<<[18,2]>>"),
	    UPDATE, ERR_NEEDS, "");
	expect(MANIFEST("['a']", "[1,15]", "20:<<[20,{18:'x'},18,2]>>"), UPDATE,
	    ERR_NEEDS, "");
}

static void
vendor_and_class(void **state)
{
	(void)state;
	expect(MANIFEST("['a']", "[20,{1:" VENDOR ",2:" CLASS "},1,15,2,15]",
		   "20:<<[20,{18:'x'},18,2]>>"),
	    UPDATE, OK, "begin a 1;end;");
	expect(MANIFEST("['a']", "[20,{1:112(h'0102')},1,15]", ""), UPDATE, OK,
	    "");
	expect(MANIFEST("['a']", "[20,{1:112(h'0103')},1,15]",
		   "20:<<[20,{18:'x'},18,2]>>"),
	    UPDATE, ERR_VENDOR, "");
	expect(MANIFEST("['a']", "[20,{1:" CLASS "},1,15]",
		   "20:<<[20,{18:'x'},18,2]>>"),
	    UPDATE, ERR_VENDOR, "");
	expect(MANIFEST("['a']", "[20,{2:" VENDOR "},2,15]",
		   "20:<<[20,{18:'x'},18,2]>>"),
	    UPDATE, ERR_CLASS, "");
}

static struct bytes
with_payload(const char *content, const char *payload, size_t size)
{
	char more[256];

	(void)snprintf(more, sizeof(more), "\"#p\":'%s'", payload);
	return envelope(
	    cbor(MANIFEST("['a']", "[20,{3:%s,14:%zu}]",
		     "7:<<[3,15]>>,20:<<[20,{21:\"#p\"},21,2,3,15]>>"),
		digest_of(content), size),
	    more, 1);
}

static void
integrated(void **state)
{
	(void)state;
	expect_of(
	    with_payload("hello", "hello", 5), UPDATE, OK, "begin a 5;end;");
	assert_string_equal(fake_content_of(&b.fake, "a"), "hello");
	/* what was written was hashed as it came: nobody asked to read it */
	expect_of(with_payload("hello", "hallo", 5), UPDATE, ERR_IMAGE_DIGEST,
	    "begin a 5;end;");
	assert_int_equal(b.run.last.section, SUIT_INSTALL);
	expect_of(
	    with_payload("hello", "hello", 6), UPDATE, ERR_IMAGE_SIZE, "");
	expect_of(with_payload("", "", 0), UPDATE, OK, "begin a 0;end;");
	/* the key must match to the octet, and a fragment never leaves */
	expect_of(envelope(cbor(MANIFEST(
			       "['a']", "[]", "20:<<[20,{21:\"#q\"},21,2]>>")),
		      "\"#p\":'x'", 1),
	    UPDATE, ERR_FETCH, "");
	/* a full URI as key is as good: somebody fetched it before */
	expect_of(envelope(cbor(MANIFEST("['a']", "[]",
			       "20:<<[20,{21:\"https://x/y\"},21,2]>>")),
		      "\"https://x/y\":'x'", 1),
	    UPDATE, OK, "begin a 1;end;");
}

static void
start_fetch(const char *digest, size_t size)
{
	struct bytes env =
	    envelope(cbor(MANIFEST("['a']", "[20,{3:%s,14:%zu}]",
			      "20:<<[20,{21:\"https://x/y\"},21,2,3,15]>>"),
			 digest, size),
		"", 0);

	set_up(NULL);
	assert_int_equal(bench_run(&b, env, UPDATE), SUIT_WANT_FETCH);
	assert_string_equal(b.fake.log, "may-fetch https://x/y;begin a 10;");
	assert_true(bytes_same(b.ask.uri, BYTES_LIT("https://x/y")));
	assert_int_equal(b.ask.offset, 0);
	assert_int_equal(b.ask.limit, size);
}

/* Every way to cut ten octets in three pieces. */
static void
fetch_in_pieces(void **state)
{
	struct bytes content = BYTES_LIT("0123456789");
	char digest[128];

	(void)state;
	(void)snprintf(digest, sizeof(digest), "%s", digest_of("0123456789"));
	for (size_t i = 0; i <= 10; i++) {
		for (size_t k = i; k <= 10; k++) {
			start_fetch(digest, 10);
			suit_give(&b.run, (struct bytes){content.p, i}, false);
			assert_int_equal(
			    suit_next(&b.run, &b.ask), SUIT_WANT_FETCH);
			assert_int_equal(b.ask.offset, i);
			assert_int_equal(b.ask.limit, 10 - i);
			suit_give(&b.run, (struct bytes){content.p + i, k - i},
			    false);
			suit_give(&b.run, (struct bytes){content.p + k, 10 - k},
			    true);
			assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
			assert_string_equal(
			    fake_content_of(&b.fake, "a"), "0123456789");
			/* late pieces change nothing */
			suit_give(&b.run, content, true);
			suit_fail(&b.run, ERR_FETCH);
			assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
		}
	}
}

static void
fetch_refused(void **state)
{
	char digest[128];

	(void)state;
	(void)snprintf(digest, sizeof(digest), "%s", digest_of("0123456789"));
	/* one octet too many is refused at once, although it is not last */
	start_fetch(digest, 10);
	suit_give(&b.run, BYTES_LIT("01234567890"), false);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_IMAGE_SIZE);
	assert_string_equal(
	    b.fake.log, "may-fetch https://x/y;begin a 10;drop;");
	assert_null(fake_content_of(&b.fake, "a"));
	/* the same in the second piece, whether it is the last or not */
	for (int last = 0; last < 2; last++) {
		start_fetch(digest, 10);
		suit_give(&b.run, BYTES_LIT("012345678"), false);
		assert_int_equal(b.run.state, SUIT_WANT_FETCH);
		suit_give(&b.run, BYTES_LIT("90"), last == 1);
		assert_int_equal(b.run.state, SUIT_FAILED);
		assert_int_equal(b.run.why.err, ERR_IMAGE_SIZE);
	}
	/* too few */
	start_fetch(digest, 10);
	suit_give(&b.run, BYTES_LIT("012345678"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_IMAGE_SIZE);
	/* others */
	start_fetch(digest, 10);
	suit_give(&b.run, BYTES_LIT("0123456788"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_IMAGE_DIGEST);
	assert_int_equal(b.run.last.measured, 0); /* from a network */
	assert_null(b.run.why.found.p);
	/* the broker gave up */
	start_fetch(digest, 10);
	suit_give(&b.run, BYTES_LIT("0123"), false);
	suit_fail(&b.run, ERR_FETCH);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_FETCH);
	assert_string_equal(
	    b.fake.log, "may-fetch https://x/y;begin a 10;drop;");
}

static void
fetch_needs(void **state)
{
	(void)state;
	/* without a size a network could send for ever */
	expect(MANIFEST("['a']", "[]", "20:<<[20,{21:\"https://x\"},21,2]>>"),
	    UPDATE, ERR_NEEDS, "");
	expect(MANIFEST("['a']", "[20,{14:1}]", "20:<<[21,2]>>"), UPDATE,
	    ERR_NEEDS, "");
	b.fake.may_fetch = ERR_URI;
	expect(
	    MANIFEST("['a']", "[]", "20:<<[20,{14:1,21:\"ftp://x\"},21,2]>>"),
	    UPDATE, ERR_URI, "may-fetch ftp://x;");
}

/* Each port function fails in turn: nothing stays open. */
static void
host_fails(void **state)
{
	struct bytes payload = with_payload("hello", "hello", 5);

	(void)state;
	b.fake.write_begin = ERR_QUOTA;
	expect_of(payload, UPDATE, ERR_QUOTA, "begin a 5;");
	b.fake.write_begin = OK;
	b.fake.write_more = ERR_STORE;
	expect_of(payload, UPDATE, ERR_STORE, "begin a 5;drop;");
	b.fake.write_more = OK;
	b.fake.write_end = ERR_STORE;
	expect_of(payload, UPDATE, ERR_STORE, "begin a 5;drop;");
	b.fake.write_end = OK;
	/* a store that cannot be read is no failed condition: in a try-each
	 * it would choose the other image */
	fake_install(&b.fake, "a", "x");
	b.fake.digest = ERR_STORE;
	expect(MANIFEST("['a']",
		   "[20,{3:<<[-16,h'"
		   "00112233445566778899aabbccddeeff"
		   "00112233445566778899aabbccddeeff']>>}]",
		   "7:<<[15,[<<[3,15]>>,null]]>>"),
	    UPDATE, ERR_STORE, "digest a;");
}

static void
rights(void **state)
{
	struct bytes payload = with_payload("hello", "hello", 5);

	(void)state;
	b.fake.may[SUIT_CMD_SET_INDEX] = ERR_COMPONENT;
	expect_of(payload, UPDATE, ERR_COMPONENT, "");
	assert_int_equal(b.run.commands, 0);
	b.fake.may[SUIT_CMD_SET_INDEX] = OK;
	b.fake.may[SUIT_CMD_FETCH] = ERR_SIGNER_ACCESS;
	expect_of(payload, UPDATE, ERR_SIGNER_ACCESS, "");
	assert_int_equal(b.run.last.section, SUIT_INSTALL);
	b.fake.may[SUIT_CMD_INVOKE] = ERR_TAM_ACCESS;
	expect(MANIFEST("['a']", "[]", "9:<<[23,2]>>"), SUIT_DO_INVOKE,
	    ERR_TAM_ACCESS, "");
	b.fake.may[SUIT_CMD_UNLINK] = ERR_OWNER;
	expect(MANIFEST("['a']", "[]", "24:<<[33,2]>>"), SUIT_DO_UNINSTALL,
	    ERR_OWNER, "");
	b.fake.may[SUIT_CMD_WRITE] = ERR_OWNER;
	expect(MANIFEST("['a']", "[]", "20:<<[20,{18:'x'},18,2]>>"), UPDATE,
	    ERR_OWNER, "");
}

#define WRITE(x) "20,{18:'" x "'},18,2"

static void
try_each(void **state)
{
	(void)state;
	/* the first that holds, and only that */
	expect(
	    MANIFEST("['a']", "[]",
		"20:<<[15,[<<[" WRITE("one") "]>>,<<[" WRITE("two") "]>>]]>>"),
	    UPDATE, OK, "begin a 3;end;");
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[14,15," WRITE("1") "]>>,<<[" WRITE(
		       "22") "]>>]]>>"),
	    UPDATE, OK, "begin a 2;end;");
	assert_int_equal(b.run.n_records, 1);
	/* what failed before it failed stays */
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[20,{18:'abc'},14,15]>>,<<[18,2]>>]]>>"),
	    UPDATE, OK, "begin a 3;end;");
	/* nil does nothing, and succeeds */
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[14,15]>>,null]," WRITE("x") "]>>"),
	    UPDATE, OK, "begin a 1;end;");
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[14,15]>>,<<[]>>]," WRITE("x") "]>>"),
	    UPDATE, OK, "begin a 1;end;");
	/* none left: a failed condition of the sequence around */
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[14,15]>>,<<[14,15]>>]," WRITE("x") "]>>"),
	    UPDATE, ERR_CONDITION, "");
	assert_true(b.run.by_condition);
	/* a directive that fails is no failed condition */
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[18,2]>>,<<[" WRITE("x") "]>>]]>>"),
	    UPDATE, ERR_NEEDS, "");
	assert_false(b.run.by_condition);
	/* a condition without its parameter is */
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[3,15]>>,<<[" WRITE("x") "]>>]]>>"),
	    UPDATE, OK, "begin a 1;end;");
}

static void
soft_failure(void **state)
{
	(void)state;
	/* the author wants no second alternative */
	expect(
	    MANIFEST("['a']", "[]",
		"20:<<[15,[<<[20,{13:false},14,15]>>,<<[" WRITE("x") "]>>]]>>"),
	    UPDATE, ERR_CONDITION, "");
	/* not inherited by the next alternative */
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[20,{13:false},20,{13:true},14,15]>>,<<["
		   "14,15]>>,<<[" WRITE("x") "]>>]]>>"),
	    UPDATE, OK, "begin a 1;end;");
	/* run-sequence fails hard, unless it says otherwise */
	expect(
	    MANIFEST("['a']", "[]", "20:<<[32,<<[14,15]>>," WRITE("x") "]>>"),
	    UPDATE, ERR_CONDITION, "");
	expect(MANIFEST("['a']", "[]",
		   "20:<<[32,<<[20,{13:true},14,15]>>," WRITE("x") "]>>"),
	    UPDATE, OK, "begin a 1;end;");
	expect(MANIFEST("['a']", "[]",
		   "20:<<[32,<<[" WRITE("xx") "]>>," WRITE("x") "]>>"),
	    UPDATE, OK, "begin a 2;end;begin a 1;end;");
	/* nor inherited by what stands inside */
	expect(MANIFEST("['a']", "[]",
		   "20:<<[32,<<[20,{13:true},32,<<[14,15]>>," WRITE(
		       "no") "]>>," WRITE("x") "]>>"),
	    UPDATE, OK, "begin a 1;end;");
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[32,<<[14,15]>>," WRITE("no") "]>>,<<[" WRITE(
		       "x") "]>>]]>>"),
	    UPDATE, OK, "begin a 1;end;");
	/* an exhausted inner try-each moves the outer one on */
	expect(MANIFEST("['a']", "[]",
		   "20:<<[15,[<<[15,[<<[14,15]>>,<<[14,15]>>]," WRITE(
		       "no") "]>>,<<[" WRITE("x") "]>>]]>>"),
	    UPDATE, OK, "begin a 1;end;");
}

#define ABC "['a'],['b'],['c']"

static void
indexes(void **state)
{
	(void)state;
	expect(MANIFEST(ABC, "[]", "20:<<[12,1," WRITE("x") "]>>"), UPDATE, OK,
	    "begin b 1;end;");
	expect(MANIFEST(ABC, "[]", "20:<<[12,true," WRITE("x") "]>>"), UPDATE,
	    OK, "begin a 1;end;begin b 1;end;begin c 1;end;");
	/* a list is followed in its order */
	expect(MANIFEST(ABC, "[]", "20:<<[12,[2,0]," WRITE("x") "]>>"), UPDATE,
	    OK, "begin c 1;end;begin a 1;end;");
	/* parameters are each component's own */
	expect(MANIFEST(ABC, "[]",
		   "20:<<[12,true,20,{18:'all'},12,1,20,{18:'b'},12,true,"
		   "18,2]>>"),
	    UPDATE, OK, "begin a 3;end;begin b 1;end;begin c 3;end;");
	/* set fills only what is empty */
	expect(MANIFEST(ABC, "[]",
		   "20:<<[12,1,20,{18:'b'},12,true,19,{18:'all'},18,2]>>"),
	    UPDATE, OK, "begin a 3;end;begin b 1;end;begin c 3;end;");
	/* the index starts at 0 in every section, also after the shared one */
	expect(MANIFEST(ABC, "[12,2,20,{18:'x'}]", "20:<<[12,2,18,2]>>"),
	    UPDATE, OK, "begin c 1;end;");
	/* nested sequences are run once for each, and the index comes back */
	expect(MANIFEST(ABC, "[]",
		   "20:<<[12,[1,2],20,{18:'x'},32,<<[18,2,12,0,20,{18:'yy'},"
		   "18,2]>>,20,{18:'zzz'},18,2]>>"),
	    UPDATE, OK,
	    "begin b 1;end;begin a 2;end;begin c 1;end;begin a 2;end;"
	    "begin b 3;end;begin c 3;end;");
	/* each component falls back by itself */
	fake_install(&b.fake, "b", "x");
	expect(MANIFEST(ABC, "[12,true,20,{18:'x'}]",
		   "20:<<[12,true,15,[<<[6,15]>>,<<[18,2]>>]]>>"),
	    UPDATE, OK,
	    "digest a;begin a 1;end;digest b;digest c;begin c 1;end;");
}

/* A failure in the midst of a selection leaves no trace of it behind: the
 * last component is the one whose neighbour would be out of bounds. */
static void
half_a_selection(void **state)
{
	(void)state;
	fake_install(&b.fake, "a", "x");
	fake_install(&b.fake, "b", "x");
	expect(MANIFEST(ABC, "[12,true,20,{18:'x'}]",
		   "20:<<[12,2,32,<<[20,{13:true},12,true,6,15]>>,18,2]>>"),
	    UPDATE, OK, "digest a;digest b;digest c;begin c 1;end;");
	assert_memory_equal(b.run.log, cbor("[[],20,13,2,{}]").p, b.run.log_n);
	assert_int_equal(b.run.n_records, 1);
	fake_slot(&b.fake, cbor("['c']"))->there = false;
	expect(MANIFEST(ABC, "[12,true,20,{18:'x'}]",
		   "20:<<[12,2,15,[<<[12,[0,1,2],6,15]>>,null],18,2]>>"),
	    UPDATE, OK, "digest a;digest b;digest c;begin c 1;end;");
}

static void
fetch_several(void **state)
{
	struct bytes env = envelope(
	    cbor(MANIFEST("['a'],['b']", "[12,true,20,{14:1,3:%s}]",
		     "20:<<[12,true,20,{21:\"https://x\"},21,2,3,15]>>"),
		digest_of("z")),
	    "", 0);

	(void)state;
	assert_int_equal(bench_run(&b, env, UPDATE), SUIT_WANT_FETCH);
	suit_give(&b.run, BYTES_LIT("z"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_WANT_FETCH);
	assert_true(bytes_same(b.ask.component, cbor("['b']")));
	suit_give(&b.run, BYTES_LIT("z"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	assert_string_equal(b.fake.log, "may-fetch https://x;begin a 1;end;"
					"may-fetch https://x;begin b 1;end;");
}

static void
invoke(void **state)
{
	(void)state;
	fake_install(&b.fake, "a", "x");
	expect(MANIFEST("['a']", "[]", "9:<<[20,{23:'-v'},23,2]>>"),
	    SUIT_DO_INVOKE, OK, "invoke a '-v';");
	b.fake.invoke = ERR_INVOKE;
	expect(MANIFEST("['a']", "[]", "9:<<[23,2]>>"), SUIT_DO_INVOKE,
	    ERR_INVOKE, "invoke a '';");
	/* validated first, and not started if it is not the image */
	expect_of(envelope(cbor(MANIFEST("['a']", "[20,{3:%s}]",
				    "7:<<[3,15]>>,9:<<[23,2]>>"),
			       digest_of("y")),
		      "", 0),
	    SUIT_DO_INVOKE, ERR_IMAGE_DIGEST, "digest a;");
	assert_int_equal(b.run.last.measured, SUIT_PAR_IMAGE_DIGEST);
}

static void
severed(void **state)
{
	struct bytes env = suit_file("m2-severable.severed-signed.suit");

	(void)state;
	assert_int_equal(bench_run(&b, env, UPDATE), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_SEVERED);
	/* what is not needed may be severed */
	assert_int_equal(bench_run(&b, env, SUIT_DO_UNINSTALL), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_VENDOR);
}

/* Few octets, many steps: 32 components, 20 sequences each, of so many
 * commands each. */
static enum err
many(size_t commands)
{
	char text[4096] = "", inner[4096] = "", ids[512] = "";
	struct bytes one;

	for (size_t i = 0; i < 32; i++)
		(void)append(ids, sizeof(ids), "['%zu'],", i);
	for (size_t i = 0; i < commands; i++)
		(void)append(inner, sizeof(inner), "20,{18:'x'},");
	one = cbor("[%s]", inner);
	for (size_t i = 0; i < 20; i++)
		(void)append(text, sizeof(text), "32,h'%s',", hexed(one));
	(void)bench_run(&b,
	    envelope(cbor("{1:1,2:1,3:<<{2:[%s]}>>,20:<<[12,true,32,h'%s']>>}",
			 ids, hexed(cbor("[%s]", text))),
		"", 0),
	    UPDATE);
	return b.run.why.err;
}

static void
commands_limit(void **state)
{
	(void)state;
	assert_int_equal(many(13), OK);
	assert_true(b.run.commands <= SUIT_COMMANDS_MAX);
	assert_int_equal(many(15), ERR_LIMIT);
}

/* However often a manifest asks, an image is read once, and again only after
 * it was written. */
static void
read_once(void **state)
{
	const char *x = digest_of("x"), *y = digest_of("y");

	(void)state;
	fake_install(&b.fake, "a", "x");
	expect_of(envelope(cbor(MANIFEST("['a']", "[20,{3:%s,18:'x'}]",
				    "7:<<[3,15,6,15,3,15]>>,8:<<[6,15,3,15]>>,"
				    "9:<<[3,15]>>"),
			       x),
		      "", 0),
	    SUIT_DO_INVOKE, OK, "digest a;");
	expect_of(
	    envelope(cbor(MANIFEST("['a']", "[]",
			      "20:<<[20,{3:%s,18:'y'},3,15,3,15,18,2,20,{3:%s},"
			      "3,15,6,15]>>,7:<<[3,15]>>"),
			 x, y),
		"", 0),
	    UPDATE, OK, "digest a;begin a 1;end;");
}

/* Nor is it written again and again. */
static enum err
fills(size_t n)
{
	char text[1024] = "";

	for (size_t i = 0; i < n; i++)
		(void)append(text, sizeof(text), "18,2,");
	(void)set_up(NULL);
	(void)bench_run(&b,
	    envelope(cbor(MANIFEST("['a'],['b']", "[12,true,20,{18:'x'}]",
			      "20:<<[12,true,%s]>>"),
			 text),
		"", 0),
	    UPDATE);
	return b.run.why.err;
}

static void
fills_limit(void **state)
{
	(void)state;
	assert_int_equal(fills(SUIT_FILLS_MAX), OK);
	assert_int_equal(fills(SUIT_FILLS_MAX + 1), ERR_LIMIT);
	assert_false(b.run.by_condition);
}

/* The TEEP draft's manifests. */
static void
vectors(void **state)
{
	(void)state;
	static struct suit_ring ring;
	struct keyring k = ring_view(&ring);

	trust(&ring, "key-teep-signer.pub.pem");
	assert_int_equal(suit_open(test_crypto(), &k,
			     suit_file("teep-integrated.suit"), &b.m, NULL),
	    OK);
	assert_int_equal(
	    suit_start(&b.run, test_crypto(), &b.fake.host, &b.m, UPDATE), OK);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	assert_string_equal(b.fake.log, "begin TEEP-Device 20;end;");
	assert_int_equal(suit_open(test_crypto(), &k,
			     suit_file("teep-uri.suit"), &b.m, NULL),
	    OK);
	assert_int_equal(
	    suit_start(&b.run, test_crypto(), &b.fake.host, &b.m, UPDATE), OK);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_WANT_FETCH);
	suit_give(&b.run, BYTES_LIT("Hello, Secure World!"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(empty, set_up),
	    cmocka_unit_test_setup(order_of_sections, set_up),
	    cmocka_unit_test_setup(shared_before_each, set_up),
	    cmocka_unit_test_setup(vendor_and_class, set_up),
	    cmocka_unit_test_setup(integrated, set_up),
	    cmocka_unit_test_setup(fetch_in_pieces, set_up),
	    cmocka_unit_test_setup(fetch_refused, set_up),
	    cmocka_unit_test_setup(fetch_needs, set_up),
	    cmocka_unit_test_setup(host_fails, set_up),
	    cmocka_unit_test_setup(rights, set_up),
	    cmocka_unit_test_setup(try_each, set_up),
	    cmocka_unit_test_setup(soft_failure, set_up),
	    cmocka_unit_test_setup(indexes, set_up),
	    cmocka_unit_test_setup(half_a_selection, set_up),
	    cmocka_unit_test_setup(fetch_several, set_up),
	    cmocka_unit_test_setup(invoke, set_up),
	    cmocka_unit_test_setup(severed, set_up),
	    cmocka_unit_test_setup(commands_limit, set_up),
	    cmocka_unit_test_setup(read_once, set_up),
	    cmocka_unit_test_setup(fills_limit, set_up),
	    cmocka_unit_test_setup(vectors, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
