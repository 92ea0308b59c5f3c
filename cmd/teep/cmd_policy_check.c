/*
 * cmd_policy_check: `teep policy check`: would a device take this policy, who
 * has signed it, and what does it change?       [security 12, docs/policy.md]
 */
#include "policy_file.h"

#include <string.h>

/* ---- what changes ------------------------------------------------------- */

enum change { SAME, NEW, GONE, KEYS, RIGHTS };

static const char *const change_text[] = {
    [SAME] = "unchanged",
    [NEW] = "new",
    [GONE] = "gone",
    [KEYS] = "other keys",
    [RIGHTS] = "other rights",
};

static bool
list_same(struct list a, struct list b)
{
	return a.n == b.n && bytes_same(a.raw, b.raw);
}

static bool
keys_same(const struct policy_keys *a, const struct policy_keys *b)
{
	return a->n == b->n && memcmp(a->kid, b->kid, a->n * KID_LEN) == 0;
}

static enum change
tam_change(const struct policy_tam *a, const struct policy_tam *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? NEW : GONE;
	if (!keys_same(&a->sign, &b->sign) || a->has_enc != b->has_enc ||
	    memcmp(a->enc_kid, b->enc_kid, KID_LEN) != 0)
		return KEYS;
	if (!bytes_same(a->uri, b->uri) ||
	    !list_same(a->prefixes, b->prefixes) || a->quota != b->quota ||
	    !bytes_same(a->attested, b->attested))
		return RIGHTS;
	for (size_t i = 0; i < DIALECT_AXES; i++)
		if (dialect_get(&a->dialect, i) != dialect_get(&b->dialect, i))
			return RIGHTS;
	return SAME;
}

static enum change
signer_change(const struct policy_signer *a, const struct policy_signer *b)
{
	if (a == NULL || b == NULL)
		return a == NULL ? NEW : GONE;
	if (!keys_same(&a->keys, &b->keys))
		return KEYS;
	return list_same(a->prefixes, b->prefixes) &&
		       list_same(a->hosts, b->hosts) &&
		       list_same(a->floors, b->floors) &&
		       a->payload_key == b->payload_key &&
		       a->logged == b->logged && a->readings == b->readings
		   ? SAME
		   : RIGHTS;
}

static enum change
admins_change(const struct policy *a, const struct policy *b)
{
	return a->threshold == b->threshold && a->n_admins == b->n_admins &&
		       memcmp(a->admin_kid, b->admin_kid,
			   a->n_admins * KID_LEN) == 0
		   ? SAME
		   : KEYS;
}

static const struct policy_tam *
tam_named(const struct policy *p, struct bytes name)
{
	for (size_t i = 0; i < p->n_tams; i++)
		if (bytes_same(p->tam[i].name, name))
			return &p->tam[i];
	return NULL;
}

static const struct policy_signer *
signer_named(const struct policy *p, struct bytes name)
{
	for (size_t i = 0; i < p->n_signers; i++)
		if (bytes_same(p->signer[i].name, name))
			return &p->signer[i];
	return NULL;
}

static void
put_floor_text(struct bytes signer, const char *id, uint64_t n, bool replaces)
{
	(void)fputs("  floor of ", stdout);
	safe_put(stdout, signer);
	(void)printf(", %s: %llu%s\n", id != NULL ? id : "all others",
	    (unsigned long long)n,
	    replaces ? ", in place of what was counted" : "");
}

static void
put_floor_json(struct bytes signer, const char *id, uint64_t n, bool replaces)
{
	(void)fputs("{\"signer\": ", stdout);
	json_put(stdout, signer);
	if (id != NULL) {
		(void)fputs(", \"manifest\": ", stdout);
		json_put(stdout, bytes_of_text(id));
	}
	(void)printf(", \"sequence\": %llu, \"replaces\": %s}",
	    (unsigned long long)n, replaces ? "true" : "false");
}

/* What an administrator who signs it lets the numbers be; where they may
 * fall, it says so. */
static void
put_floors(
    const struct policy *a, const struct policy *b, bool json, bool *first)
{
	for (size_t i = 0; i < b->n_signers; i++) {
		const struct policy_signer *now = &b->signer[i];
		const struct policy_signer *was = signer_named(a, now->name);
		struct cbor_in r = cbor_items(now->floors);
		char text[SUIT_ID_TEXT];
		struct bytes id;
		uint64_t n;

		while (policy_floor_next(&r, &id, &n)) {
			bool replaces = policy_floor_replaces(was, now, id);
			const char *name =
			    id.n > 0 && suit_id_text(id, text) == OK ? text
								     : NULL;

			if (json && !*first)
				(void)fputs(", ", stdout);
			(json ? put_floor_json : put_floor_text)(
			    now->name, name, n, replaces);
			*first = false;
		}
	}
}

/* One line, or one object. */
static void
put_change(
    bool json, bool *first, const char *what, struct bytes name, enum change c)
{
	if (c == SAME)
		return;
	if (json) {
		(void)printf("%s{\"what\": \"%s\", \"name\": ",
		    *first ? "" : ", ", what);
		json_put(stdout, name);
		(void)printf(", \"change\": \"%s\"}", change_text[c]);
	} else {
		(void)printf("  %s", what);
		if (name.n > 0)
			(void)putchar(' ');
		safe_put(stdout, name);
		(void)printf(": %s\n", change_text[c]);
	}
	*first = false;
}

static void
put_changes(const struct policy *a, const struct policy *b, bool json)
{
	bool first = true;

	put_change(
	    json, &first, "administrators", BYTES_NONE, admins_change(a, b));
	for (size_t i = 0; i < a->n_tams; i++)
		put_change(json, &first, "tam", a->tam[i].name,
		    tam_change(&a->tam[i], tam_named(b, a->tam[i].name)));
	for (size_t i = 0; i < b->n_tams; i++)
		if (tam_named(a, b->tam[i].name) == NULL)
			put_change(json, &first, "tam", b->tam[i].name, NEW);
	put_change(json, &first, "recovery", b->recovery.name,
	    tam_change(&a->recovery, &b->recovery));
	if (!list_same(a->verifiers, b->verifiers))
		put_change(json, &first, "verifiers", BYTES_NONE, KEYS);
	if (!keys_same(&a->logs, &b->logs))
		put_change(json, &first, "logs", BYTES_NONE, KEYS);
	for (size_t i = 0; i < a->n_signers; i++)
		put_change(json, &first, "signer", a->signer[i].name,
		    signer_change(
			&a->signer[i], signer_named(b, a->signer[i].name)));
	for (size_t i = 0; i < b->n_signers; i++)
		if (signer_named(a, b->signer[i].name) == NULL)
			put_change(
			    json, &first, "signer", b->signer[i].name, NEW);
	if (!json)
		put_floors(a, b, false, &first);
	if (first && !json)
		(void)puts("  nothing");
}

/* ---- who has signed ----------------------------------------------------- */

static void
put_tally(const struct policy *p, struct bytes envelope, bool json)
{
	char kid[2 * KID_LEN + 1];
	struct policy_tally t;

	policy_tally(p, envelope, &t);
	if (json)
		(void)printf("{\"threshold\": %u, \"signed\": %zu, \"keys\": [",
		    p->threshold, t.n);
	else
		(void)printf(": %zu of %u wanted\n", t.n, p->threshold);
	for (size_t i = 0; i < p->n_admins; i++) {
		hex_text(kid, sizeof(kid), BYTES_OF(p->admin_kid[i]));
		if (json)
			(void)printf("%s{\"id\": \"%s\", \"signed\": %s}",
			    i > 0 ? ", " : "", kid,
			    t.signed_by[i] ? "true" : "false");
		else
			(void)printf("  %.8s %s\n", kid,
			    t.signed_by[i] ? "signed" : "-");
	}
	if (json)
		(void)fputs("]}", stdout);
}

/* ---- the command -------------------------------------------------------- */

/* Would a device that has `from`, or none, take it? */
static enum err
decide(const struct policy_file *f, const struct policy_file *from,
    struct why *why)
{
	static struct policy next;
	static struct suit_manifest m;
	struct bytes object;

	if (f->m.envelope.p == NULL)
		return why_set(why, ERR_UNSIGNED, "policy");
	if (from == NULL)
		return policy_open_first(
		    crypto_or_die(PROG), f->file, &next, &m, &object, why);
	return policy_open_next(crypto_or_die(PROG), &from->policy, &from->m,
	    f->file, &next, &m, &object, why);
}

static void
put_text(
    const struct policy_file *f, const struct policy_file *from, enum err e)
{
	char digest[2 * DIGEST_LEN + 1];

	hex_text(digest, sizeof(digest), BYTES_OF(f->policy.digest));
	if (f->m.envelope.p != NULL)
		(void)printf("policy number %llu, %.8s\n",
		    (unsigned long long)f->m.sequence, digest);
	else
		(void)printf("policy without a manifest, %.8s\n", digest);
	(void)fputs("administrators of this policy", stdout);
	put_tally(&f->policy, f->file, false);
	if (from != NULL) {
		(void)printf("administrators in force, by number %llu",
		    (unsigned long long)from->m.sequence);
		put_tally(&from->policy, f->file, false);
		(void)printf("against number %llu\n",
		    (unsigned long long)from->m.sequence);
		put_changes(&from->policy, &f->policy, false);
	}
	if (e == OK && from == NULL)
		(void)puts("accepted as the first policy of a device");
	else if (e == OK)
		(void)printf("accepted by a device that has number %llu\n",
		    (unsigned long long)from->m.sequence);
}

static void
put_json(const struct policy_file *f, const struct policy_file *from,
    const struct why *why)
{
	char digest[2 * DIGEST_LEN + 1];
	bool first = true;

	hex_text(digest, sizeof(digest), BYTES_OF(f->policy.digest));
	(void)printf("{\"digest\": \"%s\", ", digest);
	if (f->m.envelope.p != NULL)
		(void)printf(
		    "\"sequence\": %llu, ", (unsigned long long)f->m.sequence);
	(void)fputs("\"administrators\": ", stdout);
	put_tally(&f->policy, f->file, true);
	if (from != NULL) {
		(void)printf(", \"before\": {\"sequence\": %llu, "
			     "\"administrators\": ",
		    (unsigned long long)from->m.sequence);
		put_tally(&from->policy, f->file, true);
		(void)fputs("}, \"changes\": [", stdout);
		put_changes(&from->policy, &f->policy, true);
		(void)fputs("], \"floors\": [", stdout);
		put_floors(&from->policy, &f->policy, true, &first);
		(void)putchar(']');
	}
	(void)printf(", \"accepted\": %s", why->err == OK ? "true" : "false");
	if (why->err != OK) {
		(void)fputs(", \"why\": ", stdout);
		json_why(stdout, f->path, why);
	}
	(void)puts("}");
}

int
cmd_policy_check(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"from", required_argument, NULL, 'f'},
	    {"json", no_argument, NULL, 'j'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	static struct policy_file f, before;
	struct policy_file *from = NULL;
	const char *from_path = NULL, *in;
	struct why why = {0};
	bool json = false;
	enum err e;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (opt == 'f')
			from_path = optarg;
		else if (opt == 'j')
			json = true;
		else
			option_other(opt, "policy check");
	}
	in = only_argument(argc, argv, "FILE");
	policy_file_load(in, &f);
	if (from_path != NULL) {
		from = &before;
		policy_file_load(from_path, from);
		if (from->m.envelope.p == NULL)
			die(PROG, EXIT_REFUSED,
			    "%s: the policy in force is wanted as its signed "
			    "manifest, whose number counts",
			    from_path);
	}
	e = decide(&f, from, &why);
	if (e == OK)
		why = (struct why){0};
	else
		why.err = e;
	if (json)
		put_json(&f, from, &why);
	else
		put_text(&f, from, e);
	if (e != OK)
		print_why(PROG, in, &why);
	policy_file_free(&f);
	if (from != NULL)
		policy_file_free(from);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
