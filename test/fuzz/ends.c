/*
 * ends: the ends of programs, and the files that they read.
 */
#include "ends.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

static jmp_buf end;
static bool running;
static struct bytes given;

/* A key of a made-up person: always the same, so that inputs are. */
static const char pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgASNFZ4mrze8BI0Vn\n"
    "iavN7wEjRWeJq83vASNFZ4mrze+hRANCAATYzRLqXGfy+KAMESSJPtz6Z1TE1s7e\n"
    "a+E73yKVyBCpf6WonS0qNgwMqaTWx8ntSyjT4ZnWYn8uaW1onDEKWw9I\n"
    "-----END PRIVATE KEY-----\n";
static const char public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2M0S6lxn8vigDBEkiT7c+mdUxNbO\n"
    "3mvhO98ilcgQqX+lqJ0tKjYMDKmk1sfJ7Uso0+GZ1mJ/LmltaJwxClsPSA==\n"
    "-----END PUBLIC KEY-----\n";

/* A program that ends leaves its memory to the system. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

int
fuzz_program(int (*main)(struct bytes in), struct bytes in)
{
	static FILE *nowhere;
	FILE *out = stdout, *err = stderr;
	int status;

	HOLDS(crypto_openssl() != NULL);
	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "w");
	HOLDS(nowhere != NULL);
	stdout = stderr = nowhere;
	given = in;
	running = true;
	status = setjmp(end);
	status = status == 0 ? main(in) : status - 1;
	running = false;
	stdout = out;
	stderr = err;
	return status;
}

static int (*command)(int argc, char **argv);
static const char *const *arguments;

static int
run_command(struct bytes in)
{
	char *argv[16] = {NULL};
	int argc = 0;

	(void)in;
	for (; arguments[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)arguments[argc];
	optind = 0; /* begin anew */
	opterr = 0;
	return command(argc, argv);
}

int
fuzz_command(
    int (*cmd)(int argc, char **argv), const char *const *argv, struct bytes in)
{
	command = cmd;
	arguments = argv;
	return fuzz_program(run_command, in);
}

void
fuzz_exit(int status)
{
	HOLDS(running);
	longjmp(end, status + 1);
}

/* Format what would be said: the formats and their arguments are checked. */
static void
say(const char *format, va_list ap)
{
	char line[8192];

	HOLDS(vsnprintf(line, sizeof(line), format, ap) >= 0);
}

void
fuzz_die(const char *prog, enum exit_status status, const char *format, ...)
{
	va_list ap;

	(void)prog;
	va_start(ap, format);
	say(format, ap);
	va_end(ap);
	fuzz_exit((int)status);
}

void
fuzz_die_usage(const char *prog, const char *format, ...)
{
	va_list ap;

	(void)prog;
	va_start(ap, format);
	say(format, ap);
	va_end(ap);
	fuzz_exit(EXIT_USAGE);
}

enum err
fuzz_read_file(const char *path, size_t max, struct bytes *out)
{
	bool own = strcmp(path, FUZZ_PRIVATE) == 0;
	struct bytes b = own ? BYTES_LIT(pem) : BYTES_LIT(public);
	uint8_t *p;

	*out = BYTES_NONE;
	if (strcmp(path, FUZZ_INPUT) == 0)
		b = given;
	if (b.n > max)
		return ERR_TOO_LONG;
	p = malloc(b.n > 0 ? b.n : 1);
	HOLDS(p != NULL);
	if (b.n > 0)
		memcpy(p, b.p, b.n);
	*out = (struct bytes){p, b.n};
	return OK;
}

enum err
fuzz_write_file(const char *path, struct bytes b, enum write_mode mode)
{
	(void)path;
	(void)mode;
	HOLDS(b.n == 0 || b.p != NULL);
	return OK;
}

/* What the last run has left; a handler may end the program. */
static struct left {
	struct left *next;
	char text[];
} * left;

static void
leave_nothing(void)
{
	while (left != NULL) {
		struct left *next = left->next;

		free(left);
		left = next;
	}
}

static char *
leave(const void *p, size_t n)
{
	struct left *l = malloc(sizeof(*l) + n + 1);

	HOLDS(l != NULL);
	l->next = left;
	if (n > 0)
		memcpy(l->text, p, n);
	l->text[n] = 0;
	left = l;
	return l->text;
}

char *
fuzz_strdup(const char *s)
{
	return leave(s, strlen(s));
}

int
fuzz_ini_parse(const char *file, ini_handler handler, void *arg)
{
	HOLDS(strcmp(file, FUZZ_INPUT) == 0);
	leave_nothing();
	return ini_parse_string(leave(given.p, given.n), handler, arg);
}

void
fuzz_log(enum log_level level, const char *event, const struct log_field *field,
    size_t n)
{
	char room[256];

	(void)level;
	HOLDS(event[0] != 0);
	for (size_t i = 0; i < n; i++)
		HOLDS(safe_text(room, sizeof(room), field[i].b) == room);
}

/* The agent's own directory, with one file in it. */
int
fuzz_openat(int dir, const char *name, int flags, ...)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	(void)dir;
	(void)flags;
	HOLDS(fd >= 0);
	HOLDS(write(fd, given.p, given.n) == (ssize_t)given.n);
	HOLDS(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}
