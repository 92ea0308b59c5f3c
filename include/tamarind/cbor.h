/*
 * cbor: strict reader, deterministic writer, table engine.  [RFC 8949]
 *
 * Freestanding, no heap.  The reader is sticky: it remembers its first fault
 * and ignores everything after, so a format reads in a straight line with
 * one check at the end (cbor_close).  After a fault every getter answers
 * zero or empty.
 *
 * Strict means: shortest forms, definite lengths, no duplicate map keys,
 * valid UTF-8, nesting at most CBOR_DEPTH_MAX, nothing after the item.  Any
 * key order is accepted; writers emit bytewise order.  Not checked: whether
 * a float could be shorter, and whether a simple value is assigned.
 */
#ifndef TAMARIND_CBOR_H
#define TAMARIND_CBOR_H

#include <tamarind/base.h>

/* Arrays, maps and tags within each other, the outermost counted; a bomb of
 * '81 81 81 ...' stops here (ERR_DEPTH).  A build for microcontrollers says
 * 12.                                                   [design section 6] */
#ifndef CBOR_DEPTH_MAX
#define CBOR_DEPTH_MAX 16
#endif
/* Pairs in one map (more are ERR_RANGE); bounds the search for duplicate
 * keys. */
#define CBOR_PAIRS_MAX 256
#define LEN_ANY        SIZE_MAX

/* Major types, and the simple values this project meets. */
enum cbor_type {
	CBOR_UINT = 0,
	CBOR_NINT = 1,
	CBOR_BSTR = 2,
	CBOR_TSTR = 3,
	CBOR_ARRAY = 4,
	CBOR_MAP = 5,
	CBOR_TAG = 6,
	CBOR_SIMPLE = 7, /* false, true, null, undefined, floats */
	CBOR_END = 8,    /* nothing left, or the reader has failed */
	CBOR_ANY = 9,    /* for cbor_raw: whatever comes */
};

/* ---- reader ---------------------------------------------------------- */

struct cbor_in {
	struct bytes in;
	size_t at;     /* next octet */
	enum err err;  /* first fault */
	size_t err_at; /* offset of the item at fault */
};

/* Read one item from in (cbor_close then demands its end).  Borrows in. */
struct cbor_in cbor_open(struct bytes in);

/* The first fault, or ERR_TRAILING if octets are left, or OK. */
MUST_CHECK enum err cbor_close(struct cbor_in *r);

/* Mark the reader as failed at its current place, if it has not yet. */
void cbor_fail(struct cbor_in *r, enum err e);

/* The type of the next item; CBOR_END at the end or after a fault. */
enum cbor_type cbor_peek(const struct cbor_in *r);

/* Is the next item null (f6)?  Consumes nothing. */
bool cbor_peek_null(const struct cbor_in *r);

/* Integers, bounds inclusive; ERR_RANGE outside. */
uint64_t cbor_uint(struct cbor_in *r, uint64_t min, uint64_t max);
int64_t cbor_int(struct cbor_in *r, int64_t min, int64_t max);

/* Strings of min..max octets.  Borrow. */
struct bytes cbor_bstr(struct cbor_in *r, size_t min, size_t max);
struct bytes cbor_tstr(struct cbor_in *r, size_t min, size_t max);

bool cbor_bool(struct cbor_in *r);
void cbor_null(struct cbor_in *r);

/* An array head of exactly n items. */
void cbor_array(struct cbor_in *r, size_t n);
/* An array head of min..max items; answers the count. */
size_t cbor_array_any(struct cbor_in *r, size_t min, size_t max);
/* A map head of min..max pairs; answers the count.  Says nothing about
 * duplicates: prefer cbor_map_read, or cbor_raw(r, CBOR_MAP) first. */
size_t cbor_map_any(struct cbor_in *r, size_t min, size_t max);

/* This very tag; ERR_TYPE for another. */
void cbor_tag(struct cbor_in *r, uint64_t tag);
/* This tag if it is there; answers whether it was. */
bool cbor_tag_if(struct cbor_in *r, uint64_t tag);
/* Any tag; answers its number. */
uint64_t cbor_tag_any(struct cbor_in *r);

/* One whole item of the given type (CBOR_ANY: any), checked strictly all
 * the way down; answers its encoding.  Borrows. */
struct bytes cbor_raw(struct cbor_in *r, enum cbor_type type);

/* Is in exactly one strict item?  *at is the offset of the first fault. */
MUST_CHECK enum err cbor_check(struct bytes in, size_t *at);

/* A reader over the items of a list: read l.n items.  Their offsets, and so
 * err_at, count from the start of the list. */
struct cbor_in cbor_items(struct list l);

/* ---- writer ---------------------------------------------------------- */

/* Writes deterministically (shortest heads); map keys come in the order the
 * caller gives them.  With p NULL it measures: nothing is stored, at counts. */
struct cbor_out {
	uint8_t *p;
	size_t n;     /* room; ignored when measuring */
	size_t at;    /* octets written or counted */
	enum err err; /* ERR_ROOM once too small */
};

struct cbor_out cbor_into(struct span room);
struct cbor_out cbor_measure(void);

void cbor_put_uint(struct cbor_out *w, uint64_t v);
void cbor_put_int(struct cbor_out *w, int64_t v);
void cbor_put_bstr(struct cbor_out *w, struct bytes b);
void cbor_put_tstr(struct cbor_out *w, struct bytes b);
void cbor_put_text(struct cbor_out *w, const char *s);
void cbor_put_bool(struct cbor_out *w, bool v);
void cbor_put_null(struct cbor_out *w);
void cbor_put_array(struct cbor_out *w, size_t n);
void cbor_put_map(struct cbor_out *w, size_t n);
void cbor_put_tag(struct cbor_out *w, uint64_t tag);
/* The head of a byte string of n octets; the caller puts them next. */
void cbor_put_bstr_head(struct cbor_out *w, size_t n);
/* Octets that are encoded already. */
void cbor_put_raw(struct cbor_out *w, struct bytes b);

/* What is written from here to cbor_wrap_end becomes the content of one byte
 * string (bstr .cbor).  Nests.  The content may be moved by up to 8 octets:
 * keep no pointers into it. */
size_t cbor_wrap_begin(struct cbor_out *w);
void cbor_wrap_end(struct cbor_out *w, size_t mark);

/* What was written, or the fault.  Measuring: *out has p NULL and the
 * count.  *out is empty on error. */
MUST_CHECK enum err cbor_done(struct cbor_out *w, struct bytes *out);

/* ---- tables: one for each map of a format ---------------------------- */

enum cbor_kind {
	F_UINT,       /* uint64_t; min..max */
	F_INT,        /* int64_t; min..max hold int32_t: see cbor_field */
	F_BOOL,       /* bool */
	F_BSTR,       /* struct bytes; min..max octets */
	F_TSTR,       /* struct bytes; min..max octets */
	F_RAW,        /* struct bytes: encoding of one item, any type */
	F_RAW_MAP,    /* struct bytes: encoding of one map */
	F_RAW_ARRAY,  /* struct bytes: encoding of one array */
	F_LIST,       /* struct list of any items; min..max items */
	F_LIST_BSTR,  /* struct list of bstr; min..max items */
	F_LIST_UINT,  /* struct list of uint; min..max items */
	F_LIST_MAP,   /* struct list of maps; min..max items */
	F_LIST_ARRAY, /* struct list of arrays; min..max items */
	F_WRAP,       /* struct bytes: content of a bstr, one strict item */
};

/* One row: key, kind, place in the struct, bounds.  The i-th row's presence
 * is bit i of the uint32_t `has`, the struct's first member.  F_RAW, F_BOOL:
 * bounds unused.  A device has some 150 of these: 12 octets each. */
struct cbor_field {
	int32_t key;
	uint32_t max;          /* UINT32_MAX: no bound; F_INT: an int32_t */
	unsigned kind : 6;     /* enum cbor_kind */
	unsigned required : 1; /* 1: ERR_MISSING when absent */
	signed min : 9;        /* F_INT: FIELD_NO_MIN is no bound */
	unsigned off : 16;
};
#define FIELD_NO_MIN (-256)

/* Rows sorted by encoded key (0,1,..,23,24,..,-1,-2,..), at most 32. */
struct cbor_table {
	const struct cbor_field *row;
	uint8_t n;
	uint8_t strict; /* 1: an unknown key is ERR_UNEXPECTED; 0: skipped */
};

#define FIELD(key, kind, type, member, min, max)               \
	{                                                      \
		key, max, kind, 0, min, offsetof(type, member) \
	}
#define FIELD_REQ(key, kind, type, member, min, max)           \
	{                                                      \
		key, max, kind, 1, min, offsetof(type, member) \
	}

/* Read one map by its table into *out, whose first member is uint32_t has.
 * Keys may be integers or text (text is unknown).  *out must be zeroed by
 * the caller; only members of present rows are set, and `has` stays as it
 * was after a fault.  Borrows. */
void cbor_map_read(struct cbor_in *r, const struct cbor_table *t, void *out);

/* Write the present members of *in by the table, in key order.  The bounds
 * are checked on writing too: ERR_RANGE and ERR_MISSING are bugs of ours. */
void cbor_map_write(
    struct cbor_out *w, const struct cbor_table *t, const void *in);

/* ---- diagnostic notation (never in a device) ------------------------- */

/* Print one item as RFC 8949 diagnostic notation into room, NUL-terminated;
 * nested byte strings that hold exactly one strict item are printed as
 * <<...>> when embed is set.  All but printable ASCII is escaped (\uXXXX).
 * Floats are printed exactly, in hexadecimal.  Output is cut at the room's
 * end, with "..." as its last three characters.
 * Answers ERR_* of the item's first fault; the text up to it is printed. */
enum err cbor_diag(struct bytes in, bool embed, struct span room);

#endif
