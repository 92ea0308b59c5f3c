/*
 * remote_port: another Verifier, as the engine asks it: an errand, and when it
 * has come back, the keys of DIR_VERIFIER that its Result has to be signed by.
 */
#include "courier.h"

#include <crypto_openssl.h>
#include <dirent.h>
#include <errno.h>
#include <rats_json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking -------------------------------------------------------------- */

/* The Evidence that the engine has decrypted, and what it is asked about. */
static enum err
errand_fill(
    struct errand *e, const struct verifier_ask *ask, struct bytes evidence)
{
	uint8_t room[QUESTION_HEAD_MAX], *all;
	struct bytes head;

	TRY(question_head(ask, evidence.n, SPAN_OF(room), &head));
	all = malloc(head.n + evidence.n);
	if (all == NULL)
		return ERR_MEMORY;
	memcpy(all, head.p, head.n);
	memcpy(all + head.n, evidence.p, evidence.n);
	e->question = (struct bytes){all, head.n + evidence.n};
	e->state = ERRAND_ASKED;
	return OK;
}

static enum err
ask(void *ctx, const struct verifier_ask *q, struct bytes evidence,
    struct bytes *result, struct why *why)
{
	struct remote_port *p = ctx;
	struct errand *e = p->errand;
	enum err err;

	*result = BYTES_NONE;
	if (e->state == ERRAND_NONE) {
		err = errand_fill(e, q, evidence);
		return err == OK ? ERR_BUSY : err;
	}
	if (e->state == ERRAND_ASKED)
		return ERR_BUG;
	*result = e->result;
	if (e->err == OK)
		return OK;
	(void)why_set(why, e->err, "Verifier");
	why->kind = WHY_TEXT;
	why->found = bytes_of_text(e->text);
	return e->err;
}

/* ---- believing ----------------------------------------------------------- */

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct remote *r = ctx;

	(void)alg; /* cose compares it with the key */
	for (size_t i = 0; i < r->n_keys; i++) {
		if (kid.n != 0 && !bytes_same(kid, BYTES_OF(r->kid[i])))
			continue;
		if (nth-- > 0)
			continue;
		*out = r->key[i];
		return OK;
	}
	return ERR_UNKNOWN_KEY;
}

static void
copy(char *out, size_t room, const char *in)
{
	(void)snprintf(out, room, "%.*s", (int)room - 1, in);
}

static enum err
jwt_check(struct remote_port *p, struct result_ask *want, struct bytes result,
    struct verifier_said *said, struct why *why)
{
	struct errand *e = p->errand;
	struct rats_json_refusal no;
	enum err err;

	/* CBOR is shorter, but for the smallest */
	if (e->claims.p == NULL)
		e->claims =
		    (struct span){malloc(result.n + 1024), result.n + 1024};
	if (e->claims.p == NULL)
		return ERR_MEMORY;
	err = rats_json_result(crypto_openssl(), p->r->key, p->r->n_keys, want,
	    result, e->claims, &said->good, &no, why);
	said->refuses = no.refuses;
	said->bound = no.bound;
	copy(said->what, sizeof(said->what), no.claim);
	copy(said->expected, sizeof(said->expected), no.expected);
	copy(said->found, sizeof(said->found), no.found);
	copy(said->source, sizeof(said->source), no.source);
	copy(said->failed, sizeof(said->failed), no.measurement);
	return err;
}

static enum err
check(void *ctx, struct result_ask *want, struct bytes result,
    struct verifier_said *said, struct why *why)
{
	struct remote_port *p = ctx;
	const struct keyring ring = {p->r, find};
	enum err e;

	if (p->errand->form == FORM_JWT)
		return jwt_check(p, want, result, said, why);
	want->form = p->errand->form == FORM_EAR ? &result_ear : &result_teep;
	want->verifiers = &ring;
	e = result_check(crypto_openssl(), want, result, &said->good, why);
	/* Who signed it, when and for which challenge held before these. */
	said->refuses = e == ERR_NOT_ATTESTED || e == ERR_RESULT_CNF;
	said->bound = e == ERR_NOT_ATTESTED;
	return e;
}

void
remote_port_fill(struct remote_port *p, struct remote *r)
{
	const struct verifier_setting *v = &r->s->verifier;

	*p = (struct remote_port){
	    .r = r,
	    .verifier =
		{
		    .ctx = p,
		    .name = bytes_of_text(v->uri),
		    .ask = ask,
		    .check = check,
		    .least = strcmp(v->accepts, "warning") == 0 ? EAR_WARNING
								: EAR_AFFIRMING,
		    .assurance =
			assurance_from_name(bytes_of_text(v->assurance)),
		    .skew = r->s->tam.clock_skew,
		},
	};
}

/* ---- whom is believed ---------------------------------------------------- */

static enum err
key_load(struct remote *r, const char *folder, const char *name)
{
	char path[PATH_MAX + NAME_MAX + 2];
	enum err e;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	e = r->n_keys == COURIER_KEYS_MAX
		? ERR_ROOM
		: load_public_key(path, &r->key[r->n_keys], NULL);
	if (e == OK)
		r->n_keys++;
	else
		log_event(LEVEL_ERROR, "verifier-key", LOG_S("file", path),
		    LOG_ERR("reason", e));
	return e;
}

enum err
remote_open(struct remote *r, const struct settings *s)
{
	static const char suffix[] = ".pem";
	char folder[PATH_MAX];
	const struct dirent *d;
	enum err e = OK;
	DIR *dir;

	r->s = s;
	settings_path(s, DIR_VERIFIER, folder);
	dir = opendir(folder);
	while (e == OK && dir != NULL && (d = readdir(dir)) != NULL) {
		size_t n = strlen(d->d_name);

		if (n >= sizeof(suffix) &&
		    strcmp(d->d_name + n - strlen(suffix), suffix) == 0)
			e = key_load(r, folder, d->d_name);
	}
	if (dir != NULL)
		(void)closedir(dir);
	if (e == OK && r->n_keys == 0) {
		e = ERR_NOT_FOUND;
		log_event(LEVEL_ERROR, "verifier-key", LOG_S("file", folder),
		    LOG_ERR("reason", e),
		    LOG_S("note", "'tamd verifier' pins the Verifier's key"));
	}
	return e;
}
