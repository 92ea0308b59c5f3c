/*
 * noheap: there is none.  The crypto library names these two before its own
 * memory is lent to it; nothing else does.
 */
#include <stdlib.h>

void *
calloc(size_t n, size_t size)
{
	(void)n;
	(void)size;
	return NULL;
}

void
free(void *p)
{
	(void)p;
}
