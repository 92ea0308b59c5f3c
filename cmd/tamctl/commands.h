/*
 * commands: one row each, in the files of what they are about.
 */
#ifndef TAMCTL_COMMANDS_H
#define TAMCTL_COMMANDS_H

#include "tamctl.h"

struct row {
	const char *noun, *verb; /* verb NULL: one word */
	int args;
	int (*run)(const struct options *o, char **a);
};
/* Ended by one without a noun. */
extern const struct row device_rows[], trust_rows[], component_rows[];

/* ---- ask.c --------------------------------------------------------------- */

#define COMPONENT_MAX (33u << 20)
#define EVIDENCE_MAX  65536 /* as much as tamd keeps */

/* A file; ends the program if it cannot be read. */
struct bytes whole_file(const char *path, size_t max);
/* Send, and print the answer: as JSON, or as lines.  Exit status. */
int send_json(const struct options *o, const char *method, const char *path,
    json_t *body);
int send_file(const struct options *o, const char *path, const char *file);
int send_plain(const struct options *o, const char *method, char *path);
/* All of a list as a table, or as JSON. */
int list(const struct options *o, const char *path, const char *key,
    const struct column *c, size_t n);
/* The public key of --key as PEM, whatever form the file has. */
json_t *key_text(const struct options *o);
/* A file as it is: what is wrong with it, tamd will say. */
json_t *file_text(const char *path);

#endif
