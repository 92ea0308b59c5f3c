/*
 * ends: programs under fuzz.  Their sources are compiled with what ends or
 * reads around them renamed (CMakeLists.txt), so that an input is a file, a
 * setting or a command line, and the end of a program is only its own.
 */
#ifndef FUZZ_ENDS_H
#define FUZZ_ENDS_H

#include "fuzz.h"

#include <cmdline.h>
#include <ini.h>

/* Names of files: the input, a private key in PEM; any other is its public
 * half. */
#define FUZZ_INPUT   "input"
#define FUZZ_PRIVATE "private"

/* Run one program on octets until it returns or ends; its exit status.  What
 * it prints is lost. */
int fuzz_program(int (*main)(struct bytes in), struct bytes in);
/* The same for a command with its arguments, NULL after the last. */
int fuzz_command(int (*cmd)(int argc, char **argv), const char *const *argv,
    struct bytes in);

/* What the renamed functions become. */
_Noreturn void fuzz_exit(int status);
_Noreturn void fuzz_die(
    const char *prog, enum exit_status status, const char *format, ...);
_Noreturn void fuzz_die_usage(const char *prog, const char *format, ...);
enum err fuzz_read_file(const char *path, size_t max, struct bytes *out);
enum err fuzz_write_file(
    const char *path, struct bytes b, enum write_mode mode);
int fuzz_openat(int dir, const char *name, int flags, ...);
/* Freed when the next settings are parsed, not by who has it. */
char *fuzz_strdup(const char *s);
int fuzz_ini_parse(const char *file, ini_handler handler, void *arg);
void fuzz_log(enum log_level level, const char *event,
    const struct log_field *field, size_t n);

#endif
