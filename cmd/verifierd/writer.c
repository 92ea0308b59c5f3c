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
#include <rules_book.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct writer {
	struct policy *policy;
	struct rules_book *book;
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

static enum err
device_read(struct bytes in, struct rules_device *d)
{
	struct cbor_in r = cbor_open(in);
	struct bytes ueid, vendor, model;

	memset(d, 0, sizeof(*d));
	cbor_array(&r, 6);
	ueid = cbor_bstr(&r, 1, sizeof(d->ueid));
	vendor = cbor_tstr(&r, 0, sizeof(d->vendor) - 1);
	model = cbor_bstr(&r, 0, sizeof(d->model));
	d->kind = (unsigned)cbor_uint(&r, 0, 32);
	d->assurance = (enum assurance)cbor_uint(&r, 0, ASSURE_HARDWARE);
	d->proven = (enum err)cbor_uint(&r, 0, UINT16_MAX);
	TRY(cbor_close(&r));
	memcpy(d->ueid, ueid.p, ueid.n);
	d->ueid_n = ueid.n;
	memcpy(d->vendor, vendor.p, vendor.n);
	if (model.n > 0)
		memcpy(d->model, model.p, model.n);
	d->model_n = model.n;
	d->time = (uint64_t)time(NULL);
	return OK;
}

static struct bytes
answer_put(struct writer *w, enum err e, const char *text)
{
	struct cbor_out o = cbor_into(SPAN_OF(w->room));
	struct bytes out;

	cbor_put_array(&o, 2);
	cbor_put_uint(&o, (uint64_t)e);
	cbor_put_bstr(&o, bytes_of_text(text));
	return cbor_done(&o, &out) == OK ? out : BYTES_NONE;
}

static struct bytes
device(struct writer *w, struct bytes in)
{
	struct rules_device d;
	enum err e = device_read(in, &d);

	if (e == OK)
		e = rules_device_put(w->book, &d);
	if (e != OK)
		log_event(LEVEL_WARN, "device", LOG_ERR("reason", e));
	return answer_put(w, e, "");
}

static struct bytes
corim(struct writer *w, struct bytes question)
{
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
	out = answer_put(w, e, text);
	free(text);
	return out;
}

static struct bytes
answer(void *ctx, struct bytes question)
{
	struct writer *w = ctx;
	struct cbor_in r = cbor_open(question);
	struct bytes in;
	uint64_t op;

	cbor_array(&r, 2);
	op = cbor_uint(&r, 0, UINT32_MAX);
	in = cbor_bstr(&r, 0, LEN_ANY);
	if (cbor_close(&r) != OK)
		return answer_put(w, ERR_BUG, "");
	if (op == WRITER_CORIM)
		return corim(w, in);
	return op == WRITER_DEVICE ? device(w, in) : answer_put(w, ERR_BUG, "");
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
	settings_path(s, FILE_RULES, path);
	if (e == OK)
		e = rules_open(path, true, &w.book);
	if (e == OK)
		status = worker_serve("writer", fd, stop, answer, &w);
	else
		log_event(LEVEL_ERROR, "writer-failed", LOG_ERR("reason", e));
	rules_close(w.book);
	policy_close(w.policy);
	return status;
}
