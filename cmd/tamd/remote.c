/*
 * remote: the front's side of another Verifier: errands that wait for a
 * courier, one thread for each socket to it.
 */
#include "courier.h"

#include <service.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* Errands that wait, all threads together. */
#define WAITING_MAX 1024
/* What the courier may take besides its own time, seconds. */
#define GRACE 30

static void
finish(struct errand *e, enum err err, const char *text)
{
	if (text != NULL)
		(void)snprintf(e->text, sizeof(e->text), "%s", text);
	e->err = err;
	e->state = ERRAND_DONE;
	wipe((void *)(uintptr_t)e->question.p, e->question.n);
	e->done(e); /* it may be gone by now */
}

/* The next errand, which is the carrier's until it is finished. */
static struct errand *
next(struct remote *r, struct carrier *c)
{
	struct errand *e;

	(void)pthread_mutex_lock(&r->lock);
	while (r->first == NULL && !r->stop)
		(void)pthread_cond_wait(&r->more, &r->lock);
	e = r->first;
	if (e != NULL) {
		r->first = e->next;
		if (r->first == NULL)
			r->last = &r->first;
		r->waiting--;
	}
	if (c != NULL)
		c->errand = e;
	(void)pthread_mutex_unlock(&r->lock);
	return e;
}

/* Its key may send another. */
static void
let_go(struct carrier *c)
{
	(void)pthread_mutex_lock(&c->r->lock);
	c->errand = NULL;
	(void)pthread_mutex_unlock(&c->r->lock);
}

/* A message says who sent it, and is spent only once it is answered: who
 * repeats his meanwhile has no more of the Verifier than others.  Under the
 * lock. */
static bool
has_one(const struct remote *r, const uint8_t kid[KID_LEN])
{
	for (const struct errand *e = r->first; e != NULL; e = e->next)
		if (memcmp(e->kid, kid, KID_LEN) == 0)
			return true;
	for (size_t i = 0; i < r->n; i++) {
		const struct errand *e = r->carrier[i].errand;

		if (e != NULL && memcmp(e->kid, kid, KID_LEN) == 0)
			return true;
	}
	return false;
}

/* [error, form, text, Result] */
static enum err
answer_read(struct bytes in, struct errand *e, enum err *fate)
{
	struct cbor_in r = cbor_open(in);
	struct bytes text, result;
	uint8_t *copy;

	cbor_array(&r, 4);
	*fate = (enum err)cbor_uint(&r, 0, UINT16_MAX);
	e->form =
	    (enum courier_form)cbor_uint(&r, 0, (uint64_t)COURIER_FORMS - 1);
	text = cbor_tstr(&r, 0, COURIER_TEXT_MAX - 1);
	result = cbor_bstr(&r, 0, COURIER_RESULT_MAX);
	TRY(cbor_close(&r));
	(void)safe_text(e->text, sizeof(e->text), text);
	copy = malloc(result.n + 1);
	if (copy == NULL)
		return ERR_MEMORY;
	if (result.n > 0)
		memcpy(copy, result.p, result.n);
	e->result = (struct bytes){copy, result.n};
	return OK;
}

static enum err
ask(int fd, struct errand *e, struct span *room, enum err *fate)
{
	struct bytes answer;

	TRY(frame_send(fd, BYTES_NONE, &e->question, 1));
	TRY(frame_receive(fd, COURIER_ANSWER_MAX, room, &answer));
	return answer_read(answer, e, fate);
}

static void *
carry(void *arg)
{
	struct carrier *c = arg;
	struct span room = {NULL, 0};
	struct errand *e;

	while ((e = next(c->r, c)) != NULL) {
		enum err fate = ERR_NET, err = OK;

		if (!c->r->stop)
			err = ask(c->fd, e, &room, &fate);
		/* what came next would be the answer to this question */
		if (err != OK && !c->r->stop)
			stop_broken();
		if (err != OK)
			fate = ERR_NET;
		let_go(c);
		finish(e, fate,
		    err != OK || c->r->stop ? "the courier has gone" : NULL);
		if (err != OK)
			break;
	}
	free(room.p);
	return NULL;
}

enum err
remote_start(struct remote *r, const int *fd, size_t n, const struct crypto *c)
{
	const struct timeval wait = {
	    .tv_sec = (time_t)r->s->verifier.seconds + GRACE};

	for (size_t i = 0; i < r->n_keys; i++)
		TRY(cose_key_thumbprint(c, &r->key[i], r->kid[i]));
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->more, NULL);
	r->last = &r->first;
	for (; r->n < n; r->n++) {
		struct carrier *k = &r->carrier[r->n];

		*k = (struct carrier){.r = r, .fd = fd[r->n]};
		if (setsockopt(k->fd, SOL_SOCKET, SO_RCVTIMEO, &wait,
			sizeof(wait)) != 0 ||
		    pthread_create(&k->thread, NULL, carry, k) != 0)
			return ERR_SYSTEM;
	}
	return OK;
}

void
remote_stop(struct remote *r)
{
	struct errand *e;

	if (r->last == NULL)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->stop = true;
	(void)pthread_cond_broadcast(&r->more);
	(void)pthread_mutex_unlock(&r->lock);
	for (size_t i = 0; i < r->n; i++)
		(void)shutdown(r->carrier[i].fd, SHUT_RDWR);
	for (size_t i = 0; i < r->n; i++)
		(void)pthread_join(r->carrier[i].thread, NULL);
	/* a thread that broke off has left some */
	while (r->first != NULL && (e = next(r, NULL)) != NULL)
		finish(e, ERR_NET, "the courier has gone");
}

void
remote_send(struct remote *r, struct errand *e)
{
	bool taken;

	(void)pthread_mutex_lock(&r->lock);
	taken = !r->stop && r->waiting < WAITING_MAX && !has_one(r, e->kid);
	if (taken) {
		e->next = NULL;
		*r->last = e;
		r->last = &e->next;
		r->waiting++;
		(void)pthread_cond_signal(&r->more);
	}
	(void)pthread_mutex_unlock(&r->lock);
	if (!taken) {
		e->state = ERRAND_AWAY;
		e->done(e); /* it may be gone by now */
	}
}

void
errand_free(struct errand *e)
{
	wipe((void *)(uintptr_t)e->question.p, e->question.n);
	free((void *)(uintptr_t)e->question.p);
	free((void *)(uintptr_t)e->result.p);
	free(e->claims.p);
	*e = (struct errand){.state = ERRAND_NONE};
}
