/*
 * Admin API: assignments to groups and grants to single devices.
 */
#include "admin.h"

#include <cmdline.h>

enum err
admin_assign(struct admin_request *q)
{
	static const char *const members[] = {"group", "component", "pin"};
	const char *group, *manifest, *pin;
	uint8_t digest[DIGEST_LEN];
	struct bytes b;

	TRY(admin_only(q, q->in, members, ARRAY_LEN(members)));
	TRY(admin_text_opt(q, q->in, "pin", &pin));
	TRY(admin_text(q, "group", &group));
	TRY(admin_text(q, "component", &manifest));
	if (pin != NULL) {
		enum err e = hex_read(pin, SPAN_OF(digest), &b);

		if (e != OK || b.n != DIGEST_LEN)
			return why_set(&q->why, ERR_TEXT, "pin");
	}
	return admin_why(q,
	    policy_assign(
		q->admin->policy, group, manifest, pin == NULL ? NULL : digest),
	    ERR_NOT_FOUND,
	    pin == NULL ? "stored manifest of this component"
			: "stored manifest of this component and digest");
}

enum err
admin_unassign(struct admin_request *q)
{
	const char *group, *manifest;

	TRY(admin_text(q, "group", &group));
	TRY(admin_text(q, "component", &manifest));
	return admin_why(q, policy_unassign(q->admin->policy, group, manifest),
	    ERR_NOT_FOUND, "assignment");
}

static enum err
assignment_row(void *ctx, const struct policy_assignment *a)
{
	json_t *o =
	    json_pack("{s:s,s:s}", "group", a->group, "component", a->manifest);

	if (a->pinned)
		json_object_set_new(
		    o, "pin", admin_hex(a->pin, sizeof(a->pin)));
	return json_array_append_new(ctx, o) == 0 ? OK : ERR_MEMORY;
}

enum err
admin_assignment_list(struct admin_request *q)
{
	json_t *items;

	TRY(admin_list(q, &items));
	return policy_assignment_list(
	    q->admin->policy, NULL, assignment_row, items);
}

enum err
admin_grant(struct admin_request *q)
{
	const char *device, *manifest;
	struct policy_device d;

	TRY(admin_text(q, "device", &device));
	TRY(admin_text(q, "component", &manifest));
	TRY(admin_why(q, policy_device_named(q->admin->policy, device, &d),
	    ERR_NOT_FOUND, "device"));
	return admin_why(q, policy_grant(q->admin->policy, device, manifest),
	    ERR_NOT_FOUND, "stored manifest of this component");
}

enum err
admin_ungrant(struct admin_request *q)
{
	const char *device, *manifest;

	TRY(admin_text(q, "device", &device));
	TRY(admin_text(q, "component", &manifest));
	return admin_why(q, policy_ungrant(q->admin->policy, device, manifest),
	    ERR_NOT_FOUND, "grant");
}

static enum err
grant_row(void *ctx, const struct policy_grant *g)
{
	return json_array_append_new(
		   ctx, json_pack("{s:s,s:s}", "device", g->device, "component",
			    g->manifest)) == 0
		   ? OK
		   : ERR_MEMORY;
}

enum err
admin_grant_list(struct admin_request *q)
{
	json_t *items;

	TRY(admin_list(q, &items));
	return policy_grant_list(q->admin->policy, NULL, grant_row, items);
}
