/*
 * pin: whose Results are believed: the key that the Verifier says it has,
 * once the operator has compared its id.
 */
#include "courier.h"

#include <crypto_openssl.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DISCOVERY     "/.well-known/veraison/verification"
#define DISCOVERY_MAX 65536

static enum err
discover(const struct settings *s, struct cose_key *out)
{
	struct fetch_rules rules = {.seconds = s->verifier.seconds};
	struct fetch_request q = {.method = "GET",
	    .accept = "application/vnd.veraison.discovery+json",
	    .max = DISCOVERY_MAX,
	    .slow_octets = 1,
	    .slow_seconds = 10};
	struct fetch_answer got = {0};
	char *uri = NULL;
	enum err e = origin_read(s->verifier.uri, &rules.allow[0]);

	rules.n_allow = 1;
	if (s->verifier.ca_file[0] != 0)
		rules.ca_file = (char *)(uintptr_t)s->verifier.ca_file;
	if (e == OK)
		e = origin_resolve(s->verifier.uri, DISCOVERY, &uri);
	q.uri = uri;
	if (e == OK)
		e = fetch_do(&rules, &q, &got);
	if (e == OK && got.status != 200)
		e = ERR_HTTP;
	if (e == OK)
		e = veraison_key_read(got.body, out);
	if (e == OK)
		e = crypto_openssl()->key_check(out);
	if (e != OK)
		fprintf(stderr, "tamd: %s: %s: %s\n", s->verifier.uri,
		    err_name(e), *trouble() != 0 ? trouble() : err_text(e));
	fetch_release(&got);
	free(uri);
	origin_free(&rules.allow[0]);
	return e;
}

/* NAME is the key's id: another key has another file. */
static enum err
pin(const struct settings *s, const struct cose_key *key, const char *kid)
{
	char path[PATH_MAX], name[64];
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;
	enum err e;

	settings_path(s, DIR_VERIFIER, path);
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		e = ERR_SYSTEM;
	else
		e = openssl_public_write(key, SPAN_OF(room), &pem);
	(void)snprintf(name, sizeof(name), DIR_VERIFIER "/%.8s.pem", kid);
	settings_path(s, name, path);
	if (e == OK)
		e = write_file_atomic(path, pem, WRITE_PUBLIC);
	if (e != OK)
		print_err(TAMD, path, e);
	return e;
}

int
verifier_main(const struct settings *s, const char *kid)
{
	uint8_t id[KID_LEN];
	char text[KID_TEXT];
	struct cose_key key;

	if (s->verifier.uri[0] == 0)
		die_usage(TAMD, "[verifier] of tamd.ini names no uri");
	(void)crypto_or_die(TAMD);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    discover(s, &key) != OK ||
	    cose_key_thumbprint(crypto_openssl(), &key, id) != OK)
		return EXIT_REFUSED;
	kid_text(id, text);
	if (kid == NULL) {
		(void)printf("%s\n", text);
		return EXIT_DONE;
	}
	if (strcmp(kid, text) != 0) {
		fprintf(stderr,
		    "tamd: %s: unknown-key: its key is %s, not the one that "
		    "was given\n",
		    s->verifier.uri, text);
		return EXIT_REFUSED;
	}
	return pin(s, &key, text) == OK ? EXIT_DONE : EXIT_REFUSED;
}
