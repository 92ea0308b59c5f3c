/* sqlite_store: effects are durable wholly or not at all, and once. */
#include "sqlite_support.h"

#include <pthread.h>
#include <signal.h>
#include <state_int.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const struct store_config config = {86400, 60};

static struct store *s;
static struct store_reader *r;
static struct state *st;
static struct policy_device dev[2];

static int
open_store(void **state)
{
	(void)bench_open(state);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
		    policy_device_add(b.p, b.c, i == 0 ? "one" : "two",
			&b.device[i].pub, "", NOW, &dev[i]),
		    OK);
	assert_int_equal(
	    store_open(b.policy_path, b.state_path, b.c, &config, &s), OK);
	assert_int_equal(store_reader_open(s, &r), OK);
	assert_int_equal(state_open(b.state_path, &st), OK);
	return 0;
}

static int
close_store(void **state)
{
	state_close(st);
	store_reader_close(r);
	store_close(s);
	return bench_close(state);
}

/* ---- replies in the making
 * --------------------------------------------------- */

static struct tam_reply reply;

static struct tam_effect *
effect(enum tam_effect_kind kind, size_t device)
{
	struct tam_effect *f = &reply.effect[reply.n_effects++];

	memset(f, 0, sizeof(*f));
	f->kind = kind;
	f->device = dev[device].id;
	f->time = NOW;
	memcpy(f->kid, dev[device].kid, KID_LEN);
	return f;
}

static void
fresh(void)
{
	memset(&reply, 0, sizeof(reply));
}

static void
use_challenge(size_t device, uint8_t fill)
{
	struct tam_effect *f = effect(TAM_USE_CHALLENGE, device);

	memset(f->challenge, fill, TAM_CHALLENGE_LEN);
	f->expires = NOW + 600;
}

static struct tam_effect *
new_token(size_t device, uint8_t fill)
{
	struct tam_effect *f = effect(TAM_NEW_TOKEN, device);

	memset(f->token.token, fill, TAM_TOKEN_LEN);
	memcpy(f->token.kid, dev[device].kid, KID_LEN);
	f->token.expires = NOW + 600;
	return f;
}

static void
use_token(size_t device, uint8_t fill)
{
	struct tam_effect *f = effect(TAM_USE_TOKEN, device);

	memset(f->token.token, fill, TAM_TOKEN_LEN);
	memcpy(f->token.kid, dev[device].kid, KID_LEN);
}

static struct tam_device
row_of(size_t device)
{
	const struct tam_view *v = store_view(r);
	struct tam_device d;

	assert_int_equal(store_begin(r, NOW), OK);
	assert_int_equal(v->device(v->ctx, BYTES_OF(dev[device].kid), &d), OK);
	store_end(r);
	return d;
}

static enum err
commit(void)
{
	return store_commit_wait(s, &reply);
}

/* ---- arena
 * -------------------------------------------------------------------- */

static uint8_t room[65536];
static size_t room_at;

static void *
lend(void *ctx, size_t n)
{
	void *p = room + room_at;

	(void)ctx;
	n = (n + 15) / 16 * 16;
	if (n > sizeof(room) - room_at)
		return NULL;
	room_at += n;
	return p;
}
static const struct arena mem = {NULL, lend};

/* ---- once
 * ------------------------------------------------------------------------ */

static enum err
look_challenge(size_t device, uint8_t fill)
{
	const struct tam_view *v = store_view(r);
	uint8_t c[TAM_CHALLENGE_LEN];

	memset(c, fill, sizeof(c));
	return v->challenge(v->ctx, c, dev[device].kid);
}

static void
challenge_once(void **state)
{
	(void)state;
	fresh();
	use_challenge(0, 1);
	assert_int_equal(look_challenge(0, 1), OK);
	assert_int_equal(commit(), OK);
	assert_int_equal(look_challenge(0, 1), ERR_REPLAY);
	assert_int_equal(commit(), ERR_REPLAY);
	/* one question may be answered by many, each once */
	assert_int_equal(look_challenge(1, 1), OK);
	fresh();
	use_challenge(1, 1);
	assert_int_equal(commit(), OK);
}

static enum err
look_token(size_t device, uint8_t fill, struct tam_token *out)
{
	const struct tam_view *v = store_view(r);
	uint8_t t[TAM_TOKEN_LEN];

	memset(t, fill, sizeof(t));
	room_at = 0;
	return v->token(v->ctx, BYTES_OF(t), dev[device].kid, &mem, out);
}

static void
token_once(void **state)
{
	struct tam_token t;

	(void)state;
	fresh();
	new_token(0, 5)->token.unneeded = BYTES_LIT("\x81\x41x");
	assert_int_equal(look_token(0, 5, &t), ERR_TOKEN);
	assert_int_equal(commit(), OK);
	assert_int_equal(look_token(0, 5, &t), OK);
	assert_int_equal(t.expires, NOW + 600);
	assert_int_equal(t.n_manifests, 0);
	assert_true(bytes_same(t.unneeded, BYTES_LIT("\x81\x41x")));
	/* another's token is no token, and stays */
	assert_int_equal(look_token(1, 5, &t), ERR_TOKEN);
	fresh();
	use_token(1, 5);
	assert_int_equal(commit(), ERR_TOKEN);
	assert_int_equal(look_token(0, 5, &t), OK);
	fresh();
	use_token(0, 5);
	assert_int_equal(commit(), OK);
	assert_int_equal(commit(), ERR_TOKEN);
	assert_int_equal(look_token(0, 5, &t), ERR_TOKEN);
}

/* A device that begins sessions and never ends one fills nothing: the oldest
 * of its open requests goes. */
static void
tokens_bounded(void **state)
{
	struct tam_token t;
	size_t open = 0;

	(void)state;
	fresh();
	new_token(1, 200);
	assert_int_equal(commit(), OK);
	for (uint8_t i = 1; i <= 3 * TOKENS_MAX; i++) {
		fresh();
		new_token(0, i)->token.expires = NOW + 600 + i / 4;
		assert_int_equal(commit(), OK);
		assert_int_equal(look_token(0, i, &t), OK);
	}
	for (uint8_t i = 1; i <= 3 * TOKENS_MAX; i++)
		open += look_token(0, i, &t) == OK;
	assert_int_equal(open, TOKENS_MAX);
	assert_int_equal(look_token(0, 3 * TOKENS_MAX - 4, &t), OK);
	assert_int_equal(look_token(1, 200, &t), OK);
}

static void
row_once(void **state)
{
	struct tam_device d = row_of(0);
	struct state_device shown;
	struct tam_effect *f;

	(void)state;
	assert_int_equal(d.version, 0);
	assert_int_equal(d.verdict, REFUSED);
	assert_string_equal(d.name, "one");
	d.verdict = ACCEPTED;
	d.requests = 2;
	d.has_report_key = true;
	d.report_key = b.other.pub;
	d.has_proof_challenge = true;
	d.proof_challenge[3] = 9;
	d.evidence_ueid_n = 17;
	d.evidence_ueid[16] = 4;
	d.exchange_at = 1;
	d.reported_at = 2;
	d.proven_at = 3;
	d.assured = ASSURE_TPM;
	d.n_seeds = 2;
	d.seed[1][7] = 5;
	d.seed_since = 4;
	d.cloned = true;
	fresh();
	use_challenge(0, 1);
	f = effect(TAM_DEVICE, 0);
	f->row = d;
	assert_int_equal(commit(), OK);
	/* decided on the same old row: all of it is undone */
	fresh();
	use_challenge(0, 2);
	new_token(0, 6);
	f = effect(TAM_DEVICE, 0);
	f->row = d;
	assert_int_equal(commit(), ERR_BUSY);
	assert_int_equal(look_challenge(0, 2), OK);
	assert_int_equal(look_token(0, 6, &f->token), ERR_TOKEN);
	d.version = 1;
	assert_memory_equal(row_of(0).evidence_ueid, d.evidence_ueid, 33);
	assert_int_equal(row_of(0).version, 1);
	assert_int_equal(row_of(0).verdict, ACCEPTED);
	assert_int_equal(row_of(0).requests, 2);
	assert_int_equal(row_of(0).evidence_ueid_n, 17);
	assert_true(row_of(0).has_report_key);
	assert_memory_equal(row_of(0).report_key.x, b.other.pub.x, 32);
	assert_true(row_of(0).has_proof_challenge);
	assert_memory_equal(row_of(0).proof_challenge, d.proof_challenge, 32);
	assert_int_equal(row_of(0).proven_at, 3);
	assert_int_equal(row_of(0).assured, ASSURE_TPM);
	assert_int_equal(row_of(0).n_seeds, 2);
	assert_memory_equal(row_of(0).seed, d.seed, sizeof(d.seed));
	assert_int_equal(row_of(0).seed_since, 4);
	assert_true(row_of(0).cloned);
	assert_false(row_of(1).cloned);
	/* a version that never was */
	d.id = dev[1].id;
	d.version = 7;
	fresh();
	effect(TAM_DEVICE, 1)->row = d;
	assert_int_equal(commit(), ERR_BUSY);
	assert_int_equal(row_of(1).version, 0);
	assert_int_equal(state_device_get(st, dev[0].id, &shown), OK);
	assert_true(shown.cloned);
}

/* ---- what a device shall have
 * ------------------------------------------------- */

static size_t
shelf(bool wanted, size_t device)
{
	const struct tam_view *v = store_view(r);
	struct tam_manifest m;
	size_t n = 0;

	assert_int_equal(store_begin(r, NOW), OK);
	while ((wanted ? v->wanted : v->unwanted)(
		   v->ctx, dev[device].id, n, &m) == OK)
		n++;
	store_end(r);
	return n;
}

static void
appraised(size_t device, const uint8_t *digest, bool proves, uint64_t asked)
{
	static uint8_t list[128];
	struct cbor_out w = cbor_into(SPAN_OF(list));
	struct tam_effect *f = effect(TAM_APPRAISED, device);
	struct eat_manifest m = {
	    BYTES_LIT("u"), ALG_SHA256, {digest, DIGEST_LEN}};

	f->outcome = OK;
	f->assurance = ASSURE_PROCESS;
	f->proves = proves;
	for (size_t i = 0; i < 4; i++)
		f->challenge[i] = (uint8_t)(asked >> (24 - 8 * i));
	if (digest == NULL)
		return;
	eat_manifest_put(&w, &m);
	f->manifests = (struct list){{list, w.at}, 1};
}

static enum err
keep_deployed(void *ctx, const struct state_deployed *row)
{
	*(struct state_deployed *)ctx = *row;
	return OK;
}

static struct state_deployed
deployed(void)
{
	struct state_deployed d = {0};

	assert_int_equal(
	    state_deployed_list(st, dev[0].id, keep_deployed, &d), OK);
	return d;
}

/* Where and why it failed, until the next outcome. */
static void
keeps_failure(const uint8_t digest[DIGEST_LEN])
{
	static const uint8_t id[] = {0x82, 0x42, 't', 'a', 0x41, 'a'};
	static const uint8_t measured[] = {0xa1, 0x0e, 0x01};
	struct tam_effect *f;
	struct state_failure w;

	fresh();
	f = effect(TAM_REPORTED, 0);
	memcpy(f->digest, digest, DIGEST_LEN);
	f->outcome = ERR_PEER_ERROR;
	f->reason = 10;
	f->failure = (struct tam_failure){.section = 20,
	    .offset = UINT32_MAX,
	    .command = INT64_MIN,
	    .component = BYTES_OF(id),
	    .measured = BYTES_OF(measured),
	    .said = BYTES_LIT("no\x1b[2J")};
	assert_int_equal(commit(), OK);
	w = deployed().failure;
	assert_int_equal(w.section, 20);
	assert_int_equal(w.offset, UINT32_MAX);
	assert_true(w.command == INT64_MIN);
	assert_string_equal(w.component, "ta/a");
	assert_int_equal(w.measured_n, sizeof(measured));
	assert_memory_equal(w.measured, measured, sizeof(measured));
	assert_null(strchr(w.said, 0x1b)); /* which drives terminals */
	assert_int_equal(strncmp(w.said, "no", 2), 0);
	fresh();
	f = effect(TAM_REPORTED, 0);
	memcpy(f->digest, digest, DIGEST_LEN);
	assert_int_equal(commit(), OK);
	w = deployed().failure;
	assert_int_equal(w.section, 0);
	assert_int_equal(w.measured_n, 0);
	assert_string_equal(w.component, "");
	assert_string_equal(w.said, "");
}

static void
life_of_a_component(void **state)
{
	struct policy_manifest m;
	struct state_progress g;
	struct tam_effect *f;

	(void)state;
	assert_int_equal(anchor("author", &b.author, POLICY_MANIFESTS, ""), OK);
	assert_int_equal(add(&b.author, "a", 3, "x", &m), OK);
	assert_int_equal(shelf(true, 0), 0);
	assert_int_equal(policy_assign(b.p, "all", "ta/a", NULL), OK);
	assert_int_equal(shelf(true, 0), 1);
	assert_int_equal(shelf(true, 1), 1);
	/* sent */
	fresh();
	f = new_token(0, 1);
	memcpy(f->token.manifests[0], m.digest, DIGEST_LEN);
	f->token.n_manifests = 1;
	assert_int_equal(commit(), OK);
	assert_string_equal(deployed().manifest, "ta/a");
	assert_int_equal(deployed().sequence, 3);
	assert_int_equal(deployed().proven_at, 0);
	/* Evidence that was asked for before it was sent says nothing of it */
	fresh();
	appraised(0, NULL, true, NOW);
	assert_int_equal(commit(), OK);
	assert_int_equal(deployed().gone_at, 0);
	/* reported, then proven */
	fresh();
	f = effect(TAM_REPORTED, 0);
	memcpy(f->digest, m.digest, DIGEST_LEN);
	assert_int_equal(commit(), OK);
	assert_int_equal(deployed().reported_at, NOW);
	assert_int_equal(deployed().proven_at, 0);
	keeps_failure(m.digest);
	fresh();
	appraised(0, m.digest, false, NOW + 1);
	assert_int_equal(commit(), OK);
	assert_int_equal(deployed().proven_at, 0);
	fresh();
	appraised(0, m.digest, true, NOW + 1);
	assert_int_equal(commit(), OK);
	assert_int_equal(deployed().proven_at, NOW);
	assert_int_equal(state_progress(st, m.digest, &g), OK);
	assert_int_equal(g.sent, 1);
	assert_int_equal(g.reported, 1);
	assert_int_equal(g.proven, 1);
	/* no longer wanted, even if it is not stored any more */
	assert_int_equal(shelf(false, 0), 0);
	assert_int_equal(policy_unassign(b.p, "all", "ta/a"), OK);
	assert_int_equal(policy_manifest_remove(b.p, m.digest, &reply.why), OK);
	assert_int_equal(shelf(true, 0), 0);
	assert_int_equal(shelf(false, 0), 1);
	assert_int_equal(shelf(false, 1), 0);
	/* that it says so is not enough */
	fresh();
	f = effect(TAM_REPORTED, 0);
	memcpy(f->digest, m.digest, DIGEST_LEN);
	f->removed = true;
	assert_int_equal(commit(), OK);
	assert_int_equal(shelf(false, 0), 1);
	/* nor is an answer to a question of the second in which it was sent,
	 * unless nothing was sent since that question */
	fresh();
	appraised(0, NULL, true, NOW);
	assert_int_equal(commit(), OK);
	assert_int_equal(deployed().gone_at, 0);
	fresh();
	appraised(0, NULL, true, NOW);
	reply.effect[0].proves_all = true;
	assert_int_equal(commit(), OK);
	assert_int_equal(shelf(false, 0), 0);
	assert_int_equal(deployed().gone_at, NOW);
	/* what is not stored cannot be sent */
	fresh();
	f = new_token(0, 2);
	memcpy(f->token.manifests[0], m.digest, DIGEST_LEN);
	f->token.n_manifests = 1;
	assert_int_equal(commit(), ERR_BUSY);
}

static void
request(const char *name)
{
	static uint8_t id[64];
	struct bytes raw;

	assert_int_equal(suit_id_from_text(name, SPAN_OF(id), &raw), OK);
	effect(TAM_REQUESTED, 0)->component = raw;
}

static enum err
count_request(void *ctx, const struct state_request *row)
{
	(void)row;
	++*(size_t *)ctx;
	return OK;
}

static void
on_request(void **state)
{
	char name[16];
	size_t n = 0;

	(void)state;
	assert_int_equal(anchor("author", &b.author, POLICY_MANIFESTS, ""), OK);
	assert_int_equal(add(&b.author, "a", 3, "x", NULL), OK);
	fresh();
	request("ta/a");
	assert_int_equal(commit(), OK);
	/* asking is not having */
	assert_int_equal(shelf(true, 0), 0);
	assert_int_equal(policy_grant(b.p, "one", "ta/a"), OK);
	assert_int_equal(shelf(true, 0), 1);
	assert_int_equal(shelf(true, 1), 0);
	/* assigned besides: once */
	assert_int_equal(policy_assign(b.p, "all", "ta/a", NULL), OK);
	assert_int_equal(shelf(true, 0), 1);
	assert_int_equal(policy_unassign(b.p, "all", "ta/a"), OK);
	assert_int_equal(policy_ungrant(b.p, "one", "ta/a"), OK);
	assert_int_equal(shelf(true, 0), 0);
	/* a device cannot fill the store with wishes */
	for (unsigned i = 0; i < 3 * STATE_REQUESTS_MAX; i++) {
		fresh();
		(void)snprintf(name, sizeof(name), "ta/%u", i);
		request(name);
		reply.effect[0].time = NOW + i;
		assert_int_equal(commit(), OK);
	}
	assert_int_equal(
	    state_request_list(st, dev[0].id, count_request, &n), OK);
	assert_int_equal(n, STATE_REQUESTS_MAX);
	/* nor with many in one second */
	for (unsigned i = 0; i < 3 * STATE_REQUESTS_MAX; i++) {
		fresh();
		(void)snprintf(name, sizeof(name), "tb/%u", i);
		request(name);
		reply.effect[0].time = NOW + 1000;
		assert_int_equal(commit(), OK);
	}
	n = 0;
	assert_int_equal(
	    state_request_list(st, dev[0].id, count_request, &n), OK);
	assert_int_equal(n, STATE_REQUESTS_MAX);
}

/* ---- history
 * ------------------------------------------------------------------ */

struct past {
	size_t n;
	struct state_appraisal first, last;
};

static enum err
keep_appraisal(void *ctx, const struct state_appraisal *row)
{
	struct past *p = ctx;

	if (p->n++ == 0)
		p->first = *row;
	p->last = *row;
	return OK;
}

static void
history(void **state)
{
	struct past p = {0};
	struct state_device d;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		fresh();
		appraised(0, NULL, false, 0);
		reply.effect[0].time = NOW + i;
		reply.effect[0].outcome = ERR_MEASUREMENT;
		reply.why = (struct why){
		    .err = ERR_MEASUREMENT,
		    .what = "agent",
		    .kind = WHY_HEX,
		    .expected = BYTES_LIT("\x01\x02"),
		    .found = BYTES_LIT("\xff"),
		    .source = BYTES_LIT("corim\n\x1b[2J"),
		};
		assert_int_equal(commit(), OK);
	}
	assert_int_equal(
	    state_appraisal_list(st, dev[0].id, keep_appraisal, &p), OK);
	assert_int_equal(p.n, STATE_APPRAISALS_MAX);
	assert_int_equal(p.first.time, NOW + 39);
	assert_int_equal(p.last.time, NOW + 40 - STATE_APPRAISALS_MAX);
	assert_string_equal(p.first.what, "agent");
	assert_string_equal(p.first.expected, "0102");
	assert_string_equal(p.first.found, "ff");
	assert_string_equal(p.first.source, "corim\\n\\x1b[2J");
	assert_int_equal(state_device_get(st, dev[0].id, &d), OK);
	assert_int_equal(d.appraisals, 40);
	assert_int_equal(d.outcome, ERR_MEASUREMENT);
	assert_int_equal(state_device_get(st, dev[1].id, &d), ERR_NOT_FOUND);
}

/* ---- many at once
 * ------------------------------------------------------------- */

#define THREADS 8
#define ROUNDS  50

static struct tam_reply shared[ROUNDS], own[THREADS];
static enum err result[THREADS][ROUNDS];

static void *
race(void *arg)
{
	size_t t = (size_t)(uintptr_t)arg;

	for (size_t i = 0; i < ROUNDS; i++)
		result[t][i] = store_commit_wait(s, &shared[i]);
	assert_int_equal(store_commit_wait(s, &own[t]), OK);
	return NULL;
}

/* The same message to any number of threads: one of them gets an answer. */
static void
racing(void **state)
{
	pthread_t thread[THREADS];
	struct store_counts n;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		fresh();
		use_challenge(0, (uint8_t)i);
		new_token(0, (uint8_t)i);
		shared[i] = reply;
	}
	for (size_t i = 0; i < THREADS; i++) {
		fresh();
		use_challenge(0, (uint8_t)(100 + i));
		own[i] = reply;
	}
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, race,
				     (void *)(uintptr_t)i),
		    0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	for (size_t i = 0; i < ROUNDS; i++) {
		size_t good = 0;

		for (size_t t = 0; t < THREADS; t++) {
			good += result[t][i] == OK;
			assert_true(
			    result[t][i] == OK || result[t][i] == ERR_REPLAY);
		}
		assert_int_equal(good, 1);
	}
	store_counts(s, &n);
	assert_int_equal(n.jobs, THREADS * (ROUNDS + 1));
	assert_int_equal(n.refused, (THREADS - 1) * ROUNDS);
	assert_int_equal(n.waiting, 0);
}

/* What was said to be committed survives the process that said so. */
static void
killed(void **state)
{
	int fd[2], status;
	uint8_t told;
	pid_t pid;

	(void)state;
	store_reader_close(r);
	r = NULL;
	store_close(s);
	assert_int_equal(pipe(fd), 0);
	for (uint8_t i = 1; i <= 5; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			fresh();
			use_challenge(0, i);
			if (store_open(b.policy_path, b.state_path, b.c,
				&config, &s) == OK &&
			    commit() == OK && write(fd[1], "", 1) == 1)
				(void)raise(SIGKILL);
			_exit(1);
		}
		assert_int_equal(read(fd[0], &told, 1), 1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
	}
	(void)close(fd[0]);
	(void)close(fd[1]);
	assert_int_equal(
	    store_open(b.policy_path, b.state_path, b.c, &config, &s), OK);
	assert_int_equal(store_reader_open(s, &r), OK);
	for (uint8_t i = 1; i <= 5; i++)
		assert_int_equal(look_challenge(0, i), ERR_REPLAY);
	assert_int_equal(look_challenge(0, 6), OK);
}

/* ---- a store that fails
 * ------------------------------------------------------- */

/* Let no file grow beyond n octets; 0: as it was. */
static void
files_end_at(off_t n)
{
	struct rlimit l;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
	l.rlim_cur = n == 0 ? l.rlim_max : (rlim_t)n;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static off_t
wal_size(void)
{
	char path[128];
	struct stat f;

	(void)snprintf(path, sizeof(path), "%s-wal", b.state_path);
	return stat(path, &f) == 0 ? f.st_size : 0;
}

static void *
one_of_many(void *arg)
{
	size_t t = (size_t)(uintptr_t)arg;

	result[t][0] = store_commit_wait(s, &own[t]);
	return NULL;
}

static void
all_at_once(void)
{
	pthread_t thread[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, one_of_many,
				     (void *)(uintptr_t)i),
		    0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
}

/* A full disk is our fault, and nobody's message is half done or taken for
 * a replay: what was promised before stays, and the same comes again. */
static void
disk_full(void **state)
{
	(void)state;
	fresh();
	use_challenge(0, 1);
	assert_int_equal(commit(), OK);
	for (size_t i = 0; i < THREADS; i++) {
		fresh();
		use_challenge(0, (uint8_t)(100 + i));
		new_token(0, (uint8_t)(100 + i));
		own[i] = reply;
	}
	files_end_at(wal_size());
	all_at_once();
	files_end_at(0);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(result[i][0], ERR_STORE);
		assert_int_equal(look_challenge(0, (uint8_t)(100 + i)), OK);
	}
	assert_int_equal(look_challenge(0, 1), ERR_REPLAY);
	all_at_once();
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(result[i][0], OK);
		assert_int_equal(
		    look_challenge(0, (uint8_t)(100 + i)), ERR_REPLAY);
	}
}

/* That the operator's database is locked is no refusal of the device. */
static void
policy_locked(void **state)
{
	struct policy_manifest m;
	struct tam_effect *f;
	struct db d;

	(void)state;
	assert_int_equal(anchor("author", &b.author, POLICY_MANIFESTS, ""), OK);
	assert_int_equal(add(&b.author, "a", 3, "x", &m), OK);
	fresh();
	use_challenge(0, 1);
	f = new_token(0, 1);
	memcpy(f->token.manifests[0], m.digest, DIGEST_LEN);
	f->token.n_manifests = 1;
	assert_int_equal(db_open(&d, b.policy_path, SQLITE_OPEN_READWRITE), OK);
	assert_int_equal(db_exec(&d, "BEGIN EXCLUSIVE"), OK);
	assert_int_equal(commit(), ERR_STORE);
	assert_int_equal(db_exec(&d, "ROLLBACK"), OK);
	db_close(&d);
	assert_int_equal(look_challenge(0, 1), OK);
	assert_int_equal(commit(), OK);
}

/* A writer that never rests still begins its log anew. */
static void
log_bounded(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		fresh();
		for (size_t k = 0; k < TAM_EFFECTS_MAX; k++) {
			use_challenge(0, 0);
			for (size_t at = 0; at < TAM_CHALLENGE_LEN; at++)
				reply.effect[k].challenge[at] =
				    (uint8_t)chance(&seed);
		}
		assert_int_equal(commit(), OK);
	}
	assert_true(wal_size() < (off_t)128 << 20);
}

static void
one_writer(void **state)
{
	struct store *second;

	(void)state;
	assert_int_equal(
	    store_open(b.policy_path, b.state_path, b.c, &config, &second),
	    ERR_BUSY);
	/* after the end nothing is promised */
	store_stop(s);
	fresh();
	use_challenge(0, 1);
	assert_int_equal(commit(), ERR_STORE);
	assert_int_equal(look_challenge(0, 1), OK);
}

static void
mac_keys(void **state)
{
	const struct store_config at_once = {0, 60};
	const struct tam_view *v = store_view(r);
	uint8_t first[32], now[32];

	(void)state;
	assert_int_equal(v->mac_key(v->ctx, 0, first), OK);
	assert_int_equal(v->mac_key(v->ctx, 1, now), ERR_NOT_FOUND);
	for (size_t i = 1; i < 2 * MAC_KEYS_MAX; i++) {
		store_reader_close(r);
		store_close(s);
		assert_int_equal(store_open(b.policy_path, b.state_path, b.c,
				     i == 1 ? &config : &at_once, &s),
		    OK);
		assert_int_equal(store_reader_open(s, &r), OK);
		v = store_view(r);
		if (i == 1) {
			assert_int_equal(v->mac_key(v->ctx, 0, now), OK);
			assert_memory_equal(now, first, 32);
		} else if (i <= MAC_KEYS_MAX) {
			/* the old one is still honoured */
			assert_int_equal(v->mac_key(v->ctx, i - 1, now), OK);
			assert_memory_equal(now, first, 32);
		}
	}
	assert_int_equal(v->mac_key(v->ctx, MAC_KEYS_MAX - 1, now), OK);
	assert_memory_not_equal(now, first, 32);
	assert_int_equal(v->mac_key(v->ctx, MAC_KEYS_MAX, now), ERR_NOT_FOUND);
}

static void
sweep(void **state)
{
	struct tam_token t;
	struct db d;
	size_t gone;

	(void)state;
	fresh();
	use_challenge(0, 1);
	new_token(0, 1);
	use_challenge(0, 2);
	reply.effect[2].expires = NOW + 1000;
	assert_int_equal(commit(), OK);
	store_reader_close(r);
	store_close(s);
	assert_int_equal(state_connect(&d, b.state_path, true), OK);
	assert_int_equal(state_sweep(&d, NOW + 600, 10, &gone), OK);
	assert_int_equal(gone, 0);
	assert_int_equal(state_token(&d, BYTES_OF(reply.effect[1].token.token),
			     dev[0].kid, &mem, &t),
	    OK);
	assert_int_equal(state_sweep(&d, NOW + 601, 10, &gone), OK);
	assert_int_equal(gone, 2);
	assert_int_equal(state_token(&d, BYTES_OF(reply.effect[1].token.token),
			     dev[0].kid, &mem, &t),
	    ERR_TOKEN);
	assert_int_equal(
	    state_challenge(&d, reply.effect[0].challenge, dev[0].kid), OK);
	assert_int_equal(
	    state_challenge(&d, reply.effect[2].challenge, dev[0].kid),
	    ERR_REPLAY);
	db_close(&d);
	r = NULL;
	s = NULL;
}

/* The last accepted Evidence with payload keys, for authors: another takes its
 * place, one without keys too, a refused one does not. */
static void
evidence_kept(void **state)
{
	static uint8_t big[STATE_EVIDENCE_MAX + 1],
	    out_room[STATE_EVIDENCE_MAX];
	const struct {
		struct bytes evidence, kept;
		enum err outcome;
	} steps[] = {
	    {BYTES_NONE, BYTES_NONE, OK},
	    {BYTES_LIT("first"), BYTES_LIT("first"), OK},
	    {BYTES_LIT("second"), BYTES_LIT("second"), OK},
	    {BYTES_LIT("third"), BYTES_LIT("second"), ERR_EVIDENCE_CLAIM},
	    {{big, STATE_EVIDENCE_MAX}, {big, STATE_EVIDENCE_MAX}, OK},
	    {BYTES_OF(big), BYTES_NONE, OK},
	    {BYTES_LIT("fourth"), BYTES_LIT("fourth"), OK},
	    {BYTES_NONE, BYTES_NONE, OK},
	};
	struct bytes out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		enum err want = steps[i].kept.n > 0 ? OK : ERR_NOT_FOUND;

		fresh();
		appraised(0, NULL, false, NOW);
		reply.effect[0].outcome = steps[i].outcome;
		reply.effect[0].evidence = steps[i].evidence;
		assert_int_equal(commit(), OK);
		assert_int_equal(
		    state_evidence(st, dev[0].id, SPAN_OF(out_room), &out),
		    want);
		assert_true(bytes_same(out, steps[i].kept));
		assert_int_equal(
		    state_evidence(st, dev[1].id, SPAN_OF(out_room), &out),
		    ERR_NOT_FOUND);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_store, close_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(challenge_once),
	    TEST(token_once),
	    TEST(tokens_bounded),
	    TEST(row_once),
	    TEST(life_of_a_component),
	    TEST(on_request),
	    TEST(history),
	    TEST(evidence_kept),
	    TEST(racing),
	    TEST(killed),
	    TEST(disk_full),
	    TEST(policy_locked),
	    TEST(log_bounded),
	    TEST(one_writer),
	    TEST(mac_keys),
	    TEST(sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
