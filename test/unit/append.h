/*
 * append: text that a test puts together.  One that does not fit fails it.
 */
#ifndef TEST_APPEND_H
#define TEST_APPEND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Behind what room holds, of n octets with its NUL.  Answers room. */
static inline __attribute__((format(printf, 3, 4))) char *
append(char *room, size_t n, const char *format, ...)
{
	size_t at = strnlen(room, n);
	va_list ap;
	int more;

	assert_true(at < n);
	va_start(ap, format);
	more = vsnprintf(room + at, n - at, format, ap);
	va_end(ap);
	assert_true(more >= 0 && (size_t)more < n - at);
	return room;
}

#endif
