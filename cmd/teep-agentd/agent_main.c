/*
 * agent_main: the agent process, from the launcher's first frame on.
 *
 * Has: four descriptors and a directory of its own.  Gave up nothing, for it
 * never had more; it checks that this is so, and does not run otherwise.
 */
#include "agentproc.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STORE_DIR "store"
#define WORK_MAX  (4 * AGENT_STATE_MAX)
/* Of which the keys for encrypted payloads are made. */
#define PAYLOAD_SECRET 32
#define PLAIN_ROOM     65536
#define REPORTS_KEPT   16384

/* All that lives as long as the process; too large for a stack. */
struct process {
	const struct crypto *crypto;
	struct keys keys;
	struct file_store files;
	struct agent_store store;
	struct agent_launcher launcher;
	struct apps apps;
	struct agent_ports ports;
	struct agent_payloads payloads;
	struct agent_reports reports;
	struct agent_demanding demanding;
	uint8_t kept[REPORTS_KEPT];
	uint8_t payload_secret[PAYLOAD_SECRET], plain[PLAIN_ROOM];
	uint8_t config[CHANNEL_MAX], room[CHANNEL_MAX];
	uint8_t work[WORK_MAX], outbox[AGENT_STATE_MAX];
	bool opened; /* files */
};

#define VALUE_TEXT 256

/* A subject is a key id, a component, or a name. */
static struct log_field
subject_field(struct bytes subject, char room[SUIT_ID_TEXT])
{
	if (subject.n == KID_LEN)
		return LOG_KID("subject", subject.p);
	if (subject.n > 0 && subject.p[0] >= 0x80 &&
	    suit_id_text(subject, room) == OK)
		return LOG_S("subject", room);
	return LOG_B("subject", subject);
}

static void
log_it(
    void *ctx, const char *event, const struct why *why, struct bytes subject)
{
	char room[SUIT_ID_TEXT], expected[VALUE_TEXT], found[VALUE_TEXT];
	const struct log_field about = subject_field(subject, room);

	(void)ctx;
	if (why == NULL)
		log_event(LEVEL_INFO, event, about);
	else
		log_event(LEVEL_WARN, event, LOG_ERR("reason", why->err),
		    LOG_S("what", why->what != NULL ? why->what : ""),
		    LOG_S("expected",
			why_expected(expected, sizeof(expected), why)),
		    LOG_S("found", why_found(found, sizeof(found), why)),
		    LOG_N("at", why->at), about);
}

/* One key for one purpose, all from the launcher's. */
static enum err
derive(const struct crypto *c, struct bytes seal, struct bytes purpose,
    struct span out)
{
	return c->hkdf(BYTES_NONE, seal, purpose, out);
}

static enum err
open_store(struct process *p, struct bytes seal)
{
	uint8_t key[16];
	enum err e =
	    derive(p->crypto, seal, BYTES_LIT("agent store"), SPAN_OF(key));
	int dir;

	if (e == OK && mkdirat(AGENT_FD_DIR, STORE_DIR, 0700) != 0 &&
	    errno != EEXIST)
		e = ERR_STORE;
	if (e == OK) {
		dir = openat(AGENT_FD_DIR, STORE_DIR,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		e = dir < 0 ? ERR_STORE
			    : file_store_open(&p->files, p->crypto,
				  &file_ops_posix, dir, key);
	}
	wipe(key, sizeof(key));
	p->opened = e == OK;
	if (p->opened)
		file_store_port(&p->files, &p->store);
	return e;
}

static enum err
get_keys(struct process *p, const struct channel_frame *f)
{
	uint8_t key[16];
	enum err e =
	    derive(p->crypto, f->seal, BYTES_LIT("agent keys"), SPAN_OF(key));

	if (e == OK && f->mode == CHANNEL_INIT)
		e = keys_make(
		    p->crypto, AGENT_FD_DIR, key, f->suites, &p->keys);
	else if (e == OK)
		e = keys_open(p->crypto, AGENT_FD_DIR, key, &p->keys);
	wipe(key, sizeof(key));
	return e;
}

static enum err
open_payloads(struct process *p, struct bytes seal)
{
	p->payloads = (struct agent_payloads){
	    .secret = BYTES_OF(p->payload_secret),
	    .pair = openssl_agreer_from,
	    .drop = openssl_agreer_free,
	    .room = SPAN_OF(p->plain),
	};
	agent_payloads_init(&p->payloads);
	return derive(p->crypto, seal, BYTES_LIT("agent payload keys"),
	    SPAN_OF(p->payload_secret));
}

/* The kernel's, which goes on while the machine sleeps and which nobody sets;
 * whoever holds the kernel holds this agent.           [docs/threats.md] */
static enum err
seconds(void *ctx, uint64_t *out)
{
	struct timespec t;

	(void)ctx;
	*out = 0;
	if (clock_gettime(CLOCK_BOOTTIME, &t) != 0)
		return ERR_SYSTEM;
	*out = (uint64_t)t.tv_sec;
	return OK;
}

static uint64_t
now_seconds(void)
{
	return (uint64_t)time(NULL);
}

static void
make_ports(struct process *p, const struct channel_frame *f)
{
	p->apps = (struct apps){.store = &p->store,
	    .channel = AGENT_FD_CHANNEL,
	    .room = SPAN_OF(p->room)};
	apps_port(&p->apps, &p->launcher);
	p->reports = (struct agent_reports){.room = SPAN_OF(p->kept)};
	agent_reports_init(&p->reports);
	p->demanding = (struct agent_demanding){.seconds = seconds};
	agent_demanding_init(&p->demanding);
	p->launcher.format = f->format;
	/* What is put around an EAT has no time: it answers challenges. */
	p->launcher.timed = f->clock == 1 && f->format.n == 0;
	p->ports = (struct agent_ports){.crypto = p->crypto,
	    .store = &p->store,
	    .launcher = &p->launcher,
	    .n_teep = p->keys.n_teep,
	    .report = &p->keys.report,
	    .report_key = p->keys.report_key,
	    .payloads = &p->payloads,
	    .reports = &p->reports,
	    .dialects = &dialect_others,
	    .depending = &agent_depending,
	    .revoking = &agent_revoking,
	    .logs = &agent_logs,
	    .answers = &agent_answers,
	    .demanding = &p->demanding,
	    .passports = &agent_passports,
	    .now = f->clock == 1 ? now_seconds : NULL,
	    .vendor_ids = f->vendors,
	    .class_ids = f->classes,
	    .device_ids = f->devices,
	    .log = log_it};
	for (size_t i = 0; i < p->keys.n_teep; i++) {
		p->ports.teep[i] = &p->keys.teep[i];
		p->ports.teep_key[i] = p->keys.teep_key[i];
	}
}

/* Everything but the loop.  The sealing key is in f, wiped by the caller. */
static enum err
set_up(struct process *p, const struct channel_frame *f)
{
	struct why why = {0};
	enum err e;

	TRY(open_store(p, f->seal));
	TRY(get_keys(p, f));
	TRY(open_payloads(p, f->seal));
	make_ports(p, f);
	if (f->mode != CHANNEL_INIT)
		return OK;
	e = agent_seal_policy(&p->ports, SPAN_OF(p->work), f->policy, &why);
	if (e != OK)
		log_it(NULL, "policy-refused", &why, why.subject);
	return e;
}

static enum err
say_ready(struct process *p, struct agent *agent)
{
	uint8_t keys[CHANNEL_KEYS * 128], report[128];
	struct cbor_out w = cbor_into(SPAN_OF(keys));
	struct channel_frame f = {
	    .op = CHANNEL_READY, .keys.n = p->keys.n_teep};

	for (size_t i = 0; i < p->keys.n_teep; i++)
		cose_key_write(&w, &p->keys.teep_key[i]);
	TRY(cbor_done(&w, &f.keys.raw));
	w = cbor_into(SPAN_OF(report));
	cose_key_write(&w, &p->keys.report_key);
	TRY(cbor_done(&w, &f.report));
	if (agent != NULL)
		TRY(p->payloads.keys(agent, &f.payload_keys));
	return channel_send(AGENT_FD_CHANNEL, SPAN_OF(p->room), &f, -1);
}

/* The launcher learns why there will be no agent. */
static void
say_failed(struct process *p, enum err e)
{
	const struct channel_frame f = {
	    .op = CHANNEL_ANSWER, .err = (uint64_t)e};

	if (channel_send(AGENT_FD_CHANNEL, SPAN_OF(p->room), &f, -1) != OK)
		log_event(LEVEL_ERROR, "launcher-gone", LOG_ERR("reason", e));
}

static enum err
run(struct process *p, uint32_t broker)
{
	struct agent *agent = calloc(1, agent_size());
	enum err e;

	if (agent == NULL)
		return ERR_MEMORY;
	e = agent_init(agent, &p->ports, SPAN_OF(p->work), SPAN_OF(p->outbox));
	if (e == OK)
		e = say_ready(p, agent);
	else
		say_failed(p, e);
	if (e == OK)
		e = serve(agent, &p->apps, AGENT_FD_LISTEN, broker);
	wipe(agent, agent_size());
	free(agent);
	return e;
}

static enum err
receive_config(struct process *p, struct channel_frame *f)
{
	int fd;

	TRY(channel_receive(
	    AGENT_FD_CHANNEL, SPAN_OF(p->config), CHANNEL_WAIT_MS, f, &fd));
	return f->op == CHANNEL_CONFIG ? OK : ERR_UNEXPECTED;
}

static enum err
live(struct process *p)
{
	struct channel_frame f;
	enum err e;

	TRY(receive_config(p, &f));
	e = set_up(p, &f);
	/* The views of identifiers stay, the key goes. */
	wipe(p->config + (f.seal.p - p->config), f.seal.n);
	if (e != OK) {
		say_failed(p, e);
		return e;
	}
	return f.mode == CHANNEL_INIT ? say_ready(p, NULL)
				      : run(p, (uint32_t)f.broker);
}

int
main(void)
{
	struct process *p;
	struct stat st;
	enum err e;

	if (fstat(AGENT_FD_CHANNEL, &st) != 0 || !S_ISSOCK(st.st_mode) ||
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		die(AGENT_PROG, EXIT_USAGE,
		    "is started by teep-agentd only, in its sandbox");
	(void)setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		die(AGENT_PROG, EXIT_REFUSED, "out of memory");
	p->crypto = crypto_openssl();
	e = p->crypto == NULL ? ERR_RANDOM : live(p);
	if (e != OK)
		log_event(LEVEL_ERROR, "agent-failed", LOG_ERR("reason", e));
	keys_free(&p->keys);
	if (p->opened)
		file_store_close(&p->files);
	wipe(p, sizeof(*p));
	free(p);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
