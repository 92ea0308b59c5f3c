/*
 * delivery: one binary, slots, several images, encrypted data, dependencies,
 * boot, removal: expanded to commands.   [SUIT 2.14 of the reference]
 */
#include "delivery.h"

#include <string.h>

struct delivery {
	struct doc *d;
	json_t *components, *shared, *install, *fetch, *resolve, *validate;
	json_t *load, *invoke, *uninstall, *payloads, *dependencies, *texts;
	bool several; /* commands say which component they mean */
};

static json_t *
one(const char *name, json_t *v)
{
	json_t *o = json_object();

	doc_put_member(o, name, v);
	return o;
}

static void
say(json_t *sequence, const char *command)
{
	doc_put_item(sequence, json_string(command));
}

static json_t *
copy_of(struct delivery *v, struct spot at, const char *name)
{
	return node_json(v->d, doc_need(v->d, at, name));
}

static bool
has(struct delivery *v, struct spot at, const char *name)
{
	return doc_may(v->d, at, name).node != NULL;
}

static void
select_one(struct delivery *v, json_t *sequence, const char *name)
{
	if (v->several)
		doc_put_item(
		    sequence, one("set-component-index", json_string(name)));
}

static void
component(struct delivery *v, const char *name, struct spot id)
{
	if (json_object_get(v->components, name) != NULL)
		doc_bad(v->d, id, "two components are called \"%s\"", name);
	doc_put_member(v->components, name, node_json(v->d, id));
}

/* Digest and size: given, or of the payload. */
static void
expected(struct delivery *v, struct spot at, json_t *to)
{
	const char *of = has(v, at, "plaintext") ? "plaintext" : "payload";

	doc_put_member(to, "image-digest",
	    copy_of(v, at, has(v, at, "digest") ? "digest" : of));
	doc_put_member(
	    to, "image-size", copy_of(v, at, has(v, at, "size") ? "size" : of));
}

/* Where it comes from: inline, integrated, or a URI. */
static void
source(struct delivery *v, struct spot at, const char *name, json_t *to,
    json_t *sequence)
{
	char uri[80];
	json_t *p;

	(void)snprintf(uri, sizeof(uri), "#%s", name);
	if (has(v, at, "encryption-info"))
		doc_put_member(
		    to, "encryption-info", copy_of(v, at, "encryption-info"));
	if (has(v, at, "inline")) {
		doc_put_member(to, "content", copy_of(v, at, "payload"));
		doc_put_item(sequence, one("override-parameters", to));
		say(sequence, "write");
		return;
	}
	if (has(v, at, "uri")) {
		doc_put_member(to, "uri", copy_of(v, at, "uri"));
	} else {
		doc_put_member(to, "uri", json_string(uri));
		p = copy_of(v, at, "payload");
		if (!json_is_object(p)) {
			json_decref(p);
			p = one("hex", copy_of(v, at, "payload"));
		}
		doc_put_member(p, "uri", json_string(uri));
		doc_put_item(v->payloads, p);
	}
	doc_put_item(sequence, one("override-parameters", to));
	say(sequence, "fetch");
}

const char *const fields_slot[] = {
    "slot", "payload", "uri", "digest", "size", NULL};

/* Two or more places for one component: which one, is the device's to say. */
static void
slots(struct delivery *v, struct spot list, json_t *where)
{
	json_t *shared = json_array(), *install = json_array();
	size_t n = doc_list(v->d, list, 2, 16);

	for (size_t i = 0; i < n && doc_good(v->d); i++) {
		struct spot s = doc_item(v->d, list, i);
		json_t *a = json_array(), *b = json_array(), *par;
		json_t *slot = one("component-slot", copy_of(v, s, "slot"));

		doc_fields(v->d, s, fields_slot);
		doc_put_item(
		    a, one("override-parameters", json_deep_copy(slot)));
		doc_put_item(b, one("override-parameters", slot));
		/* not this slot is no failure to report */
		doc_put_item(a, one("component-slot", json_integer(5)));
		doc_put_item(b, one("component-slot", json_integer(5)));
		par = json_object();
		expected(v, s, par);
		doc_put_item(a, one("override-parameters", par));
		doc_put_item(b, one("override-parameters",
				    one("uri", copy_of(v, s, "uri"))));
		doc_put_item(shared, a);
		doc_put_item(install, b);
	}
	doc_put_item(v->shared, one("try-each", shared));
	doc_put_item(where, one("try-each", install));
	say(where, "fetch");
}

/* Run it: where it is, or from memory. */
static void
started(struct delivery *v, struct spot at, const char *name)
{
	struct spot args = doc_may(v->d, at, "arguments");
	const char *which = name;
	json_t *par;
	char ram[80];

	if (has(v, at, "load")) {
		(void)snprintf(ram, sizeof(ram), "%s-ram", name);
		component(v, ram, doc_may(v->d, at, "load"));
		which = ram;
		par = json_object();
		expected(v, at, par);
		doc_put_member(par, "source-component", json_string(name));
		select_one(v, v->load, which);
		doc_put_item(v->load, one("override-parameters", par));
		say(v->load, "copy");
		say(v->load, "image-match");
	}
	if (!has(v, at, "invoke") ||
	    !doc_flag(v->d, doc_may(v->d, at, "invoke")))
		return;
	select_one(v, v->invoke, which);
	if (args.node != NULL)
		doc_put_item(
		    v->invoke, one("override-parameters",
				   one("invoke-args", node_json(v->d, args))));
	say(v->invoke, "invoke");
}

const char *const fields_image[] = {"name", "component", "payload", "plaintext",
    "digest", "size", "uri", "inline", "slots", "encryption-info", "staging",
    "load", "invoke", "arguments", "version", "present", NULL};

static void
image(struct delivery *v, struct spot at)
{
	const char *name = doc_word(v->d, doc_need(v->d, at, "name"));
	json_t *par = json_object();
	char staging[80];

	doc_fields(v->d, at, fields_image);
	if (!doc_good(v->d))
		return;
	component(v, name, doc_need(v->d, at, "component"));
	select_one(v, v->shared, name);
	select_one(v, v->install, name);
	if (has(v, at, "slots")) {
		slots(v, doc_may(v->d, at, "slots"), v->install);
		json_decref(par);
	} else {
		json_t *from = json_object();

		expected(v, at, par);
		doc_put_item(v->shared, one("override-parameters", par));
		if (has(v, at, "staging")) {
			(void)snprintf(
			    staging, sizeof(staging), "%s-staging", name);
			component(v, staging, doc_may(v->d, at, "staging"));
			select_one(v, v->fetch, staging);
			par = json_object();
			doc_put_member(par, "image-digest",
			    copy_of(v, at,
				has(v, at, "payload") ? "payload" : "digest"));
			doc_put_member(par, "image-size",
			    copy_of(v, at,
				has(v, at, "payload") ? "payload" : "size"));
			doc_put_item(v->fetch, one("override-parameters", par));
			par = json_object();
			if (has(v, at, "encryption-info"))
				doc_put_member(from, "encryption-info",
				    copy_of(v, at, "encryption-info"));
			doc_put_member(par, "uri", copy_of(v, at, "uri"));
			doc_put_item(v->fetch, one("override-parameters", par));
			say(v->fetch, "fetch");
			say(v->fetch, "image-match");
			doc_put_member(
			    from, "source-component", json_string(staging));
			doc_put_item(
			    v->install, one("override-parameters", from));
			say(v->install, "copy");
		} else if (has(v, at, "present")) {
			json_decref(from);
		} else {
			source(v, at, name, from, v->install);
		}
	}
	say(v->install, "image-match");
	select_one(v, v->validate, name);
	say(v->validate, "image-match");
	select_one(v, v->uninstall, name);
	say(v->uninstall, "unlink");
	started(v, at, name);
	if (has(v, at, "version"))
		doc_put_member(v->texts, name,
		    one("component-version", copy_of(v, at, "version")));
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
	component(v, name, doc_need(v->d, at, "component"));
	doc_put_member(v->dependencies, name, json_null());
	select_one(v, v->shared, name);
	par = one("image-digest", one("manifest", node_json(v->d, file)));
	/* a bound: what is severed on the way makes it smaller */
	doc_put_member(par, "image-size", one("file", node_json(v->d, file)));
	doc_put_item(v->shared, one("override-parameters", par));
	(void)snprintf(uri, sizeof(uri), "#%s", name);
	p = has(v, at, "uri") ? copy_of(v, at, "uri") : json_string(uri);
	if (!has(v, at, "uri")) {
		json_t *payload = one("uri", json_string(uri));

		doc_put_member(payload, "file", node_json(v->d, file));
		doc_put_item(v->payloads, payload);
	}
	select_one(v, v->resolve, name);
	doc_put_item(v->resolve, one("override-parameters", one("uri", p)));
	say(v->resolve, "fetch");
	say(v->resolve, "dependency-integrity");
	say(v->resolve, "process-dependency");
	/* each section that it fills, or a device refuses the whole */
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		if (!sections[i].always && (filled >> sections[i].key & 1) == 0)
			continue;
		select_one(v, sections[i].to, name);
		say(sections[i].to, "dependency-integrity");
		say(sections[i].to, "process-dependency");
	}
	/* what it holds goes as it says itself, unless others need it */
	select_one(v, v->uninstall, name);
	say(v->uninstall, "dependency-integrity");
	say(v->uninstall, "process-dependency");
	say(v->uninstall, "unlink");
}

/* What is not wanted any more. */
static void
removed(struct delivery *v, struct spot id, size_t i)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "gone-%zu", i);
	component(v, name, id);
	select_one(v, v->install, name);
	say(v->install, "unlink");
	select_one(v, v->uninstall, name);
	say(v->uninstall, "unlink");
}

/* Only devices of this vendor and class. */
static json_t *
device(struct delivery *v, struct spot at)
{
	json_t *par = json_object();

	if (has(v, at, "class"))
		(void)doc_need(v->d, at, "vendor");
	if (!has(v, at, "vendor"))
		return par;
	doc_put_member(par, "vendor-identifier", copy_of(v, at, "vendor"));
	if (has(v, at, "class"))
		doc_put_member(
		    par, "class-identifier", copy_of(v, at, "class"));
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
	    m, "manifest-sequence-number", copy_of(v, at, "sequence"));
	if (has(v, at, "manifest-id"))
		doc_put_member(
		    m, "manifest-component-id", copy_of(v, at, "manifest-id"));
	if (has(v, at, "reference-uri"))
		doc_put_member(
		    m, "reference-uri", copy_of(v, at, "reference-uri"));
	if (vendor) {
		json_t *all = json_array();

		if (v->several)
			doc_put_item(
			    all, one("set-component-index", json_integer(0)));
		doc_put_item(all, one("override-parameters", par));
		say(all, "vendor-identifier");
		if (class)
			say(all, "class-identifier");
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
	if (has(v, at, "description"))
		doc_put_member(text, "manifest-description",
		    copy_of(v, at, "description"));
	member(text, "components", v->texts);
	if (json_object_size(text) > 0)
		doc_put_member(m, "text", one("en", text));
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

		v.several = v.several || has(&v, one_image, "staging") ||
			    has(&v, one_image, "load");
	}
	if (doc_good(d) && n + m + k == 0)
		doc_bad(d, at, "images, dependencies or remove is wanted");
	for (size_t i = 0; i < m && doc_good(d); i++)
		dependency(&v, doc_item(d, deps, i));
	for (size_t i = 0; i < n && doc_good(d); i++)
		image(&v, doc_item(d, images, i));
	for (size_t i = 0; i < k && doc_good(d); i++)
		removed(&v, doc_item(d, gone, i), i);
	out = together(&v, at, device(&v, at));
	if (doc_good(d))
		return out;
	json_decref(out);
	return NULL;
}
