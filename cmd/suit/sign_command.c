/*
 * sign_command: signatures that another program makes, whatever service it
 * asks: it gets the octets, and what it answers is verified.
 */
#include "signers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX 4096

/* Without white space, and with a NUL. */
static size_t
squeezed(struct bytes in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		if (strchr(" \t\r\n", in.p[i]) == NULL)
			out[n++] = (char)in.p[i];
	out[n] = 0;
	return n;
}

enum err
signature_read(struct bytes in, uint8_t sig[SIG_LEN])
{
	char text[ANSWER_MAX + 1];
	uint8_t room[ANSWER_MAX];
	struct bytes b = BYTES_NONE;
	size_t n;

	if (in.n > ANSWER_MAX)
		return ERR_TOO_LONG;
	if (in.n == SIG_LEN) {
		memcpy(sig, in.p, SIG_LEN);
		return OK;
	}
	if (openssl_signature_raw(in, sig) == OK)
		return OK;
	n = squeezed(in, text);
	if (n == 2 * SIG_LEN && hex_read(text, SPAN_OF(room), &b) == OK) {
		memcpy(sig, b.p, SIG_LEN);
		return OK;
	}
	while (n > 0 && text[n - 1] == '=')
		text[--n] = 0;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(text[i] == '+'   ? '-'
				 : text[i] == '/' ? '_'
						  : text[i]);
	if (base64url_read(text, SPAN_OF(room), &b) != OK)
		return ERR_SYNTAX;
	if (b.n != SIG_LEN)
		return openssl_signature_raw(b, sig);
	memcpy(sig, b.p, SIG_LEN);
	return OK;
}

/* In the child: the shell with these ends. */
_Noreturn static void
child(const char *command, int32_t alg, const uint8_t sha256[DIGEST_LEN],
    const int to[2], const int from[2])
{
	char hex[2 * DIGEST_LEN + 1];

	hex_text(hex, sizeof(hex), (struct bytes){sha256, DIGEST_LEN});
	if (dup2(to[0], STDIN_FILENO) == -1 ||
	    dup2(from[1], STDOUT_FILENO) == -1 ||
	    setenv("SUIT_SHA256", hex, 1) != 0 ||
	    setenv("SUIT_ALG",
		alg == ALG_ED25519 || alg == ALG_EDDSA ? "Ed25519" : "ESP256",
		1) != 0)
		_exit(127);
	(void)close(to[0]);
	(void)close(to[1]);
	(void)close(from[0]);
	(void)close(from[1]);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* All of it into the pipe; a reader that wants none of it is no fault. */
static enum err
give(int fd, struct bytes b)
{
	while (b.n > 0) {
		ssize_t n = write(fd, b.p, b.n);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EPIPE ? OK : ERR_SYSTEM;
		b.p += n;
		b.n -= (size_t)n;
	}
	return OK;
}

static enum err
take(int fd, uint8_t room[ANSWER_MAX], size_t *got)
{
	*got = 0;
	for (;;) {
		ssize_t n = read(fd, room + *got, ANSWER_MAX - *got);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return ERR_SYSTEM;
		if (n == 0)
			return OK;
		*got += (size_t)n;
		if (*got == ANSWER_MAX)
			return ERR_TOO_LONG;
	}
}

enum err
command_sign(const char *command, int32_t alg, const uint8_t sha256[DIGEST_LEN],
    struct bytes to_sign, uint8_t sig[SIG_LEN])
{
	int to[2], from[2], status = 0;
	uint8_t room[ANSWER_MAX];
	size_t n = 0;
	enum err e;
	pid_t pid;

	if (pipe2(to, O_CLOEXEC) != 0)
		return ERR_SYSTEM;
	if (pipe2(from, O_CLOEXEC) != 0) {
		(void)close(to[0]);
		(void)close(to[1]);
		return ERR_SYSTEM;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		child(command, alg, sha256, to, from);
	(void)close(to[0]);
	(void)close(from[1]);
	/* what is signed fits a pipe, so nobody waits for nobody */
	e = pid == -1 ? ERR_SYSTEM : give(to[1], to_sign);
	(void)close(to[1]);
	if (e == OK)
		e = take(from[0], room, &n);
	(void)close(from[0]);
	if (pid != -1)
		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			;
	if (e != OK)
		return e;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)fprintf(stderr, PROG ": the signing command %s %d\n",
		    WIFEXITED(status) ? "ended with status"
				      : "was stopped by signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
		return ERR_CRYPTO;
	}
	return signature_read((struct bytes){room, n}, sig);
}
