/*
 * diag_parts: text under construction, and how it is laid out between brackets:
 * in one line if it fits.
 */
#include "diag_int.h"

#include <stdlib.h>
#include <string.h>

static FILE *
text_begin(struct text *t)
{
	*t = (struct text){.p = NULL};
	t->f = open_memstream(&t->p, &t->n);
	if (t->f == NULL)
		die("suit", EXIT_REFUSED, "out of memory");
	return t->f;
}

static void
text_end(struct text *t)
{
	if (fclose(t->f) != 0)
		die("suit", EXIT_REFUSED, "out of memory");
}

FILE *
diag_part_begin(struct parts *l)
{
	if (l->n == l->room) {
		l->room = l->room * 2 + 8;
		l->part = realloc(l->part, l->room * sizeof(*l->part));
		if (l->part == NULL)
			die("suit", EXIT_REFUSED, "out of memory");
	}
	return text_begin(&l->part[l->n++]);
}

void
diag_part_end(struct parts *l)
{
	text_end(&l->part[l->n - 1]);
}

void
diag_parts_put(struct parts *l, FILE *f, const char *open, const char *close,
    unsigned indent, enum lay lay)
{
	size_t width = 2 * indent + strlen(open) + strlen(close);
	bool line = lay != LAY_SPREAD;

	for (size_t i = 0; i < l->n; i++) {
		width += l->part[i].n + 2;
		line = line && strchr(l->part[i].p, '\n') == NULL;
	}
	line = (line && (width <= LINE_WIDTH - 20 || lay == LAY_LINE)) ||
	       l->n == 0;
	(void)fputs(open, f);
	for (size_t i = 0; i < l->n; i++) {
		if (!line)
			(void)fprintf(f, "\n%*s", (int)(2 * indent + 2), "");
		else if (i > 0)
			(void)fputc(' ', f);
		(void)fputs(l->part[i].p, f);
		if (i + 1 < l->n)
			(void)fputc(',', f);
		free(l->part[i].p);
	}
	if (!line)
		(void)fprintf(f, "\n%*s", (int)(2 * indent), "");
	(void)fputs(close, f);
	free(l->part);
}
