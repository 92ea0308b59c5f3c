/*
 * What went wrong last, in words for people: which URI, which socket, what the
 * system said.  The reason's name alone does not tell an operator where to
 * look.  A broker does one thing at a time, so there is one.
 */
#include "broker.h"

#include <stdarg.h>

static char text[TROUBLE_TEXT];

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
