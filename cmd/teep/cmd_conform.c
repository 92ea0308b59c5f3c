/*
 * cmd_conform: `teep conform tam`, `agent` and `setup`.
 */
#include "conform_agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct options {
	const char *setup, *keys, *known, *only, *name, *trigger, *target;
	const char *junit, *html, *json, *markdown;
	bool list;
	unsigned suites; /* bits */
	long timeout_ms;
};

static const struct option longs[] = {
    {"setup", required_argument, NULL, 's'},
    {"keys", required_argument, NULL, 'k'},
    {"known-failures", required_argument, NULL, 'f'},
    {"only", required_argument, NULL, 'o'},
    {"suite", required_argument, NULL, 'S'},
    {"trigger", required_argument, NULL, 't'},
    {"timeout", required_argument, NULL, 'T'},
    {"name", required_argument, NULL, 'n'},
    {"junit", required_argument, NULL, 'j'},
    {"html", required_argument, NULL, 'H'},
    {"json", required_argument, NULL, 'J'},
    {"markdown", required_argument, NULL, 'm'},
    {"list", no_argument, NULL, 'l'},
    OPTION_HELP,
    OPTIONS_END,
};

static unsigned
suite_named(const char *name)
{
	if (strcmp(name, "esp256") == 0)
		return 1;
	if (strcmp(name, "ed25519") == 0)
		return 2;
	die_usage(PROG, "'%s' is neither esp256 nor ed25519", name);
}

static void
options_read(struct options *o, int argc, char **argv, const char *command)
{
	uint64_t seconds;
	int opt;

	*o = (struct options){.suites = 3, .timeout_ms = 30000};
	while ((opt = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (opt) {
		case 's':
			o->setup = optarg;
			break;
		case 'k':
			o->keys = optarg;
			break;
		case 'f':
			o->known = optarg;
			break;
		case 'o':
			o->only = optarg;
			break;
		case 'S':
			o->suites = suite_named(optarg);
			break;
		case 't':
			o->trigger = optarg;
			break;
		case 'T':
			if (number_read(optarg, 3600, &seconds) != OK ||
			    seconds == 0)
				die_usage(PROG, "'%s' are no seconds", optarg);
			o->timeout_ms = (long)seconds * 1000;
			break;
		case 'n':
			o->name = optarg;
			break;
		case 'j':
			o->junit = optarg;
			break;
		case 'H':
			o->html = optarg;
			break;
		case 'J':
			o->json = optarg;
			break;
		case 'm':
			o->markdown = optarg;
			break;
		case 'l':
			o->list = true;
			break;
		default:
			option_other(opt, command);
		}
	}
	if (o->list && optind == argc)
		return;
	o->target = only_argument(argc, argv, "TARGET");
	if (!o->list && (o->setup == NULL || o->keys == NULL))
		die_usage(
		    PROG, "%s: --setup DIR and --keys DIR are wanted", command);
}

/* ---- the run's cases ---------------------------------------------------- */

static size_t
count(const struct case_table *const *tables)
{
	size_t n = 0;

	for (; *tables != NULL; tables++)
		n += (*tables)->n;
	return n;
}

/* Has the id one of the texts, which commas separate? */
static bool
wanted(const char *id, const char *only)
{
	char text[128];

	while (only != NULL) {
		size_t n = strcspn(only, ",");

		if (n > 0 && n < sizeof(text)) {
			memcpy(text, only, n);
			text[n] = 0;
			if (strstr(id, text) != NULL)
				return true;
		}
		if (only[n] == 0)
			return false;
		only += n + 1;
	}
	return true;
}

static void
select_cases(
    struct run *r, const struct case_table *const *tables, const char *only)
{
	size_t room = count(tables);

	r->result = calloc(room, sizeof(*r->result));
	if (r->result == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	for (; *tables != NULL; tables++)
		for (size_t i = 0; i < (*tables)->n; i++) {
			const struct conform_case *c = &(*tables)->row[i];

			if (wanted(c->id, only))
				r->result[r->n++].c = c;
		}
	if (r->n == 0)
		die_usage(PROG, "no case has '%s' in its id", only);
}

static int
list(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct conform_case *c = r->result[i].c;

		(void)printf("%-34s %-6s [%s] %s\n", c->id,
		    c->level == MUST ? "MUST" : "SHOULD", c->spec, c->text);
	}
	return EXIT_DONE;
}

/* ---- known failures ----------------------------------------------------- */

/* One id and its reason a line; # begins a comment. */
static void
known_line(struct run *r, const char *file, size_t number, char *line)
{
	char *reason;
	size_t n;

	line += strspn(line, " \t");
	n = strcspn(line, " \t");
	if (*line == 0 || *line == '#')
		return;
	reason = line + n + strspn(line + n, " \t");
	if (*reason == 0)
		die(PROG, EXIT_USAGE, "%s:%zu: a reason is missing", file,
		    number);
	line[n] = 0;
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->result[i].c->id, line) == 0) {
			r->result[i].known = reason;
			return;
		}
}

/* Is it an id of any case, played or not? */
static bool
is_case(const struct case_table *const *tables, const char *line)
{
	size_t n = strcspn(line, " \t");

	for (; *tables != NULL; tables++)
		for (size_t i = 0; i < (*tables)->n; i++) {
			const char *id = (*tables)->row[i].id;

			if (strlen(id) == n && strncmp(id, line, n) == 0)
				return true;
		}
	return false;
}

/* The file's text stays: reasons point into it. */
static struct bytes
known_read(
    struct run *r, const struct case_table *const *tables, const char *file)
{
	struct bytes text;
	char *p, *end;
	size_t number = 0;
	enum err e = read_file(file, 1u << 20, &text);

	if (e != OK) {
		print_err(PROG, file, e);
		exit(EXIT_USAGE);
	}
	p = malloc(text.n + 1);
	if (p == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	memcpy(p, text.p, text.n);
	p[text.n] = 0;
	release_bytes(&text);
	text = (struct bytes){(const uint8_t *)p, 0};
	for (; *p != 0; p = end) {
		end = p + strcspn(p, "\n");
		if (*end != 0)
			*end++ = 0;
		number++;
		if (*p != 0 && *p != '#' && !is_case(tables, p))
			die(PROG, EXIT_USAGE, "%s:%zu: there is no such case",
			    file, number);
		known_line(r, file, number, p);
	}
	return text;
}

/* ---- playing ------------------------------------------------------------ */

static void
tally(struct run *r, const struct result *x)
{
	switch (x->outcome) {
	case PASSED:
		r->passed++;
		r->unexpected_passes += x->known != NULL;
		break;
	case FAILED:
		r->failed += x->known == NULL;
		r->known += x->known != NULL;
		break;
	case SKIPPED:
		r->skipped++;
		break;
	}
}

/* A case passes if it passes in every suite. */
static void
play_case(struct result *x, const struct options *o, struct world *w,
    struct target *t, struct agent_line *line, void (*play)(struct play *p))
{
	static struct agent_play agent;
	static const char *const names[] = {"ESP256", "Ed25519"};

	x->outcome = SKIPPED;
	for (size_t suite = 0; suite < 2; suite++) {
		static struct play p;

		if ((o->suites >> suite & 1) == 0)
			continue;
		memset(&p, 0, sizeof(p));
		p.c = x->c;
		p.w = w;
		p.t = t;
		p.suite = suite;
		if (line != NULL) {
			memset(&agent, 0, sizeof(agent));
			agent.line = line;
			p.agent = &agent;
		}
		play(&p);
		if (p.outcome == SKIPPED && x->outcome == SKIPPED)
			(void)snprintf(x->why, sizeof(x->why), "%s", p.why);
		if (p.outcome == PASSED)
			x->outcome = PASSED;
		if (p.outcome != FAILED)
			continue;
		x->outcome = FAILED;
		if (line != NULL)
			(void)snprintf(x->why, sizeof(x->why), "%s", p.why);
		else
			(void)snprintf(x->why, sizeof(x->why), "%s: %s",
			    names[suite], p.why);
		break;
	}
	if (x->outcome == PASSED)
		x->why[0] = 0;
}

static void
write_report(const struct run *r, const char *path,
    void (*put)(const struct run *r, FILE *f))
{
	FILE *f;

	if (path == NULL)
		return;
	f = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
	if (f == NULL)
		die(PROG, EXIT_REFUSED, "%s: %s", path, strerror(errno));
	put(r, f);
	if ((f == stdout ? fflush(f) : fclose(f)) != 0)
		die(PROG, EXIT_REFUSED, "%s: %s", path, strerror(errno));
}

static int
finish(const struct run *r, const struct options *o, FILE *text, bool colour)
{
	report_text(r, text, colour);
	write_report(r, o->junit, report_junit);
	write_report(r, o->html, report_html);
	write_report(r, o->json, report_json);
	write_report(r, o->markdown, report_markdown);
	return run_status(r);
}

/* Does a report go to standard output?  Then the text goes elsewhere. */
static bool
takes_stdout(const struct options *o)
{
	const char *const paths[] = {o->junit, o->html, o->json, o->markdown};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (paths[i] != NULL && strcmp(paths[i], "-") == 0)
			return true;
	return false;
}

static int
run_role(const char *role, const struct options *o,
    const struct case_table *const *tables, struct world *w, struct target *t,
    struct agent_line *line, void (*play)(struct play *p))
{
	struct run r = {
	    .role = role, .target = o->name != NULL ? o->name : o->target};
	FILE *text = takes_stdout(o) ? stderr : stdout;
	bool colour = isatty(fileno(text)) && getenv("NO_COLOR") == NULL;
	struct bytes known = BYTES_NONE;
	int status;

	select_cases(&r, tables, o->only);
	if (o->known != NULL)
		known = known_read(&r, tables, o->known);
	for (size_t i = 0; i < r.n; i++) {
		play_case(&r.result[i], o, w, t, line, play);
		tally(&r, &r.result[i]);
		report_line(&r.result[i], text, colour);
		(void)fflush(text);
	}
	status = finish(&r, o, text, colour);
	free(r.result);
	free((void *)(uintptr_t)known.p);
	return status;
}

static int
list_role(const struct options *o, const struct case_table *const *tables)
{
	struct run r = {0};
	int status;

	select_cases(&r, tables, o->only);
	status = list(&r);
	free(r.result);
	return status;
}

int
cmd_conform_tam(int argc, char **argv)
{
	static struct world w;
	struct options o;
	struct target t;
	int status;

	options_read(&o, argc, argv, "conform tam");
	if (o.list)
		return list_role(&o, tam_cases);
	world_load_tam(&w, o.setup, o.keys);
	target_open(&t, o.target, o.timeout_ms);
	status = run_role("tam", &o, tam_cases, &w, &t, NULL, play_tam);
	target_close(&t);
	world_free(&w);
	return status;
}

/* What an agent remembers of the last run, in a file: no Update may be older
 * than the last one it has taken, and no sequence number may go back. */
static void
clock_load(struct agent_line *l, const char *path)
{
	uint64_t now = (uint64_t)time(NULL), iat = 0, sequence = 0;
	FILE *f = fopen(path, "r");
	char room[64] = "", *space;

	if (f != NULL && fgets(room, sizeof(room), f) != NULL) {
		room[strcspn(room, "\n")] = 0;
		space = strchr(room, ' ');
		if (space != NULL)
			*space++ = 0;
		if (space == NULL ||
		    number_read(room, UINT64_MAX, &iat) != OK ||
		    number_read(space, UINT64_MAX, &sequence) != OK)
			die(PROG, EXIT_REFUSED, "%s: two numbers are wanted",
			    path);
	}
	if (f != NULL)
		(void)fclose(f);
	/* the second that was begun is another one now */
	l->iat = iat > 0 ? iat + 1 : 0;
	l->sequence = sequence > now ? sequence : now;
}

static void
clock_save(const struct agent_line *l, const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL ||
	    fprintf(f, "%llu %llu\n", (unsigned long long)l->iat,
		(unsigned long long)l->sequence) < 0 ||
	    fclose(f) != 0)
		print_err(PROG, path, ERR_SYSTEM);
}

int
cmd_conform_agent(int argc, char **argv)
{
	static struct world w;
	static struct agent_line line;
	char clock[1024];
	struct options o;
	int status;

	options_read(&o, argc, argv, "conform agent");
	if (o.list)
		return list_role(&o, agent_cases);
	world_load_agent(&w, o.setup, o.keys);
	(void)snprintf(clock, sizeof(clock), "%s/clock", o.setup);
	agent_line_open(&line, o.target, o.trigger, o.timeout_ms);
	clock_load(&line, clock);
	o.suites = 1; /* the agent's own, whichever it is */
	status =
	    run_role("agent", &o, agent_cases, &w, NULL, &line, play_agent);
	clock_save(&line, clock);
	agent_line_close(&line);
	world_free(&w);
	return status;
}

int
cmd_conform_setup(int argc, char **argv)
{
	static const struct option setup_longs[] = {
	    {"uri", required_argument, NULL, 'u'},
	    OPTION_HELP,
	    OPTIONS_END,
	};
	const char *uri = NULL, *role, *dir;
	bool agent;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", setup_longs, NULL)) != -1) {
		if (opt != 'u')
			option_other(opt, "conform setup");
		uri = optarg;
	}
	if (optind + 2 != argc)
		die_usage(PROG, "conform setup: agent|tam and DIR are wanted");
	role = argv[optind];
	dir = argv[optind + 1];
	agent = strcmp(role, "agent") == 0;
	if (!agent && strcmp(role, "tam") != 0)
		die_usage(PROG, "'%s' is neither agent nor tam", role);
	if (agent != (uri != NULL))
		die_usage(PROG, "conform setup: --uri belongs to agent");
	world_make(dir, agent, uri);
	setup_tell(dir, agent);
	return EXIT_DONE;
}
