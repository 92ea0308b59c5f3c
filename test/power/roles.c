/*
 * roles: a name for each process that holds from run to run.
 *
 * It is the name that the process has given itself or has from its program
 * (/proc/PID/comm), and that of the memory file if it runs from one.  The
 * second process of a name is NAME.2, in order of their first point.
 */
#include "power.h"

#include <string.h>
#include <unistd.h>

#define ROLES_MAX 256

static const char memory_file[] = "/memfd:";

static struct one {
	pid_t tgid;
	char base[ROLE_NAME]; /* without the number */
	struct role role;
} ones[ROLES_MAX];
static size_t n_ones;

/* The text of a small file of a process, without its line's end. */
static void
read_comm(pid_t tgid, char out[ROLE_NAME])
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)tgid);
	(void)snprintf(out, ROLE_NAME, "?");
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fgets(out, ROLE_NAME, f) != NULL)
		out[strcspn(out, "\n")] = 0;
	(void)fclose(f);
}

static void
base_name(pid_t tgid, char out[ROLE_NAME])
{
	const size_t n = sizeof(memory_file) - 1;
	char path[64], exe[PATH_MAX];
	ssize_t got;

	read_comm(tgid, out);
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)tgid);
	got = readlink(path, exe, sizeof(exe) - 1);
	if (got > 0) {
		exe[got] = 0;
		if (strncmp(exe, memory_file, n) == 0)
			(void)snprintf(out, ROLE_NAME, "%.*s",
			    (int)strcspn(exe + n, " "), exe + n);
	}
	for (char *p = out; *p != 0; p++)
		if (*p == ' ' || *p == ':')
			*p = '_';
}

struct role *
roles_of(pid_t tgid)
{
	char base[ROLE_NAME];
	size_t before = 0;
	struct one *o;

	base_name(tgid, base);
	for (size_t i = 0; i < n_ones; i++) {
		if (strcmp(ones[i].base, base) != 0)
			continue;
		if (ones[i].tgid == tgid)
			return &ones[i].role;
		before++;
	}
	if (n_ones == ROLES_MAX)
		return NULL;
	o = &ones[n_ones++];
	o->tgid = tgid;
	memcpy(o->base, base, sizeof(base));
	if (before == 0)
		memcpy(o->role.name, base, sizeof(base));
	else
		(void)snprintf(
		    o->role.name, ROLE_NAME, "%.24s.%zu", base, before + 1);
	return &o->role;
}

struct role *
roles_each(size_t i)
{
	return i < n_ones ? &ones[i].role : NULL;
}
