/*
 * diag_nest: maps, arrays, sequences of commands, chunks, and items in byte
 * strings.                                             [draft-ietf-cbor-edn]
 */
#include "diag_int.h"

static const struct member *
member_of(const struct shape *shape, const struct item *key)
{
	int64_t v;

	if (!diag_number(key, &v))
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
	    of->member[1].shape != &shape_digest || !diag_number(key, &k))
		return NULL;
	return d->envelope != NULL && item_get(d->envelope, k) != NULL
		   ? "severed; it stands in the envelope"
		   : "severed; it is not here";
}

void
diag_map(struct diag *d, FILE *f, const struct item *i,
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
		FILE *p = diag_part_begin(&l);
		int64_t v;

		value = key->next;
		if (m != NULL)
			of = m->shape;
		else if (key->type <= CBOR_NINT && shape->of != NULL)
			of = shape->of;
		else if (key->type > CBOR_NINT && shape->text != NULL)
			of = shape->text;
		if (name == NULL && shape->name != NULL && diag_number(key, &v))
			name = shape->name(v);
		diag_comment(d, p, key, name);
		diag_put(d, p, key,
		    key->type == CBOR_ARRAY ? &shape_id : &shape_any,
		    indent + 1);
		(void)fputs(": ", p);
		mark = severed(d, key, value, of);
		if (mark != NULL)
			(void)fprintf(p, "/ %s / ", mark);
		diag_put(d, p, value, of, indent + 1);
		diag_part_end(&l);
	}
	(void)snprintf(head, sizeof(head), "%s", open);
	if (i->width > 0)
		(void)snprintf(head, sizeof(head), "{_%d ",
		    i->width == 1   ? 0
		    : i->width == 2 ? 1
		    : i->width == 4 ? 2
				    : 3);
	diag_parts_put(
	    &l, f, head, "}", indent, d->envelope == i ? LAY_SPREAD : LAY_FIT);
}

void
diag_array(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	struct parts l = {.n = 0};
	const struct item *in;
	size_t k = 0;

	for (in = i->first; in != NULL; in = in->next, k++) {
		bool known = shape->kind == S_ARRAY && k < shape->n;
		FILE *p = diag_part_begin(&l);

		diag_comment(
		    d, p, in, known && !d->line ? shape->member[k].name : NULL);
		diag_put(d, p, in,
		    known                     ? shape->member[k].shape
		    : shape->kind == S_INLINE ? shape
		    : shape->kind == S_ANY || shape->of == NULL ? &shape_any
								: shape->of,
		    indent + 1);
		diag_part_end(&l);
	}
	diag_parts_put(&l, f, i->indefinite ? "[_ " : "[", "]",
	    d->line ? 0 : indent, d->line ? LAY_LINE : LAY_FIT);
}

/* Commands, one a line, each with its argument. */
void
diag_pairs(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	struct parts l = {.n = 0};
	const struct item *code, *arg;

	for (code = i->first; code != NULL; code = arg->next) {
		const struct member *m = member_of(shape, code);
		FILE *p = diag_part_begin(&l);
		const char *name = NULL;
		int64_t v;

		arg = code->next;
		if (diag_number(code, &v) && shape->name != NULL)
			name = shape->name(v);
		diag_comment(d, p, code, name);
		diag_put(d, p, code, &shape_any, indent + 1);
		if (arg == NULL) {
			(void)fputs(" / !! without an argument /", p);
			diag_part_end(&l);
			break;
		}
		(void)fputs(", ", p);
		diag_put(d, p, arg,
		    m != NULL      ? m->shape
		    : name != NULL ? shape->of
				   : &shape_any,
		    indent + 1);
		diag_part_end(&l);
	}
	diag_parts_put(&l, f, i->indefinite ? "[_ " : "[", "]", indent,
	    l.n > 1 ? LAY_SPREAD : LAY_FIT);
}

/* A string in pieces. */
void
diag_chunks(struct diag *d, FILE *f, const struct item *i)
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
struct item *
diag_opened(struct diag *d, const struct item *i)
{
	struct item *in;
	size_t at;

	if (i->text.n == 0 || item_read_all(&d->pool, i->text, &in, &at) != OK)
		return NULL;
	return in;
}

void
diag_inside(struct diag *d, FILE *f, const struct item *in,
    const struct item *around, const struct shape *of, unsigned indent)
{
	(void)fputs("<< ", f);
	diag_put(d, f, in, of, indent);
	(void)fputs(" >>", f);
	diag_width(f, around);
}

/* A byte string of which nobody said what it is: opened if it is of a known
 * kind, or a container. */
void
diag_string(
    struct diag *d, FILE *f, const struct item *i, bool any, unsigned indent)
{
	const struct kind *k = kind_of(i->text);
	struct item *in = NULL;

	if (k != NULL || (any && i->text.n > 1))
		in = diag_opened(d, i);
	if (in == NULL ||
	    (k == NULL && (in->type < CBOR_ARRAY || in->type > CBOR_TAG))) {
		diag_octets(d, f, i);
		return;
	}
	diag_inside(d, f, in, i, k != NULL ? k->shape : &shape_any, indent);
}
