/* keeper_client: a keeper that answers anything. */
#include "sock.h"
#include <keeper.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct bytes part = BYTES_LIT("to sign");
	const struct cose_key peer = fuzz_key(1);
	struct keeper_client c;
	uint8_t sig[SIG_LEN], z[32];
	enum err e;

	fuzz_says((struct bytes){p, n});
	e = keeper_client_open(&c, FUZZ_SOCK, KEEPER_KEYS, fuzz_crypto());
	if (e == OK) {
		e = c.teep[KEY_TEEP_ESP256].sign(
		    c.teep[KEY_TEEP_ESP256].ctx, &part, 1, sig);
		HOLDS(e == OK || err_class(e) == CLASS_PORT);
		e = c.agree.agree(c.agree.ctx, &peer, z);
		HOLDS(e == OK || err_class(e) == CLASS_PORT ||
		      err_class(e) <= CLASS_REFUSED);
	}
	keeper_client_close(&c);
	return 0;
}
