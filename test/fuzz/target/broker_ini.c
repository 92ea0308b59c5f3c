/* broker_ini: the broker's settings. */
#include "ends.h"
#include <broker.h>

static struct config c;

static int
load(struct bytes in)
{
	(void)in;
	config_load(&c, FUZZ_INPUT);
	HOLDS(
	    c.rules.n_allow <= BROKER_RULES_MAX && c.n_map <= BROKER_RULES_MAX);
	HOLDS(c.control_mode <= 0777 && c.check_every > 0);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	(void)fuzz_program(load, (struct bytes){p, n});
	for (size_t i = 0; i < BROKER_RULES_MAX; i++) {
		origin_free(&c.rules.allow[i]);
		origin_free(&c.map[i].from);
		free(c.map[i].to);
	}
	free(c.agent);
	free(c.control);
	free(c.rules.ca_file);
	return 0;
}
