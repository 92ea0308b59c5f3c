/*
 * Admin API: anchors, CoRIMs, components.
 */
#include "admin.h"

#include <cmdline.h>
#include <string.h>

/* ---- anchors ---------------------------------------------------------------
 */

static const struct {
	const char *name;
	unsigned bit;
} kinds[] = {
    {"reference", CORIM_REFERENCE},
    {"endorsed", CORIM_ENDORSED},
    {"attest-key", CORIM_ATTEST_KEY},
    {"agents", POLICY_AGENTS},
    {"manifests", POLICY_MANIFESTS},
    {"results", POLICY_RESULTS},
};

static json_t *
kinds_out(unsigned bits)
{
	json_t *a = json_array();

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if ((bits & kinds[i].bit) != 0)
			json_array_append_new(a, json_string(kinds[i].name));
	return a;
}

static enum err
kinds_in(struct admin_request *q, json_t *names, unsigned *bits)
{
	json_t *v;
	size_t i;

	*bits = 0;
	json_array_foreach(names, i, v)
	{
		const char *name = json_string_value(v);
		unsigned bit = 0;

		for (size_t k = 0; name != NULL && k < ARRAY_LEN(kinds); k++)
			if (strcmp(name, kinds[k].name) == 0)
				bit = kinds[k].bit;
		if (bit == 0)
			return why_set(&q->why, ERR_TEXT, "kinds");
		*bits |= bit;
	}
	return *bits != 0 ? OK : why_set(&q->why, ERR_MISSING, "kinds");
}

static enum err
scope_in(struct admin_request *q, json_t *o, struct policy_scope *out)
{
	static const char *const members[] = {"kinds", "vendor", "class"};
	const char *vendor, *class_id;
	struct bytes b;

	*out = (struct policy_scope){0};
	TRY(admin_only(q, o, members, ARRAY_LEN(members)));
	TRY(admin_text_opt(q, o, "vendor", &vendor));
	TRY(admin_text_opt(q, o, "class", &class_id));
	TRY(kinds_in(q, json_object_get(o, "kinds"), &out->kinds));
	if (vendor != NULL) {
		if (strlen(vendor) >= sizeof(out->vendor))
			return why_set(&q->why, ERR_TOO_LONG, "vendor");
		memcpy(out->vendor, vendor, strlen(vendor) + 1);
	}
	if (class_id != NULL) {
		enum err e = hex_read(class_id, SPAN_OF(out->class_id), &b);

		if (e != OK)
			return why_set(&q->why, e, "class");
		out->class_id_n = b.n;
	}
	return OK;
}

enum err
admin_anchor_add(struct admin_request *q)
{
	struct policy_anchor a = {.added = q->now};
	json_t *scopes = json_object_get(q->in, "scopes"), *v;
	const char *name, *certificate;
	size_t i;

	TRY(admin_text(q, "name", &name));
	if (strlen(name) >= sizeof(a.name))
		return why_set(&q->why, ERR_TOO_LONG, "name");
	memcpy(a.name, name, strlen(name) + 1);
	TRY(admin_text_opt(q, q->in, "certificate", &certificate));
	if (certificate == NULL)
		TRY(admin_key(q, "key", &a.key));
	else if (json_object_get(q->in, "key") != NULL)
		return why_set(&q->why, ERR_UNEXPECTED, "key");
	json_array_foreach(scopes, i, v)
	{
		if (a.n_scopes == POLICY_SCOPES_MAX)
			return why_set(&q->why, ERR_LIMIT, "scopes");
		TRY(scope_in(q, v, &a.scope[a.n_scopes++]));
	}
	if (a.n_scopes == 0)
		return why_set(&q->why, ERR_MISSING, "scopes");
	if (certificate != NULL)
		return policy_anchor_add_certificate(q->admin->policy,
		    q->admin->crypto, q->admin->more, &a,
		    bytes_of_text(certificate), &q->why);
	return admin_why(q,
	    policy_anchor_add(q->admin->policy, q->admin->crypto, &a),
	    ERR_EXISTS, "anchor of this name or key");
}

enum err
admin_anchor_crl(struct admin_request *q)
{
	size_t dropped;

	TRY(policy_anchor_crl(q->admin->policy, q->admin->crypto,
	    q->admin->more, q->arg[0], q->body, q->now, &dropped, &q->why));
	q->out = json_pack("{s:I}", "dropped", (json_int_t)dropped);
	return OK;
}

enum err
admin_anchor_cots(struct admin_request *q)
{
	struct policy_imported done;

	TRY(policy_cots_import(q->admin->policy, q->admin->crypto,
	    q->admin->more, q->arg[0], q->body, q->now, &done, &q->why));
	q->out = json_pack("{s:I,s:I}", "anchors", (json_int_t)done.anchors,
	    "elsewhere", (json_int_t)done.elsewhere);
	return OK;
}

static enum err
anchor_row(void *ctx, const struct policy_anchor *a)
{
	json_t *scopes = json_array();

	for (size_t i = 0; i < a->n_scopes; i++) {
		const struct policy_scope *s = &a->scope[i];
		json_t *o = json_pack("{s:o}", "kinds", kinds_out(s->kinds));

		if (s->vendor[0] != 0)
			json_object_set_new(
			    o, "vendor", json_string(s->vendor));
		if (s->class_id_n > 0)
			json_object_set_new(
			    o, "class", admin_hex(s->class_id, s->class_id_n));
		json_array_append_new(scopes, o);
	}
	return json_array_append_new(
		   ctx, json_pack("{s:s,s:s,s:o,s:o,s:o}", "name", a->name,
			    "kind", a->certified ? "certificate" : "key", "kid",
			    admin_kid(a->kid), "scopes", scopes, "added",
			    admin_time(a->added))) == 0
		   ? OK
		   : ERR_MEMORY;
}

enum err
admin_anchor_list(struct admin_request *q)
{
	json_t *items;

	TRY(admin_list(q, &items));
	return policy_anchor_list(
	    q->admin->policy, q->after, q->most, anchor_row, items);
}

enum err
admin_anchor_remove(struct admin_request *q)
{
	return admin_why(q, policy_anchor_remove(q->admin->policy, q->arg[0]),
	    ERR_NOT_FOUND, "anchor");
}

/* ---- CoRIMs
 * ------------------------------------------------------------------ */

static json_t *
corim_out(const struct policy_corim *c)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:I,s:I,s:o}", "id", c->id, "signer",
	    admin_kid(c->signer), "not-before", admin_time(c->not_before),
	    "not-after",
	    admin_time(c->not_after >= INT64_MAX ? 0 : c->not_after), "keys",
	    (json_int_t)c->keys, "values", (json_int_t)c->statements, "added",
	    admin_time(c->added));
}

enum err
admin_corim_add(struct admin_request *q)
{
	struct policy_corim c;

	TRY(policy_corim_add(q->admin->policy, q->admin->crypto, q->admin->more,
	    q->body, q->now, &c, &q->why));
	q->out = corim_out(&c);
	return OK;
}

static enum err
corim_row(void *ctx, const struct policy_corim *c)
{
	return json_array_append_new(ctx, corim_out(c)) == 0 ? OK : ERR_MEMORY;
}

enum err
admin_corim_list(struct admin_request *q)
{
	json_t *items;

	TRY(admin_list(q, &items));
	return policy_corim_list(
	    q->admin->policy, q->after, q->most, corim_row, items);
}

enum err
admin_corim_remove(struct admin_request *q)
{
	return admin_why(q, policy_corim_remove(q->admin->policy, q->arg[0]),
	    ERR_NOT_FOUND, "CoRIM");
}

/* ---- components: manifests with what they install
 * ------------------------------ */

static json_t *
component_out(const struct policy_manifest *m)
{
	json_t *o = json_pack("{s:s,s:I,s:o,s:s,s:I,s:o,s:o}", "id", m->id,
	    "sequence", (json_int_t)m->sequence, "digest",
	    admin_hex(m->digest, sizeof(m->digest)), "component", m->component,
	    "envelope-octets", (json_int_t)m->envelope_n, "signer",
	    admin_kid(m->signer), "added", admin_time(m->added));

	if (m->has_image)
		json_object_set_new(
		    o, "image", admin_hex(m->image, sizeof(m->image)));
	if (m->size != UINT64_MAX)
		json_object_set_new(
		    o, "size", json_integer((json_int_t)m->size));
	return o;
}

enum err
admin_component_add(struct admin_request *q)
{
	struct policy_manifest m;

	TRY(policy_manifest_add(
	    q->admin->policy, q->admin->crypto, q->body, q->now, &m, &q->why));
	q->out = component_out(&m);
	return OK;
}

static enum err
component_row(void *ctx, const struct policy_manifest *m)
{
	return json_array_append_new(ctx, component_out(m)) == 0 ? OK
								 : ERR_MEMORY;
}

enum err
admin_component_list(struct admin_request *q)
{
	json_t *items;

	TRY(admin_list(q, &items));
	return policy_manifest_list(
	    q->admin->policy, q->after, q->most, component_row, items);
}

static enum err
digest_arg(struct admin_request *q, uint8_t out[DIGEST_LEN])
{
	struct bytes b;
	enum err e = hex_read(q->arg[0], (struct span){out, DIGEST_LEN}, &b);

	if (e == OK && b.n != DIGEST_LEN)
		e = ERR_RANGE;
	return e == OK ? OK : why_set(&q->why, e, "digest");
}

enum err
admin_component_show(struct admin_request *q)
{
	struct policy_manifest m;
	uint8_t digest[DIGEST_LEN];

	TRY(digest_arg(q, digest));
	TRY(admin_why(q, policy_manifest_get(q->admin->policy, digest, &m),
	    ERR_NOT_FOUND, "manifest"));
	q->out = component_out(&m);
	return OK;
}

enum err
admin_component_remove(struct admin_request *q)
{
	uint8_t digest[DIGEST_LEN];

	TRY(digest_arg(q, digest));
	return admin_why(q,
	    policy_manifest_remove(q->admin->policy, digest, &q->why),
	    ERR_NOT_FOUND, "manifest");
}
