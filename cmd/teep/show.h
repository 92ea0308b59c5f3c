/*
 * show: the printing engine of `teep show`: one walk over CBOR, led by tables
 * that say what stands where.
 *
 * A shape says what an item should be; the walk prints what it is.  An item
 * that is not what its shape says is a fault: it is marked in place, printed
 * as plain CBOR, and the walk goes on.  Octets that are no CBOR end it.
 */
#ifndef TEEP_SHOW_H
#define TEEP_SHOW_H

#include "teep.h"

/* Items within each other, byte strings opened: bounds the recursion. */
#define SHOW_DEPTH_MAX 128
/* Octets of a string that are shown unless all are wanted. */
#define SHOW_HEX_MAX  64
#define SHOW_TEXT_MAX 256

/* Who answers for what is shown. */
enum trust { TRUST_UNSIGNED, TRUST_NOT_VERIFIED, TRUST_VERIFIED, TRUST_WRONG };

struct show {
	FILE *out;
	bool json;
	bool full;         /* whole strings */
	struct bytes file; /* offsets count from its start */
	const struct crypto *crypto;
	const struct keydir *keys; /* NULL: nothing is verified */
	struct dialect dialect;    /* of TEEP messages */
	unsigned depth;            /* of the walk */
	unsigned level;            /* of the lines */
	const char *field;         /* the innermost name around the item */
	struct why fault;          /* the first; err OK: none */
	const uint8_t *told_at;    /* place of the fault told last */
	enum err told;
	size_t wrapped; /* octets of the bstr the next line unwraps */
	bool is_wrapped;
	bool tagged; /* the next line is under this tag */
	uint64_t tag;
	const char *tag_name;       /* or NULL */
	bool value_open, after_tag; /* on the line under way */
	/* JSON under way: an object is open; it is the first; its list of
	 * items may go on; that list is empty so far */
	bool node_open, node_first, items_open, items_none;

	/* of the COSE structure around: who answers for its payload */
	enum trust trust;
	char trust_text[192];
	/* SUIT: what a block signs, and the manifest's claimed digest */
	struct bytes detached, digest;
};

/* How a place is called. */
struct label {
	enum { LABEL_NAME, LABEL_KEY, LABEL_INDEX, LABEL_TEXT, LABEL_RAW } kind;
	const char *name;  /* in the specification, or NULL */
	int64_t number;    /* KEY, INDEX */
	struct bytes text; /* TEXT: foreign; RAW: an encoded item */
};

#define NAMED(s)   ((struct label){.kind = LABEL_NAME, .name = (s)})
#define INDEXED(i) ((struct label){.kind = LABEL_INDEX, .number = (int64_t)(i)})

enum shape_kind {
	S_ANY, /* whatever comes */
	S_UINT,
	S_INT,
	S_BOOL,
	S_TEXT,
	S_BSTR,   /* octets, as hex */
	S_KID,    /* octets that name a key */
	S_TIME,   /* seconds since 1970, perhaps under tag 1 */
	S_NAME,   /* a number (or text) with a name */
	S_BITS,   /* member: key is a bit's value */
	S_INLINE, /* arrays of named numbers, in one line */
	S_ID,     /* SUIT_Component_Identifier */
	S_MAP,    /* member: by key; text keys: `text`; others: `of` */
	S_ARRAY,  /* member: by position; at least `min` of them */
	S_LIST,   /* of `of` */
	S_WRAP,   /* bstr that holds one `of`; may be empty */
	S_OPEN,   /* bstr that holds something to be recognised */
	S_EITHER, /* member: key is a CBOR type */
	S_TAGGED, /* member: key is a tag; untagged: `of` */
	S_CALL,   /* a function of its own; `of`: what it prints, if said */
	/* behind S_CALL only, for those who do not print: */
	S_PAIRS,  /* codes and arguments by turns; member: argument by code;
		   * `of`: of other codes that have a name */
	S_ONE_OF, /* one of the members, which `pick` chooses */
};

struct item;

struct member {
	int64_t key;
	const char *name;
	const struct shape *shape;
};

struct shape {
	enum shape_kind kind;
	uint8_t min;
	bool null;   /* null may stand here instead */
	bool secret; /* the private part of a key */
	uint16_t n;
	const struct member *member;
	const struct shape *of, *text;
	const char *(*name)(int64_t number);               /* NULL: not known */
	const struct shape *(*pick)(const struct item *i); /* NULL: none */
	void (*show)(struct show *s, struct cbor_in *r, const struct label *l);
};

#define SHAPE_MAP(rows)   .kind = S_MAP, .member = rows, .n = ARRAY_LEN(rows)
#define SHAPE_ARRAY(rows) .kind = S_ARRAY, .member = rows, .n = ARRAY_LEN(rows)

extern const struct shape shape_any, shape_uint, shape_int, shape_bool,
    shape_text, shape_bstr, shape_kid, shape_time, shape_id, shape_open,
    shape_ints;

/* Types of CBOR that may stand where a shape is: bits by enum cbor_type; 0:
 * any, or who prints it sees to it. */
uint16_t show_types(enum shape_kind k);
/* Print one item by its shape.  Does nothing when r has failed. */
void show_item(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape);
/* The same for a map or array whose own line was printed. */
void show_inside(struct show *s, struct cbor_in *r, const struct shape *shape);
/* Print the content of a byte string: recognised, or as octets. */
void show_content(struct show *s, struct bytes b, const struct label *l);

/* ---- lines -------------------------------------------------------------- */

/* Begin the line of the item at p; end it.  Between the two, the value. */
void line_begin(struct show *s, const struct label *l, const uint8_t *p);
void line_end(struct show *s);
/* The item of the next line stands under a tag; name may be NULL. */
void line_tag(struct show *s, uint64_t tag, const char *name);
/* What is inside the item of the last line. */
void level_in(struct show *s);
void level_out(struct show *s);
/* After the last line. */
void lines_end(struct show *s);

/* Our own text.  At most 511 octets. */
void put(struct show *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Foreign text, made safe; octets as hex; one item in diagnostic notation. */
void put_foreign(struct show *s, struct bytes b);
void put_hex(struct show *s, struct bytes b);
void put_diag(struct show *s, struct bytes item);
void put_kid(struct show *s, struct bytes kid);

/* Mark a fault at p in a line of its own, and remember the first. */
void show_fault(struct show *s, enum err e, const char *what, const uint8_t *p);
/* Mark the fault that r met, if it has; answers whether. */
bool show_failed(struct show *s, const struct cbor_in *r);
/* The same as a room reported it; at counts from base. */
void show_why(struct show *s, const struct why *w, const uint8_t *base);

/* ---- kinds -------------------------------------------------------------- */

/* Something that stands on its own. */
struct kind {
	const char *name; /* of --as */
	const char *title;
	bool (*is)(struct bytes in); /* by its structure */
	const struct shape *shape;
};

/* By structure; NULL: none. */
const struct kind *kind_of(struct bytes in);
/* By the name of --as; NULL: none. */
const struct kind *kind_named(const char *name);
/* Names of all kinds for the help, "a, b, c". */
const char *kind_names(void);

/* Of each family; see show_*.c. */
extern const struct shape shape_teep, shape_cose, shape_cose_key,
    shape_envelope, shape_manifest, shape_report, shape_reference, shape_digest,
    shape_property_claims, shape_parameters, shape_sequence, shape_claims,
    shape_component, shape_corim, shape_comid, shape_policy, shape_cwt_claims,
    shape_text_map, shape_corim_meta, shape_cose_keys;

/* Names of numbers; NULL: not known. */
const char *cose_alg_name(int64_t alg);
const char *cose_suite_name(int64_t number); /* tags and algorithms */
const char *cose_curve_name(int64_t crv);
const char *named_information(int64_t alg);
const char *version_scheme_name(int64_t scheme);

/* Take what is known about the signer of what is shown now, and forget it:
 * it does not answer for what is found deeper inside. */
void put_trust(struct show *s);

/* Print the whole input as kind; answers the first fault or OK. */
enum err show_whole(struct show *s, struct bytes in, const struct kind *kind);

/* TEEP messages are of this dialect from now on, all of them. */
void show_teep_dialect(const struct dialect *d);

#endif
