/* init: `tamd init`: keys, databases and a first configuration. */
#include "keeper.h"
#include "parts.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <policy.h>
#include <state.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	mode_t mode;
} folders[] = {
    {DIR_KEYS, 0700},
    {DIR_PUBLIC, 0755},
    {"policy", 0750},
    {"state", 0700},
    {"run", 0755},
};

static bool
failed(const char *path, enum err e)
{
	if (e != OK)
		print_err(TAMD, path, e);
	return e != OK;
}

static bool
folder_make(const struct settings *s, const char *name, mode_t mode)
{
	char path[PATH_MAX];

	settings_path(s, name, path);
	if (mkdir(path, mode) == 0)
		return true;
	print_err(TAMD, path, errno == EEXIST ? ERR_EXISTS : ERR_SYSTEM);
	return false;
}

/* A fresh pair: keys/NAME.pem, 0600, and public/NAME.pem. */
static bool
pair_make(const struct settings *s, const char *key, int32_t crv,
    uint8_t kid[KID_LEN])
{
	char name[KEY_NAME_MAX + 16], path[PATH_MAX];
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;
	struct cose_key pub;
	enum err e = openssl_key_generate(crv, SPAN_OF(room), &pem, &pub);

	(void)snprintf(name, sizeof(name), DIR_KEYS "/%s.pem", key);
	settings_path(s, name, path);
	if (e == OK)
		e = write_file_atomic(path, pem, WRITE_SECRET);
	wipe(room, sizeof(room));
	if (failed(path, e))
		return false;
	(void)snprintf(name, sizeof(name), DIR_PUBLIC "/%s.pem", key);
	settings_path(s, name, path);
	e = openssl_public_write(&pub, SPAN_OF(room), &pem);
	if (e == OK)
		e = write_file_atomic(path, pem, WRITE_PUBLIC);
	if (e == OK)
		e = cose_key_thumbprint(crypto_openssl(), &pub, kid);
	return !failed(path, e);
}

static bool
key_make(const struct settings *s, size_t k, uint8_t kid[KID_LEN])
{
	char key[KEY_NAME_MAX];

	return pair_make(
	    s, keeper_key_name(s, k, key), keeper_key_curve(k), kid);
}

static void
key_print(
    const char *key, const uint8_t kid[KID_LEN], bool json, const char *comma)
{
	char text[KID_TEXT];

	base64url_text(text, sizeof(text), (struct bytes){kid, KID_LEN});
	if (json)
		(void)printf("%s\"%s\":\"%s\"", comma, key, text);
	else
		(void)printf("%-16s %s\n", key, text);
}

/* n keys from number first on, only when they are there to stay; as JSON
 * without the ends of the objects. */
static void
keys_print(const struct settings *s, size_t first, size_t n,
    uint8_t (*kid)[KID_LEN], bool json)
{
	char key[KEY_NAME_MAX];

	if (json)
		(void)fputs("{\"keys\":{", stdout);
	for (size_t k = 0; k < n; k++)
		key_print(keeper_key_name(s, first + k, key), kid[k], json,
		    k == 0 ? "" : ",");
}

/* A random one, unless the environment has brought one. */
static bool
ueid_make(char out[67])
{
	uint8_t ueid[17] = {1};

	if (out[0] != 0)
		return true;
	if (crypto_openssl()->random((struct span){ueid + 1, 16}) != OK)
		return !failed(NULL, ERR_RANDOM);
	hex_text(out, 67, BYTES_OF(ueid));
	return true;
}

static bool
config_make(const struct settings *s)
{
	char path[PATH_MAX], ueid[sizeof(s->ueid)], text[2048];
	int n;

	memcpy(ueid, s->ueid, sizeof(ueid));
	if (!ueid_make(ueid))
		return false;
	n = snprintf(text, sizeof(text),
	    "; tamd(8): paths, addresses and limits.\n"
	    "[tamd]\n"
	    "listen = %s\n"
	    "path = %s\n"
	    "%spublic_uri = %s\n"
	    "; What this TAM says of itself; see attested_by in tamd(8).\n"
	    "[identity]\n"
	    "ueid = %s\n"
	    "oemid = %s\n"
	    "hwmodel = %s\n"
	    "hwversion = %s\n",
	    s->listen, s->path, s->public_uri[0] == 0 ? "; " : "",
	    s->public_uri[0] == 0 ? "https://tam.example/tam" : s->public_uri,
	    ueid, s->oemid, s->hwmodel, s->hwversion);

	settings_path(s, FILE_CONFIG, path);
	if (n < 0 || (size_t)n >= sizeof(text))
		return !failed(path, ERR_ROOM);
	return !failed(
	    path, write_file_atomic(path, bytes_of_text(text), WRITE_PUBLIC));
}

static bool
databases_make(const struct settings *s)
{
	char path[PATH_MAX];

	settings_path(s, FILE_POLICY, path);
	if (failed(path, policy_create(path)))
		return false;
	/* the front may be another user of the same group */
	if (chmod(path, 0640) != 0)
		return !failed(path, ERR_SYSTEM);
	settings_path(s, FILE_STATE, path);
	if (failed(path, state_create(path)))
		return false;
	return chmod(path, 0600) == 0 || !failed(path, ERR_SYSTEM);
}

/* The keeper's, and the one for Evidence. */
#define KEYS_MADE (KEEPER_KEYS + 1)

static bool
all_make(const struct settings *s, uint8_t kid[KEYS_MADE][KID_LEN])
{
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (!folder_make(s, folders[i].name, folders[i].mode))
			return false;
	for (size_t k = 0; k < KEEPER_KEYS; k++)
		if (!key_make(s, k, kid[k]))
			return false;
	return pair_make(s, KEY_EVIDENCE_NAME, CRV_P256, kid[KEEPER_KEYS]) &&
	       databases_make(s) && config_make(s);
}

int
init_main(const struct settings *s, bool json)
{
	const char *name[ARRAY_LEN(folders)];
	uint8_t kid[KEYS_MADE][KID_LEN];
	bool ok;
	int mark;

	log_quiet();
	if (crypto_openssl() == NULL)
		return failed(NULL, ERR_RANDOM);
	if (mkdir(s->dir, 0755) != 0 && errno != EEXIST)
		return failed(s->dir, ERR_SYSTEM);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		name[i] = folders[i].name;
	mark = unfinished_begin(s, name, ARRAY_LEN(name));
	if (mark < 0)
		return EXIT_REFUSED;
	ok = all_make(s, kid) && unfinished_end(s);
	(void)close(mark);
	if (!ok)
		return EXIT_REFUSED;
	keys_print(s, 0, KEEPER_KEYS, kid, json);
	key_print(KEY_EVIDENCE_NAME, kid[KEEPER_KEYS], json, ",");
	if (json)
		(void)fputs("}}\n", stdout);
	return EXIT_DONE;
}

/* ---- tamd dialect ----------------------------------------------------------
 */

#define CONFIG_MAX (1u << 20)

/* The section, with every axis written out, behind what is there: whole or
 * not at all, for half a section would keep the TAM from running. */
static bool
section_add(const struct settings *s, const struct dialect_setting *d)
{
	char path[PATH_MAX], *text = NULL;
	struct bytes old;
	size_t n = 0;
	FILE *f;
	enum err e;

	settings_path(s, FILE_CONFIG, path);
	if (failed(path, read_file(path, CONFIG_MAX, &old)))
		return false;
	f = open_memstream(&text, &n);
	if (f == NULL) {
		release_bytes(&old);
		return !failed(path, ERR_MEMORY);
	}
	(void)fwrite(old.p, 1, old.n, f);
	release_bytes(&old);
	(void)fprintf(f, "\n[dialect %s]\npath = %s\n", d->name, d->path);
	for (size_t i = 0; i < DIALECT_AXES; i++) {
		const struct dialect_axis *a = &dialect_axes[i];

		(void)fprintf(f, "%s = %s\n", a->name,
		    a->value[dialect_get(&d->dialect, i)]);
	}
	/* a stream in memory fails for want of it only */
	e = ferror(f) != 0 ? ERR_MEMORY : OK;
	if (fclose(f) != 0)
		e = ERR_MEMORY;
	if (e == OK)
		e = write_file_atomic(
		    path, (struct bytes){(uint8_t *)text, n}, WRITE_PUBLIC);
	free(text);
	return !failed(path, e);
}

int
dialect_main(struct settings *s, const char *name, const char *like,
    const char *path, bool json)
{
	struct dialect_setting *d = &s->dialect[s->n_dialects];
	uint8_t kid[KEEPER_KEYS_MAX][KID_LEN];
	char of_keys[PATH_MAX];
	struct stat st;
	size_t first = keeper_keys(s), n;

	if (crypto_openssl() == NULL)
		return failed(NULL, ERR_RANDOM);
	settings_path(s, DIR_KEYS, of_keys);
	if (stat(of_keys, &st) != 0) {
		print_err(TAMD, of_keys, ERR_NOT_FOUND);
		return EXIT_REFUSED;
	}
	if (!dialect_name_ok(name))
		die_usage(TAMD, "'%s' is not a name: a-z, 0-9 and -", name);
	if (settings_dialect(s, name) != NULL) {
		print_err(TAMD, name, ERR_EXISTS);
		return EXIT_REFUSED;
	}
	if (s->n_dialects == DIALECTS_MAX)
		die(TAMD, EXIT_REFUSED, "there are %d dialects already",
		    DIALECTS_MAX);
	*d = (struct dialect_setting){.path = ""};
	if (dialect_named(like, &d->dialect) != OK)
		die_usage(
		    TAMD, "--like: 'legacy' or 'default', not '%s'", like);
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	if (path == NULL)
		(void)snprintf(
		    d->path, sizeof(d->path), "%.200s-%s", s->path, name);
	else if (path[0] != '/' || strpbrk(path, "\r\n;") != NULL ||
		 !text_set(d->path, sizeof(d->path), path))
		die_usage(TAMD, "--path does not begin with /");
	s->n_dialects++;
	n = keeper_keys(s) - first;
	for (size_t k = 0; k < n; k++)
		if (!key_make(s, first + k, kid[k]))
			return EXIT_REFUSED;
	/* last: a section without its keys would keep the TAM from running */
	if (!section_add(s, d))
		return EXIT_REFUSED;
	keys_print(s, first, n, kid, json);
	if (json)
		(void)printf("},\"path\":\"%s\"}\n", d->path);
	else
		(void)printf("%-16s %s\n", "path", d->path);
	return EXIT_DONE;
}
