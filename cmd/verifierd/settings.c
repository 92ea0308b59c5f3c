/*
 * settings: an INI file, then the environment.  Paths, addresses and limits;
 * what the Verifier trusts stands in the policy database.
 */
#include "verifierd.h"

#include <settings.h>
#include <stdio.h>

#define OFF(member) offsetof(struct settings, member)
#define TEXT(section, name, env, member) \
	SETTING_TEXT_ROW(section, name, env, struct settings, member)

static const struct setting rows[] = {
    TEXT("verifierd", "dir", "VERIFIERD_DIR", dir),
    TEXT("verifierd", "listen", "VERIFIERD_LISTEN", listen),
    {"verifierd", "log_level", "VERIFIERD_LOG_LEVEL", SETTING_LEVEL, OFF(level),
	0, 0},
    {"limits", "sessions", "VERIFIERD_SESSIONS", SETTING_U32, OFF(sessions), 1,
	65536},
    {"limits", "source_sessions", "VERIFIERD_SOURCE_SESSIONS", SETTING_U32,
	OFF(source_sessions), 1, 65536},
    {"limits", "session_life", "VERIFIERD_SESSION_LIFE", SETTING_U32,
	OFF(session_life), 1, 86400},
    {"limits", "result_life", "VERIFIERD_RESULT_LIFE", SETTING_U32,
	OFF(result_life), 60, 2592000},
    {"limits", "connections", "VERIFIERD_CONNECTIONS", SETTING_U32,
	OFF(connections), 1, 65536},
    {"uids", "keeper", "VERIFIERD_UID_KEEPER", SETTING_UID, OFF(uid_keeper), 0,
	0},
    {"uids", "appraiser", "VERIFIERD_UID_APPRAISER", SETTING_UID,
	OFF(uid_appraiser), 0, 0},
    {"uids", "writer", "VERIFIERD_UID_WRITER", SETTING_UID, OFF(uid_writer), 0,
	0},
    {"uids", "front", "VERIFIERD_UID_FRONT", SETTING_UID, OFF(uid_front), 0, 0},
};

static const struct setting_table table = {
    VERIFIERD, "verifierd(8)", rows, ARRAY_LEN(rows), NULL};

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

	settings_path(s, FILE_CONFIG, own);
	(void)setting_load(&table, s, file, own);
}

void
settings_path(const struct settings *s, const char *name, char out[PATH_MAX])
{
	(void)snprintf(out, PATH_MAX, "%s/%s", s->dir, name);
}
