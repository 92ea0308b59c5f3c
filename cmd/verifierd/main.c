/*
 * verifierd: options and commands.
 */
#include "verifierd.h"

#include <getopt.h>
#include <settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: verifierd --dev DIR [--listen ADDR:PORT]\n"
    "       verifierd COMMAND --dir DIR [options]\n"
    "\n"
    "  init            make a key, a database and a configuration\n"
    "  run             serve until SIGTERM\n"
    "  anchor add NAME KEY KINDS [VENDOR [CLASS]]\n"
    "                  whose CoRIMs are taken: KEY is a public key or\n"
    "                  certificate file, KINDS reference, endorsed,\n"
    "                  attest-key, or some of them with commas between\n"
    "  anchor list     who they are\n"
    "  anchor remove NAME\n"
    "                  what it has said goes with it\n"
    "  anchor crl NAME FILE\n"
    "                  what that issuer has revoked, DER\n"
    "  anchor import NAME FILE\n"
    "                  anchors out of a CoRIM with trust anchor stores\n"
    "  corim add FILE  a signed CoRIM\n"
    "  corim list      what was said: id, signer, keys, statements\n"
    "  corim withdraw ID\n"
    "  policy try FILE which known devices would get another verdict by these\n"
    "                  rules\n"
    "  policy set FILE the same, and put them in force\n"
    "  policy list     all versions\n"
    "  policy show [VERSION]\n"
    "\n"
    "      --dev DIR         init where nothing is there yet, and run\n"
    "  -d, --dir DIR         where all of it stands\n"
    "  -c, --config FILE     settings (default DIR/verifierd.ini)\n"
    "      --listen A:PORT   where clients connect; port 0: a free one\n"
    "  -h, --help            this text\n"
    "      --version         the version\n"
    "\n"
    "See verifierd(8) for the settings and the API.\n";

struct options {
	const char *dir, *config, *listen;
	bool dev;
};

/* What the command line says stands above the rest. */
static void
settings_of(const struct options *o, struct settings *s)
{
	settings_default(s);
	setting_option(VERIFIERD, s->dir, sizeof(s->dir), o->dir, "dir");
	settings_load(s, o->config);
	setting_option(VERIFIERD, s->dir, sizeof(s->dir), o->dir, "dir");
	setting_option(
	    VERIFIERD, s->listen, sizeof(s->listen), o->listen, "listen");
	if (s->dir[0] == 0)
		die_usage(VERIFIERD, "--dir or --dev is missing");
}

static int
command(const struct options *o, int argc, char **argv)
{
	static struct settings s;

	settings_of(o, &s);
	if (o->dev) {
		if (argc != 0)
			die_usage(VERIFIERD, "--dev takes no command");
		if (init_main(&s) != EXIT_DONE)
			return EXIT_REFUSED;
		return supervise(&s);
	}
	if (argc == 0)
		die_usage(VERIFIERD, "a command is missing");
	if (argc == 1 && strcmp(argv[0], "init") == 0)
		return init_main(&s);
	if (argc == 1 && strcmp(argv[0], "run") == 0)
		return supervise(&s);
	if (strcmp(argv[0], "policy") == 0)
		return rules_main(&s, argc, argv);
	return trust_main(&s, argc, argv);
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"dev", required_argument, NULL, 'D'},
	    {"dir", required_argument, NULL, 'd'},
	    {"config", required_argument, NULL, 'c'},
	    {"listen", required_argument, NULL, 'l'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	struct options o = {0};
	int opt;

	opterr = 0; /* one line, and ours */
	while ((opt = getopt_long(argc, argv, "d:c:h", longs, NULL)) != -1) {
		switch (opt) {
		case 'D':
			o.dev = true;
			o.dir = optarg;
			break;
		case 'd':
			o.dir = optarg;
			break;
		case 'c':
			o.config = optarg;
			break;
		case 'l':
			o.listen = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		case 'V':
			(void)puts(VERIFIERD " " VERIFIERD_VERSION);
			return EXIT_DONE;
		default:
			die_usage(VERIFIERD,
			    "'%s' is not an option, or lacks its value",
			    argv[optind - 1]);
		}
	}
	return command(&o, argc - optind, argv + optind);
}
