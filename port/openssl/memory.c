/*
 * memory: the library's memory, wiped whenever it is given back.
 *
 * OpenSSL wipes keys where it thinks of it; its decoders do not, and leave a
 * private key's octets on the heap for as long as nobody else asks for that
 * memory.  So nothing that it frees keeps its content.
 */
#include "openssl_int.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static void *
get(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void
put(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (p != NULL)
		wipe(p, malloc_usable_size(p));
	free(p);
}

/* Never in place: what is cut off or moved away from is to be wiped. */
static void *
move(void *p, size_t n, const char *file, int line)
{
	size_t had;
	void *q;

	if (p == NULL)
		return get(n, file, line);
	if (n == 0) {
		put(p, file, line);
		return NULL;
	}
	had = malloc_usable_size(p);
	q = malloc(n);
	if (q == NULL)
		return NULL;
	memcpy(q, p, had < n ? had : n);
	put(p, file, line);
	return q;
}

void
memory_wiped(void)
{
	/* Refused when the library has been used already: then what it was
	 * used for is not ours, and what it allocates stays as it is. */
	(void)CRYPTO_set_mem_functions(get, move, put);
}
