/*
 * tamctl: the operator's command line over tamd's admin API.
 */
#ifndef TAMCTL_H
#define TAMCTL_H

#include <cmdline.h>
#include <jansson.h>

#define TAMCTL         "tamctl"
#define TAMCTL_VERSION "0.1.0"

struct options {
	const char *socket;
	const char *asked; /* the command in words, for messages */
	const char *key, *certificate, *vendor, *class_id, *kinds, *pin,
	    *dialect, *output;
	bool json;
};

/* ---- client.c ------------------------------------------------------------ */

/* One request.  body may be empty.  *out: the answer, NULL for none.  A refusal
 * is printed on stderr, in one line, and answers EXIT_REFUSED. */
int api_call(const struct options *o, const char *method, const char *path,
    struct bytes body, bool is_json, json_t **out);
/* The same with a JSON body, which is released. */
int api_json(const struct options *o, const char *method, const char *path,
    json_t *body, json_t **out);
/* A whole list, page by page, keyed by `key` of its items.  NULL: failed. */
json_t *api_list(const struct options *o, const char *path, const char *key);
/* PREFIX + NAME percent-encoded, on the heap. */
char *api_path(const char *prefix, const char *name);

/* ---- commands.c -----------------------------------------------------------
 */

/* argv[0..argc) begins with the command; answers the exit status. */
int command_run(const struct options *o, int argc, char **argv);

/* ---- print.c ---------------------------------------------------------------
 */

/* AGE: how long ago; UNTIL: when it ends; both of seconds since 1970.  SCOPES:
 * for what an anchor is trusted. */
enum column_kind {
	COL_TEXT,
	COL_ID,
	COL_NUMBER,
	COL_AGE,
	COL_UNTIL,
	COL_SCOPES,
};
struct column {
	const char *head, *member;
	enum column_kind kind;
};
void print_table(json_t *items, const struct column *c, size_t n);
void print_device(json_t *device);
void print_json(json_t *o);
/* One object as "name: value" lines. */
void print_object(json_t *o);

#endif
