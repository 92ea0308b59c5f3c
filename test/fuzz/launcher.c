/*
 * launcher: what stands around one request of an agent.
 */
#include "launcher.h"

#include <fcntl.h>

struct launcher *
launcher_start(void)
{
	static uint8_t room[CHANNEL_MAX], scratch[3 * AGENT_STATE_MAX];
	static struct launcher l;

	l = (struct launcher){
	    .crypto = fuzz_crypto(),
	    .state = {.evidence = fuzz_signer(7), .evidence_key = fuzz_key(7)},
	    .room = SPAN_OF(room),
	    .scratch = SPAN_OF(scratch),
	    .throttle = throttle_full(),
	};
	l.state.device.ueid = BYTES_LIT("\x01"
					"0123456789abcdef");
	l.state.device.oemid = BYTES_LIT("oem");
	l.state.device.hwmodel = BYTES_LIT("model");
	l.state.device.hwversion = BYTES_LIT("1");
	return &l;
}

/* An application is started only with an image and a name. */
enum err
app_start(struct launcher *l, const struct channel_frame *f, int image,
    uint64_t *slot, int *fd, struct why *why)
{
	HOLDS(l != NULL && f->component.n > 0 && f->sha256.n == DIGEST_LEN);
	if (image < 0)
		return why_set(why, ERR_INVOKE, "image");
	*slot = f->size % APP_INSTANCES;
	*fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return *fd >= 0 ? OK : ERR_SYSTEM;
}

void
app_stop(struct launcher *l, uint64_t slot)
{
	HOLDS(l != NULL && slot < APP_INSTANCES);
}
