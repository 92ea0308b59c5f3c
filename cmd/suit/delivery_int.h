/*
 * delivery_int: what the files of deliveries share: an exact recipe as it
 * grows, section by section.
 */
#ifndef SUIT_DELIVERY_INT_H
#define SUIT_DELIVERY_INT_H

#include "delivery.h"

struct delivery {
	struct doc *d;
	json_t *components, *shared, *install, *fetch, *resolve, *validate;
	json_t *load, *invoke, *uninstall, *payloads, *dependencies, *texts;
	bool several; /* commands say which component they mean */
};

/* {name: v}. */
json_t *delivery_one(const char *name, json_t *v);
/* A command without argument. */
void delivery_say(json_t *sequence, const char *command);
/* What stands under a name. */
json_t *delivery_copy(struct delivery *v, struct spot at, const char *name);
bool delivery_has(struct delivery *v, struct spot at, const char *name);
/* Commands that follow are about this component. */
void delivery_select(struct delivery *v, json_t *sequence, const char *name);
void delivery_component(struct delivery *v, const char *name, struct spot id);

/* delivery_image.c: one image: what it is, whence it comes, how it starts. */
void delivery_image(struct delivery *v, struct spot at);

#endif
