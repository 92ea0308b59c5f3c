/*
 * delivery: dependencies, removal, and the manifest around what is delivered:
 * expanded to commands.   [SUIT 2.14 of the reference]
 */
#include "delivery_int.h"

json_t *
delivery_one(const char *name, json_t *v)
{
	json_t *o = json_object();

	doc_put_member(o, name, v);
	return o;
}

void
delivery_say(json_t *sequence, const char *command)
{
	doc_put_item(sequence, json_string(command));
}

json_t *
delivery_copy(struct delivery *v, struct spot at, const char *name)
{
	return node_json(v->d, doc_need(v->d, at, name));
}

bool
delivery_has(struct delivery *v, struct spot at, const char *name)
{
	return doc_may(v->d, at, name).node != NULL;
}

void
delivery_select(struct delivery *v, json_t *sequence, const char *name)
{
	if (v->several)
		doc_put_item(sequence,
		    delivery_one("set-component-index", json_string(name)));
}

void
delivery_component(struct delivery *v, const char *name, struct spot id)
{
	if (json_object_get(v->components, name) != NULL)
		doc_bad(v->d, id, "two components are called \"%s\"", name);
	doc_put_member(v->components, name, node_json(v->d, id));
}

const char *const fields_dependency[] = {
    "name", "component", "manifest", "uri", NULL};

/* The sections of the manifest in an envelope's file, as bits. */
static uint32_t
sections_of(struct delivery *v, struct spot file)
{
	struct bytes in = doc_file(v->d, file, SUIT_ENVELOPE_MAX);
	struct suit_manifest m;
	uint32_t bits = 0;

	if (!doc_good(v->d))
		return 0;
	if (suit_parse(in, &m, NULL) != OK) {
		doc_bad(v->d, file, "it holds no envelope");
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(m.section); i++)
		if (m.section[i].n > 0)
			bits |= UINT32_C(1) << i;
	return bits;
}

static void
dependency(struct delivery *v, struct spot at)
{
	const char *name = doc_word(v->d, doc_need(v->d, at, "name"));
	const struct {
		int key;
		bool always;
		json_t *to;
	} sections[] = {{SUIT_PAYLOAD_FETCH, false, v->fetch},
	    {SUIT_INSTALL, true, v->install},
	    {SUIT_VALIDATE, true, v->validate}, {SUIT_LOAD, false, v->load},
	    {SUIT_INVOKE, false, v->invoke}};
	uint32_t filled;
	json_t *par, *p;
	struct spot file = doc_need(v->d, at, "manifest");
	char uri[80];

	doc_fields(v->d, at, fields_dependency);
	if (!doc_good(v->d))
		return;
	filled = sections_of(v, file);
	delivery_component(v, name, doc_need(v->d, at, "component"));
	doc_put_member(v->dependencies, name, json_null());
	delivery_select(v, v->shared, name);
	par = delivery_one(
	    "image-digest", delivery_one("manifest", node_json(v->d, file)));
	/* a bound: what is severed on the way makes it smaller */
	doc_put_member(
	    par, "image-size", delivery_one("file", node_json(v->d, file)));
	doc_put_item(v->shared, delivery_one("override-parameters", par));
	(void)snprintf(uri, sizeof(uri), "#%s", name);
	p = delivery_has(v, at, "uri") ? delivery_copy(v, at, "uri")
				       : json_string(uri);
	if (!delivery_has(v, at, "uri")) {
		json_t *payload = delivery_one("uri", json_string(uri));

		doc_put_member(payload, "file", node_json(v->d, file));
		doc_put_item(v->payloads, payload);
	}
	delivery_select(v, v->resolve, name);
	doc_put_item(v->resolve,
	    delivery_one("override-parameters", delivery_one("uri", p)));
	delivery_say(v->resolve, "fetch");
	delivery_say(v->resolve, "dependency-integrity");
	delivery_say(v->resolve, "process-dependency");
	/* each section that it fills, or a device refuses the whole */
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		if (!sections[i].always && (filled >> sections[i].key & 1) == 0)
			continue;
		delivery_select(v, sections[i].to, name);
		delivery_say(sections[i].to, "dependency-integrity");
		delivery_say(sections[i].to, "process-dependency");
	}
	/* what it holds goes as it says itself, unless others need it */
	delivery_select(v, v->uninstall, name);
	delivery_say(v->uninstall, "dependency-integrity");
	delivery_say(v->uninstall, "process-dependency");
	delivery_say(v->uninstall, "unlink");
}

/* What is not wanted any more. */
static void
removed(struct delivery *v, struct spot id, size_t i)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "gone-%zu", i);
	delivery_component(v, name, id);
	delivery_select(v, v->install, name);
	delivery_say(v->install, "unlink");
	delivery_select(v, v->uninstall, name);
	delivery_say(v->uninstall, "unlink");
}

/* Only devices of this vendor and class. */
static json_t *
device(struct delivery *v, struct spot at)
{
	json_t *par = json_object();

	if (delivery_has(v, at, "class"))
		(void)doc_need(v->d, at, "vendor");
	if (!delivery_has(v, at, "vendor"))
		return par;
	doc_put_member(
	    par, "vendor-identifier", delivery_copy(v, at, "vendor"));
	if (delivery_has(v, at, "class"))
		doc_put_member(
		    par, "class-identifier", delivery_copy(v, at, "class"));
	return par;
}

/* A member, unless nothing is in it. */
static void
member(json_t *m, const char *name, json_t *v)
{
	if (json_is_array(v) ? json_array_size(v) > 0 : json_object_size(v) > 0)
		doc_put_member(m, name, v);
	else
		json_decref(v);
}

static json_t *
together(struct delivery *v, struct spot at, json_t *par)
{
	json_t *m = json_object(), *out = json_object(), *text = json_object();
	bool vendor = json_object_get(par, "vendor-identifier") != NULL;
	bool class = json_object_get(par, "class-identifier") != NULL;

	doc_put_member(
	    m, "manifest-sequence-number", delivery_copy(v, at, "sequence"));
	if (delivery_has(v, at, "manifest-id"))
		doc_put_member(m, "manifest-component-id",
		    delivery_copy(v, at, "manifest-id"));
	if (delivery_has(v, at, "reference-uri"))
		doc_put_member(
		    m, "reference-uri", delivery_copy(v, at, "reference-uri"));
	if (vendor) {
		json_t *all = json_array();

		if (v->several)
			doc_put_item(all, delivery_one("set-component-index",
					      json_integer(0)));
		doc_put_item(all, delivery_one("override-parameters", par));
		delivery_say(all, "vendor-identifier");
		if (class)
			delivery_say(all, "class-identifier");
		(void)json_array_extend(all, v->shared);
		json_decref(v->shared);
		v->shared = all;
	} else {
		json_decref(par);
	}
	member(m, "components", v->components);
	member(m, "dependencies", v->dependencies);
	member(m, "shared-sequence", v->shared);
	member(m, "validate", v->validate);
	member(m, "load", v->load);
	member(m, "invoke", v->invoke);
	member(m, "dependency-resolution", v->resolve);
	member(m, "payload-fetch", v->fetch);
	member(m, "install", v->install);
	member(m, "uninstall", v->uninstall);
	if (delivery_has(v, at, "description"))
		doc_put_member(text, "manifest-description",
		    delivery_copy(v, at, "description"));
	member(text, "components", v->texts);
	if (json_object_size(text) > 0)
		doc_put_member(m, "text", delivery_one("en", text));
	else
		json_decref(text);
	doc_put_member(out, "manifest", m);
	member(out, "payloads", v->payloads);
	return out;
}

const char *const fields_delivery[] = {"sequence", "manifest-id",
    "reference-uri", "vendor", "class", "description", "images", "dependencies",
    "remove", NULL};

json_t *
delivery_manifest(struct doc *d, struct spot at)
{
	struct delivery v = {d, json_object(), json_array(), json_array(),
	    json_array(), json_array(), json_array(), json_array(),
	    json_array(), json_array(), json_array(), json_object(),
	    json_object(), false};
	struct spot images = doc_may(d, at, "images");
	struct spot deps = doc_may(d, at, "dependencies");
	struct spot gone = doc_may(d, at, "remove");
	size_t n, m, k;
	json_t *out;

	doc_fields(d, at, fields_delivery);
	(void)doc_need(d, at, "sequence");
	n = images.node != NULL ? doc_list(d, images, 1, 32) : 0;
	m = deps.node != NULL ? doc_list(d, deps, 1, 8) : 0;
	k = gone.node != NULL ? doc_list(d, gone, 1, 32) : 0;
	v.several = n + m + k > 1;
	for (size_t i = 0; i < n; i++) {
		struct spot one_image = doc_item(d, images, i);

		v.several = v.several ||
			    delivery_has(&v, one_image, "staging") ||
			    delivery_has(&v, one_image, "load");
	}
	if (doc_good(d) && n + m + k == 0)
		doc_bad(d, at, "images, dependencies or remove is wanted");
	for (size_t i = 0; i < m && doc_good(d); i++)
		dependency(&v, doc_item(d, deps, i));
	for (size_t i = 0; i < n && doc_good(d); i++)
		delivery_image(&v, doc_item(d, images, i));
	for (size_t i = 0; i < k && doc_good(d); i++)
		removed(&v, doc_item(d, gone, i), i);
	out = together(&v, at, device(&v, at));
	if (doc_good(d))
		return out;
	json_decref(out);
	return NULL;
}
