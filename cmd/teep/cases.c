/*
 * cases: all tables, in the order in which they are played.
 */
#include "cases_tam.h"
#include "conform_agent.h"

const struct case_table *const tam_cases[] = {
    &tam_says_cases,
    &tam_http_cases,
    &tam_message_cases,
    &tam_evidence_cases,
    &tam_fresh_cases,
    &tam_success_cases,
    &tam_error_cases,
    &tam_accept_cases,
    NULL,
};

const struct case_table *const agent_cases[] = {
    &agent_query_cases,
    &agent_answer_cases,
    &agent_update_cases,
    &agent_manifest_cases,
    NULL,
};
