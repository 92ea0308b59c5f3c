/* lib/teep/message.c, the writing half. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "teep_messages.h"

static enum err
write_err(const struct teep_message *m)
{
	static uint8_t room[1024];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	enum err e = teep_write(&w, NULL, m);

	/* A writer that failed stays failed. */
	assert_int_equal(cbor_done(&w, &out), e);
	return e;
}

static struct teep_message
request(void)
{
	return (struct teep_message){.type = TEEP_QUERY_REQUEST,
	    .suites = dialect_offer(NULL)->both,
	    .profiles = dialect_offer(NULL)->profiles,
	    .items = TEEP_ITEM_ATTESTATION};
}

static void
writing(void **state)
{
	static const uint8_t octets[65];
	static const uint8_t not_bstr[] = {0x01};
	struct teep_message m = request();

	(void)state;
	assert_int_equal(write_err(&m), OK);
	m.suites.n = 0;
	m.suites.raw = BYTES_NONE;
	assert_int_equal(write_err(&m), ERR_RANGE);
	m = request();
	m.profiles = (struct list){BYTES_NONE, 0};
	assert_int_equal(write_err(&m), ERR_RANGE);
	/* a count that lies */
	m = request();
	m.suites.n = 1;
	assert_int_equal(write_err(&m), ERR_RANGE);
	m.suites.n = 3;
	assert_int_equal(write_err(&m), ERR_RANGE);
	/* bounds */
	m = request();
	m.has = TEEP_HAS_TOKEN;
	m.token = (struct bytes){octets, 8};
	assert_int_equal(write_err(&m), OK);
	m.token.n = 64;
	assert_int_equal(write_err(&m), OK);
	m.token.n = 65;
	assert_int_equal(write_err(&m), ERR_RANGE);
	m.token.n = 7;
	assert_int_equal(write_err(&m), ERR_RANGE);
	/* an option of another message */
	m = request();
	m.has = TEEP_HAS_MSG;
	m.msg = BYTES_LIT("x");
	assert_int_equal(write_err(&m), ERR_BUG);
	m.type = TEEP_SUCCESS;
	m.suites = m.profiles = (struct list){BYTES_NONE, 0};
	assert_int_equal(write_err(&m), OK);
	m.msg = BYTES_LIT("a\nb");
	assert_int_equal(write_err(&m), ERR_RANGE);
	m.has = UINT32_C(1) << 31;
	assert_int_equal(write_err(&m), ERR_BUG);
	/* a type of nobody */
	m = (struct teep_message){.type = (enum teep_type)6};
	assert_int_equal(write_err(&m), ERR_BUG);
	m = (struct teep_message){.type = (enum teep_type)0};
	assert_int_equal(write_err(&m), ERR_BUG);
	/* err-code */
	m = (struct teep_message){.type = TEEP_ERROR};
	assert_int_equal(write_err(&m), ERR_RANGE);
	m.err_code = 1;
	assert_int_equal(write_err(&m), OK);
	m.err_code = (uint64_t)UINT32_MAX + 1;
	assert_int_equal(write_err(&m), ERR_RANGE);
	m = (struct teep_message){
	    .type = TEEP_UPDATE, .has = TEEP_HAS_ERR_CODE};
	assert_int_equal(write_err(&m), ERR_RANGE);
	m.err_code = 7;
	assert_int_equal(write_err(&m), OK);
	/* items of a list */
	m = (struct teep_message){.type = TEEP_UPDATE,
	    .has = TEEP_HAS_MANIFESTS,
	    .manifests = {BYTES_OF(not_bstr), 1}};
	assert_int_equal(write_err(&m), ERR_RANGE);
}

/* Too small a room is ERR_ROOM at every size, and never a write beyond. */
static void
writing_room(void **state)
{
	struct fence f = fence_make(4096);
	struct teep_message m = request();
	struct cbor_out measure = cbor_measure();

	(void)state;
	assert_int_equal(teep_write(&measure, NULL, &m), OK);
	for (size_t n = 0; n <= measure.at; n++) {
		struct cbor_out w = cbor_into((struct span){f.p + f.n - n, n});

		assert_int_equal(
		    teep_write(&w, NULL, &m), n < measure.at ? ERR_ROOM : OK);
	}
	fence_drop(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writing),
	    cmocka_unit_test(writing_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
