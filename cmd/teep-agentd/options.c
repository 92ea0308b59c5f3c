/*
 * options: one table for the command line, the environment and the INI file.
 *
 * An INI file holds paths, users and limits; never trust.
 */
#include "agentd.h"

#include <ctype.h>
#include <getopt.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#ifndef TAMARIND_VERSION
#error "the build says which version this is"
#endif

#define ENV_PREFIX  "TEEP_AGENTD_"
#define OPTIONS_MAX 32

enum shape { PATH, WORDS, USER };

struct row {
	const char *name; /* --name, TEEP_AGENTD_NAME, name= in section */
	const char *section;
	uint8_t shape;
	uint8_t commands;
	size_t off;
	const char *value, *help;
};

#define BOTH (COMMAND_INIT | COMMAND_RUN)
#define ALL  (BOTH | COMMAND_IDENTIFY | COMMAND_ACTIVATE)
#define O(m) offsetof(struct options, m)

// clang-format off
static const struct row table[] = {
	{"state", "agentd", PATH, BOTH, O(state), "DIR",
	    "what launcher and agent keep"},
	{"agent", "agentd", PATH, BOTH, O(agent), "FILE",
	    "the agent (default: beside this program)"},
	{"agent-manifest", "agentd", PATH, BOTH, O(agent_manifest), "FILE",
	    "SUIT envelope about the agent"},
	{"log-level", "agentd", PATH, BOTH, O(log_level), "LEVEL",
	    "error, warn, info or debug"},
	{"socket", "agentd", PATH, COMMAND_RUN, O(socket), "PATH",
	    "where the broker connects"},
	{"attester", "agentd", PATH, COMMAND_RUN, O(attester), "process|tpm",
	    "what stands behind the Evidence"},
	{"clock", "agentd", PATH, COMMAND_RUN, O(clock), "none|system",
	    "the machine's, if nobody can set it unseen"},
	{"tpm", "agentd", PATH, ALL, O(tpm), "PATH",
	    "device or socket of the TPM (" TPM_DEVICE_DEFAULT ")"},
	{"event-log", "agentd", PATH, BOTH, O(event_log), "FILE",
	    "the firmware's log, where a TPM is used"},
	{"credential", NULL, PATH, COMMAND_ACTIVATE, O(credential), "FILE",
	    "what 'teep tpm challenge' wrote"},
	{"answer", NULL, PATH, COMMAND_ACTIVATE, O(answer), "FILE",
	    "where the secret goes"},
	{"policy", NULL, PATH, COMMAND_INIT, O(policy), "FILE",
	    "envelope of the first policy"},
	{"public", NULL, PATH, COMMAND_INIT | COMMAND_IDENTIFY, O(public_dir), "DIR",
	    "where public keys and device.json go"},
	{"seal", NULL, PATH, COMMAND_INIT, O(seal), "tpm",
	    "keep the secrets in the TPM, for this boot only"},
	{"ueid", NULL, PATH, COMMAND_INIT, O(ueid), "HEX", "01 and 16 or 32 octets"},
	{"oemid", NULL, PATH, COMMAND_INIT, O(oemid), "HEX", "3 or 16 octets"},
	{"hwmodel", NULL, PATH, COMMAND_INIT, O(hwmodel), "HEX", "1 to 32 octets"},
	{"hwversion", NULL, PATH, COMMAND_INIT, O(hwversion), "TEXT",
	    "version of the platform"},
	{"vendor", NULL, WORDS, COMMAND_INIT, O(vendor), "UUID|DOMAIN",
	    "vendor identifier, may be repeated"},
	{"class", NULL, WORDS, COMMAND_INIT, O(class_id), "UUID|WORD",
	    "class identifier, may be repeated"},
	{"device", NULL, WORDS, COMMAND_INIT, O(device_id), "UUID|WORD",
	    "device identifier, may be repeated"},
	{"suite", NULL, WORDS, COMMAND_INIT, O(suite), "esp256|ed25519",
	    "kind of TEEP key, at most two"},
	{"uid-launcher", "uids", USER, BOTH, O(uid.launcher), "UID", "61101"},
	{"uid-agent", "uids", USER, BOTH, O(uid.agent), "UID", "61102"},
	{"uid-broker", "uids", USER, BOTH, O(uid.broker), "UID",
	    "61103; the one user that may connect"},
	{"uid-apps", "uids", USER, BOTH, O(uid.apps), "UID",
	    "61200; the first of 16 for applications"},
};
// clang-format on

_Static_assert(ARRAY_LEN(table) < OPTIONS_MAX, "rows fit getopt's array");

enum special { SPECIAL_HELP = 1000, SPECIAL_VERSION, SPECIAL_CONFIG };

static _Noreturn void
usage(void)
{
	(void)printf("usage: %s COMMAND [options]\n\n"
		     "  init   make the state and keys of a new device\n"
		     "  run    start the agent and serve the broker\n"
		     "  identify   write the keys and certificate of a TPM\n"
		     "  activate   prove that they are of one TPM\n\n"
		     "  --%-16s %-15s settings, sections [agentd], [uids]\n",
	    PROG, "config", "INI");
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		(void)printf("  --%-16s %-15s %s%s\n", table[i].name,
		    table[i].value,
		    table[i].commands == COMMAND_INIT       ? "init: "
		    : table[i].commands == COMMAND_RUN      ? "run: "
		    : table[i].commands == COMMAND_ACTIVATE ? "activate: "
							    : "",
		    table[i].help);
	(void)printf("  --%-16s %-15s this text\n"
		     "  --%-16s %-15s the version\n\n"
		     "Every option may come from the environment: %sSTATE for "
		     "--state.\nSee %s(8).\n",
	    "help", "", "version", "", ENV_PREFIX, PROG);
	exit(EXIT_DONE);
}

static void
add_word(struct words *w, const struct row *r, const char *text)
{
	if (w->n == IDS_MAX)
		die_usage(
		    PROG, "--%s occurs more than %d times", r->name, IDS_MAX);
	w->at[w->n++] = text;
}

/* Words of an environment variable are separated by spaces. */
static void
add_words(struct words *w, const struct row *r, const char *text)
{
	char *copy = strdup(text), *rest = NULL;

	if (copy == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	for (char *one = strtok_r(copy, " ", &rest); one != NULL;
	     one = strtok_r(NULL, " ", &rest))
		add_word(w, r, one);
}

/* Is it still to be set?  Whoever speaks first decides. */
static void
set(struct options *o, const struct row *r, const char *text, bool many)
{
	char *at = (char *)o + r->off;
	uint64_t n;

	switch ((enum shape)r->shape) {
	case PATH:
		if (*(const char **)(void *)at == NULL)
			*(const char **)(void *)at = text;
		return;
	case WORDS:
		if (many)
			add_words((struct words *)(void *)at, r, text);
		else
			add_word((struct words *)(void *)at, r, text);
		return;
	case USER:
		if (*(uint32_t *)(void *)at != 0)
			return;
		if (number_read(text, INT32_MAX, &n) != OK || n == 0)
			die_usage(PROG, "%s: '%s' is not a number above 0",
			    r->name, text);
		*(uint32_t *)(void *)at = (uint32_t)n;
		return;
	}
}

static bool
is_set(const struct options *o, const struct row *r)
{
	const char *at = (const char *)o + r->off;

	return r->shape == WORDS && ((const struct words *)(const void *)at)->n;
}

static void
read_environment(struct options *o)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char name[64] = ENV_PREFIX;
		size_t at = strlen(name);
		const char *v;

		if ((table[i].commands & o->command) == 0)
			continue; /* the other command's */
		for (const char *p = table[i].name; *p != 0; p++)
			name[at++] =
			    *p == '-' ? '_' : (char)toupper((unsigned char)*p);
		name[at] = 0;
		v = getenv(name);
		if (v != NULL && !is_set(o, &table[i]))
			set(o, &table[i], v, true);
	}
}

/* In section [uids] the names are launcher, agent, broker, apps. */
static const struct row *
find_ini(const char *section, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const char *is = table[i].name;

		if (table[i].section == NULL ||
		    strcmp(table[i].section, section) != 0)
			continue;
		if (table[i].shape == USER)
			is += strlen("uid-");
		if (strcmp(is, name) == 0)
			return &table[i];
	}
	return NULL;
}

static int
read_setting(
    void *ctx, const char *section, const char *name, const char *value)
{
	const struct row *r = find_ini(section, name);
	char *copy;

	/* Other sections belong to other programs. */
	if (strcmp(section, "agentd") != 0 && strcmp(section, "uids") != 0)
		return 1;
	if (r == NULL)
		die_usage(PROG, "unknown setting %s in [%s]", name, section);
	if ((r->commands & ((struct options *)ctx)->command) == 0)
		return 1;
	copy = strdup(value); /* lives as long as the program */
	if (copy == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	set(ctx, r, copy, true);
	return 1;
}

static void
read_ini(struct options *o, const char *path)
{
	int line = ini_parse(path, read_setting, o);

	if (line < 0)
		die(PROG, EXIT_REFUSED, "%s cannot be read", path);
	if (line > 0)
		die_usage(PROG, "%s: line %d is not a setting", path, line);
}

static void
use_default(uint32_t *uid, uint32_t value)
{
	if (*uid == 0)
		*uid = value;
}

static bool
in_apps(const struct uids *u, uint32_t uid)
{
	return uid >= u->apps && uid - u->apps < APP_INSTANCES;
}

/* Users are what keeps the processes apart: no two may be the same. */
static void
check_users(struct uids *u)
{
	use_default(&u->launcher, 61101);
	use_default(&u->agent, 61102);
	use_default(&u->broker, 61103);
	use_default(&u->apps, 61200);
	if (u->launcher == u->agent || u->launcher == u->broker ||
	    u->agent == u->broker || in_apps(u, u->launcher) ||
	    in_apps(u, u->agent) || in_apps(u, u->broker) ||
	    u->apps > INT32_MAX - APP_INSTANCES)
		die_usage(PROG,
		    "launcher, agent, broker and each of %d "
		    "applications need different uids",
		    APP_INSTANCES);
}

static void
require(const char *value, const char *name)
{
	if (value == NULL)
		die_usage(PROG, "--%s is missing", name);
}

static void
check(struct options *o)
{
	if (o->command == COMMAND_IDENTIFY) {
		require(o->public_dir, "public");
		return;
	}
	if (o->command == COMMAND_ACTIVATE) {
		require(o->credential, "credential");
		require(o->answer, "answer");
		return;
	}
	require(o->state, "state");
	if (o->attester != NULL && strcmp(o->attester, "process") != 0 &&
	    strcmp(o->attester, "tpm") != 0)
		die_usage(PROG, "--attester is process or tpm");
	if (o->seal != NULL && strcmp(o->seal, "tpm") != 0)
		die_usage(PROG, "--seal is tpm");
	if (o->clock != NULL && strcmp(o->clock, "none") != 0 &&
	    strcmp(o->clock, "system") != 0)
		die_usage(PROG, "--clock is none or system");
	if (o->command == COMMAND_RUN) {
		require(o->socket, "socket");
	} else {
		require(o->policy, "policy");
		require(o->public_dir, "public");
		require(o->agent_manifest, "agent-manifest");
		require(o->ueid, "ueid");
		require(o->oemid, "oemid");
		require(o->hwmodel, "hwmodel");
		require(o->hwversion, "hwversion");
		if (o->suite.n == 0)
			o->suite.at[o->suite.n++] = "esp256";
		if (o->suite.n > CHANNEL_KEYS)
			die_usage(PROG, "at most %d suites", CHANNEL_KEYS);
	}
	check_users(&o->uid);
}

static enum command
read_command(const char *word)
{
	if (strcmp(word, "init") == 0)
		return COMMAND_INIT;
	if (strcmp(word, "run") == 0)
		return COMMAND_RUN;
	if (strcmp(word, "identify") == 0)
		return COMMAND_IDENTIFY;
	if (strcmp(word, "activate") == 0)
		return COMMAND_ACTIVATE;
	die_usage(PROG, "unknown command '%s'", word);
}

void
options_read(int argc, char **argv, struct options *out)
{
	struct option all[OPTIONS_MAX + 4] = {
	    {"help", no_argument, NULL, SPECIAL_HELP},
	    {"version", no_argument, NULL, SPECIAL_VERSION},
	    {"config", required_argument, NULL, SPECIAL_CONFIG},
	};
	const char *config = getenv(ENV_PREFIX "CONFIG");
	uint8_t given[ARRAY_LEN(table)] = {0};
	int c;

	*out = (struct options){0};
	opterr = 0; /* one line, and it is ours */
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		all[3 + i] = (struct option){
		    table[i].name, required_argument, NULL, (int)i};
	while ((c = getopt_long(argc, argv, "h", all, NULL)) != -1) {
		if (c == 'h' || c == SPECIAL_HELP)
			usage();
		if (c == SPECIAL_VERSION) {
			(void)printf("%s %s\n", PROG, TAMARIND_VERSION);
			exit(EXIT_DONE);
		}
		if (c == SPECIAL_CONFIG) {
			config = optarg;
			continue;
		}
		if (c == '?')
			die_usage(PROG, "%s: no such option, or no value",
			    argv[optind - 1]);
		given[c] = 1;
		set(out, &table[c], optarg, false);
	}
	if (argc - optind != 1)
		die_usage(PROG,
		    "one command is needed: init, run, identify or activate");
	out->command = read_command(argv[optind]);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (given[i] && (table[i].commands & out->command) == 0)
			die_usage(PROG, "--%s is not for %s", table[i].name,
			    argv[optind]);
	}
	read_environment(out);
	if (config != NULL)
		read_ini(out, config);
	check(out);
}
