/*
 * commands_component: components, and who is to have them.
 */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

static int
component_add(const struct options *o, char **a)
{
	return send_file(o, "/v1/components", a[0]);
}

/* A manifest's digest from its beginning, as lists show it; what fits none or
 * several goes on as it is, and is refused.  On the heap. */
static char *
whole_digest(const struct options *o, const char *begin)
{
	size_t n = strlen(begin), i, hits = 0;
	char *out = strdup(begin);
	json_t *all, *row;

	if (out == NULL)
		die(TAMCTL, EXIT_REFUSED, "out of memory");
	if (n < 4 || n >= 2 * DIGEST_LEN)
		return out;
	all = api_list(o, "/v1/components", NULL);
	if (all == NULL)
		exit(EXIT_REFUSED);
	json_array_foreach(all, i, row)
	{
		const char *d =
		    json_string_value(json_object_get(row, "digest"));

		if (d == NULL || strncmp(d, begin, n) != 0)
			continue;
		if (++hits > 1)
			die(TAMCTL, EXIT_REFUSED,
			    "%s: several digests begin so; give more of it",
			    o->asked);
		free(out);
		out = strdup(d);
		if (out == NULL)
			die(TAMCTL, EXIT_REFUSED, "out of memory");
	}
	json_decref(all);
	if (hits == 0)
		die(TAMCTL, EXIT_REFUSED,
		    "%s: no stored manifest has a digest that begins so; "
		    "'tamctl component list' shows them",
		    o->asked);
	return out;
}

static int
one_component(const struct options *o, const char *method, const char *arg)
{
	char *digest = whole_digest(o, arg);
	char *path = api_path("/v1/components/", digest);

	free(digest);
	return send_plain(o, method, path);
}

static int
component_list(const struct options *o, char **a)
{
	static const struct column c[] = {
	    {"COMPONENT", "id", COL_TEXT},
	    {"SEQUENCE", "sequence", COL_NUMBER},
	    {"DIGEST", "digest", COL_ID},
	    {"SIGNER", "signer", COL_ID},
	    {"OCTETS", "envelope-octets", COL_NUMBER},
	    {"ADDED", "added", COL_AGE},
	};

	(void)a;
	return list(o, "/v1/components", NULL, c, ARRAY_LEN(c));
}

static int
component_show(const struct options *o, char **a)
{
	return one_component(o, "GET", a[0]);
}

static int
component_remove(const struct options *o, char **a)
{
	return one_component(o, "DELETE", a[0]);
}

/* An assignment may come before the group's first device; or its name is
 * misspelt. */
static void
warn_empty(const struct options *o, const char *group)
{
	json_t *all = api_list(o, "/v1/groups", "name"), *row;
	bool found = false;
	size_t i;

	json_array_foreach(all, i, row)
	{
		const char *name =
		    json_string_value(json_object_get(row, "name"));

		found |= name != NULL && strcmp(name, group) == 0;
	}
	if (all != NULL && !found)
		fprintf(stderr,
		    "%s: %s: done, but no device is in this group yet\n",
		    TAMCTL, o->asked);
	json_decref(all);
}

static void
pin_put(const struct options *o, json_t *body)
{
	char *digest;

	if (o->pin == NULL)
		return;
	digest = whole_digest(o, o->pin);
	json_object_set_new(body, "pin", json_string(digest));
	free(digest);
}

static int
assign(const struct options *o, char **a)
{
	json_t *body = json_pack("{s:s,s:s}", "group", a[0], "component", a[1]);
	int status;

	pin_put(o, body);
	status = send_json(o, "PUT", "/v1/assignments", body);
	if (status == EXIT_DONE && strcmp(a[0], "all") != 0)
		warn_empty(o, a[0]);
	return status;
}

static int
unassign(const struct options *o, char **a)
{
	return send_json(o, "DELETE", "/v1/assignments",
	    json_pack("{s:s,s:s}", "group", a[0], "component", a[1]));
}

static int
assignments(const struct options *o, char **a)
{
	static const struct column c[] = {
	    {"GROUP", "group", COL_TEXT},
	    {"COMPONENT", "component", COL_TEXT},
	    {"PINNED", "pin", COL_ID},
	};

	(void)a;
	return list(o, "/v1/assignments", NULL, c, ARRAY_LEN(c));
}

static json_t *
repair_row(char **a)
{
	return json_pack(
	    "{s:s,s:s,s:s}", "group", a[0], "cause", a[1], "component", a[2]);
}

static int
repair_add(const struct options *o, char **a)
{
	json_t *body = repair_row(a);
	int status;

	pin_put(o, body);
	status = send_json(o, "PUT", "/v1/repairs", body);
	if (status == EXIT_DONE && strcmp(a[0], "all") != 0)
		warn_empty(o, a[0]);
	return status;
}

static int
repair_remove(const struct options *o, char **a)
{
	return send_json(o, "DELETE", "/v1/repairs", repair_row(a));
}

static int
repair_list(const struct options *o, char **a)
{
	static const struct column c[] = {
	    {"GROUP", "group", COL_TEXT},
	    {"FAILED", "cause", COL_TEXT},
	    {"REPAIRED BY", "component", COL_TEXT},
	    {"PINNED", "pin", COL_ID},
	};

	(void)a;
	return list(o, "/v1/repairs", NULL, c, ARRAY_LEN(c));
}

static int
grant(const struct options *o, char **a)
{
	return send_json(o, "PUT", "/v1/grants",
	    json_pack("{s:s,s:s}", "device", a[0], "component", a[1]));
}

static int
ungrant(const struct options *o, char **a)
{
	return send_json(o, "DELETE", "/v1/grants",
	    json_pack("{s:s,s:s}", "device", a[0], "component", a[1]));
}

static int
grants(const struct options *o, char **a)
{
	static const struct column c[] = {
	    {"DEVICE", "device", COL_TEXT},
	    {"COMPONENT", "component", COL_TEXT},
	};

	(void)a;
	return list(o, "/v1/grants", NULL, c, ARRAY_LEN(c));
}

// clang-format off
const struct row component_rows[] = {
	{"component", "add", 1, component_add},
	{"component", "list", 0, component_list},
	{"component", "show", 1, component_show},
	{"component", "remove", 1, component_remove},
	{"assign", NULL, 2, assign},
	{"unassign", NULL, 2, unassign},
	{"assignments", NULL, 0, assignments},
	{"repair", "add", 3, repair_add},
	{"repair", "list", 0, repair_list},
	{"repair", "remove", 3, repair_remove},
	{"grant", NULL, 2, grant},
	{"ungrant", NULL, 2, ungrant},
	{"grants", NULL, 0, grants},
	{NULL, NULL, 0, NULL},
};
// clang-format on
