/*
 * front: the TEEP front: network, engine, state database.
 *
 * Gives up, before it accepts the first connection: every file but state/
 * (and policy/, for reading), new sockets and processes, its user if one is
 * configured.  It never had a key.
 */
#include "front.h"
#include "confine.h"
#include "parts.h"

#include <crypto_openssl.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#define DRAIN_MS 10000
/* Lines a second on what comes to nothing. */
#define STRANGER_LINES 20
#define NOTHING_LINES  50
/* What malloc keeps of what was freed, each of its arenas: without it every
 * message gives back the pages of the sorter in policy_assigned's query, and
 * the next one faults them in anew. */
#define KEEP_FREED (1 << 20)

/* Kinds of Evidence that this TAM appraises itself. */
static const struct scheme *const schemes[] = {&scheme_eat, &scheme_tpm,
    &scheme_psa, &scheme_cca, &scheme_snp, &scheme_tdx, NULL};

/* One endpoint's engine: its dialect and the keys of that. */
static void
tam_fill(struct front *f, struct worker *w, size_t endpoint)
{
	const struct dialect_setting *d =
	    endpoint == 0 ? NULL : &f->s->dialect[endpoint - 1];
	const struct signer *esp256 = &w->keeper.teep[KEY_TEEP_ESP256];
	const struct signer *ed25519 = &w->keeper.teep[KEY_TEEP_ED25519];
	struct tam *t = &w->tam[endpoint];

	if (d != NULL) {
		esp256 = &w->keeper.teep[keeper_key_of(endpoint - 1, false)];
		ed25519 = &w->keeper.teep[keeper_key_of(endpoint - 1, true)];
	}
	*t = (struct tam){
	    .crypto = crypto_openssl(),
	    .view = store_view(w->reader),
	    .verifier = &w->verifier,
	    .results = &w->results,
	    .config = f->s->tam,
	    .esp256 = esp256,
	    .ed25519 = ed25519,
	    .result = &w->keeper.result,
	    .agree = &w->keeper.agree,
	    .self = {f->self.room, f->self.n},
	    .attester = settings_vouched(f->s) ? &w->attester : NULL,
	};
	if (d != NULL) {
		t->dialect = d->dialect;
		t->dialect_name = d->name;
		t->first = d->ed25519 ? ed25519 : esp256;
	}
	kid_text(esp256->kid, t->audience[0]);
	kid_text(ed25519->kid, t->audience[1]);
}

static enum err
worker_open(struct front *f, struct worker *w, int keeper)
{
	const struct crypto *c = crypto_openssl();

	TRY(keeper_client_open(&w->keeper, keeper, keeper_keys(f->s), c));
	w->keeper.lost = stop_broken;
	w->attester = (struct tam_attester){&w->keeper, keeper_client_evidence};
	TRY(store_reader_open(f->store, &w->reader));
	w->verifier = (struct verifier){
	    .crypto = c,
	    .store = store_verifier(w->reader),
	    .more = verifier_openssl(),
	    .schemes = schemes,
	};
	w->results = store_results(w->reader);
	w->results.submod = bytes_of_text(f->s->submodule);
	w->results.least = f->s->least_status;
	if (f->remote.n_keys > 0) {
		remote_port_fill(&w->remote, &f->remote);
		w->verifier.remote = &w->remote.verifier;
	}
	for (size_t i = 0; i <= f->s->n_dialects; i++)
		tam_fill(f, w, i);
	return OK;
}

static enum err
open_all(struct front *f, const struct front_fds *fd)
{
	const struct store_config config = {
	    .mac_key_life = 86400,
	    .sweep_every = 60,
	};
	char policy[PATH_MAX], state[PATH_MAX];

	if (fd->n_keeper > ARRAY_LEN(f->worker))
		return ERR_ROOM;
	settings_path(f->s, FILE_POLICY, policy);
	settings_path(f->s, FILE_STATE, state);
	TRY(store_open(policy, state, crypto_openssl(), &config, &f->store));
	for (; f->n_workers < fd->n_keeper; f->n_workers++)
		TRY(worker_open(
		    f, &f->worker[f->n_workers], fd->keeper[f->n_workers]));
	if (f->remote.n_keys == 0)
		return OK;
	return remote_start(
	    &f->remote, fd->courier, fd->n_courier, crypto_openssl());
}

static void
close_all(struct front *f)
{
	/* before the daemon: a suspended request must have come back */
	remote_stop(&f->remote);
	store_stop(f->store);
	if (f->daemon != NULL)
		MHD_stop_daemon(f->daemon);
	reaper_stop(&f->reaper);
	for (size_t i = 0; i < f->n_workers; i++) {
		store_reader_close(f->worker[i].reader);
		keeper_client_close(&f->worker[i].keeper);
	}
	store_close(f->store);
	chunk_pool_free(&f->pool);
}

int
front_run(const struct settings *s, const struct front_fds *fd)
{
	static struct front f;
	int stop = stop_fd();
	enum err e = stop < 0 ? ERR_SYSTEM : OK;

	f.s = s;
	(void)mallopt(M_TRIM_THRESHOLD, KEEP_FREED);
	for (size_t i = 0; i < ENDPOINTS_MAX; i++)
		(void)pthread_mutex_init(&f.flood[i].lock, NULL);
	chunk_pool_init(&f.pool, s->memory);
	lines_init(&f.strangers, STRANGER_LINES);
	lines_init(&f.nothings, NOTHING_LINES);
	if (e == OK && crypto_openssl() == NULL)
		e = ERR_RANDOM;
	/* while its own file can be read */
	if (e == OK)
		e = self_make(s, crypto_openssl(), &f.self);
	if (e == OK && s->verifier.uri[0] != 0)
		e = remote_open(&f.remote, s);
	/* before the first thread: what it gives up binds all that follow */
	if (e == OK)
		e = confine_front(s);
	if (e == OK)
		e = open_all(&f, fd);
	if (e == OK && !http_start(&f, fd->tcp))
		e = ERR_SYSTEM;
	if (e == OK && write(fd->ready, "", 1) != 1)
		e = ERR_SYSTEM;
	(void)close(fd->ready);
	if (e == OK)
		e = stop_wait(stop);
	if (e != OK)
		log_event(LEVEL_ERROR, "front-failed", LOG_ERR("reason", e));
	http_stop(&f, DRAIN_MS);
	close_all(&f);
	crypto_counts_log("front");
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
