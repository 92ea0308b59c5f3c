/*
 * Admin API: devices and groups, and what is known of a device and since when.
 */
#include "admin.h"

#include <cmdline.h>
#include <string.h>

/* What was sent and not heard of for so long is silent. */
#define SILENT_AFTER 86400

/* ---- devices ---------------------------------------------------------------
 */

/* The members that a list and a single device share. */
static json_t *
device_out(struct admin *a, const struct policy_device *d, uint64_t now,
    struct state_device *s)
{
	json_t *o = json_pack("{s:s,s:o,s:o}", "name", d->name, "kid",
	    admin_kid(d->kid), "added", admin_time(d->added));

	enum err e;

	*s = (struct state_device){0};
	e = state_device_get(a->state, d->id, s);
	if (d->dialect[0] != 0)
		json_object_set_new(o, "dialect", json_string(d->dialect));
	if (d->certified)
		json_object_set_new(
		    o, "certified-until", admin_time(d->certified_until));
	if (d->certified)
		json_object_set_new(o, "certificate",
		    json_string(d->revoked                 ? "revoked"
				: d->orphan                ? "no anchor"
				: now > d->certified_until ? "expired"
							   : "holds"));
	if (e != OK || s->appraisals == 0) {
		bool none = e == OK || e == ERR_NOT_FOUND;

		json_object_set_new(
		    o, "verdict", json_string(none ? "never seen" : "unknown"));
		return o;
	}
	json_object_set_new(o, "verdict",
	    json_string(s->cloned                ? err_name(ERR_CLONE)
			: s->verdict != ACCEPTED ? err_name(s->outcome)
			: now >= s->until        ? "stale"
						 : "accepted"));
	json_object_set_new(
	    o, "assurance", json_string(assurance_name(s->assurance)));
	json_object_set_new(o, "appraised", admin_time(s->appraised_at));
	json_object_set_new(o, "reported", admin_time(s->reported_at));
	json_object_set_new(o, "proven", admin_time(s->proven_at));
	json_object_set_new(o, "until", admin_time(s->until));
	if (s->passport)
		json_object_set_new(o, "verifier", admin_kid(s->verifier));
	if (s->ueid_n > 0)
		json_object_set_new(o, "ueid", admin_hex(s->ueid, s->ueid_n));
	return o;
}

/* The dialect that a device is pinned to: one that this TAM has an endpoint
 * for, or nobody would ever hear it. */
static enum err
dialect_of(struct admin_request *q, const char **out)
{
	TRY(admin_text_opt(q, q->in, "dialect", out));
	if (*out == NULL || strcmp(*out, "default") == 0)
		*out = "";
	if (**out == 0 || settings_dialect(q->admin->settings, *out) != NULL)
		return OK;
	(void)why_set(&q->why, ERR_DIALECT, "dialect");
	q->why.kind = WHY_TEXT;
	q->why.expected = BYTES_LIT("a [dialect] section of tamd.ini");
	q->why.found = bytes_of_text(*out);
	return ERR_DIALECT;
}

enum err
admin_device_add(struct admin_request *q)
{
	static const char *const members[] = {
	    "name", "key", "certificate", "dialect"};
	const char *name, *dialect, *certificate;
	struct policy_device d;
	struct cose_key key;
	bool taken;

	TRY(admin_only(q, q->in, members, ARRAY_LEN(members)));
	TRY(admin_text(q, "name", &name));
	TRY(admin_text_opt(q, q->in, "certificate", &certificate));
	if (certificate == NULL)
		TRY(admin_key(q, "key", &key));
	else if (json_object_get(q->in, "key") != NULL)
		return why_set(&q->why, ERR_UNEXPECTED, "key");
	TRY(dialect_of(q, &dialect));
	taken = policy_device_named(q->admin->policy, name, &d) == OK;
	if (certificate != NULL)
		TRY(policy_device_add_certified(q->admin->policy,
		    q->admin->crypto, q->admin->more, name,
		    bytes_of_text(certificate), dialect, q->now, &d, &q->why));
	else
		TRY(admin_why(q,
		    policy_device_add(q->admin->policy, q->admin->crypto, name,
			&key, dialect, q->now, &d),
		    ERR_EXISTS, taken ? "device" : "device with this key"));
	q->out =
	    json_pack("{s:s,s:o}", "name", d.name, "kid", admin_kid(d.kid));
	if (d.certified)
		json_object_set_new(
		    q->out, "certified-until", admin_time(d.certified_until));
	return OK;
}

/* Its certificates, before the old ones end. */
enum err
admin_device_certify(struct admin_request *q)
{
	static const char *const members[] = {"certificate"};
	const char *certificate;
	struct policy_device d;

	TRY(admin_only(q, q->in, members, ARRAY_LEN(members)));
	TRY(admin_text(q, "certificate", &certificate));
	TRY(policy_device_certify(q->admin->policy, q->admin->crypto,
	    q->admin->more, q->arg[0], bytes_of_text(certificate), q->now, &d,
	    &q->why));
	q->out = json_pack("{s:s,s:o}", "name", d.name, "certified-until",
	    admin_time(d.certified_until));
	return OK;
}

struct rows {
	struct admin_request *q;
	json_t *items;
};

static enum err
device_row(void *ctx, const struct policy_device *d)
{
	struct rows *r = ctx;
	struct state_device s;

	return json_array_append_new(
		   r->items, device_out(r->q->admin, d, r->q->now, &s)) == 0
		   ? OK
		   : ERR_MEMORY;
}

enum err
admin_device_list(struct admin_request *q)
{
	struct rows r = {.q = q};

	TRY(admin_list(q, &r.items));
	return policy_device_list(
	    q->admin->policy, NULL, q->after, q->most, device_row, &r);
}

enum err
admin_device_remove(struct admin_request *q)
{
	return admin_why(q, policy_device_remove(q->admin->policy, q->arg[0]),
	    ERR_NOT_FOUND, "device");
}

/* ---- one device
 * -------------------------------------------------------------- */

/* How far one manifest has come on one device, in a word. */
static const char *
deployed_word(const struct state_deployed *d, uint64_t now)
{
	if (d->gone_at != 0)
		return "proven gone";
	if (d->reported_at != 0 && d->outcome != OK)
		return "failed";
	if (d->removed && d->reported_at != 0)
		return "removal reported";
	if (d->proven_at != 0)
		return "proven";
	if (d->reported_at != 0)
		return "reported";
	return now > d->sent_at + SILENT_AFTER ? "silent" : "sent";
}

static enum err
deployed_row(void *ctx, const struct state_deployed *d)
{
	struct rows *r = ctx;
	json_t *o = json_pack("{s:s,s:I,s:o,s:s,s:o,s:o,s:o,s:o}", "id",
	    d->manifest, "sequence", (json_int_t)d->sequence, "digest",
	    admin_hex(d->digest, sizeof(d->digest)), "state",
	    deployed_word(d, r->q->now), "sent", admin_time(d->sent_at),
	    "reported", admin_time(d->reported_at), "proven",
	    admin_time(d->proven_at), "gone", admin_time(d->gone_at));

	if (d->reported_at != 0 && d->outcome != OK) {
		json_object_set_new(
		    o, "reason", json_pack("s", suit_reason_name(d->reason)));
		json_object_set_new(o, "failure", admin_failure(&d->failure));
	}
	if (d->started_at != 0)
		json_object_set_new(o, "start",
		    json_pack("{s:o,s:s}", "told", admin_time(d->started_at),
			"reason", suit_reason_name(d->start_reason)));
	return json_array_append_new(r->items, o) == 0 ? OK : ERR_MEMORY;
}

/* It is wanted, and Evidence does not list it: it was refused, or it will be
 * sent once more. */
static void
gone_but_wanted(json_t *row)
{
	const char *state = json_string_value(json_object_get(row, "state"));
	bool failed = json_object_get(row, "reason") != NULL;

	if (state != NULL && strcmp(state, "proven gone") == 0)
		json_object_set_new(
		    row, "state", json_string(failed ? "failed" : "pending"));
}

/* Mark what is wanted, adding what was not sent yet. */
static enum err
wanted_row(void *ctx, const struct tam_manifest *m)
{
	struct rows *r = ctx;
	char digest[2 * DIGEST_LEN + 1], id[SUIT_ID_TEXT];
	json_t *row, *wanted = json_integer((json_int_t)m->sequence);
	size_t i;

	hex_text(digest, sizeof(digest), BYTES_OF(m->digest));
	TRY(suit_id_text((struct bytes){m->id, m->id_n}, id));
	json_array_foreach(r->items, i, row)
	{
		const char *have =
		    json_string_value(json_object_get(row, "digest"));

		if (have != NULL && strcmp(have, digest) == 0) {
			json_object_set_new(row, "wanted", wanted);
			gone_but_wanted(row);
			return OK;
		}
	}
	return json_array_append_new(r->items,
		   json_pack("{s:s,s:s,s:o,s:s}", "id", id, "digest", digest,
		       "wanted", wanted, "state", "pending")) == 0
		   ? OK
		   : ERR_MEMORY;
}

static enum err
appraisal_row(void *ctx, const struct state_appraisal *a)
{
	json_t *o = json_pack("{s:o,s:s,s:s,s:b}", "time", admin_time(a->time),
	    "reason", a->outcome == OK ? "accepted" : err_name(a->outcome),
	    "assurance", assurance_name(a->assurance), "proves", a->proves);

	if (a->what[0] != 0) {
		json_object_set_new(o, "what", json_string(a->what));
		json_object_set_new(o, "expected", json_string(a->expected));
		json_object_set_new(o, "found", json_string(a->found));
		json_object_set_new(o, "source", json_string(a->source));
	}
	return json_array_append_new(ctx, o) == 0 ? OK : ERR_MEMORY;
}

static enum err
measured_row(void *ctx, const struct eat_component *c)
{
	char name[SUIT_ID_TEXT + 16];

	safe_text(name, sizeof(name), c->name);
	return json_array_append_new(
		   ctx, json_pack("{s:s,s:o}", "name", name, "sha256",
			    admin_hex(c->digest.p, c->digest.n))) == 0
		   ? OK
		   : ERR_MEMORY;
}

static enum err
request_row(void *ctx, const struct state_request *r)
{
	return json_array_append_new(
		   ctx, json_pack("{s:s,s:o}", "component", r->manifest, "time",
			    admin_time(r->time))) == 0
		   ? OK
		   : ERR_MEMORY;
}

static enum err
ignore_manifest(void *ctx, const uint8_t digest[DIGEST_LEN])
{
	(void)ctx;
	(void)digest;
	return OK;
}

/* A device that was never heard of has no rows: that is no fault. */
static enum err
or_nothing(enum err e)
{
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
admin_device_show(struct admin_request *q)
{
	struct policy_device d;
	struct state_device s;
	struct state *st = q->admin->state;
	struct rows r = {.q = q};
	json_t *appraisals, *measured, *requests;

	TRY(admin_why(q, policy_device_named(q->admin->policy, q->arg[0], &d),
	    ERR_NOT_FOUND, "device"));
	q->out = device_out(q->admin, &d, q->now, &s);
	r.items = json_array();
	appraisals = json_array();
	measured = json_array();
	requests = json_array();
	json_object_set_new(q->out, "components", r.items);
	json_object_set_new(q->out, "appraisals", appraisals);
	json_object_set_new(q->out, "measurements", measured);
	json_object_set_new(q->out, "requests", requests);
	TRY(or_nothing(state_deployed_list(st, d.id, deployed_row, &r)));
	TRY(policy_assigned(q->admin->policy, d.id, wanted_row, &r));
	TRY(or_nothing(
	    state_appraisal_list(st, d.id, appraisal_row, appraisals)));
	TRY(or_nothing(
	    state_listed(st, d.id, ignore_manifest, measured_row, measured)));
	TRY(or_nothing(state_request_list(st, d.id, request_row, requests)));
	return admin_capabilities(q, d.id);
}

/* What the device signed, octet by octet: an author believes that and his own
 * anchors, and none of us.                               [security 10] */
enum err
admin_device_evidence(struct admin_request *q)
{
	static uint8_t room[STATE_EVIDENCE_MAX];
	static char text[2 * STATE_EVIDENCE_MAX + 1];
	struct policy_device d;
	struct bytes evidence;

	TRY(admin_why(q, policy_device_named(q->admin->policy, q->arg[0], &d),
	    ERR_NOT_FOUND, "device"));
	TRY(admin_why(q,
	    state_evidence(q->admin->state, d.id, SPAN_OF(room), &evidence),
	    ERR_NOT_FOUND, "evidence with payload keys"));
	hex_text(text, sizeof(text), evidence);
	q->out = json_pack("{s:s}", "evidence", text);
	return q->out == NULL ? ERR_MEMORY : OK;
}

/* ---- groups
 * --------------------------------------------------------------------- */

static enum err
group_row(void *ctx, const struct policy_group *g)
{
	return json_array_append_new(
		   ctx, json_pack("{s:s,s:I}", "name", g->name, "devices",
			    (json_int_t)g->devices)) == 0
		   ? OK
		   : ERR_MEMORY;
}

enum err
admin_group_list(struct admin_request *q)
{
	json_t *items;

	TRY(admin_list(q, &items));
	return policy_group_list(
	    q->admin->policy, NULL, q->after, q->most, group_row, items);
}

enum err
admin_group_join(struct admin_request *q)
{
	enum err e = policy_group_join(q->admin->policy, q->arg[0], q->arg[1]);

	return e == ERR_NOT_FOUND
		   ? admin_why(q, e, ERR_NOT_FOUND, "device")
		   : admin_why(q, e, ERR_TEXT, "name of a group");
}

enum err
admin_group_leave(struct admin_request *q)
{
	return admin_why(q,
	    policy_group_leave(q->admin->policy, q->arg[0], q->arg[1]),
	    ERR_NOT_FOUND, "member");
}
