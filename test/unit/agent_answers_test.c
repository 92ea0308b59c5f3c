/*
 * agent_answers: conditions about this one device, and about the version of
 * what is there or comes.
 *       [SUIT suit-condition-device-identifier, SUIT UM suit-condition-version]
 */
#include "agent_fake.h"
#include "agent_sections.h"

#define RAW(...) BYTES_OF(((const uint8_t[]){__VA_ARGS__}))

static uint8_t ids[40];
static const uint8_t first_id[16] = {1, 2, 3}, second_id[16] = {4, 5, 6},
		     strange_id[16] = {7, 8, 9};

static int
setup(void **state)
{
	struct cbor_out w = cbor_into(SPAN_OF(ids));

	(void)state;
	device(&(struct policy_opts){0});
	cbor_put_bstr(&w, BYTES_OF(first_id));
	cbor_put_bstr(&w, BYTES_OF(second_id));
	ports.answers = &agent_answers;
	ports.device_ids.n = 2;
	assert_ok(cbor_done(&w, &ports.device_ids.raw));
	return 0;
}

static int
teardown(void **state)
{
	ports.answers = NULL;
	ports.device_ids = (struct list){BYTES_NONE, 0};
	return device_free(state);
}

/* An Update with a manifest that does this and then writes. */
static struct link_frame
offer(struct sectioned o, struct bytes commands, size_t items)
{
	static uint8_t turn;
	struct section s;
	struct cbor_out *w = section(&s);
	struct bytes envelope;
	struct teep_message m;

	cbor_put_raw(w, commands);
	cbor_put_raw(w, RAW(20, 0xa1, 18, 0x41, 'x', 18, 2));
	o.sequence = ++turn;
	envelope = with_install(&o, &s, items + 4);
	connect_anew();
	exchange(turn);
	m = update(turn, turn, &envelope, 1);
	return give_update(&m);
}

static void
taken(struct sectioned o, struct bytes commands, size_t items)
{
	struct link_frame f = offer(o, commands, items);

	assert_success(&f);
}

static void
denied(struct bytes commands, size_t items, enum err e, int64_t label)
{
	struct link_frame f = offer((struct sectioned){0}, commands, items);
	struct teep_message m;
	struct suit_report r;
	struct suit_record at;
	struct bytes measured;
	struct cbor_in map;

	assert_error(&f, TEEP_ERR_MANIFEST, e);
	m = reply_message(&f);
	assert_int_equal(m.reports.n, 1);
	r = report_at(&m, 0, true);
	assert_ok(suit_record_read(r.result_record, &at, &measured));
	map = cbor_open(measured);
	assert_int_equal(cbor_map_any(&map, 0, 1), label != 0);
	if (label != 0)
		assert_int_equal(cbor_int(&map, 0, UINT8_MAX), label);
}

/* ---- which device --------------------------------------------------------
 */

static struct bytes
device_check(const uint8_t device_id[16])
{
	struct cbor_out w = begin();

	cbor_put_raw(&w, RAW(20, 0xa1, 0x18, SUIT_PAR_DEVICE));
	cbor_put_bstr(&w, (struct bytes){device_id, 16});
	cbor_put_raw(&w, RAW(0x18, SUIT_CMD_DEVICE, 15));
	return end(&w);
}

static void
this_device(void **state)
{
	(void)state;
	taken((struct sectioned){0}, device_check(first_id), 4);
	taken((struct sectioned){0}, device_check(second_id), 4);
	/* and tells which one it is */
	denied(device_check(strange_id), 4, ERR_CONDITION, SUIT_PAR_DEVICE);
	ports.device_ids = (struct list){BYTES_NONE, 0};
	denied(device_check(first_id), 4, ERR_CONDITION, 0);
	/* a device that has no answers refuses the question */
	ports.answers = NULL;
	denied(device_check(first_id), 4, ERR_CANNOT, 0);
}

/* ---- which version -------------------------------------------------------
 */

#define VERSION_IS(comparison, major, minor)                                   \
	20, 0xa1, 0x18, SUIT_PAR_VERSION, 0x45, 0x82, comparison, 0x82, major, \
	    minor, 0x18, SUIT_CMD_VERSION, 15

static void
installed_version(void **state)
{
	const struct bytes at_least = RAW(VERSION_IS(2, 1, 2));
	struct sectioned o = {.version = RAW(0x43, 0x82, 1, 2)};

	(void)state;
	/* nothing there, something without a version, an older one */
	denied(at_least, 4, ERR_NOT_INSTALLED, 0);
	taken((struct sectioned){0}, BYTES_NONE, 0);
	denied(at_least, 4, ERR_CONDITION, 0);
	o.version = RAW(0x43, 0x82, 1, 1);
	taken(o, BYTES_NONE, 0);
	denied(at_least, 4, ERR_CONDITION, SUIT_PAR_VERSION);
	/* and the same; both ways to write it */
	o.version = RAW(0x43, 0x82, 1, 2);
	taken(o, BYTES_NONE, 0);
	device_restart();
	taken(o, at_least, 4);
	o.version = RAW(0x83, 1, 3, 0);
	taken(o, BYTES_NONE, 0);
	taken(o, at_least, 4);
	denied(RAW(VERSION_IS(5, 1, 3)), 4, ERR_CONDITION, SUIT_PAR_VERSION);
	/* one that is none compares to nothing */
	o.version = RAW(0x43, 0x82, 0x20, 2);
	taken(o, BYTES_NONE, 0);
	denied(at_least, 4, ERR_CONDITION, 0);
}

/* What was written a moment ago is of the manifest that wrote it. */
static void
written_version(void **state)
{
	struct sectioned o = {.version = RAW(0x43, 0x82, 1, 1)};

	(void)state;
	taken(o, BYTES_NONE, 0);
	o.version = RAW(0x43, 0x82, 2, 0);
	taken(o,
	    RAW(VERSION_IS(3, 1, 1), 20, 0xa1, 18, 0x41, 'y', 18, 2,
		VERSION_IS(3, 2, 0)),
	    12);
}

/* Another blob under the envelope's name is nobody's version. */
static void
changed_on_disk(void **state)
{
	struct sectioned o = {.version = RAW(0x43, 0x82, 1, 2)};
	struct link_frame f;

	(void)state;
	taken(o, BYTES_NONE, 0);
	for (size_t i = 0; i < disk.n_blobs; i++)
		if (disk.blob[i].n > 50 && disk.blob[i].p[0] == 0xa2)
			disk.blob[i].p[disk.blob[i].n - 1] ^= 1;
	f = offer(o, RAW(VERSION_IS(2, 1, 2)), 4);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_STORE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(this_device),
	    T(installed_version),
	    T(written_version),
	    T(changed_on_disk),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
