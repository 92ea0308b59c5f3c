/*
 * state: what the launcher keeps: keys, identity, the agent's manifest.
 *
 * DIR            root's, others may pass through
 * DIR/launcher   the launcher's alone: evidence.pem, sealing.key, agent.suit,
 *                device.cbor (written last: the state is whole); where a TPM
 *                seals, sealed.tpm and evidence.sealed instead of the first two
 * DIR/agent      the agent's alone
 *
 * The launcher works inside its directory by relative names, so that nobody
 * can move the path away under it.
 */
#include "agentd.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LAUNCHER_DIR  "launcher"
#define AGENT_DIR     "agent"
#define FILE_EVIDENCE "evidence.pem"
#define FILE_SEAL     "sealing.key"
#define FILE_MANIFEST "agent.suit"
#define FILE_DEVICE   "device.cbor"
#define DEVICE_MAX    4096
#define LOCK_TRIES    30 /* of a tenth of a second */

// clang-format off
static const struct cbor_field device_fields[] = {
	FIELD_REQ(1, F_BSTR, struct device, ueid, 17, 33),
	FIELD_REQ(2, F_BSTR, struct device, oemid, 3, 16),
	FIELD_REQ(3, F_BSTR, struct device, hwmodel, 1, 32),
	FIELD_REQ(4, F_TSTR, struct device, hwversion, 1, 64),
	FIELD_REQ(5, F_LIST, struct device, vendors, 0, IDS_MAX),
	FIELD_REQ(6, F_LIST, struct device, classes, 0, IDS_MAX),
	/* devices made before there was one have none */
	FIELD(7, F_LIST, struct device, devices, 0, IDS_MAX),
};
// clang-format on
static const struct cbor_table device_table = {
    device_fields, ARRAY_LEN(device_fields), 1};
#define DEVICE_ALL ((1u << ARRAY_LEN(device_fields)) - 1)

static enum err
fault(struct why *why, enum err e, const char *what)
{
	*why = (struct why){.err = e,
	    .what = what,
	    .kind = WHY_UINT,
	    .found_n = (uint64_t)errno};
	return e;
}

/* A directory of its own for one user. */
static enum err
make_private(int at, const char *name, uid_t uid, struct why *why)
{
	int fd;
	enum err e = OK;

	if (mkdirat(at, name, 0700) != 0)
		return fault(
		    why, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM, name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, uid, uid) != 0)
		e = fault(why, ERR_SYSTEM, name);
	if (fd >= 0)
		(void)close(fd);
	return e;
}

static enum err
open_dir(int at, const char *path, int *fd, struct why *why)
{
	*fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *fd < 0 ? fault(why, ERR_SYSTEM, path) : OK;
}

enum err
state_create(const char *path, const struct uids *u, struct why *why)
{
	enum err e;
	int dir;

	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return fault(why, ERR_SYSTEM, path);
	TRY(open_dir(AT_FDCWD, path, &dir, why));
	e = make_private(dir, LAUNCHER_DIR, u->launcher, why);
	if (e == OK)
		e = make_private(dir, AGENT_DIR, u->agent, why);
	(void)close(dir);
	return e;
}

/* Whoever else could write there would be launcher or agent. */
static enum err
check_private(int fd, uid_t uid, const char *name, struct why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fault(why, ERR_SYSTEM, name);
	if (st.st_uid == uid && (st.st_mode & 077) == 0)
		return OK;
	errno = EPERM;
	return fault(why, ERR_PEER, name);
}

/* Two agents on one store would undo each other's steps.  The lock is on the
 * agent's directory, which launcher and agent keep open, so that it stands
 * while either lives; one that was just told to end gets time for it. */
static enum err
lock(int fd, struct why *why)
{
	const struct timespec pause = {.tv_nsec = 100000000};

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return OK;
		if (errno != EWOULDBLOCK)
			return fault(why, ERR_SYSTEM, "lock of " AGENT_DIR);
		(void)nanosleep(&pause, NULL);
	}
	errno = EBUSY;
	return fault(
	    why, ERR_SYSTEM, "--state is in use by another teep-agentd");
}

enum err
state_enter(
    const char *path, const struct uids *u, int *agent_dir, struct why *why)
{
	enum err e;
	int dir, own = -1;

	*agent_dir = -1;
	TRY(open_dir(AT_FDCWD, path, &dir, why));
	e = open_dir(dir, LAUNCHER_DIR, &own, why);
	if (e == OK)
		e = check_private(own, u->launcher, LAUNCHER_DIR, why);
	if (e == OK)
		e = open_dir(dir, AGENT_DIR, agent_dir, why);
	if (e == OK)
		e = check_private(*agent_dir, u->agent, AGENT_DIR, why);
	if (e == OK)
		e = lock(*agent_dir, why);
	if (e == OK && fchdir(own) != 0)
		e = fault(why, ERR_SYSTEM, LAUNCHER_DIR);
	if (e != OK && *agent_dir >= 0) {
		(void)close(*agent_dir);
		*agent_dir = -1;
	}
	if (own >= 0)
		(void)close(own);
	(void)close(dir);
	return e;
}

/* ---- inside the launcher's directory ------------------------------------ */

static enum err
make_evidence_key(struct why *why)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;
	enum err e = openssl_key_generate(CRV_P256, SPAN_OF(room), &pem, NULL);

	if (e == OK)
		e = write_file_atomic(FILE_EVIDENCE, pem, WRITE_SECRET);
	wipe(room, sizeof(room));
	return e == OK ? OK : fault(why, e, FILE_EVIDENCE);
}

static enum err
make_seal(const struct crypto *c, struct why *why)
{
	uint8_t key[CHANNEL_SEAL];
	enum err e = c->random(SPAN_OF(key));

	if (e == OK)
		e = write_file_atomic(FILE_SEAL, BYTES_OF(key), WRITE_SECRET);
	wipe(key, sizeof(key));
	return e == OK ? OK : fault(why, e, FILE_SEAL);
}

static enum err
load_seal(struct state *s, struct why *why)
{
	struct bytes b;
	bool hidden;
	enum err e;

	e = sandbox_secret(CHANNEL_SEAL, &s->seal, &hidden, why);
	if (e != OK)
		return e;
	e = read_file(FILE_SEAL, CHANNEL_SEAL, &b);
	if (e == OK && b.n != CHANNEL_SEAL)
		e = ERR_TRUNCATED;
	if (e == OK)
		memcpy(s->seal.p, b.p, CHANNEL_SEAL);
	release_bytes(&b);
	return e == OK ? OK : fault(why, e, FILE_SEAL);
}

static enum err
load_evidence_key(struct state *s, struct why *why)
{
	struct bytes pem;
	enum err e = read_file(FILE_EVIDENCE, KEY_FILE_MAX, &pem);

	if (e == OK)
		e = openssl_private_public(pem, &s->evidence_key);
	if (e == OK)
		e = openssl_signer_load(pem, &s->evidence);
	release_bytes(&pem);
	return e == OK ? OK : fault(why, e, FILE_EVIDENCE);
}

static enum err
load_device(struct state *s, struct why *why)
{
	struct cbor_in r;
	enum err e = read_file(FILE_DEVICE, DEVICE_MAX, &s->file);

	if (e != OK)
		return fault(why, e, FILE_DEVICE);
	r = cbor_open(s->file);
	s->device = (struct device){0};
	cbor_map_read(&r, &device_table, &s->device);
	e = cbor_close(&r);
	return e == OK ? OK : fault(why, e, FILE_DEVICE);
}

enum err
state_make_keys(const struct crypto *c, struct state *s, struct why *why)
{
	TRY(make_evidence_key(why));
	TRY(make_seal(c, why));
	TRY(load_evidence_key(s, why));
	return load_seal(s, why);
}

enum err
state_save(const struct device *d, struct bytes agent_manifest, struct why *why)
{
	uint8_t room[DEVICE_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct device all = *d;
	struct bytes b;
	enum err e;

	all.has = DEVICE_ALL;
	cbor_map_write(&w, &device_table, &all);
	e = cbor_done(&w, &b);
	if (e != OK)
		return why_set(why, e, "device identity");
	e = write_file_atomic(FILE_MANIFEST, agent_manifest, WRITE_PUBLIC);
	if (e != OK)
		return fault(why, e, FILE_MANIFEST);
	e = write_file_atomic(FILE_DEVICE, b, WRITE_SECRET);
	return e == OK ? OK : fault(why, e, FILE_DEVICE);
}

enum err
state_manifest(struct state *s, struct bytes envelope, struct why *why)
{
	struct suit_manifest m;

	TRY(suit_parse(envelope, &m, why));
	release_bytes(&s->manifest);
	s->manifest = envelope;
	s->manifest_uri = m.uri;
	memcpy(s->manifest_digest, m.digest, DIGEST_LEN);
	return OK;
}

enum err
state_load(struct state *s, struct why *why)
{
	struct bytes envelope;
	enum err e;

	TRY(load_device(s, why));
	if (s->manifest.p != NULL)
		return OK; /* the command line named another one */
	e = read_file(FILE_MANIFEST, AGENT_MANIFEST_MAX, &envelope);
	if (e != OK)
		return fault(why, e, FILE_MANIFEST);
	e = state_manifest(s, envelope, why);
	if (e != OK)
		release_bytes(&envelope);
	return e;
}

enum err
state_load_keys(struct state *s, struct why *why)
{
	if (s->seal.p != NULL)
		return OK;
	TRY(load_evidence_key(s, why));
	return load_seal(s, why);
}

void
state_free(struct state *s)
{
	openssl_signer_free(&s->evidence);
	sandbox_secret_free(&s->seal);
	release_bytes(&s->manifest);
	release_bytes(&s->file);
	wipe(s, sizeof(*s));
}
