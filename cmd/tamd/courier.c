/*
 * courier: the process that speaks with another Verifier.
 *
 * Gives up, before the first question: every file but those by which a name
 * becomes an address and a certificate is checked, listening, new processes,
 * its user if one is configured.  It has no key and no database; it carries
 * Evidence one way and a Result the other, and is believed in nothing.
 */
#include "courier.h"

#include "confine.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lane {
	const struct veraison *v;
	int fd;
};

static enum err
answer_send(int fd, enum err e, const struct veraison_result *r)
{
	uint8_t room[512];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes head;

	cbor_put_array(&w, 4);
	cbor_put_uint(&w, (uint64_t)e);
	cbor_put_uint(&w, (uint64_t)r->form);
	cbor_put_text(&w, r->text);
	cbor_put_bstr_head(&w, r->result.n);
	TRY(cbor_done(&w, &head));
	return frame_send(fd, head, &r->result, 1);
}

static enum err
serve(struct lane *l, struct span *room)
{
	struct veraison_result r;
	struct question q;
	struct bytes in;
	enum err e;

	TRY(frame_receive(l->fd, COURIER_QUESTION_MAX, room, &in));
	TRY(question_read(in, EVIDENCE_MAX, &q));
	e = veraison_ask(l->v, &q, &r);
	e = answer_send(l->fd, e, &r);
	veraison_end(l->v, &r);
	wipe(room->p, room->n);
	return e;
}

static void *
lane_run(void *arg)
{
	struct lane *l = arg;
	struct span room = {NULL, 0};
	enum err e = OK;

	while (e == OK)
		e = serve(l, &room);
	free(room.p);
	/* ERR_NOT_FOUND: the front has ended */
	if (e != ERR_NOT_FOUND) {
		log_event(LEVEL_ERROR, "courier-failed", LOG_ERR("reason", e));
		stop_broken();
	}
	return NULL;
}

/* The value of a header, from a file: one line. */
static enum err
authorization_read(const char *path, char **out)
{
	struct bytes in;

	*out = NULL;
	if (path[0] == 0)
		return OK;
	TRY(read_file(path, 4096, &in));
	*out = strndup((const char *)in.p, in.n);
	release_bytes(&in);
	if (*out == NULL)
		return ERR_MEMORY;
	(*out)[strcspn(*out, "\r\n")] = 0;
	return OK;
}

static enum err
veraison_fill(struct veraison *v, const struct settings *s)
{
	static const char *const form[] = {"jwt", "ear", "teep"};
	static char uri[sizeof(s->verifier.uri)];
	char *authorization;
	size_t n = strlen(s->verifier.uri);

	TRY(authorization_read(s->verifier.authorization, &authorization));
	memcpy(uri, s->verifier.uri, n + 1);
	while (n > 0 && uri[n - 1] == '/')
		uri[--n] = 0;
	*v = (struct veraison){
	    .uri = uri,
	    .authorization = authorization,
	    .seconds = s->verifier.seconds,
	};
	while (strcmp(form[v->form], s->verifier.result) != 0)
		v->form++;
	if (s->verifier.ca_file[0] != 0 &&
	    (v->rules.ca_file = strdup(s->verifier.ca_file)) == NULL)
		return ERR_MEMORY;
	/* named by the operator, wherever it stands */
	TRY(origin_read(uri, &v->rules.allow[0]));
	v->rules.n_allow = 1;
	return OK;
}

static enum err
lanes_start(
    struct lane *lane, const struct veraison *v, const int *fd, size_t n)
{
	pthread_t thread;

	for (size_t i = 0; i < n; i++) {
		lane[i] = (struct lane){.v = v, .fd = fd[i]};
		if (pthread_create(&thread, NULL, lane_run, &lane[i]) != 0)
			return ERR_SYSTEM;
	}
	return OK;
}

int
courier_run(const struct settings *s, const int *fd, size_t n)
{
	static struct lane lane[COURIERS_MAX];
	static struct veraison v;
	int stop = stop_fd();
	enum err e = stop < 0 ? ERR_SYSTEM : OK;

	if (e == OK && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		e = ERR_SYSTEM;
	if (e == OK)
		e = veraison_fill(&v, s);
	if (e == OK)
		e = confine_courier(s);
	if (e == OK)
		e = lanes_start(lane, &v, fd, n);
	if (e == OK)
		e = stop_wait(stop);
	if (e != OK)
		log_event(LEVEL_ERROR, "courier-failed", LOG_ERR("reason", e));
	/* Nothing of what is under way is kept: who asked asks again. */
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
