/*
 * What went wrong last, in words for people: which URI, which socket, what the
 * system said.  The reason's name alone does not tell an operator where to
 * look.  A thread does one thing at a time, so each has one.
 */
#include "fetch.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char text[TROUBLE_TEXT];

void
trouble_set(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
}

void
trouble_clear(void)
{
	text[0] = 0;
}

const char *
trouble(void)
{
	return text;
}
