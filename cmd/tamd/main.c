/*
 * tamd: options and commands.
 */
#include "courier.h"
#include "parts.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: tamd COMMAND [options]\n"
    "\n"
    "  init          make keys, databases and a configuration\n"
    "  run           serve until SIGTERM\n"
    "  dialect NAME  make keys and an endpoint for peers of another dialect\n"
    "  verifier [KID]  ask the Verifier of tamd.ini for its key; with the id\n"
    "                that it is to have, believe it from the next start on\n"
    "\n"
    "  -d, --dir DIR         where all of it stands\n"
    "  -c, --config FILE     settings (run; default DIR/tamd.ini)\n"
    "      --listen A:PORT   where devices connect; port 0: a free one\n"
    "      --public-uri URI  the TAM URI as devices know it (init)\n"
    "      --like DIALECT    legacy (the default here) or default (dialect)\n"
    "      --path PATH       of the dialect's TAM URI (dialect)\n"
    "      --json            print the new keys' ids as JSON (init, dialect)\n"
    "  -h, --help            this text\n"
    "      --version         the version\n"
    "\n"
    "See tamd(8) for the settings and the files.\n";

struct options {
	struct source from;
	const char *public_uri, *like, *path;
	bool json;
};

static int
command_init(const struct options *o)
{
	struct settings s;

	if (o->from.dir == NULL)
		die_usage(TAMD, "init needs --dir");
	if (o->from.config != NULL)
		die_usage(TAMD, "init writes its own configuration");
	source_read(&o->from, &s);
	if (o->public_uri != NULL) {
		if (strpbrk(o->public_uri, "\r\n") != NULL ||
		    !text_set(
			s.public_uri, sizeof(s.public_uri), o->public_uri))
			die_usage(TAMD, "--public-uri is not a URI");
	}
	return init_main(&s, o->json);
}

static int
command_dialect(const struct options *o, const char *name)
{
	static struct settings s;

	if (o->from.dir == NULL)
		die_usage(TAMD, "dialect needs --dir");
	source_read(&o->from, &s);
	return dialect_main(
	    &s, name, o->like != NULL ? o->like : "legacy", o->path, o->json);
}

static int
command_verifier(const struct options *o, int argc, char **argv)
{
	static struct settings s;

	if (o->from.dir == NULL || argc > 1)
		die_usage(TAMD, "verifier needs --dir, and at most a key id");
	source_read(&o->from, &s);
	return verifier_main(&s, argc > 0 ? argv[0] : NULL);
}

static int
command_run(const struct options *o)
{
	if (o->public_uri != NULL || o->json)
		die_usage(TAMD, "--public-uri and --json belong to init");
	return supervise(&o->from);
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"dir", required_argument, NULL, 'd'},
	    {"config", required_argument, NULL, 'c'},
	    {"listen", required_argument, NULL, 'l'},
	    {"public-uri", required_argument, NULL, 'u'},
	    {"like", required_argument, NULL, 'k'},
	    {"path", required_argument, NULL, 'p'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	struct options o = {0};
	int opt;

	opterr = 0; /* one line, and ours */
	while ((opt = getopt_long(argc, argv, "d:c:h", longs, NULL)) != -1) {
		switch (opt) {
		case 'd':
			o.from.dir = optarg;
			break;
		case 'c':
			o.from.config = optarg;
			break;
		case 'l':
			o.from.listen = optarg;
			break;
		case 'u':
			o.public_uri = optarg;
			break;
		case 'k':
			o.like = optarg;
			break;
		case 'p':
			o.path = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		case 'V':
			(void)puts(TAMD " " TAMD_VERSION);
			return EXIT_DONE;
		default:
			die_usage(TAMD,
			    "'%s' is not an option, or lacks its value",
			    argv[optind - 1]);
		}
	}
	if (optind == argc)
		die_usage(TAMD, "a command is missing");
	if (strcmp(argv[optind], "dialect") == 0) {
		if (optind + 2 != argc)
			die_usage(TAMD, "dialect takes a name");
		return command_dialect(&o, argv[optind + 1]);
	}
	if (o.like != NULL || o.path != NULL)
		die_usage(TAMD, "--like and --path belong to dialect");
	if (strcmp(argv[optind], "verifier") == 0)
		return command_verifier(
		    &o, argc - optind - 1, argv + optind + 1);
	if (optind + 1 != argc)
		die_usage(TAMD, "'%s' is one word too many", argv[optind + 1]);
	if (strcmp(argv[optind], "init") == 0)
		return command_init(&o);
	if (strcmp(argv[optind], "run") == 0)
		return command_run(&o);
	die_usage(TAMD, "'%s' is not a command", argv[optind]);
}
