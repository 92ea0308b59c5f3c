/*
 * writer: lets CoRIMs in.
 *
 * Gives up, before the first question: the network, every file but the policy
 * database, new processes, its user if one is configured.  Who may say what is
 * decided by the operator's anchors alone; it takes nobody else's word.
 */
#include "verifierd.h"

#include <crypto_openssl.h>
#include <jansson.h>
#include <policy.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct writer {
	struct policy *policy;
	uint8_t room[8192];
};

static json_t *
taken(const struct policy_corim *c)
{
	char signer[KID_TEXT];

	kid_text(c->signer, signer);
	return json_pack("{s:s,s:s,s:s,s:I,s:I}", "status", "success", "corim",
	    c->id, "signer", signer, "keys", (json_int_t)c->keys, "statements",
	    (json_int_t)c->statements);
}

static json_t *
refused(const struct why *why)
{
	char expected[256], found[256], what[512];

	(void)why_expected(expected, sizeof(expected), why);
	(void)why_found(found, sizeof(found), why);
	(void)snprintf(what, sizeof(what), "%s: %s", err_name(why->err),
	    why->what != NULL ? why->what : "");
	return json_pack("{s:s,s:s,s:s,s:s}", "status", "failed",
	    "failure-reason", what, "expected", expected, "found", found);
}

static struct bytes
answer(void *ctx, struct bytes question)
{
	struct writer *w = ctx;
	struct cbor_out o = cbor_into(SPAN_OF(w->room));
	struct policy_corim c;
	struct why why = {0};
	struct bytes out;
	enum err e = policy_corim_gone(w->policy, crypto_openssl(), question);
	json_t *json;
	char *text;

	if (e == ERR_REPLAY)
		(void)why_set(&why, e, "CoRIM");
	else if (e == OK)
		e = policy_corim_add(w->policy, crypto_openssl(),
		    verifier_openssl(), question, (uint64_t)time(NULL), &c,
		    &why);

	if (e != OK && why.err == OK)
		(void)why_set(&why, e, NULL);
	log_event(e == OK ? LEVEL_INFO : LEVEL_WARN, "corim",
	    LOG_ERR("reason", e), LOG_S("id", e == OK ? c.id : ""),
	    LOG_S("what", why.what != NULL ? why.what : ""));
	json = e == OK ? taken(&c) : refused(&why);
	text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	json_decref(json);
	cbor_put_array(&o, 2);
	cbor_put_uint(&o, (uint64_t)e);
	cbor_put_bstr(&o, bytes_of_text(text));
	free(text);
	return cbor_done(&o, &out) == OK ? out : BYTES_NONE;
}

int
writer_run(const struct settings *s, int fd)
{
	static struct writer w;
	char path[PATH_MAX];
	enum err e = crypto_openssl() == NULL ? ERR_RANDOM : OK;
	/* before the right to make one is gone */
	int status = EXIT_REFUSED, stop = stop_fd();

	settings_path(s, FILE_POLICY, path);
	if (e == OK)
		e = confine_writer(s);
	if (e == OK)
		e = policy_open(path, true, &w.policy);
	if (e == OK)
		status = worker_serve("writer", fd, stop, answer, &w);
	else
		log_event(LEVEL_ERROR, "writer-failed", LOG_ERR("reason", e));
	policy_close(w.policy);
	return status;
}
