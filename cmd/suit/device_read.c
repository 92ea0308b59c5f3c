/*
 * device_read: the description of a device.  Every member may be left out:
 *
 *	vendor: example.com          UUIDs or domains; without: any
 *	class: board-1               UUIDs or texts; without: any
 *	device: UUID
 *	keys: [author.pub.pem]       whom it trusts
 *	macs: [shared.key]           keys for MACs, 32 octets each
 *	anchors: [ca.pem]            who vouches for signers' certificates
 *	access:                      without: every key may do everything
 *	  - {key: author.pub.pem, components: [ta]}
 *	sequence: {ta/hello: 3}      the last ones it has seen
 *	decrypt:                     keys that open what is encrypted to it
 *	  - {key: device.pem, signer: author.pub.pem}
 *	  - {kek: 00112233445566778899aabbccddeeff, kid: kid-1}
 *	compat: [dependency-integrity-implied]
 *				     readings of the drafts beside the strict
 *	time: 2026-01-31T12:00:00Z   without: it does not know the time
 *	battery: 1200                mWh; without: it cannot tell
 *	authorized: true             an update is wanted now
 *	events: [power, network]     that hold now
 *	origin: https://x/a.suit     of the manifest, for relative URIs
 *	components:
 *	  ta/hello: {file: hello.bin, slot: 0, version: 1.2.0}
 *	payloads: {"https://x/y": y.bin}
 */
#include "device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- identifiers ------------------------------------------------------------
 */

static void
id_add(struct device *d, struct spot at, const uint8_t space[16],
    uint8_t ids[][16], size_t *n)
{
	const char *text = doc_word(&d->doc, at);

	if (!doc_good(&d->doc))
		return;
	if (*n == DEVICE_IDS_MAX)
		doc_bad(&d->doc, at, "more than %d", DEVICE_IDS_MAX);
	else if (space == NULL
		     ? !uuid_plain(text, ids[*n])
		     : (space == uuid_dns && !uuid_plain(text, ids[*n]) &&
			   strchr(text, '.') == NULL) ||
			   uuid_read(text, space, ids[*n]) != OK)
		doc_bad(&d->doc, at, "%s",
		    space == NULL ? "a UUID is wanted"
		    : space == uuid_dns
			? "a UUID or a domain such as example.com is wanted"
			: "a UUID or a name is wanted");
	else
		(*n)++;
}

/* One, or a list of them. */
static void
ids_read(struct device *d, struct spot at, const uint8_t space[16],
    uint8_t ids[][16], size_t *n)
{
	size_t count;

	if (at.node == NULL)
		return;
	if (!doc_is_list(at)) {
		id_add(d, at, space, ids, n);
		return;
	}
	count = doc_list(&d->doc, at, 1, DEVICE_IDS_MAX);
	for (size_t i = 0; i < count; i++)
		id_add(d, doc_item(&d->doc, at, i), space, ids, n);
}

/* ---- files
 * --------------------------------------------------------------------- */

/* One that is there: when it is needed it is too late to say so. */
static const char *
file_read(struct device *d, struct spot at)
{
	const char *path = doc_path(&d->doc, at);

	if (doc_good(&d->doc) && access(path, R_OK) != 0)
		doc_bad(&d->doc, at, "%s: %s", path, strerror(errno));
	return path;
}

/* ---- keys
 * -------------------------------------------------------------------- */

static void
keys_read(struct device *d, struct spot at)
{
	size_t n = at.node == NULL ? 0 : doc_list(&d->doc, at, 1, KEY_RING_MAX);

	for (size_t i = 0; i < n; i++) {
		struct spot key = doc_item(&d->doc, at, i);
		const char *path = doc_path(&d->doc, key);
		enum err e;

		if (!doc_good(&d->doc))
			return;
		e = key_ring_add(&d->trust.ring, path);
		if (e != OK)
			doc_bad(&d->doc, key, "%s: %s", path, err_text(e));
	}
}

/* Files that the options of the same name take as well. */
static void
trusted_read(
    struct device *d, struct spot at, void (*add)(struct trust *, const char *))
{
	size_t n = at.node == NULL ? 0 : doc_list(&d->doc, at, 1, KEY_RING_MAX);

	for (size_t i = 0; i < n; i++) {
		const char *path = file_read(d, doc_item(&d->doc, at, i));

		if (doc_good(&d->doc))
			add(&d->trust, path);
	}
}

static void
access_read(struct device *d, struct spot at)
{
	static const char *const fields[] = {"key", "components", NULL};
	size_t n =
	    at.node == NULL ? 0 : doc_list(&d->doc, at, 0, DEVICE_ACCESS_MAX);

	d->has_access = at.node != NULL;
	for (size_t i = 0; i < n; i++) {
		struct spot row = doc_item(&d->doc, at, i), key, list;
		struct cose_key unused;
		uint8_t kid[KID_LEN];
		const char *path;
		size_t m;

		doc_fields(&d->doc, row, fields);
		key = doc_need(&d->doc, row, "key");
		path = doc_path(&d->doc, key);
		if (doc_good(&d->doc) &&
		    load_public_key(path, &unused, kid) != OK)
			doc_bad(&d->doc, key, "%s: no public key", path);
		list = doc_need(&d->doc, row, "components");
		m = doc_list(&d->doc, list, 1, DEVICE_ACCESS_MAX);
		for (size_t k = 0; k < m && doc_good(&d->doc); k++) {
			if (d->n_access == DEVICE_ACCESS_MAX) {
				doc_bad(&d->doc, list, "too many");
				return;
			}
			memcpy(d->access[d->n_access].kid, kid, KID_LEN);
			d->access[d->n_access++].prefix =
			    doc_id(&d->doc, doc_item(&d->doc, list, k));
		}
	}
}

/* ---- keys that decrypt
 * --------------------------------------------------------- */

/* A name is text, or octets in a form of their own. */
static struct bytes
kid_read(struct device *d, struct spot at)
{
	if (doc_is_scalar(at))
		return bytes_of_text(doc_word(&d->doc, at));
	return doc_octets(&d->doc, at, 64);
}

static void
opener_read(struct device *d, struct spot at)
{
	static const char *const fields[] = {
	    "key", "kek", "kid", "signer", NULL};
	struct spot key, kek, kid, signer;
	struct cose_key unused;
	size_t n = d->n_openers;

	doc_fields(&d->doc, at, fields);
	key = doc_may(&d->doc, at, "key");
	kek = doc_may(&d->doc, at, "kek");
	kid = doc_may(&d->doc, at, "kid");
	signer = doc_may(&d->doc, at, "signer");
	if (doc_good(&d->doc) && (key.node == NULL) == (kek.node == NULL))
		doc_bad(&d->doc, at, "either key or kek is wanted");
	if (kid.node != NULL)
		d->opener[n].kid = kid_read(d, kid);
	d->opener[n].bound = signer.node != NULL;
	if (signer.node != NULL) {
		const char *path = doc_path(&d->doc, signer);

		if (doc_good(&d->doc) &&
		    load_public_key(path, &unused, d->opener[n].signer) != OK)
			doc_bad(&d->doc, signer, "%s: no public key", path);
	}
	if (kek.node != NULL) {
		d->opener[n].kek = doc_octets(&d->doc, kek, 32);
		if (doc_good(&d->doc) && d->opener[n].kek.n < 16)
			doc_bad(&d->doc, kek, "16, 24 or 32 octets are wanted");
	} else if (key.node != NULL) {
		const char *path = file_read(d, key);

		if (doc_good(&d->doc) &&
		    load_agreer(path, &d->opener[n].agree) != OK)
			doc_bad(&d->doc, key,
			    "%s: no private key that "
			    "decrypts",
			    path);
	}
	if (doc_good(&d->doc))
		d->n_openers++;
}

static void
openers_read(struct device *d, struct spot at)
{
	size_t n =
	    at.node == NULL ? 0 : doc_list(&d->doc, at, 0, DEVICE_KEYS_MAX);

	for (size_t i = 0; i < n && doc_good(&d->doc); i++)
		opener_read(d, doc_item(&d->doc, at, i));
}

/* ---- components
 * ---------------------------------------------------------------- */

static struct bytes
key_id(struct device *d, struct spot key)
{
	return doc_id(&d->doc, key);
}

/* "1.2.0" as an encoded array. */
static struct bytes
version_read(struct device *d, struct spot at)
{
	uint8_t *room = pool_get(&d->doc.pool, 64);
	struct cbor_out w = cbor_into((struct span){room, 64});
	const char *text = doc_word(&d->doc, at);
	uint64_t n[5];
	size_t count = 0;

	while (doc_good(&d->doc) && count < ARRAY_LEN(n)) {
		char *end;

		if (*text < '0' || *text > '9')
			break;
		n[count++] = strtoull(text, &end, 10);
		text = end;
		if (*text != '.')
			break;
		text++;
	}
	if (count == 0 || *text != 0)
		doc_bad(&d->doc, at, "a version such as 1.2.0 is wanted");
	cbor_put_array(&w, count);
	for (size_t i = 0; i < count; i++)
		cbor_put_uint(&w, n[i]);
	return (struct bytes){room, w.at};
}

static void
part_read(struct device *d, struct spot key, struct spot at)
{
	static const char *const fields[] = {"file", "slot", "version", NULL};
	struct device_part *p = device_part(d, key_id(d, key));
	struct spot s;

	if (p == NULL) {
		doc_bad(&d->doc, key, "too many components");
		return;
	}
	if (doc_is_scalar(at)) {
		p->path = file_read(d, at);
		return;
	}
	doc_fields(&d->doc, at, fields);
	s = doc_may(&d->doc, at, "file");
	if (s.node != NULL)
		p->path = file_read(d, s);
	s = doc_may(&d->doc, at, "slot");
	if (s.node != NULL)
		p->slot = doc_uint(&d->doc, s, UINT64_MAX);
	p->has_slot = s.node != NULL;
	s = doc_may(&d->doc, at, "version");
	if (s.node != NULL)
		p->version = version_read(d, s);
	p->has_version = s.node != NULL;
}

static void
maps_read(struct device *d, struct spot root)
{
	struct spot at = doc_may(&d->doc, root, "components"), key, value;
	size_t n =
	    at.node == NULL ? 0 : doc_pairs(&d->doc, at, DEVICE_PARTS_MAX);

	for (size_t i = 0; i < n && doc_good(&d->doc); i++) {
		value = doc_pair(&d->doc, at, i, &key);
		part_read(d, key, value);
	}
	at = doc_may(&d->doc, root, "payloads");
	n = at.node == NULL ? 0 : doc_pairs(&d->doc, at, DEVICE_PAYLOADS_MAX);
	for (size_t i = 0; i < n && doc_good(&d->doc); i++) {
		value = doc_pair(&d->doc, at, i, &key);
		d->payload[d->n_payloads].uri =
		    bytes_of_text(doc_word(&d->doc, key));
		d->payload[d->n_payloads++].path = file_read(d, value);
	}
	at = doc_may(&d->doc, root, "sequence");
	n = at.node == NULL ? 0 : doc_pairs(&d->doc, at, DEVICE_PARTS_MAX);
	for (size_t i = 0; i < n && doc_good(&d->doc); i++) {
		value = doc_pair(&d->doc, at, i, &key);
		d->sequence[d->n_sequences].id = doc_id(&d->doc, key);
		d->sequence[d->n_sequences++].n =
		    doc_uint(&d->doc, value, UINT64_MAX);
	}
}

/* ---- state
 * -------------------------------------------------------------------------- */

static void
events_read(struct device *d, struct spot at)
{
	static const char *const names[DEVICE_EVENTS] = {"", "authorization",
	    "power", "network", "other-device-version", "time", "time-of-day",
	    "day-of-week", "time-of-day-utc", "day-of-week-utc"};
	size_t n =
	    at.node == NULL ? 0 : doc_list(&d->doc, at, 0, DEVICE_EVENTS);

	for (size_t i = 0; i < n && doc_good(&d->doc); i++) {
		struct spot s = doc_item(&d->doc, at, i);
		const char *name = doc_word(&d->doc, s);
		size_t k = 1;

		while (k < DEVICE_EVENTS && strcmp(names[k], name) != 0)
			k++;
		if (k == DEVICE_EVENTS)
			doc_bad(&d->doc, s, "no such event");
		else
			d->event[k] = true;
	}
}

static void
state_read(struct device *d, struct spot root)
{
	struct spot at = doc_may(&d->doc, root, "time");

	d->has_time = at.node != NULL;
	if (d->has_time)
		d->time = doc_time(&d->doc, at);
	at = doc_may(&d->doc, root, "battery");
	d->has_battery = at.node != NULL;
	if (d->has_battery)
		d->battery = doc_uint(&d->doc, at, UINT64_MAX);
	at = doc_may(&d->doc, root, "authorized");
	d->may_update = at.node != NULL && doc_flag(&d->doc, at);
	at = doc_may(&d->doc, root, "origin");
	if (at.node != NULL)
		d->host.base = bytes_of_text(doc_word(&d->doc, at));
	events_read(d, doc_may(&d->doc, root, "events"));
}

/* Readings that a strict device does not have. */
static void
compat_read(struct device *d, struct spot at)
{
	size_t n =
	    at.node == NULL ? 0 : doc_list(&d->doc, at, 0, suit_compat_n);

	for (size_t i = 0; i < n && doc_good(&d->doc); i++) {
		struct spot s = doc_item(&d->doc, at, i);
		const char *name = doc_word(&d->doc, s);
		size_t k = 0;

		while (k < suit_compat_n &&
		       strcmp(suit_compat_rows[k].name, name) != 0)
			k++;
		if (k == suit_compat_n)
			doc_bad(&d->doc, s, "no such reading of the drafts");
		else
			d->host.compat |= (uint32_t)suit_compat_rows[k].bit;
	}
}

bool
device_read(struct device *d, const char *path)
{
	static const char *const fields[] = {"vendor", "class", "device",
	    "keys", "macs", "anchors", "access", "sequence", "time", "battery",
	    "authorized", "events", "origin", "components", "payloads",
	    "decrypt", "compat", NULL};
	struct bytes text, kept;
	struct spot root;
	enum err e = read_file(path, DOC_MAX, &text);

	if (e != OK) {
		print_err("suit", path, e);
		exit(EXIT_REFUSED);
	}
	/* what is read views it */
	kept = pool_copy(&d->doc.pool, text);
	release_bytes(&text);
	d->doc.now = (uint64_t)time(NULL);
	if (!doc_load(&d->doc, path, kept))
		return false;
	root = doc_root(&d->doc);
	doc_fields(&d->doc, root, fields);
	ids_read(d, doc_may(&d->doc, root, "vendor"), uuid_dns, d->vendor,
	    &d->n_vendors);
	ids_read(d, doc_may(&d->doc, root, "class"),
	    d->n_vendors > 0 ? d->vendor[0] : NULL, d->class_id, &d->n_classes);
	ids_read(
	    d, doc_may(&d->doc, root, "device"), NULL, d->self, &d->n_selves);
	keys_read(d, doc_may(&d->doc, root, "keys"));
	trusted_read(d, doc_may(&d->doc, root, "macs"), trust_mac);
	trusted_read(d, doc_may(&d->doc, root, "anchors"), trust_anchor);
	access_read(d, doc_may(&d->doc, root, "access"));
	maps_read(d, root);
	compat_read(d, doc_may(&d->doc, root, "compat"));
	openers_read(d, doc_may(&d->doc, root, "decrypt"));
	state_read(d, root);
	return doc_good(&d->doc);
}
