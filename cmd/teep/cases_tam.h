/*
 * cases_tam: the tables of cases towards a TAM, by subject.
 */
#ifndef TEEP_CASES_TAM_H
#define TEEP_CASES_TAM_H

#include "cases.h"
#include "conform_tam.h"

extern const struct case_table tam_http_cases, tam_says_cases,
    tam_message_cases, tam_evidence_cases, tam_fresh_cases, tam_success_cases,
    tam_error_cases, tam_accept_cases;

/* Header changes that several tables use. */
void by_stranger(struct build *b, void *ctx, struct build_sign *s);

#endif
