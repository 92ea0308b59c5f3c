/*
 * confine: each process's system calls and files.
 *
 * What has no row kills the process, and with it the service: a Verifier that
 * stands still is better than one that serves somebody else.
 */
#include "verifierd.h"

#include <rows.h>

// clang-format off

static const struct sandbox_call keeper_rows[] = {
	SERVICE_ROWS_LIFE,
	SERVICE_ROWS_NO_FILES,
	SANDBOX_CALL_FAILS(ioctl, ENOTTY),
};

static const struct sandbox_call front_rows[] = {
	SERVICE_ROWS_LIFE,
	SERVICE_ROWS_HTTP,
	SERVICE_ROWS_NO_FILES,
	SANDBOX_CALL(fcntl), /* flags of sockets */
	SANDBOX_CALL_FAILS(sysinfo, ENOSYS),
};

static const struct sandbox_call files_rows[] = {
	SERVICE_ROWS_LIFE,
	SERVICE_ROWS_FILES,
	SANDBOX_CALL_FAILS(ioctl, ENOTTY),
	SANDBOX_CALL_FAILS(sysinfo, ENOSYS),
};

// clang-format on

static const struct sandbox_filter keeper_filter = {
    "keeper", true, keeper_rows, ARRAY_LEN(keeper_rows)};
static const struct sandbox_filter front_filter = {
    "front", true, front_rows, ARRAY_LEN(front_rows)};
static const struct sandbox_filter files_filter = {
    "files", true, files_rows, ARRAY_LEN(files_rows)};

static enum err
without_files(uid_t uid, const struct sandbox_filter *filter)
{
	const struct sandbox_rules r = {.uid = uid, .filter = filter};

	return confine_by(&r);
}

/* With the policy's folder, and nothing else. */
static enum err
with_policy(const struct settings *s, uid_t uid, bool write)
{
	char path[PATH_MAX];
	const struct sandbox_path row = {path, -1, write};
	const struct sandbox_rules r = {
	    .uid = uid,
	    .path = &row,
	    .n_paths = 1,
	    .filter = &files_filter,
	};

	settings_path(s, "policy", path);
	return confine_by(&r);
}

enum err
confine_keeper(const struct settings *s)
{
	return without_files(s->uid_keeper, &keeper_filter);
}

enum err
confine_front(const struct settings *s)
{
	return without_files(s->uid_front, &front_filter);
}

enum err
confine_appraiser(const struct settings *s)
{
	return with_policy(s, s->uid_appraiser, false);
}

enum err
confine_writer(const struct settings *s)
{
	return with_policy(s, s->uid_writer, true);
}
