/*
 * commands_trust: whose word counts, and what was said.
 */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

/* "reference,endorsed" as a JSON array; the server knows the words. */
static json_t *
kinds(const struct options *o)
{
	json_t *a = json_array();
	const char *p = o->kinds;

	if (p == NULL)
		die_usage(TAMCTL,
		    "--for is missing: a list of reference, endorsed, "
		    "attest-key, manifests, results");
	while (*p != 0) {
		size_t n = strcspn(p, ",");

		json_array_append_new(a, json_stringn(p, n));
		p += n + (p[n] == ',');
	}
	return a;
}

static int
anchor_add(const struct options *o, char **a)
{
	json_t *scope = json_pack("{s:o}", "kinds", kinds(o));

	if (o->vendor != NULL)
		json_object_set_new(scope, "vendor", json_string(o->vendor));
	if (o->class_id != NULL)
		json_object_set_new(scope, "class", json_string(o->class_id));
	if (o->certificate == NULL)
		return send_json(o, "POST", "/v1/anchors",
		    json_pack("{s:s,s:o,s:[o]}", "name", a[0], "key",
			key_text(o), "scopes", scope));
	if (o->key != NULL)
		die_usage(TAMCTL, "--key or --certificate, not both");
	return send_json(o, "POST", "/v1/anchors",
	    json_pack("{s:s,s:o,s:[o]}", "name", a[0], "certificate",
		file_text(o->certificate), "scopes", scope));
}

/* A file for something of an anchor. */
static int
anchor_file(const struct options *o, char **a, const char *what)
{
	char *path = api_path("/v1/anchors/", a[0]), *whole;
	int status;

	if (asprintf(&whole, "%s/%s", path, what) < 0)
		die(TAMCTL, EXIT_REFUSED, "out of memory");
	status = send_file(o, whole, a[1]);
	free(whole);
	free(path);
	return status;
}

static int
anchor_crl(const struct options *o, char **a)
{
	return anchor_file(o, a, "crl");
}

static int
anchor_import(const struct options *o, char **a)
{
	return anchor_file(o, a, "cots");
}

static int
anchor_list(const struct options *o, char **a)
{
	static const struct column c[] = {
	    {"ANCHOR", "name", COL_TEXT},
	    {"KIND", "kind", COL_TEXT},
	    {"KEY", "kid", COL_ID},
	    {"ADDED", "added", COL_AGE},
	    {"TRUSTED FOR", "scopes", COL_SCOPES},
	};

	(void)a;
	return list(o, "/v1/anchors", "name", c, ARRAY_LEN(c));
}

static int
anchor_remove(const struct options *o, char **a)
{
	return send_plain(o, "DELETE", api_path("/v1/anchors/", a[0]));
}

static int
corim_add(const struct options *o, char **a)
{
	return send_file(o, "/v1/corims", a[0]);
}

static int
corim_list(const struct options *o, char **a)
{
	static const struct column c[] = {
	    {"CORIM", "id", COL_TEXT},
	    {"SIGNER", "signer", COL_ID},
	    {"KEYS", "keys", COL_NUMBER},
	    {"VALUES", "values", COL_NUMBER},
	    {"ADDED", "added", COL_AGE},
	    {"NOT AFTER", "not-after", COL_UNTIL},
	};

	(void)a;
	return list(o, "/v1/corims", "id", c, ARRAY_LEN(c));
}

static int
corim_remove(const struct options *o, char **a)
{
	return send_plain(o, "DELETE", api_path("/v1/corims/", a[0]));
}

// clang-format off
const struct row trust_rows[] = {
	{"anchor", "add", 1, anchor_add},
	{"anchor", "crl", 2, anchor_crl},
	{"anchor", "import", 2, anchor_import},
	{"anchor", "list", 0, anchor_list},
	{"anchor", "remove", 1, anchor_remove},
	{"corim", "add", 1, corim_add},
	{"corim", "list", 0, corim_list},
	{"corim", "remove", 1, corim_remove},
	{NULL, NULL, 0, NULL},
};
// clang-format on
