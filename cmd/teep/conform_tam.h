/*
 * conform_tam: an agent in steps, for cases towards a TAM.
 */
#ifndef TEEP_CONFORM_TAM_H
#define TEEP_CONFORM_TAM_H

#include "conform.h"

/* ---- steps; false: the case has ended ----------------------------------- */

/* Open a session as me; p->challenge, p->audience are known then. */
bool tam_connect(struct play *p);
/* Take the last reply as a QueryRequest. */
bool tam_asked(struct play *p);
/* The QueryResponse to it, with the changes that are on. */
struct bytes tam_response(struct play *p);
/* Send something; the reply is p->reply. */
bool tam_post(struct play *p, struct bytes message);
/* A whole QueryResponse. */
bool tam_answer(struct play *p);
/* Take the last reply as an Update that installs; p->token is its. */
bool tam_updated(struct play *p);
/* connect, answer, updated. */
bool tam_session(struct play *p);
/* The Success to that Update. */
struct bytes tam_success(struct play *p);
/* An Error with this code: token (may be empty) and more options. */
struct bytes tam_error(
    struct play *p, uint32_t code, struct bytes token, uint32_t has);
/* Sign a message as me. */
struct bytes tam_message_by_me(struct play *p, const struct teep_message *m);

/* ---- whole cases -------------------------------------------------------- */

/* The change is in the QueryResponse, in the Success, in the Success with
 * encrypted reports, in an Error to the QueryRequest, in a demand that the
 * TAM attest itself; the reply to it is judged. */
void on_response(struct play *p);
void on_clear_response(struct play *p); /* Evidence unencrypted */
void on_ctr_response(struct play *p);   /* Evidence in A128CTR */
void on_chacha_response(struct play *p);
void on_success(struct play *p);
void on_sealed_success(struct play *p);
void on_demand(struct play *p);

#endif
