/*
 * rules_commands: the operator's commands on rules: try, set, list, show.
 *
 * Which known devices would be judged otherwise is told before anything is
 * changed, and again when it is: from what was last proven of each.
 */
#include "verifierd.h"

#include <rules_book.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct comparing {
	const struct verifier_rules *now, *then; /* now: NULL, there are none */
	size_t known, changed;
};

/* What becomes of a device by these rules. */
static enum err
verdict(
    const struct verifier_rules *r, const struct rules_device *d, size_t *which)
{
	const struct verifier_fact f = {
	    .vendor = d->vendor,
	    .model = {d->model, d->model_n},
	    .kind = d->kind,
	    .assurance = d->assurance,
	};

	*which = 0;
	if (d->proven != OK || r == NULL)
		return d->proven;
	return verifier_rules_check(r, &f, which, NULL);
}

static const char *
word(enum err e)
{
	return e == OK ? "accepted" : err_name(e);
}

static enum err
compare(void *ctx, const struct rules_device *d)
{
	struct comparing *c = ctx;
	size_t before, after;
	enum err is = verdict(c->now, d, &before);
	enum err will = verdict(c->then, d, &after);
	char ueid[2 * sizeof(d->ueid) + 1], model[4 * sizeof(d->model)];

	c->known++;
	if (is == will)
		return OK;
	c->changed++;
	hex_text(ueid, sizeof(ueid), (struct bytes){d->ueid, d->ueid_n});
	(void)printf("%s %s: %s -> %s", ueid,
	    safe_text(
		model, sizeof(model), (struct bytes){d->model, d->model_n}),
	    word(is), word(will));
	if (after > 0)
		(void)printf(" (rule %zu)", after);
	else if (will != OK)
		(void)printf(" (no rule)");
	(void)putchar('\n');
	return OK;
}

static enum err
load(struct rules_book *b, uint64_t version, struct verifier_rules *out)
{
	static uint8_t room[RULES_TEXT_MAX];
	const char *what;
	struct bytes text;
	uint64_t time;

	TRY(rules_get(b, version, SPAN_OF(room), &text, &time));
	TRY(rules_parse(text, out, &what));
	out->version = version;
	return OK;
}

static enum err
tell(struct rules_book *b, const struct verifier_rules *then)
{
	static struct verifier_rules now;
	struct comparing c = {.then = then};
	uint64_t version;

	TRY(rules_newest(b, &version));
	if (version > 0) {
		TRY(load(b, version, &now));
		c.now = &now;
	}
	TRY(rules_device_list(b, compare, &c));
	(void)printf(
	    "%zu of %zu known devices: another verdict\n", c.changed, c.known);
	return OK;
}

static enum err
of_file(struct rules_book *b, const char *file, bool set, const char **what)
{
	static struct verifier_rules then;
	struct bytes text;
	uint64_t version;
	enum err e;

	*what = file;
	TRY(read_file(file, RULES_TEXT_MAX, &text));
	e = rules_parse(text, &then, what);
	if (e == OK)
		e = tell(b, &then);
	if (e == OK && set) {
		*what = FILE_RULES;
		e = rules_add(b, text, (uint64_t)time(NULL), &version);
		if (e == OK)
			(void)printf("version %llu is in force\n",
			    (unsigned long long)version);
	}
	release_bytes(&text);
	return e;
}

static enum err
list(struct rules_book *b)
{
	static uint8_t room[RULES_TEXT_MAX];
	uint64_t newest, made;
	struct bytes text;

	TRY(rules_newest(b, &newest));
	for (uint64_t v = 1; v <= newest; v++) {
		char day[32];
		struct tm tm;
		time_t t;

		TRY(rules_get(b, v, SPAN_OF(room), &text, &made));
		t = (time_t)made;
		(void)strftime(
		    day, sizeof(day), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
		(void)printf("%llu %s%s\n", (unsigned long long)v, day,
		    v == newest ? " in force" : "");
	}
	return OK;
}

static enum err
show(struct rules_book *b, const char *which, const char **what)
{
	static uint8_t room[RULES_TEXT_MAX];
	struct bytes text;
	uint64_t version, made;

	*what = which != NULL ? which : "policy";
	if (which != NULL)
		TRY(number_read(which, INT64_MAX, &version));
	else
		TRY(rules_newest(b, &version));
	if (which == NULL && version == 0) {
		(void)puts("no rules were ever set: all that is endorsed is "
			   "enough");
		return OK;
	}
	TRY(rules_get(b, version, SPAN_OF(room), &text, &made));
	(void)fwrite(text.p, 1, text.n, stdout);
	return OK;
}

static enum err
run(struct rules_book *b, int argc, char **argv, const char **what)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc == 3 && strcmp(verb, "try") == 0)
		return of_file(b, argv[2], false, what);
	if (argc == 3 && strcmp(verb, "set") == 0)
		return of_file(b, argv[2], true, what);
	if (argc == 2 && strcmp(verb, "list") == 0)
		return list(b);
	if ((argc == 2 || argc == 3) && strcmp(verb, "show") == 0)
		return show(b, argc == 3 ? argv[2] : NULL, what);
	die_usage(VERIFIERD,
	    "policy takes try FILE, set FILE, list, or show [VERSION]");
}

int
rules_main(const struct settings *s, int argc, char **argv)
{
	char path[PATH_MAX];
	const char *what = path;
	struct rules_book *b = NULL;
	bool write = argc > 1 && strcmp(argv[1], "set") == 0;
	enum err e;

	settings_path(s, FILE_RULES, path);
	e = rules_open(path, write, &b);
	if (e == OK)
		e = run(b, argc, argv, &what);
	rules_close(b);
	if (e != OK)
		print_err(VERIFIERD, what, e);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
