/*
 * teep_support: vectors, hostile placement and chance for tests of formats.
 */
#ifndef TEST_TEEP_SUPPORT_H
#define TEST_TEEP_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <tamarind/base.h>
#include <unistd.h>

/* ---- chance: seeded, so that a failure can be met again --------------- */

static uint64_t chance_state = 0x7ee97ee97ee97ee9u;

static inline uint64_t
chance(uint64_t below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return chance_state % below;
}

/* The seed of this run, printed; TEST_SEED in the environment wins. */
static inline void
chance_begin(void)
{
	const char *s = getenv("TEST_SEED");

	if (s != NULL)
		chance_state = strtoull(s, NULL, 0) | 1;
	printf("TEST_SEED=0x%llx\n", (unsigned long long)chance_state);
}

/* Flip, insert or delete a few octets of b; it has room for more of them. */
static inline void
chance_mutate(uint8_t *b, size_t *n, size_t room)
{
	for (uint64_t k = 1 + chance(3); k > 0; k--) {
		size_t at = *n == 0 ? 0 : (size_t)chance(*n);

		switch (chance(4)) {
		case 0:
			if (*n > 0)
				b[at] ^= (uint8_t)(1u << chance(8));
			break;
		case 1:
			if (*n > 0)
				b[at] = (uint8_t)chance(256);
			break;
		case 2:
			if (*n < room) {
				memmove(b + at + 1, b + at, *n - at);
				b[at] = (uint8_t)chance(256);
				++*n;
			}
			break;
		default:
			if (*n > 0) {
				memmove(b + at, b + at + 1, *n - at - 1);
				--*n;
			}
			break;
		}
	}
}

/* ---- memory that ends at an unreadable page --------------------------- */

struct fence {
	uint8_t *p; /* all of it */
	size_t n;   /* octets before the unreadable page */
};

static inline struct fence
fence_make(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct fence f = {NULL, (n + page - 1) / page * page};

	f.p = mmap(NULL, f.n + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f.p == MAP_FAILED || mprotect(f.p + f.n, page, PROT_NONE) != 0)
		abort();
	return f;
}

/* A copy of in whose end is the fence. */
static inline struct bytes
fence_put(const struct fence *f, struct bytes in)
{
	uint8_t *p = f->p + f->n - in.n;

	if (in.n > f->n)
		abort();
	if (in.n > 0)
		memcpy(p, in.p, in.n);
	return (struct bytes){p, in.n};
}

static inline void
fence_drop(const struct fence *f)
{
	(void)munmap(f->p, f->n + (size_t)sysconf(_SC_PAGESIZE));
}

/* ---- vectors: an index, and a file of hex digits for each line --------- */

struct named_bytes {
	char name[64];
	char verdict[40]; /* "ok", or the name of the refusal */
	uint8_t p[8192];
	size_t n;
};

/* Octets of hex digits, which may be spaced; the answer is their number. */
static inline size_t
hex_octets(const char *hex, uint8_t *out, size_t room)
{
	size_t digits = 0;

	for (; *hex != '\0' && *hex != '\n'; hex++) {
		const char *all = "0123456789abcdef";
		const char *d = strchr(all, *hex);

		if (*hex == ' ')
			continue;
		if (d == NULL || digits / 2 == room)
			abort();
		if (digits % 2 == 0)
			out[digits / 2] = 0;
		out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | (d - all));
		digits++;
	}
	if (digits % 2 != 0)
		abort();
	return digits / 2;
}

/* Read test/vectors/<room>/index and the vectors it names; they are the
 * caller's to free.  Nothing to read is a broken test: abort. */
static inline struct named_bytes *
vectors_load(const char *room, size_t *count)
{
	char path[512], line[512],
	    hex[2 * sizeof(((struct named_bytes *)0)->p) + 2];
	struct named_bytes *all = NULL;
	FILE *index, *f;
	size_t n = 0;

	(void)snprintf(path, sizeof(path), VECTORS "/%s/index", room);
	index = fopen(path, "r");
	if (index == NULL)
		abort();
	while (fgets(line, sizeof(line), index) != NULL) {
		struct named_bytes *v;

		if (line[0] == '#')
			continue;
		all = realloc(all, (n + 1) * sizeof(*all));
		if (all == NULL)
			abort();
		v = &all[n++];
		if (sscanf(line, "%63s %*s %39s", v->name, v->verdict) != 2)
			abort();
		(void)snprintf(
		    path, sizeof(path), VECTORS "/%s/%s.hex", room, v->name);
		f = fopen(path, "r");
		if (f == NULL || fgets(hex, sizeof(hex), f) == NULL)
			abort();
		(void)fclose(f);
		v->n = hex_octets(hex, v->p, sizeof(v->p));
	}
	(void)fclose(index);
	if (n == 0)
		abort();
	*count = n;
	return all;
}

/* A published example: test/vectors/rats/FOLDER/NAME. */
static inline struct bytes
published(const char *folder, const char *name, uint8_t *room, size_t n)
{
	char path[512];
	size_t got;
	FILE *f;

	(void)snprintf(path, sizeof(path), VECTORS "/rats/%s/%s", folder, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s is not there", path);
	got = fread(room, 1, n, f);
	(void)fclose(f);
	assert_true(got > 0 && got < n);
	return (struct bytes){room, got};
}

#endif
