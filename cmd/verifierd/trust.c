/*
 * trust: the operator's commands on who may say what, and what was said.
 *
 * They change the database of a Verifier that may be running; it sees so with
 * the next question.
 */
#include "verifierd.h"

#include <crypto_openssl.h>
#include <jansson.h>
#include <policy.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* As tamctl has them. */
static const struct {
	const char *word;
	unsigned kind;
} kinds[] = {
    {"reference", CORIM_REFERENCE},
    {"endorsed", CORIM_ENDORSED},
    {"attest-key", CORIM_ATTEST_KEY},
};

/* "reference,endorsed,attest-key", any of them. */
static unsigned
kinds_read(const char *text)
{
	unsigned all = 0;

	while (*text != 0) {
		size_t n = strcspn(text, ",");
		unsigned one = 0;

		for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
			if (strlen(kinds[i].word) == n &&
			    strncmp(kinds[i].word, text, n) == 0)
				one = kinds[i].kind;
		if (one == 0)
			return 0;
		all |= one;
		text += n;
		if (*text == ',')
			text++;
	}
	return all;
}

/* Say why, where there is more to say than the name. */
static enum err
told(enum err e, const char *file, const struct why *why, const char **what)
{
	if (e != OK && why->err != OK) {
		print_why(VERIFIERD, file, why);
		*what = NULL;
	}
	return e;
}

/* NAME PUBLIC-KEY KINDS [VENDOR [CLASS-ID]] */
static enum err
anchor_add(struct policy *p, char **arg, int n, const char **what)
{
	static const char certificate[] = "BEGIN CERTIFICATE";
	static struct policy_anchor a;
	struct policy_scope *scope = &a.scope[0];
	struct bytes class_id, file;
	struct why why;
	enum err e;

	*what = arg[0];
	if (!text_set(a.name, sizeof(a.name), arg[0]))
		return ERR_TOO_LONG;
	scope->kinds = kinds_read(arg[2]);
	if (scope->kinds == 0)
		die_usage(VERIFIERD,
		    "KINDS '%s': it takes reference, endorsed, attest-key, or "
		    "some of them with commas between",
		    arg[2]);
	if (n > 3) {
		*what = arg[3];
		if (!text_set(scope->vendor, sizeof(scope->vendor), arg[3]))
			return ERR_TOO_LONG;
	}
	if (n > 4) {
		*what = arg[4];
		TRY(hex_read(arg[4], SPAN_OF(scope->class_id), &class_id));
		scope->class_id_n = class_id.n;
	}
	a.n_scopes = 1;
	a.added = (uint64_t)time(NULL);
	*what = arg[1];
	TRY(read_file(arg[1], KEY_FILE_MAX, &file));
	/* An issuer, or a signer's own; else a bare key. */
	if (memmem(file.p, file.n, certificate, strlen(certificate)) != NULL)
		e = policy_anchor_add_certificate(
		    p, crypto_openssl(), verifier_openssl(), &a, file, &why);
	else
		e = load_public_key(arg[1], &a.key, NULL);
	release_bytes(&file);
	if (e != OK || a.key.kty == 0)
		return e;
	*what = arg[0];
	return policy_anchor_add(p, crypto_openssl(), &a);
}

static enum err
anchor_print(void *ctx, const struct policy_anchor *a)
{
	char kid[KID_TEXT];

	(void)ctx;
	kid_text(a->kid, kid);
	(void)printf("%s %s", a->name, kid);
	for (size_t i = 0; i < a->n_scopes; i++) {
		(void)putchar(' ');
		for (size_t k = 0, said = 0; k < ARRAY_LEN(kinds); k++)
			if ((a->scope[i].kinds & kinds[k].kind) != 0)
				(void)printf("%s%s", said++ > 0 ? "," : "",
				    kinds[k].word);
		(void)printf(" %s",
		    a->scope[i].vendor[0] != 0 ? a->scope[i].vendor : "*");
	}
	(void)putchar('\n');
	return OK;
}

static enum err
anchor_list(struct policy *p, char **arg, int n, const char **what)
{
	(void)arg;
	(void)n;
	(void)what;
	return policy_anchor_list(p, NULL, 1000, anchor_print, NULL);
}

static enum err
anchor_remove(struct policy *p, char **arg, int n, const char **what)
{
	(void)n;
	*what = arg[0];
	return policy_anchor_remove(p, arg[0]);
}

/* What its issuer has revoked. */
static enum err
anchor_crl(struct policy *p, char **arg, int n, const char **what)
{
	struct why why = {0};
	struct bytes in;
	size_t dropped;
	enum err e;

	(void)n;
	*what = arg[1];
	TRY(read_file(arg[1], CORIM_MAX, &in));
	e = policy_anchor_crl(p, crypto_openssl(), verifier_openssl(), arg[0],
	    in, (uint64_t)time(NULL), &dropped, &why);
	if (e == OK)
		(void)printf("%zu CoRIMs dropped\n", dropped);
	e = told(e, arg[1], &why, what);
	release_bytes(&in);
	return e;
}

/* A store of anchors, for whose word the operator stands. */
static enum err
anchor_cots(struct policy *p, char **arg, int n, const char **what)
{
	struct policy_imported done;
	struct why why = {0};
	struct bytes in;
	enum err e;

	(void)n;
	*what = arg[1];
	TRY(read_file(arg[1], CORIM_MAX, &in));
	e = policy_cots_import(p, crypto_openssl(), verifier_openssl(), arg[0],
	    in, (uint64_t)time(NULL), &done, &why);
	if (e == OK)
		(void)printf("%zu anchors, %zu stores for other purposes\n",
		    done.anchors, done.elsewhere);
	e = told(e, arg[1], &why, what);
	release_bytes(&in);
	return e;
}

static enum err
corim_add(struct policy *p, char **arg, int n, const char **what)
{
	struct policy_corim row;
	struct why why = {0};
	struct bytes in;
	enum err e;

	(void)n;
	*what = arg[0];
	TRY(read_file(arg[0], CORIM_MAX, &in));
	e = policy_corim_add(p, crypto_openssl(), verifier_openssl(), in,
	    (uint64_t)time(NULL), &row, &why);
	if (e == OK)
		(void)printf("%s: %llu keys, %llu statements\n", row.id,
		    (unsigned long long)row.keys,
		    (unsigned long long)row.statements);
	e = told(e, arg[0], &why, what);
	release_bytes(&in);
	return e;
}

static enum err
corim_print(void *ctx, const struct policy_corim *c)
{
	char kid[KID_TEXT], id[4 * CORIM_ID_MAX];

	(void)ctx;
	kid_text(c->signer, kid);
	(void)printf("%s %s %llu %llu\n",
	    safe_text(id, sizeof(id), bytes_of_text(c->id)), kid,
	    (unsigned long long)c->keys, (unsigned long long)c->statements);
	return OK;
}

static enum err
corim_list(struct policy *p, char **arg, int n, const char **what)
{
	(void)arg;
	(void)n;
	(void)what;
	return policy_corim_list(p, NULL, 100000, corim_print, NULL);
}

static enum err
corim_withdraw(struct policy *p, char **arg, int n, const char **what)
{
	(void)n;
	*what = arg[0];
	return policy_corim_remove(p, arg[0]);
}

static const struct {
	const char *noun, *verb, *usage;
	int least, most;
	enum err (*run)(struct policy *p, char **arg, int n, const char **what);
} commands[] = {
    {"anchor", "add", "NAME KEY KINDS [VENDOR [CLASS]]", 3, 5, anchor_add},
    {"anchor", "list", "", 0, 0, anchor_list},
    {"anchor", "remove", "NAME", 1, 1, anchor_remove},
    {"anchor", "crl", "NAME FILE", 2, 2, anchor_crl},
    {"anchor", "import", "NAME FILE", 2, 2, anchor_cots},
    {"corim", "add", "FILE", 1, 1, corim_add},
    {"corim", "list", "", 0, 0, corim_list},
    {"corim", "withdraw", "ID", 1, 1, corim_withdraw},
};

static int
run(const struct settings *s, size_t i, char **arg, int n)
{
	char path[PATH_MAX];
	struct policy *p = NULL;
	const char *what = path;
	enum err e = crypto_openssl() == NULL ? ERR_RANDOM : OK;

	settings_path(s, FILE_POLICY, path);
	if (e == OK)
		e = policy_open(path, true, &p);
	if (e == OK)
		e = commands[i].run(p, arg, n, &what);
	policy_close(p);
	if (e != OK && what != NULL)
		print_err(VERIFIERD, what, e);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}

int
trust_main(const struct settings *s, int argc, char **argv)
{
	for (size_t i = 0; argc >= 2 && i < ARRAY_LEN(commands); i++) {
		if (strcmp(argv[0], commands[i].noun) != 0 ||
		    strcmp(argv[1], commands[i].verb) != 0)
			continue;
		if (argc - 2 < commands[i].least || argc - 2 > commands[i].most)
			die_usage(VERIFIERD, "%s %s takes %s", argv[0], argv[1],
			    commands[i].most == 0 ? "nothing more"
						  : commands[i].usage);
		return run(s, i, argv + 2, argc - 2);
	}
	die_usage(VERIFIERD, "'%s%s%s' is not a command", argv[0],
	    argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
}
