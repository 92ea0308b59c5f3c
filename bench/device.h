/*
 * device: a simulated device: real keys, real messages, nothing installed.
 */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include "bench.h"

#include <tamarind/corim.h>

#define DEVICE_MESSAGE_MAX 8192

struct device {
	size_t number;
	struct bench_pair teep, evidence;
	struct cose_key report_pub;
	uint8_t ueid[17];
};

/* What a device must know of the TAM. */
struct device_tam {
	char audience[KID_TEXT];
	struct cose_key enc;
	uint8_t enc_kid[KID_LEN];
};

/* Make a device's keys and write them beneath dir; the next two calls read
 * them back. */
void device_make(struct device *d, const char *dir, size_t number);
void device_load(struct device *d, const char *dir, size_t number);
/* In memory alone. */
void device_new(struct device *d, size_t number);
void device_free(struct device *d);

/* The class's reference values and this device's key, as entries of a CoRIM;
 * views into static memory and into *d. */
#define DEVICE_VALUES 4
void device_values(struct corim_entry e[DEVICE_VALUES]);
struct corim_entry device_endorsement(const struct device *d);

/* Signed Evidence for whoever has this key id; *out views room. */
void device_evidence(const struct device *d, const char *audience,
    struct bytes challenge, struct span room, struct bytes *out);
/* The answer to a QueryRequest; *out views room. */
void device_answer(const struct device *d, const struct device_tam *tam,
    struct bytes request, struct span room, struct bytes *out);

#endif
