/*
 * main: teep-agentd, the process TEE.
 */
#include "agentd.h"

#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

void
print_fault(const struct why *why, enum err e)
{
	if (e == ERR_SYSTEM && why->kind == WHY_UINT)
		(void)fprintf(stderr, "%s: %s: %s\n", PROG, why->what,
		    strerror((int)why->found_n));
	else if (e == ERR_CRYPTO && why->kind == WHY_UINT)
		(void)fprintf(stderr, "%s: %s: the TPM refuses (code 0x%llx)\n",
		    PROG, why->what, (unsigned long long)why->found_n);
	else
		(void)fprintf(stderr, "%s: %s: %s: %s\n", PROG,
		    why->what != NULL ? why->what : "failed", err_name(e),
		    err_text(e));
}

int
main(int argc, char **argv)
{
	struct options o;
	enum log_level level;

	/* What is measured is this file.  OpenSSL's settings, which an
	 * environment variable can name, could load others into it. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		die(PROG, EXIT_REFUSED, "OpenSSL does not start");
	options_read(argc, argv, &o);
	(void)setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	if (o.log_level != NULL) {
		if (log_level_read(o.log_level, &level) != OK)
			die_usage(PROG, "--log-level '%s'", o.log_level);
		log_set_level(level);
	}
	if (geteuid() != 0)
		die(PROG, EXIT_REFUSED,
		    "must be started by root: launcher, agent and each "
		    "application run as users of their own, which only root "
		    "can give them");
	switch (o.command) {
	case COMMAND_INIT:
		return (int)command_init(&o);
	case COMMAND_RUN:
		return (int)command_run(&o);
	case COMMAND_IDENTIFY:
		return (int)command_identify(&o);
	case COMMAND_ACTIVATE:
		return (int)command_activate(&o);
	}
	return (int)EXIT_USAGE;
}
