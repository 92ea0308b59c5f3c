/*
 * cmd_show: `teep show`.
 */
#include "show.h"

#include <rats_json.h>

#include <stdlib.h>
#include <string.h>

static void
report(const struct show *s, const char *file, const struct kind *k)
{
	if (!s->json) {
		if (s->fault.err != OK)
			print_why(PROG, file, &s->fault);
		return;
	}
	(void)fprintf(s->out, "],\"kind\":\"%s\",\"result\":", k->name);
	json_why(s->out, file, &s->fault);
	(void)fputs("}\n", s->out);
}

static const struct kind *
which_kind(struct bytes in, const char *as, const char *file)
{
	const struct kind *k;

	if (as != NULL) {
		k = kind_named(as);
		if (k == NULL)
			die_usage(
			    PROG, "'%s' is none of: %s", as, kind_names());
		return k;
	}
	k = kind_of(in);
	if (k == NULL && in.n > 0 && in.p[0] >> 5 >= CBOR_ARRAY &&
	    in.p[0] >> 5 <= CBOR_TAG)
		k = kind_named("cbor");
	if (k == NULL && in.n > 11 && memcmp(in.p, "-----BEGIN ", 11) == 0)
		die(PROG, EXIT_REFUSED,
		    "%s: PEM, not CBOR; 'teep key show' prints keys", file);
	if (k == NULL)
		die(PROG, EXIT_REFUSED,
		    "%s: not CBOR of a known kind; say which with --as (%s)",
		    file, kind_names());
	return k;
}

/* A Result or a wrapper in JSON is shown as the CBOR that it stands for. */
static void
from_json(struct bytes *in, const char *file)
{
	struct cbor_out w;
	struct bytes out;
	struct why why = {0};
	uint8_t *room;
	size_t at = 0;

	while (at < in->n && strchr(" \t\r\n", in->p[at]) != NULL)
		at++;
	if (at == in->n || (in->p[at] != '{' && in->p[at] != '['))
		return;
	room = malloc(RATS_JSON_MAX);
	if (room == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	w = cbor_into((struct span){room, RATS_JSON_MAX});
	if (rats_json_cmw(&w, *in, NULL) != OK) {
		w = cbor_into((struct span){room, RATS_JSON_MAX});
		if (rats_json_ear(&w, *in, &why) != OK) {
			print_why(PROG, file, &why);
			exit(EXIT_REFUSED);
		}
	}
	if (cbor_done(&w, &out) != OK)
		die(PROG, EXIT_REFUSED, "%s: too long", file);
	if (out.n == 1)
		die(PROG, EXIT_REFUSED,
		    "%s: JSON, but neither an EAR nor a CMW", file);
	release_bytes(in);
	*in = out;
}

int
cmd_show(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"keys", required_argument, NULL, 'k'},
	    {"full", no_argument, NULL, 'f'},
	    {"dialect", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	struct show s = {.out = stdout, .node_first = true};
	const char *as = NULL, *keys = NULL, *file;
	static struct keydir dir;
	const struct kind *k;
	struct bytes in;
	enum err e;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (opt) {
		case 'a':
			as = optarg;
			break;
		case 'k':
			keys = optarg;
			break;
		case 'd':
			dialect_option(optarg, &s.dialect);
			break;
		case 'f':
			s.full = true;
			break;
		case 'j':
			s.json = true;
			break;
		default:
			option_other(opt, argv[0]);
		}
	}
	file = only_argument(argc, argv, "FILE");
	s.crypto = crypto_or_die(PROG);
	if (keys != NULL) {
		keydir_load(&dir, keys);
		s.keys = &dir;
	}
	e = input_read(file, &in);
	if (e != OK) {
		print_err(PROG, file, e);
		return EXIT_REFUSED;
	}
	from_json(&in, file);
	k = which_kind(in, as, file);
	show_teep_dialect(&s.dialect);
	if (s.json)
		(void)fputs("{\"tree\":[", s.out);
	e = show_whole(&s, in, k);
	lines_end(&s);
	report(&s, file, k);
	release_bytes(&in);
	keydir_free(&dir);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
