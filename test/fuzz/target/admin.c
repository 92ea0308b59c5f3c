/* admin: requests of the admin API, each after a form feed of its own. */
#include "mhd.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char text[16384 + 1];
	struct MHD_Connection c;
	char *at = text, *end;

	if (n > sizeof(text) - 1)
		return 0;
	if (n > 0)
		memcpy(text, p, n);
	fuzz_admin_clear();
	for (size_t left = n; at < text + n; left = (size_t)(text + n - at)) {
		end = memchr(at, '\f', left);
		end = end == NULL ? text + n : end;
		*end = 0;
		fuzz_request(at, (size_t)(end - at), &c);
		fuzz_admin(&c);
		at = end + 1;
	}
	return 0;
}
