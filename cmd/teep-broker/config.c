/*
 * Settings: an INI file, then the environment.  Paths, addresses and limits;
 * what the agent trusts is never decided here.
 */
#include "broker.h"

#include <cmdline.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#define PROG "teep-broker"

static char *
copy(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	return p;
}

void
config_path(char **to, const char *value)
{
	free(*to);
	*to = copy(value);
}

static bool
add_allow(struct config *c, const char *value)
{
	struct fetch_rules *r = &c->rules;

	return r->n_allow < FETCH_RULES_MAX &&
	       origin_read(value, &r->allow[r->n_allow++]) == OK;
}

/* "FROM TO": payloads under FROM come from TO. */
static bool
add_map(struct config *c, const char *value)
{
	const char *space = strchr(value, ' ');
	struct fetch_map *m = &c->map[c->n_map];
	char *from;
	bool ok;

	if (space == NULL || c->n_map == BROKER_RULES_MAX)
		return false;
	from = strndup(value, (size_t)(space - value));
	if (from == NULL)
		return false;
	ok = origin_read(from, &m->from) == OK;
	free(from);
	while (*space == ' ')
		space++;
	m->to = copy(space);
	c->n_map++;
	return ok;
}

static bool
set_number(const char *value, uint64_t max, uint64_t *out)
{
	return number_read(value, max, out) == OK;
}

static bool
set_option(struct config *c, const char *name, const char *value)
{
	uint64_t n = 0;
	bool ok = true;

	if (strcmp(name, "agent") == 0)
		config_path(&c->agent, value);
	else if (strcmp(name, "control") == 0)
		config_path(&c->control, value);
	else if (strcmp(name, "ca_file") == 0)
		config_path(&c->rules.ca_file, value);
	else if (strcmp(name, "allow") == 0)
		ok = add_allow(c, value);
	else if (strcmp(name, "map") == 0)
		ok = add_map(c, value);
	else if (strcmp(name, "fetch_max") == 0)
		ok = set_number(value, UINT64_MAX / 2, &c->fetch_max);
	else if (strcmp(name, "transfer_seconds") == 0) {
		ok = set_number(value, 86400, &n) && n > 0;
		c->rules.seconds = (long)n;
	} else if (strcmp(name, "check_every") == 0) {
		ok = set_number(value, 86400, &n) && n > 0;
		c->check_every = (unsigned)n;
	} else if (strcmp(name, "control_mode") == 0) {
		char *end;

		c->control_mode = (unsigned)strtoul(value, &end, 8);
		ok = *value != 0 && *end == 0 && c->control_mode <= 0777;
	} else
		ok = false;
	return ok;
}

static int
on_line(void *arg, const char *section, const char *name, const char *value)
{
	return strcmp(section, "broker") == 0 && set_option(arg, name, value);
}

void
config_load(struct config *c, const char *file)
{
	static const struct {
		const char *env, *name;
	} from_env[] = {
	    {"TEEP_BROKER_AGENT", "agent"},
	    {"TEEP_BROKER_CONTROL", "control"},
	    {"TEEP_BROKER_CA_FILE", "ca_file"},
	    {"TEEP_BROKER_ALLOW", "allow"},
	    {"TEEP_BROKER_MAP", "map"},
	    {"TEEP_BROKER_FETCH_MAX", "fetch_max"},
	    {"TEEP_BROKER_TRANSFER_SECONDS", "transfer_seconds"},
	    {"TEEP_BROKER_CHECK_EVERY", "check_every"},
	    {"TEEP_BROKER_CONTROL_MODE", "control_mode"},
	};

	*c = (struct config){
	    .agent = copy("/run/tamarind/agent.sock"),
	    .control = copy("/run/tamarind/broker.sock"),
	    .control_mode = 0600,
	    .check_every = 1800,
	    .fetch_max = (uint64_t)1 << 30,
	    .rules.seconds = 3600,
	};
	if (file != NULL) {
		int line = ini_parse(file, on_line, c);

		if (line < 0)
			die(PROG, EXIT_USAGE, "%s: cannot be read: %s", file,
			    strerror(errno));
		if (line > 0)
			die(PROG, EXIT_USAGE,
			    "%s: line %d: not an option of section [broker], "
			    "or a bad value",
			    file, line);
	}
	for (size_t i = 0; i < ARRAY_LEN(from_env); i++) {
		const char *value = getenv(from_env[i].env);

		if (value != NULL && !set_option(c, from_env[i].name, value))
			die(PROG, EXIT_USAGE, "%s: bad value", from_env[i].env);
	}
}
