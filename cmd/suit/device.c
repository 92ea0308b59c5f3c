/* device: what a described device answers. */
#include "device.h"
#include "rehearse.h"

#include <crypto_openssl.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct device_part *
device_part(struct device *d, struct bytes id)
{
	for (size_t i = 0; i < d->n_parts; i++)
		if (bytes_same(d->part[i].id, id))
			return &d->part[i];
	if (d->n_parts == DEVICE_PARTS_MAX)
		return NULL;
	d->part[d->n_parts] = (struct device_part){.id = id};
	return &d->part[d->n_parts++];
}

const char *
device_payload(const struct device *d, struct bytes uri)
{
	/* what was said last counts */
	for (size_t i = d->n_payloads; i-- > 0;)
		if (bytes_same(d->payload[i].uri, uri))
			return d->payload[i].path;
	return NULL;
}

enum err
device_sequence(
    const struct device *d, const struct suit_manifest *m, uint64_t *seen)
{
	for (size_t i = 0; i < d->n_sequences; i++) {
		if (!bytes_same(d->sequence[i].id, m->component_id))
			continue;
		*seen = d->sequence[i].n;
		/* the description knows no digest: any is that of the last */
		return suit_sequence_ok(
		    false, *seen, m->digest, m->sequence, m->digest);
	}
	*seen = 0;
	return suit_sequence_ok(true, 0, NULL, m->sequence, m->digest);
}

/* ---- who it is ----------------------------------------------------------- */

static bool
one_of(uint8_t ids[][16], size_t n, struct bytes value)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_same((struct bytes){ids[i], 16}, value))
			return true;
	return false;
}

static bool
vendor_is(void *ctx, struct bytes id, struct bytes value)
{
	struct device *d = ctx;

	(void)id;
	return d->n_vendors == 0 || one_of(d->vendor, d->n_vendors, value);
}

static bool
class_is(void *ctx, struct bytes id, struct bytes value)
{
	struct device *d = ctx;

	(void)id;
	return d->n_classes == 0 || one_of(d->class_id, d->n_classes, value);
}

static bool
device_is(void *ctx, struct bytes id, struct bytes value)
{
	struct device *d = ctx;

	(void)id;
	return one_of(d->self, d->n_selves, value);
}

static struct bytes
mine(void *ctx, enum suit_parameter which, struct bytes id)
{
	struct device *d = ctx;

	(void)id;
	if (which == SUIT_PAR_VENDOR && d->n_vendors > 0)
		return (struct bytes){d->vendor[0], 16};
	if (which == SUIT_PAR_CLASS && d->n_classes > 0)
		return (struct bytes){d->class_id[0], 16};
	if (which == SUIT_PAR_DEVICE && d->n_selves > 0)
		return (struct bytes){d->self[0], 16};
	return BYTES_NONE;
}

/* ---- what it allows ---------------------------------------------------------
 */

static enum err
may(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	struct device *d = ctx;

	(void)cmd;
	if (device_part(d, id) == NULL)
		return ERR_COMPONENT;
	if (!d->has_access)
		return OK;
	for (size_t i = 0; i < d->n_access; i++)
		for (size_t k = 0; k < m->n_signers; k++)
			if (memcmp(d->access[i].kid, m->signer[k], KID_LEN) ==
				0 &&
			    suit_id_under(id, d->access[i].prefix))
				return OK;
	return ERR_SIGNER_ACCESS;
}

/* A dependency is as new as its device would have a manifest of its own. */
static enum err
admit(void *ctx, const struct suit_manifest *m, const struct suit_manifest *of)
{
	uint64_t seen;

	(void)of;
	return device_sequence(ctx, m, &seen);
}

const uint8_t *
device_view_of(const struct device *d, const uint8_t *p)
{
	for (size_t i = 0; i < d->n_views + d->shelf.n; i++) {
		struct bytes v = i < d->n_views
				     ? d->view[i].envelope
				     : d->shelf.row[i - d->n_views].envelope;

		if (p >= v.p && p < v.p + v.n)
			return v.p;
	}
	return NULL;
}

/* A manifest that was handed in, and that nobody has removed or replaced. */
int
device_shelved(const struct device *d, const struct device_part *p)
{
	return p != NULL && p->path == NULL && !p->removed
		   ? shelf_named(&d->shelf, p->id)
		   : -1;
}

/* The envelope of a dependency, whole: it lives as long as the device does,
 * whatever is written after it.  Each content has a file of its own. */
static enum err
view(void *ctx, struct bytes id, struct bytes *out)
{
	struct device *d = ctx;
	const struct device_part *p = device_part(d, id);
	struct bytes file;

	if (p == NULL || p->path == NULL) {
		int at = device_shelved(d, p);

		if (at < 0)
			return ERR_NOT_INSTALLED;
		*out = d->shelf.row[at].envelope;
		return OK;
	}
	for (size_t i = 0; i < d->n_views; i++) {
		*out = d->view[i].envelope;
		if (d->view[i].path == p->path)
			return OK;
	}
	if (d->n_views == DEVICE_VIEWS_MAX)
		return ERR_LIMIT;
	TRY(read_file(p->path, SUIT_ENVELOPE_MAX, &file));
	*out = pool_copy(&d->doc.pool, file);
	release_bytes(&file);
	d->view[d->n_views].path = p->path;
	d->view[d->n_views++].envelope = *out;
	return OK;
}

/* The nth key for what these signers encrypted.          [security 11] */
static enum err
opener(void *ctx, const struct suit_manifest *by, size_t nth,
    struct cose_opener *out)
{
	struct device *d = ctx;

	for (size_t i = 0; i < d->n_openers; i++) {
		bool theirs = !d->opener[i].bound;

		for (size_t k = 0; k < by->n_signers && !theirs; k++)
			theirs = memcmp(d->opener[i].signer, by->signer[k],
				     KID_LEN) == 0;
		if (!theirs || nth-- > 0)
			continue;
		*out = (struct cose_opener){.kid = d->opener[i].kid};
		if (d->opener[i].kek.n > 0)
			out->kek = d->opener[i].kek;
		else
			out->agree = &d->opener[i].agree;
		return OK;
	}
	return ERR_UNKNOWN_KEY;
}

/* ---- its state
 * ------------------------------------------------------------------ */

static enum err
slot(void *ctx, struct bytes id, uint64_t *out)
{
	const struct device_part *p = device_part(ctx, id);

	if (p == NULL || !p->has_slot)
		return ERR_CANNOT;
	*out = p->slot;
	return OK;
}

static enum err
now(void *ctx, uint64_t *seconds)
{
	const struct device *d = ctx;

	*seconds = d->time;
	return d->has_time ? OK : ERR_CANNOT;
}

static enum err
battery(void *ctx, uint64_t *mwh)
{
	const struct device *d = ctx;

	*mwh = d->battery;
	return d->has_battery ? OK : ERR_CANNOT;
}

static enum err
authorized(void *ctx, struct bytes id, int64_t priority)
{
	const struct device *d = ctx;

	(void)id;
	(void)priority;
	return d->may_update ? OK : ERR_CONDITION;
}

static enum err
version(void *ctx, struct bytes id, struct bytes *ints)
{
	const struct device_part *p = device_part(ctx, id);

	if (p == NULL || !p->has_version)
		return ERR_NOT_INSTALLED;
	*ints = p->version;
	return OK;
}

static enum err
event(void *ctx, enum suit_event which, struct bytes value, bool *holds)
{
	const struct device *d = ctx;
	struct cbor_in r = cbor_open(value);

	if (which == SUIT_EVENT_TIME) {
		*holds = d->has_time && cbor_uint(&r, 0, UINT64_MAX) <= d->time;
		return OK;
	}
	*holds = which < DEVICE_EVENTS && d->event[which];
	return OK;
}

/* ---- its life
 * -------------------------------------------------------------------- */

void
device_folder(struct device *d, const char *path)
{
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	if (path != NULL) {
		if (mkdir(path, 0777) != 0 && errno != EEXIST)
			die("suit", EXIT_REFUSED, "%s: %s", path,
			    strerror(errno));
		if (access(path, W_OK | X_OK) != 0 || stat(path, &st) != 0 ||
		    !S_ISDIR(st.st_mode))
			die("suit", EXIT_REFUSED,
			    "%s: no folder that can be written", path);
		(void)snprintf(d->folder, sizeof(d->folder), "%s", path);
		return;
	}
	(void)snprintf(d->folder, sizeof(d->folder), "%s/suit.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(d->folder) == NULL)
		die("suit", EXIT_REFUSED, "%s: %s", d->folder, strerror(errno));
	d->temporary = true;
}

bool
device_open(struct device *d, const struct crypto *c, const char *path)
{
	*d = (struct device){.crypto = c, .out = -1, .in = -1};
	d->doc.crypto = c;
	d->host = (struct suit_host){
	    .ctx = d,
	    .vendor_is = vendor_is,
	    .class_is = class_is,
	    .may = may,
	    .may_fetch = may_fetch_any,
	    .device_is = device_is,
	    .mine = mine,
	    .slot = slot,
	    .now = now,
	    .battery = battery,
	    .authorized = authorized,
	    .version = version,
	    .event = event,
	    .opener = opener,
	    .depending = &d->depending,
	    .plain_room = {d->plain_room, sizeof(d->plain_room)},
	    .uri_room = {d->uri_room, sizeof(d->uri_room)},
	};
	device_store(d);
	d->depending = (struct suit_depending_host){
	    .ring = &d->trusted,
	    .room = d->room,
	    .n = ARRAY_LEN(d->room),
	    .view = view,
	    .admit = admit,
	};
	d->trusted = key_ring_view(&d->trust.ring);
	return path == NULL || device_read(d, path);
}

void
device_close(struct device *d)
{
	if (d->out >= 0)
		d->host.write_drop(d);
	if (d->in >= 0)
		(void)close(d->in);
	for (size_t i = 0; d->temporary && i < d->n_parts; i++)
		if (d->part[i].path != NULL &&
		    strncmp(d->part[i].path, d->folder, strlen(d->folder)) == 0)
			(void)unlink(d->part[i].path);
	if (d->temporary)
		(void)rmdir(d->folder);
	for (size_t i = 0; i < d->n_openers; i++)
		if (d->opener[i].kek.n == 0)
			openssl_agreer_free(&d->opener[i].agree);
	shelf_free(&d->shelf);
	trust_free(&d->trust);
	doc_free(&d->doc);
}
