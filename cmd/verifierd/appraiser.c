/*
 * appraiser: reads Evidence and appraises it.
 *
 * Gives up, before the first question: the network, every file but the policy
 * database for reading, new processes, its user if one is configured.  It has
 * no key: a word of its own is a Result only once the keeper has signed it.
 */
#include "result.h"
#include "verifierd.h"

#include <crypto_openssl.h>
#include <policy.h>
#include <question.h>
#include <rules_book.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MAX (2u << 20)

struct appraiser {
	struct policy *policy;
	struct verifier_store store;
	struct verifier verifier;
	struct rules_book *book;
	struct verifier_rules rules; /* in force */
	uint64_t now, life;
	struct span room;
};

const struct scheme *const verifierd_schemes[] = {&scheme_eat, &scheme_tpm,
    &scheme_psa, &scheme_cca, &scheme_snp, &scheme_tdx, NULL};

static enum err
find_key(void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out)
{
	struct appraiser *a = ctx;

	return policy_verifier_key(a->policy, a->now, kid, out);
}

static enum err
find_library(void *ctx, const struct acs_library **out)
{
	struct appraiser *a = ctx;

	return policy_library(a->policy, a->now, out);
}

static void
verdict_log(const struct question *q, const struct appraisal *v, enum err e)
{
	char expected[256], found[256];

	log_event(LEVEL_INFO, "appraised", LOG_B("media", q->ask.media),
	    LOG_ERR("reason", e),
	    LOG_S("what", v->why.what != NULL ? v->why.what : ""),
	    LOG_S(
		"expected", why_expected(expected, sizeof(expected), &v->why)),
	    LOG_S("found", why_found(found, sizeof(found), &v->why)),
	    LOG_B("source", v->why.source),
	    LOG_S("assurance", assurance_name(v->assurance)));
}

/* The newest rules; what cannot be read refuses everybody. */
static enum err
rules_load(struct appraiser *a)
{
	static uint8_t room[RULES_TEXT_MAX];
	struct bytes text;
	const char *what;
	uint64_t version, made;

	TRY(rules_newest(a->book, &version));
	if (version == a->rules.version)
		return OK;
	a->verifier.rules = NULL;
	a->rules.version = 0;
	TRY(rules_get(a->book, version, SPAN_OF(room), &text, &made));
	if (rules_parse(text, &a->rules, &what) != OK)
		return ERR_STORE;
	a->rules.version = version;
	a->verifier.rules = &a->rules;
	return OK;
}

static enum err
appraise(struct appraiser *a, struct question *q, struct appraisal *v)
{
	enum err e = rules_load(a);

	if (e == OK)
		e = policy_hold(a->policy);

	if (e != OK)
		return e;
	q->ask.now = a->now;
	e = verifier_appraise(&a->verifier, &q->ask, q->evidence, v);
	policy_release(a->policy);
	verdict_log(q, v, e);
	return e;
}

static struct bytes
answer(void *ctx, struct bytes question)
{
	static struct question q;
	static struct appraisal v;
	struct appraiser *a = ctx;
	struct cbor_out w = cbor_into(a->room);
	struct bytes out;
	bool whole;
	enum err e;

	a->now = (uint64_t)time(NULL);
	/* nothing of the last verdict may stand in this one's place */
	memset(&v, 0, sizeof(v));
	e = question_read(question, EVIDENCE_MAX, &q);
	whole = e == OK;
	if (whole)
		e = appraise(a, &q, &v);
	if (whole && err_class(e) <= CLASS_REFUSED) {
		enum err written =
		    result_put(&w, &a->verifier, &q.ask, &v, a->life);

		if (written == OK && cbor_done(&w, &out) == OK)
			return out;
		e = ERR_ROOM;
	}
	log_event(LEVEL_ERROR, "no-verdict", LOG_ERR("reason", e));
	w = cbor_into(a->room);
	cbor_put_array(&w, 7);
	cbor_put_uint(&w, (uint64_t)e);
	cbor_put_bool(&w, false);
	for (int i = 0; i < 5; i++)
		cbor_put_bstr(&w, BYTES_NONE);
	return cbor_done(&w, &out) == OK ? out : BYTES_NONE;
}

int
appraiser_run(const struct settings *s, int fd)
{
	static struct appraiser a;
	char path[PATH_MAX];
	enum err e = crypto_openssl() == NULL ? ERR_RANDOM : OK;
	/* before the right to make one is gone */
	int status = EXIT_REFUSED, stop = stop_fd();

	settings_path(s, FILE_POLICY, path);
	a.life = s->result_life;
	a.room = (struct span){malloc(ANSWER_MAX), ANSWER_MAX};
	a.store = (struct verifier_store){&a, find_key, find_library};
	a.verifier = (struct verifier){.crypto = crypto_openssl(),
	    .more = verifier_openssl(),
	    .store = &a.store,
	    .schemes = verifierd_schemes};
	if (e == OK && a.room.p == NULL)
		e = ERR_MEMORY;
	if (e == OK)
		e = confine_appraiser(s);
	if (e == OK)
		e = policy_open(path, false, &a.policy);
	settings_path(s, FILE_RULES, path);
	if (e == OK)
		e = rules_open(path, false, &a.book);
	if (e == OK)
		status = worker_serve("appraiser", fd, stop, answer, &a);
	else
		log_event(
		    LEVEL_ERROR, "appraiser-failed", LOG_ERR("reason", e));
	rules_close(a.book);
	policy_close(a.policy);
	free(a.room.p);
	return status;
}
