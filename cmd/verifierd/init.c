/* init: a key, a database and a first configuration. */
#include "verifierd.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <policy.h>
#include <rules_book.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	mode_t mode;
} folders[] = {
    {"", 0755},
    {"keys", 0700},
    {"public", 0755},
    {"policy", 0750},
    {"run", 0755},
};

static bool
is_there(const struct settings *s, const char *name, char path[PATH_MAX])
{
	settings_path(s, name, path);
	return access(path, F_OK) == 0;
}

/* The public half last: with it the pair is whole. */
static enum err
key_make(const struct settings *s)
{
	uint8_t room[OPENSSL_PEM_MAX];
	char path[PATH_MAX];
	struct cose_key pub;
	struct bytes pem;
	enum err e;

	if (is_there(s, FILE_PUBLIC, path))
		return OK;
	e = openssl_key_generate(CRV_P256, SPAN_OF(room), &pem, &pub);
	settings_path(s, FILE_KEY, path);
	if (e == OK)
		e = write_file_atomic(path, pem, WRITE_SECRET);
	wipe(room, sizeof(room));
	settings_path(s, FILE_PUBLIC, path);
	if (e == OK)
		e = openssl_public_write(&pub, SPAN_OF(room), &pem);
	return e == OK ? write_file_atomic(path, pem, WRITE_PUBLIC) : e;
}

static enum err
config_make(const struct settings *s)
{
	char path[PATH_MAX], text[512];

	if (is_there(s, FILE_CONFIG, path))
		return OK;
	(void)snprintf(text, sizeof(text),
	    "; verifierd(8): paths, addresses and limits.\n"
	    "[verifierd]\n"
	    "listen = %s\n",
	    s->listen);
	return write_file_atomic(path, bytes_of_text(text), WRITE_PUBLIC);
}

enum err
rules_make(const struct settings *s)
{
	char path[PATH_MAX];

	if (!is_there(s, FILE_RULES, path))
		TRY(rules_create(path));
	return chmod(path, 0640) == 0 ? OK : ERR_SYSTEM;
}

static enum err
all_make(const struct settings *s, const char **what)
{
	static char path[PATH_MAX];

	*what = path;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		settings_path(s, folders[i].name, path);
		if (mkdir(path, folders[i].mode) != 0 && errno != EEXIST)
			return ERR_SYSTEM;
	}
	*what = FILE_KEY;
	TRY(key_make(s));
	*what = FILE_POLICY;
	if (!is_there(s, FILE_POLICY, path))
		TRY(policy_create(path));
	*what = FILE_RULES;
	TRY(rules_make(s));
	settings_path(s, FILE_POLICY, path);
	if (chmod(path, 0640) != 0)
		return ERR_SYSTEM;
	*what = FILE_CONFIG;
	return config_make(s);
}

int
init_main(const struct settings *s)
{
	const char *what = NULL;
	enum err e = crypto_openssl() == NULL ? ERR_RANDOM : OK;

	if (e == OK)
		e = all_make(s, &what);
	if (e != OK)
		print_err(VERIFIERD, what, e);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
