/*
 * settings: an INI file, then the environment.  Paths, addresses and limits;
 * what the Verifier trusts stands in the policy database.
 */
#include "verifierd.h"

#include <errno.h>
#include <ini.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { K_TEXT, K_U32, K_UID, K_LEVEL };

#define OFF(member)  offsetof(struct settings, member)
#define ROOM(member) sizeof(((struct settings *)NULL)->member)

/* What may be set: section, name, variable, kind, place, bounds. */
static const struct row {
	const char *section, *name, *env;
	enum kind kind;
	size_t off;
	uint64_t min, max; /* of a number; room of a text */
} rows[] = {
    {"verifierd", "dir", "VERIFIERD_DIR", K_TEXT, OFF(dir), 0, ROOM(dir)},
    {"verifierd", "listen", "VERIFIERD_LISTEN", K_TEXT, OFF(listen), 0,
	ROOM(listen)},
    {"verifierd", "log_level", "VERIFIERD_LOG_LEVEL", K_LEVEL, OFF(level), 0,
	0},
    {"limits", "sessions", "VERIFIERD_SESSIONS", K_U32, OFF(sessions), 1,
	65536},
    {"limits", "source_sessions", "VERIFIERD_SOURCE_SESSIONS", K_U32,
	OFF(source_sessions), 1, 65536},
    {"limits", "session_life", "VERIFIERD_SESSION_LIFE", K_U32,
	OFF(session_life), 1, 86400},
    {"limits", "result_life", "VERIFIERD_RESULT_LIFE", K_U32, OFF(result_life),
	60, 2592000},
    {"limits", "connections", "VERIFIERD_CONNECTIONS", K_U32, OFF(connections),
	1, 65536},
    {"uids", "keeper", "VERIFIERD_UID_KEEPER", K_UID, OFF(uid_keeper), 0, 0},
    {"uids", "appraiser", "VERIFIERD_UID_APPRAISER", K_UID, OFF(uid_appraiser),
	0, 0},
    {"uids", "writer", "VERIFIERD_UID_WRITER", K_UID, OFF(uid_writer), 0, 0},
    {"uids", "front", "VERIFIERD_UID_FRONT", K_UID, OFF(uid_front), 0, 0},
};

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
set(struct settings *s, const struct row *r, const char *value)
{
	char *at = (char *)s + r->off;
	uint64_t n = 0;

	switch (r->kind) {
	case K_TEXT:
		return text_set(at, r->max, value);
	case K_LEVEL:
		return log_level_read(value, &s->level) == OK;
	case K_UID:
		return set_uid(value, (uid_t *)(void *)at);
	case K_U32:
		break;
	}
	if (number_read(value, r->max, &n) != OK || n < r->min)
		return false;
	*(uint32_t *)(void *)at = (uint32_t)n;
	return true;
}

static int
on_line(void *user, const char *section, const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(section, rows[i].section) == 0 &&
		    strcmp(name, rows[i].name) == 0)
			return set(user, &rows[i], value);
	return 0;
}

void
settings_default(struct settings *s)
{
	*s = (struct settings){
	    .listen = "127.0.0.1:8580",
	    .sessions = 1024,
	    .source_sessions = 512,
	    .session_life = 300,
	    .result_life = 86400,
	    .connections = 256,
	    .level = LEVEL_INFO,
	};
}

void
settings_load(struct settings *s, const char *file)
{
	char own[PATH_MAX];
	int line = 0;

	settings_path(s, FILE_CONFIG, own);
	if (file == NULL && access(own, F_OK) == 0)
		file = own;
	if (file != NULL)
		line = ini_parse(file, on_line, s);
	if (line < 0)
		die(VERIFIERD, EXIT_USAGE, "%s: cannot be read: %s", file,
		    strerror(errno));
	if (line > 0)
		die(VERIFIERD, EXIT_USAGE,
		    "%s: line %d: not a setting, or a bad value; see "
		    "verifierd(8)",
		    file, line);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *value = getenv(rows[i].env);

		if (value != NULL && !set(s, &rows[i], value))
			die(VERIFIERD, EXIT_USAGE,
			    "%s: bad value; see verifierd(8)", rows[i].env);
	}
}

void
settings_path(const struct settings *s, const char *name, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s/%s", s->dir, name);
}
