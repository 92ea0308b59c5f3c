/*
 * Admin API: what a device says that it can do, in names.
 */
#include "admin.h"

#include <string.h>

static const char *
command_name(int64_t v)
{
	return v < 0 ? "unknown" : suit_command_name((uint64_t)v);
}

static const char *
parameter_name(int64_t v)
{
	return v < 0 ? "unknown" : suit_parameter_name((uint64_t)v);
}

/* Names; a number where there is none. */
static json_t *
ints(struct list list, const char *(*name)(int64_t v))
{
	struct cbor_in r = cbor_items(list);
	json_t *a = json_array();

	for (size_t i = 0; i < list.n; i++) {
		int64_t v = cbor_int(&r, INT64_MIN, INT64_MAX);
		const char *word = name != NULL ? name(v) : "unknown";

		json_array_append_new(a, strcmp(word, "unknown") == 0
					     ? json_integer(v)
					     : json_string(word));
	}
	return a;
}

/* a/b, or a/b/... for all under it. */
static json_t *
component(struct cbor_in *r)
{
	size_t n = cbor_array_any(r, 0, CBOR_PAIRS_MAX);
	char text[2 * SUIT_ID_TEXT] = "";

	for (size_t i = 0; i < n && r->err == OK; i++) {
		char part[SUIT_ID_TEXT] = "";
		size_t at = strlen(text);

		if (cbor_peek(r) == CBOR_BSTR)
			(void)safe_text(
			    part, sizeof(part), cbor_bstr(r, 0, SUIT_ID_MAX));
		else if (cbor_bool(r))
			(void)snprintf(part, sizeof(part), "...");
		(void)snprintf(text + at, sizeof(text) - at, "%s%s",
		    i > 0 ? "/" : "", part);
	}
	return json_string(text);
}

static json_t *
components(struct list list)
{
	struct cbor_in r = cbor_items(list);
	json_t *a = json_array();

	for (size_t i = 0; i < list.n && r.err == OK; i++)
		json_array_append_new(a, component(&r));
	return a;
}

enum err
admin_capabilities(struct admin_request *q, uint64_t device)
{
	struct state_capabilities *have = malloc(sizeof(*have));
	struct suit_capabilities can;
	enum err e;

	if (have == NULL)
		return ERR_MEMORY;
	e = state_capabilities_get(q->admin->state, device, have);
	if (e == OK)
		e = suit_capabilities_read(
		    (struct bytes){have->raw, have->n}, &can, NULL);
	if (e == OK)
		json_object_set_new(q->out, "capabilities",
		    json_pack("{s:o,s:o,s:o,s:o,s:o}", "told",
			admin_time(have->time), "components",
			components(can.list[1]), "commands",
			ints(can.list[2], command_name), "parameters",
			ints(can.list[3], parameter_name), "algorithms",
			ints(can.list[4], NULL)));
	free(have);
	return e == ERR_NOT_FOUND ? OK : e;
}
