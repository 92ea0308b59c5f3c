/*
 * teep: look at, check and make TEEP messages and what belongs to them.
 */
#include "teep.h"

#include <stdlib.h>
#include <string.h>

#define VERSION "0.1.0"

static const struct command {
	const char *noun, *verb; /* verb NULL: the noun is the command */
	int (*run)(int argc, char **argv);
	const char *usage, *what;
} commands[] = {
    {"show", NULL, cmd_show,
	"[--as KIND] [--keys DIR] [--dialect D] [--full] [--json]\n"
	"                     FILE|-",
	"print any TEEP, COSE, SUIT, EAT, CoRIM or policy object"},
    {"check", NULL, cmd_check,
	"--as agent|tam --keys DIR [--strict-token] [--strict-keys]\n"
	"                      [--token HEX] [--challenge HEX]\n"
	"                      [--audience KEY] [--about KEY] [--time T]\n"
	"                      [--dialect D] [--json] FILE|-",
	"apply a receiver's rules to a message"},
    {"json", NULL, cmd_json, "[--as KIND] [--private] [-o FILE] FILE|-",
	"CBOR as JSON with names, and JSON to the same octets"},
    {"make", NULL, cmd_make,
	"KIND RECIPE.yaml|- [--fault NAME]... [--dialect D] [-o FILE]\n"
	"       make --faults [--json] | --example KIND",
	"a message, claims or a manifest, right or wrong on purpose"},
    {"key", "new", cmd_key_new,
	"--alg esp256|ed25519|p256-ecdh -o FILE [--public FILE]\n"
	"                      [--force]",
	"make a key pair"},
    {"key", "show", cmd_key_show, "[--json] FILE", "what a key is"},
    {"key", "thumbprint", cmd_key_thumbprint, "FILE",
	"its key id (RFC 9679) in hex"},
    {"corim", "create", cmd_corim_create, "RECIPE.json -o FILE",
	"write an unsigned CoRIM"},
    {"corim", "sign", cmd_corim_sign,
	"--key PEM [--name NAME] [--x5chain PEM] IN -o FILE", "sign it"},
    {"corim", "show", cmd_show, "FILE|-", "as 'teep show'"},
    {"policy", "create", cmd_policy_create, "RECIPE.json -o FILE",
	"write the policy object of an agent"},
    {"policy", "sign", cmd_policy_sign,
	"--key PEM [--key PEM]... [--from FILE] [--sequence N]\n"
	"                      IN -o FILE",
	"add the signatures of its administrators, one after the other"},
    {"policy", "check", cmd_policy_check, "[--from FILE] [--json] FILE|-",
	"who has signed it, what it changes, and if a device would take it"},
    {"policy", "show", cmd_show, "FILE|-", "as 'teep show'"},
    {"tpm", "challenge", cmd_tpm_challenge,
	"--ek-cert FILE --anchor FILE... --ak FILE --secret FILE\n"
	"                      -o FILE",
	"a secret for the TPM of that certificate, if it has that key"},
    {"tpm", "enrol", cmd_tpm_enrol,
	"--secret FILE --answer FILE --ak FILE --ueid HEX\n"
	"                      --oemid HEX --hwmodel HEX [--id ID] -o FILE",
	"a CoRIM about its attestation key, to be signed"},
    {"tpm", "expect", cmd_tpm_expect,
	"--log FILE [--kernel FILE --initrd FILE --append TEXT\n"
	"                      --memory MIB] --oemid HEX --hwmodel HEX\n"
	"                      [--id ID] -o FILE",
	"a CoRIM of what its PCRs will hold, to be signed"},
    {"agent", NULL, cmd_agent,
	"--device FILE --keys DIR [--encrypt-to FILE] [--dialect D]\n"
	"                      [--fault KIND:NAME]... URL",
	"play an agent against any TAM, and print each message decoded"},
    {"tam", NULL, cmd_tam,
	"--key PEM [--key PEM] [--keys DIR] [--result PEM]\n"
	"                      [--vouch PEM] [--manifest FILE]...\n"
	"                      [--unneeded ID] [--items N] [--prove]\n"
	"                      [--dialect D] [--fault KIND:NAME]...\n"
	"                      [--sessions N]\n"
	"                      http://127.0.0.1:PORT/PATH",
	"play a TAM for any agent, and print each message decoded"},
    {"verifier", NULL, cmd_verifier,
	"[--keys DIR] [--result FILE] [--fail] [--sessions N]\n"
	"                      http://127.0.0.1:PORT/PATH",
	"play a Verifier with a challenge-response API, and print Evidence"},
    {"conform", "setup", cmd_conform_setup, "tam DIR | agent --uri URI DIR",
	"write what a target of the next has to be set up with"},
    {"conform", "agent", cmd_conform_agent,
	"--setup DIR --keys DIR [--trigger COMMAND] [options as tam]\n"
	"                      TARGET | --list",
	"hold an agent to them: unix:PATH, exec:COMMAND, http://127.0.0.1:..."},
    {"conform", "tam", cmd_conform_tam,
	"--setup DIR --keys DIR [--known-failures FILE]\n"
	"                      [--only TEXT] [--suite esp256|ed25519] "
	"[--timeout S] [--name TEXT]\n"
	"                      [--junit FILE] [--html FILE] [--json FILE] "
	"[--markdown FILE]\n"
	"                      TARGET | --list",
	"hold a TAM to the specifications: an http(s) URL, or exec:COMMAND"},
};

static void
print_usage(void)
{
	(void)fputs("usage: teep COMMAND [options] [arguments]\n\n", stdout);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct command *c = &commands[i];

		(void)printf("  %s%s%s %s\n      %s\n", c->noun,
		    c->verb != NULL ? " " : "", c->verb != NULL ? c->verb : "",
		    c->usage, c->what);
	}
	(void)fputs("\n  -h, --help   this text\n"
		    "      --version\n\n"
		    "See teep(1).\n",
	    stdout);
}

void
option_other(int opt, const char *command)
{
	if (opt == 'h') {
		print_usage();
		exit(EXIT_DONE);
	}
	die_usage(PROG, "%s: these options are not understood", command);
}

const char *
only_argument(int argc, char **argv, const char *what)
{
	if (optind == argc)
		die_usage(PROG, "%s: %s is missing", argv[0], what);
	if (optind + 1 < argc)
		die_usage(PROG, "%s: one %s at a time", argv[0], what);
	return argv[optind];
}

/* The row of a command, and how many words name it. */
static const struct command *
find(int argc, char **argv, int *words)
{
	bool noun = false;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct command *c = &commands[i];

		if (strcmp(c->noun, argv[1]) != 0)
			continue;
		noun = true;
		*words = c->verb == NULL ? 1 : 2;
		if (c->verb == NULL ||
		    (argc > 2 && strcmp(c->verb, argv[2]) == 0))
			return c;
	}
	if (noun && argc > 2 &&
	    (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
		print_usage();
		exit(EXIT_DONE);
	}
	if (noun)
		die_usage(PROG, "%s: which command of it?", argv[1]);
	die_usage(PROG, "'%s' is not a command", argv[1]);
}

int
main(int argc, char **argv)
{
	const struct command *c;
	int words, status;

	if (argc < 2)
		die_usage(PROG, "a command is missing");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage();
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts(PROG " " VERSION);
		return EXIT_DONE;
	}
	c = find(argc, argv, &words);
	status = c->run(argc - words, argv + words);
	if (fflush(stdout) != 0 || ferror(stdout))
		die(PROG, EXIT_REFUSED,
		    "standard output cannot be written; see where it goes");
	return status;
}
