/*
 * settings: an INI file, then the environment, by a table of what may be set.
 * Paths, addresses and limits; never trust.
 */
#ifndef SERVICE_SETTINGS_H
#define SERVICE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting_kind {
	SETTING_TEXT, /* char[] */
	SETTING_U32,
	SETTING_U64,
	SETTING_UID,   /* uid_t: a user's name or number */
	SETTING_LEVEL, /* enum log_level */
};

/* What may be set: section, name, variable, kind, place, bounds. */
struct setting {
	const char *section, *name, *env;
	enum setting_kind kind;
	size_t off;
	uint64_t min, max; /* of a number; max: the room of a text */
};
/* The row of a char array `member` of struct `whole`. */
#define SETTING_TEXT_ROW(section, name, env, whole, member)                   \
	{                                                                     \
		section, name, env, SETTING_TEXT, offsetof(whole, member), 0, \
		    sizeof(((whole *)NULL)->member)                           \
	}

struct setting_table {
	const char *prog, *page; /* who is told, and where it stands */
	const struct setting *row;
	size_t n;
	/* Lines of sections that no row has: false refuses.  NULL: there are
	 * none. */
	bool (*more)(void *out, const char *section, const char *name,
	    const char *value);
};

/* Set *out, which holds the defaults, from `file`, or if that is NULL from
 * `own`, which need not be there; then from the environment.  Ends the program
 * with a line that says what is wrong.  Answers the file that was read. */
const char *setting_load(const struct setting_table *t, void *out,
    const char *file, const char *own);
/* Copy what an option says, if it is given; one that is too long ends the
 * program. */
void setting_option(const char *prog, char *out, size_t room, const char *value,
    const char *name);

#endif
