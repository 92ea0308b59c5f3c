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
#include <sys/socket.h>
#include <unistd.h>

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

/* A client: name look-ups and connections over IP, sockets that its own
 * threads wake each other by, files for reading.  Of a pair only streams stay
 * one: datagrams can be connected to whoever listens on this machine. */
static const struct sandbox_call courier_rows[] = {
	SERVICE_ROWS_LIFE,
	SANDBOX_CALL_IF(socket, 0, UINT64_MAX, AF_INET),
	SANDBOX_CALL_IF(socket, 0, UINT64_MAX, AF_INET6),
	SANDBOX_CALL_FAILS(socket, EAFNOSUPPORT),
	SANDBOX_CALL_IF(socketpair, 1,
		UINT32_MAX & ~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK),
		SOCK_STREAM),
	SANDBOX_CALL(pipe2), SANDBOX_CALL(eventfd2),
	SANDBOX_CALL(connect), SANDBOX_CALL(bind), SANDBOX_CALL(shutdown),
	SANDBOX_CALL(sendmmsg),
	SANDBOX_CALL(getsockopt), SANDBOX_CALL(setsockopt),
	SANDBOX_CALL(getsockname), SANDBOX_CALL(getpeername),
	SANDBOX_CALL(ioctl), SANDBOX_CALL(fcntl), SANDBOX_CALL(uname),
	SANDBOX_CALL_IF(openat, 2, O_ACCMODE, O_RDONLY),
	SANDBOX_CALL_IF(open, 1, O_ACCMODE, O_RDONLY),
	SANDBOX_CALL(fstat), SANDBOX_CALL(stat), SANDBOX_CALL(lstat),
	SANDBOX_CALL(newfstatat), SANDBOX_CALL(statx), SANDBOX_CALL(access),
	SANDBOX_CALL(faccessat), SANDBOX_CALL(faccessat2),
	SANDBOX_CALL(lseek), SANDBOX_CALL(pread64), SANDBOX_CALL(getdents64),
	SANDBOX_CALL(readlink), SANDBOX_CALL(getcwd),
	SANDBOX_CALL_FAILS(sysinfo, ENOSYS),
};

// clang-format on

static const struct sandbox_filter courier_filter = {
    "courier", true, courier_rows, ARRAY_LEN(courier_rows)};
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
confine_courier(const struct settings *s)
{
	/* a link of resolv.conf leads into one of the last */
	static const char *const folder[] = {"/etc/resolv.conf", "/etc/hosts",
	    "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/ssl",
	    "/usr/share/ca-certificates", "/usr/lib/ssl",
	    "/run/systemd/resolve", "/run/resolvconf"};
	struct sandbox_path row[ARRAY_LEN(folder) + 1];
	struct sandbox_rules r = {
	    .uid = s->uid_courier,
	    .connects = true,
	    .path = row,
	    .filter = &courier_filter,
	};

	for (size_t i = 0; i < ARRAY_LEN(folder); i++)
		if (access(folder[i], R_OK) == 0)
			row[r.n_paths++] =
			    (struct sandbox_path){folder[i], -1, false};
	if (s->verifier.ca_file[0] != 0)
		row[r.n_paths++] =
		    (struct sandbox_path){s->verifier.ca_file, -1, false};
	return confine_by(&r);
}

enum err
confine_admin(const struct settings *s)
{
	return confine_files(s, s->uid_admin, &sandbox_launcher_filter,
	    "policy", "state", DIR_PUBLIC);
}
