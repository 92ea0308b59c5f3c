/*
 * lib/corim measurement.c, values.c, match.c, environment.c: what a value may
 * be, and when what is there meets what is wanted, value by value.
 */
#include "rats_vectors.h"

#define SHA_A \
	"58200123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA_B \
	"58207123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static enum err
measurement(const char *hex, uint8_t *room, struct corim_measurement *m)
{
	return corim_measurement_read(octets(hex, room, 1024), m);
}

/* ---- what may be written ------------------------------------------------- */

/* {1: mval}, given as mval. */
static const struct {
	const char *hex;
	enum err e;
} values[] = {
    {"a0", ERR_RANGE},
    /* version */
    {"a100a10061"
     "76",
	OK},
    {"a100a2006176"
     "01194000",
	OK},
    {"a100a2006176"
     "016173",
	OK},
    {"a100a20061760140", ERR_TYPE},
    {"a100a2006176021940"
     "00",
	ERR_UNEXPECTED},
    {"a100a10060", ERR_RANGE},
    {"a100a0", ERR_MISSING},
    /* svn */
    {"a10105", OK},
    {"a101d9022805", OK},
    {"a101d9022905", OK},
    {"a10120", ERR_TYPE},
    {"a101d9022a05", ERR_TYPE},
    {"a101d902286135", ERR_TYPE},
    /* digests */
    {"a102818201" SHA_A, OK},
    {"a10281826773"
     "68612d323536" SHA_A,
	OK},
    {"a10282"
     "8201" SHA_A "8206"
     "4401020304",
	OK},
    {"a1028182636d6f6f4101", OK},
    {"a10280", ERR_RANGE},
    {"a10282"
     "8201" SHA_A "8201" SHA_A,
	ERR_DUPLICATE},
    {"a10282"
     "8201" SHA_A "82677368612d323536" SHA_B,
	ERR_DUPLICATE},
    {"a10282"
     "82636d6f6f4101"
     "82636d6f6f4102",
	ERR_DUPLICATE},
    {"a10281820144"
     "01020304",
	ERR_RANGE},
    {"a1028182636d6f6f40", ERR_RANGE},
    {"a102818301" SHA_A "00", ERR_RANGE},
    {"a1028100", ERR_TYPE},
    /* flags */
    {"a103a100f5", OK},
    {"a103ab00f501f402f403f404f405f406f407f408f409f40af4", OK},
    {"a103a118c8f5", OK},
    {"a103a0", ERR_RANGE},
    {"a103a10001", ERR_TYPE},
    /* raw value and mask */
    {"a104d902304112", OK},
    {"a104d902338242123442ff00", OK},
    {"a204d90230421234"
     "0542ff00",
	OK},
    {"a104d9023382421234"
     "41ff",
	ERR_RANGE},
    {"a204d90230421234"
     "0541ff",
	ERR_RANGE},
    {"a204d902338242123442ff000542ff00", ERR_UNEXPECTED},
    {"a10542ff00", ERR_MISSING},
    {"a104421234", ERR_TYPE},
    {"a104d9023040", ERR_RANGE},
    /* addresses */
    {"a10646010203040506", OK},
    {"a106480102030405060708", OK},
    {"a1064701020304050607", ERR_RANGE},
    {"a106450102030405", ERR_RANGE},
    {"a1074401020304", OK},
    {"a107d8344401020304", OK},
    {"a107d83650000102030405060708090a0b0c0d0e0f", OK},
    {"a107d8364401020304", ERR_RANGE},
    {"a107450102030405", ERR_RANGE},
    /* serial number, ueid, uuid, name */
    {"a1086173", OK},
    {"a10860", ERR_RANGE},
    {"a1094701020304050607", OK},
    {"a10946010203040506", ERR_RANGE},
    {"a10a50000102030405060708090a0b0c0d0e0f", OK},
    {"a10a4100", ERR_RANGE},
    {"a10b616e", OK},
    {"a10b05", ERR_TYPE},
    {"a10c6161", OK}, /* of some profile */
    /* keys */
    {"a10d81d9022a616b", OK},
    {"a10d82d9022a616b"
     "d9022f82064401020304",
	OK},
    {"a10d81d9022d82064401020304", OK},
    {"a10d81d9022e"
     "a10102",
	OK},
    {"a10d81d9022d820644010203", ERR_TRUNCATED},
    {"a10d80", ERR_RANGE},
    {"a10d81616b", ERR_UNEXPECTED},
    {"a10d81d902264701020304050607", ERR_UNEXPECTED},
    /* registers */
    {"a10ea100818201" SHA_A, OK},
    {"a10ea200818201" SHA_A "6172818201" SHA_A, OK},
    {"a10ea0", ERR_RANGE},
    {"a10ea120818201" SHA_A, ERR_TYPE},
    {"a10ea10080", ERR_RANGE},
    {"a10ea200818201" SHA_A "00818201" SHA_A, ERR_DUPLICATE},
    /* range */
    {"a10f20", OK},
    {"a10fd90234820105", OK},
    {"a10fd90234820505", OK},
    {"a10fd9023482f6f6", OK},
    {"a10fd90234820501", ERR_RANGE},
    {"a10fd902348105", ERR_RANGE},
    {"a10fd9023482f505", ERR_TYPE},
};

static void
each_value_has_its_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct corim_measurement m;
		uint8_t room[1024];
		char hex[2048];
		enum err e;

		(void)snprintf(hex, sizeof(hex), "a101%s", values[i].hex);
		e = measurement(hex, room, &m);
		if (e != values[i].e)
			fail_msg("%s: %s", values[i].hex, err_name(e));
		assert_int_equal(m.mval.has != 0 || m.mval.foreign, e == OK);
	}
}

static const struct {
	const char *hex;
	enum err e;
} elements[] = {
    {"a2006165"
     "01a10105",
	OK},
    {"a2000501a10105", OK},
    {"a200d82550000102030405060708090a0b0c0d0e0f01a10105", OK},
    {"a200d86f4155"
     "01a10105",
	OK},
    {"a20020"
     "01a10105",
	ERR_TYPE},
    {"a200d9023041"
     "5501a10105",
	ERR_UNEXPECTED},
    {"a2006001a10105", ERR_RANGE},
    {"a201a10105"
     "0281d9022a616b",
	OK},
    {"a201a101050280", ERR_RANGE},
    {"a201a1010502810"
     "0",
	ERR_UNEXPECTED},
    {"a201a101050300", ERR_UNEXPECTED},
    {"a1006165", ERR_MISSING},
    {"a0", ERR_MISSING},
    {"80", ERR_TYPE},
    {"", ERR_TRUNCATED},
};

static void
elements_and_their_authority(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
		struct corim_measurement m;
		uint8_t room[1024];
		enum err e = measurement(elements[i].hex, room, &m);

		if (e != elements[i].e)
			fail_msg("%s: %s", elements[i].hex, err_name(e));
	}
}

/* ---- what meets what ----------------------------------------------------- */

/* Wanted and found, as mval; the value that stands in the way, or NULL. */
static const struct {
	const char *want, *is, *differs;
} matches[] = {
    {"a100a1006176", "a100a1006176", NULL},
    {"a100a1006176", "a100a200617601194000", NULL},
    {"a100a1006176", "a100a1006177", "version"},
    {"a100a200617601194000", "a100a1006176", "version"},
    {"a100a200617601194000", "a100a20061760101", "version"},
    {"a100a1006176", "a10105", "version"},
    /* A number, or at least that number; an endorsed minimum is itself. */
    {"a10105", "a10105", NULL},
    {"a10105", "a101d9022805", NULL},
    {"a101d9022805", "a10105", NULL},
    {"a10105", "a10106", "svn"},
    {"a10105", "a10104", "svn"},
    {"a101d9022905", "a10105", NULL},
    {"a101d9022905", "a101d902281a00010000", NULL},
    {"a101d9022905", "a10104", "svn"},
    {"a101d9022905", "a101d9022905", NULL},
    {"a101d9022905", "a101d9022906", "svn"},
    {"a10105", "a101d9022905", "svn"},
    {"a101d9022805", "a101d9022905", "svn"},
    /* One in common, and all in common agree. */
    {"a102818201" SHA_A, "a102818201" SHA_A, NULL},
    {"a102818201" SHA_A,
	"a10281826773"
	"68612d323536" SHA_A,
	NULL},
    {"a102818201" SHA_A, "a102818201" SHA_B, "digests"},
    {"a102818201" SHA_A,
	"a10281820644"
	"01020304",
	"digests"},
    {"a1028282064401020304"
     "8201" SHA_A,
	"a102818201" SHA_A, NULL},
    {"a102818201" SHA_A,
	"a1028282064401020304"
	"8201" SHA_A,
	NULL},
    {"a1028282064401020304"
     "8201" SHA_A,
	"a1028282064401020305"
	"8201" SHA_A,
	"digests"},
    {"a1028282064401020304"
     "8201" SHA_B,
	"a1028282064401020304"
	"8201" SHA_A,
	"digests"},
    {"a1028182636d6f6f4101", "a1028182636d6f6f4101", NULL},
    {"a1028182636d6f6f4101", "a1028182636d6f6e4101", "digests"},
    {"a1028182636d6f6f4101", "a1028182636d6f6f420101", "digests"},
    /* Only the flags that are stated. */
    {"a103a100f5", "a103a100f5", NULL},
    {"a103a100f4", "a103a100f4", NULL},
    {"a103a100f5", "a103a200f501f5", NULL},
    {"a103a100f5", "a103a100f4", "flags"},
    {"a103a100f4", "a103a100f5", "flags"},
    {"a103a200f501f4", "a103a100f5", "flags"},
    {"a103a118c8f5", "a103a118c8f5", "flags"},
    {"a103a100f5", "a103a200f518c8f5", NULL},
    /* Only the bits that count. */
    {"a104d90230421234", "a104d90230421234", NULL},
    {"a104d90230421234", "a104d90230421235", "raw-value"},
    {"a104d90230421234", "a104d902304112", "raw-value"},
    {"a104d902338242123442ff00", "a104d90230421299", NULL},
    {"a104d902338242123442ff00", "a104d90230421334", "raw-value"},
    {"a104d902338242123442ff00", "a104d9023043123400", "raw-value"},
    {"a204d902304212340542ff00", "a104d90230421299", NULL},
    {"a204d902304212340542ff00", "a104d90230421399", "raw-value"},
    {"a204d902304212340542ff00", "a10105", "raw-value"},
    {"a104d90230421234", "a104d902338242123442ff00", "raw-value"},
    {"a104d90230421234", "a204d902304212340542ff00", "raw-value"},
    /* The same octets. */
    {"a10646010203040506", "a10646010203040506", NULL},
    {"a10646010203040506", "a10646010203040507", "mac-addr"},
    {"a1074401020304", "a1074401020304", NULL},
    {"a1074401020304", "a1074401020305", "ip-addr"},
    {"a1086173", "a1086173", NULL},
    {"a1086173", "a1086174", "serial-number"},
    {"a1094701020304050607", "a1094701020304050607", NULL},
    {"a1094701020304050607", "a1094701020304050608", "ueid"},
    {"a10a50000102030405060708090a0b0c0d0e0f",
	"a10a50000102030405060708090a0b0c0d0e0f", NULL},
    {"a10a50000102030405060708090a0b0c0d0e0f",
	"a10a50000102030405060708090a0b0c0d0e10", "uuid"},
    {"a10b616e", "a10b616e", NULL},
    {"a10b616e", "a10b616f", "name"},
    /* In order, each of them. */
    {"a10d81d9022a616b", "a10d81d9022a616b", NULL},
    {"a10d81d9022a616b", "a10d82d9022a616bd9022a616c", NULL},
    {"a10d81d9022a616c", "a10d82d9022a616bd9022a616c", "cryptokeys"},
    {"a10d82d9022a616bd9022a616c", "a10d81d9022a616b", "cryptokeys"},
    {"a10d81d9022a616b", "a10d81d9022b616b", "cryptokeys"},
    /* Each register that is wanted. */
    {"a10ea100818201" SHA_A, "a10ea200818201" SHA_A "01818201" SHA_B, NULL},
    {"a10ea101818201" SHA_A, "a10ea200818201" SHA_A "01818201" SHA_B,
	"integrity-registers"},
    {"a10ea102818201" SHA_A, "a10ea200818201" SHA_A "01818201" SHA_B,
	"integrity-registers"},
    {"a10ea1613081"
     "8201" SHA_A,
	"a10ea100818201" SHA_A, "integrity-registers"},
    {"a10ea200818201" SHA_A "01818201" SHA_A, "a10ea100818201" SHA_A,
	"integrity-registers"},
    /* A number, or a range that holds all of it. */
    {"a10f05", "a10f05", NULL},
    {"a10f05", "a10f06", "int-range"},
    {"a10f05", "a10fd90234820505", NULL},
    {"a10f05", "a10fd90234820506", "int-range"},
    {"a10fd90234820105", "a10f05", NULL},
    {"a10fd90234820105", "a10f01", NULL},
    {"a10fd90234820105", "a10f00", "int-range"},
    {"a10fd90234820105", "a10f06", "int-range"},
    {"a10fd902348201f6", "a10f1b7fffffffffffffff", NULL},
    {"a10fd9023482f620", "a10f20", NULL},
    {"a10fd9023482f620", "a10f00", "int-range"},
    {"a10fd90234820105", "a10fd90234820204", NULL},
    {"a10fd90234820105", "a10fd902348202f6", "int-range"},
    {"a10fd90234820105", "a10fd90234820206", "int-range"},
    {"a10fd9023482f6f6", "a10fd9023482f6f6", NULL},
    /* All that is wanted, and perhaps more. */
    {"a10105", "a201050b616e", NULL},
    {"a201050b616e", "a10105", "name"},
    {"a20105"
     "0b616e",
	"a201060b616e", "svn"},
    /* What no row compares is not met. */
    {"a10c6161", "a10c6161", "measurement of a profile"},
    {"a201050c6161", "a201050c6161", "measurement of a profile"},
    {"a10105", "a201050c6161", NULL},
};

static void
each_value_is_compared(void **state)
{
	size_t met = 0, unmet = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
		struct corim_measurement want, is;
		uint8_t a[1024], b[1024];
		struct why why = {0};
		char hex[2048];
		enum err e, read;

		(void)snprintf(hex, sizeof(hex), "a101%s", matches[i].want);
		read = measurement(hex, a, &want);
		(void)snprintf(hex, sizeof(hex), "a101%s", matches[i].is);
		if (read == OK)
			read = measurement(hex, b, &is);
		assert_int_equal(read, OK);
		e = corim_mval_meets(&want.mval, &is.mval, &why);
		if ((e == OK) != (matches[i].differs == NULL))
			fail_msg("%s and %s: %s", matches[i].want,
			    matches[i].is, err_name(e));
		if (e == OK) {
			met++;
			continue;
		}
		assert_int_equal(e, ERR_MEASUREMENT);
		assert_string_equal(why.what, matches[i].differs);
		unmet++;
	}
	print_message("%zu met, %zu not\n", met, unmet);
	assert_true(met >= 30 && unmet >= 40);
}

/* Nothing at all is no condition that everything meets. */
static void
nothing_is_no_condition(void **state)
{
	struct corim_measurement is;
	struct corim_mval none = {0};
	uint8_t room[64];
	struct why why;

	(void)state;
	assert_int_equal(measurement("a101a10105", room, &is), OK);
	assert_int_equal(
	    corim_mval_meets(&none, &is.mval, &why), ERR_MEASUREMENT);
	for (int v = 0; v < MVAL_VALUES; v++)
		assert_string_not_equal(
		    corim_value_name((enum corim_value)v), "measurement");
	assert_string_equal(corim_value_name(MVAL_VALUES), "measurement");
}

/* ---- environments -------------------------------------------------------- */

#define FULL                          \
	"a300a500d902304163016176026" \
	"16d03010402"                 \
	"01d902264701020304050607"    \
	"02d902304167"

static const struct {
	const char *want, *differs;
} environments[] = {
    {FULL, NULL},
    {"a100a100d902304163", NULL},
    {"a100a1016176", NULL},
    {"a100a20161760261"
     "6d",
	NULL},
    {"a100a10301", NULL},
    {"a100a10402", NULL},
    {"a101d902264701020304050607", NULL},
    {"a102d902304167", NULL},
    {"a100a100d902304164", "class-id"},
    {"a100a100d86f4163", "class-id"},
    {"a100a1016177", "vendor"},
    {"a100a2016176026"
     "16e",
	"model"},
    {"a100a10300", "layer"},
    {"a100a10400", "index"},
    {"a101d902264701020304050608", "instance"},
    {"a101d902304701020304050607", "instance"},
    {"a102d902304168", "group"},
};

static void
environments_are_contained(void **state)
{
	struct corim_environment full, want, less;
	uint8_t a[256], b[256];

	(void)state;
	assert_int_equal(
	    corim_environment_read(octets(FULL, a, sizeof(a)), &full), OK);
	for (size_t i = 0; i < ARRAY_LEN(environments); i++) {
		struct why why = {0};
		enum err e;

		assert_int_equal(
		    corim_environment_read(
			octets(environments[i].want, b, sizeof(b)), &want),
		    OK);
		e = corim_environment_meets(&want, &full, &why);
		if ((e == OK) != (environments[i].differs == NULL))
			fail_msg("%s: %s", environments[i].want, err_name(e));
		if (e == OK)
			continue;
		assert_int_equal(e, ERR_NO_REFERENCE);
		assert_string_equal(why.what, environments[i].differs);
		assert_int_equal(why.kind, WHY_CBOR);
		assert_true(why.expected.n > 0 && why.found.n > 0);
	}
	/* What is not there is not met. */
	assert_int_equal(
	    corim_environment_read(octets("a100a1016176", b, sizeof(b)), &less),
	    OK);
	assert_int_equal(
	    corim_environment_meets(&full, &less, NULL), ERR_NO_REFERENCE);
}

/* ---- authority ----------------------------------------------------------- */

static struct list
keys(const char *hex, size_t n, uint8_t *room)
{
	return (struct list){octets(hex, room, 256), n};
}

static void
authority_is_contained(void **state)
{
	uint8_t a[256], b[256];
	struct list two = keys("d9022a616bd9022b616c", 2, a);
	struct list none = {BYTES_NONE, 0};

	(void)state;
	assert_true(corim_authority_meets(none, two));
	assert_true(corim_authority_meets(none, none));
	assert_true(corim_authority_meets(two, two));
	assert_true(
	    corim_authority_meets(keys("d9022b616cd9022a616b", 2, b), two));
	assert_true(corim_authority_meets(keys("d9022b616c", 1, b), two));
	assert_false(corim_authority_meets(two, none));
	assert_false(corim_authority_meets(two, keys("d9022a616b", 1, b)));
	/* The same octets under another tag are another key. */
	assert_false(corim_authority_meets(keys("d9022b616b", 1, b), two));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_value_has_its_bounds),
	    cmocka_unit_test(elements_and_their_authority),
	    cmocka_unit_test(each_value_is_compared),
	    cmocka_unit_test(nothing_is_no_condition),
	    cmocka_unit_test(environments_are_contained),
	    cmocka_unit_test(authority_is_contained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
