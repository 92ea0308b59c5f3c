/*
 * delivery_image: one binary, slots, encrypted data, what is staged, loaded
 * and started: expanded to commands.   [SUIT 2.14 of the reference]
 */
#include "delivery_int.h"

/* What is encrypted needs to say what it is once it is not; a digest of the
 * ciphertext would be refused by every device. */
static void
sealed_ok(struct delivery *v, struct spot at)
{
	bool sealed = delivery_has(v, at, "encryption-info");

	if (!sealed && delivery_has(v, at, "plaintext"))
		doc_bad(v->d, doc_may(v->d, at, "plaintext"),
		    "plaintext is of a payload that is encrypted: "
		    "encryption-info is missing");
	if (sealed && !delivery_has(v, at, "plaintext") &&
	    !(delivery_has(v, at, "digest") && delivery_has(v, at, "size")))
		doc_bad(v->d, at,
		    "the payload is encrypted: plaintext, or digest and size "
		    "of it, are wanted");
}

/* Digest and size: given, or of the payload. */
static void
expected(struct delivery *v, struct spot at, json_t *to)
{
	const char *of =
	    delivery_has(v, at, "plaintext") ? "plaintext" : "payload";

	doc_put_member(to, "image-digest",
	    delivery_copy(
		v, at, delivery_has(v, at, "digest") ? "digest" : of));
	doc_put_member(to, "image-size",
	    delivery_copy(v, at, delivery_has(v, at, "size") ? "size" : of));
}

/* The envelope carries the payload under a URI. */
static void
carry(struct delivery *v, struct spot at, json_t *uri)
{
	json_t *p = delivery_copy(v, at, "payload");

	if (!json_is_object(p)) {
		json_decref(p);
		p = delivery_one("hex", delivery_copy(v, at, "payload"));
	}
	doc_put_member(p, "uri", uri);
	doc_put_item(v->payloads, p);
}

/* Where it comes from: inline, integrated, or a URI. */
static void
source(struct delivery *v, struct spot at, const char *name, json_t *to,
    json_t *sequence)
{
	char uri[80];
	json_t *from;

	(void)snprintf(uri, sizeof(uri), "#%s", name);
	if (delivery_has(v, at, "encryption-info"))
		doc_put_member(to, "encryption-info",
		    delivery_copy(v, at, "encryption-info"));
	if (delivery_has(v, at, "inline")) {
		doc_put_member(to, "content", delivery_copy(v, at, "payload"));
		doc_put_item(sequence, delivery_one("override-parameters", to));
		delivery_say(sequence, "write");
		return;
	}
	if (delivery_has(v, at, "uri"))
		from = delivery_copy(v, at, "uri");
	else
		from = json_string(uri);
	doc_put_member(to, "uri", json_incref(from));
	if (!delivery_has(v, at, "uri") || delivery_has(v, at, "integrated"))
		carry(v, at, from);
	else
		json_decref(from);
	doc_put_item(sequence, delivery_one("override-parameters", to));
	delivery_say(sequence, "fetch");
}

const char *const fields_slot[] = {"slot", "payload", "plaintext", "uri",
    "digest", "size", "encryption-info", NULL};

/* Two or more places for one component: which one, is the device's to say. */
static void
slots(struct delivery *v, struct spot list, json_t *where)
{
	json_t *shared = json_array(), *install = json_array();
	size_t n = doc_list(v->d, list, 2, 16);

	for (size_t i = 0; i < n && doc_good(v->d); i++) {
		struct spot s = doc_item(v->d, list, i);
		json_t *a = json_array(), *b = json_array(), *par;
		json_t *slot =
		    delivery_one("component-slot", delivery_copy(v, s, "slot"));

		doc_fields(v->d, s, fields_slot);
		sealed_ok(v, s);
		doc_put_item(a,
		    delivery_one("override-parameters", json_deep_copy(slot)));
		doc_put_item(b, delivery_one("override-parameters", slot));
		/* not this slot is no failure to report */
		doc_put_item(
		    a, delivery_one("component-slot", json_integer(5)));
		doc_put_item(
		    b, delivery_one("component-slot", json_integer(5)));
		par = json_object();
		expected(v, s, par);
		doc_put_item(a, delivery_one("override-parameters", par));
		par = delivery_one("uri", delivery_copy(v, s, "uri"));
		if (delivery_has(v, s, "encryption-info"))
			doc_put_member(par, "encryption-info",
			    delivery_copy(v, s, "encryption-info"));
		doc_put_item(b, delivery_one("override-parameters", par));
		doc_put_item(shared, a);
		doc_put_item(install, b);
	}
	doc_put_item(v->shared, delivery_one("try-each", shared));
	doc_put_item(where, delivery_one("try-each", install));
	delivery_say(where, "fetch");
}

/* Run it: where it is, or from memory. */
static void
started(struct delivery *v, struct spot at, const char *name)
{
	struct spot args = doc_may(v->d, at, "arguments");
	const char *which = name;
	json_t *par;
	char ram[80];

	if (delivery_has(v, at, "load")) {
		(void)snprintf(ram, sizeof(ram), "%s-ram", name);
		delivery_component(v, ram, doc_may(v->d, at, "load"));
		which = ram;
		par = json_object();
		expected(v, at, par);
		doc_put_member(par, "source-component", json_string(name));
		delivery_select(v, v->load, which);
		doc_put_item(v->load, delivery_one("override-parameters", par));
		delivery_say(v->load, "copy");
		delivery_say(v->load, "image-match");
	}
	if (!delivery_has(v, at, "invoke") ||
	    !doc_flag(v->d, doc_may(v->d, at, "invoke")))
		return;
	delivery_select(v, v->invoke, which);
	if (args.node != NULL)
		doc_put_item(v->invoke,
		    delivery_one("override-parameters",
			delivery_one("invoke-args", node_json(v->d, args))));
	delivery_say(v->invoke, "invoke");
}

/* Fetched to a place of its own first, as it comes: a ciphertext is checked as
 * one, and decrypted as it is copied. */
static void
staged(struct delivery *v, struct spot at, const char *name, json_t *from)
{
	bool sealed = delivery_has(v, at, "encryption-info");
	const char *digest = "payload", *size = "payload";
	json_t *par = json_object();
	char staging[80];

	if (!delivery_has(v, at, "payload")) {
		digest = "digest", size = "size";
		if (sealed)
			doc_bad(v->d, at,
			    "what is staged is encrypted: its payload is "
			    "wanted, for its own digest and size");
	}
	(void)snprintf(staging, sizeof(staging), "%s-staging", name);
	delivery_component(v, staging, doc_may(v->d, at, "staging"));
	delivery_select(v, v->fetch, staging);
	doc_put_member(par, "image-digest", delivery_copy(v, at, digest));
	doc_put_member(par, "image-size", delivery_copy(v, at, size));
	doc_put_item(v->fetch, delivery_one("override-parameters", par));
	doc_put_item(
	    v->fetch, delivery_one("override-parameters",
			  delivery_one("uri", delivery_copy(v, at, "uri"))));
	delivery_say(v->fetch, "fetch");
	delivery_say(v->fetch, "image-match");
	if (sealed)
		doc_put_member(from, "encryption-info",
		    delivery_copy(v, at, "encryption-info"));
	doc_put_member(from, "source-component", json_string(staging));
	doc_put_item(v->install, delivery_one("override-parameters", from));
	delivery_say(v->install, "copy");
}

/* Which of the ways to get it, of which one is meant. */
static void
ways_ok(struct delivery *v, struct spot at)
{
	static const char *const ways[] = {
	    "slots", "staging", "inline", "present"};
	const char *first = NULL;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (!delivery_has(v, at, ways[i]))
			continue;
		if (first != NULL)
			doc_bad(v->d, doc_may(v->d, at, ways[i]),
			    "%s and %s do not go together", first, ways[i]);
		first = ways[i];
	}
	if (delivery_has(v, at, "slots") &&
	    delivery_has(v, at, "encryption-info"))
		doc_bad(v->d, doc_may(v->d, at, "encryption-info"),
		    "each of the slots has its own encryption-info");
	if (delivery_has(v, at, "present") &&
	    delivery_has(v, at, "encryption-info"))
		doc_bad(v->d, doc_may(v->d, at, "encryption-info"),
		    "what is present is not decrypted");
	if (delivery_has(v, at, "integrated") && !delivery_has(v, at, "uri"))
		doc_bad(v->d, doc_may(v->d, at, "integrated"),
		    "without a URI the payload travels in the envelope "
		    "anyhow");
	if (delivery_has(v, at, "inline") && delivery_has(v, at, "uri"))
		doc_bad(v->d, doc_may(v->d, at, "uri"),
		    "what stands inline is not fetched");
	if (!delivery_has(v, at, "slots"))
		sealed_ok(v, at);
}

const char *const fields_image[] = {"name", "component", "payload", "plaintext",
    "digest", "size", "uri", "integrated", "inline", "slots", "encryption-info",
    "staging", "load", "invoke", "arguments", "version", "present", NULL};

void
delivery_image(struct delivery *v, struct spot at)
{
	const char *name = doc_word(v->d, doc_need(v->d, at, "name"));
	json_t *par;

	doc_fields(v->d, at, fields_image);
	ways_ok(v, at);
	if (!doc_good(v->d))
		return;
	delivery_component(v, name, doc_need(v->d, at, "component"));
	delivery_select(v, v->shared, name);
	delivery_select(v, v->install, name);
	if (delivery_has(v, at, "slots")) {
		slots(v, doc_may(v->d, at, "slots"), v->install);
	} else {
		json_t *from = json_object();

		par = json_object();
		expected(v, at, par);
		doc_put_item(
		    v->shared, delivery_one("override-parameters", par));
		if (delivery_has(v, at, "staging")) {
			staged(v, at, name, from);
		} else if (delivery_has(v, at, "present")) {
			json_decref(from);
		} else {
			source(v, at, name, from, v->install);
		}
	}
	delivery_say(v->install, "image-match");
	delivery_select(v, v->validate, name);
	delivery_say(v->validate, "image-match");
	delivery_select(v, v->uninstall, name);
	delivery_say(v->uninstall, "unlink");
	started(v, at, name);
	if (delivery_has(v, at, "version"))
		doc_put_member(v->texts, name,
		    delivery_one(
			"component-version", delivery_copy(v, at, "version")));
}
