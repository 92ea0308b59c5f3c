/*
 * diag: any well-formed CBOR in diagnostic notation, with the names that a
 * shape (cmd/teep) has for what stands where as comments.
 *                                         [RFC 8949 8, draft-ietf-cbor-edn]
 *
 * Prints what is there, right or wrong.  An item that is not what its place
 * says is marked and printed as it is.  Nothing but printable ASCII leaves
 * here, and nothing foreign stands in a comment.           [security 19]
 */
#include "diag.h"

#include <item.h>
#include <show.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Strings beyond these are cut unless all is wanted. */
#define OCTETS_SHOWN 64
#define TEXT_SHOWN   256
/* Containers that fit are printed in one line. */
#define LINE_WIDTH 79
/* Byte strings in byte strings, and items in items. */
#define DEPTH_MAX 128

struct diag {
	struct diag_style style;
	struct bytes base; /* offsets count from its start */
	struct pool pool;
	struct item *item;
	const struct kind *kind;
	const struct item *envelope; /* the innermost one around */
	unsigned depth;
	bool line; /* a digest: in one line, without names */
};

/* Text under construction; memory is the printer's pool's. */
struct text {
	char *p;
	size_t n;
	FILE *f;
};

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

static void diag_put(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent);

/* ---- leaves ------------------------------------------------------------ */

/* "_0" after the head of an item that is longer than needed. */
static void
put_width(FILE *f, const struct item *i)
{
	if (i->width > 0 && i->type != CBOR_SIMPLE)
		(void)fprintf(f, "_%d",
		    i->width == 1   ? 0
		    : i->width == 2 ? 1
		    : i->width == 4 ? 2
				    : 3);
}

/* By the room's printer, which knows floats and escapes. */
static void
put_room(struct diag *d, FILE *f, const struct item *i)
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
	put_width(f, i);
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

static void
put_octets(struct diag *d, FILE *f, const struct item *i)
{
	struct bytes b = i->text;

	if (spells(b)) {
		(void)fprintf(f, "'%.*s'", (int)b.n, (const char *)b.p);
		put_width(f, i);
		return;
	}
	if (!d->style.full && b.n > OCTETS_SHOWN)
		b.n = OCTETS_SHOWN / 2;
	(void)fputs("h'", f);
	for (size_t k = 0; k < b.n; k++)
		(void)fprintf(f, "%02x", b.p[k]);
	(void)fputc('\'', f);
	put_width(f, i);
	if (b.n < i->text.n)
		(void)fprintf(f, " / first of %zu octets /", i->text.n);
}

static void
put_text(struct diag *d, FILE *f, const struct item *i)
{
	struct item some = *i;

	if (!d->style.full && i->text.n > TEXT_SHOWN) {
		some.text.n = TEXT_SHOWN;
		while (
		    some.text.n > 0 && (i->text.p[some.text.n] & 0xc0) == 0x80)
			some.text.n--;
	}
	put_room(d, f, &some);
	if (some.text.n < i->text.n)
		(void)fprintf(f, " / first of %zu octets /", i->text.n);
}

static void
put_time(FILE *f, const struct item *i)
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

static void
put_bits(FILE *f, const struct item *i, const struct shape *shape)
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
static bool
number_of(const struct item *i, int64_t *v)
{
	if (i->type > CBOR_NINT || i->arg > INT64_MAX)
		return false;
	*v = i->type == CBOR_UINT ? (int64_t)i->arg : -1 - (int64_t)i->arg;
	return true;
}

static void
put_name(FILE *f, const struct item *i, const struct shape *shape)
{
	const char *name;
	int64_t v;

	if (shape->name == NULL || !number_of(i, &v))
		return;
	name = shape->name(v);
	if (name != NULL)
		(void)fprintf(f, " / %s /", name);
}

/* ---- containers -------------------------------------------------------- */

/* What is said of an item in front of it. */
static void
put_comment(struct diag *d, FILE *f, const struct item *i, const char *name)
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

/* Fit into a line or not; always; never. */
enum lay { LAY_FIT, LAY_LINE, LAY_SPREAD };

/* Parts between brackets: in one line if they fit, else one a line. */
struct parts {
	struct text *part;
	size_t n, room;
};

static FILE *
part_begin(struct parts *l)
{
	if (l->n == l->room) {
		l->room = l->room * 2 + 8;
		l->part = realloc(l->part, l->room * sizeof(*l->part));
		if (l->part == NULL)
			die("suit", EXIT_REFUSED, "out of memory");
	}
	return text_begin(&l->part[l->n++]);
}

static void
part_end(struct parts *l)
{
	text_end(&l->part[l->n - 1]);
}

static void
parts_put(struct parts *l, FILE *f, const char *open, const char *close,
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

static const struct member *
member_of(const struct shape *shape, const struct item *key)
{
	int64_t v;

	if (!number_of(key, &v))
		return NULL;
	for (size_t k = 0; k < shape->n; k++)
		if (shape->member[k].key == v)
			return &shape->member[k];
	return NULL;
}

/* Is there a digest where the member could be?  Then it was severed, and the
 * envelope has it or not. */
static const char *
severed(struct diag *d, const struct item *key, const struct item *value,
    const struct shape *of)
{
	int64_t k;

	if (of->kind != S_EITHER || value->type != CBOR_ARRAY || of->n != 2 ||
	    of->member[1].shape != &shape_digest || !number_of(key, &k))
		return NULL;
	return d->envelope != NULL && item_get(d->envelope, k) != NULL
		   ? "severed; it stands in the envelope"
		   : "severed; it is not here";
}

static void
put_map(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	struct parts l = {.n = 0};
	const struct item *key, *value;
	const char *open = i->indefinite ? "{_ " : "{", *mark;
	char head[16];

	for (key = i->first; key != NULL; key = value->next) {
		const struct member *m = member_of(shape, key);
		const struct shape *of = &shape_any;
		const char *name = m != NULL ? m->name : NULL;
		FILE *p = part_begin(&l);
		int64_t v;

		value = key->next;
		if (m != NULL)
			of = m->shape;
		else if (key->type <= CBOR_NINT && shape->of != NULL)
			of = shape->of;
		else if (key->type > CBOR_NINT && shape->text != NULL)
			of = shape->text;
		if (name == NULL && shape->name != NULL && number_of(key, &v))
			name = shape->name(v);
		put_comment(d, p, key, name);
		diag_put(d, p, key,
		    key->type == CBOR_ARRAY ? &shape_id : &shape_any,
		    indent + 1);
		(void)fputs(": ", p);
		mark = severed(d, key, value, of);
		if (mark != NULL)
			(void)fprintf(p, "/ %s / ", mark);
		diag_put(d, p, value, of, indent + 1);
		part_end(&l);
	}
	(void)snprintf(head, sizeof(head), "%s", open);
	if (i->width > 0)
		(void)snprintf(head, sizeof(head), "{_%d ",
		    i->width == 1   ? 0
		    : i->width == 2 ? 1
		    : i->width == 4 ? 2
				    : 3);
	parts_put(
	    &l, f, head, "}", indent, d->envelope == i ? LAY_SPREAD : LAY_FIT);
}

static void
put_array(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	struct parts l = {.n = 0};
	const struct item *in;
	size_t k = 0;

	for (in = i->first; in != NULL; in = in->next, k++) {
		bool known = shape->kind == S_ARRAY && k < shape->n;
		FILE *p = part_begin(&l);

		put_comment(
		    d, p, in, known && !d->line ? shape->member[k].name : NULL);
		diag_put(d, p, in,
		    known                     ? shape->member[k].shape
		    : shape->kind == S_INLINE ? shape
		    : shape->kind == S_ANY || shape->of == NULL ? &shape_any
								: shape->of,
		    indent + 1);
		part_end(&l);
	}
	parts_put(&l, f, i->indefinite ? "[_ " : "[", "]", d->line ? 0 : indent,
	    d->line ? LAY_LINE : LAY_FIT);
}

/* Commands, one a line, each with its argument. */
static void
put_pairs(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	struct parts l = {.n = 0};
	const struct item *code, *arg;

	for (code = i->first; code != NULL; code = arg->next) {
		const struct member *m = member_of(shape, code);
		FILE *p = part_begin(&l);
		const char *name = NULL;
		int64_t v;

		arg = code->next;
		if (number_of(code, &v) && shape->name != NULL)
			name = shape->name(v);
		put_comment(d, p, code, name);
		diag_put(d, p, code, &shape_any, indent + 1);
		if (arg == NULL) {
			(void)fputs(" / !! without an argument /", p);
			part_end(&l);
			break;
		}
		(void)fputs(", ", p);
		diag_put(d, p, arg,
		    m != NULL      ? m->shape
		    : name != NULL ? shape->of
				   : &shape_any,
		    indent + 1);
		part_end(&l);
	}
	parts_put(&l, f, i->indefinite ? "[_ " : "[", "]", indent,
	    l.n > 1 ? LAY_SPREAD : LAY_FIT);
}

/* A string in pieces. */
static void
put_chunks(struct diag *d, FILE *f, const struct item *i)
{
	const struct item *in;

	(void)fputs("(_ ", f);
	for (in = i->first; in != NULL; in = in->next) {
		diag_put(d, f, in, &shape_any, 0);
		if (in->next != NULL)
			(void)fputs(", ", f);
	}
	(void)fputc(')', f);
}

/* The item in a byte string, NULL if there is none. */
static struct item *
opened(struct diag *d, const struct item *i)
{
	struct item *in;
	size_t at;

	if (i->text.n == 0 || item_read_all(&d->pool, i->text, &in, &at) != OK)
		return NULL;
	return in;
}

static void
put_opened(struct diag *d, FILE *f, const struct item *in,
    const struct item *around, const struct shape *of, unsigned indent)
{
	(void)fputs("<< ", f);
	diag_put(d, f, in, of, indent);
	(void)fputs(" >>", f);
	put_width(f, around);
}

/* A byte string of which nobody said what it is: opened if it is of a known
 * kind, or a container. */
static void
put_string(
    struct diag *d, FILE *f, const struct item *i, bool any, unsigned indent)
{
	const struct kind *k = kind_of(i->text);
	struct item *in = NULL;

	if (k != NULL || (any && i->text.n > 1))
		in = opened(d, i);
	if (in == NULL ||
	    (k == NULL && (in->type < CBOR_ARRAY || in->type > CBOR_TAG))) {
		put_octets(d, f, i);
		return;
	}
	put_opened(d, f, in, i, k != NULL ? k->shape : &shape_any, indent);
}

/* ---- by shape ---------------------------------------------------------- */

static bool
is_null(const struct item *i)
{
	return i->type == CBOR_SIMPLE && i->arg == 22 && i->width <= 1;
}

/* The shape that says something about i: past calls and choices.  NULL: none
 * of them fits. */
static const struct shape *
shape_for(const struct shape *shape, const struct item *i)
{
	for (unsigned n = 0; n < 16 && shape != NULL; n++) {
		const struct shape *of = NULL;

		if (shape->kind == S_CALL) {
			of = shape->of != NULL ? shape->of : &shape_any;
		} else if (shape->kind == S_ONE_OF) {
			of = shape->pick(i);
		} else if (shape->kind == S_EITHER) {
			for (size_t k = 0; k < shape->n; k++)
				if (shape->member[k].key == i->type)
					of = shape->member[k].shape;
		} else if (shape->kind == S_TAGGED && i->type != CBOR_TAG) {
			of = shape->of != NULL ? shape->of : &shape_any;
		} else {
			return shape;
		}
		shape = of;
	}
	return NULL;
}

static void
put_tag(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	const struct shape *of = &shape_any;
	const char *name = NULL;

	for (size_t k = 0; shape->kind == S_TAGGED && k < shape->n; k++)
		if ((uint64_t)shape->member[k].key == i->arg) {
			of = shape->member[k].shape;
			name = shape->member[k].name;
		}
	if (name != NULL)
		(void)fprintf(f, "/ %s / ", name);
	(void)fprintf(f, "%llu", (unsigned long long)i->arg);
	put_width(f, i);
	(void)fputc('(', f);
	diag_put(d, f, i->first, of, indent);
	(void)fputc(')', f);
	if (shape->kind == S_TIME)
		put_time(f, i->first);
}

/* Without a shape, or when the shape does not fit. */
static void
put_any(struct diag *d, FILE *f, const struct item *i, unsigned indent)
{
	if (i->type == CBOR_ARRAY)
		put_array(d, f, i, &shape_any, indent);
	else if (i->type == CBOR_MAP)
		put_map(d, f, i, &shape_any, indent);
	else if (i->type == CBOR_TAG)
		put_tag(d, f, i, &shape_any, indent);
	else if (i->type == CBOR_BSTR)
		put_string(d, f, i, false, indent);
	else if (i->type == CBOR_TSTR)
		put_text(d, f, i);
	else
		put_room(d, f, i);
}

/* i has one of the types of its shape. */
static void
put_shaped(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	struct item *in;

	switch (shape->kind) {
	case S_MAP:
		put_map(d, f, i, shape, indent);
		break;
	case S_PAIRS:
		put_pairs(d, f, i, shape, indent);
		break;
	case S_ARRAY:
	case S_LIST:
	case S_ID:
		put_array(d, f, i, shape, indent);
		break;
	case S_INLINE:
		if (i->type == CBOR_ARRAY) {
			put_array(d, f, i, shape, indent);
			break;
		}
		put_room(d, f, i);
		put_name(f, i, shape);
		break;
	case S_WRAP:
		in = opened(d, i);
		if (in != NULL) {
			put_opened(d, f, in, i, shape->of, indent);
			break;
		}
		if (i->text.n > 0)
			(void)fputs("/ !! not CBOR / ", f);
		put_octets(d, f, i);
		break;
	case S_OPEN:
		put_string(d, f, i, true, indent);
		break;
	case S_BSTR:
	case S_KID:
		put_octets(d, f, i);
		break;
	case S_TAGGED:
		put_tag(d, f, i, shape, indent);
		break;
	case S_TIME:
		put_any(d, f, i, indent);
		put_time(f, i);
		break;
	case S_BITS:
		put_room(d, f, i);
		put_bits(f, i, shape);
		break;
	default:
		put_any(d, f, i, indent);
		put_name(f, i, shape);
		break;
	}
}

static bool
fits(const struct item *i, const struct shape *shape)
{
	uint16_t may =
	    shape->kind == S_PAIRS ? 1u << CBOR_ARRAY : show_types(shape->kind);

	if (shape->kind == S_BOOL)
		return i->type == CBOR_SIMPLE && (i->arg | 1) == 21;
	return may == 0 || (may >> i->type & 1) != 0;
}

static void
diag_put(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	const struct item *envelope = d->envelope;
	const struct shape *of = shape_for(shape, i);
	bool line,
	    null = (shape->null || (of != NULL && of->null)) && is_null(i);

	if (d->depth == DEPTH_MAX) {
		(void)fputs("/ !! too deep / h''", f);
		return;
	}
	d->depth++;
	line = d->line;
	d->line = shape == &shape_digest;
	if (shape == &shape_envelope)
		d->envelope = i->type == CBOR_TAG ? i->first : i;
	if (shape->secret) {
		(void)fputs("/ private, not shown / h''", f);
	} else if (i->indefinite &&
		   (i->type == CBOR_BSTR || i->type == CBOR_TSTR)) {
		put_chunks(d, f, i);
	} else if (null) {
		(void)fputs("null", f);
	} else if (of == NULL || !fits(i, of)) {
		(void)fputs("/ !! unexpected here / ", f);
		put_any(d, f, i, indent);
	} else {
		put_shaped(d, f, i, of, indent);
	}
	d->envelope = envelope;
	d->line = line;
	d->depth--;
}

/* What it is by its structure; an envelope also if it is encoded so that a
 * strict reader would not see it. */
static const struct kind *
kind(struct bytes in, const struct item *i)
{
	const struct item *map =
	    i->type == CBOR_TAG && i->arg == 107 ? i->first : i;
	const struct item *wrapper = item_get(map, 2);
	const struct item *manifest = item_get(map, 3);
	const struct kind *k = kind_of(in);

	if (k == NULL && wrapper != NULL && wrapper->type == CBOR_BSTR &&
	    manifest != NULL && manifest->type == CBOR_BSTR)
		k = kind_named("suit-envelope");
	return k != NULL ? k : kind_named("cbor");
}

struct diag *
diag_open(struct bytes in, struct why *why)
{
	struct diag *d = calloc(1, sizeof(*d));
	size_t at = 0;

	if (d == NULL) {
		(void)why_set(why, ERR_MEMORY, NULL);
		return NULL;
	}
	d->base = in;
	if (why_set(why, item_read_all(&d->pool, in, &d->item, &at), NULL) !=
	    OK) {
		why->at = at;
		diag_close(d);
		return NULL;
	}
	d->kind = kind(in, d->item);
	return d;
}

const char *
diag_title(const struct diag *d, bool *envelope)
{
	*envelope = d->kind->shape == &shape_envelope;
	return d->kind->title;
}

void
diag_print(struct diag *d, FILE *f, struct diag_style style)
{
	d->style = style;
	diag_put(d, f, d->item, d->kind->shape, 0);
	(void)fputc('\n', f);
}

void
diag_close(struct diag *d)
{
	pool_free(&d->pool);
	free(d);
}
