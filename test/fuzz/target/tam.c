/* tam: one message from an agent, verified, appraised and answered. */
#include "world.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct arena *mem;
	const struct tam *t = server_start(&mem);
	static struct tam_reply reply;
	struct cose_signed s;
	struct why why;
	enum err e = tam_message(t, 100, (struct bytes){p, n}, mem, &reply);

	HOLDS(e == OK || err_class(e) >= CLASS_ROOM);
	HOLDS(err_class(e) != CLASS_BUG);
	HOLDS(reply.n_effects <= TAM_EFFECTS_MAX);
	HOLDS(reply.message.n == 0 ||
	      cose_signed_read(
		  reply.message, ACCEPT_SIGN1 | ACCEPT_SIGN, &s, &why) == OK);
	return 0;
}
