/*
 * init: a new device: its keys, its first policy, and what to tell the world.
 *
 * Root makes the directories and, at the end, the public files.  In between a
 * child becomes the launcher, makes the evidence and sealing keys, and starts
 * the agent as it will always run; that makes its own keys and seals the
 * policy.  Only public keys and digests come back, over a pipe.
 */
#include "agentd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_MS        30000
#define RESULT_MAX      2048
#define POLICY_FILE_MAX (AGENT_POLICY_MAX + 65536)

/* What --ueid and its likes say. */
struct identity {
	uint8_t ueid[33], oemid[16], hwmodel[32];
	uint8_t vendors[IDS_MAX * 17], classes[IDS_MAX * 17];
	uint8_t devices[IDS_MAX * 17];
	uint8_t vendor_space[16]; /* of the first vendor */
	struct device device;
};

/* ---- arguments ---------------------------------------------------------- */

static struct bytes
read_hex(const char *option, const char *text, struct span room)
{
	struct bytes b;

	if (hex_read(text, room, &b) != OK || b.n == 0)
		die_usage(PROG, "--%s '%s' is not 1 to %zu octets of hex",
		    option, text, room.n);
	return b;
}

static struct list
read_ids(const struct words *w, const char *option, const uint8_t *space,
    struct span room)
{
	struct cbor_out out = cbor_into(room);
	struct list l = {.n = w->n};

	for (size_t i = 0; i < w->n; i++) {
		uint8_t id[16];

		if (uuid_read(w->at[i], space, id) != OK)
			die_usage(PROG, "--%s '%s' gives no identifier", option,
			    w->at[i]);
		cbor_put_bstr(&out, BYTES_OF(id));
	}
	if (cbor_done(&out, &l.raw) != OK)
		die_usage(PROG, "--%s: too many", option);
	return l;
}

static void
read_identity(const struct options *o, struct identity *out)
{
	struct device *d = &out->device;
	size_t text = strlen(o->hwversion);

	d->ueid = read_hex("ueid", o->ueid, SPAN_OF(out->ueid));
	if ((d->ueid.n != 17 && d->ueid.n != 33) || d->ueid.p[0] != 1)
		die_usage(PROG, "--ueid is 01 and 16 or 32 octets more");
	d->oemid = read_hex("oemid", o->oemid, SPAN_OF(out->oemid));
	if (d->oemid.n != 3 && d->oemid.n != 16)
		die_usage(PROG, "--oemid is 3 or 16 octets");
	d->hwmodel = read_hex("hwmodel", o->hwmodel, SPAN_OF(out->hwmodel));
	if (text == 0 || text > 64)
		die_usage(PROG, "--hwversion is 1 to 64 octets of text");
	d->hwversion = bytes_of_text(o->hwversion);
	d->vendors =
	    read_ids(&o->vendor, "vendor", uuid_dns, SPAN_OF(out->vendors));
	if (o->vendor.n > 0 &&
	    uuid_read(o->vendor.at[0], uuid_dns, out->vendor_space) != OK)
		die_usage(PROG, "--vendor gives no identifier");
	d->classes = read_ids(&o->class_id, "class",
	    o->vendor.n > 0 ? out->vendor_space : uuid_dns,
	    SPAN_OF(out->classes));
	d->devices = read_ids(&o->device_id, "device",
	    o->vendor.n > 0 ? out->vendor_space : uuid_dns,
	    SPAN_OF(out->devices));
	for (size_t i = 0; i < o->suite.n; i++) {
		if (strcmp(o->suite.at[i], "esp256") != 0 &&
		    strcmp(o->suite.at[i], "ed25519") != 0)
			die_usage(PROG, "--suite is esp256 or ed25519");
	}
	if (o->suite.n == 2 && strcmp(o->suite.at[0], o->suite.at[1]) == 0)
		die_usage(PROG, "--suite: the same one twice");
}

static struct bytes
read_input(const char *path, size_t max)
{
	struct bytes b;
	enum err e = read_file(path, max, &b);

	if (e == ERR_TOO_LONG)
		die(PROG, EXIT_REFUSED,
		    "%s: %s: more than %zu octets; a manifest made with 'suit "
		    "create --uri' does not carry its payload",
		    path, err_name(e), max);
	if (e != OK) {
		print_err(PROG, path, e);
		exit(EXIT_REFUSED);
	}
	return b;
}

/* Is it an envelope, and what is it about?  Signatures are for others. */
static enum err
look_at(const char *path, struct bytes envelope, const char *component)
{
	char id[SUIT_ID_TEXT];
	struct suit_manifest m;
	struct why why = {0};
	enum err e = suit_parse(envelope, &m, &why);

	if (e != OK) {
		why.err = e;
		print_why(PROG, path, &why);
		return e;
	}
	if (component != NULL && (suit_id_text(m.component_id, id) != OK ||
				     strcmp(id, component) != 0)) {
		(void)fprintf(stderr,
		    "%s: %s: a manifest for another component than %s\n", PROG,
		    path, component);
		return ERR_COMPONENT;
	}
	return OK;
}

/* ---- in the child ------------------------------------------------------- */

/* What the agent wrote, line by line. */
static void
relay_all(int from)
{
	char in[1024];
	ssize_t n;

	while ((n = read(from, in, sizeof(in))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (in[i] == '\n')
				(void)fputc('\n', stderr);
			else
				safe_put(stderr,
				    (struct bytes){(uint8_t *)in + i, 1});
		}
	}
}

static enum err
make(struct launcher *l, const struct options *o, const struct device *d,
    struct bytes policy, int out, struct why *why)
{
	struct channel_frame ready;
	uint8_t room[RESULT_MAX];
	struct bytes result;
	enum err e;

	TRY(launcher_enter(l, o, why));
	l->state.device = *d;
	TRY(o->seal != NULL ? sealed_make_keys(l, why)
			    : state_make_keys(l->crypto, &l->state, why));
	TRY(launcher_start_agent(l, policy, why));
	e = launcher_await_ready(l, READY_MS, &ready, why);
	if (e != OK) {
		launcher_end_agent(l);
		relay_all(l->log);
		return e;
	}
	TRY(publish_encode(l, &ready, SPAN_OF(room), &result));
	TRY(state_save(d, l->state.manifest, why));
	if (write(out, result.p, result.n) != (ssize_t)result.n)
		return why_set(why, ERR_SYSTEM, "pipe");
	return OK;
}

static _Noreturn void
child(const struct options *o, const struct device *d, struct bytes policy,
    int out)
{
	static struct launcher l;
	struct why why = {0};
	enum err e = make(&l, o, d, policy, out, &why);

	if (e != OK)
		print_fault(&why, e);
	launcher_leave(&l);
	exit(e == OK ? EXIT_DONE : EXIT_REFUSED);
}

/* ---- what root writes at the end ---------------------------------------- */

/* The child's words until it closes the pipe, and how it ended. */
static bool
await(pid_t pid, int from, uint8_t room[RESULT_MAX], size_t *n)
{
	int status;
	ssize_t got = 0;

	*n = 0;
	while (*n < RESULT_MAX &&
	       (got = read(from, room + *n, RESULT_MAX - *n)) > 0)
		*n += (size_t)got;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	return got == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static enum exit_status
make_and_publish(
    const struct options *o, const struct device *d, struct bytes policy)
{
	uint8_t room[RESULT_MAX];
	int link[2];
	size_t n;
	pid_t pid;
	enum err e;

	if (pipe(link) != 0)
		die(PROG, EXIT_REFUSED, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die(PROG, EXIT_REFUSED, "fork: %s", strerror(errno));
	if (pid == 0) {
		(void)close(link[0]);
		child(o, d, policy, link[1]);
	}
	(void)close(link[1]);
	if (!await(pid, link[0], room, &n))
		die(PROG, EXIT_REFUSED,
		    "no device was made; remove %s before the next try",
		    o->state);
	(void)close(link[0]);
	e = publish(o->public_dir, d, (struct bytes){room, n});
	if (e != OK)
		die(PROG, EXIT_REFUSED,
		    "%s: %s: %s; nobody can enrol this device: remove %s "
		    "before the next try",
		    o->public_dir, err_name(e), err_text(e), o->state);
	return EXIT_DONE;
}

enum exit_status
command_init(const struct options *o)
{
	struct identity id;
	struct bytes policy, manifest;
	struct why why = {0};
	enum exit_status status = EXIT_REFUSED;
	enum err e;

	/* Everything that can be found wrong is, before anything is made. */
	read_identity(o, &id);
	policy = read_input(o->policy, POLICY_FILE_MAX);
	manifest = read_input(o->agent_manifest, AGENT_MANIFEST_MAX);
	if (look_at(o->policy, policy, "policy") != OK ||
	    look_at(o->agent_manifest, manifest, NULL) != OK)
		goto out;
	e = state_create(o->state, &o->uid, &why);
	if (e == ERR_EXISTS) {
		print_err(PROG, o->state, e);
		goto out;
	}
	if (e != OK) {
		print_fault(&why, e);
		goto out;
	}
	status = make_and_publish(o, &id.device, policy);
out:
	release_bytes(&policy);
	release_bytes(&manifest);
	return status;
}
