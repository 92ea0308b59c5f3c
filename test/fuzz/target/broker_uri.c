/* broker_uri: two URIs, a NUL between them: is one under the other? */
#include "fuzz.h"
#include <broker.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char text[4096 + 1];
	struct origin a, b;
	const char *second = text;

	if (n >= sizeof(text))
		return 0;
	if (n > 0)
		memcpy(text, p, n);
	text[n] = 0;
	if (strlen(text) < n)
		second += strlen(text) + 1;
	if (origin_read(text, &a) != OK)
		HOLDS(a.scheme == NULL && a.host == NULL && a.path == NULL);
	else if (origin_read(second, &b) == OK) {
		if (origin_covers(&a, &b))
			HOLDS(a.port == b.port && strcmp(a.host, b.host) == 0 &&
			      strcmp(a.scheme, b.scheme) == 0);
		origin_free(&b);
	}
	origin_free(&a);
	return 0;
}
