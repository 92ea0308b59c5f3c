/*
 * commands: which one it is, and whether its options belong to it.
 */
#include "commands.h"

#include <string.h>

/* An option that the command does not know would be lost without a word. */
static void
options_check(const struct options *o, const struct row *r)
{
	bool is_add = r->verb != NULL && strcmp(r->verb, "add") == 0;
	bool is_anchor = is_add && strcmp(r->noun, "anchor") == 0;
	bool is_device = is_add && strcmp(r->noun, "device") == 0;
	bool is_certify = r->verb != NULL && strcmp(r->verb, "certify") == 0;
	bool is_repair = is_add && strcmp(r->noun, "repair") == 0;

	if (o->pin != NULL && strcmp(r->noun, "assign") != 0 && !is_repair)
		die_usage(TAMCTL, "--pin belongs to assign and repair add");
	if (o->output != NULL &&
	    (r->verb == NULL || strcmp(r->verb, "evidence") != 0))
		die_usage(TAMCTL, "-o belongs to device evidence");
	if (o->dialect != NULL && !is_device)
		die_usage(TAMCTL, "--dialect belongs to device add");
	if (o->certificate != NULL && !is_anchor && !is_device && !is_certify)
		die_usage(TAMCTL, "--certificate belongs to anchor add, device "
				  "add and device certify");
	if (o->key != NULL && !is_anchor && !is_device)
		die_usage(TAMCTL, "--key belongs to device add and anchor add");
	if ((o->kinds != NULL || o->vendor != NULL || o->class_id != NULL) &&
	    !is_anchor)
		die_usage(
		    TAMCTL, "--for, --vendor and --class belong to anchor add");
}

/* The row of these words; NULL: it is not in this table. */
static const struct row *
find(const struct row *r, int argc, char **argv)
{
	for (; r->noun != NULL; r++) {
		if (strcmp(argv[0], r->noun) != 0)
			continue;
		if (r->verb == NULL ||
		    (argc > 1 && strcmp(argv[1], r->verb) == 0))
			return r;
	}
	return NULL;
}

int
command_run(const struct options *o, int argc, char **argv)
{
	static const struct row *const tables[] = {
	    device_rows, trust_rows, component_rows};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		const struct row *r = find(tables[i], argc, argv);
		int words = r == NULL || r->verb == NULL ? 1 : 2;

		if (r == NULL)
			continue;
		if (argc - words != r->args)
			die_usage(TAMCTL, "%s%s%s takes %d argument%s, not %d",
			    r->noun, r->verb == NULL ? "" : " ",
			    r->verb == NULL ? "" : r->verb, r->args,
			    r->args == 1 ? "" : "s", argc - words);
		options_check(o, r);
		return r->run(o, argv + words);
	}
	die_usage(TAMCTL, "'%s%s%s' is not a command", argv[0],
	    argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
}
