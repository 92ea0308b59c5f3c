/*
 * teep-broker: options and commands.
 */
#include "broker.h"

#include <cmdline.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/suit.h>

#define PROG    "teep-broker"
#define VERSION "0.1.0"

static const char usage[] =
    "usage: teep-broker [options] COMMAND\n"
    "\n"
    "  daemon                      relay between the agent and its TAMs\n"
    "  request COMPONENT [TAM-URI] ask the agent for a Trusted Component\n"
    "  unrequest COMPONENT         one dependent of it is gone\n"
    "  check                       RequestPolicyCheck now\n"
    "  recover URI                 let the recovery TAM there speak\n"
    "  call COMPONENT [DATA]       call an application; DATA, --file or stdin\n"
    "  status                      what is installed, and for whom\n"
    "  passport PARTY CHALLENGE    what a Verifier said of this device, for "
    "who\n"
    "                              calls itself PARTY and gave CHALLENGE "
    "(hex)\n"
    "\n"
    "  -c, --config FILE   settings (section [broker])\n"
    "      --control PATH  the daemon's socket\n"
    "      --agent PATH    the agent's socket (daemon)\n"
    "      --file FILE     data of a call from FILE\n"
    "      --json          print status as JSON\n"
    "  -h, --help          this text\n"
    "      --version       the version\n"
    "\n"
    "COMPONENT is written as a/b/c; see teep-broker(1).\n";

struct options {
	const char *config, *control, *agent, *file;
	bool json;
};

static struct bytes
component(const char *text, uint8_t room[SUIT_ID_MAX])
{
	struct bytes id;
	enum err e =
	    suit_id_from_text(text, (struct span){room, SUIT_ID_MAX}, &id);

	if (e != OK)
		die_usage(PROG, "'%s' is not a component identifier (%s)", text,
		    err_name(e));
	return id;
}

/* The data of a call: an argument, a file, or standard input. */
static void
call_data(struct link_frame *f, const struct options *o, const char *arg)
{
	const char *path = o->file != NULL ? o->file : "-";
	enum err e;

	f->has_body = true;
	if (arg != NULL) {
		f->body = bytes_of_text(arg);
		return;
	}
	e = read_file(path, LINK_CALL_MAX, &f->body);
	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
}

/* Who wants to see it, and that it is made now. */
static void
passport(struct link_frame *f, char **arg, uint8_t room[LINK_CHALLENGE_MAX])
{
	struct span challenge = {room, LINK_CHALLENGE_MAX};

	f->uri = bytes_of_text(arg[1]);
	f->has_uri = f->has_body = true;
	if (hex_read(arg[2], challenge, &f->body) != OK ||
	    f->body.n < LINK_CHALLENGE_MIN)
		die_usage(PROG,
		    "'%s' is not a challenge: %d to %d octets in "
		    "hex",
		    arg[2], LINK_CHALLENGE_MIN, LINK_CHALLENGE_MAX);
}

static int
command(const struct config *c, const struct options *o, char **arg)
{
	static const struct {
		const char *name;
		enum link_op op;
		int min, max;
	} row[] = {
	    {"request", LINK_REQUEST_TA, 1, 2},
	    {"unrequest", LINK_UNREQUEST_TA, 1, 1},
	    {"check", LINK_POLICY_CHECK, 0, 0},
	    {"recover", LINK_CONNECT, 1, 1},
	    {"call", LINK_CALL, 1, 2},
	    {"status", LINK_STATUS, 0, 0},
	    {"passport", LINK_PASSPORT, 2, 2},
	};
	uint8_t room[SUIT_ID_MAX];
	struct link_frame f = {0};
	int n = 0;

	while (arg[n + 1] != NULL)
		n++;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		if (strcmp(arg[0], row[i].name) != 0)
			continue;
		if (n < row[i].min || n > row[i].max)
			die_usage(PROG, "%s takes %d to %d arguments", arg[0],
			    row[i].min, row[i].max);
		f.op = row[i].op;
		if (f.op == LINK_CONNECT) {
			f.uri = bytes_of_text(arg[1]);
			f.has_uri = true;
		} else if (f.op == LINK_PASSPORT) {
			passport(&f, arg, room);
		} else if (row[i].min > 0) {
			f.component = component(arg[1], room);
		}
		if (f.op == LINK_REQUEST_TA && n == 2) {
			f.uri = bytes_of_text(arg[2]);
			f.has_uri = true;
		}
		if (f.op == LINK_CALL)
			call_data(&f, o, arg[2]);
		f.flag = true;
		n = control_command(c, arg[0], &f, o->json);
		if (f.op == LINK_CALL && arg[2] == NULL)
			release_bytes(&f.body);
		return n;
	}
	die_usage(PROG, "'%s' is not a command", arg[0]);
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"control", required_argument, NULL, 'C'},
	    {"agent", required_argument, NULL, 'A'},
	    {"file", required_argument, NULL, 'f'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	struct options o = {0};
	static struct config c; /* lives as long as the program */
	int opt;

	opterr = 0; /* one line, and ours */
	while ((opt = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		switch (opt) {
		case 'c':
			o.config = optarg;
			break;
		case 'C':
			o.control = optarg;
			break;
		case 'A':
			o.agent = optarg;
			break;
		case 'f':
			o.file = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		case 'V':
			puts(PROG " " VERSION);
			return EXIT_DONE;
		default:
			die_usage(PROG,
			    "'%s' is not an option, or lacks its value",
			    argv[optind - 1]);
		}
	}
	if (optind == argc)
		die_usage(PROG, "a command is missing");
	config_load(&c, o.config);
	if (o.control != NULL)
		config_path(&c.control, o.control);
	if (o.agent != NULL)
		config_path(&c.agent, o.agent);
	if (strcmp(argv[optind], "daemon") == 0)
		return daemon_run(&c);
	return command(&c, &o, argv + optind);
}
