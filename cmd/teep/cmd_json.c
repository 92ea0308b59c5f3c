/*
 * cmd_json: `teep json`: CBOR to JSON, and JSON to the same octets.
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

struct options {
	const char *as, *out, *file;
	bool private;
};

/* Does it begin as a JSON object?  As CBOR it would begin a text of more
 * octets than are taken. */
static bool
is_json(struct bytes b)
{
	size_t i = 0;

	while (i < b.n && strchr(" \t\r\n", b.p[i]) != NULL && b.p[i] != 0)
		i++;
	return i < b.n && b.p[i] == '{';
}

static int
bad(const struct options *o, const struct json *j)
{
	(void)fprintf(stderr, "%s: %s: %s\n", PROG, o->file, j->message);
	return EXIT_REFUSED;
}

static int
write_out(const struct options *o, struct bytes b, bool secret)
{
	const char *path = o->out == NULL ? "-" : o->out;
	enum err e =
	    write_file_atomic(path, b, secret ? WRITE_SECRET : WRITE_PUBLIC);

	if (e == OK)
		return EXIT_DONE;
	print_err(PROG, path, e);
	return EXIT_REFUSED;
}

/* What cannot be read back is not printed. */
static bool
leads_back(const json_t *doc, struct bytes in, struct json *first)
{
	struct json j = {0};
	struct bytes out;
	bool same = json_to_cbor(&j, doc, &out) && bytes_same(in, out);

	if (!same)
		(void)json_bad(first, NULL,
		    "bug: this would not come back the same%s%s",
		    j.message[0] != 0 ? ": " : "", j.message);
	json_free(&j);
	return same;
}

static int
to_json(const struct options *o, struct bytes in)
{
	const struct kind *k = o->as == NULL ? NULL : kind_named(o->as);
	struct json j = {0};
	char *text = NULL;
	int status;
	json_t *doc;
	size_t n, at;
	FILE *f;

	if (o->as != NULL && k == NULL)
		die_usage(PROG, "'%s' is none of: %s", o->as, kind_names());
	if (in.n > JSON_CBOR_MAX)
		(void)json_bad(
		    &j, NULL, "too-long: more than %u octets", JSON_CBOR_MAX);
	doc = j.message[0] != 0 ? NULL : json_from_cbor(&j, in, k, &at);
	if (doc != NULL && j.secret && !o->private)
		(void)json_bad(&j, NULL,
		    "a private key is in it; --private "
		    "writes it all the same");
	if (doc == NULL || j.message[0] != 0 || !leads_back(doc, in, &j)) {
		status = bad(o, &j);
	} else {
		f = open_memstream(&text, &n);
		if (f == NULL)
			die(PROG, EXIT_REFUSED, "out of memory");
		json_text_put(f, doc);
		(void)fclose(f);
		status = write_out(
		    o, (struct bytes){(const uint8_t *)text, n}, j.secret);
		wipe(text, n);
		free(text);
	}
	json_decref(doc);
	json_free(&j);
	return status;
}

static int
to_cbor(const struct options *o, struct bytes text)
{
	struct json j = {0};
	json_t *doc = json_text_read(&j, text);
	struct bytes out = BYTES_NONE;
	int status;

	if (o->as != NULL)
		die_usage(PROG, "json: --as is for CBOR");
	if (doc != NULL && json_to_cbor(&j, doc, &out))
		status = write_out(o, out, o->private);
	else
		status = bad(o, &j);
	json_decref(doc);
	json_free(&j);
	return status;
}

int
cmd_json(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"private", no_argument, NULL, 'p'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	struct options o = {0};
	struct bytes file, in = BYTES_NONE;
	int opt, status;
	enum err e;

	while ((opt = getopt_long(argc, argv, "ho:", longs, NULL)) != -1) {
		switch (opt) {
		case 'a':
			o.as = optarg;
			break;
		case 'o':
			o.out = optarg;
			break;
		case 'p':
			o.private = true;
			break;
		default:
			option_other(opt, argv[0]);
		}
	}
	o.file = only_argument(argc, argv, "FILE");
	e = read_file(o.file, JSON_TEXT_MAX, &file);
	if (e == OK && is_json(file)) {
		status = to_cbor(&o, file);
		release_bytes(&file);
		return status;
	}
	if (e == OK)
		e = input_octets(file, &in);
	if (e != OK) {
		print_err(PROG, o.file, e);
		return EXIT_REFUSED;
	}
	status = to_json(&o, in);
	release_bytes(&in);
	return status;
}
