/*
 * lint: mistakes that verify but hurt.  Each has a stable name, a severity, a
 * place, a reason, and what to do about it.
 */
#include "lint.h"
#include "shelf.h"
#include "suit.h"
#include "words.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *why, *act;
	enum severity severity;
} rules[] = {
#define X(id, severity, name, why, act) {name, why, act, LINT_##severity},
    LINT_RULES(X)
#undef X
};

static const char *const severities[] = {"note", "warning", "error"};

void
lint_tell(struct lint *l, enum lint_rule rule, const struct model *m,
    unsigned section, const struct item *at, const char *format, ...)
{
	struct finding *f;
	va_list ap;

	for (size_t i = 0; i < l->n; i++)
		if (l->finding[i].rule == rule && l->finding[i].m == m &&
		    l->finding[i].at == model_at(m, at))
			return;
	if (l->n == l->room) {
		l->room = 2 * l->room + 16;
		l->finding = realloc(l->finding, l->room * sizeof(*l->finding));
		if (l->finding == NULL)
			die(PROG, EXIT_REFUSED, "out of memory");
	}
	f = &l->finding[l->n++];
	*f = (struct finding){rule, m, section, model_at(m, at), ""};
	va_start(ap, format);
	(void)vsnprintf(f->text, sizeof(f->text), format, ap);
	va_end(ap);
}

/* ---- choosing --------------------------------------------------------------
 */

struct request {
	const char *file, *after;
	struct shelf shelf;
	const char *ignore[32];
	size_t n_ignored;
	bool json, strict, brief;
};

static bool
ignored(const struct request *q, const struct finding *f)
{
	for (size_t i = 0; i < q->n_ignored; i++)
		if (strcmp(q->ignore[i], rules[f->rule].name) == 0)
			return true;
	return false;
}

static int
by_severity_and_place(const void *a, const void *b)
{
	const struct finding *f = a, *g = b;
	int d = (int)rules[g->rule].severity - (int)rules[f->rule].severity;

	if (d != 0)
		return d;
	if (f->at != g->at)
		return f->at < g->at ? -1 : 1;
	return (int)f->rule - (int)g->rule;
}

/* ---- printing --------------------------------------------------------------
 */

static void
print_place(const struct finding *f)
{
	if (f->m->depth > 0) {
		(void)fputs("dependency ", stdout);
		safe_put(stdout, f->m->name);
		(void)fputs(": ", stdout);
	}
	if (f->section != 0)
		(void)printf("%s: ", section_words(f->section));
}

static void
print_text(const struct request *q, const struct finding *f)
{
	(void)printf("%s: %s: ", severities[rules[f->rule].severity],
	    rules[f->rule].name);
	print_place(f);
	(void)printf("%s (offset %zu)\n", f->text, f->at);
	if (q->brief)
		return;
	(void)printf("    why: %s\n    do:  %s\n", rules[f->rule].why,
	    rules[f->rule].act);
}

static void
print_json(const struct finding *f, bool first)
{
	(void)printf("%s{\"severity\":\"%s\",\"rule\":\"%s\",\"text\":",
	    first ? "" : ",", severities[rules[f->rule].severity],
	    rules[f->rule].name);
	json_put(stdout, bytes_of_text(f->text));
	(void)printf(",\"offset\":%zu", f->at);
	if (f->section != 0)
		(void)printf(",\"section\":\"%s\"", section_words(f->section));
	if (f->m->depth > 0) {
		(void)fputs(",\"dependency\":", stdout);
		json_put(stdout, f->m->name);
	}
	(void)fputs(",\"why\":", stdout);
	json_put(stdout, bytes_of_text(rules[f->rule].why));
	(void)fputs(",\"do\":", stdout);
	json_put(stdout, bytes_of_text(rules[f->rule].act));
	(void)fputc('}', stdout);
}

struct absent {
	bool json, any;
};

static void
print_absent(void *ctx, const struct model *m, const struct place *p)
{
	struct absent *a = ctx;

	(void)m;
	if (a->json) {
		(void)fputs(a->any ? "," : "", stdout);
		json_put(stdout, bytes_of_text(p->name));
	} else {
		(void)printf("not looked at: %s, which it depends on and which "
			     "is not here; --dependency FILE\n",
		    p->name);
	}
	a->any = true;
}

static int
print_all(const struct request *q, struct lint *l, const struct model *m)
{
	struct absent absent = {.json = q->json};
	size_t count[3] = {0}, shown = 0;
	bool bad;

	if (l->n > 0)
		qsort(l->finding, l->n, sizeof(*l->finding),
		    by_severity_and_place);
	if (q->json) {
		(void)fputs("{\"file\":", stdout);
		json_put(stdout, bytes_of_text(q->file));
		(void)fputs(",\"findings\":[", stdout);
	}
	for (size_t i = 0; i < l->n; i++) {
		if (ignored(q, &l->finding[i]))
			continue;
		count[rules[l->finding[i].rule].severity]++;
		if (q->json)
			print_json(&l->finding[i], shown == 0);
		else
			print_text(q, &l->finding[i]);
		shown++;
	}
	bad = count[LINT_ERROR] > 0 || (q->strict && count[LINT_WARNING] > 0);
	if (q->json)
		(void)fputs("],\"not_looked_at\":[", stdout);
	dependencies_absent(m, print_absent, &absent);
	if (q->json)
		(void)printf("],\"errors\":%zu,\"warnings\":%zu,\"notes\":%zu,"
			     "\"ok\":%s}\n",
		    count[LINT_ERROR], count[LINT_WARNING], count[LINT_NOTE],
		    bad ? "false" : "true");
	else
		(void)printf("%zu error%s, %zu warning%s, %zu note%s\n",
		    count[LINT_ERROR], count[LINT_ERROR] == 1 ? "" : "s",
		    count[LINT_WARNING], count[LINT_WARNING] == 1 ? "" : "s",
		    count[LINT_NOTE], count[LINT_NOTE] == 1 ? "" : "s");
	return bad ? EXIT_REFUSED : EXIT_DONE;
}

static void
print_rules(bool json)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (json)
			(void)printf("%s{\"rule\":\"%s\",\"severity\":\"%s\","
				     "\"why\":\"%s\",\"do\":\"%s\"}",
			    i == 0 ? "[" : ",\n ", rules[i].name,
			    severities[rules[i].severity], rules[i].why,
			    rules[i].act);
		else
			(void)printf("%s (%s)\n    why: %s\n    do:  %s\n",
			    rules[i].name, severities[rules[i].severity],
			    rules[i].why, rules[i].act);
	}
	if (json)
		(void)puts("]");
}

/* ---- the command
 * ------------------------------------------------------------- */

/* The last sequence number: a number, or that of an envelope. */
static void
read_after(struct request *q, struct lint *l, struct pool *pool)
{
	struct why why = {.err = OK};
	struct bytes in;
	struct model *m;

	l->has_after = true;
	if (number_read(q->after, UINT64_MAX, &l->after) == OK)
		return;
	in = read_envelope(q->after);
	if (model_open(pool, in, l->crypto, &m, &why) != OK) {
		print_why(PROG, q->after, &why);
		exit(EXIT_REFUSED);
	}
	if (!m->has_sequence)
		die(PROG, EXIT_REFUSED, "%s: there is no sequence number",
		    q->after);
	l->after = m->sequence;
	release_bytes(&in);
}

static int
lint(struct request *q)
{
	struct lint l = {.crypto = crypto_or_die(PROG)};
	struct pool pool = {.part = NULL};
	struct why why = {.err = OK};
	struct bytes in = read_envelope(q->file);
	struct model *m;
	int status = EXIT_REFUSED;

	if (q->after != NULL)
		read_after(q, &l, &pool);
	if (model_open(&pool, in, l.crypto, &m, &why) == OK) {
		shelf_lend(&q->shelf, m, l.crypto);
		lint_model(&l, m);
		status = print_all(q, &l, m);
	} else {
		print_why(PROG, q->file, &why);
	}
	free(l.finding);
	pool_free(&pool);
	release_bytes(&in);
	return status;
}

static void
ignore(struct request *q, const char *name)
{
	size_t i = 0;

	while (i < ARRAY_LEN(rules) && strcmp(rules[i].name, name) != 0)
		i++;
	if (i == ARRAY_LEN(rules))
		die_usage("suit lint", "--ignore %s is no rule; --list has all",
		    name);
	if (q->n_ignored == ARRAY_LEN(q->ignore))
		die_usage("suit lint", "too many --ignore");
	q->ignore[q->n_ignored++] = name;
}

int
cmd_lint(int argc, char **argv)
{
	static const char usage[] =
	    "usage: suit lint [OPTIONS] FILE\n"
	    "       suit lint --list\n\n"
	    "Look for mistakes that verify but hurt.\n\n"
	    "  -a, --after FILE|N     the last manifest, or its sequence "
	    "number\n"
	    "  -d, --dependency FILE  an envelope that it depends on and does\n"
	    "                         not hold: looked at too\n"
	    "  -i, --ignore RULE      leave out this rule\n"
	    "  -s, --strict           warnings count as errors\n"
	    "  -b, --brief            one line each\n"
	    "  -l, --list             all rules\n"
	    "  -j, --json\n"
	    "  -h, --help\n";
	static const struct option options[] = {
	    {"after", required_argument, NULL, 'a'},
	    {"dependency", required_argument, NULL, 'd'},
	    {"ignore", required_argument, NULL, 'i'},
	    {"strict", no_argument, NULL, 's'},
	    {"brief", no_argument, NULL, 'b'},
	    {"list", no_argument, NULL, 'l'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	static struct request q;
	bool list = false;
	int o, status;

	while (
	    (o = getopt_long(argc, argv, "a:d:i:sbljh", options, NULL)) != -1) {
		switch (o) {
		case 'a':
			q.after = optarg;
			break;
		case 'd':
			shelf_add(&q.shelf, optarg);
			break;
		case 'i':
			ignore(&q, optarg);
			break;
		case 's':
			q.strict = true;
			break;
		case 'b':
			q.brief = true;
			break;
		case 'l':
			list = true;
			break;
		case 'j':
			q.json = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return EXIT_DONE;
		default:
			die_usage("suit lint",
			    "unknown or incomplete option %s",
			    argv[optind - 1]);
		}
	}
	if (list && optind == argc) {
		print_rules(q.json);
		return EXIT_DONE;
	}
	if (optind != argc - 1)
		die_usage("suit lint", "one file is needed");
	q.file = argv[optind];
	status = lint(&q);
	shelf_free(&q.shelf);
	return status;
}
