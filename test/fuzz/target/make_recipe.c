/* Recipes of strangers: whatever they say, no file is opened. */
#include "fuzz.h"

#include <make.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct signer signer = fuzz_signer(1);
	static struct make m;
	struct bytes out = BYTES_NONE;

	if (n == 0)
		return 0;
	m = (struct make){.doc.now = 1800000000, .pretend = &signer};
	m.b = build_new(fuzz_crypto());
	if (make_load(&m, "recipe", (struct bytes){p + 1, n - 1}))
		out = make_thing(&m, doc_root(&m.doc), 1u << p[0] % 9, NULL);
	/* either something was made or it is said why not */
	HOLDS((out.n > 0) == (m.doc.message[0] == 0));
	make_free(&m);
	return 0;
}
