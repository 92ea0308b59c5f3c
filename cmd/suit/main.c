/*
 * main: the table of subcommands.
 *
 * Everything is done in one process with the caller's rights: what is read
 * is a file of the caller's, and the envelope parser is the device's own.
 */
#include "suit.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *line;
} commands[] = {
    {"create", cmd_create, "write a manifest, from a recipe or options"},
    {"recipe", cmd_recipe, "turn an envelope back into a recipe"},
    {"remove", cmd_remove, "write the manifest that uninstalls components"},
    {"sever", cmd_sever, "take members and payloads out of an envelope"},
    {"attach", cmd_attach, "put a member or payload into an envelope"},
    {"extract", cmd_extract, "write a member or payload to a file"},
    {"sign", cmd_sign, "add a signature to an envelope"},
    {"encrypt", cmd_encrypt, "encrypt a payload for devices"},
    {"verify", cmd_verify, "check signatures and structure as a device does"},
    {"explain", cmd_explain, "say in sentences what a manifest will do"},
    {"lint", cmd_lint, "look for mistakes that verify but hurt"},
    {"diff", cmd_diff, "say in words what a second manifest changes"},
    {"run", cmd_run, "rehearse a manifest on a described device"},
    {"replay", cmd_replay, "hold a report against its manifest"},
    {"show", cmd_show, "print an envelope in diagnostic notation"},
};

static void
help(void)
{
	(void)printf(
	    "usage: suit COMMAND [OPTIONS]\n\n"
	    "Author, sign, check, explain and rehearse SUIT manifests.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		(void)printf("  %-8s %s\n", commands[i].name, commands[i].line);
	(void)printf("\n"
		     "From a binary to a manifest that can be trusted, with a "
		     "key that\n"
		     "'teep key new --alg esp256 -o KEY.pem --public KEY.pub' "
		     "or openssl made:\n\n"
		     "  suit create --component ta/hello --payload FILE "
		     "--sequence 1 \\\n"
		     "      --vendor example.com --class board-1 --key KEY.pem "
		     "-o hello.suit\n"
		     "  suit explain --key KEY.pub hello.suit\n"
		     "  suit lint hello.suit\n\n"
		     "suit COMMAND --help says more, suit(1) everything;\n"
		     "suit --version the version.\n");
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {0},
	};
	int o;

	/* + : options after the subcommand are its own */
	opterr = 0;
	while ((o = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
		switch (o) {
		case 'h':
			help();
			return EXIT_DONE;
		case 'V':
			(void)printf("suit %s\n", TAMARIND_VERSION);
			return EXIT_DONE;
		default:
			die_usage(PROG, "unknown option %s", argv[optind - 1]);
		}
	}
	if (optind == argc)
		die_usage(PROG, "a command is missing");
	argc -= optind;
	argv += optind;
	optind = 0; /* begin again, with options after operands too */
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return commands[i].run(argc, argv);
	die_usage(PROG, "unknown command %s", argv[0]);
}
