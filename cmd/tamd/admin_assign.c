/*
 * Admin API: assignments to groups, repair sets, and grants to single devices.
 */
#include "admin.h"

#include <cmdline.h>
#include <string.h>

/* *out: pin or NULL if there is none. */
static enum err
pin_in(struct admin_request *q, uint8_t digest[DIGEST_LEN], const char **out)
{
	struct bytes b;
	enum err e;

	TRY(admin_text_opt(q, q->in, "pin", out));
	if (*out == NULL)
		return OK;
	e = hex_read(*out, (struct span){digest, DIGEST_LEN}, &b);
	if (e != OK || b.n != DIGEST_LEN)
		return why_set(&q->why, ERR_TEXT, "pin");
	return OK;
}

enum err
admin_assign(struct admin_request *q)
{
	static const char *const members[] = {"group", "component", "pin"};
	const char *group, *manifest, *pin;
	uint8_t digest[DIGEST_LEN];

	TRY(admin_only(q, q->in, members, ARRAY_LEN(members)));
	TRY(pin_in(q, digest, &pin));
	TRY(admin_text(q, "group", &group));
	TRY(admin_text(q, "component", &manifest));
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

/* ---- repair sets ----------------------------------------------------------
 */

static enum err
text_in(struct admin_request *q, const char *name, char *to, size_t room)
{
	const char *text;

	TRY(admin_text(q, name, &text));
	if (strlen(text) >= room)
		return why_set(&q->why, ERR_TOO_LONG, name);
	memcpy(to, text, strlen(text) + 1);
	return OK;
}

static enum err
repair_in(struct admin_request *q, struct policy_repair *r)
{
	static const char *const members[] = {
	    "group", "cause", "component", "pin"};

	TRY(admin_only(q, q->in, members, ARRAY_LEN(members)));
	TRY(text_in(q, "group", r->group, sizeof(r->group)));
	TRY(text_in(q, "cause", r->cause, sizeof(r->cause)));
	return text_in(q, "component", r->manifest, sizeof(r->manifest));
}

enum err
admin_repair_add(struct admin_request *q)
{
	struct policy_repair r = {.pinned = false};
	const char *pin;
	enum err e;

	TRY(repair_in(q, &r));
	TRY(pin_in(q, r.pin, &pin));
	r.pinned = pin != NULL;
	e = policy_repair_add(q->admin->policy, &r);
	TRY(admin_why(q, e, ERR_UNEXPECTED,
	    "secrets, dependencies or severed members in a repair set"));
	return admin_why(q, e, ERR_NOT_FOUND,
	    pin == NULL ? "stored manifest of this component"
			: "stored manifest of this component and digest");
}

enum err
admin_repair_remove(struct admin_request *q)
{
	struct policy_repair r = {.pinned = false};

	TRY(repair_in(q, &r));
	return admin_why(q,
	    policy_repair_remove(
		q->admin->policy, r.group, r.cause, r.manifest),
	    ERR_NOT_FOUND, "repair set");
}

static enum err
repair_row(void *ctx, const struct policy_repair *r)
{
	json_t *o = json_pack("{s:s,s:s,s:s}", "group", r->group, "cause",
	    r->cause, "component", r->manifest);

	if (r->pinned)
		json_object_set_new(
		    o, "pin", admin_hex(r->pin, sizeof(r->pin)));
	return json_array_append_new(ctx, o) == 0 ? OK : ERR_MEMORY;
}

enum err
admin_repair_list(struct admin_request *q)
{
	json_t *items;

	TRY(admin_list(q, &items));
	return policy_repair_list(q->admin->policy, repair_row, items);
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
