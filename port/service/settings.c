/* settings: by a table, from a file and the environment. */
#include "settings.h"

#include <cmdline.h>
#include <errno.h>
#include <ini.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
set_uid(const char *value, uid_t *out)
{
	const struct passwd *pw = getpwnam(value);
	uint64_t n;

	if (pw != NULL)
		*out = pw->pw_uid;
	else if (number_read(value, UINT32_MAX - 1, &n) == OK)
		*out = (uid_t)n;
	else
		return false;
	return true;
}

static bool
set(void *out, const struct setting *r, const char *value)
{
	char *at = (char *)out + r->off;
	uint64_t n = 0;

	switch (r->kind) {
	case SETTING_TEXT:
		return text_set(at, r->max, value);
	case SETTING_LEVEL:
		return log_level_read(value, (enum log_level *)(void *)at) ==
		       OK;
	case SETTING_UID:
		return set_uid(value, (uid_t *)(void *)at);
	case SETTING_U32:
	case SETTING_U64:
		break;
	}
	if (number_read(value, r->max, &n) != OK || n < r->min)
		return false;
	if (r->kind == SETTING_U32)
		*(uint32_t *)(void *)at = (uint32_t)n;
	else
		*(uint64_t *)(void *)at = n;
	return true;
}

struct reading {
	const struct setting_table *t;
	void *out;
};

static int
on_line(void *arg, const char *section, const char *name, const char *value)
{
	const struct reading *r = arg;

	for (size_t i = 0; i < r->t->n; i++)
		if (strcmp(section, r->t->row[i].section) == 0 &&
		    strcmp(name, r->t->row[i].name) == 0)
			return set(r->out, &r->t->row[i], value);
	return r->t->more != NULL && r->t->more(r->out, section, name, value);
}

const char *
setting_load(
    const struct setting_table *t, void *out, const char *file, const char *own)
{
	struct reading r = {t, out};
	int line = 0;

	if (file == NULL && access(own, F_OK) == 0)
		file = own;
	if (file != NULL)
		line = ini_parse(file, on_line, &r);
	if (line < 0)
		die(t->prog, errno == ENOMEM ? EXIT_REFUSED : EXIT_USAGE,
		    "%s: cannot be read: %s", file, strerror(errno));
	if (line > 0)
		die(t->prog, EXIT_USAGE,
		    "%s: line %d: not a setting, or a bad value; see %s", file,
		    line, t->page);
	for (size_t i = 0; i < t->n; i++) {
		const char *value = getenv(t->row[i].env);

		if (value != NULL && !set(out, &t->row[i], value))
			die(t->prog, EXIT_USAGE, "%s: bad value; see %s",
			    t->row[i].env, t->page);
	}
	return file != NULL ? file : own;
}

void
setting_option(const char *prog, char *out, size_t room, const char *value,
    const char *name)
{
	if (value != NULL && !text_set(out, room, value))
		die_usage(prog, "--%s is too long", name);
}
