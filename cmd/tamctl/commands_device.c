/*
 * commands_device: devices, what they are, and groups.
 */
#include "commands.h"

#include <stdlib.h>

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

// clang-format off
const struct row device_rows[] = {
	{"device", "add", 1, device_add},
	{"device", "certify", 1, device_certify},
	{"device", "list", 0, device_list},
	{"device", "show", 1, device_show},
	{"device", "evidence", 1, device_evidence},
	{"device", "remove", 1, device_remove},
	{"group", "list", 0, group_list},
	{"group", "join", 2, group_join},
	{"group", "leave", 2, group_leave},
	{NULL, NULL, 0, NULL},
};
// clang-format on
