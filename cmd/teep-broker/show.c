/*
 * The agent's status for people and as JSON.              [docs/link.md]
 */
#include "broker.h"

#include <cmdline.h>
#include <jansson.h>
#include <stdlib.h>
#include <tamarind/suit.h>

#define LIST_MAX 256

static json_t *
hex(struct bytes b)
{
	char text[2 * 64 + 1];

	hex_text(text, sizeof(text), b);
	return json_string(text);
}

/* Foreign text: the agent's word is no reason to write to a terminal. */
static json_t *
foreign(struct bytes b)
{
	char text[LINK_URI_MAX];

	return json_string(safe_text(text, sizeof(text), b));
}

static json_t *
id(struct cbor_in *r)
{
	char text[SUIT_ID_TEXT];
	struct bytes raw = cbor_raw(r, CBOR_ARRAY);

	if (r->err == OK && suit_id_text(raw, text) != OK)
		cbor_fail(r, ERR_TYPE);
	return r->err == OK ? json_string(text) : json_null();
}

static json_t *
component(struct cbor_in *r)
{
	json_t *o = json_object();

	cbor_array(r, 4);
	json_object_set_new(o, "id", id(r));
	/* of what came encrypted the agent tells no digest */
	if (cbor_peek_null(r)) {
		cbor_null(r);
		json_object_set_new(o, "sha256", json_null());
	} else {
		json_object_set_new(o, "sha256", hex(cbor_bstr(r, 32, 32)));
	}
	json_object_set_new(
	    o, "octets", json_integer((json_int_t)cbor_uint(r, 0, INT64_MAX)));
	json_object_set_new(o, "runs", json_boolean(cbor_bool(r)));
	return o;
}

static json_t *
manifest(struct cbor_in *r)
{
	json_t *o = json_object(), *list = json_array();
	size_t n;

	cbor_array(r, 7);
	json_object_set_new(o, "id", id(r));
	json_object_set_new(o, "sequence",
	    json_integer((json_int_t)cbor_uint(r, 0, INT64_MAX)));
	json_object_set_new(o, "digest", hex(cbor_bstr(r, 32, 32)));
	json_object_set_new(o, "owner", foreign(cbor_tstr(r, 0, 64)));
	json_object_set_new(o, "authority", foreign(cbor_tstr(r, 0, 64)));
	json_object_set_new(o, "uri", foreign(cbor_tstr(r, 0, LEN_ANY)));
	n = cbor_array_any(r, 0, SUIT_COMPONENTS_MAX);
	for (size_t i = 0; i < n && r->err == OK; i++)
		json_array_append_new(list, component(r));
	json_object_set_new(o, "components", list);
	return o;
}

static json_t *
request(struct cbor_in *r)
{
	json_t *o = json_object();

	cbor_array(r, 2);
	json_object_set_new(o, "component", id(r));
	json_object_set_new(o, "tam", foreign(cbor_tstr(r, 0, 64)));
	return o;
}

static json_t *
tam(struct cbor_in *r)
{
	json_t *o = json_object();

	cbor_array(r, 2);
	json_object_set_new(o, "name", foreign(cbor_tstr(r, 0, 64)));
	json_object_set_new(o, "uri", foreign(cbor_tstr(r, 0, LINK_URI_MAX)));
	return o;
}

static json_t *
key(struct cbor_in *r)
{
	char text[KID_TEXT];

	base64url_text(text, sizeof(text), cbor_bstr(r, 32, 32));
	return json_string(text);
}

static json_t *
list(struct cbor_in *r, json_t *(*item)(struct cbor_in *r))
{
	json_t *a = json_array();
	size_t n = cbor_array_any(r, 0, LIST_MAX);

	for (size_t i = 0; i < n && r->err == OK; i++)
		json_array_append_new(a, item(r));
	return a;
}

static json_t *
status(struct bytes cbor)
{
	struct cbor_in r = cbor_open(cbor);
	json_t *o = json_object();
	size_t n = cbor_map_any(&r, 0, 16);

	for (size_t i = 0; i < n && r.err == OK; i++) {
		switch (cbor_uint(&r, 0, UINT32_MAX)) {
		case 2:
			cbor_array(&r, 2);
			json_object_set_new(o, "policy-sequence",
			    json_integer(
				(json_int_t)cbor_uint(&r, 0, INT64_MAX)));
			json_object_set_new(
			    o, "policy-sha256", hex(cbor_bstr(&r, 32, 32)));
			break;
		case 3:
			json_object_set_new(o, "manifests", list(&r, manifest));
			break;
		case 4:
			json_object_set_new(o, "requests", list(&r, request));
			break;
		case 5:
			json_object_set_new(o, "unneeded", list(&r, id));
			break;
		case 6:
			json_object_set_new(o, "tams", list(&r, tam));
			break;
		case 8:
			json_object_set_new(o, "teep-keys", list(&r, key));
			break;
		case 9:
			json_object_set_new(o, "report-key", key(&r));
			break;
		default:
			(void)cbor_raw(&r, CBOR_ANY);
			break;
		}
	}
	if (cbor_close(&r) != OK) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static const char *
text(json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	return s == NULL ? "" : s;
}

static void
print(json_t *o)
{
	json_t *m, *c;
	size_t i, k;

	printf("policy     sequence %lld, sha256 %.12s...\n",
	    (long long)json_integer_value(
		json_object_get(o, "policy-sequence")),
	    text(o, "policy-sha256"));
	json_array_foreach(json_object_get(o, "teep-keys"), i, m)
	    printf("TEEP key   %s\n", json_string_value(m));
	json_array_foreach(json_object_get(o, "tams"), i, m)
	    printf("TAM        %s at %s\n", text(m, "name"), text(m, "uri"));
	json_array_foreach(json_object_get(o, "manifests"), i, m)
	{
		printf("installed  %s, sequence %lld\n"
		       "           manifest %.12s...",
		    text(m, "id"),
		    (long long)json_integer_value(
			json_object_get(m, "sequence")),
		    text(m, "digest"));
		if (text(m, "owner")[0] != 0)
			printf(", by TAM %s, signed by %s", text(m, "owner"),
			    text(m, "authority"));
		putchar('\n');
		json_array_foreach(json_object_get(m, "components"), k,
		    c) printf("           %s  %lld octets, %s%.12s%s%s\n",
		    text(c, "id"),
		    (long long)json_integer_value(json_object_get(c, "octets")),
		    text(c, "sha256")[0] != 0 ? "sha256 " : "secret",
		    text(c, "sha256"), text(c, "sha256")[0] != 0 ? "..." : "",
		    json_is_true(json_object_get(c, "runs")) ? ", running"
							     : "");
	}
	json_array_foreach(json_object_get(o, "requests"), i, m) printf(
	    "requested  %s from %s\n", text(m, "component"), text(m, "tam"));
	json_array_foreach(json_object_get(o, "unneeded"), i, m)
	    printf("unneeded   %s\n", json_string_value(m));
}

void
show_status(struct bytes cbor, bool json)
{
	json_t *o = status(cbor);

	if (o == NULL)
		die("teep-broker", EXIT_REFUSED,
		    "the agent's status cannot be read");
	if (!json)
		print(o);
	else if (json_dumpf(o, stdout, JSON_INDENT(2)) == 0)
		putchar('\n');
	json_decref(o);
}
