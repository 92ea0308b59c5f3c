/*
 * conform_report: a run as text, JUnit, HTML, JSON and Markdown.
 *
 * Reasons may quote what a target said: every form makes foreign text safe.
 */
#include "conform.h"

#include <string.h>

enum state { S_PASS, S_FAIL, S_KNOWN, S_SURPRISE, S_SKIP };

static const struct {
	const char *word, *colour, *css;
} states[] = {
    [S_PASS] = {"pass", "\033[32m", "pass"},
    [S_FAIL] = {"FAIL", "\033[31m", "fail"},
    [S_KNOWN] = {"known", "\033[33m", "known"},
    [S_SURPRISE] = {"PASS!", "\033[35m", "fail"},
    [S_SKIP] = {"skip", "\033[36m", "skip"},
};

static enum state
state_of(const struct result *r)
{
	switch (r->outcome) {
	case PASSED:
		return r->known == NULL ? S_PASS : S_SURPRISE;
	case FAILED:
		return r->known == NULL ? S_FAIL : S_KNOWN;
	case SKIPPED:
		break;
	}
	return S_SKIP;
}

static const char *
level_of(const struct conform_case *c)
{
	return c->level == MUST ? "MUST" : "SHOULD";
}

int
run_status(const struct run *r)
{
	return r->failed > 0 || r->unexpected_passes > 0 || r->passed == 0
		   ? EXIT_REFUSED
		   : EXIT_DONE;
}

/* ---- text --------------------------------------------------------------- */

void
report_line(const struct result *r, FILE *f, bool colour)
{
	enum state s = state_of(r);
	char safe[1200];

	(void)fprintf(f, "%s%-5s%s %s", colour ? states[s].colour : "",
	    states[s].word, colour ? "\033[0m" : "", r->c->id);
	if (s == S_SKIP || s == S_FAIL || s == S_KNOWN)
		(void)fprintf(f, "\n      %s",
		    safe_text(safe, sizeof(safe), bytes_of_text(r->why)));
	if (s == S_FAIL)
		(void)fprintf(f, "\n      %s [%s] %s", level_of(r->c),
		    r->c->spec, r->c->text);
	if (s == S_KNOWN)
		(void)fprintf(f, "\n      known: %s",
		    safe_text(safe, sizeof(safe), bytes_of_text(r->known)));
	if (s == S_SURPRISE)
		(void)fputs("\n      it passes: take it out of the file of "
			    "known failures",
		    f);
	(void)fputc('\n', f);
}

void
report_text(const struct run *r, FILE *f, bool colour)
{
	(void)colour;
	(void)fprintf(f,
	    "%s: %zu cases: %zu passed, %zu failed, %zu failed as known, "
	    "%zu skipped\n",
	    r->role, r->n, r->passed, r->failed, r->known, r->skipped);
	if (r->unexpected_passes > 0)
		(void)fprintf(
		    f, "%zu known failures pass now\n", r->unexpected_passes);
}

/* ---- XML and HTML ------------------------------------------------------- */

static void
put_xml(FILE *f, const char *text)
{
	char safe[1200];
	const char *p = safe_text(safe, sizeof(safe), bytes_of_text(text));

	for (; *p != 0; p++) {
		switch (*p) {
		case '<':
			(void)fputs("&lt;", f);
			break;
		case '>':
			(void)fputs("&gt;", f);
			break;
		case '&':
			(void)fputs("&amp;", f);
			break;
		case '"':
			(void)fputs("&quot;", f);
			break;
		case '\'':
			(void)fputs("&#39;", f);
			break;
		default:
			(void)fputc(*p, f);
		}
	}
}

static void
junit_case(const struct result *r, const char *role, FILE *f)
{
	enum state s = state_of(r);

	(void)fprintf(
	    f, "  <testcase classname=\"%s\" name=\"%s\"", role, r->c->id);
	if (s == S_PASS) {
		(void)fputs("/>\n", f);
		return;
	}
	(void)fputs(">", f);
	if (s == S_SKIP || s == S_KNOWN) {
		(void)fputs("<skipped message=\"", f);
		put_xml(f, s == S_SKIP ? r->why : r->known);
	} else {
		(void)fputs("<failure message=\"", f);
		put_xml(f, s == S_SURPRISE ? "a known failure passes" : r->why);
		(void)fprintf(f, "\">%s [%s] ", level_of(r->c), r->c->spec);
		put_xml(f, r->c->text);
		(void)fputs("</failure></testcase>\n", f);
		return;
	}
	(void)fputs("\"/></testcase>\n", f);
}

void
report_junit(const struct run *r, FILE *f)
{
	(void)fprintf(f,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuite name=\"teep conform %s\" tests=\"%zu\" "
	    "failures=\"%zu\" skipped=\"%zu\">\n",
	    r->role, r->n, r->failed + r->unexpected_passes,
	    r->skipped + r->known);
	for (size_t i = 0; i < r->n; i++)
		junit_case(&r->result[i], r->role, f);
	(void)fputs("</testsuite>\n", f);
}

static const char html_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'\">\n"
    "<title>TEEP conformance</title>\n<style>\n"
    "body{font:15px/1.4 sans-serif;margin:2em auto;max-width:70em;"
    "padding:0 1em;color:#222}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "td,th{text-align:left;vertical-align:top;padding:.3em .6em;"
    "border-bottom:1px solid #ddd}\n"
    "code{font-size:13px;white-space:nowrap}\n"
    ".pass{color:#176b2c}.fail{color:#fff;background:#b3261e}"
    ".known{color:#7a4b00}.skip{color:#555}\n"
    "small{color:#555;display:block}\n"
    "</style></head><body>\n";

static void
html_row(const struct result *r, FILE *f)
{
	enum state s = state_of(r);

	(void)fprintf(f,
	    "<tr><td class=\"%s\">%s</td><td><code>%s</code></td>"
	    "<td>%s</td><td>",
	    states[s].css, states[s].word, r->c->id, level_of(r->c));
	put_xml(f, r->c->text);
	if (r->why[0] != 0) {
		(void)fputs("<small>", f);
		put_xml(f, r->why);
		(void)fputs("</small>", f);
	}
	if (r->known != NULL) {
		(void)fputs("<small>known: ", f);
		put_xml(f, r->known);
		(void)fputs("</small>", f);
	}
	(void)fputs("</td><td>", f);
	put_xml(f, r->c->spec);
	(void)fputs("</td></tr>\n", f);
}

void
report_html(const struct run *r, FILE *f)
{
	(void)fputs(html_head, f);
	(void)fprintf(f, "<h1>TEEP conformance: %s</h1>\n<p>",
	    strcmp(r->role, "tam") == 0 ? "TAM" : "agent");
	put_xml(f, r->target);
	(void)fprintf(f,
	    ": %zu cases, %zu passed, %zu failed, %zu failed as known, "
	    "%zu skipped.</p>\n"
	    "<table><thead><tr><th></th><th>case</th><th>level</th>"
	    "<th>requirement</th><th>from</th></tr></thead><tbody>\n",
	    r->n, r->passed, r->failed, r->known, r->skipped);
	for (size_t i = 0; i < r->n; i++)
		html_row(&r->result[i], f);
	(void)fputs("</tbody></table>\n</body></html>\n", f);
}

/* ---- JSON --------------------------------------------------------------- */

static void
json_text(FILE *f, const char *text)
{
	json_put(f, bytes_of_text(text));
}

void
report_json(const struct run *r, FILE *f)
{
	(void)fprintf(f, "{\"role\":\"%s\",\"target\":", r->role);
	json_text(f, r->target);
	(void)fprintf(f,
	    ",\"cases\":%zu,\"passed\":%zu,\"failed\":%zu,\"known\":%zu,"
	    "\"skipped\":%zu,\"results\":[",
	    r->n, r->passed, r->failed, r->known, r->skipped);
	for (size_t i = 0; i < r->n; i++) {
		const struct result *x = &r->result[i];
		static const char *const words[] = {
		    "pass", "fail", "known", "unexpected-pass", "skip"};

		(void)fprintf(f,
		    "%s\n{\"id\":\"%s\",\"result\":\"%s\",\"level\":\"%s\","
		    "\"spec\":",
		    i == 0 ? "" : ",", x->c->id, words[state_of(x)],
		    level_of(x->c));
		json_text(f, x->c->spec);
		(void)fputs(",\"requirement\":", f);
		json_text(f, x->c->text);
		(void)fputs(",\"why\":", f);
		json_text(f, x->why);
		(void)fputs("}", f);
	}
	(void)fputs("]}\n", f);
}

/* ---- Markdown ----------------------------------------------------------- */

static void
put_md(FILE *f, const char *text)
{
	char safe[1200];
	const char *p = safe_text(safe, sizeof(safe), bytes_of_text(text));

	for (; *p != 0; p++) {
		if (strchr("|<>*_`[]\\", *p) != NULL)
			(void)fputc('\\', f);
		(void)fputc(*p, f);
	}
}

void
report_markdown(const struct run *r, FILE *f)
{
	(void)fprintf(f, "# TEEP conformance: %s\n\n",
	    strcmp(r->role, "tam") == 0 ? "TAM" : "agent");
	put_md(f, r->target);
	(void)fprintf(f,
	    ": %zu cases, %zu passed, %zu failed, %zu failed as known, "
	    "%zu skipped.\n\n"
	    "| | case | level | requirement | from |\n|---|---|---|---|---|\n",
	    r->n, r->passed, r->failed, r->known, r->skipped);
	for (size_t i = 0; i < r->n; i++) {
		const struct result *x = &r->result[i];

		(void)fprintf(f, "| %s | `%s` | %s | ",
		    states[state_of(x)].word, x->c->id, level_of(x->c));
		put_md(f, x->c->text);
		if (x->why[0] != 0) {
			(void)fputs(" (", f);
			put_md(f, x->why);
			(void)fputs(")", f);
		}
		(void)fputs(" | ", f);
		put_md(f, x->c->spec);
		(void)fputs(" |\n", f);
	}
}
