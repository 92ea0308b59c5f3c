/* file_store: a record on disk, its seal as it is and then believed. */
#include "disk.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct file_store s;
	static uint8_t room[AGENT_STATE_MAX];
	static const uint8_t key[FILE_STORE_KEY];
	struct agent_store store;
	struct bytes out;

	disk_holds((struct bytes){p, n});
	for (int believed = 0; believed < 2; believed++) {
		const struct crypto *c = fuzz_crypto();

		c = believed != 0 ? c : crypto_openssl();
		HOLDS(file_store_open(&s, c, &disk_ops, 3, key) == OK);
		file_store_port(&s, &store);
		if (store.load(store.ctx, SPAN_OF(room), &out) == OK)
			HOLDS(believed != 0 && out.n < n);
		else
			HOLDS(out.n == 0);
		file_store_close(&s);
	}
	return 0;
}
