/*
 * cbor_depth: arrays, maps and tags within each other: as many as the build
 * says, and not one more.  Built as for a server and as for a microcontroller.
 *                                                        [design section 6]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <tamarind/cbor.h>

#ifndef DEPTH_WANTED
#define DEPTH_WANTED 16
#endif

static void
bound(void **state)
{
	/* [x], {0: x}, tag 1 of x; the last is empty */
	static const struct {
		const char *open;
		size_t n;
		uint8_t last;
	} kinds[] = {
	    {"\x81", 1, 0x80}, {"\xa1\x00", 2, 0xa0}, {"\xc1", 1, 0x80}};

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		for (size_t levels = 1; levels <= DEPTH_WANTED + 1; levels++) {
			uint8_t b[2 * DEPTH_WANTED + 4];
			size_t n = 0, at;

			for (size_t i = 1; i < levels; i++) {
				memcpy(b + n, kinds[k].open, kinds[k].n);
				n += kinds[k].n;
			}
			b[n++] = kinds[k].last;
			assert_int_equal(cbor_check((struct bytes){b, n}, &at),
			    levels <= DEPTH_WANTED ? OK : ERR_DEPTH);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(bound)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
