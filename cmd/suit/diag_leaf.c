/*
 * diag_leaf: numbers, strings, simple values, and the comments in front of an
 * item.                                                [draft-ietf-cbor-edn]
 */
#include "diag_int.h"

#include <string.h>
#include <time.h>

/* "_0" after the head of an item that is longer than needed. */
void
diag_width(FILE *f, const struct item *i)
{
	if (i->width > 0 && i->type != CBOR_SIMPLE)
		(void)fprintf(f, "_%d",
		    i->width == 1   ? 0
		    : i->width == 2 ? 1
		    : i->width == 4 ? 2
				    : 3);
}

/* By the room's printer, which knows floats and escapes. */
void
diag_room(struct diag *d, FILE *f, const struct item *i)
{
	struct item usual = *i;
	struct bytes b;
	size_t n = 12 * i->text.n + 64;
	uint8_t *room = pool_get(&d->pool, n);

	if (usual.type != CBOR_SIMPLE)
		usual.width = 0;
	b = item_bytes(&d->pool, &usual);
	if (cbor_diag(b, false, (struct span){room, n}) == OK) {
		(void)fputs((const char *)room, f);
	} else { /* text that is none, or a simple value of two octets */
		(void)fputs(
		    i->type == CBOR_TSTR ? "/ !! not UTF-8 / h'" : "h'", f);
		for (size_t k = 0; k < b.n; k++)
			(void)fprintf(f, "%02x", b.p[k]);
		(void)fputc('\'', f);
	}
	diag_width(f, i);
}

static bool
spells(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] > 0x7e || b.p[i] == '\'' ||
		    b.p[i] == '\\')
			return false;
	return b.n > 0 && b.n <= OCTETS_SHOWN;
}

void
diag_octets(struct diag *d, FILE *f, const struct item *i)
{
	struct bytes b = i->text;

	if (spells(b)) {
		(void)fprintf(f, "'%.*s'", (int)b.n, (const char *)b.p);
		diag_width(f, i);
		return;
	}
	if (!d->style.full && b.n > OCTETS_SHOWN)
		b.n = OCTETS_SHOWN / 2;
	(void)fputs("h'", f);
	for (size_t k = 0; k < b.n; k++)
		(void)fprintf(f, "%02x", b.p[k]);
	(void)fputc('\'', f);
	diag_width(f, i);
	if (b.n < i->text.n)
		(void)fprintf(f, " / first of %zu octets /", i->text.n);
}

void
diag_text(struct diag *d, FILE *f, const struct item *i)
{
	struct item some = *i;

	if (!d->style.full && i->text.n > TEXT_SHOWN) {
		some.text.n = TEXT_SHOWN;
		while (
		    some.text.n > 0 && (i->text.p[some.text.n] & 0xc0) == 0x80)
			some.text.n--;
	}
	diag_room(d, f, &some);
	if (some.text.n < i->text.n)
		(void)fprintf(f, " / first of %zu octets /", i->text.n);
}

void
diag_time(FILE *f, const struct item *i)
{
	time_t t = (time_t)i->arg;
	char text[40];
	struct tm tm;

	if (i->type != CBOR_UINT || i->arg > UINT64_C(253402300799) ||
	    gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return;
	(void)fprintf(f, " / %s /", text);
}

void
diag_bits(FILE *f, const struct item *i, const struct shape *shape)
{
	uint64_t left = i->arg, all = 0;
	const char *between = " / ";

	for (size_t k = 0; k < shape->n; k++)
		all |= (uint64_t)shape->member[k].key;
	if (left == 0)
		return;
	if (left == all) {
		(void)fputs(" / all /", f);
		return;
	}
	for (size_t k = 0; k < shape->n; k++)
		if ((left & (uint64_t)shape->member[k].key) != 0) {
			(void)fprintf(
			    f, "%s%s", between, shape->member[k].name);
			between = ", ";
		}
	(void)fputs(left & ~all ? ", and unknown ones /" : " /", f);
}

/* The number of an item as it would be looked up. */
bool
diag_number(const struct item *i, int64_t *v)
{
	if (i->type > CBOR_NINT || i->arg > INT64_MAX)
		return false;
	*v = i->type == CBOR_UINT ? (int64_t)i->arg : -1 - (int64_t)i->arg;
	return true;
}

void
diag_name(FILE *f, const struct item *i, const struct shape *shape)
{
	const char *name;
	int64_t v;

	if (shape->name == NULL || !diag_number(i, &v))
		return;
	name = shape->name(v);
	if (name != NULL)
		(void)fprintf(f, " / %s /", name);
}

/* What is said of an item in front of it. */
void
diag_comment(struct diag *d, FILE *f, const struct item *i, const char *name)
{
	bool at = d->style.offsets && i->at != NULL && d->base.p != NULL &&
		  i->at >= d->base.p && i->at < d->base.p + d->base.n;

	if (!at && name == NULL)
		return;
	(void)fputs("/ ", f);
	if (at)
		(void)fprintf(f, "@%zu ", (size_t)(i->at - d->base.p));
	if (name != NULL)
		(void)fprintf(f, "%s ", name);
	(void)fputs("/ ", f);
}
