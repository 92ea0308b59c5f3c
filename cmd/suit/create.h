/*
 * create: what is asked of suit create and suit remove, and how an envelope
 * comes of it.
 */
#ifndef SUIT_CREATE_H
#define SUIT_CREATE_H

#include "delivery.h"
#include "signers.h"

/* The options as given. */
struct request {
	const char *command; /* for messages */
	const char *sequence, *output, *sbom;
	bool expand;
	struct signing by;
	struct delivery_single one;
};

/* Write the envelope of a recipe's file, or of a delivery, which is consumed.
 * Answer an exit status. */
int create_from_recipe(struct request *q, const char *file);
int create_from_options(struct request *q, json_t *delivery);

#endif
