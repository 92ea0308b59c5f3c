/*
 * diag: any well-formed CBOR in diagnostic notation, with the names that a
 * shape (cmd/teep) has for what stands where as comments.
 *                                         [RFC 8949 8, draft-ietf-cbor-edn]
 *
 * Prints what is there, right or wrong.  An item that is not what its place
 * says is marked and printed as it is.  Nothing but printable ASCII leaves
 * here, and nothing foreign stands in a comment.           [security 19]
 */
#include "diag_int.h"

#include <stdlib.h>

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
	diag_width(f, i);
	(void)fputc('(', f);
	diag_put(d, f, i->first, of, indent);
	(void)fputc(')', f);
	if (shape->kind == S_TIME)
		diag_time(f, i->first);
}

/* Without a shape, or when the shape does not fit. */
static void
put_any(struct diag *d, FILE *f, const struct item *i, unsigned indent)
{
	if (i->type == CBOR_ARRAY)
		diag_array(d, f, i, &shape_any, indent);
	else if (i->type == CBOR_MAP)
		diag_map(d, f, i, &shape_any, indent);
	else if (i->type == CBOR_TAG)
		put_tag(d, f, i, &shape_any, indent);
	else if (i->type == CBOR_BSTR)
		diag_string(d, f, i, false, indent);
	else if (i->type == CBOR_TSTR)
		diag_text(d, f, i);
	else
		diag_room(d, f, i);
}

/* i has one of the types of its shape. */
static void
put_shaped(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent)
{
	struct item *in;

	switch (shape->kind) {
	case S_MAP:
		diag_map(d, f, i, shape, indent);
		break;
	case S_PAIRS:
		diag_pairs(d, f, i, shape, indent);
		break;
	case S_ARRAY:
	case S_LIST:
	case S_ID:
		diag_array(d, f, i, shape, indent);
		break;
	case S_INLINE:
		if (i->type == CBOR_ARRAY) {
			diag_array(d, f, i, shape, indent);
			break;
		}
		diag_room(d, f, i);
		diag_name(f, i, shape);
		break;
	case S_WRAP:
		in = diag_opened(d, i);
		if (in != NULL) {
			diag_inside(d, f, in, i, shape->of, indent);
			break;
		}
		if (i->text.n > 0)
			(void)fputs("/ !! not CBOR / ", f);
		diag_octets(d, f, i);
		break;
	case S_OPEN:
		diag_string(d, f, i, true, indent);
		break;
	case S_BSTR:
	case S_KID:
		diag_octets(d, f, i);
		break;
	case S_TAGGED:
		put_tag(d, f, i, shape, indent);
		break;
	case S_TIME:
		put_any(d, f, i, indent);
		diag_time(f, i);
		break;
	case S_BITS:
		diag_room(d, f, i);
		diag_bits(f, i, shape);
		break;
	default:
		put_any(d, f, i, indent);
		diag_name(f, i, shape);
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

void
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
		diag_chunks(d, f, i);
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
