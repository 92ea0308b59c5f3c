/* suit_capability: what the processor says that it can do, and reading it. */
#include "suit_fake.h"

static const struct suit_custom rows[] = {
    {.code = -300, .parameter = -301},
    {.code = -302, .is_condition = true},
    {.code = -303, .parameter = -301},
    {.code = -304, .parameter = -305},
};

static struct suit_host host;

/* It has an answer to everything; nobody asks. */
static int
setup(void **state)
{
	(void)state;
	memset(&host, 1, sizeof(host));
	host.custom = rows;
	host.n_custom = 0;
	pool.used = 0;
	return 0;
}

/* NULL: that of the test's port. */
static const struct crypto *port;

static struct bytes
put(struct list prefixes)
{
	static uint8_t room[1024];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	suit_capabilities_put(
	    &w, port != NULL ? port : test_crypto(), &host, prefixes);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static bool
has(struct list list, int64_t v)
{
	struct cbor_in r = cbor_items(list);

	for (size_t i = 0; i < list.n; i++)
		if (cbor_int(&r, INT64_MIN, INT64_MAX) == v)
			return true;
	return false;
}

/* All that the profile lists, and nothing else: what is in it is taken, what
 * is not is refused as unsupported. */
static void
own(void **state)
{
	struct bytes ids = cbor("[['a','b'],[]]");
	struct list prefixes = {{ids.p + 1, ids.n - 1}, 2};
	struct suit_capabilities can;
	struct suit_manifest m;
	size_t known = 0, mark;

	(void)state;
	pool.used = 0;
	assert_int_equal(suit_capabilities_read(put(prefixes), &can, NULL), OK);
	assert_true(bytes_same(can.list[1].raw,
	    (struct bytes){cbor("[['a','b',true],[true]]").p + 1,
		cbor("[['a','b',true],[true]]").n - 1}));
	mark = pool.used;
	for (int64_t code = 1; code < 60; code++, pool.used = mark) {
		struct bytes env =
		    envelope(cbor(MANIFEST("['a']", "[]", "20:<<[%d,null]>>"),
				 (int)code),
			"", 0);
		enum err e = open_it(env, &m, NULL);

		assert_int_equal(has(can.list[2], code), e != ERR_COMMAND);
		assert_true(e != ERR_COMMAND || suit_unsupported(e));
		known += e != ERR_COMMAND;
	}
	assert_int_equal(known, can.list[2].n);
	assert_true(known > 25);
	known = 0;
	for (int64_t label = 1; label < 60; label++, pool.used = mark) {
		struct bytes env = envelope(
		    cbor(MANIFEST("['a']", "[]", "20:<<[20,{%d:null}]>>"),
			(int)label),
		    "", 0);
		enum err e = open_it(env, &m, NULL);

		assert_int_equal(has(can.list[3], label), e != ERR_PARAMETER);
		known += e != ERR_PARAMETER;
	}
	assert_int_equal(known, can.list[3].n);
	assert_true(has(can.list[4], ALG_SHA256));
	assert_true(has(can.list[4], ALG_ESP256));
	assert_true(has(can.list[4], ALG_A128GCM));
	assert_false(has(can.list[4], -999));
}

static void
ask(struct suit_capabilities *can)
{
	struct bytes ids = cbor("[['a']]");

	assert_int_equal(
	    suit_capabilities_read(
		put((struct list){{ids.p + 1, ids.n - 1}, 1}), can, NULL),
	    OK);
}

/* Algorithms are those of the port: none that it has not got. */
static void
port_without(void **state)
{
	static const struct {
		uint32_t can;
		int32_t alg;
	} cases[] = {
	    {CAN_ESP256, ALG_ESP256},
	    {CAN_ED25519, ALG_ED25519},
	    {CAN_P256_ECDH, ALG_ECDH_ES_A128KW},
	    {CAN_A128GCM, ALG_A128GCM},
	    {CAN_CHACHA, ALG_CHACHA20_POLY1305},
	    {CAN_A128CTR, ALG_A128CTR},
	    {CAN_AES_LONG, ALG_A256KW},
	    {CAN_AES_LONG, ALG_ECDH_ES_A256KW},
	    {CAN_AES_LONG, ALG_A256GCM},
	    {CAN_AES_LONG, ALG_A256CTR},
	};
	struct crypto c = *test_crypto();
	struct suit_capabilities can;

	(void)state;
	port = &c;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		c.can = UINT32_MAX;
		ask(&can);
		assert_true(has(can.list[4], cases[i].alg));
		c.can = ~cases[i].can;
		ask(&can);
		assert_false(has(can.list[4], cases[i].alg));
	}
	port = NULL;
}

/* What the host has no answer to, is not there. */
static void
host_without(void **state)
{
	static const struct {
		size_t at; /* in struct suit_host */
		int code, label, alg;
	} cases[] = {
	    {offsetof(struct suit_host, device_is), SUIT_CMD_DEVICE,
		SUIT_PAR_DEVICE, 0},
	    {offsetof(struct suit_host, slot), SUIT_CMD_SLOT, SUIT_PAR_SLOT, 0},
	    {offsetof(struct suit_host, now), SUIT_CMD_USE_BEFORE,
		SUIT_PAR_USE_BEFORE, 0},
	    {offsetof(struct suit_host, battery), SUIT_CMD_BATTERY,
		SUIT_PAR_BATTERY, 0},
	    {offsetof(struct suit_host, authorized), SUIT_CMD_AUTHORIZED,
		SUIT_PAR_PRIORITY, 0},
	    {offsetof(struct suit_host, version), SUIT_CMD_VERSION,
		SUIT_PAR_VERSION, 0},
	    {offsetof(struct suit_host, event), SUIT_CMD_WAIT,
		SUIT_PAR_WAIT_INFO, 0},
	    {offsetof(struct suit_host, read), SUIT_CMD_COPY, SUIT_PAR_SOURCE,
		0},
	    {offsetof(struct suit_host, swap), SUIT_CMD_SWAP, 0, 0},
	    {offsetof(struct suit_host, metadata), 0, SUIT_PAR_METADATA, 0},
	    {offsetof(struct suit_host, opener), 0, SUIT_PAR_ENCRYPTION_INFO,
		ALG_A128GCM},
	    {offsetof(struct suit_host, depending), SUIT_CMD_PROCESS_DEPENDENCY,
		0, 0},
	};
	struct suit_capabilities all, can;

	(void)state;
	ask(&all);
	assert_true(has(all.list[5], SUIT_CANDIDATE_VERIFICATION));
	assert_true(has(all.list[6], SUIT_UNINSTALL));
	assert_true(has(all.list[7], 1));
	assert_true(has(all.list[10], 1));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		void *none = NULL;

		(void)setup(NULL);
		ask(&all);
		assert_true(
		    cases[i].code == 0 || has(all.list[2], cases[i].code));
		assert_true(
		    cases[i].label == 0 || has(all.list[3], cases[i].label));
		memcpy((uint8_t *)&host + cases[i].at, &none, sizeof(none));
		pool.used = 0;
		ask(&can);
		assert_false(
		    cases[i].code != 0 && has(can.list[2], cases[i].code));
		assert_false(
		    cases[i].label != 0 && has(can.list[3], cases[i].label));
		assert_false(
		    cases[i].alg != 0 && has(can.list[4], cases[i].alg));
	}
	/* the last one, dependencies */
	assert_false(has(can.list[2], SUIT_CMD_IS_DEPENDENCY));
	assert_int_equal(can.list[7].n, 0);
	assert_int_equal(can.list[10].n, 0);
}

/* What is the device's own is there, each once. */
static void
custom(void **state)
{
	struct suit_capabilities all, can;

	(void)state;
	ask(&all);
	host.n_custom = ARRAY_LEN(rows);
	pool.used = 0;
	ask(&can);
	assert_int_equal(can.list[2].n, all.list[2].n + ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_true(has(can.list[2], rows[i].code));
	assert_int_equal(can.list[3].n, all.list[3].n + 2);
	assert_true(has(can.list[3], -301));
	assert_true(has(can.list[3], -305));
}

static void
reading(void **state)
{
	static const struct {
		const char *diag;
		enum err e;
	} cases[] = {
	    {"{1:[[]],2:[1],3:[1],4:[-16]}", OK},
	    {"{1:[['a',true],[true]],2:[1,2],3:[-300],4:[1],10:[1]}", OK},
	    {"{1:[[]],2:[1],3:[1],4:[1],[3,3,1]:[3]}", OK},
	    {"{1:[[]],2:[1],3:[1],4:[1],77:\"x\"}", OK}, /* extended */
	    {"{1:[[]],2:[1],3:[1],5:[1]}", ERR_MISSING},
	    {"{1:[[]],2:[1],3:[1]}", ERR_RANGE},
	    {"{1:[],2:[1],3:[1],4:[1]}", ERR_RANGE},
	    {"{1:[[]],2:[],3:[1],4:[1]}", ERR_RANGE},
	    {"{1:[[false]],2:[1],3:[1],4:[1]}", ERR_TYPE},
	    {"{1:[[true,'a']],2:[1],3:[1],4:[1]}", ERR_TYPE},
	    {"{1:[['a',1]],2:[1],3:[1],4:[1]}", ERR_TYPE},
	    {"{1:['a'],2:[1],3:[1],4:[1]}", ERR_TYPE},
	    {"{1:[[]],2:['a'],3:[1],4:[1]}", ERR_TYPE},
	    {"{1:[[]],2:1,3:[1],4:[1]}", ERR_TYPE},
	    {"{1:[[]],2:[1],3:[1],4:[1],[]:[3]}", ERR_RANGE},
	    {"{1:[[]],2:[1],3:[1],4:[1],[3]:3}", ERR_TYPE},
	    {"{1:[[]],2:[1],2:[1],4:[1]}", ERR_DUPLICATE},
	    {"{1:[[]],2:[1],3:[1],4:[1],\"a\":1}", ERR_TYPE},
	    {"[]", ERR_TYPE},
	};
	struct suit_capabilities can;
	struct why why;

	(void)state;
	pool.used = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes in = cbor("%s", cases[i].diag);
		enum err e = suit_capabilities_read(in, &can, &why);

		if (e != cases[i].e)
			fail_msg("%s: %s", cases[i].diag, err_name(e));
		for (size_t n = 0; n < in.n && e == OK; n++)
			assert_int_not_equal(
			    suit_capabilities_read(
				(struct bytes){in.p, n}, &can, NULL),
			    OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(own, setup),
	    cmocka_unit_test_setup(port_without, setup),
	    cmocka_unit_test_setup(host_without, setup),
	    cmocka_unit_test_setup(custom, setup),
	    cmocka_unit_test(reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
