/*
 * The commands: one row each.
 */
#include "tamctl.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>

#define COMPONENT_MAX (33u << 20)
#define EVIDENCE_MAX  65536 /* as much as tamd keeps */

static struct bytes
whole_file(const char *path, size_t max)
{
	struct bytes b;
	enum err e = read_file(path, max, &b);

	if (e != OK) {
		print_err(TAMCTL, path, e);
		exit(EXIT_REFUSED);
	}
	return b;
}

/* Send, and print the answer: as JSON, or as lines. */
static int
send_json(
    const struct options *o, const char *method, const char *path, json_t *body)
{
	json_t *out;
	int status = api_json(o, method, path, body, &out);

	if (out != NULL)
		(o->json ? print_json : print_object)(out);
	json_decref(out);
	return status;
}

static int
send_file(const struct options *o, const char *path, const char *file)
{
	struct bytes b = whole_file(file, COMPONENT_MAX);
	json_t *out;
	int status = api_call(o, "POST", path, b, false, &out);

	release_bytes(&b);
	if (out != NULL)
		(o->json ? print_json : print_object)(out);
	json_decref(out);
	return status;
}

static int
send_plain(const struct options *o, const char *method, char *path)
{
	json_t *out;
	int status = api_call(o, method, path, BYTES_NONE, false, &out);

	if (out != NULL)
		(o->json ? print_json : print_object)(out);
	json_decref(out);
	free(path);
	return status;
}

static int
list(const struct options *o, const char *path, const char *key,
    const struct column *c, size_t n)
{
	json_t *items = api_list(o, path, key);

	if (items == NULL)
		return EXIT_REFUSED;
	if (o->json)
		print_json(items);
	else
		print_table(items, c, n);
	json_decref(items);
	return EXIT_DONE;
}

/* The public key of --key as PEM, whatever form the file has. */
static json_t *
key_text(const struct options *o)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct cose_key key;
	struct bytes pem;
	enum err e;

	if (o->key == NULL)
		die_usage(TAMCTL, "--key FILE is missing");
	e = load_public_key(o->key, &key, NULL);
	if (e == OK)
		e = openssl_public_write(&key, SPAN_OF(room), &pem);
	if (e != OK) {
		print_key_err(TAMCTL, o->key, false, e);
		exit(EXIT_REFUSED);
	}
	return json_stringn((const char *)pem.p, pem.n);
}

/* A file as it is: what is wrong with it, tamd will say. */
static json_t *
file_text(const char *path)
{
	struct bytes b = whole_file(path, KEY_FILE_MAX);
	json_t *s = json_stringn((const char *)b.p, b.n);

	release_bytes(&b);
	if (s == NULL)
		die(TAMCTL, EXIT_REFUSED, "%s: a certificate in PEM is wanted",
		    path);
	return s;
}

/* ---- devices and groups
 * ------------------------------------------------------ */

static int
device_add(const struct options *o, char **a)
{
	json_t *in;

	if (o->key != NULL && o->certificate != NULL)
		die_usage(TAMCTL, "--key or --certificate, not both");
	in = o->certificate != NULL
		 ? json_pack("{s:s,s:o}", "name", a[0], "certificate",
		       file_text(o->certificate))
		 : json_pack("{s:s,s:o}", "name", a[0], "key", key_text(o));
	if (o->dialect != NULL)
		json_object_set_new(in, "dialect", json_string(o->dialect));
	return send_json(o, "POST", "/v1/devices", in);
}

static int
device_certify(const struct options *o, char **a)
{
	char *device = api_path("/v1/devices/", a[0]), *path;
	int status;

	if (o->certificate == NULL)
		die_usage(TAMCTL, "--certificate is missing");
	if (asprintf(&path, "%s/certificate", device) < 0)
		die(TAMCTL, EXIT_REFUSED, "out of memory");
	status = send_json(o, "PUT", path,
	    json_pack("{s:o}", "certificate", file_text(o->certificate)));
	free(path);
	free(device);
	return status;
}

static int
device_list(const struct options *o, char **a)
{
	static const struct column c[] = {
	    {"DEVICE", "name", COL_TEXT},
	    {"KEY", "kid", COL_ID},
	    {"VERDICT", "verdict", COL_TEXT},
	    {"ASSURANCE", "assurance", COL_TEXT},
	    {"PROVEN", "proven", COL_AGE},
	};

	(void)a;
	return list(o, "/v1/devices", "name", c, ARRAY_LEN(c));
}

static int
device_show(const struct options *o, char **a)
{
	char *path = api_path("/v1/devices/", a[0]);
	json_t *out;
	int status = api_call(o, "GET", path, BYTES_NONE, false, &out);

	free(path);
	if (out != NULL)
		(o->json ? print_json : print_device)(out);
	json_decref(out);
	return status;
}

/* To a file: what a device signed is no text, and names it. */
static int
device_evidence(const struct options *o, char **a)
{
	static uint8_t room[EVIDENCE_MAX];
	char *device, *path;
	const char *hex;
	struct bytes b;
	json_t *out;
	int status;
	enum err e;

	if (o->output == NULL)
		die_usage(TAMCTL, "device evidence needs -o FILE");
	device = api_path("/v1/devices/", a[0]);
	if (asprintf(&path, "%s/evidence", device) < 0)
		die(TAMCTL, EXIT_REFUSED, "out of memory");
	status = api_call(o, "GET", path, BYTES_NONE, false, &out);
	free(device);
	free(path);
	if (status != EXIT_DONE)
		return status;
	hex = json_string_value(json_object_get(out, "evidence"));
	if (hex == NULL || hex_read(hex, SPAN_OF(room), &b) != OK)
		die(TAMCTL, EXIT_REFUSED, "tamd's answer has no Evidence");
	e = write_file_atomic(o->output, b, WRITE_PUBLIC);
	json_decref(out);
	if (e == OK)
		return EXIT_DONE;
	print_err(TAMCTL, o->output, e);
	return EXIT_REFUSED;
}

static int
device_remove(const struct options *o, char **a)
{
	return send_plain(o, "DELETE", api_path("/v1/devices/", a[0]));
}

static char *
member_path(char **a)
{
	char *group = api_path("/v1/groups/", a[0]);
	char *rest = api_path("/devices/", a[1]);
	char *path;

	if (asprintf(&path, "%s%s", group, rest) < 0)
		die(TAMCTL, EXIT_REFUSED, "out of memory");
	free(group);
	free(rest);
	return path;
}

static int
group_join(const struct options *o, char **a)
{
	return send_plain(o, "PUT", member_path(a));
}

static int
group_leave(const struct options *o, char **a)
{
	return send_plain(o, "DELETE", member_path(a));
}

static int
group_list(const struct options *o, char **a)
{
	static const struct column c[] = {
	    {"GROUP", "name", COL_TEXT},
	    {"DEVICES", "devices", COL_NUMBER},
	};

	(void)a;
	return list(o, "/v1/groups", "name", c, ARRAY_LEN(c));
}

/* ---- trust
 * --------------------------------------------------------------------- */

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

/* ---- components
 * ------------------------------------------------------------------ */

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
static const struct row {
	const char *noun, *verb; /* verb NULL: one word */
	int args;
	int (*run)(const struct options *o, char **a);
} rows[] = {
	{"device", "add", 1, device_add},
	{"device", "certify", 1, device_certify},
	{"device", "list", 0, device_list},
	{"device", "show", 1, device_show},
	{"device", "evidence", 1, device_evidence},
	{"device", "remove", 1, device_remove},
	{"group", "list", 0, group_list},
	{"group", "join", 2, group_join},
	{"group", "leave", 2, group_leave},
	{"anchor", "add", 1, anchor_add},
	{"anchor", "crl", 2, anchor_crl},
	{"anchor", "import", 2, anchor_import},
	{"anchor", "list", 0, anchor_list},
	{"anchor", "remove", 1, anchor_remove},
	{"corim", "add", 1, corim_add},
	{"corim", "list", 0, corim_list},
	{"corim", "remove", 1, corim_remove},
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
};
// clang-format on

/* An option that the command does not know would be lost without a word. */
static void
options_check(const struct options *o, const struct row *r)
{
	bool is_add = r->verb != NULL && strcmp(r->verb, "add") == 0;
	bool is_anchor = is_add && strcmp(r->noun, "anchor") == 0;
	bool is_device = is_add && strcmp(r->noun, "device") == 0;
	bool is_repair = is_add && strcmp(r->noun, "repair") == 0;

	if (o->pin != NULL && strcmp(r->noun, "assign") != 0 && !is_repair)
		die_usage(TAMCTL, "--pin belongs to assign and repair add");
	if (o->output != NULL &&
	    (r->verb == NULL || strcmp(r->verb, "evidence") != 0))
		die_usage(TAMCTL, "-o belongs to device evidence");
	if (o->dialect != NULL && !is_device)
		die_usage(TAMCTL, "--dialect belongs to device add");
	if (o->certificate != NULL && !is_anchor && !is_device &&
	    r->run != device_certify)
		die_usage(TAMCTL, "--certificate belongs to anchor add, device "
				  "add and device certify");
	if (o->key != NULL && !is_anchor && !is_device)
		die_usage(TAMCTL, "--key belongs to device add and anchor add");
	if ((o->kinds != NULL || o->vendor != NULL || o->class_id != NULL) &&
	    !is_anchor)
		die_usage(
		    TAMCTL, "--for, --vendor and --class belong to anchor add");
}

int
command_run(const struct options *o, int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		int words = r->verb == NULL ? 1 : 2;

		if (strcmp(argv[0], r->noun) != 0)
			continue;
		if (r->verb != NULL &&
		    (argc < 2 || strcmp(argv[1], r->verb) != 0))
			continue;
		if (argc - words != r->args)
			die_usage(TAMCTL, "%s%s%s takes %d argument%s, not %d",
			    r->noun, r->verb == NULL ? "" : " ",
			    r->verb == NULL ? "" : r->verb, r->args,
			    r->args == 1 ? "" : "s", argc - words);
		options_check(o, r);
		return r->run(o, argv + words);
	}
	die_usage(TAMCTL, "'%s%s%s' is not a command", argv[0],
	    argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
}
