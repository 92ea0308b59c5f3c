/*
 * Admin API: where and why a device says that a manifest failed, in names.
 */
#include "admin.h"

#include <string.h>

/* The octets of the digest in an image-digest; all else as it is written. */
static json_t *
measured_value(int64_t label, struct bytes value)
{
	struct cbor_in r = cbor_open(value);
	struct bytes digest = cbor_bstr(&r, 0, LEN_ANY), octets;
	char diag[2 * TAM_MEASURED_MAX], safe[4 * TAM_MEASURED_MAX];

	if (label == SUIT_PAR_IMAGE_DIGEST && cbor_close(&r) == OK) {
		r = cbor_open(digest);
		cbor_array(&r, 2);
		(void)cbor_int(&r, INT64_MIN, INT64_MAX);
		octets = cbor_bstr(&r, 1, LEN_ANY);
		if (cbor_close(&r) == OK)
			return admin_hex(octets.p, octets.n);
	}
	(void)cbor_diag(value, true, SPAN_OF(diag));
	(void)safe_text(safe, sizeof(safe), bytes_of_text(diag));
	return json_string(safe);
}

static json_t *
measured(const struct state_failure *f)
{
	struct cbor_in r =
	    cbor_open((struct bytes){f->measured, f->measured_n});
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++) {
		int64_t label = cbor_int(&r, INT64_MIN, INT64_MAX);
		struct bytes value = cbor_raw(&r, CBOR_ANY);
		const char *name = label < 0
				       ? "unknown"
				       : suit_parameter_name((uint64_t)label);

		if (r.err != OK)
			break;
		json_object_set_new(o, name, measured_value(label, value));
	}
	return o;
}

json_t *
admin_failure(const struct state_failure *f)
{
	json_t *o = json_object();

	if (f->section != 0) {
		json_object_set_new(o, "section",
		    json_string(f->section == SUIT_COMMON
				    ? "shared-sequence"
				    : suit_member_name(f->section)));
		json_object_set_new(o, "offset", json_integer(f->offset));
	}
	if (f->command > 0)
		json_object_set_new(o, "command",
		    json_string(suit_command_name((uint64_t)f->command)));
	else if (f->command < 0)
		json_object_set_new(
		    o, "command", json_sprintf("%lld", (long long)f->command));
	if (f->component[0] != 0)
		json_object_set_new(o, "component", json_string(f->component));
	if (f->measured_n > 0)
		json_object_set_new(o, "measured", measured(f));
	if (f->said[0] != 0)
		json_object_set_new(o, "error", json_string(f->said));
	return o;
}
