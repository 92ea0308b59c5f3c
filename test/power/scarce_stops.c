/*
 * scarce_stops: finds the allocating functions of a program, in itself or in
 * its libraries, and puts breakpoints there.
 */
#include "scarce.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

#define STOPS_MAX 4096

static struct stop stops[STOPS_MAX];
static size_t n_stops;

static const struct {
	const char *name;
	enum stop_kind kind;
} entrance[] = {
    {"malloc", STOP_FIRST},
    {"calloc", STOP_BOTH},
    {"realloc", STOP_SECOND},
    {"memalign", STOP_SECOND},
    {"aligned_alloc", STOP_SECOND},
    {"posix_memalign", STOP_NUMBER},
    /* AddressSanitizer's own do not come by the others */
    {"reallocarray", STOP_DUPLICATE},
    {"strdup", STOP_DUPLICATE},
    {"__strdup", STOP_DUPLICATE},
    {"strndup", STOP_DUPLICATE},
    {"__strndup", STOP_DUPLICATE},
};

/* ---- files --------------------------------------------------------------- */

struct elf {
	const uint8_t *p;
	size_t n;
};

static bool
elf_open(const char *path, struct elf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0)
		return false;
	p = fstat(fd, &st) == 0
		? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
		: MAP_FAILED;
	(void)close(fd);
	if (p == MAP_FAILED)
		return false;
	*out = (struct elf){p, (size_t)st.st_size};
	return true;
}

static void
elf_close(struct elf *f)
{
	(void)munmap((void *)(uintptr_t)f->p, f->n);
}

static const Elf64_Ehdr *
head(const struct elf *f)
{
	return (const Elf64_Ehdr *)(const void *)f->p;
}

/* Address of a function in the file, 0: it has none of that name. */
static uint64_t
elf_function(const struct elf *f, const char *name)
{
	const Elf64_Shdr *s =
	    (const Elf64_Shdr *)(const void *)(f->p + head(f)->e_shoff);

	for (size_t i = 0; i < head(f)->e_shnum; i++) {
		const Elf64_Sym *y =
		    (const Elf64_Sym *)(const void *)(f->p + s[i].sh_offset);
		const char *names;

		if (s[i].sh_type != SHT_SYMTAB && s[i].sh_type != SHT_DYNSYM)
			continue;
		names = (const char *)f->p + s[s[i].sh_link].sh_offset;
		for (size_t k = 0; k < s[i].sh_size / sizeof(*y); k++) {
			if (ELF64_ST_TYPE(y[k].st_info) == STT_FUNC &&
			    y[k].st_value != 0 &&
			    strcmp(names + y[k].st_name, name) == 0)
				return y[k].st_value;
		}
	}
	return 0;
}

/* Where execution begins, by the kernel's word. */
static uint64_t
entry_of(pid_t pid)
{
	Elf64_auxv_t v[64];
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, v, sizeof(v));
	(void)close(fd);
	for (size_t i = 0; n > 0 && i < (size_t)n / sizeof(v[0]); i++) {
		if (v[i].a_type == AT_ENTRY)
			return v[i].a_un.a_val;
	}
	return 0;
}

/* The library whose name has this in it: its path, and where it begins. */
static bool
library(pid_t pid, const char *part, char path[PATH_MAX], uint64_t *base)
{
	char name[64], line[PATH_MAX + 128];
	unsigned long from, offset;
	FILE *maps;
	bool found = false;

	(void)snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	maps = fopen(name, "re");
	while (
	    maps != NULL && !found && fgets(line, sizeof(line), maps) != NULL) {
		const char *at = strchr(line, '/');

		line[strcspn(line, "\n")] = 0;
		if (at == NULL || strstr(at, part) == NULL ||
		    sscanf(line, "%lx-%*x %*s %lx", &from, &offset) != 2 ||
		    offset != 0)
			continue;
		(void)snprintf(path, PATH_MAX, "%s", at);
		*base = from;
		found = true;
	}
	if (maps != NULL)
		(void)fclose(maps);
	return found;
}

/* ---- breakpoints --------------------------------------------------------- */

bool
stop_put(pid_t pid, uint64_t at, uint8_t byte)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKTEXT, pid, at, 0);
	if (errno != 0)
		return false;
	return ptrace(PTRACE_POKETEXT, pid, at, (word & ~0xffL) | (long)byte) ==
	       0;
}

const struct stop *
stop_find(uint64_t at)
{
	/* the last is what matters: addresses may be had again */
	for (size_t i = n_stops; i > 0; i--) {
		if (stops[i - 1].at == at)
			return &stops[i - 1];
	}
	return NULL;
}

#define REG(r) offsetof(struct user_regs_struct, r)

/* Which register `push` with this opcode pushes. */
static const uint32_t pushed[2][8] = {
    {REG(rax), REG(rcx), REG(rdx), REG(rbx), REG(rsp), REG(rbp), REG(rsi),
	REG(rdi)},
    {REG(r8), REG(r9), REG(r10), REG(r11), REG(r12), REG(r13), REG(r14),
	REG(r15)},
};

static void
add(pid_t pid, struct stop s)
{
	uint8_t in[sizeof(long)];
	long word;

	for (size_t i = n_stops; i > 0 && stops[i - 1].base == s.base; i--) {
		if (stops[i - 1].at == s.at)
			return; /* another name of the same */
	}
	errno = 0;
	word = ptrace(PTRACE_PEEKTEXT, pid, s.at, 0);
	if (errno != 0)
		return;
	memcpy(in, &word, sizeof(in));
	s.byte = in[0];
	s.endbr = memcmp(in, "\xf3\x0f\x1e\xfa", 4) == 0;
	s.push = STOP_NO_PUSH;
	if ((in[0] & 0xf8) == 0x50) {
		s.push = pushed[0][in[0] & 7];
		s.push_n = 1;
	} else if (in[0] == 0x41 && (in[1] & 0xf8) == 0x50) {
		s.push = pushed[1][in[1] & 7];
		s.push_n = 2;
	}
	if (n_stops == STOPS_MAX) { /* the oldest programs have ended */
		memmove(stops, stops + STOPS_MAX / 2,
		    sizeof(stops[0]) * (STOPS_MAX / 2));
		n_stops = STOPS_MAX / 2;
	}
	if (stop_put(pid, s.at, STOP_BYTE))
		stops[n_stops++] = s;
}

/* All that f has. */
static void
add_all(pid_t pid, const struct elf *f, uint64_t base, uint64_t refuser)
{
	for (size_t i = 0; i < sizeof(entrance) / sizeof(entrance[0]); i++) {
		uint64_t at = elf_function(f, entrance[i].name);

		/* who duplicates in a C library calls malloc */
		if (at == 0 ||
		    (refuser == 0 && entrance[i].kind == STOP_DUPLICATE))
			continue;
		add(pid, (struct stop){.at = base + at,
			     .base = base,
			     .refuser = refuser,
			     .kind = (uint8_t)entrance[i].kind});
	}
}

void
stops_exec(pid_t pid)
{
	uint64_t entry = entry_of(pid), base, begin;
	char path[64];
	struct elf f;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (entry == 0 || !elf_open(path, &f))
		return;
	base = entry - head(&f)->e_entry;
	begin = elf_function(&f, "main");
	if (begin != 0)
		add(pid,
		    (struct stop){
			.at = base + begin, .base = base, .kind = STOP_START});
	elf_close(&f);
}

void
stops_begin(pid_t pid, uint64_t base)
{
	char path[PATH_MAX];
	uint64_t refuser = 0;
	struct elf f;

	if (!library(pid, "/libc.so.6", path, &base)) { /* all in one file */
		(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	} else if (elf_open(path, &f)) {
		refuser = base + elf_function(&f, "reallocarray");
		elf_close(&f);
		/* else what was found stands in path */
		if (!library(pid, "/libasan.so", path, &base))
			refuser = 0;
	}
	if (!elf_open(path, &f))
		return;
	add_all(pid, &f, base, refuser);
	elf_close(&f);
}

void
stop_refuse(const struct stop *s, struct user_regs_struct *r, uint64_t caller)
{
	const unsigned long long all = ~0ULL;

	r->rip = s->at;
	if (s->kind == STOP_NUMBER) { /* as if it had returned */
		r->rax = ENOMEM;
		r->rip = caller;
		r->rsp += 8;
		return;
	}
	if (s->refuser != 0) { /* a product that overflows */
		r->rip = s->refuser;
		r->rdi = 0;
		r->rsi = r->rdx = all;
		return;
	}
	if (s->kind == STOP_FIRST || s->kind == STOP_BOTH)
		r->rdi = all;
	if (s->kind == STOP_SECOND || s->kind == STOP_BOTH)
		r->rsi = all;
}
