/*
 * scan: look at every writable octet, by the kernel's list of them.
 *
 * Nothing here allocates before the search is over, and the search has a stack
 * of its own: it could write over what is searched for.
 */
#include "scan.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define MASK    0x5a
#define SECRETS 512
#define PLACES  16
/* So many octets of one in a row are no accident. */
#define WINDOW 16

static struct secret {
	const char *name;
	uint8_t masked[WINDOW];
} secret[SECRETS];
static unsigned n_secrets;

static struct place {
	const char *name;
	uintptr_t at;
	char where[48];
} place[PLACES];
static unsigned n_places;

static char maps[1 << 18];
static const char *wanted; /* NULL: all */
static ucontext_t caller, searcher;
static char stack[1 << 16];

void
scan_begin(void)
{
	n_secrets = 0;
}

unsigned
scan_count(void)
{
	return n_secrets;
}

static void
keep(const char *name, const uint8_t *p, int step)
{
	struct secret *s = &secret[n_secrets];

	if (n_secrets == SECRETS)
		abort();
	s->name = name;
	for (int i = 0; i < WINDOW; i++)
		s->masked[i] = (uint8_t)(p[i * step] ^ MASK);
	n_secrets++;
}

/* Its beginning and its end; and backwards, as big numbers are kept. */
void
scan_for(const char *name, const uint8_t *p, size_t n)
{
	if (n < WINDOW)
		abort();
	keep(name, p, 1);
	keep(name, p + n - 1, -1);
	if (n == WINDOW)
		return;
	keep(name, p + n - WINDOW, 1);
	keep(name, p + WINDOW - 1, -1);
}

static bool
is_at(const struct secret *s, const volatile uint8_t *p)
{
	for (size_t i = 0; i < WINDOW; i++)
		if ((p[i] ^ MASK) != s->masked[i])
			return false;
	return true;
}

static void
search(uintptr_t from, uintptr_t to, const char *line, size_t line_n)
{
	for (uintptr_t at = from; at + WINDOW <= to; at++) {
		const volatile uint8_t *p = (const volatile uint8_t *)at;

		for (unsigned i = 0; i < n_secrets; i++) {
			struct place *x = &place[n_places];

			if (!is_at(&secret[i], p) || n_places == PLACES ||
			    (wanted != NULL &&
				strcmp(secret[i].name, wanted) != 0))
				continue;
			x->name = secret[i].name;
			x->at = at;
			line_n = line_n < sizeof(x->where) - 1
				     ? line_n
				     : sizeof(x->where) - 1;
			memcpy(x->where, line, line_n);
			x->where[line_n] = 0;
			n_places++;
		}
	}
}

static size_t
read_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		abort();
	while ((got = read(fd, maps + n, sizeof(maps) - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(fd);
	if (n == 0 || n == sizeof(maps) - 1)
		abort();
	maps[n] = 0;
	return n;
}

static uintptr_t
hex(const char **p)
{
	uintptr_t v = 0;

	for (; (**p >= '0' && **p <= '9') || (**p >= 'a' && **p <= 'f'); ++*p)
		v = v << 4 |
		    (uintptr_t)(**p <= '9' ? **p - '0' : **p - 'a' + 10);
	return v;
}

static void
look(void)
{
	const char *p = maps, *end = maps + read_maps();

	while (p < end) {
		const char *line = p, *last = strchr(p, '\n');
		uintptr_t from = hex(&p), to;

		p++;
		to = hex(&p);
		/* "from-to rw-p offset device inode      name" */
		if (strncmp(p, " rw", 3) == 0)
			search(from, to,
			    last - line > 73 ? line + 73 : "no name",
			    last - line > 73 ? (size_t)(last - line - 73) : 7);
		p = last + 1;
	}
}

unsigned
scan_memory(const char *what, const char *name)
{
	n_places = 0;
	wanted = name;
	if (getcontext(&searcher) != 0)
		abort();
	searcher.uc_stack.ss_sp = stack;
	searcher.uc_stack.ss_size = sizeof(stack);
	searcher.uc_link = &caller;
	makecontext(&searcher, look, 0);
	if (swapcontext(&caller, &searcher) != 0)
		abort();
	for (unsigned i = 0; i < n_places; i++)
		(void)fprintf(stderr, "%s: %s survived at %#lx of %s\n", what,
		    place[i].name, (unsigned long)place[i].at, place[i].where);
	return n_places;
}
