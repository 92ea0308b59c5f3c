/* agentd_ini: the launcher's settings: every process a user of its own. */
#include "ends.h"
#include <agentd.h>

static int
load(struct bytes in)
{
	static const char *const argv[] = {
	    PROG, "--config", FUZZ_INPUT, "run", NULL};
	struct options o;

	(void)in;
	options_read(4, (char **)(uintptr_t)argv, &o);
	HOLDS(o.state != NULL && o.socket != NULL);
	HOLDS(o.uid.launcher != o.uid.agent && o.uid.agent != o.uid.broker);
	HOLDS(o.uid.launcher != 0 && o.uid.agent != 0 && o.uid.apps != 0);
	return 0;
}

static int
begin(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return load(BYTES_NONE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const argv[] = {PROG, NULL};

	(void)fuzz_command(begin, argv, (struct bytes){p, n});
	return 0;
}
