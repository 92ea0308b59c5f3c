/*
 * cbor_vectors: walk the index of test/vectors/cbor.
 */
#ifndef TEST_CBOR_VECTORS_H
#define TEST_CBOR_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/cbor.h>

struct vector {
	char name[64];
	char verdict[64]; /* "ok", or the name of the refusal */
	size_t at;        /* of the fault */
	uint8_t octets[256];
	struct bytes in;
	char diag[512]; /* empty for a bad one */
};

static inline FILE *
vector_open(const char *name, const char *ending)
{
	char path[512];

	(void)snprintf(path, sizeof(path), VECTORS "/cbor/%s%s", name, ending);
	return fopen(path, "r");
}

/* The next vector of the index; false at its end.  A vector that cannot be
 * read is an empty one, which no verdict fits. */
static inline bool
vector_next(FILE *index, struct vector *v)
{
	char line[256], verdict[64];
	FILE *f;

	do {
		if (fgets(line, sizeof(line), index) == NULL)
			return false;
	} while (line[0] == '#');
	memset(v, 0, sizeof(*v));
	if (sscanf(line, "%63s %*s %63s", v->name, verdict) != 2)
		return false;
	(void)sscanf(verdict, "%63[^@]@%zu", v->verdict, &v->at);
	f = vector_open(v->name, ".hex");
	if (f != NULL) {
		unsigned octet;

		while (v->in.n < sizeof(v->octets) &&
		       fscanf(f, "%2x", &octet) == 1)
			v->octets[v->in.n++] = (uint8_t)octet;
		(void)fclose(f);
	}
	v->in.p = v->octets;
	f = vector_open(v->name, ".diag");
	if (f != NULL) {
		if (fgets(v->diag, sizeof(v->diag), f) != NULL)
			v->diag[strcspn(v->diag, "\n")] = '\0';
		(void)fclose(f);
	}
	return true;
}

#endif
