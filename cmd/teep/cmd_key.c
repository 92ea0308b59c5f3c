/*
 * cmd_key: `teep key new`, `show` and `thumbprint`.  The private part of a
 * key is written to its file and to no other place.
 */
#include "teep.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int
fail(const char *file, enum err e)
{
	print_err(PROG, file, e);
	return EXIT_REFUSED;
}

/* Take the name: nobody's key is overwritten by accident, nor by two of us
 * at once. */
static bool
reserve(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static void
print_key(const struct key_file *k)
{
	char brief[KID_SHORT], hex[2 * KID_LEN + 1], text[KID_TEXT];

	kid_short(brief, k->kid);
	hex_text(hex, sizeof(hex), BYTES_OF(k->kid));
	base64url_text(text, sizeof(text), BYTES_OF(k->kid));
	(void)printf("kind        %s, %s\nkey id      %s\nthumbprint  %s\n"
		     "base64url   %s\n",
	    key_kind_name(&k->key), k->is_private ? "private" : "public", brief,
	    hex, text);
}

static void
json_key(const struct key_file *k)
{
	char hex[2 * KID_LEN + 1], text[KID_TEXT];

	hex_text(hex, sizeof(hex), BYTES_OF(k->kid));
	base64url_text(text, sizeof(text), BYTES_OF(k->kid));
	(void)printf("{\"kind\":\"%s\",\"private\":%s,\"key_id\":\"%.8s\","
		     "\"thumbprint\":\"%s\",\"base64url\":\"%s\"}\n",
	    key_kind_name(&k->key), k->is_private ? "true" : "false", hex, hex,
	    text);
}

/* Write both halves; *pub is the public one. */
static enum err
make(int32_t crv, const char *out, const char *public, struct cose_key *pub,
    const char **at)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;
	enum err e;

	*at = out;
	e = openssl_key_generate(crv, SPAN_OF(room), &pem, pub);
	if (e == OK)
		e = write_file_atomic(out, pem, WRITE_SECRET);
	wipe(room, sizeof(room));
	if (e != OK || public == NULL)
		return e;
	*at = public;
	TRY(openssl_public_write(pub, SPAN_OF(room), &pem));
	return write_file_atomic(public, pem, WRITE_PUBLIC);
}

int
cmd_key_new(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"alg", required_argument, NULL, 'a'},
	    {"output", required_argument, NULL, 'o'},
	    {"public", required_argument, NULL, 'p'},
	    {"force", no_argument, NULL, 'f'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	static const struct {
		const char *name;
		int32_t crv;
	} algs[] = {{"esp256", CRV_P256}, {"ed25519", CRV_ED25519},
	    {"p256-ecdh", CRV_P256}};
	const char *alg = NULL, *out = NULL, *public = NULL, *at;
	struct key_file k = {.is_private = true};
	bool force = false;
	int32_t crv = 0;
	enum err e;
	int opt;

	while ((opt = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		switch (opt) {
		case 'a':
			alg = optarg;
			break;
		case 'o':
			out = optarg;
			break;
		case 'p':
			public
			= optarg;
			break;
		case 'f':
			force = true;
			break;
		default:
			option_other(opt, "key new");
		}
	}
	if (alg == NULL || out == NULL || optind != argc)
		die_usage(PROG, "key new: --alg and -o are wanted");
	if (strcmp(out, "-") == 0)
		die_usage(PROG, "key new: a key goes to a file of its own");
	for (size_t i = 0; i < ARRAY_LEN(algs); i++)
		if (strcmp(algs[i].name, alg) == 0)
			crv = algs[i].crv;
	if (crv == 0)
		die_usage(
		    PROG, "'%s' is not esp256, ed25519 or p256-ecdh", alg);
	(void)crypto_or_die(PROG);
	if (!force && !reserve(out))
		die(PROG, EXIT_REFUSED, "%s: %s%s", out, strerror(errno),
		    errno == EEXIST ? "; choose another name, or --force" : "");
	e = make(crv, out, public, &k.key, &at);
	if (e == OK)
		e = cose_key_thumbprint(crypto_or_die(PROG), &k.key, k.kid);
	if (e != OK) {
		if (!force && at == out)
			(void)unlink(out);
		return fail(at, e);
	}
	print_key(&k);
	return EXIT_DONE;
}

static enum err
read_key(const char *path, struct key_file *k)
{
	struct bytes file;
	enum err e;

	TRY(read_file(path, KEY_FILE_MAX, &file));
	e = key_file_read(file, k);
	release_bytes(&file);
	return e;
}

/* Options and the file of the commands that read one key. */
static int
one_key(
    int argc, char **argv, const char *command, struct key_file *k, bool *json)
{
	static const struct option longs[] = {
	    {"json", no_argument, NULL, 'j'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	const char *file;
	enum err e;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (opt != 'j')
			option_other(opt, command);
		*json = true;
	}
	file = only_argument(argc, argv, "FILE");
	(void)crypto_or_die(PROG);
	e = read_key(file, k);
	if (e == ERR_SYNTAX)
		die(PROG, EXIT_REFUSED,
		    "%s: %s: no key in it; wanted is PEM, a certificate or "
		    "a COSE_Key",
		    file, err_name(e));
	return e == OK ? EXIT_DONE : fail(file, e);
}

int
cmd_key_show(int argc, char **argv)
{
	struct key_file k;
	bool json = false;
	int status = one_key(argc, argv, "key show", &k, &json);

	if (status != EXIT_DONE)
		return status;
	if (json)
		json_key(&k);
	else
		print_key(&k);
	return EXIT_DONE;
}

int
cmd_key_thumbprint(int argc, char **argv)
{
	char hex[2 * KID_LEN + 1];
	struct key_file k;
	bool json = false;
	int status = one_key(argc, argv, "key thumbprint", &k, &json);

	if (status != EXIT_DONE)
		return status;
	if (json) {
		json_key(&k);
		return EXIT_DONE;
	}
	hex_text(hex, sizeof(hex), BYTES_OF(k.kid));
	puts(hex);
	return EXIT_DONE;
}
