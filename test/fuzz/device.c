/*
 * device: an agent on ports that are memory, for fuzzed frames.
 */
#include "world.h"

#define BLOBS 24
#define BLOB  8192

/* ---- store -----------------------------------------------------------------
 */

struct blob {
	uint8_t sha256[DIGEST_LEN], octets[BLOB];
	size_t n;
	bool there;
};

struct disk {
	uint8_t state[AGENT_STATE_MAX];
	size_t n;
	struct blob blob[BLOBS], open;
};

static struct disk disk, fresh; /* fresh: as it is after init */

static enum err
load(void *ctx, struct span room, struct bytes *out)
{
	(void)ctx;
	if (disk.n == 0)
		return ERR_NOT_FOUND;
	HOLDS(disk.n <= room.n);
	memcpy(room.p, disk.state, disk.n);
	*out = (struct bytes){room.p, disk.n};
	return OK;
}

static enum err
commit(void *ctx, struct bytes state)
{
	(void)ctx;
	HOLDS(state.n <= sizeof(disk.state));
	memcpy(disk.state, state.p, state.n);
	disk.n = state.n;
	return OK;
}

static enum err
blob_begin(void *ctx, uint64_t size_hint)
{
	(void)ctx;
	(void)size_hint;
	HOLDS(!disk.open.there);
	disk.open.there = true;
	disk.open.n = 0;
	return OK;
}

static enum err
blob_more(void *ctx, struct bytes piece)
{
	(void)ctx;
	HOLDS(disk.open.there);
	if (piece.n > BLOB - disk.open.n)
		return ERR_STORE;
	if (piece.n > 0)
		memcpy(disk.open.octets + disk.open.n, piece.p, piece.n);
	disk.open.n += piece.n;
	return OK;
}

static struct blob *
find(const uint8_t sha256[DIGEST_LEN])
{
	for (size_t i = 0; i < BLOBS; i++)
		if (disk.blob[i].there &&
		    memcmp(disk.blob[i].sha256, sha256, DIGEST_LEN) == 0)
			return &disk.blob[i];
	return NULL;
}

static enum err
blob_end(void *ctx, const uint8_t sha256[DIGEST_LEN])
{
	struct bytes part = {disk.open.octets, disk.open.n};
	uint8_t real[DIGEST_LEN];

	(void)ctx;
	HOLDS(disk.open.there);
	disk.open.there = false;
	HOLDS(fuzz_crypto()->sha256(&part, 1, real) == OK);
	HOLDS(memcmp(real, sha256, DIGEST_LEN) == 0);
	if (find(sha256) != NULL)
		return OK;
	for (size_t i = 0; i < BLOBS; i++) {
		if (disk.blob[i].there)
			continue;
		disk.blob[i] = disk.open;
		disk.blob[i].there = true;
		memcpy(disk.blob[i].sha256, sha256, DIGEST_LEN);
		return OK;
	}
	return ERR_STORE;
}

static void
blob_drop(void *ctx)
{
	(void)ctx;
	disk.open.there = false;
}

static enum err
blob_read(void *ctx, const uint8_t sha256[DIGEST_LEN], uint64_t offset,
    struct span room, size_t *got)
{
	const struct blob *b = find(sha256);

	(void)ctx;
	*got = 0;
	if (b == NULL)
		return ERR_STORE;
	if (offset >= b->n)
		return OK;
	*got = b->n - (size_t)offset < room.n ? b->n - (size_t)offset : room.n;
	memcpy(room.p, b->octets + offset, *got);
	return OK;
}

static enum err
sweep(void *ctx, bool (*keep)(void *arg, const uint8_t sha256[DIGEST_LEN]),
    void *arg)
{
	(void)ctx;
	for (size_t i = 0; i < BLOBS; i++)
		if (disk.blob[i].there && !keep(arg, disk.blob[i].sha256))
			disk.blob[i].there = false;
	return OK;
}

static const struct agent_store store = {NULL, load, commit, blob_begin,
    blob_more, blob_end, blob_drop, blob_read, sweep};

/* ---- launcher ---------------------------------------------------------------
 */

static enum err
attest(void *ctx, const struct attest_request *r, struct span room,
    struct bytes *evidence)
{
	(void)ctx;
	(void)r;
	HOLDS(room.n >= 8);
	memcpy(room.p, "evidence", 8);
	*evidence = (struct bytes){room.p, 8};
	return OK;
}

static bool running;

static enum err
begin(void *ctx, struct bytes id, const uint8_t sha256[DIGEST_LEN],
    uint64_t size, struct bytes args, struct bytes data)
{
	(void)data;
	(void)ctx;
	(void)size;
	(void)args;
	running = find(sha256) != NULL && suit_id_check(id) == OK;
	return running ? OK : ERR_INVOKE;
}

static bool
alive(void *ctx, struct bytes id, const uint8_t sha256[DIGEST_LEN])
{
	(void)ctx;
	(void)id;
	(void)sha256;
	return running;
}

static enum err
call(void *ctx, struct bytes id, struct bytes in, struct span room,
    struct bytes *out)
{
	(void)ctx;
	(void)id;
	HOLDS(in.n <= room.n);
	if (in.n > 0)
		memcpy(room.p, in.p, in.n);
	*out = (struct bytes){room.p, in.n};
	return OK;
}

static void
stop(void *ctx, struct bytes id)
{
	(void)ctx;
	(void)id;
	running = false;
}

static const struct agent_launcher launcher = {
    NULL, attest, begin, alive, call, stop, {NULL, 0}, true};

/* ---- policy
 * ------------------------------------------------------------------- */

static void
put_keys(struct cbor_out *w, uint8_t n)
{
	struct cose_key k = fuzz_key(n);

	cbor_put_uint(w, 2);
	cbor_put_array(w, 1);
	cose_key_write(w, &k);
}

/* A map that begins with a name and a key. */
static void
put_party(struct cbor_out *w, size_t pairs, const char *name, uint8_t key)
{
	cbor_put_map(w, pairs);
	cbor_put_uint(w, 1);
	cbor_put_text(w, name);
	put_keys(w, key);
}

/* A member that is a list of one of these. */
static void
put_row(struct cbor_out *w, uint64_t member, size_t pairs, const char *name,
    uint8_t key)
{
	cbor_put_uint(w, member);
	cbor_put_array(w, 1);
	put_party(w, pairs, name, key);
}

/* Where it is, what it may write, and as it has no encryption key: {evidence:
 * if-key}. */
static void
put_place(struct cbor_out *w, const char *uri, struct bytes prefixes)
{
	cbor_put_uint(w, 4);
	cbor_put_text(w, uri);
	cbor_put_uint(w, 5);
	cbor_put_raw(w, prefixes);
	cbor_put_uint(w, 8);
	cbor_put_raw(w, BYTES_LIT("\xa1\x06\x01"));
}

static struct bytes
policy_object(struct span room)
{
	struct cbor_out w = cbor_into(room);
	struct bytes out;

	cbor_put_map(&w, 7);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, 2);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, 1);
	put_keys(&w, 1);
	cbor_put_uint(&w, 3);
	cbor_put_array(&w, 2);
	put_party(&w, 5, "tam", 2);
	put_place(&w, "https://tam.example/",
	    BYTES_LIT("\x82\x81\x43"
		      "app"
		      "\x81\x46"
		      "policy"));
	put_party(&w, 6, "proven", 8);
	put_place(&w, "https://proven.example/",
	    BYTES_LIT("\x81\x81\x43"
		      "app"));
	/* by verifier v, for ten calls of seconds */
	cbor_put_uint(&w, 9);
	cbor_put_raw(&w, BYTES_LIT("\xa2\x01\x81\x61v\x02\x0a"));
	put_row(&w, 4, 3, "signer", 3);
	cbor_put_uint(&w, 3);
	cbor_put_raw(&w, BYTES_LIT("\x81\x81\x43"
				   "app"));
	put_row(&w, 5, 2, "v", 9);
	cbor_put_uint(&w, 6);
	put_party(&w, 5, "recovery", 4);
	put_place(&w, "https://r.example/",
	    BYTES_LIT("\x81\x81\x46"
		      "policy"));
	cbor_put_uint(&w, 7);
	cbor_put_raw(&w, BYTES_LIT("\x81\xa1\x01\x80"));
	HOLDS(cbor_done(&w, &out) == OK);
	return out;
}

static struct bytes
policy_envelope(struct span room)
{
	uint8_t object_room[1024], plain_room[2048], digest[DIGEST_LEN];
	struct bytes object = policy_object(SPAN_OF(object_room)), out;
	struct signer admin = fuzz_signer(1);
	struct suit_recipe r = {
	    .sequence = 1,
	    .component = BYTES_LIT("\x81\x46"
				   "policy"),
	    .digest = BYTES_OF(digest),
	    .size = object.n,
	    .uri = BYTES_LIT("#tc"),
	    .payload = object,
	};
	struct cbor_out w = cbor_into(SPAN_OF(plain_room));

	HOLDS(fuzz_crypto()->sha256(&object, 1, digest) == OK);
	HOLDS(suit_author(&w, fuzz_crypto(), &r) == OK);
	HOLDS(cbor_done(&w, &out) == OK);
	w = cbor_into(room);
	HOLDS(suit_author_sign(&w, fuzz_crypto(), out, &admin) == OK);
	HOLDS(cbor_done(&w, &out) == OK);
	return out;
}

/* ---- the device
 * ----------------------------------------------------------------- */

static struct signer teep, report;
/* h'76..', h'63..', sixteen octets each */
static uint8_t vendor[17], class[17];
static uint8_t kept[4096];
static struct agent_reports reports = {.room = {kept, sizeof(kept)}};
static uint64_t passed;

static enum err
seconds(void *ctx, uint64_t *out)
{
	(void)ctx;
	*out = ++passed;
	return OK;
}

static struct agent_demanding demanding = {.seconds = seconds};
static struct agent_ports ports = {
    .store = &store,
    .launcher = &launcher,
    .teep = {&teep},
    .n_teep = 1,
    .report = &report,
    .dialects = &dialect_others,
    .depending = &agent_depending,
    .reports = &reports,
    .revoking = &agent_revoking,
    .logs = &agent_logs,
    .passports = &agent_passports,
    .demanding = &demanding,
    .vendor_ids = {{vendor, sizeof(vendor)}, 1},
    .class_ids = {{class, sizeof(class)}, 1},
};
static uint8_t work[4 * AGENT_STATE_MAX], outbox[AGENT_STATE_MAX];

static void
init(void)
{
	uint8_t room[4096];
	struct why why;

	agent_reports_init(&reports);
	agent_demanding_init(&demanding);
	memset(vendor, 'v', sizeof(vendor));
	memset(class, 'c', sizeof(class));
	vendor[0] = class[0] = 0x50;
	teep = fuzz_signer(5);
	report = fuzz_signer(6);
	ports.crypto = fuzz_crypto();
	ports.teep_key[0] = fuzz_key(5);
	ports.report_key = fuzz_key(6);
	HOLDS(agent_seal_policy(&ports, SPAN_OF(work),
		  policy_envelope(SPAN_OF(room)), &why) == OK);
	fresh = disk;
}

static struct agent *
start(void)
{
	static struct agent *a;

	if (a == NULL)
		a = malloc(agent_size());
	HOLDS(a != NULL);
	HOLDS(agent_init(a, &ports, SPAN_OF(work), SPAN_OF(outbox)) == OK);
	return a;
}

struct agent *
device_start(void)
{
	if (fresh.n == 0)
		init();
	disk = fresh;
	running = false;
	passed = 0;
	return start();
}

struct agent *
device_wakes(struct bytes record)
{
	static struct agent *a;
	enum err e;

	(void)device_start();
	if (record.n > sizeof(disk.state))
		return NULL;
	if (record.n > 0)
		memcpy(disk.state, record.p, record.n);
	disk.n = record.n;
	if (a == NULL)
		a = malloc(agent_size());
	HOLDS(a != NULL);
	e = agent_init(a, &ports, SPAN_OF(work), SPAN_OF(outbox));
	HOLDS(err_class(e) != CLASS_BUG);
	return e == OK ? a : NULL;
}

struct bytes
device_record(void)
{
	(void)device_start();
	return (struct bytes){disk.state, disk.n};
}

void
device_restart(void)
{
	disk.open.there = false;
	(void)start();
}
