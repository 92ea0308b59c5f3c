/*
 * memfd: sealed copies of programs, and memory for secrets.
 */
#include "sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define ALL_SEALS       (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SIZE_MAX_SEALED (UINT64_C(1) << 31)
#define PIECE           65536

/* A kernel may demand that executable memory files say so, and an older one
 * does not know the flag. */
static int
memfd(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

static bool
put_all(int fd, struct bytes b)
{
	while (b.n > 0) {
		ssize_t n = write(fd, b.p, b.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		b.p += n;
		b.n -= (size_t)n;
	}
	return true;
}

/* Execute-only: a process whose file it cannot read is not dumpable, so not
 * even another process of the same user reads its memory. */
static bool
seal(int fd)
{
	return fchmod(fd, 0111) == 0 && fcntl(fd, F_ADD_SEALS, ALL_SEALS) == 0;
}

enum err
sandbox_seal_bytes(const char *name, struct bytes in, int *fd, struct why *why)
{
	int m;

	*fd = -1;
	if (in.n > SIZE_MAX_SEALED)
		return why_set(why, ERR_TOO_LONG, "memory file");
	m = memfd(name);
	if (m < 0)
		return sandbox_fault(why, "memfd_create");
	if (!put_all(m, in) || !seal(m)) {
		enum err e = sandbox_fault(why, "sealed memory file");

		(void)close(m);
		return e;
	}
	*fd = m;
	return OK;
}

/* Copy a file from its start to its end; false with errno. */
static bool
copy(int from, int to, uint64_t max)
{
	uint8_t piece[PIECE];
	uint64_t at = 0;

	for (;;) {
		ssize_t n = pread(from, piece, sizeof(piece), (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			return true;
		if ((uint64_t)n > max - at) {
			errno = EFBIG;
			return false;
		}
		if (!put_all(to, (struct bytes){piece, (size_t)n}))
			return false;
		at += (uint64_t)n;
	}
}

enum err
sandbox_seal_file(
    const char *name, int from, uint64_t max, int *fd, struct why *why)
{
	enum err e;
	int m;

	*fd = -1;
	if (max > SIZE_MAX_SEALED)
		max = SIZE_MAX_SEALED;
	m = memfd(name);
	if (m < 0)
		return sandbox_fault(why, "memfd_create");
	if (copy(from, m, max) && seal(m)) {
		*fd = m;
		return OK;
	}
	e = errno == EFBIG ? why_set(why, ERR_TOO_LONG, "memory file")
			   : sandbox_fault(why, "sealed memory file");
	(void)close(m);
	return e;
}

bool
sandbox_sealed(int fd, uint64_t *size)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	*size = 0;
	if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS ||
	    fstat(fd, &st) != 0 || st.st_size < 0)
		return false;
	*size = (uint64_t)st.st_size;
	return true;
}

static size_t
whole_pages(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n + page - 1) / page * page;
}

/* The descriptor is closed at once: with it another process could map the
 * same memory, without it only the mapping is left. */
static uint8_t *
hidden_memory(size_t n)
{
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	void *p = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)n) == 0)
		p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	return p == MAP_FAILED ? NULL : p;
}

enum err
sandbox_secret(size_t n, struct span *out, bool *hidden, struct why *why)
{
	size_t all = whole_pages(n);
	uint8_t *p;

	*out = (struct span){NULL, 0};
	p = hidden_memory(all);
	*hidden = p != NULL;
	if (p == NULL) {
		p = mmap(NULL, all, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return sandbox_fault(why, "memory for secrets");
		if (mlock(p, all) != 0 ||
		    madvise(p, all, MADV_WIPEONFORK) != 0) {
			enum err e =
			    sandbox_fault(why, "locked memory for secrets");

			(void)munmap(p, all);
			return e;
		}
	}
	if (madvise(p, all, *hidden ? MADV_DONTFORK : MADV_DONTDUMP) != 0) {
		enum err e = sandbox_fault(why, "memory for secrets");

		(void)munmap(p, all);
		return e;
	}
	*out = (struct span){p, n};
	return OK;
}

void
sandbox_secret_free(struct span *s)
{
	if (s->p == NULL)
		return;
	wipe(s->p, s->n);
	(void)munmap(s->p, whole_pages(s->n));
	*s = (struct span){NULL, 0};
}
