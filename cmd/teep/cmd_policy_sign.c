/*
 * cmd_policy_sign: `teep policy sign`: what an administrator does, each for
 * himself and wherever his key is.              [security 12, docs/policy.md]
 */
#include "policy_file.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>

/* One of each administrator, of this policy or the one before. */
#define KEYS_MAX SUIT_SIGNERS_MAX

struct signing {
	const char *in, *out, *from;
	const char *key[KEYS_MAX];
	size_t n_keys;
	bool numbered;
	uint64_t sequence;
};

static void
options(int argc, char **argv, struct signing *s)
{
	static const struct option longs[] = {
	    {"key", required_argument, NULL, 'k'},
	    {"from", required_argument, NULL, 'f'},
	    {"sequence", required_argument, NULL, 's'},
	    {"output", required_argument, NULL, 'o'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	int opt;

	*s = (struct signing){0};
	while ((opt = getopt_long(argc, argv, "k:s:o:h", longs, NULL)) != -1) {
		switch (opt) {
		case 'k':
			if (s->n_keys == KEYS_MAX)
				die_usage(PROG,
				    "policy sign: %d signatures at most",
				    KEYS_MAX);
			s->key[s->n_keys++] = optarg;
			break;
		case 'f':
			s->from = optarg;
			break;
		case 's':
			s->numbered = true;
			if (number_read(optarg, UINT64_MAX, &s->sequence) != OK)
				die_usage(PROG,
				    "policy sign: --sequence wants a number");
			break;
		case 'o':
			s->out = optarg;
			break;
		default:
			option_other(opt, "policy sign");
		}
	}
	s->in = only_argument(argc, argv, "FILE");
	if (s->n_keys == 0 || s->out == NULL)
		die_usage(PROG, "policy sign: --key and -o are wanted");
}

static _Noreturn void
refuse(const char *path, enum err e, const char *what)
{
	struct why why = {0};

	(void)why_set(&why, e, what);
	print_why(PROG, path, &why);
	exit(EXIT_REFUSED);
}

/* A new manifest about the object, signed by nobody yet. */
static struct bytes
manifest_of(const struct signing *s, const struct policy_file *f,
    const struct policy_file *from, struct span room)
{
	uint8_t id_room[SUIT_ID_MAX];
	struct suit_recipe r = {
	    .sequence = s->sequence,
	    .digest = BYTES_OF(f->policy.digest),
	    .size = f->object.n,
	    .uri = BYTES_LIT("#policy"),
	    .payload = f->object,
	};
	struct cbor_out w = cbor_into(room);
	struct bytes out;
	enum err e;

	if (!s->numbered && from == NULL)
		die_usage(PROG,
		    "policy sign: a new policy is numbered by --sequence, or "
		    "follows the one of --from");
	if (!s->numbered)
		r.sequence = from->m.sequence + 1;
	e = suit_id_from_text("policy", SPAN_OF(id_room), &r.component);
	if (e == OK)
		e = suit_author(&w, crypto_or_die(PROG), &r);
	if (e == OK)
		e = cbor_done(&w, &out);
	if (e != OK)
		refuse(s->in, e, "manifest");
	return out;
}

static bool
is_admin(const struct policy *p, const uint8_t kid[KID_LEN])
{
	for (size_t i = 0; i < p->n_admins; i++)
		if (bytes_same(BYTES_OF(p->admin_kid[i]),
			(struct bytes){kid, KID_LEN}))
			return true;
	return false;
}

/* A signature of anybody else would say nothing, and hide a mistake. */
static struct bytes
sign_by(const char *path, const struct policy_file *f,
    const struct policy_file *from, struct bytes in, struct span room)
{
	struct cbor_out w = cbor_into(room);
	struct signer signer;
	struct bytes out;
	bool known;
	enum err e = load_signer(path, &signer);

	if (e != OK) {
		print_key_err(PROG, path, true, e);
		exit(EXIT_REFUSED);
	}
	known = is_admin(&f->policy, signer.kid) ||
		(from != NULL && is_admin(&from->policy, signer.kid));
	if (known)
		e = suit_author_sign(&w, crypto_or_die(PROG), in, &signer);
	openssl_signer_free(&signer);
	if (!known)
		refuse(path, ERR_KEY_PURPOSE, "administrator");
	if (e == OK)
		e = cbor_done(&w, &out);
	if (e != OK)
		refuse(path, e, "signature");
	return out;
}

/* What is still wanted, for the next who signs. */
static void
say(const char *which, const struct policy *p, struct bytes envelope)
{
	struct policy_tally t;

	policy_tally(p, envelope, &t);
	(void)printf("%s: %zu of %u wanted\n", which, t.n, p->threshold);
}

int
cmd_policy_sign(int argc, char **argv)
{
	static uint8_t room[2][AGENT_POLICY_MAX + 65536];
	static struct policy_file f, before;
	struct policy_file *from = NULL;
	struct signing s;
	struct bytes envelope;
	enum err e;

	options(argc, argv, &s);
	policy_file_load(s.in, &f);
	if (s.from != NULL) {
		from = &before;
		policy_file_load(s.from, from);
		if (from->m.envelope.p == NULL)
			refuse(s.from, ERR_TYPE, "manifest");
	}
	if (f.m.envelope.p != NULL && s.numbered)
		die_usage(
		    PROG, "policy sign: what is signed already has its number");
	envelope = f.m.envelope.p != NULL
		       ? f.file
		       : manifest_of(&s, &f, from, SPAN_OF(room[0]));
	for (size_t i = 0; i < s.n_keys; i++)
		envelope = sign_by(
		    s.key[i], &f, from, envelope, SPAN_OF(room[(i + 1) % 2]));
	e = write_file_atomic(s.out, envelope, WRITE_PUBLIC);
	if (e != OK) {
		print_err(PROG, s.out, e);
		return EXIT_REFUSED;
	}
	if (strcmp(s.out, "-") != 0) {
		say("administrators of this policy", &f.policy, envelope);
		if (from != NULL)
			say("administrators in force", &from->policy, envelope);
	}
	policy_file_free(&f);
	if (from != NULL)
		policy_file_free(from);
	return EXIT_DONE;
}
