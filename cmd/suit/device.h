/*
 * device: a device as somebody describes it in YAML or JSON, for rehearsals:
 * what it is, what it holds, whom it trusts, what it can fetch.  What is
 * written to it goes to files of a folder of its own; nothing of it is held
 * in memory.
 */
#ifndef SUIT_DEVICE_H
#define SUIT_DEVICE_H

#include "shelf.h"
#include "trust.h"

#include <document.h>

#define DEVICE_IDS_MAX      16
#define DEVICE_PARTS_MAX    64
#define DEVICE_PAYLOADS_MAX 64
#define DEVICE_ACCESS_MAX   32
#define DEVICE_VIEWS_MAX    32
#define DEVICE_EVENTS       10
#define DEVICE_KEYS_MAX     16

/* A component of the device. */
struct device_part {
	struct bytes id;  /* encoded */
	const char *path; /* of its content; NULL: there is none */
	bool written, removed, started;
	bool known; /* size and digest are of the content */
	uint64_t size;
	uint8_t digest[DIGEST_LEN];
	bool has_slot, has_version;
	uint64_t slot;
	struct bytes version; /* encoded array */
	const char *kind;     /* of file, if a manifest said */
};

struct device {
	const struct crypto *crypto;
	struct doc doc; /* memory, and the first fault of the description */
	struct suit_host host;
	struct trust trust;

	uint8_t vendor[DEVICE_IDS_MAX][16], class_id[DEVICE_IDS_MAX][16];
	uint8_t self[DEVICE_IDS_MAX][16];
	size_t n_vendors, n_classes, n_selves;
	bool has_time, has_battery, may_update;
	uint64_t time, battery;
	bool event[DEVICE_EVENTS];

	struct device_part part[DEVICE_PARTS_MAX];
	size_t n_parts;
	struct {
		struct bytes uri;
		const char *path;
	} payload[DEVICE_PAYLOADS_MAX];
	size_t n_payloads;
	struct {
		uint8_t kid[KID_LEN];
		struct bytes prefix;
	} access[DEVICE_ACCESS_MAX];
	size_t n_access;
	bool has_access; /* there is such a list, perhaps an empty one */
	struct {
		struct bytes id;
		uint64_t n;
	} sequence[DEVICE_PARTS_MAX];
	size_t n_sequences;

	/* Keys that open what is encrypted to the device. */
	struct {
		struct agreer agree;
		struct bytes kid, kek; /* kek.n 0: agree */
		bool bound;            /* to what this one signed */
		uint8_t signer[KID_LEN];
	} opener[DEVICE_KEYS_MAX];
	size_t n_openers;
	uint8_t plain_room[SUIT_PIECE_MAX];

	/* What manifests that others depend on stand on.  Those of the shelf
	 * are fetched where they are wanted, or installed. */
	struct shelf shelf;
	struct keyring trusted; /* view of ring */
	struct suit_depending_host depending;
	struct suit_manifest room[SUIT_PARTS_MAX - 1];
	struct {
		const char *path;
		struct bytes envelope;
	} view[DEVICE_VIEWS_MAX];
	size_t n_views;
	char folder[4096]; /* of what is written; a file for each */
	bool temporary;
	unsigned files;
	int out;                    /* descriptor being written, or -1 */
	struct device_part *target; /* and of what */
	const char *target_path;
	int in; /* descriptor being read, or -1 */
	struct bytes in_id;
	uint8_t uri_room[SUIT_URI_MAX], piece[SUIT_PIECE_MAX];
};

/* Read a description; path NULL: a device that has nothing and is of every
 * vendor and class.  False: d->doc.message.  device_close afterwards all the
 * same. */
MUST_CHECK bool device_open(
    struct device *d, const struct crypto *c, const char *path);
void device_close(struct device *d);
/* device_read.c: the description itself. */
MUST_CHECK bool device_read(struct device *d, const char *path);
/* device_store.c: the functions of its host that change what it holds. */
void device_store(struct device *d);
/* A manifest that was handed in and that nobody has removed or replaced: its
 * place on the shelf; -1: there is none. */
int device_shelved(const struct device *d, const struct device_part *p);
/* Where to keep what is written; NULL: a temporary folder. */
void device_folder(struct device *d, const char *path);

/* The file that stands for a URI, NULL: none does. */
const char *device_payload(const struct device *d, struct bytes uri);
/* May a manifest with this number follow what the device has seen? */
MUST_CHECK enum err device_sequence(
    const struct device *d, const struct suit_manifest *m, uint64_t *seen);
/* The beginning of the file that holds a dependency's octet p; NULL: none
 * does. */
const uint8_t *device_view_of(const struct device *d, const uint8_t *p);
/* The component, made if the device has none yet. */
struct device_part *device_part(struct device *d, struct bytes id);

#endif
