/*
 * bytes: compare views, and wipe memory.
 *
 * An empty view may have a null pointer, which memcmp does not accept even
 * for no octets: hence the tests for zero.
 */
#include <string.h>
#include <tamarind/base.h>

bool
bytes_same(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
bytes_same_ct(struct bytes a, struct bytes b)
{
	unsigned diff = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		diff |= (unsigned)(a.p[i] ^ b.p[i]);
		/* Hide diff, or the compiler may leave the loop early. */
		__asm__ volatile("" : "+r"(diff));
	}
	return diff == 0;
}

int
bytes_order(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c != 0)
		return c;
	return (a.n > b.n) - (a.n < b.n);
}

bool
bytes_prefix(struct bytes a, struct bytes prefix)
{
	return a.n >= prefix.n &&
	       bytes_same((struct bytes){a.p, prefix.n}, prefix);
}

void
wipe(void *p, size_t n)
{
	if (n == 0)
		return;
	memset(p, 0, n);
	/* As far as the compiler knows, this reads the octets: the memset has
	 * to stay, even where wipe is inlined and *p is dead afterwards. */
	__asm__ volatile("" : : "r"(p) : "memory");
}
