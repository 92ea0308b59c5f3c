/* init: `tamd init`: keys, databases and a first configuration. */
#include "keeper.h"
#include "parts.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <policy.h>
#include <state.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
key_make(const struct settings *s, enum keeper_key k, bool json)
{
	char name[64], path[PATH_MAX];
	uint8_t room[OPENSSL_PEM_MAX], kid[KID_LEN];
	char text[KID_TEXT];
	struct bytes pem;
	struct cose_key pub;
	enum err e = openssl_key_generate(
	    keeper_key_curve(k), SPAN_OF(room), &pem, &pub);

	(void)snprintf(
	    name, sizeof(name), DIR_KEYS "/%s.pem", keeper_key_name(k));
	settings_path(s, name, path);
	if (e == OK)
		e = write_file_atomic(path, pem, WRITE_SECRET);
	wipe(room, sizeof(room));
	if (failed(path, e))
		return false;
	(void)snprintf(
	    name, sizeof(name), DIR_PUBLIC "/%s.pem", keeper_key_name(k));
	settings_path(s, name, path);
	e = openssl_public_write(&pub, SPAN_OF(room), &pem);
	if (e == OK)
		e = write_file_atomic(path, pem, WRITE_PUBLIC);
	if (e == OK)
		e = cose_key_thumbprint(crypto_openssl(), &pub, kid);
	if (failed(path, e))
		return false;
	base64url_text(text, sizeof(text), BYTES_OF(kid));
	if (json)
		(void)printf("%s\"%s\":\"%s\"", k == 0 ? "" : ",",
		    keeper_key_name(k), text);
	else
		(void)printf("%-16s %s\n", keeper_key_name(k), text);
	return true;
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
	    "; What this TAM says of itself; nobody vouches for it.\n"
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

int
init_main(const struct settings *s, bool json)
{
	if (crypto_openssl() == NULL)
		return failed(NULL, ERR_RANDOM);
	if (mkdir(s->dir, 0755) != 0 && errno != EEXIST)
		return failed(s->dir, ERR_SYSTEM);
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (!folder_make(s, folders[i].name, folders[i].mode))
			return EXIT_REFUSED;
	if (json)
		(void)fputs("{\"keys\":{", stdout);
	for (enum keeper_key k = 0; k < KEEPER_KEYS; k++)
		if (!key_make(s, k, json))
			return EXIT_REFUSED;
	if (json)
		(void)fputs("}}\n", stdout);
	if (!databases_make(s) || !config_make(s))
		return EXIT_REFUSED;
	return EXIT_DONE;
}
