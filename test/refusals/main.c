/*
 * main: see that every row is answered as it says, and that docs/refusals.md
 * says the same.
 *   refusals           all rows, and the page
 *   refusals --print   the page, from the rows
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "refusals.h"

static const struct file *const files[] = {&file_signed, &file_claims,
    &file_bound, &file_timed, &file_update, &file_tam_proof, &file_ear,
    &file_passport, &file_corim, &file_believed, &file_certified, &file_psa,
    &file_cca, &file_snp, &file_tdx, &file_tpm};

/* ---- the rows ------------------------------------------------------------ */

static size_t rows_seen, rows_refused;

static void
row_holds(const struct section *s, const struct row *r)
{
	const char *what = r->what == NULL ? "" : r->what;
	const char *wire = r->wire == NULL ? "" : r->wire;
	struct seen seen = {0};

	s->see(r, &seen);
	if (seen.e != r->e || strcmp(seen.what, what) != 0 ||
	    strcmp(seen.wire, wire) != 0 || seen.kept != r->kept)
		fail_msg("%s: %s: %s (%s) [%s] %d instead of %s (%s) [%s] %d",
		    s->title, r->wrong, err_name(seen.e), seen.what, seen.wire,
		    seen.kept, err_name(r->e), what, wire, r->kept);
	rows_seen++;
	rows_refused += r->e != OK;
}

/* Each section has a row with nothing wrong: without it all the others could
 * be refused for something else. */
static void
section_holds(const struct section *s)
{
	size_t healthy = 0;

	for (size_t i = 0; i < s->n; i++) {
		row_holds(s, &s->row[i]);
		healthy += s->row[i].e == OK;
	}
	if (healthy == 0)
		fail_msg("%s: nothing is accepted", s->title);
}

static void
file_holds(void **state)
{
	const struct file *f = *state;

	for (size_t i = 0; i < f->n; i++)
		section_holds(f->section[i]);
}

/* ---- the page ------------------------------------------------------------ */

static void
row_print(FILE *o, const struct section *s, const struct row *r)
{
	(void)fprintf(o, "| %s | %s | %s |", r->wrong,
	    r->e == OK ? "accepted" : err_name(r->e),
	    r->what == NULL ? "" : r->what);
	if (s->wire != NULL)
		(void)fprintf(o, " %s |", r->wire == NULL ? "" : r->wire);
	if (s->kept != NULL)
		(void)fprintf(o, " %s |", r->kept ? "yes" : "no");
	(void)fputc('\n', o);
}

static void
section_print(FILE *o, const struct section *s)
{
	(void)fprintf(o, "\n## %s\n\n%s\n\n| wrong | answer | names |",
	    s->title, s->about);
	if (s->wire != NULL)
		(void)fprintf(o, " %s |", s->wire);
	if (s->kept != NULL)
		(void)fprintf(o, " %s |", s->kept);
	(void)fputs("\n|---|---|---|", o);
	if (s->wire != NULL)
		(void)fputs("---|", o);
	if (s->kept != NULL)
		(void)fputs("---|", o);
	(void)fputc('\n', o);
	for (size_t i = 0; i < s->n; i++)
		row_print(o, s, &s->row[i]);
}

static void
page_print(FILE *o)
{
	static const char *const about[] = {
	    "# Every way a proof can be wrong",
	    "",
	    "What is wrong, what the system answers, and where it says so.",
	    "`test/refusals` makes each of these wrong things and sees this "
	    "answer; the page is what",
	    "`refusals --print` prints, and the test fails where it is not.",
	    "",
	    "*answer* is the name of the refusal (`ERR_TABLE` in "
	    "`include/tamarind/base.h`); *names* is the",
	    "claim, field or step that it is told with.  Both always stand in "
	    "the log of whoever refuses, with",
	    "what was expected, what was found, and the CoRIM that said so "
	    "where one did.",
	    "",
	    "*on the wire* is what the peer hears: err-code and err-msg of an "
	    "Update (from a TAM) or an Error (from an",
	    "agent), or nothing (HTTP 204, and the challenge is not spent).  "
	    "*recorded*: it becomes the device's last",
	    "appraisal, which `tamctl device show` prints and the API "
	    "returns.",
	};

	for (size_t i = 0; i < ARRAY_LEN(about); i++)
		(void)fprintf(o, "%s\n", about[i]);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		for (size_t k = 0; k < files[i]->n; k++)
			section_print(o, files[i]->section[k]);
}

/* The whole page in memory. */
static char *
page(size_t *n)
{
	char *p = NULL;
	FILE *o = open_memstream(&p, n);

	assert_non_null(o);
	page_print(o);
	assert_int_equal(fclose(o), 0);
	return p;
}

static void
page_is_true(void **state)
{
	char *want, *have, *a, *b, *rest_a, *rest_b;
	FILE *f = fopen(PAGE, "rb");
	size_t n;

	(void)state;
	if (f == NULL)
		fail_msg("%s is not there", PAGE);
	want = page(&n);
	have = calloc(1, 2 * n + 2);
	assert_non_null(have);
	assert_true(fread(have, 1, 2 * n + 1, f) < 2 * n + 1);
	(void)fclose(f);
	/* The first line that differs. */
	a = strtok_r(want, "\n", &rest_a);
	b = strtok_r(have, "\n", &rest_b);
	while (a != NULL && b != NULL && strcmp(a, b) == 0) {
		a = strtok_r(NULL, "\n", &rest_a);
		b = strtok_r(NULL, "\n", &rest_b);
	}
	if (a != NULL || b != NULL)
		fail_msg("%s says:\n  %s\nthe rows:\n  %s", PAGE,
		    b == NULL ? "(no more)" : b, a == NULL ? "(no more)" : a);
	free(want);
	free(have);
}

static void
enough_of_them(void **state)
{
	(void)state;
	print_message(
	    "%zu rows, %zu of them refused\n", rows_seen, rows_refused);
	assert_true(rows_refused >= 60);
}

int
main(int argc, char **argv)
{
	struct CMUnitTest tests[ARRAY_LEN(files)];
	const struct CMUnitTest last[] = {
	    cmocka_unit_test(page_is_true),
	    cmocka_unit_test(enough_of_them),
	};
	int failed = 0;

	if (argc > 1) {
		if (argc > 2 || strcmp(argv[1], "--print") != 0) {
			(void)fputs("usage: refusals [--print]\n", stderr);
			return 2;
		}
		page_print(stdout);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		tests[i] =
		    (struct CMUnitTest){.name = files[i]->section[0]->title,
			.test_func = file_holds,
			.initial_state = (void *)(uintptr_t)files[i]};
		failed += _cmocka_run_group_tests(files[i]->section[0]->title,
		    &tests[i], 1, files[i]->begin, files[i]->end);
	}
	return failed + cmocka_run_group_tests(last, NULL, NULL);
}
