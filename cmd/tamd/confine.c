/*
 * confine: each process's system calls and files.
 *
 * What has no row kills the keeper or the TEEP front, and with it the
 * service: a TAM that stands still is better than one that serves somebody
 * else.  The admin front, to which only the operator can speak, loses what
 * reaches into other processes and the network.
 */
#include "confine.h"

#include <rows.h>
#include <stdio.h>

// clang-format off

static const struct sandbox_call keeper_rows[] = {
	SERVICE_ROWS_LIFE,
	SANDBOX_CALL(shutdown),
	SERVICE_ROWS_NO_FILES,
	SANDBOX_CALL_FAILS(ioctl, ENOTTY),
};

static const struct sandbox_call front_rows[] = {
	SERVICE_ROWS_LIFE,
	SERVICE_ROWS_HTTP,
	SERVICE_ROWS_FILES,
	SANDBOX_CALL_FAILS(sysinfo, ENOSYS),
};

// clang-format on

static const struct sandbox_filter keeper_filter = {
    "keeper", true, keeper_rows, ARRAY_LEN(keeper_rows)};
static const struct sandbox_filter front_filter = {
    "front", true, front_rows, ARRAY_LEN(front_rows)};

enum err
confine_keeper(const struct settings *s)
{
	const struct sandbox_rules r = {
	    .uid = s->uid_keeper,
	    .filter = &keeper_filter,
	};

	return confine_by(&r);
}

/* With these two or three folders, and nothing else. */
static enum err
confine_files(const struct settings *s, uid_t uid,
    const struct sandbox_filter *filter, const char *write, const char *read,
    const char *more)
{
	char path[3][PATH_MAX];
	const struct sandbox_path rows[] = {
	    {path[0], -1, true},
	    {path[1], -1, false},
	    {path[2], -1, false},
	};
	const struct sandbox_rules r = {
	    .uid = uid,
	    .path = rows,
	    .n_paths = more == NULL ? 2 : 3,
	    .filter = filter,
	};

	settings_path(s, write, path[0]);
	settings_path(s, read, path[1]);
	settings_path(s, more == NULL ? "" : more, path[2]);
	return confine_by(&r);
}

enum err
confine_front(const struct settings *s)
{
	return confine_files(
	    s, s->uid_front, &front_filter, "state", "policy", NULL);
}

enum err
confine_admin(const struct settings *s)
{
	return confine_files(s, s->uid_admin, &sandbox_launcher_filter,
	    "policy", "state", DIR_PUBLIC);
}
