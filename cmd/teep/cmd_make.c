/*
 * cmd_make: `teep make`: what a recipe says, right or wrong on purpose.
 */
#include "make.h"

#include <string.h>
#include <time.h>

#define FAULTS_MAX BUILD_CHANGES_MAX

static unsigned
kind_or_die(const char *name)
{
	unsigned made = made_named(name);

	if (made == 0)
		die_usage(PROG,
		    "make: '%s' is none of: query-request, query-response, "
		    "update, success, error, evidence, result, report, "
		    "manifest",
		    name);
	return made;
}

static void
put_kinds(unsigned kinds, bool json)
{
	bool first = true;

	for (unsigned made = 1; made < MADE_ALL; made <<= 1) {
		if ((kinds & made) == 0)
			continue;
		(void)printf("%s%s%s%s",
		    first  ? ""
		    : json ? ","
			   : ", ",
		    json ? "\"" : "", made_name(made), json ? "\"" : "");
		first = false;
	}
}

static int
list_faults(bool json)
{
	for (size_t i = 0; i < faults_n; i++) {
		const struct fault *f = &faults[i];

		if (json) {
			(void)printf("%s{\"name\":\"%s\",\"stage\":\"%s\","
				     "\"kinds\":[",
			    i == 0 ? "[" : ",\n", f->name,
			    fault_stage_name(f->stage));
			put_kinds(f->kinds, true);
			(void)printf("],\"what\":\"%s\",\"answer\":\"%s\","
				     "\"section\":\"%s\"}%s",
			    f->what, f->answer, f->section,
			    i + 1 == faults_n ? "]\n" : "");
			continue;
		}
		if (i == 0 || f->stage != faults[i - 1].stage)
			(void)printf("%s\n", fault_stage_name(f->stage));
		(void)printf("  %s: %s\n      of ", f->name, f->what);
		if (f->kinds == MADE_ALL)
			(void)fputs("every kind", stdout);
		else
			put_kinds(f->kinds, false);
		(void)printf("\n      %s [%s]\n", f->answer, f->section);
	}
	return EXIT_DONE;
}

static int
make(const char *file, unsigned made, const struct dialect *dialect,
    const char *const *names, const char *out)
{
	static struct make m; /* too large for a stack */
	struct bytes text, b = BYTES_NONE;
	int status = EXIT_REFUSED;
	enum err e;

	m.b = build_new(crypto_or_die(PROG));
	m.b.dialect = dialect;
	m.doc.now = (uint64_t)time(NULL);
	e = read_file(file, DOC_MAX, &text);
	if (e != OK) {
		print_err(PROG, file, e);
		return EXIT_REFUSED;
	}
	if (make_load(&m, file, text))
		b = make_thing(&m, doc_root(&m.doc), made, names);
	if (m.doc.message[0] != 0) {
		(void)fprintf(stderr, "%s: %s\n", PROG, m.doc.message);
	} else {
		e = write_file_atomic(out, b, WRITE_PUBLIC);
		if (e != OK)
			print_err(PROG, out, e);
		else
			status = EXIT_DONE;
	}
	make_free(&m);
	release_bytes(&text);
	return status;
}

int
cmd_make(int argc, char **argv)
{
	static const struct option longs[] = {
	    {"fault", required_argument, NULL, 'f'},
	    {"faults", no_argument, NULL, 'l'},
	    {"example", required_argument, NULL, 'e'},
	    {"dialect", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	const char *names[FAULTS_MAX + 1] = {NULL}, *out = "-";
	struct dialect dialect = {0};
	bool list = false, json = false;
	size_t n = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "ho:", longs, NULL)) != -1) {
		switch (opt) {
		case 'f':
			if (n == FAULTS_MAX)
				die_usage(PROG, "make: %d faults at most",
				    FAULTS_MAX);
			names[n++] = optarg;
			break;
		case 'l':
			list = true;
			break;
		case 'e':
			(void)fputs(make_example(kind_or_die(optarg)), stdout);
			return EXIT_DONE;
		case 'd':
			dialect_option(optarg, &dialect);
			break;
		case 'j':
			json = true;
			break;
		case 'o':
			out = optarg;
			break;
		default:
			option_other(opt, argv[0]);
		}
	}
	if (list)
		return list_faults(json);
	if (optind + 2 != argc)
		die_usage(PROG, "make: a KIND and a RECIPE are wanted");
	return make(
	    argv[optind + 1], kind_or_die(argv[optind]), &dialect, names, out);
}
