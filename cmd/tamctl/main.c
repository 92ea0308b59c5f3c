/*
 * tamctl: options.
 */
#include "tamctl.h"

#include <curl/curl.h>
#include <getopt.h>
#include <stdlib.h>

static const char usage[] =
    "usage: tamctl [--socket PATH] COMMAND\n"
    "\n"
    "  device add NAME --key FILE [--dialect NAME]\n"
    "                                   know a device by its TEEP public key\n"
    "  device add NAME --certificate FILE\n"
    "                                   or its certificates: they lead to an "
    "anchor\n"
    "                                   for agents\n"
    "  device certify NAME --certificate FILE\n"
    "                                   new ones of the same key\n"
    "  device list | show NAME | remove NAME\n"
    "  device evidence NAME -o FILE     its last Evidence with payload keys, "
    "as "
    "it\n"
    "                                   was signed: for suit encrypt --to\n"
    "  group list | join GROUP DEVICE | leave GROUP DEVICE\n"
    "  anchor add NAME --key FILE --for KINDS [--vendor V] [--class HEX]\n"
    "                                   trust a key to state KINDS: "
    "reference,\n"
    "                                   endorsed, attest-key, manifests; "
    "results;\n"
    "                                   an issuer, agents, too\n"
    "  anchor add NAME --certificate FILE --for KINDS ...\n"
    "                                   or an issuer of signers' "
    "certificates\n"
    "  anchor crl NAME FILE             what that issuer has revoked\n"
    "  anchor import NAME FILE          those of a concise TA store "
    "(CoTS)\n"
    "  anchor list | remove NAME\n"
    "  corim add FILE | list | remove ID\n"
    "  component add FILE               store a signed manifest\n"
    "  component list | show DIGEST | remove DIGEST\n"
    "  assign GROUP COMPONENT [--pin DIGEST]\n"
    "                                   GROUP 'all' is every device\n"
    "  unassign GROUP COMPONENT | assignments\n"
    "  repair add GROUP CAUSE COMPONENT [--pin DIGEST]\n"
    "                                   what a device gets that fails for "
    "CAUSE,\n"
    "                                   the name of a measurement\n"
    "  repair list | remove GROUP CAUSE COMPONENT\n"
    "  grant DEVICE COMPONENT | ungrant DEVICE COMPONENT | grants\n"
    "\n"
    "  -s, --socket PATH  tamd's admin socket (TAMCTL_SOCKET)\n"
    "      --json         print answers as JSON\n"
    "  -h, --help         this text\n"
    "      --version      the version\n"
    "\n"
    "DIGEST may be its beginning.  See tamctl(1).\n";

/* The words of a command in one line; what is wrong with it begins so. */
static char *
in_words(int n, char **word)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	for (int i = 0; f != NULL && i < n; i++) {
		if (i > 0)
			(void)fputc(' ', f);
		safe_put(f, bytes_of_text(word[i]));
	}
	if (f == NULL || fclose(f) != 0)
		die(TAMCTL, EXIT_REFUSED, "out of memory");
	return out;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"socket", required_argument, NULL, 's'},
	    {"key", required_argument, NULL, 'k'},
	    {"certificate", required_argument, NULL, 'C'},
	    {"for", required_argument, NULL, 'f'},
	    {"vendor", required_argument, NULL, 'v'},
	    {"class", required_argument, NULL, 'c'},
	    {"pin", required_argument, NULL, 'p'},
	    {"dialect", required_argument, NULL, 'd'},
	    {"output", required_argument, NULL, 'o'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	struct options o = {.socket = getenv("TAMCTL_SOCKET")};
	char *asked;
	int opt, status;

	if (o.socket == NULL)
		o.socket = "/var/lib/tamarind/tamd/run/admin.sock";
	opterr = 0; /* one line, and ours */
	while ((opt = getopt_long(argc, argv, "s:o:h", longs, NULL)) != -1) {
		switch (opt) {
		case 's':
			o.socket = optarg;
			break;
		case 'k':
			o.key = optarg;
			break;
		case 'C':
			o.certificate = optarg;
			break;
		case 'f':
			o.kinds = optarg;
			break;
		case 'v':
			o.vendor = optarg;
			break;
		case 'c':
			o.class_id = optarg;
			break;
		case 'd':
			o.dialect = optarg;
			break;
		case 'p':
			o.pin = optarg;
			break;
		case 'o':
			o.output = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		case 'V':
			puts(TAMCTL " " TAMCTL_VERSION);
			return EXIT_DONE;
		default:
			die_usage(TAMCTL,
			    "'%s' is not an option, or lacks its value",
			    argv[optind - 1]);
		}
	}
	if (optind == argc)
		die_usage(TAMCTL, "a command is missing");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		die(TAMCTL, EXIT_REFUSED, "libcurl cannot start");
	o.asked = asked = in_words(argc - optind, argv + optind);
	status = command_run(&o, argc - optind, argv + optind);
	free(asked);
	curl_global_cleanup();
	return fflush(stdout) == 0 ? status : EXIT_REFUSED;
}
