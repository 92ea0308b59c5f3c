/*
 * keeper: holds the private keys and does nothing else.
 *
 * Gives up, once the keys are read: the file system, the network, new
 * processes, its user if one is configured.  It speaks on the sockets it was
 * given, and a thread serves each.
 */
#include "keeper.h"
#include "confine.h"
#include "parts.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS_MAX    128
#define COUNT_EVERY_MS 60000

static const struct {
	const char *name;
	int32_t crv;
} keys[KEEPER_KEYS] = {
    [KEY_TEEP_ESP256] = {"teep-esp256", CRV_P256},
    [KEY_TEEP_ED25519] = {"teep-ed25519", CRV_ED25519},
    [KEY_RESULT] = {"result-esp256", CRV_P256},
    [KEY_ENCRYPTION] = {"encryption-p256", CRV_P256},
};

/* Of the pair that a dialect has. */
static size_t
kind_of(size_t k)
{
	return k < KEEPER_KEYS ? k : (k - KEEPER_KEYS) % 2;
}

size_t
keeper_keys(const struct settings *s)
{
	return KEEPER_KEYS + 2 * s->n_dialects;
}

const char *
keeper_key_name(const struct settings *s, size_t k, char out[KEY_NAME_MAX])
{
	const char *name = keys[kind_of(k)].name;

	if (k < KEEPER_KEYS)
		(void)snprintf(out, KEY_NAME_MAX, "%s", name);
	else
		(void)snprintf(out, KEY_NAME_MAX, "%s-%s", name,
		    s->dialect[(k - KEEPER_KEYS) / 2].name);
	return out;
}

int32_t
keeper_key_curve(size_t k)
{
	return keys[kind_of(k)].crv;
}

struct server {
	struct keeper *k;
	int fd;
};

static void *
serve(void *arg)
{
	struct server *s = arg;
	uint8_t answer[KEEPER_ANSWER_MAX];
	struct span room = {0};
	struct bytes in, out;
	enum err e = OK;

	while (e == OK) {
		e = frame_receive(s->fd, KEEPER_QUESTION_MAX, &room, &in);
		if (e != OK)
			break;
		out = keeper_answer(s->k, in, (uint64_t)time(NULL), answer);
		e = frame_send(s->fd, out, NULL, 0);
		wipe(answer, sizeof(answer));
	}
	/* The front has one socket for each thread, and gets no other: half a
	 * keeper would be half a TAM. */
	if (e != ERR_NOT_FOUND) {
		log_event(LEVEL_ERROR, "keeper-socket", LOG_ERR("reason", e),
		    LOG_S("error", strerror(errno)));
		stop_broken();
	}
	(void)shutdown(s->fd, SHUT_RDWR);
	free(room.p);
	return NULL;
}

/* One key file: the private key as a signer or agreer, and its public half. */
static enum err
key_load(const struct settings *s, size_t k, struct signer *signer,
    struct agreer *agreer, struct cose_key *pub)
{
	char key[KEY_NAME_MAX], name[KEY_NAME_MAX + 16], path[PATH_MAX];
	struct bytes pem;
	enum err e;

	(void)snprintf(
	    name, sizeof(name), DIR_KEYS "/%s.pem", keeper_key_name(s, k, key));
	settings_path(s, name, path);
	e = read_file(path, KEY_FILE_MAX, &pem);
	if (e == OK)
		e = openssl_private_public(pem, pub);
	if (e == OK && pub->crv != keeper_key_curve(k))
		e = ERR_COSE_KEY;
	if (e == OK)
		e = signer != NULL ? openssl_signer_load(pem, signer)
				   : openssl_agreer_load(pem, agreer);
	release_bytes(&pem);
	if (e != OK)
		log_event(LEVEL_ERROR, "key", LOG_S("file", path),
		    LOG_ERR("reason", e));
	return e;
}

/* Is this one a TEEP key? */
static bool
is_teep(size_t k)
{
	return k != KEY_RESULT && k != KEY_ENCRYPTION;
}

/* One key, one dialect: two files with one key would let either speak as the
 * other. */
static enum err
key_alone(const struct settings *s, const struct keeper *k, size_t n)
{
	char name[KEY_NAME_MAX];

	for (size_t i = 0; i < n; i++) {
		if (memcmp(&k->pub[i], &k->pub[n], sizeof(k->pub[n])) != 0)
			continue;
		log_event(LEVEL_ERROR, "key",
		    LOG_S("file", keeper_key_name(s, n, name)),
		    LOG_ERR("reason", ERR_KEY_PURPOSE));
		return ERR_KEY_PURPOSE;
	}
	return OK;
}

static enum err
keys_load(const struct settings *s, struct keeper *k)
{
	for (k->n_keys = 0; k->n_keys < keeper_keys(s); k->n_keys++) {
		size_t n = k->n_keys;
		struct signer *signer = is_teep(n)        ? &k->teep[n]
					: n == KEY_RESULT ? &k->result
							  : NULL;

		TRY(key_load(s, n, signer, &k->agree, &k->pub[n]));
		TRY(key_alone(s, k, n));
		if (n >= KEEPER_KEYS)
			k->dialect[n] =
			    &s->dialect[(n - KEEPER_KEYS) / 2].dialect;
	}
	return OK;
}

/* Only where another Verifier is to vouch for this TAM. */
static enum err
evidence_load(const struct settings *s, struct keeper *k)
{
	char path[PATH_MAX];
	struct bytes pem;
	enum err e;

	if (!settings_vouched(s))
		return OK;
	settings_path(s, DIR_KEYS "/" KEY_EVIDENCE_NAME ".pem", path);
	e = read_file(path, KEY_FILE_MAX, &pem);
	if (e == OK)
		e = openssl_private_public(pem, &k->evidence_pub);
	if (e == OK && k->evidence_pub.crv != CRV_P256)
		e = ERR_COSE_KEY;
	for (size_t i = 0; e == OK && i < k->n_keys; i++)
		if (memcmp(&k->pub[i], &k->evidence_pub, sizeof(k->pub[i])) ==
		    0)
			e = ERR_KEY_PURPOSE;
	if (e == OK)
		e = openssl_signer_load(pem, &k->evidence);
	release_bytes(&pem);
	if (e == OK)
		e = crypto_openssl()->random(SPAN_OF(k->bootseed));
	if (e != OK)
		log_event(LEVEL_ERROR, "key", LOG_S("file", path),
		    LOG_ERR("reason", e));
	return e;
}

static void
keys_free(struct keeper *k)
{
	for (size_t i = 0; i < ARRAY_LEN(k->teep); i++)
		openssl_signer_free(&k->teep[i]);
	openssl_signer_free(&k->result);
	openssl_signer_free(&k->evidence);
	openssl_agreer_free(&k->agree);
}

static void
counts_log(struct keeper *k, uint64_t *last)
{
	uint64_t teep = atomic_load(&k->n.teep);
	uint64_t result = atomic_load(&k->n.result);
	uint64_t agreed = atomic_load(&k->n.agree);
	uint64_t refused = atomic_load(&k->n.refused);
	uint64_t capped = atomic_load(&k->n.capped);
	uint64_t sum = teep + result + agreed + refused + capped;

	if (sum == *last)
		return;
	*last = sum;
	log_event(LEVEL_INFO, "keeper", LOG_N("teep", teep),
	    LOG_N("result", result), LOG_N("agree", agreed),
	    LOG_N("refused", refused), LOG_N("rate-limited", capped));
}

/* Whoever still asks is told nothing more. */
static void
end_all(struct server *server, pthread_t *thread, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)shutdown(server[i].fd, SHUT_RDWR);
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(thread[i], NULL);
		(void)close(server[i].fd);
	}
}

static enum err
serve_all(struct keeper *k, const int *fd, size_t n, pthread_t *thread,
    struct server *server, size_t *started)
{
	for (*started = 0; *started < n; (*started)++) {
		struct server *s = &server[*started];

		*s = (struct server){k, fd[*started]};
		if (pthread_create(&thread[*started], NULL, serve, s) != 0)
			return ERR_SYSTEM;
	}
	return OK;
}

int
keeper_run(const struct settings *s, const int *fd, size_t n)
{
	static struct keeper k = {.lock = ATOMIC_FLAG_INIT};
	static struct server server[SOCKETS_MAX];
	static pthread_t thread[SOCKETS_MAX];
	int stop = stop_fd();
	struct pollfd p = {.fd = stop, .events = POLLIN};
	size_t started = 0;
	uint64_t counted = 0;
	enum err e = OK;

	lines_init(&k.lines, KEEPER_LINES);
	k.rate = s->sign_rate;
	k.result_life = s->tam.result_life;
	if (stop < 0 || n > SOCKETS_MAX)
		e = ERR_SYSTEM;
	if (e == OK && crypto_openssl() == NULL)
		e = ERR_RANDOM;
	if (e == OK)
		e = keys_load(s, &k);
	if (e == OK)
		e = evidence_load(s, &k);
	if (e == OK)
		e = self_make(s, crypto_openssl(), &k.self);
	if (e == OK)
		e = confine_keeper(s);
	if (e == OK)
		e = serve_all(&k, fd, n, thread, server, &started);
	while (e == OK) {
		int r = poll(&p, 1, COUNT_EVERY_MS);

		if (r > 0)
			break;
		if (r < 0 && errno != EINTR)
			e = ERR_SYSTEM;
		counts_log(&k, &counted);
	}
	if (e == OK && stop_is_broken())
		e = ERR_SYSTEM;
	counts_log(&k, &counted);
	crypto_counts_log("keeper");
	end_all(server, thread, started);
	keys_free(&k);
	if (e != OK)
		log_event(LEVEL_ERROR, "keeper-failed", LOG_ERR("reason", e));
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
