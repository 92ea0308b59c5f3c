/* cmd_recipe: `suit recipe`: an envelope as a recipe. */
#include "delivery.h"

#include <getopt.h>

static void
keys_print(void)
{
	static const struct {
		const char *where;
		const char *const *names;
	} all[] = {{"envelope", fields_envelope}, {"delivery", fields_delivery},
	    {"image", fields_image}, {"slot", fields_slot},
	    {"dependency", fields_dependency}};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (const char *const *n = all[i].names; *n != NULL; n++)
			(void)printf("%s\t%s\n", all[i].where, *n);
	rows_print(stdout);
}

int
cmd_recipe(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit recipe [--json] ENVELOPE\n"
	    "       suit recipe --keys\n\n"
	    "Print the recipe from which `suit create` makes this very "
	    "envelope.\n\n"
	    "  -j, --json  as JSON instead of YAML\n"
	    "      --keys  what a recipe may hold: where, name, form, number\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"keys", no_argument, NULL, 'k'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct pool pool = {NULL, 0};
	bool json = false;
	struct bytes in;
	size_t at = 0;
	json_t *v;
	int o;

	while ((o = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		switch (o) {
		case 'j':
			json = true;
			break;
		case 'k':
			keys_print();
			return EXIT_DONE;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			die_usage("suit recipe",
			    "unknown or incomplete option %s",
			    argv[optind - 1]);
		}
	}
	if (optind != argc - 1)
		die_usage("suit recipe", "one file is needed");
	in = read_envelope(argv[optind]);
	v = recipe_of(&pool, in, &at);
	if (v == NULL)
		refuse_envelope(argv[optind], in, ERR_TRAILING);
	else if (json)
		doc_put_json(stdout, v);
	else
		doc_put_yaml(stdout, v);
	json_decref(v);
	pool_free(&pool);
	release_bytes(&in);
	return v != NULL ? EXIT_DONE : EXIT_REFUSED;
}
