/*
 * policy_tam: the row of a TAM in a recipe for a policy.
 *                                          [agent.h, docs/policy.md]
 */
#include "policy_put.h"

#include <string.h>

/* "allow" takes a protection away, and so has to be written out.
 *                                                        [security 1] */
static bool
unbound(const struct place *at)
{
	if (at->value == NULL)
		return false;
	if (!bytes_same(recipe_text(at, 16), BYTES_LIT("allow")))
		recipe_bad(at, "\"allow\" is wanted, or nothing");
	return true;
}

/* The text of a place, for those who compare. */
static const char *
word(const struct place *at, char room[32])
{
	struct bytes b = recipe_text(at, 31);

	memcpy(room, b.p, b.n);
	room[b.n] = 0;
	return room;
}

/* A name, or one value for each axis that is not the default's.  The update
 * axis has a word of its own beside this one.        [docs/interop.md] */
static void
read_dialect(const struct place *at, struct dialect *d)
{
	const char *names[DIALECT_AXES] = {NULL};
	char room[32];

	if (at->value == NULL)
		return;
	if (json_is_string(at->value)) {
		if (dialect_named(word(at, room), d) != OK)
			recipe_bad(at, "\"legacy\" or \"default\" is wanted, "
				       "or an object of axes");
		return;
	}
	for (size_t i = 0; i + 1 < DIALECT_AXES; i++)
		names[i] = dialect_axes[i].name;
	recipe_object(at, names);
	for (size_t i = 0; i + 1 < DIALECT_AXES; i++) {
		const struct place p = recipe_may(at, names[i]);

		if (p.value != NULL &&
		    dialect_set(d, names[i], word(&p, room)) != OK)
			recipe_bad(&p, "this axis has no such value; see "
				       "teep(1)");
	}
}

/* Axes in the order of their keys, 1 to 6; the defaults are left out. */
static void
put_dialect(struct cbor_out *w, const struct dialect *d, size_t n)
{
	cbor_put_uint(w, 8);
	cbor_put_map(w, n);
	for (size_t i = 0; i + 1 < DIALECT_AXES; i++) {
		if (dialect_get(d, i) == 0)
			continue;
		cbor_put_uint(w, i + 1);
		cbor_put_uint(w, dialect_get(d, i));
	}
}

/* Who has to vouch for the TAM, for how long, and how well. */
static void
put_attested(struct cbor_out *w, const struct place *at)
{
	static const char *const names[] = {
	    "verifiers", "seconds", "status", NULL};
	struct place p, status;
	char room[32];
	size_t n;

	recipe_object(at, names);
	status = recipe_may(at, "status");
	cbor_put_map(w, 2u + (status.value != NULL));
	p = recipe_need(at, "verifiers");
	n = recipe_list(&p, 1, VERIFIERS);
	cbor_put_uint(w, 1);
	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++) {
		const struct place item = recipe_item(&p, i);

		policy_put_text(w, &item, NAME_OCTETS);
	}
	p = recipe_need(at, "seconds");
	cbor_put_uint(w, 2);
	cbor_put_uint(w, recipe_uint(&p, 1, UINT32_MAX));
	if (status.value == NULL)
		return;
	cbor_put_uint(w, 3);
	if (strcmp(word(&status, room), "affirming") == 0)
		cbor_put_uint(w, EAR_AFFIRMING);
	else if (strcmp(room, "warning") == 0)
		cbor_put_uint(w, EAR_WARNING);
	else
		recipe_bad(&status, "\"affirming\" or \"warning\" is wanted");
}

void
policy_put_tam(struct cbor_out *w, const struct place *at)
{
	static const char *const names[] = {"name", "keys", "encryption", "uri",
	    "prefixes", "quota", "unbound", "dialect", "attested", NULL};
	struct place encryption, quota, attested, p;
	struct dialect dialect = {0};
	bool free_rein;
	size_t axes = 0;

	recipe_object(at, names);
	encryption = recipe_may(at, "encryption");
	quota = recipe_may(at, "quota");
	attested = recipe_may(at, "attested");
	p = recipe_may(at, "unbound");
	free_rein = unbound(&p);
	p = recipe_may(at, "dialect");
	read_dialect(&p, &dialect);
	for (size_t i = 0; i + 1 < DIALECT_AXES; i++)
		axes += dialect_get(&dialect, i) != 0;
	if (encryption.value == NULL && dialect.evidence == DIALECT_ENCRYPTED)
		recipe_bad(at, "\"encryption\" is missing: Evidence is "
			       "encrypted to this key, or \"dialect\": "
			       "{\"evidence\": \"if-key\"} lets it be read "
			       "on its way");
	cbor_put_map(w, 4u + (encryption.value != NULL) +
			    (quota.value != NULL) + free_rein + (axes > 0) +
			    (attested.value != NULL));
	p = recipe_need(at, "name");
	cbor_put_uint(w, 1);
	policy_put_text(w, &p, NAME_OCTETS);
	p = recipe_need(at, "keys");
	cbor_put_uint(w, 2);
	policy_put_keys(w, &p, AGENT_KEYS_MAX);
	if (encryption.value != NULL) {
		cbor_put_uint(w, 3);
		policy_put_key(w, &encryption);
	}
	p = recipe_need(at, "uri");
	cbor_put_uint(w, 4);
	policy_put_text(w, &p, LINK_URI_MAX);
	p = recipe_need(at, "prefixes");
	cbor_put_uint(w, 5);
	policy_put_prefixes(w, &p);
	if (quota.value != NULL) {
		cbor_put_uint(w, 6);
		cbor_put_uint(w, recipe_uint(&quota, 0, UINT32_MAX));
	}
	if (free_rein) {
		cbor_put_uint(w, 7);
		cbor_put_bool(w, true);
	}
	if (axes > 0)
		put_dialect(w, &dialect, axes);
	if (attested.value != NULL) {
		cbor_put_uint(w, 9);
		put_attested(w, &attested);
	}
}
