/*
 * cmd_policy: `teep policy create`: the object that tells an agent whom to
 * trust.                                          [agent.h, docs/policy.md]
 */
#include "policy_put.h"

#include <string.h>
#include <tamarind/agent.h>

#define UIDS  64
#define HOSTS 16

void
policy_put_key(struct cbor_out *w, const struct place *at)
{
	struct key_file k;

	recipe_key(at, &k);
	cose_key_write(w, &k.key);
}

/* A list of files with keys. */
void
policy_put_keys(struct cbor_out *w, const struct place *at, size_t max)
{
	size_t n = recipe_list(at, 1, max);

	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++) {
		const struct place item = recipe_item(at, i);

		policy_put_key(w, &item);
	}
}

void
policy_put_id(struct cbor_out *w, const struct place *at)
{
	uint8_t room[SUIT_ID_MAX];

	cbor_put_raw(w, recipe_id(at, SPAN_OF(room)));
}

void
policy_put_prefixes(struct cbor_out *w, const struct place *at)
{
	size_t n = recipe_list(at, 1, AGENT_PREFIXES_MAX);

	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++) {
		const struct place item = recipe_item(at, i);

		policy_put_id(w, &item);
	}
}

void
policy_put_text(struct cbor_out *w, const struct place *at, size_t max)
{
	cbor_put_tstr(w, recipe_text(at, max));
}

static void
put_admins(struct cbor_out *w, const struct place *at)
{
	static const char *const names[] = {"threshold", "keys", NULL};
	struct place p;

	recipe_object(at, names);
	cbor_put_map(w, 2);
	p = recipe_need(at, "threshold");
	cbor_put_uint(w, 1);
	cbor_put_uint(w, recipe_uint(&p, 1, AGENT_ADMINS_MAX));
	p = recipe_need(at, "keys");
	cbor_put_uint(w, 2);
	policy_put_keys(w, &p, AGENT_ADMINS_MAX);
}

/* The least numbers from here on: of a manifest, or of all others. */
static void
put_floors(struct cbor_out *w, const struct place *at)
{
	static const char *const names[] = {"manifest", "sequence", NULL};
	size_t n = recipe_list(at, 1, AGENT_COUNTERS_MAX);

	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++) {
		const struct place item = recipe_item(at, i);
		struct place p;

		recipe_object(&item, names);
		cbor_put_array(w, 2);
		p = recipe_may(&item, "manifest");
		if (p.value != NULL)
			policy_put_id(w, &p);
		else
			cbor_put_null(w);
		p = recipe_need(&item, "sequence");
		cbor_put_uint(w, recipe_uint(&p, 1, INT64_MAX));
	}
}

/* The bits of readings by name. */
static uint64_t
readings_of(const struct place *at)
{
	size_t n = recipe_list(at, 1, suit_compat_n);
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++) {
		struct place p = recipe_item(at, i);
		struct bytes name = recipe_text(&p, NAME_OCTETS);
		size_t k = 0;

		while (k < suit_compat_n &&
		       !bytes_same(
			   name, (struct bytes){
				     (const uint8_t *)suit_compat_rows[k].name,
				     strlen(suit_compat_rows[k].name)}))
			k++;
		if (k == suit_compat_n)
			recipe_bad(&p, "is no reading that docs/policy.md has");
		bits |= suit_compat_rows[k].bit;
	}
	return bits;
}

static void
put_signer(struct cbor_out *w, const struct place *at)
{
	static const char *const names[] = {"name", "keys", "prefixes", "hosts",
	    "payload-key", "floors", "logged", "readings", NULL};
	struct place hosts, payload_key, floors, logged, readings, p;

	recipe_object(at, names);
	hosts = recipe_may(at, "hosts");
	payload_key = recipe_may(at, "payload-key");
	floors = recipe_may(at, "floors");
	logged = recipe_may(at, "logged");
	readings = recipe_may(at, "readings");
	cbor_put_map(
	    w, 3u + (hosts.value != NULL) + (payload_key.value != NULL) +
		   (floors.value != NULL) + json_is_true(logged.value) +
		   (readings.value != NULL));
	p = recipe_need(at, "name");
	cbor_put_uint(w, 1);
	policy_put_text(w, &p, NAME_OCTETS);
	p = recipe_need(at, "keys");
	cbor_put_uint(w, 2);
	policy_put_keys(w, &p, AGENT_KEYS_MAX);
	p = recipe_need(at, "prefixes");
	cbor_put_uint(w, 3);
	policy_put_prefixes(w, &p);
	if (hosts.value != NULL) {
		size_t n = recipe_list(&hosts, 1, HOSTS);

		cbor_put_uint(w, 4);
		cbor_put_array(w, n);
		for (size_t i = 0; i < n; i++) {
			p = recipe_item(&hosts, i);
			policy_put_text(w, &p, LINK_URI_MAX);
		}
	}
	if (payload_key.value != NULL) {
		cbor_put_uint(w, 5);
		cbor_put_uint(w, recipe_uint(&payload_key, 1, UINT32_MAX));
	}
	if (floors.value != NULL) {
		cbor_put_uint(w, 6);
		put_floors(w, &floors);
	}
	if (logged.value != NULL && !json_is_boolean(logged.value))
		recipe_bad(&logged, "true or false is wanted");
	if (json_is_true(logged.value)) {
		cbor_put_uint(w, 7);
		cbor_put_bool(w, true);
	}
	if (readings.value != NULL) {
		cbor_put_uint(w, 8);
		cbor_put_uint(w, readings_of(&readings));
	}
}

static void
put_verifier(struct cbor_out *w, const struct place *at)
{
	static const char *const names[] = {"name", "keys", NULL};
	struct place p;

	recipe_object(at, names);
	cbor_put_map(w, 2);
	p = recipe_need(at, "name");
	cbor_put_uint(w, 1);
	policy_put_text(w, &p, NAME_OCTETS);
	p = recipe_need(at, "keys");
	cbor_put_uint(w, 2);
	policy_put_keys(w, &p, AGENT_KEYS_MAX);
}

/* Without uids anybody may call. */
static void
put_caller(struct cbor_out *w, const struct place *at)
{
	static const char *const names[] = {"prefix", "uids", NULL};
	struct place uids, p;

	recipe_object(at, names);
	uids = recipe_may(at, "uids");
	cbor_put_map(w, 1u + (uids.value != NULL));
	p = recipe_need(at, "prefix");
	cbor_put_uint(w, 1);
	policy_put_id(w, &p);
	if (uids.value != NULL) {
		size_t n = recipe_list(&uids, 0, UIDS);

		cbor_put_uint(w, 2);
		cbor_put_array(w, n);
		for (size_t i = 0; i < n; i++) {
			p = recipe_item(&uids, i);
			cbor_put_uint(w, recipe_uint(&p, 0, UINT32_MAX));
		}
	}
}

static void
put_list(struct cbor_out *w, uint64_t key, const struct place *at, size_t max,
    void (*put)(struct cbor_out *w, const struct place *at))
{
	size_t n = recipe_list(at, 0, max);

	cbor_put_uint(w, key);
	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++) {
		const struct place item = recipe_item(at, i);

		put(w, &item);
	}
}

static void
put_policy(struct cbor_out *w, const struct place *top)
{
	static const char *const names[] = {"admins", "tams", "signers",
	    "verifiers", "recovery", "callers", "logs", NULL};
	struct place verifiers, callers, logs, p;

	recipe_object(top, names);
	verifiers = recipe_may(top, "verifiers");
	callers = recipe_may(top, "callers");
	logs = recipe_may(top, "logs");
	cbor_put_map(w, 5u + (verifiers.value != NULL) +
			    (callers.value != NULL) + (logs.value != NULL));
	cbor_put_uint(w, 1);
	cbor_put_uint(w, 1);
	p = recipe_need(top, "admins");
	cbor_put_uint(w, 2);
	put_admins(w, &p);
	p = recipe_need(top, "tams");
	put_list(w, 3, &p, AGENT_TAMS_MAX, policy_put_tam);
	p = recipe_need(top, "signers");
	put_list(w, 4, &p, AGENT_SIGNERS_MAX, put_signer);
	if (verifiers.value != NULL)
		put_list(w, 5, &verifiers, VERIFIERS, put_verifier);
	p = recipe_need(top, "recovery");
	cbor_put_uint(w, 6);
	policy_put_tam(w, &p);
	if (callers.value != NULL)
		put_list(w, 7, &callers, AGENT_CALLERS_MAX, put_caller);
	if (logs.value != NULL) {
		cbor_put_uint(w, 8);
		policy_put_keys(w, &logs, AGENT_KEYS_MAX);
	}
}

int
cmd_policy_create(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"output", required_argument, NULL, 'o'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	static uint8_t room[AGENT_POLICY_MAX];
	static struct policy read;
	struct cbor_out w = cbor_into(SPAN_OF(room));
	const char *in, *out = NULL;
	struct why why = {0};
	struct bytes policy;
	struct place top;
	enum err e;
	int opt;

	while ((opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		if (opt != 'o')
			option_other(opt, "policy create");
		out = optarg;
	}
	in = only_argument(argc, argv, "RECIPE.json");
	if (out == NULL)
		die_usage(PROG, "policy create: -o FILE is missing");
	top = recipe_load(in);
	put_policy(&w, &top);
	recipe_free();
	e = cbor_done(&w, &policy);
	/* what the agent would refuse is never written */
	if (e == OK)
		e = policy_read_whole(policy, &read, &why);
	if (e != OK) {
		why.err = e;
		print_why(PROG, in, &why);
		return EXIT_REFUSED;
	}
	e = write_file_atomic(out, policy, WRITE_PUBLIC);
	if (e == OK)
		return EXIT_DONE;
	print_err(PROG, out, e);
	return EXIT_REFUSED;
}
