/*
 * ask: what the commands have in common: files, keys, answers.
 */
#include "commands.h"

#include <crypto_openssl.h>
#include <stdlib.h>

struct bytes
whole_file(const char *path, size_t max)
{
	struct bytes b;
	enum err e = read_file(path, max, &b);

	if (e != OK) {
		print_err(TAMCTL, path, e);
		exit(EXIT_REFUSED);
	}
	return b;
}

/* Send, and print the answer: as JSON, or as lines. */
int
send_json(
    const struct options *o, const char *method, const char *path, json_t *body)
{
	json_t *out;
	int status = api_json(o, method, path, body, &out);

	if (out != NULL)
		(o->json ? print_json : print_object)(out);
	json_decref(out);
	return status;
}

int
send_file(const struct options *o, const char *path, const char *file)
{
	struct bytes b = whole_file(file, COMPONENT_MAX);
	json_t *out;
	int status = api_call(o, "POST", path, b, false, &out);

	release_bytes(&b);
	if (out != NULL)
		(o->json ? print_json : print_object)(out);
	json_decref(out);
	return status;
}

int
send_plain(const struct options *o, const char *method, char *path)
{
	json_t *out;
	int status = api_call(o, method, path, BYTES_NONE, false, &out);

	if (out != NULL)
		(o->json ? print_json : print_object)(out);
	json_decref(out);
	free(path);
	return status;
}

int
list(const struct options *o, const char *path, const char *key,
    const struct column *c, size_t n)
{
	json_t *items = api_list(o, path, key);

	if (items == NULL)
		return EXIT_REFUSED;
	if (o->json)
		print_json(items);
	else
		print_table(items, c, n);
	json_decref(items);
	return EXIT_DONE;
}

/* The public key of --key as PEM, whatever form the file has. */
json_t *
key_text(const struct options *o)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct cose_key key;
	struct bytes pem;
	enum err e;

	if (o->key == NULL)
		die_usage(TAMCTL, "--key FILE is missing");
	e = load_public_key(o->key, &key, NULL);
	if (e == OK)
		e = openssl_public_write(&key, SPAN_OF(room), &pem);
	if (e != OK) {
		print_key_err(TAMCTL, o->key, false, e);
		exit(EXIT_REFUSED);
	}
	return json_stringn((const char *)pem.p, pem.n);
}

/* A file as it is: what is wrong with it, tamd will say. */
json_t *
file_text(const char *path)
{
	struct bytes b = whole_file(path, KEY_FILE_MAX);
	json_t *s = json_stringn((const char *)b.p, b.n);

	release_bytes(&b);
	if (s == NULL)
		die(TAMCTL, EXIT_REFUSED, "%s: a certificate in PEM is wanted",
		    path);
	return s;
}
