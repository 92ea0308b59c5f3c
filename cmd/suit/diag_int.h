/*
 * diag_int: what the files of diag share.
 */
#ifndef SUIT_DIAG_INT_H
#define SUIT_DIAG_INT_H

#include "diag.h"

#include <item.h>
#include <show.h>

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

/* ---- diag_parts ---- */

/* Text under construction; memory is the printer's pool's. */
struct text {
	char *p;
	size_t n;
	FILE *f;
};

/* Fit into a line or not; always; never. */
enum lay { LAY_FIT, LAY_LINE, LAY_SPREAD };

/* Parts between brackets: in one line if they fit, else one a line. */
struct parts {
	struct text *part;
	size_t n, room;
};

FILE *diag_part_begin(struct parts *l);
void diag_part_end(struct parts *l);
void diag_parts_put(struct parts *l, FILE *f, const char *open,
    const char *close, unsigned indent, enum lay lay);

/* ---- diag_leaf ---- */

void diag_width(FILE *f, const struct item *i);
void diag_room(struct diag *d, FILE *f, const struct item *i);
void diag_octets(struct diag *d, FILE *f, const struct item *i);
void diag_text(struct diag *d, FILE *f, const struct item *i);
void diag_time(FILE *f, const struct item *i);
void diag_bits(FILE *f, const struct item *i, const struct shape *shape);
bool diag_number(const struct item *i, int64_t *v);
void diag_name(FILE *f, const struct item *i, const struct shape *shape);
void diag_comment(
    struct diag *d, FILE *f, const struct item *i, const char *name);

/* ---- diag_nest ---- */

void diag_map(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent);
void diag_array(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent);
void diag_pairs(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent);
void diag_chunks(struct diag *d, FILE *f, const struct item *i);
struct item *diag_opened(struct diag *d, const struct item *i);
void diag_inside(struct diag *d, FILE *f, const struct item *in,
    const struct item *around, const struct shape *of, unsigned indent);
void diag_string(
    struct diag *d, FILE *f, const struct item *i, bool any, unsigned indent);

/* ---- diag ---- */

void diag_put(struct diag *d, FILE *f, const struct item *i,
    const struct shape *shape, unsigned indent);

#endif
